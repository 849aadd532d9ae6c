"""GOTOP TE-207: text in `#` over UDP or TCP.

    #<15 digits>,CMD-T,A,DATE:yymmdd,TIME:hhmmss,LAT:dd.ddddddd N|S,LOT:ddd.ddddddd E|W,Speed:ddd.d,battery-signal,tail#

The tail is `course,MCCMNC-LAC-CID` on classic firmware and the HDOP on 4G firmware. The clock is set to UTC (`L+00`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import override

from .route import Position
from .tracker import Cell, Moment, Tracker

HEARTBEAT = 180.0
HOME_CELL = Cell(732, 101, 0x00A0, 0x4B8E)


class Te207(Tracker):
    """A TE-207 carried on a walk."""

    model = "te207"
    default_imei = "861234050000025"
    default_transport = "udp"

    @override
    def report(self, moment: Moment) -> bytes:
        return self._frame("CMD-T", moment)

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._frame("ALM-A", moment)

    @override
    def routine(self) -> Sequence[tuple[float, Callable[[], None]]]:
        return [*super().routine(), (HEARTBEAT, self.send_heartbeat)]

    def send_heartbeat(self) -> None:
        """Tell that the tracker is there."""
        self._send(encode_heartbeat(self.imei))

    @override
    def fall(self) -> None:
        """Let the wearer fall now: the man-down alarm, sent as soon as there is a server."""
        self._note("falls")
        self._send_surely(self._frame("ALM-M", self.moment()))

    def _frame(self, kind: str, moment: Moment) -> bytes:
        """Return a frame with everything in it."""
        return encode_report(
            self.imei,
            kind,
            moment.time,
            moment.position,
            battery=round(100 * moment.battery),
            signal=18 + moment.time.minute % 10,
            tail=encode_course_and_cell(moment.position.course, HOME_CELL),
        )


def encode_report(
    imei: str, kind: str, time: datetime, position: Position, *, battery: int, signal: int, tail: str
) -> bytes:
    """Return a frame of this kind with a valid fix; `time` in UTC, battery in %, signal as CSQ 0 to 31."""
    latitude = f"{abs(position.latitude):010.7f}{'S' if position.latitude < 0 else 'N'}"
    longitude = f"{abs(position.longitude):011.7f}{'W' if position.longitude < 0 else 'E'}"
    return (
        f"#{imei},{kind},A,DATE:{time:%y%m%d},TIME:{time:%H%M%S},LAT:{latitude},LOT:{longitude},"
        f"Speed:{position.speed:05.1f},{battery}-{signal},{tail}#"
    ).encode()


def encode_course_and_cell(course: float, cell: Cell) -> str:
    """Return the tail of classic firmware."""
    return f"{round(course) % 360:03d},{cell.mcc}{cell.mnc:02d}-{cell.area:04X}-{cell.cell:04X}"


def encode_hdop(hdop: float) -> str:
    """Return the tail of 4G firmware."""
    return f"{hdop:05.2f}"


def encode_heartbeat(imei: str) -> bytes:
    """Return the frame that says nothing but who sends it."""
    return f"#{imei},CMD-X#".encode()
