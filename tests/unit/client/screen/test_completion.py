"""Completion: what Tab offers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.client.screen.classes import Classes
from classchat.client.screen.completion import candidates
from classchat.client.screen.state import Screen
from tests.tables import each_case


def someone() -> Screen:
    """Return a screen that knows some names."""
    screen = Screen("Alice")
    for name in ("Bob", "Bert", "Zoë"):
        screen.users.add(name)
    for name in ("CS350", "cs351", "Beginners"):
        screen.rooms.add(name)
    return screen


@each_case(
    ("text", "offered"),
    [
        ("/cl", ["/close", "/class", "/claim", "/clear", "/cls"]),
        ("/CR", ["/create"]),
        ("/m", ["/msg", "/members", "/mute", "/mark", "/me"]),
        ("/search in:b", ["in:Beginners", "in:@Bert", "in:@Bob"]),
        ("/find exercise from:@bo", ["from:@Bob"]),
        ("/search from:Z", ["from:@Zoë"]),
        ("/say from:Z", []),
        ("/quiet cs", ["CS350", "cs351"]),
        ("/query b", ["Bert", "Bob"]),
        ("/private B", ["Bert", "Bob"]),
        ("/msg ", ["Bert", "Bob", "Zoë"]),
        ("/msg Bob B", []),
        ("/msg Bob @be", ["@Bert"]),
        ("/join CS", ["CS350", "cs351"]),
        ("/focus b", ["Beginners", "Bert", "Bob"]),
        ("/focus @b", ["@Bert", "@Bob"]),
        ("/msg @be", ["@Bert"]),
        ("/join @b", []),
        ("/help cl", ["close", "class", "claim", "clear"]),
        ("/kick b", ["Beginners", "Bert", "Bob"]),
        ("/kick CS350 b", ["Bert", "Bob"]),
        ("/room cs", ["CS350", "cs351"]),
        ("/ban CS350 Bob ", []),
        ("/rooms ", []),
        ("/xyzzy B", []),
        ("Hello @", ["@Bert", "@Bob", "@Zoë"]),
        ("Hello @zo", ["@Zoë"]),
        ("Hello B", []),
        ("//B", []),
        ("", []),
    ],
)
def test_offers(text: str, offered: list[str]) -> None:
    """Tab offers commands, their arguments, and `@name` anywhere."""
    assert offered == [candidate.text for candidate in candidates(text, someone(), Classes())]


@given(st.text() | st.from_regex(r"/[a-z]* ?[@A-Za-z]* ?"))
def test_replaces_what_was_typed(text: str) -> None:
    """A completion replaces the last word, and nothing more."""
    assert all(candidate.replaces <= len(text) for candidate in candidates(text, someone(), Classes()))
