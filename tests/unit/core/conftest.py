"""Fixtures of the chat's tests."""

from __future__ import annotations

import pytest

from classchat.errors import HistoryUnavailable
from tests.unit.helpers import House


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


@pytest.fixture
def unreadable(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a house whose journal can only be written to."""

    async def fail(*_: object, **__: object) -> None:
        raise HistoryUnavailable

    for name in ("oldest", "first_since", "read", "dialog", "last_dialog", "missed", "search", "recognize"):
        monkeypatch.setattr(house.journal, name, fail)
    return house
