"""QR codes, read by a scanner."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from typing import Literal
from xml.etree import ElementTree

import pytest
import zxingcpp

from classchat.qr import MissingSegno, QRCode

LINK = "http://192.168.1.100:5555/#%C3%9Cbung"

_PIXELS = 4
"""Pixels of a module: scanners need some."""


def scanned(rows: list[list[int]]) -> str | None:
    """Return what a scanner reads; 1 is a dark module."""
    lines = [b"".join((b"\0" if dark else b"\xff") * _PIXELS for dark in row) for row in rows]
    image = b"".join(line * _PIXELS for line in lines)
    shape = [len(rows) * _PIXELS, len(rows[0]) * _PIXELS]
    found = zxingcpp.read_barcode(memoryview(image).cast("B", shape=shape), try_invert=False)
    return found.text if found else None


def seen(text: str, drawn: int) -> list[list[int]]:
    """Return the modules that a terminal shows; `drawn` is what a block means: 1 is dark."""
    rows: list[list[int]] = []
    for line in re.sub("\x1b\\[[0-9;]*m", "", text).splitlines():
        rows += ([drawn if each in blocks else 1 - drawn for each in line] for blocks in ("█▀", "█▄"))
    return rows


@pytest.mark.parametrize("colours", ["many", "few"])
@pytest.mark.parametrize("code", [QRCode.of(LINK), QRCode.quickly(LINK)], ids=["best", "quick"])
def test_in_colours(code: QRCode, colours: Literal["many", "few"]) -> None:
    """In colours the code is dark on light, whatever the terminal's own are."""
    text = code.in_terminal(colours)
    begin = {"many": "\x1b[38;5;16;48;5;231m", "few": "\x1b[30;47m"}[colours]

    assert LINK == scanned(seen(text, 1))
    assert all(line.startswith(begin) and line.endswith("\x1b[0m") for line in text.splitlines())


def test_without_colours() -> None:
    """Without colours the light modules are drawn, for a dark terminal, and there are no escapes."""
    text = QRCode.of(LINK).in_terminal("none")

    assert LINK == scanned(seen(text, 0))
    assert {*"█▀▄ \n"} >= {*text}


def test_its_size_in_a_terminal() -> None:
    """The code knows its columns and rows; four modules around it are light."""
    code = QRCode.of(LINK)
    lines = code.in_terminal("none").splitlines()
    rows = seen("\n".join(lines), 0)
    assert (code.height, {code.width}) == (len(lines), {len(line) for line in lines})
    columns = [list(column) for column in zip(*rows, strict=True)]
    margins = [*rows[:4], *rows[-4:], *columns[:4], *columns[-4:]]

    assert {0} == {module for margin in margins for module in margin}


def test_a_long_link() -> None:
    """The longest room name that is percent-encoded still makes a code, which is scanned."""
    link = f"https://school.example/chat/#{'%E6%95%99' * 64}"

    assert [link] * 2 == [
        scanned(seen(make(link).in_terminal("few"), 1)) for make in (QRCode.of, QRCode.quickly)
    ]


def _elements(svg: bytes) -> list[ElementTree.Element]:
    """Return all elements of an SVG."""
    return list(ElementTree.fromstring(svg).iter())  # noqa: S314 (we drew it)


def _modules_of_svg(svg: bytes) -> list[list[int]]:
    """Return the modules that an SVG of segno's draws."""
    path = _elements(svg)[-1].get("d", "")
    size = len(QRCode.of(LINK)._symbol.matrix) + 8
    rows = [[0] * size for _ in range(size)]
    x, y = 0.0, 0.0
    for kind, one, two in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if kind == "h":
            rows[int(y)][int(x) : int(x) + int(one)] = [1] * int(one)
            x += int(one)
        else:
            x, y = (float(one), float(two)) if kind == "M" else (x + float(one), y + float(two))
    return rows


def test_pictures_in_svg() -> None:
    """The page's SVG fills its space, a saved one has a size; both are only squares on white."""
    code = QRCode.of(LINK)
    page, file = code.svg(), code.svg_file()

    assert [LINK] * 2 == [scanned(_modules_of_svg(picture)) for picture in (page, file)]
    assert (False, True) == (b"width=" in page, b"width=" in file)
    assert page.startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox=')
    assert {"svg", "path"} == {element.tag.partition("}")[2] for element in _elements(page)}


def _rows_of_png(png: bytes) -> list[list[int]]:
    """Return the pixels of a PNG with one bit each: PNG (third edition), 5 and 7.2."""
    width, height = struct.unpack(">II", png[16:24])
    found, place = b"", 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        found += png[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += length + 12
    data = zlib.decompress(found)
    step = 1 + (width + 7) // 8
    lines = [data[number * step + 1 : (number + 1) * step] for number in range(height)]
    return [[1 - (line[x >> 3] >> (7 - (x & 7)) & 1) for x in range(width)] for line in lines]


def test_a_picture_in_png() -> None:
    """A PNG is at least a thousand pixels wide, so that a slide shows sharp edges."""
    code = QRCode.of(LINK)
    rows = _rows_of_png(code.png_file())
    scale = len(rows) // code.width

    assert 1_000 <= len(rows) == len(rows[0])
    assert LINK == scanned([row[::scale] for row in rows[::scale]])


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `segno` there is one error, for a sentence that says how to install it."""
    monkeypatch.setitem(sys.modules, "segno", None)
    for make in (QRCode.of, QRCode.quickly):
        with pytest.raises(MissingSegno):
            make(LINK)
