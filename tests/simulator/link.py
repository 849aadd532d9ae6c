"""The sockets of a simulated tracker."""

import asyncio
from collections.abc import Callable
from typing import override


class Link(asyncio.Protocol, asyncio.DatagramProtocol):
    """A way to the server, by stream or by datagram."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        """Hand what comes to `receive`."""
        self._receive = receive
        self._lost = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | asyncio.DatagramTransport

    def send(self, data: bytes) -> None:
        """Send one frame: bytes of a stream, or one datagram."""
        if isinstance(self._transport, asyncio.DatagramTransport):
            self._transport.sendto(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Be done."""
        self._transport.close()

    async def wait_lost(self) -> None:
        """Wait for the end of the link, and raise ConnectionError."""
        await self._lost
        raise ConnectionError("the server is gone")

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport | asyncio.DatagramTransport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._receive(data)

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._receive(data)

    @override
    def error_received(self, exc: Exception) -> None:
        # A datagram came back as undeliverable: nobody listens there.
        self._end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        """Let `wait_lost()` raise."""
        if not self._lost.done():
            self._lost.set_result(None)
