"""The interface to the journal, which stores the logs of all rooms and private conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from classchat.core.acts import Act, Secured
from classchat.core.entries import Entry, Noted
from classchat.core.hooks import Hook
from classchat.core.measures import Histogram
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog, Person
from classchat.core.shared_files import FileSpace, StoredFile
from classchat.core.stored import (
    Authorship,
    Latest,
    MissedMessages,
    Ownership,
    Restored,
    SearchResults,
    StoredDeletion,
    StoredMessage,
)
from classchat.errors import ChatError, NotSaved
from classchat.messages import Since
from classchat.rosters.students import Enrolled

Deliver = Callable[[Sequence[Entry]], None]
"""Gets each batch that a journal has committed, in order."""

TakeBack = Callable[[Sequence[Entry], ChatError], None]
"""Gets each batch that a journal could not store, with the reason, instead."""

Changed = Callable[[Sequence[Ownership]], None]
"""Gets what another program has changed, before any batch that was committed after that."""


class Others(Protocol):
    """What the chat does with the entries of other nodes. All of it is called in the reactor's thread."""

    def follow(self, batches: Sequence[bytes]) -> None:
        """Deliver batches of other nodes, in the order of the log, see `core/node_lines.py`."""

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return which entries of an own batch do not hold after all that was followed, and why.

        They are named by their positions in the batch. The journal does not write them, and hands them to
        `TakeBack` with the error.
        """

    def died(self, nodes: Sequence[str]) -> None:
        """Take note of nodes that have not renewed their lease: called until they are removed."""

    def expelled(self) -> None:
        """Take note that other nodes have removed this one: nothing can be written any more."""

    def cut_off(self) -> None:
        """Take note that the database can't be reached for so long that others may have removed this node."""


class CannotOpen(Exception):
    """A journal can't be opened. The exception's text is the sentence that says why."""


Waits = Callable[[], bool]
"""Returns whether a client still waits for an answer: it is called in any thread."""


def somebody_waits() -> bool:
    """Return True, where no client can disconnect."""
    return True


class Searcher(Struct, frozen=True, eq=False):
    """The user behind a search, which may take a while."""

    user: object
    """The user whose share of the time the search takes."""

    waits: Waits
    """Returns whether the client still waits for the answer: False after it has disconnected."""


def nothing_changes(ownerships: Sequence[Ownership]) -> None:
    """Ignore other programs."""


