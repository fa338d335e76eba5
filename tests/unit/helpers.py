"""The vocabulary of the chat's tests: a house, its clients, and what they say and hear.

There is no network here. `House.turn` stands for a turn of the reactor: all entries since the last turn are
committed and delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from classchat import names
from classchat.core.acts import Act, Change, Secured
from classchat.core.chat import Chat
from classchat.core.entries import Entry
from classchat.core.events import Event as CoreEvent
from classchat.core.journal_port import Changed, Deliver, Others, TakeBack, nothing_changes
from classchat.core.model import User
from classchat.core.notices import Notice
from classchat.core.persons import Person, digest
from classchat.core.ports import Calendar, Codec, Passwords, Peer
from classchat.core.session import Session
from classchat.core.shared_files import NOBODY
from classchat.core.stored import Ownership, Restored, StoredRow
from classchat.core.stored import StoredAccount as AccountRow
from classchat.errors import ChatError
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits
from classchat.messages import (
    Command,
    Create,
    Error,
    Event,
    Group,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ping,
    Private,
    Probe,
    Quit,
    Register,
    Say,
    Success,
    Tell,
)
from classchat.passwords import usable
from classchat.wire.json_codec import JSON
from classchat.wire.lines import decode_event

NOW = "2026-11-23T10:00:00.123Z"
EPOCH = "the-first"


def person(name: str) -> Person:
    """Return a new person with this name."""
    return Person(name, names.user_key(name), digest(name), 0)


def user(name: str) -> User:
    """Return a user who is not signed in."""
    return User(name, person(name))


class _Settling:
    """What a coroutine awaits until all entries of its time are committed."""

    def __init__(self, journal: HandJournal) -> None:
        self._journal = journal
        self._goal = journal.appended

    @property
    def done(self) -> bool:
        """Whether all of it is committed."""
        return self._journal.committed >= self._goal

    def __await__(self) -> Generator[None, None, None]:
        while not self.done:
            yield


class HandJournal(MemoryJournal):
    """A journal that commits when it is told to, as many entries as it is told."""

    def __init__(self, rooms: Sequence[tuple[str, int]] = (), class_rows: Sequence[StoredRow] = ()) -> None:
        self.clock = Clock()
        super().__init__(self.clock, lambda: NOW)
        self.epoch = EPOCH
        self.rooms = list(rooms)
        self.class_rows = list(class_rows)
        self.rows.update({row[:4]: row.value for row in class_rows})
        self.changes: list[Change] = []
        self.accounts: list[AccountRow] = []
        self.unseen: list[Ownership] = []
        self.pending: list[Entry] = []
        self.appended = 0
        self.committed = 0
        self._deliver: Deliver

    @property
    def rows(self) -> dict[tuple[str, int, str, str], str]:
        """The rows of the class layer: by room, session, kind and key."""
        return self._rows._rows

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Store the callbacks; return the kept state."""
        self._deliver = deliver
        self._changed = changed
        self._take_back = take_back
        return Restored(self.rooms, self.changes, self.accounts, {}, self.class_rows)

    def append(self, entry: Entry) -> None:
        """Queue an entry."""
        self.pending.append(entry)
        self.appended += 1

    def settled(self) -> _Settling:  # type: ignore[override]
        """Return a Deferred that fires when all entries so far are committed."""
        return _Settling(self)

    def keeps(self, *acts: Act) -> None:
        """Add state that another program wrote, or that was there before."""
        for act in acts:
            self._do(act)

    @property
    def stale(self) -> bool:  # type: ignore[override]
        """Whether another program has changed something that was not looked at."""
        return bool(self.unseen)

    def look_again(self) -> Deferred[None]:
        """Report the changes of another program."""
        unseen, self.unseen = self.unseen, []
        self._changed(unseen)
        return succeed(None)

    def is_claimed(self, name: str, person: int, password: str = "", *, operator: bool = False) -> None:
        """Claim a name with another program, or give or take its owner an operator's rights."""
        key = names.user_key(name)
        self._accounts._secured[key] = Secured(key, name, person, f"hash of {password}")
        self.unseen.append(Ownership(key, AccountRow(key, name, person, None, operator)))

    def is_released(self, name: str) -> None:
        """Release a name with another program."""
        key = names.user_key(name)
        self._accounts._tokens.pop(self._accounts._secured.pop(key).person, None)
        self.unseen.append(Ownership(key, None))

    def commit(self, count: int | None = None) -> None:
        """Commit the first entries as one batch."""
        if self.unseen:
            self.look_again()
        batch = self.pending[:count]
        del self.pending[: len(batch)]
        self._keep(batch)
        self._deliver(batch)
        self._keep_names()
        self.committed += len(batch)

    def fail(self, reason: ChatError) -> None:
        """Lose all queued entries."""
        batch, self.pending = self.pending, []
        self._take_back(batch, reason)
        self.committed += len(batch)


