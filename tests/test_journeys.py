"""What the archive tells of trips and stops, as sensors: when it is found, what it says, and what stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback

from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.journeys import INTERVAL, WINDOW

from .conftest import Say, gotop, state_of

MINUTE = timedelta(minutes=1)

#: In the tests' time zone a day begins at 8 UTC: this is 23:30.
BEGIN = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)

MOVING = "sensor.father_moving_time_today"
DISTANCE = "sensor.father_last_trip_distance"
STOP = "sensor.father_last_stop_since"


def walk(first: int, last: int, *, back: bool = False) -> list[bytes]:
    """Return a fix a minute: 100 metres to the north in each, or back."""
    return [
        gotop(BEGIN + minute * MINUTE, latitude=52.0 + 0.0009 * (last - minute if back else minute - first), speed=6.0)
        for minute in range(first, last + 1)
    ]


def stay(first: int, last: int, walked: int) -> list[bytes]:
    """Return a fix a minute of one who stands where so many minutes of walking led."""
    return [
        gotop(BEGIN + minute * MINUTE, latitude=52.0 + 0.0009 * walked, speed=0.0) for minute in range(first, last + 1)
    ]


async def wait_until(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minute: int) -> None:
    """Let time go by, and everything be done that is due."""
    freezer.move_to(BEGIN + minute * MINUTE)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture(autouse=True)
def begin(freezer: FrozenDateTimeFactory) -> None:
    """Begin half an hour before midnight."""
    freezer.move_to(BEGIN)


async def test_trip_and_stop_are_found_beside_the_reports(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(hass, freezer, 28)
    await say(*stay(0, 8, 0), *walk(8, 18), *stay(19, 27, 10))
    assert hass.states.get(MOVING) is None
    await wait_until(hass, freezer, 29)
    await wait_until(hass, freezer, 29 + INTERVAL // MINUTE)
    assert state_of(hass, STOP).attributes["device_class"] == "timestamp"
    assert abs(datetime.fromisoformat(state_of(hass, STOP).state) - (BEGIN + 18 * MINUTE)) <= 2 * MINUTE
    assert float(state_of(hass, DISTANCE).state) == pytest.approx(1.0, abs=0.15)


async def test_time_on_the_move_begins_anew_at_midnight(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(hass, freezer, 16)
    await say(*stay(0, 6, 0), *walk(6, 16))
    await wait_until(hass, freezer, 22)
    assert float(state_of(hass, MOVING).state) == pytest.approx(10, abs=3)
    assert state_of(hass, MOVING).attributes["last_reset"] == "2026-11-19T00:00:00-08:00"
    await say(*stay(17, 22, 10))
    await wait_until(hass, freezer, 29)
    assert float(state_of(hass, MOVING).state) == pytest.approx(10, abs=3)
    await wait_until(hass, freezer, 30)
    assert state_of(hass, MOVING).state == "0"
    assert state_of(hass, MOVING).attributes["last_reset"] == "2026-11-20T00:00:00-08:00"


async def test_way_over_midnight_counts_for_both_days(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(hass, freezer, 46)
    await say(*stay(0, 20, 0), *walk(20, 40), *stay(41, 46, 20))
    await wait_until(hass, freezer, 52)
    assert float(state_of(hass, MOVING).state) == pytest.approx(10, abs=2)
    assert float(state_of(hass, DISTANCE).state) == pytest.approx(2.0, abs=0.15)


async def test_what_did_not_change_is_not_written_and_without_fixes_nothing_is_looked_for(
    hass: HomeAssistant, hub: Hub, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(hass, freezer, 28)
    await say(*stay(0, 8, 0), *walk(8, 18), *stay(19, 27, 10))
    for minute in range(29, 60, 5):
        await wait_until(hass, freezer, minute)
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=callback(lambda _: True))
    await say(*stay(55, 56, 10))
    for minute in range(60, 90, 5):
        await wait_until(hass, freezer, minute)
    assert not {MOVING, DISTANCE, STOP} & set(written)


async def test_values_outlast_a_restart_and_the_window(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(hass, freezer, 28)
    await say(*stay(0, 8, 0), *walk(8, 18), *stay(19, 27, 10))
    await wait_until(hass, freezer, 34)
    before = [state_of(hass, entity_id).state for entity_id in (DISTANCE, STOP)]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert [state_of(hass, entity_id).state for entity_id in (DISTANCE, STOP)] == before
    later = 34 + 2 * WINDOW // MINUTE
    await wait_until(hass, freezer, later)
    await say(*stay(later - 20, later, 10))
    await wait_until(hass, freezer, later + 6)
    await wait_until(hass, freezer, later + 12)
    assert [state_of(hass, entity_id).state for entity_id in (DISTANCE, STOP)] == before
    assert state_of(hass, MOVING).state == "0"
