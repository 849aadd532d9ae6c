"""Commands for xexun: a text that nothing ends and nobody answers."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.plaspy_trackers.gateway.commands import (
    Arguments,
    Command,
    CommandError,
    CommandKind,
    Fault,
    Request,
)
from custom_components.plaspy_trackers.gateway.protocols.xexun import Xexun

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000017"


def encode(kind: CommandKind, arguments: Arguments | None = None, password: str = "123456") -> list[Request]:
    """Return the requests to our made-up tracker."""
    return Xexun(IMEI).encode(Command(kind, arguments or {}, password), NOW)


@pytest.mark.parametrize(
    ("kind", "arguments", "password", "sent"),
    [
        (CommandKind.ENGINE_CUT, {}, "123456", b"powercar123456 11"),
        (CommandKind.ENGINE_RESTORE, {}, "123456", b"powercar123456 00"),
        (CommandKind.ENGINE_CUT, {}, "000007", b"powercar000007 11"),
        (CommandKind.RAW, {"data": "t060s***n123456"}, "none", b"t060s***n123456"),
        (CommandKind.RAW, {"data": "help me!123456"}, "none", b"help me!123456"),
        (CommandKind.RAW, {"data": "0x6f6B0d0a"}, "none", b"ok\r\n"),
    ],
)
def test_command_is_its_text_and_never_answered(
    kind: CommandKind, arguments: Arguments, password: str, sent: bytes
) -> None:
    assert encode(kind, arguments, password) == [Request(sent)]


def test_nothing_else_is_known_over_the_socket() -> None:
    assert set(Xexun.commands) == {CommandKind.ENGINE_CUT, CommandKind.ENGINE_RESTORE, CommandKind.RAW}
    with pytest.raises(CommandError) as error:
        encode(CommandKind.LOCATE)
    assert error.value.fault is Fault.UNSUPPORTED


@pytest.mark.parametrize("password", ["", "12345", "1234567", "12345x", "12345 ", "1234\r\n", "１２３４５６"])
@pytest.mark.parametrize("kind", [CommandKind.ENGINE_CUT, CommandKind.ENGINE_RESTORE])
def test_password_that_is_none_is_refused(kind: CommandKind, password: str) -> None:
    with pytest.raises(CommandError) as error:
        encode(kind, password=password)
    assert error.value.placeholders["argument"] == "password"


@pytest.mark.parametrize("data", ["", " begin", "begin\r\n", "begin\n", "bégin", "0x", "0x1", "0xno", "x" * 513])
def test_what_is_no_text_is_refused(data: str) -> None:
    with pytest.raises(CommandError):
        encode(CommandKind.RAW, {"data": data})


def test_two_texts_do_not_share_a_segment() -> None:
    assert Xexun.pace >= timedelta(seconds=1)


def test_nobody_is_asked_who_has_not_told_who_it_is() -> None:
    with pytest.raises(CommandError) as error:
        Xexun().encode(Command(CommandKind.ENGINE_CUT), NOW)
    assert error.value.fault is Fault.UNIDENTIFIED
