"""The client's composition root: builds the client in the mode that is asked for, and runs it."""

from __future__ import annotations

import os
import sys

from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from classchat.client.app import App
from classchat.client.arguments import Options, from_settings
from classchat.client.plain.terminal import open_terminal
from classchat.client.tty.signals import ENDING, HANGING_UP, ignore_signals, leave_on_signals, stop_shown
from classchat.client.tty.stdio import kept_echo, leave, restored_terminal, screen_is_possible
from classchat.clocks import measure_steadily
from classchat.commandline import Line
from classchat.streams import complain, complain_of_output


def run(options: Options) -> None:
    """Run the client; its exit code is 0 if everything went well, and 1 if it did not."""
    if not (options["plain"] or options["json"]) and screen_is_possible():
        from classchat.client.screen.main import run as run_on_screen

        run_on_screen(options)
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([failures], redirectStandardIO=False)

    with restored_terminal(), kept_echo() as echo:
        from twisted.internet import reactor  # not earlier: its files must not take the terminal's numbers

        from classchat.client.plain.json_app import JsonApp

        measure_steadily(reactor)
        if options["json"]:
            app: App = JsonApp(reactor, options)
        else:
            person, seen = os.isatty(0), os.isatty(1)
            both = person and seen
            introduces = both and bool(options["replay"])  # else all is as in the first version
            app = App(reactor, options, person, errors_apart=not seen, greets=both, introduces=introduces)
        endings = ENDING if echo is None else (*ENDING, *HANGING_UP)
        reactor.callWhenRunning(leave_on_signals, app, reactor, endings)
        reactor.callWhenRunning(lambda: app.start(open_terminal(app, reactor, options["json"], echo)))
        if echo is not None:
            stop_shown(echo, reactor)
        reactor.addSystemEventTrigger("before", "shutdown", ignore_signals, endings)
        reactor.addSystemEventTrigger("before", "shutdown", app.wind_up)
        reactor.run()
        hidden = echo is not None and echo.is_off
    if app.last_words is not None:
        complain(app.last_words)
    if app.is_unheard:
        complain_of_output()
    leave(app.exit_code or 0, hidden=hidden)


LINE = Line(Options, run, lambda: from_settings(Options))
