"""The checker of a class: it finds every kind of mistake in made-up answers and rows."""

from __future__ import annotations

from typing import Any

from tests.tables import each_case
from tests.torture.class_checker import ClassRows, check_class
from tests.torture.pupils import Done


def done(name: str, status: str, answer: str | int = "", **request: Any) -> Done:
    """Return a request that was granted, and its answer: a text, or the number of a poll."""
    fields = {"number": answer} if isinstance(answer, int) else {"text": answer}
    return Done(name, {"status": status, **request}, {"status": "success", **fields})


GRANTED = [
    done("Alice", "hand", text="Alice 1"),
    done("Carol", "hand", text="Carol 1"),
    done("Bob", "next", "Next is Alice: Alice 1"),
    done("Bob", "poll", 1),
    done("Alice", "vote", number=1, choices=[0]),
    done("Carol", "vote", number=1, choices=[1]),
    done("Carol", "vote", number=1, choices=[0]),
    done("Alice", "support", value=True),
    done("Carol", "support", value=False),
]
"""What was granted in a run: Carol changes a vote, and takes a support back."""


def poll(votes: int, *counts: int) -> dict[str, Any]:
    """Return a poll that is closed, with its result."""
    return {"options": ["A", "B"], "closed": 5, "result": {"votes": votes, "counts": [*counts]}}


def rows() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return the rows that come of it."""
    return {
        "hand": [("2", {"topic": "Carol 1"})],
        "served": [("9 1", {"topic": "Alice 1"})],
        "poll": [("1", poll(2, 2, 0))],
        "supports": [("1", {"numbers": [1]}), ("2", {"numbers": []})],
    }


def test_nothing_is_wrong() -> None:
    """A run without a mistake passes, with a poll that is closed, or open, or too small for its counts."""
    closed, small, still_open = rows(), rows(), rows()
    small["poll"][0][1]["result"] = {"votes": 2}
    del still_open["poll"][0][1]["closed"], still_open["poll"][0][1]["result"]
    still_open["vote"] = [("1 1", {"choices": [0]}), ("1 2", {"choices": [0]})]

    assert [[], [], []] == [check_class(GRANTED, ClassRows(one)) for one in (closed, small, still_open)]


@each_case(
    ("kind", "wrong", "rule"),
    [
        ("hand", [], "hands"),
        ("turn", [("1", {"topic": "Alice 1"})], "hands"),
        ("served", [], "turns"),
        ("turn", [("2", {"topic": "Carol 2"})], "turns"),
        ("poll", [], "polls"),
        ("poll", [("1", poll(2, 2, 0)), ("2", poll(0, 0, 0))], "polls"),
        ("poll", [("1", poll(3, 2, 1))], "polls"),
        ("poll", [("1", poll(2, 1, 1))], "polls"),
        ("poll", [("1", {"options": ["A", "B"]})], "polls"),
        ("supports", [], "supports"),
        ("supports", [("1", {"numbers": [1]}), ("2", {"numbers": [1]})], "supports"),
    ],
)
def test_mistakes(kind: str, wrong: list[tuple[str, dict[str, Any]]], rule: str) -> None:
    """Each kind of mistake is reported by its rule."""
    found = check_class(GRANTED, ClassRows({**rows(), kind: wrong}))

    assert rule in [one.partition(":")[0] for one in found]


def test_a_turn_for_two() -> None:
    """Two of the staff were given one hand."""
    twice = [*GRANTED, done("Ann", "next", "Next is Alice: Alice 1")]

    assert ["turns"] == [one.partition(":")[0] for one in check_class(twice, ClassRows(rows()))]
