"""The gotop protocol: any bytes, in any pieces, give the same reports or FrameError, and no other error."""

from dataclasses import replace
from datetime import UTC, datetime
import random

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
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMEI = "861234050000025"
TIME = datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)

PLACE = b"DATE:250607,TIME:080910,LAT:47.1234567N,LOT:008.7654321E"
PAYLOAD = PLACE + b",Speed:012.5,76-31,"
CELL = b"22801-00A0-4B8E"
TOWER = CellTower(228, 1, 0x00A0, 0x4B8E)


def frame(rest: bytes) -> bytes:
    """Return a frame of our made-up tracker."""
    return b"#" + IMEI.encode() + b"," + rest + b"#"


def fix(**more: float | None) -> Fix:
    """Return the position of PLACE at 12.5 km/h, with what the tail adds."""
    return Fix(47.1234567, 8.7654321, TIME, **({"speed": 12.5} | more))  # type: ignore[arg-type]


def readings(**more: object) -> Readings:
    """Return the readings of the status group `76-31` and more."""
    return {"battery_level": 76, "signal_level": 100.0} | more  # type: ignore[return-value]


def report(**what: object) -> Report:
    """Return a report of our made-up tracker."""
    return Report(IMEI, "gotop", **what)  # type: ignore[arg-type]


def position(**more: object) -> Report:
    """Return the report of `CMD-T,A,` and PAYLOAD, with what differs."""
    return report(**({"time": TIME, "fix": fix(), "readings": readings()} | more))


def unplaced(**more: object) -> Report:
    """Return the report of `CMD-T,V,` and PAYLOAD, with what differs."""
    return position(**({"fix": None} | more))


def feed(data: bytes) -> list[Report]:
    """Return the reports of a fresh connection."""
    return Gotop().feed(data, NOW)


TYPES = [
    (b"CMD-T,A," + PAYLOAD, position()),
    (b"CMD-F,A," + PAYLOAD, position(answer=Answer("F"))),
    (b"CMD-F1,A," + PAYLOAD + b"000," + CELL, position(fix=fix(course=0.0), cells=(TOWER,), answer=Answer("F1"))),
    (b"CMD-D,A," + PAYLOAD, position()),
    (b"CMD-D", report()),
    (b"CMD-X", report()),
    (b"CMD-X,", report()),
    (b"CMD-X,ok", report()),
    (b"CMD-T", report()),
    (b"CMD-KEY,A," + PAYLOAD, position(alarms=(Alarm.SOS,), codes=("KEY",))),
    (b"CMD-KEY", report(alarms=(Alarm.SOS,), codes=("KEY",))),
    (b"CMD-T,V," + PAYLOAD, unplaced()),
    (b"CMD-F,V," + PAYLOAD + b"000", unplaced(answer=Answer("F"))),
    (b"CMD-KEY,V," + PAYLOAD + b"01.60", unplaced(alarms=(Alarm.SOS,), codes=("KEY",))),
    (b"CMD-T,V,DATE:250607,TIME:080910,LAT:,LOT:,Speed:,76-31,", unplaced()),
    (b" CMD-T,A," + PAYLOAD, position()),
]

