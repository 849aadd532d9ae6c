r"""gotop: the text of GOTOP, TopLovo and Farnear personal and vehicle trackers (TE-207, S7, TL201, TL403, CH2).

ASCII over TCP, or UDP, with no login, no checksum and no acknowledgement: no report is ever answered. The same `#`
begins and ends a frame, so the stream is cut at every `#`, and a piece that begins with an identity is a frame:

    #861234050000025,CMD-T,A,DATE:240813,TIME:235937,LAT:22.7634066N,LOT:114.3964783E,Speed:000.0,1-0-84-20,000,...#
     identity        type  | yymmdd      hhmmss      degrees         degrees          km/h        status    tail
                           fix: A now, V last known

- identity: 14 to 16 digits.
- serial-port text of a vehicle unit may stand between identity and type, commas and all; after CMD-Z all is such text.
- type: CMD-T position, CMD-F* answer to a locate command, CMD-D connected, CMD-X heartbeat, CMD-KEY SOS key,
  ALM-* alarm, CMD-Z serial port; every other CMD-* confirms the command of that letter, ERROR! refuses one without
  saying which. What commands there are stands in `gotop_commands.py`; between two of them a tracker needs two seconds.
  Old firmware puts a blank before the type.
- payload: may be missing (CMD-X, CMD-D, ALM-E), be free text (CMD-B version, CMD-G parameters), or be the fields
  above. Firmware of 2013 leaves out every label but `Speed:`; that of 2019 says `LON:` for `LOT:`. Degrees are zero
  padded, which shows a lost digit, and have 6 or 7 decimals.
- status: any number of flags of one character, battery in %, signal, with dashes between. What the flags mean differs
  between models: those that are 0 or 1 are the inputs 1 to 8. Signal is CSQ up to 31, 99 unknown, percent otherwise.
- tail: any of
      000                                course, three digits
      59.5,00.90 or 00.90                altitude in metres and HDOP, or HDOP; only where the degrees are labelled
      65501-00A0-4B8E                    cell: MCC and MNC in decimal, LAC (4 digits) and CID (4 to 8) in hexadecimal
      10,0.98,0,-21,18,122,-1,-1,-1      after the cell: satellites, HDOP or nothing, then raw temperature and motion
      WIFI:{aa-bb-cc-dd-ee-ff&-47,...}   access points with dBm; BLE:{...} beacons; TL403 sends bare addresses
      502~16~513770~421~3150~-98~...     LTE: MCC, MNC, ECI in hexadecimal, PCI, EARFCN, RSRP in dBm, more;
                                         neighbours follow without identity and are left out
  and what nobody has explained (fuel among it), which is left out. Old firmware has a buffer of 125 bytes: a tail may
  be cut short, and then a value that could be half of one is left out.

Time: taken as UTC. With fix V the time is told and the position is not. A confirmation or ERROR! repeats a stale
buffer: it has no fix, and no time either if its letter is A, since that is the time of the old fix. A position whose
fields are damaged makes the frame unreadable; an alarm or a confirmation is told all the same, without what cannot be
read.

Sources: the published firmware tree of the TL403, captures of 2009 to 2024, drivers of location.io and Traccar.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import re
from typing import Literal, override

from ..commands import Checked, CommandError, CommandKind, Fault, Request, bytes_by_hand
from ..models import AccessPoint, Alarm, Answer, CellTower, Fix, Readings, Report
from .base import DecodeError, Match, Protocol, claim
from .fields import signal_level
from .gotop_commands import COMMANDS, LONGEST, PASSWORD, make_texts, name_of

_ENVELOPE = (
    rb"(?>[\s\0]*(\d{14,16})"  # identity
    rb",(?:([^#]*?),{1,2})??\s*"  # text from the serial port, its last field often empty
    rb"(CMD-[^,#\s]*|ALM-[^,#\s]*|ERROR!))"  # the first type there is, and no other
)
_CLOCK = rb"(?:DATE:)?(\d\d)(\d\d)(\d\d),(?:TIME:)?(\d\d)(\d\d)(\d\d)"
_PLACE = rb"(LAT:)?(\d\d\.\d{4,8})([NS]),(?:LO[TN]:)?(\d{3}\.\d{4,8})([EW])"
_SPEED = rb"(?:Speed:)?(\d{1,3}(?:\.\d{1,2})?)"
_FLAGS = rb"((?:[0-9A-Z]-)*)"
_BATTERY_AND_SIGNAL = rb"(\d{1,3})-(\d{1,3})"
_TAIL = (
    rb"(?:(\d{3})(?=[,#]),?)?"  # course
    rb"(?:(?:(-?\d{1,5}\.\d),)?(\d{1,2}\.\d\d)(?=[,#]),?)?"  # altitude, HDOP
    rb"(?:(\d{3})(\d{2,3})-([0-9A-Fa-f]{4})-([0-9A-Fa-f]{4,8})(?=[,#])"  # cell
    rb"(?:,(\d{1,2}),(\d{1,2}\.\d{1,2})?(?=,)"  # satellites, HDOP
    rb"(?:(?:,-?+[\d.]++)++(?=[,#]))?)?)?"  # raw temperature and motion
    rb"([^#]*)#"  # the rest
)

_BEGINNING = re.compile(rb"#[#\s\0]*\d{14,16},|\d{14,16}, ?(?:CMD-|ALM-|ERROR!)")
_CUT_BEGINNING = re.compile(
    rb"(?:#[#\s\0]*)?\d{0,16}|\d{14,16}, ?(?:C(?:M(?:D)?)?|A(?:L(?:M)?)?|E(?:R(?:R(?:O(?:R)?)?)?)?)?"
)
_IDENTITY = re.compile(rb"[\s\0]*\d{14,16},")

#: After CMD-Z even what looks like a position is text.
_WHOLE_FRAME = re.compile(
    b",".join((_ENVELOPE + b"(?<!CMD-Z)", b"([AV])", _CLOCK, _PLACE, _SPEED, _FLAGS + _BATTERY_AND_SIGNAL, _TAIL))
)
_ANY_FRAME = re.compile(_ENVELOPE + rb"[^,#]*(?:,([^#]*))?")
_ANY_CLOCK = re.compile(rb"[AV]," + _CLOCK + rb"(?:,|\Z)")
#: A position whose speed is whole, or missing, or cut short by the end of the frame.
_ANY_PLACE = re.compile(rb"A(?:,[^,]*){2}," + _PLACE + rb"(?:," + _SPEED + rb",|,[^,]*\Z|\Z)")
_ANY_TAIL = re.compile(_TAIL)
_STATUS = re.compile(_FLAGS + _BATTERY_AND_SIGNAL)
#: Without its last number a group would pass a flag for the battery; flags have one digit.
_CUT_STATUS = re.compile(_FLAGS + rb"(\d{2,3})-(\d{2,3})")

_SCAN = re.compile(rb"(WIFI|BLE):\{([^}]*\}?)")
_ACCESS_POINT = re.compile(
    rb"(?<![-:0-9A-Fa-f])([0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5})(?![-:0-9A-Fa-f])(?:&(-\d{1,3})(?=[,}]))?"
)
_CELL = re.compile(rb"(?:\A|,)(\d{3})(\d{2,3})-([0-9A-Fa-f]{4})-([0-9A-Fa-f]{4,8})(?=,|\Z)")
_LTE_CELL = re.compile(rb"(?:\A|,)(\d{3})~(\d{1,3})~([0-9A-Fa-f]{1,7})~(?:\d+~\d+~(-\d{1,3})~)?")
_FIX_LETTERS = (b"A,", b"V,", b"A", b"V")
_FENCE = re.compile(rb"\AB\d+")

#: By what follows ALM- or CMD-, the number of a geofence left out.
_ALARMS = {
    b"KEY": Alarm.SOS,
    b"A": Alarm.SOS,
    b"B": Alarm.GEOFENCE,
    b"B-0": Alarm.GEOFENCE_EXIT,
    b"B-1": Alarm.GEOFENCE_ENTER,
    b"C": Alarm.OVERSPEED,
    b"D": Alarm.LOW_BATTERY,
    b"E": Alarm.GPS_LOST,
    b"G": Alarm.DOOR,
    b"H": Alarm.MOVEMENT,
    b"J": Alarm.POWER_CUT,
    b"M": Alarm.FALL,
    b"N": Alarm.VIBRATION,
}
#: The only capture of D1 shows 81 %: it means a low battery where it can, which is up to the highest limit one can set.
_HIGHEST_LOW_BATTERY = 45
#: F is a full battery in personal units, the ignition in vehicle units.
_LOWEST_FULL_BATTERY = 95

#: What trackers send without being asked; alarms too, whatever their letter.
_UNASKED = (b"CMD-T", b"CMD-D", b"CMD-X", b"CMD-Z", b"CMD-KEY")

_NO_AREA = (0, 0xFFFF)
_NO_CELL = (0, 0xFFFF, 0xFFFFFFF, 0xFFFFFFFF)
_NO_ADDRESS = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")

type _Input = Literal["input_1", "input_2", "input_3", "input_4", "input_5", "input_6", "input_7", "input_8"]
_INPUTS: tuple[_Input, ...] = ("input_1", "input_2", "input_3", "input_4", "input_5", "input_6", "input_7", "input_8")


class Gotop(Protocol):
    """One GOTOP tracker's side of a connection; every frame names the tracker anew."""

    name = "gotop"
    title = "GOTOP"
    acknowledges = False
    #: A position is 130 bytes; this leaves room for a full line of serial text or 35 access points and beacons.
    max_frame = 1024
    #: A heartbeat every three minutes, or every ten if so configured.
    silence = timedelta(minutes=15)
    commands = COMMANDS
    pace = timedelta(seconds=2)

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim `#`, an identity and a comma; or, where a reconnect lost the `#`, an identity and a type."""
        return claim(head, _BEGINNING, _CUT_BEGINNING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first piece that begins with an identity, its closing `#` included.

        Whether a `#` ends one frame or begins the next makes no difference, so a lost one costs at most its own frame.
        """
        begin = start
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        while (end := data.find(b"#", begin, limit)) >= 0:
            if end > begin and _IDENTITY.match(data, begin):
                return begin, end + 1
            begin = end + 1
        return None

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame, first as the whole position that nearly all are, then field by field."""
        found = _WHOLE_FRAME.match(frame)
        try:
            report = _read_frame(frame) if found is None else _read_whole_frame(found)
        except ValueError:
            if found is None:
                raise
            # Field by field it is known whether the frame is worth telling without its position.
            report = _read_frame(frame)
        self.device_id = report.device_id
        return (report,)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return `:`, the password, each text and `#`; CommandError if that is more than a tracker reads."""
        texts = make_texts(kind, arguments, now)
        if kind is CommandKind.RAW and (data := bytes_by_hand(texts[0])):
            yield Request(data)
            return
        begin = f":{PASSWORD.check('password', password)}"
        longest = LONGEST - len(begin) - 1
        for text in texts:
            if len(text) > longest:
                raise CommandError(Fault.LENGTH, argument=", ".join(arguments), minimum=1, maximum=longest)
            yield Request(f"{begin}{text}#".encode("ascii"), name_of(text))


