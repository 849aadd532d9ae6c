"""The last photo of a tracker."""

from datetime import datetime
from typing import override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PlaspyEntity, grow_entities
from .hub import PlaspyConfigEntry
from .media_files import folder_of, time_of
from .member import Member

PARALLEL_UPDATES = 0

DESCRIPTIONS = (ImageEntityDescription(key="photo", translation_key="photo"),)


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the photo of every tracker that has sent one."""
    grow_entities(
        entry, async_add_entities, DESCRIPTIONS, lambda member, description: PlaspyPhoto(hass, member, description)
    )


class PlaspyPhoto(PlaspyEntity, ImageEntity):
    """The photo that was taken last; its state is when."""

    def __init__(self, hass: HomeAssistant, member: Member, description: ImageEntityDescription) -> None:
        """Show the file that the tracker's value names."""
        super().__init__(member, description)
        ImageEntity.__init__(self, hass)
        self._attr_image_last_updated = self._time

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the file."""
        self.async_on_remove(self.member.async_listen(self.entity_description.key, self._async_follow))

    @override
    def image(self) -> bytes | None:
        """Read the file; None if it has been deleted."""
        folder = folder_of(self.hass.config, self.member.tracker.device_id)
        if self.known is None or folder is None:
            return None
        try:
            return (folder / str(self.known)).read_bytes()
        except OSError:
            return None

    @property
    def _time(self) -> datetime | None:
        return None if self.known is None else time_of(str(self.known))

    @callback
    def _async_follow(self) -> None:
        """Show another file."""
        self._attr_image_last_updated = self._time
        self.async_update_token()
        self.async_write_ha_state()
