"""Records: the payload of Xexun's FAAF frames (`xexun2.py`) of type 0x0014, and in one firmware of type 0x0020 as well.

The number of records u8, the length of each u16, then the records. `xexun2_values.py` says how values are written.

    64     62288040  1B           0014                   82
    index  time      signal, CSQ  bit 15 charging, % u16  mask

The mask, from its lowest bit upwards, says which blocks follow:

    0 alarm
    1 position: mask u8, which in the same way says what follows
        0 satellites u8, longitude f32, latitude f32
        1 access points: number u8, then each
        2 cells: number u8, then each
        3 distances to radio beacons: number u8, each 12 bytes; left out
        5 speed, course: those of the positions 0 and 6
        6 satellites u8, longitude f64, latitude f64
        7 length u16, then blocks of letter u8, length u16, data; those of the letter G are
          longitude f64, latitude f64, valid u8, satellites u8, SNR u8, speed, course, altitude f32 in m
          and in newer firmware ephemeris u8, accuracy, SNR 4 × u8
    3 number of a Wi-Fi fingerprint u32; left out
    4 firmware 20 characters, IMSI 8 bytes (left out), ICCID
    5 parameters 12 bytes; left out
    6 NFC of unknown length; nothing behind it is read
    7 extension: mask u32, which in the same way says what follows
        0 temperature, its raw value and its correction
        1 heart rate u8, diastolic u8, systolic u8, steps u16, oxygen u8; 0 where a body's value was not found
        others, debugging text among them, are left out

Nobody knows how long the blocks of the other bits are: nothing behind one of them is read. A record that ends too soon
tells what it has. Of several positions the most exact that is one counts.
"""

from datetime import UTC, datetime
from struct import Struct, error as StructError

from ..models import Fix, Readings, Report
from .base import DecodeError
from .fields import BLOOD_OXYGEN, HEART_RATE, blood_pressure, vital
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

_HEAD = Struct(">xIBHB")  # time, signal, battery, mask
_LENGTH = Struct(">H")
_ALARM = Struct(">I")
_SHORT = Struct(">Bff")  # satellites, longitude, latitude
_MOTION = Struct(">HH")  # speed, course
_LONG = Struct(">Bdd")  # satellites, longitude, latitude
_BLOCK = Struct(">BH")  # letter, length
_DETAILED = Struct(">ddBBxHHf")  # longitude, latitude, valid, satellites, speed, course, altitude
_VERSION = Struct(">20s8x10s")  # firmware, ICCID
_EXTENSION = Struct(">I")
_TEMPERATURE = Struct(">f8x")
_HEALTH = Struct(">BBBHB")  # heart rate, diastolic, systolic, steps, oxygen

_TEN_YEARS = 10 * 365.25 * 86400  # s


def read_records(payload: bytes, device_id: str, now: datetime) -> tuple[list[Report], bool]:
    """Return a report for each record that has a head, and whether everything could be read."""
    begin = 1 + 2 * payload[0]
    reports = []
    whole = begin <= len(payload)
    for (length,) in _LENGTH.iter_unpack(payload[1:begin]):
        end = begin + length
        if length >= 9 and begin + 9 <= len(payload):
            report, intact = read_record(payload[begin:end], device_id, now)
            reports.append(report)
            whole = whole and intact
        whole = whole and 9 <= length <= len(payload) - begin
        begin = end
    return reports, whole


def may_be_record(payload: bytes, now: datetime) -> bool:
    """Tell whether a payload can be one bare record: of a time within ten years, with a battery within 100 %."""
    if len(payload) < 9:
        return False
    seconds: int
    battery: int
    seconds, _, battery, _ = _HEAD.unpack_from(payload)
    return battery & 0x7FFF <= 100 and abs(seconds - now.timestamp()) <= _TEN_YEARS


def read_record(record: bytes, device_id: str, now: datetime) -> tuple[Report, bool]:
    """Return what a record of 9 bytes or more tells, and whether all of it could be read."""
    seconds, signal, battery, mask = _HEAD.unpack_from(record)
    readings: Readings = {"charging": battery > 0x7FFF}
    add_power(readings, battery & 0x7FFF, signal)
    report = Report(device_id, "xexun2", read_time(seconds), None, readings)
    try:
        _read_blocks(report, record, mask, now)
    except ValueError, IndexError, StructError:
        return report, False
    return report, True


