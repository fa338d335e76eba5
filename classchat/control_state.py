"""The state of a running server, as its operator is told at the server's own socket."""

from __future__ import annotations

import os
from collections.abc import Callable

from classchat import __version__
from classchat.control_messages import ServerState
from classchat.control_settings import SettingsDesk
from classchat.core.ports import Calendar
from classchat.core.tally import Tally
from classchat.process import memory_in_use
from classchat.servers.health import Health
from classchat.servers.tcp import ChatFactory
from classchat.texts import stamp


class StateDesk:
    """Collects the state of a server when it is asked for."""

    def __init__(
        self,
        factory: ChatFactory,
        tally: Tally,
        health: Health,
        calendar: Calendar,
        journal: str,
        addresses: Callable[[], list[str]],
    ) -> None:
        """Begin when the server starts; `journal` is what its operator calls the journal."""
        self._factory = factory
        self._tally = tally
        self._health = health
        self._journal = journal
        self._addresses = addresses
        self._started = calendar.seconds()
        self._since = factory.clock.seconds()

    async def state(self, settings: SettingsDesk) -> ServerState:
        """Return the state of the server, after it has tried to write to its journal."""
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
            log_level=settings.log_level,
            limits=settings.limits,
        )


def _connections(factory: ChatFactory) -> dict[str, int]:
    """Return how many connections speak what; with TLS as well, such as `json+tls`."""
    census = factory.census()
    return {f"{one.door}+tls" if one.encrypted else one.door: census[one] for one in sorted(census)}
