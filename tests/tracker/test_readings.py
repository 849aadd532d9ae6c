"""What a tracker measured, and what is known because of it."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, FixSource, Readings
from custom_components.plaspy_trackers.tracker import Tracker
from tests.tracker import IMEI, NOW, fix_at, report_at

VITALS = Readings(heart_rate=72, systolic=121, diastolic=79, blood_oxygen=98, body_temperature=36.6)


def test_report_sets_position_and_the_parts_of_its_fix() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(fix=fix_at(speed=4.5, hdop=1.2, satellites=9)), NOW)
    assert tracker.fix == fix_at(speed=4.5, hdop=1.2, satellites=9)
    told = {"speed", "hdop", "satellites"}
    known = {"last_fix", "position_source", "distance_today", "odometer"}
    assert update.changed == {"position", "last_seen", "online"} | told | known
    assert update.appeared == told | known
    assert {key: tracker.values[key] for key in ("last_seen", *known)} == {
        "last_seen": NOW,
        "last_fix": NOW,
        "position_source": FixSource.GNSS,
        "distance_today": 0.0,
        "odometer": 0.0,
    }


def test_report_in_which_nothing_changed_changes_nothing() -> None:
    tracker = Tracker(IMEI)
    readings = Readings(battery_level=80)
    tracker.apply(report_at(fix=fix_at(speed=0.0), readings=readings), NOW)
    later = NOW + timedelta(seconds=10)
    update = tracker.apply(report_at(later, fix=fix_at(later, speed=0.0), readings=readings), later)
    assert update.changed == set()
    assert tracker.path.place.time == later


@pytest.mark.parametrize(
    "off",
    [
        {"readings": Readings(worn=False)},
        {"alarms": (Alarm.REMOVED,)},
        {"readings": Readings(worn=False, heart_rate=72)},
    ],
    ids=["worn", "alarm", "last value"],
)
def test_watch_that_is_taken_off_knows_nothing_of_a_body(off: dict[str, Any]) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(**VITALS, steps=4321)), NOW)
    later = NOW + timedelta(seconds=10)
    update = tracker.apply(report_at(later, **off), later)
    assert all(tracker.values[key] is None for key in VITALS)
    assert update.changed >= VITALS.keys()
    assert tracker.values["steps"] == 4321


def test_removed_watch_is_not_worn_and_a_removed_box_says_nothing_of_it() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(alarms=(Alarm.REMOVED,)), NOW)
    assert "worn" not in tracker.values
    tracker.apply(report_at(readings=VITALS), NOW)
    assert tracker.values["worn"] is True
    tracker.apply(report_at(alarms=(Alarm.REMOVED,), readings=Readings(battery_level=50)), NOW)
    assert tracker.values["worn"] is False


def test_watch_that_finds_no_pulse_shows_none() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=VITALS), NOW)
    later = NOW + timedelta(seconds=10)
    update = tracker.apply(report_at(later, readings=Readings(heart_rate=None)), later)
    assert update.changed == {"heart_rate"}
    assert tracker.values["heart_rate"] is None
    assert tracker.values["systolic"] == 121


def test_value_that_was_never_there_does_not_appear_as_unknown() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(readings=Readings(heart_rate=None, worn=False), alarms=(Alarm.REMOVED,)), NOW)
    assert update.appeared == {"worn", "removed"}
    assert "heart_rate" not in tracker.values


def test_pulse_proves_that_a_watch_is_worn_again() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(worn=False)), NOW)
    tracker.apply(report_at(readings=Readings(body_temperature=25.0)), NOW)
    assert tracker.values["worn"] is False
    tracker.apply(report_at(readings=Readings(heart_rate=70)), NOW)
    assert tracker.values["worn"] is True


def test_removal_that_is_told_again_does_not_take_a_watch_off_again() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(None, readings=Readings(heart_rate=70)), NOW)
    for pulse in (None, 71):
        tracker.apply(report_at(alarms=(Alarm.REMOVED,), readings=Readings(worn=False)), NOW)
        assert tracker.values["heart_rate"] == pulse
        tracker.apply(report_at(None, readings=Readings(heart_rate=71)), NOW)
        assert tracker.values["worn"] is True


def test_oxygen_alone_proves_no_wrist() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(worn=False)), NOW)
    tracker.apply(report_at(readings=Readings(blood_oxygen=95)), NOW)
    assert tracker.values["worn"] is False


def test_late_report_does_not_take_a_watch_off() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=VITALS), NOW)
    tracker.apply(report_at(NOW - timedelta(hours=1), alarms=(Alarm.REMOVED,), readings=Readings(worn=False)), NOW)
    assert tracker.values["heart_rate"] == 72


def test_accuracy_is_that_of_the_last_fix() -> None:
    tracker = Tracker(IMEI)
    assert tracker.accuracy == 20.0
    tracker.apply(report_at(fix=fix_at(accuracy=42.0)), NOW)
    assert tracker.accuracy == 42.0


def test_battery_level_is_estimated_from_volts() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(battery_voltage=3.82)), NOW)
    assert tracker.values["battery_level"] == 50


def test_battery_level_that_is_measured_replaces_a_newer_estimate() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(battery_voltage=3.82)), NOW)
    assert not tracker.measures("battery_level")
    tracker.apply(report_at(NOW - timedelta(minutes=5), readings=Readings(battery_level=61)), NOW)
    assert tracker.measures("battery_level")
    assert tracker.values["battery_level"] == 61


def test_battery_level_that_is_measured_is_not_overwritten_by_an_estimate() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(battery_level=77, battery_voltage=3.6)), NOW)
    tracker.apply(report_at(NOW + timedelta(seconds=1), readings=Readings(battery_voltage=3.6)), NOW)
    assert tracker.values["battery_level"] == 77


@pytest.mark.parametrize(
    ("minute", "news"), [(6, True), (None, True), (5, False), (4, False)], ids=["next", "no time", "again", "older"]
)
def test_pulse_that_is_measured_again_and_is_the_same_is_news(minute: int | None, news: bool) -> None:
    tracker = Tracker(IMEI)
    told = NOW + timedelta(minutes=5)
    tracker.apply(report_at(told, readings=Readings(heart_rate=130)), told)
    time = None if minute is None else NOW + timedelta(minutes=minute)
    update = tracker.apply(report_at(time, readings=Readings(heart_rate=130)), told + timedelta(minutes=1))
    assert update.changed == ({"heart_rate"} if news else set())


def test_pulse_that_is_looked_for_in_vain_again_is_no_news() -> None:
    tracker = Tracker(IMEI)
    for minute, pulse, changed in ((0, 130, True), (1, None, True), (2, None, False)):
        time = NOW + timedelta(minutes=minute)
        update = tracker.apply(report_at(time, readings=Readings(heart_rate=pulse)), time)
        assert ("heart_rate" in update.changed) is changed
