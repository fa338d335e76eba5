"""What all tests of IRC clients have in common: a logged failure fails its test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.logger import globalLogPublisher


@pytest.fixture(autouse=True)
def nothing_fails() -> Iterator[None]:
    """Fail the test if the server has logged a failure: it is a bug, whatever the client has sent."""
    failures: list[str] = []

    def note(event: dict[str, Any]) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            failures.append(failure.getTraceback())

    globalLogPublisher.addObserver(note)
    yield
    globalLogPublisher.removeObserver(note)

    assert [] == failures
