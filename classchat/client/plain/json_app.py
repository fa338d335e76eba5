"""The client for programs in any language, `classchat --json`: the protocol's lines out, and in.

It is the piped mode in other words: what is asked is a line of docs/protocol.md, or a command as people type
it, and what is heard is a line of docs/protocol.md. What we have to say ourselves is one, too, from `CLIENT`.

-> {"status":"group","receiver":"CS350","text":"Hello","id":"1"}
-> /join CS350
<- {"sender":"SERVER","receiver":"Alice","text":"...","status":"success","id":"1","seq":7}
<- {"sender":"CLIENT","receiver":"Alice","text":"...","status":"error","code":"connection_lost"}

A program's ids are its own affair: over the wire go ours, which no other run uses. So it may count 1, 2, 3
each time, and what is sent again after a lost connection is still said once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from classchat.client.app import App
from classchat.client.commands.past import Pages
from classchat.client.commands.table import parse, usage_of
from classchat.client.commands.typed import Asked as Typed
from classchat.client.commands.typed import ClaimName, CommandError, Further, Help, OtherPassword, Recall
from classchat.client.display import view
from classchat.client.display.observer import Observer
from classchat.client.link.answers import NotConfirmed
from classchat.client.link.connection import ClientProtocol
from classchat.client.link.conversation import Asked
from classchat.client.link.link import Link
from classchat.client.questions import QUESTIONS
from classchat.client.tty.surface import Surface
from classchat.errors import AlreadyRegistered, ChatError
from classchat.messages import Command, Error, Event, Group, Private, Quit, Register, Say, Success, Tell
from classchat.wire.lines import decode_command, encode

_CLIENT = "CLIENT"
_NEITHER = "A line is a message of the protocol, {...}, or a command that starts with '/'"


class JsonLines(Observer):
    """Writes what happens in a conversation as lines of the protocol."""

    def __init__(self, terminal: Surface, me: str, where: str) -> None:
        """Write to `terminal` what `me` hears from the server that is `where`."""
        self._terminal = terminal
        self._me = me
        self._where = where
        self.own = {}
        self._ids: dict[str, str] = {}
        self.pages = Pages()

    def write(self, event: Event) -> None:
        """Write a line, without what nobody but us may know."""
        if isinstance(event, Success):
            event = replace(event, token=None)
        self._terminal.show(encode(event).decode().removesuffix("\n"))

    def says(self, text: str) -> None:
        """Write that something is as it should be."""
        self.write(Success(_CLIENT, self._me, text))

    def complains(self, text: str, code: str, id: str | None = None) -> None:
        """Write that something is not."""
        self.write(Error(_CLIENT, self._me, text, code=code, id=id))

    def knows(self, id: str, as_id: str) -> None:
        """Know that the program calls a request `id` that goes over the wire `as_id`."""
        if id != as_id:
            self._ids[as_id] = id

    # The conversation tells.

    def heard(self, event: Event, request: Command | None) -> None:
        """Write what the server tells; a message that was accepted is answered to who gave it an id."""
        if isinstance(event, Group | Private):
            self.pages.keeps(event)  # a program reads what is found as it comes
        else:
            self.pages.answered(event)
        match event:
            case Success() | Error():
                id = self._ids.pop(event.id or "", None) if request is not None else event.id
                if id is not None or isinstance(event, Error) or not isinstance(request, Say | Tell):
                    self.write(replace(event, id=id))
            case _:
                self.write(event)
        self.pages.go_on()

    def missed(self, welcome: Success) -> None:
        """Write the welcome that says that something is missing."""
        self.write(welcome)

    def rejoined(self, room: str, answer: Success | Error) -> None:  # noqa: ARG002
        """Write the answer that says that something is missing, or that one is in the room no more."""
        if isinstance(answer, Error) or answer.gap:
            self.write(replace(answer, id=None))

    def returned(self, rooms: Sequence[str], again: int) -> None:
        """Write that all is well."""
        self.pages.returned()
        self.says(view.sentence_of_return(self._where, rooms, again))

    def unconfirmed(self, asked: Sequence[Asked]) -> None:
        """Write of what was asked that nobody knows what became of it."""
        for one in asked:
            self._not_answered(one, NotConfirmed().text, NotConfirmed.code)

    def not_done(self, asked: Asked) -> None:
        """Do nothing: the refusal stands there."""

    def closed(self, asked: Sequence[Asked], on_purpose: bool) -> None:
        """Write the same of what is left in the end; who leaves `on_purpose` misses no list."""
        for one in asked:
            if one.sent and (one.counts or not on_purpose):
                self._not_answered(one, NotConfirmed().text, NotConfirmed.code)
            elif one.counts or not on_purpose:
                self._not_answered(one, "This was not sent: the connection was lost before.", "not_sent")

    def _not_answered(self, asked: Asked, text: str, code: str) -> None:
        self.complains(text, code, self._ids.pop(asked.command.id or "", None))


class JsonApp(App):
    """The client in its mode for programs."""

    def __init__(self, reactor: Any, options: Mapping[str, Any], **more: Any) -> None:
        """Ask nothing: what the command line does not say is as usual, but for one's name."""
        usual = {each.option: each.default for each in QUESTIONS if each.default}
        known = {option: options[option] or each for option, each in usual.items()}
        super().__init__(reactor, {**options, **known, "port": int(known["port"])}, patient=False, **more)
        self._lines: JsonLines

    def start(self, terminal: Surface) -> None:
        """Connect, if it is known as whom."""
        self._lines = JsonLines(terminal, self._known["name"] or "", self._place)
        if self._known["name"] is None:
            self._terminal = terminal
            self._questions.clear()
            self._fail("A user name is needed: classchat --json NAME@HOST:PORT", "unknown_name")
        else:
            super().start(terminal)

    # The link tells.

    def _new_display(self, name: str) -> Observer:  # noqa: ARG002
        return self._lines

    def _complain(self, reason: str, code: str) -> None:
        self._complaints += 1
        self._lines.complains(reason, code)

    def connected(self, producer: ClientProtocol) -> None:
        """Read no faster than the program does."""
        self._terminal.throttle(producer)

    def welcomed(self, event: Success) -> None:
        """Be signed in."""
        self._talking = True
        self._lines.write(event)
        self._terminal.resume()

    def dropped(self) -> None:
        """Say so; what is asked meanwhile is sent later."""
        self._lines.pages.lost()
        self._complain(view.sentence_of_loss(self._place), "connection_lost")
        self._let_type()

    def closed(self, reason: str | None) -> None:
        """Say what is not answered, and that it is over, unless the program knows that."""
        if self._link is not None:
            self._lines.closed(self._link.conversation.open, on_purpose=self.exit_code is not None)
        self._fail(reason or "Disconnected from server", "closed")

    # The program asks.

    def _obey(self, line: str, link: Link) -> None:
        try:
            self._do(_read(line), link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        except ChatError as wrong:
            self._complaints += 1
            self._lines.complains(wrong.text, wrong.code, getattr(wrong, "id", None))
        self._let_type()

    def _do(self, typed: Typed, link: Link) -> None:
        match typed:
            case Help(""):
                self._lines.says(view.help_text())
            case Help(name):
                self._lines.says(view.help_of(usage_of(name)))
            case Recall() as recall:
                self._ask(self._history(recall, link), link)
            case Further(kind):
                self._go_on_reading(kind, link)
            case Quit():
                self._end(0)
            case ClaimName():
                self._claim(link)
            case OtherPassword():
                self._change_password(link)
            case Register(id=id):
                self._complaints += 1
                self._lines.complains(AlreadyRegistered(self._known["name"]).text, AlreadyRegistered.code, id)
            case command:
                self._answer_later(command, link)

    def _answer_later(self, command: Command, link: Link) -> None:
        try:
            asked = self._ask(command, link)
        except CommandError as wrong:
            self._complaints += 1
            self._lines.complains(str(wrong), "invalid_command", command.id)
            return
        if command.id is not None and asked.id is not None:
            self._lines.knows(command.id, asked.id)


def _read(line: str) -> Typed:
    """Return what a program asks.

    Raises:
        ChatError: it is a message of the protocol, and is not as it has to be.
        CommandError: it is a command as people type it, and is not; or it is neither.
    """
    raw = line.encode(errors="surrogateescape")
    if line.lstrip().startswith("{"):
        return decode_command(raw)
    if not line.lstrip().startswith("/"):
        raise CommandError(_NEITHER)
    return parse(raw.decode(errors="replace"))
