"""Several nodes on one journal in PostgreSQL: one order, leases, and databases that die."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import astuple, replace
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.task import deferLater

from classchat.core.acts import Act, Change, Gone, Location, NodeRemoved, PersonRecord, Seat
from classchat.core.entries import Entry, Located, NodeLost, Noted, Said, SignedOut
from classchat.core.journal_port import CannotOpen
from classchat.core.model import Room, User
from classchat.core.node_lines import CreatedLine, JoinedLine, NodeLostLine, NotUnderstood, SaidLine
from classchat.errors import RoomExists
from classchat.journal.command import show
from classchat.journal.postgres import node_leases
from tests.integration.journals import outcome, soon, until
from tests.postgres import Cluster, shared_cluster
from tests.ready_journals import ready_journals

if TYPE_CHECKING:
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from tests.integration.nodes import Node

OpenNode = Callable[..., "Node"]


@pytest.fixture
def without_tables(tmp_path: Path) -> str:
    """Return the URL of a schema in which a test may make and change tables."""
    return shared_cluster().new_journal(str(tmp_path))


@async_yield_fixture
async def open_node(tmp_path: Path, nothing_left_over: None) -> AsyncIterator[OpenNode]:
    """Return a function that starts a node, on a new journal or a given one; all are closed in the end."""
    from tests.integration.nodes import Node

    nodes: list[Node] = []

    def open_node(url: str = "") -> Node:
        nodes.append(Node(url or ready_journals().take(str(tmp_path))))
        return nodes[-1]

    yield open_node
    for node in nodes:
        await soon(node.journal.close())


async def hears(node: Node, *texts: str) -> None:
    """Wait until the last messages that a node has heard are these."""
    await until(lambda: node.heard[-len(texts) :] == list(texts), f"{texts} are heard")


async def with_a_deaf_node(open_node: OpenNode) -> tuple[Node, Node, User, User, Room]:
    """Return two nodes, a user of each, and a room; the first hears of the second only when it writes."""
    one, two = open_node(), open_node()
    alice, bob = one.user("Alice"), two.user("Bob")
    room = one.room("R", alice)
    await one.settled()
    await two.beat()
    await one.be_deaf()
    return one, two, alice, bob, room


# One order.


@ensureDeferred
async def test_all_nodes_hear_the_same_in_the_same_order(open_node: OpenNode) -> None:
    """Messages of three nodes reach each of them in one order, with dense numbers."""
    nodes = [open_node() for _ in range(3)]
    users = [node.user(f"User{at}") for at, node in enumerate(nodes)]
    room = nodes[0].room("R", users[0])
    await nodes[0].settled()
    said = []
    for number in range(40):
        said += [nodes[at].say(users[at], room, f"{at} {number}") for at in range(3)]
        if number % 5 == 0:
            await nodes[number % 3].settled()
    for node in nodes:
        await node.settled()
    await until(lambda: all(len(node.heard) == len(said) for node in nodes), "all is heard")
    written = [text for (text,) in nodes[0].rows("SELECT text FROM messages ORDER BY id")]
    numbers = [number for (number,) in nodes[0].rows("SELECT number FROM log ORDER BY number")]

    assert [written] * 3 == [node.heard for node in nodes]
    assert list(range(1, 121)) == sorted(entry.seq for entry in said)
    assert list(range(numbers[0], numbers[0] + len(numbers))) == numbers
    assert len({user.person.number for user in users}) == 3


@ensureDeferred
async def test_the_nodes_of_a_journal(open_node: OpenNode, capsys: pytest.CaptureFixture[str]) -> None:
    """A node knows at its start which others there are, and `classchat journal info` lists all of them."""
    one, two = open_node(), open_node()
    two.end_lease()
    three = open_node()
    show(one.journal._place)  # type: ignore[attr-defined]
    host = socket.gethostname()
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("server:")]

    assert [[], [host], [host]] == [[*node.journal.neighbours] for node in (one, two, three)]
    assert [(one.node, "lease for"), (two.node, "its lease has ended"), (three.node, "lease for")] == [
        (node.node, "lease for" if "lease for" in line else line.rpartition(", ")[2])
        for node, line in zip((one, two, three), listed, strict=True)
        if f"{host} ({node.node}), since 20" in line
    ]


@ensureDeferred
async def test_another_node_hears_at_once(open_node: OpenNode) -> None:
    """A node that writes nothing follows the others, and learns of rooms and members."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    one.join(alice, room)
    one.say(alice, room, "hello")
    await hears(two, "hello")

    assert [CreatedLine, JoinedLine, SaidLine] == [type(line) for line in two.lines]


