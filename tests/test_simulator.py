"""The simulated trackers against the real port: what they send is read, and they come back when it was away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count, groupby, pairwise
from pathlib import Path
import re
from typing import override

import pytest

from custom_components.plaspy_trackers.gateway.models import Alarm, Fix, Report
from custom_components.plaspy_trackers.gateway.server import Server, Session
from custom_components.plaspy_trackers.tracker.measurements import BODY_KEYS

from .conftest import HOST
from .simulator import tracker as tracker_module
from .simulator.__main__ import make_parser, make_trackers
from .simulator.encoders import xexun2
from .simulator.l17pro import L17Pro
from .simulator.outbox import Outbox
from .simulator.route import FEDERMAN, PARK, SALITRE, STREETS, Place, Position, Route, distance
from .simulator.surroundings import ACCESS_POINTS, CELLS
from .simulator.te207 import Te207
from .simulator.tk102 import Tk102
from .simulator.tracker import DRAIN, Tracker, Transport
from .simulator.vitals import DAY, FIRST_WALK, HOUR, LAST_WALK, WALK_EVERY, Condition, Vitals, Wearer
from .simulator.watch import Watch
from .simulator.x07 import X07

pytestmark = pytest.mark.usefixtures("socket_enabled")

PATIENCE = 10.0
INTERVAL = 0.02

HERE = Position(latitude=-33.456789, longitude=-70.654321, altitude=567.8, speed=43.21, course=123.4)

each_model = pytest.mark.parametrize("model", [Tk102, Te207])
each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])
each_loop = pytest.mark.parametrize(
    "places", [PARK, STREETS, SALITRE, FEDERMAN], ids=["park", "streets", "salitre", "federman"]
)

#: Every watch and the protocol it speaks.
WATCHES: list[tuple[type[Watch], str]] = [(X07, "xexun3"), (X07, "xexun2"), (L17Pro, "iw"), (L17Pro, "watch")]
each_watch = pytest.mark.parametrize(("model", "protocol"), WATCHES, ids=[protocol for _, protocol in WATCHES])
each_person = pytest.mark.parametrize(("seed", "walking"), [(1, 0.6), (2, 0.0), (3, 1.0), (4, 0.3), (5, 0.9)])
each_with_login = pytest.mark.parametrize(
    ("protocol", "login", "answer"),
    [
        ("iw", b"IWAP00861234050000041#", b"IWBP00,20261121100000,-5#"),
        ("watch", b"*LK,", b"[3G*3405000004*0002*LK]"),
    ],
    ids=["iw", "watch"],
)


type Dress = Callable[..., Watch]


class Standing(Route):
    """A route that never leads anywhere."""

    def __init__(self) -> None:
        """Stand still."""

    @override
    def at(self, seconds: float) -> Position:
        return HERE


class Steady(Wearer):
    """Somebody who is always alike: out for a walk, or at home."""

    CONDITION = Condition(
        asleep=False,
        walking=True,
        steps=4321,
        turns=7,
        vitals=Vitals(
            heart_rate=72,
            systolic=121,
            diastolic=79,
            oxygen=97,
            respiration=16,
            body_temperature=36.6,
            skin_temperature=35.29,
        ),
    )

    def __init__(self, *, walking: bool) -> None:
        """Be out of doors or not."""
        super().__init__()
        self._condition = replace(self.CONDITION, walking=walking)

    @override
    def at(self, seconds: float) -> Condition:
        return self._condition


class Ear:
    """A TCP server that says nothing, unless it has something to say."""

    def __init__(self) -> None:
        """Prepare to listen."""
        self.port = 0
        self.heard = b""
        self.answer = b""

    @property
    def texts(self) -> list[bytes]:
        """What was heard that ends in `#` or `]`."""
        return re.findall(rb"[^#\]]+[#\]]", self.heard)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one connection out."""
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                self.heard += data
                writer.write(self.answer)
            writer.close()


