"""Commands of the watch protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 600}),),
    "find": (Command(CommandKind.FIND),),
    "reboot": (Command(CommandKind.REBOOT),),
    "power_off": (Command(CommandKind.POWER_OFF),),
    "factory_reset": (Command(CommandKind.FACTORY_RESET),),
    "version": (Command(CommandKind.VERSION),),
    "status": (Command(CommandKind.STATUS),),
    "sos1": (Command(CommandKind.SOS_NUMBERS, {"numbers": ["00000000000"], "place": 1}),),
    "sos_all": (Command(CommandKind.SOS_NUMBERS, {"numbers": ["111", "222", "333"]}),),
    "center": (Command(CommandKind.CENTER_NUMBER, {"number": "00000000000"}),),
    "call": (Command(CommandKind.CALL, {"number": "00000000000"}),),
    "monitor": (Command(CommandKind.LISTEN_IN, {"number": "13100010002"}),),
    "language_timezone": (Command(CommandKind.TIME_ZONE, {"language": "en", "hours": 8}),),
    "server": (Command(CommandKind.SERVER, {"host": "203.0.113.5", "port": 8888}),),
    "apn": (Command(CommandKind.APN, {"apn": "internet", "network": "20408"}),),
    "heart_rate_once": (Command(CommandKind.MEASURE_HEART_RATE),),
    "heart_rate_stop": (Command(CommandKind.HEART_RATE_INTERVAL, {"seconds": 0}),),
    "heart_rate_interval": (Command(CommandKind.HEART_RATE_INTERVAL, {"seconds": 300}),),
    "health_auto": (Command(CommandKind.HEALTH_INTERVAL, {"seconds": 300}),),
    "temperature_now": (Command(CommandKind.MEASURE_TEMPERATURE),),
    "temperature_interval": (Command(CommandKind.TEMPERATURE_INTERVAL, {"hours": 2}),),
    "fall_detection": (Command(CommandKind.FALL_ALARM, {"on": True}),),
    "fall_sensitivity": (Command(CommandKind.FALL_SENSITIVITY, {"level": 5}),),
    "take_off_alarm": (Command(CommandKind.REMOVED_ALARM, {"on": True}),),
    "message": (Command(CommandKind.MESSAGE, {"text": "text"}),),
    "photo": (Command(CommandKind.PHOTO),),
    "gps_on": (Command(CommandKind.GPS, {"on": True}),),
    "steps_on": (Command(CommandKind.PEDOMETER_TIMES, {"times": ["08:10-09:30"]}),),
    "profile": (Command(CommandKind.RINGER, {"mode": "ring_and_vibrate"}),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "ack_keepalive": (b"[3G*8800000015*0009*LK,0,0,53]", NOW),
    "ack_alarm": (
        b"[3G*8800000015*0042*AL,211126,120000,V,0.0,N,0.0,E,0,0,0,0,80,22,0,0,00010000,0,0,0]",
        NOW,
    ),
}
