"""Xexun's binary protocol of 2025: whole frames in, whole reports and replies out."""

from collections.abc import Iterable
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
from custom_components.plaspy_trackers.gateway.protocols.xexun3 import Xexun3
from tests.simulator.encoders import xexun3
from tests.simulator.encoders.xexun3 import COMMAND, acknowledges, enclose, encode, gps, record, status
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME = datetime(2026, 3, 1, 11, 59, 50, tzinfo=UTC)
IMEI = "861234050000058"
#: Numbers that fit f32 and tenths, so that nothing is lost on the wire.
PLACE = Position(latitude=47.1234567, longitude=-8.7654321, altitude=-34.5, speed=2.8, course=15.9)
UNSET = b"\xff" * 4

# Made by hand: what our encoder and our decoder must agree on.
WHOLE = bytes.fromhex(
    "fc00490320e80861234050000058"
    "642269a42a3640478fcd6ddc7c6dc02187e6b7599e01c20a0000400e19001c009f000e03"
    "6a184d00031c052f0010e1241048794f621969a42a3701010000"
    "6050cf"
)
ACKNOWLEDGEMENT = bytes.fromhex("fc00100320e808612340500000580069a42a401582cf")

NOTHING_MEASURED: Readings = {
    "respiratory_rate": None,
    "heart_rate": None,
    "systolic": None,
    "diastolic": None,
    "blood_oxygen": None,
}
SOS = xexun3.alarm(TIME, 1)
POSITION = gps(TIME, PLACE)

ALARMS = {
    1: Alarm.SOS,
    2: Alarm.LOW_BATTERY,
    4: Alarm.REMOVED,
    5: Alarm.MOVEMENT,
    7: Alarm.FALL,
    8: Alarm.ACCIDENT,
    11: Alarm.POWER_RESTORED,
    12: Alarm.POWER_CUT,
    13: Alarm.POWER_ON,
    14: Alarm.POWER_OFF,
    15: Alarm.DOOR,
    16: Alarm.DOOR,
    17: Alarm.SIM_CHANGED,
}


def later(seconds: float) -> datetime:
    """Return the time so many seconds after TIME."""
    return TIME + timedelta(seconds=seconds)


def fix(**more: object) -> Fix:
    """Return what POSITION says, with what differs."""
    return replace(Fix(47.1234567, -8.7654321, TIME, -34.5, 2.8, 15.9, 12, None, 1.8), **more)  # type: ignore[arg-type]


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "xexun3", **what)  # type: ignore[arg-type]


def at(seconds: float = 0, **what: object) -> Report:
    """Return a report of so many seconds after TIME."""
    return report(time=later(seconds), **what)


def sos(**what: object) -> Report:
    """Return the report of SOS, and more."""
    return report(time=TIME, alarms=(Alarm.SOS,), codes=("1",), **what)


def feed(data: bytes) -> list[Report]:
    """Return the reports of a fresh connection."""
    return Xexun3().feed(data, NOW)


def read(*records: bytes) -> list[Report]:
    """Return the reports of one frame."""
    return feed(encode(IMEI, 7, *records))


def replies(data: bytes, *, acknowledge: bool = True) -> bytes:
    """Return what a fresh connection answers."""
    protocol = Xexun3()
    protocol.feed(data, NOW)
    return protocol.data_to_send(acknowledge=acknowledge)


def position(time: bytes, *fields: object) -> bytes:
    """Return a GPS record from raw values: degrees, altitude, satellites, speed, course and accuracy."""
    return record(0x64, time + pack(">ddfBBBHHHB", *fields[:3], 1, fields[3], 9, *fields[4:], 3))


def test_frame_made_by_hand_is_read_and_acknowledged() -> None:
    """Every field of the two records of the live captures, and the reply byte for byte."""
    protocol = Xexun3()
    readings: Readings = {
        "battery_level": 77,
        "signal_level": 28 / 31 * 100,
        "moving": True,
        "charging": False,
        "steps": 4321,
        "temperature": 36,
        "respiratory_rate": 16,
        "heart_rate": 72,
        "systolic": 121,
        "diastolic": 79,
        "blood_oxygen": 98,
        "fuel_level": 25,
    }
    assert protocol.feed(WHOLE, NOW) == [at(1, fix=fix(satellites=14, accuracy=1.4), readings=readings)]
    assert protocol.data_to_send() == ACKNOWLEDGEMENT
    assert protocol.data_to_send() == b""
    assert protocol.device_id == IMEI
    assert acknowledges(ACKNOWLEDGEMENT, WHOLE)