class Port:
    """The real port, and the reports that came to it."""

    def __init__(self) -> None:
        """Prepare a port that is not open yet; the first opening chooses its number."""
        self.number = 0
        self.reports: list[Report] = []
        #: Whether reports are taken: those that are not get no acknowledgement.
        self.welcoming = True
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
    def connections(self) -> int:
        """How many TCP connections are open."""
        return self._server.connections

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms that came."""
        return [alarm for report in self.reports for alarm in report.alarms]

    async def until_heard(self, count: int) -> None:
        """Wait for so many more reports."""
        wanted = len(self.reports) + count
        await until(lambda: len(self.reports) >= wanted)

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        assert not session.protocol or not session.protocol.damaged
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
async def ear() -> AsyncIterator[Ear]:
    """A server that hears and does not answer."""
    ear = Ear()
    server = await asyncio.start_server(ear.listen, HOST)
    ear.port = server.sockets[0].getsockname()[1]
    yield ear
    server.close()
    server.close_clients()
    await server.wait_closed()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trackers come back at once."""
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)


@pytest.fixture
def dress(port: Port, monkeypatch: pytest.MonkeyPatch) -> Dress:
    """Return a function that makes a watch on a wrist: each of its moments is a second after the one before."""

    def dress(
        model: type[Watch],
        protocol: str,
        *,
        walking: bool = True,
        transport: Transport = "tcp",
        acknowledgement_timeout: float = PATIENCE,
    ) -> Watch:
        watch = model(
            HOST,
            port.number,
            Standing(),
            protocol=protocol,
            transport=transport,
            interval=60.0,
            acknowledgement_timeout=acknowledgement_timeout,
        )
        moment, seconds = watch.moment, count(1)
        watch._wearer = Steady(walking=walking)
        monkeypatch.setattr(
            watch, "moment", lambda: replace(moment(), time=watch._began + timedelta(seconds=next(seconds)))
        )
        return watch

    return dress


@asynccontextmanager
async def living(tracker: Tracker) -> AsyncIterator[None]:
    """Let a tracker live meanwhile."""
    life = asyncio.create_task(tracker.run())
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


def missed(caplog: pytest.LogCaptureFixture) -> int:
    """Return how often a tracker has found no server."""
    return caplog.text.count(" no server at ")


def fixes(port: Port, begin: int = 0) -> list[Fix]:
    """Return the positions that came, from the report with this number."""
    return [report.fix for report in port.reports[begin:] if report.fix is not None]


def measured(port: Port, begin: int = 0) -> list[Report]:
    """Return the reports with a pulse, from the report with this number."""
    return [report for report in port.reports[begin:] if report.readings.get("heart_rate")]


def overhear(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> tuple[list[bytes], list[bytes]]:
    """Return the frames that a watch will keep, and those it will send; without those that only say who it is."""
    kept: list[bytes] = []
    sent: list[bytes] = []

    def listen(name: str, owner: object, frames: list[bytes]) -> None:
        deed = getattr(owner, name)

        def overheard(frame: bytes, **options: bool) -> None:
            if b"*LK" not in frame and not frame.startswith(b"IWAP00"):
                frames.append(frame)
            deed(frame, **options)

        monkeypatch.setattr(owner, name, overheard)

    listen("put", watch._outbox, kept)
    listen("_send", watch, sent)
    return kept, sent


def longest_run(frames: list[bytes]) -> int:
    """Return how often the frame was sent that was sent most often in a row."""
    return max((len(list(run)) for _, run in groupby(frames)), default=0)


def drained(outbox: Outbox) -> list[bytes]:
    """Return everything in an outbox, and empty it."""
    frames = []
    while kept := outbox.take():
        frames.append(kept.frame)
        outbox.drop()
    return frames


def mean_pulse(wearer: Wearer, span: list[float]) -> float:
    """Return the mean heart rate between two times."""
    begin, end = span
    times = [begin + 10.0 * number for number in range(int((end - begin) / 10))]
    return sum(wearer.at(time).vitals.heart_rate for time in times) / len(times)


def walks(wearer: Wearer) -> list[float]:
    """Return the times of a day, one in ten seconds, that are walked."""
    return [time for time in (10.0 * number for number in range(int(DAY / 10))) if wearer.at(time).walking]


@each_model
@each_transport
async def test_what_a_tracker_sends_is_read(port: Port, model: type[Tracker], transport: Transport) -> None:
    tracker = model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)
    tracker._began -= timedelta(seconds=DRAIN / 2)
    async with living(tracker):
        await port.until_heard(2)
        tracker.press_sos()
        await until(lambda: bool(port.alarms))
    reports = [port.reports[0], next(report for report in port.reports if report.alarms)]
    assert [report.alarms for report in reports] == [(), (Alarm.SOS,)]
    for report in reports:
        assert report.device_id == model.default_imei
        assert report.fix is not None
        assert report.fix.latitude == pytest.approx(HERE.latitude, abs=1e-5)
        assert report.fix.longitude == pytest.approx(HERE.longitude, abs=1e-5)
        assert report.fix.speed == pytest.approx(HERE.speed, abs=0.1)
        assert report.fix.course == pytest.approx(HERE.course, abs=0.5)
        assert timedelta() <= tracker.moment().time - report.fix.time < timedelta(seconds=PATIENCE)
        if model is Tk102:
            assert report.fix.altitude == pytest.approx(HERE.altitude, abs=0.1)
            assert report.readings["battery_voltage"] == pytest.approx((3.5 + 4.15) / 2, abs=0.01)
            assert report.readings["charging"] is False
        else:
            assert report.readings["battery_level"] == pytest.approx(50, abs=1)


