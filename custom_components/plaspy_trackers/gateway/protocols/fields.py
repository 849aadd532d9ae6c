"""Readers of the fields that several text protocols write the same way."""

from datetime import UTC, datetime


def read_degrees(text: bytes, hemisphere: bytes) -> float:
    """Return signed degrees from `dddmm.mmmm`, whose degree digits may be fewer or absent.

    Anything but S or W counts as north or east; ValueError if it is no number or has 60 minutes or more.
    """
    dot = text.find(b".")
    whole = (dot if dot >= 0 else len(text)) - 2
    degrees = int(text[:whole]) if whole > 0 else 0
    minutes = float(text[whole:] if whole > 0 else text)
    if not 0.0 <= minutes < 60.0:
        raise ValueError(f"{minutes} minutes of arc")
    value = degrees + minutes / 60.0
    return -value if hemisphere in (b"S", b"W") else value


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
        tzinfo=UTC,
    )


def signal_level(csq: int) -> float | None:
    """Return percent from a GSM modem's signal quality, 0 to 31; 99 is its word for unknown."""
    return csq / 31 * 100 if 0 <= csq <= 31 else None
