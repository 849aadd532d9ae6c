"""What can be asked of a tracker: kinds of commands, what their arguments may be, and what goes out and comes back.

Every protocol declares the kinds that it has and the bounds of their arguments. The names of kinds and arguments, and
the units, are the same for all of them:

    seconds, hours, minutes   how long, or how often; 0 is off where the parameter says so
    seconds_parked            the same while the ignition of a vehicle is off
    hours (of TIME_ZONE)      ahead of UTC
    speed, radius, percent    km/h, metres, % of the battery
    south, west, north, east  degrees
    number, numbers           telephone numbers, digits with or without a leading +
    contacts                  {"name": ..., "number": ...}
    times                     "HH:MM-HH:MM", by the tracker's clock
    on                        whether from now on it does what the kind is called after
    mode, level               one of those that the tracker has
    language                  what its screen and voice speak: ISO 639, or its own number for that
    cells                     whether it tells the cell that it is served by, too
    threshold                 how much it takes, on the tracker's own scale; 0 is off where the parameter says so
    fence, crossing           which of its geofences, from 1; whether it tells of who comes in or of who goes out
    place                     the first of its numbers that are replaced, from 1; 0 for all of them, given or not
    host, port, transport     where it reports to, and by TCP or by UDP
    apn, user, password       the access point of its mobile network; `network` is MCC and MNC
    new                       the password from now on
    method                    which of a tracker's own words for the same thing
    data                      what is sent as it stands: text, or hexadecimal digits after "0x"
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import NamedTuple, override


class CommandKind(StrEnum):
    """What a tracker can be asked to do; also what users call it in actions."""

    LOCATE = "locate"
    STATUS = "status"
    VERSION = "version"
    PARAMETERS = "parameters"
    REPORT_INTERVAL = "report_interval"
    STOP_REPORTS = "stop_reports"
    KEEP_ALIVE_INTERVAL = "keep_alive_interval"
    WORKING_MODE = "working_mode"
    FIND = "find"
    MEASURE_HEART_RATE = "measure_heart_rate"
    MEASURE_BLOOD_PRESSURE = "measure_blood_pressure"
    MEASURE_BLOOD_OXYGEN = "measure_blood_oxygen"
    MEASURE_TEMPERATURE = "measure_temperature"
    HEART_RATE_INTERVAL = "heart_rate_interval"
    TEMPERATURE_INTERVAL = "temperature_interval"
    HEALTH_INTERVAL = "health_interval"
    MESSAGE = "message"
    SOS_NUMBERS = "sos_numbers"
    CENTER_NUMBER = "center_number"
    CONTACTS = "contacts"
    SILENCE_TIMES = "silence_times"
    PEDOMETER_TIMES = "pedometer_times"
    SLEEP_TIMES = "sleep_times"
    TIME_ZONE = "time_zone"
    CLOCK = "clock"
    RINGER = "ringer"
    GPS = "gps"
    FALL_ALARM = "fall_alarm"
    FALL_SENSITIVITY = "fall_sensitivity"
    REMOVED_ALARM = "removed_alarm"
    LOW_BATTERY_ALARM = "low_battery_alarm"
    BATTERY_FULL_ALARM = "battery_full_alarm"
    OVERSPEED_ALARM = "overspeed_alarm"
    MOVEMENT_ALARM = "movement_alarm"
    VIBRATION_ALARM = "vibration_alarm"
    IGNITION_ALARM = "ignition_alarm"
    GEOFENCE = "geofence"
    CALL = "call"
    ARM = "arm"
    DISARM = "disarm"
    RELAY = "relay"
    REBOOT = "reboot"
    POWER_OFF = "power_off"
    FACTORY_RESET = "factory_reset"
    ENGINE_CUT = "engine_cut"
    ENGINE_RESTORE = "engine_restore"
    SERVER = "server"
    APN = "apn"
    PASSWORD = "password"  # noqa: S105 - the name of a command
    FIRMWARE_UPDATE = "firmware_update"
    LISTEN_IN = "listen_in"
    PHOTO = "photo"
    SERIAL_DATA = "serial_data"
    RAW = "raw"


class Danger(StrEnum):
    """What a command can do that nobody may do by mistake: the user allows each for a tracker, or it is not there."""

    POWER_OFF = "power_off"
    FACTORY_RESET = "factory_reset"
    ENGINE = "engine"
    SERVER = "server"
    LISTEN_IN = "listen_in"
    RAW = "raw"


#: Commands that a tracker may not come back from, that can hurt somebody, or that the law may forbid.
DANGERS = {
    CommandKind.POWER_OFF: Danger.POWER_OFF,
    CommandKind.FACTORY_RESET: Danger.FACTORY_RESET,
    CommandKind.ENGINE_CUT: Danger.ENGINE,
    CommandKind.ENGINE_RESTORE: Danger.ENGINE,
    # Whoever has this number commands the tracker by SMS.
    CommandKind.CENTER_NUMBER: Danger.SERVER,
    CommandKind.SERVER: Danger.SERVER,
    CommandKind.APN: Danger.SERVER,
    CommandKind.PASSWORD: Danger.SERVER,
    CommandKind.FIRMWARE_UPDATE: Danger.SERVER,
    CommandKind.LISTEN_IN: Danger.LISTEN_IN,
    CommandKind.PHOTO: Danger.LISTEN_IN,
    # Nobody knows what is connected to a tracker.
    CommandKind.SERIAL_DATA: Danger.RAW,
    CommandKind.RAW: Danger.RAW,
}

#: Commands that may be done although no answer comes, because they end the connection or the password, and those that
#: must not be done twice: they are sent once.
ONCE = {*DANGERS, CommandKind.REBOOT, CommandKind.CALL} - {
    CommandKind.ENGINE_CUT,
    CommandKind.ENGINE_RESTORE,
    CommandKind.CENTER_NUMBER,
}

#: What most makers ship their trackers with.
FACTORY_PASSWORD = "123456"  # noqa: S105 - printed in every manual

#: Arguments that are told to nobody, not even to tell what is wrong with them: logs keep errors.
_SECRETS = frozenset(("password", "new"))

type Plain = str | int | float | bool
type Argument = Plain | Sequence[Argument] | Mapping[str, Argument]
type Arguments = Mapping[str, Argument]


class Fault(StrEnum):
    """Why a command cannot be sent."""

    UNSUPPORTED = "unsupported"
    UNIDENTIFIED = "unidentified"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPE = "type"
    RANGE = "range"
    STEP = "step"
    OPTION = "option"
    LENGTH = "length"
    COUNT = "count"
    FORM = "form"
    CHARACTERS = "characters"


class CommandError(ValueError):
    """A command that cannot be sent: why, and the names and bounds to tell it by."""

    def __init__(self, fault: Fault, **placeholders: object) -> None:
        """Keep what has to be told, as text."""
        self.fault = fault
        self.placeholders = {key: str(value) for key, value in placeholders.items()}
        super().__init__(f"{fault}: {', '.join(f'{key} {value}' for key, value in self.placeholders.items())}")


@dataclass(slots=True, frozen=True)
class Command:
    """Something to ask of a tracker. `password` is what it wants to hear first, if its protocol has one."""

    kind: CommandKind
    arguments: Arguments = field(default_factory=dict)
    password: str = FACTORY_PASSWORD


class Request(NamedTuple):
    """One frame that asks something; `answer` is what the tracker's answer names it by, None if none ever comes."""

    frame: bytes
    answer: str | None = None