@ensureDeferred
async def test_a_repeated_id_is_recognized(open_node: OpenNode) -> None:
    """A message that was sent to one node is not saved again when it is repeated to another one."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    first = one.say(alice, room, "hello", "1")
    await one.settled()
    again = two.say(two.user("Alice"), room, "hello", "1")
    new = two.say(two.user("Alice"), room, "more", "2")
    await two.settled()
    bob = one.user("Bob")
    one.say(bob, room, "bob", "3")
    one.rename(bob, "Bert")
    await one.settled()
    renamed = two.say(two.user("Bert"), room, "bob", "3")
    await two.settled()

    assert [(1, False), (1, True), (2, False), (3, True)] == outcome(first, again, new, renamed)


@ensureDeferred
async def test_a_node_that_starts_under_load(open_node: OpenNode) -> None:
    """A node has every message either in what it reads when it starts, or hears it afterwards."""
    one, two = open_node(), open_node()
    alice, bob = one.user("Alice"), two.user("Bob")
    room = one.room("R", alice)
    await one.settled()
    for number in range(30):
        one.say(alice, room, f"one {number}")
        two.say(bob, room, f"two {number}")
        if number == 15:
            await one.settled()
            three = open_node()
        await deferLater(reactor, 0)
    for node in (one, two):
        await node.settled()
    for node in (one, two, three):
        await node.beat()
    ((_, before),) = three.rooms

    assert one.heard == two.heard
    assert one.heard[before:] == three.heard
    assert 0 < before < 60


@ensureDeferred
async def test_admins_change_accounts_of_all_nodes(open_node: OpenNode) -> None:
    """What a command has done to an account reaches each node."""
    one, two = open_node(), open_node()
    one.rows(
        "INSERT INTO audit(time, actor, action, room, target, detail)"
        " VALUES(1, 'classchat admin', 'release', '', 'alice', '')"
    )
    for node in (one, two):
        await soon(node.journal.look_again())

    assert [["alice"], ["alice"]] == [node.changed for node in (one, two)]


# What does not hold any more.


@pytest.fixture(params=["at once", "later"])
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the reactor answer while the order is locked, or too late for that."""
    if request.param == "later":
        monkeypatch.setattr("classchat.journal.postgres.postgres_journal._UNDER_LOCK", 0)


@ensureDeferred
async def test_entries_that_do_not_hold_are_not_written(open_node: OpenNode, patience: None) -> None:
    """A batch is judged after what came before it; what is refused is taken back, the rest is written."""
    one, two = open_node(), open_node()
    alice, bob = one.user("Alice"), two.user("Bob")
    old = one.room("Old", alice)
    await one.settled()
    await one.be_deaf()
    two.room("New", bob)
    await two.settled()
    new = one.room("New", alice)
    created = one.journal._batch[-1]  # type: ignore[attr-defined]
    one.verdict[created] = RoomExists("New")
    lost = one.say(alice, new, "lost")
    said = one.say(alice, old, "said")
    await one.settled()

    assert [[created, lost, said]] == [list(batch) for batch in one.judged[:1]]
    assert [(created, "room_exists"), (lost, "not_saved")] == one.taken_back
    assert [said] == one.batches[-1]
    assert [CreatedLine, CreatedLine] == [type(line) for line in [*two.lines[:1], *one.lines]]
    assert [("said",)] == one.rows("SELECT text FROM messages")


@ensureDeferred
async def test_rooms_that_do_not_come_to_be(open_node: OpenNode) -> None:
    """Entries in such a room that are appended until it is taken back are not written either."""
    one, two = open_node(), open_node()
    alice, bob = one.user("Alice"), two.user("Bob")
    await one.settled()
    await one.be_deaf()
    two.room("New", bob)
    await two.settled()
    new = one.room("New", alice)
    one.verdict[one.journal._batch[-1]] = RoomExists("New")  # type: ignore[attr-defined]
    late = []
    one.on_judge = lambda: late.append(one.say(alice, new, "late"))
    await one.settled()
    await one.settled()

    assert ["room_exists", "not_saved"] == [code for _, code in one.taken_back]
    assert late == [entry for entry, _ in one.taken_back[1:]]
    assert [] == one.rows("SELECT text FROM messages")


