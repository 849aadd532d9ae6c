"""Home Assistant with this integration, and trackers that speak to it over real sockets."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import ctypes
from dataclasses import asdict, dataclass
import json
import os
from pathlib import Path
import signal
import socket
import sys
import tempfile
import time
from typing import Any, Unpack

import aiohttp

from scripts.demo_api import HOST, HomeAssistant
from scripts.demo_seed import PASSWORD, USER, object_id, seed, stand_ins
from tests.simulator import drive
from tests.simulator.__main__ import make_journey
from tests.simulator.keeper import Keeper
from tests.simulator.l17pro import L17Pro
from tests.simulator.route import Journey
from tests.simulator.s7 import S7
from tests.simulator.te207 import Te207
from tests.simulator.tk102 import Tk102
from tests.simulator.tracker import Options, Tracker
from tests.simulator.watch import Watch
from tests.simulator.x07 import X07

ROOT = Path(__file__).resolve().parent.parent

WEB_PORT = 8123
TRACKER_PORT = 8888

START_TIMEOUT = 120.0
STOP_TIMEOUT = 30.0
CHECK_TIMEOUT = 45.0

#: Seconds between two reports, and between two presses of the SOS button.
DEMO_PACE = (5.0, 180.0)
CHECK_PACE = (1.0, 4.0)

CAR = "Car"

#: The simulated trackers: what their devices are called, and what they are.
TRACKERS: dict[str, type[Tracker]] = {"Father": X07, "Mother": L17Pro, "TK-102": Tk102, "TE-207": Te207, CAR: S7}

#: The protocols of those that do not speak as they are delivered: of a car JT/T 808 tells most.
PROTOCOLS: dict[type[Tracker], str] = {S7: "jt808"}

#: What a watch has to show of whoever wears it, and a vehicle of itself: the object ids of sensors, behind the
#: tracker's.
VITALS = ("heart_rate", "systolic_pressure", "diastolic_pressure", "blood_oxygen", "steps")
VEHICLE = ("external_voltage", "odometer", "fuel")

type State = dict[str, Any]


class DemoError(Exception):
    """What ends the demo, in words for whoever started it."""


@dataclass(frozen=True)
class Ports:
    """Where Home Assistant's web interface is, and where trackers report to."""

    web: int
    trackers: int


def main() -> int:
    """Run the demo until it is interrupted, or the check until it has seen enough."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="headless, on free ports: see all trackers work, then end")
    parser.add_argument("--free-ports", action="store_true", help="take free ports instead of 8123 and 8888")
    parser.add_argument("--no-trackers", action="store_true", help="add the trackers, but let them be silent")
    parser.add_argument("--folder", type=Path, help="keep the configuration here, and go on from what is there")
    arguments = parser.parse_args()
    try:
        asyncio.run(run(arguments))
    except (DemoError, aiohttp.ClientError) as error:
        print(f"✗ {error}")
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        print("stopped")
    return 0


async def run(arguments: argparse.Namespace) -> None:
    """Start everything, and stop it again in whatever way this ends."""
    task = asyncio.current_task()
    assert task is not None
    # Also where a shell has told a background process to ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plaspy-demo-")))
        ports = prepare(folder.resolve(), free=arguments.check or arguments.free_ports)
        print(f"starting Home Assistant, its log is {folder}/home-assistant.log", flush=True)
        process = await stack.enter_async_context(home_assistant(folder.resolve()))
        api = await stack.enter_async_context(HomeAssistant(ports.web))
        await until_running(api, process)
        await configure(api, ports.trackers)
        pace = CHECK_PACE if arguments.check else DEMO_PACE
        for tracker in () if arguments.no_trackers else trackers(ports.trackers, *pace):
            running = asyncio.create_task(tracker.run())
            stack.callback(running.cancel)
        print(f"ready after {time.monotonic() - began:.0f} s", flush=True)
        if arguments.check:
            await check(api)
            return
        print(welcome(ports), flush=True)
        await process.wait()
        raise DemoError(f"Home Assistant ended, see {folder}/home-assistant.log")


def prepare(folder: Path, *, free: bool) -> Ports:
    """Return the ports of the demo, with a configuration folder made for them unless there is one."""
    memory = folder / "demo.json"
    if memory.exists():
        ports = Ports(**json.loads(memory.read_text()))
        if not (is_free(ports.web) and is_free(ports.trackers)):
            raise DemoError(f"{folder} is made for the ports {ports.web} and {ports.trackers}, and one is in use")
        return ports
    ports = Ports(choose_port(None if free else WEB_PORT), choose_port(None if free else TRACKER_PORT))
    try:
        if folder.exists() and any(folder.iterdir()):
            raise DemoError(f"{folder} is not empty, and not a folder of this demo")
        seed(folder, ports.web, ROOT / "custom_components" / "plaspy_trackers")
        memory.write_text(json.dumps(asdict(ports)))
    except OSError as error:
        raise DemoError(f"{folder} cannot be used: {error.strerror}") from error
    return ports


def choose_port(wanted: int | None) -> int:
    """Return the port wanted, or a free one if it is taken by TCP or UDP."""
    if wanted is not None and is_free(wanted):
        return wanted
    if wanted is not None:
        print(f"port {wanted} is taken: another is used")
    while True:
        with socket.create_server((HOST, 0)) as listener:
            port: int = listener.getsockname()[1]
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on a port, by TCP or UDP."""
    try:
        with socket.create_server((HOST, port)), socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.bind((HOST, port))
    except OSError:
        return False
    return True


