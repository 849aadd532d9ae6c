"""What makes a device id a tracker of the house, and what the user wants of it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry

from .const import (
    CONF_ACCURACY_LIMIT,
    CONF_FORGET_AFTER,
    CONF_RESET_AFTER,
    CONF_SILENCE,
    CONF_UTC_OFFSET,
    SUBENTRY_TRACKER,
)
from .tracker import Settings


def new_subentry(device_id: str, name: str) -> ConfigSubentry:
    """Return the subentry that makes a device id a tracker of the house."""
    return ConfigSubentry(
        data=MappingProxyType({}),
        subentry_type=SUBENTRY_TRACKER,
        title=name,
        unique_id=device_id,
    )


def settings_of(data: Mapping[str, Any]) -> Settings:
    """Return what the user wants of a tracker, as its subentry tells it: times in minutes, the offset in hours."""

    def minutes(key: str) -> timedelta | None:
        return timedelta(minutes=data[key]) if data.get(key) else None

    return Settings(
        utc_offset=timedelta(hours=data.get(CONF_UTC_OFFSET, 0)),
        silence=minutes(CONF_SILENCE),
        reset_after=minutes(CONF_RESET_AFTER),
        forget_after=minutes(CONF_FORGET_AFTER),
        accuracy_limit=data.get(CONF_ACCURACY_LIMIT),
    )
