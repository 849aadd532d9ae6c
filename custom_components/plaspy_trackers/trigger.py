"""Triggers made for trackers: alarms, SOS and falls, silence, the heart rate and the battery."""

from collections.abc import Collection, Mapping
from math import inf
from typing import ClassVar, Final, override

import probatio

from homeassistant.components.event import ATTR_EVENT_TYPE, DOMAIN as EVENT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_ABOVE, CONF_BELOW, CONF_OPTIONS, STATE_OFF, STATE_ON, EntityStateAttribute
from homeassistant.core import CALLBACK_TYPE, Event, EventStateReportedData, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_track_state_report_event
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from .entity import identify
from .gateway.models import Alarm
from .tracker.alarms import Presence
from .trigger_base import Occasion, TrackerTrigger, read_number

CONF_ALARMS: Final = "alarms"
CONF_DIRECTION: Final = "direction"
CONF_READINGS: Final = "readings"
CONF_REPLAYED: Final = "replayed"
CONF_THRESHOLD: Final = "threshold"

ALARMS: Final = tuple(alarm.value for alarm in Alarm)

GEOFENCE_ALARMS: Final = {
    "any": {Alarm.GEOFENCE, Alarm.GEOFENCE_ENTER, Alarm.GEOFENCE_EXIT},
    "enter": {Alarm.GEOFENCE_ENTER},
    "exit": {Alarm.GEOFENCE_EXIT},
}

MAX_READINGS: Final = 20
HIGHEST_HEART_RATE: Final = 300

#: A battery is low until it is charged by so many points above what made it low.
RECOVERY: Final = 5
DEFAULT_THRESHOLD: Final = 20
HIGHEST_THRESHOLD: Final = 100 - RECOVERY


def _check_limits(options: ConfigType) -> ConfigType:
    """Refuse limits that leave nothing outside, or nothing inside."""
    below, above = options.get(CONF_BELOW), options.get(CONF_ABOVE)
    if below is None and above is None:
        raise probatio.Invalid("give a heart rate in 'below', in 'above' or in both")
    if below is not None and above is not None and below >= above:
        raise probatio.Invalid(f"'below' ({below:g} bpm) has to be lower than 'above' ({above:g} bpm)")
    return options


_HEART_RATE = probatio.All(probatio.Coerce(float), probatio.Range(min=1, max=HIGHEST_HEART_RATE))

ALARM_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        probatio.Required(CONF_OPTIONS, default={}): {
            probatio.Optional(CONF_ALARMS, default=[]): probatio.All(probatio.EnsureList(), [probatio.In(ALARMS)]),
            probatio.Optional(CONF_REPLAYED, default=False): cv.boolean,
        },
    }
)
GEOFENCE_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        probatio.Required(CONF_OPTIONS, default={}): {
            probatio.Optional(CONF_DIRECTION, default="any"): probatio.In(list(GEOFENCE_ALARMS)),
        },
    }
)
HEART_RATE_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        probatio.Required(CONF_OPTIONS, default={}): probatio.All(
            {
                probatio.Optional(CONF_BELOW): _HEART_RATE,
                probatio.Optional(CONF_ABOVE): _HEART_RATE,
                probatio.Optional(CONF_READINGS, default=1): probatio.All(
                    probatio.Coerce(int), probatio.Range(min=1, max=MAX_READINGS)
                ),
            },
            _check_limits,
        ),
    }
)
BATTERY_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        probatio.Required(CONF_OPTIONS, default={}): {
            probatio.Optional(CONF_THRESHOLD, default=DEFAULT_THRESHOLD): probatio.All(
                probatio.Coerce(float), probatio.Range(min=1, max=HIGHEST_THRESHOLD)
            ),
        },
    }
)


class AlarmTrigger(TrackerTrigger):
    """Base of triggers for what a tracker's alarm entity tells; alarms from history count only where one says so."""

    _kinds = frozenset(("event.alarm",))
    _event_types: frozenset[str]
    _with_replayed: bool = False

    @override
    def _hear(self, old: State | None, new: State) -> Occasion | None:
        """Fire for the event types that count."""
        attributes = new.attributes
        event_type, replayed = attributes.get(ATTR_EVENT_TYPE), bool(attributes.get("replayed"))
        if event_type not in self._event_types or (replayed and not self._with_replayed):
            return None
        time = attributes.get("time", new.state)
        latitude = attributes.get(EntityStateAttribute.LATITUDE)
        longitude = attributes.get(EntityStateAttribute.LONGITUDE)
        place = "" if latitude is None else f" at {latitude}, {longitude}"
        variables = {
            "alarm": event_type,
            "time": time,
            "latitude": latitude,
            "longitude": longitude,
            "code": attributes.get("code"),
            "replayed": replayed,
        }
        return Occasion(f"{event_type}{' from history' if replayed else ''}, {time}{place}", variables)


