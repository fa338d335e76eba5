"""Names: which are allowed, and which are the same."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from precis_i18n import get_profile
from precis_i18n.unicode import UnicodeData
from wcwidth import wcwidth

from classchat.core.skeletons import is_mark
from classchat.names import SERVICES, is_name, is_reserved, key, reserved_for_users, user_key, user_name
from tests.tables import each_case

any_text = st.text(max_size=70) | st.text(
    st.characters(categories=["Ll", "Lu", "Lt", "Mn", "Nd"]), max_size=70
)


@each_case(
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


@each_case(
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
    """Spaces, punctuation, symbols, controls and invisible characters are not allowed."""
    assert not is_name(name, 32)


@each_case("letter", ["a", "é", "愛"])
@each_case(("length", "fits"), [(0, False), (1, True), (31, True), (32, True), (33, False)])
def test_the_length_of_a_name_is_counted_in_characters(letter: str, length: int, fits: bool) -> None:
    """A name has at least one and at most so many characters, in whatever script."""
    assert fits == is_name(letter * length, 32)


@given(any_text)
def test_names_consist_of_what_is_documented(name: str) -> None:
    """Every allowed name consists of letters, marks, decimal digits, `.`, `_` and `-`; no text raises."""
    documented = all(
        character in "._-"
        or unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd"}
        for character in name
    )

    assert documented or not is_name(name, 32)


@given(st.text("aéжλ王カกक0.-_", min_size=1, max_size=33))
def test_letters_that_are_seen_make_a_name(name: str) -> None:
    """Any letters and digits that have a shape of their own make a name, up to the limit."""
    assert (len(name) <= 32) == is_name(name, 32)


@each_case(
    "name",
    [
        "\u0301",
        "\u0301lab",
        "_\u0301",
        "lab\ufe0f",
        "lab\u3164",
        "lab\U00016fe4",
        "lab\u17d2",
        "lab\u1107f",
        "lab\u1039",
        "lab\U0001bc9d",
        "lab\u094d",
        "lab\u0e34",
        "lab\u20dd",
        "lab\u1161",
        "lab\ufe76",
        "\u1780\u17d2",
        "\u1780\u17d2k",
        "lab" + "\u0316" * 9,
        "\U0001d165",
    ],
)
def test_what_nobody_sees_is_in_no_name(name: str) -> None:
    """Marks without a letter of their script, towers of marks, and invisible characters are refused."""
    assert (False, None) == (is_name(name, 64), user_name(name, 32))


@each_case(
    "name",
    [
        "ភ្នំពេញ",
        "မြန်မာ",
        "தமிழ்",
        "हिन्दी",
        "བོད",
        "שָׁלוֹם",
        "مُحَمَّد",
        "ก็",
        "か\u309a",
        "Ж\u0483",
        "lab" + "\u0316" * 8,
    ],
)
def test_marks_on_letters_of_their_script(name: str) -> None:
    """Names with joiners between letters, and with marks, are allowed."""
    assert (True, name) == (is_name(name, 64), user_name(name, 32))


def test_whatever_shows_nothing_is_no_name() -> None:
    """Characters without a column are no names, and among Latin letters they are allowed only as diacritics.

    A character that Unicode calls ignorable is no name on its own either, whatever its width.
    """
    ignorable = UnicodeData().default_ignorable
    characters = list(map(chr, range(0x110000)))
    without_column = [character for character in characters if wcwidth(character) <= 0]
    unseen = {*without_column, *(one for one in characters if ignorable(ord(one)))}
    marks = {*without_column, *filter(is_mark, characters)}
    added = [character for character in marks if is_name(f"lab{character}", 64)]

    assert [] == [character for character in unseen if is_name(character, 64)]
    assert {"COMBINING"} == {unicodedata.name(character).split()[0] for character in added}


@pytest.mark.parametrize("letter", ["e\u0323\u0302", "\u1f82", "한"], ids=["Vietnamese", "Greek", "Korean"])
def test_a_name_in_decomposed_form_is_as_long_as_composed(letter: str) -> None:
    """The length of a name is counted in letters as they are composed, however many code points they take."""
    name = unicodedata.normalize("NFD", letter * 32)

    assert [True, False] == [is_name(one, 32) for one in (name, name + "x")]
    assert unicodedata.normalize("NFC", name) == user_name(name, 32)


@each_case(
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


@each_case(("one", "other"), [("Alice", "Alicia"), ("a.b", "a_b"), ("Zoe", "Zoë"), ("A", "А")])
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


@each_case("name", ["SERVER", "server", "Server", "\uff33ERVER", "SeRvEr", "Client", "error", "SUCCESS"])
def test_the_names_of_what_makes_lines_are_reserved(name: str) -> None:
    """`SERVER`, `CLIENT`, `ERROR` and `SUCCESS` are reserved in any spelling."""
    assert is_reserved(name)


def test_the_names_of_services_are_reserved_for_no_user() -> None:
    """No user can have them, in any spelling, nor the names of what makes lines; a room can have them."""
    for name in (*SERVICES, "SERVER"):
        assert name == reserved_for_users(name.upper()) == reserved_for_users(name.lower())
    assert not any(map(is_reserved, SERVICES))
    assert reserved_for_users("Alice") is None


@each_case("name", ["", "SERVERS", "SERVE", "S.ERVER", "Alice"])
def test_other_names_are_free(name: str) -> None:
    """Other names are not reserved."""
    assert not is_reserved(name)


# Users' names.

some_names = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="._-"), max_size=32)


@each_case(
    "name",
    [
        "Alice",
        "bob_2",
        "x.y-z",
        "Zoë",
        "Straße",
        "O.Brien-2",
        "Алиса",
        "Ελένη",
        "Νίκος",
        "Նարեկ",
        "გიორგი",
        "محمد",
        "فاطمة_2",
        "علي.٣",
        "דוד",
        "שָׁלוֹם",
        "हिन्दी",
        "கமலா",
        "สมชาย",
        "김철수",
        "愛麗絲",
        "アリス",
        "さくら",
        "Nguyễn",
        "İlker",
        "ısıl",
        "น้ำฝน",
        "ຄຳແກ້ວ",
        "Սևակ",
    ],
)
def test_users_of_any_script(name: str) -> None:
    """People's names, also from right to left, are shown unchanged."""
    assert name == user_name(name, 32)


