"""What a user may say of a vehicle: its tank, and what is connected to its tracker's inputs.

A subentry holds each section of the form as it was filled in, so that a form shows again what was typed.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import probatio

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from .tracker.calibration import LARGEST_INPUT, LARGEST_TANK, CalibrationError, Shape, read_table, shape_table
from .tracker.fuel import Tank
from .tracker.wiring import ANALOG_KEYS, INPUT_KEYS, Scale, Wiring

CONF_FUEL: Final = "fuel"
CONF_SOURCE: Final = "source"
CONF_TABLE: Final = "table"
CONF_CAPACITY: Final = "tank_volume"
CONF_SHAPE: Final = "tank_shape"
CONF_EMPTY: Final = "empty"
CONF_FULL: Final = "full"
CONF_THRESHOLD: Final = "threshold"

CONF_WIRING: Final = "wiring"
CONF_INPUTS: Final = "inputs"
CONF_ANALOG_INPUTS: Final = "analog_inputs"
CONF_INPUT: Final = "input"
CONF_NAME: Final = "name"
CONF_CLASS: Final = "input_class"
CONF_INVERTED: Final = "inverted"
CONF_UNIT: Final = "unit"
CONF_FACTOR: Final = "factor"
CONF_OFFSET: Final = "offset"

#: The readings that may tell how full a tank is.
SOURCES: Final = ("fuel_level", "fuel_volume", *ANALOG_KEYS)

#: What an input may be. The ignition is no class of Home Assistant's: it is what trips and towing are told by.
IGNITION: Final = "ignition"
CLASSES: Final = (
    IGNITION,
    *(
        one.value
        for one in (
            BinarySensorDeviceClass.DOOR,
            BinarySensorDeviceClass.GARAGE_DOOR,
            BinarySensorDeviceClass.LIGHT,
            BinarySensorDeviceClass.LOCK,
            BinarySensorDeviceClass.MOTION,
            BinarySensorDeviceClass.OCCUPANCY,
            BinarySensorDeviceClass.OPENING,
            BinarySensorDeviceClass.PLUG,
            BinarySensorDeviceClass.POWER,
            BinarySensorDeviceClass.PROBLEM,
            BinarySensorDeviceClass.RUNNING,
            BinarySensorDeviceClass.SAFETY,
            BinarySensorDeviceClass.TAMPER,
            BinarySensorDeviceClass.VIBRATION,
            BinarySensorDeviceClass.WINDOW,
        )
    ),
)


@dataclass(slots=True, frozen=True)
class Use:
    """What the user calls an input, and its class or unit."""

    name: str
    device_class: BinarySensorDeviceClass | None = None
    unit: str | None = None


class SettingsError(ValueError):
    """What is wrong with a section: the key of its translation, and what in the section shows it."""

    def __init__(self, key: str, detail: str = "") -> None:
        """Name the error and the place."""
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


def _number(unit: str | None, least: float, most: float) -> NumberSelector:
    config = NumberSelectorConfig(min=least, max=most, step="any", mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _select(options: tuple[str, ...], translation_key: str) -> SelectSelector:
    """Return a choice; its labels are for where the frontend does not translate, within an entry of a list."""
    labelled = [SelectOptionDict(value=one, label=one.replace("_", " ").capitalize()) for one in options]
    return SelectSelector(
        SelectSelectorConfig(options=labelled, translation_key=translation_key, mode=SelectSelectorMode.DROPDOWN)
    )


FUEL_FIELDS: dict[probatio.Marker, Selector[Any]] = {
    probatio.Optional(CONF_SOURCE): _select(SOURCES, "fuel_source"),
    probatio.Optional(CONF_CAPACITY): _number("L", 1, LARGEST_TANK),
    probatio.Optional(CONF_TABLE): TextSelector(TextSelectorConfig(multiline=True)),
    probatio.Optional(CONF_SHAPE): _select(tuple(shape.value for shape in Shape), "tank_shape"),
    probatio.Optional(CONF_EMPTY): _number(None, -LARGEST_INPUT, LARGEST_INPUT),
    probatio.Optional(CONF_FULL): _number(None, -LARGEST_INPUT, LARGEST_INPUT),
    probatio.Optional(CONF_THRESHOLD): _number("L", 1, 1000),
}

INPUT_SELECTOR = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_INPUT: {"selector": _select(INPUT_KEYS, "input"), "required": True},
            CONF_NAME: {"selector": TextSelector(), "required": True},
            CONF_CLASS: {"selector": _select(CLASSES, "input_class")},
            CONF_INVERTED: {"selector": BooleanSelector()},
        },
        multiple=True,
        label_field=CONF_NAME,
        description_field=CONF_INPUT,
        translation_key="input",
    )
)
ANALOG_SELECTOR = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_INPUT: {"selector": _select(ANALOG_KEYS, "analog_input"), "required": True},
            CONF_NAME: {"selector": TextSelector(), "required": True},
            CONF_UNIT: {"selector": TextSelector()},
            CONF_FACTOR: {"selector": _number(None, -LARGEST_INPUT, LARGEST_INPUT)},
            CONF_OFFSET: {"selector": _number(None, -LARGEST_INPUT, LARGEST_INPUT)},
        },
        multiple=True,
        label_field=CONF_NAME,
        description_field=CONF_INPUT,
        translation_key="analog_input",
    )
)
WIRING_FIELDS: dict[probatio.Marker, Selector[Any]] = {
    probatio.Optional(CONF_INPUTS): INPUT_SELECTOR,
    probatio.Optional(CONF_ANALOG_INPUTS): ANALOG_SELECTOR,
}
FIELDS = {CONF_FUEL: FUEL_FIELDS, CONF_WIRING: WIRING_FIELDS}


def sections_of(data: Mapping[str, Any]) -> dict[probatio.Marker, section]:
    """Return the sections of the form; those that hold nothing are closed, so that the form of a watch is short."""
    return {
        probatio.Optional(key): section(probatio.Schema(fields), {"collapsed": not data.get(key)})
        for key, fields in FIELDS.items()
    }


def read_sections(
    user_input: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Return the sections as a subentry holds them, what is wrong with each, and what shows that.

    A section that was not sent stays as it is stored.
    """
    data: dict[str, Any] = {}
    errors: dict[str, str] = {}
    details = {"fuel_detail": "", "wiring_detail": ""}
    checks: dict[str, Callable[[Mapping[str, Any]], object]] = {CONF_FUEL: tank_of, CONF_WIRING: wiring_of}
    for key, check in checks.items():
        filled = {name: value for name, value in user_input.get(key, stored.get(key, {})).items() if _is_given(value)}
        try:
            check(filled)
        except SettingsError as error:
            errors[key] = error.key
            details[f"{key}_detail"] = error.detail
        if filled:
            data[key] = filled
    return data, errors, details


