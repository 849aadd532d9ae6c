"""What sockets cost: the real server, and beside it the least that asyncio can do, both fed by a second process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import gc
import json
import os
from pathlib import Path
import sys
import time
from typing import Any, Protocol as Shape, override

from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.gateway.server import Limits, Server, Session
from scripts.bench_frames import NOW, Kind
from scripts.bench_sender import CREDIT, HOST

CONNECTIONS = 8
#: Rounds of the pool by which it is found out how many make a run long enough.
TRIAL = 20
PATIENCE = 60.0

SENDER = Path(__file__).with_name("bench_sender.py")


class Target(Shape):
    """What is fed: opens a port, and calls back with the number of messages or bytes that came."""

    #: Whether bytes are counted, not messages.
    counts_bytes: bool

    async def open(self, count: Callable[[int], None], *, udp: bool) -> int:
        """Listen; return the port."""

    async def close(self) -> None:
        """Free the port."""


class OurServer:
    """The real server, whose receiver only counts."""

    counts_bytes = False

    async def open(self, count: Callable[[int], None], *, udp: bool) -> int:
        """Listen; return the port."""

        def receive(session: Session, reports: list[Report]) -> bool:
            count(len(reports))
            return True

        self._server = Server(receive, limits=Limits(connections_per_address=1000), now=lambda: NOW)
        await self._server.start(HOST, 0, tcp=not udp, udp=udp)
        return self._server.port

    async def close(self) -> None:
        """Free the port."""
        await self._server.stop()


class Floor:
    """Bare asyncio that counts bytes, and answers all that comes with the same reply if there is one."""

    counts_bytes = True

    def __init__(self, reply: bytes = b"") -> None:
        """Prepare what is not listening yet."""
        self._reply = reply

    async def open(self, count: Callable[[int], None], *, udp: bool) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._open: asyncio.BaseTransport | asyncio.Server
        if udp:
            self._open, _ = await loop.create_datagram_endpoint(
                lambda: _Counting(count, self._reply), local_addr=(HOST, 0)
            )
            return int(self._open.get_extra_info("sockname")[1])
        self._open = listener = await loop.create_server(lambda: _Counting(count, self._reply), HOST, 0)
        return int(listener.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Free the port."""
        self._open.close()
        await asyncio.sleep(0)


class _Counting(asyncio.Protocol, asyncio.DatagramProtocol):
    def __init__(self, count: Callable[[int], None], reply: bytes) -> None:
        self._count = count
        self._reply = reply

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._count(len(data))
        if self._reply:
            self._transport.write(self._reply)

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._count(len(data))
        if self._reply:
            self._transport.sendto(self._reply, addr)


@dataclass(slots=True)
class Run:
    """One run: what is counted until all of it has come, and what the sender is granted meanwhile."""

    wanted: int
    per_credit: int
    done: asyncio.Event
    grant: Callable[[bytes], None] | None = None
    end: float = 0.0
    count: int = 0
    granted: int = 0

    def add(self, count: int) -> None:
        """Count what came."""
        self.count += count
        if self.grant is not None and self.count - self.granted >= self.per_credit:
            self.granted += self.per_credit
            self.grant(b".")
        if self.count >= self.wanted and not self.end:
            self.end = time.monotonic()
            self.done.set()


@dataclass(frozen=True, slots=True)
class Way:
    """How frames are sent: as fast as they are taken, or each when the one before has got its reply."""

    udp: bool
    asks: bool

    @property
    def deed(self) -> str:
        """What the second process is told to do."""
        return "ask" if self.asks else "datagrams" if self.udp else "stream"

    @property
    def connections(self) -> int:
        """How many there are."""
        return 1 if self.deed == "datagrams" else CONNECTIONS

    @override
    def __str__(self) -> str:
        """Name it in a table."""
        return ("udp" if self.udp else "tcp") + (", answered" if self.asks else "")


def ways_of(kind: Kind) -> list[Way]:
    """Return how a kind of frame is sent. Datagrams that are answered are not sent ahead: nothing would bound them."""
    answered = bool(reply_to(kind))
    stream = Way(udp=False, asks=False)
    return (
        [stream, Way(udp=False, asks=True), Way(udp=True, asks=True)]
        if answered
        else [stream, Way(udp=True, asks=False)]
    )


