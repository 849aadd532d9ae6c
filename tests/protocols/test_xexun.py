"""The xexun protocol: any bytes, in any pieces, give the same reports or FrameError, and no other error."""

from binascii import crc_hqx
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from operator import xor
from random import Random

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, CellTower, Fix, Readings, Report
from custom_components.plaspy_trackers.gateway.protocols.base import FrameError, Match
from custom_components.plaspy_trackers.gateway.protocols.xexun import Xexun

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME = datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
IMEI = "861234050000017"

CLOCK = b"080910.636"
DATE = b"070625"
PLACE = b"4712.3456,N,00839.1234,E"
FIX = Fix(47 + (4712.3456 - 4700) / 60, 8 + (839.1234 - 800) / 60, TIME, None, 5.4 * 1.852, 276.01)
CELL = b"228,01,0702,9C8C"
TOWER = CellTower(228, 1, 0x0702, 0x9C8C)
VOLTS: Readings = {"battery_low": False, "battery_voltage": 3.72, "charging": False}
NOISE = (b"\x05<", b"0", b",", b"636,A,4712.3456,N", b"imei:8612", b"GPRMC,,,\r\n", b"\0\0", b"km\n")


def sentence(
    clock: bytes = CLOCK,
    status: bytes = b"A",
    place: bytes = PLACE,
    motion: bytes = b"5.40,276.01",
    date: bytes = DATE,
    rest: bytes = b",,,A",
    talker: bytes = b"GP",
) -> bytes:
    """Return an RMC sentence with its checksum."""
    text = b",".join((talker + b"RMC", clock, status, place, motion, date)) + rest
    return text + b"*%02X" % reduce(xor, text)


def body(
    rmc: bytes | None = None, sign: bytes = b",F,, ", serial: bytes = b"250607100910", phone: bytes = b"+41790000000"
) -> bytes:
    """Return what every frame with a sentence begins with, up to the IMEI."""
    return serial + b"," + phone + b"," + (sentence() if rmc is None else rmc) + sign + b"imei:" + IMEI.encode()


def status(sign: bytes = b"L,, ", phone: bytes = b"+41790000000") -> bytes:
    """Return the beginning of a frame without serial and sentence, up to the IMEI."""
    return b"," + phone + b",," + sign + b"imei:" + IMEI.encode()


def short(begin: bytes) -> bytes:
    """Return a frame with its length and two raw bytes of CRC."""
    counted = begin + b",%d" % (len(begin) + 1)
    return counted + crc_hqx(counted, 0).to_bytes(2, "little")


def extended(
    begin: bytes, fields: bytes = b"04,352.9,F:3.72V,0", cell: bytes = CELL, crc: bytes | None = None
) -> bytes:
    """Return a frame with an extended trailer."""
    begin += b"," + fields + b","
    counted = begin + b"%d," % len(begin)
    return counted + (b"%d" % crc_hqx(counted, 0) if crc is None else crc) + b"," + cell


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "xexun", **what)  # type: ignore[arg-type]


def placed(**what: object) -> Report:
    """Return the report of the short form, with what differs."""
    return report(**({"time": TIME, "fix": FIX} | what))


def full(**what: object) -> Report:
    """Return the report of the extended form, with what differs."""
    fix = replace(FIX, altitude=352.9, satellites=4)
    return report(**({"time": TIME, "fix": fix, "readings": VOLTS, "cells": (TOWER,)} | what))


def at(place: bytes, latitude: float, longitude: float) -> tuple[bytes, Report]:
    """Return a frame of a place, and its report."""
    return short(body(sentence(place=place))), placed(fix=replace(FIX, latitude=latitude, longitude=longitude))


def feed(data: bytes) -> list[Report]:
    """Return the reports of a datagram."""
    return Xexun().feed(data, NOW, final=True)


