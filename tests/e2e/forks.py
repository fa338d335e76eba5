"""Start `classchat` or `twistd` by forking a process that has imported it already.

To start Python and to import Twisted takes half a second of a processor, and most tests of this tier do it
three times. Here a *mother* process imports every module of ClassChat once, for all processes of `pytest -n`.
For each command it forks a child with the files, directory, environment and terminal of the test, and the
child runs the same function as the installed command, and ends as any Python process does, except that it
does not free its memory; and it hashes passwords at the least cost. The shell of the tests, `shell.py`, is a
child as well, and forks the command that it runs.

A child does not show that the installed command starts. Tests with the mark `for_real` or the fixture
`installed` do: there is at least one for each command and way to run it. With `--for-real` all tests start
the installed command.
"""

from __future__ import annotations

import atexit
import errno
import faulthandler
import fcntl
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn
from uuid import uuid4

from pexpect.fdpexpect import fdspawn

from tests.e2e import shell
from tests.hashing import hash_quickly
from tests.importing import import_classchat

_MOST = 1 << 17
"""The bytes of the longest request: a command and its environment."""

_BIN = Path(sys.executable).parent
CLASSCHAT = str(_BIN / "classchat")
TWISTD = str(_BIN / "twistd")
SHELL = (sys.executable, "-I", "-S", str(Path(__file__).with_name("shell.py")))


def can_fork(command: Sequence[str]) -> bool:
    """Return whether a child can run this command."""
    return command[0] in (CLASSCHAT, TWISTD) or tuple(command[: len(SHELL)]) == SHELL


class Forked:
    """A child of the mother, with the part of `subprocess.Popen` that the tests use."""

    def __init__(self, pid: int, status: int, pipes: Sequence[IO[bytes] | None]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = pipes
        self.returncode: int | None = None
        self._status = open(status, "rb")  # noqa: SIM115 (closed by `wait`)

    def poll(self) -> int | None:
        """Return the exit code, negative if a signal ended the process, or None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the process has ended, and return its exit code."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("classchat", timeout or 0)
            self._read()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # the mother is about to say that it has
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)

    def _read(self) -> None:
        with self._status:
            self.returncode = int(self._status.read() or b"-9")  # nothing: the mother itself was ended


class ForkedTerminal(fdspawn):
    """A child of the mother in a pseudo-terminal, with the part of `pexpect.spawn` that the tests use."""

    def __init__(
        self,
        forks: Forks,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        dimensions: tuple[int, int],
    ) -> None:
        ours, theirs = os.openpty()
        termios.tcsetwinsize(ours, dimensions)
        try:
            self._process = forks.start_in_terminal(command, cwd, env, theirs)
        finally:
            os.close(theirs)
        super().__init__(ours)
        self.pid = self._process.pid

    def sendcontrol(self, letter: str) -> None:
        """Press Ctrl and a letter."""
        self.send(chr(ord(letter) & 0x1F))

    def setwinsize(self, rows: int, columns: int) -> None:
        """Make the window wider or narrower."""
        termios.tcsetwinsize(self.child_fd, (rows, columns))

    def isalive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait until the process has ended, and remember how."""
        code = self._process.wait()
        self.exitstatus, self.signalstatus = (None, -code) if code < 0 else (code, None)
        return code

    def close(self) -> None:
        """Close the window."""
        if not self.closed:
            os.close(self.child_fd)
            self.child_fd, self.closed = -1, True


class Forks:
    """The way to the mother process, which starts children; it lives as long as there is any way to it."""

    def __init__(self, run: str) -> None:
        """Share the mother of a run of tests, and start it if there is none yet.

        Raises:
            RuntimeError: the mother has failed, and its standard error says why.
        """
        self.run = run
        self._lock = threading.Lock()
        self._mother: subprocess.Popen[bytes] | None = None
        address = f"\0classchat-forks-{run}"  # abstract: there is no file to delete
        while (control := _way_to(address)) is None:
            if self._mother is not None and self._mother.wait():
                raise RuntimeError("commands can't be forked")
            self._mother = _begin(address)
        self._control = control

    def start(
        self,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        stdin: int | IO[Any],
        stdout: int | IO[Any],
        stderr: int | IO[Any],
        closed: Sequence[int] = (),
    ) -> Forked:
        """Start a child with these files, as `subprocess.Popen` does, or with some of the three closed."""
        pipes: list[IO[bytes] | None] = [None, None, None]
        files, passing = [], []
        for place, file in enumerate((stdin, stdout, stderr)):
            if file == subprocess.PIPE:
                reading, writing = os.pipe()
                here, there = (reading, writing) if place else (writing, reading)
                pipes[place] = open(here, "rb" if place else "wb", 0 if place else -1)  # noqa: SIM115
                passing.append(there)
                files.append(there)
            elif file == subprocess.DEVNULL:
                passing.append(os.open(os.devnull, os.O_RDWR))
                files.append(passing[-1])
            else:
                files.append(file if isinstance(file, int) else file.fileno())
        try:
            return self._ask(command, cwd, env, files, pipes, closed=list(closed))
        finally:
            for fd in passing:
                os.close(fd)

    def start_in_terminal(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str], terminal: int
    ) -> Forked:
        """Start a child in a session of its own, which a terminal controls."""
        return self._ask(command, cwd, env, [terminal] * 3, [None] * 3, controlled=True)

    def close(self) -> None:
        """Close the way to the mother, which ends after the last one; children that are left go on."""
        self._control.close()
        if self._mother is not None:
            self._mother.wait()

    def _ask(
        self,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        files: list[int],
        pipes: Sequence[IO[bytes] | None],
        **more: object,
    ) -> Forked:
        status, theirs = os.pipe()
        request = {"command": list(command), "cwd": str(cwd), "env": dict(env), **more}
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(request).encode()], [*files, theirs])
                pid = int(self._control.recv(64))
        finally:
            os.close(theirs)
        return Forked(pid, status, pipes)


