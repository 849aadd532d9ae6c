"""The choices that a tracker can be set to."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import ValueEntity, grow_commands, takes
from .gateway.commands import Choice, CommandKind
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

COMMAND_DESCRIPTIONS = tuple(
    SelectEntityDescription(key=kind.value, translation_key=kind.value, entity_category=EntityCategory.CONFIG)
    for kind in (CommandKind.WORKING_MODE, CommandKind.RINGER, CommandKind.FALL_SENSITIVITY)
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the choices of every tracker."""
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandSelect, takes(Choice))


class CommandSelect(ValueEntity, SelectEntity):
    """A choice of the words that the tracker's protocol declares."""

    entity_description: SelectEntityDescription

    @property
    @override
    def options(self) -> list[str]:
        """What can be chosen."""
        parameter = self.parameter
        return list(parameter.options) if isinstance(parameter, Choice) else []

    @property
    @override
    def current_option(self) -> str | None:
        """What the tracker has confirmed last."""
        value = self.confirmed_value
        return value if isinstance(value, str) else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Ask for another choice."""
        await self.async_set(option)
