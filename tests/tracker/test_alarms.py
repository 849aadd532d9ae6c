"""Which alarms are new, which stay on, and which are old ones."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Readings
from custom_components.plaspy_trackers.tracker import Tracker, Update
from custom_components.plaspy_trackers.tracker.alarms import Latch
from tests.tracker import IMEI, NOW, fix_at, report_at


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


def test_what_lasts_is_one_alarm_of_a_tracker_that_repeats_all_of_them_and_each_moment_is_another() -> None:
    tracker = Tracker(IMEI)
    heard = []
    for minute in range(0, 30, 5):
        time = NOW + timedelta(minutes=minute)
        said = report_at(
            time,
            fix=fix_at(time),
            alarms=(Alarm.DOOR, Alarm.OTHER, Alarm.HARSH_BRAKING),
            codes=("31", "2" if minute < 20 else "26", "30"),
        )
        said.protocol = "jt808"
        heard += [(one.alarm, one.code) for one in tracker.apply(said, time).alarms]
    assert heard.count((Alarm.HARSH_BRAKING, "30")) == 6
    assert [one for one in heard if one[1] != "30"] == [(Alarm.DOOR, "31"), (Alarm.OTHER, "2"), (Alarm.OTHER, "26")]


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
