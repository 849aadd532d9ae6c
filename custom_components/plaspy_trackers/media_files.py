"""The files that photos and voice messages are kept in. All of this blocks.

`<media folder>/plaspy_trackers/<tracker>/photo-20261120-103012.jpg`: nothing in a name is a tracker's word, and the
time in it is when the photo was taken, by the home's clock. Files that are not called like this are not ours.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re

from homeassistant.core_config import Config
from homeassistant.util import dt as dt_util

from . import folders
from .const import DOMAIN
from .gateway.models import MediaKind
from .media import Medium
from .media_settings import MediaSettings

#: The media folder that Home Assistant makes itself.
LOCAL = "local"

ENDINGS = {MediaKind.PHOTO: "jpg", MediaKind.VOICE: "amr"}
_NAME = re.compile(r"(?P<kind>photo|voice)-(?P<time>\d{8}-\d{6})(?:-(?P<number>\d{1,3}))?\.(?P<ending>jpg|amr)")
_CLOCK = "%Y%m%d-%H%M%S"

#: How many may be of one second.
MOST_OF_A_SECOND = 100

#: A file that was begun this long ago was never finished.
LEFTOVER = timedelta(hours=1)

#: Before this no tracker had its clock set.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True, frozen=True)
class Kept:
    """A photo or voice message that is kept: when it was taken (UTC), its file, and its id among the media."""

    kind: MediaKind
    time: datetime
    name: str
    url: str | None


def folder_of(config: Config, device_id: str) -> Path | None:
    """Return where a tracker's files are; None if Home Assistant has no media folder."""
    root = config.media_dirs.get(LOCAL) or next(iter(config.media_dirs.values()), None)
    return Path(root, DOMAIN, device_id) if root and device_id.isdecimal() else None


def store(config: Config, folder: Path, medium: Medium, arrived: datetime, settings: MediaSettings) -> Kept | None:
    """Write a file and delete those there is no room for; None if it is too old to be kept itself."""
    time = taken(medium.time, arrived)
    file = _write(folder, medium, time)
    prune(folder, settings, arrived)
    if not file.exists():
        return None
    return Kept(medium.kind, time, file.name, folders.address(config, file.resolve()))


def prune(folder: Path, settings: MediaSettings, now: datetime) -> None:
    """Delete what is too old or too much, and what was never finished."""
    for kind in MediaKind:
        names = _names(folder, kind)
        surplus = len(names) - settings.most
        for place, name in enumerate(names):
            if place < surplus or (settings.age is not None and now - time_of(name) > settings.age):
                (folder / name).unlink(missing_ok=True)
    for part in folder.glob(".*.part"):
        with suppress(FileNotFoundError):
            if now.timestamp() - part.stat().st_mtime > LEFTOVER.total_seconds():
                part.unlink()


def newest(folder: Path, kind: MediaKind) -> str | None:
    """Return the name of the file that was taken last, None if there is none."""
    names = _names(folder, kind)
    return names[-1] if names else None


def taken(time: datetime | None, arrived: datetime) -> datetime:
    """Return when something was taken that arrived at a time, which it cannot have been after that."""
    return (time if time is not None and EARLIEST <= time <= arrived else arrived).replace(microsecond=0)


def time_of(name: str) -> datetime:
    """Return the time in the name of a file, in UTC; ValueError if it is none of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is no file of ours")
    clock = datetime.strptime(found["time"], _CLOCK).replace(tzinfo=dt_util.get_default_time_zone())
    return clock.astimezone(UTC)


def _write(folder: Path, medium: Medium, time: datetime) -> Path:
    """Write a file of its own and return it."""
    for number in range(1, MOST_OF_A_SECOND):
        suffix = f"-{number}" if number > 1 else ""
        clock = dt_util.as_local(time).strftime(_CLOCK)
        file = folder / f"{medium.kind.value}-{clock}{suffix}.{ENDINGS[medium.kind]}"
        with suppress(FileExistsError):
            folders.write(file, [medium.data], overwrite=False)
            return file
    raise FileExistsError(f"{MOST_OF_A_SECOND} files of one second")


def _names(folder: Path, kind: MediaKind) -> list[str]:
    """Return the names of files of a kind, by the times in them."""
    try:
        names = [file.name for file in folder.iterdir()]
    except FileNotFoundError:
        return []
    found = [(order, name) for name in names if (order := _order_of(name, kind)) is not None]
    return [name for _, name in sorted(found)]


def _order_of(name: str, kind: MediaKind) -> tuple[datetime, int] | None:
    """Return by what a file is sorted, None if it is none of this kind."""
    found = _NAME.fullmatch(name)
    if found is None or found["kind"] != kind.value or found["ending"] != ENDINGS[kind]:
        return None
    try:
        return time_of(name), int(found["number"] or 1)
    except ValueError:
        return None