@pytest.mark.parametrize("north", [1, -1])
@pytest.mark.parametrize("east", [1, -1])
@pytest.mark.parametrize("ephemeris", [True, False])
def test_position_is_read_in_every_hemisphere_and_both_forms(north: int, east: int, ephemeris: bool) -> None:
    """The old form has no ephemeris byte."""
    place = replace(PLACE, latitude=north * 47.1234567, longitude=east * 8.7654321)
    got = read(gps(TIME, place, satellites=26, snr=46, accuracy=1.7, ephemeris=ephemeris))
    assert got == [at(fix=fix(latitude=place.latitude, longitude=place.longitude, satellites=26, accuracy=1.7))]


@pytest.mark.parametrize("ephemeris", [True, False])
def test_position_without_fix_tells_its_time_alone(ephemeris: bool) -> None:
    """What stands behind the degrees is rubbish then."""
    assert read(gps(TIME, None, ephemeris=ephemeris)) == [at()]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (90.1, 8.0),
        (-90.1, 8.0),
        (47.0, 180.1),
        (47.0, -180.1),
        (0.0, 0.0),
        (-0.0, 0.0),
        (float("nan"), 8.0),
        (47.0, float("nan")),
        (float("inf"), 8.0),
        (47.0, float("-inf")),
    ],
)
def test_impossible_position_is_no_fix(latitude: float, longitude: float) -> None:
    """It is not damage either: the frame is read."""
    protocol = Xexun3()
    data = encode(IMEI, 1, position(xexun3.seconds(TIME), latitude, longitude, 5.0, 9, 10, 20, 30), SOS)
    assert protocol.feed(data, NOW) == [sos()]
    assert protocol.damaged == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((float("nan"), 9, 10, 20, 30), {"altitude": None}),
        ((float("inf"), 9, 10, 20, 30), {"altitude": None}),
        ((0.0, 9, 10, 20, 30), {"altitude": 0.0}),
        ((5.0, 0xFF, 10, 20, 30), {"satellites": None}),
        ((5.0, 0, 10, 20, 30), {"satellites": 0}),
        ((5.0, 9, 0xFFFF, 20, 30), {"speed": None}),
        ((5.0, 9, 0, 20, 30), {"speed": 0.0}),
        ((5.0, 9, 10, 0xFFFF, 30), {"course": None}),
        ((5.0, 9, 10, 3601, 30), {"course": None}),
        ((5.0, 9, 10, 3600, 30), {"course": 360.0}),
        ((5.0, 9, 10, 0, 30), {"course": 0.0}),
        ((5.0, 9, 10, 20, 0xFFFF), {"accuracy": None}),
        ((5.0, 9, 10, 20, 0), {"accuracy": None}),
    ],
)
def test_what_a_position_does_not_say_is_absent(
    values: tuple[float, int, int, int, int], expected: dict[str, object]
) -> None:
    """Field by field."""
    said = Fix(47.5, 8.5, TIME, 5.0, 1.0, 2.0, 9, None, 3.0)
    got = read(position(xexun3.seconds(TIME), 47.5, 8.5, *values))
    assert got == [at(fix=replace(said, **expected))]  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [0, -5, 14])
def test_time_of_arrival_dates_a_position_without_a_time(hours: int) -> None:
    """In UTC, wherever home is; its report has no time."""
    undated = position(UNSET, 47.5, 8.5, 5.0, 9, 10, 20, 30)
    place = Fix(47.5, 8.5, NOW, 5.0, 1.0, 2.0, 9, None, 3.0)
    home = NOW.astimezone(timezone(timedelta(hours=hours)))
    (got,) = Xexun3().feed(encode(IMEI, 1, undated), home)
    assert got == report(fix=place)
    assert got.fix
    assert got.fix.time.tzinfo is UTC
    assert read(undated, status(battery=50)) == [report(fix=place, readings=NOTHING_MEASURED | {"battery_level": 50})]
    assert read(undated, undated) == [report(fix=place)]
    assert read(undated, SOS) == [sos(), report(fix=place)]


