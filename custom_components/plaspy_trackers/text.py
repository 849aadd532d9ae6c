"""The lists that a tracker can be given: telephone numbers, times of the day."""

from collections.abc import Mapping, Sequence
from typing import override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import ValueEntity, find_argument, grow_commands
from .gateway.commands import Argument, CommandKind, Fields, Parameters, Several
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

SEPARATOR = ","
#: What Home Assistant takes as a state.
LONGEST_STATE = 255

COMMAND_DESCRIPTIONS = tuple(
    TextEntityDescription(
        key=kind.value,
        translation_key=kind.value,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=kind is CommandKind.SOS_NUMBERS,
        native_max=LONGEST_STATE,
    )
    for kind in (
        CommandKind.SOS_NUMBERS,
        CommandKind.SILENCE_TIMES,
        CommandKind.PEDOMETER_TIMES,
        CommandKind.SLEEP_TIMES,
    )
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the lists of every tracker."""
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandText, takes_texts)


def takes_texts(parameters: Parameters) -> bool:
    """Whether a command is about a list of texts."""
    named = find_argument(parameters)
    return named is not None and isinstance(named[1], Several) and not isinstance(named[1].one, Fields)


class CommandText(ValueEntity, TextEntity):
    """A list, its entries separated by commas."""

    entity_description: TextEntityDescription

    @property
    @override
    def native_value(self) -> str | None:
        """The list that the tracker has confirmed last."""
        value = self.confirmed_value
        return None if value is None else _join(value)

    @override
    def show(self, kind: CommandKind, arguments: Mapping[str, Argument]) -> object:
        """Return the list that is on its way."""
        return _join(arguments.get(self.argument, ()))

    @override
    async def async_set_value(self, value: str) -> None:
        """Ask for another list."""
        await self.async_set([entry for one in value.split(SEPARATOR) if (entry := one.strip())])


def _join(value: Argument) -> str:
    """Return a list as it is written, cut where it is longer than a state may be."""
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    return f"{SEPARATOR} ".join(map(str, entries))[:LONGEST_STATE]
