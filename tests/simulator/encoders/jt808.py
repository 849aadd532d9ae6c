"""Frames of JT/T 808.

    7E  id, attributes, [version], identity, serial, [parts, part], body, XOR  7E

All numbers are big endian; between the flags 7E is sent as 7D 02 and 7D as 7D 01.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import xor
from struct import pack, unpack

from tests.simulator.route import Position
from tests.simulator.tracker import Cell

VALID, SOUTH, WEST = 0x02, 0x04, 0x08

#: What a server says: that it took something, and that it took somebody in.
TAKEN, WELCOME = 0x8001, 0x8100

#: How far ahead of UTC the clocks of these trackers are.
CLOCK_AHEAD = timedelta(hours=8)


def encode(
    identity: str,
    kind: int,
    body: bytes = b"",
    *,
    serial: int = 0,
    version: int | None = None,
    part: tuple[int, int] | None = None,
    flag: bytes = b"\x7e",
) -> bytes:
    """Return a whole frame.

    `identity` is up to 12 digits, or the 15 of an IMEI, which are packed; with a `version` it is up to 20 digits.
    `part` is the number of a part, from 1, and how many there are.
    """
    attributes = len(body) | (0x4000 if version is not None else 0) | (0x2000 if part is not None else 0)
    content = pack(">HH", kind, attributes)
    if version is not None:
        content += bytes((version,)) + bcd(identity, 10)
    else:
        content += packed(identity) if len(identity) == 15 else bcd(identity, 6)
    content += pack(">H", serial)
    if part is not None:
        content += pack(">HH", part[1], part[0])
    return enclose(content + body, flag)


def enclose(content: bytes, flag: bytes = b"\x7e") -> bytes:
    """Return a header and a body with their check sum, escaped, between flags."""
    content += bytes((reduce(xor, content, 0),))
    if flag == b"\x7e":
        escapes = {0x7D: b"\x7d\x01", 0x7E: b"\x7d\x02"}
    else:
        escapes = {0xE6: b"\xe6\x01", 0xE7: b"\xe6\x02", 0x3E: b"\x3e\x01", 0x3D: b"\x3e\x02"}
    return flag + b"".join(escapes.get(byte, bytes((byte,))) for byte in content) + flag


def location(
    time: datetime | None,
    position: Position | None,
    *items: bytes,
    status: int = 0,
    alarms: int = 0,
    last: Position | None = None,
) -> bytes:
    """Return the body of a position at a time in UTC, all zeros for None, with items.

    Without a `position` the `last` one known, if there is one, stands where it would. `status` has the bits besides
    those of the place.
    """
    place = position or last
    if position is not None:
        status |= VALID
    if place is not None:
        status |= (SOUTH if place.latitude < 0 else 0) | (WEST if place.longitude < 0 else 0)
    fields = (0, 0, 0, 0, 0)
    if place is not None:
        fields = (
            round(abs(place.latitude) * 1e6),
            round(abs(place.longitude) * 1e6),
            round(place.altitude),
            round(place.speed * 10),
            round(place.course),
        )
    return pack(">IIIIhHH", alarms, status, *fields) + clock(time) + b"".join(items)


def batch(kind: int, *positions: bytes) -> bytes:
    """Return the body of a batch; kind 1 is stored."""
    return pack(">HB", len(positions), kind) + b"".join(pack(">H", len(one)) + one for one in positions)


def vendor_batch(*positions: bytes) -> bytes:
    """Return the body of the batch that vendors have."""
    return b"".join(pack(">B", len(one)) + one for one in positions)


def item(kind: int, value: bytes) -> bytes:
    """Return an item of a position."""
    return pack(">BB", kind, len(value)) + value


def extension(*values: tuple[int, bytes]) -> bytes:
    """Return the item of items, each an id and its value."""
    return item(0xEB, b"".join(pack(">HH", len(value) + 2, kind) + value for kind, value in values))


def odometer(kilometres: float) -> bytes:
    """Return the item of the odometer."""
    return item(0x01, pack(">I", round(kilometres * 10)))


def reception(signal: int, satellites: int) -> bytes:
    """Return the items of signal, as CSQ, and satellites."""
    return item(0x30, pack(">B", signal)) + item(0x31, pack(">B", satellites))


def analog(first: float, second: float = 0.0) -> bytes:
    """Return the item of two analog inputs in V; the first has the lower half."""
    return item(0x2B, pack(">HH", round(second * 1000), round(first * 1000)))


def supply(volts: float) -> bytes:
    """Return the item of the supply."""
    return item(0x61, pack(">H", round(volts * 100)))


def charge(battery: int, *, charging: bool) -> bytes:
    """Return the item of the battery in %, and whether it charges."""
    return item(0xE4, pack(">BB", not charging, battery))


def access_points(heard: Sequence[tuple[str, int]], kind: int = 0xEC) -> bytes:
    """Return the item of a Wi-Fi scan: addresses with colons, each with its signal in dBm."""
    return item(kind, b"".join(bytes.fromhex(bssid.replace(":", "")) + pack(">b", signal) for bssid, signal in heard))


def cells(heard: Sequence[tuple[Cell, int]]) -> bytes:
    """Return the item E1 of cells of one network, each with its signal."""
    entries = b"".join(one.area.to_bytes(3) + pack(">Ib", one.cell, signal) for one, signal in heard)
    return item(0xE1, pack(">HH", heard[0][0].mcc, heard[0][0].mnc) + entries)


def old_cells(heard: Sequence[tuple[Cell, int]]) -> bytes:
    """Return the item EB of cells of one network, each with its signal."""
    entries = b"".join(pack(">HHb", one.area, one.cell, signal) for one, signal in heard)
    return item(0xEB, pack(">HB", heard[0][0].mcc, heard[0][0].mnc) + entries)


def registration(
    maker: str = "XYZ", model: str = "S7", number: str = "0000017", plate: str = "", *, of_2019: bool = False
) -> bytes:
    """Return the body of a registration, in the form of 2013 or of 2019."""
    widths = (11, 30, 30) if of_2019 else (5, 20, 7)
    words = zip((maker, model, number), widths, strict=True)
    return (
        pack(">HH", 31, 115)
        + b"".join(word.encode().ljust(width, b"\0") for word, width in words)
        + bytes((bool(plate),))
        + plate.encode("gbk")
    )


def attributes(iccid: str, hardware: str, firmware: str, *, of_2019: bool = False) -> bytes:
    """Return the body of the answer that tells what a tracker is."""
    maker, model, number = (11, 30, 30) if of_2019 else (5, 20, 7)
    head = b"\0\7" + b"XYZ".ljust(maker, b"\0") + b"S7".ljust(model, b"\0") + b"0000017".ljust(number, b"\0")
    return head + bytes.fromhex(iccid.ljust(20, "f")) + counted(hardware) + counted(firmware) + b"\x03\x01"


def driver(time: datetime, card: str, name: str = "", *, put_in: bool = True, result: int = 0) -> bytes:
    """Return the body of a driver's card."""
    head = (b"\1" if put_in else b"\2") + clock(time)
    if not put_in:
        return head
    return (
        head
        + bytes((result,))
        + counted(name)
        + card.encode().ljust(20, b"\0")
        + counted("Office")
        + b"\x20\x30\x01\x01"
    )


