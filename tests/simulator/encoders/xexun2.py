"""What Xexun's FAAF trackers send; all integers and floats are big endian.

    FA AF  kind u16  sequence u16  15 BCD digits and 0  payload length u16  checksum u16  payload  FA AF

A payload of kind 0x14 is made by `records()`, one of kind 0x20 by joining what the builders from `gps()` on return.
Between the flags FA AF is sent as FB BF 01, and FB BF as FB BF 02.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
import struct
from typing import Literal

from tests.simulator.route import Position
from tests.simulator.tracker import Cell

RECORDS, TLV, COMMAND = 0x14, 0x20, 0x07
FLAG = b"\xfa\xaf"

#: How a record writes a position: a short block, a long one, or the detailed block of 27 or 34 bytes.
type Form = Literal["float", "double", "detailed", "detailed with accuracy"]


def encode(imei: str, sequence: int, payload: bytes, kind: int = TLV) -> bytes:
    """Return a whole frame, escaped, with both its flags."""
    head = struct.pack(">HH", kind, sequence) + bytes.fromhex(imei + "0")
    return FLAG + escape(head + struct.pack(">HH", len(payload), checksum(payload)) + payload) + FLAG


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Tell whether bytes from the server hold the acknowledgement of this frame: result 01, or 02 to a probe."""
    kind, sequence, imei = struct.unpack_from(">HH8s", unescape(frame[2:-2]))
    return any(
        bare[:12] == struct.pack(">HH8s", kind, sequence, imei)
        and bare[12:] in (b"\0\x01\xff\xfe\x01", b"\0\x01\xff\xfd\x02")
        for bare in split(reply)
    )


def cut_commands(data: bytes, imei: str) -> tuple[list[str], bytes]:
    """Return the commands for this device in bytes from the server, and the rest, which may become one."""
    texts = []
    while (begin := data.find(FLAG)) >= 0 and (end := data.find(FLAG, begin + 2)) >= 0:
        bare = unescape(data[begin + 2 : end])
        if len(bare) < 16:
            # The flag that ends this begins the next frame.
            data = data[end:]
            continue
        data = data[end + 2 :]
        kind, _, identity, length, sum_ = struct.unpack_from(">HH8sHH", bare)
        payload = bare[16:]
        if kind == COMMAND and identity.hex()[:15] == imei and (length, sum_) == (len(payload), checksum(payload)):
            texts.append(payload.decode())
    return texts, data


def split(data: bytes) -> Iterator[bytes]:
    """Yield what stands between the flags of each whole frame, without escapes."""
    begin = data.find(FLAG)
    while begin >= 0 and (end := data.find(FLAG, begin + 2)) >= 0:
        yield unescape(data[begin + 2 : end])
        begin = data.find(FLAG, end + 2)


def escape(data: bytes) -> bytes:
    """Return bytes as they are sent between two flags."""
    # What begins an escape goes first, or the escapes themselves would be escaped.
    return data.replace(b"\xfb\xbf", b"\xfb\xbf\x02").replace(FLAG, b"\xfb\xbf\x01")


def unescape(data: bytes) -> bytes:
    """Return bytes as they were before they were escaped."""
    head, *rest = data.split(b"\xfb\xbf")
    return head + b"".join((FLAG if piece[:1] == b"\1" else b"\xfb\xbf") + piece[1:] for piece in rest)


def checksum(payload: bytes) -> int:
    """Return the ones' complement of the sum of all bytes, folded into 16 bits; 0xFFFF stays what it is."""
    total = sum(payload)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total if total == 0xFFFF else 0xFFFF - total


def records(*records: bytes) -> bytes:
    """Return the payload of a frame of kind 0x14: how many records, their lengths, the records."""
    return bytes([len(records)]) + b"".join(struct.pack(">H", len(one)) for one in records) + b"".join(records)


def probe() -> bytes:
    """Return the payload of kind 0x14 that says nothing: one record without time and blocks."""
    return records(bytes(9))