@asynccontextmanager
async def home_assistant(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Home Assistant in a folder; it is gone when the context ends, and when this process dies.

    What goes wrong meanwhile is told with the end of its log.
    """
    log = folder / "home-assistant.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "homeassistant", "--config", str(folder), "--skip-pip", "--log-file", str(log)),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(stand_ins(folder))},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    try:
        yield process
    except DemoError, aiohttp.ClientError:
        print(*log.read_text().splitlines()[-20:], sep="\n")
        raise
    finally:
        if process.returncode is None:
            print("stopping Home Assistant", flush=True)
            process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def _die_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


async def until_running(api: HomeAssistant, process: asyncio.subprocess.Process) -> None:
    """Wait until Home Assistant has started, and log in."""
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            await api.log_in()
            break
        except aiohttp.ClientError, TimeoutError:
            pass
        if process.returncode is not None:
            raise DemoError(f"Home Assistant ended while starting (exit {process.returncode})")
        if time.monotonic() > deadline:
            raise DemoError(f"Home Assistant did not start within {START_TIMEOUT:.0f} s")
        await asyncio.sleep(0.2)
    while (await api.get("/config"))["state"] != "RUNNING":  # noqa: ASYNC110 - it is another process that changes it
        await asyncio.sleep(0.2)


async def configure(api: HomeAssistant, port: int) -> None:
    """Set up the integration and its trackers as a user would, unless that has been done before."""
    if await api.get("/config/config_entries/entry?domain=plaspy_trackers"):
        return
    result = await api.flow("/config/config_entries/flow", "plaspy_trackers", host=HOST, port=port, tcp=True, udp=True)
    if result["type"] != "create_entry":
        raise DemoError(f"the integration could not be set up: {result.get('errors')}")
    entry_id = result["result"]["entry_id"]
    for name, model in TRACKERS.items():
        answers = {"device_id": model.default_imei, "name": name}
        added = await api.flow("/config/config_entries/subentries/flow", [entry_id, "tracker"], **answers)
        if added["type"] != "create_entry":
            raise DemoError(f"{name} could not be added: {added.get('errors')}")
    await configure_car(api, entry_id)


async def configure_car(api: HomeAssistant, entry_id: str) -> None:
    """Say what the car's tank is, and allow its engine to be cut."""
    subentries = await api.ask("config_entries/subentries/list", entry_id=entry_id)
    (car,) = (one["subentry_id"] for one in subentries if one["title"] == CAR)
    answers = {
        "name": CAR,
        "dangerous": ["engine"],
        "fuel": {"source": "analog_1", "table": drive.table(), "tank_volume": 60},
    }
    path = "/config/config_entries/subentries/flow"
    result = await api.flow(path, [entry_id, "tracker"], of=car, **answers)
    if result.get("reason") != "reconfigure_successful":
        raise DemoError(f"{CAR} could not be configured: {result}")


def trackers(port: int, interval: float, sos_every: float) -> list[Tracker]:
    """Return the simulated trackers of the demo."""
    return [
        make_tracker(model, port, make_journey(model.model, index), interval=interval, sos_every=sos_every)
        for index, model in enumerate(TRACKERS.values())
    ]


def make_tracker(model: type[Tracker], port: int, journey: Journey, **options: Unpack[Options]) -> Tracker:
    """Return a simulated tracker that speaks as it does in the demo."""
    if issubclass(model, Keeper):
        return model(HOST, port, journey, protocol=PROTOCOLS.get(model), **options)
    return model(HOST, port, journey, **options)


def welcome(ports: Ports) -> str:
    """Return what to do now."""
    clock = time.strftime("DATE:%y%m%d,TIME:%H%M%S", time.gmtime())
    frame = f"#861234050000090,CMD-KEY,A,{clock},LAT:04.6590000N,LOT:074.0930000W,Speed:003.1,88-21,01.20#"
    return f"""
  Home Assistant     http://{HOST}:{ports.web}/trackers
  login              {USER}, password {PASSWORD}
  trackers report to {HOST} port {ports.trackers}, TCP and UDP

  A tracker that nobody has added yet; its card comes up under Settings, Devices & services:

    bash -c "printf '{frame}' > /dev/tcp/{HOST}/{ports.trackers}"

  Ctrl-C stops everything.
"""


async def check(api: HomeAssistant) -> None:
    """Wait until every tracker has moved and shown what it can, and print the states; DemoError if one does not."""
    first: dict[str, object] = {}
    deadline = time.monotonic() + CHECK_TIMEOUT
    while True:
        states: dict[str, State] = {state["entity_id"]: state for state in await api.get("/states")}
        missing = [
            f"{name}: {what}"
            for name, model in TRACKERS.items()
            for what, holds in expectations(object_id(name), model, first).items()
            if not holds(states)
        ]
        if not missing:
            break
        if time.monotonic() > deadline:
            print_table(states)
            raise DemoError(f"not seen within {CHECK_TIMEOUT:.0f} s: {'; '.join(missing)}")
        await asyncio.sleep(0.5)
    print_table(states)
    # Without the list of actions a browser shows nothing.
    await api.get("/services")
    print("✓ all trackers moved, battery, SOS, ignition and what watches and a car measure have shown")


def expectations(
    name: str, model: type[Tracker], first: dict[str, object]
) -> dict[str, Callable[[dict[str, State]], bool]]:
    """Return what a tracker has to show; `first` remembers where it was seen first."""

    def has_number(key: str) -> Callable[[dict[str, State]], bool]:
        return lambda states: is_number(states.get(f"sensor.{name}_{key}", {}).get("state", ""))

    def moved(states: dict[str, State]) -> bool:
        attributes = states.get(f"device_tracker.{name}", {}).get("attributes", {})
        if "latitude" not in attributes:
            return False
        place = (attributes["latitude"], attributes["longitude"])
        return first.setdefault(name, place) != place

    def pressed_sos(states: dict[str, State]) -> bool:
        alarm = states.get(f"event.{name}_alarm", {}).get("attributes", {})
        sos = states.get(f"binary_sensor.{name}_sos", {}).get("state")
        return bool(sos == "on" and alarm.get("event_type") == "sos")

    def drives(states: dict[str, State]) -> bool:
        return states.get(f"binary_sensor.{name}_ignition", {}).get("state") == "on"

    numbers = ("battery", *(VITALS if issubclass(model, Watch) else VEHICLE if model is S7 else ()))
    return {
        **({"ignition is off": drives} if model is S7 else {}),
        "has not moved": moved,
        "no SOS": pressed_sos,
        **{f"no {key.replace('_', ' ')}": has_number(key) for key in numbers},
    }


def is_number(state: str) -> bool:
    """Tell whether a state is a number that is not below zero."""
    return state.replace(".", "", 1).isdigit()


def print_table(states: dict[str, State]) -> None:
    """Print the states of the trackers' entities."""
    names = tuple(object_id(name) for name in TRACKERS)
    for entity_id, state in sorted(states.items()):
        if not entity_id.split(".")[1].startswith(names):
            continue
        attributes = state["attributes"]
        place = f"{attributes['latitude']:.5f}, {attributes['longitude']:.5f}" if "latitude" in attributes else ""
        unit = attributes.get("unit_of_measurement", "")
        print(f"  {entity_id:<42} {state['state']} {unit} {place}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
