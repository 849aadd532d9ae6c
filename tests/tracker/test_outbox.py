"""What is asked of a tracker is sent once it can be, no more often than needed, and ends as its answer says."""

from collections.abc import Iterable
from datetime import timedelta
import json
from typing import NamedTuple

import pytest

from custom_components.plaspy_trackers.gateway.commands import Argument, CommandKind, Request
from custom_components.plaspy_trackers.gateway.models import Answer, FixSource
from custom_components.plaspy_trackers.tracker.motion import Motion
from custom_components.plaspy_trackers.tracker.orders import Order, Origin, State, mask_arguments, mask_words
from custom_components.plaspy_trackers.tracker.outbox import (
    MAX_ORDERS,
    MAX_TRIES,
    PATIENCE,
    REST,
    RETRIES,
    Confirmed,
    Link,
    Outbox,
    OutboxFull,
    Refusal,
)
from tests.tracker import NOW, fix_at

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LOCATE, INTERVAL, FIND = CommandKind.LOCATE, CommandKind.REPORT_INTERVAL, CommandKind.FIND


class Peer:
    """A tracker's side: what it is asked by, and the frames that reached it."""

    def __init__(self, outbox: Outbox | None = None, *, pace: float = 0, stream: bool = True) -> None:
        """Begin with nothing asked."""
        self.outbox = outbox or Outbox()
        self.link = Link("first", timedelta(seconds=pace), begin=stream)
        self.requests: dict[CommandKind, list[str | None]] = {}
        self.encoded = 0

    def encode(self, order: Order) -> list[Request]:
        """Return a frame for each name that an answer goes by."""
        self.encoded += 1
        seconds = order.arguments.get("seconds", "")
        names = self.requests.get(order.kind, [order.kind.value])
        return [Request(f"{order.kind}{seconds}:{index}".encode(), name) for index, name in enumerate(names)]

    def take(self, after: float = 0, *, word: bool = False, session: str = "first") -> list[str]:
        """Return what leaves so many seconds later."""
        link = Link(session, self.link.pace, word, self.link.begin)
        frames, _ = self.outbox.take(NOW + after * SECOND, link, self.encode)
        return [frame.decode() for frame in frames]

    def answer(
        self, request: str | None = None, words: str | None = None, *, after: float = 0, accepted: bool = True
    ) -> list[State]:
        """Answer, and return what has become of what changed."""
        changed = self.outbox.take_answer(Answer(request, accepted), words, NOW + after * SECOND)
        return [order.state for order in changed]

    def due(self, after: float = 0) -> float | None:
        """Return when something may leave again, in seconds."""
        time = self.outbox.due(NOW + after * SECOND, self.link)
        return None if time is None else (time - NOW).total_seconds()


def ask(kind: CommandKind = LOCATE, after: float = 0, **arguments: float) -> Order:
    return Order.ask(kind, arguments, NOW + after * SECOND)


def restored(outbox: Outbox) -> Outbox:
    """Return an outbox as it is after a restart."""
    again = Outbox()
    again.restore(json.loads(json.dumps(outbox.snapshot())))
    return again


def test_command_is_sent_at_once_and_confirmed_by_its_answer() -> None:
    peer, order = Peer(), ask(INTERVAL, seconds=30)
    assert peer.outbox.ask(order) == [order]
    assert (order.state, peer.outbox.pending(INTERVAL)) == (State.QUEUED, order)
    assert peer.take() == ["report_interval30:0"]
    assert (order.state, order.over, peer.outbox.confirmed) == (State.SENT, False, {})
    assert peer.answer("report_interval", "OK", after=2) == [State.CONFIRMED]
    assert (order.over, order.answer, order.since) == (True, "OK", NOW + 2 * SECOND)
    assert peer.outbox.confirmed == {INTERVAL: Confirmed({"seconds": 30}, NOW + 2 * SECOND)}
    assert (peer.outbox.orders, peer.outbox.pending(INTERVAL), peer.outbox.last) == ({}, None, order)
    assert peer.take(3, word=True) == []


