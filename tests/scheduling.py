"""Which process of `pytest -n auto` collects and runs which tests.

To collect all tests takes a process some seconds. So each module of the lower tiers is collected by two
processes, the last one and one of the others, and every other module by all. If all tests are run, the
processes with a browser have enough to do, and collect nothing of the lower tiers. A process with nothing
left to do takes the next tests that it has collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.tools import ROOT

_LEAST, _MOST = 3, 8
"""Processes of `-n auto`: tests of the shipped commands mostly wait, so that two processors feed three."""

_LOWER_TIERS = ("unit", "integration")

_IN_ONE_GO = ("test_packaging", "test_recording", "test_torture")
"""The modules of tests/e2e whose tests share what is expensive to make: one process runs them all."""

_LONG = ("test_time_limits", "test_nodes", *_IN_ONE_GO)
"""The modules of tests/e2e that take longest, mostly waiting: in the end, one of them would run alone."""

_BROWSERS = 2
"""Processes that run the tests of the page: each starts Chromium once."""

_NO_BROWSER = ("test_modules", "test_recording")
"""The modules of tests/page that start programs of their own."""


def processes() -> int:
    """Return how many processes `-n auto` starts."""
    return min(max(os.cpu_count() or 1, _LEAST), _MOST)


def collects(config: pytest.Config, module: Path) -> bool:
    """Return whether this process collects the tests of a module.

    A process that is started because another one has crashed collects all.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None or not module.is_relative_to(ROOT / "tests"):
        return True
    number, last = int(worker["workerid"].removeprefix("gw")), worker["workercount"] - 1
    inner = module.relative_to(ROOT / "tests")
    if number >= last or inner.parts[0] not in _LOWER_TIERS:
        return True
    all_are_run = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    first = _BROWSERS if all_are_run else 0
    return number >= first and crc32(str(inner).encode()) % (last - first) == number - first


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] (xdist has no types)
    """Gives out what takes long first: the tests of the page and of tests/e2e, most of them one by one.

    Others go by module. The last process begins with these: they keep a processor busy while others wait.
    """

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._places: dict[Any, dict[str, int]] = {}

    def schedule(self) -> None:
        """Give each process its first tests, once all have collected; later, more tests if there are any."""
        if self.collection is not None:
            for node in self.nodes:
                self._reschedule(node)
            return
        self.collection = list(
            dict.fromkeys(n for names in self.registered_collections.values() for n in names)
        )
        self.config.pluginmanager.get_plugin("session").testscollected = len(self.collection)
        units: dict[str, dict[str, bool]] = {}
        for name in self.collection:
            units.setdefault(self._split_scope(name), {})[name] = False
        for scope in sorted(units, key=_urgency):
            self.workqueue[scope] = units[scope]
        for node in self.nodes:
            self._reschedule(node)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Remember what a process has collected."""
        self.registered_collections[node] = list(collection)
        self._places[node] = {name: place for place, name in enumerate(collection)}

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget a unit whose tests have all run: xdist would count them again after each test."""
        scope = self._split_scope(self.registered_collections[node][item_index])
        super().mark_test_complete(node, item_index, duration)
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]

    def _reschedule(self, node: Any) -> None:
        """Keep three tests with a process: it runs one when it knows the next, or that there is none."""
        if node.shutting_down:
            return
        while self._pending_of(self.assigned_work[node]) < 3:
            if not any(self._takes(node, scope) for scope in self.workqueue):
                node.shutdown()
                return
            self._assign_work_unit(node)

    def _assign_work_unit(self, node: Any) -> None:
        last = _number(node) == node.workerinput["workercount"] - 1
        order = reversed(self.workqueue) if last else iter(self.workqueue)
        scope = next(scope for scope in order if self._takes(node, scope))
        unit = self.workqueue.pop(scope)
        self.assigned_work[node][scope] = unit
        node.send_runtest_some([self._places[node][name] for name, done in unit.items() if not done])

    def _takes(self, node: Any, scope: str) -> bool:
        if _needs_browser(scope) and node not in sorted(self.nodes, key=_number)[:_BROWSERS]:
            return False
        return next(iter(self.workqueue[scope])) in self._places[node]

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        alone = _needs_browser(module) or ("tests/e2e/" in module and not _has(module, _IN_ONE_GO))
        return nodeid if alone else module


def _number(node: Any) -> int:
    return int(node.workerinput["workerid"].removeprefix("gw"))


def _has(module: str, names: Iterable[str]) -> bool:
    return any(name in module for name in names)


def _needs_browser(scope: str) -> bool:
    return "tests/page/" in scope and not _has(scope, _NO_BROWSER)


def _urgency(scope: str) -> int:
    if _needs_browser(scope):
        return 0
    if scope.startswith("tests/e2e/"):
        return 1 if _has(scope, _LONG) else 3
    return 2 if scope.startswith("tests/page/") else 4
