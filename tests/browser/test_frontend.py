"""Living with the integration: what a person sees and does, by mouse and keyboard."""

import json
import re
import socket
from typing import Any

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect
import pytest

from scripts.demo import HOST, ROOT, TRACKERS, choose_port, is_free
from scripts.demo_seed import HOME
from tests.simulator.route import Position
from tests.simulator.te207 import Te207
from tests.simulator.watch import Watch

from .conftest import Client, tile
from .demo import Demo, frame

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS: dict[str, Any] = json.loads((ROOT / "custom_components/plaspy_trackers/translations/en.json").read_text())

AT_HOME = Position(HOME["latitude"], HOME["longitude"], altitude=0.0, speed=3.1, course=0.0)

DASHBOARD = "/trackers"
INTEGRATIONS = "/config/integrations/dashboard"
INTEGRATION = "/config/integrations/integration/plaspy_trackers"

PHONE: ViewportSize = {"width": 390, "height": 844}


async def test_person_logs_in_and_sees_every_tracker_move(chromium: Browser, demo: Demo) -> None:
    page = await (await Client.make(chromium, demo.url)).log_in(DASHBOARD)
    for name in TRACKERS:
        await expect(page.locator(f"ha-map ha-entity-marker[title='{name}']")).to_be_visible()
        await expect(tile(page, name, name)).to_contain_text(re.compile("Home|Away"))
        if issubclass(TRACKERS[name], Watch):
            for unit in ("bpm", "mmHg", "%", "°C", "steps"):
                await expect(vitals(page, name)).to_contain_text(re.compile(rf"\d\s?{unit}"))
        else:
            await expect(tile(page, name, "Battery")).to_contain_text(re.compile(r"\d+%"))
            await expect(tile(page, name, "Speed")).to_contain_text(re.compile(r"\d\.\d\skm/h"))
    before = [await page.evaluate(place(name)) for name in TRACKERS]
    for name, first in zip(TRACKERS, before, strict=True):
        await page.wait_for_function(f"{place(name)} !== {first!r}")


async def test_dashboard_fits_a_telephone(client: Client) -> None:
    page = await client.open(DASHBOARD, PHONE)
    tiles = page.locator("hui-tile-card:visible")
    await expect(tiles.first).to_be_visible()
    for one in [*await tiles.all(), vitals(page, "Father"), vitals(page, "Mother")]:
        await one.scroll_into_view_if_needed()
        box = await one.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["width"] > 100
        assert box["x"] + box["width"] <= PHONE["width"]
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_acknowledge_on_the_dashboard_ends_the_sos(client: Client, demo: Demo) -> None:
    page = await client.open(DASHBOARD)
    sos = tile(page, "TE-207", "SOS")
    await expect(sos).to_contain_text("No alarm")
    demo.say(frame(Te207.default_imei, "ALM-A", AT_HOME, battery=88))
    await expect(sos).to_contain_text("Help needed")
    await tile(page, "TE-207", "Acknowledge").get_by_role("button", name="Press").click()
    await expect(sos).to_contain_text("No alarm")


async def test_unknown_tracker_is_added_from_its_card_with_what_it_said_before(client: Client, demo: Demo) -> None:
    imei = "861234050000082"
    demo.say(frame(imei, "ALM-A", AT_HOME, battery=88))
    page = await client.open(INTEGRATIONS)
    await expect(card(page, imei)).to_contain_text(f"{imei}, GOTOP, TCP")
    await card(page, imei).get_by_role("button", name="Add").click()
    await expect(dialog(page)).to_contain_text(f"A tracker with the id {imei} reports here.")
    await submit(page, Name="Grandmother")
    await expect(dialog(page)).to_contain_text(TEXTS["config"]["abort"]["tracker_added"])
    await expect(card(page, imei)).not_to_be_attached()

    await page.goto(demo.url + INTEGRATION)
    await page.locator("ha-config-entry-device-row").filter(has_text="Grandmother").click()
    await page.wait_for_url("**/config/devices/device/*")
    for name, state in {"SOS": "Help needed", "Battery": "88%", "Speed": "3.1 km/h", "Grandmother": "Home"}.items():
        await expect(row(page, name)).to_contain_text(state)


async def test_ignored_tracker_is_not_asked_about_again(client: Client, demo: Demo) -> None:
    ignored, other = "861234050000074", "861234050000058"
    demo.say(frame(ignored, "CMD-T", AT_HOME, battery=88))
    page = await client.open(INTEGRATIONS)
    await ignore(page, ignored)
    # The card of one that speaks after it tells that its word, too, has been taken in.
    demo.say(frame(ignored, "CMD-T", AT_HOME, battery=87), frame(other, "CMD-T", AT_HOME, battery=88))
    await expect(card(page, other)).to_be_visible()
    await expect(card(page, ignored)).not_to_be_attached()
    await page.reload()
    await expect(card(page, other)).to_be_visible()
    await expect(card(page, ignored)).not_to_be_attached()
    await ignore(page, other)


async def test_tracker_is_added_by_its_id(client: Client) -> None:
    page = await client.open(INTEGRATION)
    await page.get_by_role("button", name="Add tracker").click()
    await submit(page, IMEI="12345", Name="Bicycle")
    await expect(dialog(page)).to_contain_text(TEXTS["config_subentries"]["tracker"]["error"]["invalid_device_id"])
    await submit(page, IMEI="861234050000066")
    await dialog(page).get_by_role("button", name="Finish").click()
    await expect(page.locator("ha-config-entry-device-row").filter(has_text="Bicycle")).to_be_visible()


