"""The one port, by real sockets on loopback: what a peer may do, what it may not, and what it leaves behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
import socket
import struct
from typing import ClassVar, override

import pytest
from pytest_socket import socket_allow_hosts

from custom_components.plaspy_trackers.gateway import protocols
from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS, DecodeError, Match, Protocol, detect
from custom_components.plaspy_trackers.gateway.server import (
    UNCLAIMED_BYTES,
    UNCLAIMED_HEADS,
    Counters,
    Limits,
    Server,
    Session,
)
from tests.protocols.frames import DAMAGED_FRAMES, FRAMES, GOTOP, NOW, XEXUN
from tests.simulator.te207 import encode_heartbeat

pytestmark = pytest.mark.usefixtures("socket_enabled")

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

each_protocol = pytest.mark.parametrize("frames", [list(table.values()) for table in FRAMES.values()], ids=FRAMES)


class Acknowledging(Protocol):
    """A protocol that answers: `!L<id>` a login, `!D<id>` data, `!B<id>` a login whose answer is long, `!?` damage."""

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
        self._replies.append({b"L": b"login\n", b"D": b"data\n", b"B": self.LONG}.get(kind, b"what\n"))
        if kind == b"?":
            raise DecodeError("nothing in it")
        report = Report(identity, self.name)
        if kind == b"D":
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
        await until(lambda: any(one.protocol and one.protocol.waiting for one in self.server._sessions))

    async def close(self) -> None:
        """Stop the server and let nobody linger."""
        await self.server.stop()
        for talker in self._talkers:
            talker.transport.close()
        for peer in self._peers:
            peer.close()
        for peer in self._peers:
            await peer.wait_closed()

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        self.reports += reports
        self.sessions += [session] * len(reports)
        return not any(report.device_id in self.strangers for report in reports)


type Listen = Callable[..., Awaitable[Port]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Open ports: by default on any number, by TCP and UDP."""
    ports: list[Port] = []

    async def start(limits: Limits | None = None, *, host: str = HOST, port: int = 0) -> Port:
        opened = Port(limits, host)
        await opened.server.start(host, port)
        ports.append(opened)
        return opened

    yield start
    for opened in ports:
        await opened.close()
    # Closed transports leave with the next turn of the loop.
    await asyncio.sleep(0)


