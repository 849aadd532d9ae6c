"""The binary frames of h02: what they mean, where they end, and whose bytes they are."""

from datetime import UTC, datetime

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, CellTower, Fix, Report
from custom_components.plaspy_trackers.gateway.protocols import Match, detect
from custom_components.plaspy_trackers.gateway.protocols.h02 import H02
from tests.simulator.encoders import h02
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
ID = "8612340501"
IMEI = "861234050000041"
TIME = datetime(2026, 2, 27, 23, 30, 45, tzinfo=UTC)
PLACE = Position(latitude=-36.5, longitude=174.75, altitude=0.0, speed=18.52, course=90.0)
PARKED = {"ignition": False, "armed": False, "immobilized": False}
CELL = Cell(732, 101, 160, 19342)
WIDE_REST = bytes.fromhex("ff01120064ba73005ecc")

SHORT = h02.binary(ID, TIME, PLACE)
WIDE = h02.binary(IMEI, TIME, PLACE, rest=WIDE_REST)
TEXT = h02.heartbeat(ID)


def long(signal: int = 31, satellites: int = 9) -> bytes:
    """Return a long frame."""
    return h02.binary(ID, TIME, PLACE, rest=h02.long_rest(CELL, signal=signal, satellites=satellites))


def report(device_id: str = ID, **more: object) -> Report:
    """Return the report of SHORT, with what differs."""
    what = {"time": TIME, "fix": fix(), "readings": PARKED} | more
    return Report(device_id, "h02", **what)  # type: ignore[arg-type]


def long_report(satellites: int | None = 9) -> Report:
    """Return the report of a long frame."""
    return report(
        readings=PARKED | {"signal_level": 100.0}, fix=fix(satellites), cells=(CellTower(732, 101, 160, 19342),)
    )


def fix(satellites: int | None = None) -> Fix:
    """Return the position of all of them."""
    return Fix(-36.5, 174.75, TIME, None, 10 * 1.852, 90.0, satellites)


def feed(data: bytes, *, final: bool = True) -> list[Report]:
    """Return the reports of a fresh connection, and of the silence behind it."""
    return H02().feed(data, NOW, final=final)


def test_all_three_lengths() -> None:
    assert [len(SHORT), len(WIDE), len(long())] == [32, 42, 45]
    assert feed(SHORT) == [report()]
    assert feed(WIDE) == [report(IMEI)]
    assert feed(long()) == [long_report()]


def test_nothing_is_answered() -> None:
    peer = H02()
    peer.feed(SHORT + WIDE + long(), NOW, final=True)
    assert peer.data_to_send() == b""


@pytest.mark.parametrize(("latitude", "north"), [(4.6583, 1), (-36.85061, -1), (0.5, 1), (-89.75, -1)])
@pytest.mark.parametrize(("longitude", "east"), [(74.0937, 1), (-174.75, -1), (0.25, 1), (-5.0, -1)])
def test_hemispheres(latitude: float, north: int, longitude: float, east: int) -> None:
    (told,) = feed(h02.binary(ID, TIME, Position(latitude, longitude, 0.0, 0.0, 276.0)))
    assert told.fix is not None
    assert (told.fix.latitude, told.fix.longitude) == pytest.approx((latitude, longitude), abs=1e-6)
    assert (told.fix.latitude * north > 0, told.fix.longitude * east > 0) == (True, True)
    assert (told.fix.speed, told.fix.course) == (0.0, 276.0)


def test_no_fix() -> None:
    assert feed(h02.binary(ID, TIME, PLACE, valid=False)) == [report(fix=None)]
    assert feed(h02.binary(ID, TIME, Position(0.0, 0.0, 0.0, 0.0, 0.0))) == [report(fix=None)]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        *((0, None), (1, 0), (2, 10), (3, 20), (4, 60), (5, 80), (6, 100), (7, 7), (0x60, 96), (100, 100)),
        *((101, None), (0xF0, None), (0xF1, 1), (0xF6, 6), (0xF7, None), (0xFF, None)),
    ],
)
def test_battery_code(code: int, level: float | None) -> None:
    more = {} if level is None else {"battery_level": level}
    assert feed(h02.binary(ID, TIME, PLACE, battery=code)) == [report(readings=PARKED | more)]


