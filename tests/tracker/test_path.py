"""What a fix does to the position and the distance, in the light of those before it."""

from datetime import date, timedelta
import json
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.plaspy_trackers.gateway.models import Fix, FixSource
from custom_components.plaspy_trackers.tracker.path import LONGEST_PATH, Home, Parts, Path, Place, Verdict
from custom_components.plaspy_trackers.tracker.rules import Zone
from tests.tracker import NOW, fix_at, north

HOME = Home((Zone(52.0, 4.9, 100.0),))
FAR = 300_000.0
OTHER = -400_000.0


def fix_of(minute: float, metres: float, **parts: Any) -> Fix:
    return fix_at(NOW + timedelta(minutes=minute), north(metres), **parts)


def follow(*fixes: Fix, standing: bool = False, home: Home = HOME) -> tuple[Path, list[Verdict]]:
    path = Path()
    return path, [path.add(fix, standing, home) for fix in fixes]


def at(*places: tuple[float, float]) -> list[Fix]:
    """Return fixes at so many minutes and metres."""
    return [fix_of(minute, metres) for minute, metres in places]


M, D, Z, J = Verdict.MOVED, Verdict.DRIFT, Verdict.ZONE, Verdict.JUMP


@pytest.mark.parametrize(
    ("places", "verdicts"),
    [
        ([(0, 0), (1, 1000), (2, 2000)], [M, M, M]),
        # One that is wrong changes nothing, and neither do two.
        ([(0, 0), (1, 0), (2, FAR), (3, 1000)], [M, M, J, M]),
        ([(0, 0), (1, 0), (2, FAR), (2.5, FAR + 9), (3, 1000)], [M, M, J, J, M]),
        # Three that agree are believed, and those after them belong to them.
        ([(0, 0), (1, 0), (2, FAR), (2.5, FAR), (3, FAR), (3.5, FAR + 100)], [M, M, J, J, M, M]),
        # Three that do not agree are not.
        ([(0, 0), (1, 0), (2, FAR), (2.5, OTHER), (3, FAR)], [M, M, J, J, J]),
        # Nor those between which the tracker was seen where it was.
        ([(0, 0), (1, 0), (2, FAR), (2.5, FAR), (3, 50), (3.5, FAR), (4, FAR)], [M, M, J, J, M, J, J]),
        # The very first may be the wrong one: a receiver that just woke up.
        ([(0, FAR), (1, 0), (2, 100)], [M, M, M]),
        ([(0, FAR), (1, 0), (2, FAR)], [M, M, M]),
        ([(0, 0), (1, 0), (2, FAR)], [M, M, J]),
        # There is time for a journey.
        ([(0, 0), (1, 0), (20, FAR)], [M, M, M]),
    ],
)
def test_jump_is_not_believed_before_it_is_confirmed(
    places: list[tuple[float, float]], verdicts: list[Verdict]
) -> None:
    fixes = at(*places)
    path, found = follow(*fixes)
    assert found == verdicts
    shown = max(index for index, verdict in enumerate(verdicts) if verdict is M)
    assert path.place.fix == fixes[shown]


def test_jump_is_no_distance_covered_whether_it_is_believed_or_not() -> None:
    path, _ = follow(*at((0, 0), (1, 0), (2, FAR), (3, 0)))
    assert path.place.travelled == 0.0
    path, _ = follow(*at((0, 0), (1, 0), (2, FAR), (2.5, FAR), (3, FAR), (4, FAR + 500)))
    assert path.place.travelled == pytest.approx(0.5, abs=0.001)
    path, _ = follow(*at((0, FAR), (1, 0), (2, 500)))
    assert path.place.travelled == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(("standing", "verdict"), [(True, D), (False, M)])
def test_drift_does_not_move_what_stands_still(standing: bool, verdict: Verdict) -> None:
    path, found = follow(fix_of(0, 0), fix_of(5, 45), standing=standing)
    assert found == [M, verdict]
    assert path.place.fix == (fix_of(5, 45) if verdict is M else fix_of(0, 0))
    assert path.place.time == NOW + timedelta(minutes=5)
    assert path.place.confirmed


