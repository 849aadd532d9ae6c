"""The voice messages and pictures that SeTracker watches send, whole or in parts."""

from datetime import UTC, datetime
import re

from ..models import MediaKind, Piece
from .base import DecodeError

_ESCAPE = re.compile(rb"\x7d([\x01-\x05])")
_ESCAPED = b"}[],*"
_PLACE = re.compile(rb"\d{1,5}")
_CLOCK = re.compile(rb"\d{12}")
_LONGEST_NAME = 64


def read_piece(kind: bytes, payload: bytes) -> Piece:
    """Return what a TK, JXTK or img holds; ValueError if that cannot be told."""
    if kind == b"TK":
        # It has no name, but it is always whole.
        return Piece(MediaKind.VOICE, "TK", 0, 1, _unescape(payload))
    if kind == b"JXTK":
        return _read_part(payload)
    _, clock, data = payload.split(b",", 2)
    return Piece(MediaKind.PHOTO, _name(clock), 0, 1, _unescape(data), _read_clock(clock))


def _read_part(payload: bytes) -> Piece:
    """Return one part of a recording; ValueError if its place is none."""
    _, name, part, parts, data = payload.split(b",", 4)
    if not (_PLACE.fullmatch(part) and _PLACE.fullmatch(parts) and 1 <= int(part) <= int(parts)):
        raise DecodeError("no part of so many")
    return Piece(MediaKind.VOICE, _name(name), int(part) - 1, int(parts), _unescape(data))


def _unescape(data: bytes) -> bytes:
    """Return bytes as they were before they were put into a frame."""
    return _ESCAPE.sub(lambda escape: _ESCAPED[(at := escape[1][0]) - 1 : at], data)


def _name(text: bytes) -> str:
    """Return the word by which parts of one are known, and no more than a part of a long one."""
    return text[:_LONGEST_NAME].decode("latin-1")


def _read_clock(text: bytes) -> datetime | None:
    """Return the time of `yymmddhhmmss`, by a clock that is taken for one in UTC; None if it is none."""
    if _CLOCK.fullmatch(text) is None:
        return None
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(0, 12, 2))
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
