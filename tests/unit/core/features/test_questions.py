"""Questions: with a name or without one, supported, approved, answered, revealed."""

from __future__ import annotations

import pytest

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    Dismiss,
    Follow,
    Reveal,
    SetQuestions,
    SetSession,
    Support,
)
from classchat.class_events import AboutQuestion, AboutQuestions, QuestionsView, QuestionView
from classchat.core.features import authors
from classchat.core.features import class_questions as questions
from classchat.core.features.question_rows import SupportsRow
from classchat.messages import Mute, Private, Quit, SetRoom, Success, Unmute
from tests.unit.core.features.helpers import Classroom, R, abouts, texts
from tests.unit.helpers import Client

WHY = Ask(receiver=R, text="Why?")
BEGIN, END = SetSession(receiver=R, text="begin"), SetSession(receiver=R, text="end")


def rules(text: str = "", anonymous: str | None = None) -> SetQuestions:
    """Return the request for a policy."""
    return SetQuestions(receiver=R, text=text, anonymous=anonymous)  # type: ignore[arg-type]


@pytest.fixture
def room() -> Classroom:
    """Return a class in a session: questions are open."""
    room = Classroom()
    room.passes(60)
    room.asks(room.mona, BEGIN)
    room.forgets()
    return room


def view(room: Classroom, client: Client) -> QuestionsView:
    """Return the questions that a client may see."""
    answer = room.answer(client, SetQuestions(receiver=R))
    assert isinstance(answer, Success)
    assert answer.questions is not None
    return answer.questions


def question(room: Classroom, client: Client, number: int = 1) -> QuestionView | None:
    """Return a question that a client may see."""
    return next((one for one in view(room, client).questions if one.number == number), None)


def policy(room: Classroom, policy: str, anonymous: str = "peers") -> None:
    """Set the policy, and wait until it is no news."""
    room.asks(room.mona, rules(policy, anonymous))
    room.passes(10)
    room.forgets()


def test_a_question_without_a_name(room: Classroom) -> None:
    """The room reads it; nobody but the author sees whose it is."""
    answer = room.answer(room.carol, WHY)

    assert "Your question has the number 1" == answer.text
    assert [AboutQuestion(R, 1, "open", "Why?", "1970-01-01T00:01:00.000Z")] == abouts(room.dave)
    own = {room.carol: True, room.mona: None, room.ann: None, room.dave: None}
    for client in own:
        seen = question(room, client)
        assert seen is not None
        assert (None, own[client], "peers") == (seen.user, seen.own, seen.anonymous)


def test_a_question_with_a_name(room: Classroom) -> None:
    """The room reads who asks."""
    room.asks(room.carol, Ask(receiver=R, text="Why?", named=True))

    assert ["Question 1 from Carol: Why?"] == texts(room.dave)
    seen = question(room, room.dave)
    assert seen is not None
    assert ("Carol", "no") == (seen.user, seen.anonymous)


def test_staff_ask_with_their_names(room: Classroom) -> None:
    """Whatever they ask for."""
    room.asks(room.ann, Ask(receiver=R, text="Why?", named=False))

    assert ["Question 1 from Ann: Why?"] == texts(room.dave)


def test_questions_are_closed_outside_a_session() -> None:
    """Until a policy is set, which holds from then on, whatever session there is."""
    room = Classroom()
    room.passes(60)
    assert "questions_closed" == room.code(room.carol, WHY)
    assert "off" == view(room, room.carol).policy

    room.asks(room.mona, BEGIN)
    assert None is room.code(room.carol, WHY)
    room.asks(room.mona, rules("off"), END, BEGIN)
    assert "questions_closed" == room.code(room.carol, WHY)


def test_the_room_is_told_the_policy(room: Classroom) -> None:
    """Only when it changes."""
    for _ in range(2):
        room.asks(room.mona, rules("approve", "full"))

    assert [AboutQuestions(R, "Mona", "approve", "full")] == abouts(room.dave)
    assert "Questions are closed" == room.text(room.mona, rules("off"))
    assert "invalid_format" == room.code(room.mona, rules("maybe"))
    assert "not_allowed" == room.code(room.ann, rules("open"))


def test_the_policy_of_a_question_stays(room: Classroom) -> None:
    """What was asked under one policy is never shown under another."""
    room.asks(room.carol, WHY)
    policy(room, "open", "full")
    room.asks(room.dave, WHY)
    policy(room, "open", "no")
    room.asks(room.emil, WHY)

    seen = view(room, room.mona).questions
    assert [(None, "peers"), (None, "full"), ("Emil", "no")] == [(one.user, one.anonymous) for one in seen]


