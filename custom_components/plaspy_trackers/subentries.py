"""What makes a device id a tracker of the house, and what the user wants of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import (
    CONF_ACCURACY_LIMIT,
    CONF_DANGEROUS,
    CONF_FORGET_AFTER,
    CONF_RESET_AFTER,
    CONF_SILENCE,
    CONF_UTC_OFFSET,
    SUBENTRY_TRACKER,
)
from .gateway.commands import FACTORY_PASSWORD, Danger
from .tracker import Settings
from .vehicle_settings import CONF_FUEL, CONF_WIRING, tank_of, wiring_of


@dataclass(slots=True, frozen=True)
class Permissions:
    """What a tracker may be asked for that is dangerous, and the password that it wants to hear."""

    dangerous: frozenset[Danger] = frozenset()
    password: str = FACTORY_PASSWORD


def new_subentry(device_id: str, name: str) -> ConfigSubentry:
    """Return the subentry that makes a device id a tracker of the house."""
    return ConfigSubentry(
        data=MappingProxyType({}),
        subentry_type=SUBENTRY_TRACKER,
        title=name,
        unique_id=device_id,
    )


def settings_of(data: Mapping[str, Any]) -> Settings:
    """Return what the user wants of a tracker, as its subentry tells it: times in minutes, the offset in hours."""

    def minutes(key: str) -> timedelta | None:
        return timedelta(minutes=data[key]) if data.get(key) else None

    tank, wiring = tank_of(data.get(CONF_FUEL, {})), wiring_of(data.get(CONF_WIRING, {}))
    if tank is not None:
        tank = replace(tank, scale=wiring.scales.get(tank.source))
    return Settings(
        utc_offset=timedelta(hours=data.get(CONF_UTC_OFFSET, 0)),
        silence=minutes(CONF_SILENCE),
        reset_after=minutes(CONF_RESET_AFTER),
        forget_after=minutes(CONF_FORGET_AFTER),
        accuracy_limit=data.get(CONF_ACCURACY_LIMIT),
        tank=tank,
        wiring=wiring,
    )


def permissions_of(data: Mapping[str, Any]) -> Permissions:
    """Return what the user allows to be asked of a tracker, as its subentry tells it; nothing dangerous by default."""
    dangerous = frozenset(danger for danger in Danger if danger in data.get(CONF_DANGEROUS, ()))
    return Permissions(dangerous, data.get(CONF_PASSWORD) or FACTORY_PASSWORD)


@callback
def async_enable_used(hass: HomeAssistant, entry_id: str, device_id: str, keys: Iterable[str]) -> None:
    """Enable the inputs that the user has given a name, unless a user disabled them."""
    registry = er.async_get(hass)
    wanted = {f"{device_id}_{key}" for key in keys}
    for entity in er.async_entries_for_config_entry(registry, entry_id):
        if entity.unique_id in wanted and entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION:
            registry.async_update_entity(entity.entity_id, disabled_by=None)
