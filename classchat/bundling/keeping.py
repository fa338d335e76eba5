"""Bundles that are kept between starts of the server, as Python keeps its compiled modules, and next to them.

To print them takes one to two seconds, to read them a few milliseconds. They are kept under a hash of all
that they are made of, the code that makes them included. Where nothing can be written they are printed at
each start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

_FILE: Final = "page.json"


def key_of(texts: Iterable[str]) -> str:
    """Return a hash of texts, and of the code in this package."""
    made = sha256()
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    for part in [*(text.encode() for text in texts), *sources]:
        made.update(b"%d " % len(part) + part)
    return made.hexdigest()


def kept(directory: Path, key: str) -> dict[str, str] | None:
    """Return the bundles that are kept under a key; None if there are none."""
    try:
        found = json.loads((directory / _FILE).read_bytes())
        if found["key"] == key:
            return {str(name): str(text) for name, text in found["bundles"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # there is none, or something else: it is written again
    return None


def keep(directory: Path, key: str, bundles: dict[str, str]) -> None:
    """Keep bundles under a key, instead of older ones, unless Python may write nothing there."""
    if sys.dont_write_bytecode:
        return
    try:
        directory.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=directory, prefix=f"{_FILE}.", delete=False) as file:
            file.write(json.dumps({"key": key, "bundles": bundles}).encode())
        Path(file.name).chmod(0o644)
        os.replace(file.name, directory / _FILE)
    except OSError:
        pass  # the next start takes a little longer
