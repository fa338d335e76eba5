"""Answers that are not shown, for a command that asks for passwords and ends: `classchat admin`.

Typing is hidden from the first question until the terminal is restored. What was typed ahead is dropped then:
it would be the shell's next command.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from classchat.client.tty.modes import Echo

Ask = Callable[[str], str]
_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT")


@contextmanager
def hidden_answers() -> Iterator[Ask]:
    """Return a function that asks at the terminal on standard input; hide what is typed until this ends.

    The function raises EOFError at the end of the input, and UnicodeDecodeError if that is not UTF-8.
    """
    echo = Echo()
    handlers: dict[int, Any] = {
        getattr(signal, name): _end for name in _ENDING if signal.getsignal(getattr(signal, name)) is not None
    }
    handlers[signal.SIGTSTP] = lambda *_: _stop(echo)
    handlers[signal.SIGCONT] = lambda *_: echo.again()
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        echo.off()
        yield _ask
    finally:
        echo.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.buffer.readline()
    if not line:
        raise EOFError
    return line.decode().rstrip("\r\n")


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def _stop(echo: Echo) -> None:
    """Stop as Ctrl+Z does, while the terminal shows what is typed."""
    echo.pause()
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)
    echo.again()
