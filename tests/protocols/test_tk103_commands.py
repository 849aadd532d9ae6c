"""Commands for tk103: every kind byte for byte, bounds, and what answers what."""

from datetime import UTC, datetime

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.tk103 import Tk103

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = "861234050004"

COMMANDS: list[tuple[CommandKind, Arguments, str, str | None]] = [
    (CommandKind.LOCATE, {}, "AP00", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1}, "AR0000010000", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30}, "AR00001E0000", None),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65535}, "AR00FFFF0000", None),
    (CommandKind.STOP_REPORTS, {}, "AR0000000000", None),
    (CommandKind.ENGINE_CUT, {}, "AV010", "AV01"),
    (CommandKind.ENGINE_RESTORE, {}, "AV011", "AV01"),
    (CommandKind.VERSION, {}, "AP07", "AP07"),
    (CommandKind.REBOOT, {}, "AT00", "AT00"),
    (CommandKind.RAW, {"data": "AV001"}, "AV001", "AV00"),
    (CommandKind.RAW, {"data": "AX01,1 2"}, "AX01,1 2", None),
]


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_command(kind: CommandKind, arguments: Arguments, text: str, answer: str | None) -> None:
    (request,) = Tk103(ID).encode(Command(kind, arguments), NOW)
    assert request == (f"({ID}{text})".encode(), answer)


def test_every_kind_is_tried() -> None:
    assert {kind for kind, *_ in COMMANDS} == set(Tk103.commands)


def test_bytes_as_they_stand() -> None:
    (request,) = Tk103(ID).encode(Command(CommandKind.RAW, {"data": "0x282900Ff"}), NOW)
    assert request == (b"()\x00\xff", None)


REFUSED: list[tuple[CommandKind, Arguments, Fault]] = [
    (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65536}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
    (CommandKind.LOCATE, {"seconds": 1}, Fault.UNKNOWN),
    (CommandKind.FIND, {}, Fault.UNSUPPORTED),
    (CommandKind.RAW, {"data": ""}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "A" * 201}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "AP00)(1AV010"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "("}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "A$"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "A\r\n"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "é"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x2"}, Fault.FORM),
]


@pytest.mark.parametrize(("kind", "arguments", "fault"), REFUSED)
def test_bounds(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as caught:
        Tk103(ID).encode(Command(kind, arguments), NOW)
    assert caught.value.fault is fault


def test_peer_has_to_tell_who_it_is() -> None:
    with pytest.raises(CommandError, match="unidentified"):
        Tk103().encode(Command(CommandKind.LOCATE), NOW)


@pytest.mark.parametrize("kind", [CommandKind.ENGINE_CUT, CommandKind.VERSION, CommandKind.REBOOT])
def test_answer_names_its_request(kind: CommandKind) -> None:
    peer = Tk103(ID)
    (request,) = peer.encode(Command(kind), NOW)
    (answer,) = peer.feed(request.frame.replace(b"(861234050004A", b"(861234050004B"), NOW)
    assert answer.answer == Answer(request.answer)
    assert peer.data_to_send() == b""
