"""Xexun's FAAF protocol: the binary frames of its personal trackers, bracelets and watches of 2020 to 2025.

Over TCP or UDP, without a login: every frame names its tracker. All integers and floats are big endian.

    FA AF  00 20  00 39  86 12 34 05 00 00 03 30  00 28  F8 04  ...  FA AF
    flag   type   seq.   IMEI                     length sum    payload  flag

- flag: each frame has two of its own. Between them FA AF is sent as FB BF 01 and FB BF as FB BF 02; any other byte
  behind FB BF is an error. Sizes are those without escapes. The stream is cut at every flag, and a piece is a frame if
  its length and sum are right: a frame may lose a flag, or share one, and no damage costs another frame. Where
  nothing follows (silence, the end of a datagram or of the stream), the rest behind the last flag is a piece too, if
  it is such a frame.
- type, u16: 0x0014 records (`xexun2_records.py`), 0x0020 parts (`xexun2_parts.py`), 0x0007 text: a command
  (`xexun2_commands.py`), its sequence 1, or the answer to one. Frames of other types are answered like records, and
  counted as damaged.
- sequence, u16.
- IMEI: 15 BCD digits, then a filler.
- length, u16: the low 10 bits are the bytes of the payload, the others attributes of no known meaning.
- sum, u16: all bytes of the payload added up, folded into 16 bits, and its ones' complement; but 0xFFFF stays 0xFFFF.
  Beyond 0xFFFF the makers' own example folds wrongly, so that either result is accepted.

Answered is, with the type, sequence and IMEI of the frame, every frame whose length and sum are right:

    01    a frame of any type but 0x0007: acknowledges its reports
    02    a probe, which is one record of nothing but zeros: asks firmware that can for frames of type 0x0020
    none  a frame of type 0x0007, which the tracker would take for another command

Sources: captures and drivers of Traccar and its forks, a port of Xexun's document of 2021-05-20, flespi's forum d/75.
"""

from collections.abc import Iterable
from datetime import datetime
import re
from struct import Struct, error as StructError
from typing import override

from ..commands import Checked, CommandKind, Request, bytes_by_hand
from ..models import Answer, Report
from .base import DecodeError, Match, Protocol, claim
from .xexun2_commands import COMMANDS, make_text, name_of
from .xexun2_parts import read_parts
from .xexun2_records import read_records

_FLAG = b"\xfa\xaf"
_ESCAPE = b"\xfb\xbf"
_HEAD = Struct(">H2x8sHH")  # type, IMEI, length, sum
_COMMAND_HEAD = Struct(">HH8sHH")  # the same with its sequence
_IDENTIFIED = 12  # the bytes of a head that an answer repeats
_RECORDS, _PARTS, _TEXT = 0x14, 0x20, 0x07

_OPENING = re.compile(rb"(?:\xfa\xaf)++\0")
_CUT_OPENING = re.compile(rb"(?:\xfa\xaf)*+\xfa?")

_PROBE = b"\x01\x00\x09" + bytes(9)
_DONE = b"\x00\x01\xff\xfe\x01"
_WELCOME = b"\x00\x01\xff\xfd\x02"


