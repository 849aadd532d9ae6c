"""What the whole way costs: frames to a session, through the hub, to written states of real entities."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import gc
from itertools import count
import logging
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from typing import Any, override

from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component

from custom_components.plaspy_trackers.const import CONF_TCP, CONF_UDP, DOMAIN
from custom_components.plaspy_trackers.gateway.server import Limits, StreamSession
from custom_components.plaspy_trackers.hub import Hub, Member
from custom_components.plaspy_trackers.subentries import new_subentry
from custom_components.plaspy_trackers.tracker import Value
from custom_components.plaspy_trackers.tracker.path import Path
from scripts.bench_frames import Kind, imei
from scripts.bench_sender import HOST
from scripts.bench_sockets import result, sending

TRACKERS = 50
#: Reports that are measured at once: the whole way and the writes alone take turns, so that what else the machine does
#: meets both.
SLICE = 250
#: How long trackers report while the latency is measured, and how many reports a second they make in all.
LATENCY_SECONDS = 6.0
LATENCY_RATE = 100.0


class _Nowhere(asyncio.Transport):
    """The socket of a peer that never hears anything."""

    @override
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None: ...

    @override
    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Written:
    """One report's outcome: the values and the place it left a tracker with, and the entities that were written."""

    member: Member
    values: dict[str, Value]
    path: Path
    entities: list[Entity]


@dataclass(slots=True)
class States:
    """Microseconds a report, run by run, on the whole way and for the same writes alone; how many writes it makes."""

    whole: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    writes: float = 0.0
    #: The same for reports in which nothing changed, and the writes they made, `last_seen` left out.
    idle: list[float] = field(default_factory=list)
    idle_reports: int = 0
    idle_writes: int = 0


class House:
    """A Home Assistant with trackers, and frames to feed it with."""

    def __init__(self, hass: HomeAssistant, hub: Hub, kind: Kind, trackers: int) -> None:
        """Connect each tracker."""
        self.hass = hass
        self.hub = hub
        self._kind = kind
        self._numbers = count(1)
        self._begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        self._sessions: list[StreamSession] = []
        for number in range(trackers):
            session = StreamSession(hub.server)
            session.connection_made(_Nowhere())
            if kind.hello is not None:
                session.data_received(kind.hello(imei(number)))
            self._sessions.append(session)

    def frames(self, reports: int, *, same: bool = False) -> list[bytes]:
        """Return frames of all trackers in turn, newer ones each time; the values are others each time, or never."""
        trackers = len(self._sessions)
        return [
            self._kind.encode(imei(index % trackers), 0 if same else number, self._begin + timedelta(seconds=number))
            for index, number in zip(range(reports), self._turns(), strict=False)
        ]

    def _turns(self) -> Iterator[int]:
        """Return a number for each tracker's turn, a greater one for each round."""
        while True:
            number = next(self._numbers)
            yield from (number for _ in self._sessions)

    def feed(self, frames: list[bytes]) -> float:
        """Let the trackers send frames in turn; return the seconds of processor time that took."""
        sessions = [self._sessions[index % len(self._sessions)] for index in range(len(frames))]
        begin = process_time()
        for session, frame in zip(sessions, frames, strict=True):
            session.data_received(frame)
        return process_time() - begin

    def record(self, frames: list[bytes]) -> list[Written]:
        """Feed frames, and note what each left behind."""
        entities = {
            entity.entity_id: entity
            for one in async_get_platforms(self.hass, DOMAIN)
            for entity in one.entities.values()
        }
        written: list[Entity] = []
        stop = self.hass.bus.async_listen(
            EVENT_STATE_CHANGED, callback(lambda event: written.append(entities[event.data["entity_id"]]))
        )
        outcomes = []
        for index, frame in enumerate(frames):
            self._sessions[index % len(self._sessions)].data_received(frame)
            member = self.hub.members[imei(index % len(self._sessions))]
            outcomes.append(Written(member, dict(member.tracker.values), deepcopy(member.tracker.path), written.copy()))
            written.clear()
        stop()
        return outcomes

    def close(self) -> None:
        """Let all trackers go."""
        for session in self._sessions:
            session.close()


def rewrite(outcomes: list[Written]) -> float:
    """Write the same states again without any report; return the seconds of processor time that took."""
    begin = process_time()
    for outcome in outcomes:
        tracker = outcome.member.tracker
        tracker.values.update(outcome.values)
        tracker.path = outcome.path
        for entity in outcome.entities:
            entity.async_write_ha_state()
    return process_time() - begin


async def states(kind: Kind, *, repeats: int, seconds: float) -> States:
    """Measure the whole way of a kind of frame, and the writes alone beside it."""
    measured = States()
    async with home_assistant(TRACKERS) as (hass, hub):
        house = House(hass, hub, kind, TRACKERS)
        for _ in range(2):
            house.feed(house.frames(TRACKERS))
            await hass.async_block_till_done()
        for _ in range(repeats):
            _measure_writing(house, measured, seconds)
            await hass.async_block_till_done()
        await _measure_idle(house, measured, repeats, seconds)
        house.close()
    return measured


