"""Commands for gotop: every kind byte for byte, bounds, and what answers what."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
import random
import re

import pytest

from custom_components.plaspy_trackers.gateway.commands import (
    Argument,
    Arguments,
    Command,
    CommandError,
    CommandKind,
    Fault,
    Request,
)
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop

NOW = datetime(2026, 3, 1, 22, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
IMEI = "861234050000025"
FENCE = {"south": -0.5, "west": -0.25, "north": 12.3456789, "east": 7.0}

COMMANDS: list[tuple[CommandKind, Arguments, str, str]] = [
    (CommandKind.LOCATE, {}, "F", "F"),
    (CommandKind.LOCATE, {"cells": True}, "F1", "F1"),
    (CommandKind.VERSION, {}, "B", "B"),
    (CommandKind.PARAMETERS, {}, "G", "G"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30}, "M1,030S", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1}, "M1,001S", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 120}, "M1,120S", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 254}, "M1,254S", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 300}, "M1,005M", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 254 * 60}, "M1,254M", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 18000}, "M1,005H", "M"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 254 * 3600}, "M1,254H", "M"),
    (CommandKind.STOP_REPORTS, {}, "M0,030S", "M"),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 60}, "M2,060", "M2"),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 600}, "M2,600", "M2"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["+490000001"], "place": 8}, "A8,+490000001", "A8"),
    (CommandKind.SOS_NUMBERS, {"numbers": [], "place": 2}, "A2,D", "A2"),
    (CommandKind.TIME_ZONE, {"hours": 8}, "L+08", "L"),
    (CommandKind.TIME_ZONE, {"hours": 0}, "L+00", "L"),
    (CommandKind.TIME_ZONE, {"hours": 5.5}, "L+05:30", "L"),
    (CommandKind.TIME_ZONE, {"hours": -3.5}, "L-03:30", "L"),
    (CommandKind.TIME_ZONE, {"hours": -12}, "L-12", "L"),
    (CommandKind.TIME_ZONE, {"hours": 12.75}, "L+12:45", "L"),
    # The clock of a tracker is set to the home's time.
    (CommandKind.CLOCK, {}, "L1,260301,220405", "L1"),
    (CommandKind.GPS, {"on": True}, "U4", "U4"),
    (CommandKind.GPS, {"on": False}, "U5", "U5"),
    (CommandKind.FALL_ALARM, {"threshold": 50}, "KL050", "K"),
    (CommandKind.FALL_ALARM, {"threshold": 0}, "KL000", "K"),
    (CommandKind.VIBRATION_ALARM, {"threshold": 7}, "KH007", "K"),
    (CommandKind.LOW_BATTERY_ALARM, {"percent": 20}, "N1,20", "N"),
    (CommandKind.LOW_BATTERY_ALARM, {"percent": 5}, "N1,05", "N"),
    (CommandKind.BATTERY_FULL_ALARM, {"on": True}, "N2,1", "N2"),
    (CommandKind.BATTERY_FULL_ALARM, {"on": False}, "N2,0", "N2"),
    (CommandKind.OVERSPEED_ALARM, {"speed": 30}, "J1,030", "J"),
    (CommandKind.OVERSPEED_ALARM, {"speed": 255}, "J1,255", "J"),
    (CommandKind.MOVEMENT_ALARM, {"radius": 200}, "P1,020", "P"),
    (CommandKind.MOVEMENT_ALARM, {"radius": 2500}, "P1,250", "P"),
    (CommandKind.MOVEMENT_ALARM, {"radius": 0}, "P0", "P0"),
    (CommandKind.IGNITION_ALARM, {"on": True}, "T1", "T"),
    (CommandKind.IGNITION_ALARM, {"on": False}, "T0", "T"),
    (CommandKind.GEOFENCE, FENCE, "I1,1,1,12204444N000150000W00300000S007000000E", "I"),
    (
        CommandKind.GEOFENCE,
        FENCE | {"fence": 5, "on": False, "crossing": "enter"},
        "I5,0,0,12204444N000150000W00300000S007000000E",
        "I",
    ),
    # What rounds up goes into the minutes and the degrees.
    (
        CommandKind.GEOFENCE,
        {"south": -90, "west": -180, "north": 59.9999999, "east": 180},
        "I1,1,1,60000000N180000000W90000000S180000000E",
        "I",
    ),
    (CommandKind.CALL, {"number": "+490000001"}, "V30,+490000001", "V3"),
    (CommandKind.LISTEN_IN, {"number": "110"}, "V31,110", "V3"),
    (CommandKind.REBOOT, {}, "RESET!1", "R"),
    (CommandKind.POWER_OFF, {}, "K", "K"),
    (CommandKind.FACTORY_RESET, {}, "RESET!", "R"),
    (CommandKind.SERVER, {"host": "192.0.2.5", "port": 8888, "apn": "internet"}, "Cinternet,192.0.2.5:8888", "C"),
    (
        CommandKind.SERVER,
        {"host": "home.example.org", "port": 1, "apn": "web.example", "transport": "udp"},
        "Cweb.example,u,home.example.org:1",
        "C",
    ),
    (CommandKind.APN, {"user": "me", "password": "s3cret!"}, "Ome,s3cret!", "O"),
    (CommandKind.PASSWORD, {"new": "456789"}, "H456789", "H"),
    (CommandKind.RAW, {"data": "M4,1"}, "M4,1", "M4"),
    (CommandKind.RAW, {"data": "Q3,0"}, "Q3,0", "Q3"),
    (CommandKind.RAW, {"data": "what is that"}, "what is that", "what is that"),
]

REFUSED: list[tuple[CommandKind, Arguments, Fault]] = [
    (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 255}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {"seconds": 255 * 60}, Fault.STEP),
    (CommandKind.REPORT_INTERVAL, {"seconds": 255 * 3600}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 59}, Fault.RANGE),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 601}, Fault.RANGE),
    (CommandKind.SOS_NUMBERS, {"numbers": ["110"] * 9}, Fault.COUNT),
    (CommandKind.SOS_NUMBERS, {"numbers": ["110", "112"], "place": 8}, Fault.COUNT),
    (CommandKind.SOS_NUMBERS, {"numbers": ["110"], "place": 9}, Fault.RANGE),
    (CommandKind.SOS_NUMBERS, {"numbers": ["D"]}, Fault.FORM),
    (CommandKind.TIME_ZONE, {"hours": 14.25}, Fault.RANGE),
    (CommandKind.TIME_ZONE, {"hours": 5.6}, Fault.STEP),
    (CommandKind.FALL_ALARM, {"threshold": 1000}, Fault.RANGE),
    (CommandKind.LOW_BATTERY_ALARM, {"percent": 46}, Fault.RANGE),
    (CommandKind.LOW_BATTERY_ALARM, {"percent": 0}, Fault.RANGE),
    (CommandKind.OVERSPEED_ALARM, {"speed": 29}, Fault.RANGE),
    (CommandKind.OVERSPEED_ALARM, {"speed": 256}, Fault.RANGE),
    (CommandKind.MOVEMENT_ALARM, {"radius": 25}, Fault.STEP),
    (CommandKind.MOVEMENT_ALARM, {"radius": 2510}, Fault.RANGE),
    (CommandKind.GEOFENCE, FENCE | {"fence": 6}, Fault.RANGE),
    (CommandKind.GEOFENCE, FENCE | {"north": 90.1}, Fault.RANGE),
    (CommandKind.GEOFENCE, FENCE | {"south": 12.3456789}, Fault.RANGE),
    (CommandKind.GEOFENCE, FENCE | {"west": 7.1}, Fault.RANGE),
    (CommandKind.GEOFENCE, FENCE | {"crossing": "both"}, Fault.OPTION),
    (CommandKind.PASSWORD, {"new": "45678"}, Fault.LENGTH),
    (CommandKind.PASSWORD, {"new": "45678x"}, Fault.FORM),
    (CommandKind.PASSWORD, {"new": "45678٣"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x0"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0xhello"}, Fault.FORM),
    (CommandKind.RAW, {"data": "x" * 93}, Fault.LENGTH),
    (CommandKind.SERVER, {"host": "x" * 60, "port": 8888, "apn": "y" * 30}, Fault.LENGTH),
    (CommandKind.ENGINE_CUT, {}, Fault.UNSUPPORTED),
]

#: Every argument that is text, with all others that its command needs.
TEXTS: list[tuple[CommandKind, Mapping[str, Argument], str]] = [
    (CommandKind.SOS_NUMBERS, {}, "numbers"),
    (CommandKind.GEOFENCE, FENCE, "crossing"),
    (CommandKind.CALL, {}, "number"),
    (CommandKind.LISTEN_IN, {}, "number"),
    (CommandKind.SERVER, {"port": 1, "apn": "internet"}, "host"),
    (CommandKind.SERVER, {"port": 1, "host": "192.0.2.5"}, "apn"),
    (CommandKind.SERVER, {"port": 1, "host": "192.0.2.5", "apn": "internet"}, "transport"),
    (CommandKind.APN, {"password": "secret"}, "user"),
    (CommandKind.APN, {"user": "me"}, "password"),
    (CommandKind.PASSWORD, {}, "new"),
]


def encode(
    kind: CommandKind, arguments: Arguments | None = None, password: str = "123456", now: datetime = NOW
) -> list[Request]:
    """Return the requests to our made-up tracker."""
    return Gotop(IMEI).encode(Command(kind, arguments or {}, password), now)


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_command_is_written_and_its_answer_known(
    kind: CommandKind, arguments: Arguments, text: str, answer: str
) -> None:
    assert encode(kind, arguments) == [Request(f":123456{text}#".encode(), answer)]


def test_every_kind_is_in_the_table() -> None:
    assert {kind for kind, *_ in COMMANDS} == set(Gotop.commands)


@pytest.mark.parametrize(("kind", "arguments", "fault"), REFUSED)
def test_command_out_of_bounds_is_refused(kind: CommandKind, arguments: Arguments, fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, arguments)
    assert error.value.fault is fault


def test_sos_numbers_are_what_was_asked_for_and_nothing_of_before() -> None:
    texts = ["A1,+490000001", "A2,112", *(f"A{place},D" for place in range(3, 9))]
    wanted = [Request(f":123456{text}#".encode(), text[:2]) for text in texts]
    assert encode(CommandKind.SOS_NUMBERS, {"numbers": ["+490000001", "112"]}) == wanted
    deleted = [request.frame for request in encode(CommandKind.SOS_NUMBERS, {"numbers": []})]
    assert deleted == [b":123456A%d,D#" % place for place in range(1, 9)]


def test_some_sos_numbers_are_replaced_alone() -> None:
    requests = encode(CommandKind.SOS_NUMBERS, {"numbers": ["110", "112"], "place": 7})
    assert requests == [Request(b":123456A7,110#", "A7"), Request(b":123456A8,112#", "A8")]


def test_password_stands_in_front() -> None:
    assert encode(CommandKind.REBOOT, password="000007") == [Request(b":000007RESET!1#", "R")]


@pytest.mark.parametrize("password", ["", "12345", "1234567", "12345x", "12345#", "12345\r", "١٢٣٤٥٦"])
def test_password_that_is_none_is_refused(password: str) -> None:
    with pytest.raises(CommandError) as error:
        encode(CommandKind.LOCATE, password=password)
    assert error.value.fault in (Fault.LENGTH, Fault.FORM, Fault.CHARACTERS)
    assert error.value.placeholders["argument"] == "password"


def test_bytes_are_sent_as_they_stand() -> None:
    assert encode(CommandKind.RAW, {"data": "0x233A0d0aff"}, password="none") == [Request(b"#:\r\n\xff")]


def test_command_of_all_bytes_that_are_read_is_sent() -> None:
    (request,) = encode(CommandKind.RAW, {"data": "x" * 92})
    assert len(request.frame) == 100


def test_nobody_is_asked_who_has_not_told_who_it_is() -> None:
    with pytest.raises(CommandError) as error:
        Gotop().encode(Command(CommandKind.LOCATE), NOW)
    assert error.value.fault is Fault.UNIDENTIFIED


@pytest.mark.parametrize("wrong", ["#", ",", ":", "\r", "\n", "\0", "é", "#:123456K#", "1,D", "1\r\n:123456K"])
@pytest.mark.parametrize(("kind", "arguments", "name"), TEXTS)
def test_no_argument_becomes_another_field_or_command(
    kind: CommandKind, arguments: Mapping[str, Argument], name: str, wrong: str
) -> None:
    for text in (wrong, f"112{wrong}", f"{wrong}112", f"112{wrong}112"):
        with pytest.raises(CommandError):
            encode(kind, {**arguments, name: [text] if name == "numbers" else text})


@pytest.mark.parametrize("wrong", ["#", "K#", "K\r", "K\n", "K\0", "Ké"])
def test_text_by_hand_is_one_command(wrong: str) -> None:
    with pytest.raises(CommandError):
        encode(CommandKind.RAW, {"data": wrong})


def test_random_arguments_are_one_frame_or_refused() -> None:
    chance = random.Random(6)
    sent = 0
    for _ in range(4000):
        kind = chance.choice(sorted(Gotop.commands))
        arguments = {name: invent(chance) for name in Gotop.commands[kind]}
        try:
            requests = encode(kind, arguments)
        except CommandError:
            continue
        sent += 1
        for request in requests:
            if kind is not CommandKind.RAW:
                assert re.fullmatch(rb":123456[A-Z][ -\"$-~]{0,91}#", request.frame)
    assert sent > 1000


def invent(chance: random.Random) -> Argument:
    """Return an argument that may be one."""
    match chance.randrange(6):
        case 0:
            return chance.random() < 0.5
        case 1:
            return chance.uniform(-200, 200)
        case 2:
            return ["".join(chance.choices("0123456789+", k=chance.randrange(8))) for _ in range(chance.randrange(10))]
        case 3:
            return chance.choice(["enter", "exit", "tcp", "udp", "110"])
        case 4:
            return "".join(chance.choices("0123456789.abc#,:\r\n\0é", k=chance.randrange(12)))
        case _:
            return chance.randrange(-1, 400)


def confirmed(kind: str, payload: str = "") -> Iterator[Answer | None]:
    """Yield what the answer of a tracker answers."""
    for report in Gotop().feed(f"#{IMEI},{kind}{payload}#".encode(), NOW):
        yield report.answer


#: The letters, and the numbers of those that have some, that the document lists.
CONFIRMED = """
    A1 A2 A3 A4 A5 A6 A7 A8 B C E F F1 G H I J K K0 K1 K2 K3 L L1 L3 L4 L5 M M2 M3 M4 N N2 O P P0
    Q1 Q2 Q3 Q4 Q5 R U0 U1 U2 U3 U4 U5 U6 U7 U8 U9 V V3 W Z1 Z2
