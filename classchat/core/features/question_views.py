"""The questions of a room as a user may see them."""

from __future__ import annotations

from collections.abc import Mapping

from classchat.class_events import QuestionsView, QuestionView
from classchat.core.features import authors
from classchat.core.features.feature import ClassAsked
from classchat.core.features.question_rows import QuestionRow, RevealedRow, SupportsRow, supports
from classchat.core.features.question_rules import rules_of
from classchat.texts import stamp

_MOST_LISTED = 200
_LONGEST_LIST = 60_000
"""Characters of all questions and answers."""


def view(asked: ClassAsked) -> QuestionsView:
    """Return the questions as a user may see them: the last ones."""
    draft = asked.draft
    rules, counts = rules_of(draft), supports(draft)
    mine = draft.get(SupportsRow, asked.subject)
    supported = set() if mine is None else set(mine.numbers)
    revealed = draft.all(RevealedRow)
    shown: list[QuestionView] = []
    length = 0
    for number, row in sorted(((int(key), row) for key, row in draft.all(QuestionRow).items()), reverse=True):
        own = _is_own(asked, number, row)
        length += len(row.text) + len(row.answer)
        if len(shown) >= _MOST_LISTED or length > _LONGEST_LIST:
            break
        if row.public or asked.staff or own:
            shown.append(
                QuestionView(
                    number,
                    row.text,
                    row.state,
                    stamp(row.minute),
                    None if row.subject is None else asked.name_of(row.subject, row.name),
                    row.anonymous,
                    counts.get(number, 0),
                    True if number in supported else None,
                    True if own else None,
                    row.answer,
                    row.by or None,
                    _revealed_by(revealed, number) if own and revealed else None,
                )
            )
    return QuestionsView(rules.policy, rules.anonymous, shown[::-1])


def _revealed_by(revealed: Mapping[str, RevealedRow], number: int) -> list[str] | None:
    """Return the moderators who have looked up the author of a question, who may have been away then."""
    return [row.by for key, row in revealed.items() if key.startswith(f"{number} ")] or None


def _is_own(asked: ClassAsked, number: int, row: QuestionRow) -> bool:
    if row.subject is not None:
        return row.subject == asked.subject
    author = authors.author_of(asked.draft, number)
    return author is not None and author.subject == asked.subject
