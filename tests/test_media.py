"""Photos and voice messages are put together from whatever pieces come, and nothing that comes can overrun that."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest

from custom_components.plaspy_trackers.gateway.models import MediaKind, Piece
from custom_components.plaspy_trackers.media import (
    MOST_BYTES,
    MOST_PIECES,
    MOST_QUESTIONS,
    MOST_UNFINISHED,
    PATIENCE,
    PAUSE,
    Assembler,
    Medium,
    Outcome,
)

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
TAKEN = NOW - timedelta(minutes=1)
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
VOICE = b"#!AMR\n" + bytes(range(256)) * 4


def cut(data: bytes, count: int, name: str = "one") -> list[Piece]:
    """Return bytes in so many pieces, of which only the first tells what they are."""
    size = -(-len(data) // count) or 1
    return [
        Piece(MediaKind.of(data[at : at + size]), name, place, count, data[at : at + size], TAKEN)
        for place, at in enumerate(range(0, size * count, size))
    ]


def put(assembler: Assembler, pieces: Iterable[Piece], now: datetime = NOW) -> list[Medium]:
    """Return what the pieces complete."""
    return [medium for piece in pieces if (medium := assembler.add(piece, now))]


@pytest.mark.parametrize(("data", "kind"), [(PHOTO, MediaKind.PHOTO), (VOICE, MediaKind.VOICE)], ids=["photo", "voice"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_pieces_in_any_order_make_a_whole(data: bytes, kind: MediaKind, count: int) -> None:
    for order in permutations(cut(data, count)):
        assembler = Assembler()
        assert put(assembler, order) == [Medium(kind, data, TAKEN)]
        assert assembler.counts == {Outcome.FINISHED: 1}
        assert not assembler.held


def test_pieces_may_come_more_than_once() -> None:
    assembler = Assembler()
    pieces = cut(PHOTO, 4)
    assert put(assembler, [pieces[0], pieces[0], pieces[2], pieces[1], pieces[2], pieces[3]]) == [
        Medium(MediaKind.PHOTO, PHOTO, TAKEN)
    ]


def test_several_may_be_mixed() -> None:
    assembler = Assembler()
    mixed = zip(cut(PHOTO, 5), cut(VOICE, 5, "other"), cut(PHOTO, 5, "third"), strict=True)
    media = put(assembler, [piece for pieces in mixed for piece in pieces])
    assert [medium.data for medium in media] == [PHOTO, VOICE, PHOTO]


def test_what_comes_again_as_a_whole_is_no_other_one() -> None:
    assembler = Assembler()
    assert len(put(assembler, cut(VOICE, 1) + cut(VOICE, 1))) == 1
    assert len(put(assembler, cut(PHOTO, 3, "two") + cut(PHOTO, 3, "two"))) == 1
    assert assembler.counts == {Outcome.FINISHED: 2, Outcome.REPEATED: 2}


def test_last_piece_that_comes_again_leaves_nothing() -> None:
    """Nor is the rest asked for."""
    assembler = Assembler()
    assert len(put(assembler, [*cut(PHOTO, 3), cut(PHOTO, 3)[-1]])) == 1
    assert list(assembler.ask(NOW + PAUSE)) == []
    assembler.expire(NOW + PATIENCE)
    assert assembler.counts == {Outcome.FINISHED: 1, Outcome.REPEATED: 1}
    assert not assembler.held


def test_next_of_the_same_name_is_another_one() -> None:
    """Although the tables at its front are those of every photo of a camera."""
    other = PHOTO[:1000] + PHOTO[1000:].replace(b"a", b"b")
    media = put(Assembler(), cut(PHOTO, 3) + cut(other, 3) + cut(PHOTO, 3))
    assert [medium.data for medium in media] == [PHOTO, other, PHOTO]


@pytest.mark.parametrize("other", [cut(PHOTO, 4), cut(PHOTO[:3] + b"\xee" + PHOTO[4:], 3)], ids=["total", "bytes"])
def test_unfinished_one_gives_way_to_another_of_its_name(other: list[Piece]) -> None:
    assembler = Assembler()
    media = put(assembler, [*cut(PHOTO, 3)[:2], *other])
    assert media == [Medium(MediaKind.PHOTO, b"".join(piece.data for piece in other), TAKEN)]
    assert assembler.counts == {Outcome.FINISHED: 1, Outcome.REPLACED: 1}


def test_unfinished_one_is_given_up_in_time() -> None:
    assembler = Assembler()
    first, second, third = cut(PHOTO, 3)
    assert put(assembler, [first]) == put(assembler, [second], NOW + PATIENCE / 2) == []
    assembler.expire(NOW + PATIENCE)
    assert assembler.held
    assert put(assembler, [third], NOW + PATIENCE * 3 / 2) == []
    assert assembler.counts == {Outcome.ABANDONED: 1}
    assert assembler.held == len(third.data)


def test_clock_that_was_put_back_holds_nothing_for_ever() -> None:
    assembler = Assembler()
    put(assembler, cut(PHOTO, 3)[:1])
    assembler.expire(NOW - timedelta(days=365))
    assert not assembler.held


@pytest.mark.parametrize(
    "data",
    [b"", b"ab", PHOTO[:-1], PHOTO[:-2], PHOTO[1:], b"\xff\xd8\xff", b"#!AM", b"<html>", b"\0" * 50_000],
    ids=len,
)
def test_what_is_neither_is_counted_and_forgotten(data: bytes) -> None:
    assembler = Assembler()
    assert put(assembler, cut(data, 1)) == []
    assert assembler.counts == {Outcome.BROKEN: 1}
    assert not assembler.held
    assert put(assembler, cut(PHOTO, 2, "next"))


@pytest.mark.parametrize("padding", [b"\0", b"\0" * 500, b"\xff" * 3], ids=repr)
def test_padding_of_a_photo_is_cut_off(padding: bytes) -> None:
    assert put(Assembler(), cut(PHOTO + padding, 3)) == [Medium(MediaKind.PHOTO, PHOTO, TAKEN)]


def test_end_of_a_voice_message_is_no_padding() -> None:
    assert put(Assembler(), cut(VOICE + b"\0\0", 1)) == [Medium(MediaKind.VOICE, VOICE + b"\0\0", TAKEN)]


@pytest.mark.parametrize(
    ("index", "total"), [(3, 3), (-1, 3), (0, 0), (0, -1), (0, MOST_PIECES + 1), (5, 2**31), (2**31, 2**32)]
)
def test_piece_of_no_place_is_refused(index: int, total: int) -> None:
    assembler = Assembler()
    assert assembler.add(Piece(None, "x", index, total, b"x"), NOW) is None
    assert assembler.counts == {Outcome.MISPLACED: 1}
    assert not assembler.held


def test_no_more_is_held_than_a_few_of_bounded_size() -> None:
    """However many begin, and however much comes of each."""
    assembler = Assembler()
    for number in range(10_000):
        assembler.add(Piece(None, str(number), 0, MOST_PIECES, b"x" * 2000), NOW)
        assert assembler.held <= MOST_UNFINISHED * 2000
    chunk = bytes(64 * 1024)
    for place in range(MOST_BYTES // len(chunk) + 5):
        for name in "abcdef":
            assembler.add(Piece(None, name, place, MOST_PIECES, chunk), NOW)
            assert assembler.held <= MOST_UNFINISHED * MOST_BYTES
    assert assembler.add(Piece(None, "large", 0, 1, bytes(MOST_BYTES + 1)), NOW) is None
    assert assembler.counts[Outcome.TOO_LARGE]
    assert assembler.counts[Outcome.DISPLACED]


def test_largest_one_is_taken() -> None:
    data = b"#!AMR\n" + bytes(MOST_BYTES - 6)
    assert put(Assembler(), cut(data, MOST_PIECES)) == [Medium(MediaKind.VOICE, data, TAKEN)]
    assert put(Assembler(), cut(data + b"\0", MOST_PIECES)) == []


def test_others_do_not_drive_out_the_one_that_comes_at_the_moment() -> None:
    assembler = Assembler()
    pieces = cut(PHOTO, 20)
    for number, piece in enumerate(pieces[:-1]):
        assembler.add(piece, NOW)
        assembler.add(Piece(None, f"hostile {number}", 0, 2, b"x"), NOW)
    assert put(assembler, pieces[-1:]) == [Medium(MediaKind.PHOTO, PHOTO, TAKEN)]


def test_missing_pieces_are_asked_for_once_the_last_has_come() -> None:
    assembler = Assembler()
    pieces = cut(PHOTO, 5)
    put(assembler, [pieces[0], pieces[2]])
    assert list(assembler.ask(NOW)) == []
    put(assembler, [pieces[4]])
    assert list(assembler.ask(NOW)) == [("one", [1, 3])]
    assert list(assembler.ask(NOW)) == []


def test_missing_pieces_are_asked_for_after_silence_a_few_times() -> None:
    assembler = Assembler()
    put(assembler, cut(PHOTO, 5)[:2])
    times = [NOW + PAUSE * step / 2 for step in range(20)]
    asked = [time for time in times if list(assembler.ask(time)) == [("one", [2, 3, 4])]]
    assert asked == [NOW + PAUSE * (step + 1) for step in range(MOST_QUESTIONS)]


def test_random_pieces_raise_nothing() -> None:
    random = Random("pieces")
    assembler = Assembler()
    now = NOW
    for _ in range(20_000):
        now += timedelta(seconds=random.randint(0, 30))
        total = random.choice([0, 1, 2, 3, 5, 5000])
        piece = Piece(None, random.choice("abcdefgh"), random.randint(-1, 5), total, random.choice([PHOTO, b"", b"x"]))
        assembler.add(piece, now)
        list(assembler.ask(now))
    assert set(assembler.counts) >= set(Outcome) - {Outcome.TOO_LARGE}
