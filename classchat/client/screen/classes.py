"""What the classes of the followed rooms are doing, as the server has told it last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from msgspec.structs import replace

from classchat.class_commands import Follow, LowerHand, RaiseHand, Vote
from classchat.class_events import (
    About,
    AboutCounts,
    AboutGroups,
    AboutHand,
    AboutHands,
    AboutHere,
    AboutLine,
    AboutMark,
    AboutPoll,
    AboutQuestion,
    AboutQuestions,
    AboutSession,
    AboutTurn,
    ClassView,
    HandsView,
    HereView,
    PollView,
    QuestionView,
    TurnView,
)
from classchat.client.display.class_times import moment
from classchat.client.spelling import room_key
from classchat.messages import Success
from classchat.request import Request

_MOST_ROOMS = 500
_MOST_KEPT = 200  # questions or polls of a room

_LATE = timedelta(seconds=30)

_Numbered = TypeVar("_Numbered", PollView, QuestionView)


class Classes:
    """The state of each followed class."""

    def __init__(self) -> None:
        """Begin without any."""
        self._views: dict[str, ClassView] = {}

    def of(self, room: str) -> ClassView | None:
        """Return the state of a room's class, if it is known."""
        return self._views.get(room_key(room))

    def __iter__(self) -> Iterator[ClassView]:
        """Return the classes in the order in which they were followed."""
        return iter(self._views.values())

    def keep(self, rooms: Iterable[str]) -> None:
        """Forget all rooms but these."""
        keys = set(map(room_key, rooms))
        self._views = {key: view for key, view in self._views.items() if key in keys}

    def clear(self) -> None:
        """Forget everything: the connection is lost."""
        self._views.clear()

    def counting(self, now: datetime) -> bool:
        """Return whether a poll is open, so that the time that is left changes."""
        return any(is_running(poll, now) for view in self for poll in view.polls)

    def answered(self, answer: Success, request: Request) -> None:
        """Record what an answer says of the user's own hand or vote, or of the whole class."""
        if isinstance(request, Follow) and answer.state is not None:
            if len(self._views) < _MOST_ROOMS or room_key(answer.state.room) in self._views:
                self._views[room_key(answer.state.room)] = answer.state
            return
        view = self.of(request.receiver)
        if view is None:
            return
        match request:
            case RaiseHand(text=topic):
                waiting = view.hands.waiting if answer.waiting is None else answer.waiting
                self._set(view, replace(view.hands, place=answer.place, topic=topic, waiting=waiting))
            case LowerHand(user=""):
                self._set(view, replace(view.hands, place=None, topic=None))
            case Vote(number=number, choices=choices):
                polls = [
                    replace(poll, mine=choices) if number in (None, poll.number) else poll
                    for poll in view.polls
                ]
                self._set(view, polls=polls)
            case _:
                pass

    def told(self, about: About, me: str) -> bool:
        """Record what the server tells; return whether the whole state has to be asked for."""
        view = self.of(about.room)
        if view is None:
            return False
        match about:
            case AboutCounts():
                self._counted(view, about)
                return bool(about.stale) or about.role is not None
            case AboutTurn(by=by, state=state):
                turn = TurnView(me, by) if state == "taken" else None
                self._set(view, replace(view.hands, turn=turn, place=None))
            case AboutHand(waiting=waiting):
                self._set(view, replace(view.hands, waiting=waiting))
            case AboutHands(open=is_open, rule=rule):
                self._set(view, replace(view.hands, open=is_open, rule=rule))
            case AboutPoll():
                self._set(view, polls=_with(view.polls, _poll(about, view.polls)))
            case AboutQuestion(state=state) if state != "revealed":
                asked = QuestionView(about.number, about.text, state, about.minute, about.user)
                self._asked(view, _with(view.questions.questions, asked))
            case AboutQuestions(policy=policy, anonymous=anonymous):
                questions = replace(view.questions, policy=policy, anonymous=anonymous)
                self._views[room_key(view.room)] = replace(view, questions=questions)
            case AboutHere(open=is_open, until=until, code=code):
                here = replace(view.here, open=is_open, until=until, code=code, seen=None)
                self._set(view, here=here)
            case AboutMark(mark=mark):
                self._set(view, here=replace(view.here, mark=mark))
            case AboutSession():
                return True
            case AboutQuestion() | AboutGroups() | AboutLine():
                pass
            case _:
                assert_never(about)
        return False

    def _counted(self, view: ClassView, about: AboutCounts) -> None:
        polls = view.polls
        for poll in (about.polls or {}).values():
            polls = _with(polls, poll)
        supports = about.supports or {}
        questions = [
            replace(one, supports=supports.get(one.number, one.supports)) for one in view.questions.questions
        ]
        if supports:
            self._asked(view, questions)
        view = self.of(view.room) or view
        mode = view.mode if about.mode is None else about.mode
        slow = view.slow if about.slow is None else about.slow or None
        self._set(replace(view, mode=mode, slow=slow), about.hands, polls, about.here)

    def _set(
        self,
        view: ClassView,
        hands: HandsView | None = None,
        polls: list[PollView] | None = None,
        here: HereView | None = None,
    ) -> None:
        self._views[room_key(view.room)] = replace(
            view,
            hands=view.hands if hands is None else hands,
            polls=view.polls if polls is None else polls,
            here=view.here if here is None else here,
        )

    def _asked(self, view: ClassView, questions: list[QuestionView]) -> None:
        self._views[room_key(view.room)] = replace(
            view, questions=replace(view.questions, questions=questions)
        )


def is_running(poll: PollView, now: datetime) -> bool:
    """Return whether a poll is open; a little longer than its time, until the server closes it."""
    until = moment(poll.until, now)
    return poll.state == "open" and until is not None and now - _LATE < until


def _with(known: list[_Numbered], one: _Numbered) -> list[_Numbered]:
    """Return a list with the present state of a question or a poll, in order of their numbers."""
    others: list[_Numbered] = [each for each in known if each.number != one.number]
    others.append(one)
    others.sort(key=lambda each: each.number)
    return others[-_MOST_KEPT:]


def _poll(about: AboutPoll, known: list[PollView]) -> PollView:
    """Return a poll as it was told, with the choices that this user has made."""
    mine = next((poll.mine for poll in known if poll.number == about.number), None)
    return PollView(
        about.number,
        about.text,
        about.options,
        "closed" if about.state == "closed" else "open",
        about.until,
        about.by,
        about.many,
        about.named,
        about.live,
        about.counts,
        about.guests,
        about.votes,
        about.here,
        mine,
        guest_votes=about.guest_votes,
    )