CONFIRMATIONS = [
    # The time in a stale buffer is that of its old position if its letter is A.
    (
        b"CMD-C,A," + PAYLOAD + b"000," + CELL,
        report(readings=readings(), cells=(TOWER,), text="CMD-C", answer=Answer("C")),
    ),
    (b"CMD-A1,V," + PAYLOAD, unplaced(text="CMD-A1", answer=Answer("A1"))),
    (b"CMD-T1,A," + PAYLOAD, report(readings=readings(), text="CMD-T1", answer=Answer("T"))),
    (b"CMD-Z1,A," + PAYLOAD, report(readings=readings(), text="CMD-Z1", answer=Answer("Z1"))),
    (b"CMD-M2", report(text="CMD-M2", answer=Answer("M2"))),
    (b"ERROR!,A," + PAYLOAD, report(readings=readings(), text="ERROR!", answer=Answer(accepted=False))),
    (b" ERROR!,V," + PAYLOAD, unplaced(text="ERROR!", answer=Answer(accepted=False))),
    (b"ERROR!", report(text="ERROR!", answer=Answer(accepted=False))),
    (b"CMD-L,A,DATE:259907,TIME:0", report(text="CMD-L", answer=Answer("L"))),
    (b"CMD-L,V,DATE:259907,TIME:080910,LAT:47.1", report(text="CMD-L", answer=Answer("L"))),
    (
        b"CMD-B,TE207 V2.1  a",
        report(readings={"firmware": "TE207 V2.1  a"}, text="TE207 V2.1  a", answer=Answer("B")),
    ),
    (b"CMD-B,A," + PAYLOAD, report(readings=readings(), text="CMD-B", answer=Answer("B"))),
    (b"CMD-G,M1,030S;N1,20;L+00\r\n", report(text="M1,030S;N1,20;L+00", answer=Answer("G"))),
]  # fmt: skip

SERIAL = [
    (b"CMD-Z,$300=1.25,100.5,77,", report(readings={"serial_data": "$300=1.25,100.5,77,"}, text="$300=1.25,100.5,77,")),
    (b"CMD-Z,85 00 01\r\n", report(readings={"serial_data": "85 00 01"}, text="85 00 01")),
    (b"CMD-Z,A," + PAYLOAD, report(readings={"serial_data": f"A,{PAYLOAD.decode()}"}, text=f"A,{PAYLOAD.decode()}")),
    (b"CMD-Z,\xb0C", report(readings={"serial_data": "°C"}, text="°C")),
    (b"CMD-Z,", report()),
    (b"CMD-Z", report()),
    (b"PWR saved,,CMD-T,A," + PAYLOAD, position(readings=readings(serial_data="PWR saved"), text="PWR saved")),
    (b"VIN1,6% 78^C,CMD-T,A," + PAYLOAD, position(readings=readings(serial_data="VIN1,6% 78^C"), text="VIN1,6% 78^C")),
    (b",CMD-T,A," + PAYLOAD, position()),
    (b"0011223344556677,CMD-X", report(readings={"serial_data": "0011223344556677"}, text="0011223344556677")),
    (b"tag 7,CMD-C,A," + PAYLOAD, report(readings=readings(serial_data="tag 7"), text="CMD-C", answer=Answer("C"))),
    (
        b"tag 7,ALM-A,A," + PAYLOAD,
        position(readings=readings(serial_data="tag 7"), text="tag 7", alarms=(Alarm.SOS,), codes=("A",)),
    ),
]  # fmt: skip

STATUS = [
    (b"84-20", {"battery_level": 84, "signal_level": 20 / 31 * 100}),
    (b"081-0", {"battery_level": 81, "signal_level": 0.0}),
    (b"100-31", {"battery_level": 100, "signal_level": 100.0}),
    (b"5-5", {"battery_level": 5, "signal_level": 5 / 31 * 100}),
    (b"095-70", {"battery_level": 95, "signal_level": 70}),
    (b"95-32", {"battery_level": 95, "signal_level": 32}),
    (b"95-100", {"battery_level": 95, "signal_level": 100}),
    (b"95-99", {"battery_level": 95}),
    (b"95-101", {"battery_level": 95}),
    (b"101-31", {"signal_level": 100.0}),
    (b"1-1-0-76-31", readings(input_1=True, input_2=True, input_3=False)),
    (b"X-X-X-X-76-31", readings()),
    (b"0-0-0-0-76-31", readings(input_1=False, input_2=False, input_3=False, input_4=False)),
    (b"X-0-1-76-31", readings(input_2=False, input_3=True)),
    (b"1-7-0-1-76-31", readings(input_1=True, input_3=False, input_4=True)),
    (b"1-1-1-1-1-1-1-1-1-76-31", readings(**{f"input_{n}": True for n in range(1, 9)})),
    (b"X-X-X-X-5-31", {"battery_level": 5, "signal_level": 100.0}),
    (b"X-X-X-X-X-31", {}),
    (b"76", {}),
    (b"", {}),
    (b"76x31", {}),
]

