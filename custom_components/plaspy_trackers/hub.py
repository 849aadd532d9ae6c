"""Joins the port, the trackers and the entities: every report goes through here."""

from asyncio import Future, gather
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from . import archiving
from .archive import Archive, ArchiveError, Reason
from .const import (
    ACCEPT,
    ASK,
    CONF_DB_URL,
    CONF_KEEP_DAYS,
    CONF_NEW_TRACKERS,
    CONF_TCP,
    CONF_UDP,
    DOMAIN,
    IGNORE,
    SUBENTRY_TRACKER,
)
from .gateway.models import Alarm, Piece, Report
from .gateway.server import Server, Session
from .member import USES, Member
from .storage import SAVE_DELAY, SAVE_SOON, Snapshot, Storage
from .strangers import strangers_of
from .subentries import async_enable_used, new_subentry, permissions_of, settings_of
from .surroundings import Surroundings
from .tracker import Tracker, Update, Value
from .tracker.alarms import LATCHED
from .tracker.identity import is_same_device
from .tracker.rules import Zone, is_unset
from .vehicle_settings import Use, uses_of

_LOGGER = logging.getLogger(__name__)

type PlaspyConfigEntry = ConfigEntry[Hub]
type Grower = Callable[[Member, set[str]], None]
type Follower = Callable[[Member, Report, datetime, Future[None]], None]
type PieceTaker = Callable[[Member, Piece, datetime], None]
type Closer = Callable[[], Awaitable[None]]

#: How often what time does to trackers is looked for: silence, alarms that end by themselves, a new day.
TICK_INTERVAL = timedelta(seconds=30)

#: When what is too old is deleted: hour, minute, second.
PRUNE_TIME = (3, 30, 0)

#: Ids that were recognised as another form of a tracker's.
MAX_ALIASES = 1000

#: With "accept", a port that everybody can reach must not fill the house: after this many, it asks.
MAX_ACCEPTED = 50


