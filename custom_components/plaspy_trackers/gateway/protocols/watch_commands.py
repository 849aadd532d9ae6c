"""What watches of the SeTracker family can be asked for: the contents of the frames.

    CR                         locate: GPS for three minutes, a position every 20 s
    TS  VERNO                  status, firmware: the answer says it
    UPLOAD,seconds             report interval
    FIND                       ring
    hrtstart,seconds           measure pulse and pressure that often, 1 now, 0 never
    bodytemp2                  measure the temperature now
    bodytemp,0|1,hours         measure the temperature that often
    HEALTHAUTOSET,1,1,seconds  measure all that it can that often; how to end it is not written down
    MESSAGE,text               on the screen, in UTF-16BE
    SOS,number,number,number   all SOS numbers; SOS1,number  SOS2,number  SOS3,number one of them
    CENTER,number              the number whose SMS the watch obeys, and which the SMS of its alarms go to
    PHB,number,name,...        the first five contacts, their names in UTF-16BE; in PHB2 the next five
    SILENCETIME,8:10-9:30,...  when it makes no sound
    WALKTIME,8:10-9:30,...     when steps count, which is never until this is sent; SLEEPTIME,21:00-7:30 of turns
    LZ,language,hours          0 English, 1 Chinese, 3 Portuguese, 4 Spanish, 5 German, 7 Turkish, 8 Vietnamese,
                               9 Russian, 10 French
    profile,1                  1 ring and vibrate, 2 ring, 3 vibrate, 4 silent
    APPLOCK,DW-0|1             GPS of 4G watches
    FALLDOWN,0|1,0|1           alarm of a fall, and a call
    LSSET,5+8                  how easily a fall is seen, 1 to 8, of 8
    REMOVE,0|1  LOWBAT,0|1     alarms
    CALL,number                call; MONITOR,number lets nobody near the watch notice
    RESET  POWEROFF  FACTORY   reboot, power off, factory settings
    IP,host,port               server: never answered
    APN,name,user,password,MCC and MNC
    PW,password                what SMS that command the watch begin with
    rcapture                   take a picture

All others are answered by their first word. LZ sets the time zone and the language: nobody may lose theirs unasked, so
both have to be said.

Sources: server protocol of 4P-Touch, the encoder of Traccar; which profile is which from manuals of such watches. That
DW-0 undoes DW-1, and that the 8 of LSSET counts its levels, is taken to be so.
"""

from collections.abc import Callable, Sequence
from itertools import batched
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
    Fields,
    Flag,
    Number,
    Several,
    Text,
    TimeRange,
)

LANGUAGES = {"en": 0, "zh": 1, "pt": 3, "es": 4, "de": 5, "tr": 7, "vi": 8, "ru": 9, "fr": 10}
PROFILES = {"ring_and_vibrate": 1, "ring": 2, "vibrate": 3, "silent": 4}

