"""What one chat measures: batches, deliveries and refusals, in plain numbers that monitors read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from classchat.errors import ChatError

BATCH_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
"""Bounds for the entries of a batch: more than the last are portions of a flood."""

COMMIT_TIMES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds for the seconds of a commit: from a fast disk to a database that has nearly gone."""


class Histogram:
    """A histogram: how many values were not larger than each of some bounds.

    It may be added to in one thread and read in another one: a reader may then miss the newest value.
    """

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Count by these bounds, which rise."""
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)  # the last one is of all larger values
        self.total = 0.0
        """The sum of all values."""

    def add(self, value: float, times: int = 1) -> None:
        """Count a value that was met once, or several times."""
        self._counts[bisect_left(self.bounds, value)] += times
        self.total += value * times

    def up_to(self) -> list[int]:
        """Return how many values were not larger than each bound, and at the end how many there were."""
        return list(accumulate(self._counts))


class Measures:
    """What is measured once for each batch, and the refusals.

    A node that has to start again with a new chat begins at zero, as a new process does.
    """

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}  # how many batches there were of each size
        self.deliveries = 0
        """The writes to clients: one for each client that a batch is told to."""
        self.refusals: Counter[str] = Counter()
        """The requests, connections and invalid lines that were refused, by the code of the reason."""

    def delivered(self, entries: int, writes: int) -> None:
        """Count a batch of so many entries, which so many clients were told."""
        sizes = self._sizes
        sizes[entries] = sizes.get(entries, 0) + 1  # the histogram is made when it is read
        self.deliveries += writes

    @property
    def batches(self) -> Histogram:
        """The entries of each batch that was delivered."""
        histogram = Histogram(BATCH_SIZES)
        for entries, number in self._sizes.items():
            histogram.add(entries, number)
        return histogram

    def refused(self, error: ChatError) -> None:
        """Count a refusal."""
        self.refusals[error.code] += 1
