"""What is written is read again as it was, and by others as what it is."""

import csv
from datetime import timedelta, timezone
from io import BytesIO, StringIO
from itertools import pairwise
import json
from typing import override
from xml.etree import ElementTree as ET

import gpxpy
import pytest

from custom_components.plaspy_trackers.archive.formats import (
    Contents,
    Format,
    FormatError,
    Reason,
    check_track,
    read_track,
    write_track,
)
from custom_components.plaspy_trackers.archive.formats.columns import COLUMNS
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report

from .tracks import BEGIN, DEVICE, NOW, TEXTS, random_reports

GARMIN = "{http://www.garmin.com/xmlschemas/TrackPointExtension/v2}"
KML = "{http://www.opengis.net/kml/2.2}"
GOOGLE = "{http://www.google.com/kml/ext/2.2}"

#: An empty text is none in XML, which also has no carriage returns.
XML_TEXTS = tuple(text for text in TEXTS if text)


def written(form: Format, reports: list[Report], name: str = "Lola's watch") -> bytes:
    return b"".join(write_track(form, name, reports))


def read(data: bytes) -> list[Report]:
    return list(read_track(data, DEVICE, now=NOW))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", [Format.CSV, Format.GEOJSON])
def test_csv_and_geojson_keep_all(form: Format, seed: int) -> None:
    reports = random_reports(300, seed)
    assert read(written(form, reports)) == reports


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", [Format.GPX, Format.KML])
def test_gpx_and_kml_keep_all_that_has_a_place(form: Format, seed: int) -> None:
    reports = random_reports(300, seed, texts=XML_TEXTS)
    assert read(written(form, reports)) == [report for report in reports if report.fix]


@pytest.mark.parametrize("form", list(Format))
def test_written_twice_is_the_same(form: Format) -> None:
    data = written(form, random_reports(100, texts=XML_TEXTS))
    assert written(form, read(data)) == data


@pytest.mark.parametrize("form", list(Format))
def test_a_file_is_read_by_its_content_from_a_stream_too(form: Format) -> None:
    reports = random_reports(50, unfixed=False, texts=XML_TEXTS)

    class Dripping(BytesIO):
        @override
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7))

    assert list(read_track(Dripping(written(form, reports)), DEVICE, now=NOW)) == reports


@pytest.mark.parametrize("form", list(Format))
def test_the_tracker_is_the_one_that_is_imported_for(form: Format) -> None:
    data = written(form, random_reports(20))
    assert {report.device_id for report in read_track(data, "other", now=NOW)} == {"other"}


@pytest.mark.parametrize("form", list(Format))
def test_what_a_file_holds_is_told(form: Format) -> None:
    reports = random_reports(20, unfixed=False)
    assert check_track(written(form, reports), now=NOW) == Contents(20, reports[0].time, reports[-1].time)


@pytest.mark.parametrize("form", list(Format))
def test_a_file_without_reports_is_whole_and_has_no_points(form: Format) -> None:
    with pytest.raises(FormatError) as error:
        read(written(form, []))
    assert error.value.reason is Reason.NO_POINTS


@pytest.mark.parametrize("form", list(Format))
def test_names_and_texts_that_cannot_be_encoded_are_written_all_the_same(form: Format) -> None:
    fix = Fix(52.0, 4.9, BEGIN)
    report = Report(DEVICE, "watch", BEGIN, fix, {"serial_data": "a\x00\ud800b"}, text="\x1b\ufffe")
    data = written(form, [report], "\x00 ]]> \udfff </name>")
    [back] = read(data)
    assert back.fix == fix
    data.decode()


def test_times_of_other_zones_are_written_in_utc() -> None:
    local = BEGIN.astimezone(timezone(timedelta(hours=-5)))
    report = Report(DEVICE, "watch", local, Fix(52.0, 4.9, local))
    assert b"2026-11-21T06:00:00Z" in written(Format.GPX, [report])


