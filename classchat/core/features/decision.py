"""A decision on a moderator's request: the rows that it changes, and the event that the room is told.

Nothing is changed by making it: `OrderRequests` carries it out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from classchat.core.accounts import subject_of
from classchat.core.acts import Act, Empowered, PersonRecord
from classchat.core.model import Room, User
from classchat.core.room_events import OrderEvent
from classchat.errors import TooLong
from classchat.limits import Limits
from classchat.names import SERVER
from classchat.texts import harmless


class Asked(NamedTuple):
    """The user who makes a request, and the room that it is about."""

    user: User
    room: Room


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of a request about order: what is to happen."""

    changes: Sequence[Act]
    event: OrderEvent
    """The event that the room is told."""

    about: str = ""
    """The name of the user whom it is about, for the audit log."""

    detail: str = ""
    """Further text for the audit log."""

    known: User | None = None
    """The user who has to be known to the journal, because rows are about them."""

    out: Collection[User] = ()
    """The users who are removed from the room, as far as they are in it."""

    invited: User | None = None
    """The user who is told of an invitation."""


def shown_line(text: str, what: str, longest: int) -> str:
    """Return a text in one line, as it is shown; the error calls it `what`.

    Raises:
        TooLong: it has more than `longest` characters.
    """
    line = harmless(" ".join(text.split()))
    if len(line) > longest:
        raise TooLong(what, longest, "characters")
    return line


def empowered(user: User, limits: Limits, room: Room | None = None) -> tuple[Act, ...]:
    """Return an act that fails if the user needs an operator's rights and has lost them by then."""
    if user.name == SERVER:
        return ()  # who runs the server can't lose that right
    operator = user.empowered_by or user.person
    if not user.operator or operator.key in limits.operators:
        return ()
    if room is not None and subject_of(user) in room.order.moderators:
        return ()
    return (Empowered(operator.number),)


def known(user: User) -> tuple[Act, ...]:
    """Return the act that makes a guest known to the journal; owners of accounts are known already."""
    if user.account is not None:
        return ()
    person = user.person
    return (PersonRecord(person.number, person.name, person.key, person.token),)
