"""The vocabulary: what a tracker said, in one form for every protocol.

`None`, or a key that is absent, means that the tracker did not say. It is never a default zero and never an old
position in a new report.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypedDict


class FixSource(StrEnum):
    """What a position was computed from."""

    GNSS = "gnss"
    WIFI = "wifi"
    CELL = "cell"
    BEACON = "beacon"


class Alarm(StrEnum):
    """What a tracker raises an alarm about; also the event types that automations see."""

    SOS = "sos"
    FALL = "fall"
    LOW_BATTERY = "low_battery"
    BATTERY_FULL = "battery_full"
    GEOFENCE = "geofence"
    GEOFENCE_ENTER = "geofence_enter"
    GEOFENCE_EXIT = "geofence_exit"
    OVERSPEED = "overspeed"
    MOVEMENT = "movement"
    VIBRATION = "vibration"
    REMOVED = "removed"
    TAMPER = "tamper"
    POWER_CUT = "power_cut"
    POWER_RESTORED = "power_restored"
    LOW_EXTERNAL_VOLTAGE = "low_external_voltage"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    DOOR = "door"
    GPS_LOST = "gps_lost"
    HEART_RATE = "heart_rate"
    BLOOD_PRESSURE = "blood_pressure"
    SEDENTARY = "sedentary"
    ACCIDENT = "accident"
    SIM_CHANGED = "sim_changed"
    JAMMING = "jamming"
    FUEL_LEAK = "fuel_leak"
    REFUEL = "refuel"
    FUEL_THEFT = "fuel_theft"
    TOWING = "towing"
    HARSH_ACCELERATION = "harsh_acceleration"
    HARSH_BRAKING = "harsh_braking"
    HARSH_CORNERING = "harsh_cornering"
    TEMPERATURE = "temperature"
    FAULT = "fault"
    CALL = "call"
    OTHER = "other"


class MediaKind(StrEnum):
    """What comes in pieces, and is told by what it begins with."""

    PHOTO = "photo"  # JPEG
    VOICE = "voice"  # AMR

    @property
    def beginning(self) -> bytes:
        """The first bytes of every one."""
        return b"\xff\xd8\xff" if self is MediaKind.PHOTO else b"#!AMR"

    @classmethod
    def of(cls, data: bytes) -> MediaKind | None:
        """Return the kind of which these are the first bytes, None if they are of neither."""
        return next((kind for kind in cls if data.startswith(kind.beginning)), None)


class Readings(TypedDict, total=False):
    """What a tracker measured, each in the one unit that its key stands for.

    What a body has may be None: the tracker looked for it and found none, as a watch does that nobody wears.
    """

    battery_level: float  # %
    battery_voltage: float  # V
    external_voltage: float  # V
    charging: bool
    external_power: bool
    battery_low: bool
    signal_level: float  # % of the radio's own scale
    heart_rate: float | None  # 1/min
    systolic: float | None  # mmHg
    diastolic: float | None  # mmHg
    blood_oxygen: float | None  # %
    body_temperature: float | None  # °C
    temperature: float  # °C
    respiratory_rate: float | None  # 1/min
    blood_sugar: float | None  # mmol/L
    steps: int  # since the tracker's midnight
    turns: int  # rolls in sleep, since the tracker's midnight
    odometer: float  # km
    fuel_level: float  # %
    fuel_volume: float  # L
    fuel_consumption: float  # L/100 km
    engine_speed: float  # 1/min
    engine_load: float  # %
    engine_hours: float  # h
    coolant_temperature: float  # °C
    throttle: float  # %
    trouble_codes: str  # of the engine, with blanks between: "P0133 C0300"; empty if it has none
    humidity: float  # %
    ignition: bool
    moving: bool
    door: bool
    armed: bool
    immobilized: bool
    worn: bool
    analog_1: float  # V
    analog_2: float  # V
    analog_3: float  # V
    analog_4: float  # V
    input_1: bool
    input_2: bool
    input_3: bool
    input_4: bool
    input_5: bool
    input_6: bool
    input_7: bool
    input_8: bool
    driver_id: str  # RFID
    serial_data: str
    iccid: str
    firmware: str


@dataclass(slots=True)
class Fix:
    """A position with its time.

    Latitude and longitude in degrees, north and east positive; time in UTC; altitude in metres, speed in km/h, course
    in degrees from true north, accuracy as a radius in metres. A position off the globe, NaN or exactly 0/0 raises
    ValueError.
    """

    latitude: float
    longitude: float
    time: datetime
    altitude: float | None = None
    speed: float | None = None
    course: float | None = None
    satellites: int | None = None
    hdop: float | None = None
    accuracy: float | None = None
    source: FixSource = FixSource.GNSS

    def __post_init__(self) -> None:
        """Refuse what is not a place on earth."""
        latitude, longitude = self.latitude, self.longitude
        # NaN fails both comparisons.
        if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
            raise ValueError(f"position {latitude}, {longitude} is not on the globe")
        if not latitude and not longitude:
            raise ValueError("position 0, 0 is an unset one")


@dataclass(slots=True, frozen=True)
class CellTower:
    """A cell the tracker heard: area is its LAC or TAC, cell its CID or ECI, signal in dBm."""

    mcc: int
    mnc: int
    area: int | None
    cell: int
    signal: int | None = None


@dataclass(slots=True, frozen=True)
class AccessPoint:
    """A Wi-Fi access point or Bluetooth beacon the tracker heard: bssid as `aa:bb:cc:dd:ee:ff`, signal in dBm."""

    bssid: str
    signal: int | None = None


@dataclass(slots=True, frozen=True)
class Answer:
    """What a tracker says to a request: which one it names, None where that is the last, and whether it will do it."""

    request: str | None = None
    accepted: bool = True


@dataclass(slots=True, frozen=True)
class Piece:
    """One part of a photo or voice message, or all of it.

    `kind` is None where only the first part tells it. `name` says in the tracker's own words which photo or message it
    is of, and may be anything; `index` is its place from 0, below `total`; `time` when it was taken, in UTC.
    """

    kind: MediaKind | None
    name: str
    index: int
    total: int
    data: bytes
    time: datetime | None = None


@dataclass(slots=True)
class Report:
    """What one message of a tracker means. With nothing but its identity it is a login or a keep-alive.

    `device_id` is the IMEI or the shorter id that the protocol uses, `time` the tracker's own clock in UTC, `fix` None
    unless this very message holds a valid position, `codes` the alarm codes as they were sent, `buffered` true where
    the tracker says that it kept the message while out of coverage, `text` its answer to a command or serial text,
    `answer` which request of ours the message answers, if any, `piece` the part it holds of a photo or voice message.
    """

    device_id: str
    protocol: str
    time: datetime | None = None
    fix: Fix | None = None
    readings: Readings = field(default_factory=Readings)
    alarms: tuple[Alarm, ...] = ()
    codes: tuple[str, ...] = ()
    cells: tuple[CellTower, ...] = ()
    wifi: tuple[AccessPoint, ...] = ()
    beacons: tuple[AccessPoint, ...] = ()
    buffered: bool = False
    text: str | None = None
    answer: Answer | None = None
    piece: Piece | None = None

    @property
    def carries(self) -> bool:
        """Whether it says anything for the archive but who sent it."""
        return bool(
            self.fix or self.readings or self.alarms or self.cells or self.wifi or self.beacons or self.text is not None
        )
