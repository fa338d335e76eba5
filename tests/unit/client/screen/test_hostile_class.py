"""Whatever a server tells of a class, it is shown harmlessly, and nothing fails."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from classchat.class_commands import Follow
from classchat.class_events import (
    About,
    AboutCounts,
    AboutHere,
    AboutPoll,
    AboutQuestion,
    AboutTurn,
    ClassView,
    HandsView,
    HandView,
    HereView,
    PollView,
    QuestionsView,
    QuestionView,
    RosterView,
    SessionView,
    TurnView,
)
from classchat.client.display import class_view
from classchat.client.display.paper import Paper
from classchat.client.display.view import line_of
from classchat.client.screen.class_status import class_parts
from classchat.client.screen.completion import candidates
from classchat.client.screen.following import Following
from classchat.client.screen.state import Screen
from classchat.messages import Private, Success
from tests.unit.client.screen.test_following import NOW

texts = st.sampled_from(["", "x", "漢字", "\x1b[2J\n[SUCCESS] y", "\u202e" * 9, "e\u0301" * 50, "long " * 80])
times = st.sampled_from(
    ["", "x", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-11-29T10:00:45Z", "2026-11-29"]
)
numbers = st.integers(-1, 3) | st.just(1 << 62)
counts = st.none() | st.lists(numbers, max_size=3)
options = st.lists(texts, max_size=3)
states = st.sampled_from(["open", "closed"])
polls = st.builds(
    PollView,
    numbers,
    texts,
    options,
    states,
    times,
    counts=counts,
    guests=counts,
    votes=numbers,
    guest_votes=numbers,
    here=numbers,
    mine=counts,
)
turns = st.none() | st.builds(TurnView, texts, texts, texts, times)
hands = st.builds(
    HandsView,
    st.booleans(),
    waiting=numbers,
    place=st.none() | numbers,
    topic=st.none() | texts,
    turn=turns,
    hands=st.none() | st.lists(st.builds(HandView, texts, texts, times, numbers, times), max_size=3),
)
questions = st.builds(
    QuestionView, numbers, texts, st.sampled_from(["waiting", "open", "answered"]), times, texts, answer=texts
)
here = st.builds(HereView, st.booleans(), times, code=st.none() | texts, count=st.none() | numbers)
views = st.builds(
    ClassView,
    st.just("CS350"),
    st.sampled_from(["student", "moderator"]),
    session=st.none() | st.builds(SessionView, numbers, texts, times),
    hands=hands,
    questions=st.builds(QuestionsView, st.just("open"), questions=st.lists(questions, max_size=3)),
    polls=st.lists(polls, max_size=3),
    here=here,
)
abouts = st.one_of(
    st.builds(
        AboutCounts,
        st.just("CS350"),
        st.none() | hands,
        st.none() | st.dictionaries(numbers, numbers, max_size=2),
        st.none() | st.dictionaries(numbers, polls, max_size=2),
        st.none() | here,
    ),
    st.builds(
        AboutPoll, st.just("CS350"), numbers, states, texts, options, times, counts=counts, votes=numbers
    ),
    st.builds(AboutTurn, st.just("CS350"), texts, st.sampled_from(["taken", "helped"])),
    st.builds(AboutHere, st.just("CS350"), texts, st.booleans(), times, texts),
    st.builds(AboutQuestion, st.just("CS350"), numbers, states.map(lambda _: "open"), texts),
)
people = st.lists(st.builds(RosterView, texts, texts, texts), max_size=3)
papers = st.builds(lambda columns, utf8, wraps: Paper(lambda: columns, utf8, wraps), st.integers(1, 100),
                   st.booleans(), st.booleans())  # fmt: skip


def controls(text: str) -> list[str]:
    """Return the characters of a text that a terminal may obey, other than line breaks."""
    return [
        character for character in text if (character < " " and character != "\n") or character == "\u202e"
    ]


@settings(max_examples=60)
@given(views, st.lists(abouts, max_size=4), papers)
def test_whatever_is_told(view: ClassView, told: list[About], paper: Paper) -> None:
    """The line at the bottom, completions and lines are made of anything that can be decoded."""
    screen = Screen("Alice")
    screen.entered("CS350")
    following = Following(lambda _: None, lambda: None, Clock(), lambda: 0.0, lambda: NOW, screen.group_room)
    following.answered(Success("SERVER", "Alice", "", state=view), Follow(receiver="CS350", follow=True))
    lines = []
    for about in told:
        event = Private("SERVER", "Alice", "told", about=about)
        following.told(event, "Alice")
        lines.append(line_of(class_view.drawn(event, paper)))
    parts = class_parts(following.classes, "CS350", NOW)
    offered = [one for text in ("/vote ", "/up ") for one in candidates(text, screen, following.classes)]
    following.close()

    assert [] == controls("".join([*lines, *parts, *(one.about for one in offered)]))


@settings(max_examples=60)
@given(views, people, papers)
def test_whatever_is_answered(view: ClassView, people: list[RosterView], paper: Paper) -> None:
    """Each list is made of anything that can be decoded, and no text begins a line of its own."""
    answers = [
        Success("SERVER", "Alice", "", state=view),
        Success("SERVER", "Alice", "", hands=view.hands),
        Success("SERVER", "Alice", "", questions=view.questions),
        Success("SERVER", "Alice", "", polls=view.polls),
        Success("SERVER", "Alice", "", roster=people),
    ]
    shown = "\n".join(class_view.answer(answer, "CS350", paper, NOW) for answer in answers)

    assert [] == controls(shown)
    assert paper.wraps or not any(line.startswith("[SUCCESS]") for line in shown.split("\n"))


def test_a_result_with_nothing_to_draw() -> None:
    """A poll without options, or with counts below 0, is the server's sentence."""
    for counts in ([], [-1]):
        about = AboutPoll("CS350", 1, "closed", "?", ["A"] * len(counts), "", counts=counts)
        event = Private("SERVER", "Alice", "Poll 1 is closed", about=about)

        assert event == class_view.drawn(event, Paper())
