"""What can do harm is asked of a tracker only if the user has allowed it, by those who may, and when it is safe."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser

from custom_components.plaspy_trackers.const import DOMAIN, EVENT_COMMAND
from custom_components.plaspy_trackers.gateway.commands import Checked, CommandError, CommandKind, Fault
from custom_components.plaspy_trackers.gateway.protocols.gotop import Gotop
from custom_components.plaspy_trackers.hub import Hub, PlaspyConfigEntry

from .conftest import IMEI, gotop
from .talking import allow, connected, context_of, device_of, send, teach

NOW = datetime(2026, 11, 20, 10, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = [
    pytest.mark.freeze_time(NOW),
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture(autouse=True)
def _talking(monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch)


async def test_dangerous_command_has_to_be_allowed_for_the_tracker_and_is_logged(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = context_of(hass_admin_user)
    async with connected(entry) as watch:
        await watch.say()
        with pytest.raises(ServiceValidationError, match=r"Father may not be asked for power_off.*\(power_off\)"):
            await send(hass, entry, "power_off", context)
        await allow(hass, entry, "raw")
        with pytest.raises(ServiceValidationError):
            await send(hass, entry, "power_off", context)
        assert await watch.hears_nothing()
        assert "was asked for" not in caplog.text
        await allow(hass, entry, "power_off")
        assert (await send(hass, entry, "power_off", context))["state"] == "sent"
        assert await watch.hear() == ":123456,power_off#"
    records = [record for record in caplog.records if "was asked for" in record.message]
    assert [(one.levelname, one.message) for one in records] == [
        ("WARNING", f"Father was asked for power_off {{}} by {hass_admin_user.name}")
    ]


async def test_dangerous_command_is_for_administrators_and_automations(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, hass_read_only_user: MockUser
) -> None:
    await allow(hass, entry, "power_off")
    user = MockUser(name="Anna", groups=[], is_owner=False).add_to_hass(hass)
    user.mock_policy({"entities": True})
    async with connected(entry) as watch:
        await watch.say()
        with pytest.raises(Unauthorized):
            await send(hass, entry, "power_off", context_of(user))
        with pytest.raises(Unauthorized):
            await send(hass, entry, "locate", context_of(hass_read_only_user))
        with pytest.raises(UnknownUser):
            await send(hass, entry, "locate", Context(user_id="nobody"))
        assert (await send(hass, entry, "find", context_of(user)))["asked_by"] == "Anna"
        assert await watch.hear() == ":123456,find#"
        await send(hass, entry, "power_off")
        assert await watch.hear() == ":123456,power_off#"


async def test_option_that_was_taken_back_refuses_what_waits(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await allow(hass, entry, "power_off")
    async with connected(entry) as watch:
        await watch.say()
    await send(hass, entry, "power_off")
    await allow(hass, entry)
    async with connected(entry) as watch:
        await watch.say()
        assert await watch.hears_nothing()
    assert events[-1].data["state"] == "refused"
    assert events[-1].data["reason"].startswith("Father may not be asked for power_off")


async def test_raw_data_has_to_be_allowed_and_is_masked_where_everybody_sees_it(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)

    async def send_raw() -> object:
        data = {"device_id": device_of(hass, entry), "data": "PASS 999999", "timeout": 0}
        return await hass.services.async_call(DOMAIN, "send_raw", data, blocking=True, return_response=True)

    async with connected(entry) as watch:
        await watch.say()
        with pytest.raises(ServiceValidationError):
            await send_raw()
        await allow(hass, entry, "raw")
        await send_raw()
        assert await watch.hear() == ':123456,raw,"PASS 999999"#'
    assert [event.data["arguments"] for event in events] == [{"data": "•••"}] * 2


@pytest.mark.parametrize(
    ("speed", "age", "key"),
    [
        (20.0, 0, None),
        (20.1, 0, "engine_too_fast"),
        (60.0, 0, "engine_too_fast"),
        (0.0, 59, None),
        (0.0, 60, "engine_speed_unknown"),
    ],
)
async def test_engine_is_cut_slowly_and_by_a_fresh_fix_only(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    freezer: FrozenDateTimeFactory,
    speed: float,
    age: int,
    key: str | None,
) -> None:
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW, speed=speed))
        freezer.tick(age)
        if key is None:
            await send(hass, entry, "engine_cut")
            assert await watch.hear() == ":123456,engine_cut#"
            return
        with pytest.raises(ServiceValidationError) as refused:
            await send(hass, entry, "engine_cut")
        assert refused.value.translation_key == key
        assert await watch.hears_nothing()
        await send(hass, entry, "engine_restore")
        assert await watch.hear() == ":123456,engine_restore#"


async def test_engine_is_not_cut_by_no_fix_nor_by_one_without_a_speed_of_its_own(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say()
        with pytest.raises(ServiceValidationError, match="no speed within the last minute"):
            await send(hass, entry, "engine_cut")
        await watch.say(gotop(NOW, fix="V", speed=0.0))
        with pytest.raises(ServiceValidationError, match="no speed within the last minute"):
            await send(hass, entry, "engine_cut")


async def test_engine_is_not_cut_by_a_fix_whose_age_nobody_knows(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW.replace(year=2007), speed=0.0))
        with pytest.raises(ServiceValidationError, match="no speed within the last minute"):
            await send(hass, entry, "engine_cut")


@pytest.mark.parametrize(("speed", "age"), [(60.0, 20), (10.0, 200)])
async def test_engine_cut_that_waits_is_judged_again_when_it_leaves(
    hass: HomeAssistant,
    hub: Hub,
    entry: PlaspyConfigEntry,
    freezer: FrozenDateTimeFactory,
    speed: float,
    age: int,
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW, speed=10.0))
    assert (await send(hass, entry, "engine_cut"))["state"] == "queued"
    freezer.tick(age)
    async with connected(entry) as watch:
        await watch.say(gotop(NOW + 20 * SECOND, speed=speed))
        assert await watch.hears_nothing()
    assert events[-1].data["state"] == "refused"
    assert events[-1].data["reason"].startswith("The engine is not cut: Father")


async def test_engine_that_shall_run_again_is_not_cut_by_what_was_asked_before(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    await allow(hass, entry, "engine")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW, speed=0.0))
    await send(hass, entry, "engine_cut")
    await send(hass, entry, "engine_restore")
    async with connected(entry) as watch:
        await watch.say(gotop(NOW + SECOND, speed=0.0))
        assert await watch.hear() == ":123456,engine_restore#"
        assert await watch.hears_nothing()


async def test_password_is_what_the_user_set_until_the_tracker_has_taken_another_one(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry
) -> None:
    await allow(hass, entry, "server", password="654321")
    async with connected(entry) as watch:
        await watch.say()
        await send(hass, entry, "password", arguments={"new": "111111"})
        assert await watch.hear() == ':654321,password,"111111"#'
        await send(hass, entry, "find")
        await watch.answer("password", "password 111111 instead of 654321")
        assert await watch.hear() == ":111111,find#"
    last = hub.members[IMEI].delivery.outbox.last
    assert last is not None
    (subentry,) = entry.subentries.values()
    assert subentry.data == {"dangerous": ["server"], "password": "111111"}


async def test_password_that_a_tracker_cannot_take_is_not_told_to_everybody(
    hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = async_capture_events(hass, EVENT_COMMAND)
    async with connected(entry) as watch:
        await watch.say()
    await send(hass, entry, "find")
    await allow(hass, entry, password="secret1")

    def refuse(self: Gotop, kind: CommandKind, arguments: Checked, password: str, now: datetime) -> None:
        raise CommandError(Fault.FORM, argument="password", value=password)

    monkeypatch.setattr(Gotop, "_request", refuse)
    async with connected(entry) as watch:
        await watch.say()
    assert events[-1].data["reason"] == "password does not have the form that the tracker takes: •••"


async def test_listening_in_needs_consent(hass: HomeAssistant, hub: Hub, entry: PlaspyConfigEntry) -> None:
    (subentry,) = entry.subentries.values()
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)  # type: ignore[attr-defined]
    configure = hass.config_entries.subentries.async_configure
    result = await configure(flow["flow_id"], {"name": "Father", "dangerous": ["listen_in"]})
    assert result["step_id"] == "listen_in"
    result = await configure(flow["flow_id"], {"consent": False})
    assert result["errors"] == {"consent": "no_consent"}
    (subentry,) = entry.subentries.values()
    assert "dangerous" not in subentry.data
    result = await configure(flow["flow_id"], {"consent": True})
    assert result["reason"] == "reconfigure_successful"
    (subentry,) = entry.subentries.values()
    assert subentry.data["dangerous"] == ["listen_in"]
    # Whoever has agreed is not asked again.
    await allow(hass, entry, "listen_in", "raw")
