"""The protocols of an S7: text of GOTOP, which is never acknowledged, GT06 and JT/T 808, which nearly always are."""

from collections.abc import Iterator, Mapping, Sequence
import re
from typing import ClassVar, override

from . import te207
from .encoders import gt06, jt808
from .tracker import Cell, Order
from .vehicle import Dialect, State

FIRMWARE = "S7_EG915U_V2.14"
ICCID = "89571017023000000041"
HOME_CELL = Cell(732, 101, 0x00A0, 0x4B8E)
DRIVER = "A. Driver"


class Gotop(Dialect):
    """Vehicle text: flags for supply and ignition, ALM-F and ALM-J as they change. The fuel has no known column."""

    KINDS: ClassVar[Mapping[str, str]] = {**te207.KINDS, "ignition_alarm": r"T([01])"}

    def __init__(self, imei: str) -> None:
        """Begin with the password that it is delivered with."""
        super().__init__(imei)
        self._password = "123456"

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return False

    @override
    def is_answered(self, frame: bytes) -> bool:
        return False

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        return (te207.encode_heartbeat(self.imei),)

    @override
    def report(self, state: State) -> bytes:
        return self._frame("CMD-T", state)

    @override
    def sos(self, state: State) -> bytes:
        return self._frame("ALM-A", state)

    @override
    def ignition(self, state: State) -> Sequence[bytes]:
        return (self._frame("ALM-F", state),)

    @override
    def supply(self, state: State) -> Sequence[bytes]:
        return (self.report(state) if state.supplied else self._frame("ALM-J", state),)

    @override
    def card(self, card: str, state: State) -> Sequence[bytes]:
        return (f"#{self.imei},CMD-Z,RFID:{card}#".encode(),) if state.ignition else ()

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        requests, rest = te207.cut_requests(data)
        return [self._understand(*request) for request in requests], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        if not accepted:
            return (self._frame("ERROR!", state),)
        if order.kind in ("version", "parameters"):
            text = FIRMWARE if order.kind == "version" else f"M1,{state.interval:03.0f}S"
            return (f"#{self.imei},CMD-{order.name},{text}#".encode(),)
        if order.kind == "password":
            (self._password,) = order.words
        return (self._frame(f"CMD-{order.name}", state),)

    def _understand(self, password: str, text: str) -> Order:
        """Return what a request asks for."""
        return te207.understand(text, self.KINDS) if password == self._password else Order("")

    def _frame(self, kind: str, state: State) -> bytes:
        """Return a frame with everything in it."""
        return te207.encode_report(
            self.imei,
            kind,
            state.time,
            state.position,
            flags=f"{state.supplied:d}-{state.ignition:d}-0-0-",
            battery=state.battery,
            signal=state.signal,
            tail=f"{te207.encode_course_and_cell(state.position.course, HOME_CELL)},{state.satellites},0.98",
        )


