"""Bundles printed with short names, and without the white space that JavaScript does not need.

Lines end where modules and classes do, so that an error has a line to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from classchat.bundling.arrows import changes_of
from classchat.bundling.bundles import Bundle, bundles_of
from classchat.bundling.modules import Module
from classchat.bundling.short_names import WORD, ShortNames
from classchat.bundling.structure import BLOCK, CLASS
from classchat.bundling.tokens import NAME, ScriptError

VERSION: Final = "\0"
"""Stands in each reference to a bundle for what its address has besides its name."""

_CLOSING: Final = frozenset([")", "]", "}"])
_BRIEF: Final = {"const": "let", "true": "!0", "false": "!1", "undefined": "void 0"}
_OPERATORS: Final = frozenset(["async", "await", "class", "function", "in", "instanceof", "new", "yield"])
_BEHIND_A_VALUE: Final = frozenset([";", ",", ")", "]", ""])
_BEFORE_A_VALUE: Final = frozenset(["=", ",", "[", "("])
_BLOCKS: Final = frozenset(["catch", "switch", "else", "try", "finally"])
_HEADS: Final = frozenset(["for", "while", "if"])
_ESCAPES: Final = re.compile(r"\\(?:u(?P<four>[0-9a-fA-F]{4})|u\{(?P<any>[0-9a-fA-F]+)\}|[^u])", re.DOTALL)


def printed(
    modules: Mapping[str, Module], first: str, address: Callable[[str, str], str] = lambda name, _user: name
) -> dict[str, str]:
    """Return the texts of all bundles by their names; that of the module which is loaded first comes first.

    `address` returns the name under which another file is sent, which a module uses.

    Raises:
        ScriptError: the modules do not fit together.
    """
    bundles = bundles_of(modules, first)
    printer = _Printer(modules, bundles, address)
    return {bundle.name: printer.text(bundle) for bundle in bundles}


class _Printer:
    """Prints bundles that refer to each other."""

    def __init__(
        self, modules: Mapping[str, Module], bundles: Sequence[Bundle], address: Callable[[str, str], str]
    ) -> None:
        self._address = address
        sent = [module for bundle in bundles for module in bundle.modules]
        self._names = ShortNames(modules, {bundle.name: bundle.modules for bundle in bundles})
        self._home = {module.name: bundle.name for bundle in bundles for module in bundle.modules}
        self._later = {name for module in sent for name in module.later.values()}
        self._uses = {bundle.name: self._used(bundle) for bundle in bundles}

    def text(self, bundle: Bundle) -> str:
        """Return the text of a bundle."""
        lines = [
            f'import{{{",".join(names)}}}from"{_reference(other)}";'
            for other, names in self._uses[bundle.name].items()
        ]
        often = sorted(self._names.often_in(bundle.name))
        if often:
            lines.append(f"let {','.join(f'{name}={text}' for text, name in often)};")
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
                if own and home is not None and home != bundle.name and own not in self._names.values:
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
        kinds, breaks = module.tokens.kinds, module.tokens.breaks
        before, behind_value, last = ";", False, -1
        ends = set(_ends_of_blocks(module))
        for at, out in self._outs(module):
            if breaks[at] and at != last and behind_value and kinds[at] != "mark" and at - 1 not in ends:
                yield "\n"  # there the end of the line may end a statement
            elif (before in WORD and out[0] in WORD) or (before == out[0] and out in ("+", "-", "++", "--")):
                yield " "
            yield out
            before, last = out[-1], at
            behind_value = kinds[at] != "mark" or out in _CLOSING

    def _outs(self, module: Module) -> Iterator[tuple[int, str]]:
        """Yield the tokens of a module by their places, as they are printed."""
        shorthands, owns = module.structure.shorthands, self._names.owns[module.name]
        joined = _joined(module)
        receivers = self._names.receivers[module.name]
        skipped = module.left_out.union(_needless(module), joined.values())
        changes = changes_of(module)
        skipped |= changes.left_out
        skipped |= {brace + 1 for brace in receivers if _declares(module, brace + 1)}
        for at, text in enumerate(module.tokens.texts):
            if at in changes.before:
                yield at, changes.before[at]
            if at in joined:
                yield at, ","
            elif at in module.later:
                yield at, f'"{_reference(self._home[module.later[at]])}"'
            elif at in module.files:
                yield at, f'"./{self._address(module.files[at], module.name)}"'
            elif at not in skipped:
                own = owns[at]
                short = (
                    changes.instead.get(at) or _brief(module, at) if own is None else self._names.short(own)
                )
                if at in module.structure.properties:
                    short = text if own is None else short
                key = self._names.member(text) if at in shorthands else short
                yield at, short if key == short else f"{key}:{short}"
                if at in receivers:
                    this = self._names.owns[module.name][receivers[at][0]]
                    name = self._names.short(this) if this else ""
                    yield from ((at, part) for part in ("let", name, "=", "this"))
                    yield at, "," if _declares(module, at + 1) else ";"
            if at in changes.behind:
                yield at, changes.behind[at]


def _declares(module: Module, at: int) -> bool:
    """Return whether a token begins declarations of constants or variables."""
    return module.tokens.kinds[at] == NAME and module.tokens.texts[at] in ("const", "let")


def _brief(module: Module, at: int) -> str:
    """Return the shortest way to write a keyword or a value."""
    text = module.tokens.texts[at]
    match module.tokens.kinds[at]:
        case "number":
            return _rounded(text)
        case "string" | "regex" | "template":
            return _unescaped(text)
        case _:
            return _BRIEF.get(text, text)


def _unescaped(text: str) -> str:
    r"""Return a string or a regular expression with its characters themselves: `é` for `\u00e9`.

    Those of ASCII can mean something else there, lines end at two others, and a surrogate is no character.
    """
    has_braces = text[0] != "/" or "u" in text[text.rindex("/") :]

    def character(match: re.Match[str]) -> str:
        digits = match["four"] or (match["any"] if has_braces else None)
        number = int(digits, 16) if digits else 0
        stays = number < 0x80 or number in (0x2028, 0x2029) or 0xD800 <= number < 0xE000
        return match[0] if stays else chr(number)

    return _ESCAPES.sub(character, text)


def _rounded(number: str) -> str:
    """Return `2e5` for `200_000`, if it is shorter."""
    digits = number.replace("_", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    return f"{digits[:-zeros]}e{zeros}" if zeros > 2 and digits.isdecimal() and digits.strip("0") else digits


def _ends_of_blocks(module: Module) -> Iterator[int]:
    """Yield the ends of methods, and of blocks that belong to statements: no line has to end there."""
    texts, structure = module.tokens.texts, module.structure
    for start, kind in structure.braces.items():
        end = structure.partner[start]
        head = structure.partner[start - 1] - 1 if texts[start - 1] == ")" else start - 1
        is_method = structure.braces.get(structure.around[start]) == CLASS and texts[start - 1] == ")"
        is_method = is_method and "function" not in texts[head - 1 : head + 1]
        if kind == BLOCK and (is_method or texts[head] in _HEADS or texts[head] in _BLOCKS):
            yield end


def _reference(bundle: str) -> str:
    return f"./{bundle}.{VERSION}.js"


def _needless(module: Module) -> set[int]:
    """Return the places of marks that change nothing: before closing brackets, and around one thing."""
    texts, kinds, partner = module.tokens.texts, module.tokens.kinds, module.structure.partner
    found = set[int]()
    for at, text in enumerate(texts):
        if kinds[at] != "mark":
            continue
        after = texts[at + 1] if at + 1 < len(texts) else ""
        if text == "," and after in _CLOSING and texts[at - 1] not in (",", "["):
            found.add(at)
        elif text == ";" and after == "}":
            head = partner[at - 1] - 1 if texts[at - 1] == ")" else at
            if texts[head] not in _HEADS:  # else it is the body of a loop
                found.add(at)
        elif (
            text == "("
            and texts[at - 2 : at + 2 : 3] == ["new", ")"]
            and "".join(texts[at + 2 : at + 3]) in _BEHIND_A_VALUE
        ):
            found |= {at, at + 1}
        elif text == "(" and _is_around_one(module, at):
            found |= {at, partner[at]}
        elif text == "=>" and texts[at - 1] == ")" and partner[at - 1] == at - 3 and kinds[at - 2] == NAME:
            found |= {at - 3, at - 1}
    return found


def _is_around_one(module: Module, at: int) -> bool:
    """Return whether a parenthesis is around one name or call that is a whole value: `let a = (b.c);`."""
    texts, kinds, end = module.tokens.texts, module.tokens.kinds, module.structure.partner[at]
    if texts[at - 1] not in _BEFORE_A_VALUE or "".join(texts[end + 1 : end + 2]) not in _BEHIND_A_VALUE:
        return False
    place = at + 1
    if kinds[place] != NAME:
        return False
    while place < end and (
        (kinds[place] == NAME and texts[place] not in _OPERATORS) or texts[place] in (".", "(", "[")
    ):
        place = module.structure.after(place)
    return place == end


def _joined(module: Module) -> dict[int, int]:
    """Return the semicolons between declarations, which become one, each with the keyword behind it."""
    texts, kinds = module.tokens.texts, module.tokens.kinds
    found = dict[int, int]()
    for at in module.structure.ends - module.left_out:
        keyword = at + 1
        while keyword in module.left_out:
            keyword += 1
        if texts[keyword : keyword + 1] in (["const"], ["let"]) and kinds[keyword] == NAME:
            found[at] = keyword
    return found
