"""Which room or private conversation a user means by a name."""

from __future__ import annotations

from classchat import names
from classchat.core.directory import Directory
from classchat.core.journal_port import Journal
from classchat.core.model import Conversation, User
from classchat.errors import NotAMember, UserNotFound


class Conversations:
    """Finds the conversations that a user may read."""

    def __init__(self, journal: Journal, directory: Directory) -> None:
        self._journal = journal
        self._users = directory.users
        self._rooms = directory.rooms

    async def find(self, user: User, name: str, *, private: bool) -> tuple[Conversation | None, str, int]:
        """Return the conversation that a user may read under a name, the name as shown, and the last number.

        A room, or a private conversation; None where the two users have written nothing yet. `private` says
        that no room is meant.

        Raises:
            NotAMember: there is only a room of that name, and the user is not in it.
            UserNotFound: there is nothing of that name.
        """
        room = None if private else self._rooms.find(name)
        if room is not None and room in user.rooms:
            return room, room.name, room.last_seq
        other = self._users.find(name)
        if other is not None:
            dialog = await self._journal.dialog(user.person, other.person)
            return dialog, other.name, dialog.last_seq if dialog else 0
        if self._users.may_have_been(name):
            dialog = await self._journal.last_dialog(user.person, names.user_key(name))
            if dialog is not None:
                return dialog, name, dialog.last_seq
        if room is not None:
            raise NotAMember(room.name)
        raise UserNotFound(name)
