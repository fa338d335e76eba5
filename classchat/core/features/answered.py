"""Requests that are repeated: a client whose connection was lost sends again what was not answered.

The answer to each request with an `id` is stored in the transaction of its entry, so that a repetition is
answered with it, also after a restart, and is not decided again. The last ones of each room are kept.
Questions are not among them: an answer would name their author. `class_questions.py` answers repeated
questions itself.
"""

from __future__ import annotations

import msgspec

from classchat.class_events import ClassAnswer, Voted
from classchat.core.features.rows import ClassRow, Draft

_MOST = 5_000
"""Answers that are kept of one room."""

_AT_ONCE = 100
"""Answers that are forgotten at a time."""

_answers: msgspec.json.Decoder[ClassAnswer] = msgspec.json.Decoder(ClassAnswer)


class AnsweredRow(ClassRow, frozen=True):
    """The answer to a request; the key is the person's number and the `id`."""

    kind = "answered"
    lasting = True

    answer: str


def answered(draft: Draft, subject: str, id: str) -> ClassAnswer | None:
    """Return the answer to an earlier request of a person; it must still stand when this one is stored."""
    key = f"{subject} {id}"
    row = draft.get(AnsweredRow, key)
    if row is None:
        return None
    draft.hold(AnsweredRow, key)
    return _answers.decode(row.answer)


def remember(draft: Draft, subject: str, id: str, answer: ClassAnswer) -> None:
    """Keep the answer to a request; never what a user has voted."""
    if isinstance(answer, Voted):
        answer = Voted(answer.number, [])
    if draft.count(AnsweredRow) >= _MOST:
        for old in list(draft.all(AnsweredRow))[:_AT_ONCE]:
            draft.drop(AnsweredRow, old)
    draft.put(f"{subject} {id}", AnsweredRow(msgspec.json.encode(answer).decode()))
