"""What `scripts/bench` measures tracks with: one of as many fixes as a tracker keeps in a month."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from math import cos, radians, sin
from random import Random
from statistics import median
from time import perf_counter

from custom_components.plaspy_trackers.archive.formats import Format, read_track, write_track
from custom_components.plaspy_trackers.archive.simplify import simplify
from custom_components.plaspy_trackers.archive.trips import find_trips, summarise
from custom_components.plaspy_trackers.gateway.models import Fix, Readings, Report

#: One every 30 seconds for five weeks.
REPORTS = 100_000
#: What a map is given of them.
POINTS = 1000

DEVICE = "861234050000001"
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def track(count: int = REPORTS) -> list[Report]:
    """Return what a watch reports that is at home, on its way and elsewhere in turn."""
    random = Random(1)  # noqa: S311
    latitude, longitude, course = 52.0, 4.9, 0.0
    reports = []
    for number in range(count):
        moving = number % 300 > 240
        if moving:
            course = (course + random.gauss(0, 30)) % 360
            latitude += 0.0024 * cos(radians(course))
            longitude += 0.0039 * sin(radians(course))
        time = BEGIN + timedelta(seconds=30 * number)
        fix = Fix(
            round(latitude + random.gauss(0, 5e-5), 6),
            round(longitude + random.gauss(0, 8e-5), 6),
            time,
            altitude=round(random.uniform(0, 50), 1),
            speed=round(random.uniform(20, 50), 1) if moving else 0.0,
            course=round(course, 1),
            satellites=random.randint(5, 12),
            accuracy=round(random.uniform(3, 20), 1),
        )
        readings: Readings = {"battery_level": 80.0, "heart_rate": float(random.randint(60, 120)), "steps": number}
        reports.append(Report(DEVICE, "watch", time, fix, readings))
    return reports


def measure(repeats: int) -> Iterator[tuple[str, float, int]]:
    """Yield what is done with a track, the seconds it takes, and the bytes of its file."""
    reports = track()
    yield f"simplify to {POINTS:,}", seconds(partial(simplify, reports, POINTS), repeats), 0
    yield "find trips", seconds(partial(find_trips, reports), repeats), 0
    yield "summarise", seconds(partial(summarise, reports), repeats), 0
    for form in Format:
        data = b"".join(write_track(form, "Lola", reports))
        yield f"write {form}", seconds(partial(write_all, form, reports), repeats), len(data)
        yield f"read {form}", seconds(partial(read_all, data), repeats), len(data)


def write_all(form: Format, reports: list[Report]) -> None:
    """Write a file as an export does, one piece at a time."""
    for _ in write_track(form, "Lola", reports):
        pass


def read_all(data: bytes) -> None:
    """Read a file as an import does, one report at a time."""
    for _ in read_track(data, DEVICE, now=NOW):
        pass


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return how long some work takes, the median of several times."""
    taken = []
    for _ in range(repeats):
        begin = perf_counter()
        work()
        taken.append(perf_counter() - begin)
    return median(taken)
