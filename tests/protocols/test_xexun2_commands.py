"""Commands for xexun2: a text in a frame of type 0x0007, whose answer says neither yes nor to what."""

from datetime import UTC, datetime
import random

import pytest

from custom_components.plaspy_trackers.gateway.commands import (
    Arguments,
    Command,
    CommandError,
    CommandKind,
    Fault,
    Request,
)
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.xexun2 import Xexun2
from tests.simulator.encoders import xexun2 as wire

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000033"
BCD = "8612340500000330"


def encode(kind: CommandKind, arguments: Arguments | None = None, imei: str = IMEI) -> list[Request]:
    """Return the requests to a made-up tracker."""
    return Xexun2(imei).encode(Command(kind, arguments or {}), NOW)


@pytest.mark.parametrize(
    ("kind", "arguments", "content", "answer"),
    [
        (CommandKind.POWER_OFF, {}, "0004 febc 6f663d31", "of"),
        (CommandKind.REBOOT, {}, "0005 fddc 7265736574", "reset"),
        (
            CommandKind.REPORT_INTERVAL,
            {"seconds": 150},
            "0015 f90e 747261636b696e675f73656e643d3135302c313530",
            "tracking_send",
        ),
        (CommandKind.RAW, {"data": "of=1"}, "0004 febc 6f663d31", "of"),
    ],
)
def test_command_is_written_byte_for_byte(kind: CommandKind, arguments: Arguments, content: str, answer: str) -> None:
    wanted = bytes.fromhex(f"faaf 0007 0001 {BCD} {content} faaf")
    assert encode(kind, arguments) == [Request(wanted, answer)]


@pytest.mark.parametrize(("seconds", "text"), [(1, b"tracking_send=1,1"), (65535, b"tracking_send=65535,65535")])
def test_interval_is_that_of_positions_and_of_frames(seconds: int, text: bytes) -> None:
    (request,) = encode(CommandKind.REPORT_INTERVAL, {"seconds": seconds})
    assert request.frame == wire.encode(IMEI, 1, text, wire.COMMAND)


def test_every_text_by_hand_is_framed_as_the_device_frames() -> None:
    chance = random.Random(7)
    for size in range(1, 257):
        text = "".join(chance.choices("abcxyz=,~!", k=size))
        (request,) = encode(CommandKind.RAW, {"data": text})
        assert request.frame == wire.encode(IMEI, 1, text.encode(), wire.COMMAND)


@pytest.mark.parametrize(
    ("text", "written"),
    # Sums of 0x0550 and 0x0440, whose complements look like a flag and like an escape.
    [("~" * 10 + "d", b"\xfb\xbf\x01~"), ("~" * 8 + "P", b"\xfb\xbf\x02~")],
)
def test_checksum_is_escaped(text: str, written: bytes) -> None:
    (request,) = encode(CommandKind.RAW, {"data": text})
    assert request.frame == wire.encode(IMEI, 1, text.encode(), wire.COMMAND)
    assert written in request.frame
    assert request.frame.count(b"\xfa\xaf") == 2


def test_bytes_are_sent_as_they_stand() -> None:
    assert encode(CommandKind.RAW, {"data": "0xFAAF00"}) == [Request(b"\xfa\xaf\0")]


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
        (CommandKind.REPORT_INTERVAL, {"seconds": 65536}, Fault.RANGE),
        (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
        (CommandKind.REPORT_INTERVAL, {"seconds": "10,10\r\n"}, Fault.TYPE),
        (CommandKind.RAW, {"data": "x" * 257}, Fault.LENGTH),
        (CommandKind.RAW, {"data": "of=1\r\nreset"}, Fault.CHARACTERS),
        (CommandKind.RAW, {"data": "of=1\0"}, Fault.CHARACTERS),
        (CommandKind.RAW, {"data": "ú¯"}, Fault.FORM),
        (CommandKind.RAW, {"data": "0xfaa"}, Fault.FORM),
        (CommandKind.LOCATE, {}, Fault.UNSUPPORTED),
        (CommandKind.SOS_NUMBERS, {}, Fault.UNSUPPORTED),
    ],
)
def test_what_cannot_be_asked_is_refused(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, arguments)
    assert error.value.fault is fault


def test_identity_of_the_last_frame_is_written() -> None:
    peer = Xexun2()
    with pytest.raises(CommandError) as error:
        peer.encode(Command(CommandKind.REBOOT), NOW)
    assert error.value.fault is Fault.UNIDENTIFIED
    peer.feed(wire.encode(IMEI, 9, wire.records(wire.record(1, NOW, signal=20, battery=50)), wire.RECORDS), NOW)
    assert peer.encode(Command(CommandKind.REBOOT), NOW) == encode(CommandKind.REBOOT)


@pytest.mark.parametrize("text", [b"\x01", b"of=1 OK", b"tracking_send=150,150", b"", b"\x00"])
def test_answer_is_one_to_the_last_request(text: bytes) -> None:
    (report,) = Xexun2().feed(wire.encode(IMEI, 1, text, wire.COMMAND), NOW)
    assert report.answer == Answer(None, accepted=True)


@pytest.mark.parametrize("payload", [wire.message("of=1"), wire.status(20, 50)])
def test_message_of_its_own_accord_is_no_answer(payload: bytes) -> None:
    (report,) = Xexun2().feed(wire.encode(IMEI, 1, payload), NOW)
    assert report.answer is None
