"""The plot of the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from benchmarks import plot
from benchmarks.load import Measured

SVG = "{http://www.w3.org/2000/svg}"
ROUND: dict[str, Any] = {**dict.fromkeys(Measured.__struct_fields__, 0), "stuck_after": []}


def written(path: Path, **costs: tuple[float, int]) -> Path:
    """Write a file of figures: for each server its CPU µs a delivery, and how many messages were lost."""
    results = [
        {
            "workload": "room",
            "about": "1 room & 2 <members>",
            "server": server,
            "medians": {"cpu_us": cpu_us},
            "rounds": [ROUND | {"lost": lost}],
        }
        for server, (cpu_us, lost) in costs.items()
    ]
    path.write_bytes(msgspec.json.encode({"machine": "a machine", "date": "2026-11-23", "results": results}))
    return path


def drawn(figures: Path, to: Path) -> ElementTree.Element:
    """Draw, and read the drawing again."""
    assert plot.main([str(figures), str(to)]) == 0
    return ElementTree.parse(to).getroot()  # noqa: S314 (we wrote it)


def test_a_server_that_costs_more_has_a_longer_bar(tmp_path: Path) -> None:
    """Every server has its name, its figure, and a bar as long as it is costly."""
    svg = drawn(written(tmp_path / "f.json", classchat=(0.5, 0), ngircd=(5.0, 0)), tmp_path / "p.svg")
    texts = [element.text for element in svg.iter(f"{SVG}text")]
    ours, others = (
        [float(bar.get("width", "")) for bar in svg.iter(f"{SVG}rect") if bar.get("fill") == colour]
        for colour in (plot._OURS, plot._OTHERS)
    )

    assert {"classchat", "ngircd", "0.5 µs", "5 µs", "room: 1 room & 2 <members>"} <= set(texts)
    assert 0 < ours[0] < others[0]


def test_what_went_wrong_stands_beside_the_figure(tmp_path: Path) -> None:
    """A fast server that loses messages is not shown as a fast server."""
    svg = drawn(written(tmp_path / "f.json", classchat=(0.5, 3)), tmp_path / "p.svg")

    assert "0.5 µs LOST 3" in [element.text for element in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"machine":1,"results":[]}', b'{"machine":"m","results":[]}']
)
def test_a_file_that_holds_no_figures(tmp_path: Path, content: bytes) -> None:
    """A file without figures is refused in a sentence, and no plot is written."""
    figures = tmp_path / "f.json"
    figures.write_bytes(content)
    with pytest.raises(plot.CannotDraw, match="benchmarks: "):
        plot.main([str(figures), str(tmp_path / "p.svg")])

    assert not (tmp_path / "p.svg").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong name is said in a sentence."""
    with pytest.raises(plot.CannotDraw, match="No such file"):
        plot.main([str(tmp_path / "f.json"), str(tmp_path / "p.svg")])
