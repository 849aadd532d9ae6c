"""What GT06 trackers are asked, byte for byte, and what they say to it."""

from datetime import UTC, datetime
from itertools import pairwise
from string import ascii_letters, digits

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.gt06 import Gt06
from tests.simulator.encoders import gt06

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000066"

WORDS: list[tuple[CommandKind, Arguments, str]] = [
    (CommandKind.LOCATE, {}, "WHERE#"),
    (CommandKind.STATUS, {}, "STATUS#"),
    (CommandKind.VERSION, {}, "VERSION#"),
    (CommandKind.PARAMETERS, {}, "PARAM#"),
    (CommandKind.REBOOT, {}, "RESET#"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30}, "TIMER,30,300#"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 5, "seconds_parked": 0}, "TIMER,5,0#"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 18000, "seconds_parked": 18000}, "TIMER,18000,18000#"),
    (CommandKind.TIME_ZONE, {"hours": 0}, "GMT,E,0,0#"),
    (CommandKind.TIME_ZONE, {"hours": 8}, "GMT,E,8,0#"),
    (CommandKind.TIME_ZONE, {"hours": 5.75}, "GMT,E,5,45#"),
    (CommandKind.TIME_ZONE, {"hours": -3.5}, "GMT,W,3,30#"),
    (CommandKind.TIME_ZONE, {"hours": -0.25}, "GMT,W,0,15#"),
    (CommandKind.ENGINE_CUT, {}, "RELAY,1#"),
    (CommandKind.ENGINE_RESTORE, {}, "RELAY,0#"),
    (CommandKind.ENGINE_CUT, {"method": "dyd"}, "DYD,4711#"),
    (CommandKind.ENGINE_RESTORE, {"method": "dyd"}, "HFYD,4711#"),
    (CommandKind.SERVER, {"host": "home.example.org", "port": 8888}, "SERVER,1,home.example.org,8888,0#"),
    (CommandKind.SERVER, {"host": "192.0.2.1", "port": 1}, "SERVER,0,192.0.2.1,1,0#"),
    (CommandKind.RAW, {"data": "SOS,A,13800000000#"}, "SOS,A,13800000000#"),
    (CommandKind.RAW, {"data": "x" * 245}, "x" * 245),
]

REFUSED: list[tuple[CommandKind, Arguments, Fault]] = [
    (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
    (CommandKind.REPORT_INTERVAL, {"seconds": 4}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 18001}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30.5}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30, "seconds_parked": 4}, Fault.RANGE),
    (CommandKind.TIME_ZONE, {"hours": -12.25}, Fault.RANGE),
    (CommandKind.TIME_ZONE, {"hours": 14.25}, Fault.RANGE),
    (CommandKind.TIME_ZONE, {"hours": 1.1}, Fault.STEP),
    (CommandKind.ENGINE_CUT, {"method": "2#RESET"}, Fault.OPTION),
    (CommandKind.SERVER, {"host": "home.example.org"}, Fault.MISSING),
    (CommandKind.SERVER, {"host": "home.example.org,1,0#RESET#", "port": 1}, Fault.FORM),
    (CommandKind.SERVER, {"host": "home.example.org", "port": 0}, Fault.RANGE),
    (CommandKind.SERVER, {"host": "home.example.org", "port": 65536}, Fault.RANGE),
    (CommandKind.RAW, {"data": "x" * 246}, Fault.LENGTH),
    (CommandKind.RAW, {"data": ""}, Fault.LENGTH),
    (CommandKind.RAW, {"data": "RESET#\r\n"}, Fault.CHARACTERS),
    (CommandKind.RAW, {"data": "é"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x7"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x78 78"}, Fault.FORM),
    (CommandKind.LOCATE, {"seconds": 1}, Fault.UNKNOWN),
    (CommandKind.POWER_OFF, {}, Fault.UNSUPPORTED),
]


def frame(words: str, number: int = 0) -> bytes:
    """Return the frame of a connection's command of this number, which counts from 0."""
    content = bytes((4 + len(words),)) + number.to_bytes(4) + words.encode()
    return gt06.encode(gt06.COMMAND, content, number & 0xFFFF)


def test_command_made_by_hand() -> None:
    (request,) = Gt06(IMEI).encode(Command(CommandKind.PARAMETERS), NOW)
    assert request.frame == bytes.fromhex("787810800a00000000504152414d230000abe90d0a")
    assert request.answer == "0"


