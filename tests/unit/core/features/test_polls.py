"""Polls: secret and named, live, closed by the clock, counted once."""

from __future__ import annotations

import pytest

from classchat.class_commands import EndPoll, Follow, ListPolls, SetSession, StartPoll, Vote
from classchat.class_events import AboutPoll, PollView
from classchat.core.features import ballots, class_polls
from classchat.errors import NotSaved
from classchat.messages import Claim, Create, Join, Leave, Private, Quit, Success
from tests.unit.core.features.helpers import Classroom, R, abouts, texts
from tests.unit.helpers import Client

BEGIN, END = SetSession(receiver=R, text="begin"), SetSession(receiver=R, text="end")
OPTIONS = ["quicksort", "mergesort"]


def poll(
    text: str = "Which is stable?",
    options: list[str] = OPTIONS,
    *,
    seconds: int = 60,
    many: bool | None = None,
    named: bool | None = None,
    live: bool | None = None,
) -> StartPoll:
    """Return the request for a poll."""
    return StartPoll(
        receiver=R, text=text, options=options, seconds=seconds, many=many, named=named, live=live
    )


def vote(*choices: int, number: int | None = None, id: str | None = None) -> Vote:
    """Return a vote."""
    return Vote(receiver=R, number=number, choices=list(choices), id=id)


@pytest.fixture
def room() -> Classroom:
    """Return a class in a session."""
    room = Classroom()
    room.passes(60)
    room.asks(room.mona, BEGIN)
    room.forgets()
    return room


def begins(room: Classroom, request: StartPoll | None = None) -> None:
    """Begin a poll, and forget that it was told."""
    room.asks(room.mona, request or poll())
    room.forgets()


def more(room: Classroom, count: int) -> list[Client]:
    """Return so many more students, who are guests."""
    clients = room.house.signs_in(*(f"guest{number}" for number in range(count)))
    for client in clients:
        room.asks(client, Join(receiver=R))
    return clients


def seen(room: Classroom, client: Client, number: int = 1) -> PollView:
    """Return a poll as a client may see it."""
    answer = room.answer(client, ListPolls(receiver=R, number=number))
    assert isinstance(answer, Success)
    assert answer.polls is not None
    return answer.polls[0]


def result(room: Classroom, client: Client | None = None) -> AboutPoll:
    """Return the last result that the room was told."""
    told = [about for about in abouts(client or room.carol) if isinstance(about, AboutPoll)]
    return told[-1]


def test_a_poll(room: Classroom) -> None:
    """The room is told the question, and, when the time is over, the result."""
    students = [room.carol, room.dave, room.emil, *more(room, 3)]
    room.forgets()
    answer = room.answer(room.mona, poll())
    assert ("Poll 1 is open", 1, "1970-01-01T00:02:00.000Z") == (answer.text, answer.number, answer.until)  # type: ignore[union-attr]
    said = "Poll 1: Which is stable? (1) quicksort (2) mergesort. Say /vote 1 or 2 within 60 seconds; "
    assert [f"{said}nobody sees who chose what"] == texts(room.dave)

    for at, student in enumerate(students):
        expected = f"You have voted in poll 1: {OPTIONS[at % 2]}"
        assert expected == room.text(student, vote(at % 2, number=1))
    room.forgets()
    room.passes(62)
    assert ["Poll 1 is closed: quicksort 3, mergesort 3 (6 of 6 here; 4 votes of guests)"] == texts(room.dave)


def test_there_is_no_poll(room: Classroom) -> None:
    """Votes and ends have nothing to be about."""
    assert "poll_not_found" == room.code(room.carol, vote(0))
    assert "poll_not_found" == room.code(room.mona, EndPoll(receiver=R))
    assert "Polls in 'R': none" == room.text(room.mona, ListPolls(receiver=R))


def test_the_list_as_a_text(room: Classroom) -> None:
    """People who read no fields see what is open, and results."""
    begins(room, poll(named=True))
    begins(room, poll())
    room.asks(room.carol, vote(0, number=1), EndPoll(receiver=R))
    room.asks(room.mona, EndPoll(receiver=R, number=1))

    assert [
        "Polls in 'R': 2",
        "1: Which is stable? (1) quicksort 1 (2) mergesort 0 (1 vote, closed)",
        "2: Which is stable? (1) quicksort (2) mergesort (0 votes, open)",
    ] == room.text(room.dave, ListPolls(receiver=R)).split("\n")


