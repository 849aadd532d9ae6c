"""Peers that nobody understands, or only in part."""

import pytest

from custom_components.plaspy_trackers.gateway.server import UNCLAIMED_BYTES, UNCLAIMED_HEADS, Counters, Limits
from tests.protocols.frames import DAMAGED_FRAMES, FRAMES, NOW
from tests.protocols.frames.gotop import FRAMES as GOTOP

from .peers import SCANNERS, Listen, assert_forgotten, read, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


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


@pytest.mark.parametrize("name", FRAMES)
async def test_damaged_frame_loses_only_itself(listen: Listen, name: str) -> None:
    port = await listen()
    good, damaged = next(iter(FRAMES[name].values())), DAMAGED_FRAMES[name][0]
    peer, other = await port.connect(), await port.connect()
    # What of a damaged frame can be read is told.
    wanted = read(good, damaged, good)
    await port.say(peer, good + damaged + good, len(wanted))
    await port.say(other, good)
    await port.say(peer, good)
    assert port.reports == wanted + read(good, good)
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
