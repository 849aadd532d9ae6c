"""Messages of GT06 trackers (`gt06.py`) that carry positions, alarms and states; `gt06_blocks.py` draws blocks.

    10          GPS
    11          GPS, MCC u16, MNC u16, LAC u16, CID u32
    12          GPS, cell, more that is left out; frames of length 21, 24, 27, 29, 2B and from 71 on have no cell there
    22 2D 31    GPS, cell, tail
    A0          GPS, 4G cell, tail
    37          GPS, cell, tail without the mileage, and as often: id u16, length u8, data. Of these are read
                0027 supply u16 in 1/100 V, 002E mileage u32 in m, 003B accuracy u16 in 1/100 m
    17          GPS, cell, card id 8, valid u8
    16 26 27    GPS, length u8 of a cell, cell, status, number of a fence u8, mileage
    A3 A4       GPS, u8, 4G cell, status, number of a fence u8, mileage
    19          cell, status; nothing of this where the frame is longer
    A5          4G cell, status
    13          terminal u8, voltage u8, GSM u8, alarm u8, language u8; of longer ones only the terminal is known
    23          terminal u8, battery u16 in 1/100 V, GSM u8, language u16; it may end before any of them

    tail        ignition u8, reason u8, stored u8 (1: sent again after it was kept), mileage u32 in m

Frames of vendors' own are known by their length, and then but for their position left out:

    22, of length 3C    u8, IMEI 8, clock, GPS, more (NT20, XT40)
    34, of length 3C    u32, GPS, more (X1)
    2A                  GPS, a telephone number whose owner asks for an address
    22, 2D, 31 and A0 of any other length, 16 of length 24 or with six bytes behind its cell (length 26), alarms
    without a cell of any other length: GPS, more

An alarm frame whose cell is as long as it says is read though it has more at its end, as newer models have it (16 of
length 2D, VL103): what follows the alarm byte is left out. The alarm byte of 13 counts only where voltage and GSM are
levels: firmware that tells them in % has something else there.
"""

from collections.abc import Callable
from struct import Struct

from ..models import Report
from .base import DecodeError
from .gt06_blocks import (
    GPS_SIZE,
    add_alarms,
    add_gps,
    add_power,
    add_signal,
    add_status,
    add_terminal,
    cell_4g_size,
    cell_size,
    make_cells,
    read_4g_cell,
    read_cell,
)

#: Adds to a report what the content between two places of a frame says.
type Reader = Callable[[Report, bytes, int, int], None]

_U16 = Struct(">H")
_U32 = Struct(">I")
_LONG_CELL = Struct(">HHHI")
_ENTRY = Struct(">HB")

#: Lengths, as the frame tells them, of positions (12) that have no cell in its place.
_CELLLESS = frozenset((0x21, 0x24, 0x27, 0x29, 0x2B))
_FIRST_CELLLESS = 0x71
#: What a frame's length counts beside the content.
_OVERHEAD = 5
#: Bytes of a tail without and with the mileage.
_TAILS = (3, 7)
#: Bytes of a status block: alone, with a fence, a mileage, or both.
_STATUSES = (5, 6, 9, 10)
_STATUS_SIZE = 5
#: In an alarm of type 16 this is something else.
_VENDOR_STATUS = 6
_VENDOR_LENGTH = 0x3C

_SUPPLY, _MILEAGE, _ACCURACY = 0x0027, 0x002E, 0x003B


