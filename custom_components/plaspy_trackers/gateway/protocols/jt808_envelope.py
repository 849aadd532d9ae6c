"""The envelope of JT/T 808 (`jt808.py`): flags, escapes, check sum, header, identities and messages in parts.

Behind the escapes a frame is, all numbers big endian:

    id u16, attributes u16, [version u8], identity 6 or 10 bytes, serial u16, [parts u16, part u16], body, check sum u8

- attributes: bits 0 to 9 the length of the body, 10 to 12 how it is encrypted, 13 that the message comes in parts, 14
  that this is the form of 2019, which has a version and the longer identity.
- check sum: all bytes in front of it, XOR.
- padlocks (ids 5501 and 5502) have a serial of one byte, and bits of their own instead of the flags.
- identity: decimal digits as BCD, leading zeros not counted; or, in six bytes that are no such digits, the number that
  the first 14 digits of an IMEI are. The last digit follows from them.
- escapes: between the flags 7E, 7E is sent as 7D 02 and 7D as 7D 01. A few trackers have E7 for a flag, E6 02 for
  E7, E6 01 for E6, 3E 02 for 3D and 3E 01 for 3E. The check sum is that of the bytes without escapes.
"""

from struct import Struct
from typing import NamedTuple

from .base import DecodeError

FLAG = b"\x7e"
OTHER_FLAG = b"\xe7"

#: Id, attributes, identity, serial: a whole message without a body, but for the check sum.
_HEAD = Struct(">HH6sH")
_HEAD_2019 = Struct(">HHc10sH")
_PARTS = Struct(">HH")
_KIND = Struct(">HH")
_SERIAL = Struct(">H")
_LENGTH = 0x03FF
_ENCRYPTED = 0x1C00
_IN_PARTS = 0x2000
_OF_2019 = 0x4000
_PADLOCKS = (0x5501, 0x5502)

#: The first 14 digits of an IMEI are fewer than this.
_IMEIS = 10**14
_LONGEST_BCD = 12

#: A message in more parts than this is not put together: a batch of 300 positions has fewer.
MOST_PARTS = 32


class Form(NamedTuple):
    """How a tracker writes its headers, and wants ours: flag, version (empty in the form of 2013) and identity."""

    flag: bytes
    version: bytes
    identity: bytes


class Header(NamedTuple):
    """What stands in front of a body, which is `begin` to `end` of the frame without escapes."""

    kind: int
    version: bytes
    identity: bytes
    serial: int
    begin: int
    end: int
    parts: int
    part: int
    encrypted: bool


def unescape(data: bytes, flag: bytes = FLAG) -> bytes:
    """Return bytes as they were before they were escaped."""
    # In this order no replacement makes up an escape.
    if flag == FLAG:
        return data.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d") if b"\x7d" in data else data
    data = data.replace(b"\xe6\x02", b"\xe7").replace(b"\xe6\x01", b"\xe6")
    return data.replace(b"\x3e\x02", b"\x3d").replace(b"\x3e\x01", b"\x3e")


def escape(data: bytes, flag: bytes = FLAG) -> bytes:
    """Return bytes as they may stand between two flags."""
    if flag == FLAG:
        return data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    data = data.replace(b"\x3e", b"\x3e\x01").replace(b"\x3d", b"\x3e\x02")
    return data.replace(b"\xe6", b"\xe6\x01").replace(b"\xe7", b"\xe6\x02")


def check_sum(data: bytes) -> int:
    """Return the XOR of all bytes, which is 0 where the last of them is that of the others."""
    value = int.from_bytes(data)
    # Each half of a number onto the other is many times as fast as byte by byte.
    shift = 4 << len(data).bit_length()
    while shift >= 8:
        value ^= value >> shift
        shift >>= 1
    return value & 0xFF


def fits(bare: bytes) -> bool:
    """Tell whether bytes without escapes are as long as their header says; struct.error if they have none."""
    kind: int
    attributes: int
    kind, attributes, _, _ = _HEAD.unpack_from(bare)
    size = len(bare) - (attributes & _LENGTH)
    if attributes & (_OF_2019 | _IN_PARTS) and kind not in _PADLOCKS:
        return size == 13 + (5 if attributes & _OF_2019 else 0) + (4 if attributes & _IN_PARTS else 0)
    return size == (13 if kind not in _PADLOCKS else 12)


