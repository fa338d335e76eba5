"""The statements of all engines in the dialect of PostgreSQL."""

from __future__ import annotations

from classchat.journal.postgres.postgres_dialect import translated
from tests.tables import each_case


@each_case(
    ("sql", "expected"),
    [
        ("SELECT ?, '%'", ("SELECT %s, '%%'", False)),
        ("SELECT ?2, ?1", ("SELECT %(p2)s, %(p1)s", True)),
        ("SELECT ?, ?2, ?", ("SELECT %(p1)s, %(p2)s, %(p3)s", True)),
        ("BEGIN IMMEDIATE", ("BEGIN", False)),
        (
            "SELECT value FROM json_each(?1)",
            ("SELECT value FROM json_array_elements_text(CAST(%(p1)s AS json))", True),
        ),
        ("json_extract(a.value, '$.room') = ?", ("(CAST(a.value AS json) ->> 'room') = %s", False)),
    ],
)
def test_places_and_functions(sql: str, expected: tuple[str, bool]) -> None:
    """Places for values, and SQLite's functions in our statements, are psycopg's and PostgreSQL's."""
    assert expected == translated(sql)
