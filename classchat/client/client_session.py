"""A session of the client: one user at one server, from the sign-in until the name or the server is lost."""

from __future__ import annotations

from collections.abc import Callable

from classchat.client.commands.deleting import deletion_of
from classchat.client.commands.typed import CommandError, DeleteMessage
from classchat.client.display.observer import Observer
from classchat.client.display.untyped import OnRefusal, OnSuccess, nothing
from classchat.client.link.exchange import MOST_OPEN, Exchange
from classchat.client.link.link import Link
from classchat.messages import Delete, History, Say, Search, Tell
from classchat.request import Request
from classchat.wire.lines import LONGEST_LINE, fits

NOT_CONNECTED = "Not connected: try again when the connection is back"


class ClientSession:
    """What the user asks over a link, and the display of what the server answers."""

    def __init__(self, link: Link, display: Observer) -> None:
        """Ask over the `link`, which tells the `display` what the server answers."""
        self.link = link
        self.display = display
        self.spoken_to = ""
        """The room, or `@` and the user, that the user has sent a message to last; "" if there is none."""

    @property
    def exchange(self) -> Exchange:
        """What is known of the server and the user's rooms, over all connections."""
        return self.link.exchange

    @property
    def is_busy(self) -> bool:
        """Whether the next command should wait until the server has answered more."""
        return self.link.full or self.display.pages.waits

    def only_place(self, here: str) -> str:
        """Return `here`, or the only room that the user is in; "" if there is neither."""
        rooms = self.exchange.rooms
        return here or (rooms[0] if len(rooms) == 1 else "")

    def deletion(self, typed: DeleteMessage, here: str) -> Delete:
        """Return the request for a `/delete` that was typed while the user talked `here`.

        Raises:
            CommandError: it is not known which message is meant.
        """
        return deletion_of(typed, self.only_place(here), self.exchange.name, self.exchange.last_of)

    def ask(self, command: Request) -> None:
        """Send a request that the user has typed.

        Raises:
            CommandError: it can't be sent.
        """
        if self.link.away and self.link.full:
            raise CommandError(
                f"Not sent: {MOST_OPEN} requests are waiting for the connection. Try again later"
            )
        if not fits(command):
            raise CommandError(f"Not sent: the message is too long (at most {LONGEST_LINE} bytes)")
        asked = self.link.ask(command)
        self.display.pages.asked(asked)
        self.display.asked(asked, command.id)
        if isinstance(command, Say | Tell):
            self.spoken_to = f"@{command.receiver}" if isinstance(command, Tell) else command.receiver

    def ask_quietly(
        self, command: Request, granted: OnSuccess = nothing, refused: OnRefusal = nothing
    ) -> None:
        """Send a request that the user has not typed; the answer is not shown, but goes to one of the two."""
        self.display.untyped.add(str(self.link.ask(command).id), granted, refused)

    def ask_at_once(self, command: Request, granted: OnSuccess, refused: OnRefusal) -> None:
        """Do the same, but refuse what would have to wait for a connection or for other answers."""
        if self.link.away or self.link.full:
            refused(NOT_CONNECTED)
        else:
            self.ask_quietly(command, granted, refused)

    def read_on(self, kind: type[History | Search], complain: Callable[[str], object]) -> None:
        """Ask for the next page, as soon as the last page is here; `complain` if there is none.

        Raises:
            CommandError: the connection is lost.
        """

        def ask() -> None:
            try:
                self.ask(self.display.pages.next(kind))
            except CommandError as wrong:
                complain(str(wrong))

        if self.link.away:
            raise CommandError(NOT_CONNECTED)
        self.display.pages.when_here(kind, ask)
