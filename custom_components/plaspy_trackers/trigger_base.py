"""What the triggers of this integration share: which entities they follow, and which of their states are news."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, cast, override

import probatio

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetStateChangedData, async_track_target_selector_state_change_event
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from .entity import entities_of_kinds


class Occasion(NamedTuple):
    """What a trigger fires for, in words, and what automations can ask about it."""

    description: str
    variables: Mapping[str, object]


class TrackerTrigger(Trigger):
    """Base of triggers that follow entities of certain kinds, whatever else a target holds.

    A state that only comes back, after a restart or a reload, is nothing that happens. The first state of an entity
    that has just been made is: the tracker told it a moment ago.
    """

    _schema: ClassVar[probatio.Schema] = ENTITY_STATE_TRIGGER_SCHEMA
    #: The entities that are followed, each a domain, a dot and a key.
    _kinds: ClassVar[frozenset[str]]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the configuration with its defaults; Invalid if it makes no sense."""
        return cast("ConfigType", cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Prepare a trigger that follows nothing yet."""
        super().__init__(hass, config)
        self._target: ConfigType = config.target or {}
        self._options: ConfigType = config.options or {}
        self._run_action: TriggerActionRunner
        self._just_made: set[str] = set()

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Follow the target until what is returned is called."""
        self._run_action = run_action
        stop_states = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            self._async_state_changed,
            self._select,
            self._async_entities_changed,
            primary_entities_only=False,
        )
        stop_registry = self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_note_made)

        @callback
        def stop() -> None:
            """Follow nothing any more."""
            stop_states()
            stop_registry()

        return stop

    @abstractmethod
    def _hear(self, old: State | None, new: State) -> Occasion | None:
        """Take in a state that is another now; return what to fire for. `old` is None for an entity's first state."""

    def _recall(self, state: State) -> None:
        """Take in a state that was there before."""

    @callback
    def _async_entities_changed(self, added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
        """Follow other entities than before: those that `states` has."""
        for entity_id in added:
            if (state := states[entity_id]) is not None:
                self._just_made.discard(entity_id)
                self._recall(state)

    def _select(self, entity_ids: set[str]) -> set[str]:
        """Return the entities to follow."""
        return entities_of_kinds(self._hass, entity_ids, self._kinds)

    @callback
    def _async_note_made(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Remember that the next state of an entity is its first."""
        if event.data["action"] == "create":
            self._just_made |= self._select({event.data["entity_id"]})

    @callback
    def _async_state_changed(self, data: TargetStateChangedData) -> None:
        """Take in a state, whether it happened or only came back."""
        event = data.state_change_event
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None or new.state == STATE_UNAVAILABLE:
            return
        is_first = old is None and new.entity_id in self._just_made
        self._just_made.discard(new.entity_id)
        if not is_first and (old is None or old.state == STATE_UNAVAILABLE):
            self._recall(new)
        elif old is None or old.state != new.state:
            self._fire(self._hear(old, new), old, new, event.context)

    def _fire(self, occasion: Occasion | None, old: State | None, new: State, context: Context) -> None:
        """Run the action, if there is an occasion to."""
        if occasion is None:
            return
        tracker = self._name_tracker(new.entity_id)
        variables = {ATTR_ENTITY_ID: new.entity_id, "tracker": tracker, "from_state": old, "to_state": new}
        self._run_action({**variables, **occasion.variables}, f"{tracker}: {occasion.description}", context)

    def _name_tracker(self, entity_id: str) -> str:
        """Return what the tracker of an entity is called, without anything else that may be in the entity's name."""
        registered = er.async_get(self._hass).async_get(entity_id)
        device = registered and registered.device_id and dr.async_get(self._hass).async_get(registered.device_id)
        return (device and (device.name_by_user or device.name)) or entity_id


def read_number(state: State) -> float | None:
    """Return what a sensor measured, None if that is unknown."""
    try:
        return float(state.state)
    except ValueError:
        return None
