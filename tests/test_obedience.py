"""The simulated trackers do what the server asks for, or refuse it, or let it pass."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import override

import pytest

from custom_components.plaspy_trackers.gateway.commands import Arguments, Command, CommandKind
from custom_components.plaspy_trackers.gateway.models import Alarm, Answer, Report
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.gateway.protocols.xexun2 import Xexun2
from custom_components.plaspy_trackers.gateway.protocols.xexun3 import Xexun3
from custom_components.plaspy_trackers.gateway.server import Server, Session

from .conftest import HOST
from .simulator import tracker as tracker_module
from .simulator.route import PARK, Route
from .simulator.te207 import VERSION, Te207, encode_report
from .simulator.tk102 import Tk102
from .simulator.tracker import Moment, Order, Tracker, Transport
from .simulator.x07 import X07, understand

pytestmark = pytest.mark.usefixtures("socket_enabled", "hurried")

PATIENCE = 10.0
INTERVAL = 0.02

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

each_transport = pytest.mark.parametrize("transport", ["tcp", "udp"])


class Port:
    """The real port, and whoever speaks to it."""

    def __init__(self) -> None:
        """Prepare a port."""
        self.reports: list[Report] = []
        self.server = Server(self._receive)
        self.session: Session

    @property
    def answers(self) -> list[Answer]:
        """What trackers answered."""
        return [report.answer for report in self.reports if report.answer]

    def ask(self, kind: CommandKind, arguments: Arguments | None = None, password: str = "123456") -> list[Answer]:
        """Ask whoever spoke last for something; return what answers it."""
        assert self.session.protocol
        requests = self.session.protocol.encode(Command(kind, arguments or {}, password), NOW)
        for request in requests:
            self.session.send(request.frame)
        return [Answer(request.answer) for request in requests]

    def _receive(self, session: Session, reports: list[Report]) -> bool:
        self.session = session
        self.reports += reports
        return True


class Plain(Tracker):
    """A tracker with a dialect made up for these tests: lines of a word, and perhaps seconds."""

    model = "plain"
    default_imei = "861234050000099"

    @override
    def report(self, moment: Moment) -> bytes:
        return self._frame("CMD-T", moment)

    @override
    def sos(self, moment: Moment) -> bytes:
        return self._frame("ALM-A", moment)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        *lines, rest = data.split(b"\n")
        return [self._understand(line.decode()) for line in lines], rest

    @override
    def answer(self, order: Order, *, accepted: bool) -> Sequence[bytes]:
        return (f"#{self.imei},{'CMD-C' if accepted else 'ERROR!'}#".encode(),)

    def _frame(self, kind: str, moment: Moment) -> bytes:
        return encode_report(self.imei, kind, moment.time, moment.position, battery=50, signal=20, tail="000")

    def _understand(self, line: str) -> Order:
        kind, *seconds = line.split()
        known = kind in ("locate", "report_interval", "stop_reports", "reboot", "power_off")
        return Order(kind if known else "", seconds=float(*seconds) if seconds else None)


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """The real port, open."""
    port = Port()
    await port.server.start(HOST, 0)
    yield port
    await port.server.stop()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trackers come back at once, and let a second be short."""
    monkeypatch.setattr(tracker_module, "FIRST_PAUSE", INTERVAL)
    monkeypatch.setattr(tracker_module, "LONGEST_PAUSE", 4 * INTERVAL)
    monkeypatch.setattr(tracker_module, "RESTART", INTERVAL)
    monkeypatch.setattr(tracker_module, "SECOND", 0.001)


@asynccontextmanager
async def living(tracker: Tracker, port: Port) -> AsyncIterator[None]:
    """Let a tracker live meanwhile, from its first report on."""
    life = asyncio.create_task(tracker.run())
    try:
        await until(lambda: bool(port.reports))
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


def plain(
    port: Port, transport: Transport = "tcp", interval: float = 60.0, refuses: Collection[str] = (), forgets: int = 0
) -> Plain:
    """Return a tracker that stands somewhere."""
    return Plain(
        HOST,
        port.server.port,
        Route(PARK),
        transport=transport,
        interval=interval,
        refuses=refuses,
        forgets=forgets,
    )


