"""What stands behind the type in the text frames of h02; `h02.py` draws them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
import re

from ..models import Answer, CellTower, Fix, Report
from .base import DecodeError
from .fields import make_cell, read_degrees, read_time, signal_level
from .h02_binary import is_network, make_known_cell, read_battery

_POSITION = re.compile(
    rb",(?:(\d{6}|),)?([AVB\d]?),([^,]*),([NS]),([^,]*),([EW]), *([\d.]*),([\d.]*)"
    rb"(?:,(\d{1,3}))?(?=,),(?:(\d\d)(\d\d)(\d\d))?(?=[,#])"  # battery, date
    rb"(?:,([0-9A-Fa-f]{8})(?=[,#]))?([^#]*)"  # status, the rest
)
#: What an answer says in front of a position.
_ANSWER = re.compile(rb",([^#]*?)(?=,(?:\d{6})?,[AVB\d]?,[^,]*,[NS],)")
#: Where the fields in front of it are damaged; a latitude without a dot has eight digits as well.
_STATUS = re.compile(rb",[^,#]{0,8},([0-9A-Fa-f]{8})(?=[,#])(?!,[NS],)")
#: Behind the date, or the ICCID of V19; NBR has another field there.
_LAST_STATUS = re.compile(rb",(?:\d{6}|89[^,#]*|),([0-9A-Fa-f]{8})(?:,[^,#]{0,2})?#\Z")
_STATUS_LAST = (b"LINK", b"NBR", b"V3", b"V19")

_DEGREES_AND_MINUTES = re.compile(rb"-?(\d{1,3})-(\d{1,2}\.\d+)")
#: Decimals of the minutes where no dot tells them.
_FRACTION = 4

_CELL = re.compile(rb",(\d{3}),(\d{1,3}),(\d{1,5}),(\d{1,10})(?=,|\Z)")
_BATTERY = re.compile(rb",(\d{3}),\d{1,3},[0-9A-Fa-f]+,[0-9A-Fa-f]+,([0-6])\Z")
_ICCID = re.compile(rb",(89\d{15,18}[0-9A-Fa-f?]?)(?=,|\Z)")
_TELEMETRY = re.compile(rb",\d+,(-?\d{1,3}),\d+\.\d+,(-?\d{1,5}),[0-9A-Fa-f]+,[0-9A-Fa-f]+\Z")
_SHORTEST_ICCID = 18

_LINK = re.compile(rb",(\d{6}),(\d*),\d*,(\d*),(\d*),(\d*),(\d\d)(\d\d)(\d\d)(?=,|\Z)")
_NEIGHBOURS = re.compile(rb",(\d{6}),(\d{3}),(\d{1,3}),\d*,\d{1,2}((?:,\d+,\d+,-?\d*)*?),(\d\d)(\d\d)(\d\d)(?=,|\Z)")
_NEIGHBOUR = re.compile(rb",(\d+),(\d+),(-?\d*)")
_CELLS = re.compile(
    rb",(\d{6}),(\d{3})(\d{2,3}),\d{1,2}((?:,\d+,\d+,-?\d*,-?\d*)*?),[^,]*,[^,]*,X,(\d\d)(\d\d)(\d\d)(?=,|\Z)"
)
_HEARD = re.compile(rb",(\d+),(\d+),-?\d*,(-?\d*)")
_PLACELESS = re.compile(rb",V,(\d{3}),(\d{1,3})((?:[,Y]\d+,\d+,-?\d+)*)Y?")
_APART = re.compile(rb"[,Y](\d+),(\d+),(-?\d+)")

#: The group of the status word.
_WORD = 13

_NO_FIX = (b"V", b"B", b"")


def find_position(kind: bytes, frame: bytes, begin: int, report: Report) -> re.Match[bytes] | None:
    """Return the fields of a position behind a type that ends at `begin`; what an answer says first is its text."""
    if kind == b"V4" and (said := _ANSWER.match(frame, begin)):
        report.text = said[1].decode("latin-1")
        begin = said.end()
    return _POSITION.match(frame, begin)


def find_status(kind: bytes, frame: bytes, position: re.Match[bytes] | None) -> int | None:
    """Return the status word of a frame, None if there is none."""
    if position and position[_WORD]:
        return int(position[_WORD], 16)
    found = None
    if kind in _STATUS_LAST:
        found = _LAST_STATUS.search(frame)
    elif kind[:1] == b"V" and position is None:
        found = _STATUS.search(frame)
    return int(found[1], 16) if found else None


def read_position(found: re.Match[bytes], report: Report, now: datetime) -> None:
    """Read the fields of a position; ValueError if that is damaged, after everything else was read."""
    (
        clock, letter, latitude, north, longitude, east, speed, course,
        battery, day, month, year, _, rest,
    ) = found.groups()  # fmt: skip
    placed = letter not in _NO_FIX
    if battery and (level := read_battery(int(battery))) is not None:
        report.readings["battery_level"] = level
    altitude = _read_rest(rest, report) if rest else None
    if clock and day:
        try:
            report.time = read_time(year, month, day, clock)
        except ValueError:
            if placed:
                raise
    if not placed:
        return
    degrees_north = _read_degrees(latitude, north)
    degrees_east = _read_degrees(longitude, east)
    if not degrees_north and not degrees_east:
        return
    degrees = float(course) if course else None
    report.fix = Fix(
        degrees_north,
        degrees_east,
        report.time or now.astimezone(UTC),
        altitude,
        float(speed) * 1.852 if speed else None,
        degrees if degrees is None or degrees <= 360.0 else None,
    )


def _read_degrees(text: bytes, hemisphere: bytes) -> float:
    """Return signed degrees from any of the forms in which makers write them."""
    if b"-" in text:
        found = _DEGREES_AND_MINUTES.fullmatch(text)
        if found is None:
            raise DecodeError("damaged degrees")
        text = found[1] + b"0" * (2 - found[2].index(b".")) + found[2]
    elif b"." not in text:
        text = text[:-_FRACTION] + b"." + text[-_FRACTION:]
    return read_degrees(text, hemisphere)


def _read_rest(rest: bytes, report: Report) -> float | None:
    """Read what is known of the fields that every model has its own of; return the altitude if it is among them."""
    if found := _CELL.match(rest):
        report.cells = _read_network_cell(*found.groups())
    if (found := _BATTERY.match(rest)) and is_network(int(found[1])):
        if (level := read_battery(int(found[2]))) is not None:
            report.readings["battery_level"] = level
    elif len(rest) > _SHORTEST_ICCID and (found := _ICCID.search(rest)):
        report.readings["iccid"] = found[1].decode()
    elif found := _TELEMETRY.fullmatch(rest):
        report.readings["temperature"] = float(found[1])
        return float(found[2])
    return None


# A cell hardly ever changes from one frame to the next; the bound caps what strangers can make us keep.
@lru_cache(maxsize=1024)
def _read_network_cell(mcc: bytes, mnc: bytes, area: bytes, cell: bytes) -> tuple[CellTower, ...]:
    """Return the cell of decimal numbers, none if these are other numbers."""
    tower = make_known_cell(int(mcc), int(mnc), int(area), int(cell))
    return () if tower is None else (tower,)


def read_other(kind: bytes, body: bytes, report: Report) -> None:
    """Read a frame without a position; ValueError if it should have had one."""
    if read := _READERS.get(kind):
        read(body, report)
    elif kind == b"V4":
        # An answer counts without its position.
        report.text = body[1:].decode("latin-1")
    elif kind[:1] == b"V" and b",A," in body:
        raise DecodeError("damaged position")


def _read_battery(body: bytes, report: Report) -> None:
    """Read a keep-alive, which may have the battery in percent."""
    if (percent := body[1:4]).isdigit() and len(body) <= 4 and int(percent) <= 100:
        report.readings["battery_level"] = int(percent)


def _read_link(body: bytes, report: Report) -> None:
    """Read a keep-alive of a person's tracker."""
    found = _LINK.match(body)
    if found is None:
        raise DecodeError("damaged fields")
    clock, csq, battery, steps, turns, day, month, year = found.groups()
    readings = report.readings
    if csq and (level := signal_level(int(csq))) is not None:
        readings["signal_level"] = level
    if battery and int(battery) <= 100:
        readings["battery_level"] = int(battery)
    if steps:
        readings["steps"] = int(steps)
    if turns:
        readings["turns"] = int(turns)
    report.time = read_time(year, month, day, clock)