class RecordingPeer(Peer):
    """A client that records what is written to it, one item for each write."""

    reader = NOBODY

    def __init__(self, codec: Codec = JSON) -> None:
        self.codec = codec
        self.writes: list[bytes] = []
        self.closed = False
        self.takes_all = True
        self.silence = 0.0
        self.reacts: Callable[[], None] | None = None
        self.reads: Deferred[None] | None = None
        self.rests: list[float] = []
        self.rests_at_once = False
        self.resting: Deferred[bool] = Deferred()

    def reads_as(self, person: int) -> None:
        """Record which person reads here."""
        self.reader = self.reader._replace(person=person)

    def encode(self, events: list[CoreEvent]) -> bytes:
        """Return the bytes that the codec makes of events."""
        return self.codec.encode(events)

    def tell(self, *events: CoreEvent) -> None:
        """Encode events, and record the result."""
        self.write(self.encode([*events]))

    def write(self, data: bytes) -> None:
        """Record the data; run the reaction once, if there is one."""
        self.writes.append(data)
        if self.reacts is not None:
            reacts, self.reacts = self.reacts, None
            reacts()

    def close(self, reason: ChatError | None = None) -> None:
        """Remember that the server hung up."""
        self.closed = True

    def drained(self) -> Deferred[None]:
        """Read at once, or when `reads` has fired."""
        return self.reads or succeed(None)

    def took_all(self) -> bool:
        """Return whether the client's machine has all that was written."""
        return self.takes_all

    def unreceived_for(self) -> float:
        """Return for how many seconds the client may have received nothing."""
        return self.silence

    def rested(self, seconds: float) -> Deferred[bool]:
        """Rest until the test says that it was enough, or in no time, and remember how long that is."""
        self.rests.append(seconds)
        self.resting = Deferred()
        if self.rests_at_once:
            self.resting.callback(not self.closed)
        return self.resting

    @property
    def rest(self) -> float:
        """How long it rests, or has rested last."""
        return self.rests[-1] if self.rests else 0.0

    @property
    def lines(self) -> list[bytes]:
        """All lines that were written."""
        return b"".join(self.writes).splitlines()


class PlainPasswords(Passwords):
    """Stores passwords as they are, without delay."""

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        return f"hash of {usable(password)}"

    async def verify(self, hash: str | None, password: str) -> bool:
        """Return whether a password matches a hash."""
        return hash == f"hash of {password}"

    def stop(self) -> None:
        """Nothing has begun."""


class Gate:
    """Something that a coroutine waits for until it is opened."""

    def __init__(self) -> None:
        self.is_open = False

    def __await__(self) -> Generator[None, None, None]:
        while not self.is_open:
            yield


class HeldPasswords(PlainPasswords):
    """Takes as long as it is told for the next password, and no time for all others."""

    def __init__(self) -> None:
        self._next: Gate | None = None
        self.verified = 0

    def holds_next(self) -> Gate:
        """Delay the next password until a gate is opened."""
        self._next = Gate()
        return self._next

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        await self._wait()
        return await super().hash(password)

    async def verify(self, hash: str | None, password: str) -> bool:
        """Return whether a password matches a hash, and count the call."""
        self.verified += 1
        await self._wait()
        return await super().verify(hash, password)

    async def _wait(self) -> None:
        gate, self._next = self._next, None
        if gate is not None:
            await gate


