"""Clocks that are wrong, and what is made of their times."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm
from custom_components.plaspy_trackers.tracker import Tracker
from tests.tracker import IMEI, NOW, fix_at, report_at


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
