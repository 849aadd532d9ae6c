"""How much fuel is in a tank: readings smoothed against slosh, and when it was filled or robbed.

Volumes are in litres, rates in litres per hour. Fuel sloshes while a vehicle moves, and stands higher on one side while
it is parked on a slope. So what a tank holds is compared with what it held in the same situation: through one stop, or
on the road before it and after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median
from typing import NamedTuple, cast

from ..gateway.models import Alarm, Fix
from .calibration import Calibration
from .path import read_time, write_time
from .rules import LONGEST_DRIFT, accuracy_of, distance
from .wiring import Scale

#: Over how long the median is taken, and over how many readings at least.
STANDING_WINDOW, FEWEST_STANDING = timedelta(minutes=2), 3
MOVING_WINDOW, FEWEST_MOVING = timedelta(minutes=10), 5
#: Readings that are kept; a tracker that tells more often than every ten seconds has its window cut short.
MOST_SAMPLES = 64

#: Litres that have to come or go at once: what a can holds, and more than slosh that has been smoothed. In a large tank
#: it is this share of what it holds.
THRESHOLD = 4.0
THRESHOLD_SHARE = 0.05
#: By how much more where a vehicle may stand on a slope now, and did not before; where the road before a stop is
#: compared with the road after it; and where nobody saw it stop.
ON_SLOPE = 1.5
AFTER_STOP = 1.25
UNSEEN_STOP = 2.0

#: Fuel is at rest once it has not moved for so long.
SETTLES = timedelta(minutes=1)
#: A stop that is shorter is a traffic light, unless the ignition is off.
SHORTEST_STOP = timedelta(minutes=2)
#: A reading and one that is so much later are of different times, though nothing moved in between.
SILENCE = timedelta(minutes=5)
#: What goes on going within this time is the event that has been told.
CONTINUES = timedelta(minutes=30)

#: What the thirstiest engine burns on the road and idling, and by what a tank seems to change as it warms and cools.
BURNED, IDLED, WARMED = 60.0, 10.0, 0.5
#: For how long at most warmth is at work between two readings.
WARMS = timedelta(hours=1)
#: How fast what is known of the road rises, as slosh had it too low.
RECOVERED = 6.0
#: How many standard errors of a median are no noise.
CERTAIN = 4.0

HOUR = timedelta(hours=1)


@dataclass(slots=True, frozen=True)
class Tank:
    """What the user says of a tank: which reading tells of it, what that comes to, and what it holds.

    Without a calibration the reading is in litres. `threshold` is what has to come or go to be told as an event;
    without one it is what fits the tank.
    """

    source: str
    calibration: Calibration | None = None
    capacity: float | None = None
    threshold: float | None = None
    #: What the volts at its input are shown as: the table is made of what the user sees.
    scale: Scale | None = None

    @property
    def computes(self) -> frozenset[str]:
        """The readings that are not shown as the tracker tells them."""
        return frozenset(("fuel_volume", "fuel_level") if self.capacity else ("fuel_volume",))

    def litres(self, reading: float) -> float | None:
        """Return what a reading comes to; None if it is none."""
        if self.calibration is None:
            # No engine leaves a tank that empty: nothing is connected, or a bus sleeps while the ignition is off.
            return reading or None
        return self.calibration.litres(reading if self.scale is None else self.scale.of(reading))


#: What a tracker that tells litres says of its tank, if its user says nothing.
TOLD = Tank("fuel_volume")


class Moment(NamedTuple):
    """What a vehicle did when its fuel was measured, by its tracker's clock; the place is its last one."""

    time: datetime
    standing: bool
    ignition: bool | None
    place: Fix | None


class FuelEvent(NamedTuple):
    """A refuelling or a theft, and the litres before and after it."""

    alarm: Alarm
    before: float
    after: float


class _Sample(NamedTuple):
    time: datetime
    litres: float


@dataclass(slots=True)
class _Known:
    """What the next reading is compared with."""

    #: What the tank held on the road, and what it may have lost since that was known.
    road: float | None = None
    burned: float = 0.0
    #: What it holds in this stop, once the fuel is at rest.
    parked: float | None = None
    standing: bool = False
    #: Whether there was a stop since what the road tells was known.
    stopped: bool = False
    told: str | None = None
    #: The most that it held.
    fullest: float = 0.0


