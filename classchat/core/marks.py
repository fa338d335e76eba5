"""How far a client has received each conversation, found by the names that the client gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from classchat import names
from classchat.messages import Since

_LONGEST_LOOKED_AT = 256
"""Characters of a name that is compared: no name of ours is longer, and normalizing takes a while."""

_ALL = 1 << 63
"""A number that no message has: the client has received the whole conversation."""

_Dialog = TypeVar("_Dialog")


class Marks:
    """The numbers of a `Since`, by the keys of names.

    A line can hold thousands of names, and a user may be in a hundred rooms. So each name is normalized once
    for all rooms, and not at all where the client spells a room as the server does.
    """

    __slots__ = ("_rooms", "_since", "_users")

    def __init__(self, since: Since) -> None:
        self._since = since
        self._rooms: dict[str, int] | None = None
        self._users: dict[str, int] | None = None

    def of_room(self, name: str, key: str) -> int | None:
        """Return the number that the client gives for a room, in any spelling; None if it gives none.

        `name` is the name as the server shows it, `key` the one that names are compared by.
        """
        seq = self._since.rooms.get(name)
        if seq is not None:
            return seq
        if self._rooms is None:
            spelled = reversed(self._since.rooms.items())  # of two spellings of one name, the first counts
            self._rooms = {names.key(name): seq for name, seq in spelled if _is_short(name)}
        return self._rooms.get(key)

    def of_users(self) -> Mapping[str, int]:
        """Return the numbers of private conversations, by the keys of the other users' names."""
        if self._users is None:
            spelled = self._since.seqs.items()
            self._users = {names.user_key(name): seq for name, seq in spelled if _is_short(name)}
        return self._users

    def names_user(self, name: str) -> bool:
        """Return whether the client names the conversation with a user, in any spelling of the name."""
        return name in self._since.seqs or names.user_key(name) in self.of_users()


def heard_up_to(
    since: Since, dialogs: Sequence[tuple[str, int, _Dialog]], former: Mapping[_Dialog, Sequence[str]]
) -> list[tuple[_Dialog, int]]:
    """Return each private conversation of a user with the number after which the client missed messages.

    `dialogs` are all of them, oldest first: the key of the other user's name, the last number, and what to
    return for the conversation. Several persons may have had the same name, one after the other. The number
    that the client gives for the name belongs to the last of them whose conversation is long enough: the
    client has received everything from the persons before, and nothing from the persons after.

    `former` has the keys of the names that other users had before. A client that was not told of the new name
    gives the number of such a conversation under a former one, if no later person has that name.
    """
    if not dialogs:
        return []
    seqs = dict(Marks(since).of_users())
    after: list[tuple[_Dialog, int]] = []
    for present, last_seq, dialog in reversed(dialogs):
        key = present
        if present not in seqs:
            named = (one for one in reversed(former.get(dialog, ())) if 0 < seqs.get(one, 0) <= last_seq)
            key = next(named, present)
        seq = seqs.get(key, since.seq)
        if key in seqs and 0 < seq <= last_seq:
            seqs[key] = _ALL
        elif key in seqs and seq != _ALL:
            seq = 0
        after.append((dialog, seq))
    return after[::-1]


def _is_short(name: str) -> bool:
    return len(name) <= _LONGEST_LOOKED_AT
