"""The commands of the class layer: sessions, hands, questions, polls, attendance, groups and the roster.

They go to a room, their `receiver`, and each is one of docs/class.md's verbs. `messages.py` joins them to the
other commands.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from classchat.request import Request

Count = Annotated[int, Meta(ge=1, le=(1 << 31) - 1)]
"""The number of a question or a poll, which both count from 1 in each room."""

MOST_OPTIONS = 10
LONGEST_OPTION = 200
LONGEST_POLL = 3_600
"""Seconds that a poll may be open."""

USUAL_POLL = 60
LONGEST_SLOW = 3_600
"""The most seconds between two lines of a student in a slow room."""

LONGEST_HERE = 4 * 60 * 60
"""The most seconds for which a code is taken."""

USUAL_HERE = 300
MOST_GROUPS = 500
LONGEST_GROUPS = 24 * 60 * 60


class Classing(Request, frozen=True):
    """The base of the commands of the class layer."""


class Follow(Classing, frozen=True, tag="class"):
    """`{"status":"class","receiver":"CS350","follow":true}`: read what a room's class is doing.

    With `follow` this connection is told of counts and places from then on, until it sends `false`.
    """

    follow: bool | None = None


class SetSession(Classing, frozen=True, tag="session"):
    """`{"status":"session","receiver":"CS350","text":"begin","title":"Week 3"}`: begin or end a session."""

    title: str = ""


class RaiseHand(Classing, frozen=True, tag="hand"):
    """`{"status":"hand","receiver":"CS350","text":"pointers"}`: raise a hand, or change its topic."""


class LowerHand(Classing, frozen=True, tag="lower"):
    """`{"status":"lower","receiver":"CS350"}`: lower the own hand, or, as staff, that of a `user`."""

    user: str = ""


class NextHand(Classing, frozen=True, tag="next"):
    """`{"status":"next","receiver":"CS350"}`: go to the next student, or to a `user` whose hand is up."""

    user: str = ""


class FinishTurn(Classing, frozen=True, tag="done"):
    """`{"status":"done","receiver":"CS350","text":"helped"}`: end a turn: helped, absent or later."""


class SetHands(Classing, frozen=True, tag="hands"):
    """`{"status":"hands","receiver":"CS350"}`: list the hands, or set open, closed, fair or order."""


class Ask(Classing, frozen=True, tag="ask"):
    """`{"status":"ask","receiver":"CS350","text":"Why?"}`: ask a question without a name."""

    named: bool | None = None
    anonymous: Literal["peers", "full", "no"] | None = None
    """What the client has shown of the policy: the request is refused if others can see more by now."""


class Support(Classing, frozen=True, tag="support"):
    """`{"status":"support","receiver":"CS350","number":7}`: support a question.

    With `value` false, take that back.
    """

    number: Count | None = None
    value: bool = True


class AnswerQuestion(Classing, frozen=True, tag="answer"):
    """`{"status":"answer","receiver":"CS350","number":7,"text":"Because"}`: answer a question."""

    number: Count | None = None


class Approve(Classing, frozen=True, tag="approve"):
    """`{"status":"approve","receiver":"CS350","number":7}`: show a question that waits to the room."""

    number: Count | None = None


class Dismiss(Classing, frozen=True, tag="dismiss"):
    """`{"status":"dismiss","receiver":"CS350","number":7}`: close a question; `text` may say why."""

    number: Count | None = None


class Reveal(Classing, frozen=True, tag="reveal"):
    """`{"status":"reveal","receiver":"CS350","number":7}`: learn who has asked a question."""

    number: Count | None = None


class SetQuestions(Classing, frozen=True, tag="questions"):
    """`{"status":"questions","receiver":"CS350","text":"open"}`: list the questions, or set the policy."""

    anonymous: Literal["peers", "full", "no"] | None = None


class StartPoll(Classing, frozen=True, tag="poll"):
    """`{"status":"poll","receiver":"CS350","text":"Which?","options":["A","B"]}`: begin a poll."""

    options: list[str] = []
    seconds: Annotated[int, Meta(ge=5, le=LONGEST_POLL)] = USUAL_POLL
    many: bool | None = None
    """Whether several choices are allowed."""

    named: bool | None = None
    """Whether the staff can read who chose what."""

    live: bool | None = None
    """Whether followers see the counts while it is open."""


class Vote(Classing, frozen=True, tag="vote"):
    """`{"status":"vote","receiver":"CS350","number":2,"choices":[0]}`: vote, or change a vote."""

    number: Count | None = None
    """The poll; without one, the only one that is open."""

    choices: list[Annotated[int, Meta(ge=0, lt=MOST_OPTIONS)]] = []


class EndPoll(Classing, frozen=True, tag="endpoll"):
    """`{"status":"endpoll","receiver":"CS350","number":2}`: close a poll before its end."""

    number: Count | None = None


class ListPolls(Classing, frozen=True, tag="polls"):
    """`{"status":"polls","receiver":"CS350"}`: list the polls, or read one of them, with its votes."""

    number: Count | None = None


class Present(Classing, frozen=True, tag="present"):
    """`{"status":"present","receiver":"CS350","seconds":300}`: take attendance by a code.

    With the `text` end, stop.
    """

    seconds: Annotated[int, Meta(ge=10, le=LONGEST_HERE)] = USUAL_HERE


class Here(Classing, frozen=True, tag="here"):
    """`{"status":"here","receiver":"CS350","text":"K7Q2M"}`: be present, with the code of this moment."""


class Mark(Classing, frozen=True, tag="mark"):
    """`{"status":"mark","receiver":"CS350","user":"Carol","text":"late"}`: set a student's attendance."""

    user: str = ""


class ReadRoster(Classing, frozen=True, tag="roster"):
    """`{"status":"roster","receiver":"CS350"}`: read the roster, and who is here; `text` add: one `user`."""

    user: str = ""


class SetGroups(Classing, frozen=True, tag="groups"):
    """`{"status":"groups","receiver":"CS350","count":4,"text":"random"}`: make group rooms, or close them."""

    count: Annotated[int, Meta(ge=1, le=MOST_GROUPS)] | None = None
    size: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    seconds: Annotated[int, Meta(ge=10, le=LONGEST_GROUPS)] | None = None
    """After so many seconds they are closed; without it, by hand."""


ClassCommand = (
    Follow
    | SetSession
    | RaiseHand
    | LowerHand
    | NextHand
    | FinishTurn
    | SetHands
    | Ask
    | Support
    | AnswerQuestion
    | Approve
    | Dismiss
    | Reveal
    | SetQuestions
    | StartPoll
    | Vote
    | EndPoll
    | ListPolls
    | Present
    | Here
    | Mark
    | ReadRoster
    | SetGroups
)
"""The commands of the class layer, other than `assist`, `unassist` and `room`, which are orders."""
