"""Standard input and output that other processes share: our changes do not affect theirs."""

from __future__ import annotations

import os
import pty
import select
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from classchat.client.tty import modes
from classchat.console import UnwaitingFile
from classchat.unshared import unshared_input, unshared_output

KINDS = ["pipe", "terminal", "socket"]
MORE_THAN_FITS = b"x" * 1_000_000


@pytest.fixture(params=KINDS)
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """Return a descriptor to read from and one to write to, as a shell hands them to two processes."""
    if request.param == "socket":
        left, right = socket.socketpair()
        with closing(left), closing(right):
            yield left.fileno(), right.fileno()
        return
    read, write = os.pipe() if request.param == "pipe" else pty.openpty()
    yield read, write
    for fd in (read, write):
        os.close(fd)


def _blocking(*fds: int) -> list[bool]:
    return [os.get_blocking(fd) for fd in fds]


def _reads(fd: int) -> bytes:
    assert select.select([fd], [], [], 20)[0]
    return os.read(fd, 100)


def _write_on(fd: int) -> None:
    while True:
        os.write(fd, MORE_THAN_FITS)


def test_output(ends: tuple[int, int]) -> None:
    """Our output arrives without blocking; other writers of the same file still block."""
    read, write = ends
    ours = unshared_output(write)
    os.set_blocking(ours, False)
    os.write(ours, b"ours\n")
    got = _reads(read)
    os.write(write, b"theirs\n")
    got += _reads(read)
    os.close(ours)

    assert (b"ours\ntheirs\n", [True, True]) == (got.replace(b"\r", b""), _blocking(read, write))


def test_output_does_not_wait(ends: tuple[int, int]) -> None:
    """Without a reader our writes raise BlockingIOError, and do not block."""
    ours = unshared_output(ends[1])
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        _write_on(ours)
    os.close(ours)

    assert [True, True] == _blocking(*ends)


def test_input(ends: tuple[int, int]) -> None:
    """Input arrives without blocking; other readers of the same file still block."""
    read, write = reversed(ends) if os.isatty(ends[0]) else ends  # of a terminal, we are the other side
    ours = unshared_input(read)
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        os.read(ours, 1)
    os.write(write, b"theirs\n")
    got = _reads(ours)
    os.close(ours)

    assert (b"theirs", [True, True]) == (got.strip(), _blocking(read, write))


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_ends(kind: str) -> None:
    """The end of the input ends ours, and writes fail after the reader is gone."""
    read, write = os.pipe() if kind == "pipe" else [end.detach() for end in socket.socketpair()]
    ours = unshared_input(read)
    os.close(write)
    end = _reads(ours)
    again, gone = os.pipe() if kind == "pipe" else [each.detach() for each in socket.socketpair()]
    output = unshared_output(gone)
    os.close(again)
    with pytest.raises(BrokenPipeError):
        _write_on(output)
    for fd in (read, ours, gone, output):
        os.close(fd)

    assert end == b""


def test_a_file_keeps_its_position(tmp_path: object) -> None:
    """A file is read and written at the position that all its users share."""
    fd = os.open(f"{tmp_path}/file", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"theirs, ")
    output = unshared_output(fd)
    os.write(output, b"ours")
    os.lseek(fd, 3, os.SEEK_SET)
    reader = unshared_input(fd)
    got = os.read(reader, 100)
    for each in (fd, output, reader):
        os.close(each)

    assert b"irs, ours" == got


def test_the_servers_console(ends: tuple[int, int]) -> None:
    """The console never waits for its reader, and does not affect other processes' writes to the file."""
    file = UnwaitingFile(ends[1])
    file.write(b"[SERVER]")
    got = _reads(ends[0])

    assert (b"[SERVER]", [True, True]) == (got, _blocking(*ends))


def test_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's modes change for all processes, but blocking stays as it was for each."""
    ours, theirs = pty.openpty()
    duplicate = os.dup
    monkeypatch.setattr(modes.os, "dup", lambda _: duplicate(theirs))
    monkeypatch.setattr(modes, "unshared_output", lambda: unshared_output(theirs))
    with modes.kept_modes() as kept:
        kept.raw()
        during = _blocking(theirs)
    os.close(theirs)
    os.close(ours)

    assert [True] == during
