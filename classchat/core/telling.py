"""What the class layer tells, and to whom."""

from __future__ import annotations

from typing import Literal, NamedTuple

from classchat.class_events import About


class Telling(NamedTuple):
    """What is told, and to whom."""

    to: Literal["room", "staff", "person"]
    about: About
    subject: str = ""
    """The person, see `ClassAsked.subject`."""

    minute: bool = False
    """Whether the transcript has only the minute."""

    kept: bool = True
    """Whether it stands in the transcript."""

    others: bool = False
    """Whether the client that asks is left out, because its answer says the same."""