SERVING = b"228~16~1F3A02~421~3150~-98~-9~-68~6"
TAILS: list[tuple[bytes, Report]] = [
    # A: course, or nothing
    (b"", position()),
    (b"000", position(fix=fix(course=0.0))),
    (b"359", position(fix=fix(course=359.0))),
    (b"361", position()),
    # B: course and cell
    (b"010," + CELL, position(fix=fix(course=10.0), cells=(TOWER,))),
    (b"010,310410-00A0-01F3A02B", position(fix=fix(course=10.0), cells=(CellTower(310, 410, 0xA0, 0x1F3A02B),))),
    (b"010,22801-FFFF-FFFF", position(fix=fix(course=10.0))),
    (b"010,00000-0000-0000", position(fix=fix(course=10.0))),
    # C: TL403 with access points
    (
        b"010," + CELL + b",7,1.20,25.0,aa:bb:cc:dd:ee:01,00-11-22-33-44-55,",
        position(
            fix=fix(course=10.0, satellites=7, hdop=1.2),
            cells=(TOWER,),
            wifi=(AccessPoint("aa:bb:cc:dd:ee:01"), AccessPoint("00:11:22:33:44:55")),
        ),
    ),
    (b"010," + CELL + b",7,1.20,25.0,+WSCAN,,", position(fix=fix(course=10.0, satellites=7, hdop=1.2), cells=(TOWER,))),
    (b"," + CELL + b",7,1.20,25.0", position(cells=(TOWER,))),
    # D: vehicle with raw motion
    (
        b"010," + CELL + b",10,0.98,0,-21,18,122,-1,-1,-1",
        position(fix=fix(course=10.0, satellites=10, hdop=0.98), cells=(TOWER,)),
    ),
    (b"010," + CELL + b",3,,0,46,-28,214,-1,-1,-1", position(fix=fix(course=10.0, satellites=3), cells=(TOWER,))),
    # F: HDOP
    (b"03.72", position(fix=fix(hdop=3.72))),
    (b"00.00", position()),
    # G: HDOP and scans
    (
        b"01.00,WIFI:{aa-bb-cc-dd-ee-01&-47,AA-BB-CC-DD-EE-02&-101},BLE:{aa-bb-cc-dd-ee-03&-91}",
        position(
            fix=fix(hdop=1.0),
            wifi=(AccessPoint("aa:bb:cc:dd:ee:01", -47), AccessPoint("aa:bb:cc:dd:ee:02", -101)),
            beacons=(AccessPoint("aa:bb:cc:dd:ee:03", -91),),
        ),
    ),
    (b"WIFI:{},BLE:{aa-bb-cc-dd-ee-03&-91}", position(beacons=(AccessPoint("aa:bb:cc:dd:ee:03", -91),))),
    (b"WIFI:{00-00-00-00-00-00&-1,ff-ff-ff-ff-ff-ff&-1}", position()),
    (b"01.00,WIFI:{aa-bb-cc-dd-ee-01&-4", position(fix=fix(hdop=1.0), wifi=(AccessPoint("aa:bb:cc:dd:ee:01"),))),
    (b"WIFI:{aa-bb-cc-dd-ee-01&-47,aa-bb-cc-", position(wifi=(AccessPoint("aa:bb:cc:dd:ee:01", -47),))),
    # H: altitude, HDOP, LTE
    (
        b"59.5,00.90," + SERVING + b",3150~421~-10~-98~-67~-20,>",
        position(fix=fix(altitude=59.5, hdop=0.9), cells=(CellTower(228, 16, None, 0x1F3A02, -98),)),
    ),
    (b"-3.2,00.90,>", position(fix=fix(altitude=-3.2, hdop=0.9))),
    (b"00.90,450~421~-10~-98~-67~-20,>", position(fix=fix(hdop=0.9))),
    (b"00.90,228~16~0~421~3150~-98~-9~-68~6", position(fix=fix(hdop=0.9))),
    (b"00.90,228~16~1F3A02~42", position(fix=fix(hdop=0.9), cells=(CellTower(228, 16, None, 0x1F3A02),))),
    (
        b"00.90,WIFI:{aa-bb-cc-dd-ee-01&-47}," + SERVING,
        position(
            fix=fix(hdop=0.9),
            wifi=(AccessPoint("aa:bb:cc:dd:ee:01", -47),),
            cells=(CellTower(228, 16, None, 0x1F3A02, -98),),
        ),
    ),
    # Cut short: half a value is none.
    (b"00", position()),
    (b"03.7", position()),
    (b"59.5,00.9", position()),
    (b"010,22801-00A0-4B8", position(fix=fix(course=10.0))),
    (b"010," + CELL + b",1", position(fix=fix(course=10.0), cells=(TOWER,))),
    (b"010," + CELL + b",10,0.9", position(fix=fix(course=10.0), cells=(TOWER,))),
    (b"?,\xff,{", position()),
]  # fmt: skip

