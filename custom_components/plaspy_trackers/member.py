"""A tracker that belongs to the house, and who listens to it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Any

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from .delivery import LAST_COMMAND, Delivery, key_of
from .gateway.commands import DANGERS, Arguments, Checked, Command, CommandKind, Commands, check_arguments
from .gateway.protocols import PROTOCOLS
from .gateway.server import Session
from .media import Assembler
from .media_files import Kept
from .subentries import Permissions
from .tracker import Tracker, Update
from .tracker.alarms import HeardAlarm
from .tracker.values import Told
from .vehicle_settings import Use

if TYPE_CHECKING:
    from .hub import Hub

#: Those that tell what their trackers can be asked for.
_PROTOCOLS = {protocol.name: protocol for protocol in PROTOCOLS}

_NO_COMMANDS: Commands = {}

_LOGGER = logging.getLogger(__name__)

#: What those listen to who want to know what the user says that inputs are.
USES = "uses"

type Listener = Callable[[], None]
type AlarmListener = Callable[[HeardAlarm], None]
type MediaListener = Callable[[Kept], None]
type TextListener = Callable[[Told], None]

#: Alarms kept for an event entity that is only being made: the first message of a tracker may be its SOS. And texts.
MAX_WAITING_ALARMS = 50
MAX_WAITING_TEXTS = 50


@dataclass(slots=True, eq=False)
class Member:
    """A tracker that belongs to the house: its subentry, its last session, and who listens to it."""

    hub: Hub
    tracker: Tracker
    subentry_id: str
    name: str
    permissions: Permissions
    uses: dict[str, Use] = field(default_factory=dict)
    session: Session | None = None
    listeners: dict[str, list[Listener]] = field(default_factory=dict)
    alarm_listeners: list[AlarmListener] = field(default_factory=list)
    waiting_alarms: deque[HeardAlarm] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_ALARMS))
    text_listeners: dict[str, list[TextListener]] = field(default_factory=dict)
    waiting_texts: deque[Told] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_TEXTS))
    failed: set[Callable[..., None]] = field(default_factory=set)
    #: Photos and voice messages that are coming, and those that an event entity in the making has still to tell.
    uploads: Assembler = field(default_factory=Assembler)
    media_listeners: list[MediaListener] = field(default_factory=list)
    waiting_media: deque[Kept] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_ALARMS))
    delivery: Delivery = field(init=False)
    #: The keys that entities were made for because of what can be asked.
    offered: set[str] = field(default_factory=set)
    offered_from: Commands | None = None
    offered_by: Permissions | None = None

    def __post_init__(self) -> None:
        """Begin with nothing asked."""
        self.delivery = Delivery(self)

    @property
    def commands(self) -> Commands:
        """What the tracker can be asked for: nothing while nobody knows its protocol."""
        protocol = _PROTOCOLS.get(self.tracker.protocol or "")
        return _NO_COMMANDS if protocol is None else protocol.commands

    def check(self, kind: CommandKind, arguments: Arguments) -> Checked:
        """Return the arguments of a command that the tracker has; CommandError if no frames can be made of them."""
        checked = check_arguments(self.commands[kind], arguments)
        # Some bounds show only when the frames are made; these are for nobody.
        protocol = _PROTOCOLS[self.tracker.protocol or ""](self.tracker.device_id)
        protocol.encode(Command(kind, checked, self.permissions.password), dt_util.now())
        return checked

    @property
    def keys(self) -> set[str]:
        """The keys that entities exist for."""
        return self.tracker.keys | self.offered

    def offer(self) -> set[str]:
        """Return the keys of what can be asked and could not be until now; nothing dangerous that is not allowed."""
        commands = self.commands
        # Every report asks, and nearly always nothing has changed.
        if commands is self.offered_from and self.permissions is self.offered_by:
            return set()
        self.offered_from, self.offered_by = commands, self.permissions
        kinds = {key_of(kind) for kind in commands if DANGERS.get(kind) in (None, *self.permissions.dangerous)}
        appeared = {*kinds, LAST_COMMAND} - self.offered if commands else set()
        self.offered |= appeared
        return appeared

    def snapshot(self) -> dict[str, Any]:
        """Return what has to survive a restart."""
        return {**self.tracker.snapshot(), "outbox": self.delivery.outbox.snapshot()}

    def restore(self, data: dict[str, Any], now: datetime) -> None:
        """Begin where the snapshot ended."""
        self.tracker.restore(data, now)
        if outbox := data.get("outbox"):
            self.delivery.outbox.restore(outbox)

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

    @callback
    def async_listen_texts(self, key: str, listener: TextListener) -> CALLBACK_TYPE:
        """Call `listener` for each text of a key, first for those that nobody has heard yet; return what ends that."""
        listeners = self.text_listeners.setdefault(key, [])
        listeners.append(listener)
        waiting = [told for told in self.waiting_texts if told.key == key]
        for told in waiting:
            self.waiting_texts.remove(told)
            listener(told)
        return lambda: listeners.remove(listener)

    @callback
    def async_listen_media(self, listener: MediaListener) -> CALLBACK_TYPE:
        """Call `listener` for each photo and voice message, first for those that wait; return what ends that."""
        self.media_listeners.append(listener)
        while self.waiting_media:
            listener(self.waiting_media.popleft())
        return lambda: self.media_listeners.remove(listener)

    def tell_media(self, kept: Kept) -> None:
        """Tell every listener of a photo or voice message that is kept."""
        if not self.media_listeners:
            self.waiting_media.append(kept)
        for listener in self.media_listeners:
            self._call(listener, kept)

    def notify(self, update: Update) -> None:
        """Tell every listener what changed; one that fails does not cost the others their report.

        Alarms come last: an automation that hears one must find the position and the SOS that came with it.
        """
        # The entity of a key that is new begins with its value.
        for key in update.changed - update.appeared:
            for listener in self.listeners.get(key, ()):
                self._call(listener)
        for told in update.told:
            listeners = self.text_listeners.get(told.key)
            if not listeners:
                self.waiting_texts.append(told)
            for text_listener in listeners or ():
                self._call(text_listener, told)
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
