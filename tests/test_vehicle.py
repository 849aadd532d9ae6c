"""A vehicle's entities: what it tells, what follows from that, and what the user says about its inputs and tank."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

from custom_components.plaspy_trackers.gateway.models import Fix, Readings, Report
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker import Settings
from custom_components.plaspy_trackers.tracker.wiring import Wiring

from .conftest import IMEI, Say, gotop, state_of

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
