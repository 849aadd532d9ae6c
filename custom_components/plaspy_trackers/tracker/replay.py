"""What a tracker would have shown if each of its reports had come in time, and what that makes of an hour."""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from math import atan2, cos, degrees, radians, sin
from typing import NamedTuple

from ..gateway.models import Report
from . import Tracker
from .path import Parts

HOUR = timedelta(hours=1)

#: A counter that falls by more than a tenth has begun anew; the recorder takes it so.
RESET_SHARE = 0.9

#: What follows from fixes, unless the tracker has an odometer of its own.
WAY_KEYS = frozenset(("distance_today", "odometer"))


class Said(NamedTuple):
    """A report, when it was, and whether it came too late to be shown."""

    time: datetime
    report: Report
    late: bool


@dataclass(slots=True)
class Series:
    """What one value was, and since when; when it was last told late, and first in time after that."""

    times: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    late: datetime | None = None
    synced: datetime | None = None
    #: Since when it differs from what was shown.
    since: datetime | None = None

    def note(self, time: datetime, value: object) -> None:
        """Take in what is shown since a time; what is no number is left out, as the recorder leaves it out."""
        if isinstance(value, (int, float)) and (not self.values or value != self.values[-1]):
            self.times.append(time)
            self.values.append(float(value))

    def hear(self, time: datetime, *, late: bool) -> None:
        """Note that the value was told, be it the same as before or not."""
        if late:
            self.since = self.since or time
            self.late, self.synced = time, None
        elif self.late is not None and self.synced is None:
            self.synced = time

    def before(self, time: datetime) -> tuple[datetime, float] | None:
        """Return what the value was just before a time, and since when."""
        index = bisect_left(self.times, time)
        return (self.times[index - 1], self.values[index - 1]) if index else None

    def changes(self, start: datetime, end: datetime) -> list[tuple[datetime, float]]:
        """Return what the value became from `start` until before `end`."""
        span = slice(bisect_left(self.times, start), bisect_left(self.times, end))
        return list(zip(self.times[span], self.values[span], strict=True))


def replay(
    tracker: Tracker, said: Iterable[Said], keys: Iterable[str], begin: datetime, differing: Container[str] = ()
) -> dict[str, Series]:
    """Return what a tracker that knows nothing yet shows of each key, given its reports in the order of their times.

    Only from `begin` on does it matter what came late; `differing` are keys of which it came before. The reports are
    changed.
    """
    series = {key: Series() for key in keys}
    for key, one in series.items():
        if key in differing:
            one.hear(begin, late=True)
    for time, report, late in said:
        told = told_by(tracker, report)
        report.buffered = False
        tracker.apply(report, max(time, report.time or time))
        for key, one in series.items():
            one.note(time, tracker.values.get(key))
            if key in told and time >= begin:
                one.hear(time, late=late)
    return series


def told_by(tracker: Tracker, report: Report) -> set[str]:
    """Return the keys that a report says something about."""
    keys = set(report.readings)
    if "battery_voltage" in keys:
        keys.add("battery_level")
    if (tank := tracker.settings.tank) is not None:
        keys -= tank.computes
        if tank.source in report.readings:
            keys |= tank.computes
    if report.fix is not None:
        keys.update(Parts._fields)
    if report.fix is not None and not tracker.measures("odometer"):
        keys |= WAY_KEYS
    elif "odometer" in keys:
        keys.add("distance_today")
    return keys


class Average(NamedTuple):
    """What a measured value was through an hour."""

    mean: float
    lowest: float
    highest: float


def average(series: Series, start: datetime, end: datetime, *, circular: bool = False) -> Average | None:
    """Return a value's mean, weighted by how long it was what it was, as the recorder does; None while it is unknown.

    Before it was known first does not count. The mean of directions is a direction.
    """
    known = series.changes(start, end)
    already = series.before(start)
    if already is not None and (not known or known[0][0] > start):
        known.insert(0, (start, already[1]))
    if not known:
        return None
    ends = [*(time for time, _ in known[1:]), end]
    spans = [(value, (until - since).total_seconds()) for (since, value), until in zip(known, ends, strict=True)]
    values = [value for value, _ in spans]
    mean = _circular_mean(spans) if circular else _mean(spans)
    return Average(mean, min(values), max(values))


class Kind(Enum):
    """How a value that grows is counted."""

    #: It begins anew whenever it falls.
    COUNTER = auto()
    #: It may fall and rise, and each of it counts.
    LEVEL = auto()
    #: As `LEVEL`, but where it stands is not known from a few reports: only how far it went.
    WAY = auto()
    #: It begins anew at midnight.
    DAY = auto()


class Total(NamedTuple):
    """Where a value that grows stood at the end of an hour, and what it came to since it was counted first."""

    start: datetime
    state: float
    total: float


def totals(
    series: Series,
    hours: Sequence[datetime],
    kind: Kind,
    before: Total | None,
    day_of: Callable[[datetime], date],
) -> Iterator[Total]:
    """Yield where a value stood at the end of each hour that follows another without a gap.

    `before` is how the last hour before them was counted; without one, counting begins with the first value.
    """
    total = before.total if before is not None else 0.0
    state, day = None, None
    if known := series.before(hours[0]):
        state, day = known[1], day_of(known[0])
    elif before is not None and kind is not Kind.WAY:
        state, day = before.state, day_of(before.start)
    moved = before.state - (state or 0.0) if kind is Kind.WAY and before is not None else 0.0
    for hour in hours:
        for time, value in series.changes(hour, hour + HOUR):
            total += _growth(kind, state, value, day == day_of(time))
            state, day = value, day_of(time)
        if state is None:
            continue
        stands = 0.0 if kind is Kind.DAY and day != day_of(hour + HOUR - timedelta.resolution) else state
        yield Total(hour, stands + moved, total)


def _growth(kind: Kind, before: float | None, value: float, same_day: bool) -> float:
    """Return by how much a value grew when it became another one."""
    if before is None:
        # The first value is where counting begins, but a way begins at nothing.
        return value if kind is Kind.WAY else 0.0
    if (kind is Kind.DAY and not same_day) or (kind is Kind.COUNTER and value < RESET_SHARE * before):
        return value
    return value - before


def _mean(spans: Sequence[tuple[float, float]]) -> float:
    seconds = sum(weight for _, weight in spans)
    return sum(value * weight for value, weight in spans) / seconds


def _circular_mean(spans: Sequence[tuple[float, float]]) -> float:
    east = sum(sin(radians(value)) * weight for value, weight in spans)
    north = sum(cos(radians(value)) * weight for value, weight in spans)
    return degrees(atan2(east, north)) % 360


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """Return every hour that begins from `start` until before `end`; `start` begins one."""
    return [start + number * HOUR for number in range(max(0, -(-(end - start) // HOUR)))]


def groups(hours: Iterable[datetime], gap: timedelta, longest: timedelta) -> Iterator[list[datetime]]:
    """Yield hours in the order of time, parted where more than `gap` is between two, or where there are too many."""
    group: list[datetime] = []
    for hour in sorted(hours):
        if group and (hour - group[-1] > gap or hour - group[0] >= longest):
            yield group
            group = []
        group.append(hour)
    if group:
        yield group
