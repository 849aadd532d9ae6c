"""Alarms that stay on: until somebody acknowledges them, or time does; over a restart; told again."""

from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix
from custom_components.plaspy_trackers.tracker import Settings, Tracker, Update
from custom_components.plaspy_trackers.tracker.alarms import LASTING, LATCHED, REPEAT_TIME, HeardAlarm, Latch
from tests.tracker import IMEI, NOW, fix_at, report_at

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
RESET = Settings(reset_after=30 * MINUTE, silence=timedelta(days=1))


def alarm_at(minute: float, alarm: Alarm, **parts: Any) -> tuple[Tracker, Update]:
    """Return a tracker that has raised one alarm, and what that changed."""
    tracker = Tracker(IMEI, RESET)
    return tracker, raise_again(tracker, minute, alarm, **parts)


def raise_again(tracker: Tracker, minute: float, alarm: Alarm, **parts: Any) -> Update:
    time = NOW + minute * MINUTE
    return tracker.apply(report_at(time, fix=fix_at(time), alarms=(alarm,), **parts), time)


def restarted(tracker: Tracker, minute: float) -> Tracker:
    restored = Tracker(IMEI, tracker.settings)
    restored.restore(json.loads(json.dumps(tracker.snapshot())), NOW + minute * MINUTE)
    return restored


@pytest.mark.parametrize("alarm", Alarm)
def test_every_alarm_is_heard_and_only_calls_for_help_stay_on(alarm: Alarm) -> None:
    tracker, update = alarm_at(0, alarm, codes=("7",))
    assert update.alarms == (HeardAlarm(alarm, NOW, "7", fix_at(), replayed=False),)
    assert tracker.alarms.latches == ({alarm: Latch(NOW, NOW)} if alarm in LATCHED else {})
    assert (tracker.values.get(alarm) is True) is (alarm in LATCHED)


@pytest.mark.parametrize("alarm", Alarm)
@pytest.mark.parametrize("fix", [fix_at(NOW - timedelta(hours=1)), None], ids=["fix", "no fix"])
def test_replayed_alarm_is_told_as_such_and_switches_nothing_on(alarm: Alarm, fix: Any) -> None:
    tracker = Tracker(IMEI)
    old = NOW - timedelta(hours=1)
    report = report_at(old, fix=fix, alarms=(alarm,), codes=("7",), buffered=True)
    assert tracker.apply(report, NOW).alarms == (HeardAlarm(alarm, old, "7", fix, replayed=True),)
    assert tracker.alarms.latches == {}
    assert tracker.values == {"last_seen": NOW, "online": True, "sos": False}


def test_replayed_alarm_is_none_that_a_new_one_repeats() -> None:
    tracker = Tracker(IMEI)
    old = NOW - timedelta(hours=1)
    tracker.apply(report_at(old, fix=fix_at(old), alarms=(Alarm.SOS,), buffered=True), NOW)
    assert not raise_again(tracker, 1, Alarm.SOS).alarms[0].replayed
    assert tracker.alarms.latches == {Alarm.SOS: Latch(NOW + MINUTE, NOW + MINUTE)}


@pytest.mark.parametrize("fix", [None, fix_at(NOW - timedelta(minutes=3))], ids=["no fix", "fix"])
def test_sos_that_was_stored_for_minutes_is_a_live_one(fix: Fix | None) -> None:
    """Out of coverage it could not be sent at once; its position is history all the same."""
    tracker = Tracker(IMEI)
    pressed = NOW - timedelta(minutes=3)
    update = tracker.apply(report_at(pressed, fix=fix, alarms=(Alarm.SOS,), buffered=True), NOW)
    assert [heard.replayed for heard in update.alarms] == [False]
    assert tracker.values["sos"] is True
    assert tracker.fix is None


def test_sos_that_was_stored_and_tells_no_time_is_an_old_one() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(None, alarms=(Alarm.SOS,), buffered=True), NOW)
    assert [heard.replayed for heard in update.alarms] == [True]
    assert tracker.values["sos"] is False


def test_replayed_alarm_does_not_prolong_one_that_is_on() -> None:
    tracker, _ = alarm_at(0, Alarm.SOS)
    old = NOW - timedelta(hours=1)
    tracker.apply(report_at(old, fix=fix_at(old), alarms=(Alarm.SOS,)), NOW + 20 * MINUTE)
    assert tracker.alarms.latches == {Alarm.SOS: Latch(NOW, NOW)}


@pytest.mark.parametrize("alarm", LATCHED)
@pytest.mark.parametrize(("minutes", "ends"), [(29.9, False), (30, True), (600, True)])
def test_alarm_ends_by_itself_after_the_time_that_the_user_wants(alarm: Alarm, minutes: float, ends: bool) -> None:
    tracker, _ = alarm_at(0, alarm)
    update = tracker.tick(NOW + minutes * MINUTE)
    assert (alarm in update.changed) is ends
    assert tracker.values[alarm] is not ends
    assert tracker.alarms.latches.keys() == (set() if ends else {alarm})


