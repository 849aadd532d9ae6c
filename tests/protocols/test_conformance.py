"""What holds for every protocol, whatever it is made of.

However a peer cuts, glues, damages or invents its bytes, `feed()` returns the reports of the whole frames in them, or
raises FrameError; it never raises anything else, and never holds more than one frame and a byte.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain, product, repeat
from math import isfinite
from random import Random
import re

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Report
from custom_components.plaspy_trackers.gateway.protocols import (
    LONGEST_HEAD,
    PROTOCOLS,
    FrameError,
    Match,
    Protocol,
    detect,
)
from tests.protocols.frames import DAMAGED_FRAMES, FIRST_FRAMES, FRAMES, IDENTITIES, NOW

type Kind = type[Protocol]

NAMES = [kind.name for kind in PROTOCOLS]
each_protocol = pytest.mark.parametrize("kind", PROTOCOLS, ids=NAMES)
SCANNERS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: 192.0.2.1:8888\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
    "HTTP proxy": b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(range(64)),
    "SSH": b"SSH-2.0-Go\r\n",
    "SIP": b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm;branch=foo\r\nFrom: <sip:nm@nm>;tag=root\r\n\r\n",
    "RDP": bytes.fromhex("0300002f2ae00000000000436f6f6b69653a20"),
    "SMB": bytes.fromhex("000000a4ff534d4272000000000801"),
    "Wialon IPS": b"#L#2.0;868345036543210;NA;B1C2\r\n",
    "Redis": b"*1\r\n$4\r\nINFO\r\n",
    "letters": b"A" * 64,
}

FLOODS = (
    b"#",
    b"7",
    b",",
    b"GPRMC,",
    b"imei:",
    b"imei:861234050000017",
    b"#861234050000025,",
    b"\r\n",
    b"##\0 ",
    b"LOG",
    b"[",
    b"[3G*3405000002*",
    b"[3G*3405000002*FFFF*",
    b"]",
    b"IWAP01",
    b"IWAP07,261121120027,1,1,8000,",
    b"imei:861234050000025,",
    b"##,imei:861234050000025,",
    b"861234050000025imei:",
    b"*HQ,",
    b"*HQ,8612340500,V1,",
    b"$",
    b"$" + bytes(31),
    b"$" + bytes(8) + b"\1\1" + bytes(20),
    b"x",
    b"xx\r",
    b"xx\x0d\x01\r\n",
    b"xx\x40\x69",
    b"yy\x1f\xf0",
    b"(",
    b"(861234050002BR00",
    b"(861234050002BR00$",
    b"\xfa\xaf",
    b"\xfa\xaf" + bytes(16),
    b"\xfb\xbf",
    b"\xfc\x04\x00\x03\x20",
)

#: What each protocol's class holds before any instance has been used: tests are collected before they run.
UNUSED = {kind: {key: repr(value) for key, value in vars(kind).items()} for kind in PROTOCOLS}

#: A whole number that is no other one as a float, as in JSON.
MOST = 2**53
#: More digits than a number may have that is shown, saved and archived.
HUGE = b"9" * 400

PIECE = 64
#: Bytes that may be fed in vain, beside one frame.
PATIENCE = 64 * 1024


@each_protocol
def test_table_has_several_forms(kind: Kind) -> None:
    assert len(FRAMES[kind.name]) >= 5
    assert DAMAGED_FRAMES[kind.name]


@each_protocol
def test_frame_is_claimed_by_its_protocol_alone(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        claims = {other: other.match(frame) for other in PROTOCOLS}
        assert [other for other, match in claims.items() if match is Match.YES] == [kind], name
        assert detect(frame) is kind, name


@each_protocol
def test_prefix_is_claimed_rightly_or_undecided(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        claims = [kind.match(frame[:length]) for length in range(len(frame) + 1)]
        undecided = claims.index(Match.YES)
        # Once claimed it is claimed for good.
        assert claims == [Match.MAYBE] * undecided + [Match.YES] * (len(claims) - undecided), name
        for length, claim in enumerate(claims[1:], 1):
            assert detect(frame[:length]) is (kind if claim is Match.YES else None), (name, length)


@each_protocol
def test_blanks_in_front_are_skipped(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        padded = b"\r\n\0 \n\r" + frame
        assert detect(padded) is kind, name
        assert read(fresh(kind), [padded]) == read(fresh(kind), [frame]), name


@each_protocol
def test_frame_yields_one_sound_report(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        protocol = fresh(kind)
        reports = read(protocol, [frame])
        assert len(reports) == 1, name
        assert_sound(reports[0], kind)
        assert protocol.damaged == 0, name
        assert not protocol.held, name


@each_protocol
@pytest.mark.parametrize("length", [10, 20, 400])
def test_numbers_of_any_length_lead_to_none_that_nothing_has(kind: Kind, length: int) -> None:
    """Whichever run of digits in a text frame gets so many more of them."""
    for name, frame in frames_of(kind):
        if not re.fullmatch(rb"[\r\n -~]*", frame):
            continue
        for digits in re.finditer(rb"\d+", frame):
            longer = frame[: digits.start()] + HUGE[:length] + frame[digits.end() :]
            try:
                reports = fresh(kind).feed(longer, NOW, final=True)
            except FrameError:
                continue
            for report in reports:
                numbers = [*report.readings.values(), *(asdict(report.fix).values() if report.fix else ())]
                numbers += [number for cell in report.cells for number in asdict(cell).values()]
                assert all(abs(one) < MOST for one in numbers if isinstance(one, int | float)), (name, digits)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"*HQ,8612340500,LINK,120027,15,0,84,%s,%s,211126,FFFFFBFF#" % (HUGE, HUGE), id="h02 steps"),
        pytest.param(b"*HQ,8612340500,V1,120027,A,0439.4980,N,07405.6220,W,%s,9,211126,F#" % HUGE, id="h02 speed"),
        pytest.param(b"*HQ,8612340500,NBR,120027,732,101,0,1,160,%s,23,211126,FFFFFBFF,5#" % HUGE, id="h02 cell"),
        pytest.param(
            b"imei:861234050000025,tracker,261121070027,,F,120027.000,A,0439.4980,N,07405.6220,W,%s,9,%s,1,0,,,+%s;"
            % (HUGE, HUGE, HUGE),
            id="gps103 position",
        ),
        pytest.param(b"imei:861234050000025,help me,,,L,,,%s,,%s,,,,,0,0,,,;" % (HUGE, HUGE), id="gps103 cell"),
        pytest.param(
            b"(861234050000025,DW30,211126,A,3651.0366S,17445.8070E,%s.000,120027,0.00,-3.40,12)" % HUGE,
            id="tk103 speed",
        ),
    ],
)
def test_number_that_nothing_has_is_left_out_and_the_rest_counts(frame: bytes) -> None:
    kind = detect(frame)
    assert kind is not None
    peer = kind()
    (report,) = peer.feed(frame, NOW, final=True)
    assert peer.damaged == 1
    assert report.readings or report.fix or report.alarms or report.time
    assert_sound(report, kind)


@each_protocol
def test_cut_anywhere_equals_whole(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        whole = read(fresh(kind), [frame])
        for cut in range(1, len(frame)):
            assert read(fresh(kind), [frame[:cut], frame[cut:]]) == whole, (name, cut)
        assert read(fresh(kind), pieces(frame, 1)) == whole, name


@each_protocol
def test_datagram_equals_stream(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        protocol = fresh(kind)
        assert protocol.feed(frame, NOW, final=True) == read(fresh(kind), [frame]), name
        assert not protocol.held, name


@each_protocol
def test_half_a_datagram_leaves_nothing_behind(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        protocol = fresh(kind)
        for length in range(len(frame)):
            protocol.feed(frame[:length], NOW, final=True)
            assert not protocol.held, (name, length)
        protocol.data_to_send()
        assert protocol.feed(frame, NOW, final=True) == read(fresh(kind), [frame]), name


@each_protocol
def test_same_bytes_at_the_same_time_mean_the_same(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        one, other = fresh(kind), fresh(kind)
        assert read(one, [frame]) == read(other, [frame]), name
        assert one.data_to_send() == other.data_to_send(), name
        assert one.data_to_send() == b"", name


@each_protocol
def test_glued_pair_equals_apart(kind: Kind) -> None:
    table = FRAMES[kind.name]
    for (first, one), (second, other) in product((FIRST_FRAMES[kind.name] | table).items(), table.items()):
        apart = read(fresh(kind), [one]) + read(fresh(kind), [other])
        assert read(fresh(kind), [one + other]) == apart, (first, second)
        assert read(fresh(kind), pieces(one + other, 1)) == apart, (first, second)


@each_protocol
def test_glued_stream_in_pieces_equals_apart(kind: Kind) -> None:
    random = Random(f"glued {kind.name}")
    table = list(FRAMES[kind.name].values())
    for _ in range(100):
        frames = random.choices(table, k=12)
        apart = [report for frame in frames for report in read(fresh(kind), [frame])]
        assert read(fresh(kind), scattered(b"".join(frames), random)) == apart
        datagram = b"".join(frames)
        assert fresh(kind).feed(datagram, NOW, final=True) == apart


@each_protocol
def test_instances_share_nothing(kind: Kind) -> None:
    frames = list(FRAMES[kind.name].values())
    for frame, stranger in zip(frames, frames[1:] + frames[:1], strict=True):
        one, other = fresh(kind), kind("1234567890")
        half, half_of_stranger = len(frame) // 2, len(stranger) // 2
        reports = one.feed(frame[:half], NOW)
        strange = other.feed(stranger[:half_of_stranger], NOW)
        reports += one.feed(frame[half:], NOW)
        strange += other.feed(stranger[half_of_stranger:], NOW)
        assert reports + one.settle(NOW) == read(fresh(kind), [frame])
        assert strange + other.settle(NOW) == read(kind("1234567890"), [stranger])
    assert {key: repr(value) for key, value in vars(kind).items()} == UNUSED[kind]
    assert kind().device_id is None
    assert not fresh(kind).held


@each_protocol
def test_damaged_frame_loses_only_itself(kind: Kind) -> None:
    good = list(FRAMES[kind.name].values())
    for damaged, before, after in product(DAMAGED_FRAMES[kind.name], good, good):
        first, last = read(fresh(kind), [before]), read(fresh(kind), [after])
        reports = read(fresh(kind), [before + damaged + after])
        assert reports[: len(first)] == first, damaged
        assert reports[-len(last) :] == last, damaged
        assert len(reports) <= len(first) + 1 + len(last), damaged


@each_protocol
def test_mutated_stream_raises_nothing_but_frame_error(kind: Kind) -> None:
    random = Random(f"mutations {kind.name}")
    table = [*FRAMES[kind.name].values(), *FIRST_FRAMES[kind.name].values(), *DAMAGED_FRAMES[kind.name]]
    for _ in range(3000):
        message = b"".join(random.choices(table, k=random.randint(1, 3)))
        for _ in range(random.randint(1, 6)):
            message = mutated(message, random)
        whole = survived(kind, [message])
        in_pieces = survived(kind, scattered(message, random))
        assert whole == in_pieces or None in (whole, in_pieces), message
        assert_detectable(message)


@each_protocol
def test_noise_is_refused(kind: Kind) -> None:
    random = Random(f"noise {kind.name}")
    alphabets = (bytes(range(256)), bytes(range(0x20, 0x7F)) + b"\r\n", b"0123456789,#")
    for alphabet, size in product(alphabets, (1, PIECE, 4000)):
        assert_refused(kind, (bytes(random.choices(alphabet, k=size)) for _ in repeat(None)))


@each_protocol
def test_frame_without_end_is_refused(kind: Kind) -> None:
    for _, frame in frames_of(kind):
        for length, filler in product(range(1, len(frame), 7), (b"0", b"A", b",", b" ", b"\0", b"\xff")):
            assert_refused(kind, chain([frame[:length]], repeat(filler * PIECE)))


@each_protocol
def test_noise_behind_a_frame_is_held_no_longer_than_a_frame(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        protocol = fresh(kind)
        assert protocol.feed(frame + b"\xff" * (PATIENCE + kind.max_frame), NOW), name
        assert len(protocol._held) <= kind.max_frame + 1, name
        with pytest.raises(FrameError):
            protocol.feed(b"\xff" * (PATIENCE + kind.max_frame), NOW)


@each_protocol
def test_repeated_beginning_is_refused_or_read(kind: Kind) -> None:
    for name, frame in frames_of(kind):
        for length in range(1, len(frame), 9):
            protocol = fresh(kind)
            reports = 0
            refused = False
            for piece in pieces(frame[:length] * ((PATIENCE + kind.max_frame) // length), PIECE):
                try:
                    reports += len(protocol.feed(piece, NOW))
                except FrameError:
                    refused = True
                    break
                assert len(protocol._held) <= kind.max_frame + 1, (name, length)
            # The beginning of one frame may be the end of the one before: then there are frames to read.
            assert refused or reports or protocol.damaged, (name, length)


@pytest.mark.parametrize("head", SCANNERS.values(), ids=SCANNERS)
def test_scanner_is_refused(head: bytes) -> None:
    with pytest.raises(FrameError):
        detect(head)


def test_nothing_but_blanks_stays_undecided_for_a_while() -> None:
    assert detect(b"\0" * 64) is None
    assert detect(b"") is None
    with pytest.raises(FrameError):
        detect(b"\r\n" * LONGEST_HEAD)


def test_random_bytes_are_claimed_by_nobody() -> None:
    random = Random("nobody")
    for _ in range(2000):
        head = random.randbytes(PIECE)
        assert all(kind.match(head) is not Match.YES for kind in PROTOCOLS), head


@each_protocol
@pytest.mark.parametrize("flood", FLOODS, ids=repr)
def test_flood_costs_no_more_than_its_length(kind: Kind, flood: bytes) -> None:
    size = 1024 * 1024
    peer = Watched(kind)
    for piece in pieces(flood * (size // len(flood)), PIECE):
        peer.feed(piece)
    # A piece is looked at once together with what is held, and a frame costs a look more.
    assert peer.calls <= size / PIECE + peer.frames
    assert peer.looked_at <= size * (2 + kind.max_frame / PIECE)


@each_protocol
def test_flood_of_frames_costs_a_look_each(kind: Kind) -> None:
    frames = list(FRAMES[kind.name].values()) * 20
    peer = Watched(kind)
    for piece in pieces(b"".join(frames), 1000):
        peer.feed(piece)
    assert peer.calls <= len(b"".join(frames)) / 1000 + 1 + len(frames)


class Watched:
    """A peer that is watched: how often it looks for a frame, through how many bytes, and how many it finds."""

    def __init__(self, kind: Kind) -> None:
        """Watch a fresh instance of a protocol."""
        self._kind = kind
        self._protocol = self._fresh()
        self.calls = self.looked_at = self.frames = 0

    def feed(self, data: bytes) -> None:
        """Feed bytes; one that was refused begins anew."""
        try:
            self._protocol.feed(data, NOW)
        except FrameError:
            self._protocol = self._fresh()
        assert len(self._protocol._held) <= self._kind.max_frame + 1

    def _fresh(self) -> Protocol:
        """Return an instance that tells each of its looks."""
        protocol = fresh(self._kind)
        next_frame = protocol.next_frame

        def look(data: bytes, start: int, *, final: bool) -> tuple[int, int] | None:
            self.calls += 1
            span = next_frame(data, start, final=final)
            self.frames += span is not None
            self.looked_at += (len(data) if span is None else span[1]) - start
            return span

        protocol.next_frame = look  # type: ignore[method-assign]
        return protocol


def fresh(kind: Kind) -> Protocol:
    """Return a peer that has not spoken, but for the login that its frames rely on."""
    return kind(IDENTITIES.get(kind.name))


def frames_of(kind: Kind) -> Iterable[tuple[str, bytes]]:
    """Return every whole frame of a protocol with its name."""
    return (FRAMES[kind.name] | FIRST_FRAMES[kind.name]).items()


def read(protocol: Protocol, data: Iterable[bytes]) -> list[Report]:
    """Return the reports of a stream that comes in these pieces and then falls silent."""
    reports = [report for piece in data for report in protocol.feed(piece, NOW)]
    return reports + protocol.settle(NOW)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Return bytes in pieces of one size."""
    return (data[begin : begin + size] for begin in range(0, len(data), size))


