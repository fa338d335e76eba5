"""README's picture: a session of real clients, recorded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.e2e.helpers import environment

SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parent.parent.parent


def texts_of(row: ElementTree.Element) -> str:
    """Return the texts of a row."""
    return " ".join(text.text or "" for text in row.iter(f"{SVG}text"))


def recorded(port: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    """Record the session, with the server on this port."""
    command = [sys.executable, "-m", "recording", "--port", port, str(path)]
    there = environment(path.parent)
    return subprocess.run(command, cwd=ROOT, env=there, capture_output=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record the session, on a free port."""
    path = tmp_path_factory.mktemp("recording") / "session.svg"
    done = recorded("0", path)
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
    return path


def test_recording(picture: Path) -> None:
    """The picture has the whole session as text, from the first prompt to the last line."""
    drawing = ElementTree.parse(picture).getroot()  # noqa: S314 (we wrote it)
    texts = [texts_of(row) for row in drawing.iter(f"{SVG}g") if row.get("id")]
    rows = {re.sub("^10:0[5-9] ", "10:04 ", text) for text in texts}  # it takes minutes on a busy machine

    assert {
        "$",
        "You: /join CS350",
        "10:04 [ CS350 - Alice ] Welcome to the study group, Bob ! 你 好 🎉",
        "10:04 [Private from Bob ] And the notes of Monday?",
        "print(line.upper())",
        "You → CS350: And could somebody bring a lap",
    } <= rows


def test_nothing_from_elsewhere(picture: Path) -> None:
    """The picture needs no other file, runs no code, and reveals nothing about the recording machine."""
    drawing = ElementTree.parse(picture).getroot()  # noqa: S314 (we wrote it)
    links = {element.get("href", "")[:1] for element in drawing.iter(f"{SVG}use")}

    assert {"#"} == links
    assert {"svg", "title", "style", "defs", "g", "use", "rect", "path", "circle", "text"} == {
        element.tag.removeprefix(SVG) for element in drawing.iter()
    }
    assert not any(part in picture.read_text() for part in (str(ROOT), str(Path.home()), "url(", "@import"))


def test_last_frame_stands_alone(picture: Path) -> None:
    """Without animation the last frame is visible: one row in each place, and one cursor."""
    drawing = ElementTree.parse(picture).getroot()  # noqa: S314 (we wrote it)
    seen = [group for group in drawing.iter(f"{SVG}g") if "h " not in group.get("class", "")]
    places = [use.get("y") for group in seen for use in group.findall(f"{SVG}use")]

    assert {2} == {places.count(place) for place in places[-2:]}
    assert max(map(places.count, places)) == 2


def test_port_that_is_taken(free_port: int, tmp_path: Path) -> None:
    """If its port is taken, the recording says so."""
    done = recorded(str(free_port), tmp_path / "session.svg")

    assert 1 == done.returncode
    assert b"Can't listen on" in done.stderr
