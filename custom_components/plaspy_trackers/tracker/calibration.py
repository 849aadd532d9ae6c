"""What a fuel sensor's reading comes to in litres: a table the user measured, or one computed from a tank's shape."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import acos, isfinite, pi, sqrt
import re
from typing import NamedTuple

#: The largest tank there is on wheels, in litres, and the largest reading a sensor may have.
LARGEST_TANK = 50_000.0
LARGEST_INPUT = 1_000_000.0

#: Points of a table: a tank that is filled can by can has no more.
MOST_POINTS = 200

#: How far a reading may lie outside its table, as a share of the table's range. Beyond that no sensor is connected, or
#: it has no power: what it reads then is not an empty tank.
TOLERANCE = 0.1

#: Points of a table that is computed from a shape: between two of them it is wrong by less than a thousandth.
SHAPE_POINTS = 41

_PARTS = re.compile(r"[;\n]")
_SIGN = "="


class Reason(StrEnum):
    """Why a table is refused; the user's words for each are `fuel_table_` and the value."""

    PAIR = "pair"  # not two numbers with = between
    TOO_SHORT = "short"  # one point, or none
    TOO_LONG = "long"
    INPUT = "input"  # readings neither rise nor fall from point to point
    OUTPUT = "output"  # litres rise and fall, or stay the same all along
    RANGE = "range"  # a number no tank or sensor has
    TANK = "tank"  # more litres than the tank holds


class CalibrationError(ValueError):
    """A table that cannot be used, and the place in it that shows it."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Name the reason, and the pair of numbers in the user's own words."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Point(NamedTuple):
    """A reading of the sensor, and the litres it stands for."""

    reading: float
    litres: float


@dataclass(slots=True, frozen=True)
class Calibration:
    """A table of at least two points in the order of their readings, straight between each two of them."""

    points: tuple[Point, ...]

    def litres(self, reading: float) -> float | None:
        """Return what a reading comes to; None if it lies so far outside of the table that it is none."""
        points = self.points
        low, high = points[0], points[-1]
        slack = (high.reading - low.reading) * TOLERANCE
        if not low.reading - slack <= reading <= high.reading + slack:
            return None
        if reading >= high.reading:
            return high.litres
        index = bisect_right(points, reading, key=lambda point: point.reading)
        if not index:
            return low.litres
        before, after = points[index - 1], points[index]
        share = (reading - before.reading) / (after.reading - before.reading)
        return before.litres + (after.litres - before.litres) * share


def read_table(text: str, capacity: float | None = None) -> Calibration:
    """Return the table of a text such as `0.5=0, 1.2=12.5, 4.8=60`; CalibrationError if it is none.

    Pairs are parted by commas, semicolons or line ends. A comma within a number is one where pairs are not parted by
    commas as well.
    """
    pairs = list(_split(text))
    points = [_read_point(pair) for pair in pairs]
    if len(points) > MOST_POINTS:
        raise CalibrationError(Reason.TOO_LONG, str(MOST_POINTS))
    if len(points) < 2:
        raise CalibrationError(Reason.TOO_SHORT)
    falling = points[1].reading < points[0].reading
    for (one, other), pair in zip(pairwise(points), pairs[1:], strict=True):
        if one.reading == other.reading or (other.reading < one.reading) is not falling:
            raise CalibrationError(Reason.INPUT, pair)
    _check_litres(points, pairs)
    if capacity is not None and any(point.litres > capacity for point in points):
        raise CalibrationError(Reason.TANK, pairs[max(range(len(points)), key=lambda index: points[index].litres)])
    return Calibration(tuple(reversed(points) if falling else points))


def write_table(calibration: Calibration) -> str:
    """Return the text that `read_table` makes the same table of."""
    return ", ".join(f"{_write(point.reading)}{_SIGN}{_write(point.litres)}" for point in calibration.points)


class Shape(StrEnum):
    """The shape of a tank, as far as it matters to how its level and its volume go together."""

    RECTANGULAR = "rectangular"  # upright: a box, or a cylinder that stands
    HORIZONTAL_CYLINDER = "horizontal_cylinder"


def shape_table(shape: Shape, capacity: float, empty: float, full: float) -> Calibration:
    """Return the table of a tank of so many litres, of whose sensor only two readings are known."""
    if not (isfinite(empty) and isfinite(full)) or empty == full or max(abs(empty), abs(full)) > LARGEST_INPUT:
        raise CalibrationError(Reason.INPUT, f"{_write(empty)}, {_write(full)}")
    if not 0 < capacity <= LARGEST_TANK:
        raise CalibrationError(Reason.RANGE, _write(capacity))
    share = _SHARES[shape]
    heights = [number / (SHAPE_POINTS - 1) for number in range(SHAPE_POINTS)]
    points = [Point(empty + (full - empty) * height, capacity * share(height)) for height in heights]
    return Calibration(tuple(sorted(points)))


def _split(text: str) -> list[str]:
    """Return the pairs of a text, as they were written."""
    pairs: list[str] = []
    for part in _PARTS.split(text):
        pairs += [part.strip(" ,\t\r")] if part.count(_SIGN) < 2 else [pair.strip() for pair in part.split(",")]
    return [pair for pair in pairs if pair]


def _read_point(pair: str) -> Point:
    reading, sign, litres = pair.partition(_SIGN)
    try:
        point = Point(float(reading.replace(",", ".")), float(litres.replace(",", ".")))
    except ValueError:
        raise CalibrationError(Reason.PAIR, pair) from None
    if not sign:
        raise CalibrationError(Reason.PAIR, pair)
    # NaN fails both comparisons.
    if not (abs(point.reading) <= LARGEST_INPUT and 0 <= point.litres <= LARGEST_TANK):
        raise CalibrationError(Reason.RANGE, pair)
    return point


def _check_litres(points: Sequence[Point], pairs: Sequence[str]) -> None:
    """Refuse litres that rise and fall, or do neither; a stretch in which a sensor sees nothing may be level."""
    rising: bool | None = None
    for (one, other), pair in zip(pairwise(points), pairs[1:], strict=True):
        if one.litres == other.litres:
            continue
        if rising is not None and (other.litres > one.litres) is not rising:
            raise CalibrationError(Reason.OUTPUT, pair)
        rising = other.litres > one.litres
    if rising is None:
        raise CalibrationError(Reason.OUTPUT, pairs[-1])


def _write(number: float) -> str:
    """Return a number that is read as the same one, without a needless point."""
    return str(int(number)) if number.is_integer() else repr(number)


def _cylinder_share(height: float) -> float:
    """Return which part of a circle lies below a height, that of its top being 1."""
    middle = 1.0 - 2.0 * height
    return (acos(middle) - middle * sqrt(max(0.0, 1.0 - middle * middle))) / pi


_SHARES: dict[Shape, Callable[[float], float]] = {
    Shape.RECTANGULAR: lambda height: height,
    Shape.HORIZONTAL_CYLINDER: _cylinder_share,
}
