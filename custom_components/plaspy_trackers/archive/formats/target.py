"""Named values as a report again, each checked: what every reader ends with.

A wrong type, a number that is none, a place off the globe or a time far off raises FormatError.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from math import isfinite
import re
from typing import cast

from ...gateway.models import AccessPoint, Alarm, CellTower, Fix, FixSource, Readings, Report
from ...tracker.rules import LONGEST_LEAD
from .columns import COLUMNS, READINGS, Kind
from .errors import FormatError, Reason

#: No consumer's receiver kept a track before this; what is older comes of an unset clock.
FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)

#: What milliseconds are counted from.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Characters of one value. Serial text is the longest: a tracker sends no more in one message.
LONGEST_TEXT = 64 * 1024

#: Cells, access points or codes of one report.
LONGEST_LIST = 1000

#: What JSON's numbers hold exactly.
LARGEST_COUNT = 2**53

#: Metres above or below the sea, and km/h, that a faulty tracker may still have told.
FARTHEST_ALTITUDE = 100_000.0
HIGHEST_SPEED = 100_000.0

#: What the protocol of a report is where a file does not say.
IMPORTED = "import"

_PROTOCOL = re.compile(r"[a-z0-9_.\-]{1,32}", re.ASCII)


def per_hour(value: object, factor: float = 3.6) -> object:
    """Return km/h for m/s, or for knots; what is no number is left for its check.

    The millionth is what survives that a file divided before: a speed comes back as it was written.
    """
    return round(read_number("speed", value) * factor, 6) if type(value) in (int, float) else value


def read_time(value: object) -> datetime:
    """Return the time of an ISO 8601 text, taken for UTC where it does not say, within what has a date."""
    if not isinstance(value, str):
        raise FormatError(Reason.WRONG_TYPE, f"time is no text but {_shown(value)}")
    try:
        time = datetime.fromisoformat(value.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise FormatError(Reason.WRONG_TIME, f"{_shown(value)} is no time") from error


def read_number(name: str, value: object) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is no number but {_shown(value)}")
    try:
        number = float(value)
    except OverflowError as error:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} has {value.bit_length()} bits") from error  # type: ignore[union-attr]
    if not isfinite(number):
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} is {number}")
    return number


@dataclass(slots=True, frozen=True)
class Target:
    """What reports are read for: the tracker whose they become, and the time they cannot be later than."""

    device_id: str
    latest: datetime

    @classmethod
    def at(cls, device_id: str, now: datetime) -> Target:
        """Return the target for an import that happens now."""
        return cls(device_id, now + LONGEST_LEAD)

    def report(self, values: Mapping[str, object]) -> Report | None:
        """Return the report that columns say; None if they hold neither a position nor anything else.

        A position without a time has the report's. Exactly 0/0 is no position.
        """
        time = self._time(values.get("time"))
        fix = self._fix(values, time)
        report = Report(self.device_id, _check_protocol(values.get("protocol")), time, fix, _readings(values))
        if not _FURTHER.isdisjoint(values):
            report.alarms = cast("tuple[Alarm, ...]", _further(values, "alarms"))
            report.codes = cast("tuple[str, ...]", _further(values, "codes"))
            report.cells = cast("tuple[CellTower, ...]", _further(values, "cells"))
            report.wifi = cast("tuple[AccessPoint, ...]", _further(values, "wifi"))
            report.beacons = cast("tuple[AccessPoint, ...]", _further(values, "beacons"))
            report.buffered = _check_flag("buffered", values.get("buffered")) is True
            text = _check_text("text", values.get("text"))
            report.text = text if isinstance(text, str) else None
        if fix is None and "latitude" in values and report == Report(self.device_id, report.protocol, time):
            return None
        return report

    def _time(self, value: object) -> datetime | None:
        if value is None:
            return None
        time = value if isinstance(value, datetime) else read_time(value)
        if not FIRST_TIME <= time <= self.latest:
            raise FormatError(Reason.WRONG_TIME, f"{time.isoformat()} is too far off")
        return time

    def _fix(self, values: Mapping[str, object], time: datetime | None) -> Fix | None:
        if values.get("latitude") is None and values.get("longitude") is None:
            return None
        latitude = read_number("latitude", values.get("latitude"))
        longitude = read_number("longitude", values.get("longitude"))
        if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
            raise FormatError(Reason.OFF_GLOBE, f"{latitude}, {longitude}")
        if not latitude and not longitude:
            return None
        fix_time = self._time(values.get("fix_time")) or time
        if fix_time is None:
            raise FormatError(Reason.NO_TIMES, "a position without a time")
        source = values.get("source")
        satellites = _check_count("satellites", values.get("satellites"))
        return Fix(
            latitude,
            longitude,
            fix_time,
            _within(values, "altitude", -FARTHEST_ALTITUDE, FARTHEST_ALTITUDE),
            _at_least_zero(values, "speed", HIGHEST_SPEED),
            _at_least_zero(values, "course", 360.0),
            satellites if isinstance(satellites, int) and satellites >= 0 else None,
            _at_least_zero(values, "hdop"),
            _at_least_zero(values, "accuracy"),
            FixSource.GNSS if source is None else _check_source(source),
        )


class _Absent(Enum):
    ABSENT = auto()


_ABSENT = _Absent.ABSENT

#: Columns that few reports have.
_FURTHER = frozenset(("alarms", "codes", "cells", "wifi", "beacons", "buffered", "text"))


def _readings(values: Mapping[str, object]) -> Readings:
    readings = {key: _CHECKS[READINGS[key]](key, value) for key, value in values.items() if key in READINGS}
    return cast("Readings", {key: value for key, value in readings.items() if value is not _ABSENT})


def _further(values: Mapping[str, object], key: str) -> object:
    value = _CHECKS[COLUMNS[key]](key, values.get(key))
    return () if value is _ABSENT else value


def _at_least_zero(values: Mapping[str, object], name: str, most: float | None = None) -> float | None:
    """Return a number that is never negative: a negative one is how many programs write that they do not know."""
    value = values.get(name)
    if value is None:
        return None
    number = read_number(name, value)
    if most is not None and number > most:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} is {number}")
    return number if number >= 0 else None


def _within(values: Mapping[str, object], name: str, least: float, most: float) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    number = read_number(name, value)
    if not least <= number <= most:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} is {number}")
    return number


def _check_protocol(value: object) -> str:
    if value is None or value == "":
        return IMPORTED
    if not isinstance(value, str) or not _PROTOCOL.fullmatch(value):
        raise FormatError(Reason.WRONG_TYPE, f"protocol is {_shown(value)}")
    return value


def _check_number(name: str, value: object) -> float | _Absent:
    return _ABSENT if value is None else read_number(name, value)


def _check_nullable(name: str, value: object) -> float | None:
    return None if value is None else read_number(name, value)


def _check_count(name: str, value: object) -> int | _Absent:
    if value is None:
        return _ABSENT
    number = value if isinstance(value, int) and not isinstance(value, bool) else read_number(name, value)
    if number != int(number):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is no whole number but {number}")
    if abs(number) > LARGEST_COUNT:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} is beyond any count")
    return int(number)


def _check_flag(name: str, value: object) -> bool | _Absent:
    if value is None:
        return _ABSENT
    if not isinstance(value, bool):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is neither true nor false but {_shown(value)}")
    return value


def _check_text(name: str, value: object) -> str | _Absent:
    if value is None:
        return _ABSENT
    if not isinstance(value, str):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is no text but {_shown(value)}")
    if len(value) > LONGEST_TEXT:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} has {len(value)} characters")
    return value


def _check_source(value: object) -> FixSource:
    try:
        return FixSource(cast("str", value))
    except ValueError as error:
        raise FormatError(Reason.WRONG_TYPE, f"source is {_shown(value)}") from error


def _check_list[Item](read: Callable[[object], Item], name: str, value: object) -> tuple[Item, ...] | _Absent:
    if value is None:
        return _ABSENT
    if not isinstance(value, list):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is no list but {_shown(value)}")
    if len(value) > LONGEST_LIST:
        raise FormatError(Reason.OUT_OF_RANGE, f"{name} has {len(value)} entries")
    try:
        return tuple(map(read, value))
    except (TypeError, ValueError) as error:
        raise FormatError(Reason.WRONG_TYPE, f"{name} has an entry that is none") from error


def _read_text(value: object) -> str:
    text = _check_text("entry", value)
    if not isinstance(text, str):
        raise TypeError("no text")
    return text


def _read_alarm(value: object) -> Alarm:
    return Alarm(_read_text(value))


def _read_count(values: Mapping[str, object], key: str) -> int | None:
    number = _check_count(key, values.get(key))
    return number if isinstance(number, int) else None


def _read_cell(value: object) -> CellTower:
    values = _object(value)
    mcc, mnc, cell = (_read_count(values, key) for key in ("mcc", "mnc", "cell"))
    if mcc is None or mnc is None or cell is None:
        raise TypeError("no cell")
    return CellTower(mcc, mnc, _read_count(values, "area"), cell, _read_count(values, "signal"))


def _read_point(value: object) -> AccessPoint:
    values = _object(value)
    return AccessPoint(_read_text(values.get("bssid")), _read_count(values, "signal"))


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return cast("Mapping[str, object]", value)


def _shown(value: object) -> str:
    """Return a value as an error may quote it."""
    return repr(value)[:60] if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


_CHECKS: Mapping[Kind, Callable[[str, object], object]] = {
    Kind.NUMBER: _check_number,
    Kind.NULLABLE: _check_nullable,
    Kind.COUNT: _check_count,
    Kind.FLAG: _check_flag,
    Kind.TEXT: _check_text,
    Kind.ALARMS: partial(_check_list, _read_alarm),
    Kind.TEXTS: partial(_check_list, _read_text),
    Kind.CELLS: partial(_check_list, _read_cell),
    Kind.POINTS: partial(_check_list, _read_point),
}
