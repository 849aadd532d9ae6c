"""Watches at the real port: what they measure, who they are, and what they are answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from homeassistant.const import EVENT_STATE_CHANGED, STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.subentries import new_subentry

from .conftest import HOST, IMEI, Say, state_of
from .simulator.encoders import iw, watch, xexun2, xexun3
from .simulator.l17pro import L17Pro
from .simulator.route import PARK, Position, Route
from .simulator.tracker import Cell, Tracker
from .simulator.x07 import X07

PLACE = Position(latitude=52.3702, longitude=4.8952, altitude=12.5, speed=4.2, course=87.0)
CELL = Cell(204, 8, 0x1073, 0x1DF5)
SHORT_ID = watch.short_id(IMEI)
PATIENCE = 10.0


def xexun3_frame(sequence: int = 1, *records: bytes, **vitals: Any) -> bytes:
    """Return a frame of now: what `records` tell, and a status."""
    time = dt_util.utcnow()
    return xexun3.encode(IMEI, sequence, *records, xexun3.status(battery=77, steps=4321, time=time, **vitals))


def xexun2_frame(heart_rate: int) -> bytes:
    """Return a TLV frame of now with a heart rate."""
    time = dt_util.utcnow()
    payload = xexun2.gps(time, PLACE) + xexun2.vitals(time, heart_rate, 0, 0, 0) + xexun2.status(20, 76)
    return xexun2.encode(IMEI, 1, payload)


def watch_frame(content: str, device_id: str = SHORT_ID) -> bytes:
    """Return a frame of the watch protocol."""
    return watch.encode("3G", device_id, content)


@pytest.mark.parametrize(
    ("worn", "off"),
    [
        pytest.param(
            lambda: xexun3_frame(1, heart_rate=72, oxygen=98),
            lambda: xexun3_frame(2, xexun3.alarm(dt_util.utcnow(), 4)),
            id="xexun3",
        ),
        pytest.param(
            lambda: xexun3_frame(1, heart_rate=72, oxygen=98), lambda: xexun3_frame(2), id="xexun3 without an alarm"
        ),
        pytest.param(
            lambda: xexun2_frame(72),
            lambda: xexun2.encode(IMEI, 2, xexun2.alarm(dt_util.utcnow(), 1 << 17) + xexun2.status(20, 76)),
            id="xexun2",
        ),
        pytest.param(
            lambda: iw.login(IMEI) + iw.health(72, 121, 79, 98, None, 36.6),
            lambda: iw.login(IMEI) + iw.health(0, 0, 0, 95, 0.0, 0.0),
            id="iw",
        ),
        pytest.param(lambda: watch_frame(watch.heart(72)), lambda: watch_frame(watch.heart(0)), id="watch"),
    ],
)
async def test_heart_rate_of_a_watch_off_the_wrist_is_unknown(
    hass: HomeAssistant, hub: Hub, say: Say, worn: Callable[[], bytes], off: Callable[[], bytes]
) -> None:
    await say(worn())
    assert state_of(hass, "sensor.father_heart_rate").state == "72"
    await say(off())
    assert state_of(hass, "sensor.father_heart_rate").state == STATE_UNKNOWN


async def test_watch_that_says_so_is_not_worn(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    await say(iw.login(IMEI), iw.worn(IMEI, True, dt_util.utcnow()), iw.heart_rate(72))
    assert state_of(hass, "binary_sensor.father_worn").state == STATE_ON
    await say(iw.login(IMEI), iw.worn(IMEI, False, dt_util.utcnow()))
    assert state_of(hass, "binary_sensor.father_worn").state == STATE_OFF
    assert state_of(hass, "sensor.father_heart_rate").state == STATE_UNKNOWN
    await say(iw.login(IMEI), iw.heart_rate(70))
    assert state_of(hass, "binary_sensor.father_worn").state == STATE_ON


async def test_watch_is_one_device_whatever_it_speaks_and_calls_itself(
    hass: HomeAssistant, hub: Hub, say: Say, device_registry: dr.DeviceRegistry
) -> None:
    frames = {
        "71": xexun2_frame(71),
        "72": xexun3_frame(heart_rate=72),
        "73": watch_frame(watch.heart(73)),
        "74": watch_frame(watch.heart(74), IMEI),
        "75": iw.login(IMEI) + iw.heart_rate(75),
    }
    for rate, frame in frames.items():
        await say(frame)
        assert state_of(hass, "sensor.father_heart_rate").state == rate
    assert len(device_registry.devices) == 1
    assert hass.config_entries.flow.async_progress() == []


async def test_watch_added_by_its_short_id_is_known_by_its_imei(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    imei = "861234050000066"
    hass.config_entries.async_add_subentry(entry, new_subentry(watch.short_id(imei), "Mother"))
    await hass.async_block_till_done()
    await say(xexun3.encode(imei, 1, xexun3.status(heart_rate=64)))
    assert state_of(hass, "sensor.mother_heart_rate").state == "64"
    assert hass.config_entries.flow.async_progress() == []


@asynccontextmanager
async def connected(hub: Hub) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the port."""
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    yield reader, writer
    writer.close()
    await writer.wait_closed()


