"""What peers may take: time, room and memory."""

import asyncio
from collections import Counter
import socket

import pytest

from custom_components.plaspy_trackers.gateway.server import Counters, Limits
from tests.protocols.frames.gotop import FRAMES as GOTOP
from tests.simulator.te207 import encode_heartbeat

from .peers import FATHER, HOST, MOTHER, NEVER, STRANGER, Listen, read, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


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


@pytest.mark.usefixtures("acknowledging")
async def test_unfinished_frame_of_a_stranger_is_bounded_apart(listen: Listen) -> None:
    port = await listen(Limits(stranger_frame=100))
    stranger, peer = await port.connect(), await port.connect()
    await port.say(peer, b"!D1\n")
    assert await peer.hear(5) == b"data\n"
    for one in (stranger, peer):
        await one.say(b"!D" + b"1" * 120)
    assert await stranger.hear_end() == b""
    assert port.counters.broken == 1
    await peer.say(b"\n")
    assert await peer.hear(5) == b"data\n"
