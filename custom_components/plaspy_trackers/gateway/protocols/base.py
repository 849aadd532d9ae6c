"""What every wire protocol is made of: recognising its bytes, cutting them into frames, reading frames, replying."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
import re
from struct import error as StructError
from typing import ClassVar

from ..commands import Checked, Command, CommandError, CommandKind, Commands, Fault, Request, check_arguments
from ..models import Report
from .fields import drop_impossible


class Match(Enum):
    """Whether a protocol claims the first bytes of a peer."""

    NO = "no"
    MAYBE = "maybe"  # more bytes will tell
    YES = "yes"


def claim(head: bytes, beginning: re.Pattern[bytes], cut: re.Pattern[bytes]) -> Match:
    """Tell whether first bytes have a beginning, or are all of one that was cut short."""
    if beginning.match(head):
        return Match.YES
    return Match.MAYBE if cut.fullmatch(head) else Match.NO


class FrameError(Exception):
    """No frame can be found in these bytes any more: the peer is not worth listening to."""


class DecodeError(ValueError):
    """A frame whose envelope holds, but whose fields cannot be read."""


class Protocol(ABC):
    """One peer's side of a conversation: the bytes it sent, the identity it told, the replies it is due.

    An instance has no socket and no clock. `feed()` takes bytes in whatever pieces they arrive, returns the reports of
    every whole frame, in order, and raises FrameError or nothing. Its `now` is an aware time, and the UTC offset of it
    is the home's: what a tracker's own clock is set to.
    """

    name: ClassVar[str]
    #: The name that people know it by: mostly that of the maker whose trackers speak it.
    title: ClassVar[str]
    #: The longest frame any device sends: bounds what a peer can make us hold.
    max_frame: ClassVar[int] = 1024
    #: Whether its trackers keep what nobody has acknowledged, and send it again.
    acknowledges: ClassVar[bool] = True
    #: How long one of its trackers may be silent and still be there: a few of its heartbeats, if it has any.
    silence: ClassVar[timedelta] = timedelta(minutes=30)

    #: Whether no number in a frame can be longer than what is measured: text has room for any number of digits.
    bounds_numbers: ClassVar[bool] = True
    #: Whether its trackers tell an alarm in all their messages while it lasts, and not only when it is raised.
    repeats_alarms: ClassVar[bool] = False
    #: What its trackers can be asked for, and what each argument may be.
    commands: ClassVar[Commands] = {}
    #: How long a tracker needs between two requests.
    pace: ClassVar[timedelta] = timedelta()

    device_id: str | None
    #: Frames that were skipped because a field in them could not be read.
    damaged: int

    def __init__(self, device_id: str | None = None) -> None:
        """Begin with no bytes; `device_id` is an identity learnt earlier from this peer."""
        self.device_id = device_id
        self.damaged = 0
        self._held = b""
        #: What is due to the peer, in order, and whether it acknowledges reports.
        self._replies: list[tuple[bytes, bool]] = []

    @classmethod
    @abstractmethod
    def match(cls, head: bytes) -> Match:
        """Tell whether a peer whose first bytes are `head` speaks this protocol."""

    @abstractmethod
    def next_frame(self, data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
        """Return the (begin, end) of the first whole frame at or after `start`, None while it needs more bytes.

        `final` says that nothing follows, so a frame without a terminator of its own ends where the data ends.
        """

    @abstractmethod
    def decode(self, frame: bytes, now: datetime) -> Iterable[Report]:
        """Read the fields of one whole frame that arrived at `now`; ValueError or DecodeError if one is damaged.

        The reply, if one is due, is queued before fields are read: a frame that cannot be read must not come again.
        """

    def encode(self, command: Command, now: datetime) -> list[Request]:
        """Return the frames that ask for something, in the order in which they have to leave, `pace` apart.

        CommandError if this protocol has no such command, an argument is not as it declares, or the peer has not told
        who it is. `now` is aware, as for `feed()`.
        """
        if command.kind not in self.commands:
            raise CommandError(Fault.UNSUPPORTED, command=command.kind, commands=", ".join(sorted(self.commands)))
        arguments = check_arguments(self.commands[command.kind], command.arguments)
        if self.device_id is None:
            raise CommandError(Fault.UNIDENTIFIED)
        return list(self._request(command.kind, arguments, command.password, now))

    def _request(self, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        """Return the frames of a command that is declared, its arguments as they were checked."""
        return ()

    def ask_again(self, name: str, missing: Sequence[int]) -> bytes:
        """Return what asks for pieces of a photo or voice message again, by its name and their places from 0."""
        return b""

    @property
    def held(self) -> int:
        """How many bytes are held that are not a whole frame yet."""
        return len(self._held)

    def feed(self, data: bytes, now: datetime, *, final: bool = False) -> list[Report]:
        """Return the reports that `data`, arrived at `now`, completes; `final` where nothing will follow it."""
        reports = self._read(self._held + data if self._held else data, now, final)
        if final:
            self._held = b""
        return reports

    def settle(self, now: datetime) -> list[Report]:
        """Return the reports of a frame that only silence ends; what is not a frame yet stays held."""
        return self._read(self._held, now, final=True)

    def data_to_send(self, *, acknowledge: bool = True) -> bytes:
        """Return, once, the replies that are due; without those that acknowledge reports if nobody took the reports."""
        if not self._replies:
            return b""
        due = [reply for reply, acknowledges in self._replies if acknowledge or not acknowledges]
        self._replies.clear()
        return due[0] if len(due) == 1 else b"".join(due)

    def take_acknowledgements(self) -> bytes:
        """Return, once, the replies that acknowledge reports: they are due when the reports are safe."""
        taken = b"".join(reply for reply, acknowledges in self._replies if acknowledges)
        self._replies = [one for one in self._replies if not one[1]]
        return taken

    def _acknowledge(self, reply: bytes) -> None:
        """Queue the reply to a frame that carries reports: the tracker may forget it then."""
        self._replies.append((reply, True))

    def _greet(self, reply: bytes) -> None:
        """Queue the reply to a login or keep-alive: it is due to everybody, and promises nothing."""
        self._replies.append((reply, False))

    def _bound(self, reports: Iterable[Report]) -> Iterable[Report]:
        """Yield reports without what is no number that anything has."""
        for report in reports:
            self.damaged += drop_impossible(report)
            yield report

    def _read(self, data: bytes, now: datetime, final: bool) -> list[Report]:
        """Decode every whole frame in `data` and hold the rest."""
        reports: list[Report] = []
        position = 0
        while (span := self.next_frame(data, position, final=final)) is not None:
            begin, position = span
            try:
                decoded = self.decode(data[begin:position], now)
                reports.extend(decoded if self.bounds_numbers else self._bound(decoded))
            except ValueError, IndexError, StructError:
                # The one place where damage is caught; any other exception is a bug of ours.
                self.damaged += 1
        # A little more than the bound is held, so that the next bytes find it overrun; what was read is never lost.
        self._held = data[position : position + self.max_frame + 1]
        if len(self._held) > self.max_frame and not reports:
            raise FrameError(f"no {self.name} frame in {len(data) - position} bytes")
        return reports