UNLABELLED = b"250607,080910,47.1234567N,008.7654321E,Speed:012.5,76-31,"
UNLABELLED_TAILS = [
    (b"1.3,00.00", position()),
    (b"1.3,10,10," + CELL + b",12,1-1,00.00", position(cells=(TOWER,))),
    (b"03.72", position()),
    (b"090," + CELL + b",7,1.20,0", position(fix=fix(course=90.0), cells=(TOWER,))),
]

ALARMS = [
    ("A", 50, Alarm.SOS),
    ("KEY", 50, Alarm.SOS),
    ("B1", 50, Alarm.GEOFENCE),
    ("B5", 50, Alarm.GEOFENCE),
    ("B1-1", 50, Alarm.GEOFENCE_ENTER),
    ("B2-1", 50, Alarm.GEOFENCE_ENTER),
    ("B1-0", 50, Alarm.GEOFENCE_EXIT),
    ("B1-2", 50, Alarm.OTHER),
    ("C", 50, Alarm.OVERSPEED),
    ("D", 50, Alarm.LOW_BATTERY),
    ("D1", 45, Alarm.LOW_BATTERY),
    ("D1", 46, Alarm.OTHER),
    ("E", 50, Alarm.GPS_LOST),
    ("F", 95, Alarm.BATTERY_FULL),
    ("F", 94, Alarm.OTHER),
    ("G", 50, Alarm.DOOR),
    ("H", 50, Alarm.MOVEMENT),
    ("J", 50, Alarm.POWER_CUT),
    ("M", 50, Alarm.FALL),
    ("N", 50, Alarm.VIBRATION),
    ("U", 50, Alarm.OTHER),
    ("V", 50, Alarm.OTHER),
    ("Q9", 50, Alarm.OTHER),
    ("", 50, Alarm.OTHER),
]

#: What an alarm with these payloads still tells.
DAMAGED_ALARMS = [
    (b"", report()),
    (b",", report()),
    (b",A", report()),
    (b",no gps", report()),
    (b",A,DATE:25", report()),
    (b",A," + PAYLOAD.replace(b"47.", b"4x."), unplaced()),
    (b",A," + PAYLOAD.replace(b"47.", b"97."), unplaced()),
    (b",A," + PAYLOAD.replace(b"250607", b"251307"), unplaced(time=None)),
    (b",?," + PAYLOAD, unplaced(time=None)),
    (b",A,DATE:250607,TIME:080910,LAT:00.0000000N,LOT:000.0000000E,Speed:000.0,76-31,", unplaced()),
    (b",V,DATE:2506\xff7,TIME:080910,LAT:47.1234567N,LOT:008.7654321E,Speed:012.5,76-31,", unplaced(time=None)),
    (b",A," + PLACE, unplaced(fix=Fix(47.1234567, 8.7654321, TIME), readings={})),
]

