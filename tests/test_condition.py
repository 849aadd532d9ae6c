"""Conditions made for trackers: true while a tracker is what they ask for, and only by its own entities."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, device_registry as dr, entity_registry as er, label_registry as lr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers import DOMAIN
from custom_components.plaspy_trackers.condition import CONDITIONS
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.subentries import new_subentry

from .conftest import IMEI, Say, gotop
from .simulator.encoders import iw, xexun3

OTHER_IMEI = "861234050000025"

type Target = dict[str, Any]


@pytest.fixture
def device(hub: Hub, entry: PlaspyConfigEntry, device_registry: dr.DeviceRegistry) -> Target:
    """The tracker's device as a target."""
    device = device_registry.async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    return {"device_id": device.id}


async def holds(hass: HomeAssistant, key: str, target: Target, **options: object) -> bool:
    """Return whether a condition is true now."""
    config = {"condition": f"{DOMAIN}.{key}", "target": target, "options": options}
    valid = await condition.async_validate_condition_config(hass, config)
    checker = await condition.async_from_config(hass, valid)
    try:
        return bool(checker.async_check())
    finally:
        checker.async_unload()


async def test_tracker_is_online_until_it_was_silent_for_too_long(
    hass: HomeAssistant, device: Target, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    assert not await holds(hass, "is_online", device)
    await say(gotop(dt_util.utcnow()))
    assert await holds(hass, "is_online", device)
    freezer.tick(timedelta(minutes=31))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert not await holds(hass, "is_online", device)


async def test_sos_is_active_until_it_is_acknowledged(hass: HomeAssistant, device: Target, say: Say) -> None:
    await say(gotop(dt_util.utcnow(), kind="ALM-M"))
    assert not await holds(hass, "sos_is_active", device)
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    assert await holds(hass, "sos_is_active", device)
    await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)
    assert not await holds(hass, "sos_is_active", device)


async def test_watch_is_worn_or_not(hass: HomeAssistant, device: Target, say: Say) -> None:
    assert not await holds(hass, "is_worn", device)
    await say(iw.login(IMEI) + iw.worn(IMEI, True, dt_util.utcnow()))
    assert await holds(hass, "is_worn", device)
    await say(iw.login(IMEI) + iw.worn(IMEI, False, dt_util.utcnow()))
    assert not await holds(hass, "is_worn", device)


@pytest.mark.parametrize("moving", [0, 47])
async def test_tracker_moves_or_not(hass: HomeAssistant, device: Target, say: Say, moving: int) -> None:
    await say(xexun3.encode(IMEI, 1, xexun3.status(battery=77, steps=1, moving=moving, time=dt_util.utcnow())))
    assert await holds(hass, "is_moving", device) is bool(moving)


async def test_condition_can_ask_for_how_long(
    hass: HomeAssistant, device: Target, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    assert not await holds(hass, "sos_is_active", device, **{"for": {"minutes": 5}})
    freezer.tick(timedelta(minutes=5))
    assert await holds(hass, "sos_is_active", device, **{"for": {"minutes": 5}})


@pytest.fixture
async def family(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    label_registry: lr.LabelRegistry,
) -> Target:
    """Two trackers, and what is not ours, that bear one label."""
    hass.config_entries.async_add_subentry(entry, new_subentry(OTHER_IMEI, "Mother"))
    await hass.async_block_till_done()
    label = label_registry.async_create("Family").label_id
    for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id):
        device_registry.async_update_device(device.id, labels={label})
    foreign = entity_registry.async_get_or_create("binary_sensor", "other", f"{IMEI}_sos").entity_id
    entity_registry.async_update_entity(foreign, labels={label})
    hass.states.async_set(foreign, STATE_ON)
    return {"label_id": label}


async def test_any_or_all_of_the_labelled_trackers_count_and_nothing_else(
    hass: HomeAssistant, family: Target, say: Say
) -> None:
    async def active() -> tuple[bool, bool]:
        return (
            await holds(hass, "sos_is_active", family, behavior="any"),
            await holds(hass, "sos_is_active", family, behavior="all"),
        )

    assert await active() == (False, False)
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    assert await active() == (True, False)
    await say(gotop(dt_util.utcnow(), kind="ALM-A", imei=OTHER_IMEI))
    assert await active() == (True, True)


async def test_automation_of_the_editor_keeps_the_condition(hass: HomeAssistant, device: Target, say: Say) -> None:
    calls = async_mock_service(hass, "test", "tell")
    options = {"behavior": "any", "for": {"hours": 0, "minutes": 0, "seconds": 0}}
    automation = {
        "triggers": [{"trigger": f"{DOMAIN}.alarm_received", "target": device, "options": {"alarms": ["door"]}}],
        "conditions": [{"condition": f"{DOMAIN}.sos_is_active", "target": device, "options": options}],
        "actions": [{"action": "test.tell"}],
    }
    assert await async_setup_component(hass, "automation", {"automation": [{"alias": "Told", **automation}]})
    time = dt_util.utcnow()
    await say(gotop(time, kind="ALM-G"))
    assert len(calls) == 0
    await say(gotop(time + timedelta(seconds=1), kind="ALM-A"), gotop(time + timedelta(seconds=2), kind="ALM-G"))
    assert len(calls) == 1


async def test_behaviour_that_makes_no_sense_is_refused(hass: HomeAssistant, device: Target) -> None:
    with pytest.raises(probatio.Invalid, match="behavior"):
        await holds(hass, "is_online", device, behavior="each")


async def test_editor_offers_every_condition(hass: HomeAssistant, hub: Hub) -> None:
    descriptions = await condition.async_get_all_descriptions(hass)
    offered = {key.removeprefix(f"{DOMAIN}."): one for key, one in descriptions.items() if key.startswith(DOMAIN)}
    assert offered.keys() == CONDITIONS.keys()
    assert all(one and one["target"]["primary_entities_only"] is False for one in offered.values())
