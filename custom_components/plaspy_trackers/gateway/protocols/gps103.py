r"""gps103: the text of Coban's vehicle trackers (GPS103, TK102B, TK103, TK303, TK306) and of what copies them.

ASCII over TCP or UDP without a checksum. A frame ends at `;`; also at `*`, CR or LF, where the next one begins, or
where nothing follows. A value that only the end of the data ends may have lost digits, and is left out.

    ##,imei:861234050000025,A;                                        login
    861234050000025;                                                  keep-alive, which `imei:...` may follow at once
    imei:861234050000025,help me,2611211500,+573001234567,F,120027.000,A,0439.4980,N,07405.6220,W,2.59,276.01,...;
         identity        event   |          phone         |  UTC       |  ddmm.mmmm    dddmm.mmmm   |    course
                                 local time               F with GPS,  A, V is no fix               knots
                                 yymmddhhmm[ss]           L without

- behind the speed, each of them optional or empty: course, altitude in metres, ignition 0|1, door 0|1, fuel of two
  tanks in % (only where the sign stands behind it; a bare number has no known unit), temperature in °C.
- local time: also `yy/mm/dd hh:mm`, or zeros. The date of the UTC is the one that puts the two at most half a day
  apart, a day earlier where that would be in the future: zones thirteen hours ahead exist. Where a position has no UTC
  its local time is taken for it; without a position it is not told, since nobody knows its zone.
- L: no position; LAC and CID in hexadecimal stand in the places of latitude and longitude, without a network.
- event: empty, `tracker` or a number of three digits for a report; `acc on` and `acc off`, which the field of the
  ignition outweighs; `rfid`, with a card where the phone stands; `T:+28.0` and `oil 51.67`, each with its value; an
  alarm by its word; `jt` and the like answer the command whose letter they begin with; `vr`, `vt` go with pictures.
- `DTC` has a trouble code in place of the second tank. `OBD,<local time>,odometer,fuel,fuel average,hours,km/h,load %,
  coolant °C,throttle %,rpm,volts,trouble codes,...;` has no position; fuel and odometer have no known unit.

    imei:861234050000025,Equipo 1,---,------,----,120027,211126,14,1,4.65830,-74.09370,004,276,2555,00.9,07,0,1,---,*

is what one copy sends: hhmmss and ddmmyy of UTC, CSQ, fix, degrees, km/h, course, metres, HDOP, satellites, ignition,
charging. Its other frames say nothing.

Answered are a login with `LOAD`, a keep-alive with `ON`, and `help me` with `**,imei:<identity>,E;`, or it is repeated.

Sources: Coban's GPRS protocol as drivers of the family tell of it, captures of 2008 to 2024. Public suites give a
position without a speed one of 0, and name bonnet and brake alarms; here the one has no speed, the others are `other`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
import re
from typing import override

from ..commands import Checked, CommandKind, Request
from ..models import Alarm, Answer, CellTower, Fix, Readings, Report
from .base import DecodeError, Match, Protocol, claim
from .fields import read_degrees, read_time, signal_level
from .gps103_commands import COMMANDS, encode_command

_END = rb"[;*\r\n][\r\n]*+"
_BODY = rb"[^;*\r\ni#]*+(?:(?:i(?!mei:\d)|#(?!#,imei:))[^;*\r\ni#]*+)*+"
_ALONE = rb"(?<![0-9A-Za-z,.:+-])\d{15}"
_WHOLE = re.compile(
    rb"(?:##,)?imei:\d{15}," + _BODY + rb"(?:" + _END + rb"|(?=(?:##,)?imei:\d))|" + _ALONE + rb"(?:;|(?=imei:\d))"
)
#: What counts though nothing ends it: a position with both its letters, a call for help, a login and a keep-alive.
_UNENDED = re.compile(
    rb"imei:\d{15},(?:(?i:help me),|(?:[^,;*\r\n]*,){3}F,(?:[^,;*\r\n]*,){6})[^;*\r\n]*\Z"
    rb"|##,imei:\d{15},A\Z|" + _ALONE + rb"\Z"
)

#: A number in front means a report only if a time follows: xexun's `imei:` is followed by numbers as well.
_OPENING = re.compile(
    rb"##,imei:|\d{15}(?:;|imei:)"
    rb"|imei:\d{15},(?:[^\d,\x00-\x20]|(?:\d[ -)+\--:<-~]{0,31})?,(?:\d{9}|\d\d/\d\d/|---))"
)
_CUT_OPENING = re.compile(
    rb"#{0,2}|##,(?:i(?:m(?:ei?)?)?)?|\d{0,15}|\d{15}i(?:m(?:ei?)?)?|i(?:m(?:ei?)?)?"
    rb"|imei:(?:\d{0,15}|\d{15},(?:(?:\d[ -)+\--:<-~]{0,31})?(?:,(?:\d{0,8}|\d\d/(?:\d\d?)?|-{1,2})?)?)?)"
)

_STOP = rb"(?=[,;*\r\n])"
_FRAME = re.compile(
    rb"imei:(\d{15}),([^,]*),"
    rb"(?:(\d\d)/?(\d\d)/?(\d\d) ?(\d\d):?(\d\d)(\d\d)?|[^,]*),"  # local time
    rb"([^,]*),"  # phone or card
    rb"([FL]),(?:((\d\d)(\d\d)\d\d)(?:\.\d*)?|[^,]*),"  # UTC
    rb"([AV]?),([0-9A-Fa-f.]*),([NS]?),([0-9A-Fa-f.]*),([EW]?)" + _STOP +
    rb"(?:,(?:(\d+\.?\d*)" + _STOP + rb"|[^,]*)"  # speed
    rb"(?:,(\d+\.?\d*)?" + _STOP + rb"(?:,(-?\d+\.?\d*)?" + _STOP +  # course, altitude
    rb"(?:,([01])?" + _STOP + rb"(?:,([01])?" + _STOP +  # ignition, door
    rb"(?:,(?:(\d+\.?\d*)%|[\d.]*)" + _STOP +  # fuel
    rb"(?:,([^,;*\r\n]*)" + _STOP +  # the second tank or a trouble code
    rb"(?:,([+-]?\d+\.?\d*)" + _STOP + rb")?)?)?)?)?)?)?)?"  # temperature
)  # fmt: skip
#: What one copy sends: degrees, and most fields never filled.
_COPY = re.compile(
    rb"imei:\d{15},[^,]*,-+,-+,-+,"
    rb"(\d{6}),(\d\d)(\d\d)(\d\d),(\d{1,2}),(\d),(-?\d{1,2}\.\d+),(-?\d{1,3}\.\d+),"  # time, date, CSQ, fix, degrees
    rb"(\d{1,3}),(\d{1,3}),(-?\d{1,5}),(\d{1,2}\.\d+),(\d{1,2}),([01]),([01]),"
)
_DIAGNOSIS = re.compile(
    rb"imei:\d{15},OBD,(?:[^,]*,){7}"  # local time, odometer, fuel, fuel average, hours, speed, load
    rb"(?:\+?(-?\d+)|[^,]*),[^,]*,(?:(\d+)|[^,]*),(?:(\d+\.?\d*)|[^,]*)" + _STOP + rb"([^;*\r\n]*)"  # °C, %, rpm, V
)
_EVENT = re.compile(rb"imei:\d{15},([^,;*\r\n]*)")

#: By the word of the event in lower case.
_ALARMS = {
    b"help me": Alarm.SOS,
    b"low battery": Alarm.LOW_BATTERY,
    b"stockade": Alarm.GEOFENCE,
    b"move": Alarm.MOVEMENT,
    b"speed": Alarm.OVERSPEED,
    b"door alarm": Alarm.DOOR,
    b"ac alarm": Alarm.POWER_CUT,
    b"sensor alarm": Alarm.VIBRATION,
    b"accident alarm": Alarm.ACCIDENT,
    b"dtc": Alarm.FAULT,
}
#: These raise an alarm with its value; `oil1` is the first tank's, without one.
_TEMPERATURE = re.compile(rb"t:([+-]?\d+\.?\d*)")
_FUEL = re.compile(rb"oil(?: ?(\d+\.\d*)|\d?)")
_ANSWER = re.compile(rb"([g-p])t")
_IGNITION = {b"acc on": True, b"acc off": False}
_REPORTS = (b"tracker", b"")
#: What else is no alarm: reports by number, cards, what goes with pictures.
_ORDINARY = re.compile(rb"\d{3}|rfid|v[rt].*", re.DOTALL)
_PICTURE = (b"vr", b"vt")

#: Minutes between local time and UTC, a day apart: most people live between eleven hours behind and 12:45 ahead.
_FARTHEST_AHEAD = 770
_FARTHEST_BEHIND = -670
_HALF_A_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)


class Gps103(Protocol):
    """One Coban tracker's side of a connection; every frame names the tracker anew."""

    name = "gps103"
    title = "Coban"
    acknowledges = False
    #: A position has 120 bytes; this leaves room for a part of a picture.
    max_frame = 2048

    bounds_numbers = False
    commands = COMMANDS

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        """Claim a login, a keep-alive, or `imei:` and what no text of xexun has behind it."""
        return claim(head, _OPENING, _CUT_OPENING)

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the first frame with its terminator; one that has none ends where the next begins."""
        # Looking no further than what is ever held makes the outcome independent of how the bytes arrive.
        limit = start + self.max_frame + 1
        found = _WHOLE.search(data, start, limit)
        if found is None and final and len(data) < limit:
            found = _UNENDED.search(data, start)
        return None if found is None else found.span()

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read one frame; an alarm is told even if its position is damaged."""
        if not frame.startswith(b"imei:"):
            return (self._greet_tracker(frame),)
        found = _FRAME.match(frame)
        word = found[2] if found else _read_word(frame)
        event = word.lower()
        self.device_id = frame[5:20].decode()
        report = Report(self.device_id, self.name)
        if event == b"help me":
            self._acknowledge(b"**,imei:%s,E;" % frame[5:20])
        if b"*" in frame[-3:]:
            return _read_copy(frame, report)
        if event == b"obd":
            _read_diagnosis(frame, report.readings)
            return (report,)
        if event not in _REPORTS:
            _add_event(event, word, report)
        try:
            if found:
                _read_fields(found, event, report, now)
            elif not event.startswith(_PICTURE):
                raise DecodeError("damaged fields")
        except ValueError:
            if not report.alarms:
                raise
            self.damaged += 1
        return (report,)

    def _greet_tracker(self, frame: bytes) -> Report:
        """Answer a login or keep-alive."""
        login = frame.startswith(b"##")
        self.device_id = (frame[8:23] if login else frame[:15]).decode()
        self._greet(b"LOAD" if login else b"ON")
        return Report(self.device_id, self.name)

    @override
    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        assert self.device_id is not None
        return (encode_command(kind, arguments, self.device_id),)


