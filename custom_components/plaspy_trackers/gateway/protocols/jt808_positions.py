"""Positions: the body of JT/T 808's message 0200, which several other messages (`jt808.py`) hold as well.

    alarms u32, status u32, latitude u32, longitude u32 (1e-6 °), altitude i16 m, speed u16 /10 km/h, course u16 °,
    time 6 bytes BCD yymmddhhmmss, and items (`jt808_items.py`)

- alarms: `_ALARMS` says what the bits mean; the code of an alarm is the number of its bit. Bits 15 to 18 mean
  something else in the standard, and this in trackers. Public tests take 7 for a low battery and 8 for power off: the
  standard's words are low and lost supply. Fatigue, danger, being parked or driven for too long, theft and
  illegal ignition have no alarm of their own.
- status: 0 ignition, 1 valid, 2 south, 3 west, 10 fuel and 11 power of the engine cut, 26 charging. What the others
  say, as whether doors are locked, is left out. Without bit 1 the place is the last one known, and no fix.
- time: that of China, UTC+8, as the standard has it. Where it is none, it is unknown. Some trackers tell a zone in an
  item of text; nobody has shown that it is the one of this clock.

A batch is a number of such bodies, each behind its length.
"""

from datetime import UTC, datetime, timedelta
from struct import Struct

from ..models import Alarm, Fix, Report
from .base import DecodeError
from .jt808_items import read_items

_POSITION = Struct(">IIIIhHH6B")
_ITEMS = 28
_FIRST_YEAR = 2013
_CLOCK_AHEAD = timedelta(hours=8)
_NO_SPEED = 0xFFFF

_VALID, _SOUTH, _WEST, _CUT, _CHARGING = 0x02, 0x04, 0x08, 0x0C00, 0x0400_0000

#: Bits that raise an alarm; all others raise Alarm.OTHER.
_ALARMS = {
    0: Alarm.SOS,
    1: Alarm.OVERSPEED,
    4: Alarm.FAULT,
    5: Alarm.FAULT,
    6: Alarm.FAULT,
    7: Alarm.LOW_EXTERNAL_VOLTAGE,
    8: Alarm.POWER_CUT,
    9: Alarm.FAULT,
    10: Alarm.FAULT,
    11: Alarm.FAULT,
    12: Alarm.FAULT,
    15: Alarm.VIBRATION,
    16: Alarm.TAMPER,
    17: Alarm.TAMPER,
    18: Alarm.LOW_BATTERY,
    20: Alarm.GEOFENCE,
    21: Alarm.GEOFENCE,
    23: Alarm.GEOFENCE,
    24: Alarm.FAULT,
    25: Alarm.FUEL_LEAK,
    28: Alarm.MOVEMENT,
    29: Alarm.ACCIDENT,
    30: Alarm.ACCIDENT,
    31: Alarm.DOOR,
}

#: What each byte means as two decimal digits; where they are none, nothing that a time can have.
_BCD = tuple(byte // 16 * 10 + byte % 16 if byte // 16 < 10 > byte % 16 else 9999 for byte in range(256))


def read_position(data: bytes, begin: int, end: int, device_id: str, now: datetime) -> tuple[Report, bool]:
    """Return what a body says, and whether all of its items could be read; DecodeError if it is too short."""
    if end - begin < _ITEMS:
        raise DecodeError(f"position of {end - begin} bytes")
    alarms, status, latitude, longitude, altitude, speed, course, *clock = _POSITION.unpack_from(data, begin)
    time = _read_time(clock)
    fix = None
    if status & _VALID:
        fix = _read_fix(status, latitude, longitude, time or now.astimezone(UTC))
    report = Report(device_id, "jt808", time, fix)
    readings = report.readings
    readings["ignition"] = bool(status & 1)
    readings["immobilized"] = bool(status & _CUT)
    if status & _CHARGING:
        readings["charging"] = True
    if fix is not None:
        fix.altitude = float(altitude)
        if speed != _NO_SPEED:
            fix.speed = speed / 10
        if course <= 360:
            fix.course = float(course)
    if alarms:
        _add_alarms(report, alarms)
    return report, read_items(report, data, begin + _ITEMS, end)


def is_plausible(data: bytes, begin: int, now: datetime) -> bool:
    """Tell whether a body has a time of the years that trackers live in, which it has not where a byte got lost."""
    if len(data) - begin < _ITEMS:
        return False
    time = _read_time(list(data[begin + 22 : begin + 28]))
    return time is not None and _FIRST_YEAR <= time.year <= now.year + 1


def read_batch(
    body: bytes, begin: int, width: int, device_id: str, now: datetime, *, buffered: bool
) -> tuple[list[Report], bool]:
    """Return a report for each position, behind its length of so many bytes, and whether all could be read."""
    reports = []
    whole = True
    while begin + width <= len(body):
        end = begin + width + int.from_bytes(body[begin : begin + width])
        if end > len(body) or end - begin - width < _ITEMS:
            whole = False
        else:
            report, intact = read_position(body, begin + width, end, device_id, now)
            report.buffered = buffered
            reports.append(report)
            whole = whole and intact
        begin = end
    return reports, whole and begin == len(body)


def read_time(data: bytes) -> datetime | None:
    """Return the time that six bytes are, in UTC, None if they are none."""
    return _read_time(list(data))


def _read_time(clock: list[int]) -> datetime | None:
    """Return the time of a tracker's clock in UTC, None if it is none."""
    year, month, day, hour, minute, second = clock
    try:
        time = datetime(2000 + _BCD[year], _BCD[month], _BCD[day], _BCD[hour], _BCD[minute], _BCD[second], tzinfo=UTC)
    except ValueError:
        return None
    return time - _CLOCK_AHEAD


def _read_fix(status: int, latitude: int, longitude: int, time: datetime) -> Fix | None:
    """Return the place, None if it is unset or off the globe."""
    try:
        return Fix(
            latitude / (-1e6 if status & _SOUTH else 1e6),
            longitude / (-1e6 if status & _WEST else 1e6),
            time,
        )
    except ValueError:
        return None


def _add_alarms(report: Report, bits: int) -> None:
    """Add what each bit says; one that nobody knows is an alarm too."""
    raised = [bit for bit in range(bits.bit_length()) if bits >> bit & 1]
    report.alarms = tuple([_ALARMS.get(bit, Alarm.OTHER) for bit in raised])
    report.codes = tuple([str(bit) for bit in raised])
