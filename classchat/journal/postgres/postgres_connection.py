"""A connection to PostgreSQL that runs the statements of all engines, and can be opened again.

psycopg is imported only here, and this module only where it is used: it is an extra of ClassChat.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from classchat.core.journal_port import CannotOpen
from classchat.journal.database import DatabaseError
from classchat.journal.postgres.address import check_address
from classchat.journal.postgres.postgres_dialect import translated

try:
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.types.string import StrDumperUnknown, TextLoader
except ImportError as error:  # the package, or the library libpq that it needs
    raise CannotOpen(
        f"A journal in PostgreSQL needs psycopg ({error}): pip install 'classchat[postgres]'"
    ) from None

logging.getLogger("psycopg").disabled = True  # it writes of lost connections, whose errors are raised as well

_DEFAULTS = {
    "application_name": "classchat",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What a URL or a service file need not say: a database whose machine is gone is noticed within seconds."""

_SESSION = (
    "SET client_encoding = 'UTF8'",
    "SET standard_conforming_strings = on",
    "SET idle_in_transaction_session_timeout = 30000",
)

_OLDEST = 130_000
"""The oldest version of the server, as libpq numbers them: 13 has gen_random_uuid()."""


class _AnyText(StrDumperUnknown):
    """Writes texts with NUL, which PostgreSQL does not know, in another way: a request `id` may have it."""

    def dump(self, obj: str) -> Any:
        """Return a text for the database; two texts never become the same."""
        if "\x00" in obj or "\x01" in obj:
            obj = obj.replace("\x01", "\x01\x01").replace("\x00", "\x01\x02")
        return super().dump(obj)


class _AnyTextRead(TextLoader):
    """Reads the texts that `_AnyText` has written."""

    def load(self, data: Any) -> str:
        """Return a text of the database."""
        text = bytes(data).decode()
        if "\x01" in text:
            return _ESCAPED.sub(_read, text)
        return text


_ESCAPED = re.compile("\x01([\x01\x02])")


def _read(found: re.Match[str]) -> str:
    return "\x01" if found[1] == "\x01" else "\x00"


Cursor = psycopg.Cursor[tuple[Any, ...]]


class ConnectionLost(DatabaseError):
    """The connection is lost, or can't be made."""


class NotFree(DatabaseError):
    """A lock was not free within the time of `lock_timeout`."""


class PostgresConnection:
    """One connection. It may be used by several threads, one at a time."""

    def __init__(self, address: str, *settings: str) -> None:
        """Prepare a connection, and connect; `settings` are run at the beginning of each session.

        Raises:
            CannotOpen: the address is wrong, or the server or its version is not the right one.
            ConnectionLost: there is no answer.
        """
        check_address(address)
        self._address = address
        self._settings = (*_SESSION, *settings)
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        try:
            given = psycopg.conninfo.conninfo_to_dict(self._address)
            values = {name: value for name, value in _DEFAULTS.items() if name not in given}
            connection = psycopg.connect(self._address, autocommit=True, **values)  # type: ignore[arg-type]
        except psycopg.ProgrammingError as error:
            raise CannotOpen(f"The URL of the journal can't be used: {_text(error)}.") from None
        except psycopg.Error as error:
            raise ConnectionLost(_text(error)) from None
        try:
            if connection.info.server_version < _OLDEST:
                raise CannotOpen("A journal needs PostgreSQL 13 or newer: this server is older.")
            connection.adapters.register_dumper(str, _AnyText)
            connection.adapters.register_loader("text", _AnyTextRead)
            for setting in self._settings:
                connection.execute(setting)
        except psycopg.Error as error:
            connection.close()
            raise ConnectionLost(_text(error)) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def connect_again(self) -> None:
        """Replace a connection that is lost.

        Raises:
            ConnectionLost: there is no answer.
        """
        self.close()
        self._connection = self._connect()

    @property
    def is_lost(self) -> bool:
        """Whether the connection is known to be lost."""
        return self._connection.closed

    @property
    def backend(self) -> int:
        """The number of the server's process for this connection."""
        return self._connection.info.backend_pid

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        return self._connection.info.transaction_status not in (
            TransactionStatus.IDLE,
            TransactionStatus.UNKNOWN,
        )

    @property
    def socket(self) -> int:
        """The descriptor of the connection's socket."""
        return self._connection.fileno()

    def heard(self) -> Sequence[str]:
        """Return what notifications have come, without waiting: what each of them says.

        Raises:
            ConnectionLost: the connection is lost.
        """
        found: list[str] = []
        pgconn = self._connection.pgconn
        try:
            pgconn.consume_input()
            while (notification := pgconn.notifies()) is not None:
                found.append(notification.extra.decode())
        except psycopg.Error as error:
            self.close()
            raise ConnectionLost(_text(error)) from None
        return found

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run one statement of any engine."""
        statement, named = translated(sql)
        values = {f"p{at}": value for at, value in enumerate(parameters, 1)} if named else parameters
        return self.run(statement, values)

    def executemany(self, sql: str, parameters: Sequence[Any], /) -> Cursor:
        """Run one statement of any engine with each of these values."""
        statement, named = translated(sql)
        rows = parameters
        if named:
            rows = [{f"p{at}": value for at, value in enumerate(row, 1)} for row in parameters]
        try:
            cursor = self._connection.cursor()
            if rows:
                cursor.executemany(statement, rows)
                if self.in_transaction:
                    # psycopg sends Flush after the last of these, which ends the server's measuring of
                    # idle_in_transaction_session_timeout; another statement begins it again.
                    self._connection.execute("SELECT 1")
            return cursor
        except psycopg.Error as error:
            raise self._failure(error) from None

    def run(self, statement: str, values: Any = None) -> Cursor:
        """Run one statement of PostgreSQL's own dialect, with values in psycopg's style."""
        try:
            return self._connection.execute(statement, values)
        except psycopg.Error as error:
            raise self._failure(error) from None

    def _failure(self, error: psycopg.Error) -> DatabaseError:
        if self._connection.closed:
            return ConnectionLost(_text(error))
        if isinstance(error, psycopg.OperationalError) and self._connection.broken:
            return ConnectionLost(_text(error))
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return NotFree(_text(error))
        return DatabaseError(_text(error))

    def close(self) -> None:
        """Close the connection. Harmless twice."""
        with suppress(psycopg.Error):
            self._connection.close()


def _text(error: psycopg.Error) -> str:
    """Return the reason of an error on one line, without the statement: it may have a user's words."""
    primary = error.diag.message_primary
    return " ".join((primary or str(error) or type(error).__name__).split()).rstrip(".")
