"""Tells other nodes which users are on this one. Where there is one node, all of it does nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec.structs import replace

from classchat.core.acts import Gone, Location, NodeRemoved
from classchat.core.entries import Located, NodeLost, SignedOut
from classchat.core.journal_port import Journal
from classchat.core.model import User
from classchat.core.persons import Person
from classchat.core.ports import Clock
from classchat.names import SERVER

_AGAIN = 1.0
"""Seconds until what could not be stored is appended again: other nodes have to learn it."""


class Published:
    """Appends the entries that say who is here."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._owed: dict[object, Callable[[], None]] = {}
        self._server = User(SERVER, Person(SERVER, "", b"", 0))

    @property
    def several(self) -> bool:
        """Whether there may be other nodes."""
        return self._journal.several

    def new_visit(self) -> int:
        """Return the number of a new guest's stay, where other nodes have to tell stays apart; else 0."""
        return secrets.randbits(53) | 1 if self._journal.several else 0

    def arrive(self, user: User) -> Located:
        """Append the entry that signs a guest in, whose name is reserved until then."""
        here = here_of(user)
        entry = Located(user, None, None, acts=(here,), node=self._journal.node, here=here, arriving=True)
        self._journal.append(entry)
        return entry

    def present(self, user: User) -> None:
        """Say how many clients a user has here, and whether all of them are away."""
        if not self._journal.several:
            return
        here = here_of(user)
        unheard = None if user.account is None else user.account.unheard
        node = self._journal.node
        self._journal.append(Located(user, None, None, acts=(here,), node=node, here=here, unheard=unheard))

    def renaming(self, user: User, name: str, key: str) -> tuple[Location, ...]:
        """Return the acts by which nodes that start later know a guest under another name."""
        if not self._journal.several:
            return ()
        return (replace(here_of(user), name=name, key=key, former=user.person.former_as(key)),)

    def departed(self, user: User, *, taken_over: bool = False, released: bool = False) -> None:
        """Say that a user is on no node any more, after the entries that tell the rooms."""
        if self._journal.several:
            gone = Gone(user.person.number, user.visit)
            self._journal.append(
                SignedOut(
                    user,
                    None,
                    None,
                    acts=(gone,),
                    node=self._journal.node,
                    visit=user.visit,
                    taken_over=taken_over,
                    released=released,
                )
            )

    def lost(self, node: str) -> None:
        """Say that a node has died."""
        self._journal.append(NodeLost(self._server, None, None, acts=(NodeRemoved(node),), node=node))

    def owe(self, key: object, append: Callable[[], None]) -> None:
        """Append something later again, because it could not be stored; only the latest under one key."""
        if not self._owed:
            self._clock.callLater(_AGAIN, self._pay)
        self._owed.pop(key, None)
        self._owed[key] = append

    def _pay(self) -> None:
        owed, self._owed = self._owed, {}
        for append in owed.values():
            append()


def here_of(user: User) -> Location:
    """Return what a user has on this node."""
    person = user.person
    return Location(
        person.number,
        user.visit,
        user.name,
        person.key,
        person.token,
        len(user.peers) + len(user.catching_up),
        account=user.account is not None,
        away=user.away_here,
        stated=user.stated,
        screen=user.screen,
        former=person.former,
        empowered_by=None if user.empowered_by is None else user.empowered_by.number,
        restrictions=tuple(
            (room, what, key) for (room, what), keys in person.restrictions.items() for key in sorted(keys)
        ),
    )
