"""The gps103 protocol: whole frames in, whole reports and replies out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Answer, CellTower, Fix, Report
from custom_components.plaspy_trackers.gateway.protocols.gps103 import Gps103
from tests.simulator.encoders import gps103
from tests.simulator.route import Position

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000041"
TIME = datetime(2026, 2, 27, 23, 30, 45, tzinfo=UTC)
PLACE = Position(latitude=-36.5, longitude=174.75, altitude=12.5, speed=18.52, course=90.5)
HEAD = f"imei:{IMEI},".encode()
#: TIME and PLACE, as far as the speed.
CORE = b"F,233045.000,A,3630.0000,S,17445.0000,E,10.00"


def feed(data: bytes, *, final: bool = False, now: datetime = NOW) -> list[Report]:
    """Return the reports of a fresh connection."""
    return Gps103().feed(data, now, final=final)


def replies(data: bytes) -> tuple[bytes, bytes]:
    """Return what a frame is answered at once, and when its report is safe."""
    peer = Gps103()
    peer.feed(data, NOW, final=True)
    acknowledgements = peer.take_acknowledgements()
    return peer.data_to_send(), acknowledgements


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "gps103", **what)  # type: ignore[arg-type]


def fix(**more: object) -> Fix:
    """Return the position of CORE, with what follows it."""
    return Fix(-36.5, 174.75, **({"time": TIME, "speed": 18.52} | more))  # type: ignore[arg-type]


def placed(**more: object) -> Report:
    """Return the report of CORE, with what differs."""
    return report(**({"time": TIME, "fix": fix()} | more))


def test_login_and_keep_alive_prove_presence() -> None:
    assert feed(gps103.login(IMEI)) == [report()]
    assert feed(gps103.heartbeat(IMEI)) == [report()]
    assert replies(gps103.login(IMEI)) == (b"LOAD", b"")
    assert replies(gps103.heartbeat(IMEI)) == (b"ON", b"")


def test_call_for_help_is_acknowledged() -> None:
    acknowledgement = f"**,imei:{IMEI},E;".encode()
    assert replies(gps103.location(IMEI, TIME, PLACE, event="help me")) == (b"", acknowledgement)
    assert replies(HEAD + b"help me,?;") == (b"", acknowledgement)
    assert replies(HEAD + b"HELP ME,,,L,,,;") == (b"", acknowledgement)


@pytest.mark.parametrize("event", ["tracker", "low battery", "jt", "001", "rfid", ""])
def test_nothing_else_is_answered(event: str) -> None:
    assert replies(gps103.location(IMEI, TIME, PLACE, event=event)) == (b"", b"")
    assert replies(gps103.diagnosis(IMEI, "260228003000", coolant=1, speed=1, volts=1)) == (b"", b"")


def test_whole_position() -> None:
    assert feed(gps103.location(IMEI, TIME, PLACE)) == [
        report(
            time=TIME,
            fix=fix(altitude=12.5, course=90.5),
            readings={"ignition": True, "door": False, "fuel_level": 61.5, "temperature": 22.0},
        )
    ]


RESTS = [
    (b"", fix()),
    (b",", fix()),
    (b",90.5", fix(course=90.5)),
    (b",,", fix()),
    (b",361,", fix()),
    (b",x,7", fix()),
    (b",,-3.4,", fix(altitude=-3.4)),
]


@pytest.mark.parametrize(("rest", "expected"), RESTS)
def test_field_behind_the_speed_may_be_missing(rest: bytes, expected: Fix) -> None:
    assert feed(HEAD + b"tracker,260227233000,," + CORE + rest + b";") == [placed(fix=expected)]


READINGS = [
    (b",,,1", {"ignition": True}),
    (b",,,0,1", {"ignition": False, "door": True}),
    (b",,,,0", {"door": False}),
    (b",,,1,,0.00%", {"ignition": True, "fuel_level": 0.0}),
    (b",,,,,101%,", {}),
    (b",,,,,50.5,", {}),
    (b",,,,51.6,41.7,", {}),
    (b",,,2,1,5%", {}),
    (b",,,,,,51442,", {}),
    (b",,,,,,,-7", {"temperature": -7.0}),
    (b",,,,,,,+22.5", {"temperature": 22.5}),
    (b",,,,,,,hot", {}),
]


@pytest.mark.parametrize(("rest", "expected"), READINGS)
def test_readings_behind_the_speed(rest: bytes, expected: dict[str, object]) -> None:
    assert feed(HEAD + b"tracker,260227233000,," + CORE + rest + b";") == [placed(readings=expected)]


def test_empty_speed_is_not_told() -> None:
    core = CORE.removesuffix(b"10.00")
    assert feed(HEAD + b"tracker,260227233000,," + core + b",,;") == [placed(fix=fix(speed=None))]
    assert feed(HEAD + b"tracker,260227233000,," + core + b"fast,9,;") == [placed(fix=fix(speed=None, course=9.0))]


def test_empty_letter_counts_as_east_but_not_as_north() -> None:
    assert feed(HEAD + b"tracker,260227233000,," + CORE.replace(b",E", b",") + b";") == [placed()]
    assert feed(HEAD + b"tracker,260227233000,," + CORE.replace(b",S", b",") + b";") == []


LOCAL_TIMES = [
    (b"260227233000", TIME),
    (b"2602272330", TIME),
    (b"26/02/27 23:30", TIME),
    # Eight hours ahead, ten and a half, twelve, twelve and three quarters.
    (b"260228073045", TIME),
    (b"260228100045", TIME),
    (b"260228113045", TIME),
    (b"260228121500", TIME),
    # Five hours behind, eleven.
    (b"260227183045", TIME),
    (b"260227123000", TIME),
]


@pytest.mark.parametrize(("local", "expected"), LOCAL_TIMES)
def test_date_of_utc_is_the_nearest_to_local_time(local: bytes, expected: datetime) -> None:
    assert feed(HEAD + b"tracker," + local + b",," + CORE + b";") == [placed(time=expected, fix=fix(time=expected))]


def test_zone_thirteen_hours_ahead() -> None:
    """A live report of Auckland's summer is not of tomorrow."""
    now = TIME + timedelta(seconds=5)
    assert feed(HEAD + b"tracker,260228123000,," + CORE + b";", now=now) == [placed()]
    assert feed(HEAD + b"tracker,260228123000,," + CORE + b";")[0].time == TIME + timedelta(days=1)


