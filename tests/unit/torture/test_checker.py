"""The checker of clients' logs: it finds every kind of mistake in made-up logs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.torture.checker import check
from tests.torture.logs import Answered, Entered, Heard, Kept, Log, Record, Sent

EPOCH = "the-first"


def time(seq: int) -> str:
    """Return when the message of that number was said."""
    return f"2026-11-23T10:00:00.{seq:03}Z"


def said(seq: int, text: str = "", room: str = "#R") -> Kept:
    """Return one of Alice's messages to a room, as the file has it."""
    return Kept(room, seq, time(seq), "Alice", room[1:], text or f"text {seq}", f"a{seq}")


def told(seq: int) -> Kept:
    """Return one of Alice's private messages to Bob, as the file has it."""
    return Kept("1:2", seq, time(seq), "Alice", "Bob", f"psst {seq}", f"p{seq}")


def heard(kept: Kept, *, replay: bool = False) -> Heard:
    """Return how a client hears it."""
    return Heard(kept.to, kept.seq, kept.time, kept.sender, kept.text, replay)


def sent(kept: Kept) -> Sent:
    """Return how Alice said it."""
    return Sent(kept.id, kept.to, kept.text)


def answered(kept: Kept) -> Answered:
    """Return the answer that accepts Alice's message."""
    return Answered(kept.id, "", kept.seq, kept.time)


class Run:
    """A run without a mistake, to make one in it: Alice talks, Bob comes back once, and Carol comes late."""

    def __init__(self) -> None:
        rooms = [said(seq) for seq in range(1, 5)]
        dialog = [told(seq) for seq in range(1, 3)]
        self.kept: list[Kept] = [*rooms, *dialog]
        self.alice: list[Record] = [Entered("#R", 0, EPOCH)]
        for one in self.kept:
            self.alice += [sent(one), answered(one)]
        self.alice[4:4] = [sent(rooms[1])]  # for a second time
        self.alice += [*map(heard, rooms), Sent("a9", "@Dave", "who?"), Answered("a9", "user_not_found")]
        self.bob: list[Record] = [
            Entered("#R", 0, EPOCH),
            *map(heard, rooms[:2]),
            heard(dialog[0]),
            heard(dialog[1], replay=True),
            heard(rooms[2], replay=True),
            Entered("#R", 3, EPOCH, since=2),
            heard(rooms[3]),
        ]
        self.carol: list[Record] = [Entered("#R", 2, EPOCH), *map(heard, rooms[2:])]

    def broken(self) -> list[str]:
        """Return the rules that are broken."""
        logs = [Log("Alice", self.alice), Log("Bob", self.bob), Log("Carol", self.carol)]
        return sorted({one.partition(":")[0] for one in check(logs, EPOCH, self.kept)})

    def answer(self, id: str) -> int:
        """Return where the answer to one of Alice's messages is."""
        return next(at for at, one in enumerate(self.alice) if isinstance(one, Answered) and one.id == id)


@pytest.fixture
def run() -> Run:
    """Return a run without a mistake."""
    return Run()


def test_nothing_is_wrong(run: Run) -> None:
    """In a run without a mistake none is found."""
    assert [] == run.broken()


def acknowledged_and_lost(run: Run) -> None:
    """The last message is not in the file although it was acknowledged."""
    run.kept.remove(said(4))
    for log in (run.alice, run.bob, run.carol):
        log.remove(heard(said(4)))


def not_heard_by_one(run: Run) -> None:
    """Carol did not hear the last message."""
    run.carol.remove(heard(said(4)))


def not_heard_in_the_middle(run: Run) -> None:
    """Carol did not hear one message, and all after it."""
    run.carol.remove(heard(said(3)))


def not_heard_in_private(run: Run) -> None:
    """Bob was not sent a private message."""
    run.bob.remove(heard(told(1)))


def heard_twice(run: Run) -> None:
    """Carol heard a message twice."""
    run.carol.append(heard(said(4)))


def replayed_what_was_heard(run: Run) -> None:
    """Bob reconnects and is sent messages again."""
    run.bob.insert(5, heard(said(2), replay=True))


def heard_twice_in_private(run: Run) -> None:
    """Bob is sent a private message twice."""
    run.bob.append(heard(told(2), replay=True))


def swapped(run: Run) -> None:
    """Carol heard two messages in the wrong order."""
    run.carol[1], run.carol[2] = run.carol[2], run.carol[1]


def seen_differently(run: Run) -> None:
    """Carol heard two messages under each other's numbers."""
    run.carol[1:] = [
        heard(said(3))._replace(text=said(4).text),
        heard(said(4))._replace(text=said(3).text),
    ]


def kept_twice(run: Run) -> None:
    """One message has two numbers, and all members hear it twice."""
    again = said(5)._replace(text=said(4).text, id=said(4).id)
    run.kept.append(again)
    for log in (run.alice, run.bob, run.carol):
        log.append(heard(again))


def kept_twice_without_its_id(run: Run) -> None:
    """One message has two numbers, and the file forgot that it is the same."""
    again = said(5)._replace(text=said(4).text, id="")
    run.kept.append(again)
    for log in (run.alice, run.bob, run.carol):
        log.append(heard(again))


