"""What is acknowledged is in the archive, whatever happens to the database meanwhile; what is shown never waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
import sqlite3
import tarfile
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.components.backup import DATA_MANAGER, BackupManagerError
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, EVENT_STATE_CHANGED, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers import archiving
from custom_components.plaspy_trackers.archive import Archive, Entry, Key, Limits
from custom_components.plaspy_trackers.archive.database import Database
from custom_components.plaspy_trackers.const import ACCEPT, CONF_DB_URL, CONF_NEW_TRACKERS, DOMAIN
from custom_components.plaspy_trackers.gateway.models import Report
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry

from .archive.reports import contents, moment_of, spelt
from .conftest import HOST, IMEI, Say, gotop, state_of
from .protocols.frames import FRAMES, IDENTITIES, LOGINS, NOW
from .simulator.encoders import iw, xexun2
from .simulator.route import Position
from .simulator.tracker import Cell

PLACE = Position(latitude=52.3702, longitude=4.8952, altitude=12.5, speed=4.2, course=87.0)
CELL = Cell(204, 8, 0x1073, 0x1DF5)
TIME = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
SOS = "binary_sensor.father_sos"
PARTS = ("title", "description")

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the archive try again soon: the waits that suit a house take too long for tests."""
    monkeypatch.setattr(archiving, "Archive", partial(Archive, limits=Limits(patience=0.05, pause=0.05)))


@pytest.fixture
def path(hass: HomeAssistant) -> Path:
    """The file of the archive."""
    return Path(hass.config.path(archiving.DEFAULT_FILE))


@pytest.fixture
def lock(hub: Hub, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that writes to the file, and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def tell(hub: Hub, *frames: bytes) -> bytes:
    """Send frames on one connection that ends with them; return the answers."""
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    writer.write(b"".join(frames))
    writer.write_eof()
    async with asyncio.timeout(10):
        answers = await reader.read()
    writer.close()
    await writer.wait_closed()
    await hub.hass.async_block_till_done()
    return answers


def x07(number: int, time: datetime = TIME, *, sos: bool = False, battery: int = 76) -> bytes:
    """Return a frame of an X07."""
    raised = xexun2.alarm(time, 1) if sos else b""
    return xexun2.encode(IMEI, number, xexun2.gps(time, PLACE) + raised + xexun2.status(20, battery))


async def kept(hub: Hub, device_id: str = IMEI) -> list[datetime]:
    """Return the times of what the archive holds of a tracker."""
    assert hub.archive is not None
    # What waits is stored first.
    await hub.archive.purge("")
    return [moment_of(entry.report, entry.arrived) for entry in await hub.archive.read(device_id)]


def rows(path: Path) -> int:
    """Return how many reports are in a file, as another program sees it."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [number] = connection.execute("SELECT count(*) FROM plaspy_reports").fetchone()
        return int(number)


def spoil(path: Path) -> None:
    """Put rubbish in the place of a database."""
    forget(path)
    path.write_bytes(b"rubbish " * 4096)


def forget(path: Path) -> None:
    """Delete a database."""
    for file in files(path):
        file.unlink()


def files(path: Path) -> list[Path]:
    """Return the files of a database: itself, and SQLite's beside it."""
    return list(path.parent.glob(f"{path.name}*"))


def reasons(hass: HomeAssistant) -> list[str | None]:
    """Return what the user is told of archives."""
    issues = ir.async_get(hass).issues.values()
    return [issue.translation_key for issue in issues if issue.domain == DOMAIN and issue.active]


async def until(hass: HomeAssistant, told: list[str | None]) -> None:
    """Wait until this, and nothing else, is what the user is told of archives."""
    changed = asyncio.Event()
    stop = hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, callback(lambda event: changed.set()))
    async with asyncio.timeout(10):
        while reasons(hass) != told:
            changed.clear()
            await changed.wait()
    stop()


