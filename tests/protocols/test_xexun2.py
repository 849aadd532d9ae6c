"""The xexun2 protocol: any bytes, in any pieces, give the same reports or FrameError, and no other error."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
import struct

import pytest

from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    Answer,
    CellTower,
    Fix,
    Readings,
    Report,
)
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.xexun2 import Xexun2
from tests.simulator.encoders import xexun2 as wire
from tests.simulator.encoders.xexun2 import COMMAND, RECORDS, TLV
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
TIME = datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
IMEI = "861234050000033"
BCD = "8612340500000330"

#: What a float of 32 bits holds exactly.
PLACE = Position(47 + 12.5 / 60, 8 + 39.25 / 60, 552.25, 12.5, 276.1)
ACCESS_POINTS = (("02:00:5e:10:00:01", -47), ("0a:1b:2c:3d:4e:5f", -128))
POINTS = (AccessPoint("02:00:5e:10:00:01", -47), AccessPoint("0a:1b:2c:3d:4e:5f", -128))
CELLS = ((Cell(228, 1, 0x0702, 0x9C8C), -73), (Cell(310, 410, 0x1F0D, 0x4991904), 54))
TOWERS = (CellTower(228, 1, 0x0702, 0x9C8C, -73), CellTower(310, 410, 0x1F0D, 0x4991904))
ICCID = "89571010000000000017"

POWER: Readings = {"battery_level": 84, "charging": False, "signal_level": 100.0}
STATE: Readings = {"battery_level": 84, "charging": False, "signal_level": 100.0, "moving": False}
STATUS = wire.status(31, 84)


def after(seconds: float) -> datetime:
    """Return a time so many seconds after TIME."""
    return TIME + timedelta(seconds=seconds)


def record(**what: object) -> bytes:
    """Return a record of TIME with POWER, with what differs."""
    return wire.record(**({"index": 1, "time": TIME, "signal": 31, "battery": 84} | what))  # type: ignore[arg-type]


def records(*parts: bytes) -> bytes:
    """Return a frame of records."""
    return wire.encode(IMEI, 7, wire.records(*parts), RECORDS)


def parts(*parts: bytes) -> bytes:
    """Return a frame of parts."""
    return wire.encode(IMEI, 7, b"".join(parts), TLV)


def block(mask: int, data: bytes = b"", *, seconds: int = int(TIME.timestamp())) -> bytes:
    """Return a frame of one record whose blocks are these bytes."""
    return records(struct.pack(">BIBHB", 1, seconds, 31, 84, mask) + data)


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "xexun2", **what)  # type: ignore[arg-type]


def answered(text: str | None) -> Report:
    """Return the report of an answer to a command."""
    return report(text=text, answer=Answer())


def recorded(**what: object) -> Report:
    """Return the report of `record()`; what is given is added to its readings or replaces another field."""
    extra: object = what.pop("readings", {})
    return report(**({"time": TIME, "readings": POWER | extra} | what))  # type: ignore[operator]


def fix(**what: object) -> Fix:
    """Return PLACE as a report has it without anything but the number of satellites, with what differs."""
    return Fix(
        **{"latitude": 47.208333, "longitude": 8.654167, "time": TIME, "satellites": 12} | what  # type: ignore[arg-type]
    )


def located(**what: object) -> Fix:
    """Return PLACE as a report has it that tells everything of it, with what differs."""
    return fix(**({"altitude": 552.25, "speed": 12.5, "course": 276.1, "accuracy": 1.8} | what))


def feed(data: bytes, *, damaged: int = 0) -> list[Report]:
    """Return the reports of a fresh connection, with degrees as they are shown, and hold it to so much damage."""
    protocol = Xexun2()
    reports = protocol.feed(data, NOW)
    assert protocol.damaged == damaged
    for one in reports:
        if one.fix is not None:
            one.fix.latitude = round(one.fix.latitude, 6)
            one.fix.longitude = round(one.fix.longitude, 6)
    return reports


def reply_to(data: bytes, *, acknowledge: bool = True) -> str:
    """Return in hexadecimal what a fresh connection has to send after these bytes."""
    protocol = Xexun2()
    protocol.feed(data, NOW)
    return protocol.data_to_send(acknowledge=acknowledge).hex()


# Recognition


@pytest.mark.parametrize("kind", [0x0007, 0x0014, 0x0020, 0x00FF])
def test_flag_and_type_are_claimed(kind: int) -> None:
    assert Xexun2.match(b"\xfa\xaf" + kind.to_bytes(2)) is Match.YES
    assert Xexun2.match(b"\xfa\xaf\xfa\xaf" + kind.to_bytes(2)) is Match.YES


@pytest.mark.parametrize("head", [b"", b"\xfa", b"\xfa\xaf", b"\xfa\xaf\xfa", b"\xfa\xaf\xfa\xaf"])
def test_half_a_beginning_is_undecided(head: bytes) -> None:
    assert Xexun2.match(head) is Match.MAYBE


@pytest.mark.parametrize("head", [b"\xfb", b"\xfa\xae", b"\xfa\xaf\x01", b"\xaf\xfa", b"\xfa\xfa\xaf\x00", b"\x00"])
def test_other_beginning_is_not_claimed(head: bytes) -> None:
    assert Xexun2.match(head) is Match.NO


# Frames


def test_frame_is_read_from_bytes() -> None:
    """Byte by byte as the document draws them, without our encoder."""
    payload = "00 1a 6843f3a6 45934400 4451d000 440a1000 0c 26 007d 0ac9 01 03 0012 06 03 1f 54 80"
    data = bytes.fromhex(f"faaf 0020 0007 {BCD} 0021 f82e {payload} faaf")
    assert feed(data) == [report(time=TIME, fix=located(), readings=STATE | {"charging": True})]


def test_escapes_are_undone() -> None:
    text = b"\x12\x34\xfa\xaf\x56\xfb\xbf\x01\xfb\xbf\x02\xfa\xfb\xfa\xaf\xaf\xfb"
    data = wire.encode(IMEI, 0xFBBF, text, COMMAND)
    assert b"\x12\x34\xfb\xbf\x01\x56\xfb\xbf\x02\x01\xfb\xbf\x02\x02\xfa\xfb\xfb\xbf\x01\xaf\xfb" in data
    assert feed(data) == [answered(text.decode("latin-1"))]


@pytest.mark.parametrize("byte", [0x00, 0x03, 0xFA, 0xFB, 0xFF])
def test_unknown_escape_is_damage_without_an_answer(byte: int) -> None:
    text = b"\xfb\xbf" + bytes([byte])
    data = wire.encode(IMEI, 1, text, TLV).replace(b"\xfb\xbf\x02", b"\xfb\xbf")
    assert feed(data, damaged=1) == []
    assert reply_to(data) == ""


def test_attributes_are_ignored() -> None:
    data = bytearray(records(record()))
    data[16] |= 0xFC
    assert feed(bytes(data)) == [recorded()]


@pytest.mark.parametrize("size", [0, 1, 2, 1023])
def test_payload_has_up_to_1023_bytes(size: int) -> None:
    data = wire.encode(IMEI, 1, b"\x55" * size, COMMAND)
    assert feed(data) == [answered("U" * size or None)]


def test_longest_frame_fits() -> None:
    """The IMEI cannot need escapes, all else can."""
    data = wire.encode(IMEI, 0xFAAF, b"\xfa\xaf" * 511 + b"\xfa", COMMAND)
    assert len(data) <= Xexun2.max_frame
    protocol = Xexun2()
    reports = [one for byte in data for one in protocol.feed(bytes([byte]), NOW)]
    assert reports == [answered("\xfa\xaf" * 511 + "\xfa")]


CHECKSUMS = [
    (b"of=1", 0xFEBC, True),
    (b"\x01", 0xFFFE, True),
    (b"\x02", 0xFFFD, True),
    (b"", 0xFFFF, True),
    (b"of=1", 0x0143, False),
    (b"of=1", 0xFEBD, False),
    # A sum of exactly 0xFFFF is not turned over.
    (b"\xff" * 257, 0xFFFF, True),
    (b"\xff" * 257, 0x0000, False),
    # 0x10000 is 1, by either way.
    (b"\xff" * 257 + b"\x01", 0xFFFE, True),
    # 0x2FD00 is 0xFD02 or 3.
    (b"\xff" * 768, 0x02FD, True),
    (b"\xff" * 768, 0xFFFC, True),
    (b"\xff" * 768, 0x02FF, False),
    (b"\xff" * 768, 0xFFFF, False),
    # 0x1FFFE folds to 0xFFFF, which stays.
    (b"\xff" * 514, 0xFFFF, True),
    (b"\xff" * 514, 0x0000, False),
]


@pytest.mark.parametrize(
    ("payload", "checksum", "valid"),
    CHECKSUMS,
    ids=[f"{sum(payload):x}-{checksum:04x}" for payload, checksum, _ in CHECKSUMS],
)
def test_checksum_is_folded_either_way(payload: bytes, checksum: int, valid: bool) -> None:
    head = struct.pack(">HH8sHH", COMMAND, 1, bytes.fromhex(BCD), len(payload), checksum)
    expected = [answered(payload.decode("latin-1") or None)] if valid else []
    assert feed(b"\xfa\xaf" + head + payload + b"\xfa\xaf", damaged=not valid) == expected


@pytest.mark.parametrize("where", [16, 17, 18, 19, 20, 25, -3])
def test_wrong_length_or_sum_is_damage_without_an_answer(where: int) -> None:
    data = bytearray(records(record()))
    data[where] ^= 0x02
    if where == 16:  # the attributes are in this byte too
        data[where] ^= 0x03
    assert feed(bytes(data), damaged=1) == []
    assert reply_to(bytes(data)) == ""


def test_frames_in_a_row_are_all_read() -> None:
    one, other = records(record()), parts(STATUS)
    assert feed(one + other + one) == [recorded(), report(readings=STATE), recorded()]


@pytest.mark.parametrize("noise", [b"\x00", b"\r\n", b"\xfa", b"\xaf", b"\xfb\xbf\x07", b"\xfa\xaf", b"\xfa\xaf" * 3])
def test_short_noise_between_frames_is_skipped(noise: bytes) -> None:
    one, other = records(record()), parts(STATUS)
    assert feed(noise + one + noise + other) == [recorded(), report(readings=STATE)]


def test_long_noise_between_frames_is_counted_and_skipped() -> None:
    one, other = records(record()), parts(STATUS)
    assert feed(one + b"noise" * 9 + other, damaged=1) == [recorded(), report(readings=STATE)]


def test_flag_may_be_lost_or_shared() -> None:
    one, other = records(record()), parts(STATUS)
    expected = [recorded(), report(readings=STATE), recorded()]
    assert feed(one[:-2] + other + one) == expected
    assert feed(one + other[2:] + one) == expected
    assert feed(one + other[:-2] + one) == expected


@pytest.mark.parametrize("cut", range(1, 10))
def test_frame_without_its_end_costs_no_other(cut: int) -> None:
    one, other = records(record()), parts(STATUS)
    assert feed(one[: -2 - cut] + other + one, damaged=1) == [report(readings=STATE), recorded()]


def test_frame_without_its_beginning_costs_no_other() -> None:
    one, other = records(record()), parts(STATUS)
    assert feed(one[5:] + other, damaged=1) == [report(readings=STATE)]


def test_nothing_is_held_behind_a_frame() -> None:
    protocol = Xexun2()
    assert protocol.feed(records(record()), NOW)
    assert protocol.held == 0
    assert protocol.feed(parts(STATUS)[:-1], NOW) == []
    assert protocol.held == len(parts(STATUS)) - 1


def test_half_a_datagram_is_forgotten() -> None:
    protocol = Xexun2()
    assert protocol.feed(records(record())[:-3], NOW, final=True) == []
    assert (protocol.held, protocol.damaged, protocol.data_to_send()) == (0, 0, b"")


SOS = wire.encode(IMEI, 7, wire.alarm(TIME, 1), TLV)
SOS_REPORT = Report(IMEI, "xexun2", TIME, alarms=(Alarm.SOS,), codes=("0",))
SOS_REPLY = bytes.fromhex(f"faaf00200007{BCD}0001fffe01faaf")


@pytest.mark.parametrize("before", [b"", b"\xfa\xaf", b"\xfa\xaf" + bytes(9)])
def test_frame_whose_last_flag_is_lost_is_read_when_nothing_follows(before: bytes) -> None:
    """In a datagram, and at silence, of which the flag may be the end; once, and answered."""
    protocol = Xexun2()
    assert protocol.feed(before + SOS[:-2], NOW, final=True) == [SOS_REPORT]
    assert protocol.data_to_send() == SOS_REPLY
    assert (protocol.held, protocol.damaged) == (0, 0)
    assert protocol.feed(before + SOS[:-2], NOW) == []
    assert protocol.data_to_send() == b""
    assert protocol.settle(NOW) == [SOS_REPORT]
    assert protocol.settle(NOW) == protocol.feed(b"\xfa\xaf", NOW) == protocol.settle(NOW) == []
    assert protocol.data_to_send() == SOS_REPLY
    assert protocol.feed(SOS, NOW) == [SOS_REPORT]
    assert protocol.damaged == 0


def test_frames_in_front_of_a_lost_last_flag_are_read() -> None:
    assert Xexun2().feed(parts(STATUS) + SOS[:-2], NOW, final=True) == [report(readings=STATE), SOS_REPORT]
    assert Xexun2().feed(parts(STATUS) + SOS[2:-2], NOW, final=True) == [report(readings=STATE), SOS_REPORT]


ESCAPED = wire.encode(IMEI, 0xFAAF, b"\xfb\xbf\xfa\xaf" * 4 + b"\xfb\xbf", COMMAND)


@pytest.mark.parametrize("data", [SOS, ESCAPED, records(record(position=PLACE)), wire.encode(IMEI, 1, b"", TLV)])
def test_silence_within_a_frame_neither_reads_nor_loses_it(data: bytes) -> None:
    """However often; also within an escape."""
    whole = feed(data)
    for cut in range(len(data) - 2):
        protocol = Xexun2()
        assert protocol.feed(data[:cut], NOW) == protocol.settle(NOW) == protocol.settle(NOW) == []
        assert protocol.held == cut
        assert len(protocol.feed(data[cut:], NOW)) == len(whole)
        assert protocol.damaged == 0


@pytest.mark.parametrize("where", [16, 17, 18, 19, 20, 25])
def test_rest_with_a_wrong_length_or_sum_stays_held(where: int) -> None:
    data = bytearray(SOS[:-2])
    data[where] ^= 0x02
    if where == 16:  # the attributes are in this byte too
        data[where] ^= 0x03
    protocol = Xexun2()
    assert protocol.feed(bytes(data), NOW) == protocol.settle(NOW) == []
    assert (protocol.held, protocol.damaged, protocol.data_to_send()) == (len(data), 0, b"")


@pytest.mark.parametrize("flood", [b"\xfa", b"\xaf", b"\xfa\xaf", b"\xfb\xbf", b"\xfa\xaf\0", b"\xfa\xaf" + bytes(15)])
def test_flood_is_refused(flood: bytes) -> None:
    protocol = Xexun2()
    with pytest.raises(FrameError):  # noqa: PT012
        for _ in range(2000):
            protocol.feed(flood, NOW)
            assert protocol.held <= Xexun2.max_frame


@pytest.mark.parametrize("flood", [b"\xfa\xaf" + bytes(16), b"\xfb\xbf\x01" * 6 + b"\xfa\xaf"])
def test_flood_of_pieces_is_counted(flood: bytes) -> None:
    protocol = Xexun2()
    for _ in range(1000):
        assert protocol.feed(flood, NOW) == []
        assert protocol.held <= len(flood)
    assert protocol.damaged >= 999
    assert protocol.data_to_send() == b""


@pytest.mark.parametrize(("bcd", "identity"), [(BCD, IMEI), (BCD[:15] + "f", IMEI), ("0" * 16, "0" * 15)])
def test_imei_is_15_digits_and_a_filler(bcd: str, identity: str) -> None:
    data = b"\xfa\xaf" + struct.pack(">HH8sHH", TLV, 1, bytes.fromhex(bcd), 0, 0xFFFF) + b"\xfa\xaf"
    protocol = Xexun2()
    assert protocol.feed(data, NOW) == [Report(identity, "xexun2")]
    assert protocol.device_id == identity


def test_imei_that_is_none_is_damage() -> None:
    data = records(record()).replace(bytes.fromhex(BCD), bytes.fromhex("86123405000a0330"))
    protocol = Xexun2()
    assert protocol.feed(data, NOW) == []
    assert (protocol.damaged, protocol.device_id) == (1, None)


# Answers


def test_records_are_acknowledged() -> None:
    data = wire.encode(IMEI, 0x0A5A, wire.records(record(), record()), RECORDS)
    assert reply_to(data) == f"faaf00140a5a{BCD}0001fffe01faaf"
    assert reply_to(data, acknowledge=False) == ""


def test_parts_are_acknowledged() -> None:
    data = wire.encode(IMEI, 0x0102, STATUS, TLV)
    assert reply_to(data) == f"faaf00200102{BCD}0001fffe01faaf"
    assert reply_to(data, acknowledge=False) == ""


@pytest.mark.parametrize(
    ("sequence", "written"), [(0xFAAF, "fbbf01"), (0xFBBF, "fbbf02"), (0xAFFA, "affa"), (0, "0000"), (0xFFFF, "ffff")]
)
def test_answer_is_escaped(sequence: int, written: str) -> None:
    data = wire.encode(IMEI, sequence, STATUS, TLV)
    assert reply_to(data) == f"faaf0020{written}{BCD}0001fffe01faaf"


def test_answer_repeats_the_filler() -> None:
    payload = bytes.fromhex(BCD[:15] + "f")
    data = b"\xfa\xaf" + struct.pack(">HH8sHH", TLV, 1, payload, 0, 0xFFFF) + b"\xfa\xaf"
    assert reply_to(data) == f"faaf00200001{BCD[:15]}f0001fffe01faaf"


def test_probe_is_welcomed_whoever_sends_it() -> None:
    data = wire.encode(IMEI, 1, bytes.fromhex("010009000000000000000000"), RECORDS)
    assert feed(data) == [report()]
    assert reply_to(data) == f"faaf00140001{BCD}0001fffd02faaf"
    assert reply_to(data, acknowledge=False) == f"faaf00140001{BCD}0001fffd02faaf"


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ("010009010000000000000000", RECORDS),
        ("010009000000000100000000", RECORDS),
        ("010009000000000000000100", RECORDS),
        ("01000900000000000000000000", RECORDS),
        ("01000a00000000000000000000", RECORDS),
        ("0200090009000000000000000000000000000000000000", RECORDS),
        ("010009000000000000000000", TLV),
        ("010009000000000000000000", 0x15),
    ],
)
def test_what_is_nearly_a_probe_is_acknowledged(payload: str, kind: int) -> None:
    data = wire.encode(IMEI, 1, bytes.fromhex(payload), kind)
    assert reply_to(data) == f"faaf{kind:04x}0001{BCD}0001fffe01faaf"


@pytest.mark.parametrize("text", [b"", b"\x01", b"\x02", b"of=1", bytes.fromhex("010009000000000000000000")])
def test_answer_to_a_command_is_never_answered(text: bytes) -> None:
    assert reply_to(wire.encode(IMEI, 1, text, COMMAND)) == ""


@pytest.mark.parametrize(
    ("payload", "kind"), [(b"\x02\x00", RECORDS), (b"\x00\x03\x01", TLV), (b"\xff", TLV), (b"?", 0x99)]
)
def test_what_cannot_be_read_is_acknowledged_all_the_same(payload: bytes, kind: int) -> None:
    data = wire.encode(IMEI, 1, payload, kind)
    assert reply_to(data) == f"faaf{kind:04x}0001{BCD}0001fffe01faaf"
    assert feed(data, damaged=1) == []


def test_every_frame_is_answered_in_order() -> None:
    frames = [wire.encode(IMEI, sequence, STATUS) for sequence in (3, 1, 2)]
    assert reply_to(b"".join(frames)) == "".join(f"faaf0020000{n}{BCD}0001fffe01faaf" for n in (3, 1, 2))


def test_encoder_knows_the_acknowledgement() -> None:
    """What the simulated trackers take for an acknowledgement is what we send."""
    frames = [records(record()), parts(STATUS), wire.encode(IMEI, 0xFAAF, wire.probe(), RECORDS)]
    for frame in frames:
        assert wire.acknowledges(bytes.fromhex(reply_to(frame)), frame)
        assert wire.acknowledges(bytes.fromhex(reply_to(b"".join(frames))), frame)
        assert not wire.acknowledges(b"", frame)
        assert not wire.acknowledges(frame, frame)
    assert not wire.acknowledges(bytes.fromhex(reply_to(frames[0])), frames[1])


# Frames without a body of their own


@pytest.mark.parametrize(
    ("text", "expected"), [(b"\x01", "\x01"), (b"of=1 OK", "of=1 OK"), (b"\xb0C\r\n", "°C\r\n"), (b"", None)]
)
def test_answer_to_a_command_is_text_and_names_none(text: bytes, expected: str | None) -> None:
    assert feed(wire.encode(IMEI, 1, text, COMMAND)) == [answered(expected)]


def test_unknown_type_is_damage() -> None:
    assert feed(wire.encode(IMEI, 1, STATUS, 0x21), damaged=1) == []


@pytest.mark.parametrize("kind", [RECORDS, TLV, 0x21])
def test_empty_payload_proves_presence(kind: int) -> None:
    assert feed(wire.encode(IMEI, 1, b"", kind)) == [report()]


# Records


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (record(), recorded()),
        (record(signal=0), recorded(readings={"signal_level": 0.0})),
        (record(signal=27), recorded(readings={"signal_level": 27 / 31 * 100})),
        (record(battery=0), recorded(readings={"battery_level": 0})),
        (record(battery=100), recorded(readings={"battery_level": 100})),
        (record(charging=True), recorded(readings={"charging": True})),
        (record(battery=0, charging=True), recorded(readings={"battery_level": 0, "charging": True})),
        (record(time=None), recorded(time=None)),
        (record(index=255), recorded()),
    ],
)
def test_head_of_a_record_is_read(data: bytes, expected: Report) -> None:
    assert feed(records(data)) == [expected]


@pytest.mark.parametrize("signal", [32, 99, 255])
def test_signal_beyond_its_scale_is_absent(signal: int) -> None:
    assert feed(records(record(signal=signal))) == [
        report(time=TIME, readings={"battery_level": 84, "charging": False})
    ]  # fmt: skip


@pytest.mark.parametrize("battery", [101, 255, 0x7FFF])
def test_battery_beyond_its_scale_is_absent(battery: int) -> None:
    for charging in (False, True):
        assert feed(records(record(battery=battery, charging=charging))) == [
            report(time=TIME, readings={"charging": charging, "signal_level": 100.0})
        ]


def test_short_position_is_read() -> None:
    assert feed(records(record(position=PLACE, form="float", motion=False))) == [recorded(fix=fix())]


def test_short_position_with_motion_is_read() -> None:
    expected = recorded(fix=fix(speed=12.5, course=276.1))
    assert feed(records(record(position=PLACE, form="float"))) == [expected]


def test_long_position_is_read() -> None:
    assert feed(records(record(position=PLACE, motion=False))) == [recorded(fix=fix())]
    assert feed(records(record(position=PLACE))) == [recorded(fix=fix(speed=12.5, course=276.1))]


def test_detailed_position_is_read() -> None:
    data = record(position=PLACE, form="detailed", satellites=9)
    assert feed(records(data)) == [recorded(fix=located(accuracy=None, satellites=9))]
    assert feed(records(record(position=PLACE, form="detailed with accuracy"))) == [recorded(fix=located())]


@pytest.mark.parametrize(("size", "accuracy"), [(27, None), (28, None), (29, None), (30, 1.8), (34, 1.8), (40, 1.8)])
def test_detailed_position_may_end_before_its_accuracy(size: int, accuracy: float | None) -> None:
    data = (wire.detailed_block(PLACE, 12, 1.8)[5:] + bytes(6))[:size]
    data = b"\x80" + struct.pack(">HBH", size + 3, 0x47, size) + data
    assert feed(block(0x02, data)) == [recorded(fix=located(accuracy=accuracy))]


def test_detailed_position_that_is_cut_is_damage() -> None:
    data = b"\x80" + struct.pack(">HBH", 29, 0x47, 26) + wire.detailed_block(PLACE, 12, 1.8)[5:31]
    assert feed(block(0x02, data), damaged=1) == [recorded()]


def test_longitude_comes_first() -> None:
    """Byte by byte, without our encoder."""
    assert feed(block(0x02, bytes.fromhex("01 0c 4451d000 45934400"))) == [recorded(fix=fix())]


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (3709.77, -12138.71875, (37.162833, -121.645313)),
        (-3352.5, 15112.25, (-33.875, 151.204167)),
        (-0.5, -0.25, (-0.008333, -0.004167)),
        (-99.0, 0.0, None),
        (9000.0, 18000.0, (90.0, 180.0)),
        (-9000.0, -18000.0, (-90.0, -180.0)),
        (8960.0, 17960.0, (90.0, 180.0)),
        (0.0, 1200.0, (0.0, 12.0)),
        (1200.0, 0.0, (12.0, 0.0)),
        (-1159.999999999999, 11499.999999999998, None),
        (1260.0, 860.0, (13.0, 9.0)),
        (0.0, 0.0, None),
        (-0.0, 0.0, None),
        (-5960.0, -17960.0, (-60.0, -180.0)),
        (9000.1, 0.0, None),
        (-9000.1, 0.0, None),
        (0.0, -18000.1, None),
        (4712.5, 18000.1, None),
        (4760.1, 800.0, None),
        (-4760.1, 800.0, None),
        (4712.5, 860.1, None),
        (4712.5, -860.1, None),
        (float("nan"), 800.0, None),
        (4712.5, float("nan"), None),
        (float("inf"), 800.0, None),
        (4712.5, float("-inf"), None),
        (1e300, 1e300, None),
    ],
)
def test_degrees_are_cut_towards_zero(latitude: float, longitude: float, expected: tuple[float, float] | None) -> None:
    """In all hemispheres; what is no position costs nothing else."""
    data = block(0x82, b"\x40" + struct.pack(">Bdd", 12, longitude, latitude) + health(72, 79, 121, 4321, 98))
    (got,) = feed(data)
    assert got.readings == POWER | HEALTH
    assert got.fix == (None if expected is None else Fix(*expected, TIME, satellites=12))


def test_most_exact_position_counts() -> None:
    short = struct.pack(">Bff", 3, 800.0, 4700.0)
    motion = struct.pack(">HH", 125, 2761)
    long = struct.pack(">Bdd", 12, 839.25, 4712.5)
    detailed = wire.detailed_block(PLACE, 12, 1.8)
    near, far = fix(speed=12.5, course=276.1), Fix(47.0, 8.0, TIME, None, 12.5, 276.1, 3)
    assert feed(block(0x02, b"\x61" + short + motion + long)) == [recorded(fix=near)]
    assert feed(block(0x02, b"\x61" + short + motion + bytes(17))) == [recorded(fix=far)]
    assert feed(block(0x02, b"\xa1" + short + motion + detailed)) == [recorded(fix=located())]
    assert feed(block(0x02, b"\xe1" + short + motion + long + detailed)) == [recorded(fix=located())]
    invalid = wire.detailed_block(PLACE, 12, 1.8, valid=0)
    assert feed(block(0x02, b"\xa1" + short + motion + invalid)) == [recorded(fix=far)]
    assert feed(block(0x02, b"\x80" + invalid)) == [recorded()]


def test_motion_without_a_position_is_no_fix() -> None:
    assert feed(block(0x02, b"\x20" + struct.pack(">HH", 125, 2761))) == [recorded()]


@pytest.mark.parametrize(
    ("speed", "course", "expected"),
    [
        (0, 0, (0.0, 0.0)),
        (1, 1, (0.1, 0.1)),
        (0xFFFE, 3600, (6553.4, 360.0)),
        (0xFFFF, 3601, (None, None)),
        (0, 0xFFFF, (0.0, None)),
    ],
)
def test_motion_is_in_tenths(speed: int, course: int, expected: tuple[float | None, float | None]) -> None:
    place = struct.pack(">Bff", 12, 839.25, 4712.5)
    data = block(0x02, b"\x21" + place + struct.pack(">HH", speed, course))
    assert feed(data) == [recorded(fix=fix(speed=expected[0], course=expected[1]))]


@pytest.mark.parametrize(("tenths", "accuracy"), [(1, 0.1), (65534, 6553.4), (0, None), (65535, None)])
def test_accuracy_is_in_tenths(tenths: int, accuracy: float | None) -> None:
    data = wire.detailed_block(PLACE, 12, tenths / 10)
    assert feed(block(0x02, b"\x80" + data)) == [recorded(fix=located(accuracy=accuracy))]
    assert feed(parts(wire.gps(TIME, PLACE, accuracy=tenths / 10))) == [
        report(time=TIME, fix=located(accuracy=accuracy))
    ]


@pytest.mark.parametrize(
    ("metres", "altitude"),
    [
        (-3.5, -3.5),
        (0.0, 0.0),
        (-999.5, -999.5),
        (-1000.0, None),
        (99999.5, 99999.5),
        (100000.0, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_altitude_is_metres(metres: float, altitude: float | None) -> None:
    place = Position(PLACE.latitude, PLACE.longitude, metres, PLACE.speed, PLACE.course)
    assert feed(records(record(position=place, form="detailed with accuracy"))) == [
        recorded(fix=located(altitude=altitude))
    ]
    assert feed(parts(wire.gps(TIME, place))) == [report(time=TIME, fix=located(altitude=altitude))]


def test_other_detailed_blocks_are_skipped() -> None:
    detailed = wire.detailed_block(PLACE, 12, 1.8)[2:]
    other = b"W" + struct.pack(">H", 5) + b"12345"
    empty = b"X\0\0"
    for blocks in (other + detailed, empty + other + detailed + other, detailed + b"G\0\0"):
        data = block(0x82, b"\x80" + struct.pack(">H", len(blocks)) + blocks + health(72, 79, 121, 4321, 98))
        assert feed(data) == [recorded(fix=located(), readings=HEALTH)]
    for blocks in (other, empty, b""):
        data = block(0x82, b"\x80" + struct.pack(">H", len(blocks)) + blocks + health(72, 79, 121, 4321, 98))
        assert feed(data) == [recorded(readings=HEALTH)]


def test_time_of_arrival_dates_a_position_without_a_time() -> None:
    (got,) = feed(records(record(time=None, position=PLACE, motion=False)))
    assert got == recorded(time=None, fix=fix(time=datetime(2026, 3, 1, 12, 0, tzinfo=UTC)))
    assert got.fix
    assert got.fix.time.tzinfo is UTC


def test_scans_are_read() -> None:
    expected = recorded(wifi=POINTS, cells=TOWERS)
    assert feed(records(record(wifi=ACCESS_POINTS, cells=CELLS))) == [expected]
    assert feed(records(record(wifi=ACCESS_POINTS, cells=CELLS, ranging=2))) == [expected]
    assert feed(records(record(wifi=ACCESS_POINTS))) == [recorded(wifi=POINTS)]
    assert feed(records(record(cells=CELLS))) == [recorded(cells=TOWERS)]
    assert feed(block(0x02, b"\x0e\0\0\0")) == [recorded()]


def test_no_more_access_points_than_told_are_read() -> None:
    data = wire.wifi(TIME, [ACCESS_POINTS[0]] * 9)
    data = data[:6] + b"\x07" + data[7:]
    assert feed(parts(data)) == [report(time=TIME, wifi=POINTS[:1] * 7)]
    data = data[:6] + b"\xff" + data[7:]
    assert feed(parts(data)) == [report(time=TIME, wifi=POINTS[:1] * 9)]


def test_placeholders_among_scans_are_left_out() -> None:
    points = (("00:00:00:00:00:00", -1), ACCESS_POINTS[0], ("ff:ff:ff:ff:ff:ff", -1))
    cells = [
        (Cell(0, 0, 0, 0), 0),
        (Cell(228, 1, 5, 0), -60),
        (Cell(228, 1, 5, 0xFFFF), -60),
        (Cell(228, 1, 5, 0xFFFE), -60),
        (Cell(228, 1, 5, 0xFFFFFFFE), -60),
        (Cell(0xFFFF, 0xFFFF, 5, 7), -60),
        (Cell(1000, 1, 5, 7), -60),
        (Cell(228, 1000, 5, 7), -60),
        (Cell(228, 1, 5, 0xFFFFFFF), -60),
        (Cell(228, 1, 5, 0xFFFFFFFF), -60),
        CELLS[0],
    ]
    expected = {"wifi": POINTS[:1], "cells": TOWERS[:1]}
    assert feed(records(record(wifi=points, cells=cells))) == [recorded(**expected)]
    assert feed(parts(wire.wifi(TIME, points), wire.cell(TIME, cells))) == [report(time=TIME, **expected)]


@pytest.mark.parametrize("area", [0, 0xFFFE, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
def test_area_may_be_unknown(area: int) -> None:
    expected = (CellTower(228, 1, None, 0x9C8C, -73),)
    cells = [(Cell(228, 1, area, 0x9C8C), -73)]
    assert feed(records(record(cells=cells))) == [recorded(cells=expected)]


@pytest.mark.parametrize(("raw", "signal"), [(-128, -128), (-1, -1), (0, None), (54, None), (127, None)])
def test_signal_is_dbm_or_unknown(raw: int, signal: int | None) -> None:
    wifi, cells = [(ACCESS_POINTS[0][0], raw)], [(CELLS[0][0], raw)]
    expected = {
        "wifi": (AccessPoint(ACCESS_POINTS[0][0], signal),),
        "cells": (CellTower(228, 1, 0x0702, 0x9C8C, signal),),
    }
    assert feed(records(record(wifi=wifi, cells=cells))) == [recorded(**expected)]
    assert feed(parts(wire.wifi(TIME, wifi), wire.cell(TIME, cells))) == [report(time=TIME, **expected)]


def test_what_is_of_no_use_is_skipped_by_its_length() -> None:
    """Everything around a position and in front of the health."""
    data = record(
        position=PLACE,
        wifi=ACCESS_POINTS,
        cells=CELLS,
        ranging=3,
        fingerprint=0xFFFFFFFF,
        version=wire.version_block("V1", "732101000000001", ICCID),
        parameters=b"\xff" * 12,
        heart_rate=72,
        text="STOP 10:09:10",
    )
    readings = {"heart_rate": 72, "systolic": None, "diastolic": None, "blood_oxygen": None, "steps": 0}
    expected = recorded(
        fix=fix(speed=12.5, course=276.1),
        wifi=POINTS,
        cells=TOWERS,
        readings=readings | {"firmware": "V1", "iccid": ICCID},
    )
    assert feed(records(data)) == [expected]


def test_version_is_read() -> None:
    version = wire.version_block("X2x2103151|21031201", "732101000000001", ICCID)
    expected = recorded(readings={"firmware": "X2x2103151|21031201", "iccid": ICCID})
    assert feed(records(record(version=version))) == [expected]
    assert feed(records(record(version=version, parameters=bytes(12)))) == [expected]


VERSIONS = [
    (b"", "00" * 10, {}),
    (b"   ", "ff" * 10, {}),
    (b"\0V1", ICCID[:19] + "f", {"iccid": ICCID[:19]}),
    (b"V1|V2\0rest", ICCID[:18] + "a0", {"firmware": "V1|V2"}),
    (b" V1 ", "f" + ICCID[1:], {"firmware": "V1"}),
]


@pytest.mark.parametrize(("firmware", "iccid", "expected"), VERSIONS)
def test_version_may_be_unset(firmware: bytes, iccid: str, expected: Readings) -> None:
    version = firmware.ljust(20, b"\0") + bytes(8) + bytes.fromhex(iccid)
    assert feed(records(record(version=version))) == [recorded(readings=expected)]
    version = b"\x01" + firmware.ljust(32, b"\0") + bytes.fromhex(iccid)
    assert feed(parts(wire.tlv(0x20, version))) == [report(readings=expected)]


def health(heart_rate: int, diastolic: int, systolic: int, steps: int, oxygen: int) -> bytes:
    """Return an extension block with the values in the order of the wire."""
    return struct.pack(">IBBBHB", 2, heart_rate, diastolic, systolic, steps, oxygen)


HEALTH = {"heart_rate": 72, "systolic": 121, "diastolic": 79, "steps": 4321, "blood_oxygen": 98}


def test_diastolic_comes_first() -> None:
    """Byte by byte, without our encoder."""
    data = bytes.fromhex("00000002 48 4f 79 10e1 62")
    assert feed(block(0x80, data)) == [recorded(readings=HEALTH)]


VITALS = [
    ((72, 121, 79, 98), (72, 121, 79, 98)),
    ((0, 0, 0, 0), (None, None, None, None)),
    ((255, 255, 255, 255), (None, None, None, None)),
    ((72, 0, 79, 0), (72, None, None, None)),
    ((19, 121, 121, 49), (None, None, None, None)),
    ((20, 79, 121, 50), (20, None, None, 50)),
    ((250, 250, 200, 100), (250, 250, 200, 100)),
    ((251, 251, 79, 101), (None, None, None, None)),
]
BODY = ("heart_rate", "systolic", "diastolic", "blood_oxygen")


@pytest.mark.parametrize(("raw", "values"), VITALS)
def test_body_that_was_not_found_has_no_values(raw: tuple[int, int, int, int], values: Sequence[int | None]) -> None:
    heart_rate, systolic, diastolic, oxygen = raw
    body = dict(zip(BODY, values, strict=True))
    data = health(heart_rate, diastolic, systolic, 0, oxygen)
    assert feed(block(0x80, data)) == [recorded(readings=body | {"steps": 0})]
    assert feed(parts(wire.vitals(TIME, *raw))) == [report(time=TIME, readings=body)]


TEMPERATURES = [
    (36.5, 36.5),
    (-12.25, -12.25),
    (0.0, None),
    (-0.0, None),
    (float("nan"), None),
    (float("inf"), None),
    (-99.5, -99.5),
    (-100.0, None),
    (199.5, 199.5),
    (200.0, None),
]


@pytest.mark.parametrize(("raw", "value"), TEMPERATURES)
def test_temperature_is_absent_unless_measured(raw: float, value: float | None) -> None:
    expected = {} if value is None else {"temperature": value}
    assert feed(records(record(temperature=raw))) == [recorded(readings=expected)]
    assert feed(records(record(temperature=raw, steps=0, heart_rate=72, systolic=121, diastolic=79, oxygen=98))) == [
        recorded(readings=HEALTH | {"steps": 0} | expected)
    ]
    assert feed(parts(wire.activity(TIME, 17, raw))) == [report(time=TIME, readings={"steps": 17} | expected)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (bytes(4), {}),
        (struct.pack(">I6x", 1 << 3), {}),
        (struct.pack(">IH", 1 << 30, 4) + b"text", {}),
        (struct.pack(">I", 1 << 31), {}),
        (struct.pack(">I", 0xFFFF_FFFC), {}),
        (struct.pack(">IBBBHB", 0xFFFF_FFFE, 72, 79, 121, 4321, 98), HEALTH),
    ],
)
def test_other_extensions_are_left_out(data: bytes, expected: Readings) -> None:
    assert feed(block(0x80, data)) == [recorded(readings=expected)]


@pytest.mark.parametrize("mask", [0x84, 0xC0, 0xC4])
def test_nothing_is_read_behind_a_block_of_unknown_length(mask: int) -> None:
    assert feed(block(mask, health(72, 79, 121, 4321, 98))) == [recorded()]
    assert feed(block(mask | 1, bytes.fromhex("00000001") + b"\xff" * 30)) == [
        recorded(alarms=(Alarm.SOS,), codes=("0",))
    ]


def test_nothing_is_read_behind_a_reserved_position() -> None:
    place = struct.pack(">Bff", 12, 839.25, 4712.5)
    assert feed(block(0x02, b"\x31" + place + b"\xff" * 30)) == [recorded(fix=fix())]
    assert feed(block(0x82, b"\x11" + place + health(72, 79, 121, 4321, 98)), damaged=1) == [recorded(fix=fix())]


def test_nfc_ends_a_record_and_nothing_else() -> None:
    data = record(alarms=1, nfc=b"\x04\xa2\x33", steps=5)
    assert feed(records(data, record())) == [recorded(alarms=(Alarm.SOS,), codes=("0",)), recorded()]


def test_every_cut_of_a_record_tells_what_is_left() -> None:
    data = record(
        alarms=1,
        position=PLACE,
        form="float",
        wifi=ACCESS_POINTS,
        cells=CELLS,
        version=wire.version_block("V1", "732101000000001", ICCID),
        temperature=36.5,
        heart_rate=72,
        systolic=121,
        diastolic=79,
        oxygen=98,
        steps=4321,
    )
    (whole,) = feed(records(data))
    sos, place, wifi, cells, motion = 9 + 4, 14 + 9, 23 + 15, 38 + 27, 65 + 4
    version, warmth, body = motion + 38, motion + 38 + 4 + 12, motion + 38 + 4 + 12 + 6
    assert body == len(data)
    for size in range(9, body):
        (got,) = feed(records(data[:size]), damaged=1)
        assert got.alarms == (whole.alarms if size >= sos else ())
        assert (got.fix is not None) == (size >= place)
        assert got.wifi == whole.wifi[: max(0, size - place - 1) // 7 if size < wifi else 2]
        assert got.cells == whole.cells[: max(0, size - wifi - 1) // 13 if size < cells else 2]
        assert ("iccid" in got.readings) == ("firmware" in got.readings) == (size >= version)
        assert ("temperature" in got.readings) == (size >= warmth)
        assert "heart_rate" not in got.readings


def test_end_of_the_payload_cuts_a_record() -> None:
    """As a length that is too great."""
    payload = wire.records(record(alarms=1, position=PLACE, form="float", motion=False))
    data = wire.encode(IMEI, 1, payload[:-1], RECORDS)
    assert feed(data, damaged=1) == [recorded(alarms=(Alarm.SOS,), codes=("0",))]
    long = payload[:1] + (0xFFFF).to_bytes(2) + payload[3:]
    assert feed(wire.encode(IMEI, 1, long, RECORDS), damaged=1) == [
        recorded(alarms=(Alarm.SOS,), codes=("0",), fix=fix())
    ]


@pytest.mark.parametrize("size", range(9))
def test_record_without_a_head_is_damage(size: int) -> None:
    assert feed(records(record()[:size]), damaged=1) == []
    assert feed(records(record(), record()[:size], record()), damaged=1) == [recorded(), recorded()]


@pytest.mark.parametrize("payload", ["01", "0100", "0200", "020009", "02000900", "ff"])
def test_damaged_table_of_lengths_is_damage(payload: str) -> None:
    assert feed(wire.encode(IMEI, 1, bytes.fromhex(payload), RECORDS), damaged=1) == []


def test_no_record_at_all_proves_presence() -> None:
    assert feed(wire.encode(IMEI, 1, b"\0", RECORDS)) == [report()]


def test_every_record_is_a_report() -> None:
    """Each with its own time, alarms and health, none of them told to be stored."""
    data = records(
        record(time=after(-80), alarms=1, heart_rate=53, steps=64),
        record(time=after(-40), position=PLACE, motion=False, battery=83),
        record(wifi=ACCESS_POINTS, charging=True),
    )
    body = {"heart_rate": 53, "systolic": None, "diastolic": None, "blood_oxygen": None, "steps": 64}
    assert feed(data) == [
        recorded(time=after(-80), alarms=(Alarm.SOS,), codes=("0",), readings=body),
        recorded(time=after(-40), fix=fix(time=after(-40)), readings={"battery_level": 83}),
        recorded(wifi=POINTS, readings={"charging": True}),
    ]
    assert len(reply_to(data)) == 2 * 21


def test_damaged_record_costs_itself_only() -> None:
    data = records(record(), record(alarms=2)[:-1], record(battery=1))
    assert feed(data, damaged=1) == [recorded(), recorded(), recorded(readings={"battery_level": 1})]


def test_bytes_behind_a_record_are_left_out() -> None:
    assert feed(records(record() + b"\xff" * 9, record())) == [recorded(), recorded()]
    assert feed(wire.encode(IMEI, 1, wire.records(record()) + b"\xff" * 9, RECORDS)) == [recorded()]


# Alarms

BITS: list[tuple[int, Alarm | None, Readings]] = [
    (0, Alarm.SOS, {}),
    (1, Alarm.REMOVED, {}),
    (2, Alarm.OTHER, {}),
    (3, Alarm.OTHER, {}),
    (4, None, {"charging": True}),
    (5, Alarm.OTHER, {}),
    (6, Alarm.POWER_ON, {}),
    (7, Alarm.HEART_RATE, {}),
    (8, Alarm.OTHER, {}),
    (9, Alarm.TAMPER, {}),
    (10, None, {}),
    (11, Alarm.OTHER, {}),
    (12, Alarm.MOVEMENT, {}),
    (13, None, {"moving": False}),
    (14, Alarm.OTHER, {}),
    (15, Alarm.FALL, {}),
    (16, Alarm.TAMPER, {}),
    (17, Alarm.REMOVED, {"worn": False}),
    (18, None, {"worn": True}),
    (19, Alarm.OTHER, {}),
    (20, Alarm.OTHER, {}),
    (21, Alarm.GEOFENCE_EXIT, {}),
    (22, Alarm.POWER_CUT, {}),
    (23, Alarm.FALL, {}),
    (24, None, {"ignition": True}),
    (25, Alarm.DOOR, {}),
    *((bit, Alarm.OTHER, Readings()) for bit in range(26, 32)),
]


def test_every_bit_is_in_the_table() -> None:
    assert [bit for bit, _, _ in BITS] == list(range(32))


@pytest.mark.parametrize(("bit", "alarm", "readings"), BITS)
def test_every_alarm_bit_is_told(bit: int, alarm: Alarm | None, readings: Readings) -> None:
    alarms = () if alarm is None else (alarm,)
    codes = () if alarm is None else (str(bit),)
    assert feed(records(record(alarms=1 << bit))) == [recorded(alarms=alarms, codes=codes, readings=readings)]
    assert feed(parts(wire.alarm(TIME, 1 << bit))) == [report(time=TIME, alarms=alarms, codes=codes, readings=readings)]


def test_all_alarm_bits_are_told_at_once() -> None:
    loud = [(str(bit), alarm) for bit, alarm, _ in BITS if alarm is not None]
    expected = {
        "alarms": tuple(alarm for _, alarm in loud),
        "codes": tuple(code for code, _ in loud),
        "readings": {"charging": True, "moving": False, "worn": True, "ignition": True},
    }
    assert feed(records(record(alarms=0xFFFF_FFFF))) == [recorded(**expected)]
    assert feed(parts(wire.alarm(TIME, 0xFFFF_FFFF))) == [report(time=TIME, **expected)]
    assert feed(records(record(alarms=0))) == [recorded()]


def test_alarm_bit_says_more_of_the_state_than_the_status() -> None:
    bits = 1 << 4 | 1 << 13
    assert feed(parts(wire.alarm(TIME, bits), wire.status(31, 84, moving=True))) == [
        report(time=TIME, readings=STATE | {"charging": True, "moving": False})
    ]
    assert feed(parts(wire.status(31, 84, moving=True), wire.alarm(TIME, bits))) == [
        report(time=TIME, readings=STATE | {"charging": True, "moving": False})
    ]


# Parts


def test_position_is_read() -> None:
    assert feed(parts(wire.gps(TIME, PLACE))) == [report(time=TIME, fix=located())]
    assert feed(parts(wire.gps(TIME, PLACE, satellites=0))) == [report(time=TIME, fix=located(satellites=0))]


def test_latitude_comes_first() -> None:
    data = bytes.fromhex("00 0c 6843f3a6 45934400 4451d000")
    assert feed(parts(data)) == [report(time=TIME, fix=fix(satellites=None))]


def test_south_and_west_are_negative() -> None:
    place = Position(-33.875, -(70 + 7.75 / 60), 0.0, 0.0, 0.0)
    expected = located(latitude=-33.875, longitude=-70.129167, altitude=0.0, speed=0.0, course=0.0)
    assert feed(parts(wire.gps(TIME, place))) == [report(time=TIME, fix=expected)]


@pytest.mark.parametrize(("status", "valid"), [(0, False), (1, True), (2, True), (4, True), (5, True), (9, True)])
def test_status_tells_whether_there_is_a_fix(status: int, valid: bool) -> None:
    data = wire.gps(TIME, PLACE)[2:32] + bytes([status])
    for rest in (b"", b"\x00", b"\x01\x00"):
        assert feed(parts(wire.tlv(0, data + rest))) == [report(time=TIME, fix=located() if valid else None)]


def test_unset_position_is_none() -> None:
    assert feed(parts(wire.gps(TIME, None))) == [report(time=TIME)]
    data = wire.gps(TIME, None)[2:32] + b"\x01"
    assert feed(parts(wire.tlv(0, data))) == [report(time=TIME)]
    assert feed(parts(wire.tlv(0, data[:30]))) == [report(time=TIME)]


@pytest.mark.parametrize(
    ("size", "missing"),
    [
        (40, ()),
        (30, ()),
        (26, ()),
        (25, ("accuracy",)),
        (22, ("accuracy",)),
        (21, ("accuracy", "course")),
        (20, ("accuracy", "course")),
        (19, ("accuracy", "course", "speed")),
        (17, ("accuracy", "course", "speed")),
        (16, ("accuracy", "course", "speed", "satellites")),
        (15, ("accuracy", "course", "speed", "satellites", "altitude")),
        (12, ("accuracy", "course", "speed", "satellites", "altitude")),
    ],
)
def test_cut_position_lacks_what_is_missing(size: int, missing: Sequence[str]) -> None:
    data = (wire.gps(TIME, PLACE)[2:] + b"\xff" * 9)[:size]
    assert feed(parts(wire.tlv(0, data))) == [report(time=TIME, fix=located(**dict.fromkeys(missing)))]


@pytest.mark.parametrize("size", range(12))
def test_position_without_a_place_is_damage(size: int) -> None:
    data = wire.gps(TIME, PLACE)[2 : 2 + size]
    assert feed(parts(wire.tlv(0, data), STATUS), damaged=1) == [report(readings=STATE)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (wire.wifi(TIME, ACCESS_POINTS), report(time=TIME, wifi=POINTS)),
        (wire.wifi(TIME, ()), report(time=TIME)),
        (wire.cell(TIME, CELLS), report(time=TIME, cells=TOWERS)),
        (wire.cell(TIME, ()), report(time=TIME)),
        (wire.ranging(TIME, 1, 2), report()),
        (wire.fingerprint(TIME, 7), report()),
        (wire.activity(TIME, 0, 0.0), report(time=TIME, readings={"steps": 0})),
        (wire.activity(TIME, 65535, 0.0), report(time=TIME, readings={"steps": 65535})),
        (STATUS, report(readings=STATE)),
        (wire.status(0, 0), report(readings=STATE | {"signal_level": 0.0, "battery_level": 0})),
        (wire.status(99, 101), report(readings={"moving": False, "charging": False})),
        (wire.status(31, 84, removed=True), report(readings=STATE)),
        (wire.status(31, 84, moving=True), report(readings=STATE | {"moving": True})),
        (wire.status(31, 84, charging=True), report(readings=STATE | {"charging": True})),
        (wire.status(31, 84, buffered=True), report(readings=STATE)),
        (wire.tlv(6, bytes((31, 84, 0b0111_1001, 9, 77))), report(readings=STATE)),
        (wire.version("V1|V2", ICCID, "X5"), report(readings={"firmware": "V1|V2", "iccid": ICCID})),
        (wire.version("V" * 32, ICCID), report(readings={"firmware": "V" * 32, "iccid": ICCID})),
        (wire.message("of=1 OK"), report(text="of=1 OK")),
        (wire.message(""), report()),
        (wire.debug(1, "TIMER 10:09:10 power:363869"), report()),
        (wire.tlv(0x99, b"\xff" * 255), report()),
    ],
)
def test_every_part_is_read_alone(data: bytes, expected: Report) -> None:
    assert feed(parts(data)) == [expected]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (wire.wifi(TIME, ACCESS_POINTS)[:-1], report(time=TIME, wifi=POINTS[:1])),
        (wire.wifi(TIME, ACCESS_POINTS)[:7], report(time=TIME)),
        (wire.cell(TIME, CELLS)[:-1], report(time=TIME, cells=TOWERS[:1])),
        (wire.vitals(TIME, 72, 121, 79, 98)[:-1], report(time=TIME, readings={k: HEALTH[k] for k in BODY[:3]})),
        (wire.vitals(TIME, 72, 121, 79, 98)[:-2], report(time=TIME, readings={"heart_rate": 72})),
        (wire.vitals(TIME, 72, 121, 79, 98)[:-3], report(time=TIME, readings={"heart_rate": 72})),
        (wire.activity(TIME, 17, 36.5)[:-1], report(time=TIME, readings={"steps": 17})),
        (wire.activity(TIME, 17, 36.5)[:-4], report(time=TIME, readings={"steps": 17})),
        (STATUS[:-2], report(readings=STATE)),
        (STATUS[:-3], report(readings={"battery_level": 84, "signal_level": 100.0})),
        (wire.version("V1", ICCID)[:-2], report(readings={"firmware": "V1"})),
        (wire.version("V1", ICCID)[:7], report(readings={"firmware": "V1"})),
        (wire.wifi(TIME, ACCESS_POINTS) + b"\xff" * 7, report(time=TIME, wifi=POINTS)),
        (wire.alarm(TIME, 1) + b"\xff", report(time=TIME, alarms=(Alarm.SOS,), codes=("0",))),
        (STATUS + b"\xff", report(readings=STATE)),
    ],
)
def test_part_is_read_as_far_as_it_goes(data: bytes, expected: Report) -> None:
    """The length of the part is that of its data."""
    assert feed(parts(wire.tlv(data[0], data[2:]))) == [expected]


@pytest.mark.parametrize("kind", [1, 2, 4, 5, 8])
@pytest.mark.parametrize("size", range(4))
def test_part_without_its_time_is_damage(kind: int, size: int) -> None:
    data = wire.tlv(kind, wire.when(TIME)[:size])
    assert feed(parts(data, STATUS), damaged=1)[-1].readings.items() >= STATE.items()


@pytest.mark.parametrize(("kind", "size"), [(1, 4), (4, 7), (5, 4), (8, 5), (6, 1), (6, 0)])
def test_part_without_its_value_is_damage(kind: int, size: int) -> None:
    data = wire.tlv(kind, (wire.when(TIME) + b"\x01\x01\x01\x01")[:size])
    (got,) = feed(parts(data, wire.message("!")), damaged=1)
    assert (got.text, got.readings, got.alarms) == ("!", {}, ())


def test_unreadable_part_costs_itself_only() -> None:
    data = parts(wire.tlv(4, b"\x01"), wire.gps(TIME, PLACE), wire.tlv(5, wire.when(TIME)), STATUS)
    assert feed(data, damaged=1) == [report(time=TIME, fix=located(), readings=STATE)]


def test_cut_payload_is_read_up_to_the_cut() -> None:
    payload = wire.gps(TIME, PLACE) + STATUS + wire.alarm(TIME, 1)
    for size in range(len(payload) - 10, len(payload)):
        whole = size == len(payload) - 10
        got = feed(wire.encode(IMEI, 1, payload[:size]), damaged=not whole)
        assert got == [report(time=TIME, fix=located(), readings=STATE)]


def test_whole_frame_is_one_report() -> None:
    data = parts(
        wire.gps(TIME, PLACE),
        wire.wifi(TIME, ACCESS_POINTS),
        wire.cell(TIME, CELLS),
        wire.ranging(TIME, 1, 2),
        wire.alarm(TIME, 1 | 1 << 21),
        wire.vitals(TIME, 72, 121, 79, 98),
        wire.status(31, 84),
        wire.fingerprint(TIME, 7),
        wire.activity(TIME, 4321, 36.5),
        wire.version("V1|V2", ICCID),
        wire.message("hello"),
        wire.debug(1, "ALARM 10:09:10"),
    )
    assert feed(data) == [
        report(
            time=TIME,
            fix=located(),
            readings=STATE | HEALTH | {"temperature": 36.5, "firmware": "V1|V2", "iccid": ICCID},
            alarms=(Alarm.SOS, Alarm.GEOFENCE_EXIT),
            codes=("0", "21"),
            wifi=POINTS,
            cells=TOWERS,
            text="hello",
        )
    ]


@pytest.mark.parametrize("seconds", [-60, -1, 0, 1, 60])
def test_times_within_a_minute_are_one_report(seconds: int) -> None:
    """The alarm tells its time, wherever it stands; the position keeps its own."""
    alarm = wire.alarm(after(seconds), 1)
    expected = [report(time=after(seconds), fix=located(), alarms=(Alarm.SOS,), codes=("0",), readings=STATE)]
    assert feed(parts(wire.gps(TIME, PLACE), alarm, STATUS)) == expected
    assert feed(parts(STATUS, alarm, wire.gps(TIME, PLACE))) == expected


@pytest.mark.parametrize("seconds", [-86400, -61, 61, 86400])
def test_times_more_than_a_minute_apart_are_reports_of_their_own(seconds: int) -> None:
    """In the order of their times; the state is that of the newest."""
    alarm = wire.alarm(after(seconds), 1)
    placed = report(time=TIME, fix=located())
    alarmed = report(time=after(seconds), alarms=(Alarm.SOS,), codes=("0",))
    expected = [alarmed, placed] if seconds < 0 else [placed, alarmed]
    expected[-1].readings = STATE
    assert feed(parts(wire.gps(TIME, PLACE), alarm, STATUS)) == expected
    assert feed(parts(STATUS, alarm, wire.gps(TIME, PLACE))) == expected


def test_every_position_is_a_report() -> None:
    """What else has a time goes to the nearest of them, what has none to the newest."""
    data = parts(
        wire.vitals(after(19), 72, 121, 79, 98),
        wire.alarm(after(9), 1),
        wire.gps(after(20), PLACE),
        wire.gps(TIME, PLACE),
        wire.gps(after(10), None),
        STATUS,
    )
    body = {key: HEALTH[key] for key in BODY}
    assert feed(data) == [
        report(time=TIME, fix=located()),
        report(time=after(9), alarms=(Alarm.SOS,), codes=("0",)),
        report(time=after(20), fix=located(time=after(20)), readings=STATE | body),
    ]


def test_nothing_is_lost_where_a_type_repeats() -> None:
    """Within a minute too: measured at another time, told in another report."""
    data = parts(
        wire.gps(TIME, PLACE),
        wire.vitals(TIME, 72, 0, 0, 0),
        wire.vitals(after(30), 0, 121, 79, 0),
        wire.alarm(after(5), 1),
        wire.alarm(after(30), 2),
    )
    first: Readings = {"heart_rate": 72, "systolic": None, "diastolic": None, "blood_oxygen": None}
    second: Readings = {"heart_rate": None, "systolic": 121, "diastolic": 79, "blood_oxygen": None}
    assert feed(data) == [
        report(time=after(5), fix=located(), readings=first, alarms=(Alarm.SOS,), codes=("0",)),
        report(time=after(30), readings=second, alarms=(Alarm.REMOVED,), codes=("1",)),
    ]


def test_same_type_at_the_same_time_is_one_report() -> None:
    data = parts(
        wire.wifi(TIME, ACCESS_POINTS[:1]),
        wire.wifi(TIME, ACCESS_POINTS[1:]),
        wire.cell(TIME, CELLS[:1]),
        wire.cell(TIME, CELLS[1:]),
        wire.alarm(TIME, 1),
        wire.alarm(TIME, 2),
    )
    expected = report(
        time=TIME, wifi=POINTS, cells=TOWERS, alarms=(Alarm.SOS, Alarm.REMOVED), codes=("0", "1")
    )  # fmt: skip
    assert feed(data) == [expected]


def test_presses_beside_one_old_position_are_told_apart() -> None:
    """Or the second would be taken for the first one sent again."""
    place = wire.gps(TIME, PLACE)
    reports = [feed(parts(place, wire.alarm(after(seconds), 1), STATUS)) for seconds in (5, 20)]
    expected = report(time=after(5), fix=located(), alarms=(Alarm.SOS,), codes=("0",), readings=STATE)
    assert reports == [[expected], [replace(expected, time=after(20))]]


NEWER: list[tuple[bytes, dict[str, object]]] = [
    (wire.wifi(after(10), ACCESS_POINTS), {"wifi": POINTS}),
    (wire.cell(after(10), CELLS), {"cells": TOWERS}),
    (wire.vitals(after(10), 72, 121, 79, 98), {"readings": {key: HEALTH[key] for key in BODY}}),
    (wire.activity(after(10), 5, 0.0), {"readings": {"steps": 5}}),
    (wire.alarm(after(10), 1 << 18), {"readings": {"worn": True}}),
]


@pytest.mark.parametrize(("data", "what"), NEWER)
def test_report_is_as_new_as_its_newest_part(data: bytes, what: dict[str, object]) -> None:
    """An alarm part without an alarm is one like the others; the position keeps its time."""
    older = wire.cell(after(-5), ()) if "wifi" in what else wire.wifi(after(-5), ())
    for order in ((data, older), (older, data)):
        assert feed(parts(wire.gps(TIME, PLACE), *order)) == [report(time=after(10), fix=located(), **what)]
    (got,) = feed(parts(wire.gps(after(20), PLACE), data, older))
    assert got.time == after(20)


@pytest.mark.parametrize("order", [1, -1])
def test_alarm_tells_the_time_whatever_is_newer(order: int) -> None:
    others = [wire.vitals(after(30), 72, 121, 79, 98), wire.alarm(after(-3), 1), wire.wifi(after(50), ())]
    body = {key: HEALTH[key] for key in BODY}
    expected = report(time=after(-3), fix=located(), readings=body, alarms=(Alarm.SOS,), codes=("0",))
    assert feed(parts(wire.gps(TIME, PLACE), *others[::order])) == [expected]
    at_once = wire.alarm(TIME, 1)
    (got,) = feed(parts(wire.gps(TIME, PLACE), *[others[0], at_once][::order]))
    assert got.time == TIME


def test_what_joins_goes_by_the_time_a_report_was_begun_with() -> None:
    """Not by that of what joined before; and the order is that of the times in the end."""
    data = parts(
        wire.gps(TIME, PLACE),
        wire.wifi(after(50), ACCESS_POINTS),
        wire.cell(after(61), CELLS),
        wire.alarm(after(40), 1),
    )
    assert feed(data) == [
        report(time=after(40), cells=TOWERS, alarms=(Alarm.SOS,), codes=("0",)),
        report(time=after(50), fix=located(), wifi=POINTS),
    ]


def test_part_that_is_damaged_tells_no_time() -> None:
    data = parts(wire.gps(TIME, PLACE), wire.tlv(4, wire.when(after(5)) + b"\0"))
    assert feed(data, damaged=1) == [report(time=TIME, fix=located())]


@pytest.mark.parametrize("seconds", [1, 60])
def test_time_next_to_the_unknown_one_is_one(seconds: int) -> None:
    """A clock that was never set begins in 1970."""
    unset = datetime.fromtimestamp(seconds, UTC)
    unknown = wire.gps(datetime(1970, 1, 1, tzinfo=UTC), None)
    assert feed(parts(unknown, wire.activity(unset, 5, 0.0))) == [report(time=unset, readings={"steps": 5})]


def test_last_status_counts() -> None:
    data = parts(wire.status(0, 1, moving=True, charging=True), STATUS)
    assert feed(data) == [report(readings=STATE)]


def test_stored_frame_is_stored_as_a_whole() -> None:
    data = parts(wire.gps(TIME, PLACE), wire.gps(after(90), PLACE), wire.status(31, 84, buffered=True))
    assert [one.buffered for one in feed(data)] == [True, True]
    assert [one.buffered for one in feed(parts(wire.gps(TIME, PLACE), wire.gps(after(90), PLACE), STATUS))] == [
        False,
        False,
    ]


MINUTES = [(-60 * 24, True), (-16, True), (-15, False), (-1, False), (0, False), (60, False)]


@pytest.mark.parametrize(("minutes", "stored"), MINUTES)
def test_frame_is_stored_only_if_it_is_old(minutes: float, stored: bool) -> None:
    """The bit stands in live frames too, and must not mute an alarm; the newest time counts, wherever it stands."""
    time, state = NOW + timedelta(minutes=minutes), wire.status(31, 84, buffered=True)
    old = wire.gps(TIME, PLACE)
    for data in (wire.alarm(time, 1), wire.gps(time, PLACE), wire.activity(time, 5, 0.0)):
        assert {one.buffered for one in feed(parts(state, data))} == {stored}
        assert [one.buffered for one in feed(parts(old, data, state))] == [stored, stored]
        assert not any(one.buffered for one in feed(parts(old, data, STATUS)))


def test_frame_without_a_time_is_not_stored() -> None:
    unknown = datetime(1970, 1, 1, tzinfo=UTC)
    for data in (b"", wire.alarm(unknown, 1), wire.gps(unknown, PLACE)):
        (got,) = feed(parts(data, wire.status(31, 84, buffered=True)))
        assert not got.buffered
    (got,) = feed(parts(wire.tlv(5, b"\x01"), wire.status(31, 84, buffered=True)), damaged=1)
    assert not got.buffered


def test_part_of_unknown_time_belongs_to_the_newest() -> None:
    unknown = datetime(1970, 1, 1, tzinfo=UTC)
    data = parts(wire.alarm(unknown, 1), wire.gps(after(90), None), wire.gps(TIME, PLACE))
    assert feed(data) == [
        report(time=TIME, fix=located()),
        report(time=after(90), alarms=(Alarm.SOS,), codes=("0",)),
    ]
    data = parts(wire.alarm(unknown, 1 << 31), wire.activity(after(90), 5, 0.0), wire.gps(TIME, PLACE))
    assert feed(data) == [
        report(time=TIME, fix=located()),
        report(time=after(90), readings={"steps": 5}, alarms=(Alarm.OTHER,), codes=("31",)),
    ]
    assert feed(parts(wire.alarm(unknown, 1))) == [report(alarms=(Alarm.SOS,), codes=("0",))]
    arrival = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert feed(parts(wire.gps(unknown, PLACE))) == [report(fix=located(time=arrival))]


# One bare record among the parts


def bare(data: bytes) -> bytes:
    """Return a frame of parts that has a record instead."""
    return wire.encode(IMEI, 7, data, TLV)


def test_bare_record_is_read() -> None:
    data = record(
        index=29,
        position=PLACE,
        form="detailed with accuracy",
        steps=1155,
        text="TIMER 10:09:10 power:355585",
    )
    body = dict.fromkeys(BODY) | {"steps": 1155}
    assert feed(bare(data)) == [recorded(fix=located(), readings=body)]
    assert reply_to(bare(data)) == f"faaf00200007{BCD}0001fffe01faaf"


@pytest.mark.parametrize("index", range(256))
def test_bare_record_may_have_any_index(index: int) -> None:
    assert feed(bare(record(index=index, wifi=ACCESS_POINTS))) == [recorded(wifi=POINTS)]


def test_bare_record_may_be_nothing_but_a_head() -> None:
    assert feed(bare(record())) == [recorded()]


@pytest.mark.parametrize("index", [0x01, 0x02, 0x21, 0x99, 0xFF])
def test_bare_record_that_can_be_cut_into_parts_is_a_record(index: int) -> None:
    data = record(index=index, nfc=b"\xff" * 97)
    assert len(data) == 2 + data[1]
    assert feed(bare(data)) == [recorded()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (wire.wifi(TIME, [ACCESS_POINTS[0]] * 14), report(time=TIME, wifi=POINTS[:1] * 14)),
        (wire.cell(TIME, [CELLS[0]] * 8), report(time=TIME, cells=TOWERS[:1] * 8)),
        (wire.message("x" * 0x69), report(text="x" * 0x69)),
        (wire.debug(1, "x" * 0x68), report()),
    ],
)
def test_part_with_the_length_of_a_time_is_a_part(data: bytes, expected: Report) -> None:
    """Its length stands where a record has the highest byte of its time."""
    assert 0x66 < data[1] < 0x6D
    assert feed(parts(data)) == [expected]


def test_damaged_bare_record_tells_what_is_left() -> None:
    assert feed(bare(record(alarms=1, steps=5)[:-1]), damaged=1) == [recorded(alarms=(Alarm.SOS,), codes=("0",))]


@pytest.mark.parametrize("years", [-9.9, 9.9])
def test_bare_record_may_be_ten_years_off(years: float) -> None:
    time = (NOW + timedelta(days=365.25 * years)).replace(microsecond=0).astimezone(UTC)
    assert feed(bare(record(time=time))) == [recorded(time=time)]


@pytest.mark.parametrize(
    "data",
    [
        record(time=NOW + timedelta(days=365.25 * 10.1)),
        record(time=NOW - timedelta(days=365.25 * 10.1)),
        record(time=None)[:1] + b"\xff" + record(time=None)[2:],
        record(battery=101),
        record()[:8],
    ],
)
def test_what_is_neither_parts_nor_a_record_is_damage(data: bytes) -> None:
    assert feed(bare(data), damaged=1) == []


# Any bytes


def test_random_values_survive() -> None:
    """What goes in comes out, in all hemispheres, from both kinds of frames and however the stream is cut."""
    random = Random("xexun2")
    for _ in range(300):
        place = Position(
            random.uniform(-90, 90),
            random.uniform(-180, 180),
            random.uniform(-100, 9000),
            random.randrange(3000) / 10,
            random.randrange(3600) / 10,
        )
        data = records(record(position=place, form=random.choice(("double", "detailed"))))
        data += parts(wire.gps(TIME, place))
        cut = random.randrange(len(data))
        protocol = Xexun2()
        first, second = protocol.feed(data[:cut], NOW) + protocol.feed(data[cut:], NOW)
        for got, tolerance in ((first.fix, 1e-9), (second.fix, 2e-5)):
            assert got is not None
            assert got.latitude == pytest.approx(place.latitude, abs=tolerance)
            assert got.longitude == pytest.approx(place.longitude, abs=tolerance)
            assert (got.speed, got.course) == (place.speed, place.course)


def test_random_payloads_raise_nothing() -> None:
    """Behind a right checksum anything may stand, and the frame behind it is read."""
    random = Random("payloads")
    good = parts(wire.gps(TIME, PLACE), wire.alarm(TIME, 1), wire.vitals(TIME, 0, 0, 0, 0), STATUS)
    whole = [record(alarms=1, position=PLACE, wifi=ACCESS_POINTS, cells=CELLS, steps=5, temperature=36.5)]
    for _ in range(2000):
        payload = bytearray(random.choice((wire.records(*whole * 2), good[18:-2], random.randbytes(60))))
        for _ in range(random.randint(1, 8)):
            payload[random.randrange(len(payload))] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
        data = wire.encode(IMEI, 1, bytes(payload[: random.randint(1, len(payload))]), random.choice((RECORDS, TLV)))
        protocol = Xexun2()
        assert protocol.feed(data + good, NOW)[-1].alarms == (Alarm.SOS,)
        assert protocol.damaged <= 1
        assert len(protocol.data_to_send()) == 2 * 21
