"""The dialect of IRC: bytes in, lines and errors out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.errors import ChatError
from classchat.wire.irc.irc_lines import (
    LONGEST_CLIENT_TAGS,
    LONGEST_FIRST,
    LONGEST_IRC_LINE,
    LONGEST_TAGS,
    IRCLine,
    IRCLines,
    NotUTF8,
    parse,
    recognizes,
)
from classchat.wire.irc.rendering import line
from classchat.wire.json_codec import JSON
from tests.tables import each_case

QUIT = IRCLine({}, "", "QUIT", [])


def dialect(data: bytes = b"") -> IRCLines:
    """Return what a client speaks that has sent some bytes; its codec is not looked at here."""
    speaks = IRCLines(JSON, "classchat.server")
    speaks.feed(data)
    return speaks


def heard(speaks: IRCLines) -> list[IRCLine | str | None]:
    """Return all pending lines, or the codes of the errors that they are."""
    lines: list[IRCLine | str | None] = []
    while speaks.pending:
        try:
            lines.append(speaks.next())
        except ChatError as error:
            lines.append(error.code)
    return lines


def words(text: str) -> list[str] | None:
    """Return the command and the parameters of a line."""
    parsed = parse(text)
    return None if parsed is None else [parsed.command, *parsed.params]


# The first bytes.


@each_case(
    ("prefix", "recognized"),
    [
        (b"NICK Alice\r\n", True),
        (b"CAP LS 302\r\n", True),
        (b"AUTHENTICATE PLAIN\r\n", True),
        (b"USER hans 0 * :Hans\r\n", True),
        (b"@label=1 PING x", True),
        (b":Alice NICK Bob", True),
        (b"JOIN :\r\n", True),
        (b"", None),
        (b"A", None),
        (b"NICK", None),
        (b"NICK\n", False),
        (b"NICKY ", False),
        (b"nick Alice", False),
        (b"Alice\n", False),
        (b"\xff", False),
        (b'{"status":"ping"}', False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_the_first_bytes(prefix: bytes, recognized: bool | None) -> None:
    """IRC begins with one of some commands in capitals and a space, or with tags or a source."""
    assert recognized == recognizes(prefix)


@given(st.binary(min_size=LONGEST_FIRST))
def test_the_first_bytes_are_clear_soon(prefix: bytes) -> None:
    """With as many bytes as the longest command has, and its space, it is clear whether they are IRC."""
    assert recognizes(prefix[:LONGEST_FIRST]) is not None


# Lines.


@each_case(
    ("text", "expected"),
    [
        ("PRIVMSG #CS350 :Hello, all", ["PRIVMSG", "#CS350", "Hello, all"]),
        ("privmsg #CS350 Hello", ["PRIVMSG", "#CS350", "Hello"]),
        ("  JOIN   #a  ", ["JOIN", "#a"]),
        ("PRIVMSG #a ::)", ["PRIVMSG", "#a", ":)"]),
        ("PRIVMSG #a :", ["PRIVMSG", "#a", ""]),
        ("PRIVMSG #a :a :b", ["PRIVMSG", "#a", "a :b"]),
        ("PRIVMSG #a a:b", ["PRIVMSG", "#a", "a:b"]),
        ("PRIVMSG #a :\N{NO-BREAK SPACE}x\N{EM SPACE}", ["PRIVMSG", "#a", "\N{NO-BREAK SPACE}x\N{EM SPACE}"]),
        ("NICK a\N{NO-BREAK SPACE}b", ["NICK", "a\N{NO-BREAK SPACE}b"]),
        (":Alice!~user@Alice PING x", ["PING", "x"]),
        (":Alice   PING x", ["PING", "x"]),
        ("PA\0SS a\rb\0c\r", ["PASS", "abc"]),
        ("PAß x", ["PAß", "x"]),
        ("PING\tx", ["PING\tX"]),
        ("", None),
        ("   ", None),
        ("\r", None),
        (":Alice", None),
        (":", None),
        (": ", None),
        ("@label=1", None),
        ("@label=1 :Alice", None),
        ("001 Alice :Welcome", None),
        ("433 * Alice", None),
    ],
)
def test_a_line(text: str, expected: list[str] | None) -> None:
    """A line is words between spaces, and the last of them may be a text; some lines ask for nothing."""
    assert expected == words(text)


@each_case("count", [0, 1, 14, 15, 16, 500])
def test_as_many_parameters_as_fit(count: int) -> None:
    """A line may have more parameters than the 15 of RFC 1459."""
    params = [f"p{number}" for number in range(count)]

    assert ["WHO", *params] == words(" ".join(["WHO", *params]))


@each_case(
    ("written", "tags"),
    [
        ("label=7", {"label": "7"}),
        ("a;b=;c=1", {"a": "", "b": "", "c": "1"}),
        ("a=1;a=2", {"a": "2"}),
        (r"a=\:\s\\\r\n", {"a": "; \\\r\n"}),
        (r"a=\b\é", {"a": "bé"}),
        ("a=1\\", {"a": "1"}),
        ("a=b=c", {"a": "b=c"}),
        ("+draft/reply=x;example.com/y=z", {"+draft/reply": "x", "example.com/y": "z"}),
        (";;=x;", {}),
        ("", {}),
    ],
)
def test_tags(written: str, tags: dict[str, str]) -> None:
    """Tags are names and values with escapes; an escape that means nothing is the character behind it."""
    assert IRCLine(tags, "", "PING", ["x"]) == parse(f"@{written} PING x")


def test_the_source_of_a_client() -> None:
    """A client may name a source."""
    assert IRCLine({"a": ""}, "Alice!~user@Alice", "PING", ["x"]) == parse("@a :Alice!~user@Alice PING x")


_INVISIBLE = ("C", "Z")
"""The categories of the characters that `str.isprintable` excludes; the space is in one of them."""

_WORD = st.text(st.characters(exclude_categories=_INVISIBLE), min_size=1).filter(lambda text: text[0] != ":")
_LAST = st.text(st.characters(exclude_categories=_INVISIBLE, include_characters=" "))
_TAGS = st.dictionaries(
    st.from_regex(r"\+?[a-z/.-]{1,9}", fullmatch=True), st.text(st.characters(exclude_characters="\0"))
)


@given(_TAGS, st.lists(_WORD, max_size=20), _LAST)
def test_what_is_rendered_is_parsed(tags: dict[str, str], middle: list[str], last: str) -> None:
    """A line that was rendered has the tags, the source and the parameters that were given."""
    rendered = line("Alice", "TEST", *middle, last, tags=tags)

    plain = {name: value for name, value in tags.items() if value.isprintable()}
    parsed = parse(rendered.decode().removesuffix("\n"))
    assert parsed is not None
    assert (plain, "Alice", "TEST", [*middle, last]) == (
        {name: parsed.tags[name] for name in plain},
        parsed.source,
        parsed.command,
        parsed.params,
    )


@given(st.text())
def test_any_text_is_a_line_or_nothing(text: str) -> None:
    """Parsing raises nothing for any text, and no word of the result has a space, CR or NUL."""
    parsed = parse(text)

    if parsed is not None:
        assert not any(set(word) & set(" \r\0") for word in [parsed.command, *parsed.params[:-1]])


# Bytes.


@given(
    st.lists(st.sampled_from([b"PING a", b"\n", b"\r\n", b"\r", b" :x y", b"\xff", "é".encode(), b"@a=1 "])),
    st.data(),
)
def test_any_chunking(pieces: list[bytes], data: st.DataObject) -> None:
    """The lines are the same in whatever chunks their bytes arrive."""
    stream = b"".join(pieces)
    whole = heard(dialect(stream))
    speaks = dialect()
    lines: list[IRCLine | str | None] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        speaks.feed(stream[:size])
        stream = stream[size:]
        if data.draw(st.booleans()):
            lines += heard(speaks)

    assert whole == [*lines, *heard(speaks)]


@given(st.binary())
def test_any_bytes(stream: bytes) -> None:
    """Any bytes are lines, nothing, or one of two documented errors."""
    errors = {found for found in heard(dialect(stream + b"\n")) if isinstance(found, str)}

    assert errors <= {"too_long", "invalid_format"}


def test_lines_come_in_order() -> None:
    """Lines of later reads come behind those that are still pending."""
    speaks = dialect(b"PING 1\r\nPING 2\nPI")
    first = speaks.next()
    speaks.feed(b"NG 3\r\nPING 4\r\n")

    assert [[str(number)] for number in range(1, 5)] == [
        found.params for found in (first, *heard(speaks)) if isinstance(found, IRCLine)
    ]


@each_case(
    ("size", "fits"), [(LONGEST_IRC_LINE - 1, True), (LONGEST_IRC_LINE, True), (LONGEST_IRC_LINE + 1, False)]
)
@each_case("end", [b"\r\n", b"\n"])
@each_case("tags", [b"", b"@a=1 ", b"@" + b"a" * (LONGEST_TAGS - 2) + b" "])
def test_the_longest_line(size: int, fits: bool, end: bytes, tags: bytes) -> None:
    """A line may have so many bytes with its line end; its tags count apart."""
    speaks = dialect(tags + b"PING ".ljust(size - len(end), b"x") + end + b"PING y\r\n")
    first, second = heard(speaks)

    assert (fits, IRCLine({}, "", "PING", ["y"])) == (first != "too_long", second)


@pytest.mark.parametrize(("size", "fits"), [(-1, True), (0, True), (1, False)])
def test_the_longest_tags(size: int, fits: bool) -> None:
    """The tags of a line may have so many bytes, from the `@` to the space."""
    speaks = dialect(b"@".ljust(LONGEST_TAGS + size - 1, b"a") + b" PING x\r\n")

    assert fits == (heard(speaks) != ["too_long"])


@pytest.mark.parametrize("tags", [b"@+typing=", b"@label=1;+typing="])
def test_tags_for_other_clients(tags: bytes) -> None:
    """A line with tags for other clients may have fewer bytes of tags."""
    longest = LONGEST_CLIENT_TAGS
    found = [heard(dialect(tags.ljust(size - 1, b"a") + b" PING x\n")) for size in (longest, longest + 1)]

    assert [True, False] == [lines != ["too_long"] for lines in found]


def test_tags_without_an_end() -> None:
    """A line of nothing but tags is too long when they are."""
    assert [["too_long"], [None]] == [
        heard(dialect(b"@".ljust(size, b"a") + b"\n")) for size in (8_192, 8_191)
    ]


def test_a_line_without_an_end_costs_bounded_memory() -> None:
    """A line is refused before its end when it can't be one, and the rest of it is nothing."""
    speaks = dialect()
    for _ in range(100):
        speaks.feed(b"x" * 1_000)
    refused = heard(speaks)
    speaks.feed(b"x\nPING y\n")

    assert (["too_long"], [IRCLine({}, "", "PING", ["y"])]) == (refused, heard(speaks))


def test_the_refusal_of_a_line_that_is_not_utf_8() -> None:
    """The refusal knows the command and the label of the line."""
    speaks = dialect(b"@label=7 PRIVMSG #a :\xff\r\n")
    with pytest.raises(NotUTF8) as caught:
        speaks.next()

    assert IRCLine({"label": "7"}, "", "PRIVMSG", ["#a", "\ufffd"]) == caught.value.line


# The end.


def test_the_end_is_a_quit() -> None:
    """Where the stream ends the client quits, and half a line counts for nothing."""
    speaks = dialect(b"PING x\r\nPRIVMSG #a :hal")
    speaks.end()

    assert [IRCLine({}, "", "PING", ["x"]), QUIT] == heard(speaks)


def test_nothing_follows_clear() -> None:
    """What was not returned is forgotten."""
    speaks = dialect(b"PING x\r\nPI")
    speaks.clear()
    speaks.feed(b"NG y\r\n")

    assert ["NG"] == [found.command for found in heard(speaks) if isinstance(found, IRCLine)]
