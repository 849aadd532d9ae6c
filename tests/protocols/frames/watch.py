"""Frames of the watch protocol."""

from tests.simulator.encoders import watch
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

IMEI = "861234050000033"
WATCH_ID = watch.short_id(IMEI)

HOME = ((Cell(732, 101, 9529, 21809), 158), (Cell(732, 101, 9529, 63555), 133))
NAMED = (("Casa [2.4]", "02:00:5e:10:00:01", -47), ("", "02:00:5e:10:00:02", -60))
LONE = (("a]b", "02:00:5e:10:00:01", -47),)

_POSITION = watch.location("UD", TIME, NORTH_WEST, battery=84, cells=HOME, accuracy=12.4)
_SCAN = watch.location("UD_LTE", TIME, None, battery=67, wifi=NAMED)


def encode(content: str | bytes, *, length: int | None = None) -> bytes:
    """Return a frame of our made-up watch."""
    return watch.encode("3G", WATCH_ID, content, length=length)


FRAMES = {
    "position": encode(_POSITION),
    "position, length too small": encode(_POSITION, length=len(_POSITION) - 3),
    "position, length too great": encode(_POSITION, length=len(_POSITION) + 13),
    "stored": watch.encode("SG", IMEI, watch.location("UD2", TIME, SOUTH_EAST, battery=7), index=0x3A),
    "scan with brackets": encode(_SCAN),
    "scan with brackets, length too small": encode(_SCAN, length=len(_SCAN) - 3),
    "scan with a lone bracket": encode(watch.location("UD", TIME, None, battery=67, wifi=LONE)),
    "SOS": encode(watch.location("AL", TIME, None, battery=22, status=1 << 16)),
    "keep-alive": encode(watch.link(50, 3, 84)),
    "bare keep-alive": watch.encode("ZJ", IMEI, watch.link(), index=3),
    "health": encode(watch.blood_pressure_and_heart_rate(118, 76, 71)),
    "temperature": encode(watch.temperature(1, 36.4)),
    "voice": encode(watch.voice(b"#!AMR\n}[],*\xff\0")),
    "confirmation": encode("FIND"),
}

FIRST_FRAMES: dict[str, bytes] = {}

DAMAGED_FRAMES = (
    encode(_POSITION.replace("4.6583", "4.Z583")),
    encode(_POSITION.replace("211126", "311326")),
    encode(_POSITION.replace("74.0937", "274.0937")),
    encode(_POSITION.replace(",A,", ",X,")),
    encode("UD"),
    encode("heart,7x"),
    encode(""),
)
