"""What was acknowledged is there, once, whenever the process was killed.

Set `PLASPY_KILLS` to kill more often than the twenty times that fit into every run of the tests.
"""

from collections.abc import Iterator
from contextlib import closing
import os
from pathlib import Path
from random import Random
import signal
import sqlite3
import subprocess
import sys

import pytest

from .conftest import Open
from .reports import ARRIVED, report

KILLS = int(os.environ.get("PLASPY_KILLS", "20"))
DEVICES = 5
#: How many acknowledged reports of each device are sent again after each kill.
AGAIN = 4


@pytest.fixture
def load() -> Iterator[subprocess.Popen[str]]:
    """The process whose children are killed."""
    command = [sys.executable, "-m", "tests.archive.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


def kill_after(load: subprocess.Popen[str], request: str, words: int) -> list[tuple[int, int]]:
    """Kill a child once it has said so much; return the device and number of all that it said were acknowledged."""
    assert load.stdin is not None
    assert load.stdout is not None
    print(request, file=load.stdin, flush=True)
    told: list[tuple[int, int]] = []
    child = 0
    for line in load.stdout:
        match line.split():
            case ["child", pid]:
                child = int(pid)
            case ["ended"]:
                return told
            case [device, number]:
                told.append((int(device.removeprefix("device")), int(number)))
        if child and len(told) >= words:
            os.kill(child, signal.SIGKILL)
            words = sys.maxsize
    raise AssertionError("the process has ended")


def found(path: Path) -> list[list[int]]:
    """Return the numbers of the reports of each device, as they are in the file."""
    query = """
        SELECT latitude IS NOT NULL AND source = 0 AND arrival.name = 'xexun', device.name, readings
        FROM plaspy_reports AS report
        JOIN plaspy_devices AS device ON device.id = report.device
        JOIN plaspy_protocols AS arrival ON arrival.id = report.protocol
        ORDER BY device.name, time, kind
    """
    numbers: list[list[int]] = [[] for _ in range(DEVICES)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for whole, device, readings in connection.execute(query):
            assert whole
            numbers[int(device.removeprefix("device"))].append(int(readings.rpartition(":")[2][:-1]))
    return numbers


async def test_acknowledged_reports_survive_every_kill(
    load: subprocess.Popen[str], open_archive: Open, path: Path, url: str
) -> None:
    random = Random(9)
    last = [-1] * DEVICES
    acknowledged = 0
    for kill in range(KILLS):
        firsts = [max(0, number + 1 - AGAIN) for number in last]
        told = kill_after(load, " ".join(map(str, (url, *firsts))), random.choice((0, 1, random.randrange(300))))
        acknowledged += len(told)
        for device, number in told:
            last[device] = max(last[device], number)
        if kill % 10 == 9 or kill == KILLS - 1:
            for device, numbers in enumerate(found(path)):
                # Once each, without a gap, and beyond the last that was acknowledged only what nobody was told of.
                assert numbers == list(range(len(numbers)))
                assert len(numbers) > last[device]
    assert acknowledged > KILLS * 20
    archive = await open_archive()
    for device, number in enumerate(last):
        entries = await archive.read(f"device{device}")
        assert [entry.report for entry in entries[: number + 1]] == [
            report(one, f"device{device}") for one in range(number + 1)
        ]
        assert {entry.arrived for entry in entries} == {ARRIVED}
