"""What every simulated tracker does: connect, report, raise alarms, and come back when the server went away."""

from abc import ABC, abstractmethod
import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
from typing import ClassVar, Literal, TypedDict

from .link import Link
from .route import Journey, Position

type Transport = Literal["tcp", "udp"]

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
CONNECT_TIMEOUT = 10.0

#: How long a tracker takes to start again.
RESTART = 1.0

#: How long a tracker that sleeps waits for requests before it hangs up.
AWAKE = 2.0

#: How long a second is that the server tells.
SECOND = 1.0

#: Bytes of the server that may not be a whole request yet.
LONGEST_REQUEST = 4096

#: Seconds in which a datagram that nobody took has come back: nothing else tells that there is no server.
RETURN_TIME = 1.0

#: A charge lasts eight hours, charging again takes two.
DRAIN = 8 * 3600.0
CHARGE = 2 * 3600.0

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell a tracker is served by."""

    mcc: int
    mnc: int
    area: int
    cell: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What a tracker knows about itself at one time: the clock in UTC, the battery's charge as a share of 0 to 1."""

    time: datetime
    position: Position
    battery: float
    charging: bool


@dataclass(frozen=True, slots=True)
class Order:
    """One request of the server, as a tracker understands it.

    `kind` is what users call such a command, empty where the tracker does not know it; `name` what its answer calls the
    request by; `words` are what the request says beside its name; `seconds` how long, where it is about that.
    """

    kind: str
    name: str = ""
    words: tuple[str, ...] = ()
    seconds: float | None = None


class Options(TypedDict, total=False):
    """What a tracker is made with, besides where it reports to and how it goes; `Tracker` has what they mean."""

    imei: str | None
    transport: Transport | None
    interval: float
    sos_every: float | None
    fall_every: float | None
    refuses: Collection[str]
    forgets: int
    sleeps: float


