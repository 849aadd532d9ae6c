"""Photos and voice messages that trackers send in pieces become files, an image and events, and cost nothing else."""

# ruff: noqa: ASYNC240 - a test may look at the disk

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.components.image import async_get_image
from homeassistant.const import CONF_NAME, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from custom_components.plaspy_trackers import DOMAIN
from custom_components.plaspy_trackers.gateway.models import MediaKind
from custom_components.plaspy_trackers.gateway.protocols.iw import Iw
from custom_components.plaspy_trackers.hub import Hub
from custom_components.plaspy_trackers.media import MOST_UNFINISHED, PATIENCE, PAUSE, Outcome
from custom_components.plaspy_trackers.media_files import LEFTOVER, MOST_OF_A_SECOND, time_of
from custom_components.plaspy_trackers.recordings import ISSUE, PRUNE_INTERVAL

from .conftest import HOST, IMEI, Say, gotop, state_of
from .simulator.encoders import iw, jt808, watch
from .simulator.l17pro import L17Pro
from .simulator.route import PARK, Route

ID = watch.short_id(IMEI)
WHEN = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
NOW = WHEN + timedelta(hours=1)
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
VOICE = b"#!AMR\n" + bytes(range(256)) * 4
LOGIN = iw.login(IMEI)

IMAGE = "image.father_photo"
EVENT = "event.father_media"
BATTERY = "sensor.father_battery"


@pytest.fixture(autouse=True)
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """An hour after the photo was taken."""
    freezer.move_to(NOW)
    return freezer


@pytest.fixture(autouse=True)
def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """The media folder, which is not there yet."""
    folder = tmp_path / "media"
    hass.config.media_dirs = {"local": str(folder)}
    return folder


@pytest.fixture
def files(media: Path) -> Path:
    """Where the files of our tracker are."""
    return media / "plaspy_trackers" / IMEI


