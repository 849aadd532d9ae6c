"""The watch protocol: whole frames in, whole reports and replies out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
import re
import tracemalloc

import pytest

from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    Answer,
    CellTower,
    Fix,
    MediaKind,
    Piece,
    Readings,
    Report,
)
from custom_components.plaspy_trackers.gateway.protocols import watch as module
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.watch import Watch
from tests.simulator.encoders import watch
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME = datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
IMEI = "861234050000033"
ID = "3405000003"

CLOCK = "070625,080910"
PLACE = "47.123456,N,8.7654321,E,12.50,276.0,431.5,9"
REST = "80,76,4262,11,00000000"
DAY: Readings = {"battery_level": 76, "signal_level": 80, "steps": 4262, "turns": 11}
POWER: Readings = {"battery_level": 76, "signal_level": 80, "battery_low": False}
CALM: Readings = {**DAY, "battery_low": False}
WORD = "00000000"

TOWER = CellTower(228, 1, 9529, 21809)
NO_AREA = (replace(TOWER, area=None, cell=1234), TOWER)
HOME = AccessPoint("02:00:5e:10:00:01", -47)
NEIGHBOUR = AccessPoint("02:00:5e:10:00:02", -60)
WIFI = "Casa,02:00:5e:10:00:01,-47,,02:00:5e:10:00:02,-60"


def frame(content: str | bytes, *, length: int | None = None) -> bytes:
    """Return a frame of our made-up watch."""
    return watch.encode("3G", ID, content, length=length)


def ud(place: str = PLACE, rest: str = REST, tail: str = ",0,0", kind: str = "UD", letter: str = "A") -> str:
    """Return the content of a position."""
    return f"{kind},{CLOCK},{letter},{place},{rest}{tail}"


def with_word(word: str, kind: str) -> str:
    """Return the content of a position with this status."""
    return ud(rest=f"80,76,4262,11,{word}", kind=kind)


def fix(**more: float | None) -> Fix:
    """Return the position of PLACE with what differs."""
    what = {"altitude": 431.5, "speed": 12.5, "course": 276.0, "satellites": 9}
    return Fix(47.123456, 8.7654321, TIME, **(what | more))  # type: ignore[arg-type]


def report(**what: object) -> Report:
    """Return a report of our made-up watch."""
    return Report(ID, "watch", **what)  # type: ignore[arg-type]


def numbers(signal: int, battery: int, steps: int, turns: int) -> Readings:
    """Return the readings of a position."""
    return {**CALM, "signal_level": signal, "battery_level": battery, "steps": steps, "turns": turns}


def numbers_without(key: str) -> Readings:
    """Return the readings of a position with zeros, all but one."""
    return {name: value for name, value in numbers(0, 0, 0, 0).items() if name != key}  # type: ignore[return-value]


def position(**more: object) -> Report:
    """Return the report of `ud()` with what differs."""
    return report(**({"time": TIME, "fix": fix(), "readings": dict(CALM)} | more))


def void(**more: object) -> Report:
    """Return the report of `ud(letter="V")` with what differs."""
    return position(**({"fix": None} | more))


def feed(*pieces: bytes) -> list[Report]:
    """Return the reports of a fresh connection that falls silent."""
    peer = Watch()
    reports = [report for piece in pieces for report in peer.feed(piece, NOW)]
    return reports + peer.settle(NOW)


def read(content: str | bytes) -> Report:
    """Return the one report of a frame that is read without damage."""
    peer = Watch()
    (report,) = peer.feed(frame(content), NOW)
    assert not peer.damaged
    return report


def replies(content: str | bytes) -> tuple[bytes, bytes]:
    """Return what a frame is answered if its report was taken, and if it was not."""
    taken, refused = Watch(), Watch()
    taken.feed(frame(content), NOW)
    refused.feed(frame(content), NOW)
    return taken.data_to_send(), refused.data_to_send(acknowledge=False)


GREETED = [
    ("LK", "LK", report()),
    ("LK,", "LK", report()),
    ("LK,50,3,84", "LK", report(readings={"steps": 50, "turns": 3, "battery_level": 84})),
    ("LK,0,0,100", "LK", report(readings={"steps": 0, "turns": 0, "battery_level": 100})),
    ("LK,0,0,053", "LK", report(readings={"steps": 0, "turns": 0, "battery_level": 53})),
    ("LK,50,3,84,1", "LK", report(readings={"steps": 50, "turns": 3, "battery_level": 84})),
    ("LK,50,84", "LK", report()),
    ("LK,84", "LK", report()),
    ("LK,,,84", "LK", report(readings={"battery_level": 84})),
    ("LK,50,3,", "LK", report(readings={"steps": 50, "turns": 3})),
    ("LK,x,-3,101", "LK", report()),
    ("INIT", "INIT,1", report()),
    ("INIT,1,2", "INIT,1", report()),
    ("TKQ", "TKQ", report()),
    ("TKQ2", "TKQ2", report()),
    ("CONFIG,TY:G75,UL:600,SY:1,CM:1", "CONFIG,1", report()),
]

NOTHING: Readings = {"systolic": None, "diastolic": None, "heart_rate": None}
ACKNOWLEDGED = [
    ("bphrt,118,76,71,,,,", "bphrt", {"systolic": 118, "diastolic": 76, "heart_rate": 71}),
    ("bphrt,118,76,71,170,1,64,70", "bphrt", {"systolic": 118, "diastolic": 76, "heart_rate": 71}),
    ("bphrt,0,0,0,,,,", "bphrt", NOTHING),
    ("bphrt,76,118,251", "bphrt", NOTHING),
    ("bphrt,118,76,0", "bphrt", {"systolic": 118, "diastolic": 76, "heart_rate": None}),
    ("bphrt,0,0,71", "bphrt", {"systolic": None, "diastolic": None, "heart_rate": 71}),
    ("bphrt,118,76", "bphrt", {"systolic": 118, "diastolic": 76}),
    ("bphrt,118,,71", "bphrt", {"heart_rate": 71}),
    ("bphrt,,,,,,,", "bphrt", {}),
    ("bphrt", "bphrt", {}),
    ("BLOOD,109,68", "BLOOD", {"systolic": 109, "diastolic": 68}),
    ("BLOOD,0,0", "BLOOD", {"systolic": None, "diastolic": None}),
    ("BLOOD,109", "BLOOD", {}),
    ("BLOOD,109,68,71", "BLOOD", {"systolic": 109, "diastolic": 68}),
    ("heart,71", "heart", {"heart_rate": 71}),
    ("heart,0", "heart", {"heart_rate": None}),
    ("heart,255", "heart", {"heart_rate": None}),
    ("heart,-1", "heart", {"heart_rate": None}),
    ("heart,", "heart", {}),
    ("PULSE,72", "PULSE", {"heart_rate": 72}),
    ("PULSE,0", "PULSE", {"heart_rate": None}),
    ("TEMP,36.5", "TEMP", {"body_temperature": 36.5}),
    ("TEMP, 36.5", "TEMP", {"body_temperature": 36.5}),
    ("TEMP,0", "TEMP", {"body_temperature": None}),
    ("oxygen,0,98", "oxygen,1", {"blood_oxygen": 98}),
    ("oxygen,1,97", "oxygen,1", {"blood_oxygen": 97}),
    ("oxygen,0,0", "oxygen,1", {"blood_oxygen": None}),
    ("oxygen,98", "oxygen,1", {}),
    ("oxygen,0,", "oxygen,1", {}),
    ("btemp2,1,35.29", "btemp2", {"body_temperature": 35.29}),
    ("btemp2,0,36.6", "btemp2", {"body_temperature": 36.6}),
    ("btemp2,1,0", "btemp2", {"body_temperature": None}),
    ("btemp2,1,1", "btemp2", {"body_temperature": None}),
    ("btemp2,1", "btemp2", {}),
]

AUDIO = b"#!AMR\n\x0c}[],*\xff"
NAMED = "watch_7_20251121"

VOICES: list[tuple[bytes, str, Piece | None]] = [
    (b"TK,ab", "TK,1", Piece(MediaKind.VOICE, "TK", 0, 1, b"ab")),
    (b"TK,#!AMR\n\x0c}\x01}\x02}\x03}\x04}\x05\xff", "TK,1", Piece(MediaKind.VOICE, "TK", 0, 1, AUDIO)),
    (watch.voice(AUDIO), "TK,1", Piece(MediaKind.VOICE, "TK", 0, 1, AUDIO)),
    (b"TK,a}\x06}}\x00}", "TK,1", Piece(MediaKind.VOICE, "TK", 0, 1, b"a}\x06}}\x00}")),
    (
        watch.voice_part(NAMED, 1, 6, bytes(range(256))),
        "JXTKR,1",
        Piece(MediaKind.VOICE, NAMED, 0, 6, bytes(range(256))),
    ),
    (watch.voice_part(NAMED, 6, 6, b"\0"), "JXTKR,1", Piece(MediaKind.VOICE, NAMED, 5, 6, b"\0")),
    (watch.voice_part("../../x", 1, 1, b""), "JXTKR,1", Piece(MediaKind.VOICE, "../../x", 0, 1, b"")),
    (watch.voice_part("ñ" * 99, 1, 99999, b"a"), "JXTKR,1", Piece(MediaKind.VOICE, "Ã±" * 32, 0, 99999, b"a")),
    (watch.voice_part(NAMED, 7, 6, b"a"), "JXTKR,1", None),
    (watch.voice_part(NAMED, 0, 6, b"a"), "JXTKR,1", None),
    (watch.voice_part(NAMED, 1, 123456, b"a"), "JXTKR,1", None),
    (b"JXTK,0,a,x,6,b", "JXTKR,1", None),
    (b"JXTK,0,a", "JXTKR,1", None),
]

TAKEN = datetime(2025, 11, 21, 8, 9, 10, tzinfo=UTC)
PICTURES: list[tuple[bytes, Piece | None]] = [
    (watch.picture(TAKEN, b"\xff\xd8}[],*"), Piece(MediaKind.PHOTO, "251121080910", 0, 1, b"\xff\xd8}[],*", TAKEN)),
    (b"img,5,,\xff\xd8", Piece(MediaKind.PHOTO, "", 0, 1, b"\xff\xd8")),
    (b"img,5,251321080910,a,b", Piece(MediaKind.PHOTO, "251321080910", 0, 1, b"a,b")),
    (b"img,5,251121080910", None),
    (b"img,5", None),
]

ANSWERS: list[tuple[str | bytes, Report]] = [
    ("UPLOAD", report(text="UPLOAD", answer=Answer("UPLOAD"))),
    ("FIND", report(text="FIND", answer=Answer("FIND"))),
    ("SOS1", report(text="SOS1", answer=Answer("SOS1"))),
    ("hrtstart", report(text="hrtstart", answer=Answer("hrtstart"))),
    ("UPLOAD,", report(text="UPLOAD", answer=Answer("UPLOAD"))),
    (
        "VERNO,G29_V1.00_2014",
        report(text="G29_V1.00_2014", readings={"firmware": "G29_V1.00_2014"}, answer=Answer("VERNO")),
    ),
    ("VERNO,G29,V1\r\n", report(text="G29,V1", readings={"firmware": "G29,V1"}, answer=Answer("VERNO"))),
    ("VERNO", report(text="VERNO", answer=Answer("VERNO"))),
    (
        "TS,ver:G29;ID:3405000003;\r\nbat level:76;ñ",
        report(text="ver:G29;ID:3405000003;\r\nbat level:76;ñ", answer=Answer("TS")),
    ),
    (b"TS,\xff", report(text="\ufffd", answer=Answer("TS"))),
    ("TS", report(text="TS", answer=Answer("TS"))),
    ("TK,1", report(text="TK,1", answer=Answer("TK"))),
    ("TK", report(text="TK", answer=Answer("TK"))),
]

SILENT: list[tuple[str | bytes, Report]] = [
    ("WT", report()),
    ("PP", report()),
    ("RYIMEI,861234050000033", report()),
    ("DEVICEFUNCCOUNT,1,2", report()),
    ("?", report()),
    ("ALARMS", report(text="ALARMS", answer=Answer("ALARMS"))),
]

POSITIONS = [
    (ud(), position()),
    (ud(kind="UD_LTE"), position()),
    (ud(kind="UD_WCDMA"), position()),
    (ud(kind="UD3"), position()),
    (ud(kind="UD2"), position(buffered=True)),
    (ud(kind="UD2_LTE"), position(buffered=True)),
    (ud(kind="UD2_LTE", rest=",,,,"), position(buffered=True, readings={})),
    (ud(kind="UD_LTE", rest=",,,,"), position(readings={})),
    (ud(kind="WT"), position()),
    (ud(kind="PP,235959"), position()),
    (ud(letter="V"), void()),
    (ud(letter="V", kind="WT"), void()),
    (ud("0.0,N,0.0,E,22.0,0,-1,0", letter="V"), void()),
    (ud("00.000000,,00.0000000,,0.00,0.0,0.0,0", letter="V"), void()),
    (ud("0,N,0,E,0,0,99,00", letter="V"), void()),
    (ud(",,,,,,,", letter="V"), void()),
    (ud("x,?,y,!,z,z,z,z", letter="V"), void()),
    (ud(letter="V").replace(CLOCK, "000000,000000"), void(time=None)),
    (ud(letter="V").replace(CLOCK, "x,y"), void(time=None)),
    (ud("0.0,N,0.0,E,0.0,0,0,0"), void()),
    (ud("00.000000,,-0.0000000,,0.0,0,0,0"), void()),
    (ud(tail=""), position()),
    (ud(rest="80,76,4262,11", tail=""), position(readings=DAY)),
    (ud(rest="80,76", tail=""), position(readings={"battery_level": 76, "signal_level": 80})),
    (ud(rest="80", tail=""), position(readings={"signal_level": 80})),
    (f"UD,{CLOCK},A,47.123456,N,8.7654321,E", position(fix=Fix(47.123456, 8.7654321, TIME), readings={})),
    (ud(rest=",,,,"), position(readings={})),
    (ud(rest=f",,,,{WORD}"), position(readings={"battery_low": False})),
    (ud(rest=f"0,0,0,0,{WORD}"), position(readings=numbers(0, 0, 0, 0))),
    (ud(rest=f"01,00,0,50,{WORD}"), position(readings=numbers(1, 0, 0, 50))),
    (ud(rest=f"101,255,x,-1,{WORD}"), position(readings={"battery_low": False})),
    (ud(rest=f"101,76,,,{WORD}"), position(readings={"battery_level": 76, "battery_low": False})),
    (ud(rest=f"101,0,0,0,{WORD}"), position(readings=numbers_without("signal_level"))),
    (ud(rest=f"0,101,0,0,{WORD}"), position(readings=numbers_without("battery_level"))),
    (ud(rest=f"80,76,10000000,-1,{WORD}"), position(readings=POWER)),
    (ud(rest=f"80,76,-1,10000000,{WORD}"), position(readings=POWER)),
    (ud(rest=f"100,100,9999999,0,{WORD}"), position(readings=numbers(100, 100, 9999999, 0))),
]  # fmt: skip

PLACES = [
    ("47.123456,N,8.7654321,E", 47.123456, 8.7654321),
    ("47.123456,S,8.7654321,W", -47.123456, -8.7654321),
    ("-47.123456,S,-8.7654321,W", -47.123456, -8.7654321),
    ("-47.123456,N,-8.7654321,E", -47.123456, -8.7654321),
    ("-47.123456,,-8.7654321,", -47.123456, -8.7654321),
    ("47.123456,,8.7654321,", 47.123456, 8.7654321),
    ("  47.123456,N, 8.7654321,W", 47.123456, -8.7654321),
    ("47.12345,N,008.76543,E", 47.12345, 8.76543),
    ("09.951861,N,-84.1422119,W", 9.951861, -84.1422119),
    ("38.000000,N,-9.000000,W", 38.0, -9.0),
    ("47,N,8,E", 47.0, 8.0),
    ("0.0,N,8.5,E", 0.0, 8.5),
    ("90.0,S,180.0,W", -90.0, -180.0),
]

MOTIONS: list[tuple[str, dict[str, float | None]]] = [
    ("0,0,47,14", {"speed": 0.0, "course": 0.0, "altitude": 47.0, "satellites": 14}),
    ("0.926,000,0,00", {"speed": 0.926, "course": 0.0, "altitude": 0.0, "satellites": 0}),
    ("2.58,317.462,-35.147,4", {"speed": 2.58, "course": 317.462, "altitude": -35.147, "satellites": 4}),
    ("12.5,360.0,99,9", {"course": 360.0, "altitude": 99.0}),
    ("12.5,360.5,431.5,9", {"course": None}),
    ("12.5,,431.5,9", {"course": None}),
    (",276.0,431.5,9", {"speed": None}),
    ("-1,276.0,431.5,9", {"speed": None}),
    ("1.2.3,276.0,431.5,9", {"speed": None}),
    ("nan,276.0,431.5,9", {"speed": None}),
    ("inf,276.0,431.5,9", {"speed": None}),
    ("10000,276.0,431.5,9", {"speed": None}),
    ("12.5,-1,431.5,9", {"course": None}),
    ("12.5,inf,431.5,9", {"course": None}),
    ("12.5,276.0,-inf,9", {"altitude": None}),
    ("12.5,276.0,100000,9", {"altitude": None}),
    ("12.5,276.0,431.5,-1", {"satellites": None}),
    ("12.5,276.0,431.5,100", {"satellites": None}),
    ("12.5,276.0,,9", {"altitude": None}),
    ("12.5,276.0,4-3,9", {"altitude": None}),
    ("12.5,276.0,431.5,", {"satellites": None}),
    ("12.5,276.0,431.5,?", {"satellites": None}),
]

LETTERS = "1,1,234,10,55C0,3B882A2,132,,10"
NETWORKS: list[tuple[str, dict[str, object], float | None]] = [
    # tail behind the status, cells and access points, accuracy
    ("0,0", {}, None),
    ("0,0,58.0", {}, 58.0),
    ("0,0,0.0", {}, None),
    ("0,0,00", {}, None),
    ("0,0,5.5.5", {}, None),
    ("0,0,x", {}, None),
    ("0,1,,,,00", {}, None),
    ("0,1,,,,12", {}, 12.0),
    ("0,1,0,0,,10", {}, 10.0),
    ("0,1,228,1,0", {}, None),
    ("0,1,228,1,0,10", {}, 10.0),
    (f"0,2,{WIFI},12.5", {"wifi": (HOME, NEIGHBOUR)}, 12.5),
    (f"0,2,{WIFI}", {"wifi": (HOME, NEIGHBOUR)}, None),
    (f"0,255,,,2,{WIFI},12.5", {"wifi": (HOME, NEIGHBOUR)}, 12.5),
    (f"0,255,228,1,2,{WIFI}", {"wifi": (HOME, NEIGHBOUR)}, None),
    ("1,255,228,1,9529,21809,158", {"cells": (TOWER,)}, None),
    ("1,255,228,1,9529,21809,158,0,12.4", {"cells": (TOWER,)}, 12.4),
    ("1,255,228,01,9529,21809,158,,12.4", {"cells": (TOWER,)}, 12.4),
    ("1,255,228,1,9529,21809,,,00", {"cells": (TOWER,)}, None),
    ("1,255,228,1,9529,21809,-95,0", {"cells": (replace(TOWER, signal=-95),)}, None),
    (
        "3,1,310,260,1091,30082,139,1091,62423714,14,9,1,,0,7.5",
        {"cells": (CellTower(310, 260, 1091, 30082), CellTower(310, 260, 1091, 62423714), CellTower(310, 260, 9, 1))},
        7.5,
    ),
    (f"1,255,228,1,9529,21809,158,2,{WIFI},7.5", {"cells": (TOWER,), "wifi": (HOME, NEIGHBOUR)}, 7.5),
    (f"1,255,228,1,9529,21809,158,2,{WIFI}", {"cells": (TOWER,), "wifi": (HOME, NEIGHBOUR)}, None),
    # hexadecimal
    (LETTERS, {"cells": (CellTower(234, 10, 0x55C0, 0x3B882A2),)}, 10.0),
    ("1,1,234,10,55c0,3b882a2,132,,10", {"cells": (CellTower(234, 10, 0x55C0, 0x3B882A2),)}, 10.0),
    ("1,1,234,10,5510,3B882A2,132,,10", {"cells": (CellTower(234, 10, 0x5510, 0x3B882A2),)}, 10.0),
    (
        "2,1,234,10,5510,2210,132,5510,3B882A2,99,,10",
        {"cells": (CellTower(234, 10, 0x5510, 0x2210), CellTower(234, 10, 0x5510, 0x3B882A2))},
        10.0,
    ),
    # placeholders
    ("1,1,FFFF,FFFF,FFFE,3B882A2,132,,00", {}, None),
    ("1,1,FFFF,FFFF,FFFE,3B882A2,132,,12", {}, 12.0),
    (f"1,1,,,9529,21809,132,2,{WIFI},12", {"wifi": (HOME, NEIGHBOUR)}, 12.0),
    ("1,1,228,,9529,21809,132,,12", {}, 12.0),
    ("1,1,0,0,9529,21809,132,,12", {}, 12.0),
    ("2,1,228,1,FFFF,FFFE,0,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    ("2,1,228,1,FFFF,1234,0,9529,21809,158,,12", {"cells": NO_AREA}, 12.0),
    ("2,1,228,1,fffe,1234,0,9529,21809,158,,12", {"cells": NO_AREA}, 12.0),
    ("2,1,228,1,1234,FFFE,0,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    ("2,1,228,1,1234,ffff,0,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    ("2,1,228,1,65535,1234,0,9529,21809,158,,12", {"cells": NO_AREA}, 12.0),
    ("3,1,228,1,9529,65535,0,9529,0,0,9529,268435455,0,,12", {}, 12.0),
    ("2,1,228,1,0,1234,0,9529,21809,158,,12", {"cells": NO_AREA}, 12.0),
    ("2,1,228,1,0,1234,-150,9529,21809,-151,,12", {"cells": (replace(NO_AREA[0], signal=-150), TOWER)}, 12.0),
    ("2,1,228,1,9529,12345678901,0,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    ("2,1,228,1,12345678901,21809,0,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    ("1,1,2280,1,9529,21809,0,,12", {}, 12.0),
    ("1,1,228,1000,9529,21809,0,,12", {}, 12.0),
    # names
    ("0,1,Casa [2.4],02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,[],02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,a]b,02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,a[b,02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,02:00:5e:10:00:09,02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,Bar, Café,02:00:5e:10:00:01,-47,3.5", {"wifi": (HOME,)}, None),
    ("0,2,,02:00:5e:10:00:01,-47,,0,-60,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,2,,02:00:5e:10:00:01,-47,,,,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,2,,02:00:5E:10:00:01,-47,x,00:00:00:00:00:00,-60,3.5", {"wifi": (HOME,)}, 3.5),
    ("0,1,,02-00-5e-10-00-01,-47", {"wifi": (HOME,)}, None),
    ("0,1,,02:00:5e:10:00:01,", {"wifi": (AccessPoint("02:00:5e:10:00:01"),)}, None),
    ("0,1,,02:00:5e:10:00:01,-151", {"wifi": (AccessPoint("02:00:5e:10:00:01"),)}, None),
    ("0,1,,02:00:5e:10:00:01,-47.5,3.5", {"wifi": (AccessPoint("02:00:5e:10:00:01"),)}, 3.5),
    ("0,1,,02:00:5e:10:00:010,-47,3.5", {}, 3.5),
    ("0,1,,02:00:5e:10:00:01,0", {"wifi": (AccessPoint("02:00:5e:10:00:01"),)}, None),
    # damaged
    ("", {}, None),
    ("0", {}, None),
    ("x,y", {}, None),
    ("1", {}, None),
    ("1,255,228", {}, None),
    ("1,255,228,1,9529", {}, None),
    ("2,255,228,1,9529,21809,158", {"cells": (TOWER,)}, None),
    ("2,255,228,1,95x9,21809,158,9529,21809,158,,12", {"cells": (TOWER,)}, 12.0),
    (f"9,255,228,1,9529,21809,158,2,{WIFI},12", {"cells": (TOWER,), "wifi": (HOME, NEIGHBOUR)}, None),
    ("99999999999999,255,228,1,9529,21809,158,0,12", {}, None),
    (f"1,255,228,1,9529,21809,158,7,{WIFI},12", {"cells": (TOWER,), "wifi": (HOME, NEIGHBOUR)}, None),
    (f"0,2,{WIFI},12,13", {"wifi": (HOME, NEIGHBOUR)}, None),
    ("0,1,Casa,02:00:5e:10:00:0", {}, None),
    ("0,0," + "9" * 40, {}, None),
]  # fmt: skip

BITS = [
    (16, Alarm.SOS),
    (17, Alarm.LOW_BATTERY),
    (18, Alarm.GEOFENCE_EXIT),
    (19, Alarm.GEOFENCE_ENTER),
    (20, Alarm.REMOVED),
    (21, Alarm.FALL),
    (22, Alarm.HEART_RATE),
    (23, Alarm.OTHER),
    (31, Alarm.OTHER),
    (14, Alarm.POWER_CUT),
]

EVERYTHING = tuple(alarm for _, alarm in BITS if alarm is not Alarm.OTHER)
#: A status, and the alarms of a frame that is an alarm and of one that is not.
WORDS = [
    ("00000000", (Alarm.OTHER,), ()),
    ("00000018", (Alarm.OTHER,), ()),
    ("00000001", (Alarm.LOW_BATTERY,), ()),
    ("00000002", (Alarm.GEOFENCE_EXIT,), ()),
    ("00000004", (Alarm.GEOFENCE_ENTER,), ()),
    ("00000005", (Alarm.LOW_BATTERY, Alarm.GEOFENCE_ENTER), ()),
    ("00008000", (Alarm.OTHER,), ()),
    ("0000", (Alarm.OTHER,), ()),
    ("0001", (Alarm.LOW_BATTERY,), ()),
    ("0004", (Alarm.GEOFENCE_ENTER,), ()),
    ("4000", (Alarm.OTHER,), ()),
    ("00010007", (Alarm.SOS,), (Alarm.SOS,)),
    ("00210000", (Alarm.SOS, Alarm.FALL), (Alarm.SOS, Alarm.FALL)),
    ("ff000000", (Alarm.OTHER,), (Alarm.OTHER,)),
    ("01010000", (Alarm.SOS, Alarm.OTHER), (Alarm.SOS, Alarm.OTHER)),
    ("00004000", (Alarm.POWER_CUT,), ()),
    ("007F4000", EVERYTHING, EVERYTHING[:-1]),
]

ALARM_KINDS = ["AL", "AL_LTE", "AL_WCDMA", "ALCUSTOMER1"]

#: What an alarm with these fields still tells.
DAMAGED_ALARMS = [
    ("", report(alarms=(Alarm.OTHER,), codes=("AL",))),
    (",", report(alarms=(Alarm.OTHER,), codes=("AL",))),
    (",x", report(alarms=(Alarm.OTHER,), codes=("AL",))),
    (f",{CLOCK}", report(time=TIME, alarms=(Alarm.OTHER,), codes=("AL",))),
    (f",{CLOCK},A,{PLACE}", position(readings={}, alarms=(Alarm.OTHER,), codes=("AL",))),
    (f",{CLOCK},A,4x.1,N,8.7,E,1,2,3,4,80,76,4262,11,00010000,0,0", void(alarms=(Alarm.SOS,), codes=("00010000",))),
    (f",{CLOCK},A,97.1,N,8.7,E,1,2,3,4,80,76,4262,11,00010000,0,0", void(alarms=(Alarm.SOS,), codes=("00010000",))),
    (f",{CLOCK},?,{PLACE},80,76,4262,11,00010000,0,0", void(alarms=(Alarm.SOS,), codes=("00010000",))),
    (
        f",311325,080910,A,{PLACE},80,76,4262,11,00010000,0,0",
        void(time=None, alarms=(Alarm.SOS,), codes=("00010000",)),
    ),
    # A field too many: which number is which cannot be known.
    (f",{CLOCK},A,{PLACE},5,80,76,4262,11,00010000,0,0", position(readings={}, alarms=(Alarm.OTHER,), codes=("AL",))),
]

#: Frames that say nothing that can be trusted, and whether they are answered.
DAMAGED = [
    ("", b""),
    ("UD", b""),
    ("UD,", b""),
    ("UD2,x", b""),
    (ud().replace(CLOCK, "310625,240910"), b""),
    (ud().replace(CLOCK, "311325,080910"), b""),
    (ud().replace(CLOCK, "000000,000000"), b""),
    (ud(letter="X"), b""),
    (ud(letter=""), b""),
    (ud(PLACE.replace("47.", "4x.")), b""),
    (ud(PLACE.replace("47.", "97.")), b""),
    (ud(PLACE.replace("8.7", "188.7")), b""),
    (ud(PLACE.replace("47.", "47.1.")), b""),
    (ud(",N,8.7,E,1,2,3,4"), b""),
    (ud(PLACE.replace("N,", "")), b""),
    (ud(kind="WT").replace("47.", "4x."), b""),
    (ud(kind="PP,080910").replace("47.", "4x."), b""),
    ("heart,7x", b"heart"),
    ("heart,nan", b"heart"),
    ("heart,1_0", b"heart"),
    ("bphrt,118,76,x", b"bphrt"),
    ("btemp2,1,inf", b"btemp2"),
]


@pytest.mark.parametrize(("content", "reply", "expected"), GREETED)
def test_login_is_greeted(content: str, reply: str, expected: Report) -> None:
    """Whether its report was taken or not."""
    assert read(content) == expected
    assert replies(content) == (frame(reply), frame(reply))


@pytest.mark.parametrize(("content", "reply", "expected"), ACKNOWLEDGED)
def test_health_is_read_and_acknowledged(content: str, reply: str, expected: Readings) -> None:
    """What was measured and not found is None, what was not measured is absent."""
    assert read(content) == report(readings=expected)
    assert replies(content) == (frame(reply), b"")


@pytest.mark.parametrize(("content", "reply", "expected"), VOICES)
def test_voice_is_read_and_acknowledged(content: bytes, reply: str, expected: Piece | None) -> None:
    """And acknowledged even if nobody can tell what part it is, because it would come again."""
    peer = Watch()
    assert peer.feed(frame(content), NOW) == [report(piece=expected)]
    assert peer.damaged == (expected is None)
    assert replies(content) == (frame(reply), b"")


@pytest.mark.parametrize(("content", "expected"), PICTURES)
def test_picture_is_read_and_not_answered(content: bytes, expected: Piece | None) -> None:
    peer = Watch()
    assert peer.feed(frame(content), NOW) == [report(piece=expected)]
    assert peer.damaged == (expected is None)
    assert replies(content) == (b"", b"")


@pytest.mark.parametrize(("content", "expected"), ANSWERS + SILENT)
def test_answer_is_read_and_not_answered(content: str | bytes, expected: Report) -> None:
    """What nobody knows proves that the watch is there."""
    assert read(content) == expected
    assert replies(content) == (b"", b"")


@pytest.mark.parametrize(("content", "expected"), POSITIONS)
def test_position_is_read_and_never_answered(content: str, expected: Report) -> None:
    """Of every type, valid and void, whole and with fields that are missing."""
    assert read(content) == expected
    assert replies(content) == (b"", b"")


def test_time_is_read_to_the_second() -> None:
    """In the fast way and in the slow one."""
    random = Random("time")
    for _ in range(300):
        time = datetime.fromtimestamp(random.randrange(1420070400, 2524608000), UTC)
        for content in (ud(), ud(rest=""), ud(kind="AL"), ud(letter="V")):
            assert read(content.replace(CLOCK, f"{time:%d%m%y,%H%M%S}")).time == time


@pytest.mark.parametrize(("place", "latitude", "longitude"), PLACES)
@pytest.mark.parametrize("rest", [REST, ""])
def test_hemisphere_is_told_by_sign_or_letter(place: str, latitude: float, longitude: float, rest: str) -> None:
    """In the fast way and in the slow one."""
    found = read(ud(f"{place},12.50,276.0,431.5,9", rest)).fix
    assert found == Fix(latitude, longitude, TIME, 431.5, 12.5, 276.0, 9)


@pytest.mark.parametrize(("motion", "expected"), MOTIONS)
def test_motion_is_read_as_far_as_it_is_there(motion: str, expected: dict[str, float | None]) -> None:
    """What is missing or damaged costs nothing else."""
    assert read(ud(f"47.123456,N,8.7654321,E,{motion}")) == position(fix=fix(**expected))


@pytest.mark.parametrize(("tail", "found", "accuracy"), NETWORKS)
def test_network_is_read_as_far_as_it_can_be(tail: str, found: dict[str, object], accuracy: float | None) -> None:
    """And never costs the position; an alarm has it as well."""
    expected = position(fix=fix(accuracy=accuracy), **found)
    assert read(ud(tail=f",{tail}")) == expected
    assert read(ud(tail=f",{tail}", letter="V")) == replace(expected, fix=None)
    alarm = replace(expected, alarms=(Alarm.OTHER,), codes=(WORD,))
    assert read(ud(tail=f",{tail}", kind="AL")) == alarm


@pytest.mark.parametrize("tail", [tail for tail, _, _ in NETWORKS])
def test_network_cut_anywhere_does_not_cost_the_position(tail: str) -> None:
    """Accuracy, cells and access points are whole or absent."""
    for cut in range(len(tail)):
        found = read(ud(tail=f",{tail[:cut]}"))
        assert found.fix is not None
        assert replace(found.fix, accuracy=None) == fix()
        assert found.readings == CALM


@pytest.mark.parametrize(
    "tail",
    [
        "1,255,{},1,9529,21809,158",
        "1,255,228,{},9529,21809,158",
        "1,255,228,1,{},21809,158",
        "1,255,228,1,9529,{},158",
        "1,255,228,1,9529,21809,{}",
        "1,255,228,1,A,B,{}",
        "0,1,,{},-47",
        "0,1,,02:00:5e:10:00:01,{}",
        "0,0,{}",
    ],
)
def test_long_fields_are_not_remembered(tail: str) -> None:
    """A peer must not make us keep more than a few hundred bytes for each of the things that we have heard."""
    frames = [frame(ud(tail="," + tail.format(f"{number}{'7' * 3600}"))) for number in range(1000, 1500)]
    peer = Watch()
    tracemalloc.start()
    try:
        assert sum(len(peer.feed(data, NOW)) for data in frames) == len(frames)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500 * len(frames)


def test_position_longer_than_any_is_cut_short() -> None:
    """Strangers shall not fill what remembers cells and access points."""
    scan = ",1,255,228,1,9529,21809,158,90," + ",".join(
        f"{'x' * 40},02:00:5e:10:00:{number:02x},-47" for number in range(90)
    )
    found = read(ud(tail=scan))
    assert found == position(cells=(TOWER,), wifi=found.wifi)
    assert 50 < len(found.wifi) < 90
    assert read(ud(tail=f",1,255,228,1,9529,{'9' * 5000},158,0,12")) == position()


def test_many_access_points_are_read() -> None:
    """As many as a watch can hear."""
    wifi = [(f"net {number}", f"02:00:5e:10:00:{number:02x}", -30 - number) for number in range(60)]
    content = watch.location("UD", TIME, None, battery=76, wifi=wifi)
    assert read(content).wifi == tuple(AccessPoint(bssid, signal) for _, bssid, signal in wifi)


@pytest.mark.parametrize(("word", "alarming", "otherwise"), WORDS)
def test_status_is_read(word: str, alarming: tuple[Alarm, ...], otherwise: tuple[Alarm, ...]) -> None:
    """What is only a state is no alarm, but in a frame that is one and says nothing else."""
    for kind in ("AL", "AL_LTE"):
        found = read(with_word(word, kind))
        assert (found.alarms, found.codes) == (alarming, (word,) * len(alarming))
    for kind in ("UD", "UD2", "UD_LTE", "WT", "PP,080910"):
        found = read(with_word(word, kind))
        assert (found.alarms, found.codes) == (otherwise, (word,) * len(otherwise))
        assert found.readings.get("battery_low") is bool(int(word, 16) & 1)


@pytest.mark.parametrize(("bit", "alarm"), BITS)
@pytest.mark.parametrize("kind", ["UD", "UD2", "AL", "WT"])
def test_every_alarm_bit_is_told(bit: int, alarm: Alarm, kind: str) -> None:
    """With the whole word as its code; a watch that was taken off is not worn, and a lasting state is told once."""
    word = f"{1 << bit:08X}"
    readings: Readings = {**CALM, "worn": False} if alarm is Alarm.REMOVED else CALM
    told = kind == "AL" or bit > 15
    expected = position(readings=readings, alarms=(alarm,) * told, codes=(word,) * told, buffered=kind == "UD2")
    assert read(with_word(word, kind)) == expected


def test_states_are_no_readings() -> None:
    """Fences, the bracelet and the bit about movement mean different things to different makers."""
    assert read(with_word("00003FFE", "UD")) == position()
    assert read(with_word("001E", "UD")) == position()


@pytest.mark.parametrize("kind", ALARM_KINDS)
def test_alarm_is_acknowledged_by_its_first_word(kind: str) -> None:
    """If its report was taken; a stranger's is not."""
    content = with_word("00010000", kind)
    assert read(content) == position(alarms=(Alarm.SOS,), codes=("00010000",))
    assert replies(content) == (frame("AL"), b"")


