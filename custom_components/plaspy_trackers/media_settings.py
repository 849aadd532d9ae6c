"""What a user wants to be kept of the photos and voice messages of a tracker, and how that is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import probatio

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
)

from .gateway.models import MediaKind

#: The part of a tracker's subentry that is about them, and what is in it.
CONF_MEDIA: Final = "media"
CONF_PHOTOS: Final = "photos"
CONF_VOICE: Final = "voice"
CONF_COUNT: Final = "count"
CONF_DAYS: Final = "days"

SWITCHES: Final = {CONF_PHOTOS: MediaKind.PHOTO, CONF_VOICE: MediaKind.VOICE}
DEFAULT_COUNT: Final = 50
#: Of 2 MiB at most each.
MOST_KEPT: Final = 1000


def _number(most: int, unit: str | None = None) -> NumberSelector:
    config = NumberSelectorConfig(min=1, max=most, step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


MEDIA_FIELDS: dict[probatio.Marker, Selector[Any]] = {
    **{probatio.Required(key, default=False): BooleanSelector() for key in SWITCHES},
    probatio.Required(CONF_COUNT, default=DEFAULT_COUNT): _number(MOST_KEPT),
    probatio.Optional(CONF_DAYS): _number(36_500, "d"),
}

#: What a form about a tracker has of this.
MEDIA_SECTION: dict[probatio.Marker, section] = {
    probatio.Optional(CONF_MEDIA): section(probatio.Schema(MEDIA_FIELDS), {"collapsed": True})
}


@dataclass(slots=True, frozen=True)
class MediaSettings:
    """What is kept of a tracker: kinds, how many of each, and for how long; None is for ever."""

    kinds: frozenset[MediaKind] = frozenset()
    most: int = DEFAULT_COUNT
    age: timedelta | None = None


def media_data(user_input: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return what a tracker's subentry holds of a form: nothing where nothing is to be kept.

    What a client leaves out stays as it was before.
    """
    given = user_input.get(CONF_MEDIA, before.get(CONF_MEDIA, {}))
    return {CONF_MEDIA: given} if any(given.get(key) for key in SWITCHES) else {}


def media_settings_of(data: Mapping[str, Any]) -> MediaSettings:
    """Return what the user wants, as a tracker's subentry tells it."""
    given = data.get(CONF_MEDIA, {})
    return MediaSettings(
        frozenset(kind for key, kind in SWITCHES.items() if given.get(key)),
        int(given.get(CONF_COUNT, DEFAULT_COUNT)),
        timedelta(days=given[CONF_DAYS]) if given.get(CONF_DAYS) else None,
    )
