"""The status word of h02: what is the case, and what raises an alarm."""

from datetime import UTC, datetime

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm
from custom_components.plaspy_trackers.gateway.protocols.h02 import H02
from tests.simulator.encoders import h02
from tests.simulator.route import Position

ID = "8612340501"
TIME = datetime(2026, 2, 27, 23, 30, 45, tzinfo=UTC)
PLACE = Position(latitude=-36.5, longitude=174.75, altitude=0.0, speed=18.52, course=90.0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0xFFFFFFFF, {"ignition": True, "armed": False, "immobilized": False}),
        (0xFFFFFBFF, {"ignition": False, "armed": False, "immobilized": False}),
        (0xFFFFF9FF, {"ignition": False, "armed": True, "immobilized": False}),
        (0xF7FFFFFF, {"ignition": True, "armed": False, "immobilized": True}),
    ],
)
def test_status(word: int, expected: dict[str, object]) -> None:
    (told,) = H02().feed(h02.location(ID, TIME, PLACE, status=word), TIME)
    assert told.readings == expected


BITS = {
    0: Alarm.VIBRATION, 1: Alarm.SOS, 2: Alarm.OVERSPEED, 18: Alarm.SOS, 19: Alarm.POWER_CUT,
}  # fmt: skip
PUBLISHED = {
    3: Alarm.OTHER, 4: Alarm.GEOFENCE_ENTER, 5: Alarm.FAULT, 6: Alarm.FAULT, 7: Alarm.GEOFENCE_EXIT, 8: Alarm.DOOR,
    14: Alarm.OTHER, 15: Alarm.OVERSPEED, 16: Alarm.FAULT, 20: Alarm.POWER_CUT, 21: Alarm.FAULT, 22: Alarm.FAULT,
    24: Alarm.TEMPERATURE, 25: Alarm.TAMPER, 26: Alarm.OTHER, 28: Alarm.POWER_CUT, 29: Alarm.OTHER, 30: Alarm.OTHER,
    31: Alarm.OTHER,
}  # fmt: skip


def alarms(peer: H02, word: int, device_id: str = ID) -> list[tuple[Alarm, str]]:
    """Return the alarms and codes that a status word raises."""
    (told,) = peer.feed(h02.location(device_id, TIME, PLACE, status=word), TIME)
    return list(zip(told.alarms, told.codes, strict=True))


@pytest.mark.parametrize("bit", range(32))
def test_bit_that_becomes_zero(bit: int) -> None:
    word = 0xFFFFFBFF & ~(1 << bit)
    expected = [((BITS | PUBLISHED)[bit], str(bit))] if bit in BITS | PUBLISHED else []
    peer = H02()
    assert alarms(peer, 0xFFFFFBFF) == []
    assert alarms(peer, word) == expected
    # As long as it is so it is told once.
    assert alarms(peer, word) == []
    assert alarms(peer, 0xFFFFFBFF) == []
    assert alarms(peer, word) == expected


@pytest.mark.parametrize("bit", range(32))
def test_first_status(bit: int) -> None:
    expected = [(BITS[bit], str(bit))] if bit in BITS and bit != 18 else []
    assert alarms(H02(), 0xFFFFFBFF & ~(1 << bit)) == expected


def test_words_that_copies_keep() -> None:
    for word in (0xFFFBFFFF, 0xFFFBFBFF, 0xFFE7FBFF):
        assert alarms(H02(), word) == []
        assert alarms(H02(), word & ~2) == [(Alarm.SOS, "1")]
    peer = H02()
    assert alarms(peer, 0xFFFFFBFF) == []
    assert alarms(peer, 0xFFFBFBFF) == [(Alarm.SOS, "18")]


def test_several_bits_at_once() -> None:
    peer = H02()
    assert alarms(peer, 0xFFFFFBFF) == []
    expected = [(Alarm.SOS, "1"), (Alarm.POWER_CUT, "19"), (Alarm.DOOR, "8")]
    assert alarms(peer, 0xFFF7FAFD) == expected


def test_other_tracker_of_a_connection_has_a_status_of_its_own() -> None:
    peer = H02()
    assert alarms(peer, 0xFFFFFBFD) == [(Alarm.SOS, "1")]
    assert alarms(peer, 0xFFFFFBFD, "8612340502") == [(Alarm.SOS, "1")]
