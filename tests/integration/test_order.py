"""Order in rooms with both journals: decisions hold, even after a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred

from classchat import names
from classchat.core.chat import Chat
from classchat.core.notices import Notice
from classchat.core.restriction import Restriction
from classchat.core.session import Session
from classchat.journal import tables
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits
from classchat.messages import (
    Ban,
    Close,
    Command,
    Create,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Register,
    Say,
    SetRoom,
    SetTopic,
    Unban,
)
from tests.integration.journals import KINDS, Clock, Kind, soon
from tests.unit.helpers import PlainPasswords, RecordingPeer, decode_event

R = "CS350"


def _unseen(notices: Sequence[Notice]) -> None:
    """Drop the notices."""


class Server:
    """A chat with a journal that is shipped, and no network."""

    def __init__(self, kind: Kind, place: Path, clock: Clock, limits: Limits) -> None:
        self.journal = kind.make(place, clock)
        self.chat = Chat(self.journal, _unseen, limits, clock, PlainPasswords(), clock)
        self.chat.open()

    async def signs_in(self, name: str, token: str | None = None, *, operator: bool = False) -> Client:
        """Return a signed-in client, perhaps as the person of an earlier token."""
        client = Client(self)
        await client.asks(Register(sender=name, token=token))
        client.token = client.events[-1].token
        if operator:
            user = self.chat.users.find(name)
            self.chat.accounts.add(user.person, None, user)
        return client

    async def stops(self) -> None:
        """Write all down, and end."""
        await soon(self.journal.close())


class Client:
    """A client that waits for each request, and records the events that it hears."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.peer = RecordingPeer()
        self.session = Session(server.chat, self.peer)
        self.token: str | None = None

    @property
    def events(self) -> list:
        """The events heard so far."""
        return list(map(decode_event, self.peer.lines))

    async def asks(self, *commands: Command) -> list[str]:
        """Ask for something; return the texts of all that was heard of it."""
        self.peer.writes.clear()
        for command in commands:
            waiting = self.session.handle(command)
            if waiting is not None:
                await soon(waiting)
        await soon(self.server.journal.settled())
        return [event.text for event in self.events]

    async def is_refused(self, command: Command) -> str | None:
        """Ask for something; return the code of the refusal, if it is one."""
        await self.asks(command)
        codes = [event.code for event in self.events if event.__struct_config__.tag == "error"]
        return codes[-1] if codes else None


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
def clock() -> Clock:
    """The time, which a test can set."""
    return Clock()


@async_yield_fixture
async def start(tmp_path: Path, clock: Clock, nothing_left_over: None) -> AsyncIterator[Start]:
    """Return a function that starts a server on the same file after the previous one has stopped."""
    servers: list[Server] = []

    async def start(kind: str = "sqlite", **limits: object) -> Server:
        for server in servers:
            await server.stops()
        servers.append(Server(KINDS[kind], tmp_path, clock, Limits(**limits)))
        return servers[-1]

    yield start
    await servers[-1].stops()


@pytest.mark.parametrize("kind", KINDS)
@ensureDeferred
async def test_order_with_every_journal(start: Start, kind: str) -> None:
    """Requests about order are committed, delivered and answered, with each journal."""
    server = await start(kind)
    alice, bob = await server.signs_in("Alice"), await server.signs_in("Bob")
    await alice.asks(Create(receiver=R), SetTopic(receiver=R, text="Exam"))
    joined = await bob.asks(Join(receiver=R))
    banned = await alice.asks(Ban(receiver=R, user="Bob", seconds=60))

    assert ["You have joined 'CS350'", "The topic is: Exam", "Bob has joined the chat room"] == joined
    assert ["You have banned Bob from 'CS350' for 1 minute", "Alice has banned Bob for 1 minute"] == banned
    assert "banned" == await bob.is_refused(Join(receiver=R))


@ensureDeferred
async def test_what_was_decided_holds_after_a_restart(start: Start, clock: Clock) -> None:
    """Topic, moderators, bans, mutes and the right to speak last; guests are known by their tokens."""
    server = await start()
    alice, bob, carol = [await server.signs_in(name) for name in ("Alice", "Bob", "Carol")]
    await alice.asks(Create(receiver=R), SetTopic(receiver=R, text="Exam"))
    await bob.asks(Join(receiver=R))
    await carol.asks(Join(receiver=R))
    await alice.asks(
        Op(receiver=R, user="Bob"),
        Mute(receiver=R, user="Carol"),
        Ban(receiver=R, user="Dora", seconds=3600),
        Ban(receiver=R, user="Emil"),
        Ban(receiver=R, user="Fay"),
        Unban(receiver=R, user="Fay"),
    )
    server = await start()
    bob = await server.signs_in("Bob", bob.token)
    carol, dora, emil, fay = [await server.signs_in(name) for name in ("Carol", "Dora", "Emil", "Fay")]
    joined = await carol.asks(Join(receiver=R))

    assert "The topic is: Exam" in joined
    assert "muted" == await carol.is_refused(Say(receiver=R, text="Hello"))
    assert ["banned", "banned", None] == [await one.is_refused(Join(receiver=R)) for one in (dora, emil, fay)]
    assert None is await bob.is_refused(Kick(receiver=R, user="Carol"))
    assert "not_allowed" == await carol.is_refused(Kick(receiver=R, user="Fay"))
    clock.ahead += 3601
    assert [None, "banned"] == [await one.is_refused(Join(receiver=R)) for one in (dora, emil)]


