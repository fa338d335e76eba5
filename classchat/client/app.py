"""The client in any of its modes, from the welcome to the end: joins the terminal and the link.

connecting  -> talking   the server welcomes the user: see signing_in.py for what comes before
talking     -> over      /quit, the end of the input, Ctrl+C, or the server is gone and does not return
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from classchat.client import password_prompts
from classchat.client.audience import Audience
from classchat.client.client_session import NOT_CONNECTED, ClientSession
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
from classchat.client.display.untyped import OnRefusal, OnSuccess, nothing
from classchat.client.file_desk import Clerk, FileDesk
from classchat.client.introduction import Guide, Introduction
from classchat.client.link.requests import Unanswered
from classchat.client.own_name import Asks, OwnName
from classchat.client.signing_in import NOT_THE_NAME, SigningIn
from classchat.client.spelling import room_key
from classchat.client.tty.surface import Typist
from classchat.client.world import World
from classchat.messages import ChangePassword, Claim, Join, Quit, Success
from classchat.request import Request


class App(SigningIn, Typist, Guide, Asks, Clerk):
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
        self._files = FileDesk(world.reactor, lambda: destination.endpoint(world.reactor, self.tell), self)
        self._former: ClientSession | None = None  # the session under a name that the user has lost

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
        if self._session is not None:
            await self._session.link.leave()
        await self._terminal.close()

    def _end(self, exit_code: int) -> None:
        super()._end(exit_code or int(self._audience.strict and self._was_refused()))

    def _was_refused(self) -> bool:
        """Return whether anything that was asked was not granted, or could not even be asked."""
        return bool(self._complaints or (self._session is not None and self._session.exchange.refused))

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
        former, self._former = self._former, None
        if former is not None and former.exchange.rooms:
            self._return_from(former, welcome)
        elif welcome.server is not None:
            self._introduction.welcomed(welcome)

    def _return_from(self, former: ClientSession, welcome: Success) -> None:
        """Join the rooms of a former session, and talk where the user talked."""
        if self._session is not None:
            self._session.spoken_to = former.spoken_to
        there = {room_key(room.name) for room in welcome.rooms or ()}
        for room in former.exchange.rooms:
            if room_key(room) not in there:
                self.join(room)

    def replaying(self) -> None:
        """Greet a person, once, and before what was missed."""
        greeting = self._introduction.greeting()
        if greeting is not None:
            self._terminal.show(greeting)

    def join(self, room: str) -> None:
        """Join a room, as if the user had typed it."""
        if self._session is not None:
            self._session.ask(Join(receiver=room))

    def ask_quietly(self, command: Request, granted: OnSuccess, refused: OnRefusal = nothing) -> None:
        """Send a request that the user has not typed, unless it would have to wait.

        The answer is not shown, but goes to one of the two.
        """
        if self._session is not None:
            self._session.ask_at_once(command, granted, refused)
        else:
            refused(NOT_CONNECTED)

    # The link calls.

    def renamed(self, name: str) -> None:
        """Go on under another name."""
        self._destination.rename(name)
        if self._session is not None:
            self._session.display.renamed(name)

    def ready(self) -> None:
        """Take the next line."""
        session = self._session
        if self._dialog.is_sealed and self._talking and session is not None and not session.link.away:
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
        if self._session is not None:
            self._session.display.closed(self._session.exchange.open, on_purpose=self.exit_code is not None)
        if not self._refused:
            self._terminal.show(view.disconnected())
        if self._dialog.is_asking and not self._input_ended and self.exit_code is None:
            self._session = None
            self._talking = False
            self.ask_secretly(password_prompts.farewell(lambda: self._end(1)))
        else:
            self._end(1)

    def displaced(self, reason: str, code: str) -> bool:
        """Ask for another name, if the name is why the server does not let the user back in."""
        if not self._audience.is_person or self._input_ended or self._session is None or code in NOT_THE_NAME:
            return False
        self._complain(reason, code)
        self.ask_another_name()
        return True

    def _stop_talking(self) -> None:
        """Say what was not done, and remember the rooms."""
        if not self._talking or self._session is None:
            return
        self._talking = False
        self._former = self._session
        self._session.display.closed(self._session.exchange.open, on_purpose=False)
        self._set_aside()

    def _set_aside(self) -> None:
        """Drop what was to be said under a name that the user has lost."""

    def dropped(self) -> None:
        """Say that the connection is lost. What is typed now is sent later, unless the input has ended."""
        if self._session is not None:
            self._session.display.pages.lost()
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
        elif self._talking and self._session is not None and line.strip():
            self._obey(line, self._session)

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
        elif self._talking and self._session is not None:
            if self._audience.is_person and self._session.link.away:
                self._leave_what_is_open()
            else:
                self._session.link.settled().addCallbacks(lambda _: self._end(0), self._unsettled)

    def _end_without_password(self) -> None:
        if self._talking and self._session is not None and not self._session.link.is_locked:
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
        self._end(0 if self._session is None or self._session.exchange.idle else 1)

    def _unsettled(self, failure: Failure) -> None:
        failure.trap(Unanswered)
        self._fail(UNANSWERED.format(failure.value), "unanswered")

    # Talking.

    def _obey(self, line: str, session: ClientSession) -> None:
        """Carry out a line, or say what is wrong with it."""
        try:
            self._do(parse(line), session)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _do(self, typed: Scripted, session: ClientSession) -> None:
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
                name = recall.name or session.only_place(self._here())
                session.ask(history_of(recall, name, self._world.clock.now()))
            case DeleteMessage() as deletion:
                session.ask(session.deletion(deletion, self._here()))
            case Further(kind):
                session.read_on(kind, lambda reason: self._complain(reason, "invalid_command"))
            case SendFile(path, receiver):
                self._files.send(path, receiver or session.only_place(self._here()))
            case GetFile(which):
                self._files.get(which)
            case ClaimName():
                self._own_name.claim(session.exchange)
            case OtherPassword():
                self._own_name.change_password(session.exchange)
            case Claim() | ChangePassword() as secret:
                self._own_name.check_secrecy()
                session.ask(secret)
            case command:
                session.ask(command)

    def not_transferred(self, reason: str) -> None:
        """Show why a file was not uploaded or downloaded."""
        self._complain(reason, "not_transferred")

    def transferred_more(self) -> None:
        """Show how far a file has come."""
        bar = self._files.bar
        self._terminal.progress("" if bar is None else bar.with_size(blocks=self._world.paper.utf8))

    def _explain(self, text: str) -> None:
        """Show a text of help."""
        self._terminal.show(text)

    def request(self, command: Request) -> None:
        """Ask something that holds a password, or say why it can't be asked."""
        try:
            if self._session is not None:
                self._session.ask(command)
        except CommandError as wrong:
            self._complain(str(wrong), "invalid_command")
        self._let_type()

    def _let_type(self) -> None:
        """Take no more commands than the server keeps up with; but a person may leave at any time."""
        session = self._session
        may_leave = session is not None and session.link.away and self._audience.is_person
        if session is None or (session.is_busy and not may_leave):
            self._terminal.pause()
        elif self._talking and not self._dialog.is_sealed:
            self._terminal.resume()

    def _here(self) -> str:
        """Return the room, or `@` and the user, of the current conversation; "" if there is none."""
        return "" if self._session is None else self._session.spoken_to
