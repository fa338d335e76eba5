"""A guest acts as an operator of the server, whose name and password the guest knows.

The guest has the operator's rights until they leave, or until the operator loses them. It is for clients that
can't sign in with another name on the same connection.
"""

from __future__ import annotations

from classchat.core import permissions
from classchat.core.acts import Audited
from classchat.core.credentials import Credentials
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.errors import NotAllowed


class Empowering:
    """Gives guests the rights of operators."""

    def __init__(self, journal: Journal, credentials: Credentials) -> None:
        self._journal = journal
        self._credentials = credentials

    async def empower(self, user: User, peer: Peer, name: str, password: str, address: str) -> None:
        """Give a user the rights of the operator with this name and password.

        Raises:
            WrongPassword: no account has this password.
            NotAllowed: the account is not an operator's, or the user owns another account.
            Busy: too many others wait for the same.
            NotSaved: the audit log can't be written.
        """
        account = await self._credentials.account_of(name, password, peer, address)
        operator = account.user
        if not operator.operator or operator.account is not account:
            raise permissions.not_operator()
        if user is operator:
            return
        if user.account is not None:
            raise NotAllowed(f"you are signed in as '{user.name}'. Sign in as '{operator.name}' instead")
        await store_acts(self._journal, user, Audited(user.name, "oper", target=operator.name))
        if operator.operator and user.account is None and user.reaches(peer):
            user.operator, user.empowered_by = True, operator.person
