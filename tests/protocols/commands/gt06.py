"""The sampled commands of GT06 trackers."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind
from tests.simulator.encoders import gt06

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "engine_stop": (Command(CommandKind.ENGINE_CUT),),
    "engine_resume": (Command(CommandKind.ENGINE_RESTORE),),
    "engine_stop_alt": (Command(CommandKind.ENGINE_CUT, {"method": "dyd"}, "123456"),),
    "engine_resume_alt": (Command(CommandKind.ENGINE_RESTORE, {"method": "dyd"}, "123456"),),
    "locate": (Command(CommandKind.LOCATE),),
    "locate_url": (Command(CommandKind.RAW, {"data": "URL#"}),),
    "reboot": (Command(CommandKind.REBOOT),),
    "set_interval": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 30, "seconds_parked": 300}),),
    "status": (Command(CommandKind.STATUS),),
    "version": (Command(CommandKind.VERSION),),
}

PROVOKED: dict[str, tuple[bytes, datetime]] = {
    "login_ack": (gt06.encode(gt06.LOGIN, gt06.login("861234050000066"), 5), datetime(2026, 11, 21, tzinfo=UTC)),
    "time_reply": (gt06.encode(gt06.TIME, serial=5), datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)),
}
