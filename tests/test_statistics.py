"""The recorder's hourly statistics after late reports: what they would be if each report had come in time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period
from homeassistant.const import UnitOfLength
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.plaspy_trackers.gateway.models import Readings, Report
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry

from .conftest import IMEI, Say, state_of
from .simulator.encoders import xexun2
from .simulator.route import Position

HOUR = timedelta(hours=1)
QUIET = timedelta(seconds=61)
MINUTE = timedelta(minutes=1)

#: When the tracker was heard last, and when it is heard again. In the tests' time zone a day begins at 8 UTC.
SILENT = datetime(2026, 11, 19, 20, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)
HEARD = datetime(2026, 11, 20, 21, 2, tzinfo=UTC)

HEART = "sensor.father_heart_rate"
BATTERY = "sensor.father_battery"
STEPS = "sensor.father_steps"
DISTANCE = "sensor.father_distance_today"
ODOMETER = "sensor.father_odometer"


def pulse_at(time: datetime) -> int:
    """Return what the heart does, another thing every twenty minutes."""
    return 60 + time.hour + time.minute // 20


def steps_at(time: datetime) -> int:
    """Return the steps since the tracker's midnight: 300 in an hour."""
    begin = MIDNIGHT if time >= MIDNIGHT else SILENT - 2 * HOUR
    return 5 * ((time - begin) // MINUTE)


def battery_at(time: datetime) -> int:
    """Return the battery's level, which falls by 2 % in an hour."""
    return 90 - 2 * ((time - SILENT) // HOUR)


def frame(time: datetime, *, buffered: bool = False) -> bytes:
    """Return what the tracker says of a time: it goes north by 1,112 m every hour."""
    place = Position(52.0 + (time - SILENT) / HOUR * 0.01, 5.1, altitude=2.0, speed=1.1, course=0.0)
    payload = (
        xexun2.gps(time, place)
        + xexun2.vitals(time, pulse_at(time), 0, 0, 0)
        + xexun2.activity(time, steps_at(time), 0.0)
        + xexun2.status(20, battery_at(time), moving=True, buffered=buffered)
    )
    return xexun2.encode(IMEI, 1, payload)


def late_frames() -> Iterator[bytes]:
    """Yield what the tracker stored, the newest first."""
    time = HEARD.replace(minute=0)
    while time > SILENT + 20 * MINUTE:
        time -= 20 * MINUTE
        yield frame(time, buffered=True)


@pytest.fixture(autouse=True)
def recorder(recorder_mock: Recorder) -> Recorder:
    """A recorder, before anything else is set up."""
    return recorder_mock


@pytest.fixture
async def compiled(hass: HomeAssistant) -> Callable[..., Any]:
    """Let the recorder compile what it has not compiled yet, and everything be done that is due."""
    done = SILENT

    async def compile_until(end: datetime) -> None:
        nonlocal done
        await async_wait_recording_done(hass)
        while done < end:
            do_adhoc_statistics(hass, start=done)
            done += 5 * MINUTE
        await async_wait_recording_done(hass)

    return compile_until


async def hours_of(hass: HomeAssistant, entity_id: str, start: datetime = SILENT) -> dict[datetime, dict[str, Any]]:
    """Return an entity's hourly statistics."""
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        start,
        None,
        {entity_id},
        "hour",
        None,
        {"mean", "min", "max", "state", "sum", "last_reset"},
    )
    return {datetime.fromtimestamp(row["start"], UTC): dict(row) for row in found.get(entity_id, [])}


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, delay: timedelta) -> None:
    """Let time go by, and everything be done that is due."""
    freezer.tick(delay)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)


@pytest.fixture
async def silent(
    recorder: Recorder,
    every_entity_enabled: None,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hub: Hub,
    say: Say,
    compiled: Callable[..., Any],
) -> None:
    """A tracker that was heard, was silent for a day, and is heard again."""
    freezer.move_to(SILENT + 10 * MINUTE)
    await say(frame(SILENT + 10 * MINUTE))
    await async_wait_recording_done(hass)
    freezer.move_to(HEARD)
    await compiled(HEARD.replace(minute=0))
    await say(frame(HEARD))


