"""Tables of cases that one test goes through."""

from __future__ import annotations

import inspect

import pytest

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


def test_a_coroutine_is_refused() -> None:
    """A function whose result would have to be waited for is no test of a table: it would test nothing."""

    async def later(number: int) -> None:
        raise AssertionError

    with pytest.raises(AssertionError, match="nobody would wait"):
        each_case("number", [1])(later)
