"""The client's destination: the server's address, and the name to sign in with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IStreamClientEndpoint

from classchat.client.display.stranger import shown_name
from classchat.client.link.addresses import is_loopback, place
from classchat.client.link.endpoints import endpoint_to
from classchat.client.questions import QUESTIONS, Question


class Destination:
    """A server, and a name there: from the command line and config.toml, the rest from questions."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Take what the `options` say."""
        self._known = {question.option: options[question.option] for question in QUESTIONS}
        self.retry: float = options["retry"]
        """Seconds in which to reconnect."""
        self.password: str | None = options.get("password")
        """The password from a file, if there is one."""
        self.code: str | None = options.get("code")
        """The join code of a student, who chooses a password and registers the name."""
        self._encrypted: bool | None = options.get("encrypted")
        self._fingerprint: str | None = options.get("fingerprint")
        self._explicitly_plain = bool(options.get("no-tls"))

    @property
    def unknown(self) -> list[Question]:
        """The questions that are not answered yet."""
        return [question for question in QUESTIONS if self._known[question.option] is None]

    def answer(self, question: Question, text: str) -> None:
        """Take the answer to a question; an empty one stands for the default.

        Raises:
            ValueError: it is no answer; the sentence says why.
        """
        self._known[question.option] = question.read(text or question.default)

    def take_defaults(self) -> None:
        """Answer the questions that have a default with it."""
        for question in self.unknown:
            if question.default:
                self.answer(question, "")

    @property
    def host(self) -> str:
        """The server's host."""
        return str(self._known["host"])

    @property
    def port(self) -> int:
        """The server's port."""
        return int(self._known["port"])

    @property
    def name(self) -> str:
        """The user's name; `""` if it is not known yet."""
        return self._known["name"] or ""

    def rename(self, name: str) -> None:
        """Record another name, which the server has given."""
        self._known["name"] = name

    @property
    def shown_name(self) -> str:
        """The user's name in a form that is harmless to a terminal."""
        return shown_name(self.name)

    @property
    def place(self) -> str:
        """The server's host and port, as a user types them."""
        return place(self.host, self.port)

    @property
    def may_send_password(self) -> bool:
        """Whether a password is safe on the way: encrypted, on this machine, or the user has said so."""
        return self._encrypted is not False or self._explicitly_plain or is_loopback(self.host)

    def endpoint(self, reactor: Any, tell: Callable[[str], object]) -> IStreamClientEndpoint:
        """Return the way to the server; `tell` is called with sentences about its certificate."""
        return endpoint_to(reactor, self.host, self.port, self._encrypted, self._fingerprint, tell)
