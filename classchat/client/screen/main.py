"""Runs the client on a screen: installs the reactor, opens the terminal and restores it, keeps the log."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from platformdirs import user_state_path
from twisted.logger import (
    ILogObserver,
    LogEvent,
    Logger,
    LogLevel,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.client.screen.colours import Colours, wants_colours
from classchat.client.tty.modes import Modes, kept_modes
from classchat.client.tty.signals import ENDING, HANGING_UP, ignore_signals, leave_on_signals
from classchat.client.tty.stdio import leave, open_streams, restored_terminal
from classchat.clocks import measure_steadily
from classchat.files import create_private


def run(options: Mapping[str, Any]) -> NoReturn:
    """Run the client until it is over, and end with its exit code."""
    state = user_state_path("classchat", appauthor=False)
    log = _Log(state / "client.log")
    globalLogBeginner.beginLoggingTo([log], redirectStandardIO=False)
    with restored_terminal(), kept_modes() as modes:
        try:
            code = _run(options, state, modes, log)
        except Exception:
            log.failed()
            code = 1
    if log.has_failed:
        sys.stderr.write(f"[CLIENT] Something went wrong here, and this is the end: {log.path} says what\n")
        code = 1
    leave(code, hidden=modes.hides)


def _run(options: Mapping[str, Any], state: Path, modes: Modes, log: _Log) -> int:
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed

    from classchat.client.screen.app import ScreenApp
    from classchat.client.screen.drawing import color_depth
    from classchat.client.screen.editor import Editor

    reactor: Any = installed
    measure_steadily(reactor)
    endings = (*ENDING, *HANGING_UP)
    colours = wants_colours(os.environ, options["colors"])
    depth = color_depth(colours, os.environ)
    app = ScreenApp(
        reactor, options, Colours(many=depth.value in ("DEPTH_8_BIT", "DEPTH_24_BIT")), state, introduces=True
    )

    def start() -> None:
        asyncio.get_running_loop().set_exception_handler(log.loop_failed)  # prompt_toolkit draws there
        try:
            editor = Editor(app, reactor, modes, depth, state / "typed")
            open_streams(editor)
            app.begin(editor)
        except Exception:
            log.failed()
            reactor.stop()
        else:
            log.then = lambda: reactor.callLater(0, app.leaves)
            reactor.addSystemEventTrigger("before", "shutdown", app.wind_up)

    reactor.callWhenRunning(leave_on_signals, app, reactor, endings)
    reactor.callLater(0, start)  # not at once: asyncio's loop does not run yet
    reactor.addSystemEventTrigger("before", "shutdown", ignore_signals, endings)
    gc.collect()
    gc.freeze()  # what is loaded stays: to look through all of it now and then took 20 ms, and no key showed
    reactor.run()
    return 1 if app.exit_code is None else app.exit_code


@implementer(ILogObserver)
class _Log:
    """Writes what goes wrong to a file, for the screen is no place for it, and knows that it did."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.has_failed = False
        self.then: Any = None

    def failed(self) -> None:
        """Write the exception that is being handled."""
        Logger().failure("The client has failed")

    def loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Write what asyncio would otherwise write all over the screen."""
        exception = context.get("exception")
        if exception is not None:
            Logger().failure("The client has failed", Failure(exception))

    def __call__(self, event: LogEvent) -> None:
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
