"""Run simulated trackers against a server and show every frame: `scripts/simulate x07 tk102 --port 8888`."""

import argparse
import asyncio
from contextlib import suppress
import logging
import signal
import socket
import sys
from typing import Any

from .drive import Drive
from .keeper import Keeper
from .l17pro import L17Pro
from .route import FEDERMAN, PARK, SALITRE, STREETS, Journey, Route
from .s7 import S7
from .te207 import Te207
from .tk102 import Tk102
from .tracker import Tracker
from .watch import Watch
from .x07 import X07

#: Those that have a choice of protocols, and wait for acknowledgements.
KEEPERS: dict[str, type[Keeper[Any]]] = {X07.model: X07, L17Pro.model: L17Pro, S7.model: S7}
MODELS: dict[str, type[Tracker]] = {Tk102.model: Tk102, Te207.model: Te207, **KEEPERS}
PLACES = {Tk102.model: PARK, Te207.model: STREETS, X07.model: SALITRE, L17Pro.model: FEDERMAN}
PROTOCOLS = [protocol for keeper in KEEPERS.values() for protocol in keeper.dialects]


def main() -> int:
    """Run the trackers named on the command line until they are interrupted."""
    parser = make_parser()
    arguments = parser.parse_args()
    if len(arguments.imei) > len(arguments.tracker):
        parser.error("more --imei than trackers")
    if arguments.protocol and not any(speaks(name, arguments.protocol) for name in arguments.tracker):
        parser.error(f"none of these trackers speaks {arguments.protocol}")
    try:
        socket.getaddrinfo(arguments.host, arguments.port)
    except OSError as error:
        parser.error(f"no machine is called {arguments.host}: {error.strerror}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(run(make_trackers(arguments)))
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(prog="scripts/simulate", description="Trackers that speak over real sockets.")
    parser.add_argument("tracker", nargs="+", choices=MODELS, help="the model, once for each tracker")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8888)
    parser.add_argument("--transport", choices=("tcp", "udp"), help="(as the model is delivered)")
    parser.add_argument("--interval", type=seconds, default=5.0, help="seconds between two reports (5)")
    parser.add_argument("--imei", type=imei, action="append", default=[], help="once for each tracker, in their order")
    parser.add_argument("--sos-every", type=seconds, help="seconds between two cries for help (never)")
    parser.add_argument("--fall-every", type=seconds, help="seconds between two falls (never); of a tk102 or s7 none")
    parser.add_argument("--photos", type=seconds, help="seconds between two photos of an l17pro (never)")
    parser.add_argument("--voice", type=seconds, help="seconds between two voice messages of an l17pro (never)")
    parser.add_argument("--protocol", choices=PROTOCOLS, help="for those that speak it (as they are delivered)")
    parser.add_argument(
        "--ack-timeout",
        type=seconds,
        default=5.0,
        dest="acknowledgement_timeout",
        help="seconds until one sends again what was not acknowledged (5)",
    )
    return parser


def seconds(text: str) -> float:
    """Return a period; ValueError if time would stand still."""
    value = float(text)
    if not 0.01 <= value <= 1e6:
        raise ValueError(f"{text} seconds")
    return value


def imei(text: str) -> str:
    """Return an IMEI; ValueError if it is none."""
    if len(text) != 15 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text} is no IMEI")
    return text


def speaks(name: str, protocol: str) -> bool:
    """Tell whether a model has a choice of protocols with this one in it."""
    return name in KEEPERS and protocol in KEEPERS[name].dialects


def make_trackers(arguments: argparse.Namespace) -> list[Tracker]:
    """Return the trackers that were asked for, each with an identity and a starting place of its own.

    None of them is one of the demo's, which may be running.
    """
    trackers: list[Tracker] = []
    for index, name in enumerate(arguments.tracker):
        # Each tracker of one model has an identity a hundred further on than the one before.
        number = arguments.tracker[: index + 1].count(name)
        identity = str(int(MODELS[name].default_imei) + 100 * number)
        trackers.append(
            make_tracker(name, arguments.imei[index] if index < len(arguments.imei) else identity, arguments)
        )
    return trackers


def make_tracker(name: str, identity: str, arguments: argparse.Namespace) -> Tracker:
    """Return a tracker of this model, with this IMEI."""
    options: dict[str, Any] = {
        "imei": identity,
        "transport": arguments.transport,
        "interval": arguments.interval,
        "sos_every": arguments.sos_every,
        "fall_every": arguments.fall_every,
    }
    if name in KEEPERS:
        options["protocol"] = arguments.protocol if speaks(name, arguments.protocol) else None
        options["acknowledgement_timeout"] = arguments.acknowledgement_timeout
    if issubclass(MODELS[name], Watch):
        options["photos"], options["voice"] = arguments.photos, arguments.voice
    return MODELS[name](arguments.host, arguments.port, make_journey(name, identity), **options)


def make_journey(name: str, seed: int | str) -> Journey:
    """Return how a tracker of this model goes: a car on its errands, all others for a walk."""
    return Drive(seed=seed) if name == S7.model else Route(PLACES[name], seed=seed)


async def run(trackers: list[Tracker]) -> None:
    """Let all trackers live until the process is told to end."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with asyncio.TaskGroup() as group:
        for tracker in trackers:
            group.create_task(tracker.run())


if __name__ == "__main__":
    sys.exit(main())
