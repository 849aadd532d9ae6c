"""The simulated watches understand what we ask, in every protocol, and do it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind, Request
from custom_components.plaspy_trackers.gateway.models import Answer, Report
from custom_components.plaspy_trackers.gateway.protocols.iw import Iw
from custom_components.plaspy_trackers.gateway.protocols.watch import Watch as WatchProtocol

from .conftest import HOST
from .protocols.test_iw_commands import REQUESTS as IW_REQUESTS
from .protocols.test_watch_commands import REQUESTS as WATCH_REQUESTS
from .simulator import l17pro, tracker as tracker_module
from .simulator.l17pro import L17Pro
from .simulator.route import FEDERMAN, Route
from .test_obedience import Port, living, until

pytestmark = pytest.mark.usefixtures("socket_enabled", "hurried")

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
IMEI = L17Pro.default_imei
INTERVAL = 0.02

each_protocol = pytest.mark.parametrize("protocol", ["iw", "watch"])

type Wear = Callable[..., L17Pro]


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """The real port, open."""
    port = Port()
    await port.server.start(HOST, 0)
    yield port
    await port.server.stop()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trackers come back at once, and let a second be short."""
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    monkeypatch.setattr(tracker_module, "RESTART", INTERVAL)
    monkeypatch.setattr(tracker_module, "SECOND", 0.0005)


@pytest.fixture
def wear(port: Port) -> Wear:
    """Return a function that makes a watch, out of doors for hours."""

    def wear(protocol: str, interval: float = 60.0, **options: Any) -> L17Pro:
        route = Route(FEDERMAN)
        return L17Pro(HOST, port.server.port, route, protocol=protocol, interval=interval, walking=1.0, **options)

    return wear


def ask(port: Port, kind: CommandKind, **arguments: Any) -> list[str | None]:
    """Ask the watch for something; return what its answers will call the requests."""
    assert port.session.protocol is not None
    requests = port.session.protocol.encode(Command(kind, arguments), NOW)
    port.session.send(b"".join(request.frame for request in requests))
    return [request.answer for request in requests]


def answered(port: Port) -> list[str | None]:
    """Return what was answered, in order."""
    return [report.answer.request for report in port.reports if report.answer]


def measured(reports: list[Report], key: str) -> list[object]:
    """Return what reports say of one reading."""
    return [report.readings.get(key) for report in reports if key in report.readings]


async def quiet(watch: L17Pro, port: Port) -> int:
    """Wait until a watch has told all it had to; return how many reports there are."""
    await until(lambda: watch._online and not watch._outbox)
    return len(port.reports)


def requests_of(protocol: Iw | WatchProtocol, kind: CommandKind, arguments: dict[str, Any]) -> list[Request]:
    """Return what asks for something."""
    return protocol.encode(Command(kind, arguments), NOW)


@pytest.mark.parametrize(("kind", "arguments", "text"), IW_REQUESTS)
def test_iw_watch_understands_every_command(kind: CommandKind, arguments: dict[str, Any], text: str) -> None:
    (request,) = requests_of(Iw(IMEI), kind, arguments)
    acknowledgements = b"IWBP00,20260301120005,-5#IWBP01#IWBP10#IWBPTM,20260301120005,0,0#IWBPJK,2#IWBP03#"
    (order,), rest = l17pro.Iw(IMEI).cut(acknowledgements + request.frame + acknowledgements[:7])
    assert rest == acknowledgements[:7]
    assert order.name == request.answer
    if kind is not CommandKind.RAW:
        assert order.kind == kind.value


@pytest.mark.parametrize(("kind", "arguments", "content"), WATCH_REQUESTS)
def test_watch_understands_every_command(kind: CommandKind, arguments: dict[str, Any], content: str) -> None:
    dialect = l17pro.SeTracker(IMEI)
    (request,) = requests_of(WatchProtocol(IMEI[4:14]), kind, arguments)
    acknowledgement = b"[3G*3405000004*0002*LK][3G*3405000004*0008*oxygen,1]"
    orders, rest = dialect.cut(acknowledgement + request.frame + acknowledgement[:21])
    assert rest == acknowledgement[:21]
    if kind is not CommandKind.RAW:
        assert [(order.kind, order.name) for order in orders] == [(kind.value, content.partition(",")[0])]


