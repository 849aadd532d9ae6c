"""One tracker as last heard: which report counts, and what is known because of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, cast

from .gateway.models import Alarm, Fix, FixSource, Report

type Value = str | int | float | bool | datetime | None

#: The keys every tracker has from the start; all others appear with the first report that holds them.
FIRST_KEYS = ("acknowledge", "alarm", "last_seen", "online", "position", "sos")

#: Decimals of a degree that are shown: decimetres. What degrees and minutes come to has no end of them.
DECIMALS = 6

#: The parts of a fix that are values of their own.
FIX_KEYS = ("altitude", "course", "hdop", "satellites", "speed")

#: Metres of error for each unit of HDOP: what a small receiver does under an open sky.
METRES_PER_HDOP = 5.0

#: Metres of error of a satellite fix that says nothing about its quality. Never zero: zero would mean perfect.
UNKNOWN_ACCURACY = 20.0

#: A clock that runs ahead by more than this, or is older than the year below, is unset or has rolled over.
LONGEST_LEAD = timedelta(days=1)
FIRST_YEAR = 2020

#: A report is live if its time is no further ahead than a clock may be wrong by, and no older than a mobile network
#: may delay it. A live alarm is never an old one, and a tracker that tells a live time has its clock right.
LIVE_LEAD = timedelta(minutes=5)
LIVE_AGE = timedelta(minutes=15)

#: How many reports with alarms are remembered, to tell one that is sent again from a new one; and for how long a report
#: without a fix, which may look like the one before because it tells the time of the last fix, counts as sent again.
REMEMBERED_REPORTS = 32
REPEAT_TIME = timedelta(minutes=3)

#: What nobody has who does not wear the tracker, and what proves that somebody does.
BODY_KEYS = frozenset(
    ("heart_rate", "systolic", "diastolic", "blood_oxygen", "body_temperature", "respiratory_rate", "blood_sugar")
)
PULSE_KEYS = ("heart_rate", "systolic")

#: A lithium cell at rest: volts and the percentage they stand for.
BATTERY_CURVE = ((3.5, 0.0), (3.68, 10.0), (3.75, 30.0), (3.82, 50.0), (3.95, 75.0), (4.15, 100.0))


@dataclass(slots=True, frozen=True)
class HeardAlarm:
    """An alarm as it reached us: when it was raised, the code as sent, where, and whether it is an old one."""

    alarm: Alarm
    time: datetime
    code: str | None = None
    fix: Fix | None = None
    replayed: bool = False


@dataclass(slots=True)
class Update:
    """What one report changed: keys whose values are others now, those among them that are new, and alarms."""

    changed: set[str] = field(default_factory=set)
    appeared: set[str] = field(default_factory=set)
    alarms: tuple[HeardAlarm, ...] = ()


class Tracker:
    """One tracker as last heard.

    `values` holds its readings, the parts of its last fix, and what we know of it: `last_seen` (UTC, to the minute),
    `online` and `sos`. `apply()` decides which report counts.
    """

    def __init__(self, device_id: str) -> None:
        """Begin with a tracker that has not been heard."""
        self.device_id = device_id
        self.protocol: str | None = None
        self.fix: Fix | None = None
        self.heard_at: datetime | None = None
        self.values: dict[str, Value] = {"last_seen": None, "online": False, "sos": False}
        #: How often each rule of `apply()` acted, for diagnostics.
        self.counts: Counter[str] = Counter()
        #: The newest times by the tracker's own clock, of any report and of a fix.
        self._newest: datetime | None = None
        self._newest_fix: datetime | None = None
        self._measures_level = False
        #: Digests of the last reports with alarms, each with when it first came.
        self._alarming: dict[str, datetime] = {}

    @property
    def keys(self) -> set[str]:
        """The keys that entities exist for."""
        return {*FIRST_KEYS, *self.values}

    @property
    def accuracy(self) -> float:
        """The radius in metres within which the last fix is right; never zero."""
        fix = self.fix
        if fix is None:
            return UNKNOWN_ACCURACY
        if fix.accuracy:
            return fix.accuracy
        if fix.hdop:
            return max(fix.hdop, 1.0) * METRES_PER_HDOP
        return UNKNOWN_ACCURACY

    def apply(self, report: Report, arrived: datetime, now: datetime | None = None) -> Update:
        """Take in a report: newer values replace older ones, and nothing else does.

        `arrived` is when it came (UTC), `now` is later than that where it had to wait until its tracker was added.
        """
        update = Update()
        self.protocol = report.protocol
        self.heard_at = arrived
        self._set("last_seen", arrived.replace(second=0, microsecond=0), update)
        self._set("online", True, update)
        if report.alarms and self._is_repeated(report, arrived):
            self.counts["repeated"] += 1
            return update
        self._correct_clock(report, arrived)
        late = self._is_late(report, arrived)
        if report.alarms:
            update.alarms = self._hear_alarms(report, arrived, now or arrived, late=late)
            if any(heard.alarm is Alarm.SOS and not heard.replayed for heard in update.alarms):
                self._set("sos", True, update)
        if not report.buffered:
            self._move(report.fix, update)
        if late:
            self.counts["late"] += 1
            return update
        if report.time is not None and not self._tells_time_of_fix(report):
            self._newest = report.time
        self._measure(report, update)
        self._wear(report, update)
        return update

    def acknowledge(self) -> Update:
        """End the SOS: somebody has taken care of it."""
        update = Update()
        self._set("sos", False, update)
        return update

    def set_online(self, online: bool) -> Update:
        """Count the tracker as online or offline."""
        update = Update()
        self._set("online", online, update)
        return update

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {
            "protocol": self.protocol,
            "fix": None if self.fix is None else asdict(self.fix) | {"time": self.fix.time.isoformat()},
            "heard_at": None if self.heard_at is None else self.heard_at.isoformat(),
            "newest": None if self._newest is None else self._newest.isoformat(),
            "newest_fix": None if self._newest_fix is None else self._newest_fix.isoformat(),
            "alarming": {digest: time.isoformat() for digest, time in self._alarming.items()},
            "measures_level": self._measures_level,
            "values": {key: value for key, value in self.values.items() if key not in ("last_seen", "online")},
        }

    def restore(self, data: Mapping[str, object]) -> None:
        """Begin where the snapshot ended."""
        self.protocol = cast("str | None", data["protocol"])
        self.heard_at = _read_time(data["heard_at"])
        self._newest = _read_time(data["newest"])
        self._newest_fix = _read_time(data["newest_fix"])
        for digest, time in cast("dict[str, str]", data.get("alarming", {})).items():
            self._alarming[digest] = datetime.fromisoformat(time)
        self._measures_level = bool(data["measures_level"])
        self.values.update(cast("dict[str, Value]", data["values"]))
        if self.heard_at is not None:
            self.values["last_seen"] = self.heard_at.replace(second=0, microsecond=0)
        if (fix := data["fix"]) is not None:
            self.fix = _read_fix(cast("Mapping[str, Any]", fix))

    def _correct_clock(self, report: Report, arrived: datetime) -> None:
        """Date a report whose clock is unset or rolled over by its arrival."""
        if report.time is not None and _is_absurd(report.time, arrived):
            report.time = arrived
            self.counts["clock_corrected"] += 1
        if report.fix is not None and _is_absurd(report.fix.time, arrived):
            report.fix = replace(report.fix, time=arrived)

    def _is_late(self, report: Report, arrived: datetime) -> bool:
        """Whether a report tells of a time before the newest one we know of, by the tracker's own clock."""
        if report.buffered:
            return True
        if report.time is None or self._newest is None or report.time >= self._newest:
            return False
        if self._tells_time_of_fix(report):
            return False
        if self._newest > arrived + LIVE_LEAD and _is_live(report.time, arrived):
            # The clock ran ahead and has been put right: what it said before must not outrank what it says now.
            self._newest = self._newest_fix = None
            self.counts["clock_put_right"] += 1
            return False
        return True

    def _tells_time_of_fix(self, report: Report) -> bool:
        """Whether a report without a fix tells the time of the last one, as many trackers do, and not its own."""
        return report.fix is None and self._newest_fix is not None and report.time == self._newest_fix

    def _is_repeated(self, report: Report, arrived: datetime) -> bool:
        """Whether a report with alarms is one that came before, sent again because its acknowledgement got lost.

        Without a fix it may also be a new press of the button, told with the time of the last fix: so after a while it
        is new, and so is an SOS after the one before it was acknowledged. An SOS fails open.
        """
        digest = blake2b(repr(report).encode(), digest_size=8).hexdigest()
        first = self._alarming.get(digest)
        placed = report.fix is not None
        if first is not None and (placed or arrived - first <= REPEAT_TIME):
            return placed or Alarm.SOS not in report.alarms or bool(self.values["sos"])
        self._alarming.pop(digest, None)
        self._alarming[digest] = arrived
        if len(self._alarming) > REMEMBERED_REPORTS:
            del self._alarming[next(iter(self._alarming))]
        return False

    def _hear_alarms(self, report: Report, arrived: datetime, now: datetime, *, late: bool) -> tuple[HeardAlarm, ...]:
        """Return the alarms of a report, each marked if it is an old one.

        Only the time of a fix tells that: without one it may be the time of the last fix, and an SOS fails open.
        """
        time = report.time or arrived
        placed = report.fix is not None
        old = report.buffered or now - arrived > LIVE_AGE or (placed and late and not _is_live(time, arrived))
        codes = report.codes if len(report.codes) == len(report.alarms) else (None,) * len(report.alarms)
        return tuple(
            HeardAlarm(alarm, time, code, report.fix, replayed=old)
            for alarm, code in zip(report.alarms, codes, strict=True)
        )

    def _move(self, fix: Fix | None, update: Update) -> None:
        """Take a fix if it is newer than the one we have."""
        if fix is None:
            return
        if self._newest_fix is not None and fix.time <= self._newest_fix:
            return
        self._newest_fix = fix.time
        before = self.fix and (self.fix.latitude, self.fix.longitude, self.accuracy, self.fix.source)
        self.fix = fix
        if before != (fix.latitude, fix.longitude, self.accuracy, fix.source):
            update.changed.add("position")
        for key in FIX_KEYS:
            if (value := getattr(fix, key)) is not None:
                self._set(key, value, update)

    def _measure(self, report: Report, update: Update) -> None:
        """Take the readings; where only volts are told, estimate the battery's level from them."""
        readings = report.readings
        if not readings:
            return
        for key, value in readings.items():
            # No entity grows from what a tracker looked for and has never found.
            if value is not None or key in self.values:
                self._set(key, cast("Value", value), update)
        if "battery_level" in readings:
            self._measures_level = True
        elif "battery_voltage" in readings and not self._measures_level:
            self._set("battery_level", estimate_battery_level(readings["battery_voltage"]), update)

    def _wear(self, report: Report, update: Update) -> None:
        """Follow whether the tracker is worn: off the wrist a body's values are unknown, and a pulse proves a wrist."""
        readings, values = report.readings, self.values
        removed = Alarm.REMOVED in report.alarms
        if removed and not values.keys().isdisjoint(PULSE_KEYS):
            # What has felt a pulse is no box that was taken from a car.
            self._set("worn", False, update)
        if removed or readings.get("worn") is False:
            for key in BODY_KEYS & values.keys():
                self._set(key, None, update)
        elif values.get("worn") is False and any(readings.get(key) is not None for key in PULSE_KEYS):
            self._set("worn", True, update)

    def _set(self, key: str, value: Value, update: Update) -> None:
        """Set one value, and note whether that changes or adds anything."""
        values = self.values
        if key not in values:
            update.appeared.add(key)
        elif values[key] == value:
            return
        values[key] = value
        update.changed.add(key)


