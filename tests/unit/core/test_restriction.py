"""A ban or a mute as its row has it."""

from __future__ import annotations

from classchat.core.restriction import FOR_EVER, Restriction, restriction
from tests.tables import each_case


@each_case(
    ("value", "expected"),
    [
        ("", Restriction(FOR_EVER)),
        ("1763892000123", Restriction(1763892000123.0)),
        (" 1763891000123 Alice", Restriction(FOR_EVER, 1763891000123, "Alice")),
        ("1763892000123 1763891000123 Алиса", Restriction(1763892000123.0, 1763891000123, "Алиса")),
    ],
)
def test_a_value_and_back(value: str, expected: Restriction) -> None:
    """A value that was written before it was known who decided is read as well."""
    read = restriction(value)

    assert (expected, value) == (read, read.value)