def test_position_without_place_and_time_makes_no_report() -> None:
    """It says nothing; alone it proves presence."""
    for latitude in (float("nan"), 90.1):
        nothing = position(UNSET, latitude, 8.5, 5.0, 9, 10, 20, 30)
        assert read(nothing) == [report()]
        assert read(nothing, SOS) == [sos()]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"battery": 0}, {"battery_level": 0}),
        ({"battery": 100}, {"battery_level": 100}),
        ({"battery": 101}, {}),
        ({"signal": 0}, {"signal_level": 0.0}),
        ({"signal": 31}, {"signal_level": 100.0}),
        ({"signal": 32}, {}),
        ({"signal": 99}, {}),
        ({"moving": 0}, {"moving": False}),
        ({"moving": 1}, {"moving": True}),
        ({"moving": 254}, {"moving": True}),
        ({"charging": 0}, {"charging": False}),
        ({"charging": 1}, {"charging": True}),
        ({"charging": 2}, {}),
        ({"steps": 0}, {"steps": 0}),
        ({"steps": 65534}, {"steps": 65534}),
        ({"temperature": 36}, {"temperature": 36}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"temperature": -2}, {"temperature": -2}),
        ({"temperature": -30}, {"temperature": -30}),
        ({"temperature": -31}, {}),
        ({"temperature": 80}, {"temperature": 80}),
        ({"temperature": 81}, {}),
        ({"fuel": 0}, {"fuel_level": 0}),
        ({"fuel": 100}, {"fuel_level": 100}),
        ({"fuel": 101}, {}),
        ({"respiration": 3}, {}),
        ({"respiration": 4}, {"respiratory_rate": 4}),
        ({"respiration": 60}, {"respiratory_rate": 60}),
        ({"respiration": 61}, {}),
        ({"heart_rate": 0}, {}),
        ({"heart_rate": 19}, {}),
        ({"heart_rate": 20}, {"heart_rate": 20}),
        ({"heart_rate": 250}, {"heart_rate": 250}),
        ({"heart_rate": 251}, {}),
        ({"oxygen": 49}, {}),
        ({"oxygen": 50}, {"blood_oxygen": 50}),
        ({"oxygen": 100}, {"blood_oxygen": 100}),
        ({"oxygen": 101}, {}),
        ({"systolic": 121, "diastolic": 79}, {"systolic": 121, "diastolic": 79}),
        ({"systolic": 79, "diastolic": 79}, {}),
        ({"systolic": 121}, {}),
        ({"diastolic": 79}, {}),
        ({"systolic": 39, "diastolic": 20}, {}),
        # What devices send that have no such sensors.
        ({"systolic": 2, "diastolic": 0, "oxygen": 0}, {}),
        ({"systolic": 4, "oxygen": 9}, {}),
        ({}, {}),
    ],
)
@pytest.mark.parametrize("short", [True, False])
def test_status_becomes_readings(said: dict[str, int], expected: Readings, short: bool) -> None:
    """Field by field; what a body has is None where nothing was measured, all else is absent."""
    assert read(status(**said, short=short)) == [report(readings=NOTHING_MEASURED | expected)]  # type: ignore[arg-type]


def test_time_of_the_device_is_that_of_the_report() -> None:
    """Where nothing else has a time."""
    assert read(status(time=later(5))) == [at(5, readings=NOTHING_MEASURED)]
    assert read(status(time=later(5), short=True)) == [report(readings=NOTHING_MEASURED)]


def test_status_between_the_two_forms_is_read() -> None:
    """The time counts if it is whole."""
    data = status(time=TIME)[2:]
    assert read(record(0x6A, data[:20])) == [at(readings=NOTHING_MEASURED)]
    assert read(record(0x6A, data[:19])) == [report(readings=NOTHING_MEASURED)]


def test_access_points_are_read() -> None:
    """In lower case, with dBm; all bits set and what is not below zero are no signal."""
    heard = [("02:00:5E:10:00:0A", -47), ("02:00:5e:10:00:02", -128), ("02:00:5e:10:00:03", -1)]
    heard += [("02:00:5e:10:00:04", 5), ("00:00:00:00:00:00", -50), ("ff:ff:ff:ff:ff:ff", -50)]
    points = (
        AccessPoint("02:00:5e:10:00:0a", -47),
        AccessPoint("02:00:5e:10:00:02", -128),
        AccessPoint("02:00:5e:10:00:03"),
        AccessPoint("02:00:5e:10:00:04"),
    )
    assert read(xexun3.wifi(TIME, heard)) == [at(wifi=points)]
    assert read(xexun3.wifi(TIME, [])) == [at()]


@pytest.mark.parametrize(("count", "heard"), [(0, 0), (1, 1), (2, 2), (255, 2)])
def test_count_says_how_many_were_heard(count: int, heard: int) -> None:
    """And the record's end how many there are; half of one is none."""
    one = bytes.fromhex("02005e100001b9")
    got = read(record(0x65, xexun3.seconds(TIME) + bytes([count]) + one * 2 + one[:6]))
    assert got == [at(wifi=(AccessPoint("02:00:5e:10:00:01", -71),) * heard)]


def test_cells_are_read() -> None:
    """One record for each."""
    first, other = Cell(732, 101, 0x91C4, 0xCE5421), Cell(732, 103, 0xFFFFFFFF, 1)
    towers = (CellTower(732, 101, 0x91C4, 0xCE5421, -71), CellTower(732, 103, None, 1))
    assert read(xexun3.cell(TIME, first), xexun3.cell(TIME, other, signal=-1)) == [at(cells=towers)]