def estimate_battery_level(volts: float) -> float:
    """Return the percentage that the voltage of a lithium cell stands for, to the whole percent."""
    low, below = BATTERY_CURVE[0]
    for high, above in BATTERY_CURVE:
        if volts <= high:
            share = (max(volts, low) - low) / (high - low) if high > low else 0.0
            return float(round(below + (above - below) * share))
        low, below = high, above
    return below


def is_same_device(one: str, other: str) -> bool:
    """Whether two ids name one tracker: equal but for leading zeros, one the end of the other, or a watch's short id.

    Trackers with short ids send the last ten or eleven digits of their IMEI, watches its digits 5 to 14.
    """
    short, long = sorted((one, other), key=len)
    digits = short.lstrip("0")
    if digits == long.lstrip("0"):
        return True
    if len(long) == 15 and long[4:14] == short:
        return True
    return len(digits) >= 10 and long.endswith(digits)


def _is_absurd(time: datetime, now: datetime) -> bool:
    return time.year < FIRST_YEAR or time > now + LONGEST_LEAD


def _is_live(time: datetime, now: datetime) -> bool:
    return now - LIVE_AGE <= time <= now + LIVE_LEAD


def _read_time(text: object) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None


def _read_fix(data: Mapping[str, Any]) -> Fix:
    return Fix(**{**data, "time": _read_time(data["time"]), "source": FixSource(data["source"])})
