"""Commands for gps103: every kind byte for byte, bounds, and what answers what."""

from datetime import UTC, datetime

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.gps103 import Gps103
from tests.simulator.encoders import gps103
from tests.simulator.route import Position

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000041"

COMMANDS: list[tuple[CommandKind, Arguments, str, str | None]] = [
    (CommandKind.LOCATE, {}, "B", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1}, "C,01s", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30}, "C,30s", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 99}, "C,99s", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 120}, "C,02m", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 99 * 60}, "C,99m", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 7200}, "C,02h", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 99 * 3600}, "C,99h", None),
    (CommandKind.STOP_REPORTS, {}, "D", None),
    (CommandKind.ENGINE_CUT, {}, "J", "J"),
    (CommandKind.ENGINE_RESTORE, {}, "K", "K"),
    (CommandKind.ARM, {}, "L", "L"),
    (CommandKind.DISARM, {}, "M", "M"),
    (CommandKind.PHOTO, {}, "160", None),
    (CommandKind.RAW, {"data": "H,080"}, "H,080", "H"),
    (CommandKind.RAW, {"data": "HELP"}, "HELP", None),
]


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_command(kind: CommandKind, arguments: Arguments, text: str, answer: str | None) -> None:
    (request,) = Gps103(IMEI).encode(Command(kind, arguments), NOW)
    assert request == (f"**,imei:{IMEI},{text}".encode(), answer)


def test_every_kind_is_tried() -> None:
    assert {kind for kind, *_ in COMMANDS} == set(Gps103.commands)


def test_bytes_as_they_stand() -> None:
    (request,) = Gps103(IMEI).encode(Command(CommandKind.RAW, {"data": "0x2A2a00FF"}), NOW)
    assert request == (b"**\x00\xff", None)


REFUSED: list[tuple[CommandKind, Arguments, Fault]] = [
    (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 99 * 3600 + 1}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {"seconds": 100}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {"seconds": 99 * 60 + 60 + 1}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
    (CommandKind.LOCATE, {"seconds": 1}, Fault.UNKNOWN),
    (CommandKind.FIND, {}, Fault.UNSUPPORTED),
    (CommandKind.RAW, {"data": ""}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "B" * 201}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "B;J"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "B**,imei:"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "B\r\nJ"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "B\0"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "é"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x2"}, Fault.FORM),
]


@pytest.mark.parametrize(("kind", "arguments", "fault"), REFUSED)
def test_bounds(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as caught:
        Gps103(IMEI).encode(Command(kind, arguments), NOW)
    assert caught.value.fault is fault


def test_peer_has_to_tell_who_it_is() -> None:
    peer = Gps103()
    with pytest.raises(CommandError, match="unidentified"):
        peer.encode(Command(CommandKind.LOCATE), NOW)
    peer.feed(gps103.heartbeat(IMEI), NOW)
    assert peer.encode(Command(CommandKind.LOCATE), NOW)[0].frame == f"**,imei:{IMEI},B".encode()


@pytest.mark.parametrize(("kind", "event"), [(CommandKind.ENGINE_CUT, "jt"), (CommandKind.DISARM, "mt")])
def test_answer_names_its_request_and_keeps_its_fix(kind: CommandKind, event: str) -> None:
    peer = Gps103(IMEI)
    (request,) = peer.encode(Command(kind), NOW)
    frame = gps103.location(IMEI, NOW, Position(1.0, 2.0, 3.0, 4.0, 5.0), event=event)
    (answer,) = peer.feed(frame, NOW)
    assert answer.answer == Answer(request.answer)
    assert answer.text == event
    assert answer.fix is not None
    assert peer.data_to_send() == b""


def test_position_answers_nothing_by_name() -> None:
    (answer,) = Gps103().feed(gps103.location(IMEI, NOW, Position(1.0, 2.0, 3.0, 4.0, 5.0)), NOW)
    assert answer.answer is None
