"""Setting up, bringing back, unloading and removing."""

import asyncio
from datetime import timedelta
import errno
import os
import socket
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_STOP, STATE_OFF, STATE_ON
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers.const import ACCEPT, ASK, CONF_NEW_TRACKERS, DOMAIN
from custom_components.plaspy_trackers.hub import MAX_ALIASES, Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.sensor import PlaspySensor
from custom_components.plaspy_trackers.storage import storage_key
from custom_components.plaspy_trackers.subentries import new_subentry

from .conftest import HOST, IMEI, Say, gotop, state_of

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled")


async def reload(hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
    """Stop and start the entry, as a restart of Home Assistant does."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_port_that_is_taken_is_tried_again_and_said(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PORT: port})
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.state.name == "SETUP_RETRY"
        assert entry.reason == f"Port {port} on {HOST} cannot be opened: {os.strerror(errno.EADDRINUSE)}"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state == ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_unloading_frees_the_port_and_aborts_every_connection(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    port = hub.server.port
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(gotop(dt_util.utcnow()))
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()
    with socket.create_server((HOST, port)), socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((HOST, port))


async def test_trackers_are_back_with_their_last_values_before_they_speak(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), kind="ALM-A", battery=42))
    before = {
        state.entity_id: (state.state, state.attributes)
        for state in hass.states.async_all()
        if state.domain not in ("event", "button")
    }
    await reload(hass, entry)
    after = {
        state.entity_id: (state.state, state.attributes)
        for state in hass.states.async_all()
        if state.domain not in ("event", "button")
    }
    assert after == before
    assert state_of(hass, "sensor.father_battery").state == "42"
    assert state_of(hass, "binary_sensor.father_sos").state == STATE_ON
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3702)


async def test_values_are_saved_at_most_once_a_minute_and_alarms_within_a_second(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    say: Say,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    def stored() -> dict[str, Any]:
        trackers: dict[str, Any] = hass_storage[storage_key(entry.entry_id)]["data"]["trackers"]
        return trackers[IMEI]["values"]  # type: ignore[no-any-return]

    async def wait(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    await say(gotop(dt_util.utcnow(), battery=80))
    await wait(2)
    assert stored()["battery_level"] == 80
    await say(gotop(dt_util.utcnow(), battery=79))
    await wait(30)
    await say(gotop(dt_util.utcnow(), battery=78))
    assert stored()["battery_level"] == 80
    await wait(31)
    assert stored()["battery_level"] == 78
    await say(gotop(dt_util.utcnow(), kind="ALM-A", battery=77))
    await wait(2)
    assert stored()["sos"] is True
    assert stored()["battery_level"] == 77


async def test_tracker_is_offline_after_its_silence_and_online_with_its_next_word(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await say(gotop(dt_util.utcnow()))
    assert state_of(hass, "binary_sensor.father_connectivity").state == "on"
    freezer.tick(timedelta(minutes=31))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.father_connectivity").state == "off"
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3702)
    await say(gotop(dt_util.utcnow()))
    assert state_of(hass, "binary_sensor.father_connectivity").state == "on"


async def test_removed_tracker_leaves_nothing(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, device_registry: dr.DeviceRegistry
) -> None:
    await say(gotop(dt_util.utcnow()))
    subentry = next(iter(entry.subentries.values()))
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    assert hub.members == {}
    assert dr.async_entries_for_config_entry(device_registry, entry.entry_id) == []
    assert er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id) == []
    assert not [state for state in hass.states.async_all() if "father" in state.entity_id]


async def test_tracker_that_is_added_again_starts_anew(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await hass.async_block_till_done()
    hass.config_entries.async_add_subentry(entry, new_subentry(IMEI, "Mother"))
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    sos = registry.async_get_entity_id("binary_sensor", DOMAIN, f"{IMEI}_sos")
    assert sos is not None
    assert state_of(hass, sos).state == "off"
    assert registry.async_get_entity_id("sensor", DOMAIN, f"{IMEI}_battery_level") is None


async def test_renamed_tracker_renames_its_device_and_keeps_its_connection(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, device_registry: dr.DeviceRegistry
) -> None:
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    writer.write(gotop(dt_util.utcnow()))
    hass.config_entries.async_update_subentry(entry, next(iter(entry.subentries.values())), title="Grandfather")
    await hass.async_block_till_done()
    device = device_registry.async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    assert device.name == "Grandfather"
    assert hub.server.connections == 1
    assert not reader.at_eof()
    writer.close()


async def test_removing_the_entry_removes_what_was_stored(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, hass_storage: dict[str, Any]
) -> None:
    await say(gotop(dt_util.utcnow()))
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert storage_key(entry.entry_id) not in hass_storage


@pytest.mark.parametrize("policy", [ASK, ACCEPT])
async def test_tracker_is_one_device_whichever_port_it_reports_to(
    hass: HomeAssistant, hub: Hub, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    other = MockConfigEntry(domain=DOMAIN, data=dict(hub.entry.data), options={CONF_NEW_TRACKERS: policy})
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    reader, writer = await asyncio.open_connection(HOST, other.runtime_data.server.port)
    writer.write(gotop(dt_util.utcnow(), kind="ALM-A", battery=31))
    writer.write_eof()
    await reader.read()
    writer.close()
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.father_sos").state == STATE_ON
    assert state_of(hass, "sensor.father_battery").state == "31"
    assert other.runtime_data.members == {}
    assert hass.config_entries.flow.async_progress() == []
    await hass.config_entries.async_unload(other.entry_id)


async def test_sos_that_comes_while_home_assistant_starts_reaches_automations(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    calls = async_mock_service(hass, "notify", "phone")
    hass.set_state(CoreState.not_running)
    triggers = [
        {"trigger": "state", "entity_id": "event.father_alarm"},
        {"trigger": "state", "entity_id": "binary_sensor.father_sos", "from": "off", "to": "on"},
    ]
    automations = [
        {"alias": f"{number}", "triggers": trigger, "actions": {"action": "notify.phone"}}
        for number, trigger in enumerate(triggers)
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    _, writer = await asyncio.open_connection(HOST, entry.runtime_data.server.port)
    writer.write(gotop(dt_util.utcnow(), kind="ALM-A"))
    await writer.drain()
    assert state_of(hass, "binary_sensor.father_sos").state == STATE_OFF
    await hass.async_start()
    async with asyncio.timeout(5):
        while len(calls) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    writer.close()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_port_is_closed_before_the_last_values_are_saved(hass: HomeAssistant, hub: Hub) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, hub.server.port)


async def test_entity_that_fails_costs_neither_the_sos_nor_the_connection(
    hass: HomeAssistant, hub: Hub, say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    time = dt_util.utcnow()
    await say(gotop(time))
    monkeypatch.setattr(PlaspySensor, "native_value", property(lambda self: 1 / 0))
    frames = [gotop(time + timedelta(seconds=second), speed=second, battery=50 + second) for second in range(1, 9)]
    await say(*frames, gotop(time + timedelta(seconds=10), kind="ALM-A", latitude=52.3712))
    assert state_of(hass, "binary_sensor.father_sos").state == STATE_ON
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3712)
    # Battery, speed and the distance: each is told once.
    assert caplog.text.count("an entity cannot take what the tracker said") == 3


async def test_ids_that_end_in_a_short_one_are_bounded(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry) -> None:
    hass.config_entries.async_add_subentry(entry, new_subentry("5550001234", "Watch"))
    await hass.async_block_till_done()
    for number in range(MAX_ALIASES + 10):
        assert hub.find(f"{number + 10000}5550001234") is not None
    assert len(hub._aliases) <= MAX_ALIASES


async def test_setting_up_saves_nothing(
    hass: HomeAssistant, entry: PlaspyConfigEntry, hub: Hub, hass_storage: dict[str, Any]
) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5))
    await hass.async_block_till_done()
    assert storage_key(entry.entry_id) not in hass_storage
