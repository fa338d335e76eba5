"""The files of the page, as the server sends them: named for their content, and compressed.

    index.html      sent as `/`: what it refers to has the names below, and it names all modules at once
    store.js        sent as `/store.3f9c1a2b.js`: a name with a hash of what is sent under it

Comments in code that stand alone on their lines are left out: the types in them are a third of it. A browser
keeps an asset for as long as it likes, since another content has another name. A module's hash is
made after the names in its imports are replaced, so it changes with every module that it imports.

All of it is read and compressed once, when the server starts. No request ever reaches a file.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

INDEX = "index.html"
ICON = "icon.svg"

SVG = "image/svg+xml"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": SVG,
}

_DIGITS = 8  # hexadecimal digits of a hash: 32 bits tell the versions of one file apart

_IMPORTS = re.compile(
    r"""
    /\*.*?\*/ | //[^\n]*                                  # a comment: JSDoc imports types
    | \b(?:from|import|import\s*\()\s*(?P<quote>["'])(?P<name>\.[^"'\n]*)(?P=quote)
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'           # a string: no comment begins in it
    """,
    re.VERBOSE | re.DOTALL,
)

_COMMENTS = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)
"""Comments of whole lines. What only looks like one, at the beginning of a line, is in no code of ours."""

_REFERENCES = re.compile(r"""<!--.*?-->|\s(?:href|src)="(?P<name>[^":#?]+\.(?:css|js|svg))\"""", re.DOTALL)

_MODULE = re.compile(r"""<script\b[^>]*\btype="module"[^>]*>""")


class AssetError(Exception):
    """The files of the page can't be served; the only argument is a sentence that says why."""


@dataclass(frozen=True, eq=False)
class Asset:
    """One file as it is sent."""

    content_type: str
    plain: bytes
    gzipped: bytes | None
    """The same, compressed; None if that is not shorter."""


@dataclass(frozen=True, eq=False)
class Assets:
    """All files of the page."""

    index: Asset
    icon: Asset
    named: Mapping[str, Asset]
    """The other files by the name in their URL."""


def load(directory: Path) -> Assets:
    """Read, name and compress the page.

    Raises:
        AssetError: a file is missing, unreadable or of a kind that the page does not have, or two modules
            import each other.
    """
    naming = _Naming(_texts(directory))
    for name in (INDEX, ICON):
        if name not in naming.texts:
            raise AssetError(f"'{directory}' has no {name}.")
    index = _asset(INDEX, naming.page())
    named = {name: _asset(name, text) for name, text in naming.sent.items()}
    return Assets(index, _asset(ICON, naming.texts[ICON]), named)


def _texts(directory: Path) -> dict[str, str]:
    """Return the texts of all files in a directory, by name."""
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
        texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
    except (OSError, UnicodeError) as error:
        raise AssetError(f"'{directory}' can't be read: {error}.") from None
    for name in texts:
        if Path(name).suffix not in _TYPES:
            raise AssetError(f"'{directory / name}' is no HTML, CSS, JavaScript or SVG.")
    return texts


class _Naming:
    """Gives files the names under which they are sent."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.sent: dict[str, str] = {}
        """The texts as they are sent, by the name in their URL."""
        self._names: dict[str, str] = {}
        self._imports: dict[str, list[str]] = {}
        self._under_way: list[str] = []

    def page(self) -> str:
        """Return index.html with the names of its assets, after all files have theirs.

        The browser is told at once to fetch every module that the first ones import, instead of finding them
        one after the other.
        """
        for name in self.texts:
            if name != INDEX:
                self._named(name, INDEX)
        used: list[str] = []
        page = self._replaced(_REFERENCES, INDEX, used)
        found, below = list[str](), list(dict.fromkeys(used))
        for name in below:  # it grows meanwhile
            new = [one for one in dict.fromkeys(self._imports[name]) if one not in below]
            below += new
            found += new
        preloads = [f'<link rel="modulepreload" href="./{self._names[name]}">' for name in found]
        return _MODULE.sub(lambda match: "".join(preloads) + match[0], page, count=1)

    def _named(self, name: str, user: str) -> str:
        """Return the name under which a file is sent, for the file that uses it."""
        if name in self._names:
            return self._names[name]
        if name in self._under_way:
            circle = [*self._under_way[self._under_way.index(name) :], name]
            raise AssetError(f"These modules of the page import each other: {' -> '.join(circle)}.")
        if name not in self.texts or name == INDEX:
            raise AssetError(f"{user} of the page refers to '{name}', which does not exist.")
        self._under_way.append(name)
        imports = self._imports[name] = list[str]()
        text = self._replaced(_IMPORTS, name, imports) if name.endswith(".js") else self.texts[name]
        if not name.endswith(".svg"):
            text = _COMMENTS.sub(lambda match: "\n" * match[0].count("\n"), text)  # lines keep their numbers
        self._under_way.pop()
        stem, _, suffix = name.rpartition(".")
        digest = sha256(text.encode()).hexdigest()[:_DIGITS]
        self._names[name] = named = f"{stem}.{digest}.{suffix}"
        self.sent[named] = text
        return named

    def _replaced(self, references: re.Pattern[str], user: str, used: list[str]) -> str:
        """Return a file with the names under which the files that it refers to are sent.

        Add to `used` the files that are needed at once, which a module that is imported later is not.
        """

        def replace(match: re.Match[str]) -> str:
            if match["name"] is None:
                return match[0]  # a comment or a string
            name = match["name"].removeprefix("./")
            if "(" not in match[0]:
                used.append(name)
            before, after = match[0].split(match["name"])
            return f"{before}./{self._named(name, user)}{after}"

        return references.sub(replace, self.texts[user])


def _asset(name: str, text: str) -> Asset:
    plain = text.encode()
    gzipped = gzip.compress(plain, 9, mtime=0)
    return Asset(_TYPES[Path(name).suffix], plain, gzipped if len(gzipped) < len(plain) else None)
