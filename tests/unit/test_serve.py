"""`classchat serve`: the server in the foreground."""

from __future__ import annotations

import io
import json
import re
import signal
import sys

import pytest
import twisted.internet
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, Logger, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from classchat import cli, serve
from classchat.serve import ServeOptions
from tests.tables import each_case


@each_case(
    ("words", "address"),
    [
        ([], (None, None)),
        (["0.0.0.0"], ("0.0.0.0", None)),
        (["0.0.0.0", "8080"], ("0.0.0.0", 8080)),
        (["[::1]", "1"], ("::1", 1)),
        (["--host", "[fe80::1%eth0]"], ("fe80::1%eth0", None)),
        (["--port", "1", "0.0.0.0"], ("0.0.0.0", 1)),
        (["--host", "127.0.0.1", "-p", "1", "0.0.0.0", "8080"], ("0.0.0.0", 8080)),
    ],
)
def test_the_address_as_the_first_version_took_it(
    words: list[str], address: tuple[str | None, int | None]
) -> None:
    """`classchat serve HOST PORT` listens there, as the first version did."""
    options = ServeOptions()
    options.parseOptions(words)

    assert address == (options["host"], options["port"])


@each_case(
    ("words", "sentence"),
    [
        (
            ["localhost", "http"],
            "classchat: PORT: 'http' is not a whole number from 0 to 65535. See classchat serve --help.",
        ),
        (
            ["localhost", "65536"],
            "classchat: PORT: '65536' is not a whole number from 0 to 65535. See classchat serve --help.",
        ),
        (
            ["localhost", "1", "surplus"],
            "classchat: Unexpected argument 'surplus': classchat serve [options] [HOST [PORT]]."
            " See classchat serve --help.",
        ),
        (
            ["--port", "http"],
            "classchat: --port: 'http' is not a whole number from 0 to 65535. See classchat serve --help.",
        ),
        ([""], "classchat: HOST: the value is empty. See classchat serve --help."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(words: list[str], sentence: str) -> None:
    """A wrong command line ends the process with a sentence that says what is wrong and what to do."""
    with pytest.raises(SystemExit) as caught:
        ServeOptions().parseOptions(words)

    assert sentence == str(caught.value)


class LogBeginner:
    """Twisted's beginner of logging, for the time of one test."""

    def __init__(self, test: SynchronousTestCase) -> None:
        self._test = test

    def beginLoggingTo(self, observers: list[ILogObserver], redirectStandardIO: bool = True) -> None:
        """Log to these until the test is over."""
        self.redirects = redirectStandardIO
        for observer in observers:
            globalLogPublisher.addObserver(observer)
            self._test.addCleanup(globalLogPublisher.removeObserver, observer)


class Output:
    """Standard output with a reader."""

    def __init__(self) -> None:
        self._written = b""

    def write(self, data: bytes) -> int:
        """Accept all bytes."""
        self._written += data
        return len(data)

    def getvalue(self) -> str:
        """Return the written text."""
        return self._written.decode()


class MainTests(SynchronousTestCase):
    """The server's life, from the command line to the last good-bye."""

    def setUp(self) -> None:
        """Create a fresh environment."""
        self.reactor = MemoryReactorClock()
        self.beginner = LogBeginner(self)
        self.stdout, self.stderr = Output(), io.StringIO()
        self.patch(twisted.internet, "reactor", self.reactor)
        self.patch(serve, "globalLogBeginner", self.beginner)
        self.patch(serve, "_standard_output", lambda: self.stdout)
        self.patch(sys, "stderr", self.stderr)

    def test_it_serves_where_it_was_told(self) -> None:
        """It listens, says so on standard output to the letter of the first version, and runs."""
        cli.main(["serve", "--journal", "memory:", "0.0.0.0", "8080"])

        ((port, _, _, address),) = self.reactor.tcpServers
        assert (8080, "0.0.0.0", True) == (port, address, self.reactor.hasRun)
        started = "[SERVER] Server started on 0.0.0.0:8080\n[SERVER] Waiting for connections...\n"
        assert (True, "") == (self.stdout.getvalue().startswith(started), self.stderr.getvalue())

    def test_without_tls_web_and_irc_there_is_nothing_more_to_say(self) -> None:
        """Without TLS, web and IRC the console begins as that of the first version did, to the letter."""
        cli.main(["serve", "--journal", "memory:", "--no-tls", "--no-web", "--no-irc"])

        started = "[SERVER] Server started on 0.0.0.0:5555\n[SERVER] Waiting for connections...\n"
        kept = "[SERVER] Journal: none. Nothing is kept when the server stops\n"
        assert f"{started}{kept}" == self.stdout.getvalue()

    def test_it_says_how_to_join(self) -> None:
        """The server shows its certificate's fingerprint, its lifetime, and the line to join with."""
        cli.main(["serve", "--journal", "memory:"])
        *_, certificate, join, _ = self.stdout.getvalue().partition("[SERVER] Browser: ")[0].split("\n")
        fingerprint = certificate.split()[3]

        assert re.fullmatch("sha256:[0-9a-f]{64}", fingerprint)
        assert f"[SERVER] Certificate fingerprint: {fingerprint} (only until the server stops)" == certificate
        assert re.fullmatch(rf"\[SERVER\] Join with: classchat NAME@([0-9.]+|HOST):5555#{fingerprint}", join)

    def test_it_stops_before_the_reactor_does(self) -> None:
        """The service stops before the reactor; a second Ctrl+C ends the process at once."""
        cli.main(["serve", "--journal", "memory:"])
        *again, stop = self.reactor.triggers["before"]["shutdown"]
        stop[0](*stop[1], **stop[2])

        assert self.stdout.getvalue().endswith("[SERVER] Shutting down server...\n")
        assert [
            (signal.signal, (number, signal.SIG_DFL), {}) for number in (signal.SIGINT, signal.SIGTERM)
        ] == again

    def test_bugs_are_shown_on_standard_error(self) -> None:
        """A failure is shown in full on standard error; other log events are not shown."""
        cli.main(["serve", "--journal", "memory:"])
        before = self.stdout.getvalue()
        Logger().info("somebody else's news")
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            Logger().failure("our bug")

        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert "our bug" in self.stderr.getvalue()
        assert "ZeroDivisionError" in self.stderr.getvalue()
        assert "news" not in self.stderr.getvalue()
        assert before == self.stdout.getvalue()

    def test_what_is_printed_is_printed(self) -> None:
        """Standard output is the console, and is not redirected into the log."""
        cli.main(["serve", "--journal", "memory:"])

        assert not self.beginner.redirects

    def test_times_are_shown_where_the_console_is_no_terminal(self) -> None:
        """By default the lines of a console that is a pipe or a file have date and time."""
        self.patch(serve, "has_times", lambda *_: False)
        cli.main(["serve", "--journal", "memory:", "--times", "auto"])

        first = self.stdout.getvalue().splitlines()[0]
        assert re.fullmatch(r"[0-9-]{10} [0-9:]{8} \[SERVER\] Server started on .*", first)

    def test_a_quiet_server_shows_only_warnings(self) -> None:
        """With -q the console stays empty; with JSON each line of it is an object."""
        cli.main(["serve", "--journal", "memory:", "-q"])
        quiet = self.stdout.getvalue()
        for number in (signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        cli.main(["serve", "--journal", "memory:", "--log-format", "json"])

        assert "" == quiet
        assert "Started" in {json.loads(line).get("event") for line in self.stdout.getvalue().splitlines()}

    def test_a_mistake_starts_nothing(self) -> None:
        """With a wrong command line, no port is opened and no reactor runs."""
        with pytest.raises(SystemExit):
            cli.main(["serve", "--port", "http"])

        assert ([], False) == (self.reactor.tcpServers, self.reactor.hasRun)
