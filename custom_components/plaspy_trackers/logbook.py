"""What the logbook tells of commands."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME, LazyEventPartialState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN, EVENT_COMMAND
from .tracker.orders import State

#: What has become of a command, as a sentence about its tracker.
_SENTENCES = {
    State.QUEUED: "was asked for {command}",
    State.SENT: "has been sent {command}",
    State.CONFIRMED: "confirmed {command}",
    State.REFUSED: "refused {command}",
    State.EXPIRED: "did not get {command} in time",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None],
) -> None:
    """Describe what becomes of commands."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, Any]:
        return {LOGBOOK_ENTRY_NAME: event.data["name"], LOGBOOK_ENTRY_MESSAGE: make_sentence(event.data)}

    async_describe_event(DOMAIN, EVENT_COMMAND, describe)


def make_sentence(data: Mapping[str, Any]) -> str:
    """Return what has become of a command, who asked for it, and what was said."""
    sentence = _SENTENCES[State(data["state"])].format(command=data["command"])
    if data["asked_by"] is not None:
        sentence += f", asked by {data['asked_by']}"
    words = data["answer"] or data["reason"]
    return sentence if words is None else f"{sentence}: {words}"
