"""Who is answered, who is not, and when."""

import asyncio

import pytest

from .peers import STRANGER, Acknowledging, Listen, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


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
async def test_keep_alive_of_a_stranger_is_answered_though_it_tells_the_battery(listen: Listen) -> None:
    port = await listen()
    identity = STRANGER.encode()
    peer = await port.connect()
    await port.say(peer, b"!D" + identity + b"\n!K" + identity + b"\n")
    assert await peer.hear(6) == b"alive\n"
    peer.finish()
    assert await peer.hear_end() == b""


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


@pytest.mark.usefixtures("acknowledging")
async def test_data_is_acknowledged_once_it_is_safe_and_a_login_at_once(listen: Listen) -> None:
    port = await listen()
    peer, talker = await port.connect(), await port.talk()
    port.safe = asyncio.Future()
    await port.say(peer, b"!D1\n!L1\n!D1\n", reports=3)
    assert await peer.hear(6) == b"login\n"
    talker.say(b"!D1\n!K1\n")
    await until(lambda: bool(talker.heard))
    assert talker.heard == [b"alive\n"]
    assert port.sessions[0].trusted
    port.safe.set_result(None)
    assert await peer.hear(10) == b"data\n" * 2
    await until(lambda: len(talker.heard) == 2)
    assert talker.heard[1] == b"data\n"


@pytest.mark.usefixtures("acknowledging")
async def test_data_that_cannot_be_kept_is_not_acknowledged(listen: Listen) -> None:
    port = await listen()
    peer = await port.connect()
    port.safe = asyncio.Future()
    await port.say(peer, b"!D1\n")
    port.safe.set_exception(OSError("disk full"))
    port.safe = asyncio.Future()
    await port.say(peer, b"!D1\n")
    port.safe.cancel()
    port.safe = None
    await port.say(peer, b"!L1\n!D1\n", reports=2)
    assert await peer.hear(11) == b"login\ndata\n"


@pytest.mark.usefixtures("acknowledging")
async def test_who_has_said_all_still_hears_that_it_is_safe(listen: Listen) -> None:
    port = await listen()
    peer, mute = await port.connect(), await port.connect()
    port.safe = asyncio.Future()
    await port.say(peer, b"!D1\n")
    peer.finish()
    mute.finish()
    assert await mute.hear_end() == b""
    port.safe.set_result(None)
    assert await peer.hear_end() == b"data\n"
    await until(lambda: not port.server.connections)


@pytest.mark.usefixtures("acknowledging")
async def test_who_is_gone_when_its_data_is_safe_is_not_missed(listen: Listen) -> None:
    port = await listen()
    peer = await port.connect()
    port.safe = asyncio.Future()
    await port.say(peer, b"!D1\n")
    peer.reset()
    await until(lambda: not port.server.connections)
    port.safe.set_result(None)
    port.safe = None
    other = await port.connect()
    await other.say(b"!D1\n")
    assert await other.hear(5) == b"data\n"