async def test_hours_become_what_the_tracker_stored(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, silent: None, say: Say
) -> None:
    before = await hours_of(hass, HEART)
    assert [row["mean"] for row in before.values()] == [80.0] * 25
    await say(*late_frames())
    live = [state_of(hass, entity_id) for entity_id in (HEART, BATTERY, STEPS, DISTANCE, ODOMETER)]
    assert await hours_of(hass, HEART) == before
    await wait(hass, freezer, QUIET)
    hearts, batteries = await hours_of(hass, HEART), await hours_of(hass, BATTERY)
    assert len(hearts) == len(batteries) == 25
    for number in range(1, 25):
        hour = SILENT + number * HOUR
        pulses = [pulse_at(hour + minutes * MINUTE) for minutes in (0, 20, 40)]
        row = hearts[hour]
        assert row["mean"] == pytest.approx(sum(pulses) / 3)
        assert (row["min"], row["max"]) == (min(pulses), max(pulses))
        assert batteries[hour]["mean"] == battery_at(hour)
    steps = await hours_of(hass, STEPS)
    assert [row["state"] for row in steps.values()] == [steps_at(hour + 40 * MINUTE) for hour in steps]
    assert [later["sum"] - row["sum"] for row, later in pairwise(steps.values())] == [
        # At midnight what was walked since the last report is not known.
        200.0 if hour + HOUR == MIDNIGHT else 300.0
        for hour in list(steps)[:-1]
    ]
    assert [state_of(hass, one.entity_id) for one in live] == live


async def test_ways_are_those_that_were_gone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, silent: None, say: Say
) -> None:
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    for entity_id in (DISTANCE, ODOMETER):
        rows = await hours_of(hass, entity_id)
        ways = [later["sum"] - row["sum"] for row, later in pairwise(rows.values())]
        assert ways == pytest.approx([1.112] * 24, abs=0.15)
    days = await hours_of(hass, DISTANCE)
    assert days[MIDNIGHT - HOUR]["state"] == pytest.approx(12.6, abs=0.3)
    assert days[MIDNIGHT]["state"] == pytest.approx(1.1, abs=0.15)
    assert days[MIDNIGHT]["last_reset"] == MIDNIGHT.timestamp()


async def test_sums_go_on_where_the_late_reports_end(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    silent: None,
    say: Say,
    compiled: Callable[..., Any],
) -> None:
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    for hour in (22, 23):
        time = HEARD.replace(hour=hour, minute=0)
        await compiled(time)
        freezer.move_to(time + MINUTE)
        await wait(hass, freezer, 2 * MINUTE)
        await say(frame(time + 10 * MINUTE))
    freezer.move_to(HEARD + 3 * HOUR)
    await compiled(HEARD.replace(minute=0) + 3 * HOUR)
    for entity_id in (STEPS, DISTANCE, ODOMETER):
        rows = list((await hours_of(hass, entity_id)).values())
        assert all(later["sum"] >= row["sum"] for row, later in pairwise(rows)), entity_id
    steps = await hours_of(hass, STEPS)
    assert len(steps) == 28
    last = steps[HEARD.replace(hour=23, minute=0)]
    assert last["state"] == steps_at(HEARD.replace(hour=23, minute=10))
    # All there were, but those before the first report and those that midnight hid.
    begun, hidden = steps_at(SILENT + 10 * MINUTE), 100
    evening = steps_at(MIDNIGHT - MINUTE) + 5 - hidden - begun
    assert last["sum"] == evening + last["state"]
    odometer = list((await hours_of(hass, ODOMETER)).values())
    assert odometer[-1]["sum"] - odometer[0]["sum"] == pytest.approx(27 * 1.112 - 0.4, abs=0.7)


async def test_second_delivery_changes_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, silent: None, say: Say
) -> None:
    entity_ids = (HEART, BATTERY, STEPS, DISTANCE, ODOMETER)
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    once = [await hours_of(hass, entity_id) for entity_id in entity_ids]
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    assert [await hours_of(hass, entity_id) for entity_id in entity_ids] == once


