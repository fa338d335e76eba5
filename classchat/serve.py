"""`classchat serve [HOST [PORT]]`: the server in the foreground, its console on standard output."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python import usage

from classchat import tap
from classchat.console import Console


class ServeOptions(tap.Options):
    """What `twistd classchat` takes, and the address as the first version took it."""

    synopsis = "Usage: classchat serve [options] [HOST [PORT]]"

    def parseArgs(self, host: str | None = None, port: str | None = None) -> None:
        """Take the address from where the first version took it."""
        if host is not None:
            self["host"] = host
        if port is not None:
            try:
                self["port"] = tap.between(0, 65535)(port)
            except ValueError as error:
                raise usage.UsageError(f"The port {error}") from None


def main(arguments: Sequence[str]) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    options = ServeOptions()
    options.parseOptions(list(arguments))
    service = tap.makeService(options)
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([Console(sys.stdout), failures], redirectStandardIO=False)

    from twisted.internet import reactor  # as late as in tap.makeService

    service.privilegedStartService()
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    # Whoever presses Ctrl+C again does not want to wait for the good-byes.
    reactor.addSystemEventTrigger("before", "shutdown", signal.signal, signal.SIGINT, signal.SIG_DFL)
    reactor.run()