def _read_word(frame: bytes) -> bytes:
    """Return the event of a frame whose other fields are not as they should be."""
    found = _EVENT.match(frame)
    assert found is not None, "what begins a frame goes as far"
    return found[1]


def _add_event(event: bytes, word: bytes, report: Report) -> None:
    """Put into a report what its event says; a word that nobody knows is an alarm."""
    if event in _IGNITION:
        report.readings["ignition"] = _IGNITION[event]
        return
    if found := _ANSWER.fullmatch(event):
        report.answer = Answer(found[1].decode().upper())
        report.text = word.decode("latin-1")
        return
    if _ORDINARY.fullmatch(event):
        return
    alarm = _ALARMS.get(event, Alarm.OTHER)
    if found := _TEMPERATURE.fullmatch(event):
        alarm = Alarm.TEMPERATURE
        report.readings["temperature"] = float(found[1])
    elif found := _FUEL.fullmatch(event):
        alarm = Alarm.FUEL_LEAK
        _add_fuel(found[1], report.readings)
    report.alarms = (alarm,)
    report.codes = (word.decode("latin-1"),)


def _read_fields(found: re.Match[bytes], event: bytes, report: Report, now: datetime) -> None:
    """Read what follows the event; ValueError if a position is damaged, after everything else was read."""
    (
        _, _, year, month, day, hour, minute, second, phone, signal, clock, utc_hour, utc_minute,
        letter, latitude, north, longitude, east, speed, course, altitude,
        ignition, door, fuel, tank, temperature,
    ) = found.groups()  # fmt: skip
    readings = report.readings
    if ignition:
        readings["ignition"] = ignition == b"1"
    if door:
        readings["door"] = door == b"1"
    if fuel:
        _add_fuel(fuel, readings)
    if temperature:
        readings["temperature"] = float(temperature)
    if event == b"rfid" and phone:
        readings["driver_id"] = phone.decode("latin-1")
    elif event == b"dtc" and tank:
        readings["serial_data"] = tank.decode("latin-1")
    if signal == b"L":
        report.cells = _read_cell(latitude, longitude)
        return
    try:
        if clock:
            local = (year, month, day, hour, minute) if year else _tell_local(now)
            report.time = _read_time(local, clock, utc_hour, utc_minute, now)
        elif year and letter == b"A":
            report.time = read_time(year, month, day, hour + minute + (second or b"00"))
    except ValueError:
        if letter == b"A":
            raise
    if letter == b"A":
        report.fix = _read_fix(report.time, latitude, north, longitude, east, speed, course, altitude)


