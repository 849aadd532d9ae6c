"""Every value a tracker can have is one entity, with a name and a picture; every word a user sees is translated."""

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
import json
from pathlib import Path
import re
from typing import Any, get_type_hints

import pytest

from homeassistant.components import (
    binary_sensor,
    button,
    device_tracker,
    event,
    image,
    notify,
    number,
    select,
    sensor,
    switch,
    text,
)
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import ObjectSelector, Selector
from homeassistant.util.yaml import load_yaml_dict

import custom_components.plaspy_trackers
from custom_components.plaspy_trackers import PLATFORMS, archive, sensor as sensor_platform
from custom_components.plaspy_trackers.archive import formats
from custom_components.plaspy_trackers.archive.formats import Format
from custom_components.plaspy_trackers.command_entity import find_argument, takes_nothing
from custom_components.plaspy_trackers.const import NEW_TRACKERS
from custom_components.plaspy_trackers.delivery import LAST_COMMAND
from custom_components.plaspy_trackers.event import TEXT_DESCRIPTIONS
from custom_components.plaspy_trackers.gateway.commands import (
    Choice,
    CommandKind,
    Danger,
    Fault,
    Flag,
    Number,
    Parameter,
)
from custom_components.plaspy_trackers.gateway.models import Alarm, FixSource, MediaKind, Readings
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS
from custom_components.plaspy_trackers.media_settings import CONF_MEDIA, MEDIA_FIELDS
from custom_components.plaspy_trackers.sensor import HOME_WIFI
from custom_components.plaspy_trackers.services import ACKNOWLEDGE, EXPORT_TRACK, SCHEMAS, SEND_COMMAND
from custom_components.plaspy_trackers.tracker import FIRST_KEYS, LAST_KNOWN
from custom_components.plaspy_trackers.tracker.alarms import LATCHED, Presence
from custom_components.plaspy_trackers.tracker.calibration import Reason as CalibrationReason
from custom_components.plaspy_trackers.tracker.orders import State
from custom_components.plaspy_trackers.tracker.path import Parts
from custom_components.plaspy_trackers.tracker.values import TOLD_KEYS
from custom_components.plaspy_trackers.vehicle_settings import FIELDS

HERE = Path(custom_components.plaspy_trackers.__file__).parent
TEXTS: dict[str, Any] = json.loads((HERE / "translations/en.json").read_text())
ICONS: dict[str, Any] = json.loads((HERE / "icons.json").read_text())
SERVICES = load_yaml_dict(str(HERE / "services.yaml"))

#: What Home Assistant itself says of its device classes.
CORE = {
    module.DOMAIN: (
        json.loads((Path(module.__file__).parent / "strings.json").read_text())["entity_component"],
        json.loads((Path(module.__file__).parent / "icons.json").read_text())["entity_component"],
    )
    for module in (binary_sensor, button, device_tracker, event, image, notify, number, select, sensor, switch, text)
    if module.__file__
}

#: What we know of a tracker without its having measured it.
KNOWN_KEYS = (
    "distance_today",
    "last_fix",
    "last_stop_since",
    "last_trip_distance",
    "media",
    "moving_time_today",
    "photo",
    "position_source",
)


def described(ending: str = "DESCRIPTIONS") -> Iterator[tuple[str, EntityDescription]]:
    """Yield the platform and the description of each entity there can be."""
    for platform in PLATFORMS:
        module = import_module(f"custom_components.plaspy_trackers.{platform}")
        for name, value in vars(module).items():
            if name.endswith(ending):
                yield from ((platform.value, description) for description in value)


def selectors(*fields: Mapping[Any, Selector[Any]]) -> Iterator[Selector[Any]]:
    """Yield each selector whose choices or fields are translated, those within another as well."""
    for selector in (selector for each in fields for selector in each.values()):
        if "translation_key" in selector.config:
            yield selector
        if isinstance(selector, ObjectSelector):
            inner = {key: field["selector"] for key, field in selector.config["fields"].items()}
            yield from selectors({key: one for key, one in inner.items() if isinstance(one, Selector)})


EVERY_DESCRIPTION = [pytest.param(*one, id=f"{one[0]}.{one[1].key}") for one in described()]


