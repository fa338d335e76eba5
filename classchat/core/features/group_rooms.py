"""Makes group rooms what the rows say: who is in them, and whether they are open. Harmless twice.

It is done when the rows are delivered, when a student comes back, and after a restart; so a server that is
killed in the middle goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from classchat.core import permissions
from classchat.core.accounts import membership, owner_of, subject_of
from classchat.core.acts import Act, Change
from classchat.core.directory import Directory
from classchat.core.entries import Created, Joined, Left, Noted
from classchat.core.features.feature import find_subject
from classchat.core.features.groups import GroupsRow
from classchat.core.journal_port import Journal
from classchat.core.model import Room, User
from classchat.errors import ChatError


class GroupRooms:
    """The rooms of all groups."""

    def __init__(self, journal: Journal, directory: Directory, server: User) -> None:
        self._journal = journal
        self._directory = directory
        self._rooms = directory.rooms
        self._server = server

    def reconcile(
        self, room: Room, row: GroupsRow, own: Iterable[str], now: int, before: GroupsRow | None = None
    ) -> None:
        """Put the students into their rooms, and out of all others that were made for groups of a room.

        Students who have left the room itself, or were removed from it, are in none of its groups until they
        are back. Groups that are the same in the row `before` are as they should be: one student who comes
        late costs as much in a class of 600 as in a small one.
        """
        wanted = row.rooms if row.open else {}
        done = before.rooms if before is not None and before.open else {}
        for name in own:
            group = self._rooms.find(name)
            if group is not None and name not in wanted:
                self._empty(group)
        for name, subjects in wanted.items():
            if done.get(name) != subjects:
                self._put(room, name, subjects, now)

    def bring(self, room: Room, row: GroupsRow, subject: str, now: int) -> None:
        """Put a student who is back into the group that they are in."""
        for name, subjects in row.rooms.items() if row.open else ():
            if subject in subjects:
                self._put(room, name, subjects, now)

    def _put(self, room: Room, name: str, subjects: Iterable[str], now: int) -> None:
        """Put the students of one group into its room."""
        known = (find_subject(self._directory, one) for one in subjects)
        users = [user for user in known if user is not None and room in user.rooms]
        group = self._made(room, name, users)
        if group is not None:
            self._fill(group, users, now)

    def put_out(self, user: User, row: GroupsRow) -> None:
        """Remove a user who is no longer in a room from its groups; nothing invites them there any more."""
        subject = str(user.person.number)
        for name, subjects in row.rooms.items():
            group = self._rooms.find(name) if row.open and subject in subjects else None
            if group is None:
                continue
            if subject_of(user) in group.order.invited:
                act = Change(group.key, subject_of(user), "invited", None)
                self._journal.append(Noted(self._server, None, None, (act,)))
            if group in user.rooms and not permissions.teaches(user, group):
                self._remove(group, user)

    def _made(self, room: Room, name: str, users: list[User]) -> Room | None:
        """Return a group room, which is private, and has the staff of the room."""
        group = self._rooms.find(name)
        new = group is None
        if group is None:
            with suppress(ChatError):  # a user was faster, or there are too many rooms by now
                group = self._rooms.add(name)
            if group is None:
                return None
        acts = self._order(room, group, users)
        if new:
            self._journal.append(Created(self._server, None, None, group, acts))
        elif acts:
            self._journal.append(Noted(self._server, None, None, acts))
        return group

    def _order(self, room: Room, group: Room, users: list[User]) -> tuple[Act, ...]:
        """Return the acts that are missing: the room is open to its group, and to the staff."""
        order, acts = group.order, list[Act]()
        if not order.private:
            acts.append(Change(group.key, "", "private", ""))
        if order.closed:
            acts.append(Change(group.key, "", "closed", None))
        for subject, name in room.order.moderators.items():
            if subject not in order.moderators:
                acts.append(Change(group.key, subject, "moderator", name))
        for subject, name in room.order.assistants.items():
            if subject not in order.moderators:  # a room of a few has no other staff
                acts.append(Change(group.key, subject, "moderator", name))
        for user in users:
            if subject_of(user) not in order.invited:
                acts.append(Change(group.key, subject_of(user), "invited", user.name, owner_of(user)))
        return tuple(acts)

    def _fill(self, group: Room, users: list[User], now: int) -> None:
        for user in users:
            if user.connected and group not in user.rooms and permissions.banned_until(user, group) <= now:
                group.enlist(user)
                acts = membership(user, group, present=True)
                self._journal.append(Joined(user, None, None, group, acts, put=True))
        for user in list(group.enlisted):
            if user not in users and not permissions.teaches(user, group):
                self._remove(group, user)

    def _empty(self, group: Room) -> None:
        """Remove all members, and close the room: its messages stay."""
        for user in list(group.enlisted):
            self._remove(group, user)
        order = group.order
        if not order.closed:
            acts: list[Act] = [Change(group.key, "", "closed", "")]
            acts += [Change(group.key, subject, "invited", None) for subject in order.invited]
            self._journal.append(Noted(self._server, None, None, tuple(acts)))

    def _remove(self, group: Room, user: User) -> None:
        group.forsake(user)
        self._journal.append(Left(user, None, None, group, membership(user, group, present=False)))
