"""What SeTracker watches send.

    [3G*3405000002*0009*LK,0,0,53]
     vendor  id    length content         with a packet index: [ZJ*861234050000025*0003*0009*LK,0,0,53]

The length counts the bytes of the content in hexadecimal. The builders return contents; `encode()` makes the frame.
"""

from collections.abc import Sequence
from datetime import datetime
import re

from tests.simulator.route import Position
from tests.simulator.tracker import Cell

#: By the first word of a content, or its beginning, what the server answers.
_REPLIES = {
    "LK": "LK",
    "AL": "AL",
    "INIT": "INIT,1",
    "TKQ": "TKQ",
    "TKQ2": "TKQ2",
    "CONFIG": "CONFIG,1",
    "bphrt": "bphrt",
    "heart": "heart",
    "PULSE": "PULSE",
    "BLOOD": "BLOOD",
    "TEMP": "TEMP",
    "oxygen": "oxygen,1",
    "btemp2": "btemp2",
    "TK": "TK,1",
    "JXTK": "JXTKR,1",
}
_FRAME = re.compile(rb"\[\w\w\*(\d+)\*(?:[0-9A-Fa-f]{4}\*(?=[0-9A-Fa-f]{4}\*))?([0-9A-Fa-f]{4})\*")
_HEAD = re.compile(rb"\[(\w\w)\*(\d+)\*(?:([0-9A-Fa-f]{4})\*(?=[0-9A-Fa-f]{4}\*))?[0-9A-Fa-f]{4}\*([^],]*)")


def encode(
    vendor: str, device_id: str, content: str | bytes, *, index: int | None = None, length: int | None = None
) -> bytes:
    """Return a whole frame; `length` is what it says in place of the true one."""
    body = content.encode() if isinstance(content, str) else content
    packet = "" if index is None else f"{index:04X}*"
    return f"[{vendor}*{device_id}*{packet}{len(body) if length is None else length:04X}*".encode() + body + b"]"


def short_id(imei: str) -> str:
    """Return the ten digits by which a watch calls itself: the fifth to the fourteenth of its IMEI."""
    return imei[4:14]


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Tell whether bytes from the server hold the reply that this frame waits for; never if it waits for none."""
    found = _HEAD.match(frame)
    if found is None:
        return False
    vendor, device_id, index, word = (None if group is None else group.decode() for group in found.groups())
    answer = _REPLIES.get("AL" if str(word).startswith("AL") else str(word))
    if answer is None:
        return False
    expected = encode(str(vendor), str(device_id), answer, index=None if index is None else int(index, 16))
    return expected.upper() in reply.upper()


def read_contents(data: bytes, device_id: str) -> tuple[list[str], bytes]:
    """Return the content of each frame for this watch; and what is no whole frame yet."""
    contents = []
    while (found := _FRAME.search(data)) is not None:
        end = found.end() + int(found[2], 16)
        if len(data) <= end:
            break
        if found[1] == device_id.encode() and data[end : end + 1] == b"]":
            contents.append(data[found.end() : end].decode(errors="replace"))
        data = data[end + 1 :]
    return contents, data


def link(steps: int | None = None, turns: int | None = None, battery: int | None = None) -> str:
    """Return the keep-alive, with whatever of its three numbers is given."""
    return ",".join(["LK", *(str(number) for number in (steps, turns, battery) if number is not None)])


def location(
    kind: str,
    time: datetime,
    position: Position | None,
    *,
    battery: int,
    signal: int = 80,
    satellites: int = 9,
    steps: int = 0,
    turns: int = 0,
    status: int = 0,
    cells: Sequence[tuple[Cell, int]] = (),
    wifi: Sequence[tuple[str, str, int]] = (),
    accuracy: float | None = None,
) -> str:
    """Return a position, or what is sent in place of one; the alarms of an AL are in the upper half of the status.

    `time` in UTC, `battery` and `signal` in %; the cells, all of one network, each with the modem's signal; each
    access point with its name, its address and dBm; `accuracy` in metres.
    """
    fields = [kind, f"{time:%d%m%y},{time:%H%M%S}", *_place(position, satellites), f"{signal},{battery}"]
    fields += [f"{steps},{turns}", f"{status:08X}", str(len(cells))]
    if cells:
        fields.append(f"255,{cells[0][0].mcc},{cells[0][0].mnc}")
        fields += [f"{cell.area},{cell.cell},{strength}" for cell, strength in cells]
    fields.append(str(len(wifi)))
    fields += [f"{name},{bssid},{strength}" for name, bssid, strength in wifi]
    if accuracy is not None:
        fields.append(f"{accuracy:.1f}")
    return ",".join(fields)


def blood_pressure_and_heart_rate(systolic: int, diastolic: int, heart_rate: int) -> str:
    """Return one measurement, in mmHg and beats a minute; zeros where the watch felt nothing."""
    return f"bphrt,{systolic},{diastolic},{heart_rate},,,,"


def heart(value: int) -> str:
    """Return beats a minute."""
    return f"heart,{value}"


def oxygen(value: int) -> str:
    """Return the oxygen of the blood in %, as measured on the watch."""
    return f"oxygen,0,{value}"


def temperature(kind: int, value: float) -> str:
    """Return °C, or 0 for too low and 1 for too high; `kind` is 0 on the forehead and 1 on the wrist."""
    return f"btemp2,{kind},{value:g}"


def voice(audio: bytes) -> bytes:
    """Return a voice message."""
    return b"TK," + escape(audio)


def voice_part(name: str, part: int, parts: int, audio: bytes) -> bytes:
    """Return one part of a long voice message."""
    return f"JXTK,0,{name},{part},{parts},".encode() + escape(audio)


def picture(time: datetime, jpeg: bytes) -> bytes:
    """Return a picture that the watch took."""
    return f"img,5,{time:%y%m%d%H%M%S},".encode() + escape(jpeg)


def escape(data: bytes) -> bytes:
    """Return bytes as they are sent within a content."""
    # What begins an escape goes first, or the escapes themselves would be escaped.
    for number, byte in enumerate(b"}[],*", 1):
        data = data.replace(bytes([byte]), bytes([0x7D, number]))
    return data


def _place(position: Position | None, satellites: int) -> list[str]:
    """Return the fields from the letter to the satellites; without a position they hold what watches fill in."""
    if position is None:
        return ["V,0.0,N,0.0,E,22.0,0,-1,0"]
    return [
        "A",
        f"{abs(position.latitude):.6f},{'S' if position.latitude < 0 else 'N'}",
        f"{abs(position.longitude):.7f},{'W' if position.longitude < 0 else 'E'}",
        f"{position.speed:.2f},{position.course:.1f},{position.altitude:.1f},{satellites}",
    ]
