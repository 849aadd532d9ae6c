"""Whole frames of every protocol, made up after its document: identities, numbers and places belong to nobody."""

from binascii import crc_hqx
from datetime import UTC, datetime

from tests.simulator import te207, tk102
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

#: When the frames arrive, a few seconds after they were made.
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)

TIME = datetime(2026, 11, 21, 12, 0, 27, 636000, tzinfo=UTC)
NORTH_WEST = Position(latitude=4.6583, longitude=-74.0937, altitude=2555.3, speed=4.8, course=276.01)
SOUTH_EAST = Position(latitude=-36.85061, longitude=174.76345, altitude=-3.4, speed=0.0, course=0.0)

XEXUN_ID = "861234050000017"
GOTOP_ID = "861234050000025"


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

XEXUN = {
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

_CMD_T = te207.encode_report(
    GOTOP_ID,
    "CMD-T",
    TIME,
    NORTH_WEST,
    battery=84,
    signal=20,
    tail=te207.encode_course_and_cell(276.01, te207.HOME_CELL),
)


def gotop(kind: str, status: str = "84-20", tail: str = "000", fix: str = "A") -> bytes:
    """Return a labelled frame of this kind."""
    place = "LAT:36.8506100S,LON:174.7634500E,Speed:000.0"
    return f"#{GOTOP_ID},{kind},{fix},DATE:261121,TIME:120027,{place},{status},{tail}#".encode()


GOTOP = {
    "course and cell": _CMD_T,
    "HDOP": te207.encode_report(GOTOP_ID, "CMD-T", TIME, SOUTH_EAST, battery=7, signal=99, tail=te207.encode_hdop(0.9)),
    "SOS": gotop("ALM-A", tail="000,65501-00A0-4B8E"),
    "SOS key, no fix": gotop("CMD-KEY", "057-21", "01.60", fix="V"),
    "man down": gotop("ALM-M", "X-X-X-X-81-26"),
    "geofence": gotop("ALM-B1-1", "100-22", "03.72"),
    "unknown alarm": gotop("ALM-Y"),
    "heartbeat": te207.encode_heartbeat(GOTOP_ID),
    "no fix for long": f"#{GOTOP_ID},ALM-E#".encode(),
    "vehicle": gotop("CMD-T", "1-0-0-0-99-31", "010,25002-1E17-4F03,10,0.98,0,-21,18,122,-1,-1,-1"),
    "scans": gotop(
        "CMD-T", "100-22", "01.00,WIFI:{02-00-5e-10-00-01&-47,02-00-5e-10-00-02&-60},BLE:{02-00-5e-10-00-03&-91}"
    ),
    "LTE": gotop("CMD-T", "095-70", "59.5,00.90,732~101~513770~421~3150~-98~-9~-68~6,3150~421~-10~-98~-67~-20,>"),
    "no labels": f"#{GOTOP_ID},CMD-T,A,261121,120027,36.8506100S,174.7634500E,Speed:001.8,90-24,1.3,00.00#".encode(),
    "tail cut short": gotop("CMD-T", "X-0-1-100-26", ""),
    "serial text": f"#{GOTOP_ID},CMD-Z,85 00 00 72 94#".encode(),
    "serial text in front": _CMD_T.replace(b",CMD-T", b",Sorry Not Support,,CMD-T"),
    "confirmation": gotop("CMD-C"),
    "refusal": gotop(" ERROR!", fix="V"),
}

#: What may stand anywhere in a stream, by protocol.
FRAMES: dict[str, dict[str, bytes]] = {"xexun": XEXUN, "gotop": GOTOP}

#: What may only be the first of a stream or a datagram of its own: its front was lost, or nothing tells its end.
FIRST_FRAMES: dict[str, dict[str, bytes]] = {
    "xexun": {
        "no front": f"{_SENTENCE},F,,imei:{XEXUN_ID},".encode(),
        "no front, several systems": f"{_MULTI},L,, imei:{XEXUN_ID},".encode(),
    },
    "gotop": {"no front": _CMD_T[1:]},
}

#: Frames whose envelope holds, but whose fields cannot all be read.
DAMAGED_FRAMES: dict[str, tuple[bytes, ...]] = {
    "xexun": (
        _EXTENDED.replace(b"0439.", b"04Z9."),
        _EXTENDED.replace(b"211126", b"991326"),
        _EXTENDED.replace(b"F:3.92V", b"F:x.xxV"),
        _EXTENDED.replace(b",0702,", b",WXYZ,"),
    ),
    "gotop": (
        _CMD_T.replace(b"LAT:04.", b"LAT:x4."),
        _CMD_T.replace(b"DATE:261121", b"DATE:269921"),
        _CMD_T.replace(b"Speed:", b"Spe\xff\xfe:"),
        _CMD_T.replace(b"84-20", b"eighty"),
        f"#{GOTOP_ID},CMD-T,A#".encode(),
    ),
}
