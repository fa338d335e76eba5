"""What a client is shown of the time before it came.

These are the last lines of a room that it joins, and what the owner of an account has missed. Clients with
`draft/chathistory` ask for that themselves. Without `server-time` old messages would look like new ones, and
a bot would answer them: such clients are told what was missed by SERVER.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from classchat.core.backlog import MOST_MISSED
from classchat.core.readings import Reading
from classchat.core.sorted import alphabetical
from classchat.core.stored import StoredMessage
from classchat.errors import ChatError
from classchat.irc.client import Client
from classchat.irc.in_turn import has_read
from classchat.irc.service_requests import MOST_LINES, answer, show_stored
from classchat.irc.stored_lines import show_messages, show_range
from classchat.names import SERVER
from classchat.texts import counted
from classchat.wire.irc.channels import channel


async def show_recent(client: Client, name: str) -> None:
    """Show the last lines of a room that a client has joined."""
    most, room = client.network.replay, client.chat.rooms.find(name)
    if room is None or room not in client.user.rooms or not most or not _wants(client):
        return
    until = client.joined.last_before(room.name)
    with suppress(ChatError):  # they can't be read, or the client has left the room: then it is without them
        lowest = await client.chat.journal.oldest(room) - 1
        after = max(until - most, lowest)
        if after < until and client.session.registered:
            await show_range(client, channel(room.name), room, after, until)


async def missed(client: Client, since: float, entered: str) -> None:
    """Show the owner of an account what was said since their last client had left.

    `since` is in seconds since 1970. The client has read what was said in a room since it is there, and what
    was said privately since it has `entered`.
    """
    if not _asks_nothing(client):
        return
    timed = "server-time" in client.capabilities
    for room in sorted(client.user.rooms, key=alphabetical):
        with suppress(ChatError):
            first = await client.chat.journal.first_since(room, int(since * 1000))
            last = client.joined.last_before(room.name)
            after = max(first - 1, last - MOST_MISSED)
            if not client.session.registered:
                return
            target = channel(room.name)
            if after < last and not timed:
                _say_how_many(client, last - first + 1, target)
            elif after < last:
                _say_left_out(client, after - first + 1, target)
                await show_range(client, target, room, after, last)
    with suppress(ChatError):
        await _show_private(client, since, entered)


async def _show_private(client: Client, since: float, entered: str) -> None:
    """Show what the owner of an account was told privately until they entered, one sender after the other.

    Raises:
        HistoryUnavailable: it can't be read.
    """
    with client.chat.readings.begin() as reading:
        found = await client.chat.journal.missed_since(client.user.person, int(since * 1000))
        senders: dict[str, list[StoredMessage]] = defaultdict(list)
        for message in found.messages:
            if message.time <= entered:
                senders[message.sender].append(message)
        if client.session.registered:
            _say_left_out(client, found.left_out, client.nick)
        for sender, messages in senders.items():
            if client.session.registered and "server-time" in client.capabilities:
                await show_messages(client, sender, messages, reading)
            elif client.session.registered:
                await _tell(client, messages, reading)


def _say_left_out(client: Client, count: int, target: str) -> None:
    """Say before the messages of a channel, or the private ones, how many others are left out."""
    if count > 0:
        of, where = (" in " + target, target + " ") if target != client.nick else (" privately", "")
        text = f"The oldest {counted(count, 'message')} that you missed{of} can't be shown here"
        client.send("NOTICE", target, f"{text}: /msg SERVER search {where}WORDS finds them")


def _say_how_many(client: Client, count: int, target: str) -> None:
    """Tell a client without times of messages how many its user has missed in a channel."""
    how = f"/msg SERVER history {target} {min(count, MOST_LINES)}"
    answer(client, SERVER, f"You missed {counted(count, 'message')} in {target}. To read: {how}")


async def _tell(client: Client, messages: Sequence[StoredMessage], reading: Reading) -> None:
    """Tell a client without times of messages what was said to its user, with the times in the text."""
    for message in messages:
        show_stored(client, reading.present(message).event(client.peer))
        if not await has_read(client):
            return


def _wants(client: Client) -> bool:
    """Return whether a client is to be shown old messages that it has not asked for."""
    return _asks_nothing(client) and "server-time" in client.capabilities


def _asks_nothing(client: Client) -> bool:
    """Return whether a client is to be told of old messages, which it will not ask for by itself."""
    if not client.session.registered or client.network.profiles.may_be_bot(client.user):
        return False
    return "draft/chathistory" not in client.capabilities
