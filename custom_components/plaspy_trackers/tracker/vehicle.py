"""What follows from what a vehicle tells: its fuel and what became of it, a lost supply, and that it is towed."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from ..gateway.models import Alarm, Fix, Report
from .fuel import TOLD, Fuel, Moment, Tank
from .supply import Supply
from .towing import Towing
from .values import Stamp, Update, Values

#: Slower than this a vehicle stands, in km/h: what a receiver measures in a car park.
STANDING_SPEED = 3.0

#: Decimals of litres and percents that are shown.
DECIMALS = 1

#: The alarms of a tracker that watches its supply itself.
SUPPLY_ALARMS = frozenset((Alarm.POWER_CUT, Alarm.POWER_RESTORED))


class Derived(NamedTuple):
    """An alarm that the tracker does not raise itself, and the numbers that belong to it."""

    alarm: Alarm
    details: Mapping[str, float]


class Vehicle:
    """What has to be known of a vehicle to make something of its next report; only reports in time order count."""

    def __init__(self) -> None:
        """Begin with a vehicle nobody knows."""
        self.fuel: Fuel | None = None
        self.supply = Supply()
        self.towing = Towing()
        self._standing = False
        #: Whether the tracker tells itself that it has a supply, and raises an alarm when it is lost.
        self._tells = self._warns = False

    def take(
        self, report: Report, stamp: Stamp, place: Fix | None, tank: Tank | None, values: Values, update: Update
    ) -> Iterator[Derived]:
        """Take in a report that is the newest, after its readings and its fix; yield what it gives the alarm for.

        `place` is where the vehicle is as far as that is known.
        """
        self._standing = self._stands(report, values)
        yield from self._watch_supply(report, stamp, values, update)
        yield from self._watch_fuel(report, stamp, place, tank, values, update)
        ignition = report.readings.get("ignition")
        if ignition is not None:
            self.towing.turn(ignition, stamp[0], place)
        # A fix that is a jump, or came too late, is no place.
        if report.fix is not None and report.fix is place and self.towing.move(report.fix):
            yield Derived(Alarm.TOWING, {})

    def set_clock_back(self, stamp: Stamp) -> None:
        """Take any report from now on for a newer one."""
        self.towing.set_clock_back(stamp[0])
        if self.fuel is not None:
            self.fuel.set_clock_back(stamp[0])

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {
            "fuel": None if self.fuel is None else self.fuel.snapshot(),
            "supply": self.supply.present,
            "standing": self._standing,
            "towing": self.towing.snapshot(),
            "tells": self._tells,
            "warns": self._warns,
        }

    def restore(self, data: Mapping[str, object], tank: Tank | None, place: Fix | None) -> None:
        """Begin where the snapshot ended."""
        if (fuel := data["fuel"]) is not None:
            self.fuel = Fuel(tank or TOLD)
            self.fuel.restore(cast("Mapping[str, object]", fuel), place)
        self.supply.present = cast("bool | None", data["supply"])
        self._standing = bool(data["standing"])
        self.towing.restore(cast("Mapping[str, object]", data["towing"]))
        self._tells, self._warns = bool(data["tells"]), bool(data["warns"])

    def _stands(self, report: Report, values: Values) -> bool:
        """Whether the vehicle stands: by its motion sensor, its ignition or its speed; else as it did before."""
        moving = report.readings.get("moving")
        if moving is not None:
            return not moving
        if report.readings.get("ignition") is False:
            return True
        if report.fix is not None and report.fix.speed is not None:
            return report.fix.speed < STANDING_SPEED
        return self._standing or values.get("ignition") is False

    def _watch_supply(self, report: Report, stamp: Stamp, values: Values, update: Update) -> Iterator[Derived]:
        readings = report.readings
        self._tells = self._tells or "external_power" in readings
        self._warns = self._warns or self._tells or not SUPPLY_ALARMS.isdisjoint(report.alarms)
        if (volts := readings.get("external_voltage")) is None:
            return
        alarm = self.supply.take(volts)
        if self.supply.present is not None and not self._tells:
            values.take("external_power", self.supply.present, stamp, update)
        if alarm is not None and not self._warns:
            yield Derived(alarm, {"volts": volts})

    def _watch_fuel(
        self, report: Report, stamp: Stamp, place: Fix | None, tank: Tank | None, values: Values, update: Update
    ) -> Iterator[Derived]:
        if tank is None:
            tells = "fuel_volume" in report.readings or (self.fuel is not None and self.fuel.tank == TOLD)
            tank = TOLD if tells else None
        if tank is None:
            self._forget_fuel(report, stamp, values, update)
            return
        if self.fuel is None or self.fuel.tank != tank:
            self.fuel = Fuel(tank)
        reading = cast("float | None", report.readings.get(tank.source))
        if reading is None or (litres := tank.litres(reading)) is None:
            return
        ignition = cast("bool | None", values.get("ignition"))
        event = self.fuel.take(litres, Moment(stamp[0], self._standing, ignition, place))
        if (level := self.fuel.level) is not None:
            values.take("fuel_volume", round(level, DECIMALS), stamp, update)
            if tank.capacity:
                values.take("fuel_level", round(min(level / tank.capacity, 1.0) * 100, DECIMALS), stamp, update)
        if event is not None:
            yield Derived(event.alarm, {"before": round(event.before, DECIMALS), "after": round(event.after, DECIMALS)})

    def _forget_fuel(self, report: Report, stamp: Stamp, values: Values, update: Update) -> None:
        """Show nothing that was computed of a tank which the user does not set any more."""
        if self.fuel is None:
            return
        for key in self.fuel.tank.computes - report.readings.keys():
            values.take(key, None, stamp, update)
        self.fuel = None
