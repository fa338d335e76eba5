"""The rows of questions, and what is found in them."""

from __future__ import annotations

from classchat.class_events import Anonymity, QuestionState
from classchat.core.features.rows import ClassRow, Draft


class QuestionRow(ClassRow, frozen=True):
    """A question; the key is its number."""

    kind = "question"
    unordered = True

    text: str
    state: QuestionState
    minute: int
    """When it was asked, to the minute."""

    anonymous: Anonymity
    """The policy under which it was asked; "no" where the question has a name."""

    public: bool
    """Whether the room has read it."""

    subject: str | None = None
    """The author, where the question has a name."""

    name: str = ""
    answer: str = ""
    by: str = ""
    """The name of the staff member who has closed it."""

    supports: int = 0
    """How many have supported it, written when the session ends."""


class SupportsRow(ClassRow, frozen=True):
    """The questions that a person supports; the key is the subject."""

    kind = "supports"
    secret = True

    numbers: frozenset[int]


class QuestionCount(ClassRow, frozen=True):
    """How many questions the room has had: the one row, with the key `""`."""

    kind = "question_count"
    lasting = True

    count: int


class RevealedRow(ClassRow, frozen=True):
    """A moderator has looked up an author; the key is the question's number and the moderator's subject."""

    kind = "revealed"
    secret = True

    by: str = ""


def supports(draft: Draft) -> dict[int, int]:
    """Return how many support each question that the room can read and that is open."""
    return draft.known("supports", lambda: _supports(draft))


def _supports(draft: Draft) -> dict[int, int]:
    counts = {int(number): 0 for number, row in draft.all(QuestionRow).items() if row.public}
    for one in draft.all(SupportsRow).values():
        for number in one.numbers:
            if number in counts:
                counts[number] += 1
    return counts