def kinds(tracker: Tracker) -> list[str]:
    """Return the kinds of what a tracker obeyed."""
    return [order.kind for order in tracker.obeyed]


def texts(port: Port) -> list[str]:
    """Return what trackers said in words."""
    return [report.text for report in port.reports if report.text]


@each_transport
async def test_locate_is_answered_and_brings_a_fix(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport)
    async with living(tracker, port):
        port.session.send(b"locate\n")
        await until(lambda: len(port.reports) == 3)
    assert [report.text for report in port.reports] == [None, "CMD-C", None]
    assert port.reports[2].fix
    assert tracker.obeyed == [Order("locate")]


async def test_request_in_pieces_is_one(port: Port) -> None:
    tracker = plain(port)
    async with living(tracker, port):
        for piece in (b"loc", b"ate", b"\nloc"):
            port.session.send(piece)
            await asyncio.sleep(INTERVAL)
        await until(lambda: bool(tracker.obeyed))
        port.session.send(b"ate\n")
        await until(lambda: len(tracker.obeyed) == 2)


async def test_interval_is_kept_from_now_on(port: Port) -> None:
    tracker = plain(port)
    async with living(tracker, port):
        port.session.send(b"report_interval 20\n")
        await until(lambda: len(port.reports) >= 6)
        port.session.send(b"stop_reports\n")
        # The answer is the last thing it says.
        await until(lambda: len(texts(port)) == 2)
        count = len(port.reports)
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == count
        port.session.send(b"report_interval 20\n")
        await until(lambda: len(port.reports) >= count + 4)
    assert kinds(tracker) == ["report_interval", "stop_reports", "report_interval"]


async def test_refused_and_unknown_requests_are_answered_and_not_obeyed(port: Port) -> None:
    tracker = plain(port, refuses={"locate"})
    async with living(tracker, port):
        port.session.send(b"locate\nsing\n")
        await until(lambda: len(port.reports) == 3)
    assert texts(port) == ["ERROR!", "ERROR!"]
    assert not tracker.obeyed


async def test_first_requests_may_be_forgotten(port: Port) -> None:
    tracker = plain(port, forgets=2)
    async with living(tracker, port):
        for _ in range(3):
            port.session.send(b"locate\n")
        await until(lambda: len(port.reports) == 3)
        await asyncio.sleep(2 * INTERVAL)
    assert texts(port) == ["CMD-C"]
    assert kinds(tracker) == ["locate"]


@each_transport
async def test_reboot_is_answered_and_ends_in_a_new_connection(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport)
    async with living(tracker, port):
        session = port.session
        port.session.send(b"reboot\n")
        await until(lambda: len(port.reports) == 3)
    assert texts(port) == ["CMD-C"]
    assert port.reports[2].fix
    assert port.session is not session


@each_transport
async def test_tracker_that_is_off_stays_away_until_it_is_switched_on(port: Port, transport: Transport) -> None:
    tracker = plain(port, transport, interval=INTERVAL)
    async with living(tracker, port):
        port.session.send(b"power_off\n")
        await until(lambda: bool(texts(port)))
        await asyncio.sleep(INTERVAL)
        count = len(port.reports)
        tracker.press_sos()
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == count
        tracker.switch_on()
        await until(lambda: len(port.reports) >= count + 2)
    assert Alarm.SOS not in [alarm for report in port.reports for alarm in report.alarms]


