"""The client in any of its modes, from the welcome to the end: joins the terminal and the link.

connecting  -> talking   the server welcomes the user: see signing_in.py for what comes before
talking     -> over      /quit, the end of the input, Ctrl+C, or the server is gone and does not return
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from classchat.client import password_prompts
from classchat.client.audience import Audience
from classchat.client.commands.deleting import deletion_of
from classchat.client.commands.parsing import parse, usage_of
from classchat.client.commands.past import history_of
from classchat.client.commands.table import COMMANDS
from classchat.client.commands.typed import (
    ClaimName,
    CommandError,
    DeleteMessage,
    Further,
    GetFile,
    Help,
    OtherPassword,
    Scripted,
    SendFile,
    ShowHistory,
)
from classchat.client.commands.usage import Usage
from classchat.client.destination import Destination
from classchat.client.display import view
from classchat.client.display.observer import UNANSWERED
from classchat.client.display.received_files import ReceivedFiles
from classchat.client.file_desk import FileDesk
from classchat.client.introduction import Guide, Introduction
from classchat.client.link.exchange import MOST_OPEN
from classchat.client.link.link import Link
from classchat.client.link.requests import Unanswered
from classchat.client.own_name import Asks, OwnName
from classchat.client.signing_in import NOT_THE_NAME, SigningIn
from classchat.client.spelling import room_key
from classchat.client.tty.surface import Typist
from classchat.client.world import World
from classchat.messages import (
    ChangePassword,
    Claim,
    Command,
    Delete,
    History,
    Join,
    Quit,
    Say,
    Search,
    ShareFile,
    Success,
    Tell,
)
from classchat.wire.lines import LONGEST_LINE, fits


class App(SigningIn, Typist, Guide, Asks):
    """The client after the welcome. A mode says how it shows things, and what else can be typed."""

    _commands: ClassVar[Sequence[Usage]] = COMMANDS

    def __init__(self, world: World, destination: Destination, audience: Audience) -> None:
        """Sign in at the `destination`, for this `audience`."""
        super().__init__(world, destination, audience)
        self._introduction = Introduction(audience, self)
        self._own_name = OwnName(destination, audience, self)
        self._input_ended = False
        self._complaints = 0
        self.last_words: str | None = None
        """The reason for the end, for standard error, if the output is for programs."""
        self.is_unheard = False
        self._spoken_to = ""
        self._received = ReceivedFiles()
        self._files = FileDesk(
            world.reactor,
            lambda: destination.endpoint(world.reactor, self.tell),
            self.tell,
            lambda reason: self._complain(reason, "not_transferred"),
            self._file_moved,
        )
        self._former: list[str] = []  # the rooms of a name that the user has lost

    # Ending.

    def interrupted(self) -> None:
        """Leave: it is Ctrl+C, or SIGTERM."""
        self._end(0)

    def wind_up(self) -> Deferred[None]:
        """Leave the server and the terminal; return what fires when both are done."""
        if self.exit_code is None:  # something else has stopped the reactor
            self._over(0)
        return Deferred.fromCoroutine(self._wind_up())

    async def _wind_up(self) -> None:
        self._files.close()
        if self._link is not None:
            await self._link.leave()
        await self._terminal.close()

    def _end(self, exit_code: int) -> None:
        super()._end(exit_code or int(self._audience.strict and self._was_refused()))

    def _was_refused(self) -> bool:
        """Return whether anything that was asked was not granted, or could not even be asked."""
        return bool(self._complaints or (self._link is not None and self._link.exchange.refused))

    def _give_up(self, reason: str, code: str) -> None:
        if self._audience.errors_apart:
            self.last_words = view.error(reason)
        if not self._audience.errors_apart or self._refused:
            self._complain(reason, code)

    def _complain(self, reason: str, code: str) -> None:
        self._complaints += 1
        super()._complain(reason, code)

    # Arriving.

    def welcomed(self, event: Success) -> None:
        """Show the welcome, and begin to take commands."""
        self._world.clock.hears(event.time)
        self._talking = True
        self._terminal.show(view.line_of(event))
        self.replaying()
        if event.rooms:
            self._terminal.show(view.in_rooms([room.name for room in event.rooms]))
        self._unseal()
        self._arrive(event)
        self._terminal.resume()  # last: what was typed meanwhile goes to the room joined by then

    def _arrive(self, welcome: Success) -> None:
        """Join the lobby, or the rooms that the user was in before."""
        if welcome.server is not None and not self._former:
            self._introduction.welcomed(welcome)
        former, self._former = self._former, []
        there = {room_key(room.name) for room in welcome.rooms or ()}
        for room in former:
            if room_key(room) not in there:
                self.join(room)

    def replaying(self) -> None:
        """Greet a person, once, and before what was missed."""
        greeting = self._introduction.greeting()
        if greeting is not None:
            self._terminal.show(greeting)

    def join(self, room: str) -> None:
        """Join a room, as if the user had typed it."""
        if self._link is not None:
            self._ask(Join(receiver=room), self._link)

    def ask_quietly(self, command: Command, then: Callable[[Success], object]) -> None:
        """Send a request that the user has not typed; the answer goes to `then`, and is not shown."""
        if self._link is not None and not self._link.full:
            self._display.own[str(self._link.ask(command).id)] = then

    # The link calls.

    def renamed(self, name: str) -> None:
        """Go on under another name."""
        self._destination.rename(name)
        self._display.renamed(name)

    def ready(self) -> None:
        """Take the next line."""
        if self._dialog.is_sealed and self._talking and self._link is not None and not self._link.away:
            self._unseal()
        self._let_type()

    def disconnected(self) -> None:
        """Stop reading from a connection that is gone."""
        self._terminal.unthrottle()

    def closed(self, reason: str | None) -> None:
        """Say that the connection is closed for good, and end; a password that is being typed comes first."""
        self._terminal.prompt("")
        if reason is not None:
            self._give_up(reason, "closed")
        if self._link is not None:
            self._display.closed(self._link.exchange.open, on_purpose=self.exit_code is not None)
        if not self._refused:
            self._terminal.show(view.disconnected())
        if self._dialog.is_asking and not self._input_ended and self.exit_code is None:
            self._link = None
            self._talking = False
            self.ask_secretly(password_prompts.farewell(lambda: self._end(1)))
        else:
            self._end(1)

    def displaced(self, reason: str, code: str) -> bool:
        """Ask for another name, if the name is why the server does not let the user back in."""
        if not self._audience.is_person or self._input_ended or self._link is None or code in NOT_THE_NAME:
            return False
        self._complain(reason, code)
        self.ask_another_name()
        return True

    def _stop_talking(self) -> None:
        """Say what was not done, and remember the rooms."""
        if not self._talking or self._link is None:
            return
        self._talking = False
        self._former = self._link.exchange.rooms
        self._display.closed(self._link.exchange.open, on_purpose=False)
        self._set_aside()

    def _set_aside(self) -> None:
        """Drop what was to be said under a name that the user has lost."""

    def dropped(self) -> None:
        """Say that the connection is lost. What is typed now is sent later, unless the input has ended."""
        self._display.pages.lost()
        self.tell(view.dropped(self._destination.place))
        self._let_type()
        if self._audience.is_person and self._input_ended:
            self._leave_what_is_open()

    # The terminal calls.

    def typed(self, line: str) -> None:
        """Take an answer to a question, or a command."""
        if self.exit_code is not None:
            return
        if self._dialog.is_asking:
            self._told_secretly(line)
        elif self._questions:
            self._answered(self._questions[0], line)
        elif self._talking and self._link is not None and line.strip():
            self._obey(line, self._link)

    def typed_too_much(self, longest: int) -> None:
        """Refuse a line that no server would take."""
        if self._dialog.is_asking:
            self._terminal.forget()  # more of the same paste
        self._complain(f"Not sent: the line is too long (at most {longest} bytes)", "too_long")

    def ended(self) -> None:
        """Leave once everything that was asked is answered; a person does not wait for a lost server."""
        self._input_ended = True
        if self._dialog.is_asking:
            self._end_without_password()
        elif self._questions:
            self._fail("The input ended before the server and your name were given", "unknown_name")
        elif self._talking and self._link is not None:
            if self._audience.is_person and self._link.away:
                self._leave_what_is_open()
            else:
                self._link.settled().addCallbacks(lambda _: self._end(0), self._unsettled)

    def _end_without_password(self) -> None:
        if self._talking and self._link is not None and not self._link.is_locked:
            self._end_dialog()
            self.ended()
        else:
            self._fail("The input ended before the password was given", "password_required")

    def unheard(self) -> None:
        """Leave: the output has no reader, or there is no room for it."""
        self._end(1)
        self.is_unheard = True
        self.exit_code = 1  # also where all was well up to the last words

    def _leave_what_is_open(self) -> None:
        self._end(0 if self._link is None or self._link.exchange.idle else 1)

    def _unsettled(self, failure: Failure) -> None:
        failure.trap(Unanswered)
        self._fail(UNANSWERED.format(failure.value), "unanswered")

    # Talking.

    def _obey(self, line: str, link: Link) -> None:
        """Carry out a line, or say what is wrong with it."""
        try:
            self._do(parse(line), link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _do(self, typed: Scripted, link: Link) -> None:
        """Carry out what can be typed in every mode.

        Raises:
            CommandError: it can't be done.
        """
        match typed:
            case Help(name):
                self._explain(view.help_of(usage_of(name)) if name else view.help_text(self._commands))
            case Quit():
                self._end(0)
            case ShowHistory() as recall:
                name = recall.name or self._only_place(link)
                self._ask(history_of(recall, name, self._world.clock.now()), link)
            case DeleteMessage() as deletion:
                self._ask(self._deletion(deletion, link), link)
            case Further(kind):
                self._go_on_reading(kind, link)
            case SendFile(path, receiver):
                self._send_file(path, receiver, link)
            case GetFile(which):
                self._get_file(which)
            case ClaimName():
                self._own_name.claim(link.exchange)
            case OtherPassword():
                self._own_name.change_password(link.exchange)
            case command:
                self._ask(command, link)

    def _send_file(self, path: str, receiver: str, link: Link) -> None:
        """Share a file; the server is asked when its digest is computed.

        Raises:
            CommandError: it is not clear with whom.
        """
        to = receiver or self._only_place(link)
        if not to:
            raise CommandError("Share it with whom? /send FILE ROOM, or /send FILE @USER")
        self._files.send(path, to.removeprefix("@"), to.startswith("@"), self._ask_to_share)

    def _ask_to_share(
        self, asked: ShareFile, then: Callable[[Success], object], refused: Callable[[str], object]
    ) -> None:
        if self._link is None or self._link.away or self._link.full:
            refused("Not connected: try again when the connection is back")
            return
        id = str(self._link.ask(asked).id)
        self._display.own[id] = then
        self._display.refused[id] = refused

    def _get_file(self, which: str) -> None:
        view = self._received.find(which)
        if view is None:
            raise CommandError(f"No file '{which}' was shown here" if which else "No file was shown here yet")
        self._files.get(view)

    def _file_moved(self) -> None:
        """Show how far a file has come."""
        bar = self._files.bar
        self._terminal.progress("" if bar is None else bar.with_size(blocks=self._world.paper.utf8))

    def _only_place(self, link: Link) -> str:
        """Return the current conversation, or the only room that the user is in; "" if there is neither."""
        rooms = link.exchange.rooms
        return self._here() or (rooms[0] if len(rooms) == 1 else "")

    def _deletion(self, typed: DeleteMessage, link: Link) -> Delete:
        exchange = link.exchange
        return deletion_of(typed, self._only_place(link), exchange.name, exchange.last_of)

    def _explain(self, text: str) -> None:
        """Show a text of help."""
        self._terminal.show(text)

    def _ask(self, command: Command, link: Link) -> Command:
        """Ask something; return it as it goes over the wire.

        Raises:
            CommandError: it can't be asked.
        """
        if link.away and link.full:
            raise CommandError(
                f"Not sent: {MOST_OPEN} requests are waiting for the connection. Try again later"
            )
        if not fits(command):
            raise CommandError(f"Not sent: the message is too long (at most {LONGEST_LINE} bytes)")
        if isinstance(command, Claim | ChangePassword):
            self._own_name.check_secrecy()
        asked = link.ask(command)
        self._display.pages.asked(asked)
        self._display.asked(asked)
        if isinstance(command, Say | Tell):
            self._spoken_to = f"@{command.receiver}" if isinstance(command, Tell) else command.receiver
        return asked

    def request(self, command: Command) -> None:
        """Ask something that holds a password, or say why it can't be asked."""
        try:
            if self._link is not None:
                self._ask(command, self._link)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _let_type(self) -> None:
        """Take no more commands than the server keeps up with; but a person may leave at any time."""
        if self._link is None:
            self._terminal.pause()
            return
        busy = self._link.full or (self._talking and self._display.pages.waits)
        if busy and not (self._link.away and self._audience.is_person):
            self._terminal.pause()
        elif self._talking and not self._dialog.is_sealed:
            self._terminal.resume()

    def _here(self) -> str:
        """Return the room, or `@` and the user, of the current conversation; "" if there is none."""
        return self._spoken_to

    def _go_on_reading(self, kind: type[History | Search], link: Link) -> None:
        """Ask for the next page; the next line waits where the last page is not here yet."""

        def ask() -> None:
            try:
                self._ask(self._display.pages.next(kind), link)
            except CommandError as wrong:
                self._complain(str(wrong), "invalid_command")
            self._let_type()

        if link.away:
            raise CommandError("Not connected: try again when the connection is back")
        self._display.pages.when_here(kind, ask)
