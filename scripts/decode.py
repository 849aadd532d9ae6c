"""Tell what a tracker's message means, without Home Assistant: run by `scripts/decode`.

One message is given as text or hex, or read from standard input; `--batch` reads one JSON object a line instead and
answers each with one.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
import json
import math
from pathlib import Path
import re
import sys
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent

# The integration's own package imports Home Assistant. A bare one in its place gives its gateway a name, and keeps its
# `select.py` and the like from standing in for the modules of Python that are called the same.
_PACKAGE = ModuleType("custom_components.plaspy_trackers")
_PACKAGE.__path__ = [str(ROOT / "custom_components" / "plaspy_trackers")]
sys.modules[_PACKAGE.__name__] = _PACKAGE
sys.path.insert(0, str(ROOT))

from custom_components.plaspy_trackers.gateway.models import Report  # noqa: E402
from custom_components.plaspy_trackers.gateway.protocols import FrameError, Protocol, detect  # noqa: E402

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

USAGE = """\
scripts/decode '#861234050000025,CMD-X#'  one message as text: \\r, \\n and \\xNN are understood
scripts/decode 2338363132333430...        one message as hex
scripts/decode < message                  one message from standard input
scripts/decode --batch < messages.jsonl   one JSON object a line, with the keys message, encoding ("text" or "hex"),
                                          transport ("tcp" or "udp") and, if need be, device_id"""

UNITS = {
    "latitude": "°",
    "longitude": "°",
    "altitude": "m",
    "speed": "km/h",
    "course": "°",
    "accuracy": "m",
    "battery_level": "%",
    "battery_voltage": "V",
    "external_voltage": "V",
    "signal_level": "%",
    "heart_rate": "1/min",
    "systolic": "mmHg",
    "diastolic": "mmHg",
    "blood_oxygen": "%",
    "body_temperature": "°C",
    "temperature": "°C",
    "respiratory_rate": "1/min",
    "blood_sugar": "mmol/L",
    "odometer": "km",
    "fuel_level": "%",
    "fuel_volume": "L",
    "engine_speed": "1/min",
    "coolant_temperature": "°C",
    "humidity": "%",
    "signal": "dBm",
}

#: Who sent a message that does not say it, as some protocols name their tracker at login only.
UNKNOWN = "unknown"

#: Where the values of a table begin.
WIDTH = 32

ESCAPE = re.compile(r"\\(?:([rn\\])|x([0-9A-Fa-f]{2}))")
HEX = re.compile(r"(0[xX])?((?:[0-9A-Fa-f]\s*)+)")


class MessageError(Exception):
    """What was given is no message."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one message means: the protocol's name, its reports, the reply that is due, and what went wrong."""

    protocol: str | None
    reports: list[Report]
    reply: bytes
    error: str | None


