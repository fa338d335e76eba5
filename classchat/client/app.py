"""The client's composition root: joins the terminal and the connection.

What it is doing, and what ends that:

    asking      -> connecting   host, port and name are known
    connecting  -> talking      the server welcomes us
    talking     -> over         /quit, the end of the input, Ctrl+C, or the server is gone and does not return
"""

from __future__ import annotations

import os
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any

from platformdirs import user_config_path
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

from classchat.client import passwords, view
from classchat.client.commands import parse, usage_of
from classchat.client.connection import ClientProtocol
from classchat.client.conversation import MOST_OPEN
from classchat.client.display import UNANSWERED, Display, Observer
from classchat.client.endpoints import endpoint_to
from classchat.client.link import Link, LinkListener
from classchat.client.options import READERS, Options
from classchat.client.passwords import PLAIN_TEXT, Asking
from classchat.client.past import meant
from classchat.client.ports import Surface
from classchat.client.questions import QUESTIONS, Question
from classchat.client.requests import Unanswered
from classchat.client.settings import SettingsError, read_settings
from classchat.client.signals import ENDING, call_when_continued, ignore_signals, leave_on_signals
from classchat.client.stranger import shown_name
from classchat.client.terminal import (
    Typist,
    kept_echo,
    open_terminal,
    restored_terminal,
    screen_is_possible,
)
from classchat.client.trust import NotSecure, is_loopback
from classchat.client.typed import ClaimName, CommandError, Help, OtherPassword, Recall
from classchat.clocks import TimeOfDay, measure_steadily
from classchat.commandline import Line
from classchat.messages import (
    MOST_HISTORY,
    USUAL_HISTORY,
    ChangePassword,
    Claim,
    Command,
    History,
    Quit,
    Say,
    Success,
    Tell,
)
from classchat.wire.lines import LONGEST_LINE, fits

_PROMPT = "You: "
_MOST_TRIES = 3
_CLAIMED_HINT = "[CLIENT] '{}' is somebody's name: its password, or Enter alone for another name"
_CLAIM_HINT = "[CLIENT] With a password the name is yours; Enter alone takes another name"


