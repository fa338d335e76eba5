"""Steps of a coroutine: something is done before and after each of them, whatever happens."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from classchat.irc.steps import Steps


class Record:
    """What has happened, in its order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def works(self, first: Deferred[str], second: Deferred[str]) -> None:
        """Wait for two things, one after the other; a failure of the first is survived."""
        self.lines.append("begins")
        try:
            self.lines.append(await first)
        except ValueError:
            self.lines.append("survives")
        self.lines.append(await second)

    def runs(self, work: Coroutine[Any, Any, None]) -> Deferred[None]:
        """Run a coroutine in steps."""

        async def awaits() -> None:
            await Steps(work, lambda: self.lines.append("("), lambda: self.lines.append(")"))

        return Deferred.fromCoroutine(awaits())


def test_each_step_is_told_apart() -> None:
    """Something is done before and after each step, and nothing between two of them."""
    record, first, second = Record(), Deferred[str](), Deferred[str]()
    record.runs(record.works(first, second))
    record.lines.append("between")
    first.callback("one")
    second.callback("two")

    assert ["(", "begins", ")", "between", "(", "one", ")", "(", "two", ")"] == record.lines


def test_a_failure_reaches_the_coroutine() -> None:
    """What it waits for may fail: the coroutine can handle that, within a step."""
    record, first, second = Record(), Deferred[str](), Deferred[str]()
    record.runs(record.works(first, second))
    first.errback(ValueError())
    second.callback("two")

    assert ["(", "begins", ")", "(", "survives", ")", "(", "two", ")"] == record.lines


def test_a_failure_of_the_coroutine() -> None:
    """A failure ends the step, and is the result."""
    record, first, second = Record(), Deferred[str](), Deferred[str]()
    done = record.runs(record.works(first, second))
    first.callback("one")
    second.errback(KeyError())

    assert ")" == record.lines[-1]
    with pytest.raises(KeyError):
        done.result.raiseException()  # type: ignore[attr-defined]
    done.addErrback(lambda _: None)


def test_closing() -> None:
    """A coroutine that is given up is closed."""
    record = Record()
    work = record.works(Deferred(), Deferred())
    steps = Steps(work, lambda: None, lambda: None).__await__()
    next(steps)
    steps.close()

    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        work.send(None)
