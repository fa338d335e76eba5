"""Showing QR codes in a terminal, and saving them as pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from classchat.output import write_file
from classchat.qr import INSTALL, MissingSegno, QRCode
from classchat.streams import complain


def code_in_terminal(code: QRCode, size: os.terminal_size | None, environment: Mapping[str, str]) -> str:
    """Return a QR code in characters, or a sentence that says why there is none.

    `size` is the terminal's; None if the output is no terminal.
    """
    if size is not None and (size.columns < code.width or size.lines <= code.height):
        return (
            f"The QR code needs a window of {code.width} columns and {code.height + 1} lines: make it larger,"
            " or save a picture with --svg or --png.\n"
        )
    return code.in_terminal(colours_of(environment))


def colours_of(environment: Mapping[str, str]) -> Literal["many", "few", "none"]:
    """Return how many colours a terminal has; NO_COLOR (no-color.org) forbids them."""
    kind = environment.get("TERM", "dumb")
    if environment.get("NO_COLOR") or kind == "dumb":
        return "none"
    return "many" if "256color" in kind or environment.get("COLORTERM") else "few"


def _size() -> os.terminal_size | None:
    """Return the size of the terminal; None if the output is not a terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return None


def print_code(link: str, always: bool) -> None:
    """Print the QR code of a link if it can be shown, and say what is missing if it can't."""
    size = _size()
    if size is None and not always:
        return
    try:
        text = code_in_terminal(QRCode.of(link), size, os.environ)
    except MissingSegno:
        text = f"To get a QR code as well, install segno: {INSTALL}\n"
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = "This terminal can't show a QR code: save a picture with --svg or --png.\n"
    print(f"\n{text}", end="")


def save_pictures(link: str, options: Mapping[str, Any]) -> None:
    """Save the pictures that the options ask for.

    Raises:
        SystemExit: they can't be drawn or written.
    """
    for option, draw in (("svg", QRCode.svg_file), ("png", QRCode.png_file)):
        file = options[option]
        if file is None:
            continue
        try:
            write_file(Path(file), [draw(QRCode.of(link))])
        except MissingSegno:
            raise SystemExit(f"classchat: To draw a QR code, install segno: {INSTALL}") from None
        except OSError as error:
            raise SystemExit(f"classchat: Can't write to '{file}': {error.strerror}.") from None
        complain(f"Saved the QR code as {file}")
