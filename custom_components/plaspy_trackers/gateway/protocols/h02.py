r"""h02: the text and the binary of Sinotrack, Huabao and many another maker's vehicle trackers (ST-901, ST-906, H02).

ASCII over TCP or UDP without a checksum, from `*` and two letters of the maker's through `#`; in between, some send
binary frames (`h02_binary.py`). Digits, letters and blanks fill up where nothing is told.

    *HQ,8612340500,V1,120027,A,0439.4980,N,07405.6220,W,002.59,276,211126,FFFFFBFF,732,101,160,19342,6#
        identity   |  hhmmss |                          knots  |   ddmmyy status   |   |   LAC CID   battery code
                   type UTC  fix                               course              MCC MNC

- identity: ten digits or an IMEI; where it is empty, the one that the connection had before.
- fix: A, or a digit, which is how the position is coded; V, B and nothing are none.
- place: ddmm.mmmm with fewer or no digits of degrees; without a dot the last six digits are mm.mmmm; `-23-35.3408` is
  degrees and minutes. Only the letter tells the hemisphere. The speed may have blanks in front, and a battery code may
  stand behind the course.
- date and time: where one is empty the fix is of the time it arrived at.
- status: `h02_status.py`.
- the rest is another one in every model. Read are a cell in decimal whose network can exist, and the battery code
  behind it; an ICCID; and `odometer,temperature,fuel,altitude,LAC,CID`, of it °C and metres.

Types: V1 and others with V have that; V4 answers a command, with `S20,DONE,120027,` in front of its time; V19 has two
fields more and the ICCID in front of the status; VP1 has no time, and without a fix cells instead of a place.

    LINK,hhmmss,CSQ,satellites,battery %,steps,turns,ddmmyy,status     HTBT,battery %    V0    keep-alives
    NBR,hhmmss,MCC,MNC,?,n,LAC,CID,signal,...,ddmmyy,status            cells
    V3,hhmmss,MCCMNC,nn,LAC,CID,?,dBm,...,?,?,X,ddmmyy,status          cells
    VP1,V,MCC,MNC,LAC,CID,signalYLAC,CID,signalY...                    cells
    SMS,text                                                           answer to a command that is written like an SMS

All other types are presence.

Answered are V1 with `*HQ,<identity>,V4,V1,<UTC yyyyMMddHHmmss>#`, NBR in the same way, HTBT and V0 with themselves,
`*HQ,<identity>,HTBT#`; V1 comes again from some firmware otherwise.

Sources: the published document of H02, captures of 2013 to 2024, drivers and tests of Traccar.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import re
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import Answer, Report
from .base import DecodeError, Match, Protocol
from .h02_binary import HEADER, begins, find_end, read_frame, read_identity
from .h02_commands import COMMANDS, find_serial, make_text
from .h02_status import add_status, find_alarms, name_alarms
from .h02_text import find_position, find_status, read_other, read_position

_MARK = rb"\*[A-Za-z]{2},"
_BEGINNING = re.compile(_MARK + rb"|" + HEADER)
_BINARY = re.compile(HEADER)
_OPENING = re.compile(_MARK + rb"[\d,]")
_CUT_OPENING = re.compile(rb"(?:\*(?:[A-Za-z](?:[A-Za-z],?)?)?)?")

#: Nobody has a longer identity, but text has room for one.
_HEAD = re.compile(_MARK + rb"(\d{0,20}),([0-9A-Za-z]*)")

#: The time stands behind what became of the request, or last.
_ANSWER = re.compile(r"(?:.*,)?(?:DONE|ERROR),(\d{6})(?:,.*)?|(?:.*,)?(\d{6})|.*ERROR.*", re.ASCII | re.DOTALL)

_TIMED = (b"V1", b"NBR")
_KEEP_ALIVES = (b"HTBT", b"V0")


class H02(Protocol):
    """One tracker's side of a connection, and what its last status word was: an alarm is what changes in it."""

    name = "h02"
    title = "SinoTrack / H02"
    #: Only some firmware sends again what was not.
    acknowledges = False
    max_frame = 1024

    bounds_numbers = False
    commands = COMMANDS

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with a tracker that has not said how it is."""
        super().__init__(device_id)
        self._status: int | None = None
        #: The serial of the last request is a time: the next one is later.
        self._asked_at = datetime.min.replace(tzinfo=UTC)

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim the mark of a text with an identity or none, or a binary frame as far as its status."""
        if _OPENING.match(head):
            return Match.YES
        if head.startswith(b"$"):
            known = begins(head)
            return Match.MAYBE if known is None else Match.YES if known else Match.NO
        return Match.MAYBE if _CUT_OPENING.fullmatch(head) else Match.NO

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first frame; a text that lost its `#` is passed over where the next frame begins."""
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        found = _BEGINNING.search(data, start, limit)
        while found is not None:
            begin = found.start()
            if data[begin] == 0x24:
                end = find_end(data, found, final=final)
                return None if end is None else (begin, end)
            end = data.find(b"#", begin, limit)
            if end < 0:
                found = _BINARY.search(data, begin, limit)
            elif (found := _BEGINNING.search(data, begin + 1, end)) is None:
                return begin, end + 1
        return None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame; an alarm is told even if its position is damaged."""
        if frame[0] == 0x24:
            report = self._report(read_identity(frame))
            self._read_status(read_frame(frame, report), report)
            return (report,)
        head = _HEAD.match(frame)
        if head is None:
            raise DecodeError("no identity")
        identity, kind = head.groups()
        report = self._report(identity.decode())
        self._reply(identity, kind, now)
        position = find_position(kind, frame, head.end(), report)
        if (word := find_status(kind, frame, position)) is not None:
            self._read_status(word, report)
        try:
            if position is None:
                read_other(kind, frame[head.end() : -1], report)
            else:
                read_position(position, report, now)
        except ValueError:
            if not report.alarms:
                raise
            self.damaged += 1
        if kind == b"V4":
            _read_answer(report)
        return (report,)

    def _report(self, identity: str) -> Report:
        """Return a report of this tracker, the last one if it does not say who it is."""
        if identity and identity != self.device_id:
            self.device_id = identity
            self._status = None
        if self.device_id is None:
            raise DecodeError("no identity")
        return Report(self.device_id, self.name)

    def _reply(self, identity: bytes, kind: bytes, now: datetime) -> None:
        """Queue the answer to a frame that waits for one."""
        if kind in _TIMED:
            time = f"{now.astimezone(UTC):%Y%m%d%H%M%S}".encode()
            self._acknowledge(b"*HQ,%s,V4,%s,%s#" % (identity, kind, time))
        elif kind in _KEEP_ALIVES:
            self._greet(b"*HQ,%s,%s#" % (identity, kind))

    def _read_status(self, word: int, report: Report) -> None:
        """Read what is the case, and what has changed."""
        add_status(word, report.readings)
        if word != self._status and (bits := find_alarms(word, self._status)):
            report.alarms, report.codes = name_alarms(bits)
        self._status = word

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        self._asked_at = max(now.astimezone(UTC).replace(microsecond=0), self._asked_at + timedelta(seconds=1))
        text = make_text(kind, arguments, f"{self._asked_at:%H%M%S}")
        if text.startswith("0x"):
            return (Request(bytes.fromhex(text[2:])),)
        return (Request(f"*HQ,{self.device_id},{text}#".encode(), find_serial(text)),)


def _read_answer(report: Report) -> None:
    """Add which request this answers, by its time, and whether that is done."""
    found = _ANSWER.fullmatch(report.text or "")
    serial, refused = (found[1] or found[2], "ERROR" in found[0].split(",")) if found else (None, False)
    report.answer = Answer(serial, not refused)
