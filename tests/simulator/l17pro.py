"""GOTOP L17 PRO, a health watch: text frames of IW or of SeTracker watches.

Both protocols have a login, without whose answer nothing else is said, and health in messages of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, override

from .encoders import iw, watch
from .watch import Dialect, State, Watch

#: Below this the battery is low, in %.
LOW = 15


class Iw(Dialect):
    """What it speaks: IWAP and two letters. Only the login names the watch, so it comes first on each connection."""

    SOS = 1

    def __init__(self, imei: str) -> None:
        """Begin without a fix."""
        super().__init__(imei)
        self._fixed: datetime | None = None

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return iw.acknowledges(reply, frame)

    @override
    def login(self, state: State) -> bytes:
        return iw.login(self.imei)

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

    def __init__(self, imei: str) -> None:
        """Go by the short id."""
        super().__init__(imei)
        self._id = watch.short_id(imei)

    @override
    def acknowledges(self, reply: bytes, frame: bytes) -> bool:
        return watch.acknowledges(reply, frame)

    @override
    def is_answered(self, frame: bytes) -> bool:
        return b"*UD" not in frame

    @override
    def login(self, state: State) -> bytes:
        return self._encode(watch.link(state.steps, state.turns, state.battery))

    @override
    def heartbeat(self, state: State) -> Sequence[bytes]:
        return (self.login(state),)

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

    def _encode(self, content: str) -> bytes:
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


def _strengths(state: State) -> Sequence[tuple[str, int]]:
    """Return the access points, each with a positive number that is larger for a stronger signal."""
    return [(bssid, signal + 150) for _, bssid, signal in state.access_points]
