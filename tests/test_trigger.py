"""Triggers made for trackers: automations as the editor writes them fire when they should, and only then."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
    trigger,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers import DOMAIN
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.trigger import ALARMS, TRIGGERS

from .conftest import IMEI, Say, gotop, state_of
from .simulator.encoders import iw, watch, xexun3

WHEN = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "custom_components" / DOMAIN

#: What an automation is told, besides the states.
TOLD = ("platform", "description", "tracker", "entity_id", "alarm", "time", "latitude", "longitude", "code", "replayed")

type Target = dict[str, Any]
type Automate = Callable[..., Awaitable[list[ServiceCall]]]


@pytest.fixture(autouse=True)
def clock(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """The time, which passes only where a test says so."""
    freezer.move_to(WHEN)
    return freezer


@pytest.fixture
def device(hub: Hub, entry: PlaspyConfigEntry, device_registry: dr.DeviceRegistry) -> Target:
    """The tracker's device as a target."""
    device = device_registry.async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    return {"device_id": device.id}


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Set up an automation with a trigger; return the calls of its action."""

    async def set_up(key: str, target: Target, options: Mapping[str, object] | None = None) -> list[ServiceCall]:
        calls = async_mock_service(hass, "test", "tell")
        config: dict[str, Any] = {"trigger": f"{DOMAIN}.{key}", "target": target}
        if options is not None:
            config["options"] = options
        data = {name: f"{{{{ trigger.{name} | default }}}}" for name in TOLD}
        automation = {"triggers": [config], "actions": [{"action": "test.tell", "data": data}], "mode": "queued"}
        assert await async_setup_component(hass, "automation", {"automation": [{"alias": "Told", **automation}]})
        await hass.async_block_till_done()
        assert state_of(hass, "automation.told").state == STATE_ON
        return calls

    return set_up


async def reload(hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
    """Set the entry up anew, as after a change of its port."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def restart(hass: HomeAssistant, entry: PlaspyConfigEntry) -> None:
    """Set the entry up anew with no states left, as Home Assistant starts."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        hass.states.async_remove(entity.entity_id)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_alarm_tells_what_when_and_where(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("alarm_received", device, {"alarms": [], "replayed": False})
    await say(gotop(WHEN, kind="ALM-A"))
    assert [call.data for call in calls] == [
        {
            "platform": "plaspy_trackers.alarm_received",
            "description": "Father: sos, 2026-11-20T10:30:00+00:00 at 52.3702, 4.8952",
            "tracker": "Father",
            "entity_id": "event.father_alarm",
            "alarm": "sos",
            "time": "2026-11-20T10:30:00+00:00",
            "latitude": 52.3702,
            "longitude": 4.8952,
            "code": "A",
            "replayed": False,
        }
    ]


async def test_alarm_without_a_place_says_so(hass: HomeAssistant, device: Target, automate: Automate, say: Say) -> None:
    calls = await automate("alarm_received", device)
    await say(gotop(WHEN, kind="ALM-M", fix="V"))
    assert [(call.data["description"], call.data["latitude"]) for call in calls] == [
        ("Father: fall, 2026-11-20T10:30:00+00:00", None)
    ]


async def test_chosen_alarms_alone_count(hass: HomeAssistant, device: Target, automate: Automate, say: Say) -> None:
    calls = await automate("alarm_received", device, {"alarms": ["fall", "door"]})
    await say(*(gotop(WHEN, kind=f"ALM-{code}") for code in "AMCG"))
    assert [call.data["alarm"] for call in calls] == ["fall", "door"]


@pytest.mark.parametrize(("replayed", "count"), [(False, 0), (True, 1)])
async def test_alarm_from_history_counts_only_if_asked_for(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say, replayed: bool, count: int
) -> None:
    calls = await automate("alarm_received", device, {"replayed": replayed})
    await say(gotop(WHEN), gotop(WHEN - timedelta(hours=2), kind="ALM-A"))
    assert state_of(hass, "event.father_alarm").attributes["replayed"] is True
    assert [call.data["replayed"] for call in calls] == [True] * count


async def test_alarm_that_comes_back_is_none(
    hass: HomeAssistant,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    device: Target,
    automate: Automate,
    say: Say,
) -> None:
    calls = await automate("alarm_received", device)
    await say(gotop(WHEN, kind="ALM-A"))
    await reload(hass, entry)
    await restart(hass, entry)
    entity_registry.async_update_entity("event.father_alarm", name="Another name")
    entity_registry.async_update_entity("event.father_alarm", new_entity_id="event.renamed")
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_labelled_trackers_count_and_nothing_else_with_the_label(
    hass: HomeAssistant,
    device: Target,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    label_registry: lr.LabelRegistry,
    automate: Automate,
    say: Say,
) -> None:
    label = label_registry.async_create("Family").label_id
    device_registry.async_update_device(device["device_id"], labels={label})
    foreign = entity_registry.async_get_or_create("event", "other", f"{IMEI}_alarm").entity_id
    entity_registry.async_update_entity(foreign, labels={label})
    calls = await automate("alarm_received", {"label_id": label})
    hass.states.async_set(foreign, STATE_UNKNOWN)
    hass.states.async_set(foreign, WHEN.isoformat(), {"event_type": "sos"})
    await say(gotop(WHEN, kind="ALM-A"))
    assert [call.data["entity_id"] for call in calls] == ["event.father_alarm"]


async def test_tracker_that_comes_into_the_area_counts(
    hass: HomeAssistant,
    device: Target,
    device_registry: dr.DeviceRegistry,
    area_registry: ar.AreaRegistry,
    automate: Automate,
    say: Say,
) -> None:
    area = area_registry.async_create("Garden").id
    calls = await automate("sos_started", {"area_id": area})
    device_registry.async_update_device(device["device_id"], area_id=area)
    await say(gotop(WHEN, kind="ALM-A"))
    assert [call.data["entity_id"] for call in calls] == ["binary_sensor.father_sos"]


async def test_sos_starts_once_until_it_is_acknowledged(
    hass: HomeAssistant, entry: PlaspyConfigEntry, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("sos_started", device)
    await say(gotop(WHEN, kind="ALM-M"))
    assert calls == []
    await say(gotop(WHEN, kind="ALM-A"), gotop(WHEN + timedelta(seconds=1), kind="ALM-A"))
    await reload(hass, entry)
    await restart(hass, entry)
    assert state_of(hass, "binary_sensor.father_sos").state == STATE_ON
    assert [call.data["description"] for call in calls] == ["Father: SOS started"]
    await press_acknowledge(hass)
    await say(gotop(WHEN + timedelta(seconds=2), kind="ALM-A"))
    assert len(calls) == 2


@pytest.mark.parametrize("before", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_sos_that_is_known_again_has_not_started(
    hass: HomeAssistant, device: Target, automate: Automate, before: str
) -> None:
    calls = await automate("sos_started", device)
    hass.states.async_set("binary_sensor.father_sos", before)
    hass.states.async_set("binary_sensor.father_sos", STATE_ON)
    await hass.async_block_till_done()
    assert calls == []


async def test_sos_is_cleared_by_acknowledging_it(
    hass: HomeAssistant, entry: PlaspyConfigEntry, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("sos_cleared", device)
    await reload(hass, entry)
    await say(gotop(WHEN, kind="ALM-A"))
    assert calls == []
    await press_acknowledge(hass)
    await restart(hass, entry)
    assert [call.data["description"] for call in calls] == ["Father: SOS cleared"]


async def press_acknowledge(hass: HomeAssistant) -> None:
    """Say that somebody takes care of the SOS."""
    await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)
    await hass.async_block_till_done()


async def test_fall_is_detected_once_until_it_is_acknowledged_the_first_one_too(
    hass: HomeAssistant, entry: PlaspyConfigEntry, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("fall_detected", device)
    await say(gotop(WHEN, kind="ALM-A"))
    assert calls == []
    await say(iw.login(IMEI) + iw.fall(IMEI, WHEN))
    await say(iw.login(IMEI) + iw.fall(IMEI, WHEN + timedelta(seconds=1)))
    await reload(hass, entry)
    await restart(hass, entry)
    assert state_of(hass, "binary_sensor.father_fall").state == STATE_ON
    assert [call.data["description"] for call in calls] == ["Father: fall detected"]
    await press_acknowledge(hass)
    await say(iw.login(IMEI) + iw.fall(IMEI, WHEN + timedelta(seconds=2)))
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("key", "told"), [("went_silent", ["offline"]), ("came_back", ["online"]), ("alarm_received", ["sos"])]
)
async def test_silence_and_its_end_are_no_alarms(
    hass: HomeAssistant,
    clock: FrozenDateTimeFactory,
    device: Target,
    automate: Automate,
    say: Say,
    key: str,
    told: list[str],
) -> None:
    calls = await automate(key, device)
    await say(gotop(WHEN))
    clock.tick(timedelta(days=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.father_connectivity").state == STATE_OFF
    await say(gotop(dt_util.utcnow(), kind="ALM-A"))
    assert [call.data["alarm"] for call in calls] == told


@pytest.mark.parametrize(
    ("options", "rates", "told"),
    [
        pytest.param({"above": 120}, [80, 130, 140, 120, 125], [130, 125], id="too high"),
        pytest.param({"below": 50}, [60, 45, 44, 50, 49], [45, 49], id="too low"),
        pytest.param({"below": 50, "above": 120}, [130, 45, 60, 45], [130, 45], id="either way"),
        pytest.param({"above": 120, "readings": 3}, [130, 131, 110, 130, 131, 132, 133, 134], [132], id="in a row"),
        pytest.param({"above": 120, "readings": 3}, [130, 130, 130, 130], [130], id="equal in a row"),
        pytest.param({"above": 120, "readings": 2}, [130, 80, 80, 130, 130], [130], id="equal after one within"),
        pytest.param({"above": 120}, [130, 0, 130], [130, 130], id="unknown between"),
        pytest.param({"above": 120, "readings": 2}, [130, 0, 130, 131], [131], id="unknown begins anew"),
    ],
)
async def test_heart_rates_out_of_range_fire_once(
    hass: HomeAssistant,
    device: Target,
    automate: Automate,
    say: Say,
    options: dict[str, int],
    rates: list[int],
    told: list[int],
) -> None:
    calls = await automate("heart_rate_out_of_range", device, options)
    for rate in rates:
        await say(iw.login(IMEI) + iw.heart_rate(rate))
    assert [call.data["description"] for call in calls] == [f"Father: heart rate of {rate} bpm" for rate in told]


async def test_heart_rate_that_is_sent_again_is_one_reading(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("heart_rate_out_of_range", device, {"above": 120, "readings": 2})
    for minute in (0, 0, 1):
        assert calls == []
        time = WHEN + timedelta(minutes=minute)
        await say(xexun3.encode(IMEI, 1, xexun3.status(battery=77, steps=1, heart_rate=130, oxygen=98, time=time)))
    assert len(calls) == 1


async def test_heart_rate_that_comes_back_is_no_reading(
    hass: HomeAssistant,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    device: Target,
    automate: Automate,
    say: Say,
) -> None:
    await say(iw.login(IMEI) + iw.heart_rate(130))
    calls = await automate("heart_rate_out_of_range", device, {"above": 120})
    await reload(hass, entry)
    await restart(hass, entry)
    entity_registry.async_update_entity("sensor.father_heart_rate", name="Pulse")
    await hass.async_block_till_done()
    assert calls == []
    await say(iw.login(IMEI) + iw.heart_rate(131))
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("direction", "told"),
    [
        (None, ["geofence", "geofence_exit", "geofence_enter"]),
        ("any", ["geofence", "geofence_exit", "geofence_enter"]),
        ("enter", ["geofence_enter"]),
        ("exit", ["geofence_exit"]),
    ],
)
async def test_geofence_is_told_by_direction(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say, direction: str | None, told: list[str]
) -> None:
    calls = await automate("geofence_alarm", device, {"direction": direction} if direction else {})
    await say(*(gotop(WHEN, kind=f"ALM-{code}") for code in ("B", "B-0", "B-1", "A")))
    assert [call.data["alarm"] for call in calls] == told


@pytest.mark.parametrize(
    ("options", "steps", "fires_at"),
    [
        pytest.param({}, [80, 21, 20, 19, 18], [3], id="crossed once"),
        pytest.param({"threshold": 50}, [80, 50, 49], [2], id="threshold"),
        pytest.param({}, [80, 19, 24, 18, 25, 17], [1, 5], id="charged enough"),
        pytest.param({}, [80, 15, 16, 21, 19], [1], id="wobbling"),
        pytest.param({}, [15, 14], [0], id="first level"),
        pytest.param({}, [80, "D40", 39, "D39", 19, "D18"], [1], id="alarm above the threshold"),
        pytest.param({}, [80, "D40", 38, 42, "D41", 43, "D42"], [1, 6], id="alarm, charged above it"),
        pytest.param({}, [80, "D15", "D14", 60, "D15"], [1, 4], id="alarm and level at once"),
        pytest.param({}, ["D15", "D14"], [0], id="alarm with the first level"),
    ],
)
async def test_battery_goes_low_once(
    hass: HomeAssistant,
    clock: FrozenDateTimeFactory,
    device: Target,
    automate: Automate,
    say: Say,
    options: dict[str, int],
    steps: list[int | str],
    fires_at: list[int],
) -> None:
    calls = await automate("battery_low", device, options)
    fired: list[int] = []
    for number, step in enumerate(steps):
        clock.tick(timedelta(minutes=11))
        kind = "CMD-T" if isinstance(step, int) else "ALM-D"
        await say(gotop(dt_util.utcnow(), kind=kind, battery=int(str(step).lstrip("D"))))
        fired += [number] * (len(calls) - len(fired))
    assert fired == fires_at


async def test_level_that_made_a_battery_low_is_told(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("battery_low", device)
    await say(gotop(WHEN, battery=21), gotop(WHEN + timedelta(seconds=1), battery=19))
    assert [call.data["description"] for call in calls] == ["Father: low battery, 19 %"]


async def test_battery_that_was_low_before_does_not_go_low(
    hass: HomeAssistant, entry: PlaspyConfigEntry, device: Target, automate: Automate, say: Say
) -> None:
    await say(gotop(WHEN, battery=15))
    calls = await automate("battery_low", device)
    await reload(hass, entry)
    await restart(hass, entry)
    await say(gotop(WHEN + timedelta(seconds=1), kind="ALM-D", battery=14))
    assert calls == []


async def test_battery_goes_low_by_its_state_until_that_ends(
    hass: HomeAssistant, clock: FrozenDateTimeFactory, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("battery_low", device)
    for status in (0, 1, 1, 0, 1):
        clock.tick(60)
        content = watch.location("UD", dt_util.utcnow(), None, battery=40, status=status)
        await say(watch.encode("3G", watch.short_id(IMEI), content))
    assert len(calls) == 2


async def test_battery_of_which_only_alarms_tell_goes_low_with_each(
    hass: HomeAssistant, clock: FrozenDateTimeFactory, automate: Automate, say: Say
) -> None:
    calls = await automate("battery_low", {"entity_id": "event.father_alarm"})
    await say(gotop(WHEN, kind="ALM-D", battery=15))
    clock.tick(timedelta(minutes=11))
    await say(gotop(dt_util.utcnow(), kind="ALM-D", battery=14))
    assert len(calls) == 2


async def test_low_battery_of_history_is_none_now(
    hass: HomeAssistant, device: Target, automate: Automate, say: Say
) -> None:
    calls = await automate("battery_low", device)
    await say(gotop(WHEN, battery=60), gotop(WHEN - timedelta(hours=2), kind="ALM-D", battery=15))
    assert state_of(hass, "event.father_alarm").attributes["event_type"] == "low_battery"
    assert calls == []


@pytest.mark.parametrize(
    ("key", "options", "error"),
    [
        ("heart_rate_out_of_range", None, "give a heart rate in 'below', in 'above' or in both"),
        ("heart_rate_out_of_range", {"readings": 2}, "give a heart rate in 'below', in 'above' or in both"),
        (
            "heart_rate_out_of_range",
            {"below": 120, "above": 50},
            r"'below' \(120 bpm\) has to be lower than 'above' \(50 bpm\)",
        ),
        ("heart_rate_out_of_range", {"above": 120, "readings": 21}, "readings"),
        ("heart_rate_out_of_range", {"above": 301}, "above"),
        ("alarm_received", {"alarms": ["offline"]}, "alarms"),
        ("geofence_alarm", {"direction": "sideways"}, "direction"),
        ("battery_low", {"threshold": 96}, "threshold"),
        ("sos_started", {"threshold": 20}, "threshold"),
    ],
)
async def test_options_that_make_no_sense_are_refused(
    hass: HomeAssistant, device: Target, key: str, options: dict[str, object] | None, error: str
) -> None:
    config = {"platform": f"{DOMAIN}.{key}", "target": device}
    if options is not None:
        config["options"] = options
    with pytest.raises(probatio.Invalid, match=error):
        await trigger.async_validate_trigger_config(hass, [config])


async def test_editor_offers_every_trigger_with_its_options(hass: HomeAssistant, hub: Hub) -> None:
    descriptions = await trigger.async_get_all_descriptions(hass)
    offered = {key.removeprefix(f"{DOMAIN}."): one for key, one in descriptions.items() if key.startswith(DOMAIN)}
    assert offered.keys() == TRIGGERS.keys()
    assert all(one and one["target"]["primary_entities_only"] is False for one in offered.values())
    alarms = offered["alarm_received"]["fields"]["alarms"]["selector"]["select"]["options"]  # type: ignore[index]
    assert alarms == list(ALARMS)


async def test_every_alarm_has_one_name(hass: HomeAssistant) -> None:
    path = FOLDER / "translations" / "en.json"
    translations = json.loads(await hass.async_add_executor_job(path.read_text, "utf-8"))
    names = translations["entity"]["event"]["alarm"]["state_attributes"]["event_type"]["state"]
    assert translations["selector"]["alarms"]["options"] == {alarm: names[alarm] for alarm in ALARMS}
