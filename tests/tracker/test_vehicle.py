"""What follows from what a vehicle tells: a lost supply, a tow, its fuel, and what its inputs are."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings, Report
from custom_components.plaspy_trackers.tracker import Settings, Tracker
from custom_components.plaspy_trackers.tracker.alarms import HeardAlarm
from custom_components.plaspy_trackers.tracker.calibration import read_table
from custom_components.plaspy_trackers.tracker.fuel import Tank
from custom_components.plaspy_trackers.tracker.replay import Said, replay, told_by
from custom_components.plaspy_trackers.tracker.wiring import Scale, Wiring
from tests.tracker import IMEI, NOW, fix_at, north, report_at
from tests.tracker.tank import Day, drive, park

TANK = Tank("analog_1", read_table("0=0, 5=60"), 60)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def hear(tracker: Tracker, reports: Iterable[Report], delay: timedelta = timedelta()) -> list[HeardAlarm]:
    """Return the alarms of reports that come one after the other, each of them so late."""
    heard: list[HeardAlarm] = []
    for report in reports:
        assert report.time is not None
        heard += tracker.apply(report, report.time + delay).alarms
    return [one for one in heard if one.alarm != "online"]


def restarted(tracker: Tracker) -> Tracker:
    """Return the tracker as it is after a restart."""
    other = Tracker(IMEI, tracker.settings)
    other.restore(json.loads(json.dumps(tracker.snapshot())), after(0))
    return other


def volts(*values: float, **parts: object) -> list[Report]:
    return [report_at(after(number), readings=Readings(external_voltage=value)) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "alarms", "power"),
    [
        ([12.6, 12.4], [], True),
        ([12.6, 0.0, 0.0, 0.1], [Alarm.POWER_CUT], False),
        ([12.6, 2.9, 4.0, 2.8, 7.9], [Alarm.POWER_CUT], False),
        ([12.6, 0.0, 12.5, 12.6], [Alarm.POWER_CUT, Alarm.POWER_RESTORED], True),
        ([12.6, 6.5, 3.1, 8.1], [], True),
        ([0.0, 0.1], [], False),
        ([0.0, 13.8], [Alarm.POWER_RESTORED], True),
        ([5.0, 4.9], [], None),
    ],
)
def test_supply_that_only_volts_tell_of_is_lost_and_restored_once(
    values: list[float], alarms: list[Alarm], power: bool | None
) -> None:
    tracker = Tracker(IMEI)
    assert [one.alarm for one in hear(tracker, volts(*values))] == alarms
    assert tracker.values.get("external_power") is power


def test_supply_that_is_lost_twice_is_told_twice() -> None:
    alarms = [one.alarm for one in hear(Tracker(IMEI), volts(12.6, 0.0, 12.6, 0.0))]
    assert alarms == [Alarm.POWER_CUT, Alarm.POWER_RESTORED, Alarm.POWER_CUT]


def test_lost_supply_is_told_with_its_volts_and_over_a_restart() -> None:
    tracker = Tracker(IMEI)
    first, second = volts(12.6, 0.4)
    hear(tracker, [first])
    (heard,) = hear(restarted(tracker), [second])
    assert heard == HeardAlarm(Alarm.POWER_CUT, after(1), details={"volts": 0.4})


def test_tracker_that_raises_the_alarm_itself_raises_it_alone() -> None:
    tracker = Tracker(IMEI)
    reports = volts(12.6, 0.0, 12.6, 0.0)
    reports[1].alarms = (Alarm.POWER_CUT,)
    reports[1].fix = fix_at(after(1))
    assert [one.alarm for one in hear(tracker, reports)] == [Alarm.POWER_CUT]
    assert tracker.values["external_power"] is False


def test_alarm_that_comes_after_the_volts_is_the_same() -> None:
    tracker = Tracker(IMEI)
    alarm = report_at(after(2), alarms=(Alarm.POWER_CUT,))
    assert [one.alarm for one in hear(tracker, [*volts(12.6, 0.0), alarm])] == [Alarm.POWER_CUT]


def test_tracker_that_tells_of_its_supply_is_believed() -> None:
    tracker = Tracker(IMEI)
    report = report_at(after(0), readings=Readings(external_power=True, external_voltage=0.0))
    assert hear(tracker, [*volts(12.6), report]) == []
    assert tracker.values["external_power"] is True


def at(minutes: float, metres: float, speed: float | None, ignition: bool | None = False, **parts: object) -> Report:
    fix = Fix(north(metres), 4.9, after(minutes), speed=speed, **parts)  # type: ignore[arg-type]
    return report_at(after(minutes), fix=fix, readings=Readings() if ignition is None else Readings(ignition=ignition))


PARKED = [at(0, 0, 30, True), at(1, 100, 20, True), at(2, 120, 0, False), at(30, 125, 0, False)]
#: Away at 25 km/h.
TOW = [at(31 + number / 2, 120 + 208 * number, 25) for number in range(20)]


def test_vehicle_that_moves_with_its_ignition_off_is_towed_once() -> None:
    tracker = Tracker(IMEI)
    (heard,) = hear(tracker, PARKED + TOW)
    assert (heard.alarm, heard.replayed) == (Alarm.TOWING, False)
    assert timedelta(minutes=1) <= heard.time - TOW[1].time <= timedelta(minutes=2)  # type: ignore[operator]


def test_tow_over_a_restart_is_one() -> None:
    for number in range(1, len(TOW)):
        tracker = Tracker(IMEI)
        heard = hear(tracker, PARKED + TOW[:number])
        heard += hear(restarted(tracker), TOW[number:])
        assert [one.alarm for one in heard] == [Alarm.TOWING]


def test_tow_without_speeds_is_one() -> None:
    tow = [replace_fix(report, speed=None) for report in TOW]
    assert [one.alarm for one in hear(Tracker(IMEI), PARKED + tow)] == [Alarm.TOWING]


def replace_fix(report: Report, **parts: object) -> Report:
    assert report.fix is not None
    return replace(report, fix=replace(report.fix, **parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param([at(31 + number, 120 + 400 * number, 40, True) for number in range(9)], id="drive"),
        pytest.param([replace_fix(one, accuracy=150.0) for one in TOW], id="bad GPS"),
        pytest.param([replace_fix(one, source=FixSource.CELL) for one in TOW], id="cells"),
        pytest.param([at(31 + number, 120 + 190 * (number % 2), 12) for number in range(20)], id="drift"),
        pytest.param([at(31, 60_000, 0), at(40, 60_010, 0), at(41, 60_020, 6), at(45, 60_020, 6)], id="unheard drive"),
        pytest.param([at(31 + number, 9000, None) for number in range(9)], id="unheard drive without speeds"),
        pytest.param([at(31 + number, 120 + 400 * number, 40, None) for number in range(9)], id="ignition not told"),
        pytest.param(TOW[:3], id="too short"),
        pytest.param([replace(one, buffered=True) for one in TOW], id="buffered"),
    ],
)
def test_what_is_no_tow_is_none(reports: list[Report]) -> None:
    assert hear(Tracker(IMEI), PARKED + reports) == []


def test_tracker_without_an_ignition_wire_is_never_towed() -> None:
    assert hear(Tracker(IMEI), [replace(one, readings=Readings(ignition=False)) for one in PARKED + TOW]) == []


def test_vehicle_that_was_towed_and_stands_may_be_towed_again() -> None:
    tracker = Tracker(IMEI)
    stands = [at(60 + number, 4200, 0) for number in range(20)]
    again = [at(90 + number / 2, 4200 + 208 * number, 25) for number in range(20)]
    assert [one.alarm for one in hear(tracker, PARKED + TOW + stands + again)] == [Alarm.TOWING] * 2


def test_tow_that_is_told_much_later_is_no_live_one() -> None:
    (heard,) = hear(Tracker(IMEI), PARKED + TOW, timedelta(hours=3))
    assert heard.replayed


def fuel_reports(day: Day) -> list[Report]:
    """Return what a tracker reports in a day, the fuel in volts."""
    reports = []
    for number, (moment, reading, _) in enumerate(day.readings()):
        readings = Readings(analog_1=reading / 12)
        if moment.ignition is not None:
            readings["ignition"] = moment.ignition
        speed = 0.0 if moment.standing else 50.0
        metres = 0.0 if moment.standing else number * 200.0
        fix = Fix(north(metres % 50_000), 4.9, moment.time, speed=speed)
        reports.append(Report(IMEI, "xexun", moment.time, fix, readings))
    return reports


THEFT = Day([park(10), drive(30), park(60, -12, begins=20), drive(30)])


def test_theft_is_an_alarm_with_litres_and_the_level_is_shown() -> None:
    tracker = Tracker(IMEI, Settings(tank=TANK))
    (heard,) = hear(tracker, fuel_reports(THEFT))
    assert (heard.alarm, heard.replayed) == (Alarm.FUEL_THEFT, False)
    assert heard.details["before"] - heard.details["after"] == pytest.approx(12, abs=2)
    volume, level = tracker.values["fuel_volume"], tracker.values["fuel_level"]
    assert isinstance(volume, float)
    assert volume == pytest.approx(50 - 12 - 7, abs=3)
    assert level == pytest.approx(volume / 0.6, abs=0.2)


def test_theft_that_is_told_much_later_is_no_live_one() -> None:
    (heard,) = hear(Tracker(IMEI, Settings(tank=TANK)), fuel_reports(THEFT), timedelta(hours=5))
    assert heard.replayed


def test_theft_that_was_stored_is_none_and_changes_no_level() -> None:
    tracker = Tracker(IMEI, Settings(tank=TANK))
    reports = [replace(one, buffered=True) for one in fuel_reports(THEFT)]
    assert hear(tracker, reports) == []
    assert "fuel_volume" not in tracker.values


def test_report_that_comes_late_changes_no_level() -> None:
    tracker = Tracker(IMEI, Settings(tank=TANK))
    reports = fuel_reports(THEFT)
    hear(tracker, reports)
    before = dict(tracker.values)
    tracker.apply(replace(reports[10], readings=Readings(analog_1=0.5)), NOW)
    assert tracker.values["fuel_volume"] == before["fuel_volume"]


def test_sensor_that_has_no_power_is_no_theft() -> None:
    tracker = Tracker(IMEI, Settings(tank=replace(TANK, calibration=read_table("0.5=0, 4.5=60"))))
    reports = [report_at(after(number), readings=Readings(analog_1=4.0)) for number in range(5)]
    reports += [report_at(after(number), readings=Readings(analog_1=0.0)) for number in range(5, 20)]
    assert hear(tracker, reports) == []
    assert tracker.values["fuel_volume"] == 52.5
    assert tracker.values["analog_1"] == 0.0


@pytest.mark.parametrize(
    ("tank", "readings", "volume", "level"),
    [
        (None, Readings(fuel_level=50, fuel_volume=31), 31, 50),
        (Tank("fuel_volume", None, 62), Readings(fuel_level=49, fuel_volume=31), 31, 50),
        (Tank("fuel_volume"), Readings(fuel_level=49, fuel_volume=31), 31, 49),
        (Tank("fuel_level", read_table("0=0, 100=62"), 62), Readings(fuel_level=50), 31, 50),
        (Tank("fuel_level", read_table("0=0, 50=20, 100=62"), 62), Readings(fuel_level=50), 20, 32.3),
        (Tank("analog_2", read_table("0=62, 5=0"), 62), Readings(fuel_level=9, analog_2=2.5), 31, 50),
    ],
)
def test_fuel_is_what_the_user_says_that_tells_it(
    tank: Tank | None, readings: Readings, volume: float, level: float
) -> None:
    tracker = Tracker(IMEI, Settings(tank=tank))
    hear(tracker, [report_at(readings=readings)])
    assert (tracker.values["fuel_volume"], tracker.values["fuel_level"]) == (volume, level)


def test_inputs_are_what_the_user_connected() -> None:
    wiring = Wiring(frozenset(("input_2",)), "input_2", {"analog_1": Scale(10, -40)})
    tracker = Tracker(IMEI, Settings(wiring=wiring))
    report = report_at(readings=Readings(input_1=True, input_2=False, analog_1=6.5, analog_2=1.0))
    hear(tracker, [report])
    assert {key: tracker.values[key] for key in ("input_1", "input_2", "ignition", "analog_1", "analog_2")} == {
        "input_1": True,
        "input_2": True,
        "ignition": True,
        "analog_1": 25.0,
        "analog_2": 1.0,
    }
    # The archive keeps what it said, and the ignition that trips are told by.
    assert report.readings == {
        "input_1": True,
        "input_2": False,
        "analog_1": 6.5,
        "analog_2": 1.0,
        "ignition": True,
    }


def test_vehicle_of_a_snapshot_from_before_is_a_new_one() -> None:
    tracker = Tracker(IMEI)
    hear(tracker, volts(12.6))
    snapshot = tracker.snapshot()
    del snapshot["vehicle"]
    other = Tracker(IMEI)
    other.restore(snapshot, datetime(2026, 11, 20, 13, tzinfo=UTC))
    assert other.vehicle.supply.present is None


def test_replay_tells_what_was_computed_and_not_what_that_was_made_of() -> None:
    tracker = Tracker(IMEI, Settings(tank=TANK))
    assert told_by(tracker, report_at(readings=Readings(analog_1=2.5))) == {"analog_1", "fuel_volume", "fuel_level"}
    assert told_by(tracker, report_at(readings=Readings(fuel_level=50))) == set()
    reports = [report_at(after(number), readings=Readings(analog_1=2.5 + number)) for number in range(2)]
    said = [Said(after(number), report, late=True) for number, report in enumerate(reports)]
    series = replay(tracker, said, ["fuel_volume", "fuel_level"], NOW)
    assert (series["fuel_volume"].values, series["fuel_level"].values) == ([30.0, 36.0], [50.0, 60.0])


def test_fuel_of_a_tank_that_is_no_more_set_is_what_the_tracker_tells_of_it() -> None:
    tracker = Tracker(IMEI, Settings(tank=TANK))
    tracker.apply(report_at(readings=Readings(analog_1=2.5)), NOW)
    tracker.settings = Settings()
    tracker.apply(report_at(after(1), readings=Readings(analog_1=2.5, fuel_level=48.0)), after(1))
    assert (tracker.values["fuel_volume"], tracker.values["fuel_level"]) == (None, 48.0)


def test_tracker_that_tells_litres_needs_no_settings() -> None:
    tracker = Tracker(IMEI)
    reports = [replace(one, readings=with_litres(one)) for one in fuel_reports(THEFT)]
    assert [one.alarm for one in hear(tracker, reports)] == [Alarm.FUEL_THEFT]
    restored = restarted(tracker)
    assert restored.vehicle.snapshot() == tracker.vehicle.snapshot()
    assert restored.values["fuel_volume"] == tracker.values["fuel_volume"]


def test_vehicle_whose_bus_sleeps_while_it_is_parked_is_not_robbed() -> None:
    tracker = Tracker(IMEI)
    day = Day([drive(30), park(60), drive(30), park(60)])
    reports = [replace(one, readings=with_litres(one)) for one in fuel_reports(day)]
    for report in reports:
        if not report.readings["ignition"]:
            report.readings["fuel_volume"] = 0.0
    assert hear(tracker, reports) == []
    volume = tracker.values["fuel_volume"]
    assert isinstance(volume, float)
    assert volume > 40


def with_litres(report: Report) -> Readings:
    return Readings(ignition=report.readings["ignition"], fuel_volume=report.readings["analog_1"] * 12)
