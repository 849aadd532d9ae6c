"""Xexun X07, a health watch: binary frames of xexun3, or of xexun2.

Every report has what the watch measured in it, and every frame is acknowledged. There is no login. What the server asks
for is answered in the words of the request by xexun3, and with 01 by xexun2; how either refuses is not known: it says
nothing then.
"""

from collections.abc import Mapping, Sequence
import re
from typing import ClassVar, override

from .encoders import xexun2, xexun3
from .tracker import Order
from .watch import Dialect, State, Watch

FIRMWARE = "X07C_26050101|X07W_26040202"
ICCID = "89571017023000000033"

#: What the words in front of `=` ask for.
KINDS = {
    "tracking_send": "report_interval",
    "tk": "working_mode",
    "mg": "message",
    "tz": "time_zone",
    "rt": "reboot",
    "of": "power_off",
    "ip": "server",
    "APN": "apn",
}
#: What was asked for with a question mark is told.
WORKING_MODE = "tk=2,60,2,0,0,180,10"


def understand(text: str, kinds: Mapping[str, str]) -> Order:
    """Return what a text asks for, by its words; an order of no kind if none of them is in it."""
    word, _, rest = text.partition("=")
    kind = kinds.get(word, "")
    if rest == "?":
        return Order("parameters" if word == "tk" else "", word, (text,))
    if kind != "report_interval":
        return Order(kind, word, (text,))
    found = re.fullmatch(r"[1-9]\d*,([1-9]\d*)", rest)
    return Order(kind, word, (text,), float(found[1])) if found else Order("")


class Xexun3(Dialect):
    """What it speaks: records between FC and CF, each frame numbered from 0 to 255."""

    SOS, REMOVED, FALL = 1, 4, 7

    def __init__(self, imei: str) -> None:
        """Begin to count."""
        super().__init__(imei)
        self._sequence = 0

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return xexun3.acknowledges(reply, frame)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        texts, rest = xexun3.cut_commands(data, self.imei)
        return [understand(text, KINDS) for text in texts], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        if not accepted:
            return ()
        text = WORKING_MODE if order.kind == "parameters" else order.words[0]
        return (xexun3.encode(self.imei, 1, text.encode(), kind=xexun3.COMMAND),)

    @override
    def introduction(self, state: State) -> Sequence[bytes]:
        return (self._encode(xexun3.version(FIRMWARE, ICCID)),)

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        return (self._encode(),)

    @override
    def report(self, state: State) -> bytes:
        return self._encode(*self._records(state))

    @override
    def sos(self, state: State) -> bytes:
        return self._alarm(self.SOS, state)

    @override
    def fall(self, state: State) -> Sequence[bytes]:
        return (self._alarm(self.FALL, state),)

    @override
    def wear(self, state: State) -> Sequence[bytes]:
        # Only the values that are there again tell that it was put on.
        return (self._alarm(self.REMOVED, state) if state.vitals is None else self.report(state),)

    def _alarm(self, code: int, state: State) -> bytes:
        """Return a frame with an alarm, and everything else."""
        return self._encode(xexun3.alarm(state.time, code), *self._records(state))

    def _records(self, state: State) -> Sequence[bytes]:
        """Return where the watch is and how the wearer is."""
        time = state.time
        records = [xexun3.cell(time, cell, signal) for cell, signal in state.cells]
        if state.position is not None:
            records.insert(0, xexun3.gps(time, state.position, satellites=state.satellites))
        if state.access_points:
            records.append(xexun3.wifi(time, [(bssid, signal) for _, bssid, signal in state.access_points]))
        return [*records, self._status(state)]

    def _status(self, state: State) -> bytes:
        """Return the status record; what a body has is absent while there is none."""
        vitals = state.vitals
        return xexun3.status(
            battery=state.battery,
            signal=state.signal,
            moving=47 if state.moving else 0,
            charging=state.charging,
            steps=state.steps,
            temperature=None if vitals is None else round(vitals.body_temperature),
            respiration=None if vitals is None else vitals.respiration,
            heart_rate=None if vitals is None else vitals.heart_rate,
            systolic=None if vitals is None else vitals.systolic,
            diastolic=None if vitals is None else vitals.diastolic,
            oxygen=None if vitals is None else vitals.oxygen,
            time=state.time,
        )

    def _encode(self, *records: bytes) -> bytes:
        """Return the next frame."""
        frame = xexun3.encode(self.imei, self._sequence, *records)
        self._sequence = (self._sequence + 1) % 0x100
        return frame


