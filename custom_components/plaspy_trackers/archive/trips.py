"""Where a tracker stayed and how it went from one place to the next, and what a day came to.

A stay is a stretch of time through which all fixes are around one place, however long there are none in between:
receivers hear nothing indoors, and trackers sleep. Fixes wander, so a place is the median of what was measured
there, and few fixes that are away from it and back at once are no trip. What lies between stays are trips.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians
from statistics import fmean, median
from typing import NamedTuple

from ..gateway.models import Alarm, Fix, FixSource, Report
from ..tracker.rules import (
    EARTH_RADIUS,
    HIGHEST_SPEED,
    LONGEST_DRIFT,
    SHARP,
    Zone,
    accuracy_of,
    distance,
    is_in,
    is_jump,
    is_way,
    stands_still,
)

#: Metres of a degree of latitude.
DEGREE = radians(1.0) * EARTH_RADIUS

#: What a cell is right within if nobody says.
CELL_ACCURACY = 2000.0

#: So many fixes in a row that agree with each other, and not with the one before, are believed.
CONFIRMATIONS = 3

#: By how much (km/h) one told speed may exceed those beside it; a slip of the receiver exceeds them by more.
SURGE = 50.0

#: Over less time than this, the speed between two fixes is mostly what both are wrong by.
SHORTEST_LEG = timedelta(seconds=20)

_NO_TIME = timedelta(0)


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


@dataclass(slots=True, frozen=True)
class Spot:
    """A place in degrees, and the name of the zone that it is in."""

    latitude: float
    longitude: float
    zone: str | None = None


@dataclass(slots=True, frozen=True)
class Stop:
    """A stay at one place. The departure is when the tracker was last known, or can be taken, to have been there."""

    arrival: datetime
    departure: datetime
    spot: Spot

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.departure - self.arrival


@dataclass(slots=True, frozen=True)
class Trip:
    """A way from one place to another: distance in km, speeds in km/h."""

    start: datetime
    end: datetime
    origin: Spot
    destination: Spot
    distance: float
    top_speed: float | None

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.end - self.start

    @property
    def average_speed(self) -> float | None:
        """Distance by time, breaks that are no stops included; None for a trip of no time."""
        return self.distance / hours if (hours := self.duration / timedelta(hours=1)) else None


@dataclass(slots=True, frozen=True)
class Summary:
    """What the reports of a day come to: distance in km, top speed in km/h; None where nothing tells."""

    distance: float = 0.0
    moving_time: timedelta = _NO_TIME
    trips: int = 0
    stops: int = 0
    first_fix: datetime | None = None
    last_fix: datetime | None = None
    top_speed: float | None = None
    heart_rate_min: float | None = None
    heart_rate_mean: float | None = None
    heart_rate_max: float | None = None
    steps: int | None = None
    battery_min: float | None = None
    battery_max: float | None = None
    alarms: Mapping[Alarm, int] = field(default_factory=dict)


class _Mark(NamedTuple):
    """A fix that counts: its longitude without the seam at 180°, and the ignition as it was last told."""

    fix: Fix
    time: datetime
    latitude: float
    longitude: float
    accuracy: float
    ignition: bool | None
    still: bool


class _Stay(NamedTuple):
    """The marks from `begin` to `end`, both included, all of which are at one place, and how long that took."""

    begin: int
    end: int
    arrival: datetime
    departure: datetime
    fix: Fix


def find_trips(
    reports: Iterable[Report],
    *,
    zones: Mapping[str, Zone] | None = None,
    until: datetime | None = None,
    habits: Habits = DEFAULT,
) -> list[Trip | Stop]:
    """Return trips and stops in the order of time, whatever the order of the reports.

    `until` is how far what the tracker did is known, for one that sleeps where it stopped: now, or the end of a day.
    A stop that reaches to the end of the reports is taken to last until then.
    """
    marks = _marks(reports, habits)
    stays = _joined(marks, list(_stays(marks, until, habits)), habits)
    return list(_between(marks, stays, zones or {}, habits))


def summarise(
    reports: Sequence[Report],
    *,
    zones: Mapping[str, Zone] | None = None,
    until: datetime | None = None,
    habits: Habits = DEFAULT,
) -> Summary:
    """Return what the reports of one day come to. Steps are those since midnight, or since the tracker's first one."""
    found = find_trips(reports, zones=zones, until=until, habits=habits)
    trips = [one for one in found if isinstance(one, Trip)]
    ordered = sorted((report for report in reports if report.time is not None), key=_time_of)
    times = [report.fix.time for report in reports if report.fix is not None]
    pulses = [pulse for report in ordered if (pulse := report.readings.get("heart_rate"))]
    levels = [level for report in ordered if (level := report.readings.get("battery_level")) is not None]
    return Summary(
        distance=sum(trip.distance for trip in trips),
        moving_time=sum((trip.duration for trip in trips), _NO_TIME),
        trips=len(trips),
        stops=len(found) - len(trips),
        first_fix=min(times, default=None),
        last_fix=max(times, default=None),
        top_speed=max((trip.top_speed for trip in trips if trip.top_speed is not None), default=None),
        heart_rate_min=min(pulses, default=None),
        heart_rate_mean=fmean(pulses) if pulses else None,
        heart_rate_max=max(pulses, default=None),
        steps=_steps([steps for report in ordered if (steps := report.readings.get("steps")) is not None]),
        battery_min=min(levels, default=None),
        battery_max=max(levels, default=None),
        alarms=dict(Counter(alarm for report in reports for alarm in report.alarms)),
    )


