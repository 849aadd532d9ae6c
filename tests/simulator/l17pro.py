"""GOTOP L17 PRO, a health watch: text frames of IW or of SeTracker watches.

Both protocols have a login, without whose answer nothing else is said, and health in messages of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
import re
from typing import ClassVar, override

from .encoders import iw, watch
from .tracker import Order
from .watch import Dialect, State, Watch

#: What the answer to a login says of the home's clock: hours ahead of UTC.
_CLOCK = re.compile(rb"IWBP00,\d{14},(-?[\d.]+)#")

#: Below this the battery is low, in %.
LOW = 15

FIRMWARE = "L17PRO_G4_V1.07_2026.03.12"

#: What users call the commands of both protocols.
IW_COMMANDS = {
    "BP12": "sos_numbers",
    "BP14": "contacts",
    "BP15": "report_interval",
    "BP16": "locate",
    "BP17": "factory_reset",
    "BP18": "reboot",
    "BP19": "server",
    "BP20": "time_zone",
    "BP31": "power_off",
    "BP32": "call",
    "BP33": "working_mode",
    "BP40": "message",
    "BP46": "photo",
    "BP76": "fall_alarm",
    "BP86": "heart_rate_interval",
    "BP87": "temperature_interval",
    "BP88": "find",
    "BPSM": "listen_in",
    "BPXL": "measure_heart_rate",
    "BPXT": "measure_temperature",
    "BPXY": "measure_blood_pressure",
    "BPXZ": "measure_blood_oxygen",
}
WATCH_COMMANDS = {
    "APN": "apn",
    "APPLOCK": "gps",
    "CALL": "call",
    "CENTER": "center_number",
    "CR": "locate",
    "FACTORY": "factory_reset",
    "FALLDOWN": "fall_alarm",
    "FIND": "find",
    "HEALTHAUTOSET": "health_interval",
    "IP": "server",
    "LOWBAT": "low_battery_alarm",
    "LSSET": "fall_sensitivity",
    "LZ": "time_zone",
    "MESSAGE": "message",
    "MONITOR": "listen_in",
    "PHB": "contacts",
    "PHB2": "contacts",
    "POWEROFF": "power_off",
    "PW": "password",
    "REMOVE": "removed_alarm",
    "RESET": "reboot",
    "SILENCETIME": "silence_times",
    "SLEEPTIME": "sleep_times",
    "SOS": "sos_numbers",
    "SOS1": "sos_numbers",
    "SOS2": "sos_numbers",
    "SOS3": "sos_numbers",
    "TS": "status",
    "UPLOAD": "report_interval",
    "VERNO": "version",
    "WALKTIME": "pedometer_times",
    "bodytemp": "temperature_interval",
    "bodytemp2": "measure_temperature",
    "hrtstart": "heart_rate_interval",
    "profile": "ringer",
    "rcapture": "photo",
}


class Iw(Dialect):
    """What it speaks: IWAP and two letters. Only the login names the watch, so it comes first on each connection."""

    SOS = 1
    #: Bytes of a packet of a photo or recording.
    PACKET = 1024

    def __init__(self, imei: str) -> None:
        """Begin without a fix."""
        super().__init__(imei)
        self._fixed: datetime | None = None
        self._offset = timedelta()

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        if clock := _CLOCK.search(reply):
            self._offset = timedelta(hours=float(clock[1]))
        return iw.acknowledges(reply, frame)

    @override
    def login(self, state: State) -> Sequence[bytes]:
        return (iw.login(self.imei),)

    @override
    def introduction(self, state: State) -> Sequence[bytes]:
        return (self._worn(state),)

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        heartbeat = iw.heartbeat(
            battery=state.battery,
            signal=_percentage(state.signal),
            satellites=0 if state.position is None else state.satellites,
            steps=state.steps,
            turns=state.turns,
        )
        if state.position is not None:
            return (heartbeat,)
        (cell, signal), *_ = state.cells
        return heartbeat, iw.scan(cell, _strengths(state), strength=_csq(signal))

    @override
    def health(self, state: State) -> Sequence[bytes]:
        vitals = state.vitals
        if vitals is None:
            # This, and nothing else, is what the watch says off the wrist: the 95 is no measurement.
            return (iw.health(0, 0, 0, 95, 0.0, 0.0),)
        return (
            iw.health(
                vitals.heart_rate, vitals.systolic, vitals.diastolic, vitals.oxygen, 0.0, vitals.body_temperature
            ),
        )

    @override
    def report(self, state: State) -> bytes:
        return iw.location(
            self._fix_time(state),
            state.position,
            battery=state.battery,
            signal=_percentage(state.signal),
            satellites=state.satellites,
            cell=state.cells[0][0],
            wifi=_strengths(state),
        )

    @override
    def photo(self, time: datetime, jpeg: bytes) -> Sequence[bytes]:
        return self._upload("AP42", time, jpeg)

    @override
    def voice(self, time: datetime, amr: bytes) -> Sequence[bytes]:
        return self._upload("AP07", time, amr)

    def _upload(self, kind: str, time: datetime, data: bytes) -> Sequence[bytes]:
        """Return packets of a photo or recording."""
        parts = [data[at : at + self.PACKET] for at in range(0, len(data), self.PACKET)]
        clock = time + self._offset
        return [iw.media(kind, clock, len(parts), number, part) for number, part in enumerate(parts, 1)]

    @override
    def sos(self, state: State) -> bytes:
        return iw.alarm(
            self.SOS,
            self._fix_time(state),
            state.position,
            battery=state.battery,
            signal=_percentage(state.signal),
            satellites=state.satellites,
            cell=state.cells[0][0],
            wifi=_strengths(state),
        )

    @override
    def fall(self, state: State) -> Sequence[bytes]:
        # The message has no place in it, so where it happened follows.
        return iw.fall(self.imei, state.time), self.report(state)

    @override
    def wear(self, state: State) -> Sequence[bytes]:
        return self._worn(state), iw.heart_rate(0 if state.vitals is None else state.vitals.heart_rate)

    @override
    def measure(self, kind: str, state: State) -> Sequence[bytes]:
        vitals = state.vitals
        match kind:
            case "measure_heart_rate":
                return (iw.heart_rate(0 if vitals is None else vitals.heart_rate),)
            case "measure_temperature":
                return (iw.temperature(0.0 if vitals is None else vitals.body_temperature),)
            case "measure_blood_pressure" if vitals is not None:
                return (iw.pressure(vitals.heart_rate, vitals.systolic, vitals.diastolic),)
            case "measure_blood_oxygen" if vitals is not None:
                return (iw.health(oxygen=vitals.oxygen),)
        return self.health(state)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        requests, rest = iw.read_requests(data, self.imei)
        return [self._understand(*request) for request in requests], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        # There is no word for a refusal.
        kind, _, serial = order.name.partition(",")
        return (iw.confirmation(kind, serial),) if accepted else ()

    def _understand(self, name: str, serial: str, words: list[str]) -> Order:
        """Return what a request asks for."""
        kind, seconds = IW_COMMANDS.get(name, ""), None
        match kind, words:
            case "report_interval", [number]:
                seconds = _number(number)
            case (("heart_rate_interval" | "temperature_interval"), [switch, number]):
                seconds = 60.0 * (_number(number) or 0.0) if switch == "1" else 0.0
            case "message", [text]:
                words = [_text(text)]
        return Order(kind, f"A{name[1:]},{serial}", tuple(words), seconds)

    def _fix_time(self, state: State) -> datetime:
        """Return when there was a fix last, which is what the watch repeats until the next; now before the first."""
        if state.position is not None:
            self._fixed = state.time
        return self._fixed or state.time

    def _worn(self, state: State) -> bytes:
        """Return whether the watch is worn."""
        return iw.worn(self.imei, state.vitals is not None, state.time)


class SeTracker(Dialect):
    """What it speaks with other firmware: texts in brackets, each with the ten digits the watch goes by."""

    SOS, REMOVED, FALL = 1 << 16, 1 << 20, 1 << 21
    BATTERY_LOW = 1 << 0
    WRIST = 1
    #: Bytes of a part of a voice message.
    PART = 1024

    def __init__(self, imei: str) -> None:
        """Go by the short id."""
        super().__init__(imei)
        self._id = watch.short_id(imei)

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return watch.acknowledges(reply, frame)

    @override
    def is_answered(self, frame: bytes) -> bool:
        return b"*UD" not in frame[:40] and b"*img," not in frame[:40]

    @override
    def login(self, state: State) -> Sequence[bytes]:
        return (self._encode(watch.link(state.steps, state.turns, state.battery)),)

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        return self.login(state)

    @override
    def health(self, state: State) -> Sequence[bytes]:
        vitals = state.vitals
        if vitals is None:
            return (self._encode(watch.blood_pressure_and_heart_rate(0, 0, 0)),)
        contents = (
            watch.blood_pressure_and_heart_rate(vitals.systolic, vitals.diastolic, vitals.heart_rate),
            watch.oxygen(vitals.oxygen),
            watch.temperature(self.WRIST, vitals.skin_temperature),
        )
        return [self._encode(content) for content in contents]

    @override
    def report(self, state: State) -> bytes:
        # What is told later has a name of its own.
        return self._locate("UD_LTE" if state.online else "UD2", state)

    @override
    def photo(self, time: datetime, jpeg: bytes) -> Sequence[bytes]:
        return (self._encode(watch.picture(time, jpeg)),)

    @override
    def voice(self, time: datetime, amr: bytes) -> Sequence[bytes]:
        name = f"watch_{time:%Y%m%d%H%M%S}"
        parts = [amr[at : at + self.PART] for at in range(0, len(amr), self.PART)]
        return [self._encode(watch.voice_part(name, at, len(parts), part)) for at, part in enumerate(parts, 1)]

    @override
    def sos(self, state: State) -> bytes:
        return self._locate("AL_LTE", state, self.SOS)

    @override
    def fall(self, state: State) -> Sequence[bytes]:
        return (self._locate("AL_LTE", state, self.FALL),)

    @override
    def wear(self, state: State) -> Sequence[bytes]:
        if state.vitals is None:
            return self._locate("AL_LTE", state, self.REMOVED), self._encode(watch.heart(0))
        return (self._encode(watch.heart(state.vitals.heart_rate)),)

    @override
    def measure(self, kind: str, state: State) -> Sequence[bytes]:
        if kind == "measure_temperature":
            value = 0.0 if state.vitals is None else state.vitals.skin_temperature
            return (self._encode(watch.temperature(self.WRIST, value)),)
        return self.health(state)[:1]

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        contents, rest = watch.read_contents(data, self._id)
        orders = [self._understand(*content.split(",")) for content in contents]
        # Of what it does not know it says nothing, and neither of what it is answered.
        return [order for order in orders if order.kind], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        # There is no word for a refusal, and it connects anew where it is given another server.
        if not accepted or order.kind == "server":
            return ()
        content = order.name
        if order.kind == "version":
            content = f"VERNO,{FIRMWARE}"
        elif order.kind == "status":
            signal = _percentage(state.signal)
            content = f"TS,ver:{FIRMWARE};ID:{self._id};imei:{self.imei};bat level:{state.battery};NET:OK({signal});"
        return (self._encode(content),)

    def _understand(self, name: str, *words: str) -> Order:
        """Return what a request asks for."""
        kind, seconds = WATCH_COMMANDS.get(name, ""), None
        match name, words:
            case "hrtstart", ["1"]:
                kind = "measure_heart_rate"
            case (("UPLOAD" | "hrtstart"), [number]):
                seconds = _number(number)
            case "HEALTHAUTOSET", [_, _, number]:
                seconds = _number(number)
            case "bodytemp", [switch, number]:
                seconds = 3600.0 * (_number(number) or 0.0) if switch == "1" else 0.0
            case "MESSAGE", [text]:
                words = (_text(text),)
        return Order(kind, name, words, seconds)

    def _locate(self, kind: str, state: State, alarms: int = 0) -> bytes:
        """Return a frame with a position, or with what is heard in place of one."""
        content = watch.location(
            kind,
            state.time,
            state.position,
            battery=state.battery,
            signal=_percentage(state.signal),
            satellites=state.satellites,
            steps=state.steps,
            turns=state.turns,
            status=alarms | (self.BATTERY_LOW if state.battery < LOW else 0),
            cells=[(cell, _csq(signal)) for cell, signal in state.cells],
            wifi=state.access_points,
            accuracy=None if state.position is None else 5.0,
        )
        return self._encode(content)

    def _encode(self, content: str | bytes) -> bytes:
        """Return a frame."""
        return watch.encode("3G", self._id, content)


class L17Pro(Watch):
    """An L17 PRO on a wrist."""

    model = "l17pro"
    default_imei = "861234050000041"
    dialects: ClassVar[Mapping[str, type[Dialect]]] = {"iw": Iw, "watch": SeTracker}


def _percentage(signal: int) -> int:
    """Return a CSQ, 0 to 31, in %."""
    return round(100 * signal / 31)


def _csq(signal: int) -> int:
    """Return dBm as CSQ."""
    return max(0, (signal + 113) // 2)


def _number(text: str) -> float | None:
    """Return a number, None for what is none."""
    return float(text) if text.isdigit() else None


def _text(digits: str) -> str:
    """Return what the screen shows: the text, or what is none as it came."""
    try:
        return bytes.fromhex(digits).decode("utf-16-be")
    except ValueError:
        return digits


def _strengths(state: State) -> Sequence[tuple[str, int]]:
    """Return the access points, each with a positive number that is larger for a stronger signal."""
    return [(bssid, signal + 150) for _, bssid, signal in state.access_points]
