"""Lines that ask the chat for several things, or for much: what waits for what, and what is counted."""

from __future__ import annotations

from classchat.core.model import Room
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


def is_first(client: Client, room: Room, what: str) -> bool:
    """Return whether a client asks this about a room for the first time since it has joined it.

    Clients ask for the modes, the members and the history of each room that they join: that is free.
    """
    if room not in client.user.rooms or room.name not in client.joined:
        return False
    if not client.joined.ask_first(room.name, what):
        return False
    client.asked_chat = True
    return True


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


async def goes_on(client: Client) -> bool:
    """Pause in a long answer: let the client read, and others have their turn.

    What follows counts as one more request, unless the whole answer is free. Returns whether the client is
    still there.
    """
    free = client.asked_chat
    if not await has_read(client) or not await client.peer.rested(0.0):
        return False
    resting = None if free else client.session.count()
    if resting is not None:
        await resting
    return client.session.registered
