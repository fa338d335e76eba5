"""The rulings of the class layer: what is decided, on its way through the journal, and what becomes of it.

    append    -> Ruled   -> Journal.append
    deliver   <- [Ruled] <- committed: the rows change, and what is told goes to the room, its staff or a user
    take_back <- [Ruled] <- it could not be stored

Requests are decided on the state that is expected when all entries on their way are delivered. If one of
these fails, or another node was faster, the journal refuses the entry, and the request is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from classchat.class_events import AboutCounts, AboutHand
from classchat.core.acts import Act, Change, Happened, RowChange
from classchat.core.answer_events import ClassGranted
from classchat.core.delivery import Delivery
from classchat.core.entries import Ruled
from classchat.core.events import PersonAbout
from classchat.core.features import class_permissions, feature_table
from classchat.core.features.class_state import ClassState
from classchat.core.features.deadlines import Deadlines
from classchat.core.features.decision import known
from classchat.core.features.feature import ClassAsked, Due, Ruling
from classchat.core.features.followers import Followers
from classchat.core.features.group_rooms import GroupRooms
from classchat.core.features.groups import GroupsRow, own_rooms
from classchat.core.features.moderation import Moderation
from classchat.core.features.rows import Changes, R
from classchat.core.features.staff_notices import StaffNotices, staff_of
from classchat.core.ground import Ground
from classchat.core.model import Room, User
from classchat.core.orders import Undecided
from classchat.core.persons import Person
from classchat.core.ports import Peer
from classchat.core.room_events import RoomAbout
from classchat.core.stored import StoredRow
from classchat.core.telling import Telling
from classchat.errors import ChatError
from classchat.messages import Error
from classchat.names import SERVER


def nothing() -> None:
    """Do nothing: another node has done what happens by itself."""


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A ruling whose entry is on its way."""

    rulings: Rulings
    ruling: Ruling
    changes: tuple[Changes, Changes]
    again: Callable[[], None]
    """Decides once more."""

    check: Callable[[], None]
    """Raises a `ChatError` where it may not be granted any more."""

    def deliver(self, entry: Ruled, delivery: Delivery) -> None:
        self.rulings.deliver(self, entry, delivery)

    def take_back(self, entry: Ruled) -> None:
        self.rulings.take_back(self, entry)

    def refusal(self) -> ChatError | None:
        return self.rulings.refusal(self)


