"""Questions: asked with a name or without one, supported, approved, answered; see docs/class.md.

    ask             the room reads the question; where questions are approved, first the staff
    support         once for each person, until it is closed
    answer          the room reads the answer, and the question is closed
    dismiss         it is closed without one

The policy under which a question was asked stands with it, and never changes: `question_rules.py` has the
current one. `authors.py` has what is known of the authors.
"""

from __future__ import annotations

from msgspec.structs import replace

from classchat.class_commands import AnswerQuestion, Approve, Ask, Dismiss, Reveal, Support
from classchat.class_events import (
    AboutQuestion,
    Anonymity,
    AuthorMuted,
    QuestionAsked,
    QuestionDone,
    QuestionState,
    Revealed,
    Supported,
)
from classchat.core.acts import Audited
from classchat.core.features import authors
from classchat.core.features.feature import ClassAsked, Ruling
from classchat.core.features.question_rows import (
    QuestionCount,
    QuestionRow,
    RevealedRow,
    SupportsRow,
    supports,
)
from classchat.core.features.question_rules import QuestionRulesRow, check_expected, hold_rules, rules_of
from classchat.core.features.rows import ClassRow, Draft
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, NotAllowed, QuestionNotFound, QuestionsClosed, TooLong, TooMany
from classchat.messages import Mute, Unmute
from classchat.texts import harmless, stamp

MOST_QUESTIONS = 500
LONGEST_QUESTION = 1_000
LONGEST_ANSWER = 2_000
_MINUTE = 60_000

_CLOSED = ("answered", "dismissed")


def _text(asked: ClassAsked, text: str, what: str, longest: int) -> str:
    text = harmless(text.strip())
    longest = min(longest, asked.directory.limits.text)
    if len(text) > longest:
        raise TooLong(what, longest, "characters")
    return text


_OfQuestion = Support | AnswerQuestion | Approve | Dismiss | Reveal | Mute | Unmute


def _visible(asked: ClassAsked, command: _OfQuestion) -> tuple[int, QuestionRow]:
    """Return the question that a request is about, which the user may see, with its number.

    Raises:
        InvalidFormat: the request has no number.
        QuestionNotFound: there is no such question.
    """
    number = command.number
    if number is None:
        raise InvalidFormat("the number of the question is missing", command.id)
    row = asked.draft.get(QuestionRow, str(number))
    if row is None or not (row.public or asked.staff):
        raise QuestionNotFound(number)
    return number, row


def _about(asked: ClassAsked, number: int, row: QuestionRow, state: QuestionState) -> AboutQuestion:
    user = None if row.subject is None else asked.name_of(row.subject, row.name)
    by = None if state in ("open", "waiting") else asked.user.name
    return AboutQuestion(asked.room.name, number, state, row.text, stamp(row.minute), user, row.answer, by)


# What members do.


def ask(asked: ClassAsked, command: Ask) -> Ruling:
    """Ask a question. Staff always ask with their names; in an exam students' questions wait for the staff.

    Raises:
        InvalidFormat: it has no text.
        Muted: a moderator has silenced the author of an earlier question, who is this user.
        NotAllowed: the policy shows more of the author than the user may expect.
        QuestionsClosed: no questions may be asked.
        SlowMode: the user has asked too many.
        TooLong: the text is.
        TooMany: too many questions are open.
    """
    draft = asked.draft
    before = authors.repeated(asked, command.id)
    if before is not None:
        return Ruling(before)
    text = _text(asked, command.text, "question", LONGEST_QUESTION)
    if not text:
        raise InvalidFormat("the question has no text", command.id)
    rules = _check_may_ask(asked, command)
    _make_place(draft)
    named = asked.staff or command.named is True or rules.anonymous == "no"
    anonymous: Anonymity = "no" if named else rules.anonymous
    waits = not asked.staff and (rules.policy == "approve" or asked.room.order.exam)
    number = _next_number(draft)
    row = QuestionRow(
        text,
        "waiting" if waits else "open",
        asked.now - asked.now % _MINUTE,
        anonymous,
        not waits,
        asked.subject if named else None,
        asked.user.name if named else "",
    )
    draft.put(str(number), row)
    answer = QuestionAsked(number, waits, anonymous)
    authors.record(asked, command, answer)
    about = _about(asked, number, row, row.state)
    told = Telling("staff" if waits else "room", about, minute=not named)
    return Ruling(answer, [told], hidden=not named)


