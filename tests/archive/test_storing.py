"""What was accepted is read back as it was, once, in the order of its own times: in every kind of database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine

from custom_components.plaspy_trackers.archive import ArchiveError, Entry, Key, Limits, Reason
from custom_components.plaspy_trackers.archive.rows import SOURCES
from custom_components.plaspy_trackers.archive.schema import DEVICES, REPORTS
from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, FixSource, Report
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS

from .conftest import Open, Opened
from .reports import (
    ARRIVED,
    FATHER,
    MOTHER,
    NOON,
    after,
    contents,
    moment_of,
    of_every_protocol,
    random_report,
    report,
    spelt,
)
from .servers import Server

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    """The address of each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{path}"
    server: Server = request.getfixturevalue(request.param)
    return server.address


@pytest.mark.parametrize("protocol", [protocol.name for protocol in PROTOCOLS])
async def test_reports_of_every_protocol_come_back_as_they_were(archive: Opened, protocol: str) -> None:
    reports = of_every_protocol()[protocol]
    await archive.keep(*reports)
    devices = {kept.device_id for kept in reports}
    found = [entry for device_id in devices for entry in await archive.read(device_id)]
    # Frames may repeat what others said; what comes first counts.
    unique = {spelt(replace(kept, buffered=False)): kept for kept in reversed(reports)}
    assert contents(found) == contents(Entry(kept, ARRIVED, Key(0, 0)) for kept in unique.values())
    assert await archive.devices() == sorted(devices)


async def test_random_reports_come_back_once_and_in_order(archive: Opened) -> None:
    random = Random(5)
    reports = [random_report(random) for _ in range(400)]
    resent = random.sample(reports, 200)
    for batch in (reports[:150], [*reports[150:], *resent[:100]], resent[100:]):
        await archive.keep(*batch)
    found = await archive.read(FATHER)
    unique = {spelt(replace(kept, buffered=False, protocol="")): kept for kept in reversed(reports)}
    assert contents(found) == contents(Entry(kept, ARRIVED, Key(0, 0)) for kept in unique.values())
    assert {entry.arrived for entry in found} == {ARRIVED}
    times = [moment_of(entry.report, entry.arrived) for entry in found]
    assert times == sorted(times)
    assert [entry.key for entry in found] == sorted({entry.key for entry in found})


async def test_report_that_is_sent_again_is_one_row(archive: Opened) -> None:
    await archive.keep(report(1), report(1))
    await archive.append(FATHER, replace(report(1), buffered=True), after(3600))
    [entry] = await archive.read(FATHER)
    assert (entry.report, entry.arrived) == (report(1), ARRIVED)


@pytest.mark.parametrize(
    "other",
    [
        Report(FATHER, "xexun", NOON, alarms=(Alarm.FALL,)),
        Report(FATHER, "xexun", NOON, alarms=(Alarm.SOS,), codes=("1",)),
        Report(FATHER, "xexun", NOON, readings={"heart_rate": 72.0}),
        Report(FATHER, "xexun", NOON, readings={"blood_oxygen": 98.0}),
        Report(FATHER, "xexun", NOON, Fix(4.65, -74.09, NOON)),
        Report(FATHER, "xexun", after(1), Fix(4.65, -74.09, NOON)),
        Report(FATHER, "xexun", None, Fix(4.65, -74.09, NOON)),
        Report(FATHER, "xexun", NOON, text=""),
    ],
)
async def test_two_reports_of_one_moment_are_both_kept(archive: Opened, other: Report) -> None:
    sos = Report(FATHER, "xexun", NOON, alarms=(Alarm.SOS,))
    await archive.keep(sos, other)
    assert contents(await archive.read(FATHER)) == contents(Entry(one, ARRIVED, Key(0, 0)) for one in (sos, other))


async def test_report_without_a_time_is_of_its_arrival(archive: Opened) -> None:
    silent = Report(FATHER, "gotop", readings={"battery_level": 50.0})
    await archive.keep(silent)
    [entry] = await archive.read(FATHER, ARRIVED, after(4))
    assert (entry.report, entry.arrived) == (silent, ARRIVED)


async def test_report_is_kept_under_the_id_it_is_given(archive: Opened) -> None:
    await archive.append(MOTHER, report(1), ARRIVED)
    assert [entry.report for entry in await archive.read(MOTHER)] == [report(1, MOTHER)]
    assert await archive.read(FATHER) == []


async def test_newest_first_is_read_in_order(archive: Opened) -> None:
    reports = [report(number) for number in range(50)]
    for one in reversed(reports):
        await archive.keep(one)
    assert [entry.report for entry in await archive.read(FATHER)] == reports


