"""What a client writes down, one record a line that it says or hears, in that order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Sent(NamedTuple):
    """A message was said, perhaps not for the first time."""

    id: str
    conversation: str
    """`#room`, or `@name` of the one who was told."""

    text: str


class Answered(NamedTuple):
    """The answer to a message came."""

    id: str
    code: str
    """Of an error; `""` where it was accepted."""

    seq: int = 0
    time: str = ""


class Entered(NamedTuple):
    """One became a member of a room: what was said after `seq` has to be heard."""

    room: str
    seq: int
    epoch: str
    since: int | None = None
    """What the request to join said that one had; None where it was the first time."""

    gap: bool = False


class Heard(NamedTuple):
    """Somebody said something."""

    conversation: str
    """`#room`, or `@name` of the one who was told, which is who writes this down."""

    seq: int
    time: str
    sender: str
    text: str
    replay: bool = False


Record = Sent | Answered | Entered | Heard


@dataclass
class Log:
    """All that one client said and heard, over all of its connections."""

    name: str
    records: list[Record] = field(default_factory=list)


class Kept(NamedTuple):
    """A message as it was found in the journal's file."""

    conversation: str
    """`#room`, or the key of a private conversation."""

    seq: int
    time: str
    sender: str
    receiver: str
    """The room, or the one who was told."""

    text: str
    id: str

    @property
    def to(self) -> str:
        """Where it was said, in the words of the clients' logs."""
        return self.conversation if self.conversation.startswith("#") else f"@{self.receiver}"
