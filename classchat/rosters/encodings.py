"""The text of a file whose encoding is not known: UTF-8, UTF-16 or cp1252.

A byte order mark decides. Without one a file is UTF-8 if it is valid as such, because hardly any other text
is, and else cp1252, which Excel writes on Windows. Nothing is guessed from frequencies, so one file always
gives the same text.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)

_ZIP = b"PK\x03\x04"
"""The first bytes of .xlsx and .ods files."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
"""The first bytes of .xls files."""

_SAVE_AS = "Save it as CSV (UTF-8) and import that."


class UnreadableRoster(Exception):
    """A file is no roster; the text says why, and what to do."""


def decoded(content: bytes) -> str:
    """Return the text of a file.

    Raises:
        UnreadableRoster: it is no text, or its parts have different encodings.
    """
    if not content.strip():
        raise UnreadableRoster("The file is empty.")
    if content.startswith((_ZIP, _OLD_EXCEL)):
        raise UnreadableRoster(f"The file is a spreadsheet, not CSV. {_SAVE_AS}")
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content.removeprefix(mark), codec, name)
    try:
        return _strictly(content, _utf_16_without_mark(content) or "utf-8", "UTF-8")
    except UnreadableRoster:
        _check_not_mixed(content)
        return _strictly(content, "cp1252", "cp1252")


def _utf_16_without_mark(content: bytes) -> str | None:
    """Return the kind of UTF-16 in which the first two characters are ASCII; None if there is none."""
    match [byte == 0 for byte in content[:4]]:
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
        case _:
            return None


def _strictly(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableRoster(f"Line {line} of the file is not {name}. {_SAVE_AS}") from None


def _check_not_mixed(content: bytes) -> None:
    """Raise UnreadableRoster if some lines are UTF-8 and others are not: some would be read wrongly."""
    utf_8 = other = 0
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            line.decode()
            utf_8 = utf_8 or number
        except UnicodeDecodeError:
            other = other or number
        if utf_8 and other:
            raise UnreadableRoster(f"Line {utf_8} of the file is UTF-8, and line {other} is not. {_SAVE_AS}")
