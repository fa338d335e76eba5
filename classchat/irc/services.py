"""What clients write to services: `/msg NickServ IDENTIFY secret`, `/msg SERVER help`, `/msg Class help`.

There are no services of other IRC networks here: names are registered with the server itself. People and
clients write passwords to NickServ all the same. So nothing that is written to the name of a service reaches
the chat, is stored, or is shown to anybody; it is answered by a NOTICE.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from classchat.irc.class_answers import CLASS
from classchat.irc.class_service import class_service
from classchat.irc.client import Client, Entry
from classchat.irc.service_requests import REQUESTS, ServiceRequest, answer, register
from classchat.names import SERVICES
from classchat.wire.irc.irc_lines import IRCLine

_Waiting = Coroutine[Any, Any, None] | None

Service = Callable[[Client, str], _Waiting]
"""Answers a text that a client has written to a service."""

_SERVER: Final = "SERVER"
_NICKSERV: Final = "NickServ"
_OTHERS: Final = [name for name in SERVICES if name not in (_NICKSERV, CLASS)]


def service(target: str) -> Service | None:
    """Return the service that a target of a message names, in any case, also as a whole source; or None."""
    return _SERVICES.get(target.partition("!")[0].partition("@")[0].lower())


def _server(client: Client, text: str) -> _Waiting:
    """Do what the server offers beyond the commands of IRC."""
    word, _, rest = text.strip().partition(" ")
    request = REQUESTS.get(word.lower())
    if request is None:
        _help(client)
        return None
    return _obeyed(client, request, rest.strip())


def _obeyed(client: Client, request: ServiceRequest, rest: str) -> _Waiting:
    if request.secret and not client.secure:
        text = "Others on the way could read your password. Connect to the same port with TLS."
        answer(client, _SERVER, text)
        return None
    words = rest.split(" ", request.most - 1) if rest else []
    if len(words) < request.fewest:
        answer(client, _SERVER, f"Usage: /msg SERVER {request.usage}")
        return None
    return request.handler(client, words)


def _help(client: Client) -> None:
    answer(client, _SERVER, "What this server does for you, with /msg SERVER and one of these:")
    for request in REQUESTS.values():
        answer(client, _SERVER, f"{request.usage}: {request.text}")
    answer(client, _SERVER, "For everything else there are commands of IRC: /quote HELP")


def _nickserv(client: Client, text: str) -> _Waiting:
    """Register the client's name, or say how to sign in."""
    word, _, rest = text.strip().partition(" ")
    match word.upper():
        case "REGISTER" | "IDENTIFY" | "LOGIN" | "AUTH" | "ID" if not client.secure:
            answer(
                client,
                _NICKSERV,
                "Others on the way could have read your password, so choose another one. Connect to the same "
                "port with TLS.",
            )
        case "REGISTER":
            password = rest.strip().partition(" ")[0]
            if password:
                return register(client, _NICKSERV, password)
            answer(client, _NICKSERV, "Usage: /msg NickServ REGISTER PASSWORD")
        case "IDENTIFY" | "LOGIN" | "AUTH" | "ID":
            _explain_signing_in(client)
        case _:
            text = "There are no services here: names are registered with the server itself."
            answer(client, _NICKSERV, text)
            answer(client, _NICKSERV, "REGISTER PASSWORD: registers your name.")
            _explain_signing_in(client)
            answer(client, _NICKSERV, "To change your password: /msg SERVER password OLD NEW")
    return None


def _explain_signing_in(client: Client) -> None:
    if client.user.account is not None:
        text = f"You are signed in as '{client.user.name}'. There is nothing to do."
        answer(client, _NICKSERV, text)
        return
    for text in (
        "To sign in with a registered name, give your client the name and the password, for SASL PLAIN,",
        "or as the server's password: NAME:PASSWORD. Then connect again.",
    ):
        answer(client, _NICKSERV, text)


def _absent(name: str) -> Service:
    """Return the service of a name that does nothing here."""

    def absent(client: Client, text: str) -> None:  # noqa: ARG001  as all services
        answer(client, name, "There are no services here. To see what the server does: /msg SERVER help")

    return absent


_SERVICES: Final[Mapping[str, Service]] = {
    _SERVER.lower(): _server,
    _NICKSERV.lower(): _nickserv,
    CLASS.lower(): class_service,
    **{name.lower(): _absent(name) for name in _OTHERS},
}


def _command(name: str) -> Entry:
    """Return the command that hands all its parameters to a service: `NICKSERV IDENTIFY secret`."""

    def handler(client: Client, line: IRCLine) -> _Waiting:
        return _SERVICES[name](client, " ".join(line.params))

    return Entry(handler)


COMMANDS: Final = {
    "CLASS": _command("class"),
    "NICKSERV": _command("nickserv"),
    "NS": _command("nickserv"),
    "CHANSERV": _command("chanserv"),
    "CS": _command("chanserv"),
    "MEMOSERV": _command("memoserv"),
    "MS": _command("memoserv"),
}
