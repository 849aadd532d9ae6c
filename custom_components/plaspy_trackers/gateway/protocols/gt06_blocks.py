"""The blocks that messages of GT06 trackers (`gt06.py`) are put together from. All numbers are big endian.

    clock     year u8 from 2000, month, day, hour, minute, second, u8 each
    GPS       clock, u8 (high nibble: length, low nibble: satellites), latitude u32, longitude u32, both in
              1/1 800 000 °, speed u8 km/h, flags u16: bits 0-9 course °, 10 north, 11 west, 12 the position is valid,
              14 bit 15 is the ignition, 15 ignition
    cell      MCC u16, MNC u8, LAC u16, CID u24; where bit 15 of the MCC is set, it is not part of it, and MNC is u16
    4G cell   MCC and MNC like that, LAC or TAC u32, CID u64
    status    terminal u8, voltage u8, GSM u8, alarm u8, language u8
    terminal  bit 7 engine cut, 6 GPS on, 5-3 alarm, 2 charging, 1 ignition, 0 armed
    voltage   0 to 6 levels, from 7 on %
    GSM       0 to 4 bars, CSQ up to 31, from there on %

Bits 5-3 of the terminal: 1 vibration, 2 power cut, 3 low battery, 4 SOS, 6 geofence, 7 removed; firmware sets 5 beside
an alarm of the alarm byte, where it says nothing more.
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct

from ..models import Alarm, CellTower, Fix, Report
from .fields import make_cell, signal_level

_GPS = Struct(">6BBIIBH")
GPS_SIZE = _GPS.size
CLOCK_SIZE = 6

_CELL = Struct(">HBHBH")
_WIDE_CELL = Struct(">HHHBH")
_4G_CELL = Struct(">HBIQ")
_WIDE_4G_CELL = Struct(">HHIQ")
#: What sets MNC to two bytes, in the first byte of MCC.
WIDE = 0x80
#: NR cells have 36 bits; what is longer is none.
_HIGHEST_CELL = (1 << 36) - 1

_NORTH, _WEST, _VALID, _IGNITION_KNOWN, _IGNITION = 0x0400, 0x0800, 0x1000, 0x4000, 0x8000

#: Nothing else is heard closer than at -20 dBm: a smaller number counts bars.
_LOWEST_ATTENUATION = 20

_TERMINAL_ALARMS = {
    1: Alarm.VIBRATION,
    2: Alarm.POWER_CUT,
    3: Alarm.LOW_BATTERY,
    4: Alarm.SOS,
    6: Alarm.GEOFENCE,
    7: Alarm.REMOVED,
}
_ALARMS = {
    0x01: Alarm.SOS,
    0x02: Alarm.POWER_CUT,
    0x03: Alarm.VIBRATION,
    0x04: Alarm.GEOFENCE_ENTER,
    0x05: Alarm.GEOFENCE_EXIT,
    0x06: Alarm.OVERSPEED,
    0x09: Alarm.MOVEMENT,
    0x0A: Alarm.GPS_LOST,
    0x0C: Alarm.POWER_ON,
    0x0E: Alarm.LOW_EXTERNAL_VOLTAGE,
    0x0F: Alarm.LOW_EXTERNAL_VOLTAGE,
    0x10: Alarm.SIM_CHANGED,
    0x11: Alarm.POWER_OFF,
    0x13: Alarm.TAMPER,
    0x14: Alarm.DOOR,
    0x15: Alarm.POWER_OFF,
    0x18: Alarm.TAMPER,
    0x19: Alarm.LOW_BATTERY,
    0x23: Alarm.FALL,
    0x25: Alarm.TAMPER,
    0x26: Alarm.HARSH_ACCELERATION,
    0x27: Alarm.HARSH_BRAKING,
    0x28: Alarm.HARSH_CORNERING,
    0x29: Alarm.HARSH_ACCELERATION,
    0x2A: Alarm.HARSH_CORNERING,
    0x2B: Alarm.HARSH_CORNERING,
    0x2C: Alarm.ACCIDENT,
    0x30: Alarm.HARSH_BRAKING,
    0x32: Alarm.REMOVED,
}
#: The ignition is a reading, not an alarm.
_IGNITION_CODES = {0xFE: True, 0xFF: False}


def _level(voltage: int) -> int | None:
    """Return % of the battery from a voltage byte; the maker shows a level as whole percent."""
    if voltage <= 6:
        return voltage * 100 // 6
    return voltage if voltage <= 100 else None


def _strength(gsm: int) -> float | None:
    """Return % of the signal from a GSM byte."""
    if gsm <= 4:
        return gsm * 25.0
    return signal_level(gsm) if gsm <= 31 else float(gsm) if gsm <= 100 else None


_LEVELS = tuple(_level(value) for value in range(256))
_STRENGTHS = tuple(_strength(value) for value in range(256))


def read_clock(data: bytes, at: int) -> datetime | None:
    """Return the time that stands at `at`, None if there is no such time: then the clock was never set."""
    year, month, day, hour, minute, second = data[at : at + CLOCK_SIZE]
    try:
        return datetime(2000 + year, month, day, hour, minute, second, 0, UTC)
    except ValueError:
        return None


def add_gps(report: Report, data: bytes, at: int) -> None:
    """Add time, ignition if nothing has told it, and, where it is valid, the position of a GPS block.

    A valid position without a time, or off the globe, is a damaged one: ValueError. A clock that was never set costs
    nothing but the time.
    """
    year, month, day, hour, minute, second, satellites, latitude, longitude, speed, flags = _GPS.unpack_from(data, at)
    if flags & _IGNITION_KNOWN:
        report.readings.setdefault("ignition", flags >= _IGNITION)
    try:
        time = report.time = datetime(2000 + year, month, day, hour, minute, second, 0, UTC)
    except ValueError:
        if flags & _VALID:
            raise
        return
    if flags & _VALID and (latitude or longitude):
        course = flags & 0x3FF
        report.fix = Fix(
            latitude / 1_800_000 if flags & _NORTH else latitude / -1_800_000,
            longitude / -1_800_000 if flags & _WEST else longitude / 1_800_000,
            time,
            None,
            float(speed),
            float(course) if course <= 360 else None,
            satellites & 0x0F,
        )


def cell_size(data: bytes, at: int) -> int:
    """Return how long the cell block at `at` is."""
    return 9 if data[at] & WIDE else 8


def cell_4g_size(data: bytes, at: int) -> int:
    """Return how long the 4G cell block at `at` is."""
    return 16 if data[at] & WIDE else 15


def read_cell(data: bytes, at: int) -> tuple[CellTower, ...]:
    """Return the cell of a cell block, none if its numbers are placeholders."""
    mcc, mnc, area, high, low = (_WIDE_CELL if data[at] & WIDE else _CELL).unpack_from(data, at)
    return make_cells(mcc & 0x7FFF, mnc, area, high << 16 | low)


def read_4g_cell(data: bytes, at: int) -> tuple[CellTower, ...]:
    """Return the cell of a 4G cell block, none if its numbers are placeholders."""
    mcc, mnc, area, cell = (_WIDE_4G_CELL if data[at] & WIDE else _4G_CELL).unpack_from(data, at)
    return make_cells(mcc & 0x7FFF, mnc, area, cell)


# Cells hardly ever change from one frame to the next; the bound caps what strangers can make us keep.
@lru_cache(maxsize=1024)
def make_cells(mcc: int, mnc: int, area: int, cell: int, attenuation: int = 0) -> tuple[CellTower, ...]:
    """Return one cell, or none; what is told of the signal is how far below 0 dBm it is."""
    if cell > _HIGHEST_CELL:
        return ()
    tower = make_cell(mcc, mnc, area, cell, read_attenuation(attenuation))
    if tower is None:
        return ()
    # An area of 0 is told by trackers that know their cell.
    return (replace(tower, area=area),) if not area else (tower,)


def read_attenuation(attenuation: int) -> int | None:
    """Return dBm from how far a signal is below 0 dBm, None if it cannot be that."""
    return -attenuation if attenuation >= _LOWEST_ATTENUATION else None


def add_terminal(report: Report, terminal: int) -> None:
    """Add what the terminal byte says, but for its alarm."""
    readings = report.readings
    readings["immobilized"] = terminal >= 0x80
    readings["charging"] = bool(terminal & 4)
    readings["ignition"] = bool(terminal & 2)
    readings["armed"] = bool(terminal & 1)


def add_power(report: Report, voltage: int, gsm: int) -> None:
    """Add the battery and the signal."""
    if (level := _LEVELS[voltage]) is not None:
        report.readings["battery_level"] = level
    add_signal(report, gsm)


def add_signal(report: Report, gsm: int) -> None:
    """Add the signal."""
    if (strength := _STRENGTHS[gsm]) is not None:
        report.readings["signal_level"] = strength


def add_status(report: Report, data: bytes, at: int) -> None:
    """Add a status block, its last byte, the language, left out."""
    terminal, voltage, gsm, code = data[at : at + 4]
    add_terminal(report, terminal)
    add_power(report, voltage, gsm)
    add_alarms(report, terminal, code)


def add_alarms(report: Report, terminal: int, code: int) -> None:
    """Add the alarm of the alarm byte, and that of the terminal byte where it is another one."""
    if (ignition := _IGNITION_CODES.get(code)) is not None:
        report.readings["ignition"] = ignition
    elif code:
        report.alarms = (_ALARMS.get(code, Alarm.OTHER),)
        report.codes = (f"{code:02X}",)
    bits = terminal >> 3 & 7
    if not bits or (bits not in _TERMINAL_ALARMS and code):
        return
    alarm = _TERMINAL_ALARMS.get(bits, Alarm.OTHER)
    if alarm not in report.alarms:
        report.alarms += (alarm,)
        report.codes += (f"terminal {bits}",)
