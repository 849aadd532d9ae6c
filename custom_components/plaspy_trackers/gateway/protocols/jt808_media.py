"""The photos and sounds that JT/T 808 trackers send in message 0801, mostly in parts of one message.

    number u32, kind u8, format u8, event u8, channel u8, [a position, 28 bytes], data

The position, in whose time it was taken, is not in the form of 2011. Only the first part has all this in front; the
serials of the others follow its own. They are complete with 8800 and the number; with `count u8, part u16, ...` behind
it the parts are sent again, perhaps with other serials.
"""

from struct import pack

from ..models import MediaKind, Piece
from .jt808_envelope import Header
from .jt808_positions import read_time

_NUMBER = 4
_FRONT = 8
_TIME = _FRONT + 22
_FRONT_WITH_POSITION = _FRONT + 28

#: As many parts as a question can name.
_MOST_ASKED = 255


class Multimedia:
    """The one of which parts come now: which it is, and which parts have come."""

    def __init__(self) -> None:
        """Begin with none."""
        self.number = b""
        self._name = ""
        self._total = 0
        #: A bit for each part.
        self._heard = 0

    @property
    def is_complete(self) -> bool:
        """Whether all parts have come, the first with its number among them."""
        return len(self.number) == _NUMBER and self._heard == (1 << self._total) - 1

    def hear(self, header: Header, body: bytes) -> None:
        """Note that a part has come."""
        if not 1 <= header.part <= header.parts:
            return
        if header.part == 1 and (body[:_NUMBER] != self.number or header.parts != self._total or self.is_complete):
            self._begin(header, body[:_NUMBER], body[:_NUMBER].hex())
        elif header.parts != self._total:
            self._begin(header, b"", f"serial {header.serial - header.part + 1 & 0xFFFF}")
        self._heard |= 1 << header.part - 1

    def read(self, header: Header, body: bytes) -> Piece | None:
        """Return what the part holds that was heard last; None if it has no place."""
        if not 1 <= header.part <= header.parts:
            return None
        time = None
        if header.part == 1:
            has_position = len(body) >= _FRONT_WITH_POSITION and MediaKind.of(body[_FRONT:]) is None
            if has_position:
                time = read_time(body[_TIME:_FRONT_WITH_POSITION])
            body = body[_FRONT_WITH_POSITION if has_position else _FRONT :]
        return Piece(MediaKind.of(body), self._name, header.part - 1, header.parts, body, time)

    def ask(self, name: str, missing: list[int]) -> bytes:
        """Return the body of what asks for parts again; none if it is of another one, or its number is not known."""
        if name != self._name or len(self.number) != _NUMBER:
            return b""
        places = missing[:_MOST_ASKED]
        return self.number + pack(f">B{len(places)}H", len(places), *(place + 1 for place in places))

    def _begin(self, header: Header, number: bytes, name: str) -> None:
        """Begin with another one."""
        self.number, self._name = number, name
        self._total, self._heard = header.parts, 0