class Client:
    """One client of a house: its requests, and the events that it has heard."""

    def __init__(self, house: House, address: str) -> None:
        self.peer = RecordingPeer()
        self.session = Session(house.chat, self.peer, address)
        self._house = house

    # What it does.

    def send(self, command: Command) -> None:
        """Send a command; a command that waits continues after the house's next turn."""
        waiting = self.session.handle(command)
        if waiting is not None:
            self._house.run(waiting)

    def registers(self, name: str, id: str | None = None) -> None:
        """Sign in."""
        self.send(Register(sender=name, id=id))

    def creates(self, room: str, id: str | None = None) -> None:
        """Create a room."""
        self.send(Create(receiver=room, id=id))

    def joins(self, room: str, id: str | None = None) -> None:
        """Ask to be in a room."""
        self.send(Join(receiver=room, id=id))

    def leaves(self, room: str, id: str | None = None) -> None:
        """Leave a room."""
        self.send(Leave(receiver=room, id=id))

    def says(self, room: str, text: str, id: str | None = None) -> None:
        """Send a message to a room."""
        self.send(Say(receiver=room, text=text, id=id))

    def tells(self, user: str, text: str, id: str | None = None) -> None:
        """Send a private message."""
        self.send(Tell(receiver=user, text=text, id=id))

    def asks_for_rooms(self, id: str | None = None) -> None:
        """Ask for the list of rooms."""
        self.send(ListRooms(id=id))

    def asks_for_users(self, room: str = "", id: str | None = None) -> None:
        """Ask for the users of the server or of a room."""
        self.send(ListUsers(receiver=room, id=id))

    def pings(self, id: str | None = None) -> None:
        """Send a ping."""
        self.send(Ping(id=id))

    def quits(self, id: str | None = None) -> None:
        """Quit."""
        self.send(Quit(id=id))

    def vanishes(self) -> None:
        """Disconnect without notice, as if a cable was pulled."""
        self.session.close()

    def vanishes_on_next_write(self) -> None:
        """Disconnect during the next write."""
        self.peer.reacts = self.vanishes

    # What it has heard.

    def hears(self, *statuses: str) -> list[Event]:
        """Return all events since `forgets`, or those of some kinds."""
        kinds = {"success": Success, "error": Error, "group": Group, "private": Private}
        wanted = tuple(kinds[status] for status in statuses) or tuple(kinds.values())
        lines = map(decode_event, self.peer.lines)
        heard: list[Event] = [event for event in lines if not isinstance(event, Probe)]
        return [event for event in heard if isinstance(event, wanted)]

    def hears_texts(self, *statuses: str) -> list[str]:
        """Return the texts of the events it hears."""
        return [event.text for event in self.hears(*statuses)]

    def hears_codes(self) -> list[str | None]:
        """Return the codes of the errors that it hears."""
        return [event.code for event in self.hears("error")]  # type: ignore[union-attr]

    def answers(self, id: str) -> list[Event]:
        """Return the answers to one request."""
        return [event for event in self.hears("success", "error") if event.id == id]  # type: ignore[union-attr]

    def forgets(self) -> None:
        """Forget all events so far."""
        self.peer.writes.clear()


