"""Commands of the gps103 protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 30}),),
    "stop_tracking": (Command(CommandKind.STOP_REPORTS),),
    "engine_stop": (Command(CommandKind.ENGINE_CUT),),
    "engine_resume": (Command(CommandKind.ENGINE_RESTORE),),
    "arm": (Command(CommandKind.ARM),),
    "disarm": (Command(CommandKind.DISARM),),
    "photo": (Command(CommandKind.PHOTO),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "login_ack": (b"##,imei:359586015829802,A;", NOW),
    "heartbeat_ack": (b"359586015829802;", NOW),
    "sos_ack": (b"imei:359586015829802,help me,,,L,,,,,,,;", NOW),
}
