"""The actions: what automations and people may ask for."""

from asyncio import timeout
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, cast

import probatio

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util

from .access import async_get_member, async_get_permitted_member
from .archive.formats import Format
from .commands import async_ask, report
from .const import DOMAIN
from .errors import archive_errors, invalid
from .gateway.commands import Argument, CommandKind
from .gateway.models import Alarm
from .history import Json, Span, archive_of, async_history, async_summary, async_trips
from .member import Member
from .tracker.alarms import LATCHED
from .transfer import async_export, async_import

ACKNOWLEDGE = "acknowledge"
EXPORT_TRACK = "export_track"
GET_DAILY_SUMMARY = "get_daily_summary"
GET_HISTORY = "get_history"
GET_TRIPS = "get_trips"
IMPORT_TRACK = "import_track"
PURGE_HISTORY = "purge_history"
SEND_COMMAND = "send_command"
SEND_RAW = "send_raw"

ATTR_ALARMS = "alarms"
ATTR_ARGUMENTS = "arguments"
ATTR_BEFORE = "before"
ATTR_COMMAND = "command"
ATTR_DATA = "data"
ATTR_DATE = "date"
ATTR_END = "end"
ATTR_EXPIRES_AFTER = "expires_after"
ATTR_FORMAT = "format"
ATTR_MAX_POINTS = "max_points"
ATTR_OVERWRITE = "overwrite"
ATTR_PATH = "path"
ATTR_START = "start"
ATTR_TIMEOUT = "timeout"

#: Points of a history: fewer show no way, more no screen shows.
FEWEST_POINTS, DEFAULT_POINTS, MOST_POINTS = 2, 1_000, 10_000

#: Seconds to wait for an answer, and minutes until a command is given up.
DEFAULT_TIMEOUT, LONGEST_TIMEOUT = 30, 300
DEFAULT_EXPIRES_AFTER, LONGEST_EXPIRES_AFTER = 60, 7 * 24 * 60

#: Years with a beginning and an end in every time zone.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def in_range[Time: date](value: Time) -> Time:
    """Return a time or a date that calculations can be made with."""
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise probatio.Invalid(f"{value} is too far off")
    return value


#: A time in the home's time zone, or in one that it names; then in UTC.
MOMENT = probatio.All(cv.datetime, in_range, dt_util.as_utc)

SPAN: dict[Any, Any] = {
    probatio.Required(ATTR_DEVICE_ID): cv.string,
    probatio.Optional(ATTR_START): MOMENT,
    probatio.Optional(ATTR_END): MOMENT,
}

SENDING: dict[Any, Any] = {
    probatio.Required(ATTR_DEVICE_ID): cv.string,
    probatio.Optional(ATTR_TIMEOUT, default=DEFAULT_TIMEOUT): probatio.All(
        probatio.Coerce(float), probatio.Range(0, LONGEST_TIMEOUT)
    ),
    probatio.Optional(ATTR_EXPIRES_AFTER, default=DEFAULT_EXPIRES_AFTER): probatio.All(
        probatio.Coerce(float), probatio.Range(1, LONGEST_EXPIRES_AFTER)
    ),
}

