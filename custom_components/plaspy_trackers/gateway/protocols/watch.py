r"""watch: the text of SeTracker, Beesure and 4P-Touch watches for children and the old, and of copies by many makers.

Over TCP, a long connection. Every frame names its watch; brackets around it, no checksum:

    [3G*3405000002*0009*LK,0,0,53]                [ZJ*861234050000025*0003*0009*LK,0,0,53]
     vendor         length in hexadecimal                             packet index in hexadecimal
        identity         content

- vendor: two letters or digits (3G, SG, CS, ZJ, YW). Identity: digits 5 to 14 of the IMEI, or all 15 of it.
- packet index: there where four digits and a star stand twice. The length counts the bytes of the content as sent,
  and lies in every fourth frame: SG watches say three too few, others eight too few or thirteen too many. Where it
  says too many, the frame ends when the next one begins or the watch falls silent.
- content: a type, or a type, a comma and its fields. Types and what they are answered, vendor, identity and index as
  in the frame:
      LK  LK,steps,turns,battery               keep-alive; the watch restarts after five without answer        LK
      INIT   CONFIG,TY:…   TKQ   TKQ2          beginning, capabilities, are there voices?  INIT,1 CONFIG,1 TKQ TKQ2
      AL  AL_LTE  AL_WCDMA  ALCUSTOMER1 …      a position with an alarm, repeated until it is answered         AL
      UD  UD_LTE  UD_WCDMA  UD3                a position                                                      never
      UD2                                      a position that was stored                                      never
      WT   PP,hhmmss                           a position with a question for weather or friends               never
      bphrt,systolic,diastolic,heart rate,…    BLOOD,systolic,diastolic   heart,n  PULSE,n  TEMP,36.5      the type
      oxygen,type,%   btemp2,type,°C           blood oxygen; body temperature, 0 too low, 1 too high  oxygen,1 btemp2
      TK,voice   JXTK,0,name,part,parts,voice  TK with a single byte is an answer, and not answered   TK,1 JXTKR,1
      img,source,yymmddhhmmss,picture          when it was taken                                               never
      VERNO,text   TS,text   a bare word       the answer to a command                                         never
  An unknown type tells that the watch is there. In voices and pictures 7D 01 to 7D 05 stand for 7D, brackets,
  comma and star, so that no bracket should be in them; any other 7D was not escaped. Parts count from 1.

The fields of a position, in order; all behind the letters may be missing or damaged:

    180916,025723  ddmmyy and hhmmss, UTC      8.24,249.5,21.0  km/h, course, metres; 22.0, 0, -1 and 99 are junk on V
    A              fix; V: last known, or 0    6,100,60   satellites, signal in %, battery in %
    22.570733,N    blanks or a sign in front;  4262,11    steps, turns in sleep; not every watch begins anew at midnight
    113.86260,E    S and W make it negative,   00100018   status, 4 or 8 digits in hexadecimal
                   no letter leaves it as is
    n,255,460,1    cells, timing advance, MCC, MNC; then n times LAC, CID, signal. MCC may be FFFF or empty, then the
                   cells are left out; LAC and CID are decimal, or hexadecimal if any of them has a letter in it
    w              access points; then w times name, address, dBm. A name may be empty and have brackets
    40.7           accuracy in metres, may be missing; 0 is none
    Without cells all this is `0,w,…` or, on other watches, `0,timing advance,MCC,MNC,w,…`.

Status: the low half is a state, the high half an alarm; four digits have bits 0 to 4 only.

    0 battery low   1, 2 outside, inside a fence   14 no external power   16 SOS   17 low battery
    18, 19 left, entered a fence   20 taken off   21 fall   22 heart rate   from 23 unknown

States are no alarms but in AL: bit 14 always, and without an alarm bit those of bits 0 to 2, or else something unknown.
An alarm is told even if the position in the frame is damaged, and its code is the whole word. Bits 3 and 4 mean
different things to different makers and are left out.

What we ask for is a frame with a content of ours, its vendor, identity and form those of the watch's last frame; a
packet index of ours counts from 1. The watch answers with the first word, few with more behind it. None says that it
will not do something.

Sources: server protocol of 4P-Touch; captures in Traccar's tests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import starmap
import re
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import AccessPoint, Alarm, Answer, CellTower, Fix, Readings, Report
from .base import DecodeError, Match, Protocol, claim
from .fields import BLOOD_OXYGEN, BODY_TEMPERATURE, HEART_RATE, blood_pressure, make_access_point, make_cell, vital
from .watch_commands import COMMANDS, NEVER_ANSWERED, make_contents
from .watch_media import read_piece

_BEGINNING = re.compile(rb"\[[0-9A-Za-z]{2}\*\d{10,15}\*")
_CUT_BEGINNING = re.compile(rb"(?:\[(?:[0-9A-Za-z](?:[0-9A-Za-z](?:\*\d{0,15})?)?)?)?")

_HEX = rb"[0-9A-Fa-f]"
_TO_LENGTH = rb"\[[0-9A-Za-z]{2}\*(\d{10,15})\*(?:" + _HEX + rb"{4}\*(?=" + _HEX + rb"{4}\*))?"
_HEADER = re.compile(_TO_LENGTH + rb"(" + _HEX + rb"{4})\*")
_LONGEST_HEADER = len(b"[3G*861234050000025*0003*0009*")
_BRACKET = re.compile(rb"[\[\]]")
_BLANKS = b"\r\n \0"
_BLANK_TEXT = " \t\r\n\0"
_MESSAGE = re.compile(rb"(" + _TO_LENGTH + rb")" + _HEX + rb"{4}\*([^,]+)(?:,(.*))?\]\Z", re.DOTALL)

_DEGREES = rb" {0,4}-?\d{1,3}(?:\.\d{0,12})?"
_NUMBER = rb"\d{1,4}(?:\.\d{0,6})?"
_PERCENT = rb"0?\d\d?|100"
_COUNT = rb"\d{1,7}"
_MOST = 9_999_999
_PLACE = (_DEGREES, rb"[NS]", _DEGREES, rb"[EW]", _NUMBER, _NUMBER, rb"-?\d{1,5}(?:\.\d{0,6})?", rb"\d\d?")
_NUMBERS = (_PERCENT, _PERCENT, _COUNT, _COUNT, _HEX + rb"{8}|" + _HEX + rb"{4}")
#: What each field of a position is, where it can be read.
_FIELDS = tuple(map(re.compile, (rb"\d{6}", rb"\d{6}", rb"[AV]", *_PLACE, *_NUMBERS)))
_LINK = tuple(map(re.compile, (_COUNT, _COUNT, _PERCENT)))
#: With 64 access points of long names, and cells. It also caps what strangers can make us remember.
_LONGEST_POSITION = 4096

_ADDRESS = re.compile(_HEX + rb"{2}(?:[:-]" + _HEX + rb"{2}){5}")
_ACCESS_POINT = re.compile(rb",(" + _ADDRESS.pattern + rb"),(-?\d{0,3})(?=,|\Z)")
_NUMERAL = re.compile(_HEX + rb"{1,10}")
_SMALL = re.compile(rb"\d{1,3}")
_SIGNAL = re.compile(rb"-\d{1,3}")
_ACCURACY = re.compile(rb"\d{1,6}(?:\.\d{0,12})?")
_VITAL = re.compile(rb"-?\d{1,4}(?:\.\d{0,4})?")
_WORD = re.compile(rb"\w{1,32}")

#: What answers each type; every kind of AL is answered AL.
_GREETINGS = {b"LK": b"LK", b"INIT": b"INIT,1", b"TKQ": b"TKQ", b"TKQ2": b"TKQ2", b"CONFIG": b"CONFIG,1"}
_HEALTH = {kind: kind for kind in (b"bphrt", b"BLOOD", b"heart", b"PULSE", b"TEMP", b"btemp2")} | {
    b"oxygen": b"oxygen,1"
}
_VOICES = {b"TK": b"TK,1", b"JXTK": b"JXTKR,1"}
#: Without fields these confirm no command.
_NO_ANSWER = (b"WT", b"PP", b"img")

#: By the bit of the status. States are alarms only where a frame is an alarm, and most only if it has no other.
_ALARMS = {
    16: Alarm.SOS,
    17: Alarm.LOW_BATTERY,
    18: Alarm.GEOFENCE_EXIT,
    19: Alarm.GEOFENCE_ENTER,
    20: Alarm.REMOVED,
    21: Alarm.FALL,
    22: Alarm.HEART_RATE,
    14: Alarm.POWER_CUT,
}
_STATES = {0: Alarm.LOW_BATTERY, 1: Alarm.GEOFENCE_EXIT, 2: Alarm.GEOFENCE_ENTER}
_HIGHEST_STATE = 15
_UNKNOWN_ALARMS = 0xFF800000
_REMOVED = 1 << 20
#: What four digits can say.
_OLD_STATUS = 0x1F

#: How many cells or access points follow, as it is written.
_COUNTS = {b"%d" % count: count for count in range(256)} | {b"%02d" % count: count for count in range(10)}
_PLACEHOLDERS = (b"FFFF", b"FFFE", b"ffff", b"fffe")


@dataclass(slots=True)
class _Search:
    """How far the search for the end of a frame has come: of bytes that are held, none is looked at twice."""

    held: int = 0
    begin: int = 0
    seen: int = 0
    depth: int = 1
    #: Where the brackets of the frame close, -1 if that was not found yet.
    balanced: int = -1

    def balance(self, data: bytes, stop: int) -> None:
        """Count the brackets up to `stop` that were not seen yet, until those of the frame close."""
        if self.balanced < 0:
            for bracket in _BRACKET.finditer(data, self.seen, stop):
                self.depth += 1 if bracket[0] == b"[" else -1
                if not self.depth:
                    self.balanced = bracket.start()
                    break
        self.seen = max(self.seen, stop)

    def held_from(self, start: int, limit: int) -> _Search:
        """Return the same, where the bytes from `start` to `limit` are held and count from 0."""
        balanced = self.balanced - start if self.balanced >= 0 else -1
        return _Search(limit - start, self.begin - start, self.seen - start, self.depth, balanced)


class Watch(Protocol):
    """One watch's side of a connection; every frame names the watch anew."""

    name = "watch"
    title = "SeTracker"
    #: A voice message or a picture has up to 64 KiB, as many as four digits can count.
    max_frame = 65600
    commands = COMMANDS

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with no bytes."""
        super().__init__(device_id)
        self._search = _Search()
        self._vendor = b"3G"
        #: Whether its frames have an index, and the last index of ours.
        self._indexed = False
        self._index = 0
        #: The first words of what was asked for and not answered yet.
        self._asked: set[str] = set()

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a bracket, a vendor and an identity with their stars."""
        return claim(head, _BEGINNING, _CUT_BEGINNING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the next frame, cut by its length if that leads to a bracket, and by its brackets otherwise."""
        found = _HEADER.match(data, start)
        if found is not None:
            begin = found.end()
            close = begin + int(found[2], 16)
            if data.startswith(b"]", close) and data.find(b"[", begin, close) < 0:
                return start, close + 1
        return self._find(data, start, final)

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame, first as the position with every field in its place that nearly all are."""
        fields = frame[:-1].split(b",") if len(frame) <= _LONGEST_POSITION else []
        if len(fields) > len(_FIELDS):
            head = fields[0].split(b"*")
            if head[-1].startswith(b"UD"):
                try:
                    report = _read_whole_position(head[1].decode(), head[-1], fields)
                except ValueError:
                    # Field by field it is known whether the frame is worth telling without its position.
                    return (self._read_message(frame),)
                self.device_id, self._vendor, self._indexed = report.device_id, frame[1:3], len(head) > 4
                return (report,)
        return (self._read_message(frame),)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return the frames of a command."""
        for content in make_contents(kind, arguments):
            if kind is CommandKind.RAW and content.startswith("0x"):
                frame = bytes.fromhex(content[2:])
                found = _MESSAGE.match(frame)
                word = found[3].decode("latin-1") if found else None
            else:
                frame = self._frame(content.encode())
                word = content.partition(",")[0]
            if word is not None and word not in NEVER_ANSWERED:
                self._asked.add(word)
                yield Request(frame, word)
            else:
                yield Request(frame)

    def _frame(self, content: bytes) -> bytes:
        """Return a frame of ours."""
        head = b"[%b*%b*" % (self._vendor, str(self.device_id).encode())
        if self._indexed:
            self._index = self._index % 0xFFFF + 1
            head += b"%04X*" % self._index
        return _reply(head, content)

    def _find(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return the next frame, wherever it begins and whatever its length says.

        A length that leads to a bracket is believed unless another frame begins before that. Else the brackets tell
        the end; and where they do not close, the last bracket before the next frame. While a length may still turn
        out to be right, only the next frame or silence tells that brackets which closed before were the end.
        """
        limit = min(len(data), start + self.max_frame + 1)
        search = self._resume(start)
        while (found := _HEADER.search(data, search.begin, limit)) is not None:
            if search.seen <= search.begin:
                search = _Search(0, found.start(), found.end())
            close = found.end() + int(found[2], 16)
            following = _HEADER.search(data, max(found.end(), search.seen - _LONGEST_HEADER), limit)
            stop = limit if following is None else following.start()
            if close < stop and data[close] == 0x5D:
                return search.begin, close + 1
            search.balance(data, stop)
            lies = close < limit or following is not None
            if search.balanced >= 0 and (lies or final):
                return search.begin, search.balanced + 1
            if search.balanced < 0 and (following is not None or (lies and final)):
                last = data.rfind(b"]", found.end(), stop)
                if last >= 0 and not data[last + 1 : stop].strip(_BLANKS):
                    return search.begin, last + 1
            if search.balanced >= 0 or following is None:
                break
            search = _Search(0, stop, stop)
        else:
            search.begin = search.seen = max(search.begin, limit - _LONGEST_HEADER)
        self._search = search.held_from(start, limit)
        return None

    def _resume(self, start: int) -> _Search:
        """Return how far the search has come in these bytes, which is nowhere if they were not held until now."""
        if start == 0 and self._search.held == len(self._held):
            return self._search
        return _Search(0, start, start)

    def _read_message(self, frame: bytes) -> Report:
        """Return what a frame means that is no position, or not a whole one."""
        found = _MESSAGE.match(frame)
        if found is None:
            raise DecodeError("no message type")
        head, identity, kind, payload = found.groups()
        self.device_id, self._vendor, self._indexed = identity.decode(), head[1:3], head.count(b"*") > 2
        payload = payload or b""
        if kind == b"AL" or kind.startswith(b"AL_") or (payload and kind.startswith(b"AL")):
            self._acknowledge(_reply(head, b"AL"))
            return _read_position(self.device_id, kind, payload)
        if kind.startswith(b"UD") or (payload and kind == b"WT"):
            return _read_position(self.device_id, kind, payload)
        if payload and kind == b"PP":
            return _read_position(self.device_id, kind, payload.partition(b",")[2])
        report = Report(self.device_id, "watch")
        if kind in _GREETINGS:
            self._greet(_reply(head, _GREETINGS[kind]))
            if kind == b"LK" and payload:
                _add_link(report.readings, payload)
        elif kind in _HEALTH:
            self._acknowledge(_reply(head, _HEALTH[kind]))
            _add_health(report.readings, kind, payload)
        elif kind in _VOICES and len(payload) > 1:
            self._acknowledge(_reply(head, _VOICES[kind]))
            self._add_piece(report, kind, payload)
        elif kind == b"img" and payload:
            self._add_piece(report, kind, payload)
        else:
            self._add_answer(report, kind, payload)
        return report

    def _add_piece(self, report: Report, kind: bytes, payload: bytes) -> None:
        """Add what there is of a voice message or picture, if that can be read."""
        try:
            report.piece = read_piece(kind, payload)
        except ValueError:
            self.damaged += 1

    def _add_answer(self, report: Report, kind: bytes, payload: bytes) -> None:
        """Add the answer to a command: a text, the status behind TK, or its first word, with more only if we asked."""
        word = kind.decode("latin-1")
        if kind in (b"VERNO", b"TS") and payload:
            report.text = payload.decode(errors="replace").strip(_BLANK_TEXT) or None
            if kind == b"VERNO" and report.text:
                report.readings["firmware"] = report.text
        elif kind == b"TK" and payload:
            report.text = f"TK,{payload.decode('latin-1')}"
        elif payload and word in self._asked:
            report.text = f"{word},{payload.decode(errors='replace').strip(_BLANK_TEXT)}"
        elif not payload and kind not in _NO_ANSWER and _WORD.fullmatch(kind):
            report.text = word
        else:
            return
        self._asked.discard(word)
        report.answer = Answer(word)


def _reply(head: bytes, text: bytes) -> bytes:
    """Return an answer to the frame that begins with `head`, which ends where the length begins."""
    return b"%b%04X*%b]" % (head, len(text), text)


def _read_whole_position(device_id: str, kind: bytes, fields: list[bytes]) -> Report:
    """Return the position of a head and every field in its place; ValueError if one of them is not."""
    _, date, clock, letter = fields[:4]
    time = _read_time(date, clock)
    if letter == b"A":
        fix = _read_fix(time, fields[4:12])
    elif letter == b"V":
        fix = None
    else:
        raise DecodeError("neither valid nor void")
    signal, battery, steps, turns = map(int, fields[12:16])
    if not (0 <= signal <= 100 and 0 <= battery <= 100 and 0 <= steps <= _MOST and 0 <= turns <= _MOST):
        raise DecodeError("a number beyond its range")
    readings: Readings = {"battery_level": battery, "signal_level": signal, "steps": steps, "turns": turns}
    report = Report(device_id, "watch", time, fix, readings)
    if kind != b"UD":
        report.buffered = kind.startswith(b"UD2")
    _add_status(report, fields[16])
    if len(fields) > 17:
        _add_network(report, fields[17:])
    return report


def _read_position(device_id: str, kind: bytes, payload: bytes) -> Report:
    """Return what can be read of a position that may lack fields or have damaged ones; ValueError for a damaged fix."""
    parts = payload[:_LONGEST_POSITION].split(b",")
    parts += [b""] * (len(_FIELDS) - len(parts))
    fields = [part if field.fullmatch(part) else b"" for field, part in zip(_FIELDS, parts, strict=False)]
    network = parts[len(_FIELDS) :]
    if parts[len(_FIELDS) - 1] and not fields[-1]:
        # Without a status in its place nobody knows which number is which.
        fields[-len(_NUMBERS) :] = [b""] * len(_NUMBERS)
        network = []
    date, clock, letter, *place, signal, battery, steps, turns, status = fields
    alarming = kind.startswith(b"AL")
    report = Report(device_id, "watch", buffered=kind.startswith(b"UD2"))
    _add_numbers(report.readings, signal, battery, steps, turns)
    if status:
        _add_status(report, status, alarming=alarming)
    elif alarming:
        report.alarms, report.codes = (Alarm.OTHER,), (kind.decode("latin-1"),)
    try:
        report.time = _read_time(date, clock)
        if letter == b"A":
            report.fix = _read_fix(report.time, place)
        elif letter != b"V":
            raise DecodeError("neither valid nor void")
    except ValueError:
        # An alarm counts without its position, and what is void without its time.
        if not alarming and letter != b"V":
            raise
    if network:
        _add_network(report, network)
    return report


def _read_time(date: bytes, clock: bytes) -> datetime:
    """Return the time in UTC from `ddmmyy` and `hhmmss`."""
    if not (date.isdigit() and clock.isdigit() and len(date) == len(clock) == 6):
        raise DecodeError("no date and time")
    day, second = int(date), int(clock)
    return datetime(
        2000 + day % 100, day // 100 % 100, day // 10000, second // 10000, second // 100 % 100, second % 100, 0, UTC
    )


def _read_fix(time: datetime, place: Sequence[bytes]) -> Fix | None:
    """Return the position; None if it is the unset one, 0/0. A sign may be there as well as a letter."""
    latitude, north, longitude, east, speed, course, altitude, satellites = place
    degrees_north, degrees_east = float(latitude), float(longitude)
    if not degrees_north and not degrees_east:
        return None
    pace = float(speed) if speed else None
    height = float(altitude) if altitude else None
    count = int(satellites) if satellites else None
    # What no pattern has looked at may be anything, infinity too.
    if not (0.0 <= (pace or 0.0) < 10_000.0 and -100_000.0 < (height or 0.0) < 100_000.0 and 0 <= (count or 0) < 100):
        raise DecodeError("a number beyond its range")
    return Fix(
        -abs(degrees_north) if north == b"S" else degrees_north,
        -abs(degrees_east) if east == b"W" else degrees_east,
        time,
        height,
        pace,
        direction if course and 0.0 <= (direction := float(course)) <= 360.0 else None,
        count,
    )


def _add_numbers(readings: Readings, signal: bytes, battery: bytes, steps: bytes, turns: bytes) -> None:
    """Add the readings that are there, each a number or empty."""
    if battery:
        readings["battery_level"] = int(battery)
    if signal:
        readings["signal_level"] = int(signal)
    if steps:
        readings["steps"] = int(steps)
    if turns:
        readings["turns"] = int(turns)


def _add_status(report: Report, word: bytes, *, alarming: bool = False) -> None:
    """Add what a status says; every alarm has the whole word for its code."""
    bits, report.alarms = _read_status(word, alarming)
    report.readings["battery_low"] = bool(bits & 1)
    if report.alarms:
        report.codes = (word.decode(),) * len(report.alarms)
        if bits & _REMOVED:
            report.readings["worn"] = False


# The status hardly ever changes from one frame to the next; the bound caps what strangers can make us keep.
@lru_cache(maxsize=256)
def _read_status(word: bytes, alarming: bool) -> tuple[int, tuple[Alarm, ...]]:
    """Return the bits of a status and the alarms in it, at least one if the frame is an alarm; ValueError for none."""
    if _FIELDS[-1].fullmatch(word) is None:
        raise DecodeError("no status")
    bits = int(word, 16) & (_OLD_STATUS if len(word) == 4 else -1)
    alarms = [alarm for bit, alarm in _ALARMS.items() if bits >> bit & 1 and (alarming or bit > _HIGHEST_STATE)]
    if bits & _UNKNOWN_ALARMS:
        alarms.append(Alarm.OTHER)
    if alarming and not alarms:
        alarms = [alarm for bit, alarm in _STATES.items() if bits >> bit & 1] or [Alarm.OTHER]
    return bits, tuple(alarms)


def _add_network(report: Report, fields: list[bytes]) -> None:
    """Add the cells, the access points and the accuracy, each as far as it can be read."""
    if count := _COUNTS.get(fields[0], 0):
        place = 4 + 3 * count
        report.cells = _read_cells(fields, min(place, len(fields) - 2))
    else:
        # Without cells what goes before them may be there all the same.
        place = 1 if len(fields) < 5 or _ADDRESS.fullmatch(fields[3]) else 4
    known = _COUNTS.get(fields[place], 0) if place < len(fields) else 0
    end = place + 1 + 3 * known
    if not 0 <= len(fields) - end <= 1:
        # A number is wrong, or a comma in a name: addresses can be told all the same.
        found = _ACCESS_POINT.findall(b",".join(fields))
        report.wifi = tuple(filter(None, starmap(_read_access_point, found)))
        return
    if known:
        points = [_read_access_point(fields[at + 1][:18], fields[at + 2][:5]) for at in range(place + 1, end, 3)]
        report.wifi = tuple([point for point in points if point is not None])
    if end < len(fields) and report.fix is not None:
        report.fix.accuracy = _read_accuracy(fields[end][:20])


def _read_cells(fields: list[bytes], end: int) -> tuple[CellTower, ...]:
    """Return the cells that stand from the fifth field up to `end`, without those that name no place.

    All are hexadecimal where one of them is; a placeholder proves nothing.
    """
    places = range(4, end, 3)
    if not places:
        return ()
    mcc, mnc = fields[2][:4], fields[3][:4]
    try:
        cells = [_read_cell(mcc, mnc, fields[at][:11], fields[at + 1][:11], fields[at + 2][:5]) for at in places]
    except ValueError:
        values = [value for at in places for value in fields[at : at + 2]]
        known = [value for value in values if value not in _PLACEHOLDERS and _NUMERAL.fullmatch(value)]
        base = 10 if b"".join(known).isdigit() else 16
        cells = [
            _read_cell(mcc, mnc, fields[at], fields[at + 1], fields[at + 2][:5], base)
            for at in places
            if _NUMERAL.fullmatch(fields[at]) and _NUMERAL.fullmatch(fields[at + 1])
        ]
    return tuple([cell for cell in cells if cell is not None])


# Home and neighbours are seen again and again. The bounds cap what strangers can make us keep, and so does the length
# at which what these are given is cut: a character more than the longest that can be read.
@lru_cache(maxsize=1024)
def _read_cell(mcc: bytes, mnc: bytes, area: bytes, number: bytes, signal: bytes, base: int = 10) -> CellTower | None:
    """Return a cell, None if it names no place; ValueError if its numbers are none of this base."""
    if not (_SMALL.fullmatch(mcc) and _SMALL.fullmatch(mnc)):
        return None
    if not (_NUMERAL.fullmatch(area) and _NUMERAL.fullmatch(number)):
        raise DecodeError("no numbers of a cell")
    area_number, cell_number = (0 if text in _PLACEHOLDERS else int(text, base) for text in (area, number))
    return make_cell(int(mcc), int(mnc), area_number, cell_number, _read_signal(signal))


@lru_cache(maxsize=1024)
def _read_accuracy(text: bytes) -> float | None:
    """Return metres, None for 0 and for what is no number."""
    return float(text) or None if _ACCURACY.fullmatch(text) else None


@lru_cache(maxsize=1024)
def _read_access_point(address: bytes, signal: bytes) -> AccessPoint | None:
    """Return an access point, None if it has no address."""
    if _ADDRESS.fullmatch(address) is None:
        return None
    return make_access_point(address.decode().replace("-", ":").lower(), _read_signal(signal))


def _read_signal(text: bytes) -> int | None:
    """Return a signal, None for one that has no unit or is no number."""
    return int(text) if _SIGNAL.fullmatch(text) else None


def _add_link(readings: Readings, payload: bytes) -> None:
    """Add the three numbers of a keep-alive; where there are fewer, nobody knows which."""
    numbers = payload.split(b",")[:3]
    if len(numbers) == 3:
        steps, turns, battery = (
            number if field.fullmatch(number) else b"" for field, number in zip(_LINK, numbers, strict=True)
        )
        _add_numbers(readings, b"", battery, steps, turns)


def _add_health(readings: Readings, kind: bytes, payload: bytes) -> None:
    """Add what a body has; ValueError if that is no number."""
    first, second, third = ([_read_number(text.strip()) for text in payload.split(b",")[:3]] + [None] * 3)[:3]
    if kind in (b"bphrt", b"BLOOD") and first is not None and second is not None:
        readings["systolic"], readings["diastolic"] = blood_pressure(first, second)
    beats = third if kind == b"bphrt" else first if kind in (b"heart", b"PULSE") else None
    if beats is not None:
        readings["heart_rate"] = vital(beats, HEART_RATE)
    if kind == b"oxygen" and second is not None:
        readings["blood_oxygen"] = vital(second, BLOOD_OXYGEN)
    warmth = first if kind == b"TEMP" else second if kind == b"btemp2" else None
    if warmth is not None:
        readings["body_temperature"] = vital(warmth, BODY_TEMPERATURE)


def _read_number(text: bytes) -> float | None:
    """Return a number, None for an empty field."""
    if not text:
        return None
    if _VITAL.fullmatch(text) is None:
        raise DecodeError("not a number")
    return float(text) if b"." in text else int(text)
