"""The sniffer: which row of the table the first bytes belong to."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from classchat.servers.sniffer import DIALECTS, HTTP, TLS, Row, Sniffer
from classchat.wire.json_lines import JSONLines
from tests.tables import each_case

LINES = DIALECTS[-1]


def _is_get(prefix: bytes) -> bool | None:
    return True if prefix.startswith(b"GET /") else (None if b"GET /".startswith(prefix) else False)


def _is_nick(prefix: bytes) -> bool | None:
    return True if b"\nUSER" in prefix else (None if b"NICK".startswith(prefix[:4]) else False)


GET = Row(_is_get, JSONLines, most=5)
NICK = Row(_is_nick, JSONLines, most=20)
TABLE = (TLS, GET, NICK, LINES)


@each_case("first", [b"A", b"{", b"\x00", b"\xff", b"G", b"\x17"])
def test_one_byte_is_enough_without_http(first: bytes) -> None:
    """With JSON lines alone one byte decides: 0x16 is TLS, and any other is a line."""
    assert (LINES, TLS) == (Sniffer((TLS, *DIALECTS)).look(first), Sniffer((TLS, *DIALECTS)).look(b"\x16"))


def test_nothing_decides_nothing() -> None:
    """Without a byte nothing is clear, however often nothing comes."""
    sniffer = Sniffer((TLS, *DIALECTS))

    assert [None, None, TLS] == [sniffer.look(chunk) for chunk in (b"", b"", b"\x16")]


def test_inside_tls_there_is_no_tls() -> None:
    """If the table has no TLS, its first byte begins a line like any other."""
    assert LINES is Sniffer(DIALECTS).look(b"\x16\x03\x01")


def test_more_bytes_may_be_needed() -> None:
    """A dialect that needs more bytes is waited for, and all of them are kept."""
    sniffer = Sniffer(TABLE)
    rows = [sniffer.look(chunk) for chunk in (b"G", b"ET", b" ", b"/ HTTP")]

    assert ([None, None, None, GET], b"GET / HTTP") == (rows, sniffer.prefix)


def test_a_dialect_that_says_no_after_all() -> None:
    """Bytes that only begin like one dialect belong to the next that takes them."""
    sniffer = Sniffer(TABLE)

    assert [None, LINES] == [sniffer.look(b"GE"), sniffer.look(b"N\n")]


def test_the_most_bytes_that_are_waited_for() -> None:
    """A dialect that still needs more after the bytes it said it needs at most is not it."""
    sniffer = Sniffer(TABLE)
    rows = [sniffer.look(chunk) for chunk in (b"NICK Al", b"ice\r\nPING 1", b"23", b"\nUSER")]

    assert [None, None, LINES, LINES] == rows


def test_a_row_above_is_waited_for() -> None:
    """A row that says yes is taken when all rows above it have said no."""
    above = Row(lambda prefix: None if len(prefix) < 3 else False, JSONLines, most=3)
    sniffer = Sniffer((above, LINES))

    assert [None, None, LINES] == [sniffer.look(b"A") for _ in range(3)]


@each_case(("prefix", "row"), [(b"", LINES), (b"GE", LINES), (b"\x16", TLS), (b"NICK A", LINES)])
def test_giving_up(prefix: bytes, row: Row) -> None:
    """When no more bytes are waited for, dialects that need more say no."""
    sniffer = Sniffer(TABLE)
    sniffer.look(prefix)

    assert row is sniffer.give_up()


# HTTP.

WITH_HTTP = (TLS, HTTP, *DIALECTS)


@each_case(
    "stream",
    [
        b"GET / HTTP/1.1\r\n",
        b"HEAD /ws HTTP/1.1\r\n",
        b"POST /x HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"CONNECT host:80 HTTP/1.1\r\n",
        b"GET http://localhost/ HTTP/1.1\r\n",
        b"PRI * HTTP/2.0\r\n",
    ],
)
def test_a_request_is_http(stream: bytes) -> None:
    """Capital letters, a space, and then "/", "*" or "h" are HTTP, byte by byte and as soon as possible."""
    most = stream.index(b" ") + 2
    sniffer = Sniffer(WITH_HTTP)
    rows = [sniffer.look(stream[at : at + 1]) for at in range(most)]

    assert [None] * (most - 1) + [HTTP] == rows


@each_case(
    "stream",
    [
        b"ALICE\n",
        b"GET\n",
        b"Get / HTTP/1.1\r\n",
        b"get / HTTP/1.1\r\n",
        b" / HTTP/1.1",
        b"GET  / HTTP/1.1\r\n",
        b"GET HTTP/1.1\r\n",
        b"PROPFIND / HTTP/1.1\r\n",
        b"ABCDEFGHIJKLM",
        b"G/ET",
        b'{"status":"ping"}\n',
    ],
)
def test_what_is_no_request(stream: bytes) -> None:
    """A name has no space, so bare names stay apart; a method has at most seven letters."""
    assert LINES is Sniffer(WITH_HTTP).look(stream)


@each_case("stream", [b"G", b"GET", b"GET ", b"ABCDEFGH"])
def test_what_may_be_a_request(stream: bytes) -> None:
    """Capital letters may begin a request or a name: if nothing follows them, they are a line."""
    sniffer = Sniffer(WITH_HTTP)

    assert (None, LINES) == (sniffer.look(stream), sniffer.give_up())


@given(
    st.sampled_from([b"GET / HTTP/1.1\r\n", b"NICK Al\nUSER al", b"\x16\x03", b"Alice\n", b'{"x"'])
    | st.from_regex(rb"[A-Z]{0,10} ?[/*hx\n]", fullmatch=True),
    st.sampled_from([TABLE, WITH_HTTP]),
    st.data(),
)
def test_any_chunking_gives_the_same_row(stream: bytes, table: tuple[Row, ...], data: st.DataObject) -> None:
    """In whatever chunks the first bytes come, they belong to the same row."""
    places = data.draw(st.lists(st.integers(0, len(stream))))
    sniffer = Sniffer(table)
    rows = []
    for start, end in itertools.pairwise([0, *sorted(places), len(stream)]):
        row = sniffer.look(stream[start:end])
        if row is not None:
            rows.append(row)
            break

    assert [Sniffer(table).look(stream)] == (rows or [None])
