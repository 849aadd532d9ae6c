"""The actions: what automations and people may ask for."""

import probatio

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr

from .const import DOMAIN
from .gateway.models import Alarm
from .hub import Member, PlaspyConfigEntry
from .tracker.alarms import LATCHED

ACKNOWLEDGE = "acknowledge"
ATTR_ALARMS = "alarms"

ACKNOWLEDGE_SCHEMA = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): probatio.All(cv.ensure_list, [cv.string]),
        probatio.Optional(ATTR_ALARMS, default=[]): probatio.All(
            cv.ensure_list, [probatio.All(probatio.In([alarm.value for alarm in LATCHED]), probatio.Coerce(Alarm))]
        ),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register every action."""
    hass.services.async_register(DOMAIN, ACKNOWLEDGE, _async_acknowledge, schema=ACKNOWLEDGE_SCHEMA)


async def _async_acknowledge(call: ServiceCall) -> None:
    """End alarms of trackers, all if none is chosen; of none, if one of the devices is no tracker."""
    members = [async_get_member(call.hass, device_id) for device_id in call.data[ATTR_DEVICE_ID]]
    for member in members:
        await member.hub.async_acknowledge(member, call.data[ATTR_ALARMS] or LATCHED)


@callback
def async_get_member(hass: HomeAssistant, device_id: str) -> Member:
    """Return the tracker of a device; ServiceValidationError if it is none, or its port is not open."""
    device = dr.async_get(hass).async_get(device_id)
    device_ids = {identifier for domain, identifier in device.identifiers if domain == DOMAIN} if device else set()
    entries: list[PlaspyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for one in device_ids & entry.runtime_data.members.keys():
            return entry.runtime_data.members[one]
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="no_tracker",
        translation_placeholders={"device": (device and (device.name_by_user or device.name)) or device_id},
    )
