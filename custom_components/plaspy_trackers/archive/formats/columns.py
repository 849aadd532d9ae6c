"""A report as named values: what every format writes, each in its own form.

A report becomes a mapping of column to value that holds only what the tracker said. Values are JSON's: times as ISO
8601 in UTC, alarms and codes as lists, cells and access points as lists of objects. Where a format knows nothing but
text, `to_text` and `from_text` stand between.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum, auto
import re
from typing import cast

import orjson

from ...gateway.models import AccessPoint, CellTower, Fix, FixSource, Readings, Report

type Value = str | float | bool | list[str] | list[dict[str, str | int]] | None

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*", re.ASCII)


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = auto()
    NULLABLE = auto()  # a number, or None: looked for and not found
    COUNT = auto()
    FLAG = auto()
    TEXT = auto()
    TIME = auto()
    SOURCE = auto()
    ALARMS = auto()
    TEXTS = auto()
    CELLS = auto()
    POINTS = auto()


_KINDS: Mapping[object, Kind] = {
    float: Kind.NUMBER,
    float | None: Kind.NULLABLE,
    int: Kind.COUNT,
    bool: Kind.FLAG,
    str: Kind.TEXT,
}

READINGS = {key: _KINDS[annotation] for key, annotation in Readings.__annotations__.items()}

#: Every column in its order: which device, when and where, what was measured, what was raised, what was heard.
COLUMNS: Mapping[str, Kind] = {
    "device_id": Kind.TEXT,
    "protocol": Kind.TEXT,
    "time": Kind.TIME,
    "fix_time": Kind.TIME,
    "latitude": Kind.NUMBER,
    "longitude": Kind.NUMBER,
    "altitude": Kind.NUMBER,
    "speed": Kind.NUMBER,
    "course": Kind.NUMBER,
    "satellites": Kind.COUNT,
    "hdop": Kind.NUMBER,
    "accuracy": Kind.NUMBER,
    "source": Kind.SOURCE,
    "alarms": Kind.ALARMS,
    "codes": Kind.TEXTS,
    **READINGS,
    "buffered": Kind.FLAG,
    "text": Kind.TEXT,
    "cells": Kind.CELLS,
    "wifi": Kind.POINTS,
    "beacons": Kind.POINTS,
}


def flatten(report: Report) -> dict[str, Value]:
    """Return what a report says as columns, in no particular order; its identity and protocol always."""
    values: dict[str, Value] = {"device_id": _clean(report.device_id), "protocol": _clean(report.protocol)}
    if report.time is not None:
        values["time"] = write_time(report.time)
    if report.fix is not None:
        values |= _flatten_fix(report.fix)
    if report.readings:
        for key, value in cast("Mapping[str, Value]", report.readings).items():
            values[key] = _clean(value) if isinstance(value, str) else value
    if report.alarms:
        values["alarms"] = [alarm.value for alarm in report.alarms]
    if report.codes:
        values["codes"] = [_clean(code) for code in report.codes]
    if report.buffered:
        values["buffered"] = True
    if report.text is not None:
        values["text"] = _clean(report.text)
    if report.cells:
        values["cells"] = [_flatten_cell(cell) for cell in report.cells]
    if report.wifi:
        values["wifi"] = [_flatten_point(point) for point in report.wifi]
    if report.beacons:
        values["beacons"] = [_flatten_point(point) for point in report.beacons]
    return values


def write_time(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC, as fine as it is."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def to_text(value: Value) -> str:
    """Return a value as the text that `from_text` reads: `true`, `null`, lists as JSON, texts as they are."""
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, float) else orjson.dumps(value).decode()


def from_text(kind: Kind, text: str) -> object:
    """Return what a text stands for in a column of some kind; a text that stands for no such value is returned."""
    return _FROM_TEXT[kind](text)


def _flatten_fix(fix: Fix) -> dict[str, Value]:
    values: dict[str, Value] = {
        "fix_time": write_time(fix.time),
        "latitude": fix.latitude,
        "longitude": fix.longitude,
    }
    if fix.altitude is not None:
        values["altitude"] = fix.altitude
    if fix.speed is not None:
        values["speed"] = fix.speed
    if fix.course is not None:
        values["course"] = fix.course
    if fix.satellites is not None:
        values["satellites"] = fix.satellites
    if fix.hdop is not None:
        values["hdop"] = fix.hdop
    if fix.accuracy is not None:
        values["accuracy"] = fix.accuracy
    if fix.source is not FixSource.GNSS:
        values["source"] = fix.source.value
    return values


def _flatten_cell(cell: CellTower) -> dict[str, str | int]:
    values = {"mcc": cell.mcc, "mnc": cell.mnc, "area": cell.area, "cell": cell.cell, "signal": cell.signal}
    return {key: value for key, value in values.items() if value is not None}


def _flatten_point(point: AccessPoint) -> dict[str, str | int]:
    values: dict[str, str | int] = {"bssid": _clean(point.bssid)}
    return values if point.signal is None else values | {"signal": point.signal}


def _clean(text: str) -> str:
    """Return a text that can be encoded, whatever bytes a tracker had sent."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _number_of(text: str) -> object:
    return float(text) if _NUMBER.fullmatch(text) else text


def _count_of(text: str) -> object:
    stripped = text.strip()
    digits = stripped.removeprefix("-")
    return int(stripped) if digits.isascii() and digits.isdigit() and len(digits) < 20 else _number_of(text)


def _flag_of(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _json_of(text: str) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


_FROM_TEXT: Mapping[Kind, Callable[[str], object]] = {
    Kind.NUMBER: _number_of,
    Kind.NULLABLE: lambda text: None if text == "null" else _number_of(text),
    Kind.COUNT: _count_of,
    Kind.FLAG: _flag_of,
    Kind.TEXT: str,
    Kind.TIME: str,
    Kind.SOURCE: str,
    Kind.ALARMS: _json_of,
    Kind.TEXTS: _json_of,
    Kind.CELLS: _json_of,
    Kind.POINTS: _json_of,
}
