"""A vehicle's entities: what it tells, what follows from that, and what the user says about its inputs and tank."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY, SOURCE_RECONFIGURE, SubentryFlowResult
from homeassistant.const import CONF_NAME, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers.const import SUBENTRY_TRACKER
from custom_components.plaspy_trackers.gateway.models import Fix, Readings, Report
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker import Settings
from custom_components.plaspy_trackers.tracker.wiring import Wiring
from custom_components.plaspy_trackers.vehicle_settings import FIELDS

from .conftest import IMEI, Say, gotop, state_of
from .simulator.route import Position
from .simulator.tk102 import encode_sentence, with_checks
from .tracker.tank import Day, drive, wait

WHEN = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)


@pytest.fixture
def fired(hass: HomeAssistant) -> list[tuple[str, dict[str, object]]]:
    """The events that event entities fired: the entity's id and the attributes that are of the event."""
    events: list[tuple[str, dict[str, object]]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        entity_id, state, old = event.data["entity_id"], event.data["new_state"], event.data["old_state"]
        if entity_id.startswith("event.") and state and state.state != (old.state if old else "unknown"):
            left_out = ("event_types", "friendly_name", "device_class")
            events.append((entity_id, {key: one for key, one in state.attributes.items() if key not in left_out}))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return events


def tell(hub: Hub, time: datetime, **parts: object) -> None:
    """Let the tracker report what no protocol in this test can say."""
    hub.apply(hub.members[IMEI], Report(IMEI, "gt06", time, **parts), time, time)  # type: ignore[arg-type]


async def test_serial_text_is_an_event_each_time_it_comes(
    hass: HomeAssistant, hub: Hub, say: Say, fired: list[tuple[str, dict[str, object]]]
) -> None:
    await say(f"#{IMEI},CMD-Z,85 00 00 72 94#".encode(), f"#{IMEI},CMD-Z,85 00 00 72 94#".encode())
    await say(f"#{IMEI},CMD-Z,{'x' * 400}#".encode())
    assert [(entity_id, event["event_type"], event["serial_data"]) for entity_id, event in fired] == [
        ("event.father_serial_data", "received", "85 00 00 72 94"),
        ("event.father_serial_data", "received", "85 00 00 72 94"),
        ("event.father_serial_data", "received", "x" * 400),
    ]
    assert state_of(hass, "sensor.father_serial_data").state == "x" * 255


async def test_driver_is_an_event_each_time_the_card_is_read_and_no_other_time(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    freezer: FrozenDateTimeFactory,
    fired: list[tuple[str, dict[str, object]]],
) -> None:
    freezer.move_to(WHEN)
    assert hass.states.get("event.father_driver_identified") is None
    card = Readings(driver_id="49121185")
    tell(hub, WHEN, readings=card, fix=Fix(52.1, 4.9, WHEN))
    tell(hub, WHEN + timedelta(seconds=1), readings=card)
    # Resent, stored, and late: a door must not open for a driver of yesterday.
    tell(hub, WHEN + timedelta(seconds=1), readings=card)
    tell(hub, WHEN + timedelta(seconds=2), readings=card, buffered=True)
    tell(hub, WHEN - timedelta(seconds=9), readings=card)
    await hass.async_block_till_done()
    first = {"driver_id": "49121185", "time": WHEN.isoformat(), "latitude": 52.1, "longitude": 4.9}
    second = {"driver_id": "49121185", "time": (WHEN + timedelta(seconds=1)).isoformat()}
    assert fired == [
        ("event.father_driver_identified", {"event_type": "identified", **first}),
        ("event.father_driver_identified", {"event_type": "identified", **second}),
    ]
    assert state_of(hass, "sensor.father_driver").state == "49121185"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "event.father_driver_identified").attributes["driver_id"] == "49121185"
    assert state_of(hass, "sensor.father_driver").state == "49121185"
    fired.clear()
    tell(entry.runtime_data, WHEN + timedelta(seconds=1), readings=card)
    await hass.async_block_till_done()
    assert fired == []