async def test_pages_meet_without_gap_or_overlap(archive: Opened) -> None:
    reports = [replace(report(number // 3), text=str(number)) for number in range(30)]
    await archive.keep(*reports, report(1, MOTHER))
    whole = await archive.read(FATHER, after(1), after(9))
    assert len(whole) == 24
    pages: list[Entry] = []
    key = None
    while page := await archive.read(FATHER, after(1), after(9), limit=5, after=key):
        pages += page
        key = page[-1].key
    assert pages == whole


async def test_fixes_and_alarms_can_be_read_alone(archive: Opened) -> None:
    sos = Report(FATHER, "xexun", NOON, alarms=(Alarm.SOS,))
    await archive.keep(sos, report(1), replace(report(2), alarms=(Alarm.FALL,)))
    assert [entry.report.time for entry in await archive.read(FATHER, fixes_only=True)] == [after(1), after(2)]
    assert [entry.report.time for entry in await archive.read(FATHER, alarms_only=True)] == [NOON, after(2)]


async def test_span_and_count_are_told(archive: Opened) -> None:
    assert await archive.span(FATHER) is None
    await archive.keep(*map(report, range(10)), report(77, MOTHER))
    assert await archive.span(FATHER) == (NOON, after(9))
    assert (await archive.count(FATHER), await archive.count(), await archive.count("nobody")) == (10, 11, 0)
    assert (await archive.count(FATHER, after(3)), await archive.count(FATHER, after(3), after(7))) == (7, 4)
    assert await archive.count(None, None, after(1)) == 1


async def test_purge_takes_what_is_old(open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(batch=7))
    await archive.keep(*map(report, range(30)), report(1, MOTHER))
    assert await archive.purge(FATHER, after(20)) == 20
    assert [entry.report for entry in await archive.read(FATHER)] == [report(number) for number in range(20, 30)]
    assert await archive.count(MOTHER) == 1


async def test_purge_of_all_forgets_the_device(open_archive: Open) -> None:
    archive = await open_archive(limits=Limits(batch=7))
    await archive.keep(*map(report, range(14)), report(1, MOTHER))
    late = archive.append(FATHER, report(15), ARRIVED)
    assert await archive.purge(FATHER) == 15
    assert late.done()
    assert await archive.devices() == [MOTHER]
    # And meets it again.
    await archive.keep(report(3))
    assert await archive.count(FATHER) == 1
    assert await archive.purge("nobody") == 0


async def test_prune_keeps_what_each_device_is_to_keep(archive: Opened) -> None:
    days = [0, 1, 8, 40]
    now = NOON + timedelta(hours=1)
    for device_id in (FATHER, MOTHER):
        await archive.keep(*(report(-86_400 * day, device_id) for day in days))
    assert await archive.prune({FATHER: 7 * DAY, MOTHER: None}, now) == 2
    assert (await archive.count(FATHER), await archive.count(MOTHER)) == (2, 4)


async def test_what_no_database_takes_does_not_keep_the_others_out(archive: Opened) -> None:
    strange = [
        replace(report(1), readings={"steps": 2**70}),
        Report(FATHER, "xexun", NOON, Fix(4.65, -74.09, NOON, satellites=2**70)),
        Report(FATHER, "xexun", NOON.replace(tzinfo=None)),
        Report("\ud800", "xexun", NOON),
    ]
    futures = [archive.append(one.device_id, one, ARRIVED) for one in (report(2), *strange, report(3))]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert outcomes[0] is outcomes[-1] is None
    assert [outcome.reason for outcome in outcomes[1:-1] if isinstance(outcome, ArchiveError)] == [
        Reason.UNSTORABLE
    ] * len(strange)
    assert [entry.report for entry in await archive.read(FATHER)] == [report(2), report(3)]
    assert archive.states == []


async def test_device_that_another_process_forgot_is_met_again(archive: Opened, url: str) -> None:
    await archive.keep(report(1))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(REPORTS.delete())
        connection.execute(DEVICES.delete())
    engine.dispose()
    await archive.keep(report(2))
    assert [entry.report for entry in await archive.read(FATHER)] == [report(2)]


async def test_reports_are_there_after_a_restart(open_archive: Open) -> None:
    first = await open_archive()
    accepted = first.append(FATHER, report(1), ARRIVED)
    await first.close()
    assert accepted.done()
    second = await open_archive()
    assert [entry.report for entry in await second.read(FATHER)] == [report(1)]


def test_every_source_has_a_number() -> None:
    assert SOURCES.keys() == set(FixSource)
