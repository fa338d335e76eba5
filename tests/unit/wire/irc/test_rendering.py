"""Lines for IRC clients: whatever a text holds, a line is one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from classchat.wire.irc.irc_lines import parse
from classchat.wire.irc.rendering import LONGEST, line, source_of
from tests.tables import each_case


@each_case(
    ("params", "expected"),
    [
        ((), "TEST"),
        (("a",), "TEST a"),
        (("a", "b"), "TEST a b"),
        (("a", "b c"), "TEST a :b c"),
        (("a", ""), "TEST a :"),
        (("a", ":)"), "TEST a ::)"),
        (("a b", "c"), "TEST a c"),
        (("", "c"), "TEST * c"),
        ((" ", "c"), "TEST * c"),
        (("::a", "c"), "TEST a c"),
        (("a\tb", "c"), "TEST a c"),
        (("a", "b\r\nQUIT"), "TEST a :b QUIT"),
        (("a", "b\u2028:c\u2029QUIT\x85\x0b\x1c"), "TEST a :b :c QUIT\ufffd\ufffd\ufffd"),
        (("a\nb", "c"), "TEST a c"),
        (("a", "\x02bold\x0f"), "TEST a \ufffdbold\ufffd"),
        (("a", "\x01VERSION\x01"), "TEST a \ufffdVERSION\ufffd"),
        (("a", "x\ty\0\ud800"), "TEST a x\ty\ufffd\ufffd"),
        (("a", "Zoë\N{NO-BREAK SPACE}🎉"), "TEST a Zoë\N{NO-BREAK SPACE}🎉"),
    ],
)
def test_the_parameters(params: tuple[str, ...], expected: str) -> None:
    """The last parameter may be a text; a word ends before its first space."""
    assert f":SERVER {expected}\r\n".encode() == line("SERVER", "TEST", *params)


def test_without_a_source() -> None:
    """A line may have no source."""
    assert b"AUTHENTICATE +\r\n" == line("", "AUTHENTICATE", "+")


def test_the_tags_of_a_line() -> None:
    """The values of tags are escaped."""
    rendered = line("SERVER", "PING", "x", tags={"a": "1; 2\\\r\n\0", "b": ""})

    assert rb"@a=1\:\s2\\\r\n" + "\ufffd;b :SERVER PING x\r\n".encode() == rendered


def test_no_tags() -> None:
    """Without tags a line has no `@`."""
    assert b":SERVER PING x\r\n" == line("SERVER", "PING", "x", tags={})


def test_the_source_of_a_user() -> None:
    """The host of a source is the user's name: no address is told."""
    assert "Alice!~user@Alice" == source_of("Alice")


@given(st.lists(st.text(), max_size=20), st.dictionaries(st.sampled_from(["time", "msgid"]), st.text()))
def test_one_line_for_anything(params: list[str], tags: dict[str, str]) -> None:
    """Whatever the parameters and tags hold, the result is one line with as many of them."""
    rendered = line("SERVER", "TEST", *params, tags=tags)
    parsed = parse(rendered.decode().removesuffix("\r\n"))

    assert parsed is not None
    assert (len(params), tags.keys(), True) == (
        len(parsed.params),
        parsed.tags.keys(),
        not any(byte in b"\0\r\n\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f" for byte in rendered[:-2]),
    )


FAMILY = "👩\u200d👩\u200d👧\u200d👦"


@given(
    st.text(st.sampled_from("aZ 字🎉"), min_size=1, max_size=32).map(lambda name: name.replace(" ", "_")),
    st.lists(st.sampled_from(["word ", "é", "e\u0301", "字", "🎉", FAMILY]), max_size=200).map("".join),
)
def test_a_text_that_is_too_long(name: str, text: str) -> None:
    """A line has at most 512 bytes without its tags: its text ends earlier, and never inside a character."""
    rendered = line(source_of(name), "TOPIC", "#CS350", text, tags={"time": "2026-11-25T10:00:00.000Z"})
    _, _, untagged = rendered.partition(b" ")
    parsed = parse(rendered.decode().removesuffix("\r\n"))

    assert parsed is not None
    clusters, kept = list(iter_graphemes(text)), parsed.params[1]
    assert len(untagged) <= LONGEST
    assert kept in {"".join(clusters[:count]) for count in range(len(clusters) + 1)}
    assert kept == text or len(untagged) + len(FAMILY.encode()) + len(" :") > LONGEST


def test_a_name_is_never_cut() -> None:
    """However long the names of a line are, they are whole."""
    name, room = "𒀀" * 32, f"#{'𒀀' * 64}"

    assert f":{source_of(name)} JOIN {room}\r\n".encode() == line(source_of(name), "JOIN", room)
    assert f" {room} {name} :{'x ' * 32}\r\n".encode() in line(source_of(name), "KICK", room, name, "x " * 99)


def test_words_that_are_no_names() -> None:
    """What a client gets back of long words leaves room for the rest of the line."""
    rendered = line("SERVER", "441", "Bob", "e\u0301" * 100, "x" * 500, "They aren't on that channel")

    assert f":SERVER 441 Bob {'e' + chr(0x301)}".encode() in rendered
    assert rendered.endswith(b"x :They aren't on that channel\r\n")
    assert len(rendered) <= LONGEST
