"""The setup of all tests: signals as in a terminal, and the division among the processors."""

from __future__ import annotations

import gc
import importlib.metadata
import inspect
import os
import signal
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from typing import Any
from zlib import crc32

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

from tests.measuring import MEASURING, Measuring, counts
from tests.tools import ROOT

os.environ["CLASSCHAT_TIMES"] = "never"  # servers whose console is a pipe print what they print on a terminal

_LEAST, _MOST = 4, 8
"""Workers of `-n auto`: the tests of the shipped commands mostly wait, so that two processors feed four."""

_IN_ONE_GO = ("test_packaging", "test_recording", "test_torture")
"""The modules of tests/e2e whose tests share what is expensive to make: one worker runs them all."""


_BROWSERS = 2
"""Workers that run the tests of the page: each starts Chromium once."""

_NO_BROWSER = ("test_modules", "test_recording")
"""The modules of tests/page that start programs of their own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to start each shipped command as a user does."""
    parser.addoption("--for-real", action="store_true", help="start all commands, instead of forking most")


def pytest_configure() -> None:
    """Give the signals back that `nohup` and shells ignore for what they start in the background.

    Before each test, pytest asks which version of Twisted is installed, and Python reads a file to find out.
    """
    importlib.metadata.version = cache(importlib.metadata.version)
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        signal.signal(number, handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Make a hanging test fail alone: a timeout's signal would stop the reactor for all later tests.

    A coroutine is cancelled long before the signal comes. Other tests run outside the reactor, in which
    pytest-twisted would run them as well.
    """
    test = pyfuncitem.obj
    if inspect.iscoroutinefunction(test):
        seconds = float(pyfuncitem.config.getini("timeout")) / 2
        pyfuncitem.obj = ensureDeferred(partial(_within, seconds, test))
        return None
    result = test(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    if result is not None:
        pytest.fail(f"{pyfuncitem.name} returned {result!r}, which nobody waits for: use async def")
    return True


async def _within(seconds: float, test: Callable[..., Coroutine[Any, Any, None]], **arguments: Any) -> None:
    from twisted.internet import reactor  # not earlier: pytest-twisted chooses which one

    def give_up(_result: object, _seconds: float) -> None:
        pytest.fail(f"Timeout (>{seconds:.1f}s) of a coroutine")

    await Deferred.fromCoroutine(test(**arguments)).addTimeout(seconds, reactor, give_up)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect the tests without measuring coverage, but for the import of ClassChat itself, in one process.

    Collecting makes a million objects that stay: the garbage collector would look at them again and again.
    """
    session.config.stash[MEASURING] = measuring = Measuring()
    worker = getattr(session.config, "workerinput", None)
    if worker["workerid"] == "gw0" if worker else not session.config.getoption("numprocesses", 0):
        measuring.import_everything()
    measuring.switch(False)
    gc.disable()
    _import_tests(session)
    result = yield
    gc.enable()
    gc.freeze()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage only for the tests that it counts for, and not what pytest does around them."""
    measuring = item.config.stash[MEASURING]
    measuring.switch(counts(item))
    measuring.pause()
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Measure coverage while a fixture is made."""
    with request.config.stash[MEASURING].resumed():
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage while a test runs."""
    with item.config.stash[MEASURING].resumed():
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage while fixtures end."""
    with item.config.stash[MEASURING].resumed():
        return (yield)


def _import_tests(session: pytest.Session) -> None:
    """Import all test modules, each worker in an order of its own.

    pytest compiles the assertions of a module, which takes ten times as long as importing it, and keeps the
    result. All workers start at once and need all modules; in the same order, each would compile each module.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    files = sorted(file for place in session.config.args for file in (ROOT / place).rglob("test_*.py"))
    files = [file for file in files if file.is_relative_to(ROOT)]
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[first:] + files[:first]:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        with warnings.catch_warnings(), suppress(Exception):  # pytest fails again, and says why
            warnings.simplefilter("error")
            import_module(name)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` starts."""
    return min(max(os.cpu_count() or 1, _LEAST), _MOST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Start the workers without the coverage of processes that tests start: pytest-cov starts its own."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out the tests of tests/e2e first, one by one; those of the page in halves; others by module."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            alone = "tests/e2e/" in module and not any(name in module for name in _IN_ONE_GO)
            if "tests/page/" in module and not any(name in module for name in _NO_BROWSER):
                return (
                    f"browser {crc32(nodeid.encode()) % _BROWSERS}"  # the same in all workers, unlike hash()
                )
            return nodeid if alone else module

    config.option.loadscopereorder = False  # the order is that of the directories
    return Scheduling(config, log)
