"""The unintended differences between the recording and today's output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from tests.wire_recording.differences import Added, AddedToRooms, Changed, Difference, Fields

RECORDED = Path(__file__).with_name("recorded")
_MOST_SHOWN = 40
_RECEIVED = re.compile(r"([\w-]+ <- (?:«to seq \d+» )?)(\{.*\})", re.DOTALL)


class Comparison:
    """Compares transcripts, and counts which differences were met."""

    def __init__(self, intended: Sequence[Difference]) -> None:
        self._added = [difference for difference in intended if isinstance(difference, Added | AddedToRooms)]
        self._changed = [difference for difference in intended if isinstance(difference, Changed)]
        self._used: set[int] = set()

    def unused(self) -> list[Difference]:
        """Return the differences that no line so far had."""
        return [one for one in (*self._added, *self._changed) if id(one) not in self._used]

    def with_recording(self, name: str, today: str, *, later: bool = False) -> list[str]:
        """Return the differences of a scene from its recording, a paragraph for each place.

        None is intended in a scene that was recorded `later` than the others.
        """
        path = RECORDED / f"{name}.txt"
        if not path.exists():
            return [f"{name} was never recorded"]
        comparison = Comparison(()) if later else self
        return [f"{name}: {place}" for place in comparison.differences(path.read_bytes().decode(), today)]

    def differences(self, recorded: str, today: str) -> list[str]:
        """Return the differences between two transcripts, a paragraph for each line or for the whole rest."""
        before, now = recorded.split("\n"), today.split("\n")
        if len(before) == len(now):
            pairs = zip(before, now, strict=True)
            return [found for one, other in pairs if (found := self._difference(one, other)) is not None]
        for place, (one, other) in enumerate(zip_longest(before, now, fillvalue="")):
            if self._difference(one, other) is not None:
                rest = unified_diff(before[place:], now[place:], "recorded", "today", lineterm="", n=1)
                return [f"from line {place + 1} on\n" + "\n".join(list(rest)[:_MOST_SHOWN])]
        return []

    def _difference(self, before: str, now: str) -> str | None:
        """Return the difference between two lines; None if they are equal."""
        wanted = self._expected(before, now)
        if wanted == now:
            return None
        was = [] if wanted == before else [f"  recorded: {before}"]
        return "\n".join(["", *was, f"  expected: {wanted}", f"  today:    {now}"])

    def _expected(self, before: str, now: str) -> str:
        """Return what a recorded line should be today; unpredictable values are taken from `now`."""
        match, other = _RECEIVED.fullmatch(before), _RECEIVED.fullmatch(now)
        if match is None:
            return before
        fields = list(msgspec.json.decode(match[2]).items())
        # What is added goes by the recorded text, so it comes before the text is changed, which happens once.
        expected = self._applied(self._changed, self._applied(self._added, fields))
        if expected == fields:
            return before
        has = msgspec.json.decode(other[2]) if other is not None else {}
        return match[1] + msgspec.json.encode(dict(_filled(expected, has))).decode()

    def _applied(self, differences: Sequence[Difference], fields: Fields) -> Fields:
        """Return fields as the first difference that is about them has them."""
        for difference in differences:
            after = difference.applied(fields)
            if after is not None:
                self._used.add(id(difference))
                return after
        return fields


def _filled(fields: Fields, has: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield fields, with today's values in place of patterns that they match."""
    for name, value in fields:
        if isinstance(value, re.Pattern):
            sent = has.get(name)
            value = sent if isinstance(sent, str) and value.fullmatch(sent) else value.pattern
        yield name, value
