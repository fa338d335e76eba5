"""Accounts, for the commands of `classchat admin`: of the running server, or of a journal without one.

    a server answers at the socket    it does what is asked, and the command ends when that holds
    no server is there                the journal is changed, and a server would notice that

Both write the same, with the same line in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from classchat.asking import AskingOptions, asked
from classchat.control_messages import ASKING_SECONDS, AccountState, AskAccounts, ChangeAccount, ControlAnswer
from classchat.control_place import BadPlace, connect
from classchat.journal.administration import Administration
from classchat.journal.postgres.address import is_address
from classchat.journal.tables import AccountRow
from classchat.options import control_place


class AccountAdministration(Protocol):
    """What the commands about accounts ask and change, see `Administration`. All may raise NotDone."""

    def accounts(self) -> Sequence[AccountRow | AccountState]:
        """Return all registered names, the oldest first."""

    def check(self, name: str, *, claimed: bool) -> None:
        """Check that a name is, or is not, registered."""

    def set_operator(self, name: str, operator: bool) -> str:
        """Make the owner of a name an operator, or remove that right; return the name as it is shown."""

    def set_password(self, name: str, hash: str) -> str:
        """Change the password of a registered name, and make its devices' tokens invalid."""

    def claim(self, name: str, hash: str) -> str:
        """Register a name with this password for a new person."""

    def release(self, name: str) -> str:
        """Release a name."""

    def close(self) -> None:
        """End. Harmless twice."""


class ServersAccounts(AccountAdministration):
    """The accounts of the running server, which is asked for each step.

    What it refuses ends the command with its sentence.
    """

    def __init__(self, line: AskingOptions) -> None:
        self._line = line

    def accounts(self) -> Sequence[AccountState]:
        """Return all registered names, the oldest first, page by page."""
        found = list[AccountState]()
        while True:
            answer = asked(self._line, AskAccounts(after=len(found)))
            found += answer.accounts or ()
            if not answer.more:
                return found

    def check(self, name: str, *, claimed: bool) -> None:
        """Check that a name is, or is not, registered."""
        self._change(ChangeAccount(user=name, change="claimed" if claimed else "unclaimed"))

    def set_operator(self, name: str, operator: bool) -> str:
        """Make the owner of a name an operator, or remove that right; return the name as it is shown."""
        return self._change(ChangeAccount(user=name, change="empower" if operator else "disempower")).text

    def set_password(self, name: str, hash: str) -> str:
        """Change the password of a registered name, and make its devices' tokens invalid."""
        return self._change(ChangeAccount(user=name, change="password", hash=hash)).text

    def claim(self, name: str, hash: str) -> str:
        """Register a name with this password for a new person."""
        return self._change(ChangeAccount(user=name, change="claim", hash=hash)).text

    def release(self, name: str) -> str:
        """Release a name."""
        return self._change(ChangeAccount(user=name, change="release")).text

    def close(self) -> None:
        """Do nothing: each request has had its own connection."""

    def _change(self, request: ChangeAccount) -> ControlAnswer:
        return asked(self._line, request)


def account_administration(line: AskingOptions, now: Callable[[], int]) -> AccountAdministration:
    """Return what a command about accounts works on.

    A directory that the command line names is the server's. Beside a journal in a file the server is asked
    if it runs; for one in a database it may be another server that has its socket in the current directory.

    Raises:
        CannotOpen, DatabaseError: no server is asked, and the journal can't be opened.
    """
    if line.names_server or _answers(line):
        return ServersAccounts(line)
    return Administration(line["journal"], now)


def _answers(line: AskingOptions) -> bool:
    """Return whether a server runs whose journal is certainly the one that is meant."""
    if is_address(line["journal"]) and line["control"] is None:
        return False
    place = control_place(line["journal"], line["control"])
    with suppress(BadPlace, OSError):
        if place is not None:
            connect(Path(place), ASKING_SECONDS).close()
            return True
    return False
