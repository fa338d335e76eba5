"""How the page's figures are judged, without a browser."""

from __future__ import annotations

import pytest

from benchmarks.browser import Asset, Watched
from benchmarks.frames import Frame
from benchmarks.page import at, judge, weigh
from tests.tables import each_case


@each_case(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 4.0), (1.0, 4.0)])
def test_a_percentile(share: float, expected: float) -> None:
    """A percentile is one of the figures, and the last one at the most."""
    assert expected == at([1.0, 2.0, 3.0, 4.0], share)


@pytest.mark.parametrize(
    ("longest", "work", "late", "own"), [(33.3, 30.0, 0, 0), (33.5, 17.0, 1, 1), (33.5, 16.0, 1, 0)]
)
def test_a_late_frame(
    longest: float, work: float, late: int, own: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Late frames are counted, and those in which the browser worked for half of the time."""
    frames = [Frame(longest, work), Frame(16.7, 20.0), Frame(16.7, 0.0)]
    judge("busy", Watched(1.0, frames, [2.0], 4.0, {}), 300)

    assert f"at most {longest}; {late} of 3 took over 33.4, {own} of them" in capsys.readouterr().out


@pytest.mark.parametrize(("late", "wrong"), [(1, []), (2, ["busy: a frame takes 33.5 ms (p99)"])])
def test_one_frame_in_a_hundred(late: int, wrong: list[str]) -> None:
    """One frame of a hundred may take longer than the time of two, but not more."""
    frames = [Frame(33.5, 17.0)] * late + [Frame(33.4, 17.0)] * (101 - late)

    assert wrong == judge("busy", Watched(1.0, frames, [2.0], 4.0, {}), 300)


def test_the_cost_of_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    """The CPU time of a page is shown for each message, with its parts and the rest."""
    cpu = {"Task": 0.5, "Script": 0.1, "RecalcStyle": 0.05, "Layout": 0.15, "V8Compile": 0.001}
    judge("busy", Watched(1.0, [Frame(16.7, 2.0)], [2.0], 4.0, cpu), 300, 1000)

    line = "for each message 500 µs: 100 script, 50 style, 150 layout, 200 painting and the rest"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("style", "script", "wrong"),
    [
        (19_000, 40_000, []),
        (19_001, 40_000, ["until the user talks: 80,001 bytes, more than 80,000"]),
        (10_000, 40_001, ["the JavaScript of it: 60,001 bytes, more than 60,000"]),
    ],
)
def test_the_first_load(
    style: int, script: int, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All files that are loaded until the user talks count, before compression, and the scripts apart."""
    assets = [
        Asset("/", 1_000, 400, True),
        Asset("/style.css", style, 300, True),
        Asset("/main.js", 20_000, 5_000, True),
        Asset("/page.js", script, 9_000, False),
    ]

    assert wrong == weigh(assets)
    assert capsys.readouterr().out == (
        f"until a name can be typed: {style + 21_000:,} bytes in 3 files, 5,700 on the network\n"
        f"until the user talks: {style + script + 21_000:,} bytes in 4 files, 14,700 on the network\n"
        f"the JavaScript of it: {script + 20_000:,} bytes in 2 files, 14,000 on the network\n"
    )