def test_request_for_another_watch_is_none() -> None:
    (request,) = requests_of(Iw("861234050000058"), CommandKind.LOCATE, {})
    assert l17pro.Iw(IMEI).cut(request.frame) == ([], b"")
    (request,) = requests_of(WatchProtocol("3405000005"), CommandKind.LOCATE, {})
    assert l17pro.SeTracker(IMEI).cut(request.frame) == ([], b"")


@each_protocol
async def test_locate_is_answered_and_brings_a_fix(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol)
    async with living(watch, port):
        before = await quiet(watch, port)
        names = ask(port, CommandKind.LOCATE)
        await until(lambda: len(port.reports) == before + 2)
    answer, fix = port.reports[before:]
    assert [answer.answer] == [Answer(name) for name in names]
    assert fix.fix is not None
    assert [order.kind for order in watch.obeyed] == ["locate"]


@each_protocol
async def test_reports_come_at_the_new_pace(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol, health_every=60.0)
    async with living(watch, port):
        before = await quiet(watch, port)
        names = ask(port, CommandKind.REPORT_INTERVAL, seconds=60)
        await until(lambda: len([report for report in port.reports[before:] if report.fix]) >= 5)
    assert watch.interval == pytest.approx(60 * 0.0005)
    assert answered(port) == names


@pytest.mark.parametrize(
    ("protocol", "arguments", "period"), [("iw", {"minutes": 5}, 0.15), ("watch", {"seconds": 300}, 0.15)]
)
async def test_heart_is_measured_as_often_as_asked(
    port: Port, wear: Wear, protocol: str, arguments: dict[str, int], period: float
) -> None:
    watch = wear(protocol)
    off = dict.fromkeys(arguments, 0)
    async with living(watch, port):
        before = await quiet(watch, port)
        ask(port, CommandKind.HEART_RATE_INTERVAL, **arguments)
        await until(lambda: len(measured(port.reports[before:], "heart_rate")) >= 2)
        assert watch.health_every == pytest.approx(period)
        ask(port, CommandKind.HEART_RATE_INTERVAL, **off)
        await until(lambda: len(watch.obeyed) == 2)
        before = await quiet(watch, port)
        await asyncio.sleep(3 * period)
        assert measured(port.reports[before:], "heart_rate") == []


@pytest.mark.parametrize(
    ("protocol", "kind", "key"),
    [
        ("iw", CommandKind.MEASURE_HEART_RATE, "heart_rate"),
        ("iw", CommandKind.MEASURE_BLOOD_PRESSURE, "systolic"),
        ("iw", CommandKind.MEASURE_BLOOD_OXYGEN, "blood_oxygen"),
        ("iw", CommandKind.MEASURE_TEMPERATURE, "body_temperature"),
        ("watch", CommandKind.MEASURE_HEART_RATE, "heart_rate"),
        ("watch", CommandKind.MEASURE_TEMPERATURE, "body_temperature"),
    ],
)
@pytest.mark.parametrize("worn", [True, False])
async def test_measurement_follows_the_answer(
    port: Port, wear: Wear, protocol: str, kind: CommandKind, key: str, worn: bool
) -> None:
    watch = wear(protocol)
    watch.worn = worn
    async with living(watch, port):
        before = await quiet(watch, port)
        names = ask(port, kind)
        await until(lambda: len(port.reports) == before + 2)
    answer, value = port.reports[before:]
    assert [answer.answer] == [Answer(name) for name in names]
    assert measured([value], key) != []
    assert (value.readings.get(key) is not None) is worn


