"""The recorder's hourly statistics, put right once reports have come in late.

States cannot be set for times gone by, so what a tracker stored while it was out of reach is missing from the
recorder's statistics, although the archive has it. For every hour that a late report tells of, the archive's reports
are played through a fresh tracker in the order of their own times, and the hour becomes what the recorder would have
made of what that tracker shows: of a measured value its mean, weighted by time, and its extremes; of one that grows
its state and its sum.

The recorder's import replaces hours, and creates them where there are none. Sums run on from hour to hour: counting
begins at the hour before the first late one, and goes on until the hour in which the tracker told the value in time
again. There the recorder and the archive know the same, and what they differ by in the sum is added to that hour's
five-minute statistics and to all later ones (`async_adjust_statistics`), from which the recorder counts on. Until the
value was told in time again, each hour is replaced once the recorder has compiled it.

An hour that the recorder has not compiled is left alone: it would refuse its own row of it, and with it those of all
other entities. Five-minute statistics of earlier hours stay as they were compiled; the recorder forgets them itself.
"""

from asyncio import Future, Lock, timeout, wait
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import logging

from homeassistant.components.recorder import DOMAIN as RECORDER, Recorder, get_instance
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    async_list_statistic_ids,
    statistics_during_period,
)
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .archive import ArchiveError
from .const import DOMAIN
from .gateway.models import Report
from .hub import Hub
from .member import Member
from .statistics_columns import DESCRIBED, Column, averages_of, column_of, day_of, row_of
from .tracker import Tracker
from .tracker.path import Home
from .tracker.replay import HOUR, Kind, Said, Series, Total, groups, hours_between, replay, totals

_LOGGER = logging.getLogger(__name__)

#: A report that is older than this when it arrives came too late to be shown. Clocks may be wrong by less.
LATE = timedelta(minutes=5)

#: How long no late report has to come before hours are corrected, and how long they wait for that at most.
QUIET = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=10)

#: When the recorder has been told to compile an hour that is over: ten seconds after its end, with time to spare.
SETTLE = timedelta(minutes=1)

#: What lies before an hour and is read to know how it began: the whole of its local day.
BACK = timedelta(hours=25)

#: For how long a value that was told late is waited for to be told in time.
TAIL = timedelta(hours=24)

#: Late hours are corrected together if no more than the first lies between two, and over no more than the second.
GAP = timedelta(hours=6)
LONGEST = timedelta(hours=48)

#: Hours of one tracker that wait to be corrected: two years.
MAX_HOURS = 17_520

#: Seconds that the recorder may take for what is in its queue, and closing for what is due.
PATIENCE = 120
CLOSING = 20

#: What sums are not told apart by.
NOTHING = 1e-6


@dataclass(slots=True)
class _Tail:
    """The next hour in which keys differ from what the recorder knows, and until when that is followed."""

    hour: datetime
    until: datetime
    keys: set[str]


