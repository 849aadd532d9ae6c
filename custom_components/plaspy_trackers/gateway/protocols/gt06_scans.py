"""Messages of GT06 trackers (`gt06.py`) about the cells and access points they hear. All numbers are big endian.

    28 2E 24 18 clock, MCC, MNC, 7 cells, u8, language u16 or nothing
    2C          clock, MCC, MNC, 7 cells, u8, count u8, and as often: BSSID 6, attenuation u8
    A1 A2       like 28 and 2C, with 4G cells
    F3          clock, count u8, and as often: u16, BSSID 6

    cell        LAC u16, CID u24, attenuation u8
    4G cell     LAC or TAC u32, CID u64, attenuation u8

Clock, MCC and MNC are those of `gt06_blocks.py`; attenuation is dB below 0 dBm, where a number below 20 counts bars.
A frame that is not filled exactly like this is of another vendor's making, and left out.

What mini trackers of the gps303 kind send in type 69 and 17 has an envelope of its own, see `gt06.py`.
"""

from functools import partial
from struct import Struct

from ..models import AccessPoint, CellTower, Report
from .fields import make_access_point, read_time
from .gt06_blocks import CLOCK_SIZE, WIDE, make_cells, read_attenuation, read_clock
from .gt06_messages import Reader

_NETWORK = Struct(">HB")
_WIDE_NETWORK = Struct(">HH")
#: LAC, high and low part of the CID, attenuation; and the bits of the low part.
_CELL, _CELL_SHIFT = Struct(">HBHB"), 16
_4G_CELL, _4G_CELL_SHIFT = Struct(">IIIB"), 32
_MINI_CELL = Struct(">HHB")
_CELLS = 7
_ACCESS_POINT_SIZE = 7
_BARE_ACCESS_POINT_SIZE = 8
#: What may follow the cells where no access points do.
_RESTS = (1, 3)


def _read_scan(report: Report, data: bytes, begin: int, end: int, *, cell: Struct, shift: int, wifi: bool) -> None:
    """Read seven cells, and access points if the message has any."""
    at = begin + CLOCK_SIZE
    if end < at + 4:
        return
    network = _WIDE_NETWORK if data[at] & WIDE else _NETWORK
    cells = at + network.size
    rest = cells + _CELLS * cell.size
    if wifi:
        if end < rest + 2 or end != rest + 2 + _ACCESS_POINT_SIZE * data[rest + 1]:
            return
        report.wifi = _read_access_points(data, rest + 2, data[rest + 1])
    elif end - rest not in _RESTS:
        return
    mcc, mnc = network.unpack_from(data, at)
    report.time = read_clock(data, begin)
    for place in range(cells, rest, cell.size):
        area, high, low, attenuation = cell.unpack_from(data, place)
        report.cells += make_cells(mcc & 0x7FFF, mnc, area, high << shift | low, attenuation)


def _read_access_points(data: bytes, at: int, count: int) -> tuple[AccessPoint, ...]:
    """Return the access points that begin at `at`, each with its attenuation."""
    return tuple(
        point
        for place in range(at, at + count * _ACCESS_POINT_SIZE, _ACCESS_POINT_SIZE)
        if (point := make_access_point(data[place : place + 6].hex(":"), read_attenuation(data[place + 6])))
    )


def _read_bare_access_points(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read access points of unknown strength (F3)."""
    at = begin + CLOCK_SIZE + 1
    if end < at or end != at + _BARE_ACCESS_POINT_SIZE * data[at - 1]:
        return
    report.time = read_clock(data, begin)
    report.wifi = tuple(
        point
        for place in range(at + 2, end, _BARE_ACCESS_POINT_SIZE)
        if (point := make_access_point(data[place : place + 6].hex(":")))
    )


def find_mini_end(data: bytes, begin: int) -> int:
    """Return where the scan of a mini tracker ends that begins at `begin`, 0 if more bytes will tell, -1 for none."""
    count = data[begin + 2]
    clock = data[begin + 4 : begin + 10].hex()
    if clock and not clock.isdecimal():
        return -1
    cells = begin + 10 + _ACCESS_POINT_SIZE * count
    if cells >= len(data):
        return 0
    end = cells + 4 + _MINI_CELL.size * data[cells] + 2
    if end > len(data):
        return 0
    return end if data.startswith(b"\r\n", end - 2) else -1


def read_mini_scan(report: Report, frame: bytes) -> None:
    """Read the whole frame of a mini tracker's scan; ValueError if it has no time."""
    clock = frame[4:10].hex().encode()
    report.time = read_time(clock[:2], clock[2:4], clock[4:6], clock[6:])
    cells = 10 + _ACCESS_POINT_SIZE * frame[2]
    report.wifi = _read_access_points(frame, 10, frame[2])
    mcc, mnc = _NETWORK.unpack_from(frame, cells + 1)
    towers: tuple[CellTower, ...] = ()
    for place in range(cells + 4, len(frame) - 2, _MINI_CELL.size):
        area, cell, attenuation = _MINI_CELL.unpack_from(frame, place)
        towers += make_cells(mcc, mnc, area, cell, attenuation)
    report.cells = towers


#: What reads each type of message.
SCAN_READERS: dict[int, Reader] = {
    **dict.fromkeys((0x18, 0x24, 0x28, 0x2E), partial(_read_scan, cell=_CELL, shift=_CELL_SHIFT, wifi=False)),
    0x2C: partial(_read_scan, cell=_CELL, shift=_CELL_SHIFT, wifi=True),
    0xA1: partial(_read_scan, cell=_4G_CELL, shift=_4G_CELL_SHIFT, wifi=False),
    0xA2: partial(_read_scan, cell=_4G_CELL, shift=_4G_CELL_SHIFT, wifi=True),
    0xF3: _read_bare_access_points,
}
