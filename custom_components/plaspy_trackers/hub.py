"""Joins the port, the trackers and the entities: every report goes through here."""

from asyncio import Future, Lock, gather
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from math import inf
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.zone import DOMAIN as ZONE_DOMAIN, ZoneEntityStateAttribute
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import (
    CONF_HOST,
    CONF_PORT,
    EVENT_CORE_CONFIG_UPDATE,
    EVENT_HOMEASSISTANT_STOP,
    EntityStateAttribute,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import (
    TrackStates,
    async_track_state_change_filtered,
    async_track_time_change,
    async_track_time_interval,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from . import archiving
from .archive import Archive, ArchiveError, Reason
from .const import (
    ACCEPT,
    ASK,
    CONF_ACCURACY_LIMIT,
    CONF_DB_URL,
    CONF_FORGET_AFTER,
    CONF_KEEP_DAYS,
    CONF_NEW_TRACKERS,
    CONF_RESET_AFTER,
    CONF_SILENCE,
    CONF_TCP,
    CONF_UDP,
    CONF_UTC_OFFSET,
    DOMAIN,
    IGNORE,
    SUBENTRY_TRACKER,
)
from .gateway.models import Alarm, Report
from .gateway.server import Server, Session
from .strangers import strangers_of
from .tracker import Settings, Tracker, Update, Value
from .tracker.alarms import LATCHED, HeardAlarm
from .tracker.identity import is_same_device
from .tracker.path import Home
from .tracker.rules import Zone

_LOGGER = logging.getLogger(__name__)

type PlaspyConfigEntry = ConfigEntry[Hub]
type Listener = Callable[[], None]
type AlarmListener = Callable[[HeardAlarm], None]
type Grower = Callable[[Member, set[str]], None]
type Follower = Callable[[Member, Report, datetime, Future[None]], None]
type Closer = Callable[[], Awaitable[None]]

STORAGE_VERSION = 3
#: Seconds between two saves of what changes all the time, and until a save of what is new. Alarms are saved at once.
SAVE_DELAY = 60.0
SAVE_SOON = 1.0

#: How often what time does to trackers is looked for: silence, alarms that end by themselves, a new day.
TICK_INTERVAL = timedelta(seconds=30)

#: What makes a zone.
ZONE_ATTRIBUTES = (EntityStateAttribute.LATITUDE, EntityStateAttribute.LONGITUDE, ZoneEntityStateAttribute.RADIUS)

#: When what is too old is deleted: hour, minute, second.
PRUNE_TIME = (3, 30, 0)

#: Ids that were recognised as another form of a tracker's.
MAX_ALIASES = 1000

#: Alarms kept for an event entity that is only being made: the first message of a tracker may be its SOS.
MAX_WAITING_ALARMS = 50

#: With "accept", a port that everybody can reach must not fill the house: after this many, it asks.
MAX_ACCEPTED = 50


@dataclass(slots=True, eq=False)
class Member:
    """A tracker that belongs to the house: its subentry, its last session, and who listens to it."""

    hub: Hub
    tracker: Tracker
    subentry_id: str
    name: str
    session: Session | None = None
    listeners: dict[str, list[Listener]] = field(default_factory=dict)
    alarm_listeners: list[AlarmListener] = field(default_factory=list)
    waiting_alarms: deque[HeardAlarm] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_ALARMS))
    failed: set[Callable[..., None]] = field(default_factory=set)

    @callback
    def async_listen(self, key: str, listener: Listener) -> CALLBACK_TYPE:
        """Call `listener` whenever the value of a key changed; return what ends that."""
        listeners = self.listeners.setdefault(key, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    @callback
    def async_listen_alarms(self, listener: AlarmListener) -> CALLBACK_TYPE:
        """Call `listener` for each alarm, first for those that nobody has heard yet; return what ends that."""
        self.alarm_listeners.append(listener)
        while self.waiting_alarms:
            listener(self.waiting_alarms.popleft())
        return lambda: self.alarm_listeners.remove(listener)

    def notify(self, update: Update) -> None:
        """Tell every listener what changed; one that fails does not cost the others their report.

        Alarms come last: an automation that hears one must find the position and the SOS that came with it.
        """
        # The entity of a key that is new begins with its value.
        for key in update.changed - update.appeared:
            for listener in self.listeners.get(key, ()):
                self._call(listener)
        for heard in update.alarms:
            if not self.alarm_listeners:
                self.waiting_alarms.append(heard)
            for alarm_listener in self.alarm_listeners:
                self._call(alarm_listener, heard)

    def _call[*Arguments](self, listener: Callable[[*Arguments], None], *arguments: *Arguments) -> None:
        """Call a listener; tell the first time that it fails."""
        try:
            listener(*arguments)
        except Exception:
            if listener not in self.failed:
                self.failed.add(listener)
                _LOGGER.exception("%s: an entity cannot take what the tracker said", self.name)


class Hub:
    """What a config entry runs: one port and the trackers that may use it."""

    def __init__(self, hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
        """Prepare a hub that is not listening yet."""
        self.hass = hass
        self.entry = entry
        self.members: dict[str, Member] = {}
        self.strangers = strangers_of(hass, entry.entry_id)
        self.server = Server(self.ingest, now=dt_util.now)
        self._home = Home()
        self._zones: dict[tuple[str, str, bool | None], Zone] = {}
        self._growers: list[Grower] = []
        #: Who is told of every report that is kept; `stored` is done once it is.
        self.followers: list[Follower] = []
        #: What has to be done before the archive is let go of.
        self.closers: list[Closer] = []
        self._aliases: dict[str, str] = {}
        self._store = _Storage(hass, STORAGE_VERSION, storage_key(entry.entry_id))
        self._stored: dict[str, Any] = {}
        #: What everything that trackers say is kept in; None if it cannot be used.
        self.archive: Archive | None = None
        self.db_url = ""
        self._save_due = inf
        self._saving = Lock()
        self._next_save: Future[None] | None = None

    @property
    def _policy(self) -> str:
        """What happens to trackers nobody has added."""
        policy: str = self.entry.options.get(CONF_NEW_TRACKERS, ASK)
        return policy

    @property
    def zones(self) -> dict[str, tuple[str, Zone]]:
        """The user's zones by their entities' ids, each with its name."""
        return {entity_id: (name, zone) for (entity_id, name, _), zone in self._zones.items()}

    async def async_load(self) -> None:
        """Bring back every tracker as it was last heard."""
        self._stored = (await self._store.async_load() or {}).get("trackers", {})
        self.db_url = db_url_of(self.hass, self.entry)
        self.archive = await archiving.async_open_archive(self.hass, self.db_url)
        self.entry.async_on_unload(
            async_track_time_change(self.hass, self._async_prune, *PRUNE_TIME)  # in local time
        )
        self._async_update_home()
        zones = TrackStates(all_states=False, entities=set(), domains={ZONE_DOMAIN})
        follow = async_track_state_change_filtered(self.hass, zones, self._async_update_home)
        self.entry.async_on_unload(follow.async_remove)
        self.entry.async_on_unload(self.hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_update_home))
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
        await self.server.stop()
        await self.async_close_archive()
        await self._store.async_save(self._snapshot())

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
            grower(member, member.tracker.keys)
        return lambda: self._growers.remove(grower)

    async def async_acknowledge(self, member: Member, alarms: Iterable[Alarm] = LATCHED) -> None:
        """End those of a tracker's alarms that stay on until somebody has taken care of them, for good."""
        member.notify(member.tracker.acknowledge(alarms))
        await self.save_at_once()

    @callback
    def async_update_members(self) -> None:
        """Follow the subentries: trackers that were added, changed or removed."""
        before = set(self.members)
        self._follow_subentries()
        if before != set(self.members):
            self._save(SAVE_SOON)

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
        update = member.tracker.apply(report, arrived, now)
        self._tell(member, update)
        self._save(SAVE_SOON if update.appeared else SAVE_DELAY)
        if not was_online:
            _LOGGER.info("%s is online", member.name)

    def set_values(self, member: Member, values: Mapping[str, Value]) -> None:
        """Set what is known of a tracker because of more than its last reports; tell who listens only what changed."""
        update = Update()
        for key, value in values.items():
            member.tracker.values.set(key, value, update)
        if update.changed:
            self._tell(member, update)
            self._save(SAVE_SOON if update.appeared else SAVE_DELAY)

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
            del self.members[device_id]
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
        tracker = Tracker(device_id, settings_of(subentry.data), self._home)
        if stored := self._stored.get(device_id):
            tracker.restore(stored, now)
        member = Member(self, tracker, subentry.subentry_id, subentry.title)
        self.members[device_id] = member
        for grower in self._growers:
            grower(member, tracker.keys)
        for arrived, report in self.strangers.take(device_id):
            self.apply(member, report, arrived, now)
            if report.carries:
                # Nobody acknowledged it, and some trackers do not send it again.
                self.keep(member, report, arrived, keep=True)
        self._tick(member, now)

    def _update_member(self, member: Member, subentry: ConfigSubentry) -> None:
        """Follow a changed subentry."""
        member.tracker.settings = settings_of(subentry.data)
        self._tick(member, dt_util.utcnow())
        if member.name == subentry.title:
            return
        member.name = subentry.title
        registry = dr.async_get(self.hass)
        identifier = (DOMAIN, member.tracker.device_id)
        if device := registry.async_get_device_by_identifier(identifier, self.entry.entry_id):
            registry.async_update_device(device.id, name=subentry.title)

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
        if update.alarms:
            self._save(SAVE_SOON)
        if was_online and not tracker.values["online"]:
            _LOGGER.info("%s is offline: nothing heard for %s", member.name, tracker.silence)

    @callback
    def _async_update_home(self, event: Event[Any] | None = None) -> None:
        """Follow the user's time zone and zones: what has not moved may be in another one now."""
        self._home.timezone = dt_util.get_default_time_zone()
        zones = {
            (state.entity_id, state.name, state.attributes.get(ZoneEntityStateAttribute.PASSIVE)): Zone(
                *(state.attributes[key] for key in ZONE_ATTRIBUTES)
            )
            for state in self.hass.states.async_all(ZONE_DOMAIN)
            # One that is gone has no place.
            if state.attributes.keys() >= set(ZONE_ATTRIBUTES)
        }
        # The state of a zone tells who is in it, and that changes all the time.
        if zones == self._zones:
            return
        self._zones = zones
        self._home.zones = list(zones.values())
        for member in self.members.values():
            member.notify(Update({"position"}))

    def save_at_once(self) -> Future[None]:
        """Save what all trackers said until now; what is returned is done when it is on the disk."""
        if self._next_save is None:
            self._next_save = self.hass.async_create_task(self._async_save(), "save trackers", eager_start=False)
        return self._next_save

    async def _async_save(self) -> None:
        """Save, one after the other: what comes while the disk is busy goes together into the next file."""
        async with self._saving:
            self._next_save = None
            await self._store.async_save(self._snapshot())

    def _save(self, delay: float) -> None:
        """Save within `delay` seconds; a save that is due earlier is not put off."""
        due = self.hass.loop.time() + delay
        if due < self._save_due:
            self._save_due = due
            self._store.async_delay_save(self._snapshot, delay)

    def _snapshot(self) -> dict[str, Any]:
        self._save_due = inf
        self._stored = {device_id: member.tracker.snapshot() for device_id, member in self.members.items()}
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


def storage_key(entry_id: str) -> str:
    """Return the name of the file that keeps an entry's trackers."""
    return f"{DOMAIN}.{entry_id}"


def new_subentry(device_id: str, name: str) -> ConfigSubentry:
    """Return the subentry that makes a device id a tracker of the house."""
    return ConfigSubentry(
        data=MappingProxyType({}),
        subentry_type=SUBENTRY_TRACKER,
        title=name,
        unique_id=device_id,
    )


def settings_of(data: Mapping[str, Any]) -> Settings:
    """Return what the user wants of a tracker, as its subentry tells it: times in minutes, the offset in hours."""

    def minutes(key: str) -> timedelta | None:
        return timedelta(minutes=data[key]) if data.get(key) else None

    return Settings(
        utc_offset=timedelta(hours=data.get(CONF_UTC_OFFSET, 0)),
        silence=minutes(CONF_SILENCE),
        reset_after=minutes(CONF_RESET_AFTER),
        forget_after=minutes(CONF_FORGET_AFTER),
        accuracy_limit=data.get(CONF_ACCURACY_LIMIT),
    )


class _Storage(Store[dict[str, Any]]):
    """The file that keeps what trackers said."""

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        """Begin anew: what an old file holds is told again by every tracker."""
        return {"trackers": {}}
