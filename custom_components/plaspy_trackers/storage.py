"""The file that keeps what trackers said, and when it is written."""

from asyncio import Future, Lock
from collections.abc import Callable
from math import inf
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN

STORAGE_VERSION = 3
#: Seconds between two saves of what changes all the time, and until a save of what is new. Alarms are saved at once.
SAVE_DELAY = 60.0
SAVE_SOON = 1.0

type Snapshot = dict[str, Any]


class Storage(Store[Snapshot]):
    """The file of a config entry: written when what it is to hold asks for it, and never twice at a time."""

    def __init__(self, hass: HomeAssistant, entry_id: str, take: Callable[[], Snapshot]) -> None:
        """Begin with nothing to save; `take` returns what the file is to hold."""
        super().__init__(hass, STORAGE_VERSION, storage_key(entry_id))
        self._take = take
        self._due = inf
        self._saving = Lock()
        self._next: Future[None] | None = None

    def save(self, delay: float) -> None:
        """Save within `delay` seconds; a save that is due earlier is not put off."""
        due = self.hass.loop.time() + delay
        if due < self._due:
            self._due = due
            self.async_delay_save(self._snapshot, delay)

    def save_at_once(self) -> Future[None]:
        """Save what is known until now; what is returned is done when it is on the disk."""
        if self._next is None:
            self._next = self.hass.async_create_task(self._async_save_next(), "save trackers", eager_start=False)
        return self._next

    async def async_save_now(self) -> None:
        """Save, and put nothing off."""
        await self.async_save(self._snapshot())

    async def _async_save_next(self) -> None:
        """Save, one after the other: what comes while the disk is busy goes together into the next file."""
        async with self._saving:
            self._next = None
            await self.async_save_now()

    def _snapshot(self) -> Snapshot:
        self._due = inf
        return self._take()

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        """Begin anew: what an old file holds is told again by every tracker."""
        return {"trackers": {}}


def storage_key(entry_id: str) -> str:
    """Return the name of the file that keeps an entry's trackers."""
    return f"{DOMAIN}.{entry_id}"