FORMS = {
    "short": (short(body()), placed()),
    "short, 10 digits": (short(body(serial=b"2506071009")), placed()),
    "short, stored": (b"LOG" + short(body()), placed(buffered=True)),
    "short, under 100 bytes": (
        # The length is 96, and the CRC begins with a digit.
        short(body(sentence(b"080910.0", motion=b",", rest=b""), b",F,", b"2506071009", b"001")),
        placed(fix=replace(FIX, speed=None, course=None)),
    ),
    "short, CRC 01": (short(body(phone=b"+41790068524")), placed()),
    "short, CRC CR LF": (short(body(phone=b"+41790063277")), placed()),
    "short, CRC two commas": (short(body(phone=b"+41790042024")), placed()),
    "short, CRC begins with a comma": (short(body(phone=b"+41790000101")), placed()),
    "short, wrong length": (body() + b",999ab", placed()),
    "extended": (extended(body()), full()),
    "extended, 10 digits": (extended(body(serial=b"2506071009")), full()),
    "extended, stored": (b"LOG" + extended(body()), full(buffered=True)),
    "extended, cell of digits": (
        extended(body(), cell=b"228,01,0702,5072"),
        full(cells=(CellTower(228, 1, 0x702, 0x5072),)),
    ),
    "extended, long cell": (
        extended(body(), cell=b"228,01,224CE1,A5F3012"),
        full(cells=(CellTower(228, 1, 0x224CE1, 0xA5F3012),)),
    ),
    "extended, analog inputs and odometer": (
        extended(body(), b"11,-8.2,F:4.01V/ADC1=0.20V/ADC2=0.00V,1", CELL + b",6.21km"),
        full(
            fix=replace(FIX, altitude=-8.2, satellites=11),
            readings={
                "battery_low": False,
                "battery_voltage": 4.01,
                "charging": True,
                "analog_1": 0.2,
                "analog_2": 0.0,
                "odometer": 6.21,
            },
        ),
    ),
    "extended, low battery": (
        extended(body(), b"04,352.9,L:3.5V,0"),
        full(readings={"battery_low": True, "battery_voltage": 3.5, "charging": False}),
    ),
    "extended, nothing but volts": (
        extended(body(), b",,F:3.72V,0", crc=b""),
        full(fix=FIX),
    ),
    "status": (
        extended(status(), b",,F:4.28V,1"),
        report(readings={"battery_low": False, "battery_voltage": 4.28, "charging": True}, cells=(TOWER,)),
    ),
    "status, no number": (extended(status(phone=b""), b",,F:3.72V,0"), report(readings=VOLTS, cells=(TOWER,))),
    "status, SOS": (
        extended(status(b"L,help me!, "), b",,F:3.72V,0"),
        report(readings=VOLTS, cells=(TOWER,), alarms=(Alarm.SOS,), codes=("help me!",)),
    ),
    "status, stored": (b"LOG" + extended(status(), b",,F:3.72V,0"), full(time=None, fix=None, buffered=True)),
    "status, short": (short(status()), report()),
    "basic": (body() + b",", placed()),
    "no blank before the IMEI": (short(body(sign=b",L,,")), placed()),
    "no alarm field": (short(body(sign=b",F,")), placed()),
    "line end after the sentence": (short(body(sign=b"\r\n,L,")), placed()),
    "underscore for the asterisk": (short(body(sentence().replace(b"*", b"_"))), placed()),
    "GNRMC": (short(body(sentence(talker=b"GN"))), placed()),
    "more fields after the date": (short(body(sentence(rest=b",00,0000.0,A"))), placed()),
    "fields of another number": (short(body(sentence(rest=b",0.0,E,A"))), placed()),
    "front lost": (short(body())[len(b"250607100910,+41790000000,") :], placed()),
    "front lost to the dollar": (b"$" + short(body())[len(b"250607100910,+41790000000,") :], placed()),
    "south and west": at(b"4712.3456,S,00839.1234,W", -FIX.latitude, -FIX.longitude),
    "few digits of degrees": at(b"811.299200,S,39.1234,E", -(8 + (811.2992 - 800) / 60), 39.1234 / 60),
    "no letter for the longitude": at(b"4712.3456,N,00839.1234,", FIX.latitude, FIX.longitude),
    "no speed, no course": (
        short(body(sentence(motion=b","))),
        placed(fix=replace(FIX, speed=None, course=None)),
    ),
    "V": (extended(body(sentence(status=b"V"))), full(fix=None)),
    "V without a place": (short(body(sentence(status=b"V", place=b",,,"))), placed(fix=None)),
    "V with a masked place": (short(body(sentence(status=b"V", place=b"****,N,****,E"))), placed(fix=None)),
    "A without time": (short(body(sentence(clock=b".000"))), report()),
    "A without date": (short(body(sentence(date=b""))), report()),
    "A without latitude": (short(body(sentence(place=b",,00839.1234,E"))), placed(fix=None)),
    "A without longitude": (short(body(sentence(place=b"4712.3456,N,,"))), placed(fix=None)),
    "A with nothing": (short(body(sentence(b".000", b"A", b",,,", b"0.00,0.00", b""))), report()),
    "A with zeros": (short(body(sentence(place=b"0000.0000,N,00000.0000,E"))), placed(fix=None)),
}

