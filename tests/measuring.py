"""Measuring coverage, only while code runs that it counts for: Python runs at half its speed meanwhile."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

import pytest
from coverage import Coverage

import classchat


class _Trace(Protocol):
    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Record an event of the interpreter."""


class Measuring:
    """Switches the coverage of this process, if there is any, on and off."""

    def __init__(self) -> None:
        """Take the latest coverage that was started, and stop all others.

        pytest-cov starts two in each worker: when one stops, the other goes on.
        """
        self._coverage = Coverage.current()
        self._on = self._coverage is not None
        self._paused: _Trace | None = None
        while (running := Coverage.current()) is not None:
            running.stop()
        if self._coverage is not None:
            self._coverage.start()

    def import_everything(self) -> None:
        """Import all modules of ClassChat while coverage is on: it counts their definitions as well."""
        if self._on:
            for module in pkgutil.walk_packages(classchat.__path__, "classchat."):
                if not module.name.endswith(".__main__"):
                    importlib.import_module(module.name)

    def switch(self, on: bool) -> None:
        """Switch it on or off. Harmless if it is so already, and without coverage."""
        if self._coverage is not None and self._on != on:
            self._on = on
            self._paused = None
            if on:
                self._coverage.start()
            else:
                self._coverage.stop()

    def pause(self) -> None:
        """Measure nothing in this thread for now. Other threads, such as those of journals, go on."""
        trace = sys.gettrace()
        if self._on and trace is not None:
            self._paused = trace
            sys.settrace(None)

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Measure within this context, if coverage is on."""
        if self._paused is None:
            yield
            return
        sys.settrace(self._paused)
        self._paused = None
        try:
            yield
        finally:
            self.pause()


_CASES = 4
"""The cases of a test that are measured: of each of its parameters, the first ones."""

MEASURING = pytest.StashKey[Measuring]()


def counts(item: pytest.Item) -> bool:
    """Return whether a test's coverage counts.

    That of Hypothesis' tests does not: measuring how the examples are made takes several times as long as the
    test, and other tests reach the same code. Nor does that of a function's later cases: thousands of tests
    are one more text that the same lines refuse.
    """
    made_up = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    case = getattr(item, "callspec", None)
    early = case is None or max(case.indices.values(), default=0) < _CASES
    return early and not made_up and item.get_closest_marker("not_measured") is None