_MOST_NUMBERS = 3
_BRACKETS = "[]"
#: A content, which gets its frame, or a whole frame.
_DATA = Text(2000, forbidden=_BRACKETS, pattern=re.compile(r"(?!0x)\w.*|0x(?:[0-9A-Fa-f]{2})+", re.ASCII))
_FIELD = Text(32, forbidden=_BRACKETS + ",*", shortest=0, default="")

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.STATUS: NOTHING,
    CommandKind.VERSION: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(60, 65535)},
    CommandKind.FIND: NOTHING,
    CommandKind.MEASURE_HEART_RATE: NOTHING,
    CommandKind.MEASURE_TEMPERATURE: NOTHING,
    CommandKind.HEART_RATE_INTERVAL: {"seconds": Number(300, 65535, off=True)},
    CommandKind.TEMPERATURE_INTERVAL: {"hours": Number(1, 24, off=True)},
    CommandKind.HEALTH_INTERVAL: {"seconds": Number(300, 65535)},
    CommandKind.MESSAGE: {"text": Text(100)},
    CommandKind.SOS_NUMBERS: {
        "numbers": Several(PHONE_NUMBER, _MOST_NUMBERS),
        "place": Number(0, _MOST_NUMBERS, default=0),
    },
    CommandKind.CENTER_NUMBER: {"number": PHONE_NUMBER},
    CommandKind.CONTACTS: {"contacts": Several(Fields({"name": Text(20), "number": PHONE_NUMBER}), 10)},
    CommandKind.SILENCE_TIMES: {"times": Several(TimeRange(), 4)},
    CommandKind.PEDOMETER_TIMES: {"times": Several(TimeRange(), 3)},
    CommandKind.SLEEP_TIMES: {"times": Several(TimeRange(), 1)},
    CommandKind.TIME_ZONE: {"language": Choice(tuple(LANGUAGES)), "hours": Number(-12, 14, 0.25)},
    CommandKind.RINGER: {"mode": Choice(tuple(PROFILES))},
    CommandKind.GPS: {"on": Flag()},
    CommandKind.FALL_ALARM: {"on": Flag(), "call": Flag(default=False)},
    CommandKind.FALL_SENSITIVITY: {"level": Number(1, 8)},
    CommandKind.REMOVED_ALARM: {"on": Flag()},
    CommandKind.LOW_BATTERY_ALARM: {"on": Flag()},
    CommandKind.CALL: {"number": PHONE_NUMBER},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.FACTORY_RESET: NOTHING,
    CommandKind.SERVER: {"host": HOST, "port": PORT},
    CommandKind.APN: {
        "apn": Text(32, forbidden=_BRACKETS + ",*"),
        "user": _FIELD,
        "password": _FIELD,
        "network": Text(6, shortest=0, pattern=re.compile(r"(?:\d{5,6})?", re.ASCII), default=""),
    },
    CommandKind.PASSWORD: {"new": Text(16, pattern=re.compile(r"[0-9A-Za-z]+", re.ASCII))},
    CommandKind.LISTEN_IN: {"number": PHONE_NUMBER},
    CommandKind.PHOTO: NOTHING,
    CommandKind.RAW: {"data": _DATA},
}

#: What is done, and never answered.
NEVER_ANSWERED = ("IP",)


def make_contents(kind: CommandKind, arguments: Checked) -> Sequence[str]:
    """Return the contents of the frames that ask for something, in order."""
    return _CONTENTS[kind](arguments)


def _set_sos_numbers(arguments: Checked) -> Sequence[str]:
    """Return all three numbers at once, or a frame for each of those that are replaced."""
    numbers, place = arguments.texts("numbers"), arguments.whole("place")
    if not place:
        return (",".join(["SOS", *numbers, *[""] * (_MOST_NUMBERS - len(numbers))]),)
    if len(numbers) > _MOST_NUMBERS - place + 1:
        raise CommandError(Fault.COUNT, argument="numbers", minimum=1, maximum=_MOST_NUMBERS - place + 1)
    return [f"SOS{at},{number}" for at, number in enumerate(numbers, place)]


def _set_contacts(arguments: Checked) -> Sequence[str]:
    """Return the contacts, five to a frame."""
    entries = [f"{one.text('number')},{_hex(one.text('name'))}" for one in arguments.fields("contacts")]
    return [
        ",".join((word, *few)) for word, few in zip(("PHB", "PHB2"), batched(entries, 5, strict=False), strict=False)
    ]


def _set_times(word: str, arguments: Checked) -> Sequence[str]:
    """Return ranges of times, their hours without a leading zero."""
    return (",".join([word, *(re.sub(r"\b0(?=\d:)", "", times) for times in arguments.texts("times"))]),)


def _set_apn(arguments: Checked) -> Sequence[str]:
    """Return the access point of a mobile network."""
    return (",".join(["APN", *(arguments.text(name) for name in ("apn", "user", "password", "network"))]),)


