"""Which tracker is asked about, and who may ask."""

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.device_tracker import DOMAIN as DEVICE_TRACKER_DOMAIN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .errors import invalid
from .hub import PlaspyConfigEntry
from .member import Member


@callback
def async_get_member(hass: HomeAssistant, device_id: str) -> Member:
    """Return the tracker of a device; ServiceValidationError if it is none, or its port is not open."""
    device = dr.async_get(hass).async_get(device_id)
    device_ids = {identifier for domain, identifier in device.identifiers if domain == DOMAIN} if device else set()
    entries: list[PlaspyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for one in device_ids & entry.runtime_data.members.keys():
            return entry.runtime_data.members[one]
    raise invalid("no_tracker", device=(device and (device.name_by_user or device.name)) or device_id)


async def async_get_permitted_member(
    hass: HomeAssistant, device_id: str, context: Context, policy: str = POLICY_READ
) -> Member:
    """Return the tracker of a device; Unauthorized if a user asks who may not see where it is, or not control it."""
    if context.user_id is None:
        return async_get_member(hass, device_id)
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return async_get_member_for(hass, device_id, user, context, policy)


@callback
def async_get_member_for(
    hass: HomeAssistant, device_id: str, user: User, context: Context | None = None, policy: str = POLICY_READ
) -> Member:
    """Return the tracker of a device; Unauthorized for a user who may not see where it is, or not control it."""
    member = async_get_member(hass, device_id)
    if user.is_admin:
        return member
    unique_id = f"{member.tracker.device_id}_position"
    entity_id = er.async_get(hass).async_get_entity_id(DEVICE_TRACKER_DOMAIN, DOMAIN, unique_id)
    if entity_id is None or not user.permissions.check_entity(entity_id, policy):
        raise Unauthorized(context=context, user_id=user.id, entity_id=entity_id, permission=policy)
    return member
