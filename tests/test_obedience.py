"""The simulated trackers do what the server asks for, or refuse it, or let it pass."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import override

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Report
from custom_components.plaspy_trackers.gateway.server import Server, Session

from .conftest import HOST
from .simulator import tracker as tracker_module
from .simulator.route import PARK, Route
from .simulator.te207 import Te207
from .simulator.tracker import Order, Tracker, Transport

pytestmark = pytest.mark.usefixtures("socket_enabled", "hurried")

PATIENCE = 10.0
INTERVAL = 0.02

each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])


class Port:
    """The real port, and whoever speaks to it."""

    def __init__(self) -> None:
        """Prepare a port."""
        self.reports: list[Report] = []
        self.server = Server(self._receive)
        self.session: Session

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        self.session = session
        self.reports += reports
        return True


class Plain(Te207):
    """A tracker with a dialect made up for these tests: lines of a word, and perhaps seconds."""

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        *lines, rest = data.split(b"\n")
        return [self._understand(line.decode()) for line in lines], rest

    @override
    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        return (f"#{self.imei},{'CMD-C' if accepted else 'ERROR!'}#".encode(),)

    def _understand(self, line: str) -> Order:
        kind, *seconds = line.split()
        known = kind in ("locate", "report_interval", "stop_reports", "reboot", "power_off")
        return Order(kind if known else "", seconds=float(*seconds) if seconds else None)


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
    monkeypatch.setattr(tracker_module, "SECOND", 0.001)


@asynccontextmanager
async def living(tracker: Tracker, port: Port) -> AsyncIterator[None]:
    """Let a tracker live meanwhile, from its first report on."""
    life = asyncio.create_task(tracker.run())
    try:
        await until(lambda: bool(port.reports))
        yield
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


def plain(
    port: Port, transport: Transport = "tcp", interval: float = 60.0, refuses: Collection[str] = (), forgets: int = 0
) -> Plain:
    """Return a tracker that stands somewhere."""
    return Plain(
        HOST,
        port.server.port,
        Route(PARK),
        transport=transport,
        interval=interval,
        refuses=refuses,
        forgets=forgets,
    )


def kinds(tracker: Tracker) -> list[str]:
    """Return the kinds of what a tracker obeyed."""
    return [order.kind for order in tracker.obeyed]


def texts(port: Port) -> list[str]:
    """Return what trackers said in words."""
    return [report.text for report in port.reports if report.text]


@each_transport
async def test_locate_is_answered_and_brings_a_fix(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport)
    async with living(tracker, port):
        port.session.send(b"locate\n")
        await until(lambda: len(port.reports) == 3)
    assert [report.text for report in port.reports] == [None, "CMD-C", None]
    assert port.reports[2].fix
    assert tracker.obeyed == [Order("locate")]


async def test_request_in_pieces_is_one(port: Port) -> None:
    tracker = plain(port)
    async with living(tracker, port):
        for piece in (b"loc", b"ate", b"\nloc"):
            port.session.send(piece)
            await asyncio.sleep(INTERVAL)
        await until(lambda: bool(tracker.obeyed))
        port.session.send(b"ate\n")
        await until(lambda: len(tracker.obeyed) == 2)


async def test_interval_is_kept_from_now_on(port: Port) -> None:
    tracker = plain(port)
    async with living(tracker, port):
        port.session.send(b"report_interval 20\n")
        await until(lambda: len(port.reports) >= 6)
        port.session.send(b"stop_reports\n")
        # The answer is the last thing it says.
        await until(lambda: len(texts(port)) == 2)
        count = len(port.reports)
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == count
        port.session.send(b"report_interval 20\n")
        await until(lambda: len(port.reports) >= count + 4)
    assert kinds(tracker) == ["report_interval", "stop_reports", "report_interval"]


async def test_refused_and_unknown_requests_are_answered_and_not_obeyed(port: Port) -> None:
    tracker = plain(port, refuses={"locate"})
    async with living(tracker, port):
        port.session.send(b"locate\nsing\n")
        await until(lambda: len(port.reports) == 3)
    assert texts(port) == ["ERROR!", "ERROR!"]
    assert not tracker.obeyed


async def test_first_requests_may_be_forgotten(port: Port) -> None:
    tracker = plain(port, forgets=2)
    async with living(tracker, port):
        for _ in range(3):
            port.session.send(b"locate\n")
        await until(lambda: len(port.reports) == 3)
        await asyncio.sleep(2 * INTERVAL)
    assert texts(port) == ["CMD-C"]
    assert kinds(tracker) == ["locate"]


@each_transport
async def test_reboot_is_answered_and_ends_in_a_new_connection(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport)
    async with living(tracker, port):
        session = port.session
        port.session.send(b"reboot\n")
        await until(lambda: len(port.reports) == 3)
    assert texts(port) == ["CMD-C"]
    assert port.reports[2].fix
    assert port.session is not session


@each_transport
async def test_tracker_that_is_off_stays_away_until_it_is_switched_on(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport, interval=INTERVAL)
    async with living(tracker, port):
        port.session.send(b"power_off\n")
        await until(lambda: bool(texts(port)))
        await asyncio.sleep(INTERVAL)
        count = len(port.reports)
        tracker.press_sos()
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == count
        tracker.switch_on()
        await until(lambda: len(port.reports) >= count + 2)
    assert Alarm.SOS not in [alarm for report in port.reports for alarm in report.alarms]
