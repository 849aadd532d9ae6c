"""The simulated S7 against the real port, in each of its protocols: what it says is what its drive does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import groupby, pairwise
from math import ceil
from typing import Any, override

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandKind
from custom_components.plaspy_trackers.gateway.models import Alarm, Answer, Fix, Report
from custom_components.plaspy_trackers.gateway.server import Server, Session

from .conftest import HOST
from .simulator import s7 as s7_module, tracker as tracker_module
from .simulator.__main__ import make_parser, make_trackers
from .simulator.drive import (
    CHARGE,
    DAY,
    DRAIN,
    ERRANDS,
    FULL,
    HOUR,
    PER_KILOMETRE,
    SENSOR,
    Drive,
    Go,
    Park,
    Ride,
    Step,
    sensor_of,
)
from .simulator.route import distance
from .simulator.s7 import CARD, S7
from .simulator.s7_dialects import FIRMWARE, ICCID
from .simulator.tracker import Moment, Order, Transport

pytestmark = pytest.mark.usefixtures("socket_enabled", "hurried")

PATIENCE = 10.0
INTERVAL = 0.02

#: Seconds into the errands: at 80 km/h, while the tank is filled, and when the supply is cut until, and within that.
ON_THE_ROAD, AT_THE_PUMP = 60.0, 250.0
SUPPLIED = float(ceil(Drive(ERRANDS).length - 90.0))
UNSUPPLIED = SUPPLIED + 10.0

each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])
each_protocol = pytest.mark.parametrize("protocol", S7.dialects)
each_plan = pytest.mark.parametrize("plan", [DAY, ERRANDS], ids=["day", "errands"])


class Port:
    """The real port, and whoever speaks to it."""

    def __init__(self) -> None:
        """Prepare a port."""
        self.number = 0
        self.reports: list[Report] = []
        #: Whether reports are taken: those that are not get no acknowledgement.
        self.welcoming = True
        self.session: Session
        self._server: Server

    async def open(self) -> None:
        """Listen, on the same number as before."""
        self._server = Server(self._receive)
        await self._server.start(HOST, self.number)
        self.number = self._server.port

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        await self._server.stop()

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms that came."""
        return [alarm for report in self.reports for alarm in report.alarms]

    @property
    def answers(self) -> list[Answer]:
        """What was answered."""
        return [report.answer for report in self.reports if report.answer]

    @property
    def told(self) -> dict[str, Any]:
        """The readings as they were told last."""
        return {key: value for report in self.reports for key, value in report.readings.items()}

    def ask(self, kind: CommandKind, arguments: Arguments | None = None) -> list[Answer]:
        """Ask whoever spoke last for something; return what answers it."""
        assert self.session.protocol
        command = Command(kind, arguments or {}, "123456")
        requests = self.session.protocol.encode(command, tracker_module.datetime.now(tracker_module.UTC))
        for request in requests:
            self.session.send(request.frame)
        # The first server flag of GT06 is none that an answer could repeat.
        first = "0" if self.session.protocol.name == "gt06" else None
        return [Answer(None if request.answer == first else request.answer) for request in requests]

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        assert not session.protocol or not session.protocol.damaged
        self.session = session
        self.reports += reports
        return self.welcoming


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """The real port, open."""
    port = Port()
    await port.open()
    yield port
    await port.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trackers look about often and come back at once, and let a second be short."""
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    monkeypatch.setattr(tracker_module, "RESTART", INTERVAL)
    monkeypatch.setattr(tracker_module, "SECOND", 0.001)
    monkeypatch.setattr(s7_module, "LOOK", INTERVAL)


@asynccontextmanager
async def living(car: S7) -> AsyncIterator[None]:
    """Let a tracker live meanwhile."""
    life = asyncio.create_task(car.run())
    try:
        yield
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


class Timed(S7):
    """An S7 whose clock stands still, unless somebody moves it."""

    elapsed = 0.0

    @override
    def moment(self) -> Moment:
        time = self._began + timedelta(seconds=self.elapsed)
        return replace(super().moment(), time=time, position=self.place(self.elapsed))

    def now(self) -> Ride:
        """Return how the car is."""
        return self.ride(self.moment().time)


def make_car(port: Port, protocol: str, elapsed: float = ON_THE_ROAD, **options: Any) -> Timed:
    """Return an S7 that is so many seconds into its errands."""
    options = {"interval": 60.0, "acknowledgement_timeout": PATIENCE, **options}
    car = Timed(HOST, port.number, Drive(ERRANDS), protocol=protocol, **options)
    car._began = car._began.replace(microsecond=0)
    car.elapsed = elapsed
    return car


def located(port: Port) -> list[Fix]:
    """Return the positions that came."""
    return [report.fix for report in port.reports if report.fix]


def assert_at(fix: Fix, ride: Ride) -> None:
    """See that a fix is where a ride is."""
    assert distance((fix.latitude, fix.longitude), (ride.position.latitude, ride.position.longitude)) < 1.0
    assert fix.speed == pytest.approx(ride.position.speed, abs=0.6)
    assert fix.course == pytest.approx(ride.position.course, abs=0.6)


def what(protocol: str, car: Timed) -> dict[str, object]:
    """Return what the last words of a car have to tell of it."""
    ride = car.now()
    if protocol == "gotop":
        battery = round(100 * ride.battery)
        return {"input_1": ride.supplied, "input_2": ride.ignition, "battery_level": battery}
    wanted = {
        "ignition": ride.ignition,
        "external_voltage": ride.supply,
        "odometer": pytest.approx(ride.odometer, abs=0.1),
        "immobilized": car.immobilized,
        "iccid": ICCID,
    }
    if protocol == "gt06":
        probe = f"{ride.sensor:07.3f}"
        return wanted | {"serial_data": f"*!AIOIL,02,{probe},029.600,519J,0400,{probe},0,00,AB"}
    return wanted | {
        "analog_1": pytest.approx(ride.sensor, abs=0.001),
        "battery_level": round(100 * ride.battery),
        "firmware": FIRMWARE,
    }


@each_protocol
@each_transport
@pytest.mark.parametrize("elapsed", [ON_THE_ROAD, AT_THE_PUMP, UNSUPPLIED], ids=["road", "pump", "unsupplied"])
async def test_what_a_car_tells_is_what_it_does(
    port: Port, protocol: str, transport: Transport, elapsed: float
) -> None:
    car = make_car(port, protocol, elapsed, transport=transport)
    async with living(car):
        await until(
            lambda: bool(located(port)) and not car._outbox and what(protocol, car).items() <= port.told.items()
        )
    assert {(report.device_id, report.protocol) for report in port.reports} == {(S7.default_imei, protocol)}
    fix = located(port)[0]
    assert fix.time == car.moment().time
    assert_at(fix, car.now())


@each_protocol
async def test_ignition_supply_and_card_are_told_at_once(port: Port, protocol: str) -> None:
    car = make_car(port, protocol, elapsed=1.0)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        heard = []
        for elapsed in (5.0, SUPPLIED - 5.0, SUPPLIED + 5.0, SUPPLIED + 40.0):
            count = len(port.reports)
            car.elapsed = elapsed
            await until(lambda begin=count: len(port.reports) > begin)  # type: ignore[misc]
            await asyncio.sleep(3 * INTERVAL)
            await until(lambda: not car._outbox)
            heard.append(port.reports[count:])
    begins, ends, cut, back = heard
    told: list[dict[str, Any]] = [
        {key: value for report in some for key, value in report.readings.items()} for some in heard
    ]
    key = "input_2" if protocol == "gotop" else "ignition"
    assert [one[key] for one in told] == [True, False, False, False]
    card = {"gotop": "serial_data", "gt06": "driver_id", "jt808": "driver_id"}[protocol]
    assert told[0][card].removeprefix("RFID:") == CARD
    assert all(card not in report.readings for report in [*ends, *cut, *back])
    assert [alarm for report in cut for alarm in report.alarms] == [Alarm.POWER_CUT]
    assert not any(report.alarms for report in back)
    codes = [code for report in [*begins, *ends] for code in report.codes]
    assert codes == (["F", "F"] if protocol == "gotop" else [])
    if protocol != "gotop":
        assert [told[2].get("external_voltage", 0.0), told[3]["external_voltage"]] == [0.0, 12.4]


@each_protocol
async def test_call_for_help_is_read(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        car.press_sos()
        await until(lambda: bool(port.alarms))
    assert port.alarms == [Alarm.SOS]


@pytest.mark.parametrize("protocol", ["gt06", "jt808"])
async def test_car_repeats_what_is_not_acknowledged_until_it_is(
    port: Port, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    car = make_car(port, protocol, acknowledgement_timeout=2 * INTERVAL)
    sent: list[bytes] = []
    send = car._send

    def overheard(frame: bytes) -> None:
        sent.append(frame)
        send(frame)

    monkeypatch.setattr(car, "_send", overheard)
    port.welcoming = False
    async with living(car):
        await until(lambda: len(sent) > 3 and len(set(sent[-3:])) == 1)
        refused = sent[-1]
        car.press_sos()
        assert not port.alarms
        port.welcoming = True
        await until(lambda: bool(port.alarms) and not car._outbox)
        count = len(sent)
        await asyncio.sleep(5 * INTERVAL)
    assert len(sent) == count
    assert sent.count(refused) >= 3
    # Each frame waited for the one before it.
    assert len(list(groupby(sent))) == len(set(sent))


@each_protocol
async def test_what_a_car_had_to_tell_without_a_server_arrives_in_order(
    port: Port, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        await port.close()
        await until(lambda: " no server at " in caplog.text)
        before = len(port.reports)
        for _ in range(3):
            car.elapsed += 10.0
            car.send_report()
        car.press_sos()
        car.elapsed += 10.0
        await port.open()
        await until(lambda: len(located(port)) >= 6 and not car._outbox)
    late = [report for report in port.reports[before:] if report.fix]
    times = [report.time for report in late]
    assert times == sorted(times, key=str)
    assert [report.alarms for report in late] == [(), (), (), (Alarm.SOS,), ()]
    # GOTOP has no mark for what was kept.
    assert [report.buffered for report in late] == [protocol != "gotop"] * 3 + [False] * 2


@pytest.mark.parametrize("protocol", ["gt06", "jt808"])
async def test_car_logs_in_on_each_connection_and_registers_once(
    port: Port, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        await port.close()
        await until(lambda: " no server at " in caplog.text)
        heard = len(caplog.messages)
        await port.open()
        await until(lambda: len(located(port)) >= 2 and not car._outbox)
    first, again = (
        next(text for text in texts if " → " in text) for texts in (caplog.messages, caplog.messages[heard:])
    )
    starts = {"gt06": ("xx\\r\\x01", "xx\\r\\x01"), "jt808": ("~\\x01\\x00", "~\\x01\\x02")}[protocol]
    assert [start in text for start, text in zip(starts, (first, again), strict=True)] == [True, True]


#: What each protocol of an S7 has; what goes out by hand may be anything.
ORDERS: list[tuple[str, CommandKind, Arguments]] = [
    ("gotop", CommandKind.LOCATE, {}),
    ("gotop", CommandKind.VERSION, {}),
    ("gotop", CommandKind.REPORT_INTERVAL, {"seconds": 30}),
    ("gotop", CommandKind.STOP_REPORTS, {}),
    ("gotop", CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 600}),
    ("gotop", CommandKind.PASSWORD, {"new": "456789"}),
    ("gotop", CommandKind.REBOOT, {}),
    ("gotop", CommandKind.POWER_OFF, {}),
    *(("gt06", kind, {}) for kind in (CommandKind.LOCATE, CommandKind.STATUS, CommandKind.VERSION)),
    ("gt06", CommandKind.PARAMETERS, {}),
    ("gt06", CommandKind.REPORT_INTERVAL, {"seconds": 30}),
    ("gt06", CommandKind.TIME_ZONE, {"hours": -5}),
    ("gt06", CommandKind.ENGINE_CUT, {}),
    ("gt06", CommandKind.ENGINE_RESTORE, {"method": "dyd"}),
    ("gt06", CommandKind.SERVER, {"host": "example.com", "port": 8888}),
    ("gt06", CommandKind.REBOOT, {}),
    ("jt808", CommandKind.LOCATE, {}),
    ("jt808", CommandKind.PARAMETERS, {}),
    ("jt808", CommandKind.REPORT_INTERVAL, {"seconds": 30}),
    ("jt808", CommandKind.REPORT_INTERVAL, {"seconds": 3600, "mode": "asleep"}),
    ("jt808", CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 600}),
    ("jt808", CommandKind.OVERSPEED_ALARM, {"speed": 120}),
    ("jt808", CommandKind.ENGINE_CUT, {}),
    ("jt808", CommandKind.ENGINE_CUT, {"method": "64"}),
    ("jt808", CommandKind.ENGINE_RESTORE, {}),
    ("jt808", CommandKind.SERVER, {"host": "example.com", "port": 8888}),
    ("jt808", CommandKind.SERIAL_DATA, {"data": "TAKE PHOTO"}),
    ("jt808", CommandKind.RAW, {"data": "STATUS#"}),
    ("jt808", CommandKind.FACTORY_RESET, {}),
    ("jt808", CommandKind.REBOOT, {}),
    ("jt808", CommandKind.POWER_OFF, {}),
]
each_order = pytest.mark.parametrize(("protocol", "kind", "arguments"), ORDERS)


@each_order
async def test_car_understands_answers_and_obeys(
    port: Port, protocol: str, kind: CommandKind, arguments: Arguments
) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        wanted = port.ask(kind, arguments)
        await until(lambda: port.answers == wanted)
        await until(lambda: bool(car.obeyed))
    assert [order.kind for order in car.obeyed] == [kind]


async def test_car_confirms_the_alarm_of_its_ignition_as_it_reports(port: Port) -> None:
    """The letter of the command is that of positions: nobody can tell its confirmation from one."""
    car = make_car(port, "gotop")
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        port.ask(CommandKind.IGNITION_ALARM, {"on": True})
        await until(lambda: len(located(port)) == 2)
    assert [order.kind for order in car.obeyed] == ["ignition_alarm"]
    assert not port.answers


@each_order
async def test_car_refuses(port: Port, protocol: str, kind: CommandKind, arguments: Arguments) -> None:
    car = make_car(port, protocol, refuses={kind})
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        (wanted,) = port.ask(kind, arguments)
        await until(lambda: bool(port.answers))
    assert port.answers == [Answer(None if protocol == "gotop" else wanted.request, accepted=False)]
    assert not car.obeyed


@each_protocol
async def test_car_lets_pass_what_it_forgets(port: Port, protocol: str) -> None:
    car = make_car(port, protocol, forgets=1)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        port.ask(CommandKind.LOCATE)
        wanted = port.ask(CommandKind.LOCATE)
        await until(lambda: bool(port.answers))
    assert port.answers == wanted
    assert [order.kind for order in car.obeyed] == ["locate"]


@each_protocol
async def test_car_tells_where_it_is_now(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        car.elapsed += 20.0
        port.ask(CommandKind.LOCATE)
        await until(lambda: bool(port.answers))
    (answer,) = (report for report in port.reports if report.answer)
    assert answer.fix
    assert_at(answer.fix, car.now())


@pytest.mark.parametrize("protocol", ["gt06", "jt808"])
async def test_relay_lets_the_car_come_to_a_stop_and_not_start_again(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        assert port.told["immobilized"] is False
        port.ask(CommandKind.ENGINE_CUT)
        await until(lambda: port.told["immobilized"])
        assert car.immobilized
        assert car.now().position.speed > 10.0
        car.elapsed += 3 * HOUR
        stopped = car.now()
        assert stopped.position.speed == pytest.approx(0.0, abs=1e-6)
        port.ask(CommandKind.ENGINE_RESTORE)
        await until(lambda: not port.told["immobilized"])
        assert car.now().odometer == pytest.approx(stopped.odometer)
        car.elapsed += 100.0
        assert car.now().position.speed > 10.0
    assert not car.immobilized


def test_relay_that_is_closed_before_the_car_is_to_start_delays_nothing() -> None:
    car = Timed(HOST, 1, Drive(ERRANDS), protocol="jt808")
    car.elapsed = AT_THE_PUMP
    car.obey(Order("engine_cut"))
    car.elapsed += 30.0
    car.obey(Order("engine_restore"))
    assert car.now() == Drive(ERRANDS).ride(AT_THE_PUMP + 30.0)


def test_relay_that_is_opened_for_a_moment_costs_nothing() -> None:
    car = Timed(HOST, 1, Drive(ERRANDS), protocol="jt808")
    car.elapsed = ON_THE_ROAD
    before = car.now()
    car.obey(Order("engine_cut"))
    car.obey(Order("engine_cut"))
    car.obey(Order("engine_restore"))
    car.obey(Order("engine_restore"))
    assert car.now() == before


@each_protocol
async def test_car_comes_back_from_a_reboot(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        session = port.session
        port.ask(CommandKind.REBOOT)
        await until(lambda: len(located(port)) >= 2 and port.session is not session)


@pytest.mark.parametrize("protocol", ["gotop", "jt808"])
async def test_car_that_is_off_stays_away(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        port.ask(CommandKind.POWER_OFF)
        await until(lambda: bool(port.answers))
        count = len(port.reports)
        car.elapsed = AT_THE_PUMP
        await asyncio.sleep(5 * INTERVAL)
    assert len(port.reports) == count


@each_protocol
async def test_car_reports_as_often_as_it_is_told(port: Port, protocol: str) -> None:
    car = make_car(port, protocol)
    async with living(car):
        await until(lambda: bool(located(port)) and not car._outbox)
        port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 20})
        await until(lambda: len(located(port)) >= 5)
    assert car.interval == 0.02


def test_command_line_makes_cars() -> None:
    words = "s7 x07 s7 --protocol jt808"
    first, watch, second = make_trackers(make_parser().parse_args(words.split()))
    assert isinstance(first, S7)
    assert isinstance(second, S7)
    assert (first.protocol, second.protocol) == ("jt808", "jt808")
    assert [first.imei, second.imei] == ["861234050000209", "861234050000309"]
    assert watch.model == "x07"


@each_plan
def test_drive_moves_as_its_speed_says(plan: tuple[Step, ...]) -> None:
    drive = Drive(plan)
    rides = [drive.ride(float(second)) for second in range(int(drive.length))]
    for before, after in pairwise(rides):
        metres = distance(*((at.position.latitude, at.position.longitude) for at in (before, after)))
        mean = (before.position.speed + after.position.speed) / 2 / 3.6
        assert metres <= mean + 1.0
        assert after.odometer - before.odometer == pytest.approx(mean / 1000, abs=0.0012)
        assert abs(after.position.speed - before.position.speed) <= 3.6 * 2.21
        assert after.ignition or after.position.speed < 1e-6
    assert max(ride.position.speed for ride in rides) == pytest.approx(90.0)


@each_plan
def test_drive_ends_where_it_began_with_as_much_fuel(plan: tuple[Step, ...]) -> None:
    drive = Drive(plan)
    first, again = drive.ride(0.0), drive.ride(drive.length)
    assert again.position == first.position
    assert again.litres == pytest.approx(first.litres)
    assert again.odometer - first.odometer == pytest.approx(drive.metres / 1000)


@each_plan
def test_ignition_is_on_in_trips_and_nowhere_else(plan: tuple[Step, ...]) -> None:
    drive = Drive(plan)
    for second in range(0, int(drive.length), 7):
        driving = any(begin <= second < end for begin, end in drive.trips)
        ride = drive.ride(float(second))
        assert ride.ignition is driving
        assert ride.supply == (14.1 if driving else 12.4 if ride.supplied else 0.0)


def test_fuel_is_burnt_stolen_and_filled_up() -> None:
    drive = Drive(DAY)
    levels = [drive.ride(60.0 * minute).litres for minute in range(int(drive.length / 60))]
    falls = [before - after for before, after in pairwise(levels)]
    assert sum(fall for fall in falls if fall > 1.0) == pytest.approx(18.0)
    assert max(levels) == pytest.approx(FULL)
    begin, end = drive.trips[1]
    before, after = drive.ride(begin), drive.ride(end)
    burnt = PER_KILOMETRE * (after.odometer - before.odometer)
    assert before.litres - after.litres == pytest.approx(burnt)


def test_sensor_sloshes_on_the_road_and_calms_down() -> None:
    drive = Drive(DAY)
    begin, end = drive.trips[1]

    def wrong(first: float, seconds: int) -> float:
        rides = [drive.ride(first + second) for second in range(seconds)]
        return max(abs(ride.sensor - sensor_of(ride.litres)) for ride in rides)

    assert 0.1 < wrong(begin, int(end - begin)) < 0.3
    assert wrong(end + 60.0, 600) < 0.001


def test_sensor_and_battery_without_a_supply() -> None:
    drive = Drive(ERRANDS)
    assert drive.ride(UNSUPPLIED).sensor == 0.0
    cut = drive.length - 90.0
    assert drive.ride(cut + 10.0).battery == pytest.approx(1.0 - 10.0 / DRAIN)
    assert drive.ride(cut + 32.0).battery == pytest.approx(1.0 - 30.0 / DRAIN + 2.0 / CHARGE)


def test_sensor_shows_its_table() -> None:
    assert [sensor_of(litres) for _, litres in SENSOR] == pytest.approx([volts for volts, _ in SENSOR])


def test_drive_follows_from_its_seed() -> None:
    assert Drive(seed=1).ride(ON_THE_ROAD) == Drive(seed=1).ride(ON_THE_ROAD)
    assert Drive(seed=1).ride(ON_THE_ROAD) != Drive(seed=2).ride(ON_THE_ROAD)


def test_plan_without_a_petrol_stop_is_none() -> None:
    with pytest.raises(ValueError, match="petrol"):
        Drive((Park(1.0), Go(DAY[3].places), Park(1.0)))  # type: ignore[union-attr]