def _read_whole_frame(found: re.Match[bytes]) -> Report:
    """Return what a frame with every field in its place means; ValueError if a value is out of its range."""
    (
        identity, serial, kind, letter, year, month, day, hour, minute, second,
        labelled, latitude, north, longitude, east, speed, flags, battery, signal,
        course, altitude, hdop, mcc, mnc, area, cell, satellites, cell_hdop, rest,
    ) = found.groups()  # fmt: skip
    time = datetime(2000 + int(year), int(month), int(day), int(hour), int(minute), int(second), 0, UTC)
    report = Report(identity.decode(), "gotop", time, None, _read_status(flags, battery, signal))
    if letter == b"A":
        if kind == b"CMD-T" or _has_own_fix(kind):
            fix = report.fix = _read_fix(latitude, north, longitude, east, speed, time)
            if course:
                fix.course = _read_course(course)
            if labelled:
                _add_quality(fix, altitude, hdop or cell_hdop, satellites)
        else:
            report.time = None
    if cell:
        report.cells = _read_cell(mcc, mnc, area, cell)
    if rest:
        _add_rest(report, rest)
    if kind != b"CMD-T" or serial:
        _add_meaning(report, kind, serial)
    return report


def _read_frame(frame: bytes) -> Report:
    """Return what can be read of a frame of any shape; DecodeError for no message, or for a damaged position."""
    found = _ANY_FRAME.match(frame)
    if found is None:
        raise DecodeError("no message type")
    identity, serial, kind, payload = found.groups()
    report = Report(identity.decode(), "gotop")
    if kind == b"CMD-Z":
        serial = payload
    elif payload and not payload.isspace():
        if payload[:2] in _FIX_LETTERS or _alarm_code(kind) is not None:
            _add_payload(report, kind, payload)
        else:
            _add_text(report, kind, payload)
    _add_meaning(report, kind, serial)
    return report


