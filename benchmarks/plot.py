"""`python -m benchmarks.plot FIGURES.json PLOT.svg`: a plot of the CPU time of each workload on each server.

It reads the file that `python -m benchmarks --json FIGURES.json` wrote. The axis is logarithmic, because the
servers differ widely; since the length of a bar can mislead, each bar has its figure.
"""

from __future__ import annotations

import argparse
import math
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from benchmarks.load import Measured
from benchmarks.servers import CLASSCHAT

_WIDTH = 860
_MARGIN = 24
_LEFT = 110
"""The left end of the bars, right of the servers' names."""

_RIGHT = _WIDTH - 110
"""The end of the axis, with space for a bar's figure."""

_TITLE = "ClassChat beside other servers: what a delivery costs"
_CAPTION = (
    "Median of the server's CPU µs per delivery, or per sign-in where nobody talks."
    " The scale is logarithmic; shorter is better."
)
_SUBTITLE_WIDTH = 120
_LINE, _BAR, _GROUP = 17, 18, 30
_BACKGROUND, _INK, _FAINT, _GRID = "#ffffff", "#1b1f24", "#57606a", "#dfe3e8"
_OURS, _OTHERS = "#0b6bcb", "#a3abb5"
_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"


class Medians(msgspec.Struct):
    """The one of a result's medians that is drawn."""

    cpu_us: float


class Result(msgspec.Struct):
    """One workload on one server."""

    workload: str
    about: str
    server: str
    medians: Medians
    rounds: list[Measured]

    @property
    def faults(self) -> str:
        """The failures of all rounds in words; "" if there are none."""
        return "; ".join(dict.fromkeys(one.faults for one in self.rounds if one.faults))

    @property
    def label(self) -> str:
        """The figure of a bar, with remarks."""
        cpu = f"{self.medians.cpu_us:.3g} µs" if self.medians.cpu_us > 0 else "nothing measured"
        return f"{cpu} {self.faults}".rstrip()


class Figures(msgspec.Struct):
    """The figures that `python -m benchmarks --json` wrote."""

    machine: str
    results: list[Result]
    date: str = ""
    """When it was measured; files of before have none."""