class AlarmReceivedTrigger(AlarmTrigger):
    """Fires for every alarm, or for every one of the chosen kinds."""

    _schema = ALARM_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read which alarms count."""
        super().__init__(hass, config)
        self._event_types = frozenset(self._options[CONF_ALARMS] or ALARMS)
        self._with_replayed = self._options[CONF_REPLAYED]


class GeofenceAlarmTrigger(AlarmTrigger):
    """Fires when a tracker says that it crossed one of its own geofences."""

    _schema = GEOFENCE_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read which way counts."""
        super().__init__(hass, config)
        self._event_types = frozenset(GEOFENCE_ALARMS[self._options[CONF_DIRECTION]])


class WentSilentTrigger(AlarmTrigger):
    """Fires when nothing has been heard of a tracker for as long as it is allowed to be silent."""

    _event_types = frozenset((Presence.OFFLINE,))


class CameBackTrigger(AlarmTrigger):
    """Fires with the first word of a tracker that was silent."""

    _event_types = frozenset((Presence.ONLINE,))


class SwitchTrigger(TrackerTrigger):
    """Base of triggers for a binary sensor that goes from one of its states to the other, and from no third one."""

    _to: ClassVar[str] = STATE_ON
    _description: ClassVar[str]

    @override
    def _hear(self, old: State | None, new: State) -> Occasion | None:
        """Fire when the sensor goes over, or when its first state is that it is on."""
        before = STATE_OFF if old is None else old.state
        if new.state != self._to or before == self._to or before not in {STATE_ON, STATE_OFF}:
            return None
        return Occasion(self._description, {})


class SosStartedTrigger(SwitchTrigger):
    """Fires when somebody calls for help; not again before that SOS has ended."""

    _kinds = frozenset(("binary_sensor.sos",))
    _description = "SOS started"


class SosClearedTrigger(SwitchTrigger):
    """Fires when an SOS ends: somebody has acknowledged it, or its time is over."""

    _kinds = frozenset(("binary_sensor.sos",))
    _to = STATE_OFF
    _description = "SOS cleared"


class FallDetectedTrigger(SwitchTrigger):
    """Fires when somebody fell; not again before that alarm has ended."""

    _kinds = frozenset(("binary_sensor.fall",))
    _description = "fall detected"


