"""A guest acts as an operator of the server, whose name and password the guest knows.

The guest has the operator's rights until they leave or give them up, or until the operator loses them. It is
for clients that can't sign in with another name on the same connection.
"""

from __future__ import annotations

from classchat.core import permissions
from classchat.core.accounts import membership
from classchat.core.acts import Audited
from classchat.core.credentials import Credentials
from classchat.core.entries import Left
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import Room, User
from classchat.core.ports import Calendar, Peer
from classchat.core.published import Published
from classchat.errors import ChatError, NotAllowed
from classchat.messages import Error
from classchat.names import SERVER


class Empowering:
    """Gives guests the rights of operators."""

    def __init__(
        self, journal: Journal, credentials: Credentials, published: Published, calendar: Calendar
    ) -> None:
        self._journal = journal
        self._credentials = credentials
        self._published = published
        self._calendar = calendar

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
            self._published.present(user)

    def end(self, user: User) -> None:
        """Take an operator's rights from a guest who has them."""
        user.operator, user.empowered_by = False, None
        self._published.present(user)
        self.remove_from_rooms(user)

    def remove_from_rooms(self, user: User) -> None:
        """Remove a former operator from the rooms that only an operator may be in."""
        for room in list(user.rooms):
            error = permissions.refusal_to_stay(user, room, self._calendar.seconds() * 1000)
            if error is not None:
                self._remove(user, room, error)

    def _remove(self, user: User, room: Room, reason: ChatError) -> None:
        acts = membership(user, room, present=False)
        was_there = user in room.members  # else a join is on its way, and is refused when it is delivered
        room.forsake(user)
        room.members.discard(user)  # now: what is delivered next was said after that
        self._journal.append(Left(user, None, None, room, acts, put_out=was_there))
        told = Error(SERVER, user.name, reason.text, code=reason.code, room=room.name)
        for peer in list(user.peers):
            peer.tell(told)