def test_tracker_that_stands_still_elsewhere_has_moved() -> None:
    path, found = follow(fix_of(0, 0), fix_of(60, 5000), standing=True)
    assert found == [M, M]
    assert path.place.fix == fix_of(60, 5000)


def test_drift_cannot_walk_away_step_by_step() -> None:
    """Each is judged by the place that is kept, not by the one before."""
    path, found = follow(*(fix_of(number, number * 30) for number in range(4)), standing=True)
    assert found == [M, D, M, D]
    assert path.place.fix == fix_of(2, 60)


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [({"accuracy": 900.0, "source": FixSource.CELL}, Z), ({"accuracy": 50.0}, M), ({}, M)],
)
def test_only_an_inaccurate_fix_does_not_take_a_person_out_of_a_zone(parts: dict[str, Any], verdict: Verdict) -> None:
    path, found = follow(fix_of(0, 0), fix_of(5, 600, **parts))
    assert found == [M, verdict]
    assert path.place.fix == (fix_of(0, 0) if verdict is Z else fix_of(5, 600, **parts))
    assert path.place.time == NOW + timedelta(minutes=5)


def test_inaccurate_fix_brings_nobody_home() -> None:
    path, found = follow(fix_of(0, 700), fix_of(5, 600, accuracy=900.0))
    assert found == [M, M]
    assert path.place.fix == fix_of(5, 600, accuracy=900.0)


def test_parts_of_a_fix_are_known_from_those_that_are_no_jump() -> None:
    path, _ = follow(
        fix_of(0, 0, altitude=3.0, course=90.0, satellites=9),
        fix_of(1, 500, speed=30.0, hdop=1.0),
        fix_of(2, FAR, altitude=9000.0, speed=900.0),
    )
    assert path.place.parts == Parts(3.0, 90.0, 1.0, 9, 30.0)


def test_course_and_altitude_of_what_drifts_mean_nothing() -> None:
    parts = {"altitude": 3.0, "course": 90.0, "hdop": 1.0, "satellites": 9, "speed": 0.0}
    other = {"altitude": 30.0, "course": 270.0, "hdop": 2.0, "satellites": 5, "speed": 0.4}
    path, _ = follow(fix_of(0, 0, **parts), fix_of(1, 10, **other), standing=True)
    assert path.place.parts == Parts(3.0, 90.0, 2.0, 5, 0.4)


@pytest.mark.parametrize(
    ("metres", "accuracy", "kilometres"),
    [
        ([0, 1000, 2000], 10.0, 2.0),
        # Noise comes to nothing, but a slow walk to all of its way.
        ([0, 15, -10, 20, -5, 12], 10.0, 0.0),
        ([0, 10, 20, 30, 40, 50, 60], 10.0, 0.06),
        # A way there and back is two.
        ([0, 500, 0], 10.0, 1.0),
        ([0, 90, -90, 80], 200.0, 0.0),
    ],
)
def test_distance_is_covered_by_what_is_more_than_noise(
    metres: list[float], accuracy: float, kilometres: float
) -> None:
    path, _ = follow(*(fix_of(minute, metre, accuracy=accuracy) for minute, metre in enumerate(metres)))
    assert path.place.travelled == pytest.approx(kilometres, abs=0.001)
    assert path.place.today == path.place.travelled


def test_distance_counts_from_the_most_accurate_of_the_fixes_at_one_place() -> None:
    path, _ = follow(fix_of(0, 90, accuracy=100.0), fix_of(1, 0, accuracy=5.0), fix_of(2, 95, accuracy=5.0))
    assert path.place.travelled == pytest.approx(0.095, abs=0.001)


def test_day_begins_at_midnight_of_the_home() -> None:
    """At noon by UTC it is late in the evening there."""
    home = Home(timezone=ZoneInfo("Pacific/Auckland"))
    before, after = fix_at(NOW - timedelta(minutes=62)), fix_at(NOW - timedelta(minutes=61), north(1000))
    path, _ = follow(before, after, fix_at(NOW - timedelta(minutes=60), north(1500)), home=home)
    assert path.place.day == date(2026, 11, 21)
    assert path.place.today == pytest.approx(0.5, abs=0.001)
    assert path.place.travelled == pytest.approx(1.5, abs=0.001)


