"""A tracker that belongs to the house, and who listens to it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, callback

from .gateway.server import Session
from .tracker import Tracker, Update
from .tracker.alarms import HeardAlarm

if TYPE_CHECKING:
    from .hub import Hub

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[], None]
type AlarmListener = Callable[[HeardAlarm], None]

#: Alarms kept for an event entity that is only being made: the first message of a tracker may be its SOS.
MAX_WAITING_ALARMS = 50


@dataclass(slots=True, eq=False)
class Member:
    """A tracker that belongs to the house: its subentry, its last session, and who listens to it."""

    hub: Hub
    tracker: Tracker
    subentry_id: str
    name: str
    session: Session | None = None
    listeners: dict[str, list[Listener]] = field(default_factory=dict)
    alarm_listeners: list[AlarmListener] = field(default_factory=list)
    waiting_alarms: deque[HeardAlarm] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_ALARMS))
    failed: set[Callable[..., None]] = field(default_factory=set)

    @callback
    def async_listen(self, key: str, listener: Listener) -> CALLBACK_TYPE:
        """Call `listener` whenever the value of a key changed; return what ends that."""
        listeners = self.listeners.setdefault(key, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    @callback
    def async_listen_alarms(self, listener: AlarmListener) -> CALLBACK_TYPE:
        """Call `listener` for each alarm, first for those that nobody has heard yet; return what ends that."""
        self.alarm_listeners.append(listener)
        while self.waiting_alarms:
            listener(self.waiting_alarms.popleft())
        return lambda: self.alarm_listeners.remove(listener)

    def notify(self, update: Update) -> None:
        """Tell every listener what changed; one that fails does not cost the others their report.

        Alarms come last: an automation that hears one must find the position and the SOS that came with it.
        """
        # The entity of a key that is new begins with its value.
        for key in update.changed - update.appeared:
            for listener in self.listeners.get(key, ()):
                self._call(listener)
        for heard in update.alarms:
            if not self.alarm_listeners:
                self.waiting_alarms.append(heard)
            for alarm_listener in self.alarm_listeners:
                self._call(alarm_listener, heard)

    def _call[*Arguments](self, listener: Callable[[*Arguments], None], *arguments: *Arguments) -> None:
        """Call a listener; tell the first time that it fails."""
        try:
            listener(*arguments)
        except Exception:
            if listener not in self.failed:
                self.failed.add(listener)
                _LOGGER.exception("%s: an entity cannot take what the tracker said", self.name)