def _add_payload(report: Report, kind: bytes, payload: bytes) -> None:
    """Add what a payload with odd, damaged or missing fields still tells."""
    own = _has_own_fix(kind)
    try:
        if own or payload[:1] == b"V":
            report.time = _read_clock(payload)
        if own and payload[:1] == b"A":
            report.fix = _read_place(payload, report.time)
    except ValueError:
        # An alarm counts without its position, an answer without its stale one.
        if own and _alarm_code(kind) is None:
            raise
    fields = payload.split(b",", 7)
    if len(fields) > 6:
        status = _CUT_STATUS if len(fields) == 7 else _STATUS
        if found := status.fullmatch(fields[6]):
            report.readings = _read_status(*found.groups())
    if len(fields) > 7:
        _add_tail(report, fields[7], labelled=fields[3].startswith(b"LAT:"))


def _add_text(report: Report, kind: bytes, payload: bytes) -> None:
    """Add an answer that is free text, as to the question for the version or the parameters."""
    if kind == b"CMD-X":
        return
    if _has_own_fix(kind):
        raise DecodeError("no position")
    report.text = _read_text(payload)
    if kind == b"CMD-B" and report.text:
        report.readings["firmware"] = report.text


def _add_tail(report: Report, tail: bytes, *, labelled: bool) -> None:
    """Add what follows the status group."""
    found = _ANY_TAIL.match(tail + b"#")
    if found is None:
        return
    course, altitude, hdop, mcc, mnc, area, cell, satellites, cell_hdop, rest = found.groups()
    if report.fix:
        report.fix.course = _read_course(course) if course else None
        if labelled:
            _add_quality(report.fix, altitude, hdop or cell_hdop, satellites)
    if cell:
        report.cells = _read_cell(mcc, mnc, area, cell)
    if rest:
        _add_rest(report, rest)


