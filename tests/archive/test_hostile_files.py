"""Files that are damaged, made to harm, or something else: refused with a reason and a place."""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
import json
from random import Random
from typing import cast, override
import zipfile
import zlib

import pytest

from custom_components.plaspy_trackers.archive.formats import (
    Format,
    FormatError,
    Reason,
    check_track,
    read_track,
    write_track,
)
from custom_components.plaspy_trackers.archive.formats.json import LONGEST_ENTRY

from .tracks import DEVICE, NOW, random_reports

TIME = "2026-11-20T10:00:00Z"
POINT = f'<trkpt lat="52" lon="4.9"><time>{TIME}</time>%s</trkpt>'
PROPERTIES = {"protocol": "watch", "time": TIME}
PLACE = {"type": "Point", "coordinates": [4.9, 52.0]}
POSITION = {"deviceId": 1, "fixTime": TIME, "latitude": 52.0, "longitude": 4.9}


def refused(data: bytes, **limits: int) -> FormatError:
    with pytest.raises(FormatError) as error:
        for _ in read_track(data, DEVICE, now=NOW, **limits):
            pass
    return error.value


def gpx(body: str, head: str = "") -> bytes:
    return f'{head}<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{body}</trkseg></trk></gpx>'.encode()


def kml(body: str) -> bytes:
    return f'<kml xmlns:gx="http://www.google.com/kml/ext/2.2"><gx:Track>{body}</gx:Track></kml>'.encode()


def point(latitude: object = 52, longitude: object = 4.9, time: str = TIME, rest: str = "") -> bytes:
    return gpx(f'<trkpt lat="{latitude}" lon="{longitude}"><time>{time}</time>{rest}</trkpt>')


def feature(geometry: object = None, **properties: object) -> bytes:
    one = {"type": "Feature", "geometry": geometry, "properties": PROPERTIES | properties}
    return json.dumps({"type": "FeatureCollection", "features": [one]}).encode()


def table(**fields: str) -> bytes:
    fields = {"time": TIME, "latitude": "52", "longitude": "4.9"} | fields
    return f"{','.join(fields)}\n{','.join(fields.values())}\n".encode()


def segment(point: object) -> bytes:
    return json.dumps({"semanticSegments": [{"startTime": TIME, "timelinePath": [point]}]}).encode()


def zipped(data: bytes) -> bytes:
    with zipfile.ZipFile(file := BytesIO(), "w") as archive:
        archive.writestr("doc.kml", data)
    return file.getvalue()


BOMB = "<!DOCTYPE gpx [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
)
EXTERNAL = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
OUTSIDE = '<!DOCTYPE gpx SYSTEM "file:///etc/hostname">'
PARAMETER = '<!DOCTYPE gpx [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>'

