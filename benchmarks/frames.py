"""What a trace of Chromium says of a page: its tasks, and how much the browser worked in each frame."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

MARK = "benchmark"
"""The mark that a page sets in its trace: it says which thread is the page's, and joins the two clocks."""

CATEGORIES = ("toplevel", "blink.user_timing", "__metadata")
"""What a trace must have."""

_RUNS = ("ThreadControllerImpl::RunTask", "ThreadPool_RunTask")
"""The events of tasks. No task of a thread lies within another."""

Span = Sequence[float]
"""Milliseconds of a frame's begin and of its end, on the page's clock."""

Thread = tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """The time from one frame of a page to the next."""

    length: float
    """Milliseconds."""

    work: float
    """Milliseconds of the CPU that the busiest thread of the whole browser took in it."""


@dataclass(frozen=True)
class _Task:
    """What a thread did at a time: microseconds on the trace's clock, and of the CPU."""

    begin: float
    end: float
    cpu: float

    def within(self, begin: float, end: float) -> float:
        """Return the microseconds of the CPU that fall into a part of its time, as if spread evenly."""
        return self.cpu * (min(end, self.end) - max(begin, self.begin)) / max(self.end - self.begin, 1)


class Trace:
    """A trace during which the page has set its mark."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        """Read the events of a trace, as Chromium writes them."""
        mark = next(event for event in events if event["name"] == MARK)
        self._offset = mark["ts"] - mark["args"]["data"]["startTime"] * 1e3
        self._page: Thread = mark["pid"], mark["tid"]
        self._threads: dict[Thread, list[_Task]] = {}
        for event in events:
            if event["name"] in _RUNS and "tdur" in event:
                task = _Task(event["ts"], event["ts"] + event["dur"], event["tdur"])
                self._threads.setdefault((event["pid"], event["tid"]), []).append(task)
        for tasks in self._threads.values():
            tasks.sort(key=_begin)

    def tasks(self) -> list[float]:
        """Return the CPU milliseconds of each task of the page's main thread."""
        return [task.cpu / 1e3 for task in self._threads.get(self._page, [])]

    def frames(self, spans: Sequence[Span]) -> Iterator[Frame]:
        """Yield the frames with what the browser did in them."""
        for begin, end in spans:
            first, last = begin * 1e3 + self._offset, end * 1e3 + self._offset
            work = max((_work(tasks, first, last) for tasks in self._threads.values()), default=0.0)
            yield Frame(end - begin, work / 1e3)


_begin, _end = attrgetter("begin"), attrgetter("end")


def _work(tasks: Sequence[_Task], begin: float, end: float) -> float:
    """Return the microseconds of the CPU that ordered tasks took in a part of the time."""
    some = tasks[bisect_right(tasks, begin, key=_end) : bisect_left(tasks, end, key=_begin)]
    return sum(task.within(begin, end) for task in some)
