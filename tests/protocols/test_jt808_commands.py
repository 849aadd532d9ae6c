"""What a JT/T 808 tracker is asked, byte for byte, and what it answers."""

from datetime import UTC, datetime
from struct import pack

import pytest

from custom_components.plaspy_trackers.gateway.commands import DANGERS, Command, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.models import Answer
from custom_components.plaspy_trackers.gateway.protocols.jt808 import Jt808
from tests.simulator.encoders import jt808 as wire

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "12340500066"
IMEI = "861234050000069"


def ask(kind: CommandKind, **arguments: object) -> list[tuple[str, str | None]]:
    """Return what asks for something: ids, bodies and check sums in hexadecimal, and the names of the answers."""
    requests = Jt808(ID).encode(Command(kind, arguments), NOW)  # type: ignore[arg-type]
    return [(request.frame.hex(), request.answer) for request in requests]


def refused(kind: CommandKind, **arguments: object) -> Fault:
    """Return why something cannot be asked."""
    with pytest.raises(CommandError) as caught:
        Jt808(ID).encode(Command(kind, arguments), NOW)  # type: ignore[arg-type]
    return caught.value.fault


def framed(kind: int, body: bytes, serial: int = 0) -> bytes:
    """Return a frame to our made-up tracker."""
    return wire.encode(ID, kind, body, serial=serial)


SINGLE: list[tuple[CommandKind, dict[str, object], int, str]] = [
    (CommandKind.LOCATE, {}, 0x8201, ""),
    (CommandKind.PARAMETERS, {}, 0x8104, ""),
    (CommandKind.REPORT_INTERVAL, {"seconds": 30}, 0x8103, "01 00000029 04 0000001e"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 86400, "mode": "awake"}, 0x8103, "01 00000029 04 00015180"),
    (CommandKind.REPORT_INTERVAL, {"seconds": 3600, "mode": "asleep"}, 0x8103, "01 00000027 04 00000e10"),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 60}, 0x8103, "01 00000001 04 0000003c"),
    (CommandKind.OVERSPEED_ALARM, {"speed": 120}, 0x8103, "01 00000055 04 00000078"),
    (CommandKind.REBOOT, {}, 0x8105, "04"),
    (CommandKind.POWER_OFF, {}, 0x8105, "03"),
    (CommandKind.FACTORY_RESET, {}, 0x8105, "05"),
    (CommandKind.ENGINE_CUT, {}, 0x8105, "f0"),
    (CommandKind.ENGINE_CUT, {"method": "64"}, 0x8105, "64"),
    (CommandKind.ENGINE_RESTORE, {}, 0x8105, "f1"),
    (CommandKind.ENGINE_RESTORE, {"method": "64"}, 0x8105, "65"),
    (
        CommandKind.SERVER,
        {"host": "example.org", "port": 8888},
        0x8103,
        "02 00000013 0b 6578616d706c652e6f7267 00000018 04 000022b8",
    ),
    (CommandKind.SERIAL_DATA, {"data": "0x017e7d"}, 0x8900, "41 017e7d"),
    (CommandKind.SERIAL_DATA, {"data": "AT"}, 0x8900, "41 4154"),
    (CommandKind.RAW, {"data": "STATUS#"}, 0x8300, "01 53544154555323"),
    (CommandKind.RAW, {"data": "京A~}"}, 0x8300, "01 bea9 41 7e 7d"),
]


@pytest.mark.parametrize(("kind", "arguments", "message", "body"), SINGLE)
def test_request_is_written(kind: CommandKind, arguments: dict[str, object], message: int, body: str) -> None:
    assert ask(kind, **arguments) == [(framed(message, bytes.fromhex(body)).hex(), "0")]


def test_request_is_written_byte_by_byte() -> None:
    """As the document draws it, without our encoder."""
    protocol = Jt808("123456789012347")
    (request,) = protocol.encode(Command(CommandKind.ENGINE_CUT), NOW)
    assert request.frame.hex() == "7e810500010b3a73ce2ff20000f0247e"


def test_every_kind_is_tried() -> None:
    assert {kind for kind, *_ in SINGLE} == set(Jt808.commands)


def test_every_request_has_a_serial_of_its_own() -> None:
    protocol = Jt808(ID)
    for serial in (*range(65536), 0, 1):
        (request,) = protocol.encode(Command(CommandKind.LOCATE), NOW)
        assert request.answer == str(serial)
    assert request.frame == framed(0x8201, b"", 1)


def test_request_has_the_form_that_the_tracker_writes() -> None:
    for options in ({}, {"version": 1}, {"version": 2}, {"flag": b"\xe7"}):
        protocol = Jt808()
        protocol.feed(wire.encode(IMEI, 0x0002, **options), NOW)
        (request,) = protocol.encode(Command(CommandKind.LOCATE), NOW)
        assert request.frame == wire.encode(IMEI, 0x8201, **options)


