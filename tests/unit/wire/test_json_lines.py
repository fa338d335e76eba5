"""The dialect of JSON lines: bytes in, commands and errors out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.errors import ChatError
from classchat.limits import Limits
from classchat.messages import Command, Ping, Quit, Register, Say
from classchat.wire.dialect import Dialect
from classchat.wire.json_lines import JSONLines, recognizes
from tests.tables import each_case

LIMITS = Limits(line=100)
QUIT = b'{"status":"quit","id":"9"}'


def dialect(*, signed_in: bool = False) -> JSONLines:
    """Return what a client that has just connected speaks, or one that has signed in."""
    speaks = JSONLines(LIMITS)
    if signed_in:
        speaks.signed_in()
    return speaks


def asked(speaks: Dialect) -> Command | str:
    """Return the next command, or the code of the error that it is."""
    try:
        return speaks.next()
    except ChatError as error:
        return error.code


def heard(speaks: Dialect) -> list[Command | str]:
    """Return all pending commands, or the codes of the errors that they are."""
    commands = []
    while speaks.pending:
        commands.append(asked(speaks))
    return commands


# Lines.


def test_a_line_is_a_command() -> None:
    """A complete line is pending until it is asked for."""
    speaks = dialect()
    speaks.feed(b'{"status":"ping"}\n')

    assert (1, Ping(), 0) == (len(speaks.pending), speaks.next(), len(speaks.pending))


def test_a_line_in_pieces() -> None:
    """Half a line is not pending, whatever it is half of."""
    speaks = dialect()
    for byte in b'{"status":"ping"}':
        speaks.feed(bytes([byte]))
    before = len(speaks.pending)
    speaks.feed(b"\n")

    assert (0, [Ping()]) == (before, heard(speaks))


def test_lines_come_in_order() -> None:
    """Many lines of one read, and of the next while they are pending, come in their order."""
    speaks = dialect(signed_in=True)
    speaks.feed(b"".join(b'{"status":"ping","id":"%d"}\n' % number for number in range(200)))
    first = speaks.next()
    speaks.feed(b'{"status":"ping","id":"200"}\n{"status":"ping","id":"201"}\n')

    assert [Ping(id=str(number)) for number in range(202)] == [first, *heard(speaks)]


def test_a_message_is_said_as_it_is() -> None:
    """The fields of a line are those of the command; the sender is not, for the server knows it."""
    speaks = dialect(signed_in=True)
    speaks.feed('{"status":"group","receiver":"CS350","text":"Zoë 🎉","id":"1"}\n'.encode())

    assert [Say(receiver="CS350", text="Zoë 🎉", id="1")] == heard(speaks)


@each_case("signed_in", [False, True])
@each_case(
    ("line", "code"),
    [
        (b"{", "invalid_format"),
        (b'{"status":"ping","id":5}', "invalid_format"),
        (b'{"status":"ping","x":"\xff"}', "invalid_format"),
        (b'{"status":"dance"}', "unknown_status"),
        (b"x" * 100, "too_long"),
    ],
)
def test_nonsense_costs_nothing_but_its_own_line(line: bytes, code: str, signed_in: bool) -> None:
    """A line that is no command is one error, and the next line is a command."""
    speaks = dialect(signed_in=signed_in)
    speaks.feed(line + b'\n{"status":"ping"}\n')

    assert ([code, Ping()], False) == (heard(speaks), speaks.one_answer)


def test_the_id_of_nonsense() -> None:
    """An error has the `id` of the request where that can be read."""
    speaks = dialect()
    speaks.feed(b'{"status":"dance","id":"7"}\n')
    with pytest.raises(ChatError) as caught:
        speaks.next()

    assert "7" == caught.value.id  # type: ignore[attr-defined]


def test_a_line_that_is_too_long_is_refused_before_its_end() -> None:
    """A line is an error as soon as it is too long, and what follows of it is nothing."""
    speaks = dialect()
    speaks.feed(b"x" * 100)
    refused = heard(speaks)
    speaks.feed(b"x" * 1_000)
    speaks.feed(b'x\n{"status":"ping"}\n')

    assert (["too_long"], [Ping()]) == (refused, heard(speaks))


# Bare names.


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_bare_name(end: bytes) -> None:
    """A line that does not start with `{` is a bare name, whose client reads one answer."""
    speaks = dialect()
    speaks.feed(b"Alice" + end)

    assert ([Register(sender="Alice")], True) == (heard(speaks), speaks.one_answer)


@pytest.mark.parametrize("line", [b"\xff\xfe", b"Zo\xeb"])
def test_a_bare_name_that_is_no_utf8(line: bytes) -> None:
    """A bare name in another encoding is an error, and the client's only attempt."""
    speaks = dialect()
    speaks.feed(line + b"\n")

    assert (["invalid_format"], True) == (heard(speaks), speaks.one_answer)


@each_case("line", [b"", b" ", b'"Alice"', b"[]", b"GET / HTTP/1.1", b"\x16\x03\x01"])
def test_anything_is_a_bare_name(line: bytes) -> None:
    """Every line that does not start with `{` is a bare name, valid or not."""
    speaks = dialect()
    speaks.feed(line + b"\n")

    assert [Register(sender=line.decode())] == heard(speaks)


