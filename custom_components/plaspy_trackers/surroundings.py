"""What trackers are seen against: the user's zones, and the time zone that begins a day."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.zone import DOMAIN as ZONE_DOMAIN, ZoneEntityStateAttribute
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, EntityStateAttribute
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import TrackStates, async_track_state_change_filtered
from homeassistant.util import dt as dt_util

from .tracker.path import Home
from .tracker.rules import Zone

#: What makes a zone.
ZONE_ATTRIBUTES = (EntityStateAttribute.LATITUDE, EntityStateAttribute.LONGITUDE, ZoneEntityStateAttribute.RADIUS)


class Surroundings:
    """Keeps `home` what the user's zones and time zone are, and tells when zones changed."""

    def __init__(self, hass: HomeAssistant, changed: Callable[[], None]) -> None:
        """Begin without any zone."""
        self.home = Home()
        self._hass = hass
        self._changed = changed
        self._zones: dict[tuple[str, str, bool | None], Zone] = {}

    @property
    def zones(self) -> dict[str, tuple[str, Zone]]:
        """The user's zones by their entities' ids, each with its name."""
        return {entity_id: (name, zone) for (entity_id, name, _), zone in self._zones.items()}

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Follow the zones from now on; return what ends that."""
        self._async_update()
        zones = TrackStates(all_states=False, entities=set(), domains={ZONE_DOMAIN})
        follow = async_track_state_change_filtered(self._hass, zones, self._async_update)
        stop_listening = self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_update)

        def stop() -> None:
            follow.async_remove()
            stop_listening()

        return stop

    @callback
    def _async_update(self, event: Event[Any] | None = None) -> None:
        """Follow the user's time zone and zones: what has not moved may be in another one now."""
        self.home.timezone = dt_util.get_default_time_zone()
        zones = {
            (state.entity_id, state.name, state.attributes.get(ZoneEntityStateAttribute.PASSIVE)): Zone(
                *(state.attributes[key] for key in ZONE_ATTRIBUTES)
            )
            for state in self._hass.states.async_all(ZONE_DOMAIN)
            # One that is gone has no place.
            if state.attributes.keys() >= set(ZONE_ATTRIBUTES)
        }
        # The state of a zone tells who is in it, and that changes all the time.
        if zones == self._zones:
            return
        self._zones = zones
        self.home.zones = list(zones.values())
        self._changed()
