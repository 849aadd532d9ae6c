"""Peers of a port under test: by stream, by datagram, and a protocol that acknowledges."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
import socket
import struct
from typing import ClassVar, override

from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.gateway.protocols import DecodeError, Match, Protocol, detect
from custom_components.plaspy_trackers.gateway.server import Counters, Limits, Server, Session
from tests.protocols.frames import IDENTITIES, NOW
from tests.protocols.frames.xexun import FRAMES as XEXUN
from tests.simulator.te207 import encode_heartbeat

HOST = "127.0.0.1"
PATIENCE = 5.0
#: A limit that no test lives to see.
NEVER = 600.0

FATHER = "861234050000025"
MOTHER = "861234050000033"
STRANGER = "861234050000041"

OPEN_END = XEXUN["extended, no terminator"]

SCANNERS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: 192.0.2.1:8888\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(range(64)),
    "SSH": b"SSH-2.0-Go\r\n",
}


class Acknowledging(Protocol):
    """A protocol that answers.

    `!L<id>` is a login, `!B<id>` one whose answer is long, `!K<id>` a keep-alive with its battery, `!D<id>` data, `!?`
    damage.
    """

    name: ClassVar[str] = "acknowledging"
    LONG: ClassVar[bytes] = b"x" * 60_000

    @override
    @classmethod
    def match(cls, head: bytes) -> Match:
        return Match.YES if head.startswith(b"!") else Match.NO

    @override
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        end = data.find(b"\n", start)
        return None if end < 0 else (start, end + 1)

    @override
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        kind, identity = frame[1:2], frame[2:-1].decode()
        if greeting := {b"L": b"login\n", b"B": self.LONG, b"K": b"alive\n"}.get(kind):
            self._greet(greeting)
        else:
            self._acknowledge(b"data\n" if kind == b"D" else b"what\n")
        if kind == b"?":
            raise DecodeError("nothing in it")
        report = Report(identity, self.name)
        if kind in (b"D", b"K"):
            report.readings["battery_level"] = 50.0
        return (report,)


class Talker(asyncio.DatagramProtocol):
    """A UDP socket that speaks to one port, and what it was told."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.heard: list[bytes] = []
        self.transport: asyncio.DatagramTransport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport = transport

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.append(data)

    def say(self, data: bytes) -> None:
        """Send one datagram."""
        self.transport.sendto(data)

    @property
    def address(self) -> tuple[str, int]:
        """The address that the server sees."""
        host, port = self.transport.get_extra_info("sockname")[:2]
        return host, port


class Peer:
    """A TCP connection to the port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over a connection that is open."""
        self._reader = reader
        self._writer = writer

    async def say(self, data: bytes) -> None:
        """Send bytes; a server that has closed does not mind."""
        self._writer.write(data)
        with suppress(ConnectionError):
            await self._writer.drain()

    async def hear(self, length: int) -> bytes:
        """Return so many bytes that the server sent."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readexactly(length)

    async def hear_end(self) -> bytes:
        """Wait until the server has closed; return what it sent before."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    def finish(self) -> None:
        """Say that nothing follows."""
        self._writer.write_eof()

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    def reset(self) -> None:
        """Hang up without a good-bye: the server's side of the connection fails."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    @property
    def hung_up(self) -> bool:
        """Whether the server has closed."""
        return self._reader.at_eof() or self._reader.exception() is not None

    async def wait_closed(self) -> None:
        """Wait until nothing of the connection is left here."""
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class Port:
    """A server that listens, what it handed on, and those who speak to it."""

    def __init__(self, limits: Limits | None, host: str) -> None:
        """Prepare a server whose clock stands still."""
        self.server = Server(self._receive, limits=limits, now=lambda: NOW)
        self.host = host
        self.reports: list[Report] = []
        self.sessions: list[Session] = []
        #: Who is not welcome here.
        self.strangers = {STRANGER}
        #: Done when what is welcome is safe; None if it is at once.
        self.safe: asyncio.Future[None] | None = None
        self._peers: list[Peer] = []
        self._talkers: list[Talker] = []

    @property
    def counters(self) -> Counters:
        """What the server counts."""
        return self.server.counters

    async def connect(self, *, local_host: str | None = None) -> Peer:
        """Return a new TCP connection, which the server has seen."""
        seen = self.counters.connections
        local = (local_host, 0) if local_host else None
        peer = Peer(*await asyncio.open_connection(self.host, self.server.port, local_addr=local))
        self._peers.append(peer)
        await until(lambda: self.counters.connections > seen)
        return peer

    async def join(self, imei: str) -> Peer:
        """Return a new TCP connection on which a tracker has spoken."""
        peer = await self.connect()
        await self.say(peer, encode_heartbeat(imei))
        return peer

    async def talk(self) -> Talker:
        """Return a new UDP socket."""
        loop = asyncio.get_running_loop()
        _, talker = await loop.create_datagram_endpoint(Talker, remote_addr=(self.host, self.server.port))
        self._talkers.append(talker)
        return talker

    async def say(self, peer: Peer, data: bytes, reports: int = 1) -> None:
        """Say something, and wait until it has led to so many reports."""
        wanted = len(self.reports) + reports
        await peer.say(data)
        await until(lambda: len(self.reports) >= wanted)

    async def tell(self, talker: Talker, data: bytes) -> None:
        """Send a datagram, and wait until the server has seen it."""
        seen = self.counters.datagrams
        talker.say(data)
        await until(lambda: self.counters.datagrams > seen)

    async def hold(self) -> None:
        """Wait until a frame is held that is not whole yet."""
        await until(lambda: any(one.protocol and one.protocol.held for one in self.server._sessions))

    async def close(self) -> None:
        """Stop the server and let nobody linger."""
        await self.server.stop()
        for talker in self._talkers:
            talker.transport.close()
        for peer in self._peers:
            peer.close()
        for peer in self._peers:
            await peer.wait_closed()

    def _receive(self, session: Session, reports: list[Report]) -> bool | asyncio.Future[None]:
        self.reports += reports
        self.sessions += [session] * len(reports)
        if any(report.device_id in self.strangers for report in reports):
            return False
        return True if self.safe is None else self.safe


type Listen = Callable[..., Awaitable[Port]]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; it is an error if it does not within seconds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)


def read(*frames: bytes) -> list[Report]:
    """Return what whole frames mean, each on its own."""
    reports: list[Report] = []
    for frame in frames:
        claimed = detect(frame)
        assert claimed is not None
        reports += claimed(IDENTITIES.get(claimed.name)).feed(frame, NOW, final=True)
    return reports


def assert_forgotten(port: Port) -> None:
    """Hold that the server keeps nothing of anybody."""
    server = port.server
    assert server.connections == 0
    assert server.unclaimed == {}
    # A counter counts as equal to one that lacks its zeros.
    assert (server._sessions, server._strangers, dict(server._addresses), server._peers) == (set(), {}, {}, {})


def assert_free(number: int) -> None:
    """Hold that both halves of a port can be bound."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as own:
            own.bind((HOST, number))
