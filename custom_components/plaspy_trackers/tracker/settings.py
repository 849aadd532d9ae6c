"""What the user wants of one tracker."""

from dataclasses import dataclass
from datetime import timedelta

from .fuel import Tank
from .wiring import UNWIRED, Wiring


@dataclass(slots=True, frozen=True)
class Settings:
    """What the user wants of one tracker; None where that is what fits its protocol, or nothing at all.

    `utc_offset` is how far the tracker's clock is ahead of UTC, `silence` how long it may be silent and count as
    online, `reset_after` when an alarm ends by itself, `forget_after` how long it may be silent before its position
    counts as unknown, `accuracy_limit` the metres of error beyond which a fix is refused.
    `tank` is that of a vehicle, `wiring` what its inputs are.
    """

    utc_offset: timedelta = timedelta()
    silence: timedelta | None = None
    reset_after: timedelta | None = None
    forget_after: timedelta | None = None
    accuracy_limit: float | None = None
    tank: Tank | None = None
    wiring: Wiring = UNWIRED
