"""One module of the page: what it imports, what it exports, and the code between."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.bundling.structure import Structure, structure_of
from classchat.bundling.tokens import NAME, ScriptError, Tokens, read


@dataclass(eq=False)
class Module:
    """One module."""

    name: str
    """The name of its file."""

    structure: Structure
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By each imported name, as it is called here: the module that it is from, and its name there."""

    spaces: dict[str, str] = field(default_factory=dict)
    """The modules that it imports as a whole, by what it calls them."""

    exported: dict[str, str] = field(default_factory=dict)
    """By each exported name, as it is called outside: what it is called here."""

    needs: list[str] = field(default_factory=list)
    """The modules that have to be there before it runs, in the order in which it imports them."""

    later: dict[int, str] = field(default_factory=dict)
    """The modules that it may import later, by the place of the string."""

    files: dict[int, str] = field(default_factory=dict)
    """The other files that it names, by the place of the string: `new URL("./a.css", import.meta.url)`."""

    left_out: set[int] = field(default_factory=set)
    """The places of the tokens that only say what is imported and exported."""

    @property
    def tokens(self) -> Tokens:
        """The module's code."""
        return self.structure.tokens


def module_of(name: str, source: str) -> Module:
    """Return the module in a file.

    Raises:
        ScriptError: it can't be read, or imports or exports something in a way that the page does not use.
    """
    tokens = read(source)
    try:
        found = Module(name, structure_of(tokens))
        _connect(found)
    except IndexError:
        raise ScriptError("its last statement is not complete") from None
    return found


def _connect(found: Module) -> None:
    """Find what a module imports and exports."""
    texts, kinds = found.tokens.texts, found.tokens.kinds
    for at, text in enumerate(texts):
        if kinds[at] != NAME or at in found.structure.properties:
            continue
        if text == "import" and texts[at + 1] == "(":
            found.later[at + 2] = _file(texts[at + 2])
        elif text == "import" and texts[at + 1] == ".":
            found.files[at - 2] = _file(texts[at - 2])
        elif text == "import":
            _import(found, at)
        elif text == "export":
            _export(found, at)


def _import(found: Module, at: int) -> None:
    """Read `import { a, b as c } from "./d.js";`, `import * as e from "./d.js";`, or `import "./d.js";`."""
    texts = found.tokens.texts
    names = list[tuple[str, str]]()
    space = ""
    end = at + 1
    if texts[end] == "{":
        names = _names(found, end)
        end = found.structure.partner[end] + 2
    elif texts[end : end + 2] == ["*", "as"]:
        space = texts[end + 2]
        end += 4
    file = _file(texts[end])
    found.needs.append(file)
    found.imported.update({here: (file, there) for there, here in names})
    if space:
        found.spaces[space] = file
    _leave_out(found, at, end)


def _export(found: Module, at: int) -> None:
    """Read `export { a, b as c };`, `export { a } from "./d.js";`, or the `export` before a declaration."""
    texts = found.tokens.texts
    if texts[at + 1] == "{":
        names = _names(found, at + 1)
        end = found.structure.partner[at + 1]
        if texts[end + 1] == "from":
            end += 2
            file = _file(texts[end])
            found.needs.append(file)
            found.imported.update({f"{file} {name}": (file, name) for name, _ in names})
            names = [(f"{file} {name}", there) for name, there in names]
        found.exported.update({there: here for here, there in names})
        _leave_out(found, at, end)
        return
    kind = at + 2 if texts[at + 1] == "async" else at + 1
    name = kind + 1
    if texts[kind] not in ("const", "let", "function", "class") or found.tokens.kinds[name] != NAME:
        raise ScriptError(f"'export {texts[at + 1]}' is nothing that can be joined")
    found.exported[texts[name]] = texts[name]
    found.left_out.add(at)


def _names(found: Module, at: int) -> list[tuple[str, str]]:
    """Return the names in the braces at a place: each before its `as`, and the one behind it."""
    texts = found.tokens.texts
    names = list[tuple[str, str]]()
    for place in range(at + 1, found.structure.partner[at]):
        before = texts[place - 1]
        if before == "as":
            names[-1] = (names[-1][0], texts[place])
        elif before in ("{", ","):
            names.append((texts[place], texts[place]))
    return names


def _leave_out(found: Module, at: int, end: int) -> None:
    """Leave out a statement, with its semicolon."""
    texts = found.tokens.texts
    found.left_out.update(range(at, end + 1 + (texts[end + 1 : end + 2] == [";"])))


def _file(text: str) -> str:
    """Return the file that a string names."""
    name = text[1:-1]
    if text[0] not in "\"'" or not name.startswith("./"):
        raise ScriptError(f"it imports {text}, which is no module of the page")
    return name.removeprefix("./")