def _add_rest(report: Report, rest: bytes) -> None:
    """Add the cells, access points and beacons that stand anywhere in a tail."""
    if b"{" in rest:
        for what, points in _SCAN.findall(rest):
            if what == b"WIFI":
                report.wifi += _read_access_points(points)
            else:
                report.beacons += _read_access_points(points)
        rest = _SCAN.sub(b"", rest)
    if b"~" in rest:
        report.cells += _read_lte_cell(rest)
        return
    report.wifi += _read_access_points(rest)
    if not report.cells and (found := _CELL.search(rest)):
        report.cells = _read_cell(*found.groups())


def _add_meaning(report: Report, kind: bytes, serial: bytes | None) -> None:
    """Add the alarm, the confirmed command and the serial-port text."""
    if (code := _alarm_code(kind)) is not None:
        report.alarms = (_read_alarm(code, report.readings.get("battery_level")),)
        report.codes = (code.decode("latin-1"),)
    elif kind not in _UNASKED:
        report.answer = _read_answer(kind)
        if not _has_own_fix(kind) and report.text is None:
            report.text = kind.decode("latin-1")
    if serial and (text := _read_text(serial)):
        report.readings["serial_data"] = text
        if report.text is None:
            report.text = text


def _read_answer(kind: bytes) -> Answer:
    """Return what a confirmation or a refusal answers."""
    return Answer(name_of(kind[4:].decode("latin-1"))) if kind.startswith(b"CMD-") else Answer(accepted=False)


def _has_own_fix(kind: bytes) -> bool:
    """Return whether a message of this type has a position of its own, not one repeated from a stale buffer."""
    return kind in (b"CMD-T", b"CMD-D", b"CMD-KEY") or kind.startswith((b"ALM-", b"CMD-F"))


def _alarm_code(kind: bytes) -> bytes | None:
    """Return the tracker's own code of an alarm, None if the message is none."""
    return kind[4:] if kind.startswith(b"ALM-") or kind == b"CMD-KEY" else None


