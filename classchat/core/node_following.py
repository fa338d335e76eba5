"""Follows other nodes: their entries are delivered in the order of the log, before later ones of this node.

    Alice says "Hello" on another node    Others.follow -> SaidLine -> Batches.follow -> Bob is told here
    two users want one name               Others.judge  -> the entry that comes later in the log is refused

An entry was granted on what this node knew. If others have changed that meanwhile, the journal has it judged
again before it is written, see `judge.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from classchat import names
from classchat.core import node_lines as lines
from classchat.core.acts import Audited, Change
from classchat.core.batches import Batches
from classchat.core.delivery import Delivery
from classchat.core.entries import Created, Deleted, Entry, Joined, Ordered, Said, Signalled, Whispered
from classchat.core.events import AccountClaimed, Signal, Styled
from classchat.core.features.moderation import Moderation
from classchat.core.features.rulings import Rulings
from classchat.core.ground import Ground
from classchat.core.judge import Judge
from classchat.core.model import User, is_room_log
from classchat.core.node_entries import NodeEntries
from classchat.core.people import People
from classchat.core.persons import Dialog, Person
from classchat.core.stored import Restored
from classchat.core.telling import Telling
from classchat.core.users_abroad import UsersAbroad
from classchat.errors import ChatError
from classchat.messages import Private
from classchat.names import SERVER
from classchat.texts import stamp


class NodeFollowing:
    """What the chat does with the entries of other nodes."""

    def __init__(
        self,
        ground: Ground,
        batches: Batches,
        people: People,
        moderation: Moderation,
        rulings: Rulings,
        of_nodes: NodeEntries,
    ) -> None:
        directory = self._directory = ground.directory
        self._users, self._rooms, self._accounts = directory.users, directory.rooms, directory.accounts
        self._batches = batches
        self._presence = people.presence
        self._moderation = moderation
        self._rulings = rulings
        self._renames = people.renames
        self._judge = Judge(directory, moderation, people.renames)
        self._of_nodes = of_nodes
        self._abroad = UsersAbroad(ground, batches, people, of_nodes)
        self._absences = people.absences
        self._published = ground.published
        self._calendar = ground.calendar
        self._measures = ground.measures
        self._nobody = User(SERVER, Person(SERVER, "", b"", 0))
        self.removed: Callable[[], None] = _nothing
        """What is done when other nodes may have removed this one: all its clients have to come back."""

    # At the start.

    def restore(self, restored: Restored) -> None:
        """Add the users who are on other nodes, and the rooms that guests among them are in."""
        nobody = Delivery()
        for one in restored.presences:
            self._abroad.arrive(one.node, one.here, nobody)
        for seat in restored.seats:
            user, room = self._users.by_person(seat.person), self._rooms.by_key(seat.room)
            if user is not None and user.visit == seat.visit and room is not None:
                room.enlist(user)
        for user in self._users:
            for room in user.rooms:
                room.members.add(user)

    # What others have done.

    def follow(self, batches: Sequence[bytes]) -> None:
        """Deliver batches of other nodes.

        Raises:
            NotUnderstood: a newer version has written an entry; those before it were delivered.
            Exception: what went wrong with one entry, or with one client, after all others were delivered.
        """
        delivery = Delivery()
        try:
            trouble = self._follow_all(batches, delivery)
        finally:
            self._abroad.forget_departures()
            self._measures.deliveries += delivery.send()
        if trouble is not None:
            raise trouble

    def _follow_all(self, batches: Sequence[bytes], delivery: Delivery) -> Exception | None:
        """Follow batches; return what went wrong with one entry."""
        trouble: Exception | None = None
        for batch in batches:
            for line in lines.decode(batch):
                try:
                    self._follow(line, delivery)
                except lines.NotUnderstood:
                    raise
                except Exception as error:  # a bug: it must not cost other entries anything
                    trouble = error
        return trouble

    def _follow(self, line: lines.Line, delivery: Delivery) -> None:
        match line:
            case lines.SaidLine():
                self._said(line, delivery)
            case lines.WhisperedLine():
                self._whispered(line, delivery)
            case lines.CreatedLine():
                self._created(line, delivery)
            case lines.JoinedLine():
                self._joined(line, delivery)
            case lines.LeftLine():
                self._left(line, delivery)
            case lines.OrderedLine():
                self._ordered(line, delivery)
            case lines.RuledLine():
                room = self._rooms.by_key(line.room)
                if room is not None:
                    told = [Telling(one.to, one.about, one.subject) for one in line.told]
                    self._rulings.follow(room, line.rows, line.changes, told, delivery)
                    room.order.version += 1
            case lines.DeletedLine():
                self._deleted(line, delivery)
            case lines.RenamedLine():
                user = self._abroad.known(line.user)
                if user is not None:
                    self._abroad.make_way(user, line.name, delivery)
                    self._renames.follow(user, line.name, delivery)
            case lines.ClaimedLine():
                self._claimed(line)
            case lines.NotedLine():
                self._change(line.changes)
            case _:
                self._follow_of_nodes(line, delivery)

    def _follow_of_nodes(self, line: lines.OfNodesLine, delivery: Delivery) -> None:
        """Follow what only several nodes need."""
        match line:
            case lines.LocatedLine():
                self._abroad.present(line, delivery)
            case lines.SignedOutLine():
                self._abroad.departed(line, delivery)
            case lines.NodeLostLine():
                self._of_nodes.lost(line.node)
            case lines.AnnouncedLine():
                self._of_nodes.announce(line.user.name, line.text, delivery)
            case lines.EvictedLine():
                user = self._abroad.known(line.user)
                if user is not None:
                    self._of_nodes.evict(user, line.text, delivery)
            case lines.AsideLine():
                self._aside(line, delivery)
            case lines.SignalLine():
                self._signal(line, delivery)
            case _:
                assert_never(line)

    def _said(self, line: lines.SaidLine, delivery: Delivery) -> None:
        room = self._rooms.by_key(line.room)
        if room is None:
            return
        entry = Said(self._abroad.user(line.user), None, None, line.text, room, line.manner, line.file)
        entry.commit(stamp(line.time), line.seq)
        self._batches.follow(entry, delivery)

    def _whispered(self, line: lines.WhisperedLine, delivery: Delivery) -> None:
        user, to = self._abroad.user(line.user), self._abroad.receiver(line.to)
        dialog = user.person.dialog_with(to.person)
        entry = Whispered(user, None, None, line.text, dialog, to, line.manner, line.file)
        entry.commit(stamp(line.time), line.seq)
        self._batches.follow(entry, delivery)

    def _deleted(self, line: lines.DeletedLine, delivery: Delivery) -> None:
        key = line.conversation
        place = self._rooms.by_key(key) if is_room_log(key) else Dialog(key)
        if place is None:
            return
        entry = Deleted(
            self._abroad.user(line.user),
            None,
            None,
            conversation=place,
            number=line.number,
            author=line.author,
            receiver=line.receiver,
            sent=line.sent,
            name=line.name,
            other=None if line.other is None else self._abroad.known(line.other),
            own=False,
            reason=line.reason,
        )
        entry.commit(stamp(line.time))
        self._batches.follow(entry, delivery)

    def _aside(self, line: lines.AsideLine, delivery: Delivery) -> None:
        to = self._abroad.known(line.to)
        if to is not None:
            told = Styled(Private(line.user.name, to.name, line.text, time=line.time), line.manner)
            self._of_nodes.tell_aside(to, told, delivery)

    def _signal(self, line: lines.SignalLine, delivery: Delivery) -> None:
        to = self._rooms.by_key(line.room) if line.to is None else self._abroad.known(line.to)
        if to is not None:
            told = Signal(line.user.name, to.name, line.to is None, line.time, line.manner)
            entry = Signalled(self._abroad.user(line.user), None, None, to=to, told=told)
            self._batches.follow(entry, delivery)

    def _created(self, line: lines.CreatedLine, delivery: Delivery) -> None:
        user = self._abroad.user(line.user)
        room = self._rooms.follow(line.room, line.seq, line.gives_way)
        if names.key(self._directory.limits.lobby or "") == names.key(line.room):
            room.wanted += 1  # as the lobby, no other room takes its place
        if user in self._users:
            room.enlist(user)
        else:  # who is back on another node already, and in no room
            user = self._nobody
        entry = Created(user, None, None, room, tuple(line.changes), followed=True)
        entry.commit(stamp(line.time), line.seq)
        self._batches.follow(entry, delivery)

    def _joined(self, line: lines.JoinedLine, delivery: Delivery) -> None:
        user, room = self._abroad.known(line.user), self._rooms.by_key(line.room)
        if user is None or room is None:
            return
        room.enlist(user)
        entry = Joined(user, None, None, room, put=not line.back, followed=True)
        entry.commit("", 0)
        self._batches.follow(entry, delivery)

    def _left(self, line: lines.LeftLine, delivery: Delivery) -> None:
        user, room = self._abroad.known(line.user), self._rooms.by_key(line.room)
        if user is None or room is None:
            return
        stays = line.gone and user.account is not None  # perhaps a guest who has claimed the name since then
        if line.forsaken and not stays:
            room.forsake(user)
        departure = self._abroad.departure(line, user) if line.gone else None
        self._abroad.leave(user, room, departure, line.reason, delivery)

    def _ordered(self, line: lines.OrderedLine, delivery: Delivery) -> None:
        room, event = self._rooms.by_key(line.room), lines.order_event(line)
        if room is None:
            return
        out = tuple(user for user in map(self._abroad.known, line.out) if user is not None)
        for user in out:
            room.forsake(user)
        entry = Ordered(
            self._abroad.user(line.user),
            None,
            None,
            room,
            tuple(line.changes),
            done=_NOT_AUDITED,
            event=event,
            out=out,
            invited=None if line.invited is None else self._abroad.known(line.invited),
            followed=True,
        )
        self._batches.follow(entry, delivery)
        room.order.version += 1

    def _change(self, changes: Sequence[Change]) -> None:
        self._moderation.apply(changes)
        for change in changes:
            room = self._rooms.by_key(change.room)
            if room is not None:
                room.order.version += 1

    def _claimed(self, line: lines.ClaimedLine) -> None:
        if self._accounts.by_key(line.key) is None:
            user = self._abroad.known(line.user)
            if user is not None:
                self._accounts.add(user.person, None, user)
                self._directory.watchers.tell(user, AccountClaimed(user.name))
            else:
                person = Person(line.user.name, line.key, b"", line.user.person)
                self._accounts.add(person, self._calendar.seconds())
        account = self._accounts.by_key(line.key)
        for change in line.changes:
            room = self._rooms.by_key(change.room)
            if change.what == "member" and account is not None and room is not None:
                room.enlist(account.user)  # who may have left the rooms as a guest meanwhile
        self._change(line.changes)

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return which entries of this node do not hold any more, by their positions, and why."""
        return self._judge.judge(batch)

    # What becomes of nodes.

    def died(self, nodes: Sequence[str]) -> None:
        """Tell all nodes that some have died."""
        for node in nodes:
            self._published.lost(node)

    def expelled(self) -> None:
        """Start again: other nodes have told the rooms that our users have left."""
        self.removed()

    def cut_off(self) -> None:
        """Start again: other nodes may have done so."""
        self.removed()


_NOT_AUDITED = Audited("", "")


def _nothing() -> None:
    """Do nothing."""