@pytest.fixture
async def keeping(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    """Keep photos and voice messages."""
    keep(hass, entry)


def keep(hass: HomeAssistant, entry: MockConfigEntry, **differing: Any) -> None:
    """Say what is to be kept."""
    subentry = next(iter(entry.subentries.values()))
    wanted = {"photos": True, "voice": True, "count": 50} | differing
    hass.config_entries.async_update_subentry(entry, subentry, data={"media": wanted})


def packets(data: bytes, *, time: datetime = WHEN, kind: str = "AP42", size: int = 1024) -> list[bytes]:
    """Return a photo or recording as an IW watch sends it, whose clock the login sets to the home's."""
    parts = [bytes(part) for part in batched(data, size, strict=False)]
    clock = dt_util.as_local(time)
    return [iw.media(kind, clock, len(parts), number, part) for number, part in enumerate(parts, 1)]


def frame(content: str | bytes) -> bytes:
    """Return a frame of a SeTracker watch."""
    return watch.encode("3G", ID, content)


LINK = frame(watch.link(1, 2, 66))


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def local(time: datetime) -> str:
    """Return a time as it stands in the name of a file."""
    return f"{dt_util.as_local(time):%Y%m%d-%H%M%S}"


@pytest.mark.usefixtures("keeping")
async def test_photo_of_an_iw_watch_is_shown_and_kept(hass: HomeAssistant, say: Say, files: Path) -> None:
    await say(LOGIN, *packets(PHOTO))
    assert names(files) == [f"photo-{local(WHEN)}.jpg"]
    assert (files / names(files)[0]).read_bytes() == PHOTO
    assert state_of(hass, IMAGE).state == WHEN.isoformat()
    image = await async_get_image(hass, IMAGE)
    assert (image.content_type, image.content) == ("image/jpeg", PHOTO)
    event = state_of(hass, EVENT)
    assert event.attributes["event_type"] == "photo"
    assert event.attributes["time"] == WHEN.isoformat()
    assert event.attributes["url"] == f"media-source://media_source/local/plaspy_trackers/{IMEI}/{names(files)[0]}"


@pytest.mark.usefixtures("keeping")
async def test_photo_in_hexadecimal_is_kept(hass: HomeAssistant, say: Say, files: Path) -> None:
    await say(LOGIN, *packets(PHOTO.hex().encode(), kind="null", size=2000))
    assert [file.read_bytes() for file in files.iterdir()] == [PHOTO]


@pytest.mark.usefixtures("keeping")
async def test_photo_of_64_kilobytes_of_a_setracker_watch_is_kept(hass: HomeAssistant, say: Say, files: Path) -> None:
    jpeg = PHOTO[:-2] + Random("photo").randbytes(62_000).translate(None, b"}[],*") + PHOTO[-2:]
    await say(LINK, frame(watch.picture(WHEN, jpeg)), LINK)
    assert (files / f"photo-{local(WHEN)}.jpg").read_bytes() == jpeg
    assert state_of(hass, IMAGE).state == WHEN.isoformat()


@pytest.mark.usefixtures("keeping")
async def test_voice_messages_are_kept_and_told(hass: HomeAssistant, say: Say, files: Path) -> None:
    """Whole, in parts and in packets."""
    told = []
    hass.bus.async_listen(
        "state_changed", lambda event: told.append(event.data["new_state"].attributes.get("event_type"))
    )
    await say(LINK, frame(watch.voice(VOICE)))
    parts = [VOICE[:500], VOICE[500:900], VOICE[900:] + b"more"]
    await say(*(frame(watch.voice_part("night", number, 3, part)) for number, part in enumerate(parts, 1)))
    await say(LOGIN, *packets(VOICE + b"!", kind="AP07"))
    assert names(files) == [f"voice-{local(WHEN)}.amr", f"voice-{local(NOW)}-2.amr", f"voice-{local(NOW)}.amr"]
    assert sorted(file.stat().st_size for file in files.iterdir()) == [len(VOICE), len(VOICE) + 1, len(VOICE) + 4]
    assert told.count("voice") == 3
    assert hass.states.get(IMAGE) is None


async def speak(hub: Hub, frames: Iterable[bytes]) -> bytes:
    """Return what a tracker is told that sends frames one after the other, each part of one by itself."""
    reader, writer = await asyncio.open_connection(HOST, hub.server.port)
    for part in frames:
        writer.write(part)
        # The loop looks at its sockets each time; the clock stands still, so nothing can wait for it.
        for _ in range(3):
            await asyncio.sleep(0)
    writer.write_eof()
    replies = await reader.read()
    writer.close()
    await writer.wait_closed()
    return replies


async def test_nothing_is_kept_that_was_not_asked_for(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, media: Path
) -> None:
    """But all of it is acknowledged, and tells that the tracker is there."""
    replies = await speak(hub, [LOGIN, *packets(PHOTO), *packets(VOICE, kind="AP07"), iw.heart_rate(66)])
    assert replies.count(b"IWBP07,") == 5
    replies = await speak(hub, [LINK, frame(watch.voice(VOICE)), frame(watch.picture(WHEN, PHOTO))])
    assert replies.count(b"TK,1") == 1
    await hass.async_block_till_done()
    assert not media.exists()
    assert hass.states.get(IMAGE) is None
    assert hass.states.get(EVENT) is None
    assert not hub.members[IMEI].uploads.held
    assert state_of(hass, "sensor.father_heart_rate").state == "66"


@pytest.mark.parametrize(("photos", "voice", "kept"), [(True, False, "photo"), (False, True, "voice")])
async def test_only_what_was_asked_for_is_kept(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, files: Path, photos: bool, voice: bool, kept: str
) -> None:
    """Whatever the type of its packets says."""
    keep(hass, entry, photos=photos, voice=voice)
    await say(LOGIN, *packets(PHOTO, kind="AP07"), *packets(VOICE, kind="AP42", time=WHEN + timedelta(seconds=1)))
    assert [name.partition("-")[0] for name in names(files)] == [kept]


@pytest.mark.usefixtures("every_entity_enabled", "keeping")
@pytest.mark.parametrize("dialect", ["iw", "watch"])
async def test_photo_arrives_however_it_is_cut(hass: HomeAssistant, hub: Hub, dialect: str) -> None:
    jpeg = b"\xff\xd8\xff\xe0#IWAP49,68#[3G*3405000002*0002*LK]}[],*" + b"\xff\xd9"
    first = LOGIN if dialect == "iw" else LINK

    def photo(number: int) -> bytes:
        time = WHEN - timedelta(seconds=number)
        return b"".join(packets(jpeg, time=time, size=23)) if dialect == "iw" else frame(watch.picture(time, jpeg))

    length = len(photo(0))
    for cut in range(1, length):
        data = photo(cut)
        await speak(hub, [first, data[:cut], data[cut:]])
    await hass.async_block_till_done()
    assert hub.members[IMEI].uploads.counts == {Outcome.FINISHED: length - 1}
    data = photo(length)
    await speak(hub, [first, *(data[at : at + 1] for at in range(length))])
    await hass.async_block_till_done()
    assert hub.members[IMEI].uploads.counts == {Outcome.FINISHED: length}


@pytest.mark.usefixtures("keeping")
async def test_pieces_in_disorder_and_twice_make_one_photo(hass: HomeAssistant, say: Say, files: Path) -> None:
    pieces = packets(PHOTO, size=300)
    Random("disorder").shuffle(pieces)
    await say(LOGIN, *pieces[:4], *pieces[2:], *pieces)
    assert [file.read_bytes() for file in files.iterdir()] == [PHOTO]


@pytest.mark.usefixtures("keeping")
async def test_upload_goes_on_after_a_new_connection(hass: HomeAssistant, say: Say, files: Path) -> None:
    first, *rest = packets(PHOTO, size=300)
    await say(LOGIN, first)
    await say(LOGIN, *rest)
    assert [file.read_bytes() for file in files.iterdir()] == [PHOTO]


@pytest.mark.usefixtures("keeping")
async def test_broken_upload_does_not_hold_up_what_is_behind_it(
    hass: HomeAssistant, hub: Hub, say: Say, files: Path, clock: FrozenDateTimeFactory
) -> None:
    """A packet is lost, or all come and are no photo; then a position, and a photo that is one."""
    first, _, *rest = packets(PHOTO, size=300)
    late = WHEN + timedelta(minutes=1)
    broken = packets(PHOTO[:-100], time=late, size=300)
    await say(LOGIN, first, *rest, *broken, iw.heart_rate(71), *packets(PHOTO, time=late))
    assert state_of(hass, "sensor.father_heart_rate").state == "71"
    assert names(files) == [f"photo-{local(late)}.jpg"]
    await say(gotop(NOW, battery=44))
    assert state_of(hass, BATTERY).state == "44"
    clock.tick(PATIENCE + PAUSE)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    counts = hub.members[IMEI].uploads.counts
    assert counts == {Outcome.FINISHED: 1, Outcome.BROKEN: 1, Outcome.ABANDONED: 1}
    assert not hub.members[IMEI].uploads.held


@pytest.mark.usefixtures("keeping")
async def test_hostile_uploads_are_bounded(hass: HomeAssistant, hub: Hub, say: Say, files: Path) -> None:
    """Numbers without end, places beyond the last, any number of names: a photo among them is kept."""
    hostile = [
        *(iw.media("AP42", WHEN, 99999, number, bytes(900)) for number in range(1, 2000, 7)),
        *(iw.media("AP42", WHEN, 3, number, b"x" * 900) for number in range(100)),
        *(iw.media("null", WHEN - timedelta(seconds=number), 4096, 1, bytes(900)) for number in range(2, 2000)),
    ]
    own = packets(PHOTO, time=WHEN + timedelta(seconds=1), size=1024)
    await say(LOGIN, *hostile, own[0], own[1], *hostile[-3:], own[2], iw.heart_rate(72))
    assert names(files) == [f"photo-{local(WHEN + timedelta(seconds=1))}.jpg"]
    assert hub.members[IMEI].uploads.held <= MOST_UNFINISHED * 4096
    assert state_of(hass, "sensor.father_heart_rate").state == "72"


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize(
    "name", ["../../../../x", "/etc/passwd", "..", "a/b", "a\\b", "CON", "photo\x00", "x" * 900, "~"]
)
async def test_name_a_tracker_gives_is_no_path(
    hass: HomeAssistant, hub: Hub, say: Say, files: Path, tmp_path: Path, name: str
) -> None:
    await say(LINK, frame(watch.voice_part(name, 1, 1, VOICE)))
    await say(LOGIN, b"IWAP42,%s,1,1,%d,%s#" % (name[:20].encode(), len(PHOTO), PHOTO))
    assert names(files) == [f"photo-{local(NOW)}.jpg", f"voice-{local(NOW)}.amr"]
    stray = {file for file in tmp_path.rglob("*") if file.is_file() and file.parent != files}
    assert [file for file in stray if file.read_bytes() in (PHOTO, VOICE)] == []


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize(
    "time", [NOW + timedelta(hours=8), datetime(2000, 1, 1, tzinfo=UTC), NOW + timedelta(seconds=1)]
)
async def test_photo_cannot_be_of_a_time_that_never_was(
    hass: HomeAssistant, say: Say, files: Path, time: datetime
) -> None:
    await say(LOGIN, *packets(PHOTO, time=time))
    assert names(files) == [f"photo-{local(NOW)}.jpg"]
    assert state_of(hass, IMAGE).state == NOW.isoformat()


async def test_clock_of_a_tracker_is_put_right(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, files: Path
) -> None:
    subentry = next(iter(entry.subentries.values()))
    wanted = {"media": {"photos": True, "count": 50}, "utc_offset": -3}
    hass.config_entries.async_update_subentry(entry, subentry, data=wanted)
    await hass.async_block_till_done()
    await say(LOGIN, *packets(PHOTO, time=WHEN - timedelta(hours=3)))
    assert names(files) == [f"photo-{local(WHEN)}.jpg"]


@pytest.mark.usefixtures("keeping")
async def test_last_photo_is_there_again_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, say: Say, files: Path
) -> None:
    await say(LOGIN, *packets(PHOTO))
    (files / f"photo-{local(NOW)}.jpg").write_bytes(PHOTO + b"newer")
    (files / "photo-99999999-999999.jpg").write_bytes(b"not ours")
    (files / "holiday.jpg").write_bytes(b"not ours")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, IMAGE).state == NOW.isoformat()
    assert (await async_get_image(hass, IMAGE)).content == PHOTO + b"newer"
    for file in files.iterdir():
        file.unlink()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, IMAGE).state == STATE_UNKNOWN


