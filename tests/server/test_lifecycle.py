"""Opening the port, and closing it."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
import socket

import pytest

from custom_components.plaspy_trackers.gateway.server import Counters, Server
from tests.protocols.frames.gotop import FRAMES as GOTOP
from tests.simulator.te207 import encode_heartbeat

from .peers import FATHER, HOST, MOTHER, OPEN_END, PATIENCE, Listen, assert_forgotten, assert_free, read, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


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
            # A connection of another test may have had this number just now.
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


@pytest.mark.parametrize("turns", range(6))
async def test_stop_while_it_begins_to_serve_leaves_nothing_open(turns: int) -> None:
    server = Server(lambda session, reports: True)
    await server.bind(HOST, 0)
    serving = asyncio.create_task(server.serve())
    for _ in range(turns):
        await asyncio.sleep(0)
    await server.stop()
    await serving
    assert_free(server.port)