def test_gpx_opens_in_a_public_reader() -> None:
    """Gpxpy finds every point, and the extensions of Garmin where readers look for them."""
    reports = random_reports(300, unfixed=False)
    track = gpxpy.parse(written(Format.GPX, reports).decode())
    assert track.version == "1.1"
    assert [one.name for one in track.tracks] == ["Lola's watch"]
    points = [point for segment in track.tracks[0].segments for point in segment.points]
    assert len(points) == len(reports)
    for point, report in zip(points, reports, strict=True):
        fix = report.fix
        assert fix is not None
        assert (point.latitude, point.longitude, point.elevation) == (fix.latitude, fix.longitude, fix.altitude)
        assert point.satellites == fix.satellites
        assert point.horizontal_dilution == fix.hdop
        assert point.time is not None
        # The reader rounds to milliseconds.
        assert abs(point.time - fix.time) < timedelta(milliseconds=1)
        values = {
            element.tag.removeprefix(GARMIN): float(element.text or "")
            for extension in point.extensions
            if extension.tag == f"{GARMIN}TrackPointExtension"
            for element in extension
        }
        pulse = report.readings.get("heart_rate")
        assert values.get("hr") == (round(pulse) if pulse else None)
        assert values.get("course") == fix.course
        assert values.get("speed") == (None if fix.speed is None else pytest.approx(fix.speed / 3.6, abs=1e-8))
    assert [point.name for point in track.waypoints] == [" ".join(one.alarms) for one in reports if one.alarms]


def test_gpx_has_its_elements_in_the_order_of_the_schemas() -> None:
    order = ["ele", "time", "sat", "hdop", "extensions"]
    garmin = ["atemp", "hr", "speed", "course"]
    root = ET.fromstring(written(Format.GPX, random_reports(200)))
    assert [child.tag.rpartition("}")[2] for child in root][-1] == "trk", "waypoints come first"
    for point in root.iter("{http://www.topografix.com/GPX/1/1}trkpt"):
        tags = [child.tag.rpartition("}")[2] for child in point]
        assert tags == sorted(tags, key=order.index)
        for extension in point.iter(f"{GARMIN}TrackPointExtension"):
            tags = [child.tag.rpartition("}")[2] for child in extension]
            assert tags == sorted(tags, key=garmin.index)


def test_numbers_of_xml_have_no_exponents() -> None:
    report = Report(DEVICE, "watch", BEGIN, Fix(1e-7, -1e-12, BEGIN, altitude=1e-5))
    assert b'lat="0.0000001" lon="-0.000000000001"><ele>0.00001</ele>' in written(Format.GPX, [report])
    assert b"<gx:coord>-0.000000000001 0.0000001 0.00001</gx:coord>" in written(Format.KML, [report])


def test_kml_has_as_many_values_as_times() -> None:
    reports = random_reports(200)
    fixes = [report.fix for report in reports if report.fix]
    root = ET.fromstring(written(Format.KML, reports))
    [track] = root.iter(f"{GOOGLE}Track")
    assert len(track.findall(f"{KML}when")) == len(track.findall(f"{GOOGLE}coord")) == len(fixes)
    fields = [field.get("name") for field in root.iter(f"{GOOGLE}SimpleArrayField")]
    arrays = list(root.iter(f"{GOOGLE}SimpleArrayData"))
    assert [array.get("name") for array in arrays] == fields
    assert {len(array) for array in arrays} == {len(fixes)}


def test_a_long_track_of_kml_is_cut_and_whole_again() -> None:
    reports = [
        Report(DEVICE, "watch", time, Fix(52.0, 4.9, time))
        for time in (BEGIN + timedelta(seconds=second) for second in range(10_001))
    ]
    data = written(Format.KML, reports)
    assert data.count(b"<gx:Track>") == 2
    assert read(data) == reports