class Gt06(Dialect):
    """GT06: positions with supply and mileage, the tank's sensor as the text of a probe."""

    KINDS: ClassVar[Mapping[str, str]] = {
        "locate": r"WHERE",
        "status": r"STATUS",
        "version": r"VERSION",
        "parameters": r"PARAM",
        "report_interval": r"TIMER,(?P<seconds>\d+),(\d+)",
        "time_zone": r"GMT,([EW]),(\d+),(\d+)",
        "reboot": r"RESET",
        "engine_cut": r"RELAY,1|DYD,(\w+)",
        "engine_restore": r"RELAY,0|HFYD,(\w+)",
        "server": r"SERVER,([01]),([^,]+),(\d+),0",
    }
    #: Types of positions and of answers, and kinds of what a tracker tells about itself.
    POSITION, ANSWER, INFORMATION = 0x37, 0x21, 0x94
    IDENTITIES, PROBE, READER = 0x0A, 0x0D, 0x1B
    #: Entries of positions.
    SUPPLY, MILEAGE = 0x0027, 0x002E
    SOS, POWER_CUT = 0x01, 0x02
    IGNITION, CHARGING, CUT = 0x02, 0x04, 0x80

    def __init__(self, imei: str) -> None:
        """Begin to count."""
        super().__init__(imei)
        self._serial = 0

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return gt06.acknowledges(reply, frame)

    @override
    def is_answered(self, frame: bytes) -> bool:
        return frame.startswith(b"\x78\x78")

    @override
    def login(self, state: State) -> Sequence[bytes]:
        return (self._encode(gt06.LOGIN, gt06.login(self.imei)),)

    @override
    def introduction(self, state: State) -> Sequence[bytes]:
        return (self._tell(self.IDENTITIES, gt06.identities(self.imei, ICCID)),)

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        probe = f"*!AIOIL,02,{state.fuel:07.3f},029.600,519J,0400,{state.fuel:07.3f},0,00,AB"
        return self._encode(gt06.HEARTBEAT, self._status(state)), self._tell(self.PROBE, probe.encode())

    @override
    def report(self, state: State) -> bytes:
        content = (
            self._gps(state)
            + gt06.cell(HOME_CELL)
            + gt06.tail(ignition=state.ignition, stored=not state.online)
            + gt06.entry(self.SUPPLY, round(state.supply * 100).to_bytes(2))
            + gt06.entry(self.MILEAGE, round(state.odometer * 1000).to_bytes(4))
        )
        return self._encode(self.POSITION, content)

    @override
    def sos(self, state: State) -> bytes:
        return self._alarm(self.SOS, state)

    @override
    def ignition(self, state: State) -> Sequence[bytes]:
        return (self.report(state),)

    @override
    def supply(self, state: State) -> Sequence[bytes]:
        return (self.report(state) if state.supplied else self._alarm(self.POWER_CUT, state),)

    @override
    def card(self, card: str, state: State) -> Sequence[bytes]:
        return (self._tell(self.READER, f"RFID:{card}".encode()),) if state.ignition else ()

    @override
    def relay(self, state: State) -> Sequence[bytes]:
        return self.heartbeat(state)[:1]

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        commands, rest = gt06.cut_commands(data)
        return [self._understand(flag, text.removesuffix("#")) for flag, text in commands], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        text = self._words(order, state) if accepted else "Error: command not supported"
        return (self._encode(self.ANSWER, gt06.coded_answer(int(order.name), text), extended=True),)

    def _understand(self, flag: int, text: str) -> Order:
        """Return what a command asks for; its name is its flag."""
        matches = ((kind, re.fullmatch(pattern, text)) for kind, pattern in self.KINDS.items())
        kind, found = next(((kind, found) for kind, found in matches if found), ("", None))
        if found is None:
            return Order("", str(flag))
        seconds = found.groupdict().get("seconds")
        words = tuple(word for word in found.groups() if word)
        return Order(kind, str(flag), words, None if seconds is None else float(seconds))

    def _words(self, order: Order, state: State) -> str:
        """Return what it says to a command that it does."""
        match order.kind:
            case "locate":
                here = state.position
                return (
                    f"Current position!Lat:{'NS'[here.latitude < 0]}{abs(here.latitude):.6f},"
                    f"Lon:{'EW'[here.longitude < 0]}{abs(here.longitude):.6f},Course:{here.course:.2f},"
                    f"Speed:{here.speed:.2f},DateTime:{state.time:%Y-%m-%d  %H:%M:%S}"
                )
            case "version":
                return FIRMWARE
            case "status":
                return (
                    f"Battery:{state.battery}%,Normal;GSM Signal Level:Strong;ACC:{'ON' if state.ignition else 'OFF'}"
                )
            case "parameters":
                return f"IMEI:{self.imei};TIMER:{state.interval:.0f}"
        return "Success!"

    def _gps(self, state: State) -> bytes:
        return gt06.gps(state.time, state.position, satellites=state.satellites)

    def _status(self, state: State, alarm: int = 0) -> bytes:
        """Return the status block."""
        terminal = (
            0x40
            | (self.IGNITION if state.ignition else 0)
            | (self.CHARGING if state.supplied else 0)
            | (self.CUT if state.immobilized else 0)
        )
        return gt06.status(terminal, round(state.battery * 6 / 100), round(state.signal * 4 / 31), alarm)

    def _alarm(self, code: int, state: State) -> bytes:
        """Return a frame with an alarm."""
        content = gt06.alarm(
            state.time, state.position, HOME_CELL, self._status(state, code), satellites=state.satellites
        )
        return self._encode(gt06.ALARM, content)

    def _tell(self, kind: int, data: bytes) -> bytes:
        """Return a frame about the tracker itself."""
        return self._encode(self.INFORMATION, gt06.information(kind, data), extended=True)

    def _encode(self, kind: int, content: bytes, *, extended: bool = False) -> bytes:
        """Return the next frame."""
        self._serial = self._serial % 0xFFFF + 1
        return gt06.encode(kind, content, self._serial, extended=extended)


