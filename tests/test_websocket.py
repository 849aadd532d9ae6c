"""What dashboards ask for: pages of a history without a gap, trips, and nothing for whoever may not see the tracker."""

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report
from custom_components.plaspy_trackers.hub import Hub

from .actions import NOW, ask, day_out, father, keep, until_stored
from .conftest import IMEI, Say, gotop

MINUTE = timedelta(minutes=1)
COMMANDS = ("history", "trips")

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
async def websocket(hass: HomeAssistant) -> None:
    """Home Assistant's side of the connection."""
    assert await async_setup_component(hass, "websocket_api", {})


async def test_history_comes_page_by_page_with_nothing_lost_or_twice(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator
) -> None:
    begin = NOW - timedelta(hours=5)
    # Three of each time: a page may end between them.
    reports = [
        Report(IMEI, "watch", time, Fix(52 + place / 100, 4.9, time), alarms=(Alarm.SOS,) if minute == 5 else ())
        for minute in range(30)
        for place in range(3)
        for time in [begin + minute * MINUTE]
    ]
    await keep(hub, reports)
    client = await hass_ws_client()
    pages: list[list[dict[str, Any]]] = []
    after: dict[str, str] = {}
    while not pages or after:
        await client.send_json_auto_id(
            {"type": "plaspy_trackers/history", "device_id": father(hass, hub), "limit": 20, **after}
        )
        answer = (await client.receive_json())["result"]
        pages.append(answer["points"])
        after = {"after": answer["after"]} if answer["after"] else {}
    assert [len(page) for page in pages] == [20, 20, 20, 20, 10]
    assert list(chain.from_iterable(pages)) == (await ask(hass, hub, "get_history"))["points"]


async def test_history_tells_what_came_through_the_port(
    hass: HomeAssistant, hub: Hub, say: Say, hass_ws_client: WebSocketGenerator
) -> None:
    await say(gotop(NOW - MINUTE), gotop(NOW - 90 * MINUTE), gotop(NOW - 30 * MINUTE, kind="ALM-A"))
    await until_stored(hub)
    client = await hass_ws_client()
    start = (NOW - 60 * MINUTE).isoformat()
    await client.send_json_auto_id(
        {"type": "plaspy_trackers/history", "device_id": father(hass, hub), "start": start, "end": NOW.isoformat()}
    )
    result = (await client.receive_json())["result"]
    assert result["after"] is None
    assert [point.get("alarms") for point in result["points"]] == [["sos"], None]


async def test_trips_are_those_of_the_action(hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator) -> None:
    await keep(hub, day_out())
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "plaspy_trackers/trips", "device_id": father(hass, hub)})
    answer = await client.receive_json()
    assert answer["result"] == await ask(hass, hub, "get_trips")
    assert len(answer["result"]["trips"]) == 3


@pytest.mark.parametrize("command", COMMANDS)
async def test_only_who_may_see_the_tracker_is_told(
    hass: HomeAssistant,
    hub: Hub,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_user: MockUser,
    hass_read_only_access_token: str,
    command: str,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    message = {"type": f"plaspy_trackers/{command}", "device_id": father(hass, hub)}
    for entities, told in (
        ({}, False),
        ({"device_tracker.father": {"read": True}}, True),
        ({"device_tracker.mother": {"read": True}}, False),
    ):
        hass_read_only_user.mock_policy({"entities": {"entity_ids": entities}})
        await client.send_json_auto_id(message)
        answer = await client.receive_json()
        assert answer["success"] is told
        assert told or answer["error"]["code"] == "unauthorized"


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_cannot_be_answered_is_told_in_words_that_are_translated(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator, command: str
) -> None:
    client = await hass_ws_client()
    message = {"type": f"plaspy_trackers/{command}", "device_id": father(hass, hub)}
    assert hub.archive is not None
    await hub.archive.close()
    for change, key in (
        ({"device_id": "nobody"}, "no_tracker"),
        ({"start": "2026-11-21 12:00:00", "end": "2026-11-21 11:00:00"}, "start_after_end"),
        ({}, "archive_closed"),
    ):
        await client.send_json_auto_id({**message, **change})
        error = (await client.receive_json())["error"]
        assert (error["translation_domain"], error["translation_key"]) == ("plaspy_trackers", key)


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 0},
        {"limit": 5001},
        {"limit": "all"},
        {"after": "yesterday"},
        {"after": "1/" + "9" * 30},
        {"after": 7},
        {"start": "soon"},
        {"other": 1},
    ],
)
async def test_command_of_another_form_is_refused(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator, change: dict[str, Any]
) -> None:
    client = await hass_ws_client()
    message = {"type": "plaspy_trackers/history", "device_id": father(hass, hub)}
    await client.send_json_auto_id({**message, **change})
    assert (await client.receive_json())["error"]["code"] == "invalid_format"