async def test_hours_are_in_the_unit_that_the_recorder_keeps(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    silent: None,
    say: Say,
    entity_registry: er.EntityRegistry,
) -> None:
    entity_registry.async_update_entity_options(ODOMETER, "sensor", {"unit_of_measurement": UnitOfLength.MILES})
    await hass.async_block_till_done()
    assert state_of(hass, ODOMETER).attributes["unit_of_measurement"] == "mi"
    before = await get_instance(hass).async_add_executor_job(lambda: get_metadata(hass, statistic_ids={ODOMETER}))
    assert before[ODOMETER][1]["unit_of_measurement"] == "km"
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    after = await get_instance(hass).async_add_executor_job(lambda: get_metadata(hass, statistic_ids={ODOMETER}))
    assert after == before
    rows = list((await hours_of(hass, ODOMETER)).values())
    # They are read in the unit that is shown.
    assert rows[-1]["sum"] - rows[0]["sum"] == pytest.approx(24 * 1.112 / 1.609, abs=0.2)


async def test_disabled_entity_is_left_alone(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    silent: None,
    say: Say,
    entity_registry: er.EntityRegistry,
) -> None:
    before = await hours_of(hass, HEART)
    entity_registry.async_update_entity(HEART, disabled_by=er.RegistryEntryDisabler.USER)
    await say(*late_frames())
    await wait(hass, freezer, QUIET)
    assert await hours_of(hass, HEART) == before
    assert (await hours_of(hass, BATTERY))[MIDNIGHT]["mean"] == battery_at(MIDNIGHT)


async def test_what_is_due_is_corrected_before_the_port_closes(
    hass: HomeAssistant, entry: PlaspyConfigEntry, silent: None, say: Say
) -> None:
    await say(*late_frames())
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await hours_of(hass, BATTERY))[MIDNIGHT]["mean"] == battery_at(MIDNIGHT)


async def test_hour_that_is_not_compiled_is_left_alone_until_it_is(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hub: Hub,
    say: Say,
    compiled: Callable[..., Any],
) -> None:
    freezer.move_to(SILENT + 10 * MINUTE)
    await say(frame(SILENT + 10 * MINUTE))
    freezer.move_to(SILENT + 50 * MINUTE)
    await say(frame(SILENT + 30 * MINUTE, buffered=True))
    await wait(hass, freezer, QUIET)
    assert await hours_of(hass, HEART) == {}
    freezer.move_to(SILENT + HOUR)
    await compiled(SILENT + HOUR)
    assert (await hours_of(hass, HEART))[SILENT]["max"] == pulse_at(SILENT)
    await wait(hass, freezer, 2 * MINUTE)
    assert (await hours_of(hass, HEART))[SILENT]["max"] == pulse_at(SILENT + 30 * MINUTE)


async def test_input_with_a_unit_of_the_users_is_corrected_in_it(
    silent: None,
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    freezer: FrozenDateTimeFactory,
    compiled: Callable[..., Any],
) -> None:
    subentry = next(iter(entry.subentries.values()))
    wiring = {"analog_inputs": [{"input": "analog_1", "name": "Cold box", "unit": "°C", "factor": 20, "offset": -40}]}
    hass.config_entries.async_update_subentry(entry, subentry, data={"wiring": wiring})
    await hass.async_block_till_done()
    member = hub.members[IMEI]
    for hour in range(3):
        time = HEARD + hour * HOUR
        freezer.move_to(time + timedelta(seconds=1))
        report = Report(IMEI, "gt06", time, readings=Readings(analog_1=2.0))
        hub.apply(member, report, time, time)
        await hass.async_block_till_done()
        await compiled(time.replace(minute=0))
    late = HEARD.replace(minute=0) + HOUR + 5 * MINUTE
    report = Report(IMEI, "gt06", late, readings=Readings(analog_1=3.0), buffered=True)
    hub.keep(member, report, time)
    hub.apply(member, report, time, time)
    await wait(hass, freezer, timedelta(hours=2))
    hours = await hours_of(hass, "sensor.father_cold_box", late.replace(minute=0))
    assert hours[late.replace(minute=0)]["max"] == 20.0