SCHEMAS = {
    ACKNOWLEDGE: probatio.Schema(
        {
            probatio.Required(ATTR_DEVICE_ID): probatio.All(cv.ensure_list, [cv.string]),
            probatio.Optional(ATTR_ALARMS, default=[]): probatio.All(
                cv.ensure_list, [probatio.All(probatio.In([alarm.value for alarm in LATCHED]), probatio.Coerce(Alarm))]
            ),
        }
    ),
    GET_HISTORY: probatio.Schema(
        {
            **SPAN,
            probatio.Optional(ATTR_MAX_POINTS, default=DEFAULT_POINTS): probatio.All(
                probatio.Coerce(int), probatio.Range(FEWEST_POINTS, MOST_POINTS)
            ),
        }
    ),
    GET_TRIPS: probatio.Schema(SPAN),
    GET_DAILY_SUMMARY: probatio.Schema(
        {
            probatio.Required(ATTR_DEVICE_ID): cv.string,
            probatio.Optional(ATTR_DATE): probatio.All(cv.date, in_range),
        }
    ),
    EXPORT_TRACK: probatio.Schema(
        {
            **SPAN,
            probatio.Required(ATTR_FORMAT): probatio.Coerce(Format),
            probatio.Optional(ATTR_PATH): probatio.All(cv.string, probatio.Length(min=1)),
            probatio.Optional(ATTR_OVERWRITE, default=False): cv.boolean,
        }
    ),
    IMPORT_TRACK: probatio.Schema(
        {probatio.Required(ATTR_DEVICE_ID): cv.string, probatio.Required(ATTR_PATH): cv.string}
    ),
    PURGE_HISTORY: probatio.Schema(
        {probatio.Required(ATTR_DEVICE_ID): cv.string, probatio.Optional(ATTR_BEFORE): MOMENT}
    ),
    SEND_COMMAND: probatio.Schema(
        {
            **SENDING,
            probatio.Required(ATTR_COMMAND): cv.string,
            probatio.Optional(ATTR_ARGUMENTS, default={}): probatio.Schema({str: object}),
        }
    ),
    SEND_RAW: probatio.Schema({**SENDING, probatio.Required(ATTR_DATA): cv.string}),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register every action: those that change what is kept, or touch the disk, for administrators only."""
    hass.services.async_register(DOMAIN, ACKNOWLEDGE, _async_acknowledge, SCHEMAS[ACKNOWLEDGE])
    questions: dict[str, Callable[[ServiceCall], Coroutine[Any, Any, Json]]] = {
        GET_HISTORY: _async_get_history,
        GET_TRIPS: _async_get_trips,
        GET_DAILY_SUMMARY: _async_get_daily_summary,
    }
    for name, answer in questions.items():
        hass.services.async_register(DOMAIN, name, answer, SCHEMAS[name], SupportsResponse.ONLY)
    orders: dict[str, Callable[[ServiceCall], Coroutine[Any, Any, Json]]] = {
        EXPORT_TRACK: _async_export_track,
        IMPORT_TRACK: _async_import_track,
        PURGE_HISTORY: _async_purge_history,
    }
    for name, carry_out in orders.items():
        async_register_admin_service(hass, DOMAIN, name, carry_out, SCHEMAS[name], SupportsResponse.OPTIONAL)
    for name, send in {SEND_COMMAND: _async_send_command, SEND_RAW: _async_send_raw}.items():
        hass.services.async_register(DOMAIN, name, send, SCHEMAS[name], SupportsResponse.OPTIONAL)


async def _async_acknowledge(call: ServiceCall) -> None:
    """End alarms of trackers, all if none is chosen; of none, if one of the devices is no tracker."""
    members = [async_get_member(call.hass, device_id) for device_id in call.data[ATTR_DEVICE_ID]]
    for member in members:
        await member.hub.async_acknowledge(member, call.data[ATTR_ALARMS] or LATCHED)


async def _async_get_history(call: ServiceCall) -> Json:
    """Return the points of a tracker."""
    member = await _async_get_readable_member(call)
    return await async_history(call.hass, member, span_of(call.data), call.data[ATTR_MAX_POINTS])


async def _async_get_trips(call: ServiceCall) -> Json:
    """Return the trips and stops of a tracker."""
    member = await _async_get_readable_member(call)
    return await async_trips(call.hass, member, span_of(call.data), dt_util.utcnow())


async def _async_get_daily_summary(call: ServiceCall) -> Json:
    """Return what a day of a tracker came to."""
    member = await _async_get_readable_member(call)
    day: date = call.data.get(ATTR_DATE, dt_util.now().date())
    return await async_summary(call.hass, member, day, dt_util.utcnow())


async def _async_export_track(call: ServiceCall) -> Json:
    """Write a track to a file or into the response."""
    member = async_get_member(call.hass, call.data[ATTR_DEVICE_ID])
    path = call.data.get(ATTR_PATH)
    if path is None and not call.return_response:
        raise invalid("export_nowhere")
    span, form = span_of(call.data), call.data[ATTR_FORMAT]
    return await async_export(call.hass, member, span, form, path, overwrite=call.data[ATTR_OVERWRITE])


async def _async_import_track(call: ServiceCall) -> Json:
    """Read a track from a file."""
    member = async_get_member(call.hass, call.data[ATTR_DEVICE_ID])
    return await async_import(call.hass, member, call.data[ATTR_PATH])


async def _async_purge_history(call: ServiceCall) -> Json:
    """Delete what a tracker said."""
    member = async_get_member(call.hass, call.data[ATTR_DEVICE_ID])
    archive = archive_of(member)
    with archive_errors():
        return {"deleted": await archive.purge(member.tracker.device_id, call.data.get(ATTR_BEFORE))}


async def _async_send_command(call: ServiceCall) -> Json:
    """Ask a tracker for something, and return what becomes of it."""
    return await _async_send(call, call.data[ATTR_COMMAND], call.data[ATTR_ARGUMENTS])


async def _async_send_raw(call: ServiceCall) -> Json:
    """Send a tracker what the user has written, and return what it says."""
    return await _async_send(call, CommandKind.RAW, {"data": call.data[ATTR_DATA]})


async def _async_send(call: ServiceCall, command: str, arguments: Mapping[str, Argument]) -> Json:
    """Ask a tracker for something; wait for what becomes of it, but not for a tracker that is away."""
    member = await async_get_permitted_member(call.hass, call.data[ATTR_DEVICE_ID], call.context, POLICY_CONTROL)
    lifetime = timedelta(minutes=call.data[ATTR_EXPIRES_AFTER])
    order = await async_ask(call.hass, member, command, arguments, call.context, lifetime)
    if member.tracker.values["online"]:
        with suppress(TimeoutError):
            async with timeout(call.data[ATTR_TIMEOUT]):
                await member.delivery.async_wait(order)
    return cast("Json", report(member, order))


async def _async_get_readable_member(call: ServiceCall) -> Member:
    return await async_get_permitted_member(call.hass, call.data[ATTR_DEVICE_ID], call.context)


def span_of(data: dict[str, Any]) -> Span:
    """Return the time that somebody asks about."""
    start: datetime | None = data.get(ATTR_START)
    end: datetime | None = data.get(ATTR_END)
    return Span.of(start, end, dt_util.utcnow())
