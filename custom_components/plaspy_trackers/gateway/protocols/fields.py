"""Readers of the fields that several protocols write the same way."""

from datetime import UTC, datetime

#: What a living body can have, in the units of the vocabulary. A sensor that says anything else felt no body.
HEART_RATE = (20, 250)
SYSTOLIC = (40, 250)
DIASTOLIC = (20, 200)
BLOOD_OXYGEN = (50, 100)
RESPIRATORY_RATE = (4, 60)
BODY_TEMPERATURE = (20, 46)
BLOOD_SUGAR = (0.5, 50)


def vital(value: float, limits: tuple[float, float]) -> float | None:
    """Return a body's value, None where it is beyond human limits: then nothing was measured."""
    low, high = limits
    return value if low <= value <= high else None


def blood_pressure(systolic: float, diastolic: float) -> tuple[float | None, float | None]:
    """Return both pressures in mmHg, None twice where they cannot be those of one heart."""
    if systolic > diastolic and vital(systolic, SYSTOLIC) is not None and vital(diastolic, DIASTOLIC) is not None:
        return systolic, diastolic
    return None, None


def read_degrees(text: bytes, hemisphere: bytes) -> float:
    """Return signed degrees from `dddmm.mmmm`, whose degree digits may be fewer or absent.

    Anything but S or W counts as north or east; ValueError if it is no number or has 60 minutes or more.
    """
    value = float(text)
    degrees = value // 100.0
    minutes = value - degrees * 100.0
    if not 0.0 <= minutes < 60.0:
        raise ValueError(f"{minutes} minutes of arc")
    degrees += minutes / 60.0
    return -degrees if hemisphere in (b"S", b"W") else degrees


def read_time(year: bytes, month: bytes, day: bytes, clock: bytes) -> datetime:
    """Return the time in UTC from year (two digits, of this century), month, day and `hhmmss`, all of them digits."""
    seconds = int(clock)
    return datetime(
        2000 + int(year),
        int(month),
        int(day),
        seconds // 10000,
        seconds // 100 % 100,
        seconds % 100,
        0,
        UTC,
    )


def signal_level(csq: int) -> float | None:
    """Return percent from a GSM modem's signal quality, 0 to 31; 99 is its word for unknown."""
    return csq / 31 * 100 if 0 <= csq <= 31 else None
