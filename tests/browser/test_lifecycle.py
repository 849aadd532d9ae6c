"""The ends of the demo: by the kernel, by Ctrl-C, and what is there afterwards."""

import asyncio
from datetime import UTC, datetime
import json
import re
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
import pytest

from scripts.demo import TRACKERS, State
from scripts.demo_api import HomeAssistant
from scripts.demo_seed import HOME
from tests.simulator.encoders import xexun2
from tests.simulator.route import Position
from tests.simulator.watch import Watch
from tests.simulator.x07 import X07

from .conftest import Client, Start, tile
from .demo import PATIENCE, Demo, frame, kill

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_HOME = Position(HOME["latitude"], HOME["longitude"], altitude=0.0, speed=12.3, course=0.0)


async def test_last_values_are_there_after_a_kill(chromium: Browser, start: Start) -> None:
    demo = await start("--no-trackers")
    demo.say(*(frame(model.default_imei, "ALM-A", AT_HOME, battery=57) for model in TRACKERS.values()))
    again = sos()
    assert xexun2.acknowledges(demo.say(again), again)
    await until_kept(demo)
    before = await sos_of_father(demo)
    assert before["attributes"]["count"] == 2
    kill(demo.home_assistant)
    assert await demo.end() == 1

    demo = await start("--no-trackers")
    after = await sos_of_father(demo)
    assert (after["state"], after["attributes"]) == (before["state"], before["attributes"])
    # Had its acknowledgement been lost, it would be sent again.
    demo.say(again)
    assert (await sos_of_father(demo))["attributes"] == before["attributes"]
    page = await (await Client.make(chromium, demo.url)).log_in("/trackers")
    for name, model in TRACKERS.items():
        await expect(tile(page, name, name)).to_contain_text("Home")
        if issubclass(model, Watch):
            await expect(badges(page, name)).to_contain_text("57%")
        else:
            await expect(tile(page, name, "Battery")).to_contain_text("57%")
            await expect(tile(page, name, "Speed")).to_contain_text(re.compile(r"12\.3\skm/h"))
        await expect(tile(page, name, "SOS")).to_contain_text("Help needed")
    assert demo.complaints() == []


async def test_interrupt_leaves_nothing_behind(start: Start) -> None:
    demo = await start()
    assert await demo.interrupt() == 0
    await demo.until_gone()
    assert demo.complaints() == []


async def test_killed_demo_takes_home_assistant_with_it(start: Start) -> None:
    demo = await start()
    kill(demo.process.pid)
    await demo.end()
    await demo.until_gone()


def badges(page: Page, tracker: str) -> Locator:
    """Return the badges behind a tracker's name."""
    return page.locator("hui-heading-card", has_text=tracker)


async def until_kept(demo: Demo) -> None:
    """Wait until Home Assistant has written down all trackers, where they are, and that Father called twice."""

    def is_kept() -> bool:
        trackers = kept_trackers(demo)
        added = kept(demo, "core.config_entries")
        return (
            all(model.default_imei in added for model in TRACKERS.values())
            and len([tracker for tracker in trackers.values() if tracker["path"]["fix"]]) == len(TRACKERS)
            and trackers[X07.default_imei]["alarms"]["latches"]["sos"][-1] == 2
        )

    async with asyncio.timeout(PATIENCE):
        while not is_kept():  # noqa: ASYNC110 - it is another process that writes
            await asyncio.sleep(0.05)


def sos() -> bytes:
    """Return a frame of now in which an X07 calls for help."""
    now = datetime.now(UTC)
    payload = xexun2.gps(now, AT_HOME) + xexun2.alarm(now, 1) + xexun2.status(20, 57)
    return xexun2.encode(X07.default_imei, 1, payload)


async def sos_of_father(demo: Demo) -> State:
    """Return the state of the SOS of him who wears the X07."""
    async with HomeAssistant(demo.ports.web) as api:
        await api.log_in()
        state: State = await api.get("/states/binary_sensor.father_sos")
        return state


def kept_trackers(demo: Demo) -> dict[str, Any]:
    """Return what Home Assistant has written down of each tracker."""
    text = kept(demo, "plaspy_trackers.*")
    trackers: dict[str, Any] = json.loads(text)["data"]["trackers"] if text else {}
    return trackers


def kept(demo: Demo, files: str) -> str:
    """Return what Home Assistant has written down in these files."""
    return "".join(file.read_text() for file in (demo.folder / ".storage").glob(files))
