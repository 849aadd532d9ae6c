"""What GT06 trackers (Concox, Jimi and their kin) send.

    78 78  length u8   type u8  content  serial u16  CRC u16  0D 0A
    79 79  length u16  type u8  content  serial u16  CRC u16  0D 0A

The length counts from the type to the CRC; the CRC is X-25 from the length to the serial. All numbers are big endian.
Contents are made by the functions that are called after them, and put into frames by `encode()`.
"""

from collections.abc import Sequence
from datetime import datetime
from struct import pack

from tests.simulator.route import Position
from tests.simulator.tracker import Cell

LOGIN, HEARTBEAT, POSITION, LIVE_POSITION, ALARM = 0x01, 0x13, 0x12, 0x22, 0x26
COMMAND, TIME = 0x80, 0x8A

#: What answers a command of ours.
_ANSWERS = (0x15, 0x21, 0x81, 0x82)
#: What is acknowledged though its length has two bytes.
_ACKNOWLEDGED = (0x41, 0x70, 0x8D, 0xF1, 0xF2)


def encode(kind: int, content: bytes = b"", serial: int = 1, *, extended: bool = False) -> bytes:
    """Return a whole frame, its length of two bytes where it is `extended`."""
    body = pack(">H" if extended else ">B", 5 + len(content)) + pack(">B", kind) + content + pack(">H", serial)
    return (b"\x79\x79" if extended else b"\x78\x78") + body + pack(">H", checksum(body)) + b"\r\n"


def checksum(data: bytes) -> int:
    """Return the CRC-16/X-25, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Return whether bytes from the server hold the reply that a frame with a serial waits for."""
    extended = frame[:2] == b"\x79\x79"
    kind, serial = frame[4 if extended else 3], int.from_bytes(frame[-6:-4])
    if kind == TIME:
        return encode(TIME, b"\0" * 6, serial)[:4] in reply
    if kind in _ANSWERS or (extended and kind not in _ACKNOWLEDGED):
        return False
    return encode(kind, serial=serial, extended=extended) in reply


def login(imei: str, *, zone: float | None = None, model: int = 0x3600) -> bytes:
    """Return the content of a login; with the hours that the tracker's clock is ahead of UTC, if it tells them."""
    content = bcd(f"0{imei}")
    if zone is None:
        return content
    hours, minutes = divmod(round(abs(zone) * 60), 60)
    return content + pack(">HH", model, (hours * 100 + minutes) << 4 | (8 if zone < 0 else 0) | 1)


def clock(time: datetime) -> bytes:
    """Return a time as the wire has it."""
    return bytes((time.year - 2000, time.month, time.day, time.hour, time.minute, time.second))


def gps(
    time: datetime, position: Position | None, *, satellites: int = 9, ignition: bool | None = None, flags: int = 0
) -> bytes:
    """Return a GPS block; None leaves the last position, and says that it is not valid."""
    place = position or Position(latitude=10.0, longitude=20.0, altitude=0.0, speed=0.0, course=0.0)
    flags |= round(place.course) % 360
    flags |= 0x0400 if place.latitude >= 0 else 0
    flags |= 0x0800 if place.longitude < 0 else 0
    flags |= 0x1000 if position else 0
    flags |= 0 if ignition is None else 0xC000 if ignition else 0x4000
    return clock(time) + pack(
        ">BIIBH",
        0xC0 | satellites,
        round(abs(place.latitude) * 1_800_000),
        round(abs(place.longitude) * 1_800_000),
        round(place.speed),
        flags,
    )


def cell(cell: Cell) -> bytes:
    """Return a cell block, of the wide form where the MNC needs two bytes."""
    return network(cell) + pack(">HI", cell.area, cell.cell)[:2] + pack(">I", cell.cell)[1:]


def cell_4g(cell: Cell) -> bytes:
    """Return a 4G cell block."""
    return network(cell) + pack(">IQ", cell.area, cell.cell)


def network(cell: Cell) -> bytes:
    """Return MCC and MNC."""
    return pack(">HH", 0x8000 | cell.mcc, cell.mnc) if cell.mnc > 0xFF else pack(">HB", cell.mcc, cell.mnc)


