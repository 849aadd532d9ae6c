"""Frames of JT/T 808."""

from struct import pack

from tests.simulator.encoders import jt808
from tests.simulator.encoders.jt808 import batch, extension, item, location, odometer, reception
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

#: The last digits of an IMEI, which are 12 BCD digits with a zero in front; and one whose first 14 digits are a number.
JT808_ID = "12340500066"
JT808_IMEI = "861234050000069"

_POINTS = (("02:00:5e:10:00:01", -47), ("02:00:5e:10:00:02", -81))
_CELLS = ((Cell(732, 101, 0x91C4, 0xCE5421), -73), (Cell(732, 101, 0x91C4, 0xCE5422), 0))
_USUAL = (odometer(1402.5), item(0x25, bytes(4)), reception(31, 14))
_STATES = extension(
    (0x00B2, bytes.fromhex("89571010000000000017")),
    (0x0089, b"\xff\xff\xff\xff"),
    (0x00C5, b"\xfe\x7f\xff\xef"),
    (0x002D, b"\x0f\xa5"),
    (0x00A8, b"\x5c"),
)
_POSITION = location(TIME, NORTH_WEST, *_USUAL, status=1)
_OTHER_POSITION = location(TIME, SOUTH_EAST, *_USUAL, status=1)


def frame(kind: int, body: bytes = b"", serial: int = 0) -> bytes:
    """Return a frame of our made-up tracker."""
    return jt808.encode(JT808_ID, kind, body, serial=serial)


FRAMES = {
    "position": frame(0x0200, _POSITION, 1),
    "position without items": frame(0x0200, location(TIME, SOUTH_EAST), 2),
    "position, alarms and states": frame(0x0200, location(TIME, SOUTH_EAST, *_USUAL, _STATES, alarms=0x40101), 3),
    "scans": frame(
        0x0200,
        location(
            TIME,
            None,
            item(0xE4, b"\0\x56"),
            item(0xE5, b"\1"),
            jt808.cells(_CELLS),
            jt808.access_points(_POINTS),
            last=NORTH_WEST,
        ),
        4,
    ),
    "unknown items": frame(
        0x0200, location(TIME, NORTH_WEST, item(0x77, b"\x7e" * 48), item(0xE8, b"\x7d\x7e\x7d")), 5
    ),
    "old tail": frame(0x0200, location(TIME, SOUTH_EAST, b"\0" * 8 + b"\x78" + b"\0" * 9), 6),
    "header with escapes": jt808.encode(JT808_ID, 0x0200, _POSITION, serial=0x7D7E),
    "packed IMEI": jt808.encode(JT808_IMEI, 0x0200, _OTHER_POSITION, serial=7),
    "form of 2019": jt808.encode(JT808_IMEI, 0x0200, _OTHER_POSITION, serial=8, version=1),
    "stored": frame(0x0704, batch(1, location(TIME, NORTH_WEST, *_USUAL)), 9),
    "batch of a vendor": frame(0x0210, jt808.vendor_batch(location(TIME, NORTH_WEST), location(TIME, None)), 10),
    "registration": frame(0x0100, jt808.registration(), 11),
    "authentication": frame(0x0102, JT808_ID.zfill(12).encode(), 12),
    "keep-alive": frame(0x0002, b"", 13),
    "time, please": frame(0x0109, b"", 14),
    "result": frame(0x0001, jt808.result(0, 0x8201), 15),
    "position that answers": frame(0x0201, pack(">H", 7) + _POSITION, 16),
    "parameters": frame(0x0104, jt808.parameters(0, [(0x0001, pack(">I", 60)), (0x0013, b"example.org")]), 17),
    "attributes": frame(0x0107, jt808.attributes("89571010000000000017", "S7", "S7_V2"), 18),
    "driver": frame(0x0702, jt808.driver(TIME, "0029b885"), 19),
    "serial port": frame(0x0900, b"\x41$OBD-RT,12.3,0\r\n", 20),
    "answer in text": frame(0x6006, b"\0<VER:S7>", 21),
    "photo": frame(0x0801, bytes.fromhex("00000011 00000001") + b"\xff\xd8" + bytes(range(256)), 22),
    "part of many": jt808.encode(JT808_ID, 0x0704, batch(0, _POSITION)[:40], serial=23, part=(1, 3)),
    "longest": frame(0x0900, b"\xf0" + b"\x7e" * 1022, 24),
    "message of a vendor": frame(0x1007, bytes(4), 25),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    frame(0x0200, _POSITION[:27], 1),
    frame(0x0200, b"", 2),
    frame(0x0704, batch(1), 3),
    frame(0x0704, batch(1, _POSITION)[:20], 4),
    frame(0x0210, b"\x3b", 5),
    frame(0x0201, b"\0", 6),
    frame(0x0001, b"\0\0", 7),
    frame(0x0104, b"\0\0\x05\0", 8),
    frame(0x0900, b"", 9),
    jt808.encode(JT808_ID, 0x0704, _POSITION, serial=10, part=(4, 3)),
    jt808.enclose(pack(">HH", 0x0002, 0) + b"\xff" * 6 + b"\0\1"),
    jt808.enclose(pack(">HH", 0x0200, 0x0400 | 28) + b"\x01\x23\x40\x50\x00\x66\0\1" + _POSITION[:28]),
    frame(0x0002, b"", 13)[:-2] + b"\x01\x7e",
    frame(0x0200, _POSITION, 1)[:-4] + b"\x7e",
    frame(0x0002, b"", 13)[1:],
    frame(0x0002, b"", 13)[:-1],
)
