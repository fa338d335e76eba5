"""JavaScript cut into tokens: what remains of it without comments and white space.

It is read as far as the page's own code needs it (ECMAScript 2022). A slash behind `)`, `]` and `}` divides:
no statement begins with a regular expression. Every statement ends with a semicolon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

NAME: Final = "name"
"""The kind of names, keywords and private names such as `#open`."""

TEMPLATE: Final = "template"
"""The kind of the pieces of a template, such as "`a ${", "} b ${" and "} c`"."""

_SPACE = r"(?P<space>(?:\s+|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)+)"
_PIECE = r"(?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)"
_REST = rf"""
    | (?P<name>\#?[A-Za-z_$][\w$]*)
    | (?P<number>\.?[0-9][\w.]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<template>`{_PIECE})
    | (?P<mark>=>|\.\.\.|\?\.(?![0-9])|\?\?=?|\|\|=?|&&=?|\*\*=?|\+\+|--|[=!]==?|>>>?=?|<<=?|[-+*/%&|^<>]=
        |/(?!\*)|[-+*%&|^<>=!~?:;,.(){{}}\[\]])
"""
_REGEX = r"| (?P<regex>/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)"
_FLAGS = re.VERBOSE | re.DOTALL

_BEHIND_A_VALUE = re.compile(_SPACE + _REST, _FLAGS)
_ELSEWHERE = re.compile(_SPACE + _REGEX + _REST, _FLAGS)
_BEHIND_AN_EXPRESSION = re.compile(rf"(?P<template>\}}{_PIECE})", _FLAGS)

_OPERATORS = frozenset(
    [
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "instanceof",
        "new",
        "delete",
        "void",
        "do",
        "else",
        "yield",
        "await",
        "throw",
    ]
)
"""The keywords that an expression follows."""

_VALUES = frozenset([")", "]", "}", "++", "--"])
"""The marks that end an expression."""


class ScriptError(Exception):
    """A script can't be read; the only argument is a sentence that says why."""


@dataclass(eq=False)
class Tokens:
    """The tokens of one script, by their place."""

    texts: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    breaks: list[bool] = field(default_factory=list)
    """Whether a line ends before each token."""


def read(source: str) -> Tokens:
    """Return the tokens of a script.

    Raises:
        ScriptError: it is no JavaScript, or of a kind that the page does not have.
    """
    tokens = Tokens()
    texts, kinds, breaks = tokens.texts, tokens.kinds, tokens.breaks
    at, is_value, breaks_off = 0, False, False
    braces = list[bool]()  # the open ones: whether an expression in a template begins with it
    while at < len(source):
        if braces and braces[-1] and source[at] == "}":
            match = _BEHIND_AN_EXPRESSION.match(source, at)
            braces.pop()
        else:
            match = (_BEHIND_A_VALUE if is_value else _ELSEWHERE).match(source, at)
        if match is None or (kind := match.lastgroup) is None:
            raise ScriptError(f"line {source.count(chr(10), 0, at) + 1} can't be read")
        text = match[0]
        at = match.end()
        if kind == "space":
            breaks_off |= "\n" in text
            continue
        if text == "{":
            braces.append(False)
        elif text == "}" and braces:
            braces.pop()
        elif kind == TEMPLATE and text[-1] == "{":
            braces.append(True)
        texts.append(text)
        kinds.append(kind)
        breaks.append(breaks_off)
        breaks_off = False
        is_value = text in _VALUES if kind == "mark" else text[-1] != "{" and text not in _OPERATORS
    return tokens