async def test_login_is_answered_with_the_time_at_home(hass: HomeAssistant, hub: Hub) -> None:
    await hass.config.async_set_time_zone("America/Bogota")
    async with connected(hub) as (reader, writer), asyncio.timeout(PATIENCE):
        before = dt_util.utcnow()
        writer.write(iw.login(IMEI))
        answer = await reader.readuntil(b"#")
    assert answer in [f"IWBP00,{before + timedelta(seconds=more):%Y%m%d%H%M%S},-5#".encode() for more in (0, 1, 2)]


async def test_watch_nobody_has_added_is_greeted_and_keeps_its_data(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    imei = "861234050000066"
    async with connected(hub) as (reader, writer), asyncio.timeout(PATIENCE):
        writer.write(iw.login(imei))
        await reader.readuntil(b"#")
        writer.write(iw.location(dt_util.utcnow(), PLACE, battery=80, cell=CELL))
        writer.write(iw.heartbeat(battery=80, signal=60, satellites=9, steps=12, turns=0))
        assert await reader.readuntil(b"#") == b"IWBP03#"
        hass.config_entries.async_add_subentry(entry, new_subentry(imei, "Mother"))
        await hass.async_block_till_done()
        assert state_of(hass, "sensor.mother_steps").state == "12"
        writer.write(iw.location(dt_util.utcnow(), PLACE, battery=79, cell=CELL))
        assert await reader.readuntil(b"#") == b"IWBP01#"


async def test_watch_that_speaks_before_its_login_is_cut_off_to_log_in(hass: HomeAssistant, hub: Hub) -> None:
    async with connected(hub) as (reader, writer), asyncio.timeout(PATIENCE):
        writer.write(iw.heart_rate(72))
        with suppress(ConnectionError):
            assert await reader.read() == b""
    assert hub.server.counters.broken == 1


@pytest.mark.parametrize("speaks", ["xexun3", "xexun2", "iw", "watch"])
async def test_every_second_acknowledgement_lost_changes_nothing(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, speaks: str
) -> None:
    model: type[Tracker] = X07 if speaks.startswith("xexun") else L17Pro
    lost = Counter[bool]()

    class Forgetful(model):  # type: ignore[valid-type,misc]
        """A watch that does not hear every second word."""

        @override
        def _receive(self, data: bytes) -> None:
            lost[True] += 1
            if lost[True] % 2:
                super()._receive(data)

    imei = "861234050000066"
    hass.config_entries.async_add_subentry(entry, new_subentry(imei, "Mother"))
    await hass.async_block_till_done()
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    tracker = Forgetful(
        HOST, hub.server.port, Route(PARK), imei=imei, protocol=speaks, interval=0.1, acknowledgement_timeout=0.05
    )
    life = asyncio.create_task(tracker.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await _until(lambda: hass.states.get("sensor.mother_battery") is not None)
            tracker.press_sos()
            tracker.fall()
            await _until(lambda: len(_alarms(events)) >= 2 and lost[True] > 20)
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life
    await hass.async_block_till_done()
    assert sorted(_alarms(events)) == ["fall", "sos"]
    assert state_of(hass, "binary_sensor.mother_sos").state == STATE_ON


def _alarms(events: list[Any]) -> list[str]:
    """Return the alarms that the event entity told."""
    states = [event.data["new_state"] for event in events if event.data["entity_id"] == "event.mother_alarm"]
    return [state.attributes["event_type"] for state in states if state.attributes.get("event_type")]


async def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    while not holds():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.01)