def _measure_temperature_every(arguments: Checked) -> Sequence[str]:
    """Return how often to measure, or never."""
    hours = arguments.whole("hours")
    return (f"bodytemp,{int(hours > 0)},{hours}",)


def _switch(word: str, arguments: Checked) -> Sequence[str]:
    """Return what switches something on or off."""
    return (f"{word}{int(arguments.flag('on'))}",)


def _hex(text: str) -> str:
    """Return text as the watch reads it."""
    return text.encode("utf-16-be").hex().upper()


_CONTENTS: dict[CommandKind, Callable[[Checked], Sequence[str]]] = {
    CommandKind.LOCATE: lambda _: ("CR",),
    CommandKind.STATUS: lambda _: ("TS",),
    CommandKind.VERSION: lambda _: ("VERNO",),
    CommandKind.REPORT_INTERVAL: lambda arguments: (f"UPLOAD,{arguments.whole('seconds')}",),
    CommandKind.FIND: lambda _: ("FIND",),
    CommandKind.MEASURE_HEART_RATE: lambda _: ("hrtstart,1",),
    CommandKind.MEASURE_TEMPERATURE: lambda _: ("bodytemp2",),
    CommandKind.HEART_RATE_INTERVAL: lambda arguments: (f"hrtstart,{arguments.whole('seconds')}",),
    CommandKind.TEMPERATURE_INTERVAL: _measure_temperature_every,
    CommandKind.HEALTH_INTERVAL: lambda arguments: (f"HEALTHAUTOSET,1,1,{arguments.whole('seconds')}",),
    CommandKind.MESSAGE: lambda arguments: (f"MESSAGE,{_hex(arguments.text('text'))}",),
    CommandKind.SOS_NUMBERS: _set_sos_numbers,
    CommandKind.CENTER_NUMBER: lambda arguments: (f"CENTER,{arguments.text('number')}",),
    CommandKind.CONTACTS: _set_contacts,
    CommandKind.SILENCE_TIMES: lambda arguments: _set_times("SILENCETIME", arguments),
    CommandKind.PEDOMETER_TIMES: lambda arguments: _set_times("WALKTIME", arguments),
    CommandKind.SLEEP_TIMES: lambda arguments: _set_times("SLEEPTIME", arguments),
    CommandKind.TIME_ZONE: lambda arguments: (
        f"LZ,{LANGUAGES[arguments.text('language')]},{arguments.number('hours'):g}",
    ),
    CommandKind.RINGER: lambda arguments: (f"profile,{PROFILES[arguments.text('mode')]}",),
    CommandKind.GPS: lambda arguments: _switch("APPLOCK,DW-", arguments),
    CommandKind.FALL_ALARM: lambda arguments: (f"FALLDOWN,{int(arguments.flag('on'))},{int(arguments.flag('call'))}",),
    CommandKind.FALL_SENSITIVITY: lambda arguments: (f"LSSET,{arguments.whole('level')}+8",),
    CommandKind.REMOVED_ALARM: lambda arguments: _switch("REMOVE,", arguments),
    CommandKind.LOW_BATTERY_ALARM: lambda arguments: _switch("LOWBAT,", arguments),
    CommandKind.CALL: lambda arguments: (f"CALL,{arguments.text('number')}",),
    CommandKind.REBOOT: lambda _: ("RESET",),
    CommandKind.POWER_OFF: lambda _: ("POWEROFF",),
    CommandKind.FACTORY_RESET: lambda _: ("FACTORY",),
    CommandKind.SERVER: lambda arguments: (f"IP,{arguments.text('host')},{arguments.whole('port')}",),
    CommandKind.APN: _set_apn,
    CommandKind.PASSWORD: lambda arguments: (f"PW,{arguments.text('new')}",),
    CommandKind.LISTEN_IN: lambda arguments: (f"MONITOR,{arguments.text('number')}",),
    CommandKind.PHOTO: lambda _: ("rcapture",),
    CommandKind.RAW: lambda arguments: (arguments.text("data"),),
}
