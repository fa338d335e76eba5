"""Hands: the queue of a room, and the turns of those who are helped.

    hand            the student is in the queue
    next            a staff member goes to the first one: the hand is down, and a turn begins
    done            the turn ends; a student who was absent is back in the queue, once, and is passed over

A student who is disconnected is passed over, and keeps the place for a while.
"""

from __future__ import annotations

from classchat.class_commands import FinishTurn, LowerHand, NextHand, RaiseHand, SetHands
from classchat.class_events import (
    AboutHand,
    AboutHands,
    AboutTurn,
    HandLowered,
    HandRaised,
    HandRule,
    HandsSet,
    HandsView,
    HandView,
    TurnDone,
    TurnState,
    TurnTaken,
    TurnView,
)
from classchat.core.features.feature import ClassAsked, Ruling, Telling, later, no_longer
from classchat.core.features.rows import ClassRow, Draft
from classchat.errors import HandsClosed, InvalidFormat, NoHand, NotAllowed, TooLong, TooMany
from classchat.texts import harmless, stamp

NAME = "hands"
MOST_HANDS = 2_000
_MOST_LISTED = 200
_MOST_REMEMBERED = 5_000
_GRACE = 10 * 60_000
_GRACE_OF_GUEST = 2 * 60_000
_ABSENCES = 2


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


def _rules(draft: Draft) -> HandRulesRow:
    return draft.get(HandRulesRow, "") or HandRulesRow()


def queue(draft: Draft) -> list[tuple[str, HandRow]]:
    """Return the hands that are up in the order in which they are taken, each with its subject."""
    return draft.known("queue", lambda: _queue(draft))


def _queue(draft: Draft) -> list[tuple[str, HandRow]]:
    hands = list(draft.all(HandRow).items())
    if _rules(draft).rule == "fair":
        helped = draft.all(HelpedRow)
        return sorted(hands, key=lambda one: (one[1].absences > 0, one[0] in helped))  # stable
    return sorted(hands, key=lambda one: one[1].absences > 0)


def place(draft: Draft, subject: str) -> int | None:
    """Return a student's place in the queue, from 1; None if the hand is down."""
    places = draft.known("places", lambda: {one: at for at, (one, _) in enumerate(queue(draft), 1)})
    return places.get(subject)


def _among(draft: Draft, subject: str) -> tuple[int, int, str]:
    """Return a student's place in the queue, the number of hands, and the name that is first.

    Nothing is sorted: many may raise their hands at once.
    """
    fair = _rules(draft).rule == "fair"

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
            first, best = hand.name, this
    return at_place, count, first


# What students do.


def raise_hand(asked: ClassAsked, command: RaiseHand) -> Ruling:
    """Raise one's hand; where it is up already, give it another topic.

    Raises:
        HandsClosed: the queue is closed.
        NotAllowed: the hand is up in another room.
        TooLong: the topic is.
        TooMany: there are too many hands.
    """
    draft, subject = asked.draft, asked.subject
    topic = _topic(asked, command.text)
    up = draft.get(HandRow, subject)
    if up is not None:
        draft.put(
            subject, HandRow(asked.user.name, topic or up.topic, up.raised, up.absences, up.gone, up.keeps)
        )
        at, waiting, _ = _among(draft, subject)
        return Ruling(HandRaised(at, waiting, again=True))
    draft.hold(HandRulesRow, "")
    if not _rules(draft).open:
        raise HandsClosed(asked.room.name)
    elsewhere = draft.get(RaisedRow, subject)
    if elsewhere is not None and _is_elsewhere(asked, elsewhere):
        raise NotAllowed(f"your hand is up in room '{elsewhere.name}'; first: /lower there")
    if draft.count(HandRow) >= MOST_HANDS:
        raise TooMany("hands in a room", MOST_HANDS)
    draft.put(subject, HandRow(asked.user.name, topic, asked.now))
    draft.put(subject, RaisedRow(asked.room.key, asked.room.name))
    at, waiting, first = _among(draft, subject)
    about = AboutHand(asked.room.name, waiting, asked.user.name, topic, 1, first)
    return Ruling(HandRaised(at, waiting), [Telling("staff", about, kept=False)])


def _is_elsewhere(asked: ClassAsked, raised: RaisedRow) -> bool:
    """Return whether a hand is up in another room, which still exists."""
    return raised.room != asked.room.key and asked.directory.rooms.by_key(raised.room) is not None


def lower_hand(asked: ClassAsked, command: LowerHand) -> Ruling:
    """Lower one's hand, or, as staff, another user's.

    Raises:
        NoHand: it is not up.
    """
    if not command.user or (not asked.staff and _is_own(asked, command.user)):
        raised = asked.draft.get(RaisedRow, asked.subject)  # perhaps in an earlier room of this name
        if raised is None or raised.room != asked.room.key:
            raise NoHand("")
        _take_down(asked.draft, asked.subject)
        return Ruling(HandLowered())
    subject, hand = _named(asked, command.user)
    _take_down(asked.draft, subject)
    about = AboutTurn(asked.room.name, asked.user.name, "lowered")
    return Ruling(HandLowered(hand.name), [Telling("person", about, subject)])


