"""REGISTER: making a name an account: https://ircv3.net/specs/extensions/account-registration.

    -> REGISTER * * <password>      after NICK; before registration or after it
    <- 900, REGISTER SUCCESS Alice :...

An account is a name here, so that its name is the client's nickname.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat import names
from classchat.errors import ChatError
from classchat.irc.client import Client, Entry
from classchat.irc.sasl import show_account
from classchat.messages import Claim, Error
from classchat.names import SERVER
from classchat.wire.irc.irc_lines import IRCLine

_LONGEST: Final = 128
"""Characters of an account's name that are compared, or shown in an answer."""

_CODES: Final = {
    "already_claimed": "ACCOUNT_EXISTS",
    "username_taken": "USERNAME_EXISTS",
    "name_too_similar": "BAD_ACCOUNT_NAME",
    "invalid_name": "BAD_ACCOUNT_NAME",
    "not_allowed": "BAD_ACCOUNT_NAME",
    "unusable_password": "UNACCEPTABLE_PASSWORD",
}
"""The codes of refusals; for all others registration is unavailable, for now or for good."""


def register_account(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """REGISTER: make the client's nickname an account. An email address is ignored."""
    account, password = line.params[0][:_LONGEST], line.params[2]
    nick = client.nick if client.session.registered else client.registering.wanted
    user = client.session.user
    owned = user is not None and user.account is not None
    if owned or client.registering.identity is not None:
        client.fail("REGISTER", "ALREADY_AUTHENTICATED", account, "You are already signed in to an account")
    elif not client.secure:
        client.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", account, _USE_TLS)
    elif not nick:
        client.fail("REGISTER", "NEED_NICK", "*", "Choose a nickname first")
    elif account != "*" and names.user_key(account) != names.user_key(nick[:_LONGEST]):
        text = f"The account must have your nickname: {nick}"
        client.fail("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", account, text)
    elif user is None:
        return _before_registration(client, nick, password)
    else:
        return client.ask(
            Claim(text=password),
            answered=lambda _: _succeed(client, client.nick),
            refused=lambda error: _fail(client, client.nick, error),
        )
    return None


async def _before_registration(client: Client, nick: str, password: str) -> None:
    try:
        owner = await client.session.found(nick, password)
    except ChatError as error:
        _fail(client, nick, Error(SERVER, "", error.text, code=error.code))
        return
    client.registering.identity = owner
    _succeed(client, owner.account.name)


def verify(client: Client, line: IRCLine) -> None:
    """VERIFY: no account waits to be verified."""
    client.fail("VERIFY", "INVALID_CODE", line.params[0][:_LONGEST], "No account waits to be verified")


def _succeed(client: Client, account: str) -> None:
    show_account(client, account)
    client.send("REGISTER", "SUCCESS", account, "The name is registered, and you are signed in to it")


def _fail(client: Client, account: str, error: Error) -> None:
    client.fail("REGISTER", _CODES.get(error.code or "", "TEMPORARILY_UNAVAILABLE"), account, error.text)


_USE_TLS: Final = "Passwords are taken only over TLS: use the same port, with TLS"

COMMANDS: Final = {
    "REGISTER": Entry(register_account, fewest=3, before=True),
    "VERIFY": Entry(verify, fewest=2, before=True),
}
