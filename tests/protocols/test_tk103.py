"""The tk103 protocol: whole frames in, whole reports and replies out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from custom_components.plaspy_trackers.gateway.models import AccessPoint, Alarm, Answer, CellTower, Fix, Report
from custom_components.plaspy_trackers.gateway.protocols import Match
from custom_components.plaspy_trackers.gateway.protocols.tk103 import Tk103
from tests.simulator.encoders import tk103
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 13, 0, 5, tzinfo=timezone(timedelta(hours=1)))
ID = "861234050004"
IMEI = "861234050000041"
TIME = datetime(2026, 2, 27, 23, 30, 45, tzinfo=UTC)
PLACE = Position(latitude=-36.5, longitude=174.75, altitude=12.5, speed=40.5, course=90.5)
BODY = tk103.position(TIME, PLACE)
#: What the state of BODY says.
PARKED: dict[str, object] = {"external_power": True, "charging": True, "ignition": False}
TOWER = CellTower(732, 101, 160, 19342)


def feed(data: bytes | str, *, final: bool = False) -> list[Report]:
    """Return the reports of a fresh connection."""
    return Tk103().feed(data.encode() if isinstance(data, str) else data, NOW, final=final)


def replies(data: bytes | str) -> tuple[bytes, bytes]:
    """Return what a frame is answered at once, and when its report is safe."""
    peer = Tk103()
    peer.feed(data.encode() if isinstance(data, str) else data, NOW)
    acknowledgements = peer.take_acknowledgements()
    return peer.data_to_send(), acknowledgements


def report(device_id: str = ID, **what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(device_id, "tk103", **what)  # type: ignore[arg-type]


def fix(**more: object) -> Fix:
    """Return the position of TIME and PLACE in the first form, with what differs."""
    return Fix(-36.5, 174.75, **({"time": TIME, "speed": 40.5, "course": 90.5} | more))  # type: ignore[arg-type]


def placed(**more: object) -> Report:
    """Return the report of BODY, with what differs."""
    return report(**({"time": TIME, "fix": fix(), "readings": PARKED} | more))  # type: ignore[arg-type]


def parted(**more: object) -> Report:
    """Return the report of the second form, with what differs."""
    return report(IMEI, **({"time": TIME, "fix": fix(altitude=12.5)} | more))


def test_keep_alive_is_answered() -> None:
    greeting = f"({ID}AP01HSO)".encode()
    assert feed(tk103.keep_alive(ID)) == [report()]
    assert replies(tk103.keep_alive(ID)) == (greeting, b"")
    assert replies(f"({ID}BP00000{ID}HSO)") == (greeting, b"")


def test_login_is_answered() -> None:
    answer = f"({ID}AP05)".encode()
    assert feed(tk103.login(ID)) == [report()]
    assert replies(tk103.login(ID)) == (answer, b"")
    assert replies(f"({IMEI},BP05,?)") == (f"({IMEI}AP05)".encode(), b"")


def test_login_with_more_is_acknowledged() -> None:
    answer = f"({ID}AP05)".encode()
    for body in (BODY, BODY.replace("3630.", "9930."), tk103.cells([Cell(732, 101, 160, 19342)])):
        assert replies(tk103.login(ID, body)) == (b"", answer)
    assert feed(tk103.login(ID, BODY)) == [placed()]
    assert replies(tk103.parted(IMEI, "BP05", TIME, PLACE)) == (b"", f"({IMEI}AP05)".encode())


@pytest.mark.parametrize("kind", ["BR00", "BO01", "BP02", "BQ81", "BV01", "ZC11", "BS50", "BP07"])
def test_nothing_else_is_answered(kind: str) -> None:
    assert replies(tk103.location(ID, kind, BODY)) == (b"", b"")
    assert replies(tk103.parted(IMEI, kind, TIME, PLACE)) == (b"", b"")


@pytest.mark.parametrize("identity", ["86123405000", "861234050004", "8612340500041", "861234050000041"])
@pytest.mark.parametrize("comma", ["", ","])
def test_identity(identity: str, comma: str) -> None:
    assert feed(f"({identity}{comma}BP00)") == [report(identity)]


STATES: list[tuple[str, dict[str, object]]] = [
    ("00000000L00000000", PARKED),
    ("10000000L00000000", {"external_power": False, "charging": False, "ignition": False}),
    ("01000293L0000015FP23BS27F", PARKED | {"ignition": True}),
    ("0100000AL0000000", PARKED | {"ignition": True}),
    ("0000004FL0030F14F", PARKED),
    (",00000000L00000000", PARKED),
    (",00000000,L00000000", PARKED),
    (",00000000", PARKED),
    ("00000000L00BEB0D4+017.3", PARKED | {"temperature": 17.3}),
    ("00000000L00BEB0D4-002.5", PARKED | {"temperature": -2.5}),
    ("00000000L00000314T113", PARKED),
    (",7", {}),
    ("", {}),
    ("20000000L0", {}),
    ("0000000", {}),
]


@pytest.mark.parametrize(("text", "expected"), STATES)
def test_state(text: str, expected: dict[str, object]) -> None:
    body = BODY.removesuffix("00000000L0000015F")
    assert feed(tk103.location(ID, "BR00", body, text)) == [placed(readings=expected)]


WIDTHS = [
    ("000.0000000000.00", "000000", 0.0, 0.0),
    ("0.7032330450.0000", "233045", 0.703, 0.0),
    ("000.0233045000000", "233045", 0.0, 0.0),
    ("000.023304590.000", "233045", 0.0, 90.0),
    ("120.5233045400.00", "233045", 120.5, None),
]


@pytest.mark.parametrize(("text", "clock", "speed", "course"), WIDTHS)
def test_fields_of_fixed_width(text: str, clock: str, speed: float, course: float | None) -> None:
    time = TIME if clock == "233045" else TIME.replace(hour=0, minute=0, second=0)
    body = BODY.replace("040.5233045090.50", text)
    assert feed(tk103.location(ID, "BR00", body)) == [placed(time=time, fix=fix(time=time, speed=speed, course=course))]


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("4154.51607N,45.78950E", 41.908601, 0.763158),
        ("3211.7118S,03452.8086W", -32.195197, -34.880143),
        ("5.5N,1.5W", 0.091667, -0.025),
    ],
)
def test_degrees(text: str, latitude: float, longitude: float) -> None:
    (told,) = feed(f"({IMEI},DW30,270226,A,{text},0.05,233045,0.0)")
    (other,) = feed(f"({ID}BR00260227A{text.replace(',', '')}040.5233045090.50)")
    for one in (told, other):
        assert one.fix is not None
        assert (one.fix.latitude, one.fix.longitude) == pytest.approx((latitude, longitude), abs=1e-6)


PARTED: list[tuple[str, dict[str, object]]] = [
    (",12.50,7,0", {}),
    (",12.50,7", {}),
    (",-0.10,7", {"fix": fix(altitude=-0.1)}),
    (",12.5", {"fix": fix()}),
    (",12", {"fix": fix()}),
    ("", {"fix": fix()}),
    (",00000000,L00000000", {"fix": fix(), "readings": PARKED}),
    (",11000000", {"fix": fix(), "readings": {"external_power": False, "charging": False, "ignition": True}}),
]


@pytest.mark.parametrize(("rest", "expected"), PARTED)
def test_fields_with_commas(rest: str, expected: dict[str, object]) -> None:
    frame = tk103.parted(IMEI, "DW30", TIME, PLACE, rest="")
    assert feed(frame.replace(b",12.50)", rest.encode() + b")")) == [parted(**expected)]


def test_no_fix() -> None:
    assert feed(tk103.location(ID, "BR00", tk103.position(TIME, PLACE, fix="V"))) == [placed(fix=None)]
    assert feed(tk103.parted(IMEI, "DW30", TIME, PLACE, fix="V")) == [parted(fix=None)]
    unset = Position(0.0, 0.0, 0.0, 0.0, 0.0)
    assert feed(tk103.location(ID, "BR00", tk103.position(TIME, unset))) == [placed(fix=None)]
    late = tk103.parted(IMEI, "DW30", TIME, PLACE, fix="V").replace(b"270226", b"000000")
    assert feed(late) == [parted(fix=None, time=None)]


CODES = [
    ("0", Alarm.OTHER),
    ("1", Alarm.ACCIDENT),
    ("2", Alarm.SOS),
    ("3", Alarm.VIBRATION),
    ("4", Alarm.OTHER),
    ("5", Alarm.OVERSPEED),
    ("6", Alarm.GEOFENCE),
    ("7", Alarm.OTHER),
    ("X", Alarm.OTHER),
]


@pytest.mark.parametrize(("code", "alarm"), CODES)
def test_alarm_by_its_code(code: str, alarm: Alarm) -> None:
    assert feed(tk103.location(ID, "BO01", code + BODY)) == [placed(alarms=(alarm,), codes=(code,))]


ZC = [
    ("ZC11", Alarm.MOVEMENT),
    ("ZC12", Alarm.LOW_BATTERY),
    ("ZC13", Alarm.POWER_CUT),
    ("ZC17", Alarm.REMOVED),
    ("ZC25", Alarm.SOS),
    ("ZC26", Alarm.TAMPER),
]


@pytest.mark.parametrize(("kind", "alarm"), ZC)
def test_alarm_by_its_type(kind: str, alarm: Alarm) -> None:
    assert feed(tk103.parted(IMEI, kind, TIME, PLACE)) == [parted(alarms=(alarm,), codes=(kind,))]


def test_unknown_alarm_of_a_vehicle() -> None:
    expected = placed(alarms=(Alarm.OTHER,), codes=("17",))
    assert feed(tk103.location(ID, "BQ81", ",ALARM,17,164," + BODY)) == [expected]


@pytest.mark.parametrize(("kind", "on"), [("ZC15", True), ("ZC16", False)])
def test_ignition(kind: str, on: bool) -> None:
    assert feed(tk103.parted(IMEI, kind, TIME, PLACE)) == [parted(readings={"ignition": on})]


@pytest.mark.parametrize("kind", ["ZC07", "ZC14", "DW3B", "DW30", "ZZ99"])
def test_type_that_is_no_alarm(kind: str) -> None:
    assert feed(tk103.parted(IMEI, kind, TIME, PLACE)) == [parted()]


@pytest.mark.parametrize(
    "frame",
    [
        tk103.location(ID, "BO01", "2" + BODY.replace("3630.", "36x0.")),
        tk103.location(ID, "BO01", "2" + BODY.replace("3630.", "3660.")),
        tk103.location(ID, "BO01", "2"),
        tk103.parted(ID, "ZC25", TIME, PLACE).replace(b",A,", b",?,"),
        tk103.parted(ID, "ZC25", TIME, PLACE).replace(b"3630.", b"9930."),
    ],
)
def test_alarm_is_told_though_its_position_is_damaged(frame: bytes) -> None:
    peer = Tk103()
    (told,) = peer.feed(frame, NOW)
    assert (told.alarms, told.fix) == ((Alarm.SOS,), None)
    assert peer.damaged == 1


def test_alarm_of_an_impossible_date_keeps_its_position() -> None:
    (told,) = feed(tk103.location(ID, "BO01", "2" + BODY.replace("260227", "261830")))
    assert told == placed(time=None, fix=fix(time=NOW), alarms=(Alarm.SOS,), codes=("2",))
    assert told.fix is not None
    assert told.fix.time.utcoffset() == timedelta(0)


def test_login_with_cells() -> None:
    body = tk103.cells([Cell(732, 101, 160, 19342), Cell(732, 101, 160, 7), Cell(732, 101, 160, 0)])
    assert feed(tk103.login(ID, body)) == [
        report(cells=(TOWER, CellTower(732, 101, 160, 7)), readings=PARKED | {"ignition": True})
    ]


def test_cells_in_hexadecimal() -> None:
    assert feed(f"({ID}BZ00,732,101,00a0,4b8e,00A0,0007,10000000)") == [
        report(
            cells=(TOWER, CellTower(732, 101, 160, 7)),
            readings={"external_power": False, "charging": False, "ignition": False},
        )
    ]
    assert feed(f"({ID}BZ00,732,101,)") == [report()]


@pytest.mark.parametrize("kind", ["DW50", "DW51", "DW5B"])
def test_scan(kind: str) -> None:
    wifi = (("02:00:5e:10:00:01", -65), ("ff:ff:ff:ff:ff:ff", -78), ("02:00:5E:10:00:AB", 12))
    frame = tk103.scan(IMEI, TIME, Cell(732, 101, 160, 19342), wifi).replace(b"DW5B", kind.encode())
    assert feed(frame) == [
        report(
            IMEI,
            time=TIME,
            cells=(TOWER,),
            wifi=(AccessPoint("02:00:5e:10:00:01", -65), AccessPoint("02:00:5e:10:00:ab")),
        )
    ]
    assert feed(f"({IMEI},{kind},732,101,0,0,0,270226,233045)") == [report(IMEI, time=TIME)]
    assert feed(f"({IMEI},{kind},732,101,160,19342,0,000000,000000)") == [report(IMEI, cells=(TOWER,))]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("3,362,65535,255", {"battery_voltage": 3.62}),
        ("6,42,112,0", {}),
        ("6,65535,112,0", {}),
        ("6", {}),
    ],
)
def test_battery(rest: str, expected: dict[str, object]) -> None:
    assert feed(f"({IMEI},ZC20,270226,233045,{rest})") == [report(IMEI, time=TIME, readings=expected)]


def test_free_text_may_have_brackets_in_it() -> None:
    said = "1 .Interval: 240 minute(s).\r\n2 .SOS (SMS): On (1)"
    expected = report(IMEI, time=TIME, text=said, answer=Answer())
    frame = tk103.text(IMEI, TIME, said)
    assert feed(frame) == [expected]
    assert feed(frame + frame) == [expected, expected]
    assert feed(frame[:60]) == []
    # Without its end it goes as far as the first bracket.
    assert [one.text for one in feed(frame[:-10], final=True)] == ["1 .Interval: 240 minute(s"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BV010", {"text": "0", "answer": Answer("AV01")}),
        ("BV00", {"text": "BV00", "answer": Answer("AV00")}),
        ("BT00", {"text": "BT00", "answer": Answer("AT00")}),
        ("BP07V1.2", {"text": "V1.2", "answer": Answer("AP07"), "readings": {"firmware": "V1.2"}}),
        ("BP07", {"text": "BP07", "answer": Answer("AP07")}),
        ("BV01" + BODY, {"time": TIME, "fix": fix(), "readings": PARKED, "text": "BV01", "answer": Answer("AV01")}),
    ],
)
def test_answer(text: str, expected: dict[str, object]) -> None:
    assert feed(f"({ID}{text})") == [report(**expected)]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["BS500064FF0E0000000", "BP04", "ZC09,1", "XY12"])
def test_other_types_are_presence(text: str) -> None:
    assert feed(f"({ID}{text})") == [report()]


def test_state_of_a_message_without_a_position() -> None:
    assert feed(f"({ID}BQ86,0,05550c21,260227233045,01000001)") == [report(readings=PARKED | {"ignition": True})]


DAMAGED = [
    tk103.location(ID, "BR00", BODY.replace("3630.", "36x0.")),
    tk103.location(ID, "BR00", BODY.replace("3630.", "3660.")),
    tk103.location(ID, "BR00", BODY.replace("3630.", "9130.")),
    tk103.location(ID, "BR00", BODY.replace("260227", "261327")),
    tk103.location(ID, "BR00", BODY.replace("A", "X", 1)),
    tk103.location(ID, "BR00", BODY.replace("090.50", "09..50")),
    tk103.location(ID, "BR01", ""),
    tk103.parted(IMEI, "DW30", TIME, PLACE).replace(b"270226", b"279926"),
    tk103.parted(IMEI, "DW30", TIME, PLACE).replace(b",A,", b","),
    tk103.parted(IMEI, "ZC15", TIME, PLACE).replace(b"S,", b"X,"),
    f"({IMEI},DW5B,732,101)".encode(),
    f"({IMEI},ZC03,x)".encode(),
    f"({IMEI},ZC20,)".encode(),
]


@pytest.mark.parametrize("frame", DAMAGED)
def test_damaged_frame_is_counted(frame: bytes) -> None:
    peer = Tk103()
    assert peer.feed(frame, NOW) == []
    assert peer.damaged == 1


def test_frame_without_its_bracket_is_passed_over() -> None:
    frame = tk103.location(ID, "BR00", BODY)
    assert feed(frame[:-1] + frame) == [placed()]
    assert feed(frame[:10] + frame) == [placed()]
    assert feed(b"\xff()(1)\r\n$" + frame + b"\r\n)(" + frame) == [placed(), placed()]
    cut = tk103.text(IMEI, TIME, "no end")[:-2] + b")"
    assert feed(cut + frame) == [report(IMEI, time=TIME, text="no end", answer=Answer()), placed()]


CLAIMS = [
    (b"", Match.MAYBE),
    (b"(", Match.MAYBE),
    (b"(8612340500", Match.MAYBE),
    (b"(86123405000", Match.MAYBE),
    (b"(8612340500B", Match.NO),
    (b"(86123405000B", Match.MAYBE),
    (b"(86123405000BR0", Match.MAYBE),
    (b"(86123405000BR00", Match.YES),
    (b"(861234050000041,", Match.MAYBE),
    (b"(861234050000041,DW3", Match.MAYBE),
    (b"(861234050000041,DW3B", Match.YES),
    (b"(8612340500000412", Match.NO),
    (b"(861234050004,1,001,BASE,2,TIME)", Match.NO),
    (b"(861234050004AP00)", Match.YES),
    (b"(861234050004br00", Match.NO),
    (b"()", Match.NO),
]


@pytest.mark.parametrize(("head", "expected"), CLAIMS)
def test_claim(head: bytes, expected: Match) -> None:
    """The locks of jt808 send text in brackets, too, in which no type follows the identity."""
    assert Tk103.match(head) is expected
