"""What an h02 tracker can be asked for: `*HQ,<identity>,<command>,<hhmmss>[,<arguments>]#`.

    S20,hhmmss,1,1   cut the engine     S20,hhmmss,1,0   restore it        S71,hhmmss,22,60  report every 60 seconds
    SCF,hhmmss,0,0   arm                SCF,hhmmss,1,1   disarm            (D1,hhmmss,60 in older ones)
    R1,hhmmss        restart            CR,hhmmss        locate

The time in UTC is the serial: the answer, `V4,<command>,DONE,<hhmmss>,...` or with ERROR, repeats it. S23 changes the
server, in ways that differ from model to model. Locating and restarting are not the same in all of them either.

Sources: as in `h02.py`.
"""

from collections.abc import Callable
import re

from ..commands import NOTHING, Checked, CommandKind, Commands, Number, Text

#: What a user writes is a command with its time and arguments, or bytes as they stand.
_DATA = re.compile(r"0x(?:[0-9A-Fa-f]{2})+|(?!0x)[!-~][ -~]*", re.ASCII)
#: The serial in what a user wrote.
_SERIAL = re.compile(r"[^,]*,(\d{6})(?:,.*)?", re.ASCII)

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, 65535)},
    CommandKind.ENGINE_CUT: NOTHING,
    CommandKind.ENGINE_RESTORE: NOTHING,
    CommandKind.ARM: NOTHING,
    CommandKind.DISARM: NOTHING,
    CommandKind.REBOOT: NOTHING,
    CommandKind.RAW: {"data": Text(200, forbidden="#*$", pattern=_DATA)},
}

_TEXTS = {
    CommandKind.LOCATE: "CR,{serial}",
    CommandKind.ENGINE_CUT: "S20,{serial},1,1",
    CommandKind.ENGINE_RESTORE: "S20,{serial},1,0",
    CommandKind.ARM: "SCF,{serial},0,0",
    CommandKind.DISARM: "SCF,{serial},1,1",
    CommandKind.REBOOT: "R1,{serial}",
}
_MAKERS: dict[CommandKind, Callable[[Checked, str], str]] = {
    CommandKind.REPORT_INTERVAL: lambda arguments, serial: f"S71,{serial},22,{arguments.whole('seconds')}",
    CommandKind.RAW: lambda arguments, _: arguments.text("data"),
}


def make_text(kind: CommandKind, arguments: Checked, serial: str) -> str:
    """Return what stands behind the identity; or `0x` and bytes that go out as they stand."""
    if make := _MAKERS.get(kind):
        return make(arguments, serial)
    return _TEXTS[kind].format(serial=serial)


def find_serial(text: str) -> str | None:
    """Return the serial that an answer to this text repeats, None if it has none."""
    found = _SERIAL.fullmatch(text)
    return found[1] if found else None
