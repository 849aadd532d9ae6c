"""The archives that are open: one for each database, whichever ports write to it, and what is told when one fails."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from .archive import Archive, ArchiveError, Reason, describe
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

DEFAULT_FILE = f"{DOMAIN}.db"


@dataclass(slots=True)
class _Shared:
    """A database that ports write to: its archive, unless that cannot be used, and how many they are."""

    archive: Archive | None = None
    users: int = 0
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)


DATA_ARCHIVES: HassKey[dict[str, _Shared]] = HassKey(f"{DOMAIN}_archives")


def default_url(hass: HomeAssistant) -> str:
    """Return the address of the database that is used where the user names none: a file beside the configuration."""
    return f"sqlite:///{hass.config.path(DEFAULT_FILE)}"


def archives(hass: HomeAssistant) -> list[Archive]:
    """Return every archive that is open."""
    return [one.archive for one in hass.data.get(DATA_ARCHIVES, {}).values() if one.archive is not None]


async def async_open_archive(hass: HomeAssistant, url: str) -> Archive | None:
    """Return the archive of a database, open; None, and the user is told, if waiting would not make it usable.

    Whoever calls this is one of its users until `async_close_archive`, in either case.
    """
    one = hass.data.setdefault(DATA_ARCHIVES, {}).setdefault(url, _Shared())
    one.users += 1
    async with one.opening:
        if one.archive is None:
            try:
                one.archive = await _async_open(url, lambda error: _async_tell(hass, url, error))
            except ArchiveError as error:
                _async_tell(hass, url, error)
                return None
            if one.archive.failure is None:
                # It may have been told of one that could not be used.
                ir.async_delete_issue(hass, DOMAIN, _issue_id(url))
    return one.archive


async def async_close_archive(hass: HomeAssistant, url: str) -> None:
    """Close the archive of a database, unless others use it still."""
    shared = hass.data[DATA_ARCHIVES]
    one = shared[url]
    one.users -= 1
    if one.users:
        return
    del shared[url]
    if one.archive is not None:
        await one.archive.close()
    if url not in shared:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(url))


async def async_try_archive(url: str) -> ArchiveError | None:
    """Return what keeps a database from being used, None if nothing does."""
    try:
        archive = await _async_open(url)
    except ArchiveError as error:
        return error
    failure = archive.failure
    await archive.close()
    return failure


async def async_forget(hass: HomeAssistant, url: str, device_ids: list[str]) -> None:
    """Delete what trackers said; where nobody else uses the file of ours, the file as well."""
    archive = await async_open_archive(hass, url)
    is_empty = False
    if archive is not None:
        try:
            for device_id in device_ids:
                await archive.purge(device_id)
            is_empty = not await archive.devices()
        except ArchiveError as error:
            _LOGGER.warning("What %s said could not be deleted from the archive: %s", ", ".join(device_ids), error)
    await async_close_archive(hass, url)
    if is_empty and url == default_url(hass) and url not in hass.data[DATA_ARCHIVES]:
        await hass.async_add_executor_job(_delete_file, hass.config.path(DEFAULT_FILE))


async def _async_open(url: str, on_state: Callable[[ArchiveError | None], None] | None = None) -> Archive:
    """Return the archive of a database, open; ArchiveError if waiting would not make it usable."""
    try:
        archive = Archive(url, on_state=on_state)
        await archive.open()
    except (TypeError, ValueError) as error:
        # A port that is no number, or what the driver cannot read: it may repeat the password.
        raise ArchiveError(Reason.URL, "a part of the address cannot be read") from error
    return archive


def _delete_file(path: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


@callback
def _async_tell(hass: HomeAssistant, url: str, error: ArchiveError | None) -> None:
    """Tell the user that nothing is stored, and why; take that back once it is."""
    issue_id = _issue_id(url)
    database = describe(url)
    if error is None:
        _LOGGER.info("The archive in %s works again", database)
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    _LOGGER.error("The archive in %s does not work, and trackers are not acknowledged: %s", database, error)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=f"archive_{error.reason}",
        translation_placeholders={"database": database, "error": str(error)},
    )


def _issue_id(url: str) -> str:
    return f"archive_{describe(url)}"