def test_position_without_local_time_is_of_today() -> None:
    auckland = timezone(timedelta(hours=13))
    now = (TIME + timedelta(seconds=40)).astimezone(auckland)
    assert feed(HEAD + b"tracker,,," + CORE + b";", now=now) == [placed()]
    late = datetime(2026, 2, 28, 0, 1, tzinfo=UTC)
    assert feed(HEAD + b"tracker,,," + CORE + b";", now=late) == [placed()]


def test_local_time_stands_for_a_missing_utc() -> None:
    core = CORE.replace(b"233045.000", b"31.0")
    assert feed(HEAD + b"tracker,260227233045,61.0," + core + b";") == [placed()]
    assert feed(HEAD + b"tracker,2602272330,," + core + b";")[0].time == TIME.replace(second=0)


def test_no_fix() -> None:
    void = CORE.replace(b",A,", b",V,")
    assert feed(HEAD + b"tracker,260227233000,," + void + b",90.5,,1;") == [
        report(time=TIME, readings={"ignition": True})
    ]
    assert feed(HEAD + b"tracker,0000000000,,F,000000.000,V,,,,,;") == [report()]
    unset = b"F,233045.000,A,0000.0000,N,00000.0000,E,0.00"
    assert feed(HEAD + b"tracker,260227233000,," + unset + b";") == [report(time=TIME)]


def test_cell_of_no_network() -> None:
    off = {"ignition": False, "door": False}
    assert feed(gps103.placeless(IMEI, local="000000000", area=0xFA8, cell=0xC9AF)) == [
        report(readings=off, cells=(CellTower(0, 0, 0xFA8, 0xC9AF),))
    ]
    assert feed(gps103.placeless(IMEI, area=0, cell=7)) == [report(readings=off)]
    # Nobody knows the zone of this time.
    assert feed(gps103.placeless(IMEI, local="2602272330")) == [report(readings=off)]
    assert feed(HEAD + b"ac alarm,,,L,,,778,,3632,,,;") == [
        report(alarms=(Alarm.POWER_CUT,), codes=("ac alarm",), cells=(CellTower(0, 0, 0x778, 0x3632),))
    ]


