"""What kinds of differences there may be between a recorded line and one of today."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

Fields = list[tuple[str, object]]
"""A line's fields, in their order."""


@dataclass(frozen=True)
class Changed:
    """A text is another one now."""

    old: str
    new: str

    def applied(self, fields: Fields) -> Fields | None:
        """Return what the recorded fields should be today; None if this is not about them."""
        found = _matched(self.old, fields)
        if found is None:
            return None
        return [(name, self.new.format_map(found) if name == "text" else value) for name, value in fields]


@dataclass(frozen=True)
class Added:
    """Lines of `SERVER` with a given status and text have more fields now, after the others.

    A pattern in place of a value describes the value.
    """

    status: str
    text: str
    fields: Mapping[str, object] = field(hash=False)
    beside: str = "status"
    """A field that the line has to have as well."""

    def applied(self, fields: Fields) -> Fields | None:
        """Return what the recorded fields should be today; None if this is not about them."""
        if ("status", self.status) not in fields or ("sender", "SERVER") not in fields:
            return None
        found = _matched(self.text, fields)
        here = {name for name, _ in fields}
        if found is None or self.beside not in here:
            return None
        filled = [
            (name, value.format_map(found) if isinstance(value, str) else value)
            for name, value in self.fields.items()
            if name not in here
        ]
        return [*fields, *filled]


@dataclass(frozen=True)
class AddedToRooms:
    """The rooms that are listed in a line with a given text have more fields now, after the others."""

    text: str
    fields: Mapping[str, object] = field(hash=False)

    def applied(self, fields: Fields) -> Fields | None:
        """Return what the recorded fields should be today; None if this is not about them."""
        if _matched(self.text, fields) is None:
            return None
        return [(name, self._listed(value) if name == "rooms" else value) for name, value in fields]

    def _listed(self, rooms: object) -> object:
        assert isinstance(rooms, list)
        return [{**room, **self.fields} for room in rooms]


Difference = Changed | Added | AddedToRooms


def _matched(template: str, fields: Fields) -> dict[str, str] | None:
    """Return the value of each name in a text; None if the text does not match."""
    text = dict(fields).get("text")
    found = _pattern(template).fullmatch(text) if isinstance(text, str) else None
    return None if found is None else found.groupdict()


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pattern = ""
    for place, part in enumerate(re.split(r"\{(\w+\*?)\}", template)):
        if place % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P<{part[:-1]}>.+?)" if part.endswith("*") else rf"(?P<{part}>\S+?)"
    return re.compile(pattern, re.DOTALL)
