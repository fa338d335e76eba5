"""The client's audience: a person or a program, and what it is shown."""

from __future__ import annotations

from dataclasses import dataclass

_REPLAY = 20  # messages that a person sees on joining a room


@dataclass(frozen=True)
class Audience:
    """The user of the client: a person at a terminal, or a program behind a pipe."""

    is_person: bool = False
    """Whether someone can answer questions, and answer again after a mistake."""

    errors_apart: bool = False
    """Whether the reason for the end goes to standard error, because a program reads the output."""

    greets: bool = False
    """Whether to show the banner of the first version after signing in."""

    introduces: bool = False
    """Whether to show which rooms there are, who is in them, and what was said there last."""

    replay: int = 0
    """How many messages to show of a room on joining it."""

    strict: bool = False
    """Whether the exit code is 1 if any request was refused."""

    @property
    def lands(self) -> bool:
        """Whether to join the lobby after signing in, if there is one."""
        return self.introduces or self.greets


def messages_on_joining(chosen: int | None, *, introduces: bool) -> int:
    """Return how many messages to show of a room on joining it: as many as the user has chosen, if any."""
    if chosen is not None:
        return chosen
    return _REPLAY if introduces else 0
