"""Commands of the text protocol of the TK-102."""

from datetime import UTC, datetime

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

SAMPLES: dict[str, tuple[Command, ...]] = {
    "cut / restore engine (vehicle models)": (Command(CommandKind.ENGINE_CUT), Command(CommandKind.ENGINE_RESTORE)),
}
