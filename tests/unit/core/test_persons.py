"""Persons: identities behind names."""

from __future__ import annotations

from classchat.core.persons import digest, new_token
from tests.unit.helpers import person


def test_tokens_can_not_be_guessed() -> None:
    """Tokens differ, and the kept digest is not the token."""
    tokens = {new_token() for _ in range(100)}

    assert (100, {True}) == (len(tokens), {len(token) >= 40 and token.isascii() for token in tokens})
    assert {32} == {len(digest(token)) for token in tokens}
    assert not {token.encode() for token in tokens} & {digest(token) for token in tokens}


def test_any_token_has_a_digest() -> None:
    """Any JSON string has a digest."""
    assert digest("\ud800") != digest("") != digest("x" * 60_000)


def test_two_have_one_conversation() -> None:
    """Two persons have the same conversation from both sides, and another one with a third."""
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")

    assert alice.dialog_with(bob) is bob.dialog_with(alice)
    assert alice.dialog_with(carol) is not alice.dialog_with(bob)
    assert alice.dialog_with(alice) is alice.dialog_with(alice)


def test_who_is_forgotten_is_forgotten_by_all() -> None:
    """A forgotten person is in no one's conversations, and the others keep theirs."""
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")
    for one, other in ((alice, bob), (alice, alice), (bob, carol)):
        one.dialog_with(other)
    alice.forget()

    assert ({}, [carol], [bob]) == (alice.dialogs, list(bob.dialogs), list(carol.dialogs))
