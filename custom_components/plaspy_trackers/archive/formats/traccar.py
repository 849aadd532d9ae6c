"""Positions as Traccar exports them: JSON of its API, and CSV with the same names as columns.

Traccar fills what a tracker did not say: a zero for altitude and accuracy, and for a position that is not valid, or
outdated, the one before. None of that is taken. Speeds are in knots, distances in metres. Its GPX and KML exports
are read like any other.
"""

from collections.abc import Mapping
from typing import cast

from ...gateway.models import Alarm
from .columns import COLUMNS as OURS, Kind, from_text
from .errors import FormatError, Reason
from .target import IMPORTED, per_hour, read_number

KNOT = 1.852

#: The columns by which its CSV is known; the keys by which its JSON is.
COLUMNS = frozenset(("deviceId", "fixTime", "latitude", "longitude"))

_ALARMS = {
    "sos": Alarm.SOS,
    "fallDown": Alarm.FALL,
    "lowBattery": Alarm.LOW_BATTERY,
    "lowPower": Alarm.LOW_EXTERNAL_VOLTAGE,
    "geofence": Alarm.GEOFENCE,
    "geofenceEnter": Alarm.GEOFENCE_ENTER,
    "geofenceExit": Alarm.GEOFENCE_EXIT,
    "overspeed": Alarm.OVERSPEED,
    "movement": Alarm.MOVEMENT,
    "vibration": Alarm.VIBRATION,
    "removing": Alarm.REMOVED,
    "tampering": Alarm.TAMPER,
    "powerCut": Alarm.POWER_CUT,
    "powerRestored": Alarm.POWER_RESTORED,
    "powerOn": Alarm.POWER_ON,
    "powerOff": Alarm.POWER_OFF,
    "door": Alarm.DOOR,
    "gpsAntennaCut": Alarm.GPS_LOST,
    "accident": Alarm.ACCIDENT,
    "temperature": Alarm.TEMPERATURE,
    "jamming": Alarm.JAMMING,
    "fuelLeak": Alarm.FUEL_LEAK,
    "fault": Alarm.FAULT,
    "tow": Alarm.TOWING,
    "hardAcceleration": Alarm.HARSH_ACCELERATION,
    "hardBraking": Alarm.HARSH_BRAKING,
    "hardCornering": Alarm.HARSH_CORNERING,
}

#: What its attributes are read as: our column, and what one of its units is in ours.
_ATTRIBUTES = {
    "batteryLevel": ("battery_level", 1.0),
    "battery": ("battery_voltage", 1.0),
    "power": ("external_voltage", 1.0),
    "charge": ("charging", 1.0),
    "heartRate": ("heart_rate", 1.0),
    "bodyTemp": ("body_temperature", 1.0),
    "deviceTemp": ("temperature", 1.0),
    "humidity": ("humidity", 1.0),
    "steps": ("steps", 1.0),
    "odometer": ("odometer", 0.001),
    "fuel": ("fuel_volume", 1.0),
    "fuelLevel": ("fuel_level", 1.0),
    "rpm": ("engine_speed", 1.0),
    "engineLoad": ("engine_load", 1.0),
    "throttle": ("throttle", 1.0),
    "hours": ("engine_hours", 1 / 3_600_000),
    "dtcs": ("trouble_codes", 1.0),
    "coolantTemp": ("coolant_temperature", 1.0),
    "ignition": ("ignition", 1.0),
    "motion": ("moving", 1.0),
    "armed": ("armed", 1.0),
    "blocked": ("immobilized", 1.0),
    "driverUniqueId": ("driver_id", 1.0),
    "iccid": ("iccid", 1.0),
    "versionFw": ("firmware", 1.0),
    "sat": ("satellites", 1.0),
    "hdop": ("hdop", 1.0),
}

#: Those of Traccar's own columns that are no attributes.
_FIELDS: Mapping[str, Kind] = {
    "valid": Kind.FLAG,
    "outdated": Kind.FLAG,
    "latitude": Kind.NUMBER,
    "longitude": Kind.NUMBER,
    "altitude": Kind.NUMBER,
    "speed": Kind.NUMBER,
    "course": Kind.NUMBER,
    "accuracy": Kind.NUMBER,
}


def read_position(position: Mapping[str, object]) -> dict[str, object]:
    """Return our columns for a position of the API."""
    attributes = position.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise FormatError(Reason.WRONG_TYPE, "attributes are no object")
    return _read(position, cast("Mapping[str, object]", attributes))


def read_row(row: Mapping[str, str]) -> dict[str, object]:
    """Return our columns for a row of the CSV, which holds what is not empty."""
    fields: dict[str, object] = dict(row)
    for name, kind in _FIELDS.items():
        if name in row:
            fields[name] = from_text(kind, row[name])
    attributes: dict[str, object] = {}
    for name, text in row.items():
        kind = OURS[_ATTRIBUTES[name][0]] if name in _ATTRIBUTES else Kind.TEXT
        attributes[name] = from_text(kind, text)
    return _read(fields, attributes)


def _read(position: Mapping[str, object], attributes: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {
        "device_id": str(position.get("deviceId")),
        "protocol": position.get("protocol") or IMPORTED,
        "time": position.get("deviceTime") or position.get("fixTime"),
    }
    for name, (column, factor) in _ATTRIBUTES.items():
        value = attributes.get(name)
        if value is not None:
            values[column] = value if factor == 1.0 else read_number(name, value) * factor
    _read_alarms(attributes.get("alarm"), values)
    _read_network(position.get("network"), values)
    if position.get("valid") is not False and position.get("outdated") is not True:
        values |= _read_fix(position)
    return values


def _read_fix(position: Mapping[str, object]) -> dict[str, object]:
    speed, course = position.get("speed"), position.get("course")
    return {
        "fix_time": position.get("fixTime"),
        "latitude": position.get("latitude"),
        "longitude": position.get("longitude"),
        "altitude": position.get("altitude") or None,
        "speed": per_hour(speed, KNOT),
        # North is what is filled in for the course of what stands.
        "course": course if course or speed else None,
        "accuracy": position.get("accuracy") or None,
    }


def _read_alarms(alarms: object, values: dict[str, object]) -> None:
    """Take alarms, of which newer servers join several by commas; those that we have no name for are others."""
    if not isinstance(alarms, str) or not alarms:
        return
    names = alarms.split(",")
    values["alarms"] = list(dict.fromkeys(_ALARMS.get(name, Alarm.OTHER) for name in names))
    values["codes"] = names


def _read_network(network: object, values: dict[str, object]) -> None:
    """Take the cells and access points that were heard; a cell of which the country is not told names none."""
    if not isinstance(network, dict):
        return
    cells = [_named(tower, _TOWER) for tower in _objects(network.get("cellTowers"))]
    values["cells"] = [cell for cell in cells if {"mcc", "mnc", "cell"} <= cell.keys()]
    values["wifi"] = [_named(point, _POINT) for point in _objects(network.get("wifiAccessPoints"))]


_TOWER = {
    "mobileCountryCode": "mcc",
    "mobileNetworkCode": "mnc",
    "locationAreaCode": "area",
    "cellId": "cell",
    "signalStrength": "signal",
}
_POINT = {"macAddress": "bssid", "signalStrength": "signal"}


def _objects(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]


def _named(values: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    return {ours: values[theirs] for theirs, ours in names.items() if values.get(theirs) is not None}
