"""What a tracker measures."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    DEGREE,
    PERCENTAGE,
    EntityCategory,
    UnitOfBloodGlucoseConcentration,
    UnitOfElectricPotential,
    UnitOfLength,
    UnitOfPressure,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .connected import ConnectedEntity
from .delivery import LAST_COMMAND, context_of, describe
from .entity import PlaspyEntity, grow_entities
from .gateway.models import FixSource
from .hub import PlaspyConfigEntry
from .member import Member
from .tracker import LAST_KNOWN
from .tracker.orders import Order, State
from .vehicle_sensors import ANALOG_DESCRIPTIONS, VEHICLE_DESCRIPTIONS
from .vehicle_settings import Use

PARALLEL_UPDATES = 0

#: What core's health integrations count beats, breaths and steps in.
BEATS_PER_MINUTE = "bpm"
BREATHS_PER_MINUTE = "br/min"
STEPS = "steps"

#: What begins anew at midnight.
TODAY_KEYS = frozenset(("distance_today", "moving_time_today"))

#: Where a position comes from that was told by the user's own access points.
HOME_WIFI = "home_wifi"

DESCRIPTIONS = (
    SensorEntityDescription(
        key="heart_rate",
        translation_key="heart_rate",
        native_unit_of_measurement=BEATS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    # Without a device class: physicians measure in mmHg everywhere, whatever unit a home has for pressure.
    *(
        SensorEntityDescription(
            key=key,
            translation_key=key,
            native_unit_of_measurement=UnitOfPressure.MMHG,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=0,
        )
        for key in ("systolic", "diastolic")
    ),
    SensorEntityDescription(
        key="blood_oxygen",
        translation_key="blood_oxygen",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="body_temperature",
        translation_key="body_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="respiratory_rate",
        translation_key="respiratory_rate",
        native_unit_of_measurement=BREATHS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="blood_sugar",
        translation_key="blood_sugar",
        device_class=SensorDeviceClass.BLOOD_GLUCOSE_CONCENTRATION,
        native_unit_of_measurement=UnitOfBloodGlucoseConcentration.MILLIMOLE_PER_LITER,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    # Not every watch begins anew at midnight: both may fall at any time.
    SensorEntityDescription(
        key="steps",
        translation_key="steps",
        native_unit_of_measurement=STEPS,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    SensorEntityDescription(
        key="turns",
        translation_key="turns",
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    SensorEntityDescription(
        key="battery_level",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="battery_voltage",
        translation_key="battery_voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=2,
    ),
    SensorEntityDescription(
        key="external_voltage",
        translation_key="external_voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="humidity",
        device_class=SensorDeviceClass.HUMIDITY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="speed",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="course",
        translation_key="course",
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="altitude",
        translation_key="altitude",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.METERS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="satellites",
        translation_key="satellites",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SensorEntityDescription(
        key="hdop",
        translation_key="hdop",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SensorEntityDescription(
        key="signal_level",
        translation_key="signal_level",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
    ),
    SensorEntityDescription(
        key="odometer",
        translation_key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=1,
    ),
    # What is found out late about where a tracker has been may make it less.
    SensorEntityDescription(
        key="distance_today",
        translation_key="distance_today",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="moving_time_today",
        translation_key="moving_time_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=0,
    ),
    # Of a trip that is over: neither a mean nor a sum of it means anything.
    SensorEntityDescription(
        key="last_trip_distance",
        translation_key="last_trip_distance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=1,
    ),
    SensorEntityDescription(
        key="last_stop_since",
        translation_key="last_stop_since",
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    SensorEntityDescription(
        key="driver_id",
        translation_key="driver_id",
    ),
    SensorEntityDescription(
        key="position_source",
        translation_key="position_source",
        device_class=SensorDeviceClass.ENUM,
        options=[*(source.value for source in FixSource), HOME_WIFI, LAST_KNOWN],
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SensorEntityDescription(
        key="serial_data",
        translation_key="serial_data",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SensorEntityDescription(
        key="iccid",
        translation_key="iccid",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SensorEntityDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SensorEntityDescription(
        key="last_fix",
        translation_key="last_fix",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SensorEntityDescription(
        key="last_seen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)

COMMAND_DESCRIPTIONS = (
    SensorEntityDescription(
        key=LAST_COMMAND,
        translation_key=LAST_COMMAND,
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in State],
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)

#: The longest text Home Assistant takes as a state.
LONGEST_STATE = 255


async def async_setup_entry(
    hass: HomeAssistant, entry: PlaspyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up a sensor for each value a tracker has told."""
    grow_entities(entry, async_add_entities, (*DESCRIPTIONS, *VEHICLE_DESCRIPTIONS), PlaspySensor)
    grow_entities(entry, async_add_entities, ANALOG_DESCRIPTIONS, PlaspyAnalogInput)
    grow_entities(entry, async_add_entities, COMMAND_DESCRIPTIONS, LastCommandSensor)


class PlaspySensor(PlaspyEntity, SensorEntity):
    """One measured value."""

    entity_description: SensorEntityDescription

    def __init__(self, member: Member, description: SensorEntityDescription) -> None:
        """Set up the sensor; an odometer that we compute ourselves is for experts."""
        super().__init__(member, description)
        if description.key == "odometer" and not member.tracker.measures("odometer"):
            self._attr_entity_registry_enabled_default = False

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The midnight since which what is of today is counted."""
        return dt_util.start_of_local_day() if self.entity_description.key in TODAY_KEYS else None

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """The value in the unit of its key, with no more decimals than any tracker measures."""
        value = cast("str | float | datetime | None", self.known)
        if isinstance(value, float):
            return round(value, 2)
        return value[:LONGEST_STATE] if isinstance(value, str) else value


class PlaspyAnalogInput(ConnectedEntity, PlaspySensor):
    """The volts at an input, or what they stand for."""

    def __init__(self, member: Member, description: SensorEntityDescription) -> None:
        """Set up the input as what the user says that it is."""
        super().__init__(member, description)
        self._use(member.uses.get(description.key))

    @override
    def _use(self, use: Use | None) -> None:
        self._take_name(use)
        description = self.entity_description
        volts = use is None or use.unit == description.native_unit_of_measurement
        self._attr_device_class = description.device_class if volts else None
        self._attr_native_unit_of_measurement = description.native_unit_of_measurement if use is None else use.unit


class LastCommandSensor(PlaspyEntity, SensorEntity):
    """What has become of the command that was asked for, or changed, last."""

    entity_description: SensorEntityDescription

    @property
    @override
    def native_value(self) -> str | None:
        """What has become of it."""
        return None if self._last is None else self._last.state.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """What it was, what the tracker said, since when, and who asked."""
        if self._last is None:
            return None
        described = describe(self._last, self.member.permissions.password)
        return {name: value for name, value in described.items() if name != "state"}

    @override
    async def async_added_to_hass(self) -> None:
        """Write a state whenever something becomes of a command."""
        self.async_on_remove(self.member.async_listen(LAST_COMMAND, self._async_follow))

    @callback
    def _async_follow(self) -> None:
        """Write the state in the name of who asked."""
        if self._last is not None:
            self.async_set_context(context_of(self._last.origin))
        self.async_write_ha_state()

    @property
    def _last(self) -> Order | None:
        return self.member.delivery.outbox.last