@ensureDeferred
async def test_entries_are_judged_after_what_was_followed_meanwhile(open_node: OpenNode) -> None:
    """An entry that was appended before another node changed something is judged before it is written."""
    one, two = open_node(), open_node()
    alice, bob = one.user("Alice"), two.user("Bob")
    old = one.room("Old", alice)
    await one.settled()
    await one.be_deaf()
    two.room("New", bob)
    await two.settled()
    await until(lambda: not one.journal._scheduled, "it is idle")  # type: ignore[attr-defined]
    one.journal._follow_due = True  # type: ignore[attr-defined]
    one.journal._go_on()  # type: ignore[attr-defined]
    refused, said = one.say(alice, old, "refused"), one.say(alice, old, "said")
    one.verdict[refused] = RoomExists("Old")
    await one.settled()
    judged = len(one.judged)
    one.say(alice, old, "more")
    await one.settled()

    assert [(refused, "room_exists")] == one.taken_back
    assert (1, [(1, False)]) == (judged, outcome(said))
    assert judged == len(one.judged)


@ensureDeferred
async def test_messages_are_not_judged(open_node: OpenNode) -> None:
    """Messages of other nodes change nothing that a batch depends on: the reactor is not asked."""
    one, two, alice, bob, room = await with_a_deaf_node(open_node)
    two.say(bob, room, "two")
    await two.settled()
    one.say(alice, room, "one")
    await one.settled()

    assert (["two", "one"], []) == (one.heard, one.judged)


@ensureDeferred
async def test_a_node_that_is_far_behind(open_node: OpenNode) -> None:
    """Many batches are followed in pieces, without the lock, before an own one is written."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    await one.be_deaf()
    one.rows(
        "WITH added AS (INSERT INTO log SELECT batch + more, 'x', more, CASE WHEN more = 1 THEN mark"
        " ELSE more - 1 END, true, '\\x90' FROM clock, generate_series(1, 500) AS more)"
        " UPDATE clock SET batch = batch + 500, mark = 500"
    )
    one.say(alice, room, "one")
    await one.settled()
    await two.beat()
    await hears(two, "one")

    assert [50] * 10 == [len(batches) for batches in one.followed if len(batches) > 1]
    assert (["one"], []) == (one.heard, one.taken_back)


# Who is where.


def here(user: User, visit: int = 1, clients: int = 1) -> Location:
    """Return that a user has clients on the node that writes it."""
    person = user.person
    return Location(person.number, visit, user.name, person.key, person.token, clients, account=False)


async def appended(node: Node, *entries: Entry) -> None:
    """Wait until entries are written."""
    for entry in entries:
        node.journal.append(entry)
    await node.settled()


def present(node: Node, user: User, visit: int = 1, clients: int = 1, *more: Act) -> Located:
    """Return the entry with which a user has clients on a node."""
    act = here(user, visit, clients)
    return Located(user, None, None, node=node.node, here=act, acts=(*more, act))


@ensureDeferred
async def test_a_new_node_knows_who_is_where(open_node: OpenNode) -> None:
    """It reads the users and seats of all nodes: the newest of each user, without those who are gone."""
    one, two = open_node(), open_node()
    alice, bob, carol = one.user("Alice"), one.user("Bob"), two.user("Carol")
    seats = [Seat(alice.person.number, 1, room, taken=True) for room in ("#a", "#b")]
    await appended(one, present(one, alice, 1, 1, *seats), present(one, bob), present(one, alice, 1, 2))
    await appended(one, present(one, bob, 1, 0), Noted(alice, None, None, (replace(seats[0], taken=False),)))
    seat = Seat(carol.person.number, 7, "#a", taken=True)
    await appended(two, present(two, carol, 7, 1, seat), present(two, alice, 1))
    three = open_node()
    gone = SignedOut(carol, None, None, node=two.node, visit=7, acts=(Gone(carol.person.number, 7),))
    stale = SignedOut(alice, None, None, node=one.node, visit=6, acts=(Gone(alice.person.number, 6),))
    await appended(one, gone, stale)
    four = open_node()
    of_alice = {(one.node, here(alice, 1, 2)), (two.node, here(alice, 1))}

    assert {*of_alice, (two.node, here(carol, 7))} == set(map(astuple, three.restored.presences))
    assert [seat, seats[1]] == three.restored.seats
    assert of_alice == set(map(astuple, four.restored.presences))
    assert [seats[1]] == four.restored.seats


@pytest.fixture
def expelled_is_no_failure(nothing_logged: list[str]) -> Iterator[None]:
    """Allow a node to log that others have removed it, which it notices at any time until it is closed."""
    yield
    nothing_logged[:] = [line for line in nothing_logged if "taken this one for dead" not in line]


@ensureDeferred
async def test_a_dead_node_is_removed_once(expelled_is_no_failure: None, open_node: OpenNode) -> None:
    """All others hear of it with each heartbeat; the first that says so removes it, its users and seats."""
    one, two, three = open_node(), open_node(), open_node()
    alice, bob = three.user("Alice"), one.user("Bob")
    both = [
        PersonRecord(user.person.number, user.name, user.person.key, user.person.token)
        for user in (alice, bob)
    ]
    seats = [Seat(user.person.number, 1, "#r", taken=True) for user in (alice, bob)]
    await appended(three, present(three, alice, 1, 1, *both, *seats), present(three, bob))
    await appended(one, present(one, bob))
    await three.be_deaf()
    await three.at_rest()  # else the database may just be busy with it
    three.end_lease()
    for node in (one, two):
        await node.beat()
    early = [*one.dead, *two.dead]
    for node in (one, two):
        await node.beat_for_long()
    lost = [NodeLost(bob, None, None, node=three.node, acts=(NodeRemoved(three.node),)) for _ in "12"]
    await appended(one, lost[0])
    await appended(two, lost[1])
    await one.beat()
    ended = dict(one.rows("SELECT name, ended IS NULL FROM persons"))

    assert ([], [three.node], [three.node]) == (early, one.dead, two.dead)
    assert [False, True] == [entry.refused for entry in lost]
    assert [(one.node,)] == one.rows("SELECT node FROM presences")
    assert [(bob.person.number,)] == one.rows("SELECT person FROM seats")
    assert {"Alice": False, "Bob": True} == ended
    assert [NodeLostLine] == [type(line) for line in two.lines if isinstance(line, NodeLostLine)]
    three.journal._expelled = True  # type: ignore[attr-defined]


@ensureDeferred
async def test_a_node_that_is_alive_is_not_removed(open_node: OpenNode) -> None:
    """A node that has renewed its lease meanwhile stays."""
    one, two = open_node(), open_node()
    user = one.user("Alice")
    two.end_lease()
    await two.beat()
    lost = NodeLost(user, None, None, node=two.node, acts=(NodeRemoved(two.node),))
    await appended(one, lost)
    two.say(two.user("Bob"), two.room("R", two.user("Carol")))
    await two.settled()

    assert lost.refused
    assert ([], []) == (two.taken_back, two.told)


@ensureDeferred
async def test_a_node_that_the_database_holds_up(open_node: OpenNode) -> None:
    """A node whose heartbeat waits behind a batch, which waits for the database, is not dead."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection

    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    await one.be_deaf()
    for node in (
        one,
        two,
    ):  # else a chore of the other one may wait for the lock, and its heartbeats for that
        await node.at_rest()
    slow = PostgresConnection(one.journal._place)  # type: ignore[attr-defined]
    slow.run("BEGIN")
    slow.run("SELECT pos FROM clock FOR UPDATE")
    one.say(alice, room, "hello")
    waiting = f"SELECT 1 FROM pg_locks WHERE pid = {one.store._db.backend} AND NOT granted"  # noqa: S608
    await until(lambda: bool(two.rows(waiting)), "it waits")
    one.end_lease()
    await two.beat_for_long()
    slow.close()
    await one.settled()

    assert ([], [], []) == (two.dead, one.told, one.taken_back)


