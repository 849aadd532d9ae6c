"""Where a tracker has been lately: its last fixes in the order of their own times, and what each of them changed.

Fixes arrive late, twice and out of order. Each is judged in the light of those before it, and one that comes late is
put where it belongs and all after it are judged again. So the position does not depend on the order of arrival.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple, cast

from ..gateway.models import Fix, FixSource
from .rules import Zone, accuracy_of, distance, is_drift, is_jump, is_still_in_zone, is_way

#: So many fixes may still be put into their order; half a day of one in three minutes, 100 kB for each tracker.
LONGEST_PATH = 256

#: So many fixes in a row that agree with each other, and not with where we think the tracker is, are believed.
CONFIRMATIONS = 3


class Verdict(StrEnum):
    """What a fix does to the position; also the name under which diagnostics count it."""

    MOVED = "moved"
    DRIFT = "drift"  # the tracker stands still, and so does its position
    ZONE = "zone"  # too inaccurate to tell that a zone was left
    JUMP = "jump"  # beyond any vehicle, and not confirmed
    DUPLICATE = "duplicate"  # there is one of that time
    TOO_OLD = "too_old"  # older than all that are kept


@dataclass(slots=True)
class Home:
    """What fixes are seen against: the user's zones, and the time zone that begins a day."""

    zones: Sequence[Zone] = ()
    timezone: tzinfo = UTC


class Parts(NamedTuple):
    """What fixes tell apart from a place, each as it was told last."""

    altitude: float | None = None
    course: float | None = None
    hdop: float | None = None
    satellites: int | None = None
    speed: float | None = None


class Place(NamedTuple):
    """What is known after a fix: where the tracker is, and when it was last known to be there.

    `confirmed` is false while nothing but one fix tells it. `suspects` are fixes that do not agree with it, and that
    only others of their kind can confirm; `mark` is where the covered distance is counted to, `travelled` that distance
    in km, `today` the part of it that belongs to `day`.
    """

    fix: Fix | None = None
    time: datetime | None = None
    confirmed: bool = False
    suspects: tuple[Fix, ...] = ()
    mark: Fix | None = None
    travelled: float = 0.0
    day: date | None = None
    today: float = 0.0
    parts: Parts = Parts()


class _Step(NamedTuple):
    """One fix: whether the tracker stood still, and what is known after it."""

    fix: Fix
    standing: bool
    place: Place


