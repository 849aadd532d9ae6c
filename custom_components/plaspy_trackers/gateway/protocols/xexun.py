r"""Xexun's text protocol: an NMEA sentence between the number of a SIM and an IMEI.

Spoken by TK-102, TK102-2, TK103-2, TK108, TK201, TK203, XT-008, XT-009, XT107 and their copies, over TCP or UDP.
No report is ever answered: there is no login, and every frame names its tracker. What it can be asked for stands in
`xexun_commands.py`.

    150615123731,+33600000000,GPRMC,103731.636,A,4545.5266,N,00448.8259,E,21.12,276.01,150615,,,A*57,L,help me!, imei:…
    (a)          (b)          (c)                                                                    (d)(e)     (f)

    a  yymmddHHMM or yymmddHHMMSS, the tracker's local time; `LOG` in front of it marks a frame that was stored
    b  the number of the SIM or its owner, an operator's word, or nothing
    c  RMC without its $, or GNRMC: UTC hhmmss[.sss], A (valid) or V, latitude ddmm.mmmm with N or S, longitude
       dddmm.mmmm with E, W or nothing, speed in knots, course in degrees, UTC ddmmyy, up to six fields of no interest,
       `*` and the XOR of it all in hexadecimal. Degrees may have fewer digits or none. CR LF may follow inside a frame
    d  F or L: full or low GPS signal, says nothing about validity
    e  the alarm word, mostly empty; the oldest firmware leaves the field out
    f  15 digits, then a trailer, then LF CR, CR LF or nothing at all. The trailer is short, extended, a comma or none

    ,120ab                                   the length, then a CRC as two raw bytes, which may be a line end or digits
    ,04,3522.9,F:3.72V/ADC1=0.20V/ADC2=0.00V,0,142,21744,208,01,0702,9C8C,6.21km
     satellites                              charging            LAC and cell in hexadecimal, four digits or more
        metres                                 length      MCC MNC         odometer, or left out
               F: or L: (low) and volts            CRC

The length counts the bytes from `a` (without LOG) through the comma in front of it, the CRC is XMODEM's; real ones may
be wrong, so they refuse nothing. A tracker that never had a fix sends the status form, without `a` and `c`:

    ,+48600000000,,L,, imei:861234050000017,,,F:4.28V,1,52,11565,247,01,000E,1FC5

Sources: Xexun TK-102-2 manual 3.24; captures in Traccar's issues 1057, 1096, 1468, 2689, 4022 and flespi's forum d/75.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
import re
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import Alarm, CellTower, Fix, Report
from .base import DecodeError, Match, Protocol, claim
from .fields import read_degrees, read_time
from .xexun_commands import COMMANDS, make_bytes

# Every repetition is bounded: no bytes, however odd, make a match cost more than a constant for each of them.
_NUMBER = rb"\d{1,8}(?:\.\d{0,4})?"
_HEX = rb"[0-9A-Fa-f]"
_SERIAL = rb"\d{10}(?:\d\d)?,[^,:\r\n]{0,32},"
_RMC = rb"\$?G[PN]RMC,"
_STATUS_HEAD = rb",[^,:\r\n]{0,32},,[FL],"
_IDENTITY = rb"(?:([^,]{0,40}),)? ?imei:(\d{15})(?!\d)"

# A field counts only if a comma ends it, and one that cannot be read is passed over: it must not cost the position.
_TRAILER = (
    rb"(?:,(?:(\d{1,2})|[^,]{0,9}),(?:(-?" + _NUMBER + rb")|[^,]{0,12})"
    rb",(?:([FL]):(?:(" + _NUMBER + rb")V?(?=[,/]))?(?:/ADC1=(" + _NUMBER + rb")V)?(?:/ADC2=(" + _NUMBER + rb")V)?"
    rb"[^,]{0,40}|[^,]{3,60})(?=,)"
    rb"(?:,(?:([01])|[^,]{0,9}),[^,]{0,9},[^,]{0,9}"
    rb"(?:,(?:([1-9]\d\d),(\d{1,3}),(" + _HEX + rb"{1,8}),(" + _HEX + rb"{4,8})(?!" + _HEX + rb")"
    rb"|[^,]{0,9},[^,]{0,9},[^,]{0,9},[^,]{0,20})(?:,(" + _NUMBER + rb")km)?)?)?)?"
)
_FRAME = re.compile(
    rb"[\r\n \0]*(?:(LOG)?" + _SERIAL + rb")?" + _RMC + rb"(\d{6})?(?:\.\d{0,6})?,"
    rb"(?:([AV]),([\d.]{0,14}),([NS]?),([\d.]{0,14}),([EW]?),([\d.]{0,10}),([\d.]{0,10})"
    rb"|(?:V|([^,]{0,9}))(?:,[^,]{0,20}){6})"
    rb",(?:(\d\d)(\d\d)(\d\d))?(?:,[^,*_\r\n]{0,10}){0,6}[*_]" + _HEX + rb"{2}[\r\n]{0,2},[FL]," + _IDENTITY + _TRAILER
)
_STATUS = re.compile(rb"(LOG)?" + _STATUS_HEAD + _IDENTITY + _TRAILER)
_ALARM = re.compile(rb",(?:([FL]),)?([^,]{1,40}), ?imei:(\d{15})(?!\d)" + _TRAILER)

# Frames that begin right here and whose end is certain. Without R and colon from RMC to IMEI, it is not two in one.
_WHOLE = re.compile(
    rb"[\r\n \0]*(?:LOG)?(?=(\d{10})(\d\d)?,)" + _SERIAL + _RMC + rb"[^:R]{30,140}imei:\d{15},"
    rb"(?:()\d{3}(?s:..)"
    rb"|\d{0,2},[-\d.]{0,9},[FL]:[^,\r\n]{1,40},[^,\r\n]?,\d{0,4},\d{0,5},\d{0,3},\d{0,3}," + _HEX + rb"{0,8},"
    rb"(?:" + _HEX + rb"{4,8}(?:(?=[\r\n])|(?=LOG\d)|," + _NUMBER + rb"km)"
    # Only the serial of the next frame ends this cell; it has as many digits as the serial of this one.
    rb"|" + _HEX + rb"{4,8}(?=(?(2)\d{12}|\d{10}),[^,:\r\n]{0,32}," + _RMC + rb")))"
    rb"[\r\n]{0,2}"
)
_IMEI = re.compile(rb"imei:\d{15}(?!\d)")
_BEFORE_IMEI = re.compile(rb"(?:LOG)?" + _STATUS_HEAD + rb"(?:[^,]{0,40},)? ?\Z")
_BEFORE_TIME = re.compile(rb"(?:(?:LOG)?" + _SERIAL + rb")?" + _RMC + rb"\Z")
# What ends a trailer: a line end, its last field, or the first fields of the next frame.
_NEXT = re.compile(
    rb"[\r\n]|," + _NUMBER + rb"km|(?<=,)" + _HEX + rb"{4,8}?(?=(?:\d{12}|\d{10}),[^,:\r\n]{0,32}," + _RMC + rb")"
    rb"|(?=(?:(?:LOG)?" + _SERIAL + rb")?" + _RMC + rb")|(?=(?:LOG)?" + _STATUS_HEAD + rb")"
)
# From the serial to the IMEI a frame has 100 to 130 bytes, and from there to its end at most 100.
_LONGEST_HEAD = 256
_LONGEST_TRAILER = 192

# The first bytes of a peer: whole as far as the first digit of an IMEI, or cut anywhere before it.
_WORD = rb"[ -+\--~]{0,32}"
_TEXT = rb"[ -#%-:<-~\r\n]"
_OPENING = re.compile(
    rb"(?:(?:(?:LOG)?\d{10}(?:\d\d)?," + _WORD + rb",)?" + _RMC + _TEXT + rb"{0,300}?"
    rb"|(?:LOG)?," + _WORD + rb",,[FL]," + _TEXT + rb"{0,45}?)imei:\d"
)
_CUT_RMC = rb"\$?(?:G(?:[PN](?:R(?:M(?:C(?:," + _TEXT + rb"{0,300})?)?)?)?)?)?"
_CUT_FRAME = rb"\d{10}(?:\d\d)?," + _WORD + rb"(?:," + _CUT_RMC + rb")?"
_CUT_STATUS = rb"," + _WORD + rb"(?:,(?:,(?:[FL](?:," + _TEXT + rb"{0,45})?)?)?)?"
_CUT_OPENING = re.compile(rb"LO?|(?:LOG)?(?:\d{0,12}|" + _CUT_FRAME + rb"|" + _CUT_STATUS + rb")|" + _CUT_RMC)

# The words of the alarm field, in lower case and without blanks and exclamation marks.
_ALARMS = {
    b"helpme": Alarm.SOS,
    b"lowbattery": Alarm.LOW_BATTERY,
    b"move": Alarm.MOVEMENT,
    b"moved": Alarm.MOVEMENT,
    b"shake": Alarm.VIBRATION,
    b"stockade": Alarm.GEOFENCE,
    b"speed": Alarm.OVERSPEED,
}
_IGNITION = {b"accon": True, b"accstart": True, b"accoff": False, b"accstop": False}

_ROLLOVER = timedelta(weeks=1024)
_DAY = timedelta(days=1)


class Xexun(Protocol):
    """The text protocol of the TK-102 and its kin: no login, no acknowledgement, every frame names its tracker."""

    name = "xexun"
    title = "Xexun"
    acknowledges = False
    commands = COMMANDS
    #: Nothing ends a text but the end of its segment, so that no two may share one.
    pace = timedelta(seconds=2)

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim what leads up to an IMEI as our frames do; `imei:` with nothing in front is another protocol's."""
        return claim(head, _OPENING, _CUT_OPENING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return where the frame of the next IMEI begins and ends; leftovers in front of it are passed over."""
        whole = _WHOLE.match(data, start)
        # A length of two digits may be followed by a CRC that looks like the third.
        if whole is not None and (whole.lastindex != 3 or whole.start(3) - whole.start(1) >= 100):
            return whole.span()
        imei = _IMEI.search(data, start)
        # A sixteenth digit would make it no IMEI.
        if imei is None or (imei.end() == len(data) and not final):
            return None
        begin = _find_begin(data, max(start, imei.start() - _LONGEST_HEAD), imei.start())
        end = _find_end(data, begin, imei.end(), final)
        return None if end is None else (begin, end)

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read the fields; an alarm is told even if the position is damaged."""
        found = _FRAME.match(frame)
        if found is None:
            return (self._read_unplaced(frame),)
        fields = found.groups()
        log, clock, status, latitude, north, longitude, east, speed, course, damaged, day, month, year = fields[:13]
        report = self._read_rest(fields[13:])
        report.buffered = log is not None
        try:
            if clock and day:
                time = read_time(year, month, day, clock)
                if not 2006 < time.year < 2099:
                    time = _undo_rollover(time, now, report.buffered)
                report.time = time
                if status == b"A" and latitude and longitude:
                    report.fix = _read_fix(time, latitude, north, longitude, east, speed, course, *fields[15:17])
            if damaged is not None:
                raise DecodeError("damaged position")
        except ValueError:
            if not report.alarms:
                raise
            self.damaged += 1
        return (report,)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return a text as it stands, which is never answered."""
        return (Request(make_bytes(kind, arguments, password)),)

    def _read_unplaced(self, frame: bytes) -> Report:
        """Read the status form, or what is left of a frame around its alarm; DecodeError if there is none."""
        found = _STATUS.search(frame)
        if found is not None:
            report = self._read_rest(found.groups()[1:])
            report.buffered = found[1] is not None
            return report
        found = _ALARM.search(frame)
        # A word counts where the signal letter shows that it is the alarm field, or if it is a known one.
        if found is None or (found[1] is None and _bare(found[2]) not in _ALARMS):
            raise DecodeError("damaged frame")
        report = self._read_rest(found.groups()[1:])
        if not report.alarms:
            raise DecodeError("damaged frame")
        report.buffered = frame.lstrip(b"\r\n \0").startswith(b"LOG")
        self.damaged += 1
        return report

    def _read_rest(self, fields: Sequence[bytes | None]) -> Report:
        """Return the report of what follows the position: alarm word, IMEI and the fields of the extended trailer."""
        word, imei, _, _, low, volts, adc1, adc2, charging, mcc, mnc, area, cell, distance = fields
        assert imei is not None
        self.device_id = imei.decode()
        report = Report(self.device_id, self.name)
        if word:
            _read_word(word, report)
        readings = report.readings
        if low:
            readings["battery_low"] = low == b"L"
        if volts:
            readings["battery_voltage"] = float(volts)
        if charging:
            readings["charging"] = charging == b"1"
        if adc1:
            readings["analog_1"] = float(adc1)
        if adc2:
            readings["analog_2"] = float(adc2)
        if distance:
            readings["odometer"] = float(distance)
        if mcc and mnc and area and cell:
            report.cells = (CellTower(int(mcc), int(mnc), int(area, 16), int(cell, 16)),)
        return report


def _find_begin(data: bytes, low: int, imei: int) -> int:
    """Return where the frame begins whose `imei:` is at `imei`, `low` at the earliest."""
    found = _BEFORE_IMEI.search(data, max(low, imei - 100), imei)
    keyword = data.rfind(b"RMC,", low, imei)
    if found is None and keyword >= 0:
        found = _BEFORE_TIME.search(data, max(low, keyword - 64), keyword + 4)
    if found is not None:
        return found.start()
    # The front is damaged; all that counts of it is whether it says that the frame was stored.
    return max(low, data.rfind(b"LOG", low, imei))


def _find_end(data: bytes, begin: int, after: int, final: bool) -> int | None:
    """Return where the frame from `begin`, whose IMEI ends at `after`, is over; None while that may still change."""
    if not data.startswith(b",", after):
        return _skip_line_end(data, after)
    after += 1
    field = data[after : after + 3]
    digits = len(field) - len(field.lstrip(b"0123456789"))
    if digits == len(field) < 3:
        return len(data) if final else None
    is_length = field[:2] == b"%d" % (after - begin - (3 if data.startswith(b"LOG", begin) else 0))
    if digits == 3 or (digits == 2 and (is_length or field[2:] != b",")):
        end = after + (2 if is_length else digits) + 2
        if end > len(data):
            return len(data) if final else None
        return _skip_line_end(data, end)
    return _find_trailer_end(data, after, final)


def _find_trailer_end(data: bytes, after: int, final: bool) -> int | None:
    """Return where the extended trailer that begins at `after` is over; None while that may still change."""
    limit = after + _LONGEST_TRAILER
    # The comma in front is the trailer's, or already the status form's that follows.
    found = _NEXT.search(data, after - 1, limit)
    if found is not None:
        return _skip_line_end(data, found.end())
    if len(data) >= limit:
        return after
    return len(data) if final else None


def _skip_line_end(data: bytes, end: int) -> int:
    """Return `end`, moved behind the CR and LF that follow, in either order."""
    while data.startswith((b"\r", b"\n"), end):
        end += 1
    return end


def _undo_rollover(time: datetime, now: datetime, stored: bool) -> datetime:
    """Return the time of a GPS module that forgot a week rollover, put right or else replaced by `now`."""
    if time.year == 2099:
        time = time.replace(year=1999)
    while time + _ROLLOVER <= now + _DAY:
        time += _ROLLOVER
    return time if stored or now - time <= _DAY else now.astimezone(UTC)


def _read_fix(
    time: datetime,
    latitude: bytes,
    north: bytes,
    longitude: bytes,
    east: bytes,
    speed: bytes,
    course: bytes,
    satellites: bytes | None,
    altitude: bytes | None,
) -> Fix | None:
    """Return the position; None if it is the unset one, 0/0. An empty letter counts as east, but not as north."""
    if not north:
        raise DecodeError("latitude without N or S")
    degrees_north = read_degrees(latitude, north)
    degrees_east = read_degrees(longitude, east)
    if not degrees_north and not degrees_east:
        return None
    return Fix(
        degrees_north,
        degrees_east,
        time,
        float(altitude) if altitude else None,
        float(speed) * 1.852 if speed else None,
        float(course) if course else None,
        int(satellites) if satellites else None,
    )


def _read_word(word: bytes, report: Report) -> None:
    """Put into `report` what the alarm field says; a word that nobody knows is an alarm too."""
    bare = _bare(word)
    if bare in _IGNITION:
        report.readings["ignition"] = _IGNITION[bare]
    elif bare:
        report.alarms = (_ALARMS.get(bare, Alarm.OTHER),)
        report.codes = (word.decode("latin-1").strip(),)


def _bare(word: bytes) -> bytes:
    """Return an alarm word as the tables have it."""
    return word.translate(None, b" !").lower()
