"""What a refusal tells people to do next, in the commands of IRC clients instead of our own."""

from __future__ import annotations

import re
from typing import Final

_SENTENCES: Final = (
    (re.compile(r"room '(\S+)'; first: /deop (\S+?)\.?$"), r"room '\1'; first: /mode #\1 -o \2"),
    (re.compile(r"room '(\S+)'; first: /unban (\S+?)\.?$"), r"room '\1'; first: /mode #\1 -b \2"),
    (
        re.compile(r"first: /op another user, or /room (\S+) open\.?$"),
        r"first: /mode #\1 +o another user, or /mode #\1 -i",
    ),
    (re.compile(r"To open it again: /room (\S+) open$"), r"To open it again: /msg SERVER open #\1"),
    (
        re.compile(r"\. /next takes the next one$"),
        r". /msg Class next #CHANNEL takes the next one",
    ),
    (re.compile(r"(your name|it) first: /claim$"), r"\1 first: /msg SERVER claim PASSWORD"),
)


def for_irc(text: str) -> str:
    """Return the sentence of a refusal with what IRC clients type."""
    if " /" not in text:
        return text
    for sentence, instead in _SENTENCES:
        text = sentence.sub(instead, text)
    return text