class App(Typist, LinkListener):
    """The client in its plain mode."""

    def __init__(
        self,
        reactor: Any,
        options: Mapping[str, Any],
        patient: bool,
        ids: Iterator[str] | None = None,
        jitter: Callable[[], float] = random.random,
        zone: tzinfo | None = None,
        time_of_day: Callable[[], float] | None = None,
    ) -> None:
        """Ask again after a wrong answer if who answers is a person: `patient`.

        `ids`, `jitter`, the time `zone` and the `time_of_day` are those of a test, or else our own.
        """
        self.exit_code: int | None = None
        self._reactor = reactor
        self._time_of_day = time_of_day or TimeOfDay().seconds
        self._patient = patient
        self._retry = options["retry"]
        self._encrypted, self._fingerprint = options.get("encrypted"), options.get("fingerprint")
        self._ids, self._jitter, self._zone = ids, jitter, zone
        self._known = {question.option: options[question.option] for question in QUESTIONS}
        self._password: str | None = options.get("password")
        self._explicitly_plain = bool(options.get("no-tls"))
        self._asking: Asking | None = None
        self._tries = 0
        self._has_connected = False
        self._questions = deque(question for question in QUESTIONS if self._known[question.option] is None)
        self._terminal: Surface
        self._display: Observer
        self._link: Link | None = None
        self._talking = False
        self._refused = False
        self._ended = False
        self._spoken_to = ""

    def start(self, terminal: Surface) -> None:
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
        if self._link is not None:
            await self._link.leave()
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
        self._asking = None
        self._terminal.hide(False)
        self._terminal.prompt("")

    def _fail(self, reason: str, code: str) -> None:
        if self.exit_code is None:
            self._asking = None
            self._terminal.hide(False)
            self._terminal.prompt("")
            self._complain(reason, code)
            self._end(1)

    def _complain(self, reason: str, code: str) -> None:  # noqa: ARG002
        """Say what goes wrong; `code` is what programs call it."""
        self._tell(view.error(reason))

    def _tell(self, line: str) -> None:
        """Show a line of ours."""
        self._terminal.show(line)

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
                self._complain(str(wrong), "invalid_format")
            else:
                self._fail(str(wrong), "invalid_format")
            return
        self._questions.popleft()
        self._terminal.prompt("")
        self._ask_on()

    # Connecting.

    @property
    def _place(self) -> str:
        return view.place(self._known["host"], self._known["port"])

    def _connect(self) -> None:
        self._terminal.pause()  # what is typed, or piped, waits until we are welcome
        endpoint = endpoint_to(
            self._reactor,
            self._known["host"],
            self._known["port"],
            self._encrypted,
            self._fingerprint,
            lambda sentence: self._terminal.show(f"[CLIENT] {sentence}"),
        )
        name = self._known["name"]
        self._tries = 0
        self._has_connected = False
        self._display = self._new_display(name)
        self._link = Link(
            endpoint, name, self._display, self, self._reactor, self._ids, self._retry, self._jitter
        )
        self._link.open()

    def _new_display(self, name: str) -> Observer:
        return Display(self._terminal, name, self._place, self._now)

    def unreachable(self, failure: Failure) -> None:
        """Say why nobody can be reached."""
        self._fail(_explained(failure, self._place), "unreachable")

    def connected(self, producer: ClientProtocol) -> None:
        """The server is there: what it says is shown as fast as it is read, and no faster."""
        if not self._talking and not self._has_connected:
            self._terminal.show(view.connected(self._known["host"], self._known["port"]))
        self._has_connected = True
        self._terminal.throttle(producer)

    def welcomed(self, event: Success) -> None:
        """We are signed in."""
        self._talking = True
        self._terminal.show(view.line_of(event))
        self._terminal.show(view.banner())
        if event.rooms:
            self._terminal.show(view.in_rooms([room.name for room in event.rooms]))
        self._terminal.prompt(self._prompt)
        self._terminal.resume()

    @property
    def _prompt(self) -> str:
        """With what the next line is asked for."""
        return _PROMPT

    def refused(self, reason: str, code: str | None) -> None:
        """We are not signed in, and that is that."""
        self._refused = True
        self._fail(reason, code or "refused")

    # Passwords.

    def locked(self, reason: str, code: str) -> None:
        """Give the password that we have, or ask for it: a person, who may try three times."""
        tried = code == "wrong_password"
        if self._link is None or self.exit_code is not None:
            return
        if self._password is not None and code == "password_required" and self._may_send_password:
            self._link.unlock(self._password)
        elif not self._patient or not self._may_send_password or (tried and self._tries >= _MOST_TRIES):
            self._stay_out(self._why_locked(reason), code)
        elif code in ("claimed_only", "unusable_password"):
            self._complain(reason, code)
            self._terminal.show(_CLAIM_HINT)
            self._ask_secretly(passwords.new(self._claim_and_enter, self._take_another_name))
        else:
            if tried:
                self._complain(reason, code)
            elif self._talking:
                self._tell(f"[CLIENT] {reason}")
            else:
                self._terminal.show(_CLAIMED_HINT.format(shown_name(self._known["name"])))
            self._ask_secretly(
                passwords.of_name(shown_name(self._known["name"]), self._unlock, self._take_another_name)
            )

    def _why_locked(self, reason: str) -> str:
        """Say what to do where nobody is asked for a password."""
        if not self._may_send_password:
            return PLAIN_TEXT
        if not self._patient and self._password is None:
            return f"{reason} Nobody can be asked here: give --password-file FILE"
        return reason

    @property
    def _may_send_password(self) -> bool:
        """Whether nobody else can read it, or who is asked for it has said that nobody does."""
        return self._encrypted is not False or self._explicitly_plain or is_loopback(self._known["host"])

    def _ask_secretly(self, asking: Asking) -> None:
        self._asking = asking
        self._terminal.hide(True)
        self._terminal.prompt(asking.prompt)
        self._terminal.resume()

    def _told_secretly(self, asking: Asking, line: str) -> None:
        """Take an answer that is not shown; an empty one is none."""
        try:
            if line and asking.answer(line):
                self._terminal.prompt(asking.prompt)
                return
        except ValueError as wrong:
            self._terminal.prompt("")
            self._complain(str(wrong), "invalid_format")
            self._terminal.prompt(asking.prompt)
            return
        self._end_asking(asking)

    def _end_asking(self, asking: Asking) -> None:
        self._asking = None
        self._terminal.hide(False)
        self._terminal.prompt(self._prompt if self._talking else "")
        asking.end()

    def _unlock(self, password: str) -> None:
        self._tries += 1
        if self._link is not None:
            self._await_welcome()
            self._link.unlock(password)

    def _claim_and_enter(self, password: str) -> None:
        if self._link is not None:
            self._await_welcome()
            self._link.unlock(password, claims=True)

    def _await_welcome(self) -> None:
        if not self._talking:
            self._terminal.pause()

    def _take_another_name(self) -> None:
        """Ask for another name, unless one is somebody already: then it is over."""
        if self._talking:
            self._stay_out(f"'{shown_name(self._known['name'])}' takes its password", "password_required")
            return
        if self._link is not None:
            self._link.drop()
        self._link = None
        self._questions.append(QUESTIONS[-1])
        self._ask_on()

    def _stay_out(self, reason: str, code: str) -> None:
        if self._link is not None and self._talking:
            self._link.give_up(reason)
        else:
            self.refused(reason, code)

    def _claim(self, link: Link) -> None:
        """Ask for a password, and claim one's name with it."""
        self._check_secrets()
        if self._patient:
            self._ask_secretly(
                passwords.new(lambda password: self._send_secret(Claim(text=password), link), _nothing)
            )
        elif self._password is not None:
            self._ask(Claim(text=self._password), link)
        else:
            raise CommandError("Nobody can be asked for a password here: give --password-file FILE")

    def _change_password(self, link: Link) -> None:
        self._check_secrets()
        if not self._patient:
            raise CommandError("Nobody can be asked for a password here: change it in a terminal")
        self._ask_secretly(
            passwords.another(
                lambda present, new: self._send_secret(ChangePassword(text=new, current=present), link),
                _nothing,
            )
        )

    def _check_secrets(self) -> None:
        if not self._may_send_password:
            raise CommandError(PLAIN_TEXT)

    def _send_secret(self, command: Command, link: Link) -> None:
        try:
            self._ask(command, link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    # The server is there, and gone.

    def ready(self) -> None:
        """Take the next line."""
        self._let_type()

    def disconnected(self) -> None:
        """What we show comes from nowhere any more."""
        self._terminal.unthrottle()

    def closed(self, reason: str | None) -> None:
        """The connection is closed for good: by us if we are over already, else by the server."""
        self._terminal.prompt("")
        if reason is not None:
            self._complain(reason, "closed")
        if self._link is not None:
            self._display.closed(self._link.conversation.open, on_purpose=self.exit_code is not None)
        if not self._refused:
            self._terminal.show(view.disconnected())
        self._end(1)

    # Coming back.

    def dropped(self) -> None:
        """Say so; what is typed meanwhile is sent later, and whoever has ended his input does not wait."""
        self._tell(view.dropped(self._place))
        self._let_type()
        if self._patient and self._ended:
            self._leave_what_is_open()

    # The terminal tells.

    def typed(self, line: str) -> None:
        """Take an answer to a question, or a command."""
        if self.exit_code is not None:
            return
        if self._asking is not None:
            self._told_secretly(self._asking, line)
        elif self._questions:
            self._answered(self._questions[0], line)
        elif self._talking and self._link is not None and line.strip():
            self._obey(line, self._link)

    def typed_too_much(self, longest: int) -> None:
        """Refuse a line that no server would take."""
        self._complain(f"That line is too long: {longest} bytes is the limit", "too_long")

    def ended(self) -> None:
        """Leave once everything that was asked is answered; a person does not wait for a server to return."""
        self._ended = True
        if self._asking is not None:
            self._end_without_password(self._asking)
        elif self._questions:
            self._fail("The input ended before the server and your name were known", "unknown_name")
        elif self._talking and self._link is not None:
            if self._patient and self._link.away:
                self._leave_what_is_open()
            else:
                self._link.settled().addCallbacks(lambda _: self._end(0), self._unsettled)

    def _end_without_password(self, asking: Asking) -> None:
        if self._talking and self._link is not None and not self._link.is_locked:
            self._end_asking(asking)
            self.ended()
        else:
            self._fail("The input ended before the password was known", "password_required")

    def unheard(self) -> None:
        """Leave: nobody reads what we show."""
        self._end(1)

    # Talking.

    def _obey(self, line: str, link: Link) -> None:
        try:
            match parse(line):
                case Help(""):
                    self._terminal.show(view.help_text())
                case Help(name):
                    self._terminal.show(view.help_of(usage_of(name)))
                case Quit():
                    self._end(0)
                case Recall() as recall:
                    self._ask(self._history(recall, link), link)
                case ClaimName():
                    self._claim(link)
                case OtherPassword():
                    self._change_password(link)
                case command:
                    self._ask(command, link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _ask(self, command: Command, link: Link) -> Command:
        """Ask something; return it as it goes over the wire.

        Raises:
            CommandError: it can't be asked.
        """
        if link.away and link.full:
            raise CommandError(f"Not sent: {MOST_OPEN} requests wait already for the server to return")
        if not fits(command):
            raise CommandError(f"Not sent: that is too long, {LONGEST_LINE} bytes is the limit")
        if isinstance(command, Claim | ChangePassword):
            self._check_secrets()
        asked = link.ask(command)
        self._asked(asked)
        if isinstance(command, Say | Tell):
            self._spoken_to = f"@{command.receiver}" if isinstance(command, Tell) else command.receiver
        return asked

    def _asked(self, command: Command) -> None:
        """Know what was asked, with its id."""

    def _let_type(self) -> None:
        """Take no more commands than the server keeps up with; but a person may leave at any time."""
        if self._link is None or (self._link.full and not (self._link.away and self._patient)):
            self._terminal.pause()
        elif self._talking:
            self._terminal.resume()

    def _leave_what_is_open(self) -> None:
        self._end(0 if self._link is None or self._link.conversation.idle else 1)

    def _unsettled(self, failure: Failure) -> None:
        failure.trap(Unanswered)
        self._fail(UNANSWERED.format(failure.value), "unanswered")

    # What was said before.

    def _here(self) -> str:
        """Return the room, or `@` and the person, one talks with; "" if nobody can tell."""
        return self._spoken_to

    def _history(self, recall: Recall, link: Link) -> History:
        """Ask for it of the room or person that was named, or spoken to last, or of the only room."""
        rooms = link.conversation.rooms
        name = recall.name or self._here() or (rooms[0] if len(rooms) == 1 else "")
        if not name:
            raise CommandError("Of which room or person? Usage: /history [room|user] [N|2h]")
        receiver, private = meant(name)
        if recall.ago is not None:
            since = self._now() - recall.ago
            return History(receiver=receiver, private=private, limit=MOST_HISTORY, since=since)
        return History(receiver=receiver, private=private, limit=recall.count or USUAL_HISTORY)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._time_of_day(), UTC).astimezone(self._zone)


def _nothing() -> None:
    """Go on as before."""


def _explained(failure: Failure, place: str) -> str:
    """Say in a sentence why a server can't be reached."""
    if failure.check(error.ConnectionRefusedError):
        return f"Connection refused: is the server running at {place}?"
    if failure.check(error.DNSLookupError):
        return f"There is no such host: check the address {place}"
    if failure.check(NotSecure):
        return str(failure.value)
    if failure.check(error.TimeoutError):
        return f"No answer from {place}: check the address, and the firewall there"
    return f"Can't connect to {place}: {failure.getErrorMessage()}"


def run(options: Options) -> None:
    """Run the client; its exit code is 0 if everything went well, and 1 if it did not."""
    if not (options["plain"] or options["json"]) and screen_is_possible():
        from classchat.client.screen_main import run as run_on_screen

        sys.exit(run_on_screen(options))
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([failures], redirectStandardIO=False)

    with restored_terminal(), kept_echo() as echo:
        from twisted.internet import reactor  # not earlier: its files must not take the terminal's numbers

        from classchat.client.json_app import JsonApp

        measure_steadily(reactor)
        app = JsonApp(reactor, options) if options["json"] else App(reactor, options, patient=os.isatty(0))
        reactor.callWhenRunning(leave_on_signals, app, reactor, ENDING)
        reactor.callWhenRunning(lambda: app.start(open_terminal(app, reactor, options["json"], echo)))
        if echo is not None:
            call_when_continued(echo.again, reactor)
        reactor.addSystemEventTrigger("before", "shutdown", ignore_signals, ENDING)
        reactor.addSystemEventTrigger("before", "shutdown", app.wind_up)
        reactor.run()
    sys.exit(app.exit_code)


def _from_settings() -> Options:
    """Return what config.toml says, for where the command line says nothing.

    Raises:
        SystemExit: something is wrong with the file.
    """
    try:
        return Options(read_settings(user_config_path("classchat", appauthor=False) / "config.toml", READERS))
    except SettingsError as error:
        sys.exit(f"classchat: {error}")


LINE = Line(Options, run, _from_settings)
