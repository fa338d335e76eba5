"""The setup of all tests: signals as in a terminal, and the division among the processors."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

_LEAST, _MOST = 4, 8
"""Workers of `-n auto`: the tests of the shipped commands mostly wait, so that two processors feed four."""

_IN_ONE_GO = ("test_packaging", "test_recording", "test_torture")
"""The modules of tests/e2e whose tests share what is expensive to make: one worker runs them all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to start each shipped command as a user does."""
    parser.addoption("--for-real", action="store_true", help="start all commands, instead of forking most")


def pytest_configure() -> None:
    """Give the signals back that `nohup` and shells ignore for what they start in the background."""
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` starts."""
    return min(max(os.cpu_count() or 1, _LEAST), _MOST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out the tests of tests/e2e first and one by one, and then the others module by module."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            alone = "tests/e2e/" in module and not any(name in module for name in _IN_ONE_GO)
            return nodeid if alone else module

    config.option.loadscopereorder = False  # the order is that of the directories
    return Scheduling(config, log)
