"""Which report and which fix count, and what they are worth: small functions of nothing but their arguments.

Distances and radii are in metres, speeds in km/h.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from ..gateway.models import Fix, Readings

EARTH_RADIUS = 6_371_009.0

#: How far a distance on a sphere is from that on the ellipsoid which Home Assistant measures zones on.
ERROR = 0.006

#: Metres of error for each unit of HDOP: what a small receiver does under an open sky.
METRES_PER_HDOP = 5.0

#: Metres of error of a satellite fix that says nothing about its quality. Never zero: zero would mean perfect.
UNKNOWN_ACCURACY = 20.0

#: A clock that runs ahead by more than this, or is older than the year below, is unset or has rolled over.
LONGEST_LEAD = timedelta(days=1)
FIRST_YEAR = 2020

#: A report is live if its time is no further ahead than a clock may be wrong by, and no older than a mobile network
#: may delay it. A live alarm is never an old one, and a tracker that tells a live time has its clock right.
LIVE_LEAD = timedelta(minutes=5)
LIVE_AGE = timedelta(minutes=15)

#: What an airliner does with the wind behind it: nothing that carries a tracker is faster.
HIGHEST_SPEED = 1_200.0

#: Slower than a step: what a receiver at rest measures now and then.
STANDING_SPEED = 1.0

#: How far the position of what stands still may wander, however good its receiver says that it is; and the end of it,
#: however bad.
DRIFT = 50.0
LONGEST_DRIFT = 200.0

#: A fix is as near to a zone as its accuracy lets it be, up to this: a cell's kilometres must not bring anybody home.
SHARP = 50.0

#: What a walker has to move by before that is distance covered and not noise.
SHORTEST_WAY = 25.0

#: A lithium cell at rest: volts and the percentage they stand for.
BATTERY_CURVE = ((3.5, 0.0), (3.68, 10.0), (3.75, 30.0), (3.82, 50.0), (3.95, 75.0), (4.15, 100.0))


@dataclass(slots=True, frozen=True)
class Zone:
    """A place of the user's: its middle in degrees, its radius in metres."""

    latitude: float
    longitude: float
    radius: float


def distance(one: Fix, other: Fix | Zone) -> float:
    """Return the metres between two places on a great circle; wrong by `ERROR` at most."""
    south, north = radians(one.latitude), radians(other.latitude)
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(min(half, 1.0)))


def accuracy_of(fix: Fix | None) -> float:
    """Return the radius within which a fix is right; never zero."""
    if fix is None:
        return UNKNOWN_ACCURACY
    if fix.accuracy:
        return fix.accuracy
    if fix.hdop:
        return max(fix.hdop, 1.0) * METRES_PER_HDOP
    return UNKNOWN_ACCURACY


def is_unset(time: datetime, arrived: datetime) -> bool:
    """Whether a clock is unset or has rolled over, as no clock is that only runs wrong."""
    return time.year < FIRST_YEAR or time > arrived + LONGEST_LEAD


def is_live(time: datetime, arrived: datetime) -> bool:
    """Whether something happened just before it arrived, as far as clocks and networks can be trusted."""
    return arrived - LIVE_AGE <= time <= arrived + LIVE_LEAD


def is_put_right(newest: datetime, time: datetime, arrived: datetime) -> bool:
    """Whether a clock that told a time to come now tells the present one."""
    return newest > arrived + LIVE_LEAD and is_live(time, arrived)


def is_inaccurate(fix: Fix, limit: float | None) -> bool:
    """Whether a fix is worse than the user wants to see; never without a limit."""
    return limit is not None and accuracy_of(fix) > limit


def is_jump(before: Fix, since: datetime, fix: Fix) -> bool:
    """Whether no vehicle gets to `fix` from where the tracker was at `since`; both may be wrong by their accuracy."""
    metres = distance(before, fix) - accuracy_of(before) - accuracy_of(fix)
    # Times are whole seconds: a second may have been almost two.
    seconds = (fix.time - since).total_seconds() + 1.0
    return metres * 3.6 > HIGHEST_SPEED * seconds


def stands_still(readings: Readings, fix: Fix) -> bool:
    """Whether a tracker says that it stands still: by its motion sensor, else its ignition, else its speed."""
    moving = readings.get("moving", readings.get("ignition"))
    if moving is not None:
        return not moving
    return fix.speed is not None and fix.speed < STANDING_SPEED


def is_drift(before: Fix, fix: Fix) -> bool:
    """Whether a fix of what stands still only wanders; a fix twice as accurate tells better where that is."""
    metres, accuracy = accuracy_of(before), accuracy_of(fix)
    return accuracy * 2 > metres and distance(before, fix) <= min(max(DRIFT, metres + accuracy), LONGEST_DRIFT)


def is_in(zone: Zone, fix: Fix) -> bool:
    """Whether a fix is in a zone."""
    return distance(fix, zone) - min(accuracy_of(fix), SHARP) < zone.radius


def is_still_in_zone(before: Fix, fix: Fix, zones: Iterable[Zone]) -> bool:
    """Whether a fix would take the tracker out of a zone which its circle of accuracy still touches."""
    accuracy = accuracy_of(fix)
    return accuracy > SHARP and any(
        is_in(zone, before)
        # Whoever Home Assistant may see outside is kept inside.
        and (metres := distance(fix, zone)) * (1 + ERROR) - SHARP >= zone.radius
        and metres - accuracy < zone.radius
        for zone in zones
    )


def is_way(mark: Fix, fix: Fix) -> bool:
    """Whether what lies between two fixes is distance covered: more than both may be wrong by."""
    return distance(mark, fix) >= max(SHORTEST_WAY, accuracy_of(mark), accuracy_of(fix))


def estimate_battery_level(volts: float) -> float:
    """Return the percentage that the voltage of a lithium cell stands for, to the whole percent."""
    low, below = BATTERY_CURVE[0]
    for high, above in BATTERY_CURVE:
        if volts <= high:
            share = (max(volts, low) - low) / (high - low) if high > low else 0.0
            return float(round(below + (above - below) * share))
        low, below = high, above
    return below