class Corrections:
    """Which hours of which trackers have to be corrected, and the doing of it."""

    def __init__(self, hass: HomeAssistant, hub: Hub) -> None:
        """Correct the statistics of a port's trackers."""
        self.hass = hass
        self.hub = hub
        self._hours: dict[str, set[datetime]] = {}
        self._tails: dict[str, _Tail] = {}
        self._stored: Future[None] | None = None
        self._since: datetime | None = None
        self._cancel: CALLBACK_TYPE | None = None
        self._turn = Lock()

    @callback
    def note(self, member: Member, report: Report, arrived: datetime, stored: Future[None]) -> None:
        """Remember the hour of a report that came late; `stored` is done once the archive has it."""
        time = _time_of(report, arrived)
        if not _is_late(report, arrived) or RECORDER not in self.hass.config.components:
            return
        hours = self._hours.setdefault(member.tracker.device_id, set())
        if len(hours) < MAX_HOURS:
            hours.add(_hour_of(time))
        elif _hour_of(time) not in hours:
            _LOGGER.warning("%s: too many hours wait to be corrected; the one of %s is not", member.name, time)
        self._stored = stored
        self._since = self._since or arrived
        self._wait(min(QUIET, self._since + LONGEST_WAIT - arrived))

    async def async_close(self) -> None:
        """Correct what is due, and nothing later."""
        self._stop_waiting()
        if self._hours or self._tails:
            try:
                async with timeout(CLOSING):
                    await self._async_correct()
            except TimeoutError:
                _LOGGER.warning("Not all statistics could be corrected in time")
        self._stop_waiting()

    def _wait(self, delay: timedelta) -> None:
        """Correct after a while, and not before."""
        self._stop_waiting()
        job = HassJob(self._async_run, "correct statistics", cancel_on_shutdown=True)
        self._cancel = async_call_later(self.hass, max(delay, timedelta()), job)

    def _stop_waiting(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _async_run(self, now: datetime) -> None:
        """Correct in the background."""
        self._cancel = None
        self._since = None
        self.hub.entry.async_create_task(self.hass, self._async_correct(), "correct statistics")

    async def _async_correct(self) -> None:
        """Correct every hour that the recorder has compiled; wait for the others."""
        async with self._turn:
            if self._stored is not None:
                await wait([self._stored], timeout=CLOSING)
            horizon = _hour_of(dt_util.utcnow() - SETTLE)
            delay = horizon + HOUR + SETTLE - dt_util.utcnow()
            try:
                for device_id in self._hours.keys() | self._tails.keys():
                    await self._async_correct_tracker(device_id, horizon)
            except (ArchiveError, TimeoutError) as error:
                _LOGGER.debug("Statistics are corrected later: %r", error)
                delay = LONGEST_WAIT
        if (self._hours or self._tails) and self._cancel is None:
            self._wait(delay)

    async def _async_correct_tracker(self, device_id: str, horizon: datetime) -> None:
        """Correct those hours of a tracker that end no later than `horizon`."""
        member, archive = self.hub.members.get(device_id), self.hub.archive
        if member is None or RECORDER not in self.hass.config.components:
            self._hours.pop(device_id, None)
            self._tails.pop(device_id, None)
            return
        if archive is None or archive.failure is not None:
            raise TimeoutError
        noted = {hour for hour in self._hours.get(device_id, ()) if hour < horizon}
        tail = self._tails.get(device_id)
        if tail is not None and tail.hour >= horizon:
            tail = None
        if not noted and tail is None:
            return
        columns = await self._async_columns(member)
        until = max([hour + HOUR + TAIL for hour in noted] + ([tail.until] if tail else []))
        open_keys: set[str] = set()
        parts = list(groups({*noted, *([tail.hour] if tail else ())}, GAP, LONGEST))
        for part, after in zip(parts, [*(one[0] for one in parts[1:]), horizon], strict=True):
            if tail is not None and tail.hour in part:
                open_keys |= tail.keys
            end = min(after, part[-1] + HOUR + TAIL)
            open_keys = await self._async_correct_hours(member, columns, part[0], end, open_keys)
            if end < after:
                open_keys = set()
        self._done(device_id, noted)
        if tail is not None:
            del self._tails[device_id]
        if open_keys and horizon < until:
            self._tails[device_id] = _Tail(horizon, until, open_keys)

    def _done(self, device_id: str, corrected: set[datetime]) -> None:
        """Forget what has been corrected."""
        if hours := self._hours.get(device_id):
            hours -= corrected
        if not hours:
            self._hours.pop(device_id, None)

    async def _async_correct_hours(
        self, member: Member, columns: Iterable[Column], begin: datetime, end: datetime, differing: set[str]
    ) -> set[str]:
        """Correct the hours from `begin` until `end`; return the sums that still differ from the recorder's then."""
        assert self.hub.archive is not None
        recorder = get_instance(self.hass)
        await _patiently(recorder.async_block_till_done())
        live = member.tracker
        entries = await self.hub.archive.read(live.device_id, begin - BACK, end)
        said = [
            Said(_time_of(one.report, one.arrived), one.report, _is_late(one.report, one.arrived)) for one in entries
        ]
        tracker = Tracker(
            live.device_id,
            replace(live.settings, utc_offset=timedelta()),
            Home(list(live.home.zones), live.home.timezone),
        )
        tracker.measurements.told.update(live.measurements.told)
        keys = [column.key for column in columns]
        series = await self.hass.async_add_executor_job(replay, tracker, said, keys, begin, differing)
        still: set[str] = set()
        for column in columns:
            one = series[column.key]
            if one.since is None:
                continue
            until = end if one.synced is None else _hour_of(one.synced) + HOUR
            hours = hours_between(_hour_of(one.since), until)
            if not column.sums:
                self._import(column, averages_of(column, one, hours))
                continue
            await self._async_count(recorder, column, one, hours, column.kind(live))
            if one.synced is None:
                still.add(column.key)
        await _patiently(recorder.async_block_till_done())
        return still

    async def _async_count(
        self, recorder: Recorder, column: Column, series: Series, hours: list[datetime], kind: Kind
    ) -> None:
        """Correct hours of a value that grows, and what all later hours add up to."""
        before = await self._async_total(recorder, column, hours[0])
        rows = list(totals(series, hours, kind, before, day_of))
        if not rows:
            return
        last = rows[-1]
        if series.synced is not None and (old := await self._async_total(recorder, column, last.start + HOUR)):
            more = column.to_recorder(last.total - old.total)
            if old.start == last.start and abs(more) > NOTHING:
                unit = column.metadata["unit_of_measurement"]
                recorder.async_adjust_statistics(column.metadata["statistic_id"], last.start, more, unit or "")
        self._import(column, [row_of(column, row, kind) for row in rows])

    async def _async_total(self, recorder: Recorder, column: Column, end: datetime) -> Total | None:
        """Return what the recorder counted in the last hour before a time for which it has one."""
        metadata = column.metadata
        unit_class, unit = metadata["unit_class"], metadata["unit_of_measurement"]
        statistic_id = metadata["statistic_id"]
        for start in (end - BACK, datetime.fromtimestamp(0, UTC)):
            found = await recorder.async_add_executor_job(
                statistics_during_period,
                self.hass,
                start,
                end,
                {statistic_id},
                "hour",
                {unit_class: unit} if unit_class and unit else None,
                {"state", "sum"},
            )
            for row in reversed(found.get(statistic_id, [])):
                state, total = row.get("state"), row.get("sum")
                if state is not None and total is not None:
                    hour = dt_util.utc_from_timestamp(row["start"])
                    return Total(hour, column.from_recorder(state), column.from_recorder(total))
        return None

    def _import(self, column: Column, rows: list[StatisticData]) -> None:
        """Let the recorder replace hours."""
        if rows:
            async_import_statistics(self.hass, column.metadata, rows)

    async def _async_columns(self, member: Member) -> list[Column]:
        """Return those entities of a tracker that the recorder keeps statistics of."""
        prefix = f"{member.tracker.device_id}_"
        wanted = get_instance(self.hass).entity_filter
        keys = {
            entity.entity_id: key
            for entity in er.async_entries_for_config_entry(er.async_get(self.hass), self.hub.entry.entry_id)
            if entity.domain == SENSOR
            and entity.platform == DOMAIN
            and not entity.disabled
            and (key := entity.unique_id.removeprefix(prefix)) in DESCRIBED
            and entity.unique_id.startswith(prefix)
            and (wanted is None or wanted(entity.entity_id))
        }
        known = await async_list_statistic_ids(self.hass, set(keys)) if keys else []
        columns = (column_of(keys[found["statistic_id"]], found, member.uses) for found in known)
        return [column for column in columns if column is not None]


def _time_of(report: Report, arrived: datetime) -> datetime:
    """Return the time that the archive keeps a report by."""
    return (report.time if report.fix is None else report.fix.time) or arrived


def _is_late(report: Report, arrived: datetime) -> bool:
    """Whether a report came too late for what it tells to be shown when it was so."""
    time = _time_of(report, arrived)
    return time < arrived and (report.buffered or arrived - time > LATE)


async def _patiently(awaitable: Awaitable[None]) -> None:
    """Wait for the recorder; TimeoutError if it is too busy, or has ended."""
    async with timeout(PATIENCE):
        await awaitable


def _hour_of(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
