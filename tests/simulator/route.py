"""Where a simulated tracker is, as a pure function of time: a closed loop travelled along great circles."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import asin, atan2, cos, degrees, hypot, pi, radians, sin
from random import Random
from typing import Protocol

EARTH_RADIUS = 6_371_008.8  # m

#: So near the end of a leg its course is that of its beginning: the end itself has none.
NEARLY_THERE = 0.9999

#: Once around the lake of the Simón Bolívar park in Bogotá, 1.8 km.
PARK = (
    (4.66120, -74.09360),
    (4.66185, -74.09245),
    (4.66140, -74.09090),
    (4.65985, -74.08985),
    (4.65800, -74.09020),
    (4.65640, -74.09150),
    (4.65605, -74.09330),
    (4.65730, -74.09455),
    (4.65935, -74.09440),
)

#: A block of streets beside it, 3.1 km.
STREETS = (
    (4.66510, -74.08420),
    (4.66240, -74.08020),
    (4.65890, -74.07740),
    (4.65520, -74.08010),
    (4.65760, -74.08410),
    (4.66100, -74.08700),
)

#: Around a quarter west of it, 2.2 km.
SALITRE = (
    (4.65880, -74.10130),
    (4.66060, -74.10430),
    (4.65900, -74.10760),
    (4.65600, -74.10690),
    (4.65480, -74.10320),
    (4.65680, -74.10050),
)

#: Around one south of it, 2.1 km.
FEDERMAN = (
    (4.65410, -74.09180),
    (4.65180, -74.08890),
    (4.64890, -74.08990),
    (4.64800, -74.09290),
    (4.65010, -74.09560),
    (4.65300, -74.09450),
)

type Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a tracker is: degrees, metres above the sea, km/h, and degrees from true north."""

    latitude: float
    longitude: float
    altitude: float
    speed: float
    course: float


class Journey(Protocol):
    """Where a tracker is, as a pure function of time."""

    def at(self, seconds: float) -> Position:
        """Return the position `seconds` after the journey began."""
        ...


class Way:
    """A line through two places or more (latitude and longitude in degrees), along great circles."""

    def __init__(self, places: Sequence[Place]) -> None:
        """Measure it."""
        self._places = places
        self._ends = list(accumulate(distance(begin, end) for begin, end in pairwise(places)))
        self.length = self._ends[-1]

    def at(self, metres: float) -> tuple[Place, float]:
        """Return the place so far from where the way begins, and the course there."""
        leg = min(bisect_right(self._ends, metres), len(self._ends) - 1)
        begin, end = self._places[leg], self._places[leg + 1]
        start = self._ends[leg - 1] if leg else 0.0
        share = min((metres - start) / (self._ends[leg] - start), 1.0)
        here = between(begin, end, share)
        return here, bearing(here if share < NEARLY_THERE else begin, end)


class Route:
    """A closed loop through `places` (latitude and longitude in degrees), travelled for ever at about `speed` km/h.

    The speed swings around its mean, and the loop is entered anywhere, as the seed has it. The same arguments always
    make the same journey.
    """

    def __init__(
        self, places: Sequence[Place], *, speed: float = 4.8, altitude: float = 2555.0, seed: int | str = 0
    ) -> None:
        """Measure the loop; `altitude` is its mean height in metres."""
        self._way = Way([*places, places[0]])
        self.length = self._way.length
        self._speed = speed / 3.6
        self._altitude = altitude
        random = Random(seed)
        self._entry = random.uniform(0.0, self.length)
        # Slow swings of the speed, each a share of the mean, a period in seconds and a phase.
        self._swings = [(share, random.uniform(20, 200), random.uniform(0, 2 * pi)) for share in (0.2, 0.12, 0.06)]

    def at(self, seconds: float) -> Position:
        """Return the position `seconds` after the journey began."""
        walked = (self._entry + self._distance(seconds)) % self.length
        place, course = self._way.at(walked)
        return Position(
            *place,
            altitude=self._altitude + 6.0 * sin(2 * pi * walked / self.length),
            speed=self._speed_at(seconds) * 3.6,
            course=course,
        )

    def _speed_at(self, seconds: float) -> float:
        """Return the speed in m/s."""
        swing = sum(share * cos(2 * pi * seconds / period + phase) for share, period, phase in self._swings)
        return self._speed * (1.0 + swing)

    def _distance(self, seconds: float) -> float:
        """Return the metres walked: the integral of the speed."""
        swing = sum(
            share * period / (2 * pi) * (sin(2 * pi * seconds / period + phase) - sin(phase))
            for share, period, phase in self._swings
        )
        return self._speed * (seconds + swing)


def distance(begin: Place, end: Place) -> float:
    """Return the metres from one place to another along the great circle."""
    latitude, longitude = radians(begin[0]), radians(begin[1])
    to_latitude, to_longitude = radians(end[0]), radians(end[1])
    half_chord = (
        sin((to_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(to_latitude) * sin((to_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * asin(half_chord**0.5)


def bearing(begin: Place, end: Place) -> float:
    """Return the course, 0 up to 360 degrees, on which the great circle from one place to another starts."""
    latitude, to_latitude = radians(begin[0]), radians(end[0])
    eastward = radians(end[1] - begin[1])
    east = sin(eastward) * cos(to_latitude)
    north = cos(latitude) * sin(to_latitude) - sin(latitude) * cos(to_latitude) * cos(eastward)
    return degrees(atan2(east, north)) % 360.0


def between(begin: Place, end: Place, share: float) -> Place:
    """Return the place that lies a `share`, 0 to 1, of the great circle from one place to another."""
    angle = distance(begin, end) / EARTH_RADIUS
    near, far = sin((1.0 - share) * angle) / sin(angle), sin(share * angle) / sin(angle)
    x, y, z = (near * one + far * other for one, other in zip(_vector(begin), _vector(end), strict=True))
    return degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def _vector(place: Place) -> tuple[float, float, float]:
    """Return the unit vector from the middle of the earth to a place."""
    latitude, longitude = radians(place[0]), radians(place[1])
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)
