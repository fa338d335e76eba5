"""The user whom a mask of a ban or a mute means.

When Bob takes the name Bert, other clients know the source Bert!~user@Bob: NICK tells no other host.

-> MODE #CS350 +b *!*@Bob      means Bert, as long as no user is called Bob
-> MODE #CS350 +b Bert!*@Bob   means Bert
"""

from __future__ import annotations

from classchat.core.model import Room, User
from classchat.irc.client import Client
from classchat.irc.masks import names_in
from classchat.irc.sight import anyone


def subject(client: Client, room: Room, letter: str, mask: str) -> str | None:
    """Return the name of the user whom a mask names; None if that may be several users, or it is not clear.

    `letter` says in which list the mask is, or will be.
    """
    names = names_in(mask)
    if len(names) == 2:
        nick, host = names
        return nick if _was(anyone(client.chat, nick), client.chat.users.key_of(host)) else None
    if not names:
        return None
    key = client.chat.users.key_of(names[0])
    listed = room.order.banned if letter == "b" else room.order.muted
    if key is None or key in listed or anyone(client.chat, names[0]) is not None:
        return names[0]
    renamed = [user for user in room.members if _was(user, key)]
    return renamed[0].name if len(renamed) == 1 else names[0]


def _was(user: User | None, key: str | None) -> bool:
    """Return whether a user has had the name with this key before."""
    return user is not None and key in user.person.former