def tank_of(fuel: Mapping[str, Any]) -> Tank | None:
    """Return the tank that a section tells of, None without one; SettingsError if it tells nothing that fits."""
    source, capacity = fuel.get(CONF_SOURCE), fuel.get(CONF_CAPACITY)
    table, shape = fuel.get(CONF_TABLE), fuel.get(CONF_SHAPE)
    if source is None:
        if fuel:
            raise SettingsError("fuel_no_source")
        return None
    if table and shape:
        raise SettingsError("fuel_table_and_shape")
    threshold = fuel.get(CONF_THRESHOLD)
    try:
        if table:
            return Tank(source, read_table(table, capacity), capacity, threshold)
        if source == "fuel_volume" and not shape:
            return Tank(source, None, capacity, threshold)
        if source != "fuel_level" and not shape:
            raise SettingsError("fuel_no_table")
        if capacity is None:
            raise SettingsError("fuel_no_volume")
        empty, full = _ends(fuel)
        return Tank(source, shape_table(Shape(shape or Shape.RECTANGULAR), capacity, empty, full), capacity, threshold)
    except CalibrationError as error:
        raise SettingsError(f"fuel_table_{error.reason}", error.detail) from error


def wiring_of(wiring: Mapping[str, Any]) -> Wiring:
    """Return what a section says of the inputs; SettingsError if it says two things of one."""
    inputs, analog = wiring.get(CONF_INPUTS, ()), wiring.get(CONF_ANALOG_INPUTS, ())
    counts = Counter(one[CONF_INPUT] for one in (*inputs, *analog))
    if twice := [key for key, count in counts.items() if count > 1]:
        raise SettingsError("input_twice", ", ".join(twice))
    if any(not one[CONF_NAME].strip() for one in (*inputs, *analog)):
        raise SettingsError("input_no_name")
    ignitions = [one[CONF_INPUT] for one in inputs if one.get(CONF_CLASS) == IGNITION]
    if len(ignitions) > 1:
        raise SettingsError("ignition_twice", ", ".join(ignitions))
    scales = {one[CONF_INPUT]: Scale(one.get(CONF_FACTOR, 1.0), one.get(CONF_OFFSET, 0.0)) for one in analog}
    if flat := [key for key, scale in scales.items() if not scale.factor]:
        raise SettingsError("factor_zero", ", ".join(flat))
    return Wiring(
        frozenset(one[CONF_INPUT] for one in inputs if one.get(CONF_INVERTED)),
        ignitions[0] if ignitions else None,
        scales,
    )


def uses_of(data: Mapping[str, Any]) -> dict[str, Use]:
    """Return what the user says that inputs are, as a subentry tells it."""
    wiring: Mapping[str, Any] = data.get(CONF_WIRING, {})
    uses: dict[str, Use] = {}
    for one in wiring.get(CONF_INPUTS, ()):
        device_class = one.get(CONF_CLASS)
        known = None if device_class in (None, IGNITION) else BinarySensorDeviceClass(device_class)
        uses[one[CONF_INPUT]] = Use(one[CONF_NAME].strip(), device_class=known)
    for one in wiring.get(CONF_ANALOG_INPUTS, ()):
        uses[one[CONF_INPUT]] = Use(one[CONF_NAME].strip(), unit=one.get(CONF_UNIT, "").strip() or None)
    return uses


def _ends(fuel: Mapping[str, Any]) -> tuple[float, float]:
    """Return what a sensor reads in an empty and in a full tank; one that tells percents needs not be asked."""
    usual = (0.0, 100.0) if fuel[CONF_SOURCE] == "fuel_level" else (None, None)
    empty, full = fuel.get(CONF_EMPTY, usual[0]), fuel.get(CONF_FULL, usual[1])
    if empty is None or full is None:
        raise SettingsError("fuel_no_ends")
    if empty == full:
        raise SettingsError("fuel_same_ends")
    return empty, full


def _is_given(value: object) -> bool:
    """Whether a field was filled in."""
    return value not in (None, [], "") and not (isinstance(value, str) and not value.strip())
