"""Frames of the IW watch protocol and its TRV dialect."""

from datetime import timedelta

from tests.simulator.encoders import iw
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

IDENTITY = "861234050000033"
LOGIN = iw.login(IDENTITY)

_CELL = Cell(732, 101, 2092, 1138945)
_WIFI = (("02:00:5e:10:00:01", 100), ("02:00:5e:10:00:02", 91))
_LOCATION = iw.location(TIME, NORTH_WEST, battery=84, cell=_CELL, wifi=_WIFI)
_SOS = iw.alarm(1, TIME, SOUTH_EAST, battery=52, cell=_CELL, wifi=_WIFI)
_HEAD = b"261121A0439.4980N07405.6220W061.3120027276.01"

FRAMES = {
    "login": iw.login(IDENTITY),
    "location": _LOCATION,
    "no fix": iw.location(TIME, None, battery=7, cell=_CELL, wifi=_WIFI),
    "SOS": _SOS,
    "low battery, no fix": iw.alarm(2, TIME, None, battery=5, cell=_CELL, wants_address=True),
    "unknown alarm": iw.alarm(88, TIME, NORTH_WEST, battery=84, cell=_CELL),
    "scan": iw.scan(_CELL, _WIFI, beacons=(("02:00:5e:10:00:03", 52),)),
    "heartbeat": iw.heartbeat(battery=100, steps=5120, turns=3),
    "heartbeat, all commas": b"IWAP03,80,9,100,0,00,01,5120,3#",
    "heart rate": iw.heart_rate(68),
    "pressure": iw.pressure(68, 121, 79),
    "health": iw.health(68, 121, 79, 98, 5.1, 36.6),
    "oxygen alone": iw.health(oxygen=96).replace(b"#", b",,,,#"),
    "not worn": iw.health(0, 0, 0, 95, 0.0, 0.0),
    "temperature": iw.temperature(36.6),
    "put on": iw.worn(IDENTITY, True, TIME),
    "fall": iw.fall(IDENTITY, TIME),
    "measurement": iw.measurement(TIME - timedelta(minutes=5), 1, "79|121"),
    "sleep": b"IWAP97,2300@0800,109,001222222113#",
    "confirmation": iw.confirmation("APXL", "080835"),
    "recording": iw.media("AP07", TIME, 3, 1, b"#!AMR\n\0IWAP49,68#IWAP00"),
    "picture": iw.media("AP42", TIME, 9, 2, bytes(range(256))),
    "picture in hexadecimal": iw.media("AP42", TIME, 9, 3, bytes(range(256)).hex().encode()),
    "unknown type": b"IWAPZ9,1,2,3#",
    "vehicle": b"TRVAP01" + _HEAD + b"10001010010100,732,101,2092,27003#",
    "vehicle, interval": b"TRVYP03" + _HEAD + b"10001010020200112,732,101,2092,27003#",
    "vehicle, keep-alive": b"TRVCP01,10000710010100060030300010121#",
    "vehicle, login": b"TRVAP00" + IDENTITY.encode() + b"#",
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    _LOCATION.replace(b"A0439.", b"A04Z9."),
    _LOCATION.replace(b"IWAP01261121", b"IWAP01269921"),
    _LOCATION.replace(b"A0439.4980N", b"A9939.4980N"),
    _SOS.replace(b"A3651.", b"A36x1."),
    b"IWAP00#",
    b"IWAP03,eighty,00022,00#",
    b"IWAP49,\xff\xfe#",
    b"IWAPJK,2026-13-41 12:00:00,2,68#",
    b"IWBP49#",
    b"IWAP07,20261121120027,3,1,12,short#",
)
