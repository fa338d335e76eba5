"""Hands: students wait in the queue of a room; `helping.py` has what follows.

A student who is disconnected is passed over, and keeps the place for a while.
"""

from __future__ import annotations

from classchat.class_commands import LowerHand, RaiseHand
from classchat.class_events import (
    AboutHand,
    AboutTurn,
    HandLowered,
    HandRaised,
    HandsView,
    HandView,
    TurnView,
)
from classchat.core import permissions
from classchat.core.features.feature import ClassAsked, Ruling, no_longer
from classchat.core.features.hand_rows import (
    NAME,
    HandRow,
    HandRulesRow,
    HelpedRow,
    RaisedRow,
    TurnRow,
    keep_place,
    named_hand,
    place,
    queue,
    record_turn,
    rules,
    standing,
    take_down,
)
from classchat.core.features.helping import turn_of
from classchat.core.telling import Telling
from classchat.errors import HandsClosed, NoHand, NotAllowed, TooLong, TooMany
from classchat.texts import harmless, stamp

MOST_HANDS = 2_000
_MOST_LISTED = 200


# What students do.


def raise_hand(asked: ClassAsked, command: RaiseHand) -> Ruling:
    """Raise a hand; if it is up already, give it another topic.

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
        at, waiting, _ = standing(draft, subject)
        return Ruling(HandRaised(at, waiting, again=True))
    draft.hold(HandRulesRow, "")
    if not rules(draft).open:
        raise HandsClosed(asked.room.name)
    elsewhere = draft.get(RaisedRow, subject)
    if elsewhere is not None and _is_elsewhere(asked, elsewhere):
        raise NotAllowed(f"your hand is up in room '{elsewhere.name}'; first: /lower there")
    if draft.count(HandRow) >= MOST_HANDS:
        raise TooMany("hands in a room", MOST_HANDS)
    draft.put(subject, HandRow(asked.user.name, topic, asked.now))
    draft.put(subject, RaisedRow(asked.room.key, asked.room.name))
    at, waiting, first = standing(draft, subject)
    hand = draft.get(HandRow, first)
    name = "" if hand is None else asked.name_of(first, hand.name)
    about = AboutHand(asked.room.name, waiting, asked.user.name, topic, 1, name)
    return Ruling(HandRaised(at, waiting), [Telling("staff", about, kept=False)])


def _is_elsewhere(asked: ClassAsked, raised: RaisedRow) -> bool:
    """Return whether a hand is up in another room, which still exists."""
    return raised.room != asked.room.key and asked.directory.rooms.by_key(raised.room) is not None


def lower_hand(asked: ClassAsked, command: LowerHand) -> Ruling:
    """Lower the user's own hand, or, as staff, another user's.

    Raises:
        NoHand: it is not up.
    """
    if not command.user or (not asked.staff and _is_own(asked, command.user)):
        raised = asked.draft.get(RaisedRow, asked.subject)  # perhaps in an earlier room of this name
        if raised is None or raised.room != asked.room.key:
            raise NoHand("")
        take_down(asked.draft, asked.subject)
        return Ruling(HandLowered())
    subject, hand = named_hand(asked, command.user)
    take_down(asked.draft, subject)
    about = AboutTurn(asked.room.name, asked.user.name, "lowered")
    return Ruling(HandLowered(hand.name), [Telling("person", about, subject)])


def _topic(asked: ClassAsked, text: str) -> str:
    topic = harmless(" ".join(text.split()))
    longest = asked.directory.limits.topic
    if len(topic) > longest:
        raise TooLong("topic", longest, "characters")
    return topic


def _is_own(asked: ClassAsked, name: str) -> bool:
    return asked.directory.users.find(name) is asked.user


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
        take_down(asked.draft, subject)
        return
    keep_place(asked, subject, hand, guest=guest)


def promoted(asked: ClassAsked) -> None:
    """Lower the hands of those who teach here by now: staff have no hands."""
    for subject in asked.draft.all(HandRow):
        user = asked.user_of(subject)
        if user is not None and permissions.teaches(user, asked.room):
            take_down(asked.draft, subject)


def due(asked: ClassAsked, subject: str, *, late: bool) -> Ruling:  # noqa: ARG001
    """Lower the hand of a student who has not come back."""
    hand = asked.draft.get(HandRow, subject)
    if hand is not None and hand.gone is not None:
        take_down(asked.draft, subject)
    return Ruling()


def restored(asked: ClassAsked) -> None:
    """Give all hands their time of grace again, because the server has been started."""
    for subject in asked.draft.all(HandRow):
        went(asked, subject, guest=asked.user_of(subject) is None, for_good=False)


def close(asked: ClassAsked) -> list[Telling]:
    """Lower all hands and end all turns, because the session ends."""
    draft = asked.draft
    for subject, turn in draft.all(TurnRow).items():
        record_turn(asked, subject, turn, "helped")
    for subject in draft.all(HandRow):
        take_down(draft, subject)
    return []


# What users see.


def view(asked: ClassAsked) -> HandsView:
    """Return the queue as a user may see it."""
    draft = asked.draft
    now, waiting = rules(draft), queue(draft)
    if not asked.staff:
        own = draft.get(HandRow, asked.subject)
        turn = draft.get(TurnRow, asked.subject)
        return HandsView(
            now.open,
            now.rule,
            len(waiting),
            place(draft, asked.subject),
            None if own is None else own.topic,
            None if turn is None else _turn_view(asked, asked.subject, turn),
        )
    turns = draft.all(TurnRow)
    mine = turn_of(draft, asked.subject)
    helped = draft.all(HelpedRow)
    shown = [
        _hand_view(asked, subject, hand, helped.get(subject)) for subject, hand in waiting[:_MOST_LISTED]
    ]
    return HandsView(
        now.open,
        now.rule,
        len(waiting),
        turn=None if mine is None else _turn_view(asked, *mine),
        hands=shown,
        turns=[_turn_view(asked, *one) for one in turns.items()][:_MOST_LISTED],
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


def _turn_view(asked: ClassAsked, subject: str, turn: TurnRow) -> TurnView:
    user, by = asked.name_of(subject, turn.name), asked.name_of(turn.by, turn.by_name)
    return TurnView(user, by, turn.topic, stamp(turn.began))