@ensureDeferred
async def test_what_kind_of_room_it_is_holds_after_a_restart(start: Start) -> None:
    """A private room is one, with its guests; so is an announce room, and a closed one."""
    operators = frozenset({"olga"})
    server = await start(operators=operators)
    olga, bob = await server.signs_in("Olga", operator=True), await server.signs_in("Bob")
    dora = await server.signs_in("Dora")
    for room in ("private", "announce", "closed"):
        await olga.asks(Create(receiver=room))
    await dora.asks(Join(receiver="private"))
    await olga.asks(
        SetRoom(receiver="private", text="private"),
        SetRoom(receiver="announce", text="announce"),
        Invite(receiver="private", user="Bob"),
        Close(receiver="closed"),
    )
    server = await start(operators=operators)
    bob, dora = await server.signs_in("Bob", bob.token), await server.signs_in("Dora", dora.token)
    carol = await server.signs_in("Carol")

    assert [None, None] == [await one.is_refused(Join(receiver="private")) for one in (bob, dora)]
    assert "not_invited" == await carol.is_refused(Join(receiver="private"))
    await carol.asks(Join(receiver="announce"))
    assert "announce_only" == await carol.is_refused(Say(receiver="announce", text="Hello"))
    assert "room_closed" == await carol.is_refused(Join(receiver="closed"))


@ensureDeferred
async def test_who_did_what_is_kept(start: Start, tmp_path: Path) -> None:
    """The audit log has each order and each creator of a room, and no texts of messages."""
    server = await start()
    alice = await server.signs_in("Alice")
    await alice.asks(
        Create(receiver=R),
        SetTopic(receiver=R, text="a secret"),
        Ban(receiver=R, user="Bob", seconds=60, text="a secret"),
    )
    await server.stops()
    with closing(sqlite3.connect(tmp_path / "classchat.sqlite")) as db:
        rows = [row[1:] for row in tables.audit(db, 10)]

    assert [
        ("Alice", "create", R, "", ""),
        ("Alice", "topic", R, "", ""),
        ("Alice", "ban", R, "Bob", "for 1 minute"),
    ] == rows


@ensureDeferred
async def test_who_has_banned_and_muted_is_kept(start: Start) -> None:
    """Bans and mutes are the same after a restart: until when, who has decided them, and when."""
    server = await start()
    alice = await server.signs_in("Alice")
    await alice.asks(
        Create(receiver=R), Ban(receiver=R, user="Bob", seconds=600), Mute(receiver=R, user="Carol")
    )
    order = server.chat.rooms.get(R).order
    server = await start()
    again = server.chat.rooms.get(R).order

    assert ({"bob": "Alice"}, {"carol": "Alice"}) == (_deciders(order.banned), _deciders(order.muted))
    assert (order.banned, order.muted) == (again.banned, again.muted)


def _deciders(rows: Mapping[str, Restriction]) -> dict[str, str]:
    return {key: row.by for key, row in rows.items()}


@ensureDeferred
async def test_a_room_that_was_let_go_begins_without_order(start: Start) -> None:
    """A user who creates a room again under a former name is its only moderator, even after a restart."""
    server = await start(rooms=1)
    alice, bob = await server.signs_in("Alice"), await server.signs_in("Bob")
    await alice.asks(Create(receiver=R), SetTopic(receiver=R, text="Old"), Ban(receiver=R, user="Bob"))
    await alice.asks(Leave(receiver=R))
    await bob.asks(Create(receiver="Other"), Leave(receiver="Other"), Create(receiver=R))
    server = await start()
    order = server.chat.rooms.get(R).order

    assert ("", {}, ["Bob"]) == (order.topic, order.banned, [*order.moderators.values()])


@ensureDeferred
async def test_a_room_that_has_to_stay_is_there_again(start: Start) -> None:
    """Also where the server may have fewer rooms than before, and others are newer."""
    operators = frozenset({"olga"})
    server = await start(operators=operators)
    olga = await server.signs_in("Olga", operator=True)
    for room in ("a", "b", "c"):
        await olga.asks(Create(receiver=room), Leave(receiver=room))
    await olga.asks(SetRoom(receiver="a", text="private"))
    server = await start(rooms=1)
    names_of_rooms = [room.name for room in server.chat.rooms]
    guest = await server.signs_in("Guest")

    assert "a" in names_of_rooms
    assert "room_exists" == await guest.is_refused(Create(receiver="A"))


@ensureDeferred
async def test_an_order_that_cant_be_written_is_none(
    start: Start, tmp_path: Path, nothing_logged: list[str]
) -> None:
    """Who gave it is told `not_saved`; all is as it was, also in the file."""
    server = await start()
    alice, bob = await server.signs_in("Alice"), await server.signs_in("Bob")
    await alice.asks(Create(receiver=R))
    await bob.asks(Join(receiver=R))
    assert isinstance(server.journal, SQLiteJournal)
    with closing(sqlite3.connect(tmp_path / "classchat.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await alice.is_refused(Ban(receiver=R, user="Bob"))
        other.execute("ROLLBACK")
        rows = other.execute("SELECT count(*) FROM orders WHERE what = 'banned'").fetchone()

    assert ("not_saved", (0,), 1) == (refused, rows, len(nothing_logged))
    nothing_logged.clear()
    assert None is await bob.is_refused(Say(receiver=R, text="still here"))
    assert names.key("Bob") not in server.chat.rooms.get(R).order.banned
