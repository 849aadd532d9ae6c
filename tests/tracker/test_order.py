"""Reports count by their own time, in whatever order they arrive."""

from datetime import timedelta

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Readings
from custom_components.plaspy_trackers.tracker import Tracker
from tests.tracker import IMEI, NOW, fix_at, report_at


@pytest.mark.parametrize("age", [1, 60, 86400])
def test_older_fix_does_not_move_the_tracker(age: int) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at(latitude=52.0), readings=Readings(battery_level=50)), NOW)
    old = NOW - timedelta(seconds=age)
    update = tracker.apply(report_at(old, fix=fix_at(old, latitude=53.0), readings=Readings(battery_level=99)), NOW)
    assert tracker.fix == fix_at(latitude=52.0)
    assert tracker.values["battery_level"] == 50
    # What lies between the two is a distance all the same, if there was time for it.
    assert update.changed == ({"distance_today", "odometer"} if age == 86400 else set())
    assert tracker.counts["late"] == 1


def test_frame_that_is_sent_again_changes_nothing() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at(speed=3.0)), NOW)
    assert tracker.apply(report_at(fix=fix_at(speed=3.0)), NOW).changed == set()


def test_buffered_report_changes_no_live_state() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,), buffered=True), NOW)
    assert tracker.fix is None
    assert tracker.values["sos"] is False
    assert [heard.replayed for heard in update.alarms] == [True]


def test_fixes_are_ordered_by_their_own_time_not_by_that_of_a_login() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(None), NOW)
    earlier = NOW - timedelta(hours=3)
    tracker.apply(report_at(earlier, fix=fix_at(earlier)), NOW)
    assert tracker.fix == fix_at(earlier)


def test_fix_counts_that_is_newer_than_the_last_though_its_report_is_not() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at()), NOW)
    measured, moved = NOW + timedelta(seconds=60), NOW + timedelta(seconds=55)
    tracker.apply(report_at(measured, readings=Readings(heart_rate=70)), measured)
    update = tracker.apply(
        report_at(moved, fix=fix_at(moved, latitude=53.0), readings=Readings(heart_rate=90)), measured
    )
    assert tracker.fix == fix_at(moved, latitude=53.0)
    assert "position" in update.changed
    assert tracker.values["heart_rate"] == 70


def test_report_that_tells_the_time_of_the_last_fix_counts() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at()), NOW)
    later = NOW + timedelta(minutes=10)
    tracker.apply(report_at(later, readings=Readings(heart_rate=70)), later)
    tracker.apply(report_at(NOW, readings=Readings(battery_level=60, worn=False)), later)
    assert tracker.values["battery_level"] == 60
    assert tracker.values["heart_rate"] is None
    # It moves no clock back.
    tracker.apply(report_at(NOW + timedelta(minutes=5), readings=Readings(battery_level=99)), later)
    assert tracker.values["battery_level"] == 60
