"""The one port: TCP and UDP, every peer recognised by its bytes, every resource a peer can take bounded.

The port stands on the open internet. Whoever speaks no tracker's protocol is closed without a word and counted.
"""

from abc import ABC, abstractmethod
from asyncio import (
    AbstractEventLoop,
    BaseTransport,
    DatagramProtocol,
    DatagramTransport,
    Future,
    Lock,
    Protocol as StreamProtocol,
    Server as StreamServer,
    TimerHandle,
    Transport,
    get_running_loop,
)
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from socket import AI_PASSIVE, SOCK_DGRAM, SOCK_STREAM, create_server, socket as Socket
from typing import ClassVar, cast, override

from .limits import Counters, Limits
from .models import Report
from .protocols import FrameError, Match, Protocol, detect

#: Takes the reports of one arrival and says whether their tracker is welcome here: by a future if it is, which is done
#: when the reports are safe, and fails if they cannot be kept. That decides whether, and when, a frame that carries
#: data is acknowledged: a tracker keeps, and sends again, what nobody acknowledged.
type Receiver = Callable[[Session, list[Report]], bool | Future[None]]

#: What scanners and browsers begin with: counted like all that nobody claims, but not worth showing to anybody.
SCANNERS = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"PRI ", b"SSH-", b"SIP/", b"\x16\x03")

#: How much is kept of peers that nobody understood: enough to tell a protocol by, and no more than a page.
SHORTEST_HEAD = 5
UNCLAIMED_BYTES = 64
UNCLAIMED_HEADS = 20

#: An IP address and port, with two more numbers for IPv6.
type Address = tuple[str, int] | tuple[str, int, int, int]


class Session(ABC):
    """One peer, by TCP connection or UDP address: its protocol once recognised, and the way back to it."""

    transport: ClassVar[str]
    address: Address
    protocol: Protocol | None = None
    #: Whether a tracker that is welcome here has spoken.
    trusted: bool = False

    def __init__(self, server: Server, address: Address) -> None:
        """Begin with a peer that has not said anything."""
        self._server = server
        self.address = address
        #: How many acknowledgements wait for their reports to be safe.
        self._waiting = 0

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether the peer may still hear what it is sent."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Send bytes to the peer."""

    @abstractmethod
    def close(self) -> None:
        """End the conversation at once."""

    def _answer(self, reports: list[Report]) -> bytes:
        """Hand reports on; return the replies that may leave: no acknowledgement if their tracker is not welcome.

        Where reports are not safe yet, their acknowledgements leave once they are.
        """
        assert self.protocol is not None
        welcome = self._server.deliver(self, reports)
        if isinstance(welcome, bool):
            return self.protocol.data_to_send(acknowledge=welcome)
        if acknowledgements := self.protocol.take_acknowledgements():
            self._waiting += 1
            welcome.add_done_callback(partial(self._acknowledge, acknowledgements))
        return self.protocol.data_to_send()

    def _acknowledge(self, acknowledgements: bytes, safe: Future[None]) -> None:
        """Acknowledge reports that are safe now; those that could not be kept come again."""
        self._waiting -= 1
        if not safe.cancelled() and safe.exception() is None:
            self.send(acknowledgements)


