"""What GOTOP trackers can be asked for: the text between the password and the `#` of each command.

    :123456 M1,030S #
     |      |
     |      letter, number and arguments: 100 bytes in all, the rest is not read
     password of six digits

    F                     locate: answered with a position; F1 with the cell as well
    M1,030S               report interval: three digits, up to 254, and S, M or H        M0,030S   stop reports
    M2,180                heartbeat interval in seconds                                  B   G     version, parameters
    A1,number             emergency number 1 to 8; `D` for a number deletes it           V30,number   call
    I1,1,1,corner,corner  geofence 1 to 5, on, 0 alarm on entering or 1 on leaving; no comma between the corners, each
                          `ddmmssss` N or S and `dddmmssss` E or W, with hundredths of seconds
    J1,080                alarm of overspeed in km/h                                     N1,20   of a low battery in %
    P1,020  P0            of movement farther than 10 times so many metres, off          N2,1    of a full battery
    KH050  KL050          thresholds of shock and fall, 0 for off        T1  T0   of the ignition (older vehicle units)
    L+08  L+05:30         time zone                                      L1,yymmdd,hhmmss    clock
    K  RESET!1  RESET!    power off, reboot, factory reset               U4  U5              GPS on, off
    Capn,host:port        access point and server; `u,` before the host  Ouser,password      login of the access point
                          is for UDP                                     H456789             new password
    V31,number            call, and let nobody notice

An answer is `CMD-` and the letter, with its number for the few commands in `_NAME`; `ERROR!` is a refusal.

Sources: the published firmware tree of the TL403, the PDF of the TL201 and VT108. That N2,0 and T0 switch off what N2,1
and T1 switch on is taken to be so, as is that L1 sets local time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
import re

from ..commands import (
    HOST,
    NOTHING,
    PHONE_NUMBER,
    PORT,
    Checked,
    Choice,
    CommandError,
    CommandKind,
    Commands,
    Fault,
    Flag,
    Number,
    Several,
    Text,
    by_hand,
)

PASSWORD = Text(6, shortest=6, pattern=re.compile(r"\d{6}", re.ASCII))
#: Bytes of a command that the firmware reads.
LONGEST = 100

_MOST_NUMBERS = 8
_DELETE = "D"
_UNITS = (("S", 1), ("M", 60), ("H", 3600))
_MOST_UNITS = 254
#: A text, which gets the password and its `#`, or bytes as they are.
_DATA = by_hand(202, forbidden="#")
_WORD = Text(63, forbidden="#,:", pattern=re.compile(r"[!-~]+"))
_THRESHOLD = Number(1, 999, off=True)

COMMANDS: Commands = {
    CommandKind.LOCATE: {"cells": Flag(default=False)},
    CommandKind.VERSION: NOTHING,
    CommandKind.PARAMETERS: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(1, _MOST_UNITS * 3600)},
    CommandKind.STOP_REPORTS: NOTHING,
    CommandKind.KEEP_ALIVE_INTERVAL: {"seconds": Number(60, 600)},
    CommandKind.SOS_NUMBERS: {
        "numbers": Several(PHONE_NUMBER, _MOST_NUMBERS, fewest=0),
        "place": Number(0, _MOST_NUMBERS, default=0),
    },
    CommandKind.TIME_ZONE: {"hours": Number(-12, 14, 0.25)},
    CommandKind.CLOCK: NOTHING,
    CommandKind.GPS: {"on": Flag()},
    CommandKind.FALL_ALARM: {"threshold": _THRESHOLD},
    CommandKind.LOW_BATTERY_ALARM: {"percent": Number(1, 45)},
    CommandKind.BATTERY_FULL_ALARM: {"on": Flag()},
    CommandKind.OVERSPEED_ALARM: {"speed": Number(30, 255)},
    CommandKind.MOVEMENT_ALARM: {"radius": Number(10, 2500, 10, off=True)},
    CommandKind.VIBRATION_ALARM: {"threshold": _THRESHOLD},
    CommandKind.IGNITION_ALARM: {"on": Flag()},
    CommandKind.GEOFENCE: {
        "south": Number(-90, 90, 0),
        "west": Number(-180, 180, 0),
        "north": Number(-90, 90, 0),
        "east": Number(-180, 180, 0),
        "crossing": Choice(("enter", "exit"), default="exit"),
        "fence": Number(1, 5, default=1),
        "on": Flag(default=True),
    },
    CommandKind.CALL: {"number": PHONE_NUMBER},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.FACTORY_RESET: NOTHING,
    CommandKind.SERVER: {
        "host": HOST,
        "port": PORT,
        "apn": _WORD,
        "transport": Choice(("tcp", "udp"), default="tcp"),
    },
    CommandKind.APN: {"user": _WORD, "password": _WORD},
    CommandKind.PASSWORD: {"new": PASSWORD},
    CommandKind.LISTEN_IN: {"number": PHONE_NUMBER},
    CommandKind.RAW: {"data": _DATA},
}

_NAME = re.compile(r"A[1-8]|F1|L[1345]|M[2-4]|N2|P0|Q[1-5]|U\d|V3|Z[12]|[A-Z]", re.ASCII)


def name_of(text: str) -> str:
    """Return what the answer to a command calls it, from the text of the command or what follows `CMD-`."""
    found = _NAME.match(text)
    return found[0] if found else text


def make_texts(kind: CommandKind, arguments: Checked, now: datetime) -> Sequence[str]:
    """Return the texts that ask for something, in order; CommandError if no text can say it."""
    if kind is CommandKind.CLOCK:
        return (f"L1,{now:%y%m%d,%H%M%S}",)
    texts = _TEXTS[kind](arguments)
    return (texts,) if isinstance(texts, str) else texts


def _locate(arguments: Checked) -> str:
    """Return what asks for the position, perhaps with the cell."""
    return "F1" if arguments.flag("cells") else "F"


def _report_every(arguments: Checked) -> str:
    """Return a report interval in the smallest unit that can say it; CommandError if none can."""
    seconds = arguments.whole("seconds")
    for unit, length in _UNITS:
        if not seconds % length and seconds // length <= _MOST_UNITS:
            return f"M1,{seconds // length:03d}{unit}"
    raise CommandError(Fault.STEP, argument="seconds", step=60 if seconds <= _MOST_UNITS * 60 else 3600)


def _set_sos_numbers(arguments: Checked) -> Sequence[str]:
    """Return a text for each of all numbers, those that are not given deleted; or of those from one place on.

    Where there are none to replace what is at a place, that alone is deleted.
    """
    numbers, place = arguments.texts("numbers"), arguments.whole("place")
    if not place:
        numbers += [_DELETE] * (_MOST_NUMBERS - len(numbers))
    elif len(numbers) > _MOST_NUMBERS - place + 1:
        raise CommandError(Fault.COUNT, argument="numbers", minimum=0, maximum=_MOST_NUMBERS - place + 1)
    return [f"A{at},{number}" for at, number in enumerate(numbers or [_DELETE], place or 1)]


def _set_time_zone(arguments: Checked) -> str:
    """Return the offset from UTC."""
    minutes = round(arguments.number("hours") * 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"L{'-' if minutes < 0 else '+'}{hours:02d}" + (f":{rest:02d}" if rest else "")


def _watch_movement(arguments: Checked) -> str:
    """Return the radius that is left with an alarm, or that there is none."""
    radius = arguments.whole("radius")
    return f"P1,{radius // 10:03d}" if radius else "P0"


def _set_geofence(arguments: Checked) -> str:
    """Return a geofence by its corners in the north-west and the south-east."""
    south, west, north, east = (arguments.number(name) for name in ("south", "west", "north", "east"))
    if south >= north:
        raise CommandError(Fault.RANGE, argument="north", minimum=south, maximum=90)
    if west >= east:
        raise CommandError(Fault.RANGE, argument="east", minimum=west, maximum=180)
    crossing = int(arguments.text("crossing") == "exit")
    corners = _latitude(north) + _longitude(west) + _latitude(south) + _longitude(east)
    return f"I{arguments.whole('fence')},{int(arguments.flag('on'))},{crossing},{corners}"


def _latitude(degrees: float) -> str:
    """Return `ddmmssss` and N or S."""
    return _angle(degrees, 2) + ("S" if degrees < 0 else "N")


def _longitude(degrees: float) -> str:
    """Return `dddmmssss` and E or W."""
    return _angle(degrees, 3) + ("W" if degrees < 0 else "E")


def _angle(degrees: float, width: int) -> str:
    """Return degrees in so many digits, minutes and hundredths of seconds."""
    minutes, hundredths = divmod(round(abs(degrees) * 360_000), 6000)
    return f"{minutes // 60:0{width}d}{minutes % 60:02d}{hundredths:04d}"


def _set_server(arguments: Checked) -> str:
    """Return where to report to, and by which access point of the mobile network."""
    transport = "u," if arguments.text("transport") == "udp" else ""
    return f"C{arguments.text('apn')},{transport}{arguments.text('host')}:{arguments.whole('port')}"


_TEXTS: dict[CommandKind, Callable[[Checked], str | Sequence[str]]] = {
    CommandKind.LOCATE: _locate,
    CommandKind.VERSION: lambda _: "B",
    CommandKind.PARAMETERS: lambda _: "G",
    CommandKind.REPORT_INTERVAL: _report_every,
    CommandKind.STOP_REPORTS: lambda _: "M0,030S",
    CommandKind.KEEP_ALIVE_INTERVAL: lambda arguments: f"M2,{arguments.whole('seconds'):03d}",
    CommandKind.SOS_NUMBERS: _set_sos_numbers,
    CommandKind.TIME_ZONE: _set_time_zone,
    CommandKind.GPS: lambda arguments: "U4" if arguments.flag("on") else "U5",
    CommandKind.FALL_ALARM: lambda arguments: f"KL{arguments.whole('threshold'):03d}",
    CommandKind.LOW_BATTERY_ALARM: lambda arguments: f"N1,{arguments.whole('percent'):02d}",
    CommandKind.BATTERY_FULL_ALARM: lambda arguments: f"N2,{int(arguments.flag('on'))}",
    CommandKind.OVERSPEED_ALARM: lambda arguments: f"J1,{arguments.whole('speed'):03d}",
    CommandKind.MOVEMENT_ALARM: _watch_movement,
    CommandKind.VIBRATION_ALARM: lambda arguments: f"KH{arguments.whole('threshold'):03d}",
    CommandKind.IGNITION_ALARM: lambda arguments: f"T{int(arguments.flag('on'))}",
    CommandKind.GEOFENCE: _set_geofence,
    CommandKind.CALL: lambda arguments: f"V30,{arguments.text('number')}",
    CommandKind.REBOOT: lambda _: "RESET!1",
    CommandKind.POWER_OFF: lambda _: "K",
    CommandKind.FACTORY_RESET: lambda _: "RESET!",
    CommandKind.SERVER: _set_server,
    CommandKind.APN: lambda arguments: f"O{arguments.text('user')},{arguments.text('password')}",
    CommandKind.PASSWORD: lambda arguments: f"H{arguments.text('new')}",
    CommandKind.LISTEN_IN: lambda arguments: f"V31,{arguments.text('number')}",
    CommandKind.RAW: lambda arguments: arguments.text("data"),
}
