"""Days as trackers report them, with all that makes them hard to read, and what is found in them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians
from random import Random
from typing import cast

import pytest

from custom_components.plaspy_trackers.archive.stays import Habits
from custom_components.plaspy_trackers.archive.trips import Stop, Summary, Trip, find_trips, summarise
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings, Report
from custom_components.plaspy_trackers.tracker.rules import Zone

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
DEGREE = 111_195.0

type Place = tuple[float, float]

#: In km east and north of the first.
HOME: Place = (0.0, 0.0)
SHOP: Place = (2.0, 1.0)
WORK: Place = (8.0, 6.0)


class Day:
    """A day that is told part by part, from midnight on, with the noise of a receiver."""

    def __init__(self, *, seed: int = 1, noise: float = 8.0, longitude: float = 4.9, speeds: bool = True) -> None:
        """Begin at home."""
        self.random = Random(seed)
        self.noise = noise
        self.longitude = longitude
        self.speeds = speeds
        self.at: Place = HOME
        self.time = MIDNIGHT
        self.reports: list[Report] = []

    def fix(self, place: Place, *, speed: float | None = None, accuracy: float | None = None) -> Fix:
        """Return a place in degrees."""
        longitude = self.longitude + place[0] * 1000 / DEGREE / cos(radians(52.0))
        latitude = 52.0 + place[1] * 1000 / DEGREE
        told = speed if self.speeds else None
        return Fix(latitude, (longitude + 180) % 360 - 180, self.time, speed=told, accuracy=accuracy)

    def tell(
        self,
        *,
        speed: float = 0.0,
        noise: float | None = None,
        place: Place | None = None,
        accuracy: float | None = None,
        readings: Readings | None = None,
    ) -> None:
        """Report where the tracker is, about."""
        metres = (self.noise if noise is None else noise) / 1000
        east, north = place or self.at
        where = (east + self.random.gauss(0, metres), north + self.random.gauss(0, metres))
        fix = self.fix(where, speed=speed, accuracy=accuracy)
        self.reports.append(Report("861234050000001", "watch", self.time, fix, readings or {}))

    def stand(
        self, minutes: float, *, every: float = 60, noise: float | None = None, readings: Readings | None = None
    ) -> Day:
        """Stay."""
        end = self.time + timedelta(minutes=minutes)
        while self.time < end:
            self.tell(noise=noise, readings=readings)
            self.time += timedelta(seconds=every)
        self.time = end
        return self

    def go(self, to: Place, *, speed: float = 40.0, every: float = 20, readings: Readings | None = None) -> Day:
        """Go straight to a place, in km/h."""
        begin, start = self.at, self.time
        hours = hypot(to[0] - begin[0], to[1] - begin[1]) / speed
        end = start + timedelta(hours=hours)
        while self.time < end:
            share = (self.time - start) / (end - start)
            self.at = (begin[0] + (to[0] - begin[0]) * share, begin[1] + (to[1] - begin[1]) * share)
            self.tell(speed=speed, readings=readings)
            self.time += timedelta(seconds=every)
        self.at, self.time = to, end
        return self

    def rest(self, minutes: float) -> Day:
        """Say nothing for a while."""
        self.time += timedelta(minutes=minutes)
        return self


def zones(longitude: float = 4.9) -> dict[str, Zone]:
    found = {}
    for name, place, radius in (("Home", HOME, 100.0), ("Work", WORK, 150.0), ("Town", HOME, 5000.0)):
        fix = Day(longitude=longitude).fix(place)
        found[name] = Zone(fix.latitude, fix.longitude, radius)
    return found


def names(found: list[Trip | Stop]) -> list[str]:
    """Return what was found as words: the zone of a stop, an arrow for a trip."""
    return [one.spot.zone or "?" if isinstance(one, Stop) else "→" for one in found]


def minutes(time: datetime | timedelta) -> float:
    return (time if isinstance(time, timedelta) else time - MIDNIGHT) / timedelta(minutes=1)


def commute(day: Day) -> Day:
    return day.stand(60).go(WORK).stand(240).go(SHOP).stand(20).go(HOME).stand(60)


def test_a_day_is_stops_and_the_trips_between() -> None:
    found = find_trips(commute(Day()).reports, zones=zones())
    assert names(found) == ["Home", "→", "Work", "→", "Town", "→", "Home"]
    home, to_work, work, to_shop, shop, _, _ = found
    assert isinstance(home, Stop)
    assert isinstance(work, Stop)
    assert isinstance(shop, Stop)
    assert isinstance(to_work, Trip)
    assert isinstance(to_shop, Trip)
    assert minutes(home.departure) == pytest.approx(60, abs=1)
    assert minutes(work.arrival) == pytest.approx(75, abs=1)
    assert minutes(work.duration) == pytest.approx(240, abs=2)
    assert minutes(shop.duration) == pytest.approx(20, abs=2)
    assert to_work.distance == pytest.approx(10.0, rel=0.02)
    assert to_work.average_speed == pytest.approx(40, rel=0.1)
    assert to_work.top_speed == 40.0
    assert (to_work.origin, to_work.destination) == (home.spot, work.spot)
    assert (to_work.start, to_work.end) == (home.departure, work.arrival)
    assert shop.spot.latitude == pytest.approx(52.0 + 1000 / DEGREE, abs=10 / DEGREE)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "day",
    [
        lambda seed: Day(seed=seed),
        lambda seed: Day(seed=seed, noise=25.0),
        lambda seed: Day(seed=seed, speeds=False),
        lambda seed: Day(seed=seed, longitude=180.0 - 0.05),
    ],
    ids=["plain", "noisy", "without speeds", "at 180 degrees"],
)
def test_the_day_is_read_whatever_the_receiver(day: Callable[[int], Day], seed: int) -> None:
    made = day(seed)
    found = find_trips(commute(made).reports, zones=zones(made.longitude))
    assert names(found) == ["Home", "→", "Work", "→", "Town", "→", "Home"]
    assert sum(one.distance for one in found if isinstance(one, Trip)) == pytest.approx(
        10 + hypot(6, 5) + hypot(2, 1), rel=0.1
    )


def test_the_order_of_reports_does_not_matter() -> None:
    reports = commute(Day()).reports
    shuffled = Random(2).sample(reports, len(reports))
    assert find_trips([*shuffled, *shuffled[:50]], zones=zones()) == find_trips(reports, zones=zones())


def test_nothing_comes_of_nothing_or_of_one_fix() -> None:
    assert find_trips([]) == []
    assert find_trips(Day().stand(1).reports) == []
    assert find_trips([Report("1", "watch", MIDNIGHT)]) == []


def test_drift_is_no_trip() -> None:
    day = Day(noise=30.0).stand(600, every=30)
    for number in range(0, len(day.reports), 37):
        # Now and then a reflection, far off and back with the next fix.
        day.time = day.reports[number].time or day.time
        day.reports[number].fix = day.fix((0.4, -0.5), speed=3.0)
    [stop] = find_trips(day.reports, zones=zones())
    assert isinstance(stop, Stop)
    assert stop.spot.zone == "Home"
    assert minutes(stop.duration) >= 598


def test_drift_of_minutes_is_no_trip_if_the_fixes_say_how_bad_they_are() -> None:
    day = Day().stand(60)
    for _ in range(10):
        day.tell(place=(0.28, 0.0), accuracy=150.0)
        day.time += timedelta(minutes=1)
    assert names(find_trips(day.stand(60).reports, zones=zones())) == ["Home"]


def test_a_cell_far_away_is_no_trip() -> None:
    day = Day().stand(60)
    for number in range(20):
        day.tell(place=(3.0, 3.0))
        fix = day.reports[-1].fix
        assert fix is not None
        fix.source = FixSource.CELL
        fix.accuracy = 1500.0 if number % 2 else None
        day.time += timedelta(minutes=1)
    assert names(find_trips(day.stand(60).reports, zones=zones())) == ["Home"]


def test_an_impossible_fix_is_no_trip() -> None:
    day = Day().stand(60)
    day.tell(place=(900.0, 40.0))
    day.stand(60)
    day.tell(place=(900.0, 40.0))
    assert names(find_trips(day.stand(60).reports, zones=zones())) == ["Home"]


def test_a_wrong_first_fix_is_forgotten() -> None:
    day = Day()
    day.tell(place=(900.0, 40.0))
    day.time += timedelta(minutes=1)
    assert names(find_trips(day.stand(60).reports, zones=zones())) == ["Home"]


def test_hours_indoors_without_a_fix_are_a_stop() -> None:
    day = Day().stand(30).go(WORK).rest(500).go(HOME).stand(30)
    found = find_trips(day.reports, zones=zones())
    assert names(found) == ["Home", "→", "Work", "→", "Home"]
    assert minutes(cast("Stop", found[2]).duration) == pytest.approx(500, abs=2)


def test_a_silent_night_ends_when_the_way_that_was_made_in_it_has_to_begin() -> None:
    """The tracker slept at home and woke when it was 3 km away."""
    day = Day().stand(30).rest(480)
    day.at = (3.0, 0.0)
    found = find_trips(day.go(WORK).stand(30).reports, zones=zones())
    assert names(found) == ["Home", "→", "Work"]
    home, trip, _ = found
    assert isinstance(home, Stop)
    assert isinstance(trip, Trip)
    assert 490 < minutes(home.departure) < 510
    assert trip.distance == pytest.approx(3 + hypot(5, 6), rel=0.02)


def test_a_single_fix_before_a_silent_night_is_a_stop() -> None:
    day = Day()
    day.at = WORK
    day.go(HOME)
    day.tell()
    found = find_trips(day.rest(480).go(WORK).stand(30).reports, zones=zones())
    assert names(found) == ["→", "Home", "→", "Work"]
    assert minutes(cast("Stop", found[1]).duration) == pytest.approx(480, abs=3)


def test_a_silence_that_began_on_the_way_was_spent_where_it_ended() -> None:
    day = Day().stand(30).go((6.0, 5.0)).rest(300)
    day.at = WORK
    found = find_trips(day.stand(30).reports, zones=zones())
    assert names(found) == ["Home", "→", "Work"]
    assert minutes(cast("Stop", found[2]).duration) == pytest.approx(325, abs=5)


def test_a_tunnel_is_no_stop() -> None:
    day = Day().stand(30).go((10.0, 0.0)).rest(40)
    day.at = (40.0, 0.0)
    found = find_trips(day.go((50.0, 0.0)).stand(30).reports, zones=zones())
    assert names(found) == ["Home", "→", "?"]
    assert cast("Trip", found[1]).distance == pytest.approx(50, rel=0.02)


def test_a_sleeping_tracker_is_where_it_stopped() -> None:
    """Until now: the arrival is all that is known."""
    day = Day().stand(30).go(WORK)
    day.tell(readings={"ignition": False})
    assert names(find_trips(day.reports, zones=zones())) == ["Home", "→"]
    found = find_trips(day.reports, zones=zones(), until=day.time + timedelta(hours=3))
    assert names(found) == ["Home", "→", "Work"]
    assert minutes(cast("Stop", found[2]).duration) == pytest.approx(180, abs=1)


def test_who_is_on_the_way_has_not_stopped() -> None:
    day = Day().stand(30).go((4.0, 3.0))
    found = find_trips(day.reports, zones=zones(), until=day.time + timedelta(seconds=30))
    assert names(found) == ["Home", "→"]


@pytest.mark.parametrize(
    ("wait", "ignition", "expected"),
    [
        (3, None, ["Home", "→", "Work"]),
        (8, None, ["Home", "→", "Town", "→", "Work"]),
        (8, True, ["Home", "→", "Work"]),
        (25, True, ["Home", "→", "Town", "→", "Work"]),
        (3, False, ["Home", "→", "Town", "→", "Work"]),
    ],
)
def test_the_ignition_tells_a_jam_from_a_stop(wait: int, ignition: bool | None, expected: list[str]) -> None:
    driving: Readings = {} if ignition is None else {"ignition": True}
    standing: Readings = {} if ignition is None else {"ignition": ignition}
    day = Day().stand(60).go(SHOP, readings=driving).stand(wait, every=20, readings=standing)
    day.go(WORK, readings=driving).stand(60)
    if ignition is not None:
        day.reports[-50].readings["ignition"] = False
    assert names(find_trips(day.reports, zones=zones())) == expected


def test_the_ignition_is_what_was_told_last() -> None:
    """Also by reports without a fix."""
    day = Day().stand(60).go(SHOP, readings={"ignition": True})
    day.reports.append(Report("1", "watch", day.time, None, {"ignition": False}))
    day.stand(3, every=20)
    day.reports.append(Report("1", "watch", day.time, None, {"ignition": True}))
    assert names(find_trips(day.go(WORK).stand(60).reports, zones=zones())) == ["Home", "→", "Town", "→", "Work"]


def test_a_short_hop_is_no_trip() -> None:
    day = Day().stand(60).go((0.18, 0.0), speed=4).stand(60).go(HOME, speed=4).stand(60)
    assert names(find_trips(day.reports, zones=zones())) == ["Home"]


def test_a_walk_around_the_block_is_one() -> None:
    day = Day().stand(60)
    for corner in ((0.4, 0.0), (0.4, 0.4), (0.0, 0.4), HOME):
        day.go(corner, speed=5)
    found = find_trips(day.stand(60).reports, zones=zones())
    assert names(found) == ["Home", "→", "Home"]
    assert cast("Trip", found[1]).distance == pytest.approx(1.6, rel=0.1)


def test_a_watch_that_reports_each_half_hour_is_understood() -> None:
    day = Day().stand(120, every=1800)
    day.at = WORK
    day.stand(240, every=1800)
    day.at = HOME
    found = find_trips(day.stand(120, every=1800).reports, zones=zones())
    assert names(found) == ["Home", "→", "Work", "→", "Home"]


def test_habits_can_be_others() -> None:
    reports = Day().stand(60).go(SHOP).stand(12).go(WORK).stand(60).reports
    assert names(find_trips(reports, zones=zones(), habits=Habits(shortest_stop=timedelta(minutes=15)))) == [
        "Home",
        "→",
        "Work",
    ]


def test_one_told_speed_that_none_beside_it_bears_out_is_a_slip() -> None:
    day = Day().stand(30).go(WORK).stand(30)
    fix = day.reports[50].fix
    assert fix is not None
    fix.speed = 900.0
    trip = find_trips(day.reports)[1]
    assert isinstance(trip, Trip)
    assert trip.top_speed == 90.0


def test_a_trip_without_told_speeds_has_the_speed_of_its_way() -> None:
    trip = find_trips(Day(speeds=False).stand(30).go(WORK).stand(30).reports)[1]
    assert isinstance(trip, Trip)
    assert trip.top_speed == pytest.approx(40, rel=0.25)


def test_a_day_is_summed_up() -> None:
    day = commute(Day())
    for number, report in enumerate(day.reports):
        report.readings |= {"heart_rate": 60 + number % 50, "steps": number * 10, "battery_level": 90 - number / 10}
    day.reports[3].readings["heart_rate"] = None
    day.reports[5].alarms = (Alarm.SOS,)
    day.reports[6].alarms = (Alarm.SOS, Alarm.FALL)
    trips = [one for one in find_trips(day.reports) if isinstance(one, Trip)]
    summary = summarise(day.reports)
    assert summary.heart_rate_mean == pytest.approx(84, abs=2)
    assert summary == Summary(
        distance=sum(trip.distance for trip in trips),
        moving_time=sum((trip.duration for trip in trips), timedelta()),
        trips=3,
        stops=4,
        first_fix=day.reports[0].time,
        last_fix=day.reports[-1].time,
        top_speed=40.0,
        heart_rate_min=60,
        heart_rate_mean=summary.heart_rate_mean,
        heart_rate_max=109,
        steps=(len(day.reports) - 1) * 10,
        battery_min=90 - (len(day.reports) - 1) / 10,
        battery_max=90,
        alarms={Alarm.SOS: 2, Alarm.FALL: 1},
    )


def test_a_day_of_nothing_is_nothing() -> None:
    assert summarise([]) == Summary()


@pytest.mark.parametrize(
    ("counts", "steps"),
    [
        ([], None),
        ([500], 500),
        ([0, 10, 20], 20),
        ([100, 200, 350], 350),
        ([9000, 9100, 0, 50, 400], 500),
        ([9000, 30, 400], 400),
        ([100, 0, 150, 200], 200),
        ([100, 200, 200], 200),
    ],
)
def test_steps_are_those_of_the_day(counts: list[int], steps: int | None) -> None:
    """A counter that starts anew during the day began with the steps of the day before."""
    reports = [
        Report("1", "watch", MIDNIGHT + timedelta(minutes=number), None, {"steps": count})
        for number, count in enumerate(counts)
    ]
    assert summarise(reports).steps == steps