@pytest.mark.parametrize(("fields", "expected"), DAMAGED_ALARMS)
def test_alarm_survives_damage(fields: str, expected: Report) -> None:
    """And is acknowledged, or it would come again for ever."""
    assert read(f"AL{fields}") == expected
    assert replies(f"AL{fields}") == (frame("AL"), b"")


def test_sos_survives_every_cut() -> None:
    """As one that nobody knows where its status is gone; half of a new status is a whole old one."""
    content = with_word("00010000", "AL")
    for cut in range(2, len(content) + 1):
        found = read(content[:cut])
        assert found.alarms in ((Alarm.SOS,), (Alarm.OTHER,), (Alarm.LOW_BATTERY,))
        assert found.fix is None or found.fix.longitude == pytest.approx(8.7654321, abs=1)
        assert replies(content[:cut]) == (frame("AL"), b"")
    assert read(content).alarms == (Alarm.SOS,)


@pytest.mark.parametrize(("content", "reply"), DAMAGED)
def test_damaged_frame_is_counted_and_answered(content: str, reply: bytes) -> None:
    """A frame that cannot be read must not come again; one that is never answered is not answered then either."""
    peer = Watch()
    assert peer.feed(frame(content) + frame("LK"), NOW) == [report()]
    assert peer.damaged == 1
    assert peer.data_to_send() == (frame(reply) if reply else b"") + frame("LK")


