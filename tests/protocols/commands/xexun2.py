"""Commands of Xexun's FAAF protocol."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "power off: of=1, imei 123456789012345": (Command(CommandKind.POWER_OFF),),
    "interval: tracking_send=150,150": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 150}),),
    "reboot: reset": (Command(CommandKind.REBOOT),),
}
