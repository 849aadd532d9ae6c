"""What trackers of Xexun's API of 2025 can be asked for: the text that is the body of a frame of type 21.

    tracking_send=60,60   report interval: seconds between two positions, and between two frames with them
    tk=?                  working mode: the answer tells it
    mg=text               message on the screen          tz=-5              time zone, -12 to 12 hours
    rt=1                  reboot                         of=1               power off
    ip=host:port          server                         APN=name           access point of the mobile network

The answer is a frame of type 21 with a text such as `tk=2,60,2,0,0,180,10`: the word in front of `=` says what it
answers. No text is known that locates or rings, and none that refuses; what the other numbers of tk mean is not known
either, nor what ble= and wifi= do: they go out by hand.

Sources: the vendor's "Xexun API" of June and September 2026, Traccar's encoder. Whether a NUL has to follow the text is
not agreed upon: none does in what devices were seen to obey.
"""

from collections.abc import Callable
import re

from ..commands import HOST, NOTHING, PORT, Checked, CommandKind, Commands, Number, Text, by_hand

COMMANDS: Commands = {
    CommandKind.PARAMETERS: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, 65535)},
    CommandKind.MESSAGE: {"text": Text(200, pattern=re.compile(r"[ -~]+"))},
    CommandKind.TIME_ZONE: {"hours": Number(-12, 12)},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.SERVER: {"host": HOST, "port": PORT},
    CommandKind.APN: {"name": Text(63, pattern=re.compile(r"[!-~]+"))},
    CommandKind.RAW: {"data": by_hand(1000)},
}


def make_text(kind: CommandKind, arguments: Checked) -> str:
    """Return the text that asks for something; or `0x` and what goes out without a frame of ours."""
    return _TEXTS[kind](arguments)


def name_of(text: str) -> str:
    """Return the word by which a command and its answer go."""
    return text.partition("=")[0]


def _report_every(arguments: Checked) -> str:
    """Return a report interval, at which each position is sent at once."""
    seconds = arguments.whole("seconds")
    return f"tracking_send={seconds},{seconds}"


_TEXTS: dict[CommandKind, Callable[[Checked], str]] = {
    CommandKind.PARAMETERS: lambda _: "tk=?",
    CommandKind.REPORT_INTERVAL: _report_every,
    CommandKind.MESSAGE: lambda arguments: f"mg={arguments.text('text')}",
    CommandKind.TIME_ZONE: lambda arguments: f"tz={arguments.whole('hours')}",
    CommandKind.REBOOT: lambda _: "rt=1",
    CommandKind.POWER_OFF: lambda _: "of=1",
    CommandKind.SERVER: lambda arguments: f"ip={arguments.text('host')}:{arguments.whole('port')}",
    CommandKind.APN: lambda arguments: f"APN={arguments.text('name')}",
    CommandKind.RAW: lambda arguments: arguments.text("data"),
}
