"""The signals that end the client."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import Any, Protocol

ENDING = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Protocol):
    """Who is told of a signal."""

    def interrupted(self) -> None:
        """Leave."""


def leave_on_signals(app: Interrupted, reactor: Any, numbers: Sequence[int]) -> None:
    """Let Ctrl+C and SIGTERM end the client, however often they come.

    Twisted's own handlers stop the reactor each time, which complains the second time.
    """
    for number in numbers:
        if signal.getsignal(number) != signal.SIG_IGN:  # Ctrl+C is not for a shell's background jobs
            signal.signal(number, lambda *_: reactor.callFromThread(app.interrupted))


def call_when_continued(then: Callable[[], object], reactor: Any) -> None:
    """Call something whenever the shell lets us go on that has stopped us, where there is such a thing."""
    if hasattr(signal, "SIGCONT"):
        signal.signal(signal.SIGCONT, lambda *_: reactor.callFromThread(then))


def ignore_signals(numbers: Sequence[int]) -> None:
    """Let nothing keep us from winding up: it takes four seconds at most, and restores the terminal."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
