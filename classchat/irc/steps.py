"""A coroutine whose steps are told apart from what happens between them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Steps:
    """Awaits a coroutine; calls something before and after each of its steps.

    What is written to a client during a step belongs to the line that the coroutine handles. What is written
    between two steps is what others do meanwhile.
    """

    def __init__(
        self, coroutine: Coroutine[Any, Any, None], before: Callable[[], None], after: Callable[[], None]
    ) -> None:
        self._coroutine = coroutine
        self._before = before
        self._after = after

    def __await__(self) -> Generator[Any, Any, None]:
        value: object = None
        error: BaseException | None = None
        while True:
            self._before()
            try:
                awaited = self._coroutine.send(value) if error is None else self._coroutine.throw(error)
            except StopIteration:
                return
            finally:
                self._after()
            value, error = None, None
            try:
                value = yield awaited
            except GeneratorExit:
                self._coroutine.close()
                raise
            except BaseException as raised:  # it is the coroutine's to handle
                error = raised