def test_nobody_asks_by_mistake_with_a_name(room: Classroom) -> None:
    """A policy that shows more than the one before, or than the client has shown, is news at first."""
    room.asks(room.mona, rules("open", "no"))
    assert "not_allowed" == room.code(room.carol, WHY)
    assert None is room.code(room.carol, Ask(receiver=R, text="Why?", named=True))

    room.passes(10)
    assert "not_allowed" == room.code(room.carol, Ask(receiver=R, text="Why?", anonymous="peers"))
    assert None is room.code(room.carol, Ask(receiver=R, text="Why?", anonymous="no"))
    assert None is room.code(room.dave, WHY)


def test_a_question_waits(room: Classroom) -> None:
    """Staff see it first; of the students only the author sees it; then the room reads it."""
    policy(room, "approve")
    answer = room.answer(room.carol, WHY)
    assert "Your question has the number 1; the staff see it first" == answer.text
    assert ["R: Question 1: Why? (waits: /approve 1 or /dismiss 1)"] == texts(room.ann)
    assert [] == texts(room.dave)
    assert [1, 0, 1] == [len(view(room, one).questions) for one in (room.carol, room.dave, room.ann)]
    assert "question_not_found" == room.code(room.dave, Support(receiver=R, number=1))
    assert "not_allowed" == room.code(room.ann, Support(receiver=R, number=1))

    room.forgets()
    for _ in range(2):
        assert "Question 1 is shown to the room" == room.text(room.ann, Approve(receiver=R, number=1))
    assert ["Question 1: Why?"] == texts(room.dave)
    assert 1 == len(view(room, room.dave).questions)


def test_a_question_of_staff_waits_for_nobody(room: Classroom) -> None:
    """They would have to approve it themselves."""
    policy(room, "approve")
    room.asks(room.ann, WHY)

    assert ["Question 1 from Ann: Why?"] == texts(room.dave)


def test_a_question_that_is_not_shown(room: Classroom) -> None:
    """It is closed without the room reading it: staff and the author are told."""
    policy(room, "approve")
    room.asks(room.carol, WHY)
    room.forgets()
    room.asks(room.ann, Dismiss(receiver=R, number=1, text="off topic"))

    assert ["R: Ann has closed question 1: off topic (Why?)"] == texts(room.carol) == texts(room.mona)
    assert [] == texts(room.dave)
    assert None is question(room, room.dave)


def test_the_author_of_a_fully_anonymous_question_is_not_told(room: Classroom) -> None:
    """The server does not know who it is, and does not show the question to one student only."""
    policy(room, "approve", "full")
    room.asks(room.carol, WHY)
    room.forgets()
    room.asks(room.ann, Dismiss(receiver=R, number=1))

    assert [] == texts(room.carol)
    assert [] == view(room, room.carol).questions


def test_answers(room: Classroom) -> None:
    """The room reads the answer; a further one replaces it."""
    room.asks(room.carol, WHY)
    room.forgets()
    room.asks(room.ann, AnswerQuestion(receiver=R, number=1, text="Because"))
    assert ["Ann answers question 1: Because (Why?)"] == texts(room.carol)

    room.asks(room.mona, AnswerQuestion(receiver=R, number=1, text="So"))
    seen = question(room, room.dave)
    assert seen is not None
    assert ("answered", "So", "Mona") == (
        seen.state,
        seen.answer,
        seen.by,
    )
    assert "question_not_found" == room.code(room.mona, AnswerQuestion(receiver=R, number=2))
    assert "not_allowed" == room.code(room.carol, AnswerQuestion(receiver=R, number=1))


@pytest.mark.parametrize("command", [Support, AnswerQuestion, Approve, Dismiss, Reveal])
def test_a_question_needs_its_number(room: Classroom, command: type[Support]) -> None:
    """No request is about a question that it does not name."""
    room.asks(room.carol, Ask(receiver=R, text="Why?"))

    assert "invalid_format" == room.code(room.mona, command(receiver=R))


