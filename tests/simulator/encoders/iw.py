"""What IW watches (Vivistar and their kin) send.

    IWAP00<IMEI>#                                               login; what follows does not say who sends it
    IWAP01<head>,mcc,mnc,lac,cid,<access points>#               position; AP10 has the alarm before the access points
    IWAP49,68#                                                  everything else has a comma behind its type

The head has fixed widths and no commas:

    yymmdd A|V ddmm.mmmm N|S dddmm.mmmm E|W speed hhmmss course signal satellites battery acc arm mode
    6      1   9         1   10         1   5     6      6      3      3          3       1   2   2

Access points are `name|address|strength`, joined by `&`; strength is a positive number without a unit.

What they are asked for is `IWBPxx,<IMEI>,<serial>[,arguments]#`.
"""

from collections.abc import Sequence
from datetime import datetime
import re

from tests.simulator.route import Position
from tests.simulator.tk102 import degrees_and_minutes
from tests.simulator.tracker import Cell

type AccessPoints = Sequence[tuple[str, int]]

_PLACELESS = "0000.0000N00000.0000E"
_TYPE = re.compile(rb"(IW|TRV)([ACY])(P[0-9A-Z]{2})(.*)#\Z", re.DOTALL)
_MEDIA = re.compile(rb"IW(?:AP07|AP42|null),([^,]*,[^,]*,[^,]*),")
_REQUEST = re.compile(rb"IW(BP[0-9A-Z]{2}),(\d+),(\d{6})(?:,(.*))?", re.DOTALL)
_SERIAL = re.compile(rb",\d{6}(?:,|\Z)")
#: What confirms a command and is never answered, with or without the command's serial.
_CONFIRMATIONS = (
    b"AP12 AP14 AP15 AP16 AP17 AP18 AP28 AP31 AP33 AP34 AP40 AP43 AP46 AP76 AP77 AP84 AP85 AP86 AP87 "
    b"APXL APXY APXZ APXT APVR APTQ APMC APPH APTF APOX APTE"
).split()  # fmt: skip


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Tell whether bytes from the server hold the reply that this frame waits for; never if it waits for none."""
    if media := _MEDIA.match(frame):
        return b"IWBP07,%s,1#" % media[1] in reply
    found = _TYPE.match(frame)
    if found is None:
        return False
    prefix, letter, number, body = found.groups()
    dialect = prefix == b"TRV"
    # An old unit asks for the place of its cells with the type that confirms a command elsewhere.
    if (letter + number in _CONFIRMATIONS and prefix + letter + number != b"TRVAP14") or _SERIAL.match(body):
        return False
    beginning = prefix + bytes([letter[0] + 1]) + number
    if not dialect and number == b"P00":
        return re.search(beginning + rb",\d{14},-?\d{1,2}(?:\.\d{1,2})?#", reply) is not None
    if not dialect and number == b"PTM":
        return re.search(beginning + rb",\d{14},0,0#", reply) is not None
    return beginning + _answer(dialect, letter + number, body) + b"#" in reply


def _answer(dialect: bool, kind: bytes, body: bytes) -> bytes:
    """Return what stands behind the type of a reply."""
    if dialect:
        return b",0.000,0.000" if kind == b"AP14" else b""
    if kind == b"APJK":
        return b"," + body.split(b",")[2]
    return {b"AP05": b",0", b"APT6": b",1,1"}.get(kind, b"")


def read_requests(data: bytes, imei: str) -> tuple[list[tuple[str, str, list[str]]], bytes]:
    """Return the type, the serial and the arguments of each request for this watch; and what is no whole frame yet."""
    *frames, rest = data.split(b"#")
    found = [match.groups(b"") for frame in frames if (match := _REQUEST.fullmatch(frame))]
    requests = [
        (kind.decode(), serial.decode(), arguments.decode(errors="replace").split(",") if arguments else [])
        for kind, identity, serial, arguments in found
        if identity == imei.encode()
    ]
    return requests, rest


def login(imei: str) -> bytes:
    """Return the frame that must come first: who speaks."""
    return f"IWAP00{imei}#".encode()


def location(
    time: datetime,
    position: Position | None,
    *,
    battery: int,
    signal: int = 80,
    satellites: int = 9,
    cell: Cell,
    wifi: AccessPoints = (),
) -> bytes:
    """Return AP01: a position, or what is sent without one; `time` in UTC, `battery` and `signal` in %."""
    return f"IWAP01{_head(time, position, battery, signal, satellites)},{_cell(cell)},{_wifi(wifi)}#".encode()


def alarm(
    code: int,
    time: datetime,
    position: Position | None,
    *,
    battery: int,
    signal: int = 80,
    satellites: int = 9,
    cell: Cell,
    wifi: AccessPoints = (),
    wants_address: bool = False,
) -> bytes:
    """Return AP10: an alarm with what AP01 says."""
    head = _head(time, position, battery, signal, satellites)
    return f"IWAP10{head},{_cell(cell)},{code:02d},en,{int(wants_address):02d},{_wifi(wifi)}#".encode()


def scan(cell: Cell, wifi: AccessPoints, *, strength: int = 34, beacons: AccessPoints = ()) -> bytes:
    """Return AP02: what can be heard where there is no position; `strength` is the cell's."""
    heard = f"|{len(beacons)}@{_wifi(beacons)}" if beacons else ""
    tower = f"{cell.mcc},{cell.mnc},{cell.area}|{cell.cell}|{strength}"
    return f"IWAP02,en{heard},0,1,{tower},{len(wifi)},{_wifi(wifi)}#".encode()


