"""The tests' own runner: a test that hangs fails alone, and signals are as in a terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.helpers import environment

ROOT = Path(__file__).parents[2]

TESTS = """
import signal
import time

from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred


def test_signals():
    numbers = signal.SIGINT, signal.SIGHUP, signal.SIGQUIT
    expected = [signal.default_int_handler, signal.SIG_DFL, signal.SIG_DFL]
    assert expected == [signal.getsignal(number) for number in numbers]


def test_that_sleeps():
    time.sleep(100)


@ensureDeferred
async def test_that_waits():
    await Deferred()


@ensureDeferred
async def test_that_blocks_the_reactor():
    time.sleep(100)


@ensureDeferred
async def test_that_needs_the_reactor():
    soon = Deferred()
    reactor.callLater(0, soon.callback, None)
    await soon
"""


def test_tests_that_hang(tmp_path: Path) -> None:
    """Each is named and fails alone, in a worker of a run that was started with signals ignored."""
    (tmp_path / "test_hanging.py").write_text(TESTS)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1", "-o", "timeout=2", "-v"]
    pytest = [sys.executable, "-m", "pytest", "-c", f"{ROOT}/setup.cfg", "--rootdir", tmp_path, *options]
    done = subprocess.run(
        ["/bin/sh", "-c", 'trap "" HUP INT QUIT; exec "$@"', "sh", *pytest, tmp_path],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    outcomes = {name: outcome for outcome, name in re.findall(r" (PASSED|FAILED) \S*?::(\w+)", done.stdout)}

    assert {
        "test_signals": "PASSED",
        "test_that_sleeps": "FAILED",
        "test_that_waits": "FAILED",
        "test_that_blocks_the_reactor": "FAILED",
        "test_that_needs_the_reactor": "PASSED",
    } == outcomes, done.stdout
