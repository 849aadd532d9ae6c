"""What JT/T 808 (`jt808.py`) says besides positions: answers to requests, attributes, drivers and what is passed on.

    0001  answer              serial u16 and id u16 of what it answers, result u8: 0 accepted
    0104  parameters          serial u16, count u8, and as often: id u32, length u8, value
    0107  attributes          kind u16, maker 5, model 20, number 7 (2019: 11, 30 and 30 bytes), ICCID 10 BCD,
                              and each behind its length u8: hardware, firmware
    0201  position            serial u16, and a position (`jt808_positions.py`); so is 0500
    0701  answer of a vendor  length u32, text
    0702  driver              1 card put in, 2 taken out; time; result u8: 0 read; length u8, name; card 20
    0900  passed on           kind u8, data: 40 to 42 are serial ports
    1300  answer of a vendor  u16 of no known meaning, text in UTF-16
    6006  answer of a vendor  kind of text u8, text

Text is GBK, filled up with NUL. What 0701, 1300 and 6006 answer is not said: it is the last request. What is passed on
is told in hexadecimal digits, and that of a serial port also as the text that it may be.
"""

from collections.abc import Callable
from struct import Struct

from ..models import Answer, Report
from .base import DecodeError
from .fields import read_iccid
from .jt808_positions import read_time

_RESULT = Struct(">HHB")
_U16 = Struct(">H")
_PARAMETER = Struct(">IB")

#: Ids above 8000 that only answer: what a tracker says to them answers nothing.
_ACKNOWLEDGEMENTS = (0x8001, 0x8100, 0x8109, 0x8800)
_CARD_IN = b"\x01"
_SERIAL_PORTS = (0x40, 0x41, 0x42)
#: Ids of parameters that are text, whatever their length.
_TEXTS = frozenset((*range(0x10, 0x18), 0x1A, 0x1D, *range(0x40, 0x45), 0x48, 0x49, 0x83))


def read_result(report: Report, body: bytes, version: bytes) -> None:
    """Add whether a request was accepted."""
    serial, kind, result = _RESULT.unpack_from(body)
    if kind not in _ACKNOWLEDGEMENTS:
        report.answer = Answer(str(serial), not result)


def read_parameters(report: Report, body: bytes, version: bytes) -> None:
    """Add the parameters as text, `id=value` each; DecodeError if they are cut short."""
    report.answer = Answer(str(_U16.unpack_from(body)[0]))
    parameters = []
    at = 3
    for _ in range(body[2]):
        parameter, size = _PARAMETER.unpack_from(body, at)
        at += 5 + size
        if at > len(body):
            raise DecodeError("parameters cut short")
        parameters.append(f"{parameter:04X}={_spell(parameter, body[at - size : at])}")
    report.text = ", ".join(parameters)


def read_attributes(report: Report, body: bytes, version: bytes) -> None:
    """Add SIM and firmware."""
    begin = 73 if version else 34
    if iccid := read_iccid(body[begin : begin + 10]):
        report.readings["iccid"] = iccid
    _, begin = _read_counted(body, begin + 10)
    firmware, _ = _read_counted(body, begin)
    if firmware:
        report.readings["firmware"] = firmware


def read_driver(report: Report, body: bytes, version: bytes) -> None:
    """Add the card of a driver who put it in."""
    report.time = read_time(body[1:7])
    if body.startswith(_CARD_IN) and not body[7]:
        _, begin = _read_counted(body, 8)
        if card := _read_text(body[begin : begin + 20]):
            report.readings["driver_id"] = card


def read_vendor_answer(report: Report, body: bytes, version: bytes) -> None:
    """Add the text of message 0701."""
    _add_answer(report, _read_text(body[4:]))


def read_wide_answer(report: Report, body: bytes, version: bytes) -> None:
    """Add the text of message 1300."""
    _add_answer(report, body[2:].decode("utf-16-be", "replace").strip("\0\r\n ") or None)


def read_text_answer(report: Report, body: bytes, version: bytes) -> None:
    """Add the text of message 6006."""
    _add_answer(report, _read_text(body[1:]))


def read_passed_on(report: Report, body: bytes, version: bytes) -> None:
    """Add what a tracker passes on."""
    data = body[1:]
    report.text = data.hex() or None
    if body[0] in _SERIAL_PORTS and data:
        text = _read_text(data)
        report.readings["serial_data"] = text if text and text.isprintable() else data.hex()


#: By the id of a message.
READERS: dict[int, Callable[[Report, bytes, bytes], None]] = {
    0x0001: read_result,
    0x0104: read_parameters,
    0x0107: read_attributes,
    0x0701: read_vendor_answer,
    0x0702: read_driver,
    0x0900: read_passed_on,
    0x1300: read_wide_answer,
    0x6006: read_text_answer,
}


def _add_answer(report: Report, text: str | None) -> None:
    """Add what answers the last request."""
    report.text = text
    report.answer = Answer()


def _read_counted(body: bytes, begin: int) -> tuple[str | None, int]:
    """Return the text behind its length, and where it ends; IndexError if there is no length."""
    end = begin + 1 + body[begin]
    return _read_text(body[begin + 1 : end]), end


def _read_text(data: bytes) -> str | None:
    """Return text without what it is filled up with, None if nothing is left."""
    return data.decode("gbk", "replace").strip("\0\r\n ") or None


def _spell(parameter: int, value: bytes) -> str:
    """Return the value of a parameter as people write it."""
    if parameter in _TEXTS:
        return _read_text(value) or ""
    return str(int.from_bytes(value)) if len(value) in (1, 2, 4) else value.hex()
