"""Frames of the h02 protocol.

What an alarm is depends on the status before it: those stand first, and no others have one.
"""

from tests.simulator.encoders import h02
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

H02_ID = "8612340500"
IMEI = "861234050000025"

_CELL = Cell(732, 101, 160, 19342)
_POSITION = h02.location(H02_ID, TIME, NORTH_WEST, rest=("732", "101", "160", "19342", "6"))
_SIM = h02.location(H02_ID, TIME, NORTH_WEST, kind="V19").replace(b",FFFF", b",,,8957101000000000001F,FFFF")
_LONG = h02.binary(H02_ID, TIME, NORTH_WEST, battery=6, rest=h02.long_rest(_CELL, signal=20, satellites=9))

FRAMES = {
    "position": _POSITION,
    "position, ignition on": h02.location(IMEI, TIME, SOUTH_EAST, status=h02.DRIVING, kind="V2", fix="0"),
    "no fix": h02.location(H02_ID, TIME, NORTH_WEST, kind="V6", fix="V"),
    "nothing set": f"*HQ,{IMEI},V1,,V,,N,,E,0.00,0,,FFFFF7FF,f0,a,11a0,c0c6#".encode(),
    "unset": f"*HQ,{IMEI},V1,000000,V,0.0000,0,0.0000,0,0.00,0.00,000000,ffffffff,000106,000002,000203#".encode(),
    "SIM": h02.location(H02_ID, TIME, NORTH_WEST, kind="V19").replace(
        b",FFFFFBFF", b",,,8957101000000000001F,FFFFFBFF"
    ),
    "answer": h02.location(H02_ID, TIME, NORTH_WEST, kind="V4", answer="S20,DONE,130305", status=0xF7FFFBFF),
    "answer, no position": f"*HQ,{H02_ID},V4,S20,ERROR,130305#".encode(),
    "keep-alive": h02.heartbeat(H02_ID, 84),
    "bare keep-alive": f"*HQ,{IMEI},V0#".encode(),
    "keep-alive with steps": h02.link(H02_ID, TIME, signal=15, battery=84, steps=5120, turns=3),
    "cells": h02.neighbours(H02_ID, TIME, ((_CELL, 23), (Cell(732, 101, 160, 19343), -67))),
    "cells, V3": f"*HQ,{IMEI},V3,120027,732101,01,000160,019342,128,-92,02DE,0,X,211126,FFFFFBFF#".encode(),
    "cells, VP1": f"*hq,{IMEI},VP1,V,732,101,160,19342,23Y160,19343,20#".encode(),
    "VP1": f"*hq,{IMEI},VP1,A,0439.4980,N,07405.6220,W,2.59,276,211126#".encode(),
    "SMS": f"*HQ,{H02_ID},SMS,ST906_V_2.0\nIP:192.0.2.1 5013\nGPS:A-24-23#".encode(),
    "unknown type": f"*HQ,{H02_ID},XT,1,100#".encode(),
    "no type": f"*HQ,{H02_ID},#".encode(),
    "binary, short": h02.binary(H02_ID, TIME, SOUTH_EAST),
    "binary, long": _LONG,
    "binary, long, no fix": h02.binary(
        H02_ID, TIME, SOUTH_EAST, valid=False, rest=h02.long_rest(_CELL, signal=99, satellites=0)
    ),
    "binary, IMEI": h02.binary(IMEI, TIME, NORTH_WEST, status=h02.DRIVING, rest=bytes.fromhex("ff01120064ba73005ecc")),
}

FIRST_FRAMES = {
    "SOS": h02.location(H02_ID, TIME, NORTH_WEST, status=0xFFFFFBFD),
    "power cut, no fix": h02.location(H02_ID, TIME, NORTH_WEST, status=0xFFF7FBFF, fix="V"),
}

DAMAGED_FRAMES = (
    _POSITION.replace(b"0439.", b"04Z9."),
    _POSITION.replace(b"0439.", b"9939."),
    _POSITION.replace(b",211126", b",219926"),
    _POSITION.replace(b",120027", b",12\xff\xfe7"),
    _POSITION.replace(b",N,", b",Q,"),
    _POSITION.removesuffix(b"#"),
    f"*HQ,{H02_ID},NBR,120027,732#".encode(),
    f"*HQ,{H02_ID},LINK,#".encode(),
    _LONG.replace(bytes.fromhex("211126"), bytes.fromhex("219926")),
)
