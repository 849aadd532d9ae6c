"""Whether a tracker is there, and what is left of it after a restart."""

from datetime import timedelta
import json

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings, Report
from custom_components.plaspy_trackers.gateway.protocols import SILENCES, Protocol
from custom_components.plaspy_trackers.tracker import FIRST_KEYS, LAST_KNOWN, Settings, Tracker, Update
from custom_components.plaspy_trackers.tracker.alarms import HeardAlarm, Presence
from tests.tracker import IMEI, NOW, fix_at, north, report_at

MINUTE = timedelta(minutes=1)
QUARTER = Settings(silence=15 * MINUTE)


def test_tracker_that_was_never_heard_is_offline_and_nowhere() -> None:
    tracker = Tracker(IMEI)
    assert tracker.fix is None
    assert tracker.values == {"last_seen": None, "online": False, "sos": False}
    assert tracker.keys == set(FIRST_KEYS)


def test_login_proves_presence_and_nothing_else() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(None), NOW)
    assert update.changed == {"online", "last_seen"}
    assert tracker.fix is None


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


def heard(settings: Settings = QUARTER) -> Tracker:
    """Return a tracker that has reported where it is."""
    tracker = Tracker(IMEI, settings)
    tracker.apply(report_at(fix=fix_at()), NOW)
    return tracker


def restarted(tracker: Tracker, minute: float) -> Tracker:
    restored = Tracker(IMEI, tracker.settings)
    restored.restore(json.loads(json.dumps(tracker.snapshot())), NOW + minute * MINUTE)
    return restored


def test_tracker_that_is_heard_for_the_first_time_is_online_without_an_alarm() -> None:
    tracker = Tracker(IMEI)
    update = tracker.apply(report_at(None), NOW)
    assert update == Update({"online", "last_seen"})


def test_tracker_that_was_never_heard_does_not_go_offline() -> None:
    tracker = Tracker(IMEI, Settings(silence=MINUTE, forget_after=MINUTE, reset_after=MINUTE))
    assert tracker.tick(NOW + timedelta(days=365)) == Update()
    restored = restarted(tracker, 0)
    assert restored.tick(NOW + timedelta(days=365)) == Update()


@pytest.mark.parametrize(("minutes", "online"), [(14.9, True), (15, False), (600, False)])
def test_silence_ends_in_an_alarm_once(minutes: float, online: bool) -> None:
    tracker = heard()
    update = tracker.tick(NOW + minutes * MINUTE)
    assert tracker.values["online"] is online
    assert update.alarms == (() if online else (HeardAlarm(Presence.OFFLINE, NOW, fix=fix_at()),))
    assert tracker.tick(NOW + minutes * MINUTE).alarms == ()


def test_tracker_that_speaks_again_raises_an_alarm_once() -> None:
    tracker = heard()
    tracker.tick(NOW + 20 * MINUTE)
    back = NOW + 30 * MINUTE
    update = tracker.apply(report_at(None), back)
    assert update.alarms == (HeardAlarm(Presence.ONLINE, back),)
    assert update.changed >= {"online", "last_seen"}
    assert tracker.apply(report_at(None), back + MINUTE).alarms == ()


def test_tracker_that_speaks_before_its_silence_was_noticed_has_not_been_offline() -> None:
    tracker = heard()
    assert tracker.apply(report_at(None), NOW + 16 * MINUTE).alarms == ()
    assert tracker.values["online"] is True


def test_sos_with_which_a_tracker_comes_back_is_told_after_that_it_is_back() -> None:
    tracker = heard()
    tracker.tick(NOW + 20 * MINUTE)
    update = tracker.apply(report_at(NOW + 30 * MINUTE, alarms=(Alarm.SOS,)), NOW + 30 * MINUTE)
    assert [one.alarm for one in update.alarms] == [Presence.ONLINE, Alarm.SOS]


@pytest.mark.parametrize("kind", ["buffered", "late", "resent"])
def test_report_that_changes_nothing_else_proves_presence(kind: str) -> None:
    tracker = Tracker(IMEI, QUARTER)
    tracker.apply(report_at(fix=fix_at(), alarms=(Alarm.FALL,)), NOW)
    tracker.tick(NOW + 20 * MINUTE)
    earlier = NOW - MINUTE
    reports = {
        "buffered": report_at(earlier, fix=fix_at(earlier), buffered=True),
        "late": report_at(earlier),
        "resent": report_at(fix=fix_at(), alarms=(Alarm.FALL,)),
    }
    back = NOW + 30 * MINUTE
    update = tracker.apply(reports[kind], back)
    assert update.alarms == (HeardAlarm(Presence.ONLINE, back),)
    assert tracker.heard_at == back


def test_report_that_waited_longer_than_silence_may_last_brings_nobody_online() -> None:
    tracker = Tracker(IMEI, QUARTER)
    tracker.apply(report_at(fix=fix_at()), NOW, NOW + timedelta(hours=1))
    assert tracker.values["online"] is False
    assert tracker.values["position_source"] == LAST_KNOWN


@pytest.mark.parametrize(
    ("protocol", "silence"), [("watch", SILENCES["watch"]), ("no such protocol", Protocol.silence)]
)
def test_silence_is_that_of_the_protocol_unless_the_user_wants_another(protocol: str, silence: timedelta) -> None:
    tracker = Tracker(IMEI)
    tracker.apply(Report(IMEI, protocol), NOW)
    assert tracker.silence == silence
    tracker.settings = QUARTER
    assert tracker.silence == 15 * MINUTE


