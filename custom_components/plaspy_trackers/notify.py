"""Messages to the screen of a tracker."""

from typing import override

from homeassistant.components.notify import NotifyEntity, NotifyEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import CommandEntity, find_argument, grow_commands, takes
from .gateway.commands import CommandKind, Text
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

COMMAND_DESCRIPTIONS = (
    NotifyEntityDescription(key=CommandKind.MESSAGE.value, translation_key=CommandKind.MESSAGE.value),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the way to the screen of every tracker that has one."""
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandNotify, takes(Text))


class CommandNotify(CommandEntity, NotifyEntity):
    """Sends messages."""

    entity_description: NotifyEntityDescription

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Ask the tracker to show a message."""
        named = find_argument(self.parameters)
        await self.async_ask({named[0] if named else "text": message})
