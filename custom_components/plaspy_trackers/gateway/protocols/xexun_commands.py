"""What TK-102 trackers can be asked for over the socket: a text like that of an SMS, which nothing ends.

    powercar123456 11     cut the engine of a vehicle unit
    powercar123456 00     restore it
            |
            password of six digits

Whether they take any other text of an SMS (`t030s***n123456`, `adminip123456 192.0.2.5 8888`) is not known: such texts
go out as they stand, the password in them. No answer is promised to any.

Source: Traccar's encoder and its issue 2639; the manual of the TK-102-2 for the texts of SMS.
"""

import re

from ..commands import NOTHING, Checked, CommandKind, Commands, Text, by_hand, bytes_by_hand

PASSWORD = Text(6, shortest=6, pattern=re.compile(r"\d{6}", re.ASCII))

COMMANDS: Commands = {
    CommandKind.ENGINE_CUT: NOTHING,
    CommandKind.ENGINE_RESTORE: NOTHING,
    CommandKind.RAW: {"data": by_hand(512)},
}

_POWER = {CommandKind.ENGINE_CUT: "11", CommandKind.ENGINE_RESTORE: "00"}


def make_bytes(kind: CommandKind, arguments: Checked, password: str) -> bytes:
    """Return what asks for something; CommandError if the password is none."""
    if kind in _POWER:
        return f"powercar{PASSWORD.check('password', password)} {_POWER[kind]}".encode("ascii")
    data = arguments.text("data")
    return bytes_by_hand(data) or data.encode("ascii")
