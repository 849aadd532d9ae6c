"""Each rule, with where it acts, where it does not, and how often diagnostics say that it did."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Readings, Report
from custom_components.plaspy_trackers.tracker import Settings, Tracker, rules
from custom_components.plaspy_trackers.tracker.path import LONGEST_PATH, Home
from custom_components.plaspy_trackers.tracker.rules import Zone
from tests.tracker import IMEI, NOW, fix_at, north, report_at

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOME = Zone(52.0, 4.9, 100.0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "refused"),
    [
        (0.0, 0.0, True),
        (-0.0, 0.0, True),
        (0.0, 0.1, False),
        (0.1, 0.0, False),
        (nan, 4.9, True),
        (52.0, nan, True),
        (90.0, 180.0, False),
        (-90.0, -180.0, False),
        (90.1, 0.0, True),
        (-90.1, 0.0, True),
        (52.0, 180.1, True),
        (52.0, -180.1, True),
    ],
)
def test_place_that_is_none_on_earth_is_refused(latitude: float, longitude: float, refused: bool) -> None:
    if refused:
        with pytest.raises(ValueError, match="position"):
            Fix(latitude, longitude, NOW)
    else:
        assert Fix(latitude, longitude, NOW).latitude == latitude


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((52.0, 4.9), (52.0, 4.9), 0.0),
        ((0.0, 4.9), (1.0, 4.9), 111_195.0),
        ((60.0, 4.9), (60.0, 5.9), 55_597.0),
        ((0.0, 179.5), (0.0, -179.5), 111_195.0),
        ((90.0, 0.0), (90.0, 123.0), 0.0),
        ((52.0, 4.9), (-52.0, -175.1), 20_015_115.0),
    ],
)
def test_distance_is_that_of_a_great_circle(
    one: tuple[float, float], other: tuple[float, float], metres: float
) -> None:
    assert rules.distance(Fix(*one, NOW), Fix(*other, NOW)) == pytest.approx(metres, abs=1.0)
    assert rules.distance(Fix(*other, NOW), Zone(*one, 50.0)) == pytest.approx(metres, abs=1.0)


@pytest.mark.parametrize(
    ("fix", "accuracy"),
    [
        (None, 20.0),
        (fix_at(), 20.0),
        (fix_at(accuracy=0.0), 20.0),
        (fix_at(hdop=0.0), 20.0),
        (fix_at(hdop=0.8), 5.0),
        (fix_at(hdop=1.0), 5.0),
        (fix_at(hdop=3.0), 15.0),
        (fix_at(accuracy=42.0, hdop=1.0), 42.0),
        (fix_at(accuracy=0.5), 0.5),
    ],
)
def test_accuracy_is_what_is_told_or_known_of_receivers_and_never_zero(fix: Fix | None, accuracy: float) -> None:
    assert rules.accuracy_of(fix) == accuracy


@pytest.mark.parametrize(
    ("time", "unset"),
    [
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2020, 1, 1, tzinfo=UTC), False),
        (NOW - timedelta(weeks=1024), True),
        (NOW - timedelta(days=400), False),
        (NOW, False),
        (NOW + timedelta(days=1), False),
        (NOW + timedelta(days=1, seconds=1), True),
    ],
)
def test_clock_is_unset_that_is_older_than_trackers_or_more_than_a_day_ahead(time: datetime, unset: bool) -> None:
    assert rules.is_unset(time, NOW) is unset


@pytest.mark.parametrize(
    ("age", "live"),
    [
        (timedelta(), True),
        (15 * MINUTE, True),
        (15 * MINUTE + SECOND, False),
        (-5 * MINUTE, True),
        (-5 * MINUTE - SECOND, False),
    ],
)
def test_time_is_live_that_a_clock_and_a_network_may_be_wrong_by(age: timedelta, live: bool) -> None:
    assert rules.is_live(NOW - age, NOW) is live


@pytest.mark.parametrize(
    ("lead", "age", "put_right"),
    [
        (8 * 60 * MINUTE, timedelta(), True),
        (8 * 60 * MINUTE, 15 * MINUTE, True),
        (8 * 60 * MINUTE, 16 * MINUTE, False),
        (8 * 60 * MINUTE, -8 * 60 * MINUTE, False),
        (5 * MINUTE + SECOND, timedelta(), True),
        (5 * MINUTE, timedelta(), False),
        (-MINUTE, timedelta(), False),
    ],
)
def test_clock_is_put_right_that_told_a_time_to_come_and_tells_a_live_one(
    lead: timedelta, age: timedelta, put_right: bool
) -> None:
    assert rules.is_put_right(NOW + lead, NOW - age, NOW) is put_right


@pytest.mark.parametrize(
    ("accuracy", "limit", "inaccurate"),
    [(101.0, 100.0, True), (100.0, 100.0, False), (None, 19.0, True), (None, 20.0, False), (9e9, None, False)],
)
def test_fix_is_inaccurate_beyond_the_limit_of_the_user_and_never_without(
    accuracy: float | None, limit: float | None, inaccurate: bool
) -> None:
    assert rules.is_inaccurate(fix_at(accuracy=accuracy), limit) is inaccurate


@pytest.mark.parametrize(
    ("metres", "seconds", "parts", "jump"),
    [
        # 333 metres in each of 61 seconds, and twice 20 metres of error.
        (20_370, 60, {}, False),
        (20_376, 60, {}, True),
        (20_376, 61, {}, False),
        (25_000, 60, {"accuracy": 5_000.0}, False),
        (30_000, 60, {"accuracy": 5_000.0}, True),
        (0, 0, {}, False),
        (300, 0, {}, False),
        (400, 0, {}, True),
        (4_000_000, 86_400, {}, False),
    ],
)
def test_fix_is_a_jump_that_no_vehicle_gets_to(metres: float, seconds: int, parts: dict[str, Any], jump: bool) -> None:
    fix = fix_at(NOW + seconds * SECOND, north(metres), **parts)
    assert rules.is_jump(fix_at(), NOW, fix) is jump


@pytest.mark.parametrize(
    ("readings", "speed", "standing"),
    [
        (Readings(moving=False), 80.0, True),
        (Readings(moving=True), 0.0, False),
        (Readings(moving=True, ignition=False), 0.0, False),
        (Readings(ignition=False), 3.0, True),
        (Readings(ignition=True), 0.0, False),
        (Readings(), 0.0, True),
        (Readings(), 0.9, True),
        (Readings(), 1.0, False),
        (Readings(), None, False),
    ],
)
def test_tracker_stands_still_by_its_motion_sensor_or_ignition_or_speed(
    readings: Readings, speed: float | None, standing: bool
) -> None:
    assert rules.stands_still(readings, fix_at(speed=speed)) is standing


@pytest.mark.parametrize(
    ("metres", "before", "accuracy", "drift"),
    [
        (49, 20.0, 20.0, True),
        (51, 20.0, 20.0, False),
        (49, 1.0, 1.0, True),
        (99, 40.0, 60.0, True),
        (101, 40.0, 60.0, False),
        (199, 500.0, 900.0, True),
        (201, 500.0, 900.0, False),
        # Twice as accurate: it tells better where the tracker stands.
        (10, 40.0, 20.0, False),
        (10, 40.0, 20.1, True),
    ],
)
def test_fix_drifts_within_what_it_may_be_wrong_by(metres: float, before: float, accuracy: float, drift: bool) -> None:
    assert rules.is_drift(fix_at(accuracy=before), fix_at(latitude=north(metres), accuracy=accuracy)) is drift


@pytest.mark.parametrize(
    ("metres", "accuracy", "inside"),
    [(99, 0.1, True), (101, 0.1, False), (119, 20.0, True), (121, 20.0, False), (149, 50.0, True), (151, 9e3, False)],
)
def test_fix_is_in_a_zone_that_the_sharp_part_of_its_circle_touches(
    metres: float, accuracy: float, inside: bool
) -> None:
    assert rules.is_in(HOME, fix_at(latitude=north(metres), accuracy=accuracy)) is inside


@pytest.mark.parametrize(
    ("before", "metres", "accuracy", "still"),
    [
        (0, 999, 900.0, True),
        (0, 1001, 900.0, False),
        # Whoever was outside is not brought in, nor kept out.
        (500, 999, 900.0, False),
        # Inside as it is, so nothing has to be held back.
        (0, 149, 900.0, False),
        # Accurate enough to be believed.
        (0, 151, 51.0, False),
        (0, 150.5, 51.0, True),
        (0, 149, 50.0, False),
    ],
)
def test_inaccurate_fix_takes_nobody_out_of_a_zone_that_it_touches(
    before: float, metres: float, accuracy: float, still: bool
) -> None:
    inside = fix_at(latitude=north(before))
    fix = fix_at(latitude=north(metres), accuracy=accuracy)
    other = Zone(-33.0, 18.0, 100.0)
    assert rules.is_still_in_zone(inside, fix, (other, HOME)) is still
    assert not rules.is_still_in_zone(inside, fix, (other,))
    assert not rules.is_still_in_zone(inside, fix, ())


@pytest.mark.parametrize(
    ("metres", "mark", "accuracy", "way"),
    [
        (24, 5.0, 5.0, False),
        (26, 5.0, 5.0, True),
        (39, 40.0, 5.0, False),
        (41, 40.0, 5.0, True),
        (39, 5.0, 40.0, False),
        (41, 5.0, 40.0, True),
    ],
)
def test_way_is_more_than_both_of_its_ends_may_be_wrong_by(
    metres: float, mark: float, accuracy: float, way: bool
) -> None:
    assert rules.is_way(fix_at(accuracy=mark), fix_at(latitude=north(metres), accuracy=accuracy)) is way


@pytest.mark.parametrize(
    ("volts", "level"),
    [(-1.0, 0), (2.9, 0), (3.5, 0), (3.59, 5), (3.68, 10), (3.75, 30), (3.82, 50), (4.15, 100), (4.3, 100)],
)
def test_level_of_a_battery_follows_from_its_volts(volts: float, level: int) -> None:
    assert rules.estimate_battery_level(volts) == level


@dataclass(slots=True)
class Case:
    """Reports that have come before, one on which a rule acts, and one like it on which it does not."""

    acting: Report
    other: Report
    before: tuple[Report, ...] = ()


def told(seconds: float, metres: float = 0.0, **parts: Any) -> Report:
    """Return a report with a fix, so many seconds from now and metres to the north."""
    time = NOW + seconds * SECOND
    report_parts = {key: parts.pop(key) for key in ("alarms", "readings") if key in parts}
    return report_at(time, fix=fix_at(time, north(metres), **parts), **report_parts)


STANDING = Readings(moving=False)
MANY = tuple(told(second) for second in range(-LONGEST_PATH - 1, 0))

CASES = {
    "resent": Case(told(0, alarms=(Alarm.CALL,)), told(1, alarms=(Alarm.CALL,)), (told(0, alarms=(Alarm.CALL,)),)),
    "repeated": Case(told(1, alarms=(Alarm.SOS,)), told(1, alarms=(Alarm.CALL,)), (told(0, alarms=(Alarm.SOS,)),)),
    "late": Case(report_at(NOW - SECOND), report_at(NOW), (report_at(NOW),)),
    "clock_corrected": Case(told(-20 * 365 * 86_400), told(0)),
    "clock_put_right": Case(told(1), told(7_201), (told(7_200),)),
    "inaccurate": Case(told(1, 60, accuracy=101.0), told(1, 60, accuracy=100.0), (told(0),)),
    "jump": Case(told(60, 300_000), told(60, 3_000), (told(0), told(1))),
    "drift": Case(told(60, 30, readings=STANDING), told(60, 30), (told(0),)),
    "zone": Case(told(60, 180, accuracy=90.0), told(60, 200, accuracy=90.0), (told(0),)),
    "duplicate": Case(told(0, 30), told(1, 30), (told(0),)),
    "too_old": Case(told(-LONGEST_PATH - 2), told(0), MANY),
}


@pytest.mark.parametrize("rule", CASES)
@pytest.mark.parametrize("acts", [True, False], ids=["acts", "does not act"])
def test_rule_is_counted_each_time_that_it_acts_and_never_else(rule: str, acts: bool) -> None:
    case = CASES[rule]
    tracker = Tracker(IMEI, Settings(accuracy_limit=100.0), Home((HOME,)))
    for report in (*case.before, case.acting if acts else case.other):
        # The same frame, read again.
        tracker.apply(Report(IMEI, "gotop", report.time, report.fix, report.readings, report.alarms), NOW)
    expected = Counter({rule: int(acts)})
    if rule == "too_old" and acts:
        expected["late"] = 1
    assert tracker.counts == expected


def test_fix_at_the_edge_that_home_assistant_may_see_outside_keeps_the_tracker_in_its_zone() -> None:
    """It measures on an ellipsoid: 150.4 m, which is 150.0 m here."""
    zone = Zone(52.1, 5.1, 100.0)
    before = Fix(52.099788, 5.09995, NOW, accuracy=6.0)
    assert rules.is_still_in_zone(before, Fix(52.100537, 5.097986, NOW, accuracy=150.0), [zone])