@pytest.fixture
def acknowledging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the port speak one protocol more, which answers."""
    monkeypatch.setattr(protocols, "PROTOCOLS", (*PROTOCOLS, Acknowledging))


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
        reports += claimed().feed(frame, NOW, final=True)
    return reports


# Arrival


async def test_tcp_and_udp_share_one_port(listen: Listen) -> None:
    port = await listen()
    peer, talker = await port.connect(), await port.talk()
    await port.say(peer, GOTOP["SOS"])
    await port.tell(talker, XEXUN["extended"])
    assert port.reports == read(GOTOP["SOS"], XEXUN["extended"])
    assert [session.transport for session in port.sessions] == ["tcp", "udp"]
    assert port.sessions[1].address == talker.address
    assert port.counters == Counters(connections=1, datagrams=1, reports=Counter(gotop=1, xexun=1))


async def test_tcp_alone_and_udp_alone(listen: Listen) -> None:
    server = Server(lambda session, reports: True)
    await server.start(HOST, 0, udp=False)
    first = server.port
    await server.stop()
    await server.start(HOST, first, tcp=False)
    assert server.port == first
    # The other half of the number is free.
    with socket.create_server((HOST, first)):
        pass
    await server.stop()


async def test_ipv6_loopback(listen: Listen) -> None:
    socket_allow_hosts(["::1"])
    try:
        port = await listen(host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    await port.say(await port.connect(), GOTOP["SOS"])
    await port.tell(await port.talk(), GOTOP["heartbeat"])
    assert port.reports == read(GOTOP["SOS"], GOTOP["heartbeat"])
    assert {session.address[0] for session in port.sessions} == {"::1"}


@each_protocol
async def test_frame_cut_into_single_bytes_is_delivered_whole(listen: Listen, frames: list[bytes]) -> None:
    port = await listen()
    peer = await port.connect()
    for position in range(len(frames[0])):
        await peer.say(frames[0][position : position + 1])
        await asyncio.sleep(0)
    await until(lambda: bool(port.reports))
    assert port.reports == read(frames[0])
    assert port.server.damaged == 0


@each_protocol
async def test_glued_frames_are_delivered_each(listen: Listen, frames: list[bytes]) -> None:
    port = await listen()
    glued = frames[:10]
    await port.say(await port.connect(), b"".join(glued), len(glued))
    assert port.reports == read(*glued)
    assert len(set(map(id, port.sessions))) == 1


async def test_two_trackers_share_one_udp_socket(listen: Listen) -> None:
    port = await listen()
    talker = await port.talk()
    for imei in (FATHER, MOTHER, FATHER):
        await port.tell(talker, encode_heartbeat(imei))
    assert [report.device_id for report in port.reports] == [FATHER, MOTHER, FATHER]
    assert len(port.server._peers) == 1


async def test_datagram_may_hold_several_frames(listen: Listen) -> None:
    port = await listen()
    await port.tell(await port.talk(), b"".join(GOTOP.values()))
    assert port.reports == read(*GOTOP.values())
    assert port.counters.reports == Counter(gotop=len(GOTOP))


async def test_two_protocols_share_one_udp_socket(listen: Listen) -> None:
    port = await listen()
    talker = await port.talk()
    frames = (GOTOP["SOS"], XEXUN["extended"], GOTOP["HDOP"])
    for frame in frames:
        await port.tell(talker, frame)
    assert port.reports == read(*frames)


async def test_half_a_datagram_does_not_wait_for_the_next(listen: Listen) -> None:
    port = await listen()
    talker = await port.talk()
    await port.tell(talker, GOTOP["SOS"][:60])
    await port.tell(talker, GOTOP["SOS"][60:])
    assert port.reports == []
    await port.tell(talker, GOTOP["SOS"])
    assert port.reports == read(GOTOP["SOS"])


async def test_silence_ends_frame_without_terminator(listen: Listen) -> None:
    port = await listen(Limits(settle=0.15))
    peer = await port.connect()
    began = asyncio.get_running_loop().time()
    await port.say(peer, OPEN_END)
    assert asyncio.get_running_loop().time() - began >= 0.15
    assert port.reports == read(OPEN_END)
    # And so the next one.
    await port.say(peer, OPEN_END)
    assert port.reports == read(OPEN_END, OPEN_END)


@pytest.mark.parametrize(("frame", "cut"), [(GOTOP["SOS"], 60), (GOTOP["SOS"], 110), (XEXUN["extended"], 60)])
async def test_pause_in_the_middle_of_a_frame_costs_nothing(listen: Listen, frame: bytes, cut: int) -> None:
    port = await listen(Limits(settle=0.02))
    peer = await port.connect()
    await peer.say(frame[:cut])
    await asyncio.sleep(0.08)
    await port.say(peer, frame[cut:])
    assert port.reports == read(frame)
    assert port.server.damaged == 0


async def test_end_of_stream_ends_frame(listen: Listen) -> None:
    port = await listen(Limits(settle=NEVER))
    peer = await port.connect()
    await peer.say(OPEN_END)
    peer.finish()
    assert await peer.hear_end() == b""
    assert port.reports == read(OPEN_END)
    assert port.server.connections == 0


async def test_reset_ends_frame(listen: Listen) -> None:
    port = await listen(Limits(settle=NEVER))
    peer = await port.connect()
    await peer.say(OPEN_END)
    await port.hold()
    peer.reset()
    await until(lambda: port.server.connections == 0)
    assert port.reports == read(OPEN_END)


# Time


@pytest.mark.parametrize(
    "dribble",
    [b"", GOTOP["SOS"][:-1], b"LOG2611210700", b"\0" * 200],
    ids=["silence", "half a frame", "undetected", "blanks"],
)
async def test_first_frame_has_to_come_in_time(listen: Listen, dribble: bytes) -> None:
    port = await listen(Limits(first_word=0.1, settle=0.02))
    peer = await port.connect()
    # Enough to be recognised by at once, the rest byte by byte.
    for piece in (dribble[:24], *(bytes([byte]) for byte in dribble[24:])):
        await peer.say(piece)
        await asyncio.sleep(0.005)
        if peer.hung_up:
            break
    assert await peer.hear_end() == b""
    recognised = not dribble or dribble.startswith(b"#")
    assert port.counters == Counters(connections=1, silent=recognised, unclaimed=not recognised)
    assert len(port.server.unclaimed) == (not recognised)
    assert port.server.connections == 0


async def test_silent_tracker_is_given_up(listen: Listen) -> None:
    port = await listen(Limits(first_word=0.1, idle=0.2))
    peer = await port.join(FATHER)
    began = asyncio.get_running_loop().time()
    assert await peer.hear_end() == b""
    assert asyncio.get_running_loop().time() - began >= 0.1
    assert port.counters == Counters(connections=1, silent=1, reports=Counter(gotop=1))


async def test_each_frame_puts_the_end_off(listen: Listen) -> None:
    port = await listen(Limits(first_word=0.1, idle=0.4))
    peer = await port.connect()
    for _ in range(8):
        await port.say(peer, encode_heartbeat(FATHER))
        await asyncio.sleep(0.1)
    assert not peer.hung_up
    assert port.server.connections == 1
    assert await peer.hear_end() == b""
    assert port.counters.silent == 1


async def test_bytes_that_are_no_frame_do_not_put_the_end_off(listen: Listen) -> None:
    port = await listen(Limits(first_word=0.1, idle=0.15, settle=0.02))
    peer = await port.join(FATHER)
    while not peer.hung_up:
        await peer.say(b"7")
        await asyncio.sleep(0.01)
    assert port.counters.silent == 1
    assert len(port.reports) == 1


# Room


async def test_oldest_stranger_makes_room(listen: Listen) -> None:
    port = await listen(Limits(connections=3))
    trusted = await port.join(FATHER)
    oldest, newer = await port.join(STRANGER), await port.connect()
    newest = await port.connect()
    assert await oldest.hear_end() == b""
    assert port.server.connections == 3
    assert port.counters == Counters(connections=4, displaced=1, reports=Counter(gotop=2))
    for peer in (trusted, newer, newest):
        await port.say(peer, encode_heartbeat(MOTHER))


async def test_strangers_do_not_displace_trackers(listen: Listen) -> None:
    port = await listen(Limits(connections=3))
    trusted = [await port.join(FATHER), await port.join(MOTHER)]
    for _ in range(5):
        await port.connect()
    assert port.server.connections == 3
    assert port.counters.displaced == 4
    for peer in trusted:
        await port.say(peer, encode_heartbeat(FATHER))


@pytest.mark.parametrize("limits", [Limits(connections=2), Limits(connections_per_address=2)])
async def test_tracker_gets_through_though_its_dead_connections_fill_the_port(listen: Listen, limits: Limits) -> None:
    port = await listen(limits)
    longest_silent, other = await port.join(FATHER), await port.join(FATHER)
    newest = await port.join(FATHER)
    assert await longest_silent.hear_end() == b""
    for peer in (other, newest):
        await port.say(peer, encode_heartbeat(FATHER))
    assert port.counters == Counters(connections=3, displaced=1, reports=Counter(gotop=5))


async def test_oldest_stranger_of_an_address_makes_room_there(listen: Listen) -> None:
    port = await listen(Limits(connections_per_address=2))
    elsewhere = await port.connect(local_host="127.0.0.2")
    first, second = await port.connect(), await port.connect()
    third = await port.connect()
    assert await first.hear_end() == b""
    for peer in (second, elsewhere, third):
        await port.say(peer, encode_heartbeat(FATHER))
    assert port.counters == Counters(connections=4, displaced=1, reports=Counter(gotop=3))


async def test_what_comes_before_it_serves_waits() -> None:
    server = Server(lambda session, reports: True)
    await server.bind(HOST, 0)
    _, writer = await asyncio.open_connection(HOST, server.port)
    writer.write(encode_heartbeat(FATHER))
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(encode_heartbeat(MOTHER), (HOST, server.port))
    await writer.drain()
    assert server.counters.connections == 0
    await server.serve()
    await until(lambda: server.counters.reports["gotop"] == 2)
    writer.close()
    await server.stop()


async def test_port_that_never_served_is_freed() -> None:
    server = Server(lambda session, reports: True)
    await server.bind(HOST, 0)
    await server.stop()
    socket.create_server((HOST, server.port)).close()


async def test_udp_peer_that_was_silent_longest_makes_room(listen: Listen) -> None:
    port = await listen(Limits(datagram_peers=2))
    first, second, third = [await port.talk() for _ in range(3)]
    for talker in (first, second, first, third):
        await port.tell(talker, GOTOP["heartbeat"])
    assert list(port.server._peers) == [first.address, third.address]
    assert port.counters.reports == Counter(gotop=4)


async def test_noise_behind_a_frame_ends_the_connection(listen: Listen) -> None:
    port = await listen(Limits(settle=NEVER))
    peer = await port.connect()
    await peer.say(GOTOP["SOS"])
    while not peer.hung_up:
        await peer.say(b"x" * 200)
        await asyncio.sleep(0.001)
    assert port.reports == read(GOTOP["SOS"])
    assert port.counters == Counters(connections=1, broken=1, reports=Counter(gotop=1))
    assert port.server.connections == 0


async def test_noise_that_arrived_with_a_frame_ends_the_connection(listen: Listen) -> None:
    port = await listen(Limits(settle=0.05))
    peer = await port.connect()
    await peer.say(GOTOP["SOS"] + b"x" * 5000)
    assert await peer.hear_end() == b""
    assert port.reports == read(GOTOP["SOS"])
    assert port.counters == Counters(connections=1, broken=1, reports=Counter(gotop=1))


async def test_blanks_without_end_are_not_kept(listen: Listen) -> None:
    port = await listen()
    peer = await port.connect()
    while not peer.hung_up:
        await peer.say(b"\0" * 1000)
        await asyncio.sleep(0.001)
        assert all(len(session._head) <= 1024 for session in port.server._sessions)
    assert port.counters == Counters(connections=1, unclaimed=1)


@pytest.mark.usefixtures("acknowledging")
async def test_peer_that_does_not_read_is_given_up(listen: Listen) -> None:
    port = await listen(Limits(unread=4096))
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, (HOST, port.server.port))
    try:
        # A half frame is held meanwhile: nothing may wait for its end any more.
        await loop.sock_sendall(client, b"!B1\n" * 400 + b"!half")
        await until(lambda: port.counters.broken == 1)
    finally:
        client.close()
    assert port.server.connections == 0


# Strangers


@pytest.mark.parametrize("head", SCANNERS.values(), ids=SCANNERS)
async def test_scanner_leaves_nothing_but_counters(listen: Listen, head: bytes) -> None:
    port = await listen()
    peer, talker = await port.connect(), await port.talk()
    await peer.say(head)
    assert await peer.hear_end() == b""
    await port.tell(talker, head)
    await port.tell(talker, b"")
    assert port.counters == Counters(connections=1, datagrams=2, unclaimed=3)
    assert_forgotten(port)
    assert talker.heard == []


async def test_port_scan_leaves_nothing_but_counters(listen: Listen) -> None:
    port = await listen(Limits(first_word=0.1))
    polite, rude, half_open = [await port.connect() for _ in range(3)]
    polite.close()
    rude.reset()
    assert await half_open.hear_end() == b""
    assert port.counters == Counters(connections=3, silent=1)
    assert_forgotten(port)


async def test_unknown_bytes_are_kept_within_bounds(listen: Listen) -> None:
    port = await listen()
    heads = [b"?%04d" % number + bytes(range(128)) for number in range(UNCLAIMED_HEADS + 5)]
    talker = await port.talk()
    for head in heads[:-1]:
        await port.tell(talker, head)
    # One that comes again is the newest again.
    await port.tell(talker, heads[8])
    peer = await port.connect()
    await peer.say(heads[-1])
    assert await peer.hear_end() == b""
    kept = [*heads[5:8], *heads[9:-1], heads[8], heads[-1]]
    assert port.server.unclaimed == {head[:UNCLAIMED_BYTES]: NOW for head in kept}
    assert list(port.server.unclaimed) == [head[:UNCLAIMED_BYTES] for head in kept]
    assert len(kept) == UNCLAIMED_HEADS
    assert port.counters == Counters(connections=1, datagrams=len(heads), unclaimed=len(heads) + 1)
    assert talker.heard == []


# Damage


@pytest.mark.parametrize("name", FRAMES)
async def test_damaged_frame_loses_only_itself(listen: Listen, name: str) -> None:
    port = await listen()
    good, damaged = next(iter(FRAMES[name].values())), DAMAGED_FRAMES[name][0]
    peer, other = await port.connect(), await port.connect()
    await port.say(peer, good + damaged + good, 2)
    await port.say(other, good)
    await port.say(peer, good)
    assert port.reports == read(good, good, good, good)
    assert port.server.damaged == 1
    peer.close()
    await until(lambda: port.server.connections == 1)
    assert port.server.damaged == port.counters.damaged == 1


async def test_damage_stays_counted_when_a_udp_peer_goes(listen: Listen) -> None:
    port = await listen(Limits(datagram_peers=1))
    talker = await port.talk()
    await port.tell(talker, DAMAGED_FRAMES["gotop"][0])
    await port.tell(talker, DAMAGED_FRAMES["xexun"][0])
    assert port.server.damaged == 2
    await port.tell(await port.talk(), DAMAGED_FRAMES["gotop"][0])
    assert port.server.damaged == 3
    await port.server.stop()
    assert port.server.damaged == port.counters.damaged == 3


async def test_forgotten_udp_peer_does_not_take_its_successor_along(listen: Listen) -> None:
    port = await listen()
    talker = await port.talk()
    await port.tell(talker, GOTOP["heartbeat"])
    first = port.sessions[0]
    first.close()
    await port.tell(talker, GOTOP["heartbeat"])
    first.close()
    assert list(port.server._peers.values()) == [port.sessions[1]]
    assert port.sessions[1] is not first


# Replies


@pytest.mark.usefixtures("acknowledging")
async def test_welcome_tracker_is_acknowledged(listen: Listen) -> None:
    port = await listen()
    peer, talker = await port.connect(), await port.talk()
    await peer.say(b"!L1\n!D1\n!?\n")
    assert await peer.hear(16) == b"login\ndata\nwhat\n"
    talker.say(b"!D1\n\n\n\n")
    await until(lambda: bool(talker.heard))
    assert talker.heard == [b"data\n" + b"what\n" * 3]
    assert port.sessions[0].trusted


@pytest.mark.usefixtures("acknowledging")
async def test_login_of_a_stranger_is_acknowledged_and_its_data_is_not(listen: Listen) -> None:
    port = await listen()
    identity = STRANGER.encode()
    peer = await port.connect()
    await port.say(peer, b"!D" + identity + b"\n")
    await port.say(peer, b"!L" + identity + b"\n")
    assert await peer.hear(6) == b"login\n"
    peer.finish()
    assert await peer.hear_end() == b""
    talker = await port.talk()
    await port.tell(talker, b"!D" + identity + b"\n")
    talker.say(b"!L" + identity + b"\n")
    await until(lambda: bool(talker.heard))
    assert talker.heard == [b"login\n"]
    assert not any(session.trusted for session in port.sessions)


@pytest.mark.usefixtures("acknowledging")
async def test_tracker_that_becomes_welcome_is_acknowledged(listen: Listen) -> None:
    port = await listen()
    peer = await port.connect()
    await port.say(peer, b"!D" + STRANGER.encode() + b"\n")
    assert len(port.server._strangers) == 1
    port.strangers.clear()
    await port.say(peer, b"!D" + STRANGER.encode() + b"\n")
    assert await peer.hear(5) == b"data\n"
    assert not port.server._strangers


@pytest.mark.usefixtures("acknowledging")
async def test_stranger_is_sent_no_more_than_it_sent_by_udp(listen: Listen) -> None:
    port = await listen()
    talker = await port.talk()
    await port.tell(talker, b"!B" + STRANGER.encode() + b"\n")
    await port.tell(talker, b"!?\n")
    await port.tell(talker, b"!?    \n")
    await until(lambda: bool(talker.heard))
    assert talker.heard == [b"what\n"]
    # Only a tracker that is welcome proves that the address is no victim's.
    await port.tell(talker, b"!B1\n")
    await until(lambda: len(talker.heard) == 2)
    assert talker.heard[1] == Acknowledging.LONG


# Beginning and end


async def test_stop_frees_the_port_and_ends_everything(listen: Listen) -> None:
    tasks = asyncio.all_tasks()
    port = await listen()
    number = port.server.port
    trusted, waiting, stranger = await port.join(FATHER), await port.connect(), await port.connect()
    await waiting.say(OPEN_END)
    await port.hold()
    await port.tell(await port.talk(), GOTOP["heartbeat"])
    await port.server.stop()
    assert asyncio.all_tasks() == tasks
    assert_forgotten(port)
    again = await listen(port=number)
    assert again.server.port == number
    for peer in (trusted, waiting, stranger):
        assert await peer.hear_end() == b""
    await again.say(await again.connect(), GOTOP["SOS"])
    await again.tell(await again.talk(), GOTOP["SOS"])
    assert again.reports == read(GOTOP["SOS"], GOTOP["SOS"])


async def test_stop_frees_the_port_at_once(listen: Listen) -> None:
    port = await listen()
    number = port.server.port
    await port.server.stop()
    assert_free(number)
    await port.server.stop()


# After two turns they are accepted and have no transport: asyncio itself drops them then, and complains about itself.
@pytest.mark.parametrize("turns", [0, 1, 3, 4, 5])
async def test_stop_ends_connections_that_were_only_just_made(listen: Listen, turns: int) -> None:
    port = await listen()
    clients = [socket.create_connection((HOST, port.server.port)) for _ in range(20)]
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await port.server.stop()
    assert_forgotten(port)
    for client in clients:
        client.close()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["TCP", "UDP"])
async def test_taken_port_leaves_nothing_open(kind: socket.SocketKind) -> None:
    server = Server(lambda session, reports: True)
    with socket.socket(type=kind) as occupant:
        occupant.bind((HOST, 0))
        if kind is socket.SOCK_STREAM:
            occupant.listen()
        number = occupant.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await server.start(HOST, number)
        other = socket.SOCK_DGRAM if kind is socket.SOCK_STREAM else socket.SOCK_STREAM
        with socket.socket(type=other) as free:
            free.bind((HOST, number))
    await server.start(HOST, number)
    assert server.port == number
    await server.stop()


async def test_server_survives_a_thousand_hasty_connections(listen: Listen) -> None:
    port = await listen()
    for number in range(1000):
        _, writer = await asyncio.open_connection(HOST, port.server.port)
        if number % 3 == 0:
            writer.write(encode_heartbeat(FATHER))
        if number % 2:
            writer.transport.abort()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    await until(lambda: port.counters.connections == 1000 and port.server.connections == 0)
    assert_forgotten(port)
    before = len(port.reports)
    await port.say(await port.connect(), GOTOP["SOS"])
    assert port.reports[before:] == read(GOTOP["SOS"])
    assert asdict(port.counters) == asdict(Counters(connections=1001, reports=Counter(gotop=before + 1)))


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
