"""Members of the page's classes that get short names: their names mean nothing to anything but the page.

A name that is shortened is shortened in all modules, wherever a property has it. So these names stay:

- those that a browser has, since `box.focus()` may call an element's method
- those that are keys of objects, which may be sent, stored, looked up, or be attributes of an element
- those that are also strings, since `what[name]` may find them
- those that other bundles ask for
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.structure import CLASS, OBJECT

_BROWSERS: Final = frozenset(
    """
    address anchor bound call channel clear closed constructor count drop empty end error fill find first
    flush focus from item link list loaded log mark mode name now open opened options page pressed ready
    refresh remove restore result resume rows set show start state status stop submit take toggle top type
    use view watch with
    """.split()  # noqa: SIM905 (a list would have a line for each)
)
"""Names of members that browsers have as well; tests/page/test_first_load.py asks one for all that it has."""

_OURS: Final = frozenset(
    """
    added answered around aside atStart banner begin box changed chat completes composer conversation
    conversations draft drawers drawn element fresh header hides inLog invited joined kind known lastSender
    later look mentions messages missing moved newId note notice notify numbered older own pending
    phase polite quiet refused renamed request retryAt store tail unread urgent wanted world
    """.split()  # noqa: SIM905
)
"""Names that are keys of objects or strings as well, but are read only in the page, and never by a string."""


def members_of(sent: Iterable[Module], public: Iterable[str]) -> set[str]:
    """Return the names of members that are shortened; `public` are those that other bundles ask for."""
    members, keys, strings = set[str](), set[str](), set[str]()
    for module in sent:
        tokens = module.tokens
        members.update(_declared(module))
        keys.update(_keys(module))
        members.update(_OURS.intersection(keys))
        strings.update(
            text[1:-1] for text, kind in zip(tokens.texts, tokens.kinds, strict=True) if kind == "string"
        )
    return members.difference((keys | strings) - _OURS, public, _BROWSERS)


def _declared(module: Module) -> Iterator[str]:
    """Yield the names of methods and fields, and of what `this.name = 5` sets, but no private ones."""
    texts, structure = module.tokens.texts, module.structure
    for at in structure.properties:
        is_used = texts[at - 1] in (".", "?.")
        is_set = texts[at - 2 : at] == ["this", "."] and texts[at + 1 : at + 2] == ["="]
        is_member = not is_used and structure.braces.get(structure.around[at]) == CLASS
        if (is_set or is_member) and texts[at][0] != "#":
            yield texts[at]


def _keys(module: Module) -> Iterator[str]:
    """Yield the keys of objects, but not those of patterns such as `{ a } = b`."""
    texts, structure = module.tokens.texts, module.structure
    for at in structure.properties | structure.shorthands:
        brace = structure.around[at]
        if texts[at - 1] in (".", "?.") or structure.braces.get(brace) != OBJECT:
            continue
        end = structure.partner[brace]
        if texts[end + 1 : end + 2] not in (["="], ["of"]):
            yield texts[at]
