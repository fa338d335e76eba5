"""What tests of IRC clients have in common: their clients; and a logged failure fails its test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.logger import globalLogPublisher

from tests.unit.irc.helpers import IRCCaller, IRCServer


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


@pytest.fixture
def alice(server: IRCServer) -> IRCCaller:
    """Return the first client of the server of a test."""
    return server.irc_caller(0)


@pytest.fixture
def bob(server: IRCServer) -> IRCCaller:
    """Return the second one."""
    return server.irc_caller(1)
