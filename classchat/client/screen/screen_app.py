"""The client on a screen: joins the editor, the state of the screen, and the link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from classchat.class_events import AboutGroups
from classchat.client.app import App
from classchat.client.audience import Audience
from classchat.client.client_session import ClientSession
from classchat.client.commands.parsing import may_hold_password, parse_on_screen
from classchat.client.commands.table import SCREEN_COMMANDS
from classchat.client.commands.typed import (
    Action,
    Clear,
    CommandError,
    FocusOn,
    Ignore,
    ListConversations,
    Local,
    Placed,
    Quiet,
    Reply,
    Speech,
    TalkTo,
    Typed,
    Unignore,
)
from classchat.client.destination import Destination
from classchat.client.display import view
from classchat.client.display.observer import Display
from classchat.client.display.stranger import shown_name
from classchat.client.screen import lists
from classchat.client.screen.bottom import CONNECTED, line_at_the_bottom, place_named, prompt_of
from classchat.client.screen.class_status import class_parts
from classchat.client.screen.colours import Painter
from classchat.client.screen.completion import Candidate, candidates
from classchat.client.screen.desk import Desk, EditorSurface
from classchat.client.screen.display import ScreenDisplay, pending_line
from classchat.client.screen.fetching import NameFetching
from classchat.client.screen.focus import Focus, RoomFocus, UserFocus
from classchat.client.screen.following import Following
from classchat.client.screen.held import HeldLines
from classchat.client.screen.hiding import Hiding
from classchat.client.screen.last_room import LastRooms
from classchat.client.screen.look import Look
from classchat.client.screen.remembered import acting, as_remembered, is_private
from classchat.client.screen.state import Screen
from classchat.client.spelling import name_key
from classchat.client.world import World
from classchat.messages import Create, Join, RoomListing, Say, Success, Tell
from classchat.request import Request

_MOST_PENDING = 5  # the most messages without confirmation that are shown
_NO_ROOM = "Not sent: you are in no room. /join ROOM or /msg NAME TEXT"
_NO_FOCUS = "Not sent: no room is selected. /focus ROOM or /msg NAME TEXT"
_FIRST_HINT = "[CLIENT] Type to talk in the room shown in the prompt; Tab completes, /help lists commands"
_SAID = Speech | Action | Reply | Say | Tell
"""Lines that are shown when the server confirms them, not when they are typed."""


class ScreenApp(App, Desk):
    """The client in a terminal with a line editor."""

    _commands = SCREEN_COMMANDS

    def __init__(
        self, world: World, destination: Destination, audience: Audience, look: Look, state: Path
    ) -> None:
        """Keep lists and the last rooms in the directory `state`."""
        super().__init__(world, destination, audience)
        self._look = look
        self._hiding = Hiding(state)
        self._last_rooms = LastRooms(state / "last_rooms")
        self._screen = Screen("")
        self._held = HeldLines()
        self._following = self._new_following()
        self._editor: EditorSurface
        self._shown: ScreenDisplay
        self._fetches = False
        self._names = NameFetching(self._ask_silently, world.reactor)

    def begin(self, editor: EditorSurface) -> None:
        """Begin with the first question, or connect."""
        self._editor = editor
        self.start(editor)

    def _new_following(self) -> Following:
        world = self._world
        return Following(
            self._ask_silently,
            lambda: self._editor.refresh(),
            world.reactor,
            world.jitter,
            world.clock.now,
            self._grouped,
        )

    # The link calls.

    def _new_display(self, name: str) -> Display:
        self._screen = Screen(name)
        self._hiding.restore(self._screen, lambda sentence: self._terminal.show(f"[CLIENT] {sentence}"))
        self._following.close()
        self._following = self._new_following()
        painter = Painter(name, self._look.colours, self._look.time_format)
        self._shown = ScreenDisplay(
            self._editor,
            painter,
            self._screen,
            self._destination.place,
            self._world.clock,
            self._look.rings,
            self._settled,
            self._following,
            self._world.paper,
        )
        self._shown.joined = self._introduction.joined
        self._shown.files = self._files.received
        return self._shown

    def _arrive(self, welcome: Success) -> None:
        """Return to the room with the last focus, and fetch the names that Tab completes."""
        if name_key(welcome.receiver) == name_key(self._screen.me):
            self._screen.me = welcome.receiver  # as others see it
        self._fetches = welcome.server is not None
        if welcome.rooms and self._screen.focus is None:
            self._focus_last(welcome.rooms)
        super()._arrive(welcome)
        self._terminal.show(_FIRST_HINT)
        self._fetch_names()

    def _fetch_names(self) -> None:
        if self._fetches and self._session is not None and not self._session.link.away:
            self._names.fetch()

    def _ask_silently(self, command: Request) -> None:
        """Ask what the user has not typed; its answer is not shown."""
        if self._session is not None:
            self._session.ask_quietly(command)

    def dropped(self) -> None:
        """Forget what classes are doing: that is told again on the next connection."""
        self._following.lost()
        super().dropped()

    def _focus_last(self, rooms: Sequence[RoomListing]) -> None:
        """Focus the room of the last time, or else the one with most messages."""
        last = self._last_rooms.find(self._destination.place, self._screen.me) or ""
        busiest = max(rooms, key=lambda room: room.seq or 0).name
        self._focus(RoomFocus(self._screen.joined.get(last) or busiest))

    def _over(self, exit_code: int) -> None:
        if self._talking and isinstance(self._screen.focus, RoomFocus):
            self._last_rooms.remember(self._destination.place, self._screen.me, self._screen.focus.name)
        super()._over(exit_code)
        self._following.close()
        self._set_aside()

    def _set_aside(self) -> None:
        self._screen.pending.clear()
        self._not_sent(self._held.clear())

    def tell(self, line: str) -> None:
        """Show a line of the client's own."""
        if self._talking:
            self._shown.tell(line)
        else:
            super().tell(line)

    # The editor calls.

    def typed(self, line: str) -> None:
        """Take an answer to a question, or a line to say or obey."""
        if self.exit_code is None and self._questions and not self._dialog.is_asking:
            self._terminal.show(f"{self._questions[0].prompt}{line}")
        elif self._dialog.is_asking:
            self._terminal.show(self._dialog.prompt)
        super().typed(line)

    def leaves(self) -> None:
        """Leave: it is Ctrl+C twice, or Ctrl+D."""
        self._end(0)

    def crashed(self) -> None:
        """End: the log says why."""
        self._end(1)

    @property
    def is_talking(self) -> bool:
        """Whether there is a conversation that the user should not leave by a slip."""
        return self._talking

    def pending(self) -> list[str]:
        """Return messages without confirmation, and last those that wait for a focus."""
        said = [pending_line(command, self._screen.me) for command in self._screen.pending.values()]
        return [*said, *map(view.body, self._held.texts)][-_MOST_PENDING:]

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Return completions, after signing in; and ask the server for new names, for the next Tab."""
        if not self._talking or self._dialog.is_asking:
            return iter(())
        self._fetch_names()
        return candidates(text, self._screen, self._following.classes, self._files.received.names())

    def remembered(self, text: str) -> str:
        """Return a line as Up brings it back: with the name of the user it is for."""
        return as_remembered(text, self._screen, waits=self._waits)

    def is_secret(self, text: str) -> bool:
        """Return whether a line is for one user, or answers a question."""
        if not self._talking or self._dialog.is_asking:
            return True
        return is_private(text, self._screen, waits=self._waits)

    def goes_to(self, number: int) -> None:
        """Go to the conversation of this number."""
        place = self._screen.numbered(number)
        if place is not None and self._talking and not self._waits:
            self._focus(place)

    def goes_on(self, step: int) -> None:
        """Go to the next conversation with something unread."""
        place = self._screen.next_unread(step)
        if place is not None and not self._waits:
            self._focus(place)

    def toolbar(self, columns: int = 1000) -> str:
        """Return the line at the bottom."""
        if self._session is None:
            return "Not connected · Ctrl+C leaves"
        state = "reconnecting" if self._session.link.away else CONNECTED if self._talking else "connecting"
        focus = self._screen.focus.name if isinstance(self._screen.focus, RoomFocus) else None
        bar = self._files.bar
        parts = [] if bar is None else [bar.drawn(blocks=self._world.paper.utf8)]
        parts += class_parts(self._following.classes, focus, self._world.clock.now())
        return line_at_the_bottom(self._screen, self._destination.place, state, columns, parts)

    # Talking.

    def _obey(self, line: str, session: ClientSession) -> None:
        """Carry out a line, or say what is wrong with it and give the line back."""
        typed: Typed | Local | None = None
        try:
            typed = parse_on_screen(line)
            if not isinstance(typed, _SAID):
                self._terminal.show(f"{self._prompt}{line}")
            if not self._held.holds(typed, self._screen):
                self._do_here(typed, session)
        except CommandError as wrong:
            if typed is None and not may_hold_password(line):
                self._terminal.show(f"{self._prompt}{view.body(line)}")
            self._complain(str(wrong), "invalid_command")
            if isinstance(typed, _SAID):
                self.tell(view.not_said(line))
        self._let_type()
        self._editor.refresh()

    @property
    def _waits(self) -> bool:
        """Whether it is not known yet where plain text goes."""
        return self._held.waits(self._screen)

    def _do_here(self, typed: Typed | Local, session: ClientSession) -> None:
        """Carry out what can be typed on a screen."""
        match typed:
            case FocusOn(name):
                self._focus(place_named(self._screen, name) if name else None)
            case TalkTo(name, text):
                self._focus(UserFocus(self._screen.users.spelled(name)))
                if text:
                    self._say(text, session)
            case ListConversations():
                self.tell(f"[CLIENT] {lists.conversations(self._screen)}")
            case Quiet(room, off):
                self.tell(f"[CLIENT] {self._hiding.be_quiet(self._screen, room, off=off)}")
            case Speech(text):
                self._say(text, session)
            case Action(text):
                self._say(acting(self._screen, text), session)
            case Reply(text):
                self._reply(text, session)
            case Ignore(name):
                self.tell(f"[CLIENT] {self._hiding.ignore(self._screen, name)}")
            case Unignore(name):
                self.tell(f"[CLIENT] {self._hiding.unignore(self._screen, name)}")
            case Clear():
                self._editor.clear()
            case Placed() as placed:
                session.ask(self._following.as_shown(placed.at(self._screen.whereabouts)))
            case asked:
                self._do(asked, session)

    def _say(self, text: str, session: ClientSession) -> None:
        said = self._screen.said(text)
        if said is None:
            raise CommandError(_NO_FOCUS if list(self._screen.joined) else _NO_ROOM)
        session.ask(said)

    def _reply(self, text: str, session: ClientSession) -> None:
        if self._screen.last_sender is None:
            raise CommandError("No private message to reply to yet")
        session.ask(Tell(receiver=self._screen.last_sender, text=text))

    # The focus.

    def _here(self) -> str:
        focus = self._screen.focus
        if focus is None:
            return super()._here()
        return f"@{focus.name}" if isinstance(focus, UserFocus) else focus.name

    def _focus(self, place: Focus | None) -> None:
        self._screen.focus_on(place)
        self._show_focus()

    def _grouped(self, about: AboutGroups) -> None:
        """Talk in the group room that the user was put into, and in the class again when it is closed.

        A line that is being typed stays where it was begun: it must not go to others.
        """
        target = self._screen.group_room(about)
        if target is None:
            return
        if self._editor.is_typing:
            self.tell(f"[CLIENT] To talk there: /focus {shown_name(target.name)}")
        else:
            self._focus(target)

    def _show_focus(self) -> None:
        if self._talking and self._dialog.is_open:
            self._terminal.prompt(self._prompt)
        if self._talking and self._fetches and self._session is not None and not self._session.link.away:
            focus = self._screen.focus
            self._following.look(focus.name if isinstance(focus, RoomFocus) else None, self._screen.joined)

    @property
    def _prompt(self) -> str:
        return prompt_of(self._screen)

    def _settled(self, request: Request | None, granted: bool) -> None:
        """Go on with lines that had to wait; drop those for a room that the user could not join."""
        if self._talking:
            self._show_focus()
        if not granted and isinstance(request, Create | Join):
            self._not_sent(self._held.refused())
        if self._session is None:
            return
        for held in self._held.release(self._screen):
            try:
                self._do_here(held, self._session)
            except CommandError as wrong:
                self._complain(str(wrong), "invalid_command")
                self._not_sent([held])

    def _not_sent(self, dropped: Sequence[Typed | Local]) -> None:
        for line in dropped:
            if isinstance(line, Speech | Action):
                self.tell(view.not_said(line.text))
