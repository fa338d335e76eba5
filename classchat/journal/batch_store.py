"""What the writer of every engine does: it numbers messages and commits them, one batch at a time.

A batch takes one transaction and one `insert_new`. The writer updates its cached state only after a commit,
so nothing changes when a batch fails.

It is fast because it creates only one object for each row: the row itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from classchat.core.acts import Act, NameTaken
from classchat.core.model import room_log_key
from classchat.core.stored import Ownership
from classchat.journal import class_rows, deletions, file_rows, hook_rows, upkeep
from classchat.journal.batch_rows import INSERT, Kept, Message, Outcome, PersonRow, Row
from classchat.journal.database import Database
from classchat.journal.deletions import IndexedText
from classchat.journal.elsewhere import Lookout
from classchat.journal.numbering import Numbering, Places
from classchat.journal.repetitions import Repetitions
from classchat.journal.tables import write as write_acts

P = ParamSpec("P")
T = TypeVar("T")

BUSY = 1
MORE = 2
"""What `BatchStore.erase_deleted` returns: see there."""


class BatchStore(ABC):
    """The only connection that writes to a journal.

    Any method may raise one of `FAILURES`, for example when the disk is full. Then nothing has changed, and
    the next call may succeed.
    """

    epoch: str
    last_time: int
    last_person: int
    _db: Database

    def __init__(self) -> None:
        self.elsewhere: Sequence[Ownership] = ()
        """The changes of other programs before the last `append`."""
        self.refused: Collection[int] = ()
        """The positions of the last `acts` that failed."""
        self.erased = False
        """Whether the last `append` has deleted secrets or texts: `erase_deleted` overwrites them."""
        self._last_id = 0
        self._outcome: Outcome | None = None  # of the last transaction with a batch

    def _read_state(self) -> None:
        """Read what is cached."""
        self._numbering = Numbering(self._db)
        self._repetitions = Repetitions(self._db)
        self.epoch, deleted = self._one("SELECT epoch, last_id FROM journal")
        newest = self._db.execute("SELECT id, time FROM messages ORDER BY id DESC LIMIT 1").fetchone()
        last_id, self.last_time = newest or (0, 0)
        self._last_id = max(last_id, deleted)
        persons, guests = self._one(
            "SELECT coalesce((SELECT max(id) FROM persons), 0),"
            " coalesce((SELECT max(person) FROM happenings), 0)"  # of guests who were in rooms only
        )
        self.last_person = max(persons, guests)
        self._lookout = Lookout(self._db)

    # What differs between engines.

    @abstractmethod
    def ready(self) -> None:
        """Raise an error if nothing can be written now."""

    @abstractmethod
    def try_to_write(self) -> None:
        """Write something that changes nothing, in a transaction, and raise an error if that fails."""

    @abstractmethod
    def transaction(self, *, erases: bool) -> AbstractContextManager[None]:
        """Run the body as the transaction of a batch; with `erases` it deletes secrets."""

    @abstractmethod
    def step(self) -> AbstractContextManager[None]:
        """Run the body as a transaction between the batches."""

    @abstractmethod
    def insert_new(self, rows: Sequence[Row]) -> bool:
        """Insert messages, unless any has a request `id` that is known; return whether they are inserted."""

    @abstractmethod
    def index_some(self, limit: int = 500) -> int:
        """Add the next messages to the search index, at most `limit`; return how many, 0 if all are in it.

        The step is short for any texts, because writes wait for it.
        """

    @abstractmethod
    def merge_some(self) -> int:
        """Merge some parts of the search index; return 0 if there are none left to merge."""

    @abstractmethod
    def delete_older(self, time: int, limit: int = 500) -> int:
        """Delete the oldest messages from before a time, at most `limit`; return how many.

        Their numbers are never reused. Their request ids are forgotten, so `time` must be at least
        `repetitions.REMEMBERED_FOR` ago.
        """

    @abstractmethod
    def erase_deleted(self) -> int:
        """Overwrite some of what is left of deleted secrets and texts.

        Returns 0 if that is done, `BUSY` if others prevent it at this moment, `MORE` if there is more to do.
        """

    @abstractmethod
    def replace_in_index(self, texts: Sequence[IndexedText]) -> None:
        """Remove texts from the search index, within the transaction in which their messages lose them."""

    @abstractmethod
    def drop_from_index(self, texts: Sequence[IndexedText]) -> None:
        """Remove messages from the search index, within the transaction in which they are deleted."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection. Harmless twice."""

    # Messages.

    def append(
        self,
        messages: Sequence[Message],
        time: int,
        rooms: Iterable[str] = (),
        persons: Iterable[PersonRow] = (),
        acts: Sequence[Sequence[Act]] = (),
        happened: Sequence[class_rows.RoomHappening] = (),
        files: Mapping[int, int] = MappingProxyType({}),
    ) -> list[Kept]:
        """Write rooms, persons, messages and acts, all or nothing; return the result of each message.

        `acts` are grouped by entry; the acts of an entry that fails are left out: see `refused`.

        `files` has the numbers of shared files by the positions of their messages.

        `rooms` are names as they are shown. A private conversation is created with its first message, when
        its two persons must be in the file or among `persons`; repeating a person is harmless. `time` is in
        milliseconds, and never decreases.

        Raises:
            KeyError: a message is for a room that does not exist.
        """
        places: Places = {}
        self.ready()
        rooms = tuple(rooms)
        self.erased = bool(rooms or acts) and self._erases(rooms, acts)
        with self.transaction(erases=self.erased):
            elsewhere = self._lookout.look()  # before our own changes, because it was there first
            self._make_rooms(rooms, time)
            hook_rows.remove_of_rooms(self._db, map(room_log_key, rooms))
            self._note_persons(persons)
            refused = [at for at, one in enumerate(acts) if not self._write_acts(one, time)]
            class_rows.write_happenings(self._db, happened, time)
            kept, last_id = self._keep(messages, time, places)
            self._set_last_numbers(places.values())
            if files:
                self._attach(files, messages, kept, places)
            self._outcome = outcome = Outcome(kept, last_id, time, places, acts, refused, elsewhere)
        return self._committed(outcome)

    def _attach(
        self,
        files: Mapping[int, int],
        messages: Sequence[Message],
        kept: Sequence[Kept],
        places: Places,
    ) -> None:
        """Attach files to their messages, unless these repeat earlier ones."""
        file_rows.attach(
            self._db,
            [
                (number, places[messages[at].conversation][0], kept[at][0])
                for at, number in files.items()
                if not kept[at][2]
            ],
        )

    def _set_last_numbers(self, numbers: Iterable[Sequence[int]]) -> None:
        """Write the last numbers of conversations, each with the id."""
        self._db.executemany(
            "UPDATE conversations SET last_seq = ? WHERE id = ?", [(seq, id) for id, seq in numbers]
        )

    def _write_acts(self, acts: Sequence[Act], time: int) -> bool:
        """Write the acts of one entry; return whether all succeeded, else nothing is written."""
        texts = deletions.texts(self._db, acts)
        if not write_acts(self._db, acts, time):
            return False
        if texts:
            self.replace_in_index(texts)
        return True

    def _committed(self, outcome: Outcome) -> list[Kept]:
        """Update the cached state after a commit; return the result of each message."""
        kept, last_id, time, places, acts, refused, self.elsewhere = outcome
        self.refused = refused
        self._lookout.seen()
        for at, one in enumerate(acts):
            for act in one if at not in refused else ():
                if isinstance(act, NameTaken):
                    self._repetitions.rename(act.old_key, act.key, time)
        self._last_id = last_id
        if kept:
            self.last_time = time
        self._numbering.written(places)
        return kept

    def _erases(self, rooms: Iterable[str], acts: Iterable[Sequence[Act]]) -> bool:
        """Return whether secrets or texts are about to be deleted."""
        return any(class_rows.erases(one) or deletions.erases(one) for one in acts) or any(
            class_rows.has_secrets(self._db, key) or deletions.is_private(self._db, key)
            for key in map(room_log_key, rooms)
        )

    def look(self) -> Sequence[Ownership]:
        """Return the changes of other programs since the last call, or the last `append`."""
        elsewhere = self._lookout.look()
        self._lookout.seen()
        return elsewhere

    def _keep(self, messages: Sequence[Message], time: int, places: Places) -> tuple[list[Kept], int]:
        """Insert all messages at once, or one by one if there is a repetition."""
        id = self._last_id
        rows: list[Row] = []
        kept: list[Kept] = []
        for message in messages:
            place = places.get(message[0]) or self._numbering.place(message[0], time, places)
            seq = place[1] = place[1] + 1
            id += 1
            rows.append((id, place[0], seq, time, *message[1:]))
            kept.append((seq, time, False))
        if not rows:
            return kept, id
        if self._repetitions.any_former((row[5], row[7]) for row in rows):
            return self._keep_singly(rows, time, places)
        if self.insert_new(rows):
            return kept, id
        return self._keep_singly(rows, time, places)

    def _keep_singly(self, rows: Sequence[Row], time: int, places: Places) -> tuple[list[Kept], int]:
        """Insert the messages that are not repetitions, with new numbers."""
        by_id = {place[0]: place for place in places.values()}
        for _, conversation, seq, *_ in reversed(rows):
            by_id[conversation][1] = seq - 1
        id = self._last_id
        kept: list[Kept] = []
        for _, conversation, _, _, _, sender_key, _, request, *_ in rows:
            first = None
            if request is not None:
                first = self._repetitions.first(sender_key, request, time, self._last_id)
            if first is not None:
                kept.append((*first, True))
                continue
            place = by_id[conversation]
            place[1] += 1
            id += 1
            self._db.execute(INSERT, (id, conversation, place[1], *rows[len(kept)][3:]))
            kept.append((place[1], time, False))
        return kept, id

    def _make_rooms(self, rooms: Iterable[str], time: int) -> None:
        """Create rooms. The order of an earlier room with the same name is deleted.

        So is what was said in it, if it was private.
        """
        for name in rooms:
            if deletions.is_private(self._db, room_log_key(name)):
                self._delete_messages(room_log_key(name))
            self._numbering.make(room_log_key(name), name, time)
            self._db.execute("DELETE FROM orders WHERE room = ?", (room_log_key(name),))
            class_rows.forget_room(self._db, room_log_key(name))

    def _delete_messages(self, room: str) -> None:
        """Delete all messages of a room, with their files. Their numbers are never used again."""
        file_rows.end_all(self._db, room)
        while texts := deletions.some_texts(self._db, room):
            self.drop_from_index(texts)
            deletions.remove(self._db, texts)
        deletions.forget_indexed(self._db)

    def _note_persons(self, persons: Iterable[PersonRow]) -> None:
        rows = list(persons)
        if rows:
            self._db.executemany(
                "INSERT INTO persons(id, name, key, token_hash) VALUES(?, ?, ?, ?)"
                " ON CONFLICT(id) DO NOTHING",
                rows,
            )

    def last_seq(self, conversation: str) -> int:
        """Return the number of a conversation's last message, by its key; 0 if there is none."""
        return self._numbering.last_seq(conversation)

    # Persons, who may read their private messages.

    def set_ended(self, times: Mapping[int, upkeep.LastSeen]) -> int:
        """Record when persons left; unknown persons are ignored."""
        return self._upkeep(upkeep.set_ended, times)

    def forget_persons(self, before: int) -> int:
        """Delete the tokens of persons who left before a time; return how many.

        The persons stay, because their numbers are parts of conversations' keys and must not be reused.
        """
        forgotten = self._upkeep(upkeep.forget_persons, before)
        self._repetitions.forget(before)
        return forgotten

    # Files.

    def drop_files(self, unfinished_before: int) -> list[file_rows.NeededContent]:
        """Forget files without a message, and uploads that have begun before a time; return them."""
        return self._upkeep(file_rows.drop_ended, unfinished_before)

    def needed_contents(self) -> Sequence[file_rows.NeededContent]:
        """Return all contents that files have."""
        with self.step():
            return file_rows.needed(self._db)

    def unless_needed(self, sha256: str, remove: Callable[[str], None]) -> None:
        """Remove a content if no file has it; no file can get it meanwhile."""
        with self.step():
            if not file_rows.is_needed(self._db, sha256):
                remove(sha256)

    # The database.

    def _upkeep(self, step: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a step in one transaction."""
        with self.step():
            return step(self._db, *args, **kwargs)

    def _one(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """Return the first row of a query's result."""
        row: tuple[Any, ...] = self._db.execute(statement, values).fetchone()
        return row
