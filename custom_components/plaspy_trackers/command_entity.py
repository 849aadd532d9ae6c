"""What every entity shares by which a tracker is asked for something, and which of them a tracker gets."""

from collections.abc import Callable, Iterable, Mapping
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import async_ask
from .delivery import context_of, key_of
from .entity import PlaspyEntity
from .gateway.commands import DANGERS, NOTHING, Argument, CommandKind, Parameter, Parameters
from .hub import PlaspyConfigEntry
from .member import Member

#: The argument that a command is about, though it has a default.
ON = "on"


class CommandEntity(PlaspyEntity):
    """Something that a tracker can be asked for; its description's key is the kind of the command.

    What it shows is what the tracker has confirmed last, not what was asked for since.
    """

    def __init__(self, member: Member, description: EntityDescription) -> None:
        """Set up the entity; what can do harm is there only when a user looks for it."""
        super().__init__(member, description)
        self.kind = CommandKind(description.key)
        if self.kind in DANGERS:
            self._attr_entity_registry_enabled_default = False

    @property
    @override
    def available(self) -> bool:
        """Whether the tracker's protocol has the command, and the user allows it."""
        return self.kind in self.member.commands and self.is_allowed

    @property
    def is_allowed(self) -> bool:
        """Whether the user allows the command, if it is a dangerous one."""
        return DANGERS.get(self.kind) in (None, *self.member.permissions.dangerous)

    @property
    def parameters(self) -> Parameters:
        """What the arguments of the command may be."""
        return self.member.commands.get(self.kind, NOTHING)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """When the tracker confirmed what is shown, and what it has been asked for since."""
        attributes: dict[str, object] = {}
        if confirmed := self.member.delivery.outbox.confirmed.get(self.kind):
            attributes["confirmed_at"] = confirmed.time.isoformat()
        if (pending := self.member.delivery.outbox.pending(self.kind)) is not None:
            attributes["pending"] = self.show(pending.kind, pending.arguments)
        return attributes

    def show(self, kind: CommandKind, arguments: Mapping[str, Argument]) -> object:
        """Return what a command that is on its way will make of the value."""
        return kind.value

    async def async_ask(self, arguments: Mapping[str, Argument], kind: CommandKind | None = None) -> None:
        """Ask the tracker, in the name of whoever does this."""
        await async_ask(self.hass, self.member, kind or self.kind, arguments, self._context)

    @override
    async def async_added_to_hass(self) -> None:
        """Write a state, in the name of who asked, whenever something becomes of the command."""
        self.async_on_remove(self.member.async_listen(key_of(self.kind), self._async_follow))

    @callback
    def _async_follow(self) -> None:
        if (last := self.member.delivery.outbox.last) is not None:
            self.async_set_context(context_of(last.origin))
        self.async_write_ha_state()


class ValueEntity(CommandEntity):
    """A command that sets one value."""

    @property
    def argument(self) -> str:
        """The name of the argument that is the value."""
        named = find_argument(self.parameters)
        return named[0] if named else ON

    @property
    def parameter(self) -> Parameter | None:
        """What the value may be."""
        return self.parameters.get(self.argument)

    @property
    def confirmed_value(self) -> Argument | None:
        """The value that the tracker has confirmed last."""
        confirmed = self.member.delivery.outbox.confirmed.get(self.kind)
        return None if confirmed is None else confirmed.arguments.get(self.argument)

    @override
    def show(self, kind: CommandKind, arguments: Mapping[str, Argument]) -> object:
        """Return the value that is on its way."""
        return arguments.get(self.argument)

    async def async_set(self, value: Argument) -> None:
        """Ask the tracker to take another value."""
        await self.async_ask({self.argument: value})


def find_argument(parameters: Parameters) -> tuple[str, Parameter] | None:
    """Return the one argument that a command is about; None if there is none, or more than one."""
    required = [(name, parameter) for name, parameter in parameters.items() if parameter.default is None]
    if len(required) == 1:
        return required[0]
    return (ON, parameters[ON]) if not required and ON in parameters else None


def takes(*kinds: type[Parameter]) -> Callable[[Parameters], bool]:
    """Return what tells whether a command is about one argument of these kinds."""
    return lambda parameters: (named := find_argument(parameters)) is not None and isinstance(named[1], kinds)


def takes_nothing(parameters: Parameters) -> bool:
    """Whether a command can be sent without any argument, and is about none."""
    return all(parameter.default is not None for parameter in parameters.values()) and ON not in parameters


def grow_commands[Description: EntityDescription](
    entry: PlaspyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[Description],
    make: Callable[[Member, Description], Entity],
    fits: Callable[[Parameters], bool],
) -> None:
    """Make the entity of each description for every tracker that has, or one day gets, a command that fits."""
    by_key = {description.key: description for description in descriptions}

    @callback
    def grow(member: Member, keys: set[str]) -> None:
        commands = member.commands
        if entities := [
            make(member, description)
            for key, description in by_key.items()
            if key_of(kind := CommandKind(key)) in keys and kind in commands and fits(commands[kind])
        ]:
            async_add_entities(entities, config_subentry_id=member.subentry_id)

    entry.async_on_unload(entry.runtime_data.async_grow(grow))