"""
STALE = ",A,DATE:250607,TIME:080910,LAT:47.1234567N,LOT:008.7654321E,Speed:012.5,76-31,000"


@pytest.mark.parametrize("payload", ["", STALE, STALE.replace(",A,", ",V,")])
@pytest.mark.parametrize("letter", CONFIRMED.split())
def test_confirmation_names_what_it_confirms(letter: str, payload: str) -> None:
    if letter[0] == "F" and not payload:
        payload = STALE
    assert [*confirmed(f"CMD-{letter}", payload)] == [Answer("K" if letter[0] == "K" else letter)]


@pytest.mark.parametrize(("kind", "arguments", "text", "answer"), COMMANDS)
def test_confirmation_by_the_first_letters_of_the_command_is_matched(
    kind: CommandKind, arguments: Arguments, text: str, answer: str
) -> None:
    if kind is CommandKind.RAW:
        return
    word = text.partition(",")[0]
    # Firmware that says the number of every command is understood as well as that which follows the list.
    assert [*confirmed(f"CMD-{word[:2]}", STALE)] == [Answer(answer)]


@pytest.mark.parametrize("kind", ["ERROR!", " ERROR!"])
@pytest.mark.parametrize("payload", ["", STALE])
def test_refusal_names_nothing(kind: str, payload: str) -> None:
    assert [*confirmed(kind, payload)] == [Answer(None, accepted=False)]


@pytest.mark.parametrize("kind", ["CMD-T", "CMD-D", "CMD-KEY", "ALM-A", "ALM-B1-1", "ALM-M"])
def test_what_nobody_asked_for_is_no_answer(kind: str) -> None:
    assert [*confirmed(kind, STALE)] == [None]


@pytest.mark.parametrize("kind", ["CMD-X", "CMD-D", "CMD-Z,CMD-A1", "ALM-E"])
def test_what_nobody_asked_for_is_no_answer_without_a_position_either(kind: str) -> None:
    assert [*confirmed(kind)] == [None]


def test_position_that_was_asked_for_is_a_fix_and_an_answer() -> None:
    (report,) = Gotop().feed(f"#{IMEI},CMD-F{STALE}#".encode(), NOW)
    assert report.fix
    assert report.fix.time == datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
    assert report.answer == Answer("F")


def test_two_seconds_part_two_commands() -> None:
    assert Gotop.pace == timedelta(seconds=2)
