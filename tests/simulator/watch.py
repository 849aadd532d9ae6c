"""What every simulated watch does: it measures its wearer, and keeps what it has to tell until that is acknowledged."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, override

from . import clips, surroundings, tracker
from .outbox import Outbox
from .route import Position, Route
from .tracker import Cell, Link, Moment, Order, Tracker, Transport
from .vitals import HOUR, Vitals, Wearer

#: Seconds between two keep-alives.
HEARTBEAT = 300.0

#: Seconds of a voice message.
CLIP = 5

#: After so many frames in a row that nobody answered, a watch connects anew.
MISSES = 5

#: Bytes that may come from the server between a frame and its acknowledgement.
LONGEST_REPLY = 4096


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


class Dialect(ABC):
    """One wire protocol as one watch speaks it: every frame it sends, from a state."""

    def __init__(self, imei: str) -> None:
        """Speak for the watch with this IMEI."""
        self.imei = imei

    @abstractmethod
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        """Tell whether bytes from the server hold what a frame waits for."""

    def is_answered(self, frame: bytes) -> bool:
        """Tell whether the server has to answer a frame."""
        return True

    def login(self, state: State) -> bytes | None:
        """Return the frame without whose answer nothing else is said, if the protocol has one."""
        return None

    def introduction(self, state: State) -> Sequence[bytes]:
        """Return what a watch tells once, after it was switched on."""
        return ()

    def heartbeat(self, state: State) -> Sequence[bytes]:
        """Return what a watch tells from time to time, wherever it is."""
        return ()

    def health(self, state: State) -> Sequence[bytes]:
        """Return what was measured, where that is not in every report."""
        return ()

    def measure(self, kind: str, state: State) -> Sequence[bytes]:
        """Return what is told of one measurement that was asked for, `kind` being what users call that command."""
        return self.health(state) or (self.report(state),)

    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        """Return the requests, but no acknowledgements, in what the server said; and the rest, which may become one."""
        return (), b""

    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        """Return what a request is answered with, whether the watch does it or refuses."""
        return ()

    def photo(self, time: datetime, jpeg: bytes) -> Sequence[bytes]:
        """Return the frames that a photo is sent in."""
        return ()

    def voice(self, time: datetime, amr: bytes) -> Sequence[bytes]:
        """Return the frames that a voice message is sent in."""
        return ()

    @abstractmethod
    def report(self, state: State) -> bytes:
        """Return the frame that tells where the watch is."""

    @abstractmethod
    def sos(self, state: State) -> bytes:
        """Return the frame that cries for help."""

    @abstractmethod
    def fall(self, state: State) -> Sequence[bytes]:
        """Return what tells that the wearer fell."""

    @abstractmethod
    def wear(self, state: State) -> Sequence[bytes]:
        """Return what tells that the watch was just put on, or taken off where the state has no vitals."""


class Watch(Tracker):
    """A watch on a wrist. It walks with its wearer by day, and rests indoors otherwise.

    Everything that the protocol acknowledges is kept until it is, and sent again, byte for byte, when that takes too
    long and after each new connection; one frame waits for the one before it, so their order stays. What has no time of
    its own is measured only while there is a server.
    """

    #: The protocols a model speaks, the one it is delivered with first.
    dialects: ClassVar[Mapping[str, type[Dialect]]]

    def __init__(
        self,
        host: str,
        port: int,
        route: Route,
        *,
        imei: str | None = None,
        transport: Transport | None = None,
        interval: float = 5.0,
        sos_every: float | None = None,
        fall_every: float | None = None,
        refuses: Collection[str] = (),
        forgets: int = 0,
        sleeps: float = 0.0,
        protocol: str | None = None,
        acknowledgement_timeout: float = 5.0,
        health_every: float | None = None,
        photos: float | None = None,
        voice: float | None = None,
        hour: float = 10.0,
        walking: float = 0.6,
    ) -> None:
        """Make a watch whose life begins at an `hour` of its wearer's day.

        `health_every` are the seconds between two measurements where they are not part of every report, as many as
        between reports if None and never for 0; `photos` and `voice` are those between two of each, never if None;
        `walking` is the share of the hours of walks that is spent out of doors. KeyError if the model does not speak
        `protocol`.
        """
        super().__init__(
            host,
            port,
            route,
            imei=imei,
            transport=transport,
            interval=interval,
            sos_every=sos_every,
            fall_every=fall_every,
            refuses=refuses,
            forgets=forgets,
            sleeps=sleeps,
        )
        self.protocol = protocol or next(iter(self.dialects))
        self.acknowledgement_timeout = acknowledgement_timeout
        self.health_every = interval if health_every is None else health_every
        self.photos = photos
        self.voice = voice
        self.worn = True
        self._dialect = self.dialects[self.protocol](self.imei)
        self._hour = hour
        self._wearer = Wearer(self.imei, walking=walking)
        self._outbox = Outbox()
        self._filled = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._awaited: bytes | None = None
        self._heard = b""
        #: Whether there is a server that has let us in.
        self._online = False

    @override
    def report(self, moment: Moment) -> bytes:
        return self._dialect.report(self._observe(moment))

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._dialect.sos(self._observe(moment))

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        return self._dialect.cut(data)

    @override
    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        return self._dialect.answer(order, self.state(), accepted=accepted)

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
    def switch_on(self) -> None:
        super().switch_on()
        self._keep(*self._dialect.introduction(self.state()), precious=True)

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

    def state(self) -> State:
        """Return what the watch knows now."""
        return self._observe(self.moment())

    @override
    def send_report(self) -> None:
        if not self._asleep:
            self._keep(self.report(self.moment()))

    def send_health(self) -> None:
        """Measure the wearer and tell."""
        if self._online:
            self._keep(*self._dialect.health(self.state()))

    def send_heartbeat(self) -> None:
        """Tell that the watch is there."""
        if self._online:
            self._keep(*self._dialect.heartbeat(self.state()))

    def take_photo(self) -> None:
        """Take a photo and send it."""
        time = self.moment().time
        self._keep(*self._dialect.photo(time, clips.photo(time)))

    def record_voice(self) -> None:
        """Record a voice message and send it."""
        self._keep(*self._dialect.voice(self.moment().time, clips.voice(CLIP)))

    @override
    def press_sos(self) -> None:
        self._note("presses SOS")
        self._keep(self.sos(self.moment()), precious=True)

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
    async def run(self) -> None:
        # A watch also measures while it has no server: it is told later.
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_routine())
            self._keep(*self._dialect.introduction(self.state()), precious=True)
            await super().run()

    @override
    async def _speak(self, link: Link) -> None:
        """Log in, tell how things are, and deliver until the server is gone; a group with ConnectionError then."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(link.wait_lost())
                if login := self._dialect.login(self.state()):
                    await self._send_until_acknowledged(login)
                self._online, self._asleep = True, False
                self.send_report()
                self.send_heartbeat()
                self.send_health()
                await self._deliver()
        finally:
            self._online = False
            self._awaited = None
            self._outbox.give_back()

    @override
    def _is_idle(self) -> bool:
        return super()._is_idle() and self._online and not self._outbox

    async def _deliver(self) -> None:
        """Send what is kept, one after the other."""
        while True:
            kept = self._outbox.take()
            if kept is None:
                self._filled.clear()
                await self._filled.wait()
                continue
            if kept.answered:
                await self._send_until_acknowledged(kept.frame)
            else:
                self._send(kept.frame)
            self._outbox.drop()

    async def _send_until_acknowledged(self, frame: bytes) -> None:
        """Send a frame again and again until it is acknowledged; ConnectionError if that does not happen."""
        self._awaited, self._heard = frame, b""
        self._acknowledged.clear()
        for _ in range(MISSES):
            self._send(frame)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.acknowledgement_timeout):
                    await self._acknowledged.wait()
                return
        self._note(f"was not answered {MISSES} times, and connects anew: has it been added?")
        raise ConnectionError("nobody answers")

    @override
    def _receive(self, data: bytes) -> None:
        super()._receive(data)
        if self._awaited is None:
            return
        self._heard = (self._heard + data)[-LONGEST_REPLY:]
        if self._dialect.acknowledges(self._heard, self._awaited):
            self._awaited = None
            self._acknowledged.set()

    def _keep(self, *frames: bytes, precious: bool = False) -> None:
        """Send frames as soon as a server takes them; precious ones are kept for however long that takes.

        A watch that is off notices nothing.
        """
        if not self._on.is_set():
            return
        for frame in frames:
            self._outbox.put(frame, answered=self._dialect.is_answered(frame), precious=precious)
        self._filled.set()
        if precious:
            self._woken.set()

    def _observe(self, moment: Moment) -> State:
        """Return what a watch knows that is at this place, at this time."""
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
