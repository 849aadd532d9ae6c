"""The entities by which a tracker is asked for something: which there are, what they ask, and what they show."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from homeassistant.components.logbook import LazyEventPartialState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er

from custom_components.plaspy_trackers.const import DOMAIN, EVENT_COMMAND
from custom_components.plaspy_trackers.gateway.commands import NOTHING, CommandKind, Flag, Number, Text
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.logbook import async_describe_events

from .conftest import IMEI, Say, gotop, state_of
from .talking import allow, connected, context_of, device_of, send, teach

NOW = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
WORD = f"#{IMEI},CMD-X#".encode()
ASKING = ("button", "notify", "number", "select", "switch", "text")

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
def _talking(monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch)


def asking(entity_registry: er.EntityRegistry) -> dict[str, bool]:
    """Return the entities that ask for something, and whether each is enabled."""
    return {
        one.entity_id: one.disabled_by is None
        for one in entity_registry.entities.values()
        if one.domain in ASKING and not one.unique_id.endswith("_acknowledge")
    }


async def call(hass: HomeAssistant, action: str, entity_id: str, context: Context | None = None, **data: Any) -> None:
    domain, _, name = action.partition(".")
    await hass.services.async_call(domain, name, {"entity_id": entity_id, **data}, blocking=True, context=context)


async def test_entities_are_those_that_the_protocol_declares_and_there_again_after_a_restart(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, entity_registry: er.EntityRegistry, say: Say
) -> None:
    assert asking(entity_registry) == {}
    await say(WORD)
    expected = {
        "button.father_locate": True,
        "button.father_measure_heart_rate": True,
        "button.father_reboot": True,
        "button.father_ring": True,
        "notify.father_message": True,
        "number.father_heart_rate_interval": True,
        "number.father_report_interval": True,
        "select.father_working_mode": True,
        "switch.father_fall_alarm": True,
        "switch.father_relay": True,
        "text.father_sos_numbers": True,
    }
    assert asking(entity_registry) == expected
    assert state_of(hass, "sensor.father_last_command").state == STATE_UNKNOWN
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, "number.father_report_interval").state == STATE_UNKNOWN
    assert asking(entity_registry) == expected


async def test_dangerous_entities_are_there_once_allowed_and_disabled_until_enabled(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, entity_registry: er.EntityRegistry, say: Say
) -> None:
    await say(WORD)
    before = asking(entity_registry)
    await allow(hass, entry, "power_off", "engine")
    after = asking(entity_registry)
    assert {key: after[key] for key in after.keys() - before.keys()} == {
        "button.father_power_off": False,
        "switch.father_engine_cut": False,
    }


async def test_number_has_the_bounds_of_the_protocol(
    hass: HomeAssistant, hub: Hub, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(WORD)
    attributes = state_of(hass, "number.father_report_interval").attributes
    assert [attributes[key] for key in ("min", "max", "step", "unit_of_measurement")] == [10, 600, 10, "s"]
    attributes = state_of(hass, "number.father_heart_rate_interval").attributes
    assert [attributes[key] for key in ("min", "max", "step", "unit_of_measurement")] == [0, 60, 1, "min"]


async def test_number_shows_what_was_confirmed_and_what_is_on_its_way(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    entity_id = "number.father_report_interval"

    def shown() -> tuple[str, object, object]:
        state = state_of(hass, entity_id)
        return state.state, state.attributes.get("confirmed_at"), state.attributes.get("pending")

    async with connected(entry) as watch:
        await watch.say()
        await call(hass, "number.set_value", entity_id, value=60)
        assert await watch.hear() == ":123456,report_interval,60#"
        assert shown() == (STATE_UNKNOWN, None, 60)
        await watch.answer("report_interval")
        assert shown() == ("60", NOW.isoformat(), None)
        freezer.tick(5)
        await call(hass, "number.set_value", entity_id, value=120)
        assert shown() == ("60", NOW.isoformat(), 120)
        await watch.answer("report_interval", verdict="NO")
        assert shown() == ("60", NOW.isoformat(), None)
        with pytest.raises(ServiceValidationError, match="in steps of 10"):
            await call(hass, "number.set_value", entity_id, value=65)
    await hass.config_entries.async_reload(entry.entry_id)
    assert shown() == ("60", NOW.isoformat(), None)


@pytest.mark.parametrize(
    ("action", "entity_id", "data", "request_", "state"),
    [
        ("select.select_option", "select.father_working_mode", {"option": "saving"}, 'working_mode,"saving"', "saving"),
        (
            "text.set_value",
            "text.father_sos_numbers",
            {"value": " +4915112345678,110 ,"},
            'sos_numbers,["+4915112345678", "110"],0',
            "+4915112345678, 110",
        ),
        ("text.set_value", "text.father_sos_numbers", {"value": ""}, "sos_numbers,[],0", ""),
        ("switch.turn_on", "switch.father_fall_alarm", {}, "fall_alarm,true", "on"),
        ("switch.turn_off", "switch.father_fall_alarm", {}, "fall_alarm,false", "off"),
        ("number.set_value", "number.father_heart_rate_interval", {"value": 0}, "heart_rate_interval,0", "0"),
    ],
)
async def test_entity_asks_for_its_value_and_shows_it_once_it_is_confirmed(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    action: str,
    entity_id: str,
    data: dict[str, Any],
    request_: str,
    state: str,
) -> None:
    async with connected(entry) as watch:
        await watch.say()
        await call(hass, action, entity_id, **data)
        assert await watch.hear() == f":123456,{request_}#"
        assert state_of(hass, entity_id).state == STATE_UNKNOWN
        await watch.answer()
        assert state_of(hass, entity_id).state == state


async def test_button_and_notify_ask(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry) -> None:
    async with connected(entry) as watch:
        await watch.say()
        await call(hass, "button.press", "button.father_ring")
        assert await watch.hear() == ":123456,find#"
        await call(hass, "notify.send_message", "notify.father_message", message="Come home")
        assert await watch.hear() == ':123456,message,"Come home"#'
        with pytest.raises(ServiceValidationError, match="text has to have 1 to 40 characters"):
            await call(hass, "notify.send_message", "notify.father_message", message="x" * 41)


async def test_what_no_tracker_answers_stays_visible_as_unconfirmed(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    async with connected(entry) as watch:
        await watch.say()
        await call(hass, "switch.turn_on", "switch.father_relay")
        assert await watch.hear() == ":123456,relay,true#"
    relay = state_of(hass, "switch.father_relay")
    assert (relay.state, relay.attributes["pending"]) == (STATE_UNKNOWN, True)
    assert state_of(hass, "sensor.father_last_command").state == "sent"


async def test_switch_of_two_commands_shows_the_one_confirmed_last(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    every_entity_enabled: None,
    freezer: FrozenDateTimeFactory,
    hass_admin_user: MockUser,
) -> None:
    entity_id = "switch.father_engine_cut"
    user = MockUser(name="Anna", groups=[]).add_to_hass(hass)
    user.mock_policy({"entities": True})
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW, speed=0.0))
        assert state_of(hass, entity_id).state == STATE_UNKNOWN
        with pytest.raises(Unauthorized):
            await call(hass, "switch.turn_on", entity_id, context_of(user))
        await call(hass, "switch.turn_on", entity_id, context_of(hass_admin_user))
        assert await watch.hear() == ":123456,engine_cut#"
        assert state_of(hass, entity_id).attributes["pending"] is True
        await watch.answer("engine_cut")
        assert state_of(hass, entity_id).state == "on"
        freezer.tick(1)
        await call(hass, "switch.turn_off", entity_id)
        assert state_of(hass, entity_id).attributes["pending"] is False
        await watch.answer("engine_restore")
        assert state_of(hass, entity_id).state == "off"
    await allow(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, entity_id).state == STATE_UNAVAILABLE


async def test_last_command_tells_what_became_of_it_in_the_name_of_who_asked(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, hass_admin_user: MockUser
) -> None:
    context = context_of(hass_admin_user)
    events = async_capture_events(hass, EVENT_COMMAND)
    async with connected(entry) as watch:
        await watch.say()
        await call(hass, "text.set_value", "text.father_sos_numbers", context, value="+4915112345678")
        await watch.hear()
        await watch.answer("sos_numbers", "set +4915112345678")
    state = state_of(hass, "sensor.father_last_command")
    assert state.state == "confirmed"
    described = {
        "command": "sos_numbers",
        "arguments": {"numbers": ["•••78"], "place": 0},
        "since": NOW.isoformat(),
        "answer": "set •••",
        "reason": None,
        "asked_by": hass_admin_user.name,
    }
    assert described.items() <= state.attributes.items()
    assert (state.context.id, state.context.user_id) == (context.id, hass_admin_user.id)
    assert [event.data["state"] for event in events] == ["queued", "sent", "confirmed"]
    assert {event.context.user_id for event in events} == {hass_admin_user.id}
    assert events[-1].data == {
        "device_id": device_of(hass, entry),
        "name": "Father",
        "state": "confirmed",
        **described,
    }


async def test_command_that_is_called_like_a_reading_makes_no_sensor(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Gotop, "commands", {CommandKind.SERIAL_DATA: {"data": Text(40)}})
    await allow(hass, entry, "raw")
    await say(WORD)
    assert entity_registry.async_get_entity_id("sensor", DOMAIN, f"{IMEI}_serial_data") is None


async def test_entities_follow_a_protocol_that_changes(
    hass: HomeAssistant,
    hub: Hub,
    say: Say,
    entity_registry: er.EntityRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await say(WORD)
    changed = {
        CommandKind.REBOOT: NOTHING,
        CommandKind.MOVEMENT_ALARM: {"radius": Number(10, 2500, 10, off=True)},
        CommandKind.GPS: {"on": Flag(default=True)},
    }
    monkeypatch.setattr(Gotop, "commands", changed)
    await say(WORD)
    assert "number.father_movement_radius" in asking(entity_registry)
    assert asking(entity_registry)["switch.father_gps"] is False
    with pytest.raises(ServiceValidationError, match="does not have the command locate; it has: gps"):
        await send(hass, hub.entry, "locate")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"state": "queued", "asked_by": "Anna"}, "was asked for locate, asked by Anna"),
        ({"state": "sent"}, "has been sent locate"),
        ({"state": "confirmed", "answer": "OK"}, "confirmed locate: OK"),
        ({"state": "refused", "reason": "too fast"}, "refused locate: too fast"),
        ({"state": "expired"}, "did not get locate in time"),
    ],
)
def test_logbook_says_what_became_of_a_command(hass: HomeAssistant, data: dict[str, Any], message: str) -> None:
    describers: dict[str, Callable[[LazyEventPartialState], dict[str, Any]]] = {}
    async_describe_events(hass, lambda domain, event, describe: describers.update({event: describe}))
    event = {"name": "Father", "command": "locate", "answer": None, "reason": None, "asked_by": None, **data}
    told = describers[EVENT_COMMAND](cast("LazyEventPartialState", SimpleNamespace(data=event)))
    assert told == {"name": "Father", "message": message}


async def test_time_of_a_restart_does_not_lose_what_waits(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await say(WORD)
    await call(hass, "number.set_value", "number.father_report_interval", value=60)
    freezer.tick(timedelta(minutes=5))
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, "number.father_report_interval").attributes["pending"] == 60
    assert state_of(hass, "sensor.father_last_command").state == "queued"
