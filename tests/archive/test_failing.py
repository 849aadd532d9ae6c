"""While the database fails nothing is acknowledged, and what was acknowledged is there; then it goes on by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
import shutil
import sqlite3
import subprocess

import pytest
from sqlalchemy import event

from custom_components.plaspy_trackers.archive import Archive, ArchiveError, Limits, Reason
from custom_components.plaspy_trackers.archive.archive import Database
from custom_components.plaspy_trackers.gateway.models import Report

from .conftest import Open, Opened
from .reports import ARRIVED, FATHER, MOTHER, after, report

#: Attempts so far apart that a test meets none but the first.
ONCE = Limits(patience=0.01, pause=600.0)


async def reason_of(future: asyncio.Future[None]) -> Reason | None:
    """Return why a report was not stored; None if it was."""
    try:
        await future
    except ArchiveError as error:
        return error.reason
    return None


async def stored(archive: Archive, device_id: str = FATHER) -> list[Report]:
    """Return what an archive holds of a device."""
    return [entry.report for entry in await archive.read(device_id)]


@pytest.fixture
def lock(archive: Opened, path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else who writes to the file, and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def test_locked_file_is_told_once_and_waited_for(archive: Opened, lock: sqlite3.Connection) -> None:
    outcomes = [await reason_of(archive.append(FATHER, report(number), ARRIVED)) for number in range(3)]
    assert outcomes == [Reason.LOCKED] * 3
    assert archive.states == [Reason.LOCKED]
    assert archive.failure is not None
    assert archive.failure.reason is Reason.LOCKED
    # What is there can be read.
    assert await stored(archive) == []
    lock.execute("ROLLBACK")
    await archive.until_told(None)
    await archive.keep(report(9))
    assert archive.states == [Reason.LOCKED, None]
    assert archive.failure is None
    # What was refused came by itself, and once.
    await archive.keep(report(0), report(1))
    await archive.close()
    assert count(archive) == 4


async def test_short_lock_delays_but_refuses_nothing(open_archive: Open, path: Path) -> None:
    archive = await open_archive(limits=Limits(patience=30.0))
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        future = archive.append(FATHER, report(1), ARRIVED)
        # Meanwhile the writer meets the lock.
        assert await archive.count() == 0
        assert not future.done()
        lock.execute("COMMIT")
        await future
    assert archive.states == []


def path_of(archive: Archive) -> Path:
    """Return the file of an archive."""
    assert archive._database is not None
    assert archive._database.path is not None
    return archive._database.path


def count(archive: Archive) -> int:
    """Return how many reports are in the file of an archive that is closed."""
    with closing(sqlite3.connect(path_of(archive))) as connection:
        [number] = connection.execute("SELECT count(*) FROM plaspy_reports").fetchone()
        return int(number)


async def test_reports_of_trackers_that_keep_nothing_are_held(open_archive: Open, path: Path) -> None:
    archive = await open_archive(limits=Limits(patience=0.01, pause=0.01, kept=3, spare=0))
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        for number in range(5):
            assert await reason_of(archive.append(FATHER, report(number), ARRIVED, keep=True)) is Reason.LOCKED
        assert await reason_of(archive.append(MOTHER, report(1), ARRIVED)) is Reason.LOCKED
        assert (archive.waiting, archive.lost) == (3, 2)
        lock.execute("ROLLBACK")
    await archive.until_told(None)
    assert await stored(archive) == [report(2), report(3), report(4)]
    assert await stored(archive, MOTHER) == []
    assert (archive.waiting, archive.lost) == (0, 2)


async def test_purge_takes_what_is_held_as_well(open_archive: Open, path: Path) -> None:
    archive = await open_archive(limits=ONCE)
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        futures = [archive.append(device_id, report(1), ARRIVED, keep=True) for device_id in (FATHER, MOTHER)]
        assert [await reason_of(future) for future in futures] == [Reason.LOCKED] * 2
        with pytest.raises(ArchiveError, match="locked"):
            await archive.purge(FATHER)
        lock.execute("ROLLBACK")
    await archive.close()
    assert count(archive) == 1


async def test_memory_is_bounded_while_nothing_can_be_written(open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(waiting=3))
    await archive.freeze()
    futures = [archive.append(FATHER, report(number), ARRIVED) for number in range(3)]
    beyond = archive.append(FATHER, report(3), ARRIVED)
    held = archive.append(FATHER, report(4), ARRIVED, keep=True)
    assert await reason_of(beyond) is await reason_of(held) is Reason.BUSY
    archive.thaw()
    await asyncio.gather(*futures)
    # It is not the database that fails.
    assert archive.states == []
    await archive.close()
    assert count(archive) == 5


async def test_full_database_is_told_and_goes_on_when_there_is_room(url: str) -> None:
    archive = Opened(url)
    await archive.open()
    assert archive._database is not None
    engine = archive._database._engine
    pages = 20

    def bound(connection: sqlite3.Connection, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine, "connect", bound)
    engine.dispose()
    acknowledged, refused = await fill(archive)
    assert refused is Reason.FULL
    assert await stored(archive) == acknowledged
    pages = 10_000
    engine.dispose()
    await archive.until_told(None)
    await archive.close()
    assert archive.states == [Reason.FULL, None]
    # The one that was refused came by itself.
    assert count(archive) == len(acknowledged) + 1


async def fill(archive: Opened) -> tuple[list[Report], Reason | None]:
    """Append reports until one is refused; return those that were not, and why that one was."""
    acknowledged: list[Report] = []
    while (reason := await reason_of(archive.append(FATHER, report(len(acknowledged)), ARRIVED))) is None:
        acknowledged.append(report(len(acknowledged)))
    return acknowledged, reason


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_full_disk_is_told_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(256 * 1024))
    archive = Opened(f"sqlite:///{small_disk}/archive.db")
    await archive.open()
    acknowledged, refused = await fill(archive)
    assert refused is Reason.FULL
    assert len(acknowledged) > 10
    assert await stored(archive) == acknowledged
    ballast.unlink()
    await archive.until_told(None)
    await archive.keep(report(9999))
    assert archive.states == [Reason.FULL, None]
    await archive.close()
    assert count(archive) == len(acknowledged) + 2


async def test_disk_that_is_full_at_the_start_is_waited_for(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file, pytest.raises(OSError, match="No space"):
        file.write(bytes(1024 * 1024))
    archive = Opened(f"sqlite:///{small_disk}/archive.db")
    await archive.open()
    assert archive.states
    assert await reason_of(archive.append(FATHER, report(1), ARRIVED)) is not None
    ballast.unlink()
    await archive.until_told(None)
    assert await stored(archive) == [report(1)]
    await archive.close()


async def test_folder_that_is_not_there_at_the_start_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    archive = Opened(f"sqlite:///{folder}/archive.db")
    await archive.open()
    assert archive.states == [Reason.AWAY]
    with pytest.raises(ArchiveError, match="not been opened"):
        await archive.read(FATHER)
    assert await reason_of(archive.append(FATHER, report(1), ARRIVED, keep=True)) is Reason.AWAY
    folder.mkdir()
    await archive.until_told(None)
    assert await stored(archive) == [report(1)]
    await archive.close()


async def test_file_that_was_taken_away_is_made_anew(archive: Opened, path: Path) -> None:
    await archive.keep(report(1))
    for file in path.parent.glob("archive.db*"):
        file.rename(path.parent / f"old-{file.name}")
    await archive.keep(report(2))
    assert await stored(archive) == [report(2)]
    # And put back.
    for file in path.parent.glob("old-*"):
        file.replace(path.parent / file.name.removeprefix("old-"))
    await archive.keep(report(3))
    assert await stored(archive) == [report(1), report(3)]
    assert archive.states == []


async def test_frozen_file_is_whole_and_appends_wait(archive: Opened, path: Path, tmp_path: Path) -> None:
    await archive.keep(*map(report, range(100)))
    await archive.freeze()
    waiting = archive.append(FATHER, report(100), ARRIVED)
    copy = tmp_path / "backup.db"
    # Without the log beside it.
    shutil.copy(path, copy)
    assert await archive.count(FATHER) == 100
    assert not waiting.done()
    assert path.with_name("archive.db-wal").stat().st_size == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM plaspy_reports").fetchone() == (100,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    archive.thaw()
    await waiting
    assert await archive.count(FATHER) == 101


async def test_file_that_cannot_be_frozen_is_written_to(archive: Opened, path: Path) -> None:
    await archive.keep(report(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM plaspy_reports").fetchone()
        await archive.keep(report(2))
        with pytest.raises(ArchiveError, match="cannot be emptied"):
            await archive.freeze()
    await archive.keep(report(3))
    assert archive.states == []


async def test_closing_ends_a_freeze(archive: Opened) -> None:
    await archive.freeze()
    await archive.freeze()
    waiting = archive.append(FATHER, report(1), ARRIVED)
    await archive.close()
    await waiting
    assert count(archive) == 1


async def test_closing_tells_what_could_not_be_stored(archive: Opened, lock: sqlite3.Connection) -> None:
    waiting = archive.append(FATHER, report(1), ARRIVED)
    held = archive.append(FATHER, report(2), ARRIVED, keep=True)
    await archive.close()
    assert await reason_of(waiting) is await reason_of(held) is Reason.LOCKED
    assert archive.lost == 1
    assert await reason_of(archive.append(FATHER, report(3), ARRIVED)) is Reason.CLOSED
    with pytest.raises(ArchiveError, match="closed"):
        await archive.purge(FATHER)
    await archive.close()


async def test_error_of_ours_leaves_nobody_waiting(archive: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def store(self: Database, drafts: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Database, "store", store)
    assert await reason_of(archive.append(FATHER, report(1), ARRIVED)) is Reason.BROKEN
    assert await reason_of(archive.append(FATHER, report(2), ARRIVED)) is Reason.BROKEN
    assert archive.states == [Reason.BROKEN]
    with pytest.raises(ZeroDivisionError):
        await archive.close()


async def test_cancelled_wait_costs_nobody_else(archive: Opened) -> None:
    await archive.freeze()
    given_up = archive.append(FATHER, report(1), ARRIVED)
    other = archive.append(FATHER, report(2), ARRIVED)
    given_up.cancel()
    archive.thaw()
    await other
    assert await stored(archive) == [report(1), report(2)]


async def test_no_log_holds_where_somebody_was(archive: Opened, caplog: pytest.LogCaptureFixture) -> None:
    await archive.keep(report(1), report(2))
    await archive.read(FATHER)
    assert FATHER not in caplog.text
    assert "-74.09" not in caplog.text


async def test_appends_during_a_purge_are_not_kept_waiting(open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(batch=10))
    await archive.keep(*map(report, range(300)))
    purge = asyncio.create_task(archive.purge(FATHER, after(200)))
    left: list[int] = []
    while not purge.done():
        await archive.append(MOTHER, report(len(left)), ARRIVED)
        left.append(await archive.count(FATHER))
    assert await purge == 200
    # Several got their turn between two batches.
    assert len(set(left)) > 3
