"""Style sheets without what browsers do not need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from classchat.bundling.short_names import short_names

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};,>])\s*|:\s+")
"""White space next to marks; before a colon it can have a meaning, and around `+` and `-` as well."""


_PROPERTY = re.compile(r"--[a-z][\w-]*")


def short_properties(texts: Iterable[str]) -> dict[str, str]:
    """Return a short name for each property of the style sheets of a page, such as `--tint`."""
    names = dict.fromkeys(name for text in texts for name in _PROPERTY.findall(text))
    return {name: f"--{short}" for name, short in zip(names, short_names(), strict=False)}


def shortened(text: str, properties: Mapping[str, str]) -> str:
    """Return a style sheet without comments and needless white space; its strings may have none of both."""
    text = _PROPERTY.sub(lambda match: properties.get(match[0], match[0]), text)
    plain = _AROUND.sub(lambda match: match[1] or ":", _COMMENT.sub(" ", text))
    return re.sub(r"\s+", " ", plain).replace(";}", "}").replace(" !", "!").strip() + "\n"