FENCE = {"south": -33.5, "west": -70.75, "north": -33.25, "east": -70.5}
#: What a TE-207 can be asked for, but for what changes how it goes on.
TE207: list[tuple[CommandKind, Arguments]] = [
    (CommandKind.LOCATE, {}),
    (CommandKind.LOCATE, {"cells": True}),
    (CommandKind.VERSION, {}),
    (CommandKind.PARAMETERS, {}),
    (CommandKind.REPORT_INTERVAL, {"seconds": 254}),
    (CommandKind.REPORT_INTERVAL, {"seconds": 254 * 3600}),
    (CommandKind.STOP_REPORTS, {}),
    (CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 600}),
    (CommandKind.SOS_NUMBERS, {"numbers": ["+490000001"], "place": 2}),
    (CommandKind.TIME_ZONE, {"hours": -3.5}),
    (CommandKind.CLOCK, {}),
    (CommandKind.GPS, {"on": True}),
    (CommandKind.FALL_ALARM, {"threshold": 50}),
    (CommandKind.LOW_BATTERY_ALARM, {"percent": 20}),
    (CommandKind.BATTERY_FULL_ALARM, {"on": False}),
    (CommandKind.OVERSPEED_ALARM, {"speed": 80}),
    (CommandKind.MOVEMENT_ALARM, {"radius": 200}),
    (CommandKind.MOVEMENT_ALARM, {"radius": 0}),
    (CommandKind.VIBRATION_ALARM, {"threshold": 0}),
    (CommandKind.GEOFENCE, FENCE),
    (CommandKind.CALL, {"number": "+490000001"}),
    (CommandKind.LISTEN_IN, {"number": "+490000001"}),
    (CommandKind.POWER_OFF, {}),
    (CommandKind.FACTORY_RESET, {}),
    (CommandKind.REBOOT, {}),
    (CommandKind.SERVER, {"host": "192.0.2.5", "port": 8888, "apn": "internet", "transport": "udp"}),
    (CommandKind.APN, {"user": "me", "password": "secret"}),
    (CommandKind.PASSWORD, {"new": "456789"}),
]


def te207(port: Port, transport: Transport = "tcp", interval: float = 60.0, refuses: Collection[str] = ()) -> Te207:
    """Return a TE-207."""
    return Te207(HOST, port.server.port, Route(PARK), transport=transport, interval=interval, refuses=refuses)


def x07(port: Port, protocol: str, transport: Transport = "tcp", interval: float = 60.0, forgets: int = 0) -> X07:
    """Return an X07 whose wearer is out for a walk."""
    return X07(
        HOST,
        port.server.port,
        Route(PARK),
        transport=transport,
        interval=interval,
        protocol=protocol,
        walking=1.0,
        forgets=forgets,
    )


@pytest.mark.parametrize(("kind", "arguments"), TE207)
async def test_te207_understands_answers_and_obeys(port: Port, kind: CommandKind, arguments: Arguments) -> None:
    tracker = te207(port)
    async with living(tracker, port):
        wanted = port.ask(kind, arguments)
        await until(lambda: port.answers == wanted)
        assert kinds(tracker) == [kind]


@pytest.mark.parametrize(("kind", "arguments"), TE207)
async def test_te207_refuses(port: Port, kind: CommandKind, arguments: Arguments) -> None:
    tracker = te207(port, refuses={kind})
    async with living(tracker, port):
        port.ask(kind, arguments)
        await until(lambda: port.answers == [Answer(accepted=False)])
        assert not tracker.obeyed


def test_every_kind_of_a_te207_is_in_the_table() -> None:
    # No TE-207 has an ignition, and what goes out by hand may be anything.
    assert set(Gotop.commands) == {kind for kind, _ in TE207} | {CommandKind.RAW, CommandKind.IGNITION_ALARM}


@each_transport
async def test_te207_tells_where_it_is_now(port: Port, transport: Transport) -> None:
    tracker = te207(port, transport)
    async with living(tracker, port):
        first = port.reports[0].fix
        wanted = port.ask(CommandKind.LOCATE)
        await until(lambda: port.answers == wanted)
        located = port.reports[-1]
        port.ask(CommandKind.GPS, {"on": True})
        await until(lambda: len(port.answers) == 2)
    assert first
    assert located.fix
    assert located.fix.time >= first.time
    # A confirmation repeats where it was, which is no news.
    assert port.reports[-1].fix is None


async def test_te207_answers_in_words(port: Port) -> None:
    async with living(te207(port), port):
        port.ask(CommandKind.VERSION)
        port.ask(CommandKind.PARAMETERS)
        await until(lambda: len(port.answers) == 2)
    assert texts(port) == [VERSION, "M1,060S;M2,180"]
    assert port.reports[1].readings["firmware"] == VERSION


