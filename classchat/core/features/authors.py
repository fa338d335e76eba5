"""The authors of questions, whom nobody may see: everything about them lies in secret rows.

Limits, repetitions and silence work by digests with a key that is forgotten when the session ends. Outside a
session it is forgotten after two hours, or when the policy changes. With the anonymity `full` the digest is
all that is known of an author; otherwise a moderator may learn the author, see `class_questions.reveal`.
"""

from __future__ import annotations

import hmac

from classchat.class_commands import Ask
from classchat.class_events import Anonymity, QuestionAsked
from classchat.core.features.feature import ClassAsked, later, no_longer
from classchat.core.features.rows import ClassRow, Draft
from classchat.errors import Muted, SlowMode

NAME = "questions"
_FORGET = "forget"
_KEY_LASTS = 2 * 60 * 60_000
_AT_ONCE = 3
_EVERY = 30_000
_MOST_REMEMBERED = 2_000


class AuthorsKeyRow(ClassRow, frozen=True):
    """The key of the digests; the key of the row is `""`."""

    kind = "authors_key"
    secret = True

    key: str
    made: int


class AuthorRow(ClassRow, frozen=True):
    """The author of a question; the key is its number."""

    kind = "author"
    secret = True

    digest: str
    """"" after its key is forgotten."""

    repeats: str = ""
    """The key of the `AskedRow`, where the request had an `id`."""

    subject: str | None = None
    """None with the anonymity `full`."""

    name: str = ""


class AskedRow(ClassRow, frozen=True):
    """The answer to a request, which may be repeated; the key is the digest of the person and the `id`."""

    kind = "asked"
    secret = True

    number: int
    waits: bool
    anonymous: Anonymity


class AskingRow(ClassRow, frozen=True):
    """How fast an author asks; the key is the digest of the person."""

    kind = "asking"
    secret = True

    free: int
    """When the author may again ask as many questions at once as ever, in milliseconds."""


class SilencedRow(ClassRow, frozen=True):
    """An author whom a moderator has silenced; the key is the digest of the person."""

    kind = "silenced"
    secret = True

    until: int | None = None
    """In milliseconds; None until the key is forgotten."""


ROWS: tuple[type[ClassRow], ...] = (AuthorsKeyRow, AuthorRow, AskedRow, AskingRow, SilencedRow)


def _digest(key: AuthorsKeyRow, what: str, text: str) -> str:
    return hmac.digest(bytes.fromhex(key.key), f"{what} {text}".encode(errors="replace"), "sha256")[:12].hex()


def _made_key(asked: ClassAsked) -> AuthorsKeyRow:
    """Return the key; make one where there is none."""
    draft = asked.draft
    key = draft.get(AuthorsKeyRow, "")
    if key is None:
        key = AuthorsKeyRow(asked.random(32).hex(), asked.now)
        draft.put("", key)
        if not draft.session:
            later(draft, NAME, _FORGET, asked.now + _KEY_LASTS)
    return key


# Limits.


def repeated(asked: ClassAsked, id: str | None) -> QuestionAsked | None:
    """Return the first answer to a request that this person has made before with the same `id`."""
    key = asked.draft.get(AuthorsKeyRow, "")
    if id is None or key is None:
        return None
    mine = _digest(key, "id", f"{asked.subject} {id}")
    row = asked.draft.get(AskedRow, mine)
    if row is None:
        return None
    asked.draft.hold(AskedRow, mine)  # the question may be on its way, and be refused
    return QuestionAsked(row.number, row.waits, row.anonymous)


def check_silenced(asked: ClassAsked) -> None:
    """Check that no moderator has silenced this person.

    Raises:
        Muted: one has.
    """
    key = asked.draft.get(AuthorsKeyRow, "")
    if key is None:
        return
    mine = _digest(key, "person", asked.subject)
    row = asked.draft.get(SilencedRow, mine)
    asked.draft.hold(SilencedRow, mine)
    if row is not None and (row.until is None or row.until > asked.now):
        raise Muted(asked.room.name, float("inf") if row.until is None else row.until)


def count(asked: ClassAsked) -> None:
    """Count a question of this person: three may come at once, and then one in 30 seconds.

    Raises:
        SlowMode: there were too many.
    """
    draft = asked.draft
    mine = _digest(_made_key(asked), "person", asked.subject)
    row = draft.get(AskingRow, mine)
    free = asked.now if row is None else max(row.free, asked.now)
    wait = free - (_AT_ONCE - 1) * _EVERY - asked.now
    if wait > 0:
        raise SlowMode(asked.room.name, -(-wait // 1000), questions=True)
    draft.put(mine, AskingRow(free + _EVERY))
    if row is None and draft.count(AskingRow) >= _MOST_REMEMBERED:
        for other, one in draft.all(AskingRow).items():
            if one.free <= asked.now:
                draft.drop(AskingRow, other)


# Authors.


def record(asked: ClassAsked, command: Ask, answer: QuestionAsked) -> None:
    """Record who has asked a question: as much as its anonymity allows."""
    draft, key = asked.draft, _made_key(asked)
    repeats = ""
    if command.id is not None:
        repeats = _digest(key, "id", f"{asked.subject} {command.id}")
        draft.put(repeats, AskedRow(answer.number, answer.waits, answer.anonymous))
    digest = _digest(key, "person", asked.subject)
    known = answer.anonymous != "full"
    draft.put(
        str(answer.number),
        AuthorRow(digest, repeats, asked.subject if known else None, asked.user.name if known else ""),
    )


def author_of(draft: Draft, number: int) -> AuthorRow | None:
    """Return the author of a question; None if the subject is not known."""
    row = draft.get(AuthorRow, str(number))
    return None if row is None or row.subject is None else row


def silence(asked: ClassAsked, number: int, seconds: int | None) -> int | None:
    """Silence the author of a question; return until when, in milliseconds: None until the session ends.

    Raises:
        KeyError: the author is no longer known.
    """
    draft = asked.draft
    author, key = draft.get(AuthorRow, str(number)), draft.get(AuthorsKeyRow, "")
    if author is None or key is None or not author.digest:
        raise KeyError(number)
    until = None if seconds is None else asked.now + seconds * 1000
    if not draft.session:
        until = min(until or key.made + _KEY_LASTS, key.made + _KEY_LASTS)
    draft.put(author.digest, SilencedRow(until))
    return until


def unsilence(asked: ClassAsked, number: int) -> None:
    """Allow the author of a question to ask again."""
    author = asked.draft.get(AuthorRow, str(number))
    if author is not None and author.digest:
        asked.draft.drop(SilencedRow, author.digest)


def forget(draft: Draft, number: str) -> None:
    """Forget the author of a question that is kept no longer."""
    author = draft.get(AuthorRow, number)
    if author is not None:
        draft.drop(AuthorRow, number)
        if author.repeats:
            draft.drop(AskedRow, author.repeats)


def forget_key(draft: Draft) -> None:
    """Forget the key of a room without a session, and all digests that were made with it."""
    draft.drop(AuthorsKeyRow, "")
    for kind in (AskedRow, AskingRow, SilencedRow):
        for key in draft.all(kind):
            draft.drop(kind, key)
    for number, author in draft.all(AuthorRow).items():
        if author.subject is None:
            draft.drop(AuthorRow, number)
        elif author.digest:
            draft.put(number, AuthorRow("", "", author.subject, author.name))
    no_longer(draft, NAME, _FORGET)
