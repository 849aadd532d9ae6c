"""A day of a van: what is really in its tank, and what its sensor reads while the fuel sloshes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from random import Random

from custom_components.plaspy_trackers.tracker.fuel import Moment

BEGIN = datetime.fromisoformat("2026-11-20T06:00:00+00:00")


@dataclass(slots=True)
class Leg:
    """So many minutes on the road or at rest, and the litres that come or go from a minute on, within some minutes."""

    minutes: float
    moving: bool
    ignition: bool | None = None
    change: float = 0.0
    begins: float = 5.0
    takes: float = 3.0


def drive(minutes: float) -> Leg:
    return Leg(minutes, True, True)


def park(minutes: float, change: float = 0.0, **parts: float) -> Leg:
    return Leg(minutes, False, False, change, **parts)


def wait(minutes: float, change: float = 0.0, **parts: float) -> Leg:
    """Stand with the engine running."""
    return Leg(minutes, False, True, change, **parts)


@dataclass(slots=True)
class Day:
    """Legs one after the other; litres per hour burned on the road, and how much the sensor is fooled."""

    legs: list[Leg]
    full: float = 50.0
    interval: float = 30.0  # seconds between two reports
    seed: int = 0
    burns: float = 7.0
    slosh: float = 2.0
    swell: float = 1.0
    slope: float = 1.0
    asleep: bool = False  # silent while the ignition is off

    def readings(self) -> Iterator[tuple[Moment, float, float]]:
        """Yield each moment, what the sensor reads and what is in the tank."""
        random = Random(self.seed)
        litres, swell, time = self.full, 0.0, BEGIN
        keeps = exp(-self.interval / 60)
        for leg in self.legs:
            slope = random.uniform(-self.slope, self.slope)
            steps = int(leg.minutes * 60 / self.interval)
            for step in range(steps):
                minute = step * self.interval / 60
                running = leg.moving or leg.ignition is not False
                litres -= (self.burns if leg.moving else 1.0 if running else 0.0) * self.interval / 3600
                if leg.begins <= minute < leg.begins + leg.takes:
                    litres += leg.change * min(1.0, self.interval / 60 / leg.takes)
                swell = swell * keeps + random.gauss(0, self.swell) * (1 - keeps**2) ** 0.5 if leg.moving else 0.0
                if leg.moving and random.random() < self.interval / 300:
                    slope = random.uniform(-self.slope, self.slope)
                noise = random.gauss(0, self.slosh if leg.moving or minute < 0.5 else 0.1)
                time += timedelta(seconds=self.interval)
                if not self.asleep or running or not step or step == steps - 1:
                    yield Moment(time, not leg.moving, leg.ignition, None), litres + noise + swell + slope, litres
