"""JSON of any length, one entry of its lists at a time.

Only the outermost object or list is walked here; whatever is in it is read by Python's decoder.
"""

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
import re
from typing import NamedTuple, NoReturn

from .errors import FormatError, Reason

#: Characters of one entry of a list, or of one member beside the lists.
LONGEST_ENTRY = 8 * 1024 * 1024

#: Characters of what is neither string nor number; an error nearer to the end may be one that is cut.
LONGEST_TOKEN = 16

_SPACE = re.compile(r"[ \t\n\r]*")


class Entry(NamedTuple):
    """One entry of a list, counted from one; 0 where a list begins, None for a member that is none of the lists."""

    key: str
    number: int | None
    value: object


def entries(text: Iterator[str], lists: frozenset[str]) -> Iterator[Entry]:
    """Yield what a document holds, entry by entry of the lists named; the list that it is itself has no name."""
    document = _Document(text)
    first = document.next()
    if first == "[":
        yield from document.walk_list("")
    else:
        yield from document.walk_object(lists)
    if document.peek():
        document.fail("something behind the end")


class _Document:
    """The text of a document, of which no more is held than one value needs."""

    def __init__(self, text: Iterator[str]) -> None:
        self._pieces = text
        self._text = ""
        self._at = 0
        self._decoder = JSONDecoder(parse_constant=_refuse_constant)
        self._entry: int | None = None

    def walk_object(self, lists: frozenset[str]) -> Iterator[Entry]:
        """Yield the members of an object that has begun."""
        if self.peek() == "}":
            self.next()
            return
        while True:
            if self.peek() != '"':
                self.fail("no name where one was expected")
            key = str(self.value())
            if self.next() != ":":
                self.fail("no colon behind a name")
            if key in lists and self.peek() == "[":
                self.next()
                yield from self.walk_list(key)
            else:
                yield Entry(key, None, self.value())
            self._entry = None
            if (mark := self.next()) == "}":
                return
            if mark != ",":
                self.fail("no comma between members")

    def walk_list(self, key: str) -> Iterator[Entry]:
        """Yield the entries of a list that has begun."""
        number = 0
        yield Entry(key, number, None)
        if self.peek() == "]":
            self.next()
            return
        while True:
            number += 1
            self._entry = number
            yield Entry(key, number, self.value())
            if (mark := self.next()) == "]":
                return
            if mark != ",":
                self.fail("no comma between entries")

    def value(self) -> object:
        """Return the value that comes next."""
        self.peek()
        longest = 0
        while True:
            whole = not self._more(longest)
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise FormatError(Reason.TOO_DEEP, entry=self._entry) from error
            except ValueError as error:
                if whole or not self._is_cut(error):
                    self.fail(str(error), error)
            else:
                # A number may go on in the next piece.
                if end < len(self._text) or whole:
                    self._at = end
                    return value
            longest = 2 * (len(self._text) - self._at)
            if longest > 2 * LONGEST_ENTRY:
                raise FormatError(Reason.TOO_LARGE, f"more than {LONGEST_ENTRY} characters", entry=self._entry)

    def peek(self) -> str:
        """Return the next character that is not space; none at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def next(self) -> str:
        """Take that character."""
        mark = self.peek()
        self._at += 1
        return mark

    def fail(self, detail: str, cause: Exception | None = None) -> NoReturn:
        """Refuse the document."""
        raise FormatError(Reason.DAMAGED, detail, entry=self._entry) from cause

    def _is_cut(self, error: ValueError) -> bool:
        """Tell whether the error may only be that the rest of the value is not here yet."""
        if not isinstance(error, JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated string") or error.pos > len(self._text) - LONGEST_TOKEN

    def _more(self, least: int) -> bool:
        """Hold so many characters more than have been taken, and tell whether there may be others behind them."""
        while len(self._text) - self._at < least or self._at >= len(self._text):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._text = self._text[self._at :] + piece
            self._at = 0
        return True


def _refuse_constant(name: str) -> NoReturn:
    raise JSONDecodeError(f"{name} is no number", name, 0)
