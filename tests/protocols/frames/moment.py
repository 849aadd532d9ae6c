"""When and where the frames were made."""

from datetime import UTC, datetime

from tests.simulator.route import Position

#: When the frames arrive, a few seconds after they were made.
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)

TIME = datetime(2026, 11, 21, 12, 0, 27, 636000, tzinfo=UTC)
NORTH_WEST = Position(latitude=4.6583, longitude=-74.0937, altitude=2555.3, speed=4.8, course=276.01)
SOUTH_EAST = Position(latitude=-36.85061, longitude=174.76345, altitude=-3.4, speed=0.0, course=0.0)
