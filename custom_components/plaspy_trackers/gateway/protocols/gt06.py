"""gt06: the binary protocol of Concox and Jimi vehicle trackers (GT06, JM-VL03, VL103, X1), and of all who copy it.

Over TCP, rarely UDP. All numbers are big endian and nothing is escaped, so that any byte may occur anywhere:

    78 78  length u8   type u8  content  serial u16  CRC u16  0D 0A     length: from the type to the CRC
    79 79  length u16  type u8  content  serial u16  CRC u16  0D 0A

The CRC is X-25, from the length to the serial. One public capture in six has a wrong one, and TCP has its own: so it is
written, and looked at only where another frame seems to begin within one. A frame is what ends with 0D 0A where its
length says. What does not is passed over up to 0D 0A or the next mark, but for the frames of mini trackers (of the
gps303 kind), which have neither serial nor CRC:

    78 78  n u8    69 or 17  clock BCD 6, n × (BSSID 6, attenuation u8), count u8, MCC u16, MNC u8,
                             count × (LAC u16, CID u16, attenuation u8)  0D 0A
    78 78  length  10 or 11  content of this length, which begins with GPS  0D 0A
    78 78  0D      01        IMEI 8, version u8  0D 0A

Who speaks is said at the login alone, 01: IMEI 8 (BCD, behind a nibble), model u16 and zone u16, which may be missing;
or by the identities of 94. What comes before is ignored, to be sent again. What the messages hold is drawn in
`gt06_messages.py`, `gt06_scans.py` and `gt06_texts.py`; dozens of types of many vendors are in no document, and prove
presence only.

Answered, by an envelope with the same type and serial and without content:
    - every frame of 78 78, known or not, but 15, 21, 81 and 82, which answer us. Trackers that wait in vain for the one
      to 01, 13 or 23 restart their modem
    - frames of 79 79 of the types 70, F1, F2 and those of media, in an envelope of 79 79. The document does not number
      media: 41 and 8D are taken for them. Their content is not read yet; acknowledged it makes room for the positions
      behind it
    - 8A by the time in UTC, year to second, one byte each
    - the scans of mini trackers by `78 78 00`, type, their clock, `0D 0A`; other frames of theirs by nothing

Time is UTC, but for trackers whose login announces a zone (hours × 100 and minutes in the upper 12 bits, west if bit 3
is set): theirs is of that zone. Firmware that announces one and sends UTC nevertheless gives itself away: a live frame
of this very moment.

Sources: Concox's protocol of the JM-VL03 and captures of 2011 to 2025 in Traccar's tests. Where they disagree, the
document wins: those tests acknowledge 15, and do not acknowledge 70, F1 and F2.
"""

from binascii import crc_hqx
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import re
from struct import Struct
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import Report
from .base import DecodeError, FrameError, Match, Protocol
from .gt06_commands import COMMANDS, read_raw, write_command
from .gt06_messages import READERS, read_position
from .gt06_scans import SCAN_READERS, find_mini_end, read_mini_scan
from .gt06_texts import TEXT_READERS, read_imei

_MARKS = (b"xx", b"yy")
_MARK = re.compile(rb"xx|yy")
_BREAK = re.compile(rb"\r\n|xx|yy")
_BORDER = re.compile(rb"\n(?:xx|yy)")
_LENGTH = Struct(">H")
_LONGEST = 8192
#: Only media are longer. Who makes every byte begin a frame of the same end must not have all of them summed up.
_LONGEST_CHECKED = 1024

_LOGIN = 0x01
_TIME = 0x8A
_COMMAND = 0x80
_INFORMATION = 0x94
_KEEP_ALIVES = frozenset((0x13, 0x23))
#: Answers to our commands, and what is answered by more than an acknowledgement.
_UNANSWERED = frozenset((0x15, 0x21, 0x81, 0x82, _TIME))
_ACKNOWLEDGED = frozenset((0x41, 0x70, 0x8D, 0xF1, 0xF2))
_MINI_SCANS = frozenset((0x17, 0x69))
_MINI_POSITIONS = frozenset((0x10, 0x11))

_READERS = READERS | SCAN_READERS | TEXT_READERS

#: A live frame arrives this soon after it was made.
_MOMENT = timedelta(minutes=10)

