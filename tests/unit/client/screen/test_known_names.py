"""The names that a screen knows."""

from __future__ import annotations

import pytest

from classchat.client.screen.known_names import Names
from classchat.client.spelling import name_key, room_key


@pytest.mark.parametrize(
    ("names", "known", "typed"),
    [(Names(room_key), "STRASSE", "straße"), (Names(name_key), "Alice", "ａｌｉｃｅ")],
)
def test_a_name_in_another_spelling(names: Names, known: str, typed: str) -> None:
    """A name in another spelling is the known one, by the rules for what it names: a room or a user."""
    names.add(known)

    assert (known, known, True) == (names.spelled(typed), names.get(typed), typed in names)


def test_an_unknown_name() -> None:
    """A name that is not known is spelled as it is typed."""
    assert "Dave" == Names(name_key).spelled("Dave")
