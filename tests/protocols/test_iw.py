"""The iw protocol: any bytes, in any pieces, give the same reports and replies or FrameError, and no other error."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
import re

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
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.iw import Iw
from tests.simulator import l17pro
from tests.simulator.encoders import iw
from tests.simulator.route import Position
from tests.simulator.tracker import Cell
from tests.simulator.watch import State

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
IMEI = "861234050000041"
OTHER_IMEI = "861234050000058"
TIME = datetime(2026, 3, 1, 11, 59, 58, tzinfo=UTC)
PLACE = Position(latitude=47.5, longitude=-8.25, altitude=0.0, speed=12.5, course=323.75)
CELL = Cell(228, 1, 70000, 268000001)
TOWER = CellTower(228, 1, 70000, 268000001)
WIFI = (("02:00:5e:10:00:01", 97), ("02:00:5e:10:00:02", 0))
POINTS = (AccessPoint("02:00:5e:10:00:01"), AccessPoint("02:00:5e:10:00:02"))
FIX = Fix(47.5, -8.25, TIME, speed=12.5, course=323.75, satellites=9)
STATUS: Readings = {"signal_level": 80, "battery_level": 64}

HEAD = b"260301A4730.0000N00815.0000W012.5115958323.75"
TAIL = b"08000906400001"


def report(**what: object) -> Report:
    """Return a report of our made-up watch."""
    return Report(IMEI, "iw", **what)  # type: ignore[arg-type]


def location(**more: object) -> Report:
    """Return the report of LOCATION, with what differs."""
    what = {"time": TIME, "fix": FIX, "readings": STATUS, "cells": (TOWER,), "wifi": POINTS}
    return report(**(what | more))


def packet(data: bytes, total: int = 1, index: int = 1) -> Report:
    """Return the report of a packet of a recording or picture that is of TIME."""
    return report(piece=Piece(MediaKind.of(data), f"{TIME:%Y%m%d%H%M%S}", index - 1, total, data, TIME))


def peer() -> Iw:
    """Return a connection whose watch has logged in."""
    return Iw(IMEI)


def exchange(data: bytes) -> tuple[list[Report], bytes]:
    """Return the reports of what a watch that has logged in says, and what it is told."""
    watch = peer()
    return watch.feed(data, NOW), watch.data_to_send()


def read(data: bytes) -> list[Report]:
    """Return the reports alone."""
    return exchange(data)[0]


LOCATION = iw.location(TIME, PLACE, battery=64, cell=CELL, wifi=WIFI)
NO_FIX = iw.location(TIME, None, battery=64, cell=CELL, wifi=WIFI)


# Who speaks.


@pytest.mark.parametrize(
    ("offset", "hours"),
    [
        (timedelta(), "0"),
        (timedelta(hours=2), "2"),
        (timedelta(hours=-5), "-5"),
        (timedelta(hours=5, minutes=30), "5.5"),
        (timedelta(hours=-3, minutes=-30), "-3.5"),
        (timedelta(hours=5, minutes=45), "5.75"),
        (timedelta(hours=14), "14"),
    ],
)
def test_login_is_told_utc_and_the_offset_of_the_home(offset: timedelta, hours: str) -> None:
    watch = Iw()
    assert watch.feed(iw.login(IMEI), NOW.astimezone(timezone(offset))) == [report()]
    assert watch.data_to_send() == f"IWBP00,20260301120005,{hours}#".encode()
    assert watch.device_id == IMEI


def test_login_is_answered_whoever_it_is() -> None:
    watch = Iw()
    watch.feed(iw.login(IMEI) + LOCATION + iw.heartbeat(battery=5) + b"IWAPTM#", NOW)
    assert watch.data_to_send(acknowledge=False) == (b"IWBP00,20260301120005,0#IWBP03#IWBPTM,20260301120005,0,0#")


@pytest.mark.parametrize(
    ("rest", "readings"),
    [
        (b",89570123456789012345,732101234567890", {"iccid": "89570123456789012345"}),
        (b",8957012345678901234F", {"iccid": "8957012345678901234F"}),
        (b",895701234567890123,", {"iccid": "895701234567890123"}),
        (b",,732101234567890", {}),
        (b",", {}),
        (b",Europe/Zurich", {}),
        (b",895701234567890123456", {}),
        (b",89570123456789\xff,", {}),
    ],
)
def test_login_may_say_more(rest: bytes, readings: Readings) -> None:
    watch = Iw()
    assert watch.feed(b"IWAP00" + IMEI.encode() + rest + b"#", NOW) == [report(readings=readings)]
    assert watch.data_to_send() == b"IWBP00,20260301120005,0#"


@pytest.mark.parametrize("identity", ["86123405000004", "861234050000041", "8612340500000412"])
def test_identity_has_14_to_16_digits(identity: str) -> None:
    assert Iw().feed(iw.login(identity), NOW) == [Report(identity, "iw")]


@pytest.mark.parametrize("identity", ["", "8612340500000", "86123405000004123", "86123405000004x", ",861234050000041"])
def test_login_without_an_identity_is_no_login(identity: str) -> None:
    watch = Iw()
    assert watch.feed(iw.login(identity), NOW) == []
    assert (watch.damaged, watch.device_id, watch.data_to_send()) == (1, None, b"")
    with pytest.raises(FrameError):
        watch.feed(LOCATION, NOW)


def test_unreadable_login_does_not_forget_who_speaks() -> None:
    watch = peer()
    assert watch.feed(iw.login("nobody") + LOCATION, NOW) == [location()]


def test_second_login_rebinds() -> None:
    watch = Iw()
    reports = watch.feed(iw.login(IMEI) + iw.heart_rate(68) + iw.login(OTHER_IMEI) + iw.heart_rate(70), NOW)
    assert reports == [
        report(),
        report(readings={"heart_rate": 68}),
        Report(OTHER_IMEI, "iw"),
        Report(OTHER_IMEI, "iw", readings={"heart_rate": 70}),
    ]
    assert watch.device_id == OTHER_IMEI


@pytest.mark.parametrize(
    "data",
    [
        LOCATION,
        iw.alarm(1, TIME, PLACE, battery=64, cell=CELL),
        iw.heartbeat(battery=64),
        iw.worn(IMEI, True, TIME),
        iw.confirmation("AP16", "080835"),
        iw.media("AP07", TIME, 1, 1, b"#!AMR"),
        b"IWAPTM#",
        b"IWBP00,20260301120005,0#",
        b"TRVCP01,08000906400001#",
    ],
)
def test_data_before_a_login_closes_the_connection(data: bytes) -> None:
    """Then the watch logs in, and sends again what nobody acknowledged."""
    watch = Iw()
    with pytest.raises(FrameError, match="data before a login"):
        watch.feed(data, NOW)
    assert watch.data_to_send() == b""


def test_identity_survives_a_restart_of_ours() -> None:
    assert Iw(IMEI).feed(LOCATION, NOW) == [location()]


def test_old_dialect_logs_in() -> None:
    watch = Iw()
    assert watch.feed(b"TRVAP00" + IMEI.encode() + b"#", NOW) == [report()]
    assert watch.data_to_send() == b"TRVBP00#"


# What is answered.

ANSWERS = [
    (b"IWAP01" + HEAD + TAIL + b",228,1,1,1,#", b"IWBP01#"),
    (b"IWAP02,en,0,0,0#", b"IWBP02#"),
    (b"IWAP03,08000906400001,5,0#", b"IWBP03#"),
    (b"IWAP05,1#", b"IWBP05,0#"),
    (b"IWAP10" + HEAD + TAIL + b",228,1,1,1,01,en,00,#", b"IWBP10#"),
    (b"IWAP10" + HEAD + TAIL + b",228,1,1,1,00,en,01,#", b"IWBP10#"),
    (b"IWAPTM#", b"IWBPTM,20260301120005,0,0#"),
    (b"IWAPTM,1#", b"IWBPTM,20260301120005,0,0#"),
    (b"IWAPT6#", b"IWBPT6,1,1#"),
    (b"IWAPJK,20260301115958,2,57#", b"IWBPJK,2#"),
    (b"IWAPJK,2026-03-01 11:59:58,12,57#", b"IWBPJK,12#"),
    (b"IWAPJK,when,3,36.6#", b"IWBPJK,3#"),
    (b"IWAPJK,20260301115958,x,57#", b"IWBPJK#"),
    (b"IWAPJK#", b"IWBPJK#"),
    (b"IWAPZ9,1#", b"IWBPZ9#"),
    (b"IWAP42\xff#", b""),
    (b"IWCP01,08000906400001#", b"IWDP01#"),
    (b"TRVAP01" + HEAD + TAIL + b"#", b"TRVBP01#"),
    (b"TRVAP10" + HEAD + TAIL + b",228,1,1,1,01#", b"TRVBP10#"),
    (b"TRVAP14,0,1,228,1,1|1|1#", b"TRVBP14,0.000,0.000#"),
    (b"TRVAP05,1#", b"TRVBP05#"),
    (b"TRVAPTM#", b"TRVBPTM#"),
    (b"TRVCP01,08000906400001#", b"TRVDP01#"),
    (b"TRVYP03" + HEAD + TAIL + b"#", b"TRVZP03#"),
    (b"TRVYP14" + HEAD + TAIL + b"#", b"TRVZP14#"),
    (b"TRVAP07,1#", b"TRVBP07#"),
]
PLAIN = "AP49 AP50 AP51 AP91 AP92 AP94 AP97 APHT APHP APHD APRR APBL APFD APWR APTP APSP"
CONFIRMATIONS = (
    "AP12 AP14 AP15 AP16 AP17 AP18 AP28 AP31 AP33 AP34 AP40 AP43 AP46 AP76 AP77 AP84 AP85 AP86 AP87 "
    "APXL APXY APXZ APXT APVR APTQ APMC APPH APTF APOX APTE"
)


@pytest.mark.parametrize(("data", "answer"), ANSWERS)
def test_answer_is_what_the_document_says(data: bytes, answer: bytes) -> None:
    assert exchange(data)[1] == answer


@pytest.mark.parametrize(("data", "answer"), ANSWERS)
def test_only_keep_alives_are_answered_for_a_stranger(data: bytes, answer: bytes) -> None:
    watch = peer()
    watch.feed(data, NOW)
    keep_alive = re.match(rb"IWAP03|IWAPTM|TRVAPTM|...?CP01", data)
    assert watch.data_to_send(acknowledge=False) == (answer if keep_alive else b"")


@pytest.mark.parametrize("kind", PLAIN.split())
def test_type_is_answered_by_itself(kind: str) -> None:
    """Before its fields are read: what cannot be read must not come again."""
    for data in (f"IW{kind},x,y#", f"IW{kind},1,1,1#"):
        assert exchange(data.encode())[1] == f"IWB{kind[1:]}#".encode()


@pytest.mark.parametrize("kind", CONFIRMATIONS.split())
@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (b",080835", "080835"),
        (b",080835,004e|+4912,,", "080835,004e|+4912,,"),
        (b",0808", "0808"),
        (b",\xb0C", "°C"),
        (b",", None),
        (b"", None),
    ],
)
def test_confirmation_is_told_and_never_answered(kind: str, rest: bytes, text: str | None) -> None:
    answer = Answer(f"{kind},080835" if rest.startswith(b",080835") else kind)
    assert exchange(f"IW{kind}".encode() + rest + b"#") == ([report(text=text or kind, answer=answer)], b"")


@pytest.mark.parametrize("kind", ["IWAP19", "IWAP20", "IWAP32", "IWAP88", "IWAPZ9", "IWAP49", "IWAP07", "TRVAP14"])
def test_whatever_begins_with_a_serial_is_a_confirmation(kind: str) -> None:
    answer = Answer(f"{kind[-4:]},080835")
    assert exchange(f"{kind},080835#".encode()) == ([report(text="080835", answer=answer)], b"")
    assert exchange(f"{kind},080835,1#".encode()) == ([report(text="080835,1", answer=answer)], b"")


@pytest.mark.parametrize("body", ["08083", "0808355", "08083x", "80835,1"])
def test_serial_has_six_digits(body: str) -> None:
    assert exchange(f"IWAP88,{body}#".encode()) == ([report()], b"IWBP88#")


@pytest.mark.parametrize("data", [b"IWBP01#", b"IWBP00,20260301120005,0#", b"TRVDP01#", b"IWZP03#"])
def test_answer_of_a_server_is_not_answered(data: bytes) -> None:
    watch = peer()
    assert watch.feed(data, NOW) == []
    assert (watch.damaged, watch.data_to_send()) == (1, b"")


def test_answers_come_in_the_order_of_the_frames() -> None:
    _, answers = exchange(LOCATION + iw.confirmation("AP16", "080835") + iw.heart_rate(60) + iw.heartbeat(battery=5))
    assert answers == b"IWBP01#IWBP49#IWBP03#"


# Positions.


def test_location_is_read_whole() -> None:
    assert read(LOCATION) == [location()]


def test_location_without_a_fix_is_none() -> None:
    """Its time is told: it is that of the last fix, or of now."""
    assert read(NO_FIX) == [location(fix=None)]


def test_last_known_position_is_no_fix() -> None:
    assert read(LOCATION.replace(b"A4730", b"V4730")) == [location(fix=None)]


@pytest.mark.parametrize(("south", "west"), [(True, True), (True, False), (False, True), (False, False)])
def test_every_hemisphere_is_read(south: bool, west: bool) -> None:
    data = LOCATION.replace(b"N0", b"S0" if south else b"N0").replace(b"W0", b"W0" if west else b"E0")
    fix = Fix(-47.5 if south else 47.5, -8.25 if west else 8.25, TIME, speed=12.5, course=323.75, satellites=9)
    assert read(data) == [location(fix=fix)]


@pytest.mark.parametrize(
    ("text", "course"),
    [
        (b"029.00", 29.0),
        (b"41.520", 41.52),
        (b"000000", 0.0),
        (b"360.00", 360.0),
        (b"360.01", None),
        (b"999.99", None),
    ],
)
def test_course_is_six_digits_and_a_dot_anywhere(text: bytes, course: float | None) -> None:
    fix = Fix(47.5, -8.25, TIME, speed=12.5, course=course, satellites=9)
    assert read(LOCATION.replace(b"323.75", text)) == [location(fix=fix)]


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        (b"000.0", 0.0),
        (b"999.9", 999.9),
        (b"0.123", 0.123),
        (b"00012", 12.0),
        (b"1000.", None),
        (b"10507", None),
        (b"99999", None),
    ],
)
def test_speed_beyond_any_is_none(text: bytes, speed: float | None) -> None:
    """The position is told all the same."""
    fix = Fix(47.5, -8.25, TIME, speed=speed, course=323.75, satellites=9)
    assert read(LOCATION.replace(b"012.5", text)) == [location(fix=fix)]


@pytest.mark.parametrize(
    ("status", "readings"),
    [
        (b"08000906400001", STATUS),
        (b"00000000000001", {"signal_level": 0, "battery_level": 0}),
        (b"10001210000008", {"signal_level": 100, "battery_level": 100}),
        (b"10100910100001", {}),
        (b"08000906410001", STATUS | {"ignition": True}),
        (b"08000906420001", STATUS | {"ignition": False}),
        (b"08000906430001", STATUS),
        (b"08000906400102", STATUS | {"armed": True}),
        (b"08000906400202", STATUS | {"armed": False}),
        (b"08000906400502", STATUS),
        (b"08000906401002", STATUS),
        (b"0800090640000100011", STATUS),
        (b"08000906420201112", STATUS | {"ignition": False, "armed": False}),
        (b"08000906400001ab c", STATUS),
    ],
)
def test_status_word_becomes_readings(status: bytes, readings: Readings) -> None:
    (got,) = read(LOCATION.replace(TAIL, status))
    assert got.readings == readings
    assert got.fix is not None
    assert got.wifi == POINTS
    assert got.cells == (TOWER,)


@pytest.mark.parametrize("satellites", [0, 5, 14])
def test_satellites_belong_to_the_fix(satellites: int) -> None:
    data = iw.location(TIME, PLACE, battery=64, satellites=satellites, cell=CELL, wifi=WIFI)
    fix = Fix(47.5, -8.25, TIME, speed=12.5, course=323.75, satellites=satellites)
    assert read(data) == [location(fix=fix)]


@pytest.mark.parametrize(
    ("cell", "towers"),
    [
        (b"228,1,70000,268000001", (TOWER,)),
        (b"424,030,3011,27003", (CellTower(424, 30, 3011, 27003),)),
        (b"310,410,0,5", (CellTower(310, 410, None, 5),)),
        (b"310,410,65535,5", (CellTower(310, 410, None, 5),)),
        (b"310,410,1,65534", ()),
        (b"228,1,1,0", ()),
        (b"0,0,0,0", ()),
        (b"228,1,65535,65535", ()),
        (b"228,1,1,4294967295", ()),
        (b"228,1,x,5", ()),
        (b"228,1,-1,-1", ()),
        (b",,,", ()),
        (b"228,1,12345678901,5", ()),
    ],
)
def test_serving_cell_is_decimal(cell: bytes, towers: tuple[CellTower, ...]) -> None:
    """What cannot be a cell costs nothing else."""
    assert read(LOCATION.replace(b"228,1,70000,268000001", cell)) == [location(cells=towers)]


@pytest.mark.parametrize("rest", [b"", b",228", b",228,1,1"])
def test_cell_may_be_missing(rest: bytes) -> None:
    assert read(b"IWAP01" + HEAD + TAIL + rest + b"#") == [location(cells=(), wifi=())]


@pytest.mark.parametrize(
    ("wifi", "points"),
    [
        (b"", ()),
        (b"Home|74-DE-2B-44-88-8C|97", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"|74:de:2b:44:88:8c|97", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c|-61", (AccessPoint("74:de:2b:44:88:8c", -61),)),
        (b"a|74-de-2b-44-88-8c|-151", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c|-0", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c|0", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c|", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|74-de-2b-44-88-8c|-6x", (AccessPoint("74:de:2b:44:88:8c"),)),
        (b"a|02-00-5e-10-00-01|97& b c|02-00-5e-10-00-02|3", POINTS),
        (b"a, b|02-00-5e-10-00-01|97&\xe5\xae\xb6|02-00-5e-10-00-02|3", POINTS),
        (b"IWAP49|02-00-5e-10-00-01|97&TRVAP01 x|02-00-5e-10-00-02|3", POINTS),
        (b"a|no address|97&a|02-00-5e-10-00-01|97&&|&b|02-00-5e-10-00-02|3", POINTS),
        (b"a|x|02-00-5e-10-00-09&a|02-00-5e-10-00-01|97&b|02-00-5e-10-00-02|3", POINTS),
        (b"a|00-00-00-00-00-00|97&a|ff-ff-ff-ff-ff-ff|97&a|02-00-5e-10-00|9&a|02-00-5e-10-00-01-02|9", ()),
        (b"a|02-00-5e-10-00-01|97&a|02-00-5e-10-00-01|97", POINTS[:1] * 2),
    ],
)
def test_access_points_are_read(wifi: bytes, points: tuple[AccessPoint, ...]) -> None:
    """In a position and in an alarm alike."""
    front = LOCATION[: LOCATION.index(b",a|") + 1]
    assert read(front + wifi + b"#") == [location(wifi=points)]
    alarm = b"IWAP10" + front[6:] + b"01,en,00," + wifi + b"#"
    assert read(alarm) == [location(wifi=points, alarms=(Alarm.SOS,), codes=("01",))]


def test_name_of_an_access_point_may_end_the_frame_early() -> None:
    """It costs the access points from there on, and not the next frame."""
    data = LOCATION.replace(b"&a|", b"&c#4|")
    assert read(data + LOCATION) == [location(wifi=POINTS[:1]), location()]


@pytest.mark.parametrize("kind", [b"TRVAP01", b"TRVYP03", b"TRVYP14", b"IWYP03"])
def test_position_of_a_vehicle_unit_is_read(kind: bytes) -> None:
    data = kind + HEAD + b"08000906410100,228,1,70000,268000001#"
    readings = STATUS | {"ignition": True, "armed": True}
    assert read(data) == [location(readings=readings, wifi=())]


DAMAGED_HEADS = [
    HEAD.replace(b"4730.", b"47x0."),
    HEAD.replace(b"4730.", b"473.0"),
    HEAD.replace(b"4730.", b"4760."),
    HEAD.replace(b"4730.", b"9130."),
    HEAD.replace(b"00815.", b"18100."),
    HEAD.replace(b"N", b"n"),
    HEAD.replace(b"W", b"."),
    HEAD.replace(b"A", b"B"),
    HEAD.replace(b"260301", b"261301"),
    HEAD.replace(b"115958", b"245958"),
    HEAD.replace(b"012.5", b"01..5"),
    HEAD.replace(b"323.75", b"32..75"),
    HEAD[:-1],
    HEAD[1:],
    HEAD[:30],
    b"",
    b"\xff\xfe",
]


@pytest.mark.parametrize("head", DAMAGED_HEADS)
def test_damaged_position_is_counted_and_never_becomes_a_wrong_one(head: bytes) -> None:
    watch = peer()
    data = b"IWAP01" + head + TAIL + b",228,1,70000,268000001,#"
    assert watch.feed(data + iw.heart_rate(60), NOW) == [report(readings={"heart_rate": 60})]
    assert watch.damaged == 1
    assert watch.data_to_send() == b"IWBP01#IWBP49#"


def test_unset_position_is_no_fix() -> None:
    data = b"IWAP01" + HEAD.replace(b"4730.", b"0000.").replace(b"00815.", b"00000.") + TAIL + b"#"
    assert read(data) == [location(fix=None, cells=(), wifi=())]


@pytest.mark.parametrize("clock", [(b"260301", b"000000"), (b"115958", b"999999")])
def test_unset_clock_costs_nothing_where_there_is_no_fix(clock: tuple[bytes, bytes]) -> None:
    assert read(NO_FIX.replace(*clock)) == [location(fix=None, time=None)]


# Alarms.

ALARMS = [
    (1, Alarm.SOS),
    (2, Alarm.LOW_BATTERY),
    (3, Alarm.REMOVED),
    (4, Alarm.REMOVED),
    (5, Alarm.FALL),
    (6, Alarm.FALL),
    (7, Alarm.HEART_RATE),
    (8, Alarm.OTHER),
    (9, Alarm.MOVEMENT),
    (10, Alarm.BLOOD_PRESSURE),
    (11, Alarm.BLOOD_PRESSURE),
    (12, Alarm.BLOOD_PRESSURE),
    (13, Alarm.BLOOD_PRESSURE),
    (14, Alarm.SEDENTARY),
    (15, Alarm.OTHER),
    (16, Alarm.OTHER),
    (17, Alarm.OTHER),
    (20, Alarm.GEOFENCE_EXIT),
    (21, Alarm.GEOFENCE_ENTER),
    (99, Alarm.OTHER),
]


@pytest.mark.parametrize(("code", "alarm"), ALARMS)
@pytest.mark.parametrize("place", [PLACE, None])
@pytest.mark.parametrize("wants_address", [False, True])
def test_every_alarm_is_told(code: int, alarm: Alarm, place: Position | None, wants_address: bool) -> None:
    data = iw.alarm(code, TIME, place, battery=64, cell=CELL, wifi=WIFI, wants_address=wants_address)
    readings = STATUS | {"worn": False} if alarm is Alarm.REMOVED else STATUS
    expected = location(readings=readings, fix=FIX if place else None, alarms=(alarm,), codes=(f"{code:02d}",))
    assert exchange(data) == ([expected], b"IWBP10#")


def test_request_for_an_address_is_no_alarm() -> None:
    assert read(iw.alarm(0, TIME, PLACE, battery=64, cell=CELL, wifi=WIFI, wants_address=True)) == [location()]


def test_arming_field_is_not_taken_for_the_alarm() -> None:
    data = b"IWAP10" + HEAD + b"08000906400502,228,1,70000,268000001,00,en,00#"
    assert read(data) == [location(wifi=())]


@pytest.mark.parametrize(
    ("rest", "alarm", "code"),
    [
        (b",1,en,00", Alarm.SOS, "1"),
        (b",01", Alarm.SOS, "01"),
        (b", 01 ,en", Alarm.SOS, "01"),
        (b",0,en", Alarm.OTHER, "0"),
        (b",001,en", Alarm.OTHER, "001"),
        (b",xx,en", Alarm.OTHER, "xx"),
        (b",\xb0,en", Alarm.OTHER, "°"),
        (b",,en", Alarm.OTHER, ""),
        (b",", Alarm.OTHER, ""),
        (b"", Alarm.OTHER, ""),
    ],
)
def test_alarm_with_an_odd_code_is_told(rest: bytes, alarm: Alarm, code: str) -> None:
    data = b"IWAP10" + HEAD + TAIL + b",228,1,70000,268000001" + rest + b"#"
    assert read(data) == [location(wifi=(), alarms=(alarm,), codes=(code,))]


@pytest.mark.parametrize("head", DAMAGED_HEADS)
def test_sos_survives_a_damaged_position(head: bytes) -> None:
    watch = peer()
    (got,) = watch.feed(b"IWAP10" + head + TAIL + b",228,1,70000,268000001,01,en,00,#", NOW)
    assert (got.alarms, got.codes, got.fix) == ((Alarm.SOS,), ("01",), None)
    assert got.readings in (STATUS, {})
    assert watch.damaged == 1
    assert watch.data_to_send() == b"IWBP10#"


def test_sos_survives_every_cut() -> None:
    """And its position is whole or absent."""
    data = iw.alarm(1, TIME, PLACE, battery=64, cell=CELL, wifi=WIFI)
    for cut in range(6, len(data)):
        (got,) = read(data[:cut] + b"#")
        assert len(got.alarms) == 1, cut
        assert got.fix in (FIX, None), cut
        assert got.alarms == (Alarm.SOS,) or cut < data.index(b",01,en") + 3, cut


WHOLE_SOS = iw.alarm(1, TIME, PLACE, battery=64, cell=CELL, wifi=WIFI)
HEARD = location(alarms=(Alarm.SOS,), codes=("01",))


@pytest.mark.parametrize("cut", range(6, len(WHOLE_SOS)))
@pytest.mark.parametrize("front", [b"", LOCATION[:50], LOCATION[:-1]])
def test_sos_that_lost_its_end_is_told_and_answered(cut: int, front: bytes) -> None:
    """And says nothing that it would not say whole."""
    media = iw.media("AP07", TIME, 1, 1, b"#IWAP49,1#")
    for follower, expected, answer in (
        (NO_FIX, location(fix=None), b"IWBP01#"),
        (WHOLE_SOS, HEARD, b"IWBP10#"),
        (media, packet(b"#IWAP49,1#"), b"IWBP07,20260301115958,1,1,1#"),
        (iw.login(IMEI), report(), b"IWBP00,20260301120005,0#"),
    ):
        reports, answers = exchange(front + WHOLE_SOS[:cut] + follower)
        got, last = reports
        assert (last, answers) == (expected, b"IWBP10#" + answer)
        assert len(got.alarms) == len(got.codes) == 1
        assert got.alarms == (Alarm.SOS if cut >= WHOLE_SOS.index(b",01,en") + 3 else Alarm.OTHER,)
        assert got.fix in (FIX, None)
        assert got.readings in (STATUS, {})
        assert got.cells in ((TOWER,), ())
        assert set(got.wifi) <= set(POINTS)
    assert (got.fix is None) is (cut < WHOLE_SOS.index(b",228"))
    assert (got.cells == ()) is (cut < WHOLE_SOS.index(b",01,en") + 1)


def test_sos_cut_in_its_code_is_not_taken_for_another() -> None:
    front = b"IWAP10" + HEAD + TAIL + b",228,1,70000,268000001,"
    for code, alarm in ((b"1", Alarm.OTHER), (b"0", Alarm.OTHER), (b"21", Alarm.GEOFENCE_ENTER), (b"1,", Alarm.SOS)):
        assert read(front + code + iw.heart_rate(60))[0].alarms == (alarm,)


def test_every_sos_of_several_that_lost_their_ends_is_told() -> None:
    part = WHOLE_SOS[: WHOLE_SOS.index(b",en") + 1]
    reports, answers = exchange(part * 3 + LOCATION[:60] + part + iw.heart_rate(60))
    assert [got.alarms for got in reports] == [(Alarm.SOS,)] * 4 + [()]
    assert reports[-1] == report(readings={"heart_rate": 60})
    assert answers == b"IWBP10#" * 4 + b"IWBP49#"


@pytest.mark.parametrize(
    "name", [b"TRVAP01,guest", b"my IWAP01,x & y", b"IWAP49,1", b"IWAP10, a & b", b"TRVAP0012345678901234567890123456,"]
)
def test_name_of_an_access_point_does_not_swallow_an_sos(name: bytes) -> None:
    for mark in (b"IW", b"TRV"):
        data = mark + b"AP10" + HEAD + TAIL + b",228,1,70000,268000001,01,en,00," + name + b"|9c-63-5b-c1-16-aa|80#"
        watch = peer()
        reports = watch.feed(data + iw.heart_rate(60), NOW)
        assert reports[0] == location(wifi=(), alarms=(Alarm.SOS,), codes=("01",))
        assert reports[-1] == report(readings={"heart_rate": 60})
        assert watch.data_to_send().startswith(mark + b"BP10#")


def test_flood_of_alarms_without_end_costs_its_length() -> None:
    assert len(read((b"IWAP10" * 1300 + b"#") * 20)) == 26000


# Scans.


def test_scan_is_read_whole() -> None:
    data = iw.scan(CELL, WIFI, beacons=(("02:00:5e:10:00:03", 52), ("02:00:5e:10:00:04", 55)))
    beacons = (AccessPoint("02:00:5e:10:00:03"), AccessPoint("02:00:5e:10:00:04"))
    assert exchange(data) == ([report(cells=(TOWER,), wifi=POINTS, beacons=beacons)], b"IWBP02#")


A, B, C = CellTower(228, 1, 5, 7), CellTower(228, 1, 5, 8), CellTower(228, 1, None, 9, -91)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"en,0,1,228,1,5|7|34,0,", report(cells=(A,))),
        (b"en,0,1,228,01,5|7|34", report(cells=(A,))),
        (b"en,0,3,228,1,5|7|34,5|8|7,0|9|-91,0,", report(cells=(A, B, C))),
        (b"en,0,2,228,1,5|7|34,5|0|1,0,", report(cells=(A,))),
        # Counts are wrong now and then.
        (b"en,0,9,228,1,5|7|34,9,a|02-00-5e-10-00-01|97&b|02-00-5e-10-00-02|3", report(cells=(A,), wifi=POINTS)),
        (b"en,0,0,228,1,2,a|02-00-5e-10-00-01|97&b|02-00-5e-10-00-02|3", report(wifi=POINTS)),
        (b"en,0,0,2,a|02-00-5e-10-00-01|97&b|02-00-5e-10-00-02|3", report(wifi=POINTS)),
        (
            b"en|1@a@b|02-00-5e-10-00-03|-70,0,0,0,",
            report(beacons=(AccessPoint("02:00:5e:10:00:03", -70),)),
        ),
        (b"en|0@,0,1,228,1,5|7|34,0,", report(cells=(A,))),
        (b"en,0,0,0,", report()),
        (b"", report()),
    ],
)
def test_scan_is_read_as_far_as_it_goes(body: bytes, expected: Report) -> None:
    assert exchange(b"IWAP02," + body + b"#") == ([expected], b"IWBP02#")


# Keep-alives.

COUNTS: Readings = STATUS | {"steps": 5120, "turns": 3}


@pytest.mark.parametrize(
    ("body", "readings"),
    [
        (b"08000906400001,05120,03", COUNTS),
        (b"08000906400001,5120,3,1,2", COUNTS),
        (b"08000906400001000,5120,3", COUNTS),
        (b"80,9,64,0,00,01,5120,3", COUNTS),
        (b"080,009,064,0,00,01,05120,03,7", COUNTS),
        (b"80,9,64,1,01,01", STATUS | {"ignition": True, "armed": True}),
        (b"80,9,64,2,2,1,,3", STATUS | {"ignition": False, "armed": False, "turns": 3}),
        (b"08000906400001,00000,00", STATUS | {"steps": 0, "turns": 0}),
        (b"08000906400001,,3", STATUS | {"turns": 3}),
        (b"08000906400001,5120", STATUS | {"steps": 5120}),
        (b"08000906400001,x,3", STATUS),
        (b"08000906400001", STATUS),
        (b"02000010000508", {"signal_level": 20, "battery_level": 100}),
        (b"99900999900001", {}),
    ],
)
def test_keep_alive_tells_battery_and_steps(body: bytes, readings: Readings) -> None:
    assert exchange(b"IWAP03," + body + b"#") == ([report(readings=readings)], b"IWBP03#")


@pytest.mark.parametrize("body", [b"", b",", b",eighty,1,1", b",0800090640000", b",1,2,3"])
def test_keep_alive_that_cannot_be_read_is_answered(body: bytes) -> None:
    watch = peer()
    assert watch.feed(b"IWAP03" + body + b"#", NOW) == []
    assert watch.data_to_send(acknowledge=False) == b"IWBP03#"
    assert watch.damaged == 1


@pytest.mark.parametrize(
    ("extension", "readings"),
    [
        (b"", {}),
        (b"060030300010211", {"immobilized": True, "external_power": True, "moving": True}),
        (b"060030300010122", {"immobilized": False, "external_power": False, "moving": False}),
        (b"060030300010000", {}),
        # Too short or too long to be known.
        (b"1020151060011", {}),
        (b"0600303000102111", {}),
    ],
)
def test_keep_alive_of_a_vehicle_unit_is_read(extension: bytes, readings: Readings) -> None:
    data = b"TRVCP01," + TAIL + extension + b"#"
    assert exchange(data) == ([report(readings=STATUS | readings)], b"TRVDP01#")


# Bodies.

NO_BODY: Readings = {
    "heart_rate": None,
    "systolic": None,
    "diastolic": None,
    "blood_oxygen": None,
    "blood_sugar": None,
    "body_temperature": None,
}
PRESSURES = ("heart_rate", "systolic", "diastolic")
WHOLE_BODY: Readings = {
    "heart_rate": 83,
    "systolic": 117,
    "diastolic": 79,
    "blood_oxygen": 98,
    "blood_sugar": 5.1,
    "body_temperature": 36.7,
}
VITALS = [
    (b"AP49,68", {"heart_rate": 68}),
    (b"AP49,68,1", {"heart_rate": 68}),
    (b"AP49,0", {"heart_rate": None, "worn": False}),
    (b"AP49,19", {"heart_rate": None}),
    (b"AP49,255", {"heart_rate": None}),
    (b"AP49,", {}),
    (b"AP49", {}),
    (b"APHT,60,130,85", {"heart_rate": 60, "systolic": 130, "diastolic": 85}),
    (b"APHT,0,0,0", {"heart_rate": None, "systolic": None, "diastolic": None}),
    (b"APHT,60,0,0", {"heart_rate": 60, "systolic": None, "diastolic": None}),
    (b"APHT,60,85,130", {"heart_rate": 60, "systolic": None, "diastolic": None}),
    (b"APHT,60,,", {"heart_rate": 60}),
    (b"APHT,60,130", {"heart_rate": 60, "systolic": 130}),
    (b"APHT,,130,85", {"systolic": 130, "diastolic": 85}),
    (b"APHP,83,117,79,98,5.1,36.7", WHOLE_BODY),
    (b"APHP,83,117,79,98,5.1,36.7,,,1,", WHOLE_BODY),
    (b"APHP,83,117,79,98,0.0,36.7", WHOLE_BODY | {"blood_sugar": None}),
    (b"APHP,0,117,79,0,5.1,0.0", WHOLE_BODY | {"heart_rate": None, "blood_oxygen": None, "body_temperature": None}),
    (b"APHP,,,,96,,,,,,,,,", {"blood_oxygen": 96}),
    (b"APHP,,,,,,36.7", {"body_temperature": 36.7}),
    # A comma for a dot: what stands behind the sixth field is nobody's business.
    (b"APHP,83,117,79,98,5.1,36,7", WHOLE_BODY | {"body_temperature": 36}),
    (b"APHP,83", {"heart_rate": 83}),
    (b"APHP,,,,,,", {}),
    (b"APHP,,", {}),
    (b"APHP,0,0,0,95,0.0,0.0", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,0.0,0.0,,", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,0,0,,,,,,,", NO_BODY | {"worn": False}),
    # Whatever follows it or lacks.
    (b"APHP,0,0,0,95", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,,", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,0.0,29.5", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,5.1,36.6", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95,x", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95.0", NO_BODY | {"worn": False}),
    (b"APHP,0,0,0,95.5,,", dict.fromkeys(PRESSURES) | {"blood_oxygen": 95.5}),
    (b"APHP,0,0,,95,,", {"heart_rate": None, "systolic": None, "blood_oxygen": 95}),
    (b"APHP,60,0,0,95,,", dict.fromkeys(PRESSURES) | {"heart_rate": 60, "blood_oxygen": 95}),
    (b"APHP,0,0,0", dict.fromkeys(PRESSURES)),
    (b"AP50,0.0", {"body_temperature": None, "worn": False}),
    (b"AP49,0,1", {"heart_rate": None, "worn": False}),
    (b"APHP,0,0,0,96,0.0,0.0", NO_BODY | {"blood_oxygen": 96}),
    (b"APHP,0,0,0,0,0.0,0.0", NO_BODY),
    (b"AP50,36.7,90", {"body_temperature": 36.7, "battery_level": 90}),
    (b"AP50,36.7,0", {"body_temperature": 36.7}),
    (b"AP50,36.7,101", {"body_temperature": 36.7}),
    (b"AP50,36.7,", {"body_temperature": 36.7}),
    (b"AP50,36.7", {"body_temperature": 36.7}),
    (b"AP50,37", {"body_temperature": 37}),
    (b"AP50,0.0,0", {"body_temperature": None, "worn": False}),
    (b"AP50,0,90", {"body_temperature": None, "worn": False, "battery_level": 90}),
    (b"AP50,60.0,90", {"body_temperature": None, "battery_level": 90}),
    (b"AP50,,90", {"battery_level": 90}),
    (b"APTP,36.6,33.1", {"body_temperature": 36.6}),
    (b"APTP,,33.1", {}),
    (b"APSP,97", {"blood_oxygen": 97}),
    (b"APSP,0", {"blood_oxygen": None}),
    (b"APSP,", {}),
    # Nothing of it is told yet.
    (b"AP97,2300@0800,109,001222222113", {}),
    (b"AP51,1", {}),
    (b"APBL,aa", {}),
    (b"APHD,60", {}),
    (b"APRR,60", {}),
]


@pytest.mark.parametrize(("content", "readings"), VITALS)
def test_what_a_body_has_is_read(content: bytes, readings: Readings) -> None:
    """None where the watch looked and found nothing, no key where it did not look."""
    assert exchange(b"IW" + content + b"#") == ([report(readings=readings)], b"IWB" + content[1:4] + b"#")


@pytest.mark.parametrize(
    "content",
    [
        b"AP49,x",
        b"AP49,-68",
        b"AP49,6 8",
        b"AP49,1_0",
        b"AP49,nan",
        b"AP49,1e2",
        b"AP49,\xb2",
        b"AP50,36.,5",
        b"AP50,36.6,full",
        b"APHT,60,inf,85",
        b"APHP,83,117,79,98,5.1,x36,7",
        b"AP49," + b"9" * 5000,
    ],
)
def test_body_that_cannot_be_read_is_counted_and_acknowledged(content: bytes) -> None:
    watch = peer()
    assert watch.feed(b"IW" + content + b"#", NOW) == []
    assert watch.damaged == 1
    assert watch.data_to_send() == b"IWB" + content[1:4] + b"#"


def test_encoders_make_what_is_read() -> None:
    assert read(iw.health(83, 117, 79, 98, 5.1, 36.7)) == [report(readings=WHOLE_BODY)]
    assert read(iw.health(oxygen=96)) == [report(readings={"blood_oxygen": 96})]
    assert read(iw.heartbeat(battery=64, steps=5120, turns=3)) == [report(readings=COUNTS)]
    assert read(iw.temperature(36.6)) == [report(readings={"body_temperature": 36.6})]
    assert read(iw.pressure(60, 130, 85))[0].readings["systolic"] == 130


# What happens on the wrist.


@pytest.mark.parametrize("on", [True, False])
def test_wrist_is_told_with_its_time(on: bool) -> None:
    data = iw.worn(IMEI, on, TIME)
    assert exchange(data) == ([report(time=TIME, readings={"worn": on})], b"IWBPWR#")


def test_fall_is_an_alarm_with_its_time() -> None:
    expected = report(time=TIME, alarms=(Alarm.FALL,), codes=("APFD",))
    assert exchange(iw.fall(IMEI, TIME)) == ([expected], b"IWBPFD#")


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        (b",1772366398", TIME),
        (b",1772366398123", TIME),
        (b",1772366398,1", TIME),
        (b",0", None),
        (b",17723663981", None),
        (b",when", None),
        (b",", None),
        (b"", None),
    ],
)
def test_fall_and_wrist_count_without_their_time(stamp: bytes, time: datetime | None) -> None:
    fallen = report(time=time, alarms=(Alarm.FALL,), codes=("APFD",))
    assert read(b"IWAPFD," + IMEI.encode() + stamp + b"#") == [fallen]
    assert read(b"IWAPWR," + IMEI.encode() + b",1" + stamp + b"#") == [report(time=time, readings={"worn": True})]


def test_fall_counts_with_nothing_at_all() -> None:
    assert read(b"IWAPFD#") == [report(alarms=(Alarm.FALL,), codes=("APFD",))]


@pytest.mark.parametrize("body", [b"", b",861234050000041", b",861234050000041,2,1772366398", b",861234050000041,,1"])
def test_wrist_that_is_neither_on_nor_off_is_counted(body: bytes) -> None:
    watch = peer()
    assert watch.feed(b"IWAPWR" + body + b"#", NOW) == []
    assert (watch.damaged, watch.data_to_send()) == (1, b"IWBPWR#")


def test_identity_of_an_event_does_not_rebind() -> None:
    watch = peer()
    assert watch.feed(iw.fall(OTHER_IMEI, TIME), NOW)[0].device_id == IMEI
    assert watch.device_id == IMEI


# Measurements with a time of the watch's own clock.


@pytest.mark.parametrize(
    ("body", "readings"),
    [
        (b"2026-03-01 11:59:58,2,57", {"heart_rate": 57}),
        (b"20260301115958,2,57", {"heart_rate": 57}),
        (b"20260301115958,1,80|120", {"systolic": 120, "diastolic": 80}),
        (b"20260301115958,1,120|80", {"systolic": 120, "diastolic": 80}),
        (b"20260301115958,1,0|0", {"systolic": None, "diastolic": None}),
        (b"20260301115958,1,80|80", {"systolic": None, "diastolic": None}),
        (b"20260301115958,2,0", {"heart_rate": None}),
        (b"20260301115958,2,", {}),
        (b"20260301115958,3,36.6", {"body_temperature": 36.6}),
        (b"20260301115958,4,98", {"blood_oxygen": 98}),
        (b"20260301115958,5,98", {}),
    ],
)
def test_measurement_is_read(body: bytes, readings: Readings) -> None:
    assert read(b"IWAPJK," + body + b"#") == [report(time=TIME, readings=readings)]


@pytest.mark.parametrize("hours", [2, -5, 5.5])
def test_watch_measures_by_the_clock_that_its_login_set(hours: float) -> None:
    home = timezone(timedelta(hours=hours))
    watch = Iw()
    watch.feed(iw.login(IMEI), NOW.astimezone(home))
    watch.data_to_send()
    measured = iw.measurement(TIME.astimezone(home), 2, "57")
    # What the home's clock says later on is not what the watch was told.
    (got,) = watch.feed(measured, NOW)
    assert got == report(time=TIME, readings={"heart_rate": 57})
    assert watch.data_to_send() == b"IWBPJK,2#"


def test_clock_is_utc_where_no_login_was_seen_or_none_set_it() -> None:
    measured = iw.measurement(TIME, 2, "57")
    home = NOW.astimezone(timezone(timedelta(hours=2)))
    assert peer().feed(measured, home)[0].time == TIME
    watch = Iw()
    watch.feed(iw.login(IMEI) + b"TRVAP00" + IMEI.encode() + b"#", home)
    assert watch.feed(measured, home)[0].time == TIME


@pytest.mark.parametrize(
    "body",
    [b"", b",", b",20260301115958,2", b",2026-13-01 11:59:58,2,57", b",11:59:58,2,57", b",20260301115958,1,120",
     b",20260301115958,1,1|2|3", b",20260301115958,2,x"],
)  # fmt: skip
def test_measurement_that_cannot_be_read_is_counted_and_acknowledged(body: bytes) -> None:
    watch = peer()
    assert watch.feed(b"IWAPJK" + body + b"#", NOW) == []
    assert watch.damaged == 1
    assert watch.data_to_send().startswith(b"IWBPJK")


# Recordings and pictures.

ANY_BYTES = bytes(range(256)) + b"#IWAP49,68#IWAP00861234050000058#"


@pytest.mark.parametrize("kind", ["AP07", "AP42", "null"])
@pytest.mark.parametrize("content", [b"#!AMR\n", b"\xff\xd8\xff", ANY_BYTES, b"", b"#", ANY_BYTES * 20])
def test_packet_is_cut_by_its_length(kind: str, content: bytes) -> None:
    data = iw.media(kind, TIME, 12, 3, content) + iw.heart_rate(60)
    expected = [packet(content, 12, 3), report(readings={"heart_rate": 60})]
    answers = b"IWBP07,20260301115958,12,3,1#IWBP49#"
    assert exchange(data) == (expected, answers)
    watch = peer()
    assert [got for byte in data for got in watch.feed(bytes([byte]), NOW)] == expected
    assert watch.data_to_send() == answers


def test_packet_with_a_short_time_is_no_confirmation() -> None:
    """Nor does anybody know when it was made."""
    piece = Piece(None, "115958", 0, 2, b"a#b,")
    assert exchange(b"IWAP07,115958,2,1,4,a#b,#") == ([report(piece=piece)], b"IWBP07,115958,2,1,1#")


def test_length_of_hexadecimal_may_count_bytes() -> None:
    data = b"IWAP42,20260301115958,12,3,4,ffd8ffe0#" + iw.heart_rate(60)
    assert exchange(data) == (
        [packet(b"\xff\xd8\xff\xe0", 12, 3), report(readings={"heart_rate": 60})],
        b"IWBP07,20260301115958,12,3,1#IWBP49#",
    )


@pytest.mark.parametrize("length", [b"3", b"9", b"20", b"7000", b"99999", b"", b"x", b"-1", b"123456"])
def test_packet_with_a_wrong_length_is_not_acknowledged(length: bytes) -> None:
    """And costs nothing that follows it."""
    watch = peer()
    data = b"IWAP07,20260301115958,12,3," + length + b",ab|cd#"
    reports = watch.feed(data + iw.heart_rate(60) * 1000, NOW)
    assert reports == [report(readings={"heart_rate": 60})] * 1000
    assert watch.damaged == 1
    assert watch.data_to_send() == b"IWBP49#" * 1000


@pytest.mark.parametrize("kind", ["AP07", "AP42", "null"])
@pytest.mark.parametrize("content", [b"#!AMR0123456789", b"", b"#", b"ab|cd"])
@pytest.mark.parametrize("length", [16, 17, 500, 4000, 8100])
def test_silence_ends_a_packet_that_was_cut_short(kind: str, content: bytes, length: int) -> None:
    """It is not acknowledged, so that it comes again, and what follows it is read."""
    sos = iw.alarm(1, TIME, PLACE, battery=64, cell=CELL, wifi=WIFI)
    broken = f"IW{kind},20260301115958,1,1,{length},".encode() + content + b"#"
    alive = iw.heartbeat(battery=64)
    expected = [location(alarms=(Alarm.SOS,), codes=("01",)), report(readings=STATUS | {"steps": 0, "turns": 0})]
    watch = peer()
    reports = watch.feed(broken + sos + alive, NOW)
    assert reports + watch.settle(NOW) == expected
    assert (watch.damaged, watch.held) == (1, 0)
    assert watch.data_to_send() == b"IWBP10#IWBP03#"
    assert watch.feed(iw.media("AP07", TIME, 1, 1, content), NOW) == [packet(content)]
    assert peer().feed(broken + sos + alive, NOW, final=True) == expected


def test_silence_does_not_end_a_packet_without_an_end() -> None:
    data = iw.media("AP07", TIME, 1, 1, b"!AMR" * 100)
    watch = peer()
    for cut in (20, 60, 200):
        assert watch.feed(data[watch.held : cut], NOW) == []
        assert watch.settle(NOW) == []
    assert watch.feed(data[watch.held :], NOW) == [packet(b"!AMR" * 100)]
    assert watch.data_to_send() == b"IWBP07,20260301115958,1,1,1#"


def test_longest_packet_fits() -> None:
    head = len(iw.media("AP07", TIME, 1, 1, b"")) + 3
    longest = iw.media("AP07", TIME, 1, 1, b"#" * (Iw.max_frame - head))
    assert len(longest) == Iw.max_frame
    assert read(longest) == [packet(b"#" * (Iw.max_frame - head))]
    longer = iw.media("AP07", TIME, 1, 1, b"x" * (Iw.max_frame - head + 1))
    assert read(longer[:-1]) == []


def test_packet_without_end_is_refused() -> None:
    watch = peer()
    with pytest.raises(FrameError):  # noqa: PT012
        for _ in range(Iw.max_frame):
            watch.feed(b"IWAP07,20260301115958,12,3,99999,", NOW)
            assert watch.held <= Iw.max_frame + 1


@pytest.mark.parametrize("kind", ["AP07", "AP42", "null"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"#!AMR\n\x04", packet(b"#!AMR\n\x04")),
        (b"2321414d520a", packet(b"#!AMR\n")),
        (b"2321414D520A", packet(b"#!AMR\n")),
        (b"FFD8ffe0", packet(b"\xff\xd8\xff\xe0")),
        (b"ffd9", packet(b"\xff\xd9")),
        (b"fffd9", packet(b"fffd9")),
        (b"", packet(b"")),
    ],
)
def test_packet_tells_what_is_in_it(kind: str, content: bytes, expected: Report) -> None:
    """By its first bytes, not by its type, and however its bytes are written."""
    assert read(iw.media(kind, TIME, 1, 1, content)) == [expected]


@pytest.mark.parametrize(("total", "index"), [(3, 4), (3, 0), (0, 0), (0, 1), (1, 99999)])
def test_packet_of_no_place_costs_nothing_else(total: int, index: int) -> None:
    watch = peer()
    assert watch.feed(iw.media("AP42", TIME, total, index, b"\xff\xd8\xff"), NOW) == [report()]
    assert watch.damaged == 1
    assert watch.data_to_send() == b"IWBP07,20260301115958,%d,%d,1#" % (total, index)


@pytest.mark.parametrize("clock", ["99999999999999", "20260229115958", "../../../../etc/passwd", "0"])
def test_packet_without_a_time_tells_none(clock: str) -> None:
    data = f"IWAP07,{clock},1,1,1,x#".encode()
    assert read(data) == [report(piece=Piece(None, clock, 0, 1, b"x"))]


def test_packet_has_the_time_of_the_clock_that_the_login_set() -> None:
    watch = peer()
    watch.feed(iw.login(IMEI), NOW.astimezone(timezone(timedelta(hours=2))))
    (got,) = watch.feed(iw.media("AP42", TIME, 1, 1, b"\xff\xd8\xff"), NOW)
    assert got.piece is not None
    assert got.piece.time == TIME - timedelta(hours=2)


# Frames in a stream.


@pytest.mark.parametrize("glue", [b"", b"\r\n", b" ", b"\0", b"#", b"##", b"IW", b"IWAP", b"noise#", b"\xff\xfe"])
def test_glued_frames_are_read_apart(glue: bytes) -> None:
    frames = [LOCATION, NO_FIX, iw.heart_rate(60), iw.media("AP07", TIME, 1, 1, b"#IW#"), iw.confirmation("AP16", "1")]
    apart = [got for frame in frames for got in read(frame)]
    assert read(glue + glue.join(frames) + glue) == apart


@pytest.mark.parametrize("cut", range(6, len(LOCATION)))
def test_frame_that_lost_its_end_costs_itself_alone(cut: int) -> None:
    """Whatever comes next, but for a cut right before where the name of an access point may stand."""
    for next_frame, expected in (
        (NO_FIX, location(fix=None)),
        (iw.heart_rate(60), report(readings={"heart_rate": 60})),
        (iw.media("AP07", TIME, 1, 1, b"#IWAP49,1#"), packet(b"#IWAP49,1#")),
        (b"TRVAP00" + IMEI.encode() + b"#", report()),
    ):
        assert read(LOCATION[:cut] + next_frame) == [expected]


def test_name_of_an_access_point_is_no_login() -> None:
    for name in (b"IWAP00" + OTHER_IMEI.encode(), b"IWAP49", b"TRVAP0012345678901234567890123456"):
        watch = peer()
        assert watch.feed(LOCATION.replace(b",a|", b"," + name + b"|"), NOW) == [location()]
        assert watch.device_id == IMEI


@pytest.mark.parametrize("cut", range(1, len(LOCATION)))
def test_frame_that_lost_its_beginning_costs_itself_alone(cut: int) -> None:
    assert read(LOCATION[cut:] + NO_FIX) == [location(fix=None)]


def test_frame_waits_for_its_end() -> None:
    """Silence does not end it."""
    watch = peer()
    assert watch.feed(LOCATION[:-1], NOW) == []
    assert watch.settle(NOW) == []
    assert watch.data_to_send() == b""
    assert watch.feed(b"#", NOW) == [location()]


@pytest.mark.parametrize("head", [b"IWAP00", b"IWAPXL,", b"IWCP01", b"IWZP99", b"TRVAP00", b"TRVYP03", b"TRVCP01,"])
def test_type_is_claimed(head: bytes) -> None:
    whole = 7 if head.startswith(b"TRV") else 6
    for length in range(len(head) + 1):
        assert Iw.match(head[:length]) is (Match.MAYBE if length < whole else Match.YES), length


@pytest.mark.parametrize(
    "head", [b"IWXX00123#", b"IWap00", b"IWAP0_", b"IWAQ00", b"IWnull,1", b"TRW", b"TRVA000", b"W", b"IV", b"iwAP00"]
)
def test_neighbour_is_left_alone(head: bytes) -> None:
    assert Iw.match(head) is Match.NO


def test_what_is_no_frame_yields_nothing() -> None:
    assert read(b"IWXX00123#") == []
    assert read(b"IWAP01") == []


# What the simulated watch waits for.


@pytest.mark.parametrize(
    "frame",
    [
        iw.login(IMEI),
        LOCATION,
        iw.alarm(1, TIME, PLACE, battery=5, cell=CELL),
        iw.heartbeat(battery=5),
        iw.measurement(TIME, 4, "97"),
        iw.media("AP42", TIME, 4, 2, ANY_BYTES),
        iw.fall(IMEI, TIME),
        *(data for data, answer in ANSWERS if answer and b"JK" not in data),
    ],
)
def test_simulated_watch_takes_our_answer_and_no_other(frame: bytes) -> None:
    answer = exchange(frame)[1]
    assert iw.acknowledges(answer, frame)
    assert iw.acknowledges(b"IWBPZZ#" + answer + b"IWBP", frame)
    assert not iw.acknowledges(b"", frame)
    assert not iw.acknowledges(answer[:-1], frame)
    assert not iw.acknowledges(b"IWBPZZ#IWBP16,861234050000041,080835#", frame)


def test_simulated_watch_waits_for_no_answer_to_a_confirmation() -> None:
    frame = iw.confirmation("AP16", "080835")
    assert not iw.acknowledges(b"IWBP16#", frame)
    assert not iw.acknowledges(exchange(frame)[1], frame)


def test_simulated_watch_repeats_the_time_of_its_last_fix() -> None:
    dialect = l17pro.Iw(IMEI)
    state = State(
        time=TIME,
        position=None,
        satellites=9,
        cells=[(CELL, -70)],
        access_points=[],
        battery=64,
        charging=False,
        signal=20,
        moving=False,
        steps=0,
        turns=0,
        vitals=None,
        online=True,
    )

    def told(minute: int, place: Position | None) -> list[tuple[datetime | None, bool]]:
        now = replace(state, time=TIME + timedelta(minutes=minute), position=place)
        return [(got.time, got.fix is not None) for got in read(dialect.report(now) + dialect.sos(now))]

    assert told(0, None) == [(TIME, False)] * 2
    assert told(1, None) == [(TIME + timedelta(minutes=1), False)] * 2
    assert told(2, PLACE) == [(TIME + timedelta(minutes=2), True)] * 2
    assert told(3, None) == told(4, None) == [(TIME + timedelta(minutes=2), False)] * 2
    assert told(5, PLACE) == [(TIME + timedelta(minutes=5), True)] * 2