def main() -> int:
    """Decode what the command line asks for; 0 if all of it could be read."""
    parser = argparse.ArgumentParser(
        prog="scripts/decode",
        description="Tell what a tracker's message means.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("message", nargs="?", help="text, or hex")
    parser.add_argument("--batch", action="store_true", help="read JSON lines from standard input")
    parser.add_argument("--udp", action="store_true", help="the message came as a datagram")
    parser.add_argument("--device-id", metavar="ID", help="who sent it, where the message does not say")
    arguments = parser.parse_args()
    if arguments.batch:
        if arguments.message is not None:
            parser.error("--batch takes its messages from standard input")
        return decode_batch()
    if arguments.message is None and sys.stdin.isatty():
        parser.print_help(sys.stderr)
        return 2
    return decode_one(arguments.message, "udp" if arguments.udp else "tcp", arguments.device_id)


def decode_one(text: str | None, transport: str, device_id: str | None) -> int:
    """Print what one message means, one from standard input if there is no text; 0 if it could be read."""
    try:
        message = read_message(sys.stdin.buffer.read()) if text is None else read_argument(text)
    except MessageError as error:
        print(f"scripts/decode: {error}", file=sys.stderr)
        return 1
    decoded = decode(message, device_id, datetime.now(UTC))
    if decoded.protocol is not None:
        print("\n".join(table(decoded, message, transport)))
    if decoded.error is None:
        return 0
    print(f"scripts/decode: {decoded.error}: {shown(message)}", file=sys.stderr)
    return 1


def decode_batch() -> int:
    """Answer every line of standard input with one of JSON."""
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        try:
            message, device_id = read_line(line)
            decoded = decode(message, device_id, datetime.now(UTC))
        except MessageError as error:
            decoded = Decoded(None, [], b"", str(error))
        print(json.dumps(as_json(decoded), allow_nan=False), flush=True)
    return 0


def decode(message: bytes, device_id: str | None, now: datetime) -> Decoded:
    """Return what a message means that is all a new peer sends."""
    try:
        speaks = detect(message)
    except FrameError as error:
        return Decoded(None, [], b"", str(error))
    if speaks is None:
        return Decoded(None, [], b"", "too few bytes to tell the protocol")
    protocol = speaks(device_id or UNKNOWN)
    try:
        # As `feed(final=True)`, but what is left of the bytes can still be asked for.
        reports = protocol.feed(message, now) + protocol.settle(now)
    except FrameError as error:
        return Decoded(protocol.name, [], protocol.data_to_send(), str(error))
    except Exception as error:  # noqa: BLE001
        # A protocol raises nothing else: this is a bug in it, and one bad message must not end a batch.
        return Decoded(protocol.name, [], b"", f"bug in {protocol.name}: {type(error).__name__}: {error}")
    return Decoded(protocol.name, reports, protocol.data_to_send(), complaint(protocol, reports))


def complaint(protocol: Protocol, reports: list[Report]) -> str | None:
    """Return what a protocol could not read of all that it was fed."""
    if protocol.damaged:
        return f"{protocol.damaged} {'frame' if protocol.damaged == 1 else 'frames'} could not be read"
    if protocol.held and not reports:
        return f"no whole {protocol.name} frame in these bytes"
    return None


def read_line(line: bytes) -> tuple[bytes, str | None]:
    """Return the message and the device id of one line of a batch; text by TCP where the line does not say."""
    try:
        value = json.loads(line.strip())
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise MessageError("not a JSON object")
    value = {"encoding": "text", "transport": "tcp", **value}
    text = required(value, "message")
    encoding = required(value, "encoding", ("text", "hex"))
    required(value, "transport", ("tcp", "udp"))
    device_id = value.get("device_id")
    if device_id is not None and not isinstance(device_id, str):
        raise MessageError("device_id is not a string")
    return from_hex(text) if encoding == "hex" else from_text(text), device_id


def required(line: Mapping[str, Json], key: str, choices: tuple[str, ...] = ()) -> str:
    """Return a string that a line must have, one of the choices if there are any."""
    if key not in line:
        raise MessageError(f"{key} is missing")
    value = line[key]
    if not isinstance(value, str):
        raise MessageError(f"{key} is not a string")
    if choices and value not in choices:
        raise MessageError(f"{key} is neither {' nor '.join(choices)}")
    return value


def read_message(data: bytes) -> bytes:
    """Return the message on standard input: raw bytes, or what could be an argument and the end of its line."""
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if line.isascii() and line.decode("ascii").isprintable():
        return read_argument(line.decode("ascii"))
    return data


def read_argument(text: str) -> bytes:
    """Return the message that an argument means: hex if it has that form and no protocol claims it as text."""
    digits = HEX.fullmatch(text.strip())
    if digits is None or len("".join(digits[2].split())) % 2:
        return unescaped(text)
    if digits[1] or not claimed(from_text(text)):
        return from_hex(digits[2])
    return from_text(text)


def claimed(message: bytes) -> bool:
    """Tell whether a protocol begins with these bytes."""
    try:
        return detect(message) is not None
    except FrameError:
        return False


def unescaped(text: str) -> bytes:
    """Return text as bytes, with its backslash escapes replaced."""
    plain = {"r": "\r", "n": "\n", "\\": "\\"}
    return from_text(ESCAPE.sub(lambda escape: plain[escape[1]] if escape[1] else chr(int(escape[2], 16)), text))


def from_text(text: str) -> bytes:
    """Return text as the bytes of latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise MessageError(f"character {error.start + 1} is not in latin-1: give the message as hex") from error


def from_hex(text: str) -> bytes:
    """Return hex digits, with blanks or without, as bytes."""
    try:
        return bytes.fromhex("".join(text.split()))
    except ValueError as error:
        raise MessageError("not hex: an even number of hexadecimal digits is needed") from error


def as_json(decoded: Decoded) -> dict[str, Json]:
    """Return the answer to one line of a batch."""
    return {
        "protocol": decoded.protocol,
        "reports": [plain(report) for report in decoded.reports],
        "reply": decoded.reply.hex(),
        "error": decoded.error,
    }


def plain(value: object) -> Json:
    """Return a report, or anything in one, as JSON has it; what the tracker did not say is left out."""
    match value:
        case Enum():
            return plain(value.value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
        case bytes():
            return value.hex()
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            pairs = value.items()
        case _:
            pairs = {field.name: getattr(value, field.name) for field in fields(value)}.items()  # type: ignore[arg-type]
    return {key: item for key, item in ((key, plain(item)) for key, item in pairs) if item is not None}


def table(decoded: Decoded, message: bytes, transport: str) -> Iterator[str]:
    """Return the lines that tell a reader what a message means."""
    yield f"{'protocol':<{WIDTH}}{decoded.protocol} ({len(message)} bytes, {transport.upper()})"
    for number, report in enumerate(decoded.reports, 1):
        yield ""
        yield f"report {number} of {len(decoded.reports)}"
        yield from rows("", plain(report))
    yield ""
    yield f"{'reply':<{WIDTH}}{shown(decoded.reply) if decoded.reply else 'none'}"


def rows(path: str, value: Json) -> Iterator[str]:
    """Return a line for each value, named by the way to it; what is empty is left out."""
    key = path.rpartition(".")[2]
    match value:
        case dict():
            for name, item in value.items():
                yield from rows(f"{path}.{name}" if path else name, item)
        case list() if any(isinstance(item, dict) for item in value):
            for number, item in enumerate(value, 1):
                yield from rows(f"{path}.{number}", item)
        case list() if value:
            yield f"  {path:<{WIDTH - 2}}{', '.join(map(str, value))}"
        case bool() if value or key != "buffered":
            yield f"  {path:<{WIDTH - 2}}{'yes' if value else 'no'}"
        case int() | float() if not isinstance(value, bool):
            yield f"  {path:<{WIDTH - 2}}{value:.9g} {UNITS.get(key, '')}".rstrip()
        case str():
            yield f"  {path:<{WIDTH - 2}}{value if value.isprintable() else value.encode('unicode_escape').decode()}"


def shown(data: bytes) -> str:
    """Return bytes as hex, with the text beside it where there is nothing else in it; at most 256 of them."""
    text = data[:256].decode("latin-1")
    for character, escape in (("\r", "\\r"), ("\n", "\\n")):
        text = text.replace(character, escape)
    more = " …" if len(data) > 256 else ""
    hexadecimal = f"{data[:256].hex()}{more}"
    return f"{hexadecimal} ({text}{more})" if text and text.isascii() and text.isprintable() else hexadecimal or "empty"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read along has read enough; the interpreter must not complain about what is still unwritten.
        sys.stdout = None
        sys.exit(0)
