"""The processes of `pytest -n`: forked from one that has imported what they need, ClassChat with its probes.

That takes fifteen seconds of a processor. xdist starts each worker as a new Python; here it starts a
*stand-in*, `worker_stand_in.py`, which hands its files on to the *mother* and waits. The mother forks a
child, and the child does what the new Python would have done.
"""

from __future__ import annotations

import gc
import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import pytest

from tests.measuring import begin
from tests.tools import ROOT

_STAND_IN = Path(__file__).with_name("worker_stand_in.py")


class Mother:
    """The process that forks workers, as long as the tests run."""

    def __init__(self, *options: str) -> None:
        """Start it, with `--coverage` if workers are measured.

        It imports ClassChat while xdist starts the stand-ins, which wait for it.
        """
        self._directory = TemporaryDirectory()
        self._place = f"{self._directory.name}/mother"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._place)
            listening.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(listening.fileno()), *options],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                pass_fds=[listening.fileno()],
            )

    def python(self) -> str:
        """Return the command that stands in for Python, quoted for a shell."""
        return shlex.join([sys.executable, "-I", "-S", str(_STAND_IN), self._place])

    def close(self) -> None:
        """End it. Workers that are left go on."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._directory.cleanup()


def report_briefly(config: pytest.Config) -> None:
    """Make this process, if it is a worker, leave out messages of which nothing is printed.

    xdist sends six for each test, and they take more time than a small test. Three are not needed: that the
    test has begun, and that its setup and its teardown passed.
    """
    if config.option.xmlpath or config.option.durations:
        return  # these also show what setup and teardown have taken
    for interactor in config.pluginmanager.get_plugins():
        if type(interactor).__name__ == "WorkerInteractor":
            interactor.sendevent = partial(_send_needed, interactor.sendevent)


def _send_needed(send: Callable[..., None], name: str, **content: Any) -> None:
    report = content["data"] if name == "testreport" else {}
    passed_aside = report.get("outcome") == "passed" and report["when"] != "call"
    if name != "logstart" and not passed_aside:
        send(name, **content)


def _import_everything() -> None:
    """Import what no worker has to import for itself; a reactor each makes for itself.

    Nearly all that this makes stays: the garbage collector would look at it again and again.
    """
    from tests.importing import import_classchat, import_tools  # not earlier: ClassChat gets its probes first

    import_classchat()
    import_tools()
    assert "twisted.internet.reactor" not in sys.modules, "children must not share a reactor"
    assert 1 == threading.active_count(), "only what has one thread can fork safely"


def _become_worker(files: list[int]) -> NoReturn:
    """Do what `python -u -c` does with the program that xdist sends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for fd, file in enumerate(files):
        os.dup2(file, fd)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.argv = ["-c"]
    exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # noqa: S102, S307 (what execnet wrote)
    sys.exit()


def _serve(listening: socket.socket) -> None:
    """Fork a child for each stand-in, until the tests are over."""
    measuring = begin()
    gc.disable()
    _import_everything()
    gc.collect()
    if measuring is not None:
        measuring.find_all()
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the stand-in sees when a child ends
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    while 0 not in (ready := [key.fd for key, _ in selector.select()]):
        assert [listening.fileno()] == ready
        connection, _ = listening.accept()
        _, files, _, _ = socket.recv_fds(connection, 1, 3)
        if os.fork() == 0:
            selector.close()
            listening.close()
            _become_worker(files)  # and keep the connection, which ends with this process
        for file in files:
            os.close(file)
        connection.close()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as waiting:
        _serve(waiting)
