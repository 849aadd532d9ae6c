"""What IW watches are asked for, byte for byte, and how their confirmations are told apart."""

from datetime import UTC, datetime, timedelta, timezone
import re
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.commands import Command, CommandError, CommandKind, Fault, Request
from custom_components.plaspy_trackers.gateway.models import Answer, Report
from custom_components.plaspy_trackers.gateway.protocols.iw import Iw
from tests.simulator.encoders import iw

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
IMEI = "861234050000041"
SOMEBODY = {"name": "Ana", "number": "+5712345678"}

REQUESTS: list[tuple[CommandKind, dict[str, Any], str]] = [
    (CommandKind.LOCATE, {}, "BP16,{}"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 10}, "BP15,{},10"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 86400}, "BP15,{},86400"),
    (CommandKind.WORKING_MODE, {"mode": 3}, "BP33,{},3"),
    (CommandKind.FIND, {}, "BP88,{}"),
    (CommandKind.MEASURE_HEART_RATE, {}, "BPXL,{}"),
    (CommandKind.MEASURE_BLOOD_PRESSURE, {}, "BPXY,{}"),
    (CommandKind.MEASURE_BLOOD_OXYGEN, {}, "BPXZ,{}"),
    (CommandKind.MEASURE_TEMPERATURE, {}, "BPXT,{}"),
    (CommandKind.HEART_RATE_INTERVAL, {"minutes": 30}, "BP86,{},1,30"),
    (CommandKind.HEART_RATE_INTERVAL, {"minutes": 0}, "BP86,{},0,0"),
    (CommandKind.TEMPERATURE_INTERVAL, {"minutes": 60}, "BP87,{},1,60"),
    (CommandKind.TEMPERATURE_INTERVAL, {"minutes": 0}, "BP87,{},0,0"),
    (CommandKind.MESSAGE, {"text": "Ñu, #1 ]"}, "BP40,{},00D10075002C0020002300310020005D"),
    (CommandKind.MESSAGE, {"text": "\U0001f600"}, "BP40,{},D83DDE00"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111", "+49222", "333"]}, "BP12,{},111,+49222,333"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111"]}, "BP12,{},111,,"),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY]}, "BP14,{},0041006E0061|+5712345678" + "," * 9),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY] * 10}, "BP14,{}" + ",0041006E0061|+5712345678" * 10),
    (CommandKind.TIME_ZONE, {"language": 1, "hours": -5}, "BP20,{},1,-5"),
    (CommandKind.TIME_ZONE, {"language": 0, "hours": 5.75}, "BP20,{},0,5.75"),
    (CommandKind.FALL_ALARM, {"on": True}, "BP76,{},1"),
    (CommandKind.FALL_ALARM, {"on": False}, "BP76,{},0"),
    (CommandKind.CALL, {"number": "+49301234567"}, "BP32,{},+49301234567"),
    (CommandKind.REBOOT, {}, "BP18,{}"),
    (CommandKind.POWER_OFF, {}, "BP31,{}"),
    (CommandKind.FACTORY_RESET, {}, "BP17,{}"),
    (CommandKind.SERVER, {"host": "192.0.2.7", "port": 8888}, "BP19,{},0,192.0.2.7,8888"),
    (CommandKind.SERVER, {"host": "home.example", "port": 1}, "BP19,{},1,home.example,1"),
    (CommandKind.SERVER, {"host": "192.0.2.777", "port": 1}, "BP19,{},1,192.0.2.777,1"),
    (CommandKind.LISTEN_IN, {}, "BPSM,{},@monitor@"),
    (CommandKind.PHOTO, {}, "BP46,{},1"),
    (CommandKind.RAW, {"data": "BPVR"}, "BPVR,{}"),
    (CommandKind.RAW, {"data": "BP34,1,0800@1800"}, "BP34,{},1,0800@1800"),
]

