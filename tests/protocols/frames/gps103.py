"""Frames of the Coban text protocol."""

from datetime import timedelta

from tests.simulator.encoders import gps103

from .moment import NORTH_WEST, SOUTH_EAST, TIME

GPS103_ID = "861234050000025"

_POSITION = gps103.location(GPS103_ID, TIME, NORTH_WEST, phone="+573001234567", zone=timedelta(hours=-5))
_SOS = gps103.location(GPS103_ID, TIME, SOUTH_EAST, event="help me", rest=())

FRAMES = {
    "login": gps103.login(GPS103_ID),
    "keep-alive": gps103.heartbeat(GPS103_ID),
    "position": _POSITION,
    "position, zone ahead": gps103.location(GPS103_ID, TIME, SOUTH_EAST, zone=timedelta(hours=12)),
    "position by number": gps103.location(GPS103_ID, TIME, SOUTH_EAST, event="001", rest=("",)),
    "no event": gps103.location(GPS103_ID, TIME, SOUTH_EAST, event="", rest=()),
    "SOS": _SOS,
    "SOS, no fix": gps103.placeless(GPS103_ID, "help me", area=0x113B, cell=0x558F),
    "no fix": gps103.placeless(GPS103_ID, local="000000000"),
    "ignition": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="acc on"),
    "temperature": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="T:+28.0", rest=("",)),
    "card": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="rfid", phone="49121185"),
    "trouble": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="DTC", rest=("", "1", "0", "10.5%", "P0021", "")),
    "unknown alarm": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="bonnet alarm"),
    "answer": gps103.location(GPS103_ID, TIME, NORTH_WEST, event="jt"),
    "vehicle": gps103.diagnosis(GPS103_ID, "261121070027", coolant=90, speed=2101, volts=13.8, codes=("P0137",)),
    "copy": gps103.copied(GPS103_ID, TIME, NORTH_WEST, csq=14, satellites=9),
    "copy, no fix": gps103.copied(GPS103_ID, TIME, None, csq=99, satellites=0),
    "line end": _POSITION.replace(b";", b"\r\n"),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    _POSITION.replace(b"0439.", b"04Z9."),
    _POSITION.replace(b"0439.", b"9939."),
    _POSITION.replace(b",261121", b",269921"),
    _POSITION.replace(b",A,", b",?,"),
    _SOS.replace(b",F,", b",\xff,"),
    f"imei:{GPS103_ID},tracker;".encode(),
    f"imei:{GPS103_ID},OBD,261121070027;".encode(),
)
