"""What the archive takes and gives: appending, commits, and a file of years; in SQLite, on the disk of this machine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from custom_components.plaspy_trackers.archive import Archive, Limits
from custom_components.plaspy_trackers.archive.database import Database, Draft
from custom_components.plaspy_trackers.archive.rows import encode
from custom_components.plaspy_trackers.gateway.models import Fix, Report
from scripts.bench_frames import imei, place

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TRACKERS = 10
INTERVAL = timedelta(seconds=30)
DAY = timedelta(days=1)

#: Appended at once, and one after the other.
FLOOD = 10_000
SINGLE = 500
#: Rows in one commit while a large file is made.
CHUNK = 10_000
#: How much of one tracker is pruned, at most.
PRUNED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Flow:
    """What appending costs: µs on the loop to append, reports a second, ms until one is stored."""

    append: float
    rate: float
    alone: list[float]


@dataclass(frozen=True, slots=True)
class Large:
    """A large file: seconds to make it, bytes a row, ms to read the latest day, and what pruning takes.

    `cold` are reads of what the system does not hold in memory, `warm` of what it does; `beside` are the ms until a
    report is stored while `pruned` rows are deleted in `seconds`.
    """

    rows: int
    made: float
    size: float
    day: int
    cold: list[float]
    warm: list[float]
    pruned: int
    seconds: float
    beside: list[float]


async def flow() -> Flow:
    """Append to an empty archive."""
    async with new_archive() as (archive, _):
        reports = [report(number) for number in range(FLOOD + SINGLE)]
        begin = perf_counter()
        futures = [archive.append(one.device_id, one, BEGIN) for one in reports[:FLOOD]]
        appended = perf_counter() - begin
        await asyncio.gather(*futures)
        seconds = perf_counter() - begin
        alone = [await stored(archive, one) for one in reports[FLOOD:]]
    return Flow(appended / FLOOD * 1e6, FLOOD / seconds, alone)


async def large(rows: int) -> Large:
    """Make a file of many rows, then read and prune it."""
    async with new_archive() as (archive, path):
        begin = perf_counter()
        await asyncio.to_thread(fill, path, rows)
        made = perf_counter() - begin
        size = path.stat().st_size / rows
        newest = moment(rows - 1)
        cold, warm = [], []
        for index in range(TRACKERS):
            forget(path)
            cold.append(await read_ms(archive, index, newest))
            warm += [await read_ms(archive, index, newest) for _ in range(3)]
        day = len(await archive.read(imei(0), newest - DAY))
        begin = perf_counter()
        prune = asyncio.create_task(archive.purge(imei(0), min(BEGIN + PRUNED, newest)))
        beside = []
        number = rows
        while not prune.done():
            beside.append(await stored(archive, report(number)))
            number += 1
        return Large(rows, made, size, day, cold, warm, await prune, perf_counter() - begin, beside)


@asynccontextmanager
async def new_archive() -> AsyncIterator[tuple[Archive, Path]]:
    """Open an archive in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="plaspy_bench_") as folder:
        path = Path(folder) / "archive.db"
        archive = Archive(f"sqlite:///{path}", limits=Limits(waiting=FLOOD))
        await archive.open()
        try:
            yield archive, path
        finally:
            await archive.close()


async def stored(archive: Archive, one: Report) -> float:
    """Return the ms until a report is stored."""
    begin = perf_counter()
    await archive.append(one.device_id, one, BEGIN)
    return (perf_counter() - begin) * 1e3


async def read_ms(archive: Archive, index: int, newest: datetime) -> float:
    """Return the ms it takes to read the latest day of a tracker."""
    begin = perf_counter()
    await archive.read(imei(index), newest - DAY)
    return (perf_counter() - begin) * 1e3


def fill(path: Path, rows: int) -> None:
    """Store rows in the order they would have come in."""
    database = Database(f"sqlite:///{path}", patience=60)
    for chunk in chunks(rows):
        database.store(chunk)
    database.checkpoint()
    database.close()


def chunks(rows: int) -> Iterator[list[Draft]]:
    """Yield rows in commits."""
    for first in range(0, rows, CHUNK):
        reports = (report(number) for number in range(first, min(first + CHUNK, rows)))
        yield [Draft(one.device_id, one.protocol, encode(one, one.time or BEGIN)) for one in reports]


def report(number: int) -> Report:
    """Return one of the reports of some trackers in turn: a fix, and what most of them say beside it."""
    time = moment(number)
    at = place(number)
    fix = Fix(at.latitude, at.longitude, time, at.altitude, at.speed * 1.852, at.course, 7 + number % 6)
    return Report(
        imei(number % TRACKERS),
        "xexun2",
        time,
        fix,
        {"battery_level": float(number % 100), "signal_level": number % 32 / 31 * 100, "steps": number % 20_000},
    )


def moment(number: int) -> datetime:
    """Return the time of one of the reports."""
    return BEGIN + number // TRACKERS * INTERVAL


def forget(path: Path) -> None:
    """Let the system forget what it holds of a file."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
