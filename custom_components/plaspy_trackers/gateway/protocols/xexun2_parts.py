"""Parts: the payload of Xexun's FAAF frames (`xexun2.py`) of type 0x0020.

Each part is type u8, length u8, data. `xexun2_values.py` says how values are written. What is missing at the end of a
part is absent; what is too much there is left out, and so are parts of a type that is not drawn here.

    00 time, latitude f32, longitude f32, altitude f32 in m, satellites u8, SNR u8, speed, course, ephemeris u8,
       seconds to fix u8, accuracy, SNR 4 × u8, status u8 (0 no fix; older firmware ends before it), delay u8
    01 time, number of access points u8, then each
    02 time, then cells up to the end
    04 time, alarm
    05 time, heart rate u8, systolic u8, diastolic u8, oxygen u8; 0 where it was not found
    06 signal u8 (CSQ), battery u8 in %, state u8, track u8, fuel u8 of unknown unit. State: bit 1 moving, 2 stored,
       7 charging. Bit 0, removed, is always set where nothing could tell: it means nothing
    08 time, steps u16, temperature
    20 status u8, firmware 32 characters, ICCID, length u8, model
    21 message

A frame is one report, unless its times are apart: every 00 begins a report. Any other part that has a time goes into
the report that is nearest in time, at most 60 s away and without a part of this type from another time; or else it
begins one. What has no time, or an unknown one, belongs to the newest report, and counts if it is the last of its type.
For all this the time of a report is the one it was begun with. In the end it is that of its first alarm, so that no two
alarms beside one old position look alike; or without alarms that of its newest part. A position keeps its own.

State bit 2 stands in frames of this very moment as well. So the reports of a frame count as stored only if, besides
this bit, the newest time in the frame is more than 15 minutes ago: a live alarm must not be taken for history.

Firmware of a time in between sends one bare record instead (`xexun2_records.py`). So is read whatever can be one: with
a time within ten years and a battery within 100 %. To look like that, a first part would have to be some 90 bytes long,
and no known part of that length has such a number in the place of the battery. The other way round would not do: a
record may well look like parts.
"""

from datetime import UTC, datetime
from operator import itemgetter
from struct import Struct, error as StructError

from ..models import Report
from .base import DecodeError
from .fields import BLOOD_OXYGEN, HEART_RATE, blood_pressure, vital
from .xexun2_records import may_be_record, read_record
from .xexun2_values import (
    add_alarms,
    add_motion,
    add_power,
    add_temperature,
    add_version,
    read_access_points,
    read_accuracy,
    read_altitude,
    read_cells,
    read_fix,
    read_time,
)

type _Part = tuple[int, bytes]  # type, data
type _Draft = tuple[int, Report, set[int]]  # seconds it was begun with, report, the types of its parts

_TIME = Struct(">I")
_GPS = Struct(">IfffBxHHxxH")  # time, latitude, longitude, altitude, satellites, speed, course, accuracy
#: Where the fields end that are read of a position.
_GPS_ENDS = (12, 16, 17, 20, 22, 26)
_ALARM = Struct(">4xI")
_STEPS = Struct(">4xH")
_TEMPERATURE = Struct(">6xf")

_POSITION = 0
_TIMED = (1, 2, 4, 5, 8)
_TIMELESS = (0x06, 0x20, 0x21)
_UNKNOWN_TIME = bytes(4)
_TOGETHER = 60  # s
_STORED = 15 * 60  # s
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = itemgetter(0)


def read_parts(payload: bytes, device_id: str, now: datetime) -> tuple[list[Report], bool]:
    """Return the reports that the parts make, in the order of their times, and whether everything could be read.

    DecodeError if nothing is a part.
    """
    if may_be_record(payload, now):
        report, whole = read_record(payload, device_id, now)
        return [report], whole
    parts, whole = _split(payload)
    if not parts and not whole:
        raise DecodeError("no parts")
    drafts: list[_Draft] = []
    for kind, data in parts:
        try:
            if kind == _POSITION:
                drafts.append(_read_position(data, device_id, now))
            else:
                _add_part(drafts, kind, data, device_id)
        except ValueError, IndexError, StructError:
            whole = False
    if len(drafts) > 1:
        drafts.sort(key=lambda draft: (draft[1].time or _EPOCH, draft[0]))
    reports = [report for _, report, _ in drafts]
    if [report for report in reports if report.buffered]:
        stored = _is_old(parts, now)
        for report in reports:
            report.buffered = stored
    return reports, whole


def _split(payload: bytes) -> tuple[list[_Part], bool]:
    """Return the known parts in the order in which they are added, and whether the payload ends with a part.

    Positions come first, what has no time last, and of this only the last of each type.
    """
    positions: list[_Part] = []
    timed: list[_Part] = []
    undated: list[_Part] = []
    timeless: dict[int, bytes] = {}
    at, size = 0, len(payload)
    while at + 2 <= size and (end := at + 2 + payload[at + 1]) <= size:
        kind, data = payload[at], payload[at + 2 : end]
        at = end
        if kind == _POSITION:
            positions.append((kind, data))
        elif kind in _TIMED:
            (undated if data.startswith(_UNKNOWN_TIME) else timed).append((kind, data))
        elif kind in _TIMELESS:
            timeless[kind] = data
    return [*positions, *timed, *undated, *timeless.items()], at == size


