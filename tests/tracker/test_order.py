"""Reports count by their own time, in whatever order they arrive."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import timedelta
from itertools import permutations

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Readings, Report
from custom_components.plaspy_trackers.tracker import Tracker, Value
from tests.tracker import IMEI, NOW, fix_at, north, report_at


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
    stored = NOW - timedelta(minutes=16)
    update = tracker.apply(report_at(stored, fix=fix_at(stored), alarms=(Alarm.SOS,), buffered=True), NOW)
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


T = [NOW + timedelta(minutes=minute) for minute in range(6)]

#: Reports that come to the same in each order.
ORDERLY = {
    "taken off and put on": (
        report_at(T[0], readings=Readings(heart_rate=70, body_temperature=36.5)),
        report_at(T[1], readings=Readings(worn=False)),
        report_at(T[2], readings=Readings(worn=True)),
    ),
    "removed and felt": (
        report_at(T[0], readings=Readings(heart_rate=70)),
        report_at(T[1], alarms=(Alarm.REMOVED,)),
        report_at(T[2], readings=Readings(systolic=120, diastolic=80)),
        report_at(T[3], readings=Readings(heart_rate=None)),
    ),
    "off, felt, off": (
        report_at(T[0], readings=Readings(worn=False)),
        report_at(T[1], readings=Readings(heart_rate=70)),
        report_at(T[2], readings=Readings(worn=False, heart_rate=70)),
        report_at(T[3], readings=Readings(blood_oxygen=97)),
    ),
    "looked for in vain": (
        report_at(T[0], readings=Readings(blood_oxygen=97)),
        report_at(T[1], readings=Readings(blood_oxygen=None)),
    ),
    "volts and percents": (
        report_at(T[0], readings=Readings(battery_voltage=3.8)),
        report_at(T[1], readings=Readings(battery_level=62, battery_voltage=3.8)),
        report_at(T[2], readings=Readings(battery_voltage=3.6)),
    ),
    "parts of fixes": (
        report_at(T[0], fix=fix_at(T[0], altitude=2.0, course=10.0)),
        report_at(T[1], fix=fix_at(T[1], north(40), altitude=90.0, course=190.0, speed=0.0)),
        report_at(T[2], fix=fix_at(T[2], north(90), speed=40.0)),
        report_at(T[3], fix=fix_at(T[3], north(60), altitude=99.0, satellites=3, speed=0.0)),
    ),
    "jump that is believed": (
        report_at(T[0], fix=fix_at(T[0], speed=3.0)),
        report_at(T[1], fix=fix_at(T[1], speed=4.0)),
        *(report_at(T[minute], fix=fix_at(T[minute], 60.0, hdop=minute)) for minute in (2, 3, 4)),
    ),
}


@pytest.mark.parametrize("reports", ORDERLY.values(), ids=ORDERLY)
def test_reports_come_to_the_same_in_each_order(reports: tuple[Report, ...]) -> None:
    def state_after(order: Iterable[Report]) -> tuple[dict[str, Value], Fix | None]:
        tracker = Tracker(IMEI)
        for report in order:
            tracker.apply(deepcopy(report), T[-1])
        tracker.acknowledge()
        tracker.tick(T[-1] + timedelta(minutes=2))
        return dict(tracker.values), tracker.fix

    expected = state_after(reports)
    for order in permutations(reports):
        assert state_after(order) == expected


def test_no_value_appears_that_was_only_looked_for() -> None:
    tracker = Tracker(IMEI)
    assert tracker.apply(report_at(T[1], readings=Readings(blood_oxygen=None)), T[1]).appeared == set()
    update = tracker.apply(report_at(T[0], readings=Readings(blood_oxygen=97)), T[1])
    assert update.appeared == {"blood_oxygen"}
    assert tracker.values["blood_oxygen"] is None


def test_of_two_values_of_one_time_the_last_to_arrive_counts() -> None:
    tracker = Tracker(IMEI)
    for pulse in (70, 71):
        tracker.apply(report_at(readings=Readings(heart_rate=pulse)), NOW)
    assert tracker.values["heart_rate"] == 71