def test_a_vote_counts_once(room: Classroom) -> None:
    """The last one counts, from whatever device."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(0))
    assert None is room.code(room.comes_back("Carol"), vote(1))
    room.asks(room.carol, vote(1, 1, 1))
    assert [1] == seen(room, room.carol).mine

    room.asks(room.mona, EndPoll(receiver=R))
    assert ([0, 1], 1) == ((told := result(room)).counts, told.votes)


def test_votes_on_the_way_count_and_later_ones_do_not(room: Classroom) -> None:
    """Closing is an entry two seconds after the end; the order of the log decides."""
    begins(room, poll(named=True))
    room.passes(61)
    assert None is room.code(room.carol, vote(0))
    room.passes(1)

    assert "poll_closed" == room.code(room.dave, vote(0, number=1))
    assert "poll_closed" == room.code(room.dave, vote(0))
    assert 1 == result(room).votes


def test_a_vote_in_the_turn_of_the_end(room: Classroom) -> None:
    """What was appended before the end counts, and what comes after it is refused."""
    begins(room, poll(named=True))
    room.carol.send(vote(0, id="before"))
    room.mona.send(EndPoll(receiver=R, id="end"))
    room.dave.send(vote(1, id="after"))
    room.ann.send(ListPolls(receiver=R))
    room.settles()

    assert ["You have voted in poll 1: quicksort"] == [one.text for one in room.carol.answers("before")]
    assert ["Poll 1 is closed"] == [one.text for one in room.mona.answers("end")]
    assert ["Poll 1 is closed"] == [one.text for one in room.dave.answers("after")]
    assert [1, 0] == result(room).counts


def test_two_moderators_end_a_poll_at_once(room: Classroom) -> None:
    """It is counted once."""
    (olga,) = room.house.signs_in("Olga")
    room.house.claims(olga, operator=True)
    begins(room)
    room.mona.send(EndPoll(receiver=R, id="1"))
    olga.send(EndPoll(receiver=R, id="2"))
    room.settles()

    assert ["Poll 1 is closed"] == [one.text for one in room.mona.answers("1")]
    assert ["Poll 1 is closed"] == [one.text for one in olga.answers("2")]
    assert 1 == len(abouts(room.carol))


def test_the_end_by_the_clock_and_by_hand_at_once(room: Classroom) -> None:
    """It is counted once."""
    begins(room)
    room.mona.send(EndPoll(receiver=R, id="1"))
    room.passes(62)

    assert 1 == len(abouts(room.carol))
    assert "poll_closed" == room.code(room.mona, EndPoll(receiver=R, number=1))
    assert "poll_closed" == room.code(room.mona, EndPoll(receiver=R))


@pytest.mark.parametrize(
    "command",
    [
        poll(text=" "),
        poll(options=["a"]),
        poll(options=[str(number) for number in range(11)]),
        poll(options=["a", " a "]),
        poll(options=["a", "\n"]),
    ],
)
def test_invalid_polls(room: Classroom, command: StartPoll) -> None:
    """A poll has a text, and 2 to 10 different options."""
    assert "invalid_format" == room.code(room.mona, command)


def test_texts_of_polls(room: Classroom) -> None:
    """They are on one line, harmless, and not too long."""
    begins(room, poll("Which\n one?\x1b", ["a\tb", "\x00c"]))
    shown = seen(room, room.carol)
    assert ("Which one?\N{REPLACEMENT CHARACTER}", ["a b", "\N{REPLACEMENT CHARACTER}c"]) == (
        shown.text,
        shown.options,
    )

    assert "too_long" == room.code(room.mona, poll("x" * 501))
    assert "too_long" == room.code(room.mona, poll(options=["x" * 201, "y"]))


def test_invalid_votes(room: Classroom) -> None:
    """Options exist, and only one is chosen where only one may be."""
    begins(room)

    assert ["invalid_format"] * 3 == [room.code(room.carol, one) for one in (vote(), vote(2), vote(0, 1))]
    assert "poll_not_found" == room.code(room.carol, vote(0, number=9))
    assert 0 == seen(room, room.carol).votes


def test_votes_for_polls_of_others(room: Classroom) -> None:
    """A poll of another room does not exist here, and users vote only in rooms that they are in."""
    room.asks(room.gus, Create(receiver="S"))
    room.asks(room.gus, StartPoll(receiver="S", text="?", options=OPTIONS), EndPoll(receiver="S"))
    room.asks(room.gus, StartPoll(receiver="S", text="?", options=OPTIONS))

    assert "poll_not_found" == room.code(room.carol, vote(0, number=2))
    assert "not_a_member" == room.code(room.carol, Vote(receiver="S", choices=[0]))
    begins(room)
    assert "not_a_member" == room.code(room.gus, vote(0))


def test_several_choices(room: Classroom) -> None:
    """Each counts once."""
    begins(room, poll(many=True, named=True))
    assert "You have voted in poll 1: quicksort, mergesort" == room.text(room.carol, vote(1, 0, 1))

    assert (1, [1, 1]) == ((told := seen(room, room.mona)).votes, told.counts or [1, 1])


def test_several_polls(room: Classroom) -> None:
    """Then a vote needs a number; at most five are open."""
    for _ in range(class_polls.MOST_OPEN):
        begins(room)

    assert "too_many" == room.code(room.mona, poll())
    assert "invalid_format" == room.code(room.carol, vote(0))
    assert None is room.code(room.carol, vote(0, number=5))
    room.asks(room.mona, EndPoll(receiver=R, number=2))
    assert None is room.code(room.mona, poll())


def test_few_votes_are_not_distributed(room: Classroom) -> None:
    """Four votes of a secret poll would show who chose what: only their number is told, and stored."""
    students = [room.carol, room.dave, room.emil, *more(room, 1)]
    begins(room)
    for student in students:
        room.asks(student, vote(0))
    room.asks(room.mona, EndPoll(receiver=R))

    told = result(room)
    assert (None, None, 4) == (told.counts, told.guests, told.votes)
    rows = {key[2]: value for key, value in room.house.journal.rows.items()}
    assert "counts" not in rows["poll"]
    assert None is seen(room, room.mona).counts


def test_few_guests_are_not_distributed(room: Classroom) -> None:
    """Nor are few others; where both are many, the votes of guests are counted apart."""
    votes = [ballots.VoteRow("", guest=False, choices=[0])] * 5
    guests = [ballots.VoteRow("", guest=True, choices=[1])] * 5

    assert [0, 5] == ballots.counted(votes + guests, 2, named=False).guests
    assert [0, 5] == ballots.counted(guests, 2, named=False).guests
    assert None is ballots.counted(votes + guests[1:], 2, named=False).guests
    assert None is ballots.counted(votes[1:] + guests, 2, named=False).guests
    assert [0, 4] == ballots.counted(votes + guests[1:], 2, named=True).guests
    assert None is ballots.counted(votes, 2, named=True).guests


def test_who_chose_what_is_forgotten(room: Classroom) -> None:
    """In the entry that closes a secret poll: no row has it, and the user does not see it either."""
    students = [room.carol, room.dave, room.emil, *more(room, 3)]
    begins(room)
    for student in students:
        room.asks(student, vote(1))
    assert [1] == seen(room, room.carol).mine
    room.asks(room.mona, EndPoll(receiver=R))

    kept = {key: value for key, value in room.house.journal.rows.items() if "choices" in value}
    assert {} == kept
    assert [] == [key for key in room.house.journal.rows if key[2] == "vote"]
    assert (None, [0, 6]) == ((shown := seen(room, room.carol)).mine, shown.counts)


def test_a_named_poll(room: Classroom) -> None:
    """Staff see who chose what, while it is open and afterwards; students see their own choices."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(1))
    for _ in range(2):
        assert {"Carol": [1]} == seen(room, room.ann).voters
        assert (None, [1]) == ((shown := seen(room, room.carol)).voters, shown.mine)
        room.asks(room.mona, EndPoll(receiver=R))

    assert None is seen(room, room.dave).mine