def _check_may_ask(asked: ClassAsked, command: Ask) -> QuestionRulesRow:
    """Return the rules by which a user may ask; count the question.

    Raises:
        ChatError: the user may not.
    """
    rules = rules_of(asked.draft)
    hold_rules(asked.draft)
    if rules.policy == "off":
        raise QuestionsClosed(asked.room.name)
    if not (asked.staff or command.named):
        check_expected(asked, command, rules)
    authors.check_silenced(asked)
    authors.count(asked)
    return rules


def _next_number(draft: Draft) -> int:
    """Return the number of a new question."""
    counted = draft.get(QuestionCount, "")
    number = 1 if counted is None else counted.count + 1
    draft.put("", QuestionCount(number))
    return number


def _make_place(draft: Draft) -> None:
    """Forget a question where there are too many: one that is closed.

    Raises:
        TooMany: all of them are open.
    """
    if draft.count(QuestionRow) < MOST_QUESTIONS:
        return
    closed = [int(one) for one, row in draft.all(QuestionRow).items() if row.state in _CLOSED]
    if not closed:
        raise TooMany("open questions in a room", MOST_QUESTIONS)
    number = str(min(closed))
    draft.drop(QuestionRow, number)
    authors.forget(draft, number)


def support(asked: ClassAsked, command: Support) -> Ruling:
    """Support a question, or no longer. Authors may support their own: a refusal would reveal them.

    Raises:
        Muted: a moderator has silenced this user.
        NotAllowed: the question is closed, or waits.
        QuestionNotFound: there is no such question.
    """
    draft = asked.draft
    number, row = _visible(asked, command)
    if row.state != "open":
        raise NotAllowed(f"question {number} is {'not shown yet' if row.state == 'waiting' else 'closed'}")
    authors.check_silenced(asked)
    draft.hold(QuestionRow, str(number))
    mine = draft.get(SupportsRow, asked.subject)
    numbers = frozenset[int]() if mine is None else mine.numbers
    if (number in numbers) != command.value:
        if len(numbers) >= MOST_QUESTIONS:
            numbers = frozenset(one for one in numbers if draft.get(QuestionRow, str(one)) is not None)
        draft.put(asked.subject, SupportsRow(numbers ^ {number}))
    counted = sum(number in one.numbers for _, one in draft.each(SupportsRow))
    return Ruling(Supported(number, counted, command.value))


# What staff do.


def answer(asked: ClassAsked, command: AnswerQuestion) -> Ruling:
    """Answer a question, which is shown to the room if it was not before; a further answer replaces this one.

    Raises:
        QuestionNotFound: there is no such question.
        TooLong: the answer is.
    """
    number, row = _visible(asked, command)
    said = _text(asked, command.text, "answer", LONGEST_ANSWER)
    row = replace(row, state="answered", public=True, answer=said, by=asked.user.name)
    asked.draft.put(str(number), row)
    about = _about(asked, number, row, "answered")
    return Ruling(QuestionDone(number, "answered"), [Telling("room", about)])


def approve(asked: ClassAsked, command: Approve) -> Ruling:
    """Show a question that waits to the room; nothing changes for others.

    Raises:
        QuestionNotFound: there is no such question.
    """
    number, row = _visible(asked, command)
    done = QuestionDone(number, "open")
    if row.state != "waiting":
        return Ruling(done)
    row = replace(row, state="open", public=True)
    asked.draft.put(str(number), row)
    return Ruling(done, [Telling("room", _about(asked, number, row, "open"))])


