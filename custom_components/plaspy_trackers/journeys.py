"""What the archive tells of a tracker's trips and stops, as values: computed beside its reports, not for each of them.

The trips of the last day and a half are found anew when fixes have come, be they late or not, and twice more after
that, because a stop shows only by its lasting. At midnight the time on the move begins anew.
"""

from asyncio import Future, Lock, wait
from collections.abc import Sequence
from datetime import datetime, timedelta
import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .archive import ArchiveError
from .archive.trips import Stop, Trip, find_trips
from .gateway.models import Report
from .hub import Hub
from .member import Member
from .tracker import Value

_LOGGER = logging.getLogger(__name__)

#: How often trips are looked for, and how many times after a fix.
INTERVAL = timedelta(minutes=5)
ROUNDS = 3

#: How far back: a day, and the trip that it began with.
WINDOW = timedelta(hours=36)

#: Seconds that the archive may take to store what came last.
PATIENCE = 10

#: A time that is found anew is shown only if it is another one by more than this.
SHIFT = timedelta(minutes=1)

MINUTE = timedelta(minutes=1)


class Journeys:
    """Follows the trips of a port's trackers."""

    def __init__(self, hass: HomeAssistant, hub: Hub) -> None:
        """Look for the trips of what has been restored once Home Assistant has started, and from then on."""
        self.hass = hass
        self.hub = hub
        self._due: dict[str, int] = {}
        self._stored: Future[None] | None = None
        self._turn = Lock()
        entry = hub.entry
        entry.async_on_unload(async_track_time_interval(hass, self._async_look, INTERVAL, cancel_on_shutdown=True))
        entry.async_on_unload(async_track_time_change(hass, self._async_begin_day, 0, 0, 0))  # in local time
        entry.async_on_unload(async_at_started(hass, self._async_start))

    @callback
    def note(self, member: Member, report: Report, arrived: datetime, stored: Future[None]) -> None:
        """Look for the trips of a tracker that told where it was."""
        if report.fix is not None:
            self._due[member.tracker.device_id] = ROUNDS
            self._stored = stored

    async def async_close(self) -> None:
        """Finish what has been begun, and begin nothing more."""
        self._due.clear()
        async with self._turn:
            self._due.clear()

    async def _async_start(self, hass: HomeAssistant) -> None:
        """Find out what has become of the values while Home Assistant was not running."""
        await self._async_begin_day(dt_util.utcnow())

    async def _async_begin_day(self, now: datetime) -> None:
        """Count the time on the move anew, for those that have one."""
        for member in self.hub.members.values():
            if "moving_time_today" in member.tracker.values:
                self._due.setdefault(member.tracker.device_id, 1)
        await self._async_look(now)

    async def _async_look(self, now: datetime) -> None:
        """Look for the trips of each tracker that may have made some, one after the other."""
        async with self._turn:
            if self._stored is not None and self._due:
                await wait([self._stored], timeout=PATIENCE)
            for device_id in list(self._due):
                if (left := self._due.pop(device_id) - 1) > 0:
                    self._due[device_id] = left
                if member := self.hub.members.get(device_id):
                    await self._async_update(member)

    async def _async_update(self, member: Member) -> None:
        """Read what a tracker said lately, and set what that tells."""
        archive = self.hub.archive
        now = dt_util.utcnow()
        midnight = dt_util.start_of_local_day()
        if archive is None:
            return
        try:
            entries = await archive.read(member.tracker.device_id, now - WINDOW, now, fixes_only=True)
        except ArchiveError as error:
            _LOGGER.debug("%s: no trips are found: %s", member.name, error)
            return
        reports = [entry.report for entry in entries]
        found = await self.hass.async_add_executor_job(lambda: find_trips(reports, until=now))
        self.hub.set_values(member, _values(found, midnight, member.tracker.values.get("last_stop_since")))


def _values(found: Sequence[Trip | Stop], midnight: datetime, since: Value) -> dict[str, Value]:
    """Return what trips and stops come to; what is not among them any more stays as it was."""
    trips = [one for one in found if isinstance(one, Trip)]
    stops = [one for one in found if isinstance(one, Stop)]
    moving = sum((max(trip.end - max(trip.start, midnight), timedelta()) for trip in trips), timedelta())
    values: dict[str, Value] = {"moving_time_today": moving // MINUTE}
    if trips:
        values["last_trip_distance"] = round(trips[-1].distance, 1)
    if stops and (arrival := _arrival(found, stops[-1], since)) is not None:
        values["last_stop_since"] = arrival
    return values


def _arrival(found: Sequence[Trip | Stop], stop: Stop, since: Value) -> datetime | None:
    """Return when the last stop began, None if that is known; one that has no trip before it began earlier."""
    arrival = stop.arrival.replace(microsecond=0)
    if not isinstance(since, datetime):
        return arrival
    is_known = found[0] is stop and since <= arrival
    return None if is_known or abs(arrival - since) < SHIFT else arrival
