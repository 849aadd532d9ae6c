"""Messages of GT06 trackers (`gt06.py`) that are text, or come from what is connected to them.

    15 81 82    length u8 of what follows but the language, server flag u32, text, language u16 or nothing
    21          server flag u32, coding u8 (1 ASCII, 2 UTF-16 big endian), text
                all of them answer a command, whose server flag they repeat. An answer may say where the tracker is,
                `Current position!Lat:N..,Lon:E..,Course:..,Speed:..,DateTime:yyyy-MM-dd HH:mm:ss`, or `<ICCID:..>`
    9B          port u8, bytes of a device on the serial port
    94          kind u8 and
                00 supply u16 in 1/100 V      0B the same where it has two bytes; else a network, left out
                04 settings, text             05 a clock or nothing, door u8 (bit 0: open)
                0A IMEI 8, IMSI 8, ICCID 10   0D a clock or nothing, text of a fuel probe
                1B bytes of an RFID reader    1E temperature i32, humidity i32, both in 1/10

Bytes of a device are text where they can be printed, and hexadecimal digits where not. The text of a probe is
`*!AIOIL,02,008.290,029.600,519J,0400,008.430,0,00,AB`: its third field is °C, its sixth a level whose unit depends on
the probe, and is told with the text alone. ICCIDs begin with 89; firmware that swaps the digits of each byte begins
them with 98.
"""

from datetime import UTC, datetime
import re
from struct import Struct

from ..models import Answer, Fix, Report
from .base import DecodeError
from .fields import read_iccid
from .gt06_blocks import CLOCK_SIZE, read_clock
from .gt06_messages import Reader

_FLAGGED = Struct(">BI")
_CODED = Struct(">IB")
_U16 = Struct(">H")
_CLIMATE = Struct(">ii")
_IDENTITIES = Struct(">8s8s10s")
_UTF_16 = 2

_PLACE = re.compile(
    r"Current position!\s*Lat:([NS])(\d{1,2}\.\d+),\s*Lon:([EW])(\d{1,3}\.\d+),\s*Course:(\d+(?:\.\d+)?),"
    r"\s*Speed:(\d+(?:\.\d+)?)[^,]*,\s*DateTime:(20\d\d)-(\d\d)-(\d\d) +(\d\d):(\d\d):(\d\d)",
    re.ASCII,
)
_ICCID = re.compile(r"ICCID:\s*(89\d{16,18})(?!\d)", re.ASCII)
#: Firmware mixes letters of two bytes into ASCII, telephone books among it.
_WIDE_LETTER = re.compile(rb"[\0-\x07].", re.DOTALL)
_REFUSAL = re.compile(r"fail|error|invalid|illegal|not support|unsupport|unknown command", re.IGNORECASE)
_PROBE = re.compile(rb"\*?!AIOIL,\d+,[\d.]+,(-?\d{1,3}(?:\.\d{1,4})?),")
_READER = re.compile(r"RFID:\s*([0-9A-Za-z]+)")
_PRINTABLE = re.compile(rb"[ -~]+(?:[\r\n\t]+[ -~]+)*")


