"""`classchat roster` while a server runs on the same file: the roster and its join codes hold at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor

from classchat.class_commands import ReadRoster
from classchat.class_events import RosterView
from classchat.journal.roster_administration import RosterAdministration
from classchat.limits import Limits
from classchat.messages import Claim, Create, Join, ListRooms, Success
from classchat.rosters.roster_file import read_roster
from tests.integration.journals import KINDS, Clock
from tests.integration.test_order import Client, Server

R = "CS350"
RIGHT = "correct horse"


@async_yield_fixture
async def server(tmp_path: Path, nothing_left_over: None) -> AsyncIterator[Server]:
    """Run a server on a file, where only students with a join code register names."""
    limits = replace(Limits().without_guard(), claims="closed")
    server = Server(KINDS["sqlite"], tmp_path, Clock(), limits)
    yield server
    await server.stops()


@contextmanager
def roster(tmp_path: Path) -> Iterator[RosterAdministration]:
    """Open the file as `classchat roster` does."""
    path = tmp_path / "classchat.sqlite"
    with closing(RosterAdministration(str(path), lambda: int(reactor.seconds() * 1000))) as opened:
        yield opened


@ensureDeferred
async def test_a_student_is_imported_and_registers(server: Server, tmp_path: Path) -> None:
    """A code that was made while the server runs registers one name; staff see the student at once."""
    teacher = await server.signs_in("Mona")
    await teacher.asks(Create(receiver=R))
    with roster(tmp_path) as opened:
        opened.take(read_roster(b"name,id,section\nJane Doe,1,A\nBob,2,B\n"), drop=False)
        (invitation,) = opened.invite(["1"], random=lambda count: b"\x07" * count)
    jane, thief = Client(server), Client(server)
    await jane.asks(Claim(sender="Jane.Doe", text=RIGHT, code=invitation.code))
    await jane.asks(Join(receiver=R))
    refused = await thief.is_refused(Claim(sender="Thief", text=RIGHT, code=invitation.code))
    await teacher.asks(ReadRoster(receiver=R, id="roster"))
    (answer,) = [event for event in teacher.events if isinstance(event, Success) and event.id == "roster"]

    assert "wrong_code" == refused
    assert [
        RosterView("Bob", section="B"),
        RosterView("Jane Doe", "Jane.Doe", "A", here=True),
    ] == answer.roster


@ensureDeferred
async def test_a_student_who_is_removed(server: Server, tmp_path: Path) -> None:
    """The code of a student who has left is no longer valid, and a new code replaces an earlier one."""
    with roster(tmp_path) as opened:
        opened.take(read_roster(b"name,id\nJane Doe,1\nBob,2\n"), drop=False)
        numbers = iter((1, 2))
        invitations = opened.invite([], random=lambda count: bytes([next(numbers)]) * count)
        opened.remove("1")
        again = opened.invite(["2"], random=lambda count: b"\x09" * count)[0].code
    refused = [
        await Client(server).is_refused(Claim(sender=name, text=RIGHT, code=code))
        for name, code in [(one.student.user, one.code) for one in invitations]
    ]
    bob = Client(server)
    await bob.asks(Claim(sender="Bob", text=RIGHT, code=again))

    assert ["wrong_code", "wrong_code"] == refused
    assert await bob.is_refused(ListRooms()) is None
