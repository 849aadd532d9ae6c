"""What a person can do about a tracker."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

DESCRIPTIONS = (ButtonEntityDescription(key="acknowledge", translation_key="acknowledge"),)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of every tracker."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, AcknowledgeButton)


class AcknowledgeButton(PlaspyEntity, ButtonEntity):
    """Says that somebody takes care of an alarm, which ends it."""

    entity_description: ButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """End every alarm that is on."""
        await self.member.hub.async_acknowledge(self.member)