@pytest.mark.parametrize(("kind", "arguments", "words"), WORDS)
def test_command(kind: CommandKind, arguments: Arguments, words: str) -> None:
    (request,) = Gt06(IMEI).encode(Command(kind, arguments, "4711"), NOW)
    assert request.frame == frame(words)
    assert request.answer == "0"


def test_every_command_is_tried() -> None:
    assert {kind for kind, _, _ in WORDS} == set(Gt06.commands)


def test_bytes_are_sent_as_they_stand() -> None:
    (request,) = Gt06(IMEI).encode(Command(CommandKind.RAW, {"data": "0x78780D0Aff"}), NOW)
    assert request.frame == b"xx\r\n\xff"
    assert request.answer is None


@pytest.mark.parametrize(("kind", "arguments", "fault"), REFUSED)
def test_command_out_of_bounds_is_refused(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as refused:
        Gt06(IMEI).encode(Command(kind, arguments), NOW)
    assert refused.value.fault is fault


@pytest.mark.parametrize("kind", [CommandKind.ENGINE_CUT, CommandKind.ENGINE_RESTORE])
@pytest.mark.parametrize(
    "wrong", ["", "1" * 21, "1,2", "1#", "1#RESET#", "1]", "1;", "1\r\n", "1\n", " ", "é", "\u0661"]
)
def test_password_cannot_become_a_second_command(kind: CommandKind, wrong: str) -> None:
    with pytest.raises(CommandError) as refused:
        Gt06(IMEI).encode(Command(kind, {"method": "dyd"}, wrong), NOW)
    assert refused.value.fault is Fault.FORM
    assert wrong not in refused.value.placeholders.values()
    # Where no password is sent, none is looked at.
    assert Gt06(IMEI).encode(Command(kind, {}, wrong), NOW)


@pytest.mark.parametrize("wrong", sorted(set(map(chr, range(256))) - set(ascii_letters + digits + ".-")))
def test_host_cannot_become_a_second_command(wrong: str) -> None:
    for host in (f"home{wrong}example", f"{wrong}home", f"home{wrong}"):
        with pytest.raises(CommandError):
            Gt06(IMEI).encode(Command(CommandKind.SERVER, {"host": host, "port": 1}), NOW)


def test_tracker_that_has_not_logged_in_is_asked_nothing() -> None:
    with pytest.raises(CommandError) as refused:
        Gt06().encode(Command(CommandKind.LOCATE), NOW)
    assert refused.value.fault is Fault.UNIDENTIFIED


def test_commands_of_the_same_second_have_flags_of_their_own() -> None:
    tracker = Gt06(IMEI)
    requests = [request for _ in range(3) for request in tracker.encode(Command(CommandKind.LOCATE), NOW)]
    assert [request.frame for request in requests] == [frame("WHERE#", number) for number in range(3)]
    assert all(one.answer != other.answer for one, other in pairwise(requests))


def test_serial_begins_anew_and_the_flag_goes_on() -> None:
    tracker = Gt06(IMEI)
    for _ in range(0x10000):
        tracker.encode(Command(CommandKind.LOCATE), NOW)
    (request,) = tracker.encode(Command(CommandKind.LOCATE), NOW)
    assert request == (frame("WHERE#", 0x10000), "65536")


@pytest.mark.parametrize("words", ["Restore fuel supply: Success!", "Restore fuel supply: fail!"])
def test_answer_names_the_command(words: str) -> None:
    tracker = Gt06(IMEI)
    tracker.encode(Command(CommandKind.LOCATE), NOW)
    (request,) = tracker.encode(Command(CommandKind.ENGINE_RESTORE), NOW)
    flag = int.from_bytes(request.frame[5:9])
    for said in (
        gt06.encode(0x15, gt06.answer(flag, words)),
        gt06.encode(0x21, gt06.coded_answer(flag, words), extended=True),
    ):
        (report,) = tracker.feed(said, NOW)
        assert report.answer == Answer(request.answer, accepted="fail" not in words)
        assert report.text == words
        assert tracker.data_to_send() == b""


def test_answer_without_a_flag_is_that_to_the_last_command() -> None:
    """So firmware answers that does not repeat the flag, and so does any to our first command, which has none."""
    tracker = Gt06(IMEI)
    tracker.encode(Command(CommandKind.LOCATE), NOW)
    (report,) = tracker.feed(gt06.encode(0x15, gt06.answer(0, "OK")), NOW)
    assert report.answer == Answer(None)
