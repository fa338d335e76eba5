"""The client on a screen: joins the editor, the state of the screen, and the connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, assert_never

from classchat.client.app import App
from classchat.client.commands.table import (
    SCREEN_COMMANDS,
    is_secret,
    may_hold_password,
    parse_on_screen,
    usage_of,
)
from classchat.client.commands.typed import (
    Action,
    ClaimName,
    Clear,
    CommandError,
    FocusOn,
    Further,
    Help,
    Ignore,
    ListConversations,
    Local,
    OtherPassword,
    Placed,
    Quiet,
    Recall,
    Reply,
    Speech,
    TalkTo,
    Typed,
    Unignore,
)
from classchat.client.display import view
from classchat.client.display.observer import Display
from classchat.client.display.stranger import shown_name
from classchat.client.link.link import Link
from classchat.client.screen import lists
from classchat.client.screen.colours import Colours, Painter
from classchat.client.screen.completion import Candidate, candidates
from classchat.client.screen.desk import Desk
from classchat.client.screen.display import Canvas, ScreenDisplay, pending_line
from classchat.client.screen.hiding import Hiding
from classchat.client.screen.last_room import LastRooms
from classchat.client.screen.state import Focus, Person, Room, Screen
from classchat.client.screen.statusline import fitted
from classchat.client.spelling import name_key
from classchat.client.tty.surface import Surface
from classchat.messages import (
    Command,
    Create,
    Join,
    ListRooms,
    ListUsers,
    Quit,
    RoomListing,
    Say,
    Success,
    Tell,
)

_MOST_HELD = 256  # lines that wait until it is known where they go
_MOST_UNREAD = 9  # conversations with something unread that stand at the bottom
_MOST_PENDING = 5  # of what is not confirmed yet, the last so many are shown
_FETCH_PAUSE = 5.0  # seconds between two questions for the names that Tab completes
_NOWHERE = "Nobody would hear that: /join a room, or say /focus and the name of a room or person"
_FIRST_HINT = "[CLIENT] Tab completes; /help lists commands; text goes where the prompt says"
_SAID = Speech | Action | Reply | Say | Tell
"""What is shown where it is heard, and not where it is typed."""

_WAITING = Speech | Action | FocusOn | TalkTo | Quiet | Create | Join | Placed | Recall


class EditorSurface(Surface, Canvas, Protocol):
    """What an editor is to us."""

    def hint(self, text: str) -> None:
        """Show a sentence at the bottom, until the next key."""

    def clear(self) -> None:
        """Empty the screen."""


class ScreenApp(App, Desk):
    """The client in a terminal with a line editor."""

    def __init__(
        self, reactor: Any, options: Mapping[str, Any], colours: Colours, state: Path, **more: Any
    ) -> None:
        """Keep what has to be kept between runs in the directory `state`."""
        super().__init__(reactor, options, True, **more)
        self._colours = colours
        self._rings = options["bell"]
        self._time_format = options["time_format"]
        self._hiding = Hiding(state)
        self._last_rooms = LastRooms(state / "last_rooms")
        self._screen = Screen("")
        self._editor: EditorSurface
        self._shown: ScreenDisplay
        self._held: deque[Typed | Local] = deque()
        self._fetches = False
        self._fetched = -_FETCH_PAUSE

    def begin(self, editor: EditorSurface) -> None:
        """Begin with the first question, or connect."""
        self._editor = editor
        self.start(editor)

    # The link tells.

    def _new_display(self, name: str) -> Display:
        self._screen = Screen(name)
        self._hiding.restore(self._screen, lambda sentence: self._terminal.show(f"[CLIENT] {sentence}"))
        painter = Painter(name, self._colours, self._time_format)
        self._shown = ScreenDisplay(
            self._editor, painter, self._screen, self._place, self._now, self._rings, self._settled
        )
        self._shown.hears_time = self._clock.hears
        self._shown.joined = self._joined
        return self._shown

    def _arrive(self, welcome: Success) -> None:
        """Talk where one talked last, and fetch the names that Tab completes."""
        if name_key(welcome.receiver) == name_key(self._screen.me):
            self._screen.me = welcome.receiver  # as others see it
        if welcome.rooms and self._screen.focus is None:
            self._focus_last(welcome.rooms)
        super()._arrive(welcome)
        self._terminal.show(_FIRST_HINT)
        self._fetches = welcome.server is not None
        self._fetch_names()

    def _fetch_names(self) -> None:
        """Ask who is there, and which rooms, unless that was asked just now."""
        now = self._reactor.seconds()
        if not self._fetches or self._link is None or self._link.away or now < self._fetched + _FETCH_PAUSE:
            return
        self._fetched = now
        for request in (ListUsers(), ListRooms()):
            self._shown.quiet.add(str(self._link.ask(request).id))

    def _focus_last(self, rooms: Sequence[RoomListing]) -> None:
        """Talk where one talked last, or else in the room where most was said."""
        last = self._last_rooms.find(self._place, self._screen.me) or ""
        busiest = max(rooms, key=lambda room: room.seq or 0).name
        self._focus(Room(self._screen.joined.get(last) or busiest))

    def _keep_focus(self) -> None:
        if self._talking and isinstance(self._screen.focus, Room):
            self._last_rooms.remember(self._place, self._screen.me, self._screen.focus.name)

    def _over(self, exit_code: int) -> None:
        self._keep_focus()
        super()._over(exit_code)
        self._set_aside()

    def _set_aside(self) -> None:
        self._screen.pending.clear()
        for held in self._held:
            self._not_sent(held)
        self._held.clear()

    def _tell(self, line: str) -> None:
        if self._talking:
            self._shown.tell(line)
        else:
            super()._tell(line)

    # The editor tells.

    def typed(self, line: str) -> None:
        """Take an answer to a question, or a line to say or obey."""
        if self.exit_code is None and self._questions and self._asking is None:
            self._terminal.show(f"{self._questions[0].prompt}{line}")
        elif self._asking is not None:
            self._terminal.show(self._asking.prompt)
        super().typed(line)

    def leaves(self) -> None:
        """Leave: it is Ctrl+C twice, or Ctrl+D."""
        self._end(0)

    def crashed(self) -> None:
        """End: whoever keeps the log says so."""
        self._end(1)

    @property
    def is_talking(self) -> bool:
        """Whether there is a conversation that one should not leave by a slip."""
        return self._talking

    def pending(self) -> list[str]:
        """Return what is said and not confirmed yet, and last what has to wait until it is known for whom."""
        said = [pending_line(command, self._screen.me) for command in self._screen.pending.values()]
        held = [view.body(each.text) for each in self._held if isinstance(each, Speech | Action)]
        return [*said, *held][-_MOST_PENDING:]

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Return what may follow, once one is signed in; and ask for what is new, for the next Tab."""
        if not self._talking or self._asking is not None:
            return iter(())
        self._fetch_names()
        return candidates(text, self._screen)

    def remembered(self, text: str) -> str:
        """Return a line as it was typed, but with the name of the person it is for.

        Else it would go to a room if one finds it again where one talks to a room.
        """
        person = self._screen.focus.name if isinstance(self._screen.focus, Person) else None
        try:
            typed = parse_on_screen(text)
        except CommandError:
            return text
        match typed:
            case Speech(said) if person is not None and not self._waits:
                return f"/private {person} {said}"
            case Action(done) if person is not None and not self._waits:
                return f"/private {person} {self._acting(done)}"
            case TalkTo(name, said) if said:
                return f"/private {name} {said}"
            case Reply(said) if self._screen.last_sender is not None:
                return f"/private {self._screen.last_sender} {said}"
            case _:
                return text

    def _acting(self, text: str) -> str:
        return f"* {self._screen.me} {text}"

    def is_secret(self, text: str) -> bool:
        """Tell what is for one person, or answers a question."""
        line = text.lstrip()
        if not self._talking or self._asking is not None:
            return True
        if line.startswith("/") and not line.startswith("//"):
            return is_secret(line)
        return self._waits or isinstance(self._screen.focus, Person)

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
        """Return server, name, focus, what is unread, and whether the connection is up, as far as it fits."""
        if self._link is None:
            return "Not connected · Ctrl+C leaves"
        unread = [
            f"{number}:{_name(each.place)} {each.unread}{'!' if each.mentions else ''}"
            for number, each in self._screen.unread[:_MOST_UNREAD]
        ]
        if len(self._screen.unread) > _MOST_UNREAD:
            unread.append(f"{len(self._screen.unread) - _MOST_UNREAD} more")
        focus = f"→ {_name(self._screen.focus)}" if self._screen.focus else "no focus"
        state = "reconnecting" if self._link.away else "connected" if self._talking else "connecting"
        return fitted(self._place, self._screen.me, focus, unread, state, columns)

    # Talking.

    def _obey(self, line: str, link: Link) -> None:
        """Obey a line; what is wrong with it is told with the line, which is not lost."""
        typed: Typed | Local | None = None
        try:
            typed = parse_on_screen(line)
            if not isinstance(typed, _SAID):
                self._terminal.show(f"{self._prompt}{line}")
            self._take(typed, link)
        except CommandError as wrong:
            if typed is None and not may_hold_password(line):
                self._terminal.show(f"{self._prompt}{view.body(line)}")
            self._complain(str(wrong), "invalid_command")
            if isinstance(typed, _SAID):
                self._tell(view.not_said(line))
        self._let_type()
        self._editor.refresh()

    @property
    def _waits(self) -> bool:
        """Whether it is not known yet where plain text goes."""
        return bool(self._screen.entering or self._held)

    def _take(self, typed: Typed | Local, link: Link) -> None:
        if self._waits and isinstance(typed, _WAITING):
            if len(self._held) >= _MOST_HELD:
                raise CommandError(f"Not sent: {_MOST_HELD} lines wait already for the server's answer")
            self._held.append(typed)
        else:
            self._do(typed, link)

    def _do(self, typed: Typed | Local, link: Link) -> None:
        match typed:
            case Help(""):
                self._terminal.show(view.help_text(SCREEN_COMMANDS))
            case Help(name):
                self._terminal.show(view.help_of(usage_of(name)))
            case Quit():
                self._end(0)
            case Recall() as recall:
                self._ask(self._history(recall, link), link)
            case FocusOn(name):
                self._focus(self._found(name) if name else None)
            case TalkTo(name, text):
                self._focus(Person(self._screen.users.spelled(name)))
                if text:
                    self._say(text, link)
            case ListConversations():
                self._tell(f"[CLIENT] {lists.conversations(self._screen)}")
            case Quiet(room, off):
                self._tell(f"[CLIENT] {self._hiding.be_quiet(self._screen, room, off=off)}")
            case Further(kind):
                self._go_on_reading(kind, link)
            case Speech(text):
                self._say(text, link)
            case Action(text):
                self._say(self._acting(text), link)
            case Reply(text):
                self._reply(text, link)
            case Ignore(name):
                self._tell(f"[CLIENT] {self._hiding.ignore(self._screen, name)}")
            case Unignore(name):
                self._tell(f"[CLIENT] {self._hiding.unignore(self._screen, name)}")
            case Clear():
                self._editor.clear()
            case ClaimName():
                self._claim(link)
            case OtherPassword():
                self._change_password(link)
            case Placed() as placed:
                self._ask(placed.at(self._screen.whereabouts), link)
            case command:
                self._ask(command, link)

    def _say(self, text: str, link: Link) -> None:
        said = self._screen.said(text)
        if said is None:
            raise CommandError(_NOWHERE)
        self._ask(said, link)

    def _reply(self, text: str, link: Link) -> None:
        if self._screen.last_sender is None:
            raise CommandError("Nobody has told you anything yet")
        self._ask(Tell(receiver=self._screen.last_sender, text=text), link)

    def _asked(self, command: Command) -> None:
        self._screen.asked(command)

    # Where one talks.

    def _here(self) -> str:
        focus = self._screen.focus
        if focus is None:
            return super()._here()
        return f"@{focus.name}" if isinstance(focus, Person) else focus.name

    def _found(self, name: str) -> Focus:
        place = self._screen.find(name)
        if place is not None:
            return place
        shown = shown_name(name.removeprefix("@"))
        if name in self._screen.rooms:
            raise CommandError(f"You are not in '{shown}': /join {shown} first")
        if shown.isdigit():
            raise CommandError(f"There is no conversation {shown}: /conversations lists them")
        raise CommandError(f"Nobody here is called '{shown}', as far as is known: /focus @{shown} insists")

    def _focus(self, place: Focus | None) -> None:
        self._screen.focus_on(place)
        self._show_focus()

    def _show_focus(self) -> None:
        if self._talking and self._asking is None and not self._sealed:
            self._terminal.prompt(self._prompt)

    @property
    def _prompt(self) -> str:
        return f"You → {_name(self._screen.focus)}: " if self._screen.focus else "You: "

    def _settled(self, request: Command | None, granted: bool) -> None:
        """Go on with what had to wait; what was for a room that does not let us in goes nowhere."""
        if self._talking:
            self._show_focus()
        if not granted and isinstance(request, Create | Join):
            self._drop_held()
        while self._held and not self._screen.entering and self._link is not None:
            held = self._held.popleft()
            try:
                self._do(held, self._link)
            except CommandError as wrong:
                self._complain(str(wrong), "invalid_command")
                self._not_sent(held)

    def _drop_held(self) -> None:
        while self._held and isinstance(self._held[0], Speech | Action):
            self._not_sent(self._held.popleft())

    def _not_sent(self, held: Typed | Local) -> None:
        if isinstance(held, Speech | Action):
            self._tell(view.not_said(held.text))


def _name(place: Focus | None) -> str:
    match place:
        case None:
            return ""
        case Room(name):
            return shown_name(name)
        case Person(name):
            return f"@{shown_name(name)}"
        case _:
            assert_never(place)
