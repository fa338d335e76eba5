"""The client for programs in any language, `classchat --json`: the protocol's lines out, and in.

Its input is lines of docs/protocol.md, or commands as people type them. Its output is lines of
docs/protocol.md; those of the client itself have the sender `CLIENT`.

-> {"status":"group","receiver":"CS350","text":"Hello","id":"1"}
-> /join CS350
<- {"sender":"SERVER","receiver":"Alice","text":"...","status":"success","id":"1","seq":7}
<- {"sender":"CLIENT","receiver":"Alice","text":"...","status":"error","code":"connection_lost"}

A program may use any ids, such as 1, 2, 3 in each run: over the wire go the client's own, which are unique.
So a message that is repeated after a lost connection is still said once.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from classchat.client.app import App
from classchat.client.audience import Audience
from classchat.client.client_session import ClientSession
from classchat.client.commands.parsing import parse
from classchat.client.commands.past import Pages
from classchat.client.commands.typed import CommandError, GetFile, Scripted, SendFile
from classchat.client.destination import Destination
from classchat.client.display import view
from classchat.client.display.observer import Observer
from classchat.client.display.untyped import UntypedRequests
from classchat.client.link.answers import NotConfirmed
from classchat.client.link.open_request import OpenRequest
from classchat.client.link.protocol import ClientProtocol
from classchat.client.tty.surface import Surface
from classchat.client.world import World
from classchat.errors import AlreadyRegistered, ChatError
from classchat.messages import Error, Event, Group, Private, Register, Say, Success, Tell
from classchat.request import Request
from classchat.wire.lines import decode_command, encode

_CLIENT = "CLIENT"
_NEITHER = "Expected a JSON message {...}, or a command that starts with '/'"


class JsonLines(Observer):
    """An observer that writes what happens as lines of the protocol."""

    def __init__(self, terminal: Surface, me: str, where: str) -> None:
        """Write to `terminal` what `me` hears from the server at the address `where`."""
        self._terminal = terminal
        self._me = me
        self._where = where
        self.untyped = UntypedRequests()
        self._ids: dict[str, str] = {}
        self.pages = Pages()

    def write(self, event: Event) -> None:
        """Write a line, without the token."""
        if isinstance(event, Success):
            event = replace(event, token=None)
        self._terminal.show(encode(event).decode().removesuffix("\n"))

    def says(self, text: str) -> None:
        """Write a `success` of the client."""
        self.write(Success(_CLIENT, self._me, text))

    def complains(self, text: str, code: str, id: str | None = None) -> None:
        """Write an `error` of the client."""
        self.write(Error(_CLIENT, self._me, text, code=code, id=id))

    def renamed(self, name: str) -> None:
        """Write under the user's new name."""
        self._me = name

    def asked(self, command: Request, typed_id: str | None) -> None:
        """Record what the program calls a request, which has another id over the wire."""
        if typed_id is not None and command.id is not None and typed_id != command.id:
            self._ids[command.id] = typed_id

    # The exchange calls.

    def heard(self, event: Event, request: Request | None) -> None:
        """Write an event of the server; accepted messages are only answered if they have an id."""
        if isinstance(event, Group | Private):
            self.pages.keeps(event)  # a program reads results as they arrive
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
        """Write the welcome, which says what was missed."""
        self.write(welcome)

    def rejoined(self, room: str, answer: Success | Error) -> None:  # noqa: ARG002
        """Write an answer that says that messages were missed, or that the user is no longer in a room."""
        if isinstance(answer, Error) or answer.gap:
            self.write(replace(answer, id=None))

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Write that the client is connected again."""
        self.pages.returned()
        self.says(view.sentence_of_return(self._where, rooms, len(self.untyped.without(again))))

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Write which requests have an unknown outcome."""
        for one in asked:
            self._not_answered(one, NotConfirmed().text, NotConfirmed.code)

    def not_done(self, asked: OpenRequest) -> None:
        """Do nothing: the refusal was written."""

    def closed(self, asked: Sequence[OpenRequest], on_purpose: bool) -> None:
        """Write which requests have no answer; a program that leaves `on_purpose` does not miss lists."""
        for one in asked:
            if one.sent and (one.counts or not on_purpose):
                self._not_answered(one, NotConfirmed().text, NotConfirmed.code)
            elif one.counts or not on_purpose:
                self._not_answered(one, "Not sent: the connection was lost.", "not_sent")

    def _not_answered(self, asked: OpenRequest, text: str, code: str) -> None:
        self.complains(text, code, self._ids.pop(asked.command.id or "", None))


class JsonApp(App):
    """The client in its mode for programs."""

    def __init__(self, world: World, destination: Destination, audience: Audience) -> None:
        """Ask nothing: what the command line does not say has its default, except for the name."""
        destination.take_defaults()
        super().__init__(world, destination, audience)
        self._lines: JsonLines

    def start(self, terminal: Surface) -> None:
        """Connect, if the name is known."""
        self._lines = JsonLines(terminal, self._destination.name, self._destination.place)
        if self._questions:
            self._open(terminal)
            self._questions.clear()
            self._fail("A user name is needed: classchat --json NAME@HOST:PORT", "unknown_name")
        else:
            super().start(terminal)

    # The link calls.

    def _new_display(self, name: str) -> Observer:  # noqa: ARG002
        return self._lines

    def _complain(self, reason: str, code: str, id: str | None = None) -> None:
        self._complaints += 1
        self._lines.complains(reason, code, id)

    def connected(self, producer: ClientProtocol) -> None:
        """Read no faster than the program does."""
        self._terminal.throttle(producer)

    def welcomed(self, event: Success) -> None:
        """Write the welcome, and begin to take requests."""
        self._talking = True
        self._lines.write(event)
        self._terminal.resume()

    def dropped(self) -> None:
        """Write that the connection is lost; what is asked now is sent later."""
        self._lines.pages.lost()
        self._complain(view.sentence_of_loss(self._destination.place), "connection_lost")
        self._let_type()

    def closed(self, reason: str | None) -> None:
        """Write what is not answered, and that the connection is closed, unless the program has closed it."""
        if self._session is not None:
            self._lines.closed(self._session.exchange.open, on_purpose=self.exit_code is not None)
        self._fail(reason or "Disconnected from server", "closed")

    # The program asks.

    def _obey(self, line: str, session: ClientSession) -> None:
        id = None
        try:
            asked = _read(line)
            id = asked.id if isinstance(asked, Request) else None
            self._do(asked, session)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command", id)
        except ChatError as wrong:
            self._complain(wrong.text, wrong.code, getattr(wrong, "id", None))
        self._let_type()

    def _do(self, typed: Scripted, session: ClientSession) -> None:
        match typed:
            case Register(id=id):
                self._complain(AlreadyRegistered(self._destination.name).text, AlreadyRegistered.code, id)
            case SendFile() | GetFile():
                raise CommandError(
                    "Programs share files with classchat send --file, or with a request 'file' and HTTP"
                )
            case _:
                super()._do(typed, session)

    def _explain(self, text: str) -> None:
        self._lines.says(text)


def _read(line: str) -> Scripted:
    """Return the request or command in a line.

    Raises:
        ChatError: it is a message of the protocol, and not a valid one.
        CommandError: it is a command, and not a valid one; or it is neither.
    """
    raw = line.encode(errors="surrogateescape")
    if line.lstrip().startswith("{"):
        return decode_command(raw)
    if not line.lstrip().startswith("/"):
        raise CommandError(_NEITHER)
    return parse(raw.decode(errors="replace"))
