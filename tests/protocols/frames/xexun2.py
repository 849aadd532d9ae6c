"""Frames of Xexun's FAAF protocol."""

from tests.simulator.encoders import xexun2
from tests.simulator.encoders.xexun2 import COMMAND, RECORDS
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

XEXUN2_ID = "861234050000033"

_ACCESS_POINTS = (("02:00:5e:10:00:01", -47), ("02:00:5e:10:00:02", -81))
_CELLS = ((Cell(732, 101, 0x0702, 0x9C8C), -73), (Cell(732, 101, 0x0702, 0x9C8D), 54))


def records(sequence: int, *parts: bytes) -> bytes:
    """Return a frame of records."""
    return xexun2.encode(XEXUN2_ID, sequence, xexun2.records(*parts), RECORDS)


def parts(sequence: int, *parts: bytes) -> bytes:
    """Return a frame of parts."""
    return xexun2.encode(XEXUN2_ID, sequence, b"".join(parts))


_SHORT = xexun2.record(1, TIME, signal=27, battery=84, position=NORTH_WEST, form="float", motion=False)
_LONG = xexun2.record(
    2,
    TIME,
    signal=14,
    battery=20,
    charging=True,
    alarms=0x0000_8001,
    position=SOUTH_EAST,
    temperature=33.5,
    heart_rate=72,
    systolic=121,
    diastolic=79,
    oxygen=98,
    steps=4321,
    text="STOP 07:00:27",
)
_DETAILED = xexun2.record(
    3, TIME, signal=31, battery=100, position=NORTH_WEST, form="detailed with accuracy", cells=_CELLS, steps=7
)
_SCANS = xexun2.record(4, TIME, signal=3, battery=55, wifi=_ACCESS_POINTS, cells=_CELLS, ranging=2, heart_rate=0)
_VERSION = xexun2.record(
    5,
    TIME,
    signal=20,
    battery=90,
    version=xexun2.version_block("X2x2611211|26112101", "732101000000001", "89571010000000000017"),
    parameters=bytes(range(12)),
    fingerprint=7,
)
_GPS = xexun2.gps(TIME, SOUTH_EAST)

FRAMES = {
    "short position": records(0, _SHORT),
    "long position, SOS and fall, health": records(1, _LONG),
    "detailed position": records(2, _DETAILED),
    "scans": records(3, _SCANS),
    "version": records(4, _VERSION),
    "probe": xexun2.encode(XEXUN2_ID, 1, xexun2.probe(), RECORDS),
    "escaped head": records(0xFAAF, _SHORT),
    # Bytes that look like a flag, an escape, the first half of one and the second.
    "escaped payload": parts(5, xexun2.debug(0xFA, "1"), xexun2.tlv(0x30, b"\xfa\xaf\xfb\xbf\x01\xfb\xfa"), _GPS),
    "half a flag at the end": parts(6, _GPS, xexun2.tlv(0x30, b"\xaf\xfa")),
    "position and state": parts(7, _GPS, xexun2.status(28, 77, moving=True)),
    "watch": parts(
        8,
        _GPS,
        xexun2.alarm(TIME, 0x0020_0001),
        xexun2.vitals(TIME, 72, 121, 79, 98),
        xexun2.status(28, 77, charging=True),
        xexun2.activity(TIME, 4321, 36.6),
        xexun2.debug(1, "ALARM 07:00:27 power:363869"),
    ),
    "stored, no fix": parts(
        9,
        xexun2.gps(TIME, None),
        xexun2.wifi(TIME, _ACCESS_POINTS),
        xexun2.cell(TIME, _CELLS),
        xexun2.vitals(TIME, 0, 0, 0, 0),
        xexun2.status(16, 25, removed=True, buffered=True),
        xexun2.activity(TIME, 25, 0.0),
    ),
    "version in parts": parts(10, xexun2.version("V1|V2", "89571010000000000017", "X5"), xexun2.status(16, 25)),
    "record among parts": parts(11, _DETAILED),
    "nothing": parts(12),
    "answer": xexun2.encode(XEXUN2_ID, 1, b"of=1 OK", COMMAND),
}

FIRST_FRAMES = {"last flag of a lost frame in front": xexun2.FLAG + records(13, _SHORT)}

DAMAGED_FRAMES = (
    records(16, b"\x01\x02"),
    records(14, _LONG[:-4]),
    records(15, _LONG[:12]),
    xexun2.encode(XEXUN2_ID, 17, b"\x09\x00", RECORDS),
    parts(18, _GPS[:9]),
    parts(19, xexun2.tlv(0, _GPS[2:10])),
    parts(20, xexun2.alarm(TIME, 1)[:-1]),
    parts(21, b"\xff"),
    xexun2.encode(XEXUN2_ID, 22, xexun2.status(20, 50), 0x16),
    xexun2.encode("86123405000003a", 23, _GPS),
    records(24, _SHORT).replace(b"\xfa\xaf", b"", 1),
    records(25, _SHORT)[:-3] + b"\x00" + xexun2.FLAG,
    records(26, _SHORT)[:-2],
)
