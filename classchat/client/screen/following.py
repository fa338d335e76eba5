"""Which classes this client follows: those of the rooms that have had the focus.

The server then tells counts and places as they change. A server without the class layer answers the first
time that it does not know the request, and is not asked again on that connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.class_commands import Ask, Follow
from classchat.class_events import AboutGroups, AboutQuestions
from classchat.client.display.class_lists import policy_of
from classchat.client.display.stranger import shown_name
from classchat.client.link.happenings import about_of, happening_of
from classchat.client.screen.classes import Classes
from classchat.client.spelling import room_key
from classchat.messages import Error, Group, Private, Success
from classchat.request import Request

_SPREAD = 3.0  # seconds over which the clients of a class ask again
_SECOND = 1.0
_UNKNOWN = "unknown_status"
_MODES = frozenset({"talk", "announce", "questions", "exam", "slow", "assistant", "not_assistant"})
"""Events after which the state of a class is another one."""


class Following:
    """Follows classes, and keeps what they are doing."""

    def __init__(
        self,
        ask: Callable[[Request], None],
        refresh: Callable[[], None],
        clock: IReactorTime,
        jitter: Callable[[], float],
        now: Callable[[], datetime],
        grouped: Callable[[AboutGroups], None],
    ) -> None:
        """Send requests with `ask`; `refresh` draws the line at the bottom; `now` is the server's time.

        `grouped` is told of group rooms that are opened or closed.
        """
        self.classes = Classes()
        self._ask = ask
        self._refresh = refresh
        self._clock = clock
        self._jitter = jitter
        self._now = now
        self._grouped = grouped
        self._followed: dict[str, str] = {}  # rooms by key
        self._open: set[str] = set()  # those whose request is not answered
        self._stale: dict[str, str] = {}
        self._shown: dict[str, tuple[str, str]] = {}  # policy and anonymity that were shown, by room
        self._known = True  # whether the server has the class layer, as far as it has said
        self._again: IDelayedCall | None = None
        self._tick: IDelayedCall | None = None

    def look(self, room: str | None, joined: Iterable[str]) -> None:
        """Follow the class of a room, if it has one; forget rooms that the user has left."""
        joined = list(joined)
        keys = set(map(room_key, joined))
        self._followed = {key: name for key, name in self._followed.items() if key in keys}
        self._shown = {key: policy for key, policy in self._shown.items() if key in keys}
        self.classes.keep(joined)
        if room is not None and room_key(room) in keys and room_key(room) not in self._followed:
            self._follow(room)

    def lost(self) -> None:
        """Forget what was told: the connection is lost."""
        self._known = True
        self._stale.clear()
        self.classes.clear()
        self._cancel()

    def returned(self) -> None:
        """Follow the same rooms on a new connection; requests that were open are sent again anyway."""
        for key, room in list(self._followed.items()):
            if key not in self._open:
                self._follow(room)

    def as_shown(self, command: Request) -> Request:
        """Return a question with the policy that was shown: the server refuses it if more is seen by now."""
        view = self.classes.of(command.receiver)
        if not isinstance(command, Ask) or view is None:
            return command
        return replace(command, anonymous=view.questions.anonymous)

    def policy_to_show(self, room: str) -> str | None:
        """Return the policy for questions, if this student has not been shown it yet."""
        view = self.classes.of(room)
        if view is None or view.role != "student":
            return None
        known, now = self._shown.get(room_key(room)), (view.questions.policy, view.questions.anonymous)
        self._shown[room_key(room)] = now
        if view.questions.policy == "off" or now == known:
            return None
        return f"{shown_name(view.room)}: {policy_of(view.questions)}. To ask: /ask TEXT"

    def close(self) -> None:
        """Stop all timers; harmless twice."""
        self._cancel()

    def answered(self, answer: Success | Error, request: Request | None) -> None:
        """Record the answer to a request."""
        if isinstance(request, Follow):
            self._open.discard(room_key(request.receiver))
        match answer, request:
            case Success(), asked if asked is not None:
                self.classes.answered(answer, asked)
                self._count()
            case Error(code=code), Follow(receiver=room, follow=True):
                self._known = self._known and code != _UNKNOWN
                self._followed.pop(room_key(room), None)
            case _:
                pass

    def told(self, message: Group | Private, me: str) -> None:
        """Record what the server tells."""
        if message.replay:
            return
        about = about_of(message)
        if about is not None:
            if isinstance(about, AboutGroups):
                self._grouped(about)
            if isinstance(about, AboutQuestions):
                self._shown[room_key(about.room)] = (about.policy, about.anonymous)
            if self.classes.told(about, me):
                self._later(about.room)
            self._count()
            return
        happening = happening_of(message)
        if happening is not None and happening.room is not None and happening.event in _MODES:
            self._later(happening.room)

    def _follow(self, room: str) -> None:
        if self._known:
            self._followed[room_key(room)] = room
            self._open.add(room_key(room))
            self._ask(Follow(receiver=room, follow=True))

    def _later(self, room: str) -> None:
        """Ask for the whole state a little later: all clients of a class would ask at the same moment."""
        if room_key(room) not in self._followed:
            return
        self._stale[room_key(room)] = room
        if self._again is None:
            self._again = self._clock.callLater(self._jitter() * _SPREAD, self._ask_again)

    def _ask_again(self) -> None:
        self._again = None
        stale, self._stale = self._stale, {}
        for key, room in stale.items():
            if key in self._followed:
                self._follow(room)

    def _count(self) -> None:
        """Draw each second while a poll is open."""
        if self._tick is None and self.classes.counting(self._now()):
            self._tick = self._clock.callLater(_SECOND, self._ticked)

    def _ticked(self) -> None:
        self._tick = None
        self._refresh()
        self._count()

    def _cancel(self) -> None:
        for timer in (self._again, self._tick):
            if timer is not None and timer.active():
                timer.cancel()
        self._again = self._tick = None
