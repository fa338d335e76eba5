"""The files of the page, as the server sends them: joined, short, named for their content, and compressed.

    index.html            sent as `/`: what it refers to has the names below
    main.js, dom.js …     joined into bundles (bundling/bundles.py), such as `/main.3f9c1a2b.js`
    style.css, icon.svg   sent as `/style.81b0cc4e.css`: a name with a hash of what is sent under it

A browser keeps an asset for as long as it likes, since another content has another name. Bundles refer to
each other, so all of them have the hash of all of them: an open page asks for the bundles of its own version,
and finds none of another one.

All of it is read when the server starts, and shortened and compressed, unless the result is kept from an
earlier start. No request ever reaches a file.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from classchat.bundling.keeping import Sent, keep, kept, key_of
from classchat.bundling.modules import Module, module_of
from classchat.bundling.printing import VERSION, printed
from classchat.bundling.styles import short_properties, shortened
from classchat.bundling.tokens import ScriptError

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

_REFERENCES = re.compile(
    r"""<!--.*?-->|(?<=\s)(?:href|src)="(?P<name>[^":#?]+\.(?:css|js|svg))\"""", re.DOTALL
)


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


def load(directory: Path, keeping: Path | None = None) -> Assets:
    """Read, shorten, name and compress the page; the result is kept in the directory for `keeping`, if given.

    Raises:
        AssetError: a file is missing, unreadable or of a kind that the page does not have, or its scripts do
            not fit together.
    """
    texts = _texts(directory)
    for name in (INDEX, ICON):
        if name not in texts:
            raise AssetError(f"'{directory}' has no {name}.")
    key = key_of([*texts, *texts.values(), Path(__file__).read_text(encoding="utf-8")]) if keeping else ""
    files = kept(keeping, key) if keeping else None
    if files is None:
        files = _made(texts)
        if keeping:
            keep(keeping, key, files)
    assets = {name: Asset(_TYPES[_suffix(name)], *sent) for name, sent in files.items()}
    return Assets(assets.pop(INDEX), assets.pop(ICON), assets)


def _texts(directory: Path) -> dict[str, str]:
    """Return the texts of all files in a directory, by name."""
    try:
        names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
        texts = {name: (directory / name).read_text(encoding="utf-8") for name in names}
    except (OSError, UnicodeError) as error:
        raise AssetError(f"'{directory}' can't be read: {error}.") from None
    for name in texts:
        if _suffix(name) not in _TYPES:
            raise AssetError(f"'{directory / name}' is no HTML, CSS, JavaScript or SVG.")
    return texts


def _made(texts: Mapping[str, str]) -> dict[str, Sent]:
    """Return what is sent of the page, by the name in its URL, and its first page and icon by their own."""
    naming = _Naming(texts)
    sent = {INDEX: naming.page(), ICON: texts[ICON]}
    return {name: _compressed(text) for name, text in (sent | naming.sent).items()}


class _Naming:
    """Gives files the names under which they are sent."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._properties = short_properties(text for name, text in texts.items() if name.endswith(".css"))
        self.sent: dict[str, str] = {}
        """The texts as they are sent, by the name in their URL."""

    def page(self) -> str:
        """Return index.html with the names of the files that it refers to, and of no others."""

        def replace(match: re.Match[str]) -> str:
            if match["name"] is None:
                return ""  # a comment
            before, after = match[0].split(match["name"])
            return f"{before}./{self._named(match['name'], INDEX)}{after}"

        return _REFERENCES.sub(replace, self._texts[INDEX])

    def _named(self, name: str, user: str) -> str:
        """Send a file that another one names, and return its name in the URL."""
        if name not in self._texts:
            raise AssetError(f"{user} of the page refers to '{name}', which does not exist.")
        stem, _, suffix = name.rpartition(".")
        if suffix == "js":
            return self._bundled(name)
        text = self._texts[name]
        if suffix == "css":
            text = shortened(text, self._properties)
        named = f"{stem}.{_hash(text)}.{suffix}"
        self.sent[named] = text
        return named

    def _bundled(self, first: str) -> str:
        """Send a module and all that it needs, and return its name in the URL."""
        texts = self._printed(first)
        version = _hash("\n".join(texts.values()))
        names = [f"{bundle}.{version}.js" for bundle in texts]
        self.sent.update(
            {name: text.replace(VERSION, version) for name, text in zip(names, texts.values(), strict=True)}
        )
        return names[0]

    def _printed(self, first: str) -> dict[str, str]:
        """Return the texts of the bundles."""
        for name in self._texts:
            if name.endswith(".css"):
                self._named(name, INDEX)
        try:
            return printed(self._modules(), first, self._named)
        except ScriptError as error:
            raise AssetError(str(error)) from None

    def _modules(self) -> dict[str, Module]:
        modules = dict[str, Module]()
        for name, text in self._texts.items():
            if name.endswith(".js"):
                try:
                    modules[name] = module_of(name, text)
                except ScriptError as error:
                    raise AssetError(f"{name} of the page can't be sent: {error}.") from None
        return modules


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def _compressed(text: str) -> Sent:
    plain = text.encode()
    gzipped = gzip.compress(plain, 9, mtime=0)
    return plain, gzipped if len(gzipped) < len(plain) else None
