"""The distance of the day and the odometer: the tracker's own, or the sum of the ways between its fixes."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.plaspy_trackers.gateway.models import Readings
from custom_components.plaspy_trackers.tracker import Settings, Tracker
from custom_components.plaspy_trackers.tracker.odometer import Odometer
from custom_components.plaspy_trackers.tracker.path import Home
from tests.tracker import IMEI, fix_at, north, report_at

#: Thirteen hours ahead of UTC: its day begins at eleven in the morning.
AUCKLAND = ZoneInfo("Pacific/Auckland")
MIDNIGHT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)

MINUTE = timedelta(minutes=1)
DAY = date(2026, 11, 21)

#: Minutes after midnight, and what the odometer is at.
type Reading = tuple[float, float]


def tracker_in_auckland() -> Tracker:
    return Tracker(IMEI, Settings(silence=timedelta(days=2)), Home(timezone=AUCKLAND))


def drive(tracker: Tracker, minute: float, metres: float, **readings: float) -> set[str]:
    time = MIDNIGHT + minute * MINUTE
    report = report_at(time, fix=fix_at(time, north(metres)), readings=Readings(**readings))  # type: ignore[typeddict-item]
    return tracker.apply(report, time).changed


def distances(tracker: Tracker) -> tuple[object, object]:
    return tracker.values["distance_today"], tracker.values["odometer"]


def test_distance_of_the_day_begins_anew_at_midnight_and_the_odometer_goes_on() -> None:
    tracker = tracker_in_auckland()
    for minute in (-30, -20, -10):
        drive(tracker, minute, (minute + 30) * 500)
    assert distances(tracker) == (10.0, 10.0)
    # Midnight by UTC is the middle of a day.
    assert tracker.tick(MIDNIGHT - MINUTE).changed.isdisjoint({"distance_today"})
    assert "distance_today" in tracker.tick(MIDNIGHT).changed
    assert distances(tracker) == (0.0, 10.0)
    drive(tracker, 10, 11_000)
    assert distances(tracker) == (1.0, 11.0)
    assert "distance_today" in tracker.tick(MIDNIGHT + timedelta(days=1)).changed
    assert distances(tracker) == (0.0, 11.0)


def test_report_of_the_day_before_that_comes_after_midnight_is_not_of_this_day() -> None:
    tracker = tracker_in_auckland()
    drive(tracker, -30, 0)
    tracker.tick(MIDNIGHT)
    time = MIDNIGHT - 10 * MINUTE
    tracker.apply(report_at(time, fix=fix_at(time, north(5000))), MIDNIGHT + 5 * MINUTE)
    assert distances(tracker) == (0.0, 5.0)


def test_clock_that_runs_ahead_may_begin_the_next_day() -> None:
    tracker = tracker_in_auckland()
    for minute, metres in ((-30, 0), (-20, 5000)):
        time = MIDNIGHT + minute * MINUTE
        ahead = time + timedelta(hours=2)
        tracker.apply(report_at(ahead, fix=fix_at(ahead, north(metres))), time)
    assert distances(tracker) == (5.0, 5.0)


def test_distance_and_odometer_go_on_after_a_restart() -> None:
    tracker = tracker_in_auckland()
    for minute, metres in ((0, 0), (5, 5000), (6, 5020)):
        drive(tracker, minute, metres)
    restored = tracker_in_auckland()
    restored.restore(json.loads(json.dumps(tracker.snapshot())), MIDNIGHT + 7 * MINUTE)
    assert distances(restored) == (5.0, 5.0)
    # The twenty metres that were no way yet are part of the next.
    drive(restored, 8, 5080)
    assert distances(restored) == (5.1, 5.1)


def test_odometer_of_the_tracker_is_told_and_the_distance_of_the_day_follows_from_it() -> None:
    tracker = tracker_in_auckland()
    drive(tracker, -10, 0, odometer=1000.0)
    assert distances(tracker) == (0.0, 1000.0)
    drive(tracker, -5, 500, odometer=1012.3)
    assert distances(tracker) == (12.3, 1012.3)
    drive(tracker, 5, 900)
    assert distances(tracker) == (0.0, 1012.3)
    drive(tracker, 6, 1200, odometer=1015.0)
    assert distances(tracker) == (2.7, 1015.0)
    assert tracker.measures("odometer")


def test_odometer_that_is_told_replaces_one_that_was_computed_even_if_it_is_late() -> None:
    tracker = tracker_in_auckland()
    drive(tracker, 0, 0)
    drive(tracker, 10, 5000)
    assert distances(tracker) == (5.0, 5.0)
    time = MIDNIGHT + 5 * MINUTE
    tracker.apply(report_at(time, readings=Readings(odometer=1000.0)), MIDNIGHT + 10 * MINUTE)
    assert distances(tracker) == (0.0, 1000.0)
    drive(tracker, 20, 9000)
    assert distances(tracker) == (0.0, 1000.0)


def test_odometer_without_any_fix_has_a_distance_of_the_day() -> None:
    tracker = tracker_in_auckland()
    for minute, kilometres in ((0, 10.0), (5, 12.0)):
        time = MIDNIGHT + minute * MINUTE
        tracker.apply(report_at(time, readings=Readings(odometer=kilometres)), time)
    assert distances(tracker) == (2.0, 12.0)


def test_odometer_of_the_tracker_goes_on_after_a_restart() -> None:
    tracker = tracker_in_auckland()
    for minute, kilometres in ((-5, 10.0), (5, 12.0), (6, 13.0)):
        drive(tracker, minute, 0, odometer=kilometres)
    restored = tracker_in_auckland()
    restored.restore(json.loads(json.dumps(tracker.snapshot())), MIDNIGHT + 7 * MINUTE)
    assert distances(restored) == (3.0, 13.0)
    drive(restored, 8, 0, odometer=20.0)
    assert distances(restored) == (10.0, 20.0)


def test_odometer_that_was_set_back_counts_from_there_after_a_restart() -> None:
    odometer, restored = Odometer(), Odometer()
    for minute, kilometres in ((-5, 95.0), (5, 2.0), (6, 9.0)):
        time = MIDNIGHT + minute * MINUTE
        odometer.take(kilometres, (time, 0), time.astimezone(AUCKLAND).date())
    assert Odometer().snapshot() is None
    restored.restore(json.loads(json.dumps(odometer.snapshot())), (MIDNIGHT + 6 * MINUTE, 0))
    assert restored.distance(DAY) == 7.0
    restored.take(12.0, (MIDNIGHT + 7 * MINUTE, 1), DAY)
    assert restored.distance(DAY) == 10.0


@pytest.mark.parametrize(
    ("readings", "kilometres"),
    [
        ([], 0.0),
        ([(5, 100.0)], 0.0),
        ([(5, 100.0), (6, 103.0), (7, 107.0)], 7.0),
        # From the last of the day before, however long ago, to the last of this.
        ([(-500, 80.0), (-5, 95.0), (6, 103.0), (7, 107.0)], 12.0),
        ([(-5000, 80.0), (7, 107.0)], 27.0),
        # Nothing was told on this day.
        ([(-500, 80.0), (-5, 95.0)], 0.0),
        # It was set back, and has counted on from there: overnight, or by day.
        ([(-5, 95.0), (5, 2.0), (6, 9.0)], 7.0),
        ([(-5, 95.0), (5, 99.0), (6, 0.0), (7, 4.0)], 4.0),
        # It lost count for once.
        ([(-5, 95.0), (5, 99.0), (6, 0.0), (7, 101.0)], 6.0),
        ([(-5, 95.0), (6, 0.0), (7, 95.0)], 0.0),
        # The next day has begun by a clock that runs ahead.
        ([(-5, 95.0), (5, 99.0), (1445, 104.0)], 5.0),
    ],
)
def test_odometer_comes_to_one_distance_in_whatever_order(readings: list[Reading], kilometres: float) -> None:
    for order in permutations(enumerate(readings)):
        odometer = Odometer()
        for number, (minute, value) in order:
            time = MIDNIGHT + minute * MINUTE
            odometer.take(value, (time, number), time.astimezone(AUCKLAND).date())
        assert odometer.distance(DAY) == kilometres
