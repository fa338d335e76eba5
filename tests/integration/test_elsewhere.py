"""`classchat admin` while a server runs on the same file: its changes take effect at once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor

from classchat.journal import journal_places, looks
from classchat.journal.administration import Administration
from classchat.journal.command_changes import NotDone
from classchat.journal.store import Store
from classchat.limits import Limits
from classchat.messages import (
    Broadcast,
    Claim,
    Create,
    History,
    Join,
    ListRooms,
    Op,
    Register,
    Say,
    SetRoom,
    Tell,
)
from tests.integration.journals import KINDS, Clock, soon, until
from tests.integration.test_order import Client, Server

R = "CS350"
RIGHT = "correct horse"
THEIRS = "battery staple"


@async_yield_fixture
async def server(tmp_path: Path, nothing_left_over: None) -> AsyncIterator[Server]:
    """Run a server on a file."""
    server = Server(KINDS["sqlite"], tmp_path, Clock(), Limits().without_guard())
    yield server
    await server.stops()


@contextmanager
def admin(tmp_path: Path) -> Iterator[Administration]:
    """Open the file as `classchat admin` does."""
    path = tmp_path / "classchat.sqlite"
    with closing(Administration(str(path), lambda: int(reactor.seconds() * 1000))) as opened:
        yield opened


def hashed(password: str) -> str:
    """Return the hash of a password."""
    return f"hash of {password}"


async def owner(server: Server, name: str) -> Client:
    """Return a client that has claimed its name."""
    client = await server.signs_in(name)
    await client.asks(Claim(text=RIGHT))
    return client


async def comes(server: Server, name: str, password: str) -> Client:
    """Return a client that has tried a password."""
    client = Client(server)
    await client.asks(Register(sender=name, text=password))
    return client


@ensureDeferred
async def test_a_claim_and_an_operator(server: Server, tmp_path: Path) -> None:
    """No guest of that name, before or after, gets the account; its owner is an operator at once."""
    guest = await server.signs_in("Opal")
    with admin(tmp_path) as opened:
        opened.claim("Opal", hashed(RIGHT))
        opened.set_operator("Opal", True)
    claimed = await guest.is_refused(Claim(text=THEIRS))
    bare = await Client(server).is_refused(Register(sender="opal"))
    opal = await comes(server, "Opal", RIGHT)

    assert ("already_claimed", "password_required") == (claimed, bare)
    assert "taken_over" in [event.code for event in guest.events if hasattr(event, "code")]
    assert await opal.is_refused(Broadcast(text="Hello")) is None


@ensureDeferred
async def test_a_claim_that_comes_second(server: Server, tmp_path: Path) -> None:
    """It fails where it is written, also if the server could not be shown the first one."""
    guest = await server.signs_in("Opal")
    with patch.object(journal_places, "touch"), admin(tmp_path) as opened:
        opened.claim("Opal", hashed(RIGHT))
    claimed = await guest.is_refused(Claim(text=THEIRS))

    assert "already_claimed" == claimed
    assert await (await comes(server, "Opal", THEIRS)).is_refused(ListRooms()) == "not_registered"
    assert await (await comes(server, "Opal", RIGHT)).is_refused(ListRooms()) is None


@ensureDeferred
async def test_a_release(server: Server, tmp_path: Path) -> None:
    """A released name's next owner inherits no rooms and no messages, even after a restart."""
    alice, bob = await owner(server, "Alice"), await owner(server, "Bob")
    await bob.asks(Create(receiver=R))
    await alice.asks(Join(receiver=R), Say(receiver=R, text="mine", id="1"))
    await bob.asks(Op(receiver=R, user="Alice"), Tell(receiver="Alice", text="between us"))
    with admin(tmp_path) as opened:
        opened.release("Alice")
    again = Client(server)
    await again.asks(Claim(sender="Alice", text=THEIRS))
    asked = [await again.is_refused(one) for one in (History(receiver=R), SetRoom(receiver=R, text="open"))]
    read = await again.asks(History(receiver="Bob"))
    await again.asks(Join(receiver=R), Say(receiver=R, text="theirs", id="1"))

    assert alice.peer.closed
    assert (["not_a_member", "not_allowed"], ["0 messages of 'Bob'"]) == (asked, read)
    assert 2 == server.chat.rooms.get(R).last_seq
    assert [("bob",)] == _rows(tmp_path, "SELECT subject FROM orders WHERE what = 'moderator'")
    assert [1] == [len(room.order.moderators) for room in server.chat.rooms]


