"""xexun3: Xexun's binary protocol of 2025 and later, version 03 of its API (X05, DDX14 and their kin).

Over TCP or UDP, without login: every frame names its tracker. All numbers are big endian, and nothing is escaped, so
that any byte may occur anywhere:

    FC 0049 03 20 e8 0861234050000058 6422 … 6a18 … 30f4 CF
       (a)  (b)(c)(d)(e)              (f)           (g)

    a  u16: the bytes from b to f, 11 and those of the body
    b  version
    c  type: 20 data, 21 a command (`xexun3_commands.py`), of sequence 1, or its result: the body is text then
    d  sequence
    e  IMEI: a nibble 0 and 15 digits as BCD
    f  the body of data: any number of records in any order, none in a keep-alive
    g  CRC-16/CCITT-FALSE of b to f

Every frame of type 20 whose CRC is right is acknowledged, whatever its records: b to e are sent back, then the result
00 (success) and the server's time as u32, all in the same envelope. Devices take it without the time as well. Nothing
else is answered: what was damaged on its way comes again.

A record is an id, the length of its data, and its data. Newer firmware makes records longer and adds others, which are
passed over. All bits set mean "not available". A time is u32, Unix, UTC.

    64 GPS      time, latitude f64 °, longitude f64 °, altitude f32 m, ephemeris u8 (not in the old form of 33 bytes),
                satellites u8, SNR u8, speed u16 /10 km/h, course u16 /10 °, accuracy u16 /10 m, u8 s. Without a fix
                the degrees are NaN and all behind them is rubbish
    65 Wi-Fi    time, count u8, and as often: BSSID 6, dBm i8
    66 cell     time, MCC u16, MNC u16, LAC or TAC u32, CID u32, dBm i8; one record for each cell
    67          the position of a cell, it is believed: not read
    68 beacons  time, kind u8 (1 Wi-Fi, 2 Bluetooth), count u8, and as often: address 6, dBm i8, battery u8 %
    69 alarm    time, code u8, length u8, data; one record for each alarm
    6A status   battery u8 %, u16, signal u8 CSQ, u8, motion u8 (0 none), charging u8, steps u16, temperature i8 °C,
                respiration u8, heart rate u8, systolic u8, diastolic u8, oxygen u8 %, fuel u8 %; and where it has 24
                bytes, the device's time and flags u32. Devices without sensors send what no body can have
    6E version  u8, firmware 32 filled up with NUL, ICCID 10 as BCD, length u8, text

Every GPS record makes a report; two of the same second are one. Whatever else has a time joins the report nearest in
time, or makes one if none is within a minute; what has no time joins the newest. So a frame of one moment is one
report, and a batch of history is one for each of its moments, the oldest first. For all this the time of a report is
the one it was made with. In the end it is that of its first alarm, so that no two alarms beside one old position look
alike; or without alarms that of its newest record. A position keeps its own, and one without has that of its arrival.

Sources: the vendor's "Xexun API" of June and September 2026 and captures of 2025 and 2026, as Traccar's issues 5741 and
5835 and pull requests 6029 and 6032 tell of them.
"""

from binascii import crc_hqx
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import isfinite, isnan
import re
from struct import Struct
from typing import override

from ..commands import Checked, CommandKind, Request, bytes_by_hand
from ..models import AccessPoint, Alarm, Answer, Fix, Report
from .base import DecodeError, Match, Protocol
from .fields import (
    BLOOD_OXYGEN,
    HEART_RATE,
    RESPIRATORY_RATE,
    blood_pressure,
    make_access_point,
    make_cell,
    read_iccid,
    signal_level,
    vital,
)
from .xexun3_commands import COMMANDS, make_text, name_of

_DATA, _COMMAND = 0x20, 0x21
#: Version and type.
_KINDS = (0x0320, 0x0321)
_ENVELOPE = Struct(">BHH")
_SHORTEST = 17
#: The vendor's limit is a length of about 1024.
_LONGEST = 1100

#: What five bytes begin a frame of 17 to 1100 bytes; frames may seem to begin within them, so they are only looked at.
_HEADER = re.compile(rb"\xfc(?=(?:\x00[\x0b-\xff]|[\x01-\x03].|\x04[\x00-\x46])\x03[ !])", re.DOTALL)
_WORD = re.compile(r"(\w+)=", re.ASCII)
_ANY_HEADER = b"\xfc\x00\x20\x03\x20"

