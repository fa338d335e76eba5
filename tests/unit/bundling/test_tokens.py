"""JavaScript cut into tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import classchat
from classchat.bundling.tokens import ScriptError, read
from tests.tables import each_case

WEB = Path(classchat.__file__).parent / "web"


@each_case(
    ("source", "tokens"),
    [
        ("a  = b;", ["a", "=", "b", ";"]),
        ("a // = 'b'\n/* ; */ c /** d **/", ["a", "c"]),
        ("'it\\'s' + \"// no\"", ["'it\\'s'", "+", '"// no"']),
        ("x ??= y?.z ?? 1_000", ["x", "??=", "y", "?.", "z", "??", "1_000"]),
        (
            "(x) => ({ ...x, y: z?.5:.5 })",
            ["(", "x", ")", "=>", "(", "{", "...", "x", ",", "y", ":", "z", "?", ".5", ":", ".5", "}", ")"],
        ),
        ("this.#open ||= !`a`", ["this", ".", "#open", "||=", "!", "`a`"]),
        ("größe", ["größe"]),
        ("", []),
    ],
)
def test_tokens(source: str, tokens: list[str]) -> None:
    """Names, numbers, strings and marks are tokens; comments and white space are none."""
    assert tokens == read(source).texts


@each_case(
    ("source", "tokens"),
    [
        ("a / b / c", ["a", "/", "b", "/", "c"]),
        ("f(x) / 2", ["f", "(", "x", ")", "/", "2"]),
        ("i++ / 2", ["i", "++", "/", "2"]),
        ("a = /b/gu.test", ["a", "=", "/b/gu", ".", "test"]),
        ("f(/[/'\"]\\//)", ["f", "(", "/[/'\"]\\//", ")"]),
        ("return /x/", ["return", "/x/"]),
        ("`${/`/}`", ["`${", "/`/", "}`"]),
    ],
)
def test_divisions_and_regular_expressions(source: str, tokens: list[str]) -> None:
    """Behind a value a slash divides; elsewhere a regular expression begins with it."""
    assert tokens == read(source).texts


@each_case(
    ("source", "tokens"),
    [
        ("`a ${b} c`", ["`a ${", "b", "} c`"]),
        ("`${`${a}`}$`", ["`${", "`${", "a", "}`", "}$`"]),
        ("`${{ a: `}` }.a}` + 1", ["`${", "{", "a", ":", "`}`", "}", ".", "a", "}`", "+", "1"]),
        ("`\\`\\${a}//`", ["`\\`\\${a}//`"]),
        ("`${a}${b}`", ["`${", "a", "}${", "b", "}`"]),
    ],
)
def test_templates(source: str, tokens: list[str]) -> None:
    """The pieces of a template are tokens, and so is the code between them."""
    assert tokens == read(source).texts


def test_line_breaks() -> None:
    """Each token knows whether a line ends before it, also in a comment."""
    assert [False, True, False, True] == read("a\nb /* */ c /*\n*/ d").breaks


@each_case(("source", "line"), [("a\n'open", 2), ("`a ${b} c", 1), ("@", 1), ("/* open", 1)])
def test_what_can_not_be_read(source: str, line: int) -> None:
    """Code that is not closed, or not JavaScript, is refused with its line."""
    with pytest.raises(ScriptError, match=f"line {line} "):
        read(source)


@given(st.text(st.sampled_from("ab1.`'\"/*\\${}()[]#@+-=>? \n"), max_size=40))
def test_anything(source: str) -> None:
    """Whatever is read, its tokens alone are read as the same tokens; the rest is refused."""
    try:
        tokens = read(source).texts
    except ScriptError:
        return

    assert tokens == read("\n".join(tokens)).texts


@each_case("path", sorted(WEB.glob("*.js")))
def test_the_page_is_read(path: Path) -> None:
    """Each module of the page is read; its tokens alone, each on a line, are read as the same tokens."""
    tokens = read(path.read_text(encoding="utf-8"))

    assert tokens.texts == read("\n".join(tokens.texts)).texts