class CannotDraw(SystemExit):
    """There is nothing to draw; the only argument is a sentence that says why."""


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis over whole powers of ten."""

    lowest: int
    highest: int

    @classmethod
    def over(cls, values: Sequence[float]) -> Scale:
        """Return an axis on which each of these has a bar that can be seen."""
        lowest = math.floor(math.log10(min(values) * 0.9))
        return cls(lowest, max(lowest + 1, math.ceil(math.log10(max(values)))))

    def x(self, value: float) -> float:
        """Return where a value stands."""
        share = (math.log10(value) - self.lowest) / (self.highest - self.lowest)
        return _LEFT + share * (_RIGHT - _LEFT)

    def ticks(self) -> Iterator[float]:
        """Yield 1, 2 and 5 of each power of ten, and the end."""
        for power in range(self.lowest, self.highest):
            for step in (1, 2, 5):
                yield step * 10.0**power
        yield 10.0**self.highest


class Drawing:
    """An SVG that grows downwards: `y` is where the next thing goes."""

    def __init__(self) -> None:
        self.y: float = _MARGIN
        self.root = ElementTree.Element(
            "svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": _FONT}
        )
        ElementTree.SubElement(self.root, "title").text = _TITLE
        ElementTree.SubElement(self.root, "desc").text = _CAPTION
        # The page may be dark, so the drawing has a background of its own.
        self.background = self.rect(0, 0, _WIDTH, 0, _BACKGROUND)

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> ElementTree.Element:
        """Draw a rectangle."""
        where = {"x": x, "y": y, "width": width, "height": height}
        attributes = {name: f"{value:g}" for name, value in where.items()}
        return ElementTree.SubElement(self.root, "rect", {**attributes, "fill": fill})

    def text(
        self, x: float, text: str, size: int = 12, anchor: str = "start", fill: str = _INK, bold: bool = False
    ) -> None:
        """Write a line with its baseline at `y`."""
        attributes = {"x": f"{x:g}", "y": f"{self.y:g}", "font-size": f"{size}", "fill": fill}
        weight = {"font-weight": "bold"} if bold else {}
        element = ElementTree.SubElement(self.root, "text", {**attributes, **weight, "text-anchor": anchor})
        element.text = text

    def written(self) -> bytes:
        """Return the SVG, as high as it has become."""
        height = f"{self.y + _MARGIN:g}"
        self.background.set("height", height)
        size = {"width": f"{_WIDTH}", "height": height, "viewBox": f"0 0 {_WIDTH} {height}"}
        self.root.attrib.update(size)
        ElementTree.indent(self.root)
        svg: bytes = ElementTree.tostring(self.root, encoding="utf-8", xml_declaration=True)
        return svg + b"\n"


def drawn(figures: Figures) -> bytes:
    """Return the SVG of some figures.

    Raises:
        CannotDraw: there are no results.
    """
    measured = [result.medians.cpu_us for result in figures.results if result.medians.cpu_us > 0]
    if not measured:
        raise CannotDraw("benchmarks: no workload has a figure in that file: there is nothing to draw.")
    scale = Scale.over(measured)
    drawing = Drawing()
    _head(drawing, figures)
    grid_from = drawing.y
    grid_at = len(drawing.root)
    for _, results in groupby(figures.results, key=lambda result: result.workload):
        _group(drawing, scale, list(results))
    _axis(drawing, scale, grid_from, grid_at)
    return drawing.written()


def _head(drawing: Drawing, figures: Figures) -> None:
    drawing.text(_MARGIN, _TITLE, size=18, bold=True)
    drawing.y += 4
    where = ", ".join(filter(None, [figures.machine, figures.date]))
    for line in [*textwrap.wrap(where, _SUBTITLE_WIDTH), _CAPTION]:
        drawing.y += _LINE
        drawing.text(_MARGIN, line, fill=_FAINT)
    drawing.y += 6


def _group(drawing: Drawing, scale: Scale, results: Sequence[Result]) -> None:
    """Draw a workload: its description, and a bar for each server."""
    drawing.y += _GROUP
    drawing.text(_MARGIN, f"{results[0].workload}: {results[0].about}", bold=True)
    drawing.y += 6
    for result in results:
        ours = result.server == CLASSCHAT.name
        x = scale.x(result.medians.cpu_us) if result.medians.cpu_us > 0 else _LEFT
        drawing.rect(_LEFT, drawing.y + 2, x - _LEFT, _BAR - 4, _OURS if ours else _OTHERS)
        drawing.y += _BAR - 5
        drawing.text(_LEFT - 8, result.server, anchor="end", bold=ours)
        drawing.text(x + 6, result.label, bold=ours)
        drawing.y += 5


def _axis(drawing: Drawing, scale: Scale, grid_from: float, grid_at: int) -> None:
    """Write the axis below, and draw its grid behind the bars, which begin as element `grid_at`."""
    bottom = drawing.y + 6
    drawing.y = bottom + _LINE
    for tick in scale.ticks():
        drawing.text(scale.x(tick), f"{tick:g}", anchor="middle", size=11, fill=_FAINT)
        line = drawing.rect(scale.x(tick) - 0.5, grid_from + 10, 1, bottom - grid_from - 10, _GRID)
        drawing.root.remove(line)
        drawing.root.insert(grid_at, line)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot", description=__doc__)
    parser.add_argument("figures", type=Path, metavar="FIGURES.json", help="what `--json` wrote")
    parser.add_argument("plot", type=Path, metavar="PLOT.svg", help="where to draw it")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Draw the results."""
    options = parsed(arguments)
    try:
        figures = msgspec.json.decode(options.figures.read_bytes(), type=Figures)
    except OSError as error:
        raise CannotDraw(f"benchmarks: can't read {options.figures}: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise CannotDraw(
            f"benchmarks: {options.figures} is not what `python -m benchmarks --json` writes: {error}."
        ) from error
    options.plot.write_bytes(drawn(figures))
    print(f"{options.plot}: {len(figures.results)} bars")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