class Xexun2(Dialect):
    """What older firmware speaks: parts between two FA AF, each frame numbered from 0 to 65535."""

    SOS, TAKEN_OFF, PUT_ON, FALL = 1 << 0, 1 << 17, 1 << 18, 1 << 23
    KINDS: ClassVar[Mapping[str, str]] = {"tracking_send": "report_interval", "reset": "reboot", "of": "power_off"}

    def __init__(self, imei: str) -> None:
        """Begin to count."""
        super().__init__(imei)
        self._sequence = 0

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return xexun2.acknowledges(reply, frame)

    @override
    def cut(self, data: bytes) -> tuple[Sequence[Order], bytes]:
        texts, rest = xexun2.cut_commands(data, self.imei)
        return [understand(text, self.KINDS) for text in texts], rest

    @override
    def answer(self, order: Order, state: State, *, accepted: bool) -> Sequence[bytes]:
        return (xexun2.encode(self.imei, 1, b"\x01", xexun2.COMMAND),) if accepted else ()

    @override
    def introduction(self, state: State) -> Sequence[bytes]:
        return (self._encode(xexun2.version(FIRMWARE, ICCID, "X07")),)

    @override
    def report(self, state: State) -> bytes:
        return self._encode(*self._parts(state, stored=not state.online))

    @override
    def sos(self, state: State) -> bytes:
        return self._alarm(self.SOS, state)

    @override
    def fall(self, state: State) -> Sequence[bytes]:
        return (self._alarm(self.FALL, state),)

    @override
    def wear(self, state: State) -> Sequence[bytes]:
        return (self._alarm(self.TAKEN_OFF if state.vitals is None else self.PUT_ON, state),)

    def _alarm(self, bits: int, state: State) -> bytes:
        """Return a frame with an alarm, and everything else."""
        return self._encode(xexun2.alarm(state.time, bits), *self._parts(state, stored=False))

    def _parts(self, state: State, *, stored: bool) -> Sequence[bytes]:
        """Return where the watch is and how the wearer is; what a body has is 0 while there is none."""
        time, vitals = state.time, state.vitals
        if state.position is not None:
            parts = [xexun2.gps(time, state.position, satellites=state.satellites)]
        else:
            parts = [xexun2.wifi(time, [(bssid, signal) for _, bssid, signal in state.access_points])]
        parts.append(xexun2.cell(time, state.cells))
        if vitals is None:
            parts += [xexun2.vitals(time, 0, 0, 0, 0), xexun2.activity(time, state.steps, 0.0)]
        else:
            parts += [
                xexun2.vitals(time, vitals.heart_rate, vitals.systolic, vitals.diastolic, vitals.oxygen),
                xexun2.activity(time, state.steps, vitals.body_temperature),
            ]
        status = xexun2.status(
            state.signal,
            state.battery,
            removed=vitals is None,
            moving=state.moving,
            buffered=stored,
            charging=state.charging,
        )
        return [*parts, status]

    def _encode(self, *parts: bytes) -> bytes:
        """Return the next frame."""
        frame = xexun2.encode(self.imei, self._sequence, b"".join(parts))
        self._sequence = (self._sequence + 1) % 0x10000
        return frame


class X07(Watch):
    """An X07 on a wrist."""

    model = "x07"
    default_imei = "861234050000033"
    dialects: ClassVar[Mapping[str, type[Dialect]]] = {"xexun3": Xexun3, "xexun2": Xexun2}
