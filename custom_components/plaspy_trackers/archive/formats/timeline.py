"""Google's timeline in the forms that it has had: Takeout's records, its semantic history, and the telephone's export.

| file | list | its entries |
|---|---|---|
| Records.json | `locations` | a fix each: `latitudeE7`, `timestamp` or `timestampMs`, `velocity` in m/s |
| 2024_MAY.json | `timelineObjects` | `activitySegment` with `simplifiedRawPath`, `placeVisit` |
| Timeline.json, Android | `semanticSegments` | `timelinePath`, `visit`, `activity`; places as "52.1°, 4.9°" |
| | `rawSignals` | `position` with accuracy, altitude and source, beside scans that are none |
| location-history.json, iOS | the file | as `semanticSegments`; places as "geo:52.1,4.9", path times in minutes |

A visit becomes two fixes at its place, when it began and when it ended; so does an activity, at its two ends.
Places without a time (waypoints) and entries without a place (scans) are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
import re
from typing import cast

from .columns import Kind, from_text
from .errors import FormatError, Reason
from .target import EPOCH, per_hour, read_number, read_time

#: E7 degrees beyond this have lost their sign: a quirk of some of the records.
_HALF_CIRCLE_E7 = 1_800_000_000

_PLACE = re.compile(r"(?:geo:)?\s*(-?\d+(?:\.\d+)?)°?\s*,\s*(-?\d+(?:\.\d+)?)°?", re.ASCII)
_SOURCES = {"GPS": "gnss", "WIFI": "wifi", "CELL": "cell"}

type _Columns = dict[str, object]


def read_location(value: object) -> Iterator[_Columns]:
    """Yield the fix of one of Records.json's locations."""
    location = _object(value)
    if "latitudeE7" not in location:
        return
    columns = {
        "time": _time(location, "timestamp"),
        "altitude": location.get("altitude"),
        "speed": per_hour(location.get("velocity")),
        "course": location.get("heading"),
        "accuracy": location.get("accuracy"),
        **_e7(location, "latitudeE7", "longitudeE7"),
    }
    if (source := _SOURCES.get(str(location.get("source")))) is not None:
        columns["source"] = source
    yield columns


def read_timeline_object(value: object) -> Iterator[_Columns]:
    """Yield the fixes of one activity or visit of a month."""
    entry = _object(value)
    if (visit := _object(entry.get("placeVisit"))) and "latitudeE7" in (location := _object(visit.get("location"))):
        yield from _both_ends(_object(visit.get("duration")), location, location)
    if segment := _object(entry.get("activitySegment")):
        begin, end = _object(segment.get("startLocation")), _object(segment.get("endLocation"))
        yield from _both_ends(_object(segment.get("duration")), begin, end)
    for part in (visit, segment):
        path = _object(part.get("simplifiedRawPath"))
        for point in map(_object, _list(path.get("points"))):
            if "latE7" in point:
                place = _e7(point, "latE7", "lngE7")
                yield {"time": _time(point, "timestamp"), "accuracy": point.get("accuracyMeters"), **place}


def read_segment(value: object) -> Iterator[_Columns]:
    """Yield the fixes of one segment of a telephone's export."""
    segment = _object(value)
    begin, end = segment.get("startTime"), segment.get("endTime")
    for point in map(_object, _list(segment.get("timelinePath"))):
        if point.get("point") is not None:
            yield {"time": _path_time(point, begin), **_place(point["point"])}
    visit = _object(segment.get("visit"))
    # Visits within a visit tell the same place again.
    if visit and str(visit.get("hierarchyLevel", 0)) == "0":
        place = _object(visit.get("topCandidate")).get("placeLocation")
        yield from _places((begin, place), (end, place))
    activity = _object(segment.get("activity"))
    yield from _places((begin, activity.get("start")), (end, activity.get("end")))


def read_signal(value: object) -> Iterator[_Columns]:
    """Yield the fix of a raw signal that is one."""
    position = _object(_object(value).get("position"))
    if position.get("LatLng") is None:
        return
    columns = {
        "time": position.get("timestamp"),
        "altitude": position.get("altitudeMeters"),
        "speed": per_hour(position.get("speedMetersPerSecond")),
        "accuracy": position.get("accuracyMeters"),
        **_place(position["LatLng"]),
    }
    if (source := _SOURCES.get(str(position.get("source")))) is not None:
        columns["source"] = source
    yield columns


def is_segment(value: object) -> bool:
    """Tell whether the entry of a list that is a whole file is a segment."""
    return isinstance(value, dict) and "startTime" in value and "endTime" in value


#: What reads the entries of each list.
LISTS: Mapping[str, Callable[[object], Iterator[_Columns]]] = {
    "locations": read_location,
    "timelineObjects": read_timeline_object,
    "semanticSegments": read_segment,
    "rawSignals": read_signal,
}


def _both_ends(
    duration: Mapping[str, object], begin: Mapping[str, object], end: Mapping[str, object]
) -> Iterator[_Columns]:
    for key, location in (("startTimestamp", begin), ("endTimestamp", end)):
        if "latitudeE7" in location:
            yield {"time": _time(duration, key), **_e7(location, "latitudeE7", "longitudeE7")}


def _places(*places: tuple[object, object]) -> Iterator[_Columns]:
    for time, place in places:
        if place is not None:
            text = _object(place).get("latLng") if isinstance(place, dict) else place
            if text is not None:
                yield {"time": time, **_place(text)}


def _time(values: Mapping[str, object], key: str) -> object:
    """Return a time that is told as text, or in older exports as milliseconds since 1970."""
    if (text := values.get(key)) is not None:
        return text
    milliseconds = values.get(f"{key}Ms")
    if isinstance(milliseconds, str):
        milliseconds = from_text(Kind.COUNT, milliseconds)
    try:
        return EPOCH + timedelta(milliseconds=read_number(key, milliseconds))
    except OverflowError as error:
        raise FormatError(Reason.WRONG_TIME, f"{milliseconds} milliseconds") from error


def _path_time(point: Mapping[str, object], begin: object) -> object:
    if (time := point.get("time")) is not None:
        return time
    offset = point.get("durationMinutesOffsetFromStartTime")
    minutes = read_number("offset", from_text(Kind.NUMBER, offset) if isinstance(offset, str) else offset)
    try:
        return read_time(begin) + timedelta(minutes=minutes)
    except OverflowError as error:
        raise FormatError(Reason.WRONG_TIME, f"{minutes} minutes later") from error


def _e7(values: Mapping[str, object], latitude: str, longitude: str) -> _Columns:
    return {"latitude": _degrees(values, latitude), "longitude": _degrees(values, longitude)}


def _degrees(values: Mapping[str, object], key: str) -> float:
    number = read_number(key, values.get(key))
    return (number - 2**32 if number > _HALF_CIRCLE_E7 else number) / 1e7


def _place(text: object) -> _Columns:
    found = _PLACE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise FormatError(Reason.WRONG_TYPE, f"{str(text)[:60]!r} is no place")
    return {"latitude": float(found[1]), "longitude": float(found[2])}


def _object(value: object) -> Mapping[str, object]:
    """Return an object; an empty one where there is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FormatError(Reason.WRONG_TYPE, "no object where one was expected")
    return cast("Mapping[str, object]", value)


def _list(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(Reason.WRONG_TYPE, "no list where one was expected")
    return value
