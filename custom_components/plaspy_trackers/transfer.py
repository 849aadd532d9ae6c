"""Tracks to files, and from files into the archive."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
import logging
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from . import folders
from .archive import Archive, Entry
from .archive.formats import MAX_BYTES, Contents, Format, FormatError, check_track, read_track, write_track
from .archive.formats.source import PIECE
from .archive.stays import time_of
from .errors import archive_errors, invalid, unreadable
from .gateway.models import Alarm, Report
from .history import Json, Span, archive_of, async_read
from .member import Member

_LOGGER = logging.getLogger(__name__)

#: Bytes of a track in a response: all of it goes through the memory of whoever asked.
MOST_TEXT = 1024 * 1024

#: Reports that go into the archive together, and after how many it is told how far an import is.
BATCH = 1_000
TOLD_EVERY = 50_000

type _Mark = tuple[datetime, float, float, Alarm | None]

#: What the archive tells times apart by.
_MILLISECOND = timedelta(milliseconds=1)


async def async_export(
    hass: HomeAssistant, member: Member, span: Span, form: Format, path: str | None, *, overwrite: bool
) -> Json:
    """Write a track to a file and return its path, or return its text if there is no path."""
    file = await hass.async_add_executor_job(_locate_target, hass, path, form) if path else None
    fixes_only = form in {Format.GPX, Format.KML}
    entries = await async_read(member, span, fixes_only=fixes_only)
    if not entries:
        raise invalid("nothing_to_export", name=member.name)
    if file is None:
        text = await hass.async_add_executor_job(_text, form, member.name, entries)
        return {"points": len(entries), "content": text}
    url = await hass.async_add_executor_job(_write, hass, file, form, member.name, entries, overwrite)
    _LOGGER.info("%s: %d points exported to %s", member.name, len(entries), file)
    return {"points": len(entries), "path": str(file), "url": url}


async def async_import(hass: HomeAssistant, member: Member, path: str) -> Json:
    """Read a track into the archive, and nothing of it unless the whole file is sound; what is live stays as it is."""
    archive = archive_of(member)
    now = dt_util.utcnow()
    copy, contents = await hass.async_add_executor_job(_open_checked, hass, path, now)
    batches = batched(read_track(copy, member.tracker.device_id, now=now), BATCH, strict=False)
    progress = _Progress()
    told = 0
    try:
        while batch := await hass.async_add_executor_job(next, batches, None):
            await _async_store(archive, member.tracker.device_id, batch, now, progress)
            if progress.read - told >= TOLD_EVERY:
                told = progress.read
                _LOGGER.info("%s: %d of %d points of %s imported", member.name, told, contents.reports, path)
    finally:
        await hass.async_add_executor_job(copy.close)
    _LOGGER.info("%s: %d points of %s imported, %d of them new", member.name, progress.read, path, progress.stored)
    return progress.response()


@dataclass(slots=True)
class _Progress:
    """How far an import is: points read, those of them that were new, and those that tell no time."""

    read: int = 0
    stored: int = 0
    untimed: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def note(self, count: int, times: Iterable[datetime]) -> None:
        """Take in a batch: how many reports it has, and the times of those that tell one."""
        ordered = sorted(times)
        self.read += count
        self.untimed += count - len(ordered)
        if ordered:
            self.first = min(self.first or ordered[0], ordered[0])
            self.last = max(self.last or ordered[-1], ordered[-1])

    def response(self) -> Json:
        """Return what is told in the end."""
        return {
            "points": self.read,
            "stored": self.stored,
            "untimed": self.untimed,
            "first": self.first and dt_util.as_local(self.first).isoformat(),
            "last": self.last and dt_util.as_local(self.last).isoformat(),
        }


async def _async_store(
    archive: Archive, device_id: str, batch: Iterable[Report], now: datetime, progress: _Progress
) -> None:
    """Put reports into the archive and wait until they are there. When one without a time was, nobody knows.

    Formats that do not hold everything a tracker said would add its fixes a second time: those are left out.
    """
    reports = list(batch)
    timed = [report for report in reports if report.fix is not None or report.time is not None]
    times = [time_of(report) for report in timed]
    with archive_errors():
        if times:
            begin, end = min(times), max(times) + _MILLISECOND
            known = {mark for entry in await archive.read(device_id, begin, end) for mark in _marks(entry.report)}
            before = await archive.count(device_id, begin, end)
            new = (report for report in timed if report.fix is None or not _marks(report) <= known)
            await asyncio.gather(*(archive.append(device_id, report, now) for report in new))
            progress.stored += await archive.count(device_id, begin, end) - before
    progress.note(len(reports), times)


def _marks(report: Report) -> set[_Mark]:
    """Return what tells a fix from others: when and where it was, to the millisecond, and each of its alarms."""
    if (fix := report.fix) is None:
        return set()
    time = fix.time.replace(microsecond=fix.time.microsecond // 1000 * 1000)
    return {(time, fix.latitude, fix.longitude, alarm) for alarm in (None, *report.alarms)}


def _open_checked(hass: HomeAssistant, path: str, now: datetime) -> tuple[BinaryIO, Contents]:
    """Return a copy of a file that has been read to its end: what is stored is what was checked."""
    file = folders.locate(hass.config, path)
    if not file.is_file():
        raise invalid("file_missing", path=path)
    copy = TemporaryFile(dir=hass.config.config_dir)  # noqa: SIM115 - whoever asked closes it
    try:
        with file.open("rb") as original:
            _copy(original, copy)
        copy.seek(0)
        contents = check_track(copy, now=now)
        copy.seek(0)
    except FormatError as error:
        copy.close()
        raise unreadable(file.name, error) from error
    except OSError as error:
        copy.close()
        raise invalid("file_failed", path=path, error=error.strerror or str(error)) from error
    return copy, contents


def _copy(original: BinaryIO, copy: BinaryIO) -> None:
    """Copy a file, and not much more than what is refused for its size."""
    while copy.tell() <= MAX_BYTES and (piece := original.read(PIECE)):
        copy.write(piece)


def _locate_target(hass: HomeAssistant, path: str, form: Format) -> Path:
    """Return the file to write, with the ending of its format."""
    ending = f".{form.value}"
    named = path if Path(path).suffix else f"{path}{ending}"
    if Path(named).suffix.lower() != ending:
        raise invalid("wrong_ending", path=path, ending=ending)
    return folders.locate(hass.config, named)


def _write(hass: HomeAssistant, file: Path, form: Format, name: str, entries: list[Entry], overwrite: bool) -> object:
    """Write a track, and return the file's address."""
    try:
        folders.write(file, write_track(form, name, _reports(entries)), overwrite=overwrite)
    except FileExistsError as error:
        raise invalid("file_exists", path=str(file)) from error
    except OSError as error:
        raise invalid("file_failed", path=str(file), error=error.strerror or str(error)) from error
    return folders.address(hass.config, file)


def _text(form: Format, name: str, entries: list[Entry]) -> str:
    """Return a track as text, unless that is long."""
    content = bytearray()
    for piece in write_track(form, name, _reports(entries)):
        content += piece
        if len(content) > MOST_TEXT:
            raise invalid("text_too_long", most=str(MOST_TEXT // 1024))
    return content.decode()


def _reports(entries: list[Entry]) -> list[Report]:
    """Return reports that all have a time: a file does not tell when they arrived."""
    return [
        entry.report if entry.report.fix or entry.report.time else replace(entry.report, time=entry.time)
        for entry in entries
    ]
