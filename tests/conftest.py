"""What the tests of the integration share: a Home Assistant with a port open, and trackers that speak to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.entity import Entity

from custom_components.plaspy_trackers.const import CONF_TCP, CONF_UDP, DOMAIN
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.subentries import new_subentry

IMEI = "861234050000017"
HOST = "127.0.0.1"

type Say = Callable[..., Awaitable[None]]


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A configuration folder of the test's own: the archive is a file in it."""
    return hass_tmp_config_dir


@pytest.fixture
def entry() -> MockConfigEntry:
    """A port that is free, with one tracker added to it."""
    subentry = new_subentry(IMEI, "Father")
    return MockConfigEntry(
        domain=DOMAIN,
        title="Port",
        data={CONF_HOST: HOST, CONF_PORT: 0, CONF_TCP: True, CONF_UDP: True},
        subentries_data=(
            {
                "data": dict(subentry.data),
                "subentry_type": subentry.subentry_type,
                "title": subentry.title,
                "unique_id": subentry.unique_id,
                "subentry_id": subentry.subentry_id,
            },
        ),
    )


@pytest.fixture
def every_entity_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable the entities, too, that a user enables by hand."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
async def hub(
    hass: HomeAssistant, entry: PlaspyConfigEntry, enable_custom_integrations: None, socket_enabled: None
) -> AsyncIterator[Hub]:
    """The hub of a set-up entry, listening."""
    entry.add_to_hass(hass)  # type: ignore[attr-defined]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield entry.runtime_data
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def say(hass: HomeAssistant, entry: PlaspyConfigEntry, hub: Hub) -> Say:
    """Send bytes to the port as a tracker does, and wait until they have been taken in, after a reload too."""

    async def send(*frames: bytes, udp: bool = False) -> None:
        hub = entry.runtime_data
        counters = hub.server.counters
        before = (counters.reports.total(), counters.unclaimed, hub.server.damaged)
        if udp:
            await _send_datagrams(hub.server.port, frames)
        else:
            await _send_stream(hub.server.port, frames)
        async with asyncio.timeout(5):
            while (counters.reports.total(), counters.unclaimed, hub.server.damaged) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await hass.async_block_till_done()

    return send


async def _send_stream(port: int, frames: tuple[bytes, ...]) -> None:
    """Send all frames on one connection, end it, and wait until the other side has ended it too."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"".join(frames))
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def _send_datagrams(port: int, frames: tuple[bytes, ...]) -> None:
    """Send each frame as one datagram from one address."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, port))
    for frame in frames:
        transport.sendto(frame)
    transport.close()


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity that has one."""
    state = hass.states.get(entity_id)
    assert state is not None, f"{entity_id} has no state"
    return state


def gotop(
    time: datetime,
    *,
    imei: str = IMEI,
    kind: str = "CMD-T",
    fix: str = "A",
    latitude: float = 52.3702,
    longitude: float = 4.8952,
    speed: float = 4.2,
    battery: int = 80,
    tail: str = "01.20",
) -> bytes:
    """Return a GOTOP frame of a time in UTC: text with labels, HDOP 1.2."""
    north, east = "NS"[latitude < 0], "EW"[longitude < 0]
    time = time.astimezone(UTC)
    return (
        f"#{imei},{kind},{fix},DATE:{time:%y%m%d},TIME:{time:%H%M%S},LAT:{abs(latitude):010.7f}{north},"
        f"LOT:{abs(longitude):011.7f}{east},Speed:{speed:05.1f},{battery:03d}-25,{tail}#"
    ).encode()