async def removed(node: Node, by: Node) -> None:
    """Remove a node whose lease has ended."""
    lost = NodeLost(by.user("B"), None, None, node=node.node, acts=(NodeRemoved(node.node),))
    await appended(by, lost)

    assert not lost.refused


async def expelled_by_batch(node: Node) -> None:
    """Make a node find out that it is gone when it writes."""


async def expelled_by_beat(node: Node) -> None:
    """Make a node find out that it is gone with a heartbeat."""
    await node.beat()


async def expelled_by_following(node: Node) -> None:
    """Make a node find out that it is gone when it reads what others have written."""
    node.journal._wake()  # type: ignore[attr-defined]
    await until(lambda: bool(node.told), "it is told")


@ensureDeferred
@pytest.mark.parametrize("way", [expelled_by_batch, expelled_by_beat, expelled_by_following])
async def test_a_node_that_was_removed(
    open_node: OpenNode, way: Callable[[Node], Awaitable[None]], nothing_logged: list[str]
) -> None:
    """It hears so once, writes nothing more, and takes back all that is appended."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    await one.be_deaf()
    one.end_lease()
    await one.at_rest()  # else the database may just be busy with it
    await removed(one, two)
    one.lines.clear()
    await way(one)
    said, joined = one.say(alice, room, "lost"), one.join(alice, room)
    await one.settled()
    again = one.say(alice, room, "lost, too")
    await one.settled()
    await soon(one.journal.close())
    nothing_logged.clear()

    assert [(entry, "not_saved") for entry in (said, joined, again)] == one.taken_back
    assert (["expelled"], []) == (one.told, one.lines)
    assert [] == two.rows("SELECT text FROM messages")


@ensureDeferred
async def test_a_node_that_is_cut_off(open_node: OpenNode) -> None:
    """After twenty seconds without the database a node that knew others hears so, once each time."""
    one, two = open_node(), open_node()
    await one.beat()
    await one.be_deaf()
    for _ in range(2):
        one.clock.ahead += 21
        one.journal._pulse.tick()  # type: ignore[attr-defined]
        one.journal._pulse.tick()  # type: ignore[attr-defined]
        await one.beat()
    await soon(two.journal.close())

    assert ["cut off", "cut off"] == one.told


@ensureDeferred
async def test_a_node_alone_is_not_cut_off(open_node: OpenNode) -> None:
    """Its clients could go nowhere else."""
    one = open_node()
    await one.beat()
    one.clock.ahead += 21
    await one.beat()

    assert [] == one.told


# Starting and ending.


@ensureDeferred
async def test_a_node_that_ends_is_removed_by_the_others(open_node: OpenNode) -> None:
    """Its lease is over at once, so that others hear of it with their next heartbeat."""
    one, two = open_node(), open_node()
    await appended(two, present(two, two.user("Alice")))
    await soon(two.journal.close())
    await one.beat_for_long()
    three = open_node()

    assert [two.node] == one.dead
    assert [two.node] == [presence.node for presence in three.restored.presences]


@ensureDeferred
async def test_a_node_that_was_killed_starts_again_alone(open_node: OpenNode) -> None:
    """It need not wait for the end of its own lease: nothing is left of its users, who have left."""
    one = open_node()
    alice = one.user("Alice")
    record = PersonRecord(alice.person.number, "Alice", "alice", alice.person.token)
    await appended(one, present(one, alice, 1, 1, record, Seat(alice.person.number, 1, "#r", taken=True)))
    await one.be_deaf()
    (backend,) = one.store._db.run("SELECT pg_backend_pid()").fetchone()
    one.store._db.close()
    ended = f"SELECT 1 FROM pg_stat_activity WHERE pid = {backend}"  # noqa: S608
    await until(lambda: not one.rows(ended), "the database has noticed it")
    one.rows("UPDATE nodes SET lease = lease - interval '2.4 s'")
    two = open_node()
    left = [two.rows(f"SELECT count(*) FROM {table}") for table in ("nodes", "presences", "seats")]  # noqa: S608
    one.store.close()

    assert [[(1,)], [(0,)], [(0,)]] == left
    assert ([], []) == (two.restored.presences, two.restored.seats)
    assert [(False,)] == two.rows("SELECT ended IS NULL FROM persons")
    one.journal._expelled = True  # type: ignore[attr-defined]


@ensureDeferred
async def test_a_journal_of_the_version_before(without_tables: str, open_node: OpenNode) -> None:
    """Numbers and times go on where the tables of one server ended."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS
    from classchat.journal.postgres.postgres_versions import migrate

    db = PostgresConnection(without_tables)
    migrate(db, MIGRATIONS[:1])
    db.run("INSERT INTO persons VALUES(17, 'Alice', 'alice', NULL, 5)")
    db.run("INSERT INTO conversations(key, name, created, last_seq) VALUES('#r', 'R', 1, 3)")
    db.run("INSERT INTO messages VALUES(9, 1, 3, 9999999999999, 'Alice', 'alice', NULL, NULL, 'old')")
    db.run("UPDATE clock SET pos = 9, server = 'x', batch = 4")
    db.close()
    one = open_node(without_tables)
    bob = one.user("Bob")
    said = one.say(bob, Room("R", "#r"), "new")
    await one.settled()

    assert [(4, False)] == outcome(said)
    assert [(10, 9999999999999)] == one.rows("SELECT id, time FROM messages WHERE text = 'new'")
    assert bob.person.number == 18


