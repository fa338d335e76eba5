"""The state of the class layer in one room: rows, which change together with the log.

A row is a Struct under a kind (its class) and a key. What a request changes is stored in the transaction of
its entry, where each change names the value that it replaces: if another one was faster, the entry is refused
as a whole, and the request is decided again. There are two states: the `delivered` one, which users see, and
the one that is `expected` when all entries on their way are delivered: further requests are decided on that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Struct

from classchat.core.acts import RowChange

R = TypeVar("R", bound="ClassRow")

SERVER_WIDE = ""
"""The key of the rows that belong to no room."""


class ClassRow(Struct, frozen=True, omit_defaults=True):
    """The base of all rows. A class of rows says where they are kept."""

    kind: ClassVar[str]
    lasting: ClassVar[bool] = False
    """Whether the rows outlive the session in which they were written."""

    secret: ClassVar[bool] = False
    """Whether they lie in the table that search, history and export do not read."""

    unordered: ClassVar[bool] = False
    """Whether their places in the file must not show when they were written, and so by whom."""

    remembered: ClassVar[bool] = True
    """Whether they are part of the state; others are only stored, for exports."""

    server_wide: ClassVar[bool] = False
    """Whether they belong to no room."""


class CurrentSession(ClassRow, frozen=True):
    """The session that is under way in a room: the one row, with the key `""`."""

    kind = "current"
    lasting = True

    session: int
    """When it began, in milliseconds, which is its id; no two of a room begin in one."""

    number: int
    title: str = ""


class _Stored(NamedTuple):
    row: ClassRow
    json: str


_State = dict[tuple[int, str], dict[str, _Stored]]

Changes = Sequence[tuple[int, type[ClassRow], str, _Stored | None]]
"""The changes of one entry: session, kind, key, and the row, or None where it is deleted."""

_encode = msgspec.json.Encoder().encode
_T = TypeVar("_T")


class ClassRows:
    """The rows of one room, or those of no room."""

    def __init__(self, room: str = SERVER_WIDE) -> None:
        """Begin without rows; `room` is the key of the room's log."""
        self.room = room
        self._delivered: _State = {}
        self._expected: _State = {}
        self._on_the_way: deque[Changes] = deque()
        self._known: dict[str, object] = {}

    def restore(self, session: int, kind: type[ClassRow], key: str, json: str) -> None:
        """Take a row that was stored, in the order in which rows were first written."""
        stored = _Stored(msgspec.json.decode(json, type=kind), json)
        for state in (self._delivered, self._expected):
            state.setdefault((session, kind.kind), {})[key] = stored

    def of(self, session: int, kind: type[ClassRow], *, expected: bool) -> Mapping[str, _Stored]:
        """Return the rows of a kind, as they are stored."""
        return (self._expected if expected else self._delivered).get((session, kind.kind), {})

    def session(self, *, expected: bool = False) -> CurrentSession | None:
        """Return the session that is under way."""
        stored = self.of(0, CurrentSession, expected=expected).get("")
        return None if stored is None else cast(CurrentSession, stored.row)

    def known(self, name: str, find: Callable[[], _T]) -> _T:
        """Return what is found in the delivered rows; it is found once, and kept until these change."""
        if name not in self._known:
            self._known[name] = find()
        return cast(_T, self._known[name])

    def expect(self, changes: Changes) -> None:
        """Take changes whose entry is on its way."""
        self._on_the_way.append(changes)
        _apply(self._expected, changes)

    def deliver(self) -> None:
        """Apply the oldest changes that are on their way, because their entry is delivered."""
        self._known.clear()
        before = self.session()
        _apply(self._delivered, self._on_the_way.popleft())
        after = self.session()
        if before is not None and (after is None or after.session != before.session):
            for state in (self._delivered, self._expected):  # what has ended stays in the journal
                for session, kind in [key for key in state if key[0] == before.session]:
                    del state[session, kind]

    def follow(self, changes: Changes) -> None:
        """Apply changes of another node, before those that are on their way."""
        if not self._on_the_way:
            _apply(self._expected, changes)
        self._on_the_way.appendleft(changes)
        self.deliver()
        if self._on_the_way:
            self._expect_again()

    def drop(self, changes: Changes) -> None:
        """Forget changes that are on their way, because their entry was refused."""
        self._on_the_way = deque(one for one in self._on_the_way if one is not changes)
        self._expect_again()

    def _expect_again(self) -> None:
        self._expected = {key: dict(rows) for key, rows in self._delivered.items()}
        for left in self._on_the_way:
            _apply(self._expected, left)


def change(session: int, kind: type[ClassRow], key: str, json: str | None) -> Changes:
    """Return the change of one row, as it was stored."""
    stored = None if json is None else _Stored(msgspec.json.decode(json, type=kind), json)
    return [(session, kind, key, stored)]


def text(row: ClassRow) -> str:
    """Return a row as it is stored."""
    return _encode(row).decode()


def _apply(state: _State, changes: Changes) -> None:
    for session, kind, key, stored in changes:
        if not kind.remembered:
            continue
        rows = state.setdefault((session, kind.kind), {})
        if stored is None:
            rows.pop(key, None)
        else:
            rows[key] = stored


