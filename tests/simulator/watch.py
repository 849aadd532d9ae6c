"""What every simulated watch does: it measures its wearer."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Unpack, override

from . import clips, keeper, surroundings, tracker
from .keeper import Keeper
from .route import Journey, Position
from .tracker import Cell, Moment, Options, Order
from .vitals import HOUR, Vitals, Wearer

#: Seconds between two keep-alives.
HEARTBEAT = 300.0

#: Seconds of a voice message.
CLIP = 5


@dataclass(frozen=True, slots=True)
class State:
    """What a watch knows at one time, about itself and whoever wears it.

    `position` is None indoors, where the access points are heard that are None out of doors. `vitals` are None while
    nobody wears the watch. The battery in %, the signal as CSQ 0 to 31, cells and access points with dBm.
    """

    time: datetime
    position: Position | None
    satellites: int
    cells: Sequence[tuple[Cell, int]]
    access_points: Sequence[tuple[str, str, int]]
    battery: int
    charging: bool
    signal: int
    moving: bool
    steps: int
    turns: int
    vitals: Vitals | None
    online: bool


class Dialect(keeper.Dialect[State]):
    """One wire protocol as one watch speaks it."""

    def health(self, state: State) -> Sequence[bytes]:
        """Return what was measured, where that is not in every report."""
        return ()

    def measure(self, kind: str, state: State) -> Sequence[bytes]:
        """Return what is told of one measurement that was asked for, `kind` being what users call that command."""
        return self.health(state) or (self.report(state),)

    def photo(self, time: datetime, jpeg: bytes) -> Sequence[bytes]:
        """Return the frames that a photo is sent in."""
        return ()

    def voice(self, time: datetime, amr: bytes) -> Sequence[bytes]:
        """Return the frames that a voice message is sent in."""
        return ()

    @abstractmethod
    def fall(self, state: State) -> Sequence[bytes]:
        """Return what tells that the wearer fell."""

    @abstractmethod
    def wear(self, state: State) -> Sequence[bytes]:
        """Return what tells that the watch was just put on, or taken off where the state has no vitals."""


class Watch(Keeper[State]):
    """A watch on a wrist. It walks with its wearer by day, and rests indoors otherwise."""

    dialects: ClassVar[Mapping[str, type[Dialect]]]
    _dialect: Dialect

    def __init__(
        self,
        host: str,
        port: int,
        route: Journey,
        *,
        protocol: str | None = None,
        acknowledgement_timeout: float = 5.0,
        health_every: float | None = None,
        photos: float | None = None,
        voice: float | None = None,
        hour: float = 10.0,
        walking: float = 0.6,
        **options: Unpack[Options],
    ) -> None:
        """Make a watch whose life begins at an `hour` of its wearer's day.

        `health_every` are the seconds between two measurements where they are not part of every report, as many as
        between reports if None and never for 0; `photos` and `voice` are those between two of each, never if None;
        `walking` is the share of the hours of walks that is spent out of doors.
        """
        super().__init__(
            host, port, route, protocol=protocol, acknowledgement_timeout=acknowledgement_timeout, **options
        )
        self.health_every = self.interval if health_every is None else health_every
        self.photos = photos
        self.voice = voice
        self.worn = True
        self._hour = hour
        self._wearer = Wearer(self.imei, walking=walking)

    @override
    def obey(self, order: Order) -> None:
        match order.kind:
            case "find":
                self._note("rings")
            case "heart_rate_interval" | "health_interval" if order.seconds is not None:
                self.health_every = order.seconds * tracker.SECOND
                self._changed.set()
            case kind if kind.startswith("measure_"):
                self._keep(*self._dialect.measure(kind, self.state()))
            case _:
                super().obey(order)

    @override
    def routine(self) -> Sequence[tuple[float, Callable[[], None]]]:
        deeds = [*super().routine(), (HEARTBEAT, self.send_heartbeat)]
        if self.health_every:
            deeds.append((self.health_every, self.send_health))
        if self.photos:
            deeds.append((self.photos, self.take_photo))
        if self.voice:
            deeds.append((self.voice, self.record_voice))
        return deeds

    @override
    def place(self, seconds: float) -> Position:
        begun = self._hour * HOUR
        position = super().place(self._wearer.walked(begun + seconds) - self._wearer.walked(begun))
        return position if self._wearer.at(begun + seconds).walking else replace(position, speed=0.0)

    def send_health(self) -> None:
        """Measure the wearer and tell."""
        if self._online:
            self._keep(*self._dialect.health(self.state()))

    def take_photo(self) -> None:
        """Take a photo and send it."""
        time = self.moment().time
        self._keep(*self._dialect.photo(time, clips.photo(time)))

    def record_voice(self) -> None:
        """Record a voice message and send it."""
        self._keep(*self._dialect.voice(self.moment().time, clips.voice(CLIP)))

    @override
    def greet(self) -> None:
        super().greet()
        self.send_health()

    @override
    def fall(self) -> None:
        self._note("falls")
        self._keep(*self._dialect.fall(self.state()), precious=True)

    def take_off(self) -> None:
        """Take the watch off the wrist."""
        if self.worn:
            self.worn = False
            self._keep(*self._dialect.wear(self.state()), precious=True)

    def put_on(self) -> None:
        """Put the watch on again."""
        if not self.worn:
            self.worn = True
            self._keep(*self._dialect.wear(self.state()), precious=True)

    @override
    def observe(self, moment: Moment) -> State:
        seconds = self._hour * HOUR + (moment.time - self._began).total_seconds()
        condition = self._wearer.at(seconds)
        return State(
            time=moment.time,
            position=moment.position if condition.walking else None,
            satellites=7 + moment.time.minute % 5,
            cells=surroundings.cells(seconds),
            access_points=() if condition.walking else surroundings.access_points(seconds),
            battery=round(100 * moment.battery),
            charging=moment.charging,
            signal=18 + moment.time.minute % 10,
            moving=condition.walking and self.worn,
            steps=condition.steps,
            turns=condition.turns,
            vitals=condition.vitals if self.worn else None,
            online=self._online,
        )