WRONG: list[tuple[CommandKind, dict[str, Any], Fault]] = [
    (CommandKind.ENGINE_CUT, {}, Fault.UNSUPPORTED),
    (CommandKind.LOCATE, {"seconds": 10}, Fault.UNKNOWN),
    (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
    (CommandKind.REPORT_INTERVAL, {"seconds": 9}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 86401}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 10.5}, Fault.STEP),
    (CommandKind.WORKING_MODE, {"mode": 0}, Fault.RANGE),
    (CommandKind.HEART_RATE_INTERVAL, {"minutes": 1441}, Fault.RANGE),
    (CommandKind.TEMPERATURE_INTERVAL, {"minutes": -1}, Fault.RANGE),
    (CommandKind.MESSAGE, {"text": ""}, Fault.LENGTH),
    (CommandKind.MESSAGE, {"text": "x" * 101}, Fault.LENGTH),
    (CommandKind.MESSAGE, {"text": "\ud800"}, Fault.CHARACTERS),
    (CommandKind.SOS_NUMBERS, {"numbers": []}, Fault.COUNT),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111"] * 4}, Fault.COUNT),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY] * 11}, Fault.COUNT),
    (CommandKind.CONTACTS, {"contacts": [{"name": "Ana"}]}, Fault.MISSING),
    (CommandKind.TIME_ZONE, {"hours": 1}, Fault.MISSING),
    (CommandKind.TIME_ZONE, {"language": 1, "hours": 14.25}, Fault.RANGE),
    (CommandKind.FALL_ALARM, {"on": 1}, Fault.TYPE),
    (CommandKind.SERVER, {"host": "home.example", "port": 65536}, Fault.RANGE),
    (CommandKind.RAW, {"data": "16"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x4"}, Fault.FORM),
]

#: What may end a frame, part its fields, or be more than one byte of it.
HOSTILE = ("#", ",", ";", "|", "]", "*", "\r", "\n", "\0", "\x7f", "#IWBP31,861234050000041,120005", "°", "\u2028")
TEXTS = [
    (CommandKind.SOS_NUMBERS, "1{}1", "numbers"),
    (CommandKind.CALL, "1{}1", "number"),
    (CommandKind.SERVER, "a{}a", "host"),
    (CommandKind.MESSAGE, "a{}a", "text"),
    (CommandKind.RAW, "BP33,{}1", "data"),
]


def encode(kind: CommandKind, arguments: dict[str, Any] | None = None, watch: Iw | None = None) -> Request:
    """Return the one request of a command."""
    (request,) = (watch or Iw(IMEI)).encode(Command(kind, arguments or {}), NOW)
    return request


def answers(watch: Iw, data: bytes) -> list[Answer | None]:
    """Return what the reports of these bytes answer."""
    return [report.answer for report in watch.feed(data, NOW)]


@pytest.mark.parametrize(("kind", "arguments", "text"), REQUESTS)
def test_request_is_what_the_document_says(kind: CommandKind, arguments: dict[str, Any], text: str) -> None:
    frame = f"IW{text.format(f'{IMEI},120005')}#".encode()
    assert encode(kind, arguments) == Request(frame, f"A{text[1:4]},120005")


def test_every_command_is_tried() -> None:
    assert {kind for kind, _, _ in REQUESTS} == set(Iw.commands)


@pytest.mark.parametrize(("kind", "arguments", "fault"), WRONG)
def test_what_is_out_of_bounds_is_refused(kind: CommandKind, arguments: dict[str, Any], fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, arguments)
    assert error.value.fault is fault


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(("kind", "text", "argument"), TEXTS)
def test_argument_never_becomes_a_second_command(kind: CommandKind, text: str, argument: str, hostile: str) -> None:
    """Nor a field more than there are, but for what is sent as it stands."""

    def frame(middle: str) -> bytes:
        value = text.format(middle)
        return encode(kind, {argument: [value] if argument == "numbers" else value, **port}).frame

    port = {"port": 8888} if kind is CommandKind.SERVER else {}
    try:
        made = frame(hostile)
    except CommandError:
        return
    assert made.index(b"#") == len(made) - 1
    assert re.fullmatch(rb"[ -~]+", made)
    assert kind is CommandKind.RAW or made.count(b",") == frame("1").count(b",")


def test_hostile_name_is_hexadecimal() -> None:
    frame = encode(CommandKind.CONTACTS, {"contacts": [{"name": "a|#,", "number": "111"}]}).frame
    assert frame == b"IWBP14,861234050000041,120005,0061007C0023002C|111,,,,,,,,,#"


@pytest.mark.parametrize("number", ["1#1", "1,1", "", "1", "++11", "1" * 21, "١١١"])
def test_number_of_a_contact_is_a_number(number: str) -> None:
    with pytest.raises(CommandError):
        encode(CommandKind.CONTACTS, {"contacts": [{"name": "Ana", "number": number}]})


def test_bytes_are_sent_as_they_stand() -> None:
    frame = b"IWBP16,861234050000041,080835#"
    assert encode(CommandKind.RAW, {"data": f"0x{frame.hex()}"}) == Request(frame, "AP16,080835")
    assert encode(CommandKind.RAW, {"data": "0x23fF00"}) == Request(b"#\xff\0", None)


def test_nothing_is_asked_of_nobody() -> None:
    with pytest.raises(CommandError) as error:
        encode(CommandKind.LOCATE, watch=Iw())
    assert error.value.fault is Fault.UNIDENTIFIED


# Serials.


def test_serial_is_utc() -> None:
    (request,) = Iw(IMEI).encode(Command(CommandKind.FIND), NOW.astimezone(timezone(timedelta(hours=-5))))
    assert request.answer == "AP88,120005"


def test_no_two_requests_have_a_serial_in_common() -> None:
    watch = Iw(IMEI)
    moments = [NOW + timedelta(milliseconds=370 * number) for number in range(50)]
    # The clock is set back, and ahead to midnight.
    moments += [NOW] * 20 + [NOW.replace(hour=23, minute=59, second=58)] * 4
    serials = [watch.encode(Command(CommandKind.LOCATE), now)[0].answer for now in moments]
    assert len(set(serials)) == len(moments)
    assert serials[-4:] == ["AP16,235958", "AP16,235959", "AP16,000000", "AP16,000001"]


def test_serial_is_the_time_again_once_it_has_caught_up() -> None:
    watch = Iw(IMEI)
    for _ in range(3):
        watch.encode(Command(CommandKind.LOCATE), NOW)
    (request,) = watch.encode(Command(CommandKind.LOCATE), NOW + timedelta(minutes=1))
    assert request.answer == "AP16,120105"


# What comes back.


def test_confirmation_names_its_request_and_is_not_answered() -> None:
    watch = Iw(IMEI)
    first, second = encode(CommandKind.LOCATE, watch=watch), encode(CommandKind.LOCATE, watch=watch)
    assert (first.answer, second.answer) == ("AP16,120005", "AP16,120006")
    data = iw.confirmation("AP16", "120006") + iw.confirmation("AP16", "120005", "1")
    assert watch.feed(data, NOW) == [
        Report(IMEI, "iw", text="120006", answer=Answer("AP16,120006")),
        Report(IMEI, "iw", text="120005,1", answer=Answer("AP16,120005")),
    ]
    assert watch.data_to_send() == b""


@pytest.mark.parametrize(("kind", "arguments", "text"), REQUESTS)
def test_confirmation_of_every_command_is_recognised(kind: CommandKind, arguments: dict[str, Any], text: str) -> None:
    watch = Iw(IMEI)
    request = encode(kind, arguments, watch)
    assert answers(watch, iw.confirmation(f"A{text[1:4]}", "120005")) == [Answer(request.answer)]
    assert watch.data_to_send() == b""


def test_value_that_follows_a_confirmation_answers_nothing() -> None:
    watch = Iw(IMEI)
    request = encode(CommandKind.MEASURE_HEART_RATE, watch=watch)
    confirmation, value = watch.feed(iw.confirmation("APXL", "120005") + iw.heart_rate(68), NOW)
    assert confirmation.answer == Answer(request.answer)
    assert value == Report(IMEI, "iw", readings={"heart_rate": 68})
    assert watch.data_to_send() == b"IWBP49#"


def test_confirmation_without_a_serial_is_that_of_the_last_of_its_type() -> None:
    watch = Iw(IMEI)
    encode(CommandKind.LOCATE, watch=watch)
    encode(CommandKind.LOCATE, watch=watch)
    encode(CommandKind.REBOOT, watch=watch)
    assert answers(watch, b"IWAP16#IWAP18,#IWAP17#") == [Answer("AP16,120006"), Answer("AP18,120007"), Answer("AP17")]


def test_confirmation_of_nothing_we_asked_for_is_told_all_the_same() -> None:
    assert answers(Iw(IMEI), iw.confirmation("AP15", "010203")) == [Answer("AP15,010203")]


def test_reports_answer_nothing() -> None:
    watch = Iw(IMEI)
    encode(CommandKind.LOCATE, watch=watch)
    data = iw.heartbeat(battery=50) + iw.temperature(36.6) + iw.health(68, 121, 79, 98) + iw.worn(IMEI, True, NOW)
    assert answers(watch, data + iw.login(IMEI)) == [None] * 5


def test_old_dialect_is_spoken_to_in_its_own() -> None:
    watch = Iw()
    watch.feed(b"TRVAP00" + IMEI.encode() + b"#", NOW)
    assert encode(CommandKind.LOCATE, watch=watch) == Request(b"TRVBP16,861234050000041,120005#", "AP16,120005")
    assert answers(watch, b"TRVAP16,120005#") == [Answer("AP16,120005")]
    watch.feed(iw.login(IMEI), NOW)
    assert encode(CommandKind.LOCATE, watch=watch).frame == b"IWBP16,861234050000041,120006#"


def test_nothing_a_watch_says_makes_a_request() -> None:
    watch = Iw(IMEI)
    watch.feed(b"IWBP16,861234050000041,080835#IWAPXL,080835#", NOW)
    assert watch.data_to_send() == b""
