"""Names: what may be one, and which are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.names import is_name, is_reserved, key

any_text = st.text(max_size=70) | st.text(
    st.characters(categories=["Ll", "Lu", "Lt", "Mn", "Nd"]), max_size=70
)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "Alice",
        "bob_2",
        "x.y-z",
        "_",
        "42",
        "Zoë",
        "Zoe\u0308",
        "é._-",
        "Алиса",
        "アリス",
        "愛麗絲",
        "हिन्दी",
        "٣٤",
        "Straße",
    ],
)
def test_names_of_any_script(name: str) -> None:
    """Letters, digits and marks of any script, `.`, `_` and `-` make a name."""
    assert is_name(name, 32)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "two words",
        " Alice",
        "Alice ",
        "Alice\n",
        "Alice\r",
        "tab\tbed",
        "no\u00a0break",
        "{}",
        "a/b",
        "a,b",
        "it's",
        "@bob",
        "#room",
        "\x00",
        "\x1b[0m",
        "right\u202eleft",
        "zero\u200bwidth",
        "🎉",
        "½",
        "Ⅷ",
        "\ud800",
        "\ue000",
        "é!",
    ],
)
def test_no_names(name: str) -> None:
    """Spaces, punctuation, symbols, controls and what no one can see make no name."""
    assert not is_name(name, 32)


@pytest.mark.parametrize("letter", ["a", "é", "愛"])
@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (31, True), (32, True), (33, False)])
def test_the_length_of_a_name_is_counted_in_characters(letter: str, length: int, fits: bool) -> None:
    """A name has at least one and at most so many characters, in whatever script."""
    assert fits == is_name(letter * length, 32)


@given(any_text)
def test_names_consist_of_what_is_documented(name: str) -> None:
    """Whatever is a name consists of letters, marks, decimal digits, `.`, `_` and `-`; nothing raises."""
    documented = all(
        character in "._-"
        or unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd"}
        for character in name
    )

    assert (documented and 1 <= len(name) <= 32) == is_name(name, 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "ALICE"),
        ("alice", "aLiCe"),
        ("STRASSE", "Straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Zoë", "Zoe\u0308"),
        ("ZOË", "zoe\u0308"),
        ("\u212aelvin", "kelvin"),
        ("\u1fb3\u0301", "\u03ac\u0345"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    """Names that differ only in case, or in how an accent is typed, are one name."""
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("Alice", "Alicia"), ("a.b", "a_b"), ("Zoe", "Zoë"), ("A", "А")])
def test_different_names(one: str, other: str) -> None:
    """Names that differ in more than case are two."""
    assert key(one) != key(other)


@given(any_text)
def test_the_key_of_a_key_is_itself(name: str) -> None:
    """`key` is idempotent, and never raises."""
    once = key(name)

    assert once == key(once)


@given(any_text)
def test_case_does_not_matter(name: str) -> None:
    """A name has the key of its spelling in small letters, and of its case-folded spelling."""
    decomposed = unicodedata.normalize(
        "NFD", name
    )  # folding moves an iota subscript out of its place otherwise

    assert key(name) == key(decomposed.lower()) == key(decomposed.casefold())


@given(any_text, st.sampled_from(["NFC", "NFD"]))
def test_composition_does_not_matter(name: str, form: str) -> None:
    """A name has one key however its accents are typed."""
    assert key(name) == key(unicodedata.normalize(form, name))


@given(st.text(st.characters(codec="ascii"), max_size=70))
def test_the_short_way_for_ascii_is_no_other_way(name: str) -> None:
    """Names in ASCII have the key that they would have by the general rule."""
    assert unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold()) == key(name)


@pytest.mark.parametrize("name", ["SERVER", "server", "Server", "\u017ferver", "SeRvEr"])
def test_the_servers_own_name_is_reserved(name: str) -> None:
    """`SERVER` is nobody's name, in any spelling."""
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["", "SERVERS", "SERVE", "S.ERVER", "Alice"])
def test_other_names_are_free(name: str) -> None:
    """Only the server's own name is reserved."""
    assert not is_reserved(name)