def _read_neighbours(body: bytes, report: Report) -> None:
    """Read NBR: the cells of one network."""
    _read_cells(_NEIGHBOURS.match(body), _NEIGHBOUR, report)


def _read_heard(body: bytes, report: Report) -> None:
    """Read V3: the same, with more said of each cell."""
    _read_cells(_CELLS.match(body), _HEARD, report)


def _read_cells(found: re.Match[bytes] | None, one: re.Pattern[bytes], report: Report) -> None:
    """Read the time and the cells of one network."""
    if found is None:
        raise DecodeError("damaged cells")
    clock, mcc, mnc, cells, day, month, year = found.groups()
    report.cells = _make_cells(mcc, mnc, one.findall(cells))
    with suppress(ValueError):
        # A clock that was never set does not cost the cells.
        report.time = read_time(year, month, day, clock)


def _read_placeless(body: bytes, report: Report) -> None:
    """Read VP1 without a fix: cells instead of a place."""
    found = _PLACELESS.fullmatch(body)
    if found is None:
        raise DecodeError("damaged cells")
    report.cells = _make_cells(found[1], found[2], _APART.findall(found[3]))


def _make_cells(mcc: bytes, mnc: bytes, cells: list[tuple[bytes, bytes, bytes]]) -> tuple[CellTower, ...]:
    """Return the cells of a network from areas, numbers and signals."""
    towers = (
        make_cell(int(mcc), int(mnc), int(area), int(cell), int(signal) if signal.strip(b"-") else None)
        for area, cell, signal in cells
    )
    return tuple(tower for tower in towers if tower is not None)


def _read_text(body: bytes, report: Report) -> None:
    """Read the answer to a command that is written like an SMS."""
    report.text = body[1:].decode("utf-8", "replace").strip() or None
    report.answer = Answer()


_READERS: dict[bytes, Callable[[bytes, Report], None]] = {
    b"HTBT": _read_battery,
    b"LINK": _read_link,
    b"NBR": _read_neighbours,
    b"V3": _read_heard,
    b"VP1": _read_placeless,
    b"SMS": _read_text,
}
