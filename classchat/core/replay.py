"""Replay: sends stored messages to a client, as fast as the client reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from classchat.core.backlog import bytes_of
from classchat.core.journal_port import Journal
from classchat.core.model import Conversation, Room, User
from classchat.core.ports import Peer
from classchat.core.readings import Readings
from classchat.core.stored import StoredMessage
from classchat.errors import NotAMember

Check = Callable[[], None]
"""Raises `ChatError` if a user may no longer read a conversation."""

PIECE = 16_384
"""Bytes of stored messages that are written at once to a client that is not far behind."""


class Replay:
    """Reads messages from the journal, a page at a time, and sends them in pieces."""

    def __init__(self, journal: Journal, readings: Readings) -> None:
        self._journal = journal
        self._readings = readings

    async def send(
        self, user: User, peer: Peer, conversation: Conversation, after: int, until: int, check: Check
    ) -> int:
        """Send the messages with numbers above `after`, up to `until`; return how many there were.

        Reading a page takes a while, and so does the client: `check` is called again before each piece.

        Raises:
            ChatError: `check` has raised it, and the rest was not sent.
        """
        count = 0
        while after < until and user.reaches(peer):
            with self._readings.begin() as reading:
                page = await self._journal.read(conversation, after, until)
                if not page or not user.reaches(peer):
                    break
                after = page[-1].seq
                for piece in in_pieces(page):
                    if not user.reaches(peer):
                        break
                    check()
                    count += len(piece)
                    peer.tell(*[reading.present(message).event(peer) for message in piece])
                    await peer.drained()
        return count


def membership_check(user: User, conversation: Conversation) -> Check:
    """Return a check that raises `NotAMember` if the conversation is a room that the user has left."""

    def check() -> None:
        if isinstance(conversation, Room) and conversation not in user.rooms:
            raise NotAMember(conversation.name)

    return check


def in_pieces(page: Sequence[StoredMessage]) -> Iterator[Sequence[StoredMessage]]:
    """Yield the messages of a page in pieces of at most `PIECE` bytes, or of one message."""
    start = size = 0
    for position, message in enumerate(page):
        length = bytes_of(message.text)
        if size + length > PIECE and position > start:
            yield page[start:position]
            start, size = position, 0
        size += length
    if page:
        yield page[start:]
