"""What a tracker is or is not: pressed, charging, connected."""

from dataclasses import asdict
from typing import Any, cast, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .connected import ConnectedEntity
from .entity import PlaspyEntity, grow_entities
from .gateway.models import Alarm
from .hub import PlaspyConfigEntry
from .member import Member
from .tracker.alarms import LATCHED
from .tracker.wiring import INPUT_KEYS
from .vehicle_settings import Use

PARALLEL_UPDATES = 0

LATCH_DESCRIPTIONS = tuple(
    BinarySensorEntityDescription(
        key=alarm.value, translation_key=alarm.value, device_class=BinarySensorDeviceClass.SAFETY
    )
    for alarm in LATCHED
)

DESCRIPTIONS = (
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
    BinarySensorEntityDescription(
        key="external_power",
        translation_key="external_power",
        device_class=BinarySensorDeviceClass.POWER,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    BinarySensorEntityDescription(key="ignition", translation_key="ignition"),
    BinarySensorEntityDescription(key="door", device_class=BinarySensorDeviceClass.DOOR),
    BinarySensorEntityDescription(key="armed", translation_key="armed"),
    BinarySensorEntityDescription(key="immobilized", translation_key="immobilized"),
)

INPUT_DESCRIPTIONS = tuple(
    BinarySensorEntityDescription(
        key=key,
        translation_key="input",
        translation_placeholders={"number": key.removeprefix("input_")},
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )
    for key in INPUT_KEYS
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up a binary sensor for each state a tracker has told, and for each alarm that stays on."""
    grow_entities(entry, async_add_entities, LATCH_DESCRIPTIONS, PlaspyLatch)
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyBinarySensor)
    grow_entities(entry, async_add_entities, INPUT_DESCRIPTIONS, PlaspyInput)


class PlaspyBinarySensor(PlaspyEntity, BinarySensorEntity):
    """One state that is on or off."""

    entity_description: BinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it is."""
        return cast("bool | None", self.known)


class PlaspyInput(ConnectedEntity, PlaspyBinarySensor):
    """An input that is on or off; what that means only the user knows."""

    def __init__(self, member: Member, description: BinarySensorEntityDescription) -> None:
        """Set up the input as what the user says that it is."""
        super().__init__(member, description)
        self._use(member.uses.get(description.key))

    @override
    def _use(self, use: Use | None) -> None:
        self._take_name(use)
        self._attr_device_class = None if use is None else use.device_class


class PlaspyLatch(PlaspyBinarySensor):
    """An alarm that stays on until somebody has taken care of it."""

    _unrecorded_attributes = frozenset(("count", "last"))

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """When it was told first and last, and how often: devices repeat an SOS until they are stopped."""
        latch = self.member.tracker.alarms.latches.get(Alarm(self.entity_description.key))
        return None if latch is None else asdict(latch)
