"""Asking a tracker for something: who may, what is refused at once, and what is told of it."""

from collections.abc import Mapping
from datetime import timedelta
import logging

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.util import dt as dt_util

from .delivery import describe
from .errors import failed_command, invalid
from .gateway.commands import DANGERS, Argument, CommandError, CommandKind, Fault
from .member import Member
from .safety import find_objection
from .tracker.orders import LIFETIME, Order, Origin, mask_arguments
from .tracker.outbox import MAX_ORDERS, OutboxFull

_LOGGER = logging.getLogger(__name__)


async def async_ask(
    hass: HomeAssistant,
    member: Member,
    command: str,
    arguments: Mapping[str, Argument],
    context: Context | None,
    lifetime: timedelta = LIFETIME,
) -> Order:
    """Ask a tracker for something, and return what becomes of it.

    ServiceValidationError if it cannot be asked for, Unauthorized if the user may not: a dangerous command is for
    administrators, and for what they have automated.
    """
    origin = await _async_find_origin(hass, context, command)
    kind = _find_kind(member, command)
    if objection := find_objection(member, kind):
        raise objection
    try:
        checked = member.check(kind, arguments)
    except CommandError as error:
        raise failed_command(error) from error
    order = Order.ask(kind, checked, dt_util.utcnow(), origin, lifetime)
    try:
        member.delivery.ask(order)
    except OutboxFull as error:
        raise invalid("outbox_full", tracker=member.name, most=str(MAX_ORDERS)) from error
    if kind in DANGERS:
        who = origin.name or origin.user_id or "an automation"
        _LOGGER.warning("%s was asked for %s %s by %s", member.name, kind, mask_arguments(checked), who)
    return order


def report(member: Member, order: Order) -> dict[str, object]:
    """Return what has become of a command, to whoever asked for it."""
    return {
        **describe(order, member.permissions.password),
        "answer": order.answer,
        "asked_at": order.asked_at.isoformat(),
        "expires": None if order.over else order.expires.isoformat(),
    }


def _find_kind(member: Member, command: str) -> CommandKind:
    """Return the kind that a command names, if the tracker has it."""
    if member.tracker.protocol is None:
        raise invalid("protocol_unknown", tracker=member.name)
    commands = member.commands
    if command not in commands:
        have = ", ".join(sorted(commands)) or "–"
        raise failed_command(CommandError(Fault.UNSUPPORTED, command=command, commands=have))
    return CommandKind(command)


async def _async_find_origin(hass: HomeAssistant, context: Context | None, command: str) -> Origin:
    """Return who asks; Unauthorized if that is a user who may not."""
    if context is None:
        return Origin()
    if context.user_id is None:
        return Origin(context.id, None, context.parent_id)
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    if command in DANGERS and not user.is_admin:
        raise Unauthorized(context=context, user_id=user.id)
    return Origin(context.id, user.id, context.parent_id, user.name)