def test_every_value_is_one_entity_and_every_entity_a_value() -> None:
    keys = {*get_type_hints(Readings), *FIRST_KEYS, *Parts._fields, *KNOWN_KEYS, *(alarm.value for alarm in LATCHED)}
    described_keys = Counter(description.key for _, description in described())
    described_keys -= Counter(description.key for _, description in described("COMMAND_DESCRIPTIONS"))
    # What is news each time it is told is an event as well.
    assert described_keys == Counter(keys) + Counter(TOLD_KEYS)


def test_every_entity_that_asks_for_something_is_of_a_command_once_on_a_platform() -> None:
    asked = Counter((platform, description.key) for platform, description in described("COMMAND_DESCRIPTIONS"))
    assert {key for _, key in asked} <= {*CommandKind, LAST_COMMAND}
    assert set(asked.values()) == {1}


@pytest.mark.parametrize(("platform", "description"), EVERY_DESCRIPTION)
def test_every_entity_has_a_name(platform: str, description: EntityDescription) -> None:
    if description.name is None:
        # It is the device itself, and called what the device is called.
        assert description.key == "position"
        return
    texts, _ = CORE[platform]
    name = (
        TEXTS["entity"][platform][description.translation_key]["name"]
        if description.translation_key
        else texts[str(description.device_class)]["name"]
    )
    assert set(re.findall(r"{(\w+)}", name)) == set(description.translation_placeholders or ())


@pytest.mark.parametrize(("platform", "description"), EVERY_DESCRIPTION)
def test_every_entity_has_an_icon(platform: str, description: EntityDescription) -> None:
    _, icons = CORE[platform]
    own = ICONS["entity"].get(platform, {})
    assert description.translation_key in own or str(description.device_class) in icons


