"""Bodies in chunks: what is taken is unambiguous."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.servers.chunks import BadChunks, Chunks
from tests.tables import each_case


def decoded(*pieces: bytes) -> tuple[bytes, bool]:
    """Return the body in some pieces, and whether it is complete."""
    chunks = Chunks()
    return b"".join(map(chunks.feed, pieces)), chunks.ended


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 50), st.sampled_from(["x", "X", "08x"]))
def test_any_chunks_in_any_pieces(parts: list[bytes], size: int, form: str) -> None:
    """A body is what was put into chunks, whatever the pieces in which they arrive."""
    raw = b"".join(b"%b\r\n%b\r\n" % (format(len(part), form).encode(), part) for part in parts)
    raw += b"0\r\n\r\n"

    assert (b"".join(parts), True) == decoded(*(raw[at : at + size] for at in range(0, len(raw), size)))


def test_nothing_after_the_end() -> None:
    """What follows the last chunk is no part of the body, even if it looks like one."""
    assert (b"Hello", True) == decoded(b"5;name=value\r\nHello\r\n0\r\n\r\n5\r\nagain\r\n")


@given(st.binary(max_size=400), st.integers(0, 400))
def test_garbage(raw: bytes, at: int) -> None:
    """Whatever arrives gives a body that is shorter than it, or the one documented error."""
    try:
        body, _ = decoded(raw[:at], raw[at:])
    except BadChunks:
        body = b""

    assert len(body) <= len(raw)


@each_case(
    "raw",
    [
        b"5\nHello\r\n",  # recipients do not agree on a line feed alone
        b"5\r\nHello\n0\r\n\r\n",
        b"5\r\nHello0\r\n\r\n",  # no end of the line: others would read "0" as data
        b"0x5\r\nHello\r\n",
        b"+5\r\nHello\r\n",
        b"-1\r\n\r\n",
        b" 5\r\nHello\r\n",
        b"5_0\r\n",
        b"\r\n",
        b"\xd9\xa5\r\nHello\r\n",  # a digit of another script
        b"123456789\r\n",  # more than 4 GiB
        b"5;\n\r\nHello\r\n",
        b"5;a\rb\r\nHello\r\n",
        b"5;" + b"x" * 300,
        b"0\r\nX-Trailer: 1\r\n\r\n",
        b"0\r\n\nx",
    ],
)
def test_what_others_may_read_in_another_way(raw: bytes) -> None:
    """A form that is not the standard's is refused, so that no proxy sees another end of the body."""
    with pytest.raises(BadChunks):
        decoded(raw)


@each_case("raw", [b"", b"5", b"5\r", b"5\r\nHel", b"5\r\nHello\r\n", b"0\r\n", b"0\r\n\r"])
def test_what_is_not_complete(raw: bytes) -> None:
    """Without the last chunk and its end nothing is complete."""
    assert not decoded(raw)[1]
