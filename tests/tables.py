"""Tables of cases that one test goes through, where a test for each case costs more than the case."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]


def each_case(names: str | Iterable[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Return a decorator as that of `pytest.mark.parametrize`, which makes one test of all cases.

    The test goes through all of them, and raises an exception group with the failures, each with its case.
    The cases share all fixtures: this is for functions that take milliseconds and leave nothing behind.
    """
    parameters = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [(case,) if len(parameters) == 1 else tuple(case) for case in cases]
    assert rows, "a table without cases tests nothing"

    def decorated(function: Test) -> Test:
        assert not inspect.iscoroutinefunction(function), "nobody would wait for a coroutine"

        @functools.wraps(function)
        def test(**fixtures: Any) -> None:
            failures: list[BaseException] = []
            for row in rows:
                case = dict(zip(parameters, row, strict=True))
                try:
                    function(**fixtures, **case)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"in the case {case!r}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(rows)} cases failed", failures)

        signature = inspect.signature(function)
        others = [each for name, each in signature.parameters.items() if name not in parameters]
        test.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return test

    return decorated
