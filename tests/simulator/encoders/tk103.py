"""What tk103 trackers send.

    (<identity><type>yymmdd A|V ddmm.mmmm N|S dddmm.mmmm E|W speed hhmmss course <state> L <odometer>)   without blanks
                                                             5     6      6      8         8
    (<identity>,<type>,ddmmyy,A|V,ddmm.mmmmN|S,dddmm.mmmmE|W,speed,hhmmss,course,metres,?)

The state is 0 with external power, 1 with the ignition on, and six hexadecimal digits.
"""

from collections.abc import Sequence
from datetime import datetime

from tests.simulator.route import Position
from tests.simulator.tk102 import degrees_and_minutes
from tests.simulator.tracker import Cell


def keep_alive(identity: str) -> bytes:
    """Return the handshake."""
    return f"({identity}BP00HSO)".encode()


def login(identity: str, body: str = "") -> bytes:
    """Return a login, with a position or cells behind it or nothing."""
    return f"({identity}BP05{identity:0>15}{body})".encode()


def location(identity: str, kind: str, body: str, rest: str = "") -> bytes:
    """Return a position of this type; `body` is what `position()` returns."""
    return f"({identity}{kind}{body}{rest})".encode()


def position(time: datetime, place: Position, *, fix: str = "A", power: bool = True, ignition: bool = False) -> str:
    """Return a position in the first form; `time` in UTC."""
    motion = f"{place.speed:05.1f}{time:%H%M%S}{place.course:06.2f}"
    return f"{time:%y%m%d}{fix}{_north(place)}{_east(place)}{motion}{int(not power)}{int(ignition)}000000L0000015F"


def parted(identity: str, kind: str, time: datetime, place: Position, *, fix: str = "A", rest: str = ",12") -> bytes:
    """Return a position in the second form, with its altitude; `time` in UTC."""
    where = f"{time:%d%m%y},{fix},{_north(place)},{_east(place)}"
    motion = f"{place.speed:.3f},{time:%H%M%S},{place.course:.2f},{place.altitude:.2f}"
    return f"({identity},{kind},{where},{motion}{rest})".encode()


def cells(towers: Sequence[Cell]) -> str:
    """Return cells as a login has them."""
    return "," + "".join(f"{{{one.mcc},{one.mnc},{one.area},{one.cell}}}\n" for one in towers) + ",01000000"


def scan(identity: str, time: datetime, cell: Cell, wifi: Sequence[tuple[str, int]]) -> bytes:
    """Return a cell and access points, each with its signal in dBm."""
    points = "".join(f",{address.upper()}*{signal}*1" for address, signal in wifi)
    heard = f"{cell.mcc},{cell.mnc},{cell.area},{cell.cell},{len(wifi)}{points}"
    return f"({identity},DW5B,{heard},{time:%d%m%y,%H%M%S})".encode()


def text(identity: str, time: datetime, said: str) -> bytes:
    """Return what a tracker says of its settings."""
    return f"({identity},ZC03,{time:%d%m%y,%H%M%S},${said}$)".encode()


def _north(place: Position) -> str:
    """Return a latitude."""
    return degrees_and_minutes(place.latitude, 2) + ("S" if place.latitude < 0 else "N")


def _east(place: Position) -> str:
    """Return a longitude."""
    return degrees_and_minutes(place.longitude, 3) + ("W" if place.longitude < 0 else "E")