def _topic(asked: ClassAsked, text: str) -> str:
    topic = harmless(" ".join(text.split()))
    longest = asked.directory.limits.topic
    if len(topic) > longest:
        raise TooLong("topic", longest, "characters")
    return topic


def _take_down(draft: Draft, subject: str) -> None:
    draft.drop(HandRow, subject)
    draft.drop(RaisedRow, subject)
    no_longer(draft, NAME, subject)


def _is_own(asked: ClassAsked, name: str) -> bool:
    return asked.directory.users.find(name) is asked.user


# What staff do.


def take_next(asked: ClassAsked, command: NextHand) -> Ruling:
    """Go to the next student; a turn of one's own that has not ended was of help.

    Raises:
        NoHand: no student waits who is connected, or the user's hand is not up.
        NotAllowed: the user is not connected.
    """
    draft = asked.draft
    told: list[Telling] = []
    mine = _turn_of(draft, asked.subject)
    if mine is not None:
        told += _finish(asked, *mine, "helped")
    if command.user:
        subject, hand = _named(asked, command.user)
        if not asked.is_here(subject):
            raise NotAllowed(f"'{hand.name}' is not connected; the place in the queue is kept")
    else:
        first = next(((one, hand) for one, hand in queue(draft) if asked.is_here(one)), None)
        if first is None:
            raise NoHand("", waiting=len(draft.all(HandRow)))
        subject, hand = first
    _take_down(draft, subject)
    turn = TurnRow(
        hand.name, hand.topic, hand.raised, asked.subject, asked.user.name, asked.now, hand.absences
    )
    draft.put(subject, turn)
    told.append(Telling("person", AboutTurn(asked.room.name, asked.user.name, "taken"), subject))
    return Ruling(TurnTaken(asked.name_of(subject, hand.name), hand.topic), told)


def finish_turn(asked: ClassAsked, command: FinishTurn) -> Ruling:
    """End a turn: of a staff member, or of a student who says that it was of help.

    Raises:
        InvalidFormat: the text is neither helped, absent nor later.
        NoHand: there is no such turn.
        NotAllowed: a student may only say that it was of help.
    """
    how = command.text.strip().lower() or "helped"
    if how not in ("helped", "absent", "later"):
        raise InvalidFormat("the text must be helped, absent or later", command.id)
    state: TurnState = "helped" if how == "helped" else "absent" if how == "absent" else "later"
    if asked.staff:
        found = _turn_of(asked.draft, asked.subject)
    else:
        own = asked.draft.get(TurnRow, asked.subject)
        found = None if own is None or state != "helped" else (asked.subject, own)
        if found is None:
            raise NotAllowed(f"only staff of room '{asked.room.name}' can")
    if found is None:
        raise NoHand("", turn=True)
    subject, turn = found
    told = _finish(asked, subject, turn, state)
    return Ruling(TurnDone(turn.name, state), told)


def _turn_of(draft: Draft, staff: str) -> tuple[str, TurnRow] | None:
    """Return the turn that a staff member has taken, with the student's subject."""
    return next(((one, turn) for one, turn in draft.all(TurnRow).items() if turn.by == staff), None)


def _finish(asked: ClassAsked, subject: str, turn: TurnRow, state: TurnState) -> list[Telling]:
    """End a turn, and return what is told."""
    draft, room = asked.draft, asked.room
    draft.drop(TurnRow, subject)
    served = ServedRow(turn.name, turn.topic, turn.by_name, turn.raised, turn.began, asked.now, state)
    draft.put(f"{turn.began} {subject}", served)
    if state == "helped":
        helped = draft.get(HelpedRow, subject)
        draft.put(subject, HelpedRow(1 if helped is None else helped.times + 1))
        _forget_helped(draft)
    absences = turn.absences + (state == "absent")
    if state == "later" or (state == "absent" and absences < _ABSENCES):
        _put_back(asked, subject, turn, absences)
    elif state == "absent":
        state = "lowered"
    told = [Telling("person", AboutTurn(room.name, asked.user.name, state), subject)]
    if asked.subject == subject:  # the student has said it: then the staff member is told
        told = [Telling("person", AboutTurn(room.name, asked.user.name, state), turn.by)]
    return told


def _put_back(asked: ClassAsked, subject: str, turn: TurnRow, absences: int) -> None:
    """Raise a student's hand again, unless it is up elsewhere by now."""
    draft = asked.draft
    if draft.get(HandRow, subject) is None and draft.get(RaisedRow, subject) is None:
        draft.put(subject, HandRow(turn.name, turn.topic, turn.raised, absences))
        draft.put(subject, RaisedRow(asked.room.key, asked.room.name))


def _forget_helped(draft: Draft) -> None:
    """Without a session, who was helped long ago is forgotten."""
    helped = draft.all(HelpedRow)
    if len(helped) > _MOST_REMEMBERED:
        draft.drop(HelpedRow, next(iter(helped)))


