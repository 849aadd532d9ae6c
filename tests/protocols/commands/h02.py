"""Commands of the h02 protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

#: It is the serial, 010203.
NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "engine_stop": (Command(CommandKind.ENGINE_CUT),),
    "engine_resume": (Command(CommandKind.ENGINE_RESTORE),),
    "arm": (Command(CommandKind.ARM),),
    "disarm": (Command(CommandKind.DISARM),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 10}),),
    # The older of two ways, for trackers that do not know the other.
    "set_interval_alt": (Command(CommandKind.RAW, {"data": "D1,010203,10"}),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {}
