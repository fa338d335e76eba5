"""The client in its plain mode: joins the terminal and the connection.

What it is doing, and what ends that:

    asking      -> connecting   host, port and name are known
    connecting  -> talking      the server welcomes us
    talking     -> over         /quit, the end of the input, Ctrl+C, or the server is gone and does not return
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from classchat.client import password_prompts
from classchat.client.commands.past import meant
from classchat.client.commands.table import parse, usage_of
from classchat.client.commands.typed import ClaimName, CommandError, Further, Help, OtherPassword, Recall
from classchat.client.display import listings, view
from classchat.client.display.clock import LocalZone, ServerClock
from classchat.client.display.observer import UNANSWERED, Display, Observer
from classchat.client.link.conversation import MOST_OPEN
from classchat.client.link.link import Link
from classchat.client.link.requests import Unanswered
from classchat.client.password_prompts import Asking
from classchat.client.signing_in import NOT_THE_NAME, SigningIn
from classchat.client.spelling import room_key
from classchat.client.tty.surface import Typist
from classchat.clocks import TimeOfDay
from classchat.messages import (
    MOST_HISTORY,
    USUAL_HISTORY,
    ChangePassword,
    Claim,
    Command,
    History,
    Join,
    ListRooms,
    ListUsers,
    Quit,
    Say,
    Search,
    Success,
    Tell,
)
from classchat.wire.lines import LONGEST_LINE, fits

_REPLAY = 20  # messages that a person sees of a room that they join


class App(SigningIn, Typist):
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
        errors_apart: bool = False,
        greets: bool | None = None,
        introduces: bool = False,
    ) -> None:
        """Ask again after a wrong answer if who answers is a person: `patient`.

        With `errors_apart`, why it ends is no part of what is shown: see `last_words`. A person is greeted
        with the first version's banner, and with `introduces` told which rooms there are, who is in them, and
        what was said there last. `ids`, `jitter`, the time `zone` and the `time_of_day` are those of a test,
        or else our own.
        """
        super().__init__(reactor, options, patient, ids, jitter)
        self._clock = ServerClock(time_of_day or TimeOfDay().seconds, zone or LocalZone())
        self._greets = patient if greets is None else greets
        self._introduces = introduces
        self._lands = introduces or self._greets  # in the lobby, if there is one
        replay = options.get("replay")
        self._replay: int = (_REPLAY if introduces else 0) if replay is None else replay
        self._ended = False
        self._strict = bool(options.get("strict"))
        self._complaints = 0
        self._apart = errors_apart
        self.last_words: str | None = None
        """What is to be said on standard error in the end, where our output is for programs."""
        self.is_unheard = False
        self._spoken_to = ""
        self._former: list[str] = []  # the rooms in which one was with a name that somebody else has now

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
        super()._end(exit_code or int(self._strict and self._was_refused()))

    def _was_refused(self) -> bool:
        """Return whether anything that was asked was not granted, or could not even be asked."""
        return bool(self._complaints or (self._link is not None and self._link.conversation.refused))

    def _give_up(self, reason: str, code: str) -> None:
        """Say why it is over; where the output is for programs, on standard error."""
        if self._apart:
            self.last_words = view.error(reason)
        if not self._apart or self._refused:
            self._complain(reason, code)

    def _complain(self, reason: str, code: str) -> None:
        self._complaints += 1
        super()._complain(reason, code)

    def _new_display(self, name: str) -> Observer:
        display = Display(self._terminal, name, self._place, self._now, gives_back=self._patient)
        display.hears_time = self._clock.hears
        display.joined = self._joined
        return display

    def welcomed(self, event: Success) -> None:
        """We are signed in."""
        self._clock.hears(event.time)
        self._talking = True
        self._terminal.show(view.line_of(event))
        self.replaying()
        if event.rooms:
            self._terminal.show(view.in_rooms([room.name for room in event.rooms]))
        self._unseal()
        self._arrive(event)
        self._terminal.resume()  # last, so that what was typed meanwhile goes where one is by then

    def _arrive(self, welcome: Success) -> None:
        """Go where newcomers land, or back to where one was."""
        if welcome.server is not None and not self._former:
            self._introduce(welcome)
        self._return_to_rooms(welcome)

    def replaying(self) -> None:
        """Greet a person, once, and before what was missed."""
        greets, self._greets = self._greets, False
        if greets:
            self._terminal.show(view.banner())

    def _introduce(self, welcome: Success) -> None:
        """Go where newcomers land, or show where they may go."""
        if not self._lands or welcome.rooms or self._link is None:
            return
        if welcome.lobby:
            self._ask(Join(receiver=welcome.lobby), self._link)
        elif self._introduces:
            self._ask_for_ourselves(ListRooms(), self._show_rooms)

    def _show_rooms(self, answer: Success) -> None:
        if answer.rooms:
            self._tell(view.rooms_there(answer))

    def _joined(self, room: str, answer: Success) -> None:
        """Show who is in a room that one has come to, and what was said there last."""
        if self._introduces:
            members = ListUsers(receiver=room)
            self._ask_for_ourselves(members, lambda answer: self._show_members(answer, room))
        if self._replay and answer.seq:
            last = History(receiver=room, limit=self._replay, before=answer.seq + 1, private=False)
            self._ask_for_ourselves(last, _nothing)

    def _show_members(self, answer: Success, room: str) -> None:
        if len(answer.users or ()) > 1 or answer.absent:  # somebody besides oneself
            self._tell(f"[CLIENT] {listings.members(answer, room)}")

    def _ask_for_ourselves(self, command: Command, then: Callable[[Success], object]) -> None:
        """Ask what nobody has typed; its answer is not shown."""
        if self._link is not None and not self._link.full:
            self._display.own[str(self._link.ask(command).id)] = then

    def _return_to_rooms(self, event: Success) -> None:
        """Join the rooms in which one was under another name."""
        former, self._former = self._former, []
        there = {room_key(room.name) for room in event.rooms or ()}
        for room in former:
            if self._link is not None and room_key(room) not in there:
                self._ask(Join(receiver=room), self._link)

    # The server is there, and gone.

    def ready(self) -> None:
        """Take the next line."""
        if self._sealed and self._talking and self._link is not None and not self._link.away:
            self._unseal()
        self._let_type()

    def disconnected(self) -> None:
        """What we show comes from nowhere any more."""
        self._terminal.unthrottle()

    def closed(self, reason: str | None) -> None:
        """The connection is closed for good: by us if we are over already, else by the server."""
        self._terminal.prompt("")
        if reason is not None:
            self._give_up(reason, "closed")
        if self._link is not None:
            self._display.closed(self._link.conversation.open, on_purpose=self.exit_code is not None)
        if not self._refused:
            self._terminal.show(view.disconnected())
        if self._asking is not None and not self._ended and self.exit_code is None:
            self._link = None
            self._talking = False
            self._ask_secretly(password_prompts.farewell(lambda: self._end(1)))
        else:
            self._end(1)

    # Coming back.

    def displaced(self, reason: str, code: str) -> bool:
        """Ask for another name, if it is the name; what is open is told as not done."""
        if not self._patient or self._ended or self._link is None or code in NOT_THE_NAME:
            return False
        self._complain(reason, code)
        self._ask_another_name()
        return True

    def _stop_talking(self) -> None:
        """Tell what is open as not done, and remember where one was."""
        if not self._talking or self._link is None:
            return
        self._talking = False
        self._former = self._link.conversation.rooms
        self._display.closed(self._link.conversation.open, on_purpose=False)
        self._set_aside()

    def _set_aside(self) -> None:
        """Forget what was to be said under a name that one has lost."""

    def dropped(self) -> None:
        """Say so; what is typed meanwhile is sent later, and whoever has ended his input does not wait."""
        self._display.pages.lost()
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
        if self._asking is not None:
            self._terminal.forget()  # more of the same paste
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
        """Leave: nobody reads what we show, or there is no room for it."""
        self._end(1)
        self.is_unheard = True
        self.exit_code = 1  # also where all was well up to the last words

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
                case Further(kind):
                    self._go_on_reading(kind, link)
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
        self._display.pages.asked(asked)
        self._asked(asked)
        if isinstance(command, Say | Tell):
            self._spoken_to = f"@{command.receiver}" if isinstance(command, Tell) else command.receiver
        return asked

    def _asked(self, command: Command) -> None:
        """Know what was asked, with its id."""
        self._display.asked(command)

    def _let_type(self) -> None:
        """Take no more commands than the server keeps up with; but a person may leave at any time."""
        if self._link is None:
            self._terminal.pause()
            return
        busy = self._link.full or (self._talking and self._display.pages.waits)
        if busy and not (self._link.away and self._patient):
            self._terminal.pause()
        elif self._talking and not self._sealed:
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
            since = self._now().astimezone(UTC) - recall.ago
            return History(receiver=receiver, private=private, limit=MOST_HISTORY, since=since)
        return History(receiver=receiver, private=private, limit=recall.count or USUAL_HISTORY)

    def _go_on_reading(self, kind: type[History | Search], link: Link) -> None:
        """Ask for the next page; the next line waits where the last page is not here yet."""

        def ask() -> None:
            try:
                self._ask(self._display.pages.next(kind), link)
            except CommandError as wrong:
                self._complain(str(wrong), "invalid_command")
            self._let_type()

        if link.away:
            raise CommandError("There is no next page before the server is back")
        self._display.pages.when_here(kind, ask)

    def _now(self) -> datetime:
        return self._clock.now()


def _nothing(_: Success) -> None:
    """Show nothing: what was asked for came before the answer."""
