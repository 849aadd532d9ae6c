"""What h02 trackers send.

    *HQ,<identity>,V1,hhmmss,A,ddmm.mmmm,N|S,dddmm.mmmm,E|W,knots,course,ddmmyy,<status>[,<rest>]#
    24 <identity> <hhmmss> <ddmmyy> <ddmmmmmm> <battery> <dddmmmmm m|flags> <knots, course> <status> <rest>     in BCD

A bit of the status is 0 where something is the case.
"""

from collections.abc import Sequence
from datetime import datetime

from tests.simulator.route import Position
from tests.simulator.tk102 import degrees_and_minutes
from tests.simulator.tracker import Cell

#: All is well, and the ignition is off or on.
PARKED = 0xFFFFFBFF
DRIVING = 0xFFFFFFFF

_KNOT = 1.852


def location(
    identity: str,
    time: datetime,
    position: Position,
    *,
    kind: str = "V1",
    fix: str = "A",
    status: int = PARKED,
    rest: Sequence[str] = (),
    answer: str = "",
) -> bytes:
    """Return a position in text; `time` in UTC, `answer` what V4 says in front of it."""
    latitude = degrees_and_minutes(position.latitude, 2) + (",S" if position.latitude < 0 else ",N")
    longitude = degrees_and_minutes(position.longitude, 3) + (",W" if position.longitude < 0 else ",E")
    head = f"*HQ,{identity},{kind},{answer and answer + ','}{time:%H%M%S},{fix},{latitude},{longitude}"
    motion = f"{position.speed / _KNOT:06.2f},{round(position.course) % 360:03d},{time:%d%m%y}"
    return f"{','.join([head, motion, f'{status:08X}', *rest])}#".encode()


def heartbeat(identity: str, battery: int | None = None) -> bytes:
    """Return the keep-alive; battery in %."""
    return f"*HQ,{identity},HTBT{'' if battery is None else f',{battery}'}#".encode()


def link(identity: str, time: datetime, *, signal: int, battery: int, steps: int, turns: int) -> bytes:
    """Return the keep-alive of a person's tracker; signal as CSQ, battery in %."""
    return f"*HQ,{identity},LINK,{time:%H%M%S},{signal},0,{battery},{steps},{turns},{time:%d%m%y},{PARKED:X}#".encode()


def neighbours(identity: str, time: datetime, cells: Sequence[tuple[Cell, int]]) -> bytes:
    """Return the cells that are heard, each with its signal, of the network of the first."""
    first, _ = cells[0]
    heard = "".join(f",{cell.area},{cell.cell},{signal}" for cell, signal in cells)
    head = f"*HQ,{identity},NBR,{time:%H%M%S},{first.mcc},{first.mnc},0,{len(cells)}"
    return f"{head}{heard},{time:%d%m%y},{PARKED:X},5#".encode()


def binary(
    identity: str,
    time: datetime,
    position: Position,
    *,
    battery: int = 0,
    valid: bool = True,
    status: int = PARKED,
    rest: bytes = b"\xff\0\0",
) -> bytes:
    """Return a position in binary, its identity of ten or fifteen digits."""
    latitude = degrees_and_minutes(position.latitude, 2).replace(".", "")
    longitude = degrees_and_minutes(position.longitude, 3).replace(".", "")
    flags = 2 * valid + 4 * (position.latitude >= 0) + 8 * (position.longitude >= 0)
    motion = f"{round(position.speed / _KNOT):03d}{round(position.course) % 360:03d}"
    digits = (
        f"{identity}{'0' * (len(identity) % 2)}{time:%H%M%S%d%m%y}{latitude}{battery:02x}{longitude}{flags:x}{motion}"
    )
    return b"$" + bytes.fromhex(digits) + status.to_bytes(4) + rest


def long_rest(cell: Cell, *, signal: int, satellites: int) -> bytes:
    """Return the sixteen bytes behind the status of a long binary frame; signal as CSQ."""
    network = cell.mcc.to_bytes(2) + bytes([cell.mnc]) + cell.area.to_bytes(2) + cell.cell.to_bytes(2)
    return bytes([0xFF, 0, signal, satellites]) + bytes(4) + network + b"\x01"
