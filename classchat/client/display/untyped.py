"""Requests that the user has not typed: their answers go to a part of the client, and are not shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from classchat.client.link.open_request import OpenRequest
from classchat.messages import Error, Success

OnSuccess = Callable[[Success], object]
OnRefusal = Callable[[str], object]
"""Gets the server's reason."""


class _Handlers(NamedTuple):
    granted: OnSuccess
    refused: OnRefusal


def nothing(_: Success | str) -> None:
    """Ignore an answer."""


class UntypedRequests:
    """The requests that the user has not typed and the server has not answered."""

    def __init__(self) -> None:
        """Begin without a request."""
        self._handlers: dict[str, _Handlers] = {}

    def add(self, id: str, granted: OnSuccess, refused: OnRefusal) -> None:
        """Record a request; its answer goes to one of the two."""
        self._handlers[id] = _Handlers(granted, refused)

    def take(self, answer: Success | Error) -> bool:
        """Hand on an answer, and return whether it was for a request that the user has not typed."""
        handlers = self._handlers.pop(answer.id or "", None)
        if handlers is None:
            return False
        if isinstance(answer, Success):
            handlers.granted(answer)
        else:
            handlers.refused(answer.text)
        return True

    def without(self, requests: Sequence[OpenRequest]) -> list[OpenRequest]:
        """Return only those requests that the user has typed."""
        return [request for request in requests if request.command.id not in self._handlers]
