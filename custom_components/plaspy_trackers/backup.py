"""Backups of Home Assistant hold the archive in a state that is consistent."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .archive import ArchiveError
from .archiving import archives
from .const import DOMAIN


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Bring everything into the files, and write nothing to them until the backup is made: reports wait."""
    for archive in archives(hass):
        try:
            await archive.freeze()
        except ArchiveError as error:
            # Who asked may take that for the end, and never call for it.
            await async_post_backup(hass)
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="archive_not_frozen",
                translation_placeholders={"error": str(error)},
            ) from error


async def async_post_backup(hass: HomeAssistant) -> None:
    """Write again."""
    for archive in archives(hass):
        archive.thaw()
