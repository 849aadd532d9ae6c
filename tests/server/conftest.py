"""Ports to speak to."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from custom_components.plaspy_trackers.gateway import protocols
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS
from custom_components.plaspy_trackers.gateway.server import Limits

from .peers import HOST, Acknowledging, Listen, Port


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Open ports: by default on any number, by TCP and UDP."""
    ports: list[Port] = []

    async def start(limits: Limits | None = None, *, host: str = HOST, port: int = 0) -> Port:
        opened = Port(limits, host)
        await opened.server.start(host, port)
        ports.append(opened)
        return opened

    yield start
    for opened in ports:
        await opened.close()
    # Closed transports leave with the next turn of the loop.
    await asyncio.sleep(0)


@pytest.fixture
def acknowledging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the port speak one protocol more, which answers."""
    monkeypatch.setattr(protocols, "PROTOCOLS", (*PROTOCOLS, Acknowledging))
