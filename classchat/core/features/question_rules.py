"""The rules for questions: whether members may ask, whether staff approve, and who sees who asks.

A question keeps the rules under which it was asked; see `class_questions.py`.
"""

from __future__ import annotations

from classchat.class_commands import Ask, SetQuestions
from classchat.class_events import AboutQuestions, Anonymity, Policy, QuestionsSet
from classchat.core.features import authors
from classchat.core.features.feature import ClassAsked, Ruling
from classchat.core.features.rows import ClassRow, CurrentSession, Draft
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, NotAllowed

_NEWS = 5_000
"""Milliseconds for which questions without a name are refused once the rules show more of authors."""

_VISIBLE = {"full": 0, "peers": 1, "no": 2}
"""How much is visible of an author, in an order."""


class QuestionRulesRow(ClassRow, frozen=True):
    """Whether questions may be asked, and who sees who asks; the key is `""`."""

    kind = "question_rules"
    lasting = True

    policy: Policy
    anonymous: Anonymity
    shows_more: int | None = None
    """Since when authors are more visible than they were before, in milliseconds."""


def rules_of(draft: Draft) -> QuestionRulesRow:
    """Return the policy: until one is set, questions are open while a session is under way."""
    row = draft.get(QuestionRulesRow, "")
    return row or QuestionRulesRow("open" if draft.current() is not None else "off", "peers")


def hold_rules(draft: Draft) -> None:
    """Refuse a request, so that it is decided again, if the policy has changed when it is written."""
    draft.hold(QuestionRulesRow, "")
    draft.hold(CurrentSession, "")


def check_expected(asked: ClassAsked, command: Ask, rules: QuestionRulesRow) -> None:
    """Refuse a question if the room now shows more of its author than the author's client has said.

    Raises:
        NotAllowed: they show more.
    """
    expected = command.anonymous
    if expected is None:
        surprises = rules.shows_more is not None and asked.now - rules.shows_more < _NEWS
    else:
        surprises = _VISIBLE[rules.anonymous] > _VISIBLE[expected]
    if surprises:
        who = "everybody sees" if rules.anonymous == "no" else "moderators can look up"
        raise NotAllowed(f"the rules for questions have changed: {who} who asks now")


def set_questions(asked: ClassAsked, command: SetQuestions) -> Ruling:
    """Set who may ask, and who sees who asks. Outside a session the key of digests is forgotten.

    Raises:
        InvalidFormat: there is no such setting.
    """
    draft, rules = asked.draft, rules_of(asked.draft)
    policy = rules.policy
    match command.text.strip().lower():
        case "off":
            policy = "off"
        case "open":
            policy = "open"
        case "approve":
            policy = "approve"
        case "":
            pass
        case _:
            raise InvalidFormat("the text must be off, open or approve", command.id)
    anonymous = command.anonymous or rules.anonymous
    done = QuestionsSet(policy, anonymous)
    unset = draft.get(QuestionRulesRow, "") is None
    if (policy, anonymous) == (rules.policy, rules.anonymous) and not unset:
        return Ruling(done)
    more = rules.policy != "off" and _VISIBLE[anonymous] > _VISIBLE[rules.anonymous]
    draft.put("", QuestionRulesRow(policy, anonymous, asked.now if more else rules.shows_more))
    if not draft.session:
        authors.forget_key(draft)
    about = AboutQuestions(asked.room.name, asked.user.name, policy, anonymous)
    return Ruling(done, [Telling("room", about)])
