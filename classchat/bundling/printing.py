"""Bundles printed with short names, and without the white space that JavaScript does not need.

Lines end where blocks do, so that an error has a line to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from classchat.bundling.bundles import Bundle, bundles_of
from classchat.bundling.modules import Module
from classchat.bundling.short_names import WORD, Own, ShortNames
from classchat.bundling.tokens import NAME, ScriptError

VERSION: Final = "\0"
"""Stands in each reference to a bundle for what its address has besides its name."""

_CLOSING: Final = frozenset([")", "]", "}"])
_HEADS: Final = frozenset(["for", "while", "if"])


def printed(modules: Mapping[str, Module], first: str) -> dict[str, str]:
    """Return the texts of all bundles by their names; that of the module which is loaded first comes first.

    Raises:
        ScriptError: the modules do not fit together.
    """
    bundles = bundles_of(modules, first)
    printer = _Printer(modules, bundles)
    return {bundle.name: printer.text(bundle) for bundle in bundles}


class _Printer:
    """Prints bundles that refer to each other."""

    def __init__(self, modules: Mapping[str, Module], bundles: Sequence[Bundle]) -> None:
        sent = [module for bundle in bundles for module in bundle.modules]
        self._names = ShortNames(modules, sent)
        self._home = {module.name: bundle.name for bundle in bundles for module in bundle.modules}
        self._later = {name for module in sent for name in module.later.values()}
        self._uses = {bundle.name: self._used(bundle) for bundle in bundles}

    def text(self, bundle: Bundle) -> str:
        """Return the text of a bundle."""
        lines = [
            f'import{{{",".join(names)}}}from"{_reference(other)}";'
            for other, names in self._uses[bundle.name].items()
        ]
        lines += ["".join(self._code(module)) for module in bundle.modules]
        exports = list(self._exports(bundle))
        if exports:
            lines.append(f"export{{{','.join(exports)}}};")
        return "".join(f"{line}\n" for line in lines)

    def _used(self, bundle: Bundle) -> dict[str, dict[str, None]]:
        """Return the names that a bundle needs of others, by bundle."""
        used = dict[str, dict[str, None]]()
        for module in bundle.modules:
            for name in module.needs:  # also those of which it needs no name
                if self._home[name] != bundle.name:
                    used.setdefault(self._home[name], {})
            for own in dict.fromkeys(self._names.owns[module.name]):
                home = self._home.get(own[0]) if own else None
                if own and home is not None and home != bundle.name:
                    used.setdefault(home, {})[self._names.short(own)] = None
        return used

    def _exports(self, bundle: Bundle) -> Iterator[str]:
        """Yield what a bundle exports: names for other bundles, and all that later imports may ask for."""
        yield from dict.fromkeys(name for used in self._uses.values() for name in used.get(bundle.name, ()))
        public = set[str]()
        for module in bundle.modules:
            for name in module.exported if module.name in self._later else ():
                if name in public:
                    raise ScriptError(f"Two modules of the page in one bundle export '{name}'.")
                public.add(name)
                yield f"{self._names.short(self._names.exported(module, name))} as {name}"

    def _code(self, module: Module) -> Iterator[str]:
        """Yield the code of a module in pieces."""
        tokens, shorthands = module.tokens, module.structure.shorthands
        kinds, breaks = tokens.kinds, tokens.breaks
        owns = self._names.owns[module.name]
        before, behind_value = ";", False
        for at, text in enumerate(tokens.texts):
            if at in module.left_out or (text in (",", ";") and _is_needless(module, at)):
                continue
            out = self._named(text, owns[at], at in shorthands)
            if at in module.later:
                out = f'"{_reference(self._home[module.later[at]])}"'
            elif text == "const" and at not in module.structure.properties:
                out = "let"
            if breaks[at] and behind_value and kinds[at] != "mark":
                yield "\n"  # there the end of the line may end a statement
            elif (before in WORD and out[0] in WORD) or (before == out[0] and out in ("+", "-", "++", "--")):
                yield " "
            yield out
            before = out[-1]
            behind_value = kinds[at] != "mark" or out in _CLOSING

    def _named(self, text: str, own: Own | None, is_shorthand: bool) -> str:
        """Return a token with its short name."""
        short = text if own is None else self._names.short(own)
        return f"{text}:{short}" if is_shorthand and short != text else short


def _reference(bundle: str) -> str:
    return f"./{bundle}.{VERSION}.js"


def _is_needless(module: Module, at: int) -> bool:
    """Return whether the comma or semicolon at a place, before a closing bracket, can be left out."""
    texts = module.tokens.texts
    after = texts[at + 1] if at + 1 < len(texts) else ""
    if texts[at] == ",":
        return after in _CLOSING and texts[at - 1] not in (",", "[")
    if after != "}" or texts[at - 1] != ")":
        return after == "}"
    head = module.structure.partner[at - 1] - 1
    return texts[head] not in _HEADS or module.tokens.kinds[head] != NAME  # else it is the loop's body