@each_protocol
async def test_watch_rings_and_shows_what_it_is_told(
    port: Port, wear: Wear, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    watch = wear(protocol)
    async with living(watch, port):
        await quiet(watch, port)
        names = ask(port, CommandKind.FIND) + ask(port, CommandKind.MESSAGE, text="Ven, [por] favor#")
        await until(lambda: len(answered(port)) == 2)
    assert answered(port) == names
    assert " rings" in caplog.text
    assert [(order.kind, order.words) for order in watch.obeyed] == [("find", ()), ("message", ("Ven, [por] favor#",))]


async def test_firmware_and_status_are_told(port: Port, wear: Wear) -> None:
    watch = wear("watch")
    async with living(watch, port):
        before = await quiet(watch, port)
        ask(port, CommandKind.VERSION)
        ask(port, CommandKind.STATUS)
        await until(lambda: len(port.reports) == before + 2)
    firmware, status = port.reports[before:]
    assert (firmware.text, firmware.readings) == (l17pro.FIRMWARE, {"firmware": l17pro.FIRMWARE})
    assert status.answer == Answer("TS")
    assert str(status.text).startswith(f"ver:{l17pro.FIRMWARE};ID:3405000004;")


async def test_several_frames_are_answered_one_by_one(port: Port, wear: Wear) -> None:
    watch = wear("watch")
    async with living(watch, port):
        await quiet(watch, port)
        ask(port, CommandKind.CONTACTS, contacts=[{"name": "Ana", "number": "111"}] * 6)
        await until(lambda: len(answered(port)) == 2)
    assert answered(port) == ["PHB", "PHB2"]


@each_protocol
async def test_reboot_ends_in_a_new_connection(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol)
    async with living(watch, port):
        await quiet(watch, port)
        session = port.session
        names = ask(port, CommandKind.REBOOT)
        await until(lambda: port.session is not session)
        await quiet(watch, port)
    assert answered(port) == names


@each_protocol
async def test_watch_that_was_switched_off_stays_away(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol, interval=INTERVAL)
    async with living(watch, port):
        names = ask(port, CommandKind.POWER_OFF)
        await until(lambda: answered(port) == names)
        await asyncio.sleep(2 * INTERVAL)
        before = len(port.reports)
        watch.press_sos()
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == before
        assert not port.server.connections


@each_protocol
async def test_refusal_has_no_word(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol, refuses={CommandKind.FIND})
    async with living(watch, port):
        await quiet(watch, port)
        ask(port, CommandKind.FIND)
        names = ask(port, CommandKind.CALL, number="111")
        await until(lambda: bool(answered(port)))
    assert answered(port) == names
    assert [order.kind for order in watch.obeyed] == ["call"]


@each_protocol
async def test_first_requests_may_be_forgotten(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol, forgets=2)
    async with living(watch, port):
        await quiet(watch, port)
        names = [name for _ in range(3) for name in ask(port, CommandKind.FIND)]
        await until(lambda: bool(answered(port)))
        await asyncio.sleep(2 * INTERVAL)
    assert answered(port) == names[2:]
    assert len(watch.obeyed) == 1


@each_protocol
async def test_nothing_the_server_says_breaks_a_watch(port: Port, wear: Wear, protocol: str) -> None:
    watch = wear(protocol)
    nonsense = {
        "iw": [b"#,#IWBP15,861234050000041,080835,x#", b"IWBP40,861234050000041,080835,zz\xff#", b"\xff#IW#"],
        "watch": [b"][", b"[3G*3405000004*0008*UPLOAD,x]", b"[3G*3405000004*000A*MESSAGE,zz]", b"[3G*34[x]"],
    }
    async with living(watch, port):
        await quiet(watch, port)
        session = port.session
        for data in nonsense[protocol]:
            port.session.send(data)
        names = ask(port, CommandKind.FIND)
        await until(lambda: bool(names) and names[-1] in answered(port))
        assert port.session is session
    assert watch.interval == 60.0
