"""Frames of the Xexun text protocol."""

from binascii import crc_hqx

from tests.simulator import tk102
from tests.simulator.tracker import Cell

from .moment import NORTH_WEST, SOUTH_EAST, TIME

XEXUN_ID = "861234050000017"


def xexun_short(body: str, log: str = "") -> bytes:
    """Return a short form: its length in decimal, and its CRC as two raw bytes, low byte first."""
    counted = f"{body}{len(body)}".encode()
    return log.encode() + counted + crc_hqx(counted, 0).to_bytes(2, "little")


def xexun_front(phone: str = "+573001234567", serial: str = "261121070027", alarm: str = "") -> str:
    """Return what every form of a valid fix begins with, through the comma behind the IMEI."""
    return f"{serial},{phone},{tk102.encode_sentence(TIME, SOUTH_EAST)},F,{alarm}, imei:{XEXUN_ID},"


_SENTENCE = tk102.encode_sentence(TIME, NORTH_WEST)
_VOID = tk102.with_checksum("GPRMC,120027.000,V,0439.4980,N,07405.6220,W,0.00,0.00,211126,,,N")
_UNSET = tk102.with_checksum("GPRMC,.000,A,,,,,0.00,0.00,,,,A")
_MULTI = tk102.with_checksum("GNRMC,120027.000,A,439.4980,N,5.6220,E,0.00,,211126,00,0000.0,A")
_NO_HEMISPHERE = tk102.with_checksum("GPRMC,120027.7,A,5206.1446,N,02038.2403,,0,0,211126,0.0,E,A")

_EXTENDED = tk102.encode_report(XEXUN_ID, TIME, NORTH_WEST, volts=3.92)
_ANALOG = f"261121070027,,{_SENTENCE},F,, imei:{XEXUN_ID},05,106.4,F:4.01V/ADC1=0.20V/ADC2=0.00V,0,"
_LOST = f"261121070027,+573001234567,{_VOID},L,low battery, imei:{XEXUN_ID},00,,L:3.50V,0,"
_STATUS = f",+573001234567,,L,, imei:{XEXUN_ID},,,F:4.10V,1,"
_SKELETON = f"261121070027,,{_UNSET},L,, imei:{XEXUN_ID},00,,F:3.80V,0,"

FRAMES = {
    "extended": _EXTENDED,
    "extended, no terminator": _EXTENDED.rstrip(),
    "extended, SOS": tk102.encode_report(XEXUN_ID, TIME, SOUTH_EAST, volts=3.55, charging=True, alarm="help me!"),
    "extended, stored": b"LOG" + _EXTENDED,
    "extended, decimal digits in the cell": tk102.encode_report(
        XEXUN_ID, TIME, NORTH_WEST, volts=4.0, cell=Cell(208, 1, 0x0702, 0x5072), phone="TELKOMSEL"
    ).rstrip(),
    "extended, analog inputs and odometer": tk102.with_checks(_ANALOG) + b",520,01,5DE8,0399,6.21km\r\n",
    "extended, void": tk102.with_checks(_LOST) + b",262,01,224CE1,379B\r\n",
    "extended, nothing set": tk102.with_checks(_SKELETON) + b",262,01,0702,379B\n\r",
    "status": tk102.with_checks(_STATUS) + b",247,01,000E,1FC5\n\r",
    "short": xexun_short(xexun_front()) + b"\r\n",
    "short, no terminator": xexun_short(xexun_front(serial="2611210700")),
    # These numbers give CRCs that look like something else: a line end, more digits, a comma and a digit.
    "short, line end as CRC": xexun_short(xexun_front(phone="+573000064732")),
    "short, digits as CRC": xexun_short(xexun_front(phone="+573000462476")) + b"\n\r",
    "short, comma in the CRC": xexun_short(xexun_front(phone="+573000068308")),
    "short, stored": xexun_short(xexun_front(), log="LOG") + b"\r\n",
    "basic": f"261121070027,+573001234567,{_SENTENCE},F,,imei:{XEXUN_ID},\r\n".encode(),
    "basic, oldest": f"261121070027,5277,{_NO_HEMISPHERE},F,imei:{XEXUN_ID},\r\n".encode(),
    "basic, line end after the sentence": f"261121070027,,{_SENTENCE}\r\n,L,imei:{XEXUN_ID},\r\n".encode(),
}

FIRST_FRAMES = {
    "no front": f"{_SENTENCE},F,,imei:{XEXUN_ID},".encode(),
    "no front, several systems": f"{_MULTI},L,, imei:{XEXUN_ID},".encode(),
}

DAMAGED_FRAMES = (
    _EXTENDED.replace(b"0439.", b"04Z9."),
    _EXTENDED.replace(b"211126", b"991326"),
    _EXTENDED.replace(b"F:3.92V", b"F:x.xxV"),
    _EXTENDED.replace(b",0702,", b",WXYZ,"),
)
