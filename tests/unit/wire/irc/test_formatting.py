"""Formatting in texts of IRC clients."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.wire.irc.formatting import stripped
from tests.tables import each_case


@each_case(
    ("text", "plain"),
    [
        ("Hello", "Hello"),
        ("\x02bold\x02 \x1ditalic\x0f \x1fline\x1e\x11\x16x", "bold italic linex"),
        ("\x0304red\x03 \x034,12both", "red both"),
        ("\x031234", "34"),
        ("\x0304,x\x03,5", ",x,5"),
        ("\x0304,123", "3"),
        ("\x04ff0000red\x04 \x04ff0000,00FF00both", "red both"),
        ("\x04ff000g", "ff000g"),
        ("\x0f", ""),
        ("tab\tand\nnewline", "tab\tand\nnewline"),
    ],
)
def test_formatting_is_stripped(text: str, plain: str) -> None:
    """Codes are left out with the digits that belong to them; the text stays."""
    assert plain == stripped(text)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f0123,af")))
def test_no_code_is_left(text: str) -> None:
    """No code is left in any text."""
    assert set() == set(stripped(text)) & set("\x02\x03\x04\x0f\x11\x12\x16\x1d\x1e\x1f")
