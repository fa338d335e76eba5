"""Values that a bundle has often get a short name: `f("room", "room");` becomes `let a="room";f(a,a);`.

These are strings, and some objects of the browser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.structure import OBJECT
from classchat.bundling.tokens import NAME

_BROWSERS: Final = frozenset(
    [
        *(
            "Date",
            "HTMLElement",
            "JSON",
            "Map",
            "Math",
            "Number",
            "Object",
            "Promise",
            "Set",
            "String",
            "URL",
        ),
        *("clearTimeout", "document", "location", "null", "requestAnimationFrame", "window"),
    ]
)
"""What is the same wherever it is used; functions among them need no object before them."""

_NAME: Final = 1.5
"""About how many letters a short name has: one or two."""

_DECLARED: Final = 4
"""How many more letters its declaration has: `,a="room"` behind that of another one."""


def repeated(modules: Iterable[Module]) -> dict[str, dict[int, str]]:
    """Return the values of a bundle that are shorter with a name: by module, by their places."""
    values = {module.name: dict([*_strings(module), *_objects(module)]) for module in modules}
    uses = Counter(text for places in values.values() for text in places.values())
    often = {text for text, count in uses.items() if _gain(text, count) > 0}
    return {
        name: {at: text for at, text in places.items() if text in often} for name, places in values.items()
    }


def _gain(text: str, count: int) -> float:
    return count * (len(text) - _NAME) - len(text) - _DECLARED


def _strings(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that are values, by their places: neither keys nor names of files."""
    texts, kinds, structure = module.tokens.texts, module.tokens.kinds, module.structure
    for at, text in enumerate(texts):
        if kinds[at] != "string" or at in module.left_out or at in module.later or at in module.files:
            continue
        is_in_object = structure.braces.get(structure.around[at]) == OBJECT
        if not (is_in_object and texts[at - 1] in ("{", ",") and texts[at + 1] == ":"):
            yield at, text


def _objects(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the browser's objects that a module uses, by their places."""
    kinds, structure = module.tokens.kinds, module.structure
    own = structure.declared | set(module.imported) | set(module.spaces)
    for at, text in enumerate(module.tokens.texts):
        is_name = kinds[at] == NAME and at not in structure.properties and at not in structure.shorthands
        if is_name and text in _BROWSERS - own:
            yield at, text
