"""What a user asks of a tracker reaches it: at once or on its next word, once, and what it says comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.plaspy_trackers.const import EVENT_COMMAND
from custom_components.plaspy_trackers.gateway.commands import (
    DANGERS,
    NOTHING,
    CommandError,
    CommandKind,
    Fault,
    Request,
)
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker.outbox import PATIENCE, RETRIES

from .conftest import IMEI, Say, gotop
from .talking import COMMANDS, connected, datagrams, device_of, send, teach

NOW = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WORD = f"#{IMEI},CMD-X#".encode()

type Pass = Callable[[timedelta], Awaitable[None]]

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
def _talking(monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch)


@pytest.fixture
def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Pass:
    """Let time pass."""

    async def tick(delta: timedelta) -> None:
        freezer.tick(delta)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    return tick


async def test_command_goes_out_at_once_on_a_live_session_and_its_answer_comes_back(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    async with connected(entry) as watch:
        await watch.say()
        asking = hass.async_create_task(send(hass, entry, "report_interval", arguments={"seconds": 60}, timeout=5))
        assert await watch.hear() == ":123456,report_interval,60#"
        await watch.answer("report_interval", "set to 60 s")
        response = await asking
    assert response == {
        "command": "report_interval",
        "arguments": {"seconds": 60},
        "state": "confirmed",
        "since": NOW.isoformat(),
        "answer": "set to 60 s",
        "reason": None,
        "asked_by": None,
        "asked_at": NOW.isoformat(),
        "expires": None,
    }
    assert [event.data["state"] for event in events] == ["queued", "sent", "confirmed"]
    assert {event.data["device_id"] for event in events} == {device_of(hass, entry)}


async def test_command_for_a_tracker_that_is_away_is_queued_and_sent_once_when_it_wakes_after_a_restart(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, passes: Pass
) -> None:
    await say(WORD)
    await passes(timedelta(minutes=20))
    response = await send(hass, entry, "locate", timeout=300)
    assert (response["state"], response["expires"]) == ("queued", (NOW + timedelta(minutes=80)).isoformat())
    await hass.config_entries.async_reload(entry.entry_id)
    await passes(timedelta(minutes=10))
    async with connected(entry) as watch:
        await watch.say()
        assert await watch.hear() == ":123456,locate#"
        await watch.say()
        await watch.answer("locate")
        await watch.say()
        assert await watch.hears_nothing()
    async with connected(entry) as watch:
        await watch.say()
        assert await watch.hears_nothing()


async def test_command_that_was_sent_is_confirmed_after_a_restart(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, passes: Pass
) -> None:
    async with connected(entry) as watch:
        await watch.say()
        assert (await send(hass, entry, "locate"))["state"] == "sent"
        await watch.hear()
    await hass.config_entries.async_reload(entry.entry_id)
    async with connected(entry) as watch:
        await passes(5 * SECOND)
        await watch.say()
        assert await watch.hears_nothing()
        await watch.answer("locate", "here")
    last = entry.runtime_data.members[IMEI].delivery.outbox.last
    assert last is not None
    assert (last.state, last.answer) == ("confirmed", "here")


async def test_command_expires(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, passes: Pass) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await say(WORD)
    await send(hass, entry, "locate", expires_after=10)
    await passes(timedelta(minutes=11))
    assert [event.data["state"] for event in events] == ["queued", "expired"]
    async with connected(entry) as watch:
        await watch.say()
        assert await watch.hears_nothing()


async def test_newest_of_a_kind_wins(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await say(WORD)
    for seconds in (60, 120):
        await send(hass, entry, "report_interval", arguments={"seconds": seconds})
    async with connected(entry) as watch:
        await watch.say()
        assert await watch.hear() == ":123456,report_interval,120#"
        assert await watch.hears_nothing()
    assert [(event.data["state"], event.data["reason"]) for event in events] == [
        ("queued", None),
        ("expired", "replaced"),
        ("queued", None),
        ("sent", None),
    ]


async def test_refusal_of_the_tracker_is_told(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry) -> None:
    async with connected(entry) as watch:
        await watch.say()
        asking = hass.async_create_task(send(hass, entry, "locate", timeout=5))
        await watch.hear()
        await watch.answer("", "not now", verdict="NO")
        response = await asking
    assert (response["state"], response["answer"]) == ("refused", "not now")


async def test_request_without_an_answer_is_sent_again_three_times(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, passes: Pass
) -> None:
    async with connected(entry) as watch:
        await watch.say()
        await send(hass, entry, "locate")
        assert await watch.hear() == ":123456,locate#"
        for _ in range(RETRIES):
            await passes(PATIENCE)
            assert await watch.hear() == ":123456,locate#"
        await passes(PATIENCE)
        assert await watch.hears_nothing()
        await watch.answer("locate")
        assert hub.members[IMEI].delivery.outbox.orders == {}


async def test_requests_keep_the_pace_of_the_protocol(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    passes: Pass,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teach(monkeypatch, pace=2 * SECOND)
    async with connected(entry) as watch:
        await watch.say()
        await send(hass, entry, "find")
        await send(hass, entry, "relay", arguments={"on": True})
        assert await watch.hear() == ":123456,find#"
        assert await watch.hears_nothing()
        await passes(2 * SECOND)
        assert await watch.hear() == ":123456,relay,true#"


async def test_over_udp_a_command_goes_to_the_last_address_with_the_next_datagram(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    async with datagrams(entry) as before, datagrams(entry) as watch:
        await before.say()
        await watch.say()
        assert (await send(hass, entry, "find"))["state"] == "queued"
        assert await watch.hears_nothing()
        await watch.say()
        assert watch.heard == [b":123456,find#"]
        await watch.say()
        assert (len(watch.heard), before.heard) == (1, [])


async def test_message_of_a_tracker_triggers_nothing_that_nobody_asked_for(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    async with connected(entry) as watch:
        for kind in CommandKind:
            await watch.answer(kind)
            await watch.answer(kind, verdict="NO")
        await watch.say(gotop(NOW))
        assert await watch.hears_nothing()
    assert events == []


async def test_stranger_with_the_id_on_another_connection_gets_what_is_asked_after_it_spoke_and_nothing_before(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    async with connected(entry) as watch, connected(entry) as stranger, connected(entry) as silent:
        await watch.say()
        await send(hass, entry, "find")
        assert await watch.hear() == ":123456,find#"
        await stranger.say()
        await watch.say()
        await send(hass, entry, "locate")
        assert await watch.hear() == ":123456,locate#"
        assert await stranger.hears_nothing()
        assert await silent.hears_nothing()


async def test_session_that_names_another_tracker_gets_nothing(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    async with connected(entry) as watch:
        await watch.say()
        await watch.say(b"#861234050000033,CMD-X#")
        assert (await send(hass, entry, "find"))["state"] == "queued"
        assert await watch.hears_nothing()


async def test_unloading_ends_the_wait_and_keeps_the_command(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(WORD)
    asking = hass.async_create_task(send(hass, entry, "locate", timeout=300))
    await asyncio.sleep(0)
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await asking)["state"] == "queued"
    await hass.config_entries.async_setup(entry.entry_id)
    assert len(entry.runtime_data.members[IMEI].delivery.outbox.orders) == 1


@pytest.mark.parametrize(
    ("command", "arguments", "key", "placeholders"),
    [
        ("dance", {}, "command_unsupported", {"command": "dance", "commands": ", ".join(sorted(COMMANDS))}),
        ("geofence", {}, "command_unsupported", {"command": "geofence", "commands": ", ".join(sorted(COMMANDS))}),
        (
            "report_interval",
            {"seconds": 5},
            "command_range",
            {"argument": "seconds", "minimum": "10", "maximum": "600"},
        ),
        ("report_interval", {"seconds": 15}, "command_step", {"argument": "seconds", "step": "10"}),
        ("report_interval", {"seconds": "15"}, "command_type", {"argument": "seconds", "type": "number"}),
        ("report_interval", {}, "command_missing", {"argument": "seconds"}),
        ("locate", {"seconds": 5}, "command_unknown", {"argument": "seconds", "arguments": "-"}),
        ("working_mode", {"mode": "mad"}, "command_option", {"argument": "mode", "options": "normal, saving"}),
        ("message", {"text": "x" * 41}, "command_length", {"argument": "text", "minimum": "1", "maximum": "40"}),
        ("sos_numbers", {"numbers": ["1" * 5] * 4}, "command_count", {"minimum": "0", "maximum": "3"}),
        ("sos_numbers", {"numbers": ["home"]}, "command_form", {"argument": "numbers", "value": "home"}),
        ("message", {"text": "a\nb"}, "command_characters", {"argument": "text", "characters": "'\\n'"}),
    ],
)
async def test_what_cannot_be_asked_is_refused_at_once(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    say: Say,
    command: str,
    arguments: dict[str, object],
    key: str,
    placeholders: dict[str, str],
) -> None:
    await say(WORD)
    with pytest.raises(ServiceValidationError) as refused:
        await send(hass, entry, command, arguments=arguments)
    assert refused.value.translation_key == key
    assert refused.value.translation_placeholders is not None
    assert placeholders.items() <= refused.value.translation_placeholders.items()
    assert all(value in str(refused.value) for value in placeholders.values())


async def test_what_no_frame_can_be_made_of_is_refused_at_once(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[Request]:
        raise CommandError(Fault.STEP, argument="seconds", step="60")

    await say(WORD)
    monkeypatch.setattr(Gotop, "_request", refuse)
    with pytest.raises(ServiceValidationError, match="seconds has to be in steps of 60"):
        await send(hass, entry, "report_interval", arguments={"seconds": 70})
    assert not hub.members[IMEI].delivery.outbox.orders


async def test_tracker_that_was_never_heard_can_be_asked_for_nothing(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError, match="has not been heard yet"):
        await send(hass, entry, "locate")


async def test_queue_that_is_full_takes_no_more(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [kind for kind in CommandKind if kind not in {"stop_reports", "disarm", *DANGERS}][:21]
    monkeypatch.setattr(Gotop, "commands", dict.fromkeys(kinds, NOTHING))
    await say(WORD)
    for kind in kinds[:20]:
        await send(hass, entry, kind)
    with pytest.raises(ServiceValidationError, match="20 commands wait"):
        await send(hass, entry, kinds[20])


async def test_protocol_that_changed_and_lacks_the_command_refuses_it_with_words(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await say(WORD)
    await send(hass, entry, "locate")
    monkeypatch.setattr(Gotop, "commands", {CommandKind.FIND: NOTHING})
    await say(WORD)
    assert events[-1].data["state"] == "refused"
    assert events[-1].data["reason"] == "The tracker does not have the command locate; it has: find"
