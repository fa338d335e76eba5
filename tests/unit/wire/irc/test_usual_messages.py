"""What clients usually say, recognized by the beginnings of lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.messages import Say
from classchat.wire.irc.channels import room
from classchat.wire.irc.irc_lines import IRCLine, IRCLines, parse
from classchat.wire.irc.usual_messages import UsualMessages
from classchat.wire.json_codec import JSON
from tests.tables import each_case


def read(usual: UsualMessages, head: str, text: str) -> Say | None:
    """Return the message that the line of a head and a text is."""
    decoded = f"{head} :{text}"
    return usual.read(decoded.encode(), decoded)


@each_case(
    ("head", "name"),
    [
        ("PRIVMSG #CS350", "CS350"),
        ("privmsg #cs350", "cs350"),
        ("PRIVMSG #Käse.-_", "Käse.-_"),
        ("PRIVMSG #" + "a" * 64, "a" * 64),
        ("PRIVMSG #" + "a" * 65, None),
        ("PRIVMSG #", None),
        ("PRIVMSG ##CS350", None),
        ("PRIVMSG #a,#b", None),
        ("PRIVMSG #a b", None),
        ("PRIVMSG  #a", None),
        ("PRIVMSG #a ", None),
        ("PRIVMSG #a\r", None),
        ("PRIVMSG #a\0", None),
        ("PRIVMSG Bob", None),
        ("NOTICE #a", None),
        (":Alice PRIVMSG #a", None),
        ("@label=1 PRIVMSG #a", None),
        ("", None),
    ],
)
def test_heads(head: str, name: str | None) -> None:
    """A usual message is a PRIVMSG to one channel that may exist, written as clients write it."""
    usual = UsualMessages()

    assert (None if name is None else Say(receiver=name, text="Hello")) == read(usual, head, "Hello")


@each_case(
    "text",
    [
        "",
        " ",
        " x",
        "\u3000x",
        "\x01ACTION waves\x01",
        "a\x02b",
        "a\x7f",
        "é\x02",
        "a\r",
        "a\0",
        "a\u2028b",
        "!hand",
        "\uff01hand",
    ],
)
def test_texts(text: str) -> None:
    """A text that may be blank, formatted, CTCP or a command is left to others."""
    usual = UsualMessages()

    assert [None, Say(receiver="a", text="x")] == [read(usual, "PRIVMSG #a", one) for one in (text, "x")]


def test_many_rooms() -> None:
    """A client may talk in many rooms in turns."""
    usual = UsualMessages()
    names = [f"room{number}" for number in range(20)] * 2

    assert [Say(receiver=name, text=name) for name in names] == [
        read(usual, f"PRIVMSG #{name}", name) for name in names
    ]


@given(st.text(alphabet="PRIVMSG privmsg #a,:é\0\r", max_size=20) | st.just("PRIVMSG #a"), st.text())
def test_it_is_what_the_line_says(head: str, text: str) -> None:
    """A message that is recognized has the room and the text that the parser finds in its line."""
    said = read(UsualMessages(), head, text)

    if said is not None:
        assert IRCLine({}, "", "PRIVMSG", [f"#{said.receiver}", said.text]) == parse(f"{head} :{text}")
        assert said.receiver == room(f"#{said.receiver}")


def test_only_after_signing_in() -> None:
    """Before a client has signed in, a message is a line like all others."""
    lines = IRCLines(JSON, "classchat.server")
    lines.feed(b"PRIVMSG #a :x\r\n" * 2)
    before = lines.next()
    lines.signed_in()

    assert (IRCLine({}, "", "PRIVMSG", ["#a", "x"]), Say(receiver="a", text="x")) == (before, lines.next())


@pytest.mark.parametrize("line", [b"PRIVMSG #a :x\n", b"PRIVMSG #a :x\r\n"])
def test_line_ends(line: bytes) -> None:
    """A carriage return before the newline is no part of the text."""
    lines = IRCLines(JSON, "classchat.server")
    lines.signed_in()
    lines.feed(line)

    assert Say(receiver="a", text="x") == lines.next()
