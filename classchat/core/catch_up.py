"""Catch-up: replays the messages that a client has missed, and keeps new ones until it has received them.

signs in, joins   a backlog begins: what is said from now on waits there (`backlog.py`)
...               the missed messages are replayed, as fast as the client reads them
...               then the backlog, until what is left of it can follow at once
caught up         the rest of the backlog is sent, and the client gets new messages as all others do
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from classchat.core.backlog import MOST_MISSED, Backlog, Delayed, DeletionEvent
from classchat.core.directory import Directory
from classchat.core.events import BroadcastReceived, UserRenamed
from classchat.core.journal_port import Journal
from classchat.core.marks import Marks
from classchat.core.model import Room, User
from classchat.core.ports import Peer
from classchat.core.readings import Reading, Readings
from classchat.core.replay import PIECE, Check, Replay, membership_check
from classchat.core.room_events import MessageDeleted
from classchat.core.stored import MissedMessages, StoredMessage
from classchat.errors import HistoryUnavailable, NotAMember
from classchat.messages import Group, Since

Due = Callable[[Delayed], bool]
"""Returns whether a client may still get a message of its backlog; called right before that is written."""

_MOST_ROUNDS = 20
"""Times that a backlog is written that has grown while the one before was written, or others are followed."""


class CatchUp:
    """Catches clients up: with all conversations of a user who signs in, or with a room that a user joins."""

    def __init__(self, journal: Journal, directory: Directory, replay: Replay, readings: Readings) -> None:
        self._journal = journal
        self._readings = readings
        self._rooms = directory.rooms
        self._watchers = directory.watchers
        self._replay = replay
        self._most = (
            directory.limits.behind // 2
        )  # bytes for a client that has not read all that was written before

    async def sign_in(self, user: User, peer: Peer, since: Since | None) -> Backlog:
        """Replay all that a user has missed; send new messages to the client from now on.

        Returns the backlog that is left, which has yet to be sent, and what could not be replayed.
        """
        backlog = user.catching_up.get(peer, Backlog())
        await self._journal.settled()
        await self._private_messages(user, peer, since, backlog)
        heard: dict[str, int] = {}
        for room in list(user.rooms) if user.account is not None else ():
            if room not in user.rooms:
                continue  # removed from it while messages of other rooms were replayed
            heard[room.name] = await self.member(user, peer, room, since, backlog)

        def is_due(event: Delayed) -> bool:
            if isinstance(event, MessageDeleted):
                return self._rooms.find(event.room) in user.rooms
            if not isinstance(event, Group):
                return True
            room = self._rooms.find(event.receiver)
            return room in user.rooms and (event.seq or 0) > heard.get(event.receiver, 0)

        await self._new_messages(user, peer, backlog, is_due)
        backlog.events = list(filter(is_due, backlog.events))
        if user.catching_up.pop(peer, None) is not None:
            for room in user.rooms:
                room.catching_up.pop(peer, None)
            self._hears(user, peer)
        return backlog

    def skip(self, user: User, peer: Peer) -> float | None:
        """Send new messages to a client from now on, which has just signed in and reads missed ones itself.

        Returns since when messages were missed, in seconds since 1970; None if none were.
        """
        backlog = user.catching_up.pop(peer)
        for room in user.rooms:
            room.catching_up.pop(peer, None)
        self._hears(user, peer)
        return backlog.left

    def _hears(self, user: User, peer: Peer) -> None:
        user.peers.append(peer)
        self._watchers.add(user, peer)

    async def follow_others(self, room: Room, since: Since) -> None:
        """Wait until this node knows what a client has heard of a room on another one, if it is behind."""
        if not self._journal.several or since.epoch != self._journal.epoch:
            return
        known = -1
        for _ in range(_MOST_ROUNDS):
            if not known < room.last_seq < since.seq:
                break
            known = room.last_seq
            await self._journal.look_again()

    async def before_joining(
        self, user: User, peer: Peer, room: Room, since: Since, backlog: Backlog, check: Check
    ) -> None:
        """Replay what a user has missed in a room that they are about to join.

        Raises:
            ChatError: `check` has raised it, and the rest was not replayed.
        """

        def is_due(_: Delayed) -> bool:
            check()
            return True

        until = room.last_seq  # what is said from now on goes to the backlog
        await self._deletions(user, peer, room, since, check)
        await self._messages(user, peer, room, since, backlog, check, until)
        await self._new_messages(user, peer, backlog, is_due)

    async def member(self, user: User, peer: Peer, room: Room, since: Since | None, backlog: Backlog) -> int:
        """Replay what a member of a room has missed there.

        The replay begins after the number that the client gives, or else at the time when the user has left.
        A user who is removed from the room meanwhile is sent no more of it.

        Returns the number up to which the replay covers the room: messages of the backlog up to that number
        are left out. It is 0 if nothing is replayed.
        """
        seq = None if since is None else backlog.marks_in(since).of_room(room.name, room.key[1:])
        known = None if since is None or seq is None else Since(since.epoch, seq)
        if known is not None:
            await self.follow_others(room, known)
        until = room.last_seq
        check = membership_check(user, room)
        with suppress(NotAMember):
            if known is not None:
                await self._deletions(user, peer, room, known, check)
            else:
                known = await self._since_leaving(room, backlog, until)
                if known is None:
                    return 0  # nothing is replayed: the backlog has all that is said since the sign-in
            await self._messages(user, peer, room, known, backlog, check, until)
        return until

    async def _since_leaving(self, room: Room, backlog: Backlog, until: int) -> Since | None:
        """Return what the owner of an account had heard of a room when they left; None if they were not away.

        None as well, with a gap, where that can't be read.
        """
        if backlog.left is None:
            return None
        try:
            first = await self._journal.first_since(room, _milliseconds(backlog.left))
        except HistoryUnavailable:
            backlog.lose(None)
            return None
        return Since(self._journal.epoch, min(first - 1, until))

    async def _deletions(self, user: User, peer: Peer, room: Room, since: Since, check: Check) -> None:
        """Tell a client which of the messages that it has of a room may have been deleted since.

        Raises:
            ChatError: `check` has raised it, and the rest was not told.
        """
        if since.epoch != self._journal.epoch or not since.seq:
            return
        with suppress(HistoryUnavailable):
            for gone in await self._journal.deletions(room, since.seq):
                check()
                if not user.reaches(peer):
                    return
                by, time = gone.tombstone.by, gone.tombstone.time
                peer.tell(MessageDeleted(room.name, gone.seq, gone.sender, by, time, replay=True))
                await peer.drained()

    async def _messages(
        self, user: User, peer: Peer, room: Room, since: Since, backlog: Backlog, check: Check, until: int
    ) -> None:
        """Replay the messages of a room after `since`, up to a number; those that follow go to the backlog.

        Raises:
            ChatError: `check` has raised it, and the rest was not replayed.
        """
        if since.epoch != self._journal.epoch or since.seq > until:
            backlog.lose(None)
            return
        first = max(since.seq, until - MOST_MISSED)
        try:
            first = max(first, await self._journal.oldest(room) - 1)
            if first > since.seq:
                backlog.lose(min(first, until) - since.seq)
            await self._replay.send(user, peer, room, first, until, check)
        except HistoryUnavailable:
            backlog.lose(None)

    async def _private_messages(self, user: User, peer: Peer, since: Since | None, backlog: Backlog) -> None:
        """Replay the private messages that a user has missed; those that follow go to the backlog."""
        if since is None and backlog.left is None:
            return
        if since is not None and since.epoch != self._journal.epoch:
            backlog.lose(None)
            return

        def waits() -> bool:
            return user.reaches(peer)

        with self._readings.begin() as reading:
            try:
                if since is not None:
                    missed = await self._journal.missed(user.person, since, waits)
                else:
                    left = _milliseconds(backlog.left)
                    missed = await self._journal.missed_since(user.person, left, waits)
            except HistoryUnavailable:
                backlog.lose(None)
                return
            await self._missed(user, peer, since, backlog, missed, reading)

    async def _missed(
        self,
        user: User,
        peer: Peer,
        since: Since | None,
        backlog: Backlog,
        missed: MissedMessages,
        reading: Reading,
    ) -> None:
        """Replay private messages that were read, and keep those that are new by then in the backlog."""
        for gone in missed.deletions:
            if not user.reaches(peer):
                return
            peer.tell(gone.event(user.name))
            await peer.drained()
        messages = missed.messages
        if since is not None and user.account is not None:
            messages = _new_to(backlog.marks_in(since), backlog, messages)
        if missed.left_out and len(messages) == len(missed.messages):
            backlog.lose(missed.left_out)
        sent = {_key(message) for message in messages}
        for message in messages:
            if not user.reaches(peer):
                return
            peer.tell(reading.present(message).event(peer))
            await peer.drained()
        # What was read may be committed and not delivered yet: then it goes to the backlog as well.
        await self._journal.settled()
        if self._journal.several:
            await self._journal.look_again()  # so may what another node has written
        backlog.events = [event for event in backlog.events if _key(event) not in sent]

    async def _new_messages(self, user: User, peer: Peer, backlog: Backlog, is_due: Due) -> None:
        """Send the backlog, until so little is left that all of it can follow at once.

        Where more is said than the client reads, the oldest messages are dropped, and that is recorded. After
        a gap nothing is sent before the answer that tells of it: without that answer, as when the join can't
        be stored, the client would give a number behind the gap the next time.
        """
        for _ in range(_MOST_ROUNDS):
            if backlog.size <= PIECE or backlog.gap is not None or not user.reaches(peer):
                break
            events, backlog.events = backlog.events, []
            for event in events:
                if user.reaches(peer) and is_due(event):
                    peer.tell(replace(event, replay=True))
                    await peer.drained()
        backlog.trim(self._most)


def _key(message: StoredMessage | Delayed) -> object:
    """Return what is the same of a message that was read and of one that is new."""
    if isinstance(message, BroadcastReceived | UserRenamed | DeletionEvent):
        return None  # never stored
    return message.sender, message.seq, message.time


def _new_to(marks: Marks, backlog: Backlog, missed: Sequence[StoredMessage]) -> Sequence[StoredMessage]:
    """Return the messages that a device of an account can't have received.

    The account may have conversations that are older than this device. The device does not name them, because
    it never got any of their messages.
    """
    first = backlog.left if backlog.known_since is None else backlog.known_since
    return [
        message
        for message in missed
        if marks.names_user(message.sender)
        or (first is not None and datetime.fromisoformat(message.time).timestamp() >= first)
    ]


def _milliseconds(seconds: float | None) -> int:
    return int((seconds or 0.0) * 1000)
