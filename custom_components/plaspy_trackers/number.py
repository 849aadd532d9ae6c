"""The numbers that a tracker can be set to."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfLength, UnitOfSpeed, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .command_entity import ValueEntity, grow_commands, takes
from .gateway.commands import CommandKind, Number
from .hub import PlaspyConfigEntry

PARALLEL_UPDATES = 0

#: What the arguments of commands are measured in.
UNITS = {
    "seconds": UnitOfTime.SECONDS,
    "minutes": UnitOfTime.MINUTES,
    "hours": UnitOfTime.HOURS,
    "speed": UnitOfSpeed.KILOMETERS_PER_HOUR,
    "radius": UnitOfLength.METERS,
    "percent": PERCENTAGE,
}

#: The step of a number that may be any.
FINEST_STEP = 0.01

_COMMON = (
    CommandKind.REPORT_INTERVAL,
    CommandKind.HEART_RATE_INTERVAL,
    CommandKind.TEMPERATURE_INTERVAL,
    CommandKind.HEALTH_INTERVAL,
    CommandKind.OVERSPEED_ALARM,
    CommandKind.MOVEMENT_ALARM,
    CommandKind.LOW_BATTERY_ALARM,
)
_RARE = (
    CommandKind.KEEP_ALIVE_INTERVAL,
    CommandKind.WORKING_MODE,
    CommandKind.FALL_ALARM,
    CommandKind.FALL_SENSITIVITY,
    CommandKind.VIBRATION_ALARM,
    CommandKind.TIME_ZONE,
)

COMMAND_DESCRIPTIONS = tuple(
    NumberEntityDescription(
        key=kind.value,
        translation_key=kind.value,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=kind in _COMMON,
        mode=NumberMode.BOX,
    )
    for kind in (*_COMMON, *_RARE)
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the numbers of every tracker."""
    grow_commands(entry, async_add_entities, COMMAND_DESCRIPTIONS, CommandNumber, takes(Number))


class CommandNumber(ValueEntity, NumberEntity):
    """A number, with the bounds that the tracker's protocol declares."""

    entity_description: NumberEntityDescription

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """What the argument is measured in."""
        return UNITS.get(self.argument)

    @property
    @override
    def native_min_value(self) -> float:
        """The smallest number, or the 0 that means off."""
        return 0 if self._bounds.off else self._bounds.minimum

    @property
    @override
    def native_max_value(self) -> float:
        """The largest number."""
        return self._bounds.maximum

    @property
    @override
    def native_step(self) -> float:
        """The step from one number to the next."""
        return self._bounds.step or FINEST_STEP

    @property
    @override
    def native_value(self) -> float | None:
        """The number that the tracker has confirmed last."""
        value = self.confirmed_value
        return value if isinstance(value, int | float) else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Ask for another number."""
        await self.async_set(value)

    @property
    def _bounds(self) -> Number:
        """What the number may be; anything while the protocol that is spoken does not have it."""
        parameter = self.parameter
        return parameter if isinstance(parameter, Number) else Number(0, 100)
