"""PING and PONG: whether the other end is still there."""

from __future__ import annotations

from typing import Final

from classchat.irc.client import Client, Entry
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.numerics import ERR_NOORIGIN


def ping(client: Client, line: IRCLine) -> None:
    """PING: answer with its token, which HexChat reads from the last parameter, and with a source."""
    if not line.params or not line.params[0]:
        client.reply(ERR_NOORIGIN, "No origin specified")
        return
    client.send("PONG", client.network.server, line.params[0])


def pong(client: Client, line: IRCLine) -> None:
    """PONG: any line shows that the client is there."""


COMMANDS: Final = {"PING": Entry(ping, before=True), "PONG": Entry(pong, before=True)}
