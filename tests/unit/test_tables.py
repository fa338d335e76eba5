"""Tables of cases that one test goes through."""

from __future__ import annotations

import inspect

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from tests.tables import each_case


def test_all_cases_that_fail_are_named() -> None:
    """The test goes on after a case that fails, and its failure has every failure, each with its case."""
    seen = []

    @each_case("number, limit", [(1, 2), (3, 2), (2, 2), (4, 2)])
    def small(number: int, limit: int) -> None:
        seen.append(number)
        assert number <= limit

    with pytest.raises(BaseExceptionGroup, match="2 of 4 cases failed") as caught:
        small()

    assert [1, 3, 2, 4] == seen
    assert [["in the case {'number': 3, 'limit': 2}"], ["in the case {'number': 4, 'limit': 2}"]] == [
        failure.__notes__ for failure in caught.value.exceptions
    ]


def test_an_error_that_is_not_raised_fails_its_case() -> None:
    """A case in which `pytest.raises` waits for an error in vain is a failure like the others."""

    @each_case("text", ["1", "one", "2"])
    def no_number(text: str) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            int(text)

    with pytest.raises(BaseExceptionGroup, match="2 of 3 cases failed"):
        no_number()


def test_fixtures_and_tables_go_together() -> None:
    """Pytest is asked for the other arguments only, and a table of tables has every pair."""
    seen = []

    @each_case("letter", "ab")
    @each_case("number", [1, 2])
    def pair(letter: str, number: int, prefix: str) -> None:
        seen.append(f"{prefix}{letter}{number}")

    pair(prefix="-")

    assert (["prefix"], ["-a1", "-a2", "-b1", "-b2"]) == (list(inspect.signature(pair).parameters), seen)


def test_the_cases_of_a_coroutine_are_awaited() -> None:
    """Each case of a coroutine waits for the one before, and all that fail are named."""
    waiting: list[Deferred[None]] = []

    @each_case("number", [1, 2, 3])
    async def odd(number: int) -> None:
        waiting.append(Deferred())
        await waiting[-1]
        assert number % 2

    done = Deferred.fromCoroutine(odd())
    for begun in (1, 2, 3):
        assert begun == len(waiting)
        waiting[-1].callback(None)
    found: list[Failure] = []
    done.addErrback(found.append)

    assert ["1 of 3 cases failed"] == [failure.value.message for failure in found]  # type: ignore[attr-defined]
    assert [["in the case {'number': 2}"]] == [each.__notes__ for each in found[0].value.exceptions]  # type: ignore[attr-defined]


def test_no_case_begins_when_the_time_is_over() -> None:
    """A coroutine that is cancelled, as when it hangs, ends with the case that it is in."""
    begun = []

    @each_case("number", [1, 2])
    async def hangs(number: int) -> None:
        begun.append(number)
        await Deferred[None]()

    done = Deferred.fromCoroutine(hangs())
    done.cancel()
    found: list[Failure] = []
    done.addErrback(found.append)

    assert ([1], [CancelledError]) == (begun, [failure.type for failure in found])
