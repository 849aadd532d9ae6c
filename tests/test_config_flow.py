"""Setting up the port, adding trackers, and what happens to those nobody has added."""

import asyncio
from datetime import timedelta
import errno
import socket
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY, SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers.const import (
    ACCEPT,
    ASK,
    CONF_NEW_TRACKERS,
    CONF_SILENCE,
    CONF_TCP,
    CONF_UDP,
    DOMAIN,
    IGNORE,
)
from custom_components.plaspy_trackers.hub import MAX_ACCEPTED, Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.strangers import MAX_STRANGERS, REPORTS_PER_STRANGER
from custom_components.plaspy_trackers.subentries import new_subentry

from .conftest import HOST, IMEI, Say, gotop, state_of
from .simulator.encoders import watch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled")

STRANGER = "861234050000033"

#: What a step of a flow returns, or is given.
type Flow = Any


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(port: float, **other: Any) -> Flow:
    return {CONF_HOST: HOST, CONF_PORT: port, CONF_TCP: True, CONF_UDP: True, **other}


async def start(hass: HomeAssistant) -> Flow:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def answer(hass: HomeAssistant, flow: Flow, given: Flow) -> Flow:
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    await hass.async_block_till_done()
    return result


def discoveries(hass: HomeAssistant) -> list[Flow]:
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ]


