"""Fuel through a day: smoothed against slosh, no refuelling and no theft that is none, and every true one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm
from custom_components.plaspy_trackers.tracker.fuel import Fuel, FuelEvent, Moment, Tank
from tests.tracker import fix_at, north
from tests.tracker.tank import BEGIN, Day, Leg, drive, park, wait

TANK = Tank("analog_1", capacity=60)

#: A working day: through town, with lights and jams, lunch and deliveries; nothing is filled and nothing stolen.
WORK = [
    park(60),
    drive(25),
    wait(1.5),
    drive(4),
    wait(4),
    drive(12),
    park(20),
    drive(45),
    park(45),
    *([drive(6), wait(1), drive(3), park(7)] * 6),
    drive(70),
    wait(30),
    drive(20),
    park(300),
]


def events_of(day: Day, fuel: Fuel | None = None) -> list[FuelEvent]:
    fuel = fuel or Fuel(TANK)
    return [event for moment, reading, _ in day.readings() if (event := fuel.take(reading, moment))]


@pytest.mark.parametrize("interval", [10, 30, 60, 180])
@pytest.mark.parametrize("seed", range(6))
def test_day_of_slosh_shows_no_refuelling_and_no_theft(interval: float, seed: int) -> None:
    assert events_of(Day(WORK, interval=interval, seed=seed)) == []


@pytest.mark.parametrize("interval", [10, 30, 60])
@pytest.mark.parametrize("litres", [5, 8, 40])
@pytest.mark.parametrize("stop", [park, wait], ids=["ignition off", "engine running"])
@pytest.mark.parametrize("seed", range(3))
def test_each_refuelling_is_told_once(interval: float, litres: float, stop: Callable[..., Leg], seed: int) -> None:
    legs = [park(30), drive(60), stop(16, litres), drive(60), park(60)]
    (event,) = events_of(Day(legs, full=15, interval=interval, seed=seed))
    assert event.alarm is Alarm.REFUEL
    assert event.after - event.before == pytest.approx(litres, abs=3)


@pytest.mark.parametrize("interval", [10, 30, 60])
@pytest.mark.parametrize("litres", [5, 8, 40])
@pytest.mark.parametrize("takes", [2, 10])
@pytest.mark.parametrize("seed", range(3))
def test_each_theft_from_a_parked_vehicle_is_told_once(interval: float, litres: float, takes: float, seed: int) -> None:
    legs = [park(30), drive(60), park(240, -litres, begins=60, takes=takes), drive(60), park(60)]
    (event,) = events_of(Day(legs, interval=interval, seed=seed))
    assert event.alarm is Alarm.FUEL_THEFT
    # It is told while it goes on: how much was taken may not be known yet.
    assert 4 <= event.before - event.after <= litres + 2


@pytest.mark.parametrize("seed", range(6))
def test_smoothed_fuel_is_near_what_is_in_the_tank(seed: int) -> None:
    fuel = Fuel(TANK)
    smoothed, raw = [], []
    for moment, reading, litres in Day(WORK, slope=0, seed=seed).readings():
        fuel.take(reading, moment)
        assert fuel.level is not None
        smoothed.append(abs(fuel.level - litres))
        raw.append(abs(reading - litres))
    assert sum(smoothed) < sum(raw) / 2
    assert sorted(smoothed)[len(smoothed) * 99 // 100] < 2


def test_tracker_that_sleeps_while_parked_tells_of_a_theft_as_it_wakes() -> None:
    legs = [park(30), drive(60), park(600, -20, begins=60), wait(2), drive(60), park(60)]
    for seed in range(6):
        (event,) = events_of(Day(legs, interval=30, seed=seed, asleep=True))
        assert event.alarm is Alarm.FUEL_THEFT
        assert event.before - event.after == pytest.approx(20, abs=6)


def test_vehicle_without_ignition_wire_shows_both() -> None:
    legs = [Leg(60, True), Leg(30, False, change=-10), Leg(60, True), Leg(20, False, change=25), Leg(60, True)]
    for seed in range(6):
        assert [event.alarm for event in events_of(Day(legs, seed=seed))] == [Alarm.FUEL_THEFT, Alarm.REFUEL]


def test_what_is_filled_and_stolen_in_one_stop_is_both() -> None:
    legs = [drive(30), park(20, 20), park(20, -12), drive(30)]
    assert [event.alarm for event in events_of(Day(legs, full=20))] == [Alarm.REFUEL, Alarm.FUEL_THEFT]


def test_thirsty_engine_is_no_thief() -> None:
    assert events_of(Day([drive(120), wait(120), drive(60)], full=200, burns=45, slosh=4)) == []


def test_truck_that_drove_out_of_coverage_was_not_robbed() -> None:
    fuel = Fuel(TANK)
    places = [fix_at(), fix_at(latitude=north(30_000))]
    for minute, litres, place in ((0, 50, 0), (2, 50, 0), (4, 50, 0), (90, 41, 1), (92, 41, 1), (94, 41, 1)):
        moment = Moment(BEGIN + timedelta(minutes=minute), standing=True, ignition=False, place=places[place])
        assert fuel.take(litres, moment) is None
    assert fuel.level == 41


def test_single_reading_that_is_off_is_nothing() -> None:
    fuel = Fuel(TANK)
    for minute in range(60):
        moment = Moment(BEGIN + timedelta(minutes=minute), standing=True, ignition=False, place=None)
        assert fuel.take(5.0 if minute % 10 == 7 else 50.0, moment) is None
        assert fuel.level == 50


def test_reading_that_comes_late_changes_nothing() -> None:
    fuel = Fuel(TANK)
    moment = Moment(BEGIN, standing=True, ignition=False, place=None)
    fuel.take(50, moment)
    before = fuel.snapshot()
    assert fuel.take(10, replace_time(moment, -10)) is None
    assert fuel.snapshot() == before


def test_restart_in_the_middle_of_a_theft_costs_nothing() -> None:
    legs = [drive(60), park(240, -10, begins=60, takes=10), drive(60)]
    readings = list(Day(legs).readings())
    for restart in range(100, 300, 7):
        fuel, events = Fuel(TANK), []
        for number, (moment, reading, _) in enumerate(readings):
            if number == restart:
                before, fuel = fuel.snapshot(), Fuel(TANK)
                fuel.restore(before, None)
                assert fuel.snapshot() == before
            if event := fuel.take(reading, moment):
                events.append(event.alarm)
        assert events == [Alarm.FUEL_THEFT]


def test_tank_that_is_set_anew_begins_anew() -> None:
    fuel = Fuel(TANK)
    fuel.take(50, Moment(BEGIN, standing=True, ignition=False, place=None))
    other = Fuel(replace(TANK, capacity=70))
    other.restore(fuel.snapshot(), None)
    assert other.snapshot() == Fuel(other.tank).snapshot()


def test_clock_that_is_put_right_hides_no_theft_and_makes_none() -> None:
    fuel = Fuel(TANK)
    ahead = Moment(BEGIN + timedelta(days=2), standing=True, ignition=False, place=None)
    for minute in range(10):
        assert fuel.take(50, replace_time(ahead, minute)) is None
    fuel.set_clock_back(BEGIN)
    right = ahead._replace(time=BEGIN)
    found = [fuel.take(50 if minute < 10 else 40, replace_time(right, minute)) for minute in range(20)]
    assert [event.alarm for event in found if event] == [Alarm.FUEL_THEFT]


def replace_time(moment: Moment, minutes: float) -> Moment:
    return moment._replace(time=moment.time + timedelta(minutes=minutes))


@pytest.mark.parametrize(("litres", "events"), [(20, []), (40, [Alarm.REFUEL])])
def test_large_tank_has_a_large_threshold(litres: float, events: list[Alarm]) -> None:
    day = Day([drive(60), park(20, litres), drive(60)], full=500, slosh=8, swell=4, slope=6)
    for tank in (Tank("analog_1", capacity=600), Tank("fuel_volume")):
        assert [event.alarm for event in events_of(day, Fuel(tank))] == events


def test_threshold_is_the_users() -> None:
    day = Day([drive(60), park(20, 20), drive(60)], full=20)
    assert events_of(day, Fuel(replace(TANK, threshold=30))) == []
    assert [event.alarm for event in events_of(day, Fuel(replace(TANK, threshold=15)))] == [Alarm.REFUEL]
