"""XML as Python's expat reads it and its SAX library writes it, element by element and within bounds."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from io import StringIO
import re
from typing import Protocol
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from ...gateway.models import Report
from .errors import FormatError, Reason

#: Elements within each other: GPX and KML need ten.
MAX_DEPTH = 64

#: Characters of the text of one element, and bytes of one tag with its attributes.
LONGEST_TEXT = 64 * 1024
LONGEST_TAG = 1024 * 1024

#: Characters that are collected before they are handed on.
CHUNK = 64 * 1024

#: Our own elements in files of others.
OWN = "https://github.com/plaspy-dev/plaspy_trackers/report/1"

_NO_ATTRIBUTES: AttributesImpl[str] = AttributesImpl({})

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Elements(Protocol):
    """What makes reports of elements; `local` is an element's name without its namespace."""

    #: Whether places were met that have no time.
    timeless: bool

    def wants(self, local: str) -> bool:
        """Tell whether the text of an element of that local name is wanted; that of our own is always."""

    def begin(self, local: str, attributes: Mapping[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, space: str, local: str, text: str) -> Sequence[Report]:
        """Take the end of an element, and return the reports that it completes."""


class Reader:
    """A parser of one file that refuses what declares entities, and all that is too deep or too long."""

    def __init__(self, roots: Mapping[str, Elements]) -> None:
        """Begin, with what reads the files of each outermost element."""
        self._roots = roots
        self._elements: Elements | None = None
        self._reports: list[Report] = []
        self._depth = 0
        self._text: list[str] | None = None
        self._length = 0
        self._read = 0
        self._parser = parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        # Entities can only be declared in one, external ones too: without it there is nothing to expand or to fetch.
        parser.StartDoctypeDeclHandler = _refuse_doctype

    def read(self, pieces: Iterator[bytes]) -> Iterator[Report]:
        """Yield the reports of a file."""
        some = False
        for piece in pieces:
            self._parse(piece)
            self._read += len(piece)
            if self._read - self._parser.CurrentByteIndex > LONGEST_TAG:
                raise FormatError(Reason.TOO_LARGE, "an endless tag", line=self._parser.CurrentLineNumber)
            some |= bool(self._reports)
            yield from self._reports
            self._reports.clear()
        self._parse(b"", final=True)
        yield from self._reports
        if self._elements is not None and self._elements.timeless and not some and not self._reports:
            raise FormatError(Reason.NO_TIMES, "places without times")

    def _parse(self, piece: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(piece, final)
        except ExpatError as error:
            raise FormatError(Reason.DAMAGED, str(error), line=error.lineno) from error
        except FormatError as error:
            raise error.at(line=self._parser.CurrentLineNumber) from error
        except (LookupError, ValueError) as error:
            # The declaration names an encoding that there is not, or one that is none of text.
            raise FormatError(Reason.ENCODING, str(error), line=self._parser.CurrentLineNumber) from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormatError(Reason.TOO_DEEP, f"more than {MAX_DEPTH} elements within each other")
        space, _, local = name.rpartition(" ")
        elements = self._elements
        if elements is None:
            elements = self._elements = self._roots.get(local)
            if elements is None:
                raise FormatError(Reason.UNKNOWN, "neither GPX nor KML")
        elements.begin(local, attributes)
        self._text = [] if space == OWN or elements.wants(local) else None
        self._length = 0

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._elements is not None:
            space, _, local = name.rpartition(" ")
            self._reports += self._elements.end(space, local, "".join(self._text) if self._text else "")
        self._text = None

    def _characters(self, text: str) -> None:
        if self._text is None:
            return
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise FormatError(Reason.TOO_LARGE, f"a text of more than {LONGEST_TEXT} characters")
        self._text.append(text)


class Writer:
    """A document that is written element by element, and taken in chunks."""

    def __init__(self) -> None:
        """Begin with the declaration."""
        self._buffer = StringIO()
        self._generator = XMLGenerator(self._buffer, "utf-8", short_empty_elements=True)
        self._generator.startDocument()

    def begin(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        """Begin an element."""
        self._generator.startElement(name, AttributesImpl(attributes or {}))

    def end(self, name: str) -> None:
        """End it."""
        self._generator.endElement(name)

    def leaf(self, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> None:
        """Write an element that holds nothing but text; what XML cannot hold becomes U+FFFD."""
        self._generator.startElement(name, AttributesImpl(attributes) if attributes else _NO_ATTRIBUTES)
        if text:
            self._generator.characters(legal(text))
        self._generator.endElement(name)

    def break_line(self) -> None:
        """Begin a line: errors name lines, and people read them."""
        self._generator.ignorableWhitespace("\n")

    def taken(self, least: int = CHUNK) -> Iterator[bytes]:
        """Yield what has been written since, if it is as much as that."""
        if self._buffer.tell() >= least:
            yield self._buffer.getvalue().encode()
            self._buffer.seek(0)
            self._buffer.truncate()


def legal(text: str) -> str:
    """Return a text that XML can hold."""
    return text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)


def decimal(number: float) -> str:
    """Return a number without an exponent, exactly."""
    text = repr(number)
    return text if "e" not in text else format(Decimal(text), "f")


def _refuse_doctype(_name: str, _system: str | None, _public: str | None, _internal: bool) -> None:
    raise FormatError(Reason.ENTITIES)