#: What may stand before anything without a line end between: all but what ends with its IMEI.
GLUABLE = [
    FORMS[name] for name in FORMS if name.startswith(("short", "extended", "status")) and "10 digits" not in name
]

ALARMS = {
    b"help me!": Alarm.SOS,
    b"help me": Alarm.SOS,
    b"HELP ME!": Alarm.SOS,
    b"low battery": Alarm.LOW_BATTERY,
    b"Low Battery!": Alarm.LOW_BATTERY,
    b"move!": Alarm.MOVEMENT,
    b"moved!": Alarm.MOVEMENT,
    b"SHAKE": Alarm.VIBRATION,
    b"stockade!": Alarm.GEOFENCE,
    b"speed!": Alarm.OVERSPEED,
    b"DOOR OPEN": Alarm.OTHER,
    b"oil-cut?": Alarm.OTHER,
}

DAMAGED_FIELDS = {
    "satellites": (b"x4,352.9,F:3.72V,0", CELL, full(fix=replace(FIX, altitude=352.9))),
    "altitude": (b"04,3-2.9,F:3.72V,0", CELL, full(fix=replace(FIX, satellites=4))),
    "volts": (b"04,352.9,F:3.x2V,0", CELL, full(readings={"battery_low": False, "charging": False})),
    "battery letter": (b"04,352.9,X:3.72V,0", CELL, full(readings={"charging": False})),
    "analog input": (b"04,352.9,F:3.72V/ADC1=0.xV,0", CELL, full()),
    "charging": (b"04,352.9,F:3.72V,?", CELL, full(readings={"battery_low": False, "battery_voltage": 3.72})),
    "country": (b"04,352.9,F:3.72V,0", b"2x8,01,0702,9C8C", full(cells=())),
    "network": (b"04,352.9,F:3.72V,0", b"228,0x,0702,9C8C", full(cells=())),
    "area": (b"04,352.9,F:3.72V,0", b"228,01,07G2,9C8C", full(cells=())),
    "cell": (b"04,352.9,F:3.72V,0", b"228,01,0702,9-8C", full(cells=())),
    "cell, not the distance": (
        b"04,352.9,F:3.72V,0",
        b"228,01,,9C8C,6.21km",
        full(cells=(), readings=VOLTS | {"odometer": 6.21}),
    ),
    "distance": (b"04,352.9,F:3.72V,0", CELL + b",6x1km", full()),
}

DAMAGED_SENTENCES = {
    "letter in the latitude": sentence(place=b"47A2.3456,N,00839.1234,E"),
    "60 minutes": sentence(place=b"4760.3456,N,00839.1234,E"),
    "off the globe": sentence(place=b"9912.3456,N,00839.1234,E"),
    "latitude without N or S": sentence(place=b"4712.3456,,00839.1234,E"),
    "unknown letter": sentence(place=b"4712.3456,X,00839.1234,E"),
    "two points": sentence(place=b"4712.3456,N,00839.12.4,E"),
    "neither A nor V": sentence(status=b"B"),
    "speed": sentence(motion=b"5.4.0,276.01"),
    "month 13": sentence(date=b"071325"),
    "hour 25": sentence(clock=b"250910.636"),
    "letter in the date": sentence(date=b"07x625"),
    "field lost": sentence(place=b"4712.3456,N,00839.1234"),
    "checksum lost": sentence()[:-3],
    "keyword": sentence().replace(b"RMC", b"RNC"),
    "cut": sentence()[:40],
}


