"""jt808: JT/T 808, the standard of Chinese vehicle terminals of 2011, 2013 and 2019, and what trackers made of it.

Cameras, vehicle trackers, tags and padlocks speak it, over TCP or UDP, all numbers big endian:

    7E  0200  001F        012340500066  0040    ...   6B   7E
        id    attributes  identity      serial  body  sum

`jt808_envelope.py` tells the attributes, the form of 2019, identities, escapes and check sum. The stream is cut at
every flag, and a piece is a frame if it is as long as its header says: a lost flag, or noise, costs its own frame
alone. One with a wrong check sum is damaged, and not answered; but a position whose time is a possible one is answered,
read as far as it goes, even if its length is wrong too, and only counted as damaged: if the connection had no other
identity before. There are captures of such, and a byte that got lost in front of the time would have moved it.

Each frame is answered once its check sum is right, by a frame that names its serial; ours is 0 then:

    0100 registration       8100: serial u16, result 0, and a text to authenticate with: the digits of the identity
    0109 asks for the time  8109: year u16, month, day, hour, minute, second u8 in UTC, result 0
    0801 multimedia         8001, and when all of its parts are here 8800 with its number u32
    answers to us, 0702     nothing; nor to the frames of padlocks, 5501 and 5502
    all others              8001: serial u16, id u16, result 0

Any text authenticates (0102). That 0702 is not answered is what the samples have; the standard can be read otherwise.

    0200  a position (`jt808_positions.py`); 0201 and 0500 as well, behind the serial of the request that they answer
    0704  positions: count u16, kind u8 (1 stored), and as often: length u16, a position
    0210  positions, of a vendor: as often as there are, length u8, a position; one without a fix, an alarm or a scan is
          left out

`jt808_media.py` tells of photos and sounds, `jt808_answers.py` what else says something. All others, those that nobody
knows among them, prove presence. What is encrypted is answered, and counted as damaged.

The parts of one message are put together. All but the last are answered as they come, since a tracker may wait for that
before it sends the next; the last when the message is complete. So no whole message is acknowledged before it is read.

Between their frames padlocks send text in brackets, `(identity,1,001,...)`, which is never answered.

Sources: JT/T 808-2013 and -2019, captures, Traccar.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
import re
from struct import Struct
from typing import override

from ..commands import Checked, CommandError, CommandKind, Fault, Request
from ..models import Answer, Report
from .base import DecodeError, Match, Protocol, claim
from .jt808_answers import READERS
from .jt808_commands import COMMANDS, make_message, read_hexadecimal
from .jt808_envelope import (
    FLAG,
    MOST_PARTS,
    OTHER_FLAG,
    Form,
    Header,
    Parts,
    check_sum,
    encode,
    fits,
    make_form,
    read_header,
    read_identity,
    spell_identity,
    unescape,
)
from .jt808_media import Multimedia
from .jt808_positions import is_plausible, read_batch, read_position

_GENERAL = Struct(">HHB")
_RESULT = Struct(">HB")
_TIME = Struct(">H5BB")

#: A keep-alive of a padlock; a whole frame without its first flag.
_SHORTEST = 12
#: Header, fixed part and check sum of a position.
_SHORTEST_POSITION = 41

_REGISTRATION, _TIME_REQUEST, _POSITION, _BATCH, _VENDOR_BATCH, _MULTIMEDIA = (
    0x0100, 0x0109, 0x0200, 0x0704, 0x0210, 0x0801,
)  # fmt: skip
_MULTIMEDIA_ANSWER = 0x8800
#: Positions that answer a request, behind its serial.
_ANSWERED_POSITIONS = (0x0201, 0x0500)
#: What tells nothing but that the tracker is there.
_GREETINGS = frozenset((0x0002, 0x0003, 0x0102))
#: Answers to us, and what the document has no answer to.
_UNANSWERED = frozenset(
    (0x0001, 0x0104, 0x0201, 0x0302, 0x0500, 0x0700, 0x0701, 0x0702, 0x0802, 0x0805, 0x1205, 0x1300, 0x5501, 0x5502)
)
#: Messages that say something, which are put together if they come in parts.
_TOLD = frozenset((_POSITION, _BATCH, _VENDOR_BATCH, *_ANSWERED_POSITIONS, *READERS))

_STORED = 1  # the kind of a batch

#: The ids that trackers send, and attributes without the bits that have no meaning, but for padlocks.
_FLAGS = rb"(?:\x7e++|\xe7++)"
_BEGINNING = re.compile(
    _FLAGS
    + rb"(?:[\x00-\x13\x60].[\x00-\x03\x20-\x23\x40-\x43\x60-\x63]|\x55[\x01\x02][\x00-\x03\x80-\x9f])"
    # Text; tk103 has letters behind the comma.
    + rb"|\(\d{10,15},\d",
    re.DOTALL,
)
_CUT_BEGINNING = re.compile(
    rb"(?:" + _FLAGS + rb"(?:[\x00-\x13\x60].?|\x55[\x01\x02]?)?|\((?:\d{0,15}|\d{10,15},))?", re.DOTALL
)
_BLANKS = b"\r\n \0"
_TEXT_BEGINS = _BLANKS + b"("
_TEXT = re.compile(rb"[\r\n \0]*+\((\d{10,15}),[^()\x7e\xe7]*+\)")


class Jt808(Protocol):
    """One tracker's side of a connection: every frame names it anew, and nearly every frame is answered."""

    name = "jt808"
    title = "JT/T 808"
    repeats_alarms = True
    commands = COMMANDS
    #: The longest header and body, every byte of them escaped, and the flags.
    max_frame = 2 * (21 + 1023 + 1) + 2

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with no bytes."""
        super().__init__(device_id)
        self._flag = FLAG
        self._has_spoken = False
        self._form = make_form(device_id or "")
        #: The identity that the last frame gave, and our form and `device_id` follow from.
        self._identity = b""
        self._parts = Parts()
        self._multimedia = Multimedia()
        #: The serial of our next request.
        self._serial = 0

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a flag, and an id and the first of the attributes that a tracker sends; or the text of a padlock."""
        return claim(head, _BEGINNING, _CUT_BEGINNING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the next piece that is a frame, with the flag behind it, or text in brackets.

        Whether a flag ends one frame or begins the next makes no difference, so a lost one costs its own frame alone.
        """
        if not self._has_spoken:
            self._learn_flag(data, start)
        flag = self._flag
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        begin = start
        while (end := data.find(flag, begin, limit)) >= 0:
            if end - begin >= _SHORTEST:
                if data[begin] in _TEXT_BEGINS and (text := _TEXT.match(data, begin, end)) is not None:
                    return text.span()
                if _is_frame(unescape(data[begin:end], flag)):
                    return begin, end + 1
            begin = end + 1
        text = _TEXT.match(data, begin, limit)
        return None if text is None else text.span()

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Answer a frame, then read it; DecodeError, and no answer, where its check sum is wrong."""
        if frame.endswith(b")"):
            return (self._read_text(frame),)
        bare = unescape(frame[:-1], self._flag)
        header = read_header(bare)
        if check_sum(bare):
            if not self._is_forgiven(header, bare, now):
                raise DecodeError("wrong check sum")
            self.damaged += 1
        if header.identity != self._identity:
            self._form = Form(self._flag, header.version, header.identity)
            # Not known yet: the identity may turn out to be none.
            self._identity = b""
        part = bare[header.begin : header.end]
        body: bytes | None = part
        if header.parts == 1:
            self._answer(header, part, now)
        else:
            body = self._join(header, part, now)
        device_id = self._identify(header.identity)
        if header.encrypted:
            raise DecodeError("encrypted")
        if header.kind == _MULTIMEDIA:
            return (Report(device_id, "jt808", piece=self._multimedia.read(header, part)),)
        if body is None:
            return (Report(device_id, "jt808"),)
        return self._read_message(header, body, device_id, now)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return the frame of a command, which its answer will name by its serial."""
        message = make_message(kind, arguments)
        if message is None:
            return (self._request_as_it_stands(read_hexadecimal(arguments.text("data")) or b""),)
        if self._form is None:
            raise CommandError(Fault.UNIDENTIFIED)
        serial = self._serial
        self._serial = serial + 1 & 0xFFFF
        return (Request(encode(self._form, message[0], serial, message[1]), str(serial)),)

    @override
    def ask_again(self, name: str, missing: Sequence[int]) -> bytes:
        """Return 8800 with the parts that are missing of what comes now."""
        body = self._multimedia.ask(name, list(missing))
        return self._encode(_MULTIMEDIA_ANSWER, body) if body and self._form is not None else b""

    def _learn_flag(self, data: bytes, start: int) -> None:
        """Learn which flag a tracker has: one stands in front of everything."""
        if head := data[start:].lstrip(_BLANKS):
            self._has_spoken = True
            self._flag = OTHER_FLAG if head.startswith(OTHER_FLAG) else FLAG

    def _is_forgiven(self, header: Header, bare: bytes, now: datetime) -> bool:
        """Tell whether a frame with a wrong check sum is a position of this tracker all the same."""
        return (
            header.kind == _POSITION
            and header.parts == 1
            and header.identity == (self._identity or header.identity)
            and is_plausible(bare, header.begin, now)
        )

    def _identify(self, identity: bytes) -> str:
        """Return who sent a frame; DecodeError if it does not say."""
        if self.device_id is None or identity != self._identity:
            self.device_id = read_identity(identity)
            self._identity = identity
        return self.device_id

    def _answer(self, header: Header, body: bytes, now: datetime) -> None:
        """Queue what is due to a frame, or to a part of a message."""
        kind = header.kind
        if kind in _UNANSWERED:
            return
        if kind == _REGISTRATION:
            token = spell_identity(header.identity).encode()
            self._greet(self._encode(0x8100, _RESULT.pack(header.serial, 0) + token))
        elif kind == _TIME_REQUEST:
            moment = now.astimezone(UTC)
            time = _TIME.pack(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, 0)
            self._greet(self._encode(0x8109, time))
        elif kind in _GREETINGS:
            self._greet(self._encode(0x8001, _GENERAL.pack(header.serial, kind, 0)))
        else:
            self._acknowledge(self._encode(0x8001, _GENERAL.pack(header.serial, kind, 0)))
        if kind == _MULTIMEDIA:
            self._answer_multimedia(header, body)

    def _answer_multimedia(self, header: Header, body: bytes) -> None:
        """Queue that multimedia are complete, behind the part that completes them."""
        self._multimedia.hear(header, body)
        if self._multimedia.is_complete:
            self._acknowledge(self._encode(_MULTIMEDIA_ANSWER, self._multimedia.number))

    def _join(self, header: Header, body: bytes, now: datetime) -> bytes | None:
        """Answer a part of a message, and return the whole body if this part completes it."""
        possible = 0 < header.part <= header.parts <= MOST_PARTS
        if header.kind not in _TOLD or not possible:
            self._answer(header, body, now)
            if header.kind in _TOLD:
                raise DecodeError(f"part {header.part} of {header.parts}")
            return None
        whole = self._parts.add(header, body)
        is_last = header.part == header.parts
        if whole is not None or not is_last:
            self._answer(header, body, now)
        if whole is not None and not is_last:
            last = header.serial + header.parts - header.part & 0xFFFF
            self._answer(header._replace(serial=last, part=header.parts), body, now)
        return whole

    def _read_message(self, header: Header, body: bytes, device_id: str, now: datetime) -> Iterable[Report]:
        """Return what a whole message means: at least who sent it; what of it cannot be read is counted."""
        kind = header.kind
        if kind == _POSITION:
            report, whole = read_position(body, 0, len(body), device_id, now)
            self.damaged += not whole
            return (report,)
        if kind in (_BATCH, _VENDOR_BATCH):
            return self._read_batch(kind, body, device_id, now)
        if kind in _ANSWERED_POSITIONS:
            report, whole = read_position(body, 2, len(body), device_id, now)
            report.answer = Answer(str(int.from_bytes(body[:2])))
            self.damaged += not whole
            return (report,)
        report = Report(device_id, "jt808")
        if (read := READERS.get(kind)) is not None:
            read(report, body, header.version)
        return (report,)

    def _read_batch(self, kind: int, body: bytes, device_id: str, now: datetime) -> Iterable[Report]:
        """Return the positions of a batch; what none can be read of is damaged."""
        if kind == _BATCH:
            reports, whole = read_batch(body, 3, 2, device_id, now, buffered=body[2] == _STORED)
        else:
            reports, whole = read_batch(body, 0, 1, device_id, now, buffered=False)
            reports = [report for report in reports if report.fix or report.alarms or report.cells or report.wifi]
        if not whole:
            if not reports:
                raise DecodeError("no position that can be read")
            self.damaged += 1
        return reports or (Report(device_id, "jt808"),)

    def _read_text(self, frame: bytes) -> Report:
        """Return the text of a padlock."""
        found = _TEXT.fullmatch(frame)
        if found is None:
            raise DecodeError("no text")
        self.device_id = found[1].decode().lstrip("0") or "0"
        self._identity = b""
        return Report(self.device_id, "jt808", text=frame.strip(_BLANKS).decode("latin-1"))

    def _encode(self, kind: int, body: bytes) -> bytes:
        """Return a frame that answers."""
        assert self._form is not None
        return encode(self._form, kind, 0, body)

    def _request_as_it_stands(self, frame: bytes) -> Request:
        """Return a frame that somebody made; its answer will name its serial, if it is one."""
        bare = unescape(frame.strip(self._flag), self._flag)
        return Request(frame, str(read_header(bare).serial) if _is_frame(bare) and not check_sum(bare) else None)


def _is_frame(bare: bytes) -> bool:
    """Tell whether bytes without escapes can be a frame: their length is right, or they may be a position."""
    return len(bare) >= _SHORTEST and (fits(bare) or (len(bare) >= _SHORTEST_POSITION and bare.startswith(b"\x02\x00")))
