"""Stored messages, written to an IRC client as fast as it reads them.

They come as one batch, https://ircv3.net/specs/batches/chathistory; without `batch` they are plain lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from classchat.core.model import Conversation
from classchat.core.readings import Reading
from classchat.core.replay import in_pieces, membership_check
from classchat.core.stored import StoredMessage
from classchat.irc.client import Client
from classchat.irc.in_turn import has_read

_CHATHISTORY: Final = "chathistory"


@contextmanager
def batch(client: Client, *params: str) -> Iterator[str]:
    """Begin a batch of a type, and end it. Its reference is "" where the client knows no batches."""
    if "batch" not in client.capabilities:
        yield ""
        return
    client.batches += 1
    reference = f"h{client.batches}"
    client.send("BATCH", f"+{reference}", *params)
    try:
        yield reference
    finally:
        client.send("BATCH", f"-{reference}")


async def show_range(
    client: Client, target: str, conversation: Conversation | None, after: int, until: int
) -> None:
    """Write the messages with numbers above one, up to another, as the history of a target.

    Two users who have written nothing have no conversation, and an empty history.

    It ends early when the client disconnects.

    Raises:
        ChatError: they can't be read, or may no longer be; the batch has ended.
    """
    user = client.user
    with batch(client, _CHATHISTORY, target) as reference:
        while conversation is not None and after < until:
            with client.chat.readings.begin() as reading:
                page = await client.chat.journal.read(conversation, after, until)
                if not page or not client.session.registered:
                    break
                after = page[-1].seq
                for piece in in_pieces(page):
                    membership_check(user, conversation)()
                    client.peer.put(_encoded(client, reference, [*map(reading.present, piece)]))
                    if piece[-1].seq < until and not await has_read(client):
                        return


async def show_messages(
    client: Client, target: str, messages: Sequence[StoredMessage], reading: Reading
) -> None:
    """Write messages of a reading, as the history of a target."""
    with batch(client, _CHATHISTORY, target) as reference:
        for piece in in_pieces(messages):
            client.peer.put(_encoded(client, reference, [*map(reading.present, piece)]))
            if not await has_read(client):
                return


def _encoded(client: Client, reference: str, messages: Sequence[StoredMessage]) -> bytes:
    """Return the lines of messages, in a batch if it has a reference."""
    codec = client.network.codecs.of(client.capabilities.enabled)
    return codec.encode_in(reference, [message.event(client.peer) for message in messages])
