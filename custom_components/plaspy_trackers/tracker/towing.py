"""Whether a vehicle that is parked is towed away: it moves, and its ignition is off."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..gateway.models import Fix, FixSource
from .path import read_fix, read_time, write_fix, write_time
from .rules import accuracy_of, distance

#: For how long it has to move, and how far from where its ignition went off, in metres: no drift goes so far.
SHORTEST_TOW = timedelta(minutes=1)
SHORTEST_WAY = 200.0
#: A fix that may be wrong by more says nothing, in metres.
WORST_ACCURACY = 100.0
#: Slower than this nothing is towed, in km/h.
LOWEST_SPEED = 5.0
#: A vehicle that was towed and has stood for so long is parked where it is now.
PARKED = timedelta(minutes=15)


class Towing:
    """A vehicle, where it was parked, and whether it is towed.

    Only a tracker that has told of an ignition that was on can tell that it is off: many have no such wire.
    """

    def __init__(self) -> None:
        """Begin with a vehicle nobody knows."""
        self._ignition: bool | None = None
        self._parked: Fix | None = None
        #: When it was first found on its way, and last; when its ignition was told to be off last.
        self._moved: datetime | None = None
        self._moves: datetime | None = None
        self._off: datetime | None = None
        self._told = False
        self._before: Fix | None = None

    def turn(self, ignition: bool, time: datetime, place: Fix | None) -> None:
        """Take in the ignition, and where the vehicle is."""
        if ignition:
            self._parked, self._moved, self._told = None, None, False
        elif self._ignition and _is_good(place):
            self._parked = place
        # Without a place, where the ignition went off is told by the first one after it.
        self._ignition = ignition if ignition or self._ignition is not None else None
        self._off = None if ignition else time

    def move(self, fix: Fix) -> bool:
        """Take in where the vehicle is; True if it is towed, once for each tow."""
        if self._ignition is not False or not _is_good(fix):
            return False
        if self._parked is None:
            self._parked = fix
        before, self._before = self._before, fix
        if not _moves(before, fix) or not _is_beyond(self._parked, fix):
            self._rest(fix)
            return False
        self._moves = fix.time
        self._moved = self._moved or fix.time
        # A tracker that tells its ignition now and then has it told again meanwhile: it may be a drive that begins.
        off = self._off is not None and self._off >= self._moved
        if self._told or not off or fix.time - self._moved < SHORTEST_TOW:
            return False
        self._told = True
        return True

    def set_clock_back(self, time: datetime) -> None:
        """Take any time from now on for a later one."""
        self._moved = self._moves = None
        self._off = None if self._off is None else time

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {
            "ignition": self._ignition,
            "parked": write_fix(self._parked),
            "moved": write_time(self._moved),
            "moves": write_time(self._moves),
            "off": write_time(self._off),
            "told": self._told,
        }

    def restore(self, data: Mapping[str, object]) -> None:
        """Begin where the snapshot ended."""
        ignition = data["ignition"]
        self._ignition = ignition if isinstance(ignition, bool) else None
        self._parked = read_fix(data["parked"])
        self._moved, self._moves, self._off = (read_time(data[key]) for key in ("moved", "moves", "off"))
        self._told = bool(data["told"])

    def _rest(self, fix: Fix) -> None:
        """Take in a fix of a vehicle that stands, or is still where it was parked."""
        if not self._told and not _is_beyond(self._parked, fix):
            self._moved = self._moves = None
        elif self._moves is None or fix.time - self._moves >= PARKED:
            # It stands elsewhere: it was towed there, or driven while nobody heard it.
            self._parked, self._moved, self._moves, self._told = fix, None, None, False


def _is_beyond(parked: Fix | None, fix: Fix) -> bool:
    """Whether a vehicle is not where it was parked any more, however wrong both fixes may be."""
    return parked is not None and distance(parked, fix) - accuracy_of(parked) - accuracy_of(fix) > SHORTEST_WAY


def _moves(before: Fix | None, fix: Fix) -> bool:
    """Whether a vehicle moves: by its speed, or else by where it was before."""
    if fix.speed is not None:
        return fix.speed >= LOWEST_SPEED
    return before is not None and distance(before, fix) > accuracy_of(before) + accuracy_of(fix)


def _is_good(fix: Fix | None) -> bool:
    """Whether a fix tells where a vehicle is."""
    return fix is not None and fix.source is FixSource.GNSS and accuracy_of(fix) <= WORST_ACCURACY
