"""Photos and voice messages of one tracker, put together from the pieces in which they come."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
import logging
from zlib import crc32

from .gateway.models import MediaKind, Piece

_LOGGER = logging.getLogger(__name__)

#: The largest photo or voice message, and of how many pieces: the cameras of trackers take some 100 KiB, 1 KiB each.
MOST_BYTES = 2 * 1024 * 1024
MOST_PIECES = 4096
#: How many may be unfinished at a time; the one of which nothing came for longest makes room.
MOST_UNFINISHED = 4
#: How long one may be unfinished without anything of it coming.
PATIENCE = timedelta(minutes=10)
#: How many finished ones are known again.
MOST_REMEMBERED = 8
#: When missing pieces are asked for that did not come by themselves, and how many times.
PAUSE = timedelta(seconds=20)
MOST_QUESTIONS = 3

#: What cameras fill up the last piece of a photo with.
_PADDING = b"\0\xff"
_END_OF_PHOTO = b"\xff\xd9"


class Outcome(StrEnum):
    """What became of pieces that came."""

    FINISHED = "finished"
    #: All of it had come before: its tracker did not hear that.
    REPEATED = "repeated"
    #: Whole, and neither a photo nor a voice message.
    BROKEN = "broken"
    #: Nothing more came.
    ABANDONED = "abandoned"
    #: Too many others came in between.
    DISPLACED = "displaced"
    #: Another of the same name began.
    REPLACED = "replaced"
    #: A piece beyond the last, or one of too many.
    MISPLACED = "misplaced"
    TOO_LARGE = "too_large"


@dataclass(slots=True, frozen=True)
class Medium:
    """A whole photo or voice message: JPEG or AMR, and when it was taken, in UTC, as far as its tracker told."""

    kind: MediaKind
    data: bytes
    time: datetime | None


@dataclass(slots=True)
class _Upload:
    """The pieces of one that have come."""

    total: int
    heard_at: datetime
    time: datetime | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    questions: int = 0
    asked_at: datetime | None = None

    @property
    def missing(self) -> list[int]:
        """The places of which nothing has come."""
        return [place for place in range(self.total) if place not in self.parts]

    def contradicts(self, piece: Piece) -> bool:
        """Whether a piece of this name can be of another one only."""
        return piece.total != self.total or self.parts.get(piece.index, piece.data) != piece.data

    def add(self, piece: Piece, now: datetime) -> None:
        """Put a piece into its place."""
        self.heard_at = now
        self.time = self.time or piece.time
        if piece.index not in self.parts:
            self.parts[piece.index] = piece.data
            self.size += len(piece.data)


class Assembler:
    """Puts the photos and voice messages of one tracker together.

    Pieces may come in any order, more than once, or never; those of several may be mixed. Whatever comes, no more is
    held than a few unfinished ones of bounded size, and `counts` tells what became of them.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: Counter[Outcome] = Counter()
        #: By name, the one of which nothing came for longest first.
        self._uploads: dict[str, _Upload] = {}
        #: Checksums of the pieces of those that were finished last.
        self._finished: dict[str, array[int]] = {}

    def add(self, piece: Piece, now: datetime) -> Medium | None:
        """Take in a piece that came at `now`; return what it completes."""
        self.expire(now)
        if not 0 <= piece.index < piece.total <= MOST_PIECES:
            self._count(Outcome.MISPLACED, f"piece {piece.index} of {piece.total}")
            return None
        upload = self._find(piece, now)
        upload.add(piece, now)
        if upload.size > MOST_BYTES:
            self._drop(piece.name, Outcome.TOO_LARGE)
        elif len(upload.parts) == upload.total:
            del self._uploads[piece.name]
            return self._finish(piece.name, upload)
        return None

    def expire(self, now: datetime) -> None:
        """Give up what has been unfinished for too long."""
        for name, upload in list(self._uploads.items()):
            if not timedelta() <= now - upload.heard_at < PATIENCE:
                self._drop(name, Outcome.REPEATED if self._is_known(name, upload) else Outcome.ABANDONED)

    def ask(self, now: datetime) -> Iterator[tuple[str, list[int]]]:
        """Yield what should be asked for again, each a name and places: where the last piece has come, or silence."""
        for name, upload in self._uploads.items():
            since = max(upload.heard_at, upload.asked_at or upload.heard_at)
            is_over = not upload.questions and upload.total - 1 in upload.parts
            if upload.questions >= MOST_QUESTIONS or not (is_over or now - since >= PAUSE):
                continue
            if not self._is_known(name, upload):
                upload.questions += 1
                upload.asked_at = now
                yield name, upload.missing

    @property
    def held(self) -> int:
        """How many bytes are held of what is unfinished."""
        return sum(upload.size for upload in self._uploads.values())

    def _find(self, piece: Piece, now: datetime) -> _Upload:
        """Return what a piece is of, now the last of which anything came; begin it if it is new."""
        if (known := self._uploads.get(piece.name)) and known.contradicts(piece):
            self._drop(piece.name, Outcome.REPLACED)
        upload = self._uploads.pop(piece.name, None)
        if upload is None and len(self._uploads) >= MOST_UNFINISHED:
            self._drop(next(iter(self._uploads)), Outcome.DISPLACED)
        self._uploads[piece.name] = upload = upload or _Upload(piece.total, now)
        return upload

    def _finish(self, name: str, upload: _Upload) -> Medium | None:
        """Return a whole one, unless it is broken or had come before."""
        if self._is_known(name, upload):
            self._count(Outcome.REPEATED, f"{upload.total} pieces")
            return None
        self._finished.pop(name, None)
        self._finished[name] = array("I", (crc32(upload.parts[place]) for place in range(upload.total)))
        if len(self._finished) > MOST_REMEMBERED:
            del self._finished[next(iter(self._finished))]
        data = b"".join(upload.parts[place] for place in range(upload.total))
        kind = MediaKind.of(data)
        if kind is MediaKind.PHOTO:
            data = data.rstrip(_PADDING)
        if kind is None or (kind is MediaKind.PHOTO and not data.endswith(_END_OF_PHOTO)):
            self._count(
                Outcome.BROKEN, f"{len(data)} bytes that begin with {data[:8].hex()} and end with {data[-2:].hex()}"
            )
            return None
        self.counts[Outcome.FINISHED] += 1
        return Medium(kind, data, upload.time)

    def _is_known(self, name: str, upload: _Upload) -> bool:
        """Whether all that came is of one that was finished: its tracker sends again what it thinks was not heard."""
        sums = self._finished.get(name)
        return (
            sums is not None
            and len(sums) == upload.total
            and all(crc32(part) == sums[place] for place, part in upload.parts.items())
        )

    def _drop(self, name: str, outcome: Outcome) -> None:
        """Forget an unfinished one."""
        upload = self._uploads.pop(name)
        self._count(outcome, f"{len(upload.parts)} of {upload.total} pieces, {upload.size} bytes")

    def _count(self, outcome: Outcome, what: str) -> None:
        """Count what nothing comes of, and tell it to whoever looks for it."""
        self.counts[outcome] += 1
        _LOGGER.debug("A photo or voice message is %s: %s", outcome, what)