WHOLE = [
    (b"", Reason.EMPTY),
    (b" \r\n\t", Reason.EMPTY),
    (b"\xef\xbb\xbf", Reason.EMPTY),
    (zipped(point()), Reason.COMPRESSED),
    (b"\x1f\x8b" + zlib.compress(point()), Reason.COMPRESSED),
    (b"\x89PNG\r\n\x1a\n\x00\x00", Reason.ENCODING),
    (b"GIF89a;;", Reason.UNKNOWN),
    (b"hello", Reason.UNKNOWN),
    (b"a,b,c\n1,2,3\n", Reason.UNKNOWN),
    (b"\x00" * 100, Reason.UNKNOWN),
    # XML
    (b"<html><body/></html>", Reason.UNKNOWN),
    (b"<!DOCTYPE html><html/>", Reason.ENTITIES),
    (gpx(POINT % "<name>&i;</name>", BOMB), Reason.ENTITIES),
    (gpx(POINT % "<name>&x;</name>", EXTERNAL), Reason.ENTITIES),
    (gpx(POINT % "", OUTSIDE), Reason.ENTITIES),
    (gpx(POINT % "", PARAMETER), Reason.ENTITIES),
    (gpx(POINT % "<name>&x;</name>"), Reason.DAMAGED),
    (gpx("<a>" * 65), Reason.TOO_DEEP),
    (b"<gpx>" * 100_000, Reason.TOO_DEEP),
    (gpx(POINT % f"<time>{' ' * 70_000}</time>"), Reason.TOO_LARGE),
    (gpx(f'<a b="{"x" * 1_200_000}"/>' + " " * 3_000_000), Reason.TOO_LARGE),
    (gpx(f"<a{' ' * 5_000_000}"), Reason.TOO_LARGE),
    (gpx(f"<!--{'x' * 5_000_000}"), Reason.TOO_LARGE),
    (b"<", Reason.DAMAGED),
    (b"<gpx", Reason.DAMAGED),
    (point()[:-1], Reason.DAMAGED),
    (point() + point(), Reason.DAMAGED),
    (point().replace(b"</time>", b"</tine>"), Reason.DAMAGED),
    (point().replace(b"<trk>", b"<trk a='1' a='2'>"), Reason.DAMAGED),
    (point().replace(b"<trk>", b"<x:trk>"), Reason.DAMAGED),
    (point(rest="<name>\x00</name>"), Reason.DAMAGED),
    (point(rest="<name>ö</name>").decode().encode("cp1252"), Reason.DAMAGED),
    (b'<?xml version="1.0" encoding="nonsense"?>' + point(), Reason.ENCODING),
    (b'<?xml version="1.0" encoding="zlib"?>' + point(), Reason.ENCODING),
    (b'<?xml version="1.0" encoding="idna"?>' + point(), Reason.ENCODING),
    (b'<?xml version="1.0" encoding="shift_jis"?>' + point(), Reason.ENCODING),
    (b'<?xml version="1.0" encoding="utf-16"?>' + point(), Reason.DAMAGED),
    (gpx(""), Reason.NO_POINTS),
    (gpx('<trkpt lat="1" lon="1"/>'), Reason.NO_TIMES),
    (gpx('<trkpt lat="1" lon="1"><time> </time></trkpt>'), Reason.NO_TIMES),
    (gpx(f"<trkpt><time>{TIME}</time></trkpt>"), Reason.WRONG_TYPE),
    (point("", 1), Reason.WRONG_TYPE),
    (point("1_0", 1), Reason.WRONG_TYPE),
    (point("0x10", 1), Reason.WRONG_TYPE),
    (point("١", 1), Reason.WRONG_TYPE),
    (point("nan", 1), Reason.WRONG_TYPE),
    (point("inf", 1), Reason.WRONG_TYPE),
    (point("1e999", 1), Reason.OUT_OF_RANGE),
    (point("9" * 5000, 1), Reason.OUT_OF_RANGE),
    (point("1e9999", 1), Reason.WRONG_TYPE),
    (point(90.0001, 1), Reason.OFF_GLOBE),
    (point(1, -180.5), Reason.OFF_GLOBE),
    (point(521000000, 49000000), Reason.OFF_GLOBE),
    (point(0, 0), Reason.NO_POINTS),
    (point(time="yesterday"), Reason.WRONG_TIME),
    (point(time="1999-12-31T23:59:59Z"), Reason.WRONG_TIME),
    (point(time="2026-11-23T12:00:01Z"), Reason.WRONG_TIME),
    (point(time="0001-01-01T00:00:00+14:00"), Reason.WRONG_TIME),
    (point(time="9999-12-31T23:59:59-14:00"), Reason.WRONG_TIME),
    (point(rest="<ele>high</ele>"), Reason.WRONG_TYPE),
    (point(rest="<ele>1e6</ele>"), Reason.OUT_OF_RANGE),
    (point(rest="<speed>1e6</speed>"), Reason.OUT_OF_RANGE),
    (point(rest="<course>361</course>"), Reason.OUT_OF_RANGE),
    (point(rest="<sat>2.5</sat>"), Reason.WRONG_TYPE),
    (kml("<when>x</when>"), Reason.DAMAGED),
    (kml(f"<when>{TIME}</when><gx:coord>1</gx:coord>"), Reason.WRONG_TYPE),
    (kml(f"<when>{TIME}</when><gx:coord>1 2 3 4</gx:coord>"), Reason.WRONG_TYPE),
    (kml(f"<when>{TIME}</when><gx:coord>a b</gx:coord>"), Reason.WRONG_TYPE),
    (kml(f"<when>{TIME}</when><gx:coord>1 91</gx:coord>"), Reason.OFF_GLOBE),
    (kml("<when/><gx:coord>1 2</gx:coord>"), Reason.WRONG_TIME),
    (kml(""), Reason.NO_POINTS),
    # JSON
    (b"{}", Reason.UNKNOWN),
    (b'{"a":1}', Reason.UNKNOWN),
    (b"[]", Reason.NO_POINTS),
    (b"[1]", Reason.UNKNOWN),
    (b'[{"a":1}]', Reason.UNKNOWN),
    (b"{", Reason.DAMAGED),
    (b"[", Reason.DAMAGED),
    (b"{1:2}", Reason.DAMAGED),
    (b'{"a" 1}', Reason.DAMAGED),
    (b'{"a":1 "b":2}', Reason.DAMAGED),
    (b'{"a":1}}', Reason.DAMAGED),
    (b'{"a":tru', Reason.DAMAGED),
    (b'{"a":"\x01"}', Reason.DAMAGED),
    (b'{"a":NaN}', Reason.DAMAGED),
    (b'{"a":"\xff"}', Reason.ENCODING),
    (b"\xff\xfe{\x00", Reason.DAMAGED),
    (b"\xff\xfe{\x00\x00\xd8", Reason.ENCODING),
    (b"[" * 1_000_000, Reason.TOO_DEEP),
    (b'{"features":[' + b'{"a":' * 200_000, Reason.TOO_DEEP),
    (b'{"a":"' + b"x" * (2 * LONGEST_ENTRY + 100_000), Reason.TOO_LARGE),
    (b'{"a":' + b"9" * 5000 + b"}", Reason.DAMAGED),
    (b'{"features":null}', Reason.UNKNOWN),
    (b'{"features":{}}', Reason.UNKNOWN),
    (b'{"features":[]}', Reason.NO_POINTS),
    (b'{"features":[[]]}', Reason.WRONG_TYPE),
    (b'{"features":[{"geometry":[1],"properties":{}}]}', Reason.WRONG_TYPE),
    (b'{"features":[{"geometry":{"type":["Point"]},"properties":{}}]}', Reason.NO_POINTS),
    (b'{"features":[{"geometry":{"type":"Point","coordinates":[1,2]}}]}', Reason.NO_TIMES),
    (feature({"type": "Point", "coordinates": {}}), Reason.WRONG_TYPE),
    (feature({"type": "Point", "coordinates": [1]}), Reason.WRONG_TYPE),
    (feature({"type": "Point", "coordinates": [[1], [2]]}), Reason.WRONG_TYPE),
    (feature({"type": "Point", "coordinates": ["4.9", "52"]}), Reason.WRONG_TYPE),
    (feature({"type": "Point", "coordinates": [True, False]}), Reason.WRONG_TYPE),
    (feature({"type": "Point", "coordinates": [4.9, 91]}), Reason.OFF_GLOBE),
    (feature({"type": "Point", "coordinates": [4.9, 10**400]}), Reason.OUT_OF_RANGE),
    (feature(PLACE).replace(b"4.9", b"1e999"), Reason.OUT_OF_RANGE),
    (feature(PLACE, time=None), Reason.NO_TIMES),
    (feature(PLACE, time=1732096800), Reason.WRONG_TYPE),
    (feature(PLACE, protocol=7), Reason.WRONG_TYPE),
    (feature(PLACE, protocol="../../etc"), Reason.WRONG_TYPE),
    (feature(PLACE, source="dream"), Reason.WRONG_TYPE),
    (feature(PLACE, source=[]), Reason.WRONG_TYPE),
    (feature(PLACE, battery_level="full"), Reason.WRONG_TYPE),
    (feature(PLACE, battery_level=True), Reason.WRONG_TYPE),
    (feature(PLACE, heart_rate={}), Reason.WRONG_TYPE),
    (feature(PLACE, charging=1), Reason.WRONG_TYPE),
    (feature(PLACE, steps=2**60), Reason.OUT_OF_RANGE),
    (feature(PLACE, steps=1.5), Reason.WRONG_TYPE),
    (feature(PLACE, driver_id=["x"]), Reason.WRONG_TYPE),
    (feature(PLACE, text="x" * 70_000), Reason.OUT_OF_RANGE),
    (feature(PLACE, alarms="sos"), Reason.WRONG_TYPE),
    (feature(PLACE, alarms=["party"]), Reason.WRONG_TYPE),
    (feature(PLACE, alarms=[None]), Reason.WRONG_TYPE),
    (feature(PLACE, codes=["x"] * 1001), Reason.OUT_OF_RANGE),
    (feature(PLACE, codes=[1]), Reason.WRONG_TYPE),
    (feature(PLACE, cells=[{"mcc": 204}]), Reason.WRONG_TYPE),
    (feature(PLACE, cells=[7]), Reason.WRONG_TYPE),
    (feature(PLACE, wifi=[{"signal": -40}]), Reason.WRONG_TYPE),
    (feature(PLACE, buffered="yes"), Reason.WRONG_TYPE),
    (json.dumps([POSITION | {"latitude": "52"}]).encode(), Reason.WRONG_TYPE),
    (json.dumps([POSITION | {"attributes": [1]}]).encode(), Reason.WRONG_TYPE),
    (json.dumps([POSITION | {"speed": 10**400}]).encode(), Reason.OUT_OF_RANGE),
    (json.dumps([POSITION | {"attributes": {"odometer": "far"}}]).encode(), Reason.WRONG_TYPE),
    (json.dumps([POSITION | {"protocol": {"a": 1}}]).encode(), Reason.WRONG_TYPE),
    (b'{"locations":[1]}', Reason.WRONG_TYPE),
    (b'{"locations":[{"latitudeE7":1}]}', Reason.WRONG_TYPE),
    (b'{"locations":[{"latitudeE7":1,"longitudeE7":2}]}', Reason.WRONG_TYPE),
    (b'{"locations":[{"latitudeE7":1,"longitudeE7":2,"timestampMs":"9e300"}]}', Reason.WRONG_TIME),
    (b'{"locations":[{"latitudeE7":1,"longitudeE7":2,"timestampMs":"99999999999999"}]}', Reason.WRONG_TIME),
    (b'{"timelineObjects":[{"placeVisit":[]}]}', Reason.WRONG_TYPE),
    (b'{"timelineObjects":[{"activitySegment":{"simplifiedRawPath":{"points":{}}}}]}', Reason.WRONG_TYPE),
    (b'{"semanticSegments":[{"visit":{"topCandidate":{"placeLocation":"here"}}}]}', Reason.WRONG_TYPE),
    (b'{"semanticSegments":[{"timelinePath":[{"point":"1,2"}]}]}', Reason.WRONG_TYPE),
    (segment({"point": "1,2", "durationMinutesOffsetFromStartTime": "1e300"}), Reason.WRONG_TIME),
    (b'{"rawSignals":[{"position":{"LatLng":"91\xc2\xb0, 2\xc2\xb0","timestamp":"2024-05-01"}}]}', Reason.OFF_GLOBE),
    # CSV
    (b"time,latitude,longitude\n", Reason.NO_POINTS),
    (b"time,latitude,longitude,time\n1,2,3,4\n", Reason.DAMAGED),
    (b"time,latitude,longitude\n1,2\n", Reason.DAMAGED),
    (b"time,latitude,longitude\n1,2,3,4\n", Reason.DAMAGED),
    (b'time,latitude,longitude\n"1,2,3\n', Reason.DAMAGED),
    (b'time,latitude,longitude\n"1"x,2,3\n', Reason.DAMAGED),
    (b"time,latitude,longitude\r1,2,3\r", Reason.DAMAGED),
    (table(text='"' + "x" * 140_000 + '"'), Reason.DAMAGED),
    (b"time,latitude,longitude\n" + b"x" * 2_000_000, Reason.TOO_LARGE),
    (b"x" * 2_000_000, Reason.TOO_LARGE),
    (b"time,latitude,longitude,text\n\xff,,,\n", Reason.ENCODING),
    (table(latitude="52,5"), Reason.DAMAGED),
    (table(latitude="north"), Reason.WRONG_TYPE),
    (table(latitude="NaN"), Reason.WRONG_TYPE),
    (table(latitude="-91"), Reason.OFF_GLOBE),
    (table(latitude=""), Reason.WRONG_TYPE),
    (table(time=""), Reason.NO_TIMES),
    (table(steps="9" * 30), Reason.OUT_OF_RANGE),
    (table(charging="maybe"), Reason.WRONG_TYPE),
    (table(cells="[" * 5000), Reason.WRONG_TYPE),
    (table(alarms="sos"), Reason.WRONG_TYPE),
    (b"deviceId,fixTime,latitude,longitude\n1,2026-11-20T10:00:00Z,x,4.9\n", Reason.WRONG_TYPE),
]