@pytest.mark.parametrize("vendor", ["3G", "SG", "CS", "ZJ", "YW", "g7", "0z"])
@pytest.mark.parametrize("identity", [ID, "86123405000", IMEI])
@pytest.mark.parametrize("index", [None, 0, 0x3A, 0xFFFF])
def test_reply_has_vendor_identity_and_index_of_the_frame(vendor: str, identity: str, index: int | None) -> None:
    """And the watch is called as it calls itself."""
    peer = Watch()
    sent = watch.encode(vendor, identity, ud(kind="AL"), index=index) + watch.encode(
        vendor, identity, "TKQ", index=index
    )
    assert [found.device_id for found in peer.feed(sent, NOW)] == [identity, identity]
    assert peer.device_id == identity
    expected = [watch.encode(vendor, identity, text, index=index) for text in ("AL", "TKQ")]
    assert peer.data_to_send() == b"".join(expected)
    assert peer.data_to_send() == b""


def test_reply_repeats_the_index_as_it_was_written() -> None:
    """In either case, while the length is written in upper case."""
    peer = Watch()
    peer.feed(b"[ZJ*861234050000033*00ab*0002*LK][ZJ*861234050000033*00AB*0002*LK]", NOW)
    assert peer.data_to_send() == b"[ZJ*861234050000033*00ab*0002*LK][ZJ*861234050000033*00AB*0002*LK]"
    peer.feed(b"[3G*3405000002*000b*oxygen,0,98][3G*3405000002*0006*INIT,0]", NOW)
    assert peer.data_to_send() == b"[3G*3405000002*0008*oxygen,1][3G*3405000002*0006*INIT,1]"