def _time_of(report: Report) -> datetime:
    """Return when a report was: by its fix, else by the tracker's clock."""
    time = report.fix.time if report.fix is not None else report.time
    assert time is not None
    return time


def _steps(counts: Sequence[int]) -> int | None:
    """Return the steps that a counter tells which starts anew at the tracker's own midnight.

    If it did that, what it began with belongs to the day before. A lower count that is taken back is a slip.
    """
    told = [
        count
        for before, count, after in zip((0, *counts), counts, (*counts[1:], *counts[-1:]), strict=False)
        if not count < before <= after
    ]
    if any(count < before for before, count in pairwise(told)):
        return sum(count - before if count >= before else count for before, count in pairwise(told))
    return told[-1] if told else None


def _marks(reports: Iterable[Report], habits: Habits) -> list[_Mark]:
    """Return the fixes that count in the order of their times, without those that no vehicle gets to."""
    kept: list[_Mark] = []
    suspects: list[_Mark] = []
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


def _jumps(one: _Mark, other: _Mark) -> bool:
    # In a second nobody gets farther than this, and most fixes are nearer: it spares the great circle.
    if abs(one.latitude - other.latitude) < 0.002 and abs(one.longitude - other.longitude) < 0.002:
        return False
    return is_jump(one.fix, one.time, other.fix)


def _seamless(reports: Iterable[Report], habits: Habits) -> Iterator[_Mark]:
    ignition: bool | None = None
    turns, before = 0.0, None
    dated = [report for report in reports if report.fix is not None or report.time is not None]
    for report in sorted(dated, key=_time_of):
        ignition = report.readings.get("ignition", ignition)
        fix = report.fix
        if fix is None or (accuracy := _accuracy(fix)) > habits.worst_accuracy:
            continue
        if before is not None and abs(fix.longitude - before) > 180.0:
            turns += 360.0 if fix.longitude < before else -360.0
        before = fix.longitude
        still = stands_still(report.readings, fix)
        yield _Mark(fix, fix.time, fix.latitude, fix.longitude + turns, accuracy, ignition, still)


def _accuracy(fix: Fix) -> float:
    """Return what a fix may be wrong by; a cell that does not tell is no better than cells are."""
    if fix.source is FixSource.CELL and not fix.accuracy:
        return CELL_ACCURACY
    return accuracy_of(fix)


def _stays(marks: Sequence[_Mark], until: datetime | None, habits: Habits) -> Iterator[_Stay]:
    """Yield the stretches of time that were spent in one place."""
    times = [mark.time for mark in marks]
    begin = 0
    while begin < len(marks):
        end = _run(marks, times, begin, habits)
        arrival = _arrival(marks, begin, habits)
        departure = _departure(marks, end, until, habits)
        if departure - arrival >= _least(marks[begin : end + 1], habits):
            yield _Stay(begin, end, arrival, departure, _place(marks[begin : end + 1]))
            begin = end
        begin += 1


def _run(marks: Sequence[_Mark], times: Sequence[datetime], begin: int, habits: Habits) -> int:
    """Return the last of the marks that are where the one at `begin` is, those apart that are away for a moment."""
    first = marks[begin]
    narrow = cos(radians(first.latitude))
    latitude, longitude, count = first.latitude, first.longitude, 1

    def is_near(mark: _Mark) -> bool:
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
    marks: Sequence[_Mark],
    times: Sequence[datetime],
    begin: int,
    is_near: Callable[[_Mark], bool],
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


def _least(marks: Sequence[_Mark], habits: Habits) -> timedelta:
    """Return how long a stay has to take for a stop."""
    if any(mark.ignition is False for mark in marks):
        return habits.shortest_parking
    return habits.shortest_idling if all(mark.ignition for mark in marks) else habits.shortest_stop


def _arrival(marks: Sequence[_Mark], begin: int, habits: Habits) -> datetime:
    """Return when a tracker came to where it was found after a silence, if it went there at its beginning."""
    mark = marks[begin]
    if not begin or not _hides_stop(before := marks[begin - 1], mark, habits):
        return mark.time
    return (
        min(before.time + _way_time(before, mark, habits), mark.time) if _is_on_its_way(before, habits) else mark.time
    )


def _departure(marks: Sequence[_Mark], end: int, until: datetime | None, habits: Habits) -> datetime:
    """Return when a tracker left a place before which it was silent, if it stayed there through that silence."""
    mark = marks[end]
    if end + 1 == len(marks):
        return mark.time if until is None or _is_on_its_way(mark, habits) else max(until, mark.time)
    after = marks[end + 1]
    if not _hides_stop(mark, after, habits) or _is_on_its_way(mark, habits):
        return mark.time
    return max(after.time - _way_time(mark, after, habits), mark.time)


