"""What all tests have in common: signals as a terminal has them, and how they share the processors."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

_LEAST, _MOST = 4, 8
"""Workers of `-n auto`: the tests of the shipped commands mostly wait, so that two processors feed four."""

_IN_ONE_GO = ("test_packaging", "test_recording", "test_torture")
"""The modules of tests/e2e whose tests share what is expensive to make: one worker runs them all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests of the shipped commands start each of them as a user does."""
    parser.addoption("--for-real", action="store_true", help="start all commands, instead of forking most")


def pytest_configure() -> None:
    """Give the signals back that `nohup` and shells ignore for what they start in the background."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        signal.signal(number, handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
