"""How the modules of the package are named: one name means one thing everywhere."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import classchat

PACKAGE = Path(classchat.__file__).parent


def modules() -> Iterator[Path]:
    """Yield all modules of the package."""
    return PACKAGE.rglob("*.py")


def test_no_two_public_classes_have_one_name() -> None:
    """A reader who meets a class by name knows which one it is, without looking at the imports."""
    places = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(PACKAGE)))

    assert {} == {name: found for name, found in places.items() if len(found) > 1}


def test_no_two_modules_have_one_name() -> None:
    """A file is known by its name alone, in a traceback and in an editor's tabs."""
    places = defaultdict(list)
    for path in modules():
        if not path.stem.startswith("__"):
            places[path.name].append(str(path.relative_to(PACKAGE)))

    assert {} == {name: found for name, found in places.items() if len(found) > 1}
