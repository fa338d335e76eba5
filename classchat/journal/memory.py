"""A journal in memory: it keeps the last messages while the server runs."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import assert_never

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from classchat import names
from classchat.core.acts import (
    MOST_TOKENS,
    Act,
    Audited,
    Change,
    Deletion,
    Empowered,
    Enrolling,
    FileOffered,
    Gone,
    Happened,
    HookAdded,
    HookRemoved,
    Issued,
    Location,
    NameTaken,
    NodeRemoved,
    PersonRecord,
    Revoked,
    RowChange,
    Seat,
    Secured,
    SessionOver,
)
from classchat.core.backlog import MOST_MISSED
from classchat.core.entries import (
    Created,
    Deleted,
    Entry,
    Message,
    Noted,
    OfNodes,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Whispered,
)
from classchat.core.hooks import Hook
from classchat.core.journal_port import Changed, Deliver, Journal, Others, Searcher, TakeBack, nothing_changes
from classchat.core.marks import heard_up_to
from classchat.core.measures import COMMIT_TIMES, Histogram
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import MOST_FORMER, Dialog, Person, digest
from classchat.core.ports import Calendar
from classchat.core.shared_files import FileSpace, StoredFile
from classchat.core.stored import (
    Authorship,
    Latest,
    MissedMessages,
    PrivateDeletion,
    Restored,
    SearchResults,
    StoredDeletion,
    StoredMessage,
    Tombstone,
)
from classchat.journal import portions
from classchat.journal.latest import LatestRow, between
from classchat.journal.memory_files import MemoryFiles
from classchat.journal.memory_hooks import MemoryHooks
from classchat.journal.memory_roster import MemoryRoster
from classchat.journal.settling import Settling
from classchat.journal.times import DAY
from classchat.journal.words import Words
from classchat.messages import Since
from classchat.rosters.students import Enrolled
from classchat.texts import milliseconds, stamp

_MOST_KEPT = 1_000
"""Messages that are kept, of all conversations together."""

_MOST_IDS = 10_000
"""Messages whose `id` is remembered, to recognize repetitions."""

_MOST_PARTED = 10_000
"""Persons who have left and are remembered."""

_MOST_SEARCHED = 100_000
"""Characters that one search reads: it runs in one turn of the reactor."""

_ALL = 1 << 63
_FEW = 8  # entries that always count as one portion: most batches have no more
_MESSAGES = (Said, Whispered)
_PAGE = 100
"""Messages that are read at a time."""


class MemoryJournal(Journal):
    """Commits at the end of the reactor's turn: all entries of one turn are one batch."""

    shared = False
    several = False
    node = ""
    neighbours: Sequence[str] = ()
    stale = False
    writable = True
    _logger = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        now: Callable[[], str],
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
        removed: Callable[[Sequence[StoredFile]], None] = lambda _: None,
    ) -> None:
        """Schedule with `clock`, and stamp entries with `now`: RFC 3339 in UTC with milliseconds.

        `calendar` tells the same time of day in seconds; the default is `clock`. One turn commits about
        `portion` bytes. `removed` gets the files that are not kept any more.
        """
        self.epoch = secrets.token_urlsafe(12)
        self._clock = clock
        self._calendar: Calendar = calendar or clock
        self._now = now
        self._portion = portion
        self.full = False
        self.commits = Histogram(COMMIT_TIMES)
        self._batch: list[Entry] = []
        self._settling = Settling()
        self._files = MemoryFiles(removed)
        self._deliver: Deliver
        self._kept: deque[Message] = deque(maxlen=_MOST_KEPT)
        self._last_time = ""
        self._count = 0  # of all messages ever kept
        self._ids: dict[tuple[str, str], tuple[float, str, int]] = {}
        self._renamed: list[tuple[Renamed, int]] = []  # with the number of messages before
        self._former: dict[str, list[tuple[str, float]]] = {}  # by name: former ones, each until a time
        self._persons = count(1)
        self.rows: dict[tuple[str, int, str, str], str] = {}
        """The rows of the class layer: by room, session, kind and key."""
        self._secured: dict[str, Secured] = {}
        self._tokens: dict[int, dict[bytes, int]] = {}  # of account owners, with the time of issue
        self._roster = MemoryRoster()
        self._tombstones: dict[tuple[str, int], Tombstone] = {}  # of kept messages, by key and number
        self._hooks = MemoryHooks()
        self._parted: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,  # noqa: ARG002
        changed: Changed = nothing_changes,  # noqa: ARG002
        others: Others | None = None,  # noqa: ARG002
    ) -> Restored:
        """Pass every batch to `deliver`. Nothing is restored, and nothing is ever taken back."""
        self._deliver = deliver
        return Restored()

    async def close(self) -> None:
        """Close the journal after the current batch is delivered."""
        await self.settled()

    async def try_to_write(self) -> bool:
        """Return True: what is in memory can always be written."""
        return True

    def look_again(self) -> Deferred[None]:
        """Return a Deferred that has fired: no other program can change this journal."""
        return succeed(None)

    def append(self, entry: Entry) -> None:
        """Queue an entry, to be committed at the end of this turn."""
        if not self._batch:
            self._clock.callLater(0, self._commit)
        self._batch.append(entry)

    @property
    def waiting(self) -> int:
        """How many entries are appended, and not delivered yet."""
        return len(self._batch)

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all entries so far are delivered."""
        return self._settling.until(self._settling.done + len(self._batch))

    def _commit(self) -> None:
        batch, self._batch = self._batch, []
        if len(batch) > _FEW and not portions.is_one(batch, self._portion):
            first = portions.portion(batch, self._portion).entries
            batch, self._batch = batch[:first], batch[first:]
        self.full = bool(self._batch)
        if self.full:
            self._clock.callLater(0, self._commit)
        self._settling.done += len(batch)
        self._keep(batch)
        with self._logger.failuresHandled("A committed batch could not be delivered"):
            self._deliver(batch)
        self._keep_names()
        for entry in batch:
            entry.peer = None  # kept entries must not keep connections alive
        self._settling.fire()

    def _keep(self, batch: Sequence[Entry]) -> None:
        """Give each entry its time and number."""
        time = self._last_time = max(self._now(), self._last_time)
        kept: list[Message] = []
        for entry in batch:
            if isinstance(entry, _MESSAGES):
                seq = entry.conversation.last_seq + 1
                if entry.id is None or not self._repeats(entry, entry.id, time, seq):
                    entry.commit(time, seq)
                    kept.append(entry)
            else:
                entry.commit(time)
                done = self._hold(entry.acts) and all(map(self._do, entry.acts))
                if isinstance(entry, Noted | Ordered | Ruled | Deleted | Renamed | OfNodes):
                    entry.refused = not done
                if isinstance(entry, Created):
                    self._forget_room(entry.room.key)
                if isinstance(entry, Renamed) and done:
                    self._renamed.append((entry, self._count + len(kept)))
        self._kept.extend(kept)
        self._count += len(kept)
        self._files.shared(entry.file.number for entry in kept if entry.file is not None)

    def _repeats(self, entry: Message, id: str, time: str, seq: int) -> bool:
        """Return whether a message repeats an earlier one, whose number it then gets; else remember it."""
        key, now = (entry.user.person.key, id), self._clock.seconds()
        known = self._ids.pop(key, None) or self._sent_before(entry.user.person.key, id)
        if known is not None and now - known[0] <= DAY:
            self._ids[key] = known
            entry.repeat(known[1], known[2])
            return True
        self._ids[key] = (now, time, seq)
        if len(self._ids) > _MOST_IDS:
            del self._ids[next(iter(self._ids))]
        return False

    def _sent_before(self, key: str, id: str) -> tuple[float, str, int] | None:
        """Return the message with an `id` that was sent under a former name of a user, if there is one."""
        for former, until in self._former.get(key, ()):
            known = self._ids.get((former, id))
            if known is not None and known[0] <= until:
                return known
        return None

    def _keep_names(self) -> None:
        """Keep messages of users who have another name now, and those to them, with the former names."""
        renamed, self._renamed = self._renamed, []
        for entry, before in renamed:
            old_key, person = names.user_key(entry.old), entry.user.person
            if old_key != person.key:
                known = [*self._former.pop(old_key, ()), (old_key, self._clock.seconds())]
                self._former[person.key] = [*self._former.get(person.key, ()), *known][-MOST_FORMER:]
            if len(self._former) > _MOST_PARTED:
                del self._former[next(iter(self._former))]
            former = User(entry.old, Person(entry.old, old_key, b"", person.number))
            receiver = User(entry.old, person)
            for kept in islice(self._kept, max(len(self._kept) - (self._count - before), 0)):
                if kept.user is entry.user:
                    kept.user = former
                if isinstance(kept, Whispered) and kept.to is entry.user:
                    kept.to = receiver

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return a new person, who holds this token."""
        return Person(name, names.user_key(name), digest(token), next(self._persons))

    async def recognize(self, name: str, token: str) -> Person | None:
        """Return the person with this token and name, if they left at most a day ago."""
        person, parted = self._parted.get(digest(token), (None, 0.0))
        if person is None or self._clock.seconds() - parted > DAY:
            return None
        if names.user_key(name) not in (person.key, *person.former):
            return None
        del self._parted[person.token]
        return person

    def part(self, person: Person, unheard: float | None = None) -> None:  # noqa: ARG002
        """Record that a person has left. A person without private conversations need not be remembered."""
        if person.number in self._tokens:
            return
        if person.dialogs:
            self._parted[person.token] = (person, self._clock.seconds())
        if len(self._parted) > _MOST_PARTED:
            self._parted.popitem(last=False)[1][0].forget()

    # Accounts.

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that the owner of an account is here. Here nothing needs to be done."""

    async def secured(self, key: str) -> Secured | None:
        """Return the owner and password hash of a registered name, by its key; None for other names."""
        return self._secured.get(key)

    async def issued(self, person: Person, token: str) -> int | None:
        """Return when an account owner's token was issued, in milliseconds; None if it is not valid."""
        return self._tokens.get(person.number, {}).get(digest(token))

    async def invited(self, code: bytes) -> Enrolled | None:
        """Return the student whose join code has this digest."""
        return self._roster.by_code(code)

    async def roster(self) -> Sequence[Enrolled]:
        """Return the students on the roster, by name."""
        return self._roster.students()

    async def hook(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest."""
        return self._hooks.by_token(token)

    async def hooks(self) -> Sequence[Hook]:
        """Return all webhooks, the oldest first."""
        return self._hooks.all()

    def _do(self, act: Act) -> bool:
        """Apply an act whose result is read later; return whether it succeeded."""
        match act:
            case Secured():
                known = self._secured.get(act.key)
                if (None if known is None else known.password) != act.replaces:
                    return False
                if act.code is not None and not self._roster.use(act.code, act.key, act.person, act.name):
                    return False
                self._secured[act.key] = Secured(act.key, act.name, act.person, act.password)
                self._tokens.setdefault(act.person, {})
            case Issued():
                if act.password not in (None, *(one.password for one in self._secured.values())):
                    return False
                self._issue(self._tokens.setdefault(act.person, {}), act.token)
            case Revoked():
                tokens = self._tokens.get(act.person, {})
                self._tokens[act.person] = {token: tokens[token] for token in tokens if token == act.but}
            case HookAdded():
                self._hooks.add(act, int(self._calendar.seconds() * 1000))
            case HookRemoved():
                return self._hooks.remove(act.number)
            case Enrolling():
                return names.user_key(act.user) not in self._secured and self._roster.add(act)
            case NameTaken():
                return act.key not in self._secured
            case Deletion():
                return self._delete(act)
            case RowChange(value=None):
                self.rows.pop((act.room, act.session, act.kind, act.key), None)
            case RowChange():
                self.rows[act.room, act.session, act.kind, act.key] = act.value or ""
            case FileOffered():
                return self._files.offer(act, self._shared_numbers())
            case SessionOver():  # it can't be exported, so it is forgotten
                for place in [one for one in self.rows if one[:2] == (act.room, act.session)]:
                    del self.rows[place]
            case Location() | Seat() | Gone() | NodeRemoved():  # there is one node
                pass
            case Happened() | Change() | PersonRecord() | Audited() | Empowered():
                pass
            case _:
                assert_never(act)
        return True

    def _delete(self, act: Deletion) -> bool:
        """Delete the text of a kept message; return whether there was one, and of this author."""
        kept = self._find(act.conversation, act.seq)
        if kept is None or act.author not in (None, kept.user.person.number):
            return False
        if (act.conversation, act.seq) in self._tombstones:
            return False
        kept.text = ""
        self._tombstones[act.conversation, act.seq] = Tombstone(act.by, self._last_time)
        if len(self._tombstones) > _MOST_KEPT:
            places = {(entry.conversation.key, entry.seq) for entry in self._kept}
            self._tombstones = {at: gone for at, gone in self._tombstones.items() if at in places}
        return True

    def _find(self, key: str, seq: int) -> Message | None:
        """Return a kept message, by the key of its conversation."""
        for entry in reversed(self._kept):
            if entry.seq == seq and entry.conversation.key == key:
                return entry
        return None

    def _forget_room(self, room: str) -> None:
        """Forget the classes and the webhooks of an earlier room with the same name."""
        self._hooks.forget_room(room)
        for place in [one for one in self.rows if one[0] == room]:
            del self.rows[place]

    def _hold(self, acts: Sequence[Act]) -> bool:
        """Return whether all rows of the class layer are what acts replace."""
        return all(
            self.rows.get((act.room, act.session, act.kind, act.key)) == act.replaces
            for act in acts
            if isinstance(act, RowChange) and not act.anyway
        )

    def _issue(self, tokens: dict[bytes, int], token: bytes) -> None:
        tokens.pop(token, None)
        tokens[token] = int(self._calendar.seconds() * 1000)
        if len(tokens) > MOST_TOKENS:
            del tokens[next(iter(tokens))]

    # Files.

    async def file(self, number: int) -> StoredFile | None:
        """Return a file by its number, unless its message is not kept any more."""
        return self._files.find(number, self._shared_numbers())

    async def space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take."""
        return self._files.space(person)

    def _shared_numbers(self) -> set[int]:
        """Return the numbers of the files whose messages are kept."""
        return {
            entry.file.number
            for entry in self._kept
            if entry.file is not None and (entry.conversation.key, entry.seq) not in self._tombstones
        }

    # Reading.

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest kept message, or of the next one if none is kept."""
        return next(self._log(conversation), _next(conversation)).seq

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest kept message since a time, or of the next one if there is none."""
        since = stamp(time)
        newer = (kept for kept in self._log(conversation) if kept.time >= since)
        return next(newer, _next(conversation)).seq

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return kept messages with numbers above `after` and up to `until`, oldest first, at most a page."""
        return list(islice((kept for kept in self._log(conversation) if after < kept.seq <= until), _PAGE))

    async def authorship(self, conversation: Conversation, seq: int) -> Authorship | None:
        """Return who has sent the kept message with a number, and when; None if it is not kept."""
        kept = self._find(conversation.key, seq)
        if kept is None:
            return None
        deleted = (conversation.key, seq) in self._tombstones
        user, receiver = kept.user, _receiver(kept)
        return Authorship(user.name, receiver, user.person.number, milliseconds(kept.time), deleted)

    async def deletions(self, conversation: Conversation, seq: int) -> Sequence[StoredDeletion]:
        """Return the messages up to a number that were deleted after the one with that number was sent."""
        return self._deletions(conversation, seq)

    def _deletions(self, conversation: Conversation, seq: int) -> list[StoredDeletion]:
        last = self._find(conversation.key, seq)
        found: list[StoredDeletion] = []
        for (key, number), gone in self._tombstones.items():
            if last is None or key != conversation.key or number > seq or gone.time < last.time:
                continue
            kept = self._find(key, number)
            if kept is not None:
                found.append(StoredDeletion(number, kept.user.name, _receiver(kept), kept.time, gone))
        return found

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return the number and time of the message that the bearer of a name sent with this `id`, if any."""
        known = self._ids.get((key, id)) or self._sent_before(key, id)
        then, time, seq = known or (float("-inf"), "", 0)
        return (seq, time) if self._clock.seconds() - then <= DAY else None

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""
        return one.dialogs.get(other)

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with a user of this name, if there is one.

        If there is none, the last one with a user who had this name then, and has another one now.
        """
        dialogs = [*reversed(person.dialogs.items())]
        found = [dialog for other, dialog in dialogs if other.key == key]
        renamed = (dialog for other, dialog in dialogs if key in other.former and self._knows(dialog, key))
        return found[0] if found else next(renamed, None)

    def _knows(self, dialog: Dialog, key: str) -> bool:
        """Return whether a kept message of a private conversation is from or to a name."""
        return any(
            key in (kept.user.person.key, names.user_key(kept.to.name))
            for kept in self._kept
            if isinstance(kept, Whispered) and kept.conversation is dialog
        )

    async def latest(
        self, person: Person, rooms: Sequence[Room], after: int, before: int, limit: int, *, newest: bool
    ) -> Sequence[Latest]:
        """Return the latest kept messages of some rooms, and of a person's private conversations."""
        last = {entry.conversation: entry for entry in self._kept}
        wanted: list[tuple[str, str | None, Conversation]] = [(room.name, None, room) for room in rooms]
        wanted += [(other.name, other.key, dialog) for other, dialog in person.dialogs.items()]
        found = [
            LatestRow(name, key, last[one].seq, milliseconds(last[one].time))
            for name, key, one in wanted
            if one in last
        ]
        return between(found, after, before, limit, newest=newest)

    async def missed(self, person: Person, since: Since) -> MissedMessages:
        """Return the private messages to a person that their client does not have yet."""
        dialogs = [(other.key, dialog.last_seq, dialog) for other, dialog in person.dialogs.items()]
        former = {dialog: other.former for other, dialog in person.dialogs.items()}
        heard = dict(heard_up_to(since, dialogs, former))
        missed = [
            self._as_kept(entry)
            for entry in self._kept
            if isinstance(entry, Whispered)
            and entry.to.person is person
            and entry.seq > heard.get(entry.conversation, _ALL)
        ]
        gone = [
            PrivateDeletion(other.name, deletion)
            for other, dialog in person.dialogs.items()
            for deletion in self._deletions(dialog, heard.get(dialog, 0))
        ]
        return MissedMessages(missed[-MOST_MISSED:], max(len(missed) - MOST_MISSED, 0), gone)

    async def missed_since(self, person: Person, time: int) -> MissedMessages:
        """Return the private messages to a person since a time, in milliseconds."""
        since = stamp(time)
        missed = [
            self._as_kept(entry)
            for entry in self._kept
            if isinstance(entry, Whispered) and entry.to.person is person and entry.time >= since
        ]
        return MissedMessages(missed[-MOST_MISSED:], max(len(missed) - MOST_MISSED, 0))

    async def search(
        self,
        words: Sequence[str],
        rooms: Sequence[Room],
        private: Person | Dialog | None,
        limit: int,
        before: int | None,
        *,
        sender: str | None = None,
        asker: Searcher | None = None,  # noqa: ARG002 (a search takes one turn)
    ) -> SearchResults:
        """Return messages that contain all the words, newest first."""
        readable: set[Conversation] = {*rooms}
        match private:
            case Person():
                readable.update(private.dialogs.values())
            case Dialog():
                readable.add(private)
        wanted = Words(" ".join(words))
        if not wanted and (words or sender is None):
            return SearchResults([], None)
        found: list[StoredMessage] = []
        left = _MOST_SEARCHED
        for position, entry in zip(range(self._count, 0, -1), reversed(self._kept), strict=False):
            if (before is not None and position >= before) or entry.conversation not in readable:
                continue
            if sender is not None and entry.user.person.key != sender:
                continue
            if (entry.conversation.key, entry.seq) in self._tombstones:
                continue
            if left < 0:
                return SearchResults(found, position + 1)
            left -= len(entry.text)
            if wanted.occur_in(entry.text):
                if len(found) == limit:
                    return SearchResults(found, position + 1)
                found.append(self._as_kept(entry))
        return SearchResults(found, None)

    def _log(self, conversation: Conversation) -> Iterator[StoredMessage]:
        """Yield the kept messages of a conversation, oldest first."""
        return (self._as_kept(entry) for entry in self._kept if entry.conversation is conversation)

    def _as_kept(self, entry: Message) -> StoredMessage:
        gone = self._tombstones.get((entry.conversation.key, entry.seq)) if self._tombstones else None
        private = isinstance(entry, Whispered)
        return StoredMessage(
            entry.seq, entry.time, entry.user.name, _receiver(entry), entry.text, private, gone, entry.file
        )


def _receiver(entry: Message) -> str:
    """Return the room, or the name of the user, that a message was sent to."""
    return entry.to.name if isinstance(entry, Whispered) else entry.conversation.name


def _next(conversation: Conversation) -> StoredMessage:
    """Return the number of a conversation's next message."""
    return StoredMessage(conversation.last_seq + 1, "", "", "", "", False)