class Journal(Protocol):
    """Stores the logs of all rooms and private conversations, and says when an entry is stored for good.

    The chat appends; the journal numbers and commits in batches, and hands each committed batch to
    `Deliver`, entries in the order in which they were appended. How long that takes is the journal's
    affair: no client is told of an entry, and no membership changes, before it was delivered. (The name of a
    new room is taken at once, else two users could create it.)

    A message with an `id` that a user of the same name gave to another message within a day, and within the
    last 100 000 messages of that user, is a repetition: it gets the time and number of the first one
    (`Entry.repeat`), and no line in the log. So is one that a guest sent before they took that name.

    All that reads sees what was committed, raises `HistoryUnavailable` where it can't be read, and never
    delays what is appended.
    """

    epoch: str
    """The random name that the journal got when it was new: numbers mean something only together with it.

    It is set as soon as the journal is open.
    """

    shared: bool
    """Whether other programs can change accounts, while a server runs."""

    several: bool
    """Whether other nodes may use the journal at the same time: then users arrive and leave by entries."""

    node: str
    """The name of this node among several, set as soon as the journal is open; else `""`."""

    neighbours: Sequence[str]
    """The hosts of the other nodes that were using the journal when it was opened."""

    full: bool
    """Whether so much waits to be committed that a user who sends more should wait until it is settled."""

    commits: Histogram
    """How many seconds each commit has taken, as the thread that writes has seen it; empty without one."""

    @property
    def waiting(self) -> int:
        """How many entries are appended, and neither delivered nor taken back yet."""

    @property
    def writable(self) -> bool:
        """Whether the last attempt to write has worked."""

    async def try_to_write(self) -> bool:
        """Return whether something could be written, which changes nothing; it takes as long as a message.

        All who wait at the same time are answered by one attempt. May be cancelled.
        """

    @property
    def stale(self) -> bool:
        """Whether another program may have changed accounts, so that `look_again` is needed."""

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Start handing every batch to `deliver`, or to `take_back`; return what was stored before.

        Changes by other programs are passed to `changed`, and those by other nodes to `others`.

        Raises:
            CannotOpen: the journal can't be continued.
        """

    async def close(self) -> None:
        """End, after all that was appended is committed and delivered. Nothing may be appended after that."""

    def append(self, entry: Entry) -> None:
        """Take an entry, to be committed with the next batch. Returns at once."""

    def settled(self) -> Awaitable[None]:
        """Return an awaitable that is done when all that was appended so far is committed and delivered."""

    def look_again(self) -> Awaitable[None]:
        """Return an awaitable that is done when all that other programs have changed so far was handed over.

        Where it can't be read, nothing changes.
        """

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return a new person, who has just been given this token."""

    async def recognize(self, name: str, token: str, waits: Waits = somebody_waits) -> Person | None:
        """Return the person who got this token under this name, unless they left more than a day ago.

        The person may have another name by now.

        Raises:
            HistoryUnavailable: it can't be read, or nobody waits for it any more.
        """

    def part(self, person: Person, unheard: float | None = None) -> None:
        """Record that a person's last connection has ended.

        `unheard`, for the owner of an account, is the time since which they may have missed messages.
        """

    # Accounts.

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that the owner of an account is connected, and since when they may have missed messages."""

    async def secured(self, key: str, waits: Waits = somebody_waits) -> Secured | None:
        """Return the owner of a name, by its key, with the hash of the password; None if it is not claimed.

        The answer is always read again: another program may have changed it.

        Raises:
            HistoryUnavailable: it can't be read, or nobody waits for it any more.
        """

    async def issued(self, person: Person, token: str, waits: Waits = somebody_waits) -> int | None:
        """Return when a token was issued to an account's owner, in milliseconds; None if it is not valid.

        Raises:
            HistoryUnavailable: it can't be read, or nobody waits for it any more.
        """

    async def invited(self, code: bytes) -> Enrolled | None:
        """Return the student whose join code has this digest, if it is valid now.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    async def roster(self) -> Sequence[Enrolled]:
        """Return the students on the roster who have not left, by name.

        The answer is always read again: another program may have changed it.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    # Webhooks.

    async def hook(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest; None if there is none.

        The answer is always read again: another program may have changed it.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    async def hooks(self) -> Sequence[Hook]:
        """Return all webhooks, the oldest first. The answer is always read again.

        Raises:
            HistoryUnavailable: they can't be read.
        """

    async def missed_since(self, person: Person, time: int, waits: Waits = somebody_waits) -> MissedMessages:
        """Return the private messages that a person received since a time, in milliseconds."""

    # Files.

    async def file(self, number: int) -> StoredFile | None:
        """Return a file that is shared, or is being uploaded; None if there is none of this number.

        A file ends with its message.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    async def space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    # Reading.

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest message that is still stored; of the next one if there is none."""

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest stored message that is not older than a time, or the next one's.

        `time` is in milliseconds since 1970.
        """

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return the stored messages with numbers above one, up to another, oldest first.

        Where there are many it is only the beginning; it is empty only where none of them is stored.
        """

    async def authorship(self, conversation: Conversation, seq: int) -> Authorship | None:
        """Return who has sent the message with a number, and when; None if it is not stored."""

    async def deletions(self, conversation: Conversation, seq: int) -> Sequence[StoredDeletion]:
        """Return the messages up to a number that were deleted after the one with that number was sent.

        They are the latest ones, oldest first, of which a client may not have been told that has read so far.
        """

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return number and time of the message that a user sent with this `id`, by the key of the name.

        None if no user of that name did, or too long ago.
        """

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's latest private conversation with a user of that name, if there is one.

        If there is none, the latest with a user who had that name then, and has another one now.
        """

    async def latest(
        self, person: Person, rooms: Sequence[Room], after: int, before: int, limit: int, *, newest: bool
    ) -> Sequence[Latest]:
        """Return the latest messages of some rooms, and of a person's private conversations.

        They are between two times, in milliseconds, at most `limit`: the `newest` of them, newest first, or
        the oldest, oldest first. Of several private conversations with users of one name only one counts, the
        one with the newest message; of very many conversations only those that have begun last.
        """

    async def missed(self, person: Person, since: Since, waits: Waits = somebody_waits) -> MissedMessages:
        """Return the private messages that a person received after those that their client has."""

    async def search(
        self,
        words: Sequence[str],
        rooms: Sequence[Room],
        private: Person | Dialog | None,
        limit: int,
        before: int | None,
        *,
        sender: str | None = None,
        asker: Searcher | None = None,
    ) -> SearchResults:
        """Return messages in which all the words occur, newest first.

        A search that takes more than a second or two stops early: then there may be less than
        `limit`, even nothing, and `before` to continue with.

        The search covers some rooms, and all private conversations of a person, one of them, or none;
        with a `sender`, the key of a user's name, it covers only messages of users with that name.

        Raises:
            TooMany: too many searches wait, or this `asker` searches on too many devices.
        """


async def store_acts(journal: Journal, user: User, *acts: Act) -> bool:
    """Store acts in one transaction; return whether all of them succeeded, when that is certain.

    Raises:
        NotSaved: they can't be stored.
    """
    entry = Noted(user, None, None, acts)
    journal.append(entry)
    await journal.settled()
    if entry.lost:
        raise NotSaved
    return not entry.refused
