"""What dashboards ask for: a tracker's history page by page, and its trips."""

import re
from typing import Any

import probatio

from homeassistant.components import websocket_api
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .access import async_get_member_for
from .archive import Key
from .const import DOMAIN
from .history import async_read_page, async_trips, point
from .services import SPAN, span_of

DEFAULT_LIMIT, MOST_POINTS = 1_000, 5_000

_CURSOR = re.compile(r"(-?\d{1,15})/(-?\d{1,10})", re.ASCII)


def read_cursor(value: Any) -> Key:
    """Return the key that a page ended with."""
    if not isinstance(value, str) or not (match := _CURSOR.fullmatch(value)):
        raise probatio.Invalid("not what a page ended with")
    return Key(*map(int, match.groups()))


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register every command."""
    websocket_api.async_register_command(hass, _async_history)
    websocket_api.async_register_command(hass, _async_trips)


@websocket_api.websocket_command(
    {
        probatio.Required("type"): f"{DOMAIN}/history",
        **SPAN,
        probatio.Optional("after"): read_cursor,
        probatio.Optional("limit", default=DEFAULT_LIMIT): probatio.All(int, probatio.Range(1, MOST_POINTS)),
    }
)
@websocket_api.async_response
async def _async_history(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: dict[str, Any]
) -> None:
    """Tell the next points, all of them, and where the page after them begins; nowhere after the last."""
    member = async_get_member_for(hass, message[ATTR_DEVICE_ID], connection.user)
    limit: int = message["limit"]
    entries = await async_read_page(member, span_of(message), message.get("after"), limit)
    points = await hass.async_add_executor_job(lambda: list(map(point, entries)))
    after = "/".join(map(str, entries[-1].key)) if len(entries) == limit else None
    connection.send_result(message["id"], {"points": points, "after": after})


@websocket_api.websocket_command({probatio.Required("type"): f"{DOMAIN}/trips", **SPAN})
@websocket_api.async_response
async def _async_trips(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: dict[str, Any]
) -> None:
    """Tell trips and stops."""
    member = async_get_member_for(hass, message[ATTR_DEVICE_ID], connection.user)
    connection.send_result(message["id"], await async_trips(hass, member, span_of(message), dt_util.utcnow()))