@dataclass(slots=True)
class Path:
    """The last fixes of a tracker."""

    _begin: Place = field(default_factory=Place)
    _oldest: datetime | None = None
    _steps: list[_Step] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where the tracker is after all of its fixes."""
        return self._steps[-1].place if self._steps else self._begin

    @property
    def newest(self) -> datetime | None:
        """The time of the newest fix, whether it counted or not."""
        return self._steps[-1].fix.time if self._steps else self._oldest

    def add(self, fix: Fix, standing: bool, home: Home) -> Verdict:
        """Put a fix where its time belongs, and judge those after it again."""
        steps = self._steps
        index = len(steps)
        if steps and fix.time <= steps[-1].fix.time:
            index = bisect_left(steps, fix.time, key=lambda step: step.fix.time)
            if steps[index].fix.time == fix.time:
                return Verdict.DUPLICATE
        if not index and self._oldest is not None and fix.time <= self._oldest:
            return Verdict.DUPLICATE if fix.time == self._oldest else Verdict.TOO_OLD
        place = steps[index - 1].place if index else self._begin
        verdict, place = _judge(place, fix, standing, home)
        steps.insert(index, _Step(fix, standing, place))
        for later in range(index + 1, len(steps)):
            step = steps[later]
            _, place = _judge(place, step.fix, step.standing, home)
            steps[later] = step._replace(place=place)
        if len(steps) > LONGEST_PATH:
            self._begin, self._oldest = steps[0].place, steps[0].fix.time
            del steps[0]
        return verdict

    def set_clock_back(self, time: datetime) -> None:
        """Stay where the tracker is, and take any fix from `time` on for a newer one."""
        self._begin = self.place._replace(time=time, suspects=())
        self._oldest = None
        self._steps.clear()

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        place = self.place
        return {
            "fix": write_fix(place.fix),
            "time": write_time(place.time),
            "newest": write_time(self.newest),
            "confirmed": place.confirmed,
            "suspects": [write_fix(suspect) for suspect in place.suspects],
            "mark": write_fix(place.mark),
            "travelled": place.travelled,
            "day": None if place.day is None else place.day.isoformat(),
            "today": place.today,
        }

    def restore(self, data: Mapping[str, object]) -> None:
        """Begin where the snapshot ended."""
        self._begin = Place(
            read_fix(data["fix"]),
            read_time(data["time"]),
            confirmed=bool(data["confirmed"]),
            suspects=tuple(fix for one in cast("list[object]", data["suspects"]) if (fix := read_fix(one))),
            mark=read_fix(data["mark"]),
            travelled=cast("float", data["travelled"]),
            day=date.fromisoformat(day) if isinstance(day := data["day"], str) else None,
            today=cast("float", data["today"]),
        )
        self._oldest = read_time(data["newest"])


def _judge(place: Place, fix: Fix, standing: bool, home: Home) -> tuple[Verdict, Place]:
    """Return what a fix is worth where the tracker was at `place`, and what is known after it."""
    before, since = place.fix, place.time
    if before is None or since is None:
        return Verdict.MOVED, _move(place, fix, home.timezone, confirmed=False)
    if is_jump(before, since, fix):
        if not place.confirmed:
            return Verdict.MOVED, _move(place._replace(mark=fix), fix, home.timezone, confirmed=False)
        suspects = (*place.suspects, fix) if place.suspects and not _differ(place.suspects[-1], fix) else (fix,)
        if len(suspects) < CONFIRMATIONS:
            return Verdict.JUMP, place._replace(suspects=suspects)
        # It was the place before that was wrong, and nobody has gone from there to here.
        return Verdict.MOVED, _move(place._replace(mark=fix), fix, home.timezone)
    if standing and is_drift(before, fix):
        return Verdict.DRIFT, _stay(place, fix, standing=True)
    if is_still_in_zone(before, fix, home.zones):
        return Verdict.ZONE, _stay(place, fix)
    return Verdict.MOVED, _move(place, fix, home.timezone)


def _differ(one: Fix, other: Fix) -> bool:
    """Whether two suspects do not confirm each other."""
    return is_jump(one, one.time, other)


def _stay(place: Place, fix: Fix, *, standing: bool = False) -> Place:
    """Return what is known after a fix that counts, but is no other place."""
    return place._replace(time=fix.time, confirmed=True, suspects=(), parts=_learn(place.parts, fix, standing=standing))


def _move(place: Place, fix: Fix, timezone: tzinfo, *, confirmed: bool = True) -> Place:
    """Return what is known after a fix that is another place."""
    day = fix.time.astimezone(timezone).date()
    today = place.today if day == place.day else 0.0
    mark = place.mark or fix
    parts = _learn(place.parts, fix)
    if is_way(mark, fix):
        way = distance(mark, fix) / 1000
        return Place(fix, fix.time, confirmed, (), fix, place.travelled + way, day, today + way, parts)
    if accuracy_of(fix) * 2 < accuracy_of(mark):
        mark = fix
    return Place(fix, fix.time, confirmed, (), mark, place.travelled, day, today, parts)


def _learn(parts: Parts, fix: Fix, *, standing: bool = False) -> Parts:
    """Return what is known of the parts after a fix; where nothing moves, its course and altitude mean nothing."""
    altitude, course = (None, None) if standing else (fix.altitude, fix.course)
    return Parts(
        parts.altitude if altitude is None else altitude,
        parts.course if course is None else course,
        parts.hdop if fix.hdop is None else fix.hdop,
        parts.satellites if fix.satellites is None else fix.satellites,
        parts.speed if fix.speed is None else fix.speed,
    )


def write_time(time: datetime | None) -> str | None:
    """Return a time for a snapshot."""
    return None if time is None else time.isoformat()


def read_time(text: object) -> datetime | None:
    """Return the time of a snapshot, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None


def write_fix(fix: Fix | None) -> dict[str, object] | None:
    """Return a fix for a snapshot."""
    return None if fix is None else asdict(fix) | {"time": write_time(fix.time)}


def read_fix(data: object) -> Fix | None:
    """Return the fix of a snapshot."""
    if not isinstance(data, dict):
        return None
    return Fix(**{**data, "time": read_time(data["time"]), "source": FixSource(data["source"])})