@pytest.fixture
async def until_state(hass: HomeAssistant) -> AsyncIterator[Callable[[str, str], Any]]:
    """Wait until an entity has a state."""
    changed = asyncio.Event()
    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, callback(lambda event: changed.set()))

    async def wait(entity_id: str, state: str) -> None:
        async with asyncio.timeout(10):
            while (now := hass.states.get(entity_id)) is None or now.state != state:
                changed.clear()
                await changed.wait()

    yield wait
    stop()


def plain(entries: list[Entry]) -> list[tuple[datetime, str]]:
    """Return entries for comparison, whichever class their times are of while time stands still."""
    return [(time, text.replace("HAFakeDatetime", "datetime.datetime")) for time, text in contents(entries)]


@pytest.mark.freeze_time(NOW)
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
async def test_every_report_is_kept_once(hass: HomeAssistant, entry: MockConfigEntry, hub: Hub, protocol: Any) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: ACCEPT})
    identity = IDENTITIES.get(protocol.name)
    login = [LOGINS[protocol.name]] if identity else []
    said: list[Report] = []
    for frame in FRAMES[protocol.name].values():
        local = NOW.astimezone(dt_util.get_default_time_zone())
        # The answer to a login sets the watch's clock to the home's, which its times are read by.
        reports = protocol(identity).feed(b"".join([*login, frame]), local, final=True)
        await tell(hub, *login, frame)
        said += [replace(report, device_id=known(hub, report)) for report in reports if report.carries]
    for frame in FRAMES[protocol.name].values():
        await tell(hub, *login, frame)
    assert hub.archive is not None
    found = [one for device_id in await hub.archive.devices() for one in await hub.archive.read(device_id)]
    # Frames may repeat what others said.
    unique = {spelt(replace(one, buffered=False)): one for one in reversed(said)}
    expected = [Entry(one, NOW, Key(0, 0)) for one in unique.values()]
    assert plain(found) == plain(expected)


def known(hub: Hub, report: Report) -> str:
    """Return the id of the tracker that told a report: some have a short form of it, too."""
    member = hub.find(report.device_id)
    assert member is not None
    return member.tracker.device_id


async def test_report_is_kept_by_its_own_time(hass: HomeAssistant, entry: MockConfigEntry, hub: Hub) -> None:
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, subentry, data={"utc_offset": -5})
    await hass.async_block_till_done()
    frames = [x07(1), x07(2, TIME - 30 * SECOND)]
    answers = await tell(hub, *frames)
    assert all(xexun2.acknowledges(answers, frame) for frame in frames)
    later = timedelta(hours=5)
    assert await kept(hub) == [TIME - 30 * SECOND + later, TIME + later]


async def test_acknowledgement_leaves_after_the_commit_and_the_state_before(
    hass: HomeAssistant,
    hub: Hub,
    lock: sqlite3.Connection,
    path: Path,
    until_state: Callable[[str, str], Any],
) -> None:
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    writer.write(iw.login(IMEI))
    assert (await reader.readuntil(b"#")).startswith(b"IWBP00")
    # A login says nothing that could be lost: its answer overtakes what waits.
    writer.write(iw.alarm(1, TIME, PLACE, battery=80, cell=CELL) + iw.login(IMEI))
    assert (await reader.readuntil(b"#")).startswith(b"IWBP00")
    await until_state(SOS, STATE_ON)
    await until(hass, ["archive_locked"])
    lock.execute("ROLLBACK")
    await until(hass, [])
    # It has been stored since, but only what is sent again is acknowledged.
    writer.write(iw.alarm(1, TIME, PLACE, battery=80, cell=CELL))
    assert (await reader.readuntil(b"#")).startswith(b"IWBP10")
    assert rows(path) == 1
    assert state_of(hass, SOS).attributes["count"] == 1
    writer.close()


