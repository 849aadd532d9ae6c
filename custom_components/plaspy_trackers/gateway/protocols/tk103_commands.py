"""What a tk103 tracker can be asked for: `(<identity><command>)`.

    AP00  locate          AR00001E0000  report every 0x1E seconds, 0 stops that      AP07  version
    AV010 cut the engine  AV011         restore it                                   AT00  reboot

The answer to a command that begins with A has the same name with B; that to AP00 is a position like all others.

Sources: as in `tk103.py`.
"""

from collections.abc import Callable
import re

from ..commands import NOTHING, Checked, CommandKind, Commands, Number, Request, Text

#: What a user writes is a command and its argument, or bytes as they stand.
_DATA = re.compile(r"0x(?:[0-9A-Fa-f]{2})+|(?!0x)[!-~][ -~]*", re.ASCII)

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, 0xFFFF)},
    CommandKind.STOP_REPORTS: NOTHING,
    CommandKind.ENGINE_CUT: NOTHING,
    CommandKind.ENGINE_RESTORE: NOTHING,
    CommandKind.VERSION: NOTHING,
    CommandKind.REBOOT: NOTHING,
    CommandKind.RAW: {"data": Text(200, forbidden="()$", pattern=_DATA)},
}

#: What is answered by the same name with B.
ANSWERED = ("AP07", "AT00", "AV00", "AV01")

_TEXTS = {
    CommandKind.LOCATE: "AP00",
    CommandKind.STOP_REPORTS: "AR0000000000",
    CommandKind.ENGINE_CUT: "AV010",
    CommandKind.ENGINE_RESTORE: "AV011",
    CommandKind.VERSION: "AP07",
    CommandKind.REBOOT: "AT00",
}
_MAKERS: dict[CommandKind, Callable[[Checked], str]] = {
    CommandKind.REPORT_INTERVAL: lambda arguments: f"AR00{arguments.whole('seconds'):04X}0000",
    CommandKind.RAW: lambda arguments: arguments.text("data"),
}


def encode_command(kind: CommandKind, arguments: Checked, device_id: str) -> Request:
    """Return the frame of a checked command for the tracker of this identity."""
    text = _MAKERS[kind](arguments) if kind in _MAKERS else _TEXTS[kind]
    if text.startswith("0x"):
        return Request(bytes.fromhex(text[2:]))
    return Request(f"({device_id}{text})".encode(), text[:4] if text[:4] in ANSWERED else None)
