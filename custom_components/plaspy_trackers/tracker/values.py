"""What is known of a tracker, key by key, and when each of it was measured."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from ..gateway.models import Fix
from .alarms import HeardAlarm

type Value = str | int | float | bool | datetime | None
#: When a value was measured, by the tracker's clock; and which report that was, counted as they arrive.
type Stamp = tuple[datetime, int]

#: A time that changes with every report is shown no more often than this while reports come, and exactly once it has
#: not changed for so long. Every change of a state costs more than all else that a report does.
TIME_STEP = timedelta(minutes=5)
TIME_SETTLES = timedelta(minutes=2)


#: Texts that are news each time they are told: who holds a card to the reader, what comes from the serial port.
TOLD_KEYS = ("driver_id", "serial_data")


class Told(NamedTuple):
    """A text that is news each time it is told: its key, when, and where the tracker was."""

    key: str
    text: str
    time: datetime
    fix: Fix | None


@dataclass(slots=True)
class Update:
    """What one report changed: keys whose values are others now, those among them that are new, alarms, and texts.

    What counts each time it is measured has changed even if its value is the same.
    """

    changed: set[str] = field(default_factory=set)
    appeared: set[str] = field(default_factory=set)
    alarms: tuple[HeardAlarm, ...] = ()
    told: tuple[Told, ...] = ()


class Values(dict[str, Value]):
    """The values of one tracker; each change is noted in an update."""

    def __init__(self) -> None:
        """Begin with those of a tracker that has not been heard."""
        super().__init__(last_seen=None, online=False, sos=False)
        #: When each of those that were measured was.
        self.stamps: dict[str, Stamp] = {}

    def take(self, key: str, value: Value, stamp: Stamp, update: Update) -> None:
        """Set a value that was measured, unless a newer one is known; no key appears before a value for it came."""
        stamps = self.stamps
        if key in stamps and stamp < stamps[key]:
            # What was found before has not been found since.
            value = self.get(key)
        else:
            stamps[key] = stamp
            if value is None and key not in self:
                return
        self.set(key, value, update)

    def set_time(self, key: str, time: datetime, update: Update, *, exact: bool = False) -> None:
        """Set a time that goes on and on: exactly, or not before it has gone far."""
        time = time.replace(microsecond=0)
        shown = cast("datetime | None", self.get(key))
        if exact or shown is None or abs(time - shown) >= TIME_STEP:
            self.set(key, time, update)

    def set(self, key: str, value: Value, update: Update) -> None:
        """Set one value, and note whether that changes or adds anything."""
        if key not in self:
            update.appeared.add(key)
        elif self[key] == value:
            return
        self[key] = value
        update.changed.add(key)