@pytest.mark.usefixtures("keeping")
async def test_older_photo_that_comes_late_is_kept_and_not_shown(hass: HomeAssistant, say: Say, files: Path) -> None:
    await say(LOGIN, *packets(PHOTO))
    await say(LOGIN, *packets(PHOTO, time=WHEN - timedelta(days=1)))
    assert len(names(files)) == 2
    assert state_of(hass, IMAGE).state == WHEN.isoformat()


async def test_no_more_is_kept_than_wanted(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, files: Path
) -> None:
    """Of each kind, and the oldest goes first; files of others stay."""
    keep(hass, entry, count=2)
    files.mkdir(parents=True)
    (files / "photo-of-me.jpg").write_bytes(b"not ours")
    times = [WHEN - timedelta(minutes=minutes) for minutes in (3, 9, 1, 2)]
    for time in times:
        await say(LOGIN, *packets(PHOTO, time=time), *packets(VOICE, kind="AP07", time=time))
    latest = sorted(local(time) for time in times)[-2:]
    assert names(files) == sorted(
        [*(f"photo-{clock}.jpg" for clock in latest), *(f"voice-{clock}.amr" for clock in latest), "photo-of-me.jpg"]
    )


async def test_what_is_too_old_is_deleted(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry, say: Say, files: Path, clock: FrozenDateTimeFactory
) -> None:
    """Without a new one coming, too; and so is what a crash left behind."""
    keep(hass, entry, days=2)
    await say(LOGIN, *packets(PHOTO))
    await say(LOGIN, *packets(PHOTO, time=WHEN - timedelta(days=3)))
    assert names(files) == [f"photo-{local(WHEN)}.jpg"]
    (files / ".crashed.part").write_bytes(b"half")
    clock.tick(timedelta(days=2) + LEFTOVER)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(files) == []
    assert state_of(hass, IMAGE).state == STATE_UNKNOWN
    assert timedelta(hours=1) == PRUNE_INTERVAL


