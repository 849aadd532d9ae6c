"""The entities of a tracker: what they are, when they appear, and when their state is written."""

import asyncio
from datetime import UTC, datetime, timedelta
import struct
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from homeassistant.components.zone import DATA_ZONE_STORAGE_COLLECTION
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers import DOMAIN
from custom_components.plaspy_trackers.delivery import LAST_COMMAND
from custom_components.plaspy_trackers.diagnostics import async_get_config_entry_diagnostics
from custom_components.plaspy_trackers.gateway.commands import CommandKind
from custom_components.plaspy_trackers.gateway.models import Alarm
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker import HeardAlarm

from .conftest import HOST, IMEI, Say, gotop, state_of
from .simulator.encoders import iw, xexun3
from .simulator.route import Position
from .simulator.tk102 import encode_report
from .simulator.tracker import Cell

WHEN = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
PLACE = Position(latitude=52.3702, longitude=4.8952, altitude=12.5, speed=4.2, course=87.0)


@pytest.fixture
def written(hass: HomeAssistant, hub: Hub) -> list[str]:
    """The entities whose state has been written, changed or not."""
    entity_ids: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        entity_ids.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=callback(lambda _: True))
    return entity_ids


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(encode_report(IMEI, WHEN, PLACE, volts=3.9, charging=True), id="tk102"),
        pytest.param(gotop(WHEN, tail="087,26201-1073-1DF5,09,1.10"), id="te207"),
        pytest.param(
            xexun3.encode(
                IMEI,
                1,
                xexun3.gps(WHEN, PLACE),
                xexun3.status(
                    battery=77,
                    signal=28,
                    moving=47,
                    charging=False,
                    steps=4321,
                    temperature=36,
                    respiration=16,
                    heart_rate=72,
                    systolic=121,
                    diastolic=79,
                    oxygen=98,
                    time=WHEN,
                ),
            ),
            id="x07",
        ),
        pytest.param(
            iw.login(IMEI)
            + iw.location(WHEN, PLACE, battery=80, cell=Cell(204, 8, 0x1073, 0x1DF5))
            + iw.health(72, 121, 79, 98, 5.4, 36.6)
            + iw.heartbeat(battery=80, signal=60, satellites=9, steps=4321, turns=3)
            + iw.worn(IMEI, True, WHEN),
            id="l17pro",
        ),
    ],
)
@pytest.mark.freeze_time(WHEN + timedelta(seconds=3))
async def test_entities_of_a_tracker(
    hass: HomeAssistant,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    every_entity_enabled: None,
    say: Say,
    snapshot: SnapshotAssertion,
    frame: bytes,
) -> None:
    await say(frame)
    assert {
        registered.entity_id: {
            "key": registered.unique_id.removeprefix(f"{IMEI}_"),
            "category": registered.entity_category,
            "translation": registered.translation_key,
            "state": state_of(hass, registered.entity_id).state,
            "attributes": dict(state_of(hass, registered.entity_id).attributes),
        }
        for registered in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    } == snapshot


async def test_entities_grow_with_what_the_tracker_says(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, entity_registry: er.EntityRegistry, say: Say
) -> None:
    def keys() -> set[str]:
        registered = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        told = {entity.unique_id.removeprefix(f"{IMEI}_") for entity in registered}
        # What can be asked of it is there once it is known what it speaks.
        return told - {*CommandKind, LAST_COMMAND}

    first = {"acknowledge", "alarm", "last_seen", "online", "position", "sos"}
    assert keys() == first
    await say(f"#{IMEI},CMD-X#".encode())
    assert keys() == first
    await say(gotop(dt_util.utcnow() - timedelta(seconds=5), fix="V"))
    assert keys() == first | {"battery_level", "signal_level"}
    await say(gotop(dt_util.utcnow()))
    known = {"last_fix", "position_source", "distance_today", "odometer"}
    assert keys() == first | {"battery_level", "signal_level", "speed", "hdop"} | known
    subentry_id = next(iter(entry.subentries))
    assert {
        entity.config_subentry_id for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    } == {subentry_id}