def read_position(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position and nothing else."""
    if end - begin < GPS_SIZE:
        raise DecodeError("no position")
    add_gps(report, data, begin)


def _read_position_and_long_cell(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position whose cell has long numbers (11)."""
    read_position(report, data, begin, end)
    if end - begin == GPS_SIZE + _LONG_CELL.size:
        report.cells = make_cells(*_LONG_CELL.unpack_from(data, begin + GPS_SIZE))


def _read_position_and_cell(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position and its cell (12)."""
    read_position(report, data, begin, end)
    length = end - begin + _OVERHEAD
    at = begin + GPS_SIZE
    if length not in _CELLLESS and length < _FIRST_CELLLESS and at < end and at + cell_size(data, at) <= end:
        report.cells = read_cell(data, at)


def _read_live_position(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position with its cell and a tail (22, 2D, 31)."""
    if end - begin + _OVERHEAD == _VENDOR_LENGTH and data[begin] == 1:
        # Its own clock stands before that of the position.
        add_gps(report, data, begin + 15)
        return
    read_position(report, data, begin, end)
    at = begin + GPS_SIZE
    if at < end and end - (tail := at + cell_size(data, at)) in _TAILS:
        report.cells = read_cell(data, at)
        _add_tail(report, data, tail, end)


def _read_delayed_position(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position that follows four bytes (34)."""
    if end - begin + _OVERHEAD == _VENDOR_LENGTH:
        add_gps(report, data, begin + 4)


def _read_4g_position(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position with its 4G cell and a tail (A0)."""
    read_position(report, data, begin, end)
    at = begin + GPS_SIZE
    if at < end and end - (tail := at + cell_4g_size(data, at)) in _TAILS:
        report.cells = read_4g_cell(data, at)
        _add_tail(report, data, tail, end)


def _add_tail(report: Report, data: bytes, at: int, end: int) -> None:
    """Add the ignition, whether the position was kept, and the mileage."""
    if data[at] <= 1:
        report.readings["ignition"] = data[at] == 1
    report.buffered = data[at + 2] == 1
    if end - at >= 7:
        report.readings["odometer"] = _U32.unpack_from(data, at + 3)[0] / 1000


def _read_position_and_entries(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position with its cell, a tail and entries of any kind (37)."""
    read_position(report, data, begin, end)
    at = begin + GPS_SIZE
    if at == end or (tail := at + cell_size(data, at)) + 3 > end:
        return
    report.cells = read_cell(data, at)
    _add_tail(report, data, tail, tail + 3)
    at = tail + 3
    while at + 3 <= end:
        kind, size = _ENTRY.unpack_from(data, at)
        at += 3 + size
        if at > end:
            raise DecodeError("entry cut short")
        if kind == _SUPPLY and size == 2:
            report.readings["external_voltage"] = _U16.unpack_from(data, at - 2)[0] / 100
        elif kind == _MILEAGE and size == 4:
            report.readings["odometer"] = _U32.unpack_from(data, at - 4)[0] / 1000
        elif kind == _ACCURACY and size == 2 and report.fix is not None:
            report.fix.accuracy = _U16.unpack_from(data, at - 2)[0] / 100 or None


def _read_card(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read a position with its cell and the card that was shown (17)."""
    at = begin + GPS_SIZE
    if at >= end or end - (card := at + cell_size(data, at)) != 9:
        return
    add_gps(report, data, begin)
    report.cells = read_cell(data, at)
    number = data[card : card + 8]
    if any(number):
        report.readings["driver_id"] = number.hex().upper()


def _read_alarm(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an alarm with its position and cell (16, 26, 27)."""
    at = begin + GPS_SIZE
    if at + 1 < end:
        size = cell_size(data, at + 1)
        status = at + 1 + size
        # The length of the cell counts itself, or does not.
        fits = (
            end - status >= _STATUS_SIZE if data[at] in (size, size + 1) else not data[at] and end - status in _STATUSES
        )
        if fits and not (data[begin - 1] == 0x16 and end - status == _VENDOR_STATUS):
            add_status(report, data, status)
            report.cells = read_cell(data, at + 1)
    # Last: an alarm counts without its position.
    read_position(report, data, begin, end)


def _read_4g_alarm(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an alarm with its position and 4G cell (A3, A4)."""
    at = begin + GPS_SIZE + 1
    if at >= end or end - (status := at + cell_4g_size(data, at)) not in _STATUSES:
        return
    add_status(report, data, status)
    report.cells = read_4g_cell(data, at)
    add_gps(report, data, begin)


def _read_alarm_and_cell(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an alarm without a position (19)."""
    status = begin + cell_size(data, begin)
    if end - status == _STATUS_SIZE:
        add_status(report, data, status)
        report.cells = read_cell(data, begin)


def _read_alarm_and_4g_cell(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an alarm without a position, of a 4G tracker (A5)."""
    status = begin + cell_4g_size(data, begin)
    if end - status == _STATUS_SIZE:
        add_status(report, data, status)
        report.cells = read_4g_cell(data, begin)


def _read_heartbeat(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read the state that keeps a connection alive (13)."""
    terminal, code = data[begin], 0
    add_terminal(report, terminal)
    if 3 <= end - begin <= _STATUS_SIZE:
        voltage, gsm = data[begin + 1], data[begin + 2]
        add_power(report, voltage, gsm)
        if end - begin == _STATUS_SIZE and voltage <= 6 and gsm <= 4:
            code = data[begin + 3]
    add_alarms(report, terminal, code)


def _read_volts(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read the state that keeps a connection alive, of trackers that measure their battery (23)."""
    add_terminal(report, data[begin])
    if end - begin >= 3:
        report.readings["battery_voltage"] = _U16.unpack_from(data, begin + 1)[0] / 100
    if end - begin >= 4:
        add_signal(report, data[begin + 3])
    add_alarms(report, data[begin], 0)


#: What reads each type of message.
READERS: dict[int, Reader] = {
    0x10: read_position,
    0x11: _read_position_and_long_cell,
    0x12: _read_position_and_cell,
    0x13: _read_heartbeat,
    0x16: _read_alarm,
    0x17: _read_card,
    0x19: _read_alarm_and_cell,
    0x22: _read_live_position,
    0x23: _read_volts,
    0x26: _read_alarm,
    0x27: _read_alarm,
    0x2A: read_position,
    0x2D: _read_live_position,
    0x31: _read_live_position,
    0x34: _read_delayed_position,
    0x37: _read_position_and_entries,
    0xA0: _read_4g_position,
    0xA3: _read_4g_alarm,
    0xA4: _read_4g_alarm,
    0xA5: _read_alarm_and_4g_cell,
}