@pytest.mark.parametrize(("frame", "expected"), FORMS.values(), ids=FORMS)
def test_form_is_read(frame: bytes, expected: Report) -> None:
    assert feed(frame) == [expected]


@pytest.mark.parametrize(("frame", "expected"), FORMS.values(), ids=FORMS)
def test_form_is_read_in_any_two_pieces(frame: bytes, expected: Report) -> None:
    for terminator in (b"", b"\n\r"):
        whole = frame + terminator
        for cut in range(len(whole) + 1):
            assert read((whole[:cut], whole[cut:])) == [expected], cut


@pytest.mark.parametrize(("frame", "expected"), FORMS.values(), ids=FORMS)
def test_form_is_read_byte_by_byte(frame: bytes, expected: Report) -> None:
    assert read(bytes([byte]) for byte in frame) == [expected]


@pytest.mark.parametrize(("frame", "expected"), FORMS.values(), ids=FORMS)
def test_form_is_recognised_at_its_first_digit_of_imei(frame: bytes, expected: Report) -> None:
    known = frame.index(b"imei:") + len(b"imei:") + 1
    for length in range(len(frame) + 1):
        assert Xexun.match(frame[:length]) is (Match.YES if length >= known else Match.MAYBE), frame[:length]


@pytest.mark.parametrize("terminator", [b"\n\r", b"\r\n", b"\n", b"\r\n\r\n"], ids=repr)
def test_any_forms_follow_each_other_after_a_line_end(terminator: bytes) -> None:
    for first, one in FORMS.values():
        for second, two in FORMS.values():
            assert feed(first + terminator + second) == [one, two], (first, second)


def test_forms_may_be_glued() -> None:
    for first, one in GLUABLE:
        for second, two in FORMS.values():
            # Nobody can tell a cell from the serial behind it if that has fewer digits than its own frame's.
            if not second.startswith(b"2506071009,"):
                assert feed(first + second) == [one, two], (first, second)


def test_mixtures_in_any_pieces_give_the_same_reports() -> None:
    random = Random("xexun")
    for _ in range(300):
        chosen = random.choices(GLUABLE, k=random.randint(2, 6))
        stream = b"".join(frame + random.choice((b"", b"", b"\n\r", b"\r\n")) for frame, _ in chosen)
        expected = [one for _, one in chosen]
        assert feed(stream) == expected, stream
        assert read(scattered(stream, random)) == expected, stream


def test_serials_of_ten_digits_may_be_glued() -> None:
    frame, expected = FORMS["extended, 10 digits"]
    digits = extended(body(serial=b"2506071009"), cell=b"228,01,0702,5072")
    assert feed(frame * 3 + digits + frame)[:3] == [expected] * 3
    assert feed(digits + frame) == [full(cells=(CellTower(228, 1, 0x702, 0x5072),)), expected]


@pytest.mark.parametrize("noise", NOISE, ids=repr)
@pytest.mark.parametrize("form", ["short", "short, stored", "extended", "extended, stored", "status"])
def test_noise_before_a_frame_is_passed_over(form: str, noise: bytes) -> None:
    frame, expected = FORMS[form]
    assert feed(noise + frame + b"\r\n" + noise + frame) == [expected, expected]


@pytest.mark.parametrize("cut", range(20, len(extended(body())) - 30, 7))
def test_frame_cut_by_the_next_one_costs_itself_only(cut: int) -> None:
    frame, expected = FORMS["extended"]
    later, after = FORMS["short, stored"]
    assert feed(frame[:cut] + later + frame)[-2:] == [after, expected]


def test_cut_trailer_costs_its_last_field() -> None:
    frame = extended(body(), b"04,352.9,F:3.72V/ADC1=0.20V,0", CELL + b",6.21km")
    after = frame.index(b",04,")
    for length in range(after, len(frame)):
        (one,) = feed(frame[:length])
        assert one.fix is not None
        assert (one.fix.latitude, one.fix.longitude, one.time) == (FIX.latitude, FIX.longitude, TIME)
        assert one.fix.satellites in {None, 4}
        assert one.fix.altitude in {None, 352.9}
        assert one.readings.get("battery_voltage") in {None, 3.72}
        assert one.readings.get("analog_1") in {None, 0.2}
        assert "odometer" not in one.readings
        assert one.cells in {(), (TOWER,)}


