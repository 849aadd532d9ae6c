"""The demo as a process of its own, and what it may leave behind."""

import asyncio
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import signal
import socket
from typing import Self

from scripts.demo import HOST, ROOT, Ports, is_free
from tests.simulator.route import Position
from tests.simulator.te207 import encode_hdop, encode_report

#: Seconds that a loaded machine may need for anything; nothing waits that long when all is well.
PATIENCE = 60.0

PYTHON = ROOT / ".venv" / "demo" / "bin" / "python"

#: The one line that Home Assistant writes about every integration that is not its own.
UNTESTED = "We found a custom integration plaspy_trackers which has not been tested by Home Assistant"


class Demo:
    """A running `scripts.demo` on free ports of loopback, its configuration in `folder`."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        """Take over a demo that is ready; `start()` makes one."""
        self.folder = folder
        self.process = process
        self.ports = Ports(**json.loads((folder / "demo.json").read_text()))
        self.url = f"http://{HOST}:{self.ports.web}"
        (self.home_assistant,) = children(process.pid)

    @classmethod
    async def start(cls, folder: Path, *options: str) -> Self:
        """Start a demo in a folder, and wait until it is ready."""
        assert PYTHON.exists(), f"{PYTHON} is missing: scripts/test makes it"
        process = await asyncio.create_subprocess_exec(
            *(str(PYTHON), "-m", "scripts.demo", "--free-ports", "--folder", str(folder), *options),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(2 * PATIENCE):
                await _until_ready(process)
            return cls(folder, process)
        except BaseException:
            if process.returncode is None:
                process.kill()
            await process.communicate()
            raise

    async def interrupt(self) -> int:
        """Do what Ctrl-C does; return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        return await self.end()

    async def end(self) -> int:
        """Wait for the end of the demo; return the exit code."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.process.communicate()
        except TimeoutError:
            self.process.kill()
            await self.process.communicate()
            raise
        assert self.process.returncode is not None
        return self.process.returncode

    async def until_gone(self) -> None:
        """Wait until no process of Home Assistant is left and both ports are free."""
        async with asyncio.timeout(PATIENCE):
            while self._leftovers():  # noqa: ASYNC110 - it is other processes that end
                await asyncio.sleep(0.05)

    def _leftovers(self) -> list[str]:
        """Return what keeps this from being gone."""
        processes = [f"process {process}" for process in processes_of_session(self.home_assistant)]
        return processes + [f"port {port}" for port in (self.ports.web, self.ports.trackers) if not is_free(port)]

    def say(self, *frames: bytes) -> bytes:
        """Send frames to the port on one connection; return the answers when all have been taken."""
        with socket.create_connection((HOST, self.ports.trackers), PATIENCE) as connection:
            connection.sendall(b"".join(frames))
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def complaints(self) -> list[str]:
        """Return the lines of the log that name the integration and should not be there."""
        lines = (self.folder / "home-assistant.log").read_text().splitlines()
        fine = (" DEBUG (", " INFO (", UNTESTED)
        return [line for line in lines if "plaspy_trackers" in line and not any(part in line for part in fine)]


async def _until_ready(process: asyncio.subprocess.Process) -> None:
    """Read what a demo says until it is ready."""
    assert process.stdout is not None
    told = b""
    while b"Ctrl-C" not in told:
        line = await process.stdout.readline()
        told += line
        assert line, f"the demo ended:\n{told.decode()}"


def frame(imei: str, kind: str, position: Position, *, battery: int) -> bytes:
    """Return a GOTOP frame of now."""
    return encode_report(imei, kind, datetime.now(UTC), position, battery=battery, signal=21, tail=encode_hdop(1.2))


def children(process: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def processes_of_session(session: int) -> list[int]:
    """Return the living processes of a session, which its first process gives the number."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, of = (process / "stat").read_text().rpartition(")")[2].split()[:4]
        except FileNotFoundError, ProcessLookupError:
            continue
        if int(of) == session and state != "Z":
            found.append(int(process.name))
    return found


def kill(process: int) -> None:
    """End a process as the kernel does when memory is short."""
    os.kill(process, signal.SIGKILL)