class Draft:
    """What a request changes: reads are of the expected state, with what the draft has changed itself.

    For what users are shown there is a draft of the delivered state, in which nothing is changed.
    """

    def __init__(self, rows: ClassRows, server: ClassRows, *, expected: bool = True) -> None:
        self._rows = rows
        self._server = server
        self._expected = expected
        session = rows.session(expected=expected)
        self.session = 0 if session is None else session.session
        """The session that rows belong to which do not last; 0 for none."""
        self._changed: dict[tuple[int, type[ClassRow], str], ClassRow | None] = {}
        self._held: dict[tuple[int, type[ClassRow], str], None] = {}

    def current(self) -> CurrentSession | None:
        """Return the session that is under way."""
        return self.get(CurrentSession, "")

    def get(self, kind: type[R], key: str) -> R | None:
        """Return a row, or None."""
        session = self._session_of(kind)
        if (session, kind, key) in self._changed:
            return cast("R | None", self._changed[session, kind, key])
        stored = self._stored(kind).get(key)
        return None if stored is None else cast(R, stored.row)

    def all(self, kind: type[R]) -> dict[str, R]:
        """Return all rows of a kind by key, in the order in which they were first written."""
        rows = cast(dict[str, R], {key: stored.row for key, stored in self._stored(kind).items()})
        at = self._session_of(kind)
        for (session, changed, key), row in self._changed.items():
            if changed is kind and session == at:
                if row is None:
                    rows.pop(key, None)
                else:
                    rows[key] = cast(R, row)
        return rows

    def is_delivered(self, kind: type[ClassRow], key: str) -> bool:
        """Return whether a row is in the state that users see as it is here."""
        session, source = self._session_of(kind), self._source(kind)
        delivered = source.of(session, kind, expected=False).get(key)
        return (None if delivered is None else delivered.row) == self.get(kind, key)

    def each(self, kind: type[R]) -> Iterator[tuple[str, R]]:
        """Yield all rows of a kind with their keys, like `all`, where no dict is needed."""
        at, changed = self._session_of(kind), self._changed
        stored = self._stored(kind)
        if not changed:
            for key, one in stored.items():
                yield key, cast(R, one.row)
            return
        for key, one in stored.items():
            row = changed.get((at, kind, key), one.row)
            if row is not None:
                yield key, cast(R, row)
        for (session, other, key), new in changed.items():
            if other is kind and session == at and new is not None and key not in stored:
                yield key, cast(R, new)

    def count(self, kind: type[ClassRow]) -> int:
        """Return the number of rows of a kind, without what the draft has changed itself."""
        return len(self._stored(kind))

    def put(self, key: str, row: ClassRow) -> None:
        """Write a row."""
        self._changed[self._session_of(type(row)), type(row), key] = row

    def drop(self, kind: type[ClassRow], key: str) -> None:
        """Delete a row, if it is there."""
        if self.get(kind, key) is not None:
            self._changed[self._session_of(kind), kind, key] = None

    def hold(self, kind: type[ClassRow], key: str) -> None:
        """Refuse the request, so that it is decided again, if this row has changed when it is written."""
        self._held[self._session_of(kind), kind, key] = None

    def known(self, name: str, find: Callable[[], _T]) -> _T:
        """Return what is found in the rows; of the delivered ones it is kept until they change."""
        return find() if self._expected else self._rows.known(name, find)

    @property
    def changed(self) -> bool:
        """Whether anything is changed."""
        return bool(self._changed)

    def acts(self) -> tuple[RowChange, ...]:
        """Return the changes as acts of the entry, each with the value that it replaces."""
        acts = []
        for (session, kind, key), row in self._changed.items():
            value = None if row is None else text(row)
            before = self._before(session, kind, key)
            if value is not None or before is not None:
                room = self._source(kind).room
                anyway = not kind.remembered
                acts.append(
                    RowChange(
                        room, session, kind.kind, key, value, before, anyway, kind.secret, kind.unordered
                    )
                )
        for session, kind, key in self._held:
            if (session, kind, key) not in self._changed:
                same = self._before(session, kind, key)
                room = self._source(kind).room
                acts.append(RowChange(room, session, kind.kind, key, same, same, secret=kind.secret))
        return tuple(acts)

    def begin(self) -> tuple[Changes, Changes]:
        """Expect the changes, whose entry is about to be appended: of the room and of the server."""
        changes: tuple[list[Any], list[Any]] = ([], [])
        for (session, kind, key), row in self._changed.items():
            stored = None if row is None else _Stored(row, text(row))
            changes[kind.server_wide].append((session, kind, key, stored))
        self._rows.expect(changes[0])
        self._server.expect(changes[1])
        return changes

    def _source(self, kind: type[ClassRow]) -> ClassRows:
        return self._server if kind.server_wide else self._rows

    def _session_of(self, kind: type[ClassRow]) -> int:
        return 0 if kind.lasting else self.session

    def _stored(self, kind: type[ClassRow]) -> Mapping[str, _Stored]:
        return self._source(kind).of(self._session_of(kind), kind, expected=self._expected)

    def _before(self, session: int, kind: type[ClassRow], key: str) -> str | None:
        stored = self._source(kind).of(session, kind, expected=True).get(key)
        return None if stored is None else stored.json


def next_number(rows: Mapping[str, object]) -> int:
    """Return the next number of rows whose keys are numbers."""
    return max(map(int, rows), default=0) + 1
