"""Readers of the fields that several protocols write the same way."""

from datetime import UTC, datetime
from typing import cast

from ..models import AccessPoint, CellTower, Report

#: What a living body can have, in the units of the vocabulary. A sensor that says anything else felt no body.
HEART_RATE = (20, 250)
SYSTOLIC = (40, 250)
DIASTOLIC = (20, 200)
BLOOD_OXYGEN = (50, 100)
RESPIRATORY_RATE = (4, 60)
BODY_TEMPERATURE = (20, 46)
BLOOD_SUGAR = (0.5, 50)

#: Nothing that is measured comes to more, in whatever unit. Text has room for any number of digits: what is infinite or
#: has more than 64 bits can be neither shown nor saved nor archived, and all that is saved with it cannot either.
_MOST = 1e9
_MEASURED = ("altitude", "speed", "course", "satellites", "hdop", "accuracy")
#: A TAC has 32 bits at most where it is told, a cell of 5G 36.
_HIGHEST_AREA, _HIGHEST_CELL = (1 << 32) - 1, (1 << 36) - 1


def drop_impossible(report: Report) -> bool:
    """Take numbers that nothing can have out of a report; return whether there were any. All else in it counts."""
    readings = cast("dict[str, object]", report.readings)
    wrong = [key for key, value in readings.items() if _is_impossible(value)]
    for key in wrong:
        del readings[key]
    dropped = bool(wrong)
    if (fix := report.fix) is not None:
        for name in _MEASURED:
            if _is_impossible(getattr(fix, name)):
                setattr(fix, name, None)
                dropped = True
    if report.cells and not all(map(_is_possible_cell, report.cells)):
        report.cells = tuple(filter(_is_possible_cell, report.cells))
        dropped = True
    return dropped


def _is_impossible(value: object) -> bool:
    """Whether a value is a number, and one that nothing has."""
    # NaN fails both comparisons.
    return isinstance(value, int | float) and not -_MOST <= value <= _MOST


def _is_possible_cell(cell: CellTower) -> bool:
    """Whether a network can have a cell of these numbers."""
    return cell.cell <= _HIGHEST_CELL and (cell.area or 0) <= _HIGHEST_AREA


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


#: Numbers that stand for no cell and no area: unset, or all bits set in the width of one network or another.
_NO_CELL = frozenset((0, 0xFFFE, 0xFFFF, 0xFFFFFFE, 0xFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF))
_NO_AREA = frozenset((0, 0xFFFE, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF))
_HIGHEST_CODE = 999

_NO_ADDRESS = frozenset(("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"))


def make_cell(mcc: int, mnc: int, area: int, cell: int, signal: int | None = None) -> CellTower | None:
    """Return a cell, None where its numbers name none; a signal that is not below zero has no unit, and is left out."""
    if not 0 < mcc <= _HIGHEST_CODE or not 0 <= mnc <= _HIGHEST_CODE or cell in _NO_CELL:
        return None
    return CellTower(mcc, mnc, area if area not in _NO_AREA else None, cell, read_dbm(signal))


def make_access_point(bssid: str, signal: int | None = None) -> AccessPoint | None:
    """Return an access point or beacon, None for a placeholder; `bssid` as `aa:bb:cc:dd:ee:ff`."""
    return None if bssid in _NO_ADDRESS else AccessPoint(bssid, read_dbm(signal))


def read_dbm(signal: int | None) -> int | None:
    """Return dBm, None for what is not below zero: that is on a scale that nobody knows."""
    return signal if signal is not None and -150 <= signal < 0 else None


def read_iccid(data: bytes) -> str | None:
    """Return the digits of a SIM, BCD filled up with F, None if they are no such digits."""
    digits = data.hex().rstrip("f")
    return digits if len(data) == 10 and digits.isdecimal() and digits.strip("0") else None