class Parameter(ABC):
    """What one argument may be."""

    #: What it is if nobody says; None if somebody has to.
    default: Argument | None = None

    @abstractmethod
    def check(self, name: str, value: Argument) -> Argument:
        """Return an argument in the form that protocols write; CommandError if it is none."""


@dataclass(slots=True, frozen=True)
class Number(Parameter):
    """A number from minimum to maximum, in steps from the minimum, or any for a step of 0; also 0 if that means off."""

    minimum: float
    maximum: float
    step: float = 1
    off: bool = False
    default: float | None = None

    @override
    def check(self, name: str, value: Argument) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CommandError(Fault.TYPE, argument=name, type="number")
        if self.off and not value:
            return 0
        if not self.minimum <= value <= self.maximum:
            raise CommandError(Fault.RANGE, argument=name, minimum=_spell(self.minimum), maximum=_spell(self.maximum))
        if self.step:
            steps = (value - self.minimum) / self.step
            if abs(steps - round(steps)) > 1e-9:
                raise CommandError(Fault.STEP, argument=name, step=_spell(self.step))
            if float(self.minimum).is_integer() and float(self.step).is_integer():
                value = round(value)
        return int(value) if float(value).is_integer() else value


@dataclass(slots=True, frozen=True)
class Flag(Parameter):
    """On or off."""

    default: bool | None = None

    @override
    def check(self, name: str, value: Argument) -> bool:
        if not isinstance(value, bool):
            raise CommandError(Fault.TYPE, argument=name, type="boolean")
        return value


@dataclass(slots=True, frozen=True)
class Choice(Parameter):
    """One of a few words."""

    options: tuple[str, ...]
    default: str | None = None

    @override
    def check(self, name: str, value: Argument) -> str:
        if value not in self.options:
            raise CommandError(Fault.OPTION, argument=name, options=", ".join(self.options))
        return str(value)


