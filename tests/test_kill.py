"""A process that is killed at any moment, under load: every report that was acknowledged is in the archive, once.

`PLASPY_KILLS` says how often. Each kill is at a random moment, and the watches repeat what nobody acknowledged.
"""

import asyncio
import os
from pathlib import Path
from random import Random
import signal
import socket
import sys

import pytest

from .repeating import HOST, Repeating, alive, check, watches

KILLS = int(os.environ.get("PLASPY_KILLS", "3"))
ROOT = Path(__file__).parents[1]
PROTOCOLS = ("xexun3", "xexun2", "iw", "watch")

#: Seconds after the first acknowledgement until a kill: from amid the first commits on.
LONGEST = 0.4

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_what_was_acknowledged_survives_every_kill(tmp_path: Path) -> None:
    random = Random(5)
    path = tmp_path / "archive.db"
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    imeis = [(protocol, f"8612340{number:07}3") for number, protocol in enumerate(2 * PROTOCOLS, 1)]
    all_watches = watches(port, imeis)
    async with alive(all_watches):
        for number in range(KILLS):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.killed", f"sqlite:///{path}", str(port)),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                await until_acknowledged(process, all_watches)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(process.wait(), random.uniform(0.0, LONGEST))
            finally:
                process.kill()
                await process.communicate()
            assert process.returncode == -signal.SIGKILL
            said, found = check(all_watches, path)
            print(f"kill {number + 1}: {said} acknowledged reports, all there once; {found} rows")  # noqa: T201
    assert all(watch.acknowledged for watch in all_watches)


async def until_acknowledged(process: asyncio.subprocess.Process, watches: list[Repeating]) -> None:
    """Wait until a process listens and has acknowledged something."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"listening\n"
        before = sum(len(watch.acknowledged) for watch in watches)
        while sum(len(watch.acknowledged) for watch in watches) == before:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.001)