async def test_tank_of_a_vehicle_is_set_and_a_table_that_is_none_is_refused(client: Client) -> None:
    page = await client.open(INTEGRATION)
    texts = TEXTS["config_subentries"]["tracker"]
    subentry = page.locator("ha-config-sub-entry-row").filter(has_text="TK-102")
    await subentry.get_by_role("button", name=texts["initiate_flow"]["reconfigure"]).click()
    fuel = texts["step"]["reconfigure"]["sections"]["fuel"]
    await dialog(page).get_by_text(fuel["name"], exact=True).click()
    await dialog(page).locator("ha-selector").filter(has_text=fuel["data"]["table"]).locator("textarea").fill("0.5=0")
    await dialog(page).get_by_role("button", name="Submit").click()
    await expect(dialog(page)).to_contain_text(texts["error"]["fuel_no_source"])
    await expect(dialog(page).locator("textarea")).to_have_value("0.5=0")


async def test_second_port_is_opened_unless_it_is_taken(client: Client, demo: Demo) -> None:
    page = await client.open(INTEGRATION)
    await page.get_by_role("button", name="Add hub").click()
    await submit(page, Address=HOST, Port=str(demo.ports.trackers))
    await expect(dialog(page)).to_contain_text(TEXTS["config"]["abort"]["already_configured"])
    await dialog(page).get_by_text("Close", exact=True).click()
    await expect(dialog(page)).not_to_be_visible()

    await page.get_by_role("button", name="Add hub").click()
    with socket.create_server((HOST, 0)) as another:
        await submit(page, Address=HOST, Port=str(another.getsockname()[1]))
        await expect(dialog(page)).to_contain_text(TEXTS["config"]["error"]["port_in_use"])
    port = choose_port(None)
    await submit(page, Port=str(port))
    await dialog(page).get_by_role("button", name="Finish").click()
    await expect(page.locator("ha-config-entry-row").filter(has_text=f"{HOST} port {port}")).to_be_visible()
    assert not is_free(port)


async def test_automation_made_in_the_editor_fires(client: Client, demo: Demo) -> None:
    page = await client.open("/config/automation/edit/new")
    await page.get_by_role("button", name="Add trigger").click()
    choice = page.locator("add-automation-element-dialog")
    await choice.get_by_text("Devices", exact=True).click()
    await choice.get_by_text("TE-207", exact=True).click()
    for trigger in TEXTS["triggers"].values():
        await expect(choice.get_by_text(trigger["name"]).first).to_be_attached()
    await choice.get_by_text(TEXTS["triggers"]["fall_detected"]["name"]).first.click()
    await page.get_by_role("button", name="Add action").click()
    await choice.get_by_role("textbox").first.fill("Create persistent notification")
    await choice.get_by_text("Create persistent notification").first.click()
    control = page.locator("ha-service-control")
    # What is entered before the form has come to rest is lost.
    while await control.evaluate("form => form.value?.data?.message") != "Somebody fell":
        await control.locator("ha-selector-text input").first.fill("")
        await control.locator("ha-selector-text input").first.fill("Somebody fell")
    await page.get_by_role("button", name="Save").click()
    naming = page.locator("ha-dialog-automation-save")
    await naming.get_by_role("textbox", name="Name").fill("A fall")
    await naming.get_by_role("button", name="Save").click()
    await page.wait_for_url(re.compile(r"/config/automation/edit/\d+"))

    demo.say(frame(Te207.default_imei, "ALM-M", AT_HOME, battery=88))
    await page.get_by_text("Notifications", exact=True).click()
    await expect(page.get_by_text("Somebody fell")).to_be_visible()


async def test_nothing_complains(client: Client, demo: Demo) -> None:
    page = await client.open(INTEGRATION)
    await expect(page.locator("ha-config-entry-device-row").first).to_be_visible()
    await page.goto(demo.url + DASHBOARD)
    await expect(tile(page, "TK-102", "Battery")).to_be_visible()
    assert client.complaints == []
    assert demo.complaints() == []


def vitals(page: Page, tracker: str) -> Locator:
    """Return the card with what a watch measures."""
    section = page.locator("hui-grid-section").filter(has=page.locator("hui-heading-card", has_text=tracker))
    return section.locator("hui-glance-card")


def card(page: Page, imei: str) -> Locator:
    """Return the card of a tracker that nobody has added."""
    return page.locator("ha-config-flow-card").filter(has_text=imei)


def dialog(page: Page) -> Locator:
    """Return the dialog that leads through a set-up."""
    return page.locator("dialog-data-entry-flow")


def row(page: Page, name: str) -> Locator:
    """Return the row of an entity on a device's page."""
    return page.locator("hui-generic-entity-row").filter(has=page.locator(f".info[title='{name}']"))


async def submit(page: Page, **answers: str) -> None:
    """Fill the fields of a form, each found by its label, and submit it."""
    for label, answer in answers.items():
        await dialog(page).locator("ha-selector").filter(has_text=label).locator("input").fill(answer)
    await dialog(page).get_by_role("button", name="Submit").click()


async def ignore(page: Page, imei: str) -> None:
    """Ignore a tracker by its card, and wait until the card is gone."""
    await card(page, imei).get_by_role("button", name="Ignore").click()
    await page.locator("dialog-box").get_by_role("button", name="Ignore").click()
    await expect(card(page, imei)).not_to_be_attached()


def place(tracker: str) -> str:
    """Return the expression for where a page knows a tracker to be."""
    entity_id = f"device_tracker.{tracker.lower().replace('-', '_')}"
    attributes = f"document.querySelector('home-assistant').hass.states['{entity_id}'].attributes"
    return f"(({{latitude, longitude}}) => `${{latitude}} ${{longitude}}`)({attributes})"
