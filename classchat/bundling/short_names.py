"""Short names for those that the page's code declares: the most frequent ones get the shortest.

A name that a module declares outside of all brackets is different from all other such names. Every other name
belongs to one statement, or one member of a class: it only has to differ from the names in there. Private
names have to differ from those of their module.

Properties keep their names, except for some members of classes (members.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice, product
from string import ascii_letters, digits
from typing import Final

from classchat.bundling.constants import constants_of
from classchat.bundling.members import members_of
from classchat.bundling.modules import Module
from classchat.bundling.receivers import receivers_of
from classchat.bundling.tokens import NAME, ScriptError
from classchat.bundling.values import repeated

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
"""A name of the page's code: the module that declares it outside of all brackets, and the name there.

Other names have their statement instead; private names, such as `#open`, have "#" and their module, and
members of classes have "."; values that a bundle has often have `"` and the bundle; and the short name for
`this` in a method is called "this,".
"""


class ShortNames:
    """All names of the page's code, and the short ones that replace them."""

    def __init__(self, modules: Mapping[str, Module], bundles: Mapping[str, Sequence[Module]]) -> None:
        """Look at the modules that are sent in each bundle.

        Raises:
            ScriptError: one imports what another one does not export.
        """
        self._modules = modules
        self._sent = sent = [module for inside in bundles.values() for module in inside]
        later = {name for module in sent for name in module.later.values()}
        self._members = members_of(sent, (shown for name in later for shown in modules[name].exported))
        self.receivers = {module.name: receivers_of(module) for module in sent}
        """By module: the places of `this` that get a short name, by the brace that begins each method."""
        self.often = {bundle: repeated(inside) for bundle, inside in bundles.items()}
        """By bundle: the values that get a short name, by module and place."""
        self.owns = {module.name: self._owns(module) for module in sent}
        for bundle, often in self.often.items():
            for name, places in often.items():
                for at, text in places.items():
                    self.owns[name][at] = f'"{bundle}', text
        """For each token of a module, by place, whose name it is; None for everything else."""
        public = (self.exported(modules[name], shown) for name in later for shown in modules[name].exported)
        self.values = constants_of(sent, self.owns, public)
        """What is written instead of some names."""
        self._texts = {text for module in sent for text in module.tokens.texts}
        self._short = dict[Own, str]()
        self._shorten({name for module in sent for name in _foreign(module, self.owns[module.name])})

    def _shorten(self, foreign: set[str]) -> None:
        """Give each name the shortest one that is free wherever it is used; a browser's never are."""
        uses = Counter(own for owns in self.owns.values() for own in owns if own and own not in self.values)
        uses.update(
            (".", module.tokens.texts[at])
            for module in self._sent
            for at in module.structure.shorthands
            if module.tokens.texts[at] in self._members
        )
        places = defaultdict[Own, set[str]](set)  # the statements that a name is used in
        for name, owns in self.owns.items():
            for at, own in enumerate(owns):
                if own is not None:
                    places[own].add(own[0] if own[0][0] in "#." else _statement(self._modules[name], at))
        free = {kind: [*islice(self._candidates(kind, foreign), len(uses) + 1)] for kind in ("#", ".", "")}
        taken = defaultdict[str, set[str]](set)  # by statement; "" for what is declared outside of brackets
        for own, _ in uses.most_common():
            if own[0] in self._modules or own[0][0] == '"':
                places[own].add("")
            elif own[0] == ".":
                places[own].add(".")  # also where it is only short for `name: name`
            elif own[0][0] != "#" and own[1] in foreign:
                continue  # a browser's name, perhaps also where a script declares it: so it stays
            unfree = set[str]().union(*(taken[place] for place in places[own]))
            names = free[own[0][0] if own[0][0] in "#." else ""]
            self._short[own] = next(name for name in names if name not in unfree)
            for place in places[own]:
                taken[place].add(self._short[own])

    def _candidates(self, kind: str, foreign: set[str]) -> Iterator[str]:
        """Yield what can replace names, the shortest first: private ones ("#"), members ("."), or others."""
        for name in short_names():
            if kind == "#":
                yield f"#{name}"
            elif kind == ".":
                if name not in self._texts:  # which some property may have
                    yield name
            elif name not in foreign and name not in _KEYWORDS:
                yield name

    def member(self, name: str) -> str:
        """Return what replaces the name of a property."""
        return self.short((".", name)) if name in self._members else name

    def short(self, own: Own) -> str:
        """Return what replaces a name."""
        return self.values.get(own) or self._short.get(own, own[1])

    def often_in(self, bundle: str) -> set[tuple[str, str]]:
        """Return the values that get a short name in a bundle, with the name."""
        texts = (text for places in self.often[bundle].values() for text in places.values())
        return {(text, self.short((f'"{bundle}', text))) for text in texts}

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
        known: dict[tuple[str, str], Own | None] = {}
        owns: list[Own | None] = [None] * len(texts)
        for brace, places in self.receivers[module.name].items():
            for at in places:
                owns[at] = _statement(module, brace), "this,"
        for at, text in enumerate(texts):
            if kinds[at] != NAME or at in module.left_out or owns[at] is not None:
                continue
            if text[0] == "#":
                owns[at] = f"#{module.name}", text
            elif at in properties:
                owns[at] = (".", text) if text in self._members else None
            elif text in module.spaces:
                owns[at + 2] = self._in_space(module, at)
            else:
                key = _statement(module, at), text
                if key not in known:
                    known[key] = self._own(module, text, key)
                owns[at] = known[key]
        return owns

    def _in_space(self, module: Module, at: int) -> Own:
        """Return whose name `text.shown` is, where text is a module; nothing of it but `shown` is written."""
        tokens, file = module.tokens, module.spaces[module.tokens.texts[at]]
        if tokens.texts[at + 1 : at + 2] != ["."]:
            raise ScriptError(f"{module.name} of the page uses {file} as a whole.")
        module.left_out.update((at, at + 1))
        tokens.breaks[at + 2] |= tokens.breaks[at]
        return self.exported(self._modules[file], tokens.texts[at + 2])

    def _own(self, module: Module, name: str, local: Own | None = None) -> Own | None:
        """Return whose name this is in a module, `local` if a statement's; None if no module declares it."""
        if name in module.imported:
            file, there = module.imported[name]
            return self.exported(self._modules[file], there)
        if name in module.structure.topmost:
            return module.name, name
        return local if name in module.structure.inner else None


def _statement(module: Module, at: int) -> str:
    """Return the outermost statement, or the member of a class, that a token stands in."""
    return f"{module.name} {module.structure.statements[at]}"


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