def test_a_live_poll(room: Classroom) -> None:
    """Followers see the counts of five votes and more; of other polls only how many have voted."""
    students = [room.carol, room.dave, room.emil, *more(room, 2)]
    begins(room, poll(live=True))
    begins(room, poll())
    room.asks(room.mona, Follow(receiver=R, follow=True))
    room.forgets()
    for at, student in enumerate(students):
        room.asks(student, vote(0, number=1), vote(1, number=2))
        room.passes(1)
        heard = [event.about for event in room.mona.hears() if isinstance(event, Private)]
        polls = heard[-1]["polls"]  # type: ignore[index]
        few = at + 1 < ballots.FEW
        assert [(at + 1, None if few else [5, 0]), (at + 1, None)] == [
            (polls[number]["votes"], polls[number].get("counts")) for number in ("1", "2")
        ]


def test_a_vote_that_is_repeated(room: Classroom) -> None:
    """It is answered as at first, and does not replace a later one; also after the end."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(0, id="1"), vote(1, id="2"))
    assert "You have voted in poll 1" == room.text(room.carol, vote(0, id="1"))
    assert [1] == seen(room, room.carol).mine

    room.asks(room.mona, EndPoll(receiver=R))
    assert "You have voted in poll 1" == room.text(room.carol, vote(0, id="1"))
    assert "poll_closed" == room.code(room.dave, vote(0, number=1, id="1"))
    assert not [key for key in room.house.journal.rows if key[2] == "answered" and "vote" in key[3]]


def test_a_vote_that_is_repeated_in_the_turn_of_the_end(room: Classroom) -> None:
    """It is answered as at first also while the votes are being counted: it is one of them."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(0, id="1"))
    room.carol.forgets()
    room.mona.send(EndPoll(receiver=R, id="end"))
    room.carol.send(vote(0, number=1, id="1"))
    room.settles()

    assert ["You have voted in poll 1"] == [one.text for one in room.carol.answers("1")]
    assert [1, 0] == result(room).counts


