"""A day with a tracker, played through the socket: what Home Assistant shows of it is what happened.

A child is at home, at school, in the park, at home, in the park again and at home. The tracker's clock is wrong in the
morning; there is no fix in the school, and neither fix nor network in the cellar; twice what it says is stored on the
way; and a fifth of all frames, and all with alarms, are sent again.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from math import cos, radians, sin, tau
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.components.zone import DATA_ZONE_STORAGE_COLLECTION
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, State, callback

from custom_components.plaspy_trackers.const import CONF_SILENCE
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry
from custom_components.plaspy_trackers.tracker.values import TIME_STEP

from .conftest import HOST, IMEI, gotop, state_of
from .simulator.encoders import xexun2
from .simulator.route import Place, Position, between, distance

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
BEGIN, END = 5 * 60 + 30, 23 * 60 + 30
MINUTE = timedelta(minutes=1)
SILENCE = 45

HOME, SCHOOL, PARK = (52.1000, 5.1000), (52.1150, 5.1200), (52.1080, 5.1400)
ZONES = {"home": HOME, "School": SCHOOL, "Park": PARK}
RADIUS = 100.0

#: Metres by which fixes are wrong, told and in truth; of what stands still, all are within 50 metres of each other.
SHARP, BLURRED = 6.0, 150.0
DRIFT = 24.0

#: When the clock is wrong, when a fix is missing, when there is no network, and when there is neither.
WRONG_CLOCK = range(BEGIN, 6 * 60 + 30)
IN_SCHOOL = range(8 * 60, 10 * 60 + 30)
OUT_OF_REACH = (range(12 * 60 + 40, 13 * 60 + 6), range(15 * 60 + 40, 16 * 60 + 11))
IN_CELLAR = range(17 * 60 + 31, 20 * 60)

UNSET = datetime(2004, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What the tracker says in one message: in which minute, where it thinks that it is, and what else."""

    minute: int
    place: Place | None
    speed: float = 0.0
    accuracy: float = SHARP
    alarm: str | None = None
    #: Whether the place is the true one, as well as a receiver can tell.
    true: bool = True

    @property
    def time(self) -> datetime:
        """When that is."""
        return MIDNIGHT + self.minute * MINUTE

    @property
    def battery(self) -> int:
        """How full the battery is, in %."""
        return 95 - self.minute // 60


@dataclass(frozen=True)
class Frame:
    """A message on its way: when it is sent, and what it says by the tracker's clock."""

    minute: int
    said: Said
    data: bytes


type Encode = Callable[[Said, datetime, bool], bytes]
type Clock = Callable[[datetime], datetime]


def say_gotop(said: Said, time: datetime, stored: bool) -> bytes:
    """Return a frame that does not tell whether it has been stored."""
    latitude, longitude = said.place or HOME
    return gotop(
        time,
        kind={None: "CMD-T", "sos": "ALM-A", "fall": "ALM-M", "geofence_exit": "ALM-B1-0"}[said.alarm],
        fix="V" if said.place is None else "A",
        latitude=latitude,
        longitude=longitude,
        speed=said.speed,
        battery=said.battery,
        tail=f"{said.accuracy / 5:05.2f}",
    )


def say_xexun2(said: Said, time: datetime, stored: bool) -> bytes:
    """Return a frame that tells whether it has been stored."""
    place = said.place and Position(*said.place, altitude=2.0, speed=said.speed, course=90.0)
    payload = xexun2.gps(time, place, accuracy=said.accuracy)
    if said.alarm is not None:
        payload += xexun2.alarm(time, 1 << {"sos": 0, "fall": 15, "geofence_exit": 21}[said.alarm])
    payload += xexun2.status(20, said.battery, moving=said.speed > 0, buffered=stored)
    return xexun2.encode(IMEI, said.minute, payload)


def walk(begin: Place, end: Place, first: int, minutes: int) -> Iterator[Said]:
    """Go from one place to another, a fix a minute."""
    speed = distance(begin, end) * 0.06 / minutes
    for minute in range(1, minutes + 1):
        yield Said(first + minute, between(begin, end, minute / minutes), speed)


def stay(place: Place, first: int, last: int, random: Random) -> Iterator[Said]:
    """Stay at a place, a fix in ten minutes that wanders about it."""
    for minute in range(first, last, 10):
        yield Said(minute, beside(place, random.uniform(0, DRIFT), random.uniform(0, tau)))


def beside(place: Place, metres: float, angle: float) -> Place:
    """Return the place that lies so far from another."""
    north, east = metres * cos(angle) / 111_195, metres * sin(angle) / 111_195 / cos(radians(place[0]))
    return place[0] + north, place[1] + east


