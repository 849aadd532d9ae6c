"""What others export: Traccar, Google's timeline in all its forms, and the tracks of common programs."""

from datetime import UTC, datetime
import json

import pytest

from custom_components.plaspy_trackers.archive.formats import FormatError, Reason, read_track
from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    CellTower,
    Fix,
    FixSource,
    Readings,
    Report,
)

from .tracks import DEVICE, NOW


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fix_report(fix: Fix, readings: Readings | None = None) -> Report:
    return Report(DEVICE, "import", fix.time, fix, readings or {})


def read(data: object) -> list[Report]:
    """Read text as it is, and all else as JSON."""
    return list(read_track((data if isinstance(data, str) else json.dumps(data)).encode(), DEVICE, now=NOW))


POSITION = {
    "id": 7,
    "attributes": {
        "batteryLevel": 88,
        "battery": 4.1,
        "ignition": True,
        "motion": False,
        "sat": 9,
        "hdop": 0.8,
        "odometer": 123456,
        "alarm": "sos,hardBraking,idle",
        "distance": 3.2,
        "unknown": {"nested": [1]},
    },
    "deviceId": 3,
    "protocol": "gt06",
    "serverTime": "2026-11-20T10:00:05.000+00:00",
    "deviceTime": "2026-11-20T10:00:01.000+00:00",
    "fixTime": "2026-11-20T10:00:00.000+00:00",
    "outdated": False,
    "valid": True,
    "latitude": 52.1,
    "longitude": 4.9,
    "altitude": 12.0,
    "speed": 10.0,
    "course": 90.0,
    "address": None,
    "accuracy": 0.0,
    "network": {
        "radioType": "gsm",
        "cellTowers": [
            {"cellId": 40076, "locationAreaCode": 1794, "mobileCountryCode": 204, "mobileNetworkCode": 8},
            {"cellId": 5, "locationAreaCode": 6},
        ],
        "wifiAccessPoints": [{"macAddress": "02:00:5e:10:00:01", "signalStrength": -47}],
    },
    "geofenceIds": None,
}

TRACCAR_FIX = Fix(52.1, 4.9, at("2026-11-20T10:00:00"), altitude=12.0, speed=18.52, course=90.0, satellites=9, hdop=0.8)
TRACCAR_REPORT = Report(
    DEVICE,
    "gt06",
    at("2026-11-20T10:00:01"),
    TRACCAR_FIX,
    {"battery_level": 88.0, "battery_voltage": 4.1, "ignition": True, "moving": False, "odometer": 123.456},
    alarms=(Alarm.SOS, Alarm.HARSH_BRAKING, Alarm.OTHER),
    codes=("sos", "hardBraking", "idle"),
)


def test_positions_of_traccars_api_are_read() -> None:
    [report] = read([POSITION])
    assert report == Report(
        DEVICE,
        "gt06",
        TRACCAR_REPORT.time,
        TRACCAR_FIX,
        TRACCAR_REPORT.readings,
        TRACCAR_REPORT.alarms,
        TRACCAR_REPORT.codes,
        cells=(CellTower(204, 8, 1794, 40076),),
        wifi=(AccessPoint("02:00:5e:10:00:01", -47),),
    )


@pytest.mark.parametrize("change", [{"valid": False}, {"outdated": True}, {"latitude": 0.0, "longitude": 0.0}])
def test_a_position_that_traccar_repeats_is_none(change: dict[str, object]) -> None:
    [report] = read([POSITION | change | {"network": None}])
    assert report == Report(
        DEVICE,
        "gt06",
        TRACCAR_REPORT.time,
        None,
        TRACCAR_REPORT.readings,
        TRACCAR_REPORT.alarms,
        TRACCAR_REPORT.codes,
    )


def test_zeros_that_traccar_fills_in_are_not_taken() -> None:
    zeros = {"altitude": 0.0, "accuracy": 0.0, "speed": 0.0, "course": 0.0}
    [report] = read([POSITION | zeros | {"attributes": {}, "network": None}])
    assert report.fix == Fix(52.1, 4.9, at("2026-11-20T10:00:00"), speed=0.0)


def test_positions_of_two_trackers_are_refused() -> None:
    with pytest.raises(FormatError) as error:
        read([POSITION, POSITION, POSITION | {"deviceId": 4}])
    assert (error.value.reason, error.value.entry) == (Reason.SEVERAL, 3)