def test_a_message_is_no_only_attempt() -> None:
    """A client that signs in with a message may be refused, and try again, in either form."""
    speaks = dialect()
    speaks.feed(b'{"status":"register","sender":"Alice"}\n')
    first = speaks.next(), speaks.one_answer
    speaks.feed(b"Alice\n")

    assert (Register(sender="Alice"), False) == first
    assert (Register(sender="Alice"), True) == (speaks.next(), speaks.one_answer)


def test_after_signing_in_no_line_is_a_name() -> None:
    """A line that does not start with `{` is nonsense then, and white space before it does not matter."""
    speaks = dialect(signed_in=True)
    speaks.feed(b'Alice\n {"status":"ping"}\n')

    assert ["invalid_format", Ping()] == heard(speaks)


def test_signing_in_counts_from_the_next_line_on() -> None:
    """The kind of a line depends on when it is read, not on when it arrived."""
    speaks = dialect()
    speaks.feed(b"Alice\nAlice\n")
    first = speaks.next()
    speaks.signed_in()

    assert [Register(sender="Alice"), "invalid_format"] == [first, *heard(speaks)]


# The end.


def test_the_end_is_a_quit() -> None:
    """A client that sends nothing more has quit, after all that it sent before."""
    speaks = dialect()
    speaks.feed(b'{"status":"ping"}\n')
    speaks.end()

    assert [Ping(), Quit()] == heard(speaks)


def test_a_quit_without_a_newline() -> None:
    """The last line of a client that has signed in needs no newline."""
    speaks = dialect(signed_in=True)
    speaks.feed(QUIT)
    speaks.end()

    assert [Quit(id="9"), Quit()] == heard(speaks)


def test_half_a_name_is_none() -> None:
    """A last line without a newline, of a client that has not signed in, is nothing."""
    for rest in (b"Ali", QUIT):
        speaks = dialect()
        speaks.feed(rest)
        speaks.end()

        assert [Quit()] == heard(speaks)


def test_the_last_line_waits_for_the_sign_in() -> None:
    """Whether the last line counts is decided when its turn comes: the client may sign in meanwhile."""
    speaks = dialect()
    speaks.feed(b'{"status":"register","sender":"Alice"}\n' + QUIT)
    speaks.end()
    first = speaks.next()
    speaks.signed_in()

    assert [Register(sender="Alice"), Quit(id="9"), Quit()] == [first, *heard(speaks)]


def test_the_end_in_nonsense() -> None:
    """A last line that is no command is an error, and the quit comes after it."""
    speaks = dialect(signed_in=True)
    speaks.feed(b'{"status":')
    speaks.end()

    assert ["invalid_format", Quit()] == heard(speaks)


def test_the_end_in_a_line_that_is_too_long() -> None:
    """The dropped part of a long line is not a last line."""
    speaks = dialect(signed_in=True)
    speaks.feed(b"x" * 200)
    speaks.end()

    assert ["too_long", Quit()] == heard(speaks)


def test_what_is_cleared_is_gone() -> None:
    """Neither pending lines nor half a one are left."""
    speaks = dialect(signed_in=True)
    speaks.feed(b'{"status":"ping"}\n' + QUIT)
    speaks.clear()
    nothing = heard(speaks)
    speaks.feed(b'{"status":"ping"}\n')
    speaks.end()

    assert ([], [Ping(), Quit()]) == (nothing, heard(speaks))


# Any bytes, in any pieces.


@each_case("prefix", [b"{", b"A", b"\x16", b"\x00", b"\xff", b"GET"])
def test_it_can_begin_with_anything(prefix: bytes) -> None:
    """Bytes that no other dialect takes are JSON lines."""
    assert recognizes(prefix)


lines = st.sampled_from(
    [
        b"Alice",
        b"",
        b"{",
        b"\xff",
        b"x" * 99,
        b"x" * 100,
        b"x" * 300,
        b'{"status":"ping"}',
        b'{"status":"dance","id":"7"}',
        b'{"status":"register","sender":"Alice"}',
        QUIT,
    ]
)


def _played(chunks: list[bytes], *, one_by_one: bool) -> list[Any]:
    """Return all that is heard of a client that is signed in by its first `register`."""
    speaks = dialect()
    answers: list[Any] = []

    def answer() -> None:
        while speaks.pending:
            command = asked(speaks)
            answers.append((command, speaks.one_answer))
            if isinstance(command, Register):
                speaks.signed_in()

    for chunk in chunks:
        speaks.feed(chunk)
        if one_by_one:
            answer()
    speaks.end()
    answer()
    return answers


@given(st.lists(lines, max_size=12), lines | st.just(b""), st.lists(st.integers(0, 5_000), max_size=30))
def test_any_chunking_gives_the_same_commands(sent: list[bytes], last: bytes, places: list[int]) -> None:
    """The commands do not depend on how bytes are divided, or on when the next command is taken."""
    stream = b"".join(line + b"\n" for line in sent) + last
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]

    assert _played([stream], one_by_one=False) == _played(pieces, one_by_one=True)
    assert _played([stream], one_by_one=False) == _played(pieces, one_by_one=False)


@given(st.lists(st.binary(max_size=300)), st.booleans())
def test_any_bytes_are_commands_or_the_clients_error(chunks: list[bytes], signed_in: bool) -> None:
    """Any bytes give commands or a `ChatError`; the end is a quit."""
    speaks = dialect(signed_in=signed_in)
    for chunk in chunks:
        speaks.feed(chunk)
    speaks.end()

    assert Quit() == heard(speaks)[-1]
