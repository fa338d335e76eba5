"""How the modules of the package are named: one name means one thing everywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import classchat

PACKAGE = Path(classchat.__file__).parent

_PUBLIC_CLASS = re.compile(r"^class ([^\W_]\w*)[:(]", re.MULTILINE)
"""How a public class of a module begins: parsing all modules takes a hundred times as long."""


def modules() -> Iterator[Path]:
    """Yield all modules of the package."""
    return PACKAGE.rglob("*.py")


def test_no_two_public_classes_have_one_name() -> None:
    """A reader who meets a class by name knows which one it is, without looking at the imports."""
    places = defaultdict(list)
    for path in modules():
        for name in _PUBLIC_CLASS.findall(path.read_text(encoding="utf-8")):
            places[name].append(str(path.relative_to(PACKAGE)))

    assert places.keys() > {"Chat", "Session", "ChatError"}
    assert {} == {name: found for name, found in places.items() if len(found) > 1}


def test_no_two_modules_have_one_name() -> None:
    """A file is known by its name alone, in a traceback and in an editor's tabs."""
    places = defaultdict(list)
    for path in modules():
        if not path.stem.startswith("__"):
            places[path.name].append(str(path.relative_to(PACKAGE)))

    assert {} == {name: found for name, found in places.items() if len(found) > 1}