def test_traccars_csv_is_read() -> None:
    head = "id,deviceId,protocol,serverTime,deviceTime,fixTime,valid,latitude,longitude,altitude,speed,course,address,"
    head += "accuracy,batteryLevel,battery,ignition,motion,sat,hdop,odometer,alarm,unknown"
    row = "7,3,gt06,2026-11-20T10:00:05Z,2026-11-20T10:00:01Z,2026-11-20T10:00:00Z,true,52.1,4.9,12.0,10.0,90.0,,"
    row += '0.0,88,4.1,true,false,9,0.8,123456,"sos,hardBraking,idle",{x=1}'
    [report] = read(f"{head}\r\n{row}\r\n")
    assert report == TRACCAR_REPORT


def test_traccars_gpx_is_read() -> None:
    [report] = read(
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.0"><trk><name>Lola</name><trkseg>'
        '<trkpt lat="52.1" lon="4.9"><ele>12.0</ele><time>2026-11-20T10:00:00Z</time><geoidheight>12.0</geoidheight>'
        "<course>90.0</course><speed>5.0</speed></trkpt></trkseg></trk></gpx>"
    )
    assert report == fix_report(Fix(52.1, 4.9, at("2026-11-20T10:00:00"), altitude=12.0, speed=18.0, course=90.0))


def test_a_line_without_times_is_refused_as_such() -> None:
    """Traccar's KML is one; so may GeoJSON be."""
    line = " ".join("4.9,52.1,12.0" for _ in range(20_000))
    with pytest.raises(FormatError) as error:
        read(
            '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
            "<name>Lola</name><Placemark><name>2026-11-20 00:00 - 2026-11-21 00:00</name><LineString><extrude>1"
            f"</extrude><coordinates>{line}</coordinates></LineString></Placemark></Document></kml>"
        )
    assert error.value.reason is Reason.NO_TIMES
    geometry = {"type": "LineString", "coordinates": [[4.9, 52.1], [4.91, 52.1]]}
    with pytest.raises(FormatError) as error:
        read({"type": "Feature", "geometry": geometry, "properties": {}})
    assert error.value.reason is Reason.NO_TIMES


def test_googles_records_are_read() -> None:
    reports = read(
        {
            "locations": [
                {
                    "latitudeE7": 521000000,
                    "longitudeE7": 49000000,
                    "accuracy": 20,
                    "altitude": 3,
                    "verticalAccuracy": 2,
                    "velocity": 10,
                    "heading": 90,
                    "source": "WIFI",
                    "timestamp": "2024-05-01T10:00:00.123Z",
                    "activity": [{"activity": [{"type": "STILL", "confidence": 100}], "timestamp": "x"}],
                },
                {"latitudeE7": -46500000, "longitudeE7": 3554067296, "timestampMs": "1388534400000", "accuracy": 5},
                {"timestamp": "2024-05-01T10:01:00Z", "deviceTag": 1, "wifiScan": {"accessPoints": []}},
            ]
        }
    )
    first = Fix(52.1, 4.9, at("2024-05-01T10:00:00.123"), 3.0, 36.0, 90.0, accuracy=20.0, source=FixSource.WIFI)
    assert reports == [
        fix_report(first),
        fix_report(Fix(-4.65, -74.09, at("2014-01-01T00:00:00"), accuracy=5.0)),
    ]


def test_googles_semantic_months_are_read() -> None:
    home, work = {"latitudeE7": 521000000, "longitudeE7": 49000000}, {"latitudeE7": 522000000, "longitudeE7": 50000000}
    begin, end = "2024-05-01T08:00:00Z", "2024-05-01T08:30:00Z"
    reports = read(
        {
            "timelineObjects": [
                {
                    "activitySegment": {
                        "startLocation": home,
                        "endLocation": work,
                        "duration": {"startTimestamp": begin, "endTimestamp": end},
                        "distance": 12000,
                        "activityType": "IN_BUS",
                        "waypointPath": {"waypoints": [{"latE7": 521000000, "lngE7": 49000000}]},
                        "simplifiedRawPath": {
                            "points": [
                                {
                                    "latE7": 521500000,
                                    "lngE7": 49500000,
                                    "accuracyMeters": 10,
                                    "timestamp": "2024-05-01T08:15:00Z",
                                }
                            ]
                        },
                    }
                },
                {
                    "placeVisit": {
                        "location": work | {"name": "Work", "placeId": "x"},
                        "duration": {"startTimestampMs": "1714552200000", "endTimestampMs": "1714579200000"},
                    }
                },
                {"activitySegment": {"duration": {"startTimestamp": begin, "endTimestamp": end}}},
            ]
        }
    )
    assert reports == [
        fix_report(Fix(52.1, 4.9, at("2024-05-01T08:00:00"))),
        fix_report(Fix(52.2, 5.0, at("2024-05-01T08:30:00"))),
        fix_report(Fix(52.15, 4.95, at("2024-05-01T08:15:00"), accuracy=10.0)),
        fix_report(Fix(52.2, 5.0, at("2024-05-01T08:30:00"))),
        fix_report(Fix(52.2, 5.0, at("2024-05-01T16:00:00"))),
    ]


