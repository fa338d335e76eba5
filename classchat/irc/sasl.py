"""AUTHENTICATE: signing in with the password of an account, by SASL PLAIN (RFC 4616).

    -> AUTHENTICATE PLAIN
    <- AUTHENTICATE +
    -> AUTHENTICATE <base64 of authzid NUL authcid NUL password>    in chunks of 400 bytes
    <- 900, 903                                                     or 904

The client is registered under the account's name, whatever NICK says: https://ircv3.net/specs/extensions/sasl-3.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Coroutine
from typing import Any, Final, NamedTuple

from classchat import names
from classchat.errors import Busy, ChatError
from classchat.irc.client import Client, Entry
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_SASLABORTED,
    ERR_SASLALREADY,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_LOGGEDIN,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)

MECHANISMS: Final = "PLAIN"

_CHUNK: Final = 400
"""Characters of one AUTHENTICATE; a shorter one is the last."""

_MOST_CHUNKS: Final = 8
"""Enough for two names and the longest password, whatever their characters."""


class _Plain(NamedTuple):
    """The message of PLAIN."""

    name: str
    password: str


def authenticate(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """AUTHENTICATE: take a mechanism, a chunk of its message, or `*` to abort."""
    registering, said = client.registering, line.params[0]
    if client.session.registered:
        client.reply(ERR_ALREADYREGISTERED, "You may not reregister: connect again to sign in to an account")
    elif registering.identity is not None:
        client.reply(ERR_SASLALREADY, "You have already authenticated using SASL")
    elif said == "*":
        registering.chunks = None
        client.reply(ERR_SASLABORTED, "SASL authentication aborted")
    elif registering.chunks is None:
        _begin(client, said)
    else:
        return _continue(client, registering.chunks, said)
    return None


def _begin(client: Client, mechanism: str) -> None:
    if not client.secure:
        client.reply(ERR_SASLFAIL, "Passwords are taken only over TLS: use the same port, with TLS")
    elif mechanism.upper() != MECHANISMS:
        client.reply(RPL_SASLMECHS, MECHANISMS, "are available SASL mechanisms")
        client.reply(ERR_SASLFAIL, "SASL authentication failed")
    else:
        client.registering.chunks = []
        client.send("AUTHENTICATE", "+", source="")


def _continue(client: Client, chunks: list[str], chunk: str) -> Coroutine[Any, Any, None] | None:
    if len(chunk) > _CHUNK or len(chunks) == _MOST_CHUNKS:
        client.registering.chunks = None
        client.reply(ERR_SASLTOOLONG, "SASL message too long")
        return None
    chunks.append("" if chunk == "+" else chunk)
    if len(chunk) == _CHUNK:
        return None
    client.registering.chunks = None
    plain = _decoded("".join(chunks))
    if plain is None:
        client.reply(ERR_SASLFAIL, "SASL authentication failed")
        return None
    return _sign_in(client, plain)


def _decoded(message: str) -> _Plain | None:
    """Return the name and the password of a message; None if it is not one, or names another identity."""
    try:
        identity, name, password = base64.b64decode(message, validate=True).decode().split("\0")
    except (binascii.Error, ValueError):
        return None
    if not name or (identity and names.user_key(identity[:_CHUNK]) != names.user_key(name[:_CHUNK])):
        return None
    return _Plain(name, password)


async def _sign_in(client: Client, plain: _Plain) -> None:
    try:
        identity = await client.session.identify(plain.name, plain.password)
    except ChatError as error:
        if isinstance(error, Busy):
            client.notice(error.text)
        client.reply(ERR_SASLFAIL, "SASL authentication failed")
        return
    client.registering.identity = identity
    show_account(client, identity.account.name)
    client.reply(RPL_SASLSUCCESS, "SASL authentication successful")


def show_account(client: Client, account: str) -> None:
    """Tell a client which account it is signed in to."""
    client.reply(RPL_LOGGEDIN, f"{account}!~user@{account}", account, f"You are now logged in as {account}")


COMMANDS: Final = {"AUTHENTICATE": Entry(authenticate, fewest=1, before=True)}
