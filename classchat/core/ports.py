"""What the chat asks of the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from classchat.core.acts import Change, Secured
from classchat.errors import ChatError
from classchat.messages import Event, Probe

if TYPE_CHECKING:
    from classchat.core.entries import Entry
    from classchat.core.notices import Notice
    from classchat.core.persons import Dialog, Person
    from classchat.core.recall import Found, Kept, Missed
    from classchat.core.rooms import Room
    from classchat.messages import Since


class Encode(Protocol):
    """Turns events into the bytes that clients read."""

    def __call__(self, *events: Event | Probe) -> bytes:
        """Return the bytes of all these, one after the other."""


Deliver = Callable[[Sequence["Entry"]], None]
"""Is handed each batch that a journal committed, in order."""

TakeBack = Callable[[Sequence["Entry"], ChatError], None]
"""Is handed each batch that a journal could not keep, and why, instead."""

Observe = Callable[[Sequence["Notice"]], None]
"""Is told what happened, for the operator to read. What people say is not among it."""


class Peer(Protocol):
    """What a session's events are delivered to: one client, who may not be reading.

    None of these raises, or calls back into the chat's delivery before it returns; all are harmless once the
    client is gone.
    """

    def write(self, lines: bytes, /) -> None:
        """Let the client read these whole lines, after all that were written before."""

    def close(self) -> None:
        """Hang up, once the client has had a while to read what was written."""

    def drained(self) -> Awaitable[None]:
        """Return what is done when the client has read so much that more may be written for it to wait."""

    def took_all(self) -> bool:
        """Return whether the client's machine has all that was written, as far as can be known."""

    def rested(self, seconds: float, /) -> Awaitable[bool]:
        """Return what is done so much later, or at once when the client is gone: whether it is still there.

        One at a time may wait for it.
        """


class Passwords(Protocol):
    """Hashes passwords, slowly, and not in the way of anybody."""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            UnusablePassword: it can't be one.
            Busy: too many others wait for the same.
        """

    async def verify(self, hash: str | None, password: str) -> bool:
        """Tell whether a password is the one that was hashed; with None it takes as long, and is not.

        Raises:
            Busy: too many others wait for the same.
        """

    def stop(self) -> None:
        """End. Harmless twice."""


class CannotOpen(Exception):
    """A journal can't be opened, and its text is the sentence that says why."""


class Asker(Struct, frozen=True, eq=False):
    """Who waits for something that takes a while."""

    user: object
    """Whose share of the time it takes."""

    waits: Callable[[], bool]
    """Returns whether anybody still waits for it: a client that is gone does not."""


class Account(Struct, frozen=True):
    """A name that is somebody's, as the journal has it."""

    key: str
    name: str
    person: int
    ended: int | None
    """When his last connection ended, in milliseconds; None while he is here."""

    operator: bool = False
    """Whether they were made an operator of the server."""

    unheard: int | None = None
    """Since when they may not have heard what was said, in milliseconds; None where that is `ended`."""


class Owned(Struct, frozen=True):
    """Whose a name is, after another program has changed something about it."""

    key: str
    account: Account | None
    """None where it is nobody's."""


Changed = Callable[[Sequence[Owned]], None]
"""Is handed what another program has changed, before any batch that was committed after that."""


def nothing_changes(owned: Sequence[Owned]) -> None:
    """Take no notice of other programs."""


class Restored(Struct, frozen=True):
    """What was there before."""

    rooms: Sequence[tuple[str, int]] = ()
    """By name, each with its last message's number."""

    changes: Sequence[Change] = ()
    """The rows of order."""

    accounts: Sequence[Account] = ()


class Call(Protocol):
    """What will be done later, unless it is cancelled: as Twisted's IDelayedCall."""

    def cancel(self) -> None:
        """Don't do it. An error if it was done, or cancelled before."""


class Calendar(Protocol):
    """The time of day, for what has a date. It can be set forward and back while we look."""

    def seconds(self) -> float:
        """Return the time of day, in seconds since 1970."""


class Clock(Protocol):
    """What durations are measured by, as Twisted's IReactorTime."""

    def seconds(self) -> float:
        """Return the seconds since some moment in the past. Nobody can set this clock."""

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: object) -> Call:
        """Call something in so many seconds."""