def test_the_telephones_timeline_is_read() -> None:
    reports = read(
        {
            "semanticSegments": [
                {
                    "startTime": "2024-05-01T10:00:00.000+02:00",
                    "endTime": "2024-05-01T12:00:00.000+02:00",
                    "timelinePath": [{"point": "52.1°, 4.9°", "time": "2024-05-01T10:05:00.000+02:00"}],
                },
                {
                    "startTime": "2024-05-01T12:00:00Z",
                    "endTime": "2024-05-01T13:00:00Z",
                    "startTimeTimezoneUtcOffsetMinutes": 120,
                    "visit": {
                        "hierarchyLevel": 0,
                        "probability": 0.9,
                        "topCandidate": {"semanticType": "HOME", "placeLocation": {"latLng": "-4.65°, -74.09°"}},
                    },
                },
                {
                    "startTime": "2024-05-01T12:00:00Z",
                    "endTime": "2024-05-01T13:00:00Z",
                    "visit": {"hierarchyLevel": 1, "topCandidate": {"placeLocation": {"latLng": "1°, 1°"}}},
                },
                {
                    "startTime": "2024-05-01T13:00:00Z",
                    "endTime": "2024-05-01T13:10:00Z",
                    "activity": {"start": {"latLng": "52.1°, 4.9°"}, "end": {"latLng": "52.2°, 5°"}},
                },
                {"startTime": "2024-05-01T13:00:00Z", "endTime": "2024-05-01T13:10:00Z", "timelineMemory": {}},
            ],
            "rawSignals": [
                {
                    "position": {
                        "LatLng": "52.1°, 4.9°",
                        "accuracyMeters": 13,
                        "altitudeMeters": 43.1,
                        "source": "GPS",
                        "timestamp": "2024-05-01T10:00:00.000Z",
                        "speedMetersPerSecond": 1.5,
                    }
                },
                {"wifiScan": {"deliveryTime": "2024-05-01T10:00:00.000Z", "devicesRecords": []}},
                {"activityRecord": {"timestamp": "2024-05-01T10:00:00.000Z"}},
            ],
            "userLocationProfile": {"frequentPlaces": []},
        }
    )
    assert reports == [
        fix_report(Fix(52.1, 4.9, at("2024-05-01T08:05:00"))),
        fix_report(Fix(-4.65, -74.09, at("2024-05-01T12:00:00"))),
        fix_report(Fix(-4.65, -74.09, at("2024-05-01T13:00:00"))),
        fix_report(Fix(52.1, 4.9, at("2024-05-01T13:00:00"))),
        fix_report(Fix(52.2, 5.0, at("2024-05-01T13:10:00"))),
        fix_report(Fix(52.1, 4.9, at("2024-05-01T10:00:00"), altitude=43.1, speed=5.4, accuracy=13.0)),
    ]


def test_the_other_telephones_timeline_is_read() -> None:
    reports = read(
        [
            {
                "startTime": "2024-05-01T10:00:00.000+02:00",
                "endTime": "2024-05-01T12:00:00.000+02:00",
                "timelinePath": [{"point": "geo:52.100000,4.900000", "durationMinutesOffsetFromStartTime": "5"}],
            },
            {
                "startTime": "2024-05-01T12:00:00Z",
                "endTime": "2024-05-01T13:00:00Z",
                "visit": {"hierarchyLevel": "0", "topCandidate": {"placeLocation": "geo:-4.65,-74.09"}},
            },
            {
                "startTime": "2024-05-01T13:00:00Z",
                "endTime": "2024-05-01T13:10:00Z",
                "activity": {"start": "geo:52.1,4.9", "end": "geo:52.2,5.0", "distanceMeters": "12000.0"},
            },
        ]
    )
    assert reports == [
        fix_report(Fix(52.1, 4.9, at("2024-05-01T08:05:00"))),
        fix_report(Fix(-4.65, -74.09, at("2024-05-01T12:00:00"))),
        fix_report(Fix(-4.65, -74.09, at("2024-05-01T13:00:00"))),
        fix_report(Fix(52.1, 4.9, at("2024-05-01T13:00:00"))),
        fix_report(Fix(52.2, 5.0, at("2024-05-01T13:10:00"))),
    ]


