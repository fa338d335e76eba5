"""Several houses with one log: what a database does for several nodes, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from classchat.core.acts import Act, Change, Gone, Location, NameTaken, NodeRemoved, Seat
from classchat.core.entries import Created, Deleted, Entry, Noted, OfNodes, Ordered, Renamed, Ruled, Said
from classchat.core.journal_port import (
    Changed,
    Deliver,
    Others,
    TakeBack,
    Waits,
    nothing_changes,
    somebody_waits,
)
from classchat.core.model import Conversation, Room
from classchat.core.orders import GUEST
from classchat.core.persons import Person
from classchat.core.shared_entries import Numbered, encode
from classchat.core.stored import Restored, StoredAccount, StoredMessage, StoredPresence, StoredRow
from classchat.errors import ChatError
from classchat.limits import Limits
from classchat.messages import Claim, Register
from classchat.texts import milliseconds
from tests.unit.core.helpers import RIGHT
from tests.unit.helpers import Client, HandJournal, House

R = "CS350"


class _Row(NamedTuple):
    node: str
    data: bytes


class SharedLog:
    """What all nodes share: the batches in their order, and the tables."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.first: HandJournal | None = None
        self.presences: dict[tuple[str, int], Location] = {}
        self.seats: dict[tuple[int, str], Seat] = {}
        self.removed: set[str] = set()
        self.dying: set[str] = set()
        """The nodes whose lease has ended."""
        self.started = 0
        self.rooms: dict[str, int] = {}