def _hides_stop(one: _Mark, other: _Mark, habits: Habits) -> bool:
    """Whether there was more time between two marks than the way between them took."""
    silence = other.time - one.time
    if silence <= habits.longest_silence:
        return False
    return distance(one.fix, other.fix) / 1000 < habits.silent_speed * (silence / timedelta(hours=1))


def _is_on_its_way(mark: _Mark, habits: Habits) -> bool:
    """Whether a tracker was moving when it was last heard."""
    return mark.ignition is not False and mark.fix.speed is not None and mark.fix.speed >= habits.silent_speed


def _way_time(one: _Mark, other: _Mark, habits: Habits) -> timedelta:
    return timedelta(hours=distance(one.fix, other.fix) / 1000 / habits.usual_speed)


def _place(marks: Sequence[_Mark]) -> Fix:
    """Return the fix that is nearest to the middle of the better half."""
    better = median(mark.accuracy for mark in marks)
    good = [mark for mark in marks if mark.accuracy <= better]
    latitude, longitude = median(mark.latitude for mark in good), median(mark.longitude for mark in good)
    narrow = cos(radians(latitude))
    return min(good, key=lambda mark: hypot((mark.longitude - longitude) * narrow, mark.latitude - latitude)).fix


def _joined(marks: Sequence[_Mark], stays: Iterable[_Stay], habits: Habits) -> list[_Stay]:
    """Return stays of which one follows another only where there is a trip between."""
    joined: list[_Stay] = []
    for stay in stays:
        if not joined or _is_trip(joined[-1].fix, [*marks[joined[-1].end + 1 : stay.begin], marks[stay.begin]], habits):
            joined.append(stay)
            continue
        before = joined.pop()
        longer = max(before, stay, key=lambda one: one.departure - one.arrival)
        joined.append(_Stay(before.begin, stay.end, before.arrival, stay.departure, longer.fix))
    return joined


def _is_trip(origin: Fix, marks: Iterable[_Mark], habits: Habits) -> bool:
    """Whether any of the marks is so far away that getting there is no hop."""
    return any(distance(origin, mark.fix) - min(mark.accuracy, SHARP) >= habits.shortest_trip for mark in marks)


def _between(
    marks: Sequence[_Mark], stays: Sequence[_Stay], zones: Mapping[str, Zone], habits: Habits
) -> Iterator[Trip | Stop]:
    """Yield stops, and the trips before, between and behind them."""
    if not marks:
        return
    ends: list[_Stay | None] = [None, *stays, None]
    for before, after in pairwise(ends):
        if before is not None:
            yield Stop(before.arrival, before.departure, _spot(before.fix, zones))
        trip = _trip(marks, before, after, zones, habits)
        if trip is not None:
            yield trip


def _trip(
    marks: Sequence[_Mark], before: _Stay | None, after: _Stay | None, zones: Mapping[str, Zone], habits: Habits
) -> Trip | None:
    way = marks[before.end + 1 if before else 0 : after.begin if after else len(marks)]
    origin = before.fix if before else marks[0].fix
    destination = after.fix if after else marks[-1].fix
    if not _is_trip(origin, [*way, *([marks[after.begin]] if after else [])], habits):
        return None
    start = before.departure if before else way[0].time
    end = max(after.arrival if after else way[-1].time, start)
    if (before is None or after is None) and end - start <= habits.longest_outlier:
        # Nothing before it, or behind it, tells whether that is more than fixes gone astray.
        return None
    fixes = [origin, *(mark.fix for mark in way), destination]
    legs = list(_legs(fixes))
    return Trip(
        start,
        end,
        _spot(origin, zones),
        _spot(destination, zones),
        sum(metres for metres, _ in legs) / 1000,
        _top_speed([mark.fix.speed for mark in way if mark.fix.speed is not None], legs),
    )


def _legs(fixes: Sequence[Fix]) -> Iterator[tuple[float, timedelta]]:
    """Yield the metres and the time of each leg that is longer than what both of its ends may be wrong by."""
    mark = fixes[0]
    for fix in fixes[1:]:
        if is_jump(mark, mark.time, fix):
            mark = fix
        elif is_way(mark, fix):
            yield distance(mark, fix), fix.time - mark.time
            mark = fix


def _top_speed(told: Sequence[float], legs: Sequence[tuple[float, timedelta]]) -> float | None:
    """Return the highest speed that was told and that one beside it bears out; if none was, that of a leg."""
    if told:
        around = zip(told, (*told[1:], told[-1]), (told[0], *told), strict=False)
        return max(min(speed, max(behind, ahead) + SURGE, HIGHEST_SPEED) for speed, behind, ahead in around)
    speeds = [metres * 3.6 / time.total_seconds() for metres, time in legs if time >= SHORTEST_LEG]
    return max(speeds, default=None)


def _spot(fix: Fix, zones: Mapping[str, Zone]) -> Spot:
    """Return a place with the name of the smallest zone that it is in."""
    inside = [(zone.radius, name) for name, zone in zones.items() if is_in(zone, fix)]
    return Spot(fix.latitude, fix.longitude, min(inside)[1] if inside else None)