@pytest.mark.parametrize("area", [0, 0xFFFE, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
def test_area_may_be_unknown(area: int) -> None:
    """A cell is one without it."""
    assert read(xexun3.cell(TIME, Cell(732, 101, area, 8))) == [at(cells=(CellTower(732, 101, None, 8, -71),))]


@pytest.mark.parametrize(
    "cell",
    [
        Cell(0, 0, 0, 0),
        Cell(0xFFFF, 101, 1, 1),
        Cell(732, 0xFFFF, 1, 1),
        Cell(732, 101, 1, 0xFFFFFFFF),
        Cell(732, 101, 1, 0),
        Cell(732, 101, 1, 0xFFFF),
        Cell(732, 101, 1, 0xFFFFFFF),
        Cell(1000, 101, 1, 1),
        Cell(732, 1000, 1, 1),
    ],
)
def test_placeholder_is_no_cell(cell: Cell) -> None:
    """Its time counts all the same."""
    assert read(xexun3.cell(TIME, cell)) == [at()]


def test_beacons_are_read_by_their_kind() -> None:
    """Those of Wi-Fi are access points."""
    heard = [("02:00:5E:10:00:0A", -56, 90), ("02:00:5e:10:00:02", -1, None)]
    points = (AccessPoint("02:00:5e:10:00:0a", -56), AccessPoint("02:00:5e:10:00:02"))
    assert read(xexun3.beacons(TIME, 1, heard)) == [at(wifi=points)]
    assert read(xexun3.beacons(TIME, 2, heard)) == [at(beacons=points)]
    assert read(xexun3.beacons(TIME, 3, heard)) == [at(beacons=points)]


@pytest.mark.parametrize("code", range(256))
def test_every_alarm_is_told(code: int) -> None:
    """With its code, whether anybody knows it or not."""
    alarm = ALARMS.get(code, Alarm.OTHER)
    assert read(xexun3.alarm(TIME, code)) == [at(alarms=(alarm,), codes=(str(code),))]


def test_alarms_are_told_in_their_order() -> None:
    """One record for each."""
    records = [xexun3.alarm(TIME, code) for code in (7, 1, 200, 7)]
    alarms = (Alarm.FALL, Alarm.SOS, Alarm.OTHER, Alarm.FALL)
    assert read(*records) == [at(alarms=alarms, codes=("7", "1", "200", "7"))]


@pytest.mark.parametrize(
    ("data", "iccid"),
    [
        (xexun3.bcd("89570000000000000017"), "89570000000000000017"),
        (xexun3.bcd("8957000000000000017"), "8957000000000000017"),
        (xexun3.bcd("89570000000000000017") + b"\x01\x02", "89570000000000000017"),
        (b"\xff" * 10, None),
        (b"\0" * 10, None),
        (b"\x89\xa7" * 5, None),
        (b"", None),
    ],
)
def test_changed_sim_is_told(data: bytes, iccid: str | None) -> None:
    """With its number, if there is one."""
    readings = {"iccid": iccid} if iccid else {}
    got = read(xexun3.alarm(TIME, 17, data))
    assert got == [at(alarms=(Alarm.SIM_CHANGED,), codes=("17",), readings=readings)]


def test_data_of_another_alarm_is_no_sim() -> None:
    """Whatever it is."""
    data = xexun3.bcd("89570000000000000017")
    assert read(xexun3.alarm(TIME, 3, data)) == [at(alarms=(Alarm.OTHER,), codes=("3",))]


@pytest.mark.parametrize("order", [1, -1])
def test_version_is_read(order: int) -> None:
    """It has no time, and belongs to what has one wherever it stands."""
    records = [status(time=TIME), xexun3.version("AAB26050101|AAB26040202|P02", "89570000000000000017")]
    said: Readings = {"firmware": "AAB26050101|AAB26040202|P02", "iccid": "89570000000000000017"}
    assert read(*records[::order]) == [at(readings=NOTHING_MEASURED | said)]
    assert read(records[1]) == [report(readings=said)]


def test_what_a_version_does_not_say_is_absent() -> None:
    """Nothing but NUL, and all bits set."""
    assert read(xexun3.version("", "", "")) == [report()]
    assert read(record(0x6E, b"\xff" * 44)) == [report()]


@pytest.mark.parametrize("code", [0x00, 0x63, 0x67, 0x6B, 0x6C, 0x7F, 0xFF])
def test_unknown_record_is_passed_over(code: int) -> None:
    """Anywhere; a frame of nothing else proves presence."""
    strange = record(code, b"\x01\xfc\xcf\x00")
    assert read(strange, POSITION, strange, SOS, record(code, b"")) == [sos(fix=fix())]
    assert read(strange) == [report()]


@pytest.mark.parametrize(
    "data", [POSITION, xexun3.wifi(TIME, []), xexun3.cell(TIME, Cell(732, 101, 7, 8)), SOS, status(time=TIME)]
)
def test_record_may_be_longer_than_known(data: bytes) -> None:
    """Newer firmware appends fields."""
    assert read(record(data[0], data[2:] + b"\x01\xfc\xcf")) == read(data)


def test_records_of_one_moment_are_one_report() -> None:
    """In whatever order they come."""
    records = [
        POSITION,
        xexun3.wifi(later(60), [("02:00:5e:10:00:01", -47)]),
        xexun3.cell(later(-60), Cell(732, 101, 7, 8)),
        xexun3.beacons(TIME, 2, [("02:00:5e:10:00:03", -56, None)]),
        SOS,
        status(battery=50, time=later(30)),
    ]
    expected = sos(
        fix=fix(),
        wifi=(AccessPoint("02:00:5e:10:00:01", -47),),
        cells=(CellTower(732, 101, 7, 8, -71),),
        beacons=(AccessPoint("02:00:5e:10:00:03", -56),),
        readings=NOTHING_MEASURED | {"battery_level": 50},
    )
    chance = Random("moment")
    for _ in range(20):
        assert read(*records) == [expected]
        chance.shuffle(records)


def test_every_position_makes_a_report() -> None:
    """A batch of history, oldest first; what else has a time is where it is nearest."""
    towers = (CellTower(732, 101, 7, 8, -71),)
    got = read(
        gps(later(20), PLACE),
        gps(TIME, PLACE),
        gps(later(10), None),
        xexun3.cell(later(11), Cell(732, 101, 7, 8)),
        xexun3.alarm(later(-3), 1),
        status(battery=50),
        xexun3.version("X", ""),
    )
    assert got == [
        at(-3, fix=fix(), alarms=(Alarm.SOS,), codes=("1",)),
        at(11, cells=towers),
        at(20, fix=fix(time=later(20)), readings=NOTHING_MEASURED | {"battery_level": 50, "firmware": "X"}),
    ]


def test_records_more_than_a_minute_apart_are_reports_apart() -> None:
    """Also the status, where it has a time: what it says is not as old as a stored position."""
    got = read(
        POSITION,
        xexun3.cell(later(61), Cell(732, 101, 7, 8)),
        xexun3.alarm(later(121), 7),
        status(battery=50, time=later(3600)),
    )
    assert got == [
        at(fix=fix()),
        at(121, cells=(CellTower(732, 101, 7, 8, -71),), alarms=(Alarm.FALL,), codes=("7",)),
        at(3600, readings=NOTHING_MEASURED | {"battery_level": 50}),
    ]


def test_presses_beside_one_old_position_are_told_apart() -> None:
    """Or the second would be taken for the first one sent again."""
    assert [read(POSITION, xexun3.alarm(later(seconds), 1)) for seconds in (5, 20)] == [
        [at(5, fix=fix(), alarms=(Alarm.SOS,), codes=("1",))],
        [at(20, fix=fix(), alarms=(Alarm.SOS,), codes=("1",))],
    ]


@pytest.mark.parametrize(
    "newer",
    [
        xexun3.wifi(later(10), []),
        xexun3.cell(later(10), Cell(0, 0, 0, 0)),
        xexun3.beacons(later(10), 2, []),
        status(time=later(10)),
    ],
)
def test_report_is_as_new_as_its_newest_record(newer: bytes) -> None:
    """The position keeps its own time."""
    older = xexun3.wifi(later(-5), [])
    for records in ((POSITION, newer, older), (older, newer, POSITION)):
        (got,) = read(*records)
        assert (got.time, got.fix) == (later(10), fix())
    (got,) = read(gps(later(20), PLACE), newer, older)
    assert got.time == later(20)


def test_first_alarm_tells_the_time_whatever_is_newer() -> None:
    """One whose own time is not available cannot."""
    newer, unset = status(time=later(30)), record(0x69, UNSET + b"\x07\0")
    first, second = xexun3.alarm(later(-3), 1), xexun3.alarm(later(6), 1)
    for records, seconds in (
        ((POSITION, newer, first, second), -3),
        ((POSITION, newer, second, first), 6),
        ((POSITION, newer, SOS, second), 0),
        ((POSITION, newer, unset, first), -3),
        ((POSITION, newer, unset), 30),
    ):
        (got,) = read(*records)
        assert (got.time, got.fix, len(got.alarms)) == (later(seconds), fix(), len(records) - 2)


def test_what_joins_goes_by_the_time_a_report_was_made_with() -> None:
    """Not by that of what joined before; and the order is that of the times in the end."""
    towers = (CellTower(732, 101, 7, 8, -71),)
    got = read(
        POSITION, xexun3.wifi(later(50), []), xexun3.cell(later(61), Cell(732, 101, 7, 8)), xexun3.alarm(later(40), 1)
    )
    assert got == [at(40, cells=towers, alarms=(Alarm.SOS,), codes=("1",)), at(50, fix=fix())]


def test_last_time_of_all_beside_none_is_one() -> None:
    """A minute before all bits are set."""
    last = datetime.fromtimestamp(0xFFFFFFFE, UTC)
    (got,) = read(position(UNSET, 47.5, 8.5, 5.0, 9, 10, 20, 30), xexun3.wifi(last, []), xexun3.alarm(last, 1))
    assert (got.time, got.alarms) == (last, (Alarm.SOS,))


def test_positions_of_one_second_are_one() -> None:
    """One without a fix takes nothing away."""
    assert read(POSITION, gps(TIME, None)) == [at(fix=fix())]
    assert read(gps(TIME, None), POSITION) == [at(fix=fix())]
    assert read(POSITION, POSITION) == [at(fix=fix())]


def test_record_without_time_belongs_to_the_newest() -> None:
    """An alarm, although its time is not available."""
    unset = record(0x69, UNSET + b"\x01\0")
    assert read(unset, POSITION) == [sos(fix=fix())]
    assert read(unset) == [report(alarms=(Alarm.SOS,), codes=("1",))]
    assert read(unset, status()) == [report(alarms=(Alarm.SOS,), codes=("1",), readings=NOTHING_MEASURED)]


def test_result_of_a_command_is_text_and_never_answered() -> None:
    """Without the NUL that some firmware puts behind it."""
    expected = [report(text="tk=2,60,2,0,0,180,10", answer=Answer("tk"))]
    for body in (b"tk=2,60,2,0,0,180,10", b"tk=2,60,2,0,0,180,10\0", b"tk=2,60,2,0,0,180,10\r\n"):
        data = encode(IMEI, 1, body, kind=COMMAND)
        assert feed(data) == expected
        assert replies(data) == b""
    assert feed(encode(IMEI, 1, kind=COMMAND)) == [report(answer=Answer())]
    assert feed(encode(IMEI, 1, b"ok \xff", kind=COMMAND)) == [report(text="ok \ufffd", answer=Answer())]
    assert replies(encode(IMEI, 1, kind=COMMAND)) == b""


def test_keep_alive_is_greeted() -> None:
    """Also if nobody takes its reports: it carries none."""
    data = encode(IMEI, 0xE8)
    assert feed(data) == [report()]
    assert replies(data) == replies(data, acknowledge=False) == ACKNOWLEDGEMENT


@pytest.mark.parametrize(
    "records",
    [
        (POSITION, status()),
        (SOS,),
        (record(0x7F, b"\x01"),),
        (record(0x64, b"\x01"),),
        (b"\x69",),
        (POSITION[:-1],),
        (gps(TIME, None),),
    ],
)
def test_every_frame_of_data_is_acknowledged(records: tuple[bytes, ...]) -> None:
    """Unknown or damaged, or it would come for ever; but not if nobody takes what it says."""
    data = encode(IMEI, 0xE8, *records)
    assert replies(data) == ACKNOWLEDGEMENT
    assert replies(data, acknowledge=False) == b""


def test_each_frame_is_acknowledged_by_its_sequence() -> None:
    """In their order, and a repeated one again."""
    frames = [encode(IMEI, sequence, SOS) for sequence in (254, 255, 0, 0)]
    answer = replies(b"".join(frames))
    acknowledgements = [answer[begin : begin + 22] for begin in range(0, len(answer), 22)]
    assert [reply[5] for reply in acknowledgements] == [254, 255, 0, 0]
    assert all(acknowledges(reply, frame) for reply, frame in zip(acknowledgements, frames, strict=True))


def test_acknowledgement_tells_the_time_wherever_home_is() -> None:
    """It is the same moment in every zone, and fractions of a second are dropped."""
    protocol = Xexun3()
    home = (NOW + timedelta(milliseconds=999)).astimezone(timezone(timedelta(hours=-5)))
    assert protocol.feed(WHOLE, home) == feed(WHOLE)
    assert protocol.data_to_send() == ACKNOWLEDGEMENT


def test_frame_with_a_wrong_crc_is_neither_read_nor_acknowledged() -> None:
    """Whichever of its bits flipped, so that it comes again; the next one is read."""
    good = encode(IMEI, 1, SOS)
    for place in range(len(WHOLE) * 8):
        data = bytearray(WHOLE)
        data[place // 8] ^= 1 << place % 8
        protocol = Xexun3()
        assert protocol.feed(bytes(data) + good, NOW) + protocol.settle(NOW) == [sos()], place
        answer = protocol.data_to_send()
        assert len(answer) == 22
        assert acknowledges(answer, good)


@pytest.mark.parametrize(
    "short",
    [
        record(0x64, POSITION[2:34]),
        record(0x65, xexun3.seconds(TIME)),
        record(0x66, xexun3.cell(TIME, Cell(732, 101, 7, 8))[2:18]),
        record(0x68, xexun3.seconds(TIME) + b"\x02"),
        record(0x69, xexun3.seconds(TIME)),
        record(0x6A, status()[2:17]),
        record(0x6E, xexun3.version()[2:44]),
    ],
)
def test_record_that_is_too_short_costs_itself(short: bytes) -> None:
    """And is counted; an SOS is told all the same."""
    protocol = Xexun3()
    assert protocol.feed(encode(IMEI, 1, short, SOS), NOW) == [sos()]
    assert protocol.damaged == 1
    assert protocol.feed(encode(IMEI, 1, short), NOW) == []
    assert protocol.damaged == 2


@pytest.mark.parametrize("cut", range(1, len(POSITION)))
def test_record_that_reaches_beyond_the_body_costs_itself(cut: int) -> None:
    """A damaged position never becomes a wrong one."""
    protocol = Xexun3()
    assert protocol.feed(encode(IMEI, 1, SOS, POSITION[:cut]), NOW) == [sos()]
    assert protocol.damaged == 1


def test_identity_must_be_an_imei() -> None:
    """A nibble 0 and digits; without them nobody said anything."""
    protocol = Xexun3()
    content = WHOLE[3:-3]
    assert protocol.feed(enclose(content.replace(b"\x08\x61", b"\x08\xa1")), NOW) == []
    assert protocol.feed(enclose(content.replace(b"\x08\x61", b"\x18\x61")), NOW) == []
    assert protocol.damaged == 2
    assert protocol.device_id is None


FRAMES = [
    WHOLE,
    encode(IMEI, 0xFC, SOS),
    encode(IMEI, 2),
    encode(IMEI, 3, record(0x7F, encode(IMEI, 4, SOS)), status()),
    encode(IMEI, 5, b"ok", kind=COMMAND),
]
EXPECTED = [feed(data)[0] for data in FRAMES]


def test_frames_are_read_whatever_the_pieces() -> None:
    """Cut in two at every byte, and fed byte by byte."""
    data = b"".join(FRAMES)
    for cut in range(len(data) + 1):
        assert outcome([data[:cut], data[cut:]]) == (EXPECTED, 0, False)
    assert outcome(single(data)) == (EXPECTED, 0, False)


@pytest.mark.parametrize("noise", [b"\xfc", b"\xcf", b"\r\n", b"\xfc\0\x0b\x03", b"\xfc\x04\x47\x03\x20", b"\0" * 500])
def test_noise_is_passed_over(noise: bytes) -> None:
    """In front of frames and between them."""
    data = noise + noise.join(FRAMES) + noise
    assert outcome([data]) == outcome(single(data)) == (EXPECTED, 0, False)


@pytest.mark.parametrize(
    "head",
    [
        b"\xfc\x04\x47\x03\x20",  # longer than any frame
        b"\xfc\x00\x0a\x03\x20",  # shorter than any
        b"\xfc\x00\x49\x04\x20",
        b"\xfc\x00\x49\x03\x22",
    ],
)
def test_what_begins_no_frame_delays_none(head: bytes) -> None:
    """Although the first bytes of it are those of one."""
    assert feed(head + WHOLE) == EXPECTED[:1]


@pytest.mark.parametrize("kind", [b"\x04\x20", b"\x03\x22"])
def test_other_versions_and_types_are_no_frames(kind: bytes) -> None:
    """Even if their CRC is right: nobody knows what they mean."""
    data = enclose(kind + WHOLE[5:-3])
    assert outcome([data + WHOLE]) == (EXPECTED[:1], 0, False)
    assert replies(data) == b""


def test_wrong_length_holds_up_no_frame_for_long() -> None:
    """Silence ends the wait, or the bytes that it waits for."""
    stuck = b"\xfc\x03\xe8" + WHOLE[3:]
    protocol = Xexun3()
    assert protocol.feed(stuck + WHOLE, NOW) == []
    assert protocol.settle(NOW) == EXPECTED[:1]
    assert acknowledges(protocol.data_to_send(), WHOLE)
    assert not protocol.held

    assert protocol.feed(stuck, NOW) == protocol.settle(NOW) == []
    assert protocol.feed(WHOLE * 10, NOW) == []
    assert protocol.feed(WHOLE * 2, NOW) == EXPECTED[:1] * 12


def test_slow_frame_is_read_when_it_is_whole() -> None:
    """Silence alone does not end it."""
    protocol = Xexun3()
    for cut in range(1, len(WHOLE)):
        assert protocol.feed(WHOLE[:cut], NOW) == protocol.settle(NOW) == []
        assert protocol.feed(WHOLE[cut:], NOW) == EXPECTED[:1]
        assert protocol.feed(WHOLE[:cut], NOW, final=True) == []
        assert not protocol.held


def test_longest_frame_is_read_and_no_longer_one() -> None:
    """Whole or in pieces."""
    rest = Xexun3.max_frame - 17 - len(SOS)
    filler = [record(0x7F, b"\xfc" * 253)] * 4
    longest = encode(IMEI, 1, SOS, *filler, record(0x7F, b"\xfc" * (rest - 4 * 255 - 2)))
    assert len(longest) == Xexun3.max_frame
    assert outcome([longest]) == outcome(single(longest)) == ([sos()], 0, False)
    longer = encode(IMEI, 1, SOS, *filler, record(0x7F, b"\xfc" * (rest - 4 * 255 - 1)))
    assert outcome([longer, WHOLE]) == outcome(single(longer + WHOLE)) == ([], 0, True)


@pytest.mark.parametrize(
    "noise", [b"\xfc", b"\xff", b"\0", b"\xfc\0\x0b\x03\x20", b"\xfc\x03\xff\x03\x20\xcf", WHOLE[:-1]]
)
def test_endless_noise_is_refused(noise: bytes) -> None:
    """After the bound, however it arrives."""
    data = noise * (Xexun3.max_frame // len(noise) + 1)
    assert outcome([data]) == outcome(single(data)) == ([], 0, True)
    assert outcome([data + WHOLE]) == ([], 0, True)


@pytest.mark.parametrize(
    "head",
    [
        b"\xfc\0\x0b\x03\x20",
        b"\xfc\0\xff\x03\x21",
        b"\xfc\x01\0\x03\x20",
        b"\xfc\x03\xff\x03\x20",
        b"\xfc\x04\x46\x03\x20",
    ],
)
def test_match_claims_five_bytes(head: bytes) -> None:
    """And whatever follows; fewer are not enough."""
    assert {Xexun3.match(head[:size]) for size in range(5)} == {Match.MAYBE}
    assert Xexun3.match(head) is Xexun3.match(head + b"\0" * 99) is Match.YES


@pytest.mark.parametrize(
    "head",
    [
        b"\xfb",
        b"\xfa\xaf",
        b"\xfc\x05",
        b"\xfc\xfc",
        b"\xfc\0\x0a",
        b"\xfc\x04\x47",
        b"\xfc\0\x0b\x02",
        b"\xfc\0\x0b\x03\x22",
        b"\xfc\0\x0b\x03\x07",
        b"xx",
        b"#8",
        b"GPRMC",
        b"\x7e",
    ],
)
def test_match_refuses_other_protocols(head: bytes) -> None:
    """As soon as the last of these bytes is there."""
    assert Xexun3.match(head) is Match.NO
    assert Xexun3.match(head + WHOLE) is Match.NO


def test_random_values_are_read_as_they_were_sent() -> None:
    """In all four hemispheres."""
    chance = Random("values")
    for _ in range(500):
        fields = [chance.randrange(255), chance.randrange(2000), chance.randrange(3600), chance.randrange(1, 3000)]
        latitude, longitude = chance.uniform(-90, 90), chance.uniform(-180, 180)
        time = datetime.fromtimestamp(chance.randrange(0xFFFFFFFF), UTC)
        satellites, speed, course, accuracy = fields
        expected = Fix(latitude, longitude, time, 5.0, speed / 10, course / 10, satellites, None, accuracy / 10)
        got = read(position(xexun3.seconds(time), latitude, longitude, 5.0, *fields))
        assert got == [report(time=time, fix=expected)]


def test_damage_raises_frame_error_or_nothing() -> None:
    """And pieces of any size say what the whole says; random records, their CRC right, raise nothing."""
    chance = Random("damage")
    for _ in range(1500):
        data = bytearray(b"".join(chance.sample(FRAMES, 3)))
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.choice((1, 2, 30))]
                case 2:
                    data[place:place] = chance.choice(
                        (b"\xfc", b"\xcf", b"\xfc\0\x20\x03\x20", b"\xff" * 40, b"\0" * 1100)
                    )
                case 3:
                    data[place:place] = data[: chance.randrange(60)]
        assert outcome([bytes(data)]) == outcome(single(bytes(data)))
    for _ in range(3000):
        body = b"".join(
            record(chance.randrange(0x62, 0x70), chance.randbytes(chance.randrange(60)))[: chance.randrange(1, 62)]
            for _ in range(chance.randint(1, 5))
        )
        protocol = Xexun3()
        reports = protocol.feed(encode(IMEI, 1, body), NOW)
        assert protocol.damaged == 1 or reports
        assert len(protocol.data_to_send()) == 22


def single(data: bytes) -> list[bytes]:
    """Return bytes one by one."""
    return [bytes([byte]) for byte in data]


def outcome(pieces: Iterable[bytes]) -> tuple[list[Report], int, bool]:
    """Return the reports of a stream that then falls silent, the damaged frames and whether the peer was given up."""
    protocol = Xexun3()
    reports: list[Report] = []
    try:
        for piece in [*pieces, b""]:
            reports += protocol.feed(piece, NOW)
            assert protocol.held <= Xexun3.max_frame + 1
        reports += protocol.settle(NOW)
    except FrameError:
        return reports, protocol.damaged, True
    return reports, protocol.damaged, False
