"""GPX 1.1: a track, read by nearly everything.

Altitude, satellites and HDOP are GPX's own. Speed (m/s), course, heart rate and temperature are in Garmin's
TrackPointExtension v2; what neither knows is in a namespace of ours, an element for each column. Alarms are also
waypoints. Reports without a fix have no place in GPX.

Read are the track points of GPX 1.1 and 1.0, so Traccar's too, whatever namespace their extensions have.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import override

from ...gateway.models import Fix, Report
from .columns import COLUMNS, Kind, Value, flatten, from_text, to_text, write_time
from .errors import FormatError, Reason
from .target import Target, per_hour
from .xml import CHUNK, OWN, Elements, Writer, decimal

ROOT = "gpx"
GARMIN = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"

_HEAD = {
    "xmlns": "http://www.topografix.com/GPX/1/1",
    "xmlns:gpxtpx": GARMIN,
    "xmlns:plaspy": OWN,
    "version": "1.1",
    "creator": "Plaspy Trackers for Home Assistant",
}

#: What track points are read from: the column of each local name.
_READ = {
    "ele": "altitude",
    "time": "fix_time",
    "sat": "satellites",
    "hdop": "hdop",
    "speed": "speed",
    "course": "course",
    "accuracy": "accuracy",
    "hr": "heart_rate",
    "atemp": "temperature",
}

#: What is written by elements of its own, or not at all.
_NATIVE = frozenset(("device_id", "fix_time", "latitude", "longitude", "altitude", "course", "satellites", "hdop"))


def write_gpx(name: str, reports: Sequence[Report]) -> Iterator[bytes]:
    """Yield the pieces of a file with one track."""
    writer = Writer()
    writer.begin("gpx", _HEAD)
    for report in reports:
        if report.alarms and report.fix is not None:
            _write_waypoint(writer, report, report.fix)
            yield from writer.taken()
    writer.begin("trk")
    writer.leaf("name", name)
    writer.begin("trkseg")
    for report in reports:
        if report.fix is not None:
            _write_point(writer, report, report.fix)
            yield from writer.taken(CHUNK)
    for element in ("trkseg", "trk", "gpx"):
        writer.end(element)
    writer.break_line()
    yield from writer.taken(0)


class GpxElements(Elements):
    """Track points as they end."""

    def __init__(self, target: Target) -> None:
        """Read for a target."""
        self._target = target
        self._point: dict[str, object] | None = None
        self.timeless = False

    @override
    def wants(self, local: str) -> bool:
        return local in _READ

    @override
    def begin(self, local: str, attributes: Mapping[str, str]) -> None:
        if local == "trkpt":
            latitude, longitude = (from_text(Kind.NUMBER, attributes.get(name, "")) for name in ("lat", "lon"))
            self._point = {"latitude": latitude, "longitude": longitude}

    @override
    def end(self, space: str, local: str, text: str) -> Sequence[Report]:
        point = self._point
        if point is None:
            return ()
        if local == "trkpt":
            self._point = None
            return self._report(point)
        if space == OWN:
            read_own(point, local, text)
        elif (column := _READ.get(local)) and (stripped := text.strip()):
            value = from_text(COLUMNS[column], stripped)
            point[column] = per_hour(value) if column == "speed" else value
        return ()

    def _report(self, point: dict[str, object]) -> Sequence[Report]:
        if "fix_time" not in point:
            raise FormatError(Reason.NO_TIMES, "a track point without a time")
        point.setdefault("time", point["fix_time"])
        report = self._target.report(point)
        return () if report is None else (report,)


def read_own(values: dict[str, object], column: str, text: str) -> None:
    """Take a value that was written as text under the name of its column; names that are no column tell nothing."""
    if column in COLUMNS:
        values[column] = from_text(COLUMNS[column], text)


def _write_waypoint(writer: Writer, report: Report, fix: Fix) -> None:
    writer.break_line()
    writer.begin("wpt", {"lat": decimal(fix.latitude), "lon": decimal(fix.longitude)})
    writer.leaf("time", write_time(fix.time))
    writer.leaf("name", " ".join(report.alarms))
    writer.end("wpt")


def _write_point(writer: Writer, report: Report, fix: Fix) -> None:
    writer.break_line()
    writer.begin("trkpt", {"lat": decimal(fix.latitude), "lon": decimal(fix.longitude)})
    if fix.altitude is not None:
        writer.leaf("ele", decimal(fix.altitude))
    writer.leaf("time", write_time(fix.time))
    if fix.satellites is not None:
        writer.leaf("sat", str(fix.satellites))
    if fix.hdop is not None:
        writer.leaf("hdop", decimal(fix.hdop))
    garmin = _garmin(report, fix)
    own = _own(report, fix)
    if garmin or own:
        writer.begin("extensions")
        if garmin:
            writer.begin("gpxtpx:TrackPointExtension")
            for element, text in garmin.items():
                writer.leaf(element, text)
            writer.end("gpxtpx:TrackPointExtension")
        for column, value in own.items():
            writer.leaf(f"plaspy:{column}", to_text(value))
        writer.end("extensions")
    writer.end("trkpt")


def _garmin(report: Report, fix: Fix) -> dict[str, str]:
    """Return the elements of Garmin's extension, in the order that its schema wants."""
    values: dict[str, str] = {}
    temperature, pulse = report.readings.get("temperature"), report.readings.get("heart_rate")
    if temperature is not None:
        values["gpxtpx:atemp"] = decimal(temperature)
    if pulse is not None and 1 <= round(pulse) <= 255:
        values["gpxtpx:hr"] = str(round(pulse))
    if fix.speed is not None:
        values["gpxtpx:speed"] = decimal(_per_second(fix.speed))
    if fix.course is not None:
        values["gpxtpx:course"] = decimal(fix.course)
    return values


def _per_second(speed: float) -> float:
    return round(speed / 3.6, 9)


def _own(report: Report, fix: Fix) -> dict[str, Value]:
    """Return what only our own namespace can say, or can say exactly."""
    values = {column: value for column, value in flatten(report).items() if column not in _NATIVE}
    if report.time == fix.time:
        del values["time"]
    values.pop("temperature", None)
    if fix.speed is not None and per_hour(_per_second(fix.speed)) == fix.speed:
        del values["speed"]
    pulse = report.readings.get("heart_rate")
    if pulse is not None and 1 <= pulse <= 255 and pulse == round(pulse):
        del values["heart_rate"]
    return values
