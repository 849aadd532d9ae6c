"""One tracker, without Home Assistant: what the tests of it share."""

from datetime import UTC, datetime
from typing import Any

from custom_components.plaspy_trackers.gateway.models import Fix, Report

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
IMEI = "861234050000017"

#: Of latitude, and of longitude on the equator.
METRES_PER_DEGREE = 111_195.0


def fix_at(time: datetime = NOW, latitude: float = 52.0, **parts: Any) -> Fix:
    """Return a fix on the meridian of 4.9 degrees."""
    return Fix(latitude, 4.9, time, **parts)


def report_at(time: datetime | None = NOW, *, fix: Fix | None = None, **parts: Any) -> Report:
    """Return a report of the tracker."""
    return Report(IMEI, "gotop", time, fix, **parts)


def north(metres: float) -> float:
    """Return the latitude that is so far north of the first fix."""
    return 52.0 + metres / METRES_PER_DEGREE
