"""Folding: which texts are the same for a search, and that no text takes long."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.journal import folding
from classchat.journal.folding import folded, spellings
from tests.tables import each_case


@each_case(
    ("one", "other"),
    [
        ("café", "cafe\u0301"),
        ("CAFÉ", "café"),
        ("ế", "e\u0302\u0301"),
        ("Å", "\u212b"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("Ὀδυσσεὺς", "ὈΔΥΣΣΕῪΣ"),
        ("ﬁne oﬃce", "fine office"),
        ("Ｅｘｅｒｃｉｓｅ\u3000３", "exercise 3"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("か\u3099", "が"),
        ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
        ("①②", "12"),
        ("x²", "x2"),
        ("İstanbul", "istanbul"),
        ("ǅ", "ǆ"),
        ("co\u00adoperate", "cooperate"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("❤\ufe0f", "❤"),
        ("don’t", "don't"),
        ("“so”", '"so"'),
        ("e\u2011mail", "e-mail"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    """Texts are the same if they differ only in case, composition, width, form, and invisible characters."""
    assert spellings(one) == spellings(other)


@each_case(
    ("marked", "plain"),
    [("café", "cafe"), ("Ő", "o"), ("Łódź", "lodz"), ("smørbrød", "smorbrod"), ("ëёй", "eеи"), ("ệ", "e")],
)
def test_marks(marked: str, plain: str) -> None:
    """A text with marks differs from one without, but they can be compared without marks."""
    assert spellings(marked).marked != spellings(plain).marked
    assert plain == spellings(marked).plain == folded(marked)


@each_case("text", ["が", "कि", "กำ", "שָׁ", "한"])
def test_marks_of_other_scripts_stay(text: str) -> None:
    """A mark that makes another letter is not left out."""
    assert folded(text) == spellings(text).marked != folded(text[0:1] if len(text) > 1 else "か")


@given(st.text())
def test_folding_twice(text: str) -> None:
    """Folding is idempotent."""
    once = spellings(text)

    assert (once.plain, folded(text)) == (folded(once.plain), once.plain)


@given(st.text(max_size=20), st.sampled_from(["NFC", "NFD"]))
def test_every_composition_is_the_same(text: str, form: str) -> None:
    """Any text is the same in composed and in decomposed form."""
    assert spellings(text) == spellings(unicodedata.normalize(form, text))  # type: ignore[arg-type]


@each_case("form", ["NFC", "NFD"])
@each_case("letter", ["é", "ế", "한", "が", "x\u0323\u0307", "ẛ\u0323"])
def test_long_texts(form: str, letter: str) -> None:
    """A text that is folded in pieces is the same as all of its parts, wherever they are cut."""
    text = unicodedata.normalize(form, letter * 1000)  # type: ignore[arg-type]

    assert spellings(letter).marked * 1000 == spellings(text).marked
    assert folded(letter) * 1000 == folded(text)


@pytest.mark.parametrize("text", ["a" + "\u0301\u0323" * 5000, "\u0344" * 10_000, "\ufdfa" * 10_000])
def test_no_text_takes_long(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with many marks on one letter, only a bounded number of characters is sorted at a time."""
    sizes: list[int] = []
    normalize = unicodedata.normalize

    def counting(form: str, text: str) -> str:
        sizes.append(len(text))
        return normalize(form, text)  # type: ignore[arg-type]

    monkeypatch.setattr(folding.unicodedata, "normalize", counting)
    folded(text)

    assert max(sizes) <= 18 * 256