def test_sent_is_the_end_of_what_no_tracker_answers() -> None:
    peer, order = Peer(), ask(INTERVAL, seconds=30)
    peer.requests[INTERVAL] = [None]
    peer.outbox.ask(order)
    assert peer.take() == ["report_interval30:0"]
    assert (order.state, order.over) == (State.SENT, True)
    assert peer.outbox.pending(INTERVAL) is order
    assert peer.answer() == []
    assert peer.due() is None
    assert peer.take(60, word=True) == []
    assert restored(peer.outbox).pending(INTERVAL) is not None


def test_refusal_ends_a_command_and_leaves_what_was_confirmed() -> None:
    peer = Peer()
    peer.outbox.ask(ask(INTERVAL, seconds=30))
    peer.take()
    peer.answer()
    order = ask(INTERVAL, 5, seconds=1)
    peer.outbox.ask(order)
    peer.take(5)
    assert peer.answer(words="too short", accepted=False, after=6) == [State.REFUSED]
    assert (order.over, order.answer) == (True, "too short")
    assert peer.outbox.confirmed[INTERVAL].arguments == {"seconds": 30}


def test_newest_of_a_kind_wins_and_of_two_that_undo_each_other() -> None:
    peer = Peer()
    first, second = ask(INTERVAL, seconds=30), ask(INTERVAL, seconds=60)
    peer.outbox.ask(first)
    assert peer.outbox.ask(second) == [first, second]
    assert (first.state, first.over, first.reason) == (State.EXPIRED, True, "replaced")
    cut, restore = ask(CommandKind.ENGINE_CUT), ask(CommandKind.ENGINE_RESTORE)
    peer.outbox.ask(cut)
    peer.outbox.ask(restore)
    assert cut.state is State.EXPIRED
    assert peer.outbox.pending(CommandKind.ENGINE_CUT) is restore
    assert peer.take() == ["report_interval60:0"]


def test_who_has_stopped_to_report_has_no_interval() -> None:
    peer = Peer()
    for kind in (INTERVAL, CommandKind.STOP_REPORTS):
        peer.outbox.ask(ask(kind))
        peer.take()
        peer.answer(kind)
    assert peer.outbox.confirmed.keys() == {CommandKind.STOP_REPORTS}


def test_answer_to_what_was_replaced_is_none_to_what_replaced_it() -> None:
    peer = Peer()
    peer.requests = {CommandKind.ENGINE_CUT: ["AV01"], CommandKind.ENGINE_RESTORE: ["AV01"]}
    peer.outbox.ask(ask(CommandKind.ENGINE_CUT))
    assert peer.take() == ["engine_cut:0"]
    restore = ask(CommandKind.ENGINE_RESTORE, after=1)
    peer.outbox.ask(restore)
    assert peer.take(1) == ["engine_restore:0"]
    assert peer.answer("AV01", after=2) == []
    assert not restore.over
    assert peer.answer("AV01", after=3) == [State.CONFIRMED]


def test_answer_to_what_was_replaced_is_not_waited_for() -> None:
    peer = Peer()
    peer.requests = {CommandKind.ENGINE_CUT: ["AV01"], CommandKind.ENGINE_RESTORE: ["AV01"]}
    peer.outbox.ask(ask(CommandKind.ENGINE_CUT))
    peer.take()
    peer.outbox.ask(ask(CommandKind.ENGINE_RESTORE, after=1))
    peer.take(1)
    assert peer.take(22) == ["engine_restore:0"]
    assert peer.answer("AV01", after=23) == [State.CONFIRMED]


def test_answer_to_the_same_asked_twice_is_as_good_for_the_second() -> None:
    peer = Peer()
    peer.outbox.ask(ask(INTERVAL, seconds=30))
    peer.take()
    peer.outbox.ask(ask(INTERVAL, after=1, seconds=30))
    assert peer.take(1) == ["report_interval30:0"]
    assert peer.answer("report_interval", after=2) == [State.CONFIRMED]


def test_queue_is_bounded() -> None:
    outbox = Outbox()
    kinds = [kind for kind in CommandKind if ask(kind).slot is kind]
    for kind in kinds[:MAX_ORDERS]:
        outbox.ask(ask(kind))
    with pytest.raises(OutboxFull):
        outbox.ask(ask(kinds[MAX_ORDERS]))
    outbox.ask(ask(kinds[0]))
    assert len(outbox.orders) == MAX_ORDERS


