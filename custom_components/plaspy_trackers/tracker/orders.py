"""One command that somebody asked for: who, until when, and what has become of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

from ..gateway.commands import Argument, Arguments, CommandKind, Request
from .path import read_time, write_time

#: How long a command waits for its tracker, if nobody says.
LIFETIME = timedelta(hours=1)

#: What stands for what not everybody may read.
MASK = "•••"

#: Arguments that hold telephone numbers: their last digits tell which is meant.
_NUMBERS = frozenset(("number", "numbers"))
_SHOWN_DIGITS = 2
#: Arguments that nobody needs to see again.
_SECRETS = frozenset(("password", "new", "data"))
#: What is shorter may stand anywhere by chance.
_SHORTEST_SECRET = 4

#: Of these only the newest counts: one undoes the other.
_SLOTS = {
    CommandKind.ENGINE_RESTORE: CommandKind.ENGINE_CUT,
    CommandKind.DISARM: CommandKind.ARM,
    CommandKind.STOP_REPORTS: CommandKind.REPORT_INTERVAL,
}


class State(StrEnum):
    """What has become of a command."""

    QUEUED = "queued"
    SENT = "sent"  # the end of a command that trackers do not answer
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Origin(NamedTuple):
    """Who asked: the ids of the context in which it was asked, and the user's name."""

    context_id: str | None = None
    user_id: str | None = None
    parent_id: str | None = None
    name: str | None = None


#: Nobody in particular.
NOBODY = Origin()


@dataclass(slots=True, eq=False)
class Order:
    """A command on its way to a tracker.

    `done` of its `total` frames need nothing more; `awaited` are the names by which an answer to the next one may go.
    `since` is when `state` became what it is, `answer` what the tracker said, `reason` why we gave it up.
    """

    kind: CommandKind
    arguments: Arguments
    asked_at: datetime
    expires: datetime
    origin: Origin = NOBODY
    state: State = State.QUEUED
    since: datetime = field(kw_only=True)
    over: bool = False
    answer: str | None = None
    reason: str | None = None
    done: int = 0
    total: int = 0
    tries: int = 0
    sent_at: datetime | None = None
    awaited: list[str] = field(default_factory=list)
    #: What its frames are on the session that they were made for; made anew on another one, and for every retry.
    requests: list[Request] | None = None
    session: object = None

    @classmethod
    def ask(
        cls,
        kind: CommandKind,
        arguments: Arguments,
        now: datetime,
        origin: Origin = NOBODY,
        lifetime: timedelta = LIFETIME,
    ) -> Order:
        """Return a command that is asked for now."""
        return cls(kind, arguments, now, now + lifetime, origin, since=now)

    @property
    def slot(self) -> CommandKind:
        """What there can be only one of at a time."""
        return slot_of(self.kind)

    @property
    def begun(self) -> bool:
        """Whether a part of it has left, and another part is due."""
        return self.state is State.SENT and not self.over and not self.awaited

    def become(self, state: State, now: datetime, *, over: bool = False, reason: str | None = None) -> None:
        """Note what has become of it; once it is over, nothing is kept that only sending needs."""
        self.state, self.since, self.over, self.reason = state, now, over, reason
        if over:
            self.awaited.clear()
            self.requests = self.session = None

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart."""
        return {
            "kind": self.kind.value,
            "arguments": self.arguments,
            "asked_at": write_time(self.asked_at),
            "expires": write_time(self.expires),
            "origin": list(self.origin),
            "state": self.state.value,
            "since": write_time(self.since),
            "over": self.over,
            "answer": self.answer,
            "reason": self.reason,
            "done": self.done,
            "total": self.total,
            "tries": self.tries,
            "sent_at": write_time(self.sent_at),
            "awaited": list(self.awaited),
        }

    @classmethod
    def restore(cls, data: Mapping[str, object]) -> Order:
        """Return what a snapshot tells; ValueError if it is of a kind that is no more."""
        asked_at, expires, since = (read_time(data[key]) for key in ("asked_at", "expires", "since"))
        assert asked_at is not None
        assert expires is not None
        assert since is not None
        return cls(
            CommandKind(cast("str", data["kind"])),
            cast("Arguments", data["arguments"]),
            asked_at,
            expires,
            Origin(*cast("Sequence[str | None]", data["origin"])),
            State(cast("str", data["state"])),
            since=since,
            over=bool(data["over"]),
            answer=cast("str | None", data["answer"]),
            reason=cast("str | None", data["reason"]),
            done=cast("int", data["done"]),
            total=cast("int", data["total"]),
            tries=cast("int", data["tries"]),
            sent_at=read_time(data["sent_at"]),
            awaited=list(cast("Sequence[str]", data["awaited"])),
        )


def slot_of(kind: CommandKind) -> CommandKind:
    """Return the kind that stands for all that undo each other."""
    return _SLOTS.get(kind, kind)


def mask_arguments(arguments: Arguments) -> dict[str, Argument]:
    """Return arguments as everybody may read them: without passwords and telephone numbers."""
    return {name: _mask(name, value) for name, value in arguments.items()}


def mask_words(words: str, arguments: Arguments, password: str) -> str:
    """Return what a tracker said as everybody may read it: without the secrets that it was told."""
    secrets = [secret for secret in (password, *_secrets(arguments)) if len(secret) >= _SHORTEST_SECRET]
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, MASK)
    return words


def _mask(name: str, value: Argument) -> Argument:
    if isinstance(value, Mapping):
        return mask_arguments(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_mask(name, one) for one in value]
    if name in _SECRETS and value != "":
        return MASK
    return f"{MASK}{str(value)[-_SHOWN_DIGITS:]}" if name in _NUMBERS and value != "" else value


def _secrets(arguments: Arguments) -> list[str]:
    """Return what is masked in arguments."""
    found: list[str] = []
    for name, value in arguments.items():
        for one in value if isinstance(value, Sequence) and not isinstance(value, str) else (value,):
            if isinstance(one, Mapping):
                found += _secrets(one)
            elif name in _SECRETS | _NUMBERS:
                found.append(str(one))
    return found
