"""Texts: a stranger's text is safe to show."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.texts import (
    REPLACEMENT,
    counted,
    harmless,
    json_line,
    lasting,
    milliseconds,
    one_line,
    quoted,
    stamp,
)
from tests.tables import each_case

wild_text = st.text(st.characters(exclude_categories=[]) | st.characters(categories=["Cc", "Cs"]))


@each_case(
    "text",
    ["", "Hello", "two\nlines", "a\ttab", "Zoë 🎉 愛", "\u200fright to left", "no\u00a0break", "\u2028"],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    """All characters pass except control characters; newline and tab pass as well."""
    assert text == harmless(text)


@each_case(
    "control", ["\x00", "\x07", "\x08", "\x0b", "\r", "\x1b", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"]
)
def test_control_characters_are_replaced(control: str) -> None:
    """Control characters other than newline and tab arrive as U+FFFD, one for one."""
    assert f"a{REPLACEMENT}b\n" == harmless(f"a{control}b\n")


@given(wild_text)
def test_harmless_replaces_controls_and_nothing_else(text: str) -> None:
    """Each character is itself, or, where it is a control or a surrogate, U+FFFD."""
    expected = "".join(
        REPLACEMENT if unicodedata.category(one) in {"Cc", "Cs"} and one not in "\n\t" else one
        for one in text
    )

    assert expected == harmless(text)


@given(wild_text)
def test_harmless_text_can_be_sent(text: str) -> None:
    """Harmless text can be encoded as UTF-8, and stays the same."""
    once = harmless(text)

    assert once.encode().decode() == harmless(once)


@given(wild_text, st.integers(min_value=1, max_value=80))
def test_a_quotation_is_short_and_on_one_line(text: str, longest: int) -> None:
    """A quotation has at most the given length, and no control characters at all."""
    quotation = quoted(text, longest)

    assert len(quotation) <= longest
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in quotation)


@pytest.mark.parametrize(("length", "end"), [(63, "x"), (64, "x"), (65, "…")])
def test_a_long_quotation_shows_that_it_was_cut(length: int, end: str) -> None:
    """A text of more than 64 characters is cut to 64, with an ellipsis at the end."""
    quotation = quoted("x" * length)

    assert (min(length, 64), end) == (len(quotation), quotation[-1])


@each_case(
    ("text", "line"),
    [
        ("Zoë has a \N{PERSONAL COMPUTER}", "Zoë has a \N{PERSONAL COMPUTER}"),
        ("a\nb\r\nc", "a\\nb\\r\\nc"),
        ("\x1b[2J\x00\x7f\x85", "\\x1b[2J\\x00\\x7f\\x85"),
        ("\u2028 \u202e \u2066 \ud800", "\\u2028 \\u202e \\u2066 \\ud800"),
        ("zero\u200bwidth \ufeff\u00ad\u061c \U000e0041", "zero\\u200bwidth \\ufeff\\xad\\u061c \\U000e0041"),
        ("two\N{NO-BREAK SPACE}words", "two\N{NO-BREAK SPACE}words"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    """Characters that end a line or could deceive a reader are escaped; others stay."""
    assert line == one_line(text)


@given(wild_text)
def test_json_for_a_terminal(text: str) -> None:
    """JSON on one line keeps the value, and escapes characters that could deceive a reader."""
    line = json_line({"detail": text})

    assert {"detail": text} == json.loads(line)
    assert line == one_line(line)


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    """Whatever a text holds, a log has one line of it, that can be written as UTF-8."""
    line = one_line(text)
    line.encode()

    assert len(line.splitlines()) <= 1


def test_a_time_as_messages_carry_it() -> None:
    """A time is RFC 3339 in UTC with milliseconds, also where these are 0."""
    assert ["1970-01-01T00:00:00.000Z", "2026-11-24T10:30:00.123Z"] == list(
        map(stamp, (0, 1_795_516_200_123))
    )


def test_numbers_of_things() -> None:
    """Only the number one takes the singular."""
    assert ["0 users", "1 user", "2 users"] == [counted(number, "user") for number in range(3)]


@each_case(
    ("seconds", "text"),
    [
        (None, ""),
        (1, " for 1 second"),
        (90, " for 90 seconds"),
        (60, " for 1 minute"),
        (1800, " for 30 minutes"),
        (7200, " for 2 hours"),
        (86_400, " for 1 day"),
    ],
)
def test_how_long_something_lasts(seconds: int | None, text: str) -> None:
    """A duration is given in the largest unit of which it is a whole number; for ever is not said."""
    assert text == lasting(seconds)


@each_case("time", [0, 1, 999, 1_795_516_200_123, 4_102_444_799_999])
def test_times_are_read_as_they_are_written(time: int) -> None:
    """The time of a message is the same millisecond again."""
    assert time == milliseconds(stamp(time))