def parameters(serial: int, values: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the body of the answer that tells the parameters."""
    entries = b"".join(pack(">IB", parameter, len(value)) + value for parameter, value in values)
    return pack(">HB", serial, len(values)) + entries


def result(serial: int, kind: int, accepted: int = 0) -> bytes:
    """Return the body of the answer to a message of the server; 0 is accepted."""
    return pack(">HHB", serial, kind, accepted)


def authentication(token: bytes, imei: str, firmware: str) -> bytes:
    """Return the body, in the form of 2019, by which a tracker shows the token that its registration got."""
    return bytes((len(token),)) + token + imei.encode() + firmware.encode().ljust(20, b"\0")[:20]


def passed_on(data: bytes, port: int = 0x41) -> bytes:
    """Return the body with what came from the serial port."""
    return bytes((port,)) + data


def cut_messages(data: bytes) -> tuple[list[tuple[int, int, bytes]], bytes]:
    """Return id, serial and body of each message in what the server said; and the rest, which may become one."""
    *pieces, rest = data.split(b"\x7e")
    return [_read_message(piece) for piece in pieces if piece], rest and b"\x7e" + rest


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Return whether bytes from the server hold the answer that a frame waits for."""
    return any(True for _ in answers(reply, frame))


def answers(reply: bytes, frame: bytes) -> Iterator[bytes]:
    """Yield what the server told a frame besides that it was taken."""
    kind, serial, _ = _read_message(frame.strip(b"\x7e"))
    for answer, _, body in cut_messages(reply)[0]:
        if answer == TAKEN and body == pack(">HHB", serial, kind, 0):
            yield b""
        elif answer == WELCOME and body[:3] == pack(">HB", serial, 0):
            yield body[3:]


def _read_message(piece: bytes) -> tuple[int, int, bytes]:
    """Return id, serial and body of what stands between two flags."""
    content = piece.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    assert not reduce(xor, content, 0)
    kind, attributes = unpack(">HH", content[:4])
    begin = 17 if attributes & 0x4000 else 12
    return kind, int.from_bytes(content[begin - 2 : begin]), content[begin:-1]


def counted(text: str) -> bytes:
    """Return text behind its length."""
    data = text.encode("gbk")
    return bytes((len(data),)) + data


def clock(time: datetime | None) -> bytes:
    """Return a time as the wire has it, all zeros for None."""
    return bytes(6) if time is None else bytes.fromhex(f"{time + CLOCK_AHEAD:%y%m%d%H%M%S}")


def bcd(digits: str, size: int) -> bytes:
    """Return digits as so many bytes, zeros in front."""
    return bytes.fromhex(digits.zfill(2 * size))


def packed(imei: str) -> bytes:
    """Return the number that the first 14 digits of an IMEI are."""
    return int(imei[:14]).to_bytes(6)
