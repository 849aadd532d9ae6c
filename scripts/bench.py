"""Tell how fast it is, beside what is to be reached: run by `scripts/bench`. Nothing here is a test."""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import os
import platform
import resource
from statistics import median, quantiles
import subprocess
import sys
from time import perf_counter

from homeassistant.const import __version__

from scripts.bench_archive import flow, large
from scripts.bench_frames import KINDS, NOW, Kind
from scripts.bench_sockets import Floor, OurServer, Target, Way, measure, reply_to, ways_of
from scripts.bench_states import LATENCY_RATE, latency, states
from scripts.bench_tracks import REPORTS, measure as measure_tracks

PARTS = ("decode", "sockets", "states", "latency", "tracks", "archive")
SECONDS = 0.33
#: Bytes that are fed at once: what a read from a busy socket brings, cut anywhere.
PIECE = 4096
IDLE_CONNECTIONS = 5000

STATES_GOAL = 1.5
MEMORY_GOAL = 1.5
LATENCY_GOAL = 5.0
#: Milliseconds: added by a commit that is shared, and to read the latest day of one tracker.
STORED_GOAL = 200.0
DAY_GOAL = 50.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How thorough it is to be."""

    repeats: int
    trackers: int
    rows: int


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="How fast it is, beside what is to be reached.")
    parser.add_argument("--quick", action="store_true", help="three runs instead of five")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone")
    parser.add_argument("--trackers", type=int, default=100, help="how many report while the latency is measured")
    parser.add_argument("--rows", type=int, default=200_000, help="how many the archive holds; a year has 10,000,000")
    arguments = parser.parse_args()
    plan = Plan(3 if arguments.quick else 5, arguments.trackers, arguments.rows)
    parts: dict[str, Callable[[Plan], None]] = dict(
        zip(PARTS, (decode, sockets, whole_way, idle_and_late, tracks, archive), strict=True)
    )
    # Both ends of every connection are files, here and in the processes that are started from here.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, Home Assistant {__version__}, {os.cpu_count()} cores, load {load:.1f}")
    print(f"Each figure is the median of {plan.repeats} runs. Traccar: 2026-08, same class of machine.")
    for part in arguments.only or PARTS:
        parts[part](plan)


def decode(plan: Plan) -> None:
    """Print how many frames a second one process cuts and decodes."""
    rows = []
    for kind in KINDS:
        rate = median(decode_rate(kind) for _ in range(plan.repeats))
        goal = kind.traccar.in_process
        reached = ("–", "") if goal is None else (thousands(goal), verdict(rate / goal, at_least=1))
        rows.append((kind.name, thousands(rate), f"{1e6 / rate:.1f}", *reached))
    table("Framing and decoding, in one process", ("frame", "k/s", "µs", "goal k/s", "reached"), rows)


def decode_rate(kind: Kind) -> float:
    """Return frames a second of one run."""
    stream = b"".join(kind.pool())
    pieces = [stream[begin : begin + PIECE] for begin in range(0, len(stream), PIECE)]
    peer = kind.peer()
    frames = 0
    begin = perf_counter()
    while perf_counter() < begin + SECONDS:
        for _ in range(10):
            for piece in pieces:
                frames += len(peer.feed(piece, NOW))
                peer.data_to_send()
    seconds = perf_counter() - begin
    assert not peer.damaged
    return frames / seconds


def sockets(plan: Plan) -> None:
    """Print how many messages a second come through real sockets."""
    rows = []
    for kind in KINDS:
        for way in ways_of(kind):
            floor_target = Floor(reply_to(kind) if way.asks else b"")
            ours, floor = (socket_rate(kind, target, plan, way) for target in (OurServer(), floor_target))
            rows.append(
                (
                    kind.name,
                    str(way),
                    thousands(ours),
                    *goal_columns(kind, ours, way),
                    thousands(floor),
                    f"{floor / ours:.1f}",
                )
            )
    table(
        "Through real sockets, sent by a second process",
        ("frame", "by", "k/s", "goal k/s", "reached", "bare asyncio k/s", "times ours"),
        rows,
        "tcp: 8 connections, written as fast as they are taken. udp: one frame a datagram, at most 128 ahead of what\n"
        "the receiver has counted, so that none is lost. answered: each frame when the one before has got its reply.\n"
        "Bare asyncio only counts the bytes of the same sender, and answers where the sender waits for it.",
    )


def socket_rate(kind: Kind, target: Target, plan: Plan, way: Way) -> float:
    """Return messages a second, the median of several runs."""
    return median(asyncio.run(measure(kind, target, way, repeats=plan.repeats, seconds=SECONDS)))


def goal_columns(kind: Kind, rate: float, way: Way) -> tuple[str, str]:
    """Return what is to be reached, and whether it is: twice Traccar over TCP; over UDP what Traccar does, if known."""
    tcp = kind.traccar.tcp
    goal = None if way.asks or tcp is None else kind.traccar.udp if way.udp else 2 * tcp
    return ("–", "") if goal is None else (thousands(goal), verdict(rate / goal, at_least=1))


def whole_way(plan: Plan) -> None:
    """Print what it costs from a frame to written states."""
    rows = []
    for kind in KINDS:
        measured = asyncio.run(states(kind, repeats=plan.repeats, seconds=SECONDS))
        whole, bare = median(measured.whole), median(measured.bare)
        ratio = median(one / other for one, other in zip(measured.whole, measured.bare, strict=True))
        rows.append(
            (
                kind.name,
                f"{measured.writes:.1f}",
                f"{whole:.1f}",
                f"{1e6 / whole:,.0f}",
                f"{bare:.1f}",
                verdict(ratio, at_most=STATES_GOAL),
                f"{median(measured.idle):.1f}",
                f"{measured.idle_writes} in {measured.idle_reports:,}",
            )
        )
    table(
        "From a frame to written states, 50 trackers, 1 zone",
        ("frame", "writes", "µs a report", "reports/s", "µs for the writes alone", "ratio", "µs unchanged", "writes"),
        rows,
        f"Processor time. The ratio is to be at most {STATES_GOAL}. A report in which nothing changed is to write no\n"
        "state (last_seen, which tells the minute, is not counted).",
    )


def idle_and_late(plan: Plan) -> None:
    """Print what an idle connection takes, and how late a state is."""
    ours, bare = (median(idle_memory(which) for _ in range(3)) for which in ("ours", "bare"))
    rows = [(f"{ours:,.0f}", f"{bare:,.0f}", verdict(ours / bare, at_most=MEMORY_GOAL), f"{MEMORY_GOAL}")]
    head = ("bytes each", "bare asyncio", "ratio", "goal")
    table(f"Memory of {IDLE_CONNECTIONS} idle TCP connections that have spoken once", head, rows)
    late_rows = []
    for kind in KINDS:
        late = asyncio.run(latency(kind, plan.trackers))
        percentiles = quantiles(late, n=100)
        figures = (median(late), percentiles[98], max(late))
        reached = verdict(percentiles[98] / LATENCY_GOAL, at_most=1)
        late_rows.append((kind.name, *(f"{figure:.2f}" for figure in figures), f"{LATENCY_GOAL:.0f}", reached))
    table(
        f"From the last byte to the written position: {plan.trackers} trackers, {LATENCY_RATE:.0f} reports a second",
        ("frame", "p50 ms", "p99 ms", "worst ms", "goal p99", "of the goal"),
        late_rows,
    )


def tracks(plan: Plan) -> None:
    """Print how long what is done with a kept track takes."""
    rows = [
        (work, f"{seconds:.2f}", f"{seconds / REPORTS * 1e6:.1f}", f"{size / REPORTS:.0f}" if size else "")
        for work, seconds, size in measure_tracks(plan.repeats)
    ]
    table(f"A track of {REPORTS:,} fixes", ("work", "s", "µs a fix", "bytes a fix"), rows)


def idle_memory(which: str) -> float:
    """Return bytes for each idle connection, measured in a fresh process."""
    command = [sys.executable, "-m", "scripts.bench_memory", which, str(IDLE_CONNECTIONS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603


def archive(plan: Plan) -> None:
    """Print what it costs to keep reports."""
    flows = [asyncio.run(flow()) for _ in range(plan.repeats)]
    alone = [late for one in flows for late in one.alone]
    percentiles = quantiles(alone, n=100)
    row = (
        f"{median(one.append for one in flows):.1f}",
        thousands(median(one.rate for one in flows)),
        *(f"{figure:.2f}" for figure in (median(alone), percentiles[98], max(alone))),
        verdict(percentiles[98] / STORED_GOAL, at_most=1),
    )
    head = ("µs to append", "stored k/s", "p50 ms", "p99 ms", "worst ms", "of the goal")
    table("Reports kept in SQLite, each durable: flat out, and one after the other", head, [row])
    keep_years(plan)


def keep_years(plan: Plan) -> None:
    """Print what a large file of reports gives."""
    years = asyncio.run(large(plan.rows))
    row = (
        f"{years.size:.0f}",
        thousands(plan.rows / years.made),
        f"{years.day:,}",
        f"{median(years.cold):.1f}",
        f"{median(years.warm):.1f}",
        verdict(median(years.cold) / DAY_GOAL, at_most=1),
        f"{years.pruned:,} in {years.seconds:.1f} s",
        f"{median(years.beside):.1f}",
        f"{max(years.beside):.1f}",
    )
    head = ("bytes", "stored k/s", "a day", "cold ms", "warm ms", "of the goal", "pruned", "beside p50 ms", "worst")
    table(
        f"{years.rows:,} rows of 10 trackers: latest day of one, retention",
        head,
        [row],
        "Cold: the system holds nothing of the file in memory. Beside: until a report is stored meanwhile.",
    )


def thousands(rate: float) -> str:
    """Return a rate in thousands."""
    return f"{rate / 1000:,.0f}"


def verdict(ratio: float, *, at_least: float = 0.0, at_most: float = float("inf")) -> str:
    """Return a ratio, and whether it is within its bounds."""
    return f"{ratio:.2f} {'✓' if at_least <= ratio <= at_most else '✗'}"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    """Print a table, its first column to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print(f"\n{title}\n")
    for row in lines(head, rows, widths):
        print(row)
    if note:
        print(f"\n{note}")
    sys.stdout.flush()


def lines(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """Return the lines of a table."""
    for row in (head, ["─" * width for width in widths], *rows):
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join((first.strip().ljust(widths[0]), *others))


if __name__ == "__main__":
    main()
