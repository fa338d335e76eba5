"""`classchat serve [HOST [PORT]]`: the server in the foreground, its console on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.error import ReactorAlreadyInstalledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import globalLogBeginner

from classchat import tap
from classchat.commandline import CommandLine, Line
from classchat.configuration import Configuration, given
from classchat.console import Console, UnwaitingFile
from classchat.logs import CannotLog, ServerLogs, as_json, has_times, logs_of
from classchat.options import ALL_OPTIONS, checked
from classchat.process import end_when_started, on_rotation
from classchat.servers.service import CannotStart


class ServeOptions(CommandLine):
    """The options of `twistd classchat`, and the address as arguments, as in the first version."""

    program = "classchat serve"
    usages = ("[options] [HOST [PORT]]",)
    about = "Runs a server in the foreground, until Ctrl+C. HOST 0.0.0.0 means all networks of this machine."
    options = ALL_OPTIONS

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


def _reactor() -> Any:
    from twisted.internet import reactor  # after the reactor is chosen

    return reactor


def _standard_output() -> UnwaitingFile:
    """Return the file for the console; the null device if standard output is closed."""
    return UnwaitingFile(1 if sys.stdout else os.open(os.devnull, os.O_WRONLY))


def _logs(options: ServeOptions) -> ServerLogs:
    """Return the log that the options ask for.

    Raises:
        CannotStart: its file can't be written.
    """
    try:
        return logs_of(options)
    except CannotLog as error:
        raise CannotStart(f"classchat: {error}.") from None


def _console(options: ServeOptions, clock: IReactorTime, *, all_of_it: bool) -> Console:
    """Return the console; it shows all of the log, in JSON, or only its own lines."""
    bare = options["times"] == "never" or (
        options["times"] == "auto" and has_times(1, os.environ.get("JOURNAL_STREAM", ""))
    )
    times = options["timestamps"] or not bare
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    return Console(_standard_output(), clock, encoding, times, as_json if all_of_it else None)


def run(options: ServeOptions) -> None:
    """Serve until Ctrl+C or SIGTERM."""
    logs = _logs(options)
    _choose_reactor()
    reactor: Any = _reactor()
    all_on_console = options["log-format"] == "json" and options["log-file"] is None
    console = _console(options, reactor, all_of_it=all_on_console)
    observers = logs.observers(console, sys.stderr, all_on_console=all_on_console)
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)
    end_when_started(reactor)
    service = tap.makeService(options, logs)
    service.privilegedStartService()
    service.startService()
    on_rotation(lambda: reactor.callFromThread(logs.reopen))
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.run()
    console.close()


LINE = Line(ServeOptions, run)
