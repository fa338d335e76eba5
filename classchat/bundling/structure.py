"""What the names in a script are: which ones belong to it, and which are properties of some object.

    import { h } from "./dom.js";           h belongs to dom.js
    export const log = ({ key, at = 0 }) =>  log, key and at belong to this script; key and at are short for
      h("li", { key, class: at });          `key: key`; class is a property, and h(…) is from dom.js

Scopes are not told apart: within one script, a name that is declared anywhere is one name everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from classchat.bundling.tokens import NAME, ScriptError, Tokens

_CLOSES = {")": "(", "]": "[", "}": "{"}
_BEGINS_A_BLOCK = frozenset(["else", "do", "try", "finally", "catch", "static"])
_BEFORE_A_BLOCK = frozenset([")", ";", "{", "}", "=>"])
_MODIFIERS = frozenset(["async", "get", "set", "static", "*"])
_BEGINS_A_STATEMENT = frozenset(["import", "export", "const", "let", "class", "function", "async"])
_DECLARES = frozenset(["const", "let", "var"])

BLOCK, OBJECT, CLASS, NAMES = "block", "object", "class", "names"
"""What a brace begins: statements, an object or its pattern, the body of a class, or imported names."""


@dataclass(eq=False)
class Structure:
    """The structure of one script; places are those of its tokens."""

    tokens: Tokens
    partner: dict[int, int] = field(default_factory=dict)
    """The place of each bracket's other half."""

    around: list[int] = field(default_factory=list)
    """The bracket that each token stands in; -1 outside of all."""

    braces: dict[int, str] = field(default_factory=dict)
    """What each opening brace begins."""

    properties: set[int] = field(default_factory=set)
    """The names that are properties."""

    shorthands: set[int] = field(default_factory=set)
    """The names that are a property as well as a name of the script."""

    topmost: set[str] = field(default_factory=set)
    """The names that the script declares outside of all brackets; imported names are not among them."""

    inner: set[str] = field(default_factory=set)
    """The names that it declares inside of brackets; some can be the same."""

    statements: list[int] = field(default_factory=list)
    """The outermost statement, or member of an outermost class, that each token stands in, by its number."""

    ends: set[int] = field(default_factory=set)
    """The semicolons that end declarations of constants and variables."""

    @property
    def declared(self) -> set[str]:
        """All names that the script declares, but those that it imports."""
        return self.topmost | self.inner

    def after(self, at: int) -> int:
        """Return the place behind a token, or behind all that it begins, if it is a bracket or a template."""
        while self.partner.get(at, at) > at:
            at = self.partner[at]
        return at + 1

    def is_function(self, end: int, *others: str) -> bool:
        """Return whether the parenthesis that ends before a block has the parameters of a function.

        `others` are words of statements for which it is one, too.
        """
        texts, before = self.tokens.texts, self.partner.get(end, 0) - 1
        if texts[end] != ")" or before < 0:
            return False
        if texts[before] in ("function", *others):
            return True
        is_name = self.tokens.kinds[before] == NAME
        return is_name and (before in self.properties or texts[before - 1] in ("function", "*"))


def structure_of(tokens: Tokens) -> Structure:
    """Return the structure of a script.

    Raises:
        ScriptError: its brackets do not match.
    """
    found = Structure(tokens)
    _match(found)
    _sort(found)
    _declare(found)
    _divide(found)
    return found


def _match(found: Structure) -> None:
    """Find the partners of brackets, and what braces begin."""
    texts, kinds = found.tokens.texts, found.tokens.kinds
    open_ = [-1]
    colons = set[int]()  # those of cases
    cases = set[int]()  # the brackets in which a `case` waits for its colon
    classes = set[int]()  # the brackets in which a `class` waits for its body
    for at, text in enumerate(texts):
        kind = kinds[at]
        if (kind == "mark" and text in _CLOSES) or (kind == "template" and text[0] == "}"):
            start = open_.pop()
            if start < 0 or (kind == "mark" and texts[start] != _CLOSES[text]):
                raise ScriptError(f"its {text[0]} closes nothing")
            found.partner[start], found.partner[at] = at, start
        inside = open_[-1]
        found.around.append(inside)
        if kind == NAME and texts[at - 1] not in (".", "?."):
            if text == "class" and texts[at + 1] != ":":
                classes.add(inside)
            elif text in ("case", "default") and found.braces.get(inside) == BLOCK:
                cases.add(inside)
        elif text == "{":
            if inside in classes:
                classes.discard(inside)
                found.braces[at] = CLASS
            else:
                found.braces[at] = BLOCK if at - 1 in colons else _begun(texts[at - 1] if at else ";")
            open_.append(at)
        elif (text in ("(", "[") and kind == "mark") or (kind == "template" and text[-1] == "{"):
            open_.append(at)
        if text == ":" and inside in cases:
            cases.discard(inside)
            colons.add(at)
    if len(open_) > 1:
        raise ScriptError(f"its {texts[open_[-1]]} is not closed")


