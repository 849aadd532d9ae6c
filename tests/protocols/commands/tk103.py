"""Commands of the tk103 protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 30}),),
    "stop_tracking": (Command(CommandKind.STOP_REPORTS),),
    "engine_stop": (Command(CommandKind.ENGINE_CUT),),
    "engine_resume": (Command(CommandKind.ENGINE_RESTORE),),
    "version": (Command(CommandKind.VERSION),),
    "reboot": (Command(CommandKind.REBOOT),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "login_ack": (b"(013612345678BP00HSO)", NOW),
    "keepalive_ack": (b"(013612345678BP05000013612345678)", NOW),
}
