"""Acts: what an entry changes besides the log, stored in the same transaction.

What moderators decide is a set of rows (`Change`). The journal stores each row, the chat applies it when its
entry is delivered, and a server that starts applies all stored rows again. So a decision is the same on disk
and in memory, and no client is told of a decision that is not stored.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from classchat.core.shared_files import SharedFile
from classchat.rosters.students import Student

ADMIN = "classchat admin"
"""The person who runs the server, in the audit log; because of the space it can't be a user's name."""

MOST_TOKENS = 32
"""Tokens of one account that are valid, one for each device. A further one replaces the oldest."""

What = Literal[
    "topic",
    "topic_by",
    "private",
    "announce",
    "questions",
    "exam",
    "slow",
    "closed",
    "moderator",
    "assistant",
    "invited",
    "member",
    "muted",
    "banned",
]
"""The kinds of rows."""


class Change(Struct, frozen=True):
    """A row that a moderator has added or removed."""

    room: str
    """The key of the room."""

    subject: str
    """The user that the row is about, see `core.accounts.subject_of`; `""` for the room itself."""

    what: What
    value: str | None
    """The row's value; None where the row is removed. For `muted` and `banned`: see `core.restriction`.
    For `topic_by`: when that was, in milliseconds, and the user: `1763892000123 Alice`.
    """

    person: int | None = None
    """The owner of the account that the row is about: it is written only while they own that name."""


class PersonRecord(Struct, frozen=True):
    """A person whom the journal must know, because a row or an account refers to them."""

    number: int
    name: str
    key: str
    token: bytes
    """The digest of the token that the person has as a guest."""


class Secured(Struct, frozen=True):
    """A name has an owner and a password.

    As an act it fails where the name has an owner already, or where the password was changed meanwhile.
    """

    key: str
    name: str
    person: int
    password: str
    """The hash of the password, in the form that names its own parameters: `$argon2id$...`."""

    replaces: str | None = None
    """The hash of the password before; None where the name is claimed."""

    code: bytes | None = None
    """The digest of the join code that a claim uses up; it fails where that is not valid, or where the name
    is proposed to another student.
    """


class NameTaken(Struct, frozen=True):
    """A guest has taken another name: it fails where that is claimed.

    What was decided about the guest as a person gets the new name. Mutes and bans of the old name hold for
    the person as well, see `core.persons.Person.restrictions`.
    """

    person: int
    name: str
    key: str
    old_key: str


class Issued(Struct, frozen=True):
    """A person got a further token: each of their devices has one."""

    person: int
    token: bytes
    """The digest of the token."""

    password: str | None = None
    """The hash that the password was compared with: the act fails where it has changed."""


class Revoked(Struct, frozen=True):
    """All tokens of a person became invalid, except one."""

    person: int
    but: bytes


class Audited(Struct, frozen=True):
    """A line of the operator's audit log: who did what. Never the text of a message, or a password."""

    actor: str
    action: str
    room: str = ""
    target: str = ""
    detail: str = ""


class Deletion(Struct, frozen=True):
    """The text of a message is deleted; a tombstone keeps its number.

    As an act it fails where there is no such message, or not any more, or where it was deleted before.
    """

    conversation: str
    """The key of the room or private conversation."""

    seq: int
    by: str
    """The user who deletes it."""

    author: int | None
    """The person who must have sent it; None if anybody may have."""


class Enrolling(Struct, frozen=True):
    """A student gets a join code, and is added to the roster if they are not on it.

    As an act it fails where the user name is not free, or the student has an account or has left.
    """

    student: Student
    user: str
    """The user name that is proposed."""

    code: bytes
    """The digest of the code."""

    number: int | None = None
    """The number on the roster; None for a student who is added."""


class Empowered(Struct, frozen=True):
    """The acting user is an operator: the act fails where another program has changed that meanwhile."""

    person: int


