"""Names of shared files: harmless on every system, whoever has chosen them."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from classchat.file_names import UNKNOWN_TYPE, clean_name, size_in_words, type_of
from tests.tables import each_case


@each_case(
    ("name", "clean"),
    [
        ("notes.pdf", "notes.pdf"),
        ("Grüße aus 日本 🎉.txt", "Grüße aus 日本 🎉.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\Windows\\win.ini", "win.ini"),
        ("/etc/", "etc"),
        ("C:\\Users\\x.txt", "x.txt"),
        ("a:b.txt", "a_b.txt"),
        ('<script>"x"|?*.html', "_script__x____.html"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("~root", "_~root"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        ("x. . ", "x"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1 .txt", "_com1.txt"),
        ("LPT¹.log", "_LPT¹.log"),
        ("console.txt", "console.txt"),
        ("a\0b\nc\rd\x1b[31m.txt", "a_b_c_d_[31m.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("zero\u200bwidth", "zero_width"),
        ("half\ud800.txt", "half_.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_made_harmless(name: str, clean: str) -> None:
    """A name has no path, no device, nothing hidden, and nothing that a shell or a file system reads."""
    assert clean == clean_name(name)


def test_a_long_name_keeps_its_ending() -> None:
    """A name that is too long for a disk is cut in front of its ending."""
    name = clean_name("日" * 300 + ".pdf")

    assert name.endswith("日.pdf")
    assert len(name.encode()) <= 200


@given(st.text(max_size=300))
def test_every_name_is_safe(name: str) -> None:
    """Whatever a stranger sends, a name is short and no path, and cleaning it again changes nothing."""
    clean = clean_name(name)

    assert 1 <= len(clean.encode()) <= 200
    assert not set(clean) & set('<>:"/\\|?*')
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in clean)
    assert not clean.startswith((".", "-", "~", " "))
    assert not clean.endswith((".", " "))
    assert clean_name(clean) == clean


@each_case(
    ("name", "kind"),
    [
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.html", "text/html"),
        ("a", UNKNOWN_TYPE),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.unheard-of", UNKNOWN_TYPE),
    ],
)
def test_the_type_of_a_name(name: str, kind: str) -> None:
    """The ending of a name says what a file is, the same on every machine."""
    assert kind == type_of(name)


@each_case(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (999_999, "1.0 MB"),
        (25_000_000, "25.0 MB"),
        (500_000_000, "500 MB"),
        (10_000_000_000, "10.0 GB"),
    ],
)
def test_a_size_in_words(size: int, words: str) -> None:
    """A size is written as people read it, in units of a thousand."""
    assert words == size_in_words(size)