# Versions side by side.


def _paint(db: PostgresConnection) -> None:
    db.run("ALTER TABLE messages ADD COLUMN colour TEXT")


@ensureDeferred
async def test_tables_that_older_servers_understand(without_tables: str, open_node: OpenNode) -> None:
    """A newer server changes them while an older one runs, which goes on, and may start again."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS, Migration
    from classchat.journal.postgres.postgres_versions import migrate

    one = open_node(without_tables)
    room = one.room("R", one.user("Alice"))
    await one.settled()
    db = PostgresConnection(without_tables)
    migrate(db, [*MIGRATIONS, Migration(_paint, additive=True)])
    db.close()
    two = open_node(without_tables)
    bob = two.user("Bob")
    said = [one.say(one.user("Carol"), room, "older"), two.say(bob, room, "newer")]
    await one.settled()
    await two.settled()

    assert [[(1, False)], [(2, False)]] == sorted(outcome(each) for each in said)


@ensureDeferred
async def test_tables_that_older_servers_do_not_understand(without_tables: str, open_node: OpenNode) -> None:
    """A newer server names the servers that have to be stopped first; one that has hung can't come back."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS, Migration
    from classchat.journal.postgres.postgres_versions import migrate

    measure = Migration(lambda db: db.run("ALTER TABLE messages ADD COLUMN size TEXT"), additive=True)
    later = [*MIGRATIONS, measure, Migration(_paint, additive=False)]
    one, two = open_node(without_tables), open_node(without_tables)
    await two.be_deaf()
    await two.at_rest()  # else the database may just be busy with it
    two.end_lease()
    db = PostgresConnection(without_tables)
    with pytest.raises(CannotOpen, match=rf"older version use the journal \({socket.gethostname()}\)"):
        migrate(db, later)
    assert [(len(MIGRATIONS),)] == two.rows("SELECT version FROM journal")
    await soon(one.journal.close())
    migrate(db, later)
    db.close()

    with pytest.raises(CannotOpen, match="newer ClassChat"):
        open_node(without_tables)
    assert [(0,)] == two.rows("SELECT count(*) FROM nodes")


