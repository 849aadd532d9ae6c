"""The bytes of a file, piece by piece and no more than were asked for, and what they look like."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator
from enum import Enum, auto
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from .errors import FormatError, Reason

#: Bytes that are read at once.
PIECE = 64 * 1024

#: Bytes of a file. Ten years of a telephone's timeline are about as many; a year of a tracker is a tenth.
MAX_BYTES = 512 * 1024 * 1024

#: How files begin that hold others: zip (a KMZ, a spreadsheet), gzip, bzip2, xz, 7z, zstd.
_COMPRESSED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")


class Syntax(Enum):
    """What a file is written in."""

    XML = auto()
    JSON = auto()
    TABLE = auto()


def open_source(data: bytes | BinaryIO, most: int = MAX_BYTES) -> tuple[Syntax, Iterator[bytes]]:
    """Return what a file is written in, told by its first bytes, and its pieces."""
    pieces = _pieces(BytesIO(data) if isinstance(data, bytes) else data, most)
    head = next(pieces, b"")
    while head and len(head) < PIECE and (more := next(pieces, b"")):
        head += more
    return _syntax(head), chain((head,), pieces)


def decoded(pieces: Iterator[bytes]) -> Iterator[str]:
    """Yield the text of a file in UTF-8, or in UTF-16 if it begins with that mark."""
    head = next(pieces, b"")
    utf16 = head.startswith((BOM_UTF16_BE, BOM_UTF16_LE))
    decoder = getincrementaldecoder("utf-16" if utf16 else "utf-8-sig")()
    try:
        for piece in chain((head,), pieces):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FormatError(Reason.ENCODING, f"no {error.encoding}") from error


def _pieces(stream: BinaryIO, most: int) -> Iterator[bytes]:
    left = most
    while piece := stream.read(PIECE):
        left -= len(piece)
        if left < 0:
            raise FormatError(Reason.TOO_LARGE, f"more than {most} bytes")
        yield piece


def _syntax(head: bytes) -> Syntax:
    if head.startswith(_COMPRESSED):
        raise FormatError(Reason.COMPRESSED)
    if head.startswith((BOM_UTF16_BE, BOM_UTF16_LE)):
        # Cut to whole pairs; the second half of one at the end does not matter here.
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    else:
        text = head.removeprefix(BOM_UTF8)
    first = text.lstrip()[:1]
    if not first:
        raise FormatError(Reason.EMPTY)
    return {b"<": Syntax.XML, b"{": Syntax.JSON, b"[": Syntax.JSON}.get(first, Syntax.TABLE)
