"""Where a simulated car is and how it is, as a pure function of time: a day of trips and stops, again and again."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import exp, pi, sin, sqrt
from random import Random

from .route import Place, Position, Way

HOUR = 3600.0

#: How fast a car gains and loses speed, in m/s².
ACCELERATION, BRAKING = 1.6, 2.2

#: Volts of the car's battery with the engine off, and of its dynamo.
PARKED, RUNNING = 12.4, 14.1

#: What the engine takes, in litres for a kilometre and for an hour in which the car stands.
PER_KILOMETRE, IDLE = 0.085, 0.8

#: What the tank's sensor says, in V, and the litres this stands for: a tank that is narrow at its bottom.
SENSOR = ((0.5, 0.0), (1.1, 6.0), (2.3, 27.0), (4.5, 60.0))
FULL = 56.0

#: By how many litres sloshing fuel fools the sensor, with what period in seconds; and how long it takes to calm down.
SLOSH = ((1.1, 2.3), (0.7, 7.1), (0.6, 31.0))
CALMS = 8.0

#: How long the battery of the tracker itself lasts, and how long it takes to charge, in seconds.
DRAIN, CHARGE = 8 * HOUR, 2 * HOUR

#: What the car had behind it, in km.
ODOMETER = 48_210.0
ALTITUDE = 2555.0

GARAGE = (4.66480, -74.08500)
PETROL = (4.67700, -74.10600)
OFFICE = (4.69870, -74.13120)
CLIENT = (4.79000, -74.04500)


@dataclass(frozen=True, slots=True)
class Go:
    """A drive through places from one standstill to the next, at up to `limit` km/h."""

    places: tuple[Place, ...]
    limit: float = 50.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A stop in traffic: the engine runs."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Park:
    """A stop with the ignition off, in which the tank is filled, or robbed of so many litres; or without a supply."""

    seconds: float
    fills: bool = False
    stolen: float = 0.0
    supplied: bool = True


type Step = Go | Wait | Park

TO_PETROL = (GARAGE, (4.66700, -74.09000), (4.67200, -74.09800), PETROL)
TO_OFFICE = (PETROL, (4.68400, -74.11400), (4.69300, -74.12500), OFFICE)
TO_CLIENT = (OFFICE, (4.71500, -74.11000), (4.75500, -74.06800), CLIENT)
FROM_CLIENT = (CLIENT, (4.74200, -74.05200), (4.69500, -74.08300), PETROL)
TO_GARAGE = (PETROL, (4.67500, -74.09700), (4.66900, -74.08800), GARAGE)

#: A day from midnight on, of which the night sees a theft, the afternoon one hour without a supply.
DAY: tuple[Step, ...] = (
    Park(3 * HOUR),
    Park(300.0, stolen=18.0),
    Park(3 * HOUR + 3300.0),
    Go(TO_PETROL, 60.0),
    Wait(45.0),
    Go(TO_OFFICE, 90.0),
    Park(3.5 * HOUR),
    Go(TO_CLIENT, 90.0),
    Park(1.5 * HOUR),
    Go(FROM_CLIENT[:2], 80.0),
    Wait(70.0),
    Go(FROM_CLIENT[1:], 90.0),
    Park(150.0),
    Park(210.0, fills=True),
    Park(240.0),
    Go(TO_GARAGE, 50.0),
    Park(2 * HOUR),
    Park(1 * HOUR, supplied=False),
    Park(8 * HOUR),
)

#: Twenty minutes that have everything in them.
ERRANDS: tuple[Step, ...] = (
    Park(3.0),
    Go(TO_PETROL, 80.0),
    Park(90.0),
    Park(60.0, fills=True),
    Park(90.0),
    Go(TO_OFFICE, 90.0),
    Wait(20.0),
    Go(TO_OFFICE[::-1], 90.0),
    Wait(30.0),
    Go(TO_GARAGE, 60.0),
    Park(90.0),
    Park(60.0, stolen=18.0),
    Park(90.0),
    Park(30.0, supplied=False),
    Park(60.0),
)


@dataclass(frozen=True, slots=True)
class Ride:
    """A car at one time: km, litres, V of its supply and of the tank's sensor, and what the tracker has in its battery.

    That is a share of 0 to 1.
    """

    position: Position
    ignition: bool
    odometer: float
    litres: float
    sensor: float
    supply: float
    battery: float

    @property
    def supplied(self) -> bool:
        """Whether the tracker has the car's supply."""
        return self.supply > 0.0


