"""Constants that are written where they are used: `const wait = 5; f(wait);` becomes `f(5);`.

Only strings and numbers that modules declare outside of all brackets, and only where that is shorter. Where a
name is also declared inside of brackets it can mean something else, so it stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from classchat.bundling.modules import Module

_NAME_COSTS = 6
"""About how many bytes the declaration of a constant has besides its value, with its import and export."""

_USE_COSTS = 2
"""About how many bytes a short name has."""

Own = tuple[str, str]


def constants_of(
    sent: Sequence[Module], owns: Mapping[str, Sequence[Own | None]], public: Iterable[Own]
) -> dict[Own, str]:
    """Return the values of the constants that are not needed any more, and leave out their declarations.

    `owns` has whose name each token is, and `public` the names that other bundles ask for.
    """
    uses = Counter(own for names in owns.values() for own in names if own is not None)
    stays = set(public).union(_staying(sent, owns))
    values = dict[Own, str]()
    for module in sent:
        for at in _declarations(module):
            own, value = owns[module.name][at + 1], module.tokens.texts[at + 3]
            if own is None or own in stays:
                continue
            if (uses[own] - 1) * (len(value) - _USE_COSTS) <= len(value) + _NAME_COSTS:
                values[own] = value
                module.left_out.update(range(at, at + 5))
    return values


def _declarations(module: Module) -> Iterator[int]:
    """Yield the places of `const name = 5;` outside of all brackets."""
    texts, kinds, around = module.tokens.texts, module.tokens.kinds, module.structure.around
    for at, text in enumerate(texts[:-4]):
        is_statement = text == "const" and texts[at + 2] == "=" and texts[at + 4] == ";"
        if is_statement and around[at] == -1 and kinds[at + 3] in ("string", "number"):
            yield at


def _staying(sent: Sequence[Module], owns: Mapping[str, Sequence[Own | None]]) -> Iterator[Own]:
    """Yield names that can mean something else somewhere, or have a mark behind them that a number can't."""
    for module in sent:
        texts, structure = module.tokens.texts, module.structure
        for at, own in enumerate(owns[module.name]):
            if own is None:
                continue
            is_ours = at in structure.properties or texts[at] not in structure.inner
            if not is_ours or texts[at + 1 : at + 2] in (["."], ["?."]):
                yield own
