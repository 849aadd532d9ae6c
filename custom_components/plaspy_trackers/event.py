"""The alarms of a tracker, its silence among them."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityStateAttribute
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .gateway.models import Alarm
from .hub import PlaspyConfigEntry
from .tracker import DECIMALS
from .tracker.alarms import HeardAlarm, Presence

PARALLEL_UPDATES = 0

DESCRIPTIONS = (
    EventEntityDescription(
        key="alarm",
        translation_key="alarm",
        event_types=[*(alarm.value for alarm in Alarm), *(presence.value for presence in Presence)],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the alarms of every tracker."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyAlarmEvent)


class PlaspyAlarmEvent(PlaspyEntity, EventEntity):
    """Every alarm a tracker raises, of whatever kind."""

    entity_description: EventEntityDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Hear alarms, first those that came before this entity was there."""
        self.async_on_remove(self.member.async_listen_alarms(self._async_hear))

    @callback
    def _async_hear(self, heard: HeardAlarm) -> None:
        """Fire the event: with when, where and what as the tracker said it."""
        attributes: dict[str, str | float | bool] = {"time": heard.time.isoformat(), "replayed": heard.replayed}
        if heard.code is not None:
            attributes["code"] = heard.code
        if heard.fix is not None:
            attributes[EntityStateAttribute.LATITUDE] = round(heard.fix.latitude, DECIMALS)
            attributes[EntityStateAttribute.LONGITUDE] = round(heard.fix.longitude, DECIMALS)
        self._trigger_event(heard.alarm.value, attributes)
        self.async_write_ha_state()
