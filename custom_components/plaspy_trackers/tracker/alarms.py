"""The alarms of a tracker: which of them are new, and which stay on until somebody has taken care of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import cast

from ..gateway.models import Alarm, Fix, Report

#: How many reports with alarms are remembered, to tell one that is sent again from a new one; and for how long a report
#: without a fix, which may look like the one before because it tells the time of the last fix, counts as sent again.
REMEMBERED_REPORTS = 32
RESENT_TIME = timedelta(minutes=3)

#: Alarms that stay on until they are acknowledged.
LATCHED = (Alarm.SOS, Alarm.FALL, Alarm.REMOVED)

#: Trackers tell these again and again while they last: an SOS every three minutes until somebody answers, a low battery
#: with every position. Told again within this time, it is the same alarm. All others tell of something that happened.
LASTING = frozenset(
    (
        *LATCHED,
        Alarm.LOW_BATTERY,
        Alarm.BATTERY_FULL,
        Alarm.OVERSPEED,
        Alarm.TAMPER,
        Alarm.POWER_CUT,
        Alarm.LOW_EXTERNAL_VOLTAGE,
        Alarm.GPS_LOST,
        Alarm.JAMMING,
        Alarm.TEMPERATURE,
        Alarm.FAULT,
        Alarm.FUEL_THEFT,
        Alarm.TOWING,
    )
)
REPEAT_TIME = timedelta(minutes=10)

#: What happens in a moment, and never lasts: not even trackers that tell all their alarms in every message repeat it.
MOMENTARY = frozenset(
    (
        Alarm.GEOFENCE_ENTER,
        Alarm.GEOFENCE_EXIT,
        Alarm.HARSH_ACCELERATION,
        Alarm.HARSH_BRAKING,
        Alarm.HARSH_CORNERING,
        Alarm.POWER_ON,
        Alarm.POWER_OFF,
        Alarm.POWER_RESTORED,
        Alarm.SIM_CHANGED,
        Alarm.CALL,
    )
)


class Presence(StrEnum):
    """What the silence of a tracker, and its end, raise an alarm about."""

    OFFLINE = "offline"
    ONLINE = "online"


@dataclass(slots=True, frozen=True)
class HeardAlarm:
    """An alarm as it reached us: when it was raised, the code as sent, where, whether it is an old one, and numbers."""

    alarm: Alarm | Presence
    time: datetime
    code: str | None = None
    fix: Fix | None = None
    replayed: bool = False
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Latch:
    """An alarm that is on: when it was heard first and last (UTC), and how often."""

    since: datetime
    last: datetime
    count: int = 1


class Alarms:
    """The alarms of one tracker that are on, and what it takes to know one that comes again."""

    def __init__(self) -> None:
        """Begin with none."""
        self.latches: dict[Alarm, Latch] = {}
        #: When each lasting alarm was heard last, by its name, and its code where only some trackers let it last.
        self._heard: dict[str, datetime] = {}
        #: Digests of the last reports with alarms, each with when it first came.
        self._digests: dict[str, datetime] = {}

    def is_resent(self, report: Report, arrived: datetime) -> bool:
        """Whether a report with alarms is one that came before, sent again because its acknowledgement got lost.

        Without a fix it may also be a new press of the button, told with the time of the last fix: so after a while it
        is new, and so is an SOS after the one before it was acknowledged. An SOS fails open.
        """
        digest = blake2b(repr(report).encode(), digest_size=8).hexdigest()
        first = self._digests.get(digest)
        placed = report.fix is not None
        if first is not None and (placed or arrived - first <= RESENT_TIME):
            return placed or Alarm.SOS not in report.alarms or Alarm.SOS in self.latches
        self._digests.pop(digest, None)
        self._digests[digest] = arrived
        if len(self._digests) > REMEMBERED_REPORTS:
            del self._digests[next(iter(self._digests))]
        return False

    def raise_(self, alarm: Alarm, arrived: datetime, code: str | None = None, *, repeats: bool = False) -> bool:
        """Take in an alarm that is no old one, and its code; False if it is one that still lasts, told again.

        `repeats` says that the tracker tells every alarm in all its messages while it lasts.
        """
        if alarm is Alarm.POWER_RESTORED:
            self.end(Alarm.POWER_CUT)
        if alarm not in LASTING and (alarm in MOMENTARY or not repeats):
            return True
        name = alarm.value if alarm in LASTING else f"{alarm} {code}"
        before = self._heard.get(name)
        self._heard[name] = arrived
        lasts = before is not None and arrived - before <= REPEAT_TIME
        if alarm not in LATCHED:
            return not lasts
        if (latch := self.latches.get(alarm)) is None:
            if alarm is Alarm.REMOVED and lasts:
                # Acknowledged, and still off: that is a state, not another call for help.
                return False
            self.latches[alarm] = Latch(arrived, arrived)
            return True
        latch.last = arrived
        latch.count += 1
        return not lasts

    def end(self, alarm: Alarm) -> None:
        """What an alarm told of is over: should it be told once more, it is another one."""
        self._heard.pop(alarm.value, None)

    def acknowledge(self, alarms: Iterable[Alarm]) -> set[Alarm]:
        """Switch off those of `alarms` that are on, and return them."""
        ended = self.latches.keys() & set(alarms)
        for alarm in ended:
            del self.latches[alarm]
        return ended

    def find_overdue(self, now: datetime, limit: timedelta) -> set[Alarm]:
        """Return the alarms that have been on, and not been raised again, for so long."""
        return {alarm for alarm, latch in self.latches.items() if now - latch.last >= limit}

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart, as JSON data."""
        return {
            "latches": {
                alarm.value: [latch.since.isoformat(), latch.last.isoformat(), latch.count]
                for alarm, latch in self.latches.items()
            },
            "heard": {name: time.isoformat() for name, time in self._heard.items()},
            "digests": {digest: time.isoformat() for digest, time in self._digests.items()},
        }

    def restore(self, data: Mapping[str, object]) -> None:
        """Begin where the snapshot ended."""
        for name, (since, last, count) in cast("dict[str, tuple[str, str, int]]", data["latches"]).items():
            self.latches[Alarm(name)] = Latch(datetime.fromisoformat(since), datetime.fromisoformat(last), count)
        for name, time in cast("dict[str, str]", data["heard"]).items():
            self._heard[name] = datetime.fromisoformat(time)
        for digest, time in cast("dict[str, str]", data["digests"]).items():
            self._digests[digest] = datetime.fromisoformat(time)
