"""What follows from the readings of a tracker: which of them count, and what else is known because of them."""

from collections.abc import Container, Mapping
from datetime import date
from typing import cast

from ..gateway.models import Alarm, Report
from .odometer import Odometer
from .rules import estimate_battery_level
from .values import Stamp, Update, Value, Values
from .wiring import UNWIRED, Wiring

#: What nobody has who does not wear the tracker, and what proves that somebody does.
BODY_KEYS = frozenset(
    ("heart_rate", "systolic", "diastolic", "blood_oxygen", "body_temperature", "respiratory_rate", "blood_sugar")
)
PULSE_KEYS = ("heart_rate", "systolic")

#: What is told each time it is measured, the same or not: that a pulse is still as high as before is news.
COUNTED_KEYS = frozenset(("heart_rate",))

#: What is computed for a tracker that does not tell it.
COMPUTED_KEYS = frozenset(("battery_level", "external_power", "odometer"))


class Measurements:
    """What has to be known of earlier readings to make something of the next, in whatever order they arrive."""

    def __init__(self) -> None:
        """Begin with a tracker that has measured nothing."""
        #: Which of the values that can be computed the tracker tells itself.
        self.told: set[str] = set()
        self.odometer = Odometer()
        #: When it was taken off last, and when it felt a pulse.
        self._off: Stamp | None = None
        self._felt: Stamp | None = None

    def take(
        self,
        report: Report,
        stamp: Stamp,
        day: date,
        values: Values,
        update: Update,
        wiring: Wiring = UNWIRED,
        computed: Container[str] = (),
    ) -> None:
        """Take the readings of a report, but those that are computed otherwise.

        Where only volts are told, the battery's level is estimated from them.
        """
        readings = report.readings
        for key in COMPUTED_KEYS & readings.keys() - self.told:
            # What was computed so far does not outrank what is measured.
            self.told.add(key)
            values.stamps.pop(key, None)
        for key, value in readings.items():
            if key not in computed:
                values.take(key, cast("Value", wiring.adjust(key, value)), stamp, update)
        if (odometer := readings.get("odometer")) is not None:
            self.odometer.take(odometer, stamp, day)
        if (volts := readings.get("battery_voltage")) is not None and "battery_level" not in self.told:
            values.take("battery_level", estimate_battery_level(volts), stamp, update)
        self._wear(report, stamp, values, update)

    def set_clock_back(self, stamp: Stamp, day: date) -> None:
        """Take any reading from now on for a newer one."""
        self._off = self._felt = None
        self.odometer.set_clock_back(stamp, day)

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {"told": sorted(self.told), "odometer": self.odometer.snapshot()}

    def restore(self, data: Mapping[str, object], stamp: Stamp) -> None:
        """Begin where the snapshot ended; whatever is older than `stamp` is older than all that is known."""
        self.told.update(cast("list[str]", data["told"]))
        if (odometer := data["odometer"]) is not None:
            self.odometer.restore(cast("Mapping[str, object]", odometer), stamp)

    def _wear(self, report: Report, stamp: Stamp, values: Values, update: Update) -> None:
        """Follow whether the tracker is worn: off the wrist a body's values are unknown, and a pulse proves a wrist."""
        readings = report.readings
        if readings.get("worn") is False or Alarm.REMOVED in report.alarms:
            self._off = max(self._off or stamp, stamp)
        elif any(readings.get(key) is not None for key in PULSE_KEYS):
            self._felt = max(self._felt or stamp, stamp)
        off, felt = self._off, self._felt
        if off is not None:
            for key in BODY_KEYS & values.keys():
                if values.stamps.get(key, off) <= off:
                    values.set(key, None, update)
            if not values.keys().isdisjoint(PULSE_KEYS):
                # What has felt a pulse is no box that was taken from a car.
                values.take("worn", False, off, update)
        if values.get("worn") is False and felt is not None and (off is None or felt > off):
            values.take("worn", True, felt, update)
