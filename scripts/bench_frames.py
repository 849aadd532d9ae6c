"""What `scripts/bench` measures with: a row for each kind of frame, and the figures that are to be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from custom_components.plaspy_trackers.gateway.protocols import Protocol
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.gateway.protocols.gps103 import Gps103
from custom_components.plaspy_trackers.gateway.protocols.gt06 import Gt06
from custom_components.plaspy_trackers.gateway.protocols.h02 import H02
from custom_components.plaspy_trackers.gateway.protocols.iw import Iw
from custom_components.plaspy_trackers.gateway.protocols.jt808 import Jt808
from custom_components.plaspy_trackers.gateway.protocols.tk103 import Tk103
from custom_components.plaspy_trackers.gateway.protocols.watch import Watch
from custom_components.plaspy_trackers.gateway.protocols.xexun import Xexun
from custom_components.plaspy_trackers.gateway.protocols.xexun2 import Xexun2
from custom_components.plaspy_trackers.gateway.protocols.xexun3 import Xexun3
from tests.protocols.frames.xexun import xexun_short
from tests.simulator import te207, tk102
from tests.simulator.encoders import gps103, gt06, h02, iw, jt808, tk103, watch, xexun2, xexun3
from tests.simulator.route import Position
from tests.simulator.tracker import Cell

#: How many different frames are sent in turn.
POOL = 200

#: When the frames that are only decoded were made, and arrive.
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Traccar:
    """Messages a second that Traccar takes in, where that is known: "Traccar 2026-08, same class of machine"."""

    in_process: int | None = None
    tcp: int | None = None
    udp: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of frame: `encode(imei, number, time)` makes one in which every value follows from `number`.

    `hello(imei)` is the login, if there has to be one before it.
    """

    name: str
    protocol: type[Protocol]
    encode: Callable[[str, int, datetime], bytes]
    traccar: Traccar
    hello: Callable[[str], bytes] | None = None

    def pool(self) -> list[bytes]:
        """Return different frames of one tracker, its login first."""
        frames = [self.encode(imei(0), number, NOW + timedelta(seconds=number)) for number in range(POOL)]
        return frames if self.hello is None else [self.hello(imei(0)), *frames]

    def peer(self) -> Protocol:
        """Return a tracker's side of a connection that has begun."""
        return self.protocol(imei(0))


def imei(number: int) -> str:
    """Return the identity of one of many trackers."""
    return f"86123405{number:07d}"


def place(number: int) -> Position:
    """Return a position of which every part differs from that of the number before."""
    return Position(
        latitude=4.65 + number % 500 * 1e-4,
        longitude=-74.09 - number % 500 * 1e-4,
        altitude=2500.0 + number % 50,
        speed=3.0 + number % 40,
        course=float(number * 7 % 360),
    )


def encode_short(identity: str, number: int, time: datetime) -> bytes:
    """Return a Xexun frame with the short trailer."""
    sentence = tk102.encode_sentence(time, place(number))
    return xexun_short(f"{time:%y%m%d%H%M%S},{tk102.PHONE},{sentence},F,, imei:{identity},") + b"\r\n"


def encode_long(identity: str, number: int, time: datetime) -> bytes:
    """Return a Xexun frame with the extended trailer."""
    return tk102.encode_report(
        identity,
        time,
        place(number),
        volts=3.7 + number % 20 * 0.02,
        charging=bool(number % 2),
        satellites=4 + number % 8,
    )


def encode_gotop(identity: str, number: int, time: datetime) -> bytes:
    """Return a GOTOP frame with course and cell."""
    position = place(number)
    return te207.encode_report(
        identity,
        "CMD-T",
        time,
        position,
        battery=5 + number % 90,
        signal=number % 31,
        tail=te207.encode_course_and_cell(position.course, te207.HOME_CELL),
    )


#: What every watch hears at home.
CELL = Cell(732, 101, 0x0702, 0x9C8C)
WIFI = (("02:00:5e:10:00:01", -47), ("02:00:5e:10:00:02", -60))


def encode_xexun2(identity: str, number: int, time: datetime) -> bytes:
    """Return a frame of the Xexun watch's older protocol with position, vitals and status."""
    payload = (
        xexun2.gps(time, place(number))
        + xexun2.vitals(time, 60 + number % 40, 110 + number % 30, 70 + number % 20, 95 + number % 5)
        + xexun2.status(number % 31, 5 + number % 90, moving=True)
        + xexun2.activity(time, number % 10_000, 36.0 + number % 10 * 0.1)
    )
    return xexun2.encode(identity, number % 0x10000, payload)


