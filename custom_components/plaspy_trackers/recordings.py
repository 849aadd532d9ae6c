"""Keeps the photos and voice messages of a port's trackers, where their user wants that, and tells of each."""

from asyncio import Lock, Task, wait
from datetime import datetime, timedelta
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval

from . import media_files
from .const import DOMAIN
from .gateway.models import MediaKind, Piece
from .hub import Hub
from .media import PAUSE, Medium
from .media_files import Kept
from .media_settings import MediaSettings, media_settings_of
from .member import Member

_LOGGER = logging.getLogger(__name__)

#: How often what is too old is looked for.
PRUNE_INTERVAL = timedelta(hours=1)

#: How many may wait to be written: a disk that is slow must not fill the memory.
MOST_WAITING = 16

#: The keys of entities: the last photo, and of whatever kind the last of all.
PHOTO = "photo"
MEDIA = "media"

ISSUE = "media_failed"


class Recordings:
    """Keeps the photos and voice messages of a port's trackers."""

    def __init__(self, hass: HomeAssistant, hub: Hub) -> None:
        """Do what time does to them: give up, ask again, delete."""
        self.hass = hass
        self.hub = hub
        self._turn = Lock()
        self._tasks: set[Task[None]] = set()
        #: Whether it has been told that there is nowhere to keep anything.
        self._told = False
        entry = hub.entry
        entry.async_on_unload(async_track_time_interval(hass, self._async_look, PAUSE, cancel_on_shutdown=True))
        entry.async_on_unload(
            async_track_time_interval(hass, self._async_prune, PRUNE_INTERVAL, cancel_on_shutdown=True)
        )

    async def async_load(self) -> None:
        """Bring back each tracker's last photo."""
        for member in self.hub.members.values():
            await self._async_show(member)

    @callback
    def take(self, member: Member, piece: Piece, arrived: datetime) -> None:
        """Take in a piece; what nobody wants to keep is forgotten."""
        if not (kinds := self._settings(member).kinds):
            return
        medium = member.uploads.add(piece, arrived)
        if medium is None:
            _ask(member, arrived)
        elif medium.kind in kinds:
            self._keep(member, medium, arrived)

    async def async_close(self) -> None:
        """Finish what has been begun."""
        if self._tasks:
            await wait(self._tasks)

    def _settings(self, member: Member) -> MediaSettings:
        """Return what is wanted of a tracker now."""
        subentry = self.hub.entry.subentries.get(member.subentry_id)
        return MediaSettings() if subentry is None else media_settings_of(subentry.data)

    def _keep(self, member: Member, medium: Medium, arrived: datetime) -> None:
        """Begin to write a file."""
        if len(self._tasks) >= MOST_WAITING:
            self._fail(member, "the disk is too slow")
            return
        if medium.time is not None:
            offset = member.tracker.settings.utc_offset
            medium = Medium(medium.kind, medium.data, medium.time - offset)
        task = self.hass.async_create_task(self._async_keep(member, medium, arrived), "keep a photo or voice message")
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _async_keep(self, member: Member, medium: Medium, arrived: datetime) -> None:
        """Write a file, one after the other, and tell that it is there."""
        folder = self._folder(member)
        if folder is None:
            return
        settings = self._settings(member)
        try:
            async with self._turn:
                kept = await self.hass.async_add_executor_job(
                    media_files.store, self.hass.config, folder, medium, arrived, settings
                )
        except OSError as error:
            self._fail(member, error.strerror or str(error))
            return
        ir.async_delete_issue(self.hass, DOMAIN, ISSUE)
        await self._async_show(member, kept)

    async def _async_show(self, member: Member, kept: Kept | None = None) -> None:
        """Show a tracker's newest photo, and tell of what has just been kept."""
        folder = media_files.folder_of(self.hass.config, member.tracker.device_id)
        newest = None
        if folder is not None:
            try:
                newest = await self.hass.async_add_executor_job(media_files.newest, folder, MediaKind.PHOTO)
            except OSError as error:
                self._fail(member, error.strerror or str(error))
                return
        if self.hub.members.get(member.tracker.device_id) is not member:
            return
        values = {PHOTO: newest} if newest or PHOTO in member.tracker.values else {}
        if kept is not None:
            values[MEDIA] = kept.name
        self.hub.set_values(member, values)
        if kept is not None:
            member.tell_media(kept)

    def _folder(self, member: Member) -> Path | None:
        """Return where a tracker's files are; None, which is told once, if they cannot be anywhere."""
        folder = media_files.folder_of(self.hass.config, member.tracker.device_id)
        if folder is None and not self._told:
            self._told = True
            _LOGGER.warning("Photos and voice messages of trackers are not kept: Home Assistant has no media folder")
        return folder

    def _fail(self, member: Member, error: str) -> None:
        """Tell the user, once until it works again, that nothing can be kept."""
        if ir.async_get(self.hass).async_get_issue(DOMAIN, ISSUE) is None:
            _LOGGER.error("A photo or voice message of %s cannot be kept: %s", member.name, error)
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            ISSUE,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE,
            translation_placeholders={"name": member.name, "error": error},
        )

    @callback
    def _async_look(self, now: datetime) -> None:
        """Give up what does not come any more, and ask for what is missing."""
        for member in self.hub.members.values():
            member.uploads.expire(now)
            _ask(member, now)

    async def _async_prune(self, now: datetime) -> None:
        """Delete what is too old."""
        for member in list(self.hub.members.values()):
            settings = self._settings(member)
            folder = media_files.folder_of(self.hass.config, member.tracker.device_id)
            if not settings.kinds or folder is None:
                continue
            try:
                async with self._turn:
                    await self.hass.async_add_executor_job(media_files.prune, folder, settings, now)
            except OSError as error:
                self._fail(member, error.strerror or str(error))
                continue
            await self._async_show(member)


def _ask(member: Member, now: datetime) -> None:
    """Ask a tracker for what is missing of its photos and voice messages."""
    session = member.session
    for name, places in member.uploads.ask(now):
        if session is not None and session.protocol is not None:
            question = session.protocol.ask_again(name, places)
            # Nothing at all would be an empty datagram.
            if question:
                session.send(question)
