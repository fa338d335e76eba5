"""The encodings of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.rosters.encodings import UnreadableRoster, decoded
from tests.tables import each_case

TEXT = "name,email\nSeán Müller,s@example.ie\n"


@each_case("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(codec: str) -> None:
    """A text is the same in each encoding, with or without a byte order mark."""
    assert TEXT == decoded(TEXT.encode(codec))


def test_the_other_byte_order() -> None:
    """UTF-16 with a mark is read in both byte orders."""
    assert TEXT == decoded("\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be"))


@each_case(
    ("content", "why"),
    [
        (b"", "The file is empty"),
        (b" \r\n", "The file is empty"),
        (b"PK\x03\x04" + b"x" * 100, "The file is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "The file is a spreadsheet"),
        (b"name\nSe\xe1n\n" + "Müller\n".encode(), "Line 3 of the file is UTF-8, and line 2 is not"),
        (b"name\n\x81\n", "Line 2 of the file is not cp1252"),
        (b"\xef\xbb\xbfname\n\xff\n", "Line 2 of the file is not UTF-8"),
        (b"\xff\xfen", "Line 1 of the file is not UTF-16"),
    ],
)
def test_what_is_no_text(content: bytes, why: str) -> None:
    """A spreadsheet, a mixture of encodings and bytes without a meaning are refused in a sentence."""
    with pytest.raises(UnreadableRoster, match=why):
        decoded(content)


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    """Any bytes are a text, or refused with the one documented error."""
    try:
        text = decoded(content)
    except UnreadableRoster:
        return
    assert isinstance(text, str)
