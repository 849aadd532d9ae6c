"""JT/T 808: any bytes, in any pieces, give the same reports or FrameError; and nothing whole is left unanswered."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from struct import pack

import pytest

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind
from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    Answer,
    CellTower,
    Fix,
    MediaKind,
    Piece,
    Report,
)
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.jt808 import Jt808
from custom_components.plaspy_trackers.media import Assembler, Medium
from tests.simulator.encoders import jt808 as wire
from tests.simulator.encoders.jt808 import batch, extension, item, location
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
TIME = datetime(2026, 3, 1, 11, 59, 50, tzinfo=UTC)
ID = "12340500066"
IMEI = "861234050000069"
PLACE = Position(latitude=4.658312, longitude=-74.093789, altitude=2555, speed=4.8, course=276)
ICCID = "89571010000000000017"

PARKED = {"ignition": False, "immobilized": False}
POSITION = location(TIME, PLACE)


def frame(kind: int, body: bytes = b"", serial: int = 7) -> bytes:
    """Return a frame of our made-up tracker."""
    return wire.encode(ID, kind, body, serial=serial)


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(ID, "jt808", **what)  # type: ignore[arg-type]


def fix(**what: object) -> Fix:
    """Return PLACE as a report has it, with what differs."""
    return replace(Fix(4.658312, -74.093789, TIME, 2555, 4.8, 276), **what)  # type: ignore[arg-type]


def located(readings: dict[str, object] | None = None, **what: object) -> Report:
    """Return the report of POSITION, with what differs; readings are added."""
    return report(**({"time": TIME, "fix": fix(), "readings": PARKED | (readings or {})} | what))


def feed(data: bytes, *, damaged: int = 0) -> list[Report]:
    """Return the reports of a fresh connection, and hold it to so much damage."""
    protocol = Jt808()
    reports = protocol.feed(data, NOW)
    assert protocol.damaged == damaged
    return reports


def read(*items: bytes) -> dict[str, object]:
    """Return the readings that items add to a position."""
    (one,) = feed(frame(0x0200, location(TIME, PLACE, *items)))
    assert one == located(one.readings)  # type: ignore[arg-type]
    return {key: value for key, value in one.readings.items() if key not in PARKED}


def replies(data: bytes, *, acknowledge: bool = True) -> list[str]:
    """Return in hexadecimal the frames that a fresh connection has to send after these bytes."""
    protocol = Jt808()
    protocol.feed(data, NOW)
    return split(protocol.data_to_send(acknowledge=acknowledge))


def split(data: bytes) -> list[str]:
    """Return frames in hexadecimal, without their flags."""
    return [piece.hex() for piece in data.split(b"\x7e") if piece]


def reply(kind: int, body: bytes) -> str:
    """Return in hexadecimal what the server sends to our made-up tracker, without flags."""
    return wire.encode(ID, kind, body)[1:-1].hex()


def accepts(kind: int, serial: int = 7) -> str:
    """Return in hexadecimal the general answer to a frame, without flags."""
    return reply(0x8001, pack(">HHB", serial, kind, 0))


# Recognition


@pytest.mark.parametrize(
    "head",
    [
        "7e0100002d",
        "7e01020020",
        "7e02000041",
        "7e0704402d",
        "7e00022000",
        "7e7e0200",
        "7e60060055",
        "7e55018c41",
        "e7020000",
    ],
)
def test_flag_and_header_are_claimed(head: str) -> None:
    data = bytes.fromhex(head).ljust(5, b"\0")
    assert Jt808.match(data) is Match.YES
    assert Jt808.match(data + b"anything") is Match.YES


@pytest.mark.parametrize("head", ["", "7e", "7e7e", "7e02", "7e0200", "7e7e0200", "7e55", "7e5501", "e7", "e702"])
def test_half_a_header_is_undecided(head: str) -> None:
    assert Jt808.match(bytes.fromhex(head)) is Match.MAYBE


@pytest.mark.parametrize(
    "head",
    ["00", "02", "7f", "7e14", "7e80", "7e0200ff", "7e020004", "7e5503", "7ee7", "e77e", "7d0200", "7e7c"],
)
def test_other_beginning_is_not_claimed(head: str) -> None:
    assert Jt808.match(bytes.fromhex(head)) is Match.NO


def test_what_a_server_sends_is_not_claimed() -> None:
    assert Jt808.match(bytes.fromhex("7e80010005")) is Match.NO


# Frames


def test_frame_is_read_from_bytes() -> None:
    """Byte by byte as the document draws them, without our encoder."""
    data = bytes.fromhex(
        "7e 0200 0022 012340500066 007d01"
        "00000000 0000000b 00471488 046a947d01 09fb 0030 0114 260301195950"
        "01 04 00003039"
        "b1 7e"
    )
    protocol = Jt808()
    assert protocol.feed(data, NOW) == [
        located({"ignition": True, "odometer": 1234.5}, fix=fix(longitude=-74.093693)),
    ]
    assert protocol.damaged == 0
    assert protocol.data_to_send() == bytes.fromhex("7e 8001 0005 012340500066 0000 007d01 0200 00 af 7e")
    assert protocol.data_to_send() == b""
    assert protocol.device_id == ID


def test_every_byte_survives_its_escapes() -> None:
    body = b"\xf0" + bytes(range(256)) + b"\x7d\x02\x7d\x01\x7e\x7e\x7d"
    data = frame(0x0900, body, 0x7D7E)
    assert data.count(b"\x7e") == 2
    assert feed(data) == [report(text=body[1:].hex())]
    assert replies(data) == [accepts(0x0900, 0x7D7E)]


def test_check_sum_is_escaped() -> None:
    sums = set()
    for serial in range(256):
        data = frame(0x0002, b"", serial)
        sums.add(data[-3:-1])
        assert feed(data) == [report()]
        assert len(replies(data)) == 1
    assert {b"\x7d\x01", b"\x7d\x02"} <= sums


def test_one_flag_between_frames_is_enough() -> None:
    data = frame(0x0002) + frame(0x0200, POSITION)[1:] + frame(0x0002)[1:]
    assert feed(data) == [report(), located(), report()]


@pytest.mark.parametrize(
    "noise", [b"\xff" * 40, b"7", b"\r\n", b"\x7e" * 5, b"GET / HTTP/1.1\r\n\r\n", b"\x7e\x02\0\x7e"]
)
def test_noise_costs_no_frame(noise: bytes) -> None:
    data = frame(0x0200, POSITION)
    assert feed(data + noise + data + noise + data) == [located()] * 3


def test_lost_flags_cost_their_own_frames() -> None:
    whole, keep_alive = frame(0x0200, POSITION), frame(0x0002)
    assert feed(whole + keep_alive[:-1] + whole) == [located(), report(), located()]
    assert feed(whole + keep_alive[1:] + whole) == [located(), report(), located()]
    assert feed(whole + keep_alive[1:-1] + whole + whole) == [located(), report(), located(), located()]
    assert feed(whole + whole[:30] + whole) == [located(), located()]


def test_wrong_check_sum_is_not_answered() -> None:
    told = ((0x0002, b""), (0x0100, wire.registration()), (0x0704, batch(0, POSITION)), (0x0900, b"\x41x"))
    part = wire.encode(ID, 0x0200, POSITION, serial=7, part=(1, 2))
    for data in (*(frame(kind, body) for kind, body in told), part):
        wrong = data[:-2] + bytes((data[-2] ^ 0x11,)) + data[-1:]
        assert feed(wrong, damaged=1) == [], data
        assert replies(wrong) == [], data


def test_position_with_a_wrong_check_sum_is_read_and_counted() -> None:
    data = frame(0x0200, location(TIME, PLACE, wire.odometer(1234.5)))
    wrong = data[:-2] + bytes((data[-2] ^ 0x11,)) + data[-1:]
    assert feed(wrong, damaged=1) == [located({"odometer": 1234.5})]
    assert replies(wrong) == [accepts(0x0200)]


def test_position_of_a_wrong_length_too_is_read_as_far_as_it_goes() -> None:
    body = location(TIME, PLACE, wire.odometer(1234.5), item(0x77, bytes(20)))
    data = frame(0x0200, body)
    assert feed(data[:-10] + data[-1:], damaged=2) == [located({"odometer": 1234.5})]
    assert feed(data[:-2] + b"\x01\x01" + data[-1:], damaged=1) == [located({"odometer": 1234.5})]


@pytest.mark.parametrize("lost", range(1, 41))
def test_lost_byte_gives_no_other_place(lost: int) -> None:
    """What is read has its place right, or lacks a byte behind it."""
    data = frame(0x0200, POSITION)
    reports = Jt808().feed(data[:lost] + data[lost + 1 :], NOW)
    if lost < 35:
        assert reports == []
        assert replies(data[:lost] + data[lost + 1 :]) == []
    for one in reports:
        assert one.fix is not None
        assert (one.fix.latitude, one.fix.longitude) == (PLACE.latitude, PLACE.longitude)


@pytest.mark.parametrize("year", [2009, 2012, 2028, 2099])
def test_wrong_check_sum_and_impossible_year_are_damage(year: int) -> None:
    data = frame(0x0200, location(TIME.replace(year=year), PLACE))
    wrong = data[:-2] + bytes((data[-2] ^ 0x11,)) + data[-1:]
    assert feed(data)
    assert feed(wrong, damaged=1) == []


def test_wrong_check_sum_brings_no_other_tracker() -> None:
    protocol = Jt808()
    data = wire.encode("13800138000", 0x0200, POSITION)
    wrong = data[:-2] + bytes((data[-2] ^ 0x11,)) + data[-1:]
    assert protocol.feed(frame(0x0002) + wrong + frame(0x0002), NOW) == [report(), report()]
    assert protocol.damaged == 1
    assert split(protocol.data_to_send()) == [accepts(0x0002)] * 2


def test_frame_longer_than_any_is_refused() -> None:
    protocol = Jt808()
    with pytest.raises(FrameError):
        protocol.feed(b"\x7e\x02\0\0\x01" + b"\1" * 4000, NOW)


def test_longest_frame_is_read() -> None:
    data = wire.encode(ID, 0x0900, b"\xf0" + b"\x7e" * 1022, serial=0x7E7E)
    assert len(data) <= Jt808.max_frame
    assert feed(data) == [report(text="7e" * 1022)]


# The other flag


def test_other_flag_has_other_escapes() -> None:
    body = b"\xf0" + bytes(range(256)) + b"\xe6\x02\x3e\x01\x7e\x7d\x01\x3d"
    data = wire.encode(ID, 0x0900, body, serial=0x3D7D, flag=b"\xe7")
    assert data.count(b"\xe7") == 2
    for cut in range(len(data)):
        protocol = Jt808()
        assert protocol.feed(data[:cut], NOW) + protocol.feed(data[cut:], NOW) == [report(text=body[1:].hex())]
        want = wire.encode(ID, 0x8001, pack(">HHB", 0x3D7D, 0x0900, 0), flag=b"\xe7")
        assert protocol.data_to_send() == want


# Identities and forms


def test_number_that_an_imei_begins_with_is_an_imei() -> None:
    """The worked examples of the document, and ours."""
    for digits, imei in (("4F07788EF876", "868935060010145"), ("0B3A73CE2FF2", "123456789012347")):
        (one,) = Jt808().feed(wire.enclose(bytes.fromhex("00020000" + digits + "0001")), NOW)
        assert one == Report(imei, "jt808")
    protocol = Jt808()
    assert protocol.feed(wire.encode(IMEI, 0x0002), NOW) == [Report(IMEI, "jt808")]
    assert protocol.data_to_send() == wire.encode(IMEI, 0x8001, pack(">HHB", 0, 2, 0))


@pytest.mark.parametrize(
    ("digits", "device_id"), [("000000000000", "0"), ("000000001862", "1862"), ("856009001017",) * 2]
)
def test_leading_zeros_do_not_count(digits: str, device_id: str) -> None:
    assert Jt808().feed(wire.encode(digits, 0x0002), NOW) == [Report(device_id, "jt808")]


@pytest.mark.parametrize("version", [1, 2])
def test_form_of_2019_is_answered_in_kind(version: int) -> None:
    protocol = Jt808()
    assert protocol.feed(wire.encode(IMEI, 0x0002, serial=9, version=version), NOW) == [Report(IMEI, "jt808")]
    want = bytes.fromhex(f"80014005{version:02x}00000{IMEI}0000") + pack(">HHB", 9, 2, 0)
    assert protocol.data_to_send() == wire.enclose(want)


@pytest.mark.parametrize("head", ["00020000ffffffffffff", "0002400001" + "fa" * 10])
def test_identity_that_is_none_is_damage_but_answered(head: str) -> None:
    data = wire.enclose(bytes.fromhex(head + "0001"))
    assert feed(data, damaged=1) == []
    assert len(replies(data)) == 1


def test_identity_that_is_none_changes_no_later_answer() -> None:
    protocol = Jt808()
    nobody = wire.enclose(bytes.fromhex("00020000ffffffffffff0001"))
    assert protocol.feed(frame(0x0002) + nobody + frame(0x0002), NOW) == [report(), report()]
    assert split(protocol.data_to_send())[::2] == [accepts(0x0002)] * 2
    (request,) = protocol.encode(Command(CommandKind.LOCATE), NOW)
    assert request.frame == wire.encode(ID, 0x8201)


def test_registration_of_nobody_is_not_answered() -> None:
    assert replies(wire.enclose(bytes.fromhex("01000000ffffffffffff0001"))) == []


def test_one_connection_may_carry_several_trackers() -> None:
    protocol = Jt808()
    one, other = wire.encode(ID, 0x0002), wire.encode(IMEI, 0x0002, version=1)
    assert [each.device_id for each in protocol.feed(one + other + one, NOW)] == [ID, IMEI, ID]
    assert split(protocol.data_to_send())[1].startswith("80014005")


def test_encrypted_body_is_answered_and_damage() -> None:
    data = wire.enclose(pack(">HH", 0x0200, 0x0400 | len(POSITION)) + wire.bcd(ID, 6) + b"\0\7" + POSITION)
    assert feed(data, damaged=1) == []
    assert replies(data) == [accepts(0x0200)]


# Answers


def test_registration_gets_what_to_authenticate_with() -> None:
    assert feed(frame(0x0100, wire.registration())) == [report()]
    assert replies(frame(0x0100, wire.registration())) == [reply(0x8100, b"\0\7\0" + b"012340500066")]
    data = wire.encode(IMEI, 0x0100, wire.registration(), serial=7)
    want = wire.encode(IMEI, 0x8100, b"\0\7\0" + IMEI.encode())
    assert replies(data) == [want[1:-1].hex()]


def test_clock_is_told_in_utc() -> None:
    data = frame(0x0109)
    assert feed(data) == [report()]
    assert replies(data) == [reply(0x8109, bytes.fromhex("07ea 03 01 0c 00 00 00"))]


@pytest.mark.parametrize("kind", [0x0002, 0x0003, 0x0100, 0x0102, 0x0109])
def test_greeting_is_answered_to_everybody(kind: int) -> None:
    body = b"012340500066" if kind == 0x0102 else b""
    assert feed(frame(kind, body)) == [report()]
    assert len(replies(frame(kind, body), acknowledge=False)) == 1


TOLD = {
    0x0107: wire.attributes(ICCID, "S7", "S7_V2"),
    0x0200: POSITION,
    0x0210: wire.vendor_batch(POSITION),
    0x0704: batch(0, POSITION),
    0x0705: bytes(19),
    0x0800: bytes(8),
    0x0900: b"\x41x",
    0x1007: bytes(4),
    0x6006: b"\0x",
}


@pytest.mark.parametrize("kind", [*TOLD, 0x0301, 0x0901, 0x1003, 0x8888])
def test_what_is_told_is_acknowledged(kind: int) -> None:
    data = frame(kind, TOLD.get(kind, b""))
    assert len(feed(data)) == 1
    assert replies(data) == [accepts(kind)]
    assert replies(data, acknowledge=False) == []


UNANSWERED = {
    0x0001: wire.result(0, 0x8201),
    0x0104: wire.parameters(0, []),
    0x0201: b"\0\0" + POSITION,
    0x0302: bytes(3),
    0x0500: b"\0\0" + POSITION,
    0x0700: bytes(3),
    0x0701: b"\0\0\0\2OK",
    0x0702: wire.driver(TIME, "17"),
    0x0802: bytes(4),
    0x0805: bytes(5),
    0x1300: b"\0\0\0O\0K",
}


@pytest.mark.parametrize("kind", UNANSWERED)
def test_answer_is_not_answered(kind: int) -> None:
    data = frame(kind, UNANSWERED[kind])
    assert len(feed(data)) == 1
    assert replies(data) == []


@pytest.mark.parametrize("kind", [0x5501, 0x5502])
@pytest.mark.parametrize("bits", [0x0000, 0x8C00, 0x9C00, 0x8400])
def test_padlock_has_a_short_serial_and_is_not_answered(kind: int, bits: int) -> None:
    data = wire.enclose(pack(">HH", kind, bits | 37) + wire.bcd("856009001017", 6) + b"\x47" + bytes(37))
    assert feed(data) == [Report("856009001017", "jt808")]
    assert replies(data) == []


def test_text_of_a_padlock_is_told_and_not_answered() -> None:
    text = b"(123405000066,1,001,BASE,2,TIME)"
    protocol = Jt808()
    want = Report("123405000066", "jt808", text=text.decode())
    assert protocol.feed(frame(0x0002) + text + text + b"\r\n" + text, NOW) == [report(), want, want, want]
    assert split(protocol.data_to_send()) == [accepts(0x0002)]
    assert protocol.feed(text[:12], NOW) == []
    assert protocol.feed(text[12:] + frame(0x0002), NOW) == [want, report()]
    assert Jt808().feed(text, NOW, final=True) == [want]


def test_text_of_a_padlock_begins_and_that_of_a_tk103_does_not() -> None:
    claims = [Jt808.match(b"(123405000066,1,001,BASE,2,TIME)"[:length]) for length in range(33)]
    assert claims == [Match.MAYBE] * 15 + [Match.YES] * 18
    assert Jt808.match(b"(123405000066,B") is Jt808.match(b"(123405000066B") is Match.NO
    assert Jt808.match(b"(123456789,1") is Jt808.match(b"(1234567890123456") is Match.NO


def test_damaged_body_is_answered() -> None:
    for kind, body in ((0x0200, POSITION[:27]), (0x0704, batch(1, POSITION)[:20]), (0x0900, b"")):
        assert feed(frame(kind, body), damaged=1) == []
        assert replies(frame(kind, body)) == [accepts(kind)]


# Positions


@pytest.mark.parametrize("north", [1, -1])
@pytest.mark.parametrize("east", [1, -1])
def test_position_is_read_in_every_hemisphere(north: int, east: int) -> None:
    place = replace(PLACE, latitude=north * 36.85061, longitude=east * 174.763459)
    want = fix(latitude=place.latitude, longitude=place.longitude)
    assert feed(frame(0x0200, location(TIME, place))) == [located(fix=want)]


def test_height_may_be_below_the_sea() -> None:
    assert feed(frame(0x0200, location(TIME, replace(PLACE, altitude=-430)))) == [located(fix=fix(altitude=-430))]


@pytest.mark.parametrize(("at", "value", "what"), [(18, 0xFFFF, "speed"), (20, 361, "course"), (20, 0xFFFF, "course")])
def test_what_a_position_does_not_say_is_absent(at: int, value: int, what: str) -> None:
    body = POSITION[:at] + pack(">H", value) + POSITION[at + 2 :]
    assert feed(frame(0x0200, body)) == [located(fix=fix(**{what: None}))]


def test_last_known_place_is_no_fix() -> None:
    assert feed(frame(0x0200, location(TIME, None, last=PLACE))) == [located(fix=None)]


@pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (90.1, 8), (-90.1, 8), (47, 180.1), (47, -180.1)])
def test_impossible_place_is_no_fix(latitude: float, longitude: float) -> None:
    place = replace(PLACE, latitude=latitude, longitude=longitude)
    assert feed(frame(0x0200, location(TIME, place, alarms=1))) == [
        located(fix=None, alarms=(Alarm.SOS,), codes=("0",)),
    ]


@pytest.mark.parametrize(
    "clock", ["000000000000", "261301120000", "260230120000", "260301246000", "2a0301120000", "ff" * 6]
)
def test_time_that_is_none_is_that_of_arrival(clock: str) -> None:
    body = POSITION[:22] + bytes.fromhex(clock)
    want = located(time=None, fix=fix(time=NOW.astimezone(UTC)))
    assert feed(frame(0x0200, body)) == [want]
    assert want.fix is not None
    assert want.fix.time.utcoffset() == timedelta(0)


def test_clock_is_that_of_china() -> None:
    body = POSITION[:22] + bytes.fromhex("260101 000000")
    (one,) = feed(frame(0x0200, body))
    assert one.time == datetime(2025, 12, 31, 16, tzinfo=UTC)


STATES = {
    0x0000_0001: {"ignition": True},
    0x0000_0400: {"immobilized": True},
    0x0000_0800: {"immobilized": True},
    0x0000_0C00: {"immobilized": True},
    0x0400_0000: {"charging": True},
    0xFBFF_F3F0: {},
}


@pytest.mark.parametrize("status", STATES)
def test_state_is_read(status: int) -> None:
    assert feed(frame(0x0200, location(TIME, PLACE, status=status))) == [located(STATES[status])]  # type: ignore[arg-type]


ALARMS = {
    0: Alarm.SOS,
    1: Alarm.OVERSPEED,
    2: Alarm.OTHER,
    3: Alarm.OTHER,
    4: Alarm.FAULT,
    5: Alarm.FAULT,
    6: Alarm.FAULT,
    7: Alarm.LOW_EXTERNAL_VOLTAGE,
    8: Alarm.POWER_CUT,
    9: Alarm.FAULT,
    10: Alarm.FAULT,
    11: Alarm.FAULT,
    12: Alarm.FAULT,
    13: Alarm.OTHER,
    14: Alarm.OTHER,
    15: Alarm.VIBRATION,
    16: Alarm.TAMPER,
    17: Alarm.TAMPER,
    18: Alarm.LOW_BATTERY,
    19: Alarm.OTHER,
    20: Alarm.GEOFENCE,
    21: Alarm.GEOFENCE,
    22: Alarm.OTHER,
    23: Alarm.GEOFENCE,
    24: Alarm.FAULT,
    25: Alarm.FUEL_LEAK,
    26: Alarm.OTHER,
    27: Alarm.OTHER,
    28: Alarm.MOVEMENT,
    29: Alarm.ACCIDENT,
    30: Alarm.ACCIDENT,
    31: Alarm.DOOR,
}


@pytest.mark.parametrize("bit", range(32))
def test_alarm_is_read(bit: int) -> None:
    want = located(alarms=(ALARMS[bit],), codes=(str(bit),))
    assert feed(frame(0x0200, location(TIME, PLACE, alarms=1 << bit))) == [want]


def test_several_alarms_keep_their_order() -> None:
    want = located(alarms=(Alarm.SOS, Alarm.OTHER, Alarm.DOOR), codes=("0", "2", "31"))
    assert feed(frame(0x0200, location(TIME, PLACE, alarms=0x8000_0005))) == [want]


# Items


@pytest.mark.parametrize(
    ("kind", "value", "readings"),
    [
        (0x01, "00003039", {"odometer": 1234.5}),
        (0x01, "00000000", {"odometer": 0.0}),
        (0x01, "ffffffff", {}),
        (0x02, "0123", {"fuel_volume": 29.1}),
        (0x02, "8123", {}),
        (0x03, "0123", {}),
        (0x04, "3e", {"battery_level": 62}),
        (0x04, "003e", {}),
        (0x04, "65", {}),
        (0x06, "3e", {"battery_level": 62}),
        (0x06, "001a", {}),
        (0x2A, "0003", {}),
        (0x2B, "03e8107d", {"analog_1": 4.221, "analog_2": 1.0}),
        (0x2B, "ab560000", {"analog_1": 0.0}),
        (0x30, "1f", {"signal_level": 100.0}),
        (0x30, "00", {"signal_level": 0.0}),
        (0x30, "43", {}),
        (0x30, "63", {}),
        (0x51, "00eb", {"temperature": 23.5}),
        (0x51, "8001ffff", {"temperature": -0.1}),
        (0x51, "ffff80eb" + "ffff" * 6, {"temperature": -23.5}),
        (0x51, "ffff", {}),
        (0x51, "00eb00", {}),
        (0x56, "0900", {"battery_level": 90}),
        (0x56, "0a", {"battery_level": 100}),
        (0x56, "0b00", {}),
        (0x61, "04ce", {"external_voltage": 12.3}),
        (0x61, "ffff", {}),
        (0x69, "016f", {"battery_voltage": 3.67}),
        (0x82, "007b", {"external_voltage": 12.3}),
        (0xD3, "0027", {"external_voltage": 3.9}),
        (0xD4, "3f", {"battery_level": 63}),
        (0xD4, "ff", {"charging": True}),
        (0xD4, "80", {}),
        (0xE1, "3f", {"battery_level": 63}),
        (0xE1, "ff", {"charging": True}),
        (0xE1, "0072", {"external_voltage": 11.4}),
        (0xE1, "007200", {}),
        (0xE3, "0064019a0000", {"battery_level": 100, "battery_voltage": 4.1}),
        (0xE3, "0000058900", {}),
        (0xE3, "00000589", {"battery_level": 0, "battery_voltage": 14.17}),
        (0xE3, "00ff0589", {"battery_voltage": 14.17}),
        (0xE3, "00", {}),
        (0xE4, "0056", {"charging": True, "battery_level": 86}),
        (0xE4, "0159", {"charging": False, "battery_level": 89}),
        (0xE4, "01ff", {"charging": False}),
        (0xE5, "01", {"moving": True}),
        (0xE5, "00", {"moving": False}),
        (0xE5, "0003", {}),
        (0xE9, "3f", {"battery_level": 63}),
        (0xE9, "ff", {"charging": True}),
        (0xEB, "5554432b30383a3030", {}),
        (0xEE, "1f2ee00fa509", {"signal_level": 100.0, "external_voltage": 12.0, "battery_voltage": 4.005}),
        (0xEE, "01cc01262c009a674300", {}),
        (0xF1, "0000308c", {"external_voltage": 12.428}),
        (0xF1, "ffffffff", {}),
        (0xF7, "00000e480234", {"battery_voltage": 3.656, "charging": True, "battery_level": 52}),
        (0xF7, "00000e480334", {"battery_voltage": 3.656, "charging": True, "battery_level": 52}),
        (0xF7, "00000f48014e", {"battery_voltage": 3.912, "charging": False, "battery_level": 78}),
        (0xF7, "ffffffff01ff", {"charging": False}),
        (0xFE, "45", {"battery_level": 69}),
        (0xFE, "001e", {"external_voltage": 3.0}),
        (0xFE, "7c010400000001f10c", {}),
        (0x77, "7e7d", {}),
        (0x00, "", {}),
    ],
)
def test_item_is_read(kind: int, value: str, readings: dict[str, object]) -> None:
    # Satellites tell more than readings.
    got = feed(frame(0x0200, location(TIME, None, item(kind, bytes.fromhex(value)), last=PLACE)))
    assert got == [located({key: pytest.approx(one) for key, one in readings.items()}, fix=None)]


def test_inputs_are_the_lowest_bits() -> None:
    want = dict.fromkeys([f"input_{number}" for number in range(1, 9)], False)
    assert read(item(0x25, bytes(4))) == want
    assert read(item(0x25, b"\xff\xff\xff\x85")) == want | {"input_1": True, "input_3": True, "input_8": True}


@pytest.mark.parametrize("one", [item(0x31, b"\x0e"), item(0xEE, bytes.fromhex("632ee00fa50e"))])
def test_satellites_belong_to_the_fix(one: bytes) -> None:
    (got,) = feed(frame(0x0200, location(TIME, PLACE, one)))
    assert got.fix == fix(satellites=14)
    (got,) = feed(frame(0x0200, location(TIME, None, one)))
    assert got.fix is None


@pytest.mark.parametrize(
    ("kind", "value", "readings"),
    [
        (0x002D, "0fa5", {"battery_voltage": 4.005}),
        (0x002D, "00002ee0", {"external_voltage": 12.0}),
        (0x002D, "000186a0", {"external_voltage": 100.0}),
        (0x002D, "0fa52ee0", {"battery_voltage": 4.005, "external_voltage": 12.0}),
        (0x002D, "0f", {}),
        (0x00A8, "5c", {"battery_level": 92}),
        (0x00A8, "ff", {}),
        (0x00B2, ICCID, {"iccid": ICCID}),
        (0x00B2, "00" * 10, {}),
        (0x00B2, "8957", {}),
        (0x00CE, "04ce", {"external_voltage": 12.3}),
        (0x00C5, "fe7fffef", {"moving": True}),
        (0x00C5, "00ffffff", {"moving": False}),
        (0x00C5, "ffffffef", {}),
        (0x00C5, "00000000", {}),
        (0x0089, "ffffffff", {}),
        (0x0089, "00000000", {}),
        (0x0001, "01a500", {}),
        (0x0023, "3030312e3437", {}),
        (0x0011, "", {}),
    ],
)
def test_extension_is_read(kind: int, value: str, readings: dict[str, object]) -> None:
    more = extension((0x7777, b"\x7e\x7d"), (kind, bytes.fromhex(value)), (0x7778, b""))
    assert read(more) == {key: pytest.approx(one) for key, one in readings.items()}


@pytest.mark.parametrize(
    ("kind", "bits", "alarm", "code"),
    [
        (0x0089, ~0x0000_0001, Alarm.POWER_OFF, "0089:0"),
        (0x0089, ~0x0000_1000, Alarm.REMOVED, "0089:12"),
        (0x0089, ~0x8000_0000, Alarm.OTHER, "0089:31"),
        (0x00C5, ~0x0000_0040, Alarm.VIBRATION, "00C5:6"),
    ],
)
def test_extension_raises_alarms_by_bits_that_are_off(kind: int, bits: int, alarm: Alarm, code: str) -> None:
    more = extension((kind, pack(">I", bits & 0xFFFFFFFF)))
    got = feed(frame(0x0200, location(TIME, PLACE, more, alarms=1)))
    assert got == [located(alarms=(Alarm.SOS, alarm), codes=("0", code))]


def test_scans_are_read() -> None:
    points = (("02:00:5e:10:00:01", -47), ("00:00:00:00:00:00", -50), ("02:00:5e:10:00:02", 12))
    cells = ((Cell(732, 101, 0x0191C4, 0xCE5421), -73), (Cell(732, 101, 7, 8), 0), (Cell(732, 101, 7, 0), -1))
    got = feed(frame(0x0200, location(TIME, None, wire.cells(cells), wire.access_points(points))))
    want = located(
        fix=None,
        cells=(CellTower(732, 101, 0x0191C4, 0xCE5421, -73), CellTower(732, 101, 7, 8)),
        wifi=(AccessPoint("02:00:5e:10:00:01", -47), AccessPoint("02:00:5e:10:00:02")),
    )
    assert got == [want]
    got = feed(frame(0x0200, location(TIME, None, wire.old_cells(cells[1:2]), wire.access_points(points[:1], 0xF4))))
    assert got == [located(fix=None, cells=(CellTower(732, 101, 7, 8),), wifi=(AccessPoint("02:00:5e:10:00:01", -47),))]


@pytest.mark.parametrize(
    "one", [item(0xEC, bytes(range(13))), item(0xE1, bytes(range(4))), item(0xEB, b"\0\xc7" + bytes(6))]
)
def test_scan_of_another_length_is_passed_over(one: bytes) -> None:
    assert read(one) == {}


def test_unknown_items_are_passed_over() -> None:
    """Whatever they hold, those around them are read."""
    random = Random("unknown")
    known = {0x01, 0x02, 0x04, 0x06, 0x25, 0x2B, 0x30, 0x31, 0x51, 0x56, 0x61, 0x69, 0x82}
    known |= {0xD3, 0xD4, 0xE1, 0xE3, 0xE4, 0xE5, 0xE9, 0xEB, 0xEC, 0xEE, 0xF1, 0xF4, 0xF7, 0xFE}
    for kind in set(range(256)) - known:
        unknown = item(kind, random.randbytes(random.randint(0, 255)))
        got = read(item(0x04, b"\x3e"), unknown, wire.odometer(1234.5))
        assert got == {"battery_level": 62, "odometer": 1234.5}, kind


def test_items_that_do_not_come_out_even_are_damage_behind_what_is_right() -> None:
    body = location(TIME, PLACE, wire.odometer(1234.5), item(0x77, bytes(20)))
    assert feed(frame(0x0200, body[:-1]), damaged=1) == [located({"odometer": 1234.5})]
    assert feed(frame(0x0200, location(TIME, PLACE) + b"\x01"), damaged=1) == [located()]


def test_old_tail_is_no_items() -> None:
    assert read(bytes(8) + b"\x78" + bytes(9)) == {}
    assert read(bytes(18)) == {}
    assert read(b"\x01\x04\0\0\0\x7b" + b"\x01\x20" + bytes(10)) == {}
    usual = (wire.odometer(12.3), item(0x25, bytes(4)), wire.reception(31, 14))
    assert sum(map(len, usual)) == 18
    (got,) = feed(frame(0x0200, location(TIME, PLACE, *usual)))
    assert got.readings["odometer"] == 12.3


# Batches


def test_batch_is_one_report_each() -> None:
    later = location(TIME + timedelta(seconds=10), PLACE, wire.odometer(1234.5), status=1, alarms=0x40100)
    for kind in (0, 1):
        got = feed(frame(0x0704, batch(kind, POSITION, later)))
        time = TIME + timedelta(seconds=10)
        assert got == [
            located(buffered=kind == 1),
            located(
                {"ignition": True, "odometer": 1234.5},
                time=time,
                fix=fix(time=time),
                alarms=(Alarm.POWER_CUT, Alarm.LOW_BATTERY),
                codes=("8", "18"),
                buffered=kind == 1,
            ),
        ]


def test_damaged_position_of_a_batch_costs_itself() -> None:
    assert feed(frame(0x0704, batch(1, POSITION, POSITION[:27], POSITION)), damaged=1) == [located(buffered=True)] * 2
    assert feed(frame(0x0704, batch(1, POSITION, POSITION)[:-1]), damaged=1) == [located(buffered=True)]
    assert feed(frame(0x0704, batch(0, POSITION) + b"\0"), damaged=1) == [located()]
    assert feed(frame(0x0704, batch(0, location(TIME, PLACE, item(1, bytes(4))[:-1]))), damaged=1) == [located()]


def test_empty_batch_proves_presence() -> None:
    assert feed(frame(0x0704, batch(1))) == [report()]


def test_batch_of_a_vendor_tells_places_alarms_and_scans() -> None:
    empty = location(TIME, None, last=PLACE, status=1)
    scan = location(TIME, None, wire.access_points([("02:00:5e:10:00:01", -47)]))
    alarm = location(TIME, None, alarms=1)
    assert feed(frame(0x0210, wire.vendor_batch(empty, POSITION, empty, scan, alarm))) == [
        located(),
        located(fix=None, wifi=(AccessPoint("02:00:5e:10:00:01", -47),)),
        located(fix=None, alarms=(Alarm.SOS,), codes=("0",)),
    ]
    assert feed(frame(0x0210, wire.vendor_batch(empty, empty))) == [report()]


# Other messages


@pytest.mark.parametrize(("result", "accepted"), [(0, True), (1, False), (2, False), (3, False), (9, False)])
def test_result_tells_whether_a_request_was_accepted(result: int, accepted: bool) -> None:
    got = feed(frame(0x0001, wire.result(258, 0x8105, result)))
    assert got == [report(answer=Answer("258", accepted))]


@pytest.mark.parametrize("kind", [0x8001, 0x8100, 0x8109, 0x8800])
def test_result_of_an_acknowledgement_answers_nothing(kind: int) -> None:
    assert feed(frame(0x0001, wire.result(0, kind, 1))) == [report()]


@pytest.mark.parametrize("kind", [0x0201, 0x0500])
def test_answer_with_a_position_keeps_it(kind: int) -> None:
    got = feed(frame(kind, b"\1\2" + location(TIME, PLACE, wire.odometer(1234.5))))
    assert got == [located({"odometer": 1234.5}, answer=Answer("258"))]


def test_parameters_are_told_as_text() -> None:
    values = [
        (0x0001, pack(">I", 60)),
        (0x0013, b"example.org"),
        (0x0031, pack(">H", 300)),
        (0x0083, "京A".encode("gbk")),
        (0x0084, b"\x02"),
        (0xF001, b"\xca\xfe\xba"),
    ]
    got = feed(frame(0x0104, wire.parameters(258, values)))
    text = "0001=60, 0013=example.org, 0031=300, 0083=京A, 0084=2, F001=cafeba"
    assert got == [report(text=text, answer=Answer("258"))]
    assert feed(frame(0x0104, wire.parameters(1, values)[:-1]), damaged=1) == []


@pytest.mark.parametrize("version", [None, 1])
def test_attributes_are_read(version: int | None) -> None:
    body = wire.attributes(ICCID, "S7", "S7_V2.6 2026/06/04", of_2019=version is not None)
    (got,) = feed(wire.encode(ID, 0x0107, body, version=version))
    assert got == report(readings={"iccid": ICCID, "firmware": "S7_V2.6 2026/06/04"})
    (got,) = feed(wire.encode(ID, 0x0107, wire.attributes("", "", "", of_2019=version is not None), version=version))
    assert got == report()


def test_driver_is_told_when_the_card_is_put_in() -> None:
    assert feed(frame(0x0702, wire.driver(TIME, "0029b885", "王"))) == [
        report(time=TIME, readings={"driver_id": "0029b885"})
    ]
    assert feed(frame(0x0702, wire.driver(TIME, "0029b885", put_in=False))) == [report(time=TIME)]
    assert feed(frame(0x0702, wire.driver(TIME, "0029b885", result=1))) == [report(time=TIME)]


@pytest.mark.parametrize("kind", [0x40, 0x41, 0x42])
def test_serial_port_is_told_as_text_or_digits(kind: int) -> None:
    head = bytes((kind,))
    data = b"$OBD-RT,12.3,0\r\n"
    assert feed(frame(0x0900, head + data)) == [report(text=data.hex(), readings={"serial_data": "$OBD-RT,12.3,0"})]
    assert feed(frame(0x0900, head + b"\1\2")) == [report(text="0102", readings={"serial_data": "0102"})]
    assert feed(frame(0x0900, head)) == [report()]


@pytest.mark.parametrize("kind", [0x00, 0x0B, 0x54, 0xF0])
def test_what_else_is_passed_on_is_told_as_digits(kind: int) -> None:
    assert feed(frame(0x0900, bytes((kind,)) + b"$x")) == [report(text="2478")]


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        (0x0701, b"\0\0\0\x11MD,SET CONFIG OK!", "MD,SET CONFIG OK!"),
        (0x1300, b"\0\0" + "Set OK!\r".encode("utf-16-be"), "Set OK!"),
        (0x6006, b"\0<VER:S7>", "<VER:S7>"),
        (0x6006, b"\0" + "成功".encode("gbk"), "成功"),
        (0x6006, b"\0", None),
    ],
)
def test_words_of_a_vendor_answer_the_last_request(kind: int, body: bytes, text: str | None) -> None:
    assert feed(frame(kind, body)) == [report(text=text, answer=Answer())]


# Multimedia


JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
MULTIMEDIA = bytes.fromhex("00000011 00000001")


def shots(data: bytes, count: int, *, first: int = 7, front: bytes = MULTIMEDIA + POSITION[:28]) -> list[bytes]:
    """Return the frames of a photo in so many parts."""
    return parts(front + data, count, first=first, kind=0x0801)


def shown(reports: Iterable[Report]) -> Medium | None:
    """Return what pieces make together."""
    assembler = Assembler()
    media = [assembler.add(one.piece, NOW) for one in reports if one.piece is not None]
    return next((medium for medium in media if medium is not None), None)


def test_multimedia_is_acknowledged_as_a_whole() -> None:
    data = frame(0x0801, MULTIMEDIA + b"\xff\xd8")
    assert feed(data) == [report(piece=Piece(None, "00000011", 0, 1, b"\xff\xd8"))]
    assert replies(data) == [accepts(0x0801), reply(0x8800, bytes.fromhex("00000011"))]


@pytest.mark.parametrize("count", [3, 10])
@pytest.mark.parametrize("first", [7, 65530])
def test_parts_of_a_photo_are_told(count: int, first: int) -> None:
    """With the time of the position in front of it, or none where that is not there."""
    assert shown(feed(b"".join(shots(JPEG, count, first=first)))) == Medium(MediaKind.PHOTO, JPEG, TIME)
    assert shown(feed(b"".join(shots(JPEG, count, front=MULTIMEDIA)))) == Medium(MediaKind.PHOTO, JPEG, None)


def test_parts_of_multimedia_let_positions_through() -> None:
    protocol = Jt808()
    for number, data in enumerate(shots(JPEG, 10, first=1), 1):
        (got,) = protocol.feed(data, NOW)
        assert got.piece is not None
        assert (got.piece.name, got.piece.index, got.piece.total) == ("00000011", number - 1, 10)
        want = [accepts(0x0801, number)]
        if number == 10:
            want.append(reply(0x8800, bytes.fromhex("00000011")))
        assert split(protocol.data_to_send()) == want
    assert protocol.feed(frame(0x0200, POSITION), NOW) == [located()]


def test_missing_parts_of_multimedia_are_asked_for() -> None:
    """And may come with other serials. That all are there is said again if it was not heard."""
    protocol = Jt808()
    frames = shots(JPEG, 5)
    protocol.feed(frames[0] + frames[2] + frames[4], NOW)
    assert reply(0x8800, bytes.fromhex("00000011")) not in split(protocol.data_to_send())
    question = bytes.fromhex("00000011 02 0002 0004")
    assert split(protocol.ask_again("00000011", [1, 3])) == [reply(0x8800, question)]
    again = shots(JPEG, 5, first=500)
    protocol.feed(again[1], NOW)
    protocol.data_to_send()
    protocol.feed(again[3], NOW)
    for _ in range(2):
        assert split(protocol.data_to_send())[-1] == reply(0x8800, bytes.fromhex("00000011"))
        (got,) = protocol.feed(again[4], NOW)
    assert got.piece is not None
    assert got.piece.name == "00000011"


def test_nothing_is_asked_of_what_is_not_known() -> None:
    protocol = Jt808()
    assert protocol.ask_again("00000011", [1]) == b""
    protocol.feed(shots(JPEG, 5)[1], NOW)
    assert protocol.ask_again("serial 7", [0, 2]) == b""
    protocol.feed(b"".join(shots(JPEG, 5)[:2]), NOW)
    assert protocol.ask_again("00000012", [2]) == b""
    assert len(protocol.ask_again("00000011", range(4000))) < Jt808.max_frame


def test_end_of_multimedia_without_its_beginning_is_acknowledged() -> None:
    data = wire.encode(ID, 0x0801, bytes(30), serial=7, part=(3, 3))
    assert feed(data) == [report(piece=Piece(None, "serial 5", 2, 3, bytes(30)))]
    assert replies(data) == [accepts(0x0801)]


def test_part_of_no_place_is_acknowledged() -> None:
    for part in ((0, 3), (4, 3), (0, 0)):
        data = wire.encode(ID, 0x0801, bytes(30), serial=7, part=part)
        assert feed(data) == [report()]
        assert replies(data) == [accepts(0x0801)]


# Messages in parts


def parts(body: bytes, count: int, *, first: int = 7, kind: int = 0x0704, version: int | None = None) -> list[bytes]:
    """Return the frames of a message in so many parts."""
    size = -(-len(body) // count)
    return [
        wire.encode(
            ID,
            kind,
            body[at * size : (at + 1) * size],
            serial=first + at & 0xFFFF,
            part=(at + 1, count),
            version=version,
        )
        for at in range(count)
    ]


STORED = [located(buffered=True)] * 3
THREE = batch(1, POSITION, POSITION, POSITION)


@pytest.mark.parametrize("first", [7, 0, 0xFFFE])
@pytest.mark.parametrize("version", [None, 1])
def test_parts_are_put_together(first: int, version: int | None) -> None:
    protocol = Jt808()
    frames = parts(THREE, 3, first=first, version=version)
    assert [protocol.feed(one, NOW) for one in frames] == [[report()], [report()], STORED]
    assert protocol.damaged == 0


def test_part_is_answered_at_once_and_the_last_when_all_are_there() -> None:
    protocol = Jt808()
    one, two, three = parts(THREE, 3)
    for part, serials in ((one, [7]), (three, []), (three, []), (one, [7]), (two, [8, 9])):
        protocol.feed(part, NOW)
        assert split(protocol.data_to_send()) == [accepts(0x0704, serial) for serial in serials]


def test_part_that_comes_again_gives_the_message_again() -> None:
    """Its acknowledgement may have been lost."""
    protocol = Jt808()
    frames = parts(THREE, 3)
    protocol.feed(b"".join(frames), NOW)
    protocol.data_to_send()
    assert protocol.feed(frames[2], NOW) == STORED
    assert split(protocol.data_to_send()) == [accepts(0x0704, 9)]


def test_message_with_the_serials_of_an_earlier_one_is_not_mixed_with_it() -> None:
    """Serials begin anew some day."""
    protocol = Jt808()
    protocol.feed(b"".join(parts(THREE, 3)), NOW)
    other = batch(1, *[location(TIME, replace(PLACE, latitude=-1.5))] * 3)
    got = protocol.feed(b"".join(parts(other, 3)), NOW)
    assert got == [report(), report(), *[located(buffered=True, fix=fix(latitude=-1.5))] * 3]


def test_message_displaces_one_whose_parts_are_missing() -> None:
    protocol = Jt808()
    protocol.feed(parts(THREE, 3)[0], NOW)
    assert protocol.feed(b"".join(parts(THREE, 3, first=300)), NOW) == [report(), report(), *STORED]
    assert protocol.feed(b"".join(parts(THREE, 3)[1:]), NOW) == [report(), report()]


def test_parts_of_two_trackers_are_not_mixed() -> None:
    protocol = Jt808()
    mine, theirs = parts(THREE, 2), parts(THREE, 2)
    theirs = [
        wire.encode(IMEI, 0x0704, THREE[at * 48 : at * 48 + 48], serial=7 + at, part=(at + 1, 2)) for at in (0, 1)
    ]
    assert protocol.feed(mine[0] + theirs[1], NOW) == [report(), Report(IMEI, "jt808")]


def test_position_in_parts_is_one_report() -> None:
    protocol = Jt808()
    frames = parts(location(TIME, PLACE, wire.odometer(1234.5)), 2, kind=0x0200)
    assert protocol.feed(b"".join(frames), NOW) == [report(), located({"odometer": 1234.5})]


def test_single_part_is_a_whole_message() -> None:
    assert feed(wire.encode(ID, 0x0200, POSITION, serial=7, part=(1, 1))) == [located()]


@pytest.mark.parametrize("part", [(0, 3), (4, 3), (1, 33), (1, 0), (1, 0xFFFF)])
def test_part_that_cannot_be_put_together_is_answered_and_damage(part: tuple[int, int]) -> None:
    data = wire.encode(ID, 0x0704, THREE[:40], serial=7, part=part)
    assert feed(data, damaged=1) == []
    assert replies(data) == [accepts(0x0704)]


def test_parts_take_no_more_memory_than_one_message() -> None:
    protocol = Jt808()
    random = Random("parts")
    for _ in range(3000):
        body = random.randbytes(1000)
        serial, part = random.randrange(65536), random.randint(1, 32)
        protocol.feed(wire.encode(ID, 0x0704, body, serial=serial, part=(part, 32)), NOW)
        assert len(protocol._parts._bodies) <= 32
    assert protocol.held == 0


# Anything


def test_random_positions_survive_the_wire() -> None:
    random = Random("jt808")
    for _ in range(500):
        place = Position(
            round(random.uniform(-90, 90), 6) or 1.0,
            round(random.uniform(-180, 180), 6),
            random.randint(-500, 9000),
            random.randint(0, 3000) / 10,
            random.randint(0, 360),
        )
        time = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**8))
        version = random.choice((None, 1))
        flag = random.choice((b"\x7e", b"\xe7"))
        data = wire.encode(
            ID, 0x0200, location(time, place), serial=random.randrange(65536), version=version, flag=flag
        )
        cut = random.randrange(len(data))
        protocol = Jt808()
        got = protocol.feed(data[:cut], NOW) + protocol.feed(data[cut:], NOW)
        want = Fix(place.latitude, place.longitude, time, place.altitude, place.speed, place.course)
        assert got == [located(time=time, fix=want)]
        assert protocol.data_to_send().startswith(flag)
