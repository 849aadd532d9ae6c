"""Commands for h02: every kind byte for byte, bounds, and what answers what."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.h02 import H02
from tests.simulator.encoders import h02
from tests.simulator.route import Position

NOW = datetime(2026, 3, 1, 14, 3, 5, 700000, tzinfo=timezone(timedelta(hours=1)))
ID = "8612340501"

COMMANDS: list[tuple[CommandKind, Arguments, str, str | None]] = [
    (CommandKind.LOCATE, {}, "CR,130305", "130305"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1}, "S71,130305,22,1", "130305"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65535}, "S71,130305,22,65535", "130305"),
    (CommandKind.ENGINE_CUT, {}, "S20,130305,1,1", "130305"),
    (CommandKind.ENGINE_RESTORE, {}, "S20,130305,1,0", "130305"),
    (CommandKind.ARM, {}, "SCF,130305,0,0", "130305"),
    (CommandKind.DISARM, {}, "SCF,130305,1,1", "130305"),
    (CommandKind.REBOOT, {}, "R1,130305", "130305"),
    (CommandKind.RAW, {"data": "D1,070809,60"}, "D1,070809,60", "070809"),
    (CommandKind.RAW, {"data": "S24,070809"}, "S24,070809", "070809"),
    (CommandKind.RAW, {"data": "V1,60"}, "V1,60", None),
]


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_command(kind: CommandKind, arguments: Arguments, text: str, answer: str | None) -> None:
    (request,) = H02(ID).encode(Command(kind, arguments), NOW)
    assert request == (f"*HQ,{ID},{text}#".encode(), answer)


def test_every_kind_is_tried() -> None:
    assert {kind for kind, *_ in COMMANDS} == set(H02.commands)


def test_bytes_as_they_stand() -> None:
    (request,) = H02(ID).encode(Command(CommandKind.RAW, {"data": "0x2A2400FF"}), NOW)
    assert request == (b"*$\x00\xff", None)


def test_no_two_requests_have_one_serial() -> None:
    peer = H02(ID)
    serials = [peer.encode(Command(CommandKind.LOCATE), NOW)[0].answer for _ in range(3)]
    assert serials == ["130305", "130306", "130307"]
    assert peer.encode(Command(CommandKind.LOCATE), NOW + timedelta(seconds=1))[0].answer == "130308"
    assert peer.encode(Command(CommandKind.LOCATE), NOW + timedelta(hours=11))[0].answer == "000305"


REFUSED: list[tuple[CommandKind, Arguments, Fault]] = [
    (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65536}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
    (CommandKind.LOCATE, {"seconds": 1}, Fault.UNKNOWN),
    (CommandKind.POWER_OFF, {}, Fault.UNSUPPORTED),
    (CommandKind.RAW, {"data": ""}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "B" * 201}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "R1#*HQ,1,S20,1,1,1"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "*HQ"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "R1$"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "R1\r\n"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "é"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x2"}, Fault.FORM),
]


@pytest.mark.parametrize(("kind", "arguments", "fault"), REFUSED)
def test_bounds(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as caught:
        H02(ID).encode(Command(kind, arguments), NOW)
    assert caught.value.fault is fault


def test_peer_has_to_tell_who_it_is() -> None:
    with pytest.raises(CommandError, match="unidentified"):
        H02().encode(Command(CommandKind.LOCATE), NOW)


@pytest.mark.parametrize(("said", "accepted"), [("DONE", True), ("ERROR", False)])
def test_answer_names_its_request(said: str, accepted: bool) -> None:
    peer = H02(ID)
    request, later = (peer.encode(Command(CommandKind.ENGINE_CUT), NOW)[0] for _ in range(2))
    frame = h02.location(
        ID, datetime(2026, 3, 1, tzinfo=UTC), Position(1.0, 2.0, 0.0, 0.0, 0.0), kind="V4", answer=f"S20,{said},130305"
    )
    (answer,) = peer.feed(frame, NOW)
    assert answer.answer == Answer(request.answer, accepted)
    assert request.answer != later.answer
    assert answer.fix is not None
    assert peer.data_to_send() == b""
