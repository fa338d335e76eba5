"""A client's log, with one record for each line that it sends or hears, in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple


class Sent(NamedTuple):
    """A message was sent, perhaps repeatedly."""

    id: str
    conversation: str
    """`#room`, or `@name` of the receiver."""

    text: str


class Answered(NamedTuple):
    """The answer to a message came."""

    id: str
    code: str
    """The code of an error; `""` if the message was accepted."""

    seq: int = 0
    time: str = ""


class Entered(NamedTuple):
    """The client became a member of a room: it must hear all messages after `seq`."""

    room: str
    seq: int
    epoch: str
    since: int | None = None
    """The last number that the `join` named as known; None for the first time."""

    gap: bool = False


class Heard(NamedTuple):
    """The client heard a message."""

    conversation: str
    """`#room`, or `@name` of the receiver, which is the client of this log."""

    seq: int
    time: str
    sender: str
    text: str
    replay: bool = False


Record = Sent | Answered | Entered | Heard


class Moment(NamedTuple):
    """Something that happened to a connection, or was done to a server."""

    seconds: float
    """When, in seconds since 1970: servers write the same times to their logs."""

    before: int
    """The number of records that the log had by then."""

    what: str


@dataclass
class Log:
    """Everything that one client sent and heard, over all its connections."""

    name: str
    records: list[Record] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    """What the rules do not need, and those who look for the cause of a violation do."""

    def notes(self, what: str) -> None:
        """Take note of a moment."""
        self.moments.append(Moment(time.time(), len(self.records), what))

    def lines(self) -> Iterator[str]:
        """Yield all records and moments, in order."""
        done = 0
        for moment in self.moments:
            yield from map(repr, self.records[done : moment.before])
            done = moment.before
            yield f"--- {datetime.fromtimestamp(moment.seconds, UTC):%H:%M:%S.%f} {moment.what}"
        yield from map(repr, self.records[done:])


class Kept(NamedTuple):
    """A message in the journal's file."""

    conversation: str
    """`#room`, or the key of a private conversation."""

    seq: int
    time: str
    sender: str
    receiver: str
    """The room, or the receiver."""

    text: str
    id: str

    @property
    def to(self) -> str:
        """The conversation as the clients' logs name it."""
        return self.conversation if self.conversation.startswith("#") else f"@{self.receiver}"