async def test_fall_and_heartbeat_of_a_te207_are_read(port: Port) -> None:
    tracker = Te207(HOST, port.number, Standing(), interval=60.0)
    async with living(tracker):
        await port.until_heard(1)
        tracker.fall()
        tracker.send_heartbeat()
        await port.until_heard(2)
    _, fall, heartbeat = port.reports
    assert fall.alarms == (Alarm.FALL,)
    assert heartbeat == Report(Te207.default_imei, "gotop")


@each_model
@each_transport
async def test_sos_pressed_while_the_server_is_away_arrives_once(
    port: Port,
    model: type[Tracker],
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    tracker = model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)
    async with living(tracker):
        await port.until_heard(1)
        await port.close()
        await until(lambda: missed(caplog) == 1)
        tracker.press_sos()
        await until(lambda: missed(caplog) == 3)
        await port.open()
        await port.until_heard(3)
    assert port.alarms == [Alarm.SOS]


async def test_sos_that_comes_back_as_undeliverable_is_sent_again(
    port: Port, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    tracker = Te207(HOST, port.number, Standing(), interval=60.0)
    async with living(tracker):
        await port.until_heard(1)
        await port.close()
        tracker.press_sos()
        await until(lambda: missed(caplog) == 1)
        await port.open()
        await port.until_heard(2)
    assert port.alarms == [Alarm.SOS]


@pytest.mark.parametrize("model", [Tk102, Te207, X07, L17Pro])
@each_transport
async def test_cancelled_tracker_leaves_nothing_open(port: Port, model: type[Tracker], transport: Transport) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    tasks, files = asyncio.all_tasks(), open_files()
    async with living(model(HOST, port.number, Standing(), transport=transport, interval=INTERVAL)):
        await port.until_heard(1)
        assert open_files() > files
    assert asyncio.all_tasks() == tasks
    await until(lambda: not port.connections and open_files() == files)


async def test_tracker_without_a_server_ends_when_cancelled(port: Port, caplog: pytest.LogCaptureFixture) -> None:
    await port.close()
    tracker = Tk102(HOST, port.number, Standing(), interval=INTERVAL)
    tasks = asyncio.all_tasks()
    async with living(tracker):
        await until(lambda: missed(caplog) == 1)
    assert asyncio.all_tasks() == tasks


#: What each protocol tells of a wearer who is always alike, in one report.
MEASURED: dict[str, dict[str, object]] = {
    "xexun3": {
        "heart_rate": 72,
        "systolic": 121,
        "diastolic": 79,
        "blood_oxygen": 97,
        "respiratory_rate": 16,
        "temperature": 37,
        "steps": 4321,
        "moving": True,
        "battery_level": 100,
    },
    "xexun2": {
        "heart_rate": 72,
        "systolic": 121,
        "diastolic": 79,
        "blood_oxygen": 97,
        "steps": 4321,
        "moving": True,
        "battery_level": 100,
    },
    "iw": {"heart_rate": 72, "systolic": 121, "diastolic": 79, "blood_oxygen": 97, "body_temperature": 36.6},
    "watch": {"heart_rate": 72, "systolic": 121, "diastolic": 79},
}


@each_watch
@each_transport
async def test_what_a_watch_sends_is_read(
    port: Port, dress: Dress, model: type[Watch], protocol: str, transport: Transport
) -> None:
    watch = dress(model, protocol, transport=transport)
    async with living(watch):
        await until(lambda: bool(port.reports and fixes(port) and measured(port) and not watch._outbox))
    assert {report.protocol for report in port.reports} == {protocol}
    assert {report.device_id for report in port.reports} <= {model.default_imei, model.default_imei[4:14]}
    fix = fixes(port)[0]
    assert fix.latitude == pytest.approx(HERE.latitude, abs=1e-4)
    assert fix.longitude == pytest.approx(HERE.longitude, abs=1e-4)
    assert fix.speed == pytest.approx(HERE.speed, abs=0.1)
    assert fix.course == pytest.approx(HERE.course, abs=0.5)
    assert timedelta() <= fix.time - watch._began.replace(microsecond=0) < timedelta(seconds=10)
    readings = measured(port)[0].readings
    assert {key: readings.get(key) for key in MEASURED[protocol]} == MEASURED[protocol]
    told = {key: value for report in port.reports for key, value in report.readings.items()}
    assert told["battery_level"] == 100
    assert told["steps"] == 4321
    if protocol == "watch":
        assert told["blood_oxygen"] == 97
        assert told["body_temperature"] == 35.29


@each_watch
async def test_watch_indoors_tells_what_it_hears(port: Port, dress: Dress, model: type[Watch], protocol: str) -> None:
    watch = dress(model, protocol, walking=False)
    async with living(watch):
        await until(lambda: any(report.wifi for report in port.reports) and not watch._outbox)
        watch.press_sos()
        await until(lambda: bool(port.alarms))
    assert fixes(port) == []
    for report in port.reports:
        if report.wifi:
            assert [point.bssid for point in report.wifi] == [bssid for _, bssid, _ in ACCESS_POINTS]
            tower = report.cells[0]
            serving = CELLS[0][0]
            assert (tower.mcc, tower.mnc, tower.area, tower.cell) == (
                serving.mcc,
                serving.mnc,
                serving.area,
                serving.cell,
            )
    assert next(report for report in port.reports if report.alarms).wifi


@each_watch
async def test_alarms_of_a_watch_are_read(port: Port, dress: Dress, model: type[Watch], protocol: str) -> None:
    watch = dress(model, protocol)
    async with living(watch):
        await until(lambda: bool(measured(port)) and not watch._outbox)
        watch.press_sos()
        watch.fall()
        await until(lambda: len(port.alarms) >= 2 and not watch._outbox)
    assert port.alarms == [Alarm.SOS, Alarm.FALL]
    sos = next(report for report in port.reports if report.alarms)
    assert sos.fix is not None
    assert not sos.buffered


@each_watch
async def test_watch_off_the_wrist_measures_nothing(
    port: Port, dress: Dress, model: type[Watch], protocol: str
) -> None:
    watch = dress(model, protocol)
    async with living(watch):
        await until(lambda: bool(measured(port)) and not watch._outbox)
        before = len(port.reports)
        watch.take_off()
        watch.take_off()
        await until(lambda: len(port.reports) > before and not watch._outbox)
        taken_off = port.reports[before:]
        watch.send_report()
        watch.send_health()
        await until(lambda: not watch._outbox)
        off = port.reports[before:]
        watch.put_on()
        watch.put_on()
        await until(lambda: bool(measured(port, before)))
    readings = {key: value for report in taken_off for key, value in report.readings.items()}
    assert readings["heart_rate"] is None
    assert not readings.get("worn")
    assert [alarm for report in taken_off for alarm in report.alarms] == ([] if protocol == "iw" else [Alarm.REMOVED])
    values = {value for report in off for key in BODY_KEYS if (value := report.readings.get(key, None)) is not None}
    assert values == set()
    assert port.alarms == ([] if protocol == "iw" else [Alarm.REMOVED])
    if protocol in ("xexun2", "iw"):
        # They have a word for it; with the others only a pulse tells that the watch was put on again.
        assert readings["worn"] is False
        assert any(report.readings.get("worn") for report in port.reports[before:])


@each_watch
@pytest.mark.usefixtures("hurried")
async def test_watch_repeats_what_is_not_acknowledged_until_it_is(
    port: Port, dress: Dress, model: type[Watch], protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = dress(model, protocol, acknowledgement_timeout=INTERVAL)
    kept, sent = overhear(monkeypatch, watch)
    port.welcoming = False
    async with living(watch):
        await until(lambda: len(sent) >= 3)
        watch.press_sos()
        watch.fall()
        watch.take_off()
        watch.put_on()
        await until(lambda: longest_run(sent) >= 3)
        port.welcoming = True
        await until(lambda: not watch._outbox)
        delivered = len(sent)
        await asyncio.sleep(5 * INTERVAL)
    assert [frame for frame, _ in groupby(sent)] == kept
    assert len(sent) == delivered
    assert longest_run(sent) >= 3


@each_watch
@pytest.mark.usefixtures("hurried")
async def test_what_a_watch_had_to_tell_while_the_server_was_away_arrives_in_order(
    port: Port, dress: Dress, model: type[Watch], protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    watch = dress(model, protocol)
    async with living(watch):
        await until(lambda: bool(fixes(port)) and not watch._outbox)
        await port.close()
        await until(lambda: missed(caplog) == 1)
        before = len(port.reports)
        watch.send_report()
        watch.press_sos()
        watch.send_report()
        watch.fall()
        watch.send_report()
        watch.send_health()
        watch.send_heartbeat()
        await port.open()
        await until(lambda: len(port.alarms) >= 2 and len(fixes(port, before)) >= 6 and not watch._outbox)
    late = port.reports[before:]
    assert port.alarms == [Alarm.SOS, Alarm.FALL]
    times = [report.time for report in late if report.time is not None]
    assert times == sorted(times)
    # Three that were kept, one of each alarm or behind it, and the one that begins a connection.
    assert len(fixes(port, before)) == 6
    assert sum(report.buffered for report in late) == (3 if protocol == "watch" else 0)
    assert not any(report.buffered for report in late if report.alarms)


@each_with_login
@pytest.mark.usefixtures("hurried")
async def test_watch_says_nothing_else_until_its_login_is_answered(
    ear: Ear, protocol: str, login: bytes, answer: bytes
) -> None:
    watch = L17Pro(
        HOST, ear.port, Standing(), protocol=protocol, interval=INTERVAL, acknowledgement_timeout=2 * INTERVAL
    )
    watch.press_sos()
    async with living(watch):
        await until(lambda: len(ear.texts) >= 3)
        assert all(login in frame for frame in ear.texts)
        ear.answer = answer
        await until(lambda: any(login not in frame for frame in ear.texts))


@each_with_login
@pytest.mark.usefixtures("hurried")
async def test_watch_logs_in_on_each_connection(
    port: Port,
    dress: Dress,
    caplog: pytest.LogCaptureFixture,
    protocol: str,
    login: bytes,
    answer: bytes,
) -> None:
    watch = dress(L17Pro, protocol)
    async with living(watch):
        await until(lambda: bool(measured(port)) and not watch._outbox)
        await port.close()
        await until(lambda: missed(caplog) == 1)
        heard = len(caplog.messages)
        await port.open()
        await until(lambda: len(fixes(port)) >= 2 and not watch._outbox)
    first, again = (
        next(text for text in messages if " → " in text) for messages in (caplog.messages, caplog.messages[heard:])
    )
    assert login.decode() in first
    assert login.decode() in again


@pytest.mark.usefixtures("hurried")
async def test_watch_that_nobody_answers_connects_anew(ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    watch = X07(HOST, ear.port, Standing(), acknowledgement_timeout=INTERVAL)
    async with living(watch):
        await until(lambda: missed(caplog) == 1)
        told = len(ear.heard)
        await until(lambda: len(ear.heard) > told)
    frame = ear.heard[: 6 + int.from_bytes(ear.heard[1:3])]
    assert ear.heard == frame * (len(ear.heard) // len(frame))


def test_outbox_gives_up_the_oldest_that_is_not_precious() -> None:
    outbox = Outbox(3)
    for number, precious in enumerate((False, True, False, False, True)):
        outbox.put(b"%d" % number, precious=precious)
    assert drained(outbox) == [b"1", b"3", b"4"]


def test_outbox_never_gives_up_what_is_precious_or_under_way() -> None:
    outbox = Outbox(2)
    outbox.put(b"under way")
    outbox.take()
    for number in range(4):
        outbox.put(b"%d" % number, precious=True)
    outbox.put(b"not precious")
    outbox.give_back()
    assert drained(outbox) == [b"under way", b"0", b"1", b"2", b"3"]


def test_outbox_gives_the_same_frame_until_it_is_dropped() -> None:
    outbox = Outbox()
    outbox.put(b"first")
    outbox.put(b"second")
    first = outbox.take()
    assert outbox.take() is first
    outbox.give_back()
    assert outbox.take() is first
    outbox.drop()
    second = outbox.take()
    assert second is not None
    assert second.frame == b"second"


@each_person
def test_vitals_are_plausible_at_every_minute_of_a_day(seed: int, walking: float) -> None:
    wearer = Wearer(seed, walking=walking)
    for minute in range(24 * 60):
        vitals = wearer.at(60.0 * minute).vitals
        assert 45 <= vitals.heart_rate <= 115
        assert 95 <= vitals.systolic <= 150
        assert 60 <= vitals.diastolic <= 95
        assert vitals.systolic - vitals.diastolic >= 25
        assert 95 <= vitals.oxygen <= 99
        assert 10 <= vitals.respiration <= 23
        assert 35.9 <= vitals.body_temperature <= 37.3
        assert 34.0 <= vitals.skin_temperature < vitals.body_temperature


@each_person
def test_vitals_change_smoothly(seed: int, walking: float) -> None:
    wearer = Wearer(seed, walking=walking)
    day = [wearer.at(10.0 * number).vitals for number in range(int(DAY / 10))]
    for before, after in pairwise(day):
        assert abs(after.heart_rate - before.heart_rate) <= 6
        assert abs(after.systolic - before.systolic) <= 4
        assert abs(after.body_temperature - before.body_temperature) < 0.15


@each_person
def test_heart_beats_slower_in_sleep_and_faster_on_a_walk(seed: int, walking: float) -> None:
    wearer = Wearer(seed, walking=walking)
    asleep = mean_pulse(wearer, [HOUR * 1, HOUR * 5])
    at_rest = mean_pulse(wearer, [HOUR * 19, HOUR * 21])
    assert asleep < at_rest - 8
    if walking:
        on_a_walk = [wearer.at(time).vitals.heart_rate for time in walks(wearer) if time % WALK_EVERY > 150]
        assert sum(on_a_walk) / len(on_a_walk) > at_rest + 15


@each_person
def test_steps_and_turns_grow_until_midnight(seed: int, walking: float) -> None:
    wearer = Wearer(seed, walking=walking)
    day = [wearer.at(60.0 * minute) for minute in range(24 * 60)]
    for before, after in pairwise(day):
        assert 0 <= after.steps - before.steps <= 110
        assert 0 <= after.turns - before.turns <= 1
        assert after.steps == before.steps or before.walking or after.walking
        assert after.turns == before.turns or before.asleep or after.asleep
    assert (day[0].steps, day[0].turns) == (0, 0)
    assert day[-1].steps < 0xFFFF
    assert (day[-1].steps > 10_000) is bool(walking)
    assert 15 <= day[-1].turns <= 45
    assert wearer.at(DAY) == day[0]


@each_person
def test_wearer_is_out_of_doors_by_day_as_much_as_asked(seed: int, walking: float) -> None:
    wearer = Wearer(seed, walking=walking)
    times = [10.0 * number for number in range(int(DAY / 10))]
    out = [time for time in times if wearer.at(time).walking]
    assert all(FIRST_WALK <= time < LAST_WALK and not wearer.at(time).asleep for time in out)
    assert 10.0 * len(out) == pytest.approx(walking * (LAST_WALK - FIRST_WALK), abs=10)
    assert wearer.walked(DAY) == pytest.approx(10.0 * len(out), abs=10)
    assert wearer.walked(2.5 * DAY) == pytest.approx(2 * wearer.walked(DAY) + wearer.walked(DAY / 2))


def test_wearer_follows_from_the_seed() -> None:
    assert Wearer(1).at(12345.6) == Wearer(1).at(12345.6)
    assert Wearer(1).at(12345.6) != Wearer(2).at(12345.6)


def test_watch_stands_still_while_its_wearer_is_at_home() -> None:
    watch = X07(HOST, 1, Route(SALITRE), walking=0.6)
    walk, stop = watch.place(300.0), watch.place(361.0)
    assert walk.speed > 2.0
    assert stop.speed == 0.0
    assert _place(watch.place(599.0)) == _place(stop)
    assert _place(watch.place(601.0)) != _place(stop)


def test_x07_numbers_its_frames() -> None:
    newer, older = (X07(HOST, 1, Standing(), protocol=protocol) for protocol in ("xexun3", "xexun2"))
    assert [newer.report(newer.moment())[5] for _ in range(258)] == [*range(256), 0, 1]
    frames = [older.report(older.moment()) for _ in range(258)]
    assert [int.from_bytes(xexun2.unescape(frame[2:-2])[2:4]) for frame in frames] == [*range(258)]


def test_watch_speaks_only_its_own_protocols() -> None:
    with pytest.raises(KeyError):
        X07(HOST, 1, Standing(), protocol="iw")


def test_command_line_makes_watches() -> None:
    words = "x07 l17pro tk102 l17pro --protocol watch --ack-timeout 0.5 --fall-every 9 --imei 861234050000099"
    first, second, third, fourth = make_trackers(make_parser().parse_args(words.split()))
    assert isinstance(first, X07)
    assert isinstance(second, L17Pro)
    assert isinstance(third, Tk102)
    assert isinstance(fourth, L17Pro)
    assert (first.protocol, second.protocol, fourth.protocol) == ("xexun3", "watch", "watch")
    assert [one.imei for one in (first, second, third, fourth)] == [
        "861234050000099",
        "861234050000141",
        "861234050000117",
        "861234050000241",
    ]
    assert second.acknowledgement_timeout == 0.5
    assert (9.0, first.fall) in first.routine()


@each_loop
def test_walk_is_plausible_at_every_second(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    walk = [route.at(second) for second in range(3600)]
    for position in walk:
        assert 4.8 * 0.6 <= position.speed <= 4.8 * 1.4
        assert 0.0 <= position.course < 360.0
        assert 2549.0 <= position.altitude <= 2561.0
    for before, after in pairwise(walk):
        # A step is as long as the speed says; around a corner it is shorter.
        step = distance((before.latitude, before.longitude), (after.latitude, after.longitude))
        assert 0.4 * before.speed / 3.6 <= step <= 1.02 * max(before.speed, after.speed) / 3.6


@each_loop
def test_walk_comes_back_to_where_it_began(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    start = route.at(0)
    lap = route.length / (4.8 / 3.6)
    # The swings of the speed make a lap a little longer or shorter.
    around = (route.at(lap + offset) for offset in range(-60, 61))
    assert min(distance(_place(start), _place(position)) for position in around) < 1.5


@each_loop
def test_walk_keeps_to_its_streets(places: tuple[Place, ...]) -> None:
    route = Route(places, seed=1)
    for second in range(0, 3600, 7):
        here = _place(route.at(second))
        assert min(_detour(here, *leg) for leg in pairwise((*places, places[0]))) < 0.1


def test_walk_follows_from_its_seed() -> None:
    def walk(seed: int) -> list[Position]:
        route = Route(PARK, seed=seed)
        return [route.at(second) for second in range(0, 600, 5)]

    assert walk(1) == walk(1)
    assert not set(walk(1)) & set(walk(2))


def _place(position: Position) -> Place:
    return position.latitude, position.longitude


def _detour(here: Place, begin: Place, end: Place) -> float:
    """Return how many metres longer the way from begin to end gets by way of here."""
    return distance(begin, here) + distance(here, end) - distance(begin, end)