def _read_alarm(code: bytes, battery: float | None) -> Alarm:
    """Return the alarm behind a code, which for two of them depends on the battery level."""
    if code == b"D1" and battery is not None and battery <= _HIGHEST_LOW_BATTERY:
        return Alarm.LOW_BATTERY
    if code == b"F" and battery is not None and battery >= _LOWEST_FULL_BATTERY:
        return Alarm.BATTERY_FULL
    return _ALARMS.get(_FENCE.sub(b"B", code), Alarm.OTHER)


def _read_clock(payload: bytes) -> datetime:
    """Return the date and time at the beginning of a payload."""
    found = _ANY_CLOCK.match(payload)
    if found is None:
        raise DecodeError("no date and time")
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)


def _read_place(payload: bytes, time: datetime | None) -> Fix:
    """Return the position in a payload, without its speed if that is cut short."""
    found = _ANY_PLACE.match(payload)
    if found is None or time is None:
        raise DecodeError("no position")
    _, latitude, north, longitude, east, speed = found.groups()
    return _read_fix(latitude, north, longitude, east, speed, time)


def _read_fix(latitude: bytes, north: bytes, longitude: bytes, east: bytes, speed: bytes | None, time: datetime) -> Fix:
    """Return a position from zero-padded degrees and km/h."""
    return Fix(
        float(latitude) if north == b"N" else -float(latitude),
        float(longitude) if east == b"E" else -float(longitude),
        time,
        None,
        float(speed) if speed else None,
    )


def _read_course(text: bytes) -> float | None:
    """Return degrees from three digits, None if there are more than a circle has."""
    course = float(text)
    return course if course <= 360.0 else None


def _add_quality(fix: Fix, altitude: bytes | None, hdop: bytes | None, satellites: bytes | None) -> None:
    """Add the altitude and how good the position is."""
    if altitude:
        fix.altitude = float(altitude)
    if hdop:
        fix.hdop = float(hdop) or None
    if satellites:
        fix.satellites = int(satellites)


def _read_status(flags: bytes, battery: bytes, signal: bytes) -> Readings:
    """Return the readings of a status group, whose flags each end with a dash."""
    readings: Readings = _read_inputs(flags).copy() if flags else {}
    if (level := int(battery)) <= 100:
        readings["battery_level"] = level
    quality = int(signal)
    if (percent := signal_level(quality)) is not None:
        readings["signal_level"] = percent
    elif quality <= 100 and quality != 99:
        readings["signal_level"] = quality
    return readings


# Flags and cells hardly ever change from one frame to the next; the bounds cap what strangers can make us keep.
@lru_cache(maxsize=256)
def _read_inputs(flags: bytes) -> Readings:
    """Return the inputs that flags stand for, each flag with a dash behind it; to be copied by the caller."""
    readings: Readings = {}
    for key, flag in zip(_INPUTS, flags[::2], strict=False):
        if flag in b"01":
            readings[key] = flag == 0x31
    return readings


@lru_cache(maxsize=1024)
def _read_cell(mcc: bytes, mnc: bytes, area: bytes, cell: bytes) -> tuple[CellTower, ...]:
    """Return the cell of decimal network and hexadecimal area and number, none if these are placeholders."""
    area_number, cell_number = int(area, 16), int(cell, 16)
    if area_number in _NO_AREA or cell_number in _NO_CELL:
        return ()
    return (CellTower(int(mcc), int(mnc), area_number, cell_number),)


def _read_lte_cell(text: bytes) -> tuple[CellTower, ...]:
    """Return the serving cell of an LTE modem's report, which names no area."""
    found = _LTE_CELL.search(text)
    if found is None or (number := int(found[3], 16)) in _NO_CELL:
        return ()
    return (CellTower(int(found[1]), int(found[2]), None, number, int(found[4]) if found[4] else None),)


def _read_access_points(text: bytes) -> tuple[AccessPoint, ...]:
    """Return every hardware address in a text, with its signal where one that is whole follows."""
    return tuple(
        AccessPoint(bssid, int(signal) if signal else None)
        for address, signal in _ACCESS_POINT.findall(text)
        if (bssid := address.decode().replace("-", ":").lower()) not in _NO_ADDRESS
    )


def _read_text(text: bytes) -> str | None:
    """Return what a device on the serial port, or the firmware, wrote, without blanks around it."""
    return text.strip(b" \t\r\n\0").decode("latin-1") or None
