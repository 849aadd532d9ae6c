"""What FAAF trackers can be asked for: the text in a frame of type 0x0007.

    tracking_send=60,60   report interval: seconds between two positions, and between two frames with them
    reset                 reboot
    of=1                  power off

The answer is a frame of type 0x0007 as well. It does not say what it answers, and what its payload of 01 means, and
whether there are others, is not known; so every answer is a yes to what was asked for last.

Source: Traccar's encoder and its tests. That an interval has up to 65535 seconds is what the parameters of the devices
have room for.
"""

from collections.abc import Callable

from ..commands import NOTHING, Checked, CommandKind, Commands, Number, by_hand

COMMANDS: Commands = {
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, 65535)},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    # Up to 257 bytes there is no doubt about how a checksum is folded.
    CommandKind.RAW: {"data": by_hand(256)},
}


def make_text(kind: CommandKind, arguments: Checked) -> str:
    """Return the text that asks for something; or `0x` and what goes out without a frame of ours."""
    return _TEXTS[kind](arguments)


def name_of(text: str) -> str:
    """Return the word by which a command goes."""
    return text.partition("=")[0]


def _report_every(arguments: Checked) -> str:
    """Return a report interval, at which each position is sent at once."""
    seconds = arguments.whole("seconds")
    return f"tracking_send={seconds},{seconds}"


_TEXTS: dict[CommandKind, Callable[[Checked], str]] = {
    CommandKind.REPORT_INTERVAL: _report_every,
    CommandKind.REBOOT: lambda _: "reset",
    CommandKind.POWER_OFF: lambda _: "of=1",
    CommandKind.RAW: lambda arguments: arguments.text("data"),
}