def live_through(random: Random) -> list[Said]:
    """Return all that is said in the day, in the order in which it is."""
    day = [
        *stay(HOME, BEGIN, 7 * 60, random),
        *walk(HOME, SCHOOL, 7 * 60, 25),
        *stay(SCHOOL, 7 * 60 + 30, 11 * 60, random),
        *walk(SCHOOL, PARK, 11 * 60, 20),
        *stay(PARK, 11 * 60 + 25, 12 * 60 + 30, random),
        *walk(PARK, HOME, 12 * 60 + 30, 40),
        *stay(HOME, 13 * 60 + 15, 14 * 60, random),
        *walk(HOME, PARK, 14 * 60, 31),
        *stay(PARK, 14 * 60 + 35, 15 * 60 + 10, random),
        *walk(PARK, HOME, 15 * 60 + 10, 38),
        *stay(HOME, 15 * 60 + 50, END, random),
    ]
    # At home a receiver sees the sky through a window, and now and then it sees nothing but reflections.
    day += [
        Said(minute, beside(HOME, random.uniform(60.0, 200.0), random.uniform(0, tau)), speed, BLURRED, true=False)
        for minute in range(16 * 60 + 35, 22 * 60 + 35, 5)
        for speed in (random.choice((0.0, 3.0)),)
    ]
    day.append(Said(7 * 60 + 44, (55.1, 5.1), 3.0, true=False))
    alarms = {5 * 60 + 50: "sos", 7 * 60 + 3: "geofence_exit", 12 * 60 + 45: "fall", 14 * 60 + 20: "sos"}
    alarms |= {14 * 60 + 23: "sos", 15 * 60 + 50: "sos"}
    day = [replace(said, alarm=alarms.pop(said.minute, None)) for said in sorted(day, key=lambda said: said.minute)]
    assert not alarms
    return [
        replace(said, place=None) if said.minute in IN_SCHOOL else said for said in day if said.minute not in IN_CELLAR
    ]


def transmit(day: Iterable[Said], encode: Encode, clock: Clock, random: Random, *, stored_first: bool) -> list[Frame]:
    """Return all frames in the order in which they are sent; some are sent again, at once or with the next one."""
    frames: list[Frame] = []
    stored: list[Frame] = []
    lost: list[Frame] = []
    again: list[Frame] = []
    for said in day:
        shown = clock(said.time) if said.minute in WRONG_CLOCK else said.time
        frame = Frame(said.minute, said, encode(said, shown, is_away(said.minute)))
        if is_away(said.minute):
            stored.append(frame)
            continue
        live, kept = [frame], [replace(one, minute=said.minute) for one in stored]
        sent = [*kept, *live] if stored_first else [*live, *kept]
        stored.clear()
        for one in sent:
            frames += [one] * random.choices((1, 2, 3), (8, 1, 1))[0]
        frames += [replace(one, minute=said.minute) for one in lost]
        lost = [one for one in sent if one.said.alarm or random.random() < 0.2]
        frames += [replace(one, minute=said.minute) for one in again if one.minute + 30 <= said.minute]
        again = [one for one in again if one.minute + 30 > said.minute] + [one for one in sent if one.said.alarm]
    return frames


