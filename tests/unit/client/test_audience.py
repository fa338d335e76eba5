"""The client's audience."""

from __future__ import annotations

import pytest

from classchat.client.audience import Audience, messages_on_joining
from tests.tables import each_case


@each_case(
    ("chosen", "introduces", "expected"), [(None, True, 20), (None, False, 0), (0, True, 0), (7, False, 7)]
)
def test_messages_on_joining(chosen: int | None, introduces: bool, expected: int) -> None:
    """The user's choice counts; without one, only an introduction shows messages."""
    assert expected == messages_on_joining(chosen, introduces=introduces)


@pytest.mark.parametrize(
    ("audience", "lands"),
    [(Audience(), False), (Audience(greets=True), True), (Audience(introduces=True), True)],
)
def test_the_lobby(audience: Audience, lands: bool) -> None:
    """A user who is greeted or introduced joins the lobby; a program does not."""
    assert lands is audience.lands
