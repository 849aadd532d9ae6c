"""What JT/T 808 trackers can be asked for: the id of each message, and its body.

    8201                    locate: answered by a position (0201)
    8104                    all parameters: answered by 0104
    8103                    set parameters: count u8, and for each: id u32, length u8, value
        0001  u32           keep-alive interval in s
        0013  text          server       0018  u32  port
        0027  u32           report interval in s while it sleeps
        0029  u32           report interval in s
        0055  u32           speed in km/h that is too much
    8105                    control: 03 power off, 04 reboot, 05 factory settings,
                            F0 cut and F1 restore the fuel, or 64 and 65, as the maker has it
    8300                    text: 01, and GBK
    8900                    for the serial port: 41, and bytes

Whatever is not answered by a message of its own is answered by 0001. Each answer names the serial of what it answers.

Makers take the text of 8300 for a command, as if it came by SMS, relay and server among them: it is no message to show
to somebody, but a command that nobody has checked. Hexadecimal digits are a whole frame, sent as it stands.

Source: JT/T 808-2013, and what vendors made of it; bounds that they do not have are ours.
"""

from collections.abc import Callable
import re
from struct import pack

from ..commands import HOST, NOTHING, PORT, Checked, Choice, CommandError, CommandKind, Commands, Fault, Number, Text

#: What cuts the fuel, and what restores it.
FUEL_CODES = {"F0": (0xF0, 0xF1), "64": (0x64, 0x65)}

_INTERVALS = {"awake": 0x0029, "asleep": 0x0027}
_SERIAL_PORT = 0x41

#: Text, of which a frame holds so much whatever its letters are; or bytes, which are as many then.
_DATA = Text(2 + 2 * 1000, pattern=re.compile(r"(?!0x).{1,500}|0x(?:[0-9A-Fa-f]{2})+"))
_FUEL_MODE = {"method": Choice(tuple(FUEL_CODES), default="F0")}

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.PARAMETERS: NOTHING,
    CommandKind.REPORT_INTERVAL: {
        "seconds": Number(1, 86400),
        "mode": Choice(tuple(_INTERVALS), default="awake"),
    },
    CommandKind.KEEP_ALIVE_INTERVAL: {"seconds": Number(10, 3600)},
    CommandKind.OVERSPEED_ALARM: {"speed": Number(10, 255)},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.FACTORY_RESET: NOTHING,
    CommandKind.ENGINE_CUT: _FUEL_MODE,
    CommandKind.ENGINE_RESTORE: _FUEL_MODE,
    CommandKind.SERVER: {"host": HOST, "port": PORT},
    CommandKind.SERIAL_DATA: {"data": _DATA},
    CommandKind.RAW: {"data": _DATA},
}


def make_message(kind: CommandKind, arguments: Checked) -> tuple[int, bytes] | None:
    """Return the id and the body of what asks for something, None for a whole frame."""
    return _MAKERS[kind](arguments)


def read_hexadecimal(text: str) -> bytes | None:
    """Return the bytes that hexadecimal digits stand for, None for other text."""
    return bytes.fromhex(text[2:]) if text.startswith("0x") else None


def _set_number(parameter: int, value: int) -> tuple[int, bytes]:
    """Return what sets one parameter that is a number."""
    return 0x8103, pack(">BIBI", 1, parameter, 4, value)


def _set_server(arguments: Checked) -> tuple[int, bytes]:
    """Return what sets where to report to, both parts of it at once."""
    host = arguments.text("host").encode()
    server = pack(">BIB", 2, 0x0013, len(host)) + host
    return 0x8103, server + pack(">IBI", 0x0018, 4, arguments.whole("port"))


def _control(code: int) -> tuple[int, bytes]:
    """Return what controls the tracker itself."""
    return 0x8105, bytes((code,))


def _send_text(arguments: Checked) -> tuple[int, bytes] | None:
    """Return text that the tracker takes for a command; None where it is a whole frame."""
    text = arguments.text("data")
    return (0x8300, b"\x01" + _encode_text(text)) if read_hexadecimal(text) is None else None


def _send_to_serial_port(arguments: Checked) -> tuple[int, bytes]:
    """Return bytes or text for what is connected to the tracker."""
    text = arguments.text("data")
    return 0x8900, bytes((_SERIAL_PORT,)) + (read_hexadecimal(text) or _encode_text(text))


def _encode_text(text: str) -> bytes:
    """Return text as trackers read it; CommandError if it has letters that they do not know."""
    try:
        return text.encode("gbk")
    except UnicodeEncodeError as error:
        wrong = ascii(text[error.start : error.end])
        raise CommandError(Fault.CHARACTERS, argument="data", characters=wrong) from error


_MAKERS: dict[CommandKind, Callable[[Checked], tuple[int, bytes] | None]] = {
    CommandKind.LOCATE: lambda _: (0x8201, b""),
    CommandKind.PARAMETERS: lambda _: (0x8104, b""),
    CommandKind.REPORT_INTERVAL: lambda arguments: _set_number(
        _INTERVALS[arguments.text("mode")], arguments.whole("seconds")
    ),
    CommandKind.KEEP_ALIVE_INTERVAL: lambda arguments: _set_number(0x0001, arguments.whole("seconds")),
    CommandKind.OVERSPEED_ALARM: lambda arguments: _set_number(0x0055, arguments.whole("speed")),
    CommandKind.REBOOT: lambda _: _control(0x04),
    CommandKind.POWER_OFF: lambda _: _control(0x03),
    CommandKind.FACTORY_RESET: lambda _: _control(0x05),
    CommandKind.ENGINE_CUT: lambda arguments: _control(FUEL_CODES[arguments.text("method")][0]),
    CommandKind.ENGINE_RESTORE: lambda arguments: _control(FUEL_CODES[arguments.text("method")][1]),
    CommandKind.SERVER: _set_server,
    CommandKind.SERIAL_DATA: _send_to_serial_port,
    CommandKind.RAW: _send_text,
}
