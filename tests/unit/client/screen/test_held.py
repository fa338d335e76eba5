"""Lines that wait until a room is joined."""

from __future__ import annotations

import pytest

from classchat.client.commands.typed import Clear, CommandError, FocusOn, Speech
from classchat.client.screen.held import HeldLines
from classchat.client.screen.state import Screen
from classchat.messages import Join, Success


def joining() -> Screen:
    """Return a screen that waits for the answer to a join."""
    screen = Screen("Alice")
    screen.asked(Join(receiver="CS350", id="1"))
    return screen


def joins(screen: Screen) -> None:
    """Answer the join."""
    screen.answered(Success("SERVER", "Alice", "", id="1"), Join(receiver="CS350", id="1"))


def test_lines_that_wait() -> None:
    """While a room is being joined, lines that depend on the focus wait, and others do not."""
    held, screen = HeldLines(), joining()

    assert [True, False, True] == [
        held.holds(line, screen) for line in (Speech("a"), Clear(), FocusOn("lab"))
    ]
    assert (["a"], True) == (held.texts, held.waits(screen))


def test_lines_that_do_not_wait() -> None:
    """Without an open join nothing waits."""
    assert not HeldLines().holds(Speech("a"), Screen("Alice"))


def test_releasing() -> None:
    """Lines are released in order once the join is answered; none before."""
    held, screen = HeldLines(), joining()
    for text in "ab":
        held.holds(Speech(text), screen)
    before = list(held.release(screen))
    joins(screen)

    assert ([], [Speech("a"), Speech("b")]) == (before, list(held.release(screen)))
    assert not held.waits(screen)


def test_a_refused_room() -> None:
    """After a refusal the texts at the front are dropped; a line that sets the focus is kept."""
    held, screen = HeldLines(), joining()
    for line in (Speech("a"), FocusOn("lab"), Speech("b")):
        held.holds(line, screen)

    assert ([Speech("a")], ["b"]) == (held.refused(), held.texts)
    assert [FocusOn("lab"), Speech("b")] == held.clear()


def test_too_many_lines() -> None:
    """The number of waiting lines is bounded."""
    held, screen = HeldLines(), joining()
    for _ in range(256):
        held.holds(Speech("a"), screen)
    with pytest.raises(CommandError, match=r"^Not sent: 256 lines are waiting for the server's answer"):
        held.holds(Speech("a"), screen)
