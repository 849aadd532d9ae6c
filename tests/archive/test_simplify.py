"""Tracks with fewer points: what stays, how far off the rest may be, and how it behaves on made-up ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import atan, cos, degrees, hypot, pi, radians, sin, sqrt
from random import Random

import pytest

from custom_components.plaspy_trackers.archive.simplify import simplify
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def report(second: int, latitude: float, longitude: float, *alarms: Alarm) -> Report:
    time = NOON + timedelta(seconds=second)
    return Report("861234050000001", "watch", time, Fix(latitude, longitude, time), alarms=alarms)


def bare(second: int, *alarms: Alarm) -> Report:
    return Report("861234050000001", "watch", NOON + timedelta(seconds=second), alarms=alarms)


def track(place: Callable[[int], tuple[float, float]], count: int) -> list[Report]:
    return [report(second, *place(second)) for second in range(count)]


def wandering(count: int, seed: int = 1, longitude: float = 4.9) -> list[Report]:
    """Return a walk that turns now and then, with a receiver's noise."""
    random = Random(seed)
    latitude, heading = 52.0, 0.0
    reports = []
    for second in range(count):
        heading += random.choice((0.0,) * 30 + (90.0, -90.0)) + random.gauss(0, 3)
        latitude += 10 * cos(radians(heading)) / 111_195
        longitude += 10 * sin(radians(heading)) / 111_195 / cos(radians(latitude))
        noisy = longitude + random.gauss(0, 4e-5)
        reports.append(report(second, latitude + random.gauss(0, 3e-5), (noisy + 180) % 360 - 180))
    return reports


def deviation(reports: list[Report], kept: list[Report]) -> float:
    """Return the metres that the farthest report lies off the line through those kept, on a plane around each line."""
    worst = 0.0
    places = [reports.index(one) for one in kept]
    for begin, end in pairwise(places):
        one = reports[begin].fix
        assert one is not None

        def plane(index: int, origin: Fix = one) -> tuple[float, float]:
            fix = reports[index].fix
            assert fix is not None
            east = (fix.longitude - origin.longitude + 180) % 360 - 180
            return east * 111_195 * cos(radians(origin.latitude)), (fix.latitude - origin.latitude) * 111_195

        x, y = plane(end)
        square = x * x + y * y
        for index in range(begin + 1, end):
            a, b = plane(index)
            share = min(max((a * x + b * y) / square, 0.0), 1.0) if square else 0.0
            worst = max(worst, hypot(a - share * x, b - share * y))
    return worst


def test_few_are_returned_as_they_are() -> None:
    reports = [bare(0), report(1, 52.0, 4.9), bare(2)]
    kept = simplify(reports, 3)
    assert kept == reports
    assert kept is not reports


@pytest.mark.parametrize("most", [0, 1, 2])
def test_nothing_comes_of_nothing(most: int) -> None:
    assert simplify([], most) == []


def test_corners_stay_and_what_lies_between_goes() -> None:
    north = [report(second, 52.0 + second * 1e-4, 4.9) for second in range(50)]
    east = [report(50 + second, 52.005, 4.9 + second * 1e-4) for second in range(51)]
    assert simplify([*north, *east], 10) == [north[0], east[0], east[-1]]


def test_first_and_last_stay_however_few_are_asked_for() -> None:
    reports = wandering(100)
    assert simplify(reports, 0) == simplify(reports, 2) == [reports[0], reports[-1]]


def test_out_and_back_keeps_the_farthest_point() -> None:
    reports = track(lambda second: (52.0, 4.9 + min(second, 100 - second) * 1e-4), 101)
    assert simplify(reports, 3) == [reports[0], reports[50], reports[100]]


@pytest.mark.parametrize("most", [10, 100, 500])
@pytest.mark.parametrize("seed", range(3))
def test_exactly_as_many_as_asked_for_where_the_shape_needs_them(most: int, seed: int) -> None:
    reports = wandering(1000, seed)
    kept = simplify(reports, most)
    assert len(kept) == most
    assert [one.time for one in kept] == sorted(one.time for one in kept if one.time)


def test_more_points_leave_less_deviation() -> None:
    reports = wandering(2000)
    deviations = [deviation(reports, simplify(reports, most)) for most in (20, 50, 200, 1000)]
    assert deviations == sorted(deviations, reverse=True)
    assert deviations[-1] < 5