def _read_blocks(report: Report, record: bytes, mask: int, now: datetime) -> None:
    """Add one block after the other; ValueError, IndexError or struct.error where the record ends too soon."""
    at = 9
    if mask & 0x01:
        add_alarms(report, _ALARM.unpack_from(record, at)[0])
        at += 4
    if mask & 0x02:
        at = _read_position(report, record, at, report.time or now.astimezone(UTC))
    if mask & 0x04:
        return
    if mask & 0x08:
        at += 4
    if mask & 0x10:
        add_version(report.readings, *_VERSION.unpack_from(record, at))
        at += 38
    if mask & 0x20:
        at += 12
    if mask & 0x80 and not mask & 0x40:
        _read_extension(report.readings, record, at)
    elif at > len(record):
        raise DecodeError("record cut short")


def _read_position(report: Report, record: bytes, at: int, time: datetime) -> int:
    """Add what the position block at `at` says, and return where it ends."""
    mask = record[at]
    at += 1
    fix = None
    if mask & 0x01:
        satellites, longitude, latitude = _SHORT.unpack_from(record, at)
        fix = report.fix = read_fix(latitude, longitude, time, satellites)
        at += 9
    if mask & 0x02:
        end = at + 1 + 7 * record[at]
        report.wifi = read_access_points(record[at + 1 : end])
        at = end
    if mask & 0x04:
        end = at + 1 + 13 * record[at]
        report.cells = read_cells(record[at + 1 : end])
        at = end
    if mask & 0x08:
        at += 1 + 12 * record[at]
    if mask & 0x10:
        return len(record)
    speed = course = None
    if mask & 0x20:
        speed, course = _MOTION.unpack_from(record, at)
        at += 4
    if mask & 0x40:
        satellites, longitude, latitude = _LONG.unpack_from(record, at)
        fix = report.fix = read_fix(latitude, longitude, time, satellites) or fix
        at += 17
    if fix is not None and speed is not None and course is not None:
        add_motion(fix, speed, course)
    if mask & 0x80:
        end = at + 2 + _LENGTH.unpack_from(record, at)[0]
        report.fix = _read_detailed(record[at + 2 : end], time) or fix
        at = end
    return at


def _read_detailed(blocks: bytes, time: datetime) -> Fix | None:
    """Return the position of detailed blocks, None if they say that there is none."""
    at = 0
    while at < len(blocks):
        letter, length = _BLOCK.unpack_from(blocks, at)
        at += 3
        if letter == ord("G"):
            return _read_detailed_fix(blocks[at : at + length], time)
        at += length
    return None


def _read_detailed_fix(data: bytes, time: datetime) -> Fix | None:
    """Return the position of a detailed block of the letter G, None if it is not valid."""
    longitude, latitude, valid, satellites, speed, course, altitude = _DETAILED.unpack_from(data)
    fix = read_fix(latitude, longitude, time, satellites) if valid else None
    if fix is not None:
        add_motion(fix, speed, course)
        fix.altitude = read_altitude(altitude)
        if len(data) >= 30:
            fix.accuracy = read_accuracy(_LENGTH.unpack_from(data, 28)[0])
    return fix


def _read_extension(readings: Readings, record: bytes, at: int) -> None:
    """Add temperature and health from the extension block at `at`."""
    (mask,) = _EXTENSION.unpack_from(record, at)
    at += 4
    if mask & 0x01:
        add_temperature(readings, _TEMPERATURE.unpack_from(record, at)[0])
        at += 12
    if mask & 0x02:
        heart_rate, diastolic, systolic, steps, oxygen = _HEALTH.unpack_from(record, at)
        readings["heart_rate"] = vital(heart_rate, HEART_RATE)
        readings["systolic"], readings["diastolic"] = blood_pressure(systolic, diastolic)
        readings["blood_oxygen"] = vital(oxygen, BLOOD_OXYGEN)
        readings["steps"] = steps
