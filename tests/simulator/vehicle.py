"""What every simulated vehicle tracker knows and tells, in whatever protocol."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from . import keeper
from .route import Position


@dataclass(frozen=True, slots=True)
class State:
    """What a vehicle tracker knows at one time: battery in %, signal as CSQ 0 to 31, km, V.

    `fuel` are the volts of the tank's sensor. Without a `supplied` car there is only the battery.
    """

    time: datetime
    position: Position
    satellites: int
    signal: int
    battery: int
    ignition: bool
    odometer: float
    fuel: float
    supply: float
    immobilized: bool
    interval: float
    online: bool

    @property
    def supplied(self) -> bool:
        """Whether the tracker has the car's supply."""
        return self.supply > 0.0

    @property
    def charging(self) -> bool:
        """Whether the supply fills the battery."""
        return self.supplied and self.battery < 100


class Dialect(keeper.Dialect[State]):
    """One wire protocol as one vehicle tracker speaks it."""

    @abstractmethod
    def ignition(self, state: State) -> Sequence[bytes]:
        """Return what tells that the ignition was just switched on or off."""

    @abstractmethod
    def supply(self, state: State) -> Sequence[bytes]:
        """Return what tells that the supply was just lost, or is back."""

    @abstractmethod
    def card(self, card: str, state: State) -> Sequence[bytes]:
        """Return what tells that a driver's card was put in, or taken out where the ignition is off."""

    def relay(self, state: State) -> Sequence[bytes]:
        """Return what tells that the relay was just opened or closed."""
        return (self.report(state),)
