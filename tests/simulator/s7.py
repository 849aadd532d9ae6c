"""GOTOP S7, a vehicle tracker: text of GOTOP, or frames of GT06 or JT/T 808; nobody has shown which it is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Unpack, override

from . import tracker
from .drive import Drive, Ride
from .keeper import Keeper
from .route import Position
from .s7_dialects import Gotop, Gt06, Jt808
from .tracker import Moment, Options, Order
from .vehicle import Dialect, State

#: Seconds between two keep-alives, and between two looks at what is connected.
HEARTBEAT, LOOK = 180.0, 1.0

#: The driver's card.
CARD = "00A1B2C3"


class S7(Keeper[State]):
    """An S7 in a car.

    It tells at once when the ignition or the supply changes, and which card is read as a trip begins. The relay that it
    opens lets the car come to a stop, and not start again.
    """

    model = "s7"
    default_imei = "861234050000109"
    dialects: ClassVar[Mapping[str, type[Dialect]]] = {"gotop": Gotop, "gt06": Gt06, "jt808": Jt808}
    heartbeat = HEARTBEAT
    _dialect: Dialect

    def __init__(
        self,
        host: str,
        port: int,
        drive: Drive,
        *,
        protocol: str | None = None,
        acknowledgement_timeout: float = 5.0,
        **options: Unpack[Options],
    ) -> None:
        """Make a tracker in a car that begins its drive now."""
        super().__init__(
            host, port, drive, protocol=protocol, acknowledgement_timeout=acknowledgement_timeout, **options
        )
        self._drive = drive
        self._seen: State | None = None
        #: Until when in the drive the relay lets the car go, and for how long it has held it so far.
        self._until: float | None = None
        self._held = 0.0

    @property
    def immobilized(self) -> bool:
        """Whether the relay is open."""
        return self._until is not None

    def ride(self, time: datetime) -> Ride:
        """Return how the car is at a time."""
        return self._drive.ride(self._driven((time - self._began).total_seconds()))

    def look(self) -> None:
        """See what is connected, and tell what has changed."""
        before, state = self._seen, self.state()
        self._seen = state
        if before is None:
            return
        if state.ignition is not before.ignition:
            self._keep(*self._dialect.ignition(state), precious=True)
            self._keep(*self._dialect.card(CARD, state), precious=True)
        if state.supplied is not before.supplied:
            self._keep(*self._dialect.supply(state), precious=True)

    @override
    async def run(self) -> None:
        self.look()
        await super().run()

    @override
    def obey(self, order: Order) -> None:
        match order.kind:
            case "locate":
                # The answer was the position.
                pass
            case "keep_alive_interval" if order.seconds is not None:
                self.heartbeat = order.seconds * tracker.SECOND
                self._changed.set()
            case "engine_cut":
                self._open_relay()
            case "engine_restore":
                self._close_relay()
            case "factory_reset":
                self.reboot()
            case _:
                super().obey(order)

    @override
    def routine(self) -> Sequence[tuple[float, Callable[[], None]]]:
        return [*super().routine(), (self.heartbeat, self.send_heartbeat), (LOOK, self.look)]

    @override
    def place(self, seconds: float) -> Position:
        return self._drive.at(self._driven(seconds))

    @override
    def observe(self, moment: Moment) -> State:
        ride = self.ride(moment.time)
        return State(
            time=moment.time,
            position=ride.position,
            satellites=7 + moment.time.minute % 5,
            signal=18 + moment.time.minute % 10,
            battery=round(100 * ride.battery),
            ignition=ride.ignition,
            odometer=ride.odometer,
            fuel=ride.sensor,
            supply=ride.supply,
            immobilized=self.immobilized,
            interval=self.interval,
            online=self._online,
        )

    def _driven(self, seconds: float) -> float:
        """Return how far the drive is, `seconds` after life began."""
        driven = seconds - self._held
        return driven if self._until is None else min(driven, self._until)

    def _open_relay(self) -> None:
        """Let the car not start again, once it stands."""
        if self._until is None:
            self._until = self._drive.next_start(self._age() - self._held)
        self._keep(*self._dialect.relay(self.state()), precious=True)

    def _close_relay(self) -> None:
        """Let the drive go on."""
        if self._until is not None:
            self._held += max(0.0, self._age() - self._held - self._until)
            self._until = None
        self._keep(*self._dialect.relay(self.state()), precious=True)

    def _age(self) -> float:
        """Return the seconds since life began."""
        return (self.moment().time - self._began).total_seconds()
