"""What the operator asks and changes about accounts at the server's own socket.

It is done as `classchat admin` does it without the server: on the journal, in a thread, with a line in the
audit log. Before it is answered the chat has applied it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, TypeVar

from twisted.internet.defer import DeferredLock
from twisted.internet.threads import deferToThreadPool

from classchat.control_messages import AccountState, AskAccounts, ChangeAccount, ControlAnswer
from classchat.core.chat import Chat
from classchat.core.journal_port import CannotOpen
from classchat.core.ports import Calendar
from classchat.journal.administration import Administration, known_name, new_name
from classchat.journal.command_changes import NotDone
from classchat.journal.database import FAILURES
from classchat.options import IN_MEMORY

T = TypeVar("T")

_PAGE: Final = 1_000
"""Accounts in one answer."""


class AccountDesk:
    """Answers requests about accounts."""

    def __init__(self, journal: str, chat: Callable[[], Chat], calendar: Calendar, reactor: Any) -> None:
        """Answer for the server of a `journal`, by its path or URL, and its `chat` at that time."""
        self._journal = journal
        self._chat = chat
        self._calendar = calendar
        self._reactor = reactor
        self._lock = DeferredLock()  # so that a disk that hangs takes one thread

    async def answer(self, request: AskAccounts | ChangeAccount) -> ControlAnswer:
        """Return the answer to a request.

        Raises:
            NotDone: it can't be carried out; nothing has changed.
        """
        if isinstance(request, AskAccounts):
            rows = await self._run(lambda administration: administration.accounts())
            found = [AccountState(row.name, bool(row.operator), row.created, row.ended) for row in rows]
            more = len(found) > request.after + _PAGE
            page = found[request.after : request.after + _PAGE]
            return ControlAnswer(status="success", accounts=page, more=more)
        name = await self._run(lambda administration: _changed(administration, request))
        await self._chat().journal.look_again()
        return ControlAnswer(status="success", text=name)

    async def _run(self, work: Callable[[Administration], T]) -> T:
        """Return what work on the journal returns, which is done in a thread.

        Raises:
            NotDone: it can't be done.
        """
        if self._journal == IN_MEMORY:
            raise NotDone("This server keeps its accounts in memory: they can't be listed or changed here.")

        def in_thread() -> T:
            with closing(Administration(self._journal, self._now)) as administration:
                return work(administration)

        async with self._lock:
            try:
                pool = self._reactor.getThreadPool()
                return await deferToThreadPool(self._reactor, pool, in_thread)
            except CannotOpen as error:
                raise NotDone(str(error)) from None
            except FAILURES as error:
                raise NotDone(f"The journal can't be read or written to: {error}.") from None

    def _now(self) -> int:
        return int(self._calendar.seconds() * 1000)


def _changed(administration: Administration, request: ChangeAccount) -> str:
    """Change an account; return its name as it is shown.

    Raises:
        NotDone: the request can't be carried out.
    """
    match request.change:
        case "claimed" | "unclaimed":
            administration.check(request.user, claimed=request.change == "claimed")
            return request.user
        case "claim":
            return administration.claim(new_name(request.user), request.hash)
        case "password":
            return administration.set_password(known_name(request.user), request.hash)
        case "release":
            return administration.release(known_name(request.user))
        case "empower" | "disempower":
            return administration.set_operator(known_name(request.user), request.change == "empower")
