"""A process to kill: stores reports as fast as it can, and says which were acknowledged. Run by `test_kill`.

For each line `URL FIRST …` it makes a child, which inherits what takes long to import, and says `child PID`. The child
sends the reports of each device from a number on, and says `DEVICE NUMBER` for each that is acknowledged. When it is
dead, `ended` is said.
"""

import asyncio
from itertools import count
import os
import sys

from custom_components.plaspy_trackers.archive import Archive

from .reports import ARRIVED, report


def say(*words: object) -> None:
    """Write a line at once, whole."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def send(archive: Archive, device_id: str, first: int) -> None:
    """Send reports, a few at a time, until killed."""
    for number in count(first, 3):
        futures = [archive.append(device_id, report(one, device_id), ARRIVED) for one in range(number, number + 3)]
        for one, future in enumerate(futures, number):
            await future
            say(device_id, one)


async def load(url: str, *firsts: str) -> None:
    """Send the reports of each device, from its first on."""
    archive = Archive(url)
    await archive.open()
    await asyncio.gather(*(send(archive, f"device{index}", int(first)) for index, first in enumerate(firsts)))


def main() -> None:
    """Make a child for each line."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(load(*line.split()))
        say("child", child)
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    main()
