"""The address of a journal in PostgreSQL: a URL as libpq reads it, without a password.

Passwords are in `~/.pgpass`, PGPASSWORD or a service file, as libpq has them: a command line is visible to
all users of a machine.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from classchat.core.journal_port import CannotOpen

_SCHEMES = ("postgresql://", "postgres://")

_SECRET = ("password", "sslpassword")


def is_address(place: str) -> bool:
    """Return whether the place of a journal is in PostgreSQL."""
    return place.startswith(_SCHEMES)


def check_address(place: str) -> None:
    """Check that a URL can be read, and has no password.

    Raises:
        CannotOpen: it can't, or it has one; the sentence never has the URL then.
    """
    try:
        parts = urlsplit(place)
        secret = parts.password is not None or any(
            name in _SECRET for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        )
    except ValueError:
        raise CannotOpen(
            "The URL of the journal is not valid: use postgresql://USER@HOST/DATABASE."
        ) from None
    if secret:
        raise CannotOpen(
            "The URL of the journal must not have a password, because every user of this machine can read it "
            "there: put it into ~/.pgpass, a service file or PGPASSWORD."
        )
