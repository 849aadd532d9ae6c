"""Trackers that report here and that nobody has added."""

from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .gateway.models import Report
from .tracker.identity import is_same_device

#: So many are remembered, each with its last reports, and as many are asked about.
MAX_STRANGERS = 20
REPORTS_PER_STRANGER = 10

#: By config entry: what strangers said outlives a reload of the port.
DATA_STRANGERS: HassKey[dict[str, Strangers]] = HassKey(f"{DOMAIN}_strangers")


@dataclass(slots=True)
class Stranger:
    """One of them: how it speaks, and what it said last with the time each report arrived."""

    protocol: str
    transport: str
    reports: list[tuple[datetime, Report]] = field(default_factory=list)

    def hear(self, report: Report, arrived: datetime) -> None:
        """Remember a report; of those there is no room for, alarms are forgotten last."""
        if len(self.reports) >= REPORTS_PER_STRANGER:
            oldest = next((index for index, (_, old) in enumerate(self.reports) if not old.alarms), 0)
            del self.reports[oldest]
        self.reports.append((arrived, report))


class Strangers:
    """Remembers strangers, asks about each with a discovery card, and takes the question back.

    Whoever reaches the port can make ids up, so both are bounded: those that have a card stay, and while there are as
    many cards as there may be, nobody new is remembered.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Begin with nobody."""
        self._hass = hass
        self._entry_id = entry_id
        self.by_id: dict[str, Stranger] = {}

    def meet(self, report: Report, transport: str, arrived: datetime) -> None:
        """Remember what a stranger said, and ask about it, unless the user has told us to ignore it."""
        cards = self._cards()
        # A watch may go by its IMEI and by ten digits of it.
        known = (one for one in (*cards, *self.by_id) if is_same_device(one, report.device_id))
        device_id = next(known, report.device_id)
        if self._is_ignored(device_id):
            self.by_id.pop(device_id, None)
            return
        stranger = self.by_id.get(device_id)
        if stranger is None:
            if len(self.by_id) >= MAX_STRANGERS and not self._forget_one(cards):
                return
            stranger = self.by_id[device_id] = Stranger(report.protocol, transport)
        if device_id not in cards and len(cards) < MAX_STRANGERS:
            self._ask(device_id, stranger)
        stranger.hear(report, arrived)

    def take(self, device_id: str) -> list[tuple[datetime, Report]]:
        """Return what a tracker said that is no stranger any more, by whichever of its ids, and forget it."""
        flows = self._hass.config_entries.flow
        for card, flow_id in self._cards().items():
            if is_same_device(card, device_id):
                flows.async_abort(flow_id)
        ids = [one for one in self.by_id if is_same_device(one, device_id)]
        return [heard for one in ids for heard in self.by_id.pop(one).reports]

    def _is_ignored(self, device_id: str) -> bool:
        """Whether the user has told us not to ask about a tracker again, by whichever of its ids."""
        return any(
            is_same_device(entry.unique_id, device_id)
            for entry in self._hass.config_entries.async_entries(DOMAIN)
            if entry.source == SOURCE_IGNORE and entry.unique_id is not None
        )

    def _cards(self) -> dict[str, str]:
        """Return the ids that the user is being asked about, each with its flow."""
        return {
            unique_id: flow["flow_id"]
            for flow in self._hass.config_entries.flow.async_progress_by_handler(DOMAIN)
            if (unique_id := flow["context"].get("unique_id")) is not None
        }

    def _forget_one(self, cards: dict[str, str]) -> bool:
        """Forget the stranger without a card that has been remembered longest; False if all have one."""
        for device_id in self.by_id:
            if device_id not in cards:
                del self.by_id[device_id]
                return True
        return False

    def _ask(self, device_id: str, stranger: Stranger) -> None:
        """Show a discovery card."""
        discovery_flow.async_create_flow(
            self._hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data={
                "entry_id": self._entry_id,
                "device_id": device_id,
                "protocol": stranger.protocol,
                "transport": stranger.transport,
            },
            discovery_key=DiscoveryKey(domain=DOMAIN, key=device_id, version=1),
        )


def strangers_of(hass: HomeAssistant, entry_id: str) -> Strangers:
    """Return the strangers that report to the port of an entry."""
    strangers = hass.data.setdefault(DATA_STRANGERS, {})
    if entry_id not in strangers:
        strangers[entry_id] = Strangers(hass, entry_id)
    return strangers[entry_id]