def test_supports(room: Classroom) -> None:
    """Each person counts once, from all devices, and may take it back; the author counts like others."""
    room.asks(room.carol, WHY)
    support = Support(receiver=R, number=1)

    assert "You support question 1 (1 supporter)" == room.text(room.carol, support)
    assert "You support question 1 (2 supporters)" == room.text(room.dave, support)
    assert "You support question 1 (2 supporters)" == room.text(room.comes_back("Dave"), support)
    seen = question(room, room.dave)
    assert seen is not None
    assert (2, True) == (seen.supports, seen.supported)
    taken_back = Support(receiver=R, number=1, value=False)
    assert "You no longer support question 1 (1 supporter)" == room.text(room.dave, taken_back)
    room.asks(room.ann, Dismiss(receiver=R, number=1))
    assert "not_allowed" == room.code(room.dave, support)
    assert "question_not_found" == room.code(room.dave, Support(receiver=R, number=2))


def test_followers_are_told_of_supports(room: Classroom) -> None:
    """Joined, and only what has changed; a question without a name changes no count by being asked."""
    room.asks(room.carol, WHY, WHY)
    room.asks(room.dave, Follow(receiver=R, follow=True))
    room.forgets()
    for client in (room.carol, room.emil):
        room.asks(client, Support(receiver=R, number=2))
    room.passes(1)

    assert [{"kind": "counts", "room": R, "supports": {"2": 2}}] == [
        event.about for event in room.dave.hears() if isinstance(event, Private)
    ]


def test_a_support_that_is_repeated(room: Classroom) -> None:
    """It counts once, and no row says who has made the request."""
    room.asks(room.carol, WHY)
    for _ in range(2):
        answer = room.answer(room.dave, Support(receiver=R, number=1, id="same"))

    assert "You support question 1 (1 supporter)" == answer.text
    assert not [key for key in room.house.journal.rows if "same" in key[3]]


def test_a_question_that_is_repeated(room: Classroom) -> None:
    """The `id` gets the first answer, from this person only, also after the policy has changed."""
    first = room.answer(room.carol, Ask(receiver=R, text="Why?", id="same"))
    room.asks(room.mona, rules("off"))

    assert first.text == room.text(room.carol, Ask(receiver=R, text="Why?", id="same"))
    assert "questions_closed" == room.code(room.dave, Ask(receiver=R, text="Why?", id="same"))
    assert 1 == len(view(room, room.mona).questions)


@pytest.mark.parametrize("anonymous", ["peers", "full", "no"])
def test_a_person_asks_three_at_once(room: Classroom, anonymous: str) -> None:
    """Then one in 30 seconds, whatever is known of them."""
    policy(room, "open", anonymous)
    assert [None] * 3 == [room.code(room.carol, WHY) for _ in range(3)]
    refused = room.answer(room.carol, WHY)
    assert ("slow_mode", 30) == (refused.code, refused.seconds)  # type: ignore[union-attr]
    assert None is room.code(room.dave, WHY)

    room.passes(30)
    assert [None, "slow_mode"] == [room.code(room.carol, WHY) for _ in range(2)]


def test_texts(room: Classroom) -> None:
    """They are harmless, not empty, and not too long."""
    assert "invalid_format" == room.code(room.carol, Ask(receiver=R, text=" \n"))
    assert "too_long" == room.code(room.carol, Ask(receiver=R, text="x" * (questions.LONGEST_QUESTION + 1)))
    room.asks(room.carol, Ask(receiver=R, text=" a\x07\n b "))
    seen = question(room, room.dave)
    assert seen is not None
    assert "a\N{REPLACEMENT CHARACTER}\n b" == seen.text
    answer = AnswerQuestion(receiver=R, number=1, text="x" * (questions.LONGEST_ANSWER + 1))
    assert "too_long" == room.code(room.mona, answer)


def test_a_moderator_looks_up_an_author(room: Classroom) -> None:
    """Only the moderator learns it; the author is told, once for each moderator; no row has it afterwards."""
    room.asks(room.carol, WHY)
    room.forgets()
    reveal = Reveal(receiver=R, number=1, id="same")
    for _ in range(2):
        answer = room.answer(room.mona, reveal)
        assert ("Carol", 1) == (answer.user, answer.number)  # type: ignore[union-attr]

    assert ["R: Mona now knows that you have asked question 1: Why?"] == texts(room.carol)
    assert [] == texts(room.dave) == texts(room.ann)
    assert "not_allowed" == room.code(room.ann, reveal)
    seen = question(room, room.mona)
    assert seen is not None
    assert None is seen.user
    assert not [key for key in room.house.journal.rows if key[2] == "answered" and "same" in key[3]]


