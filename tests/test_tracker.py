"""Which report counts, and what is known because of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings, Report
from custom_components.plaspy_trackers.tracker import FIRST_KEYS, Tracker, Update
from custom_components.plaspy_trackers.tracker.alarms import Latch
from custom_components.plaspy_trackers.tracker.identity import is_same_device
from custom_components.plaspy_trackers.tracker.rules import estimate_battery_level

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
IMEI = "861234050000017"


def fix_at(time: datetime = NOW, latitude: float = 52.0, **parts: Any) -> Fix:
    return Fix(latitude, 4.9, time, **parts)


def report_at(time: datetime | None = NOW, *, fix: Fix | None = None, **parts: Any) -> Report:
    return Report(IMEI, "gotop", time, fix, **parts)


def test_tracker_that_was_never_heard_is_offline_and_nowhere() -> None:
    tracker = Tracker(IMEI)
    assert tracker.fix is None
    assert tracker.values == {"last_seen": None, "online": False, "sos": False}
    assert tracker.keys == set(FIRST_KEYS)


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


def test_login_proves_presence_and_nothing_else() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(None), NOW)
    assert update.changed == {"online", "last_seen"}
    assert tracker.fix is None


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


@pytest.mark.parametrize(
    ("time", "corrected"),
    [
        (datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2007, 4, 6, tzinfo=UTC), True),
        (NOW + timedelta(days=1, seconds=1), True),
        (NOW + timedelta(hours=23), False),
        (datetime(2020, 1, 1, tzinfo=UTC), False),
    ],
)
def test_clock_that_is_unset_or_rolled_over_is_replaced_by_the_arrival(time: datetime, corrected: bool) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(time, fix=fix_at(time)), NOW)
    assert tracker.fix is not None
    assert tracker.fix.time == (NOW if corrected else time)
    assert tracker.counts["clock_corrected"] == corrected


def test_sos_without_a_fix_is_heard_and_stays_until_acknowledged() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(alarms=(Alarm.SOS,), codes=("A",)), NOW)
    assert "sos" in update.changed
    assert [(heard.alarm, heard.code, heard.replayed) for heard in update.alarms] == [(Alarm.SOS, "A", False)]
    tracker.apply(report_at(NOW + timedelta(minutes=1), fix=fix_at(NOW + timedelta(minutes=1))), NOW)
    assert tracker.values["sos"] is True
    assert tracker.acknowledge().changed == {"sos"}
    assert tracker.values["sos"] is False


def test_second_sos_without_a_fix_is_a_new_one_though_its_time_is_stale() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(alarms=(Alarm.SOS,)), NOW)
    tracker.acknowledge()
    update = tracker.apply(report_at(alarms=(Alarm.SOS,)), NOW + timedelta(minutes=30))
    assert not update.alarms[0].replayed
    assert tracker.values["sos"] is True


def test_sos_frame_that_is_sent_again_is_no_alarm_and_does_not_undo_the_acknowledgement() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,)), NOW)
    tracker.acknowledge()
    update = tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,)), NOW)
    assert not update.alarms
    assert tracker.counts["resent"] == 1
    assert tracker.values["sos"] is False


@pytest.mark.parametrize("lead", [timedelta(minutes=10), timedelta(hours=8), timedelta(hours=23)])
def test_clock_that_ran_ahead_does_not_outrank_the_time_once_it_is_right(lead: timedelta) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(NOW + lead, fix=fix_at(NOW + lead, latitude=52.0)), NOW)
    later = NOW + timedelta(minutes=1)
    update = tracker.apply(report_at(later, fix=fix_at(later, latitude=53.0), alarms=(Alarm.SOS,)), later)
    assert tracker.fix == fix_at(later, latitude=53.0)
    assert tracker.values["sos"] is True
    assert not update.alarms[0].replayed
    assert tracker.counts["clock_put_right"] == 1


def test_clock_that_always_runs_ahead_orders_as_any_other() -> None:
    tracker = Tracker(IMEI)
    ahead = NOW + timedelta(hours=8)
    tracker.apply(report_at(ahead, fix=fix_at(ahead, latitude=52.0)), NOW)
    older = ahead - timedelta(seconds=10)
    tracker.apply(report_at(older, fix=fix_at(older, latitude=53.0)), NOW)
    assert tracker.fix == fix_at(ahead, latitude=52.0)
    newer = ahead + timedelta(seconds=10)
    tracker.apply(report_at(newer, fix=fix_at(newer, latitude=54.0)), NOW)
    assert tracker.fix == fix_at(newer, latitude=54.0)


def test_stored_report_does_not_pass_for_a_clock_put_right() -> None:
    tracker = Tracker(IMEI)
    ahead = NOW + timedelta(hours=8)
    tracker.apply(report_at(ahead, fix=fix_at(ahead)), NOW)
    stored = NOW - timedelta(minutes=20)
    tracker.apply(report_at(stored, fix=fix_at(stored, latitude=53.0)), NOW)
    assert tracker.fix == fix_at(ahead)


def test_sos_without_a_fix_counts_though_it_tells_the_time_of_an_older_fix() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at()), NOW)
    update = tracker.apply(report_at(NOW - timedelta(hours=2), alarms=(Alarm.SOS,)), NOW)
    assert not update.alarms[0].replayed
    assert tracker.values["sos"] is True


@pytest.mark.parametrize(("age", "replayed"), [(timedelta(minutes=14), False), (timedelta(minutes=16), True)])
def test_sos_that_a_newer_report_overtook_counts_while_it_is_young(age: timedelta, replayed: bool) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at()), NOW)
    time = NOW - age
    update = tracker.apply(report_at(time, fix=fix_at(time, latitude=53.0), alarms=(Alarm.SOS,)), NOW)
    assert update.alarms[0].replayed is replayed
    assert tracker.values["sos"] is not replayed
    assert tracker.fix == fix_at()


@pytest.mark.parametrize(("waited", "replayed"), [(timedelta(minutes=10), False), (timedelta(hours=3), True)])
def test_sos_that_waited_for_its_tracker_to_be_added_is_old_after_a_while(waited: timedelta, replayed: bool) -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(alarms=(Alarm.SOS,)), NOW, NOW + waited)
    assert update.alarms[0].replayed is replayed
    assert tracker.values["sos"] is not replayed
    assert tracker.heard_at == NOW


def test_sos_frame_that_is_sent_again_after_a_restart_does_not_undo_the_acknowledgement() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,), codes=("A",)), NOW)
    tracker.acknowledge()
    restored = Tracker(IMEI)
    restored.restore(tracker.snapshot(), NOW)
    assert not restored.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,), codes=("A",)), NOW).alarms
    assert restored.values["sos"] is False


def test_sos_pressed_twice_in_one_second_is_one_that_was_told_twice() -> None:
    tracker = Tracker(IMEI)
    assert len(tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,), codes=("A",)), NOW).alarms) == 1
    update = tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.SOS,), codes=("KEY",)), NOW)
    assert update == Update(changed={"sos"})
    assert tracker.alarms.latches == {Alarm.SOS: Latch(NOW, NOW, 2)}


@pytest.mark.parametrize(
    ("minutes", "heard"),
    [([0, 3, 6, 9, 12, 15], [0]), ([0, 10, 20], [0]), ([0, 11], [0, 11]), ([0, 3, 14, 17, 60], [0, 14, 60])],
)
def test_sos_that_is_told_again_while_it_lasts_is_one(minutes: list[int], heard: list[int]) -> None:
    """But not a press of much later, which nobody who saw the first one expects."""
    tracker = Tracker(IMEI)
    alarmed = []
    for minute in minutes:
        time = NOW + timedelta(minutes=minute)
        if tracker.apply(report_at(time, fix=fix_at(time), alarms=(Alarm.SOS,)), time).alarms:
            alarmed.append(minute)
    assert alarmed == heard
    last = NOW + timedelta(minutes=minutes[-1])
    assert tracker.alarms.latches == {Alarm.SOS: Latch(NOW, last, len(minutes))}


@pytest.mark.parametrize("alarm", [Alarm.SOS, Alarm.FALL])
def test_alarm_after_the_one_before_was_acknowledged_is_another(alarm: Alarm) -> None:
    tracker = Tracker(IMEI)
    for second in (0, 5, 10):
        time = NOW + timedelta(seconds=second)
        assert tracker.apply(report_at(time, fix=fix_at(time), alarms=(alarm,)), time).alarms
        assert tracker.values[alarm] is True
        assert tracker.acknowledge().changed == {alarm}
        assert tracker.values[alarm] is False


def test_watch_that_is_still_off_after_that_was_acknowledged_raises_no_new_alarm() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(None, readings=Readings(heart_rate=70)), NOW)
    for minute in range(0, 30, 5):
        time = NOW + timedelta(minutes=minute)
        update = tracker.apply(report_at(time, alarms=(Alarm.REMOVED,)), time)
        assert bool(update.alarms) is (minute == 0)
        tracker.acknowledge()
    tracker.apply(report_at(None, readings=Readings(heart_rate=70)), time)
    assert tracker.apply(report_at(time + timedelta(minutes=1), alarms=(Alarm.REMOVED,)), time).alarms
    assert tracker.values["removed"] is True


def test_low_battery_told_with_every_position_is_one_alarm_and_every_crossed_fence_is_one() -> None:
    tracker = Tracker(IMEI)
    alarms = (Alarm.LOW_BATTERY, Alarm.GEOFENCE)
    heard = []
    for minute in range(0, 30, 5):
        time = NOW + timedelta(minutes=minute)
        heard += [one.alarm for one in tracker.apply(report_at(time, fix=fix_at(time), alarms=alarms), time).alarms]
    assert heard == [Alarm.LOW_BATTERY, *[Alarm.GEOFENCE] * 6]
    assert tracker.counts["repeated"] == 5


def test_acknowledging_one_alarm_leaves_the_others_on() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(alarms=(Alarm.SOS, Alarm.FALL)), NOW)
    assert tracker.acknowledge([Alarm.FALL]).changed == {"fall"}
    assert tracker.values["sos"] is True
    assert tracker.acknowledge([Alarm.FALL]).changed == set()


@pytest.mark.parametrize("fix", [None, fix_at()], ids=["no fix", "fix"])
def test_alarm_whose_acknowledgement_got_lost_is_one_alarm(fix: Fix | None) -> None:
    tracker = Tracker(IMEI)
    for _ in range(3):
        update = tracker.apply(report_at(fix=fix, alarms=(Alarm.SOS, Alarm.FALL)), NOW)
        assert bool(update.alarms) is (tracker.counts["resent"] == 0)
        assert tracker.values["sos"] is True
    assert tracker.counts["resent"] == 2
    assert tracker.alarms.latches[Alarm.SOS].count == 1


def test_alarm_that_is_sent_again_with_an_unset_clock_is_one_alarm() -> None:
    tracker = Tracker(IMEI)
    unset = datetime(2000, 1, 1, tzinfo=UTC)
    assert tracker.apply(report_at(unset, fix=fix_at(unset), alarms=(Alarm.FALL,)), NOW).alarms
    later = NOW + timedelta(seconds=20)
    assert not tracker.apply(report_at(unset, fix=fix_at(unset), alarms=(Alarm.FALL,)), later).alarms


def test_sos_without_a_fix_after_the_one_before_was_acknowledged_is_another() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(alarms=(Alarm.SOS,)), NOW)
    tracker.acknowledge()
    assert tracker.apply(report_at(alarms=(Alarm.SOS,)), NOW).alarms
    assert tracker.values["sos"] is True


@pytest.mark.parametrize(
    ("readings", "age"), [(Readings(battery_level=79), timedelta(seconds=1)), (Readings(), timedelta(minutes=4))]
)
def test_crossing_without_a_fix_that_differs_or_is_too_late_to_be_sent_again_is_another(
    readings: Readings, age: timedelta
) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(alarms=(Alarm.GEOFENCE,)), NOW)
    assert tracker.apply(report_at(alarms=(Alarm.GEOFENCE,), readings=readings), NOW + age).alarms


def test_time_in_which_an_alarm_is_sent_again_begins_with_the_first() -> None:
    tracker = Tracker(IMEI)
    heard = [
        bool(tracker.apply(report_at(alarms=(Alarm.GEOFENCE,)), NOW + timedelta(minutes=minute)).alarms)
        for minute in range(5)
    ]
    assert heard == [True, False, False, False, True]


def test_alarms_that_are_sent_again_in_any_order_and_over_a_restart_are_no_more() -> None:
    tracker = Tracker(IMEI)
    reports = [
        (NOW + timedelta(seconds=number), fix_at(NOW + timedelta(seconds=number)) if number % 2 else None)
        for number in range(12)
    ]
    for time, fix in reports:
        assert tracker.apply(report_at(time, fix=fix, alarms=(Alarm.GEOFENCE,)), NOW).alarms
    restored = Tracker(IMEI)
    restored.restore(tracker.snapshot(), NOW)
    for time, fix in reversed(reports):
        assert not restored.apply(report_at(time, fix=fix, alarms=(Alarm.GEOFENCE,)), NOW).alarms
    assert restored.counts["resent"] == 12


def test_second_press_before_there_is_a_newer_fix_is_another_sos() -> None:
    tracker = Tracker(IMEI)
    for second in (5, 45):
        time = NOW + timedelta(seconds=second)
        assert tracker.apply(report_at(time, fix=fix_at(), alarms=(Alarm.SOS,)), time).alarms
        assert tracker.values["sos"] is True
        tracker.acknowledge()


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


VITALS = Readings(heart_rate=72, systolic=121, diastolic=79, blood_oxygen=98, body_temperature=36.6)


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


@pytest.mark.parametrize(
    ("parts", "accuracy"),
    [
        ({}, 20.0),
        ({"hdop": 0.8}, 5.0),
        ({"hdop": 3.0}, 15.0),
        ({"accuracy": 42.0, "hdop": 1.0}, 42.0),
        ({"hdop": 0.0}, 20.0),
    ],
)
def test_accuracy_is_never_zero(parts: dict[str, Any], accuracy: float) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(fix=fix_at(**parts)), NOW)
    assert tracker.accuracy == accuracy


@pytest.mark.parametrize(
    ("volts", "level"), [(2.9, 0), (3.5, 0), (3.59, 5), (3.75, 30), (3.82, 50), (4.15, 100), (4.3, 100)]
)
def test_battery_level_is_estimated_from_volts(volts: float, level: int) -> None:
    assert estimate_battery_level(volts) == level
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(battery_voltage=volts)), NOW)
    assert tracker.values["battery_level"] == level


def test_battery_level_that_is_measured_is_not_overwritten_by_an_estimate() -> None:
    tracker = Tracker(IMEI)
    tracker.apply(report_at(readings=Readings(battery_level=77, battery_voltage=3.6)), NOW)
    tracker.apply(report_at(NOW + timedelta(seconds=1), readings=Readings(battery_voltage=3.6)), NOW)
    assert tracker.values["battery_level"] == 77


def test_snapshot_brings_everything_back() -> None:
    tracker = Tracker(IMEI)
    fix = Fix(52.0, 4.9, NOW, speed=3.2, hdop=1.1, source=FixSource.WIFI)
    tracker.apply(report_at(fix=fix, readings=Readings(battery_level=80), alarms=(Alarm.SOS,)), NOW)
    restored = Tracker(IMEI)
    restored.restore(tracker.snapshot(), NOW)
    assert restored.fix == fix
    assert restored.heard_at == NOW
    assert restored.values == tracker.values
    assert restored.alarms.latches == tracker.alarms.latches
    assert restored.snapshot() == tracker.snapshot()
    earlier = NOW - timedelta(minutes=1)
    restored.apply(report_at(earlier, fix=fix_at(earlier)), NOW)
    assert restored.fix == fix


def test_snapshot_of_a_tracker_never_heard_can_be_restored() -> None:
    restored = Tracker(IMEI)
    restored.restore(Tracker(IMEI).snapshot(), NOW)
    assert restored.values == Tracker(IMEI).values


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