def read_header(bare: bytes) -> Header:
    """Return the header of bytes without escapes; struct.error if they end before it does."""
    end = len(bare) - 1
    kind, attributes, identity, serial = _HEAD.unpack_from(bare)
    if kind in _PADLOCKS:
        return Header(kind, b"", identity, serial >> 8, 11, end, 1, 1, False)
    encrypted = bool(attributes & _ENCRYPTED)
    if not attributes & (_OF_2019 | _IN_PARTS):
        return Header(kind, b"", identity, serial, 12, min(end, 12 + (attributes & _LENGTH)), 1, 1, encrypted)
    version, begin, parts, part = b"", 12, 1, 1
    if attributes & _OF_2019:
        _, _, version, identity, serial = _HEAD_2019.unpack_from(bare)
        begin = _HEAD_2019.size
    if attributes & _IN_PARTS:
        parts, part = _PARTS.unpack_from(bare, begin)
        begin += 4
    end = min(end, begin + (attributes & _LENGTH))
    return Header(kind, version, identity, serial, begin, end, parts, part, encrypted)


def encode(form: Form, kind: int, serial: int, body: bytes) -> bytes:
    """Return a whole frame to a tracker; its body has at most 1023 bytes."""
    attributes = len(body) | (_OF_2019 if form.version else 0)
    content = b"".join((_KIND.pack(kind, attributes), form.version, form.identity, _SERIAL.pack(serial), body))
    content += bytes((check_sum(content),))
    return form.flag + escape(content, form.flag) + form.flag


def read_identity(identity: bytes) -> str:
    """Return the digits of an identity; DecodeError if it has none."""
    return spell_identity(identity).lstrip("0") or "0"


def spell_identity(identity: bytes) -> str:
    """Return the digits of an identity, leading zeros among them; DecodeError if it has none."""
    digits = identity.hex()
    if digits.isdecimal():
        return digits
    number = int.from_bytes(identity)
    if len(identity) != 6 or number >= _IMEIS:
        raise DecodeError("no identity")
    return f"{number:014}{_last_digit(number)}"


def make_form(device_id: str) -> Form | None:
    """Return how a tracker that has not spoken yet writes its headers, as far as its identity tells; None if not.

    An IMEI may be the number that its first digits are, or the digits of the form of 2019; the former wins where its
    last digit is right.
    """
    if not device_id.isdecimal() or len(device_id) > 20:
        return None
    if len(device_id) <= _LONGEST_BCD:
        return Form(FLAG, b"", bytes.fromhex(device_id.zfill(_LONGEST_BCD)))
    number = int(device_id[:-1])
    packed = number.to_bytes(8)[2:]
    if number < _IMEIS and not packed.hex().isdecimal() and int(device_id[-1]) == _last_digit(number):
        return Form(FLAG, b"", packed)
    return Form(FLAG, b"\x01", bytes.fromhex(device_id.zfill(20)))


def _last_digit(number: int) -> int:
    """Return the digit that Luhn's rule adds to the first ones of an IMEI."""
    total = 0
    for place, digit in enumerate(reversed(str(number))):
        value = int(digit) * (1 if place % 2 else 2)
        total += value // 10 + value % 10
    return -total % 10


class Parts:
    """The parts of the message that a tracker sends in several frames: of one message, and of `MOST_PARTS` at most.

    They are kept when they are all there, so that one that is sent again, because its acknowledgement was lost, gives
    the whole message again.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._message: tuple[int, bytes, int, int] | None = None
        self._bodies: dict[int, bytes] = {}

    def add(self, header: Header, body: bytes) -> bytes | None:
        """Return the whole body if this part completes it."""
        message = (header.kind, header.identity, header.parts, (header.serial - header.part) & 0xFFFF)
        # Serials begin anew some day: then another message has the number of this one.
        if message != self._message or self._bodies.get(header.part, body) != body:
            self._message = message
            self._bodies = {}
        self._bodies[header.part] = body
        if len(self._bodies) < header.parts:
            return None
        return b"".join(self._bodies[part] for part in range(1, header.parts + 1))
