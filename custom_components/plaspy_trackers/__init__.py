"""GPS watches and trackers, recognised by their bytes on one local port."""

import os

from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.storage import Store
from homeassistant.helpers.typing import ConfigType

from .archiving import async_forget, default_url
from .const import DOMAIN, SUBENTRY_TRACKER
from .hub import Hub, PlaspyConfigEntry, db_url_of
from .journeys import Journeys
from .recordings import Recordings
from .services import async_setup_services
from .statistics import Corrections
from .storage import STORAGE_VERSION, storage_key
from .strangers import DATA_STRANGERS
from .websocket import async_setup_websocket

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.NOTIFY,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the actions, and what dashboards ask for."""
    async_setup_services(hass)
    async_setup_websocket(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PlaspyConfigEntry) -> bool:
    """Bring the known trackers back, then open the port."""
    hub = entry.runtime_data = Hub(hass, entry)
    await hub.async_load()
    corrections = Corrections(hass, hub)
    journeys = Journeys(hass, hub)
    hub.followers += [corrections.note, journeys.note]
    recordings = Recordings(hass, hub)
    await recordings.async_load()
    hub.piece_takers.append(recordings.take)
    hub.closers += [corrections.async_close, journeys.async_close, recordings.async_close]
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_update))
    try:
        await hub.async_listen()
    except (OSError, ValueError) as error:
        await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        await hub.async_close_archive()
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="cannot_listen",
            translation_placeholders={
                "host": entry.data[CONF_HOST],
                "port": str(entry.data[CONF_PORT]),
                "error": _reason(error),
            },
        ) from error
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PlaspyConfigEntry) -> bool:
    """Free the port and abort every connection."""
    await entry.runtime_data.async_close()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
    """Forget what the entry's trackers said, and strangers."""
    hass.data.get(DATA_STRANGERS, {}).pop(entry.entry_id, None)
    trackers = [one.unique_id for one in entry.get_subentries_of_type(SUBENTRY_TRACKER) if one.unique_id]
    # The file may hold what they said before the user named another database.
    for url in {db_url_of(hass, entry), default_url(hass)}:
        await async_forget(hass, url, trackers)
    await Store[dict[str, object]](hass, STORAGE_VERSION, storage_key(entry.entry_id)).async_remove()


async def _async_update(hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
    """Follow the trackers that were added, changed or removed, and the options."""
    if entry.runtime_data.db_url != db_url_of(hass, entry):
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    entry.runtime_data.async_update_members()
    entry.runtime_data.async_update_policy()


def _reason(error: OSError | ValueError) -> str:
    """Return why a port cannot be opened, in the system's words; a resolver's errors have numbers of their own."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number is not None and number > 0 else str(error)
