"""What the tests of actions share: how to ask, and a tracker's day to ask about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from custom_components.plaspy_trackers.const import DOMAIN
from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.hub import Hub

from .archive.test_trips import HOME, SHOP, WORK, Day
from .conftest import IMEI

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)


def father(hass: HomeAssistant, hub: Hub) -> str:
    """Return the id of the tracker's device."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, IMEI), hub.entry.entry_id)
    assert device is not None
    return device.id


async def ask(hass: HomeAssistant, hub: Hub, action: str, context: Context | None = None, **data: Any) -> Any:
    """Return what an action of the tracker answers."""
    data = {"device_id": father(hass, hub), **data}
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True, context=context)


async def keep(hub: Hub, reports: Iterable[Report]) -> None:
    """Put reports into the archive, as if they had arrived some time ago."""
    assert hub.archive is not None
    for future in [hub.archive.append(IMEI, report, NOW) for report in reports]:
        await future


async def until_stored(hub: Hub) -> None:
    """Wait until everything that came through the port is in the archive: what comes after it is, too."""
    assert hub.archive is not None
    await hub.archive.append("another", Report("another", "watch", NOW), NOW)


def day_out() -> list[Report]:
    """Return a day: at home, at work from eight to four, in a shop, and at home again."""
    day = Day().stand(8 * 60, every=300).go(WORK).stand(8 * 60, every=300).go(SHOP).stand(30).go(HOME)
    return day.stand(60, every=300, readings={"heart_rate": 70.0, "battery_level": 55.0}).reports


def message_of(error: HomeAssistantError) -> str:
    """Return what a user is told, in English; every word of it must be translated, and filled in."""
    assert error.translation_domain == DOMAIN
    message = str(error)
    assert "{" not in message
    assert message != error.translation_key
    return message
