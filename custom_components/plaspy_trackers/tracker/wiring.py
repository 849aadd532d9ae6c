"""What is connected to a tracker's inputs, as its user knows and the tracker does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from ..gateway.models import Readings

#: The inputs whose volts may stand for something else, and those that are on or off.
ANALOG_KEYS = tuple(f"analog_{number}" for number in range(1, 5))
INPUT_KEYS = tuple(f"input_{number}" for number in range(1, 9))


@dataclass(slots=True, frozen=True)
class Scale:
    """What a volt stands for: a factor, and what is added to it."""

    factor: float = 1.0
    offset: float = 0.0

    def of(self, volts: float) -> float:
        """Return what so many volts stand for."""
        return volts * self.factor + self.offset


@dataclass(slots=True, frozen=True)
class Wiring:
    """The inputs that are on when the tracker says off, the one that is the ignition, and what volts stand for."""

    inverted: frozenset[str] = frozenset()
    ignition: str | None = None
    scales: Mapping[str, Scale] = field(default_factory=dict)

    def connect(self, readings: Readings) -> None:
        """Take the input that the user says is the ignition for it, in place."""
        if self.ignition is None:
            return
        value = cast("bool | None", readings.get(self.ignition))
        if value is not None:
            readings["ignition"] = value is not (self.ignition in self.inverted)

    def adjust(self, key: str, value: object) -> object:
        """Return what a reading means."""
        if key in self.inverted and isinstance(value, bool):
            return not value
        if isinstance(value, (int, float)) and (scale := self.scales.get(key)) is not None:
            return scale.of(value)
        return value


#: Inputs as the tracker tells them.
UNWIRED = Wiring()