@ensureDeferred
async def test_a_server_that_does_not_understand_another_one(
    open_node: OpenNode, nothing_logged: list[str]
) -> None:
    """It stores and follows nothing any more, and sends its clients to other servers."""
    one, two = open_node(), open_node()
    room = one.room("R", one.user("Alice"))
    await one.settled()
    await until(lambda: bool(two.lines), "the room is followed")
    await two.be_deaf()
    two.on_follow = _not_understood
    one.note(one.user("Carol"), Change(room.key, "", "topic", "newer"))
    await one.settled()
    said = two.say(two.user("Bob"), room, "older")
    await two.settled()
    await until(lambda: bool(two.told), "it leaves")
    logged = [line for line in nothing_logged if "install the newer version" in line]
    nothing_logged.clear()

    assert [(said, "not_saved")] == two.taken_back
    assert (["expelled"], []) == (two.told, one.heard)
    assert 1 == len(logged)


def _not_understood() -> None:
    raise NotUnderstood


# Commits that are lost.

_LOSSES = {
    "fewer": (
        "WITH lost AS (DELETE FROM log WHERE number = (SELECT batch FROM clock))"
        " UPDATE clock SET batch = batch - 1, mark = 1"
    ),
    "as many": "UPDATE clock SET mark = 1",
    "more": (
        "WITH added AS (INSERT INTO log SELECT batch + 1, 'x', 2, 1, true, '\\x90' FROM clock)"
        " UPDATE clock SET batch = batch + 1, mark = 2"
    ),
}
"""What a standby that was behind has, perhaps after another node has written to it."""


