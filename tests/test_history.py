"""What is asked about a tracker's past: points, trips, days, and who may ask."""

from datetime import UTC, datetime, timedelta
from typing import Any

import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from homeassistant.components.zone import DATA_ZONE_STORAGE_COLLECTION
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.setup import async_setup_component

from custom_components.plaspy_trackers import history
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report
from custom_components.plaspy_trackers.hub import Hub

from .actions import NOW, ask, day_out, father, keep, message_of, until_stored
from .conftest import IMEI, Say, gotop, state_of

MINUTE = timedelta(minutes=1)

QUESTIONS = ("get_history", "get_trips", "get_daily_summary")
ORDERS: dict[str, dict[str, Any]] = {
    "export_track": {"format": "gpx"},
    "import_track": {"path": "www/a.gpx"},
    "purge_history": {},
}

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
async def amsterdam(hass: HomeAssistant) -> None:
    """A home an hour ahead of UTC."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")


def a_fix(minute: int, latitude: float = 52.0) -> Fix:
    return Fix(latitude, 4.9, NOW - timedelta(hours=10) + minute * MINUTE)


async def test_history_tells_what_came_through_the_port_by_the_trackers_own_time(
    hass: HomeAssistant, hub: Hub, say: Say
) -> None:
    late = gotop(NOW - 60 * MINUTE, latitude=52.36, speed=30.0, battery=79)
    await say(gotop(NOW - MINUTE), late, gotop(NOW - 30 * MINUTE, kind="ALM-A"))
    await until_stored(hub)
    history = await ask(hass, hub, "get_history")
    assert history["total"] == 3
    assert (history["start"], history["end"]) == ("2026-11-20T21:00:00+01:00", None)
    first, alarm, _ = history["points"]
    assert first.pop("readings")["battery_level"] == 79
    assert first == {
        "time": "2026-11-21T20:00:00+01:00",
        "latitude": pytest.approx(52.36),
        "longitude": pytest.approx(4.8952),
        "speed": 30.0,
        "source": "gnss",
    }
    assert alarm["alarms"] == ["sos"]
    assert [point["time"] for point in history["points"]] == [
        f"2026-11-21T{time}:00+01:00" for time in ("20:00", "20:30", "20:59")
    ]


async def test_long_history_is_simplified_and_never_drops_an_alarm(hass: HomeAssistant, hub: Hub) -> None:
    reports = [Report(IMEI, "watch", a_fix(minute).time, a_fix(minute)) for minute in range(500)]
    for minute in (100, 250, 251):
        reports[minute].alarms, reports[minute].codes = (Alarm.SOS, Alarm.FALL), ("0x10",)
    await keep(hub, reports)
    history = await ask(hass, hub, "get_history", max_points=4)
    assert history["total"] == 500
    assert [point.get("alarms") for point in history["points"]] == [None, *([["sos", "fall"]] * 3), None]
    assert history["points"][1]["codes"] == ["0x10"]
    assert len((await ask(hass, hub, "get_history"))["points"]) == 500


async def test_history_begins_with_its_start_and_ends_before_its_end(hass: HomeAssistant, hub: Hub) -> None:
    await keep(hub, [Report(IMEI, "watch", a_fix(minute).time, a_fix(minute)) for minute in range(10)])
    # NOW is 21 o'clock in the home's time zone, and the first fix ten hours before.
    history = await ask(hass, hub, "get_history", start="2026-11-21 11:02:00", end="2026-11-21T10:05:00+00:00")
    assert [point["time"][11:16] for point in history["points"]] == ["11:02", "11:03", "11:04"]
    assert history["end"] == "2026-11-21T11:05:00+01:00"


async def test_history_is_read_to_its_end_page_by_page(
    hass: HomeAssistant, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 7)
    for count in (7, 20):
        await keep(hub, [Report(IMEI, "watch", a_fix(minute).time, a_fix(minute)) for minute in range(count)])
        assert (await ask(hass, hub, "get_history"))["total"] == count
    monkeypatch.setattr(history, "MOST_REPORTS", 19)
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "get_history")
    assert "Father said more than 19" in message_of(raised.value)


async def test_alarm_without_position_or_time_is_told_by_its_arrival(hass: HomeAssistant, hub: Hub) -> None:
    await keep(hub, [Report(IMEI, "watch", alarms=(Alarm.SOS,))])
    history = await ask(hass, hub, "get_history", end=(NOW + MINUTE).isoformat())
    assert history["points"] == [{"time": "2026-11-21T21:00:00+01:00", "alarms": ["sos"]}]


async def test_trips_lead_from_zone_to_zone(hass: HomeAssistant, hub: Hub) -> None:
    await hass.config.async_update(latitude=52.0, longitude=4.9)
    # Two zones of one name, as a school has two gates.
    for latitude in (10.0, 52.054):
        zone = {"name": "Work", "latitude": latitude, "longitude": 5.0168, "radius": 300}
        await hass.data[DATA_ZONE_STORAGE_COLLECTION].async_create_item(zone)
    await hass.async_block_till_done()
    await keep(hub, day_out())
    found = await ask(hass, hub, "get_trips", start="2026-11-21 01:00:00")
    home = state_of(hass, "zone.home").name
    assert [trip["origin"]["zone"] for trip in found["trips"]] == [home, "Work", None]
    assert [trip["destination"]["zone"] for trip in found["trips"]] == ["Work", None, home]
    assert [stop["zone"] for stop in found["stops"]] == [home, "Work", None, home]
    trip = found["trips"][0]
    assert trip["distance"] == pytest.approx(10, abs=0.3)
    assert trip["duration"] == pytest.approx(15 * 60, abs=120)
    assert trip["average_speed"] == pytest.approx(40, abs=6)
    assert trip["top_speed"] == pytest.approx(40, abs=1)
    assert datetime.fromisoformat(trip["start"]) == pytest.approx(
        datetime(2026, 11, 21, 8, tzinfo=UTC), abs=timedelta(minutes=6)
    )
    # It is known to be at home until now, however long ago that was told.
    assert found["stops"][-1]["departure"] == "2026-11-21T21:00:00+01:00"


async def test_daily_summary_is_of_a_day_at_home(hass: HomeAssistant, hub: Hub) -> None:
    await keep(hub, day_out())
    await keep(hub, [Report(IMEI, "watch", NOW - 5 * MINUTE, None, {"heart_rate": 90.0}, (Alarm.SOS,))])
    today = await ask(hass, hub, "get_daily_summary")
    assert today["distance"] == pytest.approx(10 + 7.8 + 2.2, abs=0.8)
    assert today["moving_time"] == pytest.approx(30 * 60, abs=400)
    expected = {
        "date": "2026-11-21",
        "trips": 3,
        "stops": 4,
        "first_fix": "2026-11-21T01:00:00+01:00",
        "heart_rate_min": 70,
        "heart_rate_max": 90,
        "steps": None,
        "battery_min": 55,
        "battery_max": 55,
        "alarms": {"sos": 1},
    }
    assert {key: today[key] for key in expected} == expected
    before = await ask(hass, hub, "get_daily_summary", date="2026-11-20")
    assert (before["distance"], before["trips"], before["first_fix"]) == (0, 0, None)
    # What was told at 0:30 on that clock belongs to the day before in UTC.
    await keep(hub, [Report(IMEI, "watch", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), None, {"heart_rate": 60.0})])
    assert (await ask(hass, hub, "get_daily_summary", date="2026-11-21"))["heart_rate_min"] == 60


async def test_script_goes_through_the_trips_of_today(hass: HomeAssistant, hub: Hub) -> None:
    data = {"device_id": father(hass, hub), "start": "{{ today_at('00:00') }}"}
    message = "{% for trip in day.trips %}{{ trip.start[11:13] }} {{ trip.distance | round }} km {% endfor %}"
    steps = [
        {"action": "plaspy_trackers.get_trips", "data": data, "response_variable": "day"},
        {"event": "told", "event_data": {"message": message}},
    ]
    assert await async_setup_component(hass, "script", {"script": {"tell": {"sequence": steps}}})
    told = async_capture_events(hass, "told")
    await keep(hub, day_out())
    await hass.services.async_call("script", "tell", blocking=True)
    assert [event.data["message"] for event in told] == ["09 10 km 17 8 km 17 2 km"]


async def test_nothing_heard_is_an_answer_too(hass: HomeAssistant, hub: Hub) -> None:
    assert (await ask(hass, hub, "get_history"))["points"] == []
    found = await ask(hass, hub, "get_trips")
    assert (found["trips"], found["stops"]) == ([], [])


@pytest.mark.parametrize("action", ["get_history", "get_trips", "export_track"])
@pytest.mark.parametrize(
    "span",
    [
        {"start": "2026-11-21 12:00:00", "end": "2026-11-21 11:00:00"},
        {"start": "2026-11-21 12:00:00", "end": "2026-11-21 12:00:00"},
        {"start": "2026-11-21 22:00:00"},
    ],
    ids=["after", "at once", "to come"],
)
async def test_no_time_between_start_and_end_is_told(
    hass: HomeAssistant, hub: Hub, action: str, span: dict[str, Any]
) -> None:
    more = ORDERS.get(action, {})
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, action, **span, **more)
    assert "There is no time between the start, 2026-11-21T" in message_of(raised.value)


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("get_history", {"max_points": 1}),
        ("get_history", {"max_points": 10_001}),
        ("get_history", {"start": "yesterday"}),
        ("get_history", {"start": "0001-01-01 00:00:00"}),
        ("get_history", {"end": "9999-12-31 23:59:59"}),
        ("get_daily_summary", {"date": "9999-12-31"}),
        ("get_daily_summary", {"date": "noon"}),
        ("export_track", {"format": "exe"}),
        ("purge_history", {"before": "0001-01-01 00:00:00+14:00"}),
    ],
)
async def test_what_is_no_time_or_number_is_refused(
    hass: HomeAssistant, hub: Hub, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(probatio.Invalid):
        await ask(hass, hub, action, **data)


@pytest.mark.parametrize("action", [*QUESTIONS, *ORDERS])
async def test_device_that_is_no_tracker_is_told(hass: HomeAssistant, hub: Hub, action: str) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, action, device_id="nobody", **ORDERS.get(action, {}))
    assert message_of(raised.value) == "nobody is no tracker of an open port"


@pytest.mark.parametrize("action", [*QUESTIONS, *ORDERS])
async def test_archive_that_cannot_be_used_is_told(hass: HomeAssistant, hub: Hub, action: str) -> None:
    assert hub.archive is not None
    await hub.archive.close()
    if action == "import_track":
        hub.archive = None
    with pytest.raises(HomeAssistantError) as raised:
        await ask(hass, hub, action, **ORDERS.get(action, {}))
    assert "it is closed, or cannot be used" in message_of(raised.value)


@pytest.mark.parametrize("action", QUESTIONS)
async def test_who_may_see_the_tracker_may_ask_about_its_past(
    hass: HomeAssistant, hub: Hub, hass_read_only_user: MockUser, action: str
) -> None:
    context = Context(user_id=hass_read_only_user.id)
    assert await ask(hass, hub, action, context)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {"device_tracker.father": {"control": True}}}})
    with pytest.raises(Unauthorized):
        await ask(hass, hub, action, context)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {"device_tracker.father": {"read": True}}}})
    assert await ask(hass, hub, action, context)


@pytest.mark.parametrize("action", QUESTIONS)
async def test_administrators_may_ask_and_nobody_unknown(
    hass: HomeAssistant, hub: Hub, hass_admin_user: MockUser, action: str
) -> None:
    assert await ask(hass, hub, action, Context(user_id=hass_admin_user.id))
    with pytest.raises(UnknownUser):
        await ask(hass, hub, action, Context(user_id="0" * 32))


@pytest.mark.parametrize("action", ORDERS)
async def test_only_administrators_change_the_archive_or_touch_the_disk(
    hass: HomeAssistant, hub: Hub, hass_read_only_user: MockUser, action: str
) -> None:
    await keep(hub, [Report(IMEI, "watch", a_fix(0).time, a_fix(0))])
    hass_read_only_user.mock_policy({"entities": True})
    with pytest.raises(Unauthorized):
        await ask(hass, hub, action, Context(user_id=hass_read_only_user.id), **ORDERS[action])
    assert (await ask(hass, hub, "get_history"))["total"] == 1


async def test_purge_deletes_what_is_older_or_all(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    await say(gotop(NOW - 30 * MINUTE), gotop(NOW - 20 * MINUTE), gotop(NOW - 10 * MINUTE))
    await until_stored(hub)
    before = state_of(hass, "device_tracker.father").attributes
    assert await ask(hass, hub, "purge_history", before="2026-11-21 20:40:00") == {"deleted": 1}
    assert (await ask(hass, hub, "get_history"))["total"] == 2
    assert await ask(hass, hub, "purge_history") == {"deleted": 2}
    assert await ask(hass, hub, "purge_history") == {"deleted": 0}
    assert state_of(hass, "device_tracker.father").attributes == before
