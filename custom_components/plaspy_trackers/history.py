"""What the archive tells about a tracker: its points, its trips and stops, its days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .archive import Archive, ArchiveError, Entry, Key, Reason
from .archive.simplify import simplify
from .archive.trips import Spot, Stop, Summary, Trip, find_trips, summarise
from .errors import archive_errors, failed, invalid
from .member import Member
from .tracker.rules import Zone

#: How long a history is if nobody says.
DEFAULT_SPAN = timedelta(days=1)

#: Reports that are read at once.
PAGE = 5_000

#: Reports that one question may be about, all in memory: a fix every 30 seconds for two months, some 230 MB.
MOST_REPORTS = 200_000

type Json = dict[str, Any]


class Span(NamedTuple):
    """A stretch of time from `start` until before `end`; without one, up to the newest report."""

    start: datetime
    end: datetime | None

    @classmethod
    def of(cls, start: datetime | None, end: datetime | None, now: datetime) -> Span:
        """Return what two times in UTC mean of which neither has to be told; the last day without any.

        ServiceValidationError if there is no time in between.
        """
        last = end or now
        first = start or last - DEFAULT_SPAN
        if first >= last:
            raise invalid("start_after_end", start=_local(first), end=_local(last))
        return cls(first, end)

    @classmethod
    def of_day(cls, day: date) -> Span:
        """Return a day of the home's time zone."""
        begin, end = (dt_util.start_of_local_day(one) for one in (day, day + timedelta(days=1)))
        return cls(dt_util.as_utc(begin), dt_util.as_utc(end))

    def until(self, now: datetime) -> datetime:
        """Return how far into it is known what happened."""
        return now if self.end is None else min(self.end, now)


def archive_of(member: Member) -> Archive:
    """Return the archive of a tracker; HomeAssistantError if it cannot be used."""
    if member.hub.archive is None:
        raise failed(ArchiveError(Reason.CLOSED))
    return member.hub.archive


async def async_read(member: Member, span: Span, *, fixes_only: bool = False) -> list[Entry]:
    """Return what a tracker said, page by page; ServiceValidationError if that is too much for the memory."""
    entries: list[Entry] = []
    while True:
        after = entries[-1].key if entries else None
        page = await async_read_page(member, span, after, PAGE, fixes_only=fixes_only)
        entries += page
        if len(entries) > MOST_REPORTS:
            raise invalid("too_many_reports", name=member.name, most=str(MOST_REPORTS))
        if len(page) < PAGE:
            return entries


async def async_read_page(
    member: Member, span: Span, after: Key | None, limit: int, *, fixes_only: bool = False
) -> list[Entry]:
    """Return what a tracker said next after a key; HomeAssistantError if its archive cannot be read."""
    device_id = member.tracker.device_id
    archive = archive_of(member)
    with archive_errors():
        return await archive.read(device_id, *span, limit=limit, after=after, fixes_only=fixes_only)


async def async_history(hass: HomeAssistant, member: Member, span: Span, most: int) -> Json:
    """Return at most so many points that the track keeps its shape, every alarm, and how many reports there were."""
    entries = await async_read(member, span)
    points = await hass.async_add_executor_job(_simplified, entries, most)
    return {**_told(span), "total": len(entries), "points": points}


async def async_trips(hass: HomeAssistant, member: Member, span: Span, now: datetime) -> Json:
    """Return trips and stops, in the order of time."""
    entries = await async_read(member, span)
    zones = member.hub.zones
    found = await hass.async_add_executor_job(_find_trips, entries, zones, span.until(now))
    names = {entity_id: name for entity_id, (name, _) in zones.items()}
    return {
        **_told(span),
        "trips": [_trip(one, names) for one in found if isinstance(one, Trip)],
        "stops": [_stop(one, names) for one in found if isinstance(one, Stop)],
    }


async def async_summary(hass: HomeAssistant, member: Member, day: date, now: datetime) -> Json:
    """Return what a day of the home's time zone came to, so far if it is today."""
    span = Span.of_day(day)
    entries = await async_read(member, span)
    summary = await hass.async_add_executor_job(_summarise, entries, span.until(now))
    return {"date": day.isoformat(), **_summary(summary)}


def point(entry: Entry) -> Json:
    """Return what a report says; what is not there the tracker did not say."""
    report, fix = entry.report, entry.report.fix
    values: Json = {"time": _local(entry.time)}
    if fix is not None:
        told = {
            "latitude": fix.latitude,
            "longitude": fix.longitude,
            "altitude": fix.altitude,
            "speed": fix.speed,
            "course": fix.course,
            "accuracy": fix.accuracy,
            "source": fix.source.value,
        }
        values |= {key: value for key, value in told.items() if value is not None}
    if report.readings:
        values["readings"] = dict(report.readings)
    if report.alarms:
        values["alarms"] = [alarm.value for alarm in report.alarms]
    if report.codes:
        values["codes"] = list(report.codes)
    return values


def _simplified(entries: list[Entry], most: int) -> list[Json]:
    kept = set(map(id, simplify([entry.report for entry in entries], most)))
    return [point(entry) for entry in entries if id(entry.report) in kept]


def _find_trips(entries: list[Entry], zones: Mapping[str, tuple[str, Zone]], until: datetime) -> list[Trip | Stop]:
    by_id = {entity_id: zone for entity_id, (_, zone) in zones.items()}
    return find_trips((entry.report for entry in entries), zones=by_id, until=until)


def _summarise(entries: list[Entry], until: datetime) -> Summary:
    return summarise([entry.report for entry in entries], until=until)


def _told(span: Span) -> Json:
    return {"start": _local(span.start), "end": span.end and _local(span.end)}


def _trip(trip: Trip, names: Mapping[str, str]) -> Json:
    return {
        "start": _local(trip.start),
        "end": _local(trip.end),
        "duration": trip.duration.total_seconds(),
        "distance": round(trip.distance, 3),
        "average_speed": _rounded(trip.average_speed),
        "top_speed": _rounded(trip.top_speed),
        "origin": _spot(trip.origin, names),
        "destination": _spot(trip.destination, names),
    }


def _stop(stop: Stop, names: Mapping[str, str]) -> Json:
    return {
        "arrival": _local(stop.arrival),
        "departure": _local(stop.departure),
        "duration": stop.duration.total_seconds(),
        **_spot(stop.spot, names),
    }


def _spot(spot: Spot, names: Mapping[str, str]) -> Json:
    """Return a place with the name of its zone: two zones may share one, so they go by their ids until here."""
    return {"latitude": spot.latitude, "longitude": spot.longitude, "zone": spot.zone and names[spot.zone]}


def _summary(summary: Summary) -> Json:
    return {
        "distance": round(summary.distance, 3),
        "moving_time": summary.moving_time.total_seconds(),
        "trips": summary.trips,
        "stops": summary.stops,
        "first_fix": summary.first_fix and _local(summary.first_fix),
        "last_fix": summary.last_fix and _local(summary.last_fix),
        "top_speed": _rounded(summary.top_speed),
        "heart_rate_min": summary.heart_rate_min,
        "heart_rate_mean": _rounded(summary.heart_rate_mean),
        "heart_rate_max": summary.heart_rate_max,
        "steps": summary.steps,
        "battery_min": summary.battery_min,
        "battery_max": summary.battery_max,
        "alarms": {alarm.value: count for alarm, count in summary.alarms.items()},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _local(time: datetime) -> str:
    return dt_util.as_local(time).isoformat()