def test_fix_of_a_time_that_is_known_is_a_duplicate_wherever_it_is() -> None:
    path, _ = follow(*at((0, 0), (1, 500), (2, 1000)))
    before = path.place
    for minute in (0, 1, 2):
        assert path.add(fix_of(minute, 5), False, HOME) is Verdict.DUPLICATE
    assert path.place == before


def test_late_fix_is_put_where_its_time_belongs_and_those_after_it_are_judged_again() -> None:
    """It is the third that tells of the place that two alone were not believed."""
    path, verdicts = follow(*at((0, 0), (1, 0), (2, FAR), (3, FAR)))
    assert verdicts == [M, M, J, J]
    assert path.add(fix_of(2.5, FAR), False, HOME) is J
    assert path.place.fix == fix_of(3, FAR)
    assert path == follow(*at((0, 0), (1, 0), (2, FAR), (2.5, FAR), (3, FAR)))[0]


def walk(fixes: int) -> list[Fix]:
    return [fix_of(minute, minute * 60, speed=3.6) for minute in range(fixes)]


def test_path_keeps_so_many_fixes_and_knows_those_before_as_old() -> None:
    fixes = walk(LONGEST_PATH + 10)
    path, _ = follow(*fixes)
    before = path.place
    assert before.travelled == pytest.approx((LONGEST_PATH + 9) * 0.06, rel=0.001)
    assert path.add(fixes[9], False, HOME) is Verdict.DUPLICATE
    assert path.add(fix_of(8.5, 0), False, HOME) is Verdict.TOO_OLD
    assert path.place == before
    # The oldest that still counts is the one after the last that was let go.
    assert path.add(fix_of(9.5, 570), False, HOME) is Verdict.MOVED
    assert path.place.travelled == pytest.approx(before.travelled)


@pytest.mark.parametrize("seed", range(3))
def test_fixes_of_a_long_day_may_be_late_by_as_many_as_the_path_keeps(seed: int) -> None:
    random = Random(seed)
    fixes = walk(3 * LONGEST_PATH)
    expected, _ = follow(*fixes)
    shuffled = []
    for begin in range(0, len(fixes), LONGEST_PATH):
        part = fixes[begin : begin + LONGEST_PATH]
        random.shuffle(part)
        shuffled += part
    assert follow(*shuffled)[0].place == expected.place


def test_fix_that_is_older_than_the_path_costs_its_distance_and_nothing_else() -> None:
    """A day that is longer than the path may end with less distance, but at the same place."""
    fixes = walk(LONGEST_PATH * 2)
    shuffled = Random(1).sample(fixes, len(fixes))
    path, verdicts = follow(*shuffled)
    expected = follow(*fixes)[0].place
    assert Verdict.TOO_OLD in verdicts
    assert (path.place.fix, path.place.time) == (expected.fix, expected.time)
    assert path.place.travelled == pytest.approx(expected.travelled, rel=0.05)


def test_clock_that_is_set_back_leaves_the_tracker_where_it_is() -> None:
    path, _ = follow(*at((0, 0), (1, 1000), (2, 2000)))
    place = path.place
    path.set_clock_back(NOW - timedelta(hours=8))
    assert path.place == place._replace(time=NOW - timedelta(hours=8))
    assert path.add(fix_of(-479, 3000), False, HOME) is M
    assert path.place.travelled == pytest.approx(3.0, abs=0.001)


def test_snapshot_keeps_what_is_known_and_the_suspects() -> None:
    fixes = at((0, 0), (1, 0), (2, 1000), (3, FAR), (3.5, FAR))
    path, _ = follow(*fixes)
    restored = Path()
    restored.restore(json.loads(json.dumps(path.snapshot())))
    assert restored.place == path.place._replace(parts=Parts())
    assert restored.newest == path.newest
    assert restored.add(fixes[-1], False, HOME) is Verdict.DUPLICATE
    assert restored.add(fixes[1], False, HOME) is Verdict.TOO_OLD
    assert restored.add(fix_of(4, FAR), False, HOME) is M


def test_snapshot_of_a_path_without_fixes_is_one() -> None:
    restored = Path()
    restored.restore(json.loads(json.dumps(Path().snapshot())))
    assert restored == Path()
    assert restored.place == Place()