@pytest.mark.usefixtures("keeping")
async def test_disk_that_fails_is_told_once_and_costs_nothing_else(
    hass: HomeAssistant, hub: Hub, say: Say, media: Path, files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    media.write_bytes(b"a file where a folder should be")
    registry = ir.async_get(hass)
    for minutes in (3, 2):
        await say(LOGIN, *packets(PHOTO, time=WHEN - timedelta(minutes=minutes)), iw.heart_rate(60 + minutes))
        assert state_of(hass, "sensor.father_heart_rate").state == str(60 + minutes)
    assert registry.async_get_issue(DOMAIN, ISSUE) is not None
    assert len([record for record in caplog.records if "cannot be kept" in record.message]) == 1
    assert hass.states.get(IMAGE) is None
    media.unlink()
    await say(LOGIN, *packets(PHOTO))
    assert registry.async_get_issue(DOMAIN, ISSUE) is None
    assert len(names(files)) == 1


@pytest.mark.usefixtures("keeping")
async def test_no_media_folder_is_told_once(
    hass: HomeAssistant, hub: Hub, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    hass.config.media_dirs = {}
    for minutes in (3, 2):
        await say(LOGIN, *packets(PHOTO, time=WHEN - timedelta(minutes=minutes)))
    assert len([record for record in caplog.records if "no media folder" in record.message]) == 1
    assert hass.states.get(IMAGE) is None


@pytest.mark.usefixtures("keeping")
async def test_slow_disk_does_not_fill_the_memory(
    hass: HomeAssistant, hub: Hub, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.plaspy_trackers.recordings.MOST_WAITING", 0)
    await say(LOGIN, *packets(PHOTO), iw.heart_rate(60))
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE) is not None
    assert state_of(hass, "sensor.father_heart_rate").state == "60"


@pytest.mark.usefixtures("keeping")
async def test_many_of_one_second_are_bounded(hass: HomeAssistant, hub: Hub, say: Say, files: Path) -> None:
    files.mkdir(parents=True)
    for number in range(1, MOST_OF_A_SECOND):
        (files / f"voice-{local(NOW)}{f'-{number}' if number > 1 else ''}.amr").write_bytes(VOICE)
    await say(LINK, frame(watch.voice(VOICE)))
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE) is not None


@pytest.mark.usefixtures("keeping")
async def test_missing_pieces_are_asked_for_where_the_protocol_can(
    hass: HomeAssistant, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Iw, "ask_again", lambda self, name, missing: f"ASK {name} {list(missing)}#".encode())
    first, _, third = packets(PHOTO, size=900)
    replies = await speak(hub, [LOGIN, first, third])
    assert replies.endswith(b"ASK 20261120023012 [1]#IWBP07,20261120023012,3,3,1#")


@pytest.mark.usefixtures("keeping")
async def test_photo_of_a_jt808_tracker_is_kept_although_a_part_was_lost(
    hass: HomeAssistant, hub: Hub, files: Path
) -> None:
    """It is asked for again, and only then is the photo said to be complete."""
    body = bytes.fromhex("00000011 00000001") + jt808.location(WHEN, None) + PHOTO
    frames = [
        jt808.encode(IMEI[3:], 0x0801, body[at : at + 700], serial=number, part=(number, 3))
        for number, at in enumerate(range(0, len(body), 700), 1)
    ]
    replies = await speak(hub, [frames[0], frames[2], frames[1]])
    asked, complete = (
        jt808.encode(IMEI[3:], 0x8800, bytes.fromhex(number)) for number in ("00000011 01 0002", "00000011")
    )
    assert 0 <= replies.index(asked) < replies.index(complete)
    await hass.async_block_till_done()
    assert (files / f"photo-{local(WHEN)}.jpg").read_bytes() == PHOTO


async def test_photo_of_a_stranger_takes_no_memory(hass: HomeAssistant, hub: Hub) -> None:
    """Nor is it acknowledged: the tracker keeps it."""
    replies = await speak(hub, [iw.login("861234050000033"), *packets(PHOTO)])
    assert b"BP07" not in replies
    (stranger,) = hub.strangers.by_id.values()
    assert [report.piece for _, report in stranger.reports] == [None] * 4


@pytest.mark.usefixtures("keeping")
async def test_event_waits_for_its_entity(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    await say(LOGIN, *packets(PHOTO))
    member = hub.members[IMEI]
    (listener,) = member.media_listeners
    member.media_listeners.clear()
    await say(LOGIN, *packets(VOICE, kind="AP07"))
    assert [kept.kind for kept in member.waiting_media] == [MediaKind.VOICE]
    member.async_listen_media(listener)
    assert state_of(hass, EVENT).attributes["event_type"] == "voice"


async def test_user_says_what_is_kept(hass: HomeAssistant, hub: Hub, entry: MockConfigEntry) -> None:
    subentry_id = next(iter(entry.subentries))

    async def change(media: dict[str, Any] | None) -> dict[str, Any]:
        flow = await entry.start_subentry_reconfigure_flow(hass, subentry_id)
        given = {CONF_NAME: "Father"} if media is None else {CONF_NAME: "Father", "media": media}
        await hass.config_entries.subentries.async_configure(flow["flow_id"], given)
        await hass.async_block_till_done()
        return dict(entry.subentries[subentry_id].data)

    kept = {"media": {"photos": True, "voice": False, "count": 50, "days": 30}}
    assert await change({"photos": True, "days": 30}) == kept
    # What a client leaves out stays; what it empties goes.
    assert await change(None) == kept
    assert await change({}) == {}


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("dialect", ["iw", "watch"])
async def test_simulated_watch_sends_photos_and_voice_messages(
    hass: HomeAssistant, hub: Hub, files: Path, clock: FrozenDateTimeFactory, dialect: str
) -> None:
    """Real ones: a photo can be opened."""
    simulated = L17Pro(HOST, hub.server.port, Route(PARK), imei=IMEI, protocol=dialect)
    task = asyncio.create_task(simulated.run())
    simulated.take_photo()
    simulated.record_voice()
    counts = hub.members[IMEI].uploads.counts
    for _ in range(10_000):
        await asyncio.sleep(0)
        if counts[Outcome.FINISHED] == 2:
            break
    task.cancel()
    await asyncio.wait([task])
    await hass.async_block_till_done()
    assert {name.partition("-")[0] for name in names(files)} == {"photo", "voice"}
    with Image.open(next(files.glob("*.jpg"))) as picture:
        assert picture.size == (320, 240)
        picture.load()


def test_other_names_are_not_ours() -> None:
    with pytest.raises(ValueError, match="no file of ours"):
        time_of("photo-20261120-103012.jpg.exe")
