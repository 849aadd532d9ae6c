"""A simulated tracker that sleeps hangs up between two reports, and does what it is asked when it is awake."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.commands import Command, CommandKind
from custom_components.plaspy_trackers.gateway.models import Alarm, Answer

from .conftest import HOST
from .simulator import tracker as tracker_module
from .simulator.l17pro import L17Pro
from .simulator.route import FEDERMAN, PARK, Route
from .simulator.tracker import Transport
from .simulator.watch import Watch
from .simulator.x07 import X07
from .test_obedience import Plain, Port, living, until

pytestmark = pytest.mark.usefixtures("socket_enabled", "hurried")

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
INTERVAL = 0.02
AWAKE = 0.3

each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])
each_watch = pytest.mark.parametrize(
    ("model", "protocol"), [(X07, "xexun3"), (X07, "xexun2"), (L17Pro, "iw"), (L17Pro, "watch")]
)


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """The real port, open."""
    port = Port()
    await port.server.start(HOST, 0)
    yield port
    await port.server.stop()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trackers come back at once, and soon be tired."""
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    monkeypatch.setattr(tracker_module, "AWAKE", AWAKE)


def wear(port: Port, model: type[Watch], protocol: str, **options: Any) -> Watch:
    """Return a watch, out of doors for hours."""
    return model(HOST, port.server.port, Route(FEDERMAN), protocol=protocol, walking=1.0, **options)


async def asleep(tracker: tracker_module.Tracker, port: Port) -> int:
    """Wait until a tracker sleeps; return how many reports there are."""
    await until(lambda: tracker._asleep and not port.server.connections)
    return len(port.reports)


@each_transport
async def test_tracker_sleeps_between_two_reports(port: Port, transport: Transport) -> None:
    tracker = Plain(HOST, port.server.port, Route(PARK), transport=transport, interval=60.0, sleeps=0.2)
    async with living(tracker, port):
        before = await asleep(tracker, port)
        assert before == 1
        await until(lambda: len(port.reports) > before)
        port.session.send(b"locate\n")
        await until(lambda: len(port.reports) == before + 3)
        assert await asleep(tracker, port) == before + 3


@each_transport
async def test_sos_wakes_a_tracker(port: Port, transport: Transport) -> None:
    tracker = Plain(HOST, port.server.port, Route(PARK), transport=transport, interval=60.0, sleeps=60.0)
    async with living(tracker, port):
        await asleep(tracker, port)
        tracker.press_sos()
        await until(lambda: any(Alarm.SOS in report.alarms for report in port.reports))


async def test_tracker_that_wakes_where_there_is_no_server_looks_for_it(port: Port) -> None:
    tracker = Plain(HOST, port.server.port, Route(PARK), transport="tcp", interval=60.0, sleeps=0.1)
    number = port.server.port
    async with living(tracker, port):
        before = await asleep(tracker, port)
        await port.server.stop()
        await asyncio.sleep(0.3)
        await port.server.start(HOST, number)
        await until(lambda: len(port.reports) > before)


@each_watch
async def test_watch_sleeps_between_two_reports(port: Port, model: type[Watch], protocol: str) -> None:
    """It does not even report to itself meanwhile."""
    watch = wear(port, model, protocol, interval=INTERVAL, sleeps=0.2)
    async with living(watch, port):
        before = await asleep(watch, port)
        await asyncio.sleep(0.1)
        assert len(port.reports) == before
        await until(lambda: len(port.reports) > before)
        await asleep(watch, port)
    assert not any(report.buffered for report in port.reports[before:])


@each_watch
async def test_sos_wakes_a_watch(port: Port, model: type[Watch], protocol: str) -> None:
    watch = wear(port, model, protocol, interval=60.0, sleeps=60.0)
    async with living(watch, port):
        await asleep(watch, port)
        watch.press_sos()
        await until(lambda: any(Alarm.SOS in report.alarms for report in port.reports))


@pytest.mark.parametrize("protocol", ["iw", "watch"])
async def test_watch_does_what_it_is_asked_when_it_is_awake(port: Port, protocol: str) -> None:
    """And stays awake until it has told what came of it."""
    watch = wear(port, L17Pro, protocol, interval=60.0, sleeps=0.1)
    async with living(watch, port):
        before = await asleep(watch, port)
        await until(lambda: len(port.reports) > before)
        assert port.session.protocol is not None
        (request,) = port.session.protocol.encode(Command(CommandKind.MEASURE_HEART_RATE), NOW)
        port.session.send(request.frame)
        await asleep(watch, port)
    answer = next(number for number, report in enumerate(port.reports) if report.answer)
    assert port.reports[answer].answer == Answer(request.answer)
    assert any("heart_rate" in report.readings for report in port.reports[answer + 1 :])
    assert [order.kind for order in watch.obeyed] == ["measure_heart_rate"]