def test_a_vote_that_arrives_late(room: Classroom) -> None:
    """A vote that arrives again after many later ones, as it may from another node, replaces none of them."""
    begins(room, poll(named=True))
    for number in range(30):
        room.asks(room.carol, vote(number % 2, id=str(number)))
    room.asks(room.carol, vote(0, id="0"))

    assert [1] == seen(room, room.carol).mine


def test_a_poll_that_is_repeated(room: Classroom) -> None:
    """There is one."""
    for _ in range(2):
        room.asks(room.mona, StartPoll(receiver=R, text="?", options=OPTIONS, id="same"))
        room.settles()

    assert "poll_not_found" == room.code(room.mona, EndPoll(receiver=R, number=2))
    for _ in range(2):
        assert "Poll 1 is closed" == room.text(room.mona, EndPoll(receiver=R, id="end"))


def test_the_end_of_a_session_closes_polls(room: Classroom) -> None:
    """The room reads the results before it, and nothing is left of the votes."""
    begins(room)
    begins(room)
    room.asks(room.carol, vote(0, number=1), vote(1, number=2))
    room.carol.send(vote(1, number=1))
    room.asks(room.mona, END)

    kinds = [type(about).__name__ for about in abouts(room.dave)]
    assert ["AboutPoll", "AboutPoll", "AboutSession"] == kinds
    assert not [key for key in room.house.journal.rows if key[2] in ("vote", "vote_ids", "open_poll", "due")]


def test_a_session_begins_with_no_poll(room: Classroom) -> None:
    """Polls from before it are closed."""
    room.asks(room.mona, END)
    begins(room)
    room.asks(room.mona, BEGIN)

    assert ["AboutPoll", "AboutSession"] == [type(about).__name__ for about in abouts(room.dave)]
    assert "poll_not_found" == room.code(room.carol, vote(0, number=1))
    assert "not_allowed" == room.code(room.mona, BEGIN)


def test_the_end_of_a_poll_that_could_not_be_stored(room: Classroom) -> None:
    """It is tried again after some seconds; the poll stays open for a while, as votes were lost as well."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(1))
    room.house.journal.clock.advance(62)
    room.house.journal.fail(NotSaved())
    room.passes(5)
    assert ["longer"] == [about.state for about in abouts(room.dave) if isinstance(about, AboutPoll)]
    room.passes(17)

    assert [0, 1] == result(room).counts


def test_a_voter_who_has_left_still_counts(room: Classroom) -> None:
    """So there are never more votes than students."""
    begins(room, poll(named=True))
    room.asks(room.carol, vote(0), Leave(receiver=R))
    room.asks(room.emil, vote(0), Quit())
    room.asks(room.mona, EndPoll(receiver=R))

    assert (2, 3) == ((told := result(room, room.dave)).votes, told.here)


def test_a_guest_who_registers_has_one_vote(room: Classroom) -> None:
    """The person is the same."""
    begins(room, poll(named=True))
    room.asks(room.emil, vote(0), Claim(sender="Emil", text="password"))
    room.settles()
    room.asks(room.emil, vote(1))

    shown = seen(room, room.mona)
    assert (1, {"Emil": [1]}) == (shown.votes, shown.voters)


def test_how_often_people_vote_is_kept(room: Classroom) -> None:
    """For exports; not in which polls."""
    for _ in range(2):
        begins(room)
        room.asks(room.carol, vote(0), vote(1))
        room.asks(room.mona, EndPoll(receiver=R))

    cast = [value for key, value in room.house.journal.rows.items() if key[2] == "votes_cast"]
    assert ['{"name":"Carol","polls":2}'] == cast


def test_many_polls(room: Classroom) -> None:
    """Of each session the last 200 are kept, and the last 20 and all open ones are listed."""
    begins(room, poll(seconds=3600))
    for number in range(2, class_polls.MOST_POLLS + 2):
        begins(room)
        room.asks(room.mona, EndPoll(receiver=R, number=number))
    answer = room.answer(room.carol, ListPolls(receiver=R))
    assert isinstance(answer, Success)
    numbers = [one.number for one in answer.polls or ()]

    assert [1, *range(183, 202)] == numbers
    assert "poll_not_found" == room.code(room.carol, ListPolls(receiver=R, number=2))
    assert class_polls.MOST_POLLS == sum(key[2] == "poll" for key in room.house.journal.rows)