async def test_locked_file_is_told_and_waited_for(
    hass: HomeAssistant, hub: Hub, lock: sqlite3.Connection, path: Path
) -> None:
    frames = [x07(number, TIME + number * SECOND, sos=number == 3, battery=70 + number) for number in range(4)]
    assert await tell(hub, *frames) == b""
    assert state_of(hass, SOS).state == STATE_ON
    assert state_of(hass, "sensor.father_battery").state == "73"
    assert reasons(hass) == ["archive_locked"]
    assert rows(path) == 0
    lock.execute("ROLLBACK")
    await until(hass, [])
    answers = await tell(hub, *frames)
    assert all(xexun2.acknowledges(answers, frame) for frame in frames)
    assert await kept(hub) == [TIME + number * SECOND for number in range(4)]
    assert state_of(hass, SOS).attributes["count"] == 1


async def test_reason_is_told_in_words(hass: HomeAssistant, hub: Hub, lock: sqlite3.Connection) -> None:
    await tell(hub, x07(1))
    (issue,) = [issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]
    texts = await async_get_translations(hass, "en", "issues", [DOMAIN])
    title, description = (texts[f"component.{DOMAIN}.issues.{issue.translation_key}.{part}"] for part in PARTS)
    assert title == "The archive of trackers does not work: another program holds it locked"
    assert issue.translation_placeholders == {
        "database": hass.config.path(archiving.DEFAULT_FILE),
        "error": "database is locked",
    }
    assert "database is locked" in description.format(**issue.translation_placeholders)


async def test_full_disk_is_told_and_waited_for(hass: HomeAssistant, hub: Hub, path: Path) -> None:
    archive = hub.archive
    assert archive is not None

    def allow(database: Database, pages: int) -> None:
        with database._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    # One connection is all that the writer uses, and it keeps its bound.
    await archive._write(lambda database: allow(database, 1))
    frames = [x07(number, TIME + number * SECOND, sos=number == 999) for number in range(1000)]
    acknowledged = 0
    while not reasons(hass):
        batch = frames[acknowledged : acknowledged + 50]
        answers = await tell(hub, *batch)
        acknowledged += sum(xexun2.acknowledges(answers, frame) for frame in batch)
    assert reasons(hass) == ["archive_full"]
    assert rows(path) == acknowledged < len(frames)
    # One alone might find some room yet.
    assert await tell(hub, *frames[-50:]) == b""
    assert state_of(hass, SOS).state == STATE_ON
    await archive._write(lambda database: allow(database, 1_000_000))
    await until(hass, [])
    answers = await tell(hub, *frames)
    assert all(xexun2.acknowledges(answers, frame) for frame in frames)
    assert await kept(hub) == [TIME + number * SECOND for number in range(1000)]


async def test_file_that_is_deleted_is_made_anew(hass: HomeAssistant, hub: Hub, path: Path) -> None:
    assert await tell(hub, x07(1))
    forget(path)
    frame = x07(2, TIME + SECOND)
    assert xexun2.acknowledges(await tell(hub, frame), frame)
    assert rows(path) == 1


async def test_file_that_is_replaced_by_rubbish_is_told_until_it_is_gone(
    hass: HomeAssistant, hub: Hub, path: Path
) -> None:
    assert await tell(hub, x07(1))
    spoil(path)
    frame = x07(2, TIME + SECOND, sos=True)
    assert await tell(hub, frame) == b""
    assert state_of(hass, SOS).state == STATE_ON
    assert reasons(hass) == ["archive_damaged"]
    forget(path)
    await until(hass, [])
    assert xexun2.acknowledges(await tell(hub, frame), frame)
    assert rows(path) == 1