def _measure_writing(house: House, measured: States, seconds: float) -> None:
    """Measure reports in which every value changed, and the writes of such reports alone, for so long each."""
    whole = bare = 0.0
    reports = 0
    while bare < seconds:
        outcomes = house.record(house.frames(SLICE))
        bare += rewrite(outcomes)
        whole += house.feed(house.frames(SLICE))
        reports += SLICE
    measured.writes = sum(len(outcome.entities) for outcome in outcomes) / SLICE
    measured.bare.append(bare / reports * 1e6)
    measured.whole.append(whole / reports * 1e6)


async def _measure_idle(house: House, measured: States, repeats: int, seconds: float) -> None:
    """Measure reports in which nothing changed but the time."""
    house.feed(house.frames(TRACKERS, same=True))
    registry = er.async_get(house.hass)
    clocks = {registry.async_get_entity_id("sensor", DOMAIN, f"{imei(number)}_last_seen") for number in range(TRACKERS)}

    @callback
    def is_counted(data: Mapping[str, Any]) -> bool:
        return data["entity_id"] not in clocks

    @callback
    def tally(event: Event[Any]) -> None:
        measured.idle_writes += 1

    kinds = (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED)
    stops = [house.hass.bus.async_listen(kind, tally, event_filter=is_counted) for kind in kinds]
    for _ in range(repeats):
        spent = 0.0
        reports = 0
        while spent < seconds:
            spent += house.feed(house.frames(10 * SLICE, same=True))
            reports += 10 * SLICE
        measured.idle.append(spent / reports * 1e6)
        measured.idle_reports += reports
        await house.hass.async_block_till_done()
    for stop in stops:
        stop()


async def latency(kind: Kind, trackers: int) -> list[float]:
    """Return milliseconds from the last byte sent to the position's state written, while trackers report in turn."""
    async with home_assistant(trackers) as (hass, hub):
        house = House(hass, hub, kind, trackers)
        house.feed(house.frames(trackers))
        house.close()
        await hass.async_block_till_done()
        hub.server.limits = Limits(connections=trackers, connections_per_address=trackers)
        # What was only just set up makes for a collection of all garbage, which a house that has run for long is past.
        gc.collect()
        registry = er.async_get(hass)
        written: dict[str | None, list[float]] = {
            registry.async_get_entity_id("device_tracker", DOMAIN, f"{imei(number)}_position"): []
            for number in range(trackers)
        }

        @callback
        def note(event: Event[Any]) -> None:
            if (times := written.get(event.data["entity_id"])) is not None:
                times.append(monotonic())

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        frames = house.frames(round(LATENCY_RATE * LATENCY_SECONDS))
        hellos = [b"" if kind.hello is None else kind.hello(imei(number)) for number in range(trackers)]
        job = {
            "deed": "paced",
            "port": hub.server.port,
            "connections": trackers,
            "pause": 1 / LATENCY_RATE,
            "hellos": [hello.decode("latin-1") for hello in hellos],
        }
        async with sending(frames, job) as sender:
            await _until(lambda: sum(map(len, written.values())) == len(frames), 10 * LATENCY_SECONDS)
            assert sender.stdin is not None
            sender.stdin.close()
            sent = await result(sender)
    entities = list(written.values())
    return [
        (entities[number % trackers][number // trackers] - begin) * 1000
        for number, begin in enumerate(sent)
    ]  # fmt: skip


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def home_assistant(trackers: int) -> AsyncIterator[tuple[HomeAssistant, Hub]]:
    """Run Home Assistant with our integration, a home zone and so many trackers."""
    # It warns of every integration that is not its own.
    logging.getLogger("homeassistant.loader").setLevel(logging.ERROR)
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop(DATA_CUSTOM_COMPONENTS)
            assert await async_setup_component(hass, "zone", {})
            entry = make_entry(trackers)
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            yield hass, entry.runtime_data
            assert await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)


def make_entry(trackers: int) -> Any:
    """Return the entry of a free port with so many trackers."""
    subentries = [new_subentry(imei(number), f"Tracker {number}") for number in range(trackers)]
    return MockConfigEntry(
        domain=DOMAIN,
        title="Port",
        data={CONF_HOST: HOST, CONF_PORT: 0, CONF_TCP: True, CONF_UDP: True},
        subentries_data=tuple(
            {
                "data": dict(one.data),
                "subentry_type": one.subentry_type,
                "title": one.title,
                "unique_id": one.unique_id,
                "subentry_id": one.subentry_id,
            }
            for one in subentries
        ),
    )
