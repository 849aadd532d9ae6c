"""Frames of Concox's and Jimi's binary protocol."""

from struct import pack

from tests.simulator.encoders import gt06
from tests.simulator.encoders.gt06 import alarm, cell, cell_4g, encode, gps, information, status, tail
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

IDENTITY = "861234050000066"
LOGIN = gt06.encode(gt06.LOGIN, gt06.login(IDENTITY))

#: Its MNC needs two bytes.
_CELL = Cell(302, 720, 2092, 1138945)
_SMALL = Cell(460, 0, 10365, 8049)
_LTE = Cell(302, 720, 70000, 268000001)
_POINTS = (("02:00:5e:10:00:01", 47), ("02:00:5e:10:00:02", 60))
_HEARD = ((_SMALL, 62), (Cell(460, 0, 10365, 8050), 49))
_LONG_HEARD = ((_LTE, 72), (Cell(302, 720, 70000, 268000002), 85))
_LIVE = encode(gt06.LIVE_POSITION, gps(TIME, NORTH_WEST) + cell(_CELL) + tail(mileage=123456), 7)
_SOS = encode(gt06.ALARM, alarm(TIME, SOUTH_EAST, _SMALL, status(alarm=1)), 8)
#: The end of a frame, and the beginnings of two, where no frame ends or begins.
_TRAP = b"\r\n\x78\x78\x05\x01\x79\x79\0\x05"

FRAMES = {
    "login": encode(gt06.LOGIN, gt06.login(IDENTITY)),
    "login with a zone": encode(gt06.LOGIN, gt06.login(IDENTITY, zone=0), 2),
    "heartbeat": encode(gt06.HEARTBEAT, status(), 3),
    "heartbeat with volts": encode(0x23, b"\x46\x01\x9a\x04\0\x01", 4),
    "position": encode(0x10, gps(TIME, NORTH_WEST), 5),
    "position and cell": encode(gt06.POSITION, gps(TIME, SOUTH_EAST, ignition=True) + cell(_SMALL), 6),
    "live position": _LIVE,
    "no fix": encode(gt06.LIVE_POSITION, gps(TIME, None) + cell(_CELL) + tail(stored=True), 9),
    "4G position": encode(0xA0, gps(TIME, NORTH_WEST) + cell_4g(_LTE) + tail(mileage=0), 10),
    "SOS": _SOS,
    "alarm without cell": encode(0x16, alarm(TIME, None, None, status(0x20)), 11),
    "alarm of a fence": encode(0x27, alarm(TIME, SOUTH_EAST, _SMALL, status(alarm=4)) + b"\x03", 12),
    "4G alarm": encode(0xA4, gps(TIME, NORTH_WEST) + b"\0" + cell_4g(_LTE) + status(alarm=2) + b"\xff", 13),
    "unknown alarm": encode(0x26, alarm(TIME, NORTH_WEST, _CELL, status(alarm=0x77)), 14),
    "alarm without position": encode(0x19, cell(_SMALL) + status(0x20, alarm=1), 15),
    "cells": encode(0x28, gt06.scan(TIME, _HEARD), 16),
    "cells and Wi-Fi": encode(0x2C, gt06.scan(TIME, _HEARD, _POINTS), 17),
    "4G cells and Wi-Fi": encode(0xA2, gt06.scan(TIME, _LONG_HEARD, _POINTS, long=True), 18),
    "mini scan": gt06.mini_scan(0x69, TIME, _POINTS, ((_SMALL, 70), (_SMALL, 80))),
    "mini scan, stored": gt06.mini_scan(0x17, TIME, (), ((_SMALL, 70),)),
    "mini login": b"\x78\x78\x0d\x01" + gt06.login(IDENTITY) + b"\x34\r\n",
    "mini position": b"\x78\x78\x12\x10" + gps(TIME, NORTH_WEST) + b"\r\n",
    "answer": encode(0x15, gt06.answer(5, "Cut off the fuel supply: Success!"), 19),
    "long answer": encode(0x21, gt06.coded_answer(6, "Batería: 4.1 V;" * 40, wide=True), 20, extended=True),
    "time request": encode(gt06.TIME, serial=21),
    "voltage": encode(0x94, information(0, pack(">H", 1208)), 22, extended=True),
    "SIM": encode(0x94, information(0x0A, gt06.identities(IDENTITY, "8957101000000000017")), 23, extended=True),
    "serial port": encode(0x9B, b"\x03D7520A62\r\n", 24, extended=True),
    "modules": encode(0x70, b"\0\0\0\0\x01\x02\0\x35", 25, extended=True),
    "media": encode(0x8D, _TRAP * 100, 26, extended=True),
    "unknown type": encode(0xC9, _TRAP, 27),
    "nothing": b"\x78\x78\x01\x08\r\n",
    "longest": encode(0xC9, bytes(250), 28),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    encode(gt06.LOGIN, gt06.login("a61234050000066")),
    encode(gt06.LOGIN, b"\x08\x61"),
    encode(gt06.POSITION, b"\x1a\x0d" + gps(TIME, NORTH_WEST)[2:] + cell(_SMALL)),
    encode(0x10, gps(TIME, NORTH_WEST)[:-1]),
    encode(0x15, b"\x04\0\0"),
    _LIVE[:20] + _LIVE[23:],
    _LIVE[:20] + b"\0\0\0" + _LIVE[20:],
    _SOS[:-2],
    _SOS[:-12],
    b"\x78\x78\x01\r\n",
    b"\x79\x79\xff\xff\x22\r\n",
)