ALARMS = [
    ("help me", Alarm.SOS),
    ("low battery", Alarm.LOW_BATTERY),
    ("stockade", Alarm.GEOFENCE),
    ("move", Alarm.MOVEMENT),
    ("speed", Alarm.OVERSPEED),
    ("door alarm", Alarm.DOOR),
    ("ac alarm", Alarm.POWER_CUT),
    ("sensor alarm", Alarm.VIBRATION),
    ("accident alarm", Alarm.ACCIDENT),
    ("oil1", Alarm.FUEL_LEAK),
    ("oil", Alarm.FUEL_LEAK),
    ("Help Me", Alarm.SOS),
    ("acc alarm", Alarm.OTHER),
    ("bonnet alarm", Alarm.OTHER),
    ("footbrake alarm", Alarm.OTHER),
    ("xyz", Alarm.OTHER),
    ("1234", Alarm.OTHER),
    ("jtx", Alarm.OTHER),
]


@pytest.mark.parametrize(("event", "alarm"), ALARMS)
def test_alarm_keeps_its_code_and_its_position(event: str, alarm: Alarm) -> None:
    assert feed(HEAD + event.encode() + b",260227233000,," + CORE + b";") == [placed(alarms=(alarm,), codes=(event,))]


@pytest.mark.parametrize("event", ["", "tracker", "001", "100", "vt14", "rfid"])
def test_event_that_is_no_alarm(event: str) -> None:
    assert feed(HEAD + event.encode() + b",260227233000,," + CORE + b";") == [placed()]


@pytest.mark.parametrize(("event", "alarm"), ALARMS)
@pytest.mark.parametrize("rest", [b",260227233000,," + CORE.replace(b"3630.", b"36x0."), b",?", b""])
def test_alarm_is_told_though_its_position_is_damaged(event: str, alarm: Alarm, rest: bytes) -> None:
    peer = Gps103()
    (told,) = peer.feed(HEAD + event.encode() + rest + b";", NOW)
    assert (told.alarms, told.codes, told.fix) == ((alarm,), (event,), None)
    assert peer.damaged == 1


EVENTS: list[tuple[bytes, dict[str, object]]] = [
    (b"acc on", {"readings": {"ignition": True}}),
    (b"acc off", {"readings": {"ignition": False}}),
    (b"T:+28.0", {"readings": {"temperature": 28.0}, "alarms": (Alarm.TEMPERATURE,), "codes": ("T:+28.0",)}),
    (b"T:-3", {"readings": {"temperature": -3.0}, "alarms": (Alarm.TEMPERATURE,), "codes": ("T:-3",)}),
    (b"oil 51.67", {"readings": {"fuel_level": 51.67}, "alarms": (Alarm.FUEL_LEAK,), "codes": ("oil 51.67",)}),
    (b"jt", {"answer": Answer("J"), "text": "jt"}),
    (b"gt", {"answer": Answer("G"), "text": "gt"}),
]


@pytest.mark.parametrize(("event", "expected"), EVENTS)
def test_event_that_says_something(event: bytes, expected: dict[str, object]) -> None:
    assert feed(HEAD + event + b",260227233000,," + CORE + b";") == [placed(**expected)]


def test_field_of_the_ignition_outweighs_its_event() -> None:
    assert feed(HEAD + b"acc off,260227233000,," + CORE + b",,,1;") == [placed(readings={"ignition": True})]


def test_card_stands_in_the_place_of_the_phone() -> None:
    assert feed(HEAD + b"rfid,260227233000,49121185," + CORE + b";") == [placed(readings={"driver_id": "49121185"})]


def test_trouble_code_stands_in_the_place_of_the_second_tank() -> None:
    assert feed(HEAD + b"DTC,260227233000,," + CORE + b",,,1,0,10.5%,P0021,;") == [
        placed(
            readings={"ignition": True, "door": False, "fuel_level": 10.5, "serial_data": "P0021"},
            alarms=(Alarm.FAULT,),
            codes=("DTC",),
        )
    ]


DIAGNOSES = [
    (
        b"OBD,260228003000,51442,0.00,15.88,5632,122,40.39%,95,0.00%,2101,13.80,,,,",
        {"coolant_temperature": 95.0, "engine_speed": 2101.0, "battery_voltage": 13.8},
    ),
    (b"OBD,260228003000,,,0.0,,000,0.0%,+,0.0%,00000,,,,,", {"engine_speed": 0.0}),
    (b"OBD,260228003000,,,,,,,-12,,,,P0137,P0430,,", {"coolant_temperature": -12.0, "serial_data": "P0137,P0430"}),
]


