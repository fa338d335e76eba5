"""The names under which programs speak."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat import names
from classchat.core.hooks import LONGEST_NAME, author, author_name
from tests.tables import each_case


@each_case(
    ("wanted", "name"),
    [
        ("Grafana", "Grafana"),
        ("GitHub Actions", "GitHub-Actions"),
        (" <CI> / build #7 ", "CI-build-7"),
        ("Prüfstand", "Prüfstand"),
        ("ci" * 100, ("ci" * 100)[:LONGEST_NAME]),
        ("", "Webhook"),
        ("🤖", "Webhook"),
        ("\u202e", "Webhook"),
        ("server", "Webhook"),
        ("Alice[bot]", "Alice-bot"),
    ],
)
def test_the_name_that_a_program_wants(wanted: str, name: str) -> None:
    """A program gets the name that it wants as far as that can be a name, else that of its webhook."""
    assert name == author_name(wanted, "Webhook")


@given(st.text(max_size=200))
def test_no_user_can_have_the_name_of_an_author(wanted: str) -> None:
    """Whatever name a program wants, no user can have the one that it gets, and it is shown as it is."""
    shown = author(author_name(wanted, "Webhook")).name

    assert shown.endswith("[bot]")
    assert names.user_name(shown, len(shown)) is None
    assert not names.was_name(shown, len(shown))
    assert shown.isprintable()
