"""What Coban trackers and their copies send.

    ##,imei:<IMEI>,A;                                           login
    <IMEI>;                                                     keep-alive
    imei:<IMEI>,<event>,<local time>,<phone>,F,<UTC>,A,ddmm.mmmm,N|S,dddmm.mmmm,E|W,knots,course,metres,
        ignition,door,%,%,°C;                                   position; L and a cell in hexadecimal without one

Every field behind the speed may be empty.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.simulator.route import Position
from tests.simulator.tk102 import degrees_and_minutes

_KNOT = 1.852


def login(imei: str) -> bytes:
    """Return the first frame of a connection."""
    return f"##,imei:{imei},A;".encode()


def heartbeat(imei: str) -> bytes:
    """Return the keep-alive."""
    return f"{imei};".encode()


def location(
    imei: str,
    time: datetime,
    position: Position,
    *,
    event: str = "tracker",
    phone: str = "",
    zone: timedelta = timedelta(),
    rest: Sequence[str] | None = None,
) -> bytes:
    """Return a position with an event; `time` in UTC, `zone` what the clock is ahead, `rest` behind the course."""
    latitude = degrees_and_minutes(position.latitude, 2) + (",S" if position.latitude < 0 else ",N")
    longitude = degrees_and_minutes(position.longitude, 3) + (",W" if position.longitude < 0 else ",E")
    more = [f"{position.altitude:.2f}", "1", "0", "61.5%", "0.0%", "+22"] if rest is None else rest
    fields = (
        f"imei:{imei}",
        event,
        f"{time + zone:%y%m%d%H%M%S}",
        phone,
        "F",
        f"{time:%H%M%S}.000",
        "A",
        latitude,
        longitude,
        f"{position.speed / _KNOT:.2f}",
        f"{position.course:.2f}",
        *more,
    )
    return f"{','.join(fields)};".encode()


def placeless(imei: str, event: str = "tracker", *, local: str = "", area: int = 0, cell: int = 0) -> bytes:
    """Return what is sent without a position: the cell, and ignition and door off; `local` as the clock shows it."""
    heard = (f"{area:x}", "", f"{cell:x}") if area else ("", "", "")
    return f"imei:{imei},{event},{local},,L,,,{','.join(heard)},,,,,0,0,,,;".encode()


def diagnosis(imei: str, local: str, *, coolant: int, speed: int, volts: float, codes: Sequence[str] = ()) -> bytes:
    """Return what the vehicle says of itself, at `local` time: °C, 1/min and volts, and its trouble codes."""
    trouble = ",".join([*codes, *[""] * (4 - len(codes))])
    return (
        f"imei:{imei},OBD,{local},51442,0.00,15.88,5632,45,24.71%,{coolant},13.73%,{speed},{volts},{trouble};".encode()
    )


def copied(imei: str, time: datetime, position: Position | None, *, csq: int, satellites: int) -> bytes:
    """Return the position of a copy that ends its frames with `*`."""
    valid, place = "0", "00.00000,000.00000,000,000,0000"
    if position is not None:
        valid = "1"
        place = (
            f"{position.latitude:.5f},{position.longitude:.5f},"
            f"{round(position.speed):03d},{round(position.course):03d},{round(position.altitude):04d}"
        )
    head = f"imei:{imei},Equipo 1,---,------,----,{time:%H%M%S},{time:%d%m%y}"
    return f"{head},{csq},{valid},{place},00.9,{satellites:02d},1,0,---,*".encode()
