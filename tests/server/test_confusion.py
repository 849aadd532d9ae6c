"""Trackers of every protocol on one port at once, cut and mixed at random: each is recognised, and none is confused."""

import asyncio
from collections import defaultdict
from random import Random

import pytest

from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS, Protocol
from custom_components.plaspy_trackers.gateway.server import Limits
from tests.protocols.frames import FRAMES, LOGINS, NOW

from .peers import Listen, Port, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

CONNECTIONS = 200
LONGEST_PIECE = 90


async def test_two_hundred_connections_of_every_protocol_are_told_apart(listen: Listen) -> None:
    random = Random(7)
    port = await listen(Limits(connections_per_address=CONNECTIONS))
    kinds = [PROTOCOLS[number % len(PROTOCOLS)] for number in range(CONNECTIONS)]
    random.shuffle(kinds)
    streams = [stream(kind, random) for kind in kinds]
    peers = [await port.connect() for _ in streams]
    expected = [kind().feed(data, NOW) for kind, data in zip(kinds, streams, strict=True)]
    order = [number for number, data in enumerate(streams) for _ in range(len(data) // LONGEST_PIECE + 1)]
    random.shuffle(order)
    for number in order:
        data, streams[number] = cut(streams[number], random)
        await peers[number].say(data)
        if not random.randrange(20):
            await asyncio.sleep(0)
    for peer, rest in zip(peers, streams, strict=True):
        await peer.say(rest)
    await until(lambda: len(port.reports) >= sum(map(len, expected)))
    assert port.counters.unclaimed == port.counters.broken == 0
    assert sorted(heard(port), key=repr) == sorted(
        ((kind, reports) for kind, reports in zip(kinds, expected, strict=True)), key=repr
    )


async def test_datagrams_of_every_protocol_from_one_address_are_told_apart(listen: Listen) -> None:
    random = Random(8)
    port = await listen()
    talker = await port.talk()
    frames = [(kind, frame) for kind in PROTOCOLS for frame in FRAMES[kind.name].values()]
    random.shuffle(frames)
    for kind, frame in frames:
        login = LOGINS.get(kind.name, b"")
        before = len(port.reports)
        await port.tell(talker, login + frame)
        assert port.reports[before:] == kind().feed(login + frame, NOW, final=True)
    assert port.counters.unclaimed == 0


def stream(kind: type[Protocol], random: Random) -> bytes:
    """Return every frame of a protocol, in any order, behind its login if it has one."""
    frames = list(FRAMES[kind.name].values())
    random.shuffle(frames)
    # Some end where the next begins.
    return LOGINS.get(kind.name, b"") + b"".join(frames) + frames[0]


def cut(data: bytes, random: Random) -> tuple[bytes, bytes]:
    """Return a piece of a stream, and the rest."""
    length = random.randint(1, LONGEST_PIECE)
    return data[:length], data[length:]


def heard(port: Port) -> list[tuple[type[Protocol], list[Report]]]:
    """Return what each connection said, and in which protocol."""
    by_session = defaultdict(list)
    for session, report in zip(port.sessions, port.reports, strict=True):
        by_session[session].append(report)
    return [(type(session.protocol), reports) for session, reports in by_session.items() if session.protocol]
