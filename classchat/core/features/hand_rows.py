"""The rows of hands and turns, and the order of the queue."""

from __future__ import annotations

from classchat.class_events import HandRule, TurnState
from classchat.core.features.feature import ClassAsked, later, no_longer
from classchat.core.features.rows import ClassRow, Draft
from classchat.errors import NoHand

NAME = "hands"
_GRACE = 10 * 60_000
_GRACE_OF_GUEST = 2 * 60_000


class HandRow(ClassRow, frozen=True):
    """A hand that is up; the key is the student's subject."""

    kind = "hand"

    name: str
    topic: str
    raised: int
    absences: int = 0
    gone: int | None = None
    """When the student was disconnected."""

    keeps: int | None = None
    """Until when the place is kept then."""


class RaisedRow(ClassRow, frozen=True):
    """Where a student's hand is up: there is only one on the server. The key is the subject."""

    kind = "raised"
    lasting = True
    server_wide = True

    room: str
    name: str


class TurnRow(ClassRow, frozen=True):
    """A turn that has begun; the key is the student's subject."""

    kind = "turn"

    name: str
    topic: str
    raised: int
    by: str
    """The subject of the staff member."""

    by_name: str
    began: int
    absences: int = 0


class ServedRow(ClassRow, frozen=True):
    """A turn that has ended, for exports; the key is its beginning and the student's subject."""

    kind = "served"
    remembered = False

    name: str
    topic: str
    by: str
    raised: int
    began: int
    ended: int
    state: TurnState


class HelpedRow(ClassRow, frozen=True):
    """How often a student was helped in this session; the key is the subject."""

    kind = "helped"

    times: int


class HandRulesRow(ClassRow, frozen=True):
    """Whether hands may be raised, and the order; the key is `""`."""

    kind = "hand_rules"
    lasting = True

    open: bool = True
    rule: HandRule = "fair"


def rules(draft: Draft) -> HandRulesRow:
    """Return whether hands may be raised, and their order."""
    return draft.get(HandRulesRow, "") or HandRulesRow()


def queue(draft: Draft) -> list[tuple[str, HandRow]]:
    """Return the hands that are up in the order in which they are taken, each with its subject."""
    return draft.known("queue", lambda: _queue(draft))


def _queue(draft: Draft) -> list[tuple[str, HandRow]]:
    hands = list(draft.all(HandRow).items())
    if rules(draft).rule == "fair":
        helped = draft.all(HelpedRow)
        return sorted(hands, key=lambda one: (one[1].absences > 0, one[0] in helped))  # stable
    return sorted(hands, key=lambda one: one[1].absences > 0)


def place(draft: Draft, subject: str) -> int | None:
    """Return a student's place in the queue, from 1; None if the hand is down."""
    places = draft.known("places", lambda: {one: at for at, (one, _) in enumerate(queue(draft), 1)})
    return places.get(subject)


def standing(draft: Draft, subject: str) -> tuple[int, int, str]:
    """Return a student's place in the queue, the number of hands, and the subject that is first.

    Nothing is sorted: many may raise their hands at once.
    """
    fair = rules(draft).rule == "fair"

    def rank(one: str, hand: HandRow) -> tuple[bool, bool]:
        return hand.absences > 0, fair and draft.get(HelpedRow, one) is not None

    own = draft.get(HandRow, subject)
    at = (False, False) if own is None else rank(subject, own)
    count, at_place, passed = 0, 1, False
    first, best = "", (True, True)
    for one, hand in draft.each(HandRow):
        this = rank(one, hand)
        count += 1
        passed = passed or one == subject
        at_place += one != subject and (this < at or (this == at and not passed))
        if not first or this < best:
            first, best = one, this
    return at_place, count, first


def taken_over(draft: Draft) -> list[tuple[str, ClassRow]]:
    """Return the rows that a new session takes over: hands that are up, and turns."""
    return [*draft.all(HandRow).items(), *draft.all(TurnRow).items()]


def take_down(draft: Draft, subject: str) -> None:
    """Lower a hand."""
    draft.drop(HandRow, subject)
    draft.drop(RaisedRow, subject)
    no_longer(draft, NAME, subject)


def keep_place(asked: ClassAsked, subject: str, hand: HandRow, *, guest: bool) -> None:
    """Keep the place of a student who is disconnected, for a while."""
    keeps = asked.now + (_GRACE_OF_GUEST if guest else _GRACE)
    asked.draft.put(subject, HandRow(hand.name, hand.topic, hand.raised, hand.absences, asked.now, keeps))
    later(asked.draft, NAME, subject, keeps)


def record_turn(asked: ClassAsked, subject: str, turn: TurnRow, state: TurnState) -> None:
    """End a turn, and write it down for exports."""
    asked.draft.drop(TurnRow, subject)
    served = ServedRow(turn.name, turn.topic, turn.by_name, turn.raised, turn.began, asked.now, state)
    asked.draft.put(f"{turn.began} {subject}", served)


def named_hand(asked: ClassAsked, name: str) -> tuple[str, HandRow]:
    """Return the hand of a user by name, with the subject."""
    key = asked.directory.users.key_of(name)
    for subject, hand in asked.draft.all(HandRow).items():
        if asked.directory.users.key_of(asked.name_of(subject, hand.name)) == key:
            return subject, hand
    raise NoHand(asked.directory.user_or_owner(name).name)