#: Every byte, its bits in the opposite order.
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class Gt06(Protocol):
    """One tracker's side of a connection, known by the identity of its login."""

    name = "gt06"
    title = "Concox / GT06"
    #: What the document says of positions; logins and heartbeats are repeated.
    acknowledges = False
    #: A position has 50 bytes, settings some hundred; packets of media are the longest.
    max_frame = _LONGEST
    #: A heartbeat every three minutes.
    silence = timedelta(minutes=15)
    repeats_alarms = True
    commands = COMMANDS

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with a tracker whose clock shows UTC, until a login announces a zone."""
        super().__init__(device_id)
        self._zone = timedelta()
        #: Whether a live frame has shown that the times are of that zone.
        self._proven = False
        self._requests = 0
        #: Bytes since the last whole frame that are none.
        self._passed = 0

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim either mark."""
        if _MARK.match(head):
            return Match.YES
        return Match.MAYBE if head in (b"", b"x", b"y") else Match.NO

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first whole frame, or what is none up to where the next one may begin.

        What only seems to begin a frame delays those behind it until its bytes are there, or until nothing follows.
        """
        mark = _MARK.search(data, start)
        cut = False
        while mark is not None:
            begin = mark.start()
            if (end := _find_end(data, begin)) > 0:
                return begin, end
            if not end and not final:
                # Handed over as damage, what was passed over is not looked at again.
                return (start, begin) if begin > start else None
            cut = cut or not end
            found = _BREAK.search(data, begin + 1)
            if found is None:
                return (start, begin) if begin > start and not final else None
            if found[0] != b"\r\n":
                mark = found
            elif not cut or found.end() == len(data):
                return begin, found.end()
            else:
                mark = _MARK.search(data, found.end())
        return None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Answer a frame and read its content; nothing of who has not said who it is."""
        if not _is_whole(frame):
            if not _is_mini(frame):
                self._pass_over(frame)
                return ()
            self._passed = 0
            return self._read_mini(frame)
        self._passed = 0
        begin = 5 if frame[0] == 0x79 else 4
        kind, end = frame[begin - 1], len(frame) - 6
        if kind == _LOGIN:
            return (self._log_in(frame, begin, end),)
        if kind == _TIME:
            self._greet(encode_frame(_TIME, frame[-6:-4], _encode_clock(now)))
        if self.device_id is None and kind != _INFORMATION:
            return ()
        report = Report(self.device_id or "", "gt06")
        self._answer(kind, frame)
        if end > begin and (read := _READERS.get(kind)) is not None:
            try:
                read(report, frame, begin, end)
            except ValueError:
                # An alarm counts without its position.
                if not report.alarms:
                    raise
                self.damaged += 1
            if self._zone:
                self._move(report, now)
        self.device_id = report.device_id or None
        return (report,) if report.device_id else ()

    def _log_in(self, frame: bytes, begin: int, end: int) -> Report:
        """Take the identity, and the zone if one is announced."""
        self.device_id = read_imei(frame[begin : min(begin + 8, end)])
        self._zone = _read_zone(*_LENGTH.unpack_from(frame, begin + 10)) if end - begin >= 12 else timedelta()
        self._proven = False
        self._greet(encode_frame(_LOGIN, frame[-6:-4], extended=begin == 5))
        return Report(self.device_id, "gt06")

    def _answer(self, kind: int, frame: bytes) -> None:
        """Queue the acknowledgement that a frame is due."""
        if frame[0] == 0x79:
            if kind in _ACKNOWLEDGED:
                self._acknowledge(encode_frame(kind, frame[-6:-4], extended=True))
        elif kind in _KEEP_ALIVES:
            self._greet(encode_frame(kind, frame[-6:-4]))
        elif kind not in _UNANSWERED:
            self._acknowledge(encode_frame(kind, frame[-6:-4]))

    def _pass_over(self, piece: bytes) -> None:
        """Count what is no frame: DecodeError if it was to be one, FrameError if there is nothing else for too long."""
        self._passed += len(piece)
        if self._passed > self.max_frame:
            raise FrameError(f"no gt06 frame in {self._passed} bytes")
        if piece.startswith(_MARKS):
            raise DecodeError("wrong length")

    def _read_mini(self, frame: bytes) -> Iterable[Report]:
        """Read a frame of a mini tracker."""
        kind = frame[3]
        if kind == _LOGIN:
            self.device_id = read_imei(frame[4:12])
            self._zone = timedelta()
        if self.device_id is None:
            return ()
        report = Report(self.device_id, "gt06")
        if kind in _MINI_SCANS:
            self._acknowledge(b"xx\0%b%b\r\n" % (frame[3:4], frame[4:10]))
            read_mini_scan(report, frame)
        elif kind in _MINI_POSITIONS:
            read_position(report, frame, 4, len(frame) - 2)
        return (report,)

    def _move(self, report: Report, now: datetime) -> None:
        """Put the times of a report into UTC, unless it shows that they are."""
        time = report.time
        if time is None:
            return
        moved = time - self._zone
        if not self._proven and not report.buffered:
            if abs(now - time) <= _MOMENT:
                self._zone = timedelta()
                return
            self._proven = abs(now - moved) <= _MOMENT
        report.time = moved
        if report.fix is not None:
            report.fix.time = moved

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return the frame of a command; its server flag counts the commands of a connection from 0."""
        if kind is CommandKind.RAW and (frame := read_raw(arguments.text("data"))) is not None:
            return (Request(frame),)
        text = write_command(kind, arguments, password).encode()
        flag = self._requests
        self._requests += 1
        content = bytes((4 + len(text),)) + flag.to_bytes(4) + text
        return (Request(encode_frame(_COMMAND, (flag & 0xFFFF).to_bytes(2), content), str(flag)),)


def encode_frame(kind: int, serial: bytes, content: bytes = b"", *, extended: bool = False) -> bytes:
    """Return a whole frame; its length has two bytes where it is `extended`."""
    size = 5 + len(content)
    body = (size.to_bytes(2) if extended else size.to_bytes()) + kind.to_bytes() + content + serial
    return (b"yy" if extended else b"xx") + body + _checksum(body) + b"\r\n"


def _checksum(data: bytes) -> bytes:
    """Return the CRC-16/X-25: the reflection of one that the standard library has, inverted."""
    crc = crc_hqx(data.translate(_REVERSED), 0xFFFF) ^ 0xFFFF
    return crc.to_bytes(2, "little").translate(_REVERSED)


def _find_end(data: bytes, begin: int) -> int:
    """Return where the frame that begins with a mark ends by its length, 0 if more bytes will tell, -1 for nowhere."""
    size = len(data)
    if size < begin + 4:
        return 0
    if data[begin] == 0x78:
        end = begin + data[begin + 2] + 5
        shortest = begin + 6
    else:
        end = begin + _LENGTH.unpack_from(data, begin + 2)[0] + 6
        shortest = begin + 11
    if end > begin + _LONGEST:
        return -1
    if end > size:
        return 0
    if end >= shortest and data[end - 1] == 0x0A and data[end - 2] == 0x0D and not _swallows(data, begin, end):
        return end
    if data[begin] == 0x78 and data[begin + 3] in _MINI_SCANS:
        return find_mini_end(data, begin)
    return -1


def _swallows(data: bytes, begin: int, end: int) -> bool:
    """Tell whether a length was damaged such that it leads to the end of a later frame."""
    if data.find(b"\nx", begin, end) < 0 and data.find(b"\ny", begin, end) < 0:
        return False
    if end - begin > _LONGEST_CHECKED or _BORDER.search(data, begin, end) is None:
        return False
    return data[end - 4 : end - 2] != _checksum(data[begin + 2 : end - 4])


def _is_whole(frame: bytes) -> bool:
    """Tell whether a piece of the stream is a frame as long as it says."""
    if not frame.startswith(_MARKS) or _find_end(frame, 0) != len(frame):
        return False
    return frame[0] == 0x79 or frame[2] + 5 == len(frame)


def _is_mini(frame: bytes) -> bool:
    """Tell whether a piece of the stream is the frame of a mini tracker."""
    if not frame.startswith(b"xx") or len(frame) < 6 or not frame.endswith(b"\r\n"):
        return False
    length, kind = frame[2], frame[3]
    if kind in _MINI_SCANS:
        return find_mini_end(frame, 0) == len(frame)
    if kind == _LOGIN:
        return length == 13 and len(frame) == 15
    return kind in _MINI_POSITIONS and len(frame) == length + 6


def _read_zone(bits: int) -> timedelta:
    """Return how far ahead of UTC a login says the clock is; nothing where no place on earth is."""
    hours, minutes = divmod(bits >> 4, 100)
    if minutes >= 60 or hours > 14:
        return timedelta()
    zone = timedelta(hours=hours, minutes=minutes)
    return -zone if bits & 8 else zone


def _encode_clock(now: datetime) -> bytes:
    """Return the time in UTC."""
    time = now.astimezone(UTC)
    return bytes((time.year % 100, time.month, time.day, time.hour, time.minute, time.second))
