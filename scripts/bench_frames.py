"""What `scripts/bench` measures with: a row for each kind of frame, and the figures that are to be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from custom_components.plaspy_trackers.gateway.protocols import Protocol
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.gateway.protocols.xexun import Xexun
from tests.protocols.frames.xexun import xexun_short
from tests.simulator import te207, tk102
from tests.simulator.route import Position

#: How many different frames are sent in turn.
POOL = 200

#: When the frames that are only decoded were made, and arrive.
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Traccar:
    """Messages a second that Traccar takes in: "Traccar 2026-08, same class of machine"."""

    in_process: int
    tcp: int
    udp: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of frame: `encode(imei, number, time)` makes one in which every value follows from `number`."""

    name: str
    protocol: type[Protocol]
    encode: Callable[[str, int, datetime], bytes]
    traccar: Traccar

    def pool(self) -> list[bytes]:
        """Return different frames of one tracker."""
        return [self.encode(imei(0), number, NOW + timedelta(seconds=number)) for number in range(POOL)]


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


KINDS = (
    Kind("xexun short", Xexun, encode_short, Traccar(193_000, 104_000)),
    Kind("xexun long", Xexun, encode_long, Traccar(66_000, 51_000, 53_000)),
    Kind("gotop", Gotop, encode_gotop, Traccar(214_000, 74_000)),
)
