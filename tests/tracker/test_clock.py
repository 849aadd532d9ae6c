"""Clocks that are wrong, and what is made of their times."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, FixSource, Readings
from custom_components.plaspy_trackers.tracker import Settings, Tracker
from tests.tracker import IMEI, NOW, fix_at, north, report_at

ARRIVED = NOW + timedelta(minutes=1)


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


@pytest.mark.parametrize("hours", [-11, -3.5, 5.75, 8, 14])
def test_clock_that_shows_local_time_is_brought_to_utc(hours: float) -> None:
    offset = timedelta(hours=hours)
    tracker = Tracker(IMEI, Settings(utc_offset=offset))
    update = tracker.apply(report_at(NOW + offset, fix=fix_at(NOW + offset), alarms=(Alarm.SOS,)), NOW)
    assert tracker.fix == fix_at(NOW)
    assert tracker.values["last_fix"] == NOW
    assert update.alarms[0].time == NOW
    assert tracker.counts == {}


def test_report_without_a_time_has_none_to_bring_to_utc() -> None:
    tracker = Tracker(IMEI, Settings(utc_offset=timedelta(hours=8)))
    tracker.apply(report_at(None, readings=Readings(battery_level=50)), NOW)
    assert tracker.values["battery_level"] == 50


def test_offset_that_is_set_later_puts_the_clock_right() -> None:
    """What was heard by the wrong time does not outrank what is heard by the right one."""
    tracker = Tracker(IMEI)
    ahead = NOW + timedelta(hours=8)
    tracker.apply(report_at(ahead, fix=fix_at(ahead), readings=Readings(battery_level=50)), NOW)
    tracker.settings = Settings(utc_offset=timedelta(hours=8))
    later = ahead + timedelta(minutes=1)
    tracker.apply(report_at(later, fix=fix_at(later, north(900)), readings=Readings(battery_level=49)), ARRIVED)
    assert tracker.fix == fix_at(ARRIVED, north(900))
    assert tracker.values["battery_level"] == 49
    assert tracker.counts == {"clock_put_right": 1}


@pytest.mark.parametrize(
    "time", [datetime(2000, 1, 1, tzinfo=UTC), NOW - timedelta(weeks=1024), NOW + timedelta(days=3)]
)
def test_clock_that_is_unset_orders_by_arrival_until_it_is_set(time: datetime) -> None:
    tracker = Tracker(IMEI)
    for minute in range(3):
        arrived = NOW + timedelta(minutes=minute)
        told = time + timedelta(seconds=minute)
        readings = Readings(battery_level=50 - minute)
        tracker.apply(report_at(told, fix=fix_at(told, north(minute * 900)), readings=readings), arrived)
        assert tracker.fix == fix_at(arrived, north(minute * 900))
        assert tracker.values["battery_level"] == 50 - minute
    assert tracker.counts == {"clock_corrected": 3}
    later = NOW + timedelta(minutes=4)
    tracker.apply(report_at(later, fix=fix_at(later, north(3600))), later)
    assert tracker.fix == fix_at(later, north(3600))
    assert tracker.counts == {"clock_corrected": 3}


def test_clock_of_a_fix_may_be_unset_while_that_of_its_report_is_not() -> None:
    tracker = Tracker(IMEI)
    unset = datetime(2007, 4, 6, tzinfo=UTC)
    tracker.apply(report_at(NOW, fix=fix_at(unset)), NOW)
    assert tracker.fix == fix_at(NOW)
    assert tracker.counts == {"clock_corrected": 1}


@pytest.mark.parametrize("lead", [timedelta(hours=-30), timedelta(hours=-2), timedelta(minutes=4), timedelta(hours=8)])
def test_clock_that_always_runs_wrong_orders_as_any_other_and_raises_live_alarms(lead: timedelta) -> None:
    tracker = Tracker(IMEI)
    for minute in range(5):
        arrived = NOW + timedelta(minutes=minute)
        told = arrived + lead
        report = report_at(told, fix=fix_at(told, north(minute * 900)), alarms=(Alarm.CALL,))
        assert [heard.replayed for heard in tracker.apply(report, arrived).alarms] == [False]
        assert tracker.fix == fix_at(told, north(minute * 900))
    assert tracker.values["position_source"] == FixSource.GNSS
    assert tracker.counts == {}
    old = NOW + lead + timedelta(seconds=90)
    tracker.apply(report_at(old, fix=fix_at(old, north(1300))), arrived)
    assert tracker.fix == fix_at(arrived + lead, north(3600))


def test_clock_that_ran_behind_and_is_put_right_needs_no_rule() -> None:
    tracker = Tracker(IMEI)
    behind = NOW - timedelta(hours=2)
    tracker.apply(report_at(behind, fix=fix_at(behind)), NOW)
    tracker.apply(report_at(ARRIVED, fix=fix_at(ARRIVED, north(900))), ARRIVED)
    assert tracker.fix == fix_at(ARRIVED, north(900))
    assert tracker.counts == {}


def test_vehicle_whose_clock_is_put_right_has_moved_since_the_last_fix_came() -> None:
    """The time between the two fixes is that by our clock: three minutes at 100 km/h are no jump."""
    tracker = Tracker(IMEI)
    for minute in range(3):
        arrived = NOW + timedelta(minutes=minute)
        ahead = arrived + timedelta(hours=1)
        tracker.apply(report_at(ahead, fix=fix_at(ahead, north(minute * 1700))), arrived)
    later = NOW + timedelta(minutes=5)
    tracker.apply(report_at(later, fix=fix_at(later, north(5 * 1700))), later)
    assert tracker.fix == fix_at(later, north(5 * 1700))
    assert tracker.values["odometer"] == 8.5
    assert tracker.counts == {"clock_put_right": 1}


def test_clock_put_right_forgets_that_the_watch_was_off_in_a_time_to_come() -> None:
    tracker = Tracker(IMEI)
    ahead = NOW + timedelta(hours=1)
    tracker.apply(report_at(ahead, readings=Readings(heart_rate=70)), NOW)
    tracker.apply(report_at(ahead + timedelta(seconds=1), readings=Readings(worn=False)), NOW)
    tracker.apply(report_at(ARRIVED, readings=Readings(heart_rate=71)), ARRIVED)
    assert (tracker.values["heart_rate"], tracker.values["worn"]) == (71, True)


def test_odometer_goes_on_when_the_clock_is_put_right_over_midnight() -> None:
    tracker = Tracker(IMEI)
    for hour, told, kilometres in ((0, 0, 1000.0), (1, 15, 1010.0), (2, 2, 1020.0)):
        arrived, time = NOW + timedelta(hours=hour), NOW + timedelta(hours=told)
        tracker.apply(report_at(time, readings=Readings(odometer=kilometres)), arrived)
    assert tracker.values["odometer"] == 1020.0
    assert tracker.values["distance_today"] == 20.0
    assert tracker.counts == {"clock_put_right": 1}


def test_buffered_report_puts_no_clock_right() -> None:
    tracker = Tracker(IMEI)
    ahead = NOW + timedelta(hours=1)
    tracker.apply(report_at(ahead, fix=fix_at(ahead)), NOW)
    tracker.apply(report_at(NOW, fix=fix_at(NOW, north(900)), buffered=True), NOW)
    assert tracker.fix == fix_at(ahead)
    assert tracker.counts == {"late": 1}


def test_clock_that_is_put_right_after_a_restart_is_followed() -> None:
    tracker, restored = Tracker(IMEI), Tracker(IMEI)
    ahead = NOW + timedelta(hours=8)
    tracker.apply(report_at(ahead, fix=fix_at(ahead), readings=Readings(battery_level=50)), NOW)
    restored.restore(tracker.snapshot(), NOW)
    restored.apply(report_at(ARRIVED, fix=fix_at(ARRIVED, north(900)), readings=Readings(battery_level=49)), ARRIVED)
    assert restored.fix == fix_at(ARRIVED, north(900))
    assert restored.values["battery_level"] == 49
