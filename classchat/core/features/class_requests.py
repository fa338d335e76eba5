"""Carries out the requests of the class layer: it appends the entries of rulings, and delivers them.

    Carol -> hand "pointers"    ClassRequests.grant    -> Ruled   -> Journal.append
    Carol <- "you are 3rd"      ClassRequests.deliver  <- [Ruled] <- committed
    staff <- "Carol raises a hand: pointers (3 waiting)"

A request is decided on the state that is expected when all entries on their way are delivered. If one of them
fails, or another node was faster, the journal refuses the entry, and the request is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from classchat.class_commands import Follow, Mark, SetGroups
from classchat.class_events import AboutCounts, AboutHand, LineHeld
from classchat.core.acts import Act, Change, Happened, RowChange
from classchat.core.answer_events import ClassGranted, ClassShown
from classchat.core.delivery import Delivery
from classchat.core.device import Device
from classchat.core.directory import Directory
from classchat.core.entries import Ruled
from classchat.core.events import PersonAbout
from classchat.core.features import class_permissions, feature_table, speaking
from classchat.core.features.answered import answered, remember
from classchat.core.features.class_state import ClassState
from classchat.core.features.deadlines import Deadlines
from classchat.core.features.decision import known
from classchat.core.features.feature import ClassAsked, ClassRequest, Due, Ruling
from classchat.core.features.followers import Followers
from classchat.core.features.group_rooms import GroupRooms
from classchat.core.features.groups import GroupsRow, own_rooms
from classchat.core.features.moderation import Moderation
from classchat.core.features.rows import Changes, R
from classchat.core.features.staff_notices import StaffNotices, staff_of
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal
from classchat.core.measures import Measures
from classchat.core.model import Room, User
from classchat.core.orders import Undecided
from classchat.core.persons import Person
from classchat.core.ports import Calendar, Clock, Peer
from classchat.core.room_events import RoomAbout
from classchat.core.stored import StoredRow
from classchat.core.telling import Telling
from classchat.errors import ChatError, Overtaken
from classchat.messages import Error
from classchat.names import SERVER

_NO_SECTIONS: Mapping[str, str] = {}

_MOST_ATTEMPTS = 20
"""How often a request is decided before it is refused: each time another node was faster."""


def _nothing() -> None:
    """Do nothing: another node has done what happens by itself."""


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A ruling whose entry is on its way."""

    requests: ClassRequests
    ruling: Ruling
    changes: tuple[Changes, Changes]
    again: Callable[[], None]
    """Decides once more."""

    check: Callable[[], None]
    """Raises a `ChatError` where it may not be granted any more."""

    def deliver(self, entry: Ruled, delivery: Delivery) -> None:
        self.requests.deliver(self, entry, delivery)

    def take_back(self, entry: Ruled) -> None:
        self.requests.take_back(self, entry)

    def refusal(self) -> ChatError | None:
        return self.requests.refusal(self)


