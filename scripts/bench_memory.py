"""Print the bytes that an idle connection takes, ours or bare: run by `scripts/bench`, in a fresh process each time."""

import asyncio
import sys

from scripts.bench_frames import KINDS
from scripts.bench_sockets import memory

if __name__ == "__main__":
    print(asyncio.run(memory(KINDS[-1], int(sys.argv[2]), bare=sys.argv[1] == "bare")))
