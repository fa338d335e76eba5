"""QR codes in a terminal and in files."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from classchat import showing
from classchat.qr import QRCode
from classchat.showing import code_in_terminal, colours_of, print_code, save_pictures
from tests.tables import each_case

LINK = "http://192.168.1.100:5555/#CS350"
CODE = QRCode.of(LINK)


@each_case(
    ("environment", "colours"),
    [
        ({"TERM": "xterm-256color"}, "many"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "many"),
        ({"TERM": "linux"}, "few"),
        ({"TERM": "dumb"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "many"),
    ],
)
def test_the_colours_of_a_terminal(environment: dict[str, str], colours: str) -> None:
    """Colours are used where the terminal has them and NO_COLOR does not forbid them."""
    assert colours == colours_of(environment)


@each_case(
    ("columns", "lines", "fits"),
    [
        (CODE.width, CODE.height + 1, True),
        (CODE.width - 1, CODE.height + 1, False),
        (CODE.width, CODE.height, False),
        (300, 100, True),
    ],
)
def test_the_size_of_a_terminal(columns: int, lines: int, fits: bool) -> None:
    """A code that does not fit, with the line of the next prompt, is not drawn: a sentence says its size."""
    text = code_in_terminal(CODE, os.terminal_size((columns, lines)), {"TERM": "xterm"})
    sentence = (
        "The QR code needs a window of 33 columns and 18 lines: make it larger, or save a picture with --svg"
        " or --png.\n"
    )

    assert (CODE.in_terminal("few") if fits else sentence) == text


def test_no_terminal() -> None:
    """Where the output is no terminal, its size does not matter."""
    assert CODE.in_terminal("none") == code_in_terminal(CODE, None, {})


class Output(io.TextIOWrapper):
    """Standard output with an encoding, which is no terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding, newline="")

    def getvalue(self) -> str:
        """Return the written text."""
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def _terminal(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> Output:
    """Print to a terminal of 80 columns and 40 lines from now on."""
    output = Output(encoding)
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(showing, "_size", lambda: os.terminal_size((80, 40)))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return output


def test_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal the code is printed, with an empty line before it."""
    output = _terminal(monkeypatch)
    print_code(LINK, always=False)

    assert f"\n{CODE.in_terminal('many')}" == output.getvalue()


@pytest.mark.parametrize(("always", "printed"), [(False, False), (True, True)])
def test_in_a_pipe(monkeypatch: pytest.MonkeyPatch, always: bool, printed: bool) -> None:
    """In a pipe the code is printed only on request."""
    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    print_code(LINK, always)

    assert printed == ("▀" in output.getvalue())


def test_a_terminal_without_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no half blocks, a sentence says how to get the code."""
    output = _terminal(monkeypatch, "ascii")
    print_code(LINK, always=False)

    assert "\nThis terminal can't show a QR code: save a picture with --svg or --png.\n" == output.getvalue()


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `segno` a sentence says how to install it."""
    output = _terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "segno", None)
    print_code(LINK, always=False)

    assert "\nTo get a QR code as well, install segno: pip install segno\n" == output.getvalue()


def test_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file that is asked for is written, and named on standard error."""
    svg, png = tmp_path / "code.svg", tmp_path / "code.png"
    save_pictures(LINK, {"svg": str(svg), "png": None})
    save_pictures(LINK, {"svg": None, "png": str(png)})

    assert (CODE.svg_file(), CODE.png_file()) == (svg.read_bytes(), png.read_bytes())
    assert ("", f"Saved the QR code as {svg}\nSaved the QR code as {png}\n") == tuple(capsys.readouterr())


def test_a_picture_that_can_not_be_written(tmp_path: Path) -> None:
    """A file that can't be written is told in a sentence."""
    place = str(tmp_path / "missing" / "code.svg")
    with pytest.raises(SystemExit) as caught:
        save_pictures(LINK, {"svg": place, "png": None})

    assert f"classchat: Can't write to '{place}': No such file or directory." == str(caught.value)


def test_a_picture_without_segno(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without `segno` there is no file, and the command fails."""
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(SystemExit) as caught:
        save_pictures(LINK, {"svg": str(tmp_path / "code.svg"), "png": None})

    assert ("classchat: To draw a QR code, install segno: pip install segno", []) == (
        str(caught.value),
        [*tmp_path.iterdir()],
    )
