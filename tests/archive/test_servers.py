"""A server may stop at any moment and come back: every report is there once, and none was acknowledged in vain."""

import asyncio
from collections.abc import Iterable

import pytest

from custom_components.plaspy_trackers.archive import Limits, Reason

from .conftest import Open, Opened
from .reports import FATHER, MOTHER, report
from .servers import Server

#: So many reports are sent before, while and after the server is stopped.
EACH = 200


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each server."""
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def url(server: Server) -> str:
    """The server's address."""
    return server.address


async def send(archive: Opened, numbers: Iterable[int], acknowledged: set[int]) -> None:
    """Send reports one after the other, each until it is acknowledged."""
    for number in numbers:
        await archive.deliver(report(number))
        acknowledged.add(number)


async def test_server_stops_and_starts_under_load(server: Server, open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(patience=1.0, pause=0.01))
    acknowledged: set[int] = set()
    await send(archive, range(EACH), acknowledged)
    senders = [
        asyncio.create_task(send(archive, range(first, 4 * EACH, 4), acknowledged)) for first in range(EACH, EACH + 4)
    ]
    await asyncio.to_thread(server.stop)
    archive.append(MOTHER, report(1), report(1).time or NotImplemented, keep=True)
    await archive.until_told(Reason.AWAY)
    before = set(acknowledged)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*senders)
    assert archive.states == [Reason.AWAY, None]
    assert before < acknowledged == set(range(4 * EACH))
    found = [entry.report for entry in await archive.read(FATHER)]
    assert found == [report(number) for number in range(4 * EACH)]
    await archive.purge("nobody")
    assert await archive.count(MOTHER) == 1


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
