"""Who is answered, and who is not."""

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
