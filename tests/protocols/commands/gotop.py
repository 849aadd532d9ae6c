"""Commands of the GOTOP text protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

_SERVER: Arguments = {"apn": "internet", "host": "203.0.113.5", "port": 8888}
#: 51°11′35.25″ N 9°12′56.70″ E to 50°24′11.15″ N 11°1′11.73″ E.
_CORNERS: Arguments = {"north": 51.193125, "west": 9.21575, "south": 50.4030972, "east": 11.019925}

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "locate_lbs": (Command(CommandKind.LOCATE, {"cells": True}),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 30}),),
    "stop_tracking": (Command(CommandKind.STOP_REPORTS),),
    "set_heartbeat": (Command(CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 180}),),
    "set_number": (Command(CommandKind.SOS_NUMBERS, {"numbers": ["+8613800000000"], "place": 1}),),
    "delete_number": (Command(CommandKind.SOS_NUMBERS, {"numbers": [], "place": 1}),),
    "version": (Command(CommandKind.VERSION),),
    "set_server_tcp": (Command(CommandKind.SERVER, _SERVER),),
    "set_server_udp": (Command(CommandKind.SERVER, {**_SERVER, "transport": "udp"}),),
    "gprs_on": (Command(CommandKind.RAW, {"data": "D"}),),
    "gprs_off": (Command(CommandKind.RAW, {"data": "E"}),),
    "read_parameters": (Command(CommandKind.PARAMETERS),),
    "set_password": (Command(CommandKind.PASSWORD, {"new": "456789"}),),
    "geofence": (Command(CommandKind.GEOFENCE, {**_CORNERS, "fence": 1, "on": True, "crossing": "exit"}),),
    "overspeed": (Command(CommandKind.OVERSPEED_ALARM, {"speed": 80}),),
    "power_off": (Command(CommandKind.POWER_OFF),),
    "shock_threshold": (Command(CommandKind.VIBRATION_ALARM, {"threshold": 50}),),
    "fall_threshold": (Command(CommandKind.FALL_ALARM, {"threshold": 50}),),
    "timezone": (Command(CommandKind.TIME_ZONE, {"hours": 8}),),
    "timezone_utc": (Command(CommandKind.TIME_ZONE, {"hours": 0}),),
    "low_battery": (Command(CommandKind.LOW_BATTERY_ALARM, {"percent": 20}),),
    "movement_alarm": (Command(CommandKind.MOVEMENT_ALARM, {"radius": 200}),),
    # A mode for all calls to come, whose end nobody would see to.
    "listen_in": (Command(CommandKind.RAW, {"data": "U1"}),),
    "silent_call": (Command(CommandKind.LISTEN_IN, {"number": "+8613800000000"}),),
    "voice_call": (Command(CommandKind.CALL, {"number": "+8613800000000"}),),
    "reboot": (Command(CommandKind.REBOOT),),
}
