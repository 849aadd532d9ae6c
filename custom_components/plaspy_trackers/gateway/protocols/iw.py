r"""iw: the text of Vivistar, Thinkrace and beehome GPS and health watches (L08, L16, L17, L18), and its TRV dialect.

ASCII over TCP without a checksum: a mark, a type, a body, and the `#` that ends the frame. The mark is IW, or TRV for
the older vehicle units; the type is a class (AP, and CP or YP of TRV) and two characters. Who speaks is said at the
login alone, so data from a peer that never logged in is refused: closed, the tracker logs in and sends it again.

    IWAP00<14 to 16 digits>[,ICCID,...]#                              login
    IWAP01<head>,mcc,mnc,lac,cid,<access points>#                     position; TRV also YP03 and YP14
    IWAP10<head>,mcc,mnc,lac,cid,alarm,language,reply,<access points>#
    IWAP02,language[|n@<beacons>],reply,n,mcc,mnc,lac|cid|signal,...,n,<access points>#
    IWAP03,<status>,steps,turns#                                      keep-alive; a comma may part the fields of status
    TRVCP01,<status>[iiivsssatttt b p m]#                             b blocked: 2 yes; p power: 1 yes; m moving: 1 yes
    IWAP49,pulse#                     IWAPHT,pulse,systolic,diastolic#
    IWAP50,°C,battery#                IWAPHP,pulse,systolic,diastolic,oxygen,sugar,°C,...#   any of them may be empty
    IWAPTP,°C,°C of the wrist#        IWAPSP,oxygen#
    IWAPWR,imei,worn 0|1,Unix time#   IWAPFD,imei,Unix time#          a fall
    IWAPJK,time,kind,value#           kind 1 pressure `a|b` in any order, 2 pulse, 3 °C, 4 oxygen; time by the watch's
                                      own clock, `yyyy-MM-dd HH:mm:ss` or digits only
    IWAP07,time,total,index,length,<bytes>#                           recording; AP42 picture; one firmware prints
                                      IWnull for both. Cut by the length: raw bytes may hold a `#`. Index from 1;
                                      the time, by the watch's own clock, is what all packets of one have in common.
                                      Bytes may be in hexadecimal, and the first of them tell what it is

    head    yymmdd A|V ddmm.mmmm N|S dddmm.mmmm E|W km/h hhmmss course status      without blanks, the time in UTC
            6      1   9         1   10         1   5    6      6
    status  signal satellites battery acc arm mode [more digits]                   percent, but for the satellites
            3      3          3       1   2   2                                    1 on, 2 off; 0 is not said

Access points and beacons are `name|address|strength` with `&` between; a negative strength is dBm, any other has no
unit. With V there is no position, and the time is that of the last one. A watch that nobody wears sends 0 for pulse or
temperature, and 95 % oxygen behind three zeros in APHP; a battery of 0 in AP50 says nothing.

A frame that lost its end is passed over, but for an alarm, which stands in the first fields: it is told and answered as
far as it goes. A packet that falls silent before its length is reached ends at its `#` like all else, and is damaged.

Answered is every frame but the confirmation of a command (types of their own, or six digits of serial first): that
would be confirmed in turn, for ever. The answer is the type with its first letter moved on by one, AP01 by `IWBP01#`;
with more in it are
    AP00    IWBP00,<UTC yyyyMMddHHmmss>,<home's offset in hours>#     from these the watch sets its clock
    AP05    IWBP05,0#            APTM    IWBPTM,<UTC yyyyMMddHHmmss>,0,0#
    APJK    IWBPJK,<kind>#       APT6    IWBPT6,1,1#
    media   IWBP07,<time>,<total>,<index>,1#, of a picture too
    TRVAP14 TRVBP14,0.000,0.000#, where the place of the unit's cells is asked; no other answer to TRV says more
AP10 may ask for an address, which is not known here.

What we ask for is `IWBPxx,<identity>,<serial>[,arguments]#`, in TRV's dialect with its mark, and confirmed by
`IWAPxx,<serial>[,...]#`; a confirmation without the serial is taken for that of the last request of its type. The
serial is the time of day in UTC, a second later if that has been used. No watch says that it will not do something.

Sources: an excerpt of the vendor's GPS Watch Protocol of 2023, a teardown of the L009's firmware, servers and
simulators of the family, captures of watches of 2018 to 2026, Traccar's tests of trv.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import re
from typing import Literal, override

from ..commands import Checked, CommandKind, Request
from ..models import AccessPoint, Alarm, Answer, CellTower, Fix, Readings, Report
from .base import DecodeError, FrameError, Match, Protocol, claim
from .fields import (
    BLOOD_OXYGEN,
    BLOOD_SUGAR,
    BODY_TEMPERATURE,
    DIASTOLIC,
    HEART_RATE,
    SYSTOLIC,
    blood_pressure,
    make_access_point,
    make_cell,
    read_degrees,
    read_time,
    vital,
)
from .iw_commands import COMMANDS, make_fields
from .iw_media import read_clock, read_piece

_TYPE = rb"(?:IW|TRV)[A-Z]P[0-9A-Z]{2}"
_BEGINNING = re.compile(_TYPE)
_CUT_BEGINNING = re.compile(rb"(?:I(?:W(?:[A-Z](?:P[0-9A-Z]?)?)?)?|T(?:R(?:V(?:[A-Z](?:P[0-9A-Z]?)?)?)?)?)?")
_MARK = re.compile(_TYPE + rb"|IWnull,")
#: Where a frame lost its end the next one begins inside it; the name of an access point is no such beginning.
_INNER_MARK = re.compile(_TYPE + rb"(?![^|,&#]{0,32}\|)|IWnull,")
_ALARM_MARKS = (b"IWAP10", b"TRVAP10")
_MEDIA = re.compile(rb"IW(?:AP07|AP42|null),([^,#]{1,32},\d{1,5},\d{1,5}),(\d{1,5}),")
_LOGIN = re.compile(rb"(\d{14,16})(?:,(?:(89\d{16,17}[0-9A-Fa-f]?)(?=,|\Z))?[^#]*)?")
_SERIAL = re.compile(rb",(\d{6})(?:,|\Z)")
_REQUEST = re.compile(rb"(?:IW|TRV)B(P[0-9A-Z]{2}),[^,#]*,(\d{6})[,#]")
_KIND = re.compile(rb",[^,]*(,\d{1,3})(?:,|\Z)")
_LAST_FIELD = re.compile(rb"[,&][^,&]*\Z")

_STATUS = rb"(\d{3})(\d{3})(\d{3})(\d)(\d\d)\d\d"  # signal, satellites, battery, acc, arm, mode
_HEAD = re.compile(
    rb"(\d\d)(\d\d)(\d\d)(?:A(\d{4}\.\d{4})([NS])(\d{5}\.\d{4})([EW])([\d.]{5})|V[^,]{26})"
    rb"(\d{6})([\d.]{6})" + _STATUS + rb"[^,]*"
    rb"(?:,(\d{1,3}),(\d{1,3}),(\d{1,10}),(\d{1,10})(?=,|\Z)|(?:,[^,]*){0,4})"  # cell
    rb"(?:,([^#]*))?"  # the rest
)
_STEPS = rb"(?:,(\d{0,9})(?=,|\Z)(?:,(\d{0,9})(?=,|\Z))?)?"
_HEARTBEAT = re.compile(rb"," + _STATUS + rb"(?:\d{12}(\d)(\d)(\d)(?=,|\Z))?[^,]*" + _STEPS)
_HEARTBEAT_APART = re.compile(rb",(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d),(\d{1,2}),\d{1,2}()()()" + _STEPS)
_CELLS = re.compile(rb",(\d{3}),(\d{1,3})((?:,\d{1,10}\|\d{1,10}\|-?\d{1,3})+)(?=,|\Z)")
_CELL = re.compile(rb",(\d+)\|(\d+)\|(?:(-\d+)|\d+)")
_ACCESS_POINT = re.compile(
    rb"(?:\A|[&,])[^|&,]*\|([0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5})(?=[|&,]|\Z)(?:\|(-\d{1,3})(?=[&,]|\Z))?"
)
_NUMBER = re.compile(rb"\d{1,6}(\.\d{1,6})?")
_UNIX_TIME = re.compile(rb"(\d{10})(?:\d{3})?")

#: What confirms a command, with or without its serial.
_CONFIRMATIONS = frozenset(
    b"AP12 AP14 AP15 AP16 AP17 AP18 AP28 AP31 AP33 AP34 AP40 AP43 AP46 AP76 AP77 AP84 AP85 AP86 AP87"
    b" APXL APXY APXZ APXT APVR APTQ APMC APPH APTF APOX APTE".split()
)
#: What asks for the time or says that the tracker is there.
_KEEP_ALIVES = (b"AP03", b"CP01", b"APTM")
#: What answers hold behind their type.
_ANSWERS = {b"AP05": b",0", b"APT6": b",1,1"}
#: The classes of trackers, and those of the answers to them.
_NEXT_CLASS = {b"A": b"B", b"C": b"D", b"Y": b"Z"}
_MEDIA_KINDS = (b"AP07", b"AP42", b"null")

_ALARMS = {
    b"01": Alarm.SOS,
    b"02": Alarm.LOW_BATTERY,
    b"03": Alarm.REMOVED,
    b"04": Alarm.REMOVED,
    b"05": Alarm.FALL,
    b"06": Alarm.FALL,
    b"07": Alarm.HEART_RATE,
    b"09": Alarm.MOVEMENT,
    b"10": Alarm.BLOOD_PRESSURE,
    b"11": Alarm.BLOOD_PRESSURE,
    b"12": Alarm.BLOOD_PRESSURE,
    b"13": Alarm.BLOOD_PRESSURE,
    b"14": Alarm.SEDENTARY,
    b"20": Alarm.GEOFENCE_EXIT,
    b"21": Alarm.GEOFENCE_ENTER,
}

type _Vital = Literal["heart_rate", "systolic", "diastolic", "blood_oxygen", "blood_sugar", "body_temperature"]
_LIMITS: dict[_Vital, tuple[float, float]] = {
    "heart_rate": HEART_RATE,
    "systolic": SYSTOLIC,
    "diastolic": DIASTOLIC,
    "blood_oxygen": BLOOD_OXYGEN,
    "blood_sugar": BLOOD_SUGAR,
    "body_temperature": BODY_TEMPERATURE,
}
#: What a body's measurement holds, field by field.
_VITALS: dict[bytes, tuple[_Vital, ...]] = {
    b"AP49": ("heart_rate",),
    b"AP50": ("body_temperature",),
    b"APHT": ("heart_rate", "systolic", "diastolic"),
    b"APHP": tuple(_LIMITS),
    b"APTP": ("body_temperature",),
    b"APSP": ("blood_oxygen",),
}
_ZERO = rb",0{1,6}(?:\.0{1,6})?(?=,|\Z)"
#: What is measured where nobody wears the watch, whatever follows; the oxygen behind the zeros is none.
_NOT_WORN = {
    b"AP49": re.compile(_ZERO),
    b"AP50": re.compile(_ZERO),
    b"APHP": re.compile(_ZERO * 3 + rb",0{0,4}95(?:\.0{1,6})?(?=,|\Z)"),
}
_MEASUREMENTS: dict[bytes, _Vital] = {b"2": "heart_rate", b"3": "body_temperature", b"4": "blood_oxygen"}

_SWITCH = {b"1": True, b"2": False}
#: km/h. Five characters with a dot hold less; without it they are damaged, which does not cost the position.
_NO_SPEED = 1000.0


class Iw(Protocol):
    """One watch's side of a connection, known by the identity of its last login."""

    name = "iw"
    title = "Vivistar / IW"
    #: A packet of a recording or picture has 1 KiB, twice that in hexadecimal; this leaves room for larger ones.
    max_frame = 8192
    #: A heartbeat every five minutes.
    silence = timedelta(minutes=20)
    commands = COMMANDS

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with a watch whose clock shows UTC, until a login sets it."""
        super().__init__(device_id)
        self._offset = timedelta()
        self._mark = "IW"
        #: When the last serial would be the time, and the last one of each type of confirmation.
        self._last_serial = datetime.min.replace(tzinfo=UTC)
        self._serials: dict[str, str] = {}

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a mark and a type of any class."""
        return claim(head, _BEGINNING, _CUT_BEGINNING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first frame, media by its length and all else through its `#`.

        A packet whose length does not lead to a `#` is no media, and ends like all else. Of what lost its `#` an alarm
        ends where the next frame begins, and all else is passed over.
        """
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        mark = _MARK.search(data, start, limit)
        while mark is not None:
            begin = mark.start()
            if media := _MEDIA.match(data, begin, limit):
                end = media.end() + int(media[2])
                if end - begin < self.max_frame and end < limit:
                    if end >= len(data) and not final:
                        return None
                    if data.startswith(b"#", end):
                        return begin, end + 1
            end = data.find(b"#", begin, limit)
            if end < 0:
                return None
            mark = None
            for inner in _find_inner_marks(data, begin + 1, end):
                if data.startswith(_ALARM_MARKS, begin):
                    return begin, inner.start()
                mark = inner
                begin = inner.start()
            if mark is None:
                return begin, end + 1
        return None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame; FrameError if nobody ever said whose it is."""
        mark = frame[: 2 if frame.startswith(b"IW") else 3]
        whole = frame.endswith(b"#")
        kind, body = frame[len(mark) : len(mark) + 4], frame[len(mark) + 4 : -1 if whole else None]
        if kind == b"AP00":
            return (self._log_in(mark, body, now),)
        if self.device_id is None:
            raise FrameError("data before a login")
        report = Report(self.device_id, self.name)
        if kind in _MEDIA_KINDS and (media := _MEDIA.match(frame)):
            self._receive(media, frame[media.end() : -1], report)
        elif (serial := _SERIAL.match(body)) or (kind in _CONFIRMATIONS and (kind != b"AP14" or mark == b"IW")):
            report.text = (body.removeprefix(b",") or kind).decode("latin-1")
            report.answer = Answer(self._name_request(kind.decode(), serial))
        elif (kind in _MEDIA_KINDS and mark == b"IW") or kind[:1] not in _NEXT_CLASS:
            raise DecodeError("no message of a tracker")
        else:
            self._reply(mark, kind, body, now)
            self._read_body(kind, body, report, whole)
        return (report,)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return the one frame of a command."""
        if kind is CommandKind.RAW and (data := arguments.text("data")).startswith("0x"):
            frame = bytes.fromhex(data[2:])
            found = _REQUEST.match(frame)
            return (Request(frame, found and f"A{found[1].decode()},{found[2].decode()}"),)
        name, *fields = make_fields(kind, arguments)
        serial = self._make_serial(now)
        confirmation = f"A{name[1:5]}"
        self._serials[confirmation] = serial
        text = ",".join([f"{self._mark}{name}", str(self.device_id), serial, *fields])
        return (Request(f"{text}#".encode(), f"{confirmation},{serial}"),)

    def _make_serial(self, now: datetime) -> str:
        """Return a serial that nothing of late has had."""
        self._last_serial = max(now.astimezone(UTC), self._last_serial + timedelta(seconds=1))
        return f"{self._last_serial:%H%M%S}"

    def _name_request(self, kind: str, serial: re.Match[bytes] | None) -> str:
        """Return which request a confirmation answers: by its serial, or else the last of its type."""
        number = serial[1].decode() if serial else self._serials.get(kind)
        return f"{kind},{number}" if number else kind

    def _log_in(self, mark: bytes, body: bytes, now: datetime) -> Report:
        """Take the identity, and tell the time by which the watch will set its clock."""
        found = _LOGIN.fullmatch(body)
        if found is None:
            raise DecodeError("login without an identity")
        self.device_id = found[1].decode()
        self._mark = mark.decode()
        self._offset = timedelta()
        if mark == b"IW":
            self._offset = now.utcoffset() or self._offset
            hours = self._offset / timedelta(hours=1)
            self._greet(f"IWBP00,{now.astimezone(UTC):%Y%m%d%H%M%S},{hours:g}#".encode())
        else:
            self._greet(b"TRVBP00#")
        report = Report(self.device_id, self.name)
        if found[2]:
            report.readings["iccid"] = found[2].decode()
        return report

    def _receive(self, media: re.Match[bytes], data: bytes, report: Report) -> None:
        """Acknowledge a packet of a recording or picture, and tell what is in it."""
        # Nobody says whether the length of bytes in hexadecimal counts bytes or digits.
        if len(data) not in (int(media[2]), 2 * int(media[2])):
            raise DecodeError("no packet of this length")
        self._acknowledge(b"IWBP07,%s,1#" % media[1])
        try:
            report.piece = read_piece(media[1], data, self._offset)
        except ValueError:
            self.damaged += 1

    def _reply(self, mark: bytes, kind: bytes, body: bytes, now: datetime) -> None:
        """Queue the answer to a frame that confirms nothing."""
        more = b""
        if mark == b"TRV":
            more = b",0.000,0.000" if kind == b"AP14" else b""
        elif kind in _ANSWERS:
            more = _ANSWERS[kind]
        elif kind == b"APTM":
            more = f",{now.astimezone(UTC):%Y%m%d%H%M%S},0,0".encode()
        elif kind == b"APJK" and (found := _KIND.match(body)):
            more = found[1]
        reply = mark + _NEXT_CLASS[kind[:1]] + kind[1:] + more + b"#"
        if kind in _KEEP_ALIVES:
            self._greet(reply)
        else:
            self._acknowledge(reply)

    def _read_body(self, kind: bytes, body: bytes, report: Report, whole: bool) -> None:
        """Put into `report` what the fields say; an alarm is told even if its position is damaged."""
        if read := _READERS.get(kind):
            read(body, report)
        elif kind in _VITALS:
            _read_vitals(kind, body, report.readings)
        elif kind == b"APJK":
            _read_measurement(body, report, self._offset)
        elif kind == b"AP10":
            try:
                # The field in which a frame was cut may be a number that lost digits.
                _read_location(body if whole else _LAST_FIELD.sub(b"", body), report)
            except ValueError:
                self.damaged += 1
            _read_alarm(body, report, whole)


def _find_inner_marks(data: bytes, begin: int, end: int) -> Iterable[re.Match[bytes]]:
    """Return every mark between `begin` and `end`, where hardly ever is one."""
    if data.find(b"IW", begin, end) < 0 and data.find(b"TRV", begin, end) < 0:
        return ()
    return _INNER_MARK.finditer(data, begin, end)


def _read_location(body: bytes, report: Report) -> None:
    """Read the head, the cell and the access points."""
    found = _HEAD.match(body)
    if found is None:
        raise DecodeError("damaged head")
    (
        year, month, day, latitude, north, longitude, east, speed, clock, course,
        signal, satellites, battery, acc, arm, mcc, mnc, area, cell, rest,
    ) = found.groups()  # fmt: skip
    _add_status(report.readings, signal, battery, acc, arm)
    if cell:
        report.cells = _read_cell(mcc, mnc, area, cell)
    if rest:
        report.wifi = _read_access_points(rest)
    try:
        report.time = read_time(year, month, day, clock)
    except ValueError:
        # A clock that was never set does not cost the access points.
        if latitude:
            raise
    if latitude and report.time:
        report.fix = _read_fix(report.time, latitude, north, longitude, east, speed, course, satellites)


def _read_fix(
    time: datetime,
    latitude: bytes,
    north: bytes,
    longitude: bytes,
    east: bytes,
    speed: bytes,
    course: bytes,
    satellites: bytes,
) -> Fix | None:
    """Return the position; None if it is the unset one, 0/0, even where it is called valid."""
    degrees_north, degrees_east = read_degrees(latitude, north), read_degrees(longitude, east)
    if not degrees_north and not degrees_east:
        return None
    pace, degrees = float(speed), float(course)
    direction = degrees if degrees <= 360.0 else None
    return Fix(degrees_north, degrees_east, time, None, pace if pace < _NO_SPEED else None, direction, int(satellites))


def _read_alarm(body: bytes, report: Report, whole: bool) -> None:
    """Read the alarm behind the cell; a frame of alarms without a code is one that nobody knows."""
    fields = body.split(b",", 6)
    code = fields[5].strip() if len(fields) > 5 else b""
    if code == b"00":
        return
    # Where the frame was cut a single digit may be half of any code.
    alarm = _ALARMS.get(code.zfill(2) if whole or len(fields) > 6 else code, Alarm.OTHER)
    if alarm is Alarm.REMOVED:
        report.readings["worn"] = False
    report.alarms = (alarm,)
    report.codes = (code.decode("latin-1"),)


def _read_scan(body: bytes, report: Report) -> None:
    """Read cells, access points, and the beacons that one dialect has behind the language."""
    language, _, rest = body[1:].partition(b",")
    if found := _CELLS.search(rest):
        mcc, mnc, cells = found.groups()
        report.cells = tuple(
            tower for area, cell, signal in _CELL.findall(cells) for tower in _read_cell(mcc, mnc, area, cell, signal)
        )
        rest = rest[found.end() :]
    report.wifi = _read_access_points(rest)
    report.beacons = _read_access_points(language.partition(b"@")[2])


def _read_heartbeat(body: bytes, report: Report) -> None:
    """Read the keep-alive of a watch or of a vehicle unit."""
    found = _HEARTBEAT.match(body) or _HEARTBEAT_APART.match(body)
    if found is None:
        raise DecodeError("damaged status")
    signal, _, battery, acc, arm, blocked, power, moving, steps, turns = found.groups()
    readings = report.readings
    _add_status(readings, signal, battery, acc, arm)
    if blocked in _SWITCH:
        readings["immobilized"] = not _SWITCH[blocked]
    if power in _SWITCH:
        readings["external_power"] = _SWITCH[power]
    if moving in _SWITCH:
        readings["moving"] = _SWITCH[moving]
    if steps:
        readings["steps"] = int(steps)
    if turns:
        readings["turns"] = int(turns)


def _read_vitals(kind: bytes, body: bytes, readings: Readings) -> None:
    """Read what a body has, and whether it has the watch on; an empty field is a value that was not looked for."""
    keys = _VITALS[kind]
    fields = body.split(b",", 7)[1:]
    if kind in _NOT_WORN and _NOT_WORN[kind].match(body):
        readings["worn"] = False
        values: list[float | None] = [0] * len(keys)
    else:
        values = [_read_number(field) for field in fields[: len(keys)]]
    for key, value in zip(keys, values, strict=False):
        if value is not None:
            readings[key] = vital(value, _LIMITS[key])
    if len(values) > 2 and (systolic := values[1]) is not None and (diastolic := values[2]) is not None:
        readings["systolic"], readings["diastolic"] = blood_pressure(systolic, diastolic)
    if kind == b"AP50" and len(fields) > 1 and 0 < (battery := _read_number(fields[1]) or 0) <= 100:
        readings["battery_level"] = battery


def _read_measurement(body: bytes, report: Report, offset: timedelta) -> None:
    """Read APJK, whose time is ahead of UTC by `offset`."""
    _, clock, kind, value = body.split(b",", 3)
    report.time = read_clock(clock, offset)
    if kind == b"1":
        low, high = sorted(_read_number(number) or 0 for number in value.split(b"|"))
        report.readings["systolic"], report.readings["diastolic"] = blood_pressure(high, low)
    elif kind in _MEASUREMENTS and (number := _read_number(value)) is not None:
        key = _MEASUREMENTS[kind]
        report.readings[key] = vital(number, _LIMITS[key])


def _read_worn(body: bytes, report: Report) -> None:
    """Read APWR."""
    _, _, worn, *rest = body.split(b",", 4)
    if worn not in (b"0", b"1"):
        raise DecodeError("neither worn nor not")
    report.readings["worn"] = worn == b"1"
    report.time = _read_unix_time(rest)


def _read_fall(body: bytes, report: Report) -> None:
    """Read APFD; the fall counts even if its time cannot be read."""
    report.alarms = (Alarm.FALL,)
    report.codes = ("APFD",)
    report.time = _read_unix_time(body.split(b",", 3)[2:])


def _read_unix_time(fields: list[bytes]) -> datetime | None:
    """Return the time in the first of these fields, in seconds or milliseconds; None if there is none."""
    found = _UNIX_TIME.fullmatch(fields[0]) if fields else None
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _add_status(readings: Readings, signal: bytes, battery: bytes, acc: bytes, arm: bytes) -> None:
    """Add what the status word says; the arming of watches holds other digits, which mean nothing."""
    if (strength := int(signal)) <= 100:
        readings["signal_level"] = strength
    if (level := int(battery)) <= 100:
        readings["battery_level"] = level
    if acc in _SWITCH:
        readings["ignition"] = _SWITCH[acc]
    if (armed := arm.lstrip(b"0")) in _SWITCH:
        readings["armed"] = _SWITCH[armed]


def _read_number(field: bytes) -> float | None:
    """Return a number without a sign, None for an empty field."""
    if not field:
        return None
    found = _NUMBER.fullmatch(field)
    if found is None:
        raise DecodeError("no number")
    return float(field) if found[1] else int(field)


# Cells and access points hardly ever change from one frame to the next; the bounds cap what strangers can make us keep.
@lru_cache(maxsize=1024)
def _read_cell(mcc: bytes, mnc: bytes, area: bytes, cell: bytes, signal: bytes = b"") -> tuple[CellTower, ...]:
    """Return the cell of these decimal numbers, none if they are placeholders."""
    tower = make_cell(int(mcc), int(mnc), int(area), int(cell), int(signal) if signal else None)
    return () if tower is None else (tower,)


def _read_access_points(text: bytes) -> tuple[AccessPoint, ...]:
    """Return every access point or beacon of a list, but for those without a hardware address."""
    found = _ACCESS_POINT.findall(text) if text else ()
    return tuple([point for address, signal in found if (point := _read_access_point(address, signal))])


@lru_cache(maxsize=1024)
def _read_access_point(address: bytes, signal: bytes) -> AccessPoint | None:
    """Return what has this address, None if it is a placeholder."""
    return make_access_point(address.decode().replace("-", ":").lower(), int(signal) if signal else None)


_READERS: dict[bytes, Callable[[bytes, Report], None]] = {
    b"AP01": _read_location,
    b"YP03": _read_location,
    b"YP14": _read_location,
    b"AP02": _read_scan,
    b"AP03": _read_heartbeat,
    b"CP01": _read_heartbeat,
    b"APWR": _read_worn,
    b"APFD": _read_fall,
}
