"""`classchat serve [HOST [PORT]]`: the server in the foreground, its console on standard output."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

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
from classchat.configuration import Configuration, given
from classchat.console import Console, UnwaitingFile
from classchat.options import SERVER_OPTIONS, checked

TIMESTAMPS = Option("timestamps", "Show date and time before each line of the console", group="Console")
"""The only option that `twistd` lacks: its log has times anyway."""


class ServeOptions(CommandLine):
    """The options of `twistd classchat`, and the address as arguments, as in the first version."""

    program = "classchat serve"
    usages = ("[options] [HOST [PORT]]",)
    about = "Runs a server in the foreground, until Ctrl+C. HOST 0.0.0.0 means all networks of this machine."
    options = (*SERVER_OPTIONS, TIMESTAMPS)

    def take(self, values: dict[str, Any], words: Sequence[str]) -> None:
        """Store the given values, and what the environment and a file say about the others.

        Raises:
            Misuse: one of them is wrong, or they contradict each other.
        """
        self._given = given(self.options, values)
        super().take(values, words)

    def parseArgs(self, host: str | None = None, port: str | None = None) -> None:
        """Read the address from the arguments, as the first version did."""
        for option, text in (("host", host), ("port", port)):
            if text is not None:
                self._given[option] = self.read(option, text)

    def postOptions(self) -> None:
        """Add what the environment and a file say, and check that nothing contradicts anything else."""
        self.configuration = Configuration(self.options, self._given, os.environ)
        self.update(self.again())

    def again(self) -> Mapping[str, Any]:
        """Return the options as they would be after another start; read the file again.

        Raises:
            Misuse: they are wrong.
        """
        return checked(self.configuration.values())


def _choose_reactor() -> None:
    """Install the reactor for many small messages if the system has epoll and no reactor is installed yet."""
    with suppress(ImportError, ReactorAlreadyInstalledError):
        from classchat.epoll import install

        install()


def _standard_output() -> UnwaitingFile:
    """Return the file for the console; the null device if standard output is closed."""
    return UnwaitingFile(1 if sys.stdout else os.open(os.devnull, os.O_WRONLY))


def run(options: ServeOptions) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    failures = FilteringLogObserver(textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.warn)])
    _choose_reactor()
    from twisted.internet import reactor  # after the reactor is chosen

    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    console = Console(_standard_output(), reactor, encoding, options["timestamps"])
    globalLogBeginner.beginLoggingTo([console, failures], redirectStandardIO=False)
    service = tap.makeService(options)
    service.privilegedStartService()
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    for number in (signal.SIGINT, signal.SIGTERM):
        # A second signal ends the process at once, without the good-byes.
        reactor.addSystemEventTrigger("before", "shutdown", signal.signal, number, signal.SIG_DFL)
    reactor.run()
    console.close()


LINE = Line(ServeOptions, run)
