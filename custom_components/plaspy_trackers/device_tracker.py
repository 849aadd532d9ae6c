"""Where a tracker is."""

from typing import override

from homeassistant.components import zone
from homeassistant.components.device_tracker import TrackerEntity, TrackerEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .hub import PlaspyConfigEntry
from .tracker import DECIMALS
from .tracker.rules import SHARP

PARALLEL_UPDATES = 0

DESCRIPTIONS = (TrackerEntityDescription(key="position", translation_key="position", name=None),)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the position of every tracker."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyTrackerEntity)


class PlaspyTrackerEntity(PlaspyEntity, TrackerEntity):
    """The position of a tracker: its last fix that counts, however long ago that was."""

    entity_description: TrackerEntityDescription
    _attr_entity_category = None  # type: ignore[assignment]  # the base class makes trackers diagnostic

    @property
    @override
    def force_update(self) -> bool:
        """Write only what changed: a tracker that lies on a table must not fill the recorder."""
        return False

    @property
    @override
    def latitude(self) -> float | None:
        """Degrees, north positive."""
        fix = self.member.tracker.fix
        return None if fix is None else round(fix.latitude, DECIMALS)

    @property
    @override
    def longitude(self) -> float | None:
        """Degrees, east positive."""
        fix = self.member.tracker.fix
        return None if fix is None else round(fix.longitude, DECIMALS)

    @property
    @override
    def location_accuracy(self) -> float:
        """Radius in metres; never zero, which would mean perfect."""
        return self.member.tracker.accuracy

    @property
    @override
    def in_zones(self) -> list[str] | None:
        """The zones of the position; None if there is none.

        By itself Home Assistant takes whoever may be anywhere in a circle of kilometres for home.
        """
        if self.latitude is None or self.longitude is None:
            return None
        return zone.async_in_zones(self.hass, self.latitude, self.longitude, min(self.location_accuracy, SHARP))[1]
