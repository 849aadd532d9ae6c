"""One tracker as last heard: what it told, what is known because of it, and what time alone changes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import cast

from ..gateway.models import Alarm, Fix, FixSource, Report
from ..gateway.protocols import REPEATING, SILENCES, Protocol
from .alarms import LATCHED, Alarms, HeardAlarm, Presence
from .fuel import TOLD
from .measurements import COUNTED_KEYS, Measurements
from .path import Home, Parts, Path, Verdict, read_time, write_time
from .rules import LIVE_AGE, accuracy_of, is_inaccurate, is_live, is_put_right, is_unset, stands_still
from .settings import Settings
from .values import TIME_SETTLES, TOLD_KEYS, Stamp, Told, Update, Value, Values
from .vehicle import Vehicle

__all__ = ["DECIMALS", "FIRST_KEYS", "LAST_KNOWN", "Settings", "Tracker", "Update", "Value"]

#: The keys every tracker has from the start; all others appear with the first report that holds them.
FIRST_KEYS = ("acknowledge", "alarm", "last_seen", "online", "position", "sos")

#: Decimals of a degree that are shown: decimetres. What degrees and minutes come to has no end of them.
DECIMALS = 6

#: What `position_source` says when the position is not a present one; all else it says is in FixSource.
LAST_KNOWN = "last_known"

#: Kilometres that are shown: steps of 100 metres.
DISTANCE_DECIMALS = 1


class Tracker:
    """One tracker as last heard.

    `values` holds its readings, the parts of its last fix, and what we know of it: `last_seen` and `last_fix` (UTC),
    `online`, `position_source`, `distance_today` (km), and a bool for each of the alarms that stay on. `apply()`
    decides which report counts, `tick()` does what time does. Of trips it knows nothing: what is found out about them
    elsewhere is only kept here (`moving_time_today` in minutes, `last_trip_distance` in km, `last_stop_since`).
    """

    def __init__(self, device_id: str, settings: Settings | None = None, home: Home | None = None) -> None:
        """Begin with a tracker that has not been heard."""
        self.device_id = device_id
        self.settings = settings or Settings()
        self.home = home or Home()
        self.protocol: str | None = None
        self.heard_at: datetime | None = None
        self.values = Values()
        self.measurements = Measurements()
        self.alarms = Alarms()
        #: How often each rule acted, for diagnostics.
        self.counts: Counter[str] = Counter()
        self.path = Path()
        self.vehicle = Vehicle()
        #: The newest time by the tracker's own clock.
        self._newest: datetime | None = None
        self._reports = 0
        #: When a fix came last, and whether the position has been given up since.
        self._fixed_at: datetime | None = None
        self._forgotten = False
        #: What the position showed last.
        self._shown: tuple[float, float, float, FixSource] | None = None
        #: Since when it would have been heard if it had spoken.
        self._listened_since: datetime | None = None

    @property
    def keys(self) -> set[str]:
        """The keys that entities exist for."""
        return {*FIRST_KEYS, *self.values}

    @property
    def fix(self) -> Fix | None:
        """Where the tracker is as far as we know, None if we do not."""
        return None if self._forgotten else self.path.place.fix

    @property
    def accuracy(self) -> float:
        """The radius in metres within which the last fix is right; never zero."""
        return accuracy_of(self.fix)

    @property
    def silence(self) -> timedelta:
        """How long it may be silent and count as online."""
        return self.settings.silence or SILENCES.get(self.protocol or "", Protocol.silence)

    def measures(self, key: str) -> bool:
        """Whether the tracker itself tells a value that is otherwise computed."""
        return key in self.measurements.told

    def apply(self, report: Report, arrived: datetime, now: datetime | None = None) -> Update:
        """Take in a report: newer values replace older ones, and nothing else does. Its times are put right in place.

        `arrived` is when it came (UTC), `now` is later than that where it had to wait until its tracker was added.
        """
        now = now or arrived
        update = Update()
        self.protocol = report.protocol
        self._be_heard(arrived, now, update)
        # Told by what was sent, not by what is made of it.
        is_resent = bool(report.alarms) and self.alarms.is_resent(report, arrived)
        self._correct_clock(report, arrived)
        if is_resent:
            self.counts["resent"] += 1
            return update
        self.settings.wiring.connect(report.readings)
        self._follow_clock(report, arrived)
        if late := self._is_late(report):
            self.counts["late"] += 1
        if report.alarms:
            self._raise_alarms(report, arrived, now, update, late=late)
        if report.buffered:
            return update
        self._reports += 1
        stamp = self._stamp(report, arrived)
        live = now - arrived <= LIVE_AGE and (report.time is None or is_live(report.time, arrived))
        if live:
            update.told = tuple(self._read_texts(report, stamp))
        self._measure(report, stamp, update)
        if report.fix is not None:
            self._place(report.fix, report, arrived, update)
        if not late:
            self._derive(report, stamp, arrived, live, update)
        self._tell_place(now, update)
        return update

    def tick(self, now: datetime) -> Update:
        """Do what time does: silence ends in offline, a position may be given up, alarms may end, days begin."""
        update = Update()
        if self.heard_at is None:
            return update
        self._check_silence(self.heard_at, now, update)
        settings = self.settings
        if settings.reset_after is not None:
            self._end_alarms(self.alarms.find_overdue(now, settings.reset_after), update)
        self._forgotten = settings.forget_after is not None and (
            self._forgotten or now - self.heard_at >= settings.forget_after
        )
        if now - self.heard_at >= TIME_SETTLES:
            self.values.set_time("last_seen", self.heard_at, update, exact=True)
        self._tell_place(now, update)
        return update

    def acknowledge(self, alarms: Iterable[Alarm] = LATCHED) -> Update:
        """End alarms: somebody has taken care of them."""
        update = Update()
        self._end_alarms(alarms, update)
        return update

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {
            "protocol": self.protocol,
            "heard_at": write_time(self.heard_at),
            "newest": write_time(self._newest),
            "fixed_at": write_time(self._fixed_at),
            "forgotten": self._forgotten,
            "alarms": self.alarms.snapshot(),
            "measurements": self.measurements.snapshot(),
            "path": self.path.snapshot(),
            "vehicle": self.vehicle.snapshot(),
            "values": {
                key: write_time(value) if isinstance(value, datetime) else value
                for key, value in self.values.items()
                if key not in ("last_seen", "last_fix")
            },
        }

    def restore(self, data: Mapping[str, object], now: datetime) -> None:
        """Begin where the snapshot ended; it has had no chance to be heard before `now`."""
        self._listened_since = now
        self.protocol = cast("str | None", data["protocol"])
        self.heard_at = read_time(data["heard_at"])
        self._newest = read_time(data["newest"])
        self._fixed_at = read_time(data["fixed_at"])
        self._forgotten = bool(data["forgotten"])
        self.alarms.restore(cast("Mapping[str, object]", data["alarms"]))
        self.path.restore(cast("Mapping[str, object]", data["path"]))
        if "vehicle" in data:
            self.vehicle.restore(cast("Mapping[str, object]", data["vehicle"]), self.settings.tank, self.path.place.fix)
        self.values.update(cast("dict[str, Value]", data["values"]))
        if "last_stop_since" in self.values:
            self.values["last_stop_since"] = read_time(self.values["last_stop_since"])
        if self.heard_at is not None:
            self.values["last_seen"] = self.heard_at.replace(microsecond=0)
            # Whatever is older than all we knew is older than each value.
            stamp = (self._newest or self.heard_at, 0)
            self.values.stamps = dict.fromkeys(self.values, stamp)
            self.measurements.restore(cast("Mapping[str, object]", data["measurements"]), stamp)
        if (fixed := self.path.place.time) is not None:
            self.values["last_fix"] = fixed
        self._shown = self._describe_position()

    def _be_heard(self, arrived: datetime, now: datetime, update: Update) -> None:
        """Note that the tracker spoke; where it had been silent for too long, that is worth an alarm."""
        before, self.heard_at = self.heard_at, arrived
        self.values.set_time("last_seen", arrived, update)
        if now - arrived >= self.silence or self.values["online"]:
            return
        self.values.set("online", True, update)
        if before is not None:
            update.alarms = (HeardAlarm(Presence.ONLINE, arrived),)

    def _check_silence(self, heard_at: datetime, now: datetime, update: Update) -> None:
        """Count the tracker as online or offline; what it could not be heard to say is no silence."""
        since = max(heard_at, self._listened_since or heard_at) if self.values["online"] else heard_at
        online = now - since < self.silence
        if self.values["online"] and not online:
            update.alarms = (HeardAlarm(Presence.OFFLINE, heard_at, fix=self.fix),)
        self.values.set("online", online, update)

    def _correct_clock(self, report: Report, arrived: datetime) -> None:
        """Bring a report to UTC, and date one whose clock is unset or rolled over by its arrival."""
        if offset := self.settings.utc_offset:
            if report.time is not None:
                report.time -= offset
            if report.fix is not None:
                report.fix = replace(report.fix, time=report.fix.time - offset)
        unset = report.time is not None and is_unset(report.time, arrived)
        if unset:
            report.time = arrived
        if report.fix is not None and is_unset(report.fix.time, arrived):
            report.fix = replace(report.fix, time=arrived)
            unset = True
        if unset:
            self.counts["clock_corrected"] += 1

    def _is_late(self, report: Report) -> bool:
        """Whether a report tells of a time before the newest one we know of, by the tracker's own clock."""
        if report.buffered:
            return True
        if report.time is None or self._newest is None or report.time >= self._newest:
            return False
        return not self._tells_time_of_fix(report)

    def _follow_clock(self, report: Report, arrived: datetime) -> None:
        """Notice when a clock has been put right: what it said before must not outrank what it says now."""
        time, newest = report.time, self._newest
        if report.buffered or time is None or newest is None or self._tells_time_of_fix(report):
            return
        if not is_put_right(newest, time, arrived):
            return
        before = time - timedelta(seconds=1)
        self._newest = None
        self.values.stamps.clear()
        self.measurements.set_clock_back((before, 0), self._day_of(time))
        self.vehicle.set_clock_back((before, 0))
        # When the last fix came tells better than its time when the tracker was there.
        self.path.set_clock_back(min(before, self._fixed_at or before))
        self.counts["clock_put_right"] += 1

    def _tells_time_of_fix(self, report: Report) -> bool:
        """Whether a report without a fix tells the time of the last one, as many trackers do, and not its own."""
        return report.fix is None and report.time is not None and report.time == self.path.newest

    def _stamp(self, report: Report, arrived: datetime) -> Stamp:
        """Return when the values of a report were measured; what does not tell is as new as all we know."""
        if report.time is None or self._tells_time_of_fix(report):
            return self._newest or arrived, self._reports
        if self._newest is None or report.time > self._newest:
            self._newest = report.time
        return report.time, self._reports

    def _raise_alarms(self, report: Report, arrived: datetime, now: datetime, update: Update, *, late: bool) -> None:
        """Take in the alarms of a report; an old one is told as such, and switches nothing on.

        Only the time of a fix, or that the tracker had stored it, tells that: without a fix it may be the time of the
        last one. And what is a few minutes old is not old, stored or not: an SOS fails open.
        """
        live = report.time is not None and is_live(report.time, arrived)
        old = now - arrived > LIVE_AGE or (not live and (report.buffered or (late and report.fix is not None)))
        time = report.time or arrived
        codes = report.codes if len(report.codes) == len(report.alarms) else (None,) * len(report.alarms)
        for alarm, code in zip(report.alarms, codes, strict=True):
            if not old:
                new = self.alarms.raise_(alarm, arrived, code, repeats=report.protocol in REPEATING)
                if alarm in self.alarms.latches:
                    self.values.set(alarm.value, True, update)
                    # How often it was told, and when last, are others now.
                    update.changed.add(alarm.value)
                if not new:
                    self.counts["repeated"] += 1
                    continue
            update.alarms += (HeardAlarm(alarm, time, code, report.fix, replayed=old),)

    def _end_alarms(self, alarms: Iterable[Alarm], update: Update) -> None:
        for alarm in self.alarms.acknowledge(alarms):
            self.values.set(alarm.value, False, update)

    def _place(self, fix: Fix, report: Report, arrived: datetime, update: Update) -> None:
        """Put a fix on the path, unless it is worse than the user wants; take the values that come with it."""
        if is_inaccurate(fix, self.settings.accuracy_limit):
            self.counts["inaccurate"] += 1
            return
        before = self.path.place.time
        verdict = self.path.add(fix, stands_still(report.readings, fix), self.home)
        if verdict is not Verdict.MOVED:
            self.counts[verdict] += 1
        place = self.path.place
        if place.time != before:
            self._fixed_at = arrived
            self._forgotten = False
        for key, value in zip(Parts._fields, place.parts, strict=True):
            if value is not None:
                self.values.set(key, value, update)

    def _tell_place(self, now: datetime, update: Update) -> None:
        """Set what follows from the path and the time: the position, its source and age, and the distance covered."""
        shown = self._describe_position()
        if shown != self._shown:
            self._shown = shown
            update.changed.add("position")
        place = self.path.place
        if place.time is not None and place.fix is not None:
            settled = self._fixed_at is not None and now - self._fixed_at >= TIME_SETTLES
            self.values.set_time("last_fix", place.time, update, exact=settled)
            self.values.set("position_source", place.fix.source if self._is_placed(now) else LAST_KNOWN, update)
            if not self.measures("odometer"):
                self.values.set("odometer", round(place.travelled, DISTANCE_DECIMALS), update)
        if place.fix is not None or self.measures("odometer"):
            self.values.set("distance_today", round(self._distance_of(self._day_of(now)), DISTANCE_DECIMALS), update)

    def _describe_position(self) -> tuple[float, float, float, FixSource] | None:
        """Return all that a position shows."""
        fix = self.fix
        return None if fix is None else (fix.latitude, fix.longitude, accuracy_of(fix), fix.source)

    def _is_placed(self, now: datetime) -> bool:
        """Whether the position is a present one: there was a fix within the time that silence is allowed to last."""
        return bool(self.values["online"]) and self._fixed_at is not None and now - self._fixed_at < self.silence

    def _distance_of(self, day: date) -> float:
        """Return the kilometres covered on this day; a clock that runs ahead may have begun the next."""
        if self.measures("odometer"):
            return self.measurements.odometer.distance(day)
        place = self.path.place
        return place.today if place.day is not None and place.day >= day else 0.0

    def _day_of(self, time: datetime) -> date:
        return time.astimezone(self.home.timezone).date()

    def _measure(self, report: Report, stamp: Stamp, update: Update) -> None:
        """Take the readings; a tracker that is worn again may be taken off again."""
        for key in COUNTED_KEYS & report.readings.keys():
            if report.readings.get(key) is not None and self._is_next(key, report, stamp):
                update.changed.add(key)
        worn = self.values.get("worn")
        computed = (self.settings.tank or TOLD).computes
        day, wiring = self._day_of(stamp[0]), self.settings.wiring
        self.measurements.take(report, stamp, day, self.values, update, wiring, computed)
        if worn is False and self.values["worn"]:
            self.alarms.end(Alarm.REMOVED)

    def _derive(self, report: Report, stamp: Stamp, arrived: datetime, live: bool, update: Update) -> None:
        """Take in what a vehicle tells, and raise the alarms that its tracker does not raise itself."""
        place, tank = self.path.place.fix, self.settings.tank
        for alarm, details in self.vehicle.take(report, stamp, place, tank, self.values, update):
            if not live or self.alarms.raise_(alarm, arrived):
                update.alarms += (HeardAlarm(alarm, stamp[0], None, report.fix, not live, details),)

    def _read_texts(self, report: Report, stamp: Stamp) -> Iterator[Told]:
        """Yield the texts of a report that are news, be they the same as before or not."""
        for key in TOLD_KEYS:
            text = report.readings.get(key)
            if isinstance(text, str) and (key not in self.values.stamps or self._is_next(key, report, stamp)):
                yield Told(key, text, stamp[0], report.fix)

    def _is_next(self, key: str, report: Report, stamp: Stamp) -> bool:
        """Whether a reading is another one than the last of its key: no older one, and not that one sent again."""
        before = self.values.stamps.get(key, stamp)
        if report.time is None or self._tells_time_of_fix(report):
            return stamp > before
        return stamp[0] > before[0]
