"""The h02 protocol in text: whole frames in, whole reports and replies out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Answer, CellTower, Fix, Report
from custom_components.plaspy_trackers.gateway.protocols import Match
from custom_components.plaspy_trackers.gateway.protocols.h02 import H02
from tests.simulator.encoders import h02
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 13, 0, 5, tzinfo=timezone(timedelta(hours=1)))
ID = "8612340501"
HEAD = f"*HQ,{ID},".encode()
TIME = datetime(2026, 2, 27, 23, 30, 45, tzinfo=UTC)
PLACE = Position(latitude=-36.5, longitude=174.75, altitude=0.0, speed=18.52, course=90.0)
#: TIME and PLACE, as far as the date.
CORE = b"233045,A,3630.0000,S,17445.0000,E,010.00,090,270226"
#: What FFFFFBFF says.
PARKED = {"ignition": False, "armed": False, "immobilized": False}
CELL = Cell(732, 101, 160, 19342)
TOWER = CellTower(732, 101, 160, 19342)


def feed(data: bytes, device_id: str | None = None) -> list[Report]:
    """Return the reports of a fresh connection."""
    return H02(device_id).feed(data, NOW)


def replies(data: bytes) -> tuple[bytes, bytes]:
    """Return what a frame is answered at once, and when its report is safe."""
    peer = H02()
    peer.feed(data, NOW)
    acknowledgements = peer.take_acknowledgements()
    return peer.data_to_send(), acknowledgements


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(ID, "h02", **what)  # type: ignore[arg-type]


def fix(**more: object) -> Fix:
    """Return the position of CORE, with what differs."""
    return Fix(-36.5, 174.75, **({"time": TIME, "speed": 18.52, "course": 90.0} | more))  # type: ignore[arg-type]


def placed(**more: object) -> Report:
    """Return the report of CORE and FFFFFBFF, with what differs."""
    return report(**({"time": TIME, "fix": fix(), "readings": PARKED} | more))


def core(old: bytes, new: bytes) -> bytes:
    """Return a frame of V1 in which something is different."""
    assert CORE.count(old) == 1
    return HEAD + b"V1," + CORE.replace(old, new) + b",FFFFFBFF#"


def test_position_is_acknowledged_with_the_time() -> None:
    frame = h02.location(ID, TIME, PLACE)
    assert feed(frame) == [placed()]
    assert replies(frame) == (b"", f"*HQ,{ID},V4,V1,20260301120005#".encode())
    assert replies(frame.replace(b"3630.", b"36x0.")) == replies(frame)
    assert replies(frame.replace(b"*HQ", b"*TH")) == replies(frame)


def test_cells_are_acknowledged_with_the_time() -> None:
    frame = h02.neighbours(ID, TIME, ((CELL, 23),))
    assert replies(frame) == (b"", f"*HQ,{ID},V4,NBR,20260301120005#".encode())


def test_keep_alive_is_answered_with_itself() -> None:
    assert feed(h02.heartbeat(ID)) == [report()]
    assert feed(h02.heartbeat(ID, 84)) == [report(readings={"battery_level": 84})]
    assert feed(h02.heartbeat(ID, 101)) == [report()]
    assert feed(HEAD + b"HTBT,x#") == [report()]
    assert replies(h02.heartbeat(ID, 84)) == (f"*HQ,{ID},HTBT#".encode(), b"")
    assert replies(HEAD + b"V0#") == (f"*HQ,{ID},V0#".encode(), b"")


@pytest.mark.parametrize("kind", ["V2", "V4", "V5", "V6", "V8", "V19", "VI1", "VP1", "LINK", "SMS", "V3", "XT", ""])
def test_nothing_else_is_answered(kind: str) -> None:
    assert replies(h02.location(ID, TIME, PLACE, kind=kind)) == (b"", b"")


def test_empty_identity_is_that_of_the_connection() -> None:
    frame = h02.location("", TIME, PLACE)
    assert feed(frame, ID) == [placed()]
    peer = H02()
    assert peer.feed(frame, NOW) == []
    assert (peer.damaged, peer.data_to_send()) == (1, b"")
    assert peer.feed(h02.heartbeat(ID) + frame, NOW) == [report(), placed()]
    assert peer.data_to_send().endswith(b"*HQ,,V4,V1,20260301120005#")


@pytest.mark.parametrize("kind", ["V1", "V2", "V5", "V6", "V8", "VI1"])
@pytest.mark.parametrize(("letter", "valid"), [("A", True), ("0", True), ("7", True), ("V", False), ("B", False)])
def test_letter_of_the_fix(kind: str, letter: str, valid: bool) -> None:
    assert feed(h02.location(ID, TIME, PLACE, kind=kind, fix=letter)) == [placed(fix=fix() if valid else None)]


PLACES = [
    (b"2235.1777,N,11357.8913,E", 22.586295, 113.964855),
    (b"701.8915,S,3450.3399,W", -7.031525, -34.838998),
    (b"38.6508,N,7.5,E", 0.644180, 0.125),
    (b"37573392,S,145037022,E", -37.955653, 145.061703),
    (b"-23-35.3408,S,-48-2.8926,W", -23.589013, -48.04821),
    (b"-23-35.3408,N,48-2.8926,E", 23.589013, 48.04821),
    (b"5238.26259,N,00507.33983,E", 52.637710, 5.122331),
]


@pytest.mark.parametrize(("text", "latitude", "longitude"), PLACES)
def test_every_form_of_degrees(text: bytes, latitude: float, longitude: float) -> None:
    (told,) = feed(core(b"3630.0000,S,17445.0000,E", text))
    assert told.fix is not None
    assert (told.fix.latitude, told.fix.longitude) == pytest.approx((latitude, longitude), abs=1e-6)


MOTIONS = [
    (b"000.5,047", 0.926, 47.0),
    (b"  2.5,", 4.63, None),
    (b",361", None, None),
    (b"0.00,0.00", 0.0, 0.0),
]


@pytest.mark.parametrize(("text", "speed", "course"), MOTIONS)
def test_speed_and_course(text: bytes, speed: float | None, course: float | None) -> None:
    assert feed(core(b"010.00,090", text)) == [placed(fix=fix(speed=speed, course=course))]


@pytest.mark.parametrize(
    ("code", "level"),
    [(b"0", None), (b"1", 0), (b"2", 10), (b"3", 20), (b"6", 100), (b"7", 7), (b"100", 100), (b"241", None)],
)
def test_battery_code_behind_the_course(code: bytes, level: float | None) -> None:
    more = {} if level is None else {"battery_level": level}
    assert feed(core(b",090,", b",090," + code + b",")) == [placed(readings=PARKED | more)]


def test_missing_time_is_that_of_arrival() -> None:
    arrival = fix(time=NOW.astimezone(UTC))
    for frame in (core(b"233045,", b","), core(b"270226", b"")):
        (told,) = feed(frame)
        assert told == placed(time=None, fix=arrival)
        assert told.fix is not None
        assert told.fix.time.utcoffset() == timedelta(0)
    assert feed(core(b"233045,A", b",V").replace(b"270226", b"")) == [report(readings=PARKED)]


def test_impossible_time_without_a_fix() -> None:
    assert feed(core(b"233045,A", b"233075,V")) == [report(readings=PARKED)]


def test_unset_place_is_no_fix() -> None:
    assert feed(core(b"3630.0000,S,17445.0000,E", b"0000.0000,N,00000.0000,E")) == [placed(fix=None)]


RESTS: list[tuple[str, dict[str, object]]] = [
    ("732,101,160,19342", {"cells": (TOWER,)}),
    ("732,101,00160,19342,4", {"cells": (TOWER,), "readings": PARKED | {"battery_level": 60}}),
    ("732,101,0,0,6", {"readings": PARKED | {"battery_level": 100}}),
    ("732,101,160,19342,0", {"cells": (TOWER,)}),
    ("732,101,160,19342,7", {"cells": (TOWER,)}),
    ("460,11,d18e105,7752,6", {"readings": PARKED | {"battery_level": 100}}),
    (",,9059e2c,8232,4", {}),
    ("106,14, 201,2173", {}),
    ("199,01,160,19342,6", {}),
    ("800,01,160,19342", {}),
    ("cc,28,  db,d75b", {}),
    ("000106,000002,000203,004c87,24", {}),
    ("4261193,0", {}),
    (
        "732,101,160,19342,8957101000000000001F,",
        {"cells": (TOWER,), "readings": PARKED | {"iccid": "8957101000000000001F"}},
    ),
    ("12345,-7,45.5,2555,1a2b,3c4d", {"readings": PARKED | {"temperature": -7.0}, "fix": fix(altitude=2555.0)}),
    ("12345,-7,45,2555,1a2b,3c4d", {}),
]


@pytest.mark.parametrize(("rest", "expected"), RESTS)
def test_fields_that_every_model_has_its_own_of(rest: str, expected: dict[str, object]) -> None:
    assert feed(h02.location(ID, TIME, PLACE, rest=(rest,))) == [placed(**expected)]


def test_position_without_status() -> None:
    assert feed(HEAD + b"V1," + CORE + b"#") == [placed(readings={})]


@pytest.mark.parametrize("iccid", ["89571010000000000017", "8957101000000000001F", "8957101000000000001?"])
def test_sim_of_v19(iccid: str) -> None:
    frame = HEAD + b"V19," + CORE + f",,0057300123456,{iccid},FFFFFBFF#".encode()
    assert feed(frame) == [placed(readings=PARKED | {"iccid": iccid})]


def test_position_of_vp1_has_no_time() -> None:
    frame = f"*hq,{ID},VP1,A,3630.0000,S,17445.0000,E,10.00,90,270226#".encode()
    assert feed(frame) == [report(fix=fix(time=NOW.astimezone(UTC)))]


def test_cells_of_vp1() -> None:
    assert feed(HEAD + b"VP1,V,732,101,160,19342,-67Y160,7,20Y#") == [
        report(cells=(CellTower(732, 101, 160, 19342, -67), CellTower(732, 101, 160, 7)))
    ]
    assert feed(HEAD + b"VP1,V,732,101,#") == []


def test_neighbours() -> None:
    heard = ((CELL, 23), (Cell(732, 101, 0, 7), -67), (Cell(732, 101, 160, 65535), 5))
    assert feed(h02.neighbours(ID, TIME, heard)) == [
        report(time=TIME, readings=PARKED, cells=(TOWER, CellTower(732, 101, None, 7, -67)))
    ]
    late = h02.neighbours(ID, TIME, heard[:1]).replace(b"233045", b"233075")
    assert feed(late) == [report(readings=PARKED, cells=(TOWER,))]


def test_cells_of_v3() -> None:
    frame = b"V3,233045,732101,02,000160,019342,128,-92,000160,000007,138,,02DE,0,X,270226,FFFFFBFF#"
    assert feed(HEAD + frame) == [
        report(
            time=TIME,
            readings=PARKED,
            cells=(CellTower(732, 101, 160, 19342, -92), CellTower(732, 101, 160, 7)),
        )
    ]
    assert feed(HEAD + frame.replace(b"732101", b"73201"))[0].cells[1] == CellTower(732, 1, 160, 7)


def test_number_of_a_cell_is_no_status() -> None:
    (told,) = feed(HEAD + b"NBR,233045,732,101,0,2,160,12345678,23,160,87654321,23,270226#")
    assert (told.readings, told.alarms, len(told.cells)) == ({}, (), 2)


def test_link() -> None:
    readings = {"signal_level": 15 / 31 * 100, "battery_level": 84, "steps": 5120, "turns": 3}
    frame = h02.link(ID, TIME, signal=15, battery=84, steps=5120, turns=3)
    assert feed(frame) == [report(time=TIME, readings=PARKED | readings)]
    assert feed(HEAD + b"LINK,233045,,,,,,270226,FFFFFBFF#") == [report(time=TIME, readings=PARKED)]
    assert feed(HEAD + b"LINK,233045,99,0,101,0,0,270226#") == [report(time=TIME, readings={"steps": 0, "turns": 0})]


def test_text_of_an_sms() -> None:
    assert feed(HEAD + b"SMS,ST906\nGPS:A-24-23 $1\r\n#") == [report(text="ST906\nGPS:A-24-23 $1", answer=Answer())]


@pytest.mark.parametrize("kind", [b"XT,1,100", b"BS,,2d4,a,,ffffffff,60", b"BASE", b"", b"V7", b"V1,000000,V,0,0"])
def test_other_types_are_presence(kind: bytes) -> None:
    assert feed(HEAD + kind + b"#") == [report()]


ANSWERS = [
    ("S20,DONE,130305", Answer("130305")),
    ("S20,ERROR,130305", Answer("130305", accepted=False)),
    ("S24,thit.gd,130305", Answer("130305")),
    ("S71,22,DONE", Answer()),
    ("S71,ERROR", Answer(accepted=False)),
]


@pytest.mark.parametrize(("said", "answer"), ANSWERS)
def test_answer_keeps_its_fix(said: str, answer: Answer) -> None:
    frame = h02.location(ID, TIME, PLACE, kind="V4", answer=said)
    assert feed(frame) == [placed(text=said, answer=answer)]
    assert feed(HEAD + b"V4," + said.encode() + b"#") == [report(text=said, answer=answer)]


def test_answer_is_told_though_its_position_is_damaged() -> None:
    frame = h02.location(ID, TIME, PLACE, kind="V4", answer="S20,ERROR,130305").replace(b",S,", b",X,")
    (told,) = feed(frame)
    assert told.answer == Answer("130305", accepted=False)


def test_answer_to_cutting_the_engine_says_that_it_is_cut() -> None:
    (told,) = feed(h02.location(ID, TIME, PLACE, kind="V4", answer="S20,DONE,130305", status=0xF7FFFBFF))
    assert told.readings["immobilized"] is True


@pytest.mark.parametrize(("old", "new"), [(b"3630.", b"36x0."), (b"233045", b"2330x5"), (b"270226", b"279926")])
def test_alarm_is_told_though_its_position_is_damaged(old: bytes, new: bytes) -> None:
    peer = H02()
    (told,) = peer.feed(core(old, new).replace(b"FFFFFBFF", b"FFFFFBFD"), NOW)
    assert (told.alarms, told.codes, told.fix) == ((Alarm.SOS,), ("1",), None)
    assert peer.damaged == 1


DAMAGED = [
    core(b"3630.", b"36x0."),
    core(b"3630.", b"3660."),
    core(b"3630.", b"9130."),
    core(b"3630.0000", b""),
    core(b"3630.0000", b"-36-x"),
    core(b"233045", b"253045"),
    core(b"233045", b"23304"),
    core(b"270226", b"279926"),
    core(b",S,", b",X,"),
    core(b"010.00", b"fast"),
    core(b"3630.0000", b"37573392x"),
    HEAD + b"NBR,#",
    HEAD + b"V3,#",
    HEAD + b"LINK,x#",
    HEAD + b"LINK,233045,0,0,84,0,0,279926#",
    b"*HQ,86x,V1#",
]


@pytest.mark.parametrize("frame", DAMAGED)
def test_damaged_frame_is_counted(frame: bytes) -> None:
    peer = H02()
    assert peer.feed(frame, NOW) == []
    assert peer.damaged == 1


def test_latitude_without_a_dot_is_no_status() -> None:
    frame = core(b"3630.0000,S,17445.0000,E", b"37573392,S,1450370x2,E")
    assert [one.alarms for one in feed(frame.replace(b"FFFFFBFF", b"FFFFFBFD"))] == [(Alarm.SOS,)]
    assert feed(frame.replace(b",FFFFFBFF", b"")) == []


def test_lines_and_noise_between_frames_cost_nothing() -> None:
    frame = h02.location(ID, TIME, PLACE)
    noise = b"\r\n#*1$\xff*HQ \0X\0"
    assert feed(noise + frame + noise + frame) == [placed(), placed()]


def test_text_without_its_end_is_passed_over() -> None:
    frame = h02.location(ID, TIME, PLACE)
    assert feed(frame[:50] + frame) == [placed()]
    noon = TIME.replace(hour=12)
    expected = placed(time=noon, fix=fix(time=noon))
    assert feed(frame[:-1] + h02.binary(ID, noon, PLACE) + frame) == [expected, placed()]


CLAIMS = [
    (b"", Match.MAYBE),
    (b"*", Match.MAYBE),
    (b"*HQ", Match.MAYBE),
    (b"*HQ,", Match.MAYBE),
    (b"*HQ,8", Match.YES),
    (b"*hq,,", Match.YES),
    (b"*1\r\n", Match.NO),
    (b"*HQ;", Match.NO),
    (b"*HQX,", Match.NO),
    (b"**,imei:", Match.NO),
    (b"*HQ,V", Match.NO),
]


@pytest.mark.parametrize(("head", "expected"), CLAIMS)
def test_claim(head: bytes, expected: Match) -> None:
    assert H02.match(head) is expected