class RowChange(Struct, frozen=True):
    """A row of the class layer has changed, see `core.features.rows`.

    As an act it fails where the row is not what it `replaces`; where that is its `value`, nothing is written.
    """

    room: str
    """The key of the room; `""` for what belongs to none."""

    session: int
    """The session that the row belongs to; 0 for one that outlives sessions."""

    kind: str
    key: str
    value: str | None
    """The row as JSON; None where it is deleted."""

    replaces: str | None
    """The row before; None where there was none."""

    anyway: bool = False
    """Whether it is written whatever the row was."""

    secret: bool = False
    """Whether it lies in the table that search, history and export do not read."""

    unordered: bool = False
    """Whether its place in the file must not show when it was written."""


class FileOffered(Struct, frozen=True):
    """A user is about to upload a file.

    As an act it fails where the user, or the server, would have more than the `most` bytes of all files.
    """

    file: SharedFile
    person: int
    conversation: str
    """The key of the room, or of the private conversation."""

    most_of_person: int
    most: int
    most_unfinished: int
    """Uploads of one user that are not finished."""


class FileWithdrawn(Struct, frozen=True):
    """A user does not go on with an upload.

    As an act it fails where there is none, or its message is stored.
    """

    number: int
    """The number of the file."""


class SessionOver(Struct, frozen=True):
    """A session of a room has ended: its secrets are deleted, its other rows stay for exports."""

    room: str
    session: int


class Happened(Struct, frozen=True):
    """A line of what happens in a room besides messages, for the transcript of a session."""

    room: str
    what: str
    """The kind of what was told."""

    to: str
    """To whom: `room`, `staff` or `person`."""

    person: int | None = None
    """The person, where it was told to one."""

    detail: str = ""
    """What was told, as JSON."""

    minute: bool = False
    """Whether only the minute is stored: nobody is to be found by the moment."""


class Location(Struct, frozen=True):
    """How many clients a user has on the node that writes this, so that a node that starts knows it."""

    person: int
    visit: int
    """The number of this stay of a guest, who may come back as the same person; 0 for an account's owner."""

    name: str
    key: str
    token: bytes
    """The digest of a guest's token."""

    clients: int
    """With 0 the user has none here any more."""

    account: bool
    away: str | None = None
    """The away message of this node's clients, if all of them are away."""

    stated: str | None = None
    """The message of an `away` that holds for all clients of the user, on all nodes."""

    screen: bool = False
    former: tuple[str, ...] = ()
    """The keys of the guest's former names."""

    empowered_by: int | None = None
    """The operator as whom a guest acts."""

    restrictions: tuple[tuple[str, What, str], ...] = ()
    """The mutes and bans that the guest has kept under former names: room, what, and key of the name."""


class Seat(Struct, frozen=True):
    """A guest is a member of a room, or is no longer one."""

    person: int
    visit: int
    room: str
    """The key of the room."""

    taken: bool


class Gone(Struct, frozen=True):
    """A user is on no node any more, and in no room: as an act it removes what was written of this stay."""

    person: int
    visit: int


class NodeRemoved(Struct, frozen=True):
    """A node is lost: as an act it fails where the node has renewed its lease, or was removed before."""

    node: str


OfNodes = Location | Seat | Gone | NodeRemoved
"""What a node writes for the others."""


class HookAdded(Struct, frozen=True):
    """A room has a new webhook."""

    room: str
    """The key of the room."""

    name: str
    """The name of its author, see `core.hooks`."""

    token: bytes | None = None
    """The digest of what programs post with; None where it calls them."""

    url: str = ""
    word: str = ""
    secret: str = ""


class HookRemoved(Struct, frozen=True):
    """A webhook is removed. It fails where there is none with this number."""

    number: int


Act = (
    OfNodes
    | Deletion
    | HookAdded
    | HookRemoved
    | Enrolling
    | RowChange
    | FileOffered
    | FileWithdrawn
    | SessionOver
    | Happened
    | Change
    | PersonRecord
    | Secured
    | NameTaken
    | Issued
    | Revoked
    | Audited
    | Empowered
)
