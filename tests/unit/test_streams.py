"""Standard streams that are closed, full, or without a reader: an exit code and a line, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from classchat.streams import Unwritable, complain, complain_of_output, told_plainly


class Out(io.RawIOBase):
    """Standard output that can't be written to."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Fail."""
        raise Unwritable(self._error)

    def fileno(self) -> int:
        """Return the number of no file."""
        raise OSError


@pytest.fixture
def stdout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[OSError], None]]:
    """Make standard output fail in a given way."""
    outputs = []

    def fail(error: OSError) -> None:
        outputs.append(io.TextIOWrapper(io.BufferedWriter(Out(error))))
        monkeypatch.setattr(sys, "stdout", outputs[-1])

    yield fail
    for output in outputs:
        with suppress(Unwritable):
            output.close()


def _ends(do: Callable[[], object]) -> object:
    """Return the exit code."""
    try:
        with told_plainly():
            do()
    except SystemExit as ending:
        return ending.code
    return 0


def _print_and(ending: BaseException) -> Callable[[], object]:
    def do() -> None:
        print("something")
        raise ending

    return do


NOBODY, FULL = BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("error", "do", "code", "told"),
    [
        (NOBODY, lambda: print("something"), 0, ""),
        (NOBODY, _print_and(SystemExit(0)), 0, ""),
        (NOBODY, _print_and(SystemExit(1)), 1, ""),
        (NOBODY, _print_and(SystemExit("classchat: It can't be done.")), 1, "classchat: It can't be done.\n"),
        (
            FULL,
            lambda: print("something"),
            1,
            "classchat: Can't write to standard output: No space left on device.\n",
        ),
        (FULL, _print_and(SystemExit(2)), 2, ""),
        (FULL, lambda: None, 0, ""),
    ],
)
def test_output_that_fails(
    stdout: Callable[[OSError], None],
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    do: Callable[[], object],
    code: int,
    told: str,
) -> None:
    """A reader that has read enough is no error, a full disk is one; the command's own end comes first."""
    stdout(error)
    ended = _ends(do)

    assert (code, told) == (ended, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("ending", "code", "told"),
    [
        (SystemExit("classchat: No."), 1, "classchat: No.\n"),
        (SystemExit("classchat: No 'a\n\x1b[2J'."), 1, "classchat: No 'a\\n\\x1b[2J'.\n"),
        (SystemExit(3), 3, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_how_a_command_ends(
    capsys: pytest.CaptureFixture[str], ending: BaseException, code: int, told: str
) -> None:
    """A sentence goes to standard error with exit code 1; Ctrl+C ends without a word."""
    ended = _ends(_print_and(ending))

    assert (code, told) == (ended, capsys.readouterr().err)


def test_a_fault_of_ours() -> None:
    """A bug of ours is not hidden."""
    with pytest.raises(ZeroDivisionError):
        _ends(_print_and(ZeroDivisionError()))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_why_output_fails(capfd: pytest.CaptureFixture[str]) -> None:
    """A full device is named on standard error; that the reader is gone is not worth a word."""
    before = os.dup(1)
    ours, theirs = os.pipe()
    os.close(ours)
    for target in (os.open("/dev/full", os.O_WRONLY), theirs):
        os.dup2(target, 1)
        os.close(target)
        complain_of_output()
    os.dup2(before, 1)
    os.close(before)

    assert "classchat: Can't write to standard output: No space left on device.\n" == capfd.readouterr().err


def test_nobody_to_complain_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """If standard error has no reader, nothing happens."""
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        complain("classchat: No.")
        monkeypatch.undo()
