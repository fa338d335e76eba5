"""How much a browser has to load until its user sits in a room and talks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import classchat
from classchat.servers.assets import Assets, load

ALWAYS = ("main", "page")
"""The scripts that are always loaded; tests/page/test_first_load.py shows that they are the only ones."""


@pytest.fixture(scope="module")
def assets() -> Assets:
    """Return the files of the page as servers here send them: they keep bundles between starts."""
    package = Path(classchat.__file__).parent
    return load(package / "web", package / "__pycache__")


def size(assets: Assets, pattern: str) -> int:
    """Return how many bytes the files of such names have together, before compression."""
    found = [len(asset.plain) for name, asset in assets.named.items() if re.match(pattern, name)]
    assert found
    return sum(found)


def test_scripts(assets: Assets) -> None:
    """The scripts of the first load have at most 60,000 bytes, and all scripts together 172,000."""
    assert size(assets, rf"({'|'.join(ALWAYS)})\.\w+\.js$") <= 60_000
    assert size(assets, r".*\.js$") <= 172_000


def test_styles(assets: Assets) -> None:
    """The style sheets have at most 14,000 bytes together, and that of classes 7,500 besides."""
    assert size(assets, r"(style|later)\.\w+\.css$") <= 14_000
    assert size(assets, r"class\.\w+\.css$") <= 7_500