def test_command_that_cannot_be_sent_any_more_is_refused_with_the_reason() -> None:
    outbox, order = Outbox(), ask()
    outbox.ask(order)
    outbox.ask(ask(FIND))

    def encode(one: Order) -> list[Request]:
        if one is order:
            raise Refusal("it speaks another protocol now")
        return [Request(b"find")]

    assert outbox.take(NOW, Link("first"), encode)[0] == [b"find"]
    assert (order.state, order.reason) == (State.REFUSED, "it speaks another protocol now")


def test_command_that_left_and_must_not_be_sent_again_is_not_told_as_refused() -> None:
    peer = Peer()
    order = ask(CommandKind.ENGINE_CUT)
    peer.outbox.ask(order)
    peer.take()

    def refuse(order: Order) -> list[Request]:
        raise Refusal("too fast")

    peer.outbox.take(NOW + PATIENCE, peer.link, refuse)
    assert (order.state, order.over, order.reason) == (State.SENT, True, "too fast")
    assert peer.outbox.pending(CommandKind.ENGINE_CUT) is order


def test_command_expires_after_its_lifetime_sent_or_not() -> None:
    peer = Peer(stream=False)
    queued, sent = ask(), Order.ask(FIND, {}, NOW, lifetime=HOUR)
    peer.outbox.ask(sent)
    assert peer.take(word=True) == ["find:0"]
    peer.outbox.ask(queued)
    assert peer.outbox.expire(NOW + HOUR - SECOND) == []
    assert peer.take(3600, word=True) == []
    assert [(order.state, order.over) for order in (queued, sent)] == [(State.EXPIRED, True)] * 2
    assert peer.answer(after=3601) == []


def test_frames_leave_in_order_apart_and_each_answered_before_the_next() -> None:
    peer, order = Peer(pace=2), ask()
    peer.requests[LOCATE] = ["one", None, "three"]
    peer.outbox.ask(order)
    peer.outbox.ask(ask(FIND))
    assert peer.take() == ["locate:0"]
    assert peer.take(3) == []
    assert peer.answer("three") == []
    assert peer.answer("one", after=3) == [State.SENT]
    assert peer.take(3) == ["locate:1"]
    assert peer.take(4.9) == []
    assert peer.due(4.9) == 5
    assert peer.take(5) == ["locate:2"]
    assert peer.answer("three", "done", after=6) == [State.CONFIRMED]
    assert (peer.take(6), peer.take(7)) == ([], ["find:0"])
    assert peer.encoded == 2


def test_frames_without_answers_leave_together_where_no_pace_is_asked() -> None:
    peer = Peer()
    peer.requests[LOCATE] = [None, None]
    peer.outbox.ask(ask())
    peer.outbox.ask(ask(FIND))
    assert peer.take() == ["locate:0", "locate:1", "find:0"]


def test_answer_after_the_last_frame_that_gets_none_confirms() -> None:
    peer, order = Peer(), ask()
    peer.requests[LOCATE] = ["one", None]
    peer.outbox.ask(order)
    peer.take()
    peer.answer("one")
    assert peer.take() == ["locate:1"]
    assert order.state is State.CONFIRMED


def test_answer_that_names_no_request_is_of_the_last_one_sent() -> None:
    peer = Peer()
    first, second = ask(), ask(FIND)
    peer.outbox.ask(first)
    peer.outbox.ask(second)
    assert peer.take() == ["locate:0"]
    assert peer.take(20) == ["find:0"]
    assert peer.answer(None, after=21) == [State.CONFIRMED]
    assert (first.state, second.state) == (State.SENT, State.CONFIRMED)
    assert peer.answer("locate", after=22) == [State.CONFIRMED]


@pytest.mark.parametrize("answer", [Answer("somebody's"), Answer(None), Answer("locate", accepted=False)])
def test_answer_to_nothing_changes_nothing(answer: Answer) -> None:
    peer, order = Peer(), ask()
    peer.outbox.ask(order)
    assert peer.outbox.take_answer(answer, "words", NOW) == []
    assert (order.state, order.answer, peer.outbox.confirmed) == (State.QUEUED, None, {})