_GPS = Struct(">IddfxBxHHH")
_OLD_GPS = Struct(">IddfBxHHH")
_SCAN = Struct(">IB")
_CELL = Struct(">IHHIIb")
_BEACONS = Struct(">IBB")
_ALARM = Struct(">IB")
_STATUS = Struct(">B2xBxBBHbBBBBBB")
_U32 = Struct(">I")
_ACKNOWLEDGEMENT = Struct(">11sxI")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)

_NO_TIME = 0xFFFFFFFF
_NO_SIGNAL = -1
#: Seconds between records that still belong to one moment.
_LONGEST_MOMENT = 60

_ALARMS = {
    1: Alarm.SOS,
    2: Alarm.LOW_BATTERY,
    4: Alarm.REMOVED,
    5: Alarm.MOVEMENT,
    7: Alarm.FALL,
    8: Alarm.ACCIDENT,
    11: Alarm.POWER_RESTORED,
    12: Alarm.POWER_CUT,
    13: Alarm.POWER_ON,
    14: Alarm.POWER_OFF,
    15: Alarm.DOOR,
    16: Alarm.DOOR,
    17: Alarm.SIM_CHANGED,
}
_SIM_CHANGED = 17

_WIFI_BEACONS = 1

# What each value of a byte stands for.
_SIGNALS = (*([None] * 128), *range(-128, _NO_SIGNAL), None)
_SIGNAL_LEVELS = tuple(signal_level(value) for value in range(256))
_RESPIRATORY_RATES = tuple(vital(value, RESPIRATORY_RATE) for value in range(256))
_HEART_RATES = tuple(vital(value, HEART_RATE) for value in range(256))
_BLOOD_OXYGENS = tuple(vital(value, BLOOD_OXYGEN) for value in range(256))


class Xexun3(Protocol):
    """One tracker's side of a connection: every frame names it anew, and every frame with data is acknowledged."""

    name = "xexun3"
    title = "Xexun"
    max_frame = _LONGEST
    commands = COMMANDS

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim the first five bytes of a frame, however long it is."""
        size = len(head)
        if _HEADER.match(head[:5] + _ANY_HEADER[size:]) is None:
            return Match.NO
        return Match.YES if size >= 5 else Match.MAYBE

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first frame whose CRC is right.

        What only seems to begin one delays those behind it until its bytes are there, or until nothing follows.
        """
        if len(data) - start < _SHORTEST:
            return None
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + _LONGEST + 1
        begin = start
        while True:
            mark, length, kind = _ENVELOPE.unpack_from(data, begin)
            end = begin + length + 6
            if mark == 0xFC and kind in _KINDS and 11 <= length <= _LONGEST - 6 and end <= limit:
                if end > len(data):
                    if not final:
                        return None
                # A CRC over the content and its own CRC is zero.
                elif data[end - 1] == 0xCF and not crc_hqx(data[begin + 3 : end - 1], 0xFFFF):
                    return begin, end
            if (found := _HEADER.search(data, begin + 1, limit)) is None:
                return None
            begin = found.start()

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Acknowledge the frame, then read its records; one that is damaged costs itself."""
        if frame[4] == _DATA:
            reply = _encode_acknowledgement(frame, now)
            if len(frame) > _SHORTEST:
                self._acknowledge(reply)
            else:
                self._greet(reply)
        self.device_id = device_id = _read_imei(frame)
        if frame[4] != _DATA:
            return (_read_result(device_id, frame[14:-3]),)
        moments = _Moments(device_id, now)
        whole = _read_records(moments, frame)
        if not moments:
            if not whole:
                raise DecodeError("no record that can be read")
            return (Report(device_id, "xexun3"),)
        if not whole:
            self.damaged += 1
        return moments.reports()

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return a text in a frame, or bytes as they stand."""
        text = make_text(kind, arguments)
        if kind is CommandKind.RAW and (data := bytes_by_hand(text)):
            return (Request(data),)
        content = bytes((3, _COMMAND, 1)) + bytes.fromhex(f"0{self.device_id}") + text.encode("ascii")
        return (Request(_enclose(content), name_of(text)),)


