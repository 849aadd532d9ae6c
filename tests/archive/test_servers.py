"""A server may stop at any moment and come back: every report is there once, and none was acknowledged in vain."""

import asyncio
from itertools import count

import pytest

from custom_components.plaspy_trackers.archive import Limits, Reason

from .conftest import Open, Opened
from .reports import ARRIVED, FATHER, MOTHER, report
from .servers import Server

SENDERS = 4


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each server."""
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def url(server: Server) -> str:
    """The server's address."""
    return server.address


async def send(archive: Opened, first: int, acknowledged: set[int], enough: asyncio.Event) -> None:
    """Send reports one after the other, each until it is acknowledged."""
    for number in count(first, SENDERS):
        await archive.deliver(report(number))
        acknowledged.add(number)
        if enough.is_set():
            return


async def test_server_stops_and_starts_under_load(server: Server, open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(patience=1.0, pause=0.01))
    acknowledged: set[int] = set()
    enough = asyncio.Event()
    senders = [asyncio.create_task(send(archive, first, acknowledged, enough)) for first in range(SENDERS)]
    await archive.append(MOTHER, report(1), ARRIVED)
    await asyncio.to_thread(server.stop)
    archive.append(MOTHER, report(2), ARRIVED, keep=True)
    await archive.until_told(Reason.AWAY)
    before = set(acknowledged)
    await asyncio.to_thread(server.start)
    await archive.until_told(None)
    enough.set()
    await asyncio.gather(*senders)
    assert archive.states == [Reason.AWAY, None]
    assert before < acknowledged
    found = [entry.report for entry in await archive.read(FATHER)]
    assert found == [report(number) for number in sorted(acknowledged)]
    await archive.close()
    again = await open_archive()
    assert [entry.report for entry in await again.read(MOTHER)] == [report(1, MOTHER), report(2, MOTHER)]


async def test_server_that_is_away_at_the_start_is_waited_for(server: Server, open_archive: Open) -> None:
    server.stop()
    archive = await open_archive()
    assert archive.states == [Reason.AWAY]
    server.start()
    await archive.deliver(report(1))
    assert [entry.report for entry in await archive.read(FATHER)] == [report(1)]


async def test_wrong_database_is_told(server: Server, open_archive: Open) -> None:
    archive = await open_archive(server.address.replace("/postgres?", "/nowhere?").replace("/plaspy?", "/nowhere?"))
    assert archive.states == [Reason.DENIED]


async def test_server_needs_no_freeze(archive: Opened) -> None:
    await archive.freeze()
    await archive.keep(report(1))
    archive.thaw()
