"""A day of a watch, and one of a car, as they report them: made-up places, seeded noise, no two reports at one time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, radians
from random import Random
from zoneinfo import ZoneInfo

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Readings, Report
from custom_components.plaspy_trackers.tracker.path import Home
from custom_components.plaspy_trackers.tracker.rules import Zone
from tests.tracker import IMEI, METRES_PER_DEGREE

LATITUDE, LONGITUDE = 52.0, 4.9

AUCKLAND = ZoneInfo("Pacific/Auckland")
HOME = Home((Zone(LATITUDE, LONGITUDE, 100.0),), AUCKLAND)

#: The evening before, by the clock on the wall, and the last report a day later.
BEGIN = datetime(2026, 11, 20, 18, 0, tzinfo=AUCKLAND).astimezone(UTC)
END = BEGIN + timedelta(hours=23)

#: Metres east and north of home.
type Spot = tuple[float, float]
SCHOOL: Spot = (900.0, 700.0)
TOWN: Spot = (24_000.0, -9_000.0)
NOWHERE: Spot = (310_000.0, 250_000.0)
AWAY: Spot = (-420_000.0, 90_000.0)


@dataclass(slots=True)
class Day:
    """The reports of a day as they are told, each at a time of its own."""

    random: Random
    vehicle: bool
    reports: list[Report] = field(default_factory=list)
    odometer: float = 1000.0

    def tell(self, hour: float, **parts: object) -> None:
        """Report something so many hours after the begin."""
        self.reports.append(Report(IMEI, "watch", self._time(hour), **parts))  # type: ignore[arg-type]

    def stand(self, hour: float, spot: Spot, *, drift: float = 15.0, **parts: object) -> None:
        """Report a position that is only wrong, not another one."""
        noise = (self.random.gauss(0, drift), self.random.gauss(0, drift))
        speed = self.random.choice((0.0, 0.3, None))
        self.fix(hour, (spot[0] + noise[0], spot[1] + noise[1]), moving=False, speed=speed, **parts)

    def fix(self, hour: float, spot: Spot, *, moving: bool | None = None, **parts: object) -> None:
        """Report a position."""
        latitude = LATITUDE + spot[1] / METRES_PER_DEGREE
        longitude = LONGITUDE + spot[0] / METRES_PER_DEGREE / cos(radians(LATITUDE))
        if "accuracy" not in parts and self.random.random() < 0.8:
            parts["hdop"] = round(self.random.uniform(0.7, 4.0), 1)
            parts["satellites"] = self.random.randint(5, 12)
        if self.random.random() < 0.5:
            parts["altitude"] = round(self.random.gauss(3.0, 8.0), 1)
        readings = Readings() if moving is None else Readings(moving=moving)
        if self.vehicle and self.random.random() < 0.7:
            readings["odometer"] = round(self.odometer, 1)
        time = self._time(hour)
        fix = Fix(latitude, longitude, time, **parts)  # type: ignore[arg-type]
        self.reports.append(Report(IMEI, "watch", time, fix, readings))

    def go(self, begin: float, end: float, start: Spot, stop: Spot, fixes: int) -> None:
        """Report positions on the way from one place to another."""
        kilometres = ((stop[0] - start[0]) ** 2 + (stop[1] - start[1]) ** 2) ** 0.5 / 1000
        for number in range(fixes):
            share = number / (fixes - 1)
            spot = (start[0] + (stop[0] - start[0]) * share, start[1] + (stop[1] - start[1]) * share)
            self.odometer += kilometres / fixes
            speed = round(kilometres / (end - begin) * self.random.uniform(0.8, 1.2), 1)
            course = None if self.random.random() < 0.2 else round(self.random.uniform(0, 359), 0)
            self.fix(begin + (end - begin) * share, spot, moving=True, speed=speed, course=course)

    def _time(self, hour: float) -> datetime:
        """Return a time at which nothing has been told yet."""
        taken = {report.time for report in self.reports}
        time = (BEGIN + timedelta(hours=hour)).replace(microsecond=0)
        while time in taken:
            time += timedelta(seconds=1)
        return time


def record(seed: int, *, vehicle: bool = False) -> list[Report]:
    """Return the reports of an evening, a night and the day after, in their order."""
    random = Random(seed)
    day = Day(random, vehicle)
    day.go(0, 0.6, TOWN, (0.0, 0.0), 30)
    _stay(day, 0.7, 13.5, (0.0, 0.0), 45)
    day.go(13.6, 13.9, (0.0, 0.0), SCHOOL, 20)
    if vehicle:
        # The workshop puts in another one.
        day.odometer = 7.0
    _stay(day, 14.0, 17.0, SCHOOL, 6, drift=60.0)
    day.go(17.3, 18.0, SCHOOL, TOWN, 40)
    _stay(day, 18.1, 20.0, TOWN, 12)
    day.go(20.1, 20.8, TOWN, (0.0, 0.0), 40)
    _stay(day, 20.9, 23.0, (0.0, 0.0), 12)
    _err(day)
    _measure(day, random)
    if vehicle:
        # It loses count for once.
        day.tell(18.5, readings=Readings(odometer=0.0))
    else:
        _take_off(day)
    day.tell(9.0, alarms=(Alarm.LOW_BATTERY,), readings=Readings(battery_voltage=3.6))
    day.tell(17.1, alarms=(Alarm.FALL,))
    _shout(day)
    return sorted(day.reports, key=lambda report: report.time or BEGIN)


def _stay(day: Day, begin: float, end: float, spot: Spot, fixes: int, drift: float = 15.0) -> None:
    for number in range(fixes):
        day.stand(begin + (end - begin) * number / fixes, spot, drift=drift)


def _err(day: Day) -> None:
    """Report positions that are wrong: by far, once and again, or by as much as a cell is wide."""
    for hour in (0.3, 13.7, 17.62, 20.41):
        day.fix(hour, NOWHERE, speed=0.0)
    for hour in (17.55, 17.56):
        day.fix(hour, NOWHERE, speed=7.0)
    for hour in (20.501, 20.502, 20.503, 20.504):
        day.fix(hour, AWAY, speed=9.0, course=180.0)
    for hour in (3.05, 7.05, 12.05, 22.5):
        day.fix(hour, (700.0, 500.0), accuracy=900.0, source=FixSource.CELL)
    for hour in (5.05, 15.1):
        day.fix(hour, (3000.0, 2000.0), accuracy=6000.0, source=FixSource.CELL)
    for hour in (14.6, 15.6, 21.5):
        day.fix(hour, SCHOOL if hour < 17 else (20.0, 0.0), accuracy=35.0, source=FixSource.WIFI)


def _measure(day: Day, random: Random) -> None:
    """Report readings without a position, each kind at its own pace."""
    for number in range(60):
        pulse = random.randint(50, 120)
        day.tell(0.2 + number * 0.37, readings=Readings() if day.vehicle else Readings(heart_rate=pulse))
    for number in range(30):
        volts = round(4.1 - number * 0.01, 2)
        day.tell(0.4 + number * 0.7, readings=Readings(battery_voltage=volts, signal_level=random.randint(20, 90)))
    for number in range(12):
        # The firmware was updated at noon: it tells percentages now.
        day.tell(17.05 + number * 0.4, readings=Readings(battery_level=90 - number, steps=400 * number))
    day.tell(6.05, readings=Readings(iccid="8988228066600000001"))


def _take_off(day: Day) -> None:
    """Take the watch off and put it on again, in each of the ways that watches tell it."""
    day.tell(0.1, readings=Readings(blood_oxygen=None, body_temperature=36.4))
    day.tell(0.95, readings=Readings(systolic=121, diastolic=79))
    day.tell(4.05, readings=Readings(worn=False))
    day.tell(4.9, readings=Readings(heart_rate=None))
    day.tell(11.9, readings=Readings(worn=True))
    day.tell(15.05, readings=Readings(blood_oxygen=97))
    day.tell(16.01, alarms=(Alarm.REMOVED,))
    day.tell(16.02, readings=Readings(worn=False, heart_rate=71))
    day.tell(18.2, readings=Readings(systolic=125, diastolic=82, respiratory_rate=16))
    day.tell(22.3, readings=Readings(worn=False))
    day.tell(22.55, readings=Readings(heart_rate=66))
    day.tell(22.6, readings=Readings(heart_rate=None))


def _shout(day: Day) -> None:
    """Press the button on the way home."""
    after = BEGIN + timedelta(hours=20.2)
    report = next(one for one in day.reports if one.fix and one.fix.speed and one.fix.time > after)
    report.alarms, report.codes = (Alarm.SOS,), ("KEY",)
