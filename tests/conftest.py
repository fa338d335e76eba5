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
from pathlib import Path
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

from tests.measuring import begin, plugin
from tests.scheduling import Scheduling, collects, processes
from tests.tools import ROOT
from tests.workers import Mother, report_briefly

_MEASURING = begin()

os.environ["CLASSCHAT_TIMES"] = "never"  # servers whose console is a pipe print what they print on a terminal


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to start each shipped command as a user does, and to measure coverage."""
    parser.addoption("--for-real", action="store_true", help="start all commands, instead of forking most")
    parser.addoption("--coverage", action="store_true", help="measure and print what no test reaches")


def pytest_configure(config: pytest.Config) -> None:
    """Give the signals back that `nohup` and shells ignore, and other programs block, for what they start.

    Before each test, pytest asks which version of Twisted is installed, and Python reads a file to find out.
    """
    importlib.metadata.version = cache(importlib.metadata.version)
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        signal.signal(number, handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    report_briefly(config)
    if _MEASURING is not None:
        config.pluginmanager.register(plugin(config, _MEASURING), "classchat-coverage")


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
    """Import the tests and collect them without the garbage collector.

    Collecting makes a million objects that stay: the collector would look at them again and again.
    """
    gc.disable()
    _import_tests(session)
    result = yield
    gc.enable()
    gc.freeze()
    return result


def _import_tests(session: pytest.Session) -> None:
    """Import all test modules, each worker in an order of its own.

    pytest compiles the assertions of a module, which takes ten times as long as importing it, and keeps the
    result. All workers start at once and need all modules; in the same order, each would compile each module.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    files = sorted(file for place in session.config.args for file in (ROOT / place).rglob("test_*.py"))
    files = [file for file in files if file.is_relative_to(ROOT) and collects(session.config, file)]
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[first:] + files[:first]:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        with warnings.catch_warnings(), suppress(Exception):  # pytest fails again, and says why
            warnings.simplefilter("error")
            import_module(name)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` starts."""
    return processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Start the process that workers are forked from, see tests/workers.py."""
    if config.rootpath != ROOT:
        return  # these tests are not ours, and need no ClassChat
    mother = Mother(*(["--coverage"] if config.getoption("coverage") else []))
    config.add_cleanup(mother.close)
    for spec in specs:
        spec.python = mother.python()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Divide the tests as tests/scheduling.py says."""
    return Scheduling(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the modules that other workers run."""
    left_out = collection_path.suffix == ".py" and not collects(config, collection_path)
    return True if left_out else None