class Fuel:
    """The fuel in one tank, in the order of its tracker's time."""

    def __init__(self, tank: Tank) -> None:
        """Begin with a tank nobody has measured."""
        self.tank = tank
        #: What it holds, smoothed.
        self.level: float | None = None
        self._samples: list[_Sample] = []
        self._last: Moment | None = None
        self._known = _Known()
        #: Since when it stands or moves, and since when it has not moved at all.
        self._since: datetime | None = None
        self._still_since: datetime | None = None
        #: When an event was told last, and in which stop.
        self._told_at: datetime | None = None
        self._told_since: datetime | None = None

    @property
    def threshold(self) -> float:
        """The litres that have to come or go to be told."""
        return self.tank.threshold or max(THRESHOLD, THRESHOLD_SHARE * (self.tank.capacity or self._known.fullest))

    def take(self, litres: float, moment: Moment) -> FuelEvent | None:
        """Take in what was measured; return the event that it shows, once. What comes late changes nothing."""
        if self._last is not None and moment.time < self._last.time:
            return None
        self._follow(moment)
        self._samples.append(_Sample(moment.time, litres))
        del self._samples[:-MOST_SAMPLES]
        if self._known.standing:
            self.level = _median(self._window(STANDING_WINDOW, FEWEST_STANDING))
            event = self._look_at_stop(moment)
        else:
            self.level = _median(self._window(MOVING_WINDOW, FEWEST_MOVING))
            event = self._look_at_road()
        self._known.fullest = max(self._known.fullest, self.level)
        self._last = moment
        return event

    def set_clock_back(self, time: datetime) -> None:
        """Take any reading from now on for a newer one, compared with what was known but not smoothed with it."""
        self._samples.clear()
        self._known.parked = None
        self._known.stopped = True
        self._told_at = self._told_since = None
        if self._last is not None:
            self._last = self._last._replace(time=time)
            self._since = self._still_since = time

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        last = self._last
        return {
            "tank": repr(self.tank),
            "samples": [[sample.time.isoformat(), sample.litres] for sample in self._samples],
            "last": None if last is None else [write_time(last.time), last.standing, last.ignition],
            "known": asdict(self._known),
            "times": [write_time(one) for one in (self._since, self._still_since, self._told_at, self._told_since)],
        }

    def restore(self, data: Mapping[str, object], place: Fix | None) -> None:
        """Begin where the snapshot ended, if it was of this tank as it is set now."""
        if data["tank"] != repr(self.tank):
            return
        samples = cast("list[tuple[str, float]]", data["samples"])
        self._samples = [_Sample(datetime.fromisoformat(time), litres) for time, litres in samples]
        if last := cast("tuple[str, bool, bool | None] | None", data["last"]):
            self._last = Moment(datetime.fromisoformat(last[0]), last[1], last[2], place)
        self._known = _Known(**cast("dict[str, float]", data["known"]))  # type: ignore[arg-type]
        times = cast("list[str | None]", data["times"])
        self._since, self._still_since, self._told_at, self._told_since = (read_time(time) for time in times)

    def _follow(self, moment: Moment) -> None:
        """Follow whether the vehicle stands or moves, and what it may have burned since it was measured last."""
        known, last, time = self._known, self._last, moment.time
        at_rest = moment.standing or moment.ignition is False
        away = last is not None and _is_elsewhere(last, moment)
        if last is not None:
            drove = away or not (at_rest and (last.standing or last.ignition is False))
            idled = 0.0 if moment.ignition is False or last.ignition is False else IDLED
            known.burned += (BURNED if drove else idled) * ((time - last.time) / HOUR)
        if not at_rest:
            self._still_since = None
        elif away or self._still_since is None:
            self._still_since = time
        still = self._still_since
        standing = still is not None and (moment.ignition is False or time - still >= SHORTEST_STOP)
        if standing is known.standing and not away and self._since is not None:
            return
        if known.standing:
            known.stopped = True
            if known.road is None:
                known.road = known.parked
        known.standing, known.parked = standing, None
        self._since = still if standing else time

    def _look_at_stop(self, moment: Moment) -> FuelEvent | None:
        """Compare with what the tank held when this stop began, once the fuel is at rest."""
        known, threshold = self._known, self.threshold
        recent = self._recent(moment.time)
        if recent is None:
            return None
        level = _median(recent)
        if known.parked is None:
            return self._begin_stop(level, recent[0].time)
        if self._goes_on(level - known.parked):
            # The hose is still in it.
            self._compare_with(known.parked, level)
            return None
        last = self._last or moment
        elapsed = moment.time - last.time
        off = moment.ignition is False or last.ignition is False
        # Of a vehicle whose ignition nobody knows, a long silence is not taken for idling.
        running = elapsed if moment.ignition and not off else min(elapsed, WARMS)
        lost = (WARMED if off else IDLED) * (running / HOUR)
        if level - known.parked >= threshold:
            return self._tell(Alarm.REFUEL, known.parked, level)
        if known.parked - level - lost >= threshold:
            return self._tell(Alarm.FUEL_THEFT, known.parked, level)
        gained = WARMED * (min(elapsed, WARMS) / HOUR)
        known.parked = min(max(level, known.parked - lost), known.parked + gained)
        return None

    def _begin_stop(self, level: float, rested: datetime) -> FuelEvent | None:
        """Take what the tank holds as that of the stop; it may have been filled or robbed before it was at rest."""
        known, margin = self._known, self.threshold * ON_SLOPE
        known.parked = level
        # A tracker that sleeps tells one reading as the ignition goes off, and the next hours later.
        early = [sample for sample in self._segment() if rested - sample.time >= SILENCE]
        if early:
            before = _median(early)
            if abs(level - before) >= margin:
                # One reading tells too little of how far the road was off.
                known.road = None
                return self._tell(Alarm.REFUEL if level > before else Alarm.FUEL_THEFT, before, level)
        if known.road is None:
            return None
        if level - known.road >= margin:
            return self._tell(Alarm.REFUEL, known.road, level)
        if known.road - level - known.burned >= margin:
            return self._tell(Alarm.FUEL_THEFT, known.road, level)
        return None

    def _look_at_road(self) -> FuelEvent | None:
        """Compare with what the tank held on the road before, once there are enough readings since the last stop."""
        known, threshold = self._known, self.threshold
        window = self._window(MOVING_WINDOW, FEWEST_MOVING, self._segment())
        if len(window) < FEWEST_MOVING or window[-1].time - window[0].time < MOVING_WINDOW / 2:
            return None
        level = _median(window)
        burned, known.burned = known.burned, 0.0
        if known.road is None:
            known.road = level
            return None
        rise = level - known.road
        margin = threshold * (AFTER_STOP if known.stopped else UNSEEN_STOP)
        if rise >= max(margin, CERTAIN * _error(window, level)):
            return self._tell(Alarm.REFUEL, known.road, level)
        if -rise - burned >= threshold * UNSEEN_STOP:
            return self._tell(Alarm.FUEL_THEFT, known.road, level)
        gained = rise if known.stopped else RECOVERED * ((window[-1].time - window[-2].time) / HOUR)
        known.road += max(min(rise, gained), -burned)
        known.stopped = False
        return None

    def _tell(self, alarm: Alarm, before: float, after: float) -> FuelEvent:
        """Return an event, and compare with what there is now from now on."""
        self._compare_with(before, after)
        self._known.told = alarm.value
        self._told_at, self._told_since = self._samples[-1].time, self._since
        return FuelEvent(alarm, before, after)

    def _compare_with(self, before: float, after: float) -> None:
        """Take what came or went for known, in this stop and on the road after it."""
        known = self._known
        if not known.standing:
            known.road = after
            return
        known.parked = after
        if known.road is not None:
            known.road += after - before

    def _goes_on(self, change: float) -> bool:
        """Whether what comes or goes now belongs to an event that has been told in this stop."""
        told = self._told_at
        if told is None or self._told_since != self._since or self._samples[-1].time - told > CONTINUES:
            return False
        return (change > 0) is (self._known.told == Alarm.REFUEL)

    def _segment(self) -> list[_Sample]:
        """Return the readings since the vehicle stands or moves."""
        return [sample for sample in self._samples if self._since is None or sample.time >= self._since]

    def _window(self, length: timedelta, fewest: int, samples: Sequence[_Sample] | None = None) -> Sequence[_Sample]:
        """Return the last readings: those within a time, or the last few."""
        samples = self._samples if samples is None else samples
        count = sum(samples[-1].time - sample.time <= length for sample in samples)
        return samples[-max(count, fewest) :]

    def _recent(self, time: datetime) -> Sequence[_Sample] | None:
        """Return the last readings of a stop that agree with each other; None before the fuel is at rest."""
        recent = self._window(SETTLES, 2, self._segment())
        if len(recent) < 2 or (self._since is not None and time - self._since < SETTLES):
            return None
        litres = [sample.litres for sample in recent]
        return recent if max(litres) - min(litres) <= self.threshold / 2 else None


def _is_elsewhere(last: Moment, moment: Moment) -> bool:
    """Whether a vehicle that stood, and stands, has been driven in between, out of coverage."""
    one, other = last.place, moment.place
    if one is None or other is None or not (last.standing and moment.standing):
        return False
    return distance(one, other) - accuracy_of(one) - accuracy_of(other) > LONGEST_DRIFT


def _median(samples: Sequence[_Sample]) -> float:
    return median(sample.litres for sample in samples)


def _error(samples: Sequence[_Sample], level: float) -> float:
    """Return the standard error of a median, from how far its readings are from it."""
    spread = 1.4826 * median(abs(sample.litres - level) for sample in samples)
    return 1.2533 * spread / sqrt(len(samples))
