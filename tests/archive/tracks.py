"""Seeded random reports in which everything occurs that a tracker may say."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

from custom_components.plaspy_trackers.archive.formats.columns import READINGS, Kind
from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    CellTower,
    Fix,
    FixSource,
    Readings,
    Report,
)

DEVICE = "861234050000001"
BEGIN = datetime(2026, 11, 21, 6, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

#: What texts of trackers hold at worst, but for what XML cannot hold.
TEXTS = (
    "",
    "plain",
    "=1+1",
    "'quoted",
    "-7",
    "a,b;c\t",
    'say "so"',
    "two\nlines",
    "<&>",
    "ü °\U0001f4cd",
    "null",
    " x ",
)


def random_reports(count: int, seed: int = 1, *, unfixed: bool = True, texts: tuple[str, ...] = TEXTS) -> list[Report]:
    """Return reports in the order of their times; without `unfixed` each has a position."""
    random = Random(seed)
    time = BEGIN
    reports = []
    for _ in range(count):
        time += timedelta(seconds=random.choice((1, 10, 30.5, 600, 0.000001)))
        fix = None if unfixed and random.random() < 0.2 else random_fix(random, time)
        reports.append(random_report(random, time, fix, texts))
    return reports


def random_report(random: Random, time: datetime, fix: Fix | None, texts: tuple[str, ...]) -> Report:
    """Return a report with some of everything."""
    some = random.random() < 0.3
    return Report(
        DEVICE,
        random.choice(("watch", "xexun2", "gt06")),
        time,
        fix,
        random_readings(random, texts),
        alarms=tuple(random.sample(list(Alarm), random.randint(1, 2))) if some else (),
        codes=("0x01", random.choice(texts)) if some else (),
        cells=(CellTower(732, 101, random.choice((None, 0x702)), 40076, random.choice((None, -70))),) if some else (),
        wifi=(AccessPoint("02:00:5e:10:00:01", -47), AccessPoint("02:00:5e:10:00:02")) if some else (),
        beacons=(AccessPoint("02:00:5e:10:00:03", -90),) if some else (),
        buffered=some,
        text=random.choice(texts) if some else None,
    )


def random_fix(random: Random, time: datetime) -> Fix:
    """Return a place anywhere, in which each field may be unknown, and may be zero."""

    def maybe[Value](value: Value) -> Value | None:
        return value if random.random() < 0.7 else None

    return Fix(
        random.choice((random.uniform(-90, 90), 1e-7, 90.0)),
        random.choice((random.uniform(-180, 180), -1e-7, -180.0, 180.0)),
        time - timedelta(seconds=random.choice((0, 0, 5))),
        maybe(random.choice((random.uniform(-400, 9000), 0.0))),
        maybe(random.choice((random.uniform(0, 300), 0.0, random.randint(0, 100) * 1.852))),
        maybe(random.choice((random.uniform(0, 360), 0.0))),
        maybe(random.randint(0, 30)),
        maybe(random.uniform(0.5, 20)),
        maybe(random.uniform(1, 500)),
        random.choice(list(FixSource)),
    )


def random_readings(random: Random, texts: tuple[str, ...]) -> Readings:
    """Return some readings of every kind."""
    made: dict[Kind, Callable[[], object]] = {
        Kind.NUMBER: lambda: random.choice((random.uniform(-50, 500), 0.0)),
        Kind.NULLABLE: lambda: random.choice((random.uniform(30, 200), None, 72.0, 0.0)),
        Kind.COUNT: lambda: random.randint(0, 100_000),
        Kind.FLAG: lambda: random.random() < 0.5,
        Kind.TEXT: lambda: random.choice(texts),
    }
    keys = random.sample(list(READINGS), random.randint(0, 8))
    return cast("Readings", {key: made[READINGS[key]]() for key in keys})