async def test_device_belongs_to_its_subentry(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    device = device_registry.async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    assert device.name == "Father"
    assert device.serial_number == IMEI


async def test_tracker_moves_by_tcp_and_by_udp(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    time = dt_util.utcnow()
    await say(encode_report(IMEI, time, PLACE, volts=4.0))
    assert state_of(hass, "device_tracker.father").attributes["longitude"] == pytest.approx(4.8952, abs=1e-5)
    time += timedelta(seconds=10)
    east = Position(latitude=52.3702, longitude=4.9052, altitude=12.5, speed=4.2, course=87.0)
    await say(encode_report(IMEI, time, east, volts=4.0), udp=True)
    state = state_of(hass, "device_tracker.father")
    assert state.attributes["longitude"] == pytest.approx(4.9052, abs=1e-5)
    assert state.attributes["gps_accuracy"] == 20.0


async def test_tracker_is_home_in_the_home_zone(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    await say(gotop(dt_util.utcnow(), latitude=hass.config.latitude, longitude=hass.config.longitude))
    assert state_of(hass, "device_tracker.father").state == "home"


async def test_tracker_that_lies_still_follows_the_zones_around_it(
    hass: HomeAssistant, hub: Hub, say: Say, written: list[str]
) -> None:
    def place() -> str:
        return state_of(hass, "device_tracker.father").state

    await say(gotop(dt_util.utcnow()))
    assert place() == "not_home"
    zones = hass.data[DATA_ZONE_STORAGE_COLLECTION]
    zone = await zones.async_create_item({"name": "School", "latitude": 52.3702, "longitude": 4.8952})
    await hass.async_block_till_done()
    assert place() == "School"
    await zones.async_update_item(zone["id"], {"name": "Library"})
    assert place() == "Library"
    await zones.async_update_item(zone["id"], {"passive": True})
    assert place() == "not_home"
    await zones.async_update_item(zone["id"], {"passive": False, "latitude": 52.3802})
    assert place() == "not_home"
    await zones.async_update_item(zone["id"], {"radius": 1500})
    assert place() == "Library"
    await zones.async_delete_item(zone["id"])
    await hass.async_block_till_done()
    assert place() == "not_home"
    await hass.config.async_update(latitude=52.3702, longitude=4.8952)
    await hass.async_block_till_done()
    assert place() == "home"
    written.clear()
    hass.states.async_set("person.mother", "home", {"in_zones": ["zone.home"]})
    await hass.async_block_till_done()
    assert written == ["person.mother", "zone.home"]


async def test_nothing_is_written_that_did_not_change(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory, written: list[str]
) -> None:
    freezer.move_to(WHEN)
    await say(gotop(WHEN))
    written.clear()
    freezer.tick(5)
    await say(gotop(WHEN + timedelta(seconds=5)))
    assert written == []
    freezer.tick(5)
    await say(gotop(WHEN + timedelta(seconds=10), battery=79))
    assert written == ["sensor.father_battery"]
    written.clear()
    freezer.tick(60)
    await say(gotop(WHEN + timedelta(seconds=70), battery=79, longitude=4.896))
    assert sorted(written) == ["device_tracker.father", "sensor.father_distance_today"]
    written.clear()
    for second in range(130, 310, 60):
        freezer.tick(60)
        await say(gotop(WHEN + timedelta(seconds=second), battery=79, longitude=4.896))
    assert written == []
    freezer.tick(60)
    await say(gotop(WHEN + timedelta(seconds=310), battery=79, longitude=4.896))
    await hass.async_block_till_done(wait_background_tasks=True)
    # What the archive tells of its stop comes beside the reports, once.
    assert sorted(written) == [
        f"sensor.father_{key}" for key in ("last_fix", "last_seen", "last_stop_since", "moving_time_today")
    ]


async def test_times_are_exact_once_reports_have_stopped(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(WHEN)
    await say(gotop(WHEN))
    freezer.tick(100)
    await say(gotop(WHEN + timedelta(seconds=99), longitude=4.896))
    assert state_of(hass, "sensor.father_last_seen").state == WHEN.isoformat()
    freezer.tick(150)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.father_last_seen").state == (WHEN + timedelta(seconds=100)).isoformat()
    assert state_of(hass, "sensor.father_last_fix").state == (WHEN + timedelta(seconds=99)).isoformat()


async def test_heart_rate_alone_is_reported_when_it_did_not_change(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory, written: list[str]
) -> None:
    freezer.move_to(WHEN)
    health = iw.login(IMEI) + iw.health(72, 121, 79, 98, None, 36.6)
    await say(health)
    assert sorted(written) == sorted(set(written))
    written.clear()
    freezer.tick(5)
    await say(health)
    assert written == ["sensor.father_heart_rate"]
    assert state_of(hass, "sensor.father_heart_rate").last_reported == WHEN + timedelta(seconds=5)


async def test_sos_shows_in_event_and_binary_sensor_until_acknowledged(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(WHEN)
    await say(encode_report(IMEI, WHEN, PLACE, volts=4.0, alarm="help me!"))
    assert state_of(hass, "binary_sensor.father_sos").state == "on"
    event = state_of(hass, "event.father_alarm")
    assert event.state == WHEN.isoformat(timespec="milliseconds")
    assert event.attributes["event_type"] == "sos"
    assert event.attributes["replayed"] is False
    assert event.attributes["latitude"] == pytest.approx(52.3702, abs=1e-5)
    await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)
    assert state_of(hass, "binary_sensor.father_sos").state == "off"


async def test_every_alarm_is_an_event_type_with_a_name(hass: HomeAssistant, hub: Hub) -> None:
    assert state_of(hass, "event.father_alarm").attributes["event_types"] == [
        *(alarm.value for alarm in Alarm),
        "offline",
        "online",
    ]


async def test_two_alarms_in_one_report_are_two_events(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    await say(gotop(dt_util.utcnow(), kind="ALM-A"), gotop(dt_util.utcnow(), kind="ALM-M"))
    states = [event.data["new_state"] for event in events if event.data["entity_id"] == "event.father_alarm"]
    types = [state.attributes["event_type"] for state in states if state is not None]
    assert types == ["sos", "fall"]


async def test_alarm_is_told_after_what_changed_with_it(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    found: list[tuple[str, float]] = []

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        tracker = state_of(hass, "device_tracker.father")
        found.append((state_of(hass, "binary_sensor.father_sos").state, tracker.attributes["longitude"]))

    async_track_state_change_event(hass, "event.father_alarm", look)
    time = dt_util.utcnow()
    await say(gotop(time - timedelta(seconds=30)), gotop(time, kind="ALM-A", longitude=4.9052))
    assert found == [("on", 4.9052)]


async def test_serial_text_longer_than_a_state_is_cut(
    hass: HomeAssistant, every_entity_enabled: None, hub: Hub, say: Say
) -> None:
    await say(f"#{IMEI},CMD-Z,{'x' * 400}#".encode())
    assert state_of(hass, "sensor.father_serial_data").state == "x" * 255


async def test_damaged_frame_loses_only_itself(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    time = dt_util.utcnow()
    damaged = gotop(time + timedelta(seconds=1)).replace(b"LAT:52", b"LAT:5x")
    await say(gotop(time, battery=50), damaged, gotop(time + timedelta(seconds=2), battery=48))
    assert state_of(hass, "sensor.father_battery").state == "48"
    assert hub.server.damaged == 1


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"SSH-2.0-x\r\n", b"\xff" * 100, b"hello\r\n"]
)
async def test_scanner_leaves_nothing_but_a_counter(
    hass: HomeAssistant, hub: Hub, say: Say, noise: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = hass.states.async_all()
    caplog.clear()
    await say(noise)
    assert hub.server.counters.unclaimed == 1
    assert hass.states.async_all() == before
    assert hass.config_entries.flow.async_progress() == []
    assert not [record for record in caplog.records if record.name.startswith("custom_components")]


async def test_port_scan_leaves_nothing_but_a_counter(hass: HomeAssistant, hub: Hub) -> None:
    for _ in range(3):
        _, writer = await asyncio.open_connection(HOST, hub.server.port)
        # Reset instead of a polite goodbye.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(1, 13, linger)
        writer.transport.abort()
    async with asyncio.timeout(5):
        while hub.server.counters.connections < 3 or hub.server.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert hass.config_entries.flow.async_progress() == []


async def test_diagnostics_tell_what_happened_but_not_who_or_where(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    await say(gotop(dt_util.utcnow(), imei="861234050000033"))
    await say(b"\x01\x02 who knows 861234050000041 V1,4717.12\r\n")
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["port"]["reports"] == {"gotop": 2}
    assert diagnostics["port"]["unclaimed"] == 1
    assert [head["hex"] for head in diagnostics["port"]["unclaimed_heads"]] == [
        b"\x01\x02 who knows 000000000000000 V1,0000.12\r\n".hex()
    ]
    assert diagnostics["strangers"] == [{"protocol": "gotop", "transport": "tcp", "reports": 1}]
    assert diagnostics["trackers"][0]["protocol"] == "gotop"
    text = str(diagnostics)
    assert IMEI not in text
    assert "861234050000033" not in text
    assert "52.37" not in text
    assert "Father" not in text


async def test_alarm_waits_for_an_event_entity_that_is_still_being_made(
    hass: HomeAssistant, hub: Hub, say: Say
) -> None:
    member = hub.members[IMEI]
    entity = member.alarm_listeners.pop()
    await say(gotop(dt_util.utcnow(), kind="ALM-A"), gotop(dt_util.utcnow(), kind="ALM-M"))
    heard: list[HeardAlarm] = []
    stop = member.async_listen_alarms(heard.append)
    assert [one.alarm for one in heard] == [Alarm.SOS, Alarm.FALL]
    stop()
    assert not member.waiting_alarms
    member.alarm_listeners.append(entity)
