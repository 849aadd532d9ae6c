"""Joins the port, the trackers and the entities: every report goes through here."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from math import inf
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import (
    ACCEPT,
    ASK,
    CONF_NEW_TRACKERS,
    CONF_SILENCE,
    CONF_TCP,
    CONF_UDP,
    DEFAULT_SILENCE,
    DOMAIN,
    IGNORE,
    SUBENTRY_TRACKER,
)
from .gateway.models import Report
from .gateway.server import Server, Session
from .strangers import strangers_of
from .tracker import HeardAlarm, Tracker, Update, is_same_device

_LOGGER = logging.getLogger(__name__)

type PlaspyConfigEntry = ConfigEntry[Hub]
type Listener = Callable[[], None]
type AlarmListener = Callable[[HeardAlarm], None]
type Grower = Callable[[Member, set[str]], None]

STORAGE_VERSION = 1
#: Seconds between two saves of what changes all the time, and until a save of what must not be missed.
SAVE_DELAY = 60.0
SAVE_SOON = 1.0

#: How often silent trackers are looked for.
SILENCE_INTERVAL = timedelta(seconds=30)

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
    silence: timedelta
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
        """Tell every listener what changed, alarms first; one that fails does not cost the others their report."""
        for heard in update.alarms:
            if not self.alarm_listeners:
                self.waiting_alarms.append(heard)
            for alarm_listener in self.alarm_listeners:
                self._call(alarm_listener, heard)
        for key in update.changed:
            for listener in self.listeners.get(key, ()):
                self._call(listener)

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
        self._growers: list[Grower] = []
        self._aliases: dict[str, str] = {}
        self._store = Store[dict[str, Any]](hass, STORAGE_VERSION, storage_key(entry.entry_id))
        self._stored: dict[str, Any] = {}
        self._save_due = inf

    @property
    def _policy(self) -> str:
        """What happens to trackers nobody has added."""
        policy: str = self.entry.options.get(CONF_NEW_TRACKERS, ASK)
        return policy

    async def async_load(self) -> None:
        """Bring back every tracker as it was last heard."""
        self._stored = (await self._store.async_load() or {}).get("trackers", {})
        self._follow_subentries()

    async def async_listen(self) -> None:
        """Open the port; OSError or ValueError when it cannot be bound.

        What comes before Home Assistant has started waits at the port: until then no automation hears an alarm.
        """
        data = self.entry.data
        await self.server.bind(data[CONF_HOST], data[CONF_PORT], tcp=data[CONF_TCP], udp=data[CONF_UDP])
        self.entry.async_on_unload(
            async_track_time_interval(self.hass, self._async_find_silent, SILENCE_INTERVAL, cancel_on_shutdown=True)
        )
        # What would come after the last values have been saved must stay with its tracker.
        self.entry.async_on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop))
        self.entry.async_on_unload(async_at_started(self.hass, self._async_serve))

    async def async_close(self) -> None:
        """Free the port, abort every connection and save."""
        await self.server.stop()
        await self._store.async_save(self._snapshot())

    @callback
    def async_grow(self, grower: Grower) -> CALLBACK_TYPE:
        """Call `grower` with every tracker and its keys, now and whenever keys appear; return what ends that."""
        self._growers.append(grower)
        for member in self.members.values():
            grower(member, member.tracker.keys)
        return lambda: self._growers.remove(grower)

    @callback
    def async_acknowledge(self, member: Member) -> None:
        """End a tracker's SOS."""
        member.notify(member.tracker.acknowledge())
        self._save(SAVE_SOON)

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

    def ingest(self, session: Session, reports: list[Report]) -> bool:
        """Take in reports that arrived together; False if one of them is of a tracker nobody has added."""
        arrived = dt_util.utcnow()
        welcome = True
        for report in reports:
            member = self.find(report.device_id) or self._find_elsewhere(report.device_id)
            if member is None:
                member = self._meet(report, session, arrived)
            if member is None:
                welcome = False
                continue
            member.session = session
            was_online = member.tracker.values["online"]
            member.hub.apply(member, report, arrived, arrived)
            if not was_online:
                _LOGGER.info("%s is online", member.name)
        return welcome

    def apply(self, member: Member, report: Report, arrived: datetime, now: datetime) -> None:
        """Let a report change its tracker, grow what is new, then tell who listens."""
        update = member.tracker.apply(report, arrived, now)
        if update.appeared:
            for grower in self._growers:
                grower(member, update.appeared)
        member.notify(update)
        self._save(SAVE_SOON if update.appeared or update.alarms else SAVE_DELAY)

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
        """Close the port."""
        await self.server.stop()

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
        self._aliases.clear()
        for device_id, subentry in subentries.items():
            if member := self.members.get(device_id):
                self._update_member(member, subentry)
            else:
                self._add_member(device_id, subentry)

    def _add_member(self, device_id: str, subentry: ConfigSubentry) -> None:
        """Begin with a tracker: as it was last heard, and with what it said before it was added."""
        tracker = Tracker(device_id)
        if stored := self._stored.get(device_id):
            tracker.restore(stored)
        member = Member(self, tracker, subentry.subentry_id, subentry.title, _silence_of(subentry))
        self.members[device_id] = member
        for grower in self._growers:
            grower(member, tracker.keys)
        now = dt_util.utcnow()
        for arrived, report in self.strangers.take(device_id):
            self.apply(member, report, arrived, now)
        self._check_silence(member, now)

    def _update_member(self, member: Member, subentry: ConfigSubentry) -> None:
        """Follow a changed subentry."""
        member.silence = _silence_of(subentry)
        self._check_silence(member, dt_util.utcnow())
        if member.name == subentry.title:
            return
        member.name = subentry.title
        registry = dr.async_get(self.hass)
        identifier = (DOMAIN, member.tracker.device_id)
        if device := registry.async_get_device_by_identifier(identifier, self.entry.entry_id):
            registry.async_update_device(device.id, name=subentry.title)

    @callback
    def _async_find_silent(self, now: datetime) -> None:
        """Count every tracker that has been silent for too long as offline."""
        for member in self.members.values():
            self._check_silence(member, now)

    def _check_silence(self, member: Member, now: datetime) -> None:
        """Set whether a tracker is online by the time of its last word."""
        heard_at = member.tracker.heard_at
        online = heard_at is not None and now - heard_at < member.silence
        if online == member.tracker.values["online"]:
            return
        member.notify(member.tracker.set_online(online))
        if not online:
            _LOGGER.info("%s is offline: nothing heard for %s", member.name, member.silence)

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


def storage_key(entry_id: str) -> str:
    """Return the name of the file that keeps an entry's trackers."""
    return f"{DOMAIN}.{entry_id}"


def new_subentry(device_id: str, name: str) -> ConfigSubentry:
    """Return the subentry that makes a device id a tracker of the house."""
    return ConfigSubentry(
        data=MappingProxyType({CONF_SILENCE: DEFAULT_SILENCE}),
        subentry_type=SUBENTRY_TRACKER,
        title=name,
        unique_id=device_id,
    )


def _silence_of(subentry: ConfigSubentry) -> timedelta:
    return timedelta(minutes=subentry.data.get(CONF_SILENCE, DEFAULT_SILENCE))