def test_encoder_knows_the_reply() -> None:
    """So that simulated watches rely on what real ones do."""
    for content in ("LK", "INIT", "TKQ2", "oxygen,0,98", "CONFIG,TY:G75", ud(kind="AL_LTE"), watch.voice(b"#!AMR")):
        assert watch.acknowledges(b"?" + replies(content)[0] + b"?", frame(content))
        assert not watch.acknowledges(frame("CR"), frame(content))
    assert not watch.acknowledges(frame("UD"), frame(ud()))


LONG = ud(tail=f",1,255,228,1,9529,21809,158,2,{WIFI},7.5")
BRACKETS = ud(tail=",0,2,Casa [2.4],02:00:5e:10:00:01,-47,[x],02:00:5e:10:00:02,-60")
CLOSED = ud(tail=",0,1,a]b,02:00:5e:10:00:01,-47,3.5")
OPENED = ud(tail=",0,2,[x],02:00:5e:10:00:02,-60,a[b,02:00:5e:10:00:01,-47,3.5")
CONTENTS = {"long": LONG, "brackets": BRACKETS, "closed": CLOSED, "opened": OPENED, "short": "LK"}
#: What the lengths of real watches are wrong by, and worse.
LIES = (-8, -3, -1, 1, 13)
AFTER = frame(ud(kind="AL"))


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_right_length_tells_the_end(content: str) -> None:
    """Whatever brackets are in the frame, however it is cut, and whatever follows."""
    expected = [read(content), *feed(AFTER)]
    for glue in (b"", b"\r\n", b"\0", b"?", b"]", b"[", b"[3G*", b"[3G*34050"):
        data = frame(content) + glue + AFTER
        assert feed(data) == expected, glue
        for cut in range(1, len(data)):
            assert feed(data[:cut], data[cut:]) == expected, (glue, cut)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("content", [LONG, BRACKETS, OPENED], ids=["long", "brackets", "opened"])
