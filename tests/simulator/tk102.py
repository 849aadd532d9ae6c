"""Xexun TK-102: text over TCP with a GPRMC sentence in it.

    serial,phone,GPRMC,…*CK,F,alarm, imei:<15 digits>,satellites,altitude,F:4.02V,charging,length,crc,
    mcc,mnc,lac,cell LF CR

The length counts the bytes in front of it, the CRC-16/XMODEM covers the bytes up to the comma behind the length.
"""

from binascii import crc_hqx
from datetime import datetime
from functools import reduce
from operator import xor
from typing import override

from .route import Position
from .tracker import Cell, Moment, Tracker

FULL, EMPTY = 4.15, 3.5  # V
LOW = 3.6  # V
PHONE = "+573001234567"
HOME_CELL = Cell(732, 101, 0x0702, 0x9C8C)
KNOT = 1.852  # km/h


class Tk102(Tracker):
    """A TK-102 carried on a walk."""

    model = "tk102"
    default_imei = "861234050000017"

    @override
    def report(self, moment: Moment) -> bytes:
        return self._frame(moment)

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._frame(moment, alarm="help me!")

    def _frame(self, moment: Moment, alarm: str = "") -> bytes:
        """Return a report, with an alarm word if there is one."""
        return encode_report(
            self.imei,
            moment.time,
            moment.position,
            volts=EMPTY + (FULL - EMPTY) * moment.battery,
            charging=moment.charging,
            satellites=7 + moment.time.minute % 5,
            alarm=alarm,
        )


def encode_report(
    imei: str,
    time: datetime,
    position: Position,
    *,
    volts: float,
    charging: bool = False,
    satellites: int = 8,
    cell: Cell = HOME_CELL,
    alarm: str = "",
    phone: str = PHONE,
) -> bytes:
    """Return the extended form; `time` in UTC."""
    letter = "L" if volts < LOW else "F"
    body = (
        f"{time:%y%m%d%H%M%S},{phone},{encode_sentence(time, position)},F,{alarm}, imei:{imei},"
        f"{satellites:02d},{position.altitude:.1f},{letter}:{volts:.2f}V,{int(charging)},"
    )
    return with_checks(body) + f",{cell.mcc},{cell.mnc:02d},{cell.area:04X},{cell.cell:04X}\n\r".encode()


def encode_sentence(time: datetime, position: Position) -> str:
    """Return the GPRMC sentence of a valid fix, without its `$`."""
    latitude = degrees_and_minutes(position.latitude, 2) + (",S" if position.latitude < 0 else ",N")
    longitude = degrees_and_minutes(position.longitude, 3) + (",W" if position.longitude < 0 else ",E")
    knots = position.speed / KNOT
    return with_checksum(
        f"GPRMC,{time:%H%M%S}.{time.microsecond // 1000:03d},A,{latitude},{longitude},"
        f"{knots:.2f},{position.course:.2f},{time:%d%m%y},,,A"
    )


def with_checksum(sentence: str) -> str:
    """Return an NMEA sentence, which has no `$`, with its checksum behind it."""
    return f"{sentence}*{reduce(xor, sentence.encode()):02X}"


def degrees_and_minutes(degrees: float, width: int) -> str:
    """Return `dddmm.mmmm` with so many digits of degrees, and no sign."""
    whole, parts = divmod(round(abs(degrees) * 600_000), 600_000)
    return f"{whole:0{width}d}{parts / 10_000:07.4f}"


def with_checks(body: str) -> bytes:
    """Return a frame's body, which ends in the comma before the length, with its length and its CRC behind it."""
    counted = f"{body}{len(body)},".encode()
    return counted + b"%d" % crc_hqx(counted, 0)
