"""The archive, as the event loop sees it: reports go in at once, and are told to be stored once they are.

What is appended while a commit is under way is committed together by the next, so nothing waits for company. While
the database fails, whatever is appended is tried again and again, and told to have failed at once: whoever sent it is
to keep it. Meanwhile the last of it is held in memory, because some trackers keep nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from ..gateway.models import Report
from .database import Database, Draft
from .errors import ArchiveError, Reason
from .rows import Entry, Key, encode

#: Reasons that no waiting mends: `open` raises them.
PERMANENT = frozenset({Reason.DAMAGED, Reason.NEWER, Reason.URL, Reason.DRIVER})

type Listener = Callable[[ArchiveError | None], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the archive takes upon itself."""

    #: Reports that wait while a commit is under way or the file is frozen: a kilobyte or two each.
    waiting: int = 10_000
    #: Reports held while the database fails, of trackers that keep nothing and of others.
    kept: int = 10_000
    spare: int = 1_000
    #: Reports in one commit, and rows that are deleted at once: a lock on the file that nobody notices.
    batch: int = 1_000
    #: Seconds that somebody else's lock is waited for, and between two attempts while the database fails.
    patience: float = 5.0
    pause: float = 2.0


@dataclass(slots=True, eq=False)
class _Item:
    """A report on its way: who waits for it, and whether its tracker keeps it until it is acknowledged."""

    device_id: str
    report: Report
    arrived: datetime
    future: asyncio.Future[None]
    keep: bool
    refused: ArchiveError | None = None


