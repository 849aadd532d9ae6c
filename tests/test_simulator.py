"""The simulated trackers against the real port: what they send is read, and they come back when it was away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import override

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Report
from custom_components.plaspy_trackers.gateway.server import Server, Session

from .conftest import HOST
from .simulator import tracker as tracker_module
from .simulator.route import PARK, STREETS, Place, Position, Route, distance
from .simulator.te207 import Te207
from .simulator.tk102 import Tk102
from .simulator.tracker import DRAIN, Tracker, Transport

pytestmark = pytest.mark.usefixtures("socket_enabled")

PATIENCE = 10.0
INTERVAL = 0.02

HERE = Position(latitude=-33.456789, longitude=-70.654321, altitude=567.8, speed=43.21, course=123.4)

each_model = pytest.mark.parametrize("model", [Tk102, Te207])
each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])
each_loop = pytest.mark.parametrize("places", [PARK, STREETS], ids=["park", "streets"])


class Standing(Route):
    """A route that never leads anywhere."""

    def __init__(self) -> None:
        """Stand still."""

    @override
    def at(self, seconds: float) -> Position:
        return HERE


class Port:
    """The real port, and the reports that came to it."""

    def __init__(self) -> None:
        """Prepare a port that is not open yet; the first opening chooses its number."""
        self.number = 0
        self.reports: list[Report] = []
        self._server: Server

    async def open(self) -> None:
        """Listen, on the same number as before."""
        self._server = Server(self._receive)
        await self._server.start(HOST, self.number)
        self.number = self._server.port

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        await self._server.stop()

    @property
    def connections(self) -> int:
        """How many TCP connections are open."""
        return self._server.connections

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms that came."""
        return [alarm for report in self.reports for alarm in report.alarms]

    async def until_heard(self, count: int) -> None:
        """Wait for so many more reports."""
        wanted = len(self.reports) + count
        await until(lambda: len(self.reports) >= wanted)

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        assert not session.protocol or not session.protocol.damaged
        self.reports += reports
        return True


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """The real port, open."""
    port = Port()
    await port.open()
    yield port
    await port.close()


@asynccontextmanager
async def living(tracker: Tracker) -> AsyncIterator[None]:
    """Let a tracker live meanwhile."""
    life = asyncio.create_task(tracker.run())
    try:
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


def missed(caplog: pytest.LogCaptureFixture) -> int:
    """Return how often a tracker has found no server."""
    return caplog.text.count(" no server at ")


@each_model
@each_transport
async def test_what_a_tracker_sends_is_read(port: Port, model: type[Tracker], transport: Transport) -> None:
    tracker = model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)
    tracker._began -= timedelta(seconds=DRAIN / 2)
    async with living(tracker):
        await port.until_heard(2)
        tracker.press_sos()
        await until(lambda: bool(port.alarms))
    reports = [port.reports[0], next(report for report in port.reports if report.alarms)]
    assert [report.alarms for report in reports] == [(), (Alarm.SOS,)]
    for report in reports:
        assert report.device_id == model.default_imei
        assert report.fix is not None
        assert report.fix.latitude == pytest.approx(HERE.latitude, abs=1e-5)
        assert report.fix.longitude == pytest.approx(HERE.longitude, abs=1e-5)
        assert report.fix.speed == pytest.approx(HERE.speed, abs=0.1)
        assert report.fix.course == pytest.approx(HERE.course, abs=0.5)
        assert timedelta() <= tracker.moment().time - report.fix.time < timedelta(seconds=PATIENCE)
        if model is Tk102:
            assert report.fix.altitude == pytest.approx(HERE.altitude, abs=0.1)
            assert report.readings["battery_voltage"] == pytest.approx((3.5 + 4.15) / 2, abs=0.01)
            assert report.readings["charging"] is False
        else:
            assert report.readings["battery_level"] == pytest.approx(50, abs=1)