class House:
    """A chat whose journal commits at each `turn`."""

    def __init__(
        self,
        limits: Limits | None = None,
        rooms: Sequence[tuple[str, int]] = (),
        passwords: Passwords | None = None,
        calendar: Calendar | None = None,
        class_rows: Sequence[StoredRow] = (),
        start: float = 0.0,
        journal: HandJournal | None = None,
    ) -> None:
        self.journal = journal or HandJournal(rooms, class_rows)
        self.journal.clock.advance(start)
        self.notices: list[Notice] = []
        self.chat = Chat(
            self.journal,
            self.notices.extend,
            limits or Limits().without_guard(),
            self.journal.clock,
            passwords or PlainPasswords(),
            calendar or self.journal.clock,
        )
        self.chat.open()
        self.clients: list[Client] = []
        self._waiting: list[Coroutine[Any, Any, None]] = []

    def connects(self, address: str = "") -> Client:
        """Return a client that has not signed in."""
        client = Client(self, address)
        self.clients.append(client)
        return client

    def signs_in(self, *names: str) -> list[Client]:
        """Return signed-in clients with these names, without their welcomes."""
        clients = []
        for name in names:
            client = self.connects()
            client.registers(name)
            client.forgets()
            clients.append(client)
        return clients

    def room(self, name: str, *members: Client) -> None:
        """Create a room with these members, who then forget the events so far."""
        first, *others = members
        first.creates(name)
        for member in others:
            member.joins(name)
        self.turn()
        for client in self.clients:
            client.forgets()

    def claims(self, *clients: Client, operator: bool = False) -> None:
        """Register the names of these users; `operator` makes them operators named at the start."""
        for client in clients:
            user = client.session._user
            assert user is not None
            user.operator = operator
            self.chat.accounts.add(user.person, None, user)

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run until it is done, or waits for a turn."""
        try:
            coroutine.send(None)
        except StopIteration:
            return
        self._waiting.append(coroutine)

    def turn(self, count: int | None = None) -> None:
        """Commit and deliver all entries, or the first `count`; then continue the waiting requests."""
        self.journal.commit(count)
        self.run_waiting()

    def run_waiting(self) -> None:
        """Continue the waiting requests."""
        waiting, self._waiting = self._waiting, []
        for coroutine in waiting:
            self.run(coroutine)

    def settles(self) -> None:
        """Take turns until no entry is queued and no request waits."""
        for _ in range(1000):
            if not (self.journal.pending or self._waiting):
                return
            self.turn()
        raise AssertionError("it is never settled")

    # The state of the house.

    def users(self) -> list[str]:
        """Return the names of the signed-in users."""
        return sorted(user.name for user in self.chat.users)

    def members(self, room: str) -> list[str]:
        """Return the names of a room's members."""
        return sorted(user.name for user in self.chat.rooms.get(room).members)


def group(sender: str, room: str, text: str, seq: int | None = None) -> Group:
    """Return the event that a room's members hear; without a number, one from the server."""
    return Group(sender, room, text, seq=seq, time=None if seq is None else NOW)


def joined(user: str, room: str, event: str = "joined") -> Group:
    """Return what the members of a room hear when a user joins it, or is back."""
    return Group("SERVER", room, f"{user} has joined the chat room", event=event, user=user)


def left(user: str, room: str, event: str = "left") -> Group:
    """Return what the members of a room hear when a user leaves it, or is offline."""
    return Group("SERVER", room, f"{user} has left the chat room", event=event, user=user)


def private(sender: str, receiver: str, text: str, seq: int) -> Private:
    """Return the event of a private message."""
    return Private(sender, receiver, text, seq=seq, time=NOW)


def success(receiver: str, text: str, id: str | None = None, time: str | None = None) -> Success:
    """Return how a request is granted."""
    return Success("SERVER", receiver, text, id=id, time=time)


def entered(receiver: str, text: str, id: str | None = None, seq: int = 0) -> Success:
    """Return the answer to a join or create, with the number of the room's last message."""
    return Success("SERVER", receiver, text, id=id, epoch=EPOCH, seq=seq)


def sent(receiver: str, id: str, seq: int) -> Success:
    """Return how a message is accepted for good."""
    return Success("SERVER", receiver, "Message sent", id=id, seq=seq, time=NOW)


def error(receiver: str, code: str, text: str, id: str | None = None) -> Error:
    """Return how a request is refused."""
    return Error("SERVER", receiver, text, code=code, id=id)


def of_room(events: Sequence[Event], room: str) -> list[str]:
    """Return the texts heard in one room, in order."""
    return [event.text for event in events if isinstance(event, Group) and event.receiver == room]