def test_geojson_is_as_the_standard_has_it() -> None:
    reports = random_reports(100)
    collection = json.loads(written(Format.GEOJSON, reports))
    assert collection["type"] == "FeatureCollection"
    assert {feature["type"] for feature in collection["features"]} == {"Feature"}
    points = [one for one in collection["features"] if "protocol" in one["properties"]]
    for feature, report in zip(points, reports, strict=True):
        fix = report.fix
        if fix is None:
            assert feature["geometry"] is None
            continue
        place = [fix.longitude, fix.latitude, *([] if fix.altitude is None else [fix.altitude])]
        assert feature["geometry"] == {"type": "Point", "coordinates": place}


def test_a_line_of_geojson_is_cut_at_180_degrees_and_when_it_is_long() -> None:
    places = [(10.0, 178.0), (10.0, 179.0), (20.0, -179.0), (20.0, -178.0), (20.0, 179.0)]
    times = [BEGIN + timedelta(seconds=second) for second in range(10_020)]
    cases = [places, [(52.0, 4.9)] * 10_020]
    lines = []
    for case in cases:
        reports = [Report(DEVICE, "watch", time, Fix(*place, time)) for place, time in zip(case, times, strict=False)]
        features = json.loads(written(Format.GEOJSON, reports))["features"]
        lines.append([one["geometry"]["coordinates"] for one in features if one["geometry"]["type"] == "LineString"])
    assert lines[0] == [
        [[178.0, 10.0], [179.0, 10.0], [180.0, 15.0]],
        [[-180.0, 15.0], [-179.0, 20.0], [-178.0, 20.0], [-180.0, 20.0]],
        [[180.0, 20.0], [179.0, 20.0]],
    ]
    assert [len(line) for line in lines[1]] == [10_000, 21]
    assert all(abs(one[0] - other[0]) < 180 for line in lines[0] for one, other in pairwise(line))


def test_one_fix_makes_no_line() -> None:
    features = json.loads(written(Format.GEOJSON, [Report(DEVICE, "watch", BEGIN, Fix(52.0, 4.9, BEGIN))]))["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["Point"]


def test_csv_has_the_same_header_always_and_says_nothing_by_nothing() -> None:
    report = Report(
        DEVICE, "watch", BEGIN, None, {"heart_rate": None, "charging": False, "steps": 0}, alarms=(Alarm.SOS,)
    )
    header, row = csv.reader(StringIO(written(Format.CSV, [report]).decode()))
    assert header == list(COLUMNS)
    assert {name: text for name, text in zip(header, row, strict=True) if text} == {
        "device_id": DEVICE,
        "protocol": "watch",
        "time": "2026-11-21T06:00:00Z",
        "heart_rate": "null",
        "charging": "false",
        "steps": "0",
        "alarms": '["sos"]',
    }


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@a", "\tx", "'x", "\rx"])
def test_no_text_of_csv_is_a_formula(text: str) -> None:
    report = Report(DEVICE, "watch", BEGIN, None, {"serial_data": text}, text=text)
    data = written(Format.CSV, [report])
    row = next(csv.DictReader(StringIO(data.decode(), newline="")))
    assert row["text"] == row["serial_data"] == f"'{text}"
    assert read(data) == [report]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_some_columns_is_read(delimiter: str, encoding: str) -> None:
    rows = [
        ("longitude", "time", "note", "latitude", "speed"),
        ("4.9", "2026-11-21T07:00:00+01:00", "ö", "52", ""),
        (" 4.91 ", "2026-11-21 06:00:10", "", "52.1", "12.5"),
        ("", "", "", "", ""),
    ]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    times = (BEGIN, BEGIN + timedelta(seconds=10))
    assert read(data) == [
        Report(DEVICE, "import", times[0], Fix(52.0, 4.9, times[0])),
        Report(DEVICE, "import", times[1], Fix(52.1, 4.91, times[1], speed=12.5)),
    ]
