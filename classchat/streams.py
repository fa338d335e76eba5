"""The process's standard streams, which may be closed, full, without a reader, or of few characters."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from classchat.texts import one_line

_NAMES = ("stdin", "stdout", "stderr")


class Unwritable(Exception):
    """Standard output can't be written to; the only argument is the OSError with the reason."""


class _Output(io.FileIO):
    """Standard output with an exception of its own, to tell its failures from those of other files."""

    def write(self, data: object) -> int:
        """Write a part of the data; wait for a slow reader even if another process has made the file
        non-blocking.
        """
        try:
            while (written := super().write(data)) is None:  # type: ignore[arg-type]
                select.select([], [self], [])
        except OSError as error:
            raise Unwritable(error) from None
        return written


def fill_gaps() -> None:
    """Open the null device for each closed standard stream, so that no other file gets its number."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one


def prepare() -> None:
    """Make all three streams usable: none is closed, and characters that one can't encode become escapes."""
    fill_gaps()
    for fd, name in enumerate(_NAMES):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(fd, "w" if fd else "r", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
        if fd and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    out = sys.stdout
    if out is sys.__stdout__ and isinstance(out, io.TextIOWrapper) and os.name == "posix":
        buffer = io.BufferedWriter(_Output(1, "wb", closefd=False))
        sys.stdout = io.TextIOWrapper(buffer, out.encoding, "backslashreplace", line_buffering=out.isatty())


def complain(sentence: str) -> None:
    """Print one line on standard error, if that can be written to."""
    try:
        print(one_line(sentence), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _silence(sys.stderr)


def complain_of_output() -> None:
    """Print why standard output can't be written to, unless its reader is gone."""
    try:
        os.write(1, b"\n")
    except BrokenPipeError:
        pass
    except OSError as error:
        complain(_unwritable(error))


def _unwritable(error: OSError) -> str:
    return f"classchat: Can't write to standard output: {error.strerror}."


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn exceptions that would end in a traceback into an exit code and one line.

    Raises:
        SystemExit: with the command's exit code; 1 if standard output can't be written to, 130 after Ctrl+C,
        and 0 if the reader of the output has gone.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except SystemExit as ending:
        if not isinstance(ending.code, str):
            raise
        complain(ending.code)
        ending.code = 1
        raise
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (Unwritable, BrokenPipeError) as problem:
        _silence(sys.stdout)
        error = problem.args[0] if isinstance(problem, Unwritable) else problem
        if isinstance(problem.__context__, SystemExit):
            _end_as(problem.__context__)
        if not isinstance(error, BrokenPipeError):
            raise SystemExit(_told(_unwritable(error))) from None


def _end_as(ending: SystemExit) -> None:
    """Raise a command's own failure that came before its output failed; do nothing after success."""
    if isinstance(ending.code, str):
        raise SystemExit(_told(ending.code)) from None
    if ending.code:
        raise SystemExit(ending.code) from None


def _told(sentence: str) -> int:
    complain(sentence)
    return 1


def _silence(stream: TextIO) -> None:
    """Drop the remaining output; otherwise the interpreter complains at exit."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