class ClassRequests:
    """Grants the requests of the class layer, and keeps the state of all classes."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        moderation: Moderation,
        calendar: Calendar,
        clock: Clock,
        gate: Gate,
        measures: Measures,
    ) -> None:
        self._journal = journal
        self._directory = directory
        self._rooms = directory.rooms
        self._moderation = moderation
        self._calendar = calendar
        self._gate = gate
        self._measures = measures
        self._server = User(SERVER, Person(SERVER, "", b"", 0))
        self._state = ClassState()
        self._group_rooms = GroupRooms(journal, directory, self._server)
        self._deadlines = Deadlines(clock, calendar, self._fall_due)
        self._notices = StaffNotices(clock)
        self._followers = Followers(clock, self._counts, self._changes_in)

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
            asked = self._asked(self._server, room)
            self._deadlines.restore(room, asked.draft.all(Due))
            if first:
                for restored in feature_table.RESTORED:
                    restored(asked)
                if asked.draft.changed:
                    self._append(asked, None, None, Ruling(), _nothing)
                self._group(room)

    def forget(self, room: Room) -> None:
        """Forget a room that exists no longer; a new one with its name has rows of its own."""
        self._state.forget(room)
        self._deadlines.forget(room)
        self._followers.forget(room)

    def close(self) -> None:
        """Stop: what is due from now on is done after the next start."""
        self._deadlines.close()
        self._notices.close()
        self._followers.close()

    def rows(self, room: Room, kind: type[R]) -> dict[str, R]:
        """Return the rows of a kind in a room by key, as far as they are stored."""
        return dict(self._state.stored(room).all(kind)) if room in self._state else {}

    # Requests.

    def grant(
        self, user: User, device: Device, command: ClassRequest
    ) -> ClassShown | Coroutine[Any, Any, None] | None:
        """Answer what only reads; append the entry of any other request, which answers it when delivered.

        A request that needs the roster waits for it first.

        Raises:
            ChatError: it can't be granted.
            Undecided: an order that is on its way may change that.
        """
        self._gate.check()
        room = self._rooms.get(command.receiver)
        room.order.check_decided()
        self._check(user, room, command)
        if class_permissions.is_reading(command):
            return self._show(user, device.peer, room, command)
        by_section = isinstance(command, SetGroups) and command.text.strip().lower() == "section"
        if by_section or isinstance(command, Mark):
            return self._with_sections(user, device, room, command)
        self._decide(user, device, room, command, 1)
        return None

    async def _with_sections(self, user: User, device: Device, room: Room, command: ClassRequest) -> None:
        """Decide on a request that needs the roster: who is on it, and in which section."""
        enrolled = await self._journal.roster()
        sections = {str(one.person): one.student.section for one in enrolled if one.person is not None}
        if user.reaches(device.peer) and self._rooms.find(room.name) is room:
            self._check(user, room, command)
            self._decide(user, device, room, command, 1, sections)
            await self._journal.settled()

    def _check(self, user: User, room: Room, command: ClassRequest) -> None:
        role = class_permissions.role_of(user, room)
        class_permissions.check(user, room, role, command, self._now())

    def _show(self, user: User, peer: Peer, room: Room, command: ClassRequest) -> ClassShown:
        if isinstance(command, Follow) and command.follow is not None:
            self._followers.follow(room, user, peer, follows=command.follow)
        return feature_table.show(self._seen(user, room), command)

    def _decide(
        self,
        user: User,
        device: Device,
        room: Room,
        command: ClassRequest,
        attempt: int,
        sections: Mapping[str, str] = _NO_SECTIONS,
    ) -> None:
        """Decide on a request, and append its entry."""
        asked = replace(self._asked(user, room), address=device.address, sections=sections)
        repeatable = command.id is not None and feature_table.is_repeatable(command)
        before = answered(asked.draft, asked.subject, command.id) if repeatable and command.id else None
        if before is not None:
            ruling = Ruling(before)
        else:
            ruling = feature_table.decide(asked, command)
            if repeatable and command.id and ruling.answer is not None:
                remember(asked.draft, asked.subject, command.id, ruling.answer)

        def again() -> None:
            if not user.reaches(device.peer):
                return  # who may have asked again on another node, and for something else after that
            try:
                if attempt >= _MOST_ATTEMPTS or (user.elsewhere and command.id is None):
                    raise Overtaken  # of a dead connection, a repetition is known only by its `id`
                self._check(user, room, command)
                self._decide(user, device, room, command, attempt + 1, sections)
            except ChatError as error:
                device.peer.tell(self._refusal(user, command.id, error))

        self._append(asked, device.peer, command.id, ruling, again, lambda: self._check(user, room, command))

    def tell_staff(
        self, user: User, peer: Peer, id: str | None, room: Room, text: str, label: str | None = None
    ) -> None:
        """Send a student's line to the staff of a room only.

        Where it has no `id`, the `label` of its manner names it in the answer; labels are not remembered.
        """
        asked = self._asked(user, room)
        before = None if id is None else answered(asked.draft, asked.subject, id)
        ruling = speaking.to_staff(asked, text) if before is None else Ruling(before)
        if id is not None and before is None:
            remember(asked.draft, asked.subject, id, LineHeld())
        name = id if label is None else label

        def again() -> None:
            if user.reaches(peer):
                self.tell_staff(user, peer, id, room, text, label)

        self._append(asked, peer, name, ruling, again)

    def _append(
        self,
        asked: ClassAsked,
        peer: Peer | None,
        id: str | None,
        ruling: Ruling,
        again: Callable[[], None],
        check: Callable[[], None] = _nothing,
    ) -> None:
        """Append the entry of a ruling."""
        acts: list[Act] = [*asked.draft.acts(), *ruling.acts]
        if asked.draft.changed and asked.user is not self._server and not ruling.hidden:
            acts += known(asked.user)
        acts += [_happened(asked.room, told) for told in ruling.told if told.kept]
        if ruling.audited is not None:
            acts.append(ruling.audited)
        pending = _Ruling(self, ruling, asked.draft.begin(), again, check)
        asked.room.wanted += 1  # until it is delivered, so that the room is not replaced by another one
        self._journal.append(
            Ruled(asked.user, peer, id, asked.room, tuple(acts), pending=pending, told=ruling.told)
        )

    def _asked(self, user: User, room: Room, *, expected: bool = True) -> ClassAsked:
        draft = self._state.expected(room) if expected else self._state.stored(room)
        role = class_permissions.role_of(user, room)
        return ClassAsked(user, room, role, draft, self._now(), self._directory)

    def _seen(self, user: User, room: Room) -> ClassAsked:
        """Return what a user is shown: nothing that is not stored."""
        return self._asked(user, room, expected=False)

    def _counts(self, user: User, room: Room) -> AboutCounts | None:
        """Return what a follower is told; None for a user who may not read it any more."""
        if class_permissions.role_of(user, room) is None:
            return None
        return feature_table.counts(self._seen(user, room))

    def _changes_in(self, room: Room) -> float | None:
        """Return in how many seconds followers of a room are to be told something without an entry."""
        return feature_table.changes_in(self._state.expected(room), self._now())

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
        before = self._groups(room) if regroups else None
        self._state.deliver(room)
        self._moderation.apply(entry.acts)
        self._deadlines.look(room, _due(entry.acts))
        if regroups:
            self._group(room, before)
        if ruling.again:
            pending.again()
        elif entry.peer is not None and ruling.refusal is not None:
            delivery.to_peer(entry.peer, self._refusal(entry.user, entry.id, ruling.refusal))
        elif entry.peer is not None and ruling.answer is not None:
            delivery.to_peer(entry.peer, ClassGranted(entry.user.name, entry.id, room.name, ruling.answer))
        for told in ruling.told:
            self._tell(room, told, delivery, entry.peer if told.others else None)
        if ruling.then is not None:
            ruling.then()
        self._followers.touch(room)

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
        self._followers.touch(room)

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
        left = self._asked(self._server, entry.room).draft.all(Due)
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
            one = self._asked(self._server, room).user_of(told.subject)
            for peer in [] if one is None else one.peers:
                delivery.to_peer(peer, PersonAbout(one.name if one else "", about))

    def _groups(self, room: Room) -> GroupsRow | None:
        """Return the groups of a room, as they are delivered."""
        return self._state.stored(room).get(GroupsRow, "")

    def _group(self, room: Room, before: GroupsRow | None = None) -> None:
        """Open and close the group rooms of a room as the delivered rows say."""
        seen = self._state.stored(room)
        row = seen.get(GroupsRow, "")
        if row is not None:
            self._group_rooms.reconcile(room, row, own_rooms(seen), self._now(), before)

    def regroup(self) -> None:
        """Make all group rooms what the rows say: a node that has died may have been about to do so."""
        for room in self._state.rooms():
            self._group(room)

    # What happens by itself.

    def came(self, user: User, room: Room) -> None:
        """Take note of a user who is in a room from now on."""
        if room in self._state:
            asked = self._asked(self._server, room)
            for came in feature_table.CAME:
                came(asked, str(user.person.number))
            self._by_itself(asked, lambda: self._came_again(user, room), known(user))
            groups = self._groups(room)
            if groups is not None:
                self._group_rooms.bring(room, groups, str(user.person.number), self._now())

    def went(self, user: User, room: Room, *, for_good: bool) -> None:
        """Take note of a user who has left a room: for good, or whose connection was lost."""
        if room in self._state:
            asked = self._asked(self._server, room)
            for went in feature_table.WENT:
                went(asked, str(user.person.number), guest=user.account is None, for_good=for_good)
            self._by_itself(asked, lambda: self._went_again(user, room, for_good=for_good))
            groups = asked.draft.get(GroupsRow, "")
            if for_good and groups is not None:
                self._group_rooms.put_out(user, groups)

    def ordered(self, room: Room) -> None:
        """Take note of an order, which may change who teaches in a room, and what may be written there."""
        self._followers.touch(room)

    def examines(self, room: Room) -> None:
        """Take note of an exam that has begun."""
        if room in self._state:
            asked = self._asked(self._server, room)
            told = [one for ends in feature_table.EXAM for one in ends(asked)]
            if told:
                self._append(asked, None, None, Ruling(told=told), _nothing)

    def promoted(self, room: Room) -> None:
        """Take note of users who teach in a room from now on."""
        if room in self._state:
            asked = self._asked(self._server, room)
            for promoted in feature_table.PROMOTED:
                promoted(asked)
            self._by_itself(asked, lambda: self.promoted(room))

    def _came_again(self, user: User, room: Room) -> None:
        """Decide once more, because another node has changed the same rows."""
        if user in room.members:
            self.came(user, room)

    def _went_again(self, user: User, room: Room, *, for_good: bool) -> None:
        """Decide once more, because another node has changed the same rows."""
        if user not in room.members:
            self.went(user, room, for_good=for_good)

    def _by_itself(self, asked: ClassAsked, again: Callable[[], None], acts: Sequence[Act] = ()) -> None:
        if asked.draft.changed:
            self._append(asked, None, None, Ruling(acts=acts), again)

    def _fall_due(self, room: Room, key: str, late: bool) -> None:
        """Append the entry of what is due now, unless it is done already."""
        if self._gate.closed:
            return
        asked = self._asked(self._server, room)
        if asked.draft.get(Due, key) is None:
            return
        asked.draft.drop(Due, key)
        ruling = feature_table.fall_due(asked, key, late=late)
        self._append(asked, None, None, ruling, lambda: self._fall_due(room, key, late))

    def _now(self) -> int:
        return int(self._calendar.seconds() * 1000)

    def _refusal(self, user: User, id: str | None, error: ChatError) -> Error:
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
