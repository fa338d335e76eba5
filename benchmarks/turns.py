"""Measurements of several servers in turns (A B A B), each on a fresh process, and their ratios."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks import load
from benchmarks.servers import Server, running


class Turns:
    """One series of measurements for each server; those of one round were taken one after the other."""

    def __init__(self, servers: Sequence[Server], shape: load.Shape, rounds: int) -> None:
        """Measure, and keep what was wrong in `troubles`."""
        self.series: tuple[list[load.Measured], ...] = tuple([] for _ in servers)
        """The measurements, in the order of the servers."""
        for _ in range(rounds):
            for server, series in zip(servers, self.series, strict=True):
                with running(server) as one:
                    series.append(load.run(server, one, shape))
        self.troubles = [one.faults for series in self.series for one in series if one.faults]


def compared(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of how many times as large the other figure of each round is."""
    return median(b / a for a, b in zip(one, other, strict=True))


def listed(figures: Sequence[float]) -> str:
    """Return figures for a reader."""
    return " ".join(f"{figure:.3g}" for figure in figures)