@dataclass(slots=True, frozen=True)
class Text(Parameter):
    """Text of at most so many characters; none of them `forbidden`, and no control characters at all.

    What ends or parts the fields of a frame is forbidden: an argument must not become a second command.
    """

    longest: int
    forbidden: str = ""
    pattern: re.Pattern[str] | None = None
    shortest: int = 1
    default: str | None = None

    @override
    def check(self, name: str, value: Argument) -> str:
        if not isinstance(value, str):
            raise CommandError(Fault.TYPE, argument=name, type="text")
        if not self.shortest <= len(value) <= self.longest:
            raise CommandError(Fault.LENGTH, argument=name, minimum=self.shortest, maximum=self.longest)
        if wrong := [one for one in value if one in self.forbidden or not one.isprintable()]:
            raise CommandError(Fault.CHARACTERS, argument=name, characters=" ".join(map(ascii, dict.fromkeys(wrong))))
        if self.pattern is not None and not self.pattern.fullmatch(value):
            raise CommandError(Fault.FORM, argument=name, value="***" if name in _SECRETS else value)
        return value


@dataclass(slots=True, frozen=True)
class Several(Parameter):
    """A list of at most so many arguments of one form."""

    one: Parameter
    most: int
    fewest: int = 1

    @override
    def check(self, name: str, value: Argument) -> Sequence[Argument]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise CommandError(Fault.TYPE, argument=name, type="list")
        if not self.fewest <= len(value) <= self.most:
            raise CommandError(Fault.COUNT, argument=name, minimum=self.fewest, maximum=self.most)
        return [self.one.check(name, item) for item in value]


@dataclass(slots=True, frozen=True)
class Fields(Parameter):
    """A mapping with these fields."""

    fields: Mapping[str, Parameter]

    @override
    def check(self, name: str, value: Argument) -> Mapping[str, Argument]:
        if not isinstance(value, Mapping):
            raise CommandError(Fault.TYPE, argument=name, type="mapping")
        return check_arguments(self.fields, value)


class TimeRange(Parameter):
    """From when to when of a day, as `HH:MM-HH:MM`."""

    @override
    def check(self, name: str, value: Argument) -> str:
        if not isinstance(value, str) or not _TIME_RANGE.fullmatch(value):
            raise CommandError(Fault.FORM, argument=name, value=value)
        return value


_TIME_RANGE = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)

type Parameters = Mapping[str, Parameter]
type Commands = Mapping[CommandKind, Parameters]

#: What has no arguments.
NOTHING: Parameters = {}

PHONE_NUMBER = Text(20, pattern=re.compile(r"\+?\d{2,19}", re.ASCII))
HOST = Text(63, pattern=re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?", re.ASCII))
IP_ADDRESS = Text(
    15, pattern=re.compile(r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}", re.ASCII)
)
PORT = Number(1, 65535)


def by_hand(longest: int, forbidden: str = "") -> Text:
    """Return the parameter of what is sent as it stands: text in ASCII, or bytes in hexadecimal after `0x`."""
    return Text(longest, forbidden, re.compile(r"(?!0x)[!-~][ -~]*|0x(?:[0-9A-Fa-f]{2})+"))


def bytes_by_hand(data: str) -> bytes | None:
    """Return the bytes that are sent as they stand, None where it is text."""
    return bytes.fromhex(data[2:]) if data.startswith("0x") else None


class Checked(dict[str, Argument]):
    """Arguments that were checked, by the types that their parameters give them."""

    def number(self, name: str) -> float:
        """Return a number; whole ones are int."""
        value = self[name]
        assert isinstance(value, int | float)
        return value

    def whole(self, name: str) -> int:
        """Return a number whose parameter lets only whole ones through."""
        value = self[name]
        assert isinstance(value, int)
        return value

    def flag(self, name: str) -> bool:
        """Return whether something is on."""
        return self[name] is True

    def text(self, name: str) -> str:
        """Return text, a choice or a range of times."""
        value = self[name]
        assert isinstance(value, str)
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        return [one for one in self.several(name) if isinstance(one, str)]

    def fields(self, name: str) -> list[Checked]:
        """Return a list of mappings."""
        return [one for one in self.several(name) if isinstance(one, Checked)]

    def several(self, name: str) -> Sequence[Argument]:
        """Return a list."""
        value = self[name]
        assert isinstance(value, Sequence)
        return value


def check_arguments(parameters: Parameters, arguments: Arguments) -> Checked:
    """Return the arguments of a command in the form that protocols write; CommandError if they are not its."""
    for name in arguments:
        if name not in parameters:
            raise CommandError(Fault.UNKNOWN, argument=name, arguments=", ".join(parameters) or "-")
    checked = Checked()
    for name, parameter in parameters.items():
        if name in arguments:
            checked[name] = parameter.check(name, arguments[name])
        elif parameter.default is None:
            raise CommandError(Fault.MISSING, argument=name)
        else:
            checked[name] = parameter.default
    return checked


def _spell(number: float) -> str:
    """Return a number as people write it."""
    return str(int(number)) if float(number).is_integer() else str(number)
