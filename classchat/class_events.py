"""What the class layer tells: `about` for programs, next to each sentence; the state of a class; answers.

    {"status":"private","sender":"SERVER","receiver":"Carol","text":"CS350: Bob comes to you",
     "about":{"kind":"turn","room":"CS350","by":"Bob","state":"taken"}}

The sentences are made by `wire/class_sentences.py`. docs/class.md describes each kind. Options
count from 0; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

HandRule = Literal["fair", "order"]
Policy = Literal["off", "open", "approve"]
Anonymity = Literal["peers", "full", "no"]
Presence = Literal["present", "late", "excused", "absent"]
Role = Literal["screen", "student", "assistant", "moderator", "operator"]
QuestionState = Literal["waiting", "open", "answered", "dismissed"]
TurnState = Literal["taken", "helped", "absent", "later", "lowered"]


class _View(Struct, frozen=True, omit_defaults=True):
    """The base of the parts of the state. Words are strings: a later server may know more of them."""


class HandView(_View, frozen=True):
    """A hand in the queue, as staff see it."""

    user: str
    topic: str = ""
    since: str = ""
    """When it was raised."""

    times: int = 0
    """How often this student was helped in this session."""

    away: str | None = None
    """Until when the place is kept, where the student is disconnected."""

    passed: bool | None = None
    """Whether the student was absent when it was their turn, and is passed over."""


class TurnView(_View, frozen=True):
    """A student who is being helped."""

    user: str
    by: str
    topic: str = ""
    since: str = ""


class HandsView(_View, frozen=True):
    """The queue of a room."""

    open: bool = False
    rule: str = "fair"
    waiting: int = 0
    place: int | None = None
    """The place of the user's own hand, from 1; None while it is down."""

    topic: str | None = None
    """The topic of the user's own hand."""

    turn: TurnView | None = None
    """One's own turn: of the student who is helped, or of the staff member who helps."""

    hands: list[HandView] | None = field(default=None, name="list")
    """For staff: the hands in the order in which they are taken, the first 200."""

    turns: list[TurnView] | None = None
    """For staff: all turns that have begun and not ended."""


class QuestionView(_View, frozen=True):
    """A question, as a user may see it."""

    number: int
    text: str
    state: str
    minute: str = ""
    """When it was asked, to the minute."""

    user: str | None = None
    """The user who has asked, where that is known to the room."""

    anonymous: str = "no"
    """The policy under which it was asked, which is never changed; "no" if it has a name."""

    supports: int = 0
    supported: bool | None = None
    """Whether this user supports it."""

    own: bool | None = None
    """Whether this user has asked it; never with `full`."""

    answer: str = ""
    by: str | None = None
    """The staff member who has answered or dismissed it."""

    revealed: list[str] | None = None
    """For a question of this user: the moderators who looked up its author."""


class QuestionsView(_View, frozen=True):
    """The questions of a room."""

    policy: str = "off"
    anonymous: str = "peers"
    questions: list[QuestionView] = field(default_factory=list, name="list")
    """The last 200, oldest first; students see no question that waits, but their own."""


class PollView(_View, frozen=True):
    """A poll, as a user may see it."""

    number: int
    text: str
    options: list[str]
    state: str
    until: str = ""
    by: str = ""
    many: bool = False
    named: bool = False
    live: bool = False
    counts: list[int] | None = None
    """The votes for each option, of a closed poll or a live one; None where they are fewer than 5."""

    guests: list[int] | None = None
    """Those of them that are guests'; None where either kind has fewer than 5."""

    votes: int = 0
    """How many have voted."""

    here: int = 0
    """How many students were here, when it closed."""

    mine: list[int] | None = None
    """The user's choices."""

    voters: dict[str, list[int]] | None = None
    """For staff, of a named poll that is read alone: who chose what."""

    guest_votes: int = 0
    """How many of those who have voted are guests."""


class SessionView(_View, frozen=True):
    """The session that is under way."""

    number: int
    title: str = ""
    since: str = ""


class HereView(_View, frozen=True):
    """Attendance by a code."""

    open: bool = False
    until: str = ""
    seen: bool | None = None
    """Whether this student has entered a valid code in this session."""

    mark: str | None = None
    """What staff have set for this student."""

    code: str | None = None
    """For staff: the code of this moment."""

    changes: str | None = None
    """For staff: when the next code comes."""

    count: int | None = None
    """For staff: how many students have entered a code in this session."""