class _Moments(dict[int, Report]):
    """The reports of one frame by their times; a time that is not among them finds the report it belongs to."""

    def __init__(self, device_id: str, now: datetime) -> None:
        """Begin without a report."""
        self._device_id = device_id
        self.arrival = now
        #: The alarms whose times are known, in their order, each with its report.
        self.raised: list[tuple[Report, int]] = []

    def __missing__(self, seconds: int) -> Report:
        """Return the report nearest in time, the newest for no time, or a new one where there is none."""
        if self:
            nearest = max(self) if seconds == _NO_TIME else min(self, key=lambda time: abs(time - seconds))
            if seconds == _NO_TIME:
                return self[nearest]
            if abs(nearest - seconds) <= _LONGEST_MOMENT:
                return self._join(self[nearest], seconds)
        return self.open(seconds)

    def _join(self, report: Report, seconds: int) -> Report:
        """Return a report of another time, which is no older than this one then."""
        time = datetime.fromtimestamp(seconds, UTC)
        if report.time is None or report.time < time:
            report.time = time
        return report

    def open(self, seconds: int) -> Report:
        """Return a new report of this time."""
        time = None if seconds == _NO_TIME else datetime.fromtimestamp(seconds, UTC)
        report = self[seconds] = Report(self._device_id, "xexun3", time)
        return report

    def reports(self) -> Iterable[Report]:
        """Return the reports, each of the time of its first alarm if it has one, the newest last."""
        for report, seconds in reversed(self.raised):
            report.time = datetime.fromtimestamp(seconds, UTC)
        if len(self) == 1:
            return self.values()
        return [self[made] for made in sorted(self, key=lambda made: (self[made].time or _END, made))]


def _encode_acknowledgement(frame: bytes, now: datetime) -> bytes:
    """Return the long form, which tells the tracker the time."""
    age = now - _EPOCH
    return _enclose(_ACKNOWLEDGEMENT.pack(frame[3:14], age.days * 86400 + age.seconds))


def _enclose(content: bytes) -> bytes:
    """Return what stands from the version to the end of the body in its envelope."""
    return b"\xfc" + len(content).to_bytes(2) + content + crc_hqx(content, 0xFFFF).to_bytes(2) + b"\xcf"


def _read_result(device_id: str, body: bytes) -> Report:
    """Return the answer to a command, which names it by the word in front of `=`, or else is to the last one."""
    text = _read_text(body)
    word = _WORD.match(text or "")
    return Report(device_id, "xexun3", text=text, answer=Answer(word[1] if word else None))


def _read_imei(frame: bytes) -> str:
    """Return the fifteen digits; DecodeError if they are none."""
    digits = frame[6:14].hex()
    if not digits.isdecimal() or not digits.startswith("0"):
        raise DecodeError("no IMEI")
    return digits[1:]


def _read_records(moments: _Moments, frame: bytes) -> bool:
    """Read every record of a frame into its report; False if one of them is damaged."""
    records = []
    position, end = 14, len(frame) - 3
    while position < end:
        # The length of a record that is cut short may be a byte of the CRC: either way it ends behind the body.
        size = frame[position + 1]
        records.append((frame[position], position + 2, size))
        position += 2 + size
    whole = position == end
    if not whole:
        del records[-1]
    # In the order of their ids: positions, whatever else has a time, and then what may have none.
    records.sort()
    for kind, begin, size in records:
        if (known := _RECORDS.get(kind)) is None:
            continue
        shortest, read = known
        if size >= shortest:
            read(moments, frame, begin, size)
        else:
            whole = False
    return whole


