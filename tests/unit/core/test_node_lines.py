"""What nodes write for each other, and nodes of other versions."""

from __future__ import annotations

import msgspec
import pytest

from classchat.core.acts import Change
from classchat.core.node_lines import (
    AnnouncedLine,
    NodeLostLine,
    NotUnderstood,
    OrderedLine,
    SaidLine,
    UserLine,
    decode,
    order_event,
)
from tests.tables import each_case
from tests.unit.core.line_shapes import recorded, shapes
from tests.unit.core.several import R, Several, in_room

ALICE = UserLine(1, 2, "Alice")


def test_older_servers_understand_all_that_is_written() -> None:
    """Since the version that was recorded, lines and rows have only got fields at the end with defaults.

    Anything else needs a migration that is not additive (docs/operations.md, *Versions side by side*), and
    then a new record: `python -m tests.unit.core.line_shapes`.
    """
    _, before = recorded()
    now = shapes()
    changed = {
        name: (fields, now.get(name))
        for name, fields in before.items()
        if not _only_grows(fields, now.get(name, []), fixed=name.startswith("any ") or name.endswith("Row"))
    }

    assert {} == changed


def _only_grows(before: list[str], now: list[str], *, fixed: bool) -> bool:
    """Return whether fields are those of before, and others behind them that older servers may ignore.

    They may ignore no member of a union, and no field of a row, which they would write without it.
    """
    more = now[len(before) :]
    return now[: len(before)] == before and all(one.endswith(" =") and not fixed for one in more)


def test_the_record_is_of_the_oldest_version() -> None:
    """A migration that is not additive comes with a new record: until then nothing could be added."""
    pytest.importorskip("psycopg")
    from classchat.journal.postgres.postgres_schema import OLDEST

    assert OLDEST == recorded()[0]


def test_fields_of_a_newer_version_are_ignored() -> None:
    """A line with more fields than this version knows is read without them."""
    line = ["NodeLostLine", "node 1", {"later": True}]
    said = ["AnnouncedLine", [1, 2, "Alice", "more"], "Hello", 7]

    assert [NodeLostLine("node 1"), AnnouncedLine(ALICE, "Hello")] == decode(
        msgspec.msgpack.encode([line, said])
    )


@each_case(
    "line",
    [
        ["LaterLine", 1],
        ["NotedLine", [{"room": "#r", "subject": "", "what": "colour", "value": "blue"}]],
        ["SaidLine", ALICE, "#r", "Hello"],
        7,
    ],
)
def test_what_only_a_newer_version_understands(line: object) -> None:
    """Another kind of line, or a value that this version does not know, can't be followed."""
    with pytest.raises(NotUnderstood, match="install the newer version here"):
        decode(msgspec.msgpack.encode([line]))


@pytest.mark.parametrize(("kind", "event"), [("RoomPainted", {}), ("MemberInvited", {"room": "R"})])
def test_an_order_of_a_newer_version(kind: str, event: dict[str, str]) -> None:
    """An order that this version does not know can't be followed, either."""
    line = OrderedLine(ALICE, "#r", [], kind, msgspec.Raw(msgspec.msgpack.encode(event)))

    with pytest.raises(NotUnderstood):
        order_event(line)


def test_nothing_is_followed_behind_what_is_not_understood() -> None:
    """What comes before it is delivered; what comes later might build on it."""
    several = Several()
    alice, _ = in_room(several, "Alice", "Bob")
    room = several.houses[0].chat.rooms.find(R)
    assert room is not None
    bob = several.houses[0].chat.users.find("Bob")
    assert bob is not None
    who = UserLine(bob.person.number, bob.visit, "Bob")
    order = msgspec.Raw(msgspec.msgpack.encode({}))
    batch = [
        SaidLine(who, room.key, "before", 1, 1000),
        OrderedLine(who, room.key, [Change(room.key, "", "topic", "later")], "RoomPainted", order),
        SaidLine(who, room.key, "behind", 2, 1000),
    ]
    with pytest.raises(NotUnderstood):
        several.houses[0].chat.following.follow([msgspec.msgpack.encode(batch)])

    assert ["before"] == alice.hears_texts("group")
    assert "" == room.order.topic
