"""What IW watches can be asked for: the type of each command, and what follows the identity and the serial in it.

    BP16                       locate: confirmed, then a position
    BP15,seconds               report interval
    BP33,mode                  working mode, from 1
    BP88                       find: ring
    BPXL  BPXY  BPXZ  BPXT     measure pulse, pressure, oxygen, temperature: confirmed, then the value
    BP86,0|1,minutes           measure pulse and pressure that often; forgotten in a reset
    BP87,0|1,minutes           measure the temperature that often; forgotten too
    BP40,text                  message on the screen, in UTF-16BE
    BP12,number,number,number  SOS numbers
    BP14,name|number,...       ten contacts, their names in UTF-16BE
    BP20,language,hours        time zone; every firmware has its own numbers of languages
    BP76,0|1                   alarm of a fall
    BP32,number                call
    BP18  BP31  BP17           reboot, power off, factory settings
    BP19,0|1,host,port         server: 0 an address, 1 a name
    BPSM,@monitor@             record what can be heard for 10 s
    BP46,1                     take a picture

BPSM hands on an SMS, with `@` for each `#` of it. What switches something off is not written down for BP86 and BP87.
Lists are filled up with empty fields, so that they are what was asked for, and nothing of before.

Source: an excerpt of the vendor's GPS Watch Protocol of 2023; bounds that it does not have are ours.
"""

from collections.abc import Callable, Sequence
import re

from ..commands import (
    HOST,
    IP_ADDRESS,
    NOTHING,
    PHONE_NUMBER,
    PORT,
    Checked,
    CommandKind,
    Commands,
    Fields,
    Flag,
    Number,
    Several,
    Text,
)

_MOST_NUMBERS = 3
_MOST_CONTACTS = 10

#: A type with its arguments, which gets the identity and a serial, or a whole frame.
_DATA = Text(2000, forbidden="#", pattern=re.compile(r"BP[0-9A-Z]{2}(?:,[ -~]*)?|0x(?:[0-9A-Fa-f]{2})+", re.ASCII))

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(10, 86400)},
    CommandKind.WORKING_MODE: {"mode": Number(1, 9)},
    CommandKind.FIND: NOTHING,
    CommandKind.MEASURE_HEART_RATE: NOTHING,
    CommandKind.MEASURE_BLOOD_PRESSURE: NOTHING,
    CommandKind.MEASURE_BLOOD_OXYGEN: NOTHING,
    CommandKind.MEASURE_TEMPERATURE: NOTHING,
    CommandKind.HEART_RATE_INTERVAL: {"minutes": Number(1, 1440, off=True)},
    CommandKind.TEMPERATURE_INTERVAL: {"minutes": Number(1, 1440, off=True)},
    CommandKind.MESSAGE: {"text": Text(100)},
    CommandKind.SOS_NUMBERS: {"numbers": Several(PHONE_NUMBER, _MOST_NUMBERS)},
    CommandKind.CONTACTS: {"contacts": Several(Fields({"name": Text(20), "number": PHONE_NUMBER}), _MOST_CONTACTS)},
    CommandKind.TIME_ZONE: {"language": Number(0, 99), "hours": Number(-12, 14, 0.25)},
    CommandKind.FALL_ALARM: {"on": Flag()},
    CommandKind.CALL: {"number": PHONE_NUMBER},
    CommandKind.REBOOT: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.FACTORY_RESET: NOTHING,
    CommandKind.SERVER: {"host": HOST, "port": PORT},
    CommandKind.LISTEN_IN: NOTHING,
    CommandKind.PHOTO: NOTHING,
    CommandKind.RAW: {"data": _DATA},
}


def make_fields(kind: CommandKind, arguments: Checked) -> Sequence[str]:
    """Return the type of a command, and what follows the serial in it."""
    return _MAKERS[kind](arguments)


def _every(name: str, arguments: Checked) -> Sequence[str]:
    """Return what measures every so many minutes, or never."""
    minutes = arguments.whole("minutes")
    return name, "1" if minutes else "0", str(minutes)


def _set_contacts(arguments: Checked) -> Sequence[str]:
    """Return the contacts."""
    contacts = [f"{_hex(one.text('name'))}|{one.text('number')}" for one in arguments.fields("contacts")]
    return "BP14", *_filled(contacts, _MOST_CONTACTS)


def _set_server(arguments: Checked) -> Sequence[str]:
    """Return where to report to."""
    host = arguments.text("host")
    is_address = IP_ADDRESS.pattern is not None and IP_ADDRESS.pattern.fullmatch(host)
    return "BP19", "0" if is_address else "1", host, str(arguments.whole("port"))


def _filled(fields: Sequence[str], count: int) -> Sequence[str]:
    """Return so many fields, those that were not given empty."""
    return [*fields, *[""] * (count - len(fields))]


def _hex(text: str) -> str:
    """Return text as the watch reads it."""
    return text.encode("utf-16-be").hex().upper()


_MAKERS: dict[CommandKind, Callable[[Checked], Sequence[str]]] = {
    CommandKind.LOCATE: lambda _: ("BP16",),
    CommandKind.REPORT_INTERVAL: lambda arguments: ("BP15", str(arguments.whole("seconds"))),
    CommandKind.WORKING_MODE: lambda arguments: ("BP33", str(arguments.whole("mode"))),
    CommandKind.FIND: lambda _: ("BP88",),
    CommandKind.MEASURE_HEART_RATE: lambda _: ("BPXL",),
    CommandKind.MEASURE_BLOOD_PRESSURE: lambda _: ("BPXY",),
    CommandKind.MEASURE_BLOOD_OXYGEN: lambda _: ("BPXZ",),
    CommandKind.MEASURE_TEMPERATURE: lambda _: ("BPXT",),
    CommandKind.HEART_RATE_INTERVAL: lambda arguments: _every("BP86", arguments),
    CommandKind.TEMPERATURE_INTERVAL: lambda arguments: _every("BP87", arguments),
    CommandKind.MESSAGE: lambda arguments: ("BP40", _hex(arguments.text("text"))),
    CommandKind.SOS_NUMBERS: lambda arguments: ("BP12", *_filled(arguments.texts("numbers"), _MOST_NUMBERS)),
    CommandKind.CONTACTS: _set_contacts,
    CommandKind.TIME_ZONE: lambda arguments: (
        "BP20",
        str(arguments.whole("language")),
        f"{arguments.number('hours'):g}",
    ),
    CommandKind.FALL_ALARM: lambda arguments: ("BP76", str(int(arguments.flag("on")))),
    CommandKind.CALL: lambda arguments: ("BP32", arguments.text("number")),
    CommandKind.REBOOT: lambda _: ("BP18",),
    CommandKind.POWER_OFF: lambda _: ("BP31",),
    CommandKind.FACTORY_RESET: lambda _: ("BP17",),
    CommandKind.SERVER: _set_server,
    CommandKind.LISTEN_IN: lambda _: ("BPSM", "@monitor@"),
    CommandKind.PHOTO: lambda _: ("BP46", "1"),
    CommandKind.RAW: lambda arguments: arguments.text("data").split(",", 1),
}
