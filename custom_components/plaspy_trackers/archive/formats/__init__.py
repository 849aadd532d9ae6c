"""Tracks as files: written as GPX, GeoJSON, CSV or KML, and read from these and from what others export.

What a file is, is told by its content. Nothing of a file counts until its last byte has been read: whoever takes
reports from `read_track` keeps none of them if it raises, or asks `check_track` first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from ...gateway.models import Report
from . import timeline, traccar
from .errors import FormatError, Reason
from .geojson import read_feature, write_geojson
from .gpx import ROOT as GPX_ROOT, GpxElements, write_gpx
from .json import Entry, entries
from .kml import ROOT as KML_ROOT, KmlElements, write_kml
from .source import MAX_BYTES, Syntax, decoded, open_source
from .table import read_csv, write_csv
from .target import Target
from .xml import Reader

__all__ = [
    "MAX_BYTES",
    "MAX_POINTS",
    "Contents",
    "Format",
    "FormatError",
    "Reason",
    "check_track",
    "read_track",
    "write_track",
]

#: Reports of one file: a fix every 30 seconds for two years.
MAX_POINTS = 2_000_000


class Format(StrEnum):
    """What a track can be written as; also the end of the file's name."""

    GPX = "gpx"
    GEOJSON = "geojson"
    CSV = "csv"
    KML = "kml"


@dataclass(slots=True, frozen=True)
class Contents:
    """What a file holds: how many reports, and the first and last time of any."""

    reports: int
    first: datetime | None
    last: datetime | None


def write_track(form: Format, name: str, reports: Sequence[Report]) -> Iterator[bytes]:
    """Yield the pieces of a file with the reports in the order in which they are given.

    CSV and GeoJSON hold every report with all that it says. GPX and KML hold those with a fix.
    """
    if form is Format.CSV:
        return write_csv(reports)
    return _WRITERS[form](name, reports)


def read_track(
    data: bytes | BinaryIO, device_id: str, *, now: datetime, most_bytes: int = MAX_BYTES, most: int = MAX_POINTS
) -> Iterator[Report]:
    """Yield the reports of a file as those of one tracker, in the order of the file.

    Raises FormatError, as late as at the end: what was yielded until then must not be kept.
    """
    target = Target.at(device_id, now)
    syntax, pieces = open_source(data, most_bytes)
    count = 0
    for count, report in enumerate(_READERS[syntax](pieces, target), 1):
        if count > most:
            raise FormatError(Reason.TOO_MANY, f"more than {most} reports")
        yield report
    if not count:
        raise FormatError(Reason.NO_POINTS)


def check_track(
    data: bytes | BinaryIO, *, now: datetime, most_bytes: int = MAX_BYTES, most: int = MAX_POINTS
) -> Contents:
    """Read a file to its end and return what it holds, or raise as `read_track` would."""
    count, first, last = 0, None, None
    for report in read_track(data, "", now=now, most_bytes=most_bytes, most=most):
        count += 1
        if (time := report.time) is not None:
            first = time if first is None else min(first, time)
            last = time if last is None else max(last, time)
    return Contents(count, first, last)


def _read_xml(pieces: Iterator[bytes], target: Target) -> Iterator[Report]:
    return Reader({GPX_ROOT: GpxElements(target), KML_ROOT: KmlElements(target)}).read(pieces)


def _read_table(pieces: Iterator[bytes], target: Target) -> Iterator[Report]:
    device = _Device()
    for line, values in read_csv(decoded(pieces)):
        try:
            device.check(values)
            report = target.report(values)
        except FormatError as error:
            raise error.at(line=line) from error
        if report is not None:
            yield report


def _read_json(pieces: Iterator[bytes], target: Target) -> Iterator[Report]:
    file = _JsonFile(target)
    for entry in entries(decoded(pieces), _LISTS):
        yield from file.read(entry)
    yield from file.finish()


class _JsonFile:
    """What has been seen of a file in JSON."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._device = _Device()
        self._members: dict[str, object] = {}
        self._known = False
        self._timeless = False
        self._found = False

    def read(self, entry: Entry) -> Iterator[Report]:
        """Yield the reports of an entry."""
        if entry.number is None:
            self._members[entry.key] = entry.value
            return
        self._known = True
        if not entry.number:
            return
        try:
            found = _read_entry(entry)
            self._timeless |= found is None
            for values in found or ():
                self._device.check(values)
                if (report := self._target.report(values)) is not None:
                    self._found = True
                    yield report
        except FormatError as error:
            raise error.at(entry=entry.number) from error

    def finish(self) -> Iterator[Report]:
        """Yield the report of a file that is one feature, and refuse one that was something else."""
        if self._members.get("type") == "Feature":
            yield from self.read(Entry("features", 1, self._members))
        if not self._known:
            raise FormatError(Reason.UNKNOWN, "JSON of something else")
        if self._timeless and not self._found:
            raise FormatError(Reason.NO_TIMES, "lines without times")


def _read_entry(entry: Entry) -> Iterable[dict[str, object]] | None:
    """Return the columns of what an entry holds; None if its places have no times."""
    if entry.key == "features":
        return read_feature(entry.value)
    if entry.key:
        return timeline.LISTS[entry.key](entry.value)
    if isinstance(entry.value, dict) and entry.value.keys() >= traccar.COLUMNS:
        return (traccar.read_position(entry.value),)
    if timeline.is_segment(entry.value):
        return timeline.read_segment(entry.value)
    raise FormatError(Reason.UNKNOWN, "a list of something else")


class _Device:
    """The one tracker that a file may be of."""

    def __init__(self) -> None:
        self._name: object = None

    def check(self, values: Mapping[str, object]) -> None:
        """Refuse a report of another tracker than the first."""
        name = values.get("device_id")
        if name is not None:
            if self._name is not None and name != self._name:
                raise FormatError(Reason.SEVERAL)
            self._name = name


_LISTS = frozenset(("features", *timeline.LISTS))

_WRITERS: Mapping[Format, Callable[[str, Sequence[Report]], Iterator[bytes]]] = {
    Format.GPX: write_gpx,
    Format.GEOJSON: write_geojson,
    Format.KML: write_kml,
}

_READERS: Mapping[Syntax, Callable[[Iterator[bytes], Target], Iterator[Report]]] = {
    Syntax.XML: _read_xml,
    Syntax.JSON: _read_json,
    Syntax.TABLE: _read_table,
}