def _begun(before: str) -> str:
    """Return what a brace behind a token begins."""
    if before in ("import", "export"):
        return NAMES
    if before in _BEFORE_A_BLOCK or before in _BEGINS_A_BLOCK:
        return BLOCK
    return OBJECT


def _sort(found: Structure) -> None:
    """Find the names that are properties."""
    texts, kinds = found.tokens.texts, found.tokens.kinds
    last = len(texts) - 1
    for at, kind in enumerate(kinds):
        if kind != NAME:
            continue
        before = texts[at - 1] if at else ";"
        if before in (".", "?."):
            found.properties.add(at)
            continue
        inside = found.braces.get(found.around[at])
        if inside not in (OBJECT, CLASS):
            continue
        first = at
        while texts[first - 1] in _MODIFIERS and found.around[first - 1] == found.around[at]:
            first -= 1
        begins = texts[first - 1] in (("{", ",") if inside == OBJECT else ("{", ";", "}"))
        if not begins or (texts[at] in _MODIFIERS and kinds[at + 1] == NAME):
            continue
        after = texts[at + 1] if at < last else ";"
        if inside == OBJECT and after in (",", "}", "="):
            found.shorthands.add(at)
        else:
            found.properties.add(at)


def _declare(found: Structure) -> None:
    """Find the names that are declared."""
    texts, kinds = found.tokens.texts, found.tokens.kinds
    for at, text in enumerate(texts):
        if kinds[at] == NAME and at not in found.properties:
            if text in _DECLARES:
                _add(found, at, _declarations(found, at + 1))
            elif text in ("function", "class"):
                name = at + 2 if texts[at + 1] == "*" else at + 1
                if kinds[name] == NAME and texts[name] != "extends":
                    _add(found, at, [texts[name]])
        elif text == "=>" and kinds[at - 1] == NAME:
            found.inner.add(texts[at - 1])
        elif text == "=>" or (text == "{" and found.is_function(at - 1, "catch")):
            end = at - 1
            found.inner.update(_pattern(found, found.partner[end] + 1, end))


def _add(found: Structure, at: int, names: list[str]) -> None:
    """Add the names that a keyword at a place declares."""
    (found.topmost if found.around[at] == -1 else found.inner).update(names)


def _declarations(found: Structure, at: int) -> list[str]:
    """Return the names in the declarations that begin at a place: `a = 1, { b, c: [d] } = e`."""
    texts = found.tokens.texts
    names = list[str]()
    while True:
        end = found.after(at)
        names += _pattern(found, at, end)
        while end < len(texts) and texts[end] not in (",", ";", "of", "in", ")"):
            end = found.after(end)
        if texts[end : end + 1] != [","]:
            found.ends.add(end)
            return names
        at = end + 1


def _pattern(found: Structure, at: int, end: int) -> Iterator[str]:
    """Yield the names that a list of patterns between two places declares."""
    texts, kinds = found.tokens.texts, found.tokens.kinds
    while at < end:
        text = texts[at]
        if text in ("{", "["):
            yield from _pattern(found, at + 1, found.partner[at])
            at = found.partner[at]
        elif kinds[at] == NAME and at not in found.properties:
            yield text
        elif text == "=":
            while at < end and texts[at] != ",":
                at = found.after(at)
        at += 1


def _divide(found: Structure) -> None:
    """Find the outermost statements and members; they are one where `var` may declare names for others."""
    texts, around = found.tokens.texts, found.around
    is_whole = "var" in texts
    count = 0
    for at, text in enumerate(texts):
        if around[at] == -1:
            begins = text in _BEGINS_A_STATEMENT and at > 0 and texts[at - 1] in (";", "}")
        else:
            begins = found.braces.get(around[at]) == CLASS and around[around[at]] == -1
            begins = begins and found.tokens.kinds[at] == NAME and texts[at - 1] in ("{", ";", "}")
        count += begins and not is_whole
        found.statements.append(count)