def _read_gps(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read a position; without a fix nothing but the time, and nothing without either."""
    seconds, latitude, longitude, altitude, satellites, speed, course, accuracy = (
        _GPS if size >= 34 else _OLD_GPS
    ).unpack_from(data, begin)
    report = None if seconds == _NO_TIME else moments.get(seconds) or moments.open(seconds)
    if isnan(latitude):
        return
    try:
        fix = Fix(
            latitude,
            longitude,
            # No other record has told a time yet.
            (report and report.time) or moments.arrival.astimezone(UTC),
            altitude if isfinite(altitude) else None,
            speed / 10 if speed != 0xFFFF else None,
            course / 10 if course <= 3600 else None,
            satellites if satellites != 0xFF else None,
            None,
            accuracy / 10 if 0 < accuracy < 0xFFFF else None,
        )
    except ValueError:
        # What is off the globe, and the origin, is no fix either.
        return
    (report or moments.open(seconds)).fix = fix


def _read_wifi(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read a Wi-Fi scan."""
    seconds, count = _SCAN.unpack_from(data, begin)
    moments[seconds].wifi += _read_access_points(data[begin + 5 : begin + size], 7, count)


def _read_cell(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read a cell, unless its numbers are placeholders."""
    seconds, mcc, mnc, area, cell, signal = _CELL.unpack_from(data, begin)
    report = moments[seconds]
    if (tower := make_cell(mcc, mnc, area, cell, signal if signal != _NO_SIGNAL else None)) is not None:
        report.cells += (tower,)


def _read_beacons(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read the beacons that were heard; those of Wi-Fi are access points."""
    seconds, kind, count = _BEACONS.unpack_from(data, begin)
    report = moments[seconds]
    heard = _read_access_points(data[begin + 6 : begin + size], 8, count)
    if kind == _WIFI_BEACONS:
        report.wifi += heard
    else:
        report.beacons += heard


def _read_alarm(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read an alarm; that of a changed SIM may tell the new one."""
    seconds, code = _ALARM.unpack_from(data, begin)
    report = moments[seconds]
    if seconds != _NO_TIME:
        moments.raised.append((report, seconds))
    report.alarms += (_ALARMS.get(code, Alarm.OTHER),)
    report.codes += (str(code),)
    if code == _SIM_CHANGED and (iccid := read_iccid(data[begin + 6 : begin + min(size, 16)])):
        report.readings["iccid"] = iccid


def _read_status(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read the status, whose fields for a body are None if nothing was measured."""
    (
        battery, signal, motion, charging, steps, temperature,
        respiration, heart_rate, systolic, diastolic, oxygen, fuel,
    ) = _STATUS.unpack_from(data, begin)  # fmt: skip
    readings = moments[_U32.unpack_from(data, begin + 16)[0] if size >= 20 else _NO_TIME].readings
    if battery <= 100:
        readings["battery_level"] = battery
    if (level := _SIGNAL_LEVELS[signal]) is not None:
        readings["signal_level"] = level
    if motion != 0xFF:
        readings["moving"] = motion > 0
    if charging <= 1:
        readings["charging"] = charging == 1
    if steps != 0xFFFF:
        readings["steps"] = steps
    # All bits set: a degree below zero cannot be told.
    if temperature != -1 and -30 <= temperature <= 80:
        readings["temperature"] = temperature
    if fuel <= 100:
        readings["fuel_level"] = fuel
    readings["respiratory_rate"] = _RESPIRATORY_RATES[respiration]
    readings["heart_rate"] = _HEART_RATES[heart_rate]
    readings["systolic"], readings["diastolic"] = blood_pressure(systolic, diastolic)
    readings["blood_oxygen"] = _BLOOD_OXYGENS[oxygen]


def _read_version(moments: _Moments, data: bytes, begin: int, size: int) -> None:
    """Read the firmware and the SIM from what follows a start."""
    readings = moments[_NO_TIME].readings
    if firmware := _read_text(data[begin + 1 : begin + 33].partition(b"\0")[0].rstrip(b"\xff")):
        readings["firmware"] = firmware
    if iccid := read_iccid(data[begin + 33 : begin + 43]):
        readings["iccid"] = iccid


#: By the id of a record, how long it is at least, and what reads it.
_RECORDS: dict[int, tuple[int, Callable[[_Moments, bytes, int, int], None]]] = {
    0x64: (33, _read_gps),
    0x65: (5, _read_wifi),
    0x66: (17, _read_cell),
    0x68: (6, _read_beacons),
    0x69: (5, _read_alarm),
    0x6A: (16, _read_status),
    0x6E: (43, _read_version),
}


def _read_access_points(data: bytes, width: int, count: int) -> tuple[AccessPoint, ...]:
    """Return what was heard, `count` at most: an address and a signal in every `width` bytes that are whole."""
    return tuple(
        point
        for begin in range(0, min(len(data) - width + 1, count * width), width)
        if (point := make_access_point(data[begin : begin + 6].hex(":"), _SIGNALS[data[begin + 6]])) is not None
    )


def _read_text(data: bytes) -> str | None:
    """Return text without the NUL or blanks at its ends."""
    return data.decode("utf-8", "replace").strip("\0 \r\n") or None
