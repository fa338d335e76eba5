"""What a bot asks of a class: sessions, hands, questions, polls, attendance, the roster, groups.

docs/bots.md has an example. A bot that follows a class also hears counts, as events without a text. After a
reconnect it hears that they are stale, and asks again.
"""

from __future__ import annotations

from collections.abc import Sequence

from classchat.class_commands import (
    USUAL_HERE,
    USUAL_POLL,
    AnswerQuestion,
    Approve,
    Ask,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    ReadRoster,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)
from classchat.class_events import (
    Anonymity,
    ClassView,
    HandsView,
    Policy,
    PollView,
    Presence,
    QuestionsView,
    RosterView,
)
from classchat.client.link.answers import Answers
from classchat.messages import Assist, SetRoom, Success, Unassist
from classchat.request import Request


class ClassRequestsOfBot:
    """The requests of a bot about a room's class; each returns the answer, or raises a ChatError."""

    _answers: Answers

    async def _granted(self, command: Request) -> Success:
        return (await self._answers.ask(command)).event

    async def class_of(self, room: str, *, follow: bool | None = None) -> ClassView:
        """Return what a class is doing, as far as this user may see it.

        With `follow` the server tells counts from then on, as events `counts`, until it is asked with `False`
        or the connection is lost.
        """
        state = (await self._granted(Follow(receiver=room, follow=follow))).state
        return ClassView(room, "student") if state is None else state

    # Sessions and hands.

    async def begin_session(self, room: str, title: str = "") -> Success:
        """Begin a session; the answer has its `number`."""
        return await self._granted(SetSession(receiver=room, text="begin", title=title))

    async def end_session(self, room: str) -> Success:
        """End the session."""
        return await self._granted(SetSession(receiver=room, text="end"))

    async def raise_hand(self, room: str, topic: str = "") -> Success:
        """Raise the bot's hand; the answer has its `place`, and how many are `waiting`."""
        return await self._granted(RaiseHand(receiver=room, text=topic))

    async def lower_hand(self, room: str, user: str = "") -> Success:
        """Lower the bot's hand, or, as staff, the hand of a user."""
        return await self._granted(LowerHand(receiver=room, user=user))

    async def next_hand(self, room: str, user: str = "") -> Success:
        """Go to the next student, or to a `user`; the answer has the `user`."""
        return await self._granted(NextHand(receiver=room, user=user))

    async def finish_turn(self, room: str, how: str = "helped") -> Success:
        """End a turn: `helped`, `absent` or `later`."""
        return await self._granted(FinishTurn(receiver=room, text=how))

    async def hands(self, room: str) -> HandsView:
        """Return the queue: for staff each hand, for students the number and their own place."""
        return (await self._granted(SetHands(receiver=room))).hands or HandsView()

    async def set_hands(self, room: str, rule: str) -> Success:
        """Make the queue `open` or `closed`, `fair` or plain (`order`)."""
        return await self._granted(SetHands(receiver=room, text=rule))

    # Questions.

    async def ask(self, room: str, text: str, *, named: bool = False) -> Success:
        """Ask a question, without the bot's name unless it is `named`; the answer has its `number`."""
        return await self._granted(Ask(receiver=room, text=text, named=named or None))

    async def support(self, room: str, number: int, *, value: bool = True) -> Success:
        """Support a question, or take that back."""
        return await self._granted(Support(receiver=room, number=number, value=value))

    async def answer(self, room: str, number: int, text: str = "") -> Success:
        """Answer a question, or mark it as answered."""
        return await self._granted(AnswerQuestion(receiver=room, number=number, text=text))

    async def approve(self, room: str, number: int) -> Success:
        """Show a question that waits to the room."""
        return await self._granted(Approve(receiver=room, number=number))

    async def dismiss(self, room: str, number: int, why: str = "") -> Success:
        """Close a question."""
        return await self._granted(Dismiss(receiver=room, number=number, text=why))

    async def reveal(self, room: str, number: int) -> str:
        """Return the name of the user who has asked a question; that user is told."""
        return (await self._granted(Reveal(receiver=room, number=number))).user or ""

    async def questions(self, room: str) -> QuestionsView:
        """Return the questions of a room, and who may ask them."""
        return (await self._granted(SetQuestions(receiver=room))).questions or QuestionsView()

    async def set_questions(self, room: str, policy: Policy, anonymous: Anonymity | None = None) -> Success:
        """Set whether questions may be asked, and from whom names are hidden."""
        return await self._granted(SetQuestions(receiver=room, text=policy, anonymous=anonymous))

    # Polls.

    async def poll(
        self,
        room: str,
        question: str,
        options: Sequence[str],
        seconds: int = USUAL_POLL,
        *,
        many: bool = False,
        named: bool = False,
        live: bool = False,
    ) -> Success:
        """Begin a poll; the answer has its `number`, and `until` when it is open.

        Several choices are allowed with `many`, staff can read who chose what with `named`, and followers see
        the counts while it is open with `live`.
        """
        return await self._granted(
            StartPoll(
                receiver=room,
                text=question,
                options=list(options),
                seconds=seconds,
                many=many or None,
                named=named or None,
                live=live or None,
            )
        )

    async def vote(self, room: str, *choices: int, number: int | None = None) -> Success:
        """Vote in the poll with this `number`, or the only open one; `choices` count from 0."""
        return await self._granted(Vote(receiver=room, number=number, choices=list(choices)))

    async def end_poll(self, room: str, number: int | None = None) -> Success:
        """Close a poll before its end."""
        return await self._granted(EndPoll(receiver=room, number=number))

    async def polls(self, room: str, number: int | None = None) -> list[PollView]:
        """Return the last polls of a room, or one of them, with its votes."""
        return (await self._granted(ListPolls(receiver=room, number=number))).polls or []

    # Attendance, the roster, groups, the room.

    async def take_attendance(self, room: str, seconds: int = USUAL_HERE) -> Success:
        """Take attendance by a code; the answer has the `code` of this moment."""
        return await self._granted(Present(receiver=room, seconds=seconds))

    async def end_attendance(self, room: str) -> Success:
        """Stop accepting codes."""
        return await self._granted(Present(receiver=room, text="end"))

    async def here(self, room: str, code: str) -> Success:
        """Record that the bot is present, with the present code."""
        return await self._granted(Here(receiver=room, text=code))

    async def mark(self, room: str, user: str, mark: Presence) -> Success:
        """Set the attendance of a student: `present`, `late`, `excused` or `absent`."""
        return await self._granted(Mark(receiver=room, user=user, text=mark))

    async def roster(self, room: str) -> list[RosterView]:
        """Return the students on the roster, and the members who are not on it."""
        return (await self._granted(ReadRoster(receiver=room))).roster or []

    async def add_to_roster(self, room: str, name: str) -> Success:
        """Add a student to the roster; the answer has the `user` and the join `code`."""
        return await self._granted(ReadRoster(receiver=room, text="add", user=name))

    async def make_groups(
        self,
        room: str,
        count: int | None = None,
        size: int | None = None,
        how: str = "random",
        seconds: int | None = None,
    ) -> Success:
        """Divide those who are present into group rooms: `random`, `new`, `same` or `section`."""
        return await self._granted(
            SetGroups(receiver=room, count=count, size=size, text=how, seconds=seconds)
        )

    async def close_groups(self, room: str) -> Success:
        """Close the group rooms."""
        return await self._granted(SetGroups(receiver=room, text="close"))

    async def assist(self, room: str, user: str) -> Success:
        """Make a user an assistant of the room."""
        return await self._granted(Assist(receiver=room, user=user))

    async def unassist(self, room: str, user: str) -> Success:
        """Remove an assistant of the room."""
        return await self._granted(Unassist(receiver=room, user=user))

    async def set_room(self, room: str, kind: str, seconds: int | None = None) -> Success:
        """Set who may join or speak: `exam`, `questions`, `slow` with `seconds`, `talk`, and all others."""
        return await self._granted(SetRoom(receiver=room, text=kind, seconds=seconds))
