"""What every simulated tracker does that is acknowledged: it keeps what it has to tell until that has arrived."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Unpack, override

from .link import Link
from .outbox import Outbox
from .route import Journey
from .tracker import Moment, Options, Order, Tracker

#: After so many frames in a row that nobody answered, a tracker connects anew.
MISSES = 5

#: Bytes that may come from the server between a frame and its acknowledgement.
LONGEST_REPLY = 4096


class Dialect[State](ABC):
    """One wire protocol as one tracker speaks it: every frame it sends, from a state."""

    def __init__(self, imei: str) -> None:
        """Speak for the tracker with this IMEI."""
        self.imei = imei

    @abstractmethod
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        """Tell whether bytes from the server hold what a frame waits for."""

    def is_answered(self, frame: bytes) -> bool:
        """Tell whether the server has to answer a frame."""
        return True

    def login(self, state: State) -> Iterable[bytes]:
        """Yield the frames without whose answers nothing else is said, each once the one before it is answered."""
        return ()

    def introduction(self, state: State) -> Sequence[bytes]:
        """Return what a tracker tells once, after it was switched on."""
        return ()

    def heartbeat(self, state: State) -> Sequence[bytes]:
        """Return what a tracker tells from time to time, wherever it is."""
        return ()

    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        """Return the requests, but no acknowledgements, in what the server said; and the rest, which may become one."""
        return (), b""

    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        """Return what a request is answered with, whether the tracker does it or refuses."""
        return ()

    @abstractmethod
    def report(self, state: State) -> bytes:
        """Return the frame that tells where the tracker is."""

    @abstractmethod
    def sos(self, state: State) -> bytes:
        """Return the frame that cries for help."""


class Keeper[State](Tracker):
    """A tracker with a choice of protocols, which tells everything, and in order.

    Everything that the protocol acknowledges is kept until it is, and sent again, byte for byte, when that takes too
    long and after each new connection; one frame waits for the one before it, so their order stays. What has no time of
    its own is measured only while there is a server.
    """

    #: The protocols a model speaks, the one it is delivered with first.
    dialects: ClassVar[Mapping[str, type[Dialect[Any]]]]

    def __init__(
        self,
        host: str,
        port: int,
        route: Journey,
        *,
        protocol: str | None = None,
        acknowledgement_timeout: float = 5.0,
        **options: Unpack[Options],
    ) -> None:
        """Make a tracker; KeyError if the model does not speak `protocol`."""
        super().__init__(host, port, route, **options)
        self.protocol = protocol or next(iter(self.dialects))
        self.acknowledgement_timeout = acknowledgement_timeout
        self._dialect: Dialect[State] = self.dialects[self.protocol](self.imei)
        self._outbox = Outbox()
        self._filled = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._awaited: bytes | None = None
        self._heard = b""
        #: Whether there is a server that has let us in.
        self._online = False

    @abstractmethod
    def observe(self, moment: Moment) -> State:
        """Return what the tracker knows that is at this place, at this time."""

    def state(self) -> State:
        """Return what the tracker knows now."""
        return self.observe(self.moment())

    @override
    def report(self, moment: Moment) -> bytes:
        return self._dialect.report(self.observe(moment))

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._dialect.sos(self.observe(moment))

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        return self._dialect.cut(data)

    @override
    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        return self._dialect.answer(order, self.state(), accepted=accepted)

    @override
    def switch_on(self) -> None:
        super().switch_on()
        self._keep(*self._dialect.introduction(self.state()), precious=True)

    @override
    def send_report(self) -> None:
        if not self._asleep:
            self._keep(self.report(self.moment()))

    def send_heartbeat(self) -> None:
        """Tell that the tracker is there."""
        if self._online:
            self._keep(*self._dialect.heartbeat(self.state()))

    @override
    def press_sos(self) -> None:
        self._note("presses SOS")
        self._keep(self.sos(self.moment()), precious=True)

    def greet(self) -> None:
        """Tell how things are, as each connection begins."""
        self.send_report()
        self.send_heartbeat()

    @override
    async def run(self) -> None:
        # It also measures while it has no server: that is told later.
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
                for login in self._dialect.login(self.state()):
                    await self._send_until_acknowledged(login)
                self._online, self._asleep = True, False
                self.greet()
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