def record(
    index: int,
    time: datetime | None,
    *,
    signal: int,
    battery: int,
    charging: bool = False,
    alarms: int | None = None,
    position: Position | None = None,
    wifi: Sequence[tuple[str, int]] = (),
    cells: Sequence[tuple[Cell, int]] = (),
    temperature: float | None = None,
    heart_rate: int | None = None,
    systolic: int | None = None,
    diastolic: int | None = None,
    oxygen: int | None = None,
    steps: int | None = None,
    text: str | None = None,
    form: Form = "double",
    motion: bool = True,
    satellites: int = 12,
    accuracy: float = 1.8,
    ranging: int = 0,
    fingerprint: int | None = None,
    version: bytes | None = None,
    parameters: bytes | None = None,
    nfc: bytes | None = None,
) -> bytes:
    """Return one record of a frame of kind 0x14.

    `alarms` are the bits of the alarm block. `motion` adds speed and course to a short or long position. `ranging` is
    how many distances to radio beacons are in it, `version` what `version_block()` returns, `parameters` 12 bytes. The
    health block is there if any of its values is; the others are 0 then.
    """
    blocks = (
        (0, None if alarms is None else struct.pack(">I", alarms)),
        (1, place_block(position, wifi, cells, form, motion, satellites, accuracy, ranging)),
        (3, None if fingerprint is None else struct.pack(">I", fingerprint)),
        (4, version),
        (5, parameters),
        (6, nfc),
        (7, extension_block(temperature, (heart_rate, diastolic, systolic, steps, oxygen), text)),
    )
    mask, body = masked(blocks)
    seconds = 0 if time is None else int(time.timestamp())
    return struct.pack(">BIBHB", index % 256, seconds, signal, battery | charging << 15, mask) + body


def place_block(
    position: Position | None,
    wifi: Sequence[tuple[str, int]],
    cells: Sequence[tuple[Cell, int]],
    form: Form,
    motion: bool,
    satellites: int,
    accuracy: float,
    ranging: int,
) -> bytes | None:
    """Return the position block of a record, None if nothing is in it."""
    short = long = moved = detailed = None
    if position is not None and form.startswith("detailed"):
        detailed = detailed_block(position, satellites, accuracy if form == "detailed with accuracy" else None)
    elif position is not None:
        place = (satellites, degrees_and_minutes(position.longitude), degrees_and_minutes(position.latitude))
        moved = struct.pack(">HH", round(position.speed * 10), round(position.course * 10)) if motion else None
        if form == "float":
            short = struct.pack(">Bff", *place)
        else:
            long = struct.pack(">Bdd", *place)
    mask, body = masked(
        (
            (0, short),
            (1, bytes([len(wifi)]) + b"".join(_access_points(wifi)) if wifi else None),
            (2, bytes([len(cells)]) + b"".join(_cells(cells)) if cells else None),
            (3, bytes([ranging]) + bytes(12 * ranging) if ranging else None),
            (5, moved),
            (6, long),
            (7, detailed),
        )
    )
    return bytes([mask]) + body if mask else None


def detailed_block(position: Position, satellites: int, accuracy: float | None, *, valid: int = 1) -> bytes:
    """Return the detailed block: 27 bytes, or 34 where the accuracy is known."""
    data = struct.pack(
        ">ddBBBHHf",
        degrees_and_minutes(position.longitude),
        degrees_and_minutes(position.latitude),
        valid,
        satellites,
        35,
        round(position.speed * 10),
        round(position.course * 10),
        position.altitude,
    )
    if accuracy is not None:
        data += struct.pack(">BH4B", 1, round(accuracy * 10), 40, 38, 36, 34)
    return struct.pack(">HBH", len(data) + 3, 0x47, len(data)) + data


def extension_block(temperature: float | None, health: Sequence[int | None], text: str | None) -> bytes | None:
    """Return the extension block of a record, None if nothing is in it; `health` in the order of the wire."""
    mask, body = masked(
        (
            (0, None if temperature is None else struct.pack(">fff", temperature, temperature, 0.0)),
            (
                1,
                None
                if all(value is None for value in health)
                else struct.pack(">BBBHB", *(value or 0 for value in health)),
            ),
            (30, None if text is None else struct.pack(">H", len(text)) + text.encode()),
        )
    )
    return struct.pack(">I", mask) + body if mask else None


def version_block(firmware: str, imsi: str, iccid: str) -> bytes:
    """Return what a record has in its version block; 15 and 20 digits."""
    return firmware.encode().ljust(20, b"\0") + bytes.fromhex(imsi.rjust(16, "0") + iccid)