def _is_old(parts: list[_Part], now: datetime) -> bool:
    """Tell whether all that happened was over long before it arrived; not if nothing tells when it happened."""
    newest = max(
        (_TIME.unpack_from(data)[0] for kind, data in parts if kind not in _TIMELESS and len(data) >= 4), default=0
    )
    return 0 < newest < now.timestamp() - _STORED


def _add_part(drafts: list[_Draft], kind: int, data: bytes, device_id: str) -> None:
    """Add a part that is no position to its report, and let it tell the time, unless an alarm has done so."""
    seconds = 0 if kind in _TIMELESS else _TIME.unpack_from(data)[0]
    begun, report, _ = _choose_draft(drafts, kind, seconds, device_id)
    raised = report.alarms
    _READERS[kind](report, data)
    if seconds and not raised and (report.alarms or seconds > begun):
        time = datetime.fromtimestamp(seconds, UTC)
        if report.alarms or report.time is None or time > report.time:
            report.time = time


def _choose_draft(drafts: list[_Draft], kind: int, seconds: int, device_id: str) -> _Draft:
    """Return the report that a part belongs to, a new one if there is none for it."""
    if not seconds and drafts:
        return max(drafts, key=_SECONDS)
    nearest, span = None, _TOGETHER + 1
    for draft in drafts:
        apart = abs(draft[0] - seconds)
        if apart < span and (not apart or kind not in draft[2]):
            nearest, span = draft, apart
    if nearest is None:
        nearest = (seconds, Report(device_id, "xexun2", read_time(seconds)), set())
        drafts.append(nearest)
    nearest[2].add(kind)
    return nearest


def _read_position(data: bytes, device_id: str, now: datetime) -> _Draft:
    """Return the report that a position begins; ValueError if it does not reach to the longitude."""
    status = data[30] if len(data) > 30 else 1
    if len(data) < 26:
        # All bits set stand for none, and as an altitude for no number.
        data = data[: max(end for end in _GPS_ENDS if end <= len(data))].ljust(26, b"\xff")
    seconds, latitude, longitude, altitude, satellites, speed, course, accuracy = _GPS.unpack_from(data)
    report = Report(device_id, "xexun2", read_time(seconds))
    if status:
        fix = report.fix = read_fix(
            latitude, longitude, report.time or now.astimezone(UTC), satellites if satellites != 0xFF else None
        )
        if fix is not None:
            add_motion(fix, speed, course)
            fix.altitude = read_altitude(altitude)
            fix.accuracy = read_accuracy(accuracy)
    return seconds, report, {_POSITION}


def _read_wifi(report: Report, data: bytes) -> None:
    """Add access points."""
    report.wifi += read_access_points(data[5 : 5 + 7 * data[4]])


def _read_cells(report: Report, data: bytes) -> None:
    """Add cells."""
    report.cells += read_cells(data[4:])


def _read_alarm(report: Report, data: bytes) -> None:
    """Add alarms, and states of which they tell."""
    add_alarms(report, _ALARM.unpack_from(data)[0])


def _read_vitals(report: Report, data: bytes) -> None:
    """Add what a body has."""
    readings = report.readings
    readings["heart_rate"] = vital(data[4], HEART_RATE)
    if len(data) > 6:
        readings["systolic"], readings["diastolic"] = blood_pressure(data[5], data[6])
    if len(data) > 7:
        readings["blood_oxygen"] = vital(data[7], BLOOD_OXYGEN)


def _read_status(report: Report, data: bytes) -> None:
    """Add signal, battery and state; what an alarm told of the state counts more."""
    readings = report.readings
    add_power(readings, data[1], data[0])
    if len(data) > 2:
        readings.setdefault("moving", bool(data[2] & 0x02))
        readings.setdefault("charging", bool(data[2] & 0x80))
        report.buffered = bool(data[2] & 0x04)


def _read_activity(report: Report, data: bytes) -> None:
    """Add steps and temperature."""
    (report.readings["steps"],) = _STEPS.unpack_from(data)
    if len(data) >= 10:
        add_temperature(report.readings, _TEMPERATURE.unpack_from(data)[0])


def _read_version(report: Report, data: bytes) -> None:
    """Add firmware and SIM."""
    add_version(report.readings, data[1:33], data[33:43])


def _read_message(report: Report, data: bytes) -> None:
    """Add text."""
    report.text = data.decode("latin-1") or None


_READERS = {
    0x01: _read_wifi,
    0x02: _read_cells,
    0x04: _read_alarm,
    0x05: _read_vitals,
    0x06: _read_status,
    0x08: _read_activity,
    0x20: _read_version,
    0x21: _read_message,
}
