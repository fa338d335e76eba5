"""The page as it is sent, kept between starts of the server, next to the modules that Python keeps compiled.

To make it takes one to two seconds, to read it a few milliseconds. It is kept under a hash of all that it is
made of, the code that makes it included. Where nothing can be written it is made at each start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from msgspec import MsgspecError, Struct, json

_FILE: Final = "page.json"

Sent = tuple[bytes, bytes | None]
"""The bytes of a file, and the same compressed; None if that is not shorter."""


class _Kept(Struct):
    key: str
    files: dict[str, Sent]


def key_of(texts: Iterable[str]) -> str:
    """Return a hash of texts, and of the code in this package."""
    made = sha256()
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    for part in [*(text.encode() for text in texts), *sources]:
        made.update(b"%d " % len(part) + part)
    return made.hexdigest()


def kept(directory: Path, key: str) -> dict[str, Sent] | None:
    """Return the files that are kept under a key, by name; None if there are none."""
    try:
        found = json.decode((directory / _FILE).read_bytes(), type=_Kept)
    except (OSError, MsgspecError, ValueError, RecursionError):
        return None  # there is none, or something else: it is written again
    return found.files if found.key == key else None


def keep(directory: Path, key: str, files: Mapping[str, Sent]) -> None:
    """Keep files under a key, instead of older ones, unless Python may write nothing there."""
    if sys.dont_write_bytecode:
        return
    try:
        directory.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=directory, prefix=f"{_FILE}.", delete=False) as file:
            file.write(json.encode(_Kept(key, dict(files))))
        Path(file.name).chmod(0o644)
        os.replace(file.name, directory / _FILE)
    except OSError:
        pass  # the next start takes a little longer
