"""Slack's mrkdwn as plain text.

    <https://example.org|the page>    the page (https://example.org)
    <https://example.org>             https://example.org
    <!here>, <@U024BE7LH|ann>         @here, @ann
    &lt;tag&gt; &amp; more            <tag> & more

The rest is left as it is: `*bold*` and ``code`` are read as easily as they are.
Source: https://api.slack.com/reference/surfaces/formatting
"""

from __future__ import annotations

import re
from typing import Final

_MARKUP: Final = re.compile(r"<([^<>\n]{1,4000})>")

_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""The only ones; the ampersand is the last, or `&amp;lt;` would be a tag."""


def plain(text: str) -> str:
    """Return a text without markup."""
    parts = _MARKUP.split(text)  # texts and what stands in brackets, in turns
    return "".join(
        _unescaped(_readable(part)) if at % 2 else _unescaped(part) for at, part in enumerate(parts)
    )


def _readable(inner: str) -> str:
    """Return what stands in brackets, for readers."""
    target, _, label = inner.partition("|")
    match target[0]:
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
        case "@" | "#" as sign:
            return f"{sign}{(label or target[1:]).removeprefix(sign)}"
        case _:
            target = target.removeprefix("mailto:")
            return target if not label or label == target else f"{label} ({target})"


def _unescaped(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