@cache
def shared_forks() -> Forks:
    """Return the way to the one mother of all processes of `pytest -n`."""
    forks = Forks(os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex)
    atexit.register(forks.close)
    return forks


def _way_to(address: str) -> socket.socket | None:
    """Connect to the mother, and wait until it is ready; return None if there is none, or it is ending."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with suppress(ConnectionError):
        control.connect(address)
        if control.recv(64):
            return control
    control.close()
    return None


def _begin(address: str) -> subprocess.Popen[bytes] | None:
    """Start the mother; return None if another process has just done so, or the last one is ending."""
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        try:
            listening.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None
        listening.listen()
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(listening.fileno())],
            cwd=Path(__file__).parents[2],
            env={**plain, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # no child has the terminal of whoever runs the tests
            pass_fds=[listening.fileno()],
        )


# In the mother.


_LATER = (
    "curses",
    "encodings.idna",
    "prompt_toolkit.key_binding.bindings.search",
    "twisted.internet.asyncioreactor",
    "twisted.internet.default",
    "twisted.scripts.twistd",
)
"""Modules that the commands import only when they use them, which most do."""


def _import_everything() -> None:
    import_classchat()
    for module in _LATER:
        importlib.import_module(module)
    families = importlib.import_module("classchat.core.families")
    families.families("ü")  # the first name with a letter beyond ASCII makes a large table
    certificates = importlib.import_module("classchat.servers.certificates")
    pem = certificates.make_pem()
    certificates.parse(pem, "", pem, "")  # OpenSSL reads its tables when it sees its first certificate
    hash_quickly(setattr)
    assert "twisted.internet.reactor" not in sys.modules, "children must not share a reactor"
    assert 1 == threading.active_count(), "only what has one thread can fork safely"


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Make this child what a new process would be: these three files, and nothing else that is open."""
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    if request.get("controlled"):
        os.setsid()
        fcntl.ioctl(files[0], termios.TIOCSCTTY, 0)
    for fd, file in enumerate(files[:3]):
        os.dup2(file, fd)
    os.closerange(3, max(int(name) for name in os.listdir("/proc/self/fd")) + 1)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        like = getattr(sys, f"__{name}__")
        mode = "w" if fd else "r"
        stream = open(fd, mode, encoding=like.encoding, errors=like.errors, closefd=False)  # noqa: SIM115
        if fd == 2:
            stream.reconfigure(line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
        if fd in request.get("closed", ()):  # as Python does when it starts
            os.close(fd)
            setattr(sys, name, None)
            setattr(sys, f"__{name}__", None)
    if "PYTHONFAULTHANDLER" in os.environ:
        faulthandler.enable()


class _Job:
    """A command that a shell has forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code, negative if a signal ended it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _fork(command: list[str]) -> _Job:
    """Run a command in a child of this child, on the same terminal."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _run_to_the_end(command)
    return _Job(pid)


def _run(command: list[str]) -> NoReturn:
    """Do in this process what the command does."""
    if tuple(command[: len(SHELL)]) == SHELL:
        report, *inner = command[len(SHELL) :]
        shell.main(Path(report), inner, _fork)
        _end()
    if command[:2] == [sys.executable, "-c"]:
        sys.argv = ["-c", *command[3:]]
        exec(command[2], {"__name__": "__main__"})  # noqa: S102 (what a test breaks, to see what happens)
        sys.exit()
    sys.argv = command
    if command[0] == TWISTD:
        sys.exit(importlib.import_module("twisted.scripts.twistd").run())
    sys.exit(importlib.import_module("classchat.cli").main())


def _run_to_the_end(command: list[str]) -> NoReturn:
    """Do what the command does, and end without freeing all that the mother has imported.

    That takes a tenth of a second of a processor. All else that Python does at its end happens: threads are
    waited for, exit handlers run, files are flushed.
    """
    code: object = None
    interrupted = False
    try:
        _run(command)
    except SystemExit as end:
        code = end.code
    except BaseException as failure:
        sys.excepthook(*sys.exc_info())
        code, interrupted = 1, isinstance(failure, KeyboardInterrupt)
    if not (code is None or isinstance(code, int)):
        if sys.stderr is not None:
            print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):  # whoever read it has gone
            code = 120
    if interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit((code or 0) & 0xFF)


