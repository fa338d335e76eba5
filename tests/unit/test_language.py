"""The language of code, texts and documents: gender-neutral, and plain where a docstring begins."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.tables import each_case

_ROOT = Path(__file__).parents[2]

_PLACES = (
    "*",
    "benchmarks/**/*",
    "classchat/**/*",
    "docs/**/*",
    "packaging/**/*",
    "recording/**/*",
    "tests/**/*",
    "twisted/**/*",
)
_SUFFIXES = {
    ".c",
    ".cfg",
    ".css",
    ".h",
    ".html",
    ".in",
    ".js",
    ".json",
    ".md",
    ".py",
    ".service",
    ".toml",
    ".yaml",
}

_PRONOUN = re.compile(r"\b(?:s?h[e]|h(?:im|is|imself|ers?|erself))\b", re.IGNORECASE)
"""The gendered pronouns, spelled so that this line has none."""

_QUOTING = {"tests/wire_recording/intended.py"}
"""Files that quote others, such as sentences of an earlier version."""

_MANNERED = re.compile(r"(?:Know|Let|Tell\s+whether|See\s+that|See\s+whether|Say\s+whether)\b")
"""How no docstring begins. It says what a function does: Return, Add, Raise, Check, Record, ..."""


@cache
def _files() -> dict[str, str]:
    """Return the texts of all files of the project, by path."""
    found = {path for place in _PLACES for path in _ROOT.glob(place) if path.suffix in _SUFFIXES}
    found.add(_ROOT / ".ci" / "run")
    return {
        path.relative_to(_ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(found)
        if path.is_file() and "__pycache__" not in path.parts
    }


def _pronouns(text: str) -> list[int]:
    """Return the numbers of the lines with a gendered pronoun."""
    return [text.count("\n", 0, found.start()) + 1 for found in _PRONOUN.finditer(text)]


def _docstrings(code: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring, those of attributes included."""
    for node in ast.walk(ast.parse(code)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text)), lineno=line):
                    yield line, text


def _mannered(code: str) -> list[int]:
    """Return the lines of the docstrings that begin in a mannered way."""
    if not _MANNERED.search(code):
        return []  # parsing takes a hundred times as long
    return [line for line, text in _docstrings(code) if _MANNERED.match(text.lstrip())]


def test_no_gendered_pronouns() -> None:
    """Code, texts and documents name a role, or say "they"."""
    found = {name: lines for name, text in _files().items() if (lines := _pronouns(text))}

    assert _QUOTING == found.keys(), {name: found[name] for name in found.keys() - _QUOTING}


def test_docstrings_begin_with_what_is_done() -> None:
    """A docstring begins with what a function does or what a class is: no "Know", no "Let"."""
    wrong = {
        name: lines for name, text in _files().items() if name.endswith(".py") and (lines := _mannered(text))
    }

    assert {} == wrong


@each_case(
    "letters", ["h e", "H e", "h i m", "H i s", "h i m self", "s h e", "h e r", "h e r s", "h e r self"]
)
def test_a_pronoun_is_found(letters: str) -> None:
    """A pronoun is found in any case and next to any punctuation; other words are not taken for one."""
    pronoun = letters.replace(" ", "")

    assert [2] == _pronouns(f"this shim is theirs: here, the hero hides\nand ({pronoun}) is told\n")


def test_a_mannered_docstring_is_found() -> None:
    """The docstrings of modules, classes, functions and attributes are read, and only their beginnings."""
    code = (
        '"""Know."""\ndef f():\n    """Let it."""\n'
        'class C:\n    """See\n    that."""\n    x = 1\n    """Let y."""\n'
    )
    plain = '"""Return whether to let it go."""\ntext = "Let it be"\n'

    assert ([1, 3, 5, 8], []) == (_mannered(code), _mannered(plain))
