"""Functions written as arrows, which is shorter: `function f(a) { return a; }` becomes `let f=a=>a;`.

An arrow is not there before its place in the file. So functions stay where code outside of functions may
need one of them while the module is loaded, and so do those that use `this`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.structure import Structure
from classchat.bundling.tokens import NAME

_STAYS: Final = frozenset(["this", "arguments", "yield"])
_DECLARES: Final = frozenset(["function", "class", "async"])


@dataclass(eq=False)
class Arrows:
    """What is printed otherwise, by the places of tokens."""

    instead: dict[int, str] = field(default_factory=dict)
    behind: dict[int, str] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)


def arrows_of(module: Module) -> Arrows:
    """Return how the functions of a module that no code needs while it is loaded are printed."""
    found = Arrows()
    if not _is_needed_early(module):
        functions = dict(_functions(module))
        for at, end in functions.items():
            _write(module, at, end, found)
            after = end + 1
            while after in module.left_out:
                after += 1
            if after in functions:
                found.behind[end] = ","
                found.left_out.add(after)
    return found


def _is_needed_early(module: Module) -> bool:
    """Return whether statements that are no declarations of functions or classes refer to one of them."""
    texts, structure = module.tokens.texts, module.structure
    kinds = dict[int, str]()  # by each statement: its first word
    declared = set[str]()
    for at, text in enumerate(texts):
        if at in module.left_out:
            continue
        first = kinds.setdefault(structure.statements[at], text)
        if structure.around[at] == -1 and texts[at - 1] in ("function", "class") and first in _DECLARES:
            declared.add(text)
    return any(
        text in declared and kinds.get(structure.statements[at]) not in _DECLARES
        for at, text in enumerate(texts)
        if at not in module.left_out and at not in structure.properties
    )


def _functions(module: Module) -> Iterator[tuple[int, int]]:
    """Yield where the outermost functions of a module begin and end."""
    texts, kinds, structure = module.tokens.texts, module.tokens.kinds, module.structure
    for at, text in enumerate(texts):
        is_function = text == "function" and structure.around[at] == -1 and kinds[at + 1] == NAME
        if is_function and texts[at - 1] != "async" and at not in structure.properties:
            end = structure.partner[structure.partner[at + 2] + 1]
            if not _STAYS.intersection(texts[at:end]):
                yield at, end


def _write(module: Module, at: int, end: int, found: Arrows) -> None:
    """Write down how a function is printed."""
    texts, kinds, structure = module.tokens.texts, module.tokens.kinds, module.structure
    close = structure.partner[at + 2]
    found.instead[at] = "let"
    found.behind[at + 1] = "="
    found.behind[close] = "=>"
    found.behind[end] = ";"
    if close == at + 4 and kinds[at + 3] == NAME:
        found.left_out.update((at + 2, close))
    if texts[close + 2] == "return" and _ends(structure, close + 3) == end - 1 and texts[close + 3] != "{":
        found.left_out.update((close + 1, close + 2, end - 1, end))


def _ends(structure: Structure, at: int) -> int:
    """Return where an expression ends: the place of its semicolon; -1 if it has a comma, or there is none."""
    texts, begin = structure.tokens.texts, at
    while texts[at] not in (";", ",", "}"):
        at = structure.after(at)
    return at if texts[at] == ";" and at > begin else -1
