"""Style sheets without what browsers do not need."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};,>])\s*|:\s+")
"""White space next to marks; before a colon it can have a meaning, and around `+` and `-` as well."""


def shortened(text: str) -> str:
    """Return a style sheet without comments and needless white space; its strings may have none of both."""
    plain = _AROUND.sub(lambda match: match[1] or ":", _COMMENT.sub(" ", text))
    return re.sub(r"\s+", " ", plain).replace(";}", "}").replace("}", "}\n").strip() + "\n"
