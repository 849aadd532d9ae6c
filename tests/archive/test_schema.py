"""The tables of an older version become those of this one; a newer version, and what is no database, are refused."""

from contextlib import closing
from pathlib import Path
import sqlite3
import sys
from typing import NoReturn

import pytest
from sqlalchemy import Connection, text

from custom_components.plaspy_trackers.archive import PERMANENT, Archive, ArchiveError, Reason, schema

from .conftest import Open, Opened
from .reports import ARRIVED, FATHER, report

#: What a file of version 1 is made of: never to be changed.
VERSION_1 = """
CREATE TABLE plaspy_schema (version INTEGER NOT NULL);
CREATE TABLE plaspy_devices (id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE plaspy_protocols (id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE plaspy_reports (
    device INTEGER NOT NULL, time BIGINT NOT NULL, kind INTEGER NOT NULL, clock BIGINT, delay BIGINT NOT NULL,
    protocol INTEGER NOT NULL, buffered BOOLEAN NOT NULL, latitude DOUBLE, longitude DOUBLE, altitude DOUBLE,
    speed DOUBLE, course DOUBLE, satellites INTEGER, hdop DOUBLE, accuracy DOUBLE, source SMALLINT, alarms TEXT,
    readings TEXT, rest TEXT, PRIMARY KEY (device, time, kind), FOREIGN KEY(device) REFERENCES plaspy_devices (id)
) WITHOUT ROWID;
INSERT INTO plaspy_schema VALUES (1);
INSERT INTO plaspy_devices VALUES (1, '861234050000025');
INSERT INTO plaspy_protocols VALUES (1, 'xexun');
INSERT INTO plaspy_reports VALUES (
    1, 1795262401000, 918804104, 0, 2000, 1, 0, 4.6501, -74.09, 2550.0, 1.852, 7.0, 9, NULL, NULL, 0, NULL,
    '{"battery_level":84.0,"steps":1}', NULL
);
"""


@pytest.fixture
def version_1(path: Path) -> Path:
    """A file that version 1 has left."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    return path


def columns(path: Path) -> list[str]:
    """Return the columns of the reports in a file."""
    with closing(sqlite3.connect(path)) as connection:
        return [name for _, name, *_ in connection.execute("PRAGMA table_info(plaspy_reports)")]


def version(path: Path) -> list[tuple[int]]:
    """Return the version of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version FROM plaspy_schema").fetchall()


def add_column(connection: Connection) -> None:
    """Do what a version 2 may do."""
    connection.execute(text("ALTER TABLE plaspy_reports ADD COLUMN mood TEXT"))
    connection.execute(text("UPDATE plaspy_reports SET mood = 'content'"))


def fail(connection: Connection) -> NoReturn:
    """Stop half way."""
    connection.execute(text("ALTER TABLE plaspy_reports ADD COLUMN half TEXT"))
    connection.execute(text("SELECT * FROM nowhere"))
    raise AssertionError


async def test_file_of_version_1_is_read(version_1: Path, open_archive: Open) -> None:
    archive = await open_archive()
    [entry] = await archive.read(FATHER)
    assert (entry.report, entry.arrived) == (report(1), ARRIVED)
    # And what is sent again is known: what makes it so may not change either.
    await archive.keep(report(1))
    assert await archive.count() == 1


async def test_tables_that_are_made_are_those_of_version_1(archive: Opened, path: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as connection:
        connection.executescript(VERSION_1)
    assert columns(path) == columns(older)
    assert version(path) == [(1,)]


async def test_older_file_is_brought_forward(
    version_1: Path, open_archive: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (add_column,))
    archive = await open_archive()
    assert version(version_1) == [(2,)]
    assert columns(version_1)[-1] == "mood"
    assert [entry.report for entry in await archive.read(FATHER)] == [report(1)]
    await archive.close()
    # Once.
    again = await open_archive()
    await again.keep(report(2))
    assert await again.count() == 2


async def test_migration_that_fails_leaves_the_file_as_it_was(
    version_1: Path, open_archive: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (add_column, fail))
    archive = await open_archive()
    assert archive.states == [Reason.AWAY]
    assert version(version_1) == [(1,)]
    assert not {"mood", "half"} & set(columns(version_1))
    monkeypatch.setattr(schema, "MIGRATIONS", (add_column,))
    await archive.until_told(None)
    assert version(version_1) == [(2,)]


async def refused(url: str) -> ArchiveError:
    """Return why an address is refused."""
    with pytest.raises(ArchiveError) as caught:
        await Archive(url).open()
    assert caught.value.reason in PERMANENT
    return caught.value


async def test_newer_file_is_refused(version_1: Path, url: str) -> None:
    with closing(sqlite3.connect(version_1)) as connection:
        connection.executescript("UPDATE plaspy_schema SET version = 7")
    error = await refused(url)
    assert (error.reason, str(error)) == (Reason.NEWER, "the database is of version 7, and 1 is the newest known")
    assert version(version_1) == [(7,)]


async def test_file_that_is_no_database_is_refused(path: Path, url: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    with path.open("r+b") as file:
        file.write(b"latitude,longitude\n" * 100)
    assert (await refused(url)).reason is Reason.DAMAGED


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", Reason.URL),
        ("nonsense", Reason.URL),
        ("sqlite://", Reason.URL),
        ("sqlite:///:memory:", Reason.URL),
        ("sqlite+aiosqlite:///a.db", Reason.URL),
        ("oracle://scott:tiger@192.0.2.1/", Reason.URL),
        ("postgresql+asyncpg://192.0.2.1/a", Reason.URL),
        ("mysql+nonsense://192.0.2.1/a", Reason.URL),
    ],
)
async def test_address_that_is_no_use_is_refused(url: str, reason: Reason) -> None:
    error = await refused(url)
    assert error.reason is reason
    assert "tiger" not in str(error)


async def test_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    assert (await refused("mysql://user:secret@127.0.0.1/a")).reason is Reason.DRIVER
