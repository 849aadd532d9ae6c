"""Where a tracker is."""

from typing import override

from homeassistant.components.device_tracker import TrackerEntity, TrackerEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .hub import PlaspyConfigEntry
from .tracker import DECIMALS

PARALLEL_UPDATES = 0

DESCRIPTIONS = (TrackerEntityDescription(key="position", translation_key="position", name=None),)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the position of every tracker."""
    grow_entities(entry, async_add_entities, DESCRIPTIONS, PlaspyTrackerEntity)


class PlaspyTrackerEntity(PlaspyEntity, TrackerEntity):
    """The position of a tracker: its last valid fix, however long ago that was."""

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