def test_wrong_length_costs_nothing(content: str, lie: int) -> None:
    """However the frame is cut: the brackets tell the end, or the next frame does."""
    length = len(content) + lie
    expected = [read(content), *feed(AFTER)]
    for glue in (b"", b"\r\n"):
        data = frame(content, length=length) + glue + AFTER
        assert feed(data) == expected
        for cut in range(1, len(data)):
            assert feed(data[:cut], data[cut:]) == expected, cut
    if content is not OPENED or lie < 0:
        assert feed(frame(content, length=length)) == expected[:1]


@pytest.mark.parametrize("length", [0, 1, 3, 15, 25, 200, 0xFFFF])
def test_any_length_costs_nothing(length: int) -> None:
    """Not even that of the greatest picture."""
    for content in ("LK", "LK,50,3,84", "bphrt,118,76,71,,,,"):
        data = frame(content, length=length)
        expected = [read(content)]
        assert feed(data) == expected
        assert feed(*(bytes([byte]) for byte in data)) == expected
        assert feed(data + AFTER) == expected + feed(AFTER)
        assert feed(AFTER + data) == feed(AFTER) + expected
        assert Watch().feed(data, NOW, final=True) == expected


def test_wrong_length_does_not_delay_what_is_certain() -> None:
    """Too small a length is found out at once; behind too great a one more may follow."""
    for content in (LONG, BRACKETS, "LK,50,3,84"):
        assert Watch().feed(frame(content, length=len(content) - 3), NOW) == [read(content)]
    peer = Watch()
    assert peer.feed(frame("LK", length=15), NOW) == []
    assert peer.settle(NOW) == [report()]
    assert not peer.held
    peer = Watch()
    assert peer.feed(frame("LK", length=15) + AFTER[:30], NOW) == [report()]


