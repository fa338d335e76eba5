"""What every feature of the class layer is made of.

A feature decides: it looks at the rows and at what a user asks, and returns a `Ruling`, or raises a
`ChatError`. Nothing is changed by that. `rulings.py` carries rulings out: it appends an entry with the
changed rows, and when that is delivered, answers and tells what the ruling says. If another entry was faster,
the request is decided once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes

from classchat.class_commands import ClassCommand
from classchat.class_events import ClassAnswer, Role
from classchat.core.acts import Act, Audited
from classchat.core.directory import Directory
from classchat.core.features.rows import ClassRow, Draft
from classchat.core.model import Room, User
from classchat.core.telling import Telling
from classchat.errors import ChatError
from classchat.messages import Mute, Unmute

STAFF = frozenset[Role | None](("assistant", "moderator", "operator"))
"""The roles of those who teach."""


ClassRequest = ClassCommand | Mute | Unmute
"""A request of the class layer: of the commands of moderators, those about the author of a question."""


class Due(ClassRow, frozen=True):
    """Something is due later: the key is the feature's name, a colon, and what it is about."""

    kind = "due"
    lasting = True

    at: int
    """When, in milliseconds."""


@dataclass(slots=True)
class Ruling:
    """What is to happen, when it is stored."""

    answer: ClassAnswer | None = None
    told: list[Telling] = field(default_factory=list)
    refusal: ChatError | None = None
    """Why the request is refused, although something is stored; then there is no answer."""

    audited: Audited | None = None
    acts: Sequence[Act] = ()
    """Further acts than those of the draft."""

    hidden: bool = False
    """Whether no record of the user is written with it, because that would show who has made the request."""

    again: bool = False
    """Whether the request is decided once more when this is delivered, with all that is stored by then.

    There is no answer yet.
    """

    then: Callable[[], None] | None = None
    """What is done when it is delivered, besides telling; it must be harmless twice."""


@dataclass(frozen=True, slots=True)
class ClassAsked:
    """What a request is decided on."""

    user: User
    """The user who asks; `SERVER`'s where something is due."""

    room: Room
    role: Role | None
    """None for a user who is not in the room, and no moderator of it."""

    draft: Draft
    now: int
    """The time of day in milliseconds."""

    directory: Directory
    sections: Mapping[str, str] = field(default_factory=dict)
    """The sections of the roster, by subject, for what needs them."""

    address: str = ""
    """The address of the client that asks; "" where nobody asks."""

    random: Callable[[int], bytes] = token_bytes
    """Returns so many random bytes, for keys that are stored in secret rows."""

    @property
    def subject(self) -> str:
        """The user as rows name them: the number of the person, whose name may change."""
        return str(self.user.person.number)

    @property
    def staff(self) -> bool:
        """Whether the user teaches here."""
        return self.role in STAFF

    def user_of(self, subject: str) -> User | None:
        """Return the user of a subject who is known: signed in, or the owner of an account."""
        return find_subject(self.directory, subject)

    def name_of(self, subject: str, name: str) -> str:
        """Return the present name of a person, whose row has a name that may be a former one."""
        user = self.user_of(subject)
        return name if user is None else user.name

    def is_here(self, subject: str) -> bool:
        """Return whether a person is connected, and in the room."""
        user = self.user_of(subject)
        return user is not None and user.connected and self.room in user.rooms


def find_subject(directory: Directory, subject: str) -> User | None:
    """Return the user of a subject: a guest who is signed in, or the owner of an account."""
    user = directory.users.by_person(int(subject))
    if user is not None:
        return user
    account = directory.accounts.by_person(int(subject))
    return None if account is None else account.user


def later(draft: Draft, feature: str, about: str, at: int) -> None:
    """Make something due at a time, in milliseconds."""
    draft.put(f"{feature}:{about}", Due(at))


def no_longer(draft: Draft, feature: str, about: str) -> None:
    """Cancel what is due at a time."""
    draft.drop(Due, f"{feature}:{about}")
