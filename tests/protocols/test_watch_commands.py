"""What watches are asked for, byte for byte, and how their answers are told apart."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.commands import Command, CommandError, CommandKind, Fault, Request
from custom_components.plaspy_trackers.gateway.models import Answer, Report
from custom_components.plaspy_trackers.gateway.protocols.watch import Watch
from custom_components.plaspy_trackers.gateway.protocols.watch_commands import LANGUAGES, PROFILES
from tests.simulator.encoders import watch as encoder
from tests.simulator.route import Position

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000033"
ID = "3405000003"
PLACE = Position(latitude=47.5, longitude=8.25, altitude=431.5, speed=12.5, course=276.0)
SOMEBODY = {"name": "Ana", "number": "+5712345678"}
ENTRY = ",+5712345678,0041006E0061"

REQUESTS: list[tuple[CommandKind, dict[str, Any], str]] = [
    (CommandKind.LOCATE, {}, "CR"),
    (CommandKind.STATUS, {}, "TS"),
    (CommandKind.VERSION, {}, "VERNO"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 60}, "UPLOAD,60"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65535}, "UPLOAD,65535"),
    (CommandKind.FIND, {}, "FIND"),
    (CommandKind.MEASURE_HEART_RATE, {}, "hrtstart,1"),
    (CommandKind.MEASURE_TEMPERATURE, {}, "bodytemp2"),
    (CommandKind.HEART_RATE_INTERVAL, {"seconds": 300}, "hrtstart,300"),
    (CommandKind.HEART_RATE_INTERVAL, {"seconds": 0}, "hrtstart,0"),
    (CommandKind.TEMPERATURE_INTERVAL, {"hours": 2}, "bodytemp,1,2"),
    (CommandKind.TEMPERATURE_INTERVAL, {"hours": 0}, "bodytemp,0,0"),
    (CommandKind.HEALTH_INTERVAL, {"seconds": 600}, "HEALTHAUTOSET,1,1,600"),
    (CommandKind.MESSAGE, {"text": "Ñu, []*"}, "MESSAGE,00D10075002C0020005B005D002A"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111", "222", "333"]}, "SOS,111,222,333"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111"]}, "SOS,111,,"),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111"], "place": 3}, "SOS3,111"),
    (CommandKind.CENTER_NUMBER, {"number": "+5712345678"}, "CENTER,+5712345678"),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY]}, "PHB" + ENTRY),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY] * 5}, "PHB" + ENTRY * 5),
    (CommandKind.SILENCE_TIMES, {"times": ["21:10-07:30", "00:05-10:00"]}, "SILENCETIME,21:10-7:30,0:05-10:00"),
    (CommandKind.PEDOMETER_TIMES, {"times": ["08:10-09:30"]}, "WALKTIME,8:10-9:30"),
    (CommandKind.SLEEP_TIMES, {"times": ["22:00-06:30"]}, "SLEEPTIME,22:00-6:30"),
    *((CommandKind.TIME_ZONE, {"language": name, "hours": 8}, f"LZ,{number},8") for name, number in LANGUAGES.items()),
    (CommandKind.TIME_ZONE, {"language": "es", "hours": -3.5}, "LZ,4,-3.5"),
    *((CommandKind.RINGER, {"mode": name}, f"profile,{number}") for name, number in PROFILES.items()),
    (CommandKind.GPS, {"on": True}, "APPLOCK,DW-1"),
    (CommandKind.GPS, {"on": False}, "APPLOCK,DW-0"),
    (CommandKind.FALL_ALARM, {"on": True}, "FALLDOWN,1,0"),
    (CommandKind.FALL_ALARM, {"on": True, "call": True}, "FALLDOWN,1,1"),
    (CommandKind.FALL_ALARM, {"on": False}, "FALLDOWN,0,0"),
    (CommandKind.FALL_SENSITIVITY, {"level": 5}, "LSSET,5+8"),
    (CommandKind.REMOVED_ALARM, {"on": False}, "REMOVE,0"),
    (CommandKind.LOW_BATTERY_ALARM, {"on": True}, "LOWBAT,1"),
    (CommandKind.CALL, {"number": "111"}, "CALL,111"),
    (CommandKind.REBOOT, {}, "RESET"),
    (CommandKind.POWER_OFF, {}, "POWEROFF"),
    (CommandKind.FACTORY_RESET, {}, "FACTORY"),
    (CommandKind.SERVER, {"host": "home.example", "port": 8888}, "IP,home.example,8888"),
    (CommandKind.APN, {"apn": "internet", "network": "20408"}, "APN,internet,,,20408"),
    (CommandKind.APN, {"apn": "web", "user": "me", "password": "it"}, "APN,web,me,it,"),
    (CommandKind.PASSWORD, {"new": "54321"}, "PW,54321"),
    (CommandKind.LISTEN_IN, {"number": "+5712345678"}, "MONITOR,+5712345678"),
    (CommandKind.PHOTO, {}, "rcapture"),
    (CommandKind.RAW, {"data": "REMIND,08:10-1-1"}, "REMIND,08:10-1-1"),
    (CommandKind.RAW, {"data": "FLOWER,3"}, "FLOWER,3"),
    (CommandKind.RAW, {"data": "NAME,Ñu"}, "NAME,Ñu"),
]

WRONG: list[tuple[CommandKind, dict[str, Any], Fault]] = [
    (CommandKind.ENGINE_CUT, {}, Fault.UNSUPPORTED),
    (CommandKind.LOCATE, {"seconds": 10}, Fault.UNKNOWN),
    (CommandKind.REPORT_INTERVAL, {"seconds": 59}, Fault.RANGE),
    (CommandKind.REPORT_INTERVAL, {"seconds": 65536}, Fault.RANGE),
    (CommandKind.HEART_RATE_INTERVAL, {"seconds": 1}, Fault.RANGE),
    (CommandKind.HEART_RATE_INTERVAL, {"seconds": 299}, Fault.RANGE),
    (CommandKind.HEALTH_INTERVAL, {"seconds": 0}, Fault.RANGE),
    (CommandKind.TEMPERATURE_INTERVAL, {"hours": 1.5}, Fault.STEP),
    (CommandKind.MESSAGE, {"text": "x" * 101}, Fault.LENGTH),
    (CommandKind.MESSAGE, {"text": "\ud800"}, Fault.CHARACTERS),
    (CommandKind.SOS_NUMBERS, {"numbers": []}, Fault.COUNT),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111", "222"], "place": 3}, Fault.COUNT),
    (CommandKind.SOS_NUMBERS, {"numbers": ["111"], "place": 4}, Fault.RANGE),
    (CommandKind.CONTACTS, {"contacts": [SOMEBODY] * 11}, Fault.COUNT),
    (CommandKind.SILENCE_TIMES, {"times": ["21:10-7:30"]}, Fault.FORM),
    (CommandKind.SLEEP_TIMES, {"times": ["21:10-07:30"] * 2}, Fault.COUNT),
    (CommandKind.TIME_ZONE, {"hours": 8}, Fault.MISSING),
    (CommandKind.TIME_ZONE, {"language": "xx", "hours": 8}, Fault.OPTION),
    (CommandKind.RINGER, {"mode": "loud"}, Fault.OPTION),
    (CommandKind.FALL_SENSITIVITY, {"level": 9}, Fault.RANGE),
    (CommandKind.APN, {"apn": ""}, Fault.LENGTH),
    (CommandKind.APN, {"apn": "web", "network": "2040"}, Fault.FORM),
    (CommandKind.PASSWORD, {"new": "a b"}, Fault.FORM),
    (CommandKind.RAW, {"data": "0x5"}, Fault.FORM),
    (CommandKind.RAW, {"data": ",1"}, Fault.FORM),
]

#: What may end a frame, part its fields, or look like the beginning of another.
HOSTILE = ("]", "[", ",", "*", "#", ";", "\r", "\n", "\0", "\x7f", "][3G*3405000003*0008*POWEROFF", "\u2028")
TEXTS: list[tuple[CommandKind, str, str, dict[str, Any]]] = [
    (CommandKind.CENTER_NUMBER, "1{}1", "number", {}),
    (CommandKind.CALL, "1{}1", "number", {}),
    (CommandKind.LISTEN_IN, "1{}1", "number", {}),
    (CommandKind.SERVER, "a{}a", "host", {"port": 1}),
    (CommandKind.APN, "a{}a", "apn", {}),
    (CommandKind.APN, "a{}a", "user", {"apn": "web"}),
    (CommandKind.APN, "a{}a", "password", {"apn": "web"}),
    (CommandKind.APN, "2040{}", "network", {"apn": "web"}),
    (CommandKind.PASSWORD, "a{}a", "new", {}),
    (CommandKind.MESSAGE, "a{}a", "text", {}),
    (CommandKind.RAW, "a{}a", "data", {}),
]


def encode(kind: CommandKind, arguments: dict[str, Any] | None = None, peer: Watch | None = None) -> Request:
    """Return the one request of a command."""
    (request,) = (peer or Watch(ID)).encode(Command(kind, arguments or {}), NOW)
    return request


def frame(content: str) -> bytes:
    """Return a frame of, or for, our made-up watch."""
    return encoder.encode("3G", ID, content)


def answers(peer: Watch, *contents: str) -> list[tuple[str | None, Answer | None]]:
    """Return the words of what a watch says, and what they answer."""
    return [(report.text, report.answer) for content in contents for report in peer.feed(frame(content), NOW)]


@pytest.mark.parametrize(("kind", "arguments", "content"), REQUESTS)
def test_request_is_what_the_document_says(kind: CommandKind, arguments: dict[str, Any], content: str) -> None:
    word = content.split(",", maxsplit=1)[0]
    assert encode(kind, arguments) == Request(frame(content), None if word == "IP" else word)


def test_every_command_is_tried() -> None:
    assert {kind for kind, _, _ in REQUESTS} == set(Watch.commands)


@pytest.mark.parametrize(("kind", "arguments", "fault"), WRONG)
def test_what_is_out_of_bounds_is_refused(kind: CommandKind, arguments: dict[str, Any], fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, arguments)
    assert error.value.fault is fault


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(("kind", "text", "argument", "more"), TEXTS)
def test_argument_never_becomes_a_second_command(
    kind: CommandKind, text: str, argument: str, more: dict[str, Any], hostile: str
) -> None:
    """Nor a field more than there are, but for what is sent as it stands."""

    def made(middle: str) -> bytes:
        return encode(kind, {argument: text.format(middle), **more}).frame

    try:
        request = made(hostile)
    except CommandError:
        return
    assert request.count(b"[") == request.count(b"]") == 1
    assert request.endswith(b"]")
    assert not {*request} & {*range(0x20), 0x7F}
    assert kind is CommandKind.RAW or request.count(b",") == made("1").count(b",")
    assert kind is CommandKind.RAW or request.count(b"*") == 3


@pytest.mark.parametrize(
    ("arguments", "contents"),
    [
        (
            {"contacts": [SOMEBODY] * 5 + [{"name": "[1],*", "number": "222"}]},
            ["PHB" + ENTRY * 5, "PHB2,222,005B0031005D002C002A"],
        ),
        ({"contacts": [SOMEBODY] * 10}, ["PHB" + ENTRY * 5, "PHB2" + ENTRY * 5]),
    ],
)
def test_more_than_five_contacts_need_two_frames(arguments: dict[str, Any], contents: list[str]) -> None:
    requests = Watch(ID).encode(Command(CommandKind.CONTACTS, arguments), NOW)
    assert requests == [Request(frame(content), content.split(",")[0]) for content in contents]


def test_numbers_from_a_place_on_leave_the_others_alone() -> None:
    command = Command(CommandKind.SOS_NUMBERS, {"numbers": ["222", "333"], "place": 2})
    assert Watch(ID).encode(command, NOW) == [Request(frame("SOS2,222"), "SOS2"), Request(frame("SOS3,333"), "SOS3")]


def test_bytes_are_sent_as_they_stand() -> None:
    data = b"[SG*3405000003*0004*FIND]"
    assert encode(CommandKind.RAW, {"data": f"0x{data.hex()}"}) == Request(data, "FIND")
    assert encode(CommandKind.RAW, {"data": "0x5DfF00"}) == Request(b"]\xff\0", None)


def test_nothing_is_asked_of_nobody() -> None:
    with pytest.raises(CommandError) as error:
        encode(CommandKind.LOCATE, peer=Watch())
    assert error.value.fault is Fault.UNIDENTIFIED


@pytest.mark.parametrize("content", ["LK", encoder.location("UD", NOW, PLACE, battery=50)])
@pytest.mark.parametrize(("vendor", "identity"), [("SG", ID), ("ZJ", IMEI), ("CS", "340500000312")])
def test_request_has_the_vendor_and_identity_of_the_watch(content: str, vendor: str, identity: str) -> None:
    peer = Watch()
    peer.feed(encoder.encode(vendor, identity, content), NOW)
    assert encode(CommandKind.FIND, peer=peer).frame == f"[{vendor}*{identity}*0004*FIND]".encode()


@pytest.mark.parametrize("content", ["LK", encoder.location("UD", NOW, PLACE, battery=50)])
def test_request_has_an_index_where_the_watch_has(content: str) -> None:
    peer = Watch()
    peer.feed(encoder.encode("ZJ", IMEI, content, index=7), NOW)
    frames = [encode(CommandKind.FIND, peer=peer).frame for _ in range(2)]
    assert frames == [f"[ZJ*{IMEI}*{index:04X}*0004*FIND]".encode() for index in (1, 2)]
    peer.feed(encoder.encode("ZJ", IMEI, content), NOW)
    assert encode(CommandKind.FIND, peer=peer).frame == f"[ZJ*{IMEI}*0004*FIND]".encode()


def test_index_has_four_digits_for_ever() -> None:
    peer = Watch()
    peer.feed(encoder.encode("ZJ", IMEI, "LK", index=7), NOW)
    frames = [encode(CommandKind.LOCATE, peer=peer).frame for _ in range(0x10001)]
    assert frames[0xFFFE:] == [f"[ZJ*{IMEI}*{index}*0002*CR]".encode() for index in ("FFFF", "0001", "0002")]


# What comes back.


@pytest.mark.parametrize(("kind", "arguments", "content"), REQUESTS)
def test_first_word_answers_every_request(kind: CommandKind, arguments: dict[str, Any], content: str) -> None:
    peer = Watch(ID)
    request = encode(kind, arguments, peer)
    word = content.split(",", maxsplit=1)[0]
    if request.answer is not None:
        assert answers(peer, word) == [(word, Answer(request.answer))]
        assert peer.data_to_send() == b""


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        (CommandKind.VERSION, "VERNO,G29_V1", Report(ID, "watch", text="G29_V1", readings={"firmware": "G29_V1"})),
        (CommandKind.STATUS, "TS,ver:G29;\r\nbat:76", Report(ID, "watch", text="ver:G29;\r\nbat:76")),
    ],
)
def test_answer_in_words_is_told(kind: CommandKind, content: str, expected: Report) -> None:
    peer = Watch(ID)
    expected.answer = Answer(encode(kind, peer=peer).answer)
    assert peer.feed(frame(content), NOW) == [expected]


def test_answer_says_more_only_if_we_asked() -> None:
    """A watch says a lot by itself, and calls it what it likes."""
    peer = Watch(ID)
    assert answers(peer, "RYIMEI,861234050000033") == [(None, None)]
    encode(CommandKind.RAW, {"data": "RYIMEI"}, peer)
    assert answers(peer, "RYIMEI,861234050000033\r\n") == [("RYIMEI,861234050000033", Answer("RYIMEI"))]
    assert answers(peer, "RYIMEI,861234050000033") == [(None, None)]


def test_bare_word_answers_whoever_asked() -> None:
    """The request may have been made on another connection."""
    assert answers(Watch(ID), "FIND", "UPLOAD") == [("FIND", Answer("FIND")), ("UPLOAD", Answer("UPLOAD"))]


def test_reports_answer_nothing() -> None:
    peer = Watch(ID)
    for kind in (CommandKind.LOCATE, CommandKind.MEASURE_HEART_RATE, CommandKind.MEASURE_TEMPERATURE):
        encode(kind, peer=peer)
    contents = (
        encoder.link(1, 2, 3),
        encoder.location("UD", NOW, PLACE, battery=50),
        encoder.location("AL", NOW, None, battery=50, status=1 << 16),
        encoder.heart(72),
        encoder.temperature(1, 36.6),
        encoder.blood_pressure_and_heart_rate(121, 79, 72),
        "img,5,251121080910,x",
        "PP",
    )
    assert answers(peer, *contents) == [(None, None)] * len(contents)


def test_nothing_a_watch_says_makes_a_request() -> None:
    peer = Watch(ID)
    peer.feed(frame("CR") + frame("POWEROFF") + frame("UPLOAD,600"), NOW)
    assert peer.data_to_send() == b""