def test_unanswered_frame_is_sent_again_three_times_and_then_when_the_tracker_speaks() -> None:
    peer, order = Peer(), ask()
    peer.outbox.ask(order)
    sent = [second for second in range(0, 300, 5) if peer.take(second)]
    assert sent == [0, 20, 40, 60]
    assert (order.state, order.over, peer.due(299)) == (State.SENT, False, None)
    assert peer.take(70, word=True) == []
    assert peer.take(61 + REST.total_seconds(), word=True) == ["locate:0"]
    assert peer.take(62 + REST.total_seconds(), word=True) == []
    # On another connection the rest is not waited for: what was sent may never have left.
    assert peer.take(82 + REST.total_seconds(), word=True, session="second") == ["locate:0"]
    assert peer.take(104 + REST.total_seconds(), word=True, session="second") == []
    assert peer.answer("locate", after=400) == [State.CONFIRMED]


def test_reboot_that_cost_its_own_answer_is_not_asked_for_again() -> None:
    peer = Peer()
    order = ask(CommandKind.REBOOT)
    peer.outbox.ask(order)
    assert peer.take() == ["reboot:0"]
    assert peer.due() is None
    for after in range(10, 3600, 600):
        assert peer.take(after, word=True, session=f"session {after}") == []
    peer = Peer(restored(peer.outbox))
    assert peer.take(3599, word=True, session="after a restart") == []
    (ended,) = peer.outbox.expire(NOW + HOUR)
    assert (ended.state, ended.over) == (State.SENT, True)


def test_late_answer_confirms_what_is_sent_once() -> None:
    peer = Peer()
    peer.outbox.ask(ask(CommandKind.REBOOT))
    peer.take()
    assert peer.answer("reboot", after=300) == [State.CONFIRMED]


def test_frame_is_not_sent_for_ever() -> None:
    peer = Peer()
    peer.outbox.ask(Order.ask(LOCATE, {}, NOW, lifetime=24 * HOUR))
    sent = sum(len(peer.take(second, word=True, session=str(second))) for second in range(0, 7200, 30))
    assert sent == MAX_TRIES > RETRIES


def test_a_command_that_is_not_answered_does_not_hold_up_the_others_for_longer_than_an_answer_takes() -> None:
    peer = Peer()
    peer.outbox.ask(ask())
    peer.outbox.ask(ask(FIND))
    assert (peer.take(), peer.take(19), peer.due(1)) == (["locate:0"], [], PATIENCE.total_seconds())
    assert peer.take(20) == ["find:0"]
    peer.answer("find", after=21)
    assert peer.take(21) == ["locate:0"]


def test_over_udp_commands_begin_and_are_sent_again_only_when_the_tracker_speaks() -> None:
    peer = Peer(stream=False, pace=2)
    peer.requests[LOCATE] = [None, "two"]
    peer.outbox.ask(ask())
    assert (peer.take(), peer.due()) == ([], None)
    assert (peer.take(1, word=True), peer.due(1)) == (["locate:0"], 3)
    assert peer.take(3) == ["locate:1"]
    assert (peer.take(30), peer.due(30)) == ([], None)
    assert peer.take(30, word=True) == ["locate:1"]


def test_queued_command_survives_a_restart_and_is_sent_once() -> None:
    peer = Peer()
    order = Order.ask(INTERVAL, {"seconds": 30}, NOW, Origin("context", "user", None, "Anna"))
    peer.outbox.ask(order)
    again = Peer(restored(peer.outbox))
    (order,) = again.outbox.orders.values()
    assert (order.origin, order.expires, order.state) == (Origin("context", "user", None, "Anna"), NOW + HOUR, "queued")
    assert again.outbox.last is order
    assert again.take(600, word=True) == ["report_interval30:0"]
    assert again.take(601, word=True) == []
    assert again.answer("report_interval", after=602) == [State.CONFIRMED]


def test_sent_command_is_confirmed_after_a_restart_without_being_sent_again() -> None:
    peer = Peer()
    peer.outbox.ask(ask(INTERVAL, seconds=30))
    peer.take()
    again = Peer(restored(peer.outbox))
    assert again.take(10, word=True, session="second") == []
    assert again.answer("report_interval", after=11) == [State.CONFIRMED]
    assert again.outbox.confirmed[INTERVAL].arguments == {"seconds": 30}
    assert restored(again.outbox).confirmed == again.outbox.confirmed


