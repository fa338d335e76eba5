"""`classchat serve [HOST [PORT]]`: the server in the foreground, its console on standard output."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from twisted.internet.error import ReactorAlreadyInstalledError
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python import usage

from classchat import tap
from classchat.console import Console, UnwaitingFile
from classchat.options import Options, between


class ServeOptions(Options):
    """What `twistd classchat` takes, and the address as the first version took it."""

    synopsis = "Usage: classchat serve [options] [HOST [PORT]]"

    def parseArgs(self, host: str | None = None, port: str | None = None) -> None:
        """Take the address from where the first version took it."""
        if host is not None:
            self["host"] = host
        if port is not None:
            try:
                self["port"] = between(0, 65535)(port)
            except ValueError as error:
                raise usage.UsageError(f"The port {error}") from None


def _choose_reactor() -> None:
    """Take the reactor for many small messages where there is epoll, unless somebody chose one already."""
    with suppress(ImportError, ReactorAlreadyInstalledError):
        from classchat.epoll import install

        install()


def _standard_output() -> UnwaitingFile:
    """Return what the console is shown on; the null device if we were started without."""
    return UnwaitingFile(1 if sys.stdout else os.open(os.devnull, os.O_WRONLY))


def main(arguments: Sequence[str]) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    options = ServeOptions()
    options.parseOptions(list(arguments))
    failures = FilteringLogObserver(textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.warn)])
    _choose_reactor()
    from twisted.internet import reactor  # not earlier: it was chosen here

    console = Console(_standard_output(), reactor, sys.stdout.encoding if sys.stdout else "utf-8")
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
