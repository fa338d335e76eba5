"""How the page's figures are judged, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.browser import Asset, Watched, tasks_of
from benchmarks.page import at, judge, weigh


def thread(pid: int, tid: int, name: str) -> dict[str, Any]:
    """Return what a trace says of a thread."""
    return {"name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name}}


def task(
    pid: int, tid: int, microseconds: int, name: str = "ThreadControllerImpl::RunTask"
) -> dict[str, Any]:
    """Return what a trace says of a task."""
    return {"name": name, "pid": pid, "tid": tid, "tdur": microseconds}


def test_the_tasks_of_the_busiest_page() -> None:
    """Of a trace with several processes, the tasks of the main thread that worked most are returned."""
    trace = {
        "traceEvents": [
            task(1, 1, 90_000),
            thread(1, 1, "CrBrowserMain"),
            thread(2, 1, "CrRendererMain"),
            thread(3, 1, "CrRendererMain"),
            task(2, 1, 2_000),
            task(3, 1, 4_000),
            task(3, 1, 500),
            task(3, 1, 70_000, "something within a task"),
            task(3, 2, 60_000),
            {"name": "ThreadControllerImpl::RunTask", "pid": 3, "tid": 1},
        ]
    }

    assert [4.0, 0.5] == tasks_of(trace)


def test_a_trace_without_a_page() -> None:
    """A trace of no page has no tasks."""
    assert [] == tasks_of({"traceEvents": [thread(1, 1, "CrBrowserMain"), task(1, 1, 1000)]})


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 4.0), (1.0, 4.0)])
def test_a_percentile(share: float, expected: float) -> None:
    """A percentile is one of the figures, and the last one at the most."""
    assert expected == at([1.0, 2.0, 3.0, 4.0], share)


@pytest.mark.parametrize(("longest", "kept"), [(33.3, True), (33.5, False)])
def test_a_late_frame(longest: float, kept: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Two frames' time is kept, and one late frame is a broken promise, with the figure."""
    wrong = judge("busy", Watched(1.0, [longest, 16.7, 16.7], [2.0], 4.0, {}), 300)

    assert ([] if kept else [f"busy: 33.3% of the frames are late, the longest took {longest} ms"]) == wrong
    assert f"at most {longest}; {0 if kept else 33.3:.1f}% of 3" in capsys.readouterr().out


def test_the_cost_of_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    """The CPU time of a page is shown for each message, with its parts and the rest."""
    cpu = {"Task": 0.5, "Script": 0.1, "RecalcStyle": 0.05, "Layout": 0.15, "V8Compile": 0.001}
    judge("busy", Watched(1.0, [16.7], [2.0], 4.0, cpu), 300, 1000)

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