@ensureDeferred
@pytest.mark.parametrize("loss", _LOSSES)
@pytest.mark.parametrize("way", [expelled_by_batch, expelled_by_beat, expelled_by_following])
async def test_a_database_that_has_lost_commits(
    open_node: OpenNode, way: Callable[[Node], Awaitable[None]], loss: str, nothing_logged: list[str]
) -> None:
    """The node that notices gives the journal another epoch, and all nodes have to start again."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    for node in (one, two):
        await node.be_deaf()
    one.rows(_LOSSES[loss])
    one.lines.clear()
    await way(one)
    said = one.say(alice, room, "lost")
    await one.settled()
    await two.beat()
    logged = [line for line in nothing_logged if "has lost what was saved" in line and "Trouble" not in line]
    nothing_logged.clear()
    three = open_node()

    assert [(said, "not_saved")] == one.taken_back
    assert (["expelled"], ["expelled"], []) == (one.told, two.told, one.lines)
    assert three.journal.epoch != one.journal.epoch
    assert 1 == len(logged)


# The log.


@ensureDeferred
async def test_looking_for_what_others_have_done(open_node: OpenNode) -> None:
    """A node that looks again has followed the others, whether it was notified or not."""
    one, two = open_node(), open_node()
    await two.be_deaf()
    one.room("R", one.user("Alice"))
    await one.settled()
    await two.journal.look_again()

    assert ["CreatedLine"] == [type(line).__name__ for line in two.lines]


@ensureDeferred
async def test_what_all_nodes_have_seen_is_deleted(open_node: OpenNode) -> None:
    """Rows of the log go when no node needs them; a node that was removed has to start again."""
    one, two = open_node(), open_node()
    await two.be_deaf()
    room = one.room("R", one.user("Alice"))
    for _ in range(5):
        one.say(one.user("Bob"), room)
        await one.settled()
    await one.beat()
    one.store.prune_log(100)
    needed = one.rows("SELECT count(*) FROM log")
    for node in (two, two, one):
        await node.beat()
    one.store.prune_log(100)

    assert ([(5,)], [(0,)]) == (needed, one.rows("SELECT count(*) FROM log"))


@ensureDeferred
async def test_a_node_alone_writes_no_log(open_node: OpenNode) -> None:
    """Nobody would read it; a node that starts later hears all that comes after that."""
    one = open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    alone = one.rows("SELECT count(*) FROM log")
    two = open_node()
    one.say(alice, room, "hello")
    await hears(two, "hello")

    assert [(0,)] == alone
    assert [(1,)] == one.rows("SELECT count(*) FROM log")


@ensureDeferred
async def test_a_node_that_has_missed_rows(open_node: OpenNode, nothing_logged: list[str]) -> None:
    """A node that finds rows missing in the log has to start again."""
    one, two = open_node(), open_node()
    await two.be_deaf()
    room = one.room("R", one.user("Alice"))
    await one.settled()
    one.say(one.user("Bob"), room)
    await one.settled()
    one.rows("DELETE FROM log WHERE number = (SELECT min(number) FROM log)")
    await two.beat()
    nothing_logged.clear()

    assert (["expelled"], []) == (two.told, two.heard)


@ensureDeferred
async def test_a_lost_notification(open_node: OpenNode) -> None:
    """What was not notified is heard with the next heartbeat, which listens again."""
    one, two = open_node(), open_node()
    alice = one.user("Alice")
    room = one.room("R", alice)
    await one.settled()
    await two.be_deaf()
    one.say(alice, room, "first")
    await one.settled()
    deaf = list(two.heard)
    await two.beat()
    one.say(alice, room, "second")
    await hears(two, "first", "second")

    assert [] == deaf


# Databases and nodes that die.


@ensureDeferred
@pytest.mark.parametrize("place", ["before", "after"])
async def test_a_commit_without_an_answer(
    open_node: OpenNode, monkeypatch: pytest.MonkeyPatch, place: str, nothing_logged: list[str]
) -> None:
    """The log says whether the batch is there, also when others have written meanwhile."""
    from classchat.journal.postgres.postgres_connection import ConnectionLost, PostgresConnection

    one, two, alice, bob, room = await with_a_deaf_node(open_node)
    two.say(bob, room, "two")
    await two.settled()
    run = PostgresConnection.run

    def lost(db: PostgresConnection, statement: str, values: object = None) -> object:
        if statement != "COMMIT" or db is not one.store._db or one.store._turn is None:
            return run(db, statement, values)
        monkeypatch.undo()
        if place == "after":
            run(db, statement, values)
        db.close()
        raise ConnectionLost("the connection was lost")

    monkeypatch.setattr(PostgresConnection, "run", lost)
    said = one.say(alice, room, "one", "1")
    await until(lambda: one.journal._unsure is not None, "it is unsure")  # type: ignore[attr-defined]
    two.say(bob, room, "more")
    await two.settled()
    one.journal._unsure.reset(0)  # type: ignore[attr-defined]
    await one.settled()
    again = one.say(alice, room, "one", "1")
    await one.settled()
    await two.beat()
    nothing_logged.clear()

    assert two.heard == one.heard
    if place == "after":
        assert ["two", "one", "more"] == one.heard
        assert ([(2, False), (2, True)], []) == (outcome(said, again), one.taken_back)
    else:
        assert ["two", "more", "one"] == one.heard
        assert ([(3, False)], [(said, "not_saved")]) == (outcome(again), one.taken_back)


@ensureDeferred
async def test_a_node_that_is_stopped_within_a_transaction(
    open_node: OpenNode, nothing_logged: list[str]
) -> None:
    """It holds up the others for a moment only; when it goes on, its batch is lost."""
    one, two, alice, bob, room = await with_a_deaf_node(open_node)
    one.store._db.run("SET idle_in_transaction_session_timeout = 100")
    begun, goes_on = Event(), Event()
    one.store._share = lambda: (begun.set(), goes_on.wait(30), type(one.store)._share(one.store))  # type: ignore[method-assign]
    lost = one.say(alice, room, "lost")
    await until(begun.is_set, "it is in a transaction")
    two.say(bob, room, "two")
    await two.settled()
    del one.store._share
    goes_on.set()
    await one.settled()
    one.say(alice, room, "one")
    await one.settled()
    await two.beat()
    nothing_logged.clear()

    assert [(lost, "not_saved")] == one.taken_back
    assert (["two", "one"], ["two", "one"]) == (one.heard, two.heard)


@ensureDeferred
async def test_a_node_that_is_stopped_where_the_database_does_not_notice(
    open_node: OpenNode, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str]
) -> None:
    """The same holds between the parts of what psycopg sends at once, where PostgreSQL measures nothing."""
    one, two, alice, bob, room = await with_a_deaf_node(open_node)
    monkeypatch.setattr(node_leases, "STOPPED", 0.1)
    two.store._db.run("SET lock_timeout = 100")
    begun, goes_on = Event(), Event()
    libpq = one.store._db._connection.pgconn

    def stops() -> None:
        libpq.send_flush_request()  # the server reads it, and waits for what follows
        libpq.flush()
        begun.set()
        goes_on.wait(30)

    one.store._share = lambda: (stops(), type(one.store)._share(one.store))  # type: ignore[method-assign]
    lost = one.say(alice, room, "lost")
    await until(begun.is_set, "it is in a transaction")
    two.say(bob, room, "two")
    await two.settled()
    del one.store._share
    goes_on.set()
    await one.settled()
    await one.beat()
    nothing_logged.clear()

    assert [(lost, "not_saved")] == one.taken_back
    assert ["two"] == one.heard == two.heard


@ensureDeferred
async def test_a_database_that_is_lost_while_a_node_starts(
    open_node: OpenNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal can't be opened then, whatever was read last: a node that starts again tries once more."""
    from classchat.journal.postgres.postgres_connection import ConnectionLost
    from classchat.journal.postgres.postgres_store import PostgresStore

    def fail(_: PostgresStore) -> range:
        raise ConnectionLost("the server closed the connection")

    monkeypatch.setattr(PostgresStore, "new_persons", fail)

    with pytest.raises(CannotOpen, match="the server closed the connection"):
        open_node()


