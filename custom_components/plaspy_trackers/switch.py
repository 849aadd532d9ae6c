"""What a tracker does or does not do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import CommandEntity, ValueEntity, grow_commands, takes, takes_nothing
from .gateway.commands import Argument, CommandKind, Flag
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class PairDescription(SwitchEntityDescription):
    """A switch that one command turns on and another one off."""

    off: CommandKind


_ALARMS = (
    CommandKind.FALL_ALARM,
    CommandKind.REMOVED_ALARM,
    CommandKind.LOW_BATTERY_ALARM,
    CommandKind.OVERSPEED_ALARM,
    CommandKind.MOVEMENT_ALARM,
    CommandKind.VIBRATION_ALARM,
)
_RARE = (CommandKind.BATTERY_FULL_ALARM, CommandKind.IGNITION_ALARM, CommandKind.GPS, CommandKind.RINGER)

COMMAND_DESCRIPTIONS = (
    SwitchEntityDescription(key=CommandKind.RELAY.value, translation_key=CommandKind.RELAY.value),
    *(
        SwitchEntityDescription(
            key=kind.value,
            translation_key=kind.value,
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=kind in _ALARMS,
        )
        for kind in (*_ALARMS, *_RARE)
    ),
)

PAIR_COMMAND_DESCRIPTIONS = (
    PairDescription(key=CommandKind.ARM.value, translation_key=CommandKind.ARM.value, off=CommandKind.DISARM),
    PairDescription(
        key=CommandKind.ENGINE_CUT.value,
        translation_key=CommandKind.ENGINE_CUT.value,
        off=CommandKind.ENGINE_RESTORE,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches of every tracker."""
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandSwitch, takes(Flag))
    grow_commands(entry, async_add_entities, PAIR_COMMAND_DESCRIPTIONS, PairSwitch, takes_nothing)


class UnsureSwitch(SwitchEntity):
    """A switch that can be turned on and off as long as nobody knows which it is."""

    @property
    @override
    def assumed_state(self) -> bool:
        """Whether the tracker has confirmed neither."""
        return self.is_on is None


class CommandSwitch(ValueEntity, UnsureSwitch):
    """A switch that is one argument of a command."""

    entity_description: SwitchEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """What the tracker has confirmed last."""
        value = self.confirmed_value
        return value if isinstance(value, bool) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Ask for it."""
        await self.async_set(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Ask for no more of it."""
        await self.async_set(False)


class PairSwitch(CommandEntity, UnsureSwitch):
    """A switch that one command turns on and another one off."""

    entity_description: PairDescription

    @property
    @override
    def available(self) -> bool:
        """Whether the tracker's protocol has both commands, and the user allows them."""
        return super().available and self.entity_description.off in self.member.commands

    @property
    @override
    def is_on(self) -> bool | None:
        """Which of the two the tracker has confirmed last."""
        confirmed = self.member.delivery.outbox.confirmed
        on, off = confirmed.get(self.kind), confirmed.get(self.entity_description.off)
        if on is None or off is None:
            return None if on is off else on is not None
        return on.time > off.time

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """When the tracker confirmed what is shown, and what it has been asked for since."""
        confirmed = self.member.delivery.outbox.confirmed
        times = [confirmed[kind].time for kind in (self.kind, self.entity_description.off) if kind in confirmed]
        known = {"confirmed_at": max(times).isoformat()} if times else {}
        return {**super().extra_state_attributes, **known}

    @override
    def show(self, kind: CommandKind, arguments: Mapping[str, Argument]) -> object:
        """Return whether what is on its way turns it on."""
        return kind is self.kind

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Ask for it."""
        await self.async_ask({})

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Ask for the opposite."""
        await self.async_ask({}, self.entity_description.off)