@pytest.mark.parametrize("alarm", LATCHED)
def test_alarm_never_ends_by_itself_where_the_user_does_not_want_that(alarm: Alarm) -> None:
    tracker = Tracker(IMEI)
    raise_again(tracker, 0, alarm)
    assert alarm not in tracker.tick(NOW + timedelta(days=30)).changed
    assert tracker.values[alarm] is True


def test_time_until_an_alarm_ends_begins_anew_with_each_time_it_is_told() -> None:
    tracker, _ = alarm_at(0, Alarm.SOS)
    raise_again(tracker, 20, Alarm.SOS)
    assert tracker.tick(NOW + 49 * MINUTE).changed.isdisjoint(LATCHED)
    assert tracker.tick(NOW + 50 * MINUTE).changed >= {"sos"}


def test_each_alarm_ends_by_its_own_time() -> None:
    tracker, _ = alarm_at(0, Alarm.FALL)
    raise_again(tracker, 10, Alarm.SOS)
    assert tracker.tick(NOW + 35 * MINUTE).changed & set(LATCHED) == {"fall"}
    assert tracker.alarms.latches.keys() == {Alarm.SOS}


def test_alarm_after_the_one_before_ended_by_itself_is_another() -> None:
    tracker, _ = alarm_at(0, Alarm.SOS)
    tracker.tick(NOW + 30 * MINUTE)
    assert raise_again(tracker, 31, Alarm.SOS).alarms
    assert tracker.alarms.latches[Alarm.SOS] == Latch(NOW + 31 * MINUTE, NOW + 31 * MINUTE)


@pytest.mark.parametrize("alarm", LATCHED)
def test_alarm_that_is_on_is_on_after_a_restart_with_its_count_and_times(alarm: Alarm) -> None:
    tracker, _ = alarm_at(0, alarm)
    raise_again(tracker, 5, alarm)
    restored = restarted(tracker, 6)
    assert restored.values[alarm] is True
    assert restored.alarms.latches == {alarm: Latch(NOW, NOW + 5 * MINUTE, 2)}
    # It is one and the same that is told again, and that ends by itself.
    assert raise_again(restored, 7, alarm).alarms == ()
    assert restored.alarms.latches == {alarm: Latch(NOW, NOW + 7 * MINUTE, 3)}
    assert alarm in restored.tick(NOW + 37 * MINUTE).changed


def test_alarm_whose_time_ran_out_during_a_restart_ends_with_the_first_tick() -> None:
    tracker, _ = alarm_at(0, Alarm.SOS)
    restored = restarted(tracker, 60)
    assert restored.values["sos"] is True
    restored.tick(NOW + 60 * MINUTE)
    assert restored.values["sos"] is False


def test_alarm_that_was_acknowledged_is_off_after_a_restart() -> None:
    tracker, _ = alarm_at(0, Alarm.FALL)
    assert tracker.acknowledge().changed == {"fall"}
    restored = restarted(tracker, 1)
    assert restored.values["fall"] is False
    assert restored.alarms.latches == {}


@pytest.mark.parametrize("alarm", Alarm)
def test_lasting_alarm_that_is_told_again_in_time_is_one_and_any_other_is_another(alarm: Alarm) -> None:
    tracker, _ = alarm_at(0, alarm)
    again = raise_again(tracker, REPEAT_TIME / MINUTE, alarm)
    assert bool(again.alarms) is (alarm not in LASTING)
    assert tracker.counts["repeated"] == (alarm in LASTING)
    # How often it was told is shown with those that are on.
    assert (alarm in again.changed) is (alarm in LATCHED)
    late = tracker.apply(report_at(NOW + 21 * MINUTE, alarms=(alarm,)), NOW + 2 * REPEAT_TIME + SECOND)
    assert late.alarms


def test_alarms_of_one_report_have_each_their_code_where_there_are_as_many() -> None:
    tracker = Tracker(IMEI)
    alarms = (Alarm.SOS, Alarm.OTHER)
    heard = tracker.apply(report_at(alarms=alarms, codes=("1", "99")), NOW).alarms
    assert [(one.alarm, one.code) for one in heard] == [(Alarm.SOS, "1"), (Alarm.OTHER, "99")]
    later = NOW + timedelta(hours=1)
    heard = tracker.apply(report_at(later, alarms=alarms, codes=("0x11",)), later).alarms
    assert [(one.alarm, one.code) for one in heard] == [(Alarm.SOS, None), (Alarm.OTHER, None)]


@pytest.mark.parametrize(
    "parts", [{"accuracy": 5000.0}, {"latitude": -33.0}, {"speed": 0.0}], ids=["inaccurate", "jump", "drift"]
)
def test_sos_is_heard_with_its_position_though_that_does_not_count(parts: dict[str, Any]) -> None:
    tracker = Tracker(IMEI, Settings(accuracy_limit=100.0))
    for minute in (0, 1):
        tracker.apply(report_at(NOW + minute * MINUTE, fix=fix_at(NOW + minute * MINUTE)), NOW)
    time = NOW + 2 * MINUTE
    fix = fix_at(time, **parts)
    update = tracker.apply(report_at(time, fix=fix, alarms=(Alarm.SOS,)), time)
    assert update.alarms == (HeardAlarm(Alarm.SOS, time, None, fix),)
    assert tracker.values["sos"] is True
    assert tracker.fix == fix_at(NOW + MINUTE)