def gap_in_the_numbers(run: Run) -> None:
    """A number was used for no message."""
    run.kept.append(said(6))
    for log in (run.alice, run.bob, run.carol):
        log.append(heard(said(6)))


def going_back_in_time(run: Run) -> None:
    """A later message is older."""
    odd = said(5)._replace(time=time(1), id="")
    run.kept.append(odd)
    for log in (run.alice, run.bob, run.carol):
        log.append(heard(odd))


def wrong_number_answered(run: Run) -> None:
    """Alice was told another number."""
    run.alice[run.answer("a2")] = Answered("a2", "", 3, time(2))


def wrong_time_answered(run: Run) -> None:
    """Alice was told another time."""
    run.alice[run.answer("p1")] = Answered("p1", "", 1, time(9))


def two_answers_that_differ(run: Run) -> None:
    """To the repetition Alice got another answer."""
    run.alice.append(Answered("a2", "", 9, time(9)))


def no_answer(run: Run) -> None:
    """Alice never got an answer about a message."""
    del run.alice[run.answer("a3")]


def answer_to_nothing(run: Run) -> None:
    """Alice got an answer without a request."""
    run.alice.append(Answered("b1", "", 1, time(1)))


def refused_and_kept(run: Run) -> None:
    """Alice was refused a message that is kept."""
    run.alice[run.answer("p2")] = Answered("p2", "user_not_found")


def refused_for_no_reason(run: Run) -> None:
    """Alice's valid request was refused."""
    run.alice += [Sent("a10", "#R", "well?"), Answered("a10", "not_a_member")]


def refused_and_not_saved(run: Run) -> None:
    """Alice's request was refused because the journal failed."""
    run.alice += [Sent("a10", "#R", "well?"), Answered("a10", "not_saved")]


def heard_and_not_kept(run: Run) -> None:
    """Carol heard something that is not in the file."""
    run.carol.append(heard(said(5)))


def heard_by_a_stranger(run: Run) -> None:
    """Carol heard a private message to Bob."""
    run.carol.append(heard(told(1)))


def heard_with_another_time(run: Run) -> None:
    """What Carol heard has another time than the file says."""
    run.carol[-1] = heard(said(4))._replace(time=time(9))


def kept_somewhere_else(run: Run) -> None:
    """What Alice said to one room was kept in another."""
    run.kept[3] = said(1, said(4).text, "#S")._replace(id="a4", time=time(4))
    for log in (run.alice, run.bob, run.carol):
        log.remove(heard(said(4)))
    run.alice[run.answer("a4")] = Answered("a4", "", 1, time(4))


def told_of_a_gap(run: Run) -> None:
    """Bob reconnects and is told that messages are missing."""
    run.bob[-2] = Entered("#R", 3, EPOCH, since=2, gap=True)


def another_journal(run: Run) -> None:
    """Bob came back to another journal."""
    run.bob[-2] = Entered("#R", 3, "the-second", since=2)


def not_replayed_in_time(run: Run) -> None:
    """Bob is sent earlier messages only after rejoining."""
    run.bob[-3], run.bob[-2] = run.bob[-2], run.bob[-3]


@pytest.mark.parametrize(
    ("mistake", "rules"),
    [
        (acknowledged_and_lost, ["answers"]),
        (not_heard_by_one, ["complete"]),
        (not_heard_in_the_middle, ["complete"]),
        (not_heard_in_private, ["complete"]),
        (heard_twice, ["order"]),
        (replayed_what_was_heard, ["order"]),
        (heard_twice_in_private, ["order"]),
        (swapped, ["order"]),
        (seen_differently, ["same"]),
        (kept_twice, ["answers", "once"]),
        (kept_twice_without_its_id, ["once"]),
        (gap_in_the_numbers, ["complete", "dense"]),
        (going_back_in_time, ["dense"]),
        (wrong_number_answered, ["answers"]),
        (wrong_time_answered, ["answers"]),
        (two_answers_that_differ, ["answers"]),
        (no_answer, ["answers"]),
        (answer_to_nothing, ["answers"]),
        (refused_and_kept, ["answers"]),
        (refused_for_no_reason, ["refusals"]),
        (refused_and_not_saved, ["saved"]),
        (heard_and_not_kept, ["same"]),
        (heard_by_a_stranger, ["same"]),
        (heard_with_another_time, ["same"]),
        (kept_somewhere_else, ["answers"]),
        (told_of_a_gap, ["gaps"]),
        (another_journal, ["gaps"]),
        (not_replayed_in_time, ["entries"]),
    ],
)
def test_a_mistake(run: Run, mistake: Callable[[Run], None], rules: list[str]) -> None:
    """Each mistake breaks the rules that are about it, and no others."""
    mistake(run)

    assert rules == run.broken()


def test_many_mistakes(run: Run) -> None:
    """Of many violations of one rule the first are shown, with their number."""
    kept = [said(seq) for seq in range(1, 20)]
    logs = [Log("Carol", [Entered("#R", 0, EPOCH), *[heard(one)._replace(time="") for one in kept]])]
    broken = check(logs, EPOCH, kept)

    assert ["same"] * 6 == [one.partition(":")[0] for one in broken]
    assert "same: … and 14 more" == broken[-1]
    assert broken[0] == f"same: Carol heard {heard(kept[0])._replace(time='')}, and the file has {kept[0]}"