def test_silence_does_not_end_half_a_frame() -> None:
    """Even if it comes after a bracket."""
    for content in (LONG, BRACKETS, OPENED):
        for length in (len(content), len(content) - 3):
            data = frame(content, length=length)
            half = data.index(b"228,1") if content is LONG else data.index(b"[", 1) + 1
            peer = Watch()
            assert peer.feed(data[:half], NOW) == []
            assert peer.settle(NOW) == []
            assert peer.feed(data[half:], NOW) + peer.settle(NOW) == [read(content)]


def test_length_that_leads_into_another_frame_is_not_believed() -> None:
    """Its bracket belongs to that one."""
    first, second = frame("LK,50,3,84"), frame("heart,71")
    content = len(first) - first.index(b"LK") - 1 + len(second)
    data = frame("LK,50,3,84", length=content) + second
    assert data[data.index(b"LK") + content : data.index(b"LK") + content + 1] == b"]"
    assert feed(data) == [*feed(first), *feed(second)]
    assert feed(*(bytes([byte]) for byte in data)) == [*feed(first), *feed(second)]


@pytest.mark.parametrize("cut", range(1, len(frame(LONG))))
def test_half_a_frame_costs_itself_alone(cut: int) -> None:
    """Its beginning, which lacks the bracket, or its end, which lacks the header."""
    data, after = frame(LONG), feed(AFTER, frame("LK"))
    assert feed(data[:cut] + AFTER + frame("LK"))[-2:] == after
    assert feed(data[cut:] + AFTER + frame("LK"))[-2:] == after
    assert len(feed(data[:cut] + AFTER)) == 1