def _reap(running: dict[int, int]) -> None:
    """Hand on how children have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with suppress(BrokenPipeError), open(running.pop(pid), "wb") as told:  # nobody may want to know
            told.write(b"%d" % os.waitstatus_to_exitcode(status))


class _Mother:
    """Forks a child for each request of the processes that are connected to it."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._woken, self._waker = socket.socketpair()
        self._ways: set[socket.socket] = set()
        self._running: dict[int, int] = {}
        """By the id of a child, the file for its exit code."""
        self._selector = selectors.DefaultSelector()
        for ours in (self._listening, self._woken):
            self._selector.register(ours, selectors.EVENT_READ)

    def lives(self) -> NoReturn:
        """Answer, until nobody is left who could ask."""
        for ours in (self._woken, self._waker):
            ours.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno())
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                    _reap(self._running)
                elif key.fileobj is self._listening:
                    self._welcomes(self._listening.accept()[0])
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._answers(key.fileobj)

    def _welcomes(self, way: socket.socket) -> None:
        self._ways.add(way)
        self._selector.register(way, selectors.EVENT_READ)
        way.send(b"ready")

    def _answers(self, way: socket.socket) -> None:
        data, files, _, _ = socket.recv_fds(way, _MOST, 4)
        if not data:
            self._selector.unregister(way)
            self._ways.remove(way)
            way.close()
            if not self._ways:
                _end()
            return
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for ours in (self._selector, self._listening, self._woken, self._waker, *self._ways):
                ours.close()
            request = json.loads(data)
            _become(request, files)
            _run_to_the_end(request["command"])
        self._running[pid] = files[3]
        for fd in {*files[:3]}:
            os.close(fd)
        way.send(b"%d" % pid)


def _end() -> NoReturn:
    """End the mother, whose children are nobody's then, or a shell, which had nothing to tidy up."""
    os._exit(0)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as waiting:
        gc.disable()
        _import_everything()
        gc.collect()
        gc.freeze()
        gc.enable()
        _Mother(waiting).lives()