def test_frame_without_end_waits_for_silence() -> None:
    peer = Xexun()
    frame, expected = FORMS["extended"]
    assert peer.feed(frame, NOW) == []
    assert peer.held
    assert peer.settle(NOW) == [expected]
    assert not peer.held
    assert peer.device_id == IMEI
    assert peer.data_to_send() == b""


@pytest.mark.parametrize("form", ["short", "short, stored", "extended, analog inputs and odometer"])
def test_frame_with_an_end_of_its_own_is_read_at_once(form: str) -> None:
    frame, expected = FORMS[form]
    peer = Xexun()
    assert peer.feed(frame, NOW) == [expected]
    assert not peer.held


def test_line_end_ends_a_frame_at_once() -> None:
    for form in ("extended", "status", "basic"):
        frame, expected = FORMS[form]
        assert Xexun().feed(frame + b"\n\r", NOW) == [expected]


@pytest.mark.parametrize(("word", "alarm"), ALARMS.items(), ids=repr)
def test_alarm_word_is_told(word: bytes, alarm: Alarm) -> None:
    expected = placed(alarms=(alarm,), codes=(word.decode(),))
    for sign in (b",F," + word + b", ", b",L," + word + b","):
        assert feed(short(body(sign=sign))) == [expected]
        assert feed(b"LOG" + short(body(sign=sign))) == [replace(expected, buffered=True)]


@pytest.mark.parametrize(
    ("word", "ignition"),
    [(b"ACC On", True), (b"acc on", True), (b"ACCStart", True), (b"ACC OFF", False), (b"ACCStop", False)],
    ids=repr,
)
def test_acc_word_is_the_ignition(word: bytes, ignition: bool) -> None:
    assert feed(short(body(sign=b",F," + word + b", "))) == [placed(readings={"ignition": ignition})]


@pytest.mark.parametrize(("fields", "cell", "expected"), DAMAGED_FIELDS.values(), ids=DAMAGED_FIELDS)
def test_damaged_field_of_the_trailer_costs_itself_only(fields: bytes, cell: bytes, expected: Report) -> None:
    peer = Xexun()
    assert peer.feed(extended(body(), fields, cell) + b"\r\n" + short(body()), NOW) == [expected, placed()]
    assert peer.damaged == 0


@pytest.mark.parametrize("rmc", DAMAGED_SENTENCES.values(), ids=DAMAGED_SENTENCES)
def test_damaged_sentence_is_skipped_and_counted(rmc: bytes) -> None:
    peer = Xexun()
    assert peer.feed(short(body(rmc)) + short(body()) + extended(body(rmc)) + b"\n\r", NOW) == [placed()]
    assert peer.damaged == 2


@pytest.mark.parametrize("rmc", DAMAGED_SENTENCES.values(), ids=DAMAGED_SENTENCES)
@pytest.mark.parametrize("log", [b"", b"LOG"])
def test_sos_is_told_whatever_the_sentence_is(rmc: bytes, log: bytes) -> None:
    peer = Xexun()
    (one,) = peer.feed(log + extended(body(rmc, b",F,help me!, ")), NOW, final=True)
    time = TIME if one.time else None
    assert one == full(time=time, fix=None, alarms=(Alarm.SOS,), codes=("help me!",), buffered=bool(log))
    assert peer.damaged == 1


def test_time_outlives_a_damaged_place() -> None:
    rmc = DAMAGED_SENTENCES["letter in the latitude"]
    expected = placed(fix=None, alarms=(Alarm.SOS,), codes=("help me",))
    assert feed(short(body(rmc, b",F,help me, "))) == [expected]


def test_known_alarm_word_is_told_without_its_signal_letter() -> None:
    rmc = DAMAGED_SENTENCES["cut"]
    expected = report(alarms=(Alarm.SOS,), codes=("help me!",))
    assert feed(short(body(rmc, b",?,help me!, "))) == [expected]
    assert feed(short(body(rmc, b",?,unheard of, "))) == []