class Hub:
    """What a config entry runs: one port and the trackers that may use it."""

    def __init__(self, hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
        """Prepare a hub that is not listening yet."""
        self.hass = hass
        self.entry = entry
        self.members: dict[str, Member] = {}
        self.strangers = strangers_of(hass, entry.entry_id)
        self.server = Server(self.ingest, now=dt_util.now)
        self._surroundings = Surroundings(hass, self._follow_home)
        self._growers: list[Grower] = []
        #: Who is told of every report that is kept; `stored` is done once it is.
        self.followers: list[Follower] = []
        #: Who is given the pieces of photos and voice messages.
        self.piece_takers: list[PieceTaker] = []
        #: What has to be done before the archive is let go of.
        self.closers: list[Closer] = []
        self._aliases: dict[str, str] = {}
        self._storage = Storage(hass, entry.entry_id, self._snapshot)
        self._stored: dict[str, Any] = {}
        #: What everything that trackers say is kept in; None if it cannot be used.
        self.archive: Archive | None = None
        self.db_url = ""

    @property
    def _policy(self) -> str:
        """What happens to trackers nobody has added."""
        policy: str = self.entry.options.get(CONF_NEW_TRACKERS, ASK)
        return policy

    @property
    def zones(self) -> dict[str, tuple[str, Zone]]:
        """The user's zones by their entities' ids, each with its name."""
        return self._surroundings.zones

    async def async_load(self) -> None:
        """Bring back every tracker as it was last heard."""
        self._stored = (await self._storage.async_load() or {}).get("trackers", {})
        self.db_url = db_url_of(self.hass, self.entry)
        self.archive = await archiving.async_open_archive(self.hass, self.db_url)
        self.entry.async_on_unload(
            async_track_time_change(self.hass, self._async_prune, *PRUNE_TIME)  # in local time
        )
        self.entry.async_on_unload(self._surroundings.async_follow())
        self._follow_subentries()

    async def async_listen(self) -> None:
        """Open the port; OSError or ValueError when it cannot be bound.

        What comes before Home Assistant has started waits at the port: until then no automation hears an alarm.
        """
        data = self.entry.data
        await self.server.bind(data[CONF_HOST], data[CONF_PORT], tcp=data[CONF_TCP], udp=data[CONF_UDP])
        self.entry.async_on_unload(
            async_track_time_interval(self.hass, self._async_tick, TICK_INTERVAL, cancel_on_shutdown=True)
        )
        # What would come after the last values have been saved must stay with its tracker.
        self.entry.async_on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop))
        self.entry.async_on_unload(async_at_started(self.hass, self._async_serve))

    async def async_close(self) -> None:
        """Free the port, abort every connection and save."""
        for member in self.members.values():
            member.delivery.close()
        await self.server.stop()
        await self.async_close_archive()
        await self._storage.async_save_now()

    async def async_close_archive(self) -> None:
        """Let go of the archive, once."""
        if self.db_url:
            for closer in self.closers:
                await closer()
            url, self.db_url = self.db_url, ""
            await archiving.async_close_archive(self.hass, url)

    @callback
    def async_grow(self, grower: Grower) -> CALLBACK_TYPE:
        """Call `grower` with every tracker and its keys, now and whenever keys appear; return what ends that."""
        self._growers.append(grower)
        for member in self.members.values():
            grower(member, member.keys)
        return lambda: self._growers.remove(grower)

    async def async_acknowledge(self, member: Member, alarms: Iterable[Alarm] = LATCHED) -> None:
        """End those of a tracker's alarms that stay on until somebody has taken care of them, for good."""
        member.notify(member.tracker.acknowledge(alarms))
        await self._storage.save_at_once()

    @callback
    def async_update_members(self) -> None:
        """Follow the subentries: trackers that were added, changed or removed."""
        before = set(self.members)
        self._follow_subentries()
        if before != set(self.members):
            self._storage.save(SAVE_SOON)

    @callback
    def async_update_policy(self) -> None:
        """Treat strangers that are being asked about as the option now says."""
        for device_id in list(self.strangers.by_id):
            if self._policy == ACCEPT and len(self.members) < MAX_ACCEPTED:
                self._accept(device_id)
            elif self._policy == IGNORE:
                self.strangers.take(device_id)

    def ingest(self, session: Session, reports: list[Report]) -> bool | Future[None]:
        """Take in reports that arrived together; False if one of them is of a tracker nobody has added.

        What carries anything is safe once the archive has it, and an alarm once what it switched on is on the disk as
        well: a crash must not lose what a tracker takes for heard.
        """
        arrived = dt_util.utcnow()
        welcome = True
        safe: dict[Future[None], None] = {}
        for report in reports:
            member = self.find(report.device_id) or self._find_elsewhere(report.device_id)
            if member is None:
                member = self._meet(report, session, arrived)
            if member is None:
                welcome = False
                continue
            member.session = session
            member.hub.apply(member, report, arrived, arrived)
            if report.carries:
                keep = session.protocol is not None and not session.protocol.acknowledges
                safe[member.hub.keep(member, report, arrived, keep=keep)] = None
            if report.alarms:
                safe[member.hub.save_at_once()] = None
            # An SOS never waits for these.
            member.delivery.hear(report)
            if report.piece is not None:
                for take in member.hub.piece_takers:
                    take(member, report.piece, arrived)
        if not welcome:
            return False
        return _all(list(safe)) if safe else True

    def keep(self, member: Member, report: Report, arrived: datetime, *, keep: bool = False) -> Future[None]:
        """Put a report into the archive; the future is done once it is there. `keep` if its tracker does not."""
        if self.archive is not None:
            stored = self.archive.append(member.tracker.device_id, report, arrived, keep=keep)
            for follower in self.followers:
                follower(member, report, arrived, stored)
            return stored
        failed: Future[None] = self.hass.loop.create_future()
        failed.set_exception(ArchiveError(Reason.CLOSED))
        failed.exception()
        return failed

    def apply(self, member: Member, report: Report, arrived: datetime, now: datetime) -> None:
        """Let a report change its tracker, grow what is new, then tell who listens."""
        was_online = member.tracker.values["online"]
        # Once it is applied, a fix whose clock was not set is of the time it arrived at.
        dated = report.fix is None or not is_unset(report.fix.time, arrived)
        update = member.tracker.apply(report, arrived, now)
        if report.fix is not None:
            member.delivery.motion.note(report.fix, arrived, dated=dated)
        update.appeared |= member.offer()
        self._tell(member, update)
        self._storage.save(SAVE_SOON if update.appeared else SAVE_DELAY)
        if not was_online:
            _LOGGER.info("%s is online", member.name)

    def set_values(self, member: Member, values: Mapping[str, Value]) -> None:
        """Set what is known of a tracker because of more than its last reports; tell who listens only what changed."""
        update = Update()
        for key, value in values.items():
            member.tracker.values.set(key, value, update)
        if update.changed:
            self._tell(member, update)
            self._storage.save(SAVE_SOON if update.appeared else SAVE_DELAY)

    def _tell(self, member: Member, update: Update) -> None:
        """Grow what is new, then tell who listens."""
        if update.appeared:
            for grower in self._growers:
                grower(member, update.appeared)
        member.notify(update)

    def find(self, device_id: str) -> Member | None:
        """Return the tracker an id names, by whichever of its forms."""
        if member := self.members.get(device_id):
            return member
        if device_id not in self._aliases:
            known = next((one for one in self.members if is_same_device(one, device_id)), None)
            if known is None:
                return None
            # Whoever knows a short id can make up any number of ids that end in it.
            if len(self._aliases) >= MAX_ALIASES:
                self._aliases.clear()
            self._aliases[device_id] = known
        return self.members[self._aliases[device_id]]

    async def _async_serve(self, hass: HomeAssistant) -> None:
        """Take in what waits at the port."""
        await self.server.serve()

    async def _async_stop(self, event: Event) -> None:
        """Close the port, and then the archive."""
        for member in self.members.values():
            member.delivery.close()
        await self.server.stop()
        await self.async_close_archive()

    def _find_elsewhere(self, device_id: str) -> Member | None:
        """Return the tracker an id names that was added to another port."""
        entries: list[PlaspyConfigEntry] = self.hass.config_entries.async_loaded_entries(DOMAIN)
        hubs = (entry.runtime_data for entry in entries if entry is not self.entry)
        return next((member for hub in hubs if (member := hub.find(device_id))), None)

    def _meet(self, report: Report, session: Session, arrived: datetime) -> Member | None:
        """Deal with a tracker nobody has added: accept it, ask about it, or ignore it."""
        if self._policy == ACCEPT and len(self.members) < MAX_ACCEPTED:
            return self._accept(report.device_id)
        if self._policy != IGNORE:
            # What nobody asked for yet may be large, and is not acknowledged: it comes again.
            report.piece = None
            self.strangers.meet(report, session.transport, arrived)
        return None

    def _accept(self, device_id: str) -> Member:
        """Add a tracker without asking."""
        self.hass.config_entries.async_add_subentry(self.entry, new_subentry(device_id, f"Tracker {device_id[-4:]}"))
        self.async_update_members()
        return self.members[device_id]

    def _follow_subentries(self) -> None:
        """Make the members those that the subentries tell."""
        subentries = {
            subentry.unique_id: subentry
            for subentry in self.entry.get_subentries_of_type(SUBENTRY_TRACKER)
            if subentry.unique_id is not None
        }
        for device_id in self.members.keys() - subentries.keys():
            self.members.pop(device_id).delivery.close()
            self._stored.pop(device_id, None)
            self.hass.async_create_task(archiving.async_forget(self.hass, self.db_url, [device_id]), "forget a tracker")
        self._aliases.clear()
        for device_id, subentry in subentries.items():
            if member := self.members.get(device_id):
                self._update_member(member, subentry)
            else:
                self._add_member(device_id, subentry)

    def _add_member(self, device_id: str, subentry: ConfigSubentry) -> None:
        """Begin with a tracker: as it was last heard, and with what it said before it was added."""
        now = dt_util.utcnow()
        tracker = Tracker(device_id, settings_of(subentry.data), self._surroundings.home)
        data = subentry.data
        member = Member(self, tracker, subentry.subentry_id, subentry.title, permissions_of(data), uses_of(data))
        if stored := self._stored.get(device_id):
            member.restore(stored, now)
        member.offer()
        self.members[device_id] = member
        for grower in self._growers:
            grower(member, member.keys)
        for arrived, report in self.strangers.take(device_id):
            self.apply(member, report, arrived, now)
            if report.carries:
                # Nobody acknowledged it, and some trackers do not send it again.
                self.keep(member, report, arrived, keep=True)
        self._tick(member, now)

    def _update_member(self, member: Member, subentry: ConfigSubentry) -> None:
        """Follow a changed subentry."""
        member.tracker.settings = settings_of(subentry.data)
        member.permissions = permissions_of(subentry.data)
        self._tell(member, Update(appeared=member.offer()))
        self._update_uses(member, uses_of(subentry.data))
        self._tick(member, dt_util.utcnow())
        if member.name == subentry.title:
            return
        member.name = subentry.title
        registry = dr.async_get(self.hass)
        identifier = (DOMAIN, member.tracker.device_id)
        if device := registry.async_get_device_by_identifier(identifier, self.entry.entry_id):
            registry.async_update_device(device.id, name=subentry.title)

    def _update_uses(self, member: Member, uses: dict[str, Use]) -> None:
        """Follow what the user says that a tracker's inputs are."""
        if member.uses != uses:
            member.uses = uses
            async_enable_used(self.hass, self.entry.entry_id, member.tracker.device_id, uses)
            member.notify(Update({USES}))

    async def _async_prune(self, now: datetime) -> None:
        """Delete what is older than the user wants to keep."""
        subentries = self.entry.get_subentries_of_type(SUBENTRY_TRACKER)
        keep = {one.unique_id: timedelta(days=days) for one in subentries if (days := one.data.get(CONF_KEEP_DAYS))}
        if self.archive is None or not keep:
            return
        try:
            await self.archive.prune({key: age for key, age in keep.items() if key is not None}, now)
        except ArchiveError as error:
            _LOGGER.warning("What is too old could not be deleted from the archive: %s", error)

    @callback
    def _async_tick(self, now: datetime) -> None:
        """Do to every tracker what time does."""
        for member in self.members.values():
            self._tick(member, now)

    def _tick(self, member: Member, now: datetime) -> None:
        """Do to a tracker what time does, and tell who listens."""
        tracker = member.tracker
        was_online = tracker.values["online"]
        update = tracker.tick(now)
        self._tell(member, update)
        member.delivery.drive()
        if update.alarms:
            self._storage.save(SAVE_SOON)
        if was_online and not tracker.values["online"]:
            _LOGGER.info("%s is offline: nothing heard for %s", member.name, tracker.silence)

    def _follow_home(self) -> None:
        """Show what has not moved in the zone that it is in now."""
        for member in self.members.values():
            member.notify(Update({"position"}))

    def save_at_once(self) -> Future[None]:
        """Save what all trackers said until now; what is returned is done when it is on the disk."""
        return self._storage.save_at_once()

    def save_soon(self) -> None:
        """Save within a second."""
        self._storage.save(SAVE_SOON)

    def _snapshot(self) -> Snapshot:
        self._stored = {device_id: member.snapshot() for device_id, member in self.members.items()}
        return {"trackers": self._stored}


def _all(futures: list[Future[None]]) -> Future[Any]:
    """Return what is done once all are, and fails if one does; nobody has to ask."""
    if len(futures) == 1:
        return futures[0]
    together = gather(*futures)
    together.add_done_callback(lambda done: done.cancelled() or done.exception())
    return together


def db_url_of(hass: HomeAssistant, entry: PlaspyConfigEntry) -> str:
    """Return the address of the database that a port writes to."""
    url: str = entry.options.get(CONF_DB_URL) or archiving.default_url(hass)
    return url