def test_change_of_the_settings_counts_at_once() -> None:
    tracker = heard(Settings(silence=60 * MINUTE))
    tracker.tick(NOW + 20 * MINUTE)
    tracker.settings = QUARTER
    assert [one.alarm for one in tracker.tick(NOW + 20 * MINUTE).alarms] == [Presence.OFFLINE]
    tracker.settings = Settings(silence=60 * MINUTE)
    # It has not spoken, so there is nothing to tell.
    assert tracker.tick(NOW + 21 * MINUTE).alarms == ()
    assert tracker.values["online"] is True


def test_time_in_which_nobody_listened_is_no_silence() -> None:
    restored = restarted(heard(), 120)
    assert restored.tick(NOW + 134 * MINUTE).alarms == ()
    assert restored.values["online"] is True
    assert [one.alarm for one in restored.tick(NOW + 135 * MINUTE).alarms] == [Presence.OFFLINE]


def test_tracker_that_speaks_soon_after_a_restart_has_not_been_offline() -> None:
    restored = restarted(heard(), 120)
    assert restored.apply(report_at(None), NOW + 125 * MINUTE).alarms == ()


def test_tracker_that_was_offline_before_a_restart_is_so_after_it() -> None:
    tracker = heard()
    tracker.tick(NOW + 20 * MINUTE)
    restored = restarted(tracker, 120)
    assert restored.tick(NOW + 120 * MINUTE).alarms == ()
    assert restored.values["online"] is False
    assert [one.alarm for one in restored.apply(report_at(None), NOW + 121 * MINUTE).alarms] == [Presence.ONLINE]


def test_position_stays_however_long_a_tracker_is_silent() -> None:
    tracker = heard()
    update = tracker.tick(NOW + timedelta(days=30))
    assert "position" not in update.changed
    assert tracker.fix == fix_at()


@pytest.mark.parametrize(("minutes", "known"), [(59, True), (60, False)])
def test_position_is_given_up_after_the_time_that_the_user_wants(minutes: float, known: bool) -> None:
    tracker = heard(Settings(forget_after=60 * MINUTE))
    update = tracker.tick(NOW + minutes * MINUTE)
    assert ("position" in update.changed) is not known
    assert tracker.fix == (fix_at() if known else None)


def test_position_that_was_given_up_is_back_with_the_next_fix_and_not_with_a_word() -> None:
    tracker = restarted(forgotten(), 61)
    assert tracker.fix is None
    back = NOW + 70 * MINUTE
    assert "position" not in tracker.apply(report_at(None), back).changed
    assert tracker.tick(back).changed.isdisjoint({"position"})
    assert tracker.apply(report_at(fix=fix_at()), back).changed.isdisjoint({"position"})
    # Though the tracker has not moved.
    assert "position" in tracker.apply(report_at(back, fix=fix_at(back, speed=0.0)), back).changed
    assert tracker.fix == fix_at()


def test_position_that_was_given_up_is_back_when_the_user_wants_none_to_be() -> None:
    tracker = forgotten()
    tracker.settings = Settings()
    assert "position" in tracker.tick(NOW + 61 * MINUTE).changed
    assert tracker.fix == fix_at()


def forgotten() -> Tracker:
    """Return a tracker whose position has been given up."""
    tracker = heard(Settings(forget_after=60 * MINUTE))
    tracker.tick(NOW + 60 * MINUTE)
    return tracker


def test_times_are_shown_in_steps_and_exactly_once_they_have_settled() -> None:
    tracker = Tracker(IMEI)
    shown = []
    for second in range(0, 660, 60):
        time = NOW + timedelta(seconds=second)
        tracker.apply(report_at(time, fix=fix_at(time)), time)
        tracker.tick(time)
        shown.append(tracker.values["last_seen"])
        assert tracker.values["last_fix"] == shown[-1]
    assert shown == [NOW] * 5 + [NOW + 5 * MINUTE] * 5 + [NOW + 10 * MINUTE]
    last = NOW + 10 * MINUTE + timedelta(seconds=42.7)
    tracker.apply(report_at(last, fix=fix_at(last)), last)
    assert tracker.tick(last + timedelta(seconds=119)).changed == set()
    assert tracker.tick(last + timedelta(seconds=120)).changed == {"last_seen", "last_fix"}
    assert tracker.values["last_seen"] == tracker.values["last_fix"] == last.replace(microsecond=0)


@pytest.mark.parametrize("source", FixSource)
def test_source_of_the_position_is_that_of_the_fix_while_it_is_a_present_one(source: FixSource) -> None:
    tracker = Tracker(IMEI, QUARTER)
    tracker.apply(report_at(fix=fix_at(source=source)), NOW)
    assert tracker.values["position_source"] == source
    for minute in (7, 14):
        tracker.apply(report_at(None), NOW + minute * MINUTE)
    assert tracker.values["position_source"] == source
    # It is online, but has had no fix for so long.
    update = tracker.tick(NOW + 15 * MINUTE)
    assert tracker.values["online"] is True
    assert "position_source" in update.changed
    assert tracker.values["position_source"] == LAST_KNOWN


def test_source_of_the_position_is_not_that_of_a_fix_that_does_not_move_it() -> None:
    tracker = heard()
    later = NOW + MINUTE
    drift = fix_at(later, north(10), speed=0.0, source=FixSource.WIFI)
    tracker.apply(report_at(later, fix=drift), later)
    assert tracker.values["position_source"] == FixSource.GNSS


def test_source_of_the_position_survives_a_restart() -> None:
    restored = restarted(heard(), 5)
    assert restored.values["position_source"] == FixSource.GNSS
    assert "position_source" not in restored.tick(NOW + 14 * MINUTE).changed
    assert "position_source" in restored.tick(NOW + 15 * MINUTE).changed
