"""What has happened on a server, in numbers."""

from __future__ import annotations

from classchat.core.entries import Joined, Said
from classchat.core.model import Room
from classchat.core.notices import Connected, Disconnected, Notice, Registered
from classchat.core.tally import Tally
from tests.unit.helpers import user


def test_each_kind_of_notice_is_counted_and_handed_on() -> None:
    """Connections, sign-ins and messages are counted apart, whatever came together, and the log gets all."""
    alice, room, handed_on = user("Alice"), Room("CS350", "#cs350"), list[list[Notice]]()
    tally = Tally(lambda notices: handed_on.append([*notices]))
    messages = [Said(alice, None, None, text, room) for text in ("a", "b")]
    batches: list[list[Notice]] = [
        [Connected("127.0.0.1:1")],
        [Registered("Alice")],
        [Joined(alice, None, None, room), *messages],
        [],
    ]
    for batch in batches:
        tally(batch)

    assert (1, 1, 2, 1) == (tally.connections, tally.sign_ins, tally.messages, tally.count(Joined))
    assert batches == handed_on


def test_disconnections_by_the_server_have_their_codes() -> None:
    """Users whom the server has disconnected are counted by the reason; those who have left are not."""
    tally = Tally(lambda _: None)
    for code in ("slow_reader", None, "timeout", "slow_reader"):
        tally([Disconnected("Alice", code)])

    assert {"slow_reader": 2, "timeout": 1} == tally.disconnections
    assert 4 == tally.count(Disconnected)