def tail(*, ignition: bool = True, reason: int = 0, stored: bool = False, mileage: int | None = None) -> bytes:
    """Return what follows the cell of a live position; the mileage in m."""
    return bytes((ignition, reason, stored)) + (b"" if mileage is None else pack(">I", mileage))


def status(terminal: int = 0x46, voltage: int = 6, gsm: int = 4, alarm: int = 0, language: int = 1) -> bytes:
    """Return a status block; without its alarm it is a heartbeat of old firmware."""
    return bytes((terminal, voltage, gsm, alarm, language))


def alarm(
    time: datetime, position: Position | None, where: Cell | None, status: bytes, *, satellites: int = 9
) -> bytes:
    """Return the content of an alarm."""
    block = b"\0" * 9 if where is None else bytes((1 + len(cell(where)),)) + cell(where)
    return gps(time, position, satellites=satellites) + block + status


def scan(
    time: datetime,
    cells: Sequence[tuple[Cell, int]],
    access_points: Sequence[tuple[str, int]] | None = None,
    *,
    long: bool = False,
) -> bytes:
    """Return up to seven cells of one network, and access points, each with how far below 0 dBm it is.

    Without access points a language follows.
    """
    heard = b"".join(pack(">IQB" if long else ">HIB", one.area, one.cell, dbm) for one, dbm in cells)
    if not long:
        heard = b"".join(cell(one)[-5:] + bytes((dbm,)) for one, dbm in cells)
    content = clock(time) + network(cells[0][0]) + heard.ljust((13 if long else 6) * 7, b"\0") + b"\xff"
    if access_points is None:
        return content + b"\0\x02"
    return content + bytes((len(access_points),)) + wifi(access_points)


def mini_scan(
    kind: int, time: datetime, access_points: Sequence[tuple[str, int]], cells: Sequence[tuple[Cell, int]]
) -> bytes:
    """Return the whole frame of a mini tracker's scan: of type 69, or 17 for a stored one."""
    moment = bytes.fromhex(f"{time:%y%m%d%H%M%S}")
    where = cells[0][0]
    heard = b"".join(pack(">HHB", one.area, one.cell, dbm) for one, dbm in cells)
    content = moment + wifi(access_points) + bytes((len(cells),)) + network(where) + heard
    return b"\x78\x78" + bytes((len(access_points), kind)) + content + b"\r\n"


def wifi(access_points: Sequence[tuple[str, int]]) -> bytes:
    """Return access points: address and dB below 0 dBm."""
    return b"".join(bytes.fromhex(bssid.replace(":", "")) + bytes((dbm,)) for bssid, dbm in access_points)


def answer(flag: int, text: str, *, language: int | None = 1) -> bytes:
    """Return the content of the answer to a command (15, 81), which repeats its server flag."""
    said = text.encode()
    return pack(">BI", 4 + len(said), flag) + said + (b"" if language is None else pack(">H", language))


def coded_answer(flag: int, text: str, *, wide: bool = False) -> bytes:
    """Return the content of an extended answer (21), in ASCII or UTF-16."""
    return pack(">IB", flag, 2 if wide else 1) + text.encode("utf-16-be" if wide else "utf-8")


def information(kind: int, data: bytes) -> bytes:
    """Return the content of a message about the tracker itself (94)."""
    return bytes((kind,)) + data


def identities(imei: str, iccid: str, imsi: str = "732101000000017") -> bytes:
    """Return what kind 0A of the information tells."""
    return bcd(f"0{imei}") + bcd(f"0{imsi}") + bcd(iccid.ljust(20, "f"))


def bcd(digits: str) -> bytes:
    """Return an even number of digits, two a byte."""
    return bytes.fromhex(digits)


def entry(kind: int, value: bytes) -> bytes:
    """Return one of the entries at the end of a position (37)."""
    return pack(">HB", kind, len(value)) + value


def cut_commands(data: bytes) -> tuple[list[tuple[int, str]], bytes]:
    """Return the commands in what the server said, each with its server flag; and the rest, which may become one."""
    commands = []
    while len(data) > 3 and len(data) >= (end := data[2] + 5):
        if data[3] == COMMAND:
            commands.append((int.from_bytes(data[5:9]), data[9 : data[4] + 5].decode()))
        data = data[end:]
    return commands, data
