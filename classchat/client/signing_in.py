"""From the first question to the welcome: who somebody is, where they go, and the passwords that takes.

What a person is asked, and what ends that:

    asking      -> connecting   host, port and name are known
    connecting  -> welcome      app.py goes on
    connecting  -> asking       the server refuses the name: another one is asked for
    connecting  -> hidden       the name takes a password, or has to be claimed first
    hidden      -> connecting   the password is sent
    hidden      -> asking       Enter alone: another name

Nothing ends the client while a person types a password, for what they type next would stand in clear text at
the shell's prompt. A script is told once what is wrong, and ends.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from classchat.client import password_prompts
from classchat.client.commands.typed import CommandError
from classchat.client.display import view
from classchat.client.display.observer import Observer
from classchat.client.display.stranger import shown_name
from classchat.client.link.addresses import is_loopback, place
from classchat.client.link.connection import ClientProtocol
from classchat.client.link.endpoints import endpoint_to, explained
from classchat.client.link.link import Link, LinkListener
from classchat.client.password_prompts import PLAIN_TEXT, Asking
from classchat.client.questions import QUESTIONS, Question
from classchat.client.tty.surface import Surface
from classchat.errors import ClaimsClosed
from classchat.messages import ChangePassword, Claim, Command

_PROMPT = "You: "
_REMIND_AFTER = 3  # wrong passwords, after which it is said again that there are other names
_CLAIMED_HINT = "[CLIENT] '{}' is somebody's name: its password, or Enter alone for another name"
_CLAIM_HINT = "[CLIENT] With a password the name is yours; Enter alone takes another name"
_HAVE_TO_CLAIM = ("claimed_only", "unusable_password")
THE_NAME = {"claims_closed", "invalid_name", "name_too_similar", "username_taken"}
"""The codes of refusals that only another name helps against."""

NOT_THE_NAME = {
    "busy",
    "internal_error",
    "plaintext_only",
    "shutting_down",
    "slow_reader",
    "timeout",
    "tls_required",
}
"""The codes of refusals that another name would meet as well."""


class SigningIn(LinkListener):
    """The client at a terminal, up to the welcome; and whatever is asked there without being shown."""

    def __init__(
        self,
        reactor: Any,
        options: Mapping[str, Any],
        patient: bool,
        ids: Iterator[str] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Ask again after a wrong answer if who answers is a person: `patient`.

        `ids` and `jitter` are those of a test, or else our own.
        """
        self.exit_code: int | None = None
        self._reactor = reactor
        self._patient = patient
        self._retry = options["retry"]
        self._encrypted, self._fingerprint = options.get("encrypted"), options.get("fingerprint")
        self._ids, self._jitter = ids, jitter
        self._known = {question.option: options[question.option] for question in QUESTIONS}
        self._password: str | None = options.get("password")
        self._explicitly_plain = bool(options.get("no-tls"))
        self._asking: Asking | None = None
        self._sealed = (
            False  # whether a password is on its way, so that nothing is shown until it is answered
        )
        self._claims = False  # whether it claims the name
        self._tries = 0
        self._has_connected = False
        self._questions = deque(question for question in QUESTIONS if self._known[question.option] is None)
        self._terminal: Surface
        self._display: Observer
        self._link: Link | None = None
        self._talking = False
        self._refused = False

    def start(self, terminal: Surface) -> None:
        """Begin with the first question, or connect."""
        self._terminal = terminal
        self._ask_on()

    def _end(self, exit_code: int) -> None:
        """Be over, unless we are already."""
        if self.exit_code is None:
            self._over(exit_code)
            with suppress(ReactorNotRunning):  # it was stopped in this very turn
                self._reactor.stop()

    def _over(self, exit_code: int) -> None:
        """Be over; what was hidden stays so until the terminal is restored, with what is typed meanwhile."""
        self.exit_code = exit_code
        self._talking = False
        self._asking = None
        self._terminal.prompt("")

    def _fail(self, reason: str, code: str) -> None:
        if self.exit_code is None:
            self._asking = None
            self._terminal.prompt("")
            self._give_up(reason, code)
            self._end(1)

    def _give_up(self, reason: str, code: str) -> None:
        """Say why it is over."""
        self._complain(reason, code)

    def _complain(self, reason: str, code: str) -> None:  # noqa: ARG002
        """Say what goes wrong; `code` is what programs call it."""
        self._tell(view.error(reason))

    def _tell(self, line: str) -> None:
        """Show a line of ours."""
        self._terminal.show(line)

    @property
    def _prompt(self) -> str:
        """With what the next line is asked for."""
        return _PROMPT

    @property
    def _name(self) -> str:
        """The name as it may be shown."""
        return shown_name(self._known["name"])

    # Asking.

    def _ask_on(self) -> None:
        if self._questions:
            self._terminal.prompt(self._questions[0].prompt)
        else:
            self._connect()

    def _answered(self, question: Question, line: str) -> None:
        if self._patient and line.strip().lower() == "/quit":
            self._end(0)
            return
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

    def _ask_another_name(self) -> None:
        """Give up the connection, and ask for a name; what was typed before that is no answer."""
        self._asking = None
        self._stop_talking()
        self._drop_link()
        self._unseal()
        self._terminal.forget()
        self._questions.append(QUESTIONS[-1])
        self._terminal.resume()
        self._ask_on()

    def _stop_talking(self) -> None:
        """Give up the name that one was signed in with, if there was one."""

    def _drop_link(self) -> None:
        if self._link is not None:
            self._link.drop()
        self._link = None

    # Connecting.

    @property
    def _place(self) -> str:
        return place(self._known["host"], self._known["port"])

    def _connect(self, password: str = "") -> None:
        """Call the server, which has asked for the `password` before if there is one."""
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
        self._tries = int(bool(password))
        self._claims = self._claims and bool(password)
        self._has_connected = False
        self._display = self._new_display(name)
        self._link = Link(
            endpoint, name, self._display, self, self._reactor, self._ids, self._retry, self._jitter
        )
        if password:
            self._link.unlock(password, claims=self._claims)
        self._link.open()

    def _new_display(self, name: str) -> Observer:
        raise NotImplementedError

    def unreachable(self, failure: Failure) -> None:
        """Say why nobody can be reached; who has typed a password is asked again."""
        reason = explained(failure, self._place)
        if self._tries and self._patient and self.exit_code is None:
            self._complain(reason, "unreachable")
            self._link = None  # it is over by itself
            self._ask_password_again()
        else:
            self._fail(reason, "unreachable")

    def connected(self, producer: ClientProtocol) -> None:
        """The server is there: what it says is shown as fast as it is read, and no faster."""
        if not self._talking and not self._has_connected:
            self._terminal.show(view.connected(self._known["host"], self._known["port"]))
        self._has_connected = True
        self._terminal.throttle(producer)

    def refused(self, reason: str, code: str | None) -> None:
        """We are not signed in: a person may have another name, or the password again."""
        if self.exit_code is not None:
            return
        again = self._tries and code not in THE_NAME
        if self._patient and again:
            self._complain(reason, code or "refused")
            self._drop_link()
            self._ask_password_again()
        elif self._patient and code is not None and code not in NOT_THE_NAME:
            self._complain(reason, code or "refused")
            self._ask_another_name()
        else:
            self._refused = True
            self._fail(reason, code or "refused")

    # Passwords.

    def locked(self, reason: str, code: str) -> None:
        """Give the password that we have, or ask for it: a person, as often as it takes."""
        tried = code == "wrong_password"
        if self._link is None or self.exit_code is not None:
            return
        if self._password is not None and code == "password_required" and self._may_send_password:
            self._link.unlock(self._password)
        elif not self._patient or not self._may_send_password:
            self._stay_out(self._why_locked(reason), code)
        elif code in _HAVE_TO_CLAIM:
            self._complain(reason, code)
            self._terminal.show(_CLAIM_HINT)
            self._ask_secretly(password_prompts.new(self._claim_and_enter, self._ask_another_name))
        else:
            if tried:
                self._complain(reason, code)
            elif self._talking:
                self._tell(f"[CLIENT] {reason}")
            if not self._tries % _REMIND_AFTER and not self._talking:
                self._terminal.show(_CLAIMED_HINT.format(self._name))
            self._ask_password()

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

    def _ask_password(self) -> None:
        self._ask_secretly(password_prompts.of_name(self._name, self._unlock, self._ask_another_name))

    def _ask_password_again(self) -> None:
        """Ask where there is no connection any more: the answer makes another one."""
        if self._claims:
            self._ask_secretly(password_prompts.new(self._call_again, self._ask_another_name))
        else:
            self._ask_secretly(password_prompts.of_name(self._name, self._call_again, self._ask_another_name))

    def _ask_secretly(self, asking: Asking) -> None:
        self._asking = asking
        self._sealed = False
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
            self._terminal.forget()  # it may be the beginning of more that was pasted
            self._terminal.prompt("")
            self._complain(str(wrong), "invalid_format")
            self._terminal.prompt(asking.prompt)
            return
        self._end_asking(asking)

    def _end_asking(self, asking: Asking) -> None:
        self._asking = None
        self._terminal.prompt("")
        asking.end()
        if self._asking is None and not self._sealed and not self._questions and self.exit_code is None:
            self._unseal()

    def _seal(self) -> None:
        """Show and take nothing before the server has answered."""
        self._sealed = True
        self._terminal.pause()

    def _unseal(self) -> None:
        """Show what is typed again; what was typed meanwhile is gone, and was never shown."""
        self._sealed = False
        self._terminal.hide(False)
        self._terminal.prompt(self._prompt if self._talking else "")

    def _unlock(self, password: str) -> None:
        self._send_password(password, claims=False)

    def _claim_and_enter(self, password: str) -> None:
        self._send_password(password, claims=True)

    def _send_password(self, password: str, *, claims: bool) -> None:
        self._tries += 1
        self._claims = claims
        if self._link is not None:
            self._seal()
            self._link.unlock(password, claims=claims)

    def _call_again(self, password: str) -> None:
        self._seal()
        self._connect(password)

    def _stay_out(self, reason: str, code: str) -> None:
        if self._link is not None and self._talking:
            self._link.give_up(reason)
        else:
            self._refused = True
            self._fail(reason, code)

    def _claim(self, link: Link) -> None:
        """Ask for a password, and claim one's name with it."""
        self._check_claim(link, claimed=False)
        self._check_secrets()
        if self._patient:
            self._ask_secretly(
                password_prompts.new(
                    lambda password: self._send_secret(Claim(text=password), link), self._keep
                )
            )
        elif self._password is not None:
            self._ask(Claim(text=self._password), link)
        else:
            raise CommandError("Nobody can be asked for a password here: give --password-file FILE")

    def _change_password(self, link: Link) -> None:
        self._check_claim(link, claimed=True)
        self._check_secrets()
        if not self._patient:
            raise CommandError("Nobody can be asked for a password here: change it in a terminal")
        self._ask_secretly(
            password_prompts.another(
                lambda present, new: self._send_secret(ChangePassword(text=new, current=present), link),
                self._keep,
            )
        )

    def _keep(self) -> None:
        """Say that a question for a password was answered with none."""
        self._tell("[CLIENT] No password was changed")

    def _check_claim(self, link: Link, *, claimed: bool) -> None:
        """Refuse what a server would refuse, before a person is asked for a password for it.

        Raises:
            CommandError: the name is not claimed, or it is, or there is no claiming here.
        """
        conversation = link.conversation
        if not self._patient:
            return  # nobody is asked, and a program wants the server's own code
        if conversation.first_version:
            raise CommandError("This server is of the first version, and does not know that command")
        if claimed and not conversation.claimed:
            raise CommandError(f"'{self._name}' is not claimed, so it has no password: /claim gives it one")
        if not claimed and conversation.claimed:
            raise CommandError(f"'{self._name}' is claimed already: /password changes its password")
        if not (claimed or conversation.takes_claims):
            raise CommandError(ClaimsClosed().text)

    def _check_secrets(self) -> None:
        if not self._may_send_password:
            raise CommandError(PLAIN_TEXT)

    def _send_secret(self, command: Command, link: Link) -> None:
        try:
            self._ask(command, link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _ask(self, command: Command, link: Link) -> Command:
        raise NotImplementedError

    def _let_type(self) -> None:
        raise NotImplementedError
