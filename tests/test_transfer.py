"""Tracks to files and back: nothing is overwritten, half written, half read, or written where it must not be."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
import json
import logging
from pathlib import Path
from typing import Any

import gpxpy
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.plaspy_trackers import transfer
from custom_components.plaspy_trackers.archive import ArchiveError, Reason
from custom_components.plaspy_trackers.archive.formats import Format, Reason as FileReason
from custom_components.plaspy_trackers.const import DOMAIN
from custom_components.plaspy_trackers.errors import failed
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report
from custom_components.plaspy_trackers.hub import Hub

from .actions import NOW, ask, day_out, father, keep, message_of, until_stored
from .archive.tracks import random_reports
from .conftest import IMEI, Say, gotop, state_of

MINUTE = timedelta(minutes=1)
MIDNIGHT = "2026-11-21T00:00:00+00:00"

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """The media folder."""
    folder = tmp_path / "media"
    folder.mkdir()
    hass.config.media_dirs = {"local": str(folder)}
    return folder


@pytest.fixture
def www(hass: HomeAssistant) -> Path:
    """The folder that everybody can read."""
    folder = Path(hass.config.path("www"))
    folder.mkdir()
    return folder


def drive(length: int) -> list[Report]:
    """Return a track to the north, a fix a minute."""
    begin = NOW - timedelta(hours=12)
    return [
        Report(IMEI, "watch", fix.time, fix, {"heart_rate": 70.0 + minute})
        for minute in range(length)
        for fix in [Fix(52 + minute / 100, 4.9, begin + minute * MINUTE, 3.5, 40.0, 1.5)]
    ]


async def reports_of(hub: Hub) -> list[Report]:
    assert hub.archive is not None
    return [entry.report for entry in await hub.archive.read(IMEI)]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_export_to_a_media_folder_opens_in_a_public_reader(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    await keep(hub, [*drive(20), Report(IMEI, "watch", NOW, None, {"heart_rate": 60.0})])
    answer = await ask(hass, hub, "export_track", format="gpx", path="local/tracks/father")
    file = media / "tracks" / "father.gpx"
    assert answer == {"points": 20, "path": str(file), "url": "media-source://media_source/local/tracks/father.gpx"}
    ((segment,),) = [track.segments for track in gpxpy.parse(file.read_text()).tracks]
    assert [(point.latitude, point.longitude, point.time) for point in segment.points] == [
        (report.fix.latitude, report.fix.longitude, report.fix.time) for report in drive(20) if report.fix
    ]
    assert file.stat().st_mode & 0o777 == 0o644
    assert files_in(media) == ["father.gpx"]


async def test_export_of_what_came_through_the_port(hass: HomeAssistant, hub: Hub, say: Say) -> None:
    await say(gotop(NOW - MINUTE), gotop(NOW - 30 * MINUTE, latitude=52.36))
    await until_stored(hub)
    answer = await ask(hass, hub, "export_track", format="gpx")
    (track,) = gpxpy.parse(answer["content"]).tracks
    assert track.name == "Father"
    assert [point.latitude for point in track.segments[0].points] == pytest.approx([52.36, 52.3702])


async def test_export_to_www_has_a_link(hass: HomeAssistant, hub: Hub, www: Path) -> None:
    await keep(hub, drive(3))
    answer = await ask(hass, hub, "export_track", format="csv", path="www/my tracks/ä.csv")
    assert answer == {"points": 3, "path": str(www / "my tracks/ä.csv"), "url": "/local/my%20tracks/%C3%A4.csv"}


async def test_export_to_a_folder_that_is_allowed_has_no_link(hass: HomeAssistant, hub: Hub, tmp_path: Path) -> None:
    await keep(hub, drive(3))
    folder = tmp_path / "share"
    with pytest.raises(ServiceValidationError, match="not in a folder that may be used"):
        await ask(hass, hub, "export_track", format="csv", path=str(folder / "a.csv"))
    hass.config.allowlist_external_dirs = {str(folder)}
    answer = await ask(hass, hub, "export_track", format="csv", path=str(folder / "a.csv"))
    assert answer == {"points": 3, "path": str(folder / "a.csv"), "url": None}


@pytest.mark.parametrize("form", Format)
async def test_export_without_a_path_is_the_text_of_the_file(
    hass: HomeAssistant, hub: Hub, media: Path, form: Format
) -> None:
    await keep(hub, drive(3))
    text = await ask(hass, hub, "export_track", format=form.value)
    await ask(hass, hub, "export_track", format=form.value, path="local/a")
    assert text == {"points": 3, "content": (media / f"a.{form.value}").read_bytes().decode()}
    data = {"device_id": father(hass, hub), "format": form.value}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "export_track", data, blocking=True)
    assert "Name a path" in message_of(raised.value)


async def test_export_that_is_too_long_for_a_response_asks_for_a_path(
    hass: HomeAssistant, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "MOST_TEXT", 2048)
    await keep(hub, drive(50))
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "export_track", format="geojson")
    assert "longer than 2 KB" in message_of(raised.value)


async def test_export_of_nothing_is_told_and_leaves_no_file(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "export_track", format="gpx", path="local/a.gpx")
    assert message_of(raised.value) == "Father said nothing in that time that could be exported"
    assert files_in(media) == []


async def test_export_overwrites_only_if_it_is_told_to(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    (media / "a.gpx").write_text("precious")
    await keep(hub, drive(3))
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "export_track", format="gpx", path="local/a.gpx")
    assert "is there already" in message_of(raised.value)
    assert (media / "a.gpx").read_text() == "precious"
    await ask(hass, hub, "export_track", format="gpx", path="local/a.gpx", overwrite=True)
    assert "precious" not in (media / "a.gpx").read_text()
    assert files_in(media) == ["a.gpx"]


async def test_export_that_fails_leaves_no_part_of_a_file(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    (media / "a.gpx").mkdir()
    (media / "b").write_text("a file")
    await keep(hub, drive(3))
    for path in ("local/a.gpx", "local/b/c.gpx", f"local/{'x' * 500}.gpx"):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(hass, hub, "export_track", format="gpx", path=path, overwrite=True)
        assert "cannot be read or written" in message_of(raised.value)
    assert files_in(media) == ["b"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a.gpx",
        "www",
        "/a.gpx",
        "nowhere/a.gpx",
        "www/../a.gpx",
        "local/../../a.gpx",
        "www/~/a.gpx",
        "/etc/a.gpx",
        "link/a.gpx",
        "local/out/a.gpx",
        "local/there.gpx",
        "local/nul\0.gpx",
    ],
)
async def test_path_to_anywhere_else_is_refused(hass: HomeAssistant, hub: Hub, media: Path, path: str) -> None:
    outside = media.parent / "outside"
    outside.mkdir()
    (outside / "there.gpx").write_text("precious")
    (media / "out").symlink_to(outside)
    (media / "there.gpx").symlink_to(outside / "there.gpx")
    await keep(hub, drive(3))
    actions: dict[str, dict[str, Any]] = {"export_track": {"format": "gpx", "overwrite": True}, "import_track": {}}
    for action, data in actions.items():
        with pytest.raises(Exception) as raised:  # noqa: PT011 - the schema refuses an empty one
            await ask(hass, hub, action, path=path, **data)
        if path and isinstance(raised.value, HomeAssistantError):
            assert path[:10] in message_of(raised.value)
        else:
            assert not path
    assert files_in(outside) == ["there.gpx"]
    assert (outside / "there.gpx").read_text() == "precious"


async def test_export_is_named_after_its_format(hass: HomeAssistant, hub: Hub) -> None:
    await keep(hub, drive(3))
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "export_track", format="gpx", path="www/card.js", overwrite=True)
    assert message_of(raised.value) == "The name of the file has to end with .gpx: www/card.js"


@pytest.mark.parametrize("form", [Format.CSV, Format.GEOJSON])
async def test_everything_comes_back_from_a_file(hass: HomeAssistant, hub: Hub, form: Format) -> None:
    reports = [report for report in random_reports(300) if report.time and report.time < NOW]
    await keep(hub, reports)
    before = await reports_of(hub)
    answer = await ask(hass, hub, "export_track", start=MIDNIGHT, format=form.value, path="www/all", overwrite=True)
    assert answer["points"] == len(before)
    assert (await ask(hass, hub, "import_track", path=answer["path"]))["stored"] == 0
    await ask(hass, hub, "purge_history")
    imported = await ask(hass, hub, "import_track", path=f"www/all.{form.value}")
    assert (imported["points"], imported["stored"], imported["untimed"]) == (len(before), len(before), 0)
    assert await reports_of(hub) == before


@pytest.mark.parametrize("form", [Format.GPX, Format.KML])
async def test_every_point_comes_back_from_a_file(hass: HomeAssistant, hub: Hub, form: Format) -> None:
    await keep(hub, day_out())
    before = [report.fix for report in await reports_of(hub)]
    await ask(hass, hub, "export_track", start=MIDNIGHT, format=form.value, path="local/day")
    # What the format leaves out does not make other points of them.
    assert (await ask(hass, hub, "import_track", path=f"local/day.{form.value}"))["stored"] == 0
    await ask(hass, hub, "purge_history")
    await ask(hass, hub, "import_track", path=f"local/day.{form.value}")
    assert [report.fix for report in await reports_of(hub)] == before


async def test_report_that_never_told_a_time_is_exported_with_that_of_its_arrival(
    hass: HomeAssistant, hub: Hub
) -> None:
    await keep(hub, [Report(IMEI, "watch", alarms=(Alarm.SOS,))])
    await ask(hass, hub, "export_track", end=(NOW + MINUTE).isoformat(), format="csv", path="www/a")
    await ask(hass, hub, "purge_history")
    await ask(hass, hub, "import_track", path="www/a.csv")
    assert [(report.time, report.alarms) for report in await reports_of(hub)] == [(NOW, (Alarm.SOS,))]


async def test_import_tells_what_was_new_and_leaves_what_is_live(
    hass: HomeAssistant, hub: Hub, say: Say, media: Path
) -> None:
    await say(gotop(NOW - 60 * MINUTE))
    states = {state.entity_id: state for state in hass.states.async_all()}
    positions = [
        {"deviceId": 3, "protocol": "gt06", "fixTime": f"2026-11-21T19:{minute}:00Z", "valid": True}
        | {"deviceTime": f"2026-11-21T19:{minute}:00Z", "serverTime": f"2026-11-21T19:{minute}:01Z", "speed": 1.0}
        | {"latitude": 52.1, "longitude": 4.9, "attributes": {"alarm": "sos"}, "altitude": 0.0, "course": 0.0}
        for minute in (30, 10, 20)
    ]
    (media / "traccar.json").write_text(json.dumps(positions))
    told: dict[str, Any] = {"points": 3, "untimed": 0}
    told |= {"first": "2026-11-21T11:10:00-08:00", "last": "2026-11-21T11:30:00-08:00"}
    assert await ask(hass, hub, "import_track", path="local/traccar.json") == {**told, "stored": 3}
    assert await ask(hass, hub, "import_track", path="local/traccar.json") == {**told, "stored": 0}
    await hass.async_block_till_done()
    assert {state.entity_id: state for state in hass.states.async_all()} == states
    assert state_of(hass, "binary_sensor.father_sos").state == "off"
    assert [report.alarms for report in await reports_of(hub)] == [(), *([(Alarm.SOS,)] * 3)]


async def test_long_import_is_told_in_the_log(
    hass: HomeAssistant,
    hub: Hub,
    media: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transfer, "TOLD_EVERY", 1000)
    lines = [f"2026-11-{day:02}T{hour:02}:{minute:02}:00Z,52.{minute:02},4.9" for day, hour, minute in moments(2500)]
    (media / "a.csv").write_text("time,latitude,longitude\n" + "\n".join(lines))
    caplog.set_level(logging.INFO, transfer.__name__)
    assert (await ask(hass, hub, "import_track", path="local/a.csv"))["stored"] == 2500
    told = [record.getMessage() for record in caplog.records if record.name == transfer.__name__]
    assert told == [
        "Father: 1000 of 2500 points of local/a.csv imported",
        "Father: 2000 of 2500 points of local/a.csv imported",
        "Father: 2500 points of local/a.csv imported, 2500 of them new",
    ]


def moments(most: int) -> Iterator[tuple[int, int, int]]:
    """Yield a minute after the other."""
    for minute in count():
        if minute == most:
            return
        yield 1 + minute // 1440, minute // 60 % 24, minute % 60


FILES = {
    FileReason.EMPTY: "  ",
    FileReason.COMPRESSED: "PK\x03\x04",
    FileReason.UNKNOWN: '{"a": 1}',
    FileReason.DAMAGED: "<gpx><trk>",
    FileReason.ENTITIES: '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx/>',
    FileReason.NO_POINTS: "<gpx/>",
    FileReason.OFF_GLOBE: "time,latitude,longitude\n2026-11-20T10:00:00Z,52,4\n2026-11-20T10:01:00Z,152,4\n",
    FileReason.WRONG_TIME: "time,latitude,longitude\n2026-11-20T10:00:00Z,52,4\nsoon,52,4\n",
}


@pytest.mark.parametrize("reason", FILES)
async def test_file_that_is_not_sound_is_refused_as_a_whole(
    hass: HomeAssistant, hub: Hub, media: Path, reason: FileReason
) -> None:
    (media / "a.txt").write_text(FILES[reason])
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, hub, "import_track", path="local/a.txt")
    assert raised.value.translation_key == reason
    assert message_of(raised.value).startswith("a.txt is not imported: ")
    if FILES[reason].startswith("time,"):
        assert "Line: 3, entry: –" in str(raised.value)
    assert await reports_of(hub) == []


async def test_file_that_is_not_there_or_no_file_is_told(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    (media / "folder").mkdir()
    for path in ("local/a.gpx", "local/folder"):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(hass, hub, "import_track", path=path)
        assert message_of(raised.value) == f"There is no file {path}"


async def test_import_into_an_archive_that_does_not_work_is_told(hass: HomeAssistant, hub: Hub, media: Path) -> None:
    (media / "a.csv").write_text("time,latitude,longitude\n2026-11-20T10:00:00Z,52,4\n")
    assert hub.archive is not None
    await hub.archive.close()
    with pytest.raises(HomeAssistantError) as raised:
        await ask(hass, hub, "import_track", path="local/a.csv")
    assert raised.value.translation_key == "archive_closed"


@pytest.mark.parametrize("reason", Reason)
async def test_every_reason_of_the_archive_is_told(hass: HomeAssistant, hub: Hub, reason: Reason) -> None:
    assert message_of(failed(ArchiveError(reason, "what it said"))).endswith("What it said: what it said")
