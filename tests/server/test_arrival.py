"""What arrives is delivered, in whatever pieces."""

import asyncio
from collections import Counter
import socket

import pytest
from pytest_socket import socket_allow_hosts

from custom_components.plaspy_trackers.gateway.server import Counters, Limits, Server
from tests.protocols.frames import FRAMES
from tests.protocols.frames.gotop import FRAMES as GOTOP
from tests.protocols.frames.xexun import FRAMES as XEXUN
from tests.simulator.te207 import encode_heartbeat

from .peers import FATHER, HOST, MOTHER, NEVER, OPEN_END, Listen, read, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

each_protocol = pytest.mark.parametrize("frames", [list(table.values()) for table in FRAMES.values()], ids=FRAMES)


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