def heartbeat(*, battery: int, signal: int = 80, satellites: int = 9, steps: int = 0, turns: int = 0) -> bytes:
    """Return AP03, the keep-alive."""
    return f"IWAP03,{_status(battery, signal, satellites)},{steps:05d},{turns:02d}#".encode()


def heart_rate(value: int) -> bytes:
    """Return AP49; 0 where nobody wears the watch."""
    return f"IWAP49,{value}#".encode()


def pressure(heart_rate: int, systolic: int, diastolic: int) -> bytes:
    """Return APHT."""
    return f"IWAPHT,{heart_rate},{systolic},{diastolic}#".encode()


def health(
    heart_rate: int | None = None,
    systolic: int | None = None,
    diastolic: int | None = None,
    oxygen: int | None = None,
    sugar: float | None = None,
    temperature: float | None = None,
) -> bytes:
    """Return APHP, with an empty field for whatever is None."""
    whole = ("" if value is None else str(value) for value in (heart_rate, systolic, diastolic, oxygen))
    broken = ("" if value is None else f"{value:.1f}" for value in (sugar, temperature))
    return f"IWAPHP,{','.join([*whole, *broken])}#".encode()


def temperature(value: float, battery: int = 0) -> bytes:
    """Return AP50: °C, and a battery level that most watches leave at 0."""
    return f"IWAP50,{value:.1f},{battery}#".encode()


def worn(imei: str, on: bool, time: datetime) -> bytes:
    """Return APWR: the watch was put on or taken off."""
    return f"IWAPWR,{imei},{int(on)},{int(time.timestamp())}#".encode()


def fall(imei: str, time: datetime) -> bytes:
    """Return APFD: the wearer fell."""
    return f"IWAPFD,{imei},{int(time.timestamp())}#".encode()


def measurement(time: datetime, kind: int, value: str) -> bytes:
    """Return APJK; `time` by the watch's own clock, kind 1 pressure `a|b`, 2 heart rate, 3 temperature, 4 oxygen."""
    return f"IWAPJK,{time:%Y-%m-%d %H:%M:%S},{kind},{value}#".encode()


def media(kind: str, time: datetime, total: int, index: int, data: bytes) -> bytes:
    """Return one packet of a recording (`AP07`), a picture (`AP42`) or either (`null`, as one firmware prints it)."""
    return f"IW{kind},{time:%Y%m%d%H%M%S},{total},{index},{len(data)},".encode() + data + b"#"


def confirmation(kind: str, serial: str, rest: str = "") -> bytes:
    """Return what the watch says to a command with this serial: `kind` is AP and the command's two characters."""
    return f"IW{kind},{serial}{rest and ',' + rest}#".encode()


def _head(time: datetime, position: Position | None, battery: int, signal: int, satellites: int) -> str:
    """Return the fixed-width head."""
    if position is None:
        fix, speed, course, satellites = f"V{_PLACELESS}", 0.0, 0.0, 0
    else:
        latitude = degrees_and_minutes(position.latitude, 2) + ("S" if position.latitude < 0 else "N")
        longitude = degrees_and_minutes(position.longitude, 3) + ("W" if position.longitude < 0 else "E")
        fix, speed, course = f"A{latitude}{longitude}", position.speed, position.course
    status = _status(battery, signal, satellites)
    return f"{time:%y%m%d}{fix}{speed:05.1f}{time:%H%M%S}{course:06.2f}{status}"


def _status(battery: int, signal: int, satellites: int) -> str:
    """Return the status word of a watch, which has neither ignition nor arming."""
    return f"{signal:03d}{satellites:03d}{battery:03d}00001"


def _cell(cell: Cell) -> str:
    """Return the serving cell."""
    return f"{cell.mcc},{cell.mnc},{cell.area},{cell.cell}"


def _wifi(points: AccessPoints) -> str:
    """Return a list of access points or beacons."""
    return "&".join(f"a|{address.replace(':', '-').lower()}|{strength}" for address, strength in points)
