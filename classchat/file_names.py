"""What a file that a user shares may be called, and what kinds of files there are.

A name comes from a stranger, and becomes the name of a file on any system. So it is cleaned by the server,
and again by each client that writes it to a disk.
"""

from __future__ import annotations

import unicodedata
from mimetypes import MimeTypes
from typing import Final

_LONGEST: Final = 120
"""Characters of a name. With four bytes each it would still be too long for a disk: see `_MOST_BYTES`."""

_MOST_BYTES: Final = 200
"""Bytes of a name: file systems take 255, and a client may add a number or an ending."""

_LONGEST_ENDING: Final = 16

_UNNAMED: Final = "file"

_HIDDEN: Final = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
"""Categories that can hide or reverse a part of a name, or that no file system takes."""

_FORBIDDEN: Final = frozenset('<>:"/\\|?*')
"""What Windows does not take in a name; other programs give some of it a meaning."""

_DEVICES: Final = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"]
)
"""Names that mean a device on Windows, whatever their ending."""

_TYPES: Final = MimeTypes(filenames=())
"""Python's own table: what a system adds to it would differ from server to server."""

for _type, _ending in (("image/webp", ".webp"), ("image/avif", ".avif")):
    _TYPES.add_type(_type, _ending)  # newer Pythons have them

UNKNOWN_TYPE: Final = "application/octet-stream"

PICTURES: Final = frozenset(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"])
"""The kinds that a browser may show: they have no scripts and refer to nothing."""


def clean_name(name: str) -> str:
    """Return a name under which any system can keep a file, and which shows what it is."""
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    base = "".join(
        "_" if one in _FORBIDDEN or unicodedata.category(one) in _HIDDEN else one
        for one in unicodedata.normalize("NFC", base)
    )
    base = " ".join(base.split()).rstrip(". ")
    if base.startswith((".", "-", "~")):  # hidden, an option of a command, a home directory
        base = f"_{base}"
    if base.partition(".")[0].rstrip(" ").upper() in _DEVICES:
        base = f"_{base}"
    return _short(base) or _UNNAMED


def _short(name: str) -> str:
    """Return the beginning of a name with its ending, as much as file systems take."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    stem = stem[: _LONGEST - len(dot + ending)]
    while len(f"{stem}{dot}{ending}".encode()) > _MOST_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip('. ')}{dot}{ending}"


def type_of(name: str) -> str:
    """Return the media type that the ending of a name stands for."""
    return _TYPES.guess_type(name, strict=True)[0] or UNKNOWN_TYPE


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it: "812 bytes", "1.2 MB"."""
    if size < 1_000:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    units = ["TB", "GB", "MB", "kB"]
    value, unit = size / 1_000, units.pop()
    while units and value >= 999.5:
        value, unit = value / 1_000, units.pop()
    return f"{value:.0f} {unit}" if value >= 99.95 else f"{value:.1f} {unit}"