class Journal(Protocol):
    """Keeps the logs of all rooms and private conversations, and says when an entry is there for good.

    The chat appends, the journal numbers and commits in batches, and hands each committed batch to
    `Deliver`, entries in the order in which they were appended. How long that takes is the journal's
    affair: nobody hears of an entry, and no membership changes, before it was delivered. (The name of a
    new room is taken at once, else two could make it.)

    A message with an `id` that a user of the same name gave another one within a day, and within his last
    100 000 messages, is a repetition: it gets that one's time and number (`Entry.repeat`), and no line in the
    log.

    All that reads sees what was committed, raises `HistoryUnavailable` where it can't be read, and never
    holds up what is appended.
    """

    epoch: str
    """The random name that the journal got when it was new: numbers mean something only together with it.

    It has one as soon as it is open.
    """

    shared: bool
    """Whether other programs can change whose names are claimed, beside a running server."""

    full: bool
    """Whether so much waits to be committed that who says more had better wait until it is settled."""

    @property
    def stale(self) -> bool:
        """Whether another program may have changed whose names are claimed, which has to be looked at."""

    def open(self, deliver: Deliver, take_back: TakeBack, changed: Changed = nothing_changes) -> Restored:
        """Begin; hand every batch to `deliver`, or to `take_back`. Return what was there before.

        What other programs change is handed to `changed`.

        Raises:
            CannotOpen: what is there can't be gone on with.
        """

    async def close(self) -> None:
        """End, once all that was appended is committed and delivered. Nothing is appended after that."""

    def append(self, entry: Entry) -> None:
        """Take an entry, to be committed with the next batch. Returns at once."""

    def settled(self) -> Awaitable[None]:
        """Return what is done when all that was appended so far is committed and delivered."""

    def look_again(self) -> Awaitable[None]:
        """Return what is done when all that other programs have changed so far is taken over.

        Where it can't be read, what was known holds.
        """

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return the person who has just been given this token."""

    async def recognize(self, name: str, token: str) -> Person | None:
        """Return the person who was given this token under this name, if he left not more than a day ago."""

    def part(self, person: Person, unheard: float | None = None) -> None:
        """Record that a person's last connection has ended.

        `unheard`, of somebody who has an account, is since when they may not have heard what was said.
        """

    # Accounts.

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that the owner of an account is here, and since when they have yet to hear what was said."""

    async def secured(self, key: str) -> Secured | None:
        """Return whose a name is, by its key, and the hash of his password, if it is claimed.

        Each time it is asked for as it is now: another program may have changed it.

        Raises:
            HistoryUnavailable: it can't be read.
        """

    async def issued(self, person: Person, token: str) -> int | None:
        """Return when a token was issued to somebody who has an account, in milliseconds, if it counts."""

    async def missed_since(self, person: Person, time: int) -> Missed:
        """Return what a person was told in private since a time, in milliseconds."""

    # Reading.

    async def oldest(self, conversation: Room | Dialog) -> int:
        """Return the number of the oldest message that is still kept, or would be."""

    async def first_since(self, conversation: Room | Dialog, time: int) -> int:
        """Return the number of the oldest message kept that is not older than a time, or the next one's.

        `time` is in milliseconds since 1970.
        """

    async def read(self, conversation: Room | Dialog, after: int, until: int) -> Sequence[Kept]:
        """Return what is kept with numbers above one, up to another, oldest first.

        Where that is much it is only the beginning; it is empty only where nothing is kept of that.
        """

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return number and time of the message to which somebody gave this `id`, by his name's key.

        None if nobody of that name did, or too long ago.
        """

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with anybody of that name, if there is one."""

    async def missed(self, person: Person, since: Since) -> Missed:
        """Return what a person was told in private after what he has."""

    async def search(
        self,
        words: Sequence[str],
        rooms: Sequence[Room],
        private: Person | Dialog | None,
        limit: int,
        before: int | None,
        *,
        sender: str | None = None,
        asker: Asker | None = None,
    ) -> Found:
        """Return messages in which all the words occur, newest first.

        What takes more than a second or two is not gone through to the end: then there may be less than
        `limit`, even nothing, and `before` to go on.

        They are looked for in some rooms, and in all private conversations of a person, in one, or in none;
        with a `sender`, the key of a user's name, only among what was said under that name.

        Raises:
            TooMany: too many search, or this `asker` does on too many devices.
        """