async def test_te207_reports_and_beats_as_often_as_it_is_told(port: Port) -> None:
    tracker = te207(port)
    async with living(tracker, port):
        port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 20})
        await until(lambda: sum(report.fix is not None for report in port.reports) >= 5)
        port.ask(CommandKind.STOP_REPORTS)
        port.ask(CommandKind.KEEP_ALIVE_INTERVAL, {"seconds": 60})
        await until(lambda: len(port.answers) == 3)
        count = len(port.reports)
        await until(lambda: len(port.reports) >= count + 3)
    assert port.reports[count:] == [Report(tracker.imei, "gotop")] * (len(port.reports) - count)


async def test_te207_has_the_numbers_that_were_set_and_no_others(port: Port) -> None:
    tracker = te207(port)
    async with living(tracker, port):
        wanted = port.ask(CommandKind.SOS_NUMBERS, {"numbers": ["110", "112", "+490000001"]})
        await until(lambda: port.answers == wanted)
        assert tracker.numbers == {1: "110", 2: "112", 3: "+490000001"}
        wanted += port.ask(CommandKind.SOS_NUMBERS, {"numbers": ["115"]})
        await until(lambda: port.answers == wanted)
        assert tracker.numbers == {1: "115"}
        wanted += port.ask(CommandKind.SOS_NUMBERS, {"numbers": ["116"], "place": 8})
        await until(lambda: port.answers == wanted)
        assert tracker.numbers == {1: "115", 8: "116"}


async def test_te207_refuses_a_wrong_password_and_what_it_does_not_know(port: Port) -> None:
    tracker = te207(port)
    async with living(tracker, port):
        port.ask(CommandKind.LOCATE, password="654321")
        port.ask(CommandKind.RAW, {"data": "X9"})
        port.ask(CommandKind.RAW, {"data": "M1,255S"})
        await until(lambda: port.answers == [Answer(accepted=False)] * 3)
        port.ask(CommandKind.PASSWORD, {"new": "654321"})
        port.ask(CommandKind.LOCATE)
        port.ask(CommandKind.LOCATE, password="654321")
        await until(lambda: port.answers[3:] == [Answer("H"), Answer(accepted=False), Answer("F")])


@each_transport
async def test_te207_comes_back_from_a_reboot_and_stays_away_when_it_is_off(port: Port, transport: Transport) -> None:
    tracker = te207(port, transport)
    async with living(tracker, port):
        session = port.session
        port.ask(CommandKind.REBOOT)
        await until(lambda: len(port.reports) == 3)
        assert port.session is not session
        port.ask(CommandKind.POWER_OFF)
        await until(lambda: len(port.answers) == 2)
        await asyncio.sleep(5 * INTERVAL)
    assert len(port.reports) == 4


async def test_tk102_lets_all_pass(port: Port) -> None:
    tracker = Tk102(HOST, port.server.port, Route(PARK), interval=60.0)
    async with living(tracker, port):
        assert port.ask(CommandKind.ENGINE_CUT) == [Answer(None)]
        port.ask(CommandKind.RAW, {"data": "t001s***n123456"})
        await asyncio.sleep(5 * INTERVAL)
    assert len(port.reports) == 1
    assert not tracker.obeyed


#: What each protocol of an X07 has, with the kinds that it does no more than remember.
X07S: list[tuple[str, CommandKind, Arguments, str]] = [
    ("xexun3", CommandKind.PARAMETERS, {}, "tk=2,60,2,0,0,180,10"),
    ("xexun3", CommandKind.REPORT_INTERVAL, {"seconds": 600}, "tracking_send=600,600"),
    ("xexun3", CommandKind.MESSAGE, {"text": "Come home"}, "mg=Come home"),
    ("xexun3", CommandKind.TIME_ZONE, {"hours": -5}, "tz=-5"),
    ("xexun3", CommandKind.REBOOT, {}, "rt=1"),
    ("xexun3", CommandKind.POWER_OFF, {}, "of=1"),
    ("xexun3", CommandKind.SERVER, {"host": "192.0.2.5", "port": 8888}, "ip=192.0.2.5:8888"),
    ("xexun3", CommandKind.APN, {"name": "internet"}, "APN=internet"),
    ("xexun2", CommandKind.REPORT_INTERVAL, {"seconds": 600}, "\x01"),
    ("xexun2", CommandKind.REBOOT, {}, "\x01"),
    ("xexun2", CommandKind.POWER_OFF, {}, "\x01"),
]
each_dialect = pytest.mark.parametrize("protocol", ["xexun3", "xexun2"])