class Xexun2(Protocol):
    """One FAAF tracker's side of a conversation; every frame names the tracker anew."""

    name = "xexun2"
    title = "Xexun"
    #: Flags, head and the longest payload are 1043 bytes, of which escapes make up to half as many again.
    max_frame = 1564
    commands = COMMANDS

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a flag, of which a lost frame may have left more, and the first byte of every type."""
        return claim(head, _OPENING, _CUT_OPENING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the next piece that a flag ends, if it is long enough for a head; with that flag only.

        Where nothing follows, the rest is one as well if it is a frame that has lost this flag.
        """
        begin = start
        while (end := data.find(_FLAG, begin)) >= 0:
            if end - begin >= _HEAD.size:
                return begin, end + 2
            begin = end + 2
        return (begin, len(data)) if final and _is_frame(data[begin:]) else None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Answer the frame and read its payload; DecodeError, and no answer, where its length or sum is wrong."""
        kind, imei, head, payload = _open(frame.removesuffix(_FLAG))
        self._answer(kind, head, payload)
        device_id = imei.hex()[:15]
        if not device_id.isdecimal():
            raise DecodeError("no IMEI")
        self.device_id = device_id
        return self._read_payload(kind, payload, device_id, now)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return a text in a frame, or bytes as they stand."""
        text = make_text(kind, arguments)
        if kind is CommandKind.RAW and (data := bytes_by_hand(text)):
            return (Request(data),)
        return (Request(self._enclose(text.encode("ascii")), name_of(text)),)

    def _enclose(self, payload: bytes) -> bytes:
        """Return a frame with a command of at most 257 bytes."""
        imei = bytes.fromhex(f"{self.device_id}0")
        head = _COMMAND_HEAD.pack(_TEXT, 1, imei, len(payload), 0xFFFF - sum(payload))
        return _FLAG + _escape(head + payload) + _FLAG

    def _answer(self, kind: int, head: bytes, payload: bytes) -> None:
        """Queue the answer that is due to a frame."""
        if kind == _RECORDS and payload == _PROBE:
            self._greet(_FLAG + _escape(head + _WELCOME) + _FLAG)
        elif kind != _TEXT:
            self._acknowledge(_FLAG + _escape(head + _DONE) + _FLAG)

    def _read_payload(self, kind: int, payload: bytes, device_id: str, now: datetime) -> Iterable[Report]:
        """Return what a payload means: at least who sent it, unless it is damaged; what cannot be read is counted."""
        reports: list[Report] = []
        whole = True
        if kind == _TEXT:
            reports.append(Report(device_id, self.name, text=payload.decode("latin-1") or None, answer=Answer()))
        elif not payload or (kind == _RECORDS and payload == _PROBE):
            pass
        elif kind == _RECORDS:
            reports, whole = read_records(payload, device_id, now)
        elif kind == _PARTS:
            reports, whole = read_parts(payload, device_id, now)
        else:
            raise DecodeError(f"frame of type {kind:#06x}")
        if not whole:
            self.damaged += 1
            return reports
        return reports or [Report(device_id, self.name)]


def _open(piece: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Return type, IMEI, what an answer repeats and payload; DecodeError or struct.error unless it is a frame."""
    bare = _unescape(piece)
    kind, imei, length, checksum = _HEAD.unpack_from(bare)
    payload = bare[_HEAD.size :]
    if len(payload) != length & 0x3FF or not _is_sum(payload, checksum):
        raise DecodeError("wrong length or sum")
    return kind, imei, bare[:_IDENTIFIED], payload


def _is_frame(piece: bytes) -> bool:
    """Tell whether the length and the sum of a piece are right."""
    try:
        _open(piece)
    except DecodeError, StructError:
        return False
    return True


def _unescape(data: bytes) -> bytes:
    """Return bytes as they were before they were escaped; DecodeError where they cannot have been."""
    if _ESCAPE not in data:
        return data
    # In this order no replacement makes up an escape.
    data = data.replace(_ESCAPE + b"\x01", _FLAG)
    if data.count(_ESCAPE) != data.count(_ESCAPE + b"\x02"):
        raise DecodeError("unknown escape")
    return data.replace(_ESCAPE + b"\x02", _ESCAPE)


def _escape(data: bytes) -> bytes:
    """Return bytes as they may stand between two flags."""
    if _FLAG in data or _ESCAPE in data:
        return data.replace(_ESCAPE, _ESCAPE + b"\x02").replace(_FLAG, _ESCAPE + b"\x01")
    return data


def _is_sum(payload: bytes, checksum: int) -> bool:
    """Tell whether a checksum is that of a payload, by either way to fold it."""
    total = sum(payload)
    if total < 0xFFFF:
        return checksum == 0xFFFF - total
    if total == 0xFFFF:
        return checksum == 0xFFFF
    # 1023 bytes add up to so little that folding once is enough.
    intended = (total & 0xFFFF) + (total >> 16)
    mistaken = ((total & 0xFFFF) + total) >> 16
    return checksum in (0xFFFF if intended == 0xFFFF else 0xFFFF - intended, 0xFFFF - mistaken)
