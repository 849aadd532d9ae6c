"""Whether a tracker is there, and what is left of it after a restart."""

from datetime import timedelta

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings
from custom_components.plaspy_trackers.tracker import FIRST_KEYS, Tracker
from tests.tracker import IMEI, NOW, fix_at, report_at


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