class GroupsView(_View, frozen=True):
    """The group rooms that are open."""

    rooms: dict[str, list[str]]
    """For staff: the members of each; for students: their own room only."""

    until: str = ""


class ClassView(_View, frozen=True):
    """The state of a class that a user may see: the answer to `class`."""

    room: str
    role: str
    mode: str = "talk"
    slow: int | None = None
    """Seconds between two lines of a student, in a slow room."""

    session: SessionView | None = None
    hands: HandsView = HandsView()
    questions: QuestionsView = QuestionsView()
    polls: list[PollView] = []
    """The polls that are open, and the last ones that have closed: at most 20, oldest first."""

    here: HereView = HereView()
    groups: GroupsView | None = None


class RosterView(_View, frozen=True):
    """A student on the roster, or a member of the room who is not on it."""

    name: str
    """The name on the roster; of others, the user's name."""

    user: str = ""
    """The name in the chat; "" for a student who has not signed in yet."""

    section: str = ""
    here: bool = False
    """Whether the student is in the room now."""

    listed: bool = True
    """Whether the roster has this person."""

    seen: bool | None = None
    """Whether a valid code was entered in this session."""

    mark: str | None = None
    same_address: list[str] | None = None
    """Others who have entered a code from the same address: the first five."""

    same_more: int | None = None
    """How many of them are left out."""


# What is told.