async def measure(kind: Kind, target: Target, way: Way, *, repeats: int, seconds: float) -> list[float]:
    """Return messages a second of several runs, each of at least so many seconds."""
    trial = await run(kind, target, way, rounds=TRIAL)
    trial = await run(kind, target, way, rounds=_rounds(kind, trial, seconds / 3, way))
    rounds = _rounds(kind, trial, seconds * 1.1, way)
    return [await run(kind, target, way, rounds=rounds) for _ in range(repeats)]


async def run(kind: Kind, target: Target, way: Way, *, rounds: int) -> float:
    """Send all frames of a kind so many rounds; return messages a second, from the first sent to the last taken in."""
    frames = kind.pool()
    connections = way.connections
    messages = rounds * len(frames) * connections
    size = len(b"".join(frames)) / len(frames) if target.counts_bytes else 1
    done = asyncio.Event()
    counting = Run(round(messages * size), round(CREDIT * size), done)
    port = await target.open(counting.add, udp=way.udp)
    job = {"deed": way.deed, "port": port, "connections": connections, "rounds": rounds, "udp": way.udp}
    async with sending(frames, job) as sender:
        assert sender.stdin is not None
        if way.deed == "datagrams":
            counting.grant = sender.stdin.write
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        begin: float = await result(sender)
    await target.close()
    return messages / (counting.end - begin)


def reply_to(kind: Kind) -> bytes:
    """Return what a frame is answered with."""
    peer = kind.peer()
    peer.feed(kind.pool()[-1], NOW, final=True)
    return peer.data_to_send()


@asynccontextmanager
async def sending(frames: list[bytes], job: dict[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the second process with a job, and see it end."""
    pipe = asyncio.subprocess.PIPE
    sender = await asyncio.create_subprocess_exec(sys.executable, SENDER, stdin=pipe, stdout=pipe, limit=1 << 24)
    assert sender.stdin is not None
    text = json.dumps({**job, "frames": [frame.decode("latin-1") for frame in frames]}).encode()
    sender.stdin.write(b"%08d" % len(text) + text)
    try:
        yield sender
    finally:
        if sender.returncode is None:
            sender.stdin.close()
            await sender.wait()


async def result(sender: asyncio.subprocess.Process) -> Any:
    """Return what the second process has to say in the end."""
    assert sender.stdout is not None
    line = await sender.stdout.readline()
    await sender.wait()
    return json.loads(line)


def _rounds(kind: Kind, rate: float, seconds: float, way: Way) -> int:
    """Return how many rounds of the pool take so many seconds at a rate."""
    return max(1, round(rate * seconds / len(kind.pool()) / way.connections))


class _Held(asyncio.Protocol):
    """The least that a tracker's connection needs: a transport, and a decoder of its own."""

    def __init__(self, kind: Kind, heard: Callable[[], None]) -> None:
        self._decoder = kind.peer()
        self._heard = heard

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._decoder.feed(data, NOW)
        self._heard()


async def memory(kind: Kind, connections: int, *, bare: bool) -> float:
    """Return the bytes of memory that each of many idle connections takes; to be run in a fresh process."""
    run = Run(connections, 0, asyncio.Event())

    def receive(session: Session, reports: list[Report]) -> bool:
        run.add(len(reports))
        return True

    ours = Server(receive, limits=Limits(connections=connections, connections_per_address=connections))
    if bare:
        loop = asyncio.get_running_loop()
        floor = await loop.create_server(lambda: _Held(kind, lambda: run.add(1)), HOST, 0, backlog=connections)
        port = int(floor.sockets[0].getsockname()[1])
    else:
        await ours.start(HOST, 0, udp=False)
        port = ours.port
    gc.collect()
    before = resident()
    async with sending(kind.pool(), {"deed": "hold", "port": port, "connections": connections}):
        async with asyncio.timeout(PATIENCE):
            await run.done.wait()
        gc.collect()
        taken = resident() - before
    return taken / connections


def resident() -> int:
    """Return the bytes of memory this process takes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