class HeartRateTrigger(TrackerTrigger):
    """Fires once when so many readings in a row are out of range, and again only after one that was not.

    A heart rate that is unknown, as of a watch that nobody wears, begins the count anew. A reading that is the same as
    the one before it counts too: the sensor reports it, though its state does not change.
    """

    _schema = HEART_RATE_SCHEMA
    _kinds = frozenset(("sensor.heart_rate",))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the limits."""
        super().__init__(hass, config)
        self._below: float = self._options.get(CONF_BELOW, -inf)
        self._above: float = self._options.get(CONF_ABOVE, inf)
        self._readings: int = self._options[CONF_READINGS]
        #: How many readings in a row were out of range, by entity.
        self._counts: dict[str, int] = {}
        self._stop_reports: CALLBACK_TYPE | None = None

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Follow the target until what is returned is called."""
        stop_states = await super().async_attach_runner(run_action, did_not_trigger)

        @callback
        def stop() -> None:
            """Follow nothing any more."""
            stop_states()
            self._async_listen_for_reports(())

        return stop

    @callback
    @override
    def _async_entities_changed(self, added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
        """Follow the readings, too, that are no other state."""
        super()._async_entities_changed(added, removed, states)
        self._async_listen_for_reports(states)

    @callback
    def _async_listen_for_reports(self, entity_ids: Collection[str]) -> None:
        """Hear when a state of these entities is reported unchanged, and of no others any more."""
        if self._stop_reports is not None:
            self._stop_reports()
        self._stop_reports = None
        if entity_ids:
            self._stop_reports = async_track_state_report_event(self._hass, entity_ids, self._async_state_reported)

    @callback
    def _async_state_reported(self, event: Event[EventStateReportedData]) -> None:
        """Take in a reading that is the same as the one before it."""
        state = event.data["new_state"]
        self._fire(self._hear(state, state), state, state, event.context)

    @override
    def _hear(self, old: State | None, new: State) -> Occasion | None:
        """Count a reading; fire when the last one that is needed has come."""
        rate = read_number(new)
        if rate is None or self._below <= rate <= self._above:
            self._counts.pop(new.entity_id, None)
            return None
        count = self._counts[new.entity_id] = self._counts.get(new.entity_id, 0) + 1
        if count != self._readings:
            return None
        return Occasion(f"heart rate of {rate:g} bpm", {"heart_rate": rate, "readings": count})


class BatteryLowTrigger(TrackerTrigger):
    """Fires once when a tracker's battery goes low, whichever way it tells: an alarm, a state or a level.

    It can go low again when its level has risen to `RECOVERY` points above the threshold or, if the tracker's alarm
    came above that, above the lowest level since; or when it says that it is not low and its level does not say that
    it is. A battery that was low before this began to follow it does not go low.
    """

    _schema = BATTERY_SCHEMA
    _kinds = frozenset(("event.alarm", "binary_sensor.battery_low", "sensor.battery_level"))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the threshold."""
        super().__init__(hass, config)
        self._threshold: float = self._options[CONF_THRESHOLD]
        #: The last level of each battery, None where only its low state is known.
        self._levels: dict[str, float | None] = {}
        #: For each battery that is low, the level at which it no longer is.
        self._recovery: dict[str, float] = {}

    @override
    def _recall(self, state: State) -> None:
        """Take in how a battery was before; an alarm of old tells nothing about that."""
        if state.domain != EVENT_DOMAIN:
            self._judge(state)

    @override
    def _hear(self, old: State | None, new: State) -> Occasion | None:
        """Fire when a battery goes low; tell its level where that is what told it."""
        if not self._judge(new):
            return None
        # An alarm comes before the level that its message holds.
        level = read_number(new) if new.domain == SENSOR_DOMAIN else None
        return Occasion("low battery" if level is None else f"low battery, {level:g} %", {"battery_level": level})

    def _judge(self, state: State) -> bool:
        """Follow a battery; whether it goes low with this state."""
        if (identity := identify(self._hass, state.entity_id)) is None:
            return False
        device_id, key = identity
        if key == "battery_level":
            return self._judge_level(device_id, read_number(state))
        if key == "battery_low":
            return self._judge_low(device_id, state.state)
        attributes = state.attributes
        is_alarm = attributes.get(ATTR_EVENT_TYPE) == Alarm.LOW_BATTERY and not attributes.get("replayed")
        return is_alarm and self._go_low(device_id)

    def _judge_level(self, device_id: str, level: float | None) -> bool:
        """Follow a battery's level."""
        if level is None:
            return False
        self._levels[device_id] = level
        if level >= self._recovery.get(device_id, inf):
            del self._recovery[device_id]
        went_low = level < self._threshold and self._go_low(device_id)
        if device_id in self._recovery:
            recovery = min(100.0, max(level, self._threshold) + RECOVERY)
            self._recovery[device_id] = min(recovery, self._recovery[device_id])
        return went_low

    def _judge_low(self, device_id: str, state: str) -> bool:
        """Follow whether a tracker says that its battery is low."""
        level = self._levels.setdefault(device_id, None)
        if state == STATE_OFF and (level is None or level >= self._threshold):
            self._recovery.pop(device_id, None)
        return state == STATE_ON and self._go_low(device_id)

    def _go_low(self, device_id: str) -> bool:
        """Count a battery as low; whether it was not, or tells nothing but alarms and so never that it recovered."""
        is_new = device_id not in self._recovery or device_id not in self._levels
        self._recovery.setdefault(device_id, inf)
        return is_new


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "alarm_received": AlarmReceivedTrigger,
    "sos_started": SosStartedTrigger,
    "sos_cleared": SosClearedTrigger,
    "fall_detected": FallDetectedTrigger,
    "went_silent": WentSilentTrigger,
    "came_back": CameBackTrigger,
    "heart_rate_out_of_range": HeartRateTrigger,
    "geofence_alarm": GeofenceAlarmTrigger,
    "battery_low": BatteryLowTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return TRIGGERS
