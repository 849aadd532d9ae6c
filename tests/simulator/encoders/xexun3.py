"""Frames of Xexun's binary protocol of 2025.

    FC  length  03 kind sequence IMEI  records …  CRC  CF

The length and the CRC-16/CCITT-FALSE cover what stands between the length and the CRC; every number is big endian.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from datetime import datetime
from struct import pack

from tests.simulator.route import Position
from tests.simulator.tracker import Cell

UPLINK, COMMAND = 0x20, 0x21
VERSION = 3

#: What a receiver without a fix leaves in the fields behind the coordinates: nothing of it means anything.
RUBBISH = bytes.fromhex("000004d2004d0005dc0000007b19")


def encode(imei: str, sequence: int, *records: bytes, kind: int = UPLINK) -> bytes:
    """Return a whole frame; without records a keep-alive, with `COMMAND` and one record of text a command's result."""
    return enclose(pack(">BBB", VERSION, kind, sequence & 0xFF) + bytes.fromhex(f"0{imei}") + b"".join(records))


def enclose(content: bytes) -> bytes:
    """Return what stands from the version to the end of the body with everything around it."""
    return pack(">BH", 0xFC, len(content)) + content + pack(">HB", crc_hqx(content, 0xFFFF), 0xCF)


def gps(
    time: datetime,
    position: Position | None,
    *,
    satellites: int = 12,
    snr: int = 41,
    accuracy: float = 1.8,
    ephemeris: bool = True,
) -> bytes:
    """Return a position record, without a fix for None; without `ephemeris` the older one of 33 bytes."""
    if position is None:
        return record(0x64, seconds(time) + b"\xff" * 16 + (RUBBISH if ephemeris else RUBBISH[1:]))
    return record(
        0x64,
        seconds(time)
        + pack(">ddf", position.latitude, position.longitude, position.altitude)
        + (b"\x40" if ephemeris else b"")
        + pack(
            ">BBHHHB",
            satellites,
            snr,
            round(position.speed * 10),
            round(position.course * 10),
            round(accuracy * 10),
            3,
        ),
    )


def wifi(time: datetime, access_points: Sequence[tuple[str, int]]) -> bytes:
    """Return the record of a Wi-Fi scan: addresses with colons, each with its signal in dBm."""
    heard = b"".join(address(bssid) + pack(">b", signal) for bssid, signal in access_points)
    return record(0x65, seconds(time) + pack(">B", len(access_points)) + heard)


def cell(time: datetime, cell: Cell, signal: int = -71) -> bytes:
    """Return the record of one cell, its signal in dBm; -1 is unknown."""
    return record(0x66, seconds(time) + pack(">HHIIb", cell.mcc, cell.mnc, cell.area, cell.cell, signal))


def beacons(time: datetime, kind: int, heard: Sequence[tuple[str, int, int | None]]) -> bytes:
    """Return the record of beacons, of kind 1 Wi-Fi or 2 Bluetooth: address, dBm, and battery in % or None."""
    entries = b"".join(
        address(bssid) + pack(">bB", signal, 0xFF if battery is None else battery) for bssid, signal, battery in heard
    )
    return record(0x68, seconds(time) + pack(">BB", kind, len(heard)) + entries)


def alarm(time: datetime, code: int, data: bytes = b"") -> bytes:
    """Return the record of one alarm; the data of a changed SIM, 17, is `bcd()` of its ICCID."""
    return record(0x69, seconds(time) + pack(">BB", code, len(data)) + data)


def status(
    *,
    battery: int | None = None,
    signal: int | None = None,
    moving: int | None = None,
    charging: int | None = None,
    steps: int | None = None,
    temperature: int | None = None,
    respiration: int | None = None,
    heart_rate: int | None = None,
    systolic: int | None = None,
    diastolic: int | None = None,
    oxygen: int | None = None,
    fuel: int | None = None,
    time: datetime | None = None,
    short: bool = False,
) -> bytes:
    """Return the status record of 24 bytes, or of 16 for `short`; None sets all bits of a field.

    Battery, oxygen and fuel in %, signal as CSQ 0 to 31, temperature in °C, the pressures in mmHg, the rates in
    1/min. `moving` is 0 or how much (a bool will do), `charging` 0 or 1, `time` the device's own clock.
    """
    data = byte(battery) + b"\0\0" + byte(signal) + b"\0" + byte(moving) + byte(charging)
    data += pack(">H", 0xFFFF if steps is None else steps)
    data += byte(None if temperature is None else temperature & 0xFF)
    for value in (respiration, heart_rate, systolic, diastolic, oxygen, fuel):
        data += byte(value)
    if not short:
        data += (b"\xff" * 4 if time is None else seconds(time)) + b"\x01\x01\0\0"
    return record(0x6A, data)


def version(
    firmware: str = "AAB26050101|AAB26040202|P02",
    iccid: str = "89570000000000000017",
    details: str = "AAB,modem,receiver,192.0.2.1:8888@2,,732101000000017,,0,732101",
) -> bytes:
    """Return the record that follows a start: firmware of up to 32 letters, ICCID, and text with commas."""
    text = details.encode()
    return record(0x6E, b"\x01" + firmware.encode().ljust(32, b"\0") + bcd(iccid) + pack(">B", len(text)) + text)


def record(kind: int, data: bytes) -> bytes:
    """Return a record of any kind."""
    return pack(">BB", kind, len(data)) + data


def acknowledges(reply: bytes, frame: bytes) -> bool:
    """Return whether bytes from the server acknowledge this frame, in the short form or in the long one."""
    for begin, size in ((b"\xfc\x00\x0c", 18), (b"\xfc\x00\x10", 22)):
        at = reply.find(begin + frame[3:14] + b"\0")
        found = reply[at : at + size]
        if at >= 0 and frame[4] == UPLINK and found == enclose(found[3:-3]):
            return True
    return False


def cut_commands(data: bytes, imei: str) -> tuple[list[str], bytes]:
    """Return the commands for this device in bytes from the server, and the rest, which may become one."""
    texts = []
    while (begin := data.find(b"\xfc")) >= 0:
        data = data[begin:]
        end = 6 + int.from_bytes(data[1:3])
        if len(data) < max(end, 3):
            break
        content = data[3 : end - 3]
        if data[:end] != enclose(content):
            data = data[1:]
            continue
        data = data[end:]
        if content[1:2] == bytes([COMMAND]) and content[3:11] == bytes.fromhex(f"0{imei}"):
            texts.append(content[11:].decode())
    return texts, data if begin >= 0 else b""


def seconds(time: datetime) -> bytes:
    """Return a time as the wire has it."""
    return pack(">I", int(time.timestamp()))


def address(bssid: str) -> bytes:
    """Return the bytes of `aa:bb:cc:dd:ee:ff`."""
    return bytes.fromhex(bssid.replace(":", ""))


def byte(value: int | None) -> bytes:
    """Return a value of one byte, with all bits set for None."""
    return pack(">B", 0xFF if value is None else value)


def bcd(digits: str) -> bytes:
    """Return up to 20 digits as ten bytes, filled up with F."""
    return bytes.fromhex(digits.ljust(20, "f"))
