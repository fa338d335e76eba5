"""What the server needs of its process."""

from __future__ import annotations

import gc
import os
import pty
import signal
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from twisted.internet.testing import MemoryReactor

from classchat.process import collect_less_garbage, end_when_started, on_hangup, raise_open_files


class FakeResource(ModuleType):
    """A process's limit of open files: soft and hard, and whether the hard one may be raised."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int, hard: int, root: bool) -> None:
        super().__init__("resource")
        self.now = (soft, hard)
        self.root = root

    def getrlimit(self, _which: int) -> tuple[int, int]:
        """Return both limits."""
        return self.now

    def setrlimit(self, _which: int, wanted: tuple[int, int]) -> None:
        """Set both limits, if that is allowed."""
        hard = self.now[1]
        if hard not in (self.RLIM_INFINITY, wanted[1]) and wanted[1] > hard and not self.root:
            raise ValueError("not allowed to raise maximum limit")
        self.now = wanted


@pytest.mark.parametrize(
    ("soft", "hard", "root", "files"),
    [
        (1024, 20_000, False, 20_000),
        (1024, 4096, False, 4096),
        (1024, 4096, True, 16_384),
        (1024, -1, False, 1_048_576),
        (20_000, 20_000, True, 20_000),
    ],
)
def test_as_many_files_as_one_may_open(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, root: bool, files: int
) -> None:
    """The limit is raised as far as the system lets us, which for root is further."""
    resource = FakeResource(soft, hard, root)
    monkeypatch.setitem(sys.modules, "resource", resource)

    assert (files, files) == (raise_open_files(), resource.now[0])


def test_where_there_is_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows files are not counted."""
    monkeypatch.setitem(sys.modules, "resource", None)

    assert sys.maxsize == raise_open_files()


def test_less_garbage_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded objects are frozen, and the others are collected less often than by default."""
    done: list[object] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    monkeypatch.setattr(gc, "set_threshold", lambda *numbers: done.append(numbers[0]))
    collect_less_garbage()

    assert ["frozen", 10_000] == done


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Restore the handler of SIGHUP after a test; standard input may be a terminal."""
    before, standard_input = signal.getsignal(signal.SIGHUP), os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    yield []
    signal.signal(signal.SIGHUP, before)
    os.dup2(standard_input, 0)
    os.close(null)
    os.close(standard_input)


def hang_up() -> None:
    """Send ourselves the signal."""
    os.kill(os.getpid(), signal.SIGHUP)


def listen(heard: list[str]) -> None:
    """Record the callbacks that SIGHUP calls."""
    on_hangup(lambda: heard.append("look again"), lambda: heard.append("stop"))


def test_sighup(heard: list[str]) -> None:
    """SIGHUP means that we should look again."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    listen(heard)
    hang_up()

    assert ["look again"] == heard


def test_sighup_of_a_terminal(heard: list[str]) -> None:
    """SIGHUP calls `stop` if our terminal is closed, and `look_again` otherwise."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    terminal, ours = pty.openpty()
    os.dup2(ours, 0)
    listen(heard)
    hang_up()
    os.close(terminal)
    hang_up()
    os.close(ours)

    assert ["look again", "stop"] == heard


def test_sighup_of_a_terminal_that_is_not_to_matter(heard: list[str]) -> None:
    """Under `nohup` a terminal may close, and we go on."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    terminal, ours = pty.openpty()
    os.dup2(ours, 0)
    listen(heard)
    os.close(terminal)
    hang_up()
    os.close(ours)

    assert ["look again"] == heard


def test_who_heard_sighup_before(heard: list[str]) -> None:
    """The previous handler is called as well, and is restored by the undo function."""
    signal.signal(signal.SIGHUP, lambda *_: heard.append("before"))
    undo = on_hangup(lambda: heard.append("look again"), lambda: heard.append("stop"))
    hang_up()
    undo()
    hang_up()

    assert ["look again", "before", "before"] == heard


def test_who_hears_sighup_after_us(heard: list[str]) -> None:
    """Whoever came after us stays when we go."""
    undo = on_hangup(lambda: heard.append("look again"), lambda: heard.append("stop"))
    signal.signal(signal.SIGHUP, lambda *_: heard.append("after"))
    undo()
    hang_up()

    assert ["after"] == heard


def test_no_sighup(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without SIGHUP no handler is installed, and undoing does nothing."""
    monkeypatch.delattr(signal, "SIGHUP")
    on_hangup(lambda: heard.append("look again"), lambda: heard.append("stop"))()
    monkeypatch.undo()

    assert [] == heard


def test_a_process_that_is_ended_while_it_starts() -> None:
    """SIGTERM stops the reactor as soon as it runs; a second one ends the process, as it does later."""
    reactor = MemoryReactor()
    before = signal.getsignal(signal.SIGTERM)
    try:
        end_when_started(reactor)
        signal.raise_signal(signal.SIGTERM)
        assert not reactor.hasStopped
        assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)
        reactor.run()
    finally:
        signal.signal(signal.SIGTERM, before)

    assert reactor.hasStopped