@ensureDeferred
async def test_a_database_that_is_killed(nothing_left_over: None, nothing_logged: list[str]) -> None:
    """Nothing is lost or doubled, all nodes hear the same, and none is taken for dead after the outage."""
    from tests.integration.nodes import Node

    cluster = Cluster()
    nodes = [Node(cluster.url(), "full") for _ in range(2)]
    one, two = nodes
    try:
        users = [node.user(f"User{at}") for at, node in enumerate(nodes)]
        room = one.room("R", users[0])
        await one.settled()
        await two.beat()
        for again in range(2):
            for number in range(40):
                for node, user in zip(nodes, users, strict=True):
                    node.say(user, room, f"{user.name} {again} {number}", f"{again} {number}")
                if number in (20, 30, 35):
                    await deferLater(reactor, 0)  # batches may be on their way
                if number == 35:
                    cluster.kill()
            cluster.start()
            for node in nodes:
                node.end_lease()
            for node, user in zip(nodes, users, strict=True):
                await until(lambda: _writes(node, room, user, f"over {again}"), "it goes on")  # noqa: B023
        for node in nodes:
            await node.beat()
        said = [entry for node in nodes for entry in node.delivered if isinstance(entry, Said)]
        kept = [text for (text,) in one.rows("SELECT text FROM messages ORDER BY id")]
        taken_back = [entry.text for node in nodes for entry, _ in node.taken_back if isinstance(entry, Said)]
        nothing_logged.clear()
    finally:
        for node in nodes:
            await soon(node.journal.close())
        cluster.close()

    assert [kept, kept] == [node.heard for node in nodes]
    assert sorted(entry.text for entry in said if not entry.repeated) == sorted(kept)
    assert not {*kept} & {*taken_back}
    assert len(kept) == len({*kept})
    assert [[], [], [], []] == [one.dead, two.dead, one.told, two.told]


def _writes(node: Node, room: Room, user: User, text: str) -> bool:
    """Return whether a message is saved; send it if not."""
    text = f"{user.name} {text}"
    if any(isinstance(entry, Said) and entry.text == text for entry in node.delivered):
        return True
    if not node.journal._batch and not node.journal._busy:  # type: ignore[attr-defined]
        node.say(user, room, text, text)
    return False