class NodeJournal(HandJournal):
    """The journal of one node: it commits when it is told to, after it has followed the others."""

    several = True

    def __init__(self, log: SharedLog, node: str) -> None:
        super().__init__()
        self.node = node
        self._shared = log
        self._seen = 0
        self.is_cut_off = False
        if log.first is None:
            log.first = self
        else:
            other = log.first
            self._accounts, self._log, self._ids = other._accounts, other._log, other._ids
            self._rows, self._persons, self.changes = other._rows, other._persons, other.changes

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Return what is stored, and follow from there."""
        super().open(deliver, take_back, changed)
        assert others is not None
        self._others = others
        self._seen = len(self._shared.rows)
        presences = [StoredPresence(node, here) for (node, _), here in self._shared.presences.items()]
        accounts = [
            StoredAccount(one.key, one.name, one.person, 0, unheard=None)
            for one in self._accounts._secured.values()
        ]
        rows = [StoredRow(*place, value) for place, value in self.rows.items()]
        changes = [*self._orders.values()]
        return Restored(
            list(self._shared.rooms.items()),
            changes,
            accounts,
            {},
            rows,
            presences,
            list(self._shared.seats.values()),
        )

    async def recognize(self, name: str, token: str, waits: Waits = somebody_waits) -> Person | None:
        """Return the person with this token and name, as the database has them."""
        known = await super().recognize(name, token, waits)
        if known is None:
            return None
        person = Person(known.name, known.key, known.token, known.number, known.former)
        person.restrictions = known.restrictions
        return person

    def part(self, person: Person, unheard: float | None = None) -> None:
        """Record that a person has left: a database remembers all of them."""
        if not self._accounts.is_owner(person.number):
            self._persons._parted[person.token] = (person, self.clock.seconds())

    @property
    def _orders(self) -> dict[tuple[str, str, str], Change]:
        orders: dict[tuple[str, str, str], Change] = {}
        for change in self.changes:
            place = (change.room, change.subject, change.what)
            orders.pop(place, None)
            if change.value is not None:
                orders[place] = replace(change, person=None)  # the table of orders has no such column
        return orders

    def look_again(self) -> Deferred[None]:
        """Follow the others, and report the changes of another program."""
        self.follow()
        return super().look_again()

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest kept message, or of the next one if none is kept."""
        return await super().oldest(self._as_kept(conversation))

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return kept messages with numbers above `after` and up to `until`, of whatever node."""
        return await super().read(self._as_kept(conversation), after, until)

    def _as_kept(self, conversation: Conversation) -> Conversation:
        """Return a conversation as that node knows it whose clients have said something there."""
        kept = (one.conversation for one in self._log._kept if one.conversation.key == conversation.key)
        return next(kept, conversation)

    def follow(self) -> None:
        """Deliver what other nodes have committed."""
        rows, self._seen = self._shared.rows[self._seen :], len(self._shared.rows)
        others = [row.data for row in rows if row.node != self.node]
        if others:
            self._others.follow(others)

    def commit(self, count: int | None = None) -> None:
        """Commit the first entries as one batch, behind what others have committed."""
        if self.node in self._shared.removed:
            return
        self.follow()
        batch = self.pending[:count]
        del self.pending[: len(batch)]
        refused = self._others.judge(batch)
        for at, error in refused.items():
            self._take_back([batch[at]], error)
        unmade = {one.room for at, one in enumerate(batch) if at in refused and isinstance(one, Created)}
        written = [one for at, one in enumerate(batch) if at not in refused]
        lost = [one for one in written if getattr(one, "room", getattr(one, "conversation", None)) in unmade]
        if lost:
            self._take_back(lost, ChatError())
        written = [one for one in written if one not in lost]
        self._keep(written)
        numbered = [_numbered(entry) for entry in written]
        if written:
            self._shared.rows.append(_Row(self.node, encode(numbered)[0]))
            self._seen = len(self._shared.rows)
        self._deliver(written)
        self._keep_names()
        self.committed += len(batch)

    def _keep(self, batch: Sequence[Entry]) -> None:
        super()._keep(batch)
        for entry in batch:
            if isinstance(entry, Created):
                self._shared.rooms[entry.room.name] = 0
            elif isinstance(entry, Said) and not entry.repeated:
                self._shared.rooms[entry.conversation.name] = entry.seq

    def _do(self, act: Act) -> bool:
        log = self._shared
        match act:
            case Location(clients=0):
                log.presences.pop((self.node, act.person), None)
            case Location():
                log.presences[self.node, act.person] = act
            case Seat():
                if act.taken:
                    log.seats[act.person, act.room] = act
                else:
                    log.seats.pop((act.person, act.room), None)
            case Gone():
                for place in [one for one in log.presences if log.presences[one].person == act.person]:
                    if log.presences[place].visit == act.visit:
                        del log.presences[place]
                for seat in [one for one in log.seats if one[0] == act.person]:
                    if log.seats[seat].visit == act.visit:
                        del log.seats[seat]
            case NodeRemoved():
                if act.node not in log.dying:
                    return False
                log.dying.discard(act.node)
                log.removed.add(act.node)
                for place in [one for one in log.presences if one[0] == act.node]:
                    del log.presences[place]
                here = {(one.person, one.visit) for one in log.presences.values()}
                log.seats = {at: seat for at, seat in log.seats.items() if (seat.person, seat.visit) in here}
            case NameTaken():
                if not super()._do(act):
                    return False
                for order in list(self._orders.values()):
                    if order.subject == f"{GUEST}{act.person}" and order.what != "member":
                        self.changes.append(replace(order, value=act.name))
            case _:
                if isinstance(act, Change):
                    self.changes.append(act)
                return super()._do(act)
        return True


def _numbered(entry: Entry) -> Numbered:
    skipped = entry.repeated or (
        isinstance(entry, Noted | Ordered | Ruled | Deleted | Renamed | OfNodes) and entry.refused
    )
    return Numbered(entry, milliseconds(entry.time), entry.seq, skipped)


class Several:
    """Several nodes, which commit in turn."""

    def __init__(self, count: int = 2, limits: Limits | None = None) -> None:
        self.log = SharedLog()
        self.limits = limits
        self.houses: list[House] = []
        for _ in range(count):
            self.starts()

    def starts(self) -> House:
        """Start one more node."""
        self.log.started += 1
        journal = NodeJournal(self.log, f"node {self.log.started}")
        house = House(self.limits, journal=journal)
        self.houses.append(house)
        return house

    def dies(self, house: House) -> None:
        """Kill a node, and let the others notice."""
        self.houses.remove(house)
        self.log.dying.add(house.journal.node)

    def settles(self) -> None:
        """Take turns until nothing is under way on any node."""
        for _ in range(1000):
            for house in self.houses if self.log.dying else ():
                house.chat.following.died([*self.log.dying])
            if not any(house.journal.pending or house._waiting for house in self.houses):
                break
            for house in self.houses:
                house.turn()
        else:
            raise AssertionError("it is never settled")
        for house in self.houses:
            journal = house.journal
            assert isinstance(journal, NodeJournal)
            journal.follow()

    def signs_in(self, *names: str) -> list[Client]:
        """Sign in a client on each node, in their order."""
        clients = [house.connects() for house in self.houses[: len(names)]]
        for client, name in zip(clients, names, strict=True):
            client.registers(name)
        self.settles()
        for client in clients:
            client.forgets()
        return clients

    def forget(self) -> None:
        """Forget what all clients have heard so far."""
        for house in self.houses:
            for client in house.clients:
                client.forgets()

    def same(self) -> _State:
        """Return the state that all nodes have to agree on."""
        states = [_state(house) for house in self.houses]
        for state in states[1:]:
            for one, other in zip(states[0], state, strict=True):
                assert one == other, (one, other)
        return states[0]


def in_room(several: Several, *names: str) -> list[Client]:
    """Sign in a client on each node, and let them be in one room."""
    clients = several.signs_in(*names)
    clients[0].creates(R)
    several.settles()
    for client in clients[1:]:
        client.joins(R)
    several.settles()
    several.forget()
    return clients


def owner(several: Several, at: int, name: str) -> Client:
    """Return the client of a new account on a node."""
    client = several.houses[at].connects()
    client.registers(name)
    several.settles()
    client.send(Claim(text=RIGHT))
    several.settles()
    client.forgets()
    return client


def device(several: Several, at: int, name: str) -> Client:
    """Return a further client of an account on a node."""
    client = several.houses[at].connects()
    client.send(Register(sender=name, text=RIGHT))
    several.settles()
    client.forgets()
    return client


def passes(several: Several, seconds: float) -> None:
    """Advance the clocks of all nodes."""
    for house in several.houses:
        house.journal.clock.advance(seconds)
    several.settles()


_State = tuple[dict[str, object], dict[str, object]]


def _state(house: House) -> _State:
    chat = house.chat
    users: dict[str, object] = {
        user.name: (
            user.person.number,
            user.account is not None,
            user.away,
            user.clients,
            user.account is None and user.person.restrictions,
        )
        for user in chat.users
    }
    rooms: dict[str, object] = {
        room.name: (
            sorted(user.name for user in room.members),
            sorted(user.name for user in room.enlisted if user in chat.users),
            room.last_seq,
            room.order.topic,
            sorted(room.order.moderators.items()),
            sorted(room.order.assistants.items()),
            sorted(room.order.invited.items()),
            sorted(room.order.muted),
            sorted(room.order.banned),
            room.order.private,
            room.order.closed,
            room.order.exam,
            _rows(house, room),
        )
        for room in chat.rooms
    }
    return users, rooms


def _rows(house: House, room: Room) -> object:
    rows = house.chat.rulings._state._of_rooms.get(room)
    if rows is None:
        return {}
    return {
        place: {key: one.json for key, one in sorted(some.items())}
        for place, some in sorted(rows._delivered.items())
        if some
    }