def gps(time: datetime, position: Position | None, *, satellites: int = 12, accuracy: float = 1.8) -> bytes:
    """Return the position; None if there is none."""
    if position is None:
        return tlv(0x00, when(time) + bytes(19) + b"\x03" + bytes(8))
    return tlv(
        0x00,
        when(time)
        + struct.pack(
            ">fffBBHHBBH4BB",
            degrees_and_minutes(position.latitude),
            degrees_and_minutes(position.longitude),
            position.altitude,
            satellites,
            38,
            round(position.speed * 10),
            round(position.course * 10),
            1,
            3,
            round(accuracy * 10),
            44,
            41,
            40,
            39,
            1,
        ),
    )


def wifi(time: datetime, access_points: Sequence[tuple[str, int]]) -> bytes:
    """Return access points, each an address and dBm."""
    return tlv(0x01, when(time) + bytes([len(access_points)]) + b"".join(_access_points(access_points)))


def cell(time: datetime, cells: Sequence[tuple[Cell, int]]) -> bytes:
    """Return cells, each with dBm or a signal of the modem's own scale."""
    return tlv(0x02, when(time) + b"".join(_cells(cells)))


def ranging(time: datetime, beacon: int, distance: int) -> bytes:
    """Return the distance to a radio beacon in cm."""
    return tlv(0x03, when(time) + struct.pack(">IHH", beacon, distance, 80))


def alarm(time: datetime, bits: int) -> bytes:
    """Return the alarm bits."""
    return tlv(0x04, when(time) + struct.pack(">I", bits))


def vitals(time: datetime, heart_rate: int, systolic: int, diastolic: int, oxygen: int) -> bytes:
    """Return what a body has, each 0 if it was not found."""
    return tlv(0x05, when(time) + bytes([heart_rate, systolic, diastolic, oxygen]))


def status(
    signal: int,
    battery: int,
    *,
    removed: bool = False,
    moving: bool = False,
    buffered: bool = False,
    charging: bool = False,
) -> bytes:
    """Return the state: signal as CSQ, battery in %."""
    return tlv(0x06, bytes([signal, battery, removed | moving << 1 | buffered << 2 | charging << 7, 5, 0]))


def fingerprint(time: datetime, number: int) -> bytes:
    """Return the number of a Wi-Fi fingerprint that the server is supposed to know."""
    return tlv(0x07, when(time) + struct.pack(">I", number))


def activity(time: datetime, steps: int, temperature: float) -> bytes:
    """Return the steps of the day, and °C, 0.0 if there is no thermometer."""
    return tlv(0x08, when(time) + struct.pack(">Hf", steps, temperature))


def version(firmware: str, iccid: str, model: str = "", *, state: int = 1) -> bytes:
    """Return the version: the firmware has up to 32 characters, the ICCID 20 digits."""
    text = firmware.encode().ljust(32, b"\0") + bytes.fromhex(iccid)
    return tlv(0x20, bytes([state]) + text + bytes([len(model)]) + model.encode())


def message(text: str) -> bytes:
    """Return a message, as an answer to a command is one."""
    return tlv(0x21, text.encode())


def debug(counter: int, text: str) -> bytes:
    """Return what the firmware tells its makers."""
    return tlv(0xFF, bytes([counter]) + text.encode())


def tlv(kind: int, data: bytes) -> bytes:
    """Return one part of a payload of kind 0x20."""
    return bytes([kind, len(data)]) + data


def when(time: datetime) -> bytes:
    """Return a time as seconds since 1970."""
    return struct.pack(">I", int(time.timestamp()))


def degrees_and_minutes(degrees: float) -> float:
    """Return degrees × 100 + minutes, with the sign of the degrees."""
    whole = int(degrees)
    return whole * 100 + (degrees - whole) * 60


def masked(blocks: Sequence[tuple[int, bytes | None]]) -> tuple[int, bytes]:
    """Return a mask with a bit for each block that is there, and these blocks one after the other."""
    mask = sum(1 << bit for bit, block in blocks if block is not None)
    return mask, b"".join(block for _, block in blocks if block is not None)


def _access_points(access_points: Sequence[tuple[str, int]]) -> Iterator[bytes]:
    """Yield access points as both kinds of frames have them."""
    return (bytes.fromhex(bssid.replace(":", "")) + struct.pack(">b", signal) for bssid, signal in access_points)


def _cells(cells: Sequence[tuple[Cell, int]]) -> Iterator[bytes]:
    """Yield cells as both kinds of frames have them."""
    return (struct.pack(">HHIIb", one.mcc, one.mnc, one.area, one.cell, signal) for one, signal in cells)
