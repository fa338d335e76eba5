"""What the line at the bottom says of classes: the user's turn, open polls, hands, attendance."""

from __future__ import annotations

from datetime import datetime

from classchat.class_events import ClassView, PollView
from classchat.client.display.class_times import moment, remaining
from classchat.client.display.stranger import shown_name
from classchat.client.screen.classes import Classes, is_running
from classchat.client.spelling import room_key
from classchat.wire.class_sentences import ordinal

_MOST_POLLS = 3


def class_parts(classes: Classes, focus: str | None, now: datetime) -> list[str]:
    """Return the parts of the line: those of the room with the focus first, others with their room."""
    parts: list[str] = []
    elsewhere: list[str] = []
    for view in classes:
        if focus is not None and room_key(view.room) == room_key(focus):
            parts += _parts(view, now)
        else:
            elsewhere += [f"{shown_name(view.room)}: {part}" for part in _urgent(view, now)]
    return [*parts, *elsewhere]


def _parts(view: ClassView, now: datetime) -> list[str]:
    hands = view.hands
    parts = _urgent(view, now)
    if view.role == "student":
        if view.here.open and not view.here.seen and not _over(view.here.until, now):
            parts.append("/here CODE")
        if view.mode in ("exam", "questions"):
            parts.append(f"{view.mode}: only staff read you")
        return parts
    if hands.waiting:
        parts.append(f"hands: {hands.waiting}")
    if view.here.code is not None and not _over(view.here.until, now):
        seen = "" if view.here.count is None else f" ({view.here.count})"
        parts.append(f"code {shown_name(view.here.code)}{seen}")
    if view.mode in ("exam", "questions"):
        parts.append(view.mode)
    return parts


def _urgent(view: ClassView, now: datetime) -> list[str]:
    """Return what should not be missed, whichever room has the focus."""
    student, hands = view.role == "student", view.hands
    parts = []
    if hands.turn is not None:
        parts.append(
            f"{shown_name(hands.turn.by)} is with you" if student else f"with {shown_name(hands.turn.user)}"
        )
    polls = [poll for poll in view.polls if is_running(poll, now)]
    parts += [_poll(poll, now, student=student) for poll in polls[-_MOST_POLLS:]]
    if hands.place is not None:
        parts.append(f"hand: {ordinal(hands.place)} of {max(hands.waiting, hands.place)}")
    return parts


def _poll(poll: PollView, now: datetime, *, student: bool) -> str:
    left = remaining(poll.until, now)
    if student and poll.mine is None:
        return f"vote {poll.number}: {left}"
    votes = f", {poll.votes} in" if not student and poll.votes else ""
    return f"poll {poll.number}: {left}{votes}"


def _over(until: str, now: datetime) -> bool:
    end = moment(until, now)
    return end is not None and end < now
