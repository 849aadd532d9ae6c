"""What a person can do about a tracker, and ask of it."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import CommandEntity, grow_commands, takes_nothing
from .entity import PlaspyEntity, grow_entities
from .gateway.commands import CommandKind
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

DESCRIPTIONS = (ButtonEntityDescription(key="acknowledge", translation_key="acknowledge"),)

#: What many people want, and often.
_COMMON = (
    CommandKind.LOCATE,
    CommandKind.FIND,
    CommandKind.MEASURE_HEART_RATE,
    CommandKind.MEASURE_BLOOD_PRESSURE,
    CommandKind.MEASURE_BLOOD_OXYGEN,
    CommandKind.MEASURE_TEMPERATURE,
)
_QUESTIONS = (CommandKind.STATUS, CommandKind.VERSION, CommandKind.PARAMETERS)
_SETTINGS = (CommandKind.STOP_REPORTS, CommandKind.CLOCK)
_DRASTIC = (
    CommandKind.POWER_OFF,
    CommandKind.FACTORY_RESET,
    CommandKind.FIRMWARE_UPDATE,
    CommandKind.LISTEN_IN,
    CommandKind.PHOTO,
)

COMMAND_DESCRIPTIONS = (
    *(ButtonEntityDescription(key=kind.value, translation_key=kind.value) for kind in _COMMON),
    *(
        ButtonEntityDescription(
            key=kind.value,
            translation_key=kind.value,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
        )
        for kind in _QUESTIONS
    ),
    ButtonEntityDescription(
        key=CommandKind.REBOOT.value, translation_key=CommandKind.REBOOT.value, entity_category=EntityCategory.CONFIG
    ),
    *(
        ButtonEntityDescription(
            key=kind.value,
            translation_key=kind.value,
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
        )
        for kind in (*_SETTINGS, *_DRASTIC)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of every tracker."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, AcknowledgeButton)
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandButton, takes_nothing)


class AcknowledgeButton(PlaspyEntity, ButtonEntity):
    """Says that somebody takes care of an alarm, which ends it."""

    entity_description: ButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """End every alarm that is on."""
        await self.member.hub.async_acknowledge(self.member)


class CommandButton(CommandEntity, ButtonEntity):
    """Asks for something that needs no argument."""

    entity_description: ButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """Ask for it."""
        await self.async_ask({})
