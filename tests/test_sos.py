"""A call for help from the button to the screen: it always shows, once, and stays until somebody has taken care.

So do a fall and a watch that was taken off. What else a person sets of a tracker has its effect.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from freezegun.api import FrozenDateTimeFactory
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.components.zone import DATA_ZONE_STORAGE_COLLECTION
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_HOME,
    STATE_NOT_HOME,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, Event, HomeAssistant, State, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers.const import ACCEPT, ASK, CONF_NEW_TRACKERS, DOMAIN
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.storage import storage_key

from .conftest import HOST, IMEI, Say, gotop, state_of
from .simulator.encoders import iw, watch, xexun2, xexun3
from .simulator.route import Position
from .simulator.tracker import Cell

NOW = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRANGER = "861234050000033"
PLACE = Position(latitude=52.3702, longitude=4.8952, altitude=12.5, speed=4.2, course=87.0)
CELL = Cell(204, 8, 0x1073, 0x1DF5)

SOS = "binary_sensor.father_sos"

#: The alarms that stay on, each with the entity and the bit by which an X07 tells it.
LATCHES = {
    "sos": (SOS, 0),
    "fall": ("binary_sensor.father_fall", 15),
    "removed": ("binary_sensor.father_taken_off", 17),
}

type Pass = Callable[[timedelta], Awaitable[None]]

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


class Heard(NamedTuple):
    """What an event entity told."""

    alarm: str
    time: datetime
    replayed: bool = False


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Heard]:
    """Every alarm that any event entity told; not that it is shown again after a restart."""
    alarms: list[Heard] = []
    shown: dict[str, tuple[str, object]] = {}

    @callback
    def note(event: Event[Any]) -> None:
        state: State | None = event.data["new_state"]
        if state is None or state.domain != "event" or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return
        told = (state.state, dict(state.attributes))
        if shown.get(state.entity_id) != told:
            shown[state.entity_id] = told
            time = datetime.fromisoformat(state.attributes["time"])
            alarms.append(Heard(state.attributes["event_type"], time, state.attributes["replayed"]))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return alarms


@pytest.fixture
def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Pass:
    """Let time pass."""

    async def tick(delta: timedelta) -> None:
        freezer.tick(delta)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    return tick


async def configure(hass: HomeAssistant, entry: MockConfigEntry, **settings: float) -> None:
    """Set what a user wants of the tracker, through the form."""
    (subentry,) = entry.subentries.values()
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"name": "Father", **settings})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()


async def press_acknowledge(hass: HomeAssistant) -> None:
    await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)


async def acknowledge(hass: HomeAssistant, *device_ids: str, **data: Any) -> None:
    await hass.services.async_call(DOMAIN, "acknowledge", {"device_id": list(device_ids), **data}, blocking=True)


def father(device_registry: dr.DeviceRegistry, entry: MockConfigEntry) -> str:
    device = device_registry.async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    return device.id


def x07(alarm: str, time: datetime, *, number: int = 1, buffered: bool = False) -> bytes:
    """Return a frame of an X07 with one of the alarms that stay on."""
    place, raised = xexun2.gps(time, PLACE), xexun2.alarm(time, 1 << LATCHES[alarm][1])
    return xexun2.encode(IMEI, number, place + raised + xexun2.status(20, 76, buffered=buffered))


def count_of(hass: HomeAssistant, entity_id: str) -> object:
    return state_of(hass, entity_id).attributes["count"]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(gotop(NOW, kind="ALM-A", fix="V"), id="gotop"),
        pytest.param(f"#{IMEI},CMD-KEY#".encode(), id="gotop without anything else"),
        pytest.param(xexun2.encode(IMEI, 1, xexun2.gps(NOW, None) + xexun2.alarm(NOW, 1)), id="xexun2"),
        pytest.param(xexun3.encode(IMEI, 1, xexun3.alarm(NOW, 1)), id="xexun3"),
        pytest.param(iw.login(IMEI) + iw.alarm(1, NOW, None, battery=80, cell=CELL), id="iw"),
        pytest.param(
            watch.encode("3G", watch.short_id(IMEI), watch.location("AL_LTE", NOW, None, battery=80, status=1 << 16)),
            id="watch",
        ),
    ],
)
async def test_sos_without_a_fix_shows_once(
    hass: HomeAssistant, hub: Hub, say: Say, heard: list[Heard], frame: bytes
) -> None:
    await say(frame)
    assert heard == [Heard("sos", NOW)]
    assert "latitude" not in state_of(hass, "event.father_alarm").attributes
    sos = state_of(hass, SOS)
    assert sos.state == STATE_ON
    assert {key: sos.attributes[key] for key in ("since", "last", "count")} == {"since": NOW, "last": NOW, "count": 1}
    assert state_of(hass, "device_tracker.father").state == STATE_UNKNOWN


async def test_number_without_end_does_not_cost_the_file_that_every_alarm_waits_for(
    hass: HomeAssistant, hub: Hub, say: Say
) -> None:
    await say(f"*HQ,{IMEI},LINK,103012,15,0,84,{'9' * 20},3,201126,FFFFFBFF#".encode())
    await say(gotop(NOW, kind="ALM-A", fix="V"))
    await hub.save_at_once()
    assert state_of(hass, SOS).state == STATE_ON


@pytest.mark.parametrize("fix", ["A", "V"])
@pytest.mark.parametrize("policy", [ASK, ACCEPT])
async def test_sos_in_the_very_first_message_of_a_tracker_shows_once(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, heard: list[Heard], policy: str, fix: str
) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: policy})
    frame = gotop(NOW, imei=STRANGER, kind="CMD-KEY", fix=fix)
    await say(frame)
    name = "tracker_0033"
    if policy == ASK:
        assert heard == []
        (card,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        # Whom nobody answers sends again.
        await say(frame)
        await hass.config_entries.flow.async_configure(card["flow_id"], {"name": "Mother"})
        await hass.async_block_till_done()
        name = "mother"
    await say(frame)
    assert heard == [Heard("sos", NOW)]
    assert state_of(hass, f"binary_sensor.{name}_sos").state == STATE_ON
    assert count_of(hass, f"binary_sensor.{name}_sos") == 1


async def test_sos_during_the_start_of_home_assistant_shows_once_when_it_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, heard: list[Heard]
) -> None:
    hass.set_state(CoreState.not_running)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    reader, writer = await asyncio.open_connection(HOST, entry.runtime_data.server.port)
    writer.write(x07("sos", NOW) * 3)
    writer.write_eof()
    await hass.async_block_till_done()
    assert heard == []
    assert state_of(hass, SOS).state == STATE_OFF
    await hass.async_start()
    answers = await reader.read()
    await hass.async_block_till_done()
    assert xexun2.acknowledges(answers, x07("sos", NOW))
    assert heard == [Heard("sos", NOW)]
    assert state_of(hass, SOS).state == STATE_ON
    assert count_of(hass, SOS) == 1
    writer.close()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("frames", "count"),
    [
        pytest.param([gotop(NOW, kind="ALM-A"), gotop(NOW, kind="CMD-KEY")], 2, id="told in two ways"),
        pytest.param([gotop(NOW, kind="ALM-A"), gotop(NOW + timedelta(seconds=1), kind="ALM-A")], 2, id="two presses"),
        pytest.param([gotop(NOW, kind="ALM-A")] * 2, 1, id="one press, sent twice"),
        pytest.param([gotop(NOW, kind="ALM-A", fix="V")] * 2, 1, id="one press without a fix, sent twice"),
    ],
)
async def test_sos_pressed_twice_within_a_second_shows_once(
    hass: HomeAssistant, hub: Hub, say: Say, heard: list[Heard], frames: list[bytes], count: int
) -> None:
    await say(*frames)
    assert heard == [Heard("sos", NOW)]
    assert state_of(hass, SOS).state == STATE_ON
    assert count_of(hass, SOS) == count


@pytest.mark.parametrize("alarm", LATCHES)
async def test_alarm_that_the_device_repeats_every_three_minutes_is_counted_and_told_once(
    hass: HomeAssistant, hub: Hub, say: Say, heard: list[Heard], passes: Pass, alarm: str
) -> None:
    entity_id, _ = LATCHES[alarm]
    for number in range(10):
        await say(x07(alarm, NOW + 3 * number * MINUTE, number=number))
        assert count_of(hass, entity_id) == number + 1
        await passes(3 * MINUTE)
    state = state_of(hass, entity_id)
    assert heard == [Heard(alarm, NOW)]
    assert state.state == STATE_ON
    assert (state.attributes["since"], state.attributes["last"]) == (NOW, NOW + 27 * MINUTE)


@pytest.mark.parametrize("alarm", LATCHES)
async def test_acknowledge_button_ends_the_alarm_and_the_next_one_shows_again(
    hass: HomeAssistant, hub: Hub, say: Say, heard: list[Heard], passes: Pass, alarm: str
) -> None:
    entity_id, _ = LATCHES[alarm]
    await say(x07(alarm, NOW))
    await press_acknowledge(hass)
    assert state_of(hass, entity_id).state == STATE_OFF
    assert "count" not in state_of(hass, entity_id).attributes
    await say(x07(alarm, NOW))
    assert state_of(hass, entity_id).state == STATE_OFF
    await passes(11 * MINUTE)
    await say(x07(alarm, NOW + 11 * MINUTE, number=2))
    assert heard == [Heard(alarm, NOW), Heard(alarm, NOW + 11 * MINUTE)]
    assert state_of(hass, entity_id).state == STATE_ON
    assert count_of(hass, entity_id) == 1


@pytest.mark.parametrize(
    ("data", "on"),
    [
        ({}, set()),
        ({"alarms": ["fall"]}, {"sos", "removed"}),
        ({"alarms": "sos"}, {"fall", "removed"}),
        ({"alarms": ["removed", "fall"]}, {"sos"}),
        ({"alarms": []}, set()),
    ],
)
async def test_action_ends_the_chosen_alarms(
    hass: HomeAssistant,
    hub: Hub,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    say: Say,
    data: dict[str, Any],
    on: set[str],
) -> None:
    await say(*(x07(alarm, NOW, number=number) for number, alarm in enumerate(LATCHES)))
    await acknowledge(hass, father(device_registry, entry), **data)
    assert {alarm for alarm, (entity_id, _) in LATCHES.items() if state_of(hass, entity_id).state == STATE_ON} == on


async def test_action_for_what_is_no_tracker_ends_nothing_and_says_so(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, device_registry: dr.DeviceRegistry, say: Say
) -> None:
    other = MockConfigEntry(domain="lamp")
    other.add_to_hass(hass)
    lamp = device_registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("lamp", "1")}, name="Lamp")
    await say(x07("sos", NOW))
    for device_id, name in ((lamp.id, "Lamp"), ("nothing", "nothing")):
        with pytest.raises(ServiceValidationError) as error:
            await acknowledge(hass, father(device_registry, entry), device_id)
        assert (error.value.translation_domain, error.value.translation_key) == (DOMAIN, "no_tracker")
        assert error.value.translation_placeholders == {"device": name}
    texts = await async_get_translations(hass, "en", "exceptions", [DOMAIN])
    assert "{device}" in texts[f"component.{DOMAIN}.exceptions.no_tracker.message"]
    assert state_of(hass, SOS).state == STATE_ON


async def test_action_for_a_tracker_of_a_closed_port_says_so(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await acknowledge(hass, father(device_registry, entry))
    assert error.value.translation_key == "no_tracker"
    assert error.value.translation_placeholders == {"device": "Father"}


@pytest.mark.parametrize("alarms", ["low_battery", ["sos", "help"], "offline"])
async def test_action_for_an_alarm_that_does_not_stay_on_is_refused(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, device_registry: dr.DeviceRegistry, alarms: Any
) -> None:
    with pytest.raises(probatio.Invalid):
        await acknowledge(hass, father(device_registry, entry), alarms=alarms)


async def test_action_has_its_words(hass: HomeAssistant, hub: Hub) -> None:
    assert hass.services.has_service(DOMAIN, "acknowledge")
    texts = await async_get_translations(hass, "en", "services", [DOMAIN])
    assert texts[f"component.{DOMAIN}.services.acknowledge.name"] == "Acknowledge"


@pytest.mark.parametrize("alarm", LATCHES)
async def test_alarm_ends_by_itself_after_the_minutes_that_were_set(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, passes: Pass, alarm: str
) -> None:
    entity_id, _ = LATCHES[alarm]
    await configure(hass, entry, reset_after=5)
    await say(x07(alarm, NOW))
    await passes(4 * MINUTE)
    await say(x07(alarm, NOW + 4 * MINUTE, number=2))
    await passes(4 * MINUTE)
    assert state_of(hass, entity_id).state == STATE_ON
    await passes(MINUTE)
    assert state_of(hass, entity_id).state == STATE_OFF


async def test_alarm_never_ends_by_itself_if_nothing_was_set(
    hass: HomeAssistant, hub: Hub, say: Say, passes: Pass
) -> None:
    await say(x07("sos", NOW))
    await passes(timedelta(days=30))
    assert state_of(hass, SOS).state == STATE_ON


@pytest.mark.parametrize("alarm", LATCHES)
async def test_stored_alarm_is_told_as_such_and_does_not_switch_on(
    hass: HomeAssistant, hub: Hub, say: Say, heard: list[Heard], alarm: str
) -> None:
    await say(gotop(NOW))
    for _ in range(2):
        await say(x07(alarm, NOW - 20 * MINUTE, number=2, buffered=True))
    assert heard == [Heard(alarm, NOW - 20 * MINUTE, replayed=True)]
    state = hass.states.get(LATCHES[alarm][0])
    assert state is None or state.state == STATE_OFF


@pytest.mark.parametrize("alarm", LATCHES)
async def test_alarm_that_is_on_stays_on_over_a_restart_and_still_ends_by_itself(
    hass: HomeAssistant,
    hub: Hub,
    entry: MockConfigEntry,
    say: Say,
    heard: list[Heard],
    passes: Pass,
    alarm: str,
) -> None:
    entity_id, _ = LATCHES[alarm]
    await configure(hass, entry, reset_after=10)
    await say(x07(alarm, NOW))
    await passes(3 * MINUTE)
    await say(x07(alarm, NOW + 3 * MINUTE, number=2))
    before = state_of(hass, entity_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await passes(5 * MINUTE)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, entity_id).state == STATE_ON
    assert state_of(hass, entity_id).attributes == before.attributes
    assert count_of(hass, entity_id) == 2
    await passes(4 * MINUTE)
    assert state_of(hass, entity_id).state == STATE_ON
    await passes(MINUTE)
    assert state_of(hass, entity_id).state == STATE_OFF
    assert heard == [Heard(alarm, NOW)]


async def test_alarm_that_should_have_ended_meanwhile_is_off_after_the_restart(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, passes: Pass
) -> None:
    await configure(hass, entry, reset_after=10)
    await say(x07("sos", NOW))
    await hass.config_entries.async_unload(entry.entry_id)
    await passes(timedelta(hours=1))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, SOS).state == STATE_OFF


async def test_position_is_unknown_after_the_silence_that_was_set_until_the_next_fix(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, passes: Pass
) -> None:
    await configure(hass, entry, forget_after=60)
    await say(gotop(NOW))
    await passes(59 * MINUTE)
    assert state_of(hass, "device_tracker.father").state == STATE_NOT_HOME
    await passes(MINUTE)
    place = state_of(hass, "device_tracker.father")
    assert place.state == STATE_UNKNOWN
    assert "latitude" not in place.attributes
    await say(f"#{IMEI},CMD-X#".encode())
    assert state_of(hass, "device_tracker.father").state == STATE_UNKNOWN
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, "device_tracker.father").state == STATE_UNKNOWN
    await say(gotop(NOW + 60 * MINUTE))
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3702)


async def test_last_position_stays_if_nothing_was_set(hass: HomeAssistant, hub: Hub, say: Say, passes: Pass) -> None:
    await say(gotop(NOW))
    await passes(timedelta(days=30))
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3702)


async def test_silence_and_its_end_are_told_once_each_over_restarts(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, heard: list[Heard], passes: Pass
) -> None:
    await configure(hass, entry, silence=10)
    await say(gotop(NOW))
    assert heard == []
    await passes(9 * MINUTE)
    assert heard == []
    for _ in range(3):
        await passes(MINUTE)
        await hass.config_entries.async_reload(entry.entry_id)
    assert heard == [Heard("offline", NOW)]
    assert state_of(hass, "event.father_alarm").attributes["latitude"] == pytest.approx(52.3702)
    assert state_of(hass, "sensor.father_position_source").state == "last_known"
    for minute in (12, 13):
        await say(gotop(NOW + minute * MINUTE))
    assert heard == [Heard("offline", NOW), Heard("online", NOW + 12 * MINUTE)]
    assert state_of(hass, "sensor.father_position_source").state == "gnss"


async def test_local_time_of_a_tracker_is_corrected_by_the_offset_that_was_set(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, heard: list[Heard]
) -> None:
    ahead = timedelta(hours=5, minutes=30)
    await say(gotop(NOW - MINUTE + ahead))
    assert state_of(hass, "sensor.father_last_fix").state == (NOW - MINUTE + ahead).isoformat()
    await configure(hass, entry, utc_offset=5.5)
    await say(gotop(NOW + ahead, kind="ALM-A", latitude=52.3712))
    assert heard == [Heard("sos", NOW)]
    assert state_of(hass, "sensor.father_last_fix").state == NOW.isoformat()
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3712)


async def test_fix_that_is_worse_than_the_limit_that_was_set_does_not_move_the_tracker(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say
) -> None:
    await configure(hass, entry, accuracy_limit=50)
    await say(gotop(NOW))
    await say(gotop(NOW + MINUTE, latitude=52.38, battery=70, tail="12.00"))
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.3702)
    assert state_of(hass, "sensor.father_battery").state == "70"
    await say(gotop(NOW + 2 * MINUTE, latitude=52.38, tail="05.00"))
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.38)
    await configure(hass, entry)
    await say(gotop(NOW + 3 * MINUTE, latitude=52.39, tail="12.00"))
    assert state_of(hass, "device_tracker.father").attributes["latitude"] == pytest.approx(52.39)


async def test_zone_that_is_made_while_running_is_not_left_by_a_fix_that_may_still_be_in_it(
    hass: HomeAssistant, hub: Hub, say: Say
) -> None:
    await say(gotop(NOW, latitude=52.37, speed=3.0))
    await hass.data[DATA_ZONE_STORAGE_COLLECTION].async_create_item(
        {"name": "School", "latitude": 52.37, "longitude": 4.8952, "radius": 100}
    )
    await hass.async_block_till_done()
    # 167 metres away, by a receiver that may be wrong by 90.
    await say(gotop(NOW + MINUTE, latitude=52.3715, speed=3.0, tail="18.00"))
    assert state_of(hass, "device_tracker.father").state == "School"
    await say(gotop(NOW + 2 * MINUTE, latitude=52.3715, speed=3.0, tail="01.20"))
    assert state_of(hass, "device_tracker.father").state == STATE_NOT_HOME
    await hass.config.async_update(latitude=52.3715, longitude=4.8952)
    await hass.async_block_till_done()
    assert state_of(hass, "device_tracker.father").state == STATE_HOME


async def test_sos_is_acknowledged_once_it_is_on_the_disk(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Or a crash would lose it: the watch does not send it again."""

    def stored() -> bool:
        trackers = hass_storage.get(storage_key(entry.entry_id), {}).get("data", {}).get("trackers", {})
        return bool(trackers.get(IMEI, {}).get("values", {}).get("sos"))

    time = dt_util.utcnow()
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    writer.write(xexun3.encode(IMEI, 7, xexun3.alarm(time, 1)))
    assert await reader.read(100)
    assert stored()
    await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)
    assert not stored()
    writer.close()
