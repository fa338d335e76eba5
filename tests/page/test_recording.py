"""README's pictures of the page, photographed again."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.helpers import environment
from tests.tools import ROOT, tool

NAMES = ("page-dark.png", "page-light.png")


def size_of(picture: Path) -> tuple[int, int]:
    """Return the width and height of a PNG."""
    with picture.open("rb") as file:
        width, height = struct.unpack(">16x2I", file.read(24))
    return width, height


def photographed(place: Path, port: str = "0") -> subprocess.CompletedProcess[bytes]:
    """Write the pictures into a directory."""
    tool("chromium")
    command = [sys.executable, "-m", "recording.page", "--port", port, str(place)]
    there = environment(place)
    return subprocess.run(command, cwd=ROOT, env=there, capture_output=True, timeout=150, check=False)


def test_pictures(tmp_path: Path) -> None:
    """The lesson is played to its end, and photographed light and dark, as large as README's pictures are."""
    done = photographed(tmp_path)
    pictures = [tmp_path / name for name in NAMES]

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
    assert [size_of(ROOT / "docs" / name) for name in NAMES] == [size_of(each) for each in pictures]
    assert pictures[0].read_bytes() != pictures[1].read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_size_of_a_picture(name: str) -> None:
    """A picture of README loads quickly."""
    assert (ROOT / "docs" / name).stat().st_size < 150_000


def test_port_that_is_taken(free_port: int, tmp_path: Path) -> None:
    """If its port is taken, there is a sentence and no picture."""
    done = photographed(tmp_path, str(free_port))

    assert (1, []) == (done.returncode, [*tmp_path.glob("*.png")])
    assert b"Can't listen on" in done.stderr
