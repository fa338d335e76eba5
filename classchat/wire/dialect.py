r"""Dialects: ways to speak with the chat on a stream of bytes, without any I/O.

A dialect turns the bytes of one client into commands, in any pieces in which they arrive. The connection
(servers/connection.py) feeds it, has the session do one command after the other, and tells it when the client
has signed in. Here the connection (`->`) drives the JSON lines (`<-` is what they return):

    -> feed(b"Al")                          half a line
    <- pending is empty
    -> feed(b'ice\n{"status":"ping"}\n')    the rest of it, and one more
    <- pending holds two requests
    -> next()
    <- Register(sender="Alice")             one_answer is true: a bare name, the classic form
       the session welcomes Alice
    -> signed_in()
    -> next()
    <- Ping()
    -> feed(b"nonsense\n")
    -> next()
    <- raises InvalidFormat                 the connection refuses it, and goes on
    -> end()                                the client has closed its half
    -> next()
    <- Quit()

To add a dialect:

1. Implement `Dialect` in a module of `wire/`. It imports neither Twisted nor the chat, reads no clock, and
   keeps a bounded number of bytes that are no complete request. Its codec renders the events of
   core/events.py, as json_codec.py does.
2. Raise a `ChatError` from `next` for everything that is the client's error, and nothing else: any other
   exception is our bug, and ends the connection as one.
3. Add a row to the table in `servers/sniffer.py`: from which first bytes the dialect is recognized.
4. Test that any chunking of the bytes gives the same requests, as tests/unit/wire/test_json_lines.py does.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Protocol, TypeVar

from classchat.core.ports import Codec

Request_co = TypeVar("Request_co", covariant=True)


class Dialect(Protocol[Request_co]):
    """The requests of one client, decoded from its bytes: what its conversation understands."""

    @property
    def door(self) -> str:
        """The name under which connections that speak it are counted, in one word."""

    @property
    def codec(self) -> Codec:
        """The codec from events to this client's bytes; clients with the same codec share the bytes."""

    @property
    def pending(self) -> Sized:
        """The complete requests that were not returned yet; `next` may be called unless it is empty."""

    @property
    def one_answer(self) -> bool:
        """Whether the client reads one answer to its sign-in, and no other.

        A refusal then ends the connection, and for a while nothing follows the welcome. It counts only until
        the client has signed in.
        """

    @property
    def reads_on(self) -> bool:
        """Whether the client is read while one of its requests is waited for."""

    @property
    def full(self) -> bool:
        """Whether so much is pending that nothing more should be read."""

    def rest(self, *, begins: bool) -> bytes:
        """Return answers to the pending requests that need not wait when the client's rate is limited.

        It is called when a request begins to wait, and again when more has arrived meanwhile.
        """

    @property
    def is_over(self) -> bool:
        """Whether the conversation ends with the error that `next` has raised."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the client, in any pieces; return what the dialect answers of its own, at once."""

    def end(self) -> None:
        """Record that the client sends nothing more, which is a `quit` at the latest."""

    def next(self) -> Request_co | None:
        """Return the oldest pending request; None if it asks for nothing, and only counts as one.

        Raises:
            ChatError: it is no command, and why, with the request's `id` where that can be read.
        """

    def signed_in(self) -> None:
        """Record that the client has signed in."""

    def clear(self) -> None:
        """Forget all that was fed and not returned: nothing more of it is done."""