@pytest.mark.parametrize(("body", "expected"), DIAGNOSES)
def test_diagnosis(body: bytes, expected: dict[str, object]) -> None:
    assert feed(HEAD + body + b";") == [report(readings=expected)]


def test_copy_that_ends_in_an_asterisk() -> None:
    place = Position(latitude=-33.42317, longitude=-70.6193, altitude=570.0, speed=42.0, course=275.0)
    readings = {"signal_level": 14 / 31 * 100, "ignition": True, "charging": False}
    at = Fix(-33.42317, -70.6193, TIME, 570.0, 42.0, 275.0, 9, 0.9)
    assert feed(gps103.copied(IMEI, TIME, place, csq=14, satellites=9)) == [
        report(time=TIME, fix=at, readings=readings)
    ]
    assert feed(gps103.copied(IMEI, TIME, None, csq=99, satellites=0)) == [
        report(time=TIME, readings={"ignition": True, "charging": False})
    ]
    assert feed(HEAD + b"L,*") == []


def test_part_of_a_picture_is_presence() -> None:
    assert feed(HEAD + b"vr,0,ffd8ffe0;") == [report()]


DAMAGED = [
    b"tracker,?",
    b"tracker",
    b"tracker,269927233000,," + CORE,
    b"tracker,260227993000,," + CORE,
    b"tracker,260227233000,," + CORE.replace(b"3630.", b"3660."),
    b"tracker,260227233000,," + CORE.replace(b"3630.", b"9130."),
    b"tracker,260227233000,," + CORE.replace(b"3630.", b"a630."),
    b"tracker,260227233000,," + CORE.replace(b",A,", b",X,"),
    b"tracker,260227233000,," + CORE.replace(b"F,", b"Q,"),
    b"OBD,260228003000",
]


@pytest.mark.parametrize("body", DAMAGED)
def test_damaged_frame_is_counted(body: bytes) -> None:
    peer = Gps103()
    assert peer.feed(HEAD + body + b";", NOW) == []
    assert peer.damaged == 1


WHOLE = HEAD + b"tracker,260227233000,," + CORE + b",90.5,"


@pytest.mark.parametrize("end", [b";", b"*", b"\r\n", b"\n"])
def test_every_terminator_ends_a_frame(end: bytes) -> None:
    peer = Gps103()
    frame = HEAD + b"help me,260227233000,," + CORE + b",90.5," + end
    assert [one.alarms for one in peer.feed(frame * 2, NOW)] == ([] if end == b"*" else [(Alarm.SOS,)] * 2)
    assert not peer.held


def test_next_frame_ends_one_without_terminator() -> None:
    expected = placed(fix=fix(course=90.5))
    assert feed(WHOLE + WHOLE + b";") == [expected, expected]
    assert feed(WHOLE + gps103.login(IMEI)) == [expected, report()]
    assert feed(IMEI.encode() + WHOLE + b";") == [report(), expected]
    assert feed(HEAD + b"tracker,2602" + WHOLE + b";") == [expected]


def test_silence_ends_a_position_that_is_whole() -> None:
    """The number that only silence ends may have lost digits."""
    assert feed(WHOLE, final=True) == [placed(fix=fix(course=90.5))]
    assert feed(WHOLE[:-2], final=True) == [placed()]
    assert feed(HEAD + b"tracker,260227233000,," + CORE, final=True) == [placed(fix=fix(speed=None))]
    assert feed(HEAD + b"tracker,260227233000,," + CORE[:-7], final=True) == []
    for end in range(8, len(CORE) - 6):
        cut = HEAD + b"help me,260227233000,," + CORE[:end]
        assert [(one.alarms, one.fix) for one in feed(cut, final=True)] == [((Alarm.SOS,), None)], cut
    assert feed(gps103.login(IMEI)[:-1], final=True) == [report()]
    assert feed(IMEI.encode(), final=True) == [report()]


def test_silence_does_not_end_half_a_position() -> None:
    peer = Gps103()
    assert peer.feed(WHOLE[:70], NOW) == []
    assert peer.settle(NOW) == []
    assert peer.feed(WHOLE[70:] + b";", NOW) == [placed(fix=fix(course=90.5))]


def test_noise_between_frames_costs_nothing() -> None:
    noise = b",123456789012345;imei:\r\n123456789012345678;\xff"
    assert feed(noise + WHOLE + b";" + noise + gps103.heartbeat(IMEI)) == [placed(fix=fix(course=90.5)), report()]
