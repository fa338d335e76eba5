"""What a client is told when it is registered: 001 to 005, the numbers of users, the MOTD, and its rooms."""

from __future__ import annotations

from datetime import UTC, datetime

from classchat.core.answer_events import SignedIn
from classchat.core.model import Room
from classchat.core.room_events import MemberJoined
from classchat.core.sorted import alphabetical
from classchat.irc.client import Client
from classchat.irc.in_turn import has_read
from classchat.irc.member_lists import show_room
from classchat.irc.server_info import VERSION, show_counts, show_motd, show_support
from classchat.wire.irc.numerics import RPL_CREATED, RPL_MYINFO, RPL_WELCOME, RPL_YOURHOST


def welcome(client: Client, event: SignedIn) -> None:
    """Welcome a client under the name that it was given, whatever it has asked for."""
    client.nick = event.user
    network, said = client.network, client.registering
    profiles = network.profiles
    client.profile = profiles.add(client.user, said.username, said.realname, secure=client.encrypted)
    client.reply(RPL_WELCOME, f"Welcome to the {network.name} network, {client.nick}")
    client.reply(RPL_YOURHOST, f"Your host is {network.server}, running version {VERSION}")
    created = datetime.fromtimestamp(network.created, UTC)
    client.reply(RPL_CREATED, f"This server was started on {created:%Y-%m-%d at %H:%M:%S} UTC")
    client.reply(RPL_MYINFO, network.server, VERSION, "Biow", "bimnoqt", "bqo")
    show_support(client)
    show_counts(client)
    show_motd(client)


async def show_own_rooms(client: Client) -> bool:
    """Tell a client that it is in the rooms of its user, and who is there; return whether it is still there.

    The members come room by room, as fast as the client reads: those of a hundred large rooms are more than a
    client may be behind.
    """
    user = client.user
    for room in sorted(user.rooms, key=alphabetical):
        if user in room.members:
            client.peer.put(client.peer.codec.encode([MemberJoined(room.name, user.name)]))
            is_in(client, room)
    await client.chat.settled()  # the user comes back to the others: see told.py
    if not client.session.registered:
        return False
    for room in sorted(user.rooms, key=alphabetical):
        if room in user.rooms and room.name in client.joined:
            show_room(client, room)
            if not await has_read(client):
                return False
    return True


def joined(client: Client, room: Room) -> None:
    """Tell a client what is in a room that it has joined; it has read that it is there."""
    is_in(client, room)
    show_room(client, room)


def is_in(client: Client, room: Room) -> None:
    """Record that a client has read that it is in a room."""
    client.joined.is_in(room.name, room.last_seq)
    client.joined.ask_again(room.name)
