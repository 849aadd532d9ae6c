"""What the tests of commands share: GOTOP trackers that take and answer requests of a simple kind, and one on a socket.

A request is `:password,kind,arguments#`. `#id,OK,kind,words#` says that it is done, `#id,NO,kind,words#` that it will
not be; without a kind it is about the last one. What the protocols themselves say has tests of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
import json
from typing import Any, cast, override

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.plaspy_trackers.const import DOMAIN
from custom_components.plaspy_trackers.gateway.commands import (
    NOTHING,
    PHONE_NUMBER,
    Checked,
    Choice,
    CommandKind,
    Commands,
    Flag,
    Number,
    Request,
    Several,
    Text,
)
from custom_components.plaspy_trackers.gateway.models import Answer, Report
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.hub import PlaspyConfigEntry

from .conftest import HOST, IMEI

#: What is never answered.
SILENT = (CommandKind.RELAY, CommandKind.FIND)

COMMANDS: Commands = {
    CommandKind.LOCATE: NOTHING,
    CommandKind.FIND: NOTHING,
    CommandKind.REBOOT: NOTHING,
    CommandKind.MEASURE_HEART_RATE: NOTHING,
    CommandKind.POWER_OFF: NOTHING,
    CommandKind.ENGINE_CUT: NOTHING,
    CommandKind.ENGINE_RESTORE: NOTHING,
    CommandKind.REPORT_INTERVAL: {"seconds": Number(10, 600, 10)},
    CommandKind.HEART_RATE_INTERVAL: {"minutes": Number(5, 60, off=True)},
    CommandKind.WORKING_MODE: {"mode": Choice(("normal", "saving"))},
    CommandKind.SOS_NUMBERS: {"numbers": Several(PHONE_NUMBER, 3, fewest=0), "place": Number(0, 3, default=0)},
    CommandKind.FALL_ALARM: {"on": Flag()},
    CommandKind.RELAY: {"on": Flag()},
    CommandKind.MESSAGE: {"text": Text(40)},
    CommandKind.PASSWORD: {"new": Text(6)},
    CommandKind.RAW: {"data": Text(40)},
}


def teach(monkeypatch: pytest.MonkeyPatch, commands: Commands = COMMANDS, pace: timedelta = timedelta()) -> None:
    """Let GOTOP trackers take these commands."""
    decode = Gotop.decode

    def request(self: Gotop, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> Iterable[Request]:
        text = "".join(f",{json.dumps(value)}" for value in arguments.values())
        yield Request(f":{password},{kind}{text}#".encode(), None if kind in SILENT else kind.value)

    def hear(self: Gotop, frame: bytes, now: datetime) -> Iterable[Report]:
        device_id, verdict, *rest = [*frame.decode().strip("#").split(","), ""]
        if verdict not in ("OK", "NO"):
            return decode(self, frame, now)
        self.device_id = device_id
        answer = Answer(rest[0] or None, accepted=verdict == "OK")
        return (Report(device_id, "gotop", text=",".join(rest[1:]).strip(",") or None, answer=answer),)

    monkeypatch.setattr(Gotop, "commands", commands)
    monkeypatch.setattr(Gotop, "pace", pace)
    monkeypatch.setattr(Gotop, "_request", request)
    monkeypatch.setattr(Gotop, "decode", hear)


class Watch:
    """A tracker on a connection that stays open."""

    def __init__(self, entry: PlaspyConfigEntry, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin without having said anything."""
        self._entry = entry
        self.reader = reader
        self.writer = writer

    async def say(self, frame: bytes = f"#{IMEI},CMD-X#".encode()) -> None:
        """Send a frame, and wait until it has been taken in and what it brought about has left."""
        counters = self._entry.runtime_data.server.counters
        before = counters.reports.total()
        self.writer.write(frame)
        await until(lambda: counters.reports.total() > before)
        await self._entry.runtime_data.hass.async_block_till_done()

    async def answer(self, kind: str = "", words: str = "", *, verdict: str = "OK") -> None:
        """Answer a request."""
        await self.say(f"#{IMEI},{verdict},{kind},{words}#".encode())

    async def hear(self) -> str:
        """Return the next request."""
        return (await self.reader.readuntil(b"#")).decode()

    async def hears_nothing(self) -> bool:
        """Return whether there is nothing more to hear."""
        more = asyncio.ensure_future(self.reader.read(1000))
        for _ in range(100):
            await asyncio.sleep(0)
        silent = not more.done()
        more.cancel()
        return silent


class DatagramWatch(asyncio.DatagramProtocol):
    """A tracker at an address of its own."""

    def __init__(self, entry: PlaspyConfigEntry) -> None:
        """Begin without having said or heard anything."""
        self._entry = entry
        self.heard: list[bytes] = []

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the port."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep what is heard."""
        self.heard.append(data)

    async def say(self, frame: bytes = f"#{IMEI},CMD-X#".encode()) -> None:
        """Send a frame, and wait until it has been taken in and what it brought about has arrived."""
        counters = self._entry.runtime_data.server.counters
        before = counters.reports.total()
        self.transport.sendto(frame)
        await until(lambda: counters.reports.total() > before)
        await self.hears_nothing()

    async def hears_nothing(self) -> bool:
        """Return whether nothing more comes."""
        before = len(self.heard)
        for _ in range(100):
            await asyncio.sleep(0)
        return len(self.heard) == before


@asynccontextmanager
async def datagrams(entry: PlaspyConfigEntry) -> AsyncIterator[DatagramWatch]:
    """Let a tracker speak from an address of its own."""
    loop = asyncio.get_running_loop()
    address = (HOST, entry.runtime_data.server.port)
    transport, watch = await loop.create_datagram_endpoint(lambda: DatagramWatch(entry), remote_addr=address)
    try:
        yield watch
    finally:
        transport.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; clocks stand still meanwhile."""
    for _ in range(100_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be so")


@asynccontextmanager
async def connected(entry: PlaspyConfigEntry) -> AsyncIterator[Watch]:
    """Connect a tracker; the connection ends with it."""
    server = entry.runtime_data.server
    reader, writer = await asyncio.open_connection(HOST, server.port)
    await until(lambda: server.connections > 0)
    others = server.connections - 1
    try:
        yield Watch(entry, reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
        await until(lambda: server.connections <= others)


def device_of(hass: HomeAssistant, entry: PlaspyConfigEntry) -> str:
    """Return the id of the tracker's device."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, IMEI), entry.entry_id)
    assert device is not None
    return device.id


async def send(
    hass: HomeAssistant, entry: PlaspyConfigEntry, command: str, context: Context | None = None, **data: Any
) -> Any:
    """Return what the action answers; it waits for nothing, if nobody says."""
    data = {"device_id": device_of(hass, entry), "command": command, "timeout": 0, **data}
    return await hass.services.async_call(
        DOMAIN, "send_command", data, blocking=True, return_response=True, context=context
    )


async def allow(hass: HomeAssistant, entry: PlaspyConfigEntry, *dangerous: str, **settings: Any) -> None:
    """Allow dangerous commands for the tracker, as a user does."""
    (subentry,) = entry.subentries.values()
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)  # type: ignore[attr-defined]
    data = {"name": "Father", "dangerous": list(dangerous), **settings}
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], data)
    assert result.get("reason") == "reconfigure_successful", result
    await hass.async_block_till_done()


def context_of(user: MockUser) -> Context:
    """Return the context of what a user does."""
    return Context(user_id=user.id)
