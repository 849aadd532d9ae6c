"""Reports to keep: those of every protocol, and others made up by chance."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from random import Random
from typing import cast

from custom_components.plaspy_trackers.archive import Entry
from custom_components.plaspy_trackers.gateway.models import (
    AccessPoint,
    Alarm,
    CellTower,
    Fix,
    FixSource,
    Readings,
    Report,
)
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS
from tests.protocols.frames import FRAMES, IDENTITIES, NOW

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARRIVED = NOON + timedelta(seconds=3)

FATHER = "861234050000025"
MOTHER = "861234050000033"


def after(seconds: float) -> datetime:
    """Return a time after noon."""
    return NOON + timedelta(seconds=seconds)


def report(number: int, device_id: str = FATHER) -> Report:
    """Return one of many reports, each of its own second."""
    time = after(number)
    fix = Fix(4.65 + number % 500 * 1e-4, -74.09, time, 2550.0, number % 60 * 1.852, number * 7 % 360.0, 9)
    return Report(device_id, "xexun", time, fix, {"battery_level": 84.0, "steps": number})


def of_every_protocol() -> dict[str, list[Report]]:
    """Return what the frames of each protocol mean."""
    found: dict[str, list[Report]] = {}
    for protocol in PROTOCOLS:
        name = protocol.name
        feeds = (protocol(IDENTITIES.get(name)).feed(frame, NOW, final=True) for frame in FRAMES[name].values())
        found[name] = list(chain.from_iterable(feeds))
    return found


def random_report(random: Random) -> Report:
    """Return a report in which anything may be, at one of few times."""
    time = after(random.randrange(40) + random.choice((0, 0, 0.25)))
    return Report(
        FATHER,
        random.choice([protocol.name for protocol in PROTOCOLS]),
        random.choice((None, time, time + timedelta(milliseconds=random.randrange(-5000, 5000)))),
        random.choice((None, _fix(random, time))),
        _readings(random),
        tuple(random.sample(list(Alarm), random.choice((0, 0, 1, 3)))),
        tuple(random.sample(("1", "0x20", "a,b", "\0", ""), random.choice((0, 0, 2)))),
        tuple(CellTower(732, n, random.choice((None, n)), n * 7, random.choice((None, -n))) for n in _some(random)),
        tuple(AccessPoint(f"02:00:5e:10:00:{n:02x}", random.choice((None, -n))) for n in _some(random)),
        tuple(AccessPoint(f"02:00:5e:10:01:{n:02x}", -n) for n in _some(random)),
        random.choice((True, False)),
        random.choice((None, None, "", "ñ\0😀'\"\\%s:x", "of=1 OK")),
    )


def contents(entries: Iterable[Entry]) -> list[tuple[datetime, str]]:
    """Return entries in an order that does not depend on their keys, for comparison."""
    return sorted((moment_of(entry.report, entry.arrived), spelt(entry.report)) for entry in entries)


def spelt(report: Report) -> str:
    """Return a report as text, which is the same whatever order its readings came in.

    What request it answers is of the moment, and a piece of a photo is kept elsewhere.
    """
    readings = cast("Readings", dict(sorted(report.readings.items())))
    return repr(replace(report, readings=readings, answer=None, piece=None))


def moment_of(report: Report, arrived: datetime) -> datetime:
    """Return the own time of a report."""
    if report.fix is not None:
        return report.fix.time
    return report.time or arrived


def _fix(random: Random, time: datetime) -> Fix:
    """Return a fix that says some of what it can."""

    def maybe() -> float | None:
        return random.choice((None, random.uniform(0, 300)))

    return Fix(
        random.uniform(-90, 90),
        random.uniform(-180, 180),
        time + timedelta(seconds=random.choice((0, 0, -30))),
        maybe(),
        maybe(),
        maybe(),
        satellites=random.choice((None, random.randrange(30))),
        hdop=maybe(),
        accuracy=maybe(),
        source=random.choice(list(FixSource)),
    )


def _readings(random: Random) -> Readings:
    """Return some readings, of any type that they have."""
    values = {
        "battery_level": random.uniform(0, 100),
        "heart_rate": random.choice((None, 72.0)),
        "steps": random.randrange(20_000),
        "charging": random.choice((True, False)),
        "serial_data": random.choice(("", "00ff", "é\0\n")),
        "odometer": random.choice((0.0, 1e-7, 123456.789)),
    }
    names = random.sample(sorted(values), random.randrange(len(values) + 1))
    return cast("Readings", {name: values[name] for name in names})


def _some(random: Random) -> range:
    """Return a few numbers, or none."""
    return range(1, random.choice((1, 1, 2, 5)))