def dismiss(asked: ClassAsked, command: Dismiss) -> Ruling:
    """Close a question. If the room has not read it, only the staff and the author are told.

    Raises:
        QuestionNotFound: there is no such question.
        TooLong: the reason is.
    """
    draft = asked.draft
    number, row = _visible(asked, command)
    why = _text(asked, command.text, "reason", LONGEST_ANSWER)
    row = replace(row, state="dismissed", answer=why, by=asked.user.name)
    draft.put(str(number), row)
    about = _about(asked, number, row, "dismissed")
    if row.public:
        return Ruling(QuestionDone(number, "dismissed"), [Telling("room", about)])
    told = [Telling("staff", about)]
    author = authors.author_of(draft, number)
    if author is not None and author.subject is not None:
        told.append(Telling("person", about, author.subject, kept=False))
    return Ruling(QuestionDone(number, "dismissed"), told)


def reveal(asked: ClassAsked, command: Reveal) -> Ruling:
    """Look up the author of a question, who is told. The audit log has the question, and not the author.

    Raises:
        NotAllowed: it was asked with full anonymity.
        QuestionNotFound: there is no such question.
    """
    draft = asked.draft
    number, row = _visible(asked, command)
    if row.subject is not None:
        return Ruling(Revealed(number, asked.name_of(row.subject, row.name)))
    author = authors.author_of(draft, number)
    if author is None or author.subject is None:
        raise NotAllowed(f"nobody can find out who has asked question {number}")
    found = Revealed(number, asked.name_of(author.subject, author.name))
    key = f"{number} {asked.subject}"
    if draft.get(RevealedRow, key) is not None:
        return Ruling(found)
    draft.put(key, RevealedRow(asked.user.name))
    about = AboutQuestion(
        asked.room.name, number, "revealed", row.text, stamp(row.minute), by=asked.user.name
    )
    audited = Audited(asked.user.name, "reveal", asked.room.name, f"question {number}")
    return Ruling(found, [Telling("person", about, author.subject, kept=False)], audited=audited)


def mute(asked: ClassAsked, command: Mute | Unmute) -> Ruling:
    """Silence the author of a question, or no longer, without learning who it is.

    Raises:
        NotAllowed: the author is no longer known, or teaches here.
        QuestionNotFound: there is no such question.
    """
    number, row = _visible(asked, command)
    tag = "unmute" if isinstance(command, Unmute) else "mute"
    audited = Audited(asked.user.name, tag, asked.room.name, f"the author of question {number}")
    if isinstance(command, Unmute):
        authors.unsilence(asked, number)
        return Ruling(AuthorMuted(number, value=False), audited=audited)
    if row.subject is not None:
        raise NotAllowed(f"question {number} has a name: mute that user")
    try:
        until = authors.silence(asked, number, command.seconds)
    except KeyError:
        raise NotAllowed(f"the author of question {number} is no longer known") from None
    return Ruling(AuthorMuted(number, "" if until is None else stamp(until)), audited=audited)


# What happens by itself.


def taken_over(draft: Draft) -> list[tuple[str, ClassRow]]:
    """Return the rows that a new session takes over: all questions, and what is known of authors."""
    kinds: tuple[type[ClassRow], ...] = (QuestionRow, SupportsRow, RevealedRow, *authors.ROWS)
    return [one for kind in kinds for one in draft.all(kind).items()]


def due(asked: ClassAsked, about: str, *, late: bool) -> Ruling:  # noqa: ARG001
    """Forget the key of digests that were made outside a session; one may be under way by now."""
    asked.draft.session = 0
    authors.forget_key(asked.draft)
    return Ruling()


def close(asked: ClassAsked) -> list[Telling]:
    """Record how many users support each question, because the session ends."""
    counts = supports(asked.draft)
    for number, row in asked.draft.all(QuestionRow).items():
        if counts.get(int(number), 0):
            asked.draft.put(number, replace(row, supports=counts[int(number)]))
    return []
