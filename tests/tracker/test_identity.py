"""Which ids name one device."""

import pytest

from custom_components.plaspy_trackers.tracker.identity import is_same_device
from tests.tracker import IMEI


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (IMEI, IMEI, True),
        ("0" + IMEI, IMEI, True),
        (IMEI, IMEI[4:14], True),
        (IMEI[-11:], IMEI, True),
        ("0" + IMEI[-11:], IMEI, True),
        (IMEI, IMEI[-9:], False),
        (IMEI, "861234050000025", False),
        ("012345678901234", "12345678901234", True),
        ("012345678901234", "4567890123", True),
        ("", "", True),
    ],
)
def test_ids_of_one_device_are_recognised_in_every_form(one: str, other: str, same: bool) -> None:
    assert is_same_device(one, other) is same
    assert is_same_device(other, one) is same