class Hop:
    """A drive from standstill to standstill: speed is gained, held and lost."""

    def __init__(self, go: Go) -> None:
        """Measure it."""
        self._way = Way(go.places)
        self.metres = self._way.length
        highest = sqrt(2 * self.metres / (1 / ACCELERATION + 1 / BRAKING))
        self._speed = min(go.limit / 3.6, highest)
        self._gains, self._loses = self._speed / ACCELERATION, self._speed / BRAKING
        self._holds = self.metres / self._speed - (self._gains + self._loses) / 2
        self.seconds = self._gains + self._holds + self._loses

    def at(self, seconds: float) -> tuple[Position, float]:
        """Return the position so long after the car started, and the metres since then."""
        speed, metres = self._motion(seconds)
        place, course = self._way.at(metres)
        return Position(*place, altitude=ALTITUDE, speed=speed * 3.6, course=course), metres

    def _motion(self, seconds: float) -> tuple[float, float]:
        """Return speed and distance, in m/s and m."""
        if seconds < self._gains:
            return ACCELERATION * seconds, ACCELERATION * seconds**2 / 2
        left = max(0.0, self.seconds - seconds)
        if left < self._loses:
            return BRAKING * left, self.metres - BRAKING * left**2 / 2
        return self._speed, self._speed * (seconds - self._gains / 2)


@dataclass(frozen=True, slots=True)
class Piece:
    """A step of a day with when it begins and ends, and how the car is then; `still` is since when it stands."""

    step: Step
    hop: Hop | None
    begin: float
    end: float
    still: float
    place: Position
    metres: float
    litres: float
    battery: float

    def is_parked(self) -> bool:
        """Return whether the ignition is off."""
        return isinstance(self.step, Park)

    def at(self, seconds: float) -> tuple[Position, float]:
        """Return the position, and the metres since the day began."""
        if self.hop is None:
            return self.place, self.metres
        position, metres = self.hop.at(seconds - self.begin)
        return position, self.metres + metres

    def litres_at(self, seconds: float) -> float:
        """Return what is in the tank."""
        gone = seconds - self.begin
        match self.step:
            case Go():
                return self.litres - PER_KILOMETRE * (self.at(seconds)[1] - self.metres) / 1000
            case Wait():
                return self.litres - IDLE * gone / HOUR
            case Park(length, fills, stolen, _):
                return self.litres + ((FULL - self.litres if fills else 0.0) - stolen) * gone / length

    def battery_at(self, seconds: float) -> float:
        """Return what is in the tracker's battery."""
        gone = seconds - self.begin
        if isinstance(self.step, Park) and not self.step.supplied:
            return max(0.0, self.battery - gone / DRAIN)
        return min(1.0, self.battery + gone / CHARGE)


