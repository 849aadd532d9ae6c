"""Names that the parts of the integration share."""

from typing import Final

DOMAIN: Final = "plaspy_trackers"

DEFAULT_HOST: Final = "0.0.0.0"  # noqa: S104 - trackers come from anywhere
DEFAULT_PORT: Final = 8888
#: Minutes without a word after which a tracker counts as offline: watches in power saving are silent that long.
DEFAULT_SILENCE: Final = 30

CONF_TCP: Final = "tcp"
CONF_UDP: Final = "udp"

#: What happens to a tracker that nobody has added yet.
CONF_NEW_TRACKERS: Final = "new_trackers"
ASK: Final = "ask"
ACCEPT: Final = "accept"
IGNORE: Final = "ignore"
NEW_TRACKERS: Final = [ASK, ACCEPT, IGNORE]

#: The kind of config subentry that is a tracker, and what one is configured with.
SUBENTRY_TRACKER: Final = "tracker"
CONF_SILENCE: Final = "silence"
