"""Inputs that bear the name and the class of what the user connected to them."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from .entity import PlaspyEntity
from .member import USES
from .vehicle_settings import Use


class ConnectedEntity(PlaspyEntity):
    """The value of an input; without a name of the user's it is only the tracker's, and for experts."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what the user says of the input, too."""
        await super().async_added_to_hass()
        self.async_on_remove(self.member.async_listen(USES, self._async_follow))

    def _take_name(self, use: Use | None) -> None:
        """Bear the user's name, or that of the description."""
        description = self.entity_description
        self._attr_entity_category = description.entity_category if use is None else None
        self._attr_entity_registry_enabled_default = use is not None or description.entity_registry_enabled_default
        if use is not None:
            self._attr_name = use.name
        elif hasattr(self, "_attr_name"):
            del self._attr_name

    def _use(self, use: Use | None) -> None:
        """Be what the user says."""
        self._take_name(use)

    @callback
    def _async_follow(self) -> None:
        """Be what the user says now, in the registry as well."""
        self._use(self.member.uses.get(self.entity_description.key))
        er.async_get(self.hass).async_update_entity(
            self.entity_id,
            entity_category=self.entity_category,
            original_device_class=self.device_class,
            original_name=self.name if isinstance(self.name, str) else None,
            unit_of_measurement=self.unit_of_measurement,
        )
        self.async_write_ha_state()
