"""How the wearer of a simulated watch is, as a pure function of time: a day of sleep, rest and walks."""

from dataclasses import dataclass
from math import pi, sin
from random import Random

HOUR = 3600.0
DAY = 24 * HOUR

#: The wearer goes for walks in these hours of the day, one in each period of so many seconds. A whole day of walks has
#: fewer steps than two bytes can count.
FIRST_WALK, LAST_WALK = 8 * HOUR, 18 * HOUR
WALK_EVERY = 600.0

#: Seconds that falling asleep and waking up take, until a walk shows in a pulse, and until it does no more.
DOZE = 1800.0
WARM_UP, COOL_DOWN = 120.0, 180.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a watch measures on a wrist: 1/min, mmHg, % and °C."""

    heart_rate: int
    systolic: int
    diastolic: int
    oxygen: int
    respiration: int
    body_temperature: float
    skin_temperature: float


@dataclass(frozen=True, slots=True)
class Condition:
    """How a wearer is at one time; steps and turns in sleep are counted from midnight."""

    asleep: bool
    walking: bool
    steps: int
    turns: int
    vitals: Vitals


class Wearer:
    """Somebody who sleeps at night and walks by day: out of doors whenever walking, indoors for all other time.

    `walking` is the share of the hours of walks that is walked. All times are seconds since a midnight of the wearer.
    The same seed always makes the same person, whose days are all alike.
    """

    def __init__(self, seed: int | str = 0, *, walking: float = 0.6) -> None:
        """Make up a person."""
        random = Random(seed)
        self._walk = walking * WALK_EVERY
        self._wakes = 6.5 * HOUR + random.uniform(-1800, 1800)
        self._retires = 22.5 * HOUR + random.uniform(-1800, 1800)
        self._cadence = random.uniform(1.6, 1.78)
        self._turn_every = random.uniform(900, 1500)
        self._pulse = random.uniform(66, 78)
        self._systolic = random.uniform(116, 130)
        self._diastolic = random.uniform(74, 82)
        self._temperature = random.uniform(36.4, 36.7)
        # One for each value that a watch measures: the periods, in seconds, and the phases of what makes it uneven.
        self._waves = [[(random.uniform(40, 900), random.uniform(0, 2 * pi)) for _ in range(3)] for _ in range(7)]

    def at(self, seconds: float) -> Condition:
        """Return how the wearer is."""
        time = seconds % DAY
        slept = min(time, self._wakes) + max(0.0, time - self._retires)
        return Condition(
            asleep=not self._wakes <= time < self._retires,
            walking=FIRST_WALK <= time < LAST_WALK and time % WALK_EVERY < self._walk,
            steps=int(self._walked(time) * self._cadence),
            turns=int(slept / self._turn_every),
            vitals=self._measure(time),
        )

    def walked(self, seconds: float) -> float:
        """Return how many seconds have been spent walking."""
        days, time = divmod(seconds, DAY)
        return days * self._walked(DAY) + self._walked(time)

    def _walked(self, time: float) -> float:
        """Return how many seconds have been spent walking since midnight."""
        walks, rest = divmod(min(max(time, FIRST_WALK), LAST_WALK) - FIRST_WALK, WALK_EVERY)
        return walks * self._walk + min(rest, self._walk)

    def _measure(self, time: float) -> Vitals:
        """Return what a watch would measure."""
        sleep, effort = self._sleep(time), self._effort(time)
        pulse, systolic, diastolic, oxygen, breath, body, skin = (self._swing(time, waves) for waves in self._waves)
        # Coldest at four in the morning, warmest at four in the afternoon.
        temperature = self._temperature + 0.3 * sin(2 * pi * (time / DAY - 10 / 24)) + 0.1 * body
        return Vitals(
            heart_rate=round(self._pulse - 14 * sleep + 28 * effort + 4 * pulse),
            systolic=round(self._systolic - 12 * sleep + 10 * effort + 4 * systolic),
            diastolic=round(self._diastolic - 8 * sleep + 4 * effort + 3 * diastolic),
            oxygen=min(99, max(95, round(97.4 - 0.7 * sleep - 0.4 * effort + 1.1 * oxygen))),
            respiration=round(15 - 2 * sleep + 5 * effort + 1.5 * breath),
            body_temperature=round(temperature, 1),
            skin_temperature=round(temperature - 1.2 + 0.3 * skin, 2),
        )

    def _sleep(self, time: float) -> float:
        """Return how deep the sleep is, as a share of 0 to 1."""
        if time < self._wakes:
            return 1.0
        return max(0.0, 1.0 - (time - self._wakes) / DOZE, min(1.0, (time - self._retires) / DOZE))

    def _effort(self, time: float) -> float:
        """Return how much walking shows, as a share of 0 to 1."""
        if time < FIRST_WALK or not self._walk:
            return 0.0
        most = min(1.0, self._walk / WARM_UP)
        begun = min(time // WALK_EVERY * WALK_EVERY, LAST_WALK - WALK_EVERY)
        into = time - begun
        if into >= self._walk:
            return max(0.0, most - (into - self._walk) / COOL_DOWN)
        rested = into + WALK_EVERY - self._walk
        left = most - rested / COOL_DOWN if begun > FIRST_WALK else 0.0
        return max(left, min(1.0, into / WARM_UP))

    @staticmethod
    def _swing(time: float, waves: list[tuple[float, float]]) -> float:
        """Return a number from -1 to 1 that changes smoothly."""
        return sum(sin(2 * pi * time / period + phase) for period, phase in waves) / len(waves)
