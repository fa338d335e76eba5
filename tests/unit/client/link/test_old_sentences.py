"""The sentences of servers that send no fields."""

from __future__ import annotations

from classchat.client.link.old_sentences import request_granted, user_and_event
from classchat.messages import Command, Create, Join, Success
from tests.tables import each_case


@each_case(
    ("text", "expected"),
    [
        ("Alice has joined the chat room", ("Alice", "joined")),
        ("Alice has left the chat room", ("Alice", "left")),
        ("Alice has joined the chat room!", ("Alice", None)),
        ("Alice has kicked Bob", ("Alice", None)),
        ("", ("", None)),
    ],
)
def test_user_and_event(text: str, expected: tuple[str, str | None]) -> None:
    """Only the two sentences of the first version name an event."""
    assert expected == user_and_event(text)


@each_case(
    ("answer", "expected"),
    [
        (Success("SERVER", "Alice", "You have joined 'CS350'"), Join(receiver="CS350")),
        (Success("SERVER", "Alice", "Chat room 'CS350' created successfully"), Create(receiver="CS350")),
        (Success("SERVER", "Alice", "You have joined 'CS350'", id="1"), None),
        (Success("SERVER", "Alice", "Welcome to ClassChat, Alice!"), None),
    ],
)
def test_request_granted(answer: Success, expected: Command | None) -> None:
    """An answer without an `id` says in its sentence which room was joined, or created."""
    assert expected == request_granted(answer)
