"""Reports as rows, and back.

Times keep their milliseconds. Columns that are often empty cost nothing in SQLite, and what a tracker says rarely is
one column of JSON. orjson, which Home Assistant brings, reads and writes that in a fifth to a tenth of the time that
the standard library takes: a day of one tracker holds thousands of such texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast
from zlib import crc32

import orjson
from sqlalchemy import Row

from ..gateway.models import AccessPoint, Alarm, CellTower, Fix, FixSource, Readings, Report
from .schema import REPORTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY = 86_400_000

#: Stored for ever: a source keeps its number.
SOURCES = {FixSource.GNSS: 0, FixSource.WIFI: 1, FixSource.CELL: 2, FixSource.BEACON: 3}
_SOURCES = {number: source for source, number in SOURCES.items()}
_ALARMS = {alarm.value: alarm for alarm in Alarm}

#: What is read, in the order that `decode` takes it in.
COLUMNS = [column for column in REPORTS.columns if column is not REPORTS.c.device]

type Values = dict[str, object]


class Key(NamedTuple):
    """What tells a report of a device from all others, in the order of time."""

    time: int
    kind: int


@dataclass(slots=True, frozen=True)
class Entry:
    """A report as it was kept, and when it arrived; `key` is where a next page begins."""

    report: Report
    arrived: datetime
    key: Key

    @property
    def time(self) -> datetime:
        """When it was, by the tracker if it says so, else by its arrival."""
        return moment(self.key.time)


def milliseconds(time: datetime) -> int:
    """Return a time as whole milliseconds since 1970; TypeError for one without a time zone."""
    since = time - EPOCH
    return since.days * _DAY + since.seconds * 1000 + since.microseconds // 1000


def moment(time: int) -> datetime:
    """Return the time of milliseconds since 1970."""
    return EPOCH + time * _MILLISECOND


def encode(report: Report, arrived: datetime) -> Values:
    """Return the row of a report but for its device and protocol; TypeError or ValueError if a value is no JSON."""
    fix = report.fix
    arrival = milliseconds(arrived)
    own = report.time if fix is None else fix.time
    time = arrival if own is None else milliseconds(own)
    clock = None if report.time is None else milliseconds(report.time) - time
    place = (None,) * 9 if fix is None else _place(fix)
    alarms = ",".join(report.alarms) or None
    readings = orjson.dumps(report.readings, option=orjson.OPT_SORT_KEYS).decode() if report.readings else None
    rest = _rest(report)
    # Whether it was buffered is not part of what it says: a tracker may say so only when it sends it again.
    content = orjson.dumps((clock, *place, alarms, readings, rest))
    latitude, longitude, altitude, speed, course, satellites, hdop, accuracy, source = place
    return {
        "time": time,
        "kind": crc32(content) - 0x8000_0000,
        "clock": clock,
        "delay": arrival - time,
        "buffered": report.buffered,
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude,
        "speed": speed,
        "course": course,
        "satellites": satellites,
        "hdop": hdop,
        "accuracy": accuracy,
        "source": source,
        "alarms": alarms,
        "readings": readings,
        "rest": rest,
    }


def decode(device_id: str, protocols: Mapping[int, str], rows: Iterable[Row[Any]]) -> list[Entry]:
    """Return the entries of one device's rows."""
    return [_entry(device_id, protocols, row) for row in rows]


def _entry(device_id: str, protocols: Mapping[int, str], row: Row[Any]) -> Entry:
    """Return the entry of a row."""
    (
        time,
        kind,
        clock,
        delay,
        protocol,
        buffered,
        latitude,
        longitude,
        altitude,
        speed,
        course,
        satellites,
        hdop,
        accuracy,
        source,
        alarms,
        readings,
        rest,
    ) = row
    own = moment(time)
    fix = None
    if latitude is not None:
        fix = Fix(latitude, longitude, own, altitude, speed, course, satellites, hdop, accuracy, _SOURCES[source])
    report = Report(
        device_id,
        protocols[protocol],
        None if clock is None else moment(time + clock) if clock else own,
        fix,
        cast("Readings", orjson.loads(readings)) if readings else Readings(),
        # One that only a newer version knows is still an alarm.
        tuple(_ALARMS.get(name, Alarm.OTHER) for name in alarms.split(",")) if alarms else (),
        buffered=bool(buffered),
    )
    if rest:
        _put_rest(report, orjson.loads(rest))
    return Entry(report, moment(time + delay), Key(time, kind))


def _place(fix: Fix) -> tuple[float | None, ...]:
    """Return what a fix says but for its time."""
    return (
        fix.latitude,
        fix.longitude,
        fix.altitude,
        fix.speed,
        fix.course,
        fix.satellites,
        fix.hdop,
        fix.accuracy,
        SOURCES[fix.source],
    )


def _rest(report: Report) -> str | None:
    """Return as JSON what few reports have."""
    rest: dict[str, object] = {}
    if report.codes:
        rest["codes"] = report.codes
    if report.cells:
        rest["cells"] = [(cell.mcc, cell.mnc, cell.area, cell.cell, cell.signal) for cell in report.cells]
    if report.wifi:
        rest["wifi"] = [(point.bssid, point.signal) for point in report.wifi]
    if report.beacons:
        rest["beacons"] = [(point.bssid, point.signal) for point in report.beacons]
    if report.text is not None:
        rest["text"] = report.text
    return orjson.dumps(rest).decode() if rest else None


def _put_rest(report: Report, rest: dict[str, Any]) -> None:
    """Give a report back what few have."""
    report.codes = tuple(rest.get("codes", ()))
    report.cells = tuple(CellTower(*cell) for cell in rest.get("cells", ()))
    report.wifi = tuple(AccessPoint(*point) for point in rest.get("wifi", ()))
    report.beacons = tuple(AccessPoint(*point) for point in rest.get("beacons", ()))
    report.text = rest.get("text")
