"""What a bug report needs, without telling who is where."""

from dataclasses import asdict
import re
from typing import Any

from homeassistant.core import HomeAssistant

from .hub import PlaspyConfigEntry
from .member import Member

#: Digits in text that may be part of an id or a coordinate, and are no type or length.
LONG_NUMBER = re.compile(rb"\d{4,}")


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: PlaspyConfigEntry) -> dict[str, Any]:
    """Return how the port and its trackers are doing."""
    hub = entry.runtime_data
    return {
        "entry": {"data": dict(entry.data), "options": dict(entry.options)},
        "port": {
            **asdict(hub.server.counters),
            "reports": dict(hub.server.counters.reports),
            "damaged": hub.server.damaged,
            "open_connections": hub.server.connections,
            "unclaimed_heads": [
                {"hex": _mask(head).hex(), "last": time.isoformat()} for head, time in hub.server.unclaimed.items()
            ],
        },
        "strangers": [
            {"protocol": stranger.protocol, "transport": stranger.transport, "reports": len(stranger.reports)}
            for stranger in hub.strangers.by_id.values()
        ],
        "trackers": [_describe(member) for member in hub.members.values()],
    }


def _mask(head: bytes) -> bytes:
    """Return the first bytes of an unknown tracker with zeros for long numbers: its id and place may be among them."""
    return LONG_NUMBER.sub(lambda number: b"0" * len(number[0]), head)


def _describe(member: Member) -> dict[str, Any]:
    """Return a tracker's state: what it told, but not where and who it is."""
    tracker = member.tracker
    return {
        "protocol": tracker.protocol,
        "transport": None if member.session is None else member.session.transport,
        "heard_at": None if tracker.heard_at is None else tracker.heard_at.isoformat(),
        "fix_at": None if tracker.fix is None else tracker.fix.time.isoformat(),
        "accuracy": tracker.accuracy,
        "settings": {key: str(value) for key, value in asdict(tracker.settings).items() if value},
        "silence": str(tracker.silence),
        "alarms": {alarm.value: latch.count for alarm, latch in tracker.alarms.latches.items()},
        "counts": dict(tracker.counts),
        "media": dict(member.uploads.counts),
        "keys": sorted(tracker.keys),
        "commands": {
            "waiting": {order.kind.value: order.state.value for order in member.delivery.outbox.orders.values()},
            "confirmed": sorted(kind.value for kind in member.delivery.outbox.confirmed),
            "allowed": sorted(danger.value for danger in member.permissions.dangerous),
        },
        "online": tracker.values["online"],
    }