async def test_damaged_file_costs_no_sos_and_acknowledges_nothing(
    hass: HomeAssistant, entry: PlaspyConfigEntry, path: Path
) -> None:
    spoil(path)
    entry.add_to_hass(hass)  # type: ignore[attr-defined]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    frame = x07(1, sos=True)
    assert await tell(entry.runtime_data, frame) == b""
    assert state_of(hass, SOS).state == STATE_ON
    assert reasons(hass) == ["archive_damaged"]
    forget(path)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert reasons(hass) == []
    assert xexun2.acknowledges(await tell(entry.runtime_data, frame), frame)
    await hass.config_entries.async_unload(entry.entry_id)
    spoil(path)
    await hass.config_entries.async_setup(entry.entry_id)
    assert reasons(hass) == ["archive_damaged"]
    await hass.config_entries.async_remove(entry.entry_id)
    assert reasons(hass) == []


async def test_reports_that_are_never_sent_again_are_held(
    hass: HomeAssistant, hub: Hub, say: Say, lock: sqlite3.Connection, path: Path
) -> None:
    await say(*(gotop(TIME + number * SECOND) for number in range(5)))
    await until(hass, ["archive_locked"])
    await say(gotop(TIME + 5 * SECOND), udp=True)
    assert rows(path) == 0
    lock.execute("ROLLBACK")
    await until(hass, [])
    assert await kept(hub) == [TIME + number * SECOND for number in range(6)]