class Drive:
    """A plan that ends where it begins, driven again and again. The same arguments always make the same drive.

    The tank is filled somewhere in it, so that each round begins with as much as the one before.
    """

    def __init__(self, plan: Sequence[Step] = ERRANDS, *, seed: int | str = 0) -> None:
        """Lay the plan out; ValueError if it could not be driven for ever."""
        if not any(isinstance(step, Park) and step.fills for step in plan):
            raise ValueError("a plan without a petrol stop")
        litres = FULL
        for _ in range(2):
            # What is left at the end of the first round is what any other begins with.
            self.pieces = list(_lay_out(plan, litres))
            last = self.pieces[-1]
            litres = last.litres_at(last.end)
        self._begins = [piece.begin for piece in self.pieces]
        self.length = last.end
        self.metres = last.at(last.end)[1]
        random = Random(seed)
        self._phases = [random.uniform(0, 2 * pi) for _ in SLOSH]

    @property
    def trips(self) -> list[tuple[float, float]]:
        """When, in one round, the car is on its way, which it is while its ignition is on."""
        runs = [(parked, list(pieces)) for parked, pieces in groupby(self.pieces, Piece.is_parked)]
        return [(pieces[0].begin, pieces[-1].end) for parked, pieces in runs if not parked]

    def at(self, seconds: float) -> Position:
        """Return the position `seconds` after the drive began."""
        return self.ride(seconds).position

    def ride(self, seconds: float) -> Ride:
        """Return how the car is `seconds` after the drive began."""
        rounds, seconds = divmod(seconds, self.length)
        piece = self.pieces[self._index_at(seconds)]
        position, metres = piece.at(seconds)
        ignition = not piece.is_parked()
        supplied = not isinstance(piece.step, Park) or piece.step.supplied
        litres = piece.litres_at(seconds)
        return Ride(
            position=position,
            ignition=ignition,
            odometer=ODOMETER + (rounds * self.metres + metres) / 1000,
            litres=litres,
            # Without a supply the sensor has none either.
            sensor=sensor_of(litres + self._slosh(piece, seconds)) if supplied else 0.0,
            supply=(RUNNING if ignition else PARKED) if supplied else 0.0,
            battery=piece.battery_at(seconds),
        )

    def next_start(self, seconds: float) -> float:
        """Return when the car moves off next, having stood."""
        rounds, rest = divmod(seconds, self.length)
        index = self._index_at(rest)
        if self.pieces[index].hop is not None:
            index += 1
        while (piece := self.pieces[index % len(self.pieces)]).hop is None:
            index += 1
        return (rounds + index // len(self.pieces)) * self.length + piece.begin

    def _index_at(self, seconds: float) -> int:
        return bisect_right(self._begins, seconds) - 1

    def _slosh(self, piece: Piece, seconds: float) -> float:
        """Return the litres that the sensor sees and that are not there, or the other way round."""
        swings = zip(SLOSH, self._phases, strict=True)
        slosh = sum(litres * sin(2 * pi * seconds / period + phase) for (litres, period), phase in swings)
        return slosh * (1.0 if piece.hop else exp((piece.still - seconds) / CALMS))


def sensor_of(litres: float) -> float:
    """Return the volts at which the sensor shows so many litres."""
    pairs = pairwise(SENSOR)
    (low, bottom), (high, top) = next((pair for pair in pairs if litres <= pair[1][1]), SENSOR[-2:])
    return low + (high - low) * (litres - bottom) / (top - bottom)


def table() -> str:
    """Return the table of the sensor, as a user enters it."""
    return ", ".join(f"{volts}={litres}" for volts, litres in SENSOR)


def _lay_out(plan: Sequence[Step], litres: float) -> Iterator[Piece]:
    """Yield the steps of a plan with when they are, for a car that begins with so many litres."""
    begin, still, metres, battery = 0.0, -HOUR, 0.0, 1.0
    places = next(step.places for step in plan if isinstance(step, Go))
    place = Hop(Go(places)).at(0.0)[0]
    for step in plan:
        hop = Hop(step) if isinstance(step, Go) else None
        end = begin + (hop.seconds if hop else step.seconds if not isinstance(step, Go) else 0.0)
        piece = Piece(step, hop, begin, end, still, place, metres, litres, battery)
        yield piece
        place, metres = piece.at(end)
        litres, battery = piece.litres_at(end), piece.battery_at(end)
        begin, still = end, end if hop else still