CUT_SHORT = [
    (PLACE, position(fix=fix(speed=None), readings={})),
    (PLACE + b",", position(fix=fix(speed=None), readings={})),
    (PLACE + b",Speed:01", position(fix=fix(speed=None), readings={})),
    (PLACE + b",Speed:012.5", position(fix=fix(speed=None), readings={})),
    (PLACE + b",Speed:012.5,", position(readings={})),
    (PLACE + b",Speed:012.5,7", position(readings={})),
    (PLACE + b",Speed:012.5,76-", position(readings={})),
    (PLACE + b",Speed:012.5,76-3", position(readings={})),
    (PLACE + b",Speed:012.5,76-31", position()),
    (PLACE + b",Speed:012.5,1-0-0-0-76", position(readings={})),
    (PLACE + b",Speed:012.5,1-1-0-76-31", position(readings=readings(input_1=True, input_2=True, input_3=False))),
]

#: Frames that say nothing that can be trusted.
DAMAGED = [
    b"CMD-T,A,",
    b"CMD-T,A",
    b"CMD-T,hello",
    b"CMD-T,?," + PAYLOAD,
    b"CMD-F,A," + PLACE[:-1],
    b"CMD-T,A," + PLACE[:-1],
    b"CMD-T,A," + PAYLOAD.replace(b"250607", b"250631"),
    b"CMD-T,A," + PAYLOAD.replace(b"080910", b"240910"),
    b"CMD-T,A," + PAYLOAD.replace(b"080910", b"08091"),
    b"CMD-T,A," + PAYLOAD.replace(b"47.", b"7."),
    b"CMD-T,A," + PAYLOAD.replace(b"47.", b"91."),
    b"CMD-T,A," + PAYLOAD.replace(b"008.", b"181."),
    b"CMD-T,A," + PAYLOAD.replace(b"008.", b"08."),
    b"CMD-T,A," + PAYLOAD.replace(b"47.12", b"47,12"),
    b"CMD-T,A," + PAYLOAD.replace(b"N", b"n"),
    b"CMD-T,A," + PAYLOAD.replace(b"E,", b","),
    b"CMD-T,A," + PAYLOAD.replace(b"LAT", b"LOT"),
    b"CMD-T,A," + PAYLOAD.replace(b"012.5", b"01x.5"),
    b"CMD-T,A," + PAYLOAD.replace(b"250607", b"25060\xb2"),
    b"CMD-T,A,DATE:250607,TIME:080910,LAT:00.0000000N,LOT:000.0000000E,Speed:000.0,76-31,",
    b"CMD-T,V,DATE:250631,TIME:080910,LAT:47.1234567N",
    b"CMD-T,V,",
    b"CMC-T,A," + PAYLOAD,
    b"hello",
    b"",
    # A frame that lost its end, and the next one its beginning.
    b"CMD-T,A,DATE:250607,TIME:08" + IMEI.encode() + b",CMD-T,A," + PAYLOAD,
]

WHOLE = [
    frame(b"CMD-T,A," + PAYLOAD + b"010," + CELL),
    frame(b"CMD-T,V," + PAYLOAD + b"01.00,WIFI:{aa-bb-cc-dd-ee-01&-47},BLE:{aa-bb-cc-dd-ee-03&-91}"),
    frame(b"CMD-T,A," + UNLABELLED + b"1.3,00.00"),
    frame(b"VIN1,6% 78^C,CMD-T,A," + PAYLOAD + b"59.5,00.90," + SERVING),
    frame(b" ERROR!,A," + PAYLOAD),
    frame(b"ALM-B1-1,A," + PAYLOAD + b"03.72"),
    frame(b"CMD-KEY"),
    frame(b"CMD-Z,85 00 01"),
    frame(b"CMD-X"),
]
EXPECTED = [feed(data)[0] for data in WHOLE]


@pytest.mark.parametrize(("rest", "expected"), TYPES + CONFIRMATIONS + SERIAL)
def test_every_type_is_read(rest: bytes, expected: Report) -> None:
    """Positions, presence, answers and serial text."""
    assert feed(frame(rest)) == [expected]


@pytest.mark.parametrize(("status", "expected"), STATUS)
def test_status_group_becomes_readings(status: bytes, expected: Readings) -> None:
    """What cannot be read of it is absent and costs nothing else."""
    data = frame(b"CMD-T,A," + PLACE + b",Speed:012.5," + status + b",000")
    assert feed(data) == [position(fix=fix(course=0.0), readings=expected)]


