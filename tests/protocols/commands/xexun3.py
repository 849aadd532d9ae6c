"""Commands of Xexun's binary protocol of 2025."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

_EVERY_150_SECONDS = Command(CommandKind.RAW, {"data": "tk=2,150,0,150,1"})

#: What most numbers of tk mean is not known: it goes out by hand.
SAMPLES: dict[str, tuple[Command, ...]] = {
    "tracking_send=10,10": (Command(CommandKind.REPORT_INTERVAL, {"seconds": 10}),),
    "rt=1": (Command(CommandKind.REBOOT), Command(CommandKind.REBOOT)),
    "tk=2,150,0,150,1": (_EVERY_150_SECONDS, _EVERY_150_SECONDS),
    "of=1": (Command(CommandKind.POWER_OFF),),
    "tk=2,20,0,600,1": (Command(CommandKind.RAW, {"data": "tk=2,20,0,600,1"}),),
}
