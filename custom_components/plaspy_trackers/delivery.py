"""Brings commands to one tracker: when, on which session, in which bytes, and who is told what became of them."""

from asyncio import Future
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.const import CONF_PASSWORD
from homeassistant.core import CALLBACK_TYPE, Context, HassJob, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import DOMAIN, EVENT_COMMAND
from .errors import failed_command
from .gateway.commands import Arguments, Command, CommandError, CommandKind, Request
from .gateway.models import Report
from .gateway.server import Session
from .safety import find_objection
from .tracker import Update
from .tracker.identity import is_same_device
from .tracker.motion import Motion
from .tracker.orders import Order, Origin, State, mask_arguments, mask_words
from .tracker.outbox import Link, Outbox, Refusal

if TYPE_CHECKING:
    from .member import Member

#: The key of what became of the last command.
LAST_COMMAND = "last_command"

#: How long after a datagram the way back is open: routers forget UDP soon.
DATAGRAM_WINDOW = timedelta(seconds=30)


class Delivery:
    """What one tracker is asked for, and its way there.

    On a TCP connection a command leaves at once; over UDP, and to a tracker that is away, with its next word. It goes
    to the session that spoke last as this tracker: who knows the id of a tracker is the tracker, in every protocol.
    """

    def __init__(self, member: Member) -> None:
        """Begin with nothing asked."""
        self.outbox = Outbox()
        self.motion = Motion()
        self._member = member
        self._timer: CALLBACK_TYPE | None = None
        self._spoke = False
        self._closed = False
        self._waiting: dict[Order, set[Future[None]]] = {}

    def ask(self, order: Order) -> None:
        """Take a command that may be asked for, and send it if it can be sent now; OutboxFull if too many wait."""
        self._tell(self.outbox.ask(order))
        self.drive()

    async def async_wait(self, order: Order) -> None:
        """Wait until a command is over, or nobody is there any more to bring it."""
        if order.over or self._closed:
            return
        done: Future[None] = self._member.hub.hass.loop.create_future()
        waiting = self._waiting.setdefault(order, set())
        waiting.add(done)
        try:
            await done
        finally:
            waiting.discard(done)
            if not waiting:
                self._waiting.pop(order, None)

    @callback
    def hear(self, report: Report) -> None:
        """Take the answer that a report may hold; what waits for the tracker's word leaves after its reply has."""
        if report.answer is not None:
            self._tell(self.outbox.take_answer(report.answer, report.text, dt_util.utcnow()))
        if self.outbox.orders and not self._spoke:
            self._spoke = True
            self._member.hub.hass.loop.call_soon(partial(self.drive, word=True))

    @callback
    def drive(self, *, word: bool = False) -> None:
        """Send what is due, and look again when more may be; give up what is too old."""
        if word:
            self._spoke = False
        now = dt_util.utcnow()
        self._tell(self.outbox.expire(now))
        self._stop_timer()
        session = self._member.session
        if self._closed or not self.outbox.orders or session is None or not self._is_reachable(session, now):
            return
        frames, changed = self.outbox.take(now, self._link(session, word=word), partial(self._encode, session))
        for frame in frames:
            session.send(frame)
        if frames:
            self._member.hub.save_soon()
        self._tell(changed)
        # Whoever was told may have asked for more, and that set a timer.
        self._stop_timer()
        if (due := self.outbox.due(now, self._link(session))) is not None:
            job = HassJob(self._look_again, "send commands", cancel_on_shutdown=True)
            self._timer = async_call_later(self._member.hub.hass, max((due - now).total_seconds(), 0.0), job)

    def close(self) -> None:
        """Send nothing any more, and let nobody wait."""
        self._closed = True
        self._stop_timer()
        for order in list(self._waiting):
            self._release(order)

    @callback
    def _look_again(self, now: datetime) -> None:
        self._timer = None
        self.drive()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _is_reachable(self, session: Session, now: datetime) -> bool:
        """Whether a session is this tracker's, welcome here, and can hear us."""
        tracker = self._member.tracker
        protocol = session.protocol
        if protocol is None or protocol.device_id is None or not (session.is_open and session.trusted):
            return False
        if not is_same_device(protocol.device_id, tracker.device_id):
            return False
        if session.transport == "tcp":
            return True
        return tracker.heard_at is not None and now - tracker.heard_at < DATAGRAM_WINDOW

    def _link(self, session: Session, *, word: bool = False) -> Link:
        """Return the way to the tracker: a connection that it has been silent on for too long may be a dead one."""
        assert session.protocol is not None
        begin = session.transport == "tcp" and bool(self._member.tracker.values["online"])
        return Link(session, session.protocol.pace, word, begin)

    def _encode(self, session: Session, order: Order) -> list[Request]:
        """Return the frames of a command, if it may still be sent and the protocol that is spoken now has it."""
        assert session.protocol is not None
        if objection := find_objection(self._member, order.kind):
            raise Refusal(str(objection))
        command = Command(order.kind, order.arguments, self._member.permissions.password)
        try:
            return session.protocol.encode(command, dt_util.now())
        except CommandError as error:
            raise Refusal(str(failed_command(error))) from error

    def _tell(self, changed: Iterable[Order]) -> None:
        """Tell everybody what has become of commands, and keep it."""
        for order in changed:
            self._member.notify(Update({key_of(order.kind), key_of(order.slot), LAST_COMMAND}))
            self._fire(order)
            if order.over:
                self._release(order)
            if order.kind is CommandKind.PASSWORD and order.state is State.CONFIRMED:
                self._follow_password(order.arguments)
            self._member.hub.save_at_once()

    def _follow_password(self, arguments: Arguments) -> None:
        """Use the password that the tracker has taken: it listens to no other one any more."""
        hub = self._member.hub
        subentry = hub.entry.subentries.get(self._member.subentry_id)
        if subentry is not None and (password := arguments.get("new")):
            data = {**subentry.data, CONF_PASSWORD: password}
            hub.hass.config_entries.async_update_subentry(hub.entry, subentry, data=data)

    def _release(self, order: Order) -> None:
        for waiting in self._waiting.pop(order, ()):
            if not waiting.done():
                waiting.set_result(None)

    def _fire(self, order: Order) -> None:
        """Fire the event that the logbook and automations hear, in the name of who asked."""
        hub = self._member.hub
        identifier = (DOMAIN, self._member.tracker.device_id)
        device = dr.async_get(hub.hass).async_get_device_by_identifier(identifier, hub.entry.entry_id)
        data = {
            "device_id": None if device is None else device.id,
            "name": self._member.name,
            **describe(order, self._member.permissions.password),
        }
        hub.hass.bus.async_fire(EVENT_COMMAND, data, context=context_of(order.origin))


def key_of(kind: CommandKind) -> str:
    """Return the key of a command: that of no reading, though some are called alike."""
    return f"command.{kind}"


def describe(order: Order, password: str) -> dict[str, object]:
    """Return what everybody may know of a command."""
    answer, reason = (
        None if words is None else mask_words(words, order.arguments, password)
        for words in (order.answer, order.reason)
    )
    return {
        "command": order.kind.value,
        "arguments": mask_arguments(order.arguments),
        "state": order.state.value,
        "since": order.since.isoformat(),
        "answer": answer,
        "reason": reason,
        "asked_by": order.origin.name,
    }


def context_of(origin: Origin) -> Context:
    """Return the context in which a command was asked for."""
    return Context(user_id=origin.user_id, parent_id=origin.parent_id, id=origin.context_id)