@pytest.mark.parametrize(("tail", "expected"), TAILS)
@pytest.mark.parametrize("longitude", [b"LOT:", b"LON:"])
def test_every_tail_is_read(tail: bytes, expected: Report, longitude: bytes) -> None:
    """Variants A to H, whole and cut short."""
    assert feed(frame(b"CMD-T,A," + PAYLOAD.replace(b"LOT:", longitude) + tail)) == [expected]


@pytest.mark.parametrize(("tail", "expected"), UNLABELLED_TAILS)
def test_unlabelled_payload_is_read(tail: bytes, expected: Report) -> None:
    """Numbers that nobody has explained are left out."""
    assert feed(frame(b"CMD-T,A," + UNLABELLED + tail)) == [expected]


def test_tail_is_read_after_an_unreadable_status_group() -> None:
    """The slow path reads tails as the fast one does."""
    for tail, expected in TAILS:
        data = frame(b"CMD-T,A," + PLACE + b",Speed:012.5,?," + tail)
        assert feed(data) == [replace(expected, readings={})]


def test_south_and_west_are_negative() -> None:
    """The letter alone carries the sign."""
    data = frame(b"CMD-T,A," + PAYLOAD.replace(b"N,", b"S,").replace(b"E,", b"W,"))
    assert feed(data) == [position(fix=Fix(-47.1234567, -8.7654321, TIME, speed=12.5))]


def test_six_decimals_are_read() -> None:
    """As some firmware writes them, in one or in both."""
    latitude = PAYLOAD.replace(b"4567N", b"456N")
    assert feed(frame(b"CMD-T,A," + latitude)) == [position(fix=Fix(47.123456, 8.7654321, TIME, speed=12.5))]
    both = latitude.replace(b"4321E", b"432E")
    assert feed(frame(b"CMD-T,A," + both)) == [position(fix=Fix(47.123456, 8.765432, TIME, speed=12.5))]


@pytest.mark.parametrize(("text", "speed"), [(b"12", 12.0), (b"012.50", 12.5), (b"0.0", 0.0)])
def test_speed_has_up_to_two_decimals(text: bytes, speed: float) -> None:
    """Whichever the firmware writes."""
    assert feed(frame(b"CMD-T,A," + PAYLOAD.replace(b"012.5", text))) == [position(fix=fix(speed=speed))]


@pytest.mark.parametrize("identity", ["86123405000002", "8612340500000251"])
def test_identity_has_14_to_16_digits(identity: str) -> None:
    """No digit more or less."""
    assert feed(f"#{identity},CMD-X#".encode()) == [Report(identity, "gotop")]
    assert feed(f"#{identity[:13]},CMD-X#".encode()) == []
    assert feed(f"#{identity}123,CMD-X#".encode()) == []


def test_the_last_identity_is_remembered() -> None:
    """For the answers that go back."""
    protocol = Gotop()
    protocol.feed(frame(b"CMD-X"), NOW)
    assert protocol.device_id == IMEI
    assert protocol.data_to_send() == b""


@pytest.mark.parametrize(("code", "battery", "alarm"), ALARMS)
@pytest.mark.parametrize("valid", [True, False])
def test_every_alarm_is_told(code: str, battery: int, alarm: Alarm, valid: bool) -> None:
    """With its raw code, whether the position counts or not."""
    data = frame(b"ALM-%s,%s,%s,Speed:012.5,%d-31," % (code.encode(), b"A" if valid else b"V", PLACE, battery))
    levels: Readings = {"battery_level": battery, "signal_level": 100.0}
    assert feed(data) == [position(fix=fix() if valid else None, readings=levels, alarms=(alarm,), codes=(code,))]