def _tell_local(now: datetime) -> Sequence[bytes]:
    """Return what a tracker would show whose clock is set to UTC."""
    return now.astimezone(UTC).strftime("%y %m %d %H %M").encode().split()


def _read_time(local: Sequence[bytes], clock: bytes, utc_hour: bytes, utc_minute: bytes, now: datetime) -> datetime:
    """Return the time of this clock in UTC, on the day on which it is nearest to the local time."""
    year, month, day, hour, minute = local
    if hour > b"23" or minute > b"59":
        raise DecodeError("no local time")
    time = read_time(year, month, day, clock)
    ahead = 60 * (int(hour) - int(utc_hour)) + int(minute) - int(utc_minute)
    if ahead > _FARTHEST_AHEAD:
        time += _DAY
    elif ahead < _FARTHEST_BEHIND:
        time -= _DAY
    return time - _DAY if time - now > _HALF_A_DAY else time


def _read_fix(
    time: datetime | None,
    latitude: bytes,
    north: bytes,
    longitude: bytes,
    east: bytes,
    speed: bytes | None,
    course: bytes | None,
    altitude: bytes | None,
) -> Fix | None:
    """Return the position; None if it is the unset one, 0/0. An empty letter counts as east, but not as north."""
    if not north or time is None:
        raise DecodeError("no position")
    degrees_north = read_degrees(latitude, north)
    degrees_east = read_degrees(longitude, east)
    if not degrees_north and not degrees_east:
        return None
    degrees = float(course) if course else None
    return Fix(
        degrees_north,
        degrees_east,
        time,
        float(altitude) if altitude else None,
        float(speed) * 1.852 if speed else None,
        degrees if degrees is None or degrees <= 360.0 else None,
    )