class Jt808(Dialect):
    """JT/T 808 in the form of 2019: positions with everything in them, the tank's sensor on an analog input."""

    #: Ids of what is sent, and of what is asked for.
    RESULT, HEARTBEAT, REGISTRATION, AUTHENTICATION = 0x0001, 0x0002, 0x0100, 0x0102
    PARAMETERS, ATTRIBUTES, POSITION, ANSWERED_POSITION = 0x0104, 0x0107, 0x0200, 0x0201
    DRIVER, BATCH, PASSED_ON = 0x0702, 0x0704, 0x0900
    UNANSWERED = (RESULT, PARAMETERS, ANSWERED_POSITION, DRIVER)
    KINDS: ClassVar[Mapping[int, str]] = {0x8104: "parameters", 0x8201: "locate", 0x8300: "raw", 0x8900: "serial_data"}
    CONTROLS: ClassVar[Mapping[int, str]] = {
        0x03: "power_off",
        0x04: "reboot",
        0x05: "factory_reset",
        0x64: "engine_cut",
        0x65: "engine_restore",
        0xF0: "engine_cut",
        0xF1: "engine_restore",
    }
    SETTINGS: ClassVar[Mapping[int, str]] = {
        0x0001: "keep_alive_interval",
        0x0013: "server",
        0x0027: "report_interval",
        0x0029: "report_interval",
        0x0055: "overspeed_alarm",
    }
    SET, CONTROL, INTERVAL, KEEP_ALIVE = 0x8103, 0x8105, 0x0029, 0x0001
    IGNITION, CUT = 1 << 0, 1 << 10
    SOS, POWER_CUT = 1 << 0, 1 << 8

    def __init__(self, imei: str) -> None:
        """Begin as a tracker that has never been registered."""
        super().__init__(imei)
        self._serial = 0
        self._token: bytes | None = None

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        for word in jt808.answers(reply, frame):
            self._token = word or self._token
            return True
        return False

    @override
    def is_answered(self, frame: bytes) -> bool:
        return int.from_bytes(frame[1:3]) not in self.UNANSWERED

    @override
    def login(self, state: State) -> Iterator[bytes]:
        if self._token is None:
            yield self._encode(self.REGISTRATION, jt808.registration(plate="PLS 707", of_2019=True))
        yield self._encode(self.AUTHENTICATION, jt808.authentication(self._token or b"", self.imei, FIRMWARE))

    @override
    def introduction(self, state: State) -> Sequence[bytes]:
        return (self._encode(self.ATTRIBUTES, jt808.attributes(ICCID, "S7", FIRMWARE, of_2019=True)),)

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        return (self._encode(self.HEARTBEAT),)

    @override
    def report(self, state: State) -> bytes:
        if state.online:
            return self._encode(self.POSITION, self._location(state))
        return self._encode(self.BATCH, jt808.batch(1, self._location(state)))

    @override
    def sos(self, state: State) -> bytes:
        return self._encode(self.POSITION, self._location(state, self.SOS))

    @override
    def ignition(self, state: State) -> Sequence[bytes]:
        return (self.report(state),)

    @override
    def supply(self, state: State) -> Sequence[bytes]:
        alarm = self._location(state, 0 if state.supplied else self.POWER_CUT)
        return (self._encode(self.POSITION, alarm),)

    @override
    def card(self, card: str, state: State) -> Sequence[bytes]:
        return (self._encode(self.DRIVER, jt808.driver(state.time, card, DRIVER, put_in=state.ignition)),)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        messages, rest = jt808.cut_messages(data)
        told = (jt808.TAKEN, jt808.WELCOME)
        return [self._understand(*message) for message in messages if message[0] not in told], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        serial, kind = map(int, order.name.split())
        if accepted and order.kind == "locate":
            return (self._encode(self.ANSWERED_POSITION, serial.to_bytes(2) + self._location(state)),)
        if accepted and order.kind == "parameters":
            values = [(self.INTERVAL, round(state.interval).to_bytes(4))]
            return (self._encode(self.PARAMETERS, jt808.parameters(serial, values)),)
        return (self._encode(self.RESULT, jt808.result(serial, kind, 0 if accepted else 3)),)

    def _understand(self, kind: int, serial: int, body: bytes) -> Order:
        """Return what a message asks for; its name is its serial and its id."""
        name = f"{serial} {kind}"
        if kind == self.CONTROL:
            return Order(self.CONTROLS.get(body[0], ""), name)
        if kind != self.SET:
            return Order(self.KINDS.get(kind, ""), name, (body[1:].decode("gbk", "replace"),) if body else ())
        parameter, value = int.from_bytes(body[1:5]), int.from_bytes(body[6 : 6 + body[5]])
        seconds = float(value) if parameter in (self.INTERVAL, self.KEEP_ALIVE) else None
        return Order(self.SETTINGS.get(parameter, ""), name, (str(value),), seconds)

    def _location(self, state: State, alarms: int = 0) -> bytes:
        """Return a position with everything that there is to tell."""
        return jt808.location(
            state.time,
            state.position,
            jt808.odometer(state.odometer),
            jt808.analog(state.fuel),
            jt808.reception(state.signal, state.satellites),
            jt808.supply(state.supply),
            jt808.charge(state.battery, charging=state.charging),
            status=(self.IGNITION if state.ignition else 0) | (self.CUT if state.immobilized else 0),
            alarms=alarms,
        )

    def _encode(self, kind: int, body: bytes = b"") -> bytes:
        """Return the next frame."""
        self._serial = (self._serial + 1) & 0xFFFF
        return jt808.encode(self.imei, kind, body, serial=self._serial, version=1)
