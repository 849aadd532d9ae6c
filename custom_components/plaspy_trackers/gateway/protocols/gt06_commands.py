"""What GT06 trackers (`gt06.py`) can be asked for, in the words of their makers, Concox and Jimi.

A command is text that ends with `#`, in a frame of type 80 with a server flag by which the answer names it:

    length u8 (4 and the text), server flag u32, text

The engine is cut by a relay, with `RELAY` or, on older models, with `DYD` and the tracker's password. Where a language
is asked for behind the text (00 02, English), it is left out: the captures that show commands have none.
A server is named by its domain (mode 1) or by its address (mode 0), and spoken to over TCP (the last 0).
"""

from collections.abc import Callable, Mapping
import re

from ..commands import (
    HOST,
    NOTHING,
    PORT,
    Checked,
    Choice,
    CommandError,
    CommandKind,
    Commands,
    Fault,
    Number,
    Parameters,
    Text,
)

#: A frame's length is a byte, and counts ten more.
_LONGEST_TEXT = 245
_LONGEST_RAW = 2 * 1024
#: Seconds; those who make the trackers allow five hours.
_INTERVAL = Number(5, 18000)
_ENGINE: Parameters = {"method": Choice(("relay", "dyd"), default="relay")}
_PASSWORD = re.compile(r"[0-9A-Za-z]{1,20}")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x(?:[0-9A-Fa-f]{2})+")

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.STATUS: NOTHING,
    CommandKind.VERSION: NOTHING,
    CommandKind.PARAMETERS: NOTHING,
    CommandKind.REPORT_INTERVAL: {
        "seconds": _INTERVAL,
        "seconds_parked": Number(5, 18000, off=True, default=300),
    },
    CommandKind.TIME_ZONE: {"hours": Number(-12, 14, 0.25)},
    CommandKind.REBOOT: NOTHING,
    CommandKind.ENGINE_CUT: _ENGINE,
    CommandKind.ENGINE_RESTORE: _ENGINE,
    CommandKind.SERVER: {"host": HOST, "port": PORT},
    CommandKind.RAW: {"data": Text(_LONGEST_RAW, pattern=re.compile(r"[ -~]+"))},
}

type _Words = Callable[[Checked, str], str]


def write_command(kind: CommandKind, arguments: Checked, password: str) -> str:
    """Return the words of a command; those of RAW as they are given."""
    text = _WORDS[kind](arguments, password)
    if len(text) > _LONGEST_TEXT:
        raise CommandError(Fault.LENGTH, argument="data", minimum=1, maximum=_LONGEST_TEXT)
    return text


def read_raw(data: str) -> bytes | None:
    """Return the frame that hexadecimal digits after 0x stand for, None where they are no such digits at all."""
    if not data.startswith("0x"):
        return None
    if not _HEXADECIMAL.fullmatch(data):
        raise CommandError(Fault.FORM, argument="data", value=data)
    return bytes.fromhex(data[2:])


def _set_interval(arguments: Checked, password: str) -> str:
    return f"TIMER,{arguments.whole('seconds')},{arguments.whole('seconds_parked')}#"


def _set_time_zone(arguments: Checked, password: str) -> str:
    ahead = arguments.number("hours")
    hours, minutes = divmod(round(abs(ahead) * 60), 60)
    return f"GMT,{'W' if ahead < 0 else 'E'},{hours},{minutes}#"


def _cut_engine(arguments: Checked, password: str) -> str:
    return "RELAY,1#" if arguments.text("method") == "relay" else f"DYD,{_check_password(password)}#"


def _restore_engine(arguments: Checked, password: str) -> str:
    return "RELAY,0#" if arguments.text("method") == "relay" else f"HFYD,{_check_password(password)}#"


def _set_server(arguments: Checked, password: str) -> str:
    host = arguments.text("host")
    return f"SERVER,{0 if _ADDRESS.fullmatch(host) else 1},{host},{arguments.whole('port')},0#"


def _check_password(password: str) -> str:
    """Return a password that cannot be more than one; CommandError, which does not tell it, if it could."""
    if not _PASSWORD.fullmatch(password):
        raise CommandError(Fault.FORM, argument="password", value="***")
    return password


_WORDS: Mapping[CommandKind, _Words] = {
    CommandKind.LOCATE: lambda arguments, password: "WHERE#",
    CommandKind.STATUS: lambda arguments, password: "STATUS#",
    CommandKind.VERSION: lambda arguments, password: "VERSION#",
    CommandKind.PARAMETERS: lambda arguments, password: "PARAM#",
    CommandKind.REPORT_INTERVAL: _set_interval,
    CommandKind.TIME_ZONE: _set_time_zone,
    CommandKind.REBOOT: lambda arguments, password: "RESET#",
    CommandKind.ENGINE_CUT: _cut_engine,
    CommandKind.ENGINE_RESTORE: _restore_engine,
    CommandKind.SERVER: _set_server,
    CommandKind.RAW: lambda arguments, password: arguments.text("data"),
}
