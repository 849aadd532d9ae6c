"""Frames of Xexun's binary protocol of 2025."""

from datetime import timedelta

from tests.simulator.encoders import xexun3
from tests.simulator.encoders.xexun3 import encode, gps, record, status
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

XEXUN3_ID = "861234050000058"

_CELL = xexun3.cell(TIME, Cell(732, 101, 0x91C4, 0xCE5421))
_WIFI = xexun3.wifi(TIME, [("02:00:5e:10:00:01", -47), ("02:00:5e:10:00:02", -60)])
_SOS = xexun3.alarm(TIME, 1)
_IDLE = status(battery=99, signal=23, moving=0, charging=0, steps=419, time=TIME)
_WORN = status(
    battery=77,
    signal=28,
    moving=47,
    charging=False,
    steps=4321,
    temperature=36,
    respiration=16,
    heart_rate=72,
    systolic=121,
    diastolic=79,
    oxygen=98,
    time=TIME,
)
_LONG = xexun3.wifi(TIME, [(f"02:00:5e:10:01:{number:02x}", -40 - number) for number in range(35)])

FRAMES = {
    "position and status": encode(XEXUN3_ID, 1, gps(TIME, NORTH_WEST), _IDLE),
    "position and vitals": encode(XEXUN3_ID, 2, gps(TIME, SOUTH_EAST), _WORN),
    "old forms": encode(XEXUN3_ID, 3, gps(TIME, SOUTH_EAST, ephemeris=False), status(battery=85, short=True)),
    "no fix, cell": encode(XEXUN3_ID, 4, gps(TIME, None), _CELL, _IDLE),
    "scans and alarms": encode(XEXUN3_ID, 5, _WIFI, _CELL, _SOS, xexun3.alarm(TIME + timedelta(seconds=1), 7), _IDLE),
    "beacons": encode(XEXUN3_ID, 6, xexun3.beacons(TIME, 2, [("02:00:5e:10:00:03", -56, 90)])),
    "SIM changed": encode(XEXUN3_ID, 7, xexun3.alarm(TIME, 17, xexun3.bcd("8957000000000000017"))),
    "unknown alarm": encode(XEXUN3_ID, 8, gps(TIME, NORTH_WEST), xexun3.alarm(TIME, 99)),
    "version": encode(XEXUN3_ID, 9, _IDLE, xexun3.version()),
    "unknown record": encode(XEXUN3_ID, 0xFC, record(0x7F, b"\x01\xcf\xfc\0\x0b\x03 ")),
    "a frame in a record": encode(XEXUN3_ID, 0xCF, _SOS, record(0x7F, encode(XEXUN3_ID, 1, _SOS))),
    "longest": encode(XEXUN3_ID, 10, gps(TIME, NORTH_WEST), _LONG, _LONG, _LONG, _LONG, _WORN),
    "keep-alive": encode(XEXUN3_ID, 255),
    "result of a command": encode(XEXUN3_ID, 1, b"tk=2,60,2,0,0,180,10", kind=xexun3.COMMAND),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    encode(XEXUN3_ID, 1, gps(TIME, NORTH_WEST)[:-4]),
    encode(XEXUN3_ID, 2, record(0x64, gps(TIME, NORTH_WEST)[2:22])),
    encode(XEXUN3_ID, 3, record(0x6A, b"\x4d\0\0\x17")),
    encode(XEXUN3_ID, 4, record(0x69, b"")),
    encode(XEXUN3_ID, 5, _SOS, b"\x69"),
    encode("a61234050000058", 6, gps(TIME, NORTH_WEST), _IDLE),
)
