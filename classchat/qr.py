"""QR codes of links, in characters for a terminal and as pictures.

They are drawn by `segno`, which is optional (the extra `qr`): it is imported on use.
"""

from __future__ import annotations

import io
from typing import Literal, Protocol, Self

INSTALL = "pip install segno"
"""The command that installs what is missing."""

_QUIET = 4
"""Modules of light margin on each side, which scanners need: ISO/IEC 18004, 6.3.8."""

_PIXELS = 1_000
"""The least width of a picture, so that a slide shows sharp edges."""

_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
"""Colours from the cube of 256, which no theme changes."""

_DARK_ON_LIGHT = "\x1b[30;47m"
"""The same for a terminal with few colours."""

_RESET = "\x1b[0m"


class MissingSegno(Exception):
    """There is no `segno` to draw a QR code."""


class _Symbol(Protocol):
    """The part of segno's `QRCode` that is used here."""

    matrix: tuple[bytearray, ...]

    def save(self, out: io.BytesIO, kind: str, **how: object) -> None:
        """Write the symbol as a picture."""


class QRCode:
    """The QR code of one link."""

    def __init__(self, symbol: _Symbol) -> None:
        self._symbol = symbol

    @classmethod
    def of(cls, link: str) -> Self:
        """Return the code of a link.

        Raises:
            MissingSegno: `segno` is not installed.
        """
        return cls(_symbol(link, None))

    @classmethod
    def quickly(cls, link: str) -> Self:
        """Return the code of a link in a fifth of the time: the first mask is used instead of the best one.

        Raises:
            MissingSegno: `segno` is not installed.
        """
        return cls(_symbol(link, 0))

    @property
    def width(self) -> int:
        """The columns of the code in a terminal: one for each module, with the margin."""
        return len(self._symbol.matrix) + 2 * _QUIET

    @property
    def height(self) -> int:
        """The rows of the code in a terminal: two modules share one."""
        return (self.width + 1) // 2

    def in_terminal(self, colours: Literal["many", "few", "none"]) -> str:
        """Return the code as lines of half blocks.

        With colours it is dark on light in every theme. Without them the light modules are drawn, for a
        terminal with a dark background; scanners read the inverse as well.
        """
        blank = [0] * self.width
        rows = [blank] * _QUIET
        rows += [[*blank[:_QUIET], *row, *blank[:_QUIET]] for row in self._symbol.matrix]
        rows += [blank] * _QUIET
        begin, end = {
            "many": (_BLACK_ON_WHITE, _RESET),
            "few": (_DARK_ON_LIGHT, _RESET),
            "none": ("", ""),
        }[colours]
        blocks = "█▄▀ " if colours == "none" else " ▀▄█"
        below = [*rows[1::2], *[blank] * (len(rows) % 2)]
        return "".join(
            f"{begin}{''.join(blocks[up + 2 * low] for up, low in zip(*pair, strict=True))}{end}\n"
            for pair in zip(rows[::2], below, strict=True)
        )

    def svg(self) -> bytes:
        """Return the code as an SVG that fills the space it is given."""
        return self._picture("svg", xmldecl=False, omitsize=True)

    def svg_file(self) -> bytes:
        """Return the code as an SVG document of its own."""
        return self._picture("svg", scale=self._scale)

    def png_file(self) -> bytes:
        """Return the code as a PNG."""
        return self._picture("png", scale=self._scale)

    @property
    def _scale(self) -> int:
        return -(-_PIXELS // self.width)

    def _picture(self, kind: str, **how: object) -> bytes:
        out = io.BytesIO()
        self._symbol.save(out, kind, border=_QUIET, dark="#000", light="#fff", **how)
        return out.getvalue()


def _symbol(link: str, mask: int | None) -> _Symbol:
    try:
        import segno
    except ImportError:
        raise MissingSegno from None
    made: _Symbol = segno.make_qr(link, error="l", mask=mask)
    return made
