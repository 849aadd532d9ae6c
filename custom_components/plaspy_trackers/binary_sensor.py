"""What a tracker is or is not: pressed, charging, connected."""

from typing import cast, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

DESCRIPTIONS = (
    BinarySensorEntityDescription(key="sos", translation_key="sos", device_class=BinarySensorDeviceClass.SAFETY),
    BinarySensorEntityDescription(key="worn", translation_key="worn"),
    BinarySensorEntityDescription(key="moving", device_class=BinarySensorDeviceClass.MOVING),
    BinarySensorEntityDescription(
        key="online",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    BinarySensorEntityDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    BinarySensorEntityDescription(
        key="battery_low",
        translation_key="battery_low",
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    BinarySensorEntityDescription(key="ignition", translation_key="ignition"),
    *(
        BinarySensorEntityDescription(
            key=f"input_{number}",
            translation_key="input",
            translation_placeholders={"number": str(number)},
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
        )
        for number in range(1, 9)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up a binary sensor for each state a tracker has told."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyBinarySensor)


class PlaspyBinarySensor(PlaspyEntity, BinarySensorEntity):
    """One state that is on or off."""

    entity_description: BinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it is."""
        return cast("bool | None", self.value)