@ensureDeferred
async def test_what_is_written_after_a_release(server: Server, tmp_path: Path) -> None:
    """An entry granted before a release is not written: after a restart it would belong to the next owner."""
    alice, bob = await owner(server, "Alice"), await owner(server, "Bob")
    await bob.asks(Create(receiver=R), Create(receiver="other"))
    await alice.asks(Join(receiver="other"))
    with patch.object(journal_places, "touch"), admin(tmp_path) as opened:
        opened.release("Alice")
        opened.claim("Alice", hashed(THEIRS))
    await alice.asks(Join(receiver=R))
    await bob.asks(Say(receiver=R, text="secret"))
    heard = [event.text for event in alice.events]
    again = await comes(server, "Alice", THEIRS)

    assert "secret" not in heard
    assert "not_a_member" == await again.is_refused(History(receiver="other"))
    assert [("bob",)] * 2 == _rows(tmp_path, "SELECT subject FROM orders WHERE what = 'member'")


@ensureDeferred
async def test_somebody_who_asks_for_nothing(server: Server, tmp_path: Path) -> None:
    """A connection with a released name is closed even without any request."""
    alice = await owner(server, "Alice")
    with admin(tmp_path) as opened:
        opened.release("Alice")
    await until(lambda: alice.peer.closed, "Alice is signed out")

    assert "name_released" == alice.events[-1].code


@ensureDeferred
async def test_a_disk_that_hangs(server: Server, tmp_path: Path) -> None:
    """While the disk hangs, sign-ins do not wait for ever: they use the accounts known before."""
    hangs = Event()
    server.journal._writing.do(hangs.wait)
    with admin(tmp_path) as opened:
        opened.claim("Alice", hashed(RIGHT))
    with patch.object(looks, "_LONGEST_LOOK", 0.01):
        waiting = Client(server).session.handle(Register(sender="Opal"))
        await soon(waiting)
    users = [user.name for user in server.chat.users]
    hangs.set()
    await soon(server.journal.look_again())

    assert (["Opal"], "password_required") == (
        users,
        await Client(server).is_refused(Register(sender="Alice")),
    )


@ensureDeferred
async def test_a_former_operator(server: Server, tmp_path: Path) -> None:
    """A former operator is sent no later messages of a room that only an operator may be in."""
    alice, olga = await owner(server, "Alice"), await owner(server, "Olga")
    await alice.asks(Create(receiver=R), SetRoom(receiver=R, text="private"))
    with admin(tmp_path) as opened:
        opened.set_operator("Olga", True)
    joined = await olga.is_refused(Join(receiver=R))
    olga.peer.writes.clear()
    with patch.object(journal_places, "touch"), admin(tmp_path) as opened:
        opened.set_operator("Olga", False)
    await alice.asks(Say(receiver=R, text="secret"))

    assert (None, "not_invited") == (joined, olga.events[0].code)
    assert "secret" not in [event.text for event in olga.events]
    assert "not_invited" == await olga.is_refused(Join(receiver=R))


def test_a_name_that_looks_like_a_claimed_one(tmp_path: Path) -> None:
    """A name too similar to a registered one can't be registered with the command either."""
    with closing(Store(tmp_path / "classchat.sqlite", 0)):
        pass
    with admin(tmp_path) as opened:
        opened.claim("Alice", hashed(RIGHT))
        with pytest.raises(NotDone, match="is too similar to 'Alice'"):
            opened.claim("Аlice", hashed(RIGHT))


def _rows(tmp_path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(tmp_path / "classchat.sqlite")) as db:
        return db.execute(statement).fetchall()
