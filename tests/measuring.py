"""Measuring which lines and branches of ClassChat the tests reach, with slipcover.

slipcover puts a probe at each line and branch of a module when it is imported, and takes a probe out again
once it was reached: a test that is measured takes hardly longer than one that is not. So every process of
the tests measures everything. It has to begin before the first module of ClassChat is imported, which is
when `tests/conftest.py` is read. Commands that tests start as processes are not measured.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import defaultdict
from functools import cache
from io import StringIO
from types import FunctionType
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage, print_coverage
from slipcover.config import read_config

from tests.tools import ROOT

Coverage = dict[str, Any]
"""What slipcover knows of each file: lines and branches, executed and missing."""

_SETTINGS = read_config(ROOT / "pyproject.toml")


class _Probes(Slipcover):  # type: ignore[misc] (slipcover has no types)
    """The probes of this process.

    From time to time slipcover takes those out that were reached. To find the functions whose code changes by
    that, it goes through all modules; it finds none that a property or a decorator holds. Here all functions
    are found once.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._functions: dict[int, list[FunctionType]] = {}

    def find_all(self) -> None:
        """Find the functions of all modules that were imported, by the id of their code."""
        found = defaultdict(list)
        for function in gc.get_objects():
            if type(function) is FunctionType and function.__code__.co_filename in self.instrumented:
                found[id(function.__code__)].append(function)
        self._functions = dict(found)

    def deinstrument_seen(self) -> None:
        """Take out the probes that were reached; slipcover calls this."""
        with self.lock:
            for file, reached in self._get_newly_seen().items():
                self.all_seen[file].update(reached)
                for code in list(self.instrumented[file]):
                    self.deinstrument(code, reached)
            for old, new in self.replace_map.items():
                self._functions[id(new)] = functions = self._functions.pop(id(old), [])
                for function in functions:
                    function.__code__ = new
            self.replace_map.clear()


class Measuring:
    """Measures in this process, from now on."""

    def __init__(self) -> None:
        """Put the probes into all modules of ClassChat that are imported from now on."""
        sources = [str(ROOT / _SETTINGS["source"])]
        self._slipcover = _Probes(
            branch=_SETTINGS["branch"], source=sources, exclude_also=_SETTINGS["exclude-also"]
        )
        self._importing = ImportManager(self._slipcover, FileMatcher(sources))
        self._importing.__enter__()

    def find_all(self) -> None:
        """Find all functions that have probes, once ClassChat is imported."""
        self._slipcover.find_all()

    def end(self) -> str:
        """Return what was measured, as JSON.

        What no test has imported is imported now, which reaches its definitions. Programs are not, because
        they would run: each of their lines is missing.
        """
        from tests.importing import import_classchat  # not earlier: it imports ClassChat itself

        import_classchat()
        self._importing.__exit__()
        return json.dumps(self._slipcover.get_coverage())


@cache
def begin() -> Measuring | None:
    """Begin to measure, if the command line says so. A process that was forked goes on with it."""
    return Measuring() if "--coverage" in sys.argv else None


class Worker:
    """The plugin of a process that runs tests and has others beside it: it hands on what it measured."""

    def __init__(self, config: pytest.Config, measuring: Measuring) -> None:
        self._config: Any = config
        self._measuring = measuring

    def pytest_sessionfinish(self) -> None:
        """Hand it to the process that has started this one."""
        self._config.workeroutput["coverage"] = self._measuring.end()


class Report:
    """The plugin of the process that reports: it puts together what all have measured."""

    def __init__(self, measuring: Measuring | None) -> None:
        """`measuring` is for a process that also runs the tests."""
        self._measuring = measuring
        self._coverage: Coverage | None = None

    def pytest_collection_finish(self) -> None:
        """Find the functions that the collected tests have imported."""
        if self._measuring is not None:
            self._measuring.find_all()

    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has measured; one that was killed has nothing to say."""
        if measured := getattr(node, "workeroutput", {}).get("coverage"):
            self._add(measured)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Make the run fail if the tests reach less than they have to."""
        if self._measuring is not None:
            self._add(self._measuring.end())
        if exitstatus == pytest.ExitCode.OK and self._percent() < _SETTINGS["fail-under"]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what no test reaches."""
        terminalreporter.section("coverage")
        if self._coverage is not None:
            table = StringIO()
            print_coverage(self._coverage, outfile=table, skip_covered=True)
            terminalreporter.write_line(table.getvalue())
        required = _SETTINGS["fail-under"]
        terminalreporter.write_line(
            f"{self._percent():.1f} % of lines and branches; {required} % are required"
        )

    def _add(self, measured: str) -> None:
        coverage: Coverage = json.loads(measured)
        self._coverage = merge_coverage(self._coverage, coverage) if self._coverage else coverage

    def _percent(self) -> float:
        return float(self._coverage["summary"]["percent_covered"]) if self._coverage else 0.0


def plugin(config: pytest.Config, measuring: Measuring) -> Worker | Report:
    """Return the plugin that hands on what this process measures, or reports what all have measured."""
    if hasattr(config, "workerinput"):
        return Worker(config, measuring)
    return Report(None if config.getoption("numprocesses", 0) else measuring)
