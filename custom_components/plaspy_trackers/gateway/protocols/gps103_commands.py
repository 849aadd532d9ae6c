"""What a gps103 tracker can be asked for: `**,imei:<identity>,<letter>[,<argument>]`, without a terminator.

    B locate          C,30s report every 30 seconds; C,05m minutes; C,01h hours     D stop that
    J cut the engine  K restore it    L arm    M disarm                             160 take a picture

What changes something is answered by an event of its letter in lower case and a t (`jt`). Positions and pictures come
without saying what they answer.

Sources: as in `gps103.py`.
"""

from collections.abc import Callable
import re

from ..commands import NOTHING, Checked, CommandError, CommandKind, Commands, Fault, Number, Request, Text

#: Two digits and a unit.
_MOST = 99
_UNITS = (("s", 1), ("m", 60), ("h", 3600))

#: What a user writes is a letter and its arguments, or bytes as they stand.
_DATA = re.compile(r"0x(?:[0-9A-Fa-f]{2})+|(?!0x)[ -~]+", re.ASCII)

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, _MOST * 3600)},
    CommandKind.STOP_REPORTS: NOTHING,
    CommandKind.ENGINE_CUT: NOTHING,
    CommandKind.ENGINE_RESTORE: NOTHING,
    CommandKind.ARM: NOTHING,
    CommandKind.DISARM: NOTHING,
    CommandKind.PHOTO: NOTHING,
    CommandKind.RAW: {"data": Text(200, forbidden=";*", pattern=_DATA)},
}

_LETTERS = {
    CommandKind.LOCATE: "B",
    CommandKind.STOP_REPORTS: "D",
    CommandKind.ENGINE_CUT: "J",
    CommandKind.ENGINE_RESTORE: "K",
    CommandKind.ARM: "L",
    CommandKind.DISARM: "M",
    CommandKind.PHOTO: "160",
}
#: What is answered by an event of its own.
_ANSWERED = re.compile(r"([G-P])(?:,.*)?")


def encode_command(kind: CommandKind, arguments: Checked, device_id: str) -> Request:
    """Return the frame of a checked command for the tracker of this identity."""
    text = _TEXTS[kind](arguments) if kind in _TEXTS else _LETTERS[kind]
    if text.startswith("0x"):
        return Request(bytes.fromhex(text[2:]))
    answered = _ANSWERED.fullmatch(text)
    return Request(f"**,imei:{device_id},{text}".encode(), answered[1] if answered else None)


def _encode_interval(arguments: Checked) -> str:
    """Return how often to report, in the smallest unit that holds it."""
    seconds = arguments.whole("seconds")
    unit, size = next((unit, size) for unit, size in _UNITS if seconds <= _MOST * size)
    if seconds % size:
        raise CommandError(Fault.STEP, argument="seconds", step=size)
    return f"C,{seconds // size:02d}{unit}"


_TEXTS: dict[CommandKind, Callable[[Checked], str]] = {
    CommandKind.REPORT_INTERVAL: _encode_interval,
    CommandKind.RAW: lambda arguments: arguments.text("data"),
}