async def test_fall_and_heartbeat_of_a_te207_are_read(port: Port) -> None:
    tracker = Te207(HOST, port.number, Standing(), interval=60.0)
    async with living(tracker):
        await port.until_heard(1)
        tracker.fall()
        tracker.send_heartbeat()
        await port.until_heard(2)
    _, fall, heartbeat = port.reports
    assert fall.alarms == (Alarm.FALL,)
    assert heartbeat == Report(Te207.default_imei, "gotop")


@each_model
@each_transport
async def test_sos_pressed_while_the_server_is_away_arrives_once(
    port: Port,
    model: type[Tracker],
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    tracker = model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)
    async with living(tracker):
        await port.until_heard(1)
        await port.close()
        await until(lambda: missed(caplog) == 1)
        tracker.press_sos()
        await until(lambda: missed(caplog) == 3)
        await port.open()
        await port.until_heard(3)
    assert port.alarms == [Alarm.SOS]


async def test_sos_that_comes_back_as_undeliverable_is_sent_again(
    port: Port, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    tracker = Te207(HOST, port.number, Standing(), interval=60.0)
    async with living(tracker):
        await port.until_heard(1)
        await port.close()
        tracker.press_sos()
        await until(lambda: missed(caplog) == 1)
        await port.open()
        await port.until_heard(2)
    assert port.alarms == [Alarm.SOS]


@each_model
@each_transport
async def test_cancelled_tracker_leaves_nothing_open(port: Port, model: type[Tracker], transport: Transport) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    tasks, files = asyncio.all_tasks(), open_files()
    async with living(model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)):
        await port.until_heard(1)
        assert open_files() > files
    assert asyncio.all_tasks() == tasks
    await until(lambda: not port.connections and open_files() == files)


async def test_tracker_without_a_server_ends_when_cancelled(port: Port, caplog: pytest.LogCaptureFixture) -> None:
    await port.close()
    tracker = Tk102(HOST, port.number, Standing(), interval=INTERVAL)
    tasks = asyncio.all_tasks()
    async with living(tracker):
        await until(lambda: missed(caplog) == 1)
    assert asyncio.all_tasks() == tasks


@each_loop
def test_walk_is_plausible_at_every_second(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    walk = [route.at(second) for second in range(3600)]
    for position in walk:
        assert 4.8 * 0.6 <= position.speed <= 4.8 * 1.4
        assert 0.0 <= position.course < 360.0
        assert 2549.0 <= position.altitude <= 2561.0
    for before, after in pairwise(walk):
        # A step is as long as the speed says; around a corner it is shorter.
        step = distance((before.latitude, before.longitude), (after.latitude, after.longitude))
        assert 0.4 * before.speed / 3.6 <= step <= 1.02 * max(before.speed, after.speed) / 3.6


@each_loop
def test_walk_comes_back_to_where_it_began(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    start = route.at(0)
    lap = route.length / (4.8 / 3.6)
    # The swings of the speed make a lap a little longer or shorter.
    around = (route.at(lap + offset) for offset in range(-60, 61))
    assert min(distance(_place(start), _place(position)) for position in around) < 1.5


@each_loop
def test_walk_keeps_to_its_streets(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    for second in range(0, 3600, 7):
        here = _place(route.at(second))
        assert min(_detour(here, *leg) for leg in pairwise((*places, places[0]))) < 0.1


def test_walk_follows_from_its_seed() -> None:
    def walk(seed: int) -> list[Position]:
        route = Route(PARK, seed=seed)
        return [route.at(second) for second in range(0, 600, 5)]

    assert walk(1) == walk(1)
    assert not set(walk(1)) & set(walk(2))


def _place(position: Position) -> Place:
    return position.latitude, position.longitude


def _detour(here: Place, begin: Place, end: Place) -> float:
    """Return how many metres longer the way from begin to end gets by way of here."""
    return distance(begin, here) + distance(here, end) - distance(begin, end)