@pytest.mark.parametrize(("payload", "expected"), DAMAGED_ALARMS)
@pytest.mark.parametrize(("kind", "code"), [(b"ALM-A", "A"), (b"CMD-KEY", "KEY")])
def test_sos_survives_damage(kind: bytes, code: str, payload: bytes, expected: Report) -> None:
    """An SOS fails open: it is told without what cannot be read."""
    sos = Report(
        IMEI, "gotop", expected.time, expected.fix, expected.readings, alarms=(Alarm.SOS,), codes=(code,)
    )  # fmt: skip
    assert feed(frame(kind + payload)) == [sos]


def test_alarm_with_an_odd_code_is_told() -> None:
    """Even if no alarm has such a code."""
    assert feed(frame(b"ALM-\xff x,A," + PAYLOAD)) == [position(alarms=(Alarm.OTHER,), codes=("ÿ",))]


@pytest.mark.parametrize("cut", range(len(PAYLOAD)))
def test_sos_survives_every_cut(cut: int) -> None:
    """And its position is whole or absent."""
    (got,) = feed(frame(b"ALM-A,A," + PAYLOAD[:cut]))
    assert got.alarms == (Alarm.SOS,)
    assert got.fix in (None, fix(), fix(speed=None))
    assert got.readings in ({}, readings())


@pytest.mark.parametrize(("payload", "expected"), CUT_SHORT)
def test_cut_tail_does_not_cost_the_position(payload: bytes, expected: Report) -> None:
    """Half a value is none."""
    assert feed(frame(b"CMD-T,A," + payload)) == [expected]


@pytest.mark.parametrize("rest", DAMAGED)
def test_damaged_frame_is_counted_and_costs_itself_only(rest: bytes) -> None:
    """A damaged position never becomes a wrong one."""
    protocol = Gotop()
    assert protocol.feed(frame(rest) + frame(b"CMD-X"), NOW) == [report()]
    assert protocol.damaged == 1


@pytest.mark.parametrize("glue", [b"", b"\r\n", b" ", b"\0", b"#", b"##", b"\r\n# "])
def test_glued_frames_are_read_apart(glue: bytes) -> None:
    """Whatever stands between them."""
    assert feed(glue.join(WHOLE)) == EXPECTED
    assert feed(glue + glue.join(WHOLE) + glue) == EXPECTED


def test_one_delimiter_between_frames_is_enough() -> None:
    """Whichever of the two was lost."""
    assert feed(b"#" + b"#".join(data.strip(b"#") for data in WHOLE) + b"#") == EXPECTED


def test_frames_are_read_whatever_the_pieces() -> None:
    """Cut in two at every byte, and fed byte by byte."""
    data = b"\r\n".join(WHOLE)
    for cut in range(len(data) + 1):
        protocol = Gotop()
        assert protocol.feed(data[:cut], NOW) + protocol.feed(data[cut:], NOW) == EXPECTED
    protocol = Gotop()
    assert [got for byte in data for got in protocol.feed(bytes([byte]), NOW)] == EXPECTED
    assert not protocol.held


def test_frame_without_its_first_delimiter_is_read() -> None:
    """As after a reconnect."""
    assert feed(WHOLE[0][1:] + WHOLE[1]) == EXPECTED[:2]


@pytest.mark.parametrize("cut", range(1, len(WHOLE[0])))
def test_half_a_frame_costs_itself_at_most(cut: int) -> None:
    """Its beginning, which lacks the closing `#`, or its end."""
    assert feed(WHOLE[0][:cut] + WHOLE[1] + WHOLE[2])[-2:] == EXPECTED[1:3]
    assert feed(WHOLE[0][cut:] + WHOLE[1] + WHOLE[2])[-2:] == EXPECTED[1:3]


@pytest.mark.parametrize(
    "noise", [b"\xff\xfe", b"#L#2.0;861234050000025;NA", b"#98765,CMD-X#", b"##", b"GET / HTTP/1.1"]
)
def test_noise_is_skipped(noise: bytes) -> None:
    """Up to the next `#` with an identity."""
    assert feed(noise + WHOLE[0] + noise + WHOLE[1]) == EXPECTED[:2]
    assert feed(noise) == []