def test_longer_rest() -> None:
    assert feed(long(signal=99, satellites=0)) == [
        report(cells=(CellTower(732, 101, 160, 19342),)),
    ]
    other = bytes([0x00, 0xBD, 0x10, 0x09]) + long()[33:]
    assert feed(SHORT[:29] + other) == [report(cells=(CellTower(732, 101, 160, 19342),))]
    for cell in (Cell(199, 1, 1, 1), Cell(800, 1, 1, 1), Cell(732, 101, 0, 7), Cell(732, 101, 7, 0)):
        (told,) = feed(h02.binary(ID, TIME, PLACE, rest=h02.long_rest(cell, signal=99, satellites=0)))
        assert told.cells == ()


def test_alarm_in_a_status() -> None:
    peer = H02()
    (told,) = peer.feed(h02.binary(ID, TIME, PLACE, status=0xFFFFFBFD), NOW, final=True)
    assert (told.alarms, told.codes) == ((Alarm.SOS,), ("1",))
    # The text of the same tracker goes on from there.
    assert peer.feed(h02.location(ID, TIME, PLACE, status=0xFFFFFBFD), NOW)[0].alarms == ()


@pytest.mark.parametrize("follower", [SHORT, WIDE, long(), TEXT, h02.location(ID, TIME, PLACE)])
def test_what_follows_tells_the_length(follower: bytes) -> None:
    follows = feed(follower)
    assert feed(SHORT + follower) == [report(), *follows]
    assert feed(long() + follower) == [long_report(), *follows]
    assert feed(WIDE + follower) == [report(IMEI), *follows]


def test_silence_tells_the_length() -> None:
    peer = H02()
    assert peer.feed(SHORT, NOW) == []
    assert peer.settle(NOW) == [report()]
    assert peer.feed(long()[:-1], NOW) == []
    assert peer.feed(long()[-1:], NOW) == [long_report()]
    assert not peer.held


@pytest.mark.parametrize("satellites", [0x24, 0x2A])
def test_as_many_satellites_as_a_frame_has_for_its_first_byte(satellites: int) -> None:
    frame = long(satellites=satellites)
    expected = long_report(satellites)
    assert feed(frame) == [expected]
    for follower in (SHORT, WIDE, long(), TEXT):
        assert feed(frame + follower) == [expected, *feed(follower)]


def test_what_begins_with_x_is_passed_over() -> None:
    other = b"X" + SHORT[1:]
    assert feed(SHORT + other + SHORT) == [report(), report()]
    assert feed(long() + other + TEXT) == [long_report(), *feed(TEXT)]


def test_byte_behind_the_longer_rest_is_passed_over() -> None:
    assert feed(long() + b" " + long()) == [long_report(), long_report()]


@pytest.mark.parametrize("frame", [SHORT, WIDE, long()])
def test_claim_is_made_where_the_status_begins(frame: bytes) -> None:
    size = 28 if frame is WIDE else 25
    assert {H02.match(frame[:end]) for end in range(size)} == {Match.MAYBE}
    assert {H02.match(frame[:end]) for end in range(size, len(frame) + 1)} == {Match.YES}
    assert detect(frame) is H02


#: Where a byte stands, and what it cannot be: an hour, a minute, a second, a day, a month; a digit that is none;
#: degrees and minutes beyond their range.
IMPOSSIBLE = [
    (1, 0xA0), (5, 0x0A), (6, 0x24), (7, 0x60), (8, 0x60), (9, 0x00), (9, 0x32), (10, 0x00), (10, 0x13), (11, 0xAA),
    (12, 0x91), (13, 0x60), (17, 0x19), (18, 0x46), (21, 0xA0), (22, 0x0A), (24, 0xF0),
]  # fmt: skip


@pytest.mark.parametrize(("index", "value"), IMPOSSIBLE)
def test_what_cannot_be_a_frame_is_not_claimed(index: int, value: int) -> None:
    damaged = SHORT[:index] + bytes([value]) + SHORT[index + 1 :]
    assert H02.match(damaged) is Match.NO
    assert feed(damaged) == []


@pytest.mark.parametrize("head", [b"$$\0x\x60\x28\x26\x46\x14\xff\xff", b"$GPRMC,", b"$\xff", b"$1234567890"])
def test_other_dollars_are_left_alone(head: bytes) -> None:
    assert H02.match(head + b"0" * 30) is Match.NO
