"""The page as it is sent, kept between starts of the server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from classchat.bundling.keeping import Sent, keep, kept, key_of

FILES: dict[str, Sent] = {"main.js": (b"a();\n", None), "page.js": (b"b()" * 9 + b"\xff", b"\x1f\x8b\x00")}


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow writing, whatever the environment says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    """Files are found under their key, also in a directory that does not exist yet, and alone."""
    keep(tmp_path / "kept", "one", {"old": (b"", None)})
    keep(tmp_path / "kept", "two", FILES)

    assert (None, FILES) == (kept(tmp_path / "kept", "one"), kept(tmp_path / "kept", "two"))
    assert ["page.json"] == [path.name for path in (tmp_path / "kept").iterdir()]


def test_the_key_is_that_of_all_texts() -> None:
    """Another text, or the same ones divided in another place, have another key."""
    assert key_of(["a", "b"]) == key_of(["a", "b"])
    assert 4 == len({key_of(texts) for texts in (["a", "b"], ["a", "c"], ["ab", ""], ["b", "a"])})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"key":"one"}',
        b'{"key":"one","files":[]}',
        b'{"key":"one","files":{"a":["%",null]}}',
        b"[" * 100_000,
    ],
)
def test_something_else_is_ignored(tmp_path: Path, content: bytes) -> None:
    """A file with something else counts as none, and is written again."""
    (tmp_path / "page.json").write_bytes(content)
    before = kept(tmp_path, "one")
    keep(tmp_path, "one", FILES)

    assert (None, FILES) == (before, kept(tmp_path, "one"))


def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, or Python is told to write nothing, nothing is kept."""
    (tmp_path / "file").touch()
    keep(tmp_path / "file", "one", FILES)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    keep(tmp_path, "one", FILES)

    assert (None, None) == (kept(tmp_path / "file", "one"), kept(tmp_path, "one"))
