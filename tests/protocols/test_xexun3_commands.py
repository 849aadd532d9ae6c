"""Commands for xexun3: a text in a frame of type 21, answered by another that begins with the same word."""

from datetime import UTC, datetime

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
from custom_components.plaspy_trackers.gateway.protocols.xexun3 import Xexun3
from tests.simulator.encoders import xexun3 as wire

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000058"

COMMANDS: list[tuple[CommandKind, Arguments, str, str]] = [
    (CommandKind.PARAMETERS, {}, "tk=?", "tk"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 10}, "tracking_send=10,10", "tracking_send"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65535}, "tracking_send=65535,65535", "tracking_send"),
    (CommandKind.MESSAGE, {"text": "Come home; tk=?, #1"}, "mg=Come home; tk=?, #1", "mg"),
    (CommandKind.TIME_ZONE, {"hours": -12}, "tz=-12", "tz"),
    (CommandKind.TIME_ZONE, {"hours": 0.0}, "tz=0", "tz"),
    (CommandKind.TIME_ZONE, {"hours": 12}, "tz=12", "tz"),
    (CommandKind.REBOOT, {}, "rt=1", "rt"),
    (CommandKind.POWER_OFF, {}, "of=1", "of"),
    (CommandKind.SERVER, {"host": "home.example.org", "port": 8888}, "ip=home.example.org:8888", "ip"),
    (CommandKind.APN, {"name": "web.example"}, "APN=web.example", "APN"),
    (CommandKind.RAW, {"data": "tk=2,60,0,60,1"}, "tk=2,60,0,60,1", "tk"),
    (CommandKind.RAW, {"data": 'ble={"bssid_list":[]}'}, 'ble={"bssid_list":[]}', "ble"),
]


def encode(kind: CommandKind, arguments: Arguments | None = None) -> list[Request]:
    """Return the requests to our made-up tracker."""
    return Xexun3(IMEI).encode(Command(kind, arguments or {}), NOW)


def test_command_made_by_hand_is_written() -> None:
    """Byte by byte as the document draws them, without our encoder."""
    wanted = bytes.fromhex("fc 000f 03 21 01 0123456789012345 72743d31 0d6a cf")
    assert Xexun3("123456789012345").encode(Command(CommandKind.REBOOT), NOW) == [Request(wanted, "rt")]


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_command_is_written_and_its_answer_known(
    kind: CommandKind, arguments: Arguments, text: str, answer: str
) -> None:
    assert encode(kind, arguments) == [Request(wire.encode(IMEI, 1, text.encode(), kind=wire.COMMAND), answer)]


def test_every_kind_is_in_the_table() -> None:
    assert {kind for kind, *_ in COMMANDS} == set(Xexun3.commands)


def test_bytes_are_sent_as_they_stand() -> None:
    assert encode(CommandKind.RAW, {"data": "0xFC00"}) == [Request(b"\xfc\0")]


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
        (CommandKind.REPORT_INTERVAL, {"seconds": 65536}, Fault.RANGE),
        (CommandKind.MESSAGE, {"text": ""}, Fault.LENGTH),
        (CommandKind.MESSAGE, {"text": "x" * 201}, Fault.LENGTH),
        (CommandKind.MESSAGE, {"text": "¿Dónde?"}, Fault.FORM),
        (CommandKind.MESSAGE, {"text": "one\0of=1"}, Fault.CHARACTERS),
        (CommandKind.MESSAGE, {"text": "one\r\nof=1"}, Fault.CHARACTERS),
        (CommandKind.TIME_ZONE, {"hours": 12.5}, Fault.RANGE),
        (CommandKind.TIME_ZONE, {"hours": 5.5}, Fault.STEP),
        (CommandKind.SERVER, {"host": "a:1", "port": 1}, Fault.FORM),
        (CommandKind.SERVER, {"host": "a\n", "port": 1}, Fault.CHARACTERS),
        (CommandKind.SERVER, {"host": "a", "port": 65536}, Fault.RANGE),
        (CommandKind.APN, {"name": "two words"}, Fault.FORM),
        (CommandKind.RAW, {"data": "x" * 1001}, Fault.LENGTH),
        (CommandKind.RAW, {"data": "of=1\0"}, Fault.CHARACTERS),
        (CommandKind.RAW, {"data": "0xf"}, Fault.FORM),
        (CommandKind.LOCATE, {}, Fault.UNSUPPORTED),
        (CommandKind.FIND, {}, Fault.UNSUPPORTED),
        (CommandKind.WORKING_MODE, {}, Fault.UNSUPPORTED),
    ],
)
def test_what_cannot_be_asked_is_refused(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, arguments)
    assert error.value.fault is fault


def test_identity_of_the_last_frame_is_written() -> None:
    peer = Xexun3()
    with pytest.raises(CommandError) as error:
        peer.encode(Command(CommandKind.REBOOT), NOW)
    assert error.value.fault is Fault.UNIDENTIFIED
    peer.feed(wire.encode(IMEI, 7), NOW)
    assert peer.encode(Command(CommandKind.REBOOT), NOW) == encode(CommandKind.REBOOT)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"tk=2,60,2,0,0,180,10", "tk"),
        (b"APN=web.example\0", "APN"),
        (b"tracking_send=10,10", "tracking_send"),
        (b"ok", None),
        (b"=1", None),
        (b"a b=1", None),
        ("é=1".encode(), None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("sequence", [0, 1, 255])
def test_answer_is_known_by_its_word_or_one_to_the_last_request(body: bytes, named: str | None, sequence: int) -> None:
    (report,) = Xexun3().feed(wire.encode(IMEI, sequence, body, kind=wire.COMMAND), NOW)
    assert report.answer == Answer(named, accepted=True)


def test_data_is_no_answer() -> None:
    (report,) = Xexun3().feed(wire.encode(IMEI, 1, wire.status(battery=50)), NOW)
    assert report.answer is None
