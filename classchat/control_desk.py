"""Answers what is asked at the server's own socket."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol, assert_never

from twisted.logger import Logger

from classchat import __version__
from classchat.control_accounts import AccountDesk
from classchat.control_hooks import HookDesk
from classchat.control_messages import (
    LEVELS,
    AskAccounts,
    AskLimits,
    AskReload,
    AskState,
    AskWebhooks,
    ChangeAccount,
    ControlAnswer,
    Evict,
    Order,
    ServerState,
    SetLimit,
    SetLogLevel,
    decode_request,
    encode_line,
)
from classchat.core.notices import Reconfigured
from classchat.core.ports import Calendar
from classchat.core.steering import Steering
from classchat.core.tally import Tally
from classchat.errors import ChatError, InvalidFormat
from classchat.journal.command_changes import NotDone
from classchat.messages import Error
from classchat.names import SERVER
from classchat.option_table import Misuse
from classchat.process import memory_in_use
from classchat.reloading import Reloading
from classchat.servers.health import Health
from classchat.servers.tcp import ChatFactory
from classchat.texts import quoted, stamp
from classchat.wire.json_codec import JSON


class Logs(Protocol):
    """The log of a server, as far as its operator can change it."""

    level: str
    """The lowest level that is shown, one of `LEVELS`; "" where another program decides that."""

    def reopen(self) -> None:
        """Begin a new file where the old one was moved away."""


class ForeignLogs(Logs):
    """The log is another program's: twistd's."""

    level = ""

    def reopen(self) -> None:
        """Do nothing."""


class ControlDesk:
    """Answers each line with one line."""

    _log = Logger()

    def __init__(
        self,
        factory: ChatFactory,
        tally: Tally,
        health: Health,
        accounts: AccountDesk,
        reloading: Reloading,
        calendar: Calendar,
        journal: str,
        addresses: Callable[[], list[str]],
        reload: Callable[[], list[Reconfigured]],
        logs: Logs,
    ) -> None:
        """Answer for the server of a factory; `reload` does what SIGHUP does, and may raise Misuse."""
        self._factory = factory
        self._tally = tally
        self._health = health
        self._accounts = accounts
        self._reloading = reloading
        self._calendar = calendar
        self._journal = journal
        self._addresses = addresses
        self._reload = reload
        self._logs = logs
        self._started = calendar.seconds()
        self._since = factory.clock.seconds()

    async def answer(self, line: bytes) -> bytes:
        """Return the line that answers a line."""
        try:
            request = decode_request(line)
        except ValueError as error:
            return _refused(InvalidFormat(quoted(str(error), 200)))
        try:
            if isinstance(request, Order):
                self._log.info("The operator asks for '{what}'", what=request.__struct_config__.tag)
                return JSON.encode([await Steering(self._factory.chat).obey(request)])
            if isinstance(request, AskState):
                return encode_line(ControlAnswer(status="success", state=await self.state()))
            if isinstance(request, Evict):
                self._log.info("The operator asks for '{what}'", what="kick")
                name = await Steering(self._factory.chat).evict(request.user, request.text)
                return encode_line(ControlAnswer(status="success", text=f"You have disconnected {name}"))
            if isinstance(request, AskAccounts | ChangeAccount):
                return encode_line(await self._accounts.answer(request))
            if isinstance(request, AskWebhooks):
                return encode_line(await HookDesk(lambda: self._factory.chat).answer(request))
            return encode_line(self._answered(request))
        except NotDone as error:
            return encode_line(ControlAnswer(status="error", text=str(error), code="not_done"))
        except ChatError as error:
            return _refused(error)
        except Misuse as error:
            return encode_line(ControlAnswer(status="error", text=f"{error}.", code="invalid_option"))

    def _answered(self, request: AskLimits | SetLimit | SetLogLevel | AskReload) -> ControlAnswer:
        match request:
            case AskLimits():
                return ControlAnswer(status="success", limits=self._reloading.limits)
            case SetLimit():
                changes = self._reloading.set(request.option, request.value)
                return ControlAnswer(status="success", text=_told(changes))
            case SetLogLevel():
                return self._set_level(request.level)
            case AskReload():
                return ControlAnswer(status="success", text=_told(self._reload()))
            case _:
                assert_never(request)

    def _set_level(self, level: str) -> ControlAnswer:
        if not self._logs.level:
            raise Misuse("The log is twistd's, which has no levels")
        if level and level not in LEVELS:
            raise Misuse(f"'{quoted(level)}' is not a log level: use one of {', '.join(LEVELS)}")
        if level:
            self._logs.level = level
        return ControlAnswer(status="success", text=f"The log level is {self._logs.level}")

    async def state(self) -> ServerState:
        """Return how the server is, after it has tried to write to its journal."""
        writable = not await self._health.trouble()
        factory = self._factory
        chat, journal = factory.chat, factory.chat.journal
        return ServerState(
            version=__version__,
            pid=os.getpid(),
            started=stamp(int(self._started * 1000)),
            uptime=round(factory.clock.seconds() - self._since, 3),
            addresses=self._addresses(),
            journal=self._journal,
            writable=writable,
            waiting=journal.waiting,
            node=journal.node,
            ready=chat.is_ready(),
            connections=_connections(factory),
            users=sum(user.connected for user in chat.users),
            accounts=len(chat.accounts),
            rooms=len(chat.rooms),
            messages=self._tally.messages,
            sign_ins=self._tally.sign_ins,
            memory=memory_in_use(),
            log_level=self._logs.level,
            limits=self._reloading.limits,
        )


def _connections(factory: ChatFactory) -> dict[str, int]:
    census = factory.census()
    return {f"{one.door}+tls" if one.encrypted else one.door: census[one] for one in sorted(census)}


def _told(changes: list[Reconfigured]) -> str:
    if not changes:
        return "Nothing has changed"
    return ", ".join(
        f"{one.option} needs a restart" if one.value is None else f"{one.option} is {one.value} now"
        for one in changes
    )


def _refused(error: ChatError) -> bytes:
    return JSON.encode([Error(SERVER, SERVER, error.text, code=error.code)])
