"""Turns: staff go to the students whose hands are up, one after the other.

next            the hand is down, and a turn begins
done            the turn ends; a student who was absent is back in the queue, once, and is passed over
"""

from __future__ import annotations

from classchat.class_commands import FinishTurn, NextHand, SetHands
from classchat.class_events import AboutHands, AboutTurn, HandsSet, TurnDone, TurnState, TurnTaken
from classchat.core import permissions
from classchat.core.features.feature import ClassAsked, Ruling
from classchat.core.features.hand_rows import (
    HandRow,
    HandRulesRow,
    HelpedRow,
    RaisedRow,
    TurnRow,
    keep_place,
    named_hand,
    queue,
    record_turn,
    rules,
    take_down,
)
from classchat.core.features.rows import Draft
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, NoHand, NotAllowed

_MOST_REMEMBERED = 5_000
_ABSENCES = 2


def take_next(asked: ClassAsked, command: NextHand) -> Ruling:
    """Take the next student; an earlier turn of this staff member ends as helped.

    Raises:
        NoHand: no student waits who is connected, or the user's hand is not up.
        NotAllowed: the user is not connected, teaches here, or has a turn of another staff member.
    """
    draft = asked.draft
    told: list[Telling] = []
    mine = turn_of(draft, asked.subject)
    if mine is not None:
        told += _finish(asked, *mine, "helped")
    if command.user:
        subject, hand = named_hand(asked, command.user)
        name = asked.name_of(subject, hand.name)
        if not asked.is_here(subject):
            raise NotAllowed(f"'{name}' is not connected; the place in the queue is kept")
        if not _may_be_taken(asked, subject):
            raise NotAllowed(f"'{name}' is staff here, or is with another staff member")
    else:
        first = next(
            ((one, hand) for one, hand in queue(draft) if asked.is_here(one) and _may_be_taken(asked, one)),
            None,
        )
        if first is None:
            raise NoHand("", waiting=len(draft.all(HandRow)))
        subject, hand = first
    left_over = draft.get(TurnRow, subject)
    if left_over is not None:
        record_turn(asked, subject, left_over, "helped")
    take_down(draft, subject)
    turn = TurnRow(
        hand.name, hand.topic, hand.raised, asked.subject, asked.user.name, asked.now, hand.absences
    )
    draft.put(subject, turn)
    told.append(Telling("person", AboutTurn(asked.room.name, asked.user.name, "taken"), subject))
    return Ruling(TurnTaken(asked.name_of(subject, hand.name), hand.topic), told)


def _may_be_taken(asked: ClassAsked, subject: str) -> bool:
    """Return whether a hand is a student's, and no staff member who is still here helps that student."""
    user = asked.user_of(subject)
    if user is None or permissions.teaches(user, asked.room):
        return False
    turn = asked.draft.get(TurnRow, subject)
    staff = None if turn is None else asked.user_of(turn.by)
    return staff is None or not (staff.connected and permissions.teaches(staff, asked.room))


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
        found = turn_of(asked.draft, asked.subject)
    else:
        own = asked.draft.get(TurnRow, asked.subject)
        found = None if own is None or state != "helped" else (asked.subject, own)
        if found is None:
            raise NotAllowed(f"only staff of room '{asked.room.name}' can")
    if found is None:
        raise NoHand("", turn=True)
    subject, turn = found
    told = _finish(asked, subject, turn, state)
    return Ruling(TurnDone(asked.name_of(subject, turn.name), state), told)


def turn_of(draft: Draft, staff: str) -> tuple[str, TurnRow] | None:
    """Return the turn that a staff member has taken, with the student's subject."""
    return next(((one, turn) for one, turn in draft.all(TurnRow).items() if turn.by == staff), None)


def _finish(asked: ClassAsked, subject: str, turn: TurnRow, state: TurnState) -> list[Telling]:
    """End a turn, and return what is told."""
    draft, room = asked.draft, asked.room
    record_turn(asked, subject, turn, state)
    if state == "helped":
        helped = draft.get(HelpedRow, subject)
        draft.put(subject, HelpedRow(1 if helped is None else helped.times + 1))
        _forget_helped(draft)
    absences = turn.absences + (state == "absent")
    if state == "later" or (state == "absent" and absences < _ABSENCES):
        state = state if _put_back(asked, subject, turn, absences) else "lowered"
    elif state == "absent":
        state = "lowered"
    told = [Telling("person", AboutTurn(room.name, asked.user.name, state), subject)]
    if asked.subject == subject:  # the student has said it: then the staff member is told
        told = [Telling("person", AboutTurn(room.name, asked.user.name, state), turn.by)]
    return told


def _put_back(asked: ClassAsked, subject: str, turn: TurnRow, absences: int) -> bool:
    """Raise a student's hand again, and return whether it is up.

    It stays down if the student has left the room, teaches here by now, or has a hand up elsewhere.
    """
    draft, user = asked.draft, asked.user_of(subject)
    if draft.get(HandRow, subject) is not None:
        return True
    if draft.get(RaisedRow, subject) is not None:
        return False
    if user is not None and (asked.room not in user.rooms or permissions.teaches(user, asked.room)):
        return False
    hand = HandRow(turn.name, turn.topic, turn.raised, absences)
    if asked.is_here(subject):
        draft.put(subject, hand)
    else:
        keep_place(asked, subject, hand, guest=user is None)
    draft.put(subject, RaisedRow(asked.room.key, asked.room.name))
    return True


def _forget_helped(draft: Draft) -> None:
    """Forget which students were helped long ago, if there is no session."""
    helped = draft.all(HelpedRow)
    if len(helped) > _MOST_REMEMBERED:
        draft.drop(HelpedRow, next(iter(helped)))


def set_hands(asked: ClassAsked, command: SetHands) -> Ruling:
    """Open or close the queue, or set its order.

    Raises:
        InvalidFormat: there is no such setting.
    """
    before = rules(asked.draft)
    match command.text.strip().lower():
        case "open":
            after = HandRulesRow(True, before.rule)
        case "closed":
            after = HandRulesRow(False, before.rule)
        case "fair":
            after = HandRulesRow(before.open, "fair")
        case "order":
            after = HandRulesRow(before.open, "order")
        case _:
            raise InvalidFormat("the text must be open, closed, fair or order", command.id)
    ruling = Ruling(HandsSet(after.open, after.rule))
    if after != before:
        asked.draft.put("", after)
        about = AboutHands(asked.room.name, asked.user.name, after.open, after.rule)
        ruling.told.append(Telling("room", about))
    return ruling