@dataclass
class Shown:
    """What Home Assistant showed: every state of each entity, and which were written without having changed."""

    states: dict[str, list[State]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    def values(self, entity_id: str) -> list[str]:
        """Return the states of an entity in the order in which they were written."""
        return [state.state for state in self.states.get(entity_id, ())]


@pytest.fixture
def shown(hass: HomeAssistant, hub: Hub) -> Shown:
    """All that is shown from now on."""
    shown = Shown()

    @callback
    def change(event: Event[Any]) -> None:
        shown.states.setdefault(event.data["entity_id"], []).append(event.data["new_state"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, change)
    hass.bus.async_listen(
        EVENT_STATE_REPORTED,
        callback(lambda event: shown.unchanged.append(event.data["entity_id"])),
        event_filter=callback(lambda _: True),
    )
    return shown


@pytest.fixture
async def home(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry) -> Hub:
    """A house in Utrecht, with zones, that counts a tracker as offline after 45 minutes."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    await hass.config.async_update(latitude=HOME[0], longitude=HOME[1], radius=int(RADIUS))
    for name in ("School", "Park"):
        latitude, longitude = ZONES[name]
        await hass.data[DATA_ZONE_STORAGE_COLLECTION].async_create_item(
            {"name": name, "latitude": latitude, "longitude": longitude, "radius": RADIUS}
        )
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, subentry, data={CONF_SILENCE: SILENCE})
    await hass.async_block_till_done()
    return hub


class Line:
    """The tracker's connection, which ends wherever there is no network."""

    def __init__(self, hass: HomeAssistant, hub: Hub) -> None:
        """Begin without one."""
        self._hass = hass
        self._hub = hub
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, frames: list[bytes]) -> None:
        """Send frames, and wait until all of them have been taken in."""
        if self._writer is None:
            _, self._writer = await asyncio.open_connection(HOST, self._hub.server.port)
        reports = self._hub.server.counters.reports
        due = reports.total() + len(frames)
        self._writer.write(b"".join(frames))
        for _ in range(100_000):
            if reports.total() >= due:
                break
            await asyncio.sleep(0)
        assert reports.total() == due
        await self._hass.async_block_till_done()

    async def end(self) -> None:
        """Lose the connection."""
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()
            self._writer = None


async def play(hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory, frames: list[Frame]) -> None:
    """Let a tracker send frames, each when its time has come; somebody takes care of each SOS after five minutes."""
    line = Line(hass, hub)
    sent = {minute: [frame.data for frame in group] for minute, group in groupby(frames, lambda frame: frame.minute)}
    for minute in range(BEGIN, END):
        if minute not in sent and minute % 5:
            continue
        freezer.move_to(MIDNIGHT + minute * MINUTE)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        if minute in sent:
            await line.send(sent[minute])
        elif any(minute in minutes for minutes in (*OUT_OF_REACH, IN_CELLAR)):
            await line.end()
        if minute in (5 * 60 + 55, 14 * 60 + 25):
            assert state_of(hass, "binary_sensor.father_sos").state == "on"
            await hass.services.async_call("button", "press", {"entity_id": "button.father_acknowledge"}, blocking=True)
    await line.end()


def zone_of(place: Place) -> str:
    """Return the zone of a place, of which none of the day's is near the edge."""
    metres = {name: distance(place, middle) - RADIUS for name, middle in ZONES.items()}
    assert all(abs(more) > SHARP + 1.0 for more in metres.values()), "a place may be on either side of an edge"
    return next((name for name, more in metres.items() if more < 0), "not_home")


def true_zones(frames: Iterable[Frame]) -> list[tuple[str, datetime]]:
    """Return in which zones the newest place was that had been told, each with since when that was known."""
    zones: list[tuple[str, datetime]] = []
    newest = -1
    # Of what is sent together the newest counts.
    for frame in sorted(frames, key=lambda frame: (frame.minute, -frame.said.minute)):
        said = frame.said
        if said.place is None or not said.true or said.minute <= newest:
            continue
        newest = said.minute
        if not zones or zones[-1][0] != zone_of(said.place):
            zones.append((zone_of(said.place), MIDNIGHT + frame.minute * MINUTE))
    return zones


def places_of(states: Iterable[State]) -> Iterator[tuple[int, list[tuple[Place, float]]]]:
    """Yield the places that were shown in each minute, each with how far it may be wrong."""
    for time, group in groupby(states, lambda state: state.last_updated):
        yield (
            (time - MIDNIGHT) // MINUTE,
            [
                ((state.attributes["latitude"], state.attributes["longitude"]), state.attributes["gps_accuracy"])
                for state in group
            ],
        )


def assert_true_places(states: Iterable[State], frames: list[Frame]) -> None:
    """See that places were shown in the order in which the tracker was there, and each at its time."""
    seen = 0
    for minute, places in places_of(states):
        told = [frame.said for frame in frames if frame.minute <= minute and frame.said.true and frame.said.place]
        for place, accuracy in places:
            # What stands still may be shown where it was seen first, and what is blurred where it was seen last.
            near = [one.minute for one in told if distance(one.place or HOME, place) <= accuracy + 2 * DRIFT]
            seen = min(one for one in near if one >= seen)
        newest = max(told, key=lambda said: said.minute).place or HOME
        place, accuracy = places[-1]
        assert distance(newest, place) <= accuracy + 2 * DRIFT


def told_alarms(states: Iterable[State]) -> list[tuple[str, datetime, bool]]:
    """Return what an event entity told: which alarm, of when, and whether it was a stored one."""
    attributes = [state.attributes for state in states]
    return [(one["event_type"], datetime.fromisoformat(one["time"]), one["replayed"]) for one in attributes]


@pytest.mark.freeze_time(MIDNIGHT + BEGIN * MINUTE)
@pytest.mark.parametrize(
    "clock",
    [
        pytest.param(lambda time: UNSET + (time - MIDNIGHT), id="clock not set"),
        pytest.param(lambda time: time + timedelta(hours=8), id="clock ahead"),
        pytest.param(lambda time: time - timedelta(hours=5), id="clock behind"),
    ],
)
@pytest.mark.parametrize(
    ("encode", "stored_first"),
    [pytest.param(say_gotop, False, id="gotop"), pytest.param(say_xexun2, True, id="xexun2")],
)
async def test_day_is_shown_as_it_was(
    hass: HomeAssistant,
    home: Hub,
    shown: Shown,
    freezer: FrozenDateTimeFactory,
    encode: Encode,
    stored_first: bool,
    clock: Clock,
) -> None:
    random = Random(20)
    day = live_through(random)
    frames = transmit(day, encode, clock, random, stored_first=stored_first)
    await play(hass, home, freezer, frames)

    assert_places(shown, day, frames)
    assert_alarms(hass, shown, clock(at(5, 50)))
    assert_writes(shown, day, frames)


def assert_places(shown: Shown, day: list[Said], frames: list[Frame]) -> None:
    """See that the zones and places of the tracker were the true ones, each when that was known, and no others."""
    states = shown.states["device_tracker.father"]
    zones = [next(same) for _, same in groupby(states, lambda state: state.state)]
    assert [(state.state, state.last_changed) for state in zones] == true_zones(frames)
    assert [state.state for state in zones] == [
        *("home", "not_home", "School", "not_home", "Park", "not_home", "home"),
        *("not_home", "Park", "not_home", "home"),
    ]
    assert_true_places(states, frames)
    walked = {said.minute for said in day if said.speed and said.true and not is_away(said.minute)}
    assert walked <= {minute for minute, _ in places_of(states)}
    assert shown.values("sensor.father_position_source") == ["gnss", "last_known", "gnss", "last_known", "gnss"]


def assert_alarms(hass: HomeAssistant, shown: Shown, first: datetime) -> None:
    """See that each alarm was told once, and that stored ones switched nothing on; `first` is when the first was."""
    assert told_alarms(shown.states["event.father_alarm"]) == [
        ("sos", at(5, 50) if first.year == UNSET.year else first, False),
        ("geofence_exit", at(7, 3), False),
        ("fall", at(12, 45), True),
        ("sos", at(14, 20), False),
        ("sos", at(15, 50), True),
        ("offline", at(17, 30), False),
        ("online", at(20, 0), False),
    ]
    sos = shown.states["binary_sensor.father_sos"]
    assert [(state.state, state.attributes.get("count")) for state in sos] == [
        *(("on", 1), ("off", None), ("on", 1), ("on", 2), ("off", None)),
    ]
    assert hass.states.get("binary_sensor.father_fall") is None
    assert shown.values("binary_sensor.father_connectivity") == ["on", "off", "on"]


def assert_writes(shown: Shown, day: list[Said], frames: list[Frame]) -> None:
    """See that states were written where something had changed, and only as often as that is worth it."""
    assert shown.unchanged == []
    count = {entity_id: len(states) for entity_id, states in shown.states.items()}
    # No step is shown twice, and what stands still writes nothing.
    assert count["device_tracker.father"] <= sum(said.speed > 0 for said in day)
    # Each level once.
    levels = [str(level) for level in sorted({one.said.battery for one in frames}, reverse=True)]
    assert shown.values("sensor.father_battery") == levels
    # No time more than once in five minutes.
    assert max(count["sensor.father_last_seen"], count["sensor.father_last_fix"]) <= (END - BEGIN) * MINUTE / TIME_STEP
    # Once in 100 metres, beginning with none; and with the new day there are none again.
    walks = (distance(*way) / 1000 for way in pairwise((HOME, SCHOOL, PARK, HOME, PARK, HOME)))
    *_, walked, midnight = shown.values("sensor.father_distance_today")
    assert float(walked) == pytest.approx(sum(walks), rel=0.03)
    assert midnight == "0.0"
    assert count["sensor.father_distance_today"] <= float(walked) * 10 + 2
    # Of a dozen entities, less than two with each frame.
    assert sum(count.values()) < 2 * len(frames)


def is_away(minute: int) -> bool:
    """Whether there is no network."""
    return any(minute in minutes for minutes in OUT_OF_REACH)


def at(hour: int, minute: int) -> datetime:
    """Return a time of the day."""
    return MIDNIGHT + timedelta(hours=hour, minutes=minute)
