"""A day's drive with an S7, played through the socket: what Home Assistant shows of it is what the car did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError

from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry

from .actions import ask
from .conftest import HOST, IMEI, state_of
from .simulator.drive import DAY, Drive, Park, table
from .simulator.s7 import CARD, S7
from .talking import allow, send, until

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)

#: Seconds between two reports on the road and while parked.
DRIVING, PARKED = 10, 300

#: When the engine is cut and restored, while the car is at work; and when it cannot be, at 90 km/h.
CUT, RESTORED = 9 * 3600, 9 * 3600 + 1800
TOO_FAST = int(Drive(DAY).trips[1][0]) + 120

IGNITION, IMMOBILIZED = "binary_sensor.father_ignition", "binary_sensor.father_immobilized"
FUEL = "sensor.father_fuel"

#: By how much times and litres may be wrong.
MINUTE = timedelta(minutes=1)
LITRES = 1.5

type Events = dict[int, Callable[[], Awaitable[None]]]


class Car(S7):
    """An S7 that counts its frames."""

    sent = 0

    @override
    def _send(self, frame: bytes) -> None:
        self.sent += 1
        super()._send(frame)


class Day:
    """What Home Assistant showed of a car in a day, and what it did."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to look on."""
        self.alarms: list[dict[str, Any]] = []
        #: By the second, the state of each entity.
        self.shown: dict[str, dict[int, str]] = {IGNITION: {}, IMMOBILIZED: {}, FUEL: {}}

        @callback
        def change(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if event.data["entity_id"] == "event.father_alarm" and state is not None:
                self.alarms.append(dict(state.attributes))

        hass.bus.async_listen(EVENT_STATE_CHANGED, change)


@asynccontextmanager
async def living(car: Car) -> AsyncIterator[None]:
    """Let a tracker live meanwhile."""
    life = asyncio.create_task(car.run())
    try:
        await until(lambda: car._online)
        yield
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


def moments(drive: Drive) -> Iterator[int]:
    """Yield the seconds of a day at which the car reports, among them those at which its ignition was switched."""
    switched = {int(moment) + 1 for trip in drive.trips for moment in trip}
    for second in takewhile(lambda second: second < drive.length, count(1)):
        every = DRIVING if drive.ride(second).ignition else PARKED
        if second in switched or not second % every:
            yield second


async def play(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory, car: Car, drive: Drive, events: Events | None = None
) -> Day:
    """Let a car live through a day; return what was shown of it. `events` are what happens at a second beside it."""
    day = Day(hass)
    events = dict(events or {})
    async with living(car):
        await settle(hass, hub, car)
        for second in moments(drive):
            freezer.move_to(MIDNIGHT + timedelta(seconds=second))
            async_fire_time_changed(hass)
            car.look()
            car.send_report()
            await settle(hass, hub, car)
            for due in [moment for moment in events if moment <= second]:
                await events.pop(due)()
                await settle(hass, hub, car)
            for key, shown in day.shown.items():
                if state := hass.states.get(key):
                    shown[second] = state.state
    assert not events
    return day


async def settle(hass: HomeAssistant, hub: Hub, car: Car) -> None:
    """Wait until all that a car has said was taken in: acknowledged, or counted where nothing is."""
    reports = hub.server.counters.reports
    await until(lambda: not car._outbox and (car.protocol != "gotop" or reports.total() == car.sent))
    await hass.async_block_till_done()


def assert_ignition(day: Day, drive: Drive) -> None:
    """See that the ignition was shown as it was, at every moment."""
    shown = day.shown[IGNITION]
    assert len(shown) > 400
    assert shown == {second: "on" if drive.ride(second).ignition else "off" for second in shown}


async def assert_trips(hass: HomeAssistant, hub: Hub, drive: Drive) -> None:
    """See that the trips are those of the drive."""
    end = MIDNIGHT + timedelta(seconds=drive.length)
    answer = await ask(hass, hub, "get_trips", start=MIDNIGHT.isoformat(), end=end.isoformat())
    assert len(answer["trips"]) == len(drive.trips)
    for trip, (begins, ends) in zip(answer["trips"], drive.trips, strict=True):
        assert abs(datetime.fromisoformat(trip["start"]) - (MIDNIGHT + timedelta(seconds=begins))) < MINUTE
        assert abs(datetime.fromisoformat(trip["end"]) - (MIDNIGHT + timedelta(seconds=ends))) < MINUTE
        kilometres = drive.ride(ends).odometer - drive.ride(begins).odometer
        assert trip["distance"] == pytest.approx(kilometres, rel=0.02)
        fastest = max(drive.ride(second).position.speed for second in range(int(begins), int(ends)))
        assert trip["top_speed"] == pytest.approx(fastest, abs=1.0)
    assert len(answer["stops"]) == len(drive.trips) + 1


@pytest.mark.freeze_time(MIDNIGHT)
async def test_day_is_shown_as_it_was(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """In JT/T 808, which says all there is: also the fuel, by the volts of its sensor, and what the relay does."""
    drive = Drive(DAY, seed=1)
    car = make_car(hub, drive, "jt808")
    await allow(hass, entry, "engine", fuel={"source": "analog_1", "table": table(), "tank_volume": 60})

    async def cut() -> None:
        await send(hass, entry, "engine_cut")
        await until(lambda: car.immobilized)

    async def restore() -> None:
        assert state_of(hass, IMMOBILIZED).state == "on"
        await send(hass, entry, "engine_restore")
        await until(lambda: not car.immobilized)

    async def refuse() -> None:
        with pytest.raises(ServiceValidationError, match="90"):
            await send(hass, entry, "engine_cut")

    day = await play(hass, hub, freezer, car, drive, {CUT: cut, RESTORED: restore, TOO_FAST: refuse})

    assert_ignition(day, drive)
    await assert_trips(hass, hub, drive)
    assert_fuel(day, drive)
    assert [order.kind for order in car.obeyed] == ["engine_cut", "engine_restore"]
    assert {second for second, state in day.shown[IMMOBILIZED].items() if state == "on"} == {
        second for second in day.shown[IMMOBILIZED] if CUT <= second < RESTORED
    }
    assert state_of(hass, "sensor.father_driver").state == CARD
    kilometres = drive.ride(max(day.shown[IGNITION])).odometer
    assert float(state_of(hass, "sensor.father_odometer").state) == pytest.approx(kilometres, abs=0.1)


def assert_fuel(day: Day, drive: Drive) -> None:
    """See that one theft, one refuelling and one lost supply were told, each in its time, and nothing else."""
    told = [(alarm["event_type"], datetime.fromisoformat(alarm["time"])) for alarm in day.alarms]
    assert [kind for kind, _ in told] == ["fuel_theft", "refuel", "power_cut"]
    happened = [change_of(drive, lambda step: step.stolen > 0), change_of(drive, lambda step: step.fills)]
    happened.append(change_of(drive, lambda step: not step.supplied))
    for (_, time), (begins, _) in zip(told, happened, strict=True):
        assert timedelta() <= time - (MIDNIGHT + timedelta(seconds=begins)) <= 10 * MINUTE
    for alarm, change in zip(day.alarms[:2], happened, strict=False):
        litres = [drive.ride(second).litres for second in change]
        assert [alarm["before"], alarm["after"]] == pytest.approx(litres, abs=LITRES)
    # A few readings at rest later the tank is known to hold what it holds.
    for _, ends in happened[:2]:
        for second, shown in day.shown[FUEL].items():
            if ends + 1500 < second < ends + 3600:
                assert float(shown) == pytest.approx(drive.ride(second).litres, abs=LITRES)


def change_of(drive: Drive, is_it: Callable[[Park], bool]) -> tuple[float, float]:
    """Return when the stop begins and ends in which something happens."""
    (piece,) = (piece for piece in drive.pieces if isinstance(piece.step, Park) and is_it(piece.step))
    return piece.begin, piece.end


@pytest.mark.freeze_time(MIDNIGHT)
@pytest.mark.parametrize("protocol", ["gotop", "gt06"])
async def test_trips_and_ignition_are_those_of_the_day(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, freezer: FrozenDateTimeFactory, protocol: str
) -> None:
    drive = Drive(DAY, seed=1)
    car = make_car(hub, drive, protocol)
    if protocol == "gotop":
        # Which of the flags is the ignition only the user knows.
        ignition = {"input": "input_2", "name": "Key", "input_class": "ignition"}
        await allow(hass, entry, wiring={"inputs": [ignition]})
    day = await play(hass, hub, freezer, car, drive)
    assert_ignition(day, drive)
    await assert_trips(hass, hub, drive)
    # In GOTOP's text the alarm of the ignition has the letter of a full battery.
    assert [alarm["event_type"] for alarm in day.alarms if alarm["event_type"] != "battery_full"] == ["power_cut"]


def make_car(hub: Hub, drive: Drive, protocol: str) -> Car:
    """Return an S7 in a car whose day begins."""
    return Car(HOST, hub.server.port, drive, imei=IMEI, protocol=protocol, interval=0.0)