async def test_port_is_set_up(hass: HomeAssistant) -> None:
    port = free_port()
    flow = await start(hass)
    assert flow["type"] is FlowResultType.FORM
    result = await answer(hass, flow, answers(float(port), host=f" {HOST} "))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"{HOST} port {port}"
    assert result["data"] == answers(port)
    assert result["result"].state is ConfigEntryState.LOADED
    with pytest.raises(OSError, match="in use"):
        socket.create_server((HOST, port))
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_port_on_all_addresses_is_named_by_its_number(hass: HomeAssistant) -> None:
    port = free_port()
    result = await answer(hass, await start(hass), answers(port, host="0.0.0.0"))
    assert result["title"] == f"Port {port}"
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_taken_port_is_told_and_can_be_corrected(hass: HomeAssistant, kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as other:
        other.bind((HOST, 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        flow = await start(hass)
        result = await answer(hass, flow, answers(other.getsockname()[1]))
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {CONF_PORT: "port_in_use"}
    result = await answer(hass, flow, answers(other_port := free_port()))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == other_port
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({CONF_HOST: "192.0.2.1"}, {CONF_HOST: "address_not_here"}),
        ({CONF_HOST: "fe80::1%nowhere"}, {CONF_HOST: "invalid_address"}),
        ({CONF_TCP: False, CONF_UDP: False}, {"base": "no_transport"}),
    ],
)
async def test_address_that_cannot_be_listened_on_is_told(hass: HomeAssistant, given: Flow, errors: Flow) -> None:
    flow = await start(hass)
    result = await answer(hass, flow, answers(free_port(), **given))
    assert result["errors"] == errors
    result = await answer(hass, flow, answers(free_port()))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_one_entry_for_each_address_and_port(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PORT: hub.server.port})
    result = await answer(hass, await start(hass), answers(hub.server.port))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_port_of_another_entry_is_not_taken_over(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    other = await answer(hass, await start(hass), answers(free_port()))
    result = await reconfigure(hass, entry, other["data"])
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(other["result"].entry_id)


async def test_port_that_the_system_forbids_is_told(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "permission denied")

    flow = await start(hass)
    with monkeypatch.context() as patch:
        # Whoever runs the tests may be root, whom the system forbids nothing.
        patch.setattr(asyncio.get_running_loop(), "create_server", refuse)
        result = await answer(hass, flow, answers(80))
    assert result["errors"] == {CONF_PORT: "port_forbidden"}


async def test_tracker_that_another_port_has_meanwhile_is_not_added_twice(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    (card,) = discoveries(hass)
    other = MockConfigEntry(domain=DOMAIN, data=answers(free_port()))
    other.add_to_hass(hass)
    hass.config_entries.async_add_subentry(other, new_subentry(STRANGER, "Mother"))
    result = await answer(hass, card, {CONF_NAME: "Mother"})
    assert result["reason"] == "already_configured"
    assert hub.members.keys() == {IMEI}


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, given: Flow) -> Flow:
    flow: Flow = await entry.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.FORM
    return await answer(hass, flow, given)


async def test_port_can_be_changed(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    old, new = hub.server.port, free_port()
    hass.config_entries.async_update_entry(entry, title=f"{HOST} port 0")
    result = await reconfigure(hass, entry, answers(new))
    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.title == f"{HOST} port {new}"
    assert entry.runtime_data.server.port == new
    socket.create_server((HOST, old)).close()
    assert [member.name for member in entry.runtime_data.members.values()] == ["Father"]


async def test_port_stays_open_when_the_new_one_is_taken(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, data=answers(hub.server.port))
    with socket.create_server((HOST, 0)) as other:
        result = await reconfigure(hass, entry, answers(other.getsockname()[1]))
        assert result["errors"] == {CONF_PORT: "port_in_use"}
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.server.port == entry.data[CONF_PORT]


@pytest.mark.parametrize("error", [UnicodeError("label too long"), ValueError("embedded null byte")])
async def test_port_stays_open_when_the_new_address_is_none(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo

    async def getaddrinfo(host: str, *arguments: Any, **others: Any) -> Any:
        # As the resolver does, which tests must not ask.
        if host == "nowhere":
            raise error
        return await resolve(host, *arguments, **others)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    hass.config_entries.async_update_entry(entry, data=answers(hub.server.port))
    result = await reconfigure(hass, entry, answers(hub.server.port, host="nowhere"))
    assert result["errors"] == {CONF_HOST: "invalid_address"}
    assert entry.state is ConfigEntryState.LOADED


async def test_title_that_the_user_gave_stays(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, title="Family")
    await reconfigure(hass, entry, answers(free_port()))
    assert entry.title == "Family"


async def test_address_can_be_changed_while_the_port_stays(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry
) -> None:
    port = hub.server.port
    result = await reconfigure(hass, entry, answers(port, host="0.0.0.0"))
    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.server.port == port


async def test_options_tell_what_happens_to_new_trackers(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(flow["flow_id"], {CONF_NEW_TRACKERS: ACCEPT})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {CONF_NEW_TRACKERS: ACCEPT}
    assert entry.runtime_data is hub


async def add(hass: HomeAssistant, entry: PlaspyConfigEntry, device_id: str) -> Flow:
    flow = await hass.config_entries.subentries.async_init((entry.entry_id, "tracker"), context={"source": SOURCE_USER})
    given = {"device_id": device_id, CONF_NAME: "Mother", CONF_SILENCE: 60.0}
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], given)
    await hass.async_block_till_done()
    return result


async def test_tracker_is_added_before_it_ever_reported(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    result = await add(hass, entry, " 86-1234 05 000003-3 ")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["unique_id"] == STRANGER
    assert result["data"] == {CONF_SILENCE: 60}
    assert state_of(hass, "device_tracker.mother").state == "unknown"
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert state_of(hass, "device_tracker.mother").state == "not_home"


@pytest.mark.parametrize(
    "device_id",
    ["", "000000000000000", "123456789", "12345678901234567", "86123405000003x", "８６１２３４０５００"],
)
async def test_id_that_is_none_is_told(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, device_id: str) -> None:
    assert (await add(hass, entry, device_id))["errors"] == {"device_id": "invalid_device_id"}


@pytest.mark.parametrize("device_id", [IMEI, IMEI[-11:], IMEI[4:14]])
async def test_tracker_is_not_added_twice_by_whichever_id(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, device_id: str
) -> None:
    assert (await add(hass, entry, device_id))["errors"] == {"device_id": "already_configured"}


async def test_tracker_needs_a_name(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say) -> None:
    subentries = hass.config_entries.subentries
    flow: Flow = await subentries.async_init((entry.entry_id, "tracker"), context={"source": SOURCE_USER})
    given = {"device_id": STRANGER, CONF_NAME: "  ", CONF_SILENCE: 60.0}
    result = await subentries.async_configure(flow["flow_id"], given)
    assert result["errors"] == {CONF_NAME: "no_name"}
    subentry = next(iter(entry.subentries.values()))
    change = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    result = await subentries.async_configure(change["flow_id"], {CONF_NAME: "  ", CONF_SILENCE: 60.0})
    assert result["errors"] == {CONF_NAME: "no_name"}
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    (card,) = discoveries(hass)
    assert (await answer(hass, card, {CONF_NAME: "  "}))["errors"] == {CONF_NAME: "no_name"}
    assert (await answer(hass, card, {CONF_NAME: " Mother "}))["reason"] == "tracker_added"
    assert hub.members[STRANGER].name == "Mother"


@pytest.mark.parametrize(("policy", "members"), [(ACCEPT, {IMEI, STRANGER}), (IGNORE, {IMEI}), (ASK, {IMEI})])
async def test_option_holds_for_those_who_are_waiting(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, policy: str, members: set[str]
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER, kind="ALM-A"))
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(flow["flow_id"], {CONF_NEW_TRACKERS: policy})
    await hass.async_block_till_done()
    assert hub.members.keys() == members
    assert len(discoveries(hass)) == (policy == ASK)


async def test_tracker_can_be_changed(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    subentry = next(iter(entry.subentries.values()))
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert (flow["description_placeholders"] or {})["device_id"] == IMEI
    result = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {CONF_NAME: "Grandfather", CONF_SILENCE: 5}
    )
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert hub.members[IMEI].name == "Grandfather"
    assert hub.members[IMEI].tracker.silence.total_seconds() == 300


async def test_unknown_tracker_is_asked_about_and_what_it_said_meanwhile_counts(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER, kind="CMD-KEY", battery=55))
    await say(gotop(dt_util.utcnow(), imei=STRANGER, battery=54), udp=True)
    (card,) = discoveries(hass)
    assert card["context"]["title_placeholders"] == {"name": f"{STRANGER}, GOTOP, TCP"}
    assert hub.members.keys() == {IMEI}
    result = await answer(hass, card, {CONF_NAME: "Mother"})
    assert result["reason"] == "tracker_added"
    assert state_of(hass, "sensor.mother_battery").state == "54"
    assert state_of(hass, "binary_sensor.mother_sos").state == "on"
    assert state_of(hass, "event.mother_alarm").attributes["event_type"] == "sos"
    assert discoveries(hass) == []
    await say(gotop(dt_util.utcnow(), imei=STRANGER, battery=53))
    assert state_of(hass, "sensor.mother_battery").state == "53"


async def test_tracker_that_spoke_long_ago_is_added_as_offline(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, freezer: FrozenDateTimeFactory
) -> None:
    spoke = dt_util.utcnow()
    await say(gotop(spoke, imei=STRANGER, kind="ALM-A", battery=55))
    freezer.tick(timedelta(hours=5))
    (card,) = discoveries(hass)
    await answer(hass, card, {CONF_NAME: "Mother"})
    assert state_of(hass, "binary_sensor.mother_connectivity").state == "off"
    assert state_of(hass, "binary_sensor.mother_sos").state == "off"
    assert state_of(hass, "event.mother_alarm").attributes["replayed"] is True
    assert state_of(hass, "sensor.mother_battery").state == "55"
    assert state_of(hass, "sensor.mother_last_seen").state == spoke.replace(microsecond=0).isoformat()


async def test_tracker_is_asked_about_once_the_made_up_ones_are_gone(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    time = dt_util.utcnow()
    await say(*(gotop(time, imei=f"35{number:013d}") for number in range(MAX_STRANGERS)))
    await say(gotop(time, imei=STRANGER))
    assert STRANGER not in {card["context"]["unique_id"] for card in discoveries(hass)}
    hass.config_entries.flow.async_abort(discoveries(hass)[0]["flow_id"])
    await say(gotop(time, imei=STRANGER))
    assert STRANGER in {card["context"]["unique_id"] for card in discoveries(hass)}


async def test_ignored_tracker_stays_ignored(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert len(discoveries(hass)) == 1
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": STRANGER, "title": "not mine"}
    )
    await hass.async_block_till_done()
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert discoveries(hass) == []
    assert STRANGER not in hub.members


async def ignore(hass: HomeAssistant, device_id: str) -> None:
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": device_id, "title": "not mine"}
    )
    await hass.async_block_till_done()


async def test_tracker_is_ignored_by_whichever_id(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await ignore(hass, STRANGER)
    await say(gotop(dt_util.utcnow(), imei=f"0{STRANGER}"))
    assert discoveries(hass) == []


async def test_tracker_taken_back_from_ignore_is_asked_about_again(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    await ignore(hass, STRANGER)
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    (ignored,) = [one for one in hass.config_entries.async_entries(DOMAIN) if one.source == SOURCE_IGNORE]
    await hass.config_entries.async_remove(ignored.entry_id)
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert len(discoveries(hass)) == 1


async def test_watch_that_goes_by_two_ids_is_asked_about_once(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(watch.encode("3G", watch.short_id(STRANGER), watch.link(12, 0, 80)))
    await say(watch.encode("3G", STRANGER, watch.heart(72)))
    (card,) = discoveries(hass)
    await answer(hass, card, {CONF_NAME: "Mother"})
    assert state_of(hass, "sensor.mother_battery").state == "80"
    assert state_of(hass, "sensor.mother_heart_rate").state == "72"
    assert discoveries(hass) == []


async def test_sos_of_a_stranger_is_forgotten_last(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    time = dt_util.utcnow()
    await say(gotop(time, imei=STRANGER, kind="ALM-A"))
    for second in range(REPORTS_PER_STRANGER + 5):
        await say(gotop(time + timedelta(seconds=second), imei=STRANGER, battery=second))
    assert len(hub.strangers.by_id[STRANGER].reports) == REPORTS_PER_STRANGER
    (card,) = discoveries(hass)
    await answer(hass, card, {CONF_NAME: "Mother"})
    assert state_of(hass, "binary_sensor.mother_sos").state == "on"
    assert state_of(hass, "sensor.mother_battery").state == str(REPORTS_PER_STRANGER + 4)


async def test_made_up_ids_do_not_push_out_a_stranger_with_a_card(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    time = dt_util.utcnow()
    await say(gotop(time, imei=STRANGER, kind="ALM-A"))
    await say(*(gotop(time, imei=f"35{number:013d}") for number in range(100)))
    card = next(card for card in discoveries(hass) if card["context"]["unique_id"] == STRANGER)
    await answer(hass, card, {CONF_NAME: "Mother"})
    assert state_of(hass, "binary_sensor.mother_sos").state == "on"


async def test_what_a_stranger_said_outlives_a_reload(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER, kind="ALM-A"))
    await hass.config_entries.async_reload(entry.entry_id)
    (card,) = discoveries(hass)
    await answer(hass, card, {CONF_NAME: "Mother"})
    assert state_of(hass, "binary_sensor.mother_sos").state == "on"


async def test_card_ends_when_the_tracker_is_added_by_hand(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER, battery=61))
    await add(hass, entry, STRANGER)
    assert discoveries(hass) == []
    assert state_of(hass, "sensor.mother_battery").state == "61"


async def test_card_outlives_its_port_only_to_say_so(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    (card,) = discoveries(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    result = await answer(hass, card, {CONF_NAME: "Mother"})
    assert result["reason"] == "listener_removed"


async def test_accepting_adds_a_tracker_with_its_first_word(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: ACCEPT})
    await say(gotop(dt_util.utcnow(), imei=STRANGER, kind="CMD-KEY"))
    assert state_of(hass, "binary_sensor.tracker_0033_sos").state == "on"
    assert state_of(hass, "event.tracker_0033_alarm").attributes["event_type"] == "sos"
    assert discoveries(hass) == []


async def test_ignoring_leaves_no_trace(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: IGNORE})
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert discoveries(hass) == []
    assert hub.strangers.by_id == {}
    assert hub.members.keys() == {IMEI}


@pytest.mark.parametrize("policy", [ASK, ACCEPT])
async def test_ids_that_somebody_makes_up_are_bounded(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, policy: str
) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: policy})
    time = dt_util.utcnow()
    for _ in range(2):
        await say(*(gotop(time, imei=f"35{number:013d}") for number in range(100)))
    assert len(hub.strangers.by_id) == MAX_STRANGERS
    assert len(discoveries(hass)) == MAX_STRANGERS
    assert len(hub.members) == (1 if policy == ASK else MAX_ACCEPTED)


async def test_tracker_of_a_port_that_is_not_loaded_gets_no_card(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say
) -> None:
    other = MockConfigEntry(domain=DOMAIN, data=answers(free_port()))
    other.add_to_hass(hass)
    hass.config_entries.async_add_subentry(other, new_subentry(STRANGER, "Mother"))
    await say(gotop(dt_util.utcnow(), imei=STRANGER))
    assert discoveries(hass) == []
    assert hub.members.keys() == {IMEI}