class Rulings:
    """Keeps the state of all classes, and changes it by the entries of rulings."""

    def __init__(self, ground: Ground, moderation: Moderation) -> None:
        self._journal = ground.journal
        self._directory = ground.directory
        self._rooms = ground.directory.rooms
        self._moderation = moderation
        self._calendar = ground.calendar
        self._gate = ground.gate
        self._measures = ground.measures
        self.server = User(SERVER, Person(SERVER, "", b"", 0))
        """The user as which the server itself decides."""
        self._state = ClassState()
        self.group_rooms = GroupRooms(ground.journal, ground.directory, self.server)
        self._deadlines = Deadlines(ground.clock, ground.calendar, self._fall_due)
        self._notices = StaffNotices(ground.clock)
        self.followers = Followers(ground.clock, self._counts, self._changes_in)

    def __contains__(self, room: Room) -> bool:
        """Return whether a room has a class, or had one."""
        return room in self._state

    # The state.

    def restore(self, stored: Iterable[StoredRow], *, first: bool = True) -> None:
        """Take over the rows that the journal has stored.

        Where this server is the first one, what it finds is put in order: all users have left meanwhile.
        """
        for row in stored:
            room = self._rooms.by_key(row.room) if row.room else None
            if not row.room or room is not None:
                self._state.restore(room, row)
        for room in self._state.rooms():
            asked = self.asked(self.server, room)
            self._deadlines.restore(room, asked.draft.all(Due))
            if first:
                for restored in feature_table.RESTORED:
                    restored(asked)
                if asked.draft.changed:
                    self.append(asked, None, None, Ruling(), nothing)
                self._group(room)

    def forget(self, room: Room) -> None:
        """Forget a room that exists no longer; a new one with its name has rows of its own."""
        self._state.forget(room)
        self._deadlines.forget(room)
        self.followers.forget(room)

    def close(self) -> None:
        """Stop: what is due from now on is done after the next start."""
        self._deadlines.close()
        self._notices.close()
        self.followers.close()

    def rows(self, room: Room, kind: type[R]) -> dict[str, R]:
        """Return the rows of a kind in a room by key, as far as they are stored."""
        return dict(self._state.stored(room).all(kind)) if room in self._state else {}

    def groups(self, room: Room) -> GroupsRow | None:
        """Return the groups of a room, as they are delivered."""
        return self._state.stored(room).get(GroupsRow, "")

    # What is decided.

    def asked(self, user: User, room: Room, *, expected: bool = True) -> ClassAsked:
        """Return what is decided on: the rows as they are expected to be, or as they are stored."""
        draft = self._state.expected(room) if expected else self._state.stored(room)
        role = class_permissions.role_of(user, room)
        return ClassAsked(user, room, role, draft, self.now(), self._directory)

    def seen(self, user: User, room: Room) -> ClassAsked:
        """Return what a user is shown: nothing that is not stored."""
        return self.asked(user, room, expected=False)

    def append(
        self,
        asked: ClassAsked,
        peer: Peer | None,
        id: str | None,
        ruling: Ruling,
        again: Callable[[], None],
        check: Callable[[], None] = nothing,
    ) -> None:
        """Append the entry of a ruling."""
        acts: list[Act] = [*asked.draft.acts(), *ruling.acts]
        if asked.draft.changed and asked.user is not self.server and not ruling.hidden:
            acts += known(asked.user)
        acts += [_happened(asked.room, told) for told in ruling.told if told.kept]
        if ruling.audited is not None:
            acts.append(ruling.audited)
        pending = _Ruling(self, ruling, asked.draft.begin(), again, check)
        asked.room.wanted += 1  # until it is delivered, so that the room is not replaced by another one
        self._journal.append(
            Ruled(asked.user, peer, id, asked.room, tuple(acts), pending=pending, told=ruling.told)
        )

    # What the journal has done.

    def deliver(self, pending: _Ruling, entry: Ruled, delivery: Delivery) -> None:
        """Apply a ruling that is stored, and tell it; decide again where its rows had changed meanwhile."""
        room, ruling = entry.room, pending.ruling
        room.wanted -= 1
        if entry.refused:
            self._state.drop(room, pending.changes)
            pending.again()
            return
        regroups = any(isinstance(act, RowChange) and act.kind == GroupsRow.kind for act in entry.acts)
        before = self.groups(room) if regroups else None
        self._state.deliver(room)
        self._moderation.apply(entry.acts)
        self._deadlines.look(room, _due(entry.acts))
        if regroups:
            self._group(room, before)
        if ruling.again:
            pending.again()
        elif entry.peer is not None and ruling.refusal is not None:
            delivery.to_peer(entry.peer, self.told_refusal(entry.user, entry.id, ruling.refusal))
        elif entry.peer is not None and ruling.answer is not None:
            delivery.to_peer(entry.peer, ClassGranted(entry.user.name, entry.id, room.name, ruling.answer))
        for told in ruling.told:
            self._tell(room, told, delivery, entry.peer if told.others else None)
        if ruling.then is not None:
            ruling.then()
        self.followers.touch(room)

    def follow(
        self,
        room: Room,
        rows: Sequence[RowChange],
        changes: Sequence[Change],
        told: Sequence[Telling],
        delivery: Delivery,
    ) -> None:
        """Apply what was ruled on another node, and tell it to the users here."""
        self._state.follow(room, rows)
        self._moderation.apply(changes)
        self._deadlines.look(room, _due(rows))
        for one in told:
            self._tell(room, one, delivery, None)
        self.followers.touch(room)

    def refusal(self, pending: _Ruling) -> ChatError | None:
        """Return why a request may not be granted any more, after what other nodes have done."""
        try:
            pending.check()
        except ChatError as error:
            return error
        except Undecided:
            pass
        return None

    def take_back(self, pending: _Ruling, entry: Ruled) -> None:
        """Undo a ruling that could not be stored."""
        entry.room.wanted -= 1
        self._state.drop(entry.room, pending.changes)
        left = self.asked(self.server, entry.room).draft.all(Due)
        self._deadlines.again(entry.room, {key: left[key] for key, _ in _due(entry.acts) if key in left})

    def _tell(self, room: Room, told: Telling, delivery: Delivery, left_out: Peer | None) -> None:
        about = told.about
        if told.to == "room":
            delivery.to_room(room, RoomAbout(room.name, about))
        elif isinstance(about, AboutHand):
            self._notices.add(room, about)
        elif told.to == "staff":
            for user in staff_of(room):
                for peer in user.peers:
                    if peer is not left_out:
                        delivery.to_peer(peer, PersonAbout(user.name, about))
        else:
            one = self.asked(self.server, room).user_of(told.subject)
            for peer in [] if one is None else one.peers:
                delivery.to_peer(peer, PersonAbout(one.name if one else "", about))

    def _group(self, room: Room, before: GroupsRow | None = None) -> None:
        """Open and close the group rooms of a room as the delivered rows say."""
        seen = self._state.stored(room)
        row = seen.get(GroupsRow, "")
        if row is not None:
            self.group_rooms.reconcile(room, row, own_rooms(seen), self.now(), before)

    def regroup(self) -> None:
        """Make all group rooms what the rows say: a node that has died may have been about to do so."""
        for room in self._state.rooms():
            self._group(room)

    # What is looked up for others.

    def _counts(self, user: User, room: Room) -> AboutCounts | None:
        """Return what a follower is told; None for a user who may not read it any more."""
        if class_permissions.role_of(user, room) is None:
            return None
        return feature_table.counts(self.seen(user, room))

    def _changes_in(self, room: Room) -> float | None:
        """Return in how many seconds followers of a room are to be told something without an entry."""
        return feature_table.changes_in(self._state.expected(room), self.now())

    def _fall_due(self, room: Room, key: str, late: bool) -> None:
        """Append the entry of what is due now, unless it is done already."""
        if self._gate.closed:
            return
        asked = self.asked(self.server, room)
        if asked.draft.get(Due, key) is None:
            return
        asked.draft.drop(Due, key)
        ruling = feature_table.fall_due(asked, key, late=late)
        self.append(asked, None, None, ruling, lambda: self._fall_due(room, key, late))

    def now(self) -> int:
        """Return the time of day, in milliseconds."""
        return int(self._calendar.seconds() * 1000)

    def told_refusal(self, user: User, id: str | None, error: ChatError) -> Error:
        """Count a refusal, and return what the client is told."""
        self._measures.refused(error)
        return Error(SERVER, user.name, error.text, code=error.code, id=id)


def _due(acts: Iterable[Act]) -> list[tuple[str, Due | None]]:
    """Return the changes of what is due."""
    return [
        (act.key, None if act.value is None else msgspec.json.decode(act.value, type=Due))
        for act in acts
        if isinstance(act, RowChange) and act.kind == Due.kind
    ]


def _happened(room: Room, told: Telling) -> Happened:
    """Return the line of the transcript about what is told."""
    about = told.about
    detail = msgspec.json.encode(about).decode()
    person = int(told.subject) if told.subject else None
    what = str(about.__struct_config__.tag)
    return Happened(room.key, what, told.to, person, detail, told.minute)
