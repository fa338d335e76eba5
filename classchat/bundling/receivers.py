"""A short name for `this` in methods that have it often: `this.a(this.b)` becomes `let c=this;c.a(c.b)`.

Only in methods of which all inner functions are arrows, since there `this` is that of the method.
"""

from __future__ import annotations

from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.structure import CLASS, OBJECT, Structure

_OFTEN: Final = 5
"""From how many uses on a name is shorter: its declaration has as many letters as four of them save."""

_OTHERS: Final = frozenset(["function", "class", "super"])
"""What may begin another `this`, or has to come before it."""


def receivers_of(module: Module) -> dict[int, list[int]]:
    """Return the places of `this` that a short name replaces, by the brace that begins each method."""
    found = dict[int, list[int]]()
    structure, texts = module.structure, module.tokens.texts
    for brace in structure.braces:
        if not _begins_method(structure, brace, CLASS):
            continue
        inside = range(brace + 1, structure.partner[brace])
        uses = [at for at in inside if texts[at] == "this" and at not in structure.properties]
        if len(uses) >= _OFTEN and not any(_is_other(structure, at) for at in inside):
            found[brace] = uses
    return found


def _begins_method(structure: Structure, brace: int, kind: str) -> bool:
    """Return whether a brace begins a method of a class, or of an object."""
    is_inside = structure.braces.get(structure.around[brace]) == kind
    return is_inside and structure.tokens.texts[brace - 1] == ")"


def _is_other(structure: Structure, at: int) -> bool:
    """Return whether `this` may mean something else from a place on."""
    is_keyword = structure.tokens.texts[at] in _OTHERS and at not in structure.properties
    return is_keyword or _begins_method(structure, at, OBJECT)
