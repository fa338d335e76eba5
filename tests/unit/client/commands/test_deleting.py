"""`/delete`: which message a typed line means."""

from __future__ import annotations

import pytest

from classchat.client.commands.as_typed import as_typed
from classchat.client.commands.deleting import deletion_of
from classchat.client.commands.parsing import parse
from classchat.client.commands.typed import CommandError, DeleteMessage
from classchat.messages import Delete
from tests.tables import each_case

KNOWN = {("CS350", False, "Alice"): 7, ("CS350", False, "Bob"): 9, ("Bob", True, "Alice"): 3}


def last_of(name: str, private: bool, user: str) -> int | None:
    """Return the latest number that is known."""
    return KNOWN.get((name, private, user))


@each_case(
    ("line", "here", "request_"),
    [
        ("/delete", "CS350", Delete(receiver="CS350", seq=7)),
        ("/delete", "@Bob", Delete(receiver="Bob", seq=3, private=True)),
        ("/delete 42", "CS350", Delete(receiver="CS350", seq=42)),
        ("/delete #42", "CS350", Delete(receiver="CS350", seq=42)),
        ("/delete @Bob", "CS350", Delete(receiver="CS350", seq=9)),
        ("/delete CS350", "Lab", Delete(receiver="CS350", seq=7)),
        ("/delete CS350 @Bob", "", Delete(receiver="CS350", seq=9)),
        ("/unsend @Bob 2", "CS350", Delete(receiver="Bob", seq=2, private=True)),
    ],
)
def test_which_message(line: str, here: str, request_: Delete) -> None:
    """Without a number it is the user's own latest one, or that of another user; by default here."""
    typed = parse(line)
    assert isinstance(typed, DeleteMessage)

    assert request_ == deletion_of(typed, here, "Alice", last_of)


@pytest.mark.parametrize("line", ["/delete", "/delete Lab", "/delete @Zoe"])
def test_a_message_that_is_not_known(line: str) -> None:
    """The user is told what to do instead."""
    typed = parse(line)
    assert isinstance(typed, DeleteMessage)

    with pytest.raises(CommandError, match=r"/delete \[room"):
        deletion_of(typed, "Lab" if line == "/delete @Zoe" else "", "Alice", last_of)


@pytest.mark.parametrize("line", ["/delete CS350 x", "/delete CS350 @", "/delete CS350 0"])
def test_what_is_no_message(line: str) -> None:
    """The second word is a number, or a user with `@`."""
    with pytest.raises(CommandError, match="Usage: /delete"):
        parse(line)


def test_as_it_is_typed() -> None:
    """A request whose outcome is unknown is shown as it may be typed again."""
    assert ("/delete CS350 42", "/delete @Bob 3") == (
        as_typed(Delete(receiver="CS350", seq=42)),
        as_typed(Delete(receiver="Bob", seq=3, private=True)),
    )
