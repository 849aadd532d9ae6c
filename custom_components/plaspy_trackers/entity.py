"""What every entity of a tracker shares, how entities grow, and how one is known again."""

from collections.abc import Callable, Collection, Iterable
from typing import override

from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .gateway.protocols import TITLES
from .hub import PlaspyConfigEntry
from .member import Member
from .tracker import Value


class PlaspyEntity(Entity):
    """One value of a tracker; its description's key is the value's key."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, member: Member, description: EntityDescription) -> None:
        """Set up the entity of a tracker that a description tells about."""
        tracker = member.tracker
        self.member = member
        self.entity_description = description
        self._attr_unique_id = f"{tracker.device_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, tracker.device_id)},
            name=member.name,
            manufacturer=TITLES.get(tracker.protocol or ""),
            serial_number=tracker.device_id,
        )

    @property
    def known(self) -> Value:
        """What the tracker last said."""
        return self.member.tracker.values.get(self.entity_description.key)

    @override
    async def async_added_to_hass(self) -> None:
        """Write a state whenever the value changed, and only then."""
        self.async_on_remove(self.member.async_listen(self.entity_description.key, self.async_write_ha_state))


def grow_entities[Description: EntityDescription](
    entry: PlaspyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[Description],
    make: Callable[[Member, Description], Entity],
) -> None:
    """Make the entity of each description for every tracker that has, or one day gets, a value of its key."""
    by_key = {description.key: description for description in descriptions}

    @callback
    def grow(member: Member, keys: set[str]) -> None:
        if entities := [make(member, by_key[key]) for key in by_key if key in keys]:
            async_add_entities(entities, config_subentry_id=member.subentry_id)

    entry.async_on_unload(entry.runtime_data.async_grow(grow))


def identify(hass: HomeAssistant, entity_id: str) -> tuple[str, str] | None:
    """Return the device id and the key of an entity of this integration, None for every other entity."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or registered.platform != DOMAIN:
        return None
    device_id, _, key = registered.unique_id.partition("_")
    return device_id, key


def entities_of_kinds(hass: HomeAssistant, entity_ids: Iterable[str], kinds: Collection[str]) -> set[str]:
    """Return those entities of this integration that are of certain kinds, each a domain, a dot and a key."""
    return {
        entity_id
        for entity_id in entity_ids
        if (identity := identify(hass, entity_id)) and f"{split_entity_id(entity_id)[0]}.{identity[1]}" in kinds
    }
