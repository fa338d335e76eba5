"""The client's composition root: builds the client in one of its modes, and runs it."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from platformdirs import user_state_path
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from classchat.client.arguments import ClientOptions, from_settings
from classchat.client.audience import Audience, messages_on_joining
from classchat.client.destination import Destination
from classchat.client.plain.json_app import JsonApp
from classchat.client.plain.line_app import LineApp
from classchat.client.plain.terminal import open_terminal
from classchat.client.screen.log import ScreenLog
from classchat.client.tty.modes import Modes, kept_modes
from classchat.client.tty.signals import ENDING, HANGING_UP, ignore_signals, leave_on_signals, stop_shown
from classchat.client.tty.stdio import kept_echo, leave, open_streams, restored_terminal, screen_is_possible
from classchat.client.world import real_world
from classchat.clocks import measure_steadily
from classchat.commandline import Line
from classchat.streams import complain, complain_of_output


def run(options: ClientOptions) -> None:
    """Run the client; its exit code is 0 if everything went well, and 1 if it did not."""
    if not (options["plain"] or options["json"]) and screen_is_possible():
        _run_on_screen(options)
    else:
        _run_line_by_line(options)


# Line by line: line mode, pipes, and JSON mode.


def _run_line_by_line(options: ClientOptions) -> NoReturn:
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([failures], redirectStandardIO=False)
    with restored_terminal(), kept_echo() as echo:
        from twisted.internet import reactor  # not earlier: its files must not take the terminal's numbers

        measure_steadily(reactor)
        mode = JsonApp if options["json"] else LineApp
        app = mode(real_world(reactor), Destination(options), _audience_of_lines(options))
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


def _audience_of_lines(options: ClientOptions) -> Audience:
    """Return who reads and types lines, as far as the standard streams and the options say."""
    if options["json"]:
        return Audience(strict=bool(options["strict"]))
    person, seen = os.isatty(0), os.isatty(1)
    introduces = person and seen and bool(options["replay"])  # else all is as in the first version
    return Audience(
        is_person=person,
        errors_apart=not seen,
        greets=person and seen,
        introduces=introduces,
        replay=messages_on_joining(options["replay"], introduces=introduces),
        strict=bool(options["strict"]),
    )


# On a screen.


def _run_on_screen(options: ClientOptions) -> NoReturn:
    state = user_state_path("classchat", appauthor=False)
    log = ScreenLog(state / "client.log")
    globalLogBeginner.beginLoggingTo([log], redirectStandardIO=False)
    with restored_terminal(), kept_modes() as modes:
        try:
            code = _show_screen(options, state, modes, log)
        except Exception:
            log.failed()
            code = 1
    if log.has_failed:
        sys.stderr.write(
            f"[CLIENT] Something went wrong here, and the client has ended. Details: {log.path}\n"
        )
        code = 1
    leave(code, hidden=modes.hides)


def _show_screen(options: ClientOptions, state: Path, modes: Modes, log: ScreenLog) -> int:
    """Build the client on a screen, run it, and return its exit code."""
    import asyncio  # not at the top: line mode starts faster without it

    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed

    from classchat.client.screen.colours import Colours, wants_colours
    from classchat.client.screen.drawing import color_depth
    from classchat.client.screen.editor import Editor
    from classchat.client.screen.look import Look
    from classchat.client.screen.screen_app import ScreenApp

    reactor: Any = installed
    measure_steadily(reactor)
    endings = (*ENDING, *HANGING_UP)
    depth = color_depth(wants_colours(os.environ, options["colors"]), os.environ)
    colours = Colours(many=depth.value in ("DEPTH_8_BIT", "DEPTH_24_BIT"))
    look = Look(colours, options["time_format"], options["bell"])
    app = ScreenApp(real_world(reactor), Destination(options), _audience_of_screen(options), look, state)

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
    gc.freeze()  # the loaded modules stay: collecting them now and then took 20 ms, in which no key was shown
    reactor.run()
    return 1 if app.exit_code is None else app.exit_code


def _audience_of_screen(options: ClientOptions) -> Audience:
    return Audience(
        is_person=True,
        greets=True,
        introduces=True,
        replay=messages_on_joining(options["replay"], introduces=True),
        strict=bool(options["strict"]),
    )


LINE = Line(ClientOptions, run, lambda: from_settings(ClientOptions))
