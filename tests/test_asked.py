"""The simulated trackers, asked through Home Assistant: they obey, answer, refuse, sleep, and forget to answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from homeassistant.core import HomeAssistant

from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker import outbox

from .conftest import HOST, IMEI, state_of
from .simulator import tracker as tracker_module
from .simulator.l17pro import L17Pro
from .simulator.route import FEDERMAN, PARK, Route
from .simulator.te207 import Te207
from .simulator.tracker import Tracker, Transport
from .simulator.x07 import X07
from .talking import send
from .test_obedience import until

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled")

#: Seconds for which a tracker says nothing by itself.
LONG = 60.0

te207 = partial(Te207, route=Route(PARK), transport="tcp")
l17pro = partial(L17Pro, route=Route(FEDERMAN), walking=1.0)
x07 = partial(X07, route=Route(FEDERMAN), walking=1.0)

each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(tracker_module, "AWAKE", 0.3)


@asynccontextmanager
async def living(entry: PlaspyConfigEntry, model: Any, **options: Any) -> AsyncIterator[Tracker]:
    """Let a tracker live meanwhile, from its first report on."""
    hub = entry.runtime_data
    tracker: Tracker = model(HOST, hub.server.port, imei=IMEI, **options)
    life = asyncio.create_task(tracker.run())
    try:
        await until(lambda: hub.members[IMEI].tracker.protocol is not None and hub.server.counters.reports.total() > 0)
        await hub.hass.async_block_till_done()
        yield tracker
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


def obeyed(tracker: Tracker) -> list[str]:
    return [order.kind for order in tracker.obeyed]


@pytest.mark.parametrize(
    "model", [te207, partial(l17pro, protocol="iw"), partial(l17pro, protocol="watch")], ids=["gotop", "iw", "watch"]
)
async def test_locate_brings_a_new_fix(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, model: Any) -> None:
    async with living(entry, model, interval=LONG) as tracker:
        counters = hub.server.counters
        before = counters.reports.total()
        response = await send(hass, entry, "locate", timeout=5)
        assert response["state"] == "confirmed"
        await until(lambda: counters.reports.total() > before)
        assert obeyed(tracker) == ["locate"]


@pytest.mark.parametrize(
    "model",
    [te207, partial(l17pro, protocol="iw"), partial(x07, protocol="xexun3"), partial(x07, protocol="xexun2")],
    ids=["gotop", "iw", "xexun3", "xexun2"],
)
async def test_report_interval_changes_the_pace_and_is_shown_once_it_is_confirmed(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_module, "SECOND", 0.001)
    async with living(entry, model, interval=LONG) as tracker:
        data = {"entity_id": "number.father_report_interval", "value": 60}
        await hass.services.async_call("number", "set_value", data, blocking=True)
        await until(lambda: not hub.members[IMEI].delivery.outbox.orders)
        await hass.async_block_till_done()
        assert state_of(hass, "number.father_report_interval").state == "60"
        assert obeyed(tracker) == ["report_interval"]
        counters = hub.server.counters
        before = counters.reports.total()
        await until(lambda: counters.reports.total() >= before + 5)


@each_transport
async def test_watch_that_forgets_to_answer_is_asked_again(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE", timedelta(seconds=0.2))
    model = partial(l17pro, protocol="iw", transport=transport)
    async with living(entry, model, interval=0.1, forgets=1):
        response = await send(hass, entry, "find", timeout=5)
        assert response["state"] == "confirmed"


@each_transport
@pytest.mark.parametrize("restart", [False, True])
async def test_watch_that_sleeps_gets_its_command_once_when_it_wakes(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, transport: Transport, restart: bool
) -> None:
    model = partial(l17pro, protocol="watch", transport=transport)
    async with living(entry, model, interval=LONG, sleeps=0.5) as tracker:
        await until(lambda: tracker._asleep and not hub.server.connections)
        assert (await send(hass, entry, "find"))["state"] == "queued"
        if restart:
            port = hub.server.port
            hass.config_entries.async_update_entry(entry, data={**entry.data, "port": port})
            await hass.config_entries.async_reload(entry.entry_id)
        outbox_ = entry.runtime_data.members[IMEI].delivery.outbox
        await until(lambda: not outbox_.orders)
        assert outbox_.last is not None
        assert outbox_.last.state == "confirmed"
        counters = entry.runtime_data.server.counters
        before = counters.reports.total()
        await until(lambda: counters.reports.total() > before + 3)
        assert obeyed(tracker) == ["find"]


async def test_refusal_of_a_tracker_comes_back_in_its_words(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    async with living(entry, te207, interval=LONG, refuses=("locate",)):
        response = await send(hass, entry, "locate", timeout=5)
    assert (response["state"], response["answer"]) == ("refused", "ERROR!")
