"""Order in the rooms: the requests of moderators and operators, and what becomes of them.

    Alice -> ban Bob in "CS350"     Moderation.obey   -> Ordered   -> Journal.append
    everybody there hears of it     Chat.deliver      <- [Ordered] <- committed, and audited

Who is put out does not count as being there from when that was granted; all else is so when everybody hears
of it. Bans and mutes are by name, also of somebody who is not here; whoever has the name then is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, assert_never

from classchat import names
from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.acts import Act, Audited, Change, Known, What
from classchat.core.entries import Noted, Ordered
from classchat.core.orders import FOR_EVER, GUEST
from classchat.errors import (
    Banned,
    ChatError,
    HistoryUnavailable,
    InvalidFormat,
    InvalidName,
    Kicked,
    NotAllowed,
    NotAMember,
    NotSaved,
    RoomClosed,
    ShuttingDown,
    TooLong,
    TooMany,
    UserNotFound,
)
from classchat.messages import (
    Ban,
    Broadcast,
    Close,
    Deop,
    Invite,
    Join,
    Kick,
    ListUsers,
    Mute,
    Op,
    OrderCommand,
    Private,
    Request,
    RoomOrder,
    SetRoom,
    SetTopic,
    Success,
    Unban,
    Unmute,
)
from classchat.names import SERVER
from classchat.texts import harmless

if TYPE_CHECKING:
    from classchat.core.accounts import AccountRegistry
    from classchat.core.ports import Clock, Encode, Journal, Peer
    from classchat.core.rooms import Room, RoomRegistry
    from classchat.core.users import User, UserRegistry
    from classchat.limits import Limits

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class _Asked(NamedTuple):
    """Who asks, how he is answered, and about which room."""

    user: User
    peer: Peer
    command: RoomOrder
    room: Room


class _Target(NamedTuple):
    """Whom a request is about."""

    name: str
    """As it is shown, if he is known, or else as it was asked."""

    key: str
    user: User | None
    """Who bears the name now."""


class Moderation:
    """Keeps order, and knows who may."""

    def __init__(
        self,
        journal: Journal,
        users: UserRegistry,
        rooms: RoomRegistry,
        accounts: AccountRegistry,
        encode: Encode,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._users = users
        self._rooms = rooms
        self._accounts = accounts
        self._encode = encode
        self._limits = limits
        self._clock = clock
        self._closed = False
        self._moderated: Counter[str] = Counter()  # rooms, by the name's key of who has claimed it

    def close(self) -> None:
        """Grant nothing more."""
        self._closed = True

    # What the chat asks.

    def apply(self, acts: Iterable[Act]) -> None:
        """Let the order in rooms be as was decided; a room that is gone has none."""
        for act in acts:
            if isinstance(act, Change):
                room = self._rooms.by_key(act.room)
                if room is not None:
                    before = act.subject in room.order.moderators
                    room.order.apply(act)
                    if act.what == "moderator" and not act.subject.startswith(GUEST):
                        self._moderated[act.subject] += (act.subject in room.order.moderators) - before

    def founding(self, user: User, room: Room) -> tuple[Act, ...]:
        """Return what makes somebody the moderator of the room that he has made."""
        return (
            *_known(user),
            Change(room.key, subject_of(user), "moderator", user.name),
            Audited(user.name, "create", room.name),
        )

    def check_founder(self, user: User) -> None:
        """See whether somebody may be the moderator of one room more.

        Raises:
            TooMany: he keeps as many rooms as he may.
        """
        self._check_moderated(subject_of(user))

    def refusal_to_join(self, user: User, room: Room) -> ChatError | None:
        """Return why somebody may not come in now; None if he may."""
        return permissions.refusal(Join, user, room, self._now())

    def check(self, request: type[Request], user: User, room: Room) -> None:
        """See whether somebody may do something in a room now.

        Raises:
            ChatError: he may not.
        """
        permissions.check(request, user, room, self._now())

    def room_to_look_into(self, user: User, name: str) -> Room:
        """Return a room of which somebody may know who is in it.

        Raises:
            RoomNotFound: there is none.
            NotAMember: he is not in it, and does not keep order there.
        """
        if self._closed:
            raise ShuttingDown
        room = self._rooms.get(name)
        self.check(ListUsers, user, room)
        return room

    def rooms_seen_by(self, user: User) -> list[Room]:
        """Return the rooms that somebody is shown."""
        return [room for room in self._rooms if permissions.sees(user, room)]

    # What is asked.

    async def obey(self, user: User, peer: Peer, command: OrderCommand) -> Success | None:
        """Do what is asked; it is answered when everybody has heard of it, or with what is returned.

        Raises:
            ChatError: he may not, or there is no such room or user.
        """
        await self._look_up(user)
        if self._closed:
            raise ShuttingDown
        if not user.peers:
            return None  # gone meanwhile
        if isinstance(command, Broadcast):
            return await self._broadcast(user, command)
        room = self._rooms.get(command.receiver)
        self.check(type(command), user, room)
        answer = self._obey(_Asked(user, peer, command, room), command)
        if answer is not None:
            return Success(SERVER, user.name, answer, id=command.id)
        await self._journal.settled()
        return None

    async def _look_up(self, user: User) -> None:
        """Know whether somebody is an operator now: that can be changed beside a running server."""
        if user.account is not None:
            with suppress(HistoryUnavailable):  # what was known of him holds
                operates = await self._journal.operates(user.person.key)
                user.operator = operates or user.person.key in self._limits.operators

    def _obey(self, asked: _Asked, command: RoomOrder) -> str | None:
        """Do it; return the answer where there is nothing to be done."""
        match command:
            case SetTopic():
                return self._set_topic(asked, command)
            case Kick():
                return self._kick(asked, self._target(command.user), self._reason(command))
            case Ban():
                return self._ban(asked, self._target(command.user), command)
            case Unban():
                return self._unban(asked, self._target(command.user))
            case Mute():
                return self._mute(asked, self._target(command.user), command)
            case Unmute():
                return self._unmute(asked, self._target(command.user))
            case Op():
                return self._op(asked, *self._present(command.user))
            case Deop():
                return self._deop(asked, self._target(command.user))
            case Invite():
                return self._invite(asked, *self._present(command.user))
            case SetRoom():
                return self._set_room(asked, command)
            case Close():
                return self._close(asked)
            case _:
                assert_never(command)

    # Each request.

    def _set_topic(self, asked: _Asked, command: SetTopic) -> str | None:
        topic, room = self._line(command.text, "topic"), asked.room
        if topic == room.order.topic:
            return f"This is the topic of '{room.name}' already" if topic else f"'{room.name}' has no topic"
        changes = [Change(room.key, "", "topic", topic or None)]
        did = f"has set the topic: {topic}" if topic else "has removed the topic"
        self._order(asked, changes, did, f"You have set the topic of '{room.name}'")
        return None

    def _kick(self, asked: _Asked, target: _Target, reason: str) -> str | None:
        room = asked.room
        self._check_target(asked, target)
        changes = self._uninvite(room, target)
        if not changes and (target.user is None or room not in target.user.rooms):
            raise NotAMember(room.name, target.name)
        self._order(
            asked,
            changes,
            f"has kicked {target.name}{reason}",
            f"You have kicked {target.name} from '{room.name}'",
            target=target,
            out=target.user,
            why=Kicked(room.name),
        )
        return None

    def _ban(self, asked: _Asked, target: _Target, command: Ban) -> str | None:
        room, reason = asked.room, self._reason(command)
        self._check_target(asked, target)
        until, lasting = self._until(command.seconds), _for(command.seconds)
        changes = [
            *self._pruned(room, "banned", room.order.banned, target.key, "people banned from a room"),
            Change(room.key, target.key, "banned", _value(until)),
            *_rows(room, "moderator", room.order.moderators, target.key),
            *self._uninvite(room, target),
        ]
        self._order(
            asked,
            changes,
            f"has banned {target.name}{lasting}{reason}",
            f"You have banned {target.name} from '{room.name}'{lasting}",
            target=target,
            detail=lasting.strip(),
            out=target.user,
            why=Banned(room.name, until),
        )
        return None

    def _unban(self, asked: _Asked, target: _Target) -> str | None:
        room = asked.room
        if not room.order.is_banned(target.key, self._now()):
            return f"{target.name} is not banned from '{room.name}'"
        changes = [Change(room.key, target.key, "banned", None)]
        did = f"has unbanned {target.name}"
        self._order(asked, changes, did, f"You have unbanned {target.name} from '{room.name}'", target=target)
        return None

    def _mute(self, asked: _Asked, target: _Target, command: Mute) -> str | None:
        room, reason = asked.room, self._reason(command)
        self._check_target(asked, target)
        lasting = _for(command.seconds)
        changes = [
            *self._pruned(room, "muted", room.order.muted, target.key, "people muted in a room"),
            Change(room.key, target.key, "muted", _value(self._until(command.seconds))),
            *_rows(room, "moderator", room.order.moderators, target.key),
        ]
        self._order(
            asked,
            changes,
            f"has muted {target.name}{lasting}{reason}",
            f"You have muted {target.name} in '{room.name}'{lasting}",
            target=target,
            detail=lasting.strip(),
        )
        return None

    def _unmute(self, asked: _Asked, target: _Target) -> str | None:
        room = asked.room
        if not room.order.is_muted(target.key, self._now()):
            return f"{target.name} is not muted in '{room.name}'"
        changes = [Change(room.key, target.key, "muted", None)]
        did = f"has unmuted {target.name}"
        self._order(asked, changes, did, f"You have unmuted {target.name} in '{room.name}'", target=target)
        return None

    def _op(self, asked: _Asked, target: _Target, user: User) -> str | None:
        room, subject = asked.room, subject_of(user)
        if subject in room.order.moderators:
            return f"{target.name} is a moderator of '{room.name}' already"
        self._check_moderated(subject)
        self._check_rows(room.order.moderators, subject, "moderators of a room")
        changes = [
            Change(room.key, subject, "moderator", target.name),
            *(Change(room.key, target.key, "banned", None) for _ in _one(room.order.banned, target.key)),
            *(Change(room.key, target.key, "muted", None) for _ in _one(room.order.muted, target.key)),
        ]
        did = f"has made {target.name} a moderator"
        answer = f"You have made {target.name} a moderator of '{room.name}'"
        self._order(asked, changes, did, answer, target=target, known=user)
        return None

    def _deop(self, asked: _Asked, target: _Target) -> str | None:
        room, user = asked.room, target.user
        changes = _rows(room, "moderator", room.order.moderators, target.key)
        if not changes:
            return f"{target.name} is no moderator of '{room.name}'"
        last = len(changes) == len(room.order.moderators) and not asked.user.operator
        if last and (room.order.private or room.order.closed):
            raise NotAllowed(f"'{target.name}' is the last moderator, so op somebody or open the room first")
        known = None
        if room.order.private and user is not None and room in user.rooms:
            known = user  # he stays, as all do who are in a room that becomes private
            changes.append(Change(room.key, subject_of(user), "invited", user.name))
        did = f"has made {target.name} a moderator no more"
        answer = f"{target.name} is a moderator of '{room.name}' no more"
        self._order(asked, changes, did, answer, target=target, known=known)
        return None

    def _invite(self, asked: _Asked, target: _Target, user: User) -> str | None:
        room = asked.room
        if room in user.rooms:
            return f"{target.name} is in '{room.name}' already"
        if room.order.closed:
            raise RoomClosed(room.name)
        if room.order.is_banned(target.key, self._now()):
            raise NotAllowed(f"'{target.name}' is banned from room '{room.name}', so unban him first")
        self._check_rows(room.order.invited, subject_of(user), "people invited to a room")
        told = f"{asked.user.name} has invited you to room '{room.name}'"
        self._order(
            asked,
            [Change(room.key, subject_of(user), "invited", user.name)],
            f"has invited {target.name}",
            f"You have invited {target.name} to '{room.name}'",
            target=target,
            known=user,
            told=(user, told),
        )
        return None

    def _set_room(self, asked: _Asked, command: SetRoom) -> str | None:
        room, order = asked.room, asked.room.order
        match command.text.lower():
            case "open":
                if not (order.private or order.closed):
                    return f"'{room.name}' is open already"
                changes = [Change(room.key, "", "private", None), Change(room.key, "", "closed", None)]
                changes += [Change(room.key, subject, "invited", None) for subject in order.invited]
                self._order(asked, changes, "has opened the room", f"'{room.name}' is open", detail="open")
            case "private":
                return self._make_private(asked)
            case "announce":
                if order.announce:
                    return f"Only moderators speak in '{room.name}' already"
                changes = [Change(room.key, "", "announce", "")]
                answer = f"Only moderators speak in '{room.name}'"
                self._order(asked, changes, "lets only moderators speak", answer, detail="announce")
            case "talk":
                if not order.announce:
                    return f"Everybody may speak in '{room.name}' already"
                changes = [Change(room.key, "", "announce", None)]
                answer = f"Everybody may speak in '{room.name}'"
                self._order(asked, changes, "lets everybody speak", answer, detail="talk")
            case _:
                raise InvalidFormat("a room is one of private, open, announce and talk", command.id)
        return None

    def _make_private(self, asked: _Asked) -> str | None:
        """Let only invited people in; who is there is invited, or he could not come back."""
        room, order = asked.room, asked.room.order
        if order.private and not order.closed:
            return f"'{room.name}' is private already"
        permissions.check_lasting(asked.user, room)
        staying = [user for user in self._users_in(room) if not permissions.moderates(user, room)]
        invited = {**order.invited, **{subject_of(user): user.name for user in staying}}
        if len(invited) > self._limits.orders:
            raise TooMany("people in a private room", self._limits.orders)
        changes: list[Act] = [
            Change(room.key, "", "private", ""),
            *(Change(room.key, "", "closed", None) for _ in range(order.closed)),
        ]
        for user in staying:
            changes += [*_known(user), Change(room.key, subject_of(user), "invited", user.name)]
        did = "has made the room private"
        self._order(asked, changes, did, f"'{room.name}' is private", detail="private")
        return None

    def _close(self, asked: _Asked) -> str | None:
        room = asked.room
        if room.order.closed:
            return f"'{room.name}' is closed already"
        changes = [Change(room.key, "", "closed", "")]
        did, answer = "has closed the room", f"You have closed '{room.name}'"
        self._order(asked, changes, did, answer, outs=self._users_in(room), why=RoomClosed(room.name))
        return None

    async def _broadcast(self, user: User, command: Broadcast) -> Success:
        permissions.check_operator(user)
        if len(command.text) > self._limits.text:
            raise TooLong("text", self._limits.text, "characters")
        if not command.text.strip():
            raise InvalidFormat("there is nothing to tell everybody", command.id)
        entry = Noted(user, None, None, (Audited(user.name, "broadcast"),))
        self._journal.append(entry)
        await self._journal.settled()
        if entry.lost:
            raise NotSaved
        text = f"{user.name} to everybody: {harmless(command.text)}"
        everybody = list(self._users)
        for other in everybody:
            event = Private(SERVER, other.name, text)
            for backlog in other.latecomers.values():
                backlog.add(event)
            for peer in list(other.peers):
                peer.write(self._encode(event))
        return Success(SERVER, user.name, f"Told {_counted(len(everybody), 'user')}", id=command.id)

    # What they have in common.

    def _order(
        self,
        asked: _Asked,
        changes: Sequence[Act],
        did: str,
        answer: str,
        *,
        target: _Target | None = None,
        detail: str = "",
        known: User | None = None,
        out: User | None = None,
        outs: Collection[User] = (),
        why: ChatError | None = None,
        told: tuple[User, str] | None = None,
    ) -> None:
        """Let it be so, be said in the room, and be written down who did it."""
        user, peer, command, room = asked
        action = str(command.__struct_config__.tag)
        done = Audited(user.name, action, room.name, target.name if target else "", detail)
        leaving = [one for one in (*outs, *([out] if out else [])) if room in one.rooms]
        memberships = [
            Change(room.key, one.person.key, "member", None) for one in leaving if one.account is not None
        ]
        acts: tuple[Act, ...] = (*(_known(known) if known else ()), *changes, *memberships, done)
        for one in leaving:
            room.forsake(one)
        room.wanted += 1  # until it is delivered: what is decided must not be about another room
        self._journal.append(
            Ordered(
                user,
                peer,
                command.id,
                room,
                acts,
                done=done,
                text=f"{user.name} {did}",
                answer=answer,
                out=tuple(leaving),
                why=why,
                told=told,
            )
        )

    def _target(self, name: str) -> _Target:
        """Return whom a name means, whether anybody has it now or not."""
        if not self._users.may_be(name):
            raise InvalidName("user name", self._limits.user_name, SERVER)
        account = self._accounts.find(name)
        user = account.user if account is not None else self._users.find(name)
        return (
            _Target(name, names.user_key(name), None)
            if user is None
            else _Target(user.name, user.person.key, user)
        )

    def _present(self, name: str) -> tuple[_Target, User]:
        """Return whom a name means, and who has it now: there has to be somebody."""
        target = self._target(name)
        if target.user is None:
            raise UserNotFound(name)
        return target, target.user

    def _users_in(self, room: Room) -> list[User]:
        """Return who counts as being in a room, perhaps while he is away."""
        everybody = {*self._users, *(account.user for account in self._accounts)}
        return [user for user in everybody if room in user.rooms]

    def _uninvite(self, room: Room, target: _Target) -> list[Change]:
        return _rows(room, "invited", room.order.invited, target.key)

    def _check_target(self, asked: _Asked, target: _Target) -> None:
        """See that nobody acts against who stands above him, or beside him."""
        if asked.user.operator:
            return
        if target.user is not None and target.user.operator:
            raise NotAllowed(f"'{target.name}' is an operator of this server")
        if _rows(asked.room, "moderator", asked.room.order.moderators, target.key):
            raise NotAllowed(f"'{target.name}' is a moderator of room '{asked.room.name}', so deop him first")

    def _check_moderated(self, subject: str) -> None:
        """A room whose moderator has claimed his name stays: nobody may fill the server with his."""
        most = self._limits.rooms_of_user
        if self._moderated[subject] >= most:
            raise TooMany("rooms with the same moderator", most)

    def _check_rows(self, rows: Mapping[str, object], subject: str, what: str) -> None:
        if subject not in rows and len(rows) >= self._limits.orders:
            raise TooMany(what, self._limits.orders)

    def _pruned(
        self, room: Room, what: What, rows: Mapping[str, float], key: str, of: str
    ) -> Sequence[Change]:
        """Return what makes place for one row more: those go that are over."""
        if key in rows or len(rows) < self._limits.orders:
            return ()
        now = self._now()
        over = [Change(room.key, subject, what, None) for subject, until in rows.items() if until <= now]
        if not over:
            raise TooMany(of, self._limits.orders)
        return over

    def _reason(self, command: Kick | Ban | Mute) -> str:
        """Return what is said behind what was done."""
        reason = self._line(command.text, "reason")
        return f": {reason}" if reason else ""

    def _line(self, text: str, what: str) -> str:
        """Return a text as it is shown in one line."""
        line = harmless(" ".join(text.split()))
        if len(line) > self._limits.topic:
            raise TooLong(what, self._limits.topic, "characters")
        return line

    def _until(self, seconds: int | None) -> float:
        return FOR_EVER if seconds is None else self._now() + seconds * 1000

    def _now(self) -> float:
        return self._clock.seconds() * 1000


def _known(user: User) -> tuple[Act, ...]:
    """Return what lets the journal know a guest whom rows are about; who has an account, it knows."""
    if user.account is not None:
        return ()
    person = user.person
    return (Known(person.number, person.name, person.key, person.token),)


def _rows(room: Room, what: What, rows: Mapping[str, str], key: str) -> list[Change]:
    """Return what takes away all rows about people of a name: there may be several, one after the other."""
    return [
        Change(room.key, subject, what, None)
        for subject, shown in rows.items()
        if names.user_key(shown) == key
    ]


def _one(rows: Mapping[str, float], key: str) -> Iterable[str]:
    return (key,) if key in rows else ()


def _value(until: float) -> str:
    return "" if until == FOR_EVER else str(int(until))


def _for(seconds: int | None) -> str:
    """Say for how long something is so, where it is not for ever."""
    if seconds is None:
        return ""
    size, unit = next(unit for unit in _UNITS if seconds % unit[0] == 0)
    return f" for {_counted(seconds // size, unit)}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
