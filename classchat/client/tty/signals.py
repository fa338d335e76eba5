"""The signals that end the client."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any, Protocol

ENDING = (signal.SIGINT, signal.SIGTERM)
HANGING_UP = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGQUIT") if hasattr(signal, name))
"""The terminal is gone, or Ctrl+\\: if the client has changed the terminal, these end it cleanly, too."""


class Hides(Protocol):
    """An object that hides typing."""

    def pause(self) -> None:
        """Show what is typed, until `again`."""

    def again(self) -> None:
        """Hide what is typed if it was hidden before."""


class Interrupted(Protocol):
    """An object that is told of a signal."""

    def interrupted(self) -> None:
        """Leave."""


def leave_on_signals(app: Interrupted, reactor: Any, numbers: Sequence[int]) -> None:
    """Make Ctrl+C and SIGTERM end the client, however often they come.

    Twisted's own handlers stop the reactor each time, which complains the second time.
    """
    for number in numbers:
        if signal.getsignal(number) != signal.SIG_IGN:  # Ctrl+C is not for a shell's background jobs
            signal.signal(number, lambda *_: reactor.callFromThread(app.interrupted))


def stop_shown(echo: Hides, reactor: Any) -> None:
    """Show what is typed while Ctrl+Z has stopped the client, and hide it again after that."""
    if not hasattr(signal, "SIGTSTP"):
        return

    def stop() -> None:
        echo.pause()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # nothing happens if no shell could continue the client
        catch()
        echo.again()

    def catch() -> None:
        signal.signal(signal.SIGTSTP, lambda *_: reactor.callFromThread(stop))

    if signal.getsignal(signal.SIGTSTP) != signal.SIG_IGN:
        catch()
    signal.signal(signal.SIGCONT, lambda *_: reactor.callFromThread(echo.again))


def ignore_signals(numbers: Sequence[int]) -> None:
    """Ignore signals while the client winds up: it takes four seconds at most, and restores the terminal."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
