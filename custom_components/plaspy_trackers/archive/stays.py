"""The stretches of time that a tracker spent in one place, through drift, jumps and silences."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from statistics import median
from typing import NamedTuple

from ..gateway.models import Fix, FixSource, Report
from ..tracker.rules import EARTH_RADIUS, LONGEST_DRIFT, SHARP, accuracy_of, distance, is_jump, stands_still

#: Metres of a degree of latitude.
DEGREE = radians(1.0) * EARTH_RADIUS

#: What a cell is right within if nobody says.
CELL_ACCURACY = 2000.0

#: So many fixes in a row that agree with each other, and not with the one before, are believed.
CONFIRMATIONS = 3


@dataclass(slots=True, frozen=True)
class Habits:
    """What a stop is, and what is none. The defaults suit people and vehicles; distances are in metres."""

    #: How far from the middle of a stop its fixes may be, beside their own accuracy.
    radius: float = 100.0
    #: How long it takes at least; if the ignition is off, and if it is on all the time: a light, a jam.
    shortest_stop: timedelta = timedelta(minutes=5)
    shortest_parking: timedelta = timedelta(minutes=1)
    shortest_idling: timedelta = timedelta(minutes=15)
    #: How long fixes may be away from a stop to which the tracker comes back.
    longest_outlier: timedelta = timedelta(minutes=2)
    #: How far a trip leads at least. A shorter hop belongs to the stop before it.
    shortest_trip: float = 250.0
    #: A silence longer than this hides a stop, unless so much way (km/h) was made in it that there was no time for one.
    longest_silence: timedelta = timedelta(minutes=20)
    silent_speed: float = 10.0
    #: How fast one gets from where a silence was spent to where it ended, in km/h.
    usual_speed: float = 30.0
    #: Fixes that may be wrong by more than this say nothing about trips.
    worst_accuracy: float = 500.0


DEFAULT = Habits()


class Mark(NamedTuple):
    """A fix that counts: its longitude without the seam at 180°, and the ignition as it was last told."""

    fix: Fix
    time: datetime
    latitude: float
    longitude: float
    accuracy: float
    ignition: bool | None
    still: bool


class Stay(NamedTuple):
    """The marks from `begin` to `end`, both included, all of which are at one place, and how long that took."""

    begin: int
    end: int
    arrival: datetime
    departure: datetime
    fix: Fix


def find_stays(reports: Iterable[Report], until: datetime | None, habits: Habits) -> tuple[list[Mark], list[Stay]]:
    """Return the fixes that count in the order of their times, and the stays among them, with a trip between any two.

    The last stay lasts until then, if the tracker was not on its way when it was last heard.
    """
    marks = _marks(reports, habits)
    return marks, _joined(marks, _stays(marks, until, habits), habits)


def time_of(report: Report) -> datetime:
    """Return when a report was: by its fix, else by the tracker's clock."""
    time = report.fix.time if report.fix is not None else report.time
    assert time is not None
    return time


def _marks(reports: Iterable[Report], habits: Habits) -> list[Mark]:
    """Return the fixes that count in the order of their times, without those that no vehicle gets to."""
    kept: list[Mark] = []
    suspects: list[Mark] = []
    for mark in _seamless(reports, habits):
        if kept and mark.time == kept[-1].time:
            continue
        if not kept or not _jumps(kept[-1], mark):
            kept.append(mark)
            suspects.clear()
            continue
        if suspects and _jumps(suspects[-1], mark):
            suspects.clear()
        suspects.append(mark)
        if len(suspects) >= CONFIRMATIONS:
            # What agrees so often is right, and if there was but one before, that one was wrong.
            kept = suspects if len(kept) == 1 else [*kept, *suspects]
            suspects = []
    return kept


def _jumps(one: Mark, other: Mark) -> bool:
    # In a second nobody gets farther than this, and most fixes are nearer: it spares the great circle.
    if abs(one.latitude - other.latitude) < 0.002 and abs(one.longitude - other.longitude) < 0.002:
        return False
    return is_jump(one.fix, one.time, other.fix)


def _seamless(reports: Iterable[Report], habits: Habits) -> Iterator[Mark]:
    ignition: bool | None = None
    turns, before = 0.0, None
    dated = [report for report in reports if report.fix is not None or report.time is not None]
    for report in sorted(dated, key=time_of):
        ignition = report.readings.get("ignition", ignition)
        fix = report.fix
        if fix is None or (accuracy := _accuracy(fix)) > habits.worst_accuracy:
            continue
        if before is not None and abs(fix.longitude - before) > 180.0:
            turns += 360.0 if fix.longitude < before else -360.0
        before = fix.longitude
        still = stands_still(report.readings, fix)
        yield Mark(fix, fix.time, fix.latitude, fix.longitude + turns, accuracy, ignition, still)


def _accuracy(fix: Fix) -> float:
    """Return what a fix may be wrong by; a cell that does not tell is no better than cells are."""
    if fix.source is FixSource.CELL and not fix.accuracy:
        return CELL_ACCURACY
    return accuracy_of(fix)


def _stays(marks: Sequence[Mark], until: datetime | None, habits: Habits) -> Iterator[Stay]:
    """Yield the stretches of time that were spent in one place."""
    times = [mark.time for mark in marks]
    begin = 0
    while begin < len(marks):
        end = _run(marks, times, begin, habits)
        arrival = _arrival(marks, begin, habits)
        departure = _departure(marks, end, until, habits)
        if departure - arrival >= _least(marks[begin : end + 1], habits):
            yield Stay(begin, end, arrival, departure, _place(marks[begin : end + 1]))
            begin = end
        begin += 1


