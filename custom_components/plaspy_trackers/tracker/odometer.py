"""What the odometer of a vehicle comes to on one day, in whatever order its readings arrive."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, cast

from .values import Stamp


class _Reading(NamedTuple):
    """What the odometer was at, in km, and when."""

    stamp: Stamp
    day: date
    kilometres: float


class Odometer:
    """The last day that the odometer of a tracker told of."""

    def __init__(self) -> None:
        """Begin with an odometer that has told nothing."""
        #: The newest reading, and the one that its day began with: the last before it, or else the first of it.
        self._last: _Reading | None = None
        self._first: _Reading | None = None
        self._lowest = 0.0

    def take(self, kilometres: float, stamp: Stamp, day: date) -> None:
        """Take in a reading, be it the newest or not; `day` is the one that it belongs to."""
        reading = _Reading(stamp, day, kilometres)
        last, first = self._last, self._first
        if last is None or first is None:
            self._last = self._first = reading
            self._lowest = kilometres
        elif day > last.day:
            self._last, self._first = reading, last
            self._lowest = kilometres
        elif day == last.day:
            self._lowest = min(self._lowest, kilometres)
            self._last = max(last, reading)
            if first.day == day:
                self._first = min(first, reading)
        elif first.day == last.day or first < reading:
            self._first = reading

    def distance(self, day: date) -> float:
        """Return the kilometres of a day; an odometer that was set back counts from where it was set to.

        A clock that runs ahead may have begun the next day.
        """
        last, first = self._last, self._first
        if last is None or first is None or last.day < day:
            return 0.0
        began = first.kilometres if first.kilometres <= last.kilometres else self._lowest
        return last.kilometres - began

    def set_clock_back(self, stamp: Stamp, day: date) -> None:
        """Take any reading from now on for a newer one."""
        if self._last is not None:
            self._last = self._last._replace(stamp=stamp, day=day)

    def snapshot(self) -> dict[str, object] | None:
        """Return what has to survive a restart, as JSON data."""
        if self._last is None or self._first is None:
            return None
        return {
            "day": self._last.day.isoformat(),
            "kilometres": self._last.kilometres,
            "began_day": self._first.day.isoformat(),
            "began": self._first.kilometres,
            "lowest": self._lowest,
        }

    def restore(self, data: Mapping[str, object], stamp: Stamp) -> None:
        """Begin where the snapshot ended; whatever is older than `stamp` is older than all that is known."""

        def read(day: str, kilometres: str) -> _Reading:
            return _Reading(stamp, date.fromisoformat(cast("str", data[day])), cast("float", data[kilometres]))

        self._last = read("day", "kilometres")
        self._first = read("began_day", "began")
        self._lowest = cast("float", data["lowest"])