async def test_lost_supply_is_an_alarm_and_a_state(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory, fired: list[tuple[str, dict[str, object]]]
) -> None:
    freezer.move_to(WHEN)
    for second, volts in enumerate((12.6, 0.2, 0.1, 13.9)):
        tell(hub, WHEN + timedelta(seconds=second), readings=Readings(external_voltage=volts))
        await hass.async_block_till_done()
        expected = "on" if volts > 3 else "off"
        assert state_of(hass, "binary_sensor.father_external_power").state == expected
    assert [(event["event_type"], event["volts"]) for _, event in fired] == [
        ("power_cut", 0.2),
        ("power_restored", 13.9),
    ]


OBD = {
    "engine_speed": (2150.0, "sensor.father_engine_speed", "rpm"),
    "engine_load": (39.2, "sensor.father_engine_load", "%"),
    "throttle": (9.4, "sensor.father_throttle", "%"),
    "coolant_temperature": (88.0, "sensor.father_coolant_temperature", "°C"),
    "fuel_consumption": (15.88, "sensor.father_fuel_consumption", "L/100 km"),
    "engine_hours": (1204.5, "sensor.father_engine_hours", "h"),
    "trouble_codes": ("P0133 C0300", "sensor.father_trouble_codes", None),
    "odometer": (51442.0, "sensor.father_odometer", "km"),
}


async def test_engine_tells_what_it_does_and_it_is_there_after_a_restart(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(WHEN)
    tell(hub, WHEN, readings=Readings(**{key: value for key, (value, _, _) in OBD.items()}))  # type: ignore[typeddict-item]
    await hass.async_block_till_done()
    for _ in range(2):
        for value, entity_id, unit in OBD.values():
            state = state_of(hass, entity_id)
            assert (state.state, state.attributes.get("unit_of_measurement")) == (str(value), unit)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()


async def test_vehicle_that_is_towed_raises_an_alarm(
    hass: HomeAssistant,
    hub: Hub,
    say: Say,
    freezer: FrozenDateTimeFactory,
    fired: list[tuple[str, dict[str, object]]],
) -> None:
    """The ignition is an input of a GOTOP vehicle unit: which one, only the user knows."""
    hub.members[IMEI].tracker.settings = Settings(wiring=Wiring(ignition="input_2"))
    for minute in range(12):
        freezer.move_to(WHEN + timedelta(minutes=minute))
        ignition, place = ("1", 52.0) if minute < 3 else ("0", 52.0 + max(0, minute - 6) * 0.005)
        speed = 0.0 if 2 < minute < 7 else 33.0
        frame = gotop(WHEN + timedelta(minutes=minute), latitude=place, speed=speed)
        await say(frame.replace(b",080-25", b",1-" + ignition.encode() + b"-0-0-080-25"))
    assert [event["event_type"] for _, event in fired] == ["towing"]
    assert state_of(hass, "binary_sensor.father_ignition").state == "off"


async def change(hass: HomeAssistant, entry: PlaspyConfigEntry, **sections: object) -> SubentryFlowResult:
    """Change the tracker's settings as the form does."""
    subentry_id = next(iter(entry.subentries))
    flow = await start(hass, entry)
    result = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {CONF_NAME: entry.subentries[subentry_id].title, **sections}
    )
    await hass.async_block_till_done()
    return result


