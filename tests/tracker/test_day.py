"""The reports of a day come to the same, in whatever order, how late and how often they arrive."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
import json
from random import Random

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report
from custom_components.plaspy_trackers.tracker import Settings, Tracker
from custom_components.plaspy_trackers.tracker.path import LONGEST_PATH, Place
from custom_components.plaspy_trackers.tracker.rules import LIVE_AGE
from custom_components.plaspy_trackers.tracker.values import TIME_SETTLES, Value
from tests.tracker import IMEI
from tests.tracker.day import BEGIN, END, HOME, record

SETTINGS = Settings(silence=timedelta(days=1), accuracy_limit=2000.0)

#: When each of the days is looked back at, still before midnight.
CLOSING = END + timedelta(hours=6)

ROUNDS = range(6)

type Arrival = tuple[datetime, Report]


@dataclass(slots=True)
class State:
    """All that is live of a tracker."""

    values: dict[str, Value]
    fix: Fix | None
    place: Place
    latches: set[Alarm]


@pytest.fixture(params=[1, 2], ids="seed {}".format)
def seed(request: pytest.FixtureRequest) -> int:
    """One of the days."""
    seed: int = request.param
    return seed


@pytest.fixture(params=[False, True], ids=["watch", "vehicle"])
def vehicle(request: pytest.FixtureRequest) -> bool:
    """Whether it is that of a watch or of a vehicle with an odometer."""
    vehicle: bool = request.param
    return vehicle


@cache
def day_of(seed: int, vehicle: bool) -> tuple[Report, ...]:
    return tuple(record(seed, vehicle=vehicle))


@cache
def state_in_order(seed: int, vehicle: bool) -> State:
    return state_after(in_order(day_of(seed, vehicle)))


def in_order(day: Iterable[Report]) -> list[Arrival]:
    return [(report.time, report) for report in day if report.time]


def state_after(arrivals: Iterable[Arrival]) -> State:
    tracker = Tracker(IMEI, SETTINGS, HOME)
    hear(tracker, arrivals)
    return close(tracker)


def hear(tracker: Tracker, arrivals: Iterable[Arrival]) -> None:
    for arrived, report in arrivals:
        # A tracker brings what it is told to UTC, in place.
        tracker.apply(deepcopy(report), arrived)


def close(tracker: Tracker) -> State:
    """Let the tracker say a last word and the times settle."""
    tracker.apply(Report(IMEI, "watch"), CLOSING)
    tracker.tick(CLOSING + TIME_SETTLES)
    return State(dict(tracker.values), tracker.fix, tracker.path.place, set(tracker.alarms.latches))


def without_alarms(state: State) -> State:
    values = {key: value for key, value in state.values.items() if key not in set(Alarm)}
    return State(values, state.fix, state.place, set())


def some_twice(day: Iterable[Report], random: Random) -> list[Report]:
    return [report for report in day for _ in range(random.choice((1, 1, 2)))]


def test_day_holds_what_can_go_wrong(seed: int, vehicle: bool) -> None:
    day = day_of(seed, vehicle)
    tracker = Tracker(IMEI, SETTINGS, HOME)
    hear(tracker, in_order(day))
    assert len(day) >= 300
    assert sum(report.fix is not None for report in day) <= LONGEST_PATH
    assert tracker.counts.keys() >= {"drift", "zone", "jump", "inaccurate"}
    assert tracker.counts.keys().isdisjoint({"late", "duplicate", "too_old", "clock_put_right", "clock_corrected"})


def test_watch_of_the_day_is_worn_and_was_taken_off() -> None:
    state = state_in_order(1, vehicle=False)
    told = {key: state.values[key] for key in ("worn", "heart_rate", "systolic", "battery_level", "steps")}
    assert told == {"worn": True, "heart_rate": None, "systolic": None, "battery_level": 79, "steps": 4400}
    assert state.latches == {Alarm.SOS, Alarm.FALL, Alarm.REMOVED}


@pytest.mark.parametrize("number", ROUNDS)
def test_reports_in_any_order_come_to_what_they_come_to_in_theirs(seed: int, vehicle: bool, number: int) -> None:
    """All but the alarms, which are old ones if they come after the day."""
    random = Random(number)
    reports = some_twice(day_of(seed, vehicle), random)
    random.shuffle(reports)
    arrivals = [(END + timedelta(seconds=second), report) for second, report in enumerate(reports)]
    assert without_alarms(state_after(arrivals)) == without_alarms(state_in_order(seed, vehicle))


@pytest.mark.parametrize("number", ROUNDS)
def test_reports_that_are_late_by_hours_come_to_what_they_come_to_in_time(
    seed: int, vehicle: bool, number: int
) -> None:
    random = Random(number)

    def delay(report: Report) -> timedelta:
        longest = LIVE_AGE.total_seconds() if report.alarms else random.choice((0.0, 60.0, 1800.0, 18_000.0))
        return timedelta(seconds=random.uniform(0.0, longest))

    reports = some_twice(day_of(seed, vehicle), random)
    arrivals = [(time + delay(report), report) for time, report in in_order(reports)]
    arrivals.sort(key=lambda arrival: arrival[0])
    assert state_after(arrivals) == state_in_order(seed, vehicle)


@pytest.mark.parametrize("number", ROUNDS)
def test_restart_at_any_time_of_the_day_changes_nothing(seed: int, vehicle: bool, number: int) -> None:
    random = Random(number)
    arrivals = in_order(day_of(seed, vehicle))
    tracker = Tracker(IMEI, SETTINGS, HOME)
    for _ in range(5):
        until = random.randint(0, len(arrivals))
        hear(tracker, arrivals[:until])
        del arrivals[:until]
        snapshot = json.loads(json.dumps(tracker.snapshot()))
        tracker = Tracker(IMEI, SETTINGS, HOME)
        tracker.restore(snapshot, BEGIN)
    hear(tracker, arrivals)
    restarted, expected = close(tracker), state_in_order(seed, vehicle)
    # The parts of a fix that no later one told are among the values, and on no path.
    assert restarted.place._replace(parts=expected.place.parts) == expected.place
    assert (restarted.values, restarted.fix) == (expected.values, expected.fix)
    assert restarted.latches == expected.latches