@pytest.mark.parametrize(("data", "reason"), WHOLE, ids=range(len(WHOLE)))
def test_a_bad_file_is_refused(data: bytes, reason: Reason) -> None:
    assert refused(data).reason is reason


GOOD = {
    Format.GPX: gpx("\n" + "\n".join(POINT % "" for _ in range(5))),
    Format.KML: kml(f"\n<when>{TIME}</when>\n<gx:coord>4.9 52</gx:coord>\n"),
    Format.CSV: table() + b"".join(table().splitlines(keepends=True)[1] for _ in range(4)),
}


@pytest.mark.parametrize(
    ("data", "line", "entry"),
    [
        (GOOD[Format.GPX].replace(b"52", b"95").replace(b"95", b"52", 3), 5, None),
        (GOOD[Format.GPX].replace(b"</trkpt>\n<trkpt", b"</trkpt>\n<&trkpt", 3), 3, None),
        (GOOD[Format.KML].replace(b"52", b"95"), 4, None),
        (GOOD[Format.CSV].replace(b"52", b"95").replace(b"95", b"52", 3), 5, None),
        (GOOD[Format.CSV] + b"x\n", 7, None),
        (json.dumps([POSITION, POSITION, POSITION | {"longitude": None}]).encode(), None, 3),
        (json.dumps({"locations": [{}, {"latitudeE7": "x"}]}).encode(), None, 2),
        (json.dumps({"features": [{}, {}]}).encode()[:-2] + b",}", None, 3),
        (b'{"type":}', None, None),
    ],
)
def test_the_place_of_the_damage_is_told(data: bytes, line: int | None, entry: int | None) -> None:
    error = refused(data)
    assert (error.line, error.entry) == (line, entry)
    place = [f"line {line}"] if line else [f"entry {entry}"] if entry else []
    assert str(error).split(": ")[: len(place) + 1] == [*place, error.reason.value]


