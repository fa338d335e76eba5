"""From the first question to the welcome: the server, the user's name, and the passwords that takes.

The states of a client at a terminal, and what ends them:

    asking      -> connecting   host, port and name are known
    connecting  -> welcome      app.py goes on
    connecting  -> asking       the server refuses the name: the client asks for another one
    connecting  -> hidden       the name takes a password, or has to be registered first
    hidden      -> connecting   the password is sent
    hidden      -> asking       Enter alone: another name

Nothing ends the client while a person types a password: the rest of it would stand in clear text at the
shell's prompt. A script is told once what is wrong, and ends.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from classchat.client.audience import Audience
from classchat.client.client_session import ClientSession
from classchat.client.destination import Destination
from classchat.client.display import view
from classchat.client.display.observer import Observer
from classchat.client.link.endpoints import explained
from classchat.client.link.link import Link
from classchat.client.link.listener import LinkListener
from classchat.client.link.protocol import ClientProtocol
from classchat.client.password_dialog import PasswordDialog
from classchat.client.password_entry import Door, PasswordEntry
from classchat.client.password_prompts import PLAIN_TEXT, PasswordQuestions
from classchat.client.questions import QUESTIONS, Question
from classchat.client.tty.surface import Surface
from classchat.client.world import World

_PROMPT = "You: "
_REMIND_AFTER = 3  # wrong passwords, after which the hint about other names is shown again
_CLAIMED_HINT = "[CLIENT] '{}' is registered: type its password, or press Enter for another name"
_CLAIM_HINT = "[CLIENT] Choose a password to register this name, or press Enter for another name"
_HAVE_TO_CLAIM = ("claimed_only", "unusable_password")
THE_NAME = {"claims_closed", "invalid_name", "name_too_similar", "username_taken"}
"""The codes of refusals for which only another name helps."""

NOT_THE_NAME = {
    "busy",
    "internal_error",
    "plaintext_only",
    "shutting_down",
    "slow_reader",
    "timeout",
    "tls_required",
    "wrong_code",
}
"""The codes of refusals that another name would get as well."""


class SigningIn(LinkListener, Door):
    """The client at a terminal, up to the welcome; and the passwords that it asks for later."""

    def __init__(self, world: World, destination: Destination, audience: Audience) -> None:
        """Sign in at the `destination`; ask its `audience` for what is not known."""
        self.exit_code: int | None = None
        self._world = world
        self._destination = destination
        self._audience = audience
        self._questions = deque(destination.unknown)
        self._terminal: Surface
        self._dialog: PasswordDialog
        self._entry: PasswordEntry
        self._session: ClientSession | None = None
        self._has_connected = False
        self._talking = False
        self._refused = False

    def start(self, terminal: Surface) -> None:
        """Begin with the first question, or connect."""
        self._open(terminal)
        self._ask_on()

    def _open(self, terminal: Surface) -> None:
        self._terminal = terminal
        self._dialog = PasswordDialog(terminal, lambda reason: self._complain(reason, "invalid_format"))
        self._entry = PasswordEntry(self._destination, self._dialog, self)

    # Ending.

    def _end(self, exit_code: int) -> None:
        """End the client, unless it has ended already."""
        if self.exit_code is None:
            self._over(exit_code)
            with suppress(ReactorNotRunning):  # it was stopped in this very turn
                self._world.reactor.stop()

    def _over(self, exit_code: int) -> None:
        """Take nothing any more. What is hidden stays hidden until the terminal is restored."""
        self.exit_code = exit_code
        self._talking = False
        self._dialog.drop()
        self._terminal.prompt("")

    def _fail(self, reason: str, code: str) -> None:
        if self.exit_code is None:
            self._dialog.drop()
            self._terminal.prompt("")
            self._give_up(reason, code)
            self._end(1)

    def _give_up(self, reason: str, code: str) -> None:
        """Say why the client ends."""
        self._complain(reason, code)

    # Telling.

    def _complain(self, reason: str, code: str) -> None:  # noqa: ARG002
        """Say what goes wrong; `code` is its name for programs."""
        self.tell(view.error(reason))

    def tell(self, line: str) -> None:
        """Show a line of the client's own."""
        self._terminal.show(line)

    @property
    def _prompt(self) -> str:
        """The prompt of the next line."""
        return _PROMPT

    # Asking.

    def _ask_on(self) -> None:
        if self._questions:
            self._terminal.prompt(self._questions[0].prompt)
        elif self._destination.code is not None:
            self._register()
        else:
            self.connect()

    def _register(self) -> None:
        """Register the name of a student, with the join code and a password."""
        password = self._destination.password
        if not self._destination.may_send_password:
            self._fail(PLAIN_TEXT, "tls_required")
        elif password is not None:
            self._entry.register(password)
        elif self._audience.is_person:
            self._terminal.pause()
            self._terminal.show(_CLAIM_HINT)
            self._entry.ask_to_register()
        else:
            self._fail("With --code, give the new password with --password-file FILE", "password_required")

    def _answered(self, question: Question, line: str) -> None:
        if self._audience.is_person and line.strip().lower() == "/quit":
            self._end(0)
            return
        try:
            self._destination.answer(question, line.strip())
        except ValueError as wrong:
            report = self._complain if self._audience.is_person else self._fail
            report(str(wrong), "invalid_format")
            return
        self._questions.popleft()
        self._terminal.prompt("")
        self._ask_on()

    def ask_another_name(self) -> None:
        """Give up the connection, and ask for a name; what was typed before that is no answer."""
        self._dialog.drop()
        self._stop_talking()
        self._drop_session()
        self._unseal()
        self._terminal.forget()
        self._questions.append(QUESTIONS[-1])
        self._terminal.resume()
        self._ask_on()

    def _stop_talking(self) -> None:
        """Give up the name that the user was signed in with, if there was one."""

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.link.drop()
        self._session = None

    # Connecting.

    def connect(self, password: str = "") -> None:
        """Call the server; with a `password` if it has asked for one before."""
        self._terminal.pause()  # what is typed, or piped, waits until the welcome
        world, name = self._world, self._destination.name
        endpoint = self._destination.endpoint(
            world.reactor, lambda sentence: self._terminal.show(f"[CLIENT] {sentence}")
        )
        self._entry.begin(password)
        self._has_connected = False
        display = self._new_display(name)
        retry = self._destination.retry
        link = Link(endpoint, name, display, self, world.reactor, world.ids, retry, world.jitter)
        self._session = ClientSession(link, display)
        if password:
            link.unlock(password, claims=self._entry.claims, code=self._destination.code)
        link.open()

    def _new_display(self, name: str) -> Observer:
        raise NotImplementedError

    def unreachable(self, failure: Failure) -> None:
        """Say why the server can't be reached; ask a user who has typed a password again."""
        reason = explained(failure, self._destination.place)
        if self._entry.tries and self._audience.is_person and self.exit_code is None:
            self._complain(reason, "unreachable")
            self._session = None  # its link has ended by itself
            self._entry.ask_again()
        else:
            self._fail(reason, "unreachable")

    def connected(self, producer: ClientProtocol) -> None:
        """Show the new connection, and read from it no faster than the output is read."""
        if not self._talking and not self._has_connected:
            self._terminal.show(view.connected(self._destination.place))
        self._has_connected = True
        self._terminal.throttle(producer)

    def refused(self, reason: str, code: str | None) -> None:
        """Ask a person for another name, or for the password again; end a script."""
        if self.exit_code is not None:
            return
        again = self._entry.tries and code not in THE_NAME and code != "wrong_code"
        if self._audience.is_person and again:
            self._complain(reason, code or "refused")
            self._drop_session()
            self._entry.ask_again()
        elif self._audience.is_person and code is not None and code not in NOT_THE_NAME:
            self._complain(reason, code or "refused")
            self.ask_another_name()
        else:
            self._refused = True
            self._fail(reason, code or "refused")

    # Passwords.

    def locked(self, reason: str, code: str) -> None:
        """Give the password from the file, or ask a person for it, as often as it takes."""
        if self._session is None or self.exit_code is not None:
            return
        password, may_send = self._destination.password, self._destination.may_send_password
        if password is not None and code == "password_required" and may_send:
            self._session.link.unlock(password)
        elif not self._audience.is_person or not may_send:
            self._stay_out(self._why_locked(reason), code)
        elif code in _HAVE_TO_CLAIM:
            self._complain(reason, code)
            self._terminal.show(_CLAIM_HINT)
            self._entry.ask_to_claim()
        else:
            if code == "wrong_password":
                self._complain(reason, code)
            elif self._talking:
                self.tell(f"[CLIENT] {reason}")
            if not self._entry.tries % _REMIND_AFTER and not self._talking:
                self._terminal.show(_CLAIMED_HINT.format(self._destination.shown_name))
            self._entry.ask()

    def _why_locked(self, reason: str) -> str:
        """Return what to do if the client can't ask for a password."""
        if not self._destination.may_send_password:
            return PLAIN_TEXT
        if not self._audience.is_person and self._destination.password is None:
            return f"{reason} Give the password with --password-file FILE"
        return reason

    def _stay_out(self, reason: str, code: str) -> None:
        if self._session is not None and self._talking:
            self._session.link.give_up(reason)
        else:
            self._refused = True
            self._fail(reason, code)

    def ask_secretly(self, asking: PasswordQuestions) -> None:
        """Ask the user for passwords, without showing what is typed."""
        self._dialog.ask(asking)

    def _told_secretly(self, line: str) -> None:
        if self._dialog.take(line):
            self._end_dialog()

    def _end_dialog(self) -> None:
        self._dialog.end()
        if self._dialog.is_open and not self._questions and self.exit_code is None:
            self._unseal()

    def _unseal(self) -> None:
        self._dialog.unseal(self._prompt if self._talking else "")

    def unlock(self, password: str) -> None:
        """Send a password over the connection, if there still is one."""
        if self._session is not None:
            self._dialog.seal()
            self._session.link.unlock(password, claims=self._entry.claims, code=self._destination.code)
