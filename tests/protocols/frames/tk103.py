"""Frames of the tk103 protocol."""

from tests.simulator.encoders import tk103
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

TK103_ID = "861234050002"
IMEI = "861234050000025"

_BODY = tk103.position(TIME, NORTH_WEST, ignition=True)
_POSITION = tk103.location(TK103_ID, "BR00", _BODY)
_PARTED = tk103.parted(IMEI, "DW30", TIME, SOUTH_EAST)
_CELLS = (Cell(732, 101, 160, 19342), Cell(732, 101, 160, 19343))
_WIFI = (("02:00:5e:10:00:01", -65), ("02:00:5e:10:00:02", -78))

FRAMES = {
    "keep-alive": tk103.keep_alive(TK103_ID),
    "login": tk103.login(TK103_ID),
    "login with a position": tk103.login(TK103_ID, _BODY),
    "login with cells": tk103.login(TK103_ID, tk103.cells(_CELLS)),
    "position": _POSITION,
    "position, temperature": tk103.location(TK103_ID, "BR00", _BODY, "+017.3"),
    "position, more": tk103.location("86123405002", "BR00", _BODY, "P23BS27F"),
    "no fix": tk103.location(TK103_ID, "BR01", tk103.position(TIME, NORTH_WEST, fix="V", power=False)),
    "SOS": tk103.location(TK103_ID, "BO01", "2" + _BODY),
    "unknown alarm": tk103.location(TK103_ID, "BO01", "9" + _BODY),
    "alarm of a vehicle": tk103.location(TK103_ID, "BQ81", ",ALARM,1,164," + _BODY),
    "fields in front": tk103.location(IMEI, "BP02", ",G,2," + _BODY),
    "parted": _PARTED,
    "parted, no fix": tk103.parted(IMEI, "ZC11", TIME, SOUTH_EAST, fix="V"),
    "parted, SOS": tk103.parted(IMEI, "ZC25", TIME, NORTH_WEST, rest=""),
    "ignition": tk103.parted(IMEI, "ZC15", TIME, NORTH_WEST, rest=""),
    "scan": tk103.scan(IMEI, TIME, _CELLS[0], _WIFI),
    "scan, cell alone": tk103.scan(IMEI, TIME, _CELLS[0], ()),
    "cells": f"({TK103_ID}BZ00,732,101,3bf7,0425,3bf7,0bf5,01000000)".encode(),
    "battery": f"({IMEI},ZC20,211126,120027,3,362,65535,255)".encode(),
    "text": tk103.text(IMEI, TIME, "1 .Interval: 240 minute(s).\r\n2 .SOS (SMS): On"),
    "text in brackets": tk103.text(IMEI, TIME, f"({IMEI[:3]})"),
    "answer": f"({TK103_ID}BV010)".encode(),
    "unknown type": f"({TK103_ID}BQ86,0,05550c21b10d,261121120027,01000001)".encode(),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    _POSITION.replace(b"0439.", b"04Z9."),
    _POSITION.replace(b"0439.", b"9939."),
    _POSITION.replace(b"BR00261121", b"BR00269921"),
    _POSITION.removesuffix(b")"),
    _POSITION[:40],
    _POSITION.replace(b"120027", b"12\xff\xfe27"),
    _PARTED.replace(b",A,", b",?,"),
    _PARTED.replace(b"211126", b"219926"),
    f"({IMEI},ZC03,211126,120027,$no end)".encode(),
    f"({TK103_ID}BR00)".encode(),
    f"({IMEI},DW5B,732)".encode(),
)
