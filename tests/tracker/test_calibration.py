"""What a fuel sensor's reading comes to: monotone in, monotone out, and nothing that is no table."""

from math import isclose, nan
from random import Random

import pytest

from custom_components.plaspy_trackers.tracker.calibration import (
    Calibration,
    CalibrationError,
    Point,
    Reason,
    Shape,
    read_table,
    shape_table,
    write_table,
)

TABLE = "0.5=0, 1.2=12.5, 4.8=60"


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        "0.5=0,1.2=12.5,4.8=60",
        "0.5 = 0\n1.2 = 12.5\r\n\n4.8 = 60\n",
        "0,5=0; 1,2=12,5; 4,8=60",
        "0,5=0\n1,2=12,5\n4,8=60",
        "4.8=60, 1.2=12.5, 0.5=0,",
    ],
)
def test_table_is_read_however_it_is_parted(text: str) -> None:
    assert read_table(text).points == (Point(0.5, 0), Point(1.2, 12.5), Point(4.8, 60))


@pytest.mark.parametrize(
    ("reading", "litres"),
    [(0.5, 0), (0.85, 6.25), (1.2, 12.5), (3.0, 36.25), (4.8, 60), (0.2, 0), (5.1, 60), (0.0, None), (5.3, None)],
)
def test_reading_is_between_its_points_and_far_outside_is_none(reading: float, litres: float | None) -> None:
    found = read_table(TABLE).litres(reading)
    assert found == (None if litres is None else pytest.approx(litres))


def test_sensor_may_read_less_for_more() -> None:
    calibration = read_table("190=0, 100=30, 10=60")
    assert [calibration.litres(reading) for reading in (190, 145, 100, 10)] == [0, 15, 30, 60]


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        ("", Reason.TOO_SHORT, ""),
        ("0.5=0", Reason.TOO_SHORT, ""),
        ("0.5=0, 1.2", Reason.PAIR, "0.5=0, 1.2"),
        ("0.5=0, 1.2=x", Reason.PAIR, "1.2=x"),
        ("0.5=0, 1.2=1=2", Reason.PAIR, "1.2=1=2"),
        ("0.5=0, =12", Reason.PAIR, "=12"),
        ("0,5=0, 1,2=12", Reason.PAIR, "0"),
        ("0=0, 1=10, 1=20", Reason.INPUT, "1=20"),
        ("0=0, 2=10, 1=20", Reason.INPUT, "1=20"),
        ("2=0, 1=10, 3=20", Reason.INPUT, "3=20"),
        ("0=0, 1=10, 2=9", Reason.OUTPUT, "2=9"),
        ("0=60, 1=10, 2=20", Reason.OUTPUT, "2=20"),
        ("0=7, 1=7, 2=7", Reason.OUTPUT, "2=7"),
        ("0=-1, 1=10", Reason.RANGE, "0=-1"),
        ("0=0, 1=nan", Reason.RANGE, "1=nan"),
        ("0=0, inf=10", Reason.RANGE, "inf=10"),
        ("0=0, 1=50001", Reason.RANGE, "1=50001"),
        (", ".join(f"{number}={number}" for number in range(201)), Reason.TOO_LONG, "200"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place(text: str, reason: Reason, detail: str) -> None:
    with pytest.raises(CalibrationError) as error:
        read_table(text)
    assert (error.value.reason, error.value.detail) == (reason, detail)


def test_table_holds_no_more_than_the_tank() -> None:
    assert read_table(TABLE, 60).litres(4.8) == 60
    with pytest.raises(CalibrationError) as error:
        read_table(TABLE, 59)
    assert (error.value.reason, error.value.detail) == (Reason.TANK, "4.8=60")


def test_cylinder_that_lies_is_wide_in_its_middle() -> None:
    calibration = shape_table(Shape.HORIZONTAL_CYLINDER, 100, 0, 1)
    litres = [calibration.litres(height) for height in (0, 0.1, 0.25, 0.5, 0.75, 1)]
    assert litres == pytest.approx([0, 5.204, 19.55, 50, 80.45, 100], abs=0.1)


@pytest.mark.parametrize(
    ("capacity", "empty", "full", "reason"),
    [
        (60, 1, 1, Reason.INPUT),
        (60, nan, 1, Reason.INPUT),
        (60, 0, 1e7, Reason.INPUT),
        (0, 0, 1, Reason.RANGE),
        (nan, 0, 1, Reason.RANGE),
    ],
)
def test_shape_without_two_readings_or_a_volume_is_refused(
    capacity: float, empty: float, full: float, reason: Reason
) -> None:
    with pytest.raises(CalibrationError) as error:
        shape_table(Shape.RECTANGULAR, capacity, empty, full)
    assert error.value.reason is reason


def tables(count: int) -> list[Calibration]:
    """Return tables of every kind: rising, falling, level in places, and of every shape."""
    random = Random(7)
    found: list[Calibration] = []
    for number in range(count):
        readings = sorted({round(random.uniform(-5, 40), random.randrange(4)) for _ in range(random.randrange(4, 20))})
        litres = sorted((round(random.uniform(0, 600), 1) for _ in readings), reverse=bool(number % 2))
        if number % 5 == 0:
            litres[1] = litres[0]
        found.append(read_table("\n".join(f"{one}={other}" for one, other in zip(readings, litres, strict=True))))
        ends = random.sample(readings, 2)
        found.append(shape_table(random.choice(list(Shape)), random.uniform(20, 900), *ends))
    return found


@pytest.mark.parametrize("calibration", tables(30))
def test_monotone_in_monotone_out_and_never_beyond_the_table(calibration: Calibration) -> None:
    low, high = calibration.points[0], calibration.points[-1]
    step = (high.reading - low.reading) / 500
    found = [calibration.litres(low.reading + step * number) for number in range(-40, 541)]
    litres = [one for one in found if one is not None]
    assert len(litres) == len(found)
    assert litres == sorted(litres, reverse=high.litres < low.litres)
    assert {litres[0], litres[-1]} == {low.litres, high.litres}
    assert all(
        isclose(calibration.litres(point.reading) or 0, point.litres, abs_tol=1e-9) for point in calibration.points
    )


@pytest.mark.parametrize("calibration", tables(30))
def test_table_that_is_written_is_read_as_the_same(calibration: Calibration) -> None:
    assert read_table(write_table(calibration)) == calibration