@pytest.mark.parametrize(("protocol", "kind", "arguments", "text"), X07S)
async def test_x07_understands_answers_and_obeys(
    port: Port, protocol: str, kind: CommandKind, arguments: Arguments, text: str
) -> None:
    watch = x07(port, protocol)
    async with living(watch, port):
        (wanted,) = port.ask(kind, arguments)
        await until(lambda: bool(port.answers))
        assert port.answers == [wanted if protocol == "xexun3" else Answer()]
        assert texts(port) == [text]
        assert kinds(watch) == [kind]


def test_every_kind_of_an_x07_is_in_the_table() -> None:
    assert set(Xexun3.commands) == {kind for name, kind, *_ in X07S if name == "xexun3"} | {CommandKind.RAW}
    assert set(Xexun2.commands) == {kind for name, kind, *_ in X07S if name == "xexun2"} | {CommandKind.RAW}


@each_dialect
@each_transport
async def test_x07_reports_as_often_as_it_is_told(port: Port, protocol: str, transport: Transport) -> None:
    async with living(x07(port, protocol, transport), port):
        port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 20})
        await until(lambda: sum(report.fix is not None for report in port.reports) >= 5)


@each_dialect
async def test_x07_answers_when_it_was_asked_often_enough(port: Port, protocol: str) -> None:
    watch = x07(port, protocol, forgets=2)
    async with living(watch, port):
        for _ in range(3):
            port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 600})
        await until(lambda: bool(port.answers))
        await asyncio.sleep(2 * INTERVAL)
    assert len(port.answers) == 1
    assert kinds(watch) == ["report_interval"]


@each_dialect
async def test_x07_is_silent_about_what_it_does_not_understand(port: Port, protocol: str) -> None:
    watch = x07(port, protocol)
    async with living(watch, port):
        for text in ("sing=1", "tracking_send=x", "sing", "0xFAAF00FAAF", "0xFC000000", "0xFBBFFAAFFAAF"):
            port.ask(CommandKind.RAW, {"data": text})
        port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 600})
        await until(lambda: bool(port.answers))
    assert len(port.answers) == 1
    assert kinds(watch) == ["report_interval"]


@each_dialect
@each_transport
async def test_x07_comes_back_from_a_reboot_and_stays_away_when_it_is_off(
    port: Port, protocol: str, transport: Transport
) -> None:
    def versions() -> int:
        return sum("firmware" in report.readings for report in port.reports)

    async with living(x07(port, protocol, transport), port):
        await until(lambda: versions() == 1)
        session = port.session
        port.ask(CommandKind.REBOOT)
        await until(lambda: versions() == 2)
        assert port.session is not session
        port.ask(CommandKind.POWER_OFF)
        await until(lambda: len(port.answers) == 2)
        await asyncio.sleep(INTERVAL)
        count = len(port.reports)
        await asyncio.sleep(5 * INTERVAL)
        assert len(port.reports) == count


@each_dialect
async def test_x07_takes_commands_for_itself_alone(port: Port, protocol: str) -> None:
    watch = x07(port, protocol)
    async with living(watch, port):
        assert port.session.protocol
        port.session.protocol.device_id = "861234050000090"
        port.ask(CommandKind.POWER_OFF)
        port.session.protocol.device_id = watch.imei
        port.ask(CommandKind.REPORT_INTERVAL, {"seconds": 600})
        await until(lambda: bool(port.answers))
    assert kinds(watch) == ["report_interval"]


def test_question_that_nobody_knows_is_not_understood() -> None:
    assert understand("tz=?", {"tz": "time_zone"}) == Order("", "tz", ("tz=?",))
