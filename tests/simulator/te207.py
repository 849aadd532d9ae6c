"""GOTOP TE-207: text in `#` over UDP or TCP.

    #<15 digits>,CMD-T,A,DATE:yymmdd,TIME:hhmmss,LAT:dd.ddddddd N|S,LOT:ddd.ddddddd E|W,Speed:ddd.d,battery-signal,tail#

The tail is `course,MCCMNC-LAC-CID` on classic firmware and the HDOP on 4G firmware. The clock is set to UTC (`L+00`).

    :<6 digits of the password><command># or CR

At most 100 bytes are read of a request. The answer is `CMD-` and the letter of the command, or `ERROR!` if it is not
understood or the password is wrong; both with the position of before, unless it is the position that was asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
import re
from typing import override

from . import tracker
from .route import Position
from .tracker import Cell, Moment, Order, Tracker

HEARTBEAT = 180.0
VERSION = "TE207_4G_V1.07"
REQUEST = re.compile(rb":(\d{6})([^#\r]*)[#\r]")
LONGEST = 100

#: What it understands; the group `seconds` is a number of `unit`.
KINDS = {
    "locate": r"F1?",
    "version": r"B",
    "parameters": r"G",
    "report_interval": r"M1,(?P<seconds>\d{3})(?P<unit>[SMH])",
    "stop_reports": r"M0,\d{3}[SMH]",
    "keep_alive_interval": r"M2,(?P<seconds>\d{2,3})",
    "sos_numbers": r"A([1-8]),(D|\+?\d+(?:,[^,]*)?)",
    "time_zone": r"L([+-]\d\d(?::\d\d)?)",
    "clock": r"L1,(\d{6}),(\d{6})",
    "gps": r"U([45])",
    "fall_alarm": r"KL(\d{3})",
    "vibration_alarm": r"KH(\d{3})",
    "low_battery_alarm": r"N1,(\d\d)",
    "battery_full_alarm": r"N2,([01])",
    "overspeed_alarm": r"J1,(\d{3})",
    "movement_alarm": r"P(?:1,(\d{3})|0)",
    "geofence": r"I([1-5]),([01]),([01]),(\d{8}[NS]\d{9}[EW]\d{8}[NS]\d{9}[EW])",
    "call": r"V30,(\+?\d+)",
    "listen_in": r"V31,(\+?\d+)|U1",
    "reboot": r"RESET!1",
    "factory_reset": r"RESET!",
    "power_off": r"K",
    "server": r"C([^,]+),(?:u,)?([^,:]+:\d+)",
    "apn": r"O([^,]*),([^,]*)",
    "password": r"H(\d{6})",
}
UNITS = {"S": 1, "M": 60, "H": 3600}
MOST_UNITS = 254

#: The letters that confirmations have, those with a number first.
LETTER = re.compile(r"A[1-8]|F1|L1|M2|N2|P0|U\d|V3|[A-Z]")
HOME_CELL = Cell(732, 101, 0x00A0, 0x4B8E)


class Te207(Tracker):
    """A TE-207 carried on a walk."""

    model = "te207"
    default_imei = "861234050000025"
    default_transport = "udp"
    password = "123456"
    heartbeat = HEARTBEAT
    _stale: Moment | None = None

    @property
    def numbers(self) -> Mapping[int, str]:
        """The emergency numbers by their places, as the server set them."""
        set_by_server = {int(order.words[0]): order.words[1] for order in self.obeyed if order.kind == "sos_numbers"}
        return {place: number for place, number in set_by_server.items() if number != "D"}

    @override
    def report(self, moment: Moment) -> bytes:
        self._stale = moment
        return self._frame("CMD-T", moment)

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._frame("ALM-A", moment)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        requests, rest = cut_requests(data)
        return [understand(text) if password == self.password else Order("") for password, text in requests], rest

    @override
    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        if not accepted:
            return (self._frame("ERROR!", self._stale or self.moment()),)
        if order.kind in ("version", "parameters"):
            text = VERSION if order.kind == "version" else f"M1,{self.interval:03.0f}S;M2,{self.heartbeat:03.0f}"
            return (f"#{self.imei},CMD-{order.name},{text}#".encode(),)
        if order.kind == "locate" or self._stale is None:
            self._stale = self.moment()
        return (self._frame(f"CMD-{order.name}", self._stale),)

    @override
    def obey(self, order: Order) -> None:
        match order.kind:
            case "locate":
                # The answer was the position.
                pass
            case "keep_alive_interval" if order.seconds is not None:
                self.heartbeat = order.seconds * tracker.SECOND
                self._changed.set()
            case "password":
                (self.password,) = order.words
            case "factory_reset":
                self.reboot()
            case _:
                super().obey(order)

    @override
    def routine(self) -> Sequence[tuple[float, Callable[[], None]]]:
        return [*super().routine(), (self.heartbeat, self.send_heartbeat)]

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


def cut_requests(data: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Return the requests in what the server said, each with its password; and the rest, which may become one."""
    requests = []
    begin = data.find(b":")
    while begin >= 0 and (found := REQUEST.search(data, begin)) is not None:
        requests.append((found[1].decode(), found[2][: LONGEST - 8].decode("latin-1")))
        begin = data.find(b":", found.end())
    return requests, data[begin:] if begin >= 0 else b""


def understand(text: str, kinds: Mapping[str, str] = KINDS) -> Order:
    """Return what a request asks for; an order of no kind if it is not understood."""
    matches = ((kind, re.fullmatch(pattern, text)) for kind, pattern in kinds.items())
    kind, found = next(((kind, found) for kind, found in matches if found), ("", None))
    letter = LETTER.match(text)
    if found is None or letter is None:
        return Order("")
    said = found.groupdict()
    count = int(said.get("seconds", 1))
    if kind == "report_interval" and not 1 <= count <= MOST_UNITS:
        return Order("")
    seconds = count * UNITS[said.get("unit", "S")] if "seconds" in said else None
    return Order(kind, letter[0], tuple(word for word in found.groups() if word), seconds)


def encode_report(
    imei: str, kind: str, time: datetime, position: Position, *, battery: int, signal: int, tail: str, flags: str = ""
) -> bytes:
    """Return a frame of this kind with a valid fix; `time` in UTC, battery in %, signal as CSQ 0 to 31.

    Of its flags each is followed by a dash.
    """
    latitude = f"{abs(position.latitude):010.7f}{'S' if position.latitude < 0 else 'N'}"
    longitude = f"{abs(position.longitude):011.7f}{'W' if position.longitude < 0 else 'E'}"
    return (
        f"#{imei},{kind},A,DATE:{time:%y%m%d},TIME:{time:%H%M%S},LAT:{latitude},LOT:{longitude},"
        f"Speed:{position.speed:05.1f},{flags}{battery}-{signal},{tail}#"
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
