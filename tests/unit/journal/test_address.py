"""The URL of a journal in PostgreSQL."""

from __future__ import annotations

import pytest

from classchat.core.journal_port import CannotOpen
from classchat.journal.postgres.address import check_address, is_address
from tests.tables import each_case


def test_what_is_a_url() -> None:
    """Both schemes of libpq are URLs; everything else is the name of a file."""
    places = [
        "postgresql://chat@db/x",
        "postgres:///x",
        "postgresql.sqlite",
        "/var/lib/postgresql",
        "memory:",
    ]

    assert [True, True, False, False, False] == [is_address(place) for place in places]


@each_case(
    "url",
    [
        "postgresql://chat:secret@db/x",
        "postgresql://chat:@db/x",
        "postgresql://db/x?user=chat&password=secret",
        "postgresql://db/x?p%61ssword=secret",
        "postgresql://db/x?sslpassword=secret",
    ],
)
def test_a_password_is_refused(url: str) -> None:
    """Every user of the machine can read a command line; the sentence does not repeat the password."""
    with pytest.raises(CannotOpen, match="must not have a password") as refusal:
        check_address(url)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["postgresql://chat@db/x", "postgresql:///x?service=y", "postgresql://[::1]/x"]
)
def test_a_url_without_a_password(url: str) -> None:
    """Any other URL is libpq's affair."""
    check_address(url)


def test_a_url_that_is_none() -> None:
    """A URL that can't be read gives a sentence, and no traceback."""
    with pytest.raises(CannotOpen, match="not valid"):
        check_address("postgresql://[::1/x")