class Archive:
    """Every report of every tracker, by the trackers' own times.

    `on_state` is called, in the loop, with an error when the archive begins to fail and whenever the reason changes,
    and with None once it works again.
    """

    def __init__(self, url: str, *, on_state: Listener | None = None, limits: Limits | None = None) -> None:
        """Take the address of a database, as the recorder takes it."""
        self.limits = limits or Limits()
        self._loop = asyncio.get_running_loop()
        #: Why nothing is stored at the moment.
        self.failure: ArchiveError | None = None
        #: Reports that are lost: their trackers keep nothing, and there was no room any more.
        self.lost = 0
        self._url = url
        self._database: Database | None = None
        self._on_state = on_state
        self._pending: deque[_Item] = deque()
        self._batch: list[_Item] = []
        self._kept: deque[_Item] = deque()
        self._spare: deque[_Item] = deque()
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._turn = asyncio.Lock()
        self._frozen = False
        self._task: asyncio.Task[None] | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None

    @property
    def waiting(self) -> int:
        """How many reports are held in memory, not stored yet."""
        return len(self._pending) + len(self._batch) + len(self._kept) + len(self._spare)

    async def open(self) -> None:
        """Create the tables or bring them to this version, and begin to write.

        A database that is away is waited for: `failure` and `on_state` tell. ArchiveError: no waiting would help, as
        the reason, which is one of `PERMANENT`, tells.
        """
        self._writer = ThreadPoolExecutor(1, "plaspy_archive_writer")
        self._readers = ThreadPoolExecutor(2, "plaspy_archive_reader")
        try:
            # Not in the loop: that brings in the driver.
            self._database = await self._loop.run_in_executor(self._writer, Database, self._url, self.limits.patience)
            await self._write(Database.prepare)
        except ArchiveError as error:
            if error.reason in PERMANENT:
                await self._end()
                raise
            self._set_state(error)
        self._task = asyncio.create_task(self._run(), name="plaspy archive")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Store what was accepted, or tell that it could not be; then end all threads and connections."""
        if self._task is None:
            return
        self._closing.set()
        self._wake.set()
        self.thaw()
        try:
            await self._task
        finally:
            self._task = None
            await self._end()

    def append(self, device_id: str, report: Report, arrived: datetime, *, keep: bool = False) -> asyncio.Future[None]:
        """Accept a report, which nobody may change any more; the future is done once it is stored for good.

        ArchiveError, as the future's exception: it is not stored now. It may be in the archive later all the same, and
        will be there once, however often it is sent. `keep` says that its tracker does not: then memory holds it until
        it is stored, and the oldest give way when there are too many.
        """
        item = _Item(device_id, report, arrived, self._loop.create_future(), keep)
        if self._task is None or self._closing.is_set() or self._task.done():
            broken = self.failure is not None and self.failure.reason is Reason.BROKEN
            _fail(item, ArchiveError(Reason.BROKEN if broken else Reason.CLOSED))
            self.lost += keep
        elif len(self._pending) + len(self._batch) >= self.limits.waiting:
            _fail(item, ArchiveError(Reason.BUSY))
            self._hold(item)
        else:
            self._pending.append(item)
            self._wake.set()
        return item.future

    async def read(
        self,
        device_id: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        limit: int | None = None,
        after: Key | None = None,
        fixes_only: bool = False,
        alarms_only: bool = False,
    ) -> list[Entry]:
        """Return what a device said from `start` until before `end`, in the order of its own times.

        A next page begins `after` the last entry's key. Each report's device id is the one it was stored under.
        """
        return await self._read(
            lambda database: database.read(
                device_id, start, end, limit=limit, after=after, fixes_only=fixes_only, alarms_only=alarms_only
            )
        )

    async def span(self, device_id: str) -> tuple[datetime, datetime] | None:
        """Return the times of a device's oldest and newest report; None without any."""
        return await self._read(lambda database: database.span(device_id))

    async def count(
        self, device_id: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> int:
        """Return how many reports there are of a device, or in all, from `start` until before `end`."""
        return await self._read(lambda database: database.count(device_id, start, end))

    async def devices(self) -> list[str]:
        """Return the ids of all devices that have reports."""
        return await self._read(Database.devices)

    async def purge(self, device_id: str, before: datetime | None = None) -> int:
        """Delete what a device said before a time, or all of it; return how many reports that were.

        Writers take turns with each batch. The space is used again, but a file does not become smaller.
        """
        deleted = 0
        while True:
            async with self._turn:
                if before is None:
                    # What was accepted until now is deleted with the rest, and does not come back later.
                    await self._store_pending()
                    self._forget(device_id)
                batch = await self._write(lambda database: database.delete(device_id, before, self.limits.batch))
            deleted += batch
            if batch < self.limits.batch:
                return deleted

    async def prune(self, keep: Mapping[str, timedelta | None], now: datetime) -> int:
        """Delete what is older than each device's reports are kept; None keeps them for ever."""
        return sum([await self.purge(device_id, now - age) for device_id, age in keep.items() if age is not None])

    async def freeze(self) -> None:
        """Bring all into the file and write nothing to it until `thaw`: what is appended waits. Servers are left alone.

        ArchiveError: it could not be done, and writing goes on.
        """
        if self._frozen or self._database is None or self._database.path is None:
            return
        await self._turn.acquire()
        try:
            await self._write(Database.checkpoint)
            self._frozen = True
        finally:
            if not self._frozen:
                self._turn.release()

    def thaw(self) -> None:
        """Write again."""
        if self._frozen:
            self._frozen = False
            self._turn.release()

    async def _run(self) -> None:
        """Store whatever comes, until the archive is closed."""
        while not self._closing.is_set():
            await self._rest()
            async with self._turn:
                await self._store_all()
        # Once more, whatever the last attempt came to.
        while True:
            async with self._turn:
                await self._store_all()
            if self.failure is not None or not (self._pending or self._held):
                return

    async def _rest(self) -> None:
        """Wait for something to store; while the database fails, for the time of the next attempt."""
        if self.failure is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self.limits.pause)
        elif not self._held:
            await self._wake.wait()

    async def _store_all(self) -> None:
        """Store what waits, and some of what is held; without either, find out whether the database works again."""
        self._wake.clear()
        tried = await self._store_pending()
        if self.failure is not None and tried:
            return
        held = self._held[: self.limits.batch]
        if (held or self.failure is not None) and await self._store(held):
            stored = set(map(id, held))
            for queue in (self._kept, self._spare):
                self._keep_only(queue, lambda item: id(item) not in stored)

    async def _store_pending(self) -> bool:
        """Store what was appended until now; return whether there was anything."""
        tried = bool(self._pending)
        for _ in range(ceil(len(self._pending) / self.limits.batch)):
            self._batch = [self._pending.popleft() for _ in range(min(self.limits.batch, len(self._pending)))]
            if not await self._store(self._batch):
                # What came meanwhile would only wait for the same answer.
                for item in (*self._batch, *self._pending):
                    _fail(item, self.failure or ArchiveError(Reason.AWAY))
                    self._hold(item)
                self._pending.clear()
            self._batch = []
        return tried

    async def _store(self, items: list[_Item]) -> bool:
        """Store reports, and tell who waits for each; False if the database fails."""
        try:
            await self._write(lambda database: _put(database, items))
        except ArchiveError as error:
            self._set_state(error)
            return False
        self._set_state(None)
        for item in items:
            if item.refused is not None:
                _fail(item, item.refused)
            elif not item.future.done():
                item.future.set_result(None)
        return True

    @property
    def _held(self) -> list[_Item]:
        """What could not be stored: first of trackers that keep nothing."""
        return [*self._kept, *self._spare]

    def _hold(self, item: _Item) -> None:
        """Keep a report in memory, at the cost of the oldest."""
        queue, most = (self._kept, self.limits.kept) if item.keep else (self._spare, self.limits.spare)
        queue.append(item)
        if len(queue) > most:
            self.lost += queue.popleft().keep

    def _keep_only(self, queue: deque[_Item], wanted: Callable[[_Item], bool]) -> None:
        """Take out of a queue what is not wanted any more."""
        items = list(filter(wanted, queue))
        queue.clear()
        queue.extend(items)

    def _forget(self, device_id: str) -> None:
        """Forget what is held of a device."""
        for queue in (self._kept, self._spare):
            self._keep_only(queue, lambda item: item.device_id != device_id)

    def _set_state(self, failure: ArchiveError | None) -> None:
        """Tell that the archive began to fail, fails for another reason, or works again."""
        before, self.failure = self.failure, failure
        if (failure and failure.reason) == (before and before.reason):
            return
        if self._on_state is not None:
            self._on_state(failure)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Tell everybody who waits that nothing will be stored any more."""
        bug = not task.cancelled() and task.exception() is not None
        error = ArchiveError(Reason.BROKEN if bug else Reason.CLOSED)
        for item in (*self._batch, *self._pending):
            _fail(item, error)
            self.lost += item.keep
        self.lost += len(self._kept)
        if bug:
            self._set_state(error)
        for queue in (self._batch, self._pending, self._kept, self._spare):
            queue.clear()

    async def _write[Result](self, job: Callable[[Database], Result]) -> Result:
        """Run what writes, one at a time."""
        if self._writer is None or self._database is None:
            raise ArchiveError(Reason.CLOSED)
        return await self._loop.run_in_executor(self._writer, job, self._database)

    async def _read[Result](self, job: Callable[[Database], Result]) -> Result:
        """Run what reads, beside what writes."""
        if self._readers is None or self._database is None:
            raise ArchiveError(Reason.CLOSED)
        return await self._loop.run_in_executor(self._readers, job, self._database)

    async def _end(self) -> None:
        """End all threads and connections, without letting the loop wait for them."""
        executors = [executor for executor in (self._writer, self._readers) if executor is not None]
        self._writer = self._readers = None
        for executor in executors:
            await self._loop.run_in_executor(None, executor.shutdown)
        if self._database is not None:
            await self._loop.run_in_executor(None, self._database.close)


def _put(database: Database, items: Iterable[_Item]) -> None:
    """Store reports, in the thread that writes; those that never will be are marked."""
    sound = []
    for item in items:
        try:
            draft = Draft(item.device_id, item.report.protocol, encode(item.report, item.arrived))
        except (TypeError, ValueError) as error:
            item.refused = ArchiveError(Reason.UNSTORABLE, str(error))
        else:
            sound.append((item, draft))
    for index, refused in database.store([draft for _, draft in sound]).items():
        sound[index][0].refused = refused


def _fail(item: _Item, error: ArchiveError) -> None:
    """Tell that a report is not stored."""
    if not item.future.done():
        item.future.set_exception(error)
        # Nobody has to ask: `on_state` and `failure` tell as well.
        item.future.exception()
