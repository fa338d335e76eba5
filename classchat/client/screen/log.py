"""The log of the client on a screen: failures are written to a file, and end the client."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, textFileLogObserver
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.files import create_private


@implementer(ILogObserver)
class ScreenLog:
    """A log observer that writes failures to a file, because the screen shows the conversation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.has_failed = False
        self.then: Callable[[], object] | None = None
        """What to do after the first failure."""

    def failed(self) -> None:
        """Write the exception that is being handled."""
        Logger().failure("The client has failed")

    def loop_failed(self, loop: object, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Write a failure that asyncio would otherwise print across the screen."""
        exception = context.get("exception")
        if exception is not None:
            Logger().failure("The client has failed", Failure(exception))

    def __call__(self, event: LogEvent) -> None:
        """Write an event that is an error; the first failure ends the client."""
        if event.get("log_level") not in (LogLevel.error, LogLevel.critical):
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            create_private(self.path)
            with self.path.open("a", encoding="utf-8") as file:
                textFileLogObserver(file)(event)
        first, self.has_failed = not self.has_failed, True
        if event.get("log_failure") is not None and first and self.then is not None:
            self.then()
