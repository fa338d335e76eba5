"""The client's composition root: joins the terminal and the connection.

What it is doing, and what ends that:

    asking      -> connecting   host, port and name are known
    connecting  -> talking      the server welcomes us
    talking     -> over         /quit, the end of the input, Ctrl+C, or the server is gone
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

from classchat.client import view
from classchat.client.commands import CommandError, Help, parse
from classchat.client.connection import ClientProtocol, Listener
from classchat.client.options import Options, host_name, port_number, user_name
from classchat.client.requests import Unanswered
from classchat.client.terminal import Terminal, Typist, open_terminal, restored_terminal
from classchat.commandline import DEFAULT_HOST, DEFAULT_PORT
from classchat.messages import Command, Event, Quit, Say, Success, Tell

_PROMPT = "You: "
_UNANSWERED = "The server left {} of your requests without an answer"
_ENDING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Question:
    """What is asked before connecting, unless the command line said it."""

    option: str
    prompt: str
    default: str
    read: Callable[[str], str | int]


QUESTIONS = (
    Question("host", f"Enter server IP address (default: {DEFAULT_HOST}): ", DEFAULT_HOST, host_name),
    Question("port", f"Enter server port (default: {DEFAULT_PORT}): ", str(DEFAULT_PORT), port_number),
    Question("name", "Enter your username: ", "", user_name),
)


class App(Typist, Listener):
    """The client in its plain mode."""

    def __init__(self, reactor: Any, options: Mapping[str, Any], patient: bool) -> None:
        """Ask again after a wrong answer if who answers is a person: `patient`."""
        self.exit_code: int | None = None
        self._reactor = reactor
        self._patient = patient
        self._known = {question.option: options[question.option] for question in QUESTIONS}
        self._questions = deque(question for question in QUESTIONS if self._known[question.option] is None)
        self._terminal: Terminal
        self._connection: ClientProtocol | None = None
        self._connecting: Deferred[ClientProtocol] | None = None
        self._talking = False
        self._refused = False

    def start(self, terminal: Terminal) -> None:
        """Begin with the first question, or connect."""
        self._terminal = terminal
        self._ask_on()

    def interrupted(self) -> None:
        """Leave: it is Ctrl+C, or SIGTERM."""
        self._end(0)

    def wind_up(self) -> Deferred[None]:
        """Leave the server and the terminal; what fires when both are done."""
        if self.exit_code is None:  # somebody else has stopped the reactor
            self._over(0)
        return Deferred.fromCoroutine(self._wind_up())

    async def _wind_up(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            await self._connection.leave()
        await self._terminal.close()

    def _end(self, exit_code: int) -> None:
        """Be over, unless we are already."""
        if self.exit_code is None:
            self._over(exit_code)
            with suppress(error.ReactorNotRunning):  # it was stopped in this very turn
                self._reactor.stop()

    def _over(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self._talking = False
        self._terminal.prompt("")

    def _fail(self, reason: str) -> None:
        if self.exit_code is None:
            self._terminal.prompt("")
            self._terminal.show(view.error(reason))
            self._end(1)

    # Asking.

    def _ask_on(self) -> None:
        if self._questions:
            self._terminal.prompt(self._questions[0].prompt)
        else:
            self._connect()

    def _answered(self, question: Question, line: str) -> None:
        try:
            self._known[question.option] = question.read(line.strip() or question.default)
        except ValueError as wrong:
            if self._patient:
                self._terminal.show(view.error(str(wrong)))
            else:
                self._fail(str(wrong))
            return
        self._questions.popleft()
        self._terminal.prompt("")
        self._ask_on()

    # Connecting.

    def _connect(self) -> None:
        self._terminal.pause()  # what is typed, or piped, waits until we are welcome
        host, port, name = self._known["host"], self._known["port"], self._known["name"]
        ids = map(str, itertools.count(1))
        self._connection = ClientProtocol(name, self, self._reactor, ids)
        endpoint = HostnameEndpoint(self._reactor, host, port)
        self._connecting = connectProtocol(endpoint, self._connection)
        self._connecting.addCallbacks(self._reached, self._not_reached)

    def _reached(self, _: ClientProtocol) -> None:
        self._connecting = None

    def _not_reached(self, failure: Failure) -> None:
        self._connecting = None
        self._fail(_explained(failure, view.place(self._known["host"], self._known["port"])))

    # The connection tells.

    def connected(self, connection: ClientProtocol) -> None:
        """The server is there: what it says is shown as fast as it is read, and no faster."""
        self._terminal.show(view.connected(self._known["host"], self._known["port"]))
        self._terminal.throttle(connection)

    def welcomed(self, event: Event) -> None:
        """We are signed in."""
        self._talking = True
        self._terminal.show(view.line_of(event))
        self._terminal.show(view.banner())
        self._terminal.prompt(_PROMPT)
        self._terminal.resume()

    def refused(self, reason: str) -> None:
        """We are not signed in, and that is that."""
        self._refused = True
        self._fail(reason)

    def heard(self, event: Event, request: Command | None) -> None:
        """Show what the server tells, but for the mere confirmation of what one sees anyway."""
        if not (isinstance(event, Success) and isinstance(request, Say | Tell | Quit)):
            self._terminal.show(view.line_of(event))
        self._let_type()

    def ready(self) -> None:
        """Take the next line."""
        self._let_type()

    def unanswered(self, count: int) -> None:
        """Give up on the server: it is connected, and mute."""
        self._fail(_UNANSWERED.format(count))

    def lost(self) -> None:
        """The connection is closed: by us if we are over already, else by the server."""
        self._terminal.unthrottle()
        self._terminal.prompt("")
        if not self._refused:
            self._terminal.show(view.disconnected())
        self._end(1)

    # The terminal tells.

    def typed(self, line: str) -> None:
        """Take an answer to a question, or a command."""
        if self.exit_code is not None:
            return
        if self._questions:
            self._answered(self._questions[0], line)
        elif self._talking and self._connection is not None and line.strip():
            self._obey(line, self._connection)

    def typed_too_much(self, longest: int) -> None:
        """Refuse a line that no server would take."""
        self._terminal.show(view.error(f"That line is too long: {longest} bytes is the limit"))

    def ended(self) -> None:
        """Leave once everything that was asked is answered."""
        if self._questions:
            self._fail("The input ended before the server and your name were known")
        elif self._talking and self._connection is not None:
            settled = self._connection.settled()
            settled.addCallbacks(lambda _: self._end(0), self._unsettled)

    def unheard(self) -> None:
        """Leave: nobody reads what we show."""
        self._end(1)

    # Talking.

    def _obey(self, line: str, connection: ClientProtocol) -> None:
        try:
            match parse(line):
                case Help():
                    self._terminal.show(view.help_text())
                case Quit():
                    self._end(0)
                case command:
                    connection.ask(command)
        except CommandError as wrong:
            self._terminal.show(view.error(str(wrong)))
        self._let_type()

    def _let_type(self) -> None:
        """Take no more commands than the server keeps up with."""
        if self._connection is None or self._connection.full:
            self._terminal.pause()
        elif self._talking:
            self._terminal.resume()

    def _unsettled(self, failure: Failure) -> None:
        failure.trap(Unanswered)
        self._fail(_UNANSWERED.format(failure.value))


def _explained(failure: Failure, place: str) -> str:
    """Say in a sentence why a server can't be reached."""
    if failure.check(error.ConnectionRefusedError):
        return f"Connection refused: is the server running at {place}?"
    if failure.check(error.DNSLookupError):
        return f"There is no such host: check the address {place}"
    if failure.check(error.TimeoutError):
        return f"No answer from {place}: check the address, and the firewall there"
    return f"Can't connect to {place}: {failure.getErrorMessage()}"


def _leave_on_signals(app: App, reactor: Any) -> None:
    """Let Ctrl+C and SIGTERM end the client, however often they come.

    Twisted's own handlers stop the reactor each time, which complains the second time.
    """
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # Ctrl+C is not for a shell's background jobs
            signal.signal(number, lambda *_: reactor.callFromThread(app.interrupted))


def _ignore_signals() -> None:
    """Let nothing keep us from winding up: it takes four seconds at most, and restores the terminal."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def main(arguments: Sequence[str]) -> None:
    """Run the client; its exit code is 0 if everything went well, and 1 if it did not."""
    options = Options()
    options.parseOptions(list(arguments))
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([failures], redirectStandardIO=False)

    with restored_terminal():
        from twisted.internet import reactor  # not earlier: its files must not take the terminal's numbers

        app = App(reactor, options, patient=os.isatty(0))
        reactor.callWhenRunning(_leave_on_signals, app, reactor)
        reactor.callWhenRunning(lambda: app.start(open_terminal(app, reactor)))
        reactor.addSystemEventTrigger("before", "shutdown", _ignore_signals)
        reactor.addSystemEventTrigger("before", "shutdown", app.wind_up)
        reactor.run()
    sys.exit(app.exit_code)
