r"""The binary frames of h02: digits as BCD, two in a byte, numbers big endian, no checksum.

    24  27 05 17 11 09  12 00 27  21 11 26  04 39 49 80  06  07 40 56 22 0C  002 276  FF FF FB FF  ...
    $   identity        hhmmss    ddmmyy    ddmmmmmm    battery    |      |  knots    status       rest
        5, or 8                   UTC                        dddmmmmm m   |  course
                                                                 flags: 2 valid, 4 north, 8 east

- identity: ten digits; or fifteen, filled up to sixteen.
- battery: 0 not told, 1 to 3 are 0, 10 and 20 %, 4 to 6 are 60, 80 and 100 %, up to 100 percent, F1 to F6 1 to 6 %.
- rest: after ten digits 3 or 16 bytes, after fifteen 10. The 16 are
      FF  00    14      07          00 00 00 00  02 DC  65   00 A0  4B 8E  01
          ?     signal  satellites  mileage      MCC    MNC  LAC    CID    sequence
  with signal and satellites only behind FF; copies put other things there. The mileage has no known unit.

Nothing says how long a rest is. It has 3 bytes if a frame begins behind them, or if they end what there is.
"""

from datetime import UTC, datetime
import re
from struct import Struct

from ..models import CellTower, Fix, Report
from .fields import make_cell, signal_level

_DIGITS = b"".join(rb"\x%d0-\x%d9" % (high, high) for high in range(10))
_TWO = b"[" + _DIGITS + b"]"
_BELOW_60 = rb"[\x00-\x09\x10-\x19\x20-\x29\x30-\x39\x40-\x49\x50-\x59]"
_CLOCK = rb"[\x00-\x09\x10-\x19\x20-\x23]" + _BELOW_60 + _BELOW_60
_DATE = rb"[\x01-\x09\x10-\x19\x20-\x29\x30\x31][\x01-\x09\x10-\x12]" + _TWO
_LATITUDE = rb"[" + _DIGITS.removesuffix(rb"\x90-\x99") + rb"\x90]" + _BELOW_60 + _TWO + _TWO
# Minutes begin in the middle of the second byte, and flags in that of the last.
_MIDDLE = b"[" + b"".join(rb"\x%d0-\x%d5" % (high, high) for high in range(10)) + b"]"
_LONGITUDE = rb"[\x00-\x09\x10-\x18]" + _MIDDLE + _TWO + _TWO + rb"[\x00-\x9f]"
_FIELDS = _CLOCK + _DATE + _LATITUDE + rb"(?s:.)" + _LONGITUDE + _TWO * 3

#: A frame as far as its status.
HEADER = rb"\$(?:" + _TWO + rb"{5}|" + _TWO + rb"{8})" + _FIELDS
_HEADER = re.compile(HEADER)
_ANY_FIELDS = b"\0\0\0\1\1\0" + bytes(13)
#: Headers of both lengths, in which no byte depends on another.
_ANY_HEADERS = (b"$" + bytes(5) + _ANY_FIELDS, b"$" + bytes(8) + _ANY_FIELDS)

#: What a frame that follows begins with: its first thirteen bytes, which are all that the longer rest would leave.
_FOLLOWING = re.compile(
    rb"\*[A-Za-z]{2},|[$X](?:" + _TWO + rb"{5}" + _CLOCK + _DATE + rb"|" + _TWO + rb"{8}" + _CLOCK + rb")"
)
_FIRST_BYTES = b"$*X"

_SHORT, _LONG, _WIDE = 32, 45, 42
_HEADER_SIZE = 25
_CELL = Struct(">HBHH")
_MOST_SATELLITES = 64

# Of every byte.
_BATTERY_LEVELS: tuple[float | None, ...] = (
    None, 0, 10, 20, 60, 80, 100, *range(7, 101), *[None] * (0xF1 - 101), *range(1, 7), *[None] * 9,
)  # fmt: skip


def begins(head: bytes) -> bool | None:
    """Return whether a peer's first bytes are those of a frame, None while more of them may tell."""
    if _HEADER.match(head):
        return True
    if any(_HEADER.match(head + header[len(head) :]) for header in _ANY_HEADERS if len(head) < len(header)):
        return None
    return False


def find_end(data: bytes, header: re.Match[bytes], *, final: bool) -> int | None:
    """Return where the frame with this header is over; None while that may still change."""
    begin = header.start()
    size = len(data) - begin
    if header.end() - begin > _HEADER_SIZE:
        return begin + _WIDE if size >= _WIDE else None
    if size < _SHORT:
        return None
    if size > _SHORT and data[begin + _SHORT] not in _FIRST_BYTES:
        if size >= _LONG:
            return begin + _LONG
        return begin + _SHORT if final else None
    if size <= _LONG and not final:
        return None
    if size < _LONG or _FOLLOWING.match(data, begin + _SHORT):
        return begin + _SHORT
    # As many satellites as the first byte of a frame has: then the frame that follows begins after them.
    return begin + (_LONG if size == _LONG or data[begin + _LONG] in _FIRST_BYTES else _SHORT)


def read_battery(code: int) -> float | None:
    """Return percent from a battery code in a text."""
    return _BATTERY_LEVELS[code] if code <= 100 else None


def read_identity(frame: bytes) -> str:
    """Return who sent a frame."""
    return frame[1:9].hex()[:15] if len(frame) == _WIDE else frame[1:6].hex()


def read_frame(frame: bytes, report: Report) -> int:
    """Put into a report what a frame says, but for its status, which is returned."""
    wide = len(frame) == _WIDE
    digits = frame[9 if wide else 6 :].hex()
    report.time = time = datetime(
        2000 + int(digits[10:12]),
        int(digits[8:10]),
        int(digits[6:8]),
        int(digits[:2]),
        int(digits[2:4]),
        int(digits[4:6]),
        0,
        UTC,
    )
    if (level := _BATTERY_LEVELS[int(digits[20:22], 16)]) is not None:
        report.readings["battery_level"] = level
    flags = int(digits[31], 16)
    if flags & 2:
        latitude = int(digits[12:14]) + int(digits[14:20]) / 600_000.0
        longitude = int(digits[22:25]) + int(digits[25:31]) / 600_000.0
        course = int(digits[35:38])
        if latitude or longitude:
            report.fix = Fix(
                latitude if flags & 4 else -latitude,
                longitude if flags & 8 else -longitude,
                time,
                None,
                int(digits[32:35]) * 1.852,
                float(course) if course <= 360 else None,
            )
    if len(frame) == _LONG:
        _read_rest(frame, report)
    return int(digits[38:46], 16)


def _read_rest(frame: bytes, report: Report) -> None:
    """Read the longer rest."""
    if (tower := make_known_cell(*_CELL.unpack_from(frame, 37))) is not None:
        report.cells = (tower,)
    if frame[29] != 0xFF:
        return
    if (level := signal_level(frame[31])) is not None:
        report.readings["signal_level"] = level
    if report.fix and 0 < frame[32] <= _MOST_SATELLITES:
        report.fix.satellites = frame[32]


def is_network(mcc: int) -> bool:
    """Return whether a country can have this code: models put other numbers in its place."""
    return 200 <= mcc <= 799


def make_known_cell(mcc: int, mnc: int, area: int, cell: int) -> CellTower | None:
    """Return a cell, None where these are other numbers."""
    return make_cell(mcc, mnc, area, cell) if is_network(mcc) and area else None
