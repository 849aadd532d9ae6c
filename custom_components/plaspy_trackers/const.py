"""Names that the parts of the integration share."""

from typing import Final

DOMAIN: Final = "plaspy_trackers"

DEFAULT_HOST: Final = "0.0.0.0"  # noqa: S104 - trackers come from anywhere
DEFAULT_PORT: Final = 8888

CONF_TCP: Final = "tcp"
CONF_UDP: Final = "udp"

#: What happens to a tracker that nobody has added yet.
CONF_NEW_TRACKERS: Final = "new_trackers"
ASK: Final = "ask"
ACCEPT: Final = "accept"
IGNORE: Final = "ignore"
NEW_TRACKERS: Final = [ASK, ACCEPT, IGNORE]

#: The address of the database that keeps what trackers said; left out, a file beside the configuration.
CONF_DB_URL: Final = "db_url"

#: The kind of config subentry that is a tracker, and what one is configured with.
SUBENTRY_TRACKER: Final = "tracker"
CONF_ACCURACY_LIMIT: Final = "accuracy_limit"
CONF_KEEP_DAYS: Final = "keep_days"
CONF_FORGET_AFTER: Final = "forget_after"
CONF_RESET_AFTER: Final = "reset_after"
CONF_SILENCE: Final = "silence"
CONF_UTC_OFFSET: Final = "utc_offset"

#: What a tracker may be asked for though it is dangerous.
CONF_DANGEROUS: Final = "dangerous"

#: Fired whenever something becomes of a command.
EVENT_COMMAND: Final = "plaspy_trackers_command"