def test_incomplete_frame_waits_for_its_end() -> None:
    """Silence does not end it."""
    protocol = Gotop()
    assert protocol.feed(WHOLE[0][:-1], NOW) == []
    assert protocol.settle(NOW) == []
    assert protocol.feed(b"#", NOW) == EXPECTED[:1]
    assert protocol.feed(WHOLE[0][:-1], NOW, final=True) == []
    assert not protocol.held


@pytest.mark.parametrize("noise", [b"#", b"x", b" \r\n", b"8", b"#12345,", b"#8612340500000251234,"])
def test_endless_noise_is_refused(noise: bytes) -> None:
    """After the bound, however it arrives, and even if a frame follows."""
    data = noise * (Gotop.max_frame // len(noise) + 1)
    assert outcome([data + WHOLE[0]]) == ([], 0, True)
    assert outcome([noise] * len(data)) == ([], 0, True)
    assert outcome([WHOLE[0] + data]) == (EXPECTED[:1], 0, True)


def test_endless_frame_is_refused() -> None:
    """Although it began well."""
    data = b"#861234050000025,CMD-Z," + b"x" * Gotop.max_frame
    assert outcome([data + b"#"]) == ([], 0, True)
    assert outcome([bytes([byte]) for byte in data]) == ([], 0, True)


def test_frame_at_the_bound_is_read() -> None:
    """Fed whole or in pieces."""
    text = "x" * (Gotop.max_frame - len(frame(b"CMD-Z,")))
    data = frame(b"CMD-Z," + text.encode())
    protocol = Gotop()
    assert [got for byte in data for got in protocol.feed(bytes([byte]), NOW)] == feed(data)
    assert feed(data) == [report(readings={"serial_data": text}, text=text)]


@pytest.mark.parametrize(
    "data", [*WHOLE, b"#" + WHOLE[0], b"# \r\n" + WHOLE[0], WHOLE[0][1:], WHOLE[4][1:], WHOLE[5][1:]]
)
def test_match_never_refuses_a_beginning(data: bytes) -> None:
    """And claims it once the identity, or without `#` the type, is whole."""
    answers = [Gotop.match(data[:size]) for size in range(len(data) + 1)]
    claimed = answers.index(Match.YES)
    assert set(answers[:claimed]) == {Match.MAYBE}
    assert set(answers[claimed:]) == {Match.YES}


@pytest.mark.parametrize(
    "head",
    [
        b"#L",
        b"#AUTH",
        b"##,",
        b"#98765,",
        b"#861234050000025#",
        b"#86123405000002512",
        b"imei:",
        b"861234050000025;",
        b"861234050000025imei:",
        b"861234050000025,x",
        b"861234050000025,CMX",
        b"150615123731,",
        b"LOG1506",
        b"GET /",
        b"*HQ,",
        b"[3G*",
        b"xx",
        b"\x16\x03",
        b"\xfc",
    ],
)
def test_match_refuses_other_protocols(head: bytes) -> None:
    """As soon as the last of these bytes is there."""
    assert Gotop.match(head) is Match.NO
    assert Gotop.match(head + b"861234050000025,CMD-T,A,#") is Match.NO


def test_damage_raises_frame_error_or_nothing() -> None:
    """And pieces of any size say what the whole says."""
    chance = random.Random(207)
    for _ in range(2000):
        data = bytearray(b"".join(chance.sample(WHOLE, 3)))
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.choice((1, 2, 30))]
                case 2:
                    data[place:place] = chance.choice((b"#", b",", b"-", b"0", b"\0", b"\xff" * 40, b"x" * 1100))
                case 3:
                    data[place:place] = data[: chance.randrange(60)]
        assert outcome([bytes(data)]) == outcome([bytes([byte]) for byte in data])


def outcome(pieces: list[bytes]) -> tuple[list[Report], int, bool]:
    """Return the reports, the damaged frames and whether the peer was given up."""
    protocol = Gotop()
    reports: list[Report] = []
    try:
        for piece in [*pieces, b""]:
            reports += protocol.feed(piece, NOW)
    except FrameError:
        return reports, protocol.damaged, True
    return reports, protocol.damaged, False
