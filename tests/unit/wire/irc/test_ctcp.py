"""CTCP in texts."""

from __future__ import annotations

from classchat.wire.irc.ctcp import CTCP, action_of, action_text, parse_ctcp
from tests.tables import each_case


@each_case(
    ("text", "found"),
    [
        ("\x01VERSION\x01", CTCP("VERSION", "")),
        ("\x01PING 1 2\x01", CTCP("PING", "1 2")),
        ("\x01action waves", CTCP("ACTION", "waves")),
        ("\x01ACTION  waves \x01more", CTCP("ACTION", " waves ")),
        ("\x01\x01", CTCP("", "")),
        ("\x01", CTCP("", "")),
        ("\x01ß\x01", CTCP("ß", "")),
        ("Hello", None),
        ("x\x01VERSION\x01", None),
        ("", None),
    ],
)
def test_a_ctcp_message(text: str, found: CTCP | None) -> None:
    """A text that begins with the delimiter is CTCP, whether it ends with one or not."""
    assert found == parse_ctcp(text)


def test_an_action_is_a_text() -> None:
    """What a user does is a text that leads back to it."""
    text = action_text("Alice", "waves")

    assert ("* Alice waves", "waves") == (text, action_of("Alice", text))


@each_case("text", ["* Bob waves", "*Alice waves", "* Alice", "* Alice waves\nand goes", "waves"])
def test_other_texts(text: str) -> None:
    """A text is an action only of its own sender, and on one line."""
    assert action_of("Alice", text) is None
