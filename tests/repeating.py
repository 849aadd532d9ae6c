"""Watches that send as fast as they are acknowledged, repeat what is not, and remember what was."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import sqlite3
from typing import cast, override

from custom_components.plaspy_trackers.archive.rows import encode
from custom_components.plaspy_trackers.gateway.protocols import detect

from .simulator import tracker
from .simulator.l17pro import L17Pro
from .simulator.route import PARK, Route
from .simulator.tracker import Moment
from .simulator.watch import Watch
from .simulator.x07 import X07

HOST = "127.0.0.1"
INTERVAL = 0.005

#: What tells a report of a watch from all others: its own time in milliseconds, and what it says.
type Said = tuple[int, int]


class Repeating(Watch):
    """A watch whose clock advances by a second with every look at it: each report has a time of its own."""

    def __init__(self, port: int, began: datetime, imei: str, protocol: str) -> None:
        """Make a watch whose clock starts at a time."""
        route = Route(PARK, seed=1)
        super().__init__(
            HOST, port, route, imei=imei, protocol=protocol, interval=INTERVAL, sos_every=4 * INTERVAL, walking=1.0
        )
        #: What was acknowledged of all that has a time of its own.
        self.acknowledged: set[Said] = set()
        self._time = began

    @override
    def moment(self) -> Moment:
        self._time += timedelta(seconds=1)
        return replace(super().moment(), time=self._time)

    @override
    async def _send_until_acknowledged(self, frame: bytes) -> None:
        await super()._send_until_acknowledged(frame)
        self.acknowledged.update(self._read(frame))

    def _read(self, frame: bytes) -> Iterable[Said]:
        """Return what a frame says that has a time of its own."""
        protocol = detect(frame)
        assert protocol is not None
        now = datetime.now(UTC)
        for report in protocol(self.imei).feed(frame, now, final=True):
            if report.carries and (report.time or report.fix):
                row = cast("dict[str, int]", encode(report, now))
                yield row["time"], row["kind"]


class RepeatingX07(Repeating, X07):
    """An X07."""


class RepeatingL17Pro(Repeating, L17Pro):
    """An L17 PRO."""


def watches(port: int, imeis: Iterable[tuple[str, str]]) -> list[Repeating]:
    """Return watches with these protocols and IMEIs, each with days of its own, long before today."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    kinds = {protocol: kind for kind in (RepeatingX07, RepeatingL17Pro) for protocol in kind.dialects}
    return [
        kinds[protocol](port, midnight - timedelta(days=30 * (number + 1)), imei, protocol)
        for number, (protocol, imei) in enumerate(imeis)
    ]


@asynccontextmanager
async def alive(watches: list[Repeating]) -> AsyncIterator[None]:
    """Let watches live, and try a server again soon after it went away."""
    logger = logging.getLogger(tracker.__name__)
    before = tracker.FIRST_PAUSE, tracker.LONGEST_PAUSE, logger.level
    logger.setLevel(logging.WARNING)
    tracker.FIRST_PAUSE = tracker.LONGEST_PAUSE = 0.02
    lives = [asyncio.create_task(watch.run()) for watch in watches]
    try:
        yield
    finally:
        for life in lives:
            life.cancel()
        for life in lives:
            with suppress(asyncio.CancelledError):
                await life
        tracker.FIRST_PAUSE, tracker.LONGEST_PAUSE, level = before
        logger.setLevel(level)


def stored(path: Path) -> list[Said]:
    """Return what is in an archive that nobody writes to, after its log was read as after any crash."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT time, kind FROM plaspy_reports").fetchall()


def check(watches: list[Repeating], path: Path) -> tuple[int, int]:
    """See that all that was acknowledged is there, once; return how much that is, and how much is there."""
    found = stored(path)
    said = set[Said]().union(*(watch.acknowledged for watch in watches))
    assert said - set(found) == set()
    own = [one for one in found if one in said]
    assert len(own) == len(said)
    return len(said), len(found)
