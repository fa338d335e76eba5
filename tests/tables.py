"""Tables of cases that one test goes through, where a test for each case costs more than the case."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.defer import CancelledError

Test = Callable[..., Any]


def _brief(case: str) -> str:
    """Return a case as a failure shows it: the beginning of a long one."""
    return case if len(case) <= 500 else f"{case[:500]} ..."


class _Failures:
    """The failures of a table's cases."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._failures: list[BaseException] = []

    @contextmanager
    def of(self, case: dict[str, Any]) -> Iterator[None]:
        """Keep the failure of a case, unless the time of the whole test is over."""
        try:
            yield
        except CancelledError:
            raise
        except (Exception, pytest.fail.Exception) as failure:
            failure.add_note(f"in the case {_brief(repr(case))}")
            self._failures.append(failure)

    def raise_all(self) -> None:
        """Raise all failures, if there are any."""
        if self._failures:
            message = f"{len(self._failures)} of {self._cases} cases failed"
            raise BaseExceptionGroup(message, self._failures)


def each_case(names: str | Iterable[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Return a decorator as that of `pytest.mark.parametrize`, which makes one test of all cases.

    The test goes through all of them, and raises an exception group with the failures, each with its case.
    The cases share all fixtures: this is for functions that take milliseconds and leave nothing behind. Those
    of a coroutine are awaited one after the other.
    """
    parameters = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [(case,) if len(parameters) == 1 else tuple(case) for case in cases]
    assert rows, "a table without cases tests nothing"

    def decorated(function: Test) -> Test:
        @functools.wraps(function)
        def test_of_function(**fixtures: Any) -> None:
            failures = _Failures(len(rows))
            for row in rows:
                case = dict(zip(parameters, row, strict=True))
                with failures.of(case):
                    function(**fixtures, **case)
            failures.raise_all()

        @functools.wraps(function)
        async def test_of_coroutine(**fixtures: Any) -> None:
            failures = _Failures(len(rows))
            for row in rows:
                case = dict(zip(parameters, row, strict=True))
                with failures.of(case):
                    await function(**fixtures, **case)
            failures.raise_all()

        test = test_of_coroutine if inspect.iscoroutinefunction(function) else test_of_function
        signature = inspect.signature(function)
        others = [each for name, each in signature.parameters.items() if name not in parameters]
        test.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return test

    return decorated