class Tracker(ABC):
    """One tracker. `run()` is its life; `press_sos()` presses its button at any time of it.

    It does what the server asks for. It `refuses` these kinds of commands, says nothing to the first few requests that
    it `forgets`, and remembers in `obeyed` what it did. One that `sleeps` hangs up when it has reported, for so many
    seconds, and can be asked for something only in between; whatever has to arrive surely wakes it.
    """

    model: ClassVar[str]
    default_imei: ClassVar[str]
    default_transport: ClassVar[Transport] = "tcp"

    def __init__(
        self,
        host: str,
        port: int,
        route: Journey,
        *,
        imei: str | None = None,
        transport: Transport | None = None,
        interval: float = 5.0,
        sos_every: float | None = None,
        fall_every: float | None = None,
        refuses: Collection[str] = (),
        forgets: int = 0,
        sleeps: float = 0.0,
    ) -> None:
        """Make a tracker that reports to a server every `interval` seconds, or never for 0.

        It cries for help every `sos_every` seconds, and its wearer falls every `fall_every`.
        """
        self.host = host
        self.port = port
        self.imei = imei or self.default_imei
        self.transport: Transport = transport or self.default_transport
        self.interval = interval
        self.sos_every = sos_every
        self.fall_every = fall_every
        self.refuses = refuses
        self.forgets = forgets
        self.sleeps = sleeps
        self.obeyed: list[Order] = []
        self._route = route
        self._began = datetime.now(UTC)
        self._link: Link | None = None
        self._unsent: list[bytes] = []
        #: The last datagrams that had to arrive, each with the loop's time at which it was sent.
        self._sent: deque[tuple[float, bytes]] = deque(maxlen=8)
        #: What the server said that is not a whole request yet.
        self._asked = b""
        self._changed = asyncio.Event()
        self._on = asyncio.Event()
        self._on.set()
        self._restarting = False
        #: Whether it has hung up to sleep, and whether it has not been heard since.
        self._tired = False
        self._asleep = False
        self._woken = asyncio.Event()

    @abstractmethod
    def report(self, moment: Moment) -> bytes:
        """Return the frame that tells where the tracker is."""

    @abstractmethod
    def sos(self, moment: Moment) -> bytes:
        """Return the frame that cries for help."""

    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        """Return the requests in what the server said, and the rest, which may become one."""
        return (), b""

    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        """Return what a request is answered with, whether the tracker does it or refuses."""
        return ()

    def obey(self, order: Order) -> None:
        """Do what a request asks for, after its answer was sent."""
        match order.kind:
            case "locate":
                self.send_report()
            case "report_interval" if order.seconds is not None:
                self.interval = order.seconds * SECOND
                self._changed.set()
            case "stop_reports":
                self.interval = 0.0
                self._changed.set()
            case "reboot":
                self.reboot()
            case "power_off":
                self.switch_off()

    def routine(self) -> Sequence[tuple[float, Callable[[], None]]]:
        """Return what the tracker does by itself: a period in seconds, and the deed."""
        deeds: list[tuple[float, Callable[[], None]]] = []
        if self.interval:
            deeds.append((self.interval, self.send_report))
        if self.sos_every:
            deeds.append((self.sos_every, self.press_sos))
        if self.fall_every:
            deeds.append((self.fall_every, self.fall))
        return deeds

    def moment(self) -> Moment:
        """Return what the tracker knows now."""
        time = datetime.now(UTC)
        seconds = (time - self._began).total_seconds()
        battery, charging = battery_at(seconds)
        return Moment(time, self.place(seconds), battery, charging)

    def place(self, seconds: float) -> Position:
        """Return where the tracker is, `seconds` after its life began."""
        return self._route.at(seconds)

    def send_report(self) -> None:
        """Report the position now; without a server it is lost."""
        self._send(self.report(self.moment()))

    def press_sos(self) -> None:
        """Cry for help now, or as soon as there is a server."""
        self._note("presses SOS")
        self._send_surely(self.sos(self.moment()))

    def fall(self) -> None:
        """Let the wearer fall now; a model that notices says so."""
        self._note("falls, and does not notice")

    def reboot(self) -> None:
        """Hang up, and be there again in a moment."""
        self._restarting = True
        self.switch_off()

    def switch_off(self) -> None:
        """Hang up and do nothing until it is switched on again."""
        self._note("is off")
        self._on.clear()
        self._changed.set()
        if self._link is not None:
            self._link.close()

    def switch_on(self) -> None:
        """Begin anew."""
        self._note("is on")
        self._on.set()
        self._changed.set()

    async def run(self) -> None:
        """Report until cancelled, however often the server goes away."""
        pause = FIRST_PAUSE
        clock = asyncio.get_running_loop().time
        while True:
            await self._wait_on()
            began = clock()
            await self._visit()
            if not self._on.is_set():
                continue
            if self._tired:
                await self._sleep()
                pause = FIRST_PAUSE
                continue
            # A server that took us in and held out for a while was well: it is tried again soon.
            pause = FIRST_PAUSE if clock() - began > pause + CONNECT_TIMEOUT else pause
            self._note(f"no server at {self.host} port {self.port}, again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _wait_on(self) -> None:
        """Wait for as long as the tracker is off, which a reboot ends by itself."""
        if self._restarting:
            await asyncio.sleep(RESTART)
            self._restarting = False
            self.switch_on()
        await self._on.wait()

    async def _visit(self) -> None:
        """Speak with the server until it is gone, if it is there at all."""
        try:
            link = await self._connect()
        except OSError:
            return
        self._link, self._asked = link, b""
        dozing = asyncio.create_task(self._doze(link)) if self.sleeps else None
        try:
            with suppress(ConnectionError):
                await self._speak(link)
            self._take_back()
        finally:
            if dozing is not None:
                dozing.cancel()
            self._link = None
            link.close()

    async def _doze(self, link: Link) -> None:
        """Hang up as soon as nobody wants anything more, and all is said."""
        while True:
            self._woken.clear()
            await asyncio.sleep(AWAKE)
            if self._is_idle():
                self._tired = self._asleep = True
                # What is said from now on has to wait for the next link.
                self._link = None
                link.close()
                return

    def _is_idle(self) -> bool:
        """Tell whether nobody wanted anything of late, and nothing has to be said."""
        return not self._woken.is_set()

    async def _sleep(self) -> None:
        """Sleep until it is time to report, or there is something to tell."""
        self._note(f"sleeps for {self.sleeps:g} s")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.sleeps):
                await self._woken.wait()
        self._tired = False

    async def _connect(self) -> Link:
        """Return a link to the server; OSError if there is none, TimeoutError among them."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT):
            if self.transport == "udp":
                opening = loop.create_datagram_endpoint(self._make_link, remote_addr=(self.host, self.port))
                return (await opening)[1]
            return (await loop.create_connection(self._make_link, self.host, self.port))[1]

    def _make_link(self) -> Link:
        """Return a link that tells this tracker what the server says."""
        return Link(self._receive)

    async def _speak(self, link: Link) -> None:
        """Send what waited and then do the routine; a group with ConnectionError once the server is gone."""
        self._asleep = False
        unsent, self._unsent = self._unsent, []
        for frame in unsent:
            self._send_surely(frame)
        self.send_report()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_routine())
            group.create_task(link.wait_lost())

    async def _follow_routine(self) -> None:
        """Do the routine, and begin with it anew whenever it changes; switched off, do nothing."""
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                deeds = self.routine() if self._on.is_set() else ()
                tasks = [group.create_task(repeat(period, deed)) for period, deed in deeds]
                await self._changed.wait()
                for task in tasks:
                    task.cancel()

    def _receive(self, data: bytes) -> None:
        """Take what the server sent, and do what it asks for."""
        self._note(f"← {readable(data)}")
        orders, rest = self.cut(self._asked + data)
        # A datagram stands alone.
        self._asked = b"" if self.transport == "udp" else rest[-LONGEST_REQUEST:]
        for order in orders:
            self._take(order)

    def _take(self, order: Order) -> None:
        """Answer one request and do it; or refuse it, or let it pass as if it had never come."""
        self._woken.set()
        if self.forgets:
            self.forgets -= 1
            self._note(f"lets pass {order}")
            return
        accepted = bool(order.kind) and order.kind not in self.refuses
        for frame in self.answer(order, accepted=accepted):
            self._send(frame)
        if accepted:
            self.obeyed.append(order)
            self.obey(order)

    def _send(self, frame: bytes) -> None:
        """Send a frame if there is a server."""
        if self._link is None:
            return
        self._link.send(frame)
        self._note(f"→ {readable(frame)}")

    def _send_surely(self, frame: bytes) -> None:
        """Send a frame, or keep it until there is a server; a tracker that is off notices nothing."""
        if not self._on.is_set():
            return
        self._woken.set()
        if self._link is None:
            self._unsent.append(frame)
            return
        self._send(frame)
        if self.transport == "udp":
            self._sent.append((asyncio.get_running_loop().time(), frame))

    def _take_back(self) -> None:
        """Keep the datagrams that may have been among those that came back."""
        earliest = asyncio.get_running_loop().time() - RETURN_TIME
        self._unsent += [frame for time, frame in self._sent if time > earliest]
        self._sent.clear()

    def _note(self, text: str) -> None:
        """Tell whoever looks on."""
        _LOGGER.info("%s %s %s", self.model, self.imei, text)


def battery_at(seconds: float) -> tuple[float, bool]:
    """Return how full a battery is after so many seconds, as a share of 0 to 1, and whether it is being charged."""
    phase = seconds % (DRAIN + CHARGE)
    if phase < DRAIN:
        return 1.0 - phase / DRAIN, False
    return (phase - DRAIN) / CHARGE, True


def readable(data: bytes) -> str:
    """Return bytes as one line: printable ASCII as it is, the rest as backslash escapes."""
    return repr(data)[2:-1]


async def repeat(period: float, deed: Callable[[], None]) -> None:
    """Do a deed again and again."""
    while True:
        await asyncio.sleep(period)
        deed()