def scattered(data: bytes, random: Random) -> list[bytes]:
    """Return bytes in pieces of any size."""
    cuts = sorted(random.sample(range(len(data) + 1), min(len(data), random.randint(0, 8))))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def mutated(data: bytes, random: Random) -> bytes:
    """Return bytes with one thing wrong."""
    if not data:
        return random.randbytes(1)
    where = random.randrange(len(data))
    length = random.randint(1, 12)
    match random.randrange(6):
        case 0:
            return data[:where] + bytes([data[where] ^ 1 << random.randrange(8)]) + data[where + 1 :]
        case 1:
            return data[:where] + data[where + length :]
        case 2:
            return data[:where] + random.randbytes(length) + data[where:]
        case 3:
            return data[: where + length] + data[where:]
        case 4:
            return data[:where] + bytes(random.choices(b"0123456789,.#-:AVNSEW+_ ", k=length)) + data[where + length :]
        case _:
            return data[:where]


def survived(kind: Kind, data: Iterable[bytes]) -> list[Report] | None:
    """Return the reports, each held to what a report is, of bytes that may be refused; None if they were."""
    protocol = fresh(kind)
    try:
        reports = read(protocol, data)
    except FrameError:
        return None
    assert len(protocol._held) <= kind.max_frame + 1
    for report in reports:
        assert_sound(report, kind)
    return reports


