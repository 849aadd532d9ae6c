"""The alarms of a tracker, its silence among them; who drives, what its serial port says, its photos and voice."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityStateAttribute
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .gateway.models import Alarm, Fix, MediaKind
from .hub import PlaspyConfigEntry
from .media_files import Kept
from .tracker import DECIMALS
from .tracker.alarms import HeardAlarm, Presence
from .tracker.values import Told

PARALLEL_UPDATES = 0

DESCRIPTIONS = (
    EventEntityDescription(
        key="alarm",
        translation_key="alarm",
        event_types=[*(alarm.value for alarm in Alarm), *(presence.value for presence in Presence)],
    ),
)

TEXT_DESCRIPTIONS = (
    EventEntityDescription(key="driver_id", translation_key="driver_id", event_types=["identified"]),
    EventEntityDescription(key="serial_data", translation_key="serial_data", event_types=["received"]),
)

MEDIA_DESCRIPTIONS = (
    EventEntityDescription(
        key="media",
        translation_key="media",
        event_types=[kind.value for kind in MediaKind],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the alarms of every tracker, and an event for whatever else is news whenever it comes."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyAlarmEvent)
    grow_entities(entry, async_add_entities, TEXT_DESCRIPTIONS, PlaspyTextEvent)
    grow_entities(entry, async_add_entities, MEDIA_DESCRIPTIONS, PlaspyMediaEvent)


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
        attributes |= heard.details
        if heard.code is not None:
            attributes["code"] = heard.code
        self._trigger_event(heard.alarm.value, attributes | _place_of(heard.fix))
        self.async_write_ha_state()


class PlaspyTextEvent(PlaspyEntity, EventEntity):
    """Every text of one kind that a tracker tells, be it the same as the one before or not."""

    entity_description: EventEntityDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Hear texts, first those that came before this entity was there."""
        self.async_on_remove(self.member.async_listen_texts(self.entity_description.key, self._async_hear))

    @callback
    def _async_hear(self, told: Told) -> None:
        """Fire the event: with the whole text, when and where."""
        (event_type,) = self.event_types
        self._trigger_event(event_type, {told.key: told.text, "time": told.time.isoformat()} | _place_of(told.fix))
        self.async_write_ha_state()


class PlaspyMediaEvent(PlaspyEntity, EventEntity):
    """Every photo and voice message of a tracker that is kept."""

    entity_description: EventEntityDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of them, first of those that came before this entity was there."""
        self.async_on_remove(self.member.async_listen_media(self._async_hear))

    @callback
    def _async_hear(self, kept: Kept) -> None:
        """Fire the event: with when it was taken, and what a media player or a notification finds it by."""
        self._trigger_event(kept.kind.value, {"time": kept.time.isoformat(), "file": kept.name, "url": kept.url})
        self.async_write_ha_state()


def _place_of(fix: Fix | None) -> dict[str, float]:
    """Return the attributes that tell a place."""
    if fix is None:
        return {}
    return {
        EntityStateAttribute.LATITUDE: round(fix.latitude, DECIMALS),
        EntityStateAttribute.LONGITUDE: round(fix.longitude, DECIMALS),
    }