def test_an_author_who_was_away_learns_of_it_later(room: Classroom) -> None:
    """Their own question says who has looked them up; nobody else sees that."""
    room.asks(room.carol, WHY, Quit())
    room.asks(room.mona, Reveal(receiver=R, number=1))
    shown = [question(room, client) for client in (room.comes_back("Carol"), room.mona, room.dave)]

    assert [["Mona"], None, None] == [one and one.revealed for one in shown]


def test_questions_in_an_exam_wait(room: Classroom) -> None:
    """Else students would talk to each other by them; staff need not wait."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))
    room.forgets()
    room.asks(room.carol, Ask(receiver=R, text="The answer is 42", named=True))
    assert [] == texts(room.dave)

    room.asks(room.ann, WHY)
    assert ["Question 2 from Ann: Why?"] == texts(room.dave)


def test_a_named_question_has_nothing_to_look_up(room: Classroom) -> None:
    """The author is not told."""
    room.asks(room.carol, Ask(receiver=R, text="Why?", named=True))
    room.forgets()

    assert "Question 1 was asked by Carol" in room.text(room.mona, Reveal(receiver=R, number=1))
    assert [] == texts(room.carol)


def test_nobody_looks_up_the_author_of_a_fully_anonymous_question(room: Classroom) -> None:
    """The rows have no subject."""
    policy(room, "open", "full")
    room.asks(room.carol, WHY)

    assert "not_allowed" == room.code(room.mona, Reveal(receiver=R, number=1))
    kept = {key[2]: value for key, value in room.house.journal.rows.items() if key[3] == "1"}
    assert "Carol" not in kept["author"] + kept["question"]
    assert "subject" not in kept["author"] + kept["question"]


@pytest.mark.parametrize("anonymous", ["peers", "full"])
def test_an_unseen_author_is_silenced(room: Classroom, anonymous: str) -> None:
    """They may not ask or support, until that ends; nobody is told who it is, and others may."""
    policy(room, "open", anonymous)
    room.asks(room.carol, WHY)
    room.forgets()

    said = "The author of question 1 may not ask or support questions until"
    assert f"{said} the session ends" == room.text(room.mona, Mute(receiver=R, number=1))
    assert [] == texts(room.carol) == texts(room.dave)
    assert ["muted", "muted"] == [room.code(room.carol, one) for one in (WHY, Support(receiver=R, number=1))]
    assert None is room.code(room.dave, WHY)
    room.asks(room.mona, Unmute(receiver=R, number=1))
    assert None is room.code(room.carol, WHY)
    room.asks(room.mona, Mute(receiver=R, number=1, seconds=60))
    assert "muted" == room.code(room.carol, WHY)
    room.passes(60)
    assert None is room.code(room.carol, WHY)


def test_who_may_silence(room: Classroom) -> None:
    """Moderators, and only unseen authors of questions that exist."""
    room.asks(room.carol, Ask(receiver=R, text="Why?", named=True))

    assert "not_allowed" == room.code(room.ann, Mute(receiver=R, number=1))
    assert "not_allowed" == room.code(room.mona, Mute(receiver=R, number=1))
    assert "question_not_found" == room.code(room.mona, Mute(receiver=R, number=2))


def test_the_end_of_a_session_forgets_authors(room: Classroom) -> None:
    """Nothing secret is left; supports are counted; the next session begins without questions."""
    room.asks(room.carol, WHY)
    room.asks(room.dave, Support(receiver=R, number=1))
    rows = room.house.journal.rows
    room.asks(room.mona, END)

    secret = {kind.kind for kind in (SupportsRow, authors.AuthorRow, authors.AuthorsKeyRow)}
    assert [] == [key[2] for key in rows if key[2] in secret]
    assert [] == view(room, room.mona).questions
    room.asks(room.mona, BEGIN)
    assert "Your question has the number 2" == room.text(room.carol, WHY)


def keys(room: Classroom) -> list[str]:
    """Return the kinds of secret rows of questions that are kept."""
    secret = (
        authors.AuthorsKeyRow,
        authors.AskingRow,
        authors.AskedRow,
        authors.SilencedRow,
        authors.AuthorRow,
    )
    return sorted({key[2] for key in room.house.journal.rows if key[2] in {one.kind for one in secret}})


@pytest.mark.parametrize("ending", ["time", "off", "peers"])
def test_outside_a_session_the_key_is_forgotten(ending: str) -> None:
    """After two hours, or when the policy changes."""
    room = Classroom()
    policy(room, "open", "full")
    room.asks(room.carol, Ask(receiver=R, text="Why?", id="1"))
    room.asks(room.mona, Mute(receiver=R, number=1))
    assert ["asked", "asking", "author", "authors_key", "silenced"] == keys(room)
    if ending == "time":
        room.passes(2 * 60 * 60)
    else:
        room.asks(room.mona, rules("off") if ending == "off" else rules("open", "peers"))

    assert [] == keys(room)
    if ending == "time":
        assert "not_allowed" == room.code(room.mona, Mute(receiver=R, number=1))
        assert None is room.code(room.carol, WHY)


@pytest.mark.parametrize("anonymous", ["peers", "full"])
def test_a_session_takes_questions_over(anonymous: str) -> None:
    """Those that were asked before it; they are its own, and their authors are forgotten with it."""
    room = Classroom()
    policy(room, "open", anonymous)
    room.asks(room.carol, Ask(receiver=R, text="Why?", id="1"))
    room.asks(room.dave, Support(receiver=R, number=1))
    room.asks(room.mona, Mute(receiver=R, number=1), BEGIN)

    seen = question(room, room.dave)
    assert seen is not None
    assert ("Why?", anonymous, 1, True) == (seen.text, seen.anonymous, seen.supports, seen.supported)
    assert 1 == room.answer(room.carol, Ask(receiver=R, text="Why?", id="1")).number  # type: ignore[union-attr]
    assert "muted" == room.code(room.carol, WHY)
    assert None is room.code(room.mona, Unmute(receiver=R, number=1))
    room.passes(3 * 60 * 60)
    assert ("not_allowed" if anonymous == "full" else None) == room.code(
        room.mona, Reveal(receiver=R, number=1)
    )
    room.asks(room.mona, END)
    assert [] == keys(room)
    assert None is question(room, room.mona)


def test_outside_a_session_moderators_can_still_look_up() -> None:
    """The author of a question that only peers can't see is known while the question is kept."""
    room = Classroom()
    policy(room, "open")
    room.asks(room.carol, WHY)
    room.passes(3 * 60 * 60)

    assert ["author"] == keys(room)
    assert "Carol" in room.text(room.mona, Reveal(receiver=R, number=1))


