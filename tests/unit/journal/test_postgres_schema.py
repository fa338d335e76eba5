"""The migrations of the tables in PostgreSQL, without a database."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("psycopg")

from classchat.journal.postgres.postgres_schema import MIGRATIONS, Migration

_ADDS = re.compile(
    r"CREATE (TABLE|INDEX) |ALTER TABLE \w+ ADD COLUMN (?!.*NOT NULL)|ALTER TABLE \w+ ADD COLUMN .*DEFAULT "
)
"""Statements after which those of older servers still work."""


class _Recording:
    """A connection that only records its statements."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def run(self, statement: str, values: Any = None) -> None:
        """Record a statement."""
        self.statements.append(" ".join(statement.split()))


@pytest.mark.parametrize("migration", [one for one in MIGRATIONS if one.additive])
def test_an_additive_migration_only_adds(migration: Migration) -> None:
    """It makes tables, plain indexes, and columns that may be left out."""
    db = _Recording()
    migration.change(db)  # type: ignore[arg-type]

    assert [] == [one for one in db.statements if _ADDS.match(one) is None]