def test_a_watchs_gpx_is_read() -> None:
    """Version 1 of Garmin's extension, a cadence that we have no use for, and routes and waypoints beside."""
    [report] = read(
        '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" '
        'xmlns:ns3="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">'
        '<wpt lat="1" lon="1"><time>2024-05-01T10:00:00Z</time></wpt><rte><rtept lat="1" lon="1"/></rte>'
        '<trk><trkseg><trkpt lat=" 52.1 " lon="+4.9"><ele> 3 </ele><time> 2024-05-01T10:00:00.000Z </time><extensions>'
        "<ns3:TrackPointExtension><ns3:atemp>21.5</ns3:atemp><ns3:hr>140</ns3:hr><ns3:cad>80</ns3:cad>"
        "</ns3:TrackPointExtension></extensions></trkpt></trkseg></trk></gpx>"
    )
    fix = Fix(52.1, 4.9, at("2024-05-01T10:00:00"), altitude=3.0)
    assert report == fix_report(fix, {"temperature": 21.5, "heart_rate": 140.0})


def test_tracks_and_placemarks_of_other_kml_are_read() -> None:
    """Arrays of others are in m/s; a coordinate that is empty is a fix that there was not."""
    reports = read(
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Folder>'
        "<Placemark><TimeStamp><when>2024-05-01T09:00:00Z</when></TimeStamp><Point><coordinates> 4.8,52.0 "
        "</coordinates></Point></Placemark><Placemark><gx:Track>"
        "<when>2024-05-01T10:00:00Z</when><when>2024-05-01T10:00:10Z</when><when>2024-05-01T10:00:20Z</when>"
        "<gx:coord>4.9 52.1 3</gx:coord><gx:coord/><gx:coord>4.92 52.1</gx:coord>"
        "<gx:angles>90 0 0</gx:angles><gx:angles/><gx:angles>180 0 0</gx:angles>"
        '<ExtendedData><SchemaData schemaUrl="#schema"><gx:SimpleArrayData name="speed"><gx:value>1</gx:value>'
        "<gx:value/><gx:value>2.5</gx:value></gx:SimpleArrayData></SchemaData></ExtendedData></gx:Track></Placemark>"
        "</Folder></kml>"
    )
    assert reports == [
        fix_report(Fix(52.0, 4.8, at("2024-05-01T09:00:00"))),
        fix_report(Fix(52.1, 4.9, at("2024-05-01T10:00:00"), altitude=3.0, speed=3.6, course=90.0)),
        fix_report(Fix(52.1, 4.92, at("2024-05-01T10:00:20"), speed=9.0, course=180.0)),
    ]


@pytest.mark.parametrize(
    "properties",
    [
        {"coordTimes": ["2024-05-01T10:00:00Z", "2024-05-01T10:00:10Z"]},
        {"coordinateProperties": {"times": ["2024-05-01T10:00:00Z", "2024-05-01T10:00:10Z"]}},
    ],
)
def test_a_line_of_geojson_with_times_is_read(properties: dict[str, object]) -> None:
    geometry = {"type": "LineString", "coordinates": [[4.9, 52.1, 3.0], [4.91, 52.1]]}
    feature = {"geometry": geometry, "properties": properties, "type": "Feature"}
    reports = [
        fix_report(Fix(52.1, 4.9, at("2024-05-01T10:00:00"), altitude=3.0)),
        fix_report(Fix(52.1, 4.91, at("2024-05-01T10:00:10"))),
    ]
    assert read(feature) == reports
    assert read({"features": [feature], "type": "FeatureCollection"}) == reports
    lines = {"type": "MultiLineString", "coordinates": [[one] for one in geometry["coordinates"]]}
    assert read({"features": [feature | {"geometry": lines}]}) == reports


def test_points_of_geojson_with_times_are_read_without_what_has_no_unit() -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [4.9, 52.1]},
            "properties": {"timestamp": "2024-05-01T10:00:00Z", "speed": "fast"},
        },
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": []}, "properties": None},
    ]
    assert read({"type": "FeatureCollection", "features": features}) == [
        fix_report(Fix(52.1, 4.9, at("2024-05-01T10:00:00")))
    ]