def test_alarms_are_never_left_out() -> None:
    reports = track(lambda second: (52.0 + second * 1e-5, 4.9), 1000)
    for second in range(100, 900, 100):
        reports[second].alarms = (Alarm.SOS,)
    kept = simplify(reports, 20)
    assert [one for one in kept if one.alarms] == reports[100:900:100]
    assert len(kept) == 10, "the line is straight"


def test_more_alarms_than_asked_for_all_stay() -> None:
    reports = wandering(500)
    for one in reports[100:200]:
        one.alarms = (Alarm.OVERSPEED,)
    assert simplify(reports, 50) == [reports[0], *reports[100:200], reports[-1]]


def test_alarms_count_among_the_points() -> None:
    reports = wandering(500)
    for one in reports[100:110]:
        one.alarms = (Alarm.OVERSPEED,)
    kept = simplify(reports, 50)
    assert len(kept) == 50
    assert [one for one in kept if one.alarms] == reports[100:110]


def test_reports_without_a_fix_go_first_unless_they_are_alarms_or_ends() -> None:
    moving = wandering(20)
    reports = [bare(-9), *moving[:10], bare(9), bare(9, Alarm.SOS), *moving[10:], bare(99)]
    assert simplify(reports, len(reports) - 1) == [reports[0], *moving[:10], reports[12], *moving[10:], reports[-1]]
    assert simplify(reports, 4) == [reports[0], moving[0], reports[12], moving[-1], reports[-1]]


def test_nothing_but_reports_without_a_fix() -> None:
    reports = [bare(second) for second in range(10)]
    assert simplify(reports, 5) == [reports[0], reports[-1]]


def test_degrees_of_longitude_are_as_long_as_they_are() -> None:
    """At 80° north a hundredth of a degree is 194 m across and 1,112 m up: the smaller number is farther off."""
    reports = [report(0, 80.0, 10.0), report(1, 80.0, 10.01), report(2, 80.005, 10.02), report(3, 80.0, 10.06)]
    assert simplify(reports, 3)[1] == reports[2]
    reports = [report(0, 80.0, 10.0), report(1, 80.1, 10.011), report(2, 80.2, 9.995), report(3, 80.3, 10.0)]
    assert simplify(reports, 3)[1] == reports[1]


def test_crossing_180_degrees_is_like_any_other_place() -> None:
    here, there = wandering(800, seed=3, longitude=20.0), wandering(800, seed=3, longitude=180.0)
    assert any(one.fix and one.fix.longitude < 0 for one in there)
    assert any(one.fix and one.fix.longitude > 0 for one in there)
    kept = [one.time for one in simplify(there, 60)]
    assert kept == [one.time for one in simplify(here, 60)]


def test_a_great_circle_is_a_straight_line() -> None:
    """The shortest way from 0° to 90° east at 60° north leads past 67.8° north; the parallel is no straight line."""
    flight = [(degrees(atan(sqrt(3) * (cos(east) + sin(east)))), degrees(east)) for east in (0.0, 0.2, pi / 4, 1.3)]
    reports = [report(second, *place) for second, place in enumerate([*flight, (60.0, 90.0)])]
    assert simplify(reports, 4) == [reports[0], reports[-1]]
    level = [report(second, 60.0, second * 10.0) for second in range(10)]
    assert simplify(level, 4) != [level[0], level[-1]]


@pytest.mark.parametrize(
    "place",
    [
        lambda _: (52.0, 4.9),
        lambda second: (52.0 + second / 20_000 * (0.1 if second % 2 else -0.1), 5 + second * 1e-6),
        lambda second: (52.0 + second * 1e-7 * cos(second / 10), 5.0 + second * 1e-7 * sin(second / 10)),
        lambda second: (89.9999 if second % 2 else -89.9999, (second * 7) % 360 - 180.0),
        lambda second: (45.0 if second % 2 else -45.0, 90.0 if second % 2 else -90.0),
    ],
    ids=["one place", "growing zigzag", "spiral", "pole to pole", "antipodes"],
)
def test_made_up_tracks_are_simplified_too(
    place: Callable[[int], tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No track makes each of its points be looked at much more often than the bound says."""
    looks = 0
    inner = simplify.__globals__["_farthest"]

    def counted(points: list[object], begin: int, end: int) -> object:
        nonlocal looks
        looks += end - begin
        return inner(points, begin, end)

    monkeypatch.setitem(simplify.__globals__, "_farthest", counted)
    reports = track(place, 5000)
    kept = simplify(reports, 1000)
    assert kept[0] is reports[0]
    assert kept[-1] is reports[-1]
    assert 2 <= len(kept) <= 1000
    assert looks < 50 * len(reports)