def test_two_entities_have_no_name_in_common() -> None:
    names = Counter(
        (platform, description.translation_key, str(description.translation_placeholders))
        if description.translation_key
        else (platform, str(description.device_class), "")
        for platform, description in described()
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_option_of_a_sensor_is_translated() -> None:
    options = {
        description.key: set(description.options)
        for description in sensor_platform.DESCRIPTIONS
        if description.options is not None
    }
    assert options == {"position_source": {*FixSource, HOME_WIFI, LAST_KNOWN}}
    assert TEXTS["entity"]["sensor"]["position_source"]["state"].keys() == options["position_source"]
    assert TEXTS["entity"]["sensor"][LAST_COMMAND]["state"].keys() == set(State)


def test_every_choice_of_a_protocol_is_translated() -> None:
    kinds = {description.key for platform, description in described("COMMAND_DESCRIPTIONS") if platform == "select"}
    for protocol in PROTOCOLS:
        for kind, parameters in protocol.commands.items():
            named = find_argument(parameters)
            if kind in kinds and named is not None and isinstance(named[1], Choice):
                assert TEXTS["entity"]["select"][kind]["state"].keys() >= set(named[1].options)


def test_every_command_that_is_about_one_number_or_flag_has_an_entity() -> None:
    descriptions = {(platform, description.key) for platform, description in described("COMMAND_DESCRIPTIONS")}
    platforms: dict[type[Parameter], str] = {Number: "number", Flag: "switch", Choice: "select"}
    for protocol in PROTOCOLS:
        for kind, parameters in protocol.commands.items():
            named = find_argument(parameters)
            if named is not None and (platform := platforms.get(type(named[1]))):
                assert (platform, kind.value) in descriptions
            elif takes_nothing(parameters) and kind not in ("arm", "disarm", "engine_cut", "engine_restore"):
                assert ("button", kind.value) in descriptions


def test_every_alarm_is_translated() -> None:
    (event_type,) = TEXTS["entity"]["event"]["alarm"]["state_attributes"].values()
    assert event_type["state"].keys() == {*Alarm, *Presence}


def test_every_text_that_is_news_is_translated() -> None:
    assert [description.key for description in TEXT_DESCRIPTIONS] == list(TOLD_KEYS)
    for description in TEXT_DESCRIPTIONS:
        texts = TEXTS["entity"]["event"][description.translation_key]["state_attributes"]
        assert texts.keys() == {"event_type", description.key}
        assert texts["event_type"]["state"].keys() == set(description.event_types or ())


def test_every_kind_of_media_is_translated() -> None:
    texts = TEXTS["entity"]["event"]["media"]["state_attributes"]
    assert texts["event_type"]["state"].keys() == set(MediaKind)


def test_every_setting_of_media_is_translated() -> None:
    section = TEXTS["config_subentries"]["tracker"]["step"]["reconfigure"]["sections"][CONF_MEDIA]
    assert section["data"].keys() == section["data_description"].keys() == {str(key) for key in MEDIA_FIELDS}


@pytest.mark.parametrize("alarm", LATCHED)
def test_every_alarm_that_stays_on_has_its_states_and_attributes_translated(alarm: Alarm) -> None:
    texts = TEXTS["entity"]["binary_sensor"][alarm.value]
    assert texts["state"].keys() == {"off", "on"}
    assert texts["state_attributes"].keys() == {"since", "last", "count"}


def test_every_translated_entity_and_icon_is_one() -> None:
    keys: dict[str, set[str]] = {}
    for platform, description in described():
        if description.translation_key:
            keys.setdefault(platform, set()).add(description.translation_key)
    named = {platform: set(texts) for platform, texts in TEXTS["entity"].items()}
    assert named == {platform: names for platform, names in keys.items() if platform != "device_tracker"}
    assert all(icons.keys() <= keys[platform] for platform, icons in ICONS["entity"].items())


def test_every_action_is_described_translated_and_has_an_icon() -> None:
    assert SERVICES.keys() == TEXTS["services"].keys() == ICONS["services"].keys() == SCHEMAS.keys()


@pytest.mark.parametrize("action", SCHEMAS)
def test_every_field_of_an_action_is_described_and_translated(action: str) -> None:
    fields = SERVICES[action]["fields"]
    texts = TEXTS["services"][action]
    assert fields.keys() == texts["fields"].keys() == {str(key) for key in SCHEMAS[action].schema}
    assert all(text["name"] and text["description"] for text in (texts, *texts["fields"].values()))


def test_every_choice_is_translated() -> None:
    select = SERVICES[ACKNOWLEDGE]["fields"]["alarms"]["selector"]["select"]
    assert select["options"] == [alarm.value for alarm in LATCHED]
    assert TEXTS["selector"][select["translation_key"]]["options"].keys() == set(LATCHED)
    select = SERVICES[EXPORT_TRACK]["fields"]["format"]["selector"]["select"]
    assert select["options"] == [form.value for form in Format]
    assert TEXTS["selector"][select["translation_key"]]["options"].keys() == set(Format)
    select = SERVICES[SEND_COMMAND]["fields"]["command"]["selector"]["select"]
    assert select["options"] == [kind.value for kind in CommandKind]
    assert TEXTS["selector"][select["translation_key"]]["options"].keys() == set(CommandKind)
    assert TEXTS["selector"]["dangerous"]["options"].keys() == set(Danger)
    assert TEXTS["selector"]["new_trackers"]["options"].keys() == set(NEW_TRACKERS)


def test_every_section_of_a_vehicle_is_translated() -> None:
    texts = TEXTS["config_subentries"]["tracker"]["step"]["reconfigure"]["sections"]
    assert texts.keys() == {*FIELDS, CONF_MEDIA}
    for section, fields in FIELDS.items():
        names = {str(key) for key in fields}
        assert texts[section]["data"].keys() == texts[section]["data_description"].keys() == names


@pytest.mark.parametrize("selector", selectors(*FIELDS.values()))
def test_every_choice_of_a_vehicle_is_translated(selector: Selector[Any]) -> None:
    texts = TEXTS["selector"][selector.config["translation_key"]]
    if isinstance(selector, ObjectSelector):
        assert texts["fields"].keys() == selector.config["fields"].keys()
    else:
        assert texts["options"].keys() == {option["value"] for option in selector.config["options"]}


def test_every_error_of_a_vehicle_is_translated() -> None:
    source = (HERE / "vehicle_settings.py").read_text()
    raised = set(re.findall(r'SettingsError\("(\w+)"', source)) | {
        f"fuel_table_{reason}" for reason in CalibrationReason
    }
    texts = TEXTS["config_subentries"]["tracker"]["error"]
    assert raised <= texts.keys()
    details = {name for key in raised for name in re.findall(r"{(\w+)}", texts[key])}
    assert details == {"fuel_detail", "wiring_detail"}


def test_every_error_is_translated() -> None:
    raised = {
        key
        for source in HERE.glob("*.py")
        for key in re.findall(
            r'(?:translation_domain=DOMAIN,\s*translation_key=|\binvalid\(\s*)"(\w+)"', source.read_text()
        )
    }
    raised |= {f"command_{fault}" for fault in Fault}
    raised |= {f"archive_{reason}" for reason in archive.Reason} | {reason.value for reason in formats.Reason}
    assert raised == TEXTS["exceptions"].keys()
