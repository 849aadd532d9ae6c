"""Conditions made for trackers: what one of them is or is not at the moment."""

from typing import ClassVar, Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .entity import entities_of_kinds

_DOMAIN_SPECS = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_STATES: set[str | bool] = {STATE_ON}


class TrackerCondition(EntityStateConditionBase):
    """Base of conditions that are true while a binary sensor of one key is on, whatever else a target holds."""

    _domain_specs = _DOMAIN_SPECS
    _states = _STATES
    _primary_entities_only = False
    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities that count."""
        return entities_of_kinds(self._hass, entities, (f"{BINARY_SENSOR_DOMAIN}.{self._key}",))


class IsOnlineCondition(TrackerCondition):
    """True while a tracker is not silent for too long."""

    _key = "online"


class SosIsActiveCondition(TrackerCondition):
    """True from an SOS until it ends."""

    _key = "sos"


class IsMovingCondition(TrackerCondition):
    """True while a tracker says that it moves."""

    _key = "moving"


class IsWornCondition(TrackerCondition):
    """True while somebody wears a watch."""

    _key = "worn"


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_online": IsOnlineCondition,
    "sos_is_active": SosIsActiveCondition,
    "is_moving": IsMovingCondition,
    "is_worn": IsWornCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of this integration."""
    return CONDITIONS
