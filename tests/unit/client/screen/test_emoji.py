"""Text whose width all terminals agree on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.client.screen.emoji import alone, drawn, steady
from tests.tables import each_case


@each_case(
    ("text", "expected"),
    [
        ("Hello", "Hello"),
        ("👩🏽\u200d🚀!", "👩🚀!"),
        ("❤\ufe0f", "❤"),
        ("🏽", "🏽"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("e\u0301", "e\u0301"),
        ("愛", "愛"),
        ("🇩🇪 🇫", "DE F"),
        ("1\ufe0f\u20e3", "1"),
        ("🏴\U000e0067\U000e0062\U000e007f!", "🏴!"),
        ("\u1112\u1161\u11ab", "ㅎㅏㄴ"),
        ("한", "한"),
    ],
)
def test_steady(text: str, expected: str) -> None:
    """Joined emoji are drawn one by one; what other scripts join stays joined."""
    assert expected == steady(text)


@given(st.text(st.sampled_from("ab愛👩🏽🚀\u200d\ufe0f\u0301🇩\u20e3\u1161")))
def test_places(text: str) -> None:
    """Characters are drawn in order, and each once."""
    places = drawn(text)

    assert sorted(set(places)) == places
    assert steady(text) == "".join(alone(text[place]) for place in places)
