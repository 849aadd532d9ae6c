"""What may not be asked of a tracker, or not now."""

from typing import TYPE_CHECKING

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .errors import invalid
from .gateway.commands import DANGERS, CommandKind
from .tracker.motion import SAFE_SPEED

if TYPE_CHECKING:
    from .member import Member


def find_objection(member: Member, kind: CommandKind) -> ServiceValidationError | None:
    """Return why a command may not be sent now; None if it may.

    It is asked for when somebody asks and when the command leaves: in between an option may have been taken back, and
    a vehicle have begun to move.
    """
    danger = DANGERS.get(kind)
    if danger is not None and danger not in member.permissions.dangerous:
        return invalid("command_not_allowed", command=kind.value, option=danger.value, tracker=member.name)
    if kind is not CommandKind.ENGINE_CUT:
        return None
    speed = member.delivery.motion.speed(dt_util.utcnow())
    if speed is None:
        return invalid("engine_speed_unknown", tracker=member.name)
    if speed > SAFE_SPEED:
        return invalid("engine_too_fast", tracker=member.name, speed=f"{speed:.0f}", most=f"{SAFE_SPEED:.0f}")
    return None