class StreamSession(Session, StreamProtocol):
    """A TCP connection."""

    transport = "tcp"

    def __init__(self, server: Server) -> None:
        """Wait for `connection_made`."""
        super().__init__(server, ("", 0))
        self._head = b""
        self.heard_at = 0.0
        self._timer: TimerHandle | None = None
        self._settle_timer: TimerHandle | None = None
        self._stream: Transport | None = None
        self._ended = False

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        """Admit the peer, at the cost of another when there are too many."""
        self._stream = cast("Transport", transport)
        self._stream.set_write_buffer_limits(high=self._server.limits.unread)
        self.address = self._stream.get_extra_info("peername") or self.address
        self._server.admit(self)
        self._timer = self._server.loop.call_later(self._server.limits.first_word, self._be_silent)

    @override
    def data_received(self, data: bytes) -> None:
        """Recognise the protocol by the first bytes, then decode."""
        if self._stream is None:
            return
        if self.protocol is None and not self._recognise(data):
            return
        if self._settle_timer is not None:
            self._settle_timer.cancel()
            self._settle_timer = None
        assert self.protocol is not None
        data, self._head = self._head + data, b""
        try:
            reports = self.protocol.feed(data, self._server.now())
        except FrameError:
            self._server.counters.broken += 1
            self.close()
            return
        self._deliver(reports)
        if not self.trusted and self.protocol.held > self._server.limits.stranger_frame:
            self._server.counters.broken += 1
            self.close()

    def _recognise(self, data: bytes) -> bool:
        """Find the protocol of the first bytes; hold them while they are too few to tell."""
        try:
            claimed = detect(self._head + data)
        except FrameError:
            self._head += data
            self.close()
            return False
        if claimed is None:
            self._head += data
            return False
        self.protocol = claimed()
        return True

    def _deliver(self, reports: list[Report]) -> None:
        """Hand reports on and answer; wait for silence where only silence ends the next frame."""
        assert self.protocol is not None
        if reports:
            self.heard_at = self._server.loop.time()
        replies = self._answer(reports)
        if replies and self._stream is not None:
            self._stream.write(replies)
        # The receiver may have closed the connection, and so may the write.
        if self._stream is not None and self.protocol.held and self._settle_timer is None:
            self._settle_timer = self._server.loop.call_later(self._server.limits.settle, self._settle)

    def _settle(self) -> None:
        """Read what is held as whole: nothing followed it for a second."""
        assert self.protocol is not None
        try:
            reports = self.protocol.settle(self._server.now())
        except FrameError:
            self._server.counters.broken += 1
            self.close()
            return
        if reports:
            self._settle_timer = None
        # Otherwise the timer that fired stays, so that the same leftovers do not set another.
        self._deliver(reports)

    def _be_silent(self) -> None:
        """Give the peer up if it has been silent for too long, else look again when it may be."""
        limits = self._server.limits
        due = self.heard_at + limits.idle - self._server.loop.time() if self.heard_at else 0.0
        if due > 0.0:
            self._timer = self._server.loop.call_later(due, self._be_silent)
            return
        if self.protocol is not None or not self._head:
            self._server.counters.silent += 1
        self.close()

    @override
    def eof_received(self) -> bool:
        """Read what is held as whole: the peer will send no more, but may wait to be acknowledged."""
        self._ended = True
        if self.protocol is not None and self._stream is not None:
            try:
                reports = self.protocol.feed(b"", self._server.now(), final=True)
            except FrameError:
                self._server.counters.broken += 1
            else:
                self._deliver(reports)
        return self._waiting > 0

    @override
    def _acknowledge(self, acknowledgements: bytes, safe: Future[None]) -> None:
        super()._acknowledge(acknowledgements, safe)
        if self._ended and not self._waiting and self._stream is not None:
            self._stream.close()

    @override
    def pause_writing(self) -> None:
        """Give up a peer that does not take what it is sent."""
        self._server.counters.broken += 1
        self.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the peer, after reading what it left when it was cut off."""
        if exc is not None:
            self.eof_received()
        self._forget()

    @property
    @override
    def is_open(self) -> bool:
        return self._stream is not None and not self._ended and not self._stream.is_closing()

    @override
    def send(self, data: bytes) -> None:
        if self._stream is not None:
            self._stream.write(data)

    @override
    def close(self) -> None:
        if self._stream is not None:
            self._stream.abort()
            self._forget()

    def _forget(self) -> None:
        """Leave the server and stop every timer."""
        if self.protocol is None and self._head:
            self._server.turn_away(self._head)
            self._head = b""
        self._stream = None
        self._server.dismiss(self)
        for timer in (self._timer, self._settle_timer):
            if timer is not None:
                timer.cancel()


class DatagramSession(Session):
    """A UDP address. Every datagram stands alone; what lives on is the identity that a login told."""

    transport = "udp"

    @property
    @override
    def is_open(self) -> bool:
        return self._server.knows(self)

    @override
    def send(self, data: bytes) -> None:
        self._server.send_datagram(data, self.address)

    @override
    def close(self) -> None:
        self._server.forget_datagrams(self)

    def datagram_received(self, data: bytes, claimed: type[Protocol]) -> None:
        """Decode one datagram of the protocol that claimed it."""
        if type(self.protocol) is not claimed:
            self._server.count_damage(self)
            self.protocol = claimed()
        assert self.protocol is not None
        try:
            reports = self.protocol.feed(data, self._server.now(), final=True)
        except FrameError:
            self._server.counters.broken += 1
            return
        replies = self._answer(reports)
        # A source address can be forged: nobody unknown gets more bytes sent to it than it sent.
        if replies and (self.trusted or len(replies) <= len(data)):
            self.send(replies)


class _Datagrams(DatagramProtocol):
    """The UDP socket: finds the session of each datagram."""

    transport: DatagramTransport

    def __init__(self, server: Server) -> None:
        self._server = server
        self.closed = server.loop.create_future()

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        self.transport = cast("DatagramTransport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._server.datagram_received(data, addr)


class Server:
    """Listens on one port, by TCP and UDP, and hands every report to one receiver.

    `receive` is called in the event loop for each arrival, with the session it came by. It must not raise.
    """

    def __init__(
        self, receive: Receiver, *, limits: Limits | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        """Prepare a server that is not listening yet; `now` is the clock, in the home's time zone."""
        self.limits = limits or Limits()
        self.counters = Counters()
        self.now = now or _utcnow
        self.loop: AbstractEventLoop
        #: The port that is listened on; what a port of 0 became.
        self.port = 0
        self._receive = receive
        #: Bound, and not served yet.
        self._sockets: list[Socket] = []
        #: Held while the port begins or ends to be served: one waits for the other.
        self._changing = Lock()
        self._streams: StreamServer | None = None
        self._datagrams: _Datagrams | None = None
        self._sessions: set[StreamSession] = set()
        #: Connections that no welcome tracker has spoken on, oldest first.
        self._strangers: dict[StreamSession, None] = {}
        self._addresses: Counter[str] = Counter()
        self._peers: dict[Address, DatagramSession] = {}
        #: First bytes of the last peers that nobody understood.
        self.unclaimed: dict[bytes, datetime] = {}

    @property
    def connections(self) -> int:
        """How many TCP connections are open."""
        return len(self._sessions)

    async def start(self, host: str, port: int, *, tcp: bool = True, udp: bool = True) -> None:
        """Listen at once. OSError when an address cannot be bound; nothing is left open then."""
        await self.bind(host, port, tcp=tcp, udp=udp)
        await self.serve()

    async def bind(self, host: str, port: int, *, tcp: bool = True, udp: bool = True) -> None:
        """Open the port, but let what comes wait in the system's queues until `serve()`.

        OSError when the address cannot be bound, ValueError when it cannot be one; nothing is left open then. Of a name
        with several addresses the first is taken.
        """
        self.loop = get_running_loop()
        family, _, _, _, address = (await self.loop.getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE))[0]
        try:
            if tcp:
                # After a restart all trackers come back at once: one that finds no room to wait in tries again only
                # seconds later.
                listener = create_server(address, family=family, backlog=self.limits.connections)
                self._sockets.append(listener)
                address = listener.getsockname()
            if udp:
                datagrams = Socket(family, SOCK_DGRAM)
                self._sockets.append(datagrams)
                datagrams.bind(address)
        except OSError:
            await self.stop()
            raise
        for socket in self._sockets:
            socket.setblocking(False)
        self.port = self._sockets[0].getsockname()[1]

    async def serve(self) -> None:
        """Take in what waits, and from now on whatever comes."""
        async with self._changing:
            while self._sockets:
                socket = self._sockets.pop()
                if socket.type == SOCK_STREAM:
                    self._streams = await self.loop.create_server(
                        lambda: StreamSession(self), sock=socket, backlog=self.limits.connections
                    )
                else:
                    _, self._datagrams = await self.loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=socket)

    async def stop(self) -> None:
        """Free the port and abort every connection."""
        async with self._changing:
            while self._sockets:
                self._sockets.pop().close()
            streams, self._streams = self._streams, None
            datagrams, self._datagrams = self._datagrams, None
            for session in (*self._sessions, *self._peers.values()):
                session.close()
            if datagrams is not None:
                datagrams.transport.abort()
            if streams is not None:
                streams.close()
                # Those that were accepted and have not become sessions yet.
                streams.abort_clients()
                await streams.wait_closed()
            if datagrams is not None:
                await datagrams.closed

    def admit(self, session: StreamSession) -> None:
        """Count a new connection in; where a limit is reached another has to go.

        The new one never does: a tracker whose old connections died unnoticed must always get through.
        """
        host = session.address[0]
        self.counters.connections += 1
        if self._addresses[host] >= self.limits.connections_per_address:
            self._displace(host)
        if len(self._sessions) >= self.limits.connections:
            self._displace(None)
        self._sessions.add(session)
        self._strangers[session] = None
        self._addresses[host] += 1

    def _displace(self, host: str | None) -> None:
        """Close the oldest connection no welcome tracker has spoken on, else the one that was silent longest."""
        for stranger in self._strangers:
            if host is None or stranger.address[0] == host:
                break
        else:
            rivals = (one for one in self._sessions if host is None or one.address[0] == host)
            stranger = min(rivals, key=lambda session: session.heard_at)
        self.counters.displaced += 1
        stranger.close()

    def dismiss(self, session: StreamSession) -> None:
        """Count a connection out."""
        if session not in self._sessions:
            return
        self._sessions.remove(session)
        self._strangers.pop(session, None)
        host = session.address[0]
        self._addresses[host] -= 1
        if not self._addresses[host]:
            del self._addresses[host]
        self.count_damage(session)

    def deliver(self, session: Session, reports: list[Report]) -> bool | Future[None]:
        """Hand reports to the receiver; return whether their tracker is welcome, or a future if it is."""
        if not reports:
            return True
        assert session.protocol is not None
        self.counters.reports[session.protocol.name] += len(reports)
        welcome = self._receive(session, reports)
        if welcome is not False and not session.trusted:
            session.trusted = True
            if isinstance(session, StreamSession):
                self._strangers.pop(session, None)
        return welcome

    def turn_away(self, head: bytes) -> None:
        """Count a peer whose bytes nobody claims, and keep them for the owner of a tracker we do not know yet."""
        self.counters.unclaimed += 1
        head = head[:UNCLAIMED_BYTES]
        if len(head) < SHORTEST_HEAD or head.startswith(SCANNERS):
            return
        self.unclaimed.pop(head, None)
        self.unclaimed[head] = self.now()
        if len(self.unclaimed) > UNCLAIMED_HEADS:
            del self.unclaimed[next(iter(self.unclaimed))]

    def datagram_received(self, data: bytes, address: Address) -> None:
        """Find the protocol of one datagram, and the session of its sender."""
        self.counters.datagrams += 1
        session = self._peers.get(address)
        claimed = _recognise(data, session)
        if claimed is None:
            self.turn_away(data)
            return
        self._peers.pop(address, None)
        session = self._peers[address] = session or DatagramSession(self, address)
        if len(self._peers) > self.limits.datagram_peers:
            next(iter(self._peers.values())).close()
        session.datagram_received(data, claimed)

    def send_datagram(self, data: bytes, address: Address) -> None:
        """Send one datagram, from the port that trackers know."""
        if self._datagrams is not None:
            self._datagrams.transport.sendto(data, address)

    def knows(self, session: DatagramSession) -> bool:
        """Return whether a UDP peer is one that is remembered."""
        return self._datagrams is not None and self._peers.get(session.address) is session

    def forget_datagrams(self, session: DatagramSession) -> None:
        """Forget a UDP peer."""
        if self._peers.get(session.address) is session:
            del self._peers[session.address]
            self.count_damage(session)

    @property
    def damaged(self) -> int:
        """Return how many frames could not be read, on open sessions and on those that are gone."""
        protocols = [session.protocol for session in (*self._sessions, *self._peers.values())]
        return self.counters.damaged + sum(protocol.damaged for protocol in protocols if protocol is not None)

    def count_damage(self, session: Session) -> None:
        """Keep count of the frames that could not be read by a protocol instance that is being given up."""
        if session.protocol is not None:
            self.counters.damaged += session.protocol.damaged


def _recognise(data: bytes, session: Session | None) -> type[Protocol] | None:
    """Return the protocol of a datagram: no two claim the same bytes, so the one spoken before is asked first."""
    if session is not None and session.protocol is not None and session.protocol.match(data) is Match.YES:
        return type(session.protocol)
    try:
        return detect(data)
    except FrameError:
        return None


def _utcnow() -> datetime:
    return datetime.now(UTC)