def encode_xexun2_record(identity: str, number: int, time: datetime) -> bytes:
    """Return a frame of that protocol's oldest form: one record with a position."""
    record = xexun2.record(number % 256, time, signal=number % 31, battery=5 + number % 90, position=place(number))
    return xexun2.encode(identity, number % 0x10000, xexun2.records(record), kind=xexun2.RECORDS)


def encode_xexun3(identity: str, number: int, time: datetime) -> bytes:
    """Return a frame of the Xexun watch's protocol with position and status."""
    status = xexun3.status(
        battery=5 + number % 90,
        signal=number % 31,
        moving=1,
        charging=0,
        steps=number % 10_000,
        temperature=30 + number % 8,
        heart_rate=60 + number % 40,
        systolic=110 + number % 30,
        diastolic=70 + number % 20,
        oxygen=95 + number % 5,
        time=time,
    )
    return xexun3.encode(identity, number, xexun3.gps(time, place(number)), status)


def encode_iw(identity: str, number: int, time: datetime) -> bytes:
    """Return an IW position with a cell and two access points."""
    return iw.location(time, place(number), battery=5 + number % 90, satellites=4 + number % 8, cell=CELL, wifi=WIFI)


def encode_watch(identity: str, number: int, time: datetime) -> bytes:
    """Return a position of the watch protocol with a cell and two access points."""
    content = watch.location(
        "UD",
        time,
        place(number),
        battery=5 + number % 90,
        satellites=4 + number % 8,
        steps=number,
        cells=[(CELL, 150)],
        wifi=[("", *one) for one in WIFI],
        accuracy=12.5,
    )
    return watch.encode("3G", identity, content)


def encode_gt06(_: str, number: int, time: datetime) -> bytes:
    """Return a GT06 position with a cell, as of newer firmware."""
    content = gt06.gps(time, place(number)) + gt06.cell(CELL) + gt06.tail()
    return gt06.encode(gt06.LIVE_POSITION, content, number % 0x10000)


def log_in_gt06(identity: str) -> bytes:
    """Return the login of a GT06 tracker."""
    return gt06.encode(gt06.LOGIN, gt06.login(identity))


def encode_jt808(identity: str, number: int, time: datetime) -> bytes:
    """Return a position of JT/T 808 with odometer and reception."""
    items = (jt808.odometer(number * 0.1), jt808.reception(number % 31, 4 + number % 8))
    return jt808.encode(
        identity[-12:], 0x0200, jt808.location(time, place(number), *items, status=1), serial=number % 0x10000
    )


def encode_h02(identity: str, number: int, time: datetime) -> bytes:
    """Return an H02 position in text."""
    return h02.location(identity, time, place(number), status=h02.DRIVING)


def encode_h02_binary(identity: str, number: int, time: datetime) -> bytes:
    """Return an H02 position in binary."""
    return h02.binary(identity[-10:], time, place(number), battery=1 + number % 6, status=h02.DRIVING)


def encode_gps103(identity: str, number: int, time: datetime) -> bytes:
    """Return a position of a Coban tracker."""
    return gps103.location(identity, time, place(number))


def encode_tk103(identity: str, number: int, time: datetime) -> bytes:
    """Return a position of a TK103."""
    return tk103.location(identity[-12:], "BR00", tk103.position(time, place(number), ignition=True))


KINDS = (
    Kind("xexun short", Xexun, encode_short, Traccar(193_000, 104_000)),
    Kind("xexun long", Xexun, encode_long, Traccar(66_000, 51_000, 53_000)),
    Kind("gotop", Gotop, encode_gotop, Traccar(214_000, 74_000)),
    Kind("xexun2", Xexun2, encode_xexun2, Traccar(137_000, 54_000, 120_000)),
    Kind("xexun2 record", Xexun2, encode_xexun2_record, Traccar(137_000, 54_000, 120_000)),
    Kind("xexun3", Xexun3, encode_xexun3, Traccar(615_000, 84_000, 160_000)),
    Kind("iw", Iw, encode_iw, Traccar(), iw.login),
    Kind("watch", Watch, encode_watch, Traccar(234_000, 84_000, 120_000)),
    Kind("gt06", Gt06, encode_gt06, Traccar(), log_in_gt06),
    Kind("jt808", Jt808, encode_jt808, Traccar()),
    Kind("h02", H02, encode_h02, Traccar()),
    Kind("h02 binary", H02, encode_h02_binary, Traccar()),
    Kind("gps103", Gps103, encode_gps103, Traccar()),
    Kind("tk103", Tk103, encode_tk103, Traccar()),
)
