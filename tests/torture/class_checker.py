"""The rules for the answers that students and staff got, and the rows of the class in the file."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from classchat.core.features.class_polls import MOST_POLLS
from tests.torture.pupils import Done


class ClassRows(NamedTuple):
    """The rows of the class: the values by their kind."""

    rows: dict[str, list[tuple[str, dict[str, Any]]]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the values of one kind."""
        return [value for _, value in self.rows.get(kind, [])]


def read_class(path: Path) -> ClassRows:
    """Return all rows of the file."""
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    with closing(sqlite3.connect(path)) as db:
        for table in ("features", "secrets"):
            for kind, key, value in db.execute(f"SELECT kind, key, value FROM {table}"):  # noqa: S608
                rows.setdefault(kind, []).append((key, json.loads(value)))
    return ClassRows(rows)


def check_class(done: Sequence[Done], rows: ClassRows) -> list[str]:
    """Return all violations, with the evidence."""
    return [f"{rule.__name__}: {one}" for rule in (hands, turns, polls, supports) for one in rule(done, rows)]


def _granted(done: Sequence[Done], status: str) -> list[Done]:
    return [one for one in done if one.request["status"] == status and one.granted]


def hands(done: Sequence[Done], rows: ClassRows) -> Iterator[str]:
    """Each hand that was acknowledged is up, or had one turn; no hand has two."""
    kept = Counter(value["topic"] for kind in ("hand", "turn", "served") for value in rows.of(kind))
    for topic, times in kept.items():
        if times > 1:
            yield f"'{topic}' is in the file {times} times"
    for one in _granted(done, "hand"):
        if one.request["text"] not in kept:
            yield f"{one.name} was told {one.answer}, and the file does not have {one.request}"


def turns(done: Sequence[Done], rows: ClassRows) -> Iterator[str]:
    """No two of the staff got one hand, and each turn in the file was told to one of them."""
    taken = Counter(one.answer["text"].partition(": ")[2] for one in _granted(done, "next"))
    kept = Counter(value["topic"] for kind in ("turn", "served") for value in rows.of(kind))
    if taken != kept:
        yield f"staff were told of {taken - kept}, and the file has {kept - taken}"


def polls(done: Sequence[Done], rows: ClassRows) -> Iterator[str]:
    """The latest polls that were begun are there, and in each the last vote of each student counts once."""
    kept = {int(key): value for key, value in rows.rows.get("poll", [])}
    begun = [one.answer["number"] for one in _granted(done, "poll")]
    if sorted(begun)[-MOST_POLLS:] != sorted(kept):
        yield f"polls {begun} were begun, and the file has {sorted(kept)}"
    votes: dict[int, dict[str, int]] = {}
    for one in _granted(done, "vote"):
        votes.setdefault(one.request["number"], {})[one.name] = one.request["choices"][0]
    for number, poll in kept.items():
        given = [*votes.get(number, {}).values()]
        wanted = [given.count(at) for at in range(len(poll["options"]))]
        found, counts = _counted(number, poll, rows)
        if found != len(given) or counts not in (None, wanted):
            yield f"of poll {number} the file has {found} votes, {counts}, and it should be {wanted}"


def _counted(number: int, poll: dict[str, Any], rows: ClassRows) -> tuple[int, list[int] | None]:
    """Return how many votes a poll has, and for what; None for a secret one with few."""
    if poll.get("closed") is not None:
        result = poll.get("result") or {}
        return result.get("votes", 0), result.get("counts")
    given = [value["choices"] for key, value in rows.rows.get("vote", []) if key.startswith(f"{number} ")]
    return len(given), [given.count([at]) for at in range(len(poll["options"]))]


def supports(done: Sequence[Done], rows: ClassRows) -> Iterator[str]:
    """The first question has the support of all whose last acknowledged request says so."""
    last = {one.name: one.request["value"] for one in _granted(done, "support")}
    kept = sum(1 in value["numbers"] for value in rows.of("supports"))
    if kept != sum(last.values()):
        yield f"the file has {kept} supporters, and the students have said {last}"
