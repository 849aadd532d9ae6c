"""The packets of recordings and pictures that iw trackers send, and the clock they are named by."""

from datetime import datetime, timedelta
import re

from ..models import MediaKind, Piece
from .base import DecodeError
from .fields import read_time

_CLOCK = re.compile(rb"20(\d\d)-?(\d\d)-?(\d\d) ?(\d\d):?(\d\d):?(\d\d)")
_HEXADECIMAL = re.compile(rb"(?:[0-9A-Fa-f]{2})+")


def read_piece(head: bytes, data: bytes, offset: timedelta) -> Piece:
    """Return what a packet holds whose head is `time,total,index`, by a clock that is ahead of UTC by `offset`.

    Only the first bytes of all tell whether it is a recording or a picture: either type of packet may hold either.
    """
    name, total, index = head.split(b",")
    if not 1 <= int(index) <= int(total):
        raise DecodeError("no packet of so many")
    # The last bytes of a picture are no digits, and of a recording hardly ever.
    if _HEXADECIMAL.fullmatch(data):
        data = bytes.fromhex(data.decode())
    try:
        time = read_clock(name, offset)
    except ValueError:
        time = None
    return Piece(MediaKind.of(data), name.decode("latin-1"), int(index) - 1, int(total), data, time)


def read_clock(text: bytes, offset: timedelta) -> datetime:
    """Return a time by a clock that is ahead of UTC by `offset`; ValueError if it is none."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise DecodeError("no date and time")
    year, month, day, hour, minute, second = found.groups()
    return read_time(year, month, day, hour + minute + second) - offset
