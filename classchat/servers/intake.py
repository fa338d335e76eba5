"""The intake of one connection: what its bytes are, before TLS and inside it, until a dialect takes them.

    sniffing -> encrypted      its first bytes begin TLS: what is inside is sniffed again
    sniffing -> recognized     there is a `dialect`, for all bytes from the first one on
    sniffing -> visiting       it begins with HTTP: `is_visit`, until it opens a WebSocket
    sniffing -> refused        the server accepts no TLS, or no plain text from this client

Before that nothing is written to the client, except why the server hangs up on one that sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IAddress, INegotiated

from classchat.core.rate_limit import Bucket
from classchat.errors import PlaintextOnly, TLSRequired
from classchat.limits import Limits
from classchat.servers.outbox import Outbox
from classchat.servers.records import Records
from classchat.servers.sniffer import TLS, Layer, Row, Sniffer
from classchat.servers.talk import Converses
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.transports import Transport, direct
from classchat.wire.dialect import Dialect


class Intake:
    """Sniffs and decrypts what arrives on one connection."""

    __slots__ = (
        "_encryption",
        "_limits",
        "_outbox",
        "_peer",
        "_rows",
        "_small_records",
        "_sniffer",
        "_transport",
        "converses",
        "dialect",
        "is_visit",
        "records",
    )

    def __init__(
        self,
        transport: Transport,
        outbox: Outbox,
        limits: Limits,
        encryption: Encryption | None,
        rows: Sequence[Row],
        peer: IAddress | None = None,
    ) -> None:
        """Recognize one of these dialects; without an `encryption` everything is plain text.

        The client is at the address `peer`, by default at the other end of the transport.
        """
        if encryption is not None and INegotiated.providedBy(transport):
            encryption = None  # its endpoint encrypts, as `ssl:` does
            outbox.heard_all()  # and Twisted's TLS has no halves
        self._transport = transport
        self._peer = peer
        self._outbox = outbox
        self._limits = limits
        self._encryption = encryption
        self._rows = rows
        self._sniffer = Sniffer(rows if encryption is None else (TLS, *rows))
        self.records: Records | None = None
        """The TLS records that arrive, once they do."""
        self._small_records: Bucket
        self.dialect: Dialect[Any] | None = None
        """The dialect of the client, when that is clear."""
        self.converses: Converses[Any] | None = None
        """Begins the conversation in it; None where that is a session of the chat."""
        self.is_visit = False
        """Whether the client speaks HTTP, and has not opened a WebSocket."""

    @property
    def has_begun(self) -> bool:
        """Whether there are first bytes that may belong to several dialects."""
        return self.dialect is None and not self.is_visit and bool(self._sniffer.prefix)

    def feed(self, data: bytes) -> bytes:
        """Return the bytes for the dialect or the visit, if there is one.

        Raises:
            TLSRequired: the client may not use plain text.
            PlaintextOnly: there is no TLS here.
        """
        if self.records is not None:
            data = self.records.feed(data)
        if self.dialect is not None or self.is_visit:
            return data
        row = self._sniffer.look(data)
        return b"" if row is None else self._recognized(row)

    def give_up(self) -> bytes:
        """Return the first bytes so far, for the dialect that they belong to if no more of them come.

        Raises:
            TLSRequired: the client may not use plain text.
        """
        return b"" if self.is_visit else self._recognized(self._sniffer.give_up())

    def opens(self, dialect: Dialect[Any]) -> None:
        """Take a dialect after a visit."""
        self.is_visit = False
        self.dialect = dialect
        self._outbox.speaks(dialect.codec)

    def rest_after(self, count: int, now: float) -> float:
        """Return for how many seconds nothing more should be read, after so many records that were too small.

        These cost a hundred times what they hold.
        """
        return self._small_records.take(now, count)

    def _recognized(self, row: Row) -> bytes:
        """Return the bytes for the dialect of a row, the first ones included."""
        first = self._sniffer.prefix
        encryption = self._encryption
        if row.dialect is Layer.TLS:
            if encryption is None or encryption.certificate is None:
                raise PlaintextOnly
            self._encryption = None
            self._sniffer = Sniffer(self._rows)
            self._small_records = Bucket(self._limits.small_records)
            send = direct(self._transport)
            self.records = Records(
                encryption.certificate.connection(), self._transport, send, encryption.handshakes
            )
            self._outbox.goes_through(self.records, self.records.send)
            return self.feed(first)
        self._sniffer.prefix = b""
        if row.dialect is Layer.HTTP:  # what is not encrypted is sent to where it is
            self.is_visit = True
            return first
        self.dialect, self.converses = row.dialect(self._limits), row.converses
        self._outbox.speaks(self.dialect.codec)
        if not first or encryption is None or encryption.plaintext is Plaintext.ANY:
            return first  # almost always, so nobody is asked for an address
        if not encryption.plaintext.is_taken_from(self._peer or self._transport.getPeer()):
            raise TLSRequired
        return first
