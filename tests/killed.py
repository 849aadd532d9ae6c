"""A gateway and its archive in a process of their own, as small as can be: what `test_kill` ends, again and again.

Run as `python -m tests.killed URL PORT`; it prints a line once the port is open.
"""

import asyncio
from asyncio import Future
from datetime import UTC, datetime
from pathlib import Path
import sys
from types import ModuleType

# The integration's own beginning imports all of Home Assistant, which takes longer than everything else here.
_package = sys.modules["custom_components.plaspy_trackers"] = ModuleType("custom_components.plaspy_trackers")
_package.__path__ = [str(Path(__file__).parents[1] / "custom_components" / "plaspy_trackers")]

from custom_components.plaspy_trackers.archive import Archive  # noqa: E402
from custom_components.plaspy_trackers.gateway.models import Report  # noqa: E402
from custom_components.plaspy_trackers.gateway.server import Server, Session  # noqa: E402


async def main(url: str, port: int) -> None:
    """Take in what everybody says, until killed."""
    archive = Archive(url)
    await archive.open()

    def ingest(session: Session, reports: list[Report]) -> bool | Future[None]:
        arrived = datetime.now(UTC)
        stored = [archive.append(report.device_id, report, arrived) for report in reports if report.carries]
        if not stored:
            return True
        return asyncio.ensure_future(all_of(stored))

    server = Server(ingest)
    await server.start("127.0.0.1", port)
    print("listening", flush=True)  # noqa: T201
    await asyncio.Event().wait()


async def all_of(stored: list[Future[None]]) -> None:
    """Wait until every report is stored."""
    await asyncio.gather(*stored)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
