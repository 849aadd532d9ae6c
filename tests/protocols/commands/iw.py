"""Commands of the IW watch protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

#: It is the serial, 080835.
NOW = datetime(2026, 11, 21, 8, 8, 35, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 600}),),
    "reboot": (Command(CommandKind.REBOOT),),
    "power_off": (Command(CommandKind.POWER_OFF),),
    "factory_reset": (Command(CommandKind.FACTORY_RESET),),
    "sos_numbers": (Command(CommandKind.SOS_NUMBERS, {"numbers": ["111", "222", "333"]}),),
    "heart_rate_now": (Command(CommandKind.MEASURE_HEART_RATE),),
    "blood_pressure_now": (Command(CommandKind.MEASURE_BLOOD_PRESSURE),),
    "spo2_now": (Command(CommandKind.MEASURE_BLOOD_OXYGEN),),
    "temperature_now": (Command(CommandKind.MEASURE_TEMPERATURE),),
    "heart_rate_interval": (Command(CommandKind.HEART_RATE_INTERVAL, {"minutes": 30}),),
    "temperature_interval": (Command(CommandKind.TEMPERATURE_INTERVAL, {"minutes": 60}),),
    "fall_detection": (Command(CommandKind.FALL_ALARM, {"on": True}),),
    "work_mode": (Command(CommandKind.WORKING_MODE, {"mode": 2}),),
    "message": (Command(CommandKind.MESSAGE, {"text": "Hello"}),),
    "find": (Command(CommandKind.FIND),),
    "call": (Command(CommandKind.CALL, {"number": "00000000000"}),),
    "server": (Command(CommandKind.SERVER, {"host": "203.0.113.5", "port": 8888}),),
    "language_timezone": (Command(CommandKind.TIME_ZONE, {"language": 1, "hours": 0}),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "login_ack": (b"IWAP00353456789012345#", datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)),
}
