"""What the browser tests share: the demo, Chromium, and pages in it.

Playwright and the demo belong to an event loop that lives as long as a module. Home Assistant's test package watches
the loop of each single test, so it is neither weakened nor in the way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
import os
from pathlib import Path
import shutil
from typing import Self

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)
import pytest
import pytest_asyncio

from scripts.demo_seed import PASSWORD, USER

from .demo import PATIENCE, Demo

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 1000}

type Start = Callable[..., Awaitable[Demo]]

failed = pytest.StashKey[bool]()

expect.set_options(timeout=1000 * PATIENCE)


class Client:
    """A profile of Chromium that nobody has used before, and what its pages complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Look at a Home Assistant; `make()` makes the profile."""
        self.complaints: list[str] = []
        self._context = context
        self._url = url
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))

    @classmethod
    async def make(cls, chromium: Browser, url: str) -> Self:
        """Make a new profile."""
        return cls(await chromium.new_context(locale="en-US", viewport=DESKTOP), url)

    async def open(self, path: str, viewport: ViewportSize = DESKTOP) -> Page:
        """Return a new page that shows a path of Home Assistant."""
        page = await self._context.new_page()
        await page.set_viewport_size(viewport)
        await page.goto(self._url + path)
        return page

    async def log_in(self, path: str) -> Page:
        """Return a new page that shows a path after a person has logged in."""
        page = await self.open(path)
        await page.locator("input[name=username]").fill(USER)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("home-assistant-main")).to_be_attached()
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        """Note what the console says of the integration."""
        text = f"{message.type}: {message.text} ({message.location['url']})"
        if message.type in ("error", "warning") and "plaspy" in text.lower():
            self.complaints.append(text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for its page to be shown."""
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium, running."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no Chromium: scripts/test installs it, or CHROMIUM names it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The demo, with both trackers on their way."""
    demo = await Demo.start(tmp_path_factory.mktemp("demo") / "configuration")
    yield demo
    await demo.interrupt()


@pytest_asyncio.fixture(loop_scope="module")
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start demos in a folder of the test, with these options; all of them end with it."""
    demos: list[Demo] = []

    async def start(*options: str) -> Demo:
        demos.append(await Demo.start(tmp_path / "configuration", *options))
        return demos[-1]

    yield start
    for demo in demos:
        await demo.interrupt()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(chromium: Browser, demo: Demo) -> Client:
    """A profile whose owner has logged in to the demo."""
    client = await Client.make(chromium, demo.url)
    await (await client.log_in("/trackers")).close()
    return client


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def pictures(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path, socket_enabled: None
) -> AsyncIterator[None]:
    """Close all pages when a test is over, and keep a picture of each if it failed."""
    yield
    for number, page in enumerate(page for context in chromium.contexts for page in context.pages):
        if request.node.stash.get(failed, False):
            path = tmp_path / f"page-{number}.png"
            path.write_bytes(await page.screenshot())
            print(f"screenshot of {page.url}: {path}")  # noqa: T201
        await page.close()


def tile(page: Page, tracker: str, name: str) -> Locator:
    """Return a tile in a tracker's section of the dashboard."""
    section = page.locator("hui-grid-section").filter(has=page.locator("hui-heading-card", has_text=tracker))
    return section.locator("hui-tile-card").filter(has=page.get_by_text(name, exact=True))
