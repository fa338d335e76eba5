r"""What is asked and answered at the server's own socket: one line of JSON each, then the socket closes.

-> {"status":"kick","receiver":"CS350","user":"Bob"}     the requests of the protocol that give orders
<- {"status":"success","sender":"SERVER","text":"You have kicked Bob from 'CS350'",...}
-> {"status":"server_state"}
<- {"status":"success","state":{"version":"1.0.0",...}}
-> nonsense
<- {"status":"error","sender":"SERVER","code":"invalid_format",...}
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from classchat.messages import Ban, Broadcast, Kick, Mute, Unban, Unmute
from classchat.request import Request

LONGEST_QUESTION = 131_072
"""Bytes of a request's line: a text of the greatest length, in characters of four bytes, twice."""

LONGEST_ANSWER = 1_048_576
"""Bytes of an answer that a client reads."""

MOST_AT_ONCE = 16
"""Connections to the socket at a time."""

ASKING_SECONDS = 10.0
"""Seconds to send a request, and to read the answer."""

ANSWERING_SECONDS = 30.0
"""Seconds after which a request that is not answered has failed; it may still be carried out."""


LEVELS = ("debug", "info", "warn", "error")
"""The levels of the log, from the lowest."""


class Evict(Request, frozen=True, tag="server_kick"):
    """Disconnect a user from the server; the text is the reason, which the user is told."""

    user: str


class AskAccounts(Request, frozen=True, tag="server_accounts"):
    """Ask for the registered names, the oldest first: a page of them."""

    after: int = 0
    """How many come before the page."""


class ChangeAccount(Request, frozen=True, tag="server_account"):
    """Change an account, or check that there is one or none."""

    user: str
    change: Literal["claimed", "unclaimed", "claim", "password", "release", "empower", "disempower"]
    hash: str = ""
    """The hash of the new password: the password itself never leaves the command that asks for it."""


class AskWebhooks(Request, frozen=True, tag="server_webhooks"):
    """Add a webhook to the room that is the receiver, remove the one with a number, or ask for all."""

    change: Literal["add", "remove", "list"]
    name: str = ""
    """The name of its author."""

    token: str = ""
    """The digest of what programs post with, in hexadecimal; "" for one that calls a program."""

    url: str = ""
    word: str = ""
    secret: str = ""
    number: int = 0


class AskState(Request, frozen=True, tag="server_state"):
    """Ask for the state of the server."""


class SetLimit(Request, frozen=True, tag="server_limit"):
    """Set an option that can change while the server runs."""

    option: str
    value: str


class AskLimits(Request, frozen=True, tag="server_limits"):
    """Ask which of these options has which value."""


class SetLogLevel(Request, frozen=True, tag="server_log_level"):
    """Set the lowest level of what is logged; with "" only ask for it."""

    level: str = ""


class AskReload(Request, frozen=True, tag="server_reload"):
    """Read the options, the certificate and the log file again, as SIGHUP does."""


Order = Kick | Ban | Unban | Mute | Unmute | Broadcast
ControlRequest = (
    Order
    | Evict
    | AskAccounts
    | ChangeAccount
    | AskWebhooks
    | AskState
    | SetLimit
    | AskLimits
    | SetLogLevel
    | AskReload
)


class ServerState(Struct, frozen=True, kw_only=True):
    """The state of a server."""

    version: str
    pid: int
    started: str
    """When it was started: RFC 3339 in UTC with milliseconds."""

    uptime: float
    """Seconds since then."""

    addresses: list[str]
    journal: str
    writable: bool
    """Whether something could be written to the journal just now."""

    waiting: int
    """Entries that wait to be committed and delivered."""

    node: str
    """The name of this node among several; `""` where there is one."""

    ready: bool
    """Whether it takes clients."""

    connections: dict[str, int]
    """By what they speak; with TLS as well, such as `json+tls`."""

    users: int
    """Users who are signed in, on all nodes."""

    accounts: int
    rooms: int
    messages: int
    """Messages of this server's clients since it was started."""

    sign_ins: int
    memory: int
    """Bytes of memory in use; 0 where that is not known."""

    log_level: str
    limits: dict[str, str]
    """The options that can change while it runs, as they are written."""


class HookState(Struct, frozen=True, array_like=True):
    """A webhook."""

    number: int
    room: str
    name: str
    """The name of its author, without the mark."""

    url: str
    """What is called; "" where programs post to the server instead."""

    word: str
    added: int
    """When it was added, in milliseconds since 1970."""


class AccountState(Struct, frozen=True, array_like=True):
    """A registered name."""

    name: str
    operator: bool
    created: int
    """When it was registered, in milliseconds since 1970."""

    ended: int | None
    """When its owner was last here, likewise; None if they are here."""


class ControlAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a request that is not one of the chat."""

    status: str
    text: str = ""
    code: str | None = None
    state: ServerState | None = None
    limits: dict[str, str] | None = None
    accounts: list[AccountState] | None = None
    more: bool = False
    """Whether there are more accounts after these."""

    hooks: list[HookState] | None = None


_requests = msgspec.json.Decoder(ControlRequest)
_answers = msgspec.json.Decoder(ControlAnswer)


def decode_request(line: bytes) -> ControlRequest:
    """Return the request in a line.

    Raises:
        ValueError: it is none; the text is the decoder's.
    """
    try:
        request: ControlRequest = _requests.decode(line)
    except RecursionError:
        raise ValueError("the line is nested too deeply") from None
    return request


def decode_answer(line: bytes) -> ControlAnswer:
    """Return the answer in a line.

    Raises:
        ValueError: it is none.
    """
    return _answers.decode(line)


def encode_line(message: Struct) -> bytes:
    """Return the line of a request or an answer."""
    return msgspec.json.encode(message) + b"\n"