def _run(marks: Sequence[Mark], times: Sequence[datetime], begin: int, habits: Habits) -> int:
    """Return the last of the marks that are where the one at `begin` is, those apart that are away for a moment."""
    first = marks[begin]
    narrow = cos(radians(first.latitude))
    latitude, longitude, count = first.latitude, first.longitude, 1

    def is_near(mark: Mark) -> bool:
        metres = hypot((mark.longitude - longitude) * narrow, mark.latitude - latitude) * DEGREE
        return metres <= (LONGEST_DRIFT if mark.still else habits.radius + min(mark.accuracy, SHARP))

    if not _may_stay(marks, times, begin, is_near, habits):
        return begin
    end = begin
    for index in range(begin + 1, len(marks)):
        mark = marks[index]
        if is_near(mark):
            end, count = index, count + 1
            latitude += (mark.latitude - latitude) / count
            longitude += (mark.longitude - longitude) / count
        elif mark.time - marks[end].time > habits.longest_outlier:
            break
    return end


def _may_stay(
    marks: Sequence[Mark],
    times: Sequence[datetime],
    begin: int,
    is_near: Callable[[Mark], bool],
    habits: Habits,
) -> bool:
    """Whether the tracker is still there, or again, when it has to be for a stop: two looks instead of hundreds."""
    least = habits.shortest_stop if marks[begin].ignition is not False else habits.shortest_parking
    for after in (least, least + habits.longest_outlier):
        index = bisect_left(times, times[begin] + after, begin)
        # A parking may begin with the ignition on, and a silence may follow at once.
        if index >= len(marks) or is_near(marks[index]):
            return True
        if times[index] - times[index - 1] > habits.longest_silence:
            return True
    return any(mark.ignition is False for mark in marks[begin + 1 : begin + 3])


def _least(marks: Sequence[Mark], habits: Habits) -> timedelta:
    """Return how long a stay has to take for a stop."""
    if any(mark.ignition is False for mark in marks):
        return habits.shortest_parking
    return habits.shortest_idling if all(mark.ignition for mark in marks) else habits.shortest_stop


def _arrival(marks: Sequence[Mark], begin: int, habits: Habits) -> datetime:
    """Return when a tracker came to where it was found after a silence, if it went there at its beginning."""
    mark = marks[begin]
    if not begin or not _hides_stop(before := marks[begin - 1], mark, habits):
        return mark.time
    return (
        min(before.time + _way_time(before, mark, habits), mark.time) if _is_on_its_way(before, habits) else mark.time
    )


def _departure(marks: Sequence[Mark], end: int, until: datetime | None, habits: Habits) -> datetime:
    """Return when a tracker left a place before which it was silent, if it stayed there through that silence."""
    mark = marks[end]
    if end + 1 == len(marks):
        return mark.time if until is None or _is_on_its_way(mark, habits) else max(until, mark.time)
    after = marks[end + 1]
    if not _hides_stop(mark, after, habits) or _is_on_its_way(mark, habits):
        return mark.time
    return max(after.time - _way_time(mark, after, habits), mark.time)


def _hides_stop(one: Mark, other: Mark, habits: Habits) -> bool:
    """Whether there was more time between two marks than the way between them took."""
    silence = other.time - one.time
    if silence <= habits.longest_silence:
        return False
    return distance(one.fix, other.fix) / 1000 < habits.silent_speed * (silence / timedelta(hours=1))


def _is_on_its_way(mark: Mark, habits: Habits) -> bool:
    """Whether a tracker was moving when it was last heard."""
    return mark.ignition is not False and mark.fix.speed is not None and mark.fix.speed >= habits.silent_speed


def _way_time(one: Mark, other: Mark, habits: Habits) -> timedelta:
    return timedelta(hours=distance(one.fix, other.fix) / 1000 / habits.usual_speed)


def _place(marks: Sequence[Mark]) -> Fix:
    """Return the fix that is nearest to the middle of the better half."""
    better = median(mark.accuracy for mark in marks)
    good = [mark for mark in marks if mark.accuracy <= better]
    latitude, longitude = median(mark.latitude for mark in good), median(mark.longitude for mark in good)
    narrow = cos(radians(latitude))
    return min(good, key=lambda mark: hypot((mark.longitude - longitude) * narrow, mark.latitude - latitude)).fix


def _joined(marks: Sequence[Mark], stays: Iterable[Stay], habits: Habits) -> list[Stay]:
    """Return stays of which one follows another only where there is a trip between."""
    joined: list[Stay] = []
    for stay in stays:
        if not joined or is_trip(joined[-1].fix, [*marks[joined[-1].end + 1 : stay.begin], marks[stay.begin]], habits):
            joined.append(stay)
            continue
        before = joined.pop()
        longer = max(before, stay, key=lambda one: one.departure - one.arrival)
        joined.append(Stay(before.begin, stay.end, before.arrival, stay.departure, longer.fix))
    return joined


def is_trip(origin: Fix, marks: Iterable[Mark], habits: Habits) -> bool:
    """Whether any of the marks is so far away that getting there is no hop."""
    return any(distance(origin, mark.fix) - min(mark.accuracy, SHARP) >= habits.shortest_trip for mark in marks)
