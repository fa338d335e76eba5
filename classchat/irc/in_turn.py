"""Lines that ask the chat for several things: each waits until the one before it is done."""

from __future__ import annotations

from classchat.irc.asked import Answered, Refused
from classchat.irc.client import Client
from classchat.messages import Command, Search


async def request(
    client: Client,
    command: Command,
    target: str,
    *,
    answered: Answered | None = None,
    refused: Refused | None = None,
) -> bool:
    """Ask the chat for something, and wait until it is granted or refused.

    Returns whether the client is still there: there is nothing else to do for one that is not.
    """
    waiting = client.ask(command, target=target, answered=answered, refused=refused)
    if waiting is not None:
        await waiting
    return client.session.registered


async def count_reading(client: Client) -> bool:
    """Count a question that takes looking through all names as a search.

    Returns whether the client is still there when it may go on.
    """
    client.asked_chat = True
    waiting = client.session.count(Search())
    if waiting is not None:
        await waiting
    return client.session.registered


async def has_read(client: Client) -> bool:
    """Wait until the client has read enough for more to be written; return whether it is still there."""
    await client.drained()
    return client.session.registered
