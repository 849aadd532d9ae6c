"""Commands of JT/T 808."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind
from tests.simulator.encoders import jt808

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

_ID = "013800138000"

SAMPLES: dict[str, tuple[Command, ...]] = {
    "locate": (Command(CommandKind.LOCATE),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 30}),),
    "query_parameters": (Command(CommandKind.PARAMETERS),),
    "reboot": (Command(CommandKind.REBOOT),),
    "factory_reset": (Command(CommandKind.FACTORY_RESET),),
    "fuel_cut_jimi": (Command(CommandKind.ENGINE_CUT),),
    "fuel_restore_jimi": (Command(CommandKind.ENGINE_RESTORE),),
    "text": (Command(CommandKind.RAW, {"data": "STATUS#"}),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "general_ack": (jt808.encode(_ID, 0x0200, jt808.location(NOW, None), serial=7), NOW),
    "time_sync_reply": (jt808.encode(_ID, 0x0109), datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)),
}

#: What the samples have, and we never send.
UNSENT = {"register_ack": "it gives AUTH01 to authenticate with; ours is the identity, as in the samples of messages"}
