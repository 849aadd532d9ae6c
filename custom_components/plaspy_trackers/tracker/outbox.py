"""What has been asked of one tracker: a short queue, what is under way, and what was confirmed last.

A tracker is asked for one thing at a time. Each frame that it answers waits for its answer before the next one leaves;
where none comes the frame is sent again a few times, and then once in a while when the tracker speaks, until the
command expires. What must not be done twice is sent once. Nothing here has a clock or a socket: whoever has them asks
`take()` what is due.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from ..gateway.commands import ONCE, Arguments, CommandKind, Request
from ..gateway.models import Answer
from .orders import Order, State, slot_of
from .path import read_time, write_time

#: Commands that wait at the same time; no house needs more, and a script that runs wild gets no more.
MAX_ORDERS = 20

#: How long an answer may take, and how often in a row a frame that got none is sent again.
PATIENCE = timedelta(seconds=20)
RETRIES = 3
#: A tracker that answered none of these is asked again when it speaks: on another connection, or after so long.
REST = timedelta(minutes=5)
#: So often a frame is sent at most.
MAX_TRIES = 10

#: What is not so any more once the other has been confirmed: who has stopped to report has no interval.
_VOIDS = {CommandKind.STOP_REPORTS: CommandKind.REPORT_INTERVAL}

#: Returns the frames of a command; Refusal if it cannot be sent any more.
type Encode = Callable[[Order], list[Request]]


class Refusal(Exception):
    """A command that must not be sent, and why."""


class OutboxFull(Exception):
    """More commands than may wait at the same time."""


class Confirmed(NamedTuple):
    """What a tracker has confirmed, and when."""

    arguments: Arguments
    time: datetime


@dataclass(slots=True, frozen=True)
class Link:
    """The way to a tracker: the session it speaks on, how far apart frames leave, and what may leave now.

    `word` is whether it has just spoken, `begin` whether a command may begin without that.
    """

    session: object
    pace: timedelta = timedelta()
    word: bool = False
    begin: bool = True


class Outbox:
    """The commands of one tracker."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        #: What is not over, by slot, in the order in which it was asked.
        self.orders: dict[CommandKind, Order] = {}
        #: What was asked, or changed, last.
        self.last: Order | None = None
        self.confirmed: dict[CommandKind, Confirmed] = {}
        #: What was sent last of each slot and is not answered by any tracker of its kind.
        self._unanswered: dict[CommandKind, Order] = {}
        self._sent_at: datetime | None = None
        #: Names of answers that may still come to what has been replaced since, and until when.
        self._stale: list[tuple[str, datetime]] = []

    def pending(self, kind: CommandKind) -> Order | None:
        """Return what was asked for and is not confirmed: on its way, or sent where no answer comes."""
        slot = slot_of(kind)
        return self.orders.get(slot) or self._unanswered.get(slot)

    def ask(self, order: Order) -> list[Order]:
        """Put a command into the queue, instead of one that it makes pointless; return what changed.

        OutboxFull if there are too many.
        """
        changed = []
        if replaced := self.orders.pop(order.slot, None):
            self._outdate(replaced, order)
            replaced.become(State.EXPIRED, order.asked_at, over=True, reason="replaced")
            changed.append(replaced)
        elif len(self.orders) >= MAX_ORDERS:
            raise OutboxFull
        self.orders[order.slot] = order
        return self._note(changed, order)

    def expire(self, now: datetime) -> list[Order]:
        """Give up what is too old; return it."""
        overdue = [order for order in self.orders.values() if order.expires <= now]
        for order in overdue:
            self._end(order, State.SENT if _is_spent(order) else State.EXPIRED, now)
        return self._note([], *overdue)

    def take_answer(self, answer: Answer, words: str | None, now: datetime) -> list[Order]:
        """Let an answer confirm or refuse what it answers; return what changed, nothing if nobody asked for it."""
        waiting = [order for order in self.orders.values() if order.awaited and order.sent_at is not None]
        if answer.request is not None:
            waiting = [order for order in waiting if answer.request in order.awaited]
        if self._is_stale(answer, now) or not waiting:
            return []
        order = max(waiting, key=lambda one: (one.sent_at, one.asked_at))
        order.awaited.clear()
        order.tries = 0
        order.done += 1
        if words is not None:
            order.answer = words
        if not answer.accepted:
            self._end(order, State.REFUSED, now)
        elif order.done >= order.total:
            self._confirm(order, now)
        return self._note([], order)

    def take(self, now: datetime, link: Link, encode: Encode) -> tuple[list[bytes], list[Order]]:
        """Return the frames that leave now, and what changed by that."""
        frames: list[bytes] = []
        changed = dict.fromkeys(self.expire(now))
        while self._paced(now, link) and (order := self._choose(now, link)) is not None:
            before = order.state
            if (frame := self._send(order, now, link, encode)) is not None:
                frames.append(frame)
            if order.state is not before or order.over:
                changed[order] = None
        return frames, self._note([], *changed)

    def due(self, now: datetime, link: Link) -> datetime | None:
        """Return when `take()` may have something again on this link though nobody says a word; None if it has not."""
        times = [time for order in self.orders.values() if (time := self._ready_at(order, now, link)) is not None]
        if not times:
            return None
        waits = [order.sent_at + PATIENCE for order in self.orders.values() if order.awaited and order.sent_at]
        if self._sent_at is not None:
            waits.append(self._sent_at + link.pace)
        return max(min(times), *waits) if waits else min(times)

    def _outdate(self, replaced: Order, order: Order) -> None:
        """Note which answers are to what is replaced, where they are not as good for what replaces it."""
        self._stale = [one for one in self._stale if order.asked_at < one[1]]
        same = (replaced.kind, replaced.arguments) == (order.kind, order.arguments)
        if replaced.sent_at is not None and not same:
            self._stale += [(name, replaced.sent_at + PATIENCE) for name in replaced.awaited]

    def _is_stale(self, answer: Answer, now: datetime) -> bool:
        """Whether an answer is to something that has been replaced since: each of its frames may have one."""
        self._stale = [one for one in self._stale if now < one[1]]
        for one in self._stale:
            if answer.request in (None, one[0]):
                self._stale.remove(one)
                return True
        return False

    def _choose(self, now: datetime, link: Link) -> Order | None:
        """Return whose turn it is: what has begun goes first, what was not answered last; None while one waits."""
        if any(order.awaited and order.sent_at and now < order.sent_at + PATIENCE for order in self.orders.values()):
            return None
        ready = [
            order
            for order in self.orders.values()
            if (at := self._ready_at(order, now, link)) is not None and at <= now
        ]
        return min(ready, key=lambda order: (not order.begun, bool(order.awaited)), default=None)

    def _ready_at(self, order: Order, now: datetime, link: Link) -> datetime | None:
        """Return when the next frame of a command may leave, None if not before the tracker speaks again."""
        if order.begun:
            return now
        if not (link.begin or link.word):
            return None
        if not order.awaited or order.sent_at is None:
            return now
        if _is_spent(order):
            return None
        if order.tries > RETRIES and not link.word:
            return None
        if order.tries >= MAX_TRIES:
            return None
        rests = order.tries > RETRIES and order.session in (None, link.session)
        return order.sent_at + (REST if rests else PATIENCE)

    def _paced(self, now: datetime, link: Link) -> bool:
        return self._sent_at is None or now >= self._sent_at + link.pace or now < self._sent_at

    def _send(self, order: Order, now: datetime, link: Link, encode: Encode) -> bytes | None:
        """Return the next frame of a command, None if it can have none any more."""
        try:
            # A frame that is sent again may have to carry a serial number of its own.
            if order.requests is None or order.session is not link.session or order.awaited:
                order.requests, order.session = encode(order), link.session
        except Refusal as refusal:
            # What has left before, and is only not sent again, may have been done.
            left = bool(order.awaited)
            self._end(order, State.SENT if left else State.REFUSED, now, reason=str(refusal))
            if left:
                self._unanswered[order.slot] = order
            return None
        order.total = len(order.requests)
        if order.done >= order.total:
            # It has fewer frames than before: another protocol speaks for the tracker.
            order.done = 0
        request = order.requests[order.done]
        self._sent_at = order.sent_at = now
        if request.answer is None:
            order.done += 1
        else:
            order.tries += 1
            order.awaited.append(request.answer)
        self._progress(order, now)
        return request.frame

    def _progress(self, order: Order, now: datetime) -> None:
        """Note that a frame has left; that is all there is to it where the last one gets no answer."""
        if order.state is not State.SENT:
            order.become(State.SENT, now)
        if order.awaited or order.done < order.total:
            return
        assert order.requests is not None
        if any(request.answer is not None for request in order.requests):
            self._confirm(order, now)
        else:
            self._end(order, State.SENT, now)
            self._unanswered[order.slot] = order

    def _confirm(self, order: Order, now: datetime) -> None:
        self._end(order, State.CONFIRMED, now)
        self._unanswered.pop(order.slot, None)
        self.confirmed[order.kind] = Confirmed(order.arguments, now)
        if order.kind in _VOIDS:
            self.confirmed.pop(_VOIDS[order.kind], None)

    def _end(self, order: Order, state: State, now: datetime, *, reason: str | None = None) -> None:
        self.orders.pop(order.slot, None)
        order.become(state, now, over=True, reason=reason)

    def _note(self, changed: list[Order], *more: Order) -> list[Order]:
        """Return what changed, and remember the last of it."""
        changed += more
        if changed:
            self.last = changed[-1]
        return changed

    def snapshot(self) -> dict[str, object]:
        """Return what has to survive a restart."""
        return {
            "orders": [order.snapshot() for order in self.orders.values()],
            "unanswered": [order.snapshot() for order in self._unanswered.values()],
            "last": None if self.last is None or not self.last.over else self.last.snapshot(),
            "sent_at": write_time(self._sent_at),
            "confirmed": {
                kind.value: {"arguments": confirmed.arguments, "time": write_time(confirmed.time)}
                for kind, confirmed in self.confirmed.items()
            },
        }

    def restore(self, data: Mapping[str, object]) -> None:
        """Begin where a snapshot ended; what is of a kind that is no more is forgotten."""
        for order in _restore_orders(data["orders"]):
            self.orders[order.slot] = order
        for order in _restore_orders(data["unanswered"]):
            self._unanswered[order.slot] = order
        self._sent_at = read_time(data["sent_at"])
        newest = [*self.orders.values(), *_restore_orders([data["last"]] if data["last"] else [])]
        self.last = max(newest, key=lambda order: order.since, default=None)
        for kind, confirmed in cast("Mapping[str, Mapping[str, object]]", data["confirmed"]).items():
            time = read_time(confirmed["time"])
            if kind in CommandKind and time is not None:
                self.confirmed[CommandKind(kind)] = Confirmed(cast("Arguments", confirmed["arguments"]), time)


def _is_spent(order: Order) -> bool:
    """Whether a command has left that must not leave a second time: a reboot that cost its own answer, for one."""
    return order.kind in ONCE and bool(order.awaited)


def _restore_orders(data: object) -> list[Order]:
    return [
        Order.restore(one) for one in cast("Sequence[Mapping[str, object]]", data) if str(one["kind"]) in CommandKind
    ]
