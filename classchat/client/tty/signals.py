"""The signals that end the client."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any, Protocol

ENDING = (signal.SIGINT, signal.SIGTERM)
HANGING_UP = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGQUIT") if hasattr(signal, name))
"""The terminal is gone, or Ctrl+\\: where we have changed the terminal these end us in good order as well."""


class Hides(Protocol):
    """What hides what is typed."""

    def pause(self) -> None:
        """Show it, until `again`."""

    def again(self) -> None:
        """Show nothing again if it was so before."""


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


def stop_shown(echo: Hides, reactor: Any) -> None:
    """Show what is typed while Ctrl+Z has stopped us, where there is such a thing, and hide it after that."""
    if not hasattr(signal, "SIGTSTP"):
        return

    def stop() -> None:
        echo.pause()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # nothing happens where no shell could wake us again
        catch()
        echo.again()

    def catch() -> None:
        signal.signal(signal.SIGTSTP, lambda *_: reactor.callFromThread(stop))

    if signal.getsignal(signal.SIGTSTP) != signal.SIG_IGN:
        catch()
    signal.signal(signal.SIGCONT, lambda *_: reactor.callFromThread(echo.again))


def ignore_signals(numbers: Sequence[int]) -> None:
    """Let nothing keep us from winding up: it takes four seconds at most, and restores the terminal."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
