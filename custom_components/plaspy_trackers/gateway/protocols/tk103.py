r"""tk103: the text in brackets of vehicle and personal trackers (TK103A and B, GT02, and what copies them).

ASCII over TCP or UDP without a checksum: `(`, identity, type, data, `)`. Text between two `$` may have brackets in it.

    (861234050002BR00261121A0439.4980N07405.6220W002.6120027276.0101000000L0000015F+017.3)
     |           |   |     ||         |          |    |     |     |       |        |
     |           |   |     |ddmm.mmmm dddmm.mmmm |    |     |     state   odometer °C
     |           |   |     A; V no fix           km/h |     course
     identity    |   yymmdd                           hhmmss UTC
     11 to 15    type
     digits

    (861234050000025,DW30,211126,A,4039.4980N,5.62200W,0.089,120027,276.0,43.40,12)
     identity        type ddmmyy   fewer digits        km/h  hhmmss course metres

- In front of the first form may stand a comma and other fields; BP05 has the identity once more, BO01 an alarm. State
  and odometer may have commas in front. Copies put other things behind.
- state: 0 has external power, 1 has none; ignition; three digits of inputs and three of fuel, in hexadecimal and in no
  known order or unit, as is the odometer. Messages without a position have it last.
- speed and course have a width, five and six characters, and not always a dot or the same decimals.
- metres: at most captures they fit the place. What follows them is not known.

Types: BR00 to BR02, DW30 and the like are positions; BO01 and ZC are alarms; ZC15 and ZC16 are ignition on and off.

    BP00[identity]HSO                       keep-alive      BP05<identity>[position or {MCC,MNC,LAC,CID}...]    login
    BZ00,MCC,MNC,LAC,CID,...,state          cells, LAC and CID in hexadecimal
    DW50,MCC,MNC,LAC,CID,n,address*dBm*channel,...,ddmmyy,hhmmss     cell and access points; also DW51 and DW5B
    ZC20,ddmmyy,hhmmss,?,battery in 10 mV,... ZC03,ddmmyy,hhmmss,$text$
    BQ81,ALARM,code,...                     alarm
    BP07, BT00, BV00, BV01                  answers to the commands with A for B

All other types are presence.

Answered are BP00 with `(<identity>AP01HSO)` and BP05 with `(<identity>AP05)`. An alarm whose date is impossible keeps
its position, which is of the time it arrived at: that of the vendor's own example is so.

Sources: the vendor's GPRS protocol as drivers of the family tell of it, captures of 2011 to 2021, tests of Traccar.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
import re
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import Alarm, Answer, CellTower, Fix, Readings, Report
from .base import DecodeError, Match, Protocol, claim
from .fields import make_access_point, make_cell, read_degrees, read_time
from .tk103_commands import ANSWERED, COMMANDS, encode_command

_HEAD = rb"\((\d{11,15}),?([A-Z]{2}[0-9A-Z]{2})"
_BEGINNING = re.compile(_HEAD)
_CUT_BEGINNING = re.compile(rb"\(?|\((?:\d{0,15}|\d{11,15}(?:,|,?[A-Z]{1,2}|,?[A-Z]{2}[0-9A-Z]))")
_WHOLE = re.compile(_HEAD + rb"[^()$]*+\)")

_STATE = rb"(?:,?([01])([01])[0-9A-Fa-f]{6}(?=[L,)]))?"
_POSITION = re.compile(
    rb"(\d\d)(\d\d)(\d\d)([AV])(\d{1,4}\.\d+)([NS])(\d{1,5}\.\d+)([EW])([\d.]{5})(\d{6})([\d.]{6})" + _STATE +
    rb"(?:,?L[0-9A-Fa-f]*([+-]\d{2,3}\.\d)?)?"  # temperature
)  # fmt: skip
_PARTED = re.compile(
    rb",(\d\d)(\d\d)(\d\d),([AV]),(\d{1,4}\.\d+)([NS]),(\d{1,5}\.\d+)([EW]),([\d.]+),(\d{6}),([\d.]+)" + _STATE +
    rb"(?:,(-?\d{1,5}\.\d+)(?=,))?"  # altitude
)  # fmt: skip
_LAST_STATE = re.compile(rb",([01])([01])[0-9A-Fa-f]{6}\)")

_CELL = re.compile(rb"\{(\d{3}),(\d{1,3}),(\d{1,10}),(\d{1,10})\}")
_CELLS = re.compile(rb",(\d{3}),(\d{1,3})((?:,[0-9A-Fa-f]{4},[0-9A-Fa-f]{4,8}(?=,))+)")
_HEARD = re.compile(
    rb",(\d{3}),(\d{1,3}),(\d{1,10}),(\d{1,10}),\d{1,2}"
    rb"((?:,[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\*-?\d{1,3}\*\d*)*),(\d\d)(\d\d)(\d\d),(\d{6})\)"
)
_ACCESS_POINT = re.compile(rb",([^*]+)\*(-?\d+)\*")
_STAMP = re.compile(rb",(\d\d)(\d\d)(\d\d),(\d{6}),([^)].*)\)", re.DOTALL)
_VOLTAGE = re.compile(rb"\d*,(\d{1,5}),")
#: V. What a lithium battery can have; other numbers stand there as well.
_LOWEST_VOLTAGE, _HIGHEST_VOLTAGE = 2.5, 4.5
_CODE = re.compile(rb",ALARM,([^,)]+)")

_ALARMS = {
    b"ZC11": Alarm.MOVEMENT,
    b"ZC12": Alarm.LOW_BATTERY,
    b"ZC13": Alarm.POWER_CUT,
    b"ZC17": Alarm.REMOVED,
    b"ZC25": Alarm.SOS,
    b"ZC26": Alarm.TAMPER,
}
#: By the first character behind BO01; 4 is too low a speed.
_CODED_ALARMS = {
    b"1": Alarm.ACCIDENT,
    b"2": Alarm.SOS,
    b"3": Alarm.VIBRATION,
    b"5": Alarm.OVERSPEED,
    b"6": Alarm.GEOFENCE,
}
_IGNITION = {b"ZC15": True, b"ZC16": False}
_ANSWERS = tuple(b"B" + name[1:].encode() for name in ANSWERED)
#: What has a position, or is damaged.
_POSITIONS = (b"BR0", b"DW3", b"ZC1")


class Tk103(Protocol):
    """One tracker's side of a connection; every frame names the tracker anew."""

    name = "tk103"
    title = "TK103"
    acknowledges = False
    #: The answers in free text are the longest there is.
    max_frame = 2048

    bounds_numbers = False
    commands = COMMANDS

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a bracket, an identity and a type."""
        return claim(head, _BEGINNING, _CUT_BEGINNING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first frame; one that lost its bracket is passed over where the next begins."""
        if found := _WHOLE.match(data, start):
            return found.span()
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        found = _BEGINNING.search(data, start, limit)
        while found is not None:
            begin, after = found.span()
            found = _BEGINNING.search(data, after, limit)
            last = found is None and not final and len(data) < limit
            end = _find_end(data, after, found.start() if found else min(len(data), limit), last=last)
            if end is not None:
                return begin, end
        return None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame; an alarm is told even if its position is damaged."""
        head = _BEGINNING.match(frame)
        assert head is not None, "what begins a frame"
        identity, kind = head.groups()
        at = head.end()
        position = _PARTED.match(frame, at) or _POSITION.search(frame, at)
        self.device_id = identity.decode()
        report = Report(self.device_id, self.name)
        self._reply(identity, kind, position is not None or b"{" in frame)
        _add_alarm(kind, frame, at, report)
        if kind in _ANSWERS:
            _add_answer(kind, frame[at : position.start() if position else -1], report)
        try:
            if position is not None:
                _read_position(position, report, now)
            elif read := _READERS.get(kind):
                read(frame, at, report)
            elif report.alarms or kind.startswith(_POSITIONS):
                raise DecodeError("no position")
        except ValueError:
            if not report.alarms:
                raise
            self.damaged += 1
        if position is None and kind[:1] == b"B" and (state := _LAST_STATE.search(frame, at)):
            _add_state(state[1], state[2], report.readings)
        return (report,)

    def _reply(self, identity: bytes, kind: bytes, carries: bool) -> None:
        """Queue the answer to a keep-alive, and to a login with or without a position."""
        if kind == b"BP00":
            self._greet(b"(%sAP01HSO)" % identity)
        elif kind == b"BP05":
            (self._acknowledge if carries else self._greet)(b"(%sAP05)" % identity)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        assert self.device_id is not None
        return (encode_command(kind, arguments, self.device_id),)


def _find_end(data: bytes, begin: int, stop: int, *, last: bool) -> int | None:
    """Return where a frame is over, None if it is not before `stop`; `last` says that more of it may come."""
    end = data.find(b")", begin, stop)
    text = data.find(b"$", begin, stop if end < 0 else end)
    if text >= 0:
        close = data.find(b"$)", text + 1, stop)
        if close >= 0:
            return close + 2
        if last:
            return None
    return end + 1 if end >= 0 else None


def _add_alarm(kind: bytes, frame: bytes, begin: int, report: Report) -> None:
    """Add the alarm that a type is, or has behind it."""
    if kind == b"BO01":
        code = frame[begin : begin + 1]
        report.alarms = (_CODED_ALARMS.get(code, Alarm.OTHER),)
        report.codes = (code.decode("latin-1"),)
    elif kind in _ALARMS:
        report.alarms = (_ALARMS[kind],)
        report.codes = (kind.decode(),)
    elif kind in _IGNITION:
        report.readings["ignition"] = _IGNITION[kind]
    elif kind == b"BQ81" and (found := _CODE.match(frame, begin)):
        report.alarms = (Alarm.OTHER,)
        report.codes = (found[1].decode("latin-1"),)


def _read_position(found: re.Match[bytes], report: Report, now: datetime) -> None:
    """Read either form of a position; ValueError if it is damaged, after everything else was read."""
    first, month, third, letter, latitude, north, longitude, east, speed, clock, course, power, ignition, more = (
        found.groups()
    )
    parted = found.re is _PARTED
    if power:
        _add_state(power, ignition, report.readings)
    if more and not parted:
        report.readings["temperature"] = float(more)
    year, day = (third, first) if parted else (first, third)
    try:
        report.time = read_time(year, month, day, clock)
    except ValueError:
        if letter == b"A" and not report.alarms:
            raise
    if letter == b"V":
        return
    degrees_north = read_degrees(latitude, north)
    degrees_east = read_degrees(longitude, east)
    if not degrees_north and not degrees_east:
        return
    degrees = float(course)
    report.fix = Fix(
        degrees_north,
        degrees_east,
        report.time or now.astimezone(UTC),
        float(more) if more and parted else None,
        float(speed),
        degrees if degrees <= 360.0 else None,
    )


def _add_state(power: bytes, ignition: bytes, readings: Readings) -> None:
    """Add the first two digits of the state."""
    readings["external_power"] = readings["charging"] = power == b"0"
    readings["ignition"] = ignition == b"1"


def _read_login(frame: bytes, begin: int, report: Report) -> None:
    """Read the cells that stand in the place of a position."""
    report.cells = _make_cells(map(int, numbers) for numbers in map(re.Match.groups, _CELL.finditer(frame, begin)))


def _read_cells(frame: bytes, begin: int, report: Report) -> None:
    """Read cells of one network in hexadecimal."""
    if found := _CELLS.match(frame, begin):
        numbers = [int(one, 16) for one in found[3].split(b",")[1:]]
        network = int(found[1]), int(found[2])
        report.cells = _make_cells((*network, *pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))


def _make_cells(cells: Iterable[Iterable[int]]) -> tuple[CellTower, ...]:
    """Return cells from their four numbers, without placeholders."""
    return tuple(tower for numbers in cells if (tower := make_cell(*numbers)) is not None)


def _read_scan(frame: bytes, begin: int, report: Report) -> None:
    """Read a cell and access points."""
    found = _HEARD.match(frame, begin)
    if found is None:
        raise DecodeError("damaged scan")
    mcc, mnc, area, cell, points, day, month, year, clock = found.groups()
    report.cells = _make_cells([(int(mcc), int(mnc), int(area), int(cell))])
    report.wifi = tuple(
        point
        for address, signal in _ACCESS_POINT.findall(points)
        if (point := make_access_point(address.decode().lower(), int(signal))) is not None
    )
    _read_stamp(day, month, year, clock, report)


def _read_voltage(frame: bytes, begin: int, report: Report) -> None:
    """Read the state of a battery."""
    rest = _read_stamped(frame, begin, report)
    if (found := _VOLTAGE.match(rest)) and _LOWEST_VOLTAGE <= (volts := int(found[1]) / 100) <= _HIGHEST_VOLTAGE:
        report.readings["battery_voltage"] = volts


def _read_text(frame: bytes, begin: int, report: Report) -> None:
    """Read what a tracker says of its settings when it is asked."""
    report.text = _read_stamped(frame, begin, report).strip(b"$").decode("latin-1")
    report.answer = Answer()


def _read_stamped(frame: bytes, begin: int, report: Report) -> bytes:
    """Read date and time, and return what is behind them."""
    found = _STAMP.match(frame, begin)
    if found is None:
        raise DecodeError("no date and time")
    day, month, year, clock, rest = found.groups()
    _read_stamp(day, month, year, clock, report)
    return rest


def _read_stamp(day: bytes, month: bytes, year: bytes, clock: bytes, report: Report) -> None:
    """Read a date and time; a clock that was never set costs nothing else."""
    with suppress(ValueError):
        report.time = read_time(year, month, day, clock)


def _add_answer(kind: bytes, said: bytes, report: Report) -> None:
    """Add which command this answers, and what it says of it."""
    text = said.decode("latin-1").strip(" ,")
    report.answer = Answer("A" + kind[1:].decode())
    report.text = text or kind.decode()
    if kind == b"BP07" and text:
        report.readings["firmware"] = text


_READERS: dict[bytes, Callable[[bytes, int, Report], None]] = {
    b"BP05": _read_login,
    b"BZ00": _read_cells,
    b"DW50": _read_scan,
    b"DW51": _read_scan,
    b"DW5B": _read_scan,
    b"ZC20": _read_voltage,
    b"ZC03": _read_text,
}
