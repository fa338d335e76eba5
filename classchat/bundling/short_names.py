"""Short names for those that the page's code declares: the most frequent ones get the shortest.

Properties keep their names, so that the traces of errors name methods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_letters, digits
from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.tokens import NAME, ScriptError

_KEYWORDS: Final = frozenset(
    [
        "as",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "null",
        "of",
        "return",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
        "async",
    ]
)
_FIRST: Final = ascii_letters + "_$"
WORD: Final = frozenset(_FIRST + digits + "#")
"""The characters of names and numbers."""

Own = tuple[str, str]
"""A name of the page's code: the module that declares it outside of all brackets, or "", and the name there.

Private names, such as `#open`, have "#" for their module.
"""


class ShortNames:
    """All names of the page's code, and the short ones that replace them."""

    def __init__(self, modules: Mapping[str, Module], sent: Sequence[Module]) -> None:
        """Look at the modules that are sent.

        Raises:
            ScriptError: one imports what another one does not export.
        """
        self._modules = modules
        self.owns = {module.name: self._owns(module) for module in sent}
        """For each token of a module, by place, whose name it is; None for everything else."""
        foreign = {name for module in sent for name in _foreign(module, self.owns[module.name])}
        uses = Counter(own for owns in self.owns.values() for own in owns if own is not None)
        for name in foreign:  # a browser's name, perhaps also where a script declares it: so it stays
            uses.pop(("", name), None)
        self._short = dict[Own, str]()
        public = (name for name in short_names() if name not in foreign and name not in _KEYWORDS)
        private = (f"#{name}" for name in short_names())
        for own, _ in uses.most_common():
            self._short[own] = next(private if own[0] == "#" else public)

    def short(self, own: Own) -> str:
        """Return what replaces a name."""
        return self._short.get(own, own[1])

    def exported(self, module: Module, name: str) -> Own:
        """Return whose name a module exports.

        Raises:
            ScriptError: it exports none of this name.
        """
        own = self._own(module, module.exported.get(name, ""))
        if own is None:
            raise ScriptError(f"{module.name} of the page exports no '{name}'.")
        return own

    def _owns(self, module: Module) -> list[Own | None]:
        texts, kinds, properties = module.tokens.texts, module.tokens.kinds, module.structure.properties
        known: dict[str, Own | None] = {}
        owns: list[Own | None] = [None] * len(texts)
        for at, text in enumerate(texts):
            if kinds[at] != NAME or at in module.left_out or owns[at] is not None:
                continue
            if text[0] == "#":
                owns[at] = "#", text
            elif at not in properties and text in module.spaces:
                owns[at + 2] = self._in_space(module, at)
            elif at not in properties:
                if text not in known:
                    known[text] = self._own(module, text)
                owns[at] = known[text]
        return owns

    def _in_space(self, module: Module, at: int) -> Own:
        """Return whose name `text.shown` is, where text is a module; nothing of it but `shown` is written."""
        tokens, file = module.tokens, module.spaces[module.tokens.texts[at]]
        if tokens.texts[at + 1 : at + 2] != ["."]:
            raise ScriptError(f"{module.name} of the page uses {file} as a whole.")
        module.left_out.update((at, at + 1))
        tokens.breaks[at + 2] |= tokens.breaks[at]
        return self.exported(self._modules[file], tokens.texts[at + 2])

    def _own(self, module: Module, name: str) -> Own | None:
        """Return whose name this is in a module; None if no module declares it."""
        if name in module.imported:
            file, there = module.imported[name]
            return self.exported(self._modules[file], there)
        if name in module.structure.topmost:
            return module.name, name
        return ("", name) if name in module.structure.declared else None


def _foreign(module: Module, owns: Sequence[Own | None]) -> Iterator[str]:
    """Yield the names in a module that no module declares: those of the browser, and keywords."""
    kinds, properties = module.tokens.kinds, module.structure.properties
    for at, text in enumerate(module.tokens.texts):
        if kinds[at] == NAME and owns[at] is None and at not in properties and at not in module.left_out:
            yield text


def short_names() -> Iterator[str]:
    """Yield all names, the shortest first."""
    for length in count():
        for first in _FIRST:
            for rest in product(_FIRST + digits, repeat=length):
                yield first + "".join(rest)