def test_imei_of_other_length_is_none() -> None:
    for digits in (b"86123405000001", b"8612340500000170"):
        frame = short(body()).replace(IMEI.encode(), digits)
        assert feed(frame + b"\r\n" + short(body())) == [placed()]


@pytest.mark.parametrize(
    ("date", "clock", "stored", "expected"),
    [
        (b"160706", b"115900", False, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        (b"170706", b"110000", False, datetime(2026, 3, 2, 11, 0, tzinfo=UTC)),
        (b"010103", b"080910", False, NOW),
        (b"311299", b"235959", False, NOW),
        (b"010103", b"080910", True, datetime(2022, 8, 17, 8, 9, 10, tzinfo=UTC)),
        (b"311206", b"080910", False, NOW),
        (b"010107", b"080910", False, datetime(2007, 1, 1, 8, 9, 10, tzinfo=UTC)),
    ],
)
def test_forgotten_week_rollover_is_undone(date: bytes, clock: bytes, stored: bool, expected: datetime) -> None:
    frame = (b"LOG" if stored else b"") + short(body(sentence(clock=clock, date=date)))
    assert feed(frame) == [placed(time=expected, fix=replace(FIX, time=expected), buffered=stored)]


def test_two_forgotten_rollovers_are_undone() -> None:
    now = datetime(2040, 1, 2, 12, 0, tzinfo=UTC)
    moment = datetime(2040, 1, 2, 8, 9, 10, tzinfo=UTC)
    (one,) = Xexun().feed(short(body(sentence(date=b"021000"))), now)
    assert one.time == moment


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: imei:861234050000017\r\n",
        b"$GPRMC,080910.636,A,4712.3456,N,00839.1234,E,5.40,276.01,070625,,,A*57\r\n$GPGGA,",
        b"GPRMC" + b",0" * 160,
        b"#861234050000017,CMD-T,A,",
        b"*HQ,8612340500,V1,080910,A,",
        b"[3G*8612340500*0002*LK]",
        b"861234050000017;",
        b"imei:861234050000017,tracker,250607100910,,F,",
        b"##,imei:861234050000017,A;",
        b"(086123405000BP05861234050000017",
        b"$$\0(",
        b"TK,861234050000017,",
        b"25060710091,+41790000000,GPRMC,",
        b"LOGIN",
        b"\xfc\0\x0b\x03",
        b"xx\x78\x78",
    ],
    ids=repr,
)
def test_foreign_head_is_refused(head: bytes) -> None:
    assert Xexun.match(head) is Match.NO
    assert all(Xexun.match(head[:length]) is not Match.YES for length in range(len(head)))


def test_endless_noise_is_refused() -> None:
    peer = Xexun()
    assert peer.feed(b"GPRMC,080910.636," * 60, NOW) == []
    with pytest.raises(FrameError):
        peer.feed(b"A,4712.3456,N,00839.1234,E,", NOW)


def test_mutations_give_the_same_reports_in_any_pieces() -> None:
    random = Random("mutations")
    frames = [frame for frame, _ in FORMS.values()]
    for _ in range(3000):
        stream = bytearray(b"".join(random.choices(frames, k=random.randint(1, 3))))
        for _ in range(random.randint(1, 6)):
            where = random.randrange(len(stream))
            stream[where : where + random.randint(0, 5)] = bytes(random.choices(b",:*.AVLF019\r\n\0\xff", k=2))
        assert survived([bytes(stream)]) == survived(scattered(bytes(stream), random)), bytes(stream)


def read(data: Iterable[bytes]) -> list[Report]:
    """Return the reports of a stream that comes in these pieces and then falls silent."""
    peer = Xexun()
    reports = [one for piece in data for one in peer.feed(piece, NOW)]
    return reports + peer.settle(NOW)


def survived(data: Iterable[bytes]) -> list[Report] | None:
    """Return the reports of a damaged stream, None if it was refused."""
    try:
        return read(data)
    except FrameError:
        return None


def scattered(data: bytes, random: Random) -> list[bytes]:
    """Return bytes in pieces of any size."""
    cuts = sorted(random.choices(range(len(data) + 1), k=random.randint(1, 8)))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