def _named(asked: ClassAsked, name: str) -> tuple[str, HandRow]:
    """Return the hand of a user by name, with the subject."""
    key = asked.directory.users.key_of(name)
    for subject, hand in asked.draft.all(HandRow).items():
        if asked.directory.users.key_of(asked.name_of(subject, hand.name)) == key:
            return subject, hand
    raise NoHand(asked.directory.user_or_owner(name).name)


def set_hands(asked: ClassAsked, command: SetHands) -> Ruling:
    """Open or close the queue, or set its order.

    Raises:
        InvalidFormat: there is no such setting.
    """
    rules = _rules(asked.draft)
    match command.text.strip().lower():
        case "open":
            rules = HandRulesRow(True, rules.rule)
        case "closed":
            rules = HandRulesRow(False, rules.rule)
        case "fair":
            rules = HandRulesRow(rules.open, "fair")
        case "order":
            rules = HandRulesRow(rules.open, "order")
        case _:
            raise InvalidFormat("the text must be open, closed, fair or order", command.id)
    if rules == _rules(asked.draft):
        return Ruling(HandsSet(rules.open, rules.rule))
    asked.draft.put("", rules)
    about = AboutHands(asked.room.name, asked.user.name, rules.open, rules.rule)
    return Ruling(HandsSet(rules.open, rules.rule), [Telling("room", about)])


# What happens by itself.


def came(asked: ClassAsked, subject: str) -> None:
    """Record that a student is back, who was disconnected."""
    hand = asked.draft.get(HandRow, subject)
    if hand is not None and hand.gone is not None:
        asked.draft.put(subject, HandRow(hand.name, hand.topic, hand.raised, hand.absences))
        no_longer(asked.draft, NAME, subject)


def went(asked: ClassAsked, subject: str, *, guest: bool, for_good: bool) -> None:
    """Record that a student has left the room: for good, or by a lost connection."""
    hand = asked.draft.get(HandRow, subject)
    if hand is None:
        return
    if for_good:
        _take_down(asked.draft, subject)
        return
    keeps = asked.now + (_GRACE_OF_GUEST if guest else _GRACE)
    asked.draft.put(subject, HandRow(hand.name, hand.topic, hand.raised, hand.absences, asked.now, keeps))
    later(asked.draft, NAME, subject, keeps)


def due(asked: ClassAsked, subject: str, *, late: bool) -> Ruling:  # noqa: ARG001
    """Lower the hand of a student who has not come back."""
    hand = asked.draft.get(HandRow, subject)
    if hand is not None and hand.gone is not None:
        _take_down(asked.draft, subject)
    return Ruling()


def restored(asked: ClassAsked) -> None:
    """Begin the grace of all hands anew, because the server has been started."""
    for subject in asked.draft.all(HandRow):
        went(asked, subject, guest=asked.user_of(subject) is None, for_good=False)


def close(asked: ClassAsked) -> list[Telling]:
    """Lower all hands and end all turns, because the session ends."""
    draft = asked.draft
    for subject, turn in draft.all(TurnRow).items():
        draft.drop(TurnRow, subject)
        served = ServedRow(turn.name, turn.topic, turn.by_name, turn.raised, turn.began, asked.now, "helped")
        draft.put(f"{turn.began} {subject}", served)
    for subject in draft.all(HandRow):
        _take_down(draft, subject)
    return []


# What users see.


def view(asked: ClassAsked) -> HandsView:
    """Return the queue as a user may see it."""
    draft = asked.draft
    rules, waiting = _rules(draft), queue(draft)
    if not asked.staff:
        own = draft.get(HandRow, asked.subject)
        turn = draft.get(TurnRow, asked.subject)
        return HandsView(
            rules.open,
            rules.rule,
            len(waiting),
            place(draft, asked.subject),
            None if own is None else own.topic,
            None if turn is None else _turn_view(turn),
        )
    turns = draft.all(TurnRow)
    mine = _turn_of(draft, asked.subject)
    helped = draft.all(HelpedRow)
    shown = [
        _hand_view(asked, subject, hand, helped.get(subject)) for subject, hand in waiting[:_MOST_LISTED]
    ]
    return HandsView(
        rules.open,
        rules.rule,
        len(waiting),
        turn=None if mine is None else _turn_view(mine[1]),
        hands=shown,
        turns=[_turn_view(turn) for turn in turns.values()][:_MOST_LISTED],
    )


def _hand_view(asked: ClassAsked, subject: str, hand: HandRow, helped: HelpedRow | None) -> HandView:
    return HandView(
        asked.name_of(subject, hand.name),
        hand.topic,
        stamp(hand.raised),
        0 if helped is None else helped.times,
        None if hand.keeps is None else stamp(hand.keeps),
        True if hand.absences else None,
    )


def _turn_view(turn: TurnRow) -> TurnView:
    return TurnView(turn.name, turn.by_name, turn.topic, stamp(turn.began))