def assert_detectable(message: bytes) -> None:
    """Ask who begins like this: one protocol at most, or a refusal."""
    assert sum(kind.match(message.lstrip(b"\r\n \0")) is Match.YES for kind in PROTOCOLS) <= 1
    try:
        detect(message)
    except FrameError:
        return


def assert_refused(kind: Kind, stream: Iterator[bytes]) -> None:
    """Feed a stream without end until it is refused, which must be soon."""
    protocol = fresh(kind)
    fed = 0
    with pytest.raises(FrameError):  # noqa: PT012
        for piece in stream:
            protocol.feed(piece, NOW)
            fed += len(piece)
            assert len(protocol._held) <= kind.max_frame + 1
            assert fed < PATIENCE + kind.max_frame, piece


def assert_sound(report: Report, kind: Kind) -> None:
    """Hold a report to what the vocabulary says."""
    assert report.protocol == kind.name
    assert report.device_id.isdigit()
    assert all(isinstance(alarm, Alarm) for alarm in report.alarms)
    assert_plain(asdict(report))


def assert_plain(value: object) -> None:
    """Refuse numbers that are none and times without a place."""
    match value:
        case dict():
            for item in value.values():
                assert_plain(item)
        case list() | tuple():
            for item in value:
                assert_plain(item)
        case float():
            assert isfinite(value)
        case int():
            assert abs(value) <= MOST
        case datetime():
            assert value.utcoffset() == timedelta(0)
        case _:
            assert value is None or isinstance(value, (bool, int, str, bytes))
