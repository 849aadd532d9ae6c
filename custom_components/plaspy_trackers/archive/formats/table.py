"""CSV: every column of every report, for spreadsheets and for keeps.

The header is always the same: the names of COLUMNS. An empty field says nothing, `null` that the tracker looked for
a value and found none. Texts are quoted, numbers are not; units are those of the vocabulary, times are UTC.

A text that a spreadsheet would take for a formula begins with an apostrophe, which reading takes off again. Read are
files with any of the columns, in any order, separated by commas, semicolons or tabs, and Traccar's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import csv
from io import StringIO
from itertools import batched, chain

from ...gateway.models import Report
from . import traccar
from .columns import COLUMNS, Kind, flatten, from_text, to_text
from .errors import FormatError, Reason

#: Rows that are written at once.
BATCH = 1000

#: Characters of a line, its own breaks included; fields are bounded by Python's reader.
LONGEST_LINE = 1024 * 1024

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def write_csv(reports: Sequence[Report]) -> Iterator[bytes]:
    """Yield the pieces of a file."""
    buffer = StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_STRINGS)
    writer.writerow(COLUMNS)
    for batch in batched(reports, BATCH, strict=False):
        writer.writerows(map(_row, batch))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def read_csv(text: Iterator[str]) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the columns that each row says, with the number of its line."""
    lines = _lines(text)
    head = next(lines, "")
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(chain((head,), lines), delimiter=delimiter, quoting=csv.QUOTE_NOTNULL, strict=True)
    try:
        header = [(field or "").strip() for field in next(reader, [])]
        read = _reader(header)
        for row in reader:
            if not any(row):
                continue
            yield reader.line_num, read(row)
    except csv.Error as error:
        raise FormatError(Reason.DAMAGED, str(error), line=reader.line_num) from error
    except FormatError as error:
        raise error.at(line=reader.line_num) from error


def _reader(header: Sequence[str]) -> Callable[[Sequence[str | None]], dict[str, object]]:
    """Return what makes columns of a row."""
    if traccar.COLUMNS.issubset(header):
        return lambda row: traccar.read_row({name: text for name, text in _named(header, row) if text})
    if "time" not in header or not {"latitude", "longitude"}.issubset(header):
        raise FormatError(Reason.UNKNOWN, "neither a track nor anything else that is known")
    if len(set(header)) != len(header):
        raise FormatError(Reason.DAMAGED, "a column twice")
    return lambda row: {
        name: _value(name, text)
        for name, text in _named(header, row)
        if text is not None and name in COLUMNS and (text or COLUMNS[name] is Kind.TEXT)
    }


def _named(header: Sequence[str], row: Sequence[str | None]) -> Iterator[tuple[str, str | None]]:
    if len(row) != len(header):
        raise FormatError(Reason.DAMAGED, f"{len(row)} fields for {len(header)} columns")
    return zip(header, row, strict=True)


def _value(column: str, text: str) -> object:
    kind = COLUMNS[column]
    return from_text(kind, text.removeprefix("'") if kind is Kind.TEXT else text)


def _row(report: Report) -> list[str | float | None]:
    values = flatten(report)
    return [_field(values, column) if column in values else None for column in COLUMNS]


def _field(values: Mapping[str, object], column: str) -> str | float | None:
    value = values[column]
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    text = to_text(value)  # type: ignore[arg-type]
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(text: Iterator[str]) -> Iterator[str]:
    """Yield lines with their ends."""
    rest = ""
    for piece in text:
        *lines, rest = f"{rest}{piece}".split("\n")
        for line in lines:
            yield f"{line}\n"
        if len(rest) > LONGEST_LINE:
            raise FormatError(Reason.TOO_LARGE, f"a line of more than {LONGEST_LINE} characters")
    yield rest
