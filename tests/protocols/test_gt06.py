"""The gt06 protocol: any bytes, in any pieces, give the same reports and replies or FrameError, and no other error."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from struct import pack

import pytest

from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    Answer,
    CellTower,
    Fix,
    Readings,
    Report,
)
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.gt06 import Gt06
from tests.simulator.encoders import gt06
from tests.simulator.encoders.gt06 import (
    acknowledges,
    alarm,
    cell,
    cell_4g,
    clock,
    encode,
    gps,
    information,
    status,
    tail,
)
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME = datetime(2026, 3, 1, 11, 59, 50, tzinfo=UTC)
IMEI = "861234050000066"
OTHER_IMEI = "861234050000074"
#: Numbers that are whole on the wire.
PLACE = Position(latitude=47.125, longitude=-8.75, altitude=0.0, speed=62.0, course=276.0)
FIX = Fix(47.125, -8.75, TIME, None, 62, 276, 9)
CELL = Cell(460, 0, 10365, 8049)
TOWER = CellTower(460, 0, 10365, 8049)
WIDE = Cell(302, 720, 2092, 1138945)
WIDE_TOWER = CellTower(302, 720, 2092, 1138945)
LTE = Cell(302, 208, 30175, 268000001)
LTE_TOWER = CellTower(302, 208, 30175, 268000001)
WIDE_LTE = Cell(302, 720, 70000, 268000001)
WIDE_LTE_TOWER = CellTower(302, 720, 70000, 268000001)
POINTS = (("02:00:5e:10:00:01", 47), ("02:00:5e:10:00:02", 60))
HEARD = (AccessPoint("02:00:5e:10:00:01", -47), AccessPoint("02:00:5e:10:00:02", -60))
#: What status() says by default.
STATUS: Readings = {
    "immobilized": False,
    "charging": True,
    "ignition": True,
    "armed": False,
    "battery_level": 100,
    "signal_level": 100.0,
}
TERMINAL: Readings = {"immobilized": False, "charging": False, "ignition": False, "armed": False}
POSITION = encode(gt06.LIVE_POSITION, gps(TIME, PLACE) + cell(CELL) + tail(), 7)
#: Alarm codes of the document; what is not among them is another one.
ALARMS = {
    0x01: Alarm.SOS,
    0x02: Alarm.POWER_CUT,
    0x03: Alarm.VIBRATION,
    0x04: Alarm.GEOFENCE_ENTER,
    0x05: Alarm.GEOFENCE_EXIT,
    0x06: Alarm.OVERSPEED,
    0x09: Alarm.MOVEMENT,
    0x0A: Alarm.GPS_LOST,
    0x0C: Alarm.POWER_ON,
    0x0E: Alarm.LOW_EXTERNAL_VOLTAGE,
    0x0F: Alarm.LOW_EXTERNAL_VOLTAGE,
    0x10: Alarm.SIM_CHANGED,
    0x11: Alarm.POWER_OFF,
    0x13: Alarm.TAMPER,
    0x14: Alarm.DOOR,
    0x15: Alarm.POWER_OFF,
    0x18: Alarm.TAMPER,
    0x19: Alarm.LOW_BATTERY,
    0x23: Alarm.FALL,
    0x25: Alarm.TAMPER,
    0x26: Alarm.HARSH_ACCELERATION,
    0x27: Alarm.HARSH_BRAKING,
    0x28: Alarm.HARSH_CORNERING,
    0x29: Alarm.HARSH_ACCELERATION,
    0x2A: Alarm.HARSH_CORNERING,
    0x2B: Alarm.HARSH_CORNERING,
    0x2C: Alarm.ACCIDENT,
    0x30: Alarm.HARSH_BRAKING,
    0x32: Alarm.REMOVED,
}
TERMINAL_ALARMS = {
    1: Alarm.VIBRATION,
    2: Alarm.POWER_CUT,
    3: Alarm.LOW_BATTERY,
    4: Alarm.SOS,
    5: Alarm.OTHER,
    6: Alarm.GEOFENCE,
    7: Alarm.REMOVED,
}


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "gt06", **what)  # type: ignore[arg-type]


def at(**what: object) -> Report:
    """Return a report of TIME."""
    return report(time=TIME, **what)


def exchange(data: bytes) -> tuple[list[Report], bytes]:
    """Return the reports of what a tracker that has logged in says, and what it is told."""
    tracker = Gt06(IMEI)
    return tracker.feed(data, NOW), tracker.data_to_send()


def read(kind: int, content: bytes = b"", *, extended: bool = False) -> list[Report]:
    """Return the reports of one frame."""
    return exchange(encode(kind, content, extended=extended))[0]


def damage(data: bytes) -> int:
    """Return how many frames are counted as damaged; none of them is reported."""
    tracker = Gt06(IMEI)
    assert tracker.feed(data, NOW) == []
    return tracker.damaged


# Who speaks.


def test_login_made_by_hand_is_acknowledged() -> None:
    tracker = Gt06()
    login = bytes.fromhex("78780d010861234050000066000687eb0d0a")
    assert tracker.feed(login, NOW) == [report()]
    assert tracker.data_to_send() == bytes.fromhex("787805010006ad630d0a")
    assert tracker.device_id == IMEI


def test_encoder_has_the_checksum_of_the_document() -> None:
    assert gt06.checksum(b"123456789") == 0x906E


@pytest.mark.parametrize("zone", [None, 0, 8, -3.5])
def test_login_is_answered_whoever_it_is(zone: float | None) -> None:
    tracker = Gt06()
    frame = encode(gt06.LOGIN, gt06.login(IMEI, zone=zone), 0x1234)
    assert tracker.feed(frame, NOW) == [report()]
    assert tracker.data_to_send(acknowledge=False) == encode(gt06.LOGIN, serial=0x1234)


def test_login_anew_changes_the_identity() -> None:
    tracker = Gt06(IMEI)
    frames = encode(gt06.LOGIN, gt06.login(OTHER_IMEI)) + encode(gt06.HEARTBEAT)
    assert tracker.feed(frames, NOW) == [Report(OTHER_IMEI, "gt06")] * 2


@pytest.mark.parametrize("content", [b"", bytes(8), bytes.fromhex("0a61234050000066"), bytes.fromhex("08612340500000")])
def test_login_without_an_identity_is_not_answered(content: bytes) -> None:
    tracker = Gt06()
    assert tracker.feed(encode(gt06.LOGIN, content), NOW) == []
    assert tracker.data_to_send() == b""
    assert tracker.damaged == 1
    assert tracker.device_id is None


def test_what_comes_before_the_login_is_neither_told_nor_answered() -> None:
    tracker = Gt06()
    mini = gt06.mini_scan(0x69, TIME, POINTS, ((CELL, 70),))
    assert tracker.feed(POSITION + mini + encode(gt06.HEARTBEAT, status()), NOW) == []
    assert tracker.data_to_send() == b""
    assert tracker.damaged == 0
    assert tracker.feed(encode(0x94, information(0, b"\0\x01"), extended=True), NOW) == []
    assert tracker.device_id is None


def test_time_is_told_before_the_login() -> None:
    tracker = Gt06()
    assert tracker.feed(encode(gt06.TIME, serial=5), NOW) == []
    assert tracker.data_to_send(acknowledge=False) == encode(gt06.TIME, clock(NOW), 5)


def test_identities_stand_in_for_a_login() -> None:
    tracker = Gt06()
    frame = encode(0x94, information(0x0A, gt06.identities(IMEI, "8957101000000000017")), extended=True)
    assert tracker.feed(frame, NOW) == [report(readings={"iccid": "8957101000000000017"})]
    assert tracker.feed(encode(gt06.HEARTBEAT), NOW) == [report()]


def test_login_outranks_the_identities() -> None:
    frame = encode(0x94, information(0x0A, gt06.identities(OTHER_IMEI, "")), extended=True)
    assert exchange(frame)[0] == [report()]


@pytest.mark.parametrize(
    ("head", "claim"),
    [
        (b"", Match.MAYBE),
        (b"x", Match.MAYBE),
        (b"y", Match.MAYBE),
        (b"xx", Match.YES),
        (b"yy\xff\xff", Match.YES),
        (b"xy", Match.NO),
        (b"yx", Match.NO),
        (b"z", Match.NO),
    ],
)
def test_either_mark_is_claimed(head: bytes, claim: Match) -> None:
    assert Gt06.match(head) is claim


# What is answered.


@pytest.mark.parametrize("kind", sorted(set(range(256)) - {0x01, 0x15, 0x21, 0x81, 0x82, 0x8A}))
def test_short_frame_is_acknowledged_known_or_not(kind: int) -> None:
    frame = encode(kind, serial=0xBEEF)
    reports, reply = exchange(frame)
    assert reports == [report()]
    assert reply == encode(kind, serial=0xBEEF)
    assert acknowledges(reply, frame)


@pytest.mark.parametrize("kind", [0x15, 0x21, 0x81, 0x82])
def test_answer_is_not_acknowledged(kind: int) -> None:
    frame = encode(kind, gt06.answer(1, "OK!"))
    assert exchange(frame)[1] == b""
    assert not acknowledges(b"", frame)


@pytest.mark.parametrize("kind", sorted(set(range(256)) - {0x01, 0x8A}))
def test_long_frame_is_acknowledged_where_one_waits_for_it(kind: int) -> None:
    _, reply = exchange(encode(kind, b"", 0x0203, extended=True))
    waits = kind in (0x41, 0x70, 0x8D, 0xF1, 0xF2)
    assert reply == (encode(kind, serial=0x0203, extended=True) if waits else b"")


def test_acknowledgement_of_modules_is_right_byte_for_byte() -> None:
    assert exchange(encode(0x70, b"\0\0", 7, extended=True))[1] == bytes.fromhex(
        "797900057000075 5470d0a".replace(" ", "")
    )


def test_keep_alive_is_answered_even_for_strangers_and_a_position_is_not() -> None:
    tracker = Gt06(IMEI)
    tracker.feed(encode(0x13, status(), 1) + POSITION + encode(0x23, b"\0", 2), NOW)
    assert tracker.data_to_send(acknowledge=False) == encode(0x13, serial=1) + encode(0x23, serial=2)


@pytest.mark.parametrize("hours", [0, -5, 5.5])
def test_clock_is_set_to_utc(hours: float) -> None:
    tracker = Gt06(IMEI)
    moment = datetime(2026, 3, 31, 23, 58, 57, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert tracker.feed(encode(gt06.TIME, serial=9), moment) == [report()]
    assert tracker.data_to_send() == bytes.fromhex("78780b8a1a031f173a39000967920d0a")


def test_unreadable_frame_is_acknowledged() -> None:
    tracker = Gt06(IMEI)
    frame = encode(gt06.POSITION, b"\x1a\x0d" + gps(TIME, PLACE)[2:], 3)
    assert tracker.feed(frame, NOW) == []
    assert tracker.data_to_send() == encode(gt06.POSITION, serial=3)
    assert tracker.damaged == 1


def test_checksum_is_not_looked_at() -> None:
    frame = POSITION[:-4] + b"\0\0\r\n"
    assert exchange(frame) == exchange(POSITION)


def test_frame_without_serial_is_acknowledged_as_well() -> None:
    assert exchange(b"\x78\x78\x01\x08\r\n") == ([report()], encode(0x08, serial=0x7878))


def test_media_make_room_for_the_position_behind_them() -> None:
    media = [encode(0x8D, Random(number).randbytes(1024), number, extended=True) for number in range(4)]
    reports, reply = exchange(b"".join(media) + POSITION)
    assert reports == [*[report()] * 4, *read(gt06.LIVE_POSITION, gps(TIME, PLACE) + cell(CELL) + tail())]
    assert all(acknowledges(reply, frame) for frame in media)
    assert reply.endswith(encode(gt06.LIVE_POSITION, serial=7))


# Positions.


def test_position_made_by_hand_is_read() -> None:
    """Every field of the form that nearly all frames have, and its acknowledgement."""
    frame = bytes.fromhex(
        "7878 26 22 1a03010b3b32 c9 050e53a8 00f05370 3e 1d14 01cc 00 287d 001f71 01 00 00 0001e240 0007"
    )
    frame += pack(">H", gt06.checksum(frame[2:])) + b"\r\n"
    assert exchange(frame) == (
        [at(fix=FIX, readings={"ignition": True, "odometer": 123.456}, cells=(TOWER,))],
        encode(0x22, serial=7),
    )


@pytest.mark.parametrize("north", [1, -1])
@pytest.mark.parametrize("east", [1, -1])
def test_position_is_read_in_every_hemisphere(north: int, east: int) -> None:
    place = replace(PLACE, latitude=north * 47.125, longitude=east * 8.75)
    assert read(0x10, gps(TIME, place)) == [at(fix=replace(FIX, latitude=north * 47.125, longitude=east * 8.75))]


@pytest.mark.parametrize(("latitude", "longitude"), [(0.0, 8.75), (47.125, 0.0), (90.0, 180.0), (-90.0, -180.0)])
def test_position_on_the_edges_is_read(latitude: float, longitude: float) -> None:
    place = replace(PLACE, latitude=latitude, longitude=longitude)
    assert read(0x10, gps(TIME, place)) == [at(fix=replace(FIX, latitude=latitude, longitude=longitude))]


def test_position_at_the_origin_is_none() -> None:
    place = replace(PLACE, latitude=0.0, longitude=0.0)
    assert read(0x10, gps(TIME, place, ignition=True)) == [at(readings={"ignition": True})]


@pytest.mark.parametrize("place", [replace(PLACE, latitude=90.1), replace(PLACE, longitude=180.1)])
def test_position_off_the_globe_is_damage(place: Position) -> None:
    assert damage(encode(0x10, gps(TIME, place))) == 1


@pytest.mark.parametrize("at_byte", [b"\x1a\x0d\x01", b"\x1a\0\x01", b"\x1a\x02\x1e"])
def test_valid_position_without_a_date_is_damage(at_byte: bytes) -> None:
    assert damage(encode(0x10, at_byte + gps(TIME, PLACE)[3:])) == 1


def test_clock_that_was_never_set_costs_the_time_alone() -> None:
    content = bytes(6) + gps(TIME, None, ignition=True)[6:] + cell(CELL)
    assert read(0x12, content) == [report(readings={"ignition": True}, cells=(TOWER,))]


def test_last_position_is_no_fix() -> None:
    assert read(0x12, gps(TIME, None) + cell(CELL)) == [at(cells=(TOWER,))]


@pytest.mark.parametrize(
    ("ignition", "readings"), [(None, {}), (True, {"ignition": True}), (False, {"ignition": False})]
)
def test_ignition_of_a_position_is_told_where_it_says_so(ignition: bool | None, readings: Readings) -> None:
    assert read(0x10, gps(TIME, PLACE, ignition=ignition)) == [at(fix=FIX, readings=readings)]


def test_ignition_bit_alone_means_nothing() -> None:
    assert read(0x10, gps(TIME, PLACE, flags=0x8000)) == [at(fix=FIX)]


@pytest.mark.parametrize(("course", "expected"), [(0, 0), (360, 360), (361, None), (1023, None)])
def test_course_beyond_a_circle_is_none(course: int, expected: int | None) -> None:
    place = replace(PLACE, course=0.0)
    assert read(0x10, gps(TIME, place, flags=course)) == [at(fix=replace(FIX, course=expected))]


def test_satellites_may_be_none_at_all() -> None:
    assert read(0x10, gps(TIME, PLACE, satellites=0)) == [at(fix=replace(FIX, satellites=0))]


@pytest.mark.parametrize(
    ("where", "tower"),
    [(CELL, TOWER), (WIDE, WIDE_TOWER), (replace(CELL, area=0), replace(TOWER, area=0))],
)
def test_cell_has_an_mnc_of_one_byte_or_two(where: Cell, tower: CellTower) -> None:
    assert read(0x12, gps(TIME, PLACE) + cell(where)) == [at(fix=FIX, cells=(tower,))]
    assert read(0x22, gps(TIME, PLACE) + cell(where) + tail()) == [
        at(fix=FIX, readings={"ignition": True}, cells=(tower,))
    ]


@pytest.mark.parametrize("where", [Cell(0, 0, 1, 1), Cell(460, 0, 10365, 0), Cell(1000, 0, 1, 1)])
def test_cell_of_placeholders_is_none(where: Cell) -> None:
    assert read(0x12, gps(TIME, PLACE) + cell(where)) == [at(fix=FIX)]


def test_long_cell_of_type_11() -> None:
    content = gps(TIME, PLACE) + pack(">HHHI", 302, 720, 30175, 8685836)
    assert read(0x11, content) == [at(fix=FIX, cells=(CellTower(302, 720, 30175, 8685836),))]
    assert read(0x11, content[:-1]) == [at(fix=FIX)]


@pytest.mark.parametrize("length", range(0x17, 0x80))
def test_position_of_type_12_has_a_cell_except_where_a_vendor_has_not(length: int) -> None:
    content = (gps(TIME, PLACE) + cell(CELL)).ljust(length - 5, b"\x01")[: length - 5]
    known = 0x1F <= length < 0x71 and length not in (0x21, 0x24, 0x27, 0x29, 0x2B)
    assert read(0x12, content) == [at(fix=FIX, cells=(TOWER,) if known else ())]


@pytest.mark.parametrize("kind", [0x10, 0x11, 0x12, 0x16, 0x22, 0x26, 0x27, 0x2A, 0x2D, 0x31, 0x37, 0xA0])
@pytest.mark.parametrize("size", [1, 9, 17])
def test_half_a_position_is_damage(kind: int, size: int) -> None:
    assert damage(encode(kind, gps(TIME, PLACE)[:size])) == 1


@pytest.mark.parametrize("kind", [0x22, 0x2D, 0x31])
@pytest.mark.parametrize("where", [CELL, WIDE])
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("mileage", [None, 0, 123456])
def test_live_position_tells_whether_it_was_stored(kind: int, where: Cell, stored: bool, mileage: int | None) -> None:
    content = gps(TIME, PLACE) + cell(where) + tail(ignition=False, stored=stored, mileage=mileage)
    readings: Readings = {"ignition": False}
    if mileage is not None:
        readings["odometer"] = mileage / 1000
    tower = TOWER if where is CELL else WIDE_TOWER
    assert read(kind, content) == [at(fix=FIX, readings=readings, cells=(tower,), buffered=stored)]


def test_ignition_that_is_neither_on_nor_off_is_not_told() -> None:
    assert read(0x22, gps(TIME, PLACE) + cell(CELL) + b"\x03\0\0") == [at(fix=FIX, cells=(TOWER,))]


@pytest.mark.parametrize("size", sorted(set(range(80)) - {0, 11, 15, 37}))
def test_live_position_of_another_length_is_a_position_alone(size: int) -> None:
    assert read(0x22, gps(TIME, PLACE) + (cell(CELL) + tail()).ljust(size, b"\x01")[:size]) == [at(fix=FIX)]


def test_vendor_position_stands_behind_an_identity_and_a_clock() -> None:
    content = b"\x01" + gt06.login(IMEI) + clock(TIME + timedelta(hours=1)) + gps(TIME, PLACE)
    assert read(0x22, content.ljust(0x3C - 5, b"\x01")) == [at(fix=FIX)]


def test_position_of_type_34_stands_behind_four_bytes() -> None:
    content = (b"\0\0\0\x01" + gps(TIME, PLACE)).ljust(0x3C - 5, b"\x01")
    assert read(0x34, content) == [at(fix=FIX)]
    assert read(0x34, content[:-1]) == [report()]


def test_position_of_an_address_request() -> None:
    assert read(0x2A, gps(TIME, PLACE) + b"13800000000".ljust(21, b"\0") + b"\0\x01") == [at(fix=FIX)]


@pytest.mark.parametrize(("where", "tower"), [(LTE, LTE_TOWER), (WIDE_LTE, WIDE_LTE_TOWER)])
@pytest.mark.parametrize("mileage", [None, 5])
def test_4g_position(where: Cell, tower: CellTower, mileage: int | None) -> None:
    content = gps(TIME, PLACE) + cell_4g(where) + tail(stored=True, mileage=mileage)
    readings: Readings = {"ignition": True} if mileage is None else {"ignition": True, "odometer": 0.005}
    assert read(0xA0, content) == [at(fix=FIX, readings=readings, cells=(tower,), buffered=True)]
    assert read(0xA0, content + b"\0") == [at(fix=FIX)]


def test_4g_cell_of_more_bits_than_a_cell_has_is_none() -> None:
    content = gps(TIME, PLACE) + cell_4g(replace(LTE, cell=1 << 36)) + tail()
    assert read(0xA0, content) == [at(fix=FIX, readings={"ignition": True})]


def test_entries_of_type_37() -> None:
    entries = b"\x00\x27\x02\x04\xb8" + b"\x00\x2e\x04\x00\x00\x23\x28" + b"\x00\x99\x03abc" + b"\x00\x3b\x02\x17\xc0"
    content = gps(TIME, PLACE) + cell(CELL) + tail(ignition=False, stored=True) + entries
    readings: Readings = {"ignition": False, "external_voltage": 12.08, "odometer": 9.0}
    assert read(0x37, content) == [
        at(fix=replace(FIX, accuracy=60.8), readings=readings, cells=(TOWER,), buffered=True)
    ]


def test_entries_of_other_sizes_are_passed_over() -> None:
    entries = b"\x00\x27\x01\x04" + b"\x00\x2e\x02\x00\x00" + b"\x00\x3b\x00" + b"\x00\x3b\x02\0\0"
    content = gps(TIME, PLACE) + cell(CELL) + tail() + entries
    assert read(0x37, content) == [at(fix=FIX, readings={"ignition": True}, cells=(TOWER,))]


def test_accuracy_needs_a_position() -> None:
    content = gps(TIME, None) + cell(CELL) + tail() + b"\x00\x3b\x02\x17\xc0"
    assert read(0x37, content) == [at(readings={"ignition": True}, cells=(TOWER,))]


def test_entry_that_is_cut_short_is_damage() -> None:
    assert damage(encode(0x37, gps(TIME, PLACE) + cell(CELL) + tail() + b"\x00\x27\x03\x04\xb8")) == 1


def test_type_37_may_be_a_position_alone() -> None:
    assert read(0x37, gps(TIME, PLACE)) == [at(fix=FIX)]


def test_card_is_the_driver() -> None:
    content = gps(TIME, PLACE) + cell(CELL) + bytes.fromhex("bf0000012ca7e001") + b"\x01"
    expected = at(fix=FIX, readings={"driver_id": "BF0000012CA7E001"}, cells=(TOWER,))
    assert read(0x17, content) == [expected]
    assert read(0x17, gps(TIME, PLACE) + cell(CELL) + bytes(9)) == [at(fix=FIX, cells=(TOWER,))]
    assert read(0x17, content + b"\0") == [report()]


# Alarms.


@pytest.mark.parametrize("code", sorted(set(range(1, 256)) - {0xFE, 0xFF}))
def test_alarm_code(code: int) -> None:
    expected = ALARMS.get(code, Alarm.OTHER)
    assert read(0x26, alarm(TIME, PLACE, CELL, status(alarm=code))) == [
        at(fix=FIX, readings=STATUS, alarms=(expected,), codes=(f"{code:02X}",), cells=(TOWER,))
    ]


@pytest.mark.parametrize(("code", "ignition"), [(0xFE, True), (0xFF, False)])
def test_ignition_is_no_alarm(code: int, ignition: bool) -> None:
    readings = STATUS | {"ignition": ignition}
    terminal = 0x44 if ignition else 0x46
    assert read(0x26, alarm(TIME, PLACE, CELL, status(terminal, alarm=code))) == [
        at(fix=FIX, readings=readings, cells=(TOWER,))
    ]


@pytest.mark.parametrize("code", [0x01, 0xFE])
def test_status_of_an_alarm_outranks_the_ignition_of_its_position(code: int) -> None:
    content = gps(TIME, PLACE, ignition=False) + b"\x09" + cell(CELL) + status(alarm=code)
    (got,) = read(0x26, content)
    assert got.readings == STATUS


@pytest.mark.parametrize("bits", range(1, 8))
def test_alarm_of_the_terminal(bits: int) -> None:
    expected = at(
        fix=FIX,
        readings=TERMINAL | {"battery_level": 100, "signal_level": 100.0},
        alarms=(TERMINAL_ALARMS[bits],),
        codes=(f"terminal {bits}",),
        cells=(TOWER,),
    )
    assert read(0x16, alarm(TIME, PLACE, CELL, status(bits << 3))) == [expected]


@pytest.mark.parametrize(
    ("bits", "code", "alarms", "codes"),
    [
        (0, 0, (), ()),
        (1, 3, (Alarm.VIBRATION,), ("03",)),
        (4, 6, (Alarm.OVERSPEED, Alarm.SOS), ("06", "terminal 4")),
        (5, 0x11, (Alarm.POWER_OFF,), ("11",)),
        (5, 0x77, (Alarm.OTHER,), ("77",)),
        (4, 0x77, (Alarm.OTHER, Alarm.SOS), ("77", "terminal 4")),
    ],
)
def test_alarms_of_both_bytes(bits: int, code: int, alarms: Sequence[Alarm], codes: Sequence[str]) -> None:
    (got,) = read(0x26, alarm(TIME, PLACE, CELL, status(bits << 3, alarm=code)))
    assert (got.alarms, got.codes) == (alarms, codes)


@pytest.mark.parametrize("kind", [0x16, 0x26, 0x27])
@pytest.mark.parametrize("counts_itself", [0, 1])
@pytest.mark.parametrize(("where", "tower"), [(CELL, TOWER), (WIDE, WIDE_TOWER)])
def test_cell_of_an_alarm_may_count_its_length(kind: int, counts_itself: int, where: Cell, tower: CellTower) -> None:
    block = cell(where)
    content = gps(TIME, PLACE) + bytes((len(block) + counts_itself,)) + block + status(alarm=1)
    assert read(kind, content) == [at(fix=FIX, readings=STATUS, alarms=(Alarm.SOS,), codes=("01",), cells=(tower,))]


@pytest.mark.parametrize("size", [0, 1, 4, 5])
def test_alarm_may_tell_a_fence_and_a_mileage(size: int) -> None:
    expected = at(fix=FIX, readings=STATUS, alarms=(Alarm.SOS,), codes=("01",))
    assert read(0x27, alarm(TIME, PLACE, None, status(alarm=1)) + bytes(size)) == [expected]


@pytest.mark.parametrize("size", [2, 3, 6, 37])
def test_alarm_without_cell_and_of_another_length_is_a_position_alone(size: int) -> None:
    assert read(0x16, alarm(TIME, PLACE, None, bytes(5)) + bytes(size)) == [at(fix=FIX)]


def test_alarm_of_a_newer_model_has_more_at_its_end() -> None:
    content = alarm(TIME, PLACE, CELL, status(alarm=0xEA)) + bytes(8)
    assert encode(0x16, content)[2] == 0x2D
    assert read(0x16, content) == [at(fix=FIX, readings=STATUS, alarms=(Alarm.OTHER,), codes=("EA",), cells=(TOWER,))]


@pytest.mark.parametrize(
    "content",
    [
        gps(TIME, PLACE) + cell(CELL) + b"\x62\x04\xe4\x04\0",
        alarm(TIME, PLACE, CELL, b"\xa0\0\x5d\x4b\x13\x02"),
    ],
    ids=["24", "26"],
)
def test_vendor_alarm_is_a_position_alone(content: bytes) -> None:
    assert read(0x16, content) == [at(fix=FIX)]


@pytest.mark.parametrize(
    "damaged", [b"\x1a\x0d" + gps(TIME, PLACE)[2:], gps(TIME, replace(PLACE, latitude=99.0))], ids=["date", "place"]
)
def test_alarm_counts_without_its_position(damaged: bytes) -> None:
    tracker = Gt06(IMEI)
    content = damaged + alarm(TIME, PLACE, CELL, status(alarm=1))[18:]
    (got,) = tracker.feed(encode(0x26, content), NOW)
    assert got.alarms == (Alarm.SOS,)
    assert got.fix is None
    assert tracker.damaged == 1
    assert damage(encode(0x26, damaged + alarm(TIME, PLACE, CELL, status())[18:])) == 1


@pytest.mark.parametrize("kind", [0xA3, 0xA4])
@pytest.mark.parametrize("more", [b"", b"\x07", b"\0\0\x01\0", b"\x07\0\0\x01\0"])
@pytest.mark.parametrize(("where", "tower"), [(LTE, LTE_TOWER), (WIDE_LTE, WIDE_LTE_TOWER)])
@pytest.mark.parametrize("length", [0, 0x0F, 0x11, 0xFF])
def test_4g_alarm(kind: int, more: bytes, where: Cell, tower: CellTower, length: int) -> None:
    """The byte before the cell says nothing that one could rely on."""
    content = gps(TIME, PLACE) + bytes((length,)) + cell_4g(where) + status(alarm=2) + more
    assert read(kind, content) == [
        at(fix=FIX, readings=STATUS, alarms=(Alarm.POWER_CUT,), codes=("02",), cells=(tower,))
    ]


def test_4g_alarm_of_another_length_proves_presence() -> None:
    assert read(0xA3, bytes.fromhex("00000007") + bytes(15)) == [report()]


@pytest.mark.parametrize(
    ("kind", "block", "tower"),
    [(0x19, cell(CELL), TOWER), (0x19, cell(WIDE), WIDE_TOWER), (0xA5, cell_4g(LTE), LTE_TOWER)],
)
def test_alarm_without_a_position(kind: int, block: bytes, tower: CellTower) -> None:
    expected = report(readings=STATUS, alarms=(Alarm.TAMPER,), codes=("13",), cells=(tower,))
    assert read(kind, block + status(alarm=0x13)) == [expected]
    assert read(kind, block + status(alarm=0x13) + bytes(5)) == [report()]
    assert read(kind, block[:3]) == [report()]


# The state.


@pytest.mark.parametrize(
    ("terminal", "readings"),
    [
        (0x00, {}),
        (0x80, {"immobilized": True}),
        (0x40, {}),
        (0x04, {"charging": True}),
        (0x02, {"ignition": True}),
        (0x01, {"armed": True}),
        (0xC7, {"immobilized": True, "charging": True, "ignition": True, "armed": True}),
    ],
)
def test_terminal(terminal: int, readings: Readings) -> None:
    assert read(0x13, bytes((terminal,))) == [report(readings=TERMINAL | readings)]
    assert read(0x23, bytes((terminal,))) == [report(readings=TERMINAL | readings)]


@pytest.mark.parametrize(
    ("voltage", "level"),
    [(0, 0), (1, 16), (2, 33), (3, 50), (4, 66), (5, 83), (6, 100), (7, 7), (100, 100), (101, None), (255, None)],
)
def test_voltage_is_a_level_or_percent(voltage: int, level: int | None) -> None:
    readings = TERMINAL | {"signal_level": 0.0} | ({} if level is None else {"battery_level": level})
    assert read(0x13, bytes((0, voltage, 0, 0, 1))) == [report(readings=readings)]


@pytest.mark.parametrize(
    ("gsm", "signal"),
    [(0, 0.0), (1, 25.0), (4, 100.0), (5, 5 / 31 * 100), (31, 100.0), (32, 32.0), (100, 100.0), (101, None)],
)
def test_signal_is_bars_csq_or_percent(gsm: int, signal: float | None) -> None:
    readings = TERMINAL | {"battery_level": 0} | ({} if signal is None else {"signal_level": signal})
    assert read(0x13, bytes((0, 0, gsm, 0, 1))) == [report(readings=readings)]


@pytest.mark.parametrize(
    ("voltage", "gsm", "alarms", "codes"),
    [
        (6, 4, (Alarm.SOS, Alarm.POWER_CUT), ("01", "terminal 2")),
        (7, 4, (Alarm.POWER_CUT,), ("terminal 2",)),
        (6, 5, (Alarm.POWER_CUT,), ("terminal 2",)),
    ],
)
def test_alarm_of_a_heartbeat_counts_where_all_is_levels(
    voltage: int, gsm: int, alarms: Sequence[Alarm], codes: Sequence[str]
) -> None:
    (got,) = read(0x13, bytes((0x10, voltage, gsm, 0x01, 0x01)))
    assert (got.alarms, got.codes) == (alarms, codes)


@pytest.mark.parametrize("size", [3, 4])
def test_heartbeat_of_old_firmware_ends_early(size: int) -> None:
    assert read(0x13, status()[:size]) == [report(readings=STATUS)]


@pytest.mark.parametrize("size", [1, 2, 6, 14, 16])
def test_heartbeat_of_another_length_tells_the_terminal_alone(size: int) -> None:
    content = status(0x30)[:size].ljust(size, b"\x05")
    expected = report(readings=TERMINAL, alarms=(Alarm.GEOFENCE,), codes=("terminal 6",))
    assert read(0x13, content) == [expected]


@pytest.mark.parametrize(
    ("content", "readings"),
    [
        (b"\x80", {}),
        (b"\x80\x01\x22", {"battery_voltage": 2.9}),
        (b"\x80\x01\x22\x04", {"battery_voltage": 2.9, "signal_level": 100.0}),
        (b"\x80\x01\x22\x04\0\x01", {"battery_voltage": 2.9, "signal_level": 100.0}),
    ],
)
def test_heartbeat_with_volts(content: bytes, readings: Readings) -> None:
    assert read(0x23, content) == [report(readings=TERMINAL | {"immobilized": True} | readings)]


def test_alarm_of_a_heartbeat_with_volts() -> None:
    assert read(0x23, b"\x20") == [report(readings=TERMINAL, alarms=(Alarm.SOS,), codes=("terminal 4",))]


# Scans.

SECOND = replace(CELL, cell=8050)
NEIGHBOURS = ((CELL, 62), (SECOND, 4))
TOWERS = (replace(TOWER, signal=-62), replace(TOWER, cell=8050))


@pytest.mark.parametrize("kind", [0x18, 0x24, 0x28, 0x2E])
@pytest.mark.parametrize("end", [3, 1])
def test_scan_of_cells(kind: int, end: int) -> None:
    """A signal of a few is one of bars, and has no dBm."""
    content = gt06.scan(TIME, NEIGHBOURS)
    assert read(kind, content[: len(content) - 3 + end]) == [at(cells=TOWERS)]


@pytest.mark.parametrize("long", [False, True])
def test_scan_of_seven_cells_and_access_points(long: bool) -> None:
    where, tower = (WIDE_LTE, WIDE_LTE_TOWER) if long else (WIDE, WIDE_TOWER)
    cells = [(replace(where, cell=number), 70 + number) for number in range(1, 8)]
    towers = tuple(replace(tower, cell=number, signal=-70 - number) for number in range(1, 8))
    assert read(0xA2 if long else 0x2C, gt06.scan(TIME, cells, POINTS, long=long)) == [at(cells=towers, wifi=HEARD)]
    assert read(0xA1 if long else 0x28, gt06.scan(TIME, cells, long=long)) == [at(cells=towers)]
    assert read(0xA2 if long else 0x2C, gt06.scan(TIME, cells, (), long=long)) == [at(cells=towers)]


@pytest.mark.parametrize("kind", [0x18, 0x24, 0x28, 0x2E, 0x2C, 0xA1, 0xA2, 0xF3])
@pytest.mark.parametrize("size", [1, 6, 7, 10, 44, 51, 60])
def test_scan_of_another_length_proves_presence(kind: int, size: int) -> None:
    assert read(kind, gt06.scan(TIME, NEIGHBOURS).ljust(80, b"\x01")[:size]) == [report()]


def test_scan_of_a_clock_that_was_never_set_is_told() -> None:
    assert read(0x28, bytes(6) + gt06.scan(TIME, NEIGHBOURS)[6:]) == [report(cells=TOWERS)]


def test_access_points_of_unknown_strength() -> None:
    content = clock(TIME) + b"\x02" + bytes.fromhex("000002005e100001530002005e100002")
    points = (AccessPoint("02:00:5e:10:00:01"), AccessPoint("02:00:5e:10:00:02"))
    assert read(0xF3, content) == [at(wifi=points)]
    assert read(0xF3, content[:-1]) == [report()]


def test_placeholder_is_no_access_point() -> None:
    content = gt06.scan(TIME, NEIGHBOURS, [("00:00:00:00:00:00", 0), *POINTS])
    assert read(0x2C, content) == [at(cells=TOWERS, wifi=HEARD)]


# Mini trackers.


@pytest.mark.parametrize("kind", [0x69, 0x17])
@pytest.mark.parametrize("points", range(9))
@pytest.mark.parametrize("cells", range(1, 8))
def test_mini_scan_is_read_and_answered(kind: int, points: int, cells: int) -> None:
    heard = [(f"02:00:5e:10:00:{number:02x}", 40 + number) for number in range(points)]
    neighbours = [(replace(CELL, cell=100 + number), 70 + number) for number in range(cells)]
    expected = at(
        wifi=tuple(AccessPoint(bssid, -dbm) for bssid, dbm in heard),
        cells=tuple(replace(TOWER, cell=100 + number, signal=-70 - number) for number in range(cells)),
    )
    frame = gt06.mini_scan(kind, TIME, heard, neighbours)
    assert exchange(frame) == ([expected], bytes.fromhex(f"787800{kind:02x}2603011159500d0a"))
    assert exchange(frame + POSITION)[0] == [expected, *exchange(POSITION)[0]]


def test_mini_scan_may_hold_the_end_of_a_frame() -> None:
    frame = gt06.mini_scan(0x69, TIME, [("78:78:01:08:0d:0a", 47)], [(CELL, 70)])
    (got,), _ = exchange(frame)
    assert got.wifi == (AccessPoint("78:78:01:08:0d:0a", -47),)


def test_mini_scan_with_an_impossible_date_is_damage_but_answered() -> None:
    frame = bytearray(gt06.mini_scan(0x69, TIME, (), [(CELL, 70)]))
    frame[5] = 0x13
    tracker = Gt06(IMEI)
    assert tracker.feed(bytes(frame), NOW) == []
    assert tracker.data_to_send() == b"\x78\x78\0\x69" + bytes(frame[4:10]) + b"\r\n"
    assert tracker.damaged == 1


def test_mini_login_and_position_are_read_and_not_answered() -> None:
    tracker = Gt06()
    login = b"\x78\x78\x0d\x01" + gt06.login(IMEI) + b"\x34\r\n"
    position = b"\x78\x78\x15\x11" + gps(TIME, PLACE) + b"\xdd\0\x01\r\n"
    assert tracker.feed(login + position, NOW) == [report(), at(fix=FIX)]
    assert tracker.data_to_send() == b""


# Text.


@pytest.mark.parametrize("kind", [0x15, 0x81, 0x82])
@pytest.mark.parametrize("language", [1, None])
def test_answer_names_the_command_by_its_flag(kind: int, language: int | None) -> None:
    content = gt06.answer(0x01020304, "Cut off the fuel supply: Success!", language=language)
    assert read(kind, content) == [report(text="Cut off the fuel supply: Success!", answer=Answer("16909060"))]


@pytest.mark.parametrize("wide", [False, True])
def test_long_answer_names_the_command_by_its_flag(wide: bool) -> None:
    content = gt06.coded_answer(7, "Batería: 4.1 V", wide=wide)
    assert read(0x21, content, extended=True) == [report(text="Batería: 4.1 V", answer=Answer("7"))]


def test_answer_without_a_flag_names_none() -> None:
    assert read(0x15, gt06.answer(0, "OK")) == [report(text="OK", answer=Answer(None))]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("Success!", True),
        ("OK!", True),
        ("Battery:3.97V,NORMAL; GPRS:Link Up; GPS:Successful positioning; ACC:OFF", True),
        ("Cut off the fuel supply: fail!", False),
        ("ERROR:101", False),
        ("Invalid parameter", False),
        ("This command is not supported", False),
    ],
)
def test_answer_tells_whether_it_will_do_it(text: str, accepted: bool) -> None:
    assert read(0x15, gt06.answer(3, text)) == [report(text=text, answer=Answer("3", accepted))]


def test_answer_without_words_is_one() -> None:
    assert read(0x15, gt06.answer(3, "")) == [report(answer=Answer("3"))]
    assert read(0x21, gt06.coded_answer(3, ""), extended=True) == [report(answer=Answer("3"))]


def test_answer_may_mix_letters_of_two_bytes_into_others() -> None:
    said = b"\x04\x10\x00B&&+1&&\x04\x11"
    content = bytes((4 + len(said),)) + pack(">I", 9) + said + b"\0\x02"
    assert read(0x81, content) == [report(text="АB&&+1&&Б", answer=Answer("9"))]


@pytest.mark.parametrize("kind", [0x15, 0x21, 0x81, 0x82])
@pytest.mark.parametrize("size", range(1, 5))
def test_answer_without_a_whole_flag_is_damage(kind: int, size: int) -> None:
    assert damage(encode(kind, bytes(size))) == 1


@pytest.mark.parametrize("north", ["N", "S"])
@pytest.mark.parametrize("east", ["E", "W"])
def test_answer_keeps_its_fix(north: str, east: str) -> None:
    text = (
        f"Current position!Lat:{north}23.111682,Lon:{east}114.409217,Course:12.50,Speed:36.00,"
        "DateTime:2026-03-01 11:59:50"
    )
    latitude, longitude = (1 if north == "N" else -1) * 23.111682, (1 if east == "E" else -1) * 114.409217
    place = Fix(latitude, longitude, TIME, None, 36.0, 12.5)
    assert read(0x15, gt06.answer(1, text)) == [at(fix=place, text=text, answer=Answer("1"))]
    assert read(0x21, gt06.coded_answer(1, text), extended=True) == [at(fix=place, text=text, answer=Answer("1"))]


def test_answer_may_tell_the_sim() -> None:
    text = "<ICCID:8957101000000000017>"
    expected = report(readings={"iccid": "8957101000000000017"}, text=text, answer=Answer("1"))
    assert read(0x15, gt06.answer(1, text)) == [expected]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"D7520A62\r\n", "D7520A62"),
        (b"D7520A62", "D7520A62"),
        (b"one\r\ntwo\r\n", "one\r\ntwo"),
        (bytes.fromhex("32382e33a1e60d0a"), "32382e33a1e60d0a"),
        (b"\x02ab\x03", "02616203"),
    ],
)
def test_serial_port_is_text_or_hexadecimal(data: bytes, said: str) -> None:
    expected = report(readings={"serial_data": said}, text=said)
    assert read(0x9B, b"\x03" + data, extended=True) == [expected]


@pytest.mark.parametrize("content", [b"", b"\x03", b"\x03\r\n"])
def test_silent_serial_port(content: bytes) -> None:
    (got,) = read(0x9B, content, extended=True)
    assert got.text in (None, "0d0a")


# Information.


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (0x00, pack(">H", 1208), report(readings={"external_voltage": 12.08})),
        (0x00, b"\0\0", report(readings={"external_voltage": 0.0})),
        (0x0B, pack(">H", 739), report(readings={"external_voltage": 7.39})),
        (0x0B, b"\x01\xcc\0\x28\x7d\0\x1f\x71", report()),
        (0x00, b"\x01", report()),
        (0x04, b"ALM1=C5;SOS=0132883700,,;", report(text="ALM1=C5;SOS=0132883700,,;")),
        (0x05, b"\x01", report(readings={"door": True})),
        (0x05, b"\xfe", report(readings={"door": False})),
        (0x05, clock(TIME) + b"\x03", at(readings={"door": True})),
        (0x05, bytes(6) + b"\0", report(readings={"door": False})),
        (0x05, b"\0\0", report()),
        (0x0A, gt06.identities(IMEI, "8957101000000000017"), report(readings={"iccid": "8957101000000000017"})),
        (0x0A, gt06.identities(IMEI, "987501010000000010f7"), report(readings={"iccid": "987501010000000010f7"})),
        (0x0A, gt06.identities(IMEI, ""), report()),
        (0x0A, bytes(25), report()),
        (0x1B, b"RFID:008FB2BEBA39\r\n", report(
            readings={"serial_data": "RFID:008FB2BEBA39", "driver_id": "008FB2BEBA39"}, text="RFID:008FB2BEBA39"
        )),
        (0x1B, b"\x01\x02", report(readings={"serial_data": "0102"}, text="0102")),
        (0x1E, pack(">ii", -123, 456), report(readings={"temperature": -12.3, "humidity": 45.6})),
        (0x1E, bytes(7), report()),
        (0x77, b"\r\n\x01\x02", report()),
        (0x04, b"", report()),
    ],
)  # fmt: skip
def test_information(kind: int, data: bytes, expected: Report) -> None:
    reports, reply = exchange(encode(0x94, information(kind, data), extended=True))
    assert reports == [expected]
    assert reply == b""


@pytest.mark.parametrize("star", ["", "*"])
@pytest.mark.parametrize("dated", [False, True])
def test_fuel_probe_tells_its_temperature_and_its_text(star: str, dated: bool) -> None:
    text = f"{star}!AIOIL,02,008.290,029.600,519J,0400,008.430,0,00,AB"
    data = (clock(TIME) if dated else b"") + text.encode()
    expected = report(readings={"serial_data": text, "temperature": 29.6}, text=text)
    if dated:
        expected.time = TIME
    assert read(0x94, information(0x0D, data), extended=True) == [expected]


# Zones.


def hours_ahead(zone: float) -> Gt06:
    """Return a tracker that has announced a zone."""
    tracker = Gt06()
    tracker.feed(encode(gt06.LOGIN, gt06.login(IMEI, zone=zone)), NOW)
    return tracker


def moved(report: Report, time: datetime) -> Report:
    """Return a report of another time."""
    return replace(report, time=time, fix=replace(report.fix, time=time) if report.fix else None)


@pytest.mark.parametrize("zone", [8, -5, 5.5, -3.5, 14, 12.75])
@pytest.mark.parametrize("age", [timedelta(), timedelta(minutes=20), timedelta(days=3)])
def test_announced_zone_is_that_of_the_times(zone: float, age: timedelta) -> None:
    ahead = timedelta(hours=zone)
    tracker = hours_ahead(zone)
    assert tracker.feed(encode(0x10, gps(TIME - age + ahead, PLACE)), NOW) == [moved(at(fix=FIX), TIME - age)]
    assert tracker.feed(encode(0x10, gps(TIME + ahead, PLACE)), NOW) == [at(fix=FIX)]
    # Once a live frame has shown it, it stays: this one was made when it would be now in UTC.
    assert tracker.feed(encode(0x10, gps(TIME, PLACE)), NOW) == [moved(at(fix=FIX), TIME - ahead)]


@pytest.mark.parametrize("zone", [8, -5])
def test_zone_is_not_believed_once_a_live_frame_is_of_this_moment(zone: float) -> None:
    tracker = hours_ahead(zone)
    assert tracker.feed(encode(0x10, gps(TIME, PLACE)), NOW) == [at(fix=FIX)]
    old = TIME - timedelta(days=1)
    assert tracker.feed(encode(0x10, gps(old, PLACE)), NOW) == [moved(at(fix=FIX), old)]


def test_stored_frame_proves_nothing_about_the_zone() -> None:
    tracker = hours_ahead(8)
    stored = encode(0x22, gps(TIME, PLACE) + cell(CELL) + tail(stored=True))
    (got,) = tracker.feed(stored, NOW)
    assert got.time == TIME - timedelta(hours=8)
    assert tracker.feed(encode(0x10, gps(TIME + timedelta(hours=8), PLACE)), NOW) == [at(fix=FIX)]


@pytest.mark.parametrize("zone", [0, 15, 40])
def test_zone_of_utc_or_of_no_place_moves_nothing(zone: float) -> None:
    old = TIME - timedelta(days=1)
    assert hours_ahead(zone).feed(encode(0x10, gps(old, PLACE)), NOW) == [moved(at(fix=FIX), old)]


def test_zone_ends_with_the_next_login() -> None:
    tracker = hours_ahead(8)
    old = TIME - timedelta(days=1)
    frames = encode(gt06.LOGIN, gt06.login(IMEI)) + encode(0x10, gps(old, PLACE))
    assert tracker.feed(frames, NOW) == [report(), moved(at(fix=FIX), old)]


# Frames.


@pytest.mark.parametrize(
    "broken",
    [
        POSITION[:-2],
        POSITION[:-7],
        POSITION[:20],
        POSITION[:20] + POSITION[21:],
        POSITION[:20] + b"\0" + POSITION[20:],
        POSITION[:20] + b"\r\n" + POSITION[20:],
        POSITION[:2] + b"\xff" + POSITION[3:],
        POSITION[:2] + b"\0" + POSITION[3:],
        b"\x79\x79\x1f\xff",
        b"\x79\x79\xff\xff\r\n",
        b"\x78",
        b"\r\n",
        b"noise",
    ],
)
def test_broken_frame_loses_only_itself(broken: bytes) -> None:
    good, _ = exchange(POSITION)
    tracker = Gt06(IMEI)
    reports = tracker.feed(POSITION + broken + POSITION * 8, NOW)
    reports += tracker.settle(NOW)
    assert reports[:1] == good
    # What only seems to begin one delays those behind it, until nothing follows.
    assert [one for one in reports if one == good[0]] == good * 9


@pytest.mark.parametrize("swallowed", [1, 2])
def test_length_that_leads_to_the_end_of_a_later_frame_swallows_none(swallowed: int) -> None:
    broken = POSITION[:2] + bytes((POSITION[2] + swallowed * len(POSITION),)) + POSITION[3:]
    assert exchange(broken + POSITION * 2)[0] == exchange(POSITION)[0] * 2


@pytest.mark.parametrize("extended", [False, True])
def test_frame_may_hold_what_ends_and_begins_frames(extended: bool) -> None:
    trap = b"\r\n" + POSITION + b"\r\n\x78\x78\x79\x79"
    assert exchange(encode(0x9F, trap, extended=extended) + POSITION)[0] == [report(), *exchange(POSITION)[0]]


def test_frame_that_pauses_is_not_taken_for_broken() -> None:
    """A second of silence ends what has no end of its own, and nothing else."""
    frame = encode(0x9F, b"\r\n\x78\x78\x01\x08\r" + POSITION, extended=True)
    for cut in range(1, len(frame)):
        tracker = Gt06(IMEI)
        reports = tracker.feed(frame[:cut], NOW)
        if b"\r\n" not in frame[3:cut]:
            reports += tracker.settle(NOW)
        assert reports + tracker.feed(frame[cut:], NOW) == [report()], cut


def test_longest_frame_is_read_and_a_longer_one_is_none() -> None:
    longest = encode(0x8D, bytes(Gt06.max_frame - 11), extended=True)
    assert len(longest) == Gt06.max_frame
    assert exchange(longest)[0] == [report()]
    tracker = Gt06(IMEI)
    with pytest.raises(FrameError):
        tracker.feed(encode(0x8D, bytes(Gt06.max_frame - 10), extended=True), NOW)


def test_marks_without_end_are_refused() -> None:
    tracker = Gt06(IMEI)
    with pytest.raises(FrameError):
        [tracker.feed(b"x" * 64, NOW) for _ in range(1000)]


def test_frames_between_noise_are_read_for_ever() -> None:
    tracker = Gt06(IMEI)
    reports = [one for _ in range(500) for one in tracker.feed(b"xx\x01\r\n" * 4 + POSITION, NOW)]
    assert len(reports) == 500
    assert tracker.damaged == 2000
