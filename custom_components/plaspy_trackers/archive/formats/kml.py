"""KML 2.2 with Google's tracks: what earth viewers play back.

A `gx:Track` holds a time and a place for every fix and, in arrays beside them, every column that any of the reports
has. Long tracks are cut into several of one `gx:MultiTrack`. Reports without a fix have no place in KML.

Read are such tracks, those of others too, and placemarks of one point that have a time. A line alone, as Traccar
exports one, tells no times and is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import override

from ...gateway.models import Report
from .columns import COLUMNS, Kind, Value, flatten, from_text, to_text, write_time
from .errors import FormatError, Reason
from .gpx import read_own
from .target import Target, per_hour
from .xml import Elements, Writer, decimal

ROOT = "kml"

#: Fixes of one `gx:Track`: an array is whole in memory while it is read.
TRACK = 10_000

#: The longest track of others.
LONGEST_TRACK = 250_000

_SPACE = "http://www.opengis.net/kml/2.2"
_GOOGLE = "http://www.google.com/kml/ext/2.2"
_SCHEMA = "plaspy_report"

_WANTED = frozenset(("when", "coord", "angles", "value"))

_NATIVE = frozenset(("device_id", "fix_time", "latitude", "longitude", "altitude"))

#: What arrays of others are read from.
_READ = {
    "heart_rate": "heart_rate",
    "heartrate": "heart_rate",
    "hr": "heart_rate",
    "speed": "speed",
    "bearing": "course",
    "accuracy": "accuracy",
}


def write_kml(name: str, reports: Sequence[Report]) -> Iterator[bytes]:
    """Yield the pieces of a file with one track."""
    fixes = [report for report in reports if report.fix is not None]
    columns = _columns(fixes)
    writer = Writer()
    writer.begin("kml", {"xmlns": _SPACE, "xmlns:gx": _GOOGLE})
    writer.begin("Document")
    writer.leaf("name", name)
    writer.begin("Schema", {"id": _SCHEMA})
    for column in columns:
        writer.leaf("gx:SimpleArrayField", attributes={"name": column, "type": "string"})
    writer.end("Schema")
    writer.begin("Placemark")
    writer.leaf("name", name)
    writer.begin("gx:MultiTrack")
    writer.leaf("gx:interpolate", "1")
    for batch in batched(fixes, TRACK, strict=False):
        yield from _write_track(writer, batch, columns)
    for element in ("gx:MultiTrack", "Placemark", "Document", "kml"):
        writer.end(element)
    writer.break_line()
    yield from writer.taken(0)


class KmlElements(Elements):
    """Tracks and placemarks as they end, as the reports they hold."""

    def __init__(self, target: Target) -> None:
        """Read for a target."""
        self._target = target
        self._values: dict[str, list[str]] = {}
        self._array = ""
        self._own = False
        self._in_point = False
        self.timeless = False

    @override
    def wants(self, local: str) -> bool:
        # The places of a line may be many, and have no times.
        return local in _WANTED or (local == "coordinates" and self._in_point)

    @override
    def begin(self, local: str, attributes: Mapping[str, str]) -> None:
        if local in ("Placemark", "Track"):
            self._values = {}
            self._own = False
        elif local == "Point":
            self._in_point = True
        elif local == "SchemaData":
            self._own = attributes.get("schemaUrl") == f"#{_SCHEMA}"
        elif local == "SimpleArrayData":
            self._array = f" {attributes.get('name', '')}"

    @override
    def end(self, space: str, local: str, text: str) -> Sequence[Report]:
        if self.wants(local):
            self._take(self._array if local == "value" else local, text)
        elif local == "Track":
            return self._track(len(self._values.get("when", ())))
        elif local == "Point":
            self._in_point = False
        elif local == "LineString":
            self.timeless = True
        elif local == "Placemark":
            return self._placemark()
        return ()

    def _take(self, key: str, text: str) -> None:
        values = self._values.setdefault(key, [])
        if len(values) >= LONGEST_TRACK:
            raise FormatError(Reason.TOO_MANY, f"a track of more than {LONGEST_TRACK} points")
        values.append(text)

    def _track(self, count: int) -> list[Report]:
        """Return the reports of a track; a place that is empty stands for a fix that there was not."""
        columns = self._values
        self._values = {}
        if not columns:
            return []
        if "coord" not in columns or any(len(column) != count for column in columns.values()):
            raise FormatError(Reason.DAMAGED, "a track with more of one thing than of another")
        names = list(columns)
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True))
        found = (self._target.report(self._point(row)) for row in rows if row.get("coord", "").strip())
        return [report for report in found if report is not None]

    def _placemark(self) -> list[Report]:
        values = self._values
        self._values = {}
        if "when" not in values or "coordinates" not in values:
            self.timeless |= "coordinates" in values
            return []
        time, place = values["when"][0], values["coordinates"][0].replace(",", " ")
        report = self._target.report(self._point({"when": time, "coord": place}))
        return [] if report is None else [report]

    def _point(self, row: Mapping[str, str]) -> dict[str, object]:
        parts = row["coord"].split()
        if not 2 <= len(parts) <= 3:
            raise FormatError(Reason.WRONG_TYPE, f"{len(parts)} coordinates")
        point: dict[str, object] = {
            column: from_text(Kind.NUMBER, text)
            for column, text in zip(("longitude", "latitude", "altitude"), parts, strict=False)
        }
        point["time"] = point["fix_time"] = row["when"].strip()
        if "angles" in row and (angles := row["angles"].split()):
            point["course"] = from_text(Kind.NUMBER, angles[0])
        for key, text in row.items():
            if key.startswith(" ") and text:
                self._read(point, key[1:], text)
        return point

    def _read(self, point: dict[str, object], name: str, text: str) -> None:
        if self._own:
            read_own(point, name, text)
        elif column := _READ.get(name.lower()):
            value = from_text(COLUMNS[column], text)
            point[column] = per_hour(value) if column == "speed" else value


def _columns(fixes: Sequence[Report]) -> list[str]:
    """Return the columns that any of the reports has."""
    found = {column for report in fixes for column in _further(report)}
    return [column for column in COLUMNS if column in found]


def _further(report: Report) -> dict[str, Value]:
    """Return the columns that have no place in a track itself."""
    values = {column: value for column, value in flatten(report).items() if column not in _NATIVE}
    if report.fix is not None and report.time == report.fix.time:
        del values["time"]
    return values


def _write_track(writer: Writer, reports: Sequence[Report], columns: Sequence[str]) -> Iterator[bytes]:
    writer.break_line()
    writer.begin("gx:Track")
    writer.leaf("altitudeMode", "clampToGround")
    fixes = [report.fix for report in reports if report.fix is not None]
    for fix in fixes:
        writer.leaf("when", write_time(fix.time))
    writer.break_line()
    for fix in fixes:
        place = [fix.longitude, fix.latitude, *([] if fix.altitude is None else [fix.altitude])]
        writer.leaf("gx:coord", " ".join(map(decimal, place)))
    yield from writer.taken()
    rows = [_further(report) for report in reports]
    writer.begin("ExtendedData")
    writer.begin("SchemaData", {"schemaUrl": f"#{_SCHEMA}"})
    for column in columns:
        writer.break_line()
        writer.begin("gx:SimpleArrayData", {"name": column})
        for row in rows:
            writer.leaf("gx:value", to_text(row[column]) if column in row else "")
        writer.end("gx:SimpleArrayData")
        yield from writer.taken()
    for element in ("SchemaData", "ExtendedData", "gx:Track"):
        writer.end(element)
