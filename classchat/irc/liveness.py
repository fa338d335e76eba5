"""PING and PONG: whether the other end is still there.

PONG has the server as its source, and the token last: HexChat takes no other, and leaves after a minute. It
comes when everything is stored and delivered that has reached the server before PING, from this client and
from others: bots and tests wait for that.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.irc.client import Client, Entry
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.numerics import ERR_NOORIGIN


def ping(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """PING: answer with its token."""
    if not line.params or not line.params[0]:
        client.reply(ERR_NOORIGIN, "No origin specified")
    elif client.session.registered:
        return _answer_in_turn(client, line)
    else:
        _answer(client, line)
    return None


async def _answer_in_turn(client: Client, line: IRCLine) -> None:
    """Answer a PING when all that was sent before is delivered.

    What other clients have sent before may have arrived and not been read: it is read within one turn.
    """
    if await client.peer.rested(0.0):
        await client.chat.settled()
        _answer(client, line)


def _answer(client: Client, line: IRCLine) -> None:
    """Answer a PING at once."""
    client.send("PONG", client.network.server, line.params[0])


def pong(client: Client, line: IRCLine) -> None:
    """PONG: any line shows that the client is there."""


COMMANDS: Final = {"PING": Entry(ping, before=True), "PONG": Entry(pong, before=True)}