@each_case(
    ("name", "shown"),
    [
        ("ＳＥＲＶＥＲ", "SERVER"),
        ("Ａｌｉｃｅ１", "Alice1"),
        ("ｱﾘｽ", "アリス"),
        ("Zoe\u0308", "Zoë"),
        ("\u212aelvin", "Kelvin"),
        ("\u1100\u1161", "가"),
    ],
)
def test_how_a_user_is_shown(name: str, shown: str) -> None:
    """Full and half width are normalized, and letters in several code points are composed."""
    assert (shown, user_key(shown)) == (user_name(name, 32), user_key(name))


@each_case(
    "name",
    [
        "",
        "two words",
        "it's",
        "\ud800",
        "Al\u200dice",
        "Al\u200cice",
        "Al\u00adice",
        "Ali\u034fce",
        "Alice\ufe0f",
        "\u3164",
        "Al\u115fice",
        "\u202eecilA",
        "\u2066Alice\u2069",
        "Al\ufb01e",
        "\u01c5uro",
        "a\u20dd",
        "\U0001d400lice",
        "\u00aa",
        "\u1112",
        "Davidדוד",
        "דודDavid",
        "1דוד",
        "دود-",
        "٣۴",
        "🎉",
    ],
)
def test_no_users(name: str) -> None:
    """Invisible characters, variants of letters, mixed directions of writing and non-names are refused."""
    assert user_name(name, 32) is None


@given(some_names | any_text)
def test_users_have_names_as_rooms_do(name: str) -> None:
    """A user name as it is shown is allowed for rooms, and within the length limit."""
    shown = user_name(name, 32)

    assert shown is None or (is_name(name, 32) and is_name(shown, 32))


def test_the_length_of_a_users_name_is_that_of_how_it_is_shown() -> None:
    """If composing makes a name longer, the composed length counts."""
    assert [True, False] == [user_name("\u0958" * count, 32) is not None for count in (16, 17)]


@given(some_names)
def test_the_shown_form_is_stable(name: str) -> None:
    """The shown form is shown unchanged, and is the same name."""
    shown = user_name(name, 32)

    assert shown is None or (shown, user_key(name)) == (user_name(shown, 32), user_key(shown))


@given(some_names)
def test_the_key_of_a_users_key_is_itself(name: str) -> None:
    """`user_key` is idempotent for allowed user names."""
    shown = user_name(name, 32)

    assert shown is None or user_key(shown) == user_key(user_key(shown))


@given(some_names)
@example("\u1e9e")
@example("ΟΣ")
def test_a_users_key_is_that_of_the_profile(name: str) -> None:
    """For allowed names the key is RFC 8265's mapped form."""
    shown = user_name(name, 32)

    assert shown is None or get_profile("UsernameCaseMapped").enforce(shown) == user_key(shown)


@given(any_text)
def test_anything_has_a_users_key(name: str) -> None:
    """Every text has a key, whether it is a name or not."""
    assert isinstance(user_key(name), str)


@given(some_names)
def test_small_letters_are_the_same_user(name: str) -> None:
    """A name in small letters has the same key."""
    shown = user_name(name, 32)

    assert shown is None or user_key(shown) == user_key(shown.lower())


@given(st.text("abcxyzäöüéñабвгжяέλόγъ0123._-", max_size=32))
def test_capital_letters_are_the_same_user(name: str) -> None:
    """A name in capitals, if each letter has one, has the same key."""
    assert user_key(name) == user_key(name.upper()) == user_key(name.title())


@each_case(("one", "other"), [("Straße", "STRASSE"), ("σ", "ς"), ("Zoe", "Zoë"), ("A", "А"), ("i", "ı")])
def test_different_users(one: str, other: str) -> None:
    """Names that differ in more than case and width have different keys, even if they look similar."""
    assert user_key(one) != user_key(other)


@given(st.text(st.characters(codec="ascii"), max_size=70))
def test_the_short_way_for_users_is_no_other_way(name: str) -> None:
    """Names in ASCII have one key, whether of a room or a user."""
    assert key(name) == user_key(name)


@each_case("letter", ["\u01fa", "e\u0323\u0302\u0301", "愛", "ｱﾞ", "\u0958", "س", "𞤀"])
def test_the_longest_names_take_no_time(letter: str) -> None:
    """A hundred of the most complicated names are checked in well under two seconds."""
    begun = time.process_time()
    for number in range(100):
        user_name(f"{number:02}{letter * 32}"[:32][::-1], 32)

    assert time.process_time() - begun < 2