def _read_cell(area: bytes, cell: bytes) -> tuple[CellTower, ...]:
    """Return the cell of an area in hexadecimal; no network has the code 0, which stands for the one not told."""
    if not area or not cell:
        return ()
    numbers = int(area, 16), int(cell, 16)
    return (CellTower(0, 0, *numbers),) if all(numbers) else ()


def _read_diagnosis(frame: bytes, readings: Readings) -> None:
    """Read what the vehicle says of itself."""
    found = _DIAGNOSIS.match(frame)
    if found is None:
        raise DecodeError("damaged fields")
    coolant, speed, volts, codes = found.groups()
    if coolant:
        readings["coolant_temperature"] = float(coolant)
    if speed:
        readings["engine_speed"] = float(speed)
    if volts:
        readings["battery_voltage"] = float(volts)
    if trouble := codes.strip(b","):
        readings["serial_data"] = trouble.decode("latin-1")


def _read_copy(frame: bytes, report: Report) -> Iterable[Report]:
    """Read the frame of a copy; nothing if it is not that of a position."""
    found = _COPY.match(frame)
    if found is None:
        return ()
    (
        clock, day, month, year, csq, valid, latitude, longitude,
        speed, course, altitude, hdop, satellites, ignition, charging,
    ) = found.groups()  # fmt: skip
    report.time = read_time(year, month, day, clock)
    if (level := signal_level(int(csq))) is not None:
        report.readings["signal_level"] = level
    report.readings["ignition"] = ignition == b"1"
    report.readings["charging"] = charging == b"1"
    if valid != b"0":
        report.fix = Fix(
            float(latitude),
            float(longitude),
            report.time,
            float(altitude),
            float(speed),
            float(course),
            int(satellites),
            float(hdop),
        )
    return (report,)


def _add_fuel(percent: bytes | None, readings: Readings) -> None:
    """Add how full the first tank is."""
    if percent and (level := float(percent)) <= 100.0:
        readings["fuel_level"] = level