@pytest.mark.parametrize(
    "noise",
    [
        b"[hello]",
        b"[3G*88000*0002*LK]",
        b"[CS*8800000015*00ZZ*LK]",
        b"[3G*8612340500000331*0002*LK]",
        b"[3*3405000003*0002*LK]",
        b"[3G*3405000003*002*LK]",
        b"[3G*3405000003*LK]",
        b"[3G*3405000003*0002*LK",
        b"3G*3405000003*0002*LK]",
        b"]]]",
        b"[[[",
        b"\xff\0\r\n",
    ],
)
def test_what_is_no_frame_is_skipped(noise: bytes) -> None:
    """Up to the next frame."""
    peer = Watch()
    assert peer.feed(noise, NOW, final=True) == []
    assert (peer.damaged, peer.data_to_send()) == (0, b"")
    assert feed(noise + AFTER + noise + AFTER) == feed(AFTER + AFTER)
    assert feed(*(bytes([byte]) for byte in noise + AFTER)) == feed(AFTER)


def test_picture_of_64_kilobytes_is_read() -> None:
    """In pieces of a network, and although its bytes were not escaped."""
    jpeg = Random("picture").randbytes(0xFFFF - len("img,5,251121080910,")).replace(b"}", b"{")
    data = frame(b"img,5,251121080910," + jpeg)
    expected = [report(piece=Piece(MediaKind.PHOTO, "251121080910", 0, 1, jpeg, TAKEN)), *feed(AFTER)]
    assert feed(*(data[begin : begin + 1448] for begin in range(0, len(data), 1448)), AFTER) == expected
    assert feed(data + AFTER) == expected
    assert len(data) <= Watch.max_frame