async def test_what_was_said_before_a_tracker_was_added_is_kept(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    stranger = "861234050000033"
    await say(*(gotop(TIME + number * SECOND, imei=stranger) for number in range(3)))
    (card,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    await hass.config_entries.flow.async_configure(card["flow_id"], {"name": "Mother"})
    await hass.async_block_till_done()
    await say(gotop(TIME + 3 * SECOND, imei=stranger))
    assert await kept(hub, stranger) == [TIME + number * SECOND for number in range(4)]


async def test_ports_share_an_archive_and_the_last_one_closes_it(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, path: Path
) -> None:
    other = MockConfigEntry(domain=DOMAIN, data=dict(entry.data), options={CONF_NEW_TRACKERS: ACCEPT})
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    assert hub.archive is other.runtime_data.archive
    assert len(archiving.archives(hass)) == 1
    stranger = "861234050000033"
    # Both to the other port: one tracker is added to the first.
    await tell(other.runtime_data, x07(1))
    await tell(other.runtime_data, gotop(TIME, imei=stranger))
    await hass.config_entries.async_unload(entry.entry_id)
    await tell(other.runtime_data, gotop(TIME + SECOND, imei=stranger))
    assert await kept(other.runtime_data) == [TIME]
    assert await kept(other.runtime_data, stranger) == [TIME, TIME + SECOND]
    await hass.config_entries.async_remove(entry.entry_id)
    assert await kept(other.runtime_data) == []
    assert files(path) != []
    await hass.config_entries.async_remove(other.entry_id)
    assert archiving.archives(hass) == []
    assert files(path) == []


async def test_removed_tracker_has_no_history(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, path: Path
) -> None:
    await tell(hub, x07(1))
    assert rows(path) == 1
    hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await hass.async_block_till_done()
    assert hub.archive is not None
    assert await hub.archive.devices() == []
    assert rows(path) == 0


@pytest.mark.parametrize("stops", [True, False], ids=["stop", "unload"])
async def test_end_stores_what_waits(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, say: Say, path: Path, stops: bool
) -> None:
    assert hub.archive is not None
    await hub.archive.freeze()
    await say(*(gotop(TIME + number * SECOND) for number in range(20)))
    assert hub.archive.waiting == 20
    if stops:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
    else:
        await hass.config_entries.async_unload(entry.entry_id)
    assert rows(path) == 20
    assert archiving.archives(hass) == []


async def test_backup_holds_what_was_acknowledged(hass: HomeAssistant, hub: Hub, path: Path, tmp_path: Path) -> None:
    assert await async_setup_component(hass, "backup", {})
    await hass.async_block_till_done()
    assert DOMAIN in hass.data[DATA_MANAGER].platforms
    before = [x07(number, TIME + number * SECOND) for number in range(300)]
    answers = await tell(hub, *before)
    assert all(xexun2.acknowledges(answers, frame) for frame in before)
    told = asyncio.create_task(report_all_the_time(hub))
    await hass.services.async_call("backup", "create", blocking=True)
    assert not told.done()
    told.cancel()
    [backup] = await hass.async_add_executor_job(lambda: list(Path(hass.config.path("backups")).glob("*.tar")))
    copy = tmp_path / "restored"
    await hass.async_add_executor_job(restore, backup, copy)
    assert rows(copy / archiving.DEFAULT_FILE) >= len(before)
    # Writing goes on.
    assert await tell(hub, x07(1))


async def report_all_the_time(hub: Hub) -> None:
    """Send one report after the other, each when the one before is acknowledged."""
    number = 1000
    while await tell(hub, x07(number % 0x10000, TIME + number * SECOND)):
        number += 1


def restore(backup: Path, folder: Path) -> None:
    """Unpack the configuration folder's files from a backup, as Home Assistant does."""
    folder.mkdir()
    with tarfile.open(backup) as outer:
        member = next(name for name in outer.getnames() if name.endswith("homeassistant.tar.gz"))
        outer.extract(member, folder, filter="data")
    with tarfile.open(folder / member) as inner:
        for one in inner.getmembers():
            if one.name.startswith(f"data/{archiving.DEFAULT_FILE}"):
                one.name = one.name.removeprefix("data/")
                inner.extract(one, folder, filter="data")


async def test_reports_wait_for_a_backup(hass: HomeAssistant, hub: Hub, path: Path) -> None:
    assert await async_setup_component(hass, "backup", {})
    manager = hass.data[DATA_MANAGER]
    await manager.async_pre_backup_actions()
    content = await hass.async_add_executor_job(path.read_bytes)
    frame = x07(1, sos=True)
    waiting = asyncio.create_task(tell(hub, frame))
    while not hub.archive or not hub.archive.waiting:  # noqa: ASYNC110 - nothing tells that it has come
        await asyncio.sleep(0)
    await hass.async_block_till_done()
    assert state_of(hass, SOS).state == STATE_ON
    assert not waiting.done()
    # All is in the file, and the file stays as it is.
    assert await hass.async_add_executor_job(path.read_bytes) == content
    assert rows(path) == 0
    await manager.async_post_backup_actions()
    assert xexun2.acknowledges(await waiting, frame)
    assert rows(path) == 1


async def test_backup_fails_in_words_and_writing_goes_on(
    hass: HomeAssistant, hub: Hub, lock: sqlite3.Connection, path: Path
) -> None:
    other = MockConfigEntry(
        domain=DOMAIN, data=dict(hub.entry.data), options={CONF_DB_URL: f"sqlite:///{path.with_name('other.db')}"}
    )
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    assert await async_setup_component(hass, "backup", {})
    # Something that the log has to be emptied of, while somebody reads it.
    lock.execute("ROLLBACK")
    assert await tell(hub, x07(1))
    lock.execute("BEGIN")
    lock.execute("SELECT count(*) FROM plaspy_reports").fetchone()
    assert await tell(hub, x07(2, TIME + SECOND))
    with pytest.raises(BackupManagerError, match="The archive of trackers cannot be brought into a backup"):
        await hass.data[DATA_MANAGER].async_pre_backup_actions()
    frame = x07(3, TIME + 2 * SECOND)
    assert xexun2.acknowledges(await tell(hub, frame), frame)
    # Nobody calls for the end of what did not begin.
    assert xexun2.acknowledges(await tell(other.runtime_data, frame), frame)
    lock.execute("ROLLBACK")
    assert rows(path) == 3
    await hass.config_entries.async_unload(other.entry_id)


async def options(hass: HomeAssistant, entry: PlaspyConfigEntry, url: str) -> Any:
    """Fill in the form of the options."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    answers = {CONF_NEW_TRACKERS: ACCEPT} | ({CONF_DB_URL: url} if url else {})
    result = await hass.config_entries.options.async_configure(flow["flow_id"], answers)
    await hass.async_block_till_done()
    return result


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "url"),
        ("https://example.org/", "url"),
        ("sqlite://", "url"),
        ("postgresql+asyncpg://user@127.0.0.1/trackers", "url"),
        ("postgresql://user:secret@127.0.0.1:port/trackers", "url"),
        ("postgresql://user:secret@[::1/trackers", "url"),
        ("sqlite:///{folder}/trackers.db?timeout=long", "url"),
        ("mysql+mysqldb://user@127.0.0.1/trackers", "driver"),
        ("sqlite:///{folder}", "away"),
        ("sqlite:///{folder}/none/trackers.db", "away"),
        ("sqlite:///{folder}/rubbish", "damaged"),
        ("sqlite:///{folder}/locked", "locked"),
    ],
)
async def test_database_that_cannot_be_used_is_refused(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, tmp_path: Path, url: str, reason: str
) -> None:
    spoil(tmp_path / "rubbish")
    with closing(sqlite3.connect(tmp_path / "locked", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        result = await options(hass, entry, url.format(folder=tmp_path))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_DB_URL: f"archive_{reason}"}
    assert "secret" not in result["description_placeholders"]["error"]
    texts = await async_get_translations(hass, "en", "options", [DOMAIN])
    assert f"component.{DOMAIN}.options.error.archive_{reason}" in texts
    # The one before is still open.
    assert entry.options == {}
    assert entry.state is ConfigEntryState.LOADED
    assert await tell(hub, x07(1))
    assert await kept(hub) == [TIME]
    assert reasons(hass) == []


async def test_database_can_be_changed_and_changed_back(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, tmp_path: Path, path: Path
) -> None:
    await tell(hub, x07(1))
    other = tmp_path / "other.db"
    result = await options(hass, entry, f"  sqlite:///{other}\n")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {CONF_NEW_TRACKERS: ACCEPT, CONF_DB_URL: f"sqlite:///{other}"}
    assert entry.runtime_data is not hub
    await tell(entry.runtime_data, x07(2, TIME + SECOND))
    assert (rows(path), rows(other)) == (1, 1)
    await options(hass, entry, "   ")
    assert entry.options == {CONF_NEW_TRACKERS: ACCEPT}
    await tell(entry.runtime_data, x07(3, TIME + 2 * SECOND))
    assert (rows(path), rows(other)) == (2, 1)
    assert len(archiving.archives(hass)) == 1
    await options(hass, entry, f"sqlite:///{other}")
    await hass.config_entries.async_remove(entry.entry_id)
    # What it had said before the change is gone as well.
    assert files(path) == []
    assert rows(other) == 0


@pytest.mark.freeze_time(NOW)
@pytest.mark.parametrize("days", [None, 30])
async def test_history_is_kept_for_as_long_as_the_user_wants(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, freezer: FrozenDateTimeFactory, days: int | None
) -> None:
    (subentry,) = entry.subentries.values()
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    settings = {"keep_days": days} if days else {}
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"name": "Father", **settings})
    assert result["reason"] == "reconfigure_successful"
    hass.config_entries.async_update_entry(entry, options={CONF_NEW_TRACKERS: ACCEPT})
    stranger = "861234050000033"
    prune = datetime(2026, 11, 22, 3, 30, tzinfo=dt_util.get_default_time_zone())
    old = prune - timedelta(days=30)
    times = [old - timedelta(days=60), old - 2 * HOUR, old + 2 * HOUR, prune - timedelta(days=1)]
    await say(*(gotop(time, imei=imei) for time in times for imei in (IMEI, stranger)))
    for time, left in ((prune - SECOND, times), (prune + SECOND, times[2:] if days else times)):
        freezer.move_to(time)
        async_fire_time_changed(hass, time)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert await kept(hub) == left
        assert await kept(hub, stranger) == times
    assert state_of(hass, SOS).state == STATE_OFF