def test_silence_outside_a_session_ends_with_the_key() -> None:
    """The answer says until when."""
    room = Classroom()
    policy(room, "open")
    room.asks(room.carol, WHY)

    answer = room.answer(room.mona, Mute(receiver=R, number=1, seconds=24 * 60 * 60))
    assert "1970-01-01T02:00:10.000Z" == answer.until  # type: ignore[union-attr]


def test_more_questions_than_are_kept(room: Classroom) -> None:
    """The oldest closed ones go first, with what was kept of their authors; open ones are never lost."""
    rows = room.house.journal.rows
    for number in range(questions.MOST_QUESTIONS):
        room.passes(30)
        room.carol.send(Ask(receiver=R, text=str(number), id=f"ask {number}"))
    room.passes(30)
    assert "too_many" == room.code(room.carol, WHY)
    room.asks(room.ann, Dismiss(receiver=R, number=3))
    room.passes(30)
    assert "Your question has the number 501" == room.text(room.carol, WHY)

    kept = {kind: sum(key[2] == kind for key in rows) for kind in ("question", "author", "asked")}
    assert dict.fromkeys(("question", "author"), questions.MOST_QUESTIONS) | {"asked": 500} == kept
    assert "question_not_found" == room.code(room.carol, Support(receiver=R, number=3))
    assert 200 == len(view(room, room.carol).questions)


def test_the_list_as_a_text(room: Classroom) -> None:
    """People who read no fields see what is open, by support."""
    room.asks(room.carol, Ask(receiver=R, text="Why\n now?"), Ask(receiver=R, text="How?", named=True))
    room.asks(room.dave, Support(receiver=R, number=2))

    first, *lines = room.text(room.dave, SetQuestions(receiver=R)).split("\n")
    assert "Questions in 'R' are open; nobody sees who asks, but a moderator can look it up" in first
    assert ["2 from Carol: How? (1 supporter)", "1: Why now?"] == lines


def test_long_questions_do_not_make_a_long_list(room: Classroom) -> None:
    """The last ones are listed, as far as there is room."""
    for _ in range(70):
        room.passes(30)
        room.carol.send(Ask(receiver=R, text="x" * questions.LONGEST_QUESTION))
    room.passes(30)

    assert 60 == len(listed := view(room, room.dave).questions)
    assert 70 == listed[-1].number
