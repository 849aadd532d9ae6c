"""GeoJSON as RFC 7946 has it: what maps on pages take.

A FeatureCollection: the line through the fixes first, cut where it crosses 180° and after so many places, then a
feature for every report with all of its columns as properties. A report without a fix has no geometry.

Read are such files, and those of others whose points have a `time`, or whose lines have the list of times that
togeojson made common. Of the properties of others nothing else is taken: their units are not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

import orjson

from ...gateway.models import Fix, Report
from .columns import flatten
from .errors import FormatError, Reason

#: Places of one line: a reader has to take a feature whole.
LINE = 10_000

#: Features that are written at once.
BATCH = 500

_TIMES = ("time", "timestamp")


def write_geojson(name: str, reports: Sequence[Report]) -> Iterator[bytes]:
    """Yield the pieces of a file."""
    clean = name.encode("utf-8", "replace").decode("utf-8")
    yield b'{"type":"FeatureCollection","name":' + orjson.dumps(clean) + b',"features":['
    written: list[bytes] = []
    comma = b"\n"
    for feature in _features(clean, reports):
        written.append(orjson.dumps(feature))
        if len(written) >= BATCH:
            yield comma + b",\n".join(written)
            comma = b",\n"
            written.clear()
    if written:
        yield comma + b",\n".join(written)
    yield b"\n]}\n"


def read_feature(value: object) -> Iterable[dict[str, object]] | None:
    """Return the columns of what a feature holds; None for a line without times, which tells nothing by itself."""
    if not isinstance(value, dict):
        raise FormatError(Reason.WRONG_TYPE, "a feature that is no object")
    feature = cast("Mapping[str, object]", value)
    properties = _mapping(feature.get("properties") or {}, "properties")
    geometry = _mapping(feature.get("geometry") or {}, "geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if "protocol" in properties:
        return [dict(properties) | (_place(coordinates) if kind == "Point" else {})]
    if kind == "Point":
        times = [properties[key] for key in _TIMES if properties.get(key) is not None]
        if not times:
            raise FormatError(Reason.NO_TIMES, "a point without a time")
        return [{"time": times[0], **_place(coordinates)}]
    if kind in ("LineString", "MultiLineString"):
        return _line(coordinates if kind == "MultiLineString" else [coordinates], properties)
    return []


def _features(name: str, reports: Sequence[Report]) -> Iterator[dict[str, object]]:
    for line in _lines([report.fix for report in reports if report.fix is not None]):
        yield _feature({"type": "LineString", "coordinates": line}, {"name": name})
    for report in reports:
        values = flatten(report)
        if report.fix is None:
            yield _feature(None, values)
            continue
        del values["latitude"], values["longitude"]
        values.pop("altitude", None)
        yield _feature({"type": "Point", "coordinates": _coordinates(report.fix)}, values)


def _feature(geometry: object, properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _lines(fixes: Sequence[Fix]) -> Iterator[list[list[float]]]:
    """Yield the line in parts of two places and more; a part begins where the one before ends."""
    line = [_coordinates(fix) for fix in fixes[:1]]
    for one, other in pairwise(fixes):
        if abs(other.longitude - one.longitude) > 180.0:
            edge = 180.0 if one.longitude > 0 else -180.0
            latitude = _crossing(one, other)
            yield [*line, [edge, latitude]]
            line = [[-edge, latitude]]
        line.append(_coordinates(other))
        if len(line) >= LINE:
            yield line
            line = line[-1:]
    if len(line) > 1:
        yield line


def _crossing(one: Fix, other: Fix) -> float:
    """Return the latitude at which the short way between two places crosses 180°."""
    before, behind = 180.0 - abs(one.longitude), 180.0 - abs(other.longitude)
    share = before / (before + behind) if before + behind else 0.0
    return one.latitude + (other.latitude - one.latitude) * share


def _coordinates(fix: Fix) -> list[float]:
    place = [fix.longitude, fix.latitude]
    return place if fix.altitude is None else [*place, fix.altitude]


def _line(lines: object, properties: Mapping[str, object]) -> list[dict[str, object]] | None:
    """Return the places of lines, whose times are in a list beside them, or in one for each line."""
    beside = properties.get("coordinateProperties")
    times = properties.get("coordTimes") or (_mapping(beside, "properties").get("times") if beside else None)
    if times is None:
        return None
    places = [place for line in _list(lines) for place in _list(line)]
    flat = [time for part in _list(times) for time in (part if isinstance(part, list) else [part])]
    if len(flat) != len(places):
        raise FormatError(Reason.DAMAGED, f"{len(flat)} times for {len(places)} places")
    return [{"time": time, **_place(place)} for time, place in zip(flat, places, strict=True)]


def _place(value: object) -> dict[str, object]:
    """Return the columns of a position."""
    place = _list(value)
    if len(place) < 2:
        raise FormatError(Reason.WRONG_TYPE, f"a position of {len(place)} numbers")
    return dict(zip(("longitude", "latitude", "altitude"), place, strict=False))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise FormatError(Reason.WRONG_TYPE, "no list where one was expected")
    return value


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FormatError(Reason.WRONG_TYPE, f"{name} is no object")
    return cast("Mapping[str, object]", value)
