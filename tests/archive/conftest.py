"""Databases to keep reports in, and archives that are closed afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts
from sqlalchemy import create_engine

from custom_components.plaspy_trackers.archive import Archive, ArchiveError, Limits, Reason
from custom_components.plaspy_trackers.archive.schema import METADATA
from custom_components.plaspy_trackers.gateway.models import Report

from .reports import ARRIVED
from .servers import Mariadb, Postgresql, Server

#: Waits that are long enough for a lock to be met, and short enough for a test.
QUICK = Limits(patience=0.05, pause=0.01)

type Open = Callable[..., Awaitable[Opened]]


class Opened(Archive):
    """An archive that remembers what it told of its state."""

    def __init__(self, url: str, limits: Limits = QUICK) -> None:
        """Take an address."""
        self.states: list[Reason | None] = []
        self._told = asyncio.Event()
        super().__init__(url, on_state=self._remember, limits=limits)

    def _remember(self, failure: ArchiveError | None) -> None:
        """Remember a state, and wake who waits for one."""
        self.states.append(None if failure is None else failure.reason)
        self._told.set()

    async def until_told(self, state: Reason | None) -> None:
        """Wait until the last state is this one."""
        while not self.states or self.states[-1] != state:
            self._told.clear()
            await self._told.wait()

    async def keep(self, *reports: Report) -> None:
        """Store reports that arrive at once."""
        await asyncio.gather(*(self.append(report.device_id, report, ARRIVED) for report in reports))

    async def deliver(self, report: Report) -> None:
        """Send a report until it is acknowledged, as trackers do."""
        while True:
            try:
                return await self.append(report.device_id, report, ARRIVED)
            except ArchiveError as error:
                assert error.reason not in {Reason.BROKEN, Reason.CLOSED}  # noqa: PT017


@pytest.fixture
async def open_archive(url: str) -> AsyncIterator[Open]:
    """Open archives, by default in the database of this test."""
    opened: list[Opened] = []

    async def start(other: str = url, *, limits: Limits = QUICK) -> Opened:
        opened.append(Opened(other, limits))
        await opened[-1].open()
        return opened[-1]

    yield start
    for archive in opened:
        await archive.close()


@pytest.fixture
async def archive(open_archive: Open) -> Opened:
    """An archive that is open, and empty."""
    return await open_archive()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an SQLite file may lie."""
    return tmp_path / "archive.db"


@pytest.fixture
def url(path: Path) -> str:
    """The address of the database: an SQLite file, where a test does not ask for others."""
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with Postgresql.running() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A MariaDB server."""
    with Mariadb.running() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: Server) -> Server:
    """A PostgreSQL server with an empty database."""
    return emptied(postgresql_server)


@pytest.fixture
def mariadb(mariadb_server: Server) -> Server:
    """A MariaDB server with an empty database, whose driver speaks through Python's own sockets."""
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    return emptied(mariadb_server)


def emptied(server: Server) -> Server:
    """Take away all tables."""
    engine = create_engine(server.address)
    METADATA.drop_all(engine)
    engine.dispose()
    return server
