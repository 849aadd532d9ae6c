"""Setting up the port, the trackers, and what happens to those nobody has added."""

from collections.abc import Mapping
from errno import EADDRINUSE
from socket import gaierror
from typing import Any, override

import probatio

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .archiving import async_try_archive
from .const import (
    ASK,
    CONF_ACCURACY_LIMIT,
    CONF_DANGEROUS,
    CONF_DB_URL,
    CONF_FORGET_AFTER,
    CONF_KEEP_DAYS,
    CONF_NEW_TRACKERS,
    CONF_RESET_AFTER,
    CONF_SILENCE,
    CONF_TCP,
    CONF_UDP,
    CONF_UTC_OFFSET,
    DEFAULT_HOST,
    DEFAULT_PORT,
    DOMAIN,
    NEW_TRACKERS,
    SUBENTRY_TRACKER,
)
from .gateway.commands import Danger
from .gateway.protocols import TITLES
from .gateway.server import Server
from .hub import PlaspyConfigEntry
from .media_settings import MEDIA_SECTION, media_data
from .subentries import new_subentry
from .tracker.identity import is_same_device
from .vehicle_settings import read_sections, sections_of

CONF_DEVICE_ID = "device_id"

LISTENER_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST, default=DEFAULT_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_PORT): NumberSelector(
            NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
        ),
        probatio.Required(CONF_TCP, default=True): BooleanSelector(),
        probatio.Required(CONF_UDP, default=True): BooleanSelector(),
    }
)

OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_NEW_TRACKERS, default=ASK): SelectSelector(
            SelectSelectorConfig(options=NEW_TRACKERS, translation_key=CONF_NEW_TRACKERS)
        ),
        probatio.Optional(CONF_DB_URL): TextSelector(),
    }
)


def _number(unit: str, least: float, most: float, step: float = 1) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=least, max=most, step=step, unit_of_measurement=unit, mode=NumberSelectorMode.BOX)
    )


A_WEEK = 7 * 24 * 60

#: What may be asked of a tracker, and the password that it wants to hear. Listening in is a step of its own: in many
#: countries the law forbids it.
CONF_CONSENT = "consent"
ASKING = {
    CONF_PASSWORD: TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
    CONF_DANGEROUS: SelectSelector(
        SelectSelectorConfig(options=list(Danger), multiple=True, translation_key=CONF_DANGEROUS)
    ),
}

#: What may be set of a tracker. Left empty, each is what fits its protocol, or nothing.
SETTINGS = {
    CONF_SILENCE: _number("min", 1, A_WEEK),
    CONF_KEEP_DAYS: _number("d", 1, 36_500),
    CONF_FORGET_AFTER: _number("min", 1, A_WEEK),
    CONF_RESET_AFTER: _number("min", 1, A_WEEK),
    CONF_ACCURACY_LIMIT: _number("m", 10, 100_000),
    CONF_UTC_OFFSET: _number("h", -12, 14, 0.25),
}

TRACKER_FIELDS: dict[probatio.Marker, Selector[Any]] = {
    probatio.Required(CONF_NAME): TextSelector(),
    **{probatio.Optional(key): selector for key, selector in SETTINGS.items()},
}
ASKING_FIELDS = {probatio.Optional(key): selector for key, selector in ASKING.items()}
TRACKER_SCHEMA = probatio.Schema({probatio.Required(CONF_DEVICE_ID): TextSelector(), **TRACKER_FIELDS})
CONSENT_SCHEMA = probatio.Schema({probatio.Required(CONF_CONSENT, default=False): BooleanSelector()})

#: Trackers name themselves with ten to sixteen digits: an IMEI has fifteen. On paper it is often written in groups.
SHORTEST_ID = 10
LONGEST_ID = 16
SEPARATORS = str.maketrans("", "", " \t-./")


class PlaspyConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up a port, or add a tracker that reported to one."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing discovered."""
        self._entry_id = ""
        self._device_id = ""
        self._placeholders: dict[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: PlaspyConfigEntry) -> PlaspyOptionsFlow:
        """Offer what happens to new trackers."""
        return PlaspyOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: PlaspyConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Offer to add a tracker."""
        return {SUBENTRY_TRACKER: TrackerSubentryFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the port, and open it to see that it can be."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _listener_data(user_input)
            self._async_abort_entries_match({CONF_HOST: data[CONF_HOST], CONF_PORT: data[CONF_PORT]})
            errors = await _async_try_to_listen(data)
            if not errors:
                return self.async_create_entry(title=_title(data), data=data)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(LISTENER_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the port; if the new one cannot be opened the old one stays."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _listener_data(user_input)
            wanted = {CONF_HOST: data[CONF_HOST], CONF_PORT: data[CONF_PORT]}
            if not wanted.items() <= entry.data.items():
                self._async_abort_entries_match(wanted)
            errors = await _async_try_to_move(self.hass, entry, data)
            if not errors:
                title = _title(data) if entry.title == _title(entry.data) else entry.title
                self.hass.config_entries.async_update_entry(entry, title=title, data=data)
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_abort(reason="reconfigure_successful")
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(LISTENER_SCHEMA, user_input or entry.data),
            errors=errors,
        )

    @override
    async def async_step_integration_discovery(self, discovery_info: dict[str, str]) -> ConfigFlowResult:
        """Hold a tracker that reported and that nobody has added."""
        self._entry_id = discovery_info["entry_id"]
        self._device_id = discovery_info[CONF_DEVICE_ID]
        await self.async_set_unique_id(self._device_id)
        self._abort_if_unique_id_configured()
        if _is_added(self.hass, self._device_id):
            return self.async_abort(reason="already_configured")
        protocol = discovery_info["protocol"]
        self._placeholders = {
            "device_id": self._device_id,
            "protocol": TITLES.get(protocol, protocol),
            "transport": discovery_info["transport"].upper(),
        }
        self.context["title_placeholders"] = {
            "name": f"{self._device_id}, {self._placeholders['protocol']}, {self._placeholders['transport']}"
        }
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the tracker belongs to the house, and what to call it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            entry = self.hass.config_entries.async_get_entry(self._entry_id)
            name = user_input[CONF_NAME].strip()
            if entry is None:
                return self.async_abort(reason="listener_removed")
            if _is_added(self.hass, self._device_id):
                return self.async_abort(reason="already_configured")
            if name:
                self.hass.config_entries.async_add_subentry(entry, new_subentry(self._device_id, name))
                return self.async_abort(reason="tracker_added")
            errors[CONF_NAME] = "no_name"
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema(
                {probatio.Required(CONF_NAME, default=f"Tracker {self._device_id[-4:]}"): TextSelector()}
            ),
            description_placeholders=self._placeholders,
            errors=errors,
        )


class PlaspyOptionsFlow(OptionsFlow):
    """Choose what happens to trackers nobody has added."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options; a database that cannot be used is refused, and the one before stays."""
        errors: dict[str, str] = {}
        placeholders = {"error": ""}
        if user_input is not None:
            url = user_input[CONF_DB_URL] = user_input.get(CONF_DB_URL, "").strip()
            if url and url != self.config_entry.options.get(CONF_DB_URL) and (failure := await async_try_archive(url)):
                errors[CONF_DB_URL] = f"archive_{failure.reason}"
                placeholders["error"] = str(failure)
            else:
                return self.async_create_entry(data={key: value for key, value in user_input.items() if value})
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, user_input or self.config_entry.options),
            errors=errors,
            description_placeholders=placeholders,
        )


