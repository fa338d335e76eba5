"""What a client is told when it is registered: 001 to 005, how many users there are, and the MOTD."""

from __future__ import annotations

from datetime import UTC, datetime

from classchat import __version__
from classchat.core.events import Event, SignedIn
from classchat.irc.client import Client
from classchat.wire.irc.isupport import isupport
from classchat.wire.irc.numerics import (
    RPL_CREATED,
    RPL_ISUPPORT,
    RPL_MYINFO,
    RPL_WELCOME,
    RPL_YOURHOST,
)

_VERSION = f"ClassChat-{__version__}"


def welcome(client: Client, event: Event) -> None:
    """Welcome a client under the name that it was given, whatever it has asked for."""
    if isinstance(event, SignedIn):
        client.nick = event.user
    network = client.network
    client.reply(RPL_WELCOME, f"Welcome to the {network.name} network, {client.nick}")
    client.reply(RPL_YOURHOST, f"Your host is {network.server}, running version {_VERSION}")
    created = datetime.fromtimestamp(network.created, UTC)
    client.reply(RPL_CREATED, f"This server was started on {created:%Y-%m-%d at %H:%M:%S} UTC")
    client.reply(RPL_MYINFO, network.server, _VERSION, "Biow", "bimnoqt", "bqo")
    for tokens in isupport(client.chat.limits, network.name):
        client.reply(RPL_ISUPPORT, *tokens, "are supported by this server")
