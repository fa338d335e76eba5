"""Keys: what is pasted."""

from __future__ import annotations

import pytest

from classchat.client.commands.parsing import parse_on_screen
from classchat.client.commands.table import Speech
from classchat.client.screen.bindings import pasted
from tests.tables import each_case


@each_case(
    "code",
    [
        "// a comment\nint main() {\n\treturn 0;\n}",
        "/* a comment */",
        "//",
        "    indented = True\n    more = 1",
        "#!/bin/sh\n/bin/true",
        "text with /slashes/ // in it",
    ],
)
def test_code_arrives_as_it_was(code: str) -> None:
    """Pasted text that does not look like a command is sent to the letter."""
    assert Speech(code) == parse_on_screen(pasted(code))


@pytest.mark.parametrize("text", ["/msg Bob Hi", "/privte Bob Hi\nand more", "/"])
def test_commands_may_be_pasted(text: str) -> None:
    """Pasted text that begins like a command is one, so that a mistyped one is not sent to a room."""
    assert text == pasted(text)


def test_behind_something_else() -> None:
    """Text pasted after typed text stays as it is."""
    assert "// b" == pasted("// b", before="a ")


@each_case("text", ["a\r\nb", "a\rb", "a\nb", "a\nb\n\n"])
def test_line_breaks(text: str) -> None:
    """Terminals send carriage returns; the last line break is not wanted."""
    assert "a\nb" == pasted(text)


@each_case("password", ["//slashes-pass", "/*star-pass", "//", "/claim x", " spaces "])
@each_case("end", ["", "\n", "\r\n", "\r"])
def test_passwords_arrive_as_they_are(password: str, end: str) -> None:
    """A hidden paste is not a command: no slash is added, and only its last line break is dropped."""
    assert password == pasted(f"{password}{end}", hidden=True)
