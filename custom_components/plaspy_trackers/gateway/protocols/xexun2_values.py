"""Values that records and parts of Xexun's FAAF protocol (`xexun2.py`) write the same way. All numbers are big endian.

- time: Unix time, u32, 0 unknown.
- coordinates: degrees × 100 + minutes, signed. 0/0, and what lies off the globe, is no position.
- speed u16 in 0.1 km/h, course u16 in 0.1°, accuracy u16 in 0.1 m; 0xFFFF stands for none.
- access point: address 6 bytes, signal i8.
- cell: MCC u16, MNC u16, area u32, cell u32, signal i8.
- signal of either: dBm. What stands for no address, cell or signal is left out (`fields.py`).
- alarm: u32, a bit for each. `_ALARMS` and `_NOTICES` say what they mean; an alarm's code is the number of its bit.
- temperature: f32 in °C, 0.0 where none was measured.
- ICCID: 10 bytes of BCD, filled up with F.
"""

from datetime import UTC, datetime
from itertools import starmap
from struct import Struct

from ..models import AccessPoint, Alarm, CellTower, Fix, Readings, Report
from .fields import make_access_point, make_cell, read_iccid, signal_level

_ACCESS_POINT = Struct(">6sb")
_CELL = Struct(">HHIIb")

#: Bits that raise an alarm; all others but the silent ones raise Alarm.OTHER.
_ALARMS = {
    0: Alarm.SOS,
    1: Alarm.REMOVED,
    6: Alarm.POWER_ON,
    7: Alarm.HEART_RATE,
    9: Alarm.TAMPER,
    12: Alarm.MOVEMENT,
    15: Alarm.FALL,
    16: Alarm.TAMPER,
    17: Alarm.REMOVED,
    21: Alarm.GEOFENCE_EXIT,
    22: Alarm.POWER_CUT,
    23: Alarm.FALL,
    25: Alarm.DOOR,
}
_SILENT = (4, 10, 13, 18, 24)
#: Bits that tell a state.
_NOTICES: dict[int, Readings] = {
    4: {"charging": True},
    13: {"moving": False},
    17: {"worn": False},
    18: {"worn": True},
    24: {"ignition": True},
}


def read_time(seconds: int) -> datetime | None:
    """Return the time, None if it is unknown."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def read_fix(latitude: float, longitude: float, time: datetime, satellites: int | None) -> Fix | None:
    """Return the position, None if it is unset or off the globe."""
    # NaN fails both comparisons.
    if not (-9000.0 <= latitude <= 9000.0 and -18000.0 <= longitude <= 18000.0) or not (latitude or longitude):
        return None
    north, east = int(latitude / 100.0), int(longitude / 100.0)
    minutes_north, minutes_east = latitude - north * 100, longitude - east * 100
    # A float of 32 bits may have rounded 59.9999 minutes up.
    if not (-60.0 <= minutes_north <= 60.0 and -60.0 <= minutes_east <= 60.0):
        return None
    return Fix(north + minutes_north / 60.0, east + minutes_east / 60.0, time, None, None, None, satellites)


def add_motion(fix: Fix, speed: int, course: int) -> None:
    """Add speed and course."""
    fix.speed = speed / 10 if speed != 0xFFFF else None
    fix.course = course / 10 if course <= 3600 else None


def read_altitude(altitude: float) -> float | None:
    """Return metres, None for what is no number and for where nobody is."""
    return altitude if -1000.0 < altitude < 100_000.0 else None


def read_accuracy(tenths: int) -> float | None:
    """Return a radius in metres, None if it is unknown."""
    return tenths / 10 if 0 < tenths < 0xFFFF else None


def read_access_points(data: bytes) -> tuple[AccessPoint, ...]:
    """Return the access points of data that may end within one."""
    return tuple(
        [
            point
            for address, signal in _ACCESS_POINT.iter_unpack(data[: len(data) // 7 * 7])
            if (point := make_access_point(address.hex(":"), signal)) is not None
        ]
    )


def read_cells(data: bytes) -> tuple[CellTower, ...]:
    """Return the cells of data that may end within one."""
    towers = starmap(make_cell, _CELL.iter_unpack(data[: len(data) // 13 * 13]))
    return tuple([tower for tower in towers if tower is not None])


def add_alarms(report: Report, bits: int) -> None:
    """Add what each bit says; one that nobody knows is an alarm too."""
    raised = [bit for bit in range(32) if bits >> bit & 1]
    for bit in raised:
        report.readings.update(_NOTICES.get(bit, {}))
    loud = [bit for bit in raised if bit not in _SILENT]
    report.alarms += tuple([_ALARMS.get(bit, Alarm.OTHER) for bit in loud])
    report.codes += tuple([str(bit) for bit in loud])


def add_power(readings: Readings, battery: int, signal: int) -> None:
    """Add the battery in %, unless it has more than a battery holds, and CSQ, unless it is beyond its scale."""
    if battery <= 100:
        readings["battery_level"] = battery
    if (percent := signal_level(signal)) is not None:
        readings["signal_level"] = percent


def add_temperature(readings: Readings, temperature: float) -> None:
    """Add °C, unless none was measured or no thermometer could have."""
    if temperature and -100.0 < temperature < 200.0:
        readings["temperature"] = temperature


def add_version(readings: Readings, firmware: bytes, iccid: bytes) -> None:
    """Add what of the version is there; the text is filled up with NULs."""
    if text := firmware.partition(b"\0")[0].decode("latin-1").strip():
        readings["firmware"] = text
    if digits := read_iccid(iccid):
        readings["iccid"] = digits
