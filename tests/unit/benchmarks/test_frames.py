"""Frames in a trace of Chromium."""

from __future__ import annotations

from typing import Any

from benchmarks.frames import MARK, Frame, Trace

_PAGE = {"pid": 1, "tid": 1}
_WORKER = {"pid": 1, "tid": 2}


def task(thread: dict[str, int], begin: int, lasts: int, cpu: int, name: str = "ThreadPool_RunTask") -> Any:
    """Return the event of a task, in microseconds."""
    return {**thread, "name": name, "ts": begin, "dur": lasts, "tdur": cpu}


MARKED = {**_PAGE, "name": MARK, "ts": 10_000, "args": {"data": {"startTime": 3.0}}}
"""On the page's clock it is 3 ms where the trace's has 10 000 µs."""


def test_work_in_frames() -> None:
    """A frame has the CPU time of the busiest thread, and of a task the part that falls into it."""
    trace = Trace(
        [
            task(_WORKER, 30_000, 4_000, 2_000),
            task(_WORKER, 9_000, 2_000, 1_000),
            MARKED,
            task(_PAGE, 11_000, 1_000, 800),
            task(_PAGE, 11_000, 500, 400, "Receive mojo message"),
        ]
    )

    frames = [*trace.frames([(3.0, 20.0), (20.0, 25.0), (25.0, 90.0)])]
    assert [Frame(17.0, 0.8), Frame(5.0, 1.0), Frame(65.0, 1.0)] == frames


def test_tasks_of_the_page() -> None:
    """Only the tasks of the thread that has set the mark are the page's."""
    trace = Trace([MARKED, task(_WORKER, 9_000, 2_000, 1_000), task(_PAGE, 12_000, 900, 800)])

    assert [0.8] == trace.tasks()
