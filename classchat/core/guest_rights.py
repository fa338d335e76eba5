"""What was decided about a guest, as changes that a registered name takes over."""

from __future__ import annotations

from classchat.core.accounts import subject_of
from classchat.core.acts import Act, Change, What
from classchat.core.directory import Directory
from classchat.core.model import User
from classchat.core.persons import Person
from classchat.core.restriction import NEVER

ROLES: tuple[What, ...] = ("moderator", "assistant", "invited")
"""What a person may be in a room: it is theirs, and not the next bearer's of the name."""


def roles_of_guest(user: User, directory: Directory) -> list[Act]:
    """Return the changes that move a guest's roles and invitations to the claimed name.

    The user stays a moderator of at most as many rooms as one owner may keep.
    """
    guest, changes = subject_of(user), list[Act]()
    kept = directory.limits.kept_rooms_of_user
    for room in sorted(directory.rooms.concerning(guest), key=lambda room: room not in user.rooms):
        if guest in room.order.moderators:
            kept -= 1
        order = room.order
        for what, rows in zip(ROLES, (order.moderators, order.assistants, order.invited), strict=True):
            if guest in rows:
                changes.append(Change(room.key, guest, what, None))
                if what == "moderator" and kept < 0:
                    continue
                changes.append(Change(room.key, user.person.key, what, user.name))
    return changes


def restrictions_of_guest(person: Person, directory: Directory) -> list[Act]:
    """Return the changes that make mutes and bans of a guest's former names those of the claimed name."""
    changes = list[Act]()
    for (room_key, what), keys in person.restrictions.items():
        room = directory.rooms.by_key(room_key)
        if room is not None:
            rows = room.order.muted if what == "muted" else room.order.banned
            longest = max((rows.get(key, NEVER) for key in keys), key=lambda row: row.until)
            if longest.until > rows.get(person.key, NEVER).until:
                changes.append(Change(room_key, person.key, what, longest.value))
    return changes
