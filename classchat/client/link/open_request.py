"""A request that is not answered yet, and whether its outcome matters."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.class_commands import Classing, Follow, ListPolls, ReadRoster, SetHands, SetQuestions
from classchat.messages import (
    ChangePassword,
    Claim,
    Create,
    Join,
    Leave,
    Ordering,
    Rename,
    Say,
    Tell,
)
from classchat.request import Request


@dataclass(eq=False)
class OpenRequest:
    """A request that is not answered yet, as it goes over the wire."""

    command: Request
    sent: bool = False
    """Whether it was sent over any connection; if not, the server has not done it."""
    again: bool = False
    """Whether it was sent over more than one connection."""

    @property
    def counts(self) -> bool:
        """Whether its outcome matters, because it changes something."""
        return _changes(self.command) or isinstance(
            self.command, Say | Tell | Create | Join | Leave | Claim | ChangePassword | Rename | Ordering
        )


def _changes(command: Request) -> bool:
    """Return whether a command of the class layer changes something, and does not only read it."""
    match command:
        case Follow() | ListPolls() | ReadRoster(text="") | SetHands(text=""):
            return False
        case SetQuestions(text="", anonymous=None):
            return False
        case _:
            return isinstance(command, Classing)