class TrackerSubentryFlow(ConfigSubentryFlow):
    """Add a tracker by its id, or change what is known of one."""

    def __init__(self) -> None:
        """Begin with nothing wanted."""
        self._wanted: dict[str, Any] = {}
        self._sections: dict[str, Any] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the id that is printed on the tracker."""
        errors: dict[str, str] = {}
        if user_input is not None:
            device_id = user_input[CONF_DEVICE_ID].translate(SEPARATORS)
            name = user_input[CONF_NAME].strip()
            if not _is_device_id(device_id):
                errors[CONF_DEVICE_ID] = "invalid_device_id"
            elif _is_added(self.hass, device_id):
                errors[CONF_DEVICE_ID] = "already_configured"
            if not name:
                errors[CONF_NAME] = "no_name"
            if not errors:
                return self.async_create_entry(
                    title=name,
                    data=_settings(user_input, {}),
                    unique_id=device_id,
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(TRACKER_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a tracker's name and settings, and what may be asked of it."""
        subentry = self._get_reconfigure_subentry()
        sections, errors, details = read_sections(user_input or {}, subentry.data)
        if user_input is not None and not user_input[CONF_NAME].strip():
            errors[CONF_NAME] = "no_name"
        if user_input is not None and not errors:
            self._wanted, self._sections = user_input, sections
            before, wanted = subentry.data.get(CONF_DANGEROUS, ()), user_input.get(CONF_DANGEROUS, ())
            if Danger.LISTEN_IN in wanted and Danger.LISTEN_IN not in before:
                return await self.async_step_listen_in()
            return self._finish()
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema({**TRACKER_FIELDS, **ASKING_FIELDS, **sections_of(sections), **MEDIA_SECTION}),
                user_input or {CONF_NAME: subentry.title, **subentry.data},
            ),
            errors=errors,
            description_placeholders={"device_id": subentry.unique_id or "", **details},
        )

    async def async_step_listen_in(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask whether whoever carries the tracker agrees to be listened to."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_CONSENT]:
                return self._finish()
            errors[CONF_CONSENT] = "no_consent"
        return self.async_show_form(
            step_id="listen_in",
            data_schema=CONSENT_SCHEMA,
            errors=errors,
            description_placeholders={"name": self._wanted[CONF_NAME].strip()},
        )

    def _finish(self) -> SubentryFlowResult:
        """Change the tracker to what the user wants."""
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            title=self._wanted[CONF_NAME].strip(),
            data=_settings(self._wanted, self._get_reconfigure_subentry().data) | self._sections,
            reason="reconfigure_successful",
        )


def _listener_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry holds: a number field gives a float, an address may have blanks around it."""
    return {**user_input, CONF_HOST: user_input[CONF_HOST].strip(), CONF_PORT: int(user_input[CONF_PORT])}


def _settings(user_input: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a tracker's subentry holds: the settings that are not left empty."""
    settings = {key: user_input[key] for key in SETTINGS if key in user_input}
    asking = {key: user_input[key] for key in ASKING if user_input.get(key)}
    return settings | asking | media_data(user_input, before)


def _title(data: Mapping[str, Any]) -> str:
    host = data[CONF_HOST]
    return f"Port {data[CONF_PORT]}" if host == DEFAULT_HOST else f"{host} port {data[CONF_PORT]}"


def _is_device_id(text: str) -> bool:
    """Whether a text is what a tracker can name itself with."""
    return text.isascii() and text.isdigit() and SHORTEST_ID <= len(text) <= LONGEST_ID and bool(text.strip("0"))


def _is_added(hass: HomeAssistant, device_id: str) -> bool:
    """Whether any entry has this tracker, by whichever form of its id."""
    return any(
        is_same_device(subentry.unique_id, device_id)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_TRACKER)
        if subentry.unique_id is not None
    )


async def _async_try_to_listen(data: Mapping[str, Any]) -> dict[str, str]:
    """Open the port and close it again; return what is wrong with it."""
    if not (data[CONF_TCP] or data[CONF_UDP]):
        return {"base": "no_transport"}
    server = Server(lambda session, reports: False)
    try:
        await server.start(data[CONF_HOST], data[CONF_PORT], tcp=data[CONF_TCP], udp=data[CONF_UDP])
    except PermissionError:
        return {CONF_PORT: "port_forbidden"}
    except gaierror, ValueError:
        return {CONF_HOST: "invalid_address"}
    except OSError as error:
        return {CONF_PORT: "port_in_use"} if error.errno == EADDRINUSE else {CONF_HOST: "address_not_here"}
    await server.stop()
    return {}


async def _async_try_to_move(hass: HomeAssistant, entry: PlaspyConfigEntry, data: Mapping[str, Any]) -> dict[str, str]:
    """Try another port with ours closed meanwhile, since the two may overlap; ours is opened again if that fails."""
    loaded = entry.state is ConfigEntryState.LOADED
    if loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    errors: dict[str, str] | None = None
    try:
        errors = await _async_try_to_listen(data)
    finally:
        if loaded and errors != {}:
            await hass.config_entries.async_setup(entry.entry_id)
    return errors
