"""Slack's markup, as readers see it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.webhooks.mrkdwn import plain
from tests.tables import each_case


@each_case(
    ("text", "shown"),
    [
        ("<https://example.org|the page>", "the page (https://example.org)"),
        ("<https://example.org|https://example.org>", "https://example.org"),
        ("<https://example.org>", "https://example.org"),
        ("<mailto:ann@example.org|ann@example.org>", "ann@example.org"),
        ("<!here> and <!subteam^S12|@staff>", "@here and @staff"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        ("<@U024BE7LH>, <@U024BE7LH|ann>", "@U024BE7LH, @ann"),
        ("<#C024BE7LR|general>", "#general"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("*bold* `code`", "*bold* `code`"),
        ("<>", "<>"),
        ("<a\nb>", "<a\nb>"),
    ],
)
def test_markup_is_readable(text: str, shown: str) -> None:
    """Links show where they lead, mentions and entities what they mean; the rest stays."""
    assert shown == plain(text)


@given(st.text())
def test_whatever_is_no_markup_stays(text: str) -> None:
    """A text without brackets and ampersands is shown as it is; any text is shown somehow."""
    shown = plain(text)

    assert shown == text or set(text) & {"<", "&"}
