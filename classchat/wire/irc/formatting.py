r"""Formatting of mIRC in texts: https://modern.ircdocs.horse/formatting.

Here texts have none: other clients than those of IRC would show its codes as rubbish, and a colour on itself
can hide a name.
"""

from __future__ import annotations

import re
from typing import Final

_CODES: Final = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"  # colours
    "|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"  # the same in hexadecimal
    "|[\x02\x1d\x1f\x1e\x11]"  # bold, italic, underline, strikethrough, monospace
    "|[\x16\x12\x0f]"  # reverse, as two clients write it, and the end of all
)


def stripped(text: str) -> str:
    """Return a text without its formatting."""
    return text if text.isprintable() else _CODES.sub("", text)
