"""`classchat serve [HOST [PORT]]`: the server in the foreground, its console on standard output."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from twisted.internet.error import ReactorAlreadyInstalledError
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from classchat import tap
from classchat.commandline import CommandLine, Line, Option
from classchat.console import Console, UnwaitingFile
from classchat.options import SERVER_OPTIONS, check

TIMESTAMPS = Option("timestamps", "Show date and time before each line of the console", group="Console")
"""The one option that `twistd` has not: its log has times anyway."""


class ServeOptions(CommandLine):
    """What `twistd classchat` takes, and the address as the first version took it."""

    program = "classchat serve"
    usages = ("[options] [HOST [PORT]]",)
    about = "Runs a server in the foreground, until Ctrl+C. HOST 0.0.0.0 means all networks of this machine."
    options = (*SERVER_OPTIONS, TIMESTAMPS)

    def parseArgs(self, host: str | None = None, port: str | None = None) -> None:
        """Take the address from where the first version took it."""
        for option, text in (("host", host), ("port", port)):
            if text is not None:
                self[option] = self.read(option, text)

    def postOptions(self) -> None:
        """Refuse what contradicts itself."""
        check(self)


def _choose_reactor() -> None:
    """Take the reactor for many small messages where there is epoll, unless somebody chose one already."""
    with suppress(ImportError, ReactorAlreadyInstalledError):
        from classchat.epoll import install

        install()


def _standard_output() -> UnwaitingFile:
    """Return what the console is shown on; the null device if we were started without."""
    return UnwaitingFile(1 if sys.stdout else os.open(os.devnull, os.O_WRONLY))


def run(options: ServeOptions) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    failures = FilteringLogObserver(textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.warn)])
    _choose_reactor()
    from twisted.internet import reactor  # not earlier: it was chosen here

    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    console = Console(_standard_output(), reactor, encoding, options["timestamps"])
    globalLogBeginner.beginLoggingTo([console, failures], redirectStandardIO=False)
    service = tap.makeService(options)
    service.privilegedStartService()
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever says it again does not want to wait for the good-byes.
        reactor.addSystemEventTrigger("before", "shutdown", signal.signal, number, signal.SIG_DFL)
    reactor.run()
    console.close()


LINE = Line(ServeOptions, run)
