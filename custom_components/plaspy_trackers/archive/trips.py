"""Where a tracker stayed and how it went from one place to the next, and what a day came to.

A stay is a stretch of time through which all fixes are around one place, however long there are none in between:
receivers hear nothing indoors, and trackers sleep. Fixes wander, so a place is the median of what was measured
there, and few fixes that are away from it and back at once are no trip. What lies between stays are trips.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

from ..gateway.models import Alarm, Fix, Report
from ..tracker.rules import HIGHEST_SPEED, Zone, distance, is_in, is_jump, is_way
from .stays import DEFAULT, Habits, Mark, Stay, find_stays, is_trip, time_of

#: By how much (km/h) one told speed may exceed those beside it; a slip of the receiver exceeds them by more.
SURGE = 50.0

#: Over less time than this, the speed between two fixes is mostly what both are wrong by.
SHORTEST_LEG = timedelta(seconds=20)

_NO_TIME = timedelta(0)


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
    marks, stays = find_stays(reports, until, habits)
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
    ordered = sorted((report for report in reports if report.time is not None), key=time_of)
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


def _between(
    marks: Sequence[Mark], stays: Sequence[Stay], zones: Mapping[str, Zone], habits: Habits
) -> Iterator[Trip | Stop]:
    """Yield stops, and the trips before, between and behind them."""
    if not marks:
        return
    ends: list[Stay | None] = [None, *stays, None]
    for before, after in pairwise(ends):
        if before is not None:
            yield Stop(before.arrival, before.departure, _spot(before.fix, zones))
        trip = _trip(marks, before, after, zones, habits)
        if trip is not None:
            yield trip


def _trip(
    marks: Sequence[Mark], before: Stay | None, after: Stay | None, zones: Mapping[str, Zone], habits: Habits
) -> Trip | None:
    way = marks[before.end + 1 if before else 0 : after.begin if after else len(marks)]
    origin = before.fix if before else marks[0].fix
    destination = after.fix if after else marks[-1].fix
    if not is_trip(origin, [*way, *([marks[after.begin]] if after else [])], habits):
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