def test_sent_command_that_is_not_answered_is_sent_again_after_a_restart() -> None:
    peer = Peer()
    peer.requests[LOCATE] = ["one", "two"]
    peer.outbox.ask(ask())
    peer.take()
    peer.answer("one")
    peer.take(1)
    again = Peer(restored(peer.outbox))
    again.requests = peer.requests
    assert again.take(21, word=True, session="second") == ["locate:1"]
    assert again.answer("two") == [State.CONFIRMED]


def test_command_that_is_over_is_told_after_a_restart() -> None:
    peer = Peer()
    peer.outbox.ask(ask())
    peer.take()
    peer.answer(words="OK")
    last = restored(peer.outbox).last
    assert last is not None
    assert (last.kind, last.state, last.answer, last.over) == (LOCATE, State.CONFIRMED, "OK", True)


def test_kind_that_is_no_more_is_forgotten_by_a_restart() -> None:
    outbox = Outbox()
    outbox.ask(ask())
    data = json.loads(json.dumps(outbox.snapshot()).replace("locate", "dance"))
    again = Outbox()
    again.restore(data)
    assert (again.orders, again.last) == ({}, None)


def test_another_protocol_with_fewer_frames_begins_anew() -> None:
    peer = Peer()
    peer.requests[LOCATE] = ["one", "two"]
    peer.outbox.ask(ask())
    peer.take()
    peer.answer("one")
    peer.requests[LOCATE] = ["locate"]
    assert peer.take(word=True, session="second") == ["locate:0"]


def test_numbers_and_passwords_are_masked() -> None:
    arguments: dict[str, Argument] = {
        "numbers": ["+4915112345678", ""],
        "contacts": [{"name": "Anna", "number": "015112345678"}],
        "password": "654321",
        "new": "765432",
        "data": "PASS 999999",
        "seconds": 30,
    }
    assert mask_arguments(arguments) == {
        "numbers": ["•••78", ""],
        "contacts": [{"name": "Anna", "number": "•••78"}],
        "password": "•••",
        "new": "•••",
        "data": "•••",
        "seconds": 30,
    }
    words = "set +4915112345678, 015112345678 by 123456, now 654321"
    assert mask_words(words, arguments, "123456") == "set •••, ••• by •••, now •••"


class Told(NamedTuple):
    """A fix: its speed, its time and when it came, in seconds."""

    speed: float | None
    time: float
    arrived: float


def test_speed_is_not_known_by_a_fix_of_wifi() -> None:
    motion = Motion()
    motion.note(fix_at(speed=12.0), NOW)
    motion.note(fix_at(NOW + SECOND, source=FixSource.WIFI), NOW + SECOND)
    assert motion.speed(NOW + SECOND) == 12.0


@pytest.mark.parametrize(
    ("told", "speed"),
    [
        ([], None),
        ([Told(12.0, 0, 1)], 12.0),
        ([Told(None, 0, 1)], None),
        ([Told(60.0, -120, 1)], None),
        ([Told(60.0, 120, 1)], None),
        ([Told(12.0, 10, 11), Told(60.0, 0, 12)], 12.0),
        ([Told(12.0, 0, 1), Told(60.0, 10, 11)], 60.0),
        ([Told(12.0, 0, -60)], None),
        ([Told(12.0, 3000, -100), Told(60.0, 0, 1)], 60.0),
    ],
)
def test_speed_is_known_by_a_fix_that_is_fresh(told: Iterable[Told], speed: float | None) -> None:
    motion = Motion()
    for one in told:
        motion.note(fix_at(NOW + one.time * SECOND, speed=one.speed), NOW + one.arrived * SECOND)
    assert motion.speed(NOW + 20 * SECOND) == speed


def test_speed_is_not_known_by_a_fix_of_a_clock_that_was_not_set() -> None:
    motion = Motion()
    motion.note(fix_at(NOW, speed=0.0), NOW, dated=False)
    assert motion.speed(NOW) is None
    motion.note(fix_at(NOW, speed=12.0), NOW)
    motion.note(fix_at(NOW + SECOND, speed=60.0), NOW + SECOND, dated=False)
    assert motion.speed(NOW + SECOND) is None
