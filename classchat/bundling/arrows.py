"""Functions written as arrows, which is shorter: `function f(a) { return a; }` becomes `let f=a=>a;`.

An arrow is not there before its place in the file. So functions stay where code outside of functions may
need one of them while the module is loaded, and so do those that use `this`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from classchat.bundling.expressions import Changes, expressions_of
from classchat.bundling.modules import Module
from classchat.bundling.tokens import NAME

_STAYS: Final = frozenset(["this", "arguments", "yield"])
_DECLARES: Final = frozenset(["function", "class", "async"])


def changes_of(module: Module) -> Changes:
    """Return how the functions and statements of a module are printed, where that is shorter."""
    functions = {} if _is_needed_early(module) else dict(_functions(module))
    bodies = [module.structure.partner[end] for end in functions.values()]
    found = expressions_of(module, bodies)
    for at, end in functions.items():
        found.add(_arrow(module, at, end))
        after = end + 1
        while after in module.left_out:
            after += 1
        if after in functions:
            found.behind[end] = found.behind[end][:-1] + ","
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


def _arrow(module: Module, at: int, end: int) -> Changes:
    """Return how a function is printed."""
    close = module.structure.partner[at + 2]
    is_one = close == at + 4 and module.tokens.kinds[at + 3] == NAME
    return Changes(
        instead={at: "let"},
        behind={at + 1: "=", close: "=>", end: ";"},
        left_out={at + 2, close} if is_one else set(),
    )