async def start(hass: HomeAssistant, entry: PlaspyConfigEntry) -> SubentryFlowResult:
    """Open the form."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_TRACKER),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": next(iter(entry.subentries))},
    )


def filled_in(result: SubentryFlowResult) -> dict[str, dict[str, object]]:
    """Return what the sections of a form show of a vehicle, and whether they are closed."""
    assert result["data_schema"] is not None
    found = {}
    for key, one in result["data_schema"].schema.items():
        if isinstance(one, section) and str(key) in FIELDS:
            values = {str(marker): (marker.description or {}).get("suggested_value") for marker in one.schema.schema}
            found[str(key)] = {name: value for name, value in values.items() if value is not None}
            found[str(key)]["collapsed"] = one.options["collapsed"]
    return found


TANK_FORM = {"source": "analog_1", "tank_volume": 60.0, "table": "0=0, 5=60"}
WIRING_FORM = {
    "inputs": [
        {"input": "input_1", "name": "Boot", "input_class": "door", "inverted": True},
        {"input": "input_2", "name": "Key", "input_class": "ignition"},
    ],
    "analog_inputs": [{"input": "analog_2", "name": "Cold box", "unit": "°C", "factor": 20.0, "offset": -40.0}],
}


async def test_form_is_closed_for_a_watch_and_shows_what_was_filled_in(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    assert filled_in(await start(hass, entry)) == {"fuel": {"collapsed": True}, "wiring": {"collapsed": True}}
    result = await change(hass, entry, fuel=TANK_FORM, wiring=WIRING_FORM)
    assert result["reason"] == "reconfigure_successful"
    expected = {"fuel": {**TANK_FORM, "collapsed": False}, "wiring": {**WIRING_FORM, "collapsed": False}}
    assert filled_in(await start(hass, entry)) == expected
    # What a client leaves out stays; what it empties goes.
    await change(hass, entry)
    assert filled_in(await start(hass, entry)) == expected
    await change(hass, entry, fuel={}, wiring={"inputs": [], "analog_inputs": []})
    assert filled_in(await start(hass, entry)) == {"fuel": {"collapsed": True}, "wiring": {"collapsed": True}}
    assert hub.members[IMEI].tracker.settings == Settings()


@pytest.mark.parametrize(
    ("fuel", "error", "detail"),
    [
        ({"table": "0=0, 1=9"}, "fuel_no_source", ""),
        ({"source": "analog_1"}, "fuel_no_table", ""),
        ({"source": "analog_1", "tank_volume": 60}, "fuel_no_table", ""),
        ({"source": "fuel_level"}, "fuel_no_volume", ""),
        ({"source": "analog_1", "tank_shape": "rectangular", "empty": 0, "full": 5}, "fuel_no_volume", ""),
        ({"source": "analog_1", "tank_shape": "rectangular", "tank_volume": 60, "empty": 0}, "fuel_no_ends", ""),
        (
            {"source": "analog_1", "tank_shape": "rectangular", "tank_volume": 60, "empty": 1, "full": 1},
            "fuel_same_ends",
            "",
        ),
        ({**TANK_FORM, "tank_shape": "rectangular"}, "fuel_table_and_shape", ""),
        ({**TANK_FORM, "table": "0=0"}, "fuel_table_short", ""),
        ({**TANK_FORM, "table": "0=0, 5"}, "fuel_table_pair", "0=0, 5"),
        ({**TANK_FORM, "table": "0=0\n5=20\n4=60"}, "fuel_table_input", "4=60"),
        ({**TANK_FORM, "table": "0=0\n4=60\n5=20"}, "fuel_table_output", "5=20"),
        ({**TANK_FORM, "table": "0=0\n5=61"}, "fuel_table_tank", "5=61"),
    ],
)
async def test_tank_that_makes_no_sense_is_refused_and_nothing_typed_is_lost(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, fuel: dict[str, object], error: str, detail: str
) -> None:
    result = await change(hass, entry, silence=7, fuel=fuel, wiring=WIRING_FORM)
    assert result["errors"] == {"fuel": error}
    assert (result["description_placeholders"] or {})["fuel_detail"] == detail
    assert filled_in(result) == {"fuel": {**fuel, "collapsed": False}, "wiring": {**WIRING_FORM, "collapsed": False}}
    assert hub.members[IMEI].tracker.settings == Settings()


@pytest.mark.parametrize(
    ("wiring", "error", "detail"),
    [
        ({"inputs": [{"input": "input_1", "name": "A"}, {"input": "input_1", "name": "B"}]}, "input_twice", "input_1"),
        ({"inputs": [{"input": "input_1", "name": " "}]}, "input_no_name", ""),
        (
            {"inputs": [{"input": f"input_{n}", "name": "Key", "input_class": "ignition"} for n in (1, 2)]},
            "ignition_twice",
            "input_1, input_2",
        ),
        ({"analog_inputs": [{"input": "analog_1", "name": "A", "factor": 0}]}, "factor_zero", "analog_1"),
    ],
)
async def test_inputs_that_make_no_sense_are_refused(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, wiring: dict[str, object], error: str, detail: str
) -> None:
    result = await change(hass, entry, wiring=wiring)
    assert result["errors"] == {"wiring": error}
    assert (result["description_placeholders"] or {})["wiring_detail"] == detail
    assert filled_in(result)["wiring"] == {**wiring, "collapsed": False}


@pytest.mark.parametrize(
    ("fuel", "readings", "volume", "level"),
    [
        ({"source": "fuel_level", "tank_volume": 60}, Readings(fuel_level=25), "15.0", "25.0"),
        (
            {"source": "fuel_level", "tank_volume": 60, "tank_shape": "horizontal_cylinder"},
            Readings(fuel_level=25),
            "11.7",
            "19.6",
        ),
        (
            {"source": "analog_3", "tank_volume": 60, "tank_shape": "rectangular", "empty": 4.5, "full": 0.5},
            Readings(analog_3=1.5),
            "45.0",
            "75.0",
        ),
        ({"source": "fuel_volume", "tank_volume": 60}, Readings(fuel_volume=30), "30", "50.0"),
    ],
)
async def test_tank_without_a_table_is_computed_from_its_shape(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    freezer: FrozenDateTimeFactory,
    fuel: dict[str, object],
    readings: Readings,
    volume: str,
    level: str,
) -> None:
    freezer.move_to(WHEN)
    await change(hass, entry, fuel=fuel)
    tell(hub, WHEN, readings=readings)
    await hass.async_block_till_done()
    assert float(state_of(hass, "sensor.father_fuel").state) == float(volume)
    assert float(state_of(hass, "sensor.father_fuel_level").state) == float(level)


def shown(hass: HomeAssistant, entity_id: str) -> dict[str, object]:
    state = state_of(hass, entity_id)
    wanted = ("friendly_name", "device_class", "unit_of_measurement")
    return {"state": state.state} | {key: state.attributes[key] for key in wanted if key in state.attributes}


BOOT = {"state": "on", "friendly_name": "Father Boot", "device_class": "door"}
KEY = {"state": "off", "friendly_name": "Father Key"}
COLD_BOX = {"state": "-10.0", "friendly_name": "Father Cold box", "unit_of_measurement": "°C"}
INPUTS = Readings(input_1=False, input_2=False, input_3=True, analog_2=1.5)


async def test_inputs_bear_the_users_names_and_classes(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(WHEN)
    await change(hass, entry, wiring=WIRING_FORM)
    tell(hub, WHEN, readings=INPUTS.copy())
    await hass.async_block_till_done()
    assert shown(hass, "binary_sensor.father_boot") == BOOT
    assert shown(hass, "binary_sensor.father_key") == KEY
    assert state_of(hass, "binary_sensor.father_ignition").state == "off"
    assert shown(hass, "sensor.father_cold_box") == COLD_BOX
    # What nobody named is what it was: there, for experts.
    other = entity_registry.async_get("binary_sensor.father_input_3")
    assert other is not None
    assert other.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown(hass, "binary_sensor.father_boot") == BOOT
    assert shown(hass, "sensor.father_cold_box") == COLD_BOX


@pytest.mark.usefixtures("every_entity_enabled")
async def test_inputs_follow_what_the_user_changes(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(WHEN)
    tell(hub, WHEN, readings=INPUTS.copy())
    await hass.async_block_till_done()
    before = (shown(hass, "binary_sensor.father_input_1"), shown(hass, "sensor.father_analog_input_2"))
    assert before == (
        {"state": "off", "friendly_name": "Father Input 1"},
        {
            "state": "1.5",
            "friendly_name": "Father Analog input 2",
            "device_class": "voltage",
            "unit_of_measurement": "V",
        },
    )
    await change(hass, entry, wiring=WIRING_FORM)
    tell(hub, WHEN + timedelta(seconds=1), readings=INPUTS.copy())
    assert shown(hass, "binary_sensor.father_input_1") == BOOT
    assert shown(hass, "sensor.father_analog_input_2") == COLD_BOX
    registered = entity_registry.async_get("binary_sensor.father_input_1")
    assert registered is not None
    assert (registered.original_name, registered.original_device_class) == ("Boot", "door")
    assert registered.entity_category is None
    await change(hass, entry, wiring={})
    tell(hub, WHEN + timedelta(seconds=2), readings=INPUTS.copy())
    assert (shown(hass, "binary_sensor.father_input_1"), shown(hass, "sensor.father_analog_input_2")) == before


async def test_input_that_gets_a_name_is_enabled(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    entity_registry: er.EntityRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    tell(hub, dt_util.utcnow(), readings=INPUTS.copy())
    await hass.async_block_till_done()
    entity_registry.async_update_entity("binary_sensor.father_input_2", disabled_by=er.RegistryEntryDisabler.USER)
    await change(hass, entry, wiring=WIRING_FORM)
    # Home Assistant itself loads what has been enabled after a while.
    freezer.tick(RELOAD_AFTER_UPDATE_DELAY + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert shown(hass, "binary_sensor.father_input_1")["friendly_name"] == "Father Boot"
    assert hass.states.get("binary_sensor.father_input_2") is None


def xexun(time: datetime, speed: float, volts: float, longitude: float) -> bytes:
    """Return a frame of a TK-102 with volts at its first analog input."""
    place = Position(latitude=52.37, longitude=longitude, altitude=2.0, speed=speed, course=90.0)
    sentence = encode_sentence(time, place)
    body = f"{time:%y%m%d%H%M%S},+573001234567,{sentence},F,, imei:{IMEI},09,2.0,F:4.02V/ADC1={volts:.2f}V,0,"
    return with_checks(body) + b",732,101,0702,9C8C\n\r"


async def test_theft_and_refuelling_of_a_day_are_told_with_litres(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    say: Say,
    freezer: FrozenDateTimeFactory,
    fired: list[tuple[str, dict[str, object]]],
) -> None:
    await change(hass, entry, fuel=TANK_FORM)
    day = Day([drive(20), wait(20, -12), drive(20), wait(15, 30), drive(20)])
    longitude = 4.9
    for moment, reading, _ in day.readings():
        freezer.move_to(moment.time + timedelta(seconds=2))
        longitude += 0 if moment.standing else 0.006
        await say(xexun(moment.time, 0.0 if moment.standing else 50.0, reading / 12, longitude))
    alarms = [event for entity_id, event in fired if entity_id == "event.father_alarm"]
    assert [(event["event_type"], event["replayed"]) for event in alarms] == [("fuel_theft", False), ("refuel", False)]
    changes = [float(str(event["after"])) - float(str(event["before"])) for event in alarms]
    assert changes == [pytest.approx(-12, abs=3), pytest.approx(30, abs=3)]
    fuel, level = state_of(hass, "sensor.father_fuel"), state_of(hass, "sensor.father_fuel_level")
    assert float(fuel.state) == pytest.approx(50 - 12 + 30 - 8, abs=3)
    assert float(level.state) == pytest.approx(float(fuel.state) / 0.6, abs=0.2)
    assert (fuel.attributes["device_class"], fuel.attributes["unit_of_measurement"]) == ("volume_storage", "L")
    before = fuel.state
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.father_fuel").state == before


async def test_table_is_of_what_the_user_sees(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(WHEN)
    sender = {"input": "analog_1", "name": "Sender", "unit": "Ω", "factor": 36.0, "offset": 10.0}
    await change(hass, entry, fuel={"source": "analog_1", "table": "10=60, 190=0"}, wiring={"analog_inputs": [sender]})
    tell(hub, WHEN, readings=Readings(analog_1=2.5))
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.father_sender").state == "100.0"
    assert state_of(hass, "sensor.father_fuel").state == "30.0"