class _About(Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    room: str


class AboutSession(_About, frozen=True, tag="session"):
    """A session has begun or ended."""

    by: str
    state: Literal["begun", "ended"]
    number: int
    title: str = ""


class AboutHand(_About, frozen=True, tag="hand"):
    """Hands were raised, for staff; joined over two seconds."""

    waiting: int
    user: str = ""
    """The student, where it was only one."""

    topic: str = ""
    raised: int = 1
    next: str | None = None
    """The student whose turn it is next."""


class AboutTurn(_About, frozen=True, tag="turn"):
    """For the student: a turn has begun or ended, or staff have lowered the hand."""

    by: str
    state: TurnState


class AboutHands(_About, frozen=True, tag="hands"):
    """The queue was opened or closed, or has another rule."""

    by: str
    open: bool
    rule: HandRule


class AboutQuestion(_About, frozen=True, tag="question"):
    """A question was asked, approved, answered or dismissed; for one who asked, also revealed."""

    number: int
    state: Literal["open", "waiting", "answered", "dismissed", "revealed"]
    text: str
    minute: str = ""
    user: str | None = None
    answer: str = ""
    by: str | None = None


class AboutQuestions(_About, frozen=True, tag="questions"):
    """Whether questions may be asked, and who can see who asks."""

    by: str
    policy: Policy
    anonymous: Anonymity


class AboutPoll(_About, frozen=True, tag="poll"):
    """A poll has begun, stays open longer, or is closed."""

    number: int
    state: Literal["open", "longer", "closed"]
    text: str
    options: list[str]
    until: str
    by: str = ""
    many: bool = False
    named: bool = False
    live: bool = False
    seconds: int = 0
    counts: list[int] | None = None
    guests: list[int] | None = None
    votes: int = 0
    here: int = 0
    """The students who were here, or have voted."""

    guest_votes: int = 0


class AboutHere(_About, frozen=True, tag="here"):
    """Attendance is taken, or not any longer; for staff with the code."""

    by: str
    open: bool
    until: str = ""
    code: str | None = None


class AboutMark(_About, frozen=True, tag="mark"):
    """For the student: staff have set the attendance."""

    by: str
    mark: Presence


class AboutGroups(_About, frozen=True, tag="groups"):
    """Group rooms were opened or closed; for a student with the one that they are in."""

    by: str
    open: bool
    count: int = 0
    own: str | None = None
    until: str = ""


class AboutLine(_About, frozen=True, tag="line"):
    """For staff: a student's line in a room where only staff read what students write."""

    user: str
    text: str


class AboutCounts(_About, frozen=True, tag="counts"):
    """For followers, at most once a second, with an empty text: what has changed, and nothing else."""

    hands: HandsView | None = None
    supports: dict[int, int] | None = None
    """Questions, by number, whose supports have changed."""

    polls: dict[int, PollView] | None = None
    """Polls whose votes have changed."""

    here: HereView | None = None
    stale: bool | None = None
    """Whether more has changed than fits: ask with `class` again."""

    role: str | None = None
    mode: str | None = None
    slow: int | None = None
    """As in `ClassView`; 0 if the room is not slow any more."""


About = (
    AboutSession
    | AboutHand
    | AboutTurn
    | AboutHands
    | AboutQuestion
    | AboutQuestions
    | AboutPoll
    | AboutHere
    | AboutMark
    | AboutGroups
    | AboutLine
    | AboutCounts
)
"""All kinds."""


# Answers: how a request was granted. They are stored with its `id`, so that a repetition gets the first one.


class _Answer(Struct, frozen=True, omit_defaults=True, tag_field="is"):
    pass


class SessionSet(_Answer, frozen=True, tag="session"):
    """A session has begun or ended."""

    state: Literal["begun", "ended"]
    number: int


class HandRaised(_Answer, frozen=True, tag="hand"):
    """The user's hand is up."""

    place: int
    waiting: int
    again: bool = False
    """Whether it was up already, and has another topic now."""


class HandLowered(_Answer, frozen=True, tag="lower"):
    """A hand is down."""

    user: str | None = None
    """The student, if it was not the user's own hand."""


class TurnTaken(_Answer, frozen=True, tag="next"):
    """A turn has begun."""

    user: str
    topic: str = ""


class TurnDone(_Answer, frozen=True, tag="done"):
    """A turn has ended."""

    user: str
    state: TurnState


class HandsSet(_Answer, frozen=True, tag="hands"):
    """The queue has these rules."""

    open: bool
    rule: HandRule


class QuestionAsked(_Answer, frozen=True, tag="ask"):
    """A question is asked."""

    number: int
    waits: bool = False
    """Whether staff have to approve it first."""

    anonymous: Anonymity = "no"


class Supported(_Answer, frozen=True, tag="support"):
    """A question is supported, or not any longer."""

    number: int
    supports: int
    value: bool = True


class QuestionDone(_Answer, frozen=True, tag="question"):
    """A question is answered, approved or dismissed."""

    number: int
    state: Literal["answered", "open", "dismissed"]


class Revealed(_Answer, frozen=True, tag="reveal"):
    """The author of a question is known."""

    number: int
    user: str


class QuestionsSet(_Answer, frozen=True, tag="questions"):
    """Questions have these rules."""

    policy: Policy
    anonymous: Anonymity


class AuthorMuted(_Answer, frozen=True, tag="author"):
    """The author of a question may not ask or support questions any more, or may again."""

    number: int
    until: str = ""
    """"" until the session ends."""

    value: bool = True


class PollBegun(_Answer, frozen=True, tag="poll"):
    """A poll is open."""

    number: int
    until: str


class Voted(_Answer, frozen=True, tag="vote"):
    """A vote is counted."""

    number: int
    options: list[str]
    """The texts of the choices; none where a request is repeated: choices are not stored with answers."""


class PollEnded(_Answer, frozen=True, tag="endpoll"):
    """A poll is closed."""

    number: int


class HereSet(_Answer, frozen=True, tag="present"):
    """Attendance is taken, or not any longer."""

    open: bool
    code: str | None = None
    until: str = ""


class SaidHere(_Answer, frozen=True, tag="here"):
    """The code was right."""


class Marked(_Answer, frozen=True, tag="mark"):
    """The attendance of a student is set."""

    user: str
    mark: Presence


class GroupsSet(_Answer, frozen=True, tag="groups"):
    """Group rooms are open, or closed."""

    open: bool
    count: int = 0


class RosterAdded(_Answer, frozen=True, tag="roster"):
    """A student is on the roster."""

    name: str
    code: str = ""
    """The join code, which is shown once."""

    user: str = ""
    """The user name that is proposed."""


class LineHeld(_Answer, frozen=True, tag="line"):
    """A student's line went to the staff only."""


ClassAnswer = (
    SessionSet
    | HandRaised
    | HandLowered
    | TurnTaken
    | TurnDone
    | HandsSet
    | QuestionAsked
    | Supported
    | QuestionDone
    | Revealed
    | QuestionsSet
    | AuthorMuted
    | PollBegun
    | Voted
    | PollEnded
    | HereSet
    | SaidHere
    | Marked
    | GroupsSet
    | RosterAdded
    | LineHeld
)
"""How requests are granted."""