def _read_answer(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an answer that tells its length (15, 81, 82)."""
    if end - begin < _FLAGGED.size:
        raise DecodeError("no server flag")
    size, flag = _FLAGGED.unpack_from(data, begin)
    text = data[begin + _FLAGGED.size : min(begin + 1 + size, end)]
    _add_answer(report, flag, _WIDE_LETTER.sub(_narrow, text).decode("utf-8", "replace"))


def _read_coded_answer(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read an answer that tells its coding (21)."""
    if end - begin < _CODED.size:
        raise DecodeError("no server flag")
    flag, coding = _CODED.unpack_from(data, begin)
    text = data[begin + _CODED.size : end]
    _add_answer(report, flag, text.decode("utf-16-be" if coding == _UTF_16 else "utf-8", "replace"))


def _narrow(letter: re.Match[bytes]) -> bytes:
    """Return a letter of UTF-16 as UTF-8."""
    return chr(int.from_bytes(letter[0])).encode()


def _add_answer(report: Report, flag: int, text: str) -> None:
    """Add what a tracker says to the command of a flag."""
    report.text = "".join(one for one in text if one.isprintable() or one in "\r\n\t").strip() or None
    # Our first command has no flag, and firmware that repeats none answers with no flag: it means the last command.
    report.answer = Answer(str(flag) if flag else None, accepted=not _REFUSAL.search(text))
    if found := _ICCID.search(text):
        report.readings["iccid"] = found[1]
    if found := _PLACE.search(text):
        north, latitude, east, longitude, course, speed, *clock = found.groups()
        year, month, day, hour, minute, second = map(int, clock)
        report.time = datetime(year, month, day, hour, minute, second, 0, UTC)
        report.fix = Fix(
            float(latitude) if north == "N" else -float(latitude),
            float(longitude) if east == "E" else -float(longitude),
            report.time,
            None,
            float(speed),
            float(course) if float(course) <= 360 else None,
        )


def _read_serial(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read what a device on the serial port said (9B)."""
    _add_bytes(report, data[begin + 1 : end])


def _read_information(report: Report, data: bytes, begin: int, end: int) -> None:
    """Read one of many things about the tracker (94)."""
    kind, begin = data[begin], begin + 1
    size = end - begin
    match kind:
        case 0x00 | 0x0B if size == 2:
            report.readings["external_voltage"] = _U16.unpack_from(data, begin)[0] / 100
        case 0x04:
            report.text = data[begin:end].decode("utf-8", "replace").strip("\0 \r\n") or None
        case 0x05 if size in (1, CLOCK_SIZE + 1):
            if size > 1:
                report.time = read_clock(data, begin)
            report.readings["door"] = bool(data[end - 1] & 1)
        case 0x0A if size == _IDENTITIES.size:
            _add_identities(report, *_IDENTITIES.unpack_from(data, begin))
        case 0x0D:
            _add_probe(report, data, begin, end)
        case 0x1B:
            _add_bytes(report, data[begin:end])
            if report.text and (found := _READER.fullmatch(report.text)):
                report.readings["driver_id"] = found[1]
        case 0x1E if size == _CLIMATE.size:
            temperature, humidity = _CLIMATE.unpack_from(data, begin)
            report.readings["temperature"] = temperature / 10
            report.readings["humidity"] = humidity / 10


def _add_identities(report: Report, imei: bytes, imsi: bytes, card: bytes) -> None:
    """Add the SIM; the IMEI is whose report it is, where no login has told."""
    if not report.device_id:
        report.device_id = read_imei(imei)
    # Some swap the digits of each byte, so that 89 comes first as 98; they are told as they stand.
    if iccid := card.hex() if card.startswith(b"\x98") else read_iccid(card):
        report.readings["iccid"] = iccid


def _add_probe(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add what a fuel probe said."""
    # A clock begins with a year that cannot be printed.
    if end - begin > CLOCK_SIZE and data[begin] < 0x20:
        report.time = read_clock(data, begin)
        begin += CLOCK_SIZE
    _add_bytes(report, data[begin:end])
    if found := _PROBE.match(data, begin, end):
        report.readings["temperature"] = float(found[1])


def _add_bytes(report: Report, data: bytes) -> None:
    """Add what a device said, as text or as hexadecimal digits."""
    text = data.rstrip(b"\r\n")
    said = text.decode() if _PRINTABLE.fullmatch(text) else data.hex()
    if said:
        report.text = report.readings["serial_data"] = said


def read_imei(data: bytes) -> str:
    """Return the fifteen digits behind the first; DecodeError if they are none."""
    digits = data.hex()
    if len(digits) != 16 or not digits.isdecimal() or not digits.strip("0"):
        raise DecodeError("no IMEI")
    return digits[1:]


#: What reads each type of message.
TEXT_READERS: dict[int, Reader] = {
    0x15: _read_answer,
    0x21: _read_coded_answer,
    0x81: _read_answer,
    0x82: _read_answer,
    0x94: _read_information,
    0x9B: _read_serial,
}