@pytest.mark.parametrize(
    ("device_id", "options"),
    [
        (ID, {}),
        ("0", {}),
        ("013800138000", {}),
        (IMEI, {}),
        # The last digit is not that of an IMEI.
        ("861234050000066", {"version": 1}),
        ("12345678901234567890", {"version": 1}),
    ],
)
def test_request_to_a_tracker_that_has_not_spoken(device_id: str, options: dict[str, int]) -> None:
    (request,) = Jt808(device_id).encode(Command(CommandKind.LOCATE), NOW)
    assert request.frame == wire.encode(device_id, 0x8201, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("device_id", [None, "unknown", "1" * 21])
def test_request_to_nobody_is_refused(device_id: str | None) -> None:
    with pytest.raises(CommandError) as caught:
        Jt808(device_id).encode(Command(CommandKind.LOCATE), NOW)
    assert caught.value.fault is Fault.UNIDENTIFIED


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        (CommandKind.LOCATE, {"seconds": 1}, Fault.UNKNOWN),
        (CommandKind.FIND, {}, Fault.UNSUPPORTED),
        (CommandKind.MESSAGE, {"text": "Hello"}, Fault.UNSUPPORTED),
        (CommandKind.REPORT_INTERVAL, {}, Fault.MISSING),
        (CommandKind.REPORT_INTERVAL, {"seconds": 0}, Fault.RANGE),
        (CommandKind.REPORT_INTERVAL, {"seconds": 86401}, Fault.RANGE),
        (CommandKind.REPORT_INTERVAL, {"seconds": 1.5}, Fault.STEP),
        (CommandKind.REPORT_INTERVAL, {"seconds": 30, "mode": "dead"}, Fault.OPTION),
        (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 9}, Fault.RANGE),
        (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 3601}, Fault.RANGE),
        (CommandKind.OVERSPEED_ALARM, {"speed": 9}, Fault.RANGE),
        (CommandKind.OVERSPEED_ALARM, {"speed": 256}, Fault.RANGE),
        (CommandKind.ENGINE_CUT, {"method": "F1"}, Fault.OPTION),
        (CommandKind.SERVER, {"host": "example.org"}, Fault.MISSING),
        (CommandKind.SERVER, {"host": "a;b", "port": 1}, Fault.FORM),
        (CommandKind.SERVER, {"host": "a\0", "port": 1}, Fault.CHARACTERS),
        (CommandKind.SERVER, {"host": "a", "port": 65536}, Fault.RANGE),
        (CommandKind.SERIAL_DATA, {"data": "0x1"}, Fault.FORM),
        (CommandKind.SERIAL_DATA, {"data": ""}, Fault.LENGTH),
        (CommandKind.RAW, {"data": "0x"}, Fault.FORM),
        (CommandKind.RAW, {"data": "0xzz"}, Fault.FORM),
        (CommandKind.RAW, {"data": "x" * 501}, Fault.FORM),
        (CommandKind.RAW, {"data": "a\r\nb"}, Fault.CHARACTERS),
        (CommandKind.RAW, {"data": "🚗"}, Fault.CHARACTERS),
    ],
)
def test_request_beyond_its_bounds_is_refused(kind: CommandKind, arguments: dict[str, object], fault: Fault) -> None:
    assert refused(kind, **arguments) is fault


@pytest.mark.parametrize("text", ["~", "}", "~~", "#", "]", ",", ";", "京" * 500])
def test_text_stays_within_its_frame(text: str) -> None:
    for kind, message in ((CommandKind.RAW, 0x8300), (CommandKind.SERIAL_DATA, 0x8900)):
        ((frame, _),) = ask(kind, data=text)
        data = bytes.fromhex(frame)
        assert data.count(b"\x7e") == 2
        assert data == framed(message, (b"\x01" if message == 0x8300 else b"\x41") + text.encode("gbk"))


def test_longest_bytes_fit_a_frame() -> None:
    ((frame, _),) = ask(CommandKind.SERIAL_DATA, data="0x" + "7e" * 1000)
    assert bytes.fromhex(frame) == framed(0x8900, b"\x41" + b"\x7e" * 1000)
    assert refused(CommandKind.SERIAL_DATA, data="0x" + "7e" * 1001) is Fault.LENGTH


def test_whole_frame_is_sent_as_it_stands() -> None:
    frame = framed(0x8107, b"", 258)
    assert ask(CommandKind.RAW, data=f"0x{frame.hex()}") == [(frame.hex(), "258")]
    assert ask(CommandKind.RAW, data="0x7e0102") == [("7e0102", None)]
    assert ask(CommandKind.RAW, data=f"0x{frame.hex().replace('8107', '8108')}")[0][1] is None


def test_what_is_dangerous_has_to_be_allowed() -> None:
    """Text is a command to these trackers, so that there is no harmless message."""
    harmless = {kind for kind in Jt808.commands if kind not in DANGERS}
    assert harmless == {
        CommandKind.LOCATE,
        CommandKind.PARAMETERS,
        CommandKind.REPORT_INTERVAL,
        CommandKind.KEEP_ALIVE_INTERVAL,
        CommandKind.OVERSPEED_ALARM,
        CommandKind.REBOOT,
    }


@pytest.mark.parametrize(
    ("kind", "body", "accepted"),
    [
        (0x0001, lambda serial: wire.result(serial, 0x8105), True),
        (0x0001, lambda serial: wire.result(serial, 0x8105, 3), False),
        (0x0104, lambda serial: wire.parameters(serial, [(1, pack(">I", 60))]), True),
        (0x0201, lambda serial: pack(">H", serial) + wire.location(NOW, None), True),
    ],
)
def test_answer_names_its_request(kind: int, body: object, accepted: bool) -> None:
    protocol = Jt808()
    protocol.feed(wire.encode(ID, 0x0002), NOW)
    asked = [protocol.encode(Command(CommandKind.LOCATE), NOW)[0].answer for _ in range(3)]
    assert len(set(asked)) == 3
    for name in asked:
        assert callable(body)
        assert name is not None
        (report,) = protocol.feed(wire.encode(ID, kind, body(int(name))), NOW)
        assert report.answer == Answer(name, accepted)
