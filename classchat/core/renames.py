"""Renames: a guest takes another name that is free.

    Alice -> rename "Bob"                        Renames.request -> Renamed   -> Journal.append
    Alice <- "You are now called Bob"            Renames.deliver <- [Renamed] <- committed
    Carol <- "Alice is now called Bob"

The new name is the user's from when the request was granted, so nobody else can take it; the old one is free
when the entry is delivered. The user and the person stay the same, and so do their token, rooms, rights and
private conversations. A mute or a ban of the old name holds for the person as well from then on.
"""

from __future__ import annotations

from collections.abc import Iterable

from classchat import names
from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.acts import Audited, Change, NameTaken, What
from classchat.core.answer_events import NameChanged
from classchat.core.attempts import Attempts
from classchat.core.delivery import Delivery
from classchat.core.entries import Renamed
from classchat.core.events import UserRenamed
from classchat.core.features.decision import known
from classchat.core.features.moderation import Moderation
from classchat.core.ground import Ground
from classchat.core.guest_rights import ROLES
from classchat.core.model import Room, User
from classchat.core.orders import Undecided
from classchat.core.pending_claims import PendingClaims
from classchat.core.ports import Peer
from classchat.core.presence import Presence
from classchat.errors import ChatError, NotAllowed, PasswordRequired, RegisteredName
from classchat.messages import Error, Rename
from classchat.names import SERVER

_BY_NAME: tuple[What, ...] = ("muted", "banned")


class Renames:
    """Gives guests other names."""

    def __init__(
        self,
        ground: Ground,
        presence: Presence,
        moderation: Moderation,
        pending: PendingClaims,
        attempts: Attempts,
    ) -> None:
        self._journal = ground.journal
        self._users = ground.directory.users
        self._rooms = ground.directory.rooms
        self._presence = presence
        self._moderation = moderation
        self._pending = pending
        self._attempts = attempts
        self._published = ground.published
        self._gate = ground.gate
        self._measures = ground.measures

    def request(self, user: User, peer: Peer, command: Rename) -> NameChanged | None:
        """Grant a request. Returns its answer where nothing changes; else that comes with the entry.

        Raises:
            ChatError: the name can't be had, or the present one is claimed.
            Undecided: a rename of the user, or an order in one of their rooms, is on its way.
        """
        self._gate.check()
        if user in self._users.renaming.values():
            raise Undecided
        if user.account is not None or user.person.key in self._pending:
            raise RegisteredName(user.name)
        name = self._users.shown(command.text)
        if name == user.name:
            return NameChanged(name, command.id, name)
        person, key = user.person, names.user_key(name)
        if key != person.key:
            self._presence.check_guest(name)
            self._check_bans(user, name, key)
        self._attempts.count_rename(person.number)
        self._users.reserve(name, user)
        acts = (
            *known(user),
            NameTaken(person.number, name, key, person.key),
            *self._published.renaming(user, name, key),
            Audited(user.name, "rename", target=name),
        )
        self._journal.append(Renamed(user, peer, command.id, user.name, name, acts))
        return None

    def _check_bans(self, user: User, name: str, key: str) -> None:
        """Check that a name is not banned from one of the rooms that its next user is in."""
        now = self._moderation.now()
        for room in user.rooms:
            room.order.check_decided()
            if room.order.is_banned(key, now) and not permissions.moderates(user, room):
                raise NotAllowed(f"the name '{name}' is banned from room '{room.name}', which you are in")

    def take_back(self, entry: Renamed) -> None:
        """Undo a rename that could not be stored."""
        self._users.release(entry.name)

    def deliver(self, entry: Renamed, delivery: Delivery) -> None:
        """Give a user the new name, and tell everybody who knows the old one."""
        user, name = entry.user, entry.name
        self._users.release(name)
        if entry.refused:  # another program has claimed it while the rename was on its way
            if entry.peer is not None:
                error = PasswordRequired(name)
                self._measures.refused(error)
                delivery.to_peer(
                    entry.peer, Error(SERVER, user.name, error.text, code=error.code, id=entry.id)
                )
            return
        self._apply(user, name, delivery, entry)
        if user.connected:
            self._published.present(user)  # with the restrictions that the old name had

    def follow(self, user: User, name: str, delivery: Delivery) -> None:
        """Give a user of another node the new name, and tell everybody here who knows the old one."""
        self._apply(user, name, delivery, None)

    def refusal(self, entry: Renamed) -> ChatError | None:
        """Return why a rename does not hold after what other nodes have done; None if it does."""
        user = entry.user
        if user.account is not None:
            return RegisteredName(user.name)
        return self._users.lost_to(entry.name) if names.user_key(entry.name) != user.person.key else None

    def _apply(self, user: User, name: str, delivery: Delivery, entry: Renamed | None) -> None:
        old = user.name
        delivery.send_all()  # what was said under the old name is told before
        rooms = [room for room in self._rooms if user in room.members]
        self._restrict(user)
        self._rename(user, name)
        self._keep_rights(user)
        if entry is not None and entry.peer is not None:
            delivery.to_peer(entry.peer, NameChanged(name, entry.id, old))
        for other in self._watchers(user, rooms):
            event = UserRenamed(old, name, other.name)
            other.catching_up.add(event)
            for peer in other.peers:
                delivery.to_peer(peer, event)

    def _rename(self, user: User, name: str) -> None:
        """Change a user's name everywhere where users are found by it, or are in the order of their names."""
        lists = [
            members.ordered
            for room in self._rooms
            for members in (room.members, room.enlisted)
            if user in members
        ]
        for ordered in lists:
            ordered.discard(user)
        if user in self._users:
            self._users.rename(user, name)
        else:  # the client has disconnected meanwhile, and may come back
            user.name = name
            user.person.take_name(name, names.user_key(name))
        for ordered in lists:
            ordered.add(user)

    def _restrict(self, user: User) -> None:
        """Apply the mutes and bans of a user's name to the person before they take another name."""
        key = user.person.key
        for room in self._rooms.concerning(key):
            for what, rows in zip(_BY_NAME, (room.order.muted, room.order.banned), strict=True):
                if key in rows:
                    user.person.add_restriction(room.key, what, key)

    def _keep_rights(self, user: User) -> None:
        """Show a moderator, or an invited user, under the new name."""
        subject = subject_of(user)
        for room in list(self._rooms.concerning(subject)):
            order = room.order
            for what, rows in zip(ROLES, (order.moderators, order.assistants, order.invited), strict=True):
                if subject in rows:
                    self._moderation.apply([Change(room.key, subject, what, user.name)])

    def _watchers(self, user: User, rooms: Iterable[Room]) -> Iterable[User]:
        """Return the other users who share a room or a private conversation with a user, each once."""
        found = dict.fromkeys(member for room in rooms for member in room.members)
        for number in user.person.all_partners():
            partner = self._users.by_person(number)
            if partner is not None:
                found[partner] = None
        found.pop(user, None)
        return found
