"""Masks: which names a pattern matches, and which user a mask names."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from classchat import names
from classchat.irc.masks import has_wildcards, matcher, names_in
from tests.tables import each_case

WORDS = st.text("ab*?", max_size=8)


def by_regular_expression(pattern: str, name: str) -> bool:
    """Return what a regular expression says, which may take for ever on longer texts."""
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(one, one) for one in pattern), name) is not None


@given(WORDS, st.text("ab", max_size=8))
def test_a_pattern_matches_what_a_regular_expression_matches(pattern: str, name: str) -> None:
    """`*` is any number of characters, and `?` is one."""
    assert by_regular_expression(pattern, name) == matcher(names.user_key(pattern))(names.user_key(name))


@each_case(
    ("pattern", "name"), [("ALI*", "alice"), ("*É", "É"), ("a.c", "a.c"), ("*", "Bob"), ("?ob", "Bob")]
)
def test_names_are_compared_in_any_case(pattern: str, name: str) -> None:
    """Patterns and names are compared by their keys, and other characters mean themselves."""
    assert matcher(names.user_key(pattern))(names.user_key(name))


@each_case(("pattern", "name"), [("a.c", "abc"), ("[ab]*", "a"), ("ab*ba", "aba"), ("*" * 300, "a")])
def test_what_does_not_match(pattern: str, name: str) -> None:
    """Only `*` and `?` are special; a character counts once; a pattern of 300 characters matches nothing."""
    assert not matcher(names.user_key(pattern))(names.user_key(name))


def test_a_hostile_pattern_takes_no_longer_than_its_length() -> None:
    """A pattern that keeps backtracking matchers busy for years is answered at once."""
    assert not matcher("*a" * 60)("a" * 64 + "b")


@each_case(
    ("mask", "name"),
    [
        ("Bob", "Bob"),
        ("Bob!*@*", "Bob"),
        ("Bob!*", "Bob"),
        ("Bob!~user@*", "Bob"),
        ("*!*@Bob", "Bob"),
        ("*!~user@Bob", "Bob"),
        ("bob!*@Bob", "bob"),
        ("*@Bob", "Bob"),
        ("~user@Bob", "Bob"),
        ("***!*@Bob", "Bob"),
    ],
)
def test_a_mask_that_names_one_user(mask: str, name: str) -> None:
    """A mask names the user who is its nick or its host, as clients make masks."""
    assert (name,) == names_in(mask)


@each_case("mask", ["", "*", "*!*@*", "B*!*@*", "*!*@*.de", "*!user@*", "!@", "B?b", "*@*", "Bob!*@A*"])
def test_a_mask_that_names_nobody_or_many(mask: str) -> None:
    """A mask that could match several users, or none, names no user."""
    assert () == names_in(mask)


def test_a_mask_with_two_names() -> None:
    """Nick and host may be different: the nick comes first."""
    assert ("Bert", "Bob") == names_in("Bert!*@Bob")


def test_wildcards() -> None:
    """A pattern with `*` or `?` may match several names."""
    assert [True, True, False] == [has_wildcards(text) for text in ("a*", "a?", "a.b")]