def test_voice_with_a_wrong_length_is_cut_at_its_bracket() -> None:
    """Where the bytes before they were escaped were counted."""
    audio = b"#!AMR\n" + bytes(range(256))
    content = watch.voice(audio)
    data = frame(content, length=len(content) - 5)
    expected = report(piece=Piece(MediaKind.VOICE, "TK", 0, 1, audio))
    assert feed(data + AFTER) == [expected, *feed(AFTER)]
    assert Watch().feed(data, NOW) == [expected]


@pytest.mark.parametrize("filler", [b"x", b"[", b"[x]", b"[3G*3405000003*FFFF*", b"[3G*3405000003*"])
def test_endless_frame_is_refused(filler: bytes) -> None:
    """Whatever it is filled with."""
    data = b"[3G*3405000003*FFFE*img," + filler * (Watch.max_frame // len(filler))
    peer = Watch()
    fed = 0
    refused = False
    while not refused:
        try:
            assert peer.feed(data[fed : fed + 64], NOW) == []
        except FrameError:
            refused = True
        fed += 64
    assert Watch.max_frame < fed <= Watch.max_frame + 64


def test_what_was_searched_is_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame whose length lies costs its own bytes, however small the pieces are that it comes in."""
    looked_at = {"_BRACKET": 0, "_HEADER": 0}

    class Counted:
        """A pattern that tells how far it was let look."""

        def __init__(self, name: str) -> None:
            self._name = name
            self._pattern: re.Pattern[bytes] = getattr(module, name)

        def match(self, data: bytes, begin: int) -> re.Match[bytes] | None:
            return self._pattern.match(data, begin)

        def search(self, data: bytes, begin: int, end: int) -> re.Match[bytes] | None:
            found = self._pattern.search(data, begin, end)
            looked_at[self._name] += (end if found is None else found.end()) - begin
            return found

        def finditer(self, data: bytes, begin: int, end: int) -> Iterator[re.Match[bytes]]:
            looked_at[self._name] += end - begin
            return self._pattern.finditer(data, begin, end)

    for name in looked_at:
        monkeypatch.setattr(module, name, Counted(name))
    content = "VERNO," + "[x]" * 5000
    for length in (3, 0xFFFF):
        data = b"?" * 100 + frame(content, length=length)
        looked_at.update(_BRACKET=0, _HEADER=0)
        found = feed(*(data[begin : begin + 64] for begin in range(0, len(data), 64)))
        assert [report.text for report in found] == [content[6:]]
        assert looked_at["_BRACKET"] <= len(data)
        # Each piece is searched together with what may be the beginning of a header, and after the header of the frame.
        assert looked_at["_HEADER"] <= len(data) * 2


@pytest.mark.parametrize("data", [frame("LK"), watch.encode("ZJ", IMEI, "LK", index=3)])
def test_match_claims_vendor_and_identity(data: bytes) -> None:
    """Undecided up to the star behind the identity."""
    answers = [Watch.match(data[:size]) for size in range(len(data) + 1)]
    star = data.index(b"*", 4) + 1
    assert answers == [Match.MAYBE] * star + [Match.YES] * (len(answers) - star)


@pytest.mark.parametrize(
    "head", [b"[h!", b"[hel", b"[3G*x", b"[3G*340500000*", b"[3G*8612340500000331", b"[3GX", b"3", b"(", b"[["]
)
def test_match_refuses_other_protocols(head: bytes) -> None:
    """As soon as the last of these bytes is there."""
    assert Watch.match(head[:-1]) is Match.MAYBE
    assert Watch.match(head) is Match.NO
    assert Watch.match(head + AFTER) is Match.NO


def test_position_of_the_encoder_is_read() -> None:
    """All of it."""
    place = Position(latitude=-4.6583, longitude=-74.0937, altitude=2555.3, speed=4.8, course=276.0)
    content = watch.location(
        "UD_LTE",
        TIME,
        place,
        battery=76,
        signal=80,
        satellites=7,
        steps=4262,
        turns=11,
        status=1 | 1 << 21,
        cells=[(Cell(228, 1, 9529, 21809), -95)],
        wifi=[("Casa [2]", "02:00:5e:10:00:01", -47)],
        accuracy=12.4,
    )
    assert read(content) == Report(
        ID,
        "watch",
        TIME,
        Fix(-4.6583, -74.0937, TIME, 2555.3, 4.8, 276.0, 7, None, 12.4),
        {**DAY, "battery_low": True},
        (Alarm.FALL,),
        ("00200001",),
        (replace(TOWER, signal=-95),),
        (HOME,),
    )
