"""The supply of a vehicle's tracker, of which some tell nothing but the volts."""

from ..gateway.models import Alarm

#: Volts below which there is no supply, and from which on there is one; between the two it is what it was.
LOST, RESTORED = 3.0, 8.0


class Supply:
    """Whether there is one, as the volts tell."""

    def __init__(self) -> None:
        """Begin with a supply nobody has measured."""
        self.present: bool | None = None

    def take(self, volts: float) -> Alarm | None:
        """Take in a voltage; return the alarm that it is the reason of, once. What never had a supply lost none."""
        before = self.present
        if volts < LOST:
            self.present = False
            return Alarm.POWER_CUT if before else None
        if volts < RESTORED:
            return None
        self.present = True
        return Alarm.POWER_RESTORED if before is False else None