@pytest.mark.parametrize("form", list(Format))
def test_every_cut_is_refused_and_no_damage_raises_anything_else(form: Format) -> None:
    data = b"".join(write_track(form, "x", random_reports(12, unfixed=False)))
    random = Random(7)
    for _ in range(200):
        cut = random.randrange(len(data) - 2)
        # A CSV that ends behind a row is whole, and so is a row of which only the last field is not there.
        whole = data[:cut].endswith((b"\n", b",")) or data[cut : cut + 1] in (b"\r", b"\n")
        if form is not Format.CSV or not whole:
            refused(data[:cut])
        hurt = bytearray(data)
        for _ in range(random.randint(1, 4)):
            hurt[random.randrange(len(hurt))] = random.choice(b'\x00\xff<>&"{}[],:;0e-nN\n ')
        with suppress(FormatError):
            check_track(bytes(hurt), now=NOW)


def test_nothing_is_read_beyond_what_may_be() -> None:
    class Endless:
        """A file that never ends."""

        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return (b'{"locations":[' if self.given == size else b"{},") + b"{}," * (size // 3 - 5)

    file = Endless()
    with pytest.raises(FormatError) as error:
        check_track(cast("BytesIO", file), now=NOW, most_bytes=200_000)
    assert error.value.reason is Reason.TOO_LARGE
    assert file.given < 350_000


def test_no_more_reports_are_read_than_may_be() -> None:
    data = GOOD[Format.CSV]
    assert len(list(read_track(data, DEVICE, now=NOW, most=5))) == 5
    assert refused(data, most=4).reason is Reason.TOO_MANY


def test_a_large_file_is_read_piece_by_piece() -> None:
    """Reports come before the file has been read to its end."""

    class Counting(BytesIO):
        given = 0

        @override
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            self.given += len(piece)
            return piece

    def files() -> Iterator[bytes]:
        yield gpx("\n".join(POINT % "" for _ in range(8000)))
        yield table() + table().splitlines(keepends=True)[1] * 12_000
        yield json.dumps([POSITION] * 8000).encode()

    for data in files():
        assert len(data) > 300_000
        reports = read_track(file := Counting(data), DEVICE, now=NOW)
        next(reports)
        assert file.given < 150_000


E7 = {"latitudeE7": 520000000, "longitudeE7": 49000000}
DURATION = {"startTimestamp": TIME, "endTimestamp": TIME}
RAW_PATH = {"points": [{"latE7": 520000000, "lngE7": 49000000, "timestamp": TIME, "accuracyMeters": 5}]}
DOCUMENTS: list[object] = [
    json.loads(feature(PLACE, cells=[{"mcc": 1, "mnc": 2, "cell": 3}], wifi=[{"bssid": "x"}], alarms=["sos"], steps=1)),
    {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": [[[4.9, 52.0, 1.0]]]},
        "properties": {"coordinateProperties": {"times": [[TIME]]}},
    },
    [
        POSITION
        | {
            "attributes": {"alarm": "sos", "odometer": 5, "sat": 7, "ignition": True, "batteryLevel": 5},
            "network": {"cellTowers": [{"cellId": 1}], "wifiAccessPoints": [{"macAddress": "x"}]},
            "valid": True,
            "speed": 3.0,
        }
    ],
    {"locations": [E7 | {"timestampMs": "1732096800000", "velocity": 3, "source": "GPS"}]},
    {
        "timelineObjects": [
            {"placeVisit": {"location": E7, "duration": DURATION}},
            {
                "activitySegment": {
                    "startLocation": E7,
                    "endLocation": E7,
                    "duration": DURATION,
                    "simplifiedRawPath": RAW_PATH,
                }
            },
        ]
    },
    {
        "semanticSegments": [
            {"startTime": TIME, "timelinePath": [{"point": "52°, 4.9°", "durationMinutesOffsetFromStartTime": "5"}]},
            {
                "startTime": TIME,
                "endTime": TIME,
                "visit": {"hierarchyLevel": 0, "topCandidate": {"placeLocation": {"latLng": "52°, 4.9°"}}},
            },
            {"startTime": TIME, "endTime": TIME, "activity": {"start": {"latLng": "52°, 4.9°"}, "end": "geo:52,4.9"}},
        ],
        "rawSignals": [{"position": {"LatLng": "52°, 4.9°", "timestamp": TIME, "source": "WIFI"}}],
    },
]
STRANGE: list[object] = [None, True, 0, -1, 10**400, 1e300, "", "x", "9" * 400, TIME, [], [[]], {}, {"": {}}, [None]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_no_value_of_any_type_raises_anything_else(document: object) -> None:
    """Each value of each document in turn is each of the strange ones, and is not there."""
    assert check_track(json.dumps(document).encode(), now=NOW).reports

    def changed(value: object) -> Iterator[object]:
        yield from STRANGE
        if isinstance(value, dict):
            for key, inner in value.items():
                yield {other: one for other, one in value.items() if other != key}
                yield from (value | {key: one} for one in changed(inner))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from ([*value[:index], one, *value[index + 1 :]] for one in changed(inner))

    for one in changed(document):
        with suppress(FormatError):
            check_track(json.dumps(one).encode(), now=NOW)
